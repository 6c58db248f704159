"""An instrument whose price falls from +5 through 0 to -40 and comes back, like crude oil in April 2020: every kind of order
at, below and around zero. The money is worked out by hand: one lot pays the difference of two prices."""
import unittest
from fractions import Fraction

import program
from program import table

SCRIPT = """local mt = require "mthost"
local S = mt.strategy {}
local acts = {
%s
}
function S:on_bar(b, m)
  local n = (self.state.n or 0) + 1
  self.state.n = n
  if acts[n] then acts[n](self, m) end
end
return S
"""
# open, high, low, close
CRASH = [(5, 5, 4, 4.5), (4.5, 4.6, 1, 1.2), (1.2, 1.4, -37.63, -37.63), (-37.63, -10, -40, -13.1), (-13, 9, -14, 8.91),
         (8.91, 10.01, 8, 10)]


class NegativePrices(program.Program):
    def play(self, acts, rows=tuple(CRASH), qty="1", negative="true", words=(), costs=("--fee-bp", "0")):
        self.write("CL.csv", "time,open,high,low,close,volume\n" + "".join(
            f"{program.START + 60 * n},{o},{h},{l},{c},100\n" for n, (o, h, l, c) in enumerate(rows)))
        self.write("s.lua", SCRIPT % "\n".join(f"  [{n}] = function(self, m) {act} end," for n, act in acts.items()))
        self.write("run.lua", 'return { strategy = "s", symbols = { "CL" }, sizing = { "fixed", qty = "%s" } }' % qty)
        said = self.mthost("backtest", "run.lua", "--data", "CL.csv", "--instrument",
                           f"tick=0.01,step=1,quote=USD,negative={negative}", "--out", "out", "--json", *costs, *words)
        self.said = said.err
        return said.summary()

    def trades(self):
        return [(Fraction(row["entry"]), Fraction(row["exit"]), Fraction(row["profit"]), row["reason"])
                for row in table(self.path("out", "trades.csv"))]

    def hold(self, act, *trades, at=1, **how):
        summary = self.play({at: act}, **how)
        self.assertEqual(self.trades(), [(Fraction(a), Fraction(b), Fraction(c), d) for a, b, c, d in trades])
        self.assertEqual(Fraction(summary["realised"]), sum(Fraction(trade[2]) for trade in trades))
        return summary

    def test_a_long_through_zero_and_back(self):
        summary = self.hold('self:signal { side = "buy" }')
        equity = [Fraction(row["equity"]) - 100000 for row in table(self.path("out", "equity.csv"))]
        # Bought at 4.5, the open of the second bar; marked at each close.
        self.assertEqual(equity, [0, Fraction("-3.3"), Fraction("-42.13"), Fraction("-17.6"), Fraction("4.41"),
                                  Fraction("5.5")])
        self.assertAlmostEqual(summary["max_drawdown"], 42.13 / 100000, 9)

    def test_limits_at_and_below_zero(self):
        for limit, entry, equity in (("0", "0", 10), ("-10", "-10", 20), ("-39.99", "-39.99", "49.99")):
            summary = self.play({1: 'self:signal { side = "buy", limit = %s, ttl = 1e6 }' % limit})
            order, = table(self.path("out", "orders.csv"))
            self.assertEqual((Fraction(order["price"]), Fraction(order["average"]), order["stop"], order["type"]),
                             (Fraction(limit), Fraction(entry), "", "limit"))
            self.assertEqual(Fraction(summary["final_equity"]), 100000 + Fraction(equity), limit)
        summary = self.play({1: 'self:signal { side = "buy", limit = -40, ttl = 1e6 }'})       # touched, not through
        self.assertEqual(summary["fills"], 0)
        self.play({1: 'self:signal { side = "buy" }'})                                          # a market order has none
        self.assertEqual(table(self.path("out", "orders.csv"))[0]["price"], "")

    def test_stops_at_and_below_zero(self):
        for stop, level in (("mt.at(0)", "0"), ("4.5", "0"), ("mt.at(-5)", "-5"), ("9.5", "-5")):
            self.hold('self:signal { side = "buy", exit = { stop = %s } }' % stop,
                      ("4.5", level, Fraction(level) - Fraction("4.5"), "stop"))
            order, = [row for row in table(self.path("out", "orders.csv")) if row["role"] == "stop"]
            self.assertEqual((Fraction(order["stop"]), order["price"]), (Fraction(level), ""))
        # Of a short that was sold at -37.63, the open of the fourth bar; the bar goes up to -10 and down to -40.
        self.hold('self:signal { side = "sell", exit = { stop = mt.at(-20) } }', ("-37.63", "-20", "-17.63", "stop"), at=3)
        # Jumped over between two bars: the open.
        rows = [(5, 5, 5, 5), (5, 5, 4, 4), (-9, -8, -10, -9), (-9, -9, -9, -9)]
        self.hold('self:signal { side = "buy", exit = { stop = mt.at(0) } }', (5, -9, -14, "stop"), rows=rows)

    def test_takes_at_and_below_zero(self):
        for take, level in (("mt.at(0)", "0"), ("4.5", "0"), ("mt.at(-20)", "-20"), ("24.5", "-20")):
            self.hold('self:signal { side = "sell", exit = { take = %s } }' % take,
                      ("4.5", level, Fraction("4.5") - Fraction(level), "take"))
        summary = self.hold('self:signal { side = "sell", exit = { take = { { 4.5, part = 0.5 }, { 14.5 } } } }',
                            ("4.5", -5, 4 * Fraction("9.5"), "take"), qty="4")
        self.assertEqual(summary["fills"], 3)

    def test_a_trail_through_zero(self):
        # Sold at 5; the best prices are 2, -4 and -9, so that the stop comes to -1, which the last bar reaches.
        rows = [(5, 5, 5, 5), (5, 5, 2, 2), (2, 2, -4, -4), (-4, -4, -9, -9), (-9, 0, -9, 0)]
        summary = self.hold('self:signal { side = "sell", exit = { trail = 8 } }', (5, -1, 6, "trail"), rows=rows)
        self.assertEqual(summary["assumed"], 0)
        # Sold at 1.2 in the bar that falls to -37.63: its high may have come last, so the trail counts against us.
        summary = self.hold('self:signal { side = "sell", exit = { trail = 3 } }', ("1.2", "-34.63", "35.83", "trail"), at=2)
        self.assertEqual(summary["assumed"], 1)
        rows = [(-5, -5, -5, -5), (-5, -5, -5, -5), (-5, -3, -5, -3), (-3, -3, -3, -3), (-3, -3, -4, -4), (-4, -4, -4, -4)]
        self.hold('self:signal { side = "buy", exit = { trail = 1 } }', (-5, -4, 1, "trail"), rows=rows)

    def test_targets_and_a_reversal_through_zero(self):
        summary = self.play({1: "self:target(2)", 2: "self:target(-1)", 3: "self:target(-3)", 4: "self:target(0)"})
        # +2 at 4.5; -3 at 1.2: -6.6; -2 more at -37.63; all three bought at -13: 1.2 - 2 * 37.63 + 3 * 13.
        self.assertEqual(Fraction(summary["realised"]), Fraction("-6.6") + Fraction("1.2") - 2 * Fraction("37.63") + 39)
        self.assertEqual(Fraction(summary["final_equity"]), 100000 + Fraction(summary["realised"]))

    def test_a_fill_at_zero_is_a_fill(self):
        rows = [(1, 1, 1, 1), (0, 0, 0, 0), (0, 0, 0, 0), (2, 2, 2, 2)]
        summary = self.play({1: 'self:signal { side = "buy" }'}, rows=rows)
        self.assertEqual((summary["fills"], Fraction(summary["final_equity"])), (1, 100002))
        self.hold('self:signal { side = "buy", exit = { stop = 1 } }', (1, 0, -1, "stop"),
                  rows=[(1, 1, 1, 1), (1, 1, 1, 1), (0, 0, 0, 0), (0, 0, 0, 0)])

    def test_fees_and_margin_are_of_the_magnitude(self):
        summary = self.play({3: 'self:signal { side = "buy" }'}, costs=("--fee-bp", "10"), qty="100")
        self.assertEqual(Fraction(summary["fees"]), 100 * Fraction("37.63") / 1000)
        # 100 000 at -37.63 carry 2657 lots without leverage, a lot costing 37.63.
        self.play({3: 'self:signal { side = "buy" }'}, qty="5000")
        order, = table(self.path("out", "orders.csv"))
        self.assertEqual(order["qty"], str(int(100000 / 37.63)))
        self.assertEqual(self.mthost("orders", "out", "--json").json()[0]["state"], "filled")

    def test_without_the_word_it_is_refused_as_ever(self):
        rows = [(5, 5, 4, 4.5)] * 3
        for act, code in (('self:signal { side = "buy", exit = { stop = mt.at(-5) } }', "BAD_EXIT"),
                          ('self:signal { side = "buy", exit = { stop = mt.at(0) } }', "BAD_EXIT"),
                          ('self:signal { side = "sell", exit = { take = 4.5 } }', "BAD_EXIT")):
            summary = self.play({1: act}, rows=rows, negative="false")
            self.assertEqual((summary["orders"], summary["refused_by"]), (0, {code: 1}), act)
        self.play({1: 'self:signal { side = "buy", limit = 0 }'}, rows=rows, negative="false")
        self.assertIn("limit: a finite number above 0 expected, got 0", self.said)

    def test_it_is_read_back_as_it_was_traded(self):
        self.play({1: 'self:signal { side = "sell", exit = { stop = 60, take = 24.5, trail = 30 } }'})
        stated = [row for row in table(self.path("out", "orders.csv"))]
        shown = self.mthost("orders", "out", "--json").json()
        self.assertEqual([(Fraction(row["price"] or 0), Fraction(row["stop"] or 0)) for row in stated],
                         [(Fraction(row["price"] or 0), Fraction(row["stop"] or 0)) for row in shown])


if __name__ == "__main__":
    unittest.main()
