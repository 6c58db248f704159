-- What the indicators share: windows of the last n values, and the list of all that there are. Their face is
-- mthost.object's.
local object = require "mthost.object"
local base = { need = object.need, need2 = object.need2, need3 = object.need3, need4 = object.need4,
               finite = object.finite, ring = object.ring }
local max, min, abs, sqrt = math.max, math.min, math.abs, math.sqrt

-- What an object hands to another inside it may be a little beyond what an input may be, and must not raise there: the
-- outer one has changed already.
-- (A result in brackets is no tail call: one into the processor's maximum keeps a function from being compiled where it is
-- called by code that is not, and after a few attempts its callers too.)
function base.clip(x) return (max(min(x, 1e50), -1e50)) end

-- True range: the greatest of high - low and the distances of both from the close before.
-- (Prices go up and down at random, so a maximum of the processor beats a branch.)
function base.range(high, low, close_before)
  return (max(high - low, abs(high - close_before), abs(close_before - low)))
end

-- Results have no unit: no threshold here or in the indicators is a number of prices, volumes or their products. What is
-- zero in exact arithmetic is either exactly zero here, or it is compared with what rounding can make of it: two results
-- that differ by less than NOISE, as a part of what they were made of, are equal. (A price with its decimals is off by
-- 2^-53 of itself, and so is each operation. Of sums and differences of a few prices 2^-50 is more than the error and far
-- less than a step of any price.)
local NOISE = 2 ^ -50
base.NOISE = NOISE

-- a / b, bounded so that whatever is made of it stays finite; 0 when b is 0.
function base.ratio(a, b)
  if b == 0 then return 0 end
  return (max(min(a / b, 1e100), -1e100))
end

-- Whether deviations whose squares sum up to `squares` over n values are what rounding makes of values of this size.
function base.still(squares, n, size)
  local least = NOISE * size
  return squares <= n * least * least
end

-- How far a bar went beyond the one before, up and down. Of prices with decimals two equal distances may differ in their
-- last bits, and which of them is longer decides: then they are made equal.
function base.moves(high, low, high_before, low_before)
  local up, down = high - high_before, low_before - low
  if abs(up - down) <= NOISE * (abs(high) + abs(low)) then down = up end
  return up, down
end

-- A running sum keeps the rounding error of the largest values that it ever held. When what is left of a window is
-- smaller than COLLAPSE of that, the sums are made anew from the window: after a spike, or where the market comes to a
-- stop, they are what they would be without a past, and sums of zeros are zero. A collapse needs a window to fill with
-- something large before the next one, so its cost is shared by n updates.
local COLLAPSE = 2 ^ -10

-- The sum of the last n values: slide(w, x) takes one in, total(w) -> the sum, whether it was made anew. A running sum
-- would drift; `fresh` collects the same window from zero and takes over once per turn of the ring. w.full says whether
-- the window is complete. (`mass` is the sum of the sizes, `peak` its greatest value since the sums were begun. An object
-- with several windows slides them all before it asks for a total: what the compiler has to carry around the loop of a
-- collapse is then little.)
function base.window(n)
  return { n = n, ring = base.ring(n), pos = 1, sum = 0, fresh = 0, mass = 0, fresh_mass = 0, peak = 0, full = false }
end

function base.slide(w, x)
  local n, pos, ring = w.n, w.pos, w.ring
  local old, size = ring[pos], abs(x)
  local fresh, fresh_mass = w.fresh + x, w.fresh_mass + size
  local sum, mass = w.sum - old + x, w.mass - abs(old) + size
  local peak = max(w.peak, mass)
  ring[pos] = x
  if pos == n then
    sum, mass, peak, fresh, fresh_mass, pos, w.full = fresh, fresh_mass, fresh_mass, 0, 0, 0, true
  end
  w.sum, w.fresh, w.mass, w.fresh_mass, w.peak, w.pos = sum, fresh, mass, fresh_mass, peak, pos + 1
end

function base.total(w)
  if w.mass >= COLLAPSE * w.peak then return w.sum, false end
  local ring, sum, mass = w.ring, 0, 0
  for i = 1, w.n do
    local x = ring[i]
    sum, mass = sum + x, mass + abs(x)
  end
  w.sum, w.mass, w.peak = sum, mass, mass
  return sum, true
end

