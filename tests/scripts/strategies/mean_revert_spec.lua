package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"
local market = require "market"

local function run(bars, params)
  local s = fake.new("scripts/strategies/mean_revert", params)
  for i, b in ipairs(bars) do
    s.now = i * 60
    s:on_bar(fake.bar((i - 1) * 60, b[1], b[2], b[3], b[4], b[5]))
  end
  return s
end

local function zscore(bars, i, n)
  local sum, squares = 0, 0
  for k = i - n + 1, i do sum = sum + bars[k][4] end
  local mean = sum / n
  for k = i - n + 1, i do squares = squares + (bars[k][4] - mean) * (bars[k][4] - mean) end
  return (bars[i][4] - mean) / math.sqrt(squares / n)
end

describe("mean_revert", function()
  it("enters against a stretch and leaves when it is gone", function()
    local bars = market.bars(41, 3000)
    local s = run(bars, { n = 30, enter = 2, leave = 0.3 })
    local want, stance = {}, 0
    for i = 30, #bars do
      local z = zscore(bars, i, 30)
      if stance ~= 0 then
        if z * stance >= -0.3 then
          stance = 0
          want[#want + 1] = { i * 60, 0 }
        end
      elseif z >= 2 or z <= -2 then
        stance = z > 0 and -1 or 1
        want[#want + 1] = { i * 60, stance }
      end
    end
    assert.equal(#want, #s.signals)
    for i = 1, #want do
      assert.equal(want[i][1], s.signals[i].time)
      assert.equal(want[i][2], s.signals[i].number)
    end
    assert.truthy(#want > 40)
  end)

  it("puts a stop and a time limit on each entry and none on an exit", function()
    local s = run(market.bars(42, 1500), { hold = 600 })
    for _, signal in ipairs(s.signals) do
      if signal.number == 0 then
        assert.is_nil(signal.exit)
      else
        assert.equal(600, signal.exit.time)
        assert.truthy(signal.exit.stop > 0)
      end
    end
  end)

  it("does nothing in a market that does not move", function()
    assert.equal(0, #run(market.bars(1, 300, "flat")).signals)
  end)
end)
