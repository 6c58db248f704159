-- Oscillators beyond the classic ones: how strong a move is, how straight, and how far from where it was expected.
local base = require "mthost.ta_base"
local overlap = require "mthost.ta_overlap"
local define, need, need2, need3 = base.define, base.need, base.need2, base.need3
local window, slide, total, delay, delay_line = base.window, base.slide, base.total, base.delay, base.delay_line
local extreme, highest, clip, ratio, NOISE = base.extreme, base.highest, base.clip, base.ratio, base.NOISE
local floor, max, min, abs = math.floor, math.max, math.min, math.abs

base.file = "ta_oscillators"
local M = {}

-- What is smoothed shrinks for ever while nothing moves. A quotient of two such means keeps its value when the lower one
-- has come this far down, where none of its digits is left.
local LEAST = 1e-240

-- cmou(n): Chande's oscillator of plain sums of the last n changes, as he published it: 100 (gain - loss) / (gain + loss),
-- -100..100; 0 while nothing moves. (cmo smooths both as rsi does.)
M.cmou = define {
  name = "cmou", params = { { "n", 14, 2, 100000 } }, takes = { "close" },
  init = function(self)
    self.look, self.started, self.prev, self.up, self.down = self.n, false, 0, window(self.n), window(self.n)
  end,
  update = function(self, x)
    need(x)
    local change = x - self.prev
    self.prev = x
    if not self.started then
      self.started = true
      return nil
    end
    slide(self.up, max(change, 0))
    slide(self.down, max(0 - change, 0))
    if not self.up.full then return nil end
    local up, down = total(self.up), total(self.down)
    local y = max(min(ratio(up - down, up + down), 1), -1) * 100
    self.y1, self.live = y, true
    return y
  end,
}

-- tsi(first, second): true strength, -100..100: an ema of an ema of the changes, in per cent of the same of their sizes; 0
-- before anything has moved. Source: Blau (1991).
M.tsi = define {
  name = "tsi", params = { { "first", 25, 2, 100000 }, { "second", 13, 2, 100000 } }, takes = { "close" },
  init = function(self)
    self.look, self.started, self.prev = self.first - 1 + self.second, false, 0
    self.a, self.b = overlap.ema(self.first), overlap.ema(self.second)
    self.size_a, self.size_b = overlap.ema(self.first), overlap.ema(self.second)
  end,
  update = function(self, x)
    need(x)
    local change = x - self.prev
    self.prev = x
    if not self.started then
      self.started = true
      return nil
    end
    change = clip(change)
    local a, size_a = self.a:update(change), self.size_a:update(abs(change))
    if not a then return nil end
    local b, size_b = self.b:update(a), self.size_b:update(size_a)
    if not b then return nil end
    local y = self.y1
    if size_b > LEAST then y = max(min(b / size_b, 1), -1) * 100 end
    self.y1, self.live = y, true
    return y
  end,
}

-- smi(n, fast, slow, signal) -> smi, signal: stochastic momentum, -100..100: how far the close is from the middle of the
-- extremes of n bars, in per cent of half their distance, both an ema(fast) of an ema(slow); signal is its ema. 0 before
-- there was any width. Source: Blau (1993).
M.smi = define {
  name = "smi", inputs = 3, outputs = 2, takes = { "high", "low", "close" },
  params = { { "n", 13, 2, 100000 }, { "fast", 2, 2, 100000 }, { "slow", 25, 2, 100000 }, { "signal", 9, 2, 100000 } },
  init = function(self)
    self.count, self.smi = 0, 0
    self.highs, self.lows = extreme(self.n), extreme(self.n)
    self.a, self.b = overlap.ema(self.slow), overlap.ema(self.fast)
    self.width_a, self.width_b, self.mean = overlap.ema(self.slow), overlap.ema(self.fast), overlap.ema(self.signal)
    self.look = self.n - 1 + self.a.look + self.b.look + self.mean.look
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local top, bottom = highest(self.highs, high), 0 - highest(self.lows, 0 - low)
    local count = self.count
    self.count = count + 1
    if count < self.n - 1 then return nil end
    local a, width = self.a:update(clip(close - (top + bottom) / 2)), self.width_a:update(clip(top - bottom))
    if not a then return nil end
    local b = self.b:update(a)
    width = self.width_b:update(width)
    if not b then return nil end
    local y = self.smi
    if width > LEAST then
      y = clip(100 * (b / (0.5 * width)))
      self.smi = y
    end
    local signal = self.mean:update(y)
    if not signal then return nil end
    self.y1, self.y2, self.live = y, signal, true
    return y, signal
  end,
}

