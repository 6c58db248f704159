-- Price and volume together, and prices made of prices.
local base = require "mthost.ta_base"
local define, need2, need3, need4 = base.define, base.need2, base.need3, base.need4

base.file = "ta_volume"
local M = {}

-- A sum that never ends, with what rounding took away kept beside it.
local function add(self, x)
  local sum = self.sum
  local t = sum + x
  local a, b = sum < 0 and -sum or sum, x < 0 and -x or x
  if a >= b then
    self.lost = self.lost + ((sum - t) + x)
  else
    self.lost = self.lost + ((x - t) + sum)
  end
  self.sum = t
  return t + self.lost
end

-- The volume × where the close lies in the bar, -1 (at its low) to 1 (at its high); 0 of a bar without a range.
local function flow(high, low, close, volume)
  local range = high - low
  if range > 0 then return base.ratio((close - low) - (high - close), range) * volume end
  return 0
end

-- ad(): accumulation/distribution: volume × where the close lies in the bar (-1..1), summed up.
M.ad = define {
  name = "ad", inputs = 4, takes = { "high", "low", "close", "volume" },
  init = function(self) self.look, self.sum, self.lost = 0, 0, 0 end,
  update = function(self, high, low, close, volume)
    need4(high, low, close, volume)
    local y = add(self, flow(high, low, close, volume))
    self.y1, self.live = y, true
    return y
  end,
}

-- adosc(fast, slow): fast minus slow ema of ad, both from its first value. What is carried on is how far each ema is from
-- ad, so that a large volume long ago takes no digits from what comes after it.
M.adosc = define {
  name = "adosc", inputs = 4, takes = { "high", "low", "close", "volume" },
  params = { { "fast", 3, 2, 100000 }, { "slow", 10, 2, 100000 } },
  init = function(self)
    self.look = math.max(self.fast, self.slow) - 1
    self.count, self.a, self.b = 0, 0, 0
    self.ka, self.kb = 2 / (self.fast + 1), 2 / (self.slow + 1)
  end,
  update = function(self, high, low, close, volume)
    need4(high, low, close, volume)
    local change, count = flow(high, low, close, volume), self.count
    if count > 0 then self.a, self.b = (1 - self.ka) * (self.a - change), (1 - self.kb) * (self.b - change) end
    self.count = count + 1
    if count < self.look then return nil end
    local y = self.a - self.b
    self.y1, self.live = y, true
    return y
  end,
}

-- obv(): on-balance volume: the volume of rising bars minus that of falling ones, from the first bar's volume on.
M.obv = define {
  name = "obv", inputs = 2, takes = { "close", "volume" },
  init = function(self) self.look, self.sum, self.lost, self.prev = 0, 0, 0, 0 end,
  update = function(self, close, volume)
    need2(close, volume)
    local y
    if not self.live or close > self.prev then
      y = add(self, volume)
    elseif close < self.prev then
      y = add(self, -volume)
    else
      y = self.sum + self.lost
    end
    self.prev, self.y1, self.live = close, y, true
    return y
  end,
}

local function now(self) self.look = 0 end

-- avgprice(): (open + high + low + close) / 4. medprice(): (high + low) / 2. typprice(): (high + low + close) / 3.
-- wclprice(): (high + low + 2 close) / 4.
M.avgprice = define {
  name = "avgprice", inputs = 4, takes = { "open", "high", "low", "close" }, init = now,
  update = function(self, open, high, low, close)
    need4(open, high, low, close)
    local y = (high + low + close + open) / 4
    self.y1, self.live = y, true
    return y
  end,
}

M.medprice = define {
  name = "medprice", inputs = 2, takes = { "high", "low" }, init = now,
  update = function(self, high, low)
    need2(high, low)
    local y = (high + low) / 2
    self.y1, self.live = y, true
    return y
  end,
}

M.typprice = define {
  name = "typprice", inputs = 3, takes = { "high", "low", "close" }, init = now,
  update = function(self, high, low, close)
    need3(high, low, close)
    local y = (high + low + close) / 3
    self.y1, self.live = y, true
    return y
  end,
}

M.wclprice = define {
  name = "wclprice", inputs = 3, takes = { "high", "low", "close" }, init = now,
  update = function(self, high, low, close)
    need3(high, low, close)
    local y = (high + low + close * 2) / 4
    self.y1, self.live = y, true
    return y
  end,
}

return M
