"""Absent sides, zero and prices below it, on their way from text to the tick store and back, held against the rows that were
written: what is missing stays missing, what is 0 stays 0, and only an instrument that says so has such prices."""
import csv
import os
import random
import shutil
from decimal import Decimal

import program

NEGATIVE = ("--instrument", "tick=0.01,step=1,quote=USD,negative=true")
PLAIN = ("--instrument", "tick=0.01,step=1,quote=USD")
HEADS = {"quotes": "time,bid,ask,bid_qty,ask_qty", "trades": "time,price,qty,side,id", "bars": "time,open,high,low,close,volume"}
# What a handler gets: a side that is empty is no number.
SIDES = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_quote(q, m)
  self:mark("sides", (q.bid == q.bid and 1 or 0) + (q.ask == q.ask and 2 or 0))
  if q.bid == q.bid then self:mark("bid", q.bid) end
  if q.ask == q.ask then self:mark("ask", q.ask) end
  if q.mid == q.mid then self:mark("mid", q.mid) self:mark("spread", m.spread_ticks) end
  self:mark("book", (m.book:bid(1) and 1 or 0) + (m.book:ask(1) and 2 or 0))
  self:mark("tradable", m.tradable and 1 or 0)
end
return S
"""


def price(rng):
    """On both sides of zero, zero itself often, with and without decimals."""
    if rng.randrange(4) == 0:
        return Decimal(0)
    return Decimal(rng.randrange(-4000, 4000)).scaleb(-rng.randrange(3))


def text(rng, value):
    """One of the ways to write it."""
    plain = f"{value:f}"
    if value == 0:
        return rng.choice(["0", "0.00", "-0.0", "0.0000"])
    return rng.choice([plain, plain + "0" if "." in plain else plain + ".0"])


def number(field):
    return Decimal(field) if field != "" else None


def same(wanted, got):
    return [number(w) for w in wanted] == [number(g) for g in got]


class Negative(program.Program):
    def rows(self, *words):
        """What the program read, as it writes it."""
        shutil.rmtree(self.path("read"), ignore_errors=True)
        self.mthost("data", "import", *words, "--csv", "--out", "read")
        written, = os.listdir(self.path("read"))
        shutil.copy(self.path("read", written), self.path("again.csv"))
        with open(self.path("again.csv"), newline="") as file:
            return list(csv.reader(file))[1:]

    def quotes(self, rng, count):
        rows = []
        for n in range(count):
            sides = rng.choice([1, 2, 3, 3])
            bid, ask = price(rng), price(rng)
            size = [rng.choice(["", "0", "7", "12"]) for _ in range(2)]
            rows.append([str(program.START + n), text(rng, bid) if sides & 1 else "", text(rng, ask) if sides & 2 else "", *size])
        return rows

    def trades(self, rng, count):
        return [[str(program.START + n), text(rng, price(rng)), str(rng.randrange(9)), rng.choice(["buy", "sell", ""]), str(n + 1)]
                for n in range(count)]

    def bars(self, rng, count):
        rows = []
        for n in range(count):
            four = sorted(price(rng) for _ in range(4))
            inner = four[1:3]
            rng.shuffle(inner)
            rows.append([str(program.START + n * 60), text(rng, inner[0]), text(rng, four[3]), text(rng, four[0]),
                         text(rng, inner[1]), str(rng.randrange(3))])
        return rows

    def test_text_store_and_text_again_hold_the_same(self):
        for seed in range(6):
            rng = random.Random(seed)
            for kind, make in (("quotes", self.quotes), ("trades", self.trades), ("bars", self.bars)):
                with self.subTest(kind=kind, seed=seed):
                    rows = make(rng, rng.choice([1, 2, 40, 3000]) if kind != "bars" else 60)
                    self.write("a.csv", HEADS[kind] + "\n" + "".join(",".join(row) + "\n" for row in rows))
                    self.mthost("data", "import", "a.csv", "--symbols", "CL", *NEGATIVE, "--out", "a.mts")
                    first = self.rows("a.csv", "--symbols", "CL", *NEGATIVE)
                    self.assertEqual(first, self.rows("a.mts"))
                    self.assertEqual(first, self.rows("again.csv", "--symbols", "CL", *NEGATIVE))
                    self.assertEqual(len(first), len(rows))
                    prices = {"quotes": slice(1, 3), "trades": slice(1, 2), "bars": slice(1, 5)}[kind]
                    for wanted, got in zip(rows, first):
                        self.assertTrue(same(wanted[prices], got[prices]), (wanted, got))
                    if kind == "quotes":
                        self.reports(rows, "a.csv", "--symbols", "CL", *NEGATIVE)
                        self.reports(rows, "a.mts")

    def reports(self, rows, *words):
        pairs = [(number(row[1]), number(row[2])) for row in rows]
        both = [(bid, ask) for bid, ask in pairs if bid is not None and ask is not None]
        report = self.mthost("data", "check", *words, "--json").json()[0]
        self.assertEqual((report["one_sided"], report["crossed"], report["locked"], report["bad"], report["verdict"]),
                         (len(pairs) - len(both), sum(bid > ask for bid, ask in both), sum(bid == ask for bid, ask in both), 0,
                          "good"))

    def test_a_script_sees_what_is_there(self):
        self.write("sides.lua", SIDES)
        rng = random.Random(11)
        rows = self.quotes(rng, 200)
        self.write("q.csv", HEADS["quotes"] + "\n" + "".join(",".join(row) + "\n" for row in rows))
        self.mthost("data", "import", "q.csv", "--symbols", "CL", *NEGATIVE, "--out", "q.mts")
        summaries = []
        for source in (["q.csv", "--symbols", "CL", *NEGATIVE], ["q.mts"]):
            summary = self.mthost("backtest", "sides.lua", "--data", *source, "--json").json()
            marks = {}
            for mark in program.table(self.path(summary["run"], "marks.csv")):
                marks.setdefault(mark["name"], []).append(float(mark["value"]))
            bids, asks = [number(row[1]) for row in rows], [number(row[2]) for row in rows]
            both = [(bid, ask) for bid, ask in zip(bids, asks) if bid is not None and ask is not None]
            sides = [(bid is not None) + 2 * (ask is not None) for bid, ask in zip(bids, asks)]
            self.assertEqual(marks["sides"], sides)
            self.assertEqual(marks["book"], sides)
            self.assertEqual(marks["bid"], [float(bid) for bid in bids if bid is not None])
            self.assertEqual(marks["ask"], [float(ask) for ask in asks if ask is not None])
            self.assertEqual(marks["mid"], [(float(bid) + float(ask)) * 0.5 for bid, ask in both])
            self.assertEqual([round(ticks, 6) for ticks in marks["spread"]], [float((ask - bid) * 100) for bid, ask in both])
            self.assertEqual(marks["tradable"], [int(bid is not None and ask is not None and bid <= ask)
                                                 for bid, ask in zip(bids, asks)])
            summaries.append((summary["result_hash"], summary["final_equity"], summary["data"]["events"]))
        self.assertEqual(summaries[0], summaries[1])

    def test_what_is_shipped_passes_over_a_book_that_lacks_a_side(self):
        """An average that took no number would raise, and the strategy would end in quarantine."""
        rng = random.Random(5)
        self.write("lean.lua", 'return { strategy = "strategies/price_vs_ma", filters = { "filters/volatility", '
                   '"filters/max_spread" }, params = { n = 3 } }')
        self.write("flow.lua", 'return { strategy = "strategies/orderflow_scalp" }')
        rows = ["time,bid,ask,bid_qty,ask_qty"]
        for n in range(600):
            bid = 100 + rng.randrange(-50, 50)
            rows.append(f"{program.START + n},{bid if rng.randrange(5) else ''},{bid + 1},4,5" if n % 2 else
                        f"{program.START + n},{bid},{bid + 1 if rng.randrange(5) else ''},4,5")
        self.write("q.csv", "\n".join(rows) + "\n")
        self.write("t.csv", "time,price,qty,side\n" + "".join(f"{program.START + n}.5,{100 + n % 7},2,buy\n" for n in range(600)))
        calm = self.mthost("backtest", "lean.lua", "--data", "q.csv", "--symbols", "X", *PLAIN, "--json")
        self.assertGreater(calm.summary()["signals"], 10)
        both = self.mthost("backtest", "flow.lua", "--data", "q.csv", "t.csv", "--symbols", "X", *PLAIN, "--json")
        for result in (calm, both):
            self.assertNotIn("finite", result.err + result.out)

    def test_bars_go_through_zero(self):
        closes = [5, 1, 0, -1, -37.63, -40, -1, 0, 3]
        self.write("bars.lua", """local mt = require "mthost"
