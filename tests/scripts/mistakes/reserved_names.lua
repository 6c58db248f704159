local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  self.rsi:update(b.close)
  self.position = 1 --> 'position' of a strategy is the host's own: take another name
  b.close = 0 --> a bar is read-only: b.close cannot be changed
end
return S
