local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local market = require "market"
local book, object = require "mthost.book", require "mthost.object"

-- A random best level: prices on a grid of 1, sizes whole.
local function quotes(seed, count)
  local r, list, bid, t = market.random(seed), {}, 100, 50
  for i = 1, count do
    t = t + r()
    local dice = r()
    if dice < 0.1 then bid = bid - 1 elseif dice < 0.2 then bid = bid + 1 end
    list[i] = { t, bid, 1 + math.floor(r() * 20), bid + 1 + math.floor(r() * 1.2), 1 + math.floor(r() * 20) }
  end
  return list
end

local function ladder(n, bids, asks)
  local L = book.ladder(n)
  for _, level in ipairs(bids) do L:put(1, level[1], level[2]) end
  for _, level in ipairs(asks) do L:put(-1, level[1], level[2]) end
  return L
end

describe("a window in time", function()
  it("is the sum of the events of the last ten cells, and covers their time", function()
    for _, length in ipairs { 1, 10, 77 } do
      local w, r, events, t = object.window(length), market.random(length), {}, 1e9
      for i = 1, 2000 do
        t = t + r() * length / 20 + (i % 300 == 0 and 3 * length or 0)
        local x = math.floor(r() * 100)
        events[i] = { t, x }
        local cell, want = length / 10, 0
        for k = i, 1, -1 do
          if math.floor(events[k][1] / cell) <= math.floor(t / cell) - 10 then break end
          want = want + events[k][2]
        end
        assert.equal(want, object.add(w, t, x))
        local covered = object.covered(w, t)
        assert.truthy(covered >= cell * 0.999 and covered <= length * 1.001, covered)
      end
    end
  end)

  it("counts an event from before into the newest cell and never loses it", function()
    local w = object.window(10)
    object.add(w, 100, 1)
    assert.equal(3, object.add(w, 50, 2))
    assert.equal(3, object.add(w, 108.5, 0))
    assert.equal(0, object.add(w, 110.5, 0))
  end)
end)

describe("a total", function()
  it("does not lose small things beside large ones", function()
    local t = object.total()
    object.grow(t, 1e16)
    for _ = 1, 1000 do object.grow(t, 0.1) end
    assert.near(100, object.grow(t, -1e16), 1e-9)
  end)
end)

describe("book.ladder", function()
  it("copies a book up to its places", function()
    local source = { depth = 4, bid = function(_, i) if i <= 3 then return 100 - i, i end end,
                     ask = function(_, i) return 100 + i, 10 * i end }
    local L = book.ladder(2)
    assert.same({ 2, 2 }, { L:update(source) })
    assert.same({ 99, 98 }, L.bid_price)
    assert.same({ 10, 20 }, L.ask_qty)
    local wide = book.ladder(10)
    assert.same({ 3, 4 }, { wide:update(source) })
    source.depth = 1
    assert.same({ 1, 1 }, { wide:update(source) })
    assert.equal(0, wide.bid_qty[2])
    source.bid = function() return nil end
    assert.same({ 0, 1 }, { wide:update(source) })
  end)

  it("refuses levels out of order, too many of them, and sizes that are none", function()
    local L = ladder(2, { { 100, 1 } }, { { 101, 1 } })
    assert.error_matches(function() L:put(1, 100, 1) end, "below the one before")
    assert.error_matches(function() L:put(-1, 101, 1) end, "above the one before")
    assert.error_matches(function() L:put(1, 99, -1) end, "from 0 to")
    L:put(1, 99, 0)
    assert.error_matches(function() L:put(1, 98, 1) end, "room for 2")
  end)
end)

describe("imbalance", function()
  it("of the best level is between -1 and 1, by hand", function()
    for _, case in ipairs { { 0, 0, 0 }, { 5, 0, 1 }, { 0, 5, -1 }, { 3, 1, 0.5 }, { 1, 1, 0 } } do
      assert.equal(case[3], book.touch(case[1], case[2]))
    end
    assert.has_error(function() book.touch(-1, 1) end)
    assert.has_error(function() book.touch(1, 0 / 0) end)
  end)

  it("of levels counts exactly those", function()
    local L = ladder(5, { { 100, 3 }, { 99, 5 } }, { { 101, 4 }, { 102, 8 }, { 103, 100 } })
    assert.equal(-1 / 7, book.imbalance(L, 1))
    assert.equal(-4 / 20, book.imbalance(L, 2))
    assert.equal((8 - 112) / 120, book.imbalance(L, 5))
    assert.equal(0, book.imbalance(book.ladder(3), 3))
    for _, wrong in ipairs { 0, 6, 1.5, 0 / 0, "2" } do
      assert.error_matches(function() book.imbalance(L, wrong) end, "from 1 to 5")
    end
    assert.error_matches(function() book.imbalance({}, 1) end, "ladder")
  end)

  it("by distance is that of the best level for a small scale and of all for a large one", function()
    local L = ladder(5, { { 100, 3 }, { 90, 50 } }, { { 102, 1 }, { 103, 4 } })
    assert.near(book.touch(3, 1), book.weighted(L, 0.01), 1e-12)
    assert.near(book.imbalance(L, 5), book.weighted(L, 1e9), 1e-6)
    assert.equal(0, book.weighted(ladder(2, { { 1, 1 } }, {}), 1))
    assert.error_matches(function() book.weighted(L, 0) end, "scale")
  end)
end)

