-- What TA-Lib does not have, against the definitions written out over whole windows.
local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local market = require "market"
local ta = require "mthost.ta"

local bars = market.bars(77, 1500, "still")
local O, H, L, C, V = {}, {}, {}, {}, {}
for i, b in ipairs(bars) do O[i], H[i], L[i], C[i], V[i] = unpack(b) end
for i = 1, #V do if i % 7 == 0 or (i > 300 and i < 360) then V[i] = 0 end end

-- A root of a sum that should be zero shows the rounding of the sum: 1e-10 is nothing here.
local function close_to(want, got, what)
  assert.truthy(got, what .. ": nothing")
  local scale = math.max(0.1, math.abs(want))
  assert.truthy(math.abs(want - got) <= 1e-9 * scale, ("%s: %.15g, expected %.15g"):format(what, got, want))
end

-- Every value after the lookback, and none before: want(i) for bar i.
local function check(object, feed, want, outputs)
  for i = 1, #bars do
    local got = { feed(object, i) }
    if i <= object:lookback() then
      assert.is_nil(got[1])
    else
      local expected = { want(i) }
      for k = 1, outputs or 1 do close_to(expected[k], got[k], ("%s output %d, bar %d"):format(object.kind, k, i)) end
    end
  end
end

local function close(object, i) return object:update(C[i]) end
local function high_low(object, i) return object:update(H[i], L[i]) end
local function ohlc(object, i) return object:update(O[i], H[i], L[i], C[i]) end

local function wma_at(x, i, n)
  local sum = 0
  for k = 1, n do sum = sum + k * x[i - n + k] end
  return sum / (n * (n + 1) / 2)
end

local function extremes(i, n)
  local top, bottom = -math.huge, math.huge
  for k = i - n + 1, i do top, bottom = math.max(top, H[k]), math.min(bottom, L[k]) end
  return top, bottom
end

local function total(f, i, n)
  local sum = 0
  for k = i - n + 1, i do sum = sum + f(k) end
  return sum
end

