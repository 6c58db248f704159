package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"
local market = require "market"

local function run(bars, params)
  local s = fake.new("scripts/strategies/ema_cross", params)
  for i, b in ipairs(bars) do
    s.now = i * 60
    s:on_bar(fake.bar((i - 1) * 60, b[1], b[2], b[3], b[4], b[5]))
  end
  return s
end

-- An ema as in a textbook, kept apart from the library.
local function emas(bars, n)
  local out, y, sum = {}, nil, 0
  for i, b in ipairs(bars) do
    if i <= n then
      sum = sum + b[4]
      if i == n then y = sum / n end
    else
      y = y + (b[4] - y) * 2 / (n + 1)
    end
    out[i] = y
  end
  return out
end

describe("ema_cross", function()
  it("is on the side of the fast mean, once per change", function()
    local bars = market.bars(31, 2000)
    local s, fast, slow = run(bars), emas(bars, 12), emas(bars, 26)
    local want, stance = {}, 0
    for i = 26, #bars do
      local side = fast[i] > slow[i] and 1 or -1
      if side ~= stance then
        stance = side
        want[#want + 1] = { i * 60, side }
      end
    end
    assert.equal(#want, #s.signals)
    for i = 1, #want do
      assert.equal(want[i][1], s.signals[i].time)
      assert.equal(want[i][2], s.signals[i].number)
    end
    assert.truthy(#want > 20)
  end)

  it("protects each entry with distances in average true ranges", function()
    local s = run(market.bars(32, 500), { stop = 1, trail = 4 })
    for _, signal in ipairs(s.signals) do
      assert.truthy(signal.exit.stop > 0)
      assert.near(4, signal.exit.trail / signal.exit.stop, 1e-9)
    end
  end)

  it("does nothing in a market that does not move", function()
    assert.equal(0, #run(market.bars(1, 500, "flat")).signals)
  end)

  it("wants fast below slow", function()
    local valid = fake.new("scripts/strategies/ema_cross").declaration.valid
    assert.is_false((valid { fast = 26, slow = 26 }))
    assert.is_true((valid { fast = 25, slow = 26 }))
  end)
end)
