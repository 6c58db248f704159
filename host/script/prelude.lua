-- The first of the parts that C loads into a VM before any script: the shared header for ffi,
-- errors that name the author's line, and the environment that scripts get, built from nothing. The
-- parts (prelude, declare, objects, verbs, keep, dispatch) share the table H. H.c holds functions
-- of C. ffi, debug and jit live here and nowhere else; nothing that a script can reach leads to
-- them.
local H = ...
local ffi, bit = require "ffi", require "bit"
local rawnext, rawtype, rawtostring = next, type, tostring
local getinfo, getmetatable, sort, floor = debug.getinfo, getmetatable, table.sort, math.floor

ffi.cdef(H.abi)
for name, size in rawnext, H.sizes do
  assert(ffi.sizeof("struct " .. name) == size, name .. ": C and ffi disagree about its size")
end
for path, offset in rawnext, H.offsets do
  local struct, field = path:match "^(.-)%.(.*)$"
  assert(ffi.offsetof("struct " .. struct, field) == offset, path .. ": C and ffi disagree about its offset")
end
H.ffi = ffi

-- Errors ------------------------------------------------------------------------------------------

local INTERNAL = "=mthost"      -- the chunk name of all parts
H.handler_of = {}               -- dispatcher -> the author's function that it calls

-- "file:line: " of a frame that is the author's, or of the handler that a dispatcher called.
local function frame_place(info)
  if info.what ~= "C" and info.source ~= INTERNAL then return info.source:sub(2) .. ":" .. info.currentline .. ": " end
  local handler = H.handler_of[info.func]
  return handler and H.begin_of(handler)
end

