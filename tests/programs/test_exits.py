"""Exits as a whole: what happens inside a bar, what an exit does to its own entry, how long an order lives, and what one
instant is (docs/simulated-venue.md). Scenes are written for a long; a short is the mirror image at 100. The right
values are worked out by hand."""
import os
import random
import signal
import time
import unittest

import program
from program import table

START = 1_600_000_020                            # the begin of a minute
BOTH = (1, -1)
SCRIPT = """local mt = require "mthost"
local S = mt.strategy { %s }
local acts = {
%s
}
function S:%s(x, m)
  local n = (self.state.n or 0) + 1
  self.state.n = n
  if acts[n] then acts[n](self) end
end
function S:on_order(o, m)
  if o.state == "expired" then self:mark("expired " .. o.side .. " stance " .. m.stance, 1) end
end
function S:on_signal(v, m)
  self:mark(v.verdict .. " " .. tostring(v.entry) .. " stance " .. m.stance, v.sent)
end
return S
"""


lower = 0                                        # by how much prices in files are lower than in the scenes


def at(side, price):
    """The price in the scene of this side, as it stands in files."""
    return (price if side > 0 else 200 - price) - lower


def back(side, price):
    """What `at` has made of a price."""
    return price + lower if side > 0 else 200 - (price + lower)


def text(price):
    return f"{price:.4f}".rstrip("0").rstrip(".")


class Exits(program.Program):
    instrument = "tick=0.01,step=0.1,quote=USD"

    def bars(self, rows, side=1, name="XX.csv", step=60):
        lines = ["time,open,high,low,close,volume"]
        for number, row in enumerate(rows):
            o, h, l, c = row if isinstance(row, tuple) else (row,) * 4
            if side < 0:
                h, l = l, h
            lines.append(f"{START + number * step}," + ",".join(text(at(side, p)) for p in (o, h, l, c)) + ",10")
        self.write(name, "\n".join(lines) + "\n")

    def quotes(self, rows, side=1, name="XX.csv"):
        sized = any(len(row) == 4 for row in rows)
        lines = ["time,bid,ask" + (",bid_qty,ask_qty" if sized else "")]
        for number, (bid, ask, *sizes) in enumerate(rows):
            if side < 0:
                bid, ask, sizes = ask, bid, sizes[::-1]
            bid, ask = at(side, bid), at(side, ask)
            lines.append(",".join([str(START + number), text(bid), text(ask), *map(str, sizes)]))
        self.write(name, "\n".join(lines) + "\n")

    def trades_file(self, prices, side=1, name="XX.csv"):
        lines = [f"{START + number},{text(at(side, price))},1" for number, price in enumerate(prices)]
        self.write(name, "time,price,qty\n" + "\n".join(lines) + "\n")

    def play(self, acts, side=1, handler="on_bar", qty="1", declared="", costs="", symbols=("XX",), words=()):
        """acts: by the number of the event, Lua. @buy and @sell are the words of the side, @(99) its price."""
        lines = []
        for number, act in acts.items():
            act = act.replace("@buy", '"buy"' if side > 0 else '"sell"').replace("@sell", '"sell"' if side > 0 else '"buy"')
            while "@(" in act:
                before, rest = act.split("@(", 1)
                price, rest = rest.split(")", 1)
                act = before + text(at(side, float(price))) + rest
            lines.append(f"  [{number}] = function(self) {act} end,")
        self.write("s.lua", SCRIPT % (declared, "\n".join(lines), handler))
        names = ", ".join(f'"{symbol}"' for symbol in symbols)
        self.write("run.lua", f'return {{ strategy = "s", symbols = {{ {names} }}, sizing = {{ "fixed", qty = "{qty}" }}'
                              f'{", costs = { " + costs + " }" if costs else ""} }}')
        result = self.mthost("backtest", "run.lua", "--data", *(f"{symbol}.csv" for symbol in symbols), "--instrument",
                             self.instrument, "--out", "out", "--json", *(() if costs else ("--fee-bp", "0")), *words)
        self.assertNotIn("s.lua:", result.err)
        return result.summary()

    def trades(self, side=1):
        """(entry, exit, profit, reason), prices as in the scene of a long."""
        return [(round(back(side, float(row["entry"])), 6), round(back(side, float(row["exit"])), 6), float(row["profit"]),
                 row["reason"]) for row in table(self.path("out", "trades.csv"))]

    def orders(self, role):
        return [row for row in table(self.path("out", "orders.csv")) if row["role"] == role]

    def marks(self):
        return [(row["name"], float(row["value"])) for row in table(self.path("out", "marks.csv"))]


