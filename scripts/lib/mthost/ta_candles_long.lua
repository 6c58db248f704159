-- Patterns of three to five candles. i is the newest candle, i - 1 the one before it.
local base, K = require "mthost.ta_base", require "mthost.ta_candle_base"
local push, say, pattern = K.push, K.say, K.pattern
local body, rise, white, black, color = K.body, K.rise, K.white, K.black, K.color
local top, bottom, min, max, abs = K.top, K.bottom, math.min, math.max, math.abs
local upper, lower, body_gap_up, body_gap_down = K.upper, K.lower, K.body_gap_up, K.body_gap_down
local gap_up, gap_down = K.gap_up, K.gap_down
local long_body, short_body, doji_body, no_shadow, some_shadow = K.long, K.short, K.doji, K.none, K.doji
local distance, within = K.distance, K.within
local NEAR, FAR, EQUAL = 0.2, 0.6, 0.05

base.file = "ta_candles_long"
local M = {}

-- cdl2crows(): a long white body, a black one that gaps up, a black one that closes inside the first.
M.cdl2crows = pattern("cdl2crows", 12, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b = i - 2, i - 1
  local long = long_body(self, 1, a)
  if min(rise(self, a), body(self, a) - long, 0 - rise(self, b), 0 - rise(self, i), bottom(self, b) - top(self, a)) < 0 then
    return say(self, 0)
  end
  return say(self, white(self, a) and body(self, a) > long and black(self, b) and body_gap_up(self, b, a)
    and black(self, i) and o < self.o[b] and o > self.c[b] and c > self.o[a] and c < self.c[a] and -100 or 0)
end)

-- cdlupsidegap2crows(): the same with a short second body, which the third covers without closing the gap.
M.cdlupsidegap2crows = pattern("cdlupsidegap2crows", 12, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b = i - 2, i - 1
  local long, short = long_body(self, 1, a), long_body(self, 2, b)
  if min(rise(self, a), body(self, a) - long, 0 - rise(self, b), 0 - rise(self, i), bottom(self, b) - top(self, a)) < 0 then
    return say(self, 0)
  end
  return say(self, white(self, a) and body(self, a) > long and black(self, b) and body(self, b) <= short
    and body_gap_up(self, b, a) and black(self, i) and o > self.o[b] and c < self.c[b] and c > self.c[a] and -100 or 0)
end)

-- cdl3blackcrows(): after a white candle three black ones without lower shadows, each opening inside the body before.
M.cdl3blackcrows = pattern("cdl3blackcrows", 13, 3, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local z, a, b = i - 3, i - 2, i - 1
  local none2, none1, none = no_shadow(self, 1, a), no_shadow(self, 2, b), no_shadow(self, 3, i)
  local O, C = self.o, self.c
  if min(rise(self, z), 0 - rise(self, a), 0 - rise(self, b), 0 - rise(self, i), none2 - lower(self, a)) < 0 then
    return say(self, 0)
  end
  return say(self, white(self, z) and black(self, a) and lower(self, a) < none2 and black(self, b)
    and lower(self, b) < none1 and black(self, i) and lower(self, i) < none and O[b] < O[a] and O[b] > C[a]
    and o < O[b] and o > C[b] and self.h[z] > C[a] and C[a] > C[b] and C[b] > c and -100 or 0)
end)

-- cdlidentical3crows(): three black candles without lower shadows, each opening at the close before.
M.cdlidentical3crows = pattern("cdlidentical3crows", 12, 5, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b = i - 2, i - 1
  local none2, none1, none = no_shadow(self, 1, a), no_shadow(self, 2, b), no_shadow(self, 3, i)
  local equal2, equal1 = distance(self, 4, a, EQUAL), distance(self, 5, b, EQUAL)
  local O, C = self.o, self.c
  if min(0 - rise(self, a), 0 - rise(self, b), 0 - rise(self, i), none2 - lower(self, a), none1 - lower(self, b)) < 0 then
    return say(self, 0)
  end
  return say(self, black(self, a) and lower(self, a) < none2 and black(self, b) and lower(self, b) < none1
    and black(self, i) and lower(self, i) < none and C[a] > C[b] and C[b] > c
    and O[b] <= C[a] + equal2 and O[b] >= C[a] - equal2 and o <= C[b] + equal1 and o >= C[b] - equal1 and -100 or 0)
end)

