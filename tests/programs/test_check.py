"""check says what the default sizing trades, and a backtest trades just that."""
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


if __name__ == "__main__":
    unittest.main()
