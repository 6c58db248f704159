"""Look-ups answer the question that was asked: of the newest run, of a killed one, of one whose files are missing."""
import json
import os
import random
import resource
import shutil
import subprocess
import time
import unittest

import program

VIEWS = ("orders", "fills", "positions", "trades", "signals")
# A stop that is replaced with every trade, over a slow line: a kill mostly hits a replace on its way.
PROTECT = """
local mt = require "mthost"
local S = mt.strategy {}
function S:on_start() self.n = 0 end
function S:on_trade(t)
  self.n = self.n + 1
  if self.n % 50 == 1 then self:signal { side = self.n % 100 == 1 and "buy" or "sell", exit = { stop = 40 } } end
  self:protect { stop = 30 + self.n % 7, widen = true }
end
return S
"""


TURN = """
local mt = require "mthost"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self.n = 0 end
function S:on_bar(b)
  self.n = self.n + 1
  if self.n %% 3 == 0 then self:signal { side = self.n %% 2 == 0 and "%s" or "%s", tag = 'a "tag",\\nof two lines' } end
end
return S
"""
ASKED = [*((view,) for view in VIEWS), ("journal",), ("replay",), ("replay", "--verify")]


class Newest(program.Program):
    """Without RUN the newest run, and never another one."""

    def setUp(self):
        super().setUp()
        self.write("long.lua", TURN % ("buy", "sell"))
        self.write("short.lua", TURN % ("sell", "buy"))
        self.write("bars.csv", program.bars_csv([100 + i * i % 7 for i in range(60)]))

    def make(self, *words):
        words = (*words, "--data", "bars.csv", "--symbols", "XX", "--instrument", "tick=0.01,step=0.01,quote=USD", "--json")
        return os.path.basename(self.mthost(*words).summary()["run"])

    def test_after_a_backtest(self):
        ran = self.make("run", "long.lua", "--speed", "max")
        tested = self.make("backtest", "short.lua")
        for words in ASKED:
            with self.subTest(words):
                self.assertEqual(self.mthost(*words).err.strip(), f"{words[0]} of run {tested}")
                self.assertEqual(self.mthost(*words, ran).err, "", "who names a run gets it")
        again = self.make("run", "short.lua", "--speed", "max")
        for words in ASKED:
            self.assertEqual(self.mthost(*words).err.strip(), f"{words[0]} of run {again}")
        self.assertEqual(self.mthost("replay", "--json").json()["run"], again)
        for view in VIEWS:
            rows = self.mthost(view, tested, "--json").json()
            self.assertGreater(len(rows), 0 if view == "positions" else 5)
            self.assertEqual(rows, self.mthost(view, again, "--json").json(), "rows of a backtest are those of a run")

    def test_every_way_to_name_a_run(self):
        ran = self.make("run", "long.lua", "--speed", "max")
        os.makedirs(self.path("var/runs/kept"))
        os.rename(self.path("var/runs", ran), self.path("var/runs/kept/mine"))
        for name in ("kept/mine", "var/runs/kept/mine", "./var/runs/kept/mine", self.path("var/runs/kept/mine"), "kept/mine/"):
            self.assertGreater(len(self.mthost("fills", name, "--json").json()), 5, name)
        self.make("backtest", "short.lua", "--out", "aside/out")
        for name in ("aside/out", "aside/out/history"):
            self.assertGreater(len(self.mthost("signals", name, "--json").json()), 5, name)
        for name in ("", "nosuch", "bars.csv", "kept", "..", "a" * 5000):
            self.mthost("orders", name, code=1)
            self.mthost("replay", name, code=1)

    def test_two_runs_of_one_second(self):
        for _ in range(4):
            for words in (("run", "long.lua", "--speed", "max"), ("backtest", "short.lua"), ("run", "short.lua", "--speed", "max")):
                made = self.make(*words)
                self.assertIn(f"orders of run {made}", self.mthost("orders").err)

    def test_a_kind_that_there_is_not_is_told_all_that_there_are(self):
        self.make("run", "short.lua", "--speed", "max")
        said = self.mthost("journal", "--kind", "FILL", code=2).err
        for kind in said.split("there are ")[1].split(" (")[0].split():
            self.mthost("journal", "--kind", kind)
        self.assertIn(" VENUE_EVENT ", said)
        self.assertTrue(said.rstrip().endswith(")") and " NOTE" in said, said)

    def test_a_run_that_is_not_whole(self):
        tested = self.make("backtest", "long.lua")
        whole = self.mthost("fills", "--json").json()
        os.remove(self.path("var/runs", tested, "orders.csv"))
        self.assertEqual(self.mthost("fills", "--json").json(), whole, "look-ups read the records, not the reports")
        shutil.rmtree(self.path("var/runs", tested, "history"))
        for words in ASKED:
            self.assertIn(f"{tested}: the records of this run are gone", self.mthost(*words, code=1).err)
        os.remove(self.path("var/runs", tested, "summary.json"))
        for words in ASKED:
            self.assertIn("there is no run in this folder", self.mthost(*words, code=1).err)
        os.makedirs(self.path("var/runs", tested, "journal"))
        for words in ASKED:
            self.assertIn(tested, self.mthost(*words, code=1).err)


