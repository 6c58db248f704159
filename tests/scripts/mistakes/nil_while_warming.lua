local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  if self.rsi:update(b.close) < 30 then --> self.rsi gives nil while it warms up (ready after 14): test it first: if not x then return self:skip "warming" end
    self:signal { side = "buy" }
  end
end
return S
