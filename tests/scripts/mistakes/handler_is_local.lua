local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
local function on_bar(self, b) --> the local function on_bar is never called: write function S:on_bar(…), S being what the file returns
  self.rsi:update(b.close)
end
function S:on_quote(q) self.rsi:update(q.mid) end
return S
