-- Volatility, order statistics and mean reversion beyond TA-Lib.
local base = require "mthost.ta_base"
local define, need, need2 = base.define, base.need, base.need2
local window, slide, total, delay = base.window, base.slide, base.total, base.delay
local floor, sqrt, log, max, min, abs = math.floor, math.sqrt, math.log, math.max, math.min, math.abs
local NOISE = base.NOISE

base.file = "ta_risk"
local M = {}

-- A price for a logarithm; raises at the line that called update.
local function positive(x)
  if type(x) ~= "number" or not (x > 1e-50 and x <= 1e50) then
    error("a price for a logarithm must be above 0 and within 1e50, got " .. tostring(x), 3)
  end
end

-- realised(n): standard deviation per update of the last n log returns, around zero. Source: Andersen, Bollerslev
-- (1998).
M.realised = define {
  name = "realised", params = { { "n", 20, 1, 100000 } }, takes = { "close" },
  init = function(self) self.look, self.w, self.prev = self.n, window(self.n), 0 end,
  update = function(self, x)
    positive(x)
    local prev = self.prev
    self.prev = x
    if prev == 0 then return nil end
    local r = log(x / prev)
    slide(self.w, r * r)
    if not self.w.full then return nil end
    local y = sqrt(max(total(self.w), 0) / self.n)
    self.y1, self.live = y, true
    return y
  end,
}

-- parkinson(n): the same from high and low: squared log range / (4 log 2). Source: Parkinson (1980).
M.parkinson = define {
  name = "parkinson", inputs = 2, params = { { "n", 20, 1, 100000 } }, takes = { "high", "low" },
  init = function(self) self.look, self.w = self.n - 1, window(self.n) end,
  update = function(self, high, low)
    positive(high)
    positive(low)
    local r = log(high / low)
    slide(self.w, r * r)
    if not self.w.full then return nil end
    local y = sqrt(max(total(self.w), 0) / (4 * log(2) * self.n))
    self.y1, self.live = y, true
    return y
  end,
}

-- garman(n): Garman-Klass, from open, high, low, close; for bars without gaps. Source: Garman, Klass (1980): mean of
-- log(high / low)^2 / 2 - (2 log 2 - 1) log(close / open)^2.
M.garman = define {
  name = "garman", inputs = 4, params = { { "n", 20, 1, 100000 } }, takes = { "open", "high", "low", "close" },
  init = function(self) self.look, self.w = self.n - 1, window(self.n) end,
  update = function(self, open, high, low, close)
    positive(open)
    positive(high)
    positive(low)
    positive(close)
    local range, body = log(high / low), log(close / open)
    slide(self.w, 0.5 * range * range - (2 * log(2) - 1) * body * body)
    if not self.w.full then return nil end
    local y = sqrt(max(total(self.w), 0) / self.n)
    self.y1, self.live = y, true
    return y
  end,
}

-- yangzhang(n): Yang-Zhang, from open, high, low, close; takes gaps and drift into account. Source: Yang, Zhang
-- (2000).
local function spread(n)
  local part = { n = n, live = false }
  base.moments_init(part)
  return part
end

M.yangzhang = define {
  name = "yangzhang", inputs = 4, params = { { "n", 20, 2, 100000 } }, takes = { "open", "high", "low", "close" },
  init = function(self)
    self.look, self.prev = self.n, 0
    self.gap, self.body, self.rs = spread(self.n), spread(self.n), window(self.n)
    self.k = 0.34 / (1.34 + (self.n + 1) / (self.n - 1))
  end,
  update = function(self, open, high, low, close)
    positive(open)
    positive(high)
    positive(low)
    positive(close)
    local prev, n = self.prev, self.n
    self.prev = close
    if prev == 0 then return nil end
    base.moments_add(self.gap, log(open / prev))
    base.moments_add(self.body, log(close / open))
    slide(self.rs, log(high / close) * log(high / open) + log(low / close) * log(low / open))
    local _, gap = base.moments_of(self.gap)
    local _, body = base.moments_of(self.body)
    if not gap then return nil end
    local k = self.k
    local variance = (gap + k * body) * n / (n - 1) + (1 - k) * total(self.rs) / n
    local y = sqrt(max(variance, 0))
    self.y1, self.live = y, true
    return y
  end,
}

