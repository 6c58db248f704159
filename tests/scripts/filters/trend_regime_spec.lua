package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"
local market = require "market"

-- A filter after `count` bars that drift by `drift` each; without drift they stay around one price.
local function filter(params, count, drift, noise)
  local f, r, price = fake.new("scripts/filters/trend_regime", params), market.random(3), 1000
  for i = 1, count do
    local open = price
    price = (drift == 0 and 1000 or price + drift) + (r() - 0.5) * noise
    f:on_bar(fake.bar(i * 60, open, math.max(open, price), math.min(open, price), price, 1))
  end
  return f
end

local function answers(f)
  local buy, why = fake.ask(f, { side = "buy" })
  local sell, why_sell = fake.ask(f, { side = "sell" })
  return { buy, sell, why or why_sell }
end

describe("trend_regime", function()
  it("vetoes until it knows", function()
    assert.same({ false, false, "warming" }, answers(filter({}, 20, 1, 1)))
  end)

  local up, down, none = { 1, 0.5 }, { -1, 0.5 }, { 0, 2 }
  local table_of = {
    { "with", up, { true, false, "against the trend" } }, { "with", down, { false, true, "against the trend" } },
    { "with", none, { false, false, "no trend" } },
    { "range", up, { false, false, "trend" } }, { "range", down, { false, false, "trend" } },
    { "range", none, { true, true } },
    { "against", up, { true, false, "against the trend" } }, { "against", down, { false, true, "against the trend" } },
    { "against", none, { true, true } },
  }
  for _, case in ipairs(table_of) do
    it(("mode %s, drift %d"):format(case[1], case[2][1]), function()
      local f = filter({ mode = case[1], adx = 30 }, 300, case[2][1], case[2][2])
      assert.same(case[3], answers(f))
    end)
  end

  it("gives the ADX with its veto", function()
    local f = filter({ mode = "range" }, 300, 1, 0.5)
    local _, why, adx = fake.ask(f, { side = "buy" })
    assert.equal("trend", why)
    assert.equal(f.strength:value(), adx)
  end)

  it("leaves out frames that others asked for, and takes a bar file of any frame", function()
    local f, g, h = filter({}, 100, 0, 1), filter({}, 100, 0, 1), filter({}, 100, 0, 1)
    local before = f.strength:value()
    local b = fake.bar(0, 1, 5000, 1, 1, 1, 77)
    b.tf = "5m"
    f:on_bar(b)
    assert.equal(before, f.strength:value())
    b.ticks = 0
    g:on_bar(b)
    assert.are_not.equal(before, g.strength:value())
    b.ticks, b.tf = 77, "1m"
    h:on_bar(b)
    assert.equal(g.strength:value(), h.strength:value())
  end)
end)
