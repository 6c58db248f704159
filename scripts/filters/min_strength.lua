-- No entry on a signal weaker than `min`.
local mt = require "mthost"

local F = mt.filter { params = { min = mt.param(0.5, 0, 1) } }

function F:check(s)
  if s.strength < self.params.min then return nil, "weak", s.strength end
  return s
end

return F
