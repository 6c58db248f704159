-- No entry within `seconds` after the last entry that was sent, and none within `after_loss` seconds after a fill that
-- lost money.
local mt = require "mthost"

local F = mt.filter { params = { seconds = mt.param(60, 0, 864000), after_loss = mt.param(0, 0, 864000) } }

function F:on_signal(v)
  if v.verdict == "sent" and v.entry then self.state.entry = self.now end
end

function F:on_fill(f)
  if f.profit < 0 then self.state.loss = self.now end
end

function F:check(s)
  local p, state, now = self.params, self.state, self.now
  if state.entry and now - state.entry < p.seconds then return nil, "cooldown", state.entry + p.seconds - now end
  if state.loss and now - state.loss < p.after_loss then return nil, "after a loss", state.loss + p.after_loss - now end
  return s
end

return F
