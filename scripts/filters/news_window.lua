-- No entry around announced news: from `before` seconds before until `after` seconds after each row of the table whose
-- impact is at least `impact` and whose currency occurs in the symbol (an empty currency concerns all).
-- The run script names the file: { "filters/news_window", tables = { news = "calendar.csv" } }, columns time, currency,
-- impact, sorted by time. After the last row there is no calendar any more; then entries pass or, with strict, do not.
local mt = require "mthost"

local F = mt.filter {
  params = { before = mt.param(300, 0, 86400), after = mt.param(300, 0, 86400), impact = mt.param(2, 0, 10),
             strict = mt.param(false) },
  tables = { news = { time = "time", currency = "text", impact = "number" } },
}

function F:check(s, m)
  local p, news, now = self.params, self.tables.news, self.now
  if p.strict and (#news == 0 or now > news.last_time) then return nil, "no calendar" end
  -- find(t) is the last row at or before t, 0 when there is none: from there back to the start of the window.
  local i = news:find(now + p.before)
  while i > 0 do
    local row = news[i]
    if row.time < now - p.after then break end
    if row.impact >= p.impact and (row.currency == "" or m.symbol:find(row.currency, 1, true)) then
      return nil, "news", row.time - now
    end
    i = i - 1
  end
  return s
end

return F
