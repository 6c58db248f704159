-- Support and resistance, as mthost.book offers it: which prices near the last trade have held the most size.
--
-- Prices are cells of `step`. A ring of cells follows the price; over it stands a tree in which each node knows the
-- heaviest cell below it, so that the heaviest cell of any stretch is found in the depth of the tree. Weights grow with
-- time instead of all shrinking (forward decay), which keeps their order as it is.
local object = require "mthost.object"
local need2, need_qty, ring = object.need2, object.need_qty, object.ring
local exp, max, floor, abs = math.exp, math.max, math.floor, math.abs
local HALF = 0.6931471805599453

-- The heavier of two places; of equal ones the first.
local function heavier(weight, a, b)
  if weight[b] > weight[a] then return b end
  return a
end

-- Sums stand in a tree too: adding and taking off would leave rounding errors behind.
local function put(self, place, x)
  local weight, tree, sums, size = self.weight, self.tree, self.sums, self.size
  local node = place - 1 + size
  weight[place], sums[node] = x, x
  node = floor(node / 2)
  while node >= 1 do
    tree[node] = heavier(weight, tree[2 * node], tree[2 * node + 1])
    sums[node] = sums[2 * node] + sums[2 * node + 1]
    node = floor(node / 2)
  end
end

-- The heaviest of the places from..to (0-based, not around the end), or `best` when that is heavier.
local function heaviest(self, best, from, to)
  local weight, tree, size = self.weight, self.tree, self.size
  local a, b = from + size, to + size + 1
  while a < b do
    if a % 2 == 1 then
      if weight[tree[a]] > weight[best] then best = tree[a] end
      a = a + 1
    end
    if b % 2 == 1 then
      b = b - 1
      if weight[tree[b]] > weight[best] then best = tree[b] end
    end
    a, b = a / 2, b / 2
  end
  return best
end

-- Of the cells low..high: the cell, and how far it stands out. The empty place size + 1 weighs nothing.
local function find(self, low, high)
  local size, none = self.size, self.size + 1
  local from, to = low % size, high % size
  local best
  if from <= to then
    best = heaviest(self, none, from, to)
  else
    best = heaviest(self, heaviest(self, none, from, size - 1), 0, to)
  end
  local weight = self.weight[best]
  if weight <= 0 then return 0, 0 end
  local cell = low + (best - 1 - from) % size
  return cell * self.step, weight / (weight + self.sums[1] / (2 * self.reach + 1))
end

-- All weights times `factor`, at a jump of the price and once in 32 half-lives. It looks at all cells.
local function scale(self, factor)
  local weight, tree, sums, size = self.weight, self.tree, self.sums, self.size
  for i = 1, size do
    local x = weight[i] * factor
    if x < 1e-200 then x = 0 end
    weight[i], sums[size - 1 + i] = x, x
  end
  for node = size - 1, 1, -1 do
    tree[node] = heavier(weight, tree[2 * node], tree[2 * node + 1])
    sums[node] = sums[2 * node] + sums[2 * node + 1]
  end
end

local function forget(self, cell)
  local place = cell % self.size + 1
  if self.weight[place] > 0 then put(self, place, 0) end
end

local function weigh(self, time, cell, x)
  if not self.started then self.started, self.start, self.time = true, time, time end
  time = max(time, self.time)
  self.time = time
  local age = (time - self.start) / self.memory
  if age > 32 then
    scale(self, exp(-HALF * age))
    self.start, age = time, 0
  end
  local place, amount = cell % self.size + 1, x * exp(HALF * age)
  if amount > 0 then put(self, place, self.weight[place] + amount) end
end

-- The ring follows the price: cells that come in begin empty.
local function follow(self, cell)
  local move, reach = cell - self.middle, self.reach
  if abs(move) > 2 * reach then
    scale(self, 0)
  elseif move > 0 then
    for c = self.middle + reach + 1, cell + reach do forget(self, c) end
    for c = self.middle - reach, cell - reach - 1 do forget(self, c) end
  elseif move < 0 then
    for c = cell - reach, self.middle - reach - 1 do forget(self, c) end
    for c = cell + reach + 1, self.middle + reach do forget(self, c) end
  end
  self.middle = cell
end

local function cell_of(self, price) return floor(price / self.step + 0.5) end

local function rest(self, time, price, qty)
  need2(time, price)
  need_qty(qty)
  local cell = cell_of(self, price)
  if self.live and abs(cell - self.middle) <= self.reach then weigh(self, time, cell, qty * self.resting) end
end

-- Support and resistance: the price below and the price above the last trade that have held the most, and how far they
-- stand out.
-- Formula: weight of a price = traded quantity + `resting` * resting size each time it is told, both forgetting with
-- the half-life `memory`; prices are rounded to `step`, `reach` steps to either side are kept. Confidence = weight /
-- (weight + mean weight of all prices within reach): 0.5 is a price like others, near 1 one that stands out. Price and
-- confidence are 0 where nothing was traded or rested.
-- Inputs: update(time, price, qty) with each trade; rest(time, price, qty) with the size shown at a price, once per
-- change or at a fixed pace. A size beyond the reach, or before the first trade, is not kept.
-- Warm-up: none. An update takes about log2(reach) steps, and one more for each step that the price moved.
-- Source: volume profile; forward decay as in Cormode, Shkapenyuk, Srivastava, Xu (2009).
-- Example:
--   local x = book.zones(1, 20, 600)
--   for t = 1, 10 do x:update(t, 95, 5) end
--   for t = 11, 20 do x:update(t, 100 + t % 3, 1) end
--   x:rest(20, 105, 40)
--   local support, sure, resistance = x:update(21, 100, 1)
--   assert(support == 95 and sure > 0.5 and resistance == 105)
return function(define)
  return define {
    name = "zones", params = { { "step", 1, 1e-12, 1e12, whole = false }, { "reach", 100, 1, 100000 },
                               { "memory", 3600, 0.001, 8640000, whole = false },
                               { "resting", 0.1, 0, 1e6, whole = false } },
    takes = { "time", "price", "qty" },
    outputs = { "support", "support_confidence", "resistance", "resistance_confidence" },
    init = function(self)
      local size = 2
      while size < 2 * self.reach + 1 do size = size * 2 end
      self.look, self.size, self.middle, self.started, self.start, self.time = 0, size, 0, false, 0, 0
      self.weight, self.tree = ring(size + 1), ring(2 * size - 1)
      self.sums = ring(2 * size - 1)
      for i = 1, size do self.tree[size - 1 + i] = i end
      scale(self, 0)
    end,
    methods = { rest = rest },
    update = function(self, time, price, qty)
      need2(time, price)
      need_qty(qty)
      local cell, reach = cell_of(self, price), self.reach
      if not self.live then self.middle = cell end
      if cell ~= self.middle then follow(self, cell) end
      weigh(self, time, cell, qty)
      local support, sure = find(self, cell - reach, cell - 1)
      local resistance, surely = find(self, cell + 1, cell + reach)
      self.y1, self.y2, self.y3, self.y4, self.live = support, sure, resistance, surely, true
      return support, sure, resistance, surely
    end,
  }
end
