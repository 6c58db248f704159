"""Bars as scripts meet them: which are told, when, and what lies in the history by then (design: scripting.md 6 and 8.2)."""
import csv
import os
import unittest

import program

# Every on_bar as a mark: symbol, frame, now, last, and the newest minute of the other symbol as it is seen then.
WATCH = """
local mt = require "mthost"
local S = mt.strategy { scope = "portfolio", bars = { %s } }
local function newest(m)
  local b = m:bar("1m", 0)
  return b and b.time or 0
end
function S:on_bar(b, m)
  local other = m.symbol == "AAA" and self.markets.BBB or self.markets.AAA
  self:mark(("%%s %%s at %%d last %%s other %%d"):format(m.symbol, b.tf, self.now, tostring(b.last), newest(other)), b.close)
end
return S
"""
SIZED = """
local mt = require "mthost"
local S = mt.strategy {}
function S:on_bar(b)
  local now, before = self:bar("1m", 0), self:bar("1m", 1)
  self:mark(("%d %s"):format(now.time, before and before.time or "none"), now.close)
  if b.time == 86400 * 19723 + 1800 then self:signal { side = "buy" } end
end
return S
"""
START = 86400 * 19723                            # 2024-01-01


class Bars(program.Program):
    def bars(self, name, minutes, price):
        rows = "".join(f"{START + 60 * m},{price + m % 7},{price + m % 7 + 1},{price + m % 7 - 1},{price + m % 7},1\n"
                       for m in minutes)
        self.write(name, "time,open,high,low,close,volume\n" + rows)

    def marks(self):
        return [row["name"] for row in self.rows("marks.csv")]

    def rows(self, name):
        with open(os.path.join(self.newest_run(), name), newline="") as file:
            return list(csv.DictReader(file))

    def test_bars_of_one_instant_are_built_before_the_first_is_told(self):
        self.bars("AAA.csv", range(3), 100)
        self.bars("BBB.csv", range(3), 200)
        self.write("w.lua", WATCH % "")
        self.mthost("backtest", "w.lua", "--data", "AAA.csv", "BBB.csv")
        want = []
        for m in range(1, 4):
            end, newest = START + 60 * m, START + 60 * (m - 1)
            want += [f"AAA 1m at {end} last false other {newest}", f"BBB 1m at {end} last true other {newest}"]
        self.assertEqual(self.marks(), want)

    def test_longer_frames_come_first_and_wait_for_the_last_minute_of_every_symbol(self):
        self.bars("AAA.csv", range(4), 100)
        self.bars("BBB.csv", range(4), 200)
        self.write("w.lua", WATCH % '"2m"')
        self.mthost("backtest", "w.lua", "--data", "AAA.csv", "BBB.csv")
        even = [mark for mark in self.marks() if f"at {START + 120} " in mark]
        self.assertEqual(even, [f"{s} {tf} at {START + 120} last {last} other {START + 60}" for s, tf, last in (
            ("AAA", "2m", "false"), ("AAA", "1m", "false"), ("BBB", "2m", "false"), ("BBB", "1m", "true"))])

    def test_a_longer_bar_ends_when_its_time_is_over_though_its_last_minute_is_missing(self):
        self.bars("AAA.csv", [0, 1, 2, 3, 5, 6], 100)               # no minute 4
        self.bars("BBB.csv", range(7), 200)
        self.write("w.lua", WATCH % '"5m"')
        self.mthost("backtest", "w.lua", "--data", "AAA.csv", "BBB.csv")
        five = [mark.split(" last")[0] for mark in self.marks() if " 5m " in mark]
        self.assertEqual(five, [f"BBB 5m at {START + 300}", f"AAA 5m at {START + 300}"])

    def test_the_latency_of_the_feed_makes_no_other_bars(self):
        self.bars("AAA.csv", [m for m in range(60) if m % 11], 100)
        self.bars("BBB.csv", range(60), 200)
        self.write("w.lua", WATCH % '"5m", "15m"')
        said = []
        for feed in (0, 1, 1500):
            self.write("run.lua", 'return { strategy = "w", symbols = { "AAA", "BBB" }, '
                                  'costs = { latency_ms = { feed = %d, entry = 0, reply = 0 } } }' % feed)
            self.mthost("backtest", "run.lua", "--data", "AAA.csv", "BBB.csv")
            said.append(sorted((row["name"].split(" at ")[0], row["value"]) for row in self.rows("marks.csv")))
        self.assertEqual(said[0], said[1])
        self.assertEqual(said[0], said[2])

    def test_bars_that_lie_across_the_end_of_a_longer_one(self):
        rows = "".join(f"{START - 7200 + 14400 * k},{100 + k},{100 + k},{100 + k},{100 + k},1\n" for k in range(14))
        self.write("AAA.csv", "time,open,high,low,close,volume\n" + rows)        # four hours, from 22:00
        self.write("w.lua", """
local mt = require "mthost"
local S = mt.strategy { bars = { "1d" } }
function S:on_bar(b) if b.tf == "1d" then self:mark(("%d"):format(b.time), b.close) end end
return S
""")
        self.mthost("backtest", "w.lua", "--data", "AAA.csv")
        days = [(int(row["name"]), float(row["value"])) for row in self.rows("marks.csv")]
        self.assertEqual(days[-2:], [(START, 106.0), (START + 86400, 112.0)])       # the bar of 22:00 is the day's last

    def test_two_files_of_one_symbol_do_not_double_a_frame(self):
        self.bars("one.csv", range(20), 100)
        rows = "".join(f"{START + 300 * k},{100 + k},{100 + k},{100 + k},{100 + k},1\n" for k in range(4))
        self.write("five.csv", "time,open,high,low,close,volume\n" + rows)
        self.write("w.lua", """
local mt = require "mthost"
local S = mt.strategy {}
function S:on_bar(b)
  local now, before = self:bar("5m", 0), self:bar("5m", 1)
  if b.tf == "5m" and before then self:mark(("%d %d"):format(now.time, before.time), now.close) end
end
return S
""")
        self.mthost("backtest", "w.lua", "--data", "one.csv", "five.csv", "--symbols", "AAA")
        self.assertEqual([(row["name"], float(row["value"])) for row in self.rows("marks.csv")],
                         [(f"{START + 300 * k} {START + 300 * (k - 1)}", 100.0 + k) for k in range(1, 4)])

    def test_bars_from_ticks_of_several_symbols(self):
        for name, price in (("AAA", 100), ("BBB", 200)):
            rows = "".join(f"{START + s},{price},1\n" for s in range(10, 200, 10))
            self.write(f"{name}.csv", "time,price,qty\n" + rows)
        self.write("w.lua", WATCH % '"1m"')
        self.mthost("backtest", "w.lua", "--data", "AAA.csv", "BBB.csv")
        want = []
        for m in (2, 3):                         # the first partial bar is dropped
            end, newest = START + 60 * m, START + 60 * (m - 1)
            want += [f"AAA 1m at {end} last false other {newest}", f"BBB 1m at {end} last true other {newest}"]
        self.assertEqual(self.marks(), want)

    def test_bars_of_a_file_are_in_the_history_and_size_by_volatility_without_a_declaration(self):
        self.bars("AAA.csv", range(40), 100)
        self.write("s.lua", SIZED)
        self.write("run.lua", 'return { strategy = "s", symbols = { "AAA" }, '
                              'sizing = { "volatility_target", vol = 0.2, lookback = 20 } }')
        result = self.mthost("backtest", "run.lua", "--data", "AAA.csv", "--json").json()
        marks = self.marks()
        self.assertEqual(marks[:2], [f"{START} none", f"{START + 60} {START}"])
        self.assertEqual(len(marks), 40)
        self.assertEqual((result["signals"], result["orders"], result["fills"]), (1, 1, 1))

    def test_ticks_size_by_volatility_without_a_declaration(self):
        self.write("s.lua", """
local mt = require "mthost"
local S = mt.strategy {}
function S:on_trade(t) if t.time == %d then self:signal { side = "buy" } end end
function S:on_bar(b) self:mark("told", 1) end
return S
""" % (START + 3000))
        self.write("run.lua", 'return { strategy = "s", symbols = { "AAA" }, '
                              'sizing = { "volatility_target", vol = 0.2, lookback = 20 } }')
        rows = "".join(f"{START + s},{100 + s % 7},1\n" for s in range(10, 4000, 10))
        self.write("AAA.csv", "time,price,qty\n" + rows)
        result = self.mthost("backtest", "run.lua", "--data", "AAA.csv", "--json").json()
        self.assertEqual((result["signals"], result["orders"], result["fills"]), (1, 1, 1))
        self.assertEqual(self.marks(), [])


