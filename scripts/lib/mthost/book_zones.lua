-- Support and resistance, as mthost.book offers it: which prices near the last trade have held the most size.
--
-- Prices are cells of `step` in a ring; a cell knows which price it stands for, so that nothing has to be cleared when
-- the price moves on. Weights grow with time instead of all shrinking (forward decay): an update touches one cell.
local object = require "mthost.object"
local need, need2, need_qty, row_of, ring = object.need, object.need2, object.need_qty, object.row, object.ring
local exp, max, abs = math.exp, math.max, math.abs
local HALF = 0.6931471805599453

-- Once in 32 half-lives all weights are made small again. -> the age from now on
local function shrink(self, time, age)
  local weight, factor = self.weight, exp(-HALF * age)
  for i = 1, self.room do
    local x = weight[i] * factor
    if x < 1e-200 then x = 0 end
    weight[i] = x
  end
  self.start = time
  return 0
end

-- -> what the cell weighs now
local function weigh(self, time, cell, x)
  if not self.started then self.started, self.start, self.time = true, time, time end
  time = max(time, self.time)
  self.time = time
  local age = (time - self.start) / self.memory
  if age > 32 then age = shrink(self, time, age) end
  local place, growth, old = cell % self.room + 1, exp(HALF * age), 0
  if self.owner[place] == cell then old = self.weight[place] end
  local weight = old + x * growth
  self.owner[place], self.weight[place] = cell, weight
  return weight / growth
end

local function rest(self, time, price, qty)
  need2(time, price)
  need_qty(qty)
  local cell = row_of(price, self.step)
  if self.live and abs(cell - self.middle) <= self.reach then weigh(self, time, cell, qty * self.resting) end
end

local function sure(weight, sum, count)
  if weight > 0 then return weight / (weight + sum / count) end
  return 0
end

local function levels(self, price)
  need(price)
  local owner, weight, room, reach = self.owner, self.weight, self.room, self.reach
  local middle, sum = row_of(price, self.step), 0
  local below, above, support, resistance = 0, 0, 0, 0
  for d = 0 - reach, reach do
    local cell = middle + d
    local place = cell % room + 1
    local x = weight[place]
    if owner[place] == cell and x > 0 then
      sum = sum + x
      -- Of equal ones the nearest.
      if d < 0 and x >= below then below, support = x, cell end
      if d > 0 and x > above then above, resistance = x, cell end
    end
  end
  local count = 2 * reach + 1
  return support * self.step, sure(below, sum, count), resistance * self.step, sure(above, sum, count)
end

-- Support and resistance: the price below and the price above a given one that have held the most, and how far they
-- stand out.
-- Formula: update -> weight of the price traded at; levels(price) -> support, confidence, resistance, confidence.
-- Weight of a price = traded quantity + `resting` * resting size each time it is told, both forgetting with the
-- half-life `memory`; prices are rounded to `step`. The heaviest within `reach` steps below and above `price` are
-- named; confidence = weight / (weight + mean weight of all prices within reach): 0.5 is a price like others, near 1
-- one that stands out. Price and confidence are 0 where nothing was traded or rested. There is room for 4 * reach
-- prices; one is forgotten when another takes its place, a multiple of that away.
-- Inputs: update(time, price, qty) with each trade; rest(time, price, qty) with the size shown at a price, once per
-- change or at a fixed pace. A size further than the reach from the last trade, or before the first, is not kept.
-- Warm-up: none. levels looks at each price within reach: ask it before an entry or with a bar, not with each tick.
-- Source: volume profile; forward decay as in Cormode, Shkapenyuk, Srivastava, Xu (2009).
-- Example:
--   local x = book.zones(1, 20, 600)
--   for t = 1, 10 do x:update(t, 95, 5) end
--   for t = 11, 20 do x:update(t, 100 + t % 3, 1) end
--   x:rest(20, 105, 40)
--   local support, sure, resistance = x:levels(100)
--   assert(support == 95 and sure > 0.9 and resistance == 105)
return function(define)
  return define {
    name = "zones", params = { { "step", 1, 1e-12, 1e12, whole = false }, { "reach", 100, 1, 100000 },
                               { "memory", 3600, 0.001, 8640000, whole = false },
                               { "resting", 0.1, 0, 1e6, whole = false } },
    takes = { "time", "price", "qty" }, outputs = { "weight" },
    init = function(self)
      self.room = 4 * self.reach
      self.look, self.middle, self.started, self.start, self.time = 0, 0, false, 0, 0
      self.owner, self.weight = ring(self.room), ring(self.room)
    end,
    methods = { rest = rest, levels = levels },
    update = function(self, time, price, qty)
      need2(time, price)
      need_qty(qty)
      local cell = row_of(price, self.step)
      self.middle = cell
      local weight = weigh(self, time, cell, qty)
      self.y1, self.live = weight, true
      return weight
    end,
  }
end
