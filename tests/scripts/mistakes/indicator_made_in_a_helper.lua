local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
local function deviation(b)
  local d = ta.stddev(20) --> ta.stddev is made at each call of on_bar: make it in on_start with self:keep
  return d:update(b.close)
end
function S:on_bar(b)
  local d = deviation(b)
  if d then self:signal { side = "buy" } end
end
return S
