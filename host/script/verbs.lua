-- Verbs: what a strategy asks of the host. Wrong arguments raise at the caller's line; refusals
-- return nil, code, detail.
local H = ...
local ffi, raise, finite, INDEX = H.ffi, H.raise, H.finite, H.INDEX
local floor, find_zero = math.floor, H.string.find

-- A table with these keys would be dense and sparse at once, which is not compiled.
local function side_of(side)
  if side == "buy" or side == 1 then return 1 end
  if side == "sell" or side == -1 then return -1 end
  if side == "flat" or side == 0 then return 0 end
end
H.side_of = side_of

-- What the tables of the verbs may say; `check` knows it from here.
local KEYS = {
  signal = { "side", "leg", "size", "strength", "limit", "ttl", "exit", "keep", "group", "tag" },
  protect = { "leg", "stop", "take", "trail", "time", "widen" },
  target = { "limit", "ttl", "group", "tag" },
  exit = { "stop", "take", "trail", "time" },
}
H.verb_keys = KEYS
local check_signal_keys, check_protect_keys = H.key_counter(KEYS.signal), H.key_counter(KEYS.protect)
local check_target_keys, check_exit_keys = H.key_counter(KEYS.target), H.key_counter(KEYS.exit)
local check_takes_keys, TAKES_MAX = H.key_counter { 1, 2, 3, 4, 5, 6, 7, 8 }, 8
assert(TAKES_MAX == ffi.C.MT_TAKES_MAX)
local check_take_keys, check_trail_keys = H.key_counter { 1, "part" }, H.key_counter { 1, "after" }
local TEXT_MAX = ffi.C.MT_TAG_MAX - 1
local REMOVE, DISTANCE, PRICE = ffi.C.MT_LEVEL_REMOVE, ffi.C.MT_LEVEL_DISTANCE, ffi.C.MT_LEVEL_PRICE

-- Values ------------------------------------------------------------------------------------------

local function shown(value)
  if type(value) == "number" then return H.c.number_text(value) end
  if type(value) == "string" then return "'" .. H.visible(value:sub(1, 40)) .. "'" end
  return "a " .. type(value)
end

-- A finite number within bounds. The error names what .. field; the two are joined only then.
local function number(value, what, field, low, high, open)
  if not finite(value) or value < low or value > high or open and value == low then
    local range = high == math.huge and (open and "above " or "at least ") .. shown(low)
                  or ("from %s to %s"):format(shown(low), shown(high))
    raise("%s%s: a finite number %s expected, got %s", what, field, range, shown(value))
  end
  return value + 0.0
end

local function above_zero(value, what, field) return number(value, what, field, 0, math.huge, true) end

local function is_short(value)
  return type(value) == "string" and #value <= TEXT_MAX and not find_zero(value, "%z")
end

local function short_text(value, what)
  if not is_short(value) then
    raise("%s: a text of at most %d bytes expected, got %s", what, TEXT_MAX, shown(value))
  end
  return value
end

-- mt.at(price) -> price; weak, so that what a script drops is collected. A price that cannot be is refused by the verb.
local is_at = setmetatable({}, { __mode = "k" })
function H.mt_functions.at(price)
  local at = {}
  is_at[at] = number(price, "at", "", -math.huge, math.huge)
  return at
end

local function set_level(level, value, what, field)
  local price = type(value) == "table" and is_at[value]
  if price then
    level.kind, level.value = PRICE, price
  else
    level.kind, level.value = DISTANCE, above_zero(value, what, field)
  end
end

local function set_take(level, value, what, field)
  if type(value) ~= "table" or is_at[value] then return set_level(level, value, what, field) end
  check_take_keys(value, what)
  set_level(level, value[1], what, field)
  if value.part ~= nil then level.part = number(value.part, what, field .. ".part", 0, 1, true) end
end

