local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  self.rsi:update(b.close)
  self:log("closed") --> log: the level comes first: self:log("info", …)
  self:log("info") --> log: the text is missing: self:log("info", "…")
  self:skip() --> skip: the reason is missing: self:skip "why"
  self:timer { name = "t", interval = 5 } --> timer: unknown field 'interval': write every
  local x = self:price(b.close) --> price: the side is missing: self:price(x, "buy")
  local d = self:bar("1d", 1) --> bar: "1d" is not declared: add it to bars = { … }
  self:order("a") --> order: order slots are not built yet
  return x, d
end
return S
