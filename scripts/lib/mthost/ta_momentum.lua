-- Speed and direction of the price.
local base = require "mthost.ta_base"
local overlap = require "mthost.ta_overlap"
local define, need, need2, need3, need4 = base.define, base.need, base.need2, base.need3, base.need4
local window, slide, total, delay, delay_line = base.window, base.slide, base.total, base.delay, base.delay_line
local extreme, highest, clip, ratio, NOISE = base.extreme, base.highest, base.clip, base.ratio, base.NOISE
local max, min, abs = math.max, math.min, math.abs

base.file = "ta_momentum"
local M = {}
local LEAST = 1e-240      -- a divisor is not less, so that a quotient is always a number

-- rsi(n): Wilder's relative strength, 0..100: mean gain against mean gain and loss, smoothed by 1/n; 0 before anything
-- has moved. cmo(n): Chande's oscillator, the same two means: (gain - loss) / (gain + loss), -100..100. While the price
-- stands still both means shrink by the same factor, and rsi and cmo keep their value, to the last bit.
local function gains_init(self)
  self.look = self.n
  self.count, self.prev, self.gain, self.loss = 0, 0, 0, 0
end

-- Answers whether there is a new value.
local function gains(self, x)
  local n, count = self.n, self.count
  local change = x - self.prev
  self.prev = x
  if count == 0 then
    self.count = 1
    return false
  end
  local up, down = max(change, 0), max(0 - change, 0)
  if count > n then
    self.gain, self.loss = (self.gain * (n - 1) + up) / n, (self.loss * (n - 1) + down) / n
    return change ~= 0
  end
  self.gain, self.loss, self.count = self.gain + up, self.loss + down, count + 1
  if count < n then return false end
  self.gain, self.loss, self.live = self.gain / n, self.loss / n, true
  return true
end

M.rsi = define {
  name = "rsi", params = { { "n", 14, 2, 100000 } }, takes = { "close" }, init = gains_init,
  update = function(self, x)
    need(x)
    local y = self.y1
    if gains(self, x) then
      local gain, sum = self.gain, self.gain + self.loss
      y = sum > 0 and 100 * (gain / sum) or 0
      self.y1 = y
    end
    if self.live then return y end
  end,
}

M.cmo = define {
  name = "cmo", params = { { "n", 14, 2, 100000 } }, takes = { "close" }, init = gains_init,
  update = function(self, x)
    need(x)
    local y = self.y1
    if gains(self, x) then
      local gain, loss = self.gain, self.loss
      y = gain + loss > 0 and 100 * ((gain - loss) / (gain + loss)) or 0
      self.y1 = y
    end
    if self.live then return y end
  end,
}

-- What changed since n updates ago: mom difference, roc per cent, rocp part, rocr ratio, rocr100 ratio × 100. A
-- price of zero n updates ago gives 0.
local function change(name, of)
  return define {
    name = name, params = { { "n", 10, 1, 100000 } }, takes = { "close" },
    init = function(self)
      self.look, self.line = self.n, delay_line(self.n)
    end,
    update = function(self, x)
      need(x)
      local old = delay(self.line, x)
      if not old then return nil end
      local y = of(x, old)
      self.y1, self.live = y, true
      return y
    end,
  }
end

M.mom = change("mom", function(x, old) return x - old end)
M.roc = change("roc", function(x, old) return ratio(x - old, old) * 100 end)
M.rocp = change("rocp", function(x, old) return ratio(x - old, old) end)
M.rocr = change("rocr", ratio)
M.rocr100 = change("rocr100", function(x, old) return ratio(x, old) * 100 end)

-- trix(n): per cent change of an ema of an ema of an ema.
M.trix = define {
  name = "trix", params = { { "n", 30, 1, 100000 } }, takes = { "close" },
  init = function(self)
    self.look, self.inner, self.prev, self.started = 3 * (self.n - 1) + 1, overlap.tema(self.n), 0, false
  end,
  update = function(self, x)
    need(x)
    local inner = self.inner
    if not inner:update(x) then return nil end
    local e, prev = inner.e3.y1, self.prev
    self.prev = e
    if not self.started then
      self.started = true
      return nil
    end
    local y = ratio(e - prev, prev) * 100
    self.y1, self.live = y, true
    return y
  end,
}

