-- No entry that repeats a position held in other symbols: at most `most` positions whose one-minute returns went the
-- same way as those of the entry would, by a correlation of `max` or more over `n` bars. Long in one and short in the
-- other counts as going the same way when they move against each other.
-- Returns are compared only where both symbols have a bar of the same minute after one of the same minute. Until `n` of
-- these were seen a pair is unknown: it passes, or with strict it does not.
local mt, ta = require "mthost", require "mthost.ta"

local F = mt.filter {
  scope  = "portfolio",
  bars   = { "1m" },
  params = { max = mt.param(0.8, 0, 1), n = mt.param(120, 10, 10000, 1), most = mt.param(1, 1, 100, 1),
             strict = mt.param(false) },
}

function F:on_start()
  local markets, state = self.markets, self.state
  self.others = {}      -- symbol -> list of { symbol =, pair =, first = whether the symbol is the pair's first }
  for i = 1, #markets do
    local symbol = markets[i].symbol
    self.others[symbol] = {}
    if state[symbol] == nil then state[symbol] = { price = 0, time = 0, from = 0, change = 0 } end
  end
  for i = 1, #markets do
    for k = i + 1, #markets do
      local a, b = markets[i].symbol, markets[k].symbol
      local name = "pair_" .. a:gsub("[^%w]", "_") .. "_" .. b:gsub("[^%w]", "_")
      self:keep(name, ta.rollbeta, self.params.n)
      local mine, theirs = self.others[a], self.others[b]
      mine[#mine + 1] = { symbol = b, pair = self[name], first = true }
      theirs[#theirs + 1] = { symbol = a, pair = self[name], first = false }
    end
  end
end

function F:on_bar(b, m)
  if b.tf ~= "1m" and b.ticks > 0 then return end      -- of a frame that others asked for
  local state = self.state
  local own = state[m.symbol]
  if own.price > 0 and b.close > 0 then own.change = math.log(b.close / own.price) end
  own.from, own.time, own.price = own.time, b.close_time, b.close
  if own.from == 0 then return end
  local others = self.others[m.symbol]
  for i = 1, #others do
    local other = others[i]
    local its = state[other.symbol]
    if its.time == own.time and its.from == own.from then
      if other.first then other.pair:update(own.change, its.change) else other.pair:update(its.change, own.change) end
    end
  end
end

function F:check(s, m)
  local p, side, count, last = self.params, s.side == "buy" and 1 or -1, 0, 0
  local others = self.others[m.symbol]
  for i = 1, #others do
    local other = others[i]
    local stance = self.markets[other.symbol].stance
    if stance ~= 0 then
      local _, correlation = other.pair:value()
      if not correlation then
        if p.strict then return nil, "unknown pair" end
      elseif correlation * side * stance >= p.max then
        count, last = count + 1, correlation
      end
    end
  end
  if count >= p.most then return nil, "correlated", last end
  return s
end

return F
