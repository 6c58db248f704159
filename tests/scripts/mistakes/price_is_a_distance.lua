local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("atr", ta.atr, 14) end
function S:on_bar(b)
  local atr = self.atr:update(b.high, b.low, b.close)
  if not atr then return end
  self:signal { side = "buy", limit = 0.5 * atr, --> signal: limit: a price is expected, and this is a distance
    exit = { stop = mt.at(2 * atr) } } --> mt.at: a price is expected, and this is a distance: write it without mt.at
end
return S
