local mt = require "mthost"
local F = mt.filter { params = { most = mt.param(3, 0, 100) } }
function F:check(s, m)
  local state = self.state
  state.n = (state.n or 0) + 1 --> check must not write self.state: count in on_signal or on_fill
  if m.bid > 5 then self:signal { side = "flat" } end --> a filter has no 'signal': a filter asks for nothing: it passes or vetoes in check
  if s.side == 1 then return s:weaken(0.5) end --> s.side is "buy" "sell", so it is never equal to 1
  if s.symbol == "EURUSD" then return s.weaken(0.1) end --> a signal has no field 'symbol' | s.weaken: call it with a colon: s:weaken(…)
  return s
end
return F
