local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:is_open(b) return b.close > b.open end
function S:on_bar(b)
  if self:is_opne(b) then self:signal { side = "buy" } end --> a strategy has no method 'is_opne', did you mean 'is_open'?
end
return S