class InsideABar(Exits):
    def check(self, rows, act, trades, assumed=0, at_bar=1, equity=None, **how):
        for side in BOTH:
            with self.subTest(rows=rows, act=act, side=side):
                self.bars(rows, side)
                summary = self.play({at_bar: act}, side, **how)
                self.assertEqual(self.trades(side), trades)
                self.assertEqual(summary["assumed"], assumed)
                if equity is not None:
                    self.assertEqual(float(summary["final_equity"]), equity)

    def test_the_bar_of_an_entry_at_its_open(self):
        enter = "self:signal { side = @buy, exit = { stop = 4, take = 1.5 } }"
        self.check([100, (100, 101, 91, 98), (98, 99, 97, 98)], enter, [(100, 96, -4, "stop")])
        self.check([100, (100, 101, 96, 98), (98, 99, 97, 98)], enter, [(100, 96, -4, "stop")])
        self.check([100, (100, 101.5, 96.01, 98), (98, 99, 97, 98)], enter, [], equity=99998)
        self.check([100, (100, 101.51, 96.01, 98), (98, 99, 97, 98)], enter, [(100, 101.5, 1.5, "take")])
        self.check([100, (100, 102, 96, 102), (98, 99, 97, 98)], enter, [(100, 96, -4, "stop")], assumed=1)
        # A gap between signal and fill: distances count from the fill.
        self.check([100, (110, 110, 106, 108), 108], enter, [(110, 106, -4, "stop")])

    def test_the_bar_of_an_entry_by_limit(self):
        enter = "self:signal { side = @buy, limit = @(98), ttl = 600, exit = { stop = 3, take = 2 } }"
        self.check([100, (100, 103, 98, 100), 100], enter, [], equity=100000)               # touched, not through
        self.check([100, (100, 103, 97, 99), 99], enter, [], equity=100001)                 # the high may have been before
        self.check([100, (100, 103, 97, 100), (99.99, 99.99, 99, 99)], enter, [], equity=100001)
        self.check([100, (100, 103, 97, 100.01), 100], enter, [(98, 100, 2, "take")])
        self.check([100, (100, 103, 95, 99), 99], enter, [(98, 95, -3, "stop")])
        self.check([100, (100, 103, 95, 102), 99], enter, [(98, 95, -3, "stop")], assumed=1)
        self.check([100, (97, 100, 96, 99), 99], enter, [(97, 99, 2, "take")])              # at the open: from 97 on

    def test_takes_in_parts_inside_one_bar(self):
        enter = "self:signal { side = @buy, exit = { stop = 4, take = { { 1, part = 0.4 }, { 3 } } } }"
        for rows, profit, assumed in (
                ([100, (100, 101.5, 99, 100), (100, 100, 96, 96)], 0.4 * 1 - 0.6 * 4, 0),
                ([100, (100, 103.5, 99, 100), 100], 0.4 * 1 + 0.6 * 3, 0),
                ([100, (100, 103.5, 96, 100), 100], -4, 1)):
            for side in BOTH:
                self.bars(rows, side)
                summary = self.play({1: enter}, side)
                self.assertAlmostEqual(float(summary["final_equity"]), 100000 + profit, 6, f"{rows} {side}")
                self.assertEqual((summary["assumed"], summary["trades"]), (assumed, 1), f"{rows} {side}")

    def test_a_trail_that_the_bar_has_crossed_for_certain(self):
        enter = "self:signal { side = @buy, exit = { trail = 2 } }"
        self.check([100, (100, 100.5, 99.5, 100), (100, 108, 99.8, 100.4), 100], enter, [(100, 106, 6, "trail")])
        self.check([100, (100, 100.5, 99.5, 100), (100, 108, 99.8, 106), 106], enter, [(100, 106, 6, "trail")])
        self.check([100, (100, 100.5, 99.5, 100), (100, 108, 99.8, 107), 107], enter, [(100, 106, 6, "trail")], assumed=1)
        self.check([100, (100, 108, 99, 100.4), 100], enter, [(100, 106, 6, "trail")])                  # at the open
        self.check([100, (100, 108, 98, 107), 107], enter, [(100, 98, -2, "trail")])                    # where it began

    def test_a_trail_over_gaps(self):
        enter = "self:signal { side = @buy, exit = { trail = 2 } }"
        # 99 after the first bar; 103 after the second, that opens above; the third opens below it.
        self.check([100, (100, 101, 99.5, 101), (103.5, 105, 103.5, 104.5), (102, 104, 101, 103)], enter, [(100, 102, 2, "trail")])

    def test_a_trail_with_a_stop_a_take_and_after(self):
        enter = "self:signal { side = @buy, exit = { stop = 4, take = 10, trail = { 2, after = 5 } } }"
        self.check([100, (100, 104.99, 96.01, 97), 97], enter, [], equity=99997)
        self.check([100, (100, 104.99, 96, 97), 97], enter, [(100, 96, -4, "stop")])
        self.check([100, (100, 105, 97, 102), 102], enter, [(100, 103, 3, "trail")])
        self.check([100, (100, 105, 97, 104), 104], enter, [(100, 103, 3, "trail")], assumed=1)
        self.check([100, (100, 109, 96, 104), 104], enter, [(100, 96, -4, "stop")])

    def test_the_trail_of_an_entry_inside_the_bar(self):
        enter = "self:signal { side = @buy, limit = @(98.5), ttl = 600, exit = { trail = 2 } }"
        self.check([100, (100, 103, 98, 100.2), 100.2, 100.2], enter, [], equity=100001.7)
        self.assertEqual([float(row["stop"]) for row in self.orders("trail") if row["state"] == "working"], [round(at(1, 101.8), 6)])
        self.check([100, (100, 103, 98, 100.2), (100.2, 100.2, 98.2, 99)], enter, [(98.5, 98.2, -0.3, "trail")])
        self.check([100, (100, 103, 98, 98.2), (98.2, 98.3, 96.51, 97)], enter, [], equity=99998.5)     # best: the entry
        self.check([100, (100, 103, 98, 98.2), (98.2, 98.3, 96.5, 97)], enter, [(98.5, 96.5, -2, "trail")])
        self.check([100, (100, 103, 96.5, 102), 102], enter, [(98.5, 96.5, -2, "trail")])

    def test_after_counts_only_from_what_came_after_the_entry(self):
        enter = "self:signal { side = @buy, limit = @(98), ttl = 600, exit = { trail = { 1, after = 3 } } }"
        self.check([100, (100, 104, 97.5, 100.9), (100.9, 100.9, 97, 98)], enter, [], equity=100000)
        self.check([100, (100, 104, 97.5, 101), (101, 101, 100, 100)], enter, [(98, 100, 2, "trail")])

    def test_an_exit_that_is_set_before_the_entry_fills(self):
        rows = [100, 100, (100, 100, 97, 97.5), 97.5]
        for side in BOTH:
            for exits, trades in (("{ stop = 1 }", [(98, 97, -1, "stop")]), ("{ stop = 1, take = 5 }", [(98, 97, -1, "stop")]),
                                  ("{ stop = 0.5, trail = 0.7 }", [(98, 97.5, -0.5, "stop")])):
                self.bars(rows, side)
                self.play({1: "self:signal { side = @buy, limit = @(98), ttl = 600, exit = { stop = 3 } }",
                           2: f"self:protect {exits}"}, side)
                self.assertEqual(self.trades(side), trades, f"{exits} {side}")
            self.bars(rows, side)
            summary = self.play({1: "self:signal { side = @buy, limit = @(98), ttl = 600, exit = { stop = 3, take = 9 } }",
                                 2: 'self:signal { side = "flat" }'}, side)
            self.assertEqual((summary["fills"], summary["trades"]), (0, 0))
            self.assertEqual([row["state"] for row in table(self.path("out", "orders.csv"))], ["canceled"] * 3)

    def test_a_reversal_before_the_entry_fills(self):
        for side in BOTH:
            self.bars([100, 100, (100, 104.5, 97, 103), 103], side)
            self.play({1: "self:signal { side = @buy, limit = @(98), ttl = 600, exit = { stop = 0.5 } }",
                       2: "self:signal { side = @sell, exit = { stop = 4 } }"}, side)
            self.assertEqual(self.trades(-side), [(100, 96, -4.0, "stop")], "sold at the open, stopped in its bar")


