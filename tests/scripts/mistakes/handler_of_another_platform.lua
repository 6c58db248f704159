local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("rsi", ta.rsi, 14) end
function S:on_bar(b) self.rsi:update(b.close) end
function S:OnInit() self.count = 0 end --> handler 'OnInit' is never called, did you mean 'on_start'?
function S:notify_order(o) return o.state end --> handler 'notify_order' is never called, did you mean 'on_order'?
return S
