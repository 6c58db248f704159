local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
local ema = ta.ema(20) --> 'ema': ta.ema in a file-level local is shared by all symbols and lost at a restart: make it in on_start with self:keep
function S:on_bar(b)
  local e = ema:update(b.close)
  if e and b.close > e then self:signal { side = "buy" } end
end
return S
