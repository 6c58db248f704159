-- One object of the library over rows of numbers (ta.c). Loaded into a VM after the other parts.
local H = ...
local ffi = H.ffi

-- Outputs of mthost.ta objects that give several values; those that give one are called like the object, and the other
-- modules name theirs themselves.
local NAMES = {
  bbands = "upper middle lower", accbands = "upper middle lower", mama = "mama fama",
  macd = "macd signal hist", macdfix = "macd signal hist", macdext = "macd signal hist",
  aroon = "down up", stoch = "k d", stochf = "k d", stochrsi = "k d", kdj = "k d j", smi = "smi signal",
  eri = "bull bear", fractal = "top bottom", vortex = "plus minus", kc = "upper middle lower",
  minmax = "min max", minmaxindex = "min max", ht_phasor = "in_phase quadrature", ht_sine = "sine lead",
  vwap = "vwap deviation", avwap = "vwap deviation", donchian = "upper middle lower", keltner = "upper middle lower",
  supertrend = "line side", ichimoku = "conversion base span_a span_b", heikin = "open high low close",
  ha = "open high low close",
  renko = "bricks level", pivots = "pivot r1 s1 r2 s2", kalman = "mean gain", cusum = "signal up down",
  halflife = "updates slope", rollbeta = "slope correlation",
  surge = "z volume", daily = "z volume signal days", ratio = "ratio buy sell", delta = "delta total swing",
  profile = "poc poc_volume volume",
}
-- The files of TA-Lib's functions, what stands there beside them, and what TA-Lib has of other files. (Its VWAP takes
-- bars.)
local TALIB = H.set_of { "ta_overlap", "ta_means", "ta_momentum", "ta_oscillators", "ta_volatility", "ta_volume",
                         "ta_statistics", "ta_math", "ta_cycle", "ta_candles", "ta_candles_long" }
local NOT_TALIB = H.set_of { "zscore" }
local ALSO_TALIB = H.set_of { "hma", "zlema", "vwma", "donchian", "supertrend", "kc", "ha", "percentile",
                              "percentrank" }

-- These take trades besides the quotes, by a method of their own: rows of one kind would show something else.
local TWO_FEEDS = H.set_of { "book.flow", "book.iceberg", "book.depletion" }

local list, by_name = {}, {}

