package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"
local market = require "market"

-- Trades of a walk with the given deviation per second, in parts of the price.
local function walk(f, seconds, deviation, seed, event)
  local r, price = market.random(seed), 30000
  for i = 1, seconds do
    price = price * (1 + (r() + r() + r() + r() - 2) * math.sqrt(3) * deviation)
    f.now = i
    event(f, i, price)
  end
end

local function trades(f, t, price) f:on_trade(fake.trade(t, price)) end
local function quotes(f, t, price) f:on_quote(fake.quote(t, price - 0.01, price + 0.01)) end
local function bars(f, t, price) f:on_bar(fake.bar(t - 60, price, price, price, price)) end

describe("volatility", function()
  it("vetoes until it has seen enough", function()
    local f = fake.new("scripts/filters/volatility")
    local ok, why = fake.ask(f)
    assert.is_false(ok)
    assert.equal("warming", why)
  end)

  for name, event in pairs { trades = trades, quotes = quotes, bars = bars } do
    it("measures the deviation of a minute in basis points, from " .. name, function()
      local f = fake.new("scripts/filters/volatility", { min = 0, max = 0.001 })
      walk(f, 4000, 1e-4, 3, event)
      local ok, why, bp = fake.ask(f)
      assert.is_false(ok)
      assert.equal("too wild", why)
      assert.near(1 * math.sqrt(60), bp, 1.5)      -- 1e-4 is one basis point a second
    end)
  end

  it("vetoes below min, above max and nothing between", function()
    local calm, wild = fake.new("scripts/filters/volatility", { min = 2, max = 20 }),
      fake.new("scripts/filters/volatility", { min = 2, max = 20 })
    local right = fake.new("scripts/filters/volatility", { min = 2, max = 20 })
    walk(calm, 1000, 1e-5, 1, trades)
    walk(right, 1000, 1e-4, 1, trades)
    walk(wild, 1000, 1e-3, 1, trades)
    assert.equal("too quiet", (select(2, fake.ask(calm))))
    assert.is_true((fake.ask(right)))
    assert.equal("too wild", (select(2, fake.ask(wild))))
  end)

  it("counts trades alone once there are trades", function()
    local f, g = fake.new("scripts/filters/volatility"), fake.new("scripts/filters/volatility")
    for i = 1, 50 do quotes(f, i, 30000 + i % 2 * 100) end
    walk(f, 500, 1e-5, 2, function(s, t, price)
      quotes(s, 100 + t, price + t % 2 * 100)
      trades(s, 100 + t, price)
    end)
    walk(g, 500, 1e-5, 2, function(s, t, price) trades(s, 100 + t, price) end)
    assert.equal(g.speed:value(), f.speed:value())
  end)

  it("leaves out crossed quotes and bars that were built from ticks", function()
    local f = fake.new("scripts/filters/volatility")
    for i = 1, 100 do
      f:on_quote(fake.quote(i, 30000 + i, 29999))
      f:on_bar(fake.bar(i * 60, i, i, i, i, 1, 5))
    end
    assert.equal("warming", (select(2, fake.ask(f))))
  end)

  it("wants min below max", function()
    local valid = fake.new("scripts/filters/volatility").declaration.valid
    assert.is_false((valid { min = 5, max = 5 }))
    assert.is_true((valid { min = 4, max = 5 }))
  end)
end)