-- Written out for the same reason as key_counter.
local function set_list_of_takes(takes, value, n, what)
  set_take(takes[0], value[1], what, ".take[1]")
  if n >= 2 then set_take(takes[1], value[2], what, ".take[2]") end
  if n >= 3 then set_take(takes[2], value[3], what, ".take[3]") end
  if n >= 4 then set_take(takes[3], value[4], what, ".take[4]") end
  if n >= 5 then set_take(takes[4], value[5], what, ".take[5]") end
  if n >= 6 then set_take(takes[5], value[6], what, ".take[6]") end
  if n >= 7 then set_take(takes[6], value[7], what, ".take[7]") end
  if n >= 8 then set_take(takes[7], value[8], what, ".take[8]") end
end

local function set_takes(request, value, what)
  if type(value) ~= "table" or is_at[value] then
    request.take_count = 1
    return set_level(request.takes[0], value, what, ".take")
  end
  local n = #value
  if n < 1 or n > TAKES_MAX then raise("%s.take: 1 to %d takes expected, got %d", what, TAKES_MAX, n) end
  if check_takes_keys(value, what .. ".take") ~= n then raise("%s.take: a list of { distance, part = p } expected", what) end
  set_list_of_takes(request.takes, value, n, what)
  request.take_count = n
end

local function set_trail(level, value, what)
  if type(value) ~= "table" then return set_level(level, value, what, ".trail") end
  if is_at[value] then raise("%s.trail: a trail is a distance", what) end
  check_trail_keys(value, what)
  level.kind, level.value = DISTANCE, above_zero(value[1], what, ".trail")
  if value.after ~= nil then level.after = above_zero(value.after, what, ".trail.after") end
end

-- The plan fields of a signal's exit, or of protect (where false removes).
local function set_plan(request, plan, what, removes)
  local stop, take, trail, time = plan.stop, plan.take, plan.trail, plan.time
  if stop == false and removes then
    request.stop.kind = REMOVE
  elseif stop ~= nil then
    set_level(request.stop, stop, what, ".stop")
  end
  if take == false and removes then
    request.take_count = 0
  elseif take ~= nil then
    set_takes(request, take, what)
  end
  if trail == false and removes then
    request.trail.kind = REMOVE
  elseif trail ~= nil then
    set_trail(request.trail, trail, what)
  end
  if time == false and removes then
    request.time = -1
  elseif time ~= nil then
    request.time = above_zero(time, what, ".time")
  end
end

-- Code of a script that is no handler asks for nothing: what it asked for would be counted nowhere. The name of that
-- code, or nil.
local silent_in
function H.quiet(name)
  local before = silent_in
  silent_in = name
  return before
end

local function not_now(verb) raise("%s: not inside of %s: only a handler asks for something", verb, silent_in) end
function H.check_loud(verb) if silent_in then not_now(verb) end end

-- Verbs of a market -------------------------------------------------------------------------------

local function market_index(m, verb)
  local i = type(m) == "table" and rawget(m, INDEX)
  if not i or i < 0 then raise("%s: call it with a colon on a market object: m:%s{…}", verb, verb) end
  return i
end

