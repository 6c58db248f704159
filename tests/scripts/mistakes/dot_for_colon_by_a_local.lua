local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:grow(x) self.count = (self.count or 0) + x end
function S:on_bar(b)
  local rsi = self.rsi
  local r = rsi.update(b.close) --> rsi.update: call it with a colon: rsi:update(…)
  self.grow(1) --> self.grow: call it with a colon: self:grow(…)
  return r
end
return S
