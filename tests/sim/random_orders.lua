-- Asks for anything at any time: signals with every kind of exit plan, reductions, protects, limits near and far, sizes
-- from tiny to far beyond every limit. Good for nothing but finding out what a host does with it.
local mt = require "mthost"
local S = mt.strategy { params = { busy = mt.param(0.15, 0, 1) } }
local random = math.random

local function level(m)
  local distance = m.instrument.tick * random(1, 400)
  if random() < 0.2 then return mt.at(m.mid + (random() - 0.5) * 8) end
  return distance
end

local function plan(m)
  local p = {}
  if random() < 0.6 then p.stop = level(m) end
  local kind = random()
  if kind < 0.3 then p.take = m.instrument.tick * random(1, 300)
  elseif kind < 0.5 then
    p.take = { { m.instrument.tick * random(1, 50), part = 0.3 }, { m.instrument.tick * random(51, 100), part = 0.5 },
               m.instrument.tick * random(101, 400) }
  end
  kind = random()
  if kind < 0.2 then p.trail = m.instrument.tick * random(1, 200)
  elseif kind < 0.3 then p.trail = { m.instrument.tick * random(1, 100), after = m.instrument.tick * random(1, 100) } end
  if random() < 0.3 then p.time = random() * 20 + 0.001 end
  return p
end

local function act(self)
  local kind = random()
  if kind < 0.65 then
    local size = random() < 0.1 and 1e5 or random() * 3 + 0.001
    local ask = { side = random() < 0.5 and "buy" or "sell", size = size, strength = random() * 0.99 + 0.01, exit = plan(self),
                  tag = "t" .. random(1, 5) }
    if random() < 0.3 then
      ask.limit = self:price(self.mid + (random() - 0.5) * 4, ask.side)
      ask.ttl = random() * 10 + 0.01
    end
    self:signal(ask)
  elseif kind < 0.8 then
    self:signal { side = "flat", keep = random() < 0.4 and random() * 0.9 + 0.05 or nil }
  else
    self:protect { stop = random() < 0.7 and level(self) or nil, time = random() < 0.3 and random() * 5 + 0.1 or nil,
                   widen = random() < 0.5 }
  end
end

function S:on_quote()
  if random() < self.params.busy then act(self) end
end
function S:on_fill() if random() < 0.2 then act(self) end end
function S:on_signal() if random() < 0.1 then act(self) end end
function S:on_order() if random() < 0.02 then act(self) end end

return S
