local mt = require "mthost"
local ta = require "mthost.ta"
local util = require "util"
local S = mt.strategy { bars = { "1m" }, scope = "portfolio", symbols = { "A", "B" } }
function S:on_start()
  self.last = {}
  for i, m in ipairs(self.markets) do
    self.last[m.symbol] = 0
    self:keep("ema_" .. m.symbol, ta.ema, 10)
  end
  self:keep("ring", util.ring, 5)
  self:keep("pair", ta.rollbeta, 20)
end
function S:on_bar(b, m)
  self.last[m.symbol] = b.close
  if not b.last then return end
  local a, c = self.markets.A, self.markets[2]
  local ema = self["ema_" .. m.symbol]:update(b.close)
  if not ema then return self:skip "warming" end
  self.ring:push(b.close)
  local slope = self.pair:update(self.last.A, self.last.B)
  if slope and a.position.qty == 0 and c.tradable then
    a:signal { side = slope > 0 and "buy" or "sell", exit = { stop = a.instrument.tick * 50, time = 60 } }
    c:signal { side = slope > 0 and "sell" or "buy" }
    m:target(0)
  end
  for i = 1, #self.markets do
    local x = self.markets[i]
    if x.stance ~= 0 and x.spread_ticks > 10 and x.why == nil then x:signal { side = "flat" } end
  end
  local q = m:quantity(m.position.qty / 2)
  local p, code = m:price(b.close * 0.99, "buy")
  if p then m:signal { side = "buy", limit = p, ttl = 60 } end
  m:signal { side = "buy", limit = b.close - 5, exit = { stop = b.close * 0.01, take = b.high - b.low } }
  return q, code
end
return S