-- ewmavar(decay): variance of log returns around zero, each return weighing `decay` times the one after it (0.94:
-- RiskMetrics). Source: RiskMetrics (1996).
M.ewmavar = define {
  name = "ewmavar", params = { { "decay", 0.94, 0, 0.999999, whole = false } }, takes = { "close" },
  init = function(self) self.look, self.prev = 1, 0 end,
  update = function(self, x)
    positive(x)
    local prev = self.prev
    self.prev = x
    if prev == 0 then return nil end
    local r = log(x / prev)
    local y = r * r
    if self.live then y = self.decay * self.y1 + (1 - self.decay) * y end
    self.y1, self.live = y, true
    return y
  end,
}

-- Order statistics: a list of the window in ascending order with express lanes, where each link knows how many
-- values it jumps over. The node of ring place i rides on as many lanes as i has factors of two (a lane for every
-- second node, every fourth, …), which needs no dice. Finding, inserting and removing take about 2 log2(n) steps.
local function lanes_init(self)
  local lanes = 1
  local reach = 2
  while reach < self.n do lanes, reach = lanes + 1, reach * 2 end
  self.lanes, self.pos, self.size = lanes, 1, 0
  self.ring = base.ring(self.n)
  self.height, self.next, self.width, self.step, self.rank = {}, {}, {}, base.ring(lanes), base.ring(lanes)
  local head = self.n + 1      -- 0 as a link is the end of the list
  for i = 1, self.n do
    local h, rest = 1, i
    while rest % 2 == 0 and h < lanes do h, rest = h + 1, rest / 2 end
    self.height[i] = h
  end
  self.height[head] = lanes
  for lane = 1, lanes do
    self.next[lane], self.width[lane] = base.ring(head), base.ring(head)
    self.width[lane][head] = 1
  end
end

-- The last node of each lane before (x, node): equal values stand in the order of their places.
local function seek(self, x, node)
  local at, rank, ring = self.n + 1, 0, self.ring
  for lane = self.lanes, 1, -1 do
    local links, widths = self.next[lane], self.width[lane]
    local to = links[at]
    while to ~= 0 and (ring[to] < x or (ring[to] == x and to < node)) do
      rank = rank + widths[at]
      at = to
      to = links[at]
    end
    self.step[lane], self.rank[lane] = at, rank
  end
end

local function insert(self, node, x)
  seek(self, x, node)
  local height, rank = self.height[node], self.rank[1]
  for lane = 1, self.lanes do
    local before, links, widths = self.step[lane], self.next[lane], self.width[lane]
    if lane <= height then
      links[node], links[before] = links[before], node
      local here = rank - self.rank[lane] + 1
      widths[node] = widths[before] - here + 1
      widths[before] = here
    else
      widths[before] = widths[before] + 1
    end
  end
  self.ring[node], self.size = x, self.size + 1
end

local function remove(self, node)
  seek(self, self.ring[node], node)
  for lane = 1, self.lanes do
    local before, links, widths = self.step[lane], self.next[lane], self.width[lane]
    if links[before] == node then
      links[before] = links[node]
      widths[before] = widths[before] + widths[node] - 1
    else
      widths[before] = widths[before] - 1
    end
  end
  self.size = self.size - 1
end

-- The value at place k (1 = least).
local function at_rank(self, k)
  local at, rank = self.n + 1, 0
  for lane = self.lanes, 1, -1 do
    local links, widths = self.next[lane], self.width[lane]
    while links[at] ~= 0 and rank + widths[at] <= k do
      rank = rank + widths[at]
      at = links[at]
    end
  end
  return self.ring[at]
end

local function remember(self, x)
  x = x + 0      -- no negative zero
  local pos = self.pos
  if self.size == self.n then remove(self, pos) end
  insert(self, pos, x)
  self.pos = pos % self.n + 1
  return self.size == self.n
end

-- quantile(n, q): the q-quantile (0..1) of the last n values, interpolated between neighbours. median(n): q = 0.5.
-- Source: an indexable skip list, Pugh (1990); interpolation as in Hyndman, Fan (1996), type 7.
local function quantile(self, q)
  local place = 1 + q * (self.n - 1)
  local low = floor(place)
  local y, part = at_rank(self, low), place - low
  if part > 0 then y = y + (at_rank(self, low + 1) - y) * part end
  return y
end

