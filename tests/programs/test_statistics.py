"""The statistics of the summary against a second reckoning that knows only the data and the fills."""
import calendar
import math
import random
import time
import unittest

import program

DAY = 86400
MIDNIGHT = program.START // DAY * DAY
INSTRUMENT = ("--instrument", "tick=0.01,step=1,size=1,quote=USD")
# Target positions by the number of the event that a symbol's handler sees: { [symbol] = { [n] = qty } }.
TARGETS = """local mt = require "mthost"
local plan = %s
local S = mt.strategy { %s }
local function step(self, m)
  local n = (self.state[m.symbol] or 0) + 1
  self.state[m.symbol] = n
  local qty = plan[m.symbol] and plan[m.symbol][n]
  if qty then self:target(qty) end
end
function S:on_bar(b, m) step(self, m) end
function S:on_quote(q, m) step(self, m) end
return S
"""


def seconds(text):
    whole, _, rest = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + (rest or "0"))


def sharpe(start, marks, last_day=None):
    """marks: [(day, equity)] in order, day a number; every calendar day between counts."""
    ends = {}
    for day, equity in marks:
        ends[day] = equity
    first, last = min(ends), max(ends) if last_day is None else last_day
    returns, before = [], start
    for day in range(first, last + 1):
        now = ends.get(day, before)
        returns.append(now / before - 1)
        before = now
    if len(returns) < 2:
        return None
    mean = sum(returns) / len(returns)
    sd = math.sqrt(sum((x - mean) ** 2 for x in returns) / (len(returns) - 1))
    return mean / sd * math.sqrt(365) if sd > 0 else None


def union(spans):
    """Time that is covered by any of the spans."""
    covered, reached = 0, -math.inf
    for begin, end in sorted(spans):
        covered += max(0, end - max(begin, reached))
        reached = max(reached, end)
    return covered


def lua(plan):
    return "{ " + ", ".join(f"{s} = {{ " + ", ".join(f"[{n}] = {q}" for n, q in p.items()) + " }" for s, p in plan.items()) + " }"


