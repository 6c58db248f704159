-- Run scripts: what they may say, and the flat form in which C reads it.
local H = ...
local raise, pairs, check_keys, finite = H.raise, H.pairs, H.check_keys, H.finite

local RUN_KEYS = H.set_of { "strategy", "filters", "symbols", "params", "tables", "sizing", "accounts",
                            "at_stop", "costs" }
local SIZING_FIELDS = { fixed = { "qty" }, risk_fraction = { "fraction" }, notional = { "notional" },
                        volatility_target = { "vol", "lookback" } }
local SIZING_KINDS = { fixed = 1, risk_fraction = 2, notional = 3, volatility_target = 4 }
local ALL_FIELDS = { "qty", "fraction", "notional", "vol", "lookback" }

-- A number as the text that C reads exactly; a text is taken as written.
local function exact(value, what, above_zero)
  local number = value
  if type(value) == "string" then number = H.c.number(value) end
  if not finite(number) or number < 0 or above_zero and number == 0 then
    raise("%s: a number %s expected", what, above_zero and "above 0" or "of at least 0")
  end
  return type(value) == "string" and value or H.c.number_text(value)
end

local function sizing_spec(sizing, what)
  if type(sizing) == "string" then sizing = { sizing } end
  if type(sizing) ~= "table" then raise("%s: { \"fixed\", qty = 1 } or the like expected", what) end
  local kind = sizing[1]
  local fields = SIZING_FIELDS[kind]
  if not fields then raise("%s: the kind is fixed, risk_fraction, notional or volatility_target", what) end
  local spec = { kind = SIZING_KINDS[kind] }
  check_keys(sizing, H.set_of { 1, unpack(fields) }, what)
  for _, field in ipairs(fields) do
    local value = sizing[field]
    if value ~= nil then spec[field] = exact(value, what .. "." .. field, true) end
    if value == nil and kind ~= "fixed" and field ~= "lookback" then raise("%s: %s needs %s", what, kind, field) end
  end
  return spec
end

local function binding_spec(entry, what)
  if type(entry) == "string" then entry = { entry } end
  if type(entry) ~= "table" or type(entry[1]) ~= "string" or entry[1] == "" then
    raise("%s: { \"account or pattern\", … } expected", what)
  end
  check_keys(entry, H.set_of { 1, "sizing", "scale", unpack(ALL_FIELDS) }, what)
  local spec = { pattern = entry[1], sizing = { kind = 0 } }
  if entry.sizing ~= nil then spec.sizing = sizing_spec(entry.sizing, what .. ".sizing") end
  for _, field in ipairs(ALL_FIELDS) do
    if entry[field] ~= nil then
      if entry.sizing ~= nil then raise("%s: say %s inside sizing", what, field) end
      spec.sizing[field] = exact(entry[field], what .. "." .. field, true)
    end
  end
  if entry.scale ~= nil then spec.scale = exact(entry.scale, what .. ".scale", true) end
  return spec
end

local function accounts_spec(accounts, spec)
  spec.bindings = {}
  if accounts == nil then return end
  if type(accounts) ~= "table" then raise "accounts: a table expected" end
  for key in pairs(accounts) do
    if type(key) ~= "number" and key ~= "lead" then
      raise("accounts: unknown field '%s'%s", H.tostring(key), H.nearest(H.tostring(key), { "lead" }))
    end
  end
  if accounts.lead ~= nil and type(accounts.lead) ~= "string" then
    raise "accounts.lead: the name of an account expected"
  end
  spec.lead = accounts.lead
  for i = 1, #accounts do spec.bindings[i] = binding_spec(accounts[i], "accounts[" .. i .. "]") end
end

local function choice(value, yes, no, what)
  if value == yes then return true end
  if value == no then return false end
  raise("%s: \"%s\" or \"%s\" expected", what, yes, no)
end

local function stop_spec(at_stop, spec)
  spec.cancel_at_stop, spec.flatten_at_stop = true, false
  if at_stop == nil then return end
  if type(at_stop) ~= "table" then raise "at_stop: a table expected" end
  check_keys(at_stop, H.set_of { "orders", "positions" }, "at_stop")
  if at_stop.orders ~= nil then spec.cancel_at_stop = choice(at_stop.orders, "cancel", "keep", "at_stop.orders") end
  if at_stop.positions ~= nil then
    spec.flatten_at_stop = choice(at_stop.positions, "flatten", "keep", "at_stop.positions")
  end
end

local function nanoseconds(ms, what)
  if ms == nil then return -1 end
  local ns = finite(ms) and ms * 1e6
  if not ns or ns < 0 or ns > 1e15 then raise("%s: milliseconds, at least 0, expected", what) end
  return math.floor(ns + 0.5)
end

local function costs_spec(costs, spec)
  spec.feed_ns, spec.entry_ns, spec.reply_ns = -1, -1, -1
  spec.has_costs = costs ~= nil
  if costs == nil then return end
  if type(costs) ~= "table" then raise "costs: a table expected" end
  check_keys(costs, H.set_of { "maker_bp", "taker_bp", "latency_ms" }, "costs")
  for _, field in ipairs { "maker_bp", "taker_bp" } do
    local value = costs[field]
    -- A maker fee below zero is a rebate.
    if value ~= nil and (not finite(value) or math.abs(value) > 10000) then
      raise("costs.%s: basis points from -10000 to 10000 expected", field)
    end
    spec[field] = value and H.c.number_text(value)
  end
  local latency = costs.latency_ms
  if latency == nil then return end
  if type(latency) ~= "table" then raise "costs.latency_ms: { feed =, entry =, reply = } expected" end
  check_keys(latency, H.set_of { "feed", "entry", "reply" }, "costs.latency_ms")
  spec.feed_ns = nanoseconds(latency.feed, "costs.latency_ms.feed")
  spec.entry_ns = nanoseconds(latency.entry, "costs.latency_ms.entry")
  spec.reply_ns = nanoseconds(latency.reply, "costs.latency_ms.reply")
end

local function symbol_list(list, what)
  if type(list) ~= "table" then raise("%s: symbols: a list of texts expected", what) end
  local symbols, seen = {}, {}
  for key, symbol in pairs(list) do
    if type(key) ~= "number" or type(symbol) ~= "string" or symbol == "" then
      raise("%s: symbols: a list of texts expected", what)
    end
    if seen[symbol] then raise("%s: symbols: '%s' twice", what, symbol) end
    seen[symbol] = true
    symbols[#symbols + 1] = symbol
  end
  return symbols
end

-- Called before anything else is loaded, so that a misspelt field is the first thing that is said.
function H.check_run(run, file)
  check_keys(run, RUN_KEYS, file)
  if type(run.strategy) ~= "string" then
    raise("%s: strategy: a name such as \"strategies/ema_cross\" expected", file)
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
  spec.symbols = symbol_list(run.symbols or d.symbols or {}, run.symbols and "run script" or d.file)
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
