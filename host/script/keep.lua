-- What a script remembers: self:keep, self.state, and their way to and from the journal; and the
-- small verbs of `self`.
local H = ...
local ffi, raise, INDEX, STATE, shown = H.ffi, H.raise, H.INDEX, H.STATE, H.shown

-- keep --------------------------------------------------------------------------------------------

-- A name for a constructor that is the same in the next process: the module that offers it, else
-- where it is written.
local names = {}
local function constructor_name(ctor)
  local name = names[ctor]
  if name then return name end
  local candidates = {}
  for file, module in next, H.modules do
    if type(module) == "table" then
      for key, value in next, module do
        if value == ctor and type(key) == "string" then candidates[#candidates + 1] = file .. ":" .. key end
      end
    end
  end
  table.sort(candidates)
  name = candidates[1]
  if not name then
    local info = debug.getinfo(ctor, "S")
    name = info.source:sub(2) .. ":" .. info.linedefined
  end
  names[ctor] = name
  return name
end

local function argument_text(value, depth)
  local kind = type(value)
  if kind == "number" or kind == "string" then return shown(value) .. "#" .. #tostring(value) end
  if kind == "boolean" or kind == "nil" then return tostring(value) end
  if kind ~= "table" or depth > 4 then
    raise("keep: an argument is a %s; numbers, texts, booleans and tables can be kept", kind)
  end
  local parts = {}
  for key, item in H.pairs(value) do
    parts[#parts + 1] = argument_text(key, depth + 1) .. "=" .. argument_text(item, depth + 1)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function keep_key(ctor, ...)
  local parts = { constructor_name(ctor) }
  for i = 1, select("#", ...) do parts[#parts + 1] = argument_text((select(i, ...)), 1) end
  return table.concat(parts, " ")
end

-- The errors of a constructor that blames its caller must name the author's line, not ours.
local function construct(ctor, ...)
  local ok, object = pcall(ctor, ...)
  if not ok then
    if type(object) == "string" then raise("%s", (object:gsub("^mthost:%d+: ", ""))) end
    error(object, 0)
  end
  if type(object) ~= "table" or type(object.save) ~= "function" or type(object.load) ~= "function" then
    raise("keep: %s must make an object with :save() and :load(t)", constructor_name(ctor))
  end
  return object
end

local kept = {}         -- object -> { name -> { key =, object = } }
local saved = {}        -- object -> { name -> { key =, data = } } of a save that was loaded

local function adopt(o, name, key, object)
  local old = saved[o] and saved[o][name]
  if not old then return end
  saved[o][name] = nil
  if old.lost then return "it was too large for the last save" end
  if old.key ~= key then return "other arguments" end
  local before = H.quiet "load"
  local ok, message = pcall(object.load, object, old.data)
  H.quiet(before)
  if not ok then return "its saved state was refused: " .. H.tostring(message) end
end

local function keep(o, name, ctor, ...)
  if type(name) ~= "string" or not name:match "^[%a_][%w_]*$" then
    raise("keep: a name expected, got %s", shown(name))
  end
  if H.reserved[name] then raise("keep: '%s' is a reserved name", name) end
  if type(ctor) ~= "function" then raise("keep: a constructor such as ta.ema expected, got %s", shown(ctor)) end
  local key = keep_key(ctor, ...)
  local mine = kept[o] or {}
  kept[o] = mine
  local old = mine[name]
  if old and old.key == key then return old.object end
  local object = construct(ctor, ...)
  local reset = old and "other arguments" or adopt(o, name, key, object)
  if reset then
    if not old then object = construct(ctor, ...) end
    H.log_text("warn", ("state_reset: %s: %s"):format(name, reset))
  end
  mine[name] = { key = key, object = object }
  rawset(o, name, object)
  return object
end

-- Save and load -----------------------------------------------------------------------------------

-- Where an error about what an object keeps is to be looked for: "s.lua: EURUSD."
local function label_of(instance, symbol)
  return H.declared[instance.class].file .. ": " .. (symbol == "" and "" or symbol .. ".")
end

-- The name of an instance in the tree. Filters are named with their place, because one can stand twice in the list.
local function part_name(i)
  return i == 0 and "strategy" or "filter " .. i .. " " .. H.instances[i].name
end

local too_large         -- a state alone has more than an object may have

local function save_object(o, label)
  if not H.c.check_state(label .. "state", o[STATE]) then too_large = true end
  local entry = { state = o[STATE], keep = {} }
  for name, item in next, kept[o] or {} do
    local data = item.object:save()
    if type(data) ~= "table" then
      error(("%s%s: save() must return a table, got %s"):format(label, name, type(data)), 0)
    end
    entry.keep[name] = { key = item.key, data = data }
  end
  -- What the script has not asked for yet is not lost.
  for name, item in next, saved[o] or {} do
    if not entry.keep[name] then entry.keep[name] = item end
  end
  return entry
end

-- Called by C with the error about a field of the tree, "kept.strategy.objects.EURUSD.keep.mean.data.f:
-- …": raises it with the file and the object whose save() returned that field.
function H.blame(text)
  for i = 0, #H.instances do
    local instance = H.instances[i]
    H.each_object(instance, function(o, symbol)
      for name in H.pairs(kept[o] or {}) do
        local path = ("kept.%s.objects.%s.keep.%s.data"):format(part_name(i), symbol, name)
        if text:sub(1, #path) == path then
          error(("%s%s: save()%s"):format(label_of(instance, symbol), name, text:sub(#path + 1)), 0)
        end
      end
    end)
  end
end

local function collect()
  local tree = { random = H.random_get() }
  for i = 0, #H.instances do
    local instance = H.instances[i]
    local part = { version = H.declared[instance.class].version, objects = {} }
    H.each_object(instance, function(o, symbol)
      part.objects[symbol] = save_object(o, label_of(instance, symbol))
    end)
    tree[part_name(i)] = part
  end
  return tree
end

-- Called by C: all that is kept as one tree, and whether a part of it must stay out.
function H.collect()
  local before = H.quiet "save"
  too_large = false
  local ok, tree = pcall(collect)
  H.quiet(before)
  if not ok then error(tree, 0) end
  return tree, too_large
end

-- Room -----------------------------------------------------------------------------------------------

-- ".levels" for the field of a table that takes most of it; its own name is known.
local function largest_field(t)
  local most, found = 0, ""
  for key, value in H.pairs(t) do
    local size = H.c.saved_size("", value)
    if size > most then most, found = size, type(key) == "string" and "." .. key or "[" .. H.tostring(key) .. "]" end
  end
  return found
end

-- All that can be left out of the tree for itself: { size =, drop =, where = }, the largest last.
local function parts_of(tree)
  local parts = {}
  local function add(size, where, field, drop)
    parts[#parts + 1] = { size = size, where = where, field = field, drop = drop }
  end
  for i = 0, #H.instances do
    local instance = H.instances[i]
    H.each_object(instance, function(_, symbol)
      local entry, label = tree[part_name(i)].objects[symbol], label_of(instance, symbol)
      add(H.c.saved_size(label .. "state", entry.state), label .. "state", entry.state, function() entry.state, entry.lost = {}, true end)
      for name, item in H.pairs(entry.keep) do
        if item.data then
          add(H.c.saved_size(label .. name, item.data), label .. name, item.data,
            function() entry.keep[name] = { key = item.key, lost = true } end)
        end
      end
    end)
  end
  table.sort(parts, function(x, y)
    if x.size ~= y.size then return x.size < y.size end
    return x.where < y.where
  end)
  return parts
end

local told = {}         -- what was left out and said so

local OBJECT_MAX = 1048576

-- Called by C with a tree that a save does not hold: leaves out what is too large for itself, and of the rest the largest
-- until about `room` bytes remain; at least one where the tree was full. -> the tree, and what is said of those that were
-- not named before: the first, and how many.
function H.make_room(tree, room, full)
  local parts, total, first, count = parts_of(tree), 0, nil, 0
  for i = 1, #parts do total = total + parts[i].size end
  while full or total > room or (#parts > 0 and parts[#parts].size > OBJECT_MAX) do
    full = false
    local part = table.remove(parts)
    if not part or part.size <= 64 then error("the state does not fit: there are too many objects", 0) end
    if not told[part.where] then
      told[part.where], count = true, count + 1
      first = first or ("%s%s: not saved: larger than %d bytes, which a save holds of all objects together; keep less"):format(
        part.where, largest_field(part.field), math.min(room, OBJECT_MAX))
    end
    part.drop()
    total = total - part.size
  end
  if count > 1 then first = ("%s (and %d more)"):format(first, count - 1) end
  return tree, first
end

local function migrated(class, state, from)
  local d, migrate = H.declared[class], class.migrate
  if from == d.version then return state end
  if type(migrate) ~= "function" then
    error(("%s: the saved state is of version %d, the script of %d, and there is no migrate"):format(
      d.file, from, d.version), 0)
  end
  local before = H.quiet "migrate"
  local done, result = pcall(migrate, state, from)
  H.quiet(before)
  if not done then error(result, 0) end
  if type(result) ~= "table" then
    error(("%smigrate must return a table, got %s"):format(H.begin_of(migrate), type(result)), 0)
  end
  return result
end

-- Called by C with the tree of an earlier save, before START.
function H.restore(tree)
  H.random_set(tree.random)
  for i = 0, #H.instances do
    local instance = H.instances[i]
    local part = tree[part_name(i)]
    if part then
      H.each_object(instance, function(o, symbol)
        local entry = part.objects[symbol]
        if entry and entry.lost then
          H.log_text("warn", ("state_reset: %sstate: it was too large for the last save"):format(label_of(instance, symbol)))
        end
        if entry then
          o[STATE] = migrated(instance.class, entry.state, part.version)
          saved[o] = entry.keep
        end
      end)
    end
  end
end

-- The small verbs ---------------------------------------------------------------------------------

local LEVELS = { debug = 0, info = 1, warn = 2, warning = 2, error = 3 }
local SHARED, LOG_SITES, LOG_MAX = 4, H.ffi.C.MT_LOG_SITES, 4096
H.LEVELS = LEVELS

function H.log_text(level, text) H.port.log(H.port, LEVELS[level], LEVELS[level], text, #text) end

-- A place that logs: an object (one for each symbol), a level and the written format, which stands for the call site:
-- looking at the stack would keep the handler from being compiled. Places beyond the last number share one by level.
local sites_of, sites, last = {}, SHARED, {}
local function site_of(o, level, format)
  local levels = sites_of[o]
  if not levels then
    levels = { [0] = {}, {}, {}, {} }
    sites_of[o] = levels
  end
  local site = levels[level][format]
  if site then return site end
  if sites == LOG_SITES then return level end
  sites = sites + 1
  levels[level][format] = sites - 1
  return sites - 1
end

-- Another spelling of a level, remembered: the next time it costs a look.
local function level_of(level)
  local number = type(level) == "string" and LEVELS[H.string.lower(level)]
  if not number then raise("log: \"debug\", \"info\", \"warn\" or \"error\" expected, got %s", shown(level)) end
  LEVELS[level] = number
  return number
end

-- Once a second for each place: what is left out in between is not even formatted, but counted.
local function log(o, level, format, ...)
  local number = LEVELS[level] or level_of(level)
  if type(format) ~= "string" then raise("log: a text expected, got %s", shown(format)) end
  local site, now = site_of(o, number, format), H.port.now
  local before = last[site]
  if before and now - before < 1 and now >= before then return H.port.log(H.port, number, site, nil, 0) end
  last[site] = now
  local text = H.format(format, ...)
  if #text > LOG_MAX then raise("log: a text of at most %d bytes expected, got %d", LOG_MAX, #text) end
  if H.string.find(text, "%z") then text = H.string.gsub(text, "%z", "\\0") end
  local i = o[INDEX]
  if i >= 0 then text = H.symbols[i + 1] .. ": " .. text end
  H.port.log(H.port, number, site, text, #text)
end

H.verb_keys.timer = { "name", "after", "every", "at", "tz" }
local TIMER_KEYS = H.set_of(H.verb_keys.timer)
local PERIOD_MAX = 31622400     -- s, a year

local function second_of_day(text)
  local h, m, s = shown(text):match "^'(%d%d):(%d%d):?(%d?%d?)'$"
  h, m, s = tonumber(h), tonumber(m), s == "" and 0 or tonumber(s)
  if not s or h > 23 or m > 59 or s > 59 then
    raise("timer: at: \"HH:MM\" or \"HH:MM:SS\" expected, got %s", shown(text))
  end
  return h * 3600 + m * 60 + s
end

local timer_request = ffi.new "struct mt_request_timer"

local function timer(o, owner, t)
  if type(t) ~= "table" then raise("timer: a table expected, got %s", type(t)) end
  H.check_keys(t, TIMER_KEYS, "timer")
  local r, port = timer_request, H.port
  ffi.fill(r, ffi.sizeof(r))
  r.name, r.at_s, r.market, r.owner = H.short_text(t.name, "timer: name"), -1, o[INDEX], owner
  local ways = (t.after ~= nil and 1 or 0) + (t.every ~= nil and 1 or 0) + (t.at ~= nil and 1 or 0)
  if ways ~= 1 then raise "timer: one of after, every and at expected" end
  if t.every == false then
    r.stop = true
  elseif t.every ~= nil then
    r.every = H.number_arg(t.every, "timer", ": every", 0.001, PERIOD_MAX)
  elseif t.after ~= nil then
    r.after = H.number_arg(t.after, "timer", ": after", 0, PERIOD_MAX, true)
  else
    r.at_s = second_of_day(t.at)
  end
  if t.tz ~= nil then
    if t.at == nil then raise "timer: tz goes with at only" end
    H.zone_of(t.tz, "timer: tz")
    r.zone = H.short_text(t.tz, "timer: tz")
  end
  local result = port.timer_set(port, r)
  if result >= 0 then return true end
  if port.refused_new then H.tell_place(port) end
  return nil, H.code_name(-result), H.c.name_of("text", -result)
end

-- Reasons and names are bytes that C looks at; here is only what costs nothing to look at.
local function wrong_text(text, verb)
  raise("%s: a text of at most 200 bytes expected, got %s", verb, shown(text))
end

local function check_text(text, verb)
  if type(text) ~= "string" or #text > 200 then wrong_text(text, verb) end
end

local function skip_otherwise(counted, reason)
  if counted < 0 then wrong_text(reason, "skip") end
  H.log_text("error", H.place() .. "skip: too many different reasons in this run: what follows is counted as " ..
    "(too many different reasons); write fixed ones, the number goes into the second argument")
end

function H.self_verbs(instance)
  local port, owner, portfolio = H.port, instance.owner, instance.portfolio
  -- A portfolio object speaks of the symbol whose event it handles.
  local function market(o)
    if portfolio then return port.market end
    return o[INDEX]
  end

  local function check(o, verb)
    if type(o) ~= "table" or rawget(o, STATE) == nil then
      raise("%s: call it with a colon: self:%s(…)", verb, verb)
    end
  end

  return {
    keep = function(o, name, ctor, ...)
      check(o, "keep")
      H.check_loud "keep"
      return keep(o, name, ctor, ...)
    end,
    timer = function(o, t)
      check(o, "timer")
      H.check_loud "timer"
      return timer(o, owner, t)
    end,
    skip = function(o, reason, value)
      check(o, "skip")
      if value ~= nil and type(value) ~= "number" then raise("skip: value: a number expected, got %s", shown(value)) end
      check_text(reason, "skip")
      local counted = port.skip(port, market(o), reason, #reason, value or 0)
      if counted ~= 0 then skip_otherwise(counted, reason) end
    end,
    mark = function(o, name, value)
      check(o, "mark")
      if type(value) ~= "number" then raise("mark: value: a number expected, got %s", shown(value)) end
      check_text(name, "mark")
      if port.mark(port, market(o), name, #name, value) ~= 0 then wrong_text(name, "mark") end
    end,
    log = function(o, level, format, ...)
      check(o, "log")
      log(o, level, format, ...)
    end,
  }
end
