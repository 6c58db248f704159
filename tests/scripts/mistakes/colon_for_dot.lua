local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local x = math:floor(b.close) --> math:floor: call it with a dot: math.floor(…)
  self.rsi:update(x)
end
function S:on_stop() self:keep("ema", ta:ema(5)) end --> ta:ema: call it with a dot: ta.ema(…)
return S
