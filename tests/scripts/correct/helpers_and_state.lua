-- helpers, tables, own module, closures, varargs, coroutines
local mt, ta, stats = require "mthost", require "mthost.ta", require "mthost.stats"
local unpack = table.unpack or unpack      -- luacheck: ignore 143
local util = require "util"
local max = math.max
local WEIGHTS = { 0.5, 0.3, 0.2 }
local SIDE = { [1] = "buy", [-1] = "sell" }
local S = mt.strategy { bars = { "1m", "5m" }, params = { n = mt.param(5, 2, 50, 1), mode = mt.param("a", { "a", "b" }), on = mt.param(true) },
  valid = function(p) return p.n > 1, "n" end, version = 2 }
function S.migrate(state, from) if from == 1 then state.last = state.old or 0 end return state end
function S:on_start(why)
  local p = self.params
  if why == "restart" and unpack then self:log("info", "again") end
  self:keep("ema", ta.ema, p.n)
  self:keep("bands", ta.bbands, p.n * 4)
  self:keep("trades", stats.trades)
  for i = 1, 3 do self:keep("mom" .. i, ta.mom, i * 5) end
  self.state.last = self.state.last or 0
  self.window, self.pos_in = {}, 0
  self.fast_of = { a = ta.ema(3), b = ta.ema(5) }
  self:timer { name = "eod", at = "22:00", tz = "UTC" }
  self:timer { name = "beat", every = 60 }
end
local function weighted(list)
  local sum = 0
  for i, w in ipairs(WEIGHTS) do sum = sum + w * (list[i] or 0) end
  return sum
end
function S:push(x)
  local w = self.window
  w[#w + 1] = x
  if #w > 3 then table.remove(w, 1) end
  return weighted(w)
end
function S:on_bar(b, m)
  if b.tf ~= "1m" then return end
  self.n = (self.n or 0) + 1
  local e = self.ema:update(b.close)
  local up, mid, low = self.bands:update(b.close)
  for i = 1, 3 do self["mom" .. i]:update(b.close) end
  local m1 = self.mom1:value()
  if self.n < 50 then return self:skip "warming" end
  if e < b.close and m1 > 0 then self:mark("e", e) end
  if not low then return self:skip("warming", self.n) end
  local w = self:push(b.close)
  local side = b.close > up and -1 or b.close < low and 1 or 0
  if side ~= 0 and self.stance ~= side then
    local stop = max(up - low, self.instrument.tick * 10)
    local ok, code, detail = self:signal { side = SIDE[side], size = 1, strength = math.min(1, 0.5 + w * 0), tag = "x" .. b.tf,
      exit = { stop = stop, take = { { stop, part = 0.5 }, { 2 * stop } }, trail = { stop, after = stop }, time = 3600 } }
    if not ok then self:log("debug", "%s %s", code, detail) end
  elseif self.stance ~= 0 and mid and (b.close - mid) * self.stance > 0 then
    self:signal { side = "flat", keep = 0.5 }
    self:protect { stop = mt.at(self.position.entry), trail = false, widen = true }
  end
  local sorted = {}
  for i = 1, #self.window do sorted[i] = self.window[i] end
  table.sort(sorted, function(x, y) return x < y end)
  local prev = self:bar("1m", 1)
  if prev and prev.close > b.close then self.state.last = prev.close end
  local name = self.fast_of[self.params.mode]:update(b.close)
  if type(name) == "number" and util.above(name, b.close) then self.pos_in = self.pos_in + 1 end
  local h, minute, wday = mt.clock(self.now, "UTC")
  if h == 22 and minute >= 0 and wday <= 5 then self:signal { side = 0 } end
end
function S:on_fill(f)
  if f.closes then
    local win = self.trades:update(f.profit)
    if win then self:mark("win", win) end
  end
end
function S:on_order(o) if o.state == "rejected" and o.code then self:log("warn", "%s", o.code) end end
function S:on_signal(v) if v.verdict == "vetoed" and v.reason and v.filter then self.vetoed = (self.vetoed or 0) + 1 end end
function S:on_timer(ev) if ev.name == "eod" and not ev.late then self:signal { side = "flat" } end end
function S:on_stop(why) self:log("info", "stop %s", why) end
return S
