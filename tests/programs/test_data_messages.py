"""Files that are wrong: the message names the row, the cause and the cure, and no price is guessed."""
import gzip
import io
import json
import lzma
import unittest
import zipfile

import program

HEAD = "time,open,high,low,close,volume\n"
ROWS = [f"2023-11-06 08:3{i}:00,10{i}.1,10{i}.5,10{i}.0,10{i}.2,5\n" for i in range(5)]


def archive(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, HEAD + "".join(ROWS))
    return out.getvalue()


def third(row):
    """Four rows, the third line of the file being this one."""
    return HEAD + ROWS[0] + row + "\n" + ROWS[2] + ROWS[3]


# name of the file, its text, options, what must stand in the message
BAD = {
    "a word for a price": ("x.csv", third("2023-11-06 08:31:00,101.1,abc,101,101.2,5"), [], ["x.csv:3", "'abc'", "no number", "--columns"]),
    "too few fields": ("x.csv", third("2023-11-06 08:31:00,101.1"), [], ["x.csv:3", "2, and 6 are expected", "--columns"]),
    "too few fields in all rows": ("x.csv", HEAD + "2023-11-06,1,2\n2023-11-07,1,2\n", [], ["x.csv:2", "number of fields: 3", "has 6", "--columns"]),
    "no header": ("x.csv", "2023-11-06,ABC,5,6,7\n", [], ["line 1", '"2023-11-06,ABC,5,6,7"', "--columns time,open"]),
    "unknown names": ("x.csv", "ts_utc,first,max,min,final,amount\n1699259400,1,2,1,2,5\n", [],
                      ["line 1", '"ts_utc,first,max,min,final,amount"', "understood: qty", "bars need time, open",
                       "--columns time,open,high,low,close,volume"]),
    "two kinds": ("x.csv", "time,bid,ask,price,qty\n2023-11-06,1,2,3,4\n", [], ["line 1", "time,bid,ask,price,qty", "--format"]),
    "two closes": ("x.csv", "time,close,open,high,low,close\n2023-11-06,1,2,3,1,2\n", [], ["columns 2 and 6 both mean close", "--columns"]),
    "two times": ("x.csv", "time,timestamp,bid,ask\n2023-11-06 08:30,2023-11-06 08:31,1,2\n", [],
                  ["columns 1 and 2 both mean time", "time,timestamp,bid,ask", "--columns"]),
    "a web page": ("x.csv", "<!DOCTYPE html>\n<html>\n", [], ["web page", "download"]),
    "nothing": ("x.csv", "", [], ["x.csv: the file is empty"]),
    "a header alone": ("x.csv", HEAD, [], ["only a header"]),
    "one bar": ("x.csv", HEAD + ROWS[0], [], ["two rows at least", "add a row"]),
    "binary": ("x.csv", bytes(range(256)) * 4, [], ["line 1", "zero bytes", "CSV"]),
    "two orders of dates": ("x.csv", "Date,Open,High,Low,Close\n03/14/2023,1,2,1,2\n15/03/2023,1,2,1,2\n", [],
                            ["03/14/2023 in line 2", "15/03/2023 in line 3", "--dates"]),
    "two ways of numbers": ("x.csv", "time;bid;ask\n2023-11-06;46,10;46,20\n2023-11-07;46.10;46.20\n", [],
                            ["46,10 in line 2", "46.10 in line 3", "--decimal"]),
    "groups that are none": ("x.csv", 'time,bid,ask\n2023-11-06,"1,046.10",1046.2\n2023-11-07,"10,46.10",1046.2\n', [],
                             ["x.csv:3", "'10,46.10' is no number"]),
    "open above high": ("x.csv", third("2023-11-06 08:31:00,103,102,101,101,5"), [], ["x.csv:3", "between low and high", "--columns"]),
    "negative volume": ("x.csv", third("2023-11-06 08:31:00,101,102,101,101,-5"), [], ["x.csv:3", "'-5' is negative"]),
    "a price of zero": ("x.csv", third("2023-11-06 08:31:00,101,102,0,101,5"), [], ["line 3", "at or below zero"]),
    "a bar twice": ("x.csv", third(ROWS[0].strip()), [], ["x.csv:3", "was there before", "remove"]),
    "a step back": ("x.csv", HEAD + ROWS[0] + ROWS[2] + ROWS[1] + ROWS[3], [], ["x.csv:4", "time steps back", "sort"]),
    "bars of two lengths": ("x.csv", HEAD + "".join(f"2023-11-06 0{i}:00,1,2,1,2,5\n" for i in range(6)) +
                            "".join(f"2023-11-06 05:{i:02},1,2,1,2,5\n" for i in range(1, 5)), [], ["x.csv:8", "one length"]),
    "a unit that is not": ("x.csv", HEAD + "1700000040,1,2,1,2,5\n1700000100,1,2,1,2,5\n", ["--time-unit", "ms"],
                           ["x.csv:2", "1700000040 in ms is 1970-01-20: by its size it is s (leave --time-unit away)"]),
    "from midnight": ("x.csv", "time,bid,ask\n100,1,1.001\n200,1,1.001\n", [], ["100 in line 2", "--date"]),
    "no times": ("x.csv", HEAD + "yesterday,1,2,1,2,5\ntoday,1,2,1,2,5\n", [], ["x.csv:2", "'yesterday'", "expected one like", "--columns"]),
    "a zone nobody knows": ("x.csv", "Time (EST),Bid,Ask\n2023.11.06 08:30:00,1,2\n", [], ['"est"', "--tz"]),
    "too few --columns": ("x.csv", HEAD + "".join(ROWS), ["--columns", "time,open,high"], ["the file has 6, --columns names 3", HEAD.strip()]),
    "a side that is none": ("x.csv", "time,price,qty,side\n1700000040,1,1,buy\n1700000041,1,1,maybe\n", [],
                            ["x.csv:3", "'maybe' is no side", "--columns"]),
    "another symbol": ("x.csv", "time,symbol,bid,ask\n1700000040,A,1,2\n1700000041,B,1,2\n", None, ["x.csv:3", "'B'", "--symbols"]),
    "a symbol that is not there": ("x.csv", "time,symbol,bid,ask\n1700000040,A,1,2\n1700000041,B,1,2\n", ["--symbols", "C"], ["A, B", "--symbols C"]),
    "a zip of two": ("x.zip", archive("a.csv", "b.csv"), [], ["2 files", "a.csv, b.csv", "unpack"]),
    "a workbook": ("x.xlsx", archive("[Content_Types].xml", "xl/a.xml"), [], ["Excel", "save it as CSV"]),
    "an old workbook": ("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64), [], ["Excel", "save it as CSV"]),
    "7z": ("x.7z", b"7z\xbc\xaf\x27\x1c" + bytes(64), [], ["7z", "unpack it first"]),
    "gzip cut off": ("x.csv.gz", gzip.compress((HEAD + "".join(ROWS)).encode())[:-20], [], ["after line", "truncated", "get it again"]),
    "xz cut off": ("x.csv.xz", lzma.compress((HEAD + "".join(ROWS)).encode())[:-20], [], ["truncated", "get it again"]),
    "half a character": ("x.csv", ("\ufeff" + HEAD + "".join(ROWS)).encode("utf-16-le")[:-1], [], ["after line 5", "UTF-16", "truncated"]),
    "half seconds": ("x.csv", HEAD + "".join(f"1700000040{i}00,1,2,1,2,5\n" for i in (0, 5)), [], ["0.500000000 s apart", "--time-unit"]),
}


class Messages(program.Program):
    def test_row_cause_and_cure(self):
        self.assertGreaterEqual(len(BAD), 30)
        for kind, (name, data, words, wanted) in BAD.items():
            with self.subTest(kind=kind):
                self.write(name, data)
                words = [] if words is None else words if "--symbols" in words else [*words, "--symbols", "X"]
                result = self.mthost("data", "check", name, *words, "--json", code=1)
                told = result.err
                if result.out:
                    report, = json.loads(result.out)
                    self.assertNotEqual(report["verdict"], "good")
                    told += report["first_bad"] + report["error"]
                for word in wanted:
                    self.assertIn(word, told)
                self.assertTrue(told.isprintable() or "\n" in told)

    def test_columns_that_are_not_read_are_named(self):
        self.write("x.csv", "time,open,high,low,close,adj close,dividends\n2023-11-06,1,2,1,2,9,9\n2023-11-07,1,2,1,2,9,9\n")
        said = self.mthost("data", "info", "x.csv").out
        self.assertIn("columns that are not read: adj close, dividends", said)
        self.write("y.csv", "time,open,high,low,close,volume usd\n2023-11-06,1,2,1,2,9\n2023-11-07,1,2,1,2,9\n")
        self.assertIn("columns that are not read: volume usd", self.mthost("data", "info", "y.csv").out)


class Window(program.Program):
    def setUp(self):
        super().setUp()
        self.write("x.csv", HEAD + "".join(f"{program.START + 60 * i},{i + 1},{i + 1},{i + 1},{i + 1},1\n" for i in range(600)))
        self.write("t.csv", "time,bid,ask\n" + "".join(f"{program.START + i // 2},{i + 1},{i + 2}\n" for i in range(1200)))
        for name in ("x.csv", "t.csv"):
            self.mthost("data", "import", name, "--symbols", "X", "--out", name.replace(".csv", ".mts"))

    def rows(self, name, *words):
        info, = self.mthost("data", "info", name, *([] if name.endswith("mts") else ["--symbols", "X"]), *words, "--json").json()
        self.assertEqual(info["rows"], info["events"])
        return info["events"], info["first"], info["last"]

    def test_half_open_of_text_and_store(self):
        for name in ("x.csv", "x.mts"):
            with self.subTest(name=name):
                self.assertEqual(self.rows(name)[0], 600)
                self.assertEqual(self.rows(name, "--from", "2020-09-13T12:30:00Z", "--to", "2020-09-13T12:40:00Z"),
                                 (10, "2020-09-13T12:30:40Z", "2020-09-13T12:39:40Z"))
                self.assertEqual(self.rows(name, "--from", "2020-09-13 12:30:40")[0], 596)
                self.assertEqual(self.rows(name, "--to", "2020-09-13 12:30:40")[0], 4)
                self.assertEqual(self.rows(name, "--from", "-10m")[0], 11)
                self.assertEqual(self.rows(name, "--from", "-10m", "--to", "-1m")[0], 9)
                self.assertEqual(self.rows(name, "--from", "2020-09-13", "--to", "2020-09-14")[0], 600)
                self.assertEqual(self.rows(name, "--from", "2020-09-13 08:30:40", "--tz", "-04:00")[0], 596)
                said = self.mthost("data", "import", name, "--from", "2030-01-01", "--out", "none", "--symbols", "X", code=(1, 3)).err
                self.assertIn("no row lies between --from and --to", said)
        for name in ("t.csv", "t.mts"):
            self.assertEqual(self.rows(name, "--from", "2020-09-13T12:26:41Z", "--to", "2020-09-13T12:26:43Z"),
                             (4, "2020-09-13T12:26:41Z", "2020-09-13T12:26:42Z"))

    def test_a_backtest_of_a_part_is_the_one_of_a_file_of_that_part(self):
        self.write("s.lua", 'local S = require "mthost".strategy {}\nfunction S:on_bar(b) self:mark("c", b.close) end\nreturn S\n')
        with open(self.path("x.csv")) as file:
            lines = file.read().splitlines(True)
        self.write("part.csv", lines[0] + "".join(lines[101:201]))
        words = ("--symbols", "X", "--instrument", "tick=1,step=1,quote=USD", "--fee-bp", "0", "--json")
        whole = self.mthost("backtest", "s.lua", "--data", "part.csv", *words).json()
        for name in ("x.csv", "x.mts"):
            part = self.mthost("backtest", "s.lua", "--data", name, "--from", "2020-09-13T14:06:40Z", "--to",
                               "2020-09-13T15:46:40Z", *words).json()
            self.assertEqual(part["data"]["events"], 100)
            self.assertEqual(program.table(self.path(part["run"], "marks.csv")), program.table(self.path(whole["run"], "marks.csv")))
            self.assertEqual((part["data"]["first"], part["data"]["last"]), (whole["data"]["first"], whole["data"]["last"]))

    def test_a_run_goes_on_with_its_part_and_replays(self):
        self.write("s.lua", 'local S = require "mthost".strategy {}\nfunction S:on_bar(b) if b.close == 150 then self:signal '
                            '{ side = "buy" } end end\nreturn S\n')
        words = ("--symbols", "X", "--from", "2020-09-13T14:06:40Z", "--to", "2020-09-13T15:46:40Z", "--speed", "max")
        run = self.mthost("run", "s.lua", "--data", "x.csv", *words, "--json").summary()
        self.assertEqual((run["data"]["events"], run["fills"]), (100, 1))
        self.mthost("replay", "--verify")

    def test_what_lies_outside_does_not_count(self):
        text = HEAD + "".join(f"{program.START + 60 * i},{'x' if i in (5, 250) else 1},1,{0 if i == 9 else 1},1,1\n" for i in range(300))
        self.write("bad.csv", text)
        report, = self.mthost("data", "check", "bad.csv", "--symbols", "X", "--json", code=1).json()
        self.assertEqual((report["verdict"], report["bad"]), ("refused", 3))
        report, = self.mthost("data", "check", "bad.csv", "--symbols", "X", "--from", "2020-09-13T12:40:00Z", "--to",
                              "2020-09-13T13:40:00Z", "--json").json()
        self.assertEqual((report["verdict"], report["bad"], report["rows"]), ("good", 0, 60))

    def test_bounds_that_are_none(self):
        for words, wanted in ((("--from", "soon"), "--from soon"), (("--to", "-x"), "--to -x"),
                              (("--from", "2021-01-02", "--to", "2021-01-01"), "nothing lies between"),
                              (("--from", "03/04/2024"), "2024-03-04")):
            self.assertIn(wanted, self.mthost("data", "info", "x.csv", *words, code=2).err)


if __name__ == "__main__":
    unittest.main()
