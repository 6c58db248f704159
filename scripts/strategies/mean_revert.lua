-- Sell what is unusually far above its mean, buy what is far below, leave when it is back. On one-minute bars.
local mt, ta = require "mthost", require "mthost.ta"

local S = mt.strategy {
  bars   = { "1m" },
  params = { n = mt.param(30, 5, 2000, 1),
             enter = mt.param(2.0, 0.5, 10), leave = mt.param(0.3, 0, 5),      -- deviations from the mean
             stop = mt.param(3.0, 0.5, 20),                                    -- average true ranges
             hold = mt.param(3600, 60, 864000) },                              -- s, at most
  valid  = function(p) return p.leave < p.enter, "leave must be below enter" end,
}

function S:on_start()
  self:keep("z", ta.zscore, self.params.n)
  self:keep("atr", ta.atr, 14)
end

function S:on_bar(b)
  local p = self.params
  local z, atr = self.z:update(b.close), self.atr:update(b.high, b.low, b.close)
  if not (z and atr) then return self:skip "warming" end
  local stance = self.stance
  if stance ~= 0 then
    if z * stance < -p.leave then return self:skip("waiting for the mean", z) end
    return self:signal { side = "flat", tag = "mean" }
  end
  if z < p.enter and z > -p.enter then return self:skip("near the mean", z) end
  if atr <= 0 then return self:skip "no movement" end
  self:signal { side = z > 0 and "sell" or "buy", tag = "stretch", exit = { stop = p.stop * atr, time = p.hold } }
end

return S
