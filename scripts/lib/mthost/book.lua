-- What the resting orders say. Prices and sizes are plain numbers, times are seconds, side is 1 for bids (and for
-- trades that a buyer started) and -1 for asks. All of it works on the best level alone; what takes a ladder uses as
-- many levels as the ladder has.
local object = require "mthost.object"
local define, classes = object.module "book"
local need, need2, need3, need_qty = object.need, object.need2, object.need3, object.need_qty
local need_arg, need_whole = object.need_arg, object.need_whole
local window, add, covered, ring = object.window, object.add, object.covered, object.ring
local exp, log, max, min, abs, sqrt = math.exp, math.log, math.max, math.min, math.abs, math.sqrt
local HALF = 0.6931471805599453      -- log 2: k = 1 - exp(-HALF * dt / memory) forgets half in `memory`

local M = { classes = classes }

local function need_ladder(name, ladder, depth)
  if type(ladder) ~= "table" or ladder.kind ~= "book.ladder" or ladder.n < depth then
    error(name .. ": a book.ladder of at least " .. depth .. " places expected", 3)
  end
end

-- Up to n levels of both sides, copied from m.book, for what needs more than the best price. Without a book the levels
-- are put in by hand: clear(), then put(side, price, qty) from the best level on.
-- Formula: update(book) -> number of bids, number of asks. Levels stand in bid_price[i], bid_qty[i], ask_price[i],
-- ask_qty[i], i from 1 (best) to bids or asks; what lies beyond is 0.
-- Inputs: anything with depth, bid(i) and ask(i) -> price, qty or nil; or price and size of one level after another,
-- each worse than the one before.
-- Warm-up: none.
-- Source: a copy of what the venue shows.
-- Example:
--   local L = book.ladder(5)
--   L:put(1, 100, 3)
--   L:put(-1, 101, 2)
--   assert(L.bids == 1 and L.ask_price[1] == 101)
--   assert(not pcall(L.put, L, 1, 100.5, 1))      -- better than the level before
local function clear(self)
  self.bids, self.asks, self.y1, self.y2, self.live = 0, 0, 0, 0, false
  for i = 1, self.n do
    self.bid_price[i], self.bid_qty[i], self.ask_price[i], self.ask_qty[i] = 0, 0, 0, 0
  end
end

local function put(self, side, price, qty)
  need2(side, price)
  need_qty(qty)
  if side > 0 then
    local i = self.bids + 1
    if i > self.n then error("book.ladder: put: there is room for " .. self.n .. " levels", 2) end
    if i > 1 and price >= self.bid_price[i - 1] then
      error("book.ladder: put: a bid must be below the one before", 2)
    end
    self.bid_price[i], self.bid_qty[i], self.bids, self.y1 = price, qty, i, i
  else
    local i = self.asks + 1
    if i > self.n then error("book.ladder: put: there is room for " .. self.n .. " levels", 2) end
    if i > 1 and price <= self.ask_price[i - 1] then
      error("book.ladder: put: an ask must be above the one before", 2)
    end
    self.ask_price[i], self.ask_qty[i], self.asks, self.y2 = price, qty, i, i
  end
  self.live = true
end

M.ladder = define {
  name = "ladder", params = { { "n", 10, 1, 1000 } }, takes = { "book" }, outputs = { "bids", "asks" }, plain = false,
  init = function(self)
    self.look = 0
    self.bid_price, self.bid_qty = ring(self.n), ring(self.n)
    self.ask_price, self.ask_qty = ring(self.n), ring(self.n)
    clear(self)
  end,
  methods = { clear = clear, put = put },
  update = function(self, source)
    if type(source) ~= "table" or type(source.depth) ~= "number" then
      error("book.ladder: update takes a book with depth, bid(i) and ask(i), got " .. tostring(source), 2)
    end
    local depth = min(source.depth, self.n)
    clear(self)
    for i = 1, depth do
      local price, qty = source:bid(i)
      if not price then break end
      put(self, 1, price, qty)
    end
    for i = 1, depth do
      local price, qty = source:ask(i)
      if not price then break end
      put(self, -1, price, qty)
    end
    self.live = true
    return self.bids, self.asks
  end,
}

