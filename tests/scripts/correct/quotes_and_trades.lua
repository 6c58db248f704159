local mt, ta, volume, book, sizing = require "mthost", require "mthost.ta", require "mthost.volume", require "mthost.book", require "mthost.sizing"
local S = mt.strategy { params = { k = mt.param(2, 0.5, 10) } }
S.NAME = "x"
local on_data
function S:on_start()
  self:keep("speed", volume.speed, 60, 1)
  self:keep("ladder", book.ladder, 5)
  self.cb = function(x) return x * 2 end
  self.queue = {}
end
function on_data(self, time, price)
  local v = self.speed:update(time, price)
  if v == nil then return nil end
  return v * self.params.k
end
function S.on_quote(self, q)
  local d = on_data(self, q.time, q.mid)
  self.ladder:clear()
  self.ladder:put(1, q.bid, 1)
  if self.ladder.bids == 1 and d and d > 0 then
    self:signal { side = 1, exit = { stop = d, take = mt.at(q.ask + 2 * d) } }
  end
  local bid, bid_qty = self.book:bid(1)
  if bid and bid_qty and self.cb(bid) > 0 then self.x = book.touch(bid_qty, 1) end
  -- compute over a window, made anew on purpose
  local e
  local ema = ta.ema(3)
  for i = 1, #self.queue do e = ema:update(self.queue[i]) end
  self.queue[#self.queue + 1] = q.mid
  if not self.lazy then self.lazy = ta.rsi(14) end
  local r = self.lazy:update(q.mid)
  if r and e and r > 50 then self:log("info", "%s %.2f", self.symbol, r) end
  local typical = ta.avgprice():update(q.bid, q.ask, q.bid, q.ask)
  return typical and S.NAME and sizing.bet(0.6, 1, 1)
end
S.on_trade = function(self, t)
  local side = t.side
  if side == 1 then self.buys = (self.buys or 0) + t.qty elseif side == -1 then self.sells = (self.sells or 0) + t.qty end
  local ok, err = pcall(function() return self.speed:value() / 2 end)
  if not ok then self:skip("no speed") end
  local total = self.total or 0
  self.total = total + (err and 1 or 0)
  for i = 1, 3 do
    if i == 2 then goto continue end
    self.total = self.total + i
    ::continue::
  end
end
return S
