local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local r = self.rsi:update(b.close)
  if not r then return end
  if r < 30 then self:signal { side = "buy", stop = 5, qty = 2 } end --> signal: unknown field 'stop': write exit = { stop = … } | signal: unknown field 'qty': write size, a factor on what the sizing gives
  if r > 70 then self:signal { side = "long", exit = { sl = 5 } } end --> signal: side: "buy", "sell" or "flat" expected, got 'long', did you mean 'buy'? | exit: unknown field 'sl': write stop
  if r > 80 then self:signal "flat" end --> signal: a table expected: self:signal { side = … }
end
return S