-- cdl3inside(): a short body inside a long one, then a close beyond the long one's open.
M.cdl3inside = pattern("cdl3inside", 12, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b = i - 2, i - 1
  local long, short = long_body(self, 1, a), long_body(self, 2, b)
  if min(body(self, a) - long, short - body(self, b), top(self, a) - top(self, b),
      bottom(self, b) - bottom(self, a)) < 0 then
    return say(self, 0)
  end
  return say(self, body(self, a) > long and body(self, b) <= short and top(self, b) < top(self, a)
    and bottom(self, b) > bottom(self, a)
    and ((white(self, a) and black(self, i) and c < self.o[a]) or (black(self, a) and white(self, i) and c > self.o[a]))
    and -100 * color(self, a) or 0)
end)

-- cdl3outside(): an engulfing and a close further on.
M.cdl3outside = pattern("cdl3outside", 3, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b, O, C = i - 2, i - 1, self.o, self.c
  if min(top(self, b) - top(self, a), bottom(self, a) - bottom(self, b), 0 - rise(self, a) * rise(self, b)) < 0 then
    return say(self, 0)
  end
  local up = white(self, b) and black(self, a) and C[b] > O[a] and O[b] < C[a] and c > C[b]
  local down = black(self, b) and white(self, a) and O[b] > C[a] and C[b] < O[a] and c < C[b]
  return say(self, (up or down) and 100 * color(self, b) or 0)
end)

-- cdl3linestrike(): three candles of one colour going their way, and a fourth that takes it all back.
M.cdl3linestrike = pattern("cdl3linestrike", 8, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local z, a, b, O, C = i - 3, i - 2, i - 1, self.o, self.c
  local near3, near2 = distance(self, 1, z, NEAR), distance(self, 2, a, NEAR)
  if min(rise(self, z) * rise(self, a), rise(self, z) * rise(self, b), 0 - rise(self, z) * rise(self, i),
      O[a] - (bottom(self, z) - near3), top(self, z) + near3 - O[a]) < 0 then
    return say(self, 0)
  end
  local one = color(self, z)
  return say(self, one == color(self, a) and one == color(self, b) and one ~= color(self, i)
    and O[a] >= bottom(self, z) - near3 and O[a] <= top(self, z) + near3
    and O[b] >= bottom(self, a) - near2 and O[b] <= top(self, a) + near2
    and ((one > 0 and C[b] > C[a] and C[a] > C[z] and o > C[b] and c < O[z])
      or (one < 0 and C[b] < C[a] and C[a] < C[z] and o < C[b] and c > O[z])) and 100 * one or 0)
end)

-- cdl3starsinsouth(): three black candles, ever smaller, the first with a long lower shadow, the last a small marubozu.
M.cdl3starsinsouth = pattern("cdl3starsinsouth", 12, 4, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b, O, C, L = i - 2, i - 1, self.o, self.c, self.l
  local long, some1 = long_body(self, 1, a), some_shadow(self, 2, b)
  local none, short = no_shadow(self, 3, i), short_body(self, 4, i)
  if min(0 - rise(self, a), 0 - rise(self, b), 0 - rise(self, i), body(self, a) - long,
      lower(self, a) - body(self, a)) < 0 then
    return say(self, 0)
  end
  return say(self, black(self, a) and black(self, b) and black(self, i) and body(self, a) > long
    and lower(self, a) > body(self, a) + self.noise and body(self, b) < body(self, a) - self.noise
    and O[b] > C[a] and O[b] <= self.h[a]
    and L[b] < C[a] and L[b] >= L[a] and lower(self, b) > some1 and body(self, i) < short
    and lower(self, i) < none and upper(self, i) < none and l > L[b] and h < self.h[b] and 100 or 0)
end)

