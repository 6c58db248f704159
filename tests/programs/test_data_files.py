"""What rows of a file mean, held against a computation in Python that shares nothing with the program: when bars end, local
times of many zones, what is refused, and that the order of the command line changes nothing."""
import datetime
import os
import random
import unittest
import zoneinfo

import program

COSTS = ("--fee-bp", "0")
SPEC = ("--instrument", "tick=0.01,step=1,quote=USD")
HEAD = "time,open,high,low,close,volume\n"
UTC = datetime.timezone.utc

# Says of each bar, at the moment of its delivery, when it began and when it ended.
MARK = """local mt = require "mthost"
local S = mt.strategy { params = { tf = mt.param "" } }
function S:on_bar(b)
  if self.params.tf ~= "" and b.tf ~= self.params.tf then return end
  self:mark("open", b.time)
  self:mark("close", b.close_time)
end
return S
"""
# Buys after bar `at` and closes after bar `out`, with a stop if one is given.
ENTER = """local mt = require "mthost"
local S = mt.strategy { params = { at = mt.param(1, 1, 1000, 1), out = mt.param(3, 1, 1000, 1), stop = mt.param(0, 0, 1000) } }
function S:on_start() self.n = 0 end
function S:on_bar()
  self.n = self.n + 1
  if self.n == self.params.at then
    self:signal { side = "buy", exit = self.params.stop > 0 and { stop = self.params.stop } or nil }
  elseif self.n == self.params.out then self:signal { side = "flat" } end
end
return S
"""
COUNT = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_quote(q) self:mark("mid", q.mid) end
function S:on_bar(b) self:mark("bar", b.close) end
function S:on_trade(t) self:mark("price", t.price) end
return S
"""


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def flat_bars(opens, price=100):
    return HEAD + "".join(f"{at},{price},{price},{price},{price},1\n" for at in opens)


def ends(opens, length):
    return [min(at + length, after) for at, after in zip(opens, opens[1:] + [opens[-1] + length])]


class Ends(program.Program):
    def setUp(self):
        super().setUp()
        self.write("mark.lua", MARK)
        self.write("enter.lua", ENTER)

    def marks(self, *words):
        """[(delivered, open, close)] and the hash."""
        summary = self.mthost("backtest", "mark.lua", *words, *SPEC, *COSTS, "--json").json()
        rows = program.table(self.path(summary["run"], "marks.csv"))
        opens, closes = rows[::2], rows[1::2]
        self.assertTrue(all(a["name"] == "open" and b["name"] == "close" for a, b in zip(opens, closes)))
        return [(b["time"], float(a["value"]), float(b["value"])) for a, b in zip(opens, closes)], summary

    def random_opens(self, rng, length):
        at, opens, since_odd = 1_600_000_000 // length * length, [], 9
        for _ in range(rng.randrange(20, 120)):
            opens.append(at)
            since_odd += 1
            step = length
            what = rng.random()
            if what < 0.08:
                step = length * rng.randrange(2, 5)
            elif what < 0.16 and since_odd > 2:
                step = max(1, int(length * rng.uniform(0.05, 0.8)))
                since_odd = 0
            elif what < 0.24:
                step = length - length // rng.choice([12, 20, 24])
            at += step
        return opens

    def test_random_odd_bars_from_text_stores_and_parts(self):
        rng = random.Random(20260)
        for number in range(12):
            length = rng.choice([60, 300, 3600, 4 * 3600, 86400])
            opens = self.random_opens(rng, length)
            expected = [(iso(end), at, end) for at, end in zip(opens, ends(opens, length))]
            self.write("one.csv", flat_bars(opens))
            cut = rng.randrange(8, len(opens) - 8)
            self.write("p1.csv", flat_bars(opens[:cut]))
            self.write("p2.csv", flat_bars(opens[cut:]))
            self.mthost("data", "import", "one.csv", "--symbols", "XX", "--out", "one.mts")
            self.mthost("data", "check", "one.csv", "--symbols", "XX")
            hashes = set()
            for data in (["one.csv"], ["one.mts"], ["p1.csv", "p2.csv"], ["p2.csv", "p1.csv"]):
                with self.subTest(seed=20260, number=number, data=data, length=length):
                    got, summary = self.marks("--data", *data, "--symbols", "XX")
                    self.assertEqual(got, expected)
                    hashes.add(summary["result_hash"])
            self.assertEqual(len(hashes), 1)

    def test_built_bars_end_with_the_odd_one_behind(self):
        opens = [0, 300, 600, 900, 1200, 1500, 1800, 2100, 2220, 2520, 2820, 3120, 3420, 3720, 4020]
        base = 1_600_000_000 // 3600 * 3600
        self.write("five.csv", flat_bars([base + at for at in opens]))
        self.write("build.lua", MARK.replace("mt.strategy {", 'mt.strategy { bars = { "30m" },'))
        summary = self.mthost("backtest", "build.lua", "--set", "tf=30m", "--data", "five.csv", "--symbols", "XX", *COSTS,
                              "--json").json()
        closes = [row for row in program.table(self.path(summary["run"], "marks.csv")) if row["name"] == "close"]
        # the bar of 2100 ends at 2220; the last of the second half hour reaches beyond its end and belongs to it
        self.assertEqual([int(float(row["value"])) - base for row in closes], [1800, 3600])
        self.assertEqual([row["time"] for row in closes], [iso(base + 1800), iso(base + 3720)])

    def entry(self, *words, columns=("entry", "exit")):
        summary = self.mthost("backtest", "enter.lua", *words, *SPEC, *COSTS, "--json").json()
        trade, = program.table(self.path(summary["run"], "trades.csv"))
        return [float(trade[name]) for name in columns]

    def test_a_signal_of_a_short_day_or_month_trades_at_the_next_open(self):
        days = [f"2026-03-{day:02}" for day in range(5, 15)]         # the 8th has 23 hours in New York
        self.write("days.csv", HEAD + "".join(f"{day},{50 + n},{51 + n},{49 + n},{50 + n},1\n" for n, day in enumerate(days)))
        for out in (5, 6):
            self.assertEqual(self.entry("--data", "days.csv", "--symbols", "XX", "--tz", "America/New_York", "--set", "at=4",
                                        "--set", f"out={out}"), [54, 50 + out])
        months = [f"2024-{month:02}-01" for month in range(1, 13)]
        self.write("months.csv", HEAD + "".join(f"{at},{50 + n},{51 + n},{49 + n},{50 + n},1\n" for n, at in enumerate(months)))
        for at in range(1, 10):
            self.assertEqual(self.entry("--data", "months.csv", "--symbols", "XX", "--set", f"at={at}", "--set",
                                        f"out={at + 1}"), [50 + at, 51 + at])
        report = self.mthost("data", "check", "months.csv", "--symbols", "XX", "--json").json()[0]
        self.assertEqual((report["bad"], report["gaps"], report["verdict"]), (0, 0, "good"))

    def test_a_stop_placed_at_that_close_is_in_force_in_the_next_bar(self):
        rows = ["2026-03-06,100,100,100,100,1", "2026-03-07,100,100,100,100,1", "2026-03-08,100,100,100,100,1",
                "2026-03-09,100,101,90,100,1", "2026-03-10,100,100,100,100,1"]
        self.write("stop.csv", HEAD + "\n".join(rows) + "\n")
        self.assertEqual(self.entry("--data", "stop.csv", "--symbols", "XX", "--tz", "America/New_York", "--set", "at=2",
                                    "--set", "out=9", "--set", "stop=5"), [100, 95])

    def test_bars_that_overlap_are_bad_rows(self):
        base = 1_700_000_000 // 3600 * 3600
        for long, short, count in ((300, 60, 4), (3600, 60, 20), (86400, 3600, 8), (60, 20, 3)):
            opens = [base + n * long for n in range(count + 3)]
            opens += [opens[-1] + (n + 1) * short for n in range(count) if (n + 1) * short < long * 0.8]
            bad = len(opens) - count - 3
            with self.subTest(long=long, short=short):
                self.write("mixed.csv", flat_bars(opens))
                report = self.mthost("data", "check", "mixed.csv", "--symbols", "XX", "--json", code=1).out
                row, = program.json.loads(report)
                self.assertEqual((row["bad"], row["verdict"], row["rows"]), (bad, "damaged", len(opens)))
                self.assertIn(f"mixed.csv:{count + 5}: the bar begins before the last one has ended", row["first_bad"])
                got, _ = self.marks("--data", "mixed.csv", "--symbols", "XX")
                kept = opens[:count + 3]
                self.assertEqual(got, [(iso(end), at, end) for at, end in zip(kept, ends(kept, long))])
                refused = self.mthost("backtest", "mark.lua", "--data", "mixed.csv", "--symbols", "XX", "--strict", code=1)
                self.assertIn(f"mixed.csv:{count + 5}", refused.err)


class LocalTimes(program.Program):
    ZONES = {"America/New_York": 2025, "Africa/Cairo": 2025, "Australia/Lord_Howe": 2024, "America/Sao_Paulo": 2018,
             "Europe/London": 2025, "America/Asuncion": 2023, "Asia/Beirut": 2024, "Europe/Dublin": 2025,
             "America/Santiago": 2024, "Asia/Gaza": 2022, "Pacific/Apia": 2011, "Africa/Casablanca": 2024,
             "Asia/Kolkata": 2025, "Antarctica/Troll": 2025}

    def setUp(self):
        super().setUp()
        if not os.path.exists("/usr/share/zoneinfo/Africa/Cairo"):
            self.skipTest("no time zone database")

    @staticmethod
    def changes(zone, year):
        """Seconds at which the offset of that year changes."""
        at, end, found = (int(datetime.datetime(y, 1, 1, tzinfo=UTC).timestamp()) for y in (year, year + 1, 1970))
        found = []

        def offset(t):
            return datetime.datetime.fromtimestamp(t, zone).utcoffset()
        while at < end:
            if offset(at) != offset(at + 3600):
                low, high = at, at + 3600
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (low, middle) if offset(middle) != offset(low) else (middle, high)
                found.append(high)
            at += 3600
        return found

    def read(self, name, zone, *words):
        out = self.mthost("ta", "sma", "1", "--data", name, "--symbols", "XX", "--tz", zone, *words)
        return [line.split(",")[0] for line in out.out.splitlines()[1:]], out.err

    def test_bars_over_each_change_of_the_clock(self):
        rng = random.Random(7)
        for name, year in self.ZONES.items():
            zone = zoneinfo.ZoneInfo(name)
            for change in self.changes(zone, year) or [1_740_000_000]:
                shift = abs(datetime.datetime.fromtimestamp(change, zone).utcoffset()
                            - datetime.datetime.fromtimestamp(change - 1, zone).utcoffset()).total_seconds()
                step = rng.choice([s for s in (900, 1800, 3600) if s <= shift or shift == 0])
                first = (change - rng.randrange(4, 12) * 3600) // step * step
                times = list(range(first, first + 16 * 3600, step))
                local = [datetime.datetime.fromtimestamp(t, zone) for t in times]
                self.write("local.csv", HEAD + "".join(f"{t:%Y-%m-%d %H:%M},1,1,1,1,1\n" for t in local))
                with self.subTest(zone=name, change=iso(change), step=step):
                    got, said = self.read("local.csv", name)
                    self.assertEqual(got, [iso(t) for t in times])
                    self.assertEqual(said, "")

    def resolve(self, naive, zone):
        """The moment of a local time; one that does not exist is the first moment after the jump."""
        moment = naive.replace(tzinfo=zone).timestamp()
        if datetime.datetime.fromtimestamp(moment, zone).replace(tzinfo=None) == naive:
            return moment
        low, high = int(moment) - 30 * 3600, int(moment) + 30 * 3600
        while high - low > 1:           # wall clocks before and after naive
            middle = (low + high) // 2
            if datetime.datetime.fromtimestamp(middle, zone).replace(tzinfo=None) < naive:
                low = middle
            else:
                high = middle
        return high

    def test_times_that_do_not_exist(self):
        for name, year in self.ZONES.items():
            zone = zoneinfo.ZoneInfo(name)
            for change in self.changes(zone, year):
                before = datetime.datetime.fromtimestamp(change - 1, zone).replace(tzinfo=None)
                after = datetime.datetime.fromtimestamp(change, zone).replace(tzinfo=None)
                if after < before:
                    continue
                start = before - datetime.timedelta(minutes=20)
                naive = [start + datetime.timedelta(minutes=n) for n in range(0, int((after - start).total_seconds() // 60) + 30, 7)]
                self.write("gap.csv", "time,bid,ask\n" + "".join(f"{t:%Y-%m-%dT%H:%M:%S},1,2\n" for t in naive))
                with self.subTest(zone=name, change=iso(change)):
                    got, _ = self.read("gap.csv", name)
                    self.assertEqual(got, [iso(self.resolve(t, zone)) for t in naive])

    def test_a_daily_timer_fires_at_the_jump_and_once_where_the_hour_repeats(self):
        self.write("day.lua", """local mt = require "mthost"
