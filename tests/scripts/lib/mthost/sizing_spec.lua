local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local market = require "market"
local sizing = require "mthost.sizing"

describe("sizing.bet", function()
  it("is Kelly's part within 0 and the cap", function()
    for _, case in ipairs { { 0.6, 1, 1, 0.2 }, { 0.5, 2, 1, 0.25 }, { 0.5, 2, 0.1, 0.1 }, { 0.5, 1, 1, 0 },
                            { 0.2, 1, 1, 0 }, { 1, 1, 1, 1 }, { 0, 5, 1, 0 } } do
      assert.near(case[4], sizing.bet(case[1], case[2], case[3]), 1e-15)
    end
  end)

  it("is the part that lets capital grow fastest", function()
    local r = market.random(1)
    for _ = 1, 50 do
      local p, b = r(), 0.1 + r() * 5
      local best, at = 0, 0
      for f = 0, 0.999, 0.001 do
        local growth = p * math.log(1 + f * b) + (1 - p) * math.log(1 - f)
        if growth > best then best, at = growth, f end
      end
      assert.near(at, sizing.bet(p, b, 1), 0.0011)
    end
  end)
end)

describe("fixed quantities", function()
  it("lose the fraction when the stop is hit, and cost the leverage", function()
    local r = market.random(2)
    for _ = 1, 200 do
      local equity, fraction, stop, contract, rate = r() * 1e6, r() * 0.1, 0.01 + r(), 1 + r() * 1e5, 0.5 + r()
      local q = sizing.fraction(equity, fraction, stop, contract, rate)
      assert.near(equity * fraction, q * stop * contract * rate, 1e-9 * equity)
      local price, leverage = 1 + r() * 100, r() * 10
      q = sizing.notional(equity, leverage, price, contract, rate)
      assert.near(equity * leverage, q * price * contract * rate, 1e-9 * equity * (1 + leverage))
    end
    assert.equal(0, sizing.fraction(-5, 0.1, 1, 1, 1))
    assert.equal(0, sizing.notional(-5, 1, 1, 1, 1))
  end)

  it("refuse wrong arguments at the caller's line, with the range", function()
    local right = { fraction = { 1000, 0.1, 1, 1, 1 }, notional = { 1000, 1, 1, 1, 1 }, bet = { 0.5, 1, 1 } }
    for name, args in pairs(right) do
      for place = 1, #args do
        for _, wrong in ipairs { 0 / 0, 1 / 0, -1 / 0, -1e16, "1", false } do
          local values = { unpack(args) }
          values[place] = wrong
          local line = debug.getinfo(1, "l").currentline + 1
          local ok, message = pcall(function() local y = sizing[name](unpack(values)) return y end)
          assert.is_false(ok)
          assert.truthy(message:find("sizing_spec.lua:" .. line .. ": sizing." .. name, 1, true), message)
          assert.truthy(message:find(" from ", 1, true), message)
        end
      end
    end
    assert.has_error(function() sizing.fraction(1000, 0.1, 0, 1, 1) end)
  end)
end)

describe("sizing.kelly", function()
  it("is the bet of the window's own rate and payoff", function()
    local r, x, list = market.random(3), sizing.kelly(30, 0.5, 0.15), {}
    for i = 1, 600 do
      list[i] = r() < 0.1 and 0 or r() < 0.55 and r() * 3 or -r()
      local y, rate, payoff = x:update(list[i])
      assert.equal(i >= 30, y ~= nil)
      if y then
        local wins, losses, won, lost = 0, 0, 0, 0
        for k = i - 29, i do
          if list[k] > 0 then wins, won = wins + 1, won + list[k] end
          if list[k] < 0 then losses, lost = losses + 1, lost - list[k] end
        end
        assert.near(wins / (wins + losses), rate, 1e-12)
        assert.near((won / wins) / (lost / losses), payoff, 1e-9)
        assert.near(math.min(0.5 * sizing.bet(rate, payoff, 1), 0.15), y, 1e-12)
      end
    end
  end)

  it("is the cap without a loss and 0 without a win, also after losses have left the window", function()
    local x = sizing.kelly(5, 0.1, 0.2)
    for _, result in ipairs { -0.1, -0.2, -0.3, -0.7, -0.1 } do x:update(result) end
    assert.equal(0, (x:value()))
    for i = 1, 5 do x:update(0.1 * i) end
    assert.same({ 0.2, 1, 0 }, { x:value() })
    for _ = 1, 5 do x:update(0) end
    assert.same({ 0, 0, 0 }, { x:value() })
  end)
end)

describe("sizing.volatility", function()
  it("is the target over a mean that forgets by its half-life", function()
    local r, x, price, squares = market.random(4), sizing.volatility(0.3, 252, 10, 2, 5), 100, {}
    x:update(price)
    for i = 1, 400 do
      local log_return = (r() - 0.5) * 0.04
      price = price * math.exp(log_return)
      squares[i] = log_return * log_return
      local leverage, volatility = x:update(price)
      assert.equal(i >= 5, leverage ~= nil)
      if i > 250 then
        local sum = 0
        for k = 1, i do sum = sum + squares[k] * (1 - 0.5 ^ 0.1) * 0.5 ^ ((i - k) / 10) end
        assert.near(math.sqrt(sum * 252), volatility, 1e-6)
        assert.equal(math.min(0.3 / volatility, 2), leverage)
      end
    end
  end)

  it("is the cap where nothing moves", function()
    local x = sizing.volatility(0.1, 252, 10, 3, 2)
    for _ = 1, 5 do x:update(50) end
    assert.same({ 3, 0 }, { x:value() })
    for _, wrong in ipairs { 0, -1 } do
      assert.error_matches(function() x:update(wrong) end, "above 0")
    end
  end)
end)
