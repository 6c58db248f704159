package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"
local DAY = 86400

local function enter(f) f:on_signal { verdict = "sent", entry = true } end

describe("max_daily_trades", function()
  it("allows its number a day and begins anew at midnight", function()
    local f = fake.new("scripts/filters/max_daily_trades", { max = 2 })
    f.now = 100 * DAY + 10
    for _ = 1, 2 do
      assert.is_true((fake.ask(f)))
      enter(f)
    end
    f.now = 101 * DAY - 0.001
    local ok, why, n = fake.ask(f)
    assert.is_false(ok)
    assert.equal("max trades", why)
    assert.equal(2, n)
    f.now = 101 * DAY
    assert.is_true((fake.ask(f)))
    enter(f)
    assert.is_true((fake.ask(f)))
    enter(f)
    assert.is_false((fake.ask(f)))
  end)

  it("counts the entries that were sent, over all symbols", function()
    local f = fake.new("scripts/filters/max_daily_trades", { max = 1 })
    f:on_signal { verdict = "vetoed", entry = true }
    f:on_signal { verdict = "sent", entry = false }
    assert.is_true((fake.ask(f)))
    enter(f)
    assert.is_false((fake.ask(f)))
    assert.equal("portfolio", f.declaration.scope)
  end)

  it("has its midnight in its zone", function()
    local f = fake.new("scripts/filters/max_daily_trades", { max = 1, tz = "UTC-5" })
    f.now = 100 * DAY + 4 * 3600
    enter(f)
    f.now = 100 * DAY + 5 * 3600 - 1
    assert.is_false((fake.ask(f)))
    f.now = 100 * DAY + 5 * 3600
    assert.is_true((fake.ask(f)))
  end)
end)
