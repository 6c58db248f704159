"""All recorded FX ticks, through backtest and through run: every row is an event or a bad row, and nothing is done on a
quote that is crossed. What the quotes were is read from the files here, apart from the program."""
import bisect
import csv
import datetime
import gzip
import os
import re
import unittest

import program

ROWS = 786_027
SCRIPT = os.path.join(program.SOURCE, "scripts", "strategies", "price_vs_ma.lua")


def flags_of(name):
    if name.startswith("truefx"):
        return ["--symbols", "USDJPY"]
    venue, symbol, day = re.fullmatch(r"(\w+)_(\w+)_(\d{8})\.csv\.gz", name).groups()
    return ["--symbols", symbol.upper(), "--format", "quotes", "--columns", "time,bid,ask", "--time-unit", "ms", "--date",
            f"{day[:4]}-{day[4:6]}-{day[6:]}", "--tz", "-05:00" if venue == "fxcm" else "UTC"]


def nanoseconds(text):
    whole, _, part = text.rstrip("Z").partition(".")
    when = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc)
    return int(when.timestamp()) * 10**9 + int(part.ljust(9, "0")[:9] or 0)


def fxcm_quotes(path):
    """Times in ns and whether the quote of that time is crossed. No two quotes of FXCM have one time."""
    day = re.search(r"(\d{4})(\d\d)(\d\d)\.csv", path).groups()
    midnight = datetime.datetime(*map(int, day), tzinfo=datetime.timezone(datetime.timedelta(hours=-5)))
    times, crossed = [], []
    with gzip.open(path, "rt") as file:
        for row in csv.reader(file):
            times.append(int(midnight.timestamp()) * 10**9 + round(float(row[0]) * 10**6))
            crossed.append(float(row[1]) > float(row[2]))
    return times, crossed


class FxTicks(program.Program):
    def setUp(self):
        super().setUp()
        self.folder = self.shared("data", "fx-ticks")
        self.files = sorted(name for name in os.listdir(self.folder) if name.endswith(".gz"))
        self.assertEqual(len(self.files), 19)

    def not_on_crossed(self, quotes, when, what):
        times, crossed = quotes
        at = bisect.bisect_right(times, when) - 1
        self.assertGreaterEqual(at, 0, what)
        self.assertFalse(crossed[at], f"{what} at {when}: the quote of {times[at]} is crossed")

    def test_backtest_and_run_take_every_row_and_nothing_happens_on_crossed_quotes(self):
        events = {"backtest": 0, "run": 0}
        bad = {"backtest": 0, "run": 0}
        crossed_seen = acted = 0
        for name in self.files:
            path = os.path.join(self.folder, name)
            data = ["--data", path, *flags_of(name), "--json", "--set", "n=200"]
            back = self.mthost("backtest", SCRIPT, *data).summary()
            run = self.mthost("run", SCRIPT, "--speed", "max", *data)
            for command, summary in (("backtest", back), ("run", run.summary())):
                events[command] += summary["data"]["events"]
                bad[command] += summary["data"]["bad_rows"]
                self.assertGreater(summary["orders"], 0, f"{command} {name}")
            if not name.startswith("fxcm"):
                continue
            quotes = fxcm_quotes(path)
            crossed_seen += sum(quotes[1])
            for line in run.lines():
                if line["ev"] in ("intent", "fill"):
                    self.not_on_crossed(quotes, nanoseconds(line["t"]), f"{name}: {line}")
                    acted += 1
            for order in program.table(os.path.join(self.dir, back["run"], "orders.csv")):
                if order["state"] != "denied":
                    self.not_on_crossed(quotes, nanoseconds(order["created"]), f"{name}: {order}")
        self.assertGreater(crossed_seen, 40_000)
        self.assertGreater(acted, 100)
        for command in events:
            self.assertEqual(events[command], ROWS - bad[command], command)
            self.assertEqual(bad[command], 0, command)

    def test_all_days_of_a_venue_from_the_store_in_one_backtest(self):
        for venue, rows in (("fxcm_eurusd", 405_813), ("oanda_nzdusd", 193_122)):
            stores = []
            for name in self.files:
                if name.startswith(venue):
                    stores.append(name.replace(".csv.gz", ".mts"))
                    self.mthost("data", "import", os.path.join(self.folder, name), *flags_of(name), "--out", stores[-1])
            once = self.mthost("backtest", SCRIPT, "--data", *stores, "--json").summary()
            self.assertEqual(once["data"]["events"], rows)
            again = self.mthost("run", SCRIPT, "--speed", "max", "--data", *stores, "--json").summary()
            self.assertEqual(again["data"]["events"], rows)
            print(f"{venue}: {once['events_per_s'] / 1e6:.2f} M ticks/s from the store")


if __name__ == "__main__":
    unittest.main()
