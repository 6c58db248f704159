-- No entry while the market stands still or runs wild: deviation of the price over one minute, in basis points,
-- must lie from `min` to `max`. It is measured over moves of at least one second and forgets with the half-life
-- `memory`. Until enough was seen there is no entry either.
local mt, volume = require "mthost", require "mthost.volume"

local F = mt.filter {
  params = { min = mt.param(0, 0, 10000), max = mt.param(100, 0, 100000), memory = mt.param(300, 1, 864000) },
  valid  = function(p) return p.min < p.max, "min must be below max" end,
}

function F:on_start()
  self:keep("speed", volume.speed, self.params.memory, 1)
  if self.state.price == nil then self.state.price, self.state.trades = 0, false end
end

local function measure(self, time, price)
  self.speed:update(time, price)
  self.state.price = price
end

function F:on_trade(t)
  if not self.state.trades then      -- the first trade: quotes are not measured any more
    self.state.trades = true
    self.speed:reset()
  end
  measure(self, t.time, t.price)
end

function F:on_quote(q)
  if self.state.trades or not (q.bid <= q.ask) then return end     -- crossed, or a side is empty
  measure(self, q.time, q.mid)
end

function F:on_bar(b)
  if b.ticks == 0 then measure(self, b.close_time, b.close) end      -- of a bar file; bars built from ticks add nothing
end

function F:check(s)
  local speed = self.speed:value()
  if not speed or self.state.price <= 0 then return nil, "warming" end
  local bp = speed * 7.745966692414834 / self.state.price * 1e4      -- square root of 60 seconds
  if bp < self.params.min then return nil, "too quiet", bp end
  if bp > self.params.max then return nil, "too wild", bp end
  return s
end

return F