-- Wilder's directional movement. Sums of the first n - 1 moves, then smoothed by 1/n. While the price stands still, all
-- three sums shrink by the same factor, and what is made of their quotients keeps its value: `moved` says whether there
-- is a new one.
-- move() answers whether the sums are smooth (n updates after the first).
local function directional_init(self)
  self.count, self.high, self.low, self.close, self.plus, self.minus, self.tr = 0, 0, 0, 0, 0, 0, 0
  self.keep, self.moved, self.dx = 1 - 1 / self.n, false, -1
end

local function move(self, high, low, close)
  local n, count = self.n, self.count
  local up, down = base.moves(high, low, self.high, self.low)
  local tr = base.range(high, low, self.close)
  self.high, self.low, self.close = high, low, close
  if count <= n then self.count = count + 1 end
  if count == 0 then return 0 end
  -- The larger of the two counts, if it is positive; the other is zero. A huge multiple of the difference stands
  -- for the comparison, since which one wins cannot be predicted.
  local plus, minus = max(min(up, (up - down) * 1e200), 0), max(min(down, (down - up) * 1e200), 0)
  if tr + plus + minus > 0 then self.moved = true end
  if count < n then
    self.plus, self.minus, self.tr = self.plus + plus, self.minus + minus, self.tr + tr
  else
    local p, m, t = self.plus, self.minus, self.tr
    local keep = self.keep      -- 1 - 1/n
    self.plus, self.minus, self.tr = p * keep + plus, m * keep + minus, t * keep + tr
  end
  return count
end

-- plus_dm(n), minus_dm(n): smoothed move up, down (price). plus_di(n), minus_di(n): in per cent of the smoothed
-- true range.
local function dm(name, field)
  return define {
    name = name, inputs = 2, params = { { "n", 14, 1, 100000 } }, takes = { "high", "low" },
    init = function(self)
      self.look = self.n > 1 and self.n - 1 or 1
      directional_init(self)
    end,
    update = function(self, high, low)
      need2(high, low)
      if move(self, high, low, low) < self.look then return nil end
      local y = self[field]
      self.y1, self.live = y, true
      return y
    end,
  }
end

local function di(name, field)
  return define {
    name = name, inputs = 3, params = { { "n", 14, 1, 100000 } }, takes = { "high", "low", "close" },
    init = function(self)
      self.look = self.n
      self.scale = self.n > 1 and 100 or 1
      directional_init(self)
    end,
    update = function(self, high, low, close)
      need3(high, low, close)
      if move(self, high, low, close) < self.look then return nil end
      local y = self.y1
      if self.moved then y, self.moved = self.scale * ratio(self[field], self.tr), false end
      self.y1, self.live = y, true
      return y
    end,
  }
end

M.plus_dm, M.minus_dm = dm("plus_dm", "plus"), dm("minus_dm", "minus")
M.plus_di, M.minus_di = di("plus_di", "plus"), di("minus_di", "minus")

-- How one-sided the movement is, 0..100, or nil before anything has moved.
local function one_sided(self)
  local plus, minus = self.plus, self.minus
  local sum = plus + minus
  if self.moved and sum > 0 then self.dx, self.moved = 100 * (abs(minus - plus) / sum), false end
  if self.dx >= 0 then return self.dx end
end

-- dx(n): directional index; keeps its value while nothing moves, and is 0 before anything has. adx(n): its mean, smoothed by 1/n.
M.dx = define {
  name = "dx", inputs = 3, params = { { "n", 14, 2, 100000 } }, takes = { "high", "low", "close" },
  init = function(self)
    self.look = self.n
    directional_init(self)
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    if move(self, high, low, close) < self.n then return nil end
    local y = one_sided(self) or self.y1
    self.y1, self.live = y, true
    return y
  end,
}