-- Imbalance of the best level.
-- Formula: (bid_qty - ask_qty) / (bid_qty + ask_qty), from -1 to 1; 0 when both are 0.
-- Inputs: two sizes in one unit.
-- Warm-up: none.
-- Source: Cao, Hansch, Wang (2009), The information content of an open limit-order book.
-- Example:
--   assert(book.touch(3, 1) == 0.5)
function M.touch(bid_qty, ask_qty)
  need_qty(bid_qty)
  need_qty(ask_qty)
  local sum = bid_qty + ask_qty
  if sum > 0 then return (bid_qty - ask_qty) / sum end
  return 0
end

-- Imbalance of the best `depth` levels of a ladder.
-- Formula: (sum of bid sizes - sum of ask sizes) / their sum; 0 when there is no size. A side with fewer levels counts
-- with those it has.
-- Inputs: a ladder; a whole number of levels, 1 to its n.
-- Warm-up: none. It looks at each level: the cost grows with depth.
-- Source: as touch.
-- Example:
--   local L = book.ladder(2)
--   L:put(1, 100, 3) L:put(1, 99, 5) L:put(-1, 101, 4)
--   assert(book.imbalance(L, 2) == 4 / 12)
function M.imbalance(ladder, depth)
  need_ladder("book.imbalance", ladder, 1)
  need_whole("book.imbalance", "depth", depth, 1, ladder.n)
  local bid, ask = 0, 0
  for i = 1, depth do bid, ask = bid + ladder.bid_qty[i], ask + ladder.ask_qty[i] end
  if bid + ask > 0 then return (bid - ask) / (bid + ask) end
  return 0
end

-- Imbalance of all levels of a ladder, in which a level counts less the further it is from the middle.
-- Formula: as imbalance, each size times exp(-distance / scale), distance from the middle of bid and ask. 0 while a
-- side is empty.
-- Inputs: a ladder; scale in units of price, above 0.
-- Warm-up: none. It looks at each level.
-- Source: weights of this library.
-- Example:
--   local L = book.ladder(2)
--   L:put(1, 99, 1) L:put(-1, 101, 1) L:put(-1, 111, 1)
--   assert(math.abs(book.weighted(L, 10) + math.exp(-1.1) / (2 * math.exp(-0.1) + math.exp(-1.1))) < 1e-15)
function M.weighted(ladder, scale)
  need_ladder("book.weighted", ladder, 1)
  need_arg("book.weighted", "scale", scale, 1e-12, 1e12)
  if ladder.bids == 0 or ladder.asks == 0 then return 0 end
  local middle = (ladder.bid_price[1] + ladder.ask_price[1]) / 2
  local bid, ask = 0, 0
  for i = 1, ladder.bids do bid = bid + ladder.bid_qty[i] * exp(-abs(middle - ladder.bid_price[i]) / scale) end
  for i = 1, ladder.asks do ask = ask + ladder.ask_qty[i] * exp(-abs(ladder.ask_price[i] - middle) / scale) end
  if bid + ask > 0 then return (bid - ask) / (bid + ask) end
  return 0
end

-- The middle, drawn to the side where less lies.
-- Formula: (bid * ask_qty + ask * bid_qty) / (bid_qty + ask_qty); the plain middle when both sizes are 0.
-- Inputs: best prices and sizes.
-- Warm-up: none.
-- Source: Gatheral, Oomen (2010), Zero-intelligence realized variance estimation.
-- Example:
--   assert(book.microprice(100, 3, 101, 1) == 100.75)
function M.microprice(bid, bid_qty, ask, ask_qty)
  need2(bid, ask)
  need_qty(bid_qty)
  need_qty(ask_qty)
  local sum = bid_qty + ask_qty
  if sum > 0 then return bid + (ask - bid) * (bid_qty / sum) end
  return (bid + ask) / 2
end

-- The event e into the windows: net flow, its part of all flow, and e itself.
local function imbalance_of(self, time, e)
  local net, gross = add(self.net, time, e), add(self.gross, time, abs(e))
  local part = 0
  if gross > 0 then part = max(min(net / gross, 1), -1) end
  self.y1, self.y2, self.y3, self.live = net, part, e, true
  return net, part, e
end

