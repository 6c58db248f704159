-- A limit entry below the market in an uptrend, above it in a downtrend; counts what expired. Bars or ticks.
local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy {
  bars = { "1m" },
  params = { depth = mt.param(0.5, 0.05, 5), wait = mt.param(180, 1, 3600) },
}

function S:on_start()
  self:keep("super", ta.supertrend, 10, 2)
  self:keep("atr", ta.atr, 10)
  self.state.expired, self.state.filled = self.state.expired or 0, self.state.filled or 0
end

function S:on_bar(b)
  local line, way = self.super:take(b)
  local atr = self.atr:take(b)
  if not (line and atr) then return self:skip "warming" end
  if self.stance ~= 0 or self.position.qty ~= 0 then return self:skip "busy" end
  local limit = self:price(b.close - way * self.params.depth * atr, way > 0 and "buy" or "sell")
  if atr < 3 * self.instrument.tick then return self:skip("too quiet", atr) end
  self:signal {
    side  = way,
    limit = limit,
    ttl   = self.params.wait,
    tag   = "pullback",
    exit  = { stop = mt.at(self:price(limit - way * 2 * atr, "near")), take = 2 * atr },
  }
end

function S:on_order(o)
  if o.state == "expired" then
    self.state.expired = self.state.expired + 1
  elseif o.state == "filled" and not o.reduce_only then
    self.state.filled = self.state.filled + 1
  end
end

function S:on_stop(why)
  self:log("info", "%s: %d filled, %d expired", why, self.state.filled, self.state.expired)
end

return S
