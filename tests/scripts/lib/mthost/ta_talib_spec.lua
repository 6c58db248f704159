-- Against TA-Lib itself, version 0.8 (pip install "ta-lib>=0.8"); development only. $MT_TALIB_PYTHON names a python
-- that has it, else python3 is tried; without it the comparison is skipped with a notice.
--
-- Equal means within 1e-9 relative (1e-10 absolute: differences of prices of about 100 cancel). Where it is not,
-- TA-Lib may have drifted: it carries running sums of values and of squares, whose rounding stays for ever and
-- grows with spikes. Then our value must equal that of a fresh object which has seen the last 5000 bars alone, and
-- TA-Lib's must still be near: within 1e-6, or within `loose` for the functions that divide by differences of such
-- sums. Where prices have decimals and distances are equal, the last bit decides in TA-Lib: our value must be that of the
-- same prices in whole cents, where nothing is rounded.
local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/scripts/lib/?.lua;" .. package.path
local ffi, jit = require "ffi", require "jit"
local ta = require "mthost.ta"

local python = os.getenv "MT_TALIB_PYTHON" or "python3"
local try = "import talib, sys; sys.exit(talib.__ta_version__[:4] != b'0.8.')"
local found = os.execute(python .. ' -c "' .. try .. '" >/dev/null 2>&1')
if not (found == 0 or found == true) then
  describe("TA-Lib 0.8", function()
    pending("is not here (MT_TALIB_PYTHON, python3): skipped")
  end)
  return
end