class AgainstOlderPrices(Exits):
    """A level is passed by a price that came with the fill or after it, never by one before."""

    def test_bars_and_the_close_before(self):
        for side in BOTH:
            # Bought at 107 after closes of 112: the stop of 3 lies at 104 …, sold at 93 after 100: at 96.
            for before, after, plan in ((100, 93, "stop = 3"), (100, 93, "trail = 3"), (88, 93, "take = 3"),
                                        (100, 93, "stop = 3, trail = 5, take = 3")):
                with self.subTest(side=side, before=before, plan=plan):
                    self.bars([before] * 2 + [after] * 5, -side)
                    summary = self.play({2: "self:signal { side = @sell, exit = { %s } }" % plan}, -side)
                    self.assertEqual((summary["trades"], summary["fills"]), (0, 1))
                    self.assertEqual(float(summary["final_equity"]), 100000)

    def test_a_plan_changed_in_the_very_turn_of_the_signal(self):
        for side in BOTH:
            self.bars([100, 100, 93, 93, 93], side)
            summary = self.play({2: "self:signal { side = @sell, exit = { stop = 3 } }; self:protect { stop = 2 }"}, side)
            self.assertEqual(summary["trades"], 0)
            self.assertEqual([float(row["stop"]) for row in self.orders("stop") if row["state"] == "working"], [at(side, 95)])

    def test_quotes_and_the_quote_before(self):
        for side in BOTH:
            for plan, level in (("stop = 0.15", 100.35), ("trail = 0.15", None)):
                with self.subTest(side=side, plan=plan):
                    self.quotes([(99.90, 100.50), (100.22, 100.26), (100.22, 100.26), (100.15, 100.19), (99.9, 99.94)], side)
                    summary = self.play({1: "self:signal { side = @sell, limit = @(100.20), ttl = 60, exit = { %s } }" % plan},
                                        side, handler="on_quote")
                    self.assertEqual((summary["trades"], summary["fills"]), (0, 1))
                    stops = [round(float(row["stop"]), 2) for row in self.orders("stop")]
                    self.assertEqual(stops, [] if level is None else [round(at(side, level), 2)])

    def test_a_quote_that_came_with_the_fill_and_has_passed_the_stop(self):
        for side in BOTH:
            self.quotes([(100, 100.4), (100, 100.4), (100, 100.4)], side)
            self.play({1: "self:signal { side = @sell, exit = { stop = 0.3 } }"}, side, handler="on_quote")
            self.assertEqual(self.trades(side), [(100, 100.4, -0.4, "stop")])

    def test_a_maker_who_was_hit_by_a_quote_beyond_his_stop(self):
        for side in BOTH:
            self.quotes([(99.9, 100), (100.5, 100.9), (100.1, 100.2), (100.1, 100.2)], side)
            self.play({1: "self:signal { side = @sell, limit = @(100.2), ttl = 60, exit = { stop = 0.3 } }"}, side,
                      handler="on_quote")
            self.assertEqual(self.trades(side), [(100.2, 100.9, -0.7, "stop")])


