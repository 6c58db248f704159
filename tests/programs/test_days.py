"""What the summary says about time: daily returns, and the first and last stamp of the data."""
import math
import os
import random
import re
import shutil
import time
import unittest

import program

DAY = 86400
MIDNIGHT = program.START // DAY * DAY
HOLD = """local mt = require "mthost"
local S = mt.strategy {}
local function buy(self) if not self.state.bought then self.state.bought = self:signal { side = "buy" } == "sent" end end
function S:on_bar() buy(self) end
function S:on_quote() buy(self) end
return S
"""


def sharpe(start, ends):
    """From equity at the end of each day: mean over standard deviation of the returns, a year of 365 days."""
    returns = [b / a - 1 for a, b in zip([start] + ends, ends)]
    mean = sum(returns) / len(returns)
    return mean / math.sqrt(sum((x - mean) ** 2 for x in returns) / (len(returns) - 1)) * math.sqrt(365)


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Days(program.Program):
    def backtest(self, text, *more):
        self.write("hold.lua", HOLD)
        self.write("d.csv", text)
        return self.mthost("backtest", "hold.lua", "--data", "d.csv", "--symbols", "TEST", "--instrument",
                           "tick=0.01,step=1,size=1,quote=USD", "--cash", 1000, *more, "--json").json()

    def closes(self, count, seed=7):
        walk, at = random.Random(seed), 10000
        out = []
        for _ in range(count):
            at = max(5000, at + walk.randint(-20, 20))
            out.append(at / 100)
        return out

    def test_the_bar_that_closes_at_midnight_is_the_last_of_its_day(self):
        one = self.backtest(program.bars_csv(self.closes(1440), MIDNIGHT))
        self.assertEqual(one["fills"], 1)
        self.assertIsNone(one["sharpe"], "1440 bars of one minute are one day")
        self.assertIsNone(self.backtest(program.bars_csv(self.closes(720), MIDNIGHT + DAY // 2))["sharpe"], "half a day")

    def test_one_bar_more_is_a_second_day(self):
        closes = self.closes(1441)
        ends = [1000 + closes[1439] - closes[0], 1000 + closes[1440] - closes[0]]
        self.assertAlmostEqual(self.backtest(program.bars_csv(closes, MIDNIGHT))["sharpe"], sharpe(1000, ends), places=9)

    def test_three_whole_days_of_bars(self):
        for step in (60, 3600, 43200):
            with self.subTest(step=step):
                a_day = DAY // step
                closes = self.closes(3 * a_day, seed=step)
                found = self.backtest(program.bars_csv(closes, MIDNIGHT, step))
                ends = [1000 + closes[(day + 1) * a_day - 1] - closes[0] for day in range(3)]   # filled at the second open
                self.assertEqual((found["fills"], found["final_equity"]), (1, f"{ends[2]:.8f}"))
                self.assertAlmostEqual(found["sharpe"], sharpe(1000, ends), places=9)

    def test_a_bar_over_midnight_belongs_to_the_day_in_which_it_opened(self):
        for step, first in ((14400, 22 * 3600), (DAY, 22 * 3600), (3600, 23 * 3600 + 1800)):
            with self.subTest(step=step):
                opens = [MIDNIGHT + first + i * step for i in range(4 * DAY // step)]
                closes = self.closes(len(opens), seed=step)
                found = self.backtest(program.bars_csv(closes, opens[0], step))
                ends = {}
                for at, close in zip(opens, closes):
                    ends[at // DAY] = 1000 + close - closes[0]          # filled at the second open
                self.assertAlmostEqual(found["sharpe"], sharpe(1000, list(ends.values())), places=9)

    def test_a_tick_at_midnight_is_the_first_of_the_new_day(self):
        mids = [100, 104, 103, 110, 108]                        # at 0, 12, 24, 36 and 48 h
        rows = "".join(f"{MIDNIGHT + i * DAY // 2},{mid - 1},{mid + 1}\n" for i, mid in enumerate(mids))
        found = self.backtest("time,bid,ask\n" + rows)
        ends = [1000 + mids[at] - 1 - 101 for at in (1, 3, 4)]
        self.assertAlmostEqual(found["sharpe"], sharpe(1000, ends), places=9)

    def stamps(self, data):
        """What every command that knows the file says of its first and last stamp."""
        for name in ("var", "x.mts"):
            if os.path.exists(self.path(name)):
                shutil.rmtree(self.path(name)) if name == "var" else os.remove(self.path(name))
        self.write("f.csv", data)
        self.write("hold.lua", HOLD)
        named = ("--symbols", "TEST", "--json")
        found = []
        for words in (("backtest", "hold.lua", "--data", "f.csv"), ("run", "hold.lua", "--data", "f.csv", "--speed", "max")):
            summary = self.mthost(*words, *named).summary()
            found.append((summary["data"]["first"], summary["data"]["last"]))
        shown = self.mthost("backtest", "hold.lua", "--data", "f.csv", "--symbols", "TEST").out.splitlines()[0]
        found.append(re.search(r"events, (\S+) to (\S+),", shown).groups())
        imported = self.mthost("data", "import", "f.csv", "--out", "x.mts", *named).json()[0]
        found.append((imported["first"], imported["last"]))
        for file in ("f.csv", "x.mts"):
            row = self.mthost("data", "info", file, *named).json()[0]
            found.append((row["first"], row["last"]))
        self.assertEqual(len(set(found)), 1, found)
        return found[0]

    def test_bars_are_named_by_their_open_time(self):
        for step, count in ((60, 1440), (3600, 25), (86400, 3)):
            last = MIDNIGHT + (count - 1) * step
            self.assertEqual(self.stamps(program.bars_csv(self.closes(count), MIDNIGHT, step)), (iso(MIDNIGHT), iso(last)))

    def test_ticks_by_their_time(self):
        self.assertEqual(self.stamps(program.quotes_csv([10000] * 90, MIDNIGHT)), (iso(MIDNIGHT), iso(MIDNIGHT + 89)))

    def test_bars_of_two_lengths(self):
        self.write("hold.lua", HOLD)
        self.write("m.csv", program.bars_csv(self.closes(120), MIDNIGHT, 60))
        self.write("h.csv", program.bars_csv(self.closes(2), MIDNIGHT, 3600))
        data = self.mthost("backtest", "hold.lua", "--data", "m.csv", "h.csv", "--symbols", "TEST", "--json").json()["data"]
        self.assertEqual((data["first"], data["last"]), (iso(MIDNIGHT), iso(MIDNIGHT + 119 * 60)))


if __name__ == "__main__":
    unittest.main()
