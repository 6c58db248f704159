local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local r = self.rsi:update(b.close)
  if r and r > 70 then self:signal { side = "sell", exit = { stop = -5, take = "2%" } } end --> exit: stop: a distance above 0 is expected, got -5 | exit: take: a distance above 0 is expected, got '2%'
end
return S
