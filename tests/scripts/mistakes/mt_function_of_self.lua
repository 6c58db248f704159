local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  mt.log("closed at", b.close) --> mthost has no 'log': write self:log("info", "%s", …)
end
return S