class Statistics(program.Program):
    def backtest(self, plan, files, *more, bars='bars = { "1m" }'):
        self.write("t.lua", TARGETS % (lua(plan), bars))
        self.write("run.lua", 'return { strategy = "t", symbols = { %s } }\n' % ", ".join(f'"{s}"' for s in plan))
        return self.mthost("backtest", "run.lua", "--data", *files, *INSTRUMENT, "--fee-bp", "0", "--out", "out", *more,
                           "--json").json()

    def rows(self, name):
        return program.table(self.path("out", name + ".csv"))

    # --- sharpe

    def bars(self, stamps, step, walk):
        rows, at = ["time,open,high,low,close,volume"], 100.0
        closes = []
        for stamp in stamps:
            now = max(50, round(at + walk.uniform(-1, 1), 2))
            rows.append(f"{stamp},{at:.2f},{max(at, now):.2f},{min(at, now):.2f},{now:.2f},1")
            closes.append(now)
            at = now
        return "\n".join(rows) + "\n", closes

    def test_days_without_data_are_days_of_the_year(self):
        for seed, step, drop in ((1, DAY, 0.3), (2, DAY, 0.7), (3, 3600, 0.6), (4, 43200, 0.5)):
            with self.subTest(seed):
                walk = random.Random(seed)
                days = [d for d in range(60) if d in (0, 59) or walk.random() > drop]
                stamps = [MIDNIGHT + d * DAY + s for d in days for s in range(0, DAY, step)]
                text, closes = self.bars(stamps, step, walk)
                self.write("X.csv", text)
                found = self.backtest({"X": {1: 10}}, ["X.csv"], bars="bars = { \"%s\" }" % {
                    DAY: "1d", 3600: "1h", 43200: "12h"}[step])
                entry = closes[0]                      # the second bar opens there
                marks = [(stamps[0] // DAY, 100000.0)] + [(stamp // DAY, 100000 + 10 * (close - entry))
                                                           for stamp, close in list(zip(stamps, closes))[1:]]
                self.assertAlmostEqual(found["sharpe"], sharpe(100000, marks), places=9)

    def test_a_quote_a_week(self):
        mids = [100, 103, 101, 108, 104, 109]
        rows = "".join(f"{MIDNIGHT + i * 7 * DAY},{mid - 1},{mid + 1}\n" for i, mid in enumerate(mids))
        self.write("X.csv", "time,bid,ask\n" + rows)
        found = self.backtest({"X": {1: 100}}, ["X.csv"], bars="")
        marks = [(i * 7, 100000 + 100 * (mid - 1 - 101)) for i, mid in enumerate(mids)]
        self.assertAlmostEqual(found["sharpe"], sharpe(100000, marks), places=9)

    def test_without_two_days_or_any_change_there_is_none(self):
        self.write("X.csv", program.bars_csv([100, 101, 102], MIDNIGHT))
        self.assertIsNone(self.backtest({"X": {1: 1}}, ["X.csv"])["sharpe"])
        self.write("X.csv", program.bars_csv([100] * 3, MIDNIGHT, DAY))
        self.assertIsNone(self.backtest({"X": {1: 1}}, ["X.csv"], bars='bars = { "1d" }')["sharpe"])

    # --- exposure

    def held(self, found, fills, last):
        spans, since = [], {}
        for at, symbol, before, after in fills:
            if before == 0 and after != 0:
                since[symbol] = at
            elif after == 0 and before != 0:
                spans.append((since.pop(symbol), at))
        spans += [(at, last) for at in since.values()]
        return union(spans)

    def test_an_interval_has_the_position_that_was_held_in_it(self):
        """Bars with gaps of hours and weekends: filled at opens, at the last bar still held, never held."""
        walk = random.Random(5)
        for case in range(12):
            with self.subTest(case):
                stamps, at = [], MIDNIGHT
                for number in range(24):               # enough of them in a row to tell that they are minutes
                    at += 60 * (1 if number < 12 else walk.choice((1, 1, 1, 1, 45, 600, 2880)))
                    stamps.append(at)
                text, _ = self.bars(stamps, 60, walk)
                self.write("X.csv", text)
                wanted, qty = {}, 0
                for n in range(1, 24):
                    if walk.random() < 0.4:
                        qty = 0 if qty else walk.choice((-5, 5))
                        wanted[n] = qty
                found = self.backtest({"X": wanted}, ["X.csv"])
                fills, before = [], 0
                for n, after in wanted.items():
                    fills.append((stamps[n], "X", before, after))          # the open of the bar after the n-th close
                    before = after
                first, last = stamps[0] + 60, stamps[-1] + 60
                self.assertAlmostEqual(found["exposure"], self.held(found, fills, last) / (last - first), places=12)

    def test_quotes_over_a_weekend(self):
        for plan, held in (({2: 1, 3: 0}, 2 * DAY), ({3: 1, 4: 0}, 60), ({1: 1}, 2 * DAY + 120), ({4: 1}, 0), ({}, 0)):
            with self.subTest(plan):
                stamps = [MIDNIGHT, MIDNIGHT + 60, MIDNIGHT + 60 + 2 * DAY, MIDNIGHT + 120 + 2 * DAY]
                self.write("X.csv", "time,bid,ask\n" + "".join(f"{s},99,101\n" for s in stamps))
                found = self.backtest({"X": plan}, ["X.csv"], bars="")
                self.assertAlmostEqual(found["exposure"], held / (stamps[-1] - stamps[0]), places=12)

    def test_several_symbols_are_one_exposure(self):
        """A fill at the open of an hour is told at its end, when those of the minutes in it are long known."""
        minutes = [MIDNIGHT + 60 * i for i in range(240)]
        hours = [MIDNIGHT + 3600 * i for i in range(4)]
        walk = random.Random(6)
        self.write("M.csv", self.bars(minutes, 60, walk)[0])
        self.write("H.csv", self.bars(hours, 3600, walk)[0])
        plan = {"M": {70: 1, 75: 0, 130: 1, 190: 0}, "H": {1: 1, 2: 0}}
        found = self.backtest(plan, ["M.csv", "H.csv"], bars="")
        trades = self.rows("trades")
        self.assertEqual(len(trades), 3)
        spans = [(seconds(t["opened"]), seconds(t["closed"])) for t in trades]
        last = MIDNIGHT + 4 * 3600
        self.assertAlmostEqual(found["exposure"], union(spans) / (last - MIDNIGHT - 60), places=12)

    # --- instants

    def test_a_hedge_is_never_looked_at_with_one_leg(self):
        """Bars of several symbols close in one instant: equity, drawdown and days come from all of them."""
        for seed, names in ((1, "AB"), (2, "ABC"), (3, "DCBA")):
            with self.subTest(names):
                walk = random.Random(seed)
                stamps = [MIDNIGHT + 60 * i for i in range(200)]
                closes = {}
                for name in names:
                    text, closes[name] = self.bars(stamps, 60, walk)
                    self.write(name + ".csv", text)
                plan = {name: {1: 100 * (-1) ** i} for i, name in enumerate(sorted(names))}
                equities = [100000.0] + [100000 + sum(plan[s][1] * (closes[s][k] - closes[s][0]) for s in names)
                                         for k in range(1, 200)]
                peak = worst = 0
                for equity in equities:
                    peak = max(peak, equity)
                    worst = max(worst, (peak - equity) / peak)
                for files in (sorted(names), sorted(names, reverse=True)):
                    found = self.backtest(plan, [name + ".csv" for name in files])
                    self.assertAlmostEqual(found["max_drawdown"], worst, places=12)
                    rows = {seconds(row["time"]): float(row["equity"]) for row in self.rows("equity")}
                    for k in range(1, 200):
                        self.assertAlmostEqual(rows[stamps[k] + 60], equities[k], places=6)
                    self.assertAlmostEqual(float(found["final_equity"]), equities[-1], places=6)

    def test_quotes_with_one_stamp(self):
        """Long A, short B; both jump by the same in one instant, and nothing has happened."""
        rows = {"A": [], "B": []}
        for i in range(30):
            price = 100 + (i % 5) * 10
            for name in "AB":
                rows[name].append(f"{MIDNIGHT + i * 60},{price},{price}")
        for name in "AB":
            self.write(name + ".csv", "time,bid,ask\n" + "\n".join(rows[name]) + "\n")
        for files in (["A.csv", "B.csv"], ["B.csv", "A.csv"]):
            found = self.backtest({"A": {1: 100}, "B": {1: -100}}, files, bars="")
            self.assertEqual((found["max_drawdown"], found["final_equity"]), (0, "100000.00000000"))
            self.assertEqual({row["equity"] for row in self.rows("equity")}, {"100000.00000000"})

    # --- trades

    def test_a_trade_without_profit_is_neither_won_nor_lost(self):
        closes = [100, 100, 100, 100, 105, 105, 105, 101, 101]
        self.write("X.csv", program.bars_csv(closes))
        even = {1: 1, 2: 0}
        for plan, won, lost, evens in ((even, 0, 0, 1), ({**even, 3: 1, 5: 0}, 1, 0, 1), ({**even, 3: 1, 5: 0, 6: 1, 8: 0}, 1, 1, 1)):
            found = self.backtest({"X": plan}, ["X.csv"])
            self.assertEqual(found["trades"], won + lost + evens)
            self.assertAlmostEqual(found["win_rate"], won / (won + lost + evens))
            self.assertEqual(found["profit_factor"], 5 / 4 if lost else None)
            shown = self.mthost("backtest", "run.lua", "--data", "X.csv", *INSTRUMENT, "--fee-bp", "0").out
            self.assertIn(f"trades      {won + lost + evens}: {won} won, {lost} lost, {evens} even\n", shown)


if __name__ == "__main__":
    unittest.main()