-- cdl3whitesoldiers(): three white candles without upper shadows, each opening inside or near the body before, none
-- short.
M.cdl3whitesoldiers = pattern("cdl3whitesoldiers", 12, 8, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b, O, C = i - 2, i - 1, self.o, self.c
  local none2, none1, none = no_shadow(self, 1, a), no_shadow(self, 2, b), no_shadow(self, 3, i)
  local near2, near1 = distance(self, 4, a, NEAR), distance(self, 5, b, NEAR)
  local far2, far1, short = within(self, 6, a, FAR), within(self, 7, b, FAR), long_body(self, 8, i)
  if min(rise(self, a), rise(self, b), rise(self, i), none2 - upper(self, a), none1 - upper(self, b)) < 0 then
    return say(self, 0)
  end
  return say(self, white(self, a) and upper(self, a) < none2 and white(self, b) and upper(self, b) < none1
    and white(self, i) and upper(self, i) < none and c > C[b] and C[b] > C[a] and O[b] > O[a] and O[b] <= C[a] + near2
    and o > O[b] and o <= C[b] + near1 and body(self, b) > body(self, a) - far2 and body(self, i) > body(self, b) - far1
    and body(self, i) > short and 100 or 0)
end)

-- What cdladvanceblock asks, as margins: a question with many values at hand is more than the compiler finds registers for,
-- so there is one at its beginning and one at its end. This one is above 0 for closes and opens that rise,
local function advance(self, a, b, i)
  local O, C = self.o, self.c
  return (min(C[i] - C[b], C[b] - C[a], O[b] - O[a], O[i] - O[b]))
end

-- this one not below 0 for white candles, each opening inside or near the body before,
local function advance_within(self, a, b, i)
  local O, C = self.o, self.c
  local near2, near1 = K.distance_again(self, 4, NEAR), K.distance_again(self, 5, NEAR)
  return (min(rise(self, a), rise(self, b), rise(self, i), C[a] + near2 - O[b], C[b] + near1 - O[i]))
end

-- and this one above 0 for bodies that get smaller, or that do and have long upper shadows.
local function weakness(self, a, b, i)
  local noise, near1 = self.noise, K.distance_again(self, 5, NEAR)
  local far2, far1 = K.distance_again(self, 6, FAR), K.distance_again(self, 7, FAR)
  local s2, s1, s0 = body(self, a), body(self, b), body(self, i)
  local falls = s1 - noise - s0
  local shadow = max(upper(self, i) - K.long_shadow_again(self, 3), upper(self, b) - K.long_shadow_again(self, 2))
  return (max(min(s2 - far2 - s1, s1 + near1 - 2 * noise - s0), s1 - far1 - s0, min(falls, s2 - noise - s1, shadow),
    min(falls, upper(self, i) - (s0 + noise))))
end

-- cdladvanceblock(): three white candles going up with ever less conviction.
M.cdladvanceblock = pattern("cdladvanceblock", 12, 8, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b = i - 2, i - 1
  K.shadow(self, 1, a)
  K.shadow(self, 2, b)
  K.shadow(self, 3, i)
  distance(self, 4, a, NEAR)
  distance(self, 5, b, NEAR)
  distance(self, 6, a, FAR)
  distance(self, 7, b, FAR)
  K.bodies(self, 8, a)
  if advance(self, a, b, i) <= 0 then return say(self, 0) end
  local margin = min(body(self, a) - K.long_again(self, 8), K.short_shadow_again(self, 1) - upper(self, a),
    weakness(self, a, b, i))
  return say(self, margin > 0 and advance_within(self, a, b, i) >= 0 and -100 or 0)
end)

-- cdlstalledpattern(): two long white candles and a short one riding on their shoulder.
M.cdlstalledpattern = pattern("cdlstalledpattern", 12, 6, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b, O, C = i - 2, i - 1, self.o, self.c
  local long2, long1, near2, near1 = long_body(self, 1, a), long_body(self, 2, b), distance(self, 3, a, NEAR),
    distance(self, 4, b, NEAR)
  local short, none = short_body(self, 5, i), no_shadow(self, 6, b)
  if min(rise(self, a), rise(self, b), rise(self, i), body(self, a) - long2, body(self, b) - long1) < 0 then
    return say(self, 0)
  end
  return say(self, white(self, a) and white(self, b) and white(self, i) and c > C[b] and C[b] > C[a]
    and body(self, a) > long2 and body(self, b) > long1 and upper(self, b) < none and O[b] > O[a]
    and O[b] <= C[a] + near2 and body(self, i) < short and o >= C[b] - body(self, i) - near1 and -100 or 0)
end)

