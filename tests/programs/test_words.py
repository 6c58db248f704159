"""What people type who guess, who slip, or who come from another program."""
import unittest

import program

SCRIPT = """local mt = require "mthost"
local S = mt.strategy { %s }
function S:on_bar(b) end
return S
"""
# word: what must be in the answer
ELSEWHERE = {
    "trade": "mthost run", "paper": "mthost run", "dry-run": "mthost run", "live": "not built yet", "LIVE": "not built yet",
    "optimize": "optimise", "optimization": "not built yet", "hyperopt": "not built yet", "sweep": "--set", "grid": "not built yet",
    "walkforward": "not built yet", "walk-forward": "not built yet", "walk_forward": "not built yet", "WalkForward": "not built yet",
    "download": "mthost data", "download-data": "mthost data", "convert-data": "mthost data import", "history": "mthost data",
    "plot": "equity.csv", "plot-dataframe": "equity.csv", "plot-profit": "equity.csv", "chart": "equity.csv",
    "backtesting": "mthost backtest", "tester": "mthost backtest", "new-strategy": "mthost new", "compile": "mthost check",
    "list-strategies": "mthost check", "lookahead-analysis": "not built yet", "show-trades": "mthost trades",
    "forceexit": "mthost flatten", "logs": "mthost.log", "config": "mthost.conf.lua", "stats": "summary.json",
    "webserver": "not built yet", "indicators": "ta --list", "portfolio": "mthost positions", "strategy.lua": "mthost run", "data.csv": "mthost data info",
}


class Words(program.Program):
    def test_words_of_other_programs_point_to_what_does_it_here(self):
        for word, wanted in ELSEWHERE.items():
            with self.subTest(word=word):
                said = self.mthost(word, code=2)
                self.assertIn(wanted, said.err)
                self.assertTrue(said.err.startswith(f"mthost: {word}: "), said.err)
                self.assertEqual(said.out, "")
                self.assertEqual(self.mthost(word, "x.lua", "--data", "y.csv", "--timerange", "2020", code=2).err, said.err)

    def test_an_answer_names_no_command_that_is_not_there(self):
        import re
        for word in ELSEWHERE:
            for command, sub in re.findall(r"mthost ([a-z]+)(?: (import|info|check|gen)\b)?", self.mthost(word, code=2).err):
                self.assertEqual(self.mthost(command, *([sub] if sub else []), "--help").code, 0, (word, command))

    def test_a_command_with_a_slip_is_guessed_and_nonsense_is_not(self):
        for typed, meant in (("backtset", "backtest"), ("bactest", "backtest"), ("rnu", "run"), ("order", "orders"),
                             ("signal", "signals"), ("positons", "positions"), ("stat", "status"), ("rply", "replay"),
                             ("optimse", "optimise"), ("repor", "report")):
            self.assertIn(f"the nearest is {meant};", self.mthost(typed, code=2).err)
        for typed in ("xyzzy", "q", "42", "", ".lua", "a" * 5000):
            said = self.mthost(typed, code=2).err
            self.assertNotIn("nearest", said)
            self.assertIn("mthost --help", said[-200:] if len(typed) < 100 else "mthost --help")

    def test_an_option_is_guessed_only_when_it_is_near(self):
        for typed, meant in (("--jsn", "json"), ("--symbol", "symbols"), ("--sym", "symbols"), ("--fee", "fee-bp"),
                             ("--insturment", "instrument"), ("--log", "log-level"), ("--loglevel", "log-level")):
            said = self.mthost("backtest", "s.lua", "--data", "x.csv", typed, "1", code=2).err
            self.assertIn(f"the nearest is --{meant} ", said)
        for typed in ("--start", "--end", "--timerange", "--strategy", "--name", "--verbose", "--threads", "--x", "--since",
                      "--begin", "--until", "--capital", "--lot", "--quiet", "--force", "--zzz=1"):
            said = self.mthost("backtest", "s.lua", "--data", "x.csv", typed, "1", code=2).err
            self.assertNotIn("nearest", said)
            self.assertIn(typed.split("=")[0], said)
            self.assertIn("--help", said)

    def test_sub_commands_of_data(self):
        for word, wanted in (("download", "not built yet"), ("convert", "data import"), ("list-data", "data info"), ("fetch", "not built yet"),
                             ("export", "not built yet"), ("xyzzy", "import info check gen")):
            self.assertIn(wanted, self.mthost("data", word, code=2).err)

    def test_a_field_that_is_far_from_all_is_told_with_what_there_is(self):
        self.write("s.lua", SCRIPT % 'name = "x"')
        said = self.mthost("check", "s.lua", code=3).err
        self.assertNotIn("did you mean", said)
        for field in ("params", "bars", "warmup"):
            self.assertIn(field, said)
        for typed, meant in (("bar", "bars"), ("parms", "params"), ("Bars", "bars"), ("warmpu", "warmup")):
            self.write("s.lua", SCRIPT % f"{typed} = {{}}")
            self.assertIn(f"did you mean '{meant}'?", self.mthost("check", "s.lua", code=3).err)
        self.write("s.lua", SCRIPT % "params = { fast = mt.param(5, 1, 9) }")
        self.assertIn("did you mean 'fast'", self.mthost("check", "s.lua", "--set", "fats=6", code=(2, 3)).err)
        said = self.mthost("check", "s.lua", "--set", "zone=6", code=(2, 3)).err
        self.assertNotIn("did you mean", said)
        self.assertIn("fast", said)

    def test_an_option_of_the_configuration(self):
        self.write("s.lua", SCRIPT % "")
        for text, wanted, never in (("return { acounts = {} }", "the nearest is accounts", "there are"),
                                    ("return { exchange = {} }", "accounts", "nearest"),
                                    ("return { accounts = { a = { wallet = 1 } } }", "currency", "nearest"),
                                    ("return { limits = { global = { qqqqqq = 1 } } }", "docs/configuration.md", "nearest")):
            self.write("mthost.conf.lua", text)
            said = self.mthost("check", "s.lua", code=3).err
            self.assertIn(wanted, said)
            self.assertNotIn(never, said)


if __name__ == "__main__":
    unittest.main()
