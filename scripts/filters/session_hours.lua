-- Entries only from `from` to `to` (hours of the day in `tz`, 22.5 = 22:30; from > to runs over midnight, equal
-- means the whole day) and from `first` to `last` day of the week (1 = Monday).
-- The hours of Friday's night session after midnight belong to Saturday here: name the days so.
local mt = require "mthost"

local F = mt.filter {
  params = { from = mt.param(0, 0, 24), to = mt.param(24, 0, 24),
             first = mt.param(1, 1, 7, 1), last = mt.param(7, 1, 7, 1), tz = mt.param "UTC" },
}

function F:check(s)
  local p = self.params
  local hour, minute, day, second = mt.clock(self.now, p.tz)
  local at = hour + minute / 60 + second / 3600
  local open
  if p.from < p.to then
    open = at >= p.from and at < p.to
  else
    open = p.from == p.to or at >= p.from or at < p.to
  end
  if not open then return nil, "outside hours", at end
  if p.first <= p.last then
    open = day >= p.first and day <= p.last
  else
    open = day >= p.first or day <= p.last
  end
  if not open then return nil, "outside days", day end
  return s
end

return F