-- The leaf functions of a port, wrapped. One request is filled again and again: C copies it.
function H.acting_verbs(port, request)
  local function begin(kind, index)
    ffi.fill(request, ffi.sizeof(request))
    request.kind, request.market = kind, index
    request.size, request.strength, request.take_count = 1, 1, -1
  end

  local function ask(verb)
    local id = port.request(port, request)
    if id > 0 then
      if port.noted_new then H.tell_note(port) end
      return id
    end
    if port.refused_new then H.tell_place(port) end
    local name, text = H.code_name(-id), H.c.name_of("text", -id)
    -- No answer of the moment but a mistake in the script: the handler ends, and what it asked for is dropped.
    if name == "MIXED_VERBS" then raise("%s: %s", verb, text) end
    if port.refused_field ~= nil then text = ffi.string(port.refused_field) .. ": " .. text end
    return nil, name, text
  end

  -- The field is zero already; assigning a string to an array is not compiled, copying is.
  local function copy_text(field, text, what, name)
    if not is_short(text) then short_text(text, what .. name) end
    ffi.copy(field, text, #text)
  end

  local function common(t, what, index)
    if t.limit ~= nil then
      local least = port.markets[index].instrument.negative and -math.huge or 0
      request.has_limit, request.limit = true, number(t.limit, what, ": limit", least, math.huge, true)
    end
    if t.ttl ~= nil then request.ttl = above_zero(t.ttl, what, ": ttl") end
    if t.group ~= nil then copy_text(request.group, t.group, what, ": group") end
    if t.tag ~= nil then copy_text(request.tag, t.tag, what, ": tag") end
  end

  local function check_leg(leg, flat, what)
    if leg ~= nil and leg ~= "main" and not (leg == "*" and flat) then
      raise("%s: leg: only \"main\" is built, got %s", what, shown(leg))
    end
  end

  local verbs = {}

  function verbs.signal(m, t)
    local index = market_index(m, "signal")
    if silent_in then not_now "signal" end
    if type(t) ~= "table" then raise("signal: a table expected, got %s", type(t)) end
    check_signal_keys(t, "signal")
    local side = side_of(t.side)
    if not side then raise("signal: side: \"buy\", \"sell\", \"flat\", 1, -1 or 0 expected, got %s", shown(t.side)) end
    begin(ffi.C.MT_ASK_SIGNAL, index)
    request.side = side
    check_leg(t.leg, side == 0, "signal")
    if t.size ~= nil then request.size = above_zero(t.size, "signal", ": size") end
    if t.strength ~= nil then request.strength = number(t.strength, "signal", ": strength", 0, 1) end
    if t.keep ~= nil then
      if side ~= 0 then raise "signal: keep goes with side = \"flat\" only" end
      request.has_keep, request.keep = true, number(t.keep, "signal", ": keep", 0, 1)
    end
    if t.exit ~= nil then
      if side == 0 then raise "signal: exit does not go with side = \"flat\"" end
      if type(t.exit) ~= "table" then raise("signal: exit: a table expected, got %s", shown(t.exit)) end
      check_exit_keys(t.exit, "signal: exit")
      set_plan(request, t.exit, "signal: exit", false)
    end
    common(t, "signal", index)
    return ask "signal"
  end

  function verbs.protect(m, t)
    local index = market_index(m, "protect")
    if silent_in then not_now "protect" end
    if type(t) ~= "table" then raise("protect: a table expected, got %s", type(t)) end
    check_protect_keys(t, "protect")
    begin(ffi.C.MT_ASK_PROTECT, index)
    check_leg(t.leg, false, "protect")
    if t.widen ~= nil then
      if type(t.widen) ~= "boolean" then raise("protect: widen: true or false expected, got %s", shown(t.widen)) end
      request.widen = t.widen
    end
    set_plan(request, t, "protect", true)
    return ask "protect"
  end

  function verbs.target(m, qty, t)
    local index = market_index(m, "target")
    if silent_in then not_now "target" end
    begin(ffi.C.MT_ASK_TARGET, index)
    if not finite(qty) then raise("target: a finite quantity expected, got %s", shown(qty)) end
    request.qty = qty + 0.0
    if t ~= nil then
      if type(t) ~= "table" then raise("target: a table expected, got %s", type(t)) end
      check_target_keys(t, "target")
      common(t, "target", index)
    end
    return ask "target"
  end

  function verbs.order() raise "order: order slots are not built yet" end
  function verbs.cancel() raise "cancel: order slots are not built yet" end
  return verbs
end

local ROUNDING = { buy = -1, sell = 1, near = 0 }

-- What reads and asks nothing: filters have these too.
function H.reading_verbs(port)
  local readers = {}

  function readers.price(m, x, side)
    local index, mode = market_index(m, "price"), ROUNDING[side]
    if not mode then raise("price: \"buy\", \"sell\" or \"near\" expected, got %s", shown(side)) end
    if not finite(x) then raise("price: a finite number expected, got %s", shown(x)) end
    local price = port.round_price(port, index, x, mode)
    if price == price then return price end
    return nil, "FIELD_INVALID", "the price is out of range"
  end

  function readers.quantity(m, x)
    local index = market_index(m, "quantity")
    if not finite(x) then raise("quantity: a finite number expected, got %s", shown(x)) end
    local qty = port.round_qty(port, index, x)
    if qty == qty then return qty end
    return nil, "FIELD_INVALID", "the quantity is out of range"
  end

  return readers
end

local function frame_texts(seconds)
  local texts = {}
  for i = 1, #seconds do texts[i] = H.frame_name(seconds[i]) end
  return table.concat(texts, " ")
end

-- `bar` of one script: it has the frames that it declared and no others, whoever else has them; one that declared none
-- has those of the symbol's files.
function H.bar_reader(port, d)
  local lengths = {}                    -- symbol number -> frame as it was written -> seconds
  for i = 0, port.market_count - 1 do lengths[i] = {} end

  local function length_of(index, tf)
    local seconds = H.timeframe(tf, "bar")
    local mine = false
    for i = 1, #d.frames do mine = mine or d.frames[i] == seconds end
    if not mine and not (#d.bars == 0 and port.bar_of_file(port, index, seconds)) then
      raise("bar: %s is not declared%s", shown(tf), #d.frames > 0 and "; bars are " .. frame_texts(d.frames)
            or (": say bars = { %q }"):format(tf))
    end
    lengths[index][tf] = seconds
    return seconds
  end

  return function(m, tf, back)
    local index = market_index(m, "bar")
    local seconds = lengths[index][tf] or length_of(index, tf)
    back = back or 0
    if not finite(back) or back < 0 or back ~= floor(back) or back > 1e9 then
      raise("bar: back: a whole number from 0 expected, got %s", shown(back))
    end
    local bar = port.bar_at(port, index, seconds, back)
    if bar == nil then return nil end
    return bar[0]
  end
end

-- Zones -------------------------------------------------------------------------------------------

local clock_port            -- the port, once there is one
local zones = {}

local function zone_of(name, what)
  if not clock_port then raise("%s: not while the script is loaded", what) end
  name = name or "UTC"
  local zone = zones[name]
  if not zone then
    if type(name) ~= "string" then raise("%s: a time zone such as \"UTC\" expected, got %s", what, shown(name)) end
    zone = clock_port.zone_id(clock_port, name)
    if zone < 0 then raise("%s: unknown time zone %s", what, shown(name)) end
    zones[name] = zone
  end
  return zone
end
H.zone_of = zone_of

-- Times in nanoseconds fill 63 bits.
local TIME_MAX = 9.2e9

local function check_time(time, what)
  if not finite(time) or time > TIME_MAX or time < -TIME_MAX then
    raise("%s: a time in seconds since 1970, up to %.0f, expected, got %s", what, TIME_MAX, shown(time))
  end
end

function H.mt_functions.day(time, tz)
  check_time(time, "day")
  local zone = zone_of(tz, "day")
  return clock_port.day_of(time, zone)
end

-- hour, minute, day of the week (1 = Monday), second. 1970-01-01 was a Thursday.
function H.mt_functions.clock(time, tz)
  check_time(time, "clock")
  local zone = zone_of(tz, "clock")
  local second, day = clock_port.clock_of(time, zone), clock_port.day_of(time, zone)
  local hour = floor(second / 3600)
  local minute = floor((second - hour * 3600) / 60)
  return hour, minute, (day + 3) % 7 + 1, second - hour * 3600 - minute * 60
end

H.shown, H.number_arg, H.above_zero, H.short_text = shown, number, above_zero, short_text

local function power(f)
  return function(x, y)
    if type(x) ~= "number" or type(y) ~= "number" then
      raise("pow: two numbers expected, got %s, %s", shown(x), shown(y))
    end
    return f(x, y)
  end
end
H.pow = power(H.c.pow)
H.mt_functions.pow = function(x, y) return H.pow(x, y) end

function H.make_verbs(port)
  H.readers = H.reading_verbs(port)
  H.verbs = H.acting_verbs(port, ffi.new "struct mt_request")
  for name, reader in next, H.readers do H.verbs[name] = reader end
  local pow = port.pow
  H.pow = power(function(x, y) return pow(x, y) end)
  clock_port = port
end
