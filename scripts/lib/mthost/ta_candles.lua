-- Patterns of one and two candles. i is the newest candle, i - 1 the one before it.
local base, K = require "mthost.ta_base", require "mthost.ta_candle_base"
local push, say, pattern = K.push, K.say, K.pattern
local body, rise, white, black, color = K.body, K.rise, K.white, K.black, K.color
local top, bottom, min = K.top, K.bottom, math.min
local upper, lower, body_gap_up, body_gap_down = K.upper, K.lower, K.body_gap_up, K.body_gap_down
local gap_up, gap_down = K.gap_up, K.gap_down
local long_body, short_body, doji_body, no_shadow = K.long, K.short, K.doji, K.none
local ranges, short_shadow, distance = K.ranges, K.short_shadow, K.distance
local NEAR, EQUAL = 0.2, 0.05

base.file = "ta_candles"
local M = {}

-- cdldoji(): hardly any body.
M.cdldoji = pattern("cdldoji", 10, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  return say(self, body(self, i) <= doji_body(self, 1, i) and 100 or 0)
end)

-- cdldragonflydoji(): a doji with a lower shadow only.
M.cdldragonflydoji = pattern("cdldragonflydoji", 10, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local small, noise = ranges(self, 1, i), self.noise
  return say(self, body(self, i) <= small + noise and upper(self, i) < small - noise
    and lower(self, i) > small + noise and 100 or 0)
end)

-- cdlgravestonedoji(): a doji with an upper shadow only.
M.cdlgravestonedoji = pattern("cdlgravestonedoji", 10, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local small, noise = ranges(self, 1, i), self.noise
  return say(self, body(self, i) <= small + noise and lower(self, i) < small - noise
    and upper(self, i) > small + noise and 100 or 0)
end)

-- cdllongleggeddoji(): a doji with a long shadow.
M.cdllongleggeddoji = pattern("cdllongleggeddoji", 10, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local size, more = body(self, i), body(self, i) + self.noise
  return say(self, size <= doji_body(self, 1, i) and (lower(self, i) > more or upper(self, i) > more) and 100 or 0)
end)

-- cdlrickshawman(): a doji with two long shadows and the body near the middle.
M.cdlrickshawman = pattern("cdlrickshawman", 10, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local small, near, size = doji_body(self, 1, i), distance(self, 2, i, NEAR), body(self, i)
  local middle = self.l[i] + (self.h[i] - self.l[i]) / 2
  return say(self, size <= small and lower(self, i) > size + self.noise and upper(self, i) > size + self.noise
    and bottom(self, i) <= middle + near and top(self, i) >= middle - near and 100 or 0)
end)

-- cdltakuri(): a dragonfly with a very long lower shadow.
M.cdltakuri = pattern("cdltakuri", 10, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local small, size, noise = ranges(self, 1, i), body(self, i), self.noise
  return say(self, size <= small + noise and upper(self, i) < small - noise
    and lower(self, i) > 2 * size + noise and 100 or 0)
end)

-- cdlspinningtop(): a short body with longer shadows.
M.cdlspinningtop = pattern("cdlspinningtop", 10, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local short, size = short_body(self, 1, i), body(self, i)
  if min(short - size, upper(self, i) - size, lower(self, i) - size) < 0 then return say(self, 0) end
  local more = size + self.noise
  return say(self, size < short and upper(self, i) > more and lower(self, i) > more and 100 * color(self, i) or 0)
end)

-- cdlhighwave(): a short body with very long shadows.
M.cdlhighwave = pattern("cdlhighwave", 10, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local short, size = short_body(self, 1, i), body(self, i)
  if min(short - size, upper(self, i) - 2 * size, lower(self, i) - 2 * size) < 0 then return say(self, 0) end
  local more = 2 * size + self.noise
  return say(self, size < short and upper(self, i) > more and lower(self, i) > more
    and 100 * color(self, i) or 0)
end)

-- cdlshortline(): a short body with short shadows.
M.cdlshortline = pattern("cdlshortline", 10, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local short, shadow = short_body(self, 1, i), short_shadow(self, 2, i)
  if min(short - body(self, i), shadow - upper(self, i), shadow - lower(self, i)) < 0 then return say(self, 0) end
  return say(self, body(self, i) < short and upper(self, i) < shadow and lower(self, i) < shadow
    and 100 * color(self, i) or 0)
end)

