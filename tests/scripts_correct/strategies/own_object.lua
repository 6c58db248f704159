-- An indicator of the strategy's own, kept over a restart. Trades.
local mt = require "mthost"
local S = mt.strategy { params = { up = mt.param(0.05, 0.001, 1), down = mt.param(0.02, 0.001, 1) } }

-- A peak that leaks: goes up at once by a part, down by a smaller one.
local function leaky(up, down)
  local object = { level = nil, count = 0 }
  function object:update(x)
    if self.level == nil then self.level = x end
    local part = x > self.level and up or down
    self.level = self.level + part * (x - self.level)
    self.count = self.count + 1
    return self.count > 50 and self.level or nil
  end
  function object:value() return self.level end
  function object:save() return { level = self.level, count = self.count } end
  function object:load(t) self.level, self.count = t.level, t.count end
  return object
end

function S:on_start()
  self:keep("leak", leaky, self.params.up, self.params.down)
end

function S:on_trade(t)
  local level = self.leak:update(t.price)
  if not level then return self:skip "warming" end
  local gap = (t.price - level) / self.instrument.tick
  if gap > 50 and self.stance <= 0 then
    self:signal { side = "buy", exit = { stop = 200 * self.instrument.tick } }
  elseif gap < -50 and self.stance >= 0 then
    self:signal { side = "sell", exit = { stop = 200 * self.instrument.tick } }
  else
    self:skip "near"
  end
end

return S
