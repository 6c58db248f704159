-- All sorts of arithmetic: logs, roots, powers through mt.pow, remainders, hex, exponents, goto. Bars.
local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy {
  bars   = { "1m" },
  warmup = { "1m", 100 },
  params = { target = mt.param(4e-1, 1e-2, 1e1), h = mt.param(0.7, 0.1, 1), every = mt.param(0x5, 1, 60, 1) },
}

local YEAR = 365 * 24 * 60
local function square(x) return x * x end
local function sign(x) return x > 0 and 1 or x < 0 and -1 or 0 end

function S:on_start()
  self:keep("var", ta.ewmavar, .97)
  self:keep("slope", ta.linearreg_slope, 30)
  self:keep("err", ta.stddev, 30)
  local n = self.state.n
  self.state.n = n ~= nil and n or 0
end

function S:on_bar(b)
  local st = self.state
  st.n = (st.n + 1) % 1000000
  local var = self.var:update(b.close)
  local slope, err = self.slope:update(b.close), self.err:update(b.close)
  if not (var and slope and err) then return self:skip "warming" end
  for _, x in ipairs { var, slope, err } do
    if x ~= x or math.abs(x) == math.huge then goto unfit end
  end
  do
    if st.n % self.params.every ~= 0 then return self:skip "not this bar" end
    local yearly = math.sqrt(var * YEAR)
    if yearly == 0 or err == 0 then return self:skip "still" end
    local t = slope / err * math.sqrt(12)
    local strength = math.min(1, mt.pow(self.params.target / yearly, self.params.h))
    local confidence = 1 - math.exp(-square(t * 10))
    if confidence < 0.5 then return self:skip("unsure", confidence) end
    if sign(slope) == self.stance then return self:skip "same" end
    local whole, part = math.modf(strength * 10)
    self:mark("strength", whole + math.fmod(part, 1))
    self:signal { side = sign(slope), strength = strength, exit = { stop = 6 * err, trail = { 4 * err, after = 2 * err } } }
    return
  end
  ::unfit::
  return self:skip "unfit"
end

return S
