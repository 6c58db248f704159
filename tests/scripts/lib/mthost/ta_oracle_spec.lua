-- Against tables that others worked out. Each source has its own convention of seeding; it is named where it
-- differs from TA-Lib's, which is ours.
local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/scripts/lib/?.lua;" .. package.path
local ta = require "mthost.ta"
local folder = root .. "/../shared/data/indicator-oracles/"

local probe = io.open(folder .. "README.md")
if not probe then
  describe("the indicator oracles", function()
    pending "are not here (../shared/data/indicator-oracles): skipped"
  end)
  return
end
probe:close()

local function lines(name)
  local pipe = name:match "%.gz$" and io.popen("gzip -dc '" .. folder .. name .. "'") or assert(io.open(folder .. name))
  local text = pipe:read "*a"
  pipe:close()
  local out = {}
  for line in text:gmatch "[^\r\n]+" do out[#out + 1] = line end
  return out
end

local function cells(line)
  local out = {}
  for cell in (line .. ","):gmatch "([^,]*)," do out[#out + 1] = cell end
  return out
end

-- Rows as tables by column name; numbers where they are numbers.
local function table_of(name)
  local all, rows = lines(name), {}
  local head = cells(all[1])
  for i = 2, #all do
    local row = {}
    for k, cell in ipairs(cells(all[i])) do
      local x = tonumber(cell)
      row[head[k]] = x and x == x and x or nil
      row[k] = cell
    end
    rows[i - 1] = row
  end
  return rows
end

-- update(row) -> value for each row; compared with row[column] from row `first` (0-based) on; tolerance is relative, at
-- least `absolute`.
local function compare(rows, column, first, update, relative, absolute, last)
  local seen = 0
  for i = 1, last or #rows do
    local got, want = update(rows[i]), rows[i][column]
    if i > first then
      if want then
        seen = seen + 1
        assert.truthy(got, column .. ": nothing at row " .. i - 1)
        local off = math.abs(got - want)
        assert.truthy(off <= math.max(relative * math.abs(want), absolute or 0),
          ("%s row %d: %.17g, expected %.17g"):format(column, i - 1, got, want))
      end
    else
      assert.is_nil(got, column .. ": a value too early, row " .. i - 1)
    end
  end
  assert.truthy(seen > 50, column .. ": only " .. seen .. " rows compared")
end

describe("stock-indicators (spreadsheets, full precision)", function()
  local S = "stock-indicators/"
  local E = 1e-9

  it("sma 20, of close and of volume", function()
    local x, y = ta.sma(20), ta.sma(20)
    compare(table_of(S .. "sma.csv.gz"), "SMA", 19, function(r) return x:update(r.close) end, E)
    compare(table_of(S .. "sma_2.csv.gz"), "sma", 19, function(r) return y:update(r.volume) end, E)
  end)

  it("ema 20, seeded with the mean", function()
    local x = ta.ema(20)
    compare(table_of(S .. "ema.csv.gz"), "ema", 19, function(r) return x:update(r.close) end, E)
  end)

  it("rsi 14, Wilder", function()
    local x = ta.rsi(14)
    compare(table_of(S .. "rsi.csv.gz"), "RSI(14)", 14, function(r) return x:update(r.close) end, E)
  end)

  it("true range and atr 14, no range on the first bar", function()
    local x, y, rows = ta.trange(), ta.atr(14), table_of(S .. "atr.csv.gz")
    compare(rows, "TR", 1, function(r) return x:update(r.high, r.low, r.close) end, E)
    compare(rows, "ATR", 14, function(r) return y:update(r.high, r.low, r.close) end, E)
  end)

  it("natr 14 as ATR%", function()
    local x = ta.natr(14)
    compare(table_of(S .. "atr.csv.gz"), "ATR%", 14, function(r) return x:update(r.high, r.low, r.close) end, E)
  end)

  it("bollinger 20, 2, population deviation", function()
    local rows = table_of(S .. "bollingerbands.csv.gz")
    for k, column in ipairs { "upper", "sma", "lower" } do
      local x = ta.bbands(20, 2, 2)
      compare(rows, column, 19, function(r) return (select(k, x:update(r.close))) end, E)
    end
    local z, s = ta.zscore(20), ta.stddev(20)
    compare(rows, "z-score", 19, function(r) return z:update(r.close) end, E, 1e-12)
    compare(rows, "stdev", 19, function(r) return s:update(r.close) end, E)
  end)

  it("stddev 10 and its z-score", function()
    local s, z, rows = ta.stddev(10), ta.zscore(10), table_of(S .. "stddev.csv.gz")
    compare(rows, "stddev", 9, function(r) return s:update(r.close) end, E)
    compare(rows, "zscore", 9, function(r) return z:update(r.close) end, E, 1e-12)
  end)

  it("macd 12 26 9: there both means begin with the first bar, so the two emas are put together here", function()
    local rows, a, b, c = table_of(S .. "macd.csv.gz"), ta.ema(12), ta.ema(26), ta.ema(9)
    local signal
    compare(rows, "MACD", 25, function(r)
      local fast, slow = a:update(r.close), b:update(r.close)
      return slow and fast - slow
    end, E, 1e-12)
    a:reset() b:reset()
    compare(rows, "Signal", 33, function(r)
      local fast, slow = a:update(r.close), b:update(r.close)
      signal = slow and c:update(fast - slow)
      return signal
    end, E, 1e-12)
    local own = ta.macd(12, 26, 9)      -- ours begins the fast mean later; the difference dies away
    compare(rows, "MACD", 33, function(r) return (own:update(r.close)) end, 1e-9, 0.2)
    own:reset()
    local late = {}
    for i = 1, #rows do
      local y = own:update(rows[i].close)
      if i > 250 then late[#late + 1] = { MACD = rows[i].MACD, y = y } end
    end
    for i = 1, #late do assert.near(late[i].MACD, late[i].y, 1e-9) end
  end)

  it("dema, tema 20: there the later emas begin with the value before them", function()
    local first = { seed = "first" }
    local a, b = ta.ema(20), ta.ema(20, first)
    compare(table_of(S .. "dema.csv.gz"), "dema", 19, function(r)
      local e = a:update(r.close)
      return e and 2 * e - b:update(e)
    end, E)
    local d, e, f = ta.ema(20), ta.ema(20, first), ta.ema(20, first)
    local rows = table_of(S .. "tema.csv.gz")
    compare(rows, "tema", 19, function(r)
      local e1 = d:update(r.close)
      if not e1 then return nil end
      local e2 = e:update(e1)
      return 3 * e1 - 3 * e2 + f:update(e2)
    end, E)
    local own, last = ta.tema(20), nil
    for i = 1, #rows do last = own:update(rows[i].close) end
    assert.near(rows[#rows].tema, last, 1e-6)
  end)
end)

describe("lean (SPY)", function()
  local S = "lean-spy/"

  it("sma 14, ema 14, rsi 14 Wilder, to their digits", function()
    local rows = table_of(S .. "spy_with_indicators.txt.gz")
    local s, e, r = ta.sma(14), ta.ema(14), ta.rsi(14)
    compare(rows, "SMA14", 13, function(row) return s:update(row.Close) end, 0, 0.006)
    compare(rows, "EMA14", 13, function(row) return e:update(row.Close) end, 0, 0.006)
    compare(rows, "RSI 14 Wilder", 14, function(row) return r:update(row.Close) end, 0, 6e-6)
  end)

  it("bollinger 20, 2", function()
    local rows, x = table_of(S .. "spy_bollinger_bands.txt.gz"), ta.bbands(20, 2, 2)
    compare(rows, "Moving Average 20", 19, function(r) return (select(2, x:update(r.Close))) end, 0, 7e-5)
  end)

  it("ema 14 and, each stage seeded with a mean, dema 5, tema 5", function()
    local e, d, t = ta.ema(14), ta.dema(5), ta.tema(5)
    compare(table_of(S .. "spy_ema.csv.gz"), "EMA14", 13, function(r) return e:update(r.close) end, 1e-9)
    compare(table_of(S .. "spy_dema.txt.gz"), "DEMA_5", 8, function(r) return d:update(r.close) end, 1e-9)
    compare(table_of(S .. "spy_tema.txt.gz"), "TEMA_5", 12, function(r) return t:update(r.close) end, 1e-9)
  end)

  it("true range", function()
    local x = ta.trange()
    compare(table_of(S .. "spy_tr.txt.gz"), "TR", 1, function(r) return x:update(r.High, r.Low, r.Close) end, 1e-9,
      1e-12)
  end)

  it("macd 12 26 9 on monthly bars, to six digits", function()
    local rows, x = table_of(S .. "spy_with_macd.txt.gz"), ta.macd(12, 26, 9)
    for i = 1, #rows do
      local y, signal, histogram = x:update(rows[i].Close)
      if i > 180 and rows[i].MACD then
        assert.near(rows[i].MACD, y, 1e-4)
        assert.near(rows[i].Signal, signal, 1e-4)
        assert.near(rows[i].Histogram, histogram, 1e-4)
      end
    end
  end)
end)

describe("TA-Lib's own regression table (252 days, two decimals)", function()
  local T = "ta-lib/"
  local bars = table_of(T .. "input_252.csv")

  local function value_at(object, index, ...)
    local names, out = { ... }, nil
    for i = 1, index + 1 do
      local b = bars[i]
      if names[3] then
        out = { object:update(b[names[1]], b[names[2]], b[names[3]]) }
      else
        out = { object:update(b[names[1]]) }
      end
    end
    return unpack(out)
  end

  it("rsi, cmo, means, deviation, ranges, bands, macd", function()
    local rows = 0
    for _, r in ipairs(table_of(T .. "rsi.csv")) do
      if r[6] == "DEFAULT" and r.unstablePeriod == 0 then
        local object = r[1] == "CMO_TEST" and ta.cmo(r.optInTimePeriod) or ta.rsi(r.optInTimePeriod)
        assert.near(r.oneOfTheExpectedOutReal0, value_at(object, r.inputIndex, "close"), 0.01)
        rows = rows + 1
      end
    end
    for _, r in ipairs(table_of(T .. "ma.csv")) do
      local metastock = r[7] == "METASTOCK"
      local object = r[6] == "MAType_SMA" and ta.sma(r.optInTimePeriod)
        or ta.ema(r.optInTimePeriod, { seed = metastock and "first" or "mean" })
      if r.startIdx == 0 then
        assert.near(r.oneOfTheExpectedOutReal, value_at(object, r.inputIndex, "close"), 0.01)
        rows = rows + 1
      end
    end
    for _, r in ipairs(table_of(T .. "stddev.csv")) do
      assert.near(r.oneOfTheExpectedOutReal0,
        value_at(ta.stddev(r.optInTimePeriod, r.optInNbDeviation_1), r.inputIndex, "close"), 0.01)
      rows = rows + 1
    end
    for _, r in ipairs(table_of(T .. "trange.csv")) do
      if r.unstablePeriod == 0 then
        local object = r.doAverage == 1 and ta.atr(r.optInTimePeriod) or ta.trange()
        assert.near(r.oneOfTheExpectedOutReal, value_at(object, r.inputIndex, "high", "low", "close"), 0.01)
        rows = rows + 1
      end
    end
    for _, r in ipairs(table_of(T .. "bbands.csv")) do
      if r[7] == "DEFAULT" or r[6] == "MAType_SMA" then
        local object = ta.bbands(r.optInTimePeriod, r.optInNbDevUp, r.optInNbDevDn, r[6] == "MAType_EMA" and 1 or 0)
        local upper, middle, lower = value_at(object, r.inputIndex0, "close")
        assert.near(r.oneOfTheExpectedOutReal0, upper, 0.01)
        assert.near(r.oneOfTheExpectedOutReal1, middle, 0.01)
        assert.near(r.oneOfTheExpectedOutReal2, lower, 0.01)
        rows = rows + 1
      end
    end
    for _, r in ipairs(table_of(T .. "macd.csv")) do
      if r[1] == "MACD_TEST" then
        local y, signal, histogram =
          value_at(ta.macd(r.optInFastPeriod, r.optInSlowPeriod, r.optInSignalPeriod_2), r.inputIndex0, "close")
        assert.near(r.oneOfTheExpectedOutReal0, y, 0.01)
        assert.near(r.oneOfTheExpectedOutReal1, signal, 0.01)
        assert.near(r.oneOfTheExpectedOutReal2, histogram, 0.01)
        rows = rows + 1
      end
    end
    assert.truthy(rows > 70, rows .. " rows only")
  end)
end)

describe("tulip (worked examples of a book, hand examples, and its own output; rounded)", function()
  -- Blocks: "name options", then one {…} line per input and per output; outputs are aligned at the end.
  local function blocks(name)
    local out = {}
    for _, line in ipairs(lines("tulip/" .. name)) do
      if line:match "^%l" then
        local options = {}
        for word in line:gmatch "%S+" do options[#options + 1] = tonumber(word) or word end
        out[#out + 1] = { name = table.remove(options, 1), options = options }
      elseif line:match "^{" then
        local series = {}
        for x in line:gmatch "[-%d.eE+]+" do series[#series + 1] = tonumber(x) end
        table.insert(out[#out], series)
      end
    end
    return out
  end

  -- Constructor, inputs, and from which output on the seeds no longer differ: emas start with the first price
  -- there, and ranges have a first bar. Wilder's means of ranges never agree to the digit in so few rows, so they
  -- are left out.
  local known = {
    sma = { ta.sma, 1 }, stddev = { ta.stddev, 1 }, var = { ta.var, 1 }, max = { ta.max, 1 }, min = { ta.min, 1 },
    sum = { ta.sum, 1 }, medprice = { ta.medprice, 2 }, typprice = { ta.typprice, 3 }, wcprice = { ta.wclprice, 3 },
    avgprice = { ta.avgprice, 4 }, tr = { ta.trange, 3, 2 }, rsi = { ta.rsi, 1 },
    ema = { function(n) return ta.ema(n, { seed = "first" }) end, 1 },
    bbands = { function(n, d)      -- lower, middle, upper there
      local x = ta.bbands(n, d, d)
      return { update = function(_, v)
        local upper, middle, lower = x:update(v)
        return lower, middle, upper
      end }
    end, 1 },
  }

  for _, file in ipairs { "atoz.txt", "extra.txt", "untest.txt" } do
    it(file, function()
      local count = 0
      for _, block in ipairs(blocks(file)) do
        local entry = known[block.name]
        if entry and not (block.options[1] == 1) then
          count = count + 1
          local object, inputs = entry[1](unpack(block.options)), entry[2]
          local n, results = #block[1], {}
          for i = 1, n do
            local values = {}
            for k = 1, inputs do values[k] = block[k][i] end
            results[i] = { object:update(unpack(values)) }
          end
          for k = inputs + 1, #block do
            local shift = n - #block[k]
            for i = entry[3] or 1, #block[k] do
              local got = results[i + shift][k - inputs]
              assert.truthy(got, ("%s: nothing at output %d"):format(block.name, i))
              assert.near(block[k][i], got, 0.00101, ("%s %s output %d"):format(file, block.name, i))
            end
          end
        end
      end
      assert.truthy(count >= 4, count .. " blocks only")
    end)
  end
end)
