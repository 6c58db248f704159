"""One signal to twenty simulated accounts: whoever is denied, nobody is doubled, and `signals`
says for each account what became of it."""
import unittest
from fractions import Fraction

import program

# Wants one long position, says so on every twentieth trade, and counts verdicts in marks.
SCRIPT = """
local mt = require "mthost"
local S = mt.strategy {}
function S:on_start() if self.state.n == nil then self.state.n = 0 end end
function S:on_trade(t)
  local n = self.state.n + 1
  self.state.n = n
  if n % 20 == 0 then self:signal { side = "buy", tag = "want", exit = { stop = 2000 } } end
end
function S:on_signal(v) self:mark(v.verdict, v.sent) end
return S
"""
NAMES = [f"desk/{number:02d}" for number in range(1, 21)]


def configuration(limits=""):
    accounts = "".join(f'    ["{name}"] = {{ currency = "USDT", cash = 100000, leverage = 2 }},\n' for name in NAMES)
    return f"return {{\n  accounts = {{\n{accounts}  }},\n  limits = {{ accounts = {{ {limits} }} }},\n}}\n"


RUN = """return { strategy = "want", symbols = { "BTCUSDT" },
  accounts = { lead = "desk/01", { "desk/*", sizing = { "fixed", qty = 0.001 } },
               { "desk/07", sizing = { "fixed", qty = 0.003 } }, { "desk/08", sizing = { "notional", notional = 50 } },
               { "desk/09", sizing = { "risk_fraction", fraction = 0.00002 } } } }
"""


class FanOut(program.Program):
    def fan_out(self, limits):
        self.write("want.lua", SCRIPT)
        self.write("run.lua", RUN)
        self.write("mthost.conf.lua", configuration(limits))
        result = self.mthost("run", "run.lua", "--for", "30m", "--speed", "max", "--seed", "6", "--json")
        self.mthost("replay", "--verify")
        positions, open_orders, fills = program.fold(program.journal(self.newest_run()))
        held = {p["account"]: Fraction(p["qty"]) for p in self.mthost("positions", "--json").json() if Fraction(p["qty"])}
        self.assertEqual(len(held), len(positions))
        signals = self.mthost("signals", "--json").json()
        return result, held, signals

    def ledger(self, signals, verdicts=("sent", "partial")):
        sent = [signal for signal in signals if signal["verdict"] in verdicts]
        self.assertTrue(sent, signals[:2])
        return sent, {entry["account"]: entry for entry in sent[0]["accounts"]}

    def not_doubled(self, held, without=()):
        for name in NAMES:
            if name in without:
                self.assertNotIn(name, held)
            elif name == "desk/07":
                self.assertEqual(held[name], Fraction("0.003"))
            elif name == "desk/08":
                self.assertLessEqual(held[name] * 20000, 50)
            elif name == "desk/09":
                self.assertLessEqual(held[name] * 2000, 2.2)
            else:
                self.assertEqual(held[name], Fraction("0.001"), name)

    def test_all_twenty_are_sent_once_each_with_its_own_size(self):
        result, held, signals = self.fan_out("")
        self.not_doubled(held)
        sent, ledger = self.ledger(signals)
        self.assertEqual(len(sent), 1, "the same stance again was sent again")
        self.assertEqual(sorted(ledger), NAMES)
        self.assertTrue(all(entry["filled"] for entry in ledger.values()))
        self.assertEqual(result.summary()["orders"], 40)         # twenty entries, twenty stops

    def entries(self, result):
        """Wishes that passed: a denied one has a second line."""
        lines = [line for line in result.lines() if line.get("role") == "entry" and line["ev"] in ("intent", "denied")]
        denied = {line["order"] for line in lines if line["ev"] == "denied"}
        self.assertEqual(len(denied), 1)
        return [line for line in lines if line["ev"] == "intent" and line["order"] not in denied]

    def test_the_lead_denied_does_not_double_the_others(self):
        result, held, signals = self.fan_out('["desk/01"] = { max_order_qty = 0.0001 }')
        self.not_doubled(held, without=["desk/01"])
        _, ledger = self.ledger(signals)
        self.assertEqual(ledger["desk/01"]["code"], "MAX_ORDER_QTY")
        self.assertEqual(len(self.entries(result)), 19, "the others were sent more than once")

    def test_a_follower_denied_does_not_block_the_rest(self):
        result, held, signals = self.fan_out('["desk/13"] = { max_order_qty = 0.0001 }')
        self.not_doubled(held, without=["desk/13"])
        _, ledger = self.ledger(signals)
        self.assertEqual(ledger["desk/13"]["code"], "MAX_ORDER_QTY")
        self.assertEqual(len(self.entries(result)), 19)

    def test_a_follower_at_its_limit_is_not_sent_more(self):
        _, held, signals = self.fan_out('["desk/07"] = { max_net = 0.002 }')
        self.not_doubled(held, without=["desk/07"])
        _, ledger = self.ledger(signals)
        self.assertEqual(ledger["desk/07"]["code"], "MAX_POSITION_NET")

    def test_everybody_denied_is_a_denied_signal_and_no_position(self):
        result, held, signals = self.fan_out('["desk/*"] = { max_order_qty = 0.00001 }')
        self.assertEqual(held, {})
        self.assertTrue(all(signal["verdict"] == "denied" for signal in signals))
        self.assertEqual(result.summary()["orders"], 0)

    def test_a_size_below_the_minimum_is_no_size_for_that_account_only(self):
        self.write("want.lua", SCRIPT)
        self.write("run.lua", RUN.replace("notional = 50 ", "notional = 0.01 "))
        self.write("mthost.conf.lua", configuration())
        self.mthost("run", "run.lua", "--for", "30m", "--speed", "max", "--seed", "6")
        ledger = self.ledger(self.mthost("signals", "--json").json())[1]
        self.assertEqual(ledger["desk/08"]["code"], "NO_SIZE")
        self.assertTrue(ledger["desk/02"]["filled"])

    def test_the_table_for_people_names_every_account(self):
        self.fan_out("")
        out = self.mthost("signals").out
        for name in NAMES:
            self.assertIn(name, out)


if __name__ == "__main__":
    unittest.main()
