-- Averages that lie over the price.
local base = require "mthost.ta_base"
local define, need, need2, need3 = base.define, base.need, base.need2, base.need3
local window, slide, total, moments = base.window, base.slide, base.total, base.moments
local ratio, NOISE = base.ratio, base.NOISE
local sqrt, abs, max, min = math.sqrt, math.abs, math.max, math.min

base.file = "ta_overlap"
local M = {}

-- sma(n): mean of the last n values.
M.sma = define {
  name = "sma", params = { { "n", 30, 1, 100000 } }, takes = { "close" },
  init = function(self)
    self.look, self.w = self.n - 1, window(self.n)
  end,
  update = function(self, x)
    need(x)
    local w = self.w
    slide(w, x)
    if w.full then
      local y = total(w) / self.n
      self.y1, self.live = y, true
      return y
    end
  end,
}

-- ema(n): exponential mean, weight 2/(n+1). It starts from the mean of the first n values; with { seed = "first" } from
-- the first value, at once.
M.ema = define {
  name = "ema", params = { { "n", 30, 1, 100000 } }, takes = { "close" }, options = { seed = { "mean", "first" } },
  init = function(self)
    self.k = 2 / (self.n + 1)
    self.from = self.seed == "first" and 1 or self.n
    self.look = self.from - 1
    self.count, self.sum = 0, 0
  end,
  update = function(self, x)
    need(x)
    local y
    if self.live then
      y = self.y1
      y = (x - y) * self.k + y
      self.y1 = y
      return y
    end
    local count, sum = self.count + 1, self.sum + x
    self.count, self.sum = count, sum
    if count == self.from then
      y = base.clip(sum / count)
      self.y1, self.live = y, true
      return y
    end
  end,
}

local function weigh_anew(w)
  local n, pos, ring, weighted = w.n, w.pos, w.ring, 0
  for i = 1, n do weighted = weighted + i * ring[(pos - 2 + i) % n + 1] end
  return weighted
end

-- wma(n): mean with weights 1 (oldest) to n (newest).
M.wma = define {
  name = "wma", params = { { "n", 30, 1, 100000 } }, takes = { "close" },
  init = function(self)
    self.look = self.n - 1
    self.w, self.weighted, self.fresh, self.div = window(self.n), 0, 0, self.n * (self.n + 1) / 2
  end,
  update = function(self, x)
    need(x)
    local w = self.w
    local weighted = self.weighted - w.sum + self.n * x
    local fresh = self.fresh + w.pos * x
    slide(w, x)
    local _, anew = total(w)
    if w.pos == 1 then
      weighted, fresh = fresh, 0
    elseif anew then
      weighted = weigh_anew(w)
    end
    self.weighted, self.fresh = weighted, fresh
    if w.full then
      local y = weighted / self.div
      self.y1, self.live = y, true
      return y
    end
  end,
}

-- dema(n): 2 ema - ema of ema; less lag.
M.dema = define {
  name = "dema", params = { { "n", 30, 1, 100000 } }, takes = { "close" },
  init = function(self)
    self.look = 2 * (self.n - 1)
    self.e1, self.e2 = M.ema(self.n), M.ema(self.n)
  end,
  update = function(self, x)
    need(x)
    local e1 = self.e1:update(x)
    if not e1 then return nil end
    local e2 = self.e2:update(e1)
    if not e2 then return nil end
    local y = 2 * e1 - e2
    self.y1, self.live = y, true
    return y
  end,
}

-- tema(n): 3 ema - 3 ema of ema + ema of that.
M.tema = define {
  name = "tema", params = { { "n", 30, 1, 100000 } }, takes = { "close" },
  init = function(self)
    self.look = 3 * (self.n - 1)
    self.e1, self.e2, self.e3 = M.ema(self.n), M.ema(self.n), M.ema(self.n)
  end,
  update = function(self, x)
    need(x)
    local e1 = self.e1:update(x)
    if not e1 then return nil end
    local e2 = self.e2:update(e1)
    if not e2 then return nil end
    local e3 = self.e3:update(e2)
    if not e3 then return nil end
    local y = 3 * e1 - 3 * e2 + e3
    self.y1, self.live = y, true
    return y
  end,
}

