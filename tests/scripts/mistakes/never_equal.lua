local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  self.rsi:update(b.close)
  if self.stance == "buy" then return end --> self.stance is a number, so it is never equal to 'buy': write self.stance == 1
  if b.last == "true" then return end --> b.last is true or false, so it is never equal to 'true'
end
function S:on_trade(t) if t.side == "sell" then self:signal { side = "sell" } end end --> t.side is a number, so it is never equal to 'sell': write t.side == -1
function S:on_fill(f) if f.side == 1 or f.reason == "sl" then self.price_of_fill = f.price end end --> f.side is "buy" "sell", so it is never equal to 1 | f.reason is "entry" "stop" "take" "trail" "time" "flat" "target" "slot" "operator" "stopout" "external", so it is never equal to 'sl'
function S:on_signal(v) if v.verdict ~= "send" then self.price_of_fill = nil end end --> v.verdict is "sent" "vetoed" "denied" "expired" "no_size" "partial", so it is never equal to 'send': write v.verdict ~= "sent"
return S
