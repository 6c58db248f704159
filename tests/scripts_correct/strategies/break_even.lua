-- Three takes; when the first is filled the stop goes to the entry. Bars; speaks with fills.
local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy {
  bars = { "1m" },
  params = { stop = mt.param(2, 0.2, 20), n = mt.param(5, 2, 200, 1) },
}

local PARTS = { 0.5, 0.25 }

local function takes(r)
  local list = {}
  for i, part in ipairs(PARTS) do list[#list + 1] = { i * r, part = part } end
  list[#list + 1] = { (#PARTS + 2) * r }
  return list
end

function S:on_start()
  self:keep("rsi", ta.rsi, self.params.n)
  self:keep("atr", ta.atr, self.params.n)
  self:keep("trend", ta.ema, 50)
end

function S:on_bar(b)
  local rsi, atr, trend = self.rsi:update(b.close), self.atr:take(b), self.trend:update(b.close)
  if not (rsi and atr and trend) then return self:skip "warming" end
  if self.stance ~= 0 then return self:skip "in position" end
  local dip, top = rsi < 50 and b.close > trend, rsi > 50 and b.close < trend
  if not dip and not top then return self:skip("no dip", rsi) end
  local r = atr * self.params.stop
  if r < 4 * self.instrument.tick then return self:skip "too quiet" end
  self:signal { side = dip and "buy" or "sell", tag = "dip", exit = { stop = r, take = takes(r) } }
end

function S:on_fill(f)
  if f.reason ~= "take" or f.position == 0 then return end
  local entry = self.position.entry
  -- At the entry only where the market allows it: a stop beyond the market would be no stop.
  local good = f.position > 0 and self.bid > entry or f.position < 0 and self.ask < entry
  if good then self:protect { stop = mt.at(self:price(entry, "near")) } end
end

return S
