-- No entry while the spread is above a quantile of its own past. Quotes; without them everything passes.
local mt, ta = require "mthost", require "mthost.ta"
local F = mt.filter { params = { q = mt.param(0.9, 0.01, 1), n = mt.param(500, 10, 20000, 1) } }

function F:on_start()
  self:keep("usual", ta.quantile, self.params.n, self.params.q)
end

function F:on_quote(q)
  if q.ask >= q.bid then self.usual:update(q.ask - q.bid) end
end

function F:check(s, m)
  local usual = self.usual:value()
  if usual == nil then return s end
  local now = m.ask - m.bid
  if now > usual + m.instrument.tick / 2 then return nil, "spread above usual", now end
  return s
end

return F
