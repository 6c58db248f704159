package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"
local market = require "market"

local function strategy(params) return fake.new("scripts/strategies/momentum_regime", params) end

local function run(s, list)
  for i, b in ipairs(list) do
    s.now = (s.bars or 0) * 60 + i * 60
    s:on_bar(fake.bar(s.now - 60, b[1], b[2], b[3], b[4], b[5]))
  end
  s.bars = (s.bars or 0) + #list
end

-- `count` bars that drift by `drift` each, with noise of `noise`.
local function path(seed, count, drift, noise, from)
  local r, list, price = market.random(seed), {}, from or 100
  for i = 1, count do
    local open = price
    price = price + drift + (r() - 0.5) * noise
    list[i] = { open, math.max(open, price) + noise * 0.1, math.min(open, price) - noise * 0.1, price, 10 }
  end
  return list, price
end

describe("momentum_regime", function()
  for _, side in ipairs { 1, -1 } do
    it("goes with a trend and ends with it, side " .. side, function()
      local s = strategy()
      local noise, price = path(1, 200, 0, 0.2)
      run(s, noise)
      local before = #s.signals
      local trend, top = path(2, 100, side * 0.1, 0.1, price)
      run(s, trend)
      local entry = s.signals[#s.signals]
      assert.equal(side, entry.number)
      assert.truthy(#s.signals > before)
      assert.near(3.5 / 2.5, entry.exit.trail / entry.exit.stop, 1e-9)
      assert.truthy(entry.strength > 0 and entry.strength <= 1)
      assert.truthy(s.marks.adx >= 22)
      run(s, (path(3, 200, side * -0.1, 0.1, top)))
      local flat
      for i = #s.signals, 1, -1 do
        if s.signals[i].tag == "no trend" then flat = s.signals[i] end
      end
      assert.truthy(flat)
      assert.equal("flat", flat.side)
      assert.equal(0 - side, s.stance)      -- and then with the new one
    end)
  end

  it("stands aside in noise, however it is called", function()
    local s = strategy { efficiency = 0.9 }
    run(s, (path(4, 1500, 0, 1)))
    assert.equal(0, #s.signals)
    assert.truthy(s.skips["noise"] + s.skips["no push"] + s.skips["no trend"] > 1000)
  end)

  it("enters only where ADX, push and efficiency allow it", function()
    local bars = market.bars(51, 4000)
    local s = strategy()
    local seen = 0
    for i, b in ipairs(bars) do
      s.now = i * 60
      local stance, count = s.stance, #s.signals
      s:on_bar(fake.bar(s.now - 60, b[1], b[2], b[3], b[4], b[5]))
      local signal = s.signals[count + 1]
      if signal and signal.number ~= 0 then
        seen = seen + 1
        local move, way = b[4] - bars[i - 30][4], 0
        for k = i - 29, i do way = way + math.abs(bars[k][4] - bars[k - 1][4]) end
        assert.equal(0, stance)
        assert.equal(signal.number, move > 0 and 1 or -1)
        assert.truthy(math.abs(move) / way >= 0.25 - 1e-12)
        assert.truthy(math.abs(move) >= s.atr:value())
        assert.truthy(s.adx:value() >= 22)
      elseif signal then
        local move = b[4] - bars[i - 30][4]
        assert.truthy(s.adx:value() < 15 or move * stance <= 0)
      end
    end
    assert.truthy(seen > 10, seen)
  end)

  it("takes less where volatility is above its target", function()
    local calm, wild = strategy { target = 0.5, adx = 0, weak = 0, efficiency = 0, push = 0 },
      strategy { target = 0.05, adx = 0, weak = 0, efficiency = 0, push = 0 }
    local list = path(5, 200, 0.01, 0.02)
    run(calm, list)
    run(wild, list)
    assert.truthy(wild.signals[1].strength < calm.signals[1].strength)
    assert.truthy(wild.signals[1].strength > 0)
  end)

  it("does nothing in a market that stands still, and wants weak not above adx", function()
    local s = strategy()
    run(s, market.bars(1, 400, "flat"))
    assert.equal(0, #s.signals)
    assert.is_false((s.declaration.valid { weak = 30, adx = 20 }))
    assert.is_true((s.declaration.valid { weak = 20, adx = 20 }))
  end)
end)
