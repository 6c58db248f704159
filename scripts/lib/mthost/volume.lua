-- mthost.volume: what traded volume says. Objects with the common face of mthost.ta; times are seconds.
local base, object = require "mthost.ta_base", require "mthost.object"
local define, ring = base.define, base.ring
local need, need2, need3, need_qty = base.need, base.need2, base.need3, object.need_qty
local floor, log, exp, abs, max, min, sqrt = math.floor, math.log, math.exp, math.abs, math.max, math.min, math.sqrt

local DAY = 86400
local CELLS = 5         -- a window in time is so many cells of equal length; the newest is still filling
local LEAST = 0.04      -- a calm market has almost no deviation; this keeps a single lot from looking like a surge
-- A standard deviation is this many mean deviations in a normal law.
local NORMAL = 1.2533141373155
local HALF = 0.6931471805599453      -- log 2: k = 1 - exp(-HALF * dt / memory) forgets half in `memory`

base.file = "volume"
local V = {}

-- How many cells were completed since the last event.
local function cells(self, time)
  local cell = floor(time / self.cell_s)
  local passed = cell - self.cell
  if not self.started then
    self.started, self.cell = true, cell
    return 0
  end
  if passed <= 0 then return 0 end          -- an event from before the current cell counts into it
  self.cell = cell
  return passed
end

