local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  if os.date("*t").hour < 8 then return end --> 'os' is not known here: write self.now for the time, mt.clock(self.now) for the hour
  self.rsi:update(b.close)
  io.write(b.close) --> 'io' is not known here: write tables = { … } in the declaration for a CSV file, self:log for output
end
return S
