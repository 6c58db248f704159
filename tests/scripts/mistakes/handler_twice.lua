local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("atr", ta.atr, 14) end
function S:on_bar(b) if b.close > b.open then self:signal { side = "buy", limit = "5" } end end --> signal: limit: a number expected, got '5'
function S:on_bar(b) --> S:on_bar is written a second time: the one of line 4 is never called
  local a = self.atr:update(b.close) --> ta.atr takes high, low, close: only 1 of 3 are given
  return a
end
return S
