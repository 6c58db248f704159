"""Odd paths, odd limits of the machine, odd ends of a start: one clear line, the right exit code, and never a hang."""
import os
import shutil
import unittest

import program

STRATEGY = """
local mt = require "mthost"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self.n = 0 end
function S:on_bar(b)
  self.n = self.n + 1
  if self.n == 2 then self:signal { side = "buy" } end
end
return S
"""
DATA = ("--data", "bars.csv", "--symbols", "XX", "--instrument", "tick=0.01,step=0.01,quote=USD")


class Robust(program.Program):
    def setUp(self):
        super().setUp()
        self.write("s.lua", STRATEGY)
        self.write("bars.csv", program.bars_csv([100, 101, 102, 103, 104]))
        self.write("file", "x\n")
        os.mkdir(self.path("folder"))
        os.mkfifo(self.path("fifo"))

    def backtest(self, *words, **how):
        return self.mthost("backtest", "s.lua", *DATA, *words, timeout=20, **how)

    def run_it(self, *words, **how):
        return self.mthost("run", "s.lua", *DATA, "--speed", "max", *words, timeout=20, **how)

    def test_a_configuration_that_is_no_file(self):
        for path in ("fifo", "folder", "/dev/null", "/dev/zero", "nosuch"):
            for call in (self.backtest, self.run_it):
                self.assertIn(f"mthost: {path}: ", call("--config", path, code=3).err)
            self.assertIn(path, self.mthost("check", "s.lua", "--config", path, code=3, timeout=20).err)
        self.write("empty.lua", "-- nothing yet\n")
        self.assertIn("empty.lua:1: the file is empty: it would guard nothing", self.backtest("--config", "empty.lua", code=3).err)
        for option in ("--config", "--state"):
            for words in (("backtest", "s.lua", *DATA), ("run", "s.lua", *DATA), ("orders",), ("replay",), ("status",)):
                self.assertIn(f"{option} ''", self.mthost(*words, option, "", code=2).err)
        for make in (os.mkfifo, os.mkdir):
            make(self.path(".env"))
            self.assertIn(".env: cannot be read", self.backtest(code=3).err)
            (os.remove if make is os.mkfifo else os.rmdir)(self.path(".env"))

    def test_a_state_folder_that_cannot_be(self):
        for state in ("file", "file/below", "/proc/x", "/dev/null/x"):
            for call in (self.backtest, self.run_it):
                self.assertIn(state, call("--state", state, code=7).err)
            self.mthost("orders", "--state", state, code=1)

    def test_out_replaces_results_but_never_a_run(self):
        for out in ("", "file", "file/x"):
            self.backtest("--out", out, code=(2, 7))
        self.assertIn("/proc/x", self.backtest("--out", "/proc/x", code=7).err)
        ran = self.run_it("--json").summary()["run"]
        before = sorted(os.listdir(self.path(ran)))
        with open(self.path(ran, "summary.json")) as file:
            kept = file.read()
        self.assertIn("a run with a journal", self.backtest("--out", ran, code=2).err)
        self.assertEqual(before, sorted(os.listdir(self.path(ran))))
        with open(self.path(ran, "summary.json")) as file:
            self.assertEqual(kept, file.read())
        self.backtest("--out", "results/mine")
        self.backtest("--out", "results/mine")
        self.assertEqual(len(self.mthost("orders", "results/mine", "--json").json()), 1)
        # The new start fails half-way: what lies there then is not shown as a whole.
        os.remove(self.path("results/mine/trades.csv"))
        os.mkdir(self.path("results/mine/trades.csv"))
        self.backtest("--out", "results/mine", code=7)
        self.assertFalse(os.path.exists(self.path("results/mine/summary.json")))
        self.assertEqual(self.mthost("orders", "results/mine", "--json").json(), [], "of the run before nothing is left")

    def test_resume_where_nothing_is_to_resume_begins_anew(self):
        said = self.run_it("--resume")
        self.assertIn("mthost: run: --resume: no run of s has begun in ./var/runs: a new run begins", said.err)
        self.assertIn("has come to its end", self.run_it("--resume", code=3).err)
        first = self.newest_run()
        for number, ended in enumerate(("", "journal", "journal/lock", "journal/0000000000000001.mtj")):
            lost = self.path("var/runs", f"2999010{number + 1}-000000-s")
            if ended in ("", "journal"):
                os.makedirs(os.path.join(lost, ended))
            else:
                self.write(os.path.join(lost, ended), b"")
            with self.subTest(ended or "an empty folder"):
                said = self.run_it("--resume")
                self.assertIn("the start after it was lost before it began: a new run begins", said.err)
                shutil.rmtree(lost)
        self.assertEqual(len(os.listdir(self.path("var/runs"))), 5)
        shutil.rmtree(first)

    def test_a_header_without_a_record_is_a_start_that_was_lost(self):
        self.run_it()
        segment = program.segments(self.newest_run())[0]
        with open(segment, "r+b") as file:
            file.truncate(64)
        self.assertIn("a new run begins", self.run_it("--resume").err)
        with open(program.segments(self.newest_run())[0], "r+b") as file:
            file.seek(64 + 40)
            file.write(b"\xff\xff")
        self.run_it("--resume", code=7)                  # damage is no lost start

    def test_few_file_descriptors(self):
        ran = self.run_it("--json").summary()["run"]
        commands = [("backtest", "s.lua", *DATA), ("run", "s.lua", *DATA, "--speed", "max"), ("fills", ran), ("replay", "--verify", ran),
                    ("check", "s.lua"), ("data", "info", "bars.csv"), ("status",), ("ta", "sma", "2", "--data", "bars.csv")]
        for limit in (4, 5, 6, 8, 11, 13, 14, 15, 16, 20, 26, 40):
            for words in commands:
                with self.subTest(limit=limit, words=words):
                    how = dict(cwd=self.dir, prefix=("sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh"), timeout=30)
                    result = program.call(*words, **how)
                    self.assertIn(result.code, (0, 1, 3, 7), str(result))
                    said = [line for line in result.err.splitlines() if line.startswith("mthost: ")]
                    self.assertEqual(len(said), 0 if result.code == 0 else 1, str(result))

    def test_little_memory(self):
        if "asan" in program.MTHOST or os.environ.get("ASAN_OPTIONS"):
            self.skipTest("a sanitizer needs its address space")
        for limit in (60_000, 75_000, 80_000, 85_000, 100_000):
            for words in (("backtest", "s.lua", *DATA), ("run", "s.lua", *DATA, "--speed", "max")):
                how = dict(cwd=self.dir, prefix=("sh", "-c", f'ulimit -v {limit}; exec "$@"', "sh"), timeout=30)
                result = program.call(*words, **how)
                self.assertIn(result.code, (0, 1, 7, 127), str(result))
                said = [line for line in result.err.splitlines() if line.startswith("mthost: ")]
                self.assertTrue(result.code in (0, 127) or len(said) == 1, str(result))

    def test_costs_as_texts_are_charged_exactly(self):
        self.write("run.lua", 'return { strategy = "s", symbols = { "XX" }, sizing = { "fixed", qty = "10" },\n'
                   '  costs = { taker_bp = "%s" } }\n' % "7.25")
        self.assertIn("taker 7.25 bp", self.mthost("check", "run.lua").out)
        summary = self.mthost("backtest", "run.lua", *DATA, "--json").json()
        self.assertEqual(summary["fees"].rstrip("0"), "0.73225")           # 10 at 101
        for wrong, said in (("many", "a number, or a text with a number, expected, got 'many'"),
                            ("7.25001", "has more than 4 decimals"), ("10001", "basis points from -10000 to 10000")):
            self.write("run.lua", 'return { strategy = "s",\n  costs = { taker_bp = "%s" } }\n' % wrong)
            refused = self.mthost("check", "run.lua", code=3).err
            self.assertIn("run.lua:2: costs.taker_bp: ", refused)
            self.assertIn(said, refused)

    def test_what_new_writes_is_tested_on_generated_data(self):
        self.mthost("new", "idea")
        self.mthost("data", "gen", "--for", "3h", "--seed", "5", "--out", "gen")
        files = [os.path.join("gen", name) for name in sorted(os.listdir(self.path("gen"))) if name.startswith("BTCUSDT")]
        summary = self.mthost("backtest", "idea.lua", "--data", *files, "--json").json()
        self.assertGreater(summary["fills"], 0)
        self.assertEqual((summary["script_errors"], summary["refused"], summary["denied"]), (0, 0, 0))
        self.assertIn("0 warnings", self.mthost("check", "idea.lua").out)
        self.assertNotIn("not built", self.mthost("check", "idea.lua").out)


if __name__ == "__main__":
    unittest.main()
