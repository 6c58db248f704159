"""run --json: the lines of an order's life add up to the summary, and the look-ups tell the same."""
import json
import os
import unittest
from collections import Counter

import program

SCRIPT = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_quote()
  local n = (self.state.n or 0) + 1
  self.state.n = n
%s
end
return S
"""
RUN = """return { strategy = "s", symbols = { "TEST" }, sizing = { "fixed", qty = %s } %s }"""


class Lines(program.Program):
    def run_script(self, body, qty="1", more="", limits="", code=0):
        self.write("s.lua", SCRIPT % body)
        self.write("r.lua", RUN % (qty, more))
        self.write("mthost.conf.lua", "return { limits = { " + limits + " } }")
        self.write("q.csv", program.quotes_csv([10000 + 10 * i for i in range(12)]))
        result = self.mthost("run", "r.lua", "--data", "q.csv", "--instrument", "tick=0.01,step=0.1,size=1,quote=USD", "--speed",
                             "max", "--json", code=code)
        self.adds_up(result)
        return result

    def adds_up(self, result):
        """Each event of an order's life once, and as often as the summary says."""
        lines, summary = result.lines(), result.summary()
        count = Counter(line["ev"] for line in lines)
        self.assertLessEqual(set(count), {"signal", "veto", "intent", "denied", "order", "fill", "position", "reload", "halt",
                                          "error", "summary"})
        for ev, name in (("intent", "intents"), ("denied", "denied"), ("veto", "vetoes"), ("fill", "fills")):
            self.assertEqual(count[ev], summary[name], ev)
        signals = [line for line in lines if line["ev"] == "signal" and line["kind"] != "protect"]
        self.assertEqual(len(signals), summary["signals"])
        self.assertEqual(len({line["signal"] for line in signals}), len(signals))
        self.assertEqual(summary["intents"], summary["orders"] + summary["denied"])
        intents = {line["order"]: line for line in lines if line["ev"] == "intent"}
        self.assertEqual(len(intents), summary["intents"])
        for line in lines:
            if line["ev"] == "denied":
                self.assertEqual(line["reason"], line["code"])
                self.assertTrue(line["code"] and "?" not in line["code"])
                wish = intents[line["order"]]
                self.assertEqual({**line, "ev": "intent"}, {**wish, "reason": line["reason"], "code": line["code"]})
            if line["ev"] in ("intent", "fill", "denied") and line["signal"]:
                self.assertIn(line["signal"], {s["signal"] for s in lines[:lines.index(line)] if s["ev"] == "signal"})

    def test_a_denied_order_is_one_intent_and_one_denied(self):
        result = self.run_script('if n == 2 then self:signal { side = "buy" } end', qty="2.5",
                                 limits="global = { max_order_qty = 2.4 }")
        lines = [line for line in result.lines() if line["ev"] != "summary"]
        self.assertEqual([line["ev"] for line in lines], ["signal", "intent", "denied"])
        self.assertEqual((lines[0]["verdict"], lines[0]["reason"], lines[0]["sent"], lines[0]["of"]),
                         ("denied", "MAX_ORDER_QTY", 0, 1))
        self.assertEqual((lines[2]["reason"], lines[2]["qty"]), ("MAX_ORDER_QTY", "2.50000000"))
        signal = self.mthost("signals", "--json").json()[0]
        self.assertEqual((signal["verdict"], signal["reason"], signal["code"]), ("denied", "MAX_ORDER_QTY", "MAX_ORDER_QTY"))

    def test_a_sent_signal_says_so_in_its_line(self):
        result = self.run_script('if n == 2 then self:signal { side = "buy" } end')
        self.assertEqual([line["verdict"] for line in result.lines() if line["ev"] == "signal"], ["sent"])
        self.assertNotIn("reason", result.lines()[0])

    def test_a_refused_verb_is_no_denied_order(self):
        result = self.run_script('self:signal { side = "flat" } self:protect { stop = 1 }')
        summary, lines = result.summary(), result.lines()
        self.assertEqual((summary["denied"], summary["orders"]), (0, 0))
        self.assertGreater(summary["refused"], 0)
        refused = [line for line in lines if line["ev"] == "error"]
        self.assertEqual(sum(line["count"] for line in refused), summary["refused"])
        self.assertEqual({line["reason"] for line in refused}, {line["code"] for line in refused})

    def test_protect_is_no_signal_and_has_no_side(self):
        result = self.run_script('if n == 2 then self:signal { side = "buy", exit = { stop = 5 } } end\n'
                                 "if n == 5 then self:protect { stop = 4 } end")
        self.assertEqual(result.summary()["signals"], 1)
        protect = [line for line in result.lines() if line.get("kind") == "protect"]
        self.assertEqual(len(protect), 1)
        for name in ("side", "size", "strength", "verdict"):
            self.assertNotIn(name, protect[0])
        row = self.mthost("signals", "--json").json()[1]
        self.assertEqual((row["kind"], row["side"], row["verdict"]), ("protect", "", ""))
        self.assertNotRegex(self.mthost("signals").out, "flat|waiting")

    def test_a_target_has_a_quantity_and_no_size(self):
        result = self.run_script("if n == 2 then self:target(-1.5) end if n == 6 then self:target(0) end")
        targets = [line for line in result.lines() if line["ev"] == "signal"]
        self.assertEqual([line["qty"] for line in targets], ["-1.50000000", "0.00000000"])
        for line in targets:
            self.assertFalse({"size", "strength", "side"} & set(line), line)
        self.assertEqual([row["side"] for row in self.mthost("signals", "--json").json()], ["sell", "flat"])

    def test_many_signals_in_one_turn(self):
        result = self.run_script('if n % 3 == 0 then self:signal { side = "buy" } self:signal { side = "sell" }\n'
                                 'self:signal { side = "flat" } end')
        self.assertTrue(all("verdict" in line for line in result.lines() if line["ev"] == "signal"))

    def test_the_example_and_a_long_run_add_up(self):
        result = self.mthost("run", os.path.join(program.SOURCE, "scripts", "scalp.lua"), "--for", "2h", "--speed", "max",
                             "--json", "--seed", "3")
        self.adds_up(result)
        self.assertGreater(result.summary()["vetoes"], 0)

    def journal_intents(self):
        return [record for record in self.records() if record["kind"] == "INTENT"]

    def records(self):
        return [json.loads(line) for line in self.mthost("journal", "--json").out.splitlines()]

    def test_the_journal_shows_what_was_measured_as_decimals(self):
        for body, qty, limits, code, value, limit in (
                ("", "2.5", "max_order_qty = 2.4", "MAX_ORDER_QTY", "2.5", "2.4"),
                ("", "2", "max_order_notional = 150.5", "MAX_ORDER_NOTIONAL", None, "150.5"),
                ("", "3", "max_net = 2", "MAX_POSITION_NET", "3", "2"),
                ("", "1", "spread_ticks = 1", "SPREAD_WIDE", "2", "1"),
                ("", "1", "spread_bp = 0.5", "SPREAD_WIDE", None, "0.5"),
                ("", "1", "stale_ms = 1, skew_ms = 0", "", "0", "0")):
            with self.subTest(limits=limits):
                self.run_script('if n == 2 then self:signal { side = "buy" } end', qty=qty,
                                limits="global = { " + limits + " }")
                intent = self.journal_intents()[0]
                self.assertEqual((intent["code"] if code else "", intent["limit"]), (code, limit))
                if value:
                    self.assertEqual(intent["value"], value)
                else:
                    self.assertGreater(float(intent["value"]), float(limit))
                    self.assertLess(float(intent["value"]), 1000)

    def test_and_so_do_states(self):
        self.run_script('self:signal { side = n % 2 == 0 and "buy" or "sell" }', qty="5", code=5,
                        more=", costs = { taker_bp = 50 }", limits='global = { max_daily_loss = 1.5, on_loss = "halt" }')
        state = [record for record in self.records() if record["kind"] == "RISK_STATE"][0]
        self.assertEqual((state["code"], state["limit"]), ("DAILY_LOSS", "1.5"))
        self.assertLess(float(state["value"]), 100)


if __name__ == "__main__":
    unittest.main()
