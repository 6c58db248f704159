"""What `make run` shows: the shipped script on the generated market of seed 1 does everything that a trading host does."""
import os
import shutil
import subprocess
import unittest

import program


class MakeRun(program.Program):
    words = ("run", os.path.join(program.SOURCE, "scripts", "scalp.lua"), "--for", "10m", "--speed", "max", "--seed", "1")

    def test_seed_1_shows_signals_vetoes_orders_fills_and_trades(self):
        result = self.mthost(*self.words, "--json", timeout=60)
        summary = result.summary()
        for name in ("signals", "vetoes", "intents", "orders", "fills", "trades"):
            self.assertGreater(summary[name], 0, name)
        self.assertEqual(summary["script_errors"], 0)
        seen = {line["ev"] for line in result.lines()}
        self.assertLessEqual({"signal", "veto", "intent", "order", "fill", "position", "summary"}, seen)
        count = {ev: sum(line["ev"] == ev for line in result.lines()) for ev in seen}
        self.assertEqual(count["fill"], summary["fills"])
        self.assertEqual(count["intent"], summary["intents"])

    def test_the_run_folder_holds_what_the_summary_counts(self):
        summary = self.mthost(*self.words, "--json").summary()
        run = self.newest_run()
        self.assertEqual(sorted(name for name in os.listdir(run) if name.endswith((".csv", ".json"))),
                         ["equity.csv", "marks.csv", "orders.csv", "summary.json", "trades.csv", "vetoes.csv"])
        rows = {name: program.table(os.path.join(run, name + ".csv")) for name in ("trades", "orders", "vetoes")}
        self.assertEqual(len(rows["trades"]), summary["trades"])
        self.assertEqual(len(rows["vetoes"]), summary["vetoes"])
        self.assertEqual(len([row for row in rows["orders"] if row["state"] != "denied"]), summary["orders"])

    def test_the_same_by_relative_path_and_by_name_from_the_share_folder(self):
        share = program.SOURCE + "/scripts"
        by_path = self.mthost(*self.words, "--json").summary()["result_hash"]
        by_name = self.mthost("run", "scalp.lua", *self.words[2:], "--json", env={"MTHOST_SCRIPTS": share})
        self.assertEqual(by_name.summary()["result_hash"], by_path)

    def test_works_from_anywhere_after_install(self):
        build = os.path.dirname(os.path.realpath(program.MTHOST))
        if not os.path.exists(os.path.join(build, "cmake_install.cmake")):
            self.skipTest("not run from a build tree")
        subprocess.run(["cmake", "--install", build, "--prefix", self.path("usr")], check=True, capture_output=True)
        elsewhere = self.path("elsewhere")
        os.makedirs(elsewhere)
        shutil.move(self.path("usr"), self.path("moved"))
        done = subprocess.run([self.path("moved", "bin", "mthost"), "run", "scalp.lua", *self.words[2:]], cwd=elsewhere,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_summary_for_people_says_where_the_results_are(self):
        out = self.mthost(*self.words).out
        self.assertIn("var/runs/", out)

    def test_interrupted_it_stops_in_order_and_the_journal_is_closed(self):
        import signal
        process = self.start("run", self.words[1], "--seed", "1", "--speed", "600")
        self.wait_for("a journal", lambda: self.has_run("var") and program.segments(self.path("var"))
                      and len(program.journal(self.path("var"))) > 20)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=20)[1]
        self.assertEqual(process.returncode, 0)
        self.assertIn("a generated market has no end", said)
        bounded = self.mthost("run", self.words[1], "--speed", "max", "--for", "1m", "--state", "bounded")
        self.assertNotIn("has no end", bounded.err)
        records = program.journal(self.path("var"))
        self.assertEqual(records[-1].kind, "RUN_END")
        self.mthost("replay", "--verify")


if __name__ == "__main__":
    unittest.main()
