local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local r = self.rsi:update(b.close)
  if not r then return end
  if r < 30 then self:buy(1) elseif r > 70 then self:close() end --> a strategy has no method 'buy': write self:signal { side = "buy" } | a strategy has no method 'close': write self:signal { side = "flat" }
end
return S
