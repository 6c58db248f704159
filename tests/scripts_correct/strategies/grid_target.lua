-- Position by distance from an anchor: one step more for each grid line below it, one less above. Quotes, target.
local mt = require "mthost"
local S = mt.strategy { params = { width = mt.param(0.0004, 0.00001, 0.1), lots = mt.param(3, 1, 50, 1) } }

local function clamp(x, low, high)
  if x < low then return low end
  if x > high then return high end
  return x
end

function S:on_start()
  self.state.anchor = self.state.anchor or 0
end

function S:on_quote(q)
  local st = self.state
  if q.bid <= 0 or q.bid > q.ask then return self:skip "no market" end
  if st.anchor == 0 then st.anchor = q.mid return end
  if not self.unit then      -- worth about 50 of the quote currency, or the least there is
    local i = self.instrument
    self.unit = math.max(i.min_qty, i.step, self:quantity(50 / (q.mid * i.contract_size)))
  end
  local lines = (st.anchor - q.mid) / (st.anchor * self.params.width)
  local whole = lines >= 0 and math.floor(lines) or math.ceil(lines)
  local wanted = clamp(whole, -self.params.lots, self.params.lots)
  if wanted == self.wanted then return end
  self.wanted = wanted
  local id, code = self:target(wanted * self.unit, { tag = "grid" })
  if not id and code ~= "ALREADY" then self:log("info", "target refused: %s", code) end
end

return S
