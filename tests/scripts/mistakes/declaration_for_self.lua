local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local r = self.rsi:update(b.close)
  if r and r < 30 then S:signal { side = "buy" } end --> 'signal' belongs to self, not to the declaration: write self:signal in a handler
end
return S