class TheRestOfAnEntry(Exits):
    """An exit that closes the whole leg ends its own entry."""
    FIRST, QUIET = (99.9, 100, 1, 1), (99.9, 100.05, 1, 1)
    LATER = [(99, 99.1, 9, 9), (98.5, 98.6, 9, 9), (98, 98.1, 9, 9)]

    def check(self, rows, plan, equity, reasons, acts=None, qty="3", filled="1", state="canceled", **how):
        for side in BOTH:
            with self.subTest(rows=rows, plan=plan, side=side):
                self.quotes(rows, side)
                enter = "self:signal { side = @buy, limit = @(100), ttl = 60%s }" % (", exit = { %s }" % plan if plan else "")
                summary = self.play({1: enter, **(acts or {})}, side, handler="on_quote", qty=qty, **how)
                self.assertAlmostEqual(float(summary["final_equity"]), equity, 6)
                self.assertEqual(float(summary["unrealised"]), 0)
                self.assertEqual([row["reason"] for row in table(self.path("out", "trades.csv"))], reasons)
                entry, = self.orders("entry")
                self.assertEqual((entry["filled"], entry["state"]), (filled, state))
                left = [row for row in table(self.path("out", "orders.csv")) if row["state"] == "working"]
                self.assertEqual(left, [])

    def test_gone_through_first_then_the_stop(self):
        self.check([self.FIRST, (99.3, 99.32, 9, 1), *self.LATER], "stop = 0.5", 100000 - 3 * 0.7, ["stop"], filled="3",
                   state="filled")

    def test_a_stop(self):
        self.check([self.FIRST, (99.3, 100.05, 9, 9), *self.LATER], "stop = 0.5", 100000 - 0.7, ["stop"])

    def test_a_trail(self):
        self.check([self.FIRST, (100.9, 101, 9, 9), (100.3, 100.4, 9, 9), *self.LATER], "trail = 0.5", 100000.3, ["trail"])

    def test_the_last_take(self):
        self.check([self.FIRST, (101.2, 101.3, 9, 9), *self.LATER], "take = 1", 100001, ["take"])

    def test_a_part_take_leaves_the_entry(self):
        for side in BOTH:
            self.quotes([self.FIRST, (101.2, 101.3, 9, 9), (99.95, 99.99, 9, 9)], side)
            summary = self.play({1: "self:signal { side = @buy, limit = @(100), ttl = 60, exit = { take = { { 1, part = 0.5 } } } }"},
                                side, handler="on_quote", qty="3")
            entry, = self.orders("entry")
            self.assertEqual((entry["filled"], entry["state"]), ("3", "filled"))
            # 0.5 at 101, 2.5 from 100 marked at 99.95
            self.assertAlmostEqual(float(summary["final_equity"]), 100000 + 0.5 - 2.5 * 0.05, 6)

    def test_a_time(self):
        self.check([self.FIRST, self.QUIET, self.QUIET, (99.8, 100.05, 9, 9), *self.LATER], "time = 2", 100000 - 0.1, ["time"])

    def test_flat(self):
        self.check([self.FIRST, (99.7, 100.05, 9, 9), *self.LATER], "", 100000 - 0.3, ["flat"],
                   acts={2: 'self:signal { side = "flat" }'})

    def test_what_fills_before_the_cancel_is_definite_is_closed_with_the_role_of_the_exit(self):
        # An order needs 1.5 s. The entry arrives at 1.5 and takes 1, the stop at 3; it triggers at 5 (99.3), the cancel
        # arrives at 6.5; at 6 the market goes through the rest (2 at 100), whose close arrives at 7.5 (99.1).
        rows = [self.FIRST, self.FIRST, self.QUIET, self.QUIET, self.QUIET, (99.3, 100.05, 9, 9), (99.2, 99.22, 9, 9),
                (99.1, 99.12, 9, 9), (99.1, 99.12, 9, 9)]
        self.check(rows, "stop = 0.5", 100000 - 0.7 - 2 * 0.9, ["stop", "stop"], filled="3", state="filled",
                   costs="maker_bp = 0, taker_bp = 0, latency_ms = { feed = 0, entry = 1500, reply = 0 }")


