package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"
local market = require "market"

-- Two quotes and two trades a second. `lot` is the size of a trade, `side` who starts them (nil: both alike), `bid` and
-- `ask` what is shown; with side the quotes follow the trades.
local function go(s, seconds, m)
  local r = m.r
  for i = 1, seconds * 2 do
    m.t = m.t + 0.5
    m.price = m.price + (m.side and m.side * 0.5 or (r() - 0.5) * 4)
    s.now = m.t
    local q = fake.quote(m.t, m.price - (m.half or 0.5), m.price + (m.half or 0.5))
    q.bid_qty, q.ask_qty = m.bid or 1 + math.floor(r() * 9), m.ask or 1 + math.floor(r() * 9)
    s:on_quote(q)
    s:on_trade(fake.trade(m.t, m.price, (m.lot or 1) * (0.5 + r()), m.traded or m.side or (i % 2 * 2 - 1)))
  end
end

local function ready(params, seed)
  local s = fake.new("scripts/strategies/orderflow_scalp", params or { surge = 4 })
  local m = { t = 1000, price = 30000, r = market.random(seed or 1) }
  go(s, 400, m)
  return s, m
end

describe("orderflow_scalp", function()
  it("does nothing in usual flow, nor before it knows what is usual", function()
    local s = fake.new("scripts/strategies/orderflow_scalp", { surge = 4 })
    s.now = 1
    s:on_trade(fake.trade(1, 30000, 1000, 1))
    assert.equal(1, s.skips.warming)
    s = ready()
    assert.equal(0, #s.signals)
    assert.truthy(s.skips["no surge"] > 500)
  end)

  for _, side in ipairs { 1, -1 } do
    it("goes with a burst that the book agrees with, side " .. side, function()
      local s, m = ready()
      m.side, m.lot, m.bid, m.ask = side, 30, side > 0 and 9 or 2, side > 0 and 2 or 9
      go(s, 10, m)
      assert.equal(1, #s.signals)
      local signal = s.signals[1]
      assert.equal(side, signal.side)
      assert.truthy(signal.strength > 0 and signal.strength <= 1)
      assert.equal(20, signal.exit.time)
      assert.near(2 / 1.5, signal.exit.take / signal.exit.stop, 1e-9)
      assert.truthy(s.marks.flow * side >= 0.2)
      assert.truthy(s.skips["in position"] > 0)
    end)

    it("does nothing when the book says the opposite, side " .. side, function()
      local s, m = ready()
      m.side, m.traded, m.lot = 0 - side, side, 30      -- quotes go against the trades
      go(s, 10, m)
      assert.equal(0, #s.signals)
      assert.truthy(s.skips["book against it"] > 5)
    end)

    it("leaves when the flow turns, side " .. side, function()
      local s, m = ready()
      m.side, m.lot, m.bid, m.ask = side, 30, side > 0 and 9 or 2, side > 0 and 2 or 9
      go(s, 5, m)
      assert.equal(side, s.stance)
      m.side, m.lot = 0 - side, 1
      go(s, 15, m)
      assert.equal(2, #s.signals)
      assert.equal("flat", s.signals[2].side)
      assert.equal("turned", s.signals[2].tag)
      assert.is_nil(s.signals[2].exit)
    end)
  end

  it("does nothing when both sides trade, when the quote leans away, and when the spread is wide", function()
    local s, m = ready { surge = 4, ratio = 0.9, flow = 0 }
    m.lot = 30
    go(s, 10, m)
    assert.equal(0, #s.signals)
    assert.truthy(s.skips["both sides"] > 5)
    s, m = ready { surge = 4, lean = 0.5 }
    m.side, m.lot, m.bid, m.ask = 1, 30, 2, 9
    go(s, 10, m)
    assert.equal(0, #s.signals)
    assert.truthy(s.skips["quote leans away"] > 5)
    s, m = ready { surge = 4, wide = 1 }
    m.side, m.lot, m.bid, m.ask, m.half = 1, 30, 9, 2, 5
    go(s, 5, m)
    assert.equal(0, #s.signals)
    assert.truthy(s.skips["wide spread"] > 5)
  end)

  it("waits between two entries", function()
    local s, m = ready { surge = 4, pause = 3 }
    s.verdict = "vetoed"
    m.side, m.lot, m.bid, m.ask = 1, 30, 9, 2
    go(s, 12, m)
    assert.truthy(#s.signals >= 2 and #s.signals <= 5, #s.signals)
    for i = 2, #s.signals do assert.truthy(s.signals[i].time - s.signals[i - 1].time >= 3) end
  end)

  it("leaves crossed quotes out", function()
    local s = ready()
    local before = s.ofi:save()
    s:on_quote(fake.quote(5000, 30001, 30000))
    assert.equal(1, s.skips.crossed)
    assert.same(before, s.ofi:save())
  end)
end)
