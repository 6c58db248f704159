-- How far the price moves.
local base = require "mthost.ta_base"
local overlap = require "mthost.ta_overlap"
local define, need, need2, need3, range = base.define, base.need, base.need2, base.need3, base.range
local window, slide, total, ratio, clip = base.window, base.slide, base.total, base.ratio, base.clip
local sqrt = math.sqrt

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

-- adr(n): mean of high - low over the last n bars.
M.adr = define {
  name = "adr", inputs = 2, params = { { "n", 14, 1, 100000 } }, takes = { "high", "low" },
  init = function(self) self.look, self.w = self.n - 1, window(self.n) end,
  update = function(self, high, low)
    need2(high, low)
    slide(self.w, high - low)
    if not self.w.full then return nil end
    local y = total(self.w) / self.n
    self.y1, self.live = y, true
    return y
  end,
}

-- What is smoothed shrinks for ever while nothing moves. What is made of such means keeps its value when they have come
-- this far down, where none of their digits is left.
local LEAST = 1e-240

-- cvi(n, m): Chaikin's volatility: how many per cent the ema(n) of high - low has changed in m updates; 0 before there was
-- any range.
M.cvi = define {
  name = "cvi", inputs = 2, takes = { "high", "low" }, params = { { "n", 10, 2, 100000 }, { "m", 10, 1, 100000 } },
  init = function(self)
    self.mean, self.line = overlap.ema(self.n), base.delay_line(self.m)
    self.look = self.n - 1 + self.m
  end,
  update = function(self, high, low)
    need2(high, low)
    local mean = self.mean:update(clip(high - low))
    if not mean then return nil end
    local old = base.delay(self.line, mean)
    if not old then return nil end
    local y = self.y1
    if old > LEAST or old < -LEAST then y = ratio(mean - old, old) * 100 end
    self.y1, self.live = y, true
    return y
  end,
}

-- massi(n, m): mass index: the ema(n) of high - low over the ema of that, summed over m bars; each is 1 before there was any
-- range. Source: Dorsey (1992).
M.massi = define {
  name = "massi", inputs = 2, takes = { "high", "low" }, params = { { "n", 9, 2, 100000 }, { "m", 25, 2, 100000 } },
  init = function(self)
    self.a, self.b, self.w, self.part = overlap.ema(self.n), overlap.ema(self.n), window(self.m), 1
    self.look = 2 * (self.n - 1) + self.m - 1
  end,
  update = function(self, high, low)
    need2(high, low)
    local a = self.a:update(clip(high - low))
    if not a then return nil end
    local b = self.b:update(a)
    if not b then return nil end
    local part = self.part
    if b > LEAST or b < -LEAST then
      part = ratio(a, b)
      self.part = part
    end
    slide(self.w, part)
    if not self.w.full then return nil end
    local y = total(self.w)
    self.y1, self.live = y, true
    return y
  end,
}

-- rvi(n, m): relative volatility, 0..100: the standard deviation of the last m values counts as gain where the value rose
-- and as loss where it fell; Wilder's mean of the gains against both means, as in rsi. 50 before anything has moved, and
-- while nothing moves it keeps its value. Source: Dorsey (1995).
M.rvi = define {
  name = "rvi", params = { { "n", 14, 1, 100000 }, { "m", 10, 2, 100000 } }, takes = { "close" },
  init = function(self)
    self.look, self.prev = self.m - 1 + self.n - 1, 0
    self.spread, self.gain, self.loss = { n = self.m, live = false }, overlap.rma(self.n), overlap.rma(self.n)
    base.moments_init(self.spread)
  end,
  update = function(self, x)
    need(x)
    local change = x - self.prev
    self.prev = x
    local mean, variance = base.moments(self.spread, x)
    if not mean then return nil end
    local deviation = sqrt(variance)
    local gain, loss = self.gain:update(change > 0 and deviation or 0), self.loss:update(change < 0 and deviation or 0)
    if not gain then return nil end
    local sum, y = gain + loss, self.y1
    -- (Both means shrink by the same factor then. Without a memory there is nothing to keep.)
    if not self.live or self.n == 1 then y = 50 end
    if sum > 0 and (change ~= 0 or not self.live) then y = 100 * (gain / sum) end
    self.y1, self.live = y, true
    return y
  end,
}

return M
