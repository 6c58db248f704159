local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local r = self.rsi.update(b.close) --> self.rsi.update: call it with a colon: self.rsi:update(…)
  if r then self.signal { side = "buy" } end --> self.signal: call it with a colon: self:signal(…)
  self.log("info", "done") --> self.log: call it with a colon: self:log(…)
end
return S
