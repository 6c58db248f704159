package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"

-- 2021-01-04 was a Monday.
local MONDAY = 1609718400

local function at(f, day, hour, minute, second)
  f.now = MONDAY + day * 86400 + hour * 3600 + (minute or 0) * 60 + (second or 0)
  return fake.ask(f)
end

describe("session_hours", function()
  it("is open from `from` on and closed from `to` on", function()
    local f = fake.new("scripts/filters/session_hours", { from = 8, to = 16.5 })
    assert.is_false((at(f, 0, 7, 59, 59)))
    assert.is_true((at(f, 0, 8)))
    assert.is_true((at(f, 0, 16, 29, 59)))
    local ok, why, value = at(f, 0, 16, 30)
    assert.is_false(ok)
    assert.equal("outside hours", why)
    assert.near(16.5, value, 1e-9)
  end)

  it("runs over midnight when from is after to", function()
    local f = fake.new("scripts/filters/session_hours", { from = 22, to = 2 })
    assert.is_true((at(f, 0, 23, 59, 59)))
    assert.is_true((at(f, 1, 0)))
    assert.is_true((at(f, 1, 1, 59, 59)))
    assert.is_false((at(f, 1, 2)))
    assert.is_false((at(f, 1, 21, 59, 59)))
    assert.is_true((at(f, 1, 22)))
  end)

  it("is open all day when from and to are the same, and by default", function()
    local f = fake.new("scripts/filters/session_hours", { from = 5, to = 5 })
    local g = fake.new "scripts/filters/session_hours"
    for hour = 0, 23 do
      assert.is_true((at(f, 3, hour, 59, 59)))
      assert.is_true((at(g, 6, hour, 59, 59)))
    end
  end)

  it("knows the days, over the weekend too", function()
    local f = fake.new("scripts/filters/session_hours", { first = 1, last = 5 })
    for day = 0, 6 do assert.equal(day < 5, (at(f, day, 12))) end
    local ok, why, value = at(f, 5, 12)
    assert.is_false(ok)
    assert.equal("outside days", why)
    assert.equal(6, value)
    local g = fake.new("scripts/filters/session_hours", { first = 6, last = 1 })
    for day = 0, 6 do assert.equal(day >= 5 or day == 0, (at(g, day, 12))) end
  end)

  it("counts hours and days in its zone", function()
    local f = fake.new("scripts/filters/session_hours", { from = 9, to = 17, last = 5, tz = "UTC+9" })
    assert.is_true((at(f, 0, 0)))
    assert.is_false((at(f, 0, 8)))
    assert.is_false((at(f, 5, 1)))      -- Saturday in Tokyo
    assert.is_true((at(f, 6, 24, 30)))  -- Monday again there
  end)
end)
