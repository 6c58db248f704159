-- Declarations: mt.strategy, mt.filter, parameters, `require`, and run scripts. All of this runs
-- while a script is loaded.
local H = ...
local raise, pairs, check_keys, floor = H.raise, H.pairs, H.check_keys, math.floor
local HUGE = math.huge

local HANDLERS = { "on_start", "on_quote", "on_trade", "on_book", "on_bar", "on_signal", "on_order", "on_fill",
                   "on_timer", "on_stop" }
H.HANDLERS, H.is_handler = HANDLERS, H.set_of(HANDLERS)

local function finite(x) return type(x) == "number" and x > -HUGE and x < HUGE end
H.finite = finite

local function text_of(x) return type(x) == "number" and H.c.number_text(x) or H.tostring(x) end

-- Parameters --------------------------------------------------------------------------------------

local Param = {}

local TEXT_MAX = 4096

local function is_text(x) return type(x) == "string" and #x <= TEXT_MAX and not H.string.find(x, "%z") end

local function short(text) return #text <= 100 and text or text:sub(1, 100) .. "…" end

function H.param(default, min, max, step)
  local kind = type(default)
  local p = { kind = kind, default = default }
  if kind == "number" then
    if not finite(default) then raise "param: the default must be finite" end
    for name, x in next, { min = min or 0, max = max or 0, step = step or 1 } do
      if not finite(x) then raise("param: %s must be a finite number", name) end
    end
    if (min == nil) ~= (max == nil) or min and min > max then
      raise "param: default, min, max[, step] with min <= max"
    end
    if step and (step <= 0 or not min) then raise "param: the step must be above 0 and needs bounds" end
    p.min, p.max, p.step = min or -HUGE, max or HUGE, step
  elseif kind == "string" then
    if type(min) == "table" then
      p.choices = {}
      for i = 1, #min do
        if not is_text(min[i]) then raise("param: choices are texts of at most %d bytes", TEXT_MAX) end
        p.choices[i] = min[i]
      end
    elseif min ~= nil then
      raise "param: after a text comes nothing, or the list of choices"
    end
  elseif kind ~= "boolean" then
    raise("param: the default must be a number, a boolean or a text, got %s", kind)
  end
  local wrong = H.param_wrong(p, default)
  if wrong then raise("param: the default %s", wrong) end
  return setmetatable(p, Param)
end

