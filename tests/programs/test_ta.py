"""mthost ta: an indicator over a file. Its numbers against tables that others worked out, against TA-Lib and against
arithmetic that leaves no room for another double; its rows against the rows of the file; and what it refuses."""
import csv
import gzip
import io
import json
import math
import os
import random
import re
import subprocess
import sys
import unittest

import program

ORACLES = os.path.join("data", "indicator-oracles")


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def walk(seed, count):
    """Bars with two decimals and volumes with three, as texts: (time, open, high, low, close, volume)."""
    rng, close, rows = random.Random(seed), 10000, []
    for i in range(count):
        open_, close = close, max(100, close + rng.randint(-60, 60))
        high, low = max(open_, close) + rng.randint(0, 40), min(open_, close) - rng.randint(0, 40)
        rows.append([str(program.START + 60 * i)] + [f"{x / 100:.2f}" for x in (open_, high, low, close)]
                    + [f"{rng.randint(0, 50000) / 1000:.3f}"])
    return rows


def bars_text(rows):
    return "\n".join([",".join(("time", "open", "high", "low", "close", "volume")), *map(",".join, rows)]) + "\n"


class Ta(program.Program):
    def ta(self, *words, **how):
        return self.mthost("ta", *words, **how)

    def bars(self, count, seed=1, name="bars.csv"):
        rows = walk(seed, count)
        self.write(name, bars_text(rows))
        return rows

    def oracle(self, *parts):
        path = self.shared(ORACLES, *parts)
        with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))

    # --- numbers ---------------------------------------------------------------------------------

    def compare_column(self, got, name, want, column, first):
        self.assertEqual(len(got), len(want))
        for number, (mine, theirs) in enumerate(zip(got, want)):
            if number < first:
                self.assertEqual(mine[name], "", f"{name}: a value at row {number}")
                continue
            a, b = float(mine[name]), float(theirs[column])
            self.assertLessEqual(abs(a - b), 1e-9 * max(abs(b), 1e-2), f"{name} row {number}: {a!r}, expected {b!r}")

    def test_spreadsheets_of_others_to_1e_9(self):
        """The conventions are those of TA-Lib (README of the tables): EMA seeded with a mean, Wilder, population."""
        tables = [("sma", "sma 20", [("sma", "SMA", 19)]), ("ema", "ema 20", [("ema", "ema", 19)]),
                  ("rsi", "rsi 14", [("rsi", "RSI(14)", 14)]), ("atr", "atr 14", [("atr", "ATR", 14)]),
                  ("tr", "trange", [("trange", "TR", 1)]), ("stddev", "stddev 10", [("stddev", "stddev", 9)]),
                  ("bollingerbands", "bbands 20", [("upper", "upper", 19), ("middle", "sma", 19), ("lower", "lower", 19)])]
        for table, words, columns in tables:
            want = [row for row in self.oracle("stock-indicators", table + ".csv.gz") if row["date"]]
            have = [[row["date"]] + [row.get(k) or row["close"] for k in ("open", "high", "low", "close", "volume")]
                    for row in want]
            for row in have:        # tables without a high and a low: a bar has them
                row[2], row[3] = (max(row[1:5], key=float), min(row[1:5], key=float))
            self.write(table + ".csv", bars_text(have))
            got = rows_of(self.ta(*words.split(), "--data", table + ".csv").out)
            for name, column, first in columns:
                self.compare_column(got, name, want, column, first)

    def test_macd_of_spreadsheets_where_the_seeds_agree(self):
        """There the fast mean begins with the first 12 closes, with TA-Lib where the slow one does: a difference that has
        died out after 300 rows."""
        want = self.oracle("stock-indicators", "macd.csv.gz")
        self.write("bars.csv", bars_text([[row[k] for k in ("date", "open", "high", "low", "close", "volume")] for row in want]))
        got = rows_of(self.ta("macd", "--data", "bars.csv").out)
        for name, column in (("macd", "MACD"), ("signal", "Signal"), ("hist", "Histo")):
            for row in range(400, len(want)):
                self.assertAlmostEqual(float(got[row][name]), float(want[row][column]), delta=1e-9)

    def test_values_of_talibs_own_regression_tables(self):
        series = self.oracle("ta-lib", "input_252.csv")
        prices = ("open", "high", "low", "close", "volume")
        self.write("bars.csv", bars_text([[str(program.START + 60 * i)] + [row[k] for k in prices]
                                          for i, row in enumerate(series)]))
        seen = 0

        def spot(words, table, outputs, index="inputIndex", value="oneOfTheExpectedOutReal"):
            nonlocal seen
            for row in table:
                got = rows_of(self.ta(*map(str, words(row)), "--data", "bars.csv").out)
                for k, name in enumerate(outputs):
                    at = int(row[index if len(outputs) == 1 else f"{index}{k}"])
                    want = float(row.get(value + str(k), row.get(value)))
                    self.assertAlmostEqual(float(got[at][name]), want, delta=0.01, msg=str(row))
                    seen += 1

        def plain(rows):
            return [r for r in rows if r.get("unstablePeriod", "0") == "0" and r["startIdx"] == "0"
                    and r.get("compatibility", "DEFAULT") == "DEFAULT"]

        spot(lambda r: ("rsi", r["optInTimePeriod"]),
             [r for r in plain(self.oracle("ta-lib", "rsi.csv")) if r["theFunction"] == "RSI_TEST"], ["rsi"])
        spot(lambda r: ("stddev", r["optInTimePeriod"], r["optInNbDeviation_1"]),
             plain(self.oracle("ta-lib", "stddev.csv")), ["stddev"])
        spot(lambda r: ("bbands", r["optInTimePeriod"], r["optInNbDevUp"], r["optInNbDevDn"]),
             [r for r in plain(self.oracle("ta-lib", "bbands.csv")) if r["optInMethod_3"] == "MAType_SMA"],
             ["upper", "middle", "lower"])
        self.assertGreaterEqual(seen, 15)

    def test_talib_itself(self):
        """adx is asked for in whole cents: where a bar goes as far up as down, in decimals the last bits decide there, and
        here nothing does (docs/indicators.md)."""
        python = os.environ.get("MT_TALIB_PYTHON") or sys.executable
        calls = {"sma": ["SMA", "c", 30], "ema": ["EMA", "c", 30], "rsi": ["RSI", "c", 14], "atr": ["ATR", "hlc", 14],
                 "adx": ["ADX", "HLC", 14], "macd": ["MACD", "c"], "bbands": ["BBANDS", "c", 5], "mfi": ["MFI", "hlcv"],
                 "stoch": ["STOCH", "hlc"], "ht_sine": ["HT_SINE", "c"], "cdlengulfing": ["CDLENGULFING", "ohlc"],
                 "kama": ["KAMA", "c", 30], "obv": ["OBV", "cv"], "ultosc": ["ULTOSC", "hlc"], "kdj": ["KDJ", "hlc"],
                 "smi": ["SMI", "hlc"], "rvi": ["RVI", "c"], "fractal": ["FRACTAL", "hl"], "ha": ["HA", "ohlc"],
                 "percentrank": ["PERCENTRANK", "c", 50], "pvo": ["PVO", "v"], "efi": ["EFI", "cv"], "ln": ["LN", "c"],
                 "div": ["DIV", "hl"], "asin": ["ASIN", "c"]}
        rows = self.bars(3000, seed=7)
        columns = {k: [float(row[i]) for row in rows] for i, k in enumerate("tohlcv")}
        columns |= {k.upper(): [round(100 * x) for x in columns[k]] for k in "hlc"}
        ties = [i for i in range(1, len(rows)) if columns["H"][i] - columns["H"][i - 1]
                == columns["L"][i - 1] - columns["L"][i] > 0]
        self.assertTrue(ties, "no bar that goes as far up as down")
        asked = """
import json, sys
import numpy, talib
from talib import abstract
columns, calls = json.load(sys.stdin)
for call in calls:
    out = getattr(talib, call[0])(*[numpy.array(columns[k], dtype=float) for k in call[1]], *call[2:])
    out = out if isinstance(out, tuple) else (out,)
    skip = abstract.Function(call[0], *([] if len(call) < 3 else call[2:])).lookback
    print(json.dumps([[None if i < skip or x != x else float(x) for i, x in enumerate(o)] for o in out]))
"""
        answer = subprocess.run([python, "-c", asked], input=json.dumps([columns, list(calls.values())]), text=True,
                                capture_output=True, timeout=120)
        if answer.returncode != 0:
            if "No module named" not in answer.stderr:
                self.fail(answer.stderr)
            print(f"SKIP {self.id()}: no talib for {python} (MT_TALIB_PYTHON)", file=sys.stderr)
            self.skipTest("TA-Lib is absent")
        for (name, call), line in zip(calls.items(), answer.stdout.splitlines()):
            got = rows_of(self.ta(name, *call[2:], "--data", "bars.csv").out)
            mine = [[row[k] for row in got] for k in list(got[0])[1:]]
            for column, theirs in zip(mine, json.loads(line), strict=True):
                for i, (a, b) in enumerate(zip(column, theirs, strict=True)):
                    self.assertEqual(a == "", b is None, f"{name} row {i}")
                    if b is not None:
                        self.assertLessEqual(abs(float(a) - b), 1e-9 * max(abs(b), 1), f"{name} row {i}")

    def test_doubles_are_those_that_scripts_see(self):
        """One subtraction or division of the nearest doubles of the texts: nothing else is right, to the last bit."""
        rows = self.bars(300, seed=2)
        for place, column in enumerate(("open", "high", "low", "close", "volume"), 1):
            got = rows_of(self.ta("mom", 1, "--column", column, "--data", "bars.csv").out)
            self.assertEqual(got[0]["mom"], "")
            for i in range(1, len(rows)):
                self.assertEqual(got[i]["mom"], "%.17g" % (float(rows[i][place]) - float(rows[i - 1][place])))
        got = rows_of(self.ta("medprice", "--data", "bars.csv").out)
        self.assertEqual([r["medprice"] for r in got], ["%.17g" % ((float(r[2]) + float(r[3])) / 2) for r in rows])

    # --- rows ------------------------------------------------------------------------------------

    def test_a_row_for_each_row_around_the_size_of_a_batch(self):
        for count in (2, 3, 1023, 1024, 1025, 2049):
            rows = self.bars(count, seed=count)
            out = self.ta("bbands", 20, "--data", "bars.csv").out.split("\n")
            self.assertEqual(out[0], "time,upper,middle,lower")
            self.assertEqual(out[-1], "")
            self.assertEqual(len(out), count + 2)
            window = [float(row[4]) for row in rows]
            for i, line in enumerate(out[1:-1]):
                fields = line.split(",")
                self.assertEqual(fields[0], self.iso(int(rows[i][0])))
                self.assertEqual(len(fields), 4)
                if i < 19:
                    self.assertEqual(fields[1:], ["", "", ""])
                else:
                    mean = math.fsum(window[i - 19:i + 1]) / 20
                    self.assertAlmostEqual(float(fields[2]), mean, delta=1e-9 * mean)

    @staticmethod
    def iso(seconds):
        import datetime
        return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def test_every_way_to_give_the_same_data_gives_the_same_bytes(self):
        rows = self.bars(1500, seed=3)
        want = self.ta("adx", "--data", "bars.csv").out
        self.write("zipped.csv.gz", gzip.compress(bars_text(rows).encode()))
        self.assertEqual(self.ta("adx", "--data", "zipped.csv.gz").out, want)
        plain = "".join(",".join((r[0], r[5], r[4], r[3], r[2], r[1])) + "\n" for r in rows)
        self.write("plain.csv", plain)
        self.assertEqual(self.ta("adx", "--data", "plain.csv", "--symbols", "X", "--columns",
                                 "time,volume,close,low,high,open").out, want)
        self.mthost("data", "import", "bars.csv", "--symbols", "X", "--out", "store")
        store = [self.path("store", name) for name in os.listdir(self.path("store"))]
        self.assertEqual(self.ta("adx", "--data", *store).out, want)
        self.write("a.csv", bars_text(rows[:700]))
        self.write("b.csv", bars_text(rows[700:]))
        self.assertEqual(self.ta("adx", "--data", "a.csv", "b.csv", "--symbols", "X").out, want)
        self.assertEqual(self.ta("adx", "--data", "bars.csv", env={"MTHOST_JIT": "off"}).out, want)
        self.assertEqual(self.ta("adx", "--data", "bars.csv", env={"TZ": "Asia/Tokyo", "LC_ALL": "de_DE.UTF-8"}).out, want)

    def test_arguments_by_position_by_name_and_options(self):
        self.bars(200)

        def ask(*words):
            return self.ta(*words, "--data", "bars.csv").out

        self.assertEqual(ask("macd"), ask("macd", 12, 26, 9))
        self.assertEqual(ask("macd", "signal=5"), ask("macd", 12, 26, 5))
        self.assertEqual(ask("macd", 8, "slow=17"), ask("macd", 8, 17, 9))
        self.assertNotEqual(ask("macd", "signal=5"), ask("macd"))
        self.assertEqual(rows_of(ask("ema", 10, "seed=first"))[0]["ema"] != "", True)
        self.assertEqual(rows_of(ask("ema", 10, "seed=mean"))[8]["ema"], "")
        self.assertEqual(ask("bbands", 20, "2.5e0", "+1.5"), ask("bbands", 20, 2.5, 1.5))

    def test_inputs_of_each_kind_of_data(self):
        start = program.START
        quotes = [(start + i, 100 + 0.1 * (i % 7), 100.2 + 0.1 * (i % 5), 5 + i, 9) for i in range(50)]
        self.write("quotes.csv", "time,bid,ask,bid_qty,ask_qty\n"
                   + "".join(f"{t},{b:.1f},{a:.1f},{p},{q}\n" for t, b, a, p, q in quotes))
        trades = [(start + i, f"{50 + 0.25 * (i % 9):.2f}", str(1 + i % 4), "sell" if i % 3 == 1 else "buy") for i in range(50)]
        self.write("trades.csv", "time,price,qty,side\n" + "".join(",".join(map(str, t)) + "\n" for t in trades))
        mid = [(float(f"{b:.1f}") + float(f"{a:.1f}")) * 0.5 for _, b, a, _, _ in quotes]
        got = rows_of(self.ta("mom", 1, "--data", "quotes.csv").out)
        self.assertEqual([r["mom"] for r in got[1:]], ["%.17g" % (b - a) for a, b in zip(mid, mid[1:])])
        for column, place in (("bid_qty", 3), ("ask_qty", 4)):
            got = rows_of(self.ta("mom", 1, "--column", column, "--data", "quotes.csv").out)
            self.assertEqual([float(r["mom"]) for r in got[1:]], [b[place] - a[place] for a, b in zip(quotes, quotes[1:])])
        got = rows_of(self.ta("mom", 1, "--data", "trades.csv").out)
        self.assertEqual([float(r["mom"]) for r in got[1:]], [float(b[1]) - float(a[1]) for a, b in zip(trades, trades[1:])])
        got = rows_of(self.ta("volume.ratio", 1000, "--data", "trades.csv").out)
        self.assertEqual(float(got[-1]["buy"]), sum(float(t[2]) for t in trades if t[3] == "buy"))
        self.assertEqual(float(got[-1]["sell"]), sum(float(t[2]) for t in trades if t[3] == "sell"))
        for name, data, lacks in (("atr", "trades.csv", "high"), ("vwma", "quotes.csv", "volume"),
                                  ("book.ofi", "trades.csv", "bid")):
            self.assertIn(f"no {lacks}", self.ta(name, "--data", data, code=2).err)
        self.assertEqual(len(rows_of(self.ta("correl", 5, "--column", "bid,ask", "--data", "quotes.csv").out)), 50)

    def test_json_lines_hold_the_same_numbers(self):
        self.bars(100)
        lines = self.ta("stoch", "--json", "--data", "bars.csv").lines()
        rows = rows_of(self.ta("stoch", "--data", "bars.csv").out)
        self.assertEqual(len(lines), 100)
        for line, row in zip(lines, rows):
            self.assertEqual(line["time"], row["time"])
            for k in ("k", "d"):
                self.assertEqual(line[k], float(row[k]) if row[k] else None)

    # --- what there is ---------------------------------------------------------------------------

    def test_all_that_is_listed_runs_and_gives_what_it_lists(self):
        listed = self.ta("--list", "--json").json()
        names = [entry["name"] for entry in listed]
        self.assertEqual(len(set(names)), len(names))
        self.assertGreater(len(names), 180)
        self.bars(150)
        start = program.START
        self.write("quotes.csv", "time,bid,ask,bid_qty,ask_qty\n" + "".join(
            f"{start + i},{100 + i % 3},{101 + i % 4},{5 + i % 6},{4 + i % 5}\n" for i in range(150)))
        self.write("trades.csv", "time,price,qty,side\n" + "".join(
            f"{start + i},{100 + i % 3},{5 + i % 6},{'buy' if i % 3 else 'sell'}\n" for i in range(150)))
        have = {"bars.csv": {"time", "open", "high", "low", "close", "volume", "price", "qty"},
                "quotes.csv": {"time", "bid", "ask", "mid", "bid_qty", "ask_qty", "close", "price"},
                "trades.csv": {"time", "price", "qty", "side", "close", "volume"}}
        ran = 0
        for entry in listed:
            inputs, outputs = entry["inputs"].split(), entry["outputs"].split()
            self.assertFalse([o for o in outputs if o[0] == "y" and o[1:].isdigit()],
                             f"{entry['name']}: an output without a name")
            columns = []
            if len(inputs) == 1 and inputs[0] not in have["bars.csv"]:
                columns = ["--column", "volume"]
            elif entry["name"] == "mavp":
                columns = ["--column", "close,volume"]
            fits = [name for name, fields in have.items() if columns or set(inputs) <= fields][:1]
            if not fits:
                self.assertIn("level", inputs, entry["name"])       # of a book: no file has it
                continue
            out = self.ta(entry["name"], *columns, "--data", fits[0]).out.split("\n")
            self.assertEqual(out[0].split(","), ["time"] + outputs)
            self.assertEqual(len(out), 152, entry["name"])
            ran += 1
        self.assertGreater(ran, 180)

    def test_every_indicator_has_its_place_in_a_picture_of_the_manual(self):
        """docs/plots.py draws them; here only that none was forgotten, and that no page shows a picture that is not there."""
        docs = os.path.join(program.SOURCE, "docs")
        done = subprocess.run([sys.executable, os.path.join(docs, "plots.py"), "--mthost", program.MTHOST, "--names"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        drawn, size = {}, 0
        for line in done.stdout.splitlines():
            family, *names = line.split()
            drawn.update(dict.fromkeys(names, family))
            with open(os.path.join(docs, "img", family + ".png"), "rb") as file:
                picture = file.read()
            self.assertEqual(picture[:8], b"\x89PNG\r\n\x1a\n")
            size += len(picture)
        self.assertLess(size, 3 << 20, "pictures for 3 MB are enough")
        for entry in self.ta("--list", "--json").json():
            wants_results = set(entry["inputs"].split()) & {"return", "profit", "result", "level"}
            self.assertEqual(entry["name"] in drawn, not wants_results, entry["name"])
        shown = set()
        for page in os.listdir(docs):
            if page.endswith(".md"):
                with open(os.path.join(docs, page), encoding="utf-8") as file:
                    shown.update(re.findall(r"\]\(img/([^)]+)\)", file.read()))
        self.assertEqual(shown, set(os.listdir(os.path.join(docs, "img"))))

    def test_what_is_wrong_is_said_in_a_line_and_nothing_comes_out(self):
        self.bars(50)
        wrong = [
            ("ris", "did you mean 'rsi'"), ("nothing_like_it", "no such indicator"), ("RSI", "no such indicator"),
            ("book.ladder", "no such indicator"), ("../ta", "no such indicator"),
            ("rsi 0", "whole number from 2"), ("rsi 1.5", "1.5"), ("rsi 1e999", "from 2"), ("rsi nan", "not a number"),
            ("rsi inf", "not a number"), ("rsi 0x10", "not a number"), ("rsi 14 3", "takes 1 arguments"),
            ("rsi 14 n=3", "twice"), ("macd fast=x", "not a number"), ("ema seed=frst", "mean, first"),
            ("ema sead=first", "unknown option sead"), ("rsi bad=skip", "option bad"), ("rsi n=", "not a number"),
            ("rsi --column nosuch", "no nosuch"), ("rsi --column ,", "--column"), ("mavp", "have no n"),
            ("atr --column open,close", "name all of them"), ("medprice --column open", "name all of them"),
            ("volume.surge --column time,side", "no side"), ("rsi -- -1", "-1"),
        ]
        for words, part in wrong:
            done = self.ta("--data", "bars.csv", "--symbols", "X", *words.split(), code=2)
            self.assertIn(part, done.err)
            self.assertEqual(done.out, "", str(done))
        for blank in ("", " 14"):
            self.assertIn("not a number", self.ta("rsi", blank, "--data", "bars.csv", code=2).err)
        for words in ((), ("rsi",), ("--data", "bars.csv"), ("--list", "rsi"), ("--list", "--data", "bars.csv"),
                      ("rsi", "--data")):
            self.assertIn("ta", self.ta(*words, code=2).err)
        self.assertIn("nosuch.csv", self.ta("rsi", "--data", "nosuch.csv", code=1).err)

    def test_files_that_cannot_be_one_series(self):
        self.bars(20, name="A.csv")
        self.bars(20, name="B.csv")
        self.assertIn("2 symbols", self.ta("rsi", "--data", "A.csv", "B.csv", code=2).err)
        self.write("t.csv", "time,price,qty\n" + "".join(f"{program.START + i},5,1\n" for i in range(9)))
        self.assertIn("one kind", self.ta("rsi", "--data", "A.csv", "t.csv", "--symbols", "X", code=2).err)

    def test_bad_rows_are_counted_and_strict_ends_it(self):
        rows = walk(5, 40)
        rows[20][4] = "soon"
        self.write("bars.csv", bars_text(rows))
        done = self.ta("mom", 1, "--data", "bars.csv")
        self.assertEqual(len(rows_of(done.out)), 39)
        self.assertIn("1 bad rows left out", done.err)
        self.assertIn("bars.csv:22", done.err)
        self.assertIn("bars.csv:22", self.ta("mom", 1, "--strict", "--data", "bars.csv", code=(1, 3)).err)

    def test_a_file_that_breaks_off_gives_its_rows_and_fails(self):
        rows = walk(6, 30000)
        whole = gzip.compress(bars_text(rows).encode())
        self.write("cut.csv.gz", whole[:len(whole) // 2])
        done = self.ta("mom", 1, "--data", "cut.csv.gz", code=1)
        got = rows_of(done.out)
        self.assertGreater(len(got), 1000)
        self.assertLess(len(got), 30000)
        for i in range(1, len(got)):
            self.assertEqual(got[i]["mom"], "%.17g" % (float(rows[i][4]) - float(rows[i - 1][4])))

    def test_a_value_that_the_indicator_refuses_names_its_row(self):
        rows = walk(8, 60)
        for row in rows:
            row[5] = "5.0"
        rows[40][5] = "0"
        self.write("bars.csv", bars_text(rows))
        done = self.ta("realised", 5, "--column", "volume", "--data", "bars.csv", code=1)
        self.assertIn(self.iso(int(rows[40][0])), done.err)
        self.assertEqual(len(rows_of(done.out)), 40)

    def test_a_full_disk_and_a_reader_that_had_enough(self):
        self.bars(20000)
        command = [program.MTHOST, "ta", "rsi", "--data", "bars.csv"]
        with open("/dev/full", "w") as full:
            done = subprocess.run(command, cwd=self.dir, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn("output", done.stderr)
        process = subprocess.Popen(command, cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.stderr.read(), "")
        process.stderr.close()
        self.assertEqual(process.wait(60), 0)


if __name__ == "__main__":
    unittest.main()