-- Order-flow imbalance: what came to the bid and went from the ask, less the opposite.
-- Formula: e = [bid >= last bid] bid_qty - [bid <= last bid] last bid_qty - [ask <= last ask] ask_qty
-- + [ask >= last ask] last ask_qty. ofi is the sum of e over the last `window` seconds, part that sum over the sum of
-- |e| (-1 to 1, 0 when nothing changed), e the newest.
-- Inputs: each new best level; seconds, prices, sizes.
-- Warm-up: one update.
-- Source: Cont, Kukanov, Stoikov (2014), The price impact of order book events.
-- Example:
--   local x = book.ofi(10)
--   assert(x:update(0, 100, 5, 101, 5) == nil)
--   assert(x:update(1, 100, 8, 101, 4) == 4)       -- 3 came to the bid, 1 went from the ask
M.ofi = define {
  name = "ofi", params = { { "window", 10, 0.001, 86400, whole = false } },
  takes = { "time", "bid", "bid_qty", "ask", "ask_qty" }, outputs = { "ofi", "part", "e" },
  init = function(self)
    self.look, self.seen, self.net, self.gross = 1, false, window(self.window), window(self.window)
    self.bid, self.bid_qty, self.ask, self.ask_qty = 0, 0, 0, 0
  end,
  update = function(self, time, bid, bid_qty, ask, ask_qty)
    need3(time, bid, ask)
    need_qty(bid_qty)
    need_qty(ask_qty)
    local last_bid, last_ask, e = self.bid, self.ask, 0
    if bid >= last_bid then e = e + bid_qty end
    if bid <= last_bid then e = e - self.bid_qty end
    if ask <= last_ask then e = e - ask_qty end
    if ask >= last_ask then e = e + self.ask_qty end
    self.bid, self.bid_qty, self.ask, self.ask_qty = bid, bid_qty, ask, ask_qty
    if not self.seen then
      self.seen = true
      return nil
    end
    return imbalance_of(self, time, e)
  end,
}

-- The same over the levels of a ladder.
-- Formula: e of each level i as in ofi, from the levels i of this ladder and the last, weighing 1 / i; a level that one
-- of the two does not have counts nothing.
-- Inputs: seconds; a ladder with at least `depth` places.
-- Warm-up: one update. It looks at `depth` levels.
-- Source: Xu, Gould, Howison (2018), Multi-level order-flow imbalance; the weights are of this library.
-- Example:
--   local x, L = book.ofi_levels(2, 10), book.ladder(2)
--   L:put(1, 100, 5) L:put(1, 99, 5) L:put(-1, 101, 5)
--   x:update(0, L)
--   L:clear()
--   L:put(1, 100, 5) L:put(1, 99, 9) L:put(-1, 101, 5)
--   assert(x:update(1, L) == 2)                     -- 4 more on level 2
local function come_and_gone(price, qty, last, last_qty, count, last_count, depth, side)
  local sum = 0
  for i = 1, min(count, last_count, depth) do
    local better, e = (price[i] - last[i]) * side, 0
    if better >= 0 then e = e + qty[i] end
    if better <= 0 then e = e - last_qty[i] end
    sum = sum + e / i
  end
  for i = 1, min(count, depth) do last[i], last_qty[i] = price[i], qty[i] end
  return sum
end

M.ofi_levels = define {
  name = "ofi_levels", params = { { "depth", 5, 1, 1000 }, { "window", 10, 0.001, 86400, whole = false } },
  takes = { "time", "ladder" }, outputs = { "ofi", "part", "e" }, plain = false,
  init = function(self)
    self.look, self.seen, self.net, self.gross = 1, false, window(self.window), window(self.window)
    self.bids, self.asks = 0, 0
    self.bid_price, self.bid_qty = ring(self.depth), ring(self.depth)
    self.ask_price, self.ask_qty = ring(self.depth), ring(self.depth)
  end,
  update = function(self, time, ladder)
    need(time)
    local depth = self.depth
    need_ladder("book.ofi_levels", ladder, depth)
    local e = come_and_gone(ladder.bid_price, ladder.bid_qty, self.bid_price, self.bid_qty, ladder.bids, self.bids,
        depth, 1)
      - come_and_gone(ladder.ask_price, ladder.ask_qty, self.ask_price, self.ask_qty, ladder.asks, self.asks, depth, -1)
    self.bids, self.asks = ladder.bids, ladder.asks
    if not self.seen then
      self.seen = true
      return nil
    end
    return imbalance_of(self, time, e)
  end,
}