describe("channels and means", function()
  it("hma", function()
    local raw = {}
    for i = 16, #C do raw[i] = 2 * wma_at(C, i, 8) - wma_at(C, i, 16) end
    check(ta.hma(16), close, function(i) return wma_at(raw, i, 4) end)
  end)

  it("zlema", function()
    local y, e = {}, ta.ema(21)
    for i = 11, #C do y[i] = e:update(2 * C[i] - C[i - 10]) end
    check(ta.zlema(21), close, function(i) return y[i] end)
  end)

  it("vwma, and the plain mean without volume", function()
    check(ta.vwma(20), function(o, i) return o:update(C[i], V[i]) end, function(i)
      local weight = total(function(k) return V[k] end, i, 20)
      if weight == 0 then return total(function(k) return C[k] end, i, 20) / 20 end
      return total(function(k) return C[k] * V[k] end, i, 20) / weight
    end)
  end)

  it("vwap of the session and anchored", function()
    local function from(start, i)
      local pv, v, pp = 0, 0, 0
      for k = start, i do pv, v = pv + C[k] * V[k], v + V[k] end
      if v == 0 then return C[i], 0 end
      for k = start, i do pp = pp + V[k] * (C[k] - pv / v) * (C[k] - pv / v) end
      return pv / v, math.sqrt(pp / v)
    end
    local function near(want, got) assert.near(want, got, 1e-6 * math.max(1, math.abs(want))) end
    local session, anchored, start = ta.vwap(3600, 600), ta.avwap(), 1
    for i = 1, 400 do
      local time = 1e6 + i * 100
      if i > 1 and math.floor((time - 600) / 3600) ~= math.floor((time - 700) / 3600) then start = i end
      local a, da = session:update(time, C[i], V[i])
      local wa, wda = from(start, i)
      near(wa, a) near(wda, da)
      local b, db = anchored:update(C[i], V[i])
      local wb, wdb = from(1, i)
      near(wb, b) near(wdb, db)
    end
  end)

  it("emat halves in its half-life, in however many steps", function()
    local x = ta.emat(10)
    x:update(0, 100)
    x:update(0, 200)
    assert.near(150, (x:update(10, 200)), 1e-9)
    local y = ta.emat(10)
    y:update(0, 100)
    y:update(0, 200)
    local last
    for i = 1, 100 do last = y:update(i / 10, 200) end
    assert.near(150, last, 1e-9)
    assert.near(last, (y:update(5, 200)), 1e-9)      -- a time that steps back moves nothing
  end)

  it("donchian, ichimoku", function()
    check(ta.donchian(20), high_low, function(i)
      local top, bottom = extremes(i, 20)
      return top, (top + bottom) / 2, bottom
    end, 3)
    local function middle(i, n)
      local top, bottom = extremes(i, n)
      return (top + bottom) / 2
    end
    check(ta.ichimoku(9, 26, 52), high_low, function(i)
      return middle(i, 9), middle(i, 26), (middle(i - 25, 9) + middle(i - 25, 26)) / 2, middle(i - 25, 52)
    end, 4)
  end)

  it("keltner", function()
    local e, a, want = ta.ema(20), ta.atr(10), {}
    for i = 1, #C do want[i] = { e:update(C[i]), a:update(H[i], L[i], C[i]) } end
    check(ta.keltner(20, 10, 1.5), function(o, i) return o:update(H[i], L[i], C[i]) end, function(i)
      local m, r = want[i][1], want[i][2]
      return m + 1.5 * r, m, m - 1.5 * r
    end, 3)
  end)

  it("supertrend stays behind the price and never gives way", function()
    local x, turns, line, side = ta.supertrend(10, 2), 0, nil, nil
    for _, b in ipairs(market.bars(78, 1500)) do
      local l, s = x:update(b[2], b[3], b[4])
      if l then
        if s > 0 then assert.truthy(l <= b[4]) else assert.truthy(l >= b[4]) end
        if side == s then
          if s > 0 then assert.truthy(l >= line) else assert.truthy(l <= line) end
        elseif side then
          turns = turns + 1
        end
        line, side = l, s
      end
    end
    assert.truthy(turns > 10, turns)
  end)

  it("heikin, pivots", function()
    local ho, hc
    check(ta.heikin(), ohlc, function(i)
      local c = (O[i] + H[i] + L[i] + C[i]) / 4
      local o = ho and (ho + hc) / 2 or (O[i] + C[i]) / 2
      ho, hc = o, c
      return o, math.max(H[i], o, c), math.min(L[i], o, c), c
    end, 4)
    local p, r1, s1, r2, s2 = ta.pivots():update(110, 100, 105)
    assert.same({ 105, 110, 100, 115, 95 }, { p, r1, s1, r2, s2 })
  end)

  it("renko turns after two sizes", function()
    local x = ta.renko(10)
    for _, case in ipairs { { 100, 0, 100 }, { 109, 0, 100 }, { 110, 1, 110 }, { 135, 2, 130 }, { 121, 0, 130 },
                            { 111, 0, 130 }, { 110, -1, 110 }, { 95, -1, 100 }, { 119, 0, 100 }, { 120, 1, 120 } } do
      local bricks, level = x:update(case[1])
      assert.equal(case[2], bricks, "price " .. case[1])
      assert.equal(case[3], level, "price " .. case[1])
    end
  end)
end)

