-- Three frames: the long one gives the direction, the middle one the moment, the short one the stop. Bars.
local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m", "5m", "15m" }, params = { n = mt.param(3, 2, 50, 1) } }

local by_frame = {
  ["15m"] = function(self, b)
    local mean = self.long:update(b.close)
    if mean then self.state.way = b.close > mean and 1 or -1 end
  end,
  ["5m"] = function(self, b)
    local k, d = self.osc:take(b)
    if k then self.state.moment = k > d and 1 or -1 end
  end,
  ["1m"] = function(self, b) self.atr:take(b) end,
}

function S:on_start()
  self:keep("long", ta.sma, self.params.n)
  self:keep("osc", ta.stochf, 5, 3)
  self:keep("atr", ta.atr, 5)
  self.state.way, self.state.moment = self.state.way or 0, self.state.moment or 0
end

function S:on_bar(b)
  by_frame[b.tf](self, b)
  if not b.last then return end
  local st, atr = self.state, self.atr:value()
  if not atr or st.way == 0 then return self:skip "warming" end
  local before = self:bar("5m", 1)
  if not before then return self:skip "no bar before" end
  local side = st.way == st.moment and st.way or 0
  if side == 0 or side == self.stance then return self:skip "nothing new" end
  local reach = math.max(before.high - before.low, 3 * atr, 5 * self.instrument.tick)
  self:signal { side = side, tag = "frames", exit = { stop = reach, take = 3 * reach } }
end

return S
