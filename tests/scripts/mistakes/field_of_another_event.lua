local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_quote(q)
  local r = self.rsi:update(q.price) --> a quote has no field 'price', did you mean 'mid'?
  return r
end
function S:on_trade(t)
  if t.size > 10 then self:signal { side = "buy" } end --> a trade has no field 'size', did you mean 'qty'?
end
return S