local S = mt.strategy { params = { at = mt.param "00:00", tz = mt.param "UTC" } }
function S:on_start() self:timer { name = "t", at = self.params.at, tz = self.params.tz } end
function S:on_timer() self:mark("day", mt.day(self.now, self.params.tz)) end
return S
""")
        for zone, at, first, wanted in (
                ("Africa/Cairo", "00:00", "2026-04-22T23:00", ["04-23T22:00", "04-24T21:00", "04-25T21:00"]),
                ("America/New_York", "02:30", "2026-03-07T12:00", ["03-08T07:00", "03-09T06:30", "03-10T06:30"]),
                ("America/New_York", "01:30", "2026-10-31T12:00", ["11-01T05:30", "11-02T06:30", "11-03T06:30"])):
            start = int(datetime.datetime.fromisoformat(first + "+00:00").timestamp())
            self.write("bars.csv", flat_bars(range(start, start + 70 * 3600, 900)))
            summary = self.mthost("backtest", "day.lua", "--data", "bars.csv", "--symbols", "XX", "--set", f"tz={zone}", "--set",
                                  f"at={at}", *COSTS, "--json").json()
            rows = program.table(self.path(summary["run"], "marks.csv"))
            if zone == "Africa/Cairo":          # the 23rd at 22:00Z of the 22nd came before the data
                rows = rows[-3:]
            self.assertEqual([row["time"] for row in rows], [f"2026-{t}:00Z" for t in wanted])
            days = [int(row["value"]) for row in rows]
            self.assertEqual(days, list(range(days[0], days[0] + 3)))


class Sources(program.Program):
    def setUp(self):
        super().setUp()
        self.write("count.lua", COUNT)

    FILES = {
        "quotes": ("time,bid,ask\n", lambda t, n: f"{t},{n + 1},{n + 2}\n"),
        "trades": ("time,price,qty\n", lambda t, n: f"{t},{n + 1},1\n"),
        "bars": (HEAD, lambda t, n: f"{t},{n + 1},{n + 1},{n + 1},{n + 1},1\n"),
    }

    def put(self, name, kind, first, count=10, step=60):
        head, row = self.FILES[kind]
        self.write(name, head + "".join(row(program.START + first + n * step, n) for n in range(count)))

    def test_sources_that_overlap_are_refused_unless_they_are_one(self):
        for kind in self.FILES:
            self.put("a.csv", kind, 0)
            for first in (0, 30, 540, 60, -300):
                self.put("b.csv", kind, first)
                overlap = -600 < first < 540 or (kind == "bars" and first == 540)
                self.mthost("data", "import", "b.csv", "--symbols", "EURUSD", "--out", "b.mts")
                for data in (["a.csv", "b.csv"], ["b.csv", "a.csv"], ["a.csv", "b.mts"]):
                    words = ["backtest", "count.lua", "--data", *data, "--symbols", "EURUSD", *COSTS, "--json"]
                    with self.subTest(kind=kind, first=first, data=data):
                        if not overlap:
                            self.assertEqual(self.mthost(*words).json()["data"]["events"], 20)
                            continue
                        refused = self.mthost(*words, code=3)
                        for part in (*data, "EURUSD", kind, "--merge"):
                            self.assertIn(part, refused.err)
                        self.mthost("run", "count.lua", "--speed", "max", *words[2:-1], code=3)
                        self.mthost("ta", "sma", "2", "--data", *data, "--symbols", "EURUSD", code=3)
                        self.mthost("data", "import", *data, "--symbols", "EURUSD", "--out", "x", code=3)
                        self.mthost("data", "check", *data, "--symbols", "EURUSD", code=1)
                        merged = self.mthost(*words, "--merge").json()
                        both = set(range(0, 600, 60)) & set(range(first, first + 600, 60))      # a bar comes once
                        self.assertEqual(merged["data"]["events"], 20 - (len(both) if kind == "bars" else 0))

    def test_files_that_follow_one_another_and_other_kinds_are_no_conflict(self):
        for kind in self.FILES:
            self.put("a.csv", kind, 0)
            self.put("b.csv", kind, 600)
            self.put("c.csv", kind, 90000)
            one = self.mthost("backtest", "count.lua", "--data", "a.csv", "b.csv", "c.csv", "--symbols", "EURUSD", "--json").json()
            two = self.mthost("backtest", "count.lua", "--data", "c.csv", "a.csv", "b.csv", "--symbols", "EURUSD", "--json").json()
            self.assertEqual((one["data"]["events"], one["result_hash"]), (30, two["result_hash"]))
        self.put("q.csv", "quotes", 0)
        self.put("t.csv", "trades", 0)
        self.put("m.csv", "bars", 0)
        self.put("f.csv", "bars", 0, step=300)
        self.mthost("backtest", "count.lua", "--data", "q.csv", "t.csv", "m.csv", "f.csv", "--symbols", "EURUSD")

    def test_a_merged_run_is_repeated_merged(self):
        self.put("a.csv", "quotes", 0)
        self.put("b.csv", "quotes", 30)
        self.mthost("run", "count.lua", "--speed", "max", "--data", "b.csv", "a.csv", "--symbols", "EURUSD", "--merge")
        self.mthost("replay", "--verify")

    def test_a_folder_of_stores_with_two_of_one_symbol(self):
        self.put("a.csv", "trades", 0)
        self.put("b.csv", "trades", 30)
        for name in "ab":
            self.mthost("data", "import", f"{name}.csv", "--symbols", "EURUSD", "--out", f"stores/{name}.mts") if os.path.isdir(
                self.path("stores")) else (os.mkdir(self.path("stores")), self.mthost(
                    "data", "import", f"{name}.csv", "--symbols", "EURUSD", "--out", f"stores/{name}.mts"))
        self.assertIn("b.mts", self.mthost("backtest", "count.lua", "--data", "stores", code=3).err)

    def test_the_order_of_files_and_symbols_changes_nothing(self):
        self.write("seen.lua", """local mt = require "mthost"
