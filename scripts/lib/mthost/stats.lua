-- How well something does, kept up to date with each result: from the first one on, or over the last n.
local object, ta = require "mthost.object", require "mthost.ta"
local define, classes = object.module "stats"
local need, total, grow = object.need, object.total, object.grow
local max, min, sqrt = math.max, math.min, math.sqrt

local M = { classes = classes }

-- Sharpe ratio of all returns so far.
-- Formula: (mean - rate) / standard deviation (n - 1) * sqrt(periods); 0 while all returns are equal. Mean and
-- deviation are of all returns so far.
-- Inputs: one return per period (0.01 = 1 %), already after costs; rate: what is earned without risk, per period;
-- periods: how many make the unit the ratio shall have (252 days for a year).
-- Warm-up: two returns.
-- Source: Sharpe (1994); running moments by Welford (1962).
-- Example:
--   local x = stats.sharpe(1)
--   x:update(0.01)
--   local ratio, mean, deviation = x:update(0.03)
--   assert(math.abs(mean - 0.02) < 1e-15 and math.abs(ratio - 0.02 / deviation) < 1e-15)
M.sharpe = define {
  name = "sharpe", params = { { "periods", 1, 1e-6, 1e9, whole = false }, { "rate", 0, -1e6, 1e6, whole = false } },
  takes = { "return" }, outputs = { "sharpe", "mean", "deviation" },
  init = function(self) self.look, self.count, self.mean, self.m2 = 1, 0, 0, 0 end,
  update = function(self, x)
    need(x)
    local count = self.count + 1
    local d = x - self.mean
    local mean = self.mean + d / count
    local m2 = self.m2 + d * (x - mean)
    self.count, self.mean, self.m2 = count, mean, m2
    if count < 2 then return nil end
    local deviation, y = sqrt(m2 / (count - 1)), 0
    if deviation > 0 then y = (mean - self.rate) / deviation * sqrt(self.periods) end
    self.y1, self.y2, self.y3, self.live = y, mean, deviation, true
    return y, mean, deviation
  end,
}

-- Sharpe ratio of the last n returns.
-- Formula: as sharpe, over a window.
-- Inputs: n returns; periods and rate as for sharpe.
-- Warm-up: n returns.
-- Source: as sharpe.
-- Example:
--   local x = stats.sharpe_window(2)
--   x:update(5) x:update(1)
--   assert(math.abs(x:update(3) - 2 / math.sqrt(2)) < 1e-12)
M.sharpe_window = define {
  name = "sharpe_window",
  params = { { "n", 100, 2, 100000 }, { "periods", 1, 1e-6, 1e9, whole = false },
             { "rate", 0, -1e6, 1e6, whole = false } },
  takes = { "return" }, outputs = { "sharpe", "mean", "deviation" },
  init = function(self) self.look, self.center, self.spread = self.n - 1, ta.sma(self.n), ta.var(self.n) end,
  update = function(self, x)
    need(x)
    local mean, variance = self.center:update(x), self.spread:update(x)
    if not (mean and variance) then return nil end
    local deviation, y = sqrt(variance * self.n / (self.n - 1)), 0
    if deviation > 0 then y = (mean - self.rate) / deviation * sqrt(self.periods) end
    self.y1, self.y2, self.y3, self.live = y, mean, deviation, true
    return y, mean, deviation
  end,
}

