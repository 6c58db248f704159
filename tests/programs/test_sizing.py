"""Sizes against fractions: what orders.csv has is the largest step that the documented formula allows."""
import json
import math
import random
import unittest
from fractions import Fraction

import program

BUY = """
local mt = require "mthost"
local S = mt.strategy { bars = { "1m" }, params = { side = mt.param(1, -1, 1, 1), at = mt.param(5, 1, 1000, 1),
                        stop = mt.param(0, 0, 1e9), size = mt.param(1, 0, 1e6) } }
function S:on_start() self.n = 0 end
function S:on_bar(b)
  self.n = self.n + 1
  local p = self.params
  if self.n == p.at then self:signal { side = p.side, size = p.size, exit = { stop = p.stop > 0 and p.stop or nil } } end
end
return S
"""


def floor_to(value, step):
    return value // step * step


class Sizing(program.Program):
    def setUp(self):
        super().setUp()
        self.write("buy.lua", BUY)

    def bars(self, name, closes, start=program.START):
        rows = "".join(f"{start + 60 * i},{c},{c},{c},{c},1\n" for i, c in enumerate(closes))
        return self.write(name, "time,open,high,low,close,volume\n" + rows)

    def backtest(self, *words):
        self.mthost("backtest", *words, "--out", "out")
        return program.table(self.path("out", "orders.csv")), self.summary()

    def summary(self):
        with open(self.path("out", "summary.json")) as file:
            return json.load(file)

    def entry(self, *words):
        orders, summary = self.backtest(*words)
        entries = [o for o in orders if o["role"] == "entry"]
        return (Fraction(entries[0]["qty"]), entries[0]["state"], summary) if entries else (Fraction(0), "", summary)

    def test_every_rule_against_fractions(self):
        rng = random.Random(5)
        cut = whole = 0
        for _ in range(60):
            price = Fraction(rng.randrange(1, 2_000_000), 100)
            step = rng.choice(["0.001", "0.01", "1", "0.00000001"])
            leverage, fee = rng.randrange(1, 60), rng.choice(["0", "1", "4", "2.5", "50", "-1"])
            cash = rng.randrange(1000, 1_000_000)
            contract = rng.choice(["1", "10", "0.1", "100000"])
            stop = Fraction(max(1, int(price * 100 * rng.random() * 0.4)), 100)
            scale = rng.choice(["0.3333", "1", "0.7"])
            rule, sizing = rng.choice([("fixed", "qty = '%s'"), ("notional", "notional = '%s'"),
                                       ("risk_fraction", "fraction = '%s'")])
            number = {"fixed": rng.choice(["1", "0.07", "333"]), "notional": str(rng.randrange(10, 5_000_000)),
                      "risk_fraction": rng.choice(["0.01", "0.00333", "0.5"])}[rule]
            self.bars("XX.csv", [f"{float(price):.2f}"] * 8)
            self.write("run.lua", f"""return {{ strategy = "buy", symbols = {{ "XX" }}, params = {{ stop = {float(stop)} }},
              sizing = {{ "{rule}", {sizing % number} }}, accounts = {{ {{ "sim", scale = {scale} }} }},
              costs = {{ maker_bp = 0, taker_bp = {max(0, Fraction(fee)) if "." not in fee else fee} }} }}""")
            self.write("c.lua", f"return {{ accounts = {{ sim = {{ cash = {cash}, leverage = {leverage} }} }} }}")
            qty, state, summary = self.entry("run.lua", "--data", "XX.csv", "--config", "c.lua", "--instrument",
                                             f"tick=0.01,step={step},size={contract},quote=USD")
            unit = price * Fraction(contract)
            wanted = {"fixed": Fraction(number), "notional": Fraction(number) / unit,
                      "risk_fraction": cash * Fraction(number) / (stop * Fraction(contract))}[rule] * Fraction(scale)
            rate = max(Fraction(0), Fraction(fee)) / 10000
            most = Fraction(cash) / (unit * (Fraction(1, leverage) + rate))
            right = floor_to(min(wanted, most), Fraction(step))
            about = (price, step, leverage, fee, cash, contract, stop, scale, rule, number)
            # Rounding up in 10^-8 of money may cost a step only where the step costs less than that.
            slack = 2 * Fraction(1, 10**8) / (unit * (Fraction(1, leverage) + rate)) if most < wanted else 0
            self.assertLessEqual(qty, right, about)
            self.assertGreaterEqual(qty, floor_to(min(wanted, most - slack), Fraction(step)), about)
            if qty:
                self.assertEqual(state, "filled", about)
            was_cut = floor_to(wanted, Fraction(step)) > right
            notes = [n for n in summary["notes"] if "was cut" in n]
            self.assertEqual(len(notes), was_cut, (about, summary["notes"]))
            cut += was_cut
            whole += not was_cut
        self.assertGreater(cut, 10)
        self.assertGreater(whole, 10)

    def test_a_rate_that_does_not_end_costs_no_step(self):
        self.bars("USDJPY.csv", ["150.000"] * 8)
        for stop, right in (("0.5", "3"), ("0.7", "2.14"), ("0.25", "6")):
            self.write("run.lua", f"""return {{ strategy = "buy", symbols = {{ "USDJPY" }}, params = {{ stop = {stop} }},
              sizing = {{ "risk_fraction", fraction = 0.01 }} }}""")
            self.write("c.lua", "return { accounts = { sim = { currency = 'USD', cash = 100000, leverage = 30 } } }")
            qty, state, _ = self.entry("run.lua", "--data", "USDJPY.csv", "--config", "c.lua")
            self.assertEqual((qty, state), (Fraction(right), "filled"))

    def test_volatility_by_the_documented_formula(self):
        rng = random.Random(6)
        for frame, lookback in (("1m", 2), ("1m", 7), ("5m", 3)):
            minutes = 5 if frame == "5m" else 1
            closes = [100.0]
            for _ in range(lookback + 12):
                closes.append(round(closes[-1] + rng.choice([-1.5, -0.5, 0.25, 1]), 2))
            self.write("vol.lua", BUY.replace('"1m"', f'"{frame}"').replace("mt.param(5,", f"mt.param({lookback + 4},"))
            start = program.START // 300 * 300
            rows = "".join(f"{start + 60 * minutes * i},{c},{c},{c},{c},1\n" for i, c in enumerate(closes))
            self.write("XX.csv", "time,open,high,low,close,volume\n" + rows)
            self.write("run.lua", f"""return {{ strategy = "vol", symbols = {{ "XX" }},
              sizing = {{ "volatility_target", vol = 0.1, lookback = {lookback} }} }}""")
            self.write("c.lua", "return { accounts = { sim = { cash = 100000, leverage = 1000 } } }")
            qty, _, _ = self.entry("run.lua", "--data", "XX.csv", "--config", "c.lua", "--instrument",
                                   "tick=0.01,step=0.0001,quote=USD", "--fee-bp", "0")
            last = closes[3:lookback + 4]
            returns = [math.log(b / a) for a, b in zip(last, last[1:])]
            mean = sum(returns) / len(returns)
            deviation = math.sqrt(sum((r - mean) ** 2 for r in returns) / (len(returns) - 1))
            right = 100000 * 0.1 / (deviation * math.sqrt(365 * 1440 / minutes) * last[-1])
            self.assertAlmostEqual(float(qty), math.floor(right * 10000) / 10000, places=9)

    def test_scale_is_applied_to_signals_and_targets_of_every_account(self):
        self.bars("XX.csv", ["100"] * 8)
        self.write("c.lua", "return { accounts = { ['d/1'] = { cash = 100000 }, ['d/2'] = { cash = 100000 } } }")
        self.write("aim.lua", BUY.replace('self:signal {', 'self:target(p.side * 10, {}) if false then self:signal {')
                   .replace("or nil } } end", "or nil } } end end"))
        for strategy in ("buy", "aim"):
            self.write("run.lua", f"""return {{ strategy = "{strategy}", symbols = {{ "XX" }}, sizing = {{ "fixed", qty = 10 }},
              accounts = {{ lead = "d/1", {{ "d/1", scale = 0.7 }}, {{ "d/2", scale = 0.25 }} }} }}""")
            orders, _ = self.backtest("run.lua", "--data", "XX.csv", "--config", "c.lua", "--instrument",
                                      "tick=0.01,step=1,quote=USD", "--fee-bp", "0")
            self.assertEqual({o["account"]: o["qty"] for o in orders}, {"d/1": "7", "d/2": "2"}, strategy)

    def test_what_other_symbols_bind_is_not_free(self):
        """Two entries of one call on one account: the second has what the first leaves, and neither is refused."""
        self.write("two.lua", """
local mt = require "mthost"
local S = mt.strategy { scope = "portfolio" }
function S:on_start() self.n = 0 end
function S:on_quote(q, m)
  self.n = self.n + 1
  if self.n == 4 then
    self.markets.AAA:signal { side = "buy" }
    self.markets.BBB:signal { side = "sell" }
  end
end
return S
""")
        for name, price in (("AAA", 100), ("BBB", 50)):
            rows = "".join(f"{program.START + i},{price},{price + 1}\n" for i in range(6))
            self.write(name + ".csv", "time,bid,ask\n" + rows)
        self.write("run.lua", """return { strategy = "two", symbols = { "AAA", "BBB" }, sizing = { "notional", notional = 7000 },
          costs = { maker_bp = 0, taker_bp = 10 } }""")
        orders, summary = self.backtest("run.lua", "--data", "AAA.csv", "BBB.csv", "--cash", "10000", "--instrument",
                                        "tick=1,step=0.01,quote=USD")
        self.assertEqual([(o["symbol"], o["state"]) for o in orders], [("AAA", "filled"), ("BBB", "filled")])
        first = floor_to(Fraction(7000, 101), Fraction(1, 100))
        self.assertEqual(Fraction(orders[0]["qty"]), first)
        fee = Fraction(1, 1000)
        left = 10000 - first * 101 - first * 101 * fee - first      # bound, its fee, and the spread it will lose
        self.assertEqual(Fraction(orders[1]["qty"]), floor_to(left / (51 * (1 + fee)), Fraction(1, 100)))
        self.assertEqual(len([n for n in summary["notes"] if n.startswith("BBB: the size")]), 1)

    def test_a_cut_is_said_once_for_a_symbol(self):
        self.bars("XX.csv", ["100"] * 40)
        self.write("often.lua", BUY.replace("if self.n == p.at then", "if self.n % 4 == 2 then self:signal { side = 0 } end\n"
                                            "  if self.n % 4 == 0 then"))
        self.write("run.lua", 'return { strategy = "often", symbols = { "XX" }, sizing = { "fixed", qty = 5000 } }')
        result = self.mthost("backtest", "run.lua", "--data", "XX.csv", "--fee-bp", "0", "--out", "out")
        summary = self.summary()
        self.assertEqual(len([n for n in summary["notes"] if "was cut" in n]), 1)
        self.assertEqual(result.err.count("was cut"), 1)
        self.assertIn("XX: the size 5000 was cut to 1000, which is what account sim can carry at 100", result.err)

    def test_profits_have_the_rate_of_the_fill_and_the_order_of_files_changes_nothing(self):
        """GBPJPY in a EUR account: yen go over the dollar. Each fill at an open has the opens of that instant."""
        rng = random.Random(9)
        opens = {}
        for name, start, places in (("GBPJPY", 190.0, 3), ("EURUSD", 1.1, 5), ("USDJPY", 150.0, 3)):
            price, rows, opens[name] = start, "time,open,high,low,close,volume\n", []
            for i in range(12):
                first, last = (round(price * (1 + rng.uniform(-0.05, 0.05)), places) for _ in range(2))
                rows += f"{program.START + 60 * i},{first},{max(first, last)},{min(first, last)},{last},1\n"
                opens[name].append(Fraction(str(first)))
            self.write(name + ".csv", rows)
        self.write("c.lua", "return { accounts = { sim = { currency = 'EUR', cash = 1000000, leverage = 30 } } }")
        self.write("run.lua", """return { strategy = "only", symbols = { "GBPJPY", "EURUSD", "USDJPY" },
          sizing = { "fixed", qty = 1 }, costs = { maker_bp = 0, taker_bp = 3 } }""")
        self.write("only.lua", """
local mt = require "mthost"
local S = mt.strategy { scope = "portfolio", bars = { "1m" } }
function S:on_start() self.n = 0 end
function S:on_bar(b, m)
  if m.symbol ~= "GBPJPY" then return end
  self.n = self.n + 1
  if self.n == 3 then m:signal { side = "buy" } end
  if self.n == 8 then m:signal { side = "flat" } end
end
return S
""")
        def euro(yen, i, gain):
            up = math.floor if gain else math.ceil
            dollars = Fraction(up(yen / opens["USDJPY"][i] * 10**8), 10**8)
            return Fraction(up(dollars / opens["EURUSD"][i] * 10**8), 10**8)
        bought, sold = opens["GBPJPY"][3] * 100000, opens["GBPJPY"][8] * 100000
        fees = sum(euro(Fraction(math.ceil(worth * 3 / 10000 * 10**8), 10**8), i, False)
                   for worth, i in ((bought, 3), (sold, 8)))
        profit = euro(sold - bought, 8, True) - fees
        for files in (("GBPJPY", "EURUSD", "USDJPY"), ("USDJPY", "EURUSD", "GBPJPY"), ("EURUSD", "GBPJPY", "USDJPY")):
            self.mthost("backtest", "run.lua", "--data", *[f + ".csv" for f in files], "--config", "c.lua", "--out", "out")
            trade, = program.table(self.path("out", "trades.csv"))
            self.assertEqual(Fraction(trade["profit"]), profit, files)
            self.assertEqual(Fraction(trade["fees"]), fees, files)


if __name__ == "__main__":
    unittest.main()