local S = mt.strategy { scope = "portfolio", bars = { "1m" } }
function S:on_start() self.n = 0 end
function S:on_bar(b, m)
  self.n = self.n + 1
  self:mark("market1", #self.markets[1].symbol)
  if self.n % 3 == 1 then m:signal { side = "buy", exit = { take = 1, time = 120 } } end
end
return S
""")
        rng = random.Random(3)
        names = ["CCC", "A", "BB"]
        for name in names:
            closes = [100 + rng.randrange(-3, 4) for _ in range(60)]
            self.write(f"{name}.csv", program.bars_csv(closes, step=60))
        seen = []
        for order in (["A", "BB", "CCC"], ["CCC", "BB", "A"], ["BB", "A", "CCC"]):
            summary = self.mthost("backtest", "seen.lua", "--data", *(f"{n}.csv" for n in order), "--symbols", ",".join(order),
                                  *COSTS, "--json").json()
            files = [program.table(self.path(summary["run"], name)) for name in (
                "orders.csv", "trades.csv", "equity.csv", "marks.csv") if os.path.exists(self.path(summary["run"], name))]
            seen.append((summary["result_hash"], summary["final_equity"], files))
            self.assertGreater(summary["orders"], 10)
            self.assertEqual(files[-1][0]["value"], "1")        # A stands first
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(seen[0], seen[2])
        runs = [self.mthost("run", "seen.lua", "--for", "5m", "--speed", "max", "--symbols", order, "--json").summary()
                for order in ("BTCUSDT,ETHUSDT", "ETHUSDT,BTCUSDT")]
        self.assertEqual(runs[0]["result_hash"], runs[1]["result_hash"])


class Refused(program.Program):
    def setUp(self):
        super().setUp()
        self.write("count.lua", COUNT)

    def test_prices_at_or_below_zero_refuse_the_file_with_the_count(self):
        good = {"bars": "10,12,9,11,1", "quotes": "10,11", "trades": "10,1"}
        bad = {"bars": ["1,2,-3,1,1", "-5,-4,-6,-5,1", "0,0,0,0,0", "1,1,0,1,1", "1,2,-37,-37.63,2", "-0.00,1,0,1,1"],
               "quotes": ["-1,2", "3,-0.01", "-2,-1", ",-1"], "trades": ["0,1", "-37.63,1", "-0.00000001,5", "0.000,1"]}
        heads = {"bars": HEAD, "quotes": "time,bid,ask\n", "trades": "time,price,qty\n"}
        for kind, rows in bad.items():
            for row in rows:
                for count in (1, 3):
                    lines = [good[kind]] * 4 + [row] * count + [good[kind]] * 5
                    self.write("f.csv", heads[kind] + "".join(f"{program.START + n * 60},{text}\n" for n, text in enumerate(lines)))
                    with self.subTest(kind=kind, row=row, count=count):
                        noun = "1 row has" if count == 1 else f"{count} rows have"
                        for words, code in ((["backtest", "count.lua", "--data", "f.csv", "--out", "out"], 3),
                                            (["run", "count.lua", "--speed", "max", "--data", "f.csv"], 3),
                                            (["data", "import", "f.csv", "--out", "s.mts"], 1)):
                            refused = self.mthost(*words, "--symbols", "CL", code=code)
                            self.assertIn(f"f.csv: {noun} a price at or below zero, the first in line 6", refused.err)
                        self.assertFalse(os.path.exists(self.path("out")) or os.path.exists(self.path("s.mts")))
                        report = program.json.loads(self.mthost("data", "check", "f.csv", "--symbols", "CL", "--json", code=1).out)
                        self.assertIn(f"{noun} a price at or below zero", report[0]["error"])
                        self.assertEqual(report[0]["verdict"], "refused")

    def test_zero_in_a_quote_is_an_empty_side_and_no_volume_is_fine(self):
        self.write("q.csv", "time,bid,ask\n" + "".join(f"{program.START + n},{b},{a}\n" for n, (b, a) in enumerate(
            [(1, 2), (0, 2), (1, 0), ("", 2), (1, 2)])))
        report = self.mthost("data", "check", "q.csv", "--symbols", "X", "--json").json()[0]
        self.assertEqual((report["bad"], report["one_sided"]), (0, 3))
        self.write("b.csv", HEAD + "".join(f"{program.START + n * 60},1,1,1,1,0\n" for n in range(5)))
        self.mthost("data", "check", "b.csv", "--symbols", "X")

    def test_negative_is_true_or_false(self):
        self.write("d.csv", program.bars_csv([100, 101, 102]))
        for word in ("true", "false"):
            self.mthost("data", "info", "d.csv", "--symbols", "X", "--instrument", "tick=0.01,negative=" + word)
        self.mthost("data", "info", "d.csv", "--symbols", "X", "--instrument", "negative=maybe", code=2)


class Rows(program.Program):
    def check(self, text, code=0):
        self.write("f.csv", text)
        return program.json.loads(self.mthost("data", "check", "f.csv", "--symbols", "X", "--json", code=code).out)[0]

    def test_one_absurd_value_costs_its_own_row(self):
        for value in ("1e300", "-1e300", "9" * 400, "1e-300", "0." + "3" * 400, "1e15", "nan", ""):
            for column in range(1, 5):
                rows = [[str(program.START + n * 60), "100.25", "100.75", "100.125", "100.5", "1"] for n in range(4)]
                rows[2][column] = value
                with self.subTest(value=value[:20], column=column):
                    report = self.check(HEAD + "".join(",".join(row) + "\n" for row in rows), code=1)
                    if report["verdict"] == "refused":
                        self.assertTrue(value.startswith("-"))
                        continue
                    self.assertEqual((report["rows"], report["bad"]), (4, 1))
                    self.assertIn("f.csv:4: ", report["first_bad"])

    def test_lines_that_are_too_long(self):
        head, row, long = "time,bid,ask\n", f"{program.START},1,2\n", "7" * 10_000_000 + "\n"
        for text, rows, line in ((head + row + long + row, 3, 3), (head + long + row, 2, 2), (long + head + row, 2, 1),
                                 (head + row + long.rstrip(), 2, 3)):
            report = self.check(text, code=1)
            self.assertEqual((report["rows"], report["bad"]), (rows, 1))
            self.assertIn(f"f.csv:{line}: the line has more than 65536 bytes", report["first_bad"])
        for text, line in ((long, 1), (head + long, 2)):
            self.write("f.csv", text)
            said = self.mthost("data", "check", "f.csv", "--symbols", "X", code=1).err
            self.assertIn(f"f.csv:{line}: the line has more than 65536 bytes", said)
            self.assertNotIn("empty", said)

    def test_zero_bytes_marks_and_ends_of_lines(self):
        report = self.check(f"time,bid,ask\n{program.START},1\0,2\n{program.START},1,2\n\0\n{program.START},1,2", code=1)
        self.assertEqual((report["rows"], report["bad"]), (4, 2))
        self.assertIn("f.csv:2: '1?' is no number", report["first_bad"])
        for mark in ("", "\ufeff"):
            for end in ("\n", "\r\n"):
                for last in ("", end):
                    text = mark + "time,bid,ask" + end + f"{program.START},1,2" + end + f"{program.START},1,2" + last
                    self.assertEqual(self.check(text.encode())["rows"], 2)


class Precedence(program.Program):
    """--instrument, --like, the configuration, the built-in table, the rows: field by field."""

    def info(self, name, *words):
        row = self.mthost("data", "info", name, *words, "--json").json()[0]
        return [str(row[field]) for field in ("tick", "step", "size", "quote")]

    def test_each_source_for_each_field(self):
        for name in ("eurusd", "coin"):
            self.write(f"{name}.csv", "time,bid,ask\n" + "".join(f"{program.START + n},1.25,1.26\n" for n in range(5)))
        self.write("conf.lua", 'return { instruments = { EURUSD = { tick = "0.0002", step = "0.5", size = "7", quote = "CHF" },\n'
                   '  COIN = { tick = "0.02", step = "0.25", size = "3", quote = "EUR" } } }\n')
        conf = ("--config", "conf.lua")
        self.assertEqual(self.info("eurusd.csv"), ["0.00001", "0.01", "100000", "USD"])
        self.assertEqual(self.info("coin.csv"), ["0.01", "0.00000001", "1", "USD"])
        self.assertEqual(self.info("eurusd.csv", *conf), ["0.0002", "0.5", "7", "CHF"])
        said = {"tick": "0.004", "step": "2", "size": "11", "quote": "GBP"}
        like = ["0.01", "0.00001", "1", "USDT"]
        for name, base in (("eurusd.csv", ["0.0002", "0.5", "7", "CHF"]), ("coin.csv", ["0.02", "0.25", "3", "EUR"])):
            self.assertEqual(self.info(name, *conf, "--like", "binance:BTCUSDT"), like)
            for at, (field, value) in enumerate(said.items()):
                wanted = [value if at == i else old for i, old in enumerate(base)]
                self.assertEqual(self.info(name, *conf, "--instrument", f"{field}={value}"), wanted)
                wanted = [value if at == i else old for i, old in enumerate(like)]
                self.assertEqual(self.info(name, *conf, "--like", "binance:BTCUSDT", "--instrument", f"{field}={value}"), wanted)
        self.assertEqual(self.info("eurusd.csv", "--instrument", "size=1000"), ["0.00001", "0.01", "1000", "USD"])
        self.assertEqual(self.info("eurusd.csv", "--instrument", "tick=0.5,step=1,size=1,quote=JPY"), ["0.5", "1", "1", "JPY"])
        self.mthost("data", "import", "coin.csv", *conf, "--out", "coin.mts")
        self.assertEqual(self.info("coin.mts"), ["0.02", "0.25", "3", "EUR"])
        self.assertEqual(self.info("coin.mts", "--instrument", "size=5"), ["0.02", "0.25", "5", "EUR"])


if __name__ == "__main__":
    unittest.main()