-- Sortino ratio of all returns so far: only what falls short of the target counts as risk.
-- Formula: (mean - target) / sqrt(mean of min(return - target, 0) squared) * sqrt(periods); 0 while nothing fell short.
-- Inputs: as sharpe; target per period.
-- Warm-up: two returns.
-- Source: Sortino, Price (1994).
-- Example:
--   local x = stats.sortino()
--   x:update(2)
--   local ratio, mean, downside = x:update(-1)
--   assert(mean == 0.5 and downside == math.sqrt(0.5) and ratio == mean / downside)
M.sortino = define {
  name = "sortino", params = { { "periods", 1, 1e-6, 1e9, whole = false }, { "target", 0, -1e6, 1e6, whole = false } },
  takes = { "return" }, outputs = { "sortino", "mean", "downside" },
  init = function(self) self.look, self.count, self.mean, self.below = 1, 0, 0, 0 end,
  update = function(self, x)
    need(x)
    local count, short = self.count + 1, min(x - self.target, 0)
    local mean = self.mean + (x - self.mean) / count
    local below = self.below + (short * short - self.below) / count
    self.count, self.mean, self.below = count, mean, below
    if count < 2 then return nil end
    local downside, y = sqrt(below), 0
    if downside > 0 then y = (mean - self.target) / downside * sqrt(self.periods) end
    self.y1, self.y2, self.y3, self.live = y, mean, downside, true
    return y, mean, downside
  end,
}

-- Drawdown: how far the equity is below its highest point.
-- Formula: now = peak - equity; part = now / peak (0 while the peak is not above 0); worst and worst_part are the
-- greatest so far; length counts the updates since the peak.
-- Inputs: equity, in money.
-- Warm-up: none.
-- Source: common use.
-- Example:
--   local x = stats.drawdown()
--   x:update(100) x:update(80)
--   local now, part, worst, worst_part, length = x:update(90)
--   assert(now == 10 and part == 0.1 and worst == 20 and worst_part == 0.2 and length == 2)
M.drawdown = define {
  name = "drawdown", takes = { "equity" }, outputs = { "now", "part", "worst", "worst_part", "length" },
  init = function(self) self.look, self.peak = 0, 0 end,
  update = function(self, x)
    need(x)
    local length, part = self.y5 + 1, 0
    if not self.live or x >= self.peak then self.peak, length = x, 0 end
    local now = self.peak - x
    if self.peak > 0 then part = now / self.peak end
    local worst, worst_part = max(self.y3, now), max(self.y4, part)
    self.y1, self.y2, self.y3, self.y4, self.y5, self.live = now, part, worst, worst_part, length, true
    return now, part, worst, worst_part, length
  end,
}

-- Win rate, expectancy and what goes with them, of all closed trades so far.
-- Formula: win_rate = wins / trades (a trade of 0 is no win); expectancy = mean profit; payoff = mean win / mean loss;
-- factor = sum of wins / sum of losses. payoff and factor are 0 while there is no loss.
-- Inputs: profit of a closed trade after costs, in money or in multiples of what was risked.
-- Warm-up: one trade.
-- Source: common use; sums after Neumaier (1974), so that they do not drift.
-- Example:
--   local x = stats.trades()
--   x:update(30) x:update(-10)
--   local win_rate, expectancy, payoff, factor, count = x:update(-5)
--   assert(win_rate == 1 / 3 and expectancy == 5 and payoff == 4 and factor == 2 and count == 3)
M.trades = define {
  name = "trades", takes = { "profit" }, outputs = { "win_rate", "expectancy", "payoff", "factor", "count" },
  init = function(self) self.look, self.wins, self.losses, self.won, self.lost = 0, 0, 0, total(), total() end,
  update = function(self, x)
    need(x)
    if x > 0 then self.wins = self.wins + 1 elseif x < 0 then self.losses = self.losses + 1 end
    local won, lost, count = grow(self.won, max(x, 0)), grow(self.lost, max(0 - x, 0)), self.y5 + 1
    local payoff, factor = 0, 0
    if self.losses > 0 then
      factor = min(won / lost, 1e100)      -- a loss may be as small as a number can be
      if self.wins > 0 then payoff = min((won * self.losses) / (lost * self.wins), 1e100) end
    end
    local win_rate, expectancy = self.wins / count, (won - lost) / count
    self.y1, self.y2, self.y3, self.y4, self.y5, self.live = win_rate, expectancy, payoff, factor, count, true
    return win_rate, expectancy, payoff, factor, count
  end,
}

return M
