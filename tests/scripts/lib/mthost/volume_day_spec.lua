-- mthost.volume over days: the baseline per time of day, the delta of a session, the profile of a session.
local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local market = require "market"
local volume = require "mthost.volume"
local DAY = 86400

describe("volume.daily", function()
  -- A market that trades ten times as much in its first hour, each day; a trade every ten seconds.
  local function trade(r, t, factor)
    local busy = t % DAY < 3600
    return (busy and 10 or 1) * (0.5 + r()) * (factor or 1)
  end

  local function day(x, r, from, length, each)
    local most, signals, known = -math.huge, 0, 0
    for t = from, from + length - 10, 10 do
      local z, _, s, n = x:update(t, trade(r, t, each and each(t)))
      if z then most, signals, known = math.max(most, z), signals + s, n end
    end
    return most, signals, known
  end

  it("is surprised by the open on the first days and no longer when it knows it", function()
    local x, plain, r = volume.daily(60, 24, 3, 10, 4, 30), volume.surge(60, 300), market.random(1)
    day(x, r, 12 * 3600, 12 * 3600)
    assert.truthy((day(x, r, DAY, 3600)) > 4)      -- nothing is known of this hour: as surge
    day(x, r, DAY + 3600, 23 * 3600)
    for d = 2, 4 do day(x, r, d * DAY, DAY) end
    local most, signals, known = day(x, r, 5 * DAY, 3600)
    assert.truthy(most < 4, most)
    assert.equal(0, signals)
    assert.equal(5, known)
    -- The same without days: every morning is a surge.
    local again = market.random(1)
    for t = 12 * 3600, 5 * DAY - 10, 10 do plain:update(t, trade(again, t)) end
    local loud = -math.huge
    for t = 5 * DAY, 5 * DAY + 3590, 10 do loud = math.max(loud, (plain:update(t, trade(again, t)))) end
    assert.truthy(loud > 6, loud)
  end)

  it("hears in a quiet hour what the open would drown", function()
    local x, r = volume.daily(60, 24, 3, 10, 4, 30), market.random(2)
    for d = 0, 4 do day(x, r, d * DAY, DAY) end
    day(x, r, 5 * DAY, 3 * 3600)
    local z = day(x, r, 5 * DAY + 3 * 3600, 120, function() return 8 end)
    assert.truthy(z > 5, z)
    day(x, r, 5 * DAY + 3 * 3600 + 120, 21 * 3600 - 120)
    z = day(x, r, 6 * DAY + 1800, 120, function() return 0.8 end)      -- as much, but in the busy hour: nothing
    assert.truthy(z < 1, z)
  end)

  it("is robust: one wild day does not move a slot by more than its part", function()
    local calm, wild = volume.daily(60, 24, 3, 10, 4, 30), volume.daily(60, 24, 3, 10, 4, 30)
    local a, b = market.random(3), market.random(3)
    for d = 0, 5 do
      day(calm, a, d * DAY, DAY)
      day(wild, b, d * DAY, DAY, function(t) return d == 3 and t % 7200 < 600 and 1000 or 1 end)
    end
    local z1, z2 = day(calm, a, 6 * DAY + 7200, 600), day(wild, b, 6 * DAY + 7200, 600)
    assert.truthy(math.abs(z1 - z2) < 1.5, z1 .. " " .. z2)
  end)

  it("signals once in a pause, and again after it", function()
    local x, r = volume.daily(60, 24, 2, 10, 4, 30), market.random(4)
    for d = 0, 3 do day(x, r, d * DAY, DAY) end
    day(x, r, 4 * DAY, 5 * 3600)
    local at = {}
    for t = 4 * DAY + 5 * 3600, 4 * DAY + 5 * 3600 + 99 do
      local _, _, signal = x:update(t, 30)
      if signal == 1 then at[#at + 1] = t end
    end
    assert.truthy(#at >= 3)
    for i = 2, #at do assert.equal(30, at[i] - at[i - 1]) end
    local never = volume.daily(60, 24, 2, 10, 100, 30)
    for t = 0, 4000 do
      local _, _, signal = never:update(t, t > 3000 and 5 or 1)
      assert.truthy(signal == nil or signal == 0)
    end
  end)

  it("counts days and not windows, and offset moves the slots", function()
    local x, y = volume.daily(60, 2, 1, 10), volume.daily(60, 2, 1, 10, 4, 30, 300, 6, 6 * 3600)
    local function known(object, t) return (select(4, object:update(t, 1))) end
    for t = 0, 2 * DAY, 60 do
      x:update(t, 1 + t % 120 / 60)
      y:update(t, 1 + t % 120 / 60)
    end
    assert.equal(3, known(x, 2 * DAY + 60))
    assert.equal(2, known(x, 2 * DAY + DAY / 2 + 30))
    -- With slots from 06:00 and 18:00 the second night counts into the slot of 18:00 of the day before.
    assert.equal(3, known(y, 2 * DAY + 120))
    assert.equal(2, known(y, 2 * DAY + 7 * 3600))
  end)

  it("gives the volume of surge, and its z until a slot is known", function()
    local x, y, r = volume.daily(20, 48, 3, 10, 4, 30, 200, 5), volume.surge(20, 200, 5), market.random(6)
    for i = 1, 4000 do
      local t, q = i * 3 + r(), r() * r() * 9
      local z, sum, _, known = x:update(t, q)
      local z2, sum2 = y:update(t, q)
      assert.equal(z2, z)
      assert.equal(sum2, sum)
      assert.truthy(known == nil or known <= 1)
    end
  end)

  it("takes sizes alone: what is negative raises, so that no logarithm fails", function()
    for _, name in ipairs { "surge", "daily" } do
      local x = volume[name]()
      assert.error_matches(function() x:update(1, -1) end, "a quantity must be a number from 0 to 1e25")
    end
    assert.error_matches(function() volume.ratio():update(1, 1, -1, 1) end, "a quantity")
  end)
end)

describe("volume.delta", function()
  it("is bought less sold, of the window and of the session", function()
    local r, list, x = market.random(7), {}, volume.delta(20, 600, 100)
    local t = 1000
    for i = 1, 2000 do
      t = t + r() * 3
      list[i] = { t, 100, math.floor(r() * 9), r() < 0.5 and 1 or -1 }
      local delta, total, swing = x:update(unpack(list[i]))
      local near, far, most, least, sum = 0, 0, 0, 0, 0
      for k = 1, i do
        local e = list[k]
        local signed = e[3] * e[4]
        if math.floor(e[1] / 2) > math.floor(t / 2) - 10 then near = near + signed end
        if math.floor((e[1] - 100) / 600) == math.floor((t - 100) / 600) then
          far = far + signed
          sum = sum + signed
          most, least = math.max(most, sum), math.min(least, sum)
        end
      end
      assert.equal(near, delta)
      assert.equal(far, total)
      local want = most > least and (2 * sum - most - least) / (most - least) or 0
      assert.near(want, swing, 1e-12)
    end
  end)

  it("uses the tick rule without a side, and loses no digit over a long session", function()
    local x = volume.delta(10)
    local sums = {}
    for i, price in ipairs { 100, 101, 101, 100, 100, 102 } do sums[i] = select(2, x:update(i, price, 1, 0)) end
    assert.same({ 0, 1, 2, 1, 0, 1 }, sums)
    local y = volume.delta(10, 31536000)
    y:update(0, 1, 1e15, 1)
    for i = 1, 100000 do y:update(i, 1, 0.1, 1) end
    y:update(100001, 1, 1e15, -1)
    assert.near(10000, (select(2, y:value())), 1e-6)
  end)
end)

describe("volume.strength", function()
  it("is 0 to 1, 0 where either is missing, and has the side of the larger part", function()
    assert.same({ 1, 1 }, { volume.strength(8, 1, 4) })
    assert.same({ 1, -1 }, { volume.strength(100, 0, 4) })
    assert.same({ 0, 0 }, { volume.strength(8, 0.5, 4) })
    assert.same({ 0, 1 }, { volume.strength(-3, 0.9, 4) })
    assert.near(math.sqrt(0.5 * 0.5), (volume.strength(4, 0.75, 4)), 1e-15)
    for _, wrong in ipairs { { 0 / 0, 0.5, 4 }, { 1, 1.5, 4 }, { 1, 0.5, 0 }, { 1, "x", 4 }, { nil, 0.5, 4 } } do
      local line = debug.getinfo(1, "l").currentline + 1
      local ok, message = pcall(function() local y = volume.strength(wrong[1], wrong[2], wrong[3]) return y end)
      assert.is_false(ok)
      assert.truthy(message:find("volume_day_spec.lua:" .. line .. ":", 1, true), message)
    end
  end)
end)

describe("volume.profile", function()
  -- The same from a table of rows, with everything looked at each time.
  local function model(step)
    local m = { rows = {}, sum = 0, control = nil }
    function m.clear() m.rows, m.sum, m.control = {}, 0, nil end
    function m.add(price, qty)
      local row = math.floor(price / step + 0.5)
      m.rows[row] = (m.rows[row] or 0) + qty
      m.sum = m.sum + qty
      if not m.control or m.rows[row] > m.rows[m.control] then m.control = row end
    end
    function m.area(part)
      local lowest, highest = math.huge, -math.huge
      for row in pairs(m.rows) do lowest, highest = math.min(lowest, row), math.max(highest, row) end
      local function v(row) return m.rows[row] or 0 end
      local low, high, held = m.control, m.control, v(m.control)
      while held < part * m.sum do
        local above, below = v(high + 1) + v(high + 2), v(low - 1) + v(low - 2)
        if low <= lowest or (high < highest and above >= below) then
          high, held = high + 2, held + above
        else
          low, held = low - 2, held + below
        end
      end
      return math.max(low, lowest) * step, math.min(high, highest) * step, held / m.sum
    end
    return m
  end

  it("is what a table of all rows says, over sessions", function()
    local step = 0.25
    local x, m, r = volume.profile(step, 400, 1000), model(step), market.random(8)
    local price, t, session = 100, 0, 0
    for _ = 1, 12000 do
      t = t + r()
      price = price + (math.floor(r() * 5) - 2) * 0.1
      local qty = math.floor(r() * 7)
      if math.floor(t / 1000) ~= session then
        session = math.floor(t / 1000)
        m.clear()
      end
      m.add(price, qty)
      local control, held, sum = x:update(t, price, qty)
      assert.equal(m.sum, sum)
      assert.equal(m.rows[m.control], held)
      assert.equal(m.control * step, control)
      assert.equal(m.rows[math.floor(price / step + 0.5)], x:at(price))
      if r() < 0.05 and m.sum > 0 then
        local part = r()
        assert.same({ m.area(part) }, { x:area(part) })
        local low, high, share = x:area()
        assert.truthy(low <= control and control <= high and share >= 0.7)
      end
    end
  end)

  it("has no area before there is volume, and all of it when all is asked", function()
    local x = volume.profile(1, 50)
    assert.is_nil((x:area()))
    x:update(1, 10, 0)
    assert.is_nil((x:area()))
    x:update(2, 12, 5)
    x:update(3, 7, 5)
    assert.same({ 12, 12, 0.5 }, { x:area(0.5) })
    local low, high, share = x:area(1)
    assert.same({ 7, 12, 1 }, { low, high, share })
    assert.equal(0, x:at(11))
    for _, wrong in ipairs { -0.1, 1.1, 0 / 0, "x" } do
      local line = debug.getinfo(1, "l").currentline + 1
      local ok, message = pcall(function() local y = x:area(wrong) return y end)
      assert.is_false(ok)
      assert.truthy(message:find("volume_day_spec.lua:" .. line .. ": volume.profile: area: part", 1, true), message)
    end
  end)

  it("forgets a row for one that is its room away, the heaviest too, and ends whatever the prices", function()
    local x = volume.profile(1, 10)
    for _ = 1, 5 do x:update(1, 100, 10) end
    x:update(1, 103, 20)
    local control, held, sum = x:update(2, 110, 1)      -- takes the place of 100
    assert.same({ 103, 20, 21 }, { control, held, sum })
    assert.equal(0, x:at(100))
    assert.equal(1, x:at(110))
    x:update(3, 1e9, 4)
    local low, high, share = x:area(1)
    assert.truthy(low <= 103 and high >= 103 and share <= 1)
    assert.error_matches(function() x:update(4, 1e16, 1) end, "a price must be within 1e15 steps")
    assert.equal(24, (select(3, x:value())))      -- 1e9 took the place of 110
  end)
end)
