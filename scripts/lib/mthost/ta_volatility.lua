-- How far the price moves.
local base = require "mthost.ta_base"
local define, need3, range = base.define, base.need3, base.range

base.file = "ta_volatility"
local M = {}

-- trange(): true range; the first bar has none.
M.trange = define {
  name = "trange", inputs = 3, takes = { "high", "low", "close" },
  init = function(self)
    self.look = 1
    self.started, self.prev = false, 0
  end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local y = range(high, low, self.prev)
    self.prev = close
    if not self.started then
      self.started = true
      return nil
    end
    self.y1, self.live = y, true
    return y
  end,
}

local function atr_init(self)
  self.look = self.n
  self.count, self.prev, self.atr = 0, 0, 0
end

local function atr_step(self, high, low, close)
  local n, count = self.n, self.count
  local tr = range(high, low, self.prev)
  self.prev = close
  if count > n then
    local y = (self.atr * (n - 1) + tr) / n
    self.atr = y
    return y
  end
  self.count = count + 1
  if count == 0 then return nil end
  local sum = self.atr + tr
  if count == n then sum = sum / n end
  self.atr = sum
  if count == n then return sum end
end

-- atr(n): mean of the first n true ranges (from the second bar on), then smoothed by 1/n.
M.atr = define {
  name = "atr", params = { { "n", 14, 1, 100000 } }, inputs = 3, takes = { "high", "low", "close" }, init = atr_init,
  update = function(self, high, low, close)
    need3(high, low, close)
    local y = atr_step(self, high, low, close)
    if y then
      self.y1, self.live = y, true
      return y
    end
  end,
}

-- natr(n): atr in per cent of the close; 0 of a close of 0.
M.natr = define {
  name = "natr", params = { { "n", 14, 1, 100000 } }, inputs = 3, takes = { "high", "low", "close" }, init = atr_init,
  update = function(self, high, low, close)
    need3(high, low, close)
    local atr = atr_step(self, high, low, close)
    if not atr then return nil end
    local y = base.ratio(atr, close) * 100
    self.y1, self.live = y, true
    return y
  end,
}

return M
