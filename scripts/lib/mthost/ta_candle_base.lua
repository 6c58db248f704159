-- What the candlestick patterns share: the last candles, and how TA-Lib decides what is long, short, near and equal.
--
-- A pattern is update(open, high, low, close) -> 100 (bullish), -100 (bearish), 0 (none); some give 80 or 200.
-- "Long" is a body above the mean body of the ten candles before it, a "doji" a body of at most a tenth of their
-- mean range, and so on:
--
--   long, short    body        10 candles   × 1      doji, very short shadow   range     10 candles  × 0.1
--   long shadow    own body                 × 1      short shadow              shadows   10 candles  × 1/2
--   very long shadow   own body             × 2      near 0.2, far 0.6, equal 0.05 × range, 5 candles
--
-- Prices have few decimals, so bodies and shadows often equal such a mean, or each other, and in binary fractions their
-- last bits would decide. So what is computed is compared with `noise`, more than rounding can make of it and far less than
-- a step of the price: equal is equal. The prices themselves are compared as they are. The sums behind the means begin
-- anew whenever the candles are moved to the front, so that a spike is forgotten.
local base = require "mthost.ta_base"
local K = {}
local KEEP, ROOM = 20, 80      -- candles that patterns look back on; places before they are moved to the front
local NOISE = 4 * base.NOISE   -- of the greatest price behind a sum of up to 20 differences
local max, min, abs = math.max, math.min, math.abs

local finite = base.finite

-- Takes a candle in; its place in the arrays once there are more than `wait`, else nil.
function K.push(self, open, high, low, close)
  if not (finite(open) and finite(high) and finite(low) and finite(close)) then
    error("a candle's prices must be finite numbers within 1e50", 3)
  end
  local i, o, h, l, c = self.place + 1, self.o, self.h, self.l, self.c
  if i > ROOM then
    for k = 1, KEEP do
      local from = ROOM - KEEP + k
      o[k], h[k], l[k], c[k] = o[from], h[from], l[from], c[from]
    end
    local most = 0
    for k = 1, KEEP do most = max(most, abs(h[k]), abs(l[k])) end
    i, self.begun, self.most = KEEP + 1, false, most
  end
  local most = max(self.most, abs(high), abs(low))
  self.most, self.noise = most, NOISE * most
  self.place = i
  o[i], h[i], l[i], c[i] = open, high, low, close
  local count = self.count + 1
  self.count = count
  if count > self.wait then return i end
end

-- The answer of an update. The sums have been begun; a pattern may have begun before its first answer is due.
function K.say(self, y)
  self.begun = true
  if self.count <= self.look then return nil end
  self.y1, self.live = y, true
  return y
end

-- Colours and sizes change at random: maxima of the processor, not branches, keep a pattern to one compiled path. For the
-- same reason a pattern of many conditions first asks for the least of their margins: while that is below 0 one of them
-- fails, and whether it is can be predicted, because it nearly always is.

-- The brackets make it a plain call: the compiler gives up after 15 tail calls in one update.
local function body(self, i) return (abs(self.c[i] - self.o[i])) end
K.body = body

-- Above 0 when white, below when black.
function K.rise(self, i) return self.c[i] - self.o[i] end

function K.white(self, i) return self.c[i] >= self.o[i] end
function K.black(self, i) return self.c[i] < self.o[i] end

function K.color(self, i)
  if self.c[i] >= self.o[i] then return 1 end
  return -1
end

local function top(self, i) return (max(self.o[i], self.c[i])) end
local function bottom(self, i) return (min(self.o[i], self.c[i])) end
local function upper(self, i) return self.h[i] - top(self, i) end
local function lower(self, i) return bottom(self, i) - self.l[i] end

K.top, K.bottom, K.upper, K.lower = top, bottom, upper, lower

-- Whether the body of a lies wholly above (below) that of b; the whole candle.
function K.body_gap_up(self, a, b) return bottom(self, a) > top(self, b) end
function K.body_gap_down(self, a, b) return top(self, a) < bottom(self, b) end
function K.gap_up(self, a, b) return self.l[a] > self.h[b] end
function K.gap_down(self, a, b) return self.h[a] < self.l[b] end

