-- Averages and channels beyond the classic ones.
local base, object = require "mthost.ta_base", require "mthost.object"
local overlap, volatility = require "mthost.ta_overlap", require "mthost.ta_volatility"
local define, need, need2, need3, need4 = base.define, base.need, base.need2, base.need3, base.need4
local window, slide, total, highest, extreme = base.window, base.slide, base.total, base.highest, base.extreme
local floor, sqrt, exp, max, min, abs = math.floor, math.sqrt, math.exp, math.max, math.min, math.abs
local NOISE = base.NOISE

base.file = "ta_channels"
local M = {}

-- hma(n): Hull's mean: wma(sqrt n) of 2 wma(n/2) - wma(n), both lengths without their fractions; smooth with little lag.
-- Source: Hull (2005).
M.hma = define {
  name = "hma", params = { { "n", 16, 1, 100000 } }, takes = { "close" },
  init = function(self)
    self.half, self.whole = overlap.wma(max(1, floor(self.n / 2))), overlap.wma(self.n)
    self.last = overlap.wma(floor(sqrt(self.n)))
    self.look = self.whole.look + self.last.look
  end,
  update = function(self, x)
    need(x)
    local half, whole = self.half:update(x), self.whole:update(x)
    if not whole then return nil end
    local y = self.last:update(base.clip(2 * half - whole))
    if not y then return nil end
    self.y1, self.live = y, true
    return y
  end,
}

-- zlema(n): ema of the price plus what it gained over the lag of the ema, (n - 1) / 2 updates. Source: Ehlers, Way
-- (2010), Zero lag (well, almost).
M.zlema = define {
  name = "zlema", params = { { "n", 20, 1, 100000 } }, takes = { "close" },
  init = function(self)
    self.lag = floor((self.n - 1) / 2)
    self.line, self.inner = base.delay_line(max(self.lag, 1)), base.average(self.n, 1)
    self.look = self.lag + self.inner.look
  end,
  update = function(self, x)
    need(x)
    local old = base.delay(self.line, x)
    if self.lag == 0 then old = x end
    if not old then return nil end
    local y = self.inner:update(base.clip(2 * x - old))
    if not y then return nil end
    self.y1, self.live = y, true
    return y
  end,
}

base.means.hma, base.means.zlema = M.hma, M.zlema

-- vwma(n): mean of the last n values weighted by their volume; the plain mean while no volume was traded. Source:
-- common use.
M.vwma = define {
  name = "vwma", inputs = 2, params = { { "n", 20, 1, 100000 } }, takes = { "close", "volume" },
  init = function(self)
    self.look = self.n - 1
    self.w, self.v, self.plain = window(self.n), window(self.n), window(self.n)
  end,
  update = function(self, x, volume)
    need2(x, volume)
    slide(self.w, x * volume)
    slide(self.v, volume)
    slide(self.plain, x)
    if not self.w.full then return nil end
    local y, weight = total(self.plain) / self.n, total(self.v)
    if weight > 0 then y = base.ratio(total(self.w), weight) end
    self.y1, self.live = y, true
    return y
  end,
}

-- vwap(session, offset) -> vwap, deviation: mean price by volume since the session began, and the volume-weighted
-- standard deviation around it. Sessions of `session` seconds begin at `offset` after midnight UTC. avwap() -> the
-- same from the first update on: anchor it anew with :reset(). Source: Berkowitz, Logue, Noser (1988); the deviation
-- is the second moment by volume.
-- (The mean and the squares around it are carried on together: nothing is ever the small difference of large sums.)
local function weigh(self, price, qty)
  local weight = self.weight + qty
  if self.weight == 0 then self.mean, self.squares = price, 0 end
  local mean, squares = self.mean, self.squares
  if weight > 0 then
    local d = price - mean
    mean = mean + d * (qty / weight)
    squares = squares + d * d * (self.weight / weight) * qty
  end
  self.weight, self.mean, self.squares = weight, mean, squares
  local deviation = weight > 0 and sqrt(squares / weight) or 0
  self.y1, self.y2, self.live = mean, deviation, true
  return mean, deviation
end

M.vwap = define {
  name = "vwap", inputs = 3, outputs = 2, takes = { "time", "price", "qty" },
  params = { { "session", 86400, 1, 31536000 }, { "offset", 0, 0, 31536000 } },
  init = function(self)
    self.look, self.weight, self.mean, self.squares, self.number = 0, 0, 0, 0, 0
  end,
  update = function(self, time, price, qty)
    need3(time, price, qty)
    local number = floor((time - self.offset) / self.session)
    if number ~= self.number then self.number, self.weight = number, 0 end
    return weigh(self, price, max(qty, 0))
  end,
}

