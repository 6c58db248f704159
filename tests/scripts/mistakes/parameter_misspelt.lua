local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" }, params = { low = mt.param(30, 0, 100) } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local r = self.rsi:update(b.close)
  local p = self.params
  if r and r < p.lwo then self:signal { side = "buy" } end --> params has no 'lwo', did you mean 'low'?
  p.low = 20 --> params is read-only: p.low cannot be changed
end
return S
