-- How much to trade. What is answered is a wish: limits and the risk check of the host stand behind it. A strategy uses
-- it as `size` or `strength` of a signal, or as the quantity of a target.
local object, ta = require "mthost.object", require "mthost.ta"
local define, classes = object.module "sizing"
local need, need_arg = object.need, object.need_arg
local exp, log, max, min, sqrt = math.exp, math.log, math.max, math.min, math.sqrt
local HALF = 0.6931471805599453

local M = { classes = classes }

-- Kelly's part of the equity to risk on a bet.
-- Formula: rate - (1 - rate) / payoff, not below 0 and not above cap.
-- Inputs: win rate 0 to 1; payoff = mean win / mean loss, above 0; cap 0 to 1.
-- Warm-up: none.
-- Source: Kelly (1956), A new interpretation of information rate.
-- Example:
--   assert(sizing.bet(0.6, 1, 1) - 0.2 < 1e-15)
--   assert(sizing.bet(0.6, 1, 0.1) == 0.1 and sizing.bet(0.4, 1, 1) == 0)
function M.bet(rate, payoff, cap)
  need_arg("sizing.bet", "rate", rate, 0, 1)
  need_arg("sizing.bet", "payoff", payoff, 1e-12, 1e12)
  need_arg("sizing.bet", "cap", cap, 0, 1)
  return (max(min(rate - (1 - rate) / payoff, cap), 0))
end

-- Fixed fraction: the quantity that loses `fraction` of the equity when the stop is hit.
-- Formula: equity * fraction / (stop * contract * rate).
-- Inputs: equity in money of the account; fraction 0 to 1; stop: distance in price; contract: units per lot; rate:
-- money of the account per money of the quote. Equity below 0 gives 0.
-- Warm-up: none.
-- Source: the host's sizing "risk_fraction".
-- Example:
--   assert(sizing.fraction(10000, 0.01, 50, 1, 1) == 2)
function M.fraction(equity, fraction, stop, contract, rate)
  need_arg("sizing.fraction", "equity", equity, -1e15, 1e15)
  need_arg("sizing.fraction", "fraction", fraction, 0, 1)
  need_arg("sizing.fraction", "stop", stop, 1e-12, 1e12)
  need_arg("sizing.fraction", "contract", contract, 1e-12, 1e12)
  need_arg("sizing.fraction", "rate", rate, 1e-12, 1e12)
  return max(equity, 0) * fraction / (stop * contract * rate)
end

-- The quantity whose value is `leverage` times the equity.
-- Formula: equity * leverage / (price * contract * rate).
-- Inputs: as fraction; price above 0; leverage 0 to 1000, for example of sizing.volatility.
-- Warm-up: none.
-- Source: the host's sizing "notional".
-- Example:
--   assert(sizing.notional(10000, 0.5, 100, 1, 1) == 50)
function M.notional(equity, leverage, price, contract, rate)
  need_arg("sizing.notional", "equity", equity, -1e15, 1e15)
  need_arg("sizing.notional", "leverage", leverage, 0, 1000)
  need_arg("sizing.notional", "price", price, 1e-12, 1e12)
  need_arg("sizing.notional", "contract", contract, 1e-12, 1e12)
  need_arg("sizing.notional", "rate", rate, 1e-12, 1e12)
  return max(equity, 0) * leverage / (price * contract * rate)
end

