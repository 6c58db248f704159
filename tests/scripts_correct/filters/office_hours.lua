-- Entries only between two times of a zone's day; the span may go over midnight.
local mt = require "mthost"

local function minutes(text)
  local h, m = text:match("^(%d%d?):(%d%d)$")
  return h and tonumber(h) * 60 + tonumber(m)
end

local F = mt.filter {
  params = { from = mt.param "08:00", to = mt.param "17:30", tz = mt.param "UTC" },
  valid = function(p)
    if not minutes(p.from) or not minutes(p.to) then return false, "from and to are like 08:00" end
    return p.from ~= p.to, "from and to are equal"
  end,
}

function F:check(s)
  local hour, minute = mt.clock(self.now, self.params.tz)
  local now, from, to = hour * 60 + minute, minutes(self.params.from), minutes(self.params.to)
  local inside
  if from < to then inside = now >= from and now < to else inside = now >= from or now < to end
  if not inside then return nil, "closed", now end
  return s
end

return F
