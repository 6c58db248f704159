"""Limits seen from outside: what a configuration says is what an order meets."""
import unittest
from fractions import Fraction

import program

# One entry of 1 BTC (some 50 000 of notional); STOP is the exit plan.
SCRIPT = """
local mt = require "mthost"
local S = mt.strategy {}
function S:on_trade(t)
  if not self.state.asked then
    self.state.asked = true
    self:signal { side = "%s", tag = "want", exit = %s }
  end
end
return S
"""
LIMITS = "return { limits = { accounts = { ['*'] = { max_daily_loss = 500, daily_loss_predictive = true } } } }\n"
RUN = """return { strategy = "want", symbols = { "BTCUSDT" },
  accounts = { lead = "sim", { "sim", sizing = { "fixed", qty = 1 } } } }
"""


class PredictiveDailyLoss(program.Program):
    """An order may lose what lies between its price and the stop of its plan, and all of it without a stop."""

    def run_with(self, side, plan):
        self.write("want.lua", SCRIPT % (side, plan))
        self.write("run.lua", RUN)
        self.write("mthost.conf.lua", LIMITS)
        self.mthost("run", "run.lua", "--for", "1m", "--speed", "max", "--seed", "3")
        orders = [order for order in self.mthost("orders", "--json").json() if order["role"] == "entry"]
        self.assertEqual(len(orders), 1, orders)
        return orders[0]

    def test_without_a_stop_the_whole_notional_counts(self):
        self.assertEqual(self.run_with("buy", "nil")["code"], "DAILY_LOSS")

    def test_a_near_stop_passes_and_a_far_one_does_not(self):
        for side in ("buy", "sell"):
            self.assertGreater(Fraction(self.run_with(side, "{ stop = 400 }")["filled"]), 0)
            self.assertEqual(self.run_with(side, "{ stop = 600 }")["code"], "DAILY_LOSS")

    def test_a_take_alone_is_no_stop(self):
        self.assertEqual(self.run_with("buy", "{ take = 10 }")["code"], "DAILY_LOSS")


if __name__ == "__main__":
    unittest.main()