-- The value n updates ago: delay(d, x) stores x and gives it, or nil while there is none.
function base.delay_line(n)
  return { n = n, ring = base.ring(n), pos = 1, full = false }
end

function base.delay(d, x)
  local pos, ring = d.pos, d.ring
  local old = nil
  if d.full then old = ring[pos] end
  ring[pos] = x
  if pos == d.n then
    pos, d.full = 0, true
  end
  d.pos = pos + 1
  return old
end

-- Mean and sum of the distances from it over a delay line's window with x in it; nil until it is full. The mean is found as
-- a distance from x: of equal values both are right to the last bit.
function base.deviations(d, x)
  base.delay(d, x)
  if not d.full then return nil end
  local n, ring, mean, sum = d.n, d.ring, 0, 0
  for i = 1, n do mean = mean + (ring[i] - x) end
  mean = x + mean / n
  for i = 1, n do sum = sum + abs(ring[i] - mean) end
  return mean, sum
end

-- The greatest of the last n values. Values come in blocks of n: inside a block a running maximum is enough, and
-- when the block is full one pass turns it into the maxima from each place to its end, which is what the next block
-- needs of it. Two comparisons per value and one pass of n per n values, whatever the data. The least is 0 -
-- highest(e, 0 - x).
local NOTHING = -1e51

function base.extreme(n)
  local ring = {}
  for i = 1, n do ring[i] = NOTHING end
  return { n = n, ring = ring, pos = 0, best = NOTHING }
end

-- The compiler gives a loop up for good, for windows of all lengths, when it mostly ends after a round or two.
local function short_block(ring, n, x)
  if n > 1 then ring[n - 1] = max(x, ring[n - 1]) end
  if n > 2 then ring[1] = max(ring[2], ring[1]) end
end

function base.highest(e, x)
  local pos, ring, n = e.pos + 1, e.ring, e.n
  x = x + 0      -- no negative zero: which of two zeros a maximum picks is not the same everywhere
  ring[pos] = x
  local best = max(e.best, x)
  if pos < n then
    e.pos, e.best = pos, best
    return (max(ring[pos + 1], best))
  end
  if n > 3 then
    local rest = x
    for i = n - 1, 1, -1 do
      rest = max(rest, ring[i])
      ring[i] = rest
    end
  else
    short_block(ring, n, x)
  end
  e.pos, e.best = 0, NOTHING
  return best
end

-- The same with the place: highest value of the last n and the number (from 0) of the update that brought it; of equal
-- ones the newest, or with oldest = true the oldest.
function base.extreme_at(n, oldest)
  local e = base.extreme(n)
  e.where, e.at, e.count, e.oldest = base.ring(n), 0, 0, oldest or false
  return e
end

function base.highest_at(e, x)
  local pos, ring, where, n, best, at = e.pos + 1, e.ring, e.where, e.n, e.best, e.at
  local oldest, count = e.oldest, e.count
  e.count = count + 1
  ring[pos], where[pos] = x, count
  if x > best or (x == best and not oldest) then best, at = x, count end
  if pos < n then
    e.pos, e.best, e.at = pos, best, at
    local rest = ring[pos + 1]
    if rest > best or (rest == best and oldest) then return rest, where[pos + 1] end
    return best, at
  end
  local rest, place = x, count
  for i = n - 1, 1, -1 do
    local each = ring[i]
    if each > rest or (each == rest and oldest) then
      rest, place = each, where[i]
    else
      ring[i], where[i] = rest, place
    end
  end
  e.pos, e.best, e.at = 0, NOTHING, 0
  return best, at
end

-- A straight line through the last n values, least squares: place 0 is the oldest. fit(f, x) -> slope, value at
-- place 0; nil until the window is full. Sums are kept as in moments(), and begun anew as in slide(), and once in a turn also where
-- `ref` is far from all prices, because a spike was in its mean.
function base.line(n)
  local sx, sxx = n * (n - 1) / 2, n * (n - 1) * (2 * n - 1) / 6
  return { n = n, ring = base.ring(n), pos = 1, full = false, sx = sx, det = n * sxx - sx * sx,
           begun = false, ref = 0, sy = 0, sxy = 0, fresh_ref = 0, fy = 0, fxy = 0, mass = 0, fresh_mass = 0, peak = 0,
           moved = false }
end

