-- Keeps books of its own: verdicts, fills by reason, profit by hour; statistics of the library. Trades.
local mt, ta, stats = require "mthost", require "mthost.ta", require "mthost.stats"
local S = mt.strategy { params = { n = mt.param(200, 10, 5000, 1), at_most = mt.param(25, 1, 1000, 1) } }

local function count(t, key, by) t[key] = (t[key] or 0) + (by or 1) end

function S:on_start()
  self:keep("mean", ta.ema, self.params.n)
  self:keep("results", stats.trades)
  self:keep("down", stats.drawdown)
  local st = self.state
  st.verdicts, st.reasons, st.hours = st.verdicts or {}, st.reasons or {}, st.hours or {}
  st.entries = st.entries or 0
end

function S:on_trade(t)
  local mean = self.mean:update(t.price)
  if not mean then return self:skip "warming" end
  if self.state.entries >= self.params.at_most then return self:skip "enough" end
  local way = t.price > mean * 1.0005 and 1 or t.price < mean * 0.9995 and -1 or 0
  if way ~= 0 and way ~= self.stance then
    self:signal { side = way, exit = { stop = mean * 0.001, trail = { mean * 0.0015, after = mean * 0.0005 }, time = 900 } }
  end
end

function S:on_signal(v)
  count(self.state.verdicts, v.verdict)
  if v.entry and (v.verdict == "sent" or v.verdict == "partial") then self.state.entries = self.state.entries + 1 end
end

function S:on_fill(f)
  count(self.state.reasons, f.reason)
  if f.closes then
    self.results:update(f.profit - f.fee)
    local hour = mt.clock(f.time, "UTC")
    count(self.state.hours, hour, f.profit)
  end
  local _, part = self.down:update(self.account.equity)
  if part and part > 0.2 then self:log("warn", "drawdown %.1f %%", part * 100) end
end

function S:on_stop()
  for reason, n in pairs(self.state.reasons) do self:log("info", "%s: %d fills", reason, n) end
  local rate, expectancy = self.results:value()
  if rate then self:mark("expectancy", expectancy) end
end

return S
