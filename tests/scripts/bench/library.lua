-- What the library costs in time, and what becomes of its sums in the long run. Figures, no verdicts: a machine that is
-- shared would make a test of time fail.
--
--   luajit tests/scripts/bench/library.lua speed [NAME]     ns per update of every object (least of three runs over
--                                                           525 600 events), and TA-Lib's functions together
--   luajit tests/scripts/bench/library.lua window           the same with windows of 10 and of 10 000
--   luajit tests/scripts/bench/library.lua drift [UPDATES]  how far sums are from fresh ones after 10^8 updates
local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local ffi, jit = require "ffi", require "jit"
local market, ta = require "market", require "mthost.ta"
require "mthost.volume"

local EVENTS = 525600
local TALIB = { ta_overlap = true, ta_means = true, ta_momentum = true, ta_oscillators = true, ta_volatility = true,
                ta_volume = true, ta_statistics = true, ta_math = true, ta_cycle = true, ta_candles = true,
                ta_candles_long = true }

-- One column of numbers for each name that an input can have.
local function columns(count)
  local names = { "open", "high", "low", "close", "volume", "n", "time", "price", "qty", "side", "bid", "bid_qty", "ask",
                  "ask_qty", "level", "return", "profit", "result", "equity" }
  local cols, bars, r, equity = {}, market.bars(1, count), market.random(2), 1000
  for _, name in ipairs(names) do cols[name] = ffi.new("double[?]", count + 1) end
  for i = 1, count do
    local bar, change = bars[i], (r() - 0.45) * 0.02
    equity = equity + change * 100
    local bid = math.floor(bar[4] * 100) / 100
    local row = { bar[1], bar[2], bar[3], bar[4], bar[5], 2 + i % 29, i * 0.7, bar[4], bar[5] / 100, i % 3 - 1, bid,
                  math.floor(r() * 20), bid + 0.01, math.floor(r() * 20), 1 + math.floor(r() * 3), change, change,
                  change * 100, equity }
    for k, name in ipairs(names) do cols[name][i] = row[k] end
  end
  return cols
end

local by_inputs = {
  function(o, count, a)
    for i = 1, count do o:update(a[i]) end
  end,
  function(o, count, a, b)
    for i = 1, count do o:update(a[i], b[i]) end
  end,
  function(o, count, a, b, c)
    for i = 1, count do o:update(a[i], b[i], c[i]) end
  end,
  function(o, count, a, b, c, d)
    for i = 1, count do o:update(a[i], b[i], c[i], d[i]) end
  end,
  function(o, count, a, b, c, d, e)
    for i = 1, count do o:update(a[i], b[i], c[i], d[i], e[i]) end
  end,
}

