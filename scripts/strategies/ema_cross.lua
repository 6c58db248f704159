-- EMA cross on one-minute bars, with an ATR stop and a trailing exit: always in the market, on the side of the fast
-- mean. Works on bar files and on ticks (the host builds the bars).
local mt, ta = require "mthost", require "mthost.ta"

local S = mt.strategy {
  bars   = { "1m" },
  warmup = { "1m", 100 },
  params = { fast = mt.param(12, 2, 200, 1), slow = mt.param(26, 3, 500, 1),
             stop = mt.param(2.0, 0.5, 10), trail = mt.param(3.0, 0.5, 20) },      -- in average true ranges
  valid  = function(p) return p.fast < p.slow, "fast must be below slow" end,
}

function S:on_start()
  self:keep("fast", ta.ema, self.params.fast)
  self:keep("slow", ta.ema, self.params.slow)
  self:keep("atr", ta.atr, 14)
end

function S:on_bar(b)
  local fast, slow = self.fast:update(b.close), self.slow:update(b.close)
  local atr = self.atr:update(b.high, b.low, b.close)
  if not (slow and atr) then return self:skip "warming" end
  if fast == slow then return self:skip "no side" end
  if atr <= 0 then return self:skip "no movement" end
  local side = fast > slow and 1 or -1
  if self.stance == side then return self:skip "in position" end
  self:signal { side = side, tag = "cross",
                exit = { stop = self.params.stop * atr, trail = self.params.trail * atr } }
end

return S
