-- W5: two averages on every quote and trade and no signal: what a tick costs in Lua and in the host around it.
local mt, ta = require "mthost", require "mthost.ta"

local S = mt.strategy {}

function S:on_start()
  self:keep("fast", ta.ema, 10, { seed = "first" })
  self:keep("slow", ta.ema, 30, { seed = "first" })
end

function S:on_quote(q)
  self.fast:update(q.mid)
  self.slow:update(q.mid)
end

function S:on_trade(t)
  self.fast:update(t.price)
  self.slow:update(t.price)
end

return S