-- t3(n, v): Tillson's mean, six emas in a row, v the volume factor.
local function begin_t3(self, x)
  local e1 = self.e1:update(x)
  local e2 = e1 and self.e2:update(e1)
  local e3 = e2 and self.e3:update(e2)
  local e4 = e3 and self.e4:update(e3)
  local e5 = e4 and self.e5:update(e4)
  local e6 = e5 and self.e6:update(e5)
  if not e6 then return nil end
  local y = self.c1 * e6 + self.c2 * e5 + self.c3 * e4 + self.c4 * e3
  self.y1, self.live = y, true
  return y
end

local function smooth(e, x)
  local y = e.y1
  y = (x - y) * e.k + y
  e.y1 = y
  return y
end

M.t3 = define {
  name = "t3", params = { { "n", 5, 1, 100000 }, { "v", 0.7, 0, 1, whole = false } }, takes = { "close" },
  init = function(self)
    local n, v = self.n, self.v
    local square = v * v
    self.look = 6 * (n - 1)
    self.e1, self.e2, self.e3, self.e4, self.e5, self.e6 = M.ema(n), M.ema(n), M.ema(n), M.ema(n), M.ema(n), M.ema(n)
    self.c1 = -(square * v)
    self.c2 = 3 * (square - self.c1)
    self.c3 = -6 * square - 3 * (v - self.c1)
    self.c4 = 1 + 3 * v - self.c1 + 3 * square
  end,
  -- Once all six have begun it asks none of them whether it has: six questions more are too much for the compiler.
  update = function(self, x)
    need(x)
    if not self.live then return begin_t3(self, x) end
    local e3 = smooth(self.e3, smooth(self.e2, smooth(self.e1, x)))
    local e4 = smooth(self.e4, e3)
    local e5 = smooth(self.e5, e4)
    local e6 = smooth(self.e6, e5)
    local y = self.c1 * e6 + self.c2 * e5 + self.c3 * e4 + self.c4 * e3
    self.y1 = y
    return y
  end,
}

-- trima(n): triangular mean, a mean of a mean.
M.trima = define {
  name = "trima", params = { { "n", 30, 1, 100000 } }, takes = { "close" },
  init = function(self)
    local half = math.floor(self.n / 2)
    self.look = self.n - 1
    self.a, self.b = M.sma(self.n % 2 == 1 and half + 1 or half), M.sma(half + 1)
  end,
  update = function(self, x)
    need(x)
    local a = self.a:update(x)
    if not a then return nil end
    local y = self.b:update(base.clip(a))
    if not y then return nil end
    self.y1, self.live = y, true
    return y
  end,
}

-- kama(n): Kaufman's adaptive mean: fast (2) in a straight move and while nothing moves, slow (30) in noise.
M.kama = define {
  name = "kama", params = { { "n", 30, 2, 100000 } }, takes = { "close" },
  init = function(self)
    self.look = self.n
    self.line, self.path, self.prev, self.count = base.delay_line(self.n), window(self.n), 0, 0
  end,
  update = function(self, x)
    need(x)
    local old, prev, count = base.delay(self.line, x), self.prev, self.count
    self.prev = x
    if count == 0 then
      self.count = 1
      return nil
    end
    slide(self.path, abs(x - prev))
    if not old then return nil end
    local path = total(self.path)
    local y = self.live and self.y1 or prev
    local straight = 1
    if path > 0 then straight = min(abs(x - old) / path, 1) end
    local k = straight * (2 / 3 - 2 / 31) + 2 / 31
    y = (x - y) * (k * k) + y
    self.y1, self.live = y, true
    return y
  end,
}