local S = mt.strategy {}
function S:on_bar(b, m) self:mark("close", b.close) self:mark("bid", m.bid) self:mark("mid", m.mid) self:mark("low", b.low) end
return S
""")
        self.write("b.csv", HEADS["bars"] + "\n" + "".join(
            f"{program.START + n * 60},{before},{max(before, after)},{min(before, after)},{after},1\n"
            for n, (before, after) in enumerate(zip([6] + closes, closes))))
        summary = self.mthost("backtest", "bars.lua", "--data", "b.csv", "--symbols", "CL", *NEGATIVE, "--json").json()
        marks = program.table(self.path(summary["run"], "marks.csv"))
        for name in ("close", "bid", "mid"):
            self.assertEqual([float(mark["value"]) for mark in marks if mark["name"] == name], closes)
        self.assertEqual([float(mark["value"]) for mark in marks if mark["name"] == "low"],
                         [min(pair) for pair in zip([6] + closes, closes)])

    def test_an_indicator_gets_no_empty_side(self):
        self.write("q.csv", "time,bid,ask\n" + "".join(f"{program.START + n},{b},{a}\n" for n, (b, a) in enumerate(
            [(1, 3), ("", 3), (-5, ""), (0, 2), (-9, -7)])))
        for column, wanted in (("mid", [2, None, None, 1, -8]), ("bid", [1, None, -5, 0, -9]), ("ask", [3, 3, None, 2, -7])):
            out = self.mthost("ta", "sma", "1", "--data", "q.csv", "--symbols", "CL", *NEGATIVE, "--column", column).out
            values = [line.split(",")[1] for line in out.splitlines()[1:]]
            self.assertEqual([float(value) if value else None for value in values], wanted)

    def test_zero_is_a_price_only_where_it_can_be_one(self):
        self.write("q.csv", "time,bid,ask\n" + "".join(f"{program.START + n},{b},{a}\n" for n, (b, a) in enumerate(
            [(1, 2), (0, 2), (1, 0), ("", 2), (0, "")])))
        report = self.mthost("data", "check", "q.csv", "--symbols", "X", *PLAIN, "--json", code=1).json()[0]
        self.assertEqual((report["rows"], report["bad"], report["one_sided"]), (5, 1, 3))
        self.assertIn("neither bid nor ask", report["first_bad"])
        report = self.mthost("data", "check", "q.csv", "--symbols", "X", *NEGATIVE, "--json").json()[0]
        self.assertEqual((report["bad"], report["one_sided"], report["crossed"]), (0, 2, 1))

    def test_the_refusal_says_the_word_and_the_word_cures_it(self):
        self.write("t.csv", f"time,price,qty\n{program.START},1,1\n{program.START + 1},-37.63,1\n")
        refused = self.mthost("data", "import", "t.csv", "--symbols", "CL", *PLAIN, "--out", "t.mts", code=1)
        self.assertIn("1 row has a price at or below zero, the first in line 3", refused.err)
        self.assertIn("negative=true", refused.err)
        self.mthost("data", "import", "t.csv", "--symbols", "CL", *NEGATIVE, "--out", "t.mts")
        self.write("mthost.conf.lua", 'return { instruments = { CL = { tick = "0.01", step = "1", quote = "USD", negative = true } } }')
        self.assertEqual([row[1] for row in self.rows("t.csv", "--symbols", "CL")], ["1", "-37.63"])

    def test_a_store_with_such_prices_needs_an_instrument_that_has_them(self):
        self.write("sides.lua", SIDES)
        self.write("q.csv", f"time,bid,ask\n{program.START},-2,-1\n{program.START + 1},-2,0\n")
        self.mthost("data", "import", "q.csv", "--symbols", "CL", *NEGATIVE, "--out", "q.mts")
        self.write("mthost.conf.lua", 'return { instruments = { CL = { tick = "0.01", step = "1", quote = "USD" } } }')
        refused = self.mthost("backtest", "sides.lua", "--data", "q.mts", code=3)
        self.assertRegex(refused.err, "q.mts: was imported with negative=true.* CL ")
        self.mthost("backtest", "sides.lua", "--data", "q.mts", "--instrument", "negative=true")
        # The other way round every number is still one that the instrument can have.
        self.write("p.csv", f"time,bid,ask\n{program.START},1,2\n")
        self.mthost("data", "import", "p.csv", "--symbols", "CL", "--out", "p.mts")
        self.mthost("data", "check", "p.mts", "--instrument", "negative=true")