describe("book.microprice", function()
  it("leans to the side with less and stays between bid and ask", function()
    assert.equal(100.5, book.microprice(100, 7, 101, 7))
    assert.equal(101, book.microprice(100, 7, 101, 0))
    assert.equal(100.5, book.microprice(100, 0, 101, 0))
    local r = market.random(3)
    for _ = 1, 1000 do
      local b, q, p = r() * 100, r() * 10, r() * 10
      local y = book.microprice(b, q, b + 1, p)
      assert.truthy(y >= b and y <= b + 1)
      assert.equal(q > p, y > b + 0.5)
    end
  end)
end)

describe("book.ofi", function()
  it("is the sum of the definition's e over the window", function()
    local x, list, es = book.ofi(7), quotes(1, 3000), {}
    for i, q in ipairs(list) do
      local sum, part, e = x:update(unpack(q))
      if i > 1 then
        local l = list[i - 1]
        local want = (q[2] >= l[2] and q[3] or 0) - (q[2] <= l[2] and l[3] or 0)
          - (q[4] <= l[4] and q[5] or 0) + (q[4] >= l[4] and l[5] or 0)
        es[i] = want
        assert.equal(want, e)
        local net, gross = 0, 0
        for k = i, 2, -1 do
          if math.floor(list[k][1] / 0.7) <= math.floor(q[1] / 0.7) - 10 then break end
          net, gross = net + es[k], gross + math.abs(es[k])
        end
        assert.equal(net, sum)
        assert.equal(gross > 0 and net / gross or 0, part)
      else
        assert.is_nil(sum)
      end
    end
  end)

  it("over one level of a ladder is the same", function()
    local one, levels = book.ofi(7), book.ofi_levels(1, 7)
    for _, q in ipairs(quotes(2, 1000)) do
      local L = ladder(3, { { q[2], q[3] }, { q[2] - 1, 99 } }, { { q[4], q[5] } })
      assert.same({ one:update(unpack(q)) }, { levels:update(q[1], L) })
    end
  end)

  it("counts deeper levels less, and none that one of the two books does not have", function()
    local x = book.ofi_levels(3, 10)
    x:update(0, ladder(3, { { 100, 5 }, { 99, 5 }, { 98, 5 } }, { { 101, 5 } }))
    local L = ladder(3, { { 100, 5 }, { 99, 5 }, { 98, 8 } }, { { 101, 5 }, { 102, 500 } })
    assert.equal(1, (x:update(1, L)))
    L = ladder(3, { { 100, 5 } }, { { 101, 4 }, { 102, 500 } })
    assert.equal(2, (x:update(2, L)))
    L = ladder(3, { { 100, 5 }, { 99, 77 } }, { { 101, 4 }, { 102, 400 } })
    assert.equal(2 + 50, (x:update(3, L)))
    assert.error_matches(function() x:update(4, book.ladder(2)) end, "3 places")
  end)
end)

