local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:onBar(b) self:signal { side = "buy" } end --> handler 'onBar' is never called, did you mean 'on_bar'?
function S:OnTick(q) return q.mid end --> handler 'OnTick' is never called, did you mean 'on_quote' or 'on_trade'?
return S