local function adx_step(self, high, low, close)
  local n = self.n
  if move(self, high, low, close) < n then return nil end
  local dx = one_sided(self)
  if self.warm == n then
    if dx then self.adx = (dx - self.adx) * (1 - self.keep) + self.adx end
    return self.adx
  end
  self.adx, self.warm = self.adx + (dx or 0), self.warm + 1
  if self.warm < n then return nil end
  self.adx = self.adx / n
  return self.adx
end

M.adx = define {
  name = "adx", inputs = 3, params = { { "n", 14, 2, 100000 } }, takes = { "high", "low", "close" },
  init = function(self)
    self.look, self.adx, self.warm = 2 * self.n - 1, 0, 0
    directional_init(self)
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local y = adx_step(self, high, low, close)
    if y then
      self.y1, self.live = y, true
      return y
    end
  end,
}

-- adxr(n): mean of adx now and n - 1 updates ago.
M.adxr = define {
  name = "adxr", inputs = 3, params = { { "n", 14, 2, 100000 } }, takes = { "high", "low", "close" },
  init = function(self)
    self.look, self.adx, self.warm, self.line = 3 * self.n - 2, 0, 0, delay_line(self.n - 1)
    directional_init(self)
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local adx = adx_step(self, high, low, close)
    if not adx then return nil end
    local old = delay(self.line, adx)
    if not old then return nil end
    local y = (adx + old) / 2
    self.y1, self.live = y, true
    return y
  end,
}

-- aroon(n) -> down, up: how fresh the lowest low and the highest high of n + 1 bars are, 100 = this bar.
-- aroonosc(n): up - down.
local function aroon_init(self)
  self.look, self.count = self.n, 0
  self.highs, self.lows = base.extreme_at(self.n + 1), base.extreme_at(self.n + 1)
end

local function aroon(self, high, low)
  local _, top = base.highest_at(self.highs, high)
  local _, bottom = base.highest_at(self.lows, 0 - low)
  local count, n = self.count, self.n
  self.count = count + 1
  if count < n then return nil end
  return 100 / n * (n - (count - bottom)), 100 / n * (n - (count - top))
end

M.aroon = define {
  name = "aroon", inputs = 2, outputs = 2, params = { { "n", 14, 2, 100000 } }, takes = { "high", "low" },
  init = aroon_init,
  update = function(self, high, low)
    need2(high, low)
    local down, up = aroon(self, high, low)
    if not down then return nil end
    self.y1, self.y2, self.live = down, up, true
    return down, up
  end,
}

M.aroonosc = define {
  name = "aroonosc", inputs = 2, params = { { "n", 14, 2, 100000 } }, takes = { "high", "low" }, init = aroon_init,
  update = function(self, high, low)
    need2(high, low)
    local down, up = aroon(self, high, low)
    if not down then return nil end
    local y = up - down
    self.y1, self.live = y, true
    return y
  end,
}

-- bop(): balance of power, (close - open) / (high - low).
M.bop = define {
  name = "bop", inputs = 4, takes = { "open", "high", "low", "close" },
  init = function(self) self.look = 0 end,
  update = function(self, open, high, low, close)
    need4(open, high, low, close)
    local range, y = high - low, 0
    if range > 0 then y = ratio(close - open, range) end
    self.y1, self.live = y, true
    return y
  end,
}

-- cci(n): distance of the typical price from its mean, in 0.015 mean deviations. The mean deviation around a mean that
-- moves cannot be carried on: each update reads the window.
M.cci = define {
  name = "cci", inputs = 3, params = { { "n", 14, 2, 100000 } }, takes = { "high", "low", "close" },
  init = function(self)
    self.look, self.w = self.n - 1, delay_line(self.n)
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local x = (high + low + close) / 3
    local mean, sum = base.deviations(self.w, x)
    if not mean then return nil end
    local n = self.n
    -- In a flat window both are rounding noise, and their ratio would be anything.
    local far, y = x - mean, 0
    if sum > NOISE * n * abs(mean) then y = far / (0.015 * (sum / n)) end
    self.y1, self.live = y, true
    return y
  end,
}

