"""Bars as scripts meet them: which are told, when, and what lies in the history by then."""
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
# How many bars of each symbol and frame were heard, and how many of them were the last of their instant.
COUNT = """
local mt = require "mthost"
local S = mt.%s { %s }
local n, order = {}, {}
local function count(key)
  if not n[key] then n[key], order[#order + 1] = 0, key end
  n[key] = n[key] + 1
end
function S:on_bar(b, m)
  count(m.symbol .. " " .. b.tf)
  if b.last then count(m.symbol .. " last") end
end
function %s end
function S:on_stop()
  for i = 1, #order do self:mark("%s " .. order[i], n[order[i]]) end
  order = {}
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
        self.write("w.lua", WATCH % '"2m", "1m"')
        self.mthost("backtest", "w.lua", "--data", "AAA.csv", "BBB.csv")
        even = [mark for mark in self.marks() if f"at {START + 120} " in mark]
        self.assertEqual(even, [f"{s} {tf} at {START + 120} last {last} other {START + 60}" for s, tf, last in (
            ("AAA", "2m", "false"), ("AAA", "1m", "false"), ("BBB", "2m", "false"), ("BBB", "1m", "true"))])

    def test_a_longer_bar_ends_when_its_time_is_over_though_its_last_minute_is_missing(self):
        self.bars("AAA.csv", [0, 1, 2, 3, 5, 6], 100)               # no minute 4
        self.bars("BBB.csv", range(7), 200)
        self.write("w.lua", WATCH % '"5m", "1m"')
        self.mthost("backtest", "w.lua", "--data", "AAA.csv", "BBB.csv")
        five = [mark.split(" last")[0] for mark in self.marks() if " 5m " in mark]
        self.assertEqual(five, [f"BBB 5m at {START + 300}", f"AAA 5m at {START + 300}"])

    def test_the_latency_of_the_feed_makes_no_other_bars(self):
        self.bars("AAA.csv", [m for m in range(60) if m % 11], 100)
        self.bars("BBB.csv", range(60), 200)
        self.write("w.lua", WATCH % '"5m", "15m", "1m"')
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

    # --- frames

    def count(self, *arguments, code=0, filters=None, symbols='"AAA"', heads=None, data=("AAA.csv",), names="AAA"):
        """Bars that the strategy, and each filter, heard: {who: {"AAA 1m": n}}; -> also how many had `last`."""
        arguments = list(arguments)
        for name, declaration in {"s": arguments[0], **(filters or {})}.items():
            kind = "strategy" if name == "s" else "filter"
            self.write(f"{name}.lua", COUNT % (kind, declaration, "S:check(s) return s" if kind == "filter" else "S:none()", name))
        listed = ", ".join(f'"{name}"' for name in filters or {})
        self.write("run.lua", f'return {{ strategy = "s", filters = {{ {listed} }}, symbols = {{ {symbols} }} }}')
        self.said = self.mthost("backtest", "run.lua", "--data", *data, *(["--symbols", names] if names else []),
                                *arguments[1:], code=code)
        told = {}
        if code == 0:
            for row in self.rows("marks.csv"):
                who, what = row["name"].split(" ", 1)
                told.setdefault(who, {})[what] = float(row["value"])
        return told

    def test_a_strategy_gets_the_frames_that_it_declared(self):
        self.bars("AAA.csv", range(181), 100)
        for declared, want in (('bars = { "1h" }', {"1h": 3}), ('bars = { "1m" }', {"1m": 181}), ("", {"1m": 181}),
                               ('bars = { "1h", "1m" }', {"1h": 3, "1m": 181}), ('bars = { "30m", "1h" }', {"30m": 6, "1h": 3}),
                               ('bars = { "1h" }, warmup = { "30m", 1 }', {"1h": 3, "30m": 6}), ('bars = {}', {"1m": 181}),
                               ('warmup = { "30m", 1 }', {"1m": 181, "30m": 6})):
            for scope in ("", ', scope = "portfolio"'):
                with self.subTest(declared + scope):
                    told = self.count((declared + scope).lstrip(", "))
                    self.assertEqual({k.split()[1]: v for k, v in told["s"].items() if "last" not in k}, want)
                    ends = sum(v for k, v in told["s"].items() if "last" in k)
                    self.assertEqual(ends, max(want.values()), "each instant has one last bar")

    def test_a_filter_hears_its_own_and_changes_nothing_for_others(self):
        self.bars("AAA.csv", range(181), 100)
        alone = self.count('bars = { "1h", "30m" }')
        filters = {"f1": 'bars = { "1m" }', "f2": 'bars = { "15m", "1h" }, scope = "portfolio"', "f3": "", "f4": 'bars = { "1h", "30m" }'}
        together = self.count('bars = { "1h", "30m" }', filters=filters)
        self.assertEqual(together["s"], alone["s"])
        plain = {who: {k.split()[1]: v for k, v in told.items() if "last" not in k} for who, told in together.items()}
        self.assertEqual(plain, {"s": {"1h": 3, "30m": 6}, "f1": {"1m": 181}, "f2": {"15m": 12, "1h": 3}, "f3": {"1m": 181},
                                 "f4": {"1h": 3, "30m": 6}})
        for who, ends in {"s": 6, "f1": 181, "f2": 12, "f3": 181, "f4": 6}.items():
            self.assertEqual(sum(v for k, v in together[who].items() if "last" in k), ends, who)

    def test_a_filter_alone_with_an_on_bar(self):
        self.bars("AAA.csv", range(61), 100)
        self.assertEqual(self.count('bars = { "1h" }', filters={"f": 'bars = { "5m" }'})["f"]["AAA 5m"], 12)

    def test_a_frame_that_the_data_cannot_give_is_refused(self):
        for step, declared, text in ((60, 'bars = { "1m" }', "s.lua: bars 1m cannot be built from AAA.csv: its bars are 1h"),
                                     (5, 'bars = { "7m" }', "s.lua: bars 7m cannot be built from AAA.csv: its bars are 5m"),
                                     (60, 'bars = { "4h", "90m" }', "s.lua: bars 90m cannot be built from AAA.csv: its bars are 1h"),
                                     (60, 'bars = { "1h" }, warmup = { "1m", 5 }', "s.lua: warmup 1m cannot be built from AAA.csv"),
                                     (60, 'bars = { "1m" }, warmup = { "1m", 5 }', "s.lua: bars 1m cannot be built from AAA.csv"),
                                     (1440, 'bars = { "1h" }', "s.lua: bars 1h cannot be built from AAA.csv: its bars are 1d"),
                                     (60, 'bars = { "1s" }, scope = "portfolio"', "s.lua: bars 1s cannot be built from AAA.csv")):
            with self.subTest(declared):
                self.bars("AAA.csv", range(0, 48 * step, step), 100)
                self.count(declared, code=3)
                self.assertIn(text, self.said.err)
        self.count('bars = { "1d" }', filters={"f": 'bars = { "30s" }'}, code=3)
        self.assertIn("f.lua: bars 30s cannot be built from AAA.csv: its bars are 1h", self.said.err)

    def test_every_symbol_by_its_own_files(self):
        self.bars("AAA.csv", range(240), 100)
        self.bars("BBB.csv", range(0, 240, 60), 200)
        both = {"symbols": '"AAA", "BBB"', "data": ("AAA.csv", "BBB.csv"), "names": None}
        told = self.count("", filters={"f": 'bars = { "2h" }', "g": 'bars = { "1h" }'}, **both)
        plain = {who: {k: v for k, v in heard.items() if "last" not in k} for who, heard in told.items()}
        self.assertEqual(plain, {"s": {"AAA 1m": 240, "BBB 1h": 4}, "f": {"AAA 2h": 2, "BBB 2h": 2}, "g": {"AAA 1h": 4, "BBB 1h": 4}})
        self.count('bars = { "1m" }', code=3, **both)
        self.assertIn("s.lua: bars 1m cannot be built from BBB.csv: its bars are 1h", self.said.err)

    def test_two_files_of_one_symbol_give_each_frame_once(self):
        self.bars("one.csv", range(240), 100)
        rows = "".join(f"{START + 3600 * k},500,501,499,500,7\n" for k in range(4))
        self.write("hour.csv", "time,open,high,low,close,volume\n" + rows)
        for data in (("one.csv", "hour.csv"), ("hour.csv", "one.csv")):
            told = self.count('bars = { "1h", "2h", "30m", "1m" }', filters={"f": 'bars = { "2h" }', "g": ""}, data=data)
            self.assertEqual({k: v for k, v in told["s"].items() if "last" not in k},
                             {"AAA 1h": 4, "AAA 2h": 2, "AAA 30m": 8, "AAA 1m": 240})
            self.assertEqual({k: v for k, v in told["g"].items() if "last" not in k}, {"AAA 1h": 4, "AAA 1m": 240})
            self.write("run.lua", 'local mt = require "mthost"\nlocal S = mt.strategy { bars = { "2h", "30m" } }\n'
                                "function S:on_bar(b) self:mark(b.tf, b.volume) end\nreturn S\n")
            self.mthost("backtest", "run.lua", "--data", *data, "--symbols", "AAA")
            self.assertEqual({(row["name"], float(row["value"])) for row in self.rows("marks.csv")}, {("2h", 14.0), ("30m", 30.0)})

    def test_ticks_give_every_frame_and_bars_beside_them_their_own(self):
        quotes = "".join(f"{START + s},{100 + s % 9},{101 + s % 9}\n" for s in range(0, 7321, 30))
        self.write("q.csv", "time,bid,ask\n" + quotes)
        told = self.count('bars = { "1h", "45s" }', filters={"f": 'bars = { "1m" }', "g": ""}, data=("q.csv",))
        plain = {who: {k: v for k, v in heard.items() if "last" not in k} for who, heard in told.items()}
        self.assertEqual(plain, {"s": {"AAA 1h": 2, "AAA 45s": 162}, "f": {"AAA 1m": 122}})
        self.bars("AAA.csv", range(122), 100)
        both = self.count('bars = { "1m", "1h", "45s" }', data=("AAA.csv", "q.csv"))
        self.assertEqual({k: v for k, v in both["s"].items() if "last" not in k},
                         {"AAA 1m": 122, "AAA 1h": 2, "AAA 45s": 162}, "no bar twice")

    def test_on_bar_without_bars_and_without_a_file_of_bars(self):
        self.write("t.csv", "time,price,qty\n" + "".join(f"{START + s},100,1\n" for s in range(300)))
        self.count("", code=3, data=("t.csv",))
        self.assertIn('bars = { "1m" }', self.said.err)
        self.write("s.lua", 'local mt = require "mthost"\nlocal S = mt.strategy {}\nfunction S:on_bar() end\n'
                            "function S:on_timer() end\nreturn S\n")
        self.mthost("run", "s.lua", "--for", "1m", "--speed", "max", code=3)
        self.write("s.lua", 'local mt = require "mthost"\nlocal S = mt.strategy {}\nfunction S:on_bar() end\n'
                            "function S:on_trade() end\nreturn S\n")
        said = self.mthost("backtest", "s.lua", "--data", "t.csv", "--symbols", "AAA")
        self.assertIn("s.lua: on_bar is never called", said.err)

    def test_bar_gives_what_was_declared_and_says_so_otherwise(self):
        self.bars("AAA.csv", range(121), 100)
        ask = ('local mt = require "mthost"\nlocal S = mt.%s { %s }\nfunction S:on_bar(b)\n  if self.done then return end self.done = true\n'
               '  for _, tf in ipairs { "1m", "5m", "1h", "1d" } do\n    local ok, e = pcall(function() return self:bar(tf, 0) end)\n'
               '    self:mark(tf .. " " .. (ok and "yes" or e), 1)\n  end\nend\n%s\nreturn S\n')
        for kind, declared, yes in (("strategy", 'bars = { "5m" }', ["5m"]), ("strategy", "", ["1m"]), ("filter", 'bars = { "1h" }', ["1h"]),
                                    ("strategy", 'bars = { "1h" }, warmup = { "5m", 1 }', ["5m", "1h"])):
            with self.subTest(kind + declared):
                self.write("x.lua", ask % (kind, declared, "function S:check(s) return s end" if kind == "filter" else ""))
                self.write("o.lua", 'local mt = require "mthost"\nlocal S = mt.strategy { bars = { "5m", "1d" } }\nfunction S:on_bar() end\nreturn S\n')
                self.write("g.lua", 'local mt = require "mthost"\nlocal S = mt.filter { bars = { "1d", "1h" } }\nfunction S:check(s) return s end\nreturn S\n')
                run = '{ strategy = "o", filters = { "x" } }' if kind == "filter" else '{ strategy = "x", filters = { "g" } }'
                self.write("run.lua", "return " + run)
                self.mthost("backtest", "run.lua", "--data", "AAA.csv")
                marks = self.marks()
                self.assertEqual([mark.split()[0] for mark in marks if mark.endswith(" yes")], yes)
                self.assertEqual(len([mark for mark in marks if "is not declared" in mark and "x.lua:6:" in mark]), 4 - len(yes))

    def test_a_filter_does_not_change_what_sizing_looks_at(self):
        self.bars("AAA.csv", range(400), 100)
        self.write("s.lua", 'local mt = require "mthost"\nlocal S = mt.strategy { %s }\nfunction S:on_bar(b)\n'
                            "  if b.time == %d then self:signal { side = \"buy\" } end\nend\nreturn S\n"
                   % ('bars = { "5m" }', START + 300 * 60))
        self.write("f.lua", 'local mt = require "mthost"\nlocal F = mt.filter { bars = { "1m" } }\nfunction F:check(s) return s end\nreturn F\n')
        quantities = []
        for filters in ("", '"f"'):
            self.write("run.lua", 'return { strategy = "s", symbols = { "AAA" }, filters = { %s }, '
                                  'sizing = { "volatility_target", vol = 0.2, lookback = 20 } }' % filters)
            self.mthost("backtest", "run.lua", "--data", "AAA.csv")
            quantities += [row["qty"] for row in self.rows("orders.csv")]
        self.assertEqual(len(quantities), 2)
        self.assertEqual(quantities[0], quantities[1])

    def test_a_live_run_and_its_replay_hear_the_same(self):
        for name, declared in (("s", 'bars = { "5m" }'), ("f", 'bars = { "1m", "15m" }')):
            kind = "strategy" if name == "s" else "filter"
            self.write(f"{name}.lua", COUNT % (kind, declared, "S:check(s) return s" if kind == "filter" else "S:none()", name))
        self.write("run.lua", 'return { strategy = "s", filters = { "f" }, symbols = { "BTCUSDT" } }')
        self.mthost("run", "run.lua", "--for", "2h", "--speed", "max", "--seed", "3")
        told = {row["name"]: float(row["value"]) for row in self.rows("marks.csv")}
        self.assertEqual({k: v for k, v in told.items() if "last" not in k},
                         {"s BTCUSDT 5m": 24, "f BTCUSDT 1m": 120, "f BTCUSDT 15m": 8})
        self.assertEqual((told["s BTCUSDT last"], told["f BTCUSDT last"]), (24, 120))
        self.mthost("replay", "--verify")


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
    """On bars the trail is the venue's stop, moved: what it is called is what moved it last."""

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

    def exits_of(self, signal, closes):
        """What each exit is called that did not fill."""
        rows = "".join(f"{START + 60 * m},{c},{c},{c},{c},1\n" for m, c in enumerate(closes))
        self.write("AAA.csv", "time,open,high,low,close,volume\n" + rows)
        self.write("t.lua", TRAIL.replace('side = "buy", exit = %s', signal))
        self.mthost("backtest", "t.lua", "--data", "AAA.csv", "--out", "found")
        with open(self.path("found", "orders.csv"), newline="") as file:
            return [(order["role"], order["stop"]) for order in csv.DictReader(file) if order["role"] != "entry"]

    def test_an_exit_that_is_nothing_but_a_trail_is_one_before_it_begins(self):
        self.assertEqual(self.exits_of('side = "buy", exit = { trail = { 2, after = 30 } }', [100] * 4), [("trail", "")])
        self.assertEqual(self.exits_of('side = "sell", exit = { trail = { 2, after = 30 } }', [100] * 4), [("trail", "")])
        self.assertEqual(self.exits_of('side = "buy", limit = 90, ttl = 600, exit = { trail = 2 }', [100] * 4), [("trail", "")])

    def test_with_a_stop_it_is_the_stop_until_the_trail_begins(self):
        self.assertEqual(self.exits_of('side = "buy", exit = { stop = 3, trail = { 2, after = 30 } }', [100] * 4),
                         [("stop", "97")])
        self.assertEqual(self.exits_of('side = "buy", limit = 90, ttl = 600, exit = { stop = 3, trail = 2 }', [100] * 4),
                         [("stop", "")])


if __name__ == "__main__":
    unittest.main()
