local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
local function mean(bar) return (bar.high + bar.lwo) / 2 end --> a bar has no field 'lwo', did you mean 'low'?
function S:on_bar(b) self.rsi:update(mean(b)) end
return S