-- cdllongline(): a long body with short shadows.
M.cdllongline = pattern("cdllongline", 10, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local long, shadow = long_body(self, 1, i), short_shadow(self, 2, i)
  if min(body(self, i) - long, shadow - upper(self, i), shadow - lower(self, i)) < 0 then return say(self, 0) end
  return say(self, body(self, i) > long and upper(self, i) < shadow and lower(self, i) < shadow
    and 100 * color(self, i) or 0)
end)

-- cdlmarubozu(): a long body without shadows. cdlclosingmarubozu(): none at the close. cdlbelthold(): none at the open.
M.cdlmarubozu = pattern("cdlmarubozu", 10, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local long, none = long_body(self, 1, i), no_shadow(self, 2, i)
  if min(body(self, i) - long, none - upper(self, i), none - lower(self, i)) < 0 then return say(self, 0) end
  return say(self, body(self, i) > long and upper(self, i) < none and lower(self, i) < none
    and 100 * color(self, i) or 0)
end)

M.cdlclosingmarubozu = pattern("cdlclosingmarubozu", 10, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local long, none = long_body(self, 1, i), no_shadow(self, 2, i)
  if min(body(self, i) - long, none - min(h - c, c - l)) < 0 then return say(self, 0) end
  local shadow
  if white(self, i) then shadow = upper(self, i) else shadow = lower(self, i) end
  return say(self, body(self, i) > long and shadow < none and 100 * color(self, i) or 0)
end)

M.cdlbelthold = pattern("cdlbelthold", 10, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local long, none = long_body(self, 1, i), no_shadow(self, 2, i)
  if min(body(self, i) - long, none - min(h - o, o - l)) < 0 then return say(self, 0) end
  local shadow
  if white(self, i) then shadow = lower(self, i) else shadow = upper(self, i) end
  return say(self, body(self, i) > long and shadow < none and 100 * color(self, i) or 0)
end)

-- cdlhammer(): short body, long lower shadow, near the low before. cdlhangingman(): the same near the high before.
M.cdlhammer = pattern("cdlhammer", 11, 3, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local short, none, near = short_body(self, 1, i), no_shadow(self, 2, i), distance(self, 3, i - 1, NEAR)
  local size = body(self, i)
  if min(short - size, lower(self, i) - size, none - upper(self, i)) < 0 then return say(self, 0) end
  return say(self, size < short and lower(self, i) > size + self.noise and upper(self, i) < none
    and bottom(self, i) <= self.l[i - 1] + near and 100 or 0)
end)

M.cdlhangingman = pattern("cdlhangingman", 11, 3, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local short, none, near = short_body(self, 1, i), no_shadow(self, 2, i), distance(self, 3, i - 1, NEAR)
  local size = body(self, i)
  if min(short - size, lower(self, i) - size, none - upper(self, i)) < 0 then return say(self, 0) end
  return say(self, size < short and lower(self, i) > size + self.noise and upper(self, i) < none
    and bottom(self, i) >= self.h[i - 1] - near and -100 or 0)
end)

-- cdlinvertedhammer(): short body, long upper shadow, gap down. cdlshootingstar(): the same after a gap up.
M.cdlinvertedhammer = pattern("cdlinvertedhammer", 11, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local short, none, size = short_body(self, 1, i), no_shadow(self, 2, i), body(self, i)
  if min(short - size, upper(self, i) - size, none - lower(self, i)) < 0 then return say(self, 0) end
  return say(self, size < short and upper(self, i) > size + self.noise and lower(self, i) < none
    and body_gap_down(self, i, i - 1) and 100 or 0)
end)

M.cdlshootingstar = pattern("cdlshootingstar", 11, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local short, none, size = short_body(self, 1, i), no_shadow(self, 2, i), body(self, i)
  if min(short - size, upper(self, i) - size, none - lower(self, i)) < 0 then return say(self, 0) end
  return say(self, size < short and upper(self, i) > size + self.noise and lower(self, i) < none
    and body_gap_up(self, i, i - 1) and -100 or 0)
end)

-- cdlengulfing(): a body of the other colour covers the one before; 80 when one end is the same.
M.cdlengulfing = pattern("cdlengulfing", 2, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  if min(top(self, i) - top(self, i - 1), bottom(self, i - 1) - bottom(self, i),
      0 - rise(self, i) * rise(self, i - 1)) < 0 then
    return say(self, 0)
  end
  local o1, c1 = self.o[i - 1], self.c[i - 1]
  local up = white(self, i) and black(self, i - 1) and ((c >= o1 and o < c1) or (c > o1 and o <= c1))
  local down = black(self, i) and white(self, i - 1) and ((o >= c1 and c < o1) or (o > c1 and c <= o1))
  if not (up or down) then return say(self, 0) end
  return say(self, ((o ~= c1 and c ~= o1) and 100 or 80) * color(self, i))
end)

