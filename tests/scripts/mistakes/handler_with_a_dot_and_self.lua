local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S.on_bar(b)
  local r = self.rsi:update(1) --> 'self' is not known here: write function S.on_bar with a colon before its name
  if r then self:signal { side = "buy" } end --> 'self' is not known here: write function S.on_bar with a colon before its name
end
return S
