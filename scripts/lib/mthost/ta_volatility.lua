-- How far the price moves.
local base = require "mthost.ta_base"
local define, need3 = base.define, base.need3

local M = {}

-- The greatest of high - low and the distances of both from the close before.
local function range(high, low, close_before)
  local y = high - low
  local up, down = high - close_before, close_before - low
  if up < 0 then up = -up end
  if down < 0 then down = -down end
  if up > y then y = up end
  if down > y then y = down end
  return y
end

-- True range; the first bar has none.
M.trange = define {
  name = "trange", inputs = 3, takes = { "high", "low", "close" },
  init = function(self)
    self.look = 1
    self.started, self.prev = false, 0
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    if not self.started then
      self.started, self.prev = true, close
      return nil
    end
    local y = range(high, low, self.prev)
    self.prev, self.y1, self.live = close, y, true
    return y
  end,
}

-- Average true range: mean of the first n true ranges (from the second bar on), then smoothed by 1/n.
M.atr = define {
  name = "atr", params = { { "n", 14, 1, 100000 } }, inputs = 3, takes = { "high", "low", "close" },
  init = function(self)
    self.look = self.n
    self.count, self.prev, self.sum = 0, 0, 0
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local n, count, y = self.n, self.count, nil
    local tr = range(high, low, self.prev)
    self.prev = close
    if self.live then
      y = (self.y1 * (n - 1) + tr) / n
      self.y1 = y
      return y
    end
    self.count = count + 1
    if count == 0 then return nil end
    local sum = self.sum + tr
    self.sum = sum
    if count == n then
      y = sum / n
      self.y1, self.live = y, true
      return y
    end
  end,
}

return M