describe("volatility", function()
  it("realised, parkinson, garman, yangzhang, ewmavar", function()
    local function r(k) return math.log(C[k] / C[k - 1]) end
    check(ta.realised(20), close, function(i)
      return math.sqrt(total(function(k) return r(k) * r(k) end, i, 20) / 20)
    end)
    check(ta.parkinson(20), high_low, function(i)
      local sum = total(function(k) return math.log(H[k] / L[k]) * math.log(H[k] / L[k]) end, i, 20)
      return math.sqrt(sum / 80 / math.log(2))
    end)
    check(ta.garman(20), ohlc, function(i)
      return math.sqrt(math.max(0, total(function(k)
        local hl, co = math.log(H[k] / L[k]), math.log(C[k] / O[k])
        return 0.5 * hl * hl - (2 * math.log(2) - 1) * co * co
      end, i, 20) / 20))
    end)
    local n = 15
    check(ta.yangzhang(n), ohlc, function(i)
      local function variance(f)
        local mean = total(f, i, n) / n
        return total(function(k) return (f(k) - mean) * (f(k) - mean) end, i, n) / (n - 1)
      end
      local rs = total(function(k)
        return math.log(H[k] / C[k]) * math.log(H[k] / O[k]) + math.log(L[k] / C[k]) * math.log(L[k] / O[k])
      end, i, n) / n
      local k = 0.34 / (1.34 + (n + 1) / (n - 1))
      return math.sqrt(variance(function(j) return math.log(O[j] / C[j - 1]) end)
        + k * variance(function(j) return math.log(C[j] / O[j]) end) + (1 - k) * rs)
    end)
    local y
    check(ta.ewmavar(0.9), close, function(i)
      y = y and 0.9 * y + 0.1 * r(i) * r(i) or r(i) * r(i)
      return y
    end)
  end)

  it("refuses prices that have no logarithm", function()
    for _, make in ipairs { ta.realised, ta.ewmavar } do
      for _, price in ipairs { 0, -1 } do
        local ok, message = pcall(function() local x = make():update(price) return x end)
        assert.is_false(ok)
        assert.truthy(message:match "ta_extra_spec.lua:%d+: a price", message)
      end
    end
  end)
end)

describe("order statistics", function()
  for _, n in ipairs { 2, 3, 16, 17, 100 } do
    it("quantile and median of " .. n .. ", with many equal values", function()
      local r, xs = market.random(n), {}
      local q, m, low, high = ta.quantile(n, 0.3), ta.median(n), ta.quantile(n, 0), ta.quantile(n, 1)
      for i = 1, 3000 do
        xs[i] = i % 500 < 250 and math.floor(r() * 10) or r() * 10
        local a, b, c, d = q:update(xs[i]), m:update(xs[i]), low:update(xs[i]), high:update(xs[i])
        if i >= n then
          local sorted = {}
          for k = 1, n do sorted[k] = xs[i - n + k] end
          table.sort(sorted)
          local function at(part)
            local place = 1 + part * (n - 1)
            local k = math.floor(place)
            return k < n and sorted[k] + (sorted[k + 1] - sorted[k]) * (place - k) or sorted[n]
          end
          close_to(at(0.3), a, "quantile")
          close_to(at(0.5), b, "median")
          assert.equal(sorted[1], c)
          assert.equal(sorted[n], d)
        else
          assert.is_nil(a)
        end
      end
    end)
  end
end)