class TradesOnly(Exits):
    def test_a_print_at_the_price_fills_nothing(self):
        for side in BOTH:
            for prices, fills, equity in (([100, 98, 98.5, 98.6], 0, 100000), ([100, 98, 98, 98, 99], 0, 100000),
                                          ([100, 98, 97.99, 99], 1, 100002), ([100, 97, 96, 99], 1, 100002)):
                with self.subTest(side=side, prices=prices):
                    self.trades_file(prices, side)
                    summary = self.play({1: "self:signal { side = @buy, limit = @(98), ttl = 60 }"}, side, handler="on_trade",
                                        qty="2")
                    self.assertEqual((summary["fills"], float(summary["final_equity"])), (fills, equity))

    def test_a_take_at_the_price_of_a_print_waits_too(self):
        for side in BOTH:
            self.trades_file([100, 100, 102, 101, 102.01, 103], side)
            self.play({1: "self:signal { side = @buy, exit = { take = 2 } }"}, side, handler="on_trade")
            self.assertEqual(self.trades(side), [(100, 102, 2, "take")])
            self.assertEqual(table(self.path("out", "trades.csv"))[0]["closed"][17:19], "04")

    def test_better_than_the_last_print_trades_at_it(self):
        for side in BOTH:
            self.trades_file([100, 101, 101], side)
            self.play({1: "self:signal { side = @buy, limit = @(100.5), ttl = 60 }"}, side, handler="on_trade")
            entry, = self.orders("entry")
            self.assertEqual(back(side, float(entry["average"])), 100)


