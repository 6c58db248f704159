"""What a user reads: which run a table is of, why orders were denied, what a script got wrong, what a number covers."""
import json
import os
import unittest

import program

SCALP = os.path.join(program.SOURCE, "scripts", "scalp.lua")
HEAD = 'local mt = require "mthost"\nlocal S = mt.strategy {}\n'


class Reading(program.Program):
    def backtest(self, script, *words, **how):
        if not os.path.exists(self.path("gen")):
            self.mthost("data", "gen", "--for", "30m", "--seed", "2", "--out", "gen", "--csv")
        return self.mthost("backtest", script, "--data", "gen/BTCUSDT_trades.csv", "gen/BTCUSDT_quotes.csv", *words, **how)

    def test_a_lookup_says_which_run_it_shows(self):
        summary = self.backtest(SCALP, "--json").json()
        only = os.path.basename(summary["run"])
        trades = self.mthost("trades", "--json")
        self.assertEqual(trades.err.strip(), f"trades of run {only}")
        self.assertEqual(len(trades.json()), summary["trades"])
        self.assertEqual(len(self.mthost("orders", "--json").json()), summary["orders"] + summary["denied"])
        self.mthost("fills", code=1)
        self.mthost("run", SCALP, "--for", "20m", "--speed", "max", "--seed", "1")
        journaled = os.path.basename(self.newest_run())
        by_journal = self.mthost("orders", "--json")
        self.assertEqual(by_journal.err.strip(), f"orders of run {journaled}")
        newer = os.path.basename(self.backtest(SCALP, "--json").json()["run"])
        fills = self.mthost("fills")
        self.assertEqual(fills.err.strip(), f"fills of run {journaled} ({newer} is newer, but keeps no journal)")
        # The same columns from the journal and from the CSV file, and the same rows for the same run.
        self.assertEqual(self.mthost("orders", "--json").json()[0].keys(), by_journal.json()[0].keys())
        os.rename(self.path("var/runs", journaled, "journal"), self.path("aside"))
        from_csv = self.mthost("orders", journaled, "--json")
        self.assertEqual(from_csv.err, "", "who names a run knows it")
        self.assertEqual(sorted(from_csv.json(), key=lambda row: row["id"]), by_journal.json())

    def test_denials_are_counted_by_code(self):
        self.write("mthost.conf.lua", 'return { limits = { accounts = { ["*"] = { max_order_notional = 1 } } } }\n')
        result = self.mthost("run", SCALP, "--for", "20m", "--speed", "max", "--seed", "1")
        with open(os.path.join(self.newest_run(), "summary.json")) as file:
            summary = json.load(file)
        self.assertEqual(summary["denied_by"], {"MAX_ORDER_NOTIONAL": summary["denied"]})
        self.assertGreater(summary["denied"], 0)
        self.assertEqual(summary["intents"], summary["orders"] + summary["denied"])
        self.assertRegex(result.out, r"denied +MAX_ORDER_NOTIONAL: %d" % summary["denied"])

    def test_a_misspelt_handler_is_warned_of_at_the_start(self):
        self.write("typo.lua", HEAD + "function S:on_trade(t) end\nfunction S:on_qoute(q) end\nreturn S\n")
        told = "typo.lua: handler 'on_qoute' is never called, did you mean 'on_quote'?"
        self.assertIn(told, self.mthost("run", "typo.lua", "--for", "1m", "--speed", "max").err)
        self.assertIn(told, self.backtest("typo.lua").err)

    def test_a_misspelt_parameter_raises_where_it_is_read(self):
        self.write("typo.lua", 'local mt = require "mthost"\n'
                   "local S = mt.strategy { params = { fast = mt.param(5, 1, 9), slow = mt.param(7, 1, 9) } }\n"
                   "function S:on_trade(t)\n  self.sum = self.params.fats\nend\nreturn S\n")
        said = self.mthost("run", "typo.lua", "--for", "1m", "--speed", "max", code=1).err
        self.assertIn("typo.lua:4: params has no 'fats', did you mean 'fast'?", said)


if __name__ == "__main__":
    unittest.main()