-- "file:line: " of the nearest frame that is the author's. A handler that ends in `return
-- self:signal{…}` has no frame any more; then the place where the handler begins stands in. So it does
-- in a coroutine that ends like that: its own stack is empty, the main one is not.
local function position(level)
  local info = getinfo(level, "Slf")
  while info do
    local place = frame_place(info)
    if place then return place end
    level = level + 1
    info = getinfo(level, "Slf")
  end
  level, info = 0, getinfo(H.main, 0, "Slf")
  while info do
    local place = frame_place(info)
    if place then return place end
    level = level + 1
    info = getinfo(H.main, level, "Slf")
  end
  return ""
end

-- Where a verb was refused, for the journal. Looking at the stack is slow and not compiled: C asks for
-- it once a second at most.
function H.tell_place(port)
  local place = position(3):sub(1, -3):sub(-(ffi.C.MT_PLACE_MAX - 1))
  ffi.copy(port.refused_at, place)
  port.refused_new = false
end

function H.place() return position(3) end
-- The same of a request that passed.
function H.tell_note(port)
  local place = position(3):sub(1, -3):sub(-(ffi.C.MT_PLACE_MAX - 1))
  ffi.copy(port.noted_at, place)
  port.noted_new = false
end

local function raise(format, ...)
  H.c.refused()
  error(position(3) .. format:format(...), 0)
end
H.raise = raise

-- "file:line: " of where a function begins; of a whole file, which can only be meant at its tail, of the last line that
-- does something.
function H.begin_of(f)
  local at = getinfo(f, "SL")
  local line = at.linedefined
  if at.what == "main" then
    for active in rawnext, at.activelines do line = math.max(line, active) end
  end
  return at.source:sub(2) .. ":" .. line .. ": "
end

-- Control bytes of a text for people, as the author would write them: C ends a text at a zero.
local find, gsub, sub = string.find, string.gsub, string.sub
function H.visible(text)
  if not find(text, "%c") then return text end
  return (gsub(text, "%c", function(c) return ("\\%d"):format(c:byte()) end))
end

local ERROR_MAX = 1000

-- An error of the language itself, such as "attempt to call global 'print' (a nil value)", with what was likely meant.
-- The text of the script tells (lint); each error is looked into once.
local explained, EXPLAINED_MAX = {}, 100
local explained_count = 0

local function because(err)
  local short = explained[err]
  if short == nil then
    local noted = H.c.noted()
    local ok, why = pcall(H.why, err)
    H.c.noted(noted)
    if explained_count >= EXPLAINED_MAX then explained, explained_count = {}, 0 end
    short = ok and why and err .. ": " .. why or err
    explained[err], explained_count = short, explained_count + 1
  end
  return short
end

local OF_THE_LANGUAGE = { "attempt to ", "bad argument", " must be " }

-- The message handler of every call from C: what raised inside a part is shown at the line of the
-- script that called it.
function H.on_error(err)
  if rawtype(err) ~= "string" then return position(2) .. "the error is a " .. rawtype(err) .. " value" end
  -- After an overflow of the stack there is little of it for this handler: what is short and clean stays as it is.
  if sub(err, -14) == "stack overflow" then return err end
  if #err > ERROR_MAX then err = sub(err, 1, ERROR_MAX) .. "…" end
  if find(err, "%z") then err = gsub(err, "%z", "\\0") end
  local rest = err:match "^mthost:%d+: (.*)$"
  if rest then return position(2) .. rest end
  for i = 1, #OF_THE_LANGUAGE do
    if find(err, OF_THE_LANGUAGE[i], 1, true) then return because(err) end
  end
  return err
end

-- Called for the first error that may be explained: the parts that look at texts are loaded then.
function H.why(err)
  H.c.load_lint()
  return H.why(err)
end

-- A name without what people write differently: onBar, OnBar, on_bar.
function H.bare(name) return (name:lower():gsub("_", "")) end

local function letters(name)
  local list = { name:byte(1, -1) }
  sort(list)
  return table.concat(list, " ")
end

-- The name that is near to what was written (base/near.h, and the same letters in another order), or nil.
function H.guess(name, names)
  local bare, known, original = H.bare(name), {}, {}
  for i = 1, #names do
    if rawtype(names[i]) == "string" then
      known[#known + 1] = H.bare(names[i])
      original[known[#known]] = original[known[#known]] or names[i]
    end
  end
  sort(known)
  local found = original[bare] and bare or H.c.nearest(bare, known)
  for i = 1, #bare >= 3 and #known or 0 do
    if not found and #known[i] == #bare and letters(known[i]) == letters(bare) then found = known[i] end
  end
  return found and original[found]
end

-- ", did you mean 'x'?" where one of the names is near to what was written, else ": there are a b c" while these are few.
local KNOWN_MAX = 24
function H.nearest(name, names)
  local found, sorted = H.guess(name, names), {}
  if found then return ", did you mean '" .. found .. "'?" end
  for i = 1, #names do
    if rawtype(names[i]) == "string" then sorted[#sorted + 1] = names[i] end
  end
  if #sorted == 0 or #sorted > KNOWN_MAX then return "" end
  sort(sorted)
  return (#sorted == 1 and ": there is only " or ": there are ") .. table.concat(sorted, " ")
end

function H.set_of(names)
  local set = {}
  for i = 1, #names do set[names[i]] = true end
  return set
end

local function unknown_key(t, set, what)
  local names = {}
  for name in H.pairs(set) do names[#names + 1] = name end
  for key in H.pairs(t) do
    local text = H.tostring(key)
    if not set[key] then raise("%s: unknown field '%s'%s", what, text, H.nearest(text, names)) end
  end
end

-- Raise for a key of t that is not in the set. The walk is in no defined order, so the culprit is
-- looked up again in order.
function H.check_keys(t, set, what)
  for key in rawnext, t do
    if not set[key] then unknown_key(t, set, what) end
  end
end

-- The same for verbs, and returns the number of keys. Written out without a loop, because a short
-- loop inside of a handler keeps the compiler from finishing the handler.
function H.key_counter(names)
  local lines = { "local set, next, unknown = ... return function(t, what) local key = next(t)" }
  for i = 1, #names do
    lines[#lines + 1] = "if key == nil then return " .. i - 1 .. " end if not set[key] then unknown(t, set, what) end"
    lines[#lines + 1] = "key = next(t, key)"
  end
  lines[#lines + 1] = "if key ~= nil then unknown(t, set, what) end return " .. #names .. " end"
  return assert(loadstring(table.concat(lines, "\n"), INTERNAL))(H.set_of(names), rawnext, unknown_key)
end

-- Tables that scripts may read only: proxies, known to pairs ------------------------------------------------------------

local behind = {}       -- proxy -> what it shows
local hidden = {}       -- keys of objects that scripts must not see

function H.read_only(t, what)
  local proxy = setmetatable({}, {
    __index = t,
    __newindex = function(_, key) raise("%s is read-only (field '%s')", what, rawtostring(key)) end,
    __metatable = false,
  })
  behind[proxy] = t
  return proxy
end

-- What is behind a proxy, or the value itself.
function H.unwrapped(value) return behind[value] or value end

-- A table of functions or settings inside a module, which can be shown through a proxy: no list, whose length a proxy
-- does not have, nothing that is still empty and may become one, no object of the host.
local function is_namespace(t)
  return rawtype(t) == "table" and #t == 0 and rawnext(t) ~= nil and getmetatable(t) == nil
end

-- A module as another file sees it: to read only, always what the module has now. The proxies are the file's own,
-- because table.insert asks no metatable.
function H.module_view(views, t, what)
  local view = views[t]
  if view then return view end
  view = setmetatable({}, {
    __index = function(_, key)
      local value = t[key]
      if is_namespace(value) then return H.module_view(views, value, what) end
      return value
    end,
    __newindex = function(_, key)
      raise("%s is read-only (field '%s'): other files use it too; what changes belongs into self", what, rawtostring(key))
    end,
    __metatable = false,
  })
  behind[view], views[t] = t, view
  return view
end

-- A key that no script can name. A function, because the compiler turns upvalues that are functions
-- into constants but not those that are tables.
function H.hidden_key()
  local key = loadstring "return function() end" ()
  hidden[key] = true
  return key
end

-- The environment ---------------------------------------------------------------------------------

-- The order of `next` differs from process to process; this one does not.
local function ordered_keys(t)
  local n, numbers, strings, no, yes = #t, {}, {}, false, false
  for key in rawnext, t do
    local kind = rawtype(key)
    if kind == "number" then
      if not (key >= 1 and key <= n and key == floor(key)) then numbers[#numbers + 1] = key end
    elseif kind == "string" then
      strings[#strings + 1] = key
    elseif key == false then
      no = true
    elseif key == true then
      yes = true
    elseif not hidden[key] then
      raise("pairs: a key is a %s; only numbers, strings and booleans have an order", kind)
    end
  end
  sort(numbers)
  sort(strings)
  local keys = {}
  for i = 1, n do keys[i] = i end
  for i = 1, #numbers do keys[#keys + 1] = numbers[i] end
  for i = 1, #strings do keys[#keys + 1] = strings[i] end
  if no then keys[#keys + 1] = false end
  if yes then keys[#keys + 1] = true end
  return keys
end

function H.pairs(t)
  if rawtype(t) ~= "table" then raise("pairs: a table expected, got %s", rawtype(t)) end
  t = behind[t] or t
  local keys, i = ordered_keys(t), 0
  return function()
    while true do
      i = i + 1
      local key = keys[i]
      if key == nil then return nil end
      local value = t[key]
      if value ~= nil then return key, value end
    end
  end
end

local function safe_next(t, key)
  if rawtype(t) ~= "table" then raise("next: a table expected, got %s", rawtype(t)) end
  if key ~= nil then raise "next: only next(t) is there, to see whether t is empty; use pairs" end
  if rawnext(behind[t] or t) == nil then return nil end
  return true
end

-- No addresses: they differ from run to run.
local function safe_tostring(value)
  local kind = rawtype(value)
  if kind == "string" then return value end
  if kind == "number" or kind == "boolean" or kind == "nil" then return rawtostring(value) end
  if kind == "table" then
    local meta = getmetatable(value)
    if rawtype(meta) == "table" and rawtype(meta.__tostring) == "function" then return meta.__tostring(value) end
  end
  return kind
end

H.tostring = safe_tostring

local function after_pcall(handler, ok, ...)
  if ok then return true, ... end
  return false, handler((...))
end

local pcall = pcall
local function safe_xpcall(f, handler, ...)
  if rawtype(handler) ~= "function" then raise "xpcall: the handler must be a function" end
  return after_pcall(handler, pcall(f, ...))
end

local SUBJECT_MAX, PATTERN_MAX, REPEAT_MAX = 65536, 128, 1048576
local raw_string = {}
for _, name in ipairs { "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep",
                        "reverse", "sub", "upper" } do
  raw_string[name] = string[name]
end

local function check_pattern(name, s, pattern)
  if rawtype(s) ~= "string" and rawtype(s) ~= "number" then raise("%s: a string expected, got %s", name, rawtype(s)) end
  if rawtype(pattern) ~= "string" then raise("%s: the pattern must be a string, got %s", name, rawtype(pattern)) end
  if #rawtostring(s) > SUBJECT_MAX then raise("%s: the text is longer than %d bytes", name, SUBJECT_MAX) end
  if #pattern > PATTERN_MAX then raise("%s: the pattern is longer than %d bytes", name, PATTERN_MAX) end
end

local function formatted(format, ...)
  if rawtype(format) ~= "string" then raise("format: a string expected, got %s", rawtype(format)) end
  local pointer = "%%[^%a%%]*p"
  if raw_string.find(format, pointer) and raw_string.find(raw_string.gsub(format, "%%%%", ""), pointer) then
    raise "format: %%p would show an address"
  end
  local n, plain = select("#", ...), true
  for i = 1, n do
    local kind = rawtype((select(i, ...)))
    plain = plain and (kind == "number" or kind == "string")
  end
  if plain then return raw_string.format(format, ...) end
  local values = { ... }
  for i = 1, n do
    local kind = rawtype(values[i])
    if kind ~= "number" then values[i] = safe_tostring(values[i]) end
  end
  return raw_string.format(format, unpack(values, 1, n))
end

H.format = formatted

-- gsub calls back, and a coroutine runs, on the C stack, of which LuaJIT does not count: a recursion through either would
-- end the process. tests/programs/test_hostile_scripts.py tries it.
local depth, DEPTH_MAX = 0, 100
local function enter(what)
  if depth >= DEPTH_MAX then raise("%s: nested more than %d deep", what, DEPTH_MAX) end
  depth = depth + 1
end

local string_functions = {
  byte = raw_string.byte, char = raw_string.char, len = raw_string.len, lower = raw_string.lower, sub = raw_string.sub,
  reverse = raw_string.reverse, upper = raw_string.upper, format = formatted,
  find = function(s, pattern, init, plain)
    check_pattern("find", s, pattern)
    return raw_string.find(s, pattern, init, plain)
  end,
  match = function(s, pattern, init)
    check_pattern("match", s, pattern)
    return raw_string.match(s, pattern, init)
  end,
  gmatch = function(s, pattern)
    check_pattern("gmatch", s, pattern)
    return raw_string.gmatch(s, pattern)
  end,
  gsub = function(s, pattern, replacement, n)
    check_pattern("gsub", s, pattern)
    if rawtype(replacement) ~= "function" then return raw_string.gsub(s, pattern, replacement, n) end
    enter "gsub"
    local done, result, count = pcall(raw_string.gsub, s, pattern, replacement, n)
    depth = depth - 1
    if not done then error(result, 0) end
    return result, count
  end,
  rep = function(s, n, separator)
    if rawtype(n) ~= "number" then raise("rep: a number expected, got %s", rawtype(n)) end
    local one = #rawtostring(s) + (separator and #separator or 0)
    if not (n * one <= REPEAT_MAX) then raise("rep: the result is longer than %d bytes", REPEAT_MAX) end
    return raw_string.rep(s, n, separator)
  end,
}

-- Random numbers of our own (xorshift128), so that the host seeds them and their state is saved
-- with the script's.
local bxor, lshift, rshift, tobit = bit.bxor, bit.lshift, bit.rshift, bit.tobit
local s0, s1, s2, s3 = tobit(H.seed[1]), tobit(H.seed[2]), tobit(H.seed[3]), tobit(H.seed[4])

local function random_bits()
  local t = bxor(s0, lshift(s0, 11))
  s0, s1, s2 = s1, s2, s3
  s3 = bxor(bxor(s3, rshift(s3, 19)), bxor(t, rshift(t, 8)))
  return s3
end

local function random(low, high)
  local x = (rshift(random_bits(), 5) * 67108864 + rshift(random_bits(), 6)) / 9007199254740992
  if low == nil then return x end
  if high == nil then low, high = 1, low end
  if not (rawtype(low) == "number" and rawtype(high) == "number" and low == floor(low) and high == floor(high)
          and low <= high and high - low < 9007199254740992) then
    raise "random: whole numbers expected, the first not above the second"
  end
  return low + floor(x * (high - low + 1))
end

function H.random_get() return { s0, s1, s2, s3 } end
function H.random_set(t) s0, s1, s2, s3 = tobit(t[1]), tobit(t[2]), tobit(t[3]), tobit(t[4]) end

local math_functions = { random = random, pow = function(x, y) return H.pow(x, y) end }
for _, name in ipairs { "abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "cosh", "deg", "exp", "floor",
                        "fmod", "frexp", "huge", "ldexp", "log", "log10", "max", "min", "modf", "pi", "rad",
                        "sin", "sinh", "sqrt", "tan", "tanh" } do
  math_functions[name] = math[name]
end

local table_functions = { unpack = unpack, concat = table.concat, maxn = table.maxn }
-- These ask no metatable: what the host shows to all scripts, such as m.legs, would change for all.
for _, name in ipairs { "insert", "remove", "sort" } do
  local change = table[name]
  table_functions[name] = function(t, ...)
    if getmetatable(t) ~= nil then raise("%s: this table is the host's", name) end
    return change(t, ...)
  end
end
local move = table.move
function table_functions.move(from, first, last, at, to)
  if getmetatable(to or from) ~= nil then raise "move: this table is the host's" end
  return move(from, first, last, at, to)
end
local coroutine_functions = {}
for _, name in ipairs { "create", "isyieldable", "running", "status", "yield" } do
  coroutine_functions[name] = coroutine[name]
end

local raw_create, raw_resume = coroutine.create, coroutine.resume
local function leave(...)
  depth = depth - 1
  return ...
end

function coroutine_functions.resume(co, ...)
  if rawtype(co) ~= "thread" then raise("resume: a coroutine expected, got %s", rawtype(co)) end
  enter "resume"
  return leave(raw_resume(co, ...))
end

local function unwrap(done, ...)
  if not done then error((...), 0) end
  return ...
end

function coroutine_functions.wrap(f)
  local co = raw_create(f)
  return function(...)
    enter "wrap"
    return unwrap(leave(raw_resume(co, ...)))
  end
end

local function count_only(what)
  if what ~= "count" then raise "collectgarbage: only collectgarbage('count') is there" end
  return collectgarbage "count"
end

local base = {
  select = select, ipairs = ipairs, pairs = H.pairs, next = safe_next, type = type, tonumber = tonumber,
  tostring = safe_tostring, error = error, assert = assert, pcall = pcall, xpcall = safe_xpcall,
  collectgarbage = count_only,
}

local function copy(t)
  local c = {}
  for key, value in rawnext, t do c[key] = value end
  return c
end

-- Every file gets tables of its own, so that no file can change what another sees; modules it gets to read only, but for
-- the library, whose files put each other together.
function H.environment(file)
  local env, views, library = copy(base), {}, file:find("lib/mthost/", 1, true) == 1
  -- Of the base library each file has a copy, because a proxy would cost at every call of a function.
  for name, functions in rawnext, { string = string_functions, math = math_functions, table = table_functions,
                                    coroutine = coroutine_functions } do
    env[name] = setmetatable(copy(functions), {
      __newindex = function(_, key) raise("%s is read-only (field '%s')", name, rawtostring(key)) end,
      __metatable = false,
    })
  end
  function env.require(name)
    local module = H.require(name)
    if library or rawtype(module) ~= "table" or getmetatable(module) ~= nil then return module end
    return H.module_view(views, module, name)
  end
  return setmetatable(env, {
    __newindex = function(_, name)
      if H.is_handler[name] then raise("the handler %s belongs to the strategy: write function S:%s(…)", name, name) end
      raise("assignment to the global '%s': say local", rawtostring(name))
    end,
    __metatable = false,
  })
end

local strings = getmetatable ""
strings.__index = copy(string_functions)
strings.__metatable = false
H.string = raw_string      -- for the parts: without the limits
