"""What the summary says about time: daily returns, and the first and last stamp of the data."""
import math
import random
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

    def test_a_tick_at_midnight_is_the_first_of_the_new_day(self):
        mids = [100, 104, 103, 110, 108]                        # at 0, 12, 24, 36 and 48 h
        rows = "".join(f"{MIDNIGHT + i * DAY // 2},{mid - 1},{mid + 1}\n" for i, mid in enumerate(mids))
        found = self.backtest("time,bid,ask\n" + rows)
        ends = [1000 + mids[at] - 1 - 101 for at in (1, 3, 4)]
        self.assertAlmostEqual(found["sharpe"], sharpe(1000, ends), places=9)


if __name__ == "__main__":
    unittest.main()
