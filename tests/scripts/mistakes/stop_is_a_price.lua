local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("atr", ta.atr, 14) end
function S:on_bar(b)
  local atr = self.atr:update(b.high, b.low, b.close)
  if not atr then return end
  local level = b.close - 2 * atr
  self:signal { side = "buy", exit = {
    stop = level, --> exit: stop: a distance from the fill is expected, and this is a price: did you mean mt.at(…), or the difference?
    take = { { b.close * 1.02, part = 0.5 }, { 5 * atr } }, --> exit: take: a distance from the fill is expected, and this is a price: did you mean mt.at(…), or the difference?
    trail = 2 * atr } }
  self:protect { stop = self.position.entry } --> protect: stop: a distance from the fill is expected, and this is a price: did you mean mt.at(…), or the difference?
end
return S
