package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"
local market = require "market"

-- What the strategy must want after each price: the side of the price, or of the whole quote (`half` its spread), against
-- the plain mean of the last n.
local function expected(prices, n, band, half)
  local out, stance = {}, 0
  for i = n, #prices do
    local sum = 0
    for k = i - n + 1, i do sum = sum + prices[k] end
    local ma, p = sum / n, prices[i]
    local side = p - half > ma * (1 + band * 1e-4) and 1 or p + half < ma * (1 - band * 1e-4) and -1 or 0
    if side ~= 0 and side ~= stance then
      stance = side
      out[#out + 1] = { i, side }
    end
  end
  return out
end

local prices = {}
for i, bar in ipairs(market.bars(21, 3000)) do prices[i] = math.floor(bar[4] * 1000) / 1000 + 0.0005 end

local function check(s, n, band, half)
  local want = expected(prices, n, band, half or 0)
  assert.equal(#want, #s.signals)
  for i = 1, #want do
    assert.equal(want[i][1], s.signals[i].time)
    assert.equal(want[i][2], s.signals[i].number)
  end
  assert.truthy(#want > 20)
end

local function trade(s, i) s:on_trade(fake.trade(i, prices[i])) end
local function quote(s, i) s:on_quote(fake.quote(i, prices[i] - 0.0005, prices[i] + 0.0005)) end
local function bar(s, i) s:on_bar(fake.bar(i - 60, prices[i], prices[i], prices[i], prices[i])) end

describe("price_vs_ma", function()
  for name, event in pairs { trades = trade, quotes = quote, bars = bar } do
    it("buys above and sells below the mean of " .. name, function()
      for _, band in ipairs { 0, 5 } do
        local s = fake.new("scripts/strategies/price_vs_ma", { n = 30, band = band })
        for i = 1, #prices do
          s.now = i
          event(s, i)
        end
        check(s, 30, band, name == "quotes" and 0.0005 or 0)
      end
    end)
  end

  it("counts the trades alone where quotes come with them", function()
    local s = fake.new("scripts/strategies/price_vs_ma", { n = 30 })
    for i = 1, 40 do s:on_quote(fake.quote(i, 5, 6)) end
    s.signals = {}
    s.stance = 0
    for i = 1, #prices do
      s.now = i
      trade(s, i)
      s:on_quote(fake.quote(i, prices[i] * 2, prices[i] * 2 + 1))
    end
    check(s, 30, 0)
  end)

  it("leaves out crossed quotes", function()
    local s = fake.new("scripts/strategies/price_vs_ma", { n = 2 })
    for i = 1, 100 do s:on_quote(fake.quote(i, 100 + i, 99)) end
    assert.equal(0, #s.signals)
    assert.equal(100, s.skips.crossed)
  end)

  it("asks again while a filter says no", function()
    local s = fake.new("scripts/strategies/price_vs_ma", { n = 2 })
    s.verdict = "vetoed"
    for i = 1, 10 do trade(s, i) end
    assert.equal(9, #s.signals)
  end)
end)
