"""check says what the default sizing trades, and a backtest trades just that; and it finds what people do wrong."""
import glob
import json
import os
import re
import unittest

import program

BUY = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_bar() self:signal { side = "buy" } end
return S
"""


class Check(program.Program):
    def check(self, symbols, sizing=""):
        self.write("s.lua", BUY)
        names = ", ".join(f'"{name}"' for name in symbols)
        self.write("r.lua", f'return {{ strategy = "s", {sizing} symbols = {{ {names} }} }}\n' if symbols else
                   f'return {{ strategy = "s", {sizing} }}\n')
        text = self.mthost("check", "r.lua").out
        line = next(line for line in text.splitlines() if line.startswith("sizing")).split(None, 1)[1]
        self.assertEqual(self.mthost("check", "r.lua", "--json").json()["accounts"][0]["sizing"], line)
        return line

    def traded(self, *words):
        self.write("d.csv", program.bars_csv([1.5, 1.25, 1.5, 1.75]))
        summary = self.mthost("backtest", "r.lua", "--data", "d.csv", "--json", *words).json()
        return float(program.table(self.path(summary["run"], "orders.csv"))[0]["qty"])

    def test_an_unknown_symbol_trades_one(self):
        self.assertEqual(self.check(["TEST"]), "fixed TEST: its minimum, 1 when inferred from data")
        self.assertEqual(self.traded(), 1)
        self.assertEqual(self.traded("--instrument", "tick=0.01,step=0.5,size=1,quote=USD"), 0.5)

    def test_a_known_symbol_trades_its_minimum(self):
        self.assertEqual(self.check(["EURUSD"]), "fixed EURUSD: 0.01")
        self.assertEqual(self.traded("--symbols", "EURUSD"), 0.01)
        self.write("mthost.conf.lua", 'return { instruments = { TEST = { tick = "0.01", step = "0.1", min = "0.3", quote = "USD" } } }')
        self.assertEqual(self.check(["TEST", "GBPUSD"]), "fixed TEST: 0.3, GBPUSD: 0.01")
        self.assertEqual(self.check(["TEST"]), "fixed TEST: 0.3")
        self.assertEqual(self.traded(), 0.3)

    def test_nobody_says_a_symbol_or_everybody_a_quantity(self):
        self.assertEqual(self.check([]), "fixed: the symbol's minimum, 1 when inferred from data")
        self.assertEqual(self.check(["TEST"], 'sizing = { "fixed", qty = 2.5 },'), "fixed qty=2.5")
        self.assertEqual(self.traded(), 2.5)
        self.assertTrue(self.check([f"SYMBOL{i}" for i in range(60)]).startswith("fixed SYMBOL0: "))

    def cut(self, sizing, symbol="EURUSD", account="cash = 100000, leverage = 2", entry=""):
        self.write("s.lua", BUY)
        self.write("r.lua", f"""return {{ strategy = "s", symbols = {{ "{symbol}" }}, sizing = {{ {sizing} }},
          accounts = {{ {{ "sim" {entry} }} }}, costs = {{ maker_bp = 0, taker_bp = 4 }} }}""")
        self.write("mthost.conf.lua", f"return {{ accounts = {{ sim = {{ {account} }} }} }}")
        return self.mthost("check", "r.lua", "--json").json()["accounts"][0]["cut"]

    def test_the_price_from_which_on_a_size_is_cut(self):
        # 100000 / (100000 * (1/2 + 0.0004)) = 1.99840127..
        self.assertEqual(self.cut('"fixed", qty = 1'), "EURUSD above 1.9984")
        for price, cut in ((1.9984, 0), (1.99841, 1)):
            self.write("d.csv", program.bars_csv([price] * 4))
            summary = self.mthost("backtest", "r.lua", "--data", "d.csv", "--json").json()
            self.assertEqual(summary["cut"], cut)
        self.assertEqual(self.cut('"fixed", qty = 1', entry=", scale = 0.5"), "EURUSD above 3.9968")
        self.assertEqual(self.cut('"fixed", qty = 3', account="cash = 100000, currency = 'EUR'"), "EURUSD always")
        self.assertEqual(self.cut('"fixed", qty = 0.9', account="cash = 100000, currency = 'EUR'"), "")
        self.assertEqual(self.cut('"fixed", qty = 1', symbol="TEST"), "")       # nobody knows what one is
        self.assertEqual(self.cut('"notional", notional = 200000'), "always")
        self.assertEqual(self.cut('"notional", notional = 199840'), "")
        self.assertEqual(self.cut('"risk_fraction", fraction = 0.01'), "")

    def test_a_fraction_in_per_cent_is_refused(self):
        self.write("s.lua", BUY)
        cells = [('"risk_fraction", fraction = 50', "run.lua:1: sizing.fraction: a number above 0 and at most 1 (0.01 is 1 % of the equity) expected, got 50"),
                 ('"risk_fraction", fraction = "1.01"', "0.01 is 1 %"), ('"risk_fraction", fraction = 0', "got 0"),
                 ('"volatility_target", vol = 15', "run.lua:1: sizing.vol: a number above 0 and at most 10")]
        for sizing, said in cells:
            self.write("run.lua", f'return {{ strategy = "s", sizing = {{ {sizing} }} }}\n')
            for command in ("check", "backtest"):
                words = ["--data", self.write("d.csv", program.bars_csv([1, 2, 3]))] if command == "backtest" else []
                self.assertIn(said, self.mthost(command, "run.lua", *words, code=3).err)
        self.write("run.lua", 'return { strategy = "s", accounts = { { "sim", sizing = { "risk_fraction", fraction = 2 } } } }')
        self.assertIn("run.lua:1: accounts[1].sizing.fraction:", self.mthost("check", "run.lua", code=3).err)

    def test_the_meaning_of_a_fraction_without_a_stop_is_said(self):
        self.write("s.lua", BUY)
        self.write("run.lua", 'return { strategy = "s", sizing = { "risk_fraction", fraction = 0.01 } }\n')
        self.assertIn("without a stop, held", self.mthost("check", "run.lua").out)


SCRIPTS = os.path.join(program.SOURCE, "tests", "scripts")
EXPECTED = re.compile(r"--> (.*)$")

FILTER_RUN = 'return {{ strategy = "strategies/price_vs_ma", filters = {{ {{ "{}"{} }} }} }}\n'


class Mistakes(program.Program):
    """Each file of tests/scripts/mistakes says behind `-->` which message its line must give, several with ` | `; check gives
    these and no others."""

    def warnings(self, path, root):
        name = os.path.relpath(path, root)
        if name.startswith("filters/"):
            self.write("strategies/price_vs_ma.lua", BUY)
            self.write("news.csv", "time,currency,impact\n2020-01-01,USD,3\n")
            tables = ', tables = { news = "news.csv" }' if name.endswith("news_window.lua") else ""
            path = self.write("run.lua", FILTER_RUN.format(name[:-len(".lua")], tables))
        return self.mthost("check", path, "--json", env={"MTHOST_SCRIPTS": root}).json()["warnings"]

    def test_each_mistake_gives_its_message(self):
        root = os.path.join(SCRIPTS, "mistakes")
        files = sorted(glob.glob(os.path.join(root, "**", "*.lua"), recursive=True))
        self.assertGreater(len(files), 20)
        rules = set()
        for path in files:
            expected = []
            with open(path, encoding="utf-8") as file:
                for number, line in enumerate(file, 1):
                    found = EXPECTED.search(line)
                    expected += [(number, text) for text in found.group(1).split(" | ")] if found else []
            self.assertTrue(expected, path)
            with self.subTest(os.path.relpath(path, root)):
                warnings = self.warnings(path, root)
                self.assertEqual(sorted((w["line"], w["message"]) for w in warnings), sorted(expected))
                self.assertEqual({os.path.basename(w["file"]) for w in warnings}, {os.path.basename(path)})
                self.assertEqual({tuple(sorted(w)) for w in warnings}, {("file", "hint", "line", "message", "rule")})
            rules |= {w["rule"] for w in warnings}
        with open(os.path.join(program.SOURCE, "docs", "scripting.md"), encoding="utf-8") as file:
            section = file.read().split("## What `mthost check` finds")[1].split("\n## ")[0]
        manual = set(re.findall(r"^\| `([a-z-]+)` \|", section, re.M))
        self.assertEqual(rules - manual, set(), "rules that the manual does not have")
        self.assertEqual(manual - rules - {"not-looked-at"}, set(), "rules of the manual without a mistake")

    def test_nothing_is_said_of_scripts_that_are_right(self):
        looked_at = 0
        for folder in ("scripts", "bench", "tests/scripts/correct", "tests/scripts_correct"):
            folder = os.path.join(program.SOURCE, folder)
            root = os.path.join(program.SOURCE, "scripts") if folder.endswith("bench") else folder
            for path in sorted(glob.glob(os.path.join(folder, "**", "*.lua"), recursive=True)):
                name = os.path.relpath(path, folder)
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                # A table of the run script: it stands in runs/ besides.
                needs_a_run = "tables" in text and name.startswith("strategies/")
                if not re.search(r"mt\.strategy|mt\.filter|strategy +=", text) or needs_a_run or "/lib/" in path:
                    continue
                looked_at += 1
                with self.subTest(os.path.relpath(path, program.SOURCE)):
                    self.assertEqual(self.warnings(path, root), [])
        self.assertGreater(looked_at, 50)

    def test_text_and_json_say_the_same(self):
        path = os.path.join(SCRIPTS, "mistakes", "verb_misspelt.lua")
        text = self.mthost("check", path).out.splitlines()
        self.assertEqual(text[-1], "1 warning")
        self.assertEqual(text[-2], "verb_misspelt.lua:6: a strategy has no method 'signl', did you mean 'signal'?")
        warning = self.mthost("check", path, "--json").json()["warnings"]
        self.assertEqual(warning, [{"file": "verb_misspelt.lua", "line": 6, "rule": "unknown-method", "hint": "signal",
                                    "message": "a strategy has no method 'signl', did you mean 'signal'?"}])

    def test_a_script_that_is_nested_too_deep_says_so(self):
        self.write("s.lua", BUY.replace("return S", "local x = 1" + " + 1" * 20000 + "\nreturn S"))
        self.assertIn("could not be looked at for mistakes: it is nested too deep", self.mthost("check", "s.lua").out)


HEAD = 'local mt, ta = require "mthost", require "mthost.ta"\nlocal S = mt.strategy {}\n' \
       'function S:on_start() self:keep("rsi", ta.rsi, 14) end\n'


class AtRunTime(program.Program):
    """The same hints stand behind the error that the line raises in a run."""

    CELLS = [
        ("print(b.close)", "attempt to call global 'print' (a nil value): 'print' is not known here: write self:log("),
        ("local r = ta.RSI(14)", "attempt to call field 'RSI' (a nil value): mthost.ta has no 'RSI', did you mean 'rsi'?"),
        ("local r = self.rsi.update(b.close)", "got nil: self.rsi.update: call it with a colon: self.rsi:update(…)"),
        ("local r = self.rsi:update(b.close) if r < 30 then return end",
         "attempt to compare nil with number: still warming up? self.rsi gives nil while it warms up (ready after 14)"),
        ("if b.open > 0 then local r = self.rsi:update(b.close) self.sum = r + 1 end", "(a nil value): still warming up? self.rsi"),
        ("self.last_rsi = self.rsi:update(b.close) if b.open > 0 then self.sum = 1 - self.last_rsi end", "still warming up? ta.rsi"),
        ("if b.open > 0 then self.text = 'rsi ' .. self.rsi:update(b.close) end", "attempt to concatenate a nil value: still warming"),
        ("if b.open > 0 then local r = self.rsi:update(b.close) self.x = math.abs(r) end", "got nil): still warming up?"),
        ("self:signl { side = 'buy' }", "attempt to call method 'signl' (a nil value): a strategy has no method 'signl'"),
        ("local t = os.time()", "attempt to index global 'os' (a nil value): 'os' is not known here"),
        ("local c = self:bar('1m', 5).close", "attempt to index a nil value: there is no such bar yet?"),
        ("local x = nil + b.close", "attempt to perform arithmetic on a nil value"),
    ]

    def test_an_error_says_what_was_meant(self):
        self.write("d.csv", program.bars_csv([1, 2, 3]))
        for body, said in self.CELLS:
            with self.subTest(body):
                self.write("s.lua", HEAD + f"function S:on_bar(b) {body} end\nreturn S\n")
                result = self.mthost("backtest", "s.lua", "--data", "d.csv", "--out", "out", code=1)
                errors = [json.loads(line)["msg"] for line in result.err.splitlines() if '"level":"ERROR"' in line]
                self.assertTrue(errors and errors[0].startswith("script: s.lua:4: "), str(result))
                self.assertIn(said, errors[0])

    def test_what_other_languages_write_is_named(self):
        cells = [("if b.close != 3 then end", "not equal is ~="), ("self.n += 1", "write x = x + y"), ("if a && b then end", "write `and`"),
                 ("if a then elif b then end", "write `elseif`"), ("for i = 1, 3 do continue end", "Lua has no continue: write an if around the rest, or goto"),
                 ("let x = 1", "write `local`"), ("local x = = 1", "unexpected symbol near '='")]
        for body, said in cells:
            self.write("s.lua", HEAD + f"function S:on_bar(b)\n{body}\nend\nreturn S\n")
            result = self.mthost("check", "s.lua", code=3)
            self.assertIn("s.lua:5: ", result.err)
            self.assertTrue(result.err.rstrip().endswith(said), result.err)

    def test_an_error_while_loading_says_it_too(self):
        self.write("s.lua", HEAD + "print('loaded')\nreturn S\n")
        self.assertIn("write self:log(", self.mthost("check", "s.lua", code=(1, 3)).err)
        self.write("s.lua", HEAD + "function on_bar(b) end\nreturn S\n")
        self.assertIn("s.lua:4: the handler on_bar belongs to the strategy: write function S:on_bar(", self.mthost(
            "check", "s.lua", code=3).err)


if __name__ == "__main__":
    unittest.main()
