-- Market objects and strategy objects: what `self.bid` and `m.position.qty` mean. Made once, by
-- bind. The structs behind them are C's. Only numbers leave the market view: its nested structs are
-- handed out as references of their own, because a member of a const struct reference is not const
-- any more.
local H = ...
local ffi, raise = H.ffi, H.raise

local INDEX = H.hidden_key()        -- 0-based number of the symbol; -1 for a portfolio object
local STATE = H.hidden_key()
H.INDEX, H.STATE = INDEX, STATE

local MARKET_NAMES = { "symbol", "bid", "ask", "mid", "last", "bid_qty", "ask_qty", "spread_ticks", "time",
                       "tradable", "why", "muted", "book", "instrument", "position", "legs", "orders", "stance"
                       }
local SELF_NAMES = { "now", "params", "state", "account", "tables" }
local VERB_NAMES = { "signal", "protect", "target", "order", "cancel", "price", "quantity", "bar", "keep",
                     "timer", "skip", "mark", "log" }
H.reserved = { markets = true }
for _, names in ipairs { MARKET_NAMES, SELF_NAMES, VERB_NAMES } do
  for _, name in ipairs(names) do H.reserved[name] = true end
end

-- Names of the enums, as C has them.
local codes = {}
function H.code_name(code)
  local name = codes[code]
  if not name then
    name = H.c.name_of("code", code)
    codes[code] = name
  end
  return name
end

local frames = {}
local function frame_name(seconds)
  local name = frames[seconds]
  if not name then
    for _, unit in ipairs { { 86400, "d" }, { 3600, "h" }, { 60, "m" }, { 1, "s" } } do
      if seconds % unit[1] == 0 then
        name = ("%d%s"):format(seconds / unit[1], unit[2])
        break
      end
    end
    frames[seconds] = name
  end
  return name
end

H.frame_name = frame_name

-- What a bar has besides the members of its struct.
H.bar_getters = { tf = function(bar) return frame_name(bar.tf_s) end }

ffi.metatype("struct mt_view_bar", {
  __index = function(bar, key)
    local get = H.bar_getters[key]
    if get then return get(bar) end
    raise("a bar has no field '%s'", H.tostring(key))
  end,
})

-- Getters of the fields that a market object shows; `port` never changes, so they are made for it.
function H.market_getters(port, symbols)
  local views = ffi.cast("const struct mt_view_market *", port.markets)
  local positions, instruments, legs, books = {}, {}, {}, {}
  local orders = setmetatable({}, { __newindex = function() raise "m.orders is read-only" end, __metatable = false })
  for i = 0, port.market_count - 1 do
    positions[i] = ffi.cast("const struct mt_view_position *", views[i].position)[0]
    instruments[i] = ffi.cast("const struct mt_view_instrument *", views[i].instrument)[0]
    legs[i] = H.legs(views, i)
    books[i] = H.book(views, i)
  end
  return {
    symbol = function(m) return symbols[m[INDEX] + 1] end,
    bid = function(m) return views[m[INDEX]].bid end,
    ask = function(m) return views[m[INDEX]].ask end,
    mid = function(m) return views[m[INDEX]].mid end,
    last = function(m) return views[m[INDEX]].last end,
    bid_qty = function(m) return views[m[INDEX]].bid_qty end,
    ask_qty = function(m) return views[m[INDEX]].ask_qty end,
    spread_ticks = function(m) return views[m[INDEX]].spread_ticks end,
    time = function(m) return views[m[INDEX]].time end,
    stance = function(m) return views[m[INDEX]].stance end,
    tradable = function(m) return views[m[INDEX]].tradable end,
    muted = function(m) return views[m[INDEX]].muted end,
    why = function(m)
      local why = views[m[INDEX]].why
      if why ~= 0 then return H.code_name(why) end
    end,
    position = function(m) return positions[m[INDEX]] end,
    instrument = function(m) return instruments[m[INDEX]] end,
    legs = function(m) return legs[m[INDEX]] end,
    book = function(m) return books[m[INDEX]] end,
    orders = function() return orders end,
  }
end

local function guarded(fields, what)
  return setmetatable({}, {
    __index = function(_, key)
      local get = fields[key]
      if get then return get() end
      raise("%s has no field '%s'", what, H.tostring(key))
    end,
    __newindex = function() raise("%s is read-only", what) end,
    __metatable = false,
  })
end
H.guarded = guarded

