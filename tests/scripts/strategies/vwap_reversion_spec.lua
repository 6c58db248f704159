package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"
local market = require "market"

local function strategy(params) return fake.new("scripts/strategies/vwap_reversion", params) end

-- One-minute bars of a bar file that swing around 100; from bar `at` on the price is `price(i)`.
local function swing(s, count, at, price)
  for i = 1, count do
    local close = 100 + math.sin(i) * 0.5
    if at and i >= at then close = price(i) end
    s.now = i * 60
    s:on_bar(fake.bar((i - 1) * 60, close, close, close, close, 10))
  end
end

-- The vwap and its deviation by definition, of the closes so far.
local function plain(count, at, price)
  local list, sum, squares = {}, 0, 0
  for i = 1, count do
    list[i] = at and i >= at and price(i) or 100 + math.sin(i) * 0.5
    sum = sum + list[i]
  end
  local mean = sum / count
  for i = 1, count do squares = squares + (list[i] - mean) * (list[i] - mean) end
  return mean, math.sqrt(squares / count)
end

describe("vwap_reversion", function()
  for _, side in ipairs { 1, -1 } do
    it("fades a stretch and leaves at the mean, side " .. side, function()
      local s = strategy { enter = 3 }
      local function price(i) return i < 205 and 100 - side * 2 or 100 + side * 0.1 end
      swing(s, 210, 200, price)
      assert.equal(2, #s.signals)
      assert.equal(side, s.signals[1].number)
      assert.equal(200 * 60, s.signals[1].time)
      local mean, deviation = plain(200, 200, price)
      assert.near((price(200) - mean) / deviation, s.marks.z, 1e-9)
      assert.near(1.5 * deviation, s.signals[1].exit.stop, 1e-9)
      assert.equal(3600, s.signals[1].exit.time)
      assert.equal("flat", s.signals[2].side)
      assert.equal(205 * 60, s.signals[2].time)
    end)
  end

  it("does nothing near the mean, in a young session, or where nothing moves", function()
    local s = strategy { enter = 3 }
    swing(s, 400)
    assert.equal(0, #s.signals)
    assert.truthy(s.skips["near the mean"] > 300)
    s = strategy { enter = 3, settle = 86400 }
    swing(s, 300, 200, function() return 103 end)
    assert.equal(0, #s.signals)
    assert.truthy(s.skips["session is young"] > 0)
    s = strategy { enter = 3, least = 1000 }
    swing(s, 300, 200, function() return 103 end)
    assert.equal(0, #s.signals)
    assert.truthy(s.skips["no movement"] > 0)
    s = strategy()
    swing(s, 300, 1, function() return 100 end)
    assert.equal(0, #s.signals)
  end)

  it("leaves a price alone whose mean runs after it", function()
    local s = strategy { enter = 1.5, drift = 0.2 }
    swing(s, 240, 1, function(i) return 100 + i * 0.05 end)
    assert.equal(0, #s.signals)
    assert.truthy(s.skips["mean moves"] > 100)
  end)

  it("begins anew with the session, without taking the step of the mean for a drift", function()
    local s = strategy { enter = 3, settle = 0 }
    for i = 1400, 1500 do
      local base = i <= 1440 and 100 or 200
      local close = base + math.sin(i) * 0.5
      s.now = i * 60
      s:on_bar(fake.bar((i - 1) * 60, close, close, close, close, 10))
    end
    assert.near(200, (s.mean:value()), 0.1)
    assert.truthy(math.abs(s.state.drift) < 1)
    assert.equal(0, #s.signals)
  end)

  it("takes trades as they come and then counts their bars for the drift only", function()
    local s, r = strategy { enter = 3 }, market.random(7)
    s:on_bar(fake.bar(0, 500, 500, 500, 500, 1000))      -- a bar of a file, before
    for i = 1, 12000 do
      s.now = 60 + i
      s:on_trade(fake.trade(s.now, 100 + (r() - 0.5), 1, 1))
      if i % 60 == 0 then s:on_bar(fake.bar(s.now - 60, 300, 300, 300, 300, 60, 60)) end
    end
    assert.near(100, (s.mean:value()), 0.05)
    assert.equal(0, #s.signals)
    s.now = s.now + 1
    s:on_trade(fake.trade(s.now, 102, 1, 1))
    assert.equal(-1, s.signals[1].number)
  end)

  it("wants leave below enter", function()
    local valid = strategy().declaration.valid
    assert.is_false((valid { leave = 2, enter = 2 }))
    assert.is_true((valid { leave = 1, enter = 2 }))
  end)
end)