local function range(self, i) return self.h[i] - self.l[i] end
local function shadows(self, i) return upper(self, i) + lower(self, i) end

-- Sums over the candles before place i, one slot of self.sums each; to be called once per update.
function K.bodies(self, slot, i)
  local sums = self.sums
  if self.begun then
    local sum = sums[slot] + (body(self, i - 1) - body(self, i - 11))
    sums[slot] = sum
    return sum / 10
  end
  local sum = 0
  for k = i - 10, i - 1 do sum = sum + body(self, k) end
  sums[slot] = sum
  return sum / 10
end

function K.ranges(self, slot, i)
  local sums = self.sums
  if self.begun then
    local sum = sums[slot] + (range(self, i - 1) - range(self, i - 11))
    sums[slot] = sum
    return 0.1 * (sum / 10)
  end
  local sum = 0
  for k = i - 10, i - 1 do sum = sum + range(self, k) end
  sums[slot] = sum
  return 0.1 * (sum / 10)
end

function K.shadow(self, slot, i)
  local sums = self.sums
  if self.begun then
    local sum = sums[slot] + (shadows(self, i - 1) - shadows(self, i - 11))
    sums[slot] = sum
    return sum / 10 / 2
  end
  local sum = 0
  for k = i - 10, i - 1 do sum = sum + shadows(self, k) end
  sums[slot] = sum
  return sum / 10 / 2
end

-- Limits for comparisons. A body above long() is longer than the mean, one at most long() is not; one below short() is
-- shorter. In the same way doji() (for a body at most that, or a shadow above it) and none() (for a shadow below it), and
-- long_shadow() and short_shadow().
function K.long(self, slot, i) return K.bodies(self, slot, i) + self.noise end
function K.short(self, slot, i) return K.bodies(self, slot, i) - self.noise end
function K.doji(self, slot, i) return K.ranges(self, slot, i) + self.noise end
function K.none(self, slot, i) return K.ranges(self, slot, i) - self.noise end
function K.short_shadow(self, slot, i) return K.shadow(self, slot, i) - self.noise end

-- factor: 0.2 near, 0.6 far, 0.05 equal. What is at most distance() away is near; what is less than within() is nearer.
local function mean_range(self, slot, i, factor)
  local sums = self.sums
  if self.begun then
    local sum = sums[slot] + (range(self, i - 1) - range(self, i - 6))
    sums[slot] = sum
    return factor * (sum / 5)
  end
  local sum = 0
  for k = i - 5, i - 1 do sum = sum + range(self, k) end
  sums[slot] = sum
  return factor * (sum / 5)
end

function K.distance(self, slot, i, factor) return mean_range(self, slot, i, factor) + self.noise end
function K.within(self, slot, i, factor) return mean_range(self, slot, i, factor) - self.noise end

-- The same limits again, of sums that were carried on in this update already. What a pattern of many sums compares after
-- its first look, it asks for then: kept in locals, they are more than the compiler finds registers for.
function K.long_again(self, slot) return self.sums[slot] / 10 + self.noise end
function K.short_again(self, slot) return self.sums[slot] / 10 - self.noise end
function K.long_shadow_again(self, slot) return self.sums[slot] / 10 / 2 + self.noise end
function K.short_shadow_again(self, slot) return self.sums[slot] / 10 / 2 - self.noise end
function K.distance_again(self, slot, factor) return factor * (self.sums[slot] / 5) + self.noise end

-- pattern(name, look, slots, update, penetration, early): a class; penetration is its default where it has one;
-- early: how many candles before the first answer it begins to look.
function K.pattern(name, look, slots, update, penetration, early)
  return base.define {
    name = name, inputs = 4, takes = { "open", "high", "low", "close" },
    params = penetration and { { "penetration", penetration, 0, 1e10, whole = false } } or {},
    init = function(self)
      self.look, self.wait, self.count, self.place, self.begun = look, look - (early or 0), 0, KEEP, false
      self.o, self.h, self.l, self.c = base.ring(ROOM), base.ring(ROOM), base.ring(ROOM), base.ring(ROOM)
      self.sums = base.ring(slots)
      self.mark, self.sign, self.high, self.low, self.most, self.noise = 0, 0, 0, 0, 0, 0
    end,
    update = update,
  }
end

return K