describe("book.spread", function()
  it("weighs each spread by how long it stood", function()
    local x = book.spread(50)
    local t = 0
    local r, stood = market.random(5), {}
    for _ = 1, 400 do
      local s = 1 + math.floor(r() * 4)
      stood[#stood + 1] = { t, s }
      local spread, mean, deviation = x:update(t, 100, 100 + s)
      assert.equal(s, spread)
      if #stood > 200 then
        local want, square = 0, 0
        for k = 1, #stood - 1 do      -- the integral of 2^(-age / memory) over the time of each spread
          local w = 2 ^ ((stood[k + 1][1] - t) / 50) - 2 ^ ((stood[k][1] - t) / 50)
          want, square = want + w * stood[k][2], square + w * stood[k][2] * stood[k][2]
        end
        local rest = 2 ^ ((stood[1][1] - t) / 50)      -- the first spread stands for all before
        want, square = want + rest * stood[1][2], square + rest * stood[1][2] * stood[1][2]
        assert.near(want, mean, 1e-9)
        assert.near(math.sqrt(square - want * want), deviation, 1e-7)
      end
      t = t + r() * 3
    end
  end)

  it("answers nothing to a crossed quote and goes on", function()
    local x, y = book.spread(10), book.spread(10)
    x:update(0, 100, 101)
    y:update(0, 100, 101)
    assert.is_nil(x:update(1, 102, 101))
    assert.same({ y:update(2, 100, 102) }, { x:update(2, 100, 102) })
  end)
end)

describe("book.large", function()
  it("finds the order that stands out at its own place only", function()
    local x, r = book.large(2, 200, 50), market.random(6)
    local above, n = 0, 0
    for i = 1, 8000 do
      local level = 1 + i % 2
      local z = x:update(i % 4 < 2 and 1 or -1, level, (0.5 + r()) * (level == 2 and 100 or 1))
      if z then
        n = n + 1
        if z > 4 then above = above + 1 end
      end
    end
    assert.truthy(n > 7000 and above < n / 1000, above)
    assert.truthy(x:update(1, 1, 100) > 8)
    assert.truthy(x:update(1, 2, 100) < 3)
  end)

  it("does not depend on the unit, is not numbed by one giant, and leaves out empty levels", function()
    local a, b, r = book.large(1, 100, 20), book.large(1, 100, 20), market.random(7)
    for _ = 1, 500 do
      local q = 1 + r()
      local x, y = a:update(1, 1, q), b:update(1, 1, q * 4096)
      if x then assert.near(x, y, 1e-6) end
      assert.is_nil(a:update(1, 1, 0))
    end
    local first = a:update(1, 1, 1000)
    assert.truthy(a:update(1, 1, 1000) > first * 0.8)
    for _, level in ipairs { 0, 2, 1.5 } do
      assert.error_matches(function() a:update(1, level, 1) end, "level must be")
    end
  end)
end)

-- The accounting that flow, iceberg and depletion share.
describe("book.flow", function()
  it("keeps the books: what is shown now is what was shown, plus added, less pulled and traded", function()
    local x, r = book.flow(86400), market.random(8)      -- a window that forgets nothing here
    local shown, t, added, pulled = 50, 1, 0, 0
    x:update(t, 100, shown, 101, 7)
    for _ = 1, 2000 do
      t = t + 0.01
      local traded, change = math.floor(r() * 5), math.floor(r() * 11) - 5
      traded = math.min(traded, shown)
      if shown - traded + change < 0 then change = 0 end
      x:trade(100, traded, -1)
      shown = shown - traded + change
      if change > 0 then added = added + change else pulled = pulled - change end
      local bid_add, bid_pull, ask_add, ask_pull = x:update(t, 100, shown, 101, 7)
      assert.near(added / 8640, bid_add, 1e-12)      -- while the window is young it covers one cell
      assert.near(pulled / 8640, bid_pull, 1e-12)
      assert.equal(0, ask_add)
      assert.equal(0, ask_pull)
    end
  end)

  it("takes the side of a trade from the price when it has none, and trades elsewhere for nothing", function()
    for _, side in ipairs { 0, -1 } do
      local x = book.flow(10)
      x:update(0, 100, 5, 101, 5)
      x:trade(100, 5, side)
      x:trade(99, 3, -1)
      x:trade(102, 3, 1)
      x:trade(100.5, 3, 0)
      local _, bid_pull, _, ask_pull = x:update(1, 99, 9, 101, 5)
      assert.equal(0, bid_pull)      -- eaten, not pulled
      assert.equal(0, ask_pull)
    end
  end)

  it("calls a level that went without trades pulled, and a better one added", function()
    local x = book.flow(10)
    x:update(0.5, 100, 5, 101, 6)
    local bid_add, bid_pull, ask_add, ask_pull = x:update(1.5, 101, 3, 102, 9)
    assert.same({ 3, 0, 0, 6 }, { bid_add * 1.5, bid_pull, ask_add, ask_pull * 1.5 })
  end)
end)

describe("book.iceberg", function()
  it("is silent where trades eat what is shown", function()
    local x = book.iceberg()
    for i = 0, 9 do
      if i > 0 then x:trade(101, 1, 1) end
      x:update(100, 10, 101, 10 - i)
    end
    assert.same({ 0, 0, 0, 9 / 10 }, { x:value() })
  end)

  it("sees refills, and begins anew at another price", function()
    local x = book.iceberg()
    x:update(100, 10, 101, 10)
    for _ = 1, 4 do
      x:trade(100, 6, -1)
      x:update(100, 10, 101, 10)
    end
    local refills, ratio = x:value()
    assert.equal(4, refills)
    assert.equal(2.4, ratio)
    x:update(99, 10, 101, 10)
    x:update(100, 10, 101, 10)
    assert.same({ 0, 0, 0, 0 }, { x:value() })
  end)

  it("does not take new orders without trades for a refill", function()
    local x = book.iceberg()
    for i = 1, 10 do x:update(100, i, 101, 20 - i) end
    assert.same({ 0, 0, 0, 0 }, { x:value() })
  end)
end)

describe("book.depletion", function()
  it("estimates the time to the end of a queue that shrinks evenly, and `most` of one that grows", function()
    for _, rate in ipairs { 1, 5 } do
      local x, size = book.depletion(10, 1000), 1000
      x:update(0, 100, 50, 101, size)
      for i = 1, 400 do
        size = size - rate / 10
        if i % 2 == 0 then x:trade(101, rate / 10, 1) end
        x:update(i / 10, 100, 50 + i, 101, size)
      end
      local bid_s, ask_s, up = x:value()
      assert.equal(1000, bid_s)
      assert.near(size / rate, ask_s, 0.03 * size / rate)
      assert.equal(bid_s / (bid_s + ask_s), up)
    end
  end)
end)
