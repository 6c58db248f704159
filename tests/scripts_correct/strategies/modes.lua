-- One file for bars, quotes and trades; what it does is a parameter. Handlers are put in by a loop.
local mt, ta = require "mthost", require "mthost.ta"

local MODES = { "follow", "fade", "watch" }
local S = mt.strategy {
  params = {
    mode   = mt.param("follow", MODES),
    both   = mt.param(true),
    n      = mt.param(60, 2, 5000, 1),
    label  = mt.param "modes",
    stop   = mt.param(0.004, 0.0001, 0.2),
  },
}

local act = {
  follow = function(above) return above and 1 or -1 end,
  fade   = function(above) return above and -1 or 1 end,
  watch  = function() return 0 end,
}

local function step(self, price)
  local mean = self.mean:update(price)
  if not mean then return self:skip "warming" end
  if math.abs(price - mean) < mean * 2e-4 then return self:skip "near" end
  local want = act[self.params.mode](price > mean)
  if want < 0 and not self.params.both then want = 0 end
  if want == self.stance then return self:skip "same" end
  if want == 0 then
    self:signal { side = "flat", tag = self.params.label:sub(1, 31) }
  else
    self:signal { side = want, tag = self.params.label:sub(1, 31), exit = { stop = price * self.params.stop } }
  end
end

function S:on_start()
  self:keep("mean", ta.wma, self.params.n)
  self.source = nil
end

for handler, field in pairs { on_bar = "close", on_quote = "mid", on_trade = "price" } do
  S[handler] = function(self, ev)
    self.source = self.source or handler          -- the first kind of data that comes is the one that counts
    if self.source == handler then return step(self, ev[field]) end
  end
end

return S
