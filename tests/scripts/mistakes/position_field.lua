local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  if self.position.size > 0 and b.close < self.position.avg_price then --> a position has no field 'size', did you mean 'qty'? | a position has no field 'avg_price', did you mean 'entry'?
    self:signal { side = "flat" }
  end
end
return S
