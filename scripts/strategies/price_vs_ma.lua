-- Buy above a moving average, sell below. Takes what the data has: trades, else quotes (averages their middle and asks
-- that the whole quote is on one side: a cross inside the spread costs more than it tells), else the bars of a bar file. Where quotes and trades come together only the trades count, from the first one on.
local mt, ta = require "mthost", require "mthost.ta"

local S = mt.strategy {
  params = { n = mt.param(50, 2, 100000, 1),
             band = mt.param(0, 0, 1000) },      -- basis points around the average in which nothing is done
}

function S:on_start()
  self:keep("ma", ta.sma, self.params.n)
  if self.state.trades == nil then self.state.trades = false end
end

local function follow(self, price, low, high)
  local ma = self.ma:update(price)
  if not ma then return self:skip "warming" end
  local band = ma * self.params.band * 1e-4
  local side = 0
  if low > ma + band then side = 1 elseif high < ma - band then side = -1 end
  if side == 0 then return self:skip "inside the band" end
  if self.stance == side then return self:skip "in position" end
  self:signal { side = side, tag = "ma" }
end

function S:on_trade(t)
  if not self.state.trades then      -- quotes may have come before: the average starts again, of trades alone
    self.state.trades = true
    self.ma:reset()
  end
  return follow(self, t.price, t.price, t.price)
end

function S:on_quote(q)
  if self.state.trades then return end
  if not (q.bid <= q.ask) then return self:skip "crossed" end      -- or a side is empty
  return follow(self, q.mid, q.bid, q.ask)
end

function S:on_bar(b)
  return follow(self, b.close, b.close, b.close)
end

return S
