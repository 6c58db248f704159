-- What every object of the library promises, whatever it computes.
local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local market = require "market"
local ta = require "mthost.ta"
require "mthost.volume"
local classes = ta.classes

-- Some arguments that are not the defaults.
local other = { ma = { 7, 8 }, mavp = { 3, 9, 1 }, bbands = { 9, 1.5, 2.5, 1 },
                ema = { 4, { seed = "first" } }, sma = { 1 }, stoch = { 7, 4, 1, 2, 2 },
                cdlmorningstar = { 0.1 }, atr = { 1 }, adx = { 2 }, plus_dm = { 1 } }

local function run(new, takes, bars, object)
  object = object or new()
  local out = {}
  for i = 1, #bars do
    local a, b, c, d = market.feed(object, takes, bars[i], i)
    out[i] = { a, b, c, d }
  end
  return out, object
end

local function same(x, y)
  return x == y or (x == nil and y == nil)
end

local function assert_same(want, got, from, name)
  for i = from, #want do
    for k = 1, 4 do
      if not same(want[i][k], got[i][k]) then
        error(("%s: update %d, output %d: %s and %s"):format(name, i, k, tostring(want[i][k]), tostring(got[i][k])), 2)
      end
    end
  end
end

local variants = {}
for i = 1, #classes do
  local class = classes[i]
  variants[#variants + 1] = { class.name, class.new, class }
  if other[class.name] then
    local new = function() return class.new(unpack(other[class.name])) end
    variants[#variants + 1] = { class.name .. " with arguments", new, class }
  end
end

describe("every indicator", function()
  local bars = market.bars(7, 700, "cents")

  for _, variant in ipairs(variants) do
    local name, new, class = unpack(variant)
    local takes = market.takes(class)

    it(name .. " gives its first value after its lookback and never stops", function()
      local out, object = run(new, takes, bars)
      if class.exact_lookback then
        for i = 1, #out do assert.equal(i > object:lookback(), out[i][1] ~= nil) end
      else      -- what counts time and not updates
        assert.truthy(out[#out][1])
      end
      assert.is_true(object:ready())
      local a, b, c, d = object:value()
      assert_same({ { a, b, c, d } }, { out[#out] }, 1, name)
    end)

    it(name .. " goes on from a save at any point, bit for bit", function()
      local want = run(new, takes, bars)
      local r = market.random(11)
      for round = 0, 12 do
        local cut = round == 0 and 0 or 1 + math.floor(r() * (round < 6 and 40 or #bars - 1))
        local first = new()
        for i = 1, cut do market.feed(first, takes, bars[i], i) end
        local saved, second = first:save(), new()
        second:load(saved)
        for i = cut + 1, #bars do      -- the saved table must not be shared with either object
          market.feed(first, takes, bars[i], i)
        end
        for i = cut + 1, #bars do
          local a, b, c, d = market.feed(second, takes, bars[i], i)
          assert_same({ want[i] }, { { a, b, c, d } }, 1, name .. " cut at " .. cut)
        end
      end
    end)

    it(name .. " is as new after reset", function()
      local want, object = run(new, takes, bars)
      object:reset()
      assert.is_false(object:ready())
      assert.is_nil((object:value()))
      assert_same(want, (run(new, takes, bars, object)), 1, name)
    end)

    it(name .. " saves plain finite numbers, booleans and texts only", function()
      local _, object = run(new, takes, market.bars(3, 300, "spikes"))
      local function look(t)
        for key, value in pairs(t) do
          local kind = type(value)
          assert.truthy(kind == "number" or kind == "boolean" or kind == "string" or kind == "table", tostring(key))
          if kind == "number" then assert.equal(0, value - value) end
          if kind == "table" then look(value) end
        end
      end
      look(object:save())
    end)

    it(name .. " refuses bad input at the caller's line and keeps its state", function()
      for _, bad in ipairs { 0 / 0, 1 / 0, -1 / 0, 1e51, "5", {}, "nil" } do
        if bad == "nil" then bad = nil end
        for place = 1, #takes do
          local object = new()
          for i = 1, 60 do market.feed(object, takes, bars[i], i) end
          local before = object:save()
          local values = {}
          for k = 1, #takes do values[k] = market.input(takes[k], bars[61], 61) end
          values[place] = bad
          local line = debug.getinfo(1, "l").currentline + 1
          local ok, message = pcall(function() local x = object:update(unpack(values, 1, #takes)) return x end)
          assert.is_false(ok)
          assert.truthy(message:find("ta_face_spec.lua:" .. line .. ": a", 1, true), message)
          assert.truthy(message:find("within 1e50", 1, true) or message:find("from 0 to 1e25", 1, true), message)
          assert.same(before, object:save())
        end
      end
    end)

    it(name .. " gives the same with the compiler on and off", function()
      local jit = require "jit"
      local long = market.bars(5, 2500, "still")
      jit.flush()
      local on = run(new, takes, long)
      jit.off()
      jit.flush()
      local off = run(new, takes, long)
      jit.on()
      assert_same(off, on, 1, name)
    end)

    it(name .. " stays finite whatever the market does", function()
      for _, kind in ipairs { "flat", "spikes", "still", "cents" } do
        local out = run(new, takes, market.bars(9, 900, kind))
        for i = 1, #out do
          for k = 1, 4 do
            local y = out[i][k]
            if y and not (y - y == 0) then error(("%s on %s: update %d gives %s"):format(name, kind, i, y)) end
          end
        end
      end
    end)
  end
end)

describe("a constructor", function()
  for _, class in ipairs(classes) do
    for place, param in ipairs(class.params) do
      it(class.name .. " refuses a wrong " .. param[1] .. " at the caller's line, naming the range", function()
        local wrong = { param[3] - 1, param[4] * 2 + 1, 0 / 0, 1 / 0, -1 / 0, "7", true }
        if param.whole ~= false then wrong[#wrong + 1] = param[3] + 0.5 end
        for _, value in ipairs(wrong) do
          local args = {}
          for k = 1, place - 1 do args[k] = class.params[k][2] end
          args[place] = value
          local line = debug.getinfo(1, "l").currentline + 1
          local ok, message = pcall(function() local x = class.new(unpack(args, 1, place)) return x end)
          assert.is_false(ok)
          assert.truthy(message:find(("ta_face_spec.lua:%d: %s: %s"):format(line, class.new().kind, param[1]), 1, true),
            message)
          assert.truthy(message:find(("from %.10g to %.10g"):format(param[3], param[4]), 1, true), message)
        end
      end)
    end

    it(class.name .. " refuses too many arguments and unknown options", function()
      local args = {}
      for k, param in ipairs(class.params) do args[k] = param[2] end
      args[#class.params + 1] = 1
      assert.error_matches(function() class.new(unpack(args)) end, "arguments, got")
      assert.error_matches(function() class.new { colour = "red" } end, "unknown option colour")
      assert.error_matches(function() class.new { bad = "maybe" } end, "must be one of raise, skip")
    end)

    it(class.name .. " skips bad input when asked to", function()
      local plain, skipping = class.new(), class.new { bad = "skip" }
      local bars, takes = market.bars(2, 300), market.takes(class)
      for i = 1, #bars do
        local a, b, c, d = market.feed(plain, takes, bars[i], i)
        for place = 1, #takes do
          local values = {}
          for k = 1, #takes do values[k] = market.input(takes[k], bars[i], i) end
          values[place] = 0 / 0
          assert.is_nil((skipping:update(unpack(values))))
        end
        local e, f, g, h = market.feed(skipping, takes, bars[i], i)
        assert_same({ { a, b, c, d } }, { { e, f, g, h } }, 1, class.name)
      end
    end)
  end
end)

describe("what has no value for some inputs", function()
  for _, class in ipairs(classes) do
    if class.domain then
      it(class.name .. " answers nil to them and changes nothing", function()
        local least, most = unpack(class.domain)
        for _, x in ipairs { least, most, 0.25 } do
          local y = class.new():update(x)
          assert(y and y - y == 0, x)
        end
        local object = class.new()
        object:update(0.25)
        local before = object:save()
        for _, x in ipairs { least - 1, least - 1e-9, most + 1e-9, most + 1, -1e50, 1e50 } do
          if x < least or x > most then
            assert.is_nil((object:update(x)))
            assert.same(before, object:save())
          end
        end
      end)
    end
  end
end)

describe("a kind of mean", function()
  it("is one that there is, also for an object inside another", function()
    for _, name in ipairs { "ma", "mavp", "apo", "bbands", "stochf", "kdj", "macdext", "pvo" } do
      for _, class in ipairs(classes) do
        if class.name == name then
          for place, param in ipairs(class.params) do
            if param[1]:match "type$" then
              local args = {}
              for k = 1, place - 1 do args[k] = class.params[k][2] end
              for _, kind in ipairs { 11, 14, -1, 2.5 } do
                args[place] = kind
                assert.error_matches(function() class.new(unpack(args)) end, "from 0 to 13 except 11, got")
              end
              for _, kind in ipairs { 9, 10, 12, 13 } do
                args[place] = kind
                class.new(unpack(args))
              end
            end
          end
        end
      end
    end
  end)
end)

describe("load", function()
  it("refuses a state of other arguments, of another class, or out of shape, and changes nothing then", function()
    local object = ta.ema(5)
    for i = 1, 9 do object:update(i) end
    local before = object:save()
    local broken = object:save()
    broken.y1 = 0 / 0
    local short = object:save()
    short.sum = nil
    local long = object:save()
    long.extra = 1
    for _, state in ipairs { ta.ema(6):save(), ta.sma(5):save(), broken, short, long, {}, 5 } do
      assert.has_error(function() object:load(state) end)
      assert.same(before, object:save())
    end
    assert.has_error(function() ta.ema(5):load(ta.ema(5, { seed = "first" }):save()) end)
  end)
end)
