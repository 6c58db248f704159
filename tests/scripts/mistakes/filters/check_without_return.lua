local mt = require "mthost"
local F = mt.filter { params = { most = mt.param(3, 0, 100) } }
function F:check(s, m)
  if m.spread_ticks > self.params.most then return nil, "spread" end
end --> check may end without a return, which is a veto filter_error: return s lets the signal pass
return F
