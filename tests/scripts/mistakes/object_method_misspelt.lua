local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local r = self.rsi:updat(b.close) --> ta.rsi has no method 'updat', did you mean 'update'?
  return r
end
return S