function base.fit(f, y)
  local n, pos, ring = f.n, f.pos, f.ring
  if not f.begun then f.begun, f.fresh_ref = true, y end
  local gone, come, fresh = ring[pos] - f.ref, y - f.ref, y - f.fresh_ref
  local rest = f.sy - gone
  local sxy, sy = f.sxy - rest + (n - 1) * come, rest + come
  local fy, fxy, fresh_mass = f.fy + fresh, f.fxy + (pos - 1) * fresh, f.fresh_mass + abs(fresh)
  local mass = f.mass - abs(gone) + abs(come)
  local peak = max(f.peak, mass)
  ring[pos] = y
  if pos == n then
    sy, sxy, f.ref, mass, peak = fy, fxy, f.fresh_ref, fresh_mass, fresh_mass
    f.fresh_ref, fy, fxy, fresh_mass = fy / n + f.fresh_ref, 0, 0, 0
    pos, f.full, f.moved = 0, true, false
  end
  if mass < COLLAPSE * peak or (abs(sy) > 64 * n * abs(y) and not f.moved) then
    f.moved = true
    f.ref, sy, sxy, mass = y, 0, 0, 0
    for i = 0, n - 1 do
      local each = ring[(pos + i) % n + 1] - y
      sy, sxy, mass = sy + each, sxy + i * each, mass + abs(each)
    end
    peak = mass
  end
  f.pos, f.sy, f.sxy, f.fy, f.fxy, f.mass, f.fresh_mass, f.peak = pos + 1, sy, sxy, fy, fxy, mass, fresh_mass, peak
  if f.full then
    local slope = (n * sxy - f.sx * sy) / f.det
    if abs(slope) * n <= NOISE * abs(y) then slope = 0 end
    return slope, (sy - slope * f.sx) / n + f.ref
  end
end

-- Mean and population variance of the last n values. The sums are of distances from a value near them (`ref`), so a
-- large price with a small spread loses no digits; the second pair collects the same window from zero around the mean of
-- the turn before and takes over once per turn of the ring, so nothing drifts and a spike is forgotten. Where the spread
-- collapses, they are begun anew around the mean of the window; of equal values it is exactly 0.
-- moments(self, x) -> mean, variance; nil until the ring has been filled once. (It takes x in by moments_add and answers
-- by moments_of: see slide.)
function base.moments_init(self)
  self.ring, self.pos = base.ring(self.n), 1
  self.ref, self.s1, self.s2, self.peak = 0, 0, 0, 0
  self.begun, self.fresh_ref, self.f1, self.f2 = false, 0, 0, 0
end

function base.moments_add(self, x)
  local n, pos, window = self.n, self.pos, self.ring
  if not self.begun then self.begun, self.fresh_ref = true, x end
  local gone, come, fresh = window[pos] - self.ref, x - self.ref, x - self.fresh_ref
  local s1 = self.s1 - gone + come
  local s2 = self.s2 - gone * gone + come * come
  local f1, f2 = self.f1 + fresh, self.f2 + fresh * fresh
  local peak = max(self.peak, s2)
  window[pos] = x
  if pos == n then
    s1, s2, self.ref, peak = f1, f2, self.fresh_ref, f2
    self.fresh_ref, f1, f2 = f1 / n + self.fresh_ref, 0, 0
    pos, self.live = 0, true
  end
  self.pos, self.s1, self.s2, self.f1, self.f2, self.peak = pos + 1, s1, s2, f1, f2, peak
end

function base.moments_of(self)
  if not self.live then return nil end
  local n, s1, s2 = self.n, self.s1, self.s2
  local squares = s2 - s1 * s1 / n
  if squares < COLLAPSE * self.peak then
    -- The mean is found as a distance from one of the values: of equal ones it is that, to the last bit.
    local window = self.ring
    local one, ref = window[1], 0
    for i = 1, n do ref = ref + (window[i] - one) end
    ref, s1, s2 = one + ref / n, 0, 0
    for i = 1, n do
      local d = window[i] - ref
      s1, s2 = s1 + d, s2 + d * d
    end
    squares = s2 - s1 * s1 / n
    self.ref, self.s1, self.s2, self.peak = ref, s1, s2, s2
  end
  local mean = s1 / n + self.ref
  if base.still(squares, n, mean) then return mean, 0 end
  return mean, squares / n
end

function base.moments(self, x)
  base.moments_add(self, x)
  return base.moments_of(self)
end

