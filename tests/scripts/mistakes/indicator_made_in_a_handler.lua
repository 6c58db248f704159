local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local r = ta.rsi(3):update(b.close) --> ta.rsi is made at each call of on_bar: make it in on_start with self:keep
  local ema = ta.ema(20) --> ta.ema is made at each call of on_bar: make it in on_start with self:keep
  local e = ema:update(b.close)
  if r and e then self:signal { side = "buy" } end
end
return S
