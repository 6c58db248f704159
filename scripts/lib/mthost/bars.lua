-- Bars made of trades: by time, by number of trades, by volume, by value, by imbalance, by range, and several time
-- frames at once. Times are seconds; side is 1 when a buyer started the trade, -1 when a seller did, 0 when nobody
-- knows (then the tick rule decides: up was bought, down was sold, the same price repeats the last answer).
--
-- A bar that is still forming can not be mistaken for a closed one: update answers nil until a bar closes and then that
-- bar, value() is the last closed one, and what is forming has another name and order: forming().
local object = require "mthost.object"
local define, classes = object.module "bars"
local need, need3, need_qty, ring = object.need, object.need3, object.need_qty, object.ring
local floor, max, min, abs = math.floor, math.max, math.min, math.abs

local M = { classes = classes }

local TAKES = { "time", "price", "qty", "side" }
local OUTPUTS = { "open", "high", "low", "close", "volume", "delta", "ticks", "from", "to" }

local function empty(self)
  self.look = 1
  self.o, self.h, self.l, self.c, self.v, self.d, self.worth, self.ticks = 0, 0, 0, 0, 0, 0, 0, 0
  self.start, self.stop, self.last_price, self.last_side, self.closed_bars = 0, 0, 0, 0, 0
end

-- A trade joins the forming bar. -> how much of it was bought less what was sold
local function join(self, time, price, qty, side)
  if side == 0 then
    side = self.last_side
    if self.last_price ~= 0 and price > self.last_price then side = 1 end
    if self.last_price ~= 0 and price < self.last_price then side = -1 end
  elseif side > 0 then
    side = 1
  else
    side = -1
  end
  self.last_price, self.last_side = price, side
  if self.ticks == 0 then
    self.o, self.h, self.l, self.v, self.d, self.worth = price, price, price, 0, 0, 0
    self.start, self.stop = time, time
  end
  self.h, self.l, self.c = max(self.h, price), min(self.l, price), price
  self.v, self.d, self.ticks = self.v + qty, self.d + side * qty, self.ticks + 1
  self.worth = self.worth + price * qty
  self.stop = max(self.stop, time)
end

local function close(self, from, to)
  local o, h, l, c, v, d, n = self.o, self.h, self.l, self.c, self.v, self.d, self.ticks
  self.y1, self.y2, self.y3, self.y4, self.y5, self.y6, self.y7, self.y8, self.y9 = o, h, l, c, v, d, n, from, to
  self.ticks, self.live, self.closed_bars = 0, true, self.closed_bars + 1
  return o, h, l, c, v, d, n, from, to
end

local function forming(self)
  if self.ticks > 0 then return self.ticks, self.start, self.o, self.h, self.l, self.c, self.v, self.d end
end

local function count(self) return self.closed_bars end

-- Bars of equal time.
-- Formula: bar k holds the trades with floor(time / seconds) = k; from and to are its bounds. It closes with the first
-- trade after it (which begins the next one), or with pass(now), which answers like update, as soon as its time is
-- over. No trade, no bar. The first bar, of which the beginning was missed, is dropped unless a trade stands on its
-- bound. A trade older than the last closed bar counts into the bar that forms.
-- Inputs: seconds, price, size, side.
-- Warm-up: the first whole bar.
-- Source: common use; the same bars as bars = { "1m" } of a strategy.
-- Example:
--   local x = bars.time(60)
--   x:update(0, 100, 1, 1)
--   x:update(30, 103, 1, 1)
--   local open, high, low, close, volume = x:update(60, 99, 1, -1)
--   assert(open == 100 and high == 103 and close == 103 and volume == 2)
--   assert(x:forming() == 1 and x:pass(119) == nil and x:pass(120) == 99)
local function turn(self, slot)
  local was = self.slot
  self.slot = slot
  if self.ticks == 0 then return nil end
  if self.partial then
    self.partial, self.ticks = false, 0
    return nil
  end
  return close(self, was * self.seconds, (was + 1) * self.seconds)
end

M.time = define {
  name = "time", params = { { "seconds", 60, 0.001, 31536000, whole = false } }, takes = TAKES, outputs = OUTPUTS,
  init = function(self)
    empty(self)
    self.slot, self.begun, self.partial = 0, false, false
  end,
  methods = {
    forming = forming, count = count,
    pass = function(self, now)
      need(now)
      local slot = floor(now / self.seconds)
      if self.begun and slot > self.slot then return turn(self, slot) end
    end,
  },
  update = function(self, time, price, qty, side)
    need3(time, price, side)
    need_qty(qty)
    local slot = floor(time / self.seconds)
    if not self.begun then
      self.begun, self.slot, self.partial = true, slot, time > slot * self.seconds
    end
    if slot <= self.slot then
      join(self, time, price, qty, side)
      return nil
    end
    local o, h, l, c, v, d, n, from, to = turn(self, slot)
    join(self, time, price, qty, side)
    return o, h, l, c, v, d, n, from, to
  end,
}

local function make(name, params, reached)
  return define {
    name = name, params = params, takes = TAKES, outputs = OUTPUTS,
    init = empty,
    methods = { forming = forming, count = count },
    update = function(self, time, price, qty, side)
      need3(time, price, side)
      need_qty(qty)
      join(self, time, price, qty, side)
      if reached(self) then return close(self, self.start, self.stop) end
      return nil
    end,
  }
end

-- Bars of n trades.
-- Formula: closes with its n-th trade; from and to are the times of its first and last trade.
-- Inputs: seconds, price, size, side.
-- Warm-up: n trades.
-- Source: López de Prado (2018), Advances in Financial Machine Learning, chapter 2.
-- Example:
--   local x = bars.tick(2)
--   assert(x:update(1, 100, 1, 1) == nil)
--   assert(x:update(2, 101, 1, 1) == 100)
M.tick = make("tick", { { "n", 100, 1, 1e9 } }, function(self) return self.ticks >= self.n end)

