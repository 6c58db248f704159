-- No entry while the spread is wider than `ticks`. Data without quotes has no spread and passes.
local mt = require "mthost"

local F = mt.filter { params = { ticks = mt.param(3, 0, 100000) } }

function F:check(s, m)
  local spread = m.spread_ticks
  -- Rounded prices differ by a whole number of ticks up to the last bits of a double.
  if spread > self.params.ticks + 1e-6 then return nil, "spread", spread end
  return s
end

return F
