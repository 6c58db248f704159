package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"

describe("min_strength", function()
  it("vetoes below its minimum, with the strength as the value", function()
    local f = fake.new("scripts/filters/min_strength", { min = 0.4 })
    assert.is_true((fake.ask(f, { strength = 0.4 })))
    assert.is_true((fake.ask(f, { strength = 1 })))
    local ok, why, value = fake.ask(f, { strength = 0.39 })
    assert.is_false(ok)
    assert.equal("weak", why)
    assert.equal(0.39, value)
  end)
end)
