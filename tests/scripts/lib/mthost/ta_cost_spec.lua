-- What an update costs: no garbage, no drift, and nothing that the compiler leaves to the interpreter. What it costs in
-- time, and that this does not grow with the window, is measured by tests/scripts/bench/library.lua.
local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local market, compiled = require "market", require "compiled"
local ta = require "mthost.ta"
require "mthost.volume"

describe("an update", function()
  it("makes no garbage", function()
    local jit = require "jit"
    local bars = market.bars(1, 4000, "cents")
    jit.off()      -- traces are memory too, and would be counted
    jit.flush()
    for _, class in ipairs(ta.classes) do
      local object, takes = class.new(), market.takes(class)
      local function pass()
        for i = 1, #bars do market.feed(object, takes, bars[i], i) end
      end
      pass()
      collectgarbage()
      collectgarbage "stop"
      local before = collectgarbage "count"
      for _ = 1, 25 do pass() end
      local made = collectgarbage "count" - before
      collectgarbage "restart"
      if made > 0 then error(("%s: %.0f bytes in %d updates"):format(class.name, made * 1024, 25 * #bars)) end
    end
    jit.on()
  end)

  -- Functions that remember a window and nothing else must equal a fresh object that has seen the window alone.
  local windowed = {
    sma = { 40 }, wma = { 40 }, trima = { 21 }, midpoint = { 33 }, midprice = { 33 }, accbands = { 20 },
    bbands = { 50 },
    var = { 30 }, stddev = { 30 }, zscore = { 30 }, avgdev = { 30 }, correl = { 30 },
    beta = { 30 }, linearreg = { 25 },
    linearreg_slope = { 25 }, linearreg_angle = { 25 }, linearreg_intercept = { 25 }, tsf = { 25 }, sum = { 60 },
    max = { 31 }, min = { 31 }, minmax = { 31 }, cci = { 20 }, willr = { 20 }, stochf = { 9, 4, 2 }, aroon = { 25 },
    aroonosc = { 25 }, ao = { 5, 34 }, ac = { 5, 34, 5 }, cmou = { 14 }, coppock = { 10, 11, 14 }, dpo = { 20 },
    er = { 10 }, vhf = { 28 }, fosc = { 14 }, fractal = { 4, 3 }, qstick = { 10 }, vortex = { 14 }, adr = { 14 },
    cmf = { 20 }, rvol = { 20 }, percentile = { 30, 40 }, percentrank = { 30 }, mfi = { 14 }, imi = { 14 }, ultosc = { 7, 14, 28 }, mom = { 12 }, roc = { 12 }, bop = {},
  }
  for _, class in ipairs(ta.classes) do
    local args = windowed[class.name]
    if args then
      it(class.name .. " has not drifted after 300 000 updates with spikes", function()
        local calm, wild = market.bars(4, 5000), market.bars(5, 5000, "spikes")
        local object, takes = class.new(unpack(args)), class.takes
        for round = 1, 60 do
          local bars = round % 2 == 0 and calm or wild
          for i = 1, #bars do market.feed(object, takes, bars[i], i) end
        end
        local fresh = class.new(unpack(args))
        for i = #calm - object:lookback(), #calm do market.feed(fresh, takes, calm[i], i) end
        local got, want = { object:value() }, { fresh:value() }
        assert.truthy(want[1])
        for k = 1, #want do
          local scale = math.max(math.abs(want[k]), 1e-3)
          assert.truthy(math.abs(got[k] - want[k]) <= 1e-9 * scale,
            ("%s: %.17g, fresh %.17g"):format(class.name, got[k], want[k]))
        end
      end)
    end
  end

  -- Loops that go round at each update, where the definition needs them (avgdev, cci, mavp of other means than simple
  -- ones, the Fourier sums of ht_*, the search of quantile and median), get a trace of their own, and the handler with
  -- them: there are no exceptions.
  -- In a process of its own: what other specs made the compiler give up stays given up for the rest of their process.
  -- The search of order statistics is a loop in a loop, of a round or two each, and where the compiler begins depends on
  -- addresses: once in some seventy processes it gives one of these up, so they, and only they, are asked once more.
  it("is compiled as part of a handler", function()
    local command = ("MT_SOURCE_DIR='%s' luajit '%s/tests/scripts/compiled_updates.lua' 2>&1"):format(root, root)
    local ordered = { quantile = true, median = true, percentile = true, percentrank = true }
    local failed = {}
    for _ = 1, 2 do
      local out = assert(io.popen(command))
      local said = out:read "*a"
      out:close()
      assert.truthy(said:find "%d+ compiled\n$", said)
      for name in said:gmatch "([%w_]+): " do
        assert(ordered[name] and not failed[name], said)
        failed[name] = true
      end
      if said == #ta.classes .. " compiled\n" then return end
    end
    assert.is_nil(next(failed), "an order statistic is not compiled, twice")
  end)

  it("would be told apart from one that is not compiled", function()
    local function closes(x) return function() return x end end
    assert.is_false((compiled(closes, function()
      for i = 1, 5000 do closes(i) end
    end)))
  end)

  -- A window that went round 20 000 times, and sums that never end, against what they must be.
  it("has not drifted after 10^7 updates", function()
    local N, PERIOD = 10000000, 9973
    local r, x, y = market.random(12), {}, {}
    for i = 0, PERIOD - 1 do x[i], y[i] = 100 + r(), 50 + 3 * r() end
    local function one(object, from)
      for i = from, N do object:update(x[i % PERIOD]) end
    end
    local function two(object, from)
      for i = from, N do object:update(x[i % PERIOD], y[i % PERIOD]) end
    end
    for name, run in pairs { sma = one, wma = one, var = one, linearreg = one, sum = one, correl = two, vwma = two } do
      local object, fresh = ta[name](500), ta[name](500)
      run(object, 1)
      run(fresh, N - 499)
      local got, want = object:value(), fresh:value()
      assert.truthy(math.abs(got - want) <= 1e-9 * math.abs(want), ("%s: %.17g, fresh %.17g"):format(name, got, want))
    end
    local obv, avwap, delta = ta.obv(), ta.avwap(), require("mthost.volume").delta(10, 31536000)
    for i = 1, N do
      obv:update(1 + i % 2, i % 2 == 1 and 0.3 or 0.1)
      avwap:update(1000 + i % 2, i % 2 == 1 and 0.3 or 0.1)
      delta:update(i, 100, i % 2 == 1 and 0.3 or 0.1, i % 2 == 1 and 1 or -1)
    end
    local function close_to(want, got)
      assert.truthy(math.abs(got - want) <= 1e-9 * want, ("%.17g, must be %.17g"):format(got, want))
    end
    close_to(N / 2 * 0.2, obv:value())
    close_to(1000.75, avwap:value())
    close_to(N / 2 * 0.2, (select(2, delta:value())))
  end)
end)
