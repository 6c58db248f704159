-- Run scripts: what they may say, and the flat form in which C reads it.
local H = ...
local raise, pairs, check_keys, finite = H.raise, H.pairs, H.check_keys, H.finite

local RUN_KEYS = H.set_of { "strategy", "filters", "symbols", "params", "tables", "sizing", "accounts",
                            "at_stop", "costs" }
local SIZING_FIELDS = { fixed = { "qty" }, risk_fraction = { "fraction" }, notional = { "notional" },
                        volatility_target = { "vol", "lookback" } }
local SIZING_KINDS = { fixed = 1, risk_fraction = 2, notional = 3, volatility_target = 4 }
local ALL_FIELDS = { "qty", "fraction", "notional", "vol", "lookback" }

-- "scalp.lua:7: " of a field of the run script, "" of a bare strategy, which says none of this.
local function place(path)
  return H.run_file and H.run_file .. ":" .. H.c.line_of(H.run_file, path) .. ": " or ""
end

H.place = place

local function wrong(path, format, ...)
  H.c.refused()
  error(place(path) .. (path == "" and "" or path .. ": ") .. format:format(...), 0)
end

H.wrong = wrong

local function known_keys(t, set, path)
  for key in pairs(t) do
    local inside = path == "" and H.tostring(key) or path .. "." .. H.tostring(key)
    if not set[key] then check_keys({ [key] = true }, set, (place(inside) .. path):gsub(": $", "")) end
  end
end

-- A number as the text that C reads exactly; a text with a number is taken as written. Of another type, with more
-- decimals than are kept, or out of range: refused, each in its own words.
local function exact(value, path, decimals, inside, expected)
  local text = type(value) == "number" and H.c.number_text(value) or value
  local places = type(text) == "string" and H.c.decimals(text)
  if not places then
    wrong(path, "a number, or a text with a number, expected, got %s",
      type(value) == "string" and "'" .. value .. "'" or type(value) == "number" and text or type(value))
  end
  local number = type(value) == "number" and value or H.c.number(text)
  if not number or not finite(number) or not inside(number) then wrong(path, "%s expected, got %s", expected, text) end
  if places > decimals and text:find "^%-?%d*%.%d*$" then places = #text:gsub("0+$", ""):match "%.(%d*)$" end
  if places > decimals then wrong(path, "%s has more than %d decimals", text, decimals) end
  return text
end

local function above_zero(number) return number > 0 end
local function basis_points(number) return number >= -10000 and number <= 10000 end
local function milliseconds(number) return number >= 0 and number <= 1e9 end

-- A part of the equity: who writes 50 means per cent.
local function fraction(number) return number > 0 and number <= 1 end
-- A volatility per year. More than 1000 % is one in per cent.
local function volatility(number) return number > 0 and number <= 10 end

local function bars(number) return number >= 2 and number <= 1000 end

-- As many decimals as C keeps of each (app/session_bind.c).
local DECIMALS = { qty = 18, fraction = 8, notional = 8, vol = 8, scale = 9 }
local function positive(value, path, field)
  if field == "lookback" then return exact(value, path, 0, bars, "from 2 to 1000 bars") end
  if field == "fraction" then
    return exact(value, path, DECIMALS[field], fraction, "a number above 0 and at most 1 (0.01 is 1 % of the equity)")
  end
  if field == "vol" then
    return exact(value, path, DECIMALS[field], volatility, "a number above 0 and at most 10 (0.1 is 10 % a year)")
  end
  return exact(value, path, DECIMALS[field], above_zero, "a number above 0")
end

local function sizing_spec(sizing, what)
  if type(sizing) == "string" then sizing = { sizing } end
  if type(sizing) ~= "table" then wrong(what, "{ \"fixed\", qty = 1 } or the like expected") end
  local kind = sizing[1]
  local fields = SIZING_FIELDS[kind]
  if not fields then wrong(what, "the kind is fixed, risk_fraction, notional or volatility_target") end
  local spec = { kind = SIZING_KINDS[kind] }
  known_keys(sizing, H.set_of { 1, unpack(fields) }, what)
  for _, field in ipairs(fields) do
    local value = sizing[field]
    if value ~= nil then spec[field] = positive(value, what .. "." .. field, field) end
    if value == nil and kind ~= "fixed" and field ~= "lookback" then wrong(what, "%s needs %s", kind, field) end
  end
  return spec