-- Spread statistics, weighted by the time each spread stood.
-- Formula: spread = ask - bid; mean and deviation forget with the half-life `memory`; z = (spread - mean) / deviation,
-- 0 while the deviation is 0. A spread holds from its update to the next. A crossed quote (bid > ask) changes nothing
-- and answers nil.
-- Inputs: seconds and best prices.
-- Warm-up: none; mean and deviation begin with the first spread and 0.
-- Source: exponentially weighted moments, West (1979).
-- Example:
--   local x = book.spread(60)
--   x:update(0, 100, 101)
--   local spread, mean = x:update(60, 100, 103)
--   assert(spread == 3 and mean == 1)               -- until now the spread was 1
M.spread = define {
  name = "spread", params = { { "memory", 300, 0.001, 8640000, whole = false } },
  takes = { "time", "bid", "ask" }, outputs = { "spread", "mean", "deviation", "z" },
  init = function(self) self.look, self.time, self.variance = 0, 0, 0 end,
  update = function(self, time, bid, ask)
    need3(time, bid, ask)
    if bid > ask then return nil end
    local spread, mean, variance = ask - bid, ask - bid, 0
    if self.live then
      local k = 1 - exp(-HALF * max(time - self.time, 0) / self.memory)
      local d = self.y1 - self.y2
      mean = self.y2 + d * k
      variance = (1 - k) * (self.variance + d * d * k)
      time = max(time, self.time)
    end
    local deviation, z = sqrt(variance), 0
    if deviation > 1e-12 * abs(mean) then z = (spread - mean) / deviation end
    self.time, self.variance = time, variance
    self.y1, self.y2, self.y3, self.y4, self.live = spread, mean, deviation, z, true
    return spread, mean, deviation, z
  end,
}

-- Large orders: how unusual a size is for its side and level.
-- Formula: z = (log qty - mean) / (1.2533 * mean absolute deviation), both of the sizes seen before at this place,
-- forgetting with the half-life `memory` (updates of the place). Sizes further than 3 deviations away count as 3.
-- Inputs: side, level (whole, 1 to depth), size. Call it when the size changed. A size of 0 is no order and answers
-- nil.
-- Warm-up: `warm` sizes of the same place; nil before.
-- Source: robust z-score of log sizes.
-- Example:
--   local x = book.large(1, 100, 5)
--   for i = 1, 20 do x:update(1, 1, 2 + i % 3) end
--   assert(x:update(1, 1, 300) > 4)
--   assert(x:update(-1, 1, 300) == nil)             -- nothing is known of the asks yet
local LEAST = 0.04      -- where all sizes are equal, a single lot more must not look large

M.large = define {
  name = "large", params = { { "depth", 10, 1, 1000 }, { "memory", 200, 1, 1e9, whole = false },
                             { "warm", 50, 2, 1000000 } },
  takes = { "side", "level", "qty" }, outputs = { "z" },
  init = function(self)
    local places = 2 * self.depth
    self.look, self.count, self.mean, self.dev = self.warm, ring(places), ring(places), ring(places)
    self.k = 1 - exp(-HALF / self.memory)
  end,
  update = function(self, side, level, qty)
    need2(side, level)
    need_qty(qty)
    if not (level >= 1 and level <= self.depth and level % 1 == 0) then
      error("book.large: level must be a whole number from 1 to " .. self.depth .. ", got " .. level, 2)
    end
    if qty == 0 then return nil end
    local place = 2 * level
    if side > 0 then place = place - 1 end
    local count, mean, dev, x = self.count[place], self.mean[place], self.dev[place], log(qty)
    local scale = 1.2533141373155 * max(dev, LEAST)
    local z = (x - mean) / scale
    local k = max(self.k, 1 / (count + 1))
    local d = x - mean
    if count == 0 then d = 0 end
    if count >= self.warm then d = max(min(d, 3 * scale), -3 * scale) end
    if count == 0 then mean = x else mean = mean + d * k end
    self.count[place], self.mean[place], self.dev[place] = count + 1, mean, dev + (abs(d) - dev) * k
    if count < self.warm then return nil end
    self.y1, self.live = z, true
    return z
  end,
}