local function feed(object, takes, cols, count)
  by_inputs[#takes](object, count, cols[takes[1]], cols[takes[2]], cols[takes[3]], cols[takes[4]], cols[takes[5]])
end

-- Least time of several runs, in ns per update. A run begins with a new object, which has seen `warm` events, and
-- without compiled code. (The compiler begins with the path that it sees first: compiled while it is still warming up,
-- an update of 3 ns takes 8.)
local function measure(new, takes, cols, runs, warm)
  local best = math.huge
  for _ = 1, runs do
    local object = new()
    if warm then feed(object, takes, cols, warm) end
    jit.flush()
    local from = os.clock()
    feed(object, takes, cols, EVENTS)
    best = math.min(best, os.clock() - from)
  end
  return best / EVENTS * 1e9
end

local function everything()
  local list = {}
  for _, class in ipairs(ta.classes) do
    list[#list + 1] = { name = class.new().kind, new = class.new, takes = class.takes, params = class.params,
                        talib = TALIB[class.file] and class.name ~= "zscore" }
  end
  for _, module in ipairs { "book", "bars", "sizing", "stats" } do
    for _, class in ipairs(require("mthost." .. module).classes) do
      if class.plain then
        list[#list + 1] = { name = module .. "." .. class.name, new = class.new, takes = class.takes,
                            params = class.params }
      end
    end
  end
  return list
end

local function speed(name)
  local cols, results, sum, count = columns(EVENTS), {}, 0, 0
  for _, entry in ipairs(everything()) do
    if not name or entry.name:find(name) then
      local ns = measure(entry.new, entry.takes, cols, 3)
      results[#results + 1] = { entry.name, ns }
      if entry.talib then sum, count = sum + ns, count + 1 end
    end
  end
  table.sort(results, function(a, b) return a[2] > b[2] end)
  for _, result in ipairs(results) do print(("%-26s %7.1f ns"):format(result[1], result[2])) end
  print(("%d functions of TA-Lib over %d bars: %.2f s"):format(count, EVENTS, sum * EVENTS / 1e9))
end

-- Arguments with every length of a window set to n; nil where there is none.
local LENGTHS = { n = true, m = true, fast = true, slow = true, k = true, c = true, window = true, memory = true,
                  session = true, half_life = true, rows = true, reach = true, seconds = true }

local function arguments(params, n)
  local args, any = {}, false
  for i, param in ipairs(params) do
    args[i] = param[2]
    if LENGTHS[param[1]] and n >= param[3] and 10000 <= param[4] then
      args[i], any = n, true
    end
  end
  return any and args
end

local function window()
  local cols = columns(EVENTS)
  print(("%-26s %9s %9s %7s"):format("", "10", "10 000", "times"))
  for _, entry in ipairs(everything()) do
    local short, long = arguments(entry.params, 10), arguments(entry.params, 10000)
    if not short then short = arguments(entry.params, 20) end      -- where 10 is too short
    if short and long and pcall(entry.new, unpack(short)) and pcall(entry.new, unpack(long)) then
      local a = measure(function() return entry.new(unpack(short)) end, entry.takes, cols, 3, 80000)
      local b = measure(function() return entry.new(unpack(long)) end, entry.takes, cols, 3, 80000)
      print(("%-26s %6.1f ns %6.1f ns %7.2f"):format(entry.name, a, b, b / a))
    end
  end
end

-- After so many updates, with a spike of a million now and then, each must be what a new object says that has seen the
-- last window alone. What sums from the first update on is compared with integers.
local function drift(updates)
  local calm, n = columns(100000), 100000
  local windowed = { { "sma", 1000 }, { "wma", 1000 }, { "var", 1000 }, { "stddev", 1000 }, { "bbands", 1000 },
                     { "linearreg", 1000 }, { "correl", 1000 }, { "beta", 1000 }, { "sum", 1000 }, { "vwma", 1000 },
                     { "mfi", 1000 }, { "realised", 1000 }, { "yangzhang", 1000 }, { "halflife", 1000 },
                     { "hurst", 1000 }, { "avgdev", 10 } }
  for _, call in ipairs(windowed) do
    local class
    for _, each in ipairs(ta.classes) do if each.name == call[1] then class = each end end
    local object, fresh, takes = class.new(call[2]), class.new(call[2]), class.takes
    jit.flush()
    for round = 1, updates / n do
      if round % 7 == 3 then
        local bar = {}
        for k = 1, #takes do bar[k] = takes[k] == "volume" and 1 or 1e6 end
        object:update(unpack(bar))
      end
      feed(object, takes, calm, n)
    end
    feed(fresh, takes, calm, n)
    local got, want, worst = { object:value() }, { fresh:value() }, 0
    for k = 1, #want do
      worst = math.max(worst, math.abs(got[k] - want[k]) / math.max(math.abs(want[k]), 1e-9))
    end
    print(("%-26s %.1e relative after %.0e updates"):format(class.name, worst, updates))
  end
  local obv = ta.obv()
  jit.flush()
  for i = 1, updates do
    local price = 1 + i % 2
    obv:update(price, price == 2 and 0.3 or 0.1)
  end
  -- Up on every odd update, down on every even one; the first counts as up.
  local half = updates / 2
  local want = half * 0.3 - half * 0.1
  print(("%-26s %.1e relative after %.0e updates"):format("obv", math.abs(obv:value() - want) / want, updates))
end

local what, argument = arg[1] or "speed", arg[2]
if what == "speed" then
  speed(argument)
elseif what == "window" then
  window()
elseif what == "drift" then
  drift(tonumber(argument or 1e8))
else
  error("speed, window or drift expected, got " .. what)
end
