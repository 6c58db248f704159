"""Which symbol a file is of when the file does not say it: --symbols, then the script, then the file's name."""
import unittest

import program

LOUD = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_bar(b) self:signal { side = "buy" } end
return S
"""


class Symbols(program.Program):
    def setUp(self):
        super().setUp()
        self.write("loud.lua", LOUD)
        for name in ("d.csv", "e.csv", "oanda_eurusd_x.csv", "bitfinex_btcusd_1m.csv"):
            self.write(name, program.bars_csv([100, 101, 102, 103]))

    def script(self, *symbols):
        names = ", ".join(f'"{name}"' for name in symbols)
        self.write("r.lua", 'return { strategy = "loud", symbols = { ' + names + " } }\n")
        return "r.lua"

    def traded(self, script, *words):
        summary = self.mthost("backtest", script, *words, "--json").json()
        return {row["symbol"] for row in program.table(self.path(summary["run"], "orders.csv"))}

    def test_the_one_symbol_of_the_script_names_a_file_that_says_none(self):
        self.assertEqual(self.traded(self.script("TEST"), "--data", "d.csv"), {"TEST"})
        self.assertEqual(self.traded(self.script("D"), "--data", "d.csv"), {"D"})
        run = self.mthost("run", self.script("TEST"), "--data", "d.csv", "--speed", "max", "--json")
        self.assertEqual({line["symbol"] for line in run.lines() if line["ev"] == "order"}, {"TEST"})
        self.assertIn("taken for TEST", run.err)
        self.mthost("replay", "--verify")
        self.assertNotIn("taken for", self.mthost("backtest", "r.lua", "--data", "d.csv", "--symbols", "D").err)

    def test_a_strategy_alone_goes_by_the_file(self):
        self.assertEqual(self.traded("loud.lua", "--data", "d.csv"), {"D"})

    def test_what_was_said_is_not_overridden(self):
        for name, said in (("oanda_eurusd_x.csv", "EURUSD"), ("bitfinex_btcusd_1m.csv", "BTCUSD")):
            refused = self.mthost("backtest", self.script("TEST"), "--data", name, code=3)
            self.assertIn(f"the data are of {said}, but the script trades TEST", refused.err)
            self.assertIn(f"--symbols {said}", refused.err)
        self.assertEqual(self.traded(self.script("TEST"), "--data", "d.csv", "--symbols", "OTHER"), {"OTHER"})
        self.write("n.csv", "symbol,time,open,high,low,close,volume\n"
                   + "".join(f"NAMED,{program.START + i * 60},100,101,99,100,1\n" for i in range(4)))
        refused = self.mthost("backtest", "r.lua", "--data", "n.csv", code=3)
        self.assertIn("the data are of NAMED, but the script trades TEST", refused.err)

    def test_several_files_or_symbols_have_to_be_told_apart(self):
        refused = self.mthost("backtest", self.script("TEST"), "--data", "d.csv", "e.csv", code=3)
        self.assertIn("the data are of D, but the script trades TEST", refused.err)
        refused = self.mthost("backtest", self.script("A", "B"), "--data", "d.csv", code=3)
        self.assertIn("the script trades A and others", refused.err)


if __name__ == "__main__":
    unittest.main()
