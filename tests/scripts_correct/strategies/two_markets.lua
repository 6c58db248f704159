-- Two symbols against each other: long the one that fell behind, short the other. Bars of both.
local mt, ta = require "mthost", require "mthost.ta"

local S = mt.strategy {
  scope = "portfolio",
  symbols = { "BTCUSDT", "EURUSD" },
  bars = { "1m" },
  params = { n = mt.param(30, 5, 500, 1), enter = mt.param(1.5, 0.1, 10), leave = mt.param(0.2, 0, 5) },
  valid = function(p)
    if p.leave >= p.enter then return false, "leave must be below enter" end
    return true
  end,
}

local function each(markets, f, ...)
  for i = 1, #markets do f(markets[i], ...) end
end

function S:on_start()
  self.pair = { self.markets.BTCUSDT, self.markets[2] }
  self:keep("z", ta.zscore, self.params.n)
  if self.state.close == nil then self.state.close = {} end
end

local function bracket(m) return { stop = m.last * 0.01 } end

function S:on_bar(b, m)
  local close = self.state.close
  close[m.symbol] = b.close
  if not b.last then return end                  -- the other symbol's bar of this instant is still to come
  local one, two = close.BTCUSDT, close.EURUSD
  if not (one and two) then return self:skip "one side is missing" end
  local z = self.z:update(math.log(one) - math.log(two))
  if not z then return self:skip "warming" end
  local a, c = self.pair[1], self.pair[2]
  if math.abs(z) <= self.params.leave and (a.stance ~= 0 or c.stance ~= 0) then
    each(self.pair, function(x, tag)
      if x.stance ~= 0 then x:signal { side = "flat", tag = tag } end
    end, "together")
  elseif math.abs(z) >= self.params.enter and a.stance == 0 and c.stance == 0 then
    local up = z < 0 and 1 or -1
    a:signal { side = up, tag = "pair", exit = bracket(a) }
    c:signal { side = -up, tag = "pair", exit = bracket(c) }
  else
    return self:skip("between", z)
  end
end

return S
