-- How far a fast mean is from a slow one.
local base = require "mthost.ta_base"
local overlap = require "mthost.ta_overlap"
local define, need, need2 = base.define, base.need, base.need2
local window, slide, total, clip, ratio, NOISE = base.window, base.slide, base.total, base.clip, base.ratio, base.NOISE
local max, min, abs = math.max, math.min, math.abs

base.file = "ta_means"
local M = {}

-- apo(fast, slow, type): fast minus slow mean. ppo: the same in per cent of the slow one. pvo: ppo of the volume, of
-- exponential means unless told otherwise; 0 while the slow mean is 0.
local function two_means(name, of, takes, kind)
  return define {
    name = name, takes = { takes },
    params = { { "fast", 12, 2, 100000 }, { "slow", 26, 2, 100000 }, base.kind("type", kind) },
    init = function(self)
      self.a = base.average(min(self.fast, self.slow), self.type)
      self.b = base.average(max(self.fast, self.slow), self.type)
      self.look = max(self.a.look, self.b.look)
    end,
    update = function(self, x)
      need(x)
      local a, b = self.a:update(x), self.b:update(x)
      if not (a and b) then return nil end
      local y = of(a, b)
      self.y1, self.live = y, true
      return y
    end,
  }
end

local LEAST = 1e-240      -- a mean of nothing but zeros since thousands of updates: none of its digits is left

local function percentage(a, b) return ratio(a - b, b) * 100 end
local function percentage_of_volume(a, b) return abs(b) > LEAST and ratio(a - b, b) * 100 or 0 end

M.apo = two_means("apo", function(a, b) return a - b end, "close", 0)
M.ppo = two_means("ppo", percentage, "close", 0)
M.pvo = two_means("pvo", percentage_of_volume, "volume", 1)

-- macd(fast, slow, signal) -> macd, signal, histogram. The fast ema begins so late that both means begin together.
-- macdfix(signal): weights 0.15 and 0.075. macdext: any kind of mean (see ta.ma).
local function macd_step(self, x)
  local count = self.count
  if count < self.wait_a or count < self.wait_b then self.count = count + 1 end
  local a, b = nil, nil
  if count >= self.wait_a then a = self.a:update(x) end
  if count >= self.wait_b then b = self.b:update(x) end
  if not (a and b) then return nil end
  local y = a - b
  local signal = self.c:update(clip(y))
  if not signal then return nil end
  local histogram = y - signal
  self.y1, self.y2, self.y3, self.live = y, signal, histogram, true
  return y, signal, histogram
end

local function macd_init(self, a, b, c)
  local most = max(a.look, b.look)
  self.a, self.b, self.c, self.count = a, b, c, 0
  self.wait_a, self.wait_b = most - a.look, most - b.look
  self.look = most + c.look
end

M.macd = define {
  name = "macd", outputs = 3, takes = { "close" },
  params = { { "fast", 12, 2, 100000 }, { "slow", 26, 2, 100000 }, { "signal", 9, 1, 100000 } },
  init = function(self)
    macd_init(self, overlap.ema(min(self.fast, self.slow)), overlap.ema(max(self.fast, self.slow)),
      overlap.ema(self.signal))
  end,
  update = function(self, x)
    need(x)
    return macd_step(self, x)
  end,
}

M.macdfix = define {
  name = "macdfix", outputs = 3, takes = { "close" }, params = { { "signal", 9, 1, 100000 } },
  init = function(self)
    macd_init(self, overlap.ema(12), overlap.ema(26), overlap.ema(self.signal))
    self.a.k, self.b.k = 0.15, 0.075
  end,
  update = function(self, x)
    need(x)
    return macd_step(self, x)
  end,
}

M.macdext = define {
  name = "macdext", outputs = 3, takes = { "close" },
  params = { { "fast", 12, 2, 100000 }, base.kind("fast_type", 0), { "slow", 26, 2, 100000 }, base.kind("slow_type", 0),
             { "signal", 9, 1, 100000 }, base.kind("signal_type", 0) },
  init = function(self)
    local fast, slow = base.average(self.fast, self.fast_type), base.average(self.slow, self.slow_type)
    if self.slow < self.fast then fast, slow = slow, fast end
    macd_init(self, fast, slow, base.average(self.signal, self.signal_type))
  end,
  update = function(self, x)
    need(x)
    return macd_step(self, x)
  end,
}

-- ao(fast, slow): fast minus slow simple mean of the middles of the bars; 0 while the two are the same but for their last
-- bits. ac(fast, slow, signal): ao minus its own simple mean of `signal` values.
local function awesome_init(self)
  self.a, self.b, self.count, self.wait = window(self.fast), window(self.slow), 0, max(self.fast, self.slow) - 1
  -- What rounding can make of a sum grows with the number of its values.
  self.noise = NOISE * (self.wait + 1)
end

-- -> the difference and what rounding can have made of it, or nil
local function awesome(self, high, low)
  local middle, count = (high + low) / 2, self.count
  slide(self.a, middle)
  slide(self.b, middle)
  if count < self.wait then
    self.count = count + 1
    return nil
  end
  local slow = total(self.b) / self.slow
  local y, noise = total(self.a) / self.fast - slow, self.noise * abs(slow)
  if abs(y) <= noise then y = 0 end
  return y, noise
end

M.ao = define {
  name = "ao", inputs = 2, takes = { "high", "low" }, params = { { "fast", 5, 2, 100000 }, { "slow", 34, 2, 100000 } },
  init = function(self)
    awesome_init(self)
    self.look = self.wait
  end,
  update = function(self, high, low)
    need2(high, low)
    local y = awesome(self, high, low)
    if not y then return nil end
    self.y1, self.live = y, true
    return y
  end,
}

M.ac = define {
  name = "ac", inputs = 2, takes = { "high", "low" },
  params = { { "fast", 5, 2, 100000 }, { "slow", 34, 2, 100000 }, { "signal", 5, 2, 100000 } },
  init = function(self)
    awesome_init(self)
    self.c = window(self.signal)
    self.look = self.wait + self.signal - 1
  end,
  update = function(self, high, low)
    need2(high, low)
    local ao, noise = awesome(self, high, low)
    if not ao then return nil end
    slide(self.c, ao)
    if not self.c.full then return nil end
    local y = ao - total(self.c) / self.signal
    if abs(y) <= noise then y = 0 end
    self.y1, self.live = y, true
    return y
  end,
}

return M