-- cdlharami(): a short body inside a long one; 80 when one end is the same. cdlharamicross(): a doji inside a long one.
local function inside(self, i)
  local high, low, high1, low1 = top(self, i), bottom(self, i), top(self, i - 1), bottom(self, i - 1)
  if high < high1 and low > low1 then return -100 * color(self, i - 1) end
  if high <= high1 and low >= low1 then return -80 * color(self, i - 1) end
  return 0
end

M.cdlharami = pattern("cdlharami", 11, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local long, short = long_body(self, 1, i - 1), long_body(self, 2, i)
  if min(body(self, i - 1) - long, short - body(self, i), top(self, i - 1) - top(self, i),
      bottom(self, i) - bottom(self, i - 1)) < 0 then
    return say(self, 0)
  end
  return say(self, body(self, i - 1) > long and body(self, i) <= short and inside(self, i) or 0)
end)

M.cdlharamicross = pattern("cdlharamicross", 11, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local long, doji = long_body(self, 1, i - 1), doji_body(self, 2, i)
  if min(body(self, i - 1) - long, doji - body(self, i), top(self, i - 1) - top(self, i)) < 0 then
    return say(self, 0)
  end
  return say(self, body(self, i - 1) > long and body(self, i) <= doji and inside(self, i) or 0)
end)

-- cdldojistar(): a doji that gaps away in the direction of a long body.
M.cdldojistar = pattern("cdldojistar", 11, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local long, doji = long_body(self, 1, i - 1), doji_body(self, 2, i)
  if min(body(self, i - 1) - long, doji - body(self, i)) < 0 or body(self, i - 1) <= long then return say(self, 0) end
  if white(self, i - 1) then return say(self, body_gap_up(self, i, i - 1) and -100 or 0) end
  return say(self, body_gap_down(self, i, i - 1) and 100 or 0)
end)

-- cdldarkcloudcover(penetration): opens above the high of a long white body and closes deep inside it.
M.cdldarkcloudcover = pattern("cdldarkcloudcover", 11, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local k = i - 1
  local long, size = long_body(self, 1, k), body(self, k)
  if min(rise(self, k), size - long, 0 - rise(self, i), o - self.h[k]) < 0 then return say(self, 0) end
  return say(self, white(self, k) and size > long and black(self, i) and o > self.h[k] and c > self.o[k]
    and c < self.c[k] - size * self.penetration - self.noise and -100 or 0)
end, 0.5)

-- cdlpiercing(): opens below the low of a long black body and closes above its middle.
M.cdlpiercing = pattern("cdlpiercing", 11, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local k = i - 1
  local long1, long, size = long_body(self, 1, k), long_body(self, 2, i), body(self, k)
  if min(0 - rise(self, k), size - long1, rise(self, i), self.l[k] - o) < 0 then return say(self, 0) end
  return say(self, black(self, k) and size > long1 and white(self, i) and body(self, i) > long and o < self.l[k]
    and c < self.o[k] and c > self.c[k] + size * 0.5 + self.noise and 100 or 0)
end)

-- After a long black body a white one opens below its low and closes: cdlonneck() at that low, cdlinneck() at the close
-- before, cdlthrusting() above it but under the middle.
M.cdlonneck = pattern("cdlonneck", 11, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local k = i - 1
  local equal, long = distance(self, 1, k, EQUAL), long_body(self, 2, k)
  if min(0 - rise(self, k), body(self, k) - long, rise(self, i), self.l[k] - o) < 0 then return say(self, 0) end
  return say(self, black(self, k) and body(self, k) > long and white(self, i) and o < self.l[k]
    and c <= self.l[k] + equal and c >= self.l[k] - equal and -100 or 0)
end)

M.cdlinneck = pattern("cdlinneck", 11, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local k = i - 1
  local equal, long = distance(self, 1, k, EQUAL), long_body(self, 2, k)
  if min(0 - rise(self, k), body(self, k) - long, rise(self, i), self.l[k] - o) < 0 then return say(self, 0) end
  return say(self, black(self, k) and body(self, k) > long and white(self, i) and o < self.l[k]
    and c <= self.c[k] + equal and c >= self.c[k] and -100 or 0)
end)

M.cdlthrusting = pattern("cdlthrusting", 11, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local k = i - 1
  local equal, long, size = distance(self, 1, k, EQUAL), long_body(self, 2, k), body(self, k)
  if min(0 - rise(self, k), size - long, rise(self, i), self.l[k] - o) < 0 then return say(self, 0) end
  return say(self, black(self, k) and size > long and white(self, i) and o < self.l[k]
    and c > self.c[k] + equal and c <= self.c[k] + size * 0.5 + self.noise and -100 or 0)
end)

