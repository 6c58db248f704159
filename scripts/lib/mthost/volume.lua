-- mthost.volume: what traded volume says. Objects with the common face of mthost.ta; times are seconds.
local base = require "mthost.ta_base"
local define, need2, need4, ring = base.define, base.need2, base.need4, base.ring
local floor, log, exp, abs, max, min = math.floor, math.log, math.exp, math.abs, math.max, math.min

local CELLS = 5         -- a window in time is so many cells of equal length; the newest is still filling
local LEAST = 0.04      -- a calm market has almost no deviation; this keeps a single lot from looking like a surge

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
  local d, bound = log(1 + sum / self.unit) - self.mean, 3 * 1.2533141373155 * max(self.dev, LEAST)
  d = max(min(d, bound), -bound)
  self.mean = self.mean + d * self.k
  self.dev = self.dev + (abs(d) - self.dev) * self.k
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
  init = function(self)
    self.cell_s = self.window / CELLS
    self.ring, self.pos, self.sum, self.cell, self.started = ring(CELLS), 1, 0, 0, false
    self.first, self.seen, self.cells_seen = ring(CELLS * self.warm), 0, 0
    self.unit, self.mean, self.dev = 0, 0, 0
    self.k = 1 - exp(-0.6931471805599453 * self.cell_s / self.memory)
    self.look = self.warm
  end,
  update = function(self, time, qty)
    need2(time, qty)
    local window, passed = self.ring, cells(self, time)
    if passed > 0 then
      -- Each cell that passed completes a window. A longer gap is no market (closed, disconnected): it teaches no more
      -- than one window of silence does.
      for _ = 1, min(passed, CELLS) do
        self.cells_seen = self.cells_seen + 1
        if self.cells_seen >= CELLS then learn(self, self.sum) end
        local pos = self.pos % CELLS + 1
        window[pos], self.pos = 0, pos
        self.sum = window[1] + window[2] + window[3] + window[4] + window[5]
      end
    end
    local pos = self.pos
    window[pos] = window[pos] + qty
    local sum = self.sum + qty
    self.sum = sum
    if self.unit > 0 then
      local z = (log(1 + sum / self.unit) - self.mean) / (1.2533141373155 * max(self.dev, LEAST))
      self.y1, self.y2, self.live = z, sum, true
      return z, sum
    end
  end,
}

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
    need4(time, price, qty, side)
    local buys, sells = self.buys, self.sells
    local passed = cells(self, time)
    for _ = 1, min(passed, CELLS) do
      local pos = self.pos % CELLS + 1
      buys[pos], sells[pos], self.pos = 0, 0, pos
    end
    if side == 0 then
      if self.live and price > self.prev then
        side = 1
      elseif self.live and price < self.prev then
        side = -1
      else
        side = self.side
      end
    end
    self.prev, self.side, self.live = price, side, true
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
      local k = 1 - exp(-0.6931471805599453 * dt / self.memory)
      if k < 1 / count then k = 1 / count end
      self.variance = self.variance + (move * move / dt - self.variance) * k
      self.count, self.time, self.price = count, time, price
    end
    if self.count >= self.warm then
      local y = math.sqrt(self.variance)
      self.y1, self.live = y, true
      return y
    end
  end,
}

return V