-- Stars: a long body, a small one beyond a gap, and a body of the other colour that closes `penetration` deep in
-- the first. cdlmorningstar, cdleveningstar: the small one is short; cdlmorningdojistar, cdleveningdojistar: a
-- doji; cdlabandonedbaby: a doji with gaps between the whole candles on both sides.
M.cdlmorningstar = pattern("cdlmorningstar", 12, 3, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b = i - 2, i - 1
  local long, short1, short, size = long_body(self, 1, a), long_body(self, 2, b), long_body(self, 3, i), body(self, a)
  if min(size - long, 0 - rise(self, a), short1 - body(self, b), rise(self, i), bottom(self, a) - top(self, b)) < 0 then
    return say(self, 0)
  end
  return say(self, size > long and black(self, a) and body(self, b) <= short1 and body_gap_down(self, b, a)
    and body(self, i) > short and white(self, i) and c > self.c[a] + size * self.penetration + self.noise and 100 or 0)
end, 0.3)

M.cdleveningstar = pattern("cdleveningstar", 12, 3, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b = i - 2, i - 1
  local long, short1, short, size = long_body(self, 1, a), long_body(self, 2, b), long_body(self, 3, i), body(self, a)
  if min(size - long, rise(self, a), short1 - body(self, b), 0 - rise(self, i), bottom(self, b) - top(self, a)) < 0 then
    return say(self, 0)
  end
  return say(self, size > long and white(self, a) and body(self, b) <= short1 and body_gap_up(self, b, a)
    and body(self, i) > short and black(self, i) and c < self.c[a] - size * self.penetration - self.noise and -100 or 0)
end, 0.3)

M.cdlmorningdojistar = pattern("cdlmorningdojistar", 12, 3, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b = i - 2, i - 1
  local long, doji, short, size = long_body(self, 1, a), doji_body(self, 2, b), long_body(self, 3, i), body(self, a)
  if min(size - long, 0 - rise(self, a), doji - body(self, b), rise(self, i)) < 0 then return say(self, 0) end
  return say(self, size > long and black(self, a) and body(self, b) <= doji and body_gap_down(self, b, a)
    and body(self, i) > short and white(self, i) and c > self.c[a] + size * self.penetration + self.noise and 100 or 0)
end, 0.3)

M.cdleveningdojistar = pattern("cdleveningdojistar", 12, 3, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b = i - 2, i - 1
  local long, doji, short, size = long_body(self, 1, a), doji_body(self, 2, b), long_body(self, 3, i), body(self, a)
  if min(size - long, rise(self, a), doji - body(self, b), 0 - rise(self, i)) < 0 then return say(self, 0) end
  return say(self, size > long and white(self, a) and body(self, b) <= doji and body_gap_up(self, b, a)
    and body(self, i) > short and black(self, i) and c < self.c[a] - size * self.penetration - self.noise and -100 or 0)
end, 0.3)

M.cdlabandonedbaby = pattern("cdlabandonedbaby", 12, 3, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b = i - 2, i - 1
  local long, doji, short, size = long_body(self, 1, a), doji_body(self, 2, b), long_body(self, 3, i), body(self, a)
  if min(size - long, doji - body(self, b), body(self, i) - short) < 0 then return say(self, 0) end
  if not (size > long and body(self, b) <= doji and body(self, i) > short) then return say(self, 0) end
  local down = white(self, a) and black(self, i) and c < self.c[a] - size * self.penetration - self.noise
    and gap_up(self, b, a) and gap_down(self, i, b)
  local up = black(self, a) and white(self, i) and c > self.c[a] + size * self.penetration + self.noise
    and gap_down(self, b, a) and gap_up(self, i, b)
  return say(self, (up or down) and 100 * color(self, i) or 0)
end, 0.3)

