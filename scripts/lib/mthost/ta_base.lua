-- What every streaming object of mthost.ta and mthost.volume is made of.
--
-- An object is one flat table of numbers, booleans, rings (arrays of numbers) and child objects, plus its methods. The
-- methods are fields and not a metatable's, because scripts have no setmetatable and the compiler likes them as much.
-- Everything that is not a function is state: save() copies it, load() puts it back, so no object can forget a field.
--
--   x:update(...)  the next input; the outputs, or nil while warming up
--   x:value()      the last outputs again
--   x:ready()      whether there is one
--   x:lookback()   how many updates give nothing
--   x:reset()      as new
--   x:save()       a plain table; x:load(t) takes it back, into an object made with the same arguments
local base = {}

-- Inputs beyond this raise: powers and products of them up to the sixth stay finite, so neither NaN nor infinity can
-- ever get into a state, where it would stay for ever.
local LIMIT = 1e50

local function refuse(x)
  error("ta: an input must be a finite number within 1e50, got " .. tostring(x), 4)
end

-- need(x) raises at the line that called update; so it must be called by update itself.
function base.need(x)
  if type(x) ~= "number" or not (x >= -LIMIT and x <= LIMIT) then refuse(x) end
end

function base.need2(x, y)
  if type(x) ~= "number" or not (x >= -LIMIT and x <= LIMIT) then refuse(x) end
  if type(y) ~= "number" or not (y >= -LIMIT and y <= LIMIT) then refuse(y) end
end

function base.need3(x, y, z)
  if type(x) ~= "number" or not (x >= -LIMIT and x <= LIMIT) then refuse(x) end
  if type(y) ~= "number" or not (y >= -LIMIT and y <= LIMIT) then refuse(y) end
  if type(z) ~= "number" or not (z >= -LIMIT and z <= LIMIT) then refuse(z) end
end

function base.need4(x, y, z, w)
  if type(x) ~= "number" or not (x >= -LIMIT and x <= LIMIT) then refuse(x) end
  if type(y) ~= "number" or not (y >= -LIMIT and y <= LIMIT) then refuse(y) end
  if type(z) ~= "number" or not (z >= -LIMIT and z <= LIMIT) then refuse(z) end
  if type(w) ~= "number" or not (w >= -LIMIT and w <= LIMIT) then refuse(w) end
end

function base.finite(x)
  return type(x) == "number" and x >= -LIMIT and x <= LIMIT
end

-- A ring is an array of n zeros; who owns it keeps the position.
function base.ring(n)
  local ring = {}
  for i = 1, n do ring[i] = 0 end
  return ring
end

-- True range: the greatest of high - low and the distances of both from the close before.
-- (Prices go up and down at random, so a maximum of the processor beats a branch.)
local max, abs = math.max, math.abs

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
  for i = n - 1, 1, -1 do
    if ring[i] < ring[i + 1] then ring[i] = ring[i + 1] end
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
  for i = n - 1, 1, -1 do
    local a, b = ring[i], ring[i + 1]
    if a < b or (a == b and not oldest) then ring[i], where[i] = b, where[i + 1] end
  end
  e.pos, e.best, e.at = 0, NOTHING, 0
  return best, at
end

-- A straight line through the last n values, least squares: place 0 is the oldest. fit(f, x) -> slope, value at
-- place 0; nil until the window is full. Sums are kept as in moments().
function base.line(n)
  local sx, sxx = n * (n - 1) / 2, n * (n - 1) * (2 * n - 1) / 6
  return { n = n, ring = base.ring(n), pos = 1, full = false, sx = sx, det = n * sxx - sx * sx,
           ref = 0, sy = 0, sxy = 0, fresh_ref = 0, fy = 0, fxy = 0 }
end

