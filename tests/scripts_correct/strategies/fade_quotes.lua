-- Fade a mid that ran away from its slow mean. Quotes. Handlers are fields that hold functions.
local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { params = { half = mt.param(120, 1, 36000), away = mt.param(3, 0.5, 50), rest = mt.param(30, 0, 3600) } }

-- An own table may have fields that are called like those of a quote.
local function snapshot(q)
  return { bid = q.bid, ask = q.ask, mid = (q.bid + q.ask) / 2, time = q.time, spread_ticks = 0 }
end

local print = function(self, ...)      -- not the one of the language: there is none
  local parts = { ... }
  for i = 1, #parts do parts[i] = tostring(parts[i]) end
  self:log("debug", "%s", table.concat(parts, " "))
end

S.on_start = function(self)
  self:keep("slow", ta.emat, self.params.half)
  self:keep("noise", ta.ewmavar, 0.97)
  self.first = nil
end

S.on_quote = function(self, q)
  if not self.first then
    self.first = snapshot(q)
    print(self, "first quote", self.first.bid, self.first.ask)
  end
  local slow = self.slow:update(q.time, q.mid)
  local var = self.noise:update(q.mid)
  if not (slow and var) or var <= 0 then return self:skip "warming" end
  local z = math.log(q.mid / slow) / math.sqrt(var)
  if self.stance ~= 0 then
    if z * self.stance >= 0 then self:signal { side = "flat", tag = "back" } end
    return
  end
  if q.time - (self.state.last or 0) < self.params.rest then return self:skip "resting" end
  if math.abs(z) < self.params.away then return self:skip("near", z) end
  self.state.last = q.time
  local d = math.max(20 * self.instrument.tick, math.abs(q.mid - slow) * 2)
  return self:signal { side = z > 0 and "sell" or "buy", size = 1, exit = { stop = d, time = 600 } }
end

return S
