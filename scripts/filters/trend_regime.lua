-- Entries only in the wanted kind of market, on one-minute bars:
--   mode "with"     with a trend: ADX at least `adx`, and the entry on the side of the mean of `n` bars where it rises
--                   or falls
--   mode "range"    without one: ADX below `adx`
--   mode "against"  never against a trend, anything without one
local mt, ta = require "mthost", require "mthost.ta"

local F = mt.filter {
  bars   = { "1m" },
  params = { mode = mt.param("with", { "with", "range", "against" }), adx = mt.param(20, 0, 100),
             n = mt.param(50, 2, 5000, 1) },
}

function F:on_start()
  self:keep("strength", ta.adx, 14)
  self:keep("mean", ta.ema, self.params.n)
  self:keep("slope", ta.mom, 5)
end

function F:on_bar(b)
  -- The strategy may have asked for other frames too; a bar file has one frame, whichever it is.
  if b.tf ~= "1m" and b.ticks > 0 then return end
  self.strength:update(b.high, b.low, b.close)
  local mean = self.mean:update(b.close)
  if mean then self.slope:update(mean) end
end

function F:check(s)
  local adx, slope, p = self.strength:value(), self.slope:value(), self.params
  if not (adx and slope) then return nil, "warming" end
  if p.mode == "range" then
    if adx >= p.adx then return nil, "trend", adx end
    return s
  end
  if adx < p.adx then
    if p.mode == "with" then return nil, "no trend", adx end
    return s
  end
  local side = s.side == "buy" and 1 or -1
  if slope * side <= 0 then return nil, "against the trend", adx end
  return s
end

return F
