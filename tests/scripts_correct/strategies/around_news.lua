-- Flat around what a calendar announces, else with the trend. A table of the strategy's own. Bars.
local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy {
  bars   = { "1m" },
  tables = { calendar = { time = "time", currency = "text", impact = "number" } },
  params = { before = mt.param(300, 0, 7200), after = mt.param(600, 0, 7200), impact = mt.param(2, 0, 3, 1) },
}

function S:on_start()
  self:keep("fast", ta.ema, 5)
  self:keep("slow", ta.ema, 20)
end

local function near(calendar, now, p)
  local i = calendar:find(now + p.before)
  while i >= 1 do
    local row = calendar[i]
    if row.time < now - p.after then return nil end
    if row.impact >= p.impact then return row end
    i = i - 1
  end
end

function S:on_bar(b)
  local fast, slow = self.fast:update(b.close), self.slow:update(b.close)
  if not slow then return self:skip "warming" end
  local row = near(self.tables.calendar, self.now, self.params)
  if row then
    if self.stance ~= 0 then self:signal { side = "flat", tag = "news " .. row.currency } end
    return self:skip "news"
  end
  local side = fast > slow and 1 or -1
  if side == self.stance then return self:skip "same" end
  self:signal { side = side, exit = { stop = b.close * 0.003 } }
end

return S
