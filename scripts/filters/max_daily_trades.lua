-- At most `max` entries a day over all symbols; the day begins at midnight in `tz`.
local mt = require "mthost"

local F = mt.filter { scope = "portfolio", params = { max = mt.param(6, 1, 100000, 1), tz = mt.param "UTC" } }

function F:check(s)
  local state = self.state
  if state.day == mt.day(self.now, self.params.tz) and state.n >= self.params.max then
    return nil, "max trades", state.n
  end
  return s
end

function F:on_signal(v)
  local day, state = mt.day(self.now, self.params.tz), self.state
  if state.day ~= day then state.day, state.n = day, 0 end
  if v.verdict == "sent" and v.entry then state.n = state.n + 1 end
end

return F
