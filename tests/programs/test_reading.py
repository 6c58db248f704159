"""What a user reads: which run a table is of, why orders were denied, what a script got wrong, what a number covers."""
import json
import os
import subprocess
import time
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
        self.assertEqual(len(self.mthost("fills", "--json").json()), summary["fills"])
        self.mthost("run", SCALP, "--for", "20m", "--speed", "max", "--seed", "1")
        journaled = os.path.basename(self.newest_run())
        by_journal = self.mthost("orders", "--json")
        self.assertEqual(by_journal.err.strip(), f"orders of run {journaled}")
        newer = os.path.basename(self.backtest(SCALP, "--json").json()["run"])
        self.assertEqual(self.mthost("fills").err.strip(), f"fills of run {newer}")
        self.assertEqual(self.mthost("orders", journaled, "--json").err, "", "who names a run knows it")
        # Never about another run than the newest: what it does not hold any more is refused, and it is named.
        os.rename(self.path("var/runs", newer, "history"), self.path("aside"))
        said = self.mthost("fills", code=1)
        self.assertEqual(said.out, "")
        self.assertIn(f"{newer}: the records of this run are gone", said.err)
        self.assertIn(f"the newest run with a journal is {journaled}", said.err)

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
        told = "typo.lua:4: handler 'on_qoute' is never called, did you mean 'on_quote'?"
        self.assertIn(told, self.mthost("run", "typo.lua", "--for", "1m", "--speed", "max").err)
        self.assertIn(told, self.backtest("typo.lua").err)

    def test_a_misspelt_parameter_raises_where_it_is_read(self):
        self.write("typo.lua", 'local mt = require "mthost"\n'
                   "local S = mt.strategy { params = { fast = mt.param(5, 1, 9), slow = mt.param(7, 1, 9) } }\n"
                   "function S:on_trade(t)\n  self.sum = self.params.fats\nend\nreturn S\n")
        said = self.mthost("run", "typo.lua", "--for", "1m", "--speed", "max", code=1).err
        self.assertIn("typo.lua:4: params has no 'fats', did you mean 'fast'?", said)

    def test_trading_begins_with_the_bar_behind_the_warm_up_and_lasts_as_long_as_said(self):
        self.write("warm.lua", 'local mt = require "mthost"\n'
                   'local S = mt.strategy { bars = { "1m" }, warmup = { "1m", 60 } }\n'
                   "function S:on_bar(b) if not self.muted then self:mark('live', b.close_time) end end\nreturn S\n")
        for seed in (1, 7):
            self.mthost("run", "warm.lua", "--for", "4m", "--speed", "max", "--seed", seed)
            begin = 1736150400
            self.assertEqual([float(row["value"]) for row in program.table(os.path.join(self.newest_run(), "marks.csv"))],
                             [begin + 60 * i for i in range(5)])

    def test_what_costs_nothing_says_so_and_takers_are_never_paid(self):
        self.write("s.lua", HEAD + "function S:on_trade(t) end\nreturn S\n")
        self.assertIn("no fees were charged", " ".join(self.backtest("s.lua", "--json").json()["notes"]))
        self.assertNotIn("charged", " ".join(self.backtest("s.lua", "--fee-bp", "1", "--json").json()["notes"]))
        self.assertIn("rebate", self.backtest("s.lua", "--fee-bp", "-1", code=2).err)
        self.write("bars.csv", program.bars_csv([100, 101, 102]))
        bars = self.mthost("backtest", os.path.join(program.SOURCE, "bench", "w1.lua"), "--data", "bars.csv", "--symbols", "X",
                           "--json").json()
        self.assertIn("no fees and no spread", " ".join(bars["notes"]))

    def test_a_currency_without_a_rate_is_told_before_the_first_order(self):
        self.write("s.lua", HEAD + 'function S:on_quote(q) self:signal { side = "buy" } end\nreturn S\n')
        self.write("q.csv", program.quotes_csv([110, 120, 130]))
        how = ("backtest", "s.lua", "--data", "q.csv", "--symbols", "EURGBP", "--json")
        conf = 'return { accounts = { ["desk/1"] = { currency = "%s" } }%s }\n'
        for currency, rates, warned in (("USD", "", True), ("GBP", "", False), ("EUR", "", False),
                                        ("USD", ", rates = { GBPUSD = 1.3 }", False), ("USD", ", rates = { EURUSD = 1.1 }", False),
                                        ("JPY", ", rates = { GBPUSD = 1.3 }", True)):
            with self.subTest((currency, rates)):
                self.write("mthost.conf.lua", conf % (currency, rates))
                result = self.mthost(*how)
                self.assertEqual("nothing gives a rate between them" in result.err, warned, result.err)
                denied = result.json()["denied_by"].get("RATE_MISSING", 0)
                self.assertEqual(denied > 0, warned, result.json()["denied_by"])

    def test_steering_and_looking_up_take_no_parameters(self):
        for command in ("halt", "status", "orders", "journal", "replay"):
            self.assertNotIn("--set", self.mthost(command, "--help").out)
        self.assertIn("--set", self.mthost("run", "--help").out)

    def test_a_resumed_run_reads_like_one_that_was_not_interrupted(self):
        os.symlink(os.path.join(program.SOURCE, "scripts"), self.path("scripts"))
        host = self.start("run", "scripts/scalp.lua", "--seed", "3", "--for", "40m", "--speed", "600", "--json")
        time.sleep(1.5)
        host.kill()
        host.communicate()
        summary = self.mthost("run", "scripts/scalp.lua", "--resume", "--for", "40m", "--speed", "max", "--json").summary()
        rows = [row["time"] for row in program.table(os.path.join(self.newest_run(), "equity.csv"))]
        self.assertEqual(len(rows), len(set(rows)), "a row twice")
        minutes = [at[:16] for at in rows[:-1]]
        self.assertEqual(len(minutes), len(set(minutes)), "more than one row a minute")
        trades = self.mthost("trades", "--json").json()
        self.assertEqual(len(trades), summary["trades"])

        def seconds(text):
            return int(text[11:13]) * 3600 + int(text[14:16]) * 60 + float(text[17:-1])
        held = sum(seconds(trade["closed"]) - seconds(trade["opened"]) for trade in trades)
        whole = seconds(summary["data"]["last"]) - seconds(summary["data"]["first"])
        if whole > 0 and not any(p["qty"] != "0" for p in self.mthost("positions", "--json").json()):
            self.assertAlmostEqual(summary["exposure"], held / whole, delta=0.005)
        again = self.mthost("run", "scripts/scalp.lua", "--for", "1m", "--speed", "max", "--json").summary()
        self.assertEqual(again["script"], summary["script"])

    def test_a_log_that_cannot_be_written_is_told_in_the_summary(self):
        self.write("noisy.lua", HEAD + 'function S:on_trade(t) self:log("error", "price %g", t.price) end\nreturn S\n')
        with open("/dev/full", "w") as full:
            done = subprocess.run([program.MTHOST, "run", "noisy.lua", "--for", "1m", "--speed", "max", "--json"], cwd=self.dir,
                                  stdout=subprocess.PIPE, stderr=full, text=True, timeout=60)
        self.assertEqual(done.returncode, 0)
        notes = json.loads(done.stdout.splitlines()[-1])["notes"]
        self.assertTrue(any("lines of the log could not be written" in note for note in notes), notes)


if __name__ == "__main__":
    unittest.main()
