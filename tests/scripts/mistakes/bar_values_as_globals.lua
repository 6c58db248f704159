local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  if close > open then self:signal { side = "buy" } end --> 'close' is not known here: write b.close of the bar | 'open' is not known here: write b.open of the bar
end
return S
