-- Break of the channel of the last n bars. Bars.
local mt = require("mthost")
local ta = require("mthost.ta")

local max, min = math.max, math.min
local LONG, SHORT, NONE = 1, -1, 0

local S = mt.strategy({
  bars = { "5m" },
  warmup = { "5m", 24 },
  params = {
    n = mt.param(20, 2, 400, 1),
    buffer = mt.param(0.1, 0, 5), -- average true ranges beyond the channel
  },
})

function S:on_start(why)
  self:keep("channel", ta.donchian, self.params.n)
  self:keep("atr", ta.atr, 14)
  self.state.breaks = self.state.breaks or 0
  self.began = why
end

function S:on_bar(b)
  local upper, _, lower = self.channel:value() -- of the bars before this one
  local atr = self.atr:take(b)
  self.channel:take(b)
  if not (upper and atr) then return self:skip("warming") end

  local wanted = NONE
  local edge = self.params.buffer * atr
  if b.close > upper + edge then
    wanted = LONG
  elseif b.close < lower - edge then
    wanted = SHORT
  end
  if wanted == NONE then return self:skip("inside") end
  if wanted == self.stance then return self:skip("has it") end

  self.state.breaks = self.state.breaks + 1
  local far = max(2 * atr, min(5 * atr, upper - lower))
  self:signal({ side = wanted, tag = "break", exit = { stop = far, trail = far } })
end

return S