-- rma(n): Wilder's mean, weight 1/n; it starts from the mean of the first n values.
M.rma = define {
  name = "rma", params = { { "n", 30, 1, 100000 } }, takes = { "close" },
  init = function(self) self.look, self.count, self.sum = self.n - 1, 0, 0 end,
  update = function(self, x)
    need(x)
    local n = self.n
    if self.live then
      local y = self.y1
      y = n > 1 and (x - y) / n + y or x
      self.y1 = y
      return y
    end
    local count, sum = self.count + 1, self.sum + x
    self.count, self.sum = count, sum
    if count == n then
      local y = base.clip(sum / n)
      self.y1, self.live = y, true
      return y
    end
  end,
}

-- ma(n, type): a mean of the kind `type` (see above).
local kinds = { [0] = "sma", "ema", "wma", "dema", "tema", "trima", "kama", "mama", "t3", "hma", [12] = "zlema",
                [13] = "rma" }
base.means = M      -- hma and zlema join it from ta_channels

-- The argument that says which kind, with its default. 11 is TA-Lib's word for "the default of the function".
function base.kind(name, default) return { name, default, 0, 13, never = 11 } end

function base.average(n, kind)
  if n == 1 or kind == 10 then return M.sma(1) end
  if kind == 7 then return M.mama() end
  return base.means[kinds[kind]](n)
end

M.ma = define {
  name = "ma", params = { { "n", 30, 1, 100000 }, base.kind("type", 0) }, takes = { "close" },
  init = function(self)
    self.inner = base.average(self.n, self.type)
    self.look = self.inner.look
  end,
  update = function(self, x)
    need(x)
    local y = self.inner:update(x)
    if y then
      self.y1, self.live = y, true
      return y
    end
  end,
}

-- mavp(low, high, type): mean whose length comes with each value: update(x, n), n cut to low..high. Of simple means
-- it keeps sums from the start of a ring, so that any length is one difference; of the other kinds one mean per
-- length, so that an update costs high - low + 1 of them.
local function simple(self, n)
  local sums, at, x = self.sums, self.at + 1, self.total
  local from = at - n
  if from < 1 then from = from + #sums end
  local y = (x - sums[from]) / n
  if at == #sums then      -- begin anew, lest the sums grow for ever
    for i = 1, #sums do sums[i] = sums[i] - x end
    self.total, at = 0, 0
  end
  self.at = at
  return y
end

