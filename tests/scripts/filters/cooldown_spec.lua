package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"

describe("cooldown", function()
  it("vetoes from an entry that was sent until its seconds have passed", function()
    local f = fake.new("scripts/filters/cooldown", { seconds = 60 })
    f.now = 1000
    assert.is_true((fake.ask(f)))
    f:on_signal { verdict = "sent", entry = true }
    f.now = 1059.9
    local ok, why, left = fake.ask(f)
    assert.is_false(ok)
    assert.equal("cooldown", why)
    assert.near(0.1, left, 1e-9)
    f.now = 1060
    assert.is_true((fake.ask(f)))
  end)

  it("is not begun by vetoed, denied or closing signals", function()
    local f = fake.new("scripts/filters/cooldown")
    f.now = 1000
    for _, v in ipairs { { verdict = "vetoed", entry = true }, { verdict = "denied", entry = true },
                         { verdict = "sent", entry = false }, { verdict = "no_size", entry = true } } do
      f:on_signal(v)
      assert.is_true((fake.ask(f)))
    end
  end)

  it("waits longer after a loss", function()
    local f = fake.new("scripts/filters/cooldown", { seconds = 10, after_loss = 100 })
    f.now = 500
    f:on_signal { verdict = "sent", entry = true }
    f.now = 520
    f:on_fill { profit = 5 }
    assert.is_true((fake.ask(f)))
    f:on_fill { profit = -0.01 }
    f.now = 619
    local ok, why, left = fake.ask(f)
    assert.is_false(ok)
    assert.equal("after a loss", why)
    assert.equal(1, left)
    f.now = 620
    assert.is_true((fake.ask(f)))
  end)

  it("writes nothing in check", function()
    local f = fake.new("scripts/filters/cooldown")
    fake.ask(f)
    assert.same({}, f.state)
  end)
end)
