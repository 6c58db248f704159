-- What there is for a script to name, asked of what the host really gives it: the members of the structs by trying
-- them, the views and verbs by making them over an empty port, the libraries by their tables. So nothing here can say
-- another thing than a run. A `kind` is what is known of a value:
--   is       module std constructor object output class self market signal view params number string boolean function
--   what     how messages call it, "a bar"
--   fields   name -> kind, all that it has; nil where nobody knows
local H = ...
local ffi = H.ffi

local K = { unknown = { is = "unknown" } }
H.known = K

local function plain(is) return { is = is, what = "a " .. is } end
local NUMBER, STRING, BOOLEAN, FUNCTION = plain "number", plain "string", plain "boolean", plain "function"
local PLAIN = { number = NUMBER, string = STRING, boolean = BOOLEAN, ["function"] = FUNCTION }
K.number, K.string = NUMBER, STRING

-- A text that is one of a few.
local function choice(names)
  return { is = "string", what = "a text", choices = names }
end

-- Structs -----------------------------------------------------------------------------------------

-- Every name that the header has; a struct has those of them that it answers to.
local words = {}
for word in H.abi:gmatch "[%a_][%w_]*" do words[word] = true end
for word in next, H.bar_getters do words[word] = true end

local function read(view, word) return view[word] end

local function struct_fields(name)
  local view, fields = ffi.new(name), {}
  for word in next, words do
    local ok, value = pcall(read, view, word)
    if ok then fields[word] = PLAIN[type(value)] or K.unknown end
  end
  return fields
end

local function view(what, fields, role)
  return { is = "view", what = what, fields = fields, role = role }
end

-- Views by getters, over a port in which nothing happened -----------------------------------------

local markets = ffi.new "struct mt_view_market[1]"
local port = ffi.new "struct mt_port"
port.markets, port.market_count = markets, 1

local function getter_fields(getters, owner)
  local fields = {}
  for name, get in next, getters do
    local ok, value = pcall(get, owner)
    fields[name] = ok and PLAIN[type(value)] or K.unknown
  end
  return fields
end

