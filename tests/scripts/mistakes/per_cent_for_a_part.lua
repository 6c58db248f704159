local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local r = self.rsi:update(b.close)
  if not r then return end
  self:signal { side = "buy", strength = 50 } --> signal: strength: a number from 0 to 1 expected, got 50: 50 % is 0.5
  self:signal { side = "flat", keep = 25 } --> signal: keep: a number from 0 to 1 expected, got 25: 25 % is 0.25
end
return S
