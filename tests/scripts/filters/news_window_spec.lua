package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"

-- A table as the host gives it: find(t) is the last row at or before t.
local function calendar(rows)
  local t = { last_time = rows[#rows] and rows[#rows].time }
  for i = 1, #rows do t[i] = rows[i] end
  function t:find(time)
    local found = 0
    for i = 1, #self do
      if self[i].time <= time then found = i end
    end
    return found
  end
  return t
end

local function filter(rows, params, symbol)
  local f = fake.new("scripts/filters/news_window", params)
  f.tables, f.symbol = { news = calendar(rows) }, symbol or "EURUSD"
  return f
end

local function at(f, now)
  f.now = now
  return fake.ask(f)
end

describe("news_window", function()
  it("vetoes from `before` before until `after` after the news", function()
    local f = filter({ { time = 10000, currency = "USD", impact = 3 } }, { before = 300, after = 120 })
    assert.is_true((at(f, 9699)))
    local ok, why, left = at(f, 9700)
    assert.is_false(ok)
    assert.equal("news", why)
    assert.equal(300, left)
    assert.is_false((at(f, 10000)))
    assert.is_false((at(f, 10120)))
    assert.is_true((at(f, 10121)))
  end)

  it("heeds the currency and the impact", function()
    local rows = { { time = 10000, currency = "JPY", impact = 3 }, { time = 10001, currency = "USD", impact = 1 } }
    assert.is_true((at(filter(rows), 10000)))
    assert.is_false((at(filter(rows, { impact = 1 }), 10000)))
    assert.is_false((at(filter(rows, nil, "USDJPY"), 10000)))
    assert.is_false((at(filter { { time = 10000, currency = "", impact = 3 } }, 10000)))
  end)

  it("sees an important row behind harmless ones", function()
    local rows = { { time = 9990, currency = "USD", impact = 3 } }
    for i = 1, 20 do rows[#rows + 1] = { time = 9990 + i, currency = "CHF", impact = 0 } end
    assert.is_false((at(filter(rows), 10100)))
    assert.is_true((at(filter(rows), 10291)))
  end)

  it("passes after the end of the calendar, and with strict does not", function()
    local rows = { { time = 10000, currency = "USD", impact = 3 } }
    assert.is_true((at(filter(rows), 20000)))
    local ok, why = at(filter(rows, { strict = true }), 20000)
    assert.is_false(ok)
    assert.equal("no calendar", why)
    assert.is_true((at(filter(rows, { strict = true }), 5000)))
    assert.is_false((at(filter({}, { strict = true }), 5000)))
    assert.is_true((at(filter {}, 5000)))
  end)
end)
