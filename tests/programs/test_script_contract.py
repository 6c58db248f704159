"""What docs/scripting.md promises about errors, refusals and vetoes, seen from outside."""
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


if __name__ == "__main__":
    unittest.main()