-- imi(n): intraday momentum, 0..100: gains from open to close against gains and losses; 50 while every bar is a doji.
M.imi = define {
  name = "imi", inputs = 2, params = { { "n", 14, 2, 100000 } }, takes = { "open", "close" },
  init = function(self)
    self.look, self.up, self.down = self.n - 1, window(self.n), window(self.n)
  end,
  update = function(self, open, close)
    need2(open, close)
    local d = close - open
    slide(self.up, max(d, 0))
    slide(self.down, max(0 - d, 0))
    if not self.up.full then return nil end
    local up, down, y = total(self.up), total(self.down), 50
    if up + down > 0 then y = min(100 * (up / (up + down)), 100) end
    self.y1, self.live = y, true
    return y
  end,
}

-- mfi(n): money flow, 0..100: typical price × volume of rising against falling bars; 0 while nothing flowed. Bars whose
-- high + low + close is the same count as neither, also where the sums differ in their last bits.
M.mfi = define {
  name = "mfi", inputs = 4, params = { { "n", 14, 2, 100000 } }, takes = { "high", "low", "close", "volume" },
  init = function(self)
    self.look, self.prev, self.started = self.n, 0, false
    self.up, self.down = window(self.n), window(self.n)
  end,
  update = function(self, high, low, close, volume)
    need4(high, low, close, volume)
    local x, prev = high + low + close, self.prev
    self.prev = x
    if not self.started then
      self.started = true
      return nil
    end
    -- (Of a price below zero the flow is negative.)
    local rise, flow = x - prev, x / 3 * volume
    if abs(rise) <= NOISE * (abs(high) + abs(low) + abs(close)) then rise = 0 end
    slide(self.up, rise > 0 and flow or 0)
    slide(self.down, rise < 0 and flow or 0)
    if not self.up.full then return nil end
    local up, down = total(self.up), total(self.down)
    local y = max(min(ratio(up, up + down), 1), 0) * 100
    self.y1, self.live = y, true
    return y
  end,
}

-- ultosc(a, b, c): ultimate oscillator, 0..100: buying pressure against true range over three windows, weights 4, 2, 1
-- from the shortest to the longest.
M.ultosc = define {
  name = "ultosc", inputs = 3, takes = { "high", "low", "close" },
  params = { { "a", 7, 1, 100000 }, { "b", 14, 1, 100000 }, { "c", 28, 1, 100000 } },
  init = function(self)
    local sorted = { self.a, self.b, self.c }
    table.sort(sorted)
    self.look, self.prev, self.started = sorted[3], 0, false
    self.p1, self.r1 = window(sorted[1]), window(sorted[1])
    self.p2, self.r2 = window(sorted[2]), window(sorted[2])
    self.p3, self.r3 = window(sorted[3]), window(sorted[3])
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local prev = self.prev
    self.prev = close
    if not self.started then
      self.started = true
      return nil
    end
    local pressure = close - min(low, prev)
    local range = base.range(high, low, prev)
    slide(self.p1, pressure)
    slide(self.p2, pressure)
    slide(self.p3, pressure)
    slide(self.r1, range)
    slide(self.r2, range)
    slide(self.r3, range)
    if not self.r3.full then return nil end
    -- Without a range there is no pressure either.
    local y = 4 * (total(self.p1) / max(total(self.r1), LEAST)) + 2 * (total(self.p2) / max(total(self.r2), LEAST))
      + total(self.p3) / max(total(self.r3), LEAST)
    y = 100 * (y / 7)
    self.y1, self.live = y, true
    return y
  end,
}

-- Where x lies between the extremes of a window, 0 at `from` and 1 at `to`; 0 in a window without width. Of values that
-- were computed, width is only what rounding cannot have made.
local function place(x, from, to)
  local width = to - from
  if abs(width) <= NOISE * (abs(from) + abs(to)) then return 0 end
  return ratio(x - from, width)
end

-- willr(n): Williams' %R, -100 (at the lowest low of n bars) to 0 (at the highest high); 0 in a window without width.
M.willr = define {
  name = "willr", inputs = 3, params = { { "n", 14, 2, 100000 } }, takes = { "high", "low", "close" },
  init = function(self)
    self.look, self.count = self.n - 1, 0
    self.highs, self.lows = extreme(self.n), extreme(self.n)
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local top, bottom = highest(self.highs, high), 0 - highest(self.lows, 0 - low)
    local count = self.count
    self.count = count + 1
    if count < self.look then return nil end
    local y = 0 - 100 * place(close, top, bottom)
    self.y1, self.live = y, true
    return y
  end,
}

