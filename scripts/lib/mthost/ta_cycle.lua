-- Ehlers' Hilbert-transform cycle analysis, with TA-Lib's constants and start.
-- Prices are smoothed over 4 values, split into an in-phase and a quadrature part by a filter of 7 taps (every second
-- one zero) whose gain follows the period found last, and the turn of the phase from value to value gives the period.
local base = require "mthost.ta_base"
local define, need = base.define, base.need
local atan, sin, cos, max, min, abs = math.atan, math.sin, math.cos, math.max, math.min, math.abs

base.file = "ta_cycle"
local M = {}
local DEG = 45 / atan(1)        -- degrees per radian
local LEAST = 2 ^ -960          -- below this products begin to lose their digits

-- Sine and cosine of i steps of a circle cut into p parts, for each period p that can occur.
local SINE, COSINE = {}, {}
for p = 1, 51 do
  SINE[p], COSINE[p] = {}, {}
  for i = 0, p - 1 do
    local angle = i * (8 * atan(1)) / p
    SINE[p][i + 1], COSINE[p][i + 1] = sin(angle), cos(angle)
  end
end

-- One filter. Only every second input counts, so line holds the last three of the even updates and, from place 4, of the
-- odd ones; `at` (0 or 3) is whose turn it is.
local function hilbert(line, x, gain, at)
  local l2, l4, l6 = line[at + 1], line[at + 2], line[at + 3]
  -- In differences: of equal values exactly 0.
  local y = (0.0962 * (x - l6) + 0.5769 * (l2 - l4)) * gain
  line[at + 3], line[at + 2], line[at + 1] = l4, l2, x
  return y
end

-- first: how many values are only smoothed before the filters start; 12 or 37, as in TA-Lib.
local function analyse_init(self, look, first)
  self.look, self.first, self.count = look, first, 0
  self.x1, self.x2, self.x3 = 0, 0, 0
  self.smooth, self.i, self.q, self.turn_of = 0, 0, 0, 0
  self.price, self.detrend, self.in_phase, self.quad = base.ring(6), base.ring(6), base.ring(6), base.ring(6)
  self.i2, self.q2, self.re, self.im, self.period, self.smooth_period = 0, 0, 0, 0, 0, 0
end

-- Feeds one price; true once the filters run. Leaves self.smooth, self.i and self.q (in-phase, quadrature),
-- and for period_step the second stage in self.ni, self.nq.
local function analyse(self, x)
  local count = self.count
  self.count = count + 1
  local smooth = (4 * x + 3 * self.x1 + 2 * self.x2 + self.x3) / 10
  self.x3, self.x2, self.x1 = self.x2, self.x1, x
  self.smooth = smooth
  if count < self.first then return false end
  local gain = 0.075 * self.period + 0.54
  local at = self.turn_of
  self.turn_of = 3 - at
  local in_phase = self.detrend[3 - at + 2]      -- three updates ago
  local detrend = hilbert(self.price, smooth, gain, at)
  local quad = hilbert(self.detrend, detrend, gain, at)
  local ji, jq = hilbert(self.in_phase, in_phase, gain, at), hilbert(self.quad, quad, gain, at)
  self.i, self.q = in_phase, quad
  local i2, q2 = 0.2 * (in_phase - jq) + 0.8 * self.i2, 0.2 * (quad + ji) + 0.8 * self.q2
  local re = 0.2 * (i2 * self.i2 + q2 * self.q2) + 0.8 * self.re
  local im = 0.2 * (i2 * self.q2 - q2 * self.i2) + 0.8 * self.im
  self.i2, self.q2, self.re, self.im = i2, q2, re, im
  local before = self.period
  local period = before
  -- While the price stands still both shrink by the same factor, until there is no number small enough: then the period
  -- stays.
  if abs(im) > LEAST and abs(re) > LEAST then period = 360 / (atan(im / re) * DEG) end
  -- Which bound holds cannot be predicted: no branches.
  period = min(max(max(min(period, 1.5 * before), 0.67 * before), 6), 50)
  period = 0.2 * period + 0.8 * before
  self.period = period
  self.smooth_period = 0.33 * period + 0.67 * self.smooth_period
  return true
