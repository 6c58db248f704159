"""What docs/scripting.md promises about errors, refusals and vetoes, seen from outside."""
import csv
import unittest

import program

HEAD = 'local mt = require "mthost"\nlocal S = mt.strategy {}\n'


class ScriptContract(program.Program):
    def test_mixing_drops_everything_of_the_call(self):
        self.write("s.lua", HEAD + 'function S:on_trade(t)\n  self.n = (self.n or 0) + 1\n  if self.n ~= 10 then return end\n'
                   '  self:signal { side = "buy" }\n  self:target(-1)\nend\nreturn S\n')
        summary = self.mthost("run", "s.lua", "--for", "20m", "--speed", "max", "--seed", "4", "--json").summary()
        self.assertEqual((summary["signals"], summary["orders"], summary["fills"]), (0, 0, 0))
        said = self.mthost("run", "s.lua", "--for", "20m", "--speed", "max", "--seed", "4").err
        self.assertIn("script: s.lua:7: target: signal and target cannot be mixed on one leg", said)

    def test_a_veto_is_recorded_with_its_filter_and_told_without(self):
        self.write("filters/f.lua", 'local mt = require "mthost"\nlocal F = mt.filter {}\n'
                   'function F:check(s) return nil, "max trades", 7 end\nreturn F\n')
        self.write("s.lua", HEAD + 'function S:on_trade(t)\n  self.n = (self.n or 0) + 1\n'
                   '  if self.n == 10 then self:signal { side = "buy" } end\nend\nfunction S:on_signal(v)\n'
                   '  self:log("warn", "told %s|%s|%s|%s", v.verdict, v.reason, v.filter, v.value)\nend\nreturn S\n')
        self.write("r.lua", 'return { strategy = "s", filters = { "filters/f" } }\n')
        result = self.mthost("run", "r.lua", "--for", "20m", "--speed", "max", "--seed", "4", "--json")
        vetoes = [line for line in result.lines() if line["ev"] == "veto"]
        self.assertEqual([(line["reason"], line["value"]) for line in vetoes], [("filters/f: max trades", 7)])
        self.assertIn("told vetoed|max trades|filters/f|7", result.err)

    def test_a_size_too_small_to_trade_is_a_verdict(self):
        self.write("s.lua", HEAD + 'function S:on_trade(t)\n  self.n = (self.n or 0) + 1\n'
                   '  if self.n == 10 then self:signal { side = "buy", size = 1e-12 } end\nend\nfunction S:on_signal(v)\n'
                   '  self:log("warn", "told %s", v.verdict)\nend\nreturn S\n')
        result = self.mthost("run", "s.lua", "--for", "20m", "--speed", "max", "--seed", "4", "--json")
        self.assertIn("told no_size", result.err)
        self.assertEqual(result.summary()["orders"], 0)

    def test_a_quote_with_an_empty_side_is_crossed_and_not_missing(self):
        self.write("s.lua", HEAD + """
function S:on_quote(q)
  self.n = (self.n or 0) + 1
  self:mark("why " .. self.n .. " " .. tostring(self.why), 1)
  if self.n > 1 then self:signal { side = SIDE LIMIT } end
end
return S
""")
        with open(self.path("s.lua")) as file:
            script = file.read()
        rows = {"bids": "101,,3,\n", "asks": ",101,,3\n", "crossed": "102,101,3,3\n"}
        for name, row in rows.items():
            for side in ("buy", "sell"):
                for limit in ("", ", limit = 101"):
                    with self.subTest(name + side + limit):
                        self.write("s.lua", script.replace("SIDE", f'"{side}"').replace("LIMIT", limit))
                        self.write("q.csv", f"time,bid,ask,bid_qty,ask_qty\n1700000000,100,100.01,5,5\n1700000001,{row}"
                                            f"1700000002,{row}1700000003,100.9,101.1,5,5\n")
                        out = f"{name}-{side}-{len(limit)}"
                        self.mthost("backtest", "s.lua", "--data", "q.csv", "--symbols", "XX", "--instrument",
                                    "tick=0.01,step=0.01,quote=USD", "--out", out)
                        with open(self.path(out, "orders.csv"), newline="") as file:
                            orders = [(order["state"], order["code"]) for order in csv.DictReader(file)]
                        self.assertEqual(orders[:2], [("denied", "DATA_CROSSED")] * 2)
                        self.assertEqual(len(orders), 3, "and it trades again with the next whole quote")
                        self.assertNotEqual(orders[2][0], "denied")
                        with open(self.path(out, "marks.csv"), newline="") as file:
                            marks = [mark["name"] for mark in csv.DictReader(file)]
                        self.assertEqual(marks, ["why 1 nil", "why 2 DATA_CROSSED", "why 3 DATA_CROSSED", "why 4 nil"])

    def test_no_quote_yet_is_missing(self):
        self.write("s.lua", 'local mt = require "mthost"\nlocal S = mt.strategy { scope = "portfolio" }\nfunction S:on_quote(q, m)\n'
                   '  if self.done then return end self.done = true\n  local other = self.markets.BB\n'
                   '  self:mark(tostring(other.why), 1)\n  other:signal { side = "buy" }\nend\nreturn S\n')
        for name, start in (("AA", 1700000000), ("BB", 1700000100)):
            self.write(f"{name}.csv", f"time,bid,ask\n{start},100,100.01\n{start + 50},100,100.01\n")
        self.mthost("backtest", "s.lua", "--data", "AA.csv", "BB.csv", "--symbols", "AA,BB", "--out", "out")
        with open(self.path("out/orders.csv"), newline="") as file:
            self.assertEqual([order["code"] for order in csv.DictReader(file)], ["DATA_MISSING"])
        with open(self.path("out/marks.csv"), newline="") as file:
            self.assertEqual([mark["name"] for mark in csv.DictReader(file)], ["DATA_MISSING"])


if __name__ == "__main__":
    unittest.main()
