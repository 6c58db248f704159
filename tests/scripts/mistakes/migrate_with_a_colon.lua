local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b) self.rsi:update(b.close) end
function S:migrate(state, from) return from and state end --> migrate is called without self: write function S.migrate(state, from_version)
return S
