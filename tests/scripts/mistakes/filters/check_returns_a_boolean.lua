local mt = require "mthost"
local F = mt.filter { params = { most = mt.param(3, 0, 100) } }
function F:check(s)
  if s.strength < 0.5 then return false end --> check must return its signal, or nil and a reason
  if s.size > 2 then return nil end --> check returns nil without a reason: return nil, "reason"
  return true --> check must return its signal, or nil and a reason
end
return F
