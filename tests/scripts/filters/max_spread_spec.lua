package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"

describe("max_spread", function()
  it("passes up to its ticks and vetoes above, with the spread as the value", function()
    local f = fake.new("scripts/filters/max_spread", { ticks = 3 })
    for _, case in ipairs { { 1, true }, { 3, true }, { 3.0000000001, true }, { 3.5, false }, { 4, false } } do
      f.spread_ticks = case[1]
      local ok, why, value = fake.ask(f)
      assert.equal(case[2], ok)
      if not ok then
        assert.equal("spread", why)
        assert.equal(case[1], value)
      end
    end
  end)

  it("passes where the data has no quotes", function()
    local f = fake.new("scripts/filters/max_spread")
    f.spread_ticks = 0 / 0
    assert.is_true((fake.ask(f)))
  end)
end)
