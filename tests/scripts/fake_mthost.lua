-- A stand-in for the host, for specs of scripts alone: it declares, keeps, records what a script asks for, and
-- answers what the spec tells it to. It decides nothing that the host decides.
local fake = { root = os.getenv("MT_SOURCE_DIR") or "." }

package.path = fake.root .. "/scripts/lib/?.lua;" .. package.path

local mt = {}
package.preload["mthost"] = function() return mt end

function mt.param(default, low, high, step)
  return { default = default, low = low, high = high, step = step }
end

local function declare(kind)
  return function(declaration)
    return { kind = kind, declaration = declaration }
  end
end
mt.strategy, mt.filter = declare("strategy"), declare("filter")

-- Zones are whole hours east of UTC here: "UTC", "UTC+9", "UTC-5".
local function shift(tz)
  return 3600 * tonumber((tz or "UTC"):match("^UTC([+-]?%d*)$"):gsub("^$", "0"), 10)
end
function mt.day(t, tz) return math.floor((t + shift(tz)) / 86400) end
function mt.clock(t, tz)
  local s = t + shift(tz)
  local day, second = math.floor(s / 86400), s % 86400
  return math.floor(second / 3600), math.floor(second % 3600 / 60), (day + 3) % 7 + 1, second % 60
end
function mt.pow(x, y) return math.pow(x, y) end

-- A loaded script as the host would run it on one symbol. It is strategy and market object in one. signals,
-- targets, skips and marks hold what it asked for. A signal is answered "sent" at once unless verdict says
-- otherwise.
function fake.new(name, params)
  local script = assert(loadfile(fake.root .. "/" .. name .. ".lua"))()
  local self = { params = {}, state = {}, now = 0, stance = 0, symbol = "BTCUSDT", verdict = "sent",
                 instrument = { tick = 0.01, step = 1e-5 }, spread_ticks = 1, tables = {},
                 signals = {}, targets = {}, skips = {}, marks = {}, declaration = script.declaration }
  for key, param in pairs(script.declaration.params or {}) do
    self.params[key] = param.default
  end
  for key, value in pairs(params or {}) do
    assert(self.params[key] ~= nil, "no such parameter: " .. key)
    self.params[key] = value
  end
  function self:keep(key, construct, ...) self[key] = construct(...) end
  function self:skip(reason)
    self.skips[reason] = (self.skips[reason] or 0) + 1
    self.reason = reason
  end
  function self:mark(key, value) self.marks[key] = value end
  function self:signal(s)
    local side = s.side == "buy" and 1 or s.side == "sell" and -1 or s.side == "flat" and 0 or s.side
    s.number, s.time = side, self.now
    self.signals[#self.signals + 1] = s
    if self.verdict == "sent" then self.stance = side end
    if self.on_signal then
      self:on_signal { verdict = self.verdict, entry = side ~= 0, side = side, tag = s.tag, sent = 1, of = 1 }
    end
    return #self.signals
  end
  function self:target(quantity) self.targets[#self.targets + 1] = { qty = quantity, time = self.now } end
  for key, value in pairs(script) do
    if type(value) == "function" then self[key] = value end
  end
  if self.on_start then self:on_start("start") end
  return self
end

-- Events with every field that the host gives.
function fake.quote(time, bid, ask)
  return { time = time, age = 0, bid = bid, ask = ask, mid = (bid + ask) / 2, bid_qty = 1, ask_qty = 1 }
end
function fake.trade(time, price, qty, side)
  return { time = time, age = 0, price = price, qty = qty or 1, side = side or 0 }
end
function fake.bar(time, open, high, low, close, volume, ticks)
  return { time = time, close_time = time + 60, open = open, high = high, low = low, close = close,
           volume = volume or 1, tf = "1m", ticks = ticks or 0, last = true }
end

-- A question to a filter: what the filter answers to an entry of this strength, as the list of its results.
function fake.ask(filter, signal)
  local s = { side = 1, strength = 1, size = 1, tag = "", leg = "main" }
  for key, value in pairs(signal or {}) do s[key] = value end
  local result, why, value = filter:check(s, filter)
  return result == s, why, value
end

return fake
