local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S.on_bar(b) --> the first argument of S.on_bar is the strategy itself: write function S:on_bar
  if b.close > b.open then b.count = 1 end
end
return S
