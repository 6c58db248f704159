-- Go with a burst of volume when the book leans the same way: trades are unusually many, one side makes most of them,
-- and what comes to and goes from the best quotes points there too. Leave when the flow has turned. Needs quotes with
-- sizes and trades.
local mt, book, volume = require "mthost", require "mthost.book", require "mthost.volume"

local S = mt.strategy {
  params = {
    surge  = mt.param(2.0, 0.5, 20),         -- robust deviations above the usual volume
    ratio  = mt.param(0.6, 0.5, 1),          -- least part of the traded volume on one side
    flow   = mt.param(0.2, 0, 1),            -- least order-flow imbalance, -1 to 1
    lean   = mt.param(0.0, -1, 1),           -- least imbalance of the best quote in the direction
    turn   = mt.param(0.3, 0, 1),            -- order-flow imbalance against the position that ends it
    window = mt.param(10, 1, 600),           -- s over which trades and book flow are counted
    memory = mt.param(300, 10, 86400),       -- s, half-life of what is usual
    hold   = mt.param(20, 1, 3600),          -- s, at most
    pause  = mt.param(5, 0, 3600),           -- s between two entries
    stop   = mt.param(1.5, 0.1, 20),         -- in expected moves over `hold`
    take   = mt.param(2.0, 0.1, 40),         -- in expected moves over `hold`
    wide   = mt.param(2.0, 0.1, 100),        -- no entry while the spread is so many deviations above its mean
  },
}

function S:on_start()
  local p = self.params
  self:keep("surge", volume.surge, p.window, p.memory)
  self:keep("ratio", volume.ratio, p.window)
  self:keep("speed", volume.speed, 60, 1)
  self:keep("ofi", book.ofi, p.window)
  self:keep("spread", book.spread, p.memory)
  if self.state.last == nil then self.state.last, self.state.lean = 0, 0 end
end

-- The book: what leans, and whether it has turned against an open position.
function S:on_quote(q)
  if not (q.bid <= q.ask) then return self:skip "crossed" end      -- or a side is empty
  self.spread:update(q.time, q.bid, q.ask)
  self.state.lean = book.touch(q.bid_qty, q.ask_qty)
  local _, flow = self.ofi:update(q.time, q.bid, q.bid_qty, q.ask, q.ask_qty)
  local stance = self.stance
  if flow and stance ~= 0 and flow * stance <= -self.params.turn then
    self:signal { side = "flat", tag = "turned" }
  end
end

function S:on_trade(t)
  local p = self.params
  local z = self.surge:update(t.time, t.qty)
  local ratio = self.ratio:update(t.time, t.price, t.qty, t.side)
  local speed = self.speed:update(t.time, t.price)
  local _, flow = self.ofi:value()
  local _, _, _, wide = self.spread:value()
  if not (z and speed and flow) then return self:skip "warming" end
  if self.stance ~= 0 then return self:skip "in position" end
  if z < p.surge then return self:skip("no surge", z) end
  local side = ratio >= 0.5 and 1 or -1
  if math.abs(ratio - 0.5) < p.ratio - 0.5 then return self:skip("both sides", ratio) end
  if flow * side < p.flow then return self:skip("book against it", flow) end
  if self.state.lean * side < p.lean then return self:skip("quote leans away", self.state.lean) end
  if wide > p.wide then return self:skip("wide spread", wide) end
  if self.now - self.state.last < p.pause then return self:skip "pause" end
  local move = speed * math.sqrt(p.hold)
  if move < self.instrument.tick then return self:skip("no movement", move) end

  self.state.last = self.now
  self:mark("flow", flow)
  local strength = math.min(1, z / (2 * p.surge)) * math.min(1, 0.5 + math.abs(flow) / 2)
  self:signal { side = side, strength = strength, tag = "flow",
                exit = { stop = p.stop * move, take = p.take * move, time = p.hold } }
end

return S
