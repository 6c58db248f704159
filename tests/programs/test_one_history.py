"""One run, one story: what the look-ups fold out of the records is what the run itself has counted and written. Random
markets and wishes of the differential test: entries and targets of every kind, reversals, partial fills, stops that are
moved, trails, takes, expiries, latencies."""
import collections
import csv
import os
import sys
import unittest
from fractions import Fraction

import program

sys.path.insert(0, os.path.join(program.SOURCE, "tests", "differential"))
import cases                                                # noqa: E402
import run as differential                                  # noqa: E402

SEEDS = int(os.environ.get("MTHOST_HISTORIES", "12"))
SHARED = ("created", "id", "signal", "account", "symbol", "side", "type", "tif", "role", "qty", "price", "stop", "filled",
          "average", "state", "code", "tag")


class OneHistory(program.Program):
    def rows(self, name):
        with open(self.path("out", name), newline="") as file:
            return list(csv.DictReader(file))

    def look_up(self, view):
        return [{key: str(value) for key, value in row.items()} for row in self.mthost(view, "out", "--json").json()]

    def orders(self, summary):
        told = {row["id"]: {key: row[key] for key in SHARED} for row in self.rows("orders.csv")}     # the last of each
        orders = self.look_up("orders")
        self.assertEqual(len(orders), summary["intents"])
        self.assertEqual([{key: row[key] for key in SHARED} for row in orders],
                         [told[key] for key in sorted(told, key=int)])
        states = collections.Counter(row["state"] for row in orders)
        self.assertEqual(states["rejected"], summary["rejected"])
        return {row["id"]: row for row in orders}

    def fills(self, summary, orders):
        fills = self.look_up("fills")
        self.assertEqual(len(fills), summary["fills"])
        for what, total in (("fee", "fees"), ("profit", "realised")):
            self.assertEqual(sum(Fraction(row[what]) for row in fills), Fraction(summary[total]), total)
        filled = collections.Counter()
        for row in fills:
            filled[row["order"]] += Fraction(row["qty"])
            self.assertEqual((row["symbol"], row["side"]), (orders[row["order"]]["symbol"], orders[row["order"]]["side"]))
        self.assertEqual({key: qty for key, qty in filled.items()},
                         {key: Fraction(row["filled"]) for key, row in orders.items() if Fraction(row["filled"])})
        return fills

    def positions(self, summary, fills):
        held = collections.Counter()
        for row in fills:
            held[row["symbol"]] += Fraction(row["qty"]) * (1 if row["side"] == "buy" else -1)
        positions = self.look_up("positions")
        self.assertEqual({row["symbol"]: Fraction(row["qty"]) for row in positions}, dict(held))
        self.assertEqual(sum(int(row["trades"]) for row in positions), summary["trades"])
        for what in ("realised", "fees"):
            self.assertEqual(sum(Fraction(row[what]) for row in positions), Fraction(summary[what]), what)

    def one(self, seed):
        command = differential.write_case(cases.generate(seed), self.dir)
        summary = self.mthost(*command).json()
        orders = self.orders(summary)
        fills = self.fills(summary, orders)
        self.positions(summary, fills)
        trades = self.look_up("trades")
        self.assertEqual(len(trades), summary["trades"])
        self.assertEqual(trades, self.rows("trades.csv"))
        signals = [row for row in self.mthost("signals", "out", "--json").json() if row["kind"] != "protect"]
        self.assertEqual(len(signals), summary["signals"])
        return len(fills)

    def test_the_look_ups_tell_what_the_run_has_told(self):
        fills = 0
        for seed in range(SEEDS):
            with self.subTest(seed=seed):
                fills += self.one(seed)
        self.assertGreater(fills, 4 * SEEDS)


if __name__ == "__main__":
    unittest.main()
