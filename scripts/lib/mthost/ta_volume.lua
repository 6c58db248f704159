-- Price and volume together, and prices made of prices.
local base = require "mthost.ta_base"
local define, need, need2, need3, need4 = base.define, base.need, base.need2, base.need3, base.need4
local window, slide, total, ratio, clip = base.window, base.slide, base.total, base.ratio, base.clip
local max, min = math.max, math.min

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
  if range > 0 then return ratio((close - low) - (high - close), range) * volume end
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

-- cmf(n): Chaikin's money flow, -1..1: the volumes of n bars times where the close lies in the bar, as a part of the
-- volumes; 0 while nothing was traded.
M.cmf = define {
  name = "cmf", inputs = 4, params = { { "n", 20, 2, 100000 } }, takes = { "high", "low", "close", "volume" },
  init = function(self) self.look, self.flows, self.volumes = self.n - 1, window(self.n), window(self.n) end,
  update = function(self, high, low, close, volume)
    need4(high, low, close, volume)
    slide(self.flows, flow(high, low, close, volume))
    slide(self.volumes, volume)
    if not self.flows.full then return nil end
    local y = ratio(total(self.flows), max(total(self.volumes), 0))
    self.y1, self.live = y, true
    return y
  end,
}

-- pvt(): price-volume trend: the volume times the change of the price as a part of the price before, summed up from 0 on.
M.pvt = define {
  name = "pvt", inputs = 2, takes = { "close", "volume" },
  init = function(self) self.look, self.sum, self.lost, self.prev = 0, 0, 0, 0 end,
  update = function(self, close, volume)
    need2(close, volume)
    local prev = self.prev
    self.prev = close
    local y = add(self, ratio(close - prev, prev) * volume)
    self.y1, self.live = y, true
    return y
  end,
}

-- nvi(), pvi(): negative and positive volume index: 1000 that grows with the price from bar to bar, but only on bars with
-- less (nvi) or more (pvi) volume than the one before. Source: Dysart (1936), Fosback (1976).
local function volume_index(name, sign)
  return define {
    name = name, inputs = 2, takes = { "close", "volume" },
    init = function(self) self.look, self.index, self.prev, self.before = 0, 1000, 0, 0 end,
    update = function(self, close, volume)
      need2(close, volume)
      local prev, y = self.prev, self.index
      if self.live and sign * volume > sign * self.before then
        y = max(min(y + ratio(close - prev, prev) * y, 1e100), -1e100)
      end
      self.prev, self.before, self.index, self.y1, self.live = close, volume, y, y, true
      return y
    end,
  }
end

M.nvi, M.pvi = volume_index("nvi", -1), volume_index("pvi", 1)

-- efi(n): Elder's force: ema(n) of the change of the price times the volume.
M.efi = define {
  name = "efi", inputs = 2, params = { { "n", 13, 1, 100000 } }, takes = { "close", "volume" },
  init = function(self) self.look, self.started, self.prev, self.mean = self.n, false, 0, base.average(self.n, 1) end,
  update = function(self, close, volume)
    need2(close, volume)
    local force = (close - self.prev) * volume
    self.prev = close
    if not self.started then
      self.started = true
      return nil
    end
    local y = self.mean:update(clip(force))
    if not y then return nil end
    self.y1, self.live = y, true
    return y
  end,
}

-- marketfi(): market facilitation: high - low per unit of volume; 0 without volume. Source: Williams (1995).
M.marketfi = define {
  name = "marketfi", inputs = 3, takes = { "high", "low", "volume" },
  init = function(self) self.look = 0 end,
  update = function(self, high, low, volume)
    need3(high, low, volume)
    local y = ratio(high - low, volume)
    self.y1, self.live = y, true
    return y
  end,
}

-- rvol(n): the volume over the mean volume of the n bars before; 0 while nothing was traded in them.
M.rvol = define {
  name = "rvol", params = { { "n", 20, 1, 100000 } }, takes = { "volume" },
  init = function(self) self.look, self.w = self.n, window(self.n) end,
  update = function(self, volume)
    need(volume)
    local w = self.w
    if not w.full then
      slide(w, volume)
      return nil
    end
    local y = ratio(volume, total(w) / self.n)
    slide(w, volume)
    self.y1, self.live = y, true
    return y
  end,
}

-- wad(): Williams' accumulation/distribution, without volume: a rise counts from the lower one of low and close before, a
-- fall from the higher one of high and close before, summed up from 0 on.
M.wad = define {
  name = "wad", inputs = 3, takes = { "high", "low", "close" },
  init = function(self) self.look, self.sum, self.lost, self.prev = 0, 0, 0, 0 end,
  update = function(self, high, low, close)
    need3(high, low, close)
    local prev, move = self.prev, 0
    if not self.live then prev = close end
    if close > prev then move = close - min(low, prev) elseif close < prev then move = close - max(high, prev) end
    local y = add(self, move)
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