local calls = {}
local function call(name, takes, ...)
  calls[#calls + 1] = { name = name, takes = takes, args = { ... } }
end

local C, HL, HLC, OHLC, HLCV = "close", "high,low", "high,low,close", "open,high,low,close", "high,low,close,volume"
for _, name in ipairs { "sma", "ema", "wma", "dema", "tema", "trima", "kama" } do
  for _, n in ipairs { 2, 3, 10, 30 } do call(name, C, n) end
end
for _, kind in ipairs { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13 } do
  call("ma", C, 12, kind)
  call("pvo", "volume", 12, 26, kind)
  call("bbands", C, 20, 2, 1.5, kind)
  call("apo", C, 12, 26, kind)
  call("ppo", C, 12, 26, kind)
  call("macdext", C, 12, kind, 26, 1, 9, 0)
  call("macdext", C, 12, 1, 26, kind, 9, kind)
  call("stoch", HLC, 5, 3, kind, 3, kind)
  call("stochf", HLC, 5, 3, kind)
end
for _, kind in ipairs { 0, 1, 2, 3, 4, 5, 9, 12, 13 } do call("stochrsi", C, 14, 5, 3, kind) end
for kind = 0, 2 do call("mavp", "close,n", 2, 30, kind) end
call("t3", C, 5, 0.7) call("t3", C, 2, 0.2)
call("accbands", HLC, 20) call("midpoint", C, 14) call("midprice", HL, 14) call("midprice", HL, 2)
call("sar", HL, 0.02, 0.2) call("sar", HL, 0.3, 0.2)
call("sarext", HL, 0, 0, 0.02, 0.02, 0.2, 0.02, 0.02, 0.2)
call("sarext", HL, 0, 0.01, 0.03, 0.02, 0.25, 0.01, 0.02, 0.3)
call("sarext", HL, 90, 0, 0.02, 0.02, 0.2, 0.02, 0.02, 0.2) call("sarext", HL, -90, 0, 0.02, 0.02, 0.2, 0.02, 0.02, 0.2)
for _, n in ipairs { 2, 14 } do
  call("rsi", C, n) call("cmo", C, n) call("dx", HLC, n) call("adx", HLC, n) call("adxr", HLC, n)
  call("aroon", HL, n) call("aroonosc", HL, n) call("imi", "open,close", n) call("cci", HLC, n) call("willr", HLC, n)
  call("mfi", HLCV, n) call("natr", HLC, n)
end
for _, n in ipairs { 1, 2, 14 } do
  call("plus_dm", HL, n) call("minus_dm", HL, n) call("plus_di", HLC, n) call("minus_di", HLC, n) call("atr", HLC, n)
end
for _, name in ipairs { "mom", "roc", "rocp", "rocr", "rocr100" } do call(name, C, 10) call(name, C, 1) end
call("trix", C, 30) call("trix", C, 5) call("macd", C, 12, 26, 9) call("macd", C, 26, 12, 9) call("macdfix", C, 9)
call("bop", OHLC) call("ultosc", HLC, 7, 14, 28) call("ultosc", HLC, 28, 3, 14) call("trange", HLC)
call("ad", HLCV) call("adosc", HLCV, 3, 10) call("adosc", HLCV, 10, 3) call("obv", "close,volume")
call("avgprice", OHLC) call("medprice", HL) call("typprice", HLC) call("wclprice", HLC)
for _, n in ipairs { 2, 5, 30 } do
  for _, name in ipairs { "var", "sum", "max", "min", "minmax", "maxindex", "minindex", "minmaxindex", "linearreg",
                          "linearreg_slope", "linearreg_angle", "linearreg_intercept", "tsf", "avgdev" } do
    call(name, C, n)
  end
  call("stddev", C, n, 1.5)
  if n > 2 then call("correl", HL, n) call("beta", HL, n) end
end
for _, name in ipairs { "ht_dcperiod", "ht_phasor", "ht_dcphase", "ht_sine", "ht_trendline", "ht_trendmode" } do
  call(name, C)
end
call("mama", C, 0.5, 0.05) call("mama", C, 0.9, 0.01)
for _, class in ipairs(ta.classes) do
  if class.name:match "^cdl" then call(class.name, OHLC) end
end
call("cdlmorningstar", OHLC, 0.1) call("cdlmathold", OHLC, 0.2)

local loose = { var = 1e-6, stddev = 1e-3, correl = 1e-2, beta = 1e-2, bbands = 1e-3, stoch = 1e-4, stochf = 1e-4 }
local SMALL, FRESH = 1e-10, 5000

for _, n in ipairs { 2, 9, 23, 30 } do call("hma", C, n) end
call("hma", C, 1)
for _, n in ipairs { 1, 2, 3, 8, 30 } do call("zlema", C, n) call("rma", C, n) end
call("vwma", "close,volume", 30) call("donchian", HL, 20)
call("supertrend", HLC, 10, 3) call("supertrend", HLC, 5, 1)
call("kc", HLC, 20, 10, 2) call("kc", HLC, 5, 12, 1.5) call("ha", OHLC)
call("ao", HL, 5, 34) call("ao", HL, 20, 3) call("ac", HL, 5, 34, 5) call("ac", HL, 9, 4, 2)
call("kdj", HLC, 9, 3, 13, 3, 13) call("kdj", HLC, 5, 1, 0, 4, 1)
call("smi", HLC, 13, 2, 25, 9) call("smi", HLC, 5, 4, 3, 2) call("tsi", C, 25, 13) call("tsi", C, 2, 5)
call("coppock", C, 10, 11, 14) call("coppock", C, 1, 5, 3) call("coppock", C, 3, 1, 1)
call("fractal", HL, 2, 2) call("fractal", HL, 1, 1) call("fractal", HL, 5, 3) call("fractal", HL, 2, 7)
for _, n in ipairs { 2, 3, 14, 30 } do
  for _, name in ipairs { "cmou", "dpo", "er", "vhf", "fosc", "percentrank" } do call(name, C, n) end
  call("qstick", "open,close", n) call("vortex", HLC, n) call("eri", HLC, n) call("adr", HL, n) call("cmf", HLCV, n)
  call("efi", "close,volume", n) call("rvol", "volume", n) call("rvi", C, n, n) call("cvi", HL, n, n)
  call("massi", HL, n, n)
  for _, percent in ipairs { 0, 7, 50, 90, 100 } do call("percentile", C, n, percent) end
end
call("qstick", "open,close", 1) call("vortex", HLC, 1) call("eri", HLC, 1) call("adr", HL, 1)
call("efi", "close,volume", 1) call("rvol", "volume", 1) call("rvi", C, 1, 5) call("cvi", HL, 10, 1)
call("pvt", "close,volume") call("nvi", "close,volume") call("pvi", "close,volume") call("marketfi", "high,low,volume")
call("wad", HLC) call("avwap", "typical,volume")
for _, name in ipairs { "add", "sub", "mult", "div" } do call(name, HL) end
for _, name in ipairs { "sin", "cos", "tan", "atan", "tanh", "floor", "ceil", "ln", "log10", "sqrt", "cumsum", "exp",
                        "sinh", "cosh", "asin", "acos" } do
  call(name, "part")
  if name ~= "exp" and name ~= "sinh" and name ~= "cosh" then call(name, C) end      -- beyond all numbers after a spike
end

-- What compares distances, and what of it is a distance itself.
local TIES = { plus_dm = 100, minus_dm = 100, plus_di = 1, minus_di = 1, dx = 1, adx = 1, adxr = 1 }
for _, class in ipairs(ta.classes) do
  if class.name:match "^cdl" then TIES[class.name] = 1 end
end
-- The phase of no cycle: in TA-Lib that of the rounding errors of a sum.
local PHASE = { ht_dcphase = true, ht_sine = true, ht_trendmode = true }
-- Where TA-Lib divides zero by zero.
local NOTHING = { imi = 50, vwma = 50.25, rvol = 0, avwap = 50.25 }

-- What TA-Lib does not answer, or answers by accident.
local function left_out(c, kind)
  if kind == "spikes" and loose[c.name] then return true end      -- squares of spikes: nothing of its digits is left
  return false
end

local function doubles(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return ffi.cast("const double *", text), #text / 8, text
end

local COLUMN = { open = 0, high = 1, low = 2, close = 3, volume = 4, n = 5, part = 6, typical = 7 }
local COLUMNS = 8

-- What has no value for some inputs.
local partial = {}
for _, class in ipairs(ta.classes) do partial[class.name] = class.domain ~= nil end

local function feed(object, at, b)
  if at[4] then return object:update(b[at[1]], b[at[2]], b[at[3]], b[at[4]]) end
  if at[3] then return object:update(b[at[1]], b[at[2]], b[at[3]]) end
  if at[2] then return object:update(b[at[1]], b[at[2]]) end
  return object:update(b[at[1]])
end

local function near(a, b, absolute)
  return math.abs(a - b) <= math.max(1e-9 * math.max(math.abs(a), math.abs(b)), absolute)
end

local function in_cents(c, at, bars, i, k, got)
  local object, row, last = ta[c.name](unpack(c.args)), {}, nil
  for j = 0, i do
    for column = 0, 3 do row[column] = math.floor(bars[COLUMNS * j + column] * 100 + 0.5) end
    last = { feed(object, at, row) }
  end
  return near(last[k] / TIES[c.name], got, SMALL)
end

-- Is it TA-Lib that drifted, or that counts last bits?
local function drifted(c, at, bars, i, k, got, want, kind)
  if kind == "flat" and PHASE[c.name] then return true end
  if kind == "cents" and TIES[c.name] then return in_cents(c, at, bars, i, k, got) end
  local bound = (loose[c.name] or 1e-6) * (kind == "spikes" and 1e4 or 1)
  if not near(got, want, bound) then return false end
  local fresh, last = ta[c.name](unpack(c.args)), nil
  for j = math.max(0, i - FRESH), i do last = { feed(fresh, at, bars + COLUMNS * j) } end
  return last[k] and near(last[k], got, kind == "spikes" and 1e-6 or SMALL)
end

local function check(c, number, folder, kind, seed, rows, bars, lookback, outputs)
  local want, _, text = doubles(("%s/%d.f64"):format(folder, number - 1))
  local object, at, excused = ta[c.name](unpack(c.args)), {}, 0
  jit.flush()      -- else the compiler's room fills up with what other functions needed
  local what = ("%s(%s) on %s bars, seed %d"):format(c.name, table.concat(c.args, ", "), kind, seed)
  assert.equal(lookback, object:lookback(), what .. ": lookback")
  for name in c.takes:gmatch "[^,]+" do at[#at + 1] = COLUMN[name] end
  for i = 0, rows - 1 do
    local y1, y2, y3, y4 = feed(object, at, bars + COLUMNS * i)
    if i < lookback then assert(y1 == nil, what .. ": a value at " .. i) end
    for k = 1, i < lookback and 0 or outputs do
      local w, got = want[i * outputs + k - 1], k == 1 and y1 or k == 2 and y2 or k == 3 and y3 or y4
      if partial[c.name] and (w - w ~= 0 or got == nil) then
        assert(w - w ~= 0 and got == nil, what .. ": a value on one side at " .. i)
      elseif w - w ~= 0 or not near(w, got, SMALL) then
        excused = excused + 1
        if w - w ~= 0 then
          assert(NOTHING[c.name] == got, what .. ": TA-Lib has no number at " .. i)
        elseif c.name == "cci" and got == 0 then      -- equal prices: TA-Lib divides rounding noise by rounding noise
          assert(math.abs(w) < 150)
        -- The first few one by one, then every thousandth: the rest is the same drift going on.
        elseif (excused <= 5 or excused % 1000 == 0) and not drifted(c, at, bars, i, k, got, w, kind) then
          error(("%s: output %d at %d: %.17g, TA-Lib %.17g"):format(what, k, i, got, w))
        end
      end
    end
  end
  return text and excused      -- the pointer borrows from text
end

local function compare(kind, seed, rows)
  local folder = os.tmpname()
  os.remove(folder)
  os.execute("mkdir -p '" .. folder .. "'")
  local input = assert(io.open(folder .. "/calls", "w"))
  for _, c in ipairs(calls) do input:write(c.name, " ", c.takes, " ", table.concat(c.args, " "), "\n") end
  input:close()
  local command = "%s '%s/tests/scripts/lib/mthost/talib_compare.py' '%s' %d %d %s < '%s/calls'"
  local pipe = io.popen(command:format(python, root, folder, seed, rows, kind, folder))
  local about = {}
  for line in pipe:lines() do
    local number, lookback, outputs = line:match "^(%d+) (%d+) (%d+)$"
    about[tonumber(number) + 1] = { tonumber(lookback), tonumber(outputs) }
  end
  pipe:close()
  assert(#about == #calls, "TA-Lib answered " .. #about .. " of " .. #calls .. " calls")
  local bars, _, text = doubles(folder .. "/bars.f64")
  local exact = 0
  for number, c in ipairs(calls) do
    if not left_out(c, kind)
        and check(c, number, folder, kind, seed, rows, bars, about[number][1], about[number][2]) == 0 then
      exact = exact + 1
    end
  end
  os.execute("rm -r '" .. folder .. "'")
  assert(text and exact > #calls / 2, "only " .. exact .. " calls of " .. #calls .. " agree without an excuse")
end

describe("TA-Lib 0.8 agrees with every function", function()
  it("on 100 000 random bars", function() compare("walk", 1, 100000) end)
  it("on prices in cents, where ties happen, with bars without volume", function() compare("cents", 2, 20000) end)
  it("on flat prices without volume", function() compare("flat", 3, 2000) end)
  it("on spikes", function() compare("spikes", 4, 5000) end)

  -- docs/indicators.md has a table of those that differ.
  it("and so do the defaults, where the manual does not name another", function()
    local script = "import talib; from talib import abstract; [print(f, *abstract.Function(f).parameters.values()) "
      .. "for f in talib.get_functions()]"
    local pipe, mine, other = io.popen(("%s -c '%s'"):format(python, script)), {}, {}
    for _, class in ipairs(ta.classes) do mine[class.name] = class end
    for line in pipe:lines() do
      local name, rest = line:match "^(%S+) ?(.*)$"
      local class, k = mine[name:lower()], 0
      for default in rest:gmatch "%S+" do
        k = k + 1
        local param = class.params[k]
        if param and param[2] ~= tonumber(default) then other[#other + 1] = name:lower() end
      end
    end
    pipe:close()
    table.sort(other)
    assert.equal("apo bbands hma ppo vwma zlema", table.concat(other, " "))
  end)

  it("and there is no function that is not compared", function()
    local called = { vwap = true }      -- ours weighs trades; avwap is called for it
    for _, c in ipairs(calls) do called[c.name] = true end
    local pipe = io.popen(python .. ' -c "import talib; print(*talib.get_functions())"')
    local count = 0
    for name in pipe:read("*a"):gmatch "%S+" do
      count = count + 1
      assert(called[name:lower()], name)
    end
    pipe:close()
    assert.truthy(count > 200)
  end)
end)