M.avwap = define {
  name = "avwap", inputs = 2, outputs = 2, takes = { "price", "qty" },
  init = function(self) self.look, self.weight, self.mean, self.squares = 0, 0, 0, 0 end,
  update = function(self, price, qty)
    need2(price, qty)
    return weigh(self, price, max(qty, 0))
  end,
}

-- rvwap(window): mean price by volume over the last `window` seconds, in ten cells of which the newest is still
-- filling, so it covers 0.9 to 1 of them; the last price while nothing was traded. Source: as vwap.
M.rvwap = define {
  name = "rvwap", inputs = 3, takes = { "time", "price", "qty" },
  params = { { "window", 300, 0.001, 31536000, whole = false } },
  init = function(self)
    self.look, self.value_sum, self.weight_sum = 0, object.window(self.window), object.window(self.window)
  end,
  update = function(self, time, price, qty)
    need3(time, price, qty)
    qty = max(qty, 0)
    local value, weight = object.add(self.value_sum, time, price * qty), object.add(self.weight_sum, time, qty)
    local y = price
    if weight > 0 then y = value / weight end
    self.y1, self.live = y, true
    return y
  end,
}

-- smat(window): the plain mean in seconds: update(time, x) -> mean over the last `window` seconds, each value weighing
-- as long as it stood, from its tick to the next. Ten cells, the newest still filling, so it covers 0.9 to 1 of them.
-- Source: Eckner (2012), Algorithms for unevenly spaced time series: SMA.
local CELLS = 10

local function cell_sum(ring)
  return ring[1] + ring[2] + ring[3] + ring[4] + ring[5] + ring[6] + ring[7] + ring[8] + ring[9] + ring[10]
end

-- The value before stood until `time`: it fills the rest of its cell, the cells since, and the newest up to now.
local function stand(self, time)
  local x, cell_s, from, areas, spans = self.x, self.cell_s, self.time, self.areas, self.spans
  local cell, passed = self.cell, floor(time / self.cell_s) - self.cell
  local pos = self.pos
  if passed > 0 then
    local rest, count = max((cell + 1) * cell_s - from, 0), min(passed, CELLS)
    areas[pos], spans[pos] = areas[pos] + x * rest, spans[pos] + rest
    for k = 1, count do
      pos = pos % CELLS + 1
      areas[pos], spans[pos] = 0, 0
      if k < count then areas[pos], spans[pos] = x * cell_s, cell_s end
    end
    from, self.cell, self.pos = (cell + passed) * cell_s, cell + passed, pos
    self.area, self.span = cell_sum(areas), cell_sum(spans)
  end
  local length = max(time - from, 0)
  areas[pos], spans[pos] = areas[pos] + x * length, spans[pos] + length
  self.area, self.span, self.time = self.area + x * length, self.span + length, time
end

M.smat = define {
  name = "smat", inputs = 2, takes = { "time", "price" }, params = { { "window", 60, 1e-6, 1e9, whole = false } },
  init = function(self)
    self.look, self.cell_s, self.cell, self.pos, self.time, self.x = 0, self.window / CELLS, 0, 1, 0, 0
    self.areas, self.spans, self.area, self.span = base.ring(CELLS), base.ring(CELLS), 0, 0
  end,
  update = function(self, time, x)
    need2(time, x)
    if not self.live then
      self.time, self.cell = time, floor(time / self.cell_s)
    elseif time > self.time then
      stand(self, time)
    end
    local y = x
    if self.span > 0 then y = self.area / self.span end
    self.x, self.y1, self.live = x, y, true
    return y
  end,
}

-- emat(half_life): a mean in seconds instead of updates: update(time, x) -> mean whose weights halve every half_life
-- seconds, for ticks that come irregularly. The value holds from its tick to the next. Source: Eckner (2012): EMA with
-- the last value held.
M.emat = define {
  name = "emat", inputs = 2, takes = { "time", "price" }, params = { { "half_life", 60, 1e-6, 1e9, whole = false } },
  init = function(self) self.look, self.time, self.x = 0, 0, 0 end,
  update = function(self, time, x)
    need2(time, x)
    local y = x
    if self.live then
      local k = 1 - exp(-0.6931471805599453 * max(time - self.time, 0) / self.half_life)
      y = self.y1 + (self.x - self.y1) * k
    end
    self.time, self.x, self.y1, self.live = max(time, self.time), x, y, true
    return y
  end,
}

