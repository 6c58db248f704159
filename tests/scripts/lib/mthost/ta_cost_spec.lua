-- What an update costs: no garbage, no drift, no growth with the window.
local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local market = require "market"
local ta = require "mthost.ta"
require "mthost.volume"

describe("an update", function()
  it("makes no garbage", function()
    local jit = require "jit"
    local bars = market.bars(1, 4000, "cents")
    jit.off()      -- traces are memory too, and would be counted
    jit.flush()
    for _, class in ipairs(ta.classes) do
      local object, takes = class.new(), class.takes
      local function pass()
        for i = 1, #bars do market.feed(object, takes, bars[i], i) end
      end
      pass()
      collectgarbage()
      collectgarbage "stop"
      local before = collectgarbage "count"
      pass()
      local made = collectgarbage "count" - before
      collectgarbage "restart"
      if made > 0 then error(("%s: %.0f bytes in %d updates"):format(class.name, made * 1024, #bars)) end
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
    aroonosc = { 25 }, mfi = { 14 }, imi = { 14 }, ultosc = { 7, 14, 28 }, mom = { 12 }, roc = { 12 }, bop = {},
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

  it("does not read its window", function()
    local bars = market.bars(6, 40000)
    for _, name in ipairs { "sma", "wma", "ema", "stddev", "linearreg", "max", "min", "midpoint", "correl", "aroon",
                            "kama" } do
      local class
      for _, each in ipairs(ta.classes) do if each.name == name then class = each end end
      local function time(n)
        local best = math.huge
        for _ = 1, 5 do
          local object, takes = class.new(n), class.takes
          local start = os.clock()
          for i = 1, #bars do market.feed(object, takes, bars[i], i) end
          best = math.min(best, os.clock() - start)
        end
        return best
      end
      local short, long = time(10), time(10000)
      -- A scan would cost a hundred times as much; caches and a busy machine must not make the test fail.
      assert.truthy(long < 6 * short,
        ("%s: %.0f ns with 10, %.0f ns with 10000"):format(name, short / 4e-5, long / 4e-5))
    end
  end)
end)