class OfABacktest(program.Program):
    """A backtest keeps its records for the look-ups. They are no journal: nobody goes on with them, and the next backtest
    into the same folder replaces them."""

    def setUp(self):
        super().setUp()
        self.write("turn.lua", TURN % ("buy", "sell"))
        self.write("bars.csv", program.bars_csv([100 + i * i % 7 for i in range(600)]))
        self.words = ("--data", "bars.csv", "--symbols", "XX", "--instrument", "tick=0.01,step=0.01,quote=USD")

    def test_out_is_replaced_as_a_whole(self):
        self.mthost("backtest", "turn.lua", *self.words, "--out", "out")
        first = {view: self.mthost(view, "out", "--json").json() for view in VIEWS}
        self.mthost("backtest", "turn.lua", *self.words, "--out", "out")
        self.assertEqual({view: self.mthost(view, "out", "--json").json() for view in VIEWS}, first)
        self.write("bars.csv", program.bars_csv([100 + i * i % 7 for i in range(30)]))
        self.mthost("backtest", "turn.lua", *self.words, "--out", "out")
        self.assertLess(len(self.mthost("fills", "out", "--json").json()), len(first["fills"]))
        self.mthost("replay", "out", "--verify")

    def test_nobody_goes_on_with_it(self):
        self.mthost("backtest", "turn.lua", *self.words)
        said = self.mthost("run", "turn.lua", *self.words, "--speed", "max", "--resume")
        self.assertIn("a new run begins", said.err)
        self.assertEqual(len(os.listdir(self.path("var/runs"))), 2)

    def test_a_backtest_that_was_killed(self):
        self.write("bars.csv", program.bars_csv([100 + i * i % 7 for i in range(100000)]))
        host = self.start("backtest", "turn.lua", *self.words, "--log-level", "off")
        self.wait_for("records", lambda: self.has_run("var") and len(program.journal(self.newest_run())) > 1000)
        host.kill()
        host.communicate()
        for view in VIEWS:
            shown = self.mthost(view, "--json", code=(0, 7))
            self.assertTrue(shown.code == 0 or "half a record" in shown.err, str(shown))
            self.assertGreater(len(shown.json()), 0)

    def test_where_records_have_no_room_from_the_start(self):
        whole = self.mthost("backtest", "turn.lua", *self.words, "--out", "whole", "--json").json()
        limit = (4 << 20, 4 << 20)
        done = subprocess.run([program.MTHOST, "backtest", "turn.lua", *self.words, "--out", "out", "--json"], cwd=self.dir,
                              capture_output=True, text=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
        self.assertEqual(done.returncode, 7, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual(found["result_hash"], whole["result_hash"])
        self.assertTrue(any("history" in note and "incomplete" in note for note in found["notes"]), found["notes"])
        self.assertIn("the records of this run are gone", self.mthost("fills", "out", code=1).err)

    def test_records_that_can_no_longer_be_written_end_no_backtest(self):
        self.write("bars.csv", program.bars_csv([100 + i * i % 7 for i in range(120000)]))
        whole = self.mthost("backtest", "turn.lua", *self.words, "--out", "whole", "--json", timeout=300).json()
        self.assertGreater(len(program.segments(self.path("whole"))), 1, "several segments, or the test tests nothing")
        host = self.start("backtest", "turn.lua", *self.words, "--out", "out", "--json", "--log-level", "off")
        self.wait_for("records", lambda: os.path.isdir(self.path("out")) and program.segments(self.path("out")))
        shutil.rmtree(self.path("out/history"), ignore_errors=True)
        out, err = host.communicate()
        self.assertEqual(host.returncode, 7, err)
        found = json.loads(out)
        self.assertEqual(found["result_hash"], whole["result_hash"])
        self.assertTrue(any("history" in note and "incomplete" in note for note in found["notes"]), found["notes"])
        self.assertIn("history", err)


class Killed(program.Program):
    def test_every_table_of_a_run_that_was_killed_with_a_replace_in_flight(self):
        self.write("p.lua", PROTECT)
        self.write("run.lua", 'return { strategy = "p", costs = { latency_ms = { entry = 200, reply = 100 } } }\n')
        rng, kills = random.Random(11), 0
        for number in range(10):
            if kills == 4:
                break
            state = f"var{number}"
            words = ("run", "run.lua", "--for", "4h", "--speed", "max", "--seed", number, "--state", state)
            host = self.start(*words)
            self.wait_for("records", lambda: self.has_run(state) and program.segments(self.path(state)))
            time.sleep(rng.uniform(0.02, 0.15))
            host.kill()
            host.communicate()
            for view in VIEWS:          # a kill may hit a write: what stands before it is shown
                shown = self.mthost(view, "--state", state, code=(0, 7))
                self.assertTrue(shown.code == 0 or "half a record" in shown.err, str(shown))
            if any(record.kind == "RUN_END" for record in program.journal(self.newest_run(state))):
                continue
            kills += 1
            self.mthost("run", "run.lua", "--resume", "--for", "4h", "--speed", "max", "--state", state)
            tables = {view: self.mthost(view, "--state", state, "--json").json() for view in VIEWS}
            _, _, fills = program.fold(program.journal(self.newest_run(state)))
            self.assertEqual(len(tables["fills"]), len(fills))
            self.assertGreater(len(tables["trades"]), 0)
            self.mthost("replay", "--verify", "--state", state)
        self.assertGreater(kills, 2, "the runs ended before they were killed: the test tests nothing")


if __name__ == "__main__":
    unittest.main()