-- demat(half_life): 2 emat - emat of emat: the mean in seconds with less lag, as dema is to ema. Source: Mulloy (1994)
-- in seconds.
M.demat = define {
  name = "demat", inputs = 2, takes = { "time", "price" }, params = { { "half_life", 60, 1e-6, 1e9, whole = false } },
  init = function(self) self.look, self.e1, self.e2 = 0, M.emat(self.half_life), M.emat(self.half_life) end,
  update = function(self, time, x)
    need2(time, x)
    local e1 = self.e1:update(time, x)
    local y = 2 * e1 - self.e2:update(time, e1)
    self.y1, self.live = y, true
    return y
  end,
}

-- donchian(n) -> highest high, middle, lowest low of the last n bars. Source: Donchian (1960).
M.donchian = define {
  name = "donchian", inputs = 2, outputs = 3, params = { { "n", 20, 1, 100000 } }, takes = { "high", "low" },
  init = function(self)
    self.look, self.count, self.highs, self.lows = self.n - 1, 0, extreme(self.n), extreme(self.n)
  end,
  update = function(self, high, low)
    need2(high, low)
    local top, bottom, count = highest(self.highs, high), 0 - highest(self.lows, 0 - low), self.count
    self.count = count + 1
    if count < self.look then return nil end
    local middle = (top + bottom) / 2
    self.y1, self.y2, self.y3, self.live = top, middle, bottom, true
    return top, middle, bottom
  end,
}

-- keltner(n, m, times) -> upper, middle, lower: ema(n) of the close, `times` atr(m) to either side. Source: Keltner
-- (1960), in Raschke's form with ema and atr.
local function around(self, middle, atr)
  if not (middle and atr) then return nil end
  local upper, lower = middle + self.times * atr, middle - self.times * atr
  self.y1, self.y2, self.y3, self.live = upper, middle, lower, true
  return upper, middle, lower
end

M.keltner = define {
  name = "keltner", inputs = 3, outputs = 3, takes = { "high", "low", "close" },
  params = { { "n", 20, 1, 100000 }, { "m", 10, 1, 100000 }, { "times", 2, 0, 1e6, whole = false } },
  init = function(self)
    self.mean, self.atr = overlap.ema(self.n), volatility.atr(self.m)
    self.look = max(self.mean.look, self.atr.look)
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    return around(self, self.mean:update(close), self.atr:update(high, low, close))
  end,
}

-- kc(n, m, times) -> upper, middle, lower: TA-Lib's form: ema(n) of the typical price, (high + low + close) / 3. The one of
-- the two means that needs fewer bars begins so late that both begin together.
M.kc = define {
  name = "kc", inputs = 3, outputs = 3, takes = { "high", "low", "close" },
  params = { { "n", 20, 2, 100000 }, { "m", 10, 1, 100000 }, { "times", 2, 0, 1e6, whole = false } },
  init = function(self)
    self.mean, self.atr, self.count = overlap.ema(self.n), volatility.atr(self.m), 0
    self.look = max(self.mean.look, self.atr.look)
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local count, look, middle, atr = self.count, self.look, nil, nil
    if count < look then self.count = count + 1 end
    if count >= look - self.mean.look then middle = self.mean:update((high + low + close) / 3) end
    if count >= look - self.atr.look then atr = self.atr:update(high, low, close) end
    return around(self, middle, atr)
  end,
}

-- supertrend(n, times) -> line, side: a stop `times` atr(n) from the middle of the bar that only moves with the trend;
-- side is 1 above it, -1 below, and begins with 1. A close at the line is not beyond it. Source: Seban's, in common use.
M.supertrend = define {
  name = "supertrend", inputs = 3, outputs = 2, takes = { "high", "low", "close" },
  params = { { "n", 10, 1, 100000 }, { "times", 3, 0, 1e6, whole = false } },
  init = function(self)
    self.atr = volatility.atr(self.n)
    self.look, self.upper, self.lower, self.prev, self.side = self.atr.look, 0, 0, 0, 0
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local atr, prev = self.atr:update(high, low, close), self.prev
    self.prev = close
    if not atr then return nil end
    local middle, away = (high + low) / 2, self.times * atr
    local upper, lower = middle + away, middle - away
    local side = self.side
    if side == 0 then
      side = 1
    else
      -- A band moves away from the price only after the price has closed beyond it. Bands are made of many operations:
      -- their last bits decide nothing.
      local noise = 4 * NOISE * (abs(high) + abs(low) + away)
      if upper > self.upper and prev <= self.upper + noise then upper = self.upper end
      if lower < self.lower and prev >= self.lower - noise then lower = self.lower end
      if side > 0 and close < lower - noise then side = -1 elseif side < 0 and close > upper + noise then side = 1 end
    end
    self.upper, self.lower, self.side = upper, lower, side
    local line = side > 0 and lower or upper
    self.y1, self.y2, self.live = line, side, true
    return line, side
  end,
}

