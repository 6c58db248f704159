"""W1, the figure that three other engines agree on: 19 176 closed trades, 575 085.55692800 at the end."""
import os
import unittest

import program


class W1(program.Program):
    script = os.path.join(program.SOURCE, "bench", "w1.lua")
    costs = ("--cash", "1000000", "--fee-bp", "4", "--fill", "next_open", "--json")

    def hold(self, summary):
        self.assertEqual(summary["trades"], 19176)
        self.assertEqual(summary["final_equity"], "575085.55692800")
        self.assertEqual(summary["data"]["events"], 525600)

    def test_from_csv_and_from_the_store_it_is_the_same_to_the_last_digit(self):
        bars = self.shared("bench", "w1_bars.csv.gz")
        named = ("--columns", "time,open,high,low,close,volume", "--format", "bars", "--time-unit", "s", "--symbols", "W1")
        from_csv = self.mthost("backtest", self.script, "--data", bars, *named, *self.costs).summary()
        self.hold(from_csv)
        self.mthost("data", "import", bars, *named, "--out", "w1.mts")
        from_store = self.mthost("backtest", self.script, "--data", "w1.mts", *self.costs).summary()
        self.hold(from_store)
        self.assertEqual(from_csv["result_hash"], from_store["result_hash"])
        print(f"W1: {from_store['events_per_s'] / 1e6:.2f} M bars/s and {from_store['rss_mb']} MB from the store, "
              f"{from_csv['events_per_s'] / 1e6:.2f} M from CSV")
        self.assertLessEqual(from_store["rss_mb"], 150)


if __name__ == "__main__":
    unittest.main()
