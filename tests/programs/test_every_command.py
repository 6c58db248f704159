"""Every command: --help, exit codes, and what is said of commands that are not built."""
import json
import os
import re
import unittest

import program

BUILT = ["run", "backtest", "replay", "journal", "orders", "fills", "positions", "trades", "signals", "status", "params", "halt",
         "reduce", "resume", "flatten", "kill", "stop", "data", "ta", "check", "new", "bench", "version"]
LATER = ["record", "reload", "promote", "rollback", "attach", "accounts", "arm", "disarm", "test", "why", "report", "runs",
         "diff", "optimise", "doctor", "bundle", "top", "store", "drift", "token", "alert", "pause", "step", "load", "unload",
         "limits", "shadow"]
LATER_OPTIONS = {
    "run x.lua": ["--ab", "--capture d", "--chaos n", "--commission 1", "--latency f", "--no-watch", "--slippage=1t", "--supervise"],
    "backtest x.lua --data y": ["--commission 1", "--latency f", "--slippage 1t"],
    "replay": ["--with other.lua"], "new x": ["--kind filter"], "check x.lua": ["--lookahead --data y"], "journal": ["--stat"],
    **{command: ["--strategy s"] for command in ("status", "params a=1", "halt", "reduce", "resume", "flatten", "kill")},
}


class EveryCommand(program.Program):
    def test_help_of_every_command(self):
        listed = self.mthost("--help").out
        for command in BUILT:
            self.assertRegex(listed, rf"(?m)^  {command} ", "not in --help")
            out = self.mthost(command, "--help").out
            self.assertIn(command, out)
            self.assertIn("--json", out)
        for sub in ("import", "info", "check", "gen"):
            self.mthost("data", sub, "--help")

    def test_commands_of_later_say_so_and_exit_2(self):
        for command in LATER + ["data export", "data book", "data fetch"]:
            said = self.mthost(*command.split(), "x", code=2).err
            self.assertIn("not built yet", said)

    def test_options_of_later_say_so_and_others_are_unknown(self):
        for command, options in LATER_OPTIONS.items():
            for option in options:
                said = self.mthost(*command.split(), *option.split(), code=2).err
                self.assertIn("not built yet", said)
                self.assertIn(option.split()[0].split("=")[0], said)
            self.assertIn("unknown option", self.mthost(*command.split(), "--abc", code=2).err)
        for command in (("run", "a.lua", "b.lua"), ("backtest", "a.lua", "b.lua", "--data", "x")):
            said = self.mthost(*command, code=2).err
            self.assertIn("not built yet", said)
            self.assertIn("b.lua", said)

    def test_nonsense_is_usage(self):
        self.mthost("nosuch", code=2)
        self.mthost("backtset", code=2)
        self.assertIn("backtest", self.mthost("backtset", code=2).err)
        for command in BUILT:
            self.assertIn("nosuch", self.mthost(command, "--nosuch", code=2).err)
        for words in (("run",), ("backtest",), ("backtest", "x.lua"), ("check",), ("new",), ("data",), ("data", "nosuch"),
                      ("run", "x.lua", "--speed", "-1"), ("run", "x.lua", "--for", "10"), ("run", "x.lua", "--for", "soon"),
                      ("run", "x.lua", "--speed", "fast"), ("backtest", "x.lua", "--cash", "much", "--data", "y")):
            self.mthost(*words, code=(2, 3))

    def test_without_a_run_or_a_host_it_says_so(self):
        for command in ("orders", "fills", "positions", "trades", "signals", "journal", "replay"):
            self.mthost(command, code=(1, 3))
        for command in ("status", "halt", "reduce", "resume", "flatten", "kill", "stop"):
            self.mthost(command, code=1)

    def test_version(self):
        out = self.mthost("version").out
        self.assertRegex(out, r"\d+\.\d+\.\d+")
        self.assertIn("version", self.mthost("version", "--json").json())
        self.assertEqual(self.mthost("--version").out, out)

    def test_new_makes_a_strategy_that_checks_runs_and_is_not_overwritten(self):
        self.mthost("new", "my_idea")
        made = [os.path.relpath(os.path.join(d, f), self.dir) for d, _, fs in os.walk(self.dir) for f in fs if f.endswith(".lua")]
        self.assertTrue(made)
        texts = {name: open(self.path(name)).read() for name in made}
        for name in made:
            self.mthost("check", name)
        summary = self.mthost("run", *[name for name in made if "strategy" in texts[name].split("return", 1)[-1]][:1],
                              "--for", "2h", "--speed", "max", "--json").summary()
        self.assertEqual(summary["script_errors"], 0)
        self.assertGreater(summary["signals"], 0)
        self.mthost("new", "my_idea", code=(1, 3))
        self.assertEqual(texts, {name: open(self.path(name)).read() for name in made})
        for name in ("../out", "a/b", "", "1x y", "x" * 300):
            self.mthost("new", name, code=(2, 3))

    def test_json_of_every_lookup_is_json(self):
        self.mthost("run", os.path.join(program.SOURCE, "scripts", "scalp.lua"), "--for", "10m", "--speed", "max")
        for command in ("orders", "fills", "positions", "trades", "signals"):
            self.assertIsInstance(self.mthost(command, "--json").json(), list, command)
            self.assertTrue(self.mthost(command).out)
        lines = self.mthost("journal", "--json").out
        try:
            records = json.loads(lines)
        except ValueError:
            records = [json.loads(line) for line in lines.splitlines()]
        mine = program.journal(self.newest_run())
        self.assertEqual([(r["seq"], r["kind"]) for r in records], [(r.seq, r.kind) for r in mine])

    def test_trades_of_the_lookup_are_those_of_the_summary(self):
        summary = self.mthost("run", os.path.join(program.SOURCE, "scripts", "scalp.lua"), "--for", "30m", "--speed", "max",
                              "--json").summary()
        self.assertEqual(len(self.mthost("trades", "--json").json()), summary["trades"])
        self.assertEqual(len(self.mthost("fills", "--json").json()), summary["fills"])

    def test_set_reaches_the_strategy_and_is_checked(self):
        script = os.path.join(program.SOURCE, "scripts", "strategies", "ema_cross.lua")
        run = ("run", script, "--for", "5m", "--speed", "max", "--json")
        self.assertEqual(self.mthost(*run, "--set", "fast=7").summary()["params"]["fast"], 7)
        for wrong in ("fast=0", "fast=1e9", "fast=abc", "nosuch=1", "fast", "fast=30"):
            said = self.mthost(*run, "--set", wrong, code=(2, 3)).err
            self.assertIn(re.split("=", wrong)[0], said)

    def test_a_risk_limit_that_ends_all_trading_is_exit_5(self):
        self.write("mthost.conf.lua", 'return { limits = { global = { max_daily_loss = 1, on_loss = "halt" } } }\n')
        self.write("lose.lua", 'local mt = require "mthost"\nlocal S = mt.strategy {}\nlocal n = 0\n'
                   'function S:on_trade(t) n = n + 1 self:signal { side = n % 2 == 0 and "buy" or "sell" } end\nreturn S\n')
        self.write("r.lua", 'return { strategy = "lose", symbols = { "BTCUSDT" }, sizing = { "fixed", qty = 0.5 },\n'
                   "  costs = { maker_bp = 5, taker_bp = 5 } }\n")
        result = self.mthost("run", "r.lua", "--for", "2h", "--speed", "max", "--json", code=5)
        self.assertTrue(any(line["ev"] == "halt" for line in result.lines()))
        self.mthost("replay", "--verify")


if __name__ == "__main__":
    unittest.main()