function base.fit(f, y)
  local n, pos, ring = f.n, f.pos, f.ring
  if pos == 1 then f.fresh_ref, f.fy, f.fxy = y, 0, 0 end
  local gone, come, fresh = ring[pos] - f.ref, y - f.ref, y - f.fresh_ref
  local rest = f.sy - gone
  local sxy, sy = f.sxy - rest + (n - 1) * come, rest + come
  local fy, fxy = f.fy + fresh, f.fxy + (pos - 1) * fresh
  ring[pos] = y
  if pos == n then
    sy, sxy, f.ref = fy, fxy, f.fresh_ref
    pos, f.full = 0, true
  end
  f.pos, f.sy, f.sxy, f.fy, f.fxy = pos + 1, sy, sxy, fy, fxy
  if f.full then
    local slope = (n * sxy - f.sx * sy) / f.det
    return slope, (sy - slope * f.sx) / n + f.ref
  end
end

-- Mean and population variance of the last n values. The sums are of distances from a value of the window (`ref`), so a
-- large price with a small spread loses no digits; the second pair collects the same window from zero around its own
-- reference and takes over once per turn of the ring, so nothing drifts and a spike is forgotten when it leaves.
-- nil until the ring has been filled once.
function base.moments_init(self)
  self.ring, self.pos = base.ring(self.n), 1
  self.ref, self.s1, self.s2 = 0, 0, 0
  self.fresh_ref, self.f1, self.f2 = 0, 0, 0
end

function base.moments(self, x)
  local n, pos, window = self.n, self.pos, self.ring
  if pos == 1 then self.fresh_ref, self.f1, self.f2 = x, 0, 0 end
  local gone, come, fresh = window[pos] - self.ref, x - self.ref, x - self.fresh_ref
  local s1 = self.s1 - gone + come
  local s2 = self.s2 - gone * gone + come * come
  local f1, f2 = self.f1 + fresh, self.f2 + fresh * fresh
  window[pos] = x
  if pos == n then
    s1, s2, self.ref = f1, f2, self.fresh_ref
    pos, self.live = 0, true
  end
  self.pos, self.s1, self.s2, self.f1, self.f2 = pos + 1, s1, s2, f1, f2
  if self.live then
    local mean = s1 / n
    local variance = s2 / n - mean * mean
    if variance < 0 then variance = 0 end
    return mean + self.ref, variance
  end
end

local function copy(from)
  local to = {}
  for key, value in pairs(from) do
    local kind = type(value)
    if kind == "table" then
      to[key] = copy(value)
    elseif kind ~= "function" then
      to[key] = value
    end
  end
  return to
end

-- Compare before anything is written: a refused load leaves the object as it was.
local function compare(own, saved, path)
  for key, value in pairs(own) do
    local kind = type(value)
    if kind ~= "function" and type(saved[key]) ~= kind then
      error("ta: load: this state is of another object: field " .. path .. tostring(key), 0)
    end
    if kind == "table" then
      compare(value, saved[key], path .. tostring(key) .. ".")
    elseif kind == "number" and not (saved[key] - saved[key] == 0) then
      error("ta: load: not a finite number: field " .. path .. tostring(key), 0)
    end
  end
  for key in pairs(saved) do
    if own[key] == nil then error("ta: load: unknown field " .. path .. tostring(key), 0) end
  end
end

local function restore(own, saved)
  for key, value in pairs(saved) do
    if type(value) == "table" then restore(own[key], value) else own[key] = value end
  end
end

local function save(self) return copy(self) end

local function load(self, saved)
  if type(saved) ~= "table" then error("ta: load: expected a table that save() made", 2) end
  local ok, message = pcall(compare, self, saved, "")
  if not ok then error(message, 2) end
  for name in pairs(self.fixed) do
    if self.fixed[name] ~= saved.fixed[name] then
      error("ta: load: this state was made with another " .. name, 2)
    end
  end
  restore(self, saved)
end

local function ready(self) return self.live end

local function lookback(self) return self.look end

local value_of = {
  function(self) if self.live then return self.y1 end end,
  function(self) if self.live then return self.y1, self.y2 end end,
  function(self) if self.live then return self.y1, self.y2, self.y3 end end,
  function(self) if self.live then return self.y1, self.y2, self.y3, self.y4 end end,
  function(self) if self.live then return self.y1, self.y2, self.y3, self.y4, self.y5 end end,
}

