-- Sell far above the day's mean price by volume, buy far below it, and leave when the price is back. Where the far
-- price stands is measured in volume-weighted deviations. A price that trends away is left alone: nothing is done
-- while the mean itself moves fast. Takes trades, else the bars of a bar file.
local mt, ta = require "mthost", require "mthost.ta"

local S = mt.strategy {
  bars   = { "1m" },
  params = {
    enter   = mt.param(2.0, 0.2, 10),        -- volume-weighted deviations from the vwap
    leave   = mt.param(0.2, 0, 5),
    stop    = mt.param(1.5, 0.1, 20),        -- deviations beyond the entry
    least   = mt.param(2, 0, 10000),         -- basis points: no entry while a deviation is smaller
    settle  = mt.param(1800, 0, 86400),      -- s after the session began without an entry
    drift   = mt.param(0.5, 0.01, 100),      -- no entry while the vwap moved more than so many deviations in `n` bars
    n       = mt.param(30, 2, 1440, 1),      -- one-minute bars
    session = mt.param(86400, 3600, 604800, 1),      -- s, length of a session
    offset  = mt.param(0, 0, 604800, 1),     -- s after midnight UTC at which sessions begin
    hold    = mt.param(3600, 60, 864000),    -- s, at most
  },
  valid  = function(p) return p.leave < p.enter, "leave must be below enter" end,
}

function S:on_start()
  local p = self.params
  self:keep("mean", ta.vwap, p.session, p.offset)
  self:keep("moved", ta.mom, p.n)
  if self.state.trades == nil then self.state.trades, self.state.drift, self.state.session = false, 0, -1 end
end

local function follow(self, time, price)
  local p, state = self.params, self.state
  local vwap, deviation = self.mean:value()
  if not vwap or deviation <= 0 then return self:skip "warming" end
  local z, stance = (price - vwap) / deviation, self.stance
  if stance ~= 0 then
    if z * stance < -p.leave then return self:skip("waiting for the mean", z) end
    return self:signal { side = "flat", tag = "mean" }
  end
  if not self.moved:ready() then return self:skip "warming" end
  if math.abs(z) < p.enter then return self:skip("near the mean", z) end
  if (time - p.offset) % p.session < p.settle then return self:skip "session is young" end
  if deviation < price * p.least * 1e-4 then return self:skip("no movement", deviation) end
  if math.abs(state.drift) > p.drift * deviation then return self:skip("mean moves", state.drift) end
  self:mark("z", z)
  self:signal { side = z > 0 and "sell" or "buy", tag = "stretch", exit = { stop = p.stop * deviation, time = p.hold } }
end

function S:on_trade(t)
  if not self.state.trades then      -- from the first trade on the bars built of them are not counted again
    self.state.trades = true
    self.mean:reset()
  end
  self.mean:update(t.time, t.price, t.qty)
  return follow(self, t.time, t.price)
end

function S:on_bar(b)
  local state = self.state
  local typical = (b.high + b.low + b.close) / 3
  if not state.trades then self.mean:update(b.time, typical, b.volume) end
  -- A new session starts a new mean: its distance from the old one is no drift.
  local session = math.floor((b.time - self.params.offset) / self.params.session)
  if session ~= state.session then
    state.session = session
    self.moved:reset()
  end
  local vwap = self.mean:value()
  if vwap then state.drift = self.moved:update(vwap) or 0 end
  if not state.trades then return follow(self, b.close_time, b.close) end
end

return S
