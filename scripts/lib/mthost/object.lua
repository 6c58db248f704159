-- What every streaming object of the library is made of: its face, the checks of what goes in, windows in time.
--
-- An object is one flat table of numbers, booleans, rings (arrays of numbers) and child objects, plus its methods. The
-- methods are fields and not a metatable's, because scripts have no setmetatable and the compiler likes them as much.
-- Everything that is not a function is state: save() copies it, load() puts it back, so no object can forget a field.
--
--   x:update(...)  the next input; the outputs, or nil while there are none
--   x:take(event)  the same with a bar, quote or trade, of which it takes the fields it needs
--   x:value()      the last outputs again
--   x:ready()      whether there are any
--   x:lookback()   how many updates give nothing
--   x:reset()      as new
--   x:save()       a plain table; x:load(t) takes it back, into an object made with the same arguments
local object = {}

local max, min, floor, abs = math.max, math.min, math.floor, math.abs

-- What lies beyond raises: powers and products of inputs up to the sixth stay finite, so neither NaN nor infinity can
-- ever get into a state, where it would stay for ever.
local LIMIT = 1e50
-- Sizes are multiplied with prices and squared times.
local LIMIT_QTY = 1e25

local function refuse(x, what)
  error(what .. ", got " .. tostring(x), 4)
end

local FINITE = "an input must be a finite number within 1e50"
local QUANTITY = "a quantity must be a number from 0 to 1e25"

-- These raise at the line that called the method, so the method itself must call them.
function object.need(x)
  if type(x) ~= "number" or not (x >= -LIMIT and x <= LIMIT) then refuse(x, FINITE) end
end

function object.need2(x, y)
  if type(x) ~= "number" or not (x >= -LIMIT and x <= LIMIT) then refuse(x, FINITE) end
  if type(y) ~= "number" or not (y >= -LIMIT and y <= LIMIT) then refuse(y, FINITE) end
end

function object.need3(x, y, z)
  if type(x) ~= "number" or not (x >= -LIMIT and x <= LIMIT) then refuse(x, FINITE) end
  if type(y) ~= "number" or not (y >= -LIMIT and y <= LIMIT) then refuse(y, FINITE) end
  if type(z) ~= "number" or not (z >= -LIMIT and z <= LIMIT) then refuse(z, FINITE) end
end

function object.need4(x, y, z, w)
  if type(x) ~= "number" or not (x >= -LIMIT and x <= LIMIT) then refuse(x, FINITE) end
  if type(y) ~= "number" or not (y >= -LIMIT and y <= LIMIT) then refuse(y, FINITE) end
  if type(z) ~= "number" or not (z >= -LIMIT and z <= LIMIT) then refuse(z, FINITE) end
  if type(w) ~= "number" or not (w >= -LIMIT and w <= LIMIT) then refuse(w, FINITE) end
end

function object.need_qty(x)
  if type(x) ~= "number" or not (x >= 0 and x <= LIMIT_QTY) then refuse(x, QUANTITY) end
end

-- The number of the row of `step` that a price belongs to; half way between two rows it is the upper one, whatever the
-- last bits of the quotient are. Beyond 1e15 rows a number no longer has all its units.
function object.row(price, step)
  local row = price / step
  row = floor(row + abs(row) * 2 ^ -52 + 0.5)
  if not (row >= -1e15 and row <= 1e15) then
    error(string.format("a price must be within 1e15 steps of %.10g, got %.10g", step, price), 3)
  end
  return row
end

-- An argument of a plain function `name`, which must call this itself.
function object.need_arg(name, what, x, low, high)
  if type(x) ~= "number" or not (x >= low and x <= high) then
    error(string.format("%s: %s must be a number from %.10g to %.10g, got %s", name, what, low, high, tostring(x)), 3)
  end
end

function object.need_whole(name, what, x, low, high)
  if type(x) ~= "number" or not (x >= low and x <= high) or x % 1 ~= 0 then
    error(string.format("%s: %s must be a whole number from %.10g to %.10g, got %s", name, what, low, high,
      tostring(x)), 3)
  end
end

local function finite(x)
  return type(x) == "number" and x >= -LIMIT and x <= LIMIT
