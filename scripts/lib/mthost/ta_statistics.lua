-- Statistics over the last n values.
local base = require "mthost.ta_base"
local define, need, need2, moments = base.define, base.need, base.need2, base.moments
local sqrt, abs = math.sqrt, math.abs
local window, slide, highest = base.window, base.slide, base.highest

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
    self.look, self.w = self.n - 1, window(self.n)
  end,
  update = function(self, x)
    need(x)
    local w, n = self.w, self.n
    local mean = slide(w, x) / n
    if not w.full then return nil end
    local sum, ring = 0, w.ring
    for i = 1, n do sum = sum + abs(ring[i] - mean) end
    local y = sum / n
    self.y1, self.live = y, true
    return y
  end,
}

-- Sums of two series at once, around references, as in moments(): for correl and beta.
function base.pair_init(self)
  self.xs, self.ys, self.pos, self.full, self.begun = base.ring(self.n), base.ring(self.n), 1, false, false
  self.rx, self.ry, self.sx, self.sy, self.sxx, self.syy, self.sxy = 0, 0, 0, 0, 0, 0, 0
  self.gx, self.gy, self.fx, self.fy, self.fxx, self.fyy, self.fxy = 0, 0, 0, 0, 0, 0, 0
end

function base.pair(self, x, y)
  local n, pos, xs, ys = self.n, self.pos, self.xs, self.ys
  if not self.begun then self.begun, self.gx, self.gy = true, x, y end
  local ox, oy, nx, ny = xs[pos] - self.rx, ys[pos] - self.ry, x - self.rx, y - self.ry
  self.sx, self.sy = self.sx - ox + nx, self.sy - oy + ny
  self.sxx, self.syy = self.sxx - ox * ox + nx * nx, self.syy - oy * oy + ny * ny
  self.sxy = self.sxy - ox * oy + nx * ny
  local fx, fy = x - self.gx, y - self.gy
  self.fx, self.fy = self.fx + fx, self.fy + fy
  self.fxx, self.fyy, self.fxy = self.fxx + fx * fx, self.fyy + fy * fy, self.fxy + fx * fy
  xs[pos], ys[pos] = x, y
  if pos == n then
    self.rx, self.ry, self.sx, self.sy = self.gx, self.gy, self.fx, self.fy
    self.sxx, self.syy, self.sxy = self.fxx, self.fyy, self.fxy
    self.gx, self.gy = self.fx / n + self.gx, self.fy / n + self.gy
    self.fx, self.fy, self.fxx, self.fyy, self.fxy = 0, 0, 0, 0, 0
    pos, self.full = 0, true
  end
  self.pos = pos + 1
  return self.full
end

-- correl(n): Pearson's correlation of two series, -1..1; 0 while one of them stands still.
M.correl = define {
  name = "correl", inputs = 2, params = { { "n", 30, 1, 100000 } }, takes = { "high", "low" },
  init = function(self)
    self.look = self.n - 1
    base.pair_init(self)
  end,
  update = function(self, x, y)
    need2(x, y)
    if not base.pair(self, x, y) then return nil end
    local n = self.n
    local both = (self.sxx - self.sx * self.sx / n) * (self.syy - self.sy * self.sy / n)
    local r = 0
    if both > 1e-14 then r = (self.sxy - self.sx * self.sy / n) / sqrt(both) end
    self.y1, self.live = r, true
    return r
  end,
}

-- beta(n): slope of the second series' returns over the first's, over n returns.
M.beta = define {
  name = "beta", inputs = 2, params = { { "n", 5, 1, 100000 } }, takes = { "high", "low" },
  init = function(self)
    self.look, self.px, self.py, self.started = self.n, 0, 0, false
    base.pair_init(self)
  end,
  update = function(self, x, y)
    need2(x, y)
    local px, py = self.px, self.py
    self.px, self.py = x, y
    if not self.started then
      self.started = true
      return nil
    end
    local rx, ry = 0, 0
    if px > 1e-14 or px < -1e-14 then rx = (x - px) / px end
    if py > 1e-14 or py < -1e-14 then ry = (y - py) / py end
    if not base.pair(self, rx, ry) then return nil end
    local n, b = self.n, 0
    local spread = n * self.sxx - self.sx * self.sx
    if spread > 1e-14 then b = (n * self.sxy - self.sx * self.sy) / spread end
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
    local y = slide(self.w, x)
    if not self.w.full then return nil end
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