M.quantile = define {
  name = "quantile", takes = { "close" }, params = { { "n", 100, 2, 100000 }, { "q", 0.5, 0, 1, whole = false } },
  init = function(self)
    self.look = self.n - 1
    lanes_init(self)
  end,
  update = function(self, x)
    need(x)
    if not remember(self, x) then return nil end
    local y = quantile(self, self.q)
    self.y1, self.live = y, true
    return y
  end,
}

M.median = define {
  name = "median", takes = { "close" }, params = { { "n", 21, 2, 100000 } },
  init = function(self)
    self.look = self.n - 1
    lanes_init(self)
  end,
  update = function(self, x)
    need(x)
    if not remember(self, x) then return nil end
    local y = quantile(self, 0.5)
    self.y1, self.live = y, true
    return y
  end,
}

-- percentile(n, percent): the least of the last n values that `percent` per cent of them do not exceed: always one of the
-- values, where quantile may lie between two. Source: nearest rank.
M.percentile = define {
  name = "percentile", takes = { "close" }, params = { { "n", 30, 2, 100000 }, { "percent", 50, 0, 100, whole = false } },
  init = function(self)
    self.look = self.n - 1
    -- (The product first: a whole rank stays whole.)
    self.place = min(max(math.ceil(self.percent * self.n / 100), 1), self.n)
    lanes_init(self)
  end,
  update = function(self, x)
    need(x)
    if not remember(self, x) then return nil end
    local y = at_rank(self, self.place)
    self.y1, self.live = y, true
    return y
  end,
}

-- percentrank(n): how many per cent of the n values before are less than this one.
M.percentrank = define {
  name = "percentrank", takes = { "close" }, params = { { "n", 100, 2, 100000 } },
  init = function(self)
    self.look = self.n
    lanes_init(self)
  end,
  update = function(self, x)
    need(x)
    x = x + 0      -- no negative zero
    if self.size < self.n then
      remember(self, x)
      return nil
    end
    seek(self, x, 0)      -- before every node: equal values do not count
    local y = self.rank[1] / self.n * 100
    remember(self, x)
    self.y1, self.live = y, true
    return y
  end,
}

-- kalman(ratio) -> mean, gain: a level that wanders, seen through noise; `ratio` is the variance of its step over that
-- of the noise. The gain settles; a larger ratio follows faster. Source: Kalman (1960), the local level model.
M.kalman = define {
  name = "kalman", outputs = 2, takes = { "close" }, params = { { "ratio", 0.01, 1e-12, 1e6, whole = false } },
  init = function(self) self.look, self.p = 0, 1 end,
  update = function(self, x)
    need(x)
    local y, gain = x, 1
    if self.live then
      local p = self.p + self.ratio
      gain = p / (p + 1)
      self.p = (1 - gain) * p
      y = self.y1 + gain * (x - self.y1)
    end
    self.y1, self.y2, self.live = y, gain, true
    return y, gain
  end,
}

-- cusum(threshold) -> signal, up, down: sums of the changes up and down, never below zero; 1 or -1 when one passes the
-- threshold (and begins again), else 0. Source: Page (1954).
M.cusum = define {
  name = "cusum", outputs = 3, takes = { "close" }, params = { { "threshold", 1, 1e-12, 1e12, whole = false } },
  init = function(self) self.look, self.started, self.low, self.high = 1, false, 0, 0 end,
  update = function(self, x)
    need(x)
    if not self.started then
      self.started, self.low, self.high = true, x, x
      return nil
    end
    -- A sum of changes that is never below zero is the distance from the lowest price since it began: one subtraction,
    -- however many changes there were.
    local low, high = min(self.low, x), max(self.high, x)
    local up, down, signal, threshold = x - low, high - x, 0, self.threshold
    if up - threshold > NOISE * (abs(x) + abs(low)) then
      signal, up, low = 1, 0, x
    elseif down - threshold > NOISE * (abs(x) + abs(high)) then
      signal, down, high = -1, 0, x
    end
    self.low, self.high = low, high
    self.y1, self.y2, self.y3, self.live = signal, up, down, true
    return signal, up, down
  end,
}

