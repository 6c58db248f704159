"""The live switches: anything less than all of them is simulation and said, all of them are refused: not built yet."""
import itertools
import os
import unittest

import program


class Live(program.Program):
    def setUp(self):
        super().setUp()
        self.write("s.lua", 'local mt = require "mthost"\nlocal S = mt.strategy {}\nfunction S:on_trade() end\nreturn S\n')
        self.write("r.lua", 'return { strategy = "s", accounts = { { "*" } } }\n')

    def run_with(self, config=None, live=None, enabled=None, code=0):
        if config is not None:
            self.write("mthost.conf.lua", config)
        words = ["run", "r.lua", "--for", "1m", "--speed", "max", "--json", "--log-level", "off"]
        result = program.call(*words, *(["--live", live] if live is not None else []), cwd=self.dir,
                              env={"TRADING_ENABLED": enabled} if enabled is not None else {})
        self.assertEqual(result.code, code, str(result))
        self.assertLessEqual(len(result.err.splitlines()), 1, result.err)
        return result

    def test_without_any_switch_nothing_is_said(self):
        self.assertEqual(self.run_with().err, "")
        self.assertEqual(self.run_with(config='return { mode = "sim", accounts = { a = { live = true } } }').err, "")
        self.assertEqual(self.run_with(enabled="false").err, "")

    def test_every_combination_names_what_is_missing(self):
        said = ('mode = "live"', "live = true on account a", "TRADING_ENABLED=true", "--live ACCOUNT")
        for mode, account, enabled, typed in itertools.product((False, True), repeat=4):
            if not mode and not enabled and not typed:
                continue
            with self.subTest(mode=mode, account=account, enabled=enabled, typed=typed):
                config = 'return { mode = "%s", accounts = { a = { live = %s } } }' % (
                    "live" if mode else "sim", "true" if account else "false")
                every = mode and account and enabled and typed
                runs = os.listdir(self.path("var", "runs")) if every else None
                result = self.run_with(config, "a" if typed else None, "true" if enabled else None, code=2 if every else 0)
                if every:
                    self.assertIn("not built yet", result.err)
                    self.assertEqual(runs, os.listdir(self.path("var", "runs")), "it has simulated")
                    continue
                self.assertTrue(result.err.startswith("mthost: run: simulated, not live: missing: "), result.err)
                missing = (not mode, not account and typed, not enabled, not typed)
                self.assertEqual([text in result.err for text in said], list(missing), result.err)
                self.assertEqual(result.summary()["ev"], "summary")

    def test_mode_live_alone(self):
        said = self.run_with('return { mode = "live" }').err
        self.assertIn("TRADING_ENABLED=true", said)
        self.assertIn("--live ACCOUNT", said)

    def test_accounts_are_counted(self):
        config = """return { mode = "live", accounts = { ["desk/1"] = { live = true }, ["desk/2"] = { live = true },
                    other = { live = false } } }"""
        for live, missing in (("desk/*=3", "--live desk/* means 2 of the configured accounts, not 3"),
                              ("nobody", "--live nobody means 0 of the configured accounts, not 1"),
                              ("*=3", "live = true on account other"), ("desk/1,other", "live = true on account other")):
            self.assertIn(missing, self.run_with(config, live, "true").err)
        for live in ("desk/*=2", "desk/1", "desk/1,desk/2", "desk/1=1,desk/2"):
            self.assertIn("not built yet", self.run_with(config, live, "true", code=2).err)

    def test_what_is_no_list_of_accounts_is_usage(self):
        for live in ("", ",", "a,", "*", "desk/*", "a=x", "a=0", "a=-1", "=1"):
            with self.subTest(live=live):
                self.assertIn("--live", self.run_with('return { mode = "live" }', live, "true", code=2).err)

    def test_only_true_enables(self):
        config = 'return { mode = "live", accounts = { a = { live = true } } }'
        for enabled in ("TRUE", "1", "yes", "", "true "):
            self.assertIn("TRADING_ENABLED=true", self.run_with(config, "a", enabled).err)


if __name__ == "__main__":
    unittest.main()