class HowLongAnOrderLives(Exits):
    REVERSAL = "self:signal { side = @buy, limit = @(99), ttl = %d }"

    def reverse(self, side, ttl, low_in):
        rows = [100] * 8
        rows[low_in] = (100, 100, 98.5, 100)
        self.bars(rows, side)
        return self.play({1: "self:signal { side = @sell }", 3: self.REVERSAL % ttl}, side)

    def test_the_second_half_has_what_is_left(self):
        # Asked at 180 s, sent at 240; 380 lies inside the bar from 360 to 420, whose low it does not meet any more.
        for side in BOTH:
            summary = self.reverse(side, 200, 6)
            self.assertEqual((summary["fills"], summary["trades"], summary["expired"]), (2, 1, 1))
            self.assertEqual(self.marks()[-1], ("expired %s stance 0" % ("buy" if side > 0 else "sell"), 1))
            summary = self.reverse(side, 200, 5)
            self.assertEqual((summary["fills"], summary["trades"], summary["expired"]), (3, 1, 0))
            entry = self.orders("entry")[-1]
            self.assertEqual((float(entry["average"]), entry["state"]), (at(side, 99), "filled"))

    def test_one_that_dies_before_it_is_sent_is_told_once(self):
        for side in BOTH:
            summary = self.reverse(side, 30, 5)
            self.assertEqual((summary["fills"], summary["trades"], summary["expired"], summary["denied"]), (2, 1, 1, 0))
            told = self.marks()
            self.assertEqual([mark for mark in told if mark[0].startswith("expired")],
                             [("expired %s stance 0" % ("buy" if side > 0 else "sell"), 1)])
            self.assertEqual(told[1][0].split()[0], "sent")

    def test_a_limit_without_one_has_one_bar_from_the_moment_it_is_sent(self):
        for side in BOTH:
            for low_in, fills in ((4, 3), (5, 2)):
                rows = [100] * 8
                rows[low_in] = (100, 100, 98.5, 100)
                self.bars(rows, side)
                summary = self.play({1: "self:signal { side = @sell }", 3: "self:signal { side = @buy, limit = @(99) }"}, side)
                self.assertEqual((summary["fills"], summary["expired"]), (fills, 3 - fills), f"{side} {low_in}")

    def test_a_market_entry_on_bars_waits_over_any_gap(self):
        for side in BOTH:
            rows = [f"{START + 60 * k},100,100,100,100,1" for k in (0, 1, 2, 3, 4000, 4001, 9000, 9001)]
            self.write("XX.csv", "time,open,high,low,close,volume\n" + "\n".join(rows) + "\n")
            summary = self.play({1: "self:signal { side = @sell }", 4: "self:signal { side = @buy }"}, side)
            self.assertEqual((summary["fills"], summary["expired"]), (3, 0))

    def test_a_default_ttl_on_quotes_over_a_gap(self):
        for side in BOTH:
            rows = [(START, 99.9, 100, 0.5, 0.5), (START + 60, 99.9, 100, 9, 9), (START + 61, 99.9, 100, 9, 9)]
            self.write("XX.csv", "time,bid,ask,bid_qty,ask_qty\n" + "\n".join(",".join(map(str, row)) for row in rows) + "\n")
            summary = self.play({1: "self:signal { side = @buy }"}, side, handler="on_quote", qty="2")
            entry, = self.orders("entry")
            self.assertEqual((entry["filled"], entry["state"]), ("0.5", "expired"))
            self.assertEqual(summary["fills"], 1)


class AVetoOfAReversal(Exits):
    def test_the_reduction_happens(self):
        self.write("f.lua", 'local mt = require "mthost"\nlocal F = mt.filter {}\nfunction F:check(s)\n'
                            '  if s.side == "sell" then return nil, "no shorts" end\n  return s\nend\nreturn F\n')
        for opposite, first in (('self:signal { side = "sell" }', 'self:signal { side = "buy" }'),
                                ("self:target(-1)", "self:target(1)")):
            with self.subTest(opposite):
                self.bars([100, 100, 102, 102, 102])
                self.write("s.lua", SCRIPT % ("", f"[1] = function(self) {first} end, [3] = function(self) {opposite} end",
                                              "on_bar"))
                self.write("run.lua", 'return { strategy = "s", filters = { "f" }, symbols = { "XX" }, '
                                      'sizing = { "fixed", qty = "1" } }')
                summary = self.mthost("backtest", "run.lua", "--data", "XX.csv", "--instrument", self.instrument, "--fee-bp", "0",
                                      "--out", "out", "--json").summary()
                self.assertEqual((summary["fills"], summary["trades"], float(summary["unrealised"])), (2, 1, 0))
                self.assertEqual(self.marks()[-1], ("vetoed false stance 0", 1))


PAIR = """local mt = require "mthost"
local S = mt.strategy { %s }
local sides = { A = "buy", B = "sell", C = "sell" }
function S:%s(x, m)
  local n = (self.state["n" .. m.symbol] or 0) + 1
  self.state["n" .. m.symbol] = n
  if n == 2 or n == 7 then m:signal { side = sides[m.symbol] } end
  if n == 5 then m:signal { side = "flat" } end
end
return S
"""


