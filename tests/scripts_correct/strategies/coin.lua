-- The strategy to beat: a coin decides once in a while. math.random is the host's and repeats. Timers and trades.
local mt = require "mthost"
local S = mt.strategy { params = { pause = mt.param(60, 1, 86400), risk = mt.param(0.001, 0.00001, 0.1) } }

local function shuffle(list)
  for i = #list, 2, -1 do
    local k = math.random(i)
    list[i], list[k] = list[k], list[i]
  end
  return list
end

function S:on_start(why)
  if why == "start" then self.state.deck = {} end
  self:timer { name = "toss", every = self.params.pause }
end

function S:on_trade() end      -- it needs a price, no more

function S:on_timer(ev)
  if ev.name ~= "toss" then return end
  local deck = self.state.deck
  if #deck == 0 then
    for i = 1, 8 do deck[i] = i % 2 == 0 and "buy" or "sell" end
    shuffle(deck)
  end
  local price = self.last
  if price ~= price then return self:skip "no price yet" end      -- NaN before the first
  local side = table.remove(deck)
  local ok, result = pcall(string.format, "%s %d", side, #deck)
  self:signal { side = side, tag = ok and result or "coin", exit = { stop = price * self.params.risk, take = price * self.params.risk } }
end

return S
