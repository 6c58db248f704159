local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b) self.rsi:update(b.close) end
function S:on_fill()
  self.other = ta.RSI(14) --> mthost.ta has no 'RSI', did you mean 'rsi'?
end
return S
