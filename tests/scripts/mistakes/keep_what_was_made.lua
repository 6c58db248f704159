local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start()
  self:keep("rsi", ta.rsi(14)) --> keep: give the constructor and its arguments, not what it made: self:keep("rsi", ta.rsi, …)
  self:keep(ta.ema, 20) --> keep: the name comes first: self:keep("rsi", ta.rsi, 14)
  self:keep("position", ta.ema, 20) --> keep: 'position' is the host's own: take another name
end
function S:on_bar(b) self.rsi:update(b.close) end
return S
