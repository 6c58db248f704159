local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_trade(t)
  local b = ta.bollinger(20) --> mthost.ta has no 'bollinger': write ta.bbands
  return b:update(t.price)
end
return S
