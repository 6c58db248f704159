package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"
local market = require "market"

-- B follows A, C mirrors it, D goes its own way.
local NAMES = { "A/USD", "B/USD", "C/USD", "D/USD" }

-- The filter over four markets; the stand-in for the host has one only.
local function filter(params)
  local script = assert(loadfile(fake.root .. "/scripts/filters/correlation_guard.lua"))()
  local f = { params = {}, state = {}, markets = {}, on_start = script.on_start, on_bar = script.on_bar,
              check = script.check, declaration = script.declaration }
  for key, param in pairs(script.declaration.params) do f.params[key] = param.default end
  for key, value in pairs(params or {}) do f.params[key] = value end
  function f:keep(name, construct, ...)
    assert(name:match "^[%a_][%w_]*$", name)
    self[name] = construct(...)
  end
  for i, name in ipairs(NAMES) do
    f.markets[i] = { symbol = name, stance = 0 }
    f.markets[name] = f.markets[i]
  end
  f:on_start "start"
  return f
end

-- `count` minutes of bars; missing(i, symbol) leaves one out. -> the closes of each minute
local function run(f, count, missing)
  local r, price, closes = market.random(5), { 100, 50, 200, 10 }, {}
  for i = 1, count do
    local a, d = (r() - 0.5) * 0.01, (r() - 0.5) * 0.01
    local changes = { a, a * 2 + (r() - 0.5) * 0.001, 0 - a + (r() - 0.5) * 0.001, d }
    closes[i] = {}
    for k = 1, 4 do
      price[k] = price[k] * math.exp(changes[k])
      if not (missing and missing(i, k)) then
        closes[i][k] = price[k]
        f:on_bar(fake.bar((i - 1) * 60, price[k], price[k], price[k], price[k], 1, 5), f.markets[k])
      end
    end
  end
  return closes
end

local function ask(f, symbol, side) return fake.ask({ check = function(_, s) return f:check(s, f.markets[symbol]) end },
  { side = side }) end

local function correlation(x, y)
  local mx, my, xx, yy, xy = 0, 0, 0, 0, 0
  for i = 1, #x do mx, my = mx + x[i] / #x, my + y[i] / #x end
  for i = 1, #x do
    local a, b = x[i] - mx, y[i] - my
    xx, yy, xy = xx + a * a, yy + b * b, xy + a * b
  end
  return xy / math.sqrt(xx * yy)
end

describe("correlation_guard", function()
  it("vetoes what repeats an open position, in either direction", function()
    local f = filter()
    run(f, 200)
    for stance = -1, 1 do
      f.markets[1].stance = stance
      local same, opposite = stance > 0 and "buy" or "sell", stance > 0 and "sell" or "buy"
      assert.equal(stance == 0, (ask(f, "B/USD", same)))
      assert.is_true((ask(f, "B/USD", opposite)))
      assert.is_true((ask(f, "C/USD", same)))
      assert.equal(stance == 0, (ask(f, "C/USD", opposite)))
      assert.is_true((ask(f, "D/USD", same)))
      assert.is_true((ask(f, "D/USD", opposite)))
      assert.is_true((ask(f, "A/USD", same)))      -- a position does not stand in its own way
    end
    f.markets[1].stance = 1
    local _, why, value = ask(f, "B/USD", "buy")
    assert.equal("correlated", why)
    assert.truthy(value > 0.9 and value <= 1)
  end)

  it("measures the correlation of the log returns of the last n common minutes", function()
    local f = filter { n = 50 }
    local closes = run(f, 180)
    local pairs_of = { { 1, 2, f.pair_A_USD_B_USD }, { 1, 4, f.pair_A_USD_D_USD }, { 3, 4, f.pair_C_USD_D_USD } }
    for _, pair in ipairs(pairs_of) do
      local x, y = {}, {}
      for i = 131, 180 do
        x[#x + 1] = math.log(closes[i][pair[1]] / closes[i - 1][pair[1]])
        y[#y + 1] = math.log(closes[i][pair[2]] / closes[i - 1][pair[2]])
      end
      assert.near(correlation(x, y), (select(2, pair[3]:value())), 1e-9)
    end
  end)

  it("compares returns of the same minutes only", function()
    local f = filter { n = 50 }
    -- B misses every third minute: pairs count only where both have this bar and the one before.
    local closes = run(f, 400, function(i, k) return k == 2 and i % 3 == 0 end)
    local x, y = {}, {}
    for i = 2, 400 do
      if closes[i][2] and closes[i - 1][2] then
        x[#x + 1] = math.log(closes[i][1] / closes[i - 1][1])
        y[#y + 1] = math.log(closes[i][2] / closes[i - 1][2])
      end
    end
    local a, b = {}, {}
    for i = #x - 49, #x do a[#a + 1], b[#b + 1] = x[i], y[i] end
    assert.near(correlation(a, b), (select(2, f.pair_A_USD_B_USD:value())), 1e-9)
  end)

  it("lets unknown pairs pass, or with strict does not", function()
    for _, strict in ipairs { false, true } do
      local f = filter { strict = strict }
      run(f, 100)
      assert.is_true((ask(f, "B/USD", "buy")))      -- nothing is open
      f.markets[1].stance = 1
      local ok, why = ask(f, "B/USD", "buy")
      assert.equal(not strict, ok)
      assert.equal(strict and "unknown pair" or nil, why)
    end
  end)

  it("allows `most` of them less one", function()
    local f = filter { most = 2 }
    run(f, 200)
    f.markets[1].stance = 1
    assert.is_true((ask(f, "B/USD", "buy")))
    f.markets[3].stance = -1
    assert.is_false((ask(f, "B/USD", "buy")))
  end)

  it("leaves out frames that others asked for", function()
    local f = filter()
    run(f, 200)
    local before = f.pair_A_USD_B_USD:save()
    for k = 1, 2 do
      local b = fake.bar(200 * 60, 1, 1, 1, 1, 1, 5)
      b.tf = "5m"
      f:on_bar(b, f.markets[k])
    end
    assert.same(before, f.pair_A_USD_B_USD:save())
  end)
end)