-- What happened to the best level between two updates, given what was traded at it. -> added, pulled, executed
local function side_state() return { price = 0, qty = 0, traded = 0, known = false } end

local function settle(s, price, qty, side)
  local added, pulled, executed = 0, 0, s.traded
  if s.known then
    local better = (price - s.price) * side
    if better == 0 then
      local change = qty - s.qty + executed
      if change > 0 then added = change else pulled = 0 - change end
    elseif better > 0 then
      added = qty
    else
      local rest = s.qty - executed      -- the level is gone: what was not traded was taken away
      if rest > 0 then pulled = rest else added = 0 - rest end
    end
  end
  s.price, s.qty, s.traded, s.known = price, qty, 0, true
  return added, pulled, executed
end

-- A trade takes from the bid when a seller started it; without a side the price decides.
local function trade(self, price, qty, side)
  need2(price, side)
  need_qty(qty)
  local bid, ask = self.bid, self.ask
  if side == 0 then
    if bid.known and price <= bid.price then side = -1 elseif ask.known and price >= ask.price then side = 1 end
  end
  if side < 0 and bid.known and price == bid.price then bid.traded = bid.traded + qty end
  if side > 0 and ask.known and price == ask.price then ask.traded = ask.traded + qty end
end

-- Pull and add rates of the best level: how much is put in and taken away, trades not counted as taken away.
-- Formula: between two updates of a side, at one price: change = qty - last qty + traded; above 0 added, below 0
-- pulled. A better price adds its whole size; a worse one pulls what was not traded. Sums of the last `window`
-- seconds, per second.
-- Inputs: update with each new best level, trade(price, qty, side) with each trade, before the update that shows it.
-- Warm-up: one update.
-- Source: definitions of this library.
-- Example:
--   local x = book.flow(10)
--   x:update(0, 100, 5, 101, 5)
--   x:trade(100, 2, -1)
--   local bid_add, bid_pull = x:update(1, 100, 4, 101, 5)      -- 5 - 2 traded + 1 added = 4
--   assert(bid_add == 1 and bid_pull == 0)
M.flow = define {
  name = "flow", params = { { "window", 10, 0.001, 86400, whole = false } },
  takes = { "time", "bid", "bid_qty", "ask", "ask_qty" },
  outputs = { "bid_add", "bid_pull", "ask_add", "ask_pull" },
  init = function(self)
    self.look, self.seen, self.bid, self.ask = 1, false, side_state(), side_state()
    self.bid_added, self.bid_pulled = window(self.window), window(self.window)
    self.ask_added, self.ask_pulled = window(self.window), window(self.window)
  end,
  methods = { trade = trade },
  update = function(self, time, bid, bid_qty, ask, ask_qty)
    need3(time, bid, ask)
    need_qty(bid_qty)
    need_qty(ask_qty)
    local bid_added, bid_pulled = settle(self.bid, bid, bid_qty, 1)
    local ask_added, ask_pulled = settle(self.ask, ask, ask_qty, -1)
    local ba, bp = add(self.bid_added, time, bid_added), add(self.bid_pulled, time, bid_pulled)
    local aa, ap = add(self.ask_added, time, ask_added), add(self.ask_pulled, time, ask_pulled)
    if not self.seen then
      self.seen = true
      return nil
    end
    local s = covered(self.bid_added, time)
    ba, bp, aa, ap = ba / s, bp / s, aa / s, ap / s
    self.y1, self.y2, self.y3, self.y4, self.live = ba, bp, aa, ap, true
    return ba, bp, aa, ap
  end,
}

-- Refills and icebergs: more is traded at a price than was ever shown there.
-- Formula: refills counts the updates after which a best level that was traded at shows more than the trades left;
-- ratio = traded at this price / the most that was shown there. Both begin anew when the best price changes. A ratio
-- above 1 with two refills or more is what an iceberg looks like.
-- Inputs: as flow, without the time.
-- Warm-up: one update.
-- Source: Frey, Sandås (2009), The impact of iceberg orders in limit order books.
-- Example:
--   local x = book.iceberg()
--   x:update(100, 5, 101, 5)
--   for _ = 1, 3 do
--     x:trade(101, 4, 1)
--     x:update(100, 5, 101, 5)                      -- 1 was left, 5 are shown again
--   end
--   local _, _, refills, ratio = x:value()
--   assert(refills == 3 and ratio == 12 / 5)
local function iceberg_side(s, price, qty, side)
  if not s.known or price ~= s.price then s.refills, s.executed, s.shown = 0, 0, 0 end
  local added, _, executed = settle(s, price, qty, side)
  if s.shown > 0 and executed > 0 then
    s.executed = s.executed + executed
    if added > 0 then s.refills = s.refills + 1 end
  end
  s.shown = max(s.shown, qty)
  if s.shown > 0 then return s.refills, s.executed / s.shown end
  return s.refills, 0
