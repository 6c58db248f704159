local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local market = require "market"
local bars = require "mthost.bars"

-- Trades on a grid of 0.25 with sizes in quarters: every sum is exact.
local function trades(seed, count)
  local r, list, price, t = market.random(seed), {}, 100, 1e9 + 13
  for i = 1, count do
    t = t + r() * 10
    price = price + (math.floor(r() * 5) - 2) * 0.25
    list[i] = { t, price, math.floor(r() * 40) / 4, math.floor(r() * 2) * 2 - 1 }
  end
  return list
end

-- The bar of trades first..last.
local function bar_of(list, first, last)
  local b = { list[first][2], -1e9, 1e9, list[last][2], 0, 0, last - first + 1, list[first][1], list[last][1] }
  for i = first, last do
    local t = list[i]
    b[2], b[3] = math.max(b[2], t[2]), math.min(b[3], t[2])
    b[5], b[6] = b[5] + t[3], b[6] + t[3] * t[4]
  end
  return b
end

describe("bars.time", function()
  for _, seconds in ipairs { 0.5, 7, 60, 3600 } do
    it("of " .. seconds .. " s hold exactly the trades of their time", function()
      local list, x, got = trades(1, 4000), bars.time(seconds), {}
      for i = 1, #list do
        local b = { x:update(unpack(list[i])) }
        if b[1] then got[#got + 1] = b end
      end
      local want, first = {}, 1
      for i = 2, #list do
        local slot = math.floor(list[first][1] / seconds)
        if math.floor(list[i][1] / seconds) ~= slot then
          local b = bar_of(list, first, i - 1)
          b[8], b[9] = slot * seconds, (slot + 1) * seconds
          want[#want + 1] = b
          first = i
        end
      end
      table.remove(want, 1)      -- its beginning was missed
      assert.truthy(#want > 3)
      assert.same(want, got)
      assert.equal(#want, x:count())
    end)
  end

  it("keep the first bar when a trade stands on its bound", function()
    local x = bars.time(60)
    x:update(120, 5, 1, 1)
    assert.equal(5, (x:update(180, 6, 1, 1)))
    local y = bars.time(60)
    y:update(121, 5, 1, 1)
    assert.is_nil(y:update(180, 6, 1, 1))
    assert.is_false(y:ready())
  end)

  it("close by the clock alike, and a trade that comes too late goes into the next one", function()
    local x = bars.time(60)
    assert.is_nil(x:pass(1000))
    x:update(0, 5, 1, 1)
    assert.is_nil(x:pass(59.9))
    assert.same({ 5, 5, 5, 5, 1, 1, 1, 0, 60 }, { x:pass(60) })
    assert.is_nil(x:pass(60))
    assert.is_nil(x:pass(119))
    assert.is_nil(x:update(59, 9, 2, -1))
    assert.equal(5, (x:value()))      -- closed is closed
    assert.same({ 9, 9, 9, 9, 2, -2, 1, 60, 120 }, { x:pass(120) })
    assert.is_nil(x:pass(500))        -- no trade, no bar
  end)

  it("never show what is forming as closed", function()
    local x = bars.time(60)
    x:update(0, 5, 1, 1)
    assert.is_nil((x:value()))
    assert.same({ 1, 0, 5, 5, 5, 5, 1, 1 }, { x:forming() })
    x:update(60, 7, 1, 1)
    for i = 1, 30 do
      assert.is_nil(x:update(60 + i, 7 + i, 1, 1))
      assert.equal(5, (x:value()))
      assert.equal(i + 1, (x:forming()))
    end
    x:pass(120)
    assert.is_nil(x:forming())
    for _, name in ipairs { "open", "high", "low", "close", "volume" } do assert.is_nil(x[name]) end
  end)
end)

describe("bars by what was traded", function()
  local ends = {
    tick = { 7, function(list, first, last) return last - first + 1 >= 7 end },
    volume = { 50, function(list, first, last) return bar_of(list, first, last)[5] >= 50 end },
    value = { 3000, function(list, first, last)
      local sum = 0
      for i = first, last do sum = sum + list[i][2] * list[i][3] end
      return math.abs(sum) >= 3000
    end },
    imbalance = { 20, function(list, first, last) return math.abs(bar_of(list, first, last)[6]) >= 20 end },
    range = { 1.5, function(list, first, last)
      local b = bar_of(list, first, last)
      return b[2] - b[3] >= 1.5
    end },
  }
  for name, case in pairs(ends) do
    it(name .. ": close with the trade that reaches the size, and lose none", function()
      local list, x, first, count = trades(2, 3000), bars[name](case[1]), 1, 0
      for i = 1, #list do
        local b = { x:update(unpack(list[i])) }
        if case[2](list, first, i) then
          count = count + 1
          assert.same(bar_of(list, first, i), b)
          assert.is_nil(x:forming())
          first = i + 1
        else
          assert.is_nil(b[1])
          assert.equal(i - first + 1, (x:forming()))
        end
      end
      assert.truthy(count > 20, count)
      assert.equal(count, x:count())
    end)
  end

  it("take the side from the price where trades have none", function()
    local x = bars.tick(6)
    local b
    for i, price in ipairs { 100, 101, 101, 100, 100, 102 } do b = { x:update(i, price, 1, 0) } end
    assert.equal(0 + 1 + 1 - 1 - 1 + 1, b[6])
  end)
end)

describe("bars.frames", function()
  it("are the bars of each frame alone", function()
    local x, alone = bars.frames(10, 60, 300, 3600), { bars.time(10), bars.time(60), bars.time(300), bars.time(3600) }
    local both = 0
    for _, t in ipairs(trades(3, 4000)) do
      local closed, n = x:update(unpack(t)), 0
      for i = 1, 4 do
        local want = { alone[i]:update(unpack(t)) }
        assert.same(want, { x:closed(i) })
        assert.same({ alone[i]:value() }, { x:last(i) })
        assert.same({ alone[i]:forming() }, { x:forming(i) })
        if want[1] then n = n + 1 end
      end
      assert.equal(n > 0 and n or nil, closed)
      if n > 1 then both = both + 1 end
    end
    assert.truthy(both > 10)
  end)

  it("close by the clock, and only once", function()
    local x = bars.frames(60, 120)
    x:update(0, 5, 1, 1)
    assert.equal(1, x:pass(60))
    assert.equal(5, (x:closed(1)))
    assert.is_nil(x:closed(2))
    assert.equal(1, x:pass(120))
    assert.is_nil(x:closed(1))
    assert.equal(5, (x:closed(2)))
    assert.is_nil(x:pass(130))
    assert.is_nil(x:closed(2))
  end)

  it("want frames that ascend, and say which there are", function()
    assert.error_matches(function() bars.frames(60, 30) end, "ascend")
    assert.error_matches(function() bars.frames(60, 0, 300) end, "ascend")
    assert.error_matches(function() bars.frames(60):closed(3) end, "1 to 2")
    assert.error_matches(function() bars.frames(60):last "1" end, "no frame")
  end)
end)