-- Sums of two series at once, as in moments(). pair(self, x, y) -> the sums of squares and of products of the distances
-- from the means, and the means; nil until the window is full.
function base.pair_init(self)
  self.xs, self.ys, self.pos, self.full, self.begun = base.ring(self.n), base.ring(self.n), 1, false, false
  self.rx, self.ry, self.sx, self.sy, self.sxx, self.syy, self.sxy, self.px, self.py = 0, 0, 0, 0, 0, 0, 0, 0, 0
  self.gx, self.gy, self.fx, self.fy, self.fxx, self.fyy, self.fxy = 0, 0, 0, 0, 0, 0, 0
end

function base.pair(self, x, y)
  local n, pos, xs, ys = self.n, self.pos, self.xs, self.ys
  if not self.begun then self.begun, self.gx, self.gy = true, x, y end
  local ox, oy, nx, ny = xs[pos] - self.rx, ys[pos] - self.ry, x - self.rx, y - self.ry
  self.sx, self.sy = self.sx - ox + nx, self.sy - oy + ny
  self.sxx, self.syy = self.sxx - ox * ox + nx * nx, self.syy - oy * oy + ny * ny
  self.sxy = self.sxy - ox * oy + nx * ny
  self.px, self.py = max(self.px, self.sxx), max(self.py, self.syy)
  local fx, fy = x - self.gx, y - self.gy
  self.fx, self.fy = self.fx + fx, self.fy + fy
  self.fxx, self.fyy, self.fxy = self.fxx + fx * fx, self.fyy + fy * fy, self.fxy + fx * fy
  xs[pos], ys[pos] = x, y
  if pos == n then
    self.rx, self.ry, self.sx, self.sy = self.gx, self.gy, self.fx, self.fy
    self.sxx, self.syy, self.sxy, self.px, self.py = self.fxx, self.fyy, self.fxy, self.fxx, self.fyy
    self.gx, self.gy = self.fx / n + self.gx, self.fy / n + self.gy
    self.fx, self.fy, self.fxx, self.fyy, self.fxy = 0, 0, 0, 0, 0
    pos, self.full = 0, true
  end
  self.pos = pos + 1
  if not self.full then return nil end
  if self.sxx - self.sx * self.sx / n < COLLAPSE * self.px or self.syy - self.sy * self.sy / n < COLLAPSE * self.py then
    local rx, ry, sx, sy, sxx, syy, sxy = 0, 0, 0, 0, 0, 0, 0
    for i = 1, n do rx, ry = rx + (xs[i] - x), ry + (ys[i] - y) end
    rx, ry = x + rx / n, y + ry / n
    for i = 1, n do
      local dx, dy = xs[i] - rx, ys[i] - ry
      sx, sy, sxx, syy, sxy = sx + dx, sy + dy, sxx + dx * dx, syy + dy * dy, sxy + dx * dy
    end
    self.rx, self.ry, self.sx, self.sy, self.px, self.py = rx, ry, sx, sy, sxx, syy
    self.sxx, self.syy, self.sxy = sxx, syy, sxy
  end
  local sx, sy = self.sx, self.sy
  return self.sxx - sx * sx / n, self.syy - sy * sy / n, self.sxy - sx * sy / n, sx / n + self.rx, sy / n + self.ry
end

-- Slope of y over x and correlation, of what pair() gives; 0 where one stands still. `size_x` and `size_y` are the sizes
-- of what x and y were made of.
function base.slope(n, xx, yy, xy, size_x, size_y)
  if base.still(xx, n, size_x) or base.still(yy, n, size_y) then return 0, 0 end
  return base.ratio(xy, xx), max(min(xy / (sqrt(xx) * sqrt(yy)), 1), -1)
end

-- define { name, params, options, takes, inputs = n, outputs = n, … } as in object.constructor, and
-- timed = true when warming up takes time and not a number of updates; domain = { least, most } where other inputs have no
-- value. Messages name the module that a script requires.
function base.define(class)
  class.outputs = class.outputs or 1
  local construct = object.constructor(base.file:match "^volume" or "ta", class)
  base.classes[#base.classes + 1] = { name = class.name, new = construct, params = class.params or {},
    inputs = class.inputs or 1, outputs = class.outputs, takes = class.takes, exact_lookback = not class.timed,
    domain = class.domain, file = base.file }
  return construct
end

-- Every class defined so far, in order, with the file it stands in: for tests, for the manual, and for the command
-- that runs one over a file.
base.classes = {}

return base