class OneInstant(Exits):
    """Fills of all symbols before plans' times and timers; equity and limits once, when all of it has been seen."""

    def test_another_symbol_and_the_order_of_files_change_nothing(self):
        acts = ('if m.symbol ~= "B" then return end\n  local n = (self.state.n or 0) + 1\n  self.state.n = n\n'
                '  if n == 2 or n == 4 then m:signal { side = %s, exit = { take = 3, time = 60 } } end\n')
        for side in BOTH:
            self.bars([50] * 8, name="A.csv")
            self.bars([100, 100, 100, (100, 104, 100, 102), 102, 106, 107, 108], side, "B.csv")
            self.write("s.lua", 'local mt = require "mthost"\nlocal S = mt.strategy {}\nfunction S:on_bar(b, m)\n  '
                       + acts % ('"buy"' if side > 0 else '"sell"') + "end\nreturn S\n")
            said = []
            for names in (["B"], ["B", "A"], ["A", "B"]):
                summary = self.mthost("backtest", "s.lua", "--data", *(name + ".csv" for name in names), "--symbols",
                                      ",".join(names), "--instrument", "tick=0.01,step=0.01,quote=USD", "--fee-bp", "0",
                                      "--out", "out", "--json").summary()
                said.append((summary["trades"], summary["final_equity"], summary["result_hash"], self.trades(side)))
            # Bought at 100 in bar 2, time 60 s later is the close of bar 3, whose high fills the take first; the entry after
            # bar 3 at 102, whose bar 5 opens beyond the take.
            self.assertEqual(said[0][0], 2)
            self.assertEqual([trade[:2] for trade in said[0][3]], [(100, 103), (102, 106)])
            self.assertEqual(said[0], said[1])
            self.assertEqual(said[0], said[2])

    def pair(self, limits="", quotes=False, third=False, last=70):
        names = ["A", "B", "C"] if third else ["A", "B"]
        prices = [100] * 3 + [70, last, 70, 70, 70, 70]
        for name in names:
            if quotes:
                self.quotes([(p, p) for p in prices], name=name + ".csv")
            else:
                self.bars(prices, name=name + ".csv")
        instruments = ", ".join(name + ' = { tick = "0.01", step = "1", quote = "USD" }' for name in names)
        self.write("c.lua", f'return {{ instruments = {{ {instruments} }}, accounts = {{ sim = {{ leverage = 10 }} }}{limits} }}')
        self.write("s.lua", PAIR % ("", "on_quote" if quotes else "on_bar"))
        entries = ", ".join(f'"{name}"' for name in names)
        self.write("run.lua", f'return {{ strategy = "s", symbols = {{ {entries} }}, sizing = {{ "fixed", qty = "300" }} }}')
        summary = self.mthost("backtest", "run.lua", "--config", "c.lua", "--data", *(name + ".csv" for name in names), "--out",
                              "out", "--json", "--fee-bp", "0").summary()
        return summary, [float(row["equity"]) for row in table(self.path("out", "equity.csv"))]

    def test_a_pair_that_nets_out_has_no_drawdown(self):
        for quotes in (False, True):
            summary, equity = self.pair(quotes=quotes)
            self.assertEqual(summary["fills"], 6)
            self.assertEqual((summary["max_drawdown"], set(equity)), (0, {100000.0}), f"quotes {quotes}")

    def test_three_symbols(self):
        # Long 300 A, short 300 B and 300 C: 30 down brings 9000, and nothing is lost on the way.
        summary, equity = self.pair(third=True)
        self.assertEqual((summary["max_drawdown"], equity[-1], min(equity)), (0, 109000.0, 100000.0))

    def test_limits_do_not_see_the_middle_of_an_instant(self):
        for limit in ('max_drawdown = "0.05"', "max_daily_loss = 5000"):
            for quotes in (False, True):
                with self.subTest(limit=limit, quotes=quotes):
                    summary, _ = self.pair(", limits = { accounts = { sim = { %s } } }" % limit, quotes)
                    self.assertEqual((summary["orders"], summary["fills"], summary["denied"], summary["max_drawdown"]),
                                     (6, 6, 0, 0))

    def test_limits_see_the_end_of_an_instant(self):
        # A alone falls by 30 with 300 held: 9000 are lost when the instant is over, and the entry of the 7th is refused.
        for limit, code in (('max_drawdown = "0.05"', "STATE_REDUCE_ONLY"), ("max_daily_loss = 5000", "STATE_REDUCE_ONLY")):
            self.bars([100] * 3 + [70] * 6, name="A.csv")
            self.bars([100] * 9, name="B.csv")
            self.write("c.lua", 'return { instruments = { A = { tick = "0.01", step = "1", quote = "USD" }, B = { tick = "0.01", '
                                'step = "1", quote = "USD" } }, accounts = { sim = { leverage = 10 } }, limits = { accounts = '
                                '{ sim = { %s } } } }' % limit)
            self.write("s.lua", PAIR % ("", "on_bar"))
            self.write("run.lua", 'return { strategy = "s", symbols = { "A", "B" }, sizing = { "fixed", qty = "300" } }')
            summary = self.mthost("backtest", "run.lua", "--config", "c.lua", "--data", "A.csv", "B.csv", "--out", "out", "--json",
                                  "--fee-bp", "0").summary()
            self.assertEqual(summary["refused_by"].get(code, 0) + summary["denied_by"].get(code, 0), 2, limit)
            self.assertAlmostEqual(summary["max_drawdown"], 0.09, 9)