function H.leg_getters(view)
  return {
    name = function() return "main" end,
    stance = function() return view[0].stance end,
    qty = function() return view[0].position.qty end,
    entry = function() return view[0].position.entry end,
    profit = function() return view[0].position.profit end,
  }
end

function H.legs(views, i)
  local leg = guarded(H.leg_getters(views + i), "a leg")
  local function refuse() raise "m.legs is read-only" end
  return setmetatable({ leg, main = leg }, { __newindex = refuse, __metatable = false })
end

local function level(i, price, qty)
  if i ~= 1 or price ~= price then return nil end
  return price, qty
end

function H.book(views, i)
  local view = views + i
  local methods = {
    bid = function(_, n) return level(n, view[0].bid, view[0].bid_qty) end,
    ask = function(_, n) return level(n, view[0].ask, view[0].ask_qty) end,
    depth = 1,
  }
  return H.read_only(methods, "m.book")
end

function H.self_getters(port, class)
  local d = H.declared[class]
  local account = ffi.cast("const struct mt_view_account *", port.account)[0]
  local params, tables = d.values_view, d.tables_view
  return {
    now = function() return port.now end,
    params = function() return params end,
    state = function(o) return o[STATE] end,
    account = function() return account end,
    tables = function() return tables end,
  }
end

-- Fields that the author sets live in the object itself; everything else is looked up: views,
-- verbs, then the class.
local function object_meta(getters, methods, class, what)
  return {
    __index = function(o, key)
      local get = getters[key]
      if get then return get(o) end
      local method = methods[key]
      if method then return method end
      return class[key]
    end,
    __newindex = function(o, key, value)
      if key == "state" and getters.state then
        if type(value) ~= "table" then raise("self.state must be a table, got %s", type(value)) end
        o[STATE] = value
      elseif H.reserved[key] then
        raise("'%s' of %s is a reserved name", H.tostring(key), what)
      else
        rawset(o, key, value)
      end
    end,
    __metatable = false,
  }
end

local function merged(...)
  local all = {}
  for i = 1, select("#", ...) do
    for key, value in next, (select(i, ...)) do all[key] = value end
  end
  return all
end

-- A set of objects for one class: objects[i] for the symbol i (0-based), or one `portfolio` with
-- markets.
local function make_instance(port, symbols, class, owner, market_fields)
  local d = H.declared[class]
  local is_filter = d.kind == "filter"
  local instance = { class = class, owner = owner, portfolio = d.portfolio, objects = {}, name = d.name }
  local verbs = merged(is_filter and H.readers or H.verbs, { bar = H.bar_reader(port, d) })
  local self_fields = H.self_getters(port, class)
  local what = is_filter and "a filter" or "a strategy"
  local own = H.self_verbs(instance)
  if not d.portfolio then
    local meta = object_meta(merged(market_fields, self_fields), merged(verbs, own), class, what)
    for i = 0, port.market_count - 1 do
      instance.objects[i] = setmetatable({ [INDEX] = i, [STATE] = {} }, meta)
    end
    return instance
  end
  local meta, markets = object_meta(market_fields, verbs, {}, "a market"), {}
  for i = 0, port.market_count - 1 do
    local m = setmetatable({ [INDEX] = i }, meta)
    markets[i + 1], markets[symbols[i + 1]], instance.objects[i] = m, m, m
  end
  setmetatable(markets, { __newindex = function() raise "self.markets is read-only" end, __metatable = false })
  self_fields.markets = function() return markets end
  instance.self = setmetatable({ [INDEX] = -1, [STATE] = {} }, object_meta(self_fields, own, class, what))
  return instance
end

-- Called by C, once. address: of the engine's struct mt_port.
function H.bind(address, symbols)
  local port = ffi.cast("struct mt_port *", address)
  H.port = port
  H.make_verbs(port)
  local fields = H.market_getters(port, symbols)
  H.instances = { [0] = make_instance(port, symbols, H.strategy, 0, fields) }
  for i, class in ipairs(H.filters) do
    H.instances[i] = make_instance(port, symbols, class, i, fields)
  end
  H.symbols = symbols
  return H.make_dispatchers(port)
end

-- fn(object, symbol) for each object that has a state, symbols in port order.
function H.each_object(instance, fn)
  if instance.portfolio then return fn(instance.self, "") end
  for i = 0, #H.symbols - 1 do fn(instance.objects[i], H.symbols[i + 1]) end
end
