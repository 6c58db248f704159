-- Reads the book: microprice against the mid, order-flow imbalance, a ladder. Quotes and trades.
local mt, book = require "mthost", require "mthost.book"
local S = mt.strategy { params = { part = mt.param(0.3, 0, 1), every = mt.param(15, 0, 600) } }

function S:on_start()
  self:keep("ofi", book.ofi, 5)
  self:keep("ladder", book.ladder, 1)
  self.state.at = self.state.at or 0
  self.volume = 0                                 -- scratch
end

function S:on_trade(t) self.volume = self.volume + t.qty * t.side end

function S:on_quote(q, m)
  local _, part = self.ofi:update(q.time, q.bid, q.bid_qty, q.ask, q.ask_qty)
  if not part or q.time - self.state.at < self.params.every then return end
  local price, qty = m.book:bid(1)
  local offer, offered = m.book:ask(1)
  if not (price and offer) or m.book.depth < 1 then return self:skip "no book" end
  local micro = book.microprice(price, qty, offer, offered)
  local bids, asks = self.ladder:update(m.book)
  local lean = bids > 0 and asks > 0 and book.imbalance(self.ladder, 1) or 0
  if not m.tradable then return self:skip(m.why) end
  if part > self.params.part and micro > q.mid and lean > 0 and m.stance < 1 then
    self.state.at = q.time
    m:signal { side = "buy", tag = "lean", exit = { stop = 60 * m.instrument.tick, take = 90 * m.instrument.tick, time = 120 } }
  elseif part < -self.params.part and micro < q.mid and lean < 0 and m.stance > -1 then
    self.state.at = q.time
    m:signal { side = "sell", tag = "lean", exit = { stop = 60 * m.instrument.tick, take = 90 * m.instrument.tick, time = 120 } }
  end
end

return S
