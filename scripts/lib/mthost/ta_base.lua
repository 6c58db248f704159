-- What the indicators share: windows of the last n values, and the list of all that there are. Their face is
-- mthost.object's.
local object = require "mthost.object"
local base = { need = object.need, need2 = object.need2, need3 = object.need3, need4 = object.need4,
               finite = object.finite, ring = object.ring }
local max, min, abs = math.max, math.min, math.abs

-- What an object hands to another inside it may be a little beyond what an input may be, and must not raise there: the
-- outer one has changed already.
function base.clip(x) return max(min(x, 1e50), -1e50) end

-- True range: the greatest of high - low and the distances of both from the close before.
-- (Prices go up and down at random, so a maximum of the processor beats a branch.)
function base.range(high, low, close_before)
  return max(high - low, abs(high - close_before), abs(close_before - low))
end

-- The sum of the last n values. A running sum would drift; `fresh` collects the same window from zero and takes
-- over once per turn of the ring. slide(w, x) -> the sum; w.full says whether the window is complete.
function base.window(n)
  return { n = n, ring = base.ring(n), pos = 1, sum = 0, fresh = 0, full = false }
end

function base.slide(w, x)
  local n, pos, ring = w.n, w.pos, w.ring
  local fresh = w.fresh + x
  local sum = w.sum - ring[pos] + x
  ring[pos] = x
  if pos == n then
    sum, fresh, pos, w.full = fresh, 0, 0, true
  end
  w.sum, w.fresh, w.pos = sum, fresh, pos + 1
  return sum
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

function base.highest(e, x)
  local pos, ring, n = e.pos + 1, e.ring, e.n
  x = x + 0      -- no negative zero: which of two zeros a maximum picks is not the same everywhere
  ring[pos] = x
  local best = max(e.best, x)
  if pos < n then
    e.pos, e.best = pos, best
    return max(ring[pos + 1], best)
  end
  local rest = x
  for i = n - 1, 1, -1 do
    rest = max(rest, ring[i])
    ring[i] = rest
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
-- place 0; nil until the window is full. Sums are kept as in moments().
function base.line(n)
  local sx, sxx = n * (n - 1) / 2, n * (n - 1) * (2 * n - 1) / 6
  return { n = n, ring = base.ring(n), pos = 1, full = false, sx = sx, det = n * sxx - sx * sx,
           begun = false, ref = 0, sy = 0, sxy = 0, fresh_ref = 0, fy = 0, fxy = 0 }
end

function base.fit(f, y)
  local n, pos, ring = f.n, f.pos, f.ring
  if not f.begun then f.begun, f.fresh_ref = true, y end
  local gone, come, fresh = ring[pos] - f.ref, y - f.ref, y - f.fresh_ref
  local rest = f.sy - gone
  local sxy, sy = f.sxy - rest + (n - 1) * come, rest + come
  local fy, fxy = f.fy + fresh, f.fxy + (pos - 1) * fresh
  ring[pos] = y
  if pos == n then
    sy, sxy, f.ref = fy, fxy, f.fresh_ref
    f.fresh_ref, fy, fxy = fy / n + f.fresh_ref, 0, 0
    pos, f.full = 0, true
  end
  f.pos, f.sy, f.sxy, f.fy, f.fxy = pos + 1, sy, sxy, fy, fxy
  if f.full then
    local slope = (n * sxy - f.sx * sy) / f.det
    return slope, (sy - slope * f.sx) / n + f.ref
  end
end

-- Mean and population variance of the last n values. The sums are of distances from a value near them (`ref`), so a
-- large price with a small spread loses no digits; the second pair collects the same window from zero around the mean of
-- the turn before and takes over once per turn of the ring, so nothing drifts and a spike is forgotten.
-- nil until the ring has been filled once.
function base.moments_init(self)
  self.ring, self.pos = base.ring(self.n), 1
  self.ref, self.s1, self.s2 = 0, 0, 0
  self.begun, self.fresh_ref, self.f1, self.f2 = false, 0, 0, 0
end

function base.moments(self, x)
  local n, pos, window = self.n, self.pos, self.ring
  if not self.begun then self.begun, self.fresh_ref = true, x end
  local gone, come, fresh = window[pos] - self.ref, x - self.ref, x - self.fresh_ref
  local s1 = self.s1 - gone + come
  local s2 = self.s2 - gone * gone + come * come
  local f1, f2 = self.f1 + fresh, self.f2 + fresh * fresh
  window[pos] = x
  if pos == n then
    s1, s2, self.ref = f1, f2, self.fresh_ref
    self.fresh_ref, f1, f2 = f1 / n + self.fresh_ref, 0, 0
    pos, self.live = 0, true
  end
  self.pos, self.s1, self.s2, self.f1, self.f2 = pos + 1, s1, s2, f1, f2
  if self.live then
    local mean = s1 / n
    return mean + self.ref, max(s2 / n - mean * mean, 0)
  end
end

-- define { name, params, options, takes, inputs = n, outputs = n, … } as in object.constructor, and
-- timed = true when warming up takes time and not a number of updates. Messages name the module that a script requires.
function base.define(class)
  class.outputs = class.outputs or 1
  local construct = object.constructor(base.file:match "^volume" or "ta", class)
  base.classes[#base.classes + 1] = { name = class.name, new = construct, params = class.params or {},
    inputs = class.inputs or 1, outputs = class.outputs, takes = class.takes, exact_lookback = not class.timed,
    file = base.file }
  return construct
end

-- Every class defined so far, in order, with the file it stands in: for tests, for the manual, and for the command
-- that runs one over a file.
base.classes = {}

return base