end

-- ht_dcperiod(): the dominant cycle's length in updates.
M.ht_dcperiod = define {
  name = "ht_dcperiod", takes = { "close" },
  init = function(self) analyse_init(self, 32, 12) end,
  update = function(self, x)
    need(x)
    if not analyse(self, x) or self.count <= self.look then return nil end
    local y = self.smooth_period
    self.y1, self.live = y, true
    return y
  end,
}

-- ht_phasor() -> in-phase, quadrature.
M.ht_phasor = define {
  name = "ht_phasor", outputs = 2, takes = { "close" },
  init = function(self) analyse_init(self, 32, 12) end,
  update = function(self, x)
    need(x)
    if not analyse(self, x) or self.count <= self.look then return nil end
    local i, q = self.i, self.q
    self.y1, self.y2, self.live = i, q, true
    return i, q
  end,
}

-- The phase of the dominant cycle: a Fourier sum over one period of smoothed prices (6 to 50 values, read anew each
-- time, because the period changes). The ring stands twice in its array, so that the values of any period lie in a row.
local function phase_init(self)
  analyse_init(self, 63, 37)
  self.smooths, self.pos, self.phase = base.ring(100), 1, 0
end

local function phase(self)
  local smooths, pos = self.smooths, self.pos
  smooths[pos], smooths[pos + 50] = self.smooth, self.smooth
  local length = self.smooth_period + 0.5
  length = length - length % 1
  local sines, cosines, from = SINE[length], COSINE[length], pos + 51
  -- Sines and cosines of a whole cycle sum up to nothing, so prices may be taken as distances from one of them: equal
  -- prices have no phase, and a large price with a small cycle loses no digits.
  local real, imaginary, ref = 0, 0, length > 1 and self.smooth or 0
  for i = 1, length do
    local x = smooths[from - i] - ref
    real, imaginary = real + sines[i] * x, imaginary + cosines[i] * x
  end
  self.pos = pos % 50 + 1
  local y = self.phase
  if imaginary ~= 0 then
    y = atan(real / imaginary) * DEG
  elseif real < 0 then
    y = y - 90
  elseif real > 0 then
    y = y + 90
  end
  y = y + 90
  -- The smoothing lags by one value.
  y = y + 360 / self.smooth_period
  if imaginary < 0 then y = y + 180 end
  if y > 315 then y = y - 360 end
  self.phase = y
  return y
end

-- ht_dcphase(): the dominant cycle's phase in degrees, -45..315.
M.ht_dcphase = define {
  name = "ht_dcphase", takes = { "close" }, init = phase_init,
  update = function(self, x)
    need(x)
    if not analyse(self, x) then return nil end
    local y = phase(self)
    if self.count <= self.look then return nil end
    self.y1, self.live = y, true
    return y
  end,
}

-- ht_sine() -> sine, lead sine: of the phase, and of the phase 45 degrees ahead.
M.ht_sine = define {
  name = "ht_sine", outputs = 2, takes = { "close" }, init = phase_init,
  update = function(self, x)
    need(x)
    if not analyse(self, x) then return nil end
    local y = phase(self)
    if self.count <= self.look then return nil end
    local sine, lead = sin(y / DEG), sin((y + 45) / DEG)
    self.y1, self.y2, self.live = sine, lead, true
    return sine, lead
  end,
}

-- Sums of the prices from the start of the ring, so that the sum of any number of the last ones is one difference. They
-- begin anew with each turn, lest they grow for ever.
local function trend_init(self)
  self.sums, self.at, self.total, self.oldest, self.t1, self.t2, self.t3 = base.ring(50), 0, 0, 0, 0, 0, 0
end

