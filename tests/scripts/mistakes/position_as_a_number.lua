local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  if self.position > 0 then return end --> self.position is a position, not a number: write self.position.qty
  if self.position == 0 then self:signal { side = "buy" } end --> self.position is a position, so it is never equal to 0
  self.rsi:update(b) --> b is a bar, not a number: write b.close
end
return S
