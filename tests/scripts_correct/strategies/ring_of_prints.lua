-- Buys minus sells of the last prints, in a ring made of closures. Trades.
local mt = require "mthost"

local function Ring(size)
  local values, head, count, sum = {}, 0, 0, 0
  for i = 1, size do values[i] = 0 end
  local ring = {}
  function ring.push(x)
    head = head % size + 1
    sum = sum - values[head] + x
    values[head] = x
    if count < size then count = count + 1 end
    return count == size and sum or nil
  end
  function ring.size() return count end
  return ring
end

local M = mt.strategy {
  params = { prints = mt.param(40, 5, 5000, 1), lean = mt.param(8, 1, 1000) },
}

function M:on_start() self.ring = Ring(self.params.prints) end      -- scratch: it fills again after a restart

function M:on_trade(print)
  local lean = self.ring.push(print.side)
  if not lean then return self:skip("filling", self.ring.size()) end
  local want = lean >= self.params.lean and 1 or lean <= -self.params.lean and -1 or 0
  if want == 0 then
    return self:skip "balanced"
  elseif want == self.stance then
    return self:skip "there already"
  end
  self:signal { side = want, exit = { stop = print.price * 0.002, take = print.price * 0.003 } }
end

return M
