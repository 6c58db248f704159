-- Results have no unit: every function of the library on prices and volumes in other units, on prices whose decimals no
-- binary fraction holds, on constant series, on ties, and long after a spike. And moments against sums that lose nothing.
local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local jit = require "jit"
local market = require "market"
local ta = require "mthost.ta"
local volume = require "mthost.volume"

-- What each output is a multiple of: "p" a price, "pp" a square of prices, "v" a volume, "pv" and "p/v" their product and
-- quotient, "0" nothing (a ratio, a count, a pattern), "angle" the arc of a price, "f" a function of the number as it is. `args` are the arguments that are prices; p is the unit of the price.
local OUTPUTS = {
  sma = "p", ema = "p", wma = "p", dema = "p", tema = "p", t3 = "p", trima = "p", kama = "p", ma = "p", mavp = "p",
  bbands = "p p p", accbands = "p p p", midpoint = "p", midprice = "p", sar = "p", sarext = "p",
  hma = "p", zlema = "p", vwma = "p", vwap = "p p", avwap = "p p", rvwap = "p", smat = "p", emat = "p", demat = "p",
  donchian = "p p p", keltner = "p p p", supertrend = "p 0", ichimoku = "p p p p", heikin = "p p p p", renko = "0 p",
  pivots = "p p p p p",
  rsi = "0", cmo = "0", mom = "p", roc = "0", rocp = "0", rocr = "0", rocr100 = "0", trix = "0", apo = "p", ppo = "0",
  macd = "p p p", macdfix = "p p p", macdext = "p p p", plus_dm = "p", minus_dm = "p", plus_di = "0", minus_di = "0",
  dx = "0", adx = "0", adxr = "0", aroon = "0 0", aroonosc = "0", bop = "0", cci = "0", imi = "0", mfi = "0",
  ultosc = "0", willr = "0", stoch = "0 0", stochf = "0 0", stochrsi = "0 0",
  trange = "p", atr = "p", natr = "0", adr = "p", cvi = "0", massi = "0", rvi = "0",
  rma = "p", kc = "p p p", ha = "p p p p", pvo = "0", ao = "p", ac = "p", kdj = "0 0 0", cmou = "0", tsi = "0",
  smi = "0 0", coppock = "0", dpo = "p", er = "0", vhf = "0", eri = "p p", fosc = "0", fractal = "0 0", qstick = "p",
  vortex = "0 0", cmf = "0", pvt = "v", nvi = "0", pvi = "0", efi = "pv", marketfi = "p/v", rvol = "0", wad = "p",
  add = "p", sub = "p", mult = "pp", div = "0", cumsum = "p", sin = "f", cos = "f", tan = "f", asin = "f", acos = "f",
  atan = "f", sinh = "f", cosh = "f", tanh = "f", exp = "f", ln = "f", log10 = "f", sqrt = "f", floor = "f", ceil = "f",
  realised = "0", parkinson = "0", garman = "0", yangzhang = "0", ewmavar = "0", quantile = "p", median = "p",
  percentile = "p", percentrank = "0", kalman = "p 0", cusum = "0 p p", halflife = "0 0", hurst = "0", rollbeta = "0 0",
  ad = "v", adosc = "v", obv = "v", avgprice = "p", medprice = "p", typprice = "p", wclprice = "p",
  var = "pp", stddev = "p", zscore = "0", avgdev = "p", correl = "0", beta = "0", linearreg = "p",
  linearreg_slope = "p", linearreg_angle = "angle", linearreg_intercept = "p", tsf = "p", sum = "p", max = "p",
  min = "p", minmax = "p p", maxindex = "0", minindex = "0", minmaxindex = "0 0",
  ht_dcperiod = "0", ht_phasor = "p p", ht_dcphase = "0", ht_sine = "0 0", ht_trendline = "p", ht_trendmode = "0",
  mama = "p p",
  surge = "0 v", daily = "0 v 0 0", ratio = "0 v v", delta = "v v 0", speed = "p", profile = "p v v",
}
local ARGS = {
  renko = function(p) return { 3 * p } end, cusum = function(p) return { 5 * p } end,
  sarext = function(p) return { 990 * p } end, profile = function(p) return { 4 * p } end,
}