# AA and BBB: entries of every kind with plans of every kind, reversals too. CCC turns round by target.
WALK = """local mt = require "mthost"
local S = mt.strategy {}
local plans = {
  { stop = 1.5, take = 2 }, { trail = 1.2 }, { stop = 2, trail = { 0.8, after = 1 } }, { take = { { 0.7, part = 0.5 }, { 2 } }, stop = 1 },
  { stop = 1, time = 600 }, { trail = 0.6, take = 0.9 },
}
function S:on_bar(b, m)
  local key = "n" .. m.symbol
  local n = (self.state[key] or 0) + 1
  self.state[key] = n
  if m.symbol == "CCC" then
    if n % 7 == 0 then m:target(n % 14 == 0 and 3 or -3) end
  elseif n % 7 == 3 then
    local side = (n * 31 + #m.symbol) % 5 < 3 and 1 or -1
    local limit = n % 2 == 0 and b.close - side * 0.3 or nil
    m:signal { side = side, limit = limit, ttl = limit and 240 or nil, exit = plans[n % #plans + 1] }
  elseif n % 23 == 0 then m:signal { side = "flat" }
  elseif n % 11 == 0 then m:protect { stop = 0.9 } end
end
return S
"""


class Resumed(Exits):
    def walk(self, name, seed, count):
        chance, close, rows = random.Random(seed), 10000, []
        for number in range(count):
            o = close + chance.randint(-8, 8)
            path = [o + chance.randint(-90, 90) for _ in range(3)]
            close = path[-1]
            rows.append(f"{START + number * 60}," + ",".join(text(p / 100) for p in (o, max(o, *path), min(o, *path), close)) + ",1")
        self.write(name, "time,open,high,low,close,volume\n" + "\n".join(rows) + "\n")

    def killed_and_resumed(self, costs, speed=20000, times=3):
        for seed, name in enumerate(("AA", "BBB", "CCC")):
            self.walk(name + ".csv", seed, 1500)
        self.write("s.lua", WALK)
        self.write("run.lua", 'return { strategy = "s", symbols = { "AA", "BBB", "CCC" }, sizing = { "fixed", qty = "2" }, costs = { %s } }'
                   % costs)
        words = ["run", "run.lua", "--data", "AA.csv", "BBB.csv", "CCC.csv", "--instrument", self.instrument, "--log-level", "off"]
        whole = self.mthost(*words, "--speed", "max", "--state", "whole", "--json").summary()
        self.mthost("replay", "--verify", "--state", "whole")
        host = self.start(*words, "--speed", str(speed))
        self.wait_for("a journal with orders", lambda: self.has_run("var")
                      and any(r.kind == "INTENT" for r in program.journal(self.newest_run())))
        for _ in range(times):
            time.sleep(0.4)
            self.assertIsNone(host.poll(), "it ended before it was killed")
            host.send_signal(signal.SIGKILL)
            host.communicate()
            host = self.start(*words, "--speed", str(speed), "--resume")
        time.sleep(0.3)
        host.send_signal(signal.SIGKILL)
        host.communicate()
        again = self.mthost(*words, "--speed", "max", "--resume", "--json").summary()
        for key in ("result_hash", "fills", "trades", "assumed", "final_equity", "expired"):
            self.assertEqual(again[key], whole[key], key)
        self.mthost("replay", "--verify")
        self.assertGreater(whole["trades"], 100)
        self.assertGreater(whole["assumed"], 5)
        return whole

    def test_without_latency(self):
        self.killed_and_resumed("maker_bp = 0, taker_bp = 0")

    def test_with_latencies(self):
        self.killed_and_resumed("maker_bp = 1, taker_bp = 2, latency_ms = { feed = 100, entry = 700, reply = 300 }")


if __name__ == "__main__":
    unittest.main()