local function reset(self)
  self.live = false
  for i = 1, self.outputs do self["y" .. i] = 0 end
  self:init()
end

-- The wrapper of { bad = "skip" }: an event with an unusable input changes nothing and answers nil.
local finite = base.finite
local skipping = {
  function(self, a)
    if finite(a) then return self:feed(a) end
  end,
  function(self, a, b)
    if finite(a) and finite(b) then return self:feed(a, b) end
  end,
  function(self, a, b, c)
    if finite(a) and finite(b) and finite(c) then return self:feed(a, b, c) end
  end,
  function(self, a, b, c, d)
    if finite(a) and finite(b) and finite(c) and finite(d) then return self:feed(a, b, c, d) end
  end,
}

local function argument(name, spec, value, level)
  local low, high = spec[3], spec[4]
  if value == nil then value = spec[2] end
  if value == nil then error("ta." .. name .. ": " .. spec[1] .. " is missing", level) end
  local whole = spec.whole ~= false
  if type(value) ~= "number" or not (value >= low and value <= high) or (whole and value % 1 ~= 0) then
    error(string.format("ta.%s: %s must be a %s from %.10g to %.10g, got %s", name, spec[1],
      whole and "whole number" or "number", low, high, tostring(value)), level)
  end
  return value
end

local function option(name, known, key, value, level)
  local allowed = known[key]
  if not allowed then error("ta." .. name .. ": unknown option " .. tostring(key), level) end
  for i = 1, #allowed do
    if allowed[i] == value then return end
  end
  error(string.format("ta.%s: option %s must be one of %s, got %s", name, key, table.concat(allowed, ", "),
    tostring(value)), level)
end

-- define { name, params = { {name, default, min, max, whole = false}, … }, inputs = n, outputs = n,
--          options = { name = { "a", "b" } }, valid = f(self) -> ok, why, init = f(self), update = f(self, …),
--          takes = names of the inputs, timed = true when warming up takes time and not a number of updates }
-- gives the constructor: name(param…, {options}). init sets every field that update uses, and self.look.
function base.define(class)
  local name, params = class.name, class.params or {}
  local known = { bad = { "raise", "skip" } }
  for key, allowed in pairs(class.options or {}) do known[key] = allowed end
  local inputs, outputs = class.inputs or 1, class.outputs or 1

  local function construct(...)
    local count = select("#", ...)
    local given = count > 0 and select(count, ...)
    local self = { kind = name, live = false, look = 0, outputs = outputs, y1 = 0, fixed = {} }
    local fixed = self.fixed
    if type(given) == "table" then
      count = count - 1
      for key, value in pairs(given) do
        option(name, known, key, value, 3)
        fixed[key] = value
        if key ~= "bad" then self[key] = value end
      end
    end
    if count > #params then
      error(string.format("ta.%s: takes %d arguments, got %d", name, #params, count), 2)
    end
    for i = 1, #params do
      local given_value = nil
      if i <= count then given_value = select(i, ...) end
      local value = argument(name, params[i], given_value, 3)
      self[params[i][1]], fixed[params[i][1]] = value, value
    end
    if class.valid then
      local ok, why = class.valid(self)
      if not ok then error("ta." .. name .. ": " .. why, 2) end
    end
    self.init, self.update, self.reset, self.ready = class.init, class.update, reset, ready
    self.value, self.lookback, self.save, self.load = class.value or value_of[outputs], lookback, save, load
    if fixed.bad == "skip" then self.feed, self.update = class.update, skipping[inputs] end
    reset(self)
    return self
  end
  base.classes[#base.classes + 1] = { name = name, new = construct, params = params, inputs = inputs, outputs = outputs,
    takes = class.takes, exact_lookback = not class.timed, file = base.file }
  return construct
end

-- Every class defined so far, in order, with the file it stands in: for tests, for the manual, and for the command
-- that runs one over a file.
base.classes = {}

return base
