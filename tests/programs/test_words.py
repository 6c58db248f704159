"""What people type who guess, who slip, or who come from another program."""
import os
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
        for typed in ("--name", "--x", "--zzz=1", "--blue", "--a-word-of-nobody"):
            said = self.mthost("backtest", "s.lua", "--data", "x.csv", typed, "1", code=2).err
            self.assertNotIn("nearest", said)
            self.assertIn(typed.split("=")[0], said)
            self.assertIn("--help", said)

    def test_an_option_of_other_programs_is_told_what_does_it_here(self):
        for typed, wanted in (("--timeframe", 'bars = { "5m" }'), ("--tf=5m", 'bars = { "5m" }'), ("--strategy", "mthost run"), ("-s", "mthost run"),
                              ("--strategy-name", "mthost run"), ("--timerange", "--from"), ("--start", "--from"), ("--START_DATE", "--from"),
                              ("--end", "--to"), ("--days", "-30d"), ("--pair", "--symbols"), ("--pairs", "--symbols"), ("--datadir", "--data"),
                              ("--capital", "--cash"), ("--initial_cash", "--cash"), ("--maker-fee", "--fee-bp"), ("--delay", "latency_ms"),
                              ("--lot", "sizing"), ("--stake-amount", "sizing"), ("--margin", "accounts"), ("--params", "--set"),
                              ("-v", "--log-level"), ("--verbose", "--log-level"), ("--quiet", "--log-level"), ("--threads", "--state"),
                              ("--filter", "run script"), ("--dry-run", "simulated"), ("--timezone", "--tz"), ("--export", "--out")):
            said = self.mthost("backtest", "s.lua", "--data", "x.csv", typed, "1", code=2)
            self.assertTrue(said.err.startswith(f"mthost: backtest: {typed.split('=')[0]}: no option here: "), said.err)
            self.assertIn(wanted, said.err)
            self.assertIn("mthost backtest --help", said.err)
            self.assertEqual(said.out, "")

    def test_an_answer_names_no_option_that_the_command_has_not(self):
        import re
        for command in ("run", "backtest", "check", "replay", "journal", "orders", "status", "new", "version"):
            known = set(re.findall(r"^  --([a-z-]+)", self.mthost(command, "--help").out, re.M))
            for typed in ("timeframe", "strategy", "start", "end", "days", "pair", "datadir", "capital", "commission", "leverage", "verbose", "export",
                          "timezone", "duration", "continue", "exchange", "filter", "userdir", "threads", "realtime", "x-y-z", "random-state"):
                if typed in known:
                    continue
                said = self.mthost(command, f"--{typed}", "1", code=2).err
                answer = said.split("no option here: ")[-1].split(" (mthost ")[0] if "no option here" in said else ""
                self.assertLessEqual(set(re.findall(r"--([a-z-]+)", answer)), known, said)

    def test_what_is_no_option_is_left_alone(self):
        self.write("s.lua", SCRIPT % "")
        self.assertNotIn("no option here", self.mthost("check", "s.lua", "--json=1", code=2).err)
        self.assertIn("--xyzzy: unknown option", self.mthost("check", "s.lua", "--xyzzy", code=2).err)
        self.assertNotIn("no option here", self.mthost("check", "--", "--start", code=3).err)

    def test_a_script_with_a_slip_is_guessed(self):
        self.write("mine.lua", SCRIPT % "")
        os.makedirs(os.path.join(self.dir, "strategies"), exist_ok=True)
        self.write("strategies/breakout.lua", SCRIPT % "")
        for typed, meant in (("mien.lua", "mine"), ("mine2.lua", "mine"), ("Mine.lau", "mine"), ("strategies/brekout.lua", "strategies/breakout"),
                             ("strategies/brekout", "strategies/breakout"), ("xyzzy.lua", None), ("strategies/xyzzy", None), ("gone/else.lua", None)):
            said = self.mthost("check", typed, code=3).err
            self.assertIn("not found here", said)
            if meant:
                self.assertIn(f"did you mean '{meant}'?", said)
                self.assertEqual(self.mthost("check", meant).code, 0)
            else:
                self.assertNotIn("did you mean", said)

    def test_a_filter_or_strategy_of_a_run_script_with_a_slip_is_guessed(self):
        self.write("mine.lua", SCRIPT % "")
        run = 'return { strategy = "%s", filters = { "%s" } }'
        for strategy, name, meant in (("mine", "filters/max_spred", "filters/max_spread"), ("mine", "max_spread", "filters/max_spread"),
                                      ("mine", "filter/cooldwon", "filters/cooldown"), ("mien", "filters/cooldown", "mine"),
                                      ("ema_cros", "filters/cooldown", "strategies/ema_cross"), ("mine", "filters/xyzzy", None)):
            self.write("run.lua", run % (strategy, name))
            said = self.mthost("check", "run.lua", code=3).err
            if meant:
                self.assertIn(f"did you mean '{meant}'?", said)
            else:
                self.assertNotIn("did you mean", said)
                self.assertIn("not found beside the script", said)

    def test_options_of_data_without_data(self):
        self.write("s.lua", SCRIPT % "")
        for option in (("--from", "2024-01-01"), ("--to", "2024-01-01"), ("--tz", "UTC"), ("--format", "bars"), ("--columns", "time,price,qty"),
                       ("--time-unit", "ms"), ("--date", "2024-01-01"), ("--dates", "mdy"), ("--decimal", "comma"), ("--merge",), ("--strict",)):
            said = self.mthost("run", "s.lua", "--for", "1m", "--speed", "max", *option, code=2).err
            self.assertTrue(said.startswith(f"mthost: {option[0]}: "), said)
            self.assertIn("--data FILE", said)
            self.assertFalse(os.path.exists(os.path.join(self.dir, "var", "runs")) and os.listdir(os.path.join(self.dir, "var", "runs")))

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
