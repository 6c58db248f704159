-- Statistics over the last n values.
local base = require "mthost.ta_base"
local define, need, need2, moments = base.define, base.need, base.need2, base.moments
local sqrt, abs = math.sqrt, math.abs
local window, slide, total, highest = base.window, base.slide, base.total, base.highest
local ratio, NOISE = base.ratio, base.NOISE

base.file = "ta_statistics"
local M = {}

local function moments_init(self)
  self.look = self.n - 1
  base.moments_init(self)
end

-- var(n): population variance.
M.var = define {
  name = "var", params = { { "n", 5, 1, 100000 } }, takes = { "close" }, init = moments_init,
  update = function(self, x)
    need(x)
    local mean, variance = moments(self, x)
    if mean then
      self.y1 = variance
      return variance
    end
  end,
}

-- stddev(n, times): population standard deviation, `times` times.
M.stddev = define {
  name = "stddev", params = { { "n", 5, 2, 100000 }, { "times", 1, -1e10, 1e10, whole = false } }, takes = { "close" },
  init = moments_init,
  update = function(self, x)
    need(x)
    local mean, variance = moments(self, x)
    if mean then
      local y = sqrt(variance) * self.times
      self.y1 = y
      return y
    end
  end,
}

-- zscore(n): how many population deviations the newest value lies above the mean of its window; 0 in a flat window.
M.zscore = define {
  name = "zscore", params = { { "n", 20, 2, 100000 } }, takes = { "close" }, init = moments_init,
  update = function(self, x)
    need(x)
    local mean, variance = moments(self, x)
    if mean then
      local sd, y = sqrt(variance), 0
      if sd > 0 then y = (x - mean) / sd end
      self.y1 = y
      return y
    end
  end,
}

-- avgdev(n): mean distance from the mean. It reads its window at each update, as its definition needs.
M.avgdev = define {
  name = "avgdev", params = { { "n", 14, 2, 100000 } }, takes = { "close" },
  init = function(self)
    self.look, self.w = self.n - 1, base.delay_line(self.n)
  end,
  update = function(self, x)
    need(x)
    local mean, sum = base.deviations(self.w, x)
    if not mean then return nil end
    local y = sum / self.n
    if y <= NOISE * abs(mean) then y = 0 end
    self.y1, self.live = y, true
    return y
  end,
}

-- correl(n): Pearson's correlation of two series, -1..1; 0 while one of them stands still.
M.correl = define {
  name = "correl", inputs = 2, params = { { "n", 30, 1, 100000 } }, takes = { "high", "low" },
  init = function(self)
    self.look = self.n - 1
    base.pair_init(self)
  end,
  update = function(self, x, y)
    need2(x, y)
    local xx, yy, xy, mx, my = base.pair(self, x, y)
    if not xx then return nil end
    local _, r = base.slope(self.n, xx, yy, xy, mx, my)
    self.y1, self.live = r, true
    return r
  end,
}

-- beta(n): slope of the second series' returns over the first's, over n returns; 0 while the returns of one of them are
-- all the same.
M.beta = define {
  name = "beta", inputs = 2, params = { { "n", 5, 1, 100000 } }, takes = { "high", "low" },
  init = function(self)
    self.look, self.prev_x, self.prev_y, self.started = self.n, 0, 0, false
    base.pair_init(self)
  end,
  update = function(self, x, y)
    need2(x, y)
    local px, py = self.prev_x, self.prev_y
    self.prev_x, self.prev_y = x, y
    if not self.started then
      self.started = true
      return nil
    end
    local xx, yy, xy, mx, my = base.pair(self, ratio(x - px, px), ratio(y - py, py))
    if not xx then return nil end
    -- A return is made of a quotient of prices.
    local b = base.slope(self.n, xx, yy, xy, 1 + abs(mx), 1 + abs(my))
    self.y1, self.live = b, true
    return b
  end,
}

-- A least-squares line through the last n values: linearreg its end, linearreg_slope per update, linearreg_angle in
-- degrees, linearreg_intercept its start, tsf its continuation by one.
local function straight(name, of)
  return define {
    name = name, params = { { "n", 14, 2, 100000 } }, takes = { "close" },
    init = function(self)
      self.look, self.line = self.n - 1, base.line(self.n)
    end,
    update = function(self, x)
      need(x)
      local slope, start = base.fit(self.line, x)
      if not slope then return nil end
      local y = of(slope, start, self.n)
      self.y1, self.live = y, true
      return y
    end,
  }
