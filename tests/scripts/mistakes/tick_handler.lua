local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_quote(q)
  for k in pairs(self.state) do self:mark(k, q.mid) end --> pairs in a tick handler sorts and allocates at each call: use an array and ipairs
  local x = q.mid ^ 0.5 --> ^ may give other bits compiled than interpreted: use mt.pow
  return x
end
function S:on_book(k) return k end --> on_book is not called yet: order books are not built
return S