local function split(text, pattern)
  local words = {}
  for word in text:gmatch(pattern) do words[#words + 1] = word end
  return words
end

local function outputs_of(class)
  if type(class.outputs) == "table" then return class.outputs end
  local names = class.outputs == 1 and { class.name } or split(NAMES[class.name] or "", "%S+")
  for i = #names + 1, class.outputs do names[i] = "y" .. i end
  return names
end

local function add(class, module)
  if class.plain == false then return end       -- it takes a book or a ladder: no row has one
  local name = (module and module .. "." or "") .. class.name
  if TWO_FEEDS[name] then return end
  local file = class.file or module
  local entry = { name = name, class = class, outputs = outputs_of(class), file = file,
                  talib = TALIB[file] and not NOT_TALIB[name] or ALSO_TALIB[name] or false }
  list[#list + 1], by_name[name] = entry, entry
end

local function load_library()
  local base = H.require "mthost.ta_base"
  H.require "mthost.ta"
  H.require "mthost.volume"
  for _, class in ipairs(base.classes) do add(class, class.file:match "^volume") end
  for _, module in ipairs { "book", "bars", "stats", "sizing" } do
    for _, class in ipairs(H.require("mthost." .. module).classes) do add(class, module) end
  end
end

-- An error without the place in the library where it was raised; the command says "ta:" itself.
local function plain(message)
  if type(message) ~= "string" then return "an error without a text" end
  return (message:gsub("^[%w_./]+:%d+: ", ""):gsub("^ta[.:] ?", ""))
end

local function refuse(format, ...) error(format:format(...), 0) end

function H.ta_load()
  load_library()
  return #list
end

-- name, params, inputs, outputs, family, whether TA-Lib has it.
function H.ta_at(index)
  local entry, params = list[index], {}
  for i, p in ipairs(entry.class.params) do params[i] = ("%s=%.10g"):format(p[1], p[2]) end
  return entry.name, table.concat(params, " "), table.concat(entry.class.takes, " "),
    table.concat(entry.outputs, " "), entry.file, entry.talib
end

local function number_of(text)
  if text:match "^[+-]?%d[%d.]*[eE]?[+-]?%d*$" or text:match "^[+-]?%.%d+$" then return tonumber(text) end
end

-- The arguments of the constructor from words: numbers by position, NAME=NUMBER for a parameter, and what is no
-- parameter is an option.
local function arguments(entry, words)
  local params, values, options, count = entry.class.params, {}, {}, 0
  local place = {}
  for i, p in ipairs(params) do place[p[1]] = i end
  for i, word in ipairs(words) do
    local key, text = word:match "^([%a_][%w_]*)=(.*)$"
    local number = number_of(text or word)
    if key and not place[key] then
      if key == "bad" then refuse("%s: option bad: the rows of a file are numbers", entry.name) end
      options[key] = text
    else
      local at = key and place[key] or i
      if not number then refuse("%s: '%s' is not a number", entry.name, text or word) end
      if not key and i > #params then
        refuse("%s: takes %d arguments, got %d", entry.name, #params, #words)
      end
      if values[at] ~= nil then refuse("%s: %s is given twice", entry.name, params[at][1]) end
      values[at] = number
      if at > count then count = at end
    end
  end
  if next(options) ~= nil then
    count = #params + 1
    values[count] = options
  end
  return values, count
end

local function make(entry, words)
  local values, count = arguments(entry, words)
  local ok, object = pcall(entry.class.new, unpack(values, 1, count))
  if not ok then refuse("%s", plain(object)) end
  return object
end

-- What the inputs of the library are called in each kind of data.
local HAVE = {
  bars = { time = "time", open = "open", high = "high", low = "low", close = "close", volume = "volume",
           price = "close", qty = "volume" },
  quotes = { time = "time", bid = "bid", ask = "ask", mid = "mid", bid_qty = "bid_qty", ask_qty = "ask_qty",
             close = "mid", price = "mid" },
  trades = { time = "time", price = "price", qty = "qty", side = "side", close = "price", volume = "qty" },
}

local function names_of(set)
  local names = {}
  for name in H.pairs(set) do names[#names + 1] = name end
  return table.concat(names, " ")
end

-- The names of the inputs after --column.
local function wanted(entry, columns)
  local takes, given = entry.class.takes, split(columns or "", "[^,]+")
  if #given == 0 then
    if columns then refuse "--column: a name, or several with commas, is needed" end
    return takes
  end
  if #given == #takes then return given end
  local names, replaced = {}, #given == 1 and 0 or 2
  for i, name in ipairs(takes) do
    local this = name == "close" or name == "price"
    names[i] = this and given[1] or name
    if this then replaced = replaced + 1 end
  end
  if replaced ~= 1 then
    refuse("--column %s: %s takes %s: name all of them in this order, or one that stands for the close", columns,
      entry.name, table.concat(takes, ","))
  end
  return names
end

local function fields(entry, kind, columns, field_number)
  local have, numbers = HAVE[kind], {}
  for i, name in ipairs(wanted(entry, columns)) do
    local field = have[name]
    if not field then
      refuse("%s takes %s, and %s have no %s: they have %s; --column names what to take instead", entry.name,
        table.concat(entry.class.takes, ","), kind, name, names_of(have))
    end
    numbers[i] = field_number[field]
  end
  return numbers
end

local object

-- Makes the object. Returns the numbers of the fields it takes, and the names of its outputs.
function H.ta_choose(name, words, kind, columns, field_number)
  local entry = by_name[name]
  if not entry then
    local names = {}
    for i = 1, #list do names[i] = list[i].name end
    refuse("%s: no such indicator%s (mthost ta --list shows all)", name, H.nearest(name, names))
  end
  object = make(entry, words)
  return fields(entry, kind, columns, field_number), entry.outputs
end

local loop

-- A loop written for these numbers of inputs and outputs, which the compiler turns into one trace.
-- `at` tells C which row was refused.
function H.ta_arrays(at, ins, outs)
  local a, o, read, y, set = {}, {}, {}, {}, {}
  for i = 1, #ins do
    a[i], read[i] = "a" .. i, "a" .. i .. "[i]"
    ins[i] = ffi.cast("const double *", ins[i])
  end
  for i = 1, #outs do
    o[i], y[i], set[i] = "o" .. i, "y" .. i, ("o%d[i] = y%d or none"):format(i, i)
    outs[i] = ffi.cast("double *", outs[i])
  end
  local values = { object, ffi.cast("double *", at), 0 / 0 }
  for i = 1, #ins do values[#values + 1] = ins[i] end
  for i = 1, #outs do values[#values + 1] = outs[i] end
  local code = ([[
local object, at, none, INS, OUTS = ...
return function(n)
  for i = 0, n - 1 do
    at[0] = i
    local YS = object:update(READS)
    SETS
  end
  at[0] = n
end]]):gsub("%u+", { INS = table.concat(a, ", "), OUTS = table.concat(o, ", "), YS = table.concat(y, ", "),
                      READS = table.concat(read, ", "), SETS = table.concat(set, "\n    ") })
  loop = assert(loadstring(code, "=mthost"))(unpack(values))
end

function H.ta_run(n)
  local ok, message = pcall(loop, n)
  if not ok then refuse("%s", plain(message)) end
end

function H.ta_reset() object:reset() end
