-- mthost.volume: what traded volume says. Objects with the common face of mthost.ta; times are seconds.
local base = require "mthost.ta_base"
local define, need2, need4, ring = base.define, base.need2, base.need4, base.ring
local floor, log, exp = math.floor, math.log, math.exp

local V = {}

-- A window in time is `parts` cells of equal length; the newest is still filling. advance() clears the cells that time
-- has passed and answers how many whole cells were completed since the last event (at most `limit`).
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

-- Volume surge. update(time, qty) -> z, volume: how unusual the volume of the last `window` seconds is against its own
-- past, in robust deviations, and that volume itself. nil until `warm` windows have been seen.
-- The past is a mean and a mean absolute deviation of log(1 + volume) that forget with the half-life `memory` (seconds);
-- what lies further than 3 deviations away counts as 3, so a burst does not raise the bar for the next one.
-- Logarithms make the measure free of the unit up to the 1; volumes are taken in units of the mean first window.
V.surge = define {
  name = "surge", timed = true, inputs = 2, outputs = 2, takes = { "time", "qty" },
  params = { { "window", 10, 0.001, 86400, whole = false }, { "memory", 300, 0.001, 8640000, whole = false },
             { "warm", 6, 2, 100000 } },
  init = function(self)
    self.cell_s = self.window / 5
    self.ring, self.pos, self.sum, self.cell, self.started = ring(5), 1, 0, 0, false
    self.seen, self.unit, self.mean, self.dev = 0, 0, 0, 0
    self.k = 1 - exp(-0.6931471805599453 * self.cell_s / self.memory)
    self.look = self.warm
  end,
  update = function(self, time, qty)
    need2(time, qty)
    local passed = cells(self, time)
    if passed > 0 then
      local window = self.ring
      local quiet = passed > 5 and 5 or passed
      -- The cells that passed are closed one by one; each completes a window whose volume joins the past. A gap longer
      -- than the window is no market (closed, disconnected), so its zeros teach nothing.
      for _ = 1, quiet do
        local seen = self.seen + 1
        self.seen = seen
        if seen >= 5 then
          local unit = self.unit
          if unit == 0 and self.sum > 0 then
            unit = self.sum
            self.unit = unit
          end
          if unit > 0 then
            local x = log(1 + self.sum / unit)
            local d = x - self.mean
            if seen <= 5 * self.warm then
              local k = 1 / (seen - 3)
              self.mean = self.mean + d * k
              self.dev = self.dev + ((d < 0 and -d or d) - self.dev) * k
            else
              local bound = 3 * 1.2533141373155 * self.dev
              if d > bound then d = bound elseif d < -bound then d = -bound end
              self.mean = self.mean + d * self.k
              self.dev = self.dev + ((d < 0 and -d or d) - self.dev) * self.k
            end
          end
        end
        local pos = self.pos % 5 + 1
        window[pos] = 0
        self.pos = pos
        self.sum = window[1] + window[2] + window[3] + window[4] + window[5]
      end
    end
    local pos = self.pos
    self.ring[pos] = self.ring[pos] + qty
    local sum = self.sum + qty
    self.sum = sum
    if self.seen >= 5 * self.warm and self.unit > 0 then
      -- A calm market has almost no deviation; the floor keeps a single lot from looking like a surge.
      local sd = 1.2533141373155 * self.dev
      if sd < 0.05 then sd = 0.05 end
      local z = (log(1 + sum / self.unit) - self.mean) / sd
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
    self.cell_s = self.window / 5
    self.buys, self.sells, self.pos, self.cell, self.started = ring(5), ring(5), 1, 0, false
    self.prev, self.side = 0, 0
    self.look = 0
  end,
  update = function(self, time, price, qty, side)
    need4(time, price, qty, side)
    local buys, sells = self.buys, self.sells
    local passed = cells(self, time)
    if passed > 5 then passed = 5 end
    for _ = 1, passed do
      local pos = self.pos % 5 + 1
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