-- What is wrong with the value, as a sentence without its subject, or nil.
function H.param_wrong(p, value)
  if type(value) ~= p.kind then return ("must be a %s, got %s"):format(p.kind, type(value)) end
  if p.kind == "number" then
    if not finite(value) then return "must be finite" end
    if value < p.min or value > p.max then
      return ("must be from %s to %s, got %s"):format(text_of(p.min), text_of(p.max), text_of(value))
    end
    if p.step then
      local steps = (value - p.min) / p.step
      if math.abs(steps - floor(steps + 0.5)) > 1e-9 * math.max(1, math.abs(steps)) then
        return ("must be %s plus steps of %s, got %s"):format(text_of(p.min), text_of(p.step), text_of(value))
      end
    end
  elseif p.kind == "string" then
    if not is_text(value) then return ("must be a text of at most %d bytes without a zero, got %d"):format(TEXT_MAX, #value) end
    if not p.choices then return nil end
    for i = 1, #p.choices do if p.choices[i] == value then return nil end end
    return ("must be one of %s, got '%s'"):format(short(table.concat(p.choices, " ")), short(value))
  end
end

-- A value that was typed.
function H.param_parse(p, text)
  if p.kind == "number" then return H.c.number(text), "must be a number, got '" .. short(text) .. "'" end
  if p.kind == "boolean" then
    if text == "true" then return true end
    if text == "false" then return false end
    return nil, "must be true or false, got '" .. short(text) .. "'"
  end
  return text
end

function H.param_names(class)
  local names = {}
  for name in pairs(H.declared[class].params) do names[#names + 1] = name end
  return names
end

-- Run `valid`; a sentence when it refuses.
function H.params_invalid(class)
  local d = H.declared[class]
  if not d.valid then return nil end
  local before = H.quiet("valid")
  local done, ok, message = pcall(d.valid, d.values_view)
  H.quiet(before)
  if not done then error(ok, 0) end
  if not ok then return type(message) == "string" and message or "refused by valid" end
end

-- Declarations ------------------------------------------------------------------------------------

H.declared = {}         -- class -> what it declared
local UNITS = { s = 1, m = 60, h = 3600, d = 86400 }

function H.timeframe(text, what)
  local n, unit
  if type(text) == "string" then n, unit = text:match "^([1-9]%d*)([smhd])$" end
  local seconds = n and tonumber(n) * UNITS[unit]
  if not seconds or seconds > 604800 then
    raise("%s: a time frame such as \"30s\", \"1m\", \"4h\" or \"1d\" expected, at most a week", what)
  end
  return seconds
end

local function list_of_text(t, what)
  if type(t) ~= "table" then raise("%s: a list of texts expected", what) end
  for key, value in pairs(t) do
    if type(key) ~= "number" or type(value) ~= "string" then raise("%s: a list of texts expected", what) end
  end
  local list = {}
  for i = 1, #t do list[i] = t[i] end
  return list
end

local function whole(x, low, high, what)
  if not finite(x) or x ~= floor(x) or x < low or x > high then
    raise("%s: a whole number from %d to %d expected", what, low, high)
  end
  return x
end

local COLUMN_KINDS = { time = true, text = true, number = true }

local function declare_tables(tables, what)
  if type(tables) ~= "table" then raise("%s: tables must be a table", what) end
  for name, columns in pairs(tables) do
    if type(name) ~= "string" or type(columns) ~= "table" then
      raise("%s: tables = { name = { column = \"kind\" } }", what)
    end
    local has_time = false
    for column, kind in pairs(columns) do
      if type(column) ~= "string" or not COLUMN_KINDS[kind] then
        raise("%s: tables.%s: a column is time, text or number", what, name)
      end
      has_time = has_time or column == "time" and kind == "time"
    end
    if not has_time then raise("%s: tables.%s needs time = \"time\"", what, name) end
  end
  return tables
end

local STRATEGY_KEYS = H.set_of { "params", "valid", "bars", "warmup", "scope", "symbols", "legs", "tables", "version" }
local FILTER_KEYS = H.set_of { "params", "valid", "bars", "scope", "tables", "version" }

-- A misspelt parameter would be nil, and the strategy another one. What exists is found without a call.
local function show_values(d, values)
  setmetatable(values, {
    __index = function(_, key)
      local names = {}
      for name in pairs(d.params) do names[#names + 1] = name end
      local text = H.tostring(key)
      raise("params has no '%s'%s", text, H.nearest(text, names))
    end,
  })
  d.values, d.values_view = values, H.read_only(values, "params")
end

local function declare(what, keys, t)
  if H.loaded then raise("%s: only while the script is loaded", what) end
  if type(t) ~= "table" then raise("%s: a table expected, got %s", what, type(t)) end
  check_keys(t, keys, what)
  local d = { kind = what, params = t.params or {}, bars = {}, warmup_tf = 0, warmup_bars = 0, paths = {} }
  if type(d.params) ~= "table" then raise("%s: params must be a table", what) end
  local values = {}
  for name, p in pairs(d.params) do
    if type(name) ~= "string" or not name:match "^[%a_][%w_]*$" then raise("%s: params: a name expected", what) end
    if getmetatable(p) ~= Param then raise("%s: params.%s: say mt.param(…)", what, name) end
    values[name] = p.default
  end
  show_values(d, values)
  if t.valid ~= nil and type(t.valid) ~= "function" then raise("%s: valid must be a function", what) end
  d.valid = t.valid
  if t.bars ~= nil then
    for i, text in ipairs(list_of_text(t.bars, what .. ": bars")) do
      d.bars[i] = H.timeframe(text, what .. ": bars")
    end
  end
  if t.warmup ~= nil then
    if type(t.warmup) ~= "table" or #t.warmup ~= 2 then raise("%s: warmup = { \"1m\", count }", what) end
    d.warmup_tf = H.timeframe(t.warmup[1], what .. ": warmup")
    d.warmup_bars = whole(t.warmup[2], 1, 1000000, what .. ": warmup")
  end
  if t.scope ~= nil and t.scope ~= "symbol" and t.scope ~= "portfolio" then
    raise("%s: scope is \"symbol\" or \"portfolio\"", what)
  end
  d.portfolio = t.scope == "portfolio"
  d.symbols = t.symbols ~= nil and list_of_text(t.symbols, what .. ": symbols") or nil
  if whole(t.legs or 1, 1, 100, what .. ": legs") > 1 then raise("%s: legs: more than one is not built yet", what) end
  d.tables = declare_tables(t.tables or {}, what)
  d.version = whole(t.version or 1, 1, 1000000000, what .. ": version")
  local class = {}
  H.declared[class] = d
  return class
end

local mt = {
  strategy = function(t) return declare("strategy", STRATEGY_KEYS, t) end,
  filter = function(t) return declare("filter", FILTER_KEYS, t) end,
  param = H.param,
}
H.mt_functions = mt
H.mt = H.read_only(mt, "mthost")

-- Modules -----------------------------------------------------------------------------------------

local modules, running = {}, {}
H.modules = modules             -- file -> what it returned
H.files = {}                    -- those of the author, in the order in which they were run

-- The file of a name: "mthost.ta" and "a.b" by dots, "strategies/x" as it stands.
function H.file_of(name)
  if type(name) ~= "string" then raise("require: a name expected, got %s", type(name)) end
  local path = name
  if name:match "^mthost%.[%w_.]+$" then
    path = "lib/" .. name:gsub("%.", "/")
  elseif not name:find("/", 1, true) and not name:match "%.lua$" then
    path = name:gsub("%.", "/")
  end
  return path:match "%.lua$" and path or path .. ".lua"
end

local function run_file(file)
  if modules[file] ~= nil then return modules[file] end
  if running[file] then raise("require: '%s' is needed by a file that it needs itself", file) end
  if H.loaded then raise("require: '%s': only while the script is loaded", file) end
  local chunk, message, located = H.c.compile(file)
  if located then error(message, 0) end
  -- Required by a script its frame tells the line; named by the run script the field does.
  local at = H.loading and next(running) == nil and H.place(H.loading) or ""
  if not chunk then raise("%s%s", at, message) end
  setfenv(chunk, H.environment(file))
  -- A file that ends in `return mt.strategy{…}` has no frame while that is called.
  local function run()
    local result = chunk()
    return result
  end
  H.handler_of[run] = chunk
  running[file] = true
  if file:find("lib/mthost/", 1, true) ~= 1 then H.files[#H.files + 1] = file end
  local result = run()
  running[file] = nil
  if result == nil then result = true end
  result = H.unwrapped(result)          -- a file that returns what it required
  modules[file] = result
  return result
end

function H.require(name)
  if name == "mthost" then return H.mt end
  return run_file(H.file_of(name))
end

-- Handlers as other platforms call them, without capitals and underscores.
H.other_handlers = {
  ontick = "on_quote' or 'on_trade", ontickdata = "on_quote' or 'on_trade", tick = "on_quote' or 'on_trade",
    onquotetick = "on_quote",
  ontradetick = "on_trade", onprice = "on_quote", quote = "on_quote", onbidask = "on_quote", oncandle = "on_bar",
    onkline = "on_bar",
  oncandles = "on_bar", onbars = "on_bar", onnewbar = "on_bar", onbarclose = "on_bar", onclose = "on_bar",
    onohlc = "on_bar",
  ondata = "on_bar", handledata = "on_bar", handlebar = "on_bar", next = "on_bar", bar = "on_bar",
    oncalculate = "on_bar",
  onbookevent = "on_book", onorderbook = "on_book", ondepth = "on_book", onmarketdepth = "on_book", oninit = "on_start",
  init = "on_start", initialize = "on_start", initialise = "on_start", setup = "on_start", start = "on_start",
    onbegin = "on_start",
  onload = "on_start", onstarted = "on_start", ondeinit = "on_stop", deinit = "on_stop", onend = "on_stop",
    onexit = "on_stop",
  onshutdown = "on_stop", onfinish = "on_stop", stop = "on_stop", onstopped = "on_stop", onorderupdate = "on_order",
  onorderstatus = "on_order", onorderevent = "on_order", notifyorder = "on_order", onorderfilled = "on_fill",
    onfilled = "on_fill",
  onexecution = "on_fill", notifytrade = "on_fill", ontradetransaction = "on_fill", onposition = "on_fill",
    onclock = "on_timer",
  ontime = "on_timer", onschedule = "on_timer", ontimerevent = "on_timer", onverdict = "on_signal",
    onreject = "on_signal",
}

-- Does a name stand in the author's files, other than where a function of that name is defined?
local function is_mentioned(name)
  for _, file in ipairs(H.files) do
    local kinds, texts = H.c.tokens(file)
    for i = 1, #kinds do
      local text = texts[i]
      local defined = i > 3 and texts[i - 3] == "function" and (texts[i - 1] == ":" or texts[i - 1] == ".")
                      or texts[i - 1] == "." and texts[i + 1] == "="
      if (text == name and not defined) or text == '"' .. name .. '"' or text == "'" .. name .. "'" then return true end
    end
  end
  return false
end

-- What is meant by a function of a class that the host does not call: a text for the message, or nil where it looks like
-- no handler.
local function meant_handler(name)
  local bare = H.bare(name)
  for _, handler in ipairs(HANDLERS) do
    if H.bare(handler) == bare or "on" .. bare == H.bare(handler) then return handler end
  end
  if H.other_handlers[bare] then return H.other_handlers[bare] end
  if name:match "^on_" or name:match "^[oO]n%u" then return H.guess(name, HANDLERS) or "" end
end

H.never_called = {}     -- { file =, line =, rule =, message =, hint = } of functions that look like handlers and are none

local function check_handlers(class)
  local d = H.declared[class]
  local names = {}
  for name, value in pairs(class) do
    local own = name == "migrate" or d.kind == "filter" and name == "check" or H.is_handler[name]
    if type(name) == "string" and type(value) == "function" and not own then names[#names + 1] = name end
  end
  for _, name in ipairs(names) do
    local meant = meant_handler(name)
    if meant and not is_mentioned(name) then
      local at = debug.getinfo(class[name], "S")
      local message = ("handler '%s' is never called%s"):format(name, meant ~= ""
        and (", did you mean '%s'?"):format(meant) or "")
      H.c.warn(("%s:%d: %s"):format(at.source:sub(2), at.linedefined, message))
      H.never_called[#H.never_called + 1] = { file = at.source:sub(2), line = at.linedefined,
        rule = "handler-never-called",
        message = message, hint = meant ~= "" and meant:gsub("'", "") or nil }
    end
  end
end

local function check_class(class, file)
  local d = H.declared[class]
  d.file, d.name = file, file:gsub("%.lua$", "")
  for key, value in pairs(class) do
    if type(key) == "string" and type(value) == "function" and H.reserved[key] then
      raise("%s: '%s' is a reserved name", file, key)
    end
  end
  check_handlers(class)
  if d.kind == "filter" and type(class.check) ~= "function" and not class.on_signal then
    raise("%s: a filter needs function F:check(s, m)", file)
  end
end

local function load_class(name, kind, path)
  local file = H.file_of(name)
  H.loading = path
  local class = run_file(file)
  local d = type(class) == "table" and H.declared[class]
  if not d or d.kind ~= kind then raise("%s:%d: it must return mt.%s{…}", file, H.c.line_of(file, ""), kind) end
  if not d.file then check_class(class, file) end
  return class
end

-- Two entries of one filter are two filters: the second gets a class of its own that shares the
-- functions.
local function instance_of(class)
  local d = H.declared[class]
  local other, copy = {}, {}
  for key, value in next, class do other[key] = value end
  for key, value in next, d do copy[key] = value end
  local values = {}
  for name, p in pairs(d.params) do values[name] = p.default end
  show_values(copy, values)
  copy.paths = {}
  H.declared[other] = copy
  return other
end

-- path: of the table in the run script, for the line; nil: they are said elsewhere.
local function set_params(class, given, what, path)
  local d = H.declared[class]
  for name, value in pairs(given) do
    local p, text = d.params[name], H.tostring(name)
    local at = path and H.place(path .. "." .. text) or ""
    if not p then
      raise("%s%s: unknown parameter '%s'%s", at, what, short(text), H.nearest(text, H.param_names(class)))
    end
    local wrong = H.param_wrong(p, value)
    if wrong then raise("%s%s: parameter '%s' %s", at, what, name, wrong) end
    d.values[name] = value
  end
end

local function set_typed(class, name, text)
  local p = H.declared[class].params[name]
  if not p then raise("--set %s: unknown parameter%s", short(name), H.nearest(name, H.param_names(class))) end
  local value, message = H.param_parse(p, text)
  if value == nil then raise("--set %s: %s", name, message) end
  set_params(class, { [name] = value }, "--set")
end

local function apply_sets(strategy, filters, sets)
  for i = 1, #sets do
    local name, text = H.string.match(sets[i], "^([^=]+)=(.*)$")
    if not name then raise("--set %s: name=value expected", short(sets[i])) end
    local filter, param = H.string.match(name, "^(.-)%.([^.]+)$")
    if not filter then
      set_typed(strategy, name, text)
    else
      local found
      for _, class in ipairs(filters) do
        local full = H.declared[class].name
        if full == filter or full:match "([^/]+)$" == filter then found = class end
      end
      if not found then raise("--set %s: no filter '%s' in this script", short(name), short(filter)) end
      set_typed(found, param, text)
    end
  end
  for _, class in ipairs { strategy, unpack(filters) } do
    local wrong = H.params_invalid(class)
    if wrong then raise("%s: parameters refused: %s", H.declared[class].file, wrong) end
  end
end

local FILTER_NAME_MAX = 60      -- it stands before the reason of each of its vetoes

local function load_filters(list)
  local filters = {}
  if list == nil then return filters end
  if type(list) ~= "table" then H.wrong("filters", "a list expected") end
  for key in pairs(list) do
    if type(key) ~= "number" then H.wrong("filters", "a list expected, got the field '%s'", H.tostring(key)) end
  end
  if #list >= H.ffi.C.MT_LISTENERS_MAX then H.wrong("filters", "at most %d", H.ffi.C.MT_LISTENERS_MAX - 1) end
  for i = 1, #list do
    local entry, at = list[i], "filters[" .. i .. "]"
    if type(entry) == "string" then entry = { entry } end
    if type(entry) ~= "table" or type(entry[1]) ~= "string" or #entry ~= 1 then
      H.wrong(at, "a name or { name, parameter = value } expected")
    end
    if #entry[1] > FILTER_NAME_MAX then H.wrong(at, "a name of at most %d bytes expected", FILTER_NAME_MAX) end
    local class = instance_of(load_class(entry[1], "filter", at))
    local given = {}
    for key, value in pairs(entry) do
      if key == "tables" then
        H.table_paths(class, value, at)
      elseif key ~= 1 then
        given[key] = value
      end
    end
    set_params(class, given, at .. " " .. entry[1], at)
    filters[i] = class
  end
  return filters
end

function H.table_paths(class, paths, what)
  if type(paths) ~= "table" then raise("%s%s: tables = { name = \"file.csv\" }", H.place("tables"), what) end
  local d = H.declared[class]
  for name, path in pairs(paths) do
    local text = H.tostring(name)
    local at = H.place("tables." .. text)
    if type(path) ~= "string" then raise("%s%s: tables.%s: a path expected", at, what, text) end
    if not d.tables[name] then raise("%s%s: '%s' declares no table '%s'", at, what, d.file, text) end
    d.paths[name] = path
  end
end

-- Called by C: load the script on the command line; returns the normalised run script (run.lua
-- makes it).
function H.load(file, sets)
  local result = run_file(file)
  local at = file .. ":" .. H.c.line_of(file, "")
  if type(result) ~= "table" then raise("%s: it must return a run script or mt.strategy{…}", at) end
  local run = result
  if H.declared[result] then
    if H.declared[result].kind ~= "strategy" then raise("%s: a filter runs inside a run script", at) end
    run = { strategy = file }
  elseif result.strategy == nil then
    raise("%s: it must return a run script (a table with strategy = …) or mt.strategy{…}", at)
  end
  H.run_file = run == result and file or nil
  local twice = H.run_file and H.c.twice(file)
  if twice then
    H.c.refused()
    error(twice, 0)
  end
  H.check_run(run)
  local strategy = load_class(run.strategy, "strategy", "strategy")
  local filters = load_filters(run.filters)
  if run.tables ~= nil then H.table_paths(strategy, run.tables, "strategy") end
  if run.params ~= nil and type(run.params) ~= "table" then raise("%sparams must be a table", H.place("params")) end
  set_params(strategy, run.params or {}, "params", "params")
  apply_sets(strategy, filters, sets)
  H.strategy, H.filters = strategy, filters
  H.load_tables()
  H.loaded = true
  return H.spec(run, strategy, filters)
end

-- Called by C. A live parameter: refused with a sentence, or nil.
function H.set_param(name, text)
  local d = H.declared[H.strategy]
  local p = d.params[name]
  if not p then return "unknown parameter '" .. short(name) .. "'" .. H.nearest(name, H.param_names(H.strategy)) end
  local value, message = H.param_parse(p, text)
  if value == nil then return "parameter '" .. name .. "' " .. message end
  local wrong = H.param_wrong(p, value)
  if wrong then return "parameter '" .. name .. "' " .. wrong end
  local old = d.values[name]
  d.values[name] = value
  local refused = H.params_invalid(H.strategy)
  if refused then
    d.values[name] = old
    return "parameter '" .. name .. "': " .. refused
  end
end

-- Called by C: name, value, name, value …, by name.
function H.params_list()
  local list = {}
  for name, value in pairs(H.declared[H.strategy].values) do list[#list + 1], list[#list + 2] = name, value end
  return list
end