-- coppock(n, a, b): wma(n) of the sum of the per cent changes since a and since b updates ago. Source: Coppock (1962).
M.coppock = define {
  name = "coppock", takes = { "close" },
  params = { { "n", 10, 1, 100000 }, { "a", 11, 1, 100000 }, { "b", 14, 1, 100000 } },
  init = function(self)
    self.near, self.far, self.mean = delay_line(min(self.a, self.b)), delay_line(max(self.a, self.b)), overlap.wma(self.n)
    self.look = max(self.a, self.b) + self.n - 1
  end,
  update = function(self, x)
    need(x)
    local near, far = delay(self.near, x), delay(self.far, x)
    if not far then return nil end
    local y = self.mean:update(clip((ratio(x - near, near) + ratio(x - far, far)) * 100))
    if not y then return nil end
    self.y1, self.live = y, true
    return y
  end,
}

-- dpo(n): detrended price: the value n / 2 + 1 updates ago (a half cut off) minus the simple mean of the last n; 0 where
-- they are the same but for their last bits.
M.dpo = define {
  name = "dpo", params = { { "n", 20, 2, 100000 } }, takes = { "close" },
  init = function(self)
    local back = floor(self.n / 2) + 1
    self.w, self.line, self.look = window(self.n), delay_line(back), max(self.n - 1, back)
  end,
  update = function(self, x)
    need(x)
    local w, old = self.w, delay(self.line, x)
    slide(w, x)
    if not (old and w.full) then return nil end
    local mean = total(w) / self.n
    local y = old - mean
    if abs(y) <= NOISE * self.n * abs(mean) then y = 0 end
    self.y1, self.live = y, true
    return y
  end,
}

-- er(n): efficiency of a move, 0..1: the change over n updates as a part of the way there; 1 while nothing moves, as in
-- kama. Source: Kaufman (1995).
M.er = define {
  name = "er", params = { { "n", 10, 2, 100000 } }, takes = { "close" },
  init = function(self)
    self.look, self.started, self.prev = self.n, false, 0
    self.line, self.path = delay_line(self.n), window(self.n)
  end,
  update = function(self, x)
    need(x)
    local old, step = delay(self.line, x), abs(x - self.prev)
    self.prev = x
    if not self.started then
      self.started = true
      return nil
    end
    slide(self.path, step)
    if not old then return nil end
    local path, y = total(self.path), 1
    if path > 0 then y = min(abs(x - old) / path, 1) end
    self.y1, self.live = y, true
    return y
  end,
}

-- vhf(n): vertical horizontal filter: the distance between the extremes of the last n values as a part of the way of the
-- last n changes; 0 while nothing moves. Source: White (1991).
M.vhf = define {
  name = "vhf", params = { { "n", 28, 2, 100000 } }, takes = { "close" },
  init = function(self)
    self.look, self.started, self.prev, self.path = self.n, false, 0, window(self.n)
    self.high, self.low = extreme(self.n), extreme(self.n)
  end,
  update = function(self, x)
    need(x)
    local top, bottom, step = highest(self.high, x), 0 - highest(self.low, 0 - x), abs(x - self.prev)
    self.prev = x
    if not self.started then
      self.started = true
      return nil
    end
    slide(self.path, step)
    if not self.path.full then return nil end
    local y = ratio(top - bottom, total(self.path))
    self.y1, self.live = y, true
    return y
  end,
}

