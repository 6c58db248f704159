-- A machine of named states: watch, armed, in, cool. Its state is saved, and an older shape is migrated. Bars.
local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" }, version = 2, params = { n = mt.param(20, 2, 500, 1), cool = mt.param(5, 0, 500, 1) } }

function S.migrate(state, from_version)
  if from_version < 2 then state = { name = state.phase or "watch", bars = 0, trail = {} } end
  return state
end

function S:on_start()
  local state = self.state
  if not state.name then state.name, state.bars, state.trail = "watch", 0, {} end
  self:keep("bands", ta.bbands, self.params.n, 2, 2)
end

local states = {}

function states.watch(self, b, upper, middle, lower)
  if b.low < lower then return "armed", "buy" end
  if b.high > upper then return "armed", "sell" end
end

function states.armed(self, b, upper, middle, lower)
  local side = self.state.side
  if side == "buy" and b.close > lower or side == "sell" and b.close < upper then
    local half = (upper - lower) / 2
    if half <= self.instrument.tick then return "watch" end
    local id = self:signal { side = side, tag = "rejoin", exit = { stop = half, take = half } }
    return id and "inside" or "watch"
  end
end

states["inside"] = function(self)
  if self.stance == 0 then return "cool" end
end

function states.cool(self)
  if self.state.bars >= self.params.cool then return "watch" end
end

local function go(state, name, side)
  local trail = state.trail
  trail[#trail + 1] = name
  if #trail > 16 then table.remove(trail, 1) end
  state.name, state.bars, state.side = name, 0, side
end

function S:on_bar(b)
  local upper, middle, lower = self.bands:update(b.close)
  if not upper then return self:skip "warming" end
  local state = self.state
  state.bars = state.bars + 1
  local name, side = states[state.name](self, b, upper, middle, lower)
  if name then go(state, name, side) else return self:skip(state.name) end
end

return S
