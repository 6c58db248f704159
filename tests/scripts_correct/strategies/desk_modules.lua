-- Uses the desk's own modules, one of which needs the other, and keeps an object of theirs. Bars.
local mt = require "mthost"
local rolling, words = require "desk.rolling", require "desk/words"
local S = mt.strategy { bars = { "1m" }, params = { n = mt.param(30, 5, 500, 1) } }

function S:on_start()
  self:keep("age", rolling.age, self.params.n)
  self.name = words.short(self.symbol)
  self.state.means = self.state.means or {}
end

function S:on_bar(b)
  local typical = rolling.mean(b.high, b.low, b.close)
  rolling.push(self.state.means, typical, 10)
  local high, low = self.age:update(typical)
  if not high then return self:skip "warming" end
  local lowest = rolling.fold(self.state.means, math.min, math.huge)
  if high == 0 and self.stance ~= 1 then
    local stop = math.max(b.close - lowest, b.close * 0.001)
    self:signal { side = "buy", tag = words.join(self.name, "high"), exit = { stop = stop } }
  elseif low == 0 and self.stance == 1 then
    self:signal { side = "flat", tag = words.join(self.name, "low") }
  end
end

return S