end
object.finite = finite

-- A ring is an array of n zeros; who owns it keeps the position.
function object.ring(n)
  local ring = {}
  for i = 1, n do ring[i] = 0 end
  return ring
end

-- A sum over the last `length` seconds: CELLS cells of equal length, the newest still filling, so that the window is
-- between 0.9 and 1 of its length. add(w, time, x) -> sum. The sum is made anew with each cell, so it cannot drift.
-- An event from before the newest cell counts into that cell.
local CELLS = 10

function object.window(length)
  return { cell_s = length / CELLS, cell = 0, first = 0, started = false, pos = 1, sum = 0, ring = object.ring(CELLS) }
end

function object.add(w, time, x)
  local cell, ring = floor(time / w.cell_s), w.ring
  if not w.started then w.started, w.cell, w.first = true, cell, cell end
  local passed = cell - w.cell
  if passed > 0 then
    local pos = w.pos
    for _ = 1, min(passed, CELLS) do
      pos = pos % CELLS + 1
      ring[pos] = 0
    end
    local sum = 0
    for i = 1, CELLS do sum = sum + ring[i] end
    w.pos, w.cell, w.sum = pos, cell, sum
  end
  local pos = w.pos
  ring[pos] = ring[pos] + x
  local sum = w.sum + x
  w.sum = sum
  return sum
end

-- How many seconds the window of the last add covers: at least one cell, so a rate is never a division by nothing.
function object.covered(w, time)
  local cells = min(w.cell - w.first, CELLS - 1)
  local part = min(max(time / w.cell_s - w.cell, 0), 1)
  return max(cells + part, 1) * w.cell_s
end

-- Sums that stay exact over millions of events: `low` keeps what the addition lost (Neumaier).
function object.total() return { high = 0, low = 0 } end

function object.grow(t, x)
  local high = t.high
  local sum = high + x
  if abs(high) >= abs(x) then
    t.low = t.low + ((high - sum) + x)
  else
    t.low = t.low + ((x - sum) + high)
  end
  t.high = sum
  return sum + t.low
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
      error("load: this state is of another object: field " .. path .. tostring(key), 0)
    end
    if kind == "table" then
      compare(value, saved[key], path .. tostring(key) .. ".")
    elseif kind == "number" and not (saved[key] - saved[key] == 0) then
      error("load: not a finite number: field " .. path .. tostring(key), 0)
    elseif kind == "string" and value ~= saved[key] then
      error("load: this state is of another object: " .. tostring(saved[key]) .. " is no " .. value, 0)
    end
  end
  for key in pairs(saved) do
    if own[key] == nil then error("load: unknown field " .. path .. tostring(key), 0) end
  end
end

local function restore(own, saved)
  for key, value in pairs(saved) do
    if type(value) == "table" then restore(own[key], value) else own[key] = value end
  end
end

local function save(self) return copy(self) end

local function load(self, saved)
  local name = self.kind
  if type(saved) ~= "table" then error(name .. ": load: expected a table that save() made", 2) end
  local ok, message = pcall(compare, self, saved, "")
  if not ok then error(name .. ": " .. message, 2) end
  for key, value in pairs(self.fixed) do
    if value ~= saved.fixed[key] then error(name .. ": load: this state was made with another " .. key, 2) end
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
value_of[9] = function(self)
  if self.live then
    return self.y1, self.y2, self.y3, self.y4, self.y5, self.y6, self.y7, self.y8, self.y9
  end
end

local function reset(self)
  self.live = false
  for i = 1, self.outputs do self["y" .. i] = 0 end
  self:init()
end

-- { bad = "skip" }: an event with an unusable input changes nothing and answers nil.
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
  function(self, a, b, c, d, e)
    if finite(a) and finite(b) and finite(c) and finite(d) and finite(e) then return self:feed(a, b, c, d, e) end
  end,
}

local function need_event(self, event)
  local kind = type(event)
  if kind ~= "table" and kind ~= "cdata" and kind ~= "userdata" then
    error(self.kind .. ": take: expected a bar, a quote or a trade, got " .. tostring(event), 3)
  end
end

