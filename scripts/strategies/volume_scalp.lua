-- Go with a burst of volume when one side makes most of it. Half is taken early, the rest runs until the target,
-- the stop or the clock. The stop scales with how far the price moved lately, so that it means the same in quiet
-- and wild hours.
local mt, volume = require "mthost", require "mthost.volume"

local S = mt.strategy {
  params = {
    surge  = mt.param(2.5, 0.5, 20),         -- robust deviations above the usual volume
    ratio  = mt.param(0.62, 0.5, 1),         -- least part of the volume on one side
    window = mt.param(10, 1, 600),           -- s over which volume is counted
    memory = mt.param(300, 10, 86400),       -- s, half-life of what is usual
    hold   = mt.param(30, 1, 3600),          -- s, at most
    pause  = mt.param(5, 0, 3600),           -- s between two signals
    stop   = mt.param(1.5, 0.1, 20),         -- in expected moves over `hold`
    take   = mt.param(2.0, 0.1, 40),         -- in expected moves over `hold`; half of it for the first half
  },
}

function S:on_start()
  local p = self.params
  self:keep("surge", volume.surge, p.window, p.memory)
  self:keep("ratio", volume.ratio, p.window)
  self:keep("speed", volume.speed, 60, 1)
  if self.state.last == nil then self.state.last = 0 end
end

function S:on_trade(t)
  local p = self.params
  local z = self.surge:update(t.time, t.qty)
  local ratio = self.ratio:update(t.time, t.price, t.qty, t.side)
  local speed = self.speed:update(t.time, t.price)
  if not (z and speed) then return self:skip "warming" end
  if z < p.surge then return self:skip("no surge", z) end
  local side = 0
  if ratio >= p.ratio then side = 1 elseif ratio <= 1 - p.ratio then side = -1 end
  if side == 0 then return self:skip("both sides", ratio) end
  if self.stance ~= 0 then return self:skip "in position" end
  if self.now - self.state.last < p.pause then return self:skip "pause" end
  local move = speed * math.sqrt(p.hold)
  if move < self.instrument.tick then return self:skip("no movement", move) end

  self.state.last = self.now
  self:mark("surge", z)
  -- Twice the threshold, all on one side, is full strength.
  local strength = math.min(1, z / (2 * p.surge)) * math.min(1, math.abs(ratio - 0.5) * 2 + 0.2)
  self:signal { side = side, strength = strength, tag = "surge",
                exit = { stop = p.stop * move, take = { { p.take * move / 2, part = 0.5 }, { p.take * move } },
                         time = p.hold } }
end

return S