-- What is usual, from the windows of the warm-up: median and median deviation, so that a burst among them does no harm.
-- The only place that sorts, once per object.
local function usual(self)
  local first, sorted = self.first, {}
  for i = 1, #first do
    if first[i] > 0 then sorted[#sorted + 1] = first[i] end
  end
  if #sorted < self.warm then return end      -- hardly any trade so far: the oldest windows make room for new ones
  table.sort(sorted)
  local unit = sorted[floor((#sorted + 1) / 2)]
  for i = 1, #first do sorted[i] = log(1 + first[i] / unit) end
  table.sort(sorted)
  local middle = sorted[floor((#sorted + 1) / 2)]
  for i = 1, #sorted do sorted[i] = abs(sorted[i] - middle) end
  table.sort(sorted)
  -- A median deviation is 0.6745 of a standard one in a normal law, a mean deviation 0.7979 of it.
  self.unit, self.mean, self.dev = unit, middle, sorted[floor((#sorted + 1) / 2)] * (0.7979 / 0.6745)
end

-- A mean and a mean absolute deviation take in x with the weight k. What lies further than 3 deviations away counts as
-- 3, so a burst does not raise the bar for the next one.
local function follow(mean, dev, x, k)
  local d, bound = x - mean, 3 * NORMAL * max(dev, LEAST)
  d = max(min(d, bound), -bound)
  return mean + d * k, dev + (abs(d) - dev) * k
end

-- A window has ended: its volume joins the past.
local function learn(self, sum)
  local seen = self.seen + 1
  self.seen = seen
  if self.unit == 0 then
    local first = self.first
    first[(seen - 1) % #first + 1] = sum
    if seen >= #first then usual(self) end
    return
  end
  self.mean, self.dev = follow(self.mean, self.dev, log(1 + sum / self.unit), self.k)
end

-- At which place of the arrays the slot of this time stands, and the number of its day.
local function slot_of(self, time)
  time = time - self.offset
  local day = floor(time / DAY)
  return max(min(floor((time - day * DAY) / self.slot_s), self.slots - 1), 0) + 1, day
end

-- The same for the slot of the day in which the window ended. A slot that has seen nothing begins with what is usual at
-- any time, which counts as one window. With its second day it gets a unit of its own, the volume that it had seen, so
-- that a quiet hour is measured as finely as a busy one; a deviation is as many per cent of the volume before and after.
local function learn_slot(self, cell, sum)
  if self.unit == 0 then return end
  local slot, day = slot_of(self, cell * self.cell_s)
  local count, mean, dev, unit = self.counts[slot], self.means[slot], self.devs[slot], self.units[slot]
  if count == 0 then mean, dev, unit = self.mean, self.dev, self.unit end
  if count == 0 or day ~= self.last_day[slot] then
    local days = self.days_seen[slot] + 1
    self.last_day[slot], self.days_seen[slot] = day, days
    if days == 2 then
      local part = max(exp(mean) - 1, 1e-3)      -- of the old unit
      mean, dev, unit = log(2), dev * (1 + part) / (2 * part), unit * part
    end
  end
  self.counts[slot], self.units[slot] = count + 1, unit
  self.means[slot], self.devs[slot] = follow(mean, dev, log(1 + sum / unit), max(self.slot_k, 1 / (count + 2)))
end

-- qty joins the window. -> its volume
local function roll(self, time, qty)
  local window, passed = self.ring, cells(self, time)
  if passed > 0 then
    -- Each cell that passed completes a window. A longer gap is no market (closed, disconnected): it teaches no more
    -- than one window of silence does.
    local cell = self.cell - passed
    for i = 1, min(passed, CELLS) do
      self.cells_seen = self.cells_seen + 1
      if self.cells_seen >= CELLS then
        learn(self, self.sum)
        if self.slots then learn_slot(self, cell + i - 1, self.sum) end
      end
      local pos = self.pos % CELLS + 1
      window[pos], self.pos = 0, pos
      self.sum = window[1] + window[2] + window[3] + window[4] + window[5]
    end
  end
  local pos = self.pos
  window[pos] = window[pos] + qty
  local sum = self.sum + qty
  self.sum = sum
  return sum
end

local function surge_init(self, memory)
  self.cell_s = self.window / CELLS
  self.ring, self.pos, self.sum, self.cell, self.started = ring(CELLS), 1, 0, 0, false
  self.first, self.seen, self.cells_seen = ring(CELLS * self.warm), 0, 0
  self.unit, self.mean, self.dev = 0, 0, 0
  self.k = 1 - exp(-HALF * self.cell_s / memory)
  self.look = self.warm
end

local function score(sum, unit, mean, dev)
  return (log(1 + sum / unit) - mean) / (NORMAL * max(dev, LEAST))
end

-- Volume surge. update(time, qty) -> z, volume: how unusual the volume of the last `window` seconds is against its
-- own past, in robust deviations, and that volume itself. nil until `warm` windows have been seen. The past is a
-- mean and a mean absolute deviation of log(1 + volume / usual volume) that forget with the half-life `memory`
-- (seconds); what lies further than 3 deviations away counts as 3, so a burst does not raise the bar for the next
-- one.
V.surge = define {
  name = "surge", timed = true, inputs = 2, outputs = 2, takes = { "time", "qty" },
  params = { { "window", 10, 0.001, 86400, whole = false }, { "memory", 300, 0.001, 8640000, whole = false },
             { "warm", 6, 2, 1000 } },
  init = function(self) surge_init(self, self.memory) end,
  update = function(self, time, qty)
    need(time)
    need_qty(qty)
    local sum = roll(self, time, qty)
    if self.unit > 0 then
      local z = score(sum, self.unit, self.mean, self.dev)
      self.y1, self.y2, self.live = z, sum, true
      return z, sum
    end
  end,
}

-- Volume surge against the time of day. update(time, qty) -> z, volume, signal, days: as surge, but what is usual is
-- learnt for each of `slots` equal slots of the day on its own (48: half hours from midnight UTC plus `offset` seconds),
-- so that the open of a market is no surge every morning. Each slot keeps a mean and a mean absolute deviation of
-- log(1 + volume / usual volume), forgetting with a half-life of `memory` days, bounded at 3 deviations as in surge. z
-- is against the slot once it has been seen on `days` days, until then as in surge with the memory `recent` (seconds);
-- the last output says on how many days the slot of now has been seen. signal is 1 when z reaches `threshold`, at most
-- once in `pause` seconds, else 0. One object serves one symbol, and so the pause is per symbol.
V.daily = define {
  name = "daily", timed = true, inputs = 2, outputs = 4, takes = { "time", "qty" },
  params = { { "window", 10, 0.001, 3600, whole = false }, { "slots", 48, 1, 1440 }, { "days", 3, 1, 365 },
             { "memory", 10, 0.1, 3650, whole = false }, { "threshold", 4, 0.1, 100, whole = false },
             { "pause", 30, 0, 86400, whole = false }, { "recent", 300, 0.001, 8640000, whole = false },
             { "warm", 6, 2, 1000 }, { "offset", 0, -86400, 86400, whole = false } },
  init = function(self)
    surge_init(self, self.recent)
    local slots = self.slots
    self.slot_s = DAY / slots
    self.counts, self.means, self.devs = ring(slots), ring(slots), ring(slots)
    self.units = ring(slots)
    self.days_seen, self.last_day = ring(slots), ring(slots)
    -- A slot is as many windows a day as it has cells.
    self.slot_k = 1 - exp(-HALF * self.cell_s / (self.memory * self.slot_s))
    self.fired, self.fired_at = false, 0
  end,
  update = function(self, time, qty)
    need(time)
    need_qty(qty)
    local sum = roll(self, time, qty)
    if self.unit == 0 then return nil end
    local slot = slot_of(self, self.cell * self.cell_s)      -- where the window that forms will be learnt
    local known, mean, dev, unit = self.days_seen[slot], self.mean, self.dev, self.unit
    if known >= self.days then mean, dev, unit = self.means[slot], self.devs[slot], self.units[slot] end
    local z, signal = score(sum, unit, mean, dev), 0
    if z >= self.threshold and (not self.fired or time - self.fired_at >= self.pause) then
      signal, self.fired, self.fired_at = 1, true, time
    end
    self.y1, self.y2, self.y3, self.y4, self.live = z, sum, signal, known, true
    return z, sum, signal, known
  end,
}

-- How much a signal is worth, from 0 to 1, and its side (1, -1 or 0), of a surge and a ratio: the square root of
-- min(z / (2 threshold), 1) * |2 ratio - 1|. It is 0 without a surge and 0 when both sides trade alike; 1 at twice the
-- threshold with all volume on one side.
function V.strength(z, ratio, threshold)
  need(z)
  object.need_arg("volume.strength", "ratio", ratio, 0, 1)
  object.need_arg("volume.strength", "threshold", threshold, 1e-12, 1e12)
  local lean = 2 * ratio - 1
  local side = 0
  if lean > 0 then side = 1 elseif lean < 0 then side = -1 end
  return sqrt(max(min(z / (2 * threshold), 1), 0) * abs(lean)), side
end

-- Who started a trade: what the venue says, or the tick rule.
local function sided(self, price, side)
  if side > 0 then
    side = 1
  elseif side < 0 then
    side = -1
  elseif self.live and price > self.prev then
    side = 1
  elseif self.live and price < self.prev then
    side = -1
  else
    side = self.side
  end
  self.prev, self.side = price, side
  return side
end

-- Buy and sell volume. update(time, price, qty, side) -> ratio, buy, sell over the last `window` seconds; side is 1, -1
-- or 0. The ratio is buy / (buy + sell), 0.5 when nothing traded. Without a side the tick rule decides: a price above
-- the one before was bought, below was sold, the same price repeats the last answer.
V.ratio = define {
  name = "ratio", inputs = 4, outputs = 3, takes = { "time", "price", "qty", "side" },
  params = { { "window", 10, 0.001, 86400, whole = false } },
  init = function(self)
    self.cell_s = self.window / CELLS
    self.buys, self.sells, self.pos, self.cell, self.started = ring(CELLS), ring(CELLS), 1, 0, false
    self.prev, self.side = 0, 0
    self.look = 0
  end,
  update = function(self, time, price, qty, side)
    need3(time, price, side)
    need_qty(qty)
    local buys, sells = self.buys, self.sells
    local passed = cells(self, time)
    for _ = 1, min(passed, CELLS) do
      local pos = self.pos % CELLS + 1
      buys[pos], sells[pos], self.pos = 0, 0, pos
    end
    side = sided(self, price, side)
    self.live = true
    local pos = self.pos
    if side > 0 then
      buys[pos] = buys[pos] + qty
    elseif side < 0 then
      sells[pos] = sells[pos] + qty
    end
    local buy = buys[1] + buys[2] + buys[3] + buys[4] + buys[5]
    local sell = sells[1] + sells[2] + sells[3] + sells[4] + sells[5]
    local ratio = 0.5
    if buy + sell > 0 then ratio = buy / (buy + sell) end
    self.y1, self.y2, self.y3 = ratio, buy, sell
    return ratio, buy, sell
  end,
}

-- Delta: bought less sold volume. update(time, price, qty, side) -> delta, total, swing: over the last `window` seconds;
-- since the session of `session` seconds began (at `offset` after midnight UTC); and the distance of that total from
-- the middle of its extremes in this session, in halves of their range (-1 at its lowest, 1 at its highest, 0 while it
-- never moved). Sides and the tick rule are those of ratio.
V.delta = define {
  name = "delta", inputs = 4, outputs = 3, takes = { "time", "price", "qty", "side" },
  params = { { "window", 10, 0.001, 86400, whole = false }, { "session", 86400, 1, 31536000 },
             { "offset", 0, 0, 31536000 } },
  init = function(self)
    self.look, self.recent, self.total = 0, object.window(self.window), object.total()
    self.number, self.most, self.least, self.prev, self.side = 0, 0, 0, 0, 0
  end,
  update = function(self, time, price, qty, side)
    need3(time, price, side)
    need_qty(qty)
    local number, total = floor((time - self.offset) / self.session), self.total
    if number > self.number or not self.live then
      self.number, total.high, total.low, self.most, self.least = number, 0, 0, 0, 0
    end
    local signed = sided(self, price, side) * qty
    local delta, sum = object.add(self.recent, time, signed), object.grow(total, signed)
    local most, least, swing = max(self.most, sum), min(self.least, sum), 0
    if most > least then swing = ((sum - least) - (most - sum)) / (most - least) end
    self.most, self.least = most, least
    self.y1, self.y2, self.y3, self.live = delta, sum, swing, true
    return delta, sum, swing
  end,
}

-- How large the moves are. update(time, price) -> deviation of the price per square root of a second, from a mean of
-- squared moves that forgets with the half-life `memory` seconds; moves are taken over at least `every` seconds, so
-- the bounce between bid and ask does not count as movement.
V.speed = define {
  name = "speed", timed = true, inputs = 2, takes = { "time", "price" },
  params = { { "memory", 60, 0.001, 8640000, whole = false }, { "every", 1, 0.001, 86400, whole = false },
             { "warm", 10, 1, 100000 } },
  init = function(self)
    self.count, self.time, self.price, self.variance = -1, 0, 0, 0
    self.look = self.warm
  end,
  update = function(self, time, price)
    need2(time, price)
    if self.count < 0 then
      self.count, self.time, self.price = 0, time, price
      return nil
    end
    local dt = time - self.time
    if dt >= self.every then
      local move = price - self.price
      local count = self.count + 1
      local k = 1 - exp(-HALF * dt / self.memory)
      if k < 1 / count then k = 1 / count end
      self.variance = self.variance + (move * move / dt - self.variance) * k
      self.count, self.time, self.price = count, time, price
    end
    if self.count >= self.warm then
      local y = sqrt(self.variance)
      self.y1, self.live = y, true
      return y
    end
  end,
}

V.profile = require "mthost.volume_profile"

return V
