local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local market = require "market"
local book = require "mthost.book"

-- The definition itself: all events of each price, weighed anew at each question.
local function model(step, reach, memory, resting)
  local m, places, middle = {}, {}, nil
  local function put(time, cell, x)
    local place = cell % (4 * reach)
    if not places[place] or places[place].cell ~= cell then places[place] = { cell = cell } end
    table.insert(places[place], { time, x })
  end
  local function weight(cell, now)
    local list, w = places[cell % (4 * reach)], 0
    if list and list.cell == cell then
      for _, e in ipairs(list) do w = w + e[2] * 0.5 ^ ((now - e[1]) / memory) end
    end
    return w
  end
  function m.trade(time, price, qty)
    middle = math.floor(price / step + 0.5)
    put(time, middle, qty)
    return weight(middle, time)
  end
  function m.rest(time, price, qty)
    local cell = math.floor(price / step + 0.5)
    if middle and math.abs(cell - middle) <= reach then put(time, cell, qty * resting) end
  end
  function m.levels(price, now)
    local at, sum = math.floor(price / step + 0.5), 0
    for c = at - reach, at + reach do sum = sum + weight(c, now) end
    local function best(from, to, way)
      local found, most = 0, 0
      for c = from, to, way do
        local w = weight(c, now)
        if w > most * (1 + 1e-9) then found, most = c, w end
      end
      if most == 0 then return { 0, 0, 0 } end
      return { found * step, most / (most + sum / (2 * reach + 1)), most }
    end
    return best(at - 1, at - reach, -1), best(at + 1, at + reach, 1)
  end
  return m
end

describe("book.zones", function()
  for seed, shape in ipairs { { 1, 5, 20, 0.5 }, { 0.5, 20, 200, 0 }, { 0.01, 1, 5, 1 }, { 10, 64, 3, 0.1 } } do
    it("answers what its definition says, shape " .. seed, function()
      local step, reach, memory = shape[1], shape[2], shape[3]
      local x, m, r = book.zones(unpack(shape)), model(unpack(shape)), market.random(seed)
      local cell, t, told = 1000, 0, 0
      for i = 1, 1500 do
        t = t + r() * memory / 10
        if i % 400 == 0 then t = t + 40 * memory end                    -- a long gap: weights are made small
        if r() < 0.5 then cell = cell + math.floor(r() * 3) - 1 end
        if i % 300 == 0 then cell = cell + 10 * reach end
        if r() < 0.4 then
          local at = (cell + math.floor((r() - 0.5) * 3 * reach)) * step
          local qty = 1 + math.floor(r() * 50)
          x:rest(t, at, qty)
          m.rest(t, at, qty)
        end
        local qty = 1 + math.floor(r() * 9) + r()
        local weight = x:update(t, cell * step, qty)
        assert.near(m.trade(t, cell * step, qty), weight, 1e-9 * weight)
        local at = (cell + math.floor(r() * 5) - 2) * step
        local support, sure, resistance, surely = x:levels(at)
        local below, above = m.levels(at, t)
        -- What has faded to nothing in one of the two may still be a trace in the other.
        if below[3] > 1e-9 then
          told = told + 1
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
      assert.truthy(told > 300, told)
    end)
  end

  it("keeps nothing before the first trade and nothing out of reach", function()
    local x = book.zones(1, 5, 100, 1)
    x:rest(1, 99, 50)
    x:update(2, 100, 1)
    assert.same({ 0, 0, 0, 0 }, { x:levels(100) })
    x:rest(3, 94, 50)
    assert.same({ 0, 0, 0, 0 }, { x:levels(100) })
    x:rest(5, 95, 50)
    assert.equal(95, (x:levels(100)))
    assert.has_error(function() x:rest(7, 0 / 0, 1) end)
    assert.has_error(function() x:rest(7, 1, -1) end)
    assert.has_error(function() x:levels(1 / 0) end)
  end)
end)