-- Where the close lies between the extremes of k bars, 0..100; 0 while they are the same.
local function fast_init(self, k)
  self.count, self.wait = 0, k - 1
  self.highs, self.lows = extreme(k), extreme(k)
end

local function fast(self, high, low, close)
  local top, bottom = highest(self.highs, high), 0 - highest(self.lows, 0 - low)
  local count = self.count
  self.count = count + 1
  if count < self.wait then return nil end
  return clip(100 * place(close, bottom, top))
end

-- stoch(k, slow, slow_type, d, d_type) -> slow k, slow d. stochf(k, d, d_type) -> fast k, fast d. kdj: stoch of Wilder's
-- means unless told otherwise, and j = 3 k - 2 d. A window without width has the value 0.
local function slow_init(self)
  fast_init(self, self.k)
  self.a, self.b = base.average(self.slow, self.slow_type), base.average(self.d, self.d_type)
  self.look = self.k - 1 + self.a.look + self.b.look
end

local function slow_step(self, high, low, close)
  local k = fast(self, high, low, close)
  if not k then return nil end
  k = self.a:update(k)
  if not k then return nil end
  local d = self.b:update(clip(k))
  if not d then return nil end
  self.y1, self.y2, self.live = k, d, true
  return k, d
end

M.stoch = define {
  name = "stoch", inputs = 3, outputs = 2, takes = { "high", "low", "close" },
  params = { { "k", 5, 1, 100000 }, { "slow", 3, 1, 100000 }, base.kind("slow_type", 0), { "d", 3, 1, 100000 },
             base.kind("d_type", 0) },
  init = slow_init,
  update = function(self, high, low, close)
    need3(high, low, close)
    return slow_step(self, high, low, close)
  end,
}

M.kdj = define {
  name = "kdj", inputs = 3, outputs = 3, takes = { "high", "low", "close" },
  params = { { "k", 9, 1, 100000 }, { "slow", 3, 1, 100000 }, base.kind("slow_type", 13), { "d", 3, 1, 100000 },
             base.kind("d_type", 13) },
  init = slow_init,
  update = function(self, high, low, close)
    need3(high, low, close)
    local k, d = slow_step(self, high, low, close)
    if not k then return nil end
    local j = 3 * k - 2 * d
    self.y3 = j
    return k, d, j
  end,
}

M.stochf = define {
  name = "stochf", inputs = 3, outputs = 2, takes = { "high", "low", "close" },
  params = { { "k", 5, 1, 100000 }, { "d", 3, 1, 100000 }, base.kind("d_type", 0) },
  init = function(self)
    fast_init(self, self.k)
    self.a = base.average(self.d, self.d_type)
    self.look = self.k - 1 + self.a.look
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local k = fast(self, high, low, close)
    if not k then return nil end
    local d = self.a:update(k)
    if not d then return nil end
    self.y1, self.y2, self.live = k, d, true
    return k, d
  end,
}

-- stochrsi(n, k, d, kind) -> fast k, fast d of the rsi(n); 0 while that stands still.
M.stochrsi = define {
  name = "stochrsi", outputs = 2, takes = { "close" },
  params = { { "n", 14, 2, 100000 }, { "k", 5, 1, 100000 }, { "d", 3, 1, 100000 }, base.kind("d_type", 0) },
  init = function(self)
    fast_init(self, self.k)
    self.rsi, self.a = M.rsi(self.n), base.average(self.d, self.d_type)
    self.look = self.n + self.k - 1 + self.a.look
  end,
  update = function(self, x)
    need(x)
    local rsi = self.rsi:update(x)
    if not rsi then return nil end
    local k = fast(self, rsi, rsi, rsi)
    if not k then return nil end
    local d = self.a:update(k)
    if not d then return nil end
    self.y1, self.y2, self.live = k, d, true
    return k, d
  end,
}

return M
