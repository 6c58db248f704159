local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local market = require "market"
local book = require "mthost.book"

-- The definition itself: all events of each price, weighed anew at each question.
local function model(step, reach, memory, resting)
  local m = { cells = {}, middle = nil }
  local function put(time, cell, x)
    for c, list in pairs(m.cells) do
      if math.abs(c - m.middle) > reach then m.cells[c] = nil end
      assert(list)
    end
    m.cells[cell] = m.cells[cell] or {}
    table.insert(m.cells[cell], { time, x })
  end
  function m.trade(time, price, qty)
    m.middle = math.floor(price / step + 0.5)
    put(time, m.middle, qty)
  end
  function m.rest(time, price, qty)
    local cell = math.floor(price / step + 0.5)
    if m.middle and math.abs(cell - m.middle) <= reach then put(time, cell, qty * resting) end
  end
  function m.ask(now)
    local weights, sum = {}, 0
    for c, list in pairs(m.cells) do
      local w = 0
      for _, e in ipairs(list) do w = w + e[2] * 0.5 ^ ((now - e[1]) / memory) end
      if w > 0 and math.abs(c - m.middle) <= reach then
        weights[c] = w
        sum = sum + w
      end
    end
    local function best(low, high)
      local found
      for c = low, high do
        if weights[c] and (not found or weights[c] > weights[found]) then found = c end
      end
      if not found then return 0, 0, 0 end
      return found * step, weights[found] / (weights[found] + sum / (2 * reach + 1)), weights[found]
    end
    return { best(m.middle - reach, m.middle - 1) }, { best(m.middle + 1, m.middle + reach) }, weights
  end
  return m
end

describe("book.zones", function()
  for seed, shape in ipairs { { 1, 5, 20, 0.5 }, { 0.5, 20, 200, 0 }, { 0.01, 1, 5, 1 }, { 10, 64, 3, 0.1 } } do
    it("answers what its definition says, shape " .. seed, function()
      local step, reach, memory = shape[1], shape[2], shape[3]
      local x, m, r = book.zones(unpack(shape)), model(unpack(shape)), market.random(seed)
      local cell, t = 1000, 0
      for i = 1, 1500 do
        t = t + r() * memory / 10
        if i % 400 == 0 then t = t + 40 * memory end                    -- a long gap: weights are made small
        if r() < 0.5 then cell = cell + math.floor(r() * 3) - 1 end
        if i % 300 == 0 then cell = cell + 10 * reach end               -- a jump: all is new
        if r() < 0.4 then
          local at = (cell + math.floor((r() - 0.5) * 3 * reach)) * step
          local qty = 1 + math.floor(r() * 50)
          x:rest(t, at, qty)
          m.rest(t, at, qty)
        end
        local qty = 1 + math.floor(r() * 9) + r()
        local support, sure, resistance, surely = x:update(t, cell * step, qty)
        m.trade(t, cell * step, qty)
        local below, above = m.ask(t)
        -- What has faded to nothing in one of the two may still be a trace in the other.
        if below[3] > 1e-9 then
          assert.near(below[1], support, 1e-9 * math.abs(below[1]))
          assert.near(below[2], sure, 1e-9)
        end
        if above[3] > 1e-9 then
          assert.near(above[1], resistance, 1e-9 * math.abs(above[1]))
          assert.near(above[2], surely, 1e-9)
        end
        if below[3] == 0 then assert.equal(0, sure) end
        if above[3] == 0 then assert.equal(0, surely) end
      end
    end)
  end

  it("does not drift", function()
    local x, fresh, r = book.zones(1, 20, 50, 0), book.zones(1, 20, 50, 0), market.random(9)
    local t = 0
    for i = 1, 200000 do
      t = t + 0.1
      local price, qty = 1000 + math.floor(r() * 5) + math.floor(i / 20000), r() * 10
      x:update(t, price, qty)
      if i > 180000 then fresh:update(t, price, qty) end      -- 2000 s, 40 half-lives
    end
    local want = { fresh:value() }
    for k, got in ipairs { x:value() } do assert.near(want[k], got, 1e-9 * math.abs(want[k])) end
  end)

  it("keeps nothing before the first trade and nothing out of reach", function()
    local x = book.zones(1, 5, 100, 1)
    x:rest(1, 99, 50)
    assert.same({ 0, 0, 0, 0 }, { x:update(2, 100, 1) })
    x:rest(3, 94, 50)
    assert.same({ 0, 0, 0, 0 }, { x:update(4, 100, 1) })
    x:rest(5, 95, 50)
    assert.equal(95, (x:update(6, 100, 1)))
    assert.has_error(function() x:rest(7, 0 / 0, 1) end)
    assert.has_error(function() x:rest(7, 1, -1) end)
  end)
end)