end

local function binding_spec(entry, what)
  if type(entry) == "string" then entry = { entry } end
  if type(entry) ~= "table" or type(entry[1]) ~= "string" or entry[1] == "" then
    wrong(what, "{ \"account or pattern\", … } expected")
  end
  known_keys(entry, H.set_of { 1, "sizing", "scale", unpack(ALL_FIELDS) }, what)
  local spec = { pattern = entry[1], sizing = { kind = 0 } }
  if entry.sizing ~= nil then spec.sizing = sizing_spec(entry.sizing, what .. ".sizing") end
  for _, field in ipairs(ALL_FIELDS) do
    if entry[field] ~= nil then
      if entry.sizing ~= nil then wrong(what, "say %s inside sizing", field) end
      spec.sizing[field] = positive(entry[field], what .. "." .. field, field)
    end
  end
  if entry.scale ~= nil then spec.scale = positive(entry.scale, what .. ".scale", "scale") end
  return spec
end

local function accounts_spec(accounts, spec)
  spec.bindings = {}
  if accounts == nil then return end
  if type(accounts) ~= "table" then wrong("accounts", "a table expected") end
  for key in pairs(accounts) do
    if type(key) ~= "number" and key ~= "lead" then
      wrong("accounts", "unknown field '%s'%s", H.tostring(key), H.nearest(H.tostring(key), { "lead" }))
    end
  end
  if accounts.lead ~= nil and type(accounts.lead) ~= "string" then
    wrong("accounts.lead", "the name of an account expected")
  end
  spec.lead = accounts.lead
  for i = 1, #accounts do spec.bindings[i] = binding_spec(accounts[i], "accounts[" .. i .. "]") end
end

local function choice(value, yes, no, what)
  if value == yes then return true end
  if value == no then return false end
  wrong(what, "\"%s\" or \"%s\" expected", yes, no)
end

local function stop_spec(at_stop, spec)
  spec.cancel_at_stop, spec.flatten_at_stop = true, false
  if at_stop == nil then return end
  if type(at_stop) ~= "table" then wrong("at_stop", "a table expected") end
  known_keys(at_stop, H.set_of { "orders", "positions" }, "at_stop")
  if at_stop.orders ~= nil then spec.cancel_at_stop = choice(at_stop.orders, "cancel", "keep", "at_stop.orders") end
  if at_stop.positions ~= nil then
    spec.flatten_at_stop = choice(at_stop.positions, "flatten", "keep", "at_stop.positions")
  end
end

-- A millisecond has 6 decimals down to the nanosecond.
local function nanoseconds(ms, path)
  if ms == nil then return -1 end
  local text = exact(ms, path, 6, milliseconds, "milliseconds from 0 to 1000000000")
  return math.floor(H.c.number(text) * 1e6 + 0.5)
end

local function costs_spec(costs, spec)
  spec.feed_ns, spec.entry_ns, spec.reply_ns = -1, -1, -1
  spec.has_costs = costs ~= nil
  if costs == nil then return end
  if type(costs) ~= "table" then wrong("costs", "a table expected") end
  known_keys(costs, H.set_of { "maker_bp", "taker_bp", "latency_ms" }, "costs")
  for _, field in ipairs { "maker_bp", "taker_bp" } do
    -- A maker fee below zero is a rebate.
    if costs[field] ~= nil then
      spec[field] = exact(costs[field], "costs." .. field, 4, basis_points, "basis points from -10000 to 10000")
    end
  end
  local latency = costs.latency_ms
  if latency == nil then return end
  if type(latency) ~= "table" then wrong("costs.latency_ms", "{ feed =, entry =, reply = } expected") end
  known_keys(latency, H.set_of { "feed", "entry", "reply" }, "costs.latency_ms")
  spec.feed_ns = nanoseconds(latency.feed, "costs.latency_ms.feed")
  spec.entry_ns = nanoseconds(latency.entry, "costs.latency_ms.entry")
  spec.reply_ns = nanoseconds(latency.reply, "costs.latency_ms.reply")
end

