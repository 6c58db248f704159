local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local stats = require "mthost.stats" --> require works only while the script is loaded: write it at the top of the file
  return stats, b.close
end
return S
