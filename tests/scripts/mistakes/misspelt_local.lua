local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local average = self.rsi:update(b.close)
  if not average then return end
  if avreage > 50 then self:signal { side = "buy" } end --> 'avreage' is not known here, did you mean 'average'?
end
return S
