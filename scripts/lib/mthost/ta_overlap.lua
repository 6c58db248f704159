-- Averages that lie over the price.
local base = require "mthost.ta_base"
local define, need, ring = base.define, base.need, base.ring
local moments, sqrt = base.moments, math.sqrt

local M = {}

-- Simple mean of the last n values.
-- A running sum would drift; here `fresh` collects the same window from zero and takes over once per turn of the ring.
M.sma = define {
  name = "sma", params = { { "n", 30, 1, 100000 } }, takes = { "close" },
  init = function(self)
    self.look = self.n - 1
    self.ring, self.pos, self.sum, self.fresh = ring(self.n), 1, 0, 0
  end,
  update = function(self, x)
    need(x)
    local n, pos, window = self.n, self.pos, self.ring
    local fresh = self.fresh + x
    local sum = self.sum - window[pos] + x
    window[pos] = x
    if pos == n then
      sum, fresh, pos, self.live = fresh, 0, 0, true
    end
    self.sum, self.fresh, self.pos = sum, fresh, pos + 1
    if self.live then
      local y = sum / n
      self.y1 = y
      return y
    end
  end,
}

-- Exponential mean, weight 2/(n+1). It starts from the simple mean of the first n values as TA-Lib's does; with
-- { seed = "first" } from the first value, at once.
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
      y = sum / count
      self.y1, self.live = y, true
      return y
    end
  end,
}

-- Bollinger bands: upper, middle, lower around the simple mean, `up` and `down` population deviations away.
M.bbands = define {
  name = "bbands", outputs = 3, takes = { "close" },
  params = { { "n", 5, 2, 100000 }, { "up", 2, -1e10, 1e10, whole = false }, { "down", 2, -1e10, 1e10, whole = false } },
  init = function(self)
    self.look = self.n - 1
    base.moments_init(self)
  end,
  update = function(self, x)
    need(x)
    local mean, variance = moments(self, x)
    if mean then
      local sd = sqrt(variance)
      local upper, lower = mean + self.up * sd, mean - self.down * sd
      self.y1, self.y2, self.y3 = upper, mean, lower
      return upper, mean, lower
    end
  end,
}

return M