-- Kelly's part, from the last n results themselves.
-- Formula: rate - (1 - rate) / payoff of the last n results, times `part` (0.5: half Kelly), from 0 to cap. Without a
-- loss it is cap, without a win 0. rate = wins / (wins + losses); a result of 0 is neither.
-- Inputs: result of a closed trade in multiples of what was risked (1.5, -1).
-- Warm-up: n results.
-- Source: Kelly (1956); Thorp (2006) on taking a part of it.
-- Example:
--   local x = sizing.kelly(4, 1, 0.5)
--   x:update(2) x:update(-1) x:update(2)
--   local fraction, rate, payoff = x:update(-1)
--   assert(fraction == 0.25 and rate == 0.5 and payoff == 2)
M.kelly = define {
  name = "kelly", params = { { "n", 100, 2, 100000 }, { "part", 0.5, 0, 1, whole = false },
                             { "cap", 0.2, 0, 1, whole = false } },
  takes = { "result" }, outputs = { "fraction", "rate", "payoff" },
  init = function(self)
    self.look = self.n - 1
    self.wins, self.losses, self.won, self.lost = ta.sma(self.n), ta.sma(self.n), ta.sma(self.n), ta.sma(self.n)
  end,
  update = function(self, x)
    need(x)
    local wins, losses = self.wins:update(x > 0 and 1 or 0), self.losses:update(x < 0 and 1 or 0)
    local won, lost = self.won:update(max(x, 0)), self.lost:update(max(0 - x, 0))
    if not wins then return nil end
    -- Counts are exact; what a sum of results leaves behind after a loss has gone is not.
    local y, rate, payoff = 0, 0, 0
    if wins > 0 then
      rate, y = wins / (wins + losses), 1
      if losses > 0 then
        y = 0
        if won > 1e-100 and lost > 1e-100 then
          payoff = (won / wins) / (lost / losses)
          y = rate - (1 - rate) / payoff
        end
      end
    end
    if losses > 0 or wins == 0 then y = y * self.part end
    y = max(min(y, self.cap), 0)
    self.y1, self.y2, self.y3, self.live = y, rate, payoff, true
    return y, rate, payoff
  end,
}

-- Volatility target: the leverage at which the position would have the wanted volatility.
-- Formula: min(target / volatility, cap); volatility = sqrt(mean squared log return * periods), a mean that forgets
-- with the half-life `memory` (updates). cap when nothing moves.
-- Inputs: one price per period, above 0; target per unit (0.1 = 10 % a year with periods = 365 for daily prices, 525600
-- for minutes); use it with sizing.notional.
-- Warm-up: `warm` returns.
-- Source: RiskMetrics (1996) for the estimate; Moreira, Muir (2017) for the use.
-- Example:
--   local x = sizing.volatility(0.1, 1, 20, 5, 4)
--   for i = 0, 8 do x:update(i % 2 == 0 and 100 or 100 * math.exp(0.2)) end
--   local leverage, volatility = x:value()
--   assert(math.abs(volatility - 0.2) < 1e-12 and math.abs(leverage - 0.5) < 1e-12)
M.volatility = define {
  name = "volatility",
  params = { { "target", 0.1, 1e-9, 1e6, whole = false }, { "periods", 525600, 1e-6, 1e9, whole = false },
             { "memory", 100, 0.1, 1e9, whole = false }, { "cap", 1, 0, 1000, whole = false },
             { "warm", 20, 1, 1000000 } },
  takes = { "price" }, outputs = { "leverage", "volatility" },
  init = function(self)
    self.look, self.count, self.prev, self.variance = self.warm, 0, 0, 0
    self.k = 1 - exp(-HALF / self.memory)
  end,
  update = function(self, price)
    if type(price) ~= "number" or not (price > 1e-50 and price <= 1e50) then
      error("sizing.volatility: a price must be above 0 and within 1e50, got " .. tostring(price), 2)
    end
    local prev = self.prev
    self.prev = price
    if prev == 0 then return nil end
    local r, count = log(price / prev), self.count + 1
    self.count = count
    self.variance = self.variance + (r * r - self.variance) * max(self.k, 1 / count)
    if count < self.warm then return nil end
    local volatility, y = sqrt(self.variance * self.periods), self.cap
    if volatility > 0 then y = min(self.target / volatility, self.cap) end
    self.y1, self.y2, self.live = y, volatility, true
    return y, volatility
  end,
}

return M