-- ichimoku(a, b, c) -> conversion, base, span a, span b: middles of the extremes of a, b and c bars; the spans are
-- those drawn under this bar, computed b - 1 bars ago. Source: Hosoda (1969).
M.ichimoku = define {
  name = "ichimoku", inputs = 2, outputs = 4, takes = { "high", "low" },
  params = { { "a", 9, 1, 10000 }, { "b", 26, 2, 10000 }, { "c", 52, 1, 10000 } },
  init = function(self)
    self.da, self.db, self.dc = M.donchian(self.a), M.donchian(self.b), M.donchian(self.c)
    self.la, self.lb = base.delay_line(self.b - 1), base.delay_line(self.b - 1)
    self.look = max(self.a, self.b, self.c) - 1 + self.b - 1
  end,
  update = function(self, high, low)
    need2(high, low)
    local _, conversion = self.da:update(high, low)
    local _, middle = self.db:update(high, low)
    local _, slow = self.dc:update(high, low)
    if not (conversion and middle and slow) then return nil end
    local span_a, span_b = base.delay(self.la, (conversion + middle) / 2), base.delay(self.lb, slow)
    if not span_a then return nil end
    self.y1, self.y2, self.y3, self.y4, self.live = conversion, middle, span_a, span_b, true
    return conversion, middle, span_a, span_b
  end,
}

-- heikin() -> open, high, low, close of the Heikin-Ashi candle. ha() is the same by TA-Lib's name. Source: Valcu (2004).
local function averaged(name) return define {
  name = name, inputs = 4, outputs = 4, takes = { "open", "high", "low", "close" },
  init = function(self) self.look = 0 end,
  update = function(self, open, high, low, close)
    need4(open, high, low, close)
    local c = (open + high + low + close) / 4
    local o = (open + close) / 2
    if self.live then o = (self.y1 + self.y4) / 2 end
    local h, l = max(high, o, c), min(low, o, c)
    self.y1, self.y2, self.y3, self.y4, self.live = o, h, l, c, true
    return o, h, l, c
  end,
} end

M.heikin, M.ha = averaged("heikin"), averaged("ha")

-- renko(size) -> bricks, level: how many bricks of `size` this price completed (negative downwards; a turn takes two
-- sizes) and where the last brick ended. Source: Nison (1994), Beyond candlesticks.
M.renko = define {
  name = "renko", outputs = 2, params = { { "size", 1, 1e-12, 1e12, whole = false } }, takes = { "close" },
  init = function(self) self.look, self.first, self.at, self.side = 0, 0, 0, 0 end,
  update = function(self, x)
    need(x)
    if not self.live then self.first = x end
    -- Levels are whole bricks from the first price, so that their error does not grow with each brick, and a price at a
    -- level has reached it whatever its last bits are.
    local size, at, side = self.size, self.at, self.side
    local distance = (x - self.first) / size - at
    local noise = NOISE * (abs(x) + abs(self.first)) / size
    local n = floor(abs(distance) + noise)
    local way = distance > 0 and 1 or -1
    local bricks = 0
    if side ~= 0 and way ~= side then n = n - 1 end
    if n > 0 then
      if side ~= 0 and way ~= side then at = at + way end
      at, side, bricks = at + way * n, way, way * n
    end
    local level = self.first + at * size
    self.at, self.side = at, side
    self.y1, self.y2, self.live = bricks, level, true
    return bricks, level
  end,
}

-- pivots() -> pivot, r1, s1, r2, s2 for the session that follows the one of this high, low and close. Source: the
-- floor traders' pivots: pivot = (high + low + close) / 3, r1 = 2 pivot - low, s1 = 2 pivot - high, r2, s2 = pivot +
-- and - (high - low).
M.pivots = define {
  name = "pivots", inputs = 3, outputs = 5, takes = { "high", "low", "close" },
  init = function(self) self.look = 0 end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local p = (high + low + close) / 3
    local r1, s1, r2, s2 = 2 * p - low, 2 * p - high, p + (high - low), p - (high - low)
    self.y1, self.y2, self.y3, self.y4, self.y5, self.live = p, r1, s1, r2, s2, true
    return p, r1, s1, r2, s2
  end,
}

return M