-- eri(n) -> bull, bear: Elder's ray: high and low minus the ema(n) of the close.
M.eri = define {
  name = "eri", inputs = 3, outputs = 2, takes = { "high", "low", "close" }, params = { { "n", 13, 1, 100000 } },
  init = function(self)
    self.mean = base.average(self.n, 1)
    self.look = self.n - 1
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local mean = self.mean:update(close)
    if not mean then return nil end
    local bull, bear = high - mean, low - mean
    self.y1, self.y2, self.live = bull, bear, true
    return bull, bear
  end,
}

-- fosc(n): how far the value is from the forecast that tsf(n) made of the n before it, in per cent of the value; 0 of a
-- value of 0.
M.fosc = define {
  name = "fosc", params = { { "n", 5, 2, 100000 } }, takes = { "close" },
  init = function(self)
    self.look, self.line, self.waiting, self.forecast = self.n, base.line(self.n), true, 0
  end,
  update = function(self, x)
    need(x)
    local forecast, waiting = self.forecast, self.waiting
    local slope, start = base.fit(self.line, x)
    if not slope then return nil end
    self.forecast, self.waiting = start + slope * self.n, false
    if waiting then return nil end
    local far = x - forecast
    if abs(far) <= NOISE * abs(x) then far = 0 end
    local y = ratio(far, x) * 100
    self.y1, self.live = y, true
    return y
  end,
}

-- fractal(left, right) -> top, bottom: 100 when the high (the low) of `right` bars ago is beyond those of the `left` bars
-- before it and of all bars since, else 0. Equal is not beyond. Source: Williams (1995).
local function pivot(left, right)
  return { line = delay_line(right), before = extreme(left), since = extreme(right), best = 0 }
end

-- Whether what lies `right` values back stands above its neighbours.
local function stands(p, x)
  local since, best, candidate = highest(p.since, x), p.best, delay(p.line, x)
  if not candidate then return false end
  p.best = highest(p.before, candidate)
  return candidate > best and candidate > since
end

M.fractal = define {
  name = "fractal", inputs = 2, outputs = 2, takes = { "high", "low" },
  params = { { "left", 2, 1, 100000 }, { "right", 2, 1, 100000 } },
  init = function(self)
    self.look, self.count = self.left + self.right, 0
    self.top, self.bottom = pivot(self.left, self.right), pivot(self.left, self.right)
  end,
  update = function(self, high, low)
    need2(high, low)
    local top, bottom = stands(self.top, high) and 100 or 0, stands(self.bottom, 0 - low) and 100 or 0
    local count = self.count
    self.count = count + 1
    if count < self.look then return nil end
    self.y1, self.y2, self.live = top, bottom, true
    return top, bottom
  end,
}

-- qstick(n): mean of close - open over the last n bars. Source: Chande, Kroll (1994).
M.qstick = define {
  name = "qstick", inputs = 2, params = { { "n", 10, 1, 100000 } }, takes = { "open", "close" },
  init = function(self) self.look, self.w = self.n - 1, window(self.n) end,
  update = function(self, open, close)
    need2(open, close)
    slide(self.w, close - open)
    if not self.w.full then return nil end
    local y = total(self.w) / self.n
    self.y1, self.live = y, true
    return y
  end,
}

-- vortex(n) -> plus, minus: over n bars the ways from the low before to the high, and from the high before to the low, each
-- as a part of the true ranges; 0 while there is no range. Source: Botes, Siepman (2010).
M.vortex = define {
  name = "vortex", inputs = 3, outputs = 2, takes = { "high", "low", "close" }, params = { { "n", 14, 1, 100000 } },
  init = function(self)
    self.look, self.started, self.high, self.low, self.close = self.n, false, 0, 0, 0
    self.up, self.down, self.range = window(self.n), window(self.n), window(self.n)
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local up, down, range = abs(high - self.low), abs(low - self.high), base.range(high, low, self.close)
    self.high, self.low, self.close = high, low, close
    if not self.started then
      self.started = true
      return nil
    end
    slide(self.up, up)
    slide(self.down, down)
    slide(self.range, range)
    if not self.range.full then return nil end
    local ranges = total(self.range)
    local plus, minus = ratio(total(self.up), ranges), ratio(total(self.down), ranges)
    self.y1, self.y2, self.live = plus, minus, true
    return plus, minus
  end,
}

return M