M.mavp = define {
  name = "mavp", inputs = 2, takes = { "close", "n" },
  params = { { "low", 2, 2, 500 }, { "high", 30, 2, 500 }, base.kind("type", 0) },
  valid = function(self) return self.low <= self.high, "low must not exceed high" end,
  init = function(self)
    self.all, self.sums, self.at, self.total, self.count = {}, base.ring(self.high), 0, 0, 0
    self.look = self.high - 1
    if self.type > 0 then
      for n = self.low, self.high do self.all[n - self.low + 1] = base.average(n, self.type) end
      self.look = self.all[#self.all].look
    end
  end,
  update = function(self, x, n)
    need2(x, n)
    local look, count, y = self.look, self.count, nil
    self.count = count + 1
    n = math.floor(n)
    if n < self.low then n = self.low elseif n > self.high then n = self.high end
    if self.type == 0 then
      self.total = self.total + x
      y = simple(self, n)
      self.sums[self.at > 0 and self.at or self.high] = self.total
      if count < look then return nil end
    else
      -- Each mean begins as late as it can, so that all give their first value together.
      local all = self.all
      for i = 1, #all do
        local each = all[i]
        if count >= look - each.look then
          local value = each:update(x)
          if i == n - self.low + 1 then y = value end
        end
      end
    end
    if y then
      self.y1, self.live = y, true
      return y
    end
  end,
}

-- bbands(n, up, down, type) -> upper, middle, lower: bands `up` and `down` population deviations away from a mean.
M.bbands = define {
  name = "bbands", outputs = 3, takes = { "close" },
  params = { { "n", 5, 2, 100000 }, { "up", 2, -1e10, 1e10, whole = false }, { "down", 2, -1e10, 1e10, whole = false },
             base.kind("type", 0) },
  init = function(self)
    base.moments_init(self)
    self.inner = base.average(self.type == 0 and 1 or self.n, self.type)
    self.look = math.max(self.n - 1, self.inner.look)
  end,
  update = function(self, x)
    need(x)
    local middle, variance = moments(self, x)
    if self.type ~= 0 then middle = self.inner:update(x) end
    if not (middle and variance) then return nil end
    local sd = sqrt(variance)
    local upper, lower = middle + self.up * sd, middle - self.down * sd
    self.y1, self.y2, self.y3, self.live = upper, middle, lower, true
    return upper, middle, lower
  end,
}

-- accbands(n) -> upper, middle, lower: acceleration bands; they widen with the range of the bars.
M.accbands = define {
  name = "accbands", inputs = 3, outputs = 3, params = { { "n", 20, 2, 100000 } }, takes = { "high", "low", "close" },
  init = function(self)
    self.look = self.n - 1
    self.a, self.b, self.c = window(self.n), window(self.n), window(self.n)
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local n, wide = self.n, ratio(4 * (high - low), high + low)
    slide(self.a, high * (1 + wide))
    slide(self.b, close)
    slide(self.c, low * (1 - wide))
    if self.c.full then
      local upper, middle, lower = total(self.a) / n, total(self.b) / n, total(self.c) / n
      self.y1, self.y2, self.y3, self.live = upper, middle, lower, true
      return upper, middle, lower
    end
  end,
}

-- midpoint(n): half way between the highest and the lowest of the last n values.
M.midpoint = define {
  name = "midpoint", params = { { "n", 14, 2, 100000 } }, takes = { "close" },
  init = function(self)
    self.look, self.count = self.n - 1, 0
    self.high, self.low = base.extreme(self.n), base.extreme(self.n)
  end,
  update = function(self, x)
    need(x)
    local y = (base.highest(self.high, x) + (0 - base.highest(self.low, 0 - x))) / 2
    local count = self.count + 1
    self.count = count
    if count > self.look then
      self.y1, self.live = y, true
      return y
    end
  end,
}

-- midprice(n): half way between the highest high and the lowest low of the last n bars.
M.midprice = define {
  name = "midprice", inputs = 2, params = { { "n", 14, 2, 100000 } }, takes = { "high", "low" },
  init = function(self)
    self.look, self.count = self.n - 1, 0
    self.high, self.low = base.extreme(self.n), base.extreme(self.n)
  end,
  update = function(self, high, low)
    need2(high, low)
    local y = (base.highest(self.high, high) + (0 - base.highest(self.low, 0 - low))) / 2
    local count = self.count + 1
    self.count = count
    if count > self.look then
      self.y1, self.live = y, true
      return y
    end
  end,
}

-- Whether a price has come down to a stop below it (or, both negated, up to one above). The stop is the result of a
-- multiplication, and may miss a price that it equals by its last bits.
local function reaches(price, stop) return price - stop <= NOISE * (abs(price) + abs(stop)) end

-- One step of the parabolic system, for sar and sarext: self.long, self.sar, self.ep (extreme point), self.af.
-- Answers the stop for this bar and whether it was hit. `offset` widens the new stop after a turn.
local function parabolic(self, high, low, init, step, most, offset)
  local sar, prev_high, prev_low = self.sar, self.prev_high, self.prev_low
  self.prev_high, self.prev_low = high, low
  local out
  if self.long then
    if reaches(low, sar) then
      self.long = false
      sar = self.ep
      if sar < prev_high then sar = prev_high end
      if sar < high then sar = high end
      if offset ~= 0 then sar = sar + sar * offset end
      out, self.af, self.ep = sar, init, low
      sar = sar + init * (low - sar)
      if sar < prev_high then sar = prev_high end
      if sar < high then sar = high end
      self.sar = sar
      return out
    end
    out = sar
    if high > self.ep then
      self.ep = high
      local af = self.af + step
      self.af = af > most and most or af
    end
    sar = sar + self.af * (self.ep - sar)
    if sar > prev_low then sar = prev_low end
    if sar > low then sar = low end
  elseif reaches(-high, -sar) then
    self.long = true
    sar = self.ep
    if sar > prev_low then sar = prev_low end
    if sar > low then sar = low end
    if offset ~= 0 then sar = sar - sar * offset end
    out, self.af, self.ep = sar, init, high
    sar = sar + init * (high - sar)
    if sar > prev_low then sar = prev_low end
    if sar > low then sar = low end
  else
    out = sar
    if low < self.ep then
      self.ep = low
      local af = self.af + step
      self.af = af > most and most or af
    end
    sar = sar + self.af * (self.ep - sar)
    if sar < prev_high then sar = prev_high end
    if sar < high then sar = high end
  end
  self.sar = sar
  return out
end

-- The second bar decides the direction: short when it went down further than up.
local function begin(self, high, low)
  local up, down = base.moves(high, low, self.prev_high, self.prev_low)
  self.long = not (down > 0 and up < down)
  if self.long then
    self.ep, self.sar = high, self.prev_low
  else
    self.ep, self.sar = low, self.prev_high
  end
  self.prev_high, self.prev_low = high, low
end

-- sar(step, most): Wilder's parabolic stop and reverse.
M.sar = define {
  name = "sar", inputs = 2, takes = { "high", "low" },
  params = { { "step", 0.02, 0, 1e10, whole = false }, { "most", 0.2, 0, 1e10, whole = false } },
  init = function(self)
    self.look, self.count = 1, 0
    self.long, self.sar, self.ep, self.af, self.prev_high, self.prev_low = true, 0, 0, 0, 0, 0
    self.accel = math.min(self.step, self.most)
  end,
  update = function(self, high, low)
    need2(high, low)
    if not self.live then
      if self.count == 0 then
        self.count, self.prev_high, self.prev_low = 1, high, low
        return nil
      end
      begin(self, high, low)
      self.af, self.live = self.accel, true
    end
    local y = parabolic(self, high, low, self.accel, self.accel, self.most, 0)
    self.y1 = y
    return y
  end,
}

-- sarext(start, offset, init_long, long, most_long, init_short, short, most_short): the parabolic with a start value
-- (above 0 long, below 0 short), an offset on each turn and its own acceleration for either side. Short stops come out
-- negative.
local rate = function(name, default) return { name, default, 0, 1e10, whole = false } end

M.sarext = define {
  name = "sarext", inputs = 2, takes = { "high", "low" },
  params = { { "start", 0, -1e10, 1e10, whole = false }, rate("offset", 0), rate("init_long", 0.02),
             rate("step_long", 0.02), rate("most_long", 0.2), rate("init_short", 0.02),
             rate("step_short", 0.02), rate("most_short", 0.2) },
  init = function(self)
    self.look, self.count = 1, 0
    self.long, self.sar, self.ep, self.af, self.prev_high, self.prev_low = true, 0, 0, 0, 0, 0
    self.a_long, self.a_short = math.min(self.init_long, self.most_long), math.min(self.init_short, self.most_short)
    self.s_long, self.s_short = math.min(self.step_long, self.most_long), math.min(self.step_short, self.most_short)
  end,
  update = function(self, high, low)
    need2(high, low)
    if not self.live then
      if self.count == 0 then
        self.count, self.prev_high, self.prev_low = 1, high, low
        return nil
      end
      begin(self, high, low)
      local start = self.start
      if start > 0 then
        self.long, self.ep, self.sar = true, high, start
      elseif start < 0 then
        self.long, self.ep, self.sar = false, low, -start
      end
      self.af, self.live = self.long and self.a_long or self.a_short, true
    end
    -- What a turn starts with belongs to the side it turns to.
    local y
    local hit = self.long
    if hit then hit = reaches(low, self.sar) else hit = reaches(-high, -self.sar) end
    if self.long ~= hit then
      y = parabolic(self, high, low, self.a_long, self.s_long, self.most_long, self.offset)
    else
      y = parabolic(self, high, low, self.a_short, self.s_short, self.most_short, self.offset)
    end
    if not self.long then y = -y end
    self.y1 = y
    return y
  end,
}

return M