local function names_of_enum(enum)
  local names = {}
  for i = 0, 63 do
    local name = H.c.name_of(enum, i)
    if name ~= "?" then names[#names + 1] = name end
  end
  return choice(names)
end

local ORDER_SIDE = choice { H.side_name(1), H.side_name(-1) }
local VERDICT_SIDE = choice { H.side_name(1), H.side_name(-1), H.side_name(0) }
local ROLE = names_of_enum "role"

-- Events by handler: what the first argument after self is.
K.events = {
  on_start = STRING, on_stop = STRING,
  on_quote = view(H.EVENT_NAMES.on_quote, struct_fields "struct mt_view_quote", "quote"),
  on_trade = view(H.EVENT_NAMES.on_trade, struct_fields "struct mt_view_trade", "trade"),
  on_bar = view(H.EVENT_NAMES.on_bar, struct_fields "struct mt_view_bar", "bar"),
}
K.bar = K.events.on_bar
for name, getters in next, H.event_getters(port) do
  K.events[name] = view(H.EVENT_NAMES[name], getter_fields(getters), name)
end
K.events.on_order.fields.side, K.events.on_fill.fields.side = ORDER_SIDE, ORDER_SIDE
K.events.on_signal.fields.side, K.events.on_signal.fields.verdict = VERDICT_SIDE, names_of_enum "verdict"
K.events.on_order.fields.reason, K.events.on_fill.fields.reason = ROLE, ROLE
K.events.on_order.fields.state, K.events.on_order.fields.type = names_of_enum "state", names_of_enum "type"

K.signal = view("a signal", getter_fields(H.signal_getters(port, function() end)), "signal")
K.signal.is = "signal"
K.signal.fields.side = ORDER_SIDE

local leg = view("a leg", getter_fields(H.leg_getters(ffi.cast("const struct mt_view_market *", markets))), "leg")
local book = view("m.book", {}, "book")
for name, value in next, H.unwrapped(H.book(ffi.cast("const struct mt_view_market *", markets), 0)) do
  book.fields[name] = PLAIN[type(value)]
end

local market_fields = getter_fields(H.market_getters(port, { "" }), { [H.INDEX] = 0 })
market_fields.position = view("a position", struct_fields "struct mt_view_position", "position")
market_fields.instrument = view("an instrument", struct_fields "struct mt_view_instrument", "instrument")
market_fields.book = book
market_fields.legs = { is = "legs", what = "m.legs", element = leg }
market_fields.orders = K.unknown
local account = view("an account", struct_fields "struct mt_view_account", "account")

local function names_of(table_of)
  local names = {}
  for name in next, table_of do names[#names + 1] = name end
  table.sort(names)
  return names
end
K.names_of = names_of

K.acting = H.acting_verbs(port, ffi.new "struct mt_request")
local READING = H.reading_verbs(port)
local OWN = H.self_verbs { owner = 0 }

local function add_methods(fields, ...)
  for i = 1, select("#", ...) do
    for name in next, (select(i, ...)) do fields[name] = FUNCTION end
  end
  return fields
end

local function copy(fields)
  local c = {}
  for name, kind in next, fields do c[name] = kind end
  return c
end

-- Classes -----------------------------------------------------------------------------------------

-- The kinds of one strategy or filter: of its declaration `class`, of `self`, of the market of an event.
local by_class = {}

function K.class(class)
  if by_class[class] then return by_class[class] end
  local d = H.declared[class]
  local filter = d.kind == "filter"
  local verbs = filter and {} or K.acting
  local k = { is = "class", what = "the declaration", class = class, declared = d, filter = filter }
  local params = {}
  for name, p in next, d.params do params[name] = p.choices and choice(p.choices) or PLAIN[p.kind] end
  local self = { is = "self", what = filter and "a filter" or "a strategy", of = k }
  self.fields = copy(d.portfolio and {} or market_fields)
  for name in next, H.self_getters(port, class) do self.fields[name] = K.unknown end
  self.fields.now, self.fields.account = NUMBER, account
  self.fields.params = { is = "params", what = "params", fields = params, of = k }
  add_methods(self.fields, OWN)
  if d.portfolio then
    k.market = { is = "market", what = "a market", of = k,
                 fields = add_methods(copy(market_fields), verbs, READING, { bar = true }) }
    self.fields.markets = { is = "markets", what = "self.markets", element = k.market }
  else
    add_methods(self.fields, verbs, READING, { bar = true })
    k.market = self
  end
  self.host = copy(self.fields)         -- the others are the author's own
  k.self = self
  by_class[class] = k
  return k
end

-- Libraries ---------------------------------------------------------------------------------------

local constructors = {}         -- function -> its class in the library
for _, module in next, H.modules do
  if type(module) == "table" and type(rawget(module, "classes")) == "table" then
    for _, class in next, module.classes do constructors[class.new] = class end
  end
end

local function kind_of_value(value, label)
  value = H.unwrapped(value)
  if type(value) == "table" then return K.table_of(value, label) end
  if constructors[value] then
    return { is = "constructor", what = label, new = value, label = label, takes = constructors[value].takes,
             plain = constructors[value].plain ~= false }
  end
  if type(value) == "function" then return { is = "function", what = label, label = label } end
  return PLAIN[type(value)] or K.unknown
end

local tables = {}

-- A table that is there: `label` "ta", `what` "mthost.ta". `own`: of the author, who may still fill the tables in it.
function K.table_of(t, label, what, is, own)
  if tables[t] then return tables[t] end
  local kind = { is = is or "module", what = what or label, label = label, table = t, own = own }
  tables[t] = kind
  kind.fields = setmetatable({}, { __index = function(fields, name)
    local value = t[name]
    if value == nil then return nil end
    local found = own and type(value) == "table" and K.unknown or kind_of_value(value, label .. "." .. H.tostring(name))
    rawset(fields, name, found)
    return found
  end })
  return kind
end

-- What require(name) gave. `library`: it is the host's own, so its tables are complete.
function K.module(name)
  if name == "mthost" then return K.table_of(H.mt_functions, "mt", "mthost") end
  local file = H.file_of(name)
  local value = H.modules[file]
  if type(value) ~= "table" then return K.unknown end
  if H.declared[value] then return K.class(value) end
  return K.table_of(value, name:match "([^./]+)$", name, "module", file:find("lib/mthost/", 1, true) ~= 1)
end

-- What every file finds without a require.
K.globals = {}
for name, value in next, H.environment "" do
  if type(value) == "table" then
    K.globals[name] = K.table_of(value, name, name, "std")
  else
    K.globals[name] = { is = "function", what = name, label = name }
  end
end
K.strings = K.globals.string

-- The object that a constructor makes of these arguments, with all its methods; of its defaults when they are not known
-- or not right. -> kind; why it cannot be made
local objects = {}

function K.object(constructor, args, count)
  local key, why = constructor.label, nil
  for i = 1, args and count or 0 do key = key .. " " .. H.shown(args[i]) end
  if objects[key] then return objects[key], nil end
  local ok, made = false, nil
  if args then
    ok, made = pcall(constructor.new, unpack(args, 1, count))
    why = not ok and made or nil
  end
  local exact = ok
  if not ok then ok, made = pcall(constructor.new) end
  if not ok then return K.unknown, why end
  local kind = { is = "object", what = constructor.label, new = constructor.new, args = exact and args, count = count,
                 takes = constructor.takes, plain = constructor.plain,
                 lookback = exact and made:lookback() or nil, least = made:lookback() }
  kind.fields = setmetatable({}, { __index = function(_, name)
    return made[name] ~= nil and (PLAIN[type(made[name])] or K.unknown) or nil
  end })
  kind.table = made
  kind.output = { is = "output", what = constructor.label, object = kind }
  if exact then objects[key] = kind end
  return kind, why
end

-- How far an output of an object moves when all prices move by 1: of a mean 1, of a range 0; nil where it is neither,
-- or where nobody knows. Found by feeding it twice.
local PRICES = H.set_of { "open", "high", "low", "close", "price", "bid", "ask", "mid" }
local SERIES, LEVEL, SHIFT, LOOKBACK_MAX = { 0, 3, 1, 4, 2, 6, 1, 5 }, 1000, 500, 2000
local INSIDE = { open = 0.5, high = 2, low = -2, ask = 0.25, bid = -0.25 }

local function feed(kind, level)
  local object = kind.new(unpack(kind.args or {}, 1, kind.args and kind.count or 0))
  local out = {}
  for i = 0, object:lookback() + 20 do
    local row = {}
    for n, name in ipairs(kind.takes) do
      row[n] = PRICES[name] and level + SERIES[i % #SERIES + 1] + (INSIDE[name] or 0) or name == "time" and i * 60 or 1
    end
    out = { object:update(unpack(row)) }
  end
  return out
end

function K.level(kind, number)
  if kind.levels == nil then
    kind.levels = {}
    local priced = kind.takes and (kind.lookback or kind.least) <= LOOKBACK_MAX
    for _, name in ipairs(kind.takes or {}) do priced = priced and (PRICES[name] or name == "time" or name == "volume"
      or name == "qty") end
    local ok, low, high = pcall(function()
      if priced then return feed(kind, LEVEL), feed(kind, LEVEL + SHIFT) end
    end)
    for i = 1, ok and low and #low or 0 do
      local moved = (high[i] - low[i]) / SHIFT
      if math.abs(moved - 1) < 1e-6 then kind.levels[i] = 1 elseif math.abs(moved) < 1e-9 then kind.levels[i] = 0 end
    end
  end
  return kind.levels[number]
end
