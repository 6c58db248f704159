-- Statistics over the last n values.
local base = require "mthost.ta_base"
local define, need, moments, sqrt = base.define, base.need, base.moments, math.sqrt

local M = {}

local function init(self)
  self.look = self.n - 1
  base.moments_init(self)
end

-- Population variance.
M.var = define {
  name = "var", params = { { "n", 5, 1, 100000 } }, takes = { "close" }, init = init,
  update = function(self, x)
    need(x)
    local mean, variance = moments(self, x)
    if mean then
      self.y1 = variance
      return variance
    end
  end,
}

-- Population standard deviation, `times` times.
M.stddev = define {
  name = "stddev", params = { { "n", 5, 2, 100000 }, { "times", 1, -1e10, 1e10, whole = false } }, takes = { "close" },
  init = init,
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

-- How many population deviations the newest value lies above the mean of its window; 0 in a flat window.
M.zscore = define {
  name = "zscore", params = { { "n", 20, 2, 100000 } }, takes = { "close" }, init = init,
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

return M
