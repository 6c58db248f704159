-- Prints each indicator whose update the JIT does not compile as part of a handler, and why; then how many it does.
-- ta_cost_spec.lua starts it.
local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local market, compiled = require "market", require "compiled"
local ta = require "mthost.ta"
require "mthost.volume"

local bars, count = market.bars(1, 6000, "cents"), 0
for _, class in ipairs(ta.classes) do
  local object, takes, rows = class.new(), market.takes(class), {}
  for i = 1, #bars do
    rows[i] = {}
    for k = 1, 4 do rows[i][k] = takes[k] and market.input(takes[k], bars[i], i) or 0 end
  end
  local function handler(x) object:update(x[1], x[2], x[3], x[4]) end
  local ok, why = compiled(handler, function()
    for _ = 1, 5 do
      for i = 1, #rows do handler(rows[i]) end
    end
  end)
  if ok then count = count + 1 else print(class.name .. ": " .. why) end
end
print(count .. " compiled")
