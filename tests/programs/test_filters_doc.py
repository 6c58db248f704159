"""What docs/filters.md shows and says of the order is done by the program."""
import os
import re
import unittest

import program

WISH = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_start() self.n = 0 end
function S:on_bar(b)
  self.n = self.n + 1
  self:signal { side = self.n % 2 == 0 and "buy" or "sell", strength = 0.8 }
end
return S
"""
FILTER = """local mt = require "mthost"
local F = mt.filter { params = { part = mt.param(0.5, 0, 1) } }
function F:on_bar(b) self.seen = b.close end
function F:check(s) %s end
return F
"""
WORDS = ["--data", "bars.csv", "--instrument", "tick=0.01,step=0.01,quote=USD", "--fee-bp", "0"]


class FiltersDoc(program.Program):
    def setUp(self):
        super().setUp()
        with open(os.path.join(program.SOURCE, "docs", "filters.md")) as file:
            self.page = file.read()
        self.examples = re.findall(r"```lua\n(.*?)```", self.page, re.S)
        self.write("bars.csv", program.bars_csv([10000 + (i * 37) % 61 + i // 9 for i in range(600)]))
        self.write("calendar.csv", "time,currency,impact\n2020-09-13T12:30:00Z,EUR,3\n")

    def run_list(self, filters, symbol="XX", strategy="wish"):
        self.write("run.lua", f'return {{ strategy = "{strategy}", filters = {{ {filters} }}, symbols = {{ "{symbol}" }},\n'
                   '  sizing = { "fixed", qty = 10 }, costs = { maker_bp = 0, taker_bp = 0 } }\n')
        self.mthost("backtest", "run.lua", *WORDS, "--out", "o", "--json")
        return program.table(self.path("o", "vetoes.csv")), program.table(self.path("o", "orders.csv"))

    def test_its_run_scripts_are_accepted_and_its_filter_decides(self):
        scripts = [text for text in self.examples if text.rstrip().endswith("}")]
        mine = [text for text in self.examples if "mt.filter" in text]
        self.assertEqual((len(scripts), len(mine)), (3, 1))
        self.write("filters/last_bars.lua", mine[0])
        for text in scripts:
            self.write("example.lua", text)
            self.assertIn("0 warnings", self.mthost("check", "example.lua").out)
        result = self.mthost("backtest", "example.lua", "--data", "bars.csv", "--symbols", "BTCUSDT", "--out", "o", "--json")
        self.assertEqual(result.summary()["script_errors"], 0)
        reasons = {row["reason"] for row in program.table(self.path("o", "vetoes.csv"))}
        self.assertIn("filters/last_bars: against the last bars", reasons)
        self.assertGreater(result.summary()["fills"], 0)

    def test_the_first_veto_ends_it_and_weakening_adds_up(self):
        self.write("wish.lua", WISH)
        self.write("no.lua", FILTER % 'return nil, "no", 1')
        self.write("never.lua", FILTER % 'return nil, "never"')
        self.write("half.lua", FILTER % "return s:weaken(self.params.part)")
        self.write("fails.lua", FILTER % 'error "broken"')
        self.write("writes.lua", FILTER % "self.state.n = 1 return s")
        self.write("silent.lua", FILTER % "return nil")
        rows, orders = self.run_list('"half", "no", "never"')
        self.assertEqual({row["reason"] for row in rows}, {"no: no"})
        self.assertEqual(orders, [])
        rows, orders = self.run_list('"half", { "half", part = 0.25 }')
        self.assertEqual(rows, [])
        self.assertEqual(float(orders[0]["qty"]), 10 * 0.8 * 0.5 * 0.25)
        rows, _ = self.run_list('"half", { "filters/min_strength", min = 0.5 }')
        self.assertEqual({row["reason"] for row in rows}, {"filters/min_strength: weak"})
        rows, orders = self.run_list('{ "filters/min_strength", min = 0.5 }, "half"')
        self.assertEqual(rows, [])
        for name in ("writes", "silent"):
            rows, orders = self.run_list(f'"{name}"')
            self.assertTrue(rows)
            self.assertEqual(orders, [], name)

    def test_a_parameter_from_the_command_line(self):
        self.write("wish.lua", WISH)
        self.run_list('{ "filters/min_strength", min = 0.5 }')
        said = self.mthost("backtest", "run.lua", *WORDS, "--set", "filters/min_strength.min=0.9", "--json").summary()
        self.assertEqual(said["vetoes"], said["signals"])

    def test_every_filter_vetoes_with_the_words_of_the_page(self):
        """Run on bars: those that can say no there do, and only with reasons that stand in their section."""
        self.write("wish.lua", WISH)
        for words, wanted in (('"filters/cooldown", seconds = 600', "cooldown"), ('"filters/max_daily_trades", max = 2', "max trades"),
                              ('"filters/min_strength", min = 0.9', "weak"), ('"filters/session_hours", from = 0, to = 1', "outside hours"),
                              ('"filters/session_hours", first = 1, last = 5', "outside days"), ('"filters/trend_regime"', "warming"),
                              ('"filters/volatility", max = 1', "too wild"), ('"filters/volatility", min = 9000, max = 10000', "too quiet"),
                              ('"filters/news_window", before = 3600, tables = { news = "calendar.csv" }', "news")):
            name = re.search(r"filters/(\w+)", words).group(1)
            rows, _ = self.run_list("{ " + words + " }", symbol="EURUSD" if "news" in words else "XX")
            reasons = {row["reason"] for row in rows}
            self.assertIn(f"filters/{name}: {wanted}", reasons)
            section = re.search(rf"\n### {name}\n(.*?)\n##", self.page, re.S).group(1)
            for reason in reasons:
                self.assertIn("`" + reason.split(": ", 1)[-1] + "`", section)


if __name__ == "__main__":
    unittest.main()