end

local function iceberg_state()
  local s = side_state()
  s.refills, s.executed, s.shown = 0, 0, 0
  return s
end

M.iceberg = define {
  name = "iceberg", takes = { "bid", "bid_qty", "ask", "ask_qty" },
  outputs = { "bid_refills", "bid_ratio", "ask_refills", "ask_ratio" },
  init = function(self) self.look, self.seen, self.bid, self.ask = 1, false, iceberg_state(), iceberg_state() end,
  methods = { trade = trade },
  update = function(self, bid, bid_qty, ask, ask_qty)
    need2(bid, ask)
    need_qty(bid_qty)
    need_qty(ask_qty)
    local bid_refills, bid_ratio = iceberg_side(self.bid, bid, bid_qty, 1)
    local ask_refills, ask_ratio = iceberg_side(self.ask, ask, ask_qty, -1)
    if not self.seen then
      self.seen = true
      return nil
    end
    self.y1, self.y2, self.y3, self.y4, self.live = bid_refills, bid_ratio, ask_refills, ask_ratio, true
    return bid_refills, bid_ratio, ask_refills, ask_ratio
  end,
}

-- Queue depletion: how long until the best level is eaten up, if it goes on as in the last `window` seconds.
-- Formula: seconds = size / (traded + pulled - added per second), at most `most`, and `most` when it does not shrink;
-- up = bid seconds / (bid seconds + ask seconds), near 1 when the ask goes first.
-- Inputs: as flow.
-- Warm-up: one update.
-- Source: a linear estimate in the spirit of Cont, de Larrard (2013), Price dynamics in a Markovian limit order market.
-- Example:
--   local x = book.depletion(10, 100)
--   x:update(0, 100, 50, 101, 50)
--   for t = 1, 20 do
--     x:trade(101, 1, 1)
--     x:update(t, 100, 50, 101, 50 - t)
--   end
--   local bid_s, ask_s, up = x:value()
--   assert(bid_s == 100 and math.abs(ask_s - 30) < 4 and up > 0.7)
local function lasts(qty, rate, most)
  if rate <= 0 then return most end
  return (min(qty / rate, most))
end

M.depletion = define {
  name = "depletion", params = { { "window", 10, 0.001, 86400, whole = false },
                                 { "most", 3600, 0.001, 1e9, whole = false } },
  takes = { "time", "bid", "bid_qty", "ask", "ask_qty" }, outputs = { "bid_s", "ask_s", "up" },
  init = function(self)
    self.look, self.seen, self.bid, self.ask = 1, false, side_state(), side_state()
    self.bid_loss, self.ask_loss = window(self.window), window(self.window)
  end,
  methods = { trade = trade },
  update = function(self, time, bid, bid_qty, ask, ask_qty)
    need3(time, bid, ask)
    need_qty(bid_qty)
    need_qty(ask_qty)
    local added, pulled, executed = settle(self.bid, bid, bid_qty, 1)
    local bid_loss = add(self.bid_loss, time, executed + pulled - added)
    added, pulled, executed = settle(self.ask, ask, ask_qty, -1)
    local ask_loss = add(self.ask_loss, time, executed + pulled - added)
    if not self.seen then
      self.seen = true
      return nil
    end
    local s, most = covered(self.bid_loss, time), self.most
    local bid_s, ask_s = lasts(bid_qty, bid_loss / s, most), lasts(ask_qty, ask_loss / s, most)
    local up = 0.5
    if bid_s + ask_s > 0 then up = bid_s / (bid_s + ask_s) end
    self.y1, self.y2, self.y3, self.live = bid_s, ask_s, up, true
    return bid_s, ask_s, up
  end,
}

M.zones = require("mthost.book_zones")(define)

return M
