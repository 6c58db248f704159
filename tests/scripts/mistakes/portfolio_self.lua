local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" }, scope = "portfolio" }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b, m)
  local position = self.position.qty --> with scope = "portfolio" it is a market that has 'position', not self: write m.position, m being the last argument of the handler
  if position == 0 and b.close > m.bid then self:signal { side = "buy" } end --> with scope = "portfolio" it is a market that has 'signal', not self: write m:signal, m being the last argument of the handler
  if m.positon.qty > 0 then m:sginal { side = "flat" } end --> a market has no field 'positon', did you mean 'position'? | a market has no method 'sginal', did you mean 'signal'?
end
return S
