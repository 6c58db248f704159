local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local market = require "market"
local stats = require "mthost.stats"

local function returns(seed, count)
  local r, list = market.random(seed), {}
  for i = 1, count do list[i] = (r() - 0.48) * 0.02 end
  return list
end

local function mean_of(list, from, to)
  local sum = 0
  for i = from, to do sum = sum + list[i] end
  return sum / (to - from + 1)
end

local function deviation_of(list, from, to)
  local mean, sum = mean_of(list, from, to), 0
  for i = from, to do sum = sum + (list[i] - mean) * (list[i] - mean) end
  return math.sqrt(sum / (to - from))
end

describe("stats.sharpe", function()
  it("is mean over deviation of all so far, scaled", function()
    local list, x = returns(1, 500), stats.sharpe(252, 0.0001)
    for i = 1, #list do
      local y, mean, deviation = x:update(list[i])
      if i == 1 then
        assert.is_nil(y)
      else
        assert.near(mean_of(list, 1, i), mean, 1e-15)
        assert.near(deviation_of(list, 1, i), deviation, 1e-14)
        assert.near((mean - 0.0001) / deviation * math.sqrt(252), y, 1e-12)
      end
    end
  end)

  it("is 0 while all returns are equal", function()
    local x = stats.sharpe()
    for _ = 1, 5 do x:update(0.1) end
    assert.equal(0, (x:value()))
  end)

  it("does not drift: a million returns around a large mean", function()
    local x, list = stats.sharpe(), returns(2, 1000)
    for i = 1, 1000000 do x:update(1e6 + list[(i - 1) % 1000 + 1]) end
    local _, mean, deviation = x:value()
    assert.near(1e6 + mean_of(list, 1, 1000), mean, 1e-6)
    assert.near(deviation_of(list, 1, 1000) * math.sqrt(0.999), deviation, 1e-8)      -- n - 1 of a million
  end)

  it("over a window forgets what has left it", function()
    local list, x = returns(3, 800), stats.sharpe_window(50, 12, 0.001)
    list[300] = 1e6
    for i = 1, #list do
      local y, mean, deviation = x:update(list[i])
      assert.equal(i >= 50, y ~= nil)
      if y and (i < 300 or i >= 400) then      -- one turn of the ring after the spike has gone
        assert.near(mean_of(list, i - 49, i), mean, 1e-12)
        assert.near(deviation_of(list, i - 49, i), deviation, 1e-12)
        assert.near((mean - 0.001) / deviation * math.sqrt(12), y, 1e-9)
      end
    end
  end)
end)

describe("stats.sortino", function()
  it("counts only what falls short of the target", function()
    local list, x, sum = returns(4, 300), stats.sortino(252, 0.001), 0
    for i = 1, #list do
      local short = math.min(list[i] - 0.001, 0)
      sum = sum + short * short
      local y, mean, downside = x:update(list[i])
      if y then
        assert.near(math.sqrt(sum / i), downside, 1e-14)
        assert.near((mean_of(list, 1, i) - 0.001) / downside * math.sqrt(252), y, 1e-10)
        assert.near(mean_of(list, 1, i), mean, 1e-15)
      end
    end
    local up = stats.sortino()
    up:update(1)
    assert.same({ 0, 1.5, 0 }, { up:update(2) })
  end)
end)

describe("stats.drawdown", function()
  it("is what a scan of all equity gives", function()
    local r, x, list, equity, worst, worst_part = market.random(5), stats.drawdown(), {}, 1000, 0, 0
    for i = 1, 2000 do
      equity = equity + math.floor(r() * 21) - 10
      list[i] = equity
      local peak, at = -1e9, 0
      for k = 1, i do
        if list[k] >= peak then peak, at = list[k], k end
      end
      local part = peak > 0 and (peak - equity) / peak or 0
      worst, worst_part = math.max(worst, peak - equity), math.max(worst_part, part)
      assert.same({ peak - equity, part, worst, worst_part, i - at }, { x:update(equity) })
      if i % 100 == 0 then equity = equity + 200 end
    end
  end)

  it("has no part below a peak that is not above 0", function()
    local x = stats.drawdown()
    x:update(-5)
    assert.same({ 5, 0, 5, 0, 1 }, { x:update(-10) })
  end)
end)

describe("stats.trades", function()
  it("counts by hand", function()
    local x = stats.trades()
    assert.same({ 0, 0, 0, 0, 1 }, { x:update(0) })
    assert.same({ 0.5, 2, 0, 0, 2 }, { x:update(4) })
    assert.same({ 1 / 3, 2 / 3, 2, 2, 3 }, { x:update(-2) })
    assert.same({ 0.25, -0.5, 4 / 3, 4 / 6, 4 }, { x:update(-4) })
  end)

  it("does not drift over a million trades beside a giant", function()
    local x = stats.trades()
    x:update(1e15)
    for _ = 1, 500000 do
      x:update(0.1)
      x:update(-0.1)
    end
    local _, expectancy = x:value()
    assert.near(1e15 / 1000001, expectancy, 1e-6)
    local y = stats.trades()
    for _ = 1, 1000000 do y:update(0.1) end
    assert.near(0.1, select(2, y:value()), 1e-16)
  end)
end)
