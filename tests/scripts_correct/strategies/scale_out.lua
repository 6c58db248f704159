-- Half out at a first sign, the rest at a second; and two wishes in one call. Bars.
local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" }, params = { n = mt.param(10, 2, 100, 1) } }

function S:on_start()
  local p = self.params
  self:keep("macd", ta.macd, p.n, 2 * p.n, math.floor(p.n / 2) + 1)
  self:keep("mom", ta.mom, p.n)
  if self.state.halved == nil then self.state.halved = false end
end

function S:on_bar(b)
  local line, signal, hist = self.macd:update(b.close)
  local mom = self.mom:update(b.close)
  if not (line and mom) then return self:skip "warming" end
  local stance, st = self.stance, self.state
  if stance == 0 then
    st.halved = false
    if line > signal and mom > 0 then
      self:signal { side = "buy", tag = "in", exit = { stop = b.close * 0.006 } }
    end
    return
  end
  if line < 0 and mom < 0 then                   -- out and to the other side of the book in one call
    self:signal { side = "flat", leg = "*", tag = "out" }
    self:signal { side = "sell", tag = "turn", exit = { stop = b.close * 0.006, time = 900 } }
  elseif hist < 0 and not st.halved and stance > 0 then
    st.halved = true
    self:signal { side = "flat", keep = 0.5, tag = "half" }
  end
end

return S
