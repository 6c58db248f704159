local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local r = self.rsi:update(b.close)
  local spread = book.touch(1, 2) --> 'book' is not known here: write local book = require "mthost.book"
  if r and r > spread then self:signal { side = "buy" } end
end
return S