local function keep_raw(self, x)
  local sums, at, total = self.sums, self.at, self.total
  if at == 50 then
    for i = 1, 50 do sums[i] = sums[i] - total end
    at, total = 0, 0
  end
  total = total + x
  self.oldest = sums[at + 1]      -- the sum before the value that came 49 updates ago
  sums[at + 1] = total
  self.at, self.total = at + 1, total
end

-- Mean over the dominant cycle, smoothed over 4.
local function trend_line(self)
  local length, sum = self.smooth_period + 0.5, 0
  length = length - length % 1
  if length > 0 then
    local from = self.at - length
    local before
    if length == 50 then
      before = self.oldest
    elseif from == 0 then
      before = 0
    else
      if from < 0 then from = from + 50 end
      before = self.sums[from]
    end
    sum = (self.total - before) / length
  end
  local y = (4 * sum + 3 * self.t1 + 2 * self.t2 + self.t3) / 10
  self.t3, self.t2, self.t1 = self.t2, self.t1, sum
  return y
end

-- ht_trendline(): the price without its dominant cycle.
M.ht_trendline = define {
  name = "ht_trendline", takes = { "close" },
  init = function(self)
    analyse_init(self, 63, 37)
    trend_init(self)
  end,
  update = function(self, x)
    need(x)
    keep_raw(self, x)
    if not analyse(self, x) then return nil end
    local y = trend_line(self)
    if self.count <= self.look then return nil end
    self.y1, self.live = y, true
    return y
  end,
}

-- ht_trendmode(): 1 in a trend, 0 in a cycle.
M.ht_trendmode = define {
  name = "ht_trendmode", takes = { "close" },
  init = function(self)
    phase_init(self)
    trend_init(self)
    self.sine, self.lead, self.days = 0, 0, 0
  end,
  update = function(self, x)
    need(x)
    keep_raw(self, x)
    if not analyse(self, x) then return nil end
    local phase_before, sine_before, lead_before = self.phase, self.sine, self.lead
    local now = phase(self)
    local sine, lead = sin(now / DEG), sin((now + 45) / DEG)
    self.sine, self.lead = sine, lead
    local line, trend = trend_line(self), 1
    if (sine > lead and sine_before <= lead_before) or (sine < lead and sine_before >= lead_before) then
      self.days, trend = 0, 0
    end
    self.days = self.days + 1
    local period = self.smooth_period
    if self.days < 0.5 * period then trend = 0 end
    local turn = now - phase_before
    if turn > 0.67 * 360 / period and turn < 1.5 * 360 / period then trend = 0 end
    if line ~= 0 then
      local away = (self.smooth - line) / line
      if away >= 0.015 or away <= -0.015 then trend = 1 end
    end
    if self.count <= self.look then return nil end
    self.y1, self.live = trend, true
    return trend
  end,
}

-- mama(fast, slow) -> mama, fama: means whose weight follows how fast the phase turns, from `slow` to `fast`.
M.mama = define {
  name = "mama", outputs = 2, takes = { "close" },
  params = { { "fast", 0.5, 0.01, 0.99, whole = false }, { "slow", 0.05, 0.01, 0.99, whole = false } },
  init = function(self)
    analyse_init(self, 32, 12)
    self.turn, self.mama, self.fama = 0, 0, 0
  end,
  update = function(self, x)
    need(x)
    if not analyse(self, x) then return nil end
    local i, now = self.i, 0
    if i ~= 0 then now = atan(self.q / i) * DEG end
    local delta = self.turn - now
    self.turn = now
    delta = max(delta, 1)
    local k = self.fast
    if k >= self.slow or delta > 1 then k = max(k / delta, self.slow) end
    local mama = k * x + (1 - k) * self.mama
    local fama = 0.5 * k * mama + (1 - 0.5 * k) * self.fama
    self.mama, self.fama = mama, fama
    if self.count <= self.look then return nil end
    self.y1, self.y2, self.live = mama, fama, true
    return mama, fama
  end,
}

require("mthost.ta_overlap").mama = M.mama      -- ta.ma's kind 7

return M
