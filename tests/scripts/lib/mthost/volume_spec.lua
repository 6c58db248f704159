package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. (os.getenv "MT_SOURCE_DIR" or ".")
  .. "/scripts/lib/?.lua;" .. package.path
local market = require "market"
local volume = require "mthost.volume"

describe("volume.surge", function()
  it("is about nothing in usual volume and large in a burst", function()
    local x, r = volume.surge(10, 300), market.random(1)
    local above, n = 0, 0
    for i = 1, 4000 do
      local z = x:update(i / 2, 0.5 + r())
      if z then
        n = n + 1
        if z > 4 then above = above + 1 end
      end
    end
    assert.truthy(n > 3000)
    assert.truthy(above < n / 100, above)
    local most = 0
    for i = 1, 20 do most = math.max(most, (x:update(2000 + i / 2, 10))) end
    assert.truthy(most > 10, most)
  end)

  it("gives the volume of the window, not older", function()
    local x = volume.surge(10, 300)
    local sum
    for i = 1, 400 do sum = select(2, x:update(i, 1)) end
    assert.truthy(sum >= 9 and sum <= 11, sum)
    sum = select(2, x:update(1000, 3))
    assert.equal(3, sum)
  end)

  it("is not numbed by a burst: the next one still counts", function()
    local x, r = volume.surge(10, 300), market.random(2)
    local t = 0
    local function go(seconds, factor)
      local most = 0
      for _ = 1, seconds * 2 do
        t = t + 0.5
        most = math.max(most, x:update(t, factor * (0.5 + r())) or 0)
      end
      return most
    end
    go(600, 1)
    local first = go(15, 10)
    go(120, 1)
    local second = go(15, 10)
    assert.truthy(second > first / 2, first .. " " .. second)
  end)

  it("does not depend on the unit of volume", function()
    local a, b, r = volume.surge(10, 300), volume.surge(10, 300), market.random(3)
    for i = 1, 2000 do
      local q = r() * (i % 300 > 280 and 10 or 1)
      local za, zb = a:update(i / 3, q), b:update(i / 3, q * 1024)
      if za then assert.near(za, zb, 1e-9) end
    end
  end)
end)

describe("volume.ratio", function()
  it("is the bought part of the volume in the window", function()
    local x = volume.ratio(10)
    for i = 1, 100 do x:update(i / 10, 100, 3, 1) end
    assert.equal(1, (x:value()))
    for i = 101, 200 do x:update(i / 10, 100, 1, -1) end
    local ratio, buy, sell = x:value()
    assert.near(buy / (buy + sell), ratio, 1e-12)
    assert.truthy(ratio < 0.3)
    x:update(100, 100, 1, -1)
    ratio, buy, sell = x:value()
    assert.equal(0, ratio)
    assert.equal(0, buy)
    assert.equal(1, sell)
  end)

  it("uses the tick rule without a side", function()
    local x = volume.ratio(10)
    local cases = { { 100, 0.5 }, { 101, 1 }, { 101, 1 }, { 100, 2 / 3 }, { 100, 2 / 4 }, { 102, 3 / 5 } }
    for i, case in ipairs(cases) do
      local ratio = x:update(i / 100, case[1], 1, 0)
      assert.near(case[2], ratio, 1e-12, "trade " .. i)
    end
  end)
end)

describe("volume.speed", function()
  it("finds the deviation per square root of a second, whatever the pace of the ticks", function()
    for _, pace in ipairs { 0.1, 1, 7 } do
      local x, r, price = volume.speed(2000, 1), market.random(4), 30000
      for i = 1, 20000 do
        price = price + (r() + r() + r() + r() - 2) * math.sqrt(3 * pace)
        x:update(i * pace, price)
      end
      assert.near(1, x:value(), 0.12)
    end
  end)

  it("does not count the bounce between bid and ask as movement of the second", function()
    local x = volume.speed(60, 1)
    for i = 1, 6000 do x:update(i / 100, 30000 + i % 2) end
    assert.truthy(x:value() < 1.1)
  end)
end)
