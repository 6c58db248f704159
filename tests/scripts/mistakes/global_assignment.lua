local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  count = (self.count or 0) + 1 --> assignment to the global 'count': write local count, or self.count for what is to be remembered
  self.count = self.rsi:update(b.close)
end
return S
