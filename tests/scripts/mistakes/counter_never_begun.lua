local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self.sum, self.state.losses = 0, 0 end
function S:on_bar(b)
  local state = self.state
  self.count = self.count + 1 --> self.count is nil at first, and nothing sets it before: write self.count = 0 in on_start, or (self.count or 0)
  self.sum = self.sum + b.close
  state.losses = state.losses + 1
  state.wins = state.wins + 1 --> state.wins is nil at first, and nothing sets it before: write state.wins = 0 in on_start, or (state.wins or 0)
end
return S
