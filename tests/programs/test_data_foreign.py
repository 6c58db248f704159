"""Files as vendors write them (tests/data/foreign) and files with one fault each (tests/data/bad): both were written from
the vendors' documents, not from the reader. Every value is compared to the last digit; every message must name the place,
the cause and the cure. What falls short is listed by name and reason, and must be struck off when it is mended."""
import datetime
import decimal
import json
import os
import re
import shutil
import unittest

import program

DATA = os.path.join(program.SOURCE, "tests", "data")
SAID = {"bars": {"time": "time", "open": "open", "high": "high", "low": "low", "close": "close", "volume": "volume"},
        "quotes": {"time": "time", "bid": "bid", "ask": "ask", "bid_size": "bid_qty", "ask_size": "ask_qty"},
        "trades": {"time": "time", "price": "price", "qty": "qty", "side": "side"}}
SIZES = ("volume", "bid_size", "ask_size")

# name: why it falls short
FOREIGN_SHORT = {}
BAD_SHORT = {
    "lost_digit.csv": "the row is named, but as a step back in time: sorting would not cure it",
    "price_hundredfold.csv": "a jump of the price is no fault of the reader's and is not reported",
    "two_times.csv": "the two columns are named, not the first row in which they differ",
}

# name: what must be said of the cause, and of the cure. None: the file may be read without a word of it.
BAD = {
    "ambiguous_dates.csv": ("may be 2024-03-04 or 2024-04-03", "--dates mdy or --dates dmy"),
    "ambiguous_days.csv": ("may be 2024-01-02 or 2024-02-01", "--dates mdy or --dates dmy"),
    "api_error.csv": ("error message of an API", "download it again"),
    "bid_without_ask.csv": ("quotes need time, bid, ask", "--columns"),
    "binary.csv": ("control or zero bytes|neither a header nor a row", "name the right one|is it the right file"),
    "checksum.csv.gz": ("damaged", "get it again"),
    "crossed_throughout.csv": ("ask is below the bid in every row from line 2 on", "--columns time,ask,bid"),
    "cut_last_row.csv": ("wrong number of fields: 3, and 6", "mend the row"),
    "dates_contradict.csv": ("two orders: 01/31/2024 .* 13/02/2024", "mend it, or say .*--dates"),
    "decimal_comma.csv": ("10, and its first line has 6: is the comma its decimal sign", "semicolons or with decimal points"),
    "duplicate_times.csv": ("was there before", "remove one"),
    "empty.csv": ("empty", "download it again"),
    "empty_prices.csv": ("'' is no number", "remove the row"),
    "few_cells.csv": ("wrong number of fields: 4, and 6", "mend the row"),
    "header_twice.csv": ("the header again: were two files joined", "Remove it"),
    "high_and_low_swapped.csv": ("between low and high", "--columns"),
    "high_below_low.csv": ("between low and high", "check the order of the columns"),
    "hour_25.csv": ("'2024-01-02 25:00' is no time .*of its day", "check"),
    "html.csv": ("web page", "download the file itself"),
    "json.csv": ("JSON, the answer of an API", "write it as CSV"),
    "lfs_pointer.csv": ("pointer of Git LFS", "git lfs pull"),
    "lost_digit.csv": ("digits", "remove the row"),
    "many_cells.csv": ("wrong number of fields: 10, and 6", "mend the row"),
    "missing_close.csv": ("bars need time, open, high, low, close.*understood: time, open, high, low, volume", "--columns"),
    "mixed_units.csv": None,
    "nan.csv": ("'NaN' is no number", "remove the row"),
    "negative_quantity.csv": ("is negative", "0 or more"),
    "negative_volume.csv": ("is negative", "0 or more"),
    "no_data.zip": ("neither a header nor a row", "is it the right file"),
    "no_header_unknown_order.csv": ("without a header, of no shape", "--columns"),
    "no_such_date.csv": ("'2024.02.30 00:00' is no time", "check"),
    "only_header.csv": ("only a header", "is it the right file"),
    "only_line_ends.csv": ("empty", "download it again"),
    "open_above_high.csv": ("between low and high", "check the order"),
    "open_quote.csv": ("'\"42511.31' is no number", "mend or remove the row"),
    "out_of_order.csv": ("time steps back", "sort the rows"),
    "overlapping_bars.csv": ("begins before the last one has ended", "bars of one length"),
    "price_beside_close.csv": ("columns that are not read: price", "not read"),
    "price_hundredfold.csv": ("jump|hundred", "mend"),
    "price_text.csv": ("'n/a' is no number", "remove the row"),
    "price_zero.csv": ("at or below zero", "mend the row"),
    "same_column_twice.csv": ("columns 5 and 6 both mean close, in the header", "--columns"),
    "spreadsheet_days.csv": ("days of a spreadsheet it is 2024-01-02", "format that column as date and time"),
    "spreadsheet_errors.csv": ("'#REF!' is no number", "mend or remove the row"),
    "spreadsheet_exponent.csv": ("shortened, as by a spreadsheet: 1.70415E\\+12", "take the original file"),
    "truncated.csv.gz": ("ends in the middle", "get it again"),
    "truncated.csv.xz": ("damaged, or truncated", "get it again"),
    "truncated.csv.zst": ("damaged, or truncated", "get it again"),
    "truncated.zip": ("damaged, or truncated", "get it again"),
    "two_files.zip": ("holds 2 files .*BTCUSDT.*ETHUSDT", "unpack it"),
    "two_points.csv": ("'42.552.18' is no number", "mend or remove the row"),
    "two_symbols.csv": ("'MSFT' is another symbol", "--symbols"),
    "two_times.csv": ("both mean time", "--columns"),
    "unknown_side.csv": ("'X' is no side", "--columns"),
    "utf16_cut.csv": ("middle of a character of UTF-16", "export it again"),
    "wrong_separator.csv": ("parted by another sign than those of the header", "with the same separator"),
    "year_1970.csv": ("seconds divided by 1000 it is 2024-01-01", "export the times again"),
    "zero_bytes.csv": ("has zero bytes", "export it again"),
}
# Those that may be read as they are, or with a word of it: the verdict is good.
GOOD = {"crossed_throughout.csv", "mixed_units.csv", "price_beside_close.csv"}


