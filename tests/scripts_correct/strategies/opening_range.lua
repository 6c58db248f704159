-- Range of the first minutes after an hour of the day, its break, and flat before the evening. Trades and timers.
local mt = require "mthost"
local S = mt.strategy {
  params = { tz = mt.param "Europe/London", open = mt.param(8, 0, 23, 1), minutes = mt.param(15, 1, 120, 1),
             close = mt.param "16:25" },
}

local function reset(st) st.high, st.low, st.done = nil, nil, false end

function S:on_start()
  local st = self.state
  if st.day == nil then st.day = -1; reset(st) end
  self:timer { name = "evening", at = self.params.close, tz = self.params.tz }
  self:timer { name = "pulse", every = 300 }
end

function S:on_timer(ev)
  if ev.name == "evening" then
    if self.stance ~= 0 then self:signal { side = 0, tag = "evening" } end
  elseif ev.name == "pulse" and not ev.late then
    self:mark("range", (self.state.high or 0) - (self.state.low or 0))
  end
end

function S:on_trade(t)
  local st, p = self.state, self.params
  local day = mt.day(t.time, p.tz)
  if day ~= st.day then
    st.day = day
    reset(st)
  end
  local hour, minute, weekday = mt.clock(t.time, p.tz)
  if weekday > 5 then return self:skip "weekend" end
  local since = (hour - p.open) * 60 + minute
  if since < 0 then return self:skip "before the open" end
  if since < p.minutes then
    if not st.high or t.price > st.high then st.high = t.price end
    if not st.low or t.price < st.low then st.low = t.price end
    return
  end
  if st.done or not st.high then return self:skip "done" end
  local width = st.high - st.low
  if width < 2 * self.instrument.tick then return self:skip "no range" end
  local side = t.price > st.high and "buy" or t.price < st.low and "sell"
  if not side then return self:skip "inside" end
  st.done = true
  self:signal { side = side, tag = "open", exit = { stop = width, take = { { width, part = 0.5 }, { 2 * width } } } }
end

return S
