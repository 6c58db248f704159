local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local fast, slow = self.rsi:update(b.close), self.slow:update(b.close) --> a strategy has no field 'slow': nothing sets it
  if fast and slow and fast > slow then self:signal { side = "buy" } end
end
return S
