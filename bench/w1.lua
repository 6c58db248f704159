-- W1: EMA(10) against EMA(30), both from the first close; from bar 30 on every change of sign turns the position.
local mt, ta = require "mthost", require "mthost.ta"

local S = mt.strategy { params = { fast = mt.param(10, 2, 500, 1), slow = mt.param(30, 2, 500, 1) } }

function S:on_start()
  self:keep("fast", ta.ema, self.params.fast, { seed = "first" })
  self:keep("slow", ta.ema, self.params.slow, { seed = "first" })
  if self.state.bars == nil then self.state.bars, self.state.sign = 0, 0 end
end

function S:on_bar(b)
  local close, state = b.close, self.state
  local difference = self.fast:update(close) - self.slow:update(close)
  local sign = difference > 0 and 1 or difference < 0 and -1 or 0
  local before, bars = state.sign, state.bars
  state.sign, state.bars = sign, bars + 1
  if bars >= 30 and sign ~= before and sign ~= 0 then self:target(sign) end
end

return S