-- cdltristar(): three dojis, the middle one beyond a gap.
M.cdltristar = pattern("cdltristar", 12, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b, doji = i - 2, i - 1, doji_body(self, 1, i - 2)
  local y = 0
  if body(self, a) <= doji and body(self, b) <= doji and body(self, i) <= doji then
    if body_gap_up(self, b, a) and top(self, i) < top(self, b) then y = -100 end
    if body_gap_down(self, b, a) and bottom(self, i) > bottom(self, b) then y = 100 end
  end
  return say(self, y)
end)

-- cdlunique3river(): a long black body, a black one with a new low inside it, a short white one under that.
M.cdlunique3river = pattern("cdlunique3river", 12, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b = i - 2, i - 1
  local long, short = long_body(self, 1, a), short_body(self, 2, i)
  if min(body(self, a) - long, 0 - rise(self, a), 0 - rise(self, b), rise(self, i), self.c[b] - self.c[a],
      self.l[a] - self.l[b]) < 0 then
    return say(self, 0)
  end
  return say(self, body(self, a) > long and black(self, a) and black(self, b) and self.c[b] > self.c[a]
    and self.o[b] <= self.o[a] and self.l[b] < self.l[a] and body(self, i) < short and white(self, i) and o > self.l[b]
    and 100 or 0)
end)

-- cdlsticksandwich(): black, white, black, the two black closes the same.
M.cdlsticksandwich = pattern("cdlsticksandwich", 7, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b = i - 2, i - 1
  local equal = distance(self, 1, a, EQUAL)
  if min(0 - rise(self, a), rise(self, b), 0 - rise(self, i), self.c[a] + equal - c, c - (self.c[a] - equal)) < 0 then
    return say(self, 0)
  end
  return say(self, black(self, a) and white(self, b) and black(self, i) and self.l[b] > self.c[a]
    and c <= self.c[a] + equal and c >= self.c[a] - equal and 100 or 0)
end)

-- cdltasukigap(): a gap, and a candle of the other colour and about the same size that does not close it.
M.cdltasukigap = pattern("cdltasukigap", 7, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b, O, C = i - 2, i - 1, self.o, self.c
  local near, difference = within(self, 1, b, NEAR), abs(body(self, b) - body(self, i))
  if min(near - difference, 0 - rise(self, b) * rise(self, i), top(self, b) - o, o - bottom(self, b),
      max(bottom(self, b) - top(self, a), bottom(self, a) - top(self, b))) < 0 then
    return say(self, 0)
  end
  local up = body_gap_up(self, b, a) and white(self, b) and black(self, i) and o < C[b] and o > O[b] and c < O[b]
    and c > top(self, a)
  local down = body_gap_down(self, b, a) and black(self, b) and white(self, i) and o < O[b] and o > C[b] and c > O[b]
    and c < bottom(self, a)
  return say(self, (up or down) and difference < near and 100 * color(self, b) or 0)
end)

-- cdlgapsidesidewhite(): two white candles of the same open and size beside each other, beyond a gap.
M.cdlgapsidesidewhite = pattern("cdlgapsidesidewhite", 7, 2, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b = i - 2, i - 1
  local near, equal = distance(self, 1, b, NEAR), distance(self, 2, b, EQUAL)
  if min(rise(self, b), rise(self, i), o - (self.o[b] - equal), self.o[b] + equal - o) < 0 then
    return say(self, 0)
  end
  local up = body_gap_up(self, b, a) and body_gap_up(self, i, a)
  local down = body_gap_down(self, b, a) and body_gap_down(self, i, a)
  local size, other = body(self, i), body(self, b)
  return say(self, (up or down) and white(self, b) and white(self, i) and size >= other - near and size <= other + near
    and o >= self.o[b] - equal and o <= self.o[b] + equal and (up and 100 or -100) or 0)
end)

