local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("mean", ta.sma, 50) end
function S:on_bar(b)
  local mean = self.mean:update(b.close)
  if not mean then return end
  if b.close > mean then
    self:signal { side = "buy", exit = { stop = mean } } --> exit: stop: a distance from the fill is expected, and this is a price: did you mean mt.at(…), or the difference?
  end
end
return S
