package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"
local market = require "market"

-- Two trades a second of about one lot, both sides alike, a price that moves; then what `burst` says.
local function quiet(s, seconds, seed, from)
  local r, price, t = market.random(seed), 30000, from or 1000
  for _ = 1, seconds * 2 do
    t = t + 0.5
    price = price + (r() - 0.5) * 4
    s.now = t
    s:on_trade(fake.trade(t, price, 0.5 + r(), r() < 0.5 and 1 or -1))
  end
  return t, price
end

local function burst(s, t, price, seconds, factor, side)
  for _ = 1, seconds * 2 do
    t = t + 0.5
    price = price + side * 0.5
    s.now = t
    s:on_trade(fake.trade(t, price, factor, side))
  end
  return t, price
end

local function strategy(params) return fake.new("scripts/strategies/volume_scalp", params) end

describe("volume_scalp", function()
  it("does nothing in usual volume", function()
    local s = strategy { surge = 4 }
    quiet(s, 600, 1)
    assert.equal(0, #s.signals)
    assert.truthy(s.skips["no surge"] > 500)
  end)

  for _, side in ipairs { 1, -1 } do
    it("goes with a one-sided burst, side " .. side, function()
      local s = strategy { surge = 4 }
      local t, price = quiet(s, 300, 2)
      burst(s, t, price, 10, 20, side)
      assert.equal(1, #s.signals)
      local signal = s.signals[1]
      assert.equal(side, signal.side)
      assert.equal(30, signal.exit.time)
      assert.truthy(signal.exit.stop > 0)
      assert.equal(0.5, signal.exit.take[1].part)
      assert.near(2, signal.exit.take[2][1] / signal.exit.take[1][1], 1e-9)
      assert.truthy(signal.strength > 0 and signal.strength <= 1)
      assert.truthy(s.marks.surge >= 4)
    end)
  end

  it("does nothing when both sides make the burst", function()
    local s = strategy { surge = 4, ratio = 0.7 }
    local t, price = quiet(s, 300, 3)
    for i = 1, 20 do
      s.now = t + i / 2
      s:on_trade(fake.trade(s.now, price, 20, i % 2 * 2 - 1))
    end
    assert.truthy(s.skips["both sides"] > 5)
    for _, signal in ipairs(s.signals) do assert.truthy(signal.strength < 1) end
  end)

  it("takes the side from the price where trades have none", function()
    local s = strategy { surge = 4 }
    local t, price = quiet(s, 300, 4)
    for i = 1, 20 do
      s.now = t + i / 2
      s:on_trade(fake.trade(s.now, price - i, 20, 0))
    end
    assert.equal(-1, s.signals[1].side)
  end)

  it("waits between signals and while in a position", function()
    local s = strategy { surge = 4, pause = 3 }
    s.verdict = "vetoed"
    local t, price = quiet(s, 300, 5)
    burst(s, t, price, 12, 20, 1)
    assert.truthy(#s.signals >= 2 and #s.signals <= 5, #s.signals)
    for i = 2, #s.signals do assert.truthy(s.signals[i].time - s.signals[i - 1].time >= 3) end
  end)

  it("sets its stop by how far the price moves", function()
    local small, large = strategy { surge = 4 }, strategy { surge = 4 }
    local t, price = quiet(small, 300, 6)
    burst(small, t, price, 5, 20, 1)
    local r, p = market.random(6), 30000
    for i = 1, 600 do
      p = p + (r() - 0.5) * 40
      large.now = 1000 + i / 2
      large:on_trade(fake.trade(large.now, p, 0.5 + r(), r() < 0.5 and 1 or -1))
    end
    burst(large, large.now, p, 5, 20, 1)
    assert.truthy(large.signals[1].exit.stop > 5 * small.signals[1].exit.stop)
  end)

  it("is quiet where the price does not move", function()
    local s = strategy { surge = 4 }
    for i = 1, 600 do
      s.now = i / 2
      s:on_trade(fake.trade(s.now, 30000, i < 560 and 1 or 30, 1))
    end
    assert.equal(0, #s.signals)
    assert.truthy(s.skips["no movement"] > 0)
  end)
end)