-- Of the run script, or of the strategy, whose file is named.
local function symbol_list(list, file)
  local function fail(...)
    if not file then wrong("symbols", ...) end
    raise("%s: symbols: %s", file, string.format(...))
  end
  if type(list) ~= "table" then fail "a list of texts expected" end
  local symbols, seen = {}, {}
  for key, symbol in pairs(list) do
    if type(key) ~= "number" or type(symbol) ~= "string" or symbol == "" then
      fail "a list of texts expected"
    end
    if seen[symbol] then fail("'%s' twice", symbol) end
    seen[symbol] = true
    symbols[#symbols + 1] = symbol
  end
  return symbols
end

-- Called before anything else is loaded, so that a misspelt field is the first thing that is said.
function H.check_run(run)
  known_keys(run, RUN_KEYS, "")
  if type(run.strategy) ~= "string" then
    wrong("strategy", "a name such as \"strategies/ema_cross\" expected")
  end
end

-- Each frame once, ascending.
local function frame_list(...)
  local list, seen = {}, {}
  for i = 1, select("#", ...) do
    for _, seconds in ipairs((select(i, ...))) do
      if not seen[seconds] then list[#list + 1] = seconds end
      seen[seconds] = true
    end
  end
  table.sort(list)
  return list
end

-- Whose bars: the frame of the warm-up is declared by naming it there.
local function listener_of(class)
  local d = H.declared[class]
  local handlers = 0
  for number, name in ipairs(H.HANDLERS) do
    if type(class[name]) == "function" then handlers = handlers + 2 ^ (number - 1) end
  end
  d.frames = frame_list(d.bars, d.warmup_tf > 0 and { d.warmup_tf } or {})
  return { file = d.file, frames = d.frames, files = #d.bars == 0, handlers = handlers,
           warmup_alone = #d.frames > #frame_list(d.bars) }
end

function H.spec(run, strategy, filters)
  local d = H.declared[strategy]
  local listeners, lists = {}, {}
  for i, class in ipairs { strategy, unpack(filters) } do
    listeners[i] = listener_of(class)
    lists[i] = listeners[i].frames
  end
  local spec = { strategy = d.name, portfolio = d.portfolio, legs = 1, version = d.version,
                 warmup_tf = d.warmup_tf, warmup_bars = d.warmup_bars, timeframes = frame_list(unpack(lists)),
                 listeners = listeners }
  spec.symbols = symbol_list(run.symbols or d.symbols or {}, not run.symbols and d.file or nil)
  if run.sizing ~= nil then spec.sizing = sizing_spec(run.sizing, "sizing") else spec.sizing = { kind = 0 } end
  accounts_spec(run.accounts, spec)
  stop_spec(run.at_stop, spec)
  costs_spec(run.costs, spec)
  return spec
end

-- Tables ------------------------------------------------------------------------------------------

local function find(rows, t)
  if not finite(t) then raise("find: a time in seconds expected") end
  local low, high = 0, #rows
  while low < high do
    local middle = math.ceil((low + high) / 2)
    if rows[middle].time <= t then low = middle else high = middle - 1 end
  end
  return low
end

-- The rows are shared and read-only; the list around them is the owner's own, because `#` and
-- ipairs need a true array.
local function table_object(rows)
  local copy = {}
  for i = 1, #rows do copy[i] = rows[i] end
  return setmetatable(copy, {
    __index = { find = find, last_time = #rows > 0 and rows[#rows].time or nil },
    __newindex = function() raise "a table of the run script is read-only" end,
    __metatable = false,
  })
end

function H.load_tables()
  local loaded = {}
  for _, class in ipairs { H.strategy, unpack(H.filters) } do
    local d = H.declared[class]
    local tables = {}
    for name, columns in pairs(d.tables) do
      local path = d.paths[name]
      if not path then raise("%s: the run script names no file for the table '%s'", d.file, name) end
      local names, kinds = {}, {}
      for column, kind in pairs(columns) do names[#names + 1], kinds[#kinds + 1] = column, kind end
      local key = path .. "\n" .. table.concat(names, ",") .. "\n" .. table.concat(kinds, ",")
      if not loaded[key] then
        local rows, message = H.c.table_rows(path, names, kinds)
        if not rows then raise("%s", message) end
        for i = 1, #rows do rows[i] = H.read_only(rows[i], "a row of '" .. name .. "'") end
        loaded[key] = rows
      end
      tables[name] = table_object(loaded[key])
    end
    d.tables_view = H.read_only(tables, "tables")
  end
end
