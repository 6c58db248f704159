-- The plan is written as one course of events, in a coroutine that gets the bars. Bars.
local mt = require "mthost"
local S = mt.strategy { bars = { "1m" }, params = { up = mt.param(3, 1, 20, 1), hold = mt.param(10, 1, 500, 1) } }

local yield = coroutine.yield

local function rising(n)
  local last = yield()
  local run = 0
  repeat
    local b = yield()
    run = b > last and run + 1 or 0
    last = b
  until run >= n
  return last
end

local function plan(self)
  while true do
    local price = rising(self.params.up)
    if self.stance == 0 then
      self:signal { side = "buy", tag = "rising", exit = { stop = price * 0.005, time = 3600 } }
      for _ = 1, self.params.hold do yield() end
      if self.stance ~= 0 then self:signal { side = "flat", tag = "held" } end
    end
  end
end

function S:on_start()
  self.course = coroutine.create(plan)      -- scratch: after a restart the course begins anew
  assert(coroutine.resume(self.course, self))
end

function S:on_bar(b)
  local ok, why = coroutine.resume(self.course, b.close)
  if not ok then error(why, 0) end
end

return S