def names(folder, ending):
    return sorted(name[:-len(ending)] for name in os.listdir(os.path.join(DATA, folder)) if name.endswith(ending))


def said_of(folder, name, ending):
    with open(os.path.join(DATA, folder, name + ending)) as file:
        return json.load(file)


def moment(text):
    whole, _, fraction = text.rstrip("Z").partition(".")
    at = datetime.datetime.fromisoformat(whole + "+00:00")
    return int(at.timestamp()) * 10 ** 9 + int(fraction.ljust(9, "0") or 0)


class Files(program.Program):
    def rows(self, path, *words):
        """Header and rows as the program exports them."""
        shutil.rmtree(self.path("out"), ignore_errors=True)
        self.mthost("data", "import", path, *words, "--csv", "--out", "out")
        written, = os.listdir(self.path("out"))
        with open(self.path("out", written)) as file:
            header, *rows = [line.split(",") for line in file.read().splitlines()]
        return [dict(zip(header, row)) for row in rows]

    def check_row(self, expected, said, got):
        offset_ns = expected.get("accept_time_offset_ms", 0) * 10 ** 6
        for name, ours in SAID[expected["kind"]].items():
            if name not in said:
                continue
            if name == "time":
                self.assertIn(moment(got["time"]), (moment(said["time"]), moment(said["time"]) + offset_ns))
            elif name == "side":
                self.assertEqual(got[ours], said[name])
            else:                       # a size that is not known is 0 here (docs/data-files.md)
                right = [said[name]] + (expected.get("accept_volume", []) if name == "volume" else [])
                right = [decimal.Decimal("0" if text is None and name in SIZES else text) for text in right]
                self.assertIn(decimal.Decimal(got[ours]), right, name)

    def check_foreign(self, name):
        expected = said_of("foreign", name, ".expected.json")
        path, words = os.path.join(DATA, "foreign", name), expected.get("options", [])
        found = self.mthost("data", "check", path, *words, "--json", code=(0, 1))
        if found.code == 1 and expected["symbol"] is None:  # nothing says it: asked for
            self.assertIn("nothing says which symbol it is: give --symbols", found.err)
            words = [*words, "--symbols", "X"]
            found = self.mthost("data", "check", path, *words, "--json", code=(0, 1))
        elif found.code == 1 and expected.get("accept_refusal"):
            self.assertRegex(found.err, r":\d+:|line \d+")
            return
        self.assertEqual(found.code, 0, found.err)
        report, = found.json()
        self.assertEqual((report["verdict"], report["bad"], report["rounded"], report["rows"]), ("good", 0, 0, expected["rows"]))
        self.assertEqual(report["format"].split()[0], expected["kind"])
        if "--symbols" not in words and report["symbol"] not in [expected["symbol"], *expected.get("accept_symbol", [])]:
            self.assertIsNone(expected["symbol"], report["symbol"])     # a guess, and said to be one
            self.assertIn(f"symbol {report['symbol']} from the file's name", self.mthost("data", "info", path).out)
        rows = self.rows(path, *words)
        self.assertEqual(len(rows), expected["rows"])
        self.check_row(expected, expected["first"], rows[0])
        self.check_row(expected, expected["last"], rows[-1])
        if "with_tz" in expected:
            rows = self.rows(path, *words, "--tz", expected["tz"])
            self.assertEqual([moment(rows[0]["time"]), moment(rows[-1]["time"])],
                             [moment(expected["with_tz"]["first"]), moment(expected["with_tz"]["last"])])

    def check_bad(self, name):
        why, words = said_of("bad", name, ".why.json"), BAD[name]
        shutil.copy(os.path.join(DATA, "bad", name), self.dir)
        found = self.mthost("data", "check", name, "--json", code=(0, 1))
        info = self.mthost("data", "info", name, code=(0, 1))
        report = found.json()[0] if found.out.strip() else {}
        text = " ".join([found.err, report.get("first_bad", ""), report.get("refusal", ""), info.out])
        self.assertEqual(report.get("verdict") == "good", name in GOOD, text)
        if report and "rows_good" in why and name not in GOOD:
            self.assertEqual(report["rows"] - report["bad"], why["rows_good"])
        if words is None:
            return
        self.assertRegex(text, words[0])
        self.assertRegex(text, words[1])
        if why["row"] is not None and name not in GOOD:
            place = rf"{re.escape(name)}:{why['row']}\b|\bline {why['row']}\b|\bafter line {why['row'] - 1}\b"
            if why["row"] == 1:
                place += "|header|web page"
            self.assertRegex(text, place)