-- cdlxsidegap3methods(): a gap between two candles of one colour, closed by one of the other.
M.cdlxsidegap3methods = pattern("cdlxsidegap3methods", 2, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local a, b = i - 2, i - 1
  local one = color(self, a)
  if min(rise(self, a) * rise(self, b), 0 - rise(self, a) * rise(self, i), top(self, b) - o, o - bottom(self, b),
      top(self, a) - c, c - bottom(self, a)) < 0 then
    return say(self, 0)
  end
  return say(self, one == color(self, b) and one ~= color(self, i) and o < top(self, b) and o > bottom(self, b)
    and c < top(self, a) and c > bottom(self, a)
    and ((one > 0 and body_gap_up(self, b, a)) or (one < 0 and body_gap_down(self, b, a))) and 100 * one or 0)
end)

-- cdlconcealbabyswall(): two black marubozus, a black one beyond a gap whose shadow reaches back, a black one
-- around it.
M.cdlconcealbabyswall = pattern("cdlconcealbabyswall", 13, 3, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local z, a, b = i - 3, i - 2, i - 1
  local none3, none2, some1 = no_shadow(self, 1, z), no_shadow(self, 2, a), some_shadow(self, 3, b)
  if min(0 - rise(self, z), 0 - rise(self, a), 0 - rise(self, b), 0 - rise(self, i), none3 - lower(self, z)) < 0 then
    return say(self, 0)
  end
  return say(self, black(self, z) and black(self, a) and black(self, b) and black(self, i)
    and lower(self, z) < none3 and upper(self, z) < none3 and lower(self, a) < none2 and upper(self, a) < none2
    and body_gap_down(self, b, a) and upper(self, b) > some1 and self.h[b] > self.c[a]
    and h > self.h[b] and l < self.l[b] and 100 or 0)
end)

-- cdlladderbottom(): three black candles down, a black one with an upper shadow, a white one above its high.
M.cdlladderbottom = pattern("cdlladderbottom", 14, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local y, z, a, b, O, C = i - 4, i - 3, i - 2, i - 1, self.o, self.c
  local some = some_shadow(self, 1, b)
  if min(0 - rise(self, y), 0 - rise(self, z), 0 - rise(self, a), 0 - rise(self, b), rise(self, i)) < 0 then
    return say(self, 0)
  end
  return say(self, black(self, y) and black(self, z) and black(self, a) and O[y] > O[z] and O[z] > O[a]
    and C[y] > C[z] and C[z] > C[a] and black(self, b) and upper(self, b) > some and white(self, i)
    and o > O[b] and c > self.h[b] and 100 or 0)
end)

-- cdlbreakaway(): a long candle, a gap in its direction, two more that way, and one that turns back into the gap.
M.cdlbreakaway = pattern("cdlbreakaway", 14, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local y, z, a, b = i - 4, i - 3, i - 2, i - 1
  local long, H, L = long_body(self, 1, y), self.h, self.l
  if min(body(self, y) - long, rise(self, y) * rise(self, z), rise(self, y) * rise(self, b),
      0 - rise(self, y) * rise(self, i)) < 0 then
    return say(self, 0)
  end
  local one = color(self, y)
  if not (body(self, y) > long and one == color(self, z) and one == color(self, b) and one ~= color(self, i)) then
    return say(self, 0)
  end
  local up = one < 0 and body_gap_down(self, z, y) and H[a] < H[z] and L[a] < L[z] and H[b] < H[a] and L[b] < L[a]
    and c > self.o[z] and c < self.c[y]
  local down = one > 0 and body_gap_up(self, z, y) and H[a] > H[z] and L[a] > L[z] and H[b] > H[a] and L[b] > L[a]
    and c < self.o[z] and c > self.c[y]
  return say(self, (up or down) and 100 * color(self, i) or 0)
end)