describe("hurst", function()
  -- The definition written out: the lags, the mean squares, the straight line.
  local function hurst_at(x, i, n)
    local lags, logs = {}, {}
    local l = 1
    while l <= n / 4 and #lags < 8 do
      local sum, count = 0, 0
      for k = i - n + 1 + l, i do
        sum, count = sum + (x[k] - x[k - l]) * (x[k] - x[k - l]), count + 1
      end
      lags[#lags + 1], logs[#logs + 1] = math.log(l), math.log(sum / count)
      l = 2 * l
    end
    local mx, my = 0, 0
    for k = 1, #lags do mx, my = mx + lags[k] / #lags, my + logs[k] / #lags end
    local xy, xx = 0, 0
    for k = 1, #lags do
      xy, xx = xy + (lags[k] - mx) * (logs[k] - my), xx + (lags[k] - mx) * (lags[k] - mx)
    end
    return xy / xx / 2
  end

  for _, n in ipairs { 16, 31, 32, 100, 600, 1024 } do
    it("is its definition, n = " .. n, function()
      local r, xs, x = market.random(n), {}, 0
      local object = ta.hurst(n)
      for i = 1, 2 * n + 50 do
        x = x + r() - 0.5
        xs[i] = x
        local got = object:update(x)
        assert.equal(i > object:lookback(), got ~= nil)
        if got and (i % 7 == 0 or i == n) then close_to(hurst_at(xs, i, n), got, "hurst") end
      end
    end)
  end

  it("is 1 on a line, near 0.5 on a walk, near 0 in noise, above 0.5 in a trend, and 0.5 where nothing moves", function()
    local line, walk, noise, trend, flat = ta.hurst(64), ta.hurst(20000), ta.hurst(20000), ta.hurst(20000), ta.hurst(20)
    local r, a, b, slope = market.random(8), 0, 0, 0
    for i = 1, 20000 do
      line:update(3 * i)
      flat:update(7)
      a = a + r() - 0.5
      slope = 0.98 * slope + (r() - 0.5)
      b = b + slope
      walk:update(a)
      noise:update(r())
      trend:update(b)
    end
    assert.near(1, line:value(), 1e-9)
    assert.equal(0.5, flat:value())
    assert.near(0.5, walk:value(), 0.03)
    assert.near(0, noise:value(), 0.03)
    assert.truthy(trend:value() > 0.8)
  end)
end)

describe("means in seconds", function()
  -- Over a made-up piecewise constant path, sampled finely.
  local function events(seed, count)
    local r, list, t = market.random(seed), {}, 1000
    for i = 1, count do
      t = t + (r() < 0.05 and 40 * r() or r())
      list[i] = { t, 100 + r(), math.floor(r() * 5) }
    end
    return list
  end

  it("smat is the integral of what stood over the cells of its window, divided by their length", function()
    local list, window = events(3, 800), 20
    local object, cell_s = ta.smat(window), window / 10
    for i, e in ipairs(list) do
      local got = object:update(e[1], e[2])
      local from = math.max((math.floor(e[1] / cell_s) - 9) * cell_s, list[1][1])
      local area = 0
      for k = 1, i - 1 do
        local a, b = math.max(list[k][1], from), list[k + 1][1]
        if b > a then area = area + (b - a) * list[k][2] end
      end
      if i == 1 then assert.equal(e[2], got) else close_to(area / (e[1] - from), got, "smat at " .. i) end
    end
  end)

  it("smat takes a late value as standing from now on", function()
    local x = ta.smat(10)
    x:update(100, 1)
    x:update(101, 3)
    assert.equal(1, x:update(90, 5))
    close_to((1 + 5 * 2) / 3, x:update(103, 0), "after")
  end)

  it("a time beyond all cells ends", function()
    for _, object in ipairs { ta.smat(10), ta.rvwap(10) } do
      object:update(0, 1, 1)
      assert.truthy(object:update(1e50, 2, 1))
      assert.truthy(object:update(-1e50, 2, 1))
    end
  end)

  it("rvwap is the mean by volume of the cells of its window", function()
    local list, window = events(4, 800), 20
    local object, cell_s = ta.rvwap(window), window / 10
    for i, e in ipairs(list) do
      local got = object:update(e[1], e[2], e[3])
      local value, weight = 0, 0
      for k = 1, i do
        if math.floor(list[k][1] / cell_s) > math.floor(e[1] / cell_s) - 10 then
          value, weight = value + list[k][2] * list[k][3], weight + list[k][3]
        end
      end
      close_to(weight > 0 and value / weight or e[2], got, "rvwap at " .. i)
    end
  end)

  it("demat is twice a mean less the mean of it, and emat halves in its half-life", function()
    local a, b, both = ta.emat(10), ta.emat(10), ta.demat(10)
    for _, e in ipairs(events(5, 300)) do
      local e1 = a:update(e[1], e[2])
      close_to(2 * e1 - b:update(e[1], e1), both:update(e[1], e[2]), "demat")
    end
    local x = ta.emat(10)
    x:update(0, 0)
    x:update(0, 8)
    close_to(4, x:update(10, 0), "half")
  end)
end)

describe("take", function()
  it("is update with the fields of an event", function()
    local bar = { open = 1, high = 3, low = 0.5, close = 2, volume = 9 }
    for _, class in ipairs(ta.classes) do
      local of_bar = true
      for _, name in ipairs(class.takes) do of_bar = of_bar and bar[name] ~= nil end
      if of_bar then
        local a, b = class.new(), class.new()
        for i = 1, 120 do
          bar.close = 2 + 0.5 * math.sin(i)
          local values = {}
          for k, name in ipairs(class.takes) do values[k] = bar[name] end
          assert.same({ a:update(unpack(values)) }, { b:take(bar) })
        end
      end
    end
    local x = ta.vwap()
    assert.equal(5, (x:take { time = 1, price = 5, qty = 1 }))
  end)

  it("refuses what is no event and an event without the field, and skips when asked to", function()
    local x = ta.atr(2)
    for _, wrong in ipairs { 5, "5", true } do
      local line = debug.getinfo(1, "l").currentline + 1
      local ok, message = pcall(function() local y = x:take(wrong) return y end)
      assert.is_false(ok)
      assert.truthy(message:find("ta_extra_spec.lua:" .. line .. ": ta.atr: take: expected a bar", 1, true), message)
    end
    local line = debug.getinfo(1, "l").currentline + 1
    local ok, message = pcall(function() local y = x:take { high = 2, low = 1 } return y end)
    assert.is_false(ok)
    assert.truthy(message:find("ta_extra_spec.lua:" .. line .. ": an input must be", 1, true), message)
    assert.is_nil(ta.atr(2, { bad = "skip" }):take { high = 2, low = 1 })
  end)
end)

describe("mean reversion and changes", function()
  it("halflife finds the pull of a made-up series", function()
    local r, x, object, y, slope = market.random(5), 0, ta.halflife(20000), nil, nil
    for _ = 1, 20001 do
      x = 0.9 * x + (r() - 0.5)
      y, slope = object:update(x)
    end
    assert.near(-0.1, slope, 0.01)
    assert.near(math.log(2) / -math.log(0.9), y, 0.7)
    local trend, out = ta.halflife(50), nil
    for i = 1, 60 do out = trend:update(i * i) end
    assert.equal(0, out)
  end)

  it("rollbeta is the slope of a line and its correlation", function()
    local r, x = market.random(6), ta.rollbeta(50)
    local slope, correlation
    for i = 1, 300 do
      local a = r() * 10 + i
      slope, correlation = x:update(a, 3 * a + 7)
    end
    assert.near(3, slope, 1e-9)
    assert.near(1, correlation, 1e-9)
  end)

  it("kalman settles at the gain its ratio implies", function()
    local q, x = 0.05, ta.kalman(0.05)
    local gain
    for i = 1, 500 do gain = select(2, x:update(i)) end
    local p = (q + math.sqrt(q * q + 4 * q)) / 2
    assert.near(p / (p + 1), gain, 1e-9)
  end)

  it("cusum counts a drift and begins again", function()
    local x, signals = ta.cusum(5), {}
    for i = 0, 20 do
      local s = x:update(i % 2 == 0 and i or i - 0.5)
      if s and s ~= 0 then signals[#signals + 1] = { i, s } end
    end
    assert.equal(1, signals[1][2])
    assert.truthy(#signals >= 2 and #signals <= 4)
    local flat = ta.cusum(5)
    for i = 1, 1000 do assert.equal(0, (flat:update(i % 2)) or 0) end
  end)
end)