end

M.linearreg = straight("linearreg", function(slope, start, n) return start + slope * (n - 1) end)
M.linearreg_slope = straight("linearreg_slope", function(slope) return slope end)
M.linearreg_angle = straight("linearreg_angle", function(slope) return math.atan(slope) * (180 / math.pi) end)
M.linearreg_intercept = straight("linearreg_intercept", function(_, start) return start end)
M.tsf = straight("tsf", function(slope, start, n) return start + slope * n end)

-- sum(n), max(n), min(n), minmax(n) -> min, max: of the last n values.
M.sum = define {
  name = "sum", params = { { "n", 30, 2, 100000 } }, takes = { "close" },
  init = function(self)
    self.look, self.w = self.n - 1, window(self.n)
  end,
  update = function(self, x)
    need(x)
    slide(self.w, x)
    if not self.w.full then return nil end
    local y = total(self.w)
    self.y1, self.live = y, true
    return y
  end,
}

local function extremes_init(self)
  self.look, self.count, self.high, self.low = self.n - 1, 0, base.extreme(self.n), base.extreme(self.n)
end

M.max = define {
  name = "max", params = { { "n", 30, 2, 100000 } }, takes = { "close" },
  init = function(self) self.look, self.count, self.high = self.n - 1, 0, base.extreme(self.n) end,
  update = function(self, x)
    need(x)
    local y, count = highest(self.high, x), self.count
    self.count = count + 1
    if count < self.look then return nil end
    self.y1, self.live = y, true
    return y
  end,
}

M.min = define {
  name = "min", params = { { "n", 30, 2, 100000 } }, takes = { "close" },
  init = function(self) self.look, self.count, self.low = self.n - 1, 0, base.extreme(self.n) end,
  update = function(self, x)
    need(x)
    local y, count = 0 - highest(self.low, 0 - x), self.count
    self.count = count + 1
    if count < self.look then return nil end
    self.y1, self.live = y, true
    return y
  end,
}

M.minmax = define {
  name = "minmax", outputs = 2, params = { { "n", 30, 2, 100000 } }, takes = { "close" }, init = extremes_init,
  update = function(self, x)
    need(x)
    local high, low, count = highest(self.high, x), 0 - highest(self.low, 0 - x), self.count
    self.count = count + 1
    if count < self.look then return nil end
    self.y1, self.y2, self.live = low, high, true
    return low, high
  end,
}

-- maxindex(n), minindex(n), minmaxindex(n) -> min's, max's: the number of the update (from 0) that brought the
-- extreme of the last n values. Of equal values TA-Lib takes the newest as it arrives, but the oldest whenever the
-- one it had has left the window (and in the first window); so do we.
local function place(n)
  return { e = base.extreme_at(n, true), top = 0, at = -1, count = 0, n = n }
end

local function follow(p, x)
  local count = p.count
  p.count = count + 1
  local top, at = base.highest_at(p.e, x)
  if p.at <= count - p.n or count < p.n then
    p.top, p.at = top, at
  elseif x >= p.top then
    p.top, p.at = x, count
  end
  return p.at
end

M.maxindex = define {
  name = "maxindex", params = { { "n", 30, 2, 100000 } }, takes = { "close" },
  init = function(self) self.look, self.high = self.n - 1, place(self.n) end,
  update = function(self, x)
    need(x)
    local y = follow(self.high, x)
    if self.high.count < self.n then return nil end
    self.y1, self.live = y, true
    return y
  end,
}

M.minindex = define {
  name = "minindex", params = { { "n", 30, 2, 100000 } }, takes = { "close" },
  init = function(self) self.look, self.low = self.n - 1, place(self.n) end,
  update = function(self, x)
    need(x)
    local y = follow(self.low, 0 - x)
    if self.low.count < self.n then return nil end
    self.y1, self.live = y, true
    return y
  end,
}

M.minmaxindex = define {
  name = "minmaxindex", outputs = 2, params = { { "n", 30, 2, 100000 } }, takes = { "close" },
  init = function(self) self.look, self.high, self.low = self.n - 1, place(self.n), place(self.n) end,
  update = function(self, x)
    need(x)
    local low, high = follow(self.low, 0 - x), follow(self.high, x)
    if self.high.count < self.n then return nil end
    self.y1, self.y2, self.live = low, high, true
    return low, high
  end,
}

return M