-- cdlmathold(penetration): a long white body, three short ones that give back little, a white one to new highs.
M.cdlmathold = pattern("cdlmathold", 14, 4, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local y, z, a, b, H, C = i - 4, i - 3, i - 2, i - 1, self.h, self.c
  local long, short3 = long_body(self, 1, y), short_body(self, 2, z)
  local short2, short1 = short_body(self, 3, a), short_body(self, 4, b)
  if min(body(self, y) - long, short3 - body(self, z), short2 - body(self, a), rise(self, y), 0 - rise(self, z),
      rise(self, i)) < 0 then
    return say(self, 0)
  end
  local floor = C[y] - body(self, y) * self.penetration + self.noise
  return say(self, body(self, y) > long and body(self, z) < short3 and body(self, a) < short2 and body(self, b) < short1
    and white(self, y) and black(self, z) and white(self, i) and body_gap_up(self, z, y)
    and bottom(self, a) < C[y] and bottom(self, b) < C[y] and bottom(self, a) > floor and bottom(self, b) > floor
    and top(self, a) < self.o[z] and top(self, b) < top(self, a) and o > C[b]
    and c > H[z] and c > H[a] and c > H[b] and 100 or 0)
end, 0.5)

-- cdlrisefall3methods(): a long body, three short ones against it inside its range, a long one further on.
M.cdlrisefall3methods = pattern("cdlrisefall3methods", 14, 5, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local y, z, a, b, C = i - 4, i - 3, i - 2, i - 1, self.c
  if min(body(self, y) - long_body(self, 1, y), short_body(self, 2, z) - body(self, z),
      short_body(self, 3, a) - body(self, a), short_body(self, 4, b) - body(self, b),
      body(self, i) - long_body(self, 5, i)) < 0 then
    return say(self, 0)
  end
  local long4, short3, short2 = K.long_again(self, 1), K.short_again(self, 2), K.short_again(self, 3)
  local short1, long = K.short_again(self, 4), K.long_again(self, 5)
  local one, high, low = color(self, y), self.h[y], self.l[y]
  return say(self, body(self, y) > long4 and body(self, z) < short3 and body(self, a) < short2
    and body(self, b) < short1 and body(self, i) > long and one ~= color(self, z) and one ~= color(self, a)
    and one ~= color(self, b) and one == color(self, i) and bottom(self, z) < high and top(self, z) > low
    and bottom(self, a) < high and top(self, a) > low and bottom(self, b) < high and top(self, b) > low
    and C[a] * one < C[z] * one and C[b] * one < C[a] * one and o * one > C[b] * one and c * one > C[y] * one
    and 100 * one or 0)
end)

-- Hikkake: an inside bar, then a bar that leaves it to one side: ±100 for the other side; ±200 when within three
-- bars the close comes back through the inside bar. cdlhikkakemod() wants two inside bars and a close near the edge
-- of the first.
local function hikkake(self, found, i)
  local now = self.count
  if found then
    local y = self.h[i] < self.h[i - 1] and 100 or -100
    self.sign, self.mark, self.high, self.low = y, now, self.h[i - 1], self.l[i - 1]
    return y
  end
  local sign = self.sign
  if sign ~= 0 and now <= self.mark + 3
      and ((sign > 0 and self.c[i] > self.high) or (sign < 0 and self.c[i] < self.low)) then
    self.sign = 0
    return 2 * sign
  end
  return 0
end

-- TA-Lib looks for the pattern three candles before its first answer already, so that a confirmation is not missed.
M.cdlhikkake = pattern("cdlhikkake", 5, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local H, L, a, b = self.h, self.l, i - 2, i - 1
  local found = min(H[a] - H[b], L[b] - L[a]) > 0 and ((h < H[b] and l < L[b]) or (h > H[b] and l > L[b]))
  return say(self, hikkake(self, found, i))
end, nil, 3)

M.cdlhikkakemod = pattern("cdlhikkakemod", 10, 1, function(self, o, h, l, c)
  local i = push(self, o, h, l, c)
  if not i then return nil end
  local H, L, C, z, a, b = self.h, self.l, self.c, i - 3, i - 2, i - 1
  local near = distance(self, 1, a, NEAR)
  local found = min(H[z] - H[a], L[a] - L[z], H[a] - H[b], L[b] - L[a]) > 0
    and ((h < H[b] and l < L[b] and C[a] <= L[a] + near) or (h > H[b] and l > L[b] and C[a] >= H[a] - near))
  return say(self, hikkake(self, found, i))
end, nil, 3)

return M