-- x:take(event): update with the fields of a bar, a quote or a trade that have the names of the inputs.
local function taker(takes)
  local a, b, c, d, e = takes[1], takes[2], takes[3], takes[4], takes[5]
  local by_count = {
    function(self, event)
      need_event(self, event)
      return self:update(event[a])
    end,
    function(self, event)
      need_event(self, event)
      return self:update(event[a], event[b])
    end,
    function(self, event)
      need_event(self, event)
      return self:update(event[a], event[b], event[c])
    end,
    function(self, event)
      need_event(self, event)
      return self:update(event[a], event[b], event[c], event[d])
    end,
    function(self, event)
      need_event(self, event)
      return self:update(event[a], event[b], event[c], event[d], event[e])
    end,
  }
  return by_count[#takes]
end

local function argument(name, spec, value)
  local low, high = spec[3], spec[4]
  if value == nil then value = spec[2] end
  local whole = spec.whole ~= false
  if type(value) ~= "number" or not (value >= low and value <= high) or (whole and value % 1 ~= 0)
      or value == spec.never then
    error(string.format("%s: %s must be a %s from %.10g to %.10g%s, got %s", name, spec[1],
      whole and "whole number" or "number", low, high, spec.never and " except " .. spec.never or "",
      tostring(value)), 4)
  end
  return value
end

local RAISE_OR_SKIP = { "raise", "skip" }

local function option(name, class, key, value)
  local allowed = class.options and class.options[key]
  if key == "bad" and class.plain ~= false then allowed = RAISE_OR_SKIP end
  if not allowed then error(name .. ": unknown option " .. tostring(key), 4) end
  for i = 1, #allowed do
    if allowed[i] == value then return end
  end
  error(string.format("%s: option %s must be one of %s, got %s", name, key, table.concat(allowed, ", "),
    tostring(value)), 4)
end

-- The arguments by position; a last table is options.
local function configure(self, class, params, ...)
  local name, fixed, count = self.kind, self.fixed, select("#", ...)
  local given = count > 0 and select(count, ...)
  if type(given) == "table" then
    count = count - 1
    for key, value in pairs(given) do
      option(name, class, key, value)
      fixed[key] = value
      if key ~= "bad" then self[key] = value end
    end
  end
  if count > #params then error(string.format("%s: takes %d arguments, got %d", name, #params, count), 3) end
  for i = 1, #params do
    local value = nil
    if i <= count then value = select(i, ...) end
    value = argument(name, params[i], value)
    self[params[i][1]], fixed[params[i][1]] = value, value
  end
  if class.valid then
    local ok, why = class.valid(self)
    if not ok then error(name .. ": " .. why, 3) end
  end
end

-- constructor("book", class) -> f(param…, {options}), which makes an object. A class is { name =, params = { {name,
-- default, min, max, whole = false, never = x}, … }, options = { name = { "a", "b" } }, takes = names of the inputs, outputs = how
-- many or their names, valid = f(self) -> ok, why, init = f(self), update = f(self, …), methods = { name = f },
-- plain = false when an input is no number }. init sets every field that update uses, and self.look.
function object.constructor(module, class)
  local params, takes, outputs = class.params or {}, class.takes, class.outputs
  local count = type(outputs) == "table" and #outputs or outputs
  local take = class.plain ~= false and taker(takes) or nil
  return function(...)
    local self = { kind = module .. "." .. class.name, live = false, look = 0, outputs = count, fixed = {} }
    configure(self, class, params, ...)
    for key, method in pairs(class.methods or {}) do self[key] = method end
    self.init, self.update, self.take, self.reset, self.ready = class.init, class.update, take, reset, ready
    self.value, self.lookback, self.save, self.load = value_of[count], lookback, save, load
    if self.fixed.bad == "skip" then self.feed, self.update = class.update, skipping[#takes] end
    reset(self)
    return self
  end
end

-- module("book") -> define, and the list of what was defined: define(class) gives the constructor.
function object.module(module)
  local classes = {}
  return function(class)
    local construct = object.constructor(module, class)
    classes[#classes + 1] = { name = class.name, new = construct, params = class.params or {}, takes = class.takes,
      outputs = class.outputs, plain = class.plain ~= false }
    return construct
  end, classes
end

return object
