local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("bands", ta.bbands, 20) end
function S:on_bar(b)
  local upper, middle = self.bands:update(b.close)
  local width = (upper - middle) / b.close --> self.bands gives nil while it warms up (ready after 19): test it first: if not x then return self:skip "warming" end
  if width > 0.01 then self:signal { side = "sell" } end
end
return S