-- cdlcounterattack(): two long bodies of different colours with the same close.
M.cdlcounterattack = pattern("cdlcounterattack", 11, 3, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local k = i - 1
  local equal, long1, long = distance(self, 1, k, EQUAL), long_body(self, 2, k), long_body(self, 3, i)
  if min(self.c[k] + equal - c, c - (self.c[k] - equal), body(self, k) - long1, body(self, i) - long) < 0 then
    return say(self, 0)
  end
  return say(self, color(self, k) ~= color(self, i) and body(self, k) > long1 and body(self, i) > long
    and c <= self.c[k] + equal and c >= self.c[k] - equal and 100 * color(self, i) or 0)
end)

-- cdlseparatinglines(): different colours, the same open, the second long and without a shadow at the open.
M.cdlseparatinglines = pattern("cdlseparatinglines", 11, 3, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local k = i - 1
  local none, long, equal = no_shadow(self, 1, i), long_body(self, 2, i), distance(self, 3, k, EQUAL)
  if min(self.o[k] + equal - o, o - (self.o[k] - equal), body(self, i) - long, 0 - rise(self, i) * rise(self, k)) < 0 then
    return say(self, 0)
  end
  local shadow
  if white(self, i) then shadow = lower(self, i) else shadow = upper(self, i) end
  return say(self, color(self, k) ~= color(self, i) and o <= self.o[k] + equal and o >= self.o[k] - equal
    and body(self, i) > long and shadow < none and 100 * color(self, i) or 0)
end)

-- cdlhomingpigeon(): a short black body inside a long black one.
M.cdlhomingpigeon = pattern("cdlhomingpigeon", 11, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local k = i - 1
  local long, short = long_body(self, 1, k), long_body(self, 2, i)
  if min(0 - rise(self, k), 0 - rise(self, i), body(self, k) - long, self.o[k] - o, c - self.c[k]) < 0 then
    return say(self, 0)
  end
  return say(self, black(self, k) and black(self, i) and body(self, k) > long and body(self, i) <= short
    and o < self.o[k] and c > self.c[k] and 100 or 0)
end)

-- cdlmatchinglow(): two black candles with the same close.
M.cdlmatchinglow = pattern("cdlmatchinglow", 6, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local k = i - 1
  local equal = distance(self, 1, k, EQUAL)
  if min(0 - rise(self, k), 0 - rise(self, i), self.c[k] + equal - c, c - (self.c[k] - equal)) < 0 then
    return say(self, 0)
  end
  return say(self, black(self, k) and black(self, i) and c <= self.c[k] + equal and c >= self.c[k] - equal and 100 or 0)
end)

-- cdlkicking(): two opposite marubozus with a gap; the second's colour counts, in cdlkickingbylength() the longer
-- one's.
local function kick(self, i, long1, none1, long, none)
  local k = i - 1
  return color(self, k) ~= color(self, i)
    and body(self, k) > long1 and upper(self, k) < none1 and lower(self, k) < none1
    and body(self, i) > long and upper(self, i) < none and lower(self, i) < none
    and ((black(self, k) and gap_up(self, i, k)) or (white(self, k) and gap_down(self, i, k)))
end

M.cdlkicking = pattern("cdlkicking", 11, 4, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local long1, none1 = long_body(self, 1, i - 1), no_shadow(self, 2, i - 1)
  local long, none = long_body(self, 3, i), no_shadow(self, 4, i)
  if min(body(self, i - 1) - long1, none1 - upper(self, i - 1), body(self, i) - long, none - upper(self, i)) < 0 then
    return say(self, 0)
  end
  return say(self, kick(self, i, long1, none1, long, none) and 100 * color(self, i) or 0)
end)

M.cdlkickingbylength = pattern("cdlkickingbylength", 11, 4, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local long1, none1 = long_body(self, 1, i - 1), no_shadow(self, 2, i - 1)
  local long, none = long_body(self, 3, i), no_shadow(self, 4, i)
  if min(body(self, i - 1) - long1, none1 - upper(self, i - 1), body(self, i) - long, none - upper(self, i)) < 0 then
    return say(self, 0)
  end
  local longer = body(self, i) > body(self, i - 1) + self.noise and i or i - 1
  return say(self, kick(self, i, long1, none1, long, none) and 100 * color(self, longer) or 0)
end)

return M
