-- mthost.ta: indicators that take one event at a time. Each function makes an object; see docs/indicators.md.
-- A strategy writes self:keep("rsi", ta.rsi, 14) in on_start and self.rsi:update(price) in a handler.
local base = require "mthost.ta_base"

local ta = {}
local groups = {
  require "mthost.ta_overlap", require "mthost.ta_means", require "mthost.ta_momentum",
  require "mthost.ta_oscillators", require "mthost.ta_volatility", require "mthost.ta_volume",
  require "mthost.ta_statistics", require "mthost.ta_math", require "mthost.ta_cycle", require "mthost.ta_candles",
  require "mthost.ta_candles_long", require "mthost.ta_channels", require "mthost.ta_risk",
}
for i = 1, #groups do
  for name, construct in pairs(groups[i]) do ta[name] = construct end
end
ta.classes = base.classes

return ta
