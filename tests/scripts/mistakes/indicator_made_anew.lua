local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_trade(t)
  self.ema = ta.ema(20) --> ta.ema is made at each call of on_trade: make it in on_start with self:keep
  local e = self.ema:update(t.price)
  if e and e > t.price then self:signal { side = "sell" } end
end
return S
