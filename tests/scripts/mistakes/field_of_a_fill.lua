local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b) self.rsi:update(b.close) end
function S:on_fill(f)
  self.state.pnl = (self.state.pnl or 0) + f.pnl --> a fill has no field 'pnl', did you mean 'profit'?
end
return S
