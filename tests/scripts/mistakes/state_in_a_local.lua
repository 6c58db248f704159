local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
local count = 0
local closes = {} --> 'closes': a table in a file-level local is shared by all symbols and lost at a restart
function S:on_bar(b)
  count = count + 1 --> 'count': a file-level local that is assigned here is shared by all symbols and lost at a restart
  closes[#closes + 1] = b.close
end
return S
