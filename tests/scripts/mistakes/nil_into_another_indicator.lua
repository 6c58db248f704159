local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start()
  self:keep("rsi", ta.rsi, 14)
  self:keep("ema", ta.ema, 5)
end
function S:on_bar(b)
  local e = self.ema:update(self.rsi:update(b.close)) --> self.rsi gives nil while it warms up (ready after 14): test it first: if not x then return self:skip "warming" end
  return e
end
return S
