local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local size = self.account.balance * 0.01 / b.close --> an account has no field 'balance', did you mean 'cash'?
  self:target(size)
end
return S