class Foreign(Files):
    def test_the_list_is_of_files_that_are_there(self):
        self.assertLessEqual(set(FOREIGN_SHORT), set(names("foreign", ".expected.json")))
        self.assertGreater(len(names("foreign", ".expected.json")), 60)


class Neighbours(Files):
    """What is near the vendors' files and must be told apart from them."""

    def symbol_of(self, name, text, *words):
        self.write(name, text)
        return self.mthost("data", "check", name, *words, "--json").json()[0]["symbol"]

    def bars(self, volumes, prefix=""):
        rows = zip(range(2, 2 + len(volumes)), volumes)
        return "Date,Price,Open,High,Low,Vol.\n" + "".join(
            f'2024-01-{day:02},{prefix}2,{prefix}2,{prefix}3,{prefix}1,"{volume}"\n' for day, volume in rows)

    def test_letters_behind_a_volume_are_exact(self):
        said = {"12.3K": "12300", "0.001K": "1", "1.234567M": "1234567", "2B": "2000000000", "1.5T": "1500000000000", "7": "7",
                "-": "0", "N/A": "0", "": "0"}
        self.write("acme.csv", self.bars(list(said), "$"))
        rows = self.rows("acme.csv")
        self.assertEqual([row["volume"] for row in rows], list(said.values()))
        self.assertEqual({row["high"] for row in rows}, {"3"})
        for bad in ("1.2X", "K", "1KK", "-1K", "1.2.3K", "$5K$", "NaN", "inf"):
            self.write("acme.csv", self.bars(["1", bad, "2"]))
            self.assertEqual(self.mthost("data", "check", "acme.csv", "--json", code=1).json()[0]["bad"], 1, bad)

    def test_a_slash_and_small_letters_of_a_column(self):
        for said, symbol in (("BTC/USD", "BTCUSD"), ("EUR/USD", "EURUSD"), ("eur/chf", "EURCHF"), ("BRK/B", "BRK/B"), ("aapl", "AAPL"),
                             ("AAPL.us", "AAPL.us"), ("ethusdt_perp", "ETHUSDT_PERP")):
            text = "symbol,time,bid,ask\n" + "".join(f"{said},{1_700_000_000 + i},1,2\n" for i in range(3))
            self.assertEqual(self.symbol_of("x.csv", text), symbol)
            self.assertEqual(self.symbol_of("x.csv", text, "--symbols", said), said)

    def test_suffixes_of_brokers_and_names_of_files(self):
        quotes = "time,bid,ask\n1700000000,1,2\n1700000001,1,2\n"
        stamps = "202403141200_202403141425.csv"
        for name, symbol in ((f"GBPUSD.r_M5_{stamps}", "GBPUSD.r"), (f"US500.cash_H1_{stamps}", "US500.cash"),
                             (f"EURUSD.m_{stamps}", "EURUSD.m"), (f"EURUSD_M5_{stamps}", "EURUSD"), ("EURUSD.bid_2014.csv", "EURUSD"),
                             ("^GSPC.csv", "GSPC"), ("ES=F.csv", "ES"), ("EURUSD=X.csv", "EURUSD"), ("usd_jpy_5m.csv", "USDJPY")):
            self.assertEqual(self.symbol_of(name, quotes), symbol, name)

    def test_zones_in_the_cells(self):
        head = "date,open,high,low,close\n"
        text = head + "".join(f"202407{day:02} 09:30:00 US/Eastern,2,3,1,2\n" for day in (1, 2, 3))
        self.write("x.csv", text)
        self.assertEqual(self.rows("x.csv", "--tz", "Asia/Tokyo")[0]["time"], "2024-07-01T13:30:00Z")
        self.write("x.csv", text.replace("03 09:30:00 US/Eastern", "03 09:30:00 US/Central"))
        self.assertIn("x.csv:4", self.mthost("data", "check", "x.csv", "--json", code=1).json()[0]["first_bad"])
        self.write("x.csv", text.replace("US/Eastern", "Mars/Base"))
        said = self.mthost("data", "check", "x.csv", code=1).err
        self.assertRegex(said, "x.csv:2: .*Mars/Base.*--tz")
        self.assertEqual(self.rows("x.csv", "--tz", "-05:00")[0]["time"], "2024-07-01T14:30:00Z")

    def test_header_lines_of_several_symbols_are_refused(self):
        self.write("x.csv", "Price,Close,Close,Open,High,Low\nTicker,AAPL,MSFT,AAPL,AAPL,AAPL\nDate,,,,,\n2024-01-02,1,1,1,1,1\n")
        self.assertRegex(self.mthost("data", "check", "x.csv", code=1).err, "several symbols .AAPL, MSFT.|both mean close")

    def test_trades_beside_a_book(self):
        head = "ts_event,rtype,publisher_id,instrument_id,action,side,price,size,bid_px_00,ask_px_00\n"
        row = "17000000000000000{},1,2,38,{},B,5000000000,7,1000000000,1010000000\n"
        self.write("x.csv", head + row.format("00", "A") + row.format("01", "T"))
        self.assertEqual(self.rows("x.csv")[0]["bid"], "1")
        self.mthost("data", "check", "x.csv", "--format", "trades", code=1)      # an order's price is no trade's
        self.write("x.csv", head + row.format("00", "T") + row.format("01", "T"))
        self.assertIn("--format", self.mthost("data", "check", "x.csv", code=1).err)
        self.assertEqual(self.rows("x.csv", "--format", "trades")[0]["price"], "5")


class Bad(Files):
    def test_every_file_has_its_words(self):
        self.assertEqual(set(BAD), set(names("bad", ".why.json")))
        self.assertLessEqual(set(BAD_SHORT), set(BAD))


def add(case, check, name, short):
    def test(self):
        check(self, name)
    test.__doc__ = name
    setattr(case, "test_" + re.sub(r"\W", "_", name), unittest.expectedFailure(test) if name in short else test)


for each in names("foreign", ".expected.json"):
    add(Foreign, Files.check_foreign, each, FOREIGN_SHORT)
for each in names("bad", ".why.json"):
    add(Bad, Files.check_bad, each, BAD_SHORT)


if __name__ == "__main__":
    unittest.main()
