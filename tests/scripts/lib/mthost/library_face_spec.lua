-- What every object of mthost.book, mthost.bars, mthost.sizing and mthost.stats promises, whatever it computes.
local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local market, compiled = require "market", require "compiled"
local book = require "mthost.book"

local variants = {}
local other = {
  ["book.ladder"] = { 1 }, ["book.ofi"] = { 0.5 }, ["book.ofi_levels"] = { 1, 3 }, ["book.large"] = { 3, 5, 2 },
  ["book.depletion"] = { 2, 7 }, ["book.zones"] = { 0.07, 3, 5, 2 }, ["book.spread"] = { 0.2 },
  ["bars.time"] = { 7 }, ["bars.tick"] = { 1 }, ["bars.volume"] = { 37.5 }, ["bars.value"] = { 2345 },
  ["bars.imbalance"] = { 40 }, ["bars.range"] = { 0.3 }, ["bars.frames"] = { 5, 11, 30, 90 },
  ["stats.sharpe"] = { 252, 0.001 }, ["stats.sharpe_window"] = { 7, 252 }, ["stats.sortino"] = { 252, 0.001 },
  ["sizing.kelly"] = { 7, 1, 1 }, ["sizing.volatility"] = { 0.2, 252, 3, 2, 5 },
}
for _, module in ipairs { "book", "bars", "sizing", "stats" } do
  for _, class in ipairs(require("mthost." .. module).classes) do
    local name = module .. "." .. class.name
    variants[#variants + 1] = { name, class.new, class }
    assert(other[name] or #class.params == 0 or name == "book.flow", name)
    if other[name] then
      local new = function() return class.new(unpack(other[name])) end
      variants[#variants + 1] = { name .. " with arguments", new, class }
    end
  end
end

-- Events with all that any object takes: quotes with sizes, a ladder of three levels, trades, results.
local function events(seed, count, kind)
  local r, list, mid, t, equity = market.random(seed), {}, 100, 1000, 1000
  for i = 1, count do
    t = t + r() * 2
    if kind == "gaps" and r() < 0.02 then t = t + 5000 end
    if kind == "late" and r() < 0.1 then t = t - 3 end
    if kind ~= "flat" then mid = mid + (math.floor(r() * 5) - 2) * 0.01 end
    local half = 0.01 * (1 + math.floor(r() * 2))
    local price = mid + (r() < 0.5 and half or 0 - half)
    if kind == "spikes" and r() < 0.01 then price = 1e6 end
    local result = (r() - 0.45) * 0.02
    if kind == "flat" then result = 0 end
    equity = equity + result * 100
    local L = book.ladder(5)
    for k = 1, 3 do
      L:put(1, mid - half - k * 0.01, math.floor(r() * 20))
      L:put(-1, mid + half + k * 0.01, math.floor(r() * 20))
    end
    list[i] = { time = t, bid = mid - half, ask = mid + half, bid_qty = math.floor(r() * 20),
                ask_qty = math.floor(r() * 20),
                price = price, qty = math.floor(r() * r() * 50) / 4, side = math.floor(r() * 3) - 1,
                level = 1 + math.floor(r() * 3), ladder = L, ["return"] = result, profit = result,
                result = result * 100, equity = equity }
    list[i].book = { depth = 3, bid = function(_, k) return L.bid_price[k], L.bid_qty[k] end,
                     ask = function(_, k) return L.ask_price[k], L.ask_qty[k] end }
  end
  return list
end

-- Trades and resting sizes go in beside the updates where an object takes them.
local function feed(object, takes, e)
  if object.trade then object:trade(e.price, e.qty, e.side) end
  if object.rest then object:rest(e.time, e.bid, e.bid_qty) end
  return object:update(e[takes[1]], takes[2] and e[takes[2]], takes[3] and e[takes[3]], takes[4] and e[takes[4]],
    takes[5] and e[takes[5]])
end

local function run(new, takes, list, object)
  object = object or new()
  local out = {}
  for i = 1, #list do out[i] = { n = 9, feed(object, takes, list[i]) } end
  return out, object
end

local function assert_same(want, got, from, name)
  for i = from, #want do
    for k = 1, 9 do
      if want[i][k] ~= got[i][k] then
        error(("%s: update %d, output %d: %s and %s"):format(name, i, k, tostring(want[i][k]), tostring(got[i][k])), 2)
      end
    end
  end
end

describe("every object", function()
  local list = events(7, 900, "gaps")

  for _, variant in ipairs(variants) do
    local name, new, class = unpack(variant)
    local takes = class.takes

    it(name .. " goes on from a save at any point, bit for bit", function()
      local want = run(new, takes, list)
      local r = market.random(11)
      for round = 0, 14 do
        local cut = round == 0 and 0 or 1 + math.floor(r() * (round < 7 and 60 or #list - 1))
        local first = new()
        for i = 1, cut do feed(first, takes, list[i]) end
        local second = new()
        second:load(first:save())
        assert.same(first:save(), second:save())
        for i = cut + 1, #list do
          assert_same({ want[i] }, { { feed(second, takes, list[i]) } }, 1, name .. " cut " .. cut)
        end
      end
    end)

    it(name .. " gives what value() repeats", function()
      local out, object = run(new, takes, events(7, 900, "spikes"))      -- which reach every size of bar
      assert.is_true(object:ready())
      local last
      for i = 1, #out do
        if out[i][1] ~= nil then last = out[i] end
      end
      assert_same({ last }, { { object:value() } }, 1, name)
      assert.truthy(object:lookback() >= 0)
      assert.is_nil(last[#class.outputs + 1])
    end)

    it(name .. " is as new after reset", function()
      local want, object = run(new, takes, list)
      object:reset()
      assert.is_false(object:ready())
      assert.is_nil((object:value()))
      assert.same(new():save(), object:save())
      assert_same(want, (run(new, takes, list, object)), 1, name)
    end)

    it(name .. " gives the same with the compiler on and off", function()
      local jit = require "jit"
      local long = events(5, 2500, "late")
      jit.flush()
      local on = run(new, takes, long)
      jit.off()
      jit.flush()
      local off = run(new, takes, long)
      jit.on()
      assert_same(off, on, 1, name)
    end)

    it(name .. " stays finite whatever the market does", function()
      for _, kind in ipairs { "flat", "gaps", "late", "spikes" } do
        local out, object = run(new, takes, events(9, 900, kind))
        for i = 1, #out do
          for k = 1, 9 do
            local y = out[i][k]
            if y and not (y - y == 0) then error(("%s on %s: update %d gives %s"):format(name, kind, i, y)) end
          end
        end
        local function look(t)
          for _, value in pairs(t) do
            if type(value) == "table" then look(value) end
            if type(value) == "number" then assert.equal(0, value - value) end
            assert.truthy(type(value) ~= "function" and type(value) ~= "userdata")
          end
        end
        look(object:save())
      end
    end)

    it(name .. " refuses bad input at the caller's line and keeps its state", function()
      for _, bad in ipairs { 0 / 0, 1 / 0, -1 / 0, 1e51, "5", {}, true, "nil" } do
        if bad == "nil" then bad = nil end
        for place = 1, #takes do
          local object = new()
          for i = 1, 60 do feed(object, takes, list[i]) end
          local before = object:save()
          local values = {}
          for k = 1, #takes do values[k] = list[61][takes[k]] end
          values[place] = bad
          local line = debug.getinfo(1, "l").currentline + 1
          local ok, message = pcall(function() local x = object:update(unpack(values, 1, #takes)) return x end)
          assert.is_false(ok, takes[place])
          assert.truthy(message:find("library_face_spec.lua:" .. line .. ":", 1, true), message)
          assert.same(before, object:save())
        end
      end
    end)

    it(name .. " refuses the state of another object, and then stays as it was", function()
      local _, object = run(new, takes, list)
      local before = object:save()
      local broken, short, long = object:save(), object:save(), object:save()
      broken.y1, short.live, long.extra = 0 / 0, nil, 1
      local stats = require "mthost.stats"
      local foreign = class.name == "drawdown" and stats.trades() or stats.drawdown()
      for _, state in ipairs { broken, short, long, {}, 5, foreign:save() } do
        assert.is_false((pcall(object.load, object, state)))
        assert.same(before, object:save())
      end
    end)

    if class.plain then
      it(name .. " skips bad input when asked to", function()
        local args = variant[1]:match "with arguments" and { unpack(other[variant[1]:match "^%S+"]) } or {}
        args[#args + 1] = { bad = "skip" }
        local plain, skipping = new(), class.new(unpack(args))
        for i = 1, 300 do
          local want = { feed(plain, takes, list[i]) }
          for place = 1, #takes do
            local values = {}
            for k = 1, #takes do values[k] = list[i][takes[k]] end
            values[place] = 0 / 0
            assert.is_nil((skipping:update(unpack(values, 1, #takes))))
          end
          assert_same({ want }, { { feed(skipping, takes, list[i]) } }, 1, name)
        end
      end)
    end
  end
end)

describe("a constructor", function()
  for _, variant in ipairs(variants) do
    local name, new, class = unpack(variant)
    if new == class.new then
      for place, param in ipairs(class.params) do
        it(name .. " refuses a wrong " .. param[1] .. " at the caller's line, naming the range", function()
          local wrong = { param[3] - 1, param[4] * 2 + 1, 0 / 0, 1 / 0, -1 / 0, "7", true }
          if param.whole ~= false then wrong[#wrong + 1] = param[3] + 0.5 end
          for _, value in ipairs(wrong) do
            local args = {}
            for k = 1, place - 1 do args[k] = class.params[k][2] end
            args[place] = value
            local line = debug.getinfo(1, "l").currentline + 1
            local ok, message = pcall(function() local x = class.new(unpack(args, 1, place)) return x end)
            assert.is_false(ok)
            local place_of = ("library_face_spec.lua:%d: %s: %s"):format(line, name, param[1])
            assert.truthy(message:find(place_of, 1, true), message)
            assert.truthy(message:find(("from %.10g to %.10g"):format(param[3], param[4]), 1, true), message)
          end
        end)
      end

      it(name .. " refuses too many arguments and unknown options", function()
        local args = {}
        for k, param in ipairs(class.params) do args[k] = param[2] end
        args[#class.params + 1] = 1
        assert.error_matches(function() class.new(unpack(args)) end, "arguments, got")
        assert.error_matches(function() class.new { colour = "red" } end, "unknown option colour")
        if class.plain then
          assert.error_matches(function() class.new { bad = "maybe" } end, "must be one of raise, skip")
        end
      end)
    end
  end
end)

describe("an update", function()
  local list = events(3, 3000, "late")

  it("makes no garbage", function()
    local jit = require "jit"
    jit.off()      -- traces are memory too, and would be counted
    jit.flush()
    for _, variant in ipairs(variants) do
      local object, takes = variant[2](), variant[3].takes
      local function pass()
        for i = 1, #list do feed(object, takes, list[i]) end
      end
      pass()
      collectgarbage()
      collectgarbage "stop"
      local before = collectgarbage "count"
      for _ = 1, 34 do pass() end
      local made = collectgarbage "count" - before
      collectgarbage "restart"
      if made > 0 then error(("%s: %.0f bytes in %d updates"):format(variant[1], made * 1024, 34 * #list)) end
    end
    jit.on()
  end)

  -- As in the host: nothing but the handler is compiled, so it must not contain a loop that goes round each time.
  it("is compiled as part of a handler", function()
    for _, variant in ipairs(variants) do
      if variant[3].plain then      -- a ladder is copied level by level
        local object, takes = variant[2](), variant[3].takes
        local a = takes[1]
        local b, c, d, e = takes[2] or a, takes[3] or a, takes[4] or a, takes[5] or a
        local function handler(x) object:update(x[a], x[b], x[c], x[d], x[e]) end
        local ok, why = compiled(handler, function()
          for _ = 1, 5 do
            for i = 1, #list do handler(list[i]) end
          end
        end)
        assert(ok, variant[1] .. ": " .. why)
      end
    end
  end)
end)