-- Bars of equal volume.
-- Formula: closes with the trade that brings its volume to `size` or beyond; a trade is never split.
-- Inputs: seconds, price, size, side.
-- Warm-up: one bar.
-- Source: as tick.
-- Example:
--   local x = bars.volume(5)
--   assert(x:update(1, 100, 4, 1) == nil)
--   assert(select(5, x:update(2, 101, 3, -1)) == 7)
M.volume = make("volume", { { "size", 100, 1e-12, 1e15, whole = false } },
  function(self) return self.v >= self.size end)

-- Bars of equal value.
-- Formula: closes with the trade that brings the sum of price * size to `size` or beyond, counted without sign.
-- Inputs: seconds, price, size, side.
-- Warm-up: one bar.
-- Source: as tick ("dollar bars").
-- Example:
--   local x = bars.value(1000)
--   assert(x:update(1, 100, 4, 1) == nil)
--   assert(x:update(2, 101, 6, 1) == 100)
M.value = make("value", { { "size", 1e6, 1e-12, 1e25, whole = false } },
  function(self) return abs(self.worth) >= self.size end)

-- Bars of equal imbalance.
-- Formula: closes when |bought - sold| volume of the bar reaches `size`: many bars in one-sided markets, few in calm
-- ones. The threshold is fixed; the adaptive one of the literature tends to run away.
-- Inputs: seconds, price, size, side.
-- Warm-up: one bar.
-- Source: as tick, with a fixed threshold.
-- Example:
--   local x = bars.imbalance(3)
--   assert(x:update(1, 100, 2, 1) == nil)
--   assert(x:update(2, 100, 2, -1) == nil)
--   assert(select(6, x:update(3, 100, 3, 1)) == 3)
M.imbalance = make("imbalance", { { "size", 100, 1e-12, 1e15, whole = false } },
  function(self) return abs(self.d) >= self.size end)

-- Bars of equal range.
-- Formula: closes with the trade that brings high - low to `size` or beyond; a jump makes one wide bar, not several
-- invented ones.
-- Inputs: seconds, price, size, side.
-- Warm-up: one bar.
-- Source: common use.
-- Example:
--   local x = bars.range(2)
--   assert(x:update(1, 100, 1, 1) == nil)
--   assert(select(2, x:update(2, 102.5, 1, 1)) == 102.5)
M.range = make("range", { { "size", 10, 1e-12, 1e12, whole = false } },
  function(self) return self.h - self.l >= self.size end)

-- Up to four time frames from the same trades.
-- Formula: update -> how many frames closed a bar with this trade, nil when none did. closed(i) -> the bar of frame i
-- if it closed with this very update or pass, else nil; last(i) -> its last closed bar, whenever that was. Frames
-- stand in the order given, shortest first; a frame of 0 is none. The bars are those of bars.time.
-- Inputs: seconds, price, size, side.
-- Warm-up: the first whole bar of any frame.
-- Source: as time.
-- Example:
--   local x = bars.frames(60, 300)
--   for t = 0, 299 do x:update(t, 100 + t, 1, 1) end
--   assert(x:update(300, 500, 1, 1) == 2)
--   assert(x:closed(1) == 340 and x:closed(2) == 100)
--   x:update(301, 500, 1, 1)
--   assert(x:closed(1) == nil and x:last(1) == 340)
local function frame(self, i, name)
  if type(i) ~= "number" or not self.frame[i] then
    error(name .. ": there is no frame " .. tostring(i) .. ", they are 1 to " .. #self.frame, 3)
  end
  return self.frame[i]
end

local function note(self, closed)
  if closed == 0 then return nil end
  self.y1, self.live = closed, true
  return closed
end

M.frames = define {
  name = "frames",
  params = { { "a", 60, 0.001, 31536000, whole = false }, { "b", 300, 0, 31536000, whole = false },
             { "c", 0, 0, 31536000, whole = false }, { "d", 0, 0, 31536000, whole = false } },
  takes = TAKES, outputs = { "closed" },
  valid = function(self)
    local ok = (self.b == 0 or self.b > self.a) and (self.c == 0 or self.b > 0 and self.c > self.b)
      and (self.d == 0 or self.c > 0 and self.d > self.c)
    return ok, "frames must ascend, and those left out (0) come last"
  end,
  init = function(self)
    self.look, self.frame, self.now = 1, { M.time(self.a) }, ring(4)
    if self.b > 0 then self.frame[2] = M.time(self.b) end
    if self.c > 0 then self.frame[3] = M.time(self.c) end
    if self.d > 0 then self.frame[4] = M.time(self.d) end
  end,
  methods = {
    closed = function(self, i)
      local f = frame(self, i, "bars.frames: closed")
      if self.now[i] == 1 then return f:value() end
    end,
    last = function(self, i) return frame(self, i, "bars.frames: last"):value() end,
    forming = function(self, i) return frame(self, i, "bars.frames: forming"):forming() end,
    pass = function(self, now)
      need(now)
      local closed = 0
      for i = 1, #self.frame do
        local open = self.frame[i]:pass(now)
        self.now[i] = open and 1 or 0
        closed = closed + self.now[i]
      end
      return note(self, closed)
    end,
  },
  update = function(self, time, price, qty, side)
    need3(time, price, side)
    need_qty(qty)
    local closed = 0
    for i = 1, #self.frame do
      local open = self.frame[i]:update(time, price, qty, side)
      self.now[i] = open and 1 or 0
      closed = closed + self.now[i]
    end
    return note(self, closed)
  end,
}

return M
