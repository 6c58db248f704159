-- Go with the move of the last bars, but only in a market that trends: a high enough ADX, and a price that got
-- somewhere for the way it went (efficiency). Size shrinks when volatility is above its target. A trailing stop, or
-- the end of the trend, ends it. On one-minute bars; ticks and bar files alike.
local mt, ta, sizing = require "mthost", require "mthost.ta", require "mthost.sizing"

local S = mt.strategy {
  bars   = { "1m" },
  warmup = { "1m", 300 },
  params = {
    n          = mt.param(30, 2, 2000, 1),       -- bars of the move
    push       = mt.param(1.0, 0, 20),           -- least move, in average true ranges
    adx        = mt.param(22, 0, 100),           -- least ADX for an entry
    weak       = mt.param(15, 0, 100),           -- ADX below which a position ends
    efficiency = mt.param(0.25, 0, 1),           -- least |move| / way
    stop       = mt.param(2.5, 0.2, 20),         -- average true ranges
    trail      = mt.param(3.5, 0.2, 40),
    target     = mt.param(0.6, 0.01, 10),        -- yearly volatility at which the full size is taken
  },
  valid  = function(p) return p.weak <= p.adx, "weak must not be above adx" end,
}

local MINUTES = 525600      -- of a year

function S:on_start()
  local p = self.params
  self:keep("move", ta.mom, p.n)
  self:keep("step", ta.mom, 1)
  self:keep("way", ta.sma, p.n)
  self:keep("adx", ta.adx, 14)
  self:keep("atr", ta.atr, 14)
  self:keep("size", sizing.volatility, p.target, MINUTES, 120, 1, 30)
end

function S:on_bar(b)
  local p = self.params
  local move, step = self.move:update(b.close), self.step:update(b.close)
  local way = step and self.way:update(math.abs(step))
  local adx, atr = self.adx:update(b.high, b.low, b.close), self.atr:update(b.high, b.low, b.close)
  local size = self.size:update(b.close)
  if not (move and way and adx and atr and size) then return self:skip "warming" end
  local stance = self.stance
  if stance ~= 0 and (adx < p.weak or move * stance <= 0) then
    return self:signal { side = "flat", tag = "no trend" }
  end
  if stance ~= 0 then return self:skip "in position" end
  if atr <= 0 or way <= 0 then return self:skip "no movement" end
  if math.abs(move) < p.push * atr then return self:skip("no push", move / atr) end
  if adx < p.adx then return self:skip("no trend", adx) end
  local efficiency = math.abs(move) / (way * p.n)
  if efficiency < p.efficiency then return self:skip("noise", efficiency) end
  self:mark("adx", adx)
  self:signal { side = move > 0 and "buy" or "sell", strength = size, tag = "momentum",
                exit = { stop = p.stop * atr, trail = p.trail * atr } }
end

return S