-- halflife(n) -> updates, slope: how long a distance from the mean takes to halve, from the regression of the last n
-- changes on the values before them; 0 when nothing pulls back (slope not negative, or all changes the same). Source: regression of an
-- Ornstein-Uhlenbeck process: half-life = -log 2 / log(1 + slope).
M.halflife = define {
  name = "halflife", outputs = 2, takes = { "close" }, params = { { "n", 100, 3, 100000 } },
  init = function(self)
    self.look, self.prev, self.started = self.n, 0, false
    base.pair_init(self)
  end,
  update = function(self, x)
    need(x)
    local prev = self.prev
    self.prev = x
    if not self.started then
      self.started = true
      return nil
    end
    local xx, yy, xy, mx = base.pair(self, prev, x - prev)
    if not xx then return nil end
    -- A change is made of two values: of a straight line all are the same but for their last bits.
    local y, slope = 0, base.slope(self.n, xx, yy, xy, mx, mx)
    if slope < 0 and slope > -1 then y = -log(2) / log(1 + slope) end
    self.y1, self.y2, self.live = y, slope, true
    return y, slope
  end,
}

-- hurst(n): how differences grow with their lag: 0.5 a random walk, above it trends, below it turns back. Formula: m(l) =
-- mean of (x[t] - x[t - l])^2 over the last n values, for the lags l = 1, 2, 4, … up to n / 4 and 128; the result is
-- half the least-squares slope of log m(l) over log l, which is H of m(l) ~ l^(2H). It is not cut to 0..1, since noise
-- may carry it beyond. 0.5 while the values stand still at any of the lags. Give it logarithms of prices. Source:
-- Mandelbrot, Van Ness (1968); the generalised exponent of Di Matteo, Aste, Dacorogna (2003) for squares.
local function lag(self, k, x)
  local old = delay(self.lines[k], x)
  if old then slide(self.squares[k], (x - old) * (x - old)) end
end

-- What lag k adds to the slope, in halves of a power of two; `still` counts the lags at which nothing moves.
local function part(self, k)
  local w = self.squares[k]
  local sum = total(w)
  if sum <= 0 then
    self.still = self.still + 1
    return 0
  end
  return (k - self.middle) * log(sum / w.n)
end

M.hurst = define {
  name = "hurst", params = { { "n", 100, 16, 100000 } }, takes = { "close" },
  init = function(self)
    local n, lags, length = self.n, 1, 1
    while lags < 8 and 2 * length <= n / 4 do lags, length = lags + 1, 2 * length end
    self.look, self.lags, self.middle, self.still = n - 1, lags, (lags + 1) / 2, 0
    self.lines, self.squares, self.scale, length = {}, {}, 0, 1
    for k = 1, lags do
      self.lines[k], self.squares[k] = base.delay_line(length), window(n - length)
      length = 2 * length
      self.scale = self.scale + 2 * log(2) * (k - self.middle) * (k - self.middle)
    end
  end,
  -- Written out, because a loop that goes round at each update would keep the handler around it from being compiled.
  update = function(self, x)
    need(x)
    local lags = self.lags
    lag(self, 1, x)
    lag(self, 2, x)
    lag(self, 3, x)
    if lags > 3 then lag(self, 4, x) end
    if lags > 4 then lag(self, 5, x) end
    if lags > 5 then lag(self, 6, x) end
    if lags > 6 then lag(self, 7, x) end
    if lags > 7 then lag(self, 8, x) end
    if not self.squares[1].full then return nil end
    self.still = 0
    local sum = part(self, 1) + part(self, 2) + part(self, 3)
    if lags > 3 then sum = sum + part(self, 4) end
    if lags > 4 then sum = sum + part(self, 5) end
    if lags > 5 then sum = sum + part(self, 6) end
    if lags > 6 then sum = sum + part(self, 7) end
    if lags > 7 then sum = sum + part(self, 8) end
    local y = 0.5
    if self.still == 0 then y = sum / self.scale end
    self.y1, self.live = y, true
    return y
  end,
}

-- rollbeta(n) -> slope, correlation of the second series on the first over the last n pairs, as they are (ta.beta
-- takes the returns). Source: least squares and Pearson.
M.rollbeta = define {
  name = "rollbeta", inputs = 2, outputs = 2, takes = { "high", "low" }, params = { { "n", 30, 2, 100000 } },
  init = function(self)
    self.look = self.n - 1
    base.pair_init(self)
  end,
  update = function(self, x, y)
    need2(x, y)
    local xx, yy, xy, mx, my = base.pair(self, x, y)
    if not xx then return nil end
    local slope, r = base.slope(self.n, xx, yy, xy, mx, my)
    self.y1, self.y2, self.live = slope, r, true
    return slope, r
  end,
}

return M