TRAIL = """
local mt = require "mthost"
local S = mt.strategy {}
function S:on_bar(b)
  if not self.state.asked then
    self.state.asked = true
    self:signal { side = "buy", exit = %s }
  end
end
function S:on_fill(f) self:mark(f.reason, f.price) end
return S
"""


class WhyAnExitFilled(program.Program):
    """On bars the trail is the venue's stop, moved: what it is called is what moved it last (design: scripting.md 8.3)."""

    def exit_of(self, plan, closes):
        rows = "".join(f"{START + 60 * m},{c},{c},{c},{c},1\n" for m, c in enumerate(closes))
        self.write("AAA.csv", "time,open,high,low,close,volume\n" + rows)
        self.write("t.lua", TRAIL % plan)
        self.mthost("backtest", "t.lua", "--data", "AAA.csv")
        folder = self.newest_run()
        tables = {}
        for name in ("trades.csv", "orders.csv", "marks.csv"):
            with open(os.path.join(folder, name), newline="") as file:
                tables[name] = list(csv.DictReader(file))
        self.assertEqual(len(tables["trades.csv"]), 1)
        closing = [order["role"] for order in tables["orders.csv"] if order["state"] == "filled"][-1]
        return tables["trades.csv"][0]["reason"], closing, tables["marks.csv"][-1]["name"]

    def test_the_stop_before_the_trail_has_begun(self):
        self.assertEqual(self.exit_of("{ stop = 5, trail = { 2, after = 3 } }", [100, 100, 101, 94, 93]), ("stop",) * 3)

    def test_the_trail_after_it_has_begun(self):
        self.assertEqual(self.exit_of("{ stop = 5, trail = { 2, after = 3 } }", [100, 100, 104, 108, 105, 104, 99]),
                         ("trail",) * 3)

    def test_a_trail_alone(self):
        self.assertEqual(self.exit_of("{ trail = 2 }", [100, 100, 101, 97, 96, 95]), ("trail",) * 3)


if __name__ == "__main__":
    unittest.main()
