local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start()
  self:keep("rsi", ta.rsi, 0) --> ta.rsi: n must be a whole number from 2 to 100000, got 0
end
function S:on_bar(b) self.rsi:update(b.close) end
return S
