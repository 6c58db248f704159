local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local r = self.rsi:update(b.clsoe) --> a bar has no field 'clsoe', did you mean 'close'?
  if r and b.Volume > 0 then self:signal { side = "buy" } end --> a bar has no field 'Volume', did you mean 'volume'?
end
return S
