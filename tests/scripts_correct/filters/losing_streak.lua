-- After so many losses in a row the size goes down, and after more of them there is a pause.
local mt = require("mthost")
local F = mt.filter({ params = { weak = mt.param(2, 1, 100, 1), stop = mt.param(5, 1, 100, 1), pause = mt.param(1800, 0, 864000) } })

F.on_start = function(self)
  self.state.losses = self.state.losses or 0
  self.state.since = self.state.since or 0
end

F.on_fill = function(self, f)
  if not f.closes then return end
  if f.profit < 0 then
    self.state.losses = self.state.losses + 1
    self.state.since = f.time
  else
    self.state.losses = 0
  end
end

F.check = function(self, s)
  local st, p = self.state, self.params
  if st.losses >= p.stop and self.now - st.since < p.pause then return nil, "losing streak", st.losses end
  if st.losses >= p.weak then return s:weaken(1 / (1 + st.losses - p.weak + 1)) end
  return s
end

return F