local function outputs_of(class)
  local text = OUTPUTS[class.name] or class.name:match "^cdl" and "0"
  assert(text, class.name .. ": which unit do its outputs have?")
  local list = {}
  for unit in text:gmatch "%S+" do list[#list + 1] = unit end
  assert.equal(class.outputs, #list, class.name .. ": outputs")
  return list
end

-- Bars in whole steps of the price and of the volume, so small that ties are everywhere; every so often the price
-- stands still, bars have no body or no range, and there is no volume.
local function steps(seed, count, calm)
  local r, bars, price = market.random(seed), {}, 1000
  local function whole(n) return math.floor(r() * n) end
  for i = 1, count do
    local open = price + whole(3) - 1
    local close = open + whole(9) - 4
    if close < 900 then close = open + 4 elseif close > 1100 then close = open - 4 end
    local high, low = math.max(open, close) + whole(4), math.min(open, close) - whole(4)
    if not calm and i % 120 > 90 then open, high, low, close = price, price, price, price end
    bars[i] = { open, high, low, close, whole(12) * (i % 50 < 40 and 1 or 0) }
    price = close
  end
  return bars
end

-- The same bars with `price` and `volume` as units: numbers, or texts like "e-9" for the decimals themselves.
local function in_units(bars, price, size)
  local function scaled(x, unit) return type(unit) == "string" and tonumber(("%.17g%s"):format(x, unit)) or x * unit end
  local out = {}
  for i, b in ipairs(bars) do
    out[i] = { scaled(b[1], price), scaled(b[2], price), scaled(b[3], price), scaled(b[4], price), scaled(b[5], size) }
  end
  return out
end

local function run(class, bars, price)
  local object, out = class.new(unpack(ARGS[class.name] and ARGS[class.name](price) or {})), {}
  local takes = market.takes(class)
  for i, bar in ipairs(bars) do out[i] = { market.feed(object, takes, bar, i) } end
  return out
end

local function factor_of(unit, price, size)
  return unit == "p" and price or unit == "pp" and price * price or unit == "v" and size or unit == "pv" and price * size
    or unit == "p/v" and price / size or 1
end

-- want: the values in units of 1. Equal to the last bit, or within `part` of the value, or of its usual size.
local function compare(class, want, got, price, size, part)
  for k, unit in ipairs(outputs_of(class)) do
    local factor, squares, count = factor_of(unit, price, size), 0, 0
    for i = 1, #want do
      if want[i][k] then squares, count = squares + want[i][k] ^ 2, count + 1 end
    end
    local usual = count > 0 and math.sqrt(squares / count) or 0
    for i = 1, #want do
      local a, b = want[i][k], got[i][k]
      assert.equal(a == nil, b == nil)
      if a and unit == "angle" then
        a = math.deg(math.atan(math.tan(math.rad(a)) * price))
      elseif a then
        a = a * factor
      end
      if a and not (math.abs(a - b) <= part * math.max(math.abs(a), usual * factor)) then
        error(("%s: output %d of bar %d is %.17g, must be %.17g"):format(class.name, k, i, b, a), 2)
      end
    end
  end
end

describe("in other units", function()
  local bars = steps(1, 600)
  local function scales(class)
    jit.flush()      -- else the compiler's room fills up with what other functions needed
    local want = run(class, bars, 1)
    for _, shift in ipairs { -23, 20 } do      -- exact: not a bit may differ
      local price, size = 2 ^ shift, 2 ^ (shift > 0 and -27 or 13)
      -- (The arc of an angle is no multiple, and a logarithm of a square is rounded.)
      local part = (class.name == "linearreg_angle" or class.name == "hurst") and 1e-12 or 0
      compare(class, want, run(class, in_units(bars, price, size), price), price, size, part)
    end
    for _, unit in ipairs { { "e-2", "" }, { "e-10", "e-8" }, { "e6", "e3" } } do
      local price, size = tonumber("1" .. unit[1]), tonumber("1" .. unit[2])
      compare(class, want, run(class, in_units(bars, unit[1], unit[2]), price), price, size, 1e-9)
    end
  end

  -- What is no multiple of anything: the function of the number as it stands.
  local function is_function(class)
    local of = math[class.name == "ln" and "log" or class.name]
    for _, price in ipairs { 1e-7, 1e-3, 1, 1e6 } do
      local object = class.new()
      for i, bar in ipairs(bars) do
        for _, x in ipairs { bar[4] * price, bar[4] / 1101 * price, -bar[4] / 1101 * price } do
          local got, inside = object:update(x), not class.domain or x >= class.domain[1] and x <= class.domain[2]
          if inside then
            assert(got == of(x) and got - got == 0, ("%s(%.17g) at %d: %s"):format(class.name, x, i, tostring(got)))
          else
            assert.is_nil(got)
          end
        end
      end
    end
  end

  for _, class in ipairs(ta.classes) do
    it(class.name .. " gives the same", function()
      if outputs_of(class)[1] == "f" then is_function(class) else scales(class) end
    end)
  end
end)

-- What never forgets, because it is a sum or a mean of everything since its beginning.
local ENDLESS = { ad = true, obv = true, vwap = true, avwap = true, profile = true, delta = true, cumsum = true, pvt = true,
                  nvi = true, pvi = true, wad = true }
-- Where it stands depends on where the price was when it was turned last.
local PATHS = { renko = true }
-- What forgets half in so many updates that some of it is left.
local SLOW = { surge = 1e-2, daily = 1e-2, kama = 1e-2, emat = 1e-6, demat = 1e-6 }

describe("long after a spike", function()
  local calm = steps(2, 4000, true)
  local spiked = {}
  for i, bar in ipairs(calm) do spiked[i] = bar end
  local b = calm[400]
  spiked[400] = { b[1], b[2] * 1e6, b[3], b[4] * 1e6, b[5] + 1e7 }
  for _, class in ipairs(ta.classes) do
    if not ENDLESS[class.name] and not PATHS[class.name] then
      it(class.name .. " has forgotten it", function()
        local want, got = run(class, calm, 1), run(class, spiked, 1)
        for i = 1, 3800 do want[i], got[i] = {}, {} end
        compare(class, want, got, 1, 1, SLOW[class.name] or 1e-9)
      end)
    end
  end

  -- What holds a window must be right as soon as the spike has left it.
  for name, n in pairs { sma = 14, wma = 14, trima = 14, var = 14, stddev = 14, zscore = 14, bbands = 14, cci = 14,
      linearreg = 14, linearreg_slope = 14, tsf = 14, sum = 14, imi = 14, mfi = 14, avgdev = 14, vwma = 14, correl = 14,
      rollbeta = 14, accbands = 14, willr = 14, beta = 13, hurst = 100, parkinson = 14, realised = 13, yangzhang = 13,
      midpoint = 14, hma = 9, cmou = 13, dpo = 14, er = 13, vhf = 13, fosc = 13, qstick = 14, vortex = 13, adr = 14,
      cmf = 14, rvol = 13, percentile = 14, percentrank = 13, ao = 34, coppock = 10 } do
    local class
    for _, each in ipairs(ta.classes) do if each.name == name then class = each end end
    it(name .. " is right as soon as it is out of the window", function()
      for _, times in ipairs { 1e2, 1e4, 1e6, 1e9 } do
        for _, from in ipairs { 400, 405, 411 } do
          local rows = {}
          for i = 300, 600 do rows[#rows + 1] = calm[i] end
          local s = calm[from]
          rows[from - 299] = { s[1], s[2] * times, s[3], s[4] * times, s[5] * times }
          local object, first = class.new(n), nil
          for i, bar in ipairs(rows) do
            local got = { market.feed(object, class.takes, bar, i) }
            if i == from - 299 + object:lookback() + 1 or i == 290 then
              local fresh = class.new(n)
              for k = i - object:lookback(), i do first = { market.feed(fresh, class.takes, rows[k], k) } end
              for k = 1, #first do
                if math.abs(got[k] - first[k]) > 1e-9 * math.max(math.abs(first[k]), 1e-2) then
                  error(("%s: a spike of %g at %d: bar %d, output %d is %.17g, fresh %.17g"):format(name, times, from, i,
                    k, got[k], first[k]))
                end
              end
            end
          end
        end
      end
    end)
  end
end)

-- After something that moved a constant series of decimals begins. What is 0 is 0.
describe("a price that stands still", function()
  local moved = in_units(steps(3, 200, true), "e-5", "e-2")
  local function constant(class, n, count)
    local object = n and class.new(n) or class.new()
    for i, bar in ipairs(moved) do market.feed(object, class.takes, bar, i) end
    local out
    local c = 0.01013
    for i = 201, 200 + count do out = { market.feed(object, class.takes, { c, c, c, c, 0 }, i) } end
    return out
  end
  local want = {
    var = { 0 }, stddev = { 0 }, zscore = { 0 }, avgdev = { 0 }, correl = { 0 }, beta = { 0 }, linearreg_slope = { 0 },
    linearreg_angle = { 0 }, mfi = { 0 }, imi = { 50 }, cci = { 0 }, ultosc = { 0 }, willr = { 0 }, stochf = { 0, 0 },
    stochrsi = { 0, 0 }, mom = { 0 }, roc = { 0 }, realised = { 0 }, parkinson = { 0 }, garman = { 0 },
    yangzhang = { 0 }, halflife = { 0, 0 }, hurst = { 0.5 }, rollbeta = { 0, 0 }, bop = { 0 }, trange = { 0 },
    ht_phasor = { 0, 0 }, vwma = { 0.01013 }, kama = { 0.01013 }, ao = { 0 }, ac = { 0 }, cmou = { 0 }, dpo = { 0 },
    er = { 1 }, vhf = { 0 }, fosc = { 0 }, fractal = { 0, 0 }, qstick = { 0 }, vortex = { 0, 0 }, coppock = { 0 },
    adr = { 0 }, cmf = { 0 }, rvol = { 0 }, marketfi = { 0 }, percentrank = { 0 }, percentile = { 0.01013 },
  }
  local given = { hurst = 16, ultosc = 4, stochrsi = 5, ht_phasor = false, bop = false, trange = false, ao = false,
                  ac = false, marketfi = false }
  local least = { kama = 1000, ao = 35, ac = 40 }
  for _, class in ipairs(ta.classes) do
    if want[class.name] then
      it(class.name .. " has its value for that", function()
        local n = given[class.name]
        if n == nil then n = 12 end
        for _, count in ipairs { 31, 32, 33, 40, 45, 64, 1000 } do
          local got = constant(class, n or nil, math.max(count, least[class.name] or 0))
          for k, value in ipairs(want[class.name]) do
            assert.truthy(math.abs(got[k] - value) <= 1e-15, ("%s after %d: %.17g"):format(class.name, count, got[k]))
          end
        end
      end)
    end
  end

  it("keeps the value of what is made of means that shrink alike", function()
    for _, name in ipairs { "rsi", "cmo", "dx", "plus_di", "minus_di", "rvi" } do
      local class
      for _, each in ipairs(ta.classes) do if each.name == name then class = each end end
      local first = constant(class, 12, 2)[1]
      assert.truthy(first ~= 0)
      for _, count in ipairs { 3, 400, 2000, 20000 } do assert.equal(first, constant(class, 12, count)[1], name) end
    end
  end)
end)

describe("what is smoothed twice", function()
  it("settles when the price stands still, and is no rounding when all of it has shrunk away", function()
    local moved = steps(3, 200, true)
    for _, name in ipairs { "tsi", "smi", "cvi", "massi", "pvo" } do
      local class
      for _, each in ipairs(ta.classes) do if each.name == name then class = each end end
      local object, settled, y = class.new(), nil, nil
      for i, bar in ipairs(moved) do market.feed(object, class.takes, bar, i) end
      for i = 201, 25000 do
        y = market.feed(object, class.takes, { 1000, 1000, 1000, 1000, 0 }, i)
        if i == 5000 then settled = y end
        if i > 5000 and name ~= "pvo" then assert.near(settled, y, 0.02, name .. " at " .. i) end
      end
      if name == "pvo" then assert.equal(0, y) end
    end
  end)
end)

-- Sums of differences from the first value are exact, or nearly: values near each other.
local function two_pass(xs, ys, first, last)
  local n, sx, sy, xx, yy, xy = last - first + 1, 0, 0, 0, 0, 0
  for i = first, last do sx, sy = sx + (xs[i] - xs[first]), sy + (ys[i] - ys[first]) end
  local mx, my = sx / n, sy / n
  for i = first, last do
    local dx, dy = xs[i] - xs[first] - mx, ys[i] - ys[first] - my
    xx, yy, xy = xx + dx * dx, yy + dy * dy, xy + dx * dy
  end
  return xx, yy, xy, mx + xs[first], my + ys[first]
end

describe("moments at large levels and of small moves", function()
  for _, case in ipairs { { 1e6, 0.01 }, { 1e9, 0.01 }, { 1e5, 1e-5 }, { 2e-5, 1e-8 }, { 1.08, 1e-5 }, { 1e12, 1 },
                          { 1e-7, 1e-11 } } do
    it(("level %g, steps of %g"):format(case[1], case[2]), function()
      local level, step, n, r = case[1], case[2], 14, market.random(5)
      local xs, ys = {}, {}
      local x = 0
      for i = 1, 900 do
        x = x + math.floor(r() * 5) - 2
        local jump = i > 300 and 3e4 or 0      -- to another level, where the old one no longer helps
        xs[i] = level + (x + jump) * step
        ys[i] = level + (2 * x + math.floor(r() * 3) + jump) * step
      end
      local var, sd, z, bb, correl = ta.var(n), ta.stddev(n), ta.zscore(n), ta.bbands(n), ta.correl(n)
      local roll, slope = ta.rollbeta(n), ta.linearreg_slope(n)
      local function near(want, got, what, i)
        local part = level * 2 ^ -52 / step > 1e-7 and 1e-6 or 1e-9
        if math.abs(want - got) > part * math.max(math.abs(want), what == "slope" and step or 0) then
          error(("%s at %d: %.17g, two passes %.17g"):format(what, i, got, want), 0)
        end
      end
      for i = 1, #xs do
        local v, s, zz = var:update(xs[i]), sd:update(xs[i]), z:update(xs[i])
        local up, middle = bb:update(xs[i])
        local c, l = correl:update(xs[i], ys[i]), slope:update(xs[i])
        local b, rr = roll:update(xs[i], ys[i])
        if i >= n then
          local xx, yy, xy, mean = two_pass(xs, ys, i - n + 1, i)
          local deviation = math.sqrt(xx / n)
          near(xx / n, v, "var", i)
          near(deviation, s, "stddev", i)
          near(mean, middle, "mean", i)
          if xx > 0 then
            near(2 * deviation + mean, up, "bbands", i)
            near((xs[i] - mean) / deviation + 10, zz + 10, "zscore", i)
            near(xy / xx, b, "slope of pairs", i)
          end
          if xx > 0 and yy > 0 then
            near(xy / math.sqrt(xx) / math.sqrt(yy), c, "correl", i)
            near(c, rr, "rollbeta's correlation", i)
          end
          local sum = 0
          for k = 0, n - 1 do sum = sum + (k - (n - 1) / 2) * (xs[i - n + 1 + k] - xs[i - n + 1]) end
          near(sum / (n * (n * n - 1) / 12), l, "slope", i)
        end
      end
    end)
  end

  it("yangzhang and vwap lose nothing either", function()
    local x = ta.avwap()
    x:update(100, 1e-6)
    for i = 1, 1000 do x:update(200 + (i % 2 == 0 and 1e-4 or -1e-4), 1e6) end
    local _, deviation = x:update(200 + 1e-4, 1e-6)
    local far = 1e-6 * 100 * 100 / 1e9      -- what the first trade adds to the variance
    assert.near(math.sqrt(1e-8 + far), deviation, 1e-9)
    local y = ta.yangzhang(10)
    local price, got = 100, nil
    for _ = 1, 40 do      -- the same gap each time and no body: in exact arithmetic nothing varies
      price = price * 1.01
      got = y:update(price, price, price, price)
    end
    assert.equal(0, got)
  end)
end)

describe("what differs in its last bits only", function()
  it("is the same typical price", function()
    local x, want = ta.mfi(4), ta.mfi(4)
    local r, differed = market.random(8), 0
    local last
    for i = 1, 3000 do
      local a, b, c = math.floor(r() * 4), math.floor(r() * 4), math.floor(r() * 4)
      local size = 1 + math.floor(r() * 40)
      local high, low, close = 10816 + a, 10813 - b, 10814 + c
      local sum = tonumber(high .. "e-1") + tonumber(low .. "e-1") + tonumber(close .. "e-1")
      if last and last.whole == high + low + close and last.sum ~= sum then differed = differed + 1 end
      last = { whole = high + low + close, sum = sum }
      local got = x:update(tonumber(high .. "e-1"), tonumber(low .. "e-1"), tonumber(close .. "e-1"), size)
      local exact = want:update(high, low, close, size)
      if exact then assert.near(exact, got, 1e-9, "bar " .. i) end
    end
    assert.truthy(differed > 10, "the data has no ties that differ")
  end)

  it("is the same distance up and down", function()
    local plus, minus = ta.plus_dm(1), ta.minus_dm(1)
    plus:update(1, 0.3)
    minus:update(1, 0.3)
    assert.truthy(1.1 - 1 ~= 0.3 - 0.2)      -- not the same number
    assert.equal(0, plus:update(1.1, 0.2))
    assert.equal(0, minus:update(1.1, 0.2))
  end)

  it("does not turn supertrend", function()
    local exact, decimal = ta.supertrend(3, 1), ta.supertrend(3, 1)
    local r, turns, before = market.random(4), 0, 1
    local price = 1000
    for _ = 1, 4000 do
      price = price + 3 * (math.floor(r() * 3) - 1)
      -- Bars of one range, so that closes hit the line exactly.
      local high, low, close = price + 3, price - 3, price + 3 * (math.floor(r() * 3) - 1)
      local _, want = exact:update(high, low, close)
      local _, got = decimal:update(tonumber(high .. "e-1"), tonumber(low .. "e-1"), tonumber(close .. "e-1"))
      assert.equal(want, got)
      if want and want ~= before then turns, before = turns + 1, want end
    end
    assert.truthy(turns > 50, turns)
  end)

  it("completes a brick, and is not beyond a threshold", function()
    local x = ta.renko(0.1)
    x:update(0.1)
    assert.equal(2, (x:update(0.3)))
    for i = 4, 3000 do assert.equal(1, (x:update(tonumber(i .. "e-1"))), "brick " .. i) end
    local c = ta.cusum(0.3)
    c:update(0.1)
    assert.equal(0, (c:update(0.2)))
    assert.equal(0, (c:update(0.4)))
    assert.equal(1, (c:update(0.5)))
  end)

  it("is no trend of its own, no return and no pull", function()
    local b, h, z = ta.beta(5), ta.halflife(10), ta.zscore(5)
    local x, beta, half = 100, nil, nil
    for i = 1, 60 do
      x = x * 1.1
      beta = b:update(x, 100 + i % 7)      -- the same return each time
      half = { h:update(tonumber(1000 + i .. "e-1")) }      -- the same change each time
    end
    assert.equal(0, beta)
    assert.same({ 0, 0 }, half)
    for i = 1, 20 do
      local value = z:update(i % 2 == 0 and 0.1 + 0.2 or 0.3)
      if value then assert.equal(0, value) end
    end
    local s = ta.stochf(3, 1)
    for i = 1, 20 do
      local k = s:update(i % 2 == 0 and 0.1 + 0.2 or 0.3, 0.3, 0.3)
      if k then assert.equal(0, k) end
    end
  end)

  it("is no longer body and no longer shadow", function()
    -- Ten bodies of 0.1, 0.3 - 0.2 among them, and one more: neither long nor short.
    local x, y = ta.cdlspinningtop(), ta.cdllongline()
    local got
    for i = 1, 300 do
      local from = 1 + i % 37
      local o, c = tonumber(from .. "e-1"), tonumber(from + 1 .. "e-1")
      got = { x:update(o, c + 1, o - 1, c), y:update(o, c, o, c) }
      if got[1] then assert.same({ 0, 0 }, got, "bar " .. i) end
    end
  end)
end)

describe("money flow", function()
  it("is a ratio, however small the volume", function()
    for _, unit in ipairs { 1, 1e-3, 1e-8, 1e-20, 1e6 } do
      local x = ta.mfi(3)
      local got
      for i, bar in ipairs { { 3, 5 }, { 4, 2 }, { 3.5, 4 }, { 3.75, 8 } } do
        got = x:update(bar[1] * unit, bar[1] * unit, bar[1] * unit, bar[2] * unit)
        if i < 4 then assert.is_nil(got) end
      end
      assert.near(100 * (4 * 2 + 3.75 * 8) / (4 * 2 + 3.5 * 4 + 3.75 * 8), got, 1e-10)
    end
  end)

  it("surges and sides of the volume have no unit", function()
    local a, b = volume.ratio(10), volume.ratio(10)
    for i = 1, 100 do
      local one = a:update(i, 100 + i % 3, i % 5, 0)
      assert.near(one, (b:update(i, 1e-7 * (100 + i % 3), 1e-8 * (i % 5), 0)), 1e-12)
    end
  end)
end)
