local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  if self.bid() > b.close then return end --> self.bid is a value, not a function: write it without ()
  if self:now() > 0 then self.rsi:update(b.close) end --> self.now is a value, not a function: write self.now
end
return S
