-- Inputs that no market makes and every interface lets through: zeros of both signs, the least and the greatest numbers
-- that are allowed, prices below zero, highs below lows, times that run backwards. An update may raise; what it answers
-- and what stays in the object is finite, and an object that raised is what it was.
local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local market = require "market"
local ta = require "mthost.ta"
require "mthost.volume"

local VALUES = { 0, -0.0, 1, -1, 1e50, -1e50, 5e-324, -5e-324, 1e-300, -1e-300, 1e-50, 1e25, -1e25, 100, 100.01, 1e15,
                 1e9, 0.1, 1 / 3, 2, 3 }
local ALL = {}
for _, class in ipairs(ta.classes) do ALL[#ALL + 1] = { class.new().kind, class.new, class.takes } end
for _, module in ipairs { "book", "bars", "sizing", "stats" } do
  for _, class in ipairs(require("mthost." .. module).classes) do
    if class.plain then ALL[#ALL + 1] = { module .. "." .. class.name, class.new, class.takes } end
  end
end

local function finite(t)
  for key, value in pairs(t) do
    if type(value) == "table" then
      local at = finite(value)
      if at then return tostring(key) .. "." .. at end
    elseif type(value) == "number" and value - value ~= 0 then
      return ("%s = %s"):format(tostring(key), tostring(value))
    end
  end
end

local function same(a, b)
  for key, value in pairs(a) do
    if type(value) == "table" then
      if not same(value, b[key]) then return false end
    elseif value ~= b[key] then
      return false
    end
  end
  return true
end

local function hurl(name, new, takes, pick)
  local object, values = new(), {}
  local often = 1
  for _, field in pairs(object:save()) do
    if type(field) == "table" and #field > 100 then often = 50 end      -- large states take long to compare
  end
  for i = 1, 600 do
    for k = 1, #takes do values[k] = pick(takes[k], i) end
    local before = i % often == 0 and object:save()
    local out = { pcall(object.update, object, unpack(values, 1, #takes)) }
    if not out[1] and before and not same(before, object:save()) then
      error(("%s: update %d raised and left something behind: %s"):format(name, i, out[2]), 0)
    end
    local at = out[1] and finite(out) or i % 25 == 0 and finite(object:save())
    if at then
      local list = {}
      for k = 1, #takes do list[k] = ("%.17g"):format(values[k]) end
      error(("%s: update %d (%s): %s"):format(name, i, table.concat(list, ", "), at), 0)
    end
  end
  assert.is_nil(finite(object:save()))
end

describe("hostile input never stays in", function()
  for _, entry in ipairs(ALL) do
    local name, new, takes = unpack(entry)
    it(name, function()
      local r = market.random(#name)
      local function any() return VALUES[1 + math.floor(r() * #VALUES)] end
      -- Mostly ordinary, so that nothing raises before it gets deep, with one in twenty from the list.
      local function mixed(what, i)
        if r() < 0.05 then return any() end
        if what == "time" then return i end
        if what == "side" then return math.floor(r() * 3) - 1 end
        if what == "level" then return 1 + math.floor(r() * 3) end
        return 100 + r()
      end
      -- Long stretches at either end of what is allowed.
      local function cliffs(what, i)
        if what == "qty" or what:match "_qty$" then return 1e25 end
        if what == "level" then return 1 end
        return math.floor(i / 70) % 2 == 0 and 1e50 or -1e50
      end
      local function highs(what, i) return math.abs(cliffs(what, i)) end
      hurl(name .. " any", new, takes, any)
      hurl(name .. " mixed", new, takes, mixed)
      hurl(name .. " cliffs", new, takes, cliffs)
      hurl(name .. " highs", new, takes, highs)
    end)
  end
end)
