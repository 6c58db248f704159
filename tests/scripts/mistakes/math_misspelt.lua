local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b)
  local x = math.flor(b.close) --> math has no 'flor', did you mean 'floor'?
  local y = math.round(x) --> math has no 'round': write math.floor(x + 0.5)
  local words = string.split("a,b", ",") --> string has no 'split': write for word in s:gmatch "[^,]+" do
  return y, words
end
return S
