"""What the summary and the files say, and that nothing in them can hurt: counts of what did not happen, hostile texts, who may
read them, and a disk that is full under one of them."""
import csv
import json
import os
import re
import signal
import stat
import time
import unittest

import program

INSTRUMENT = ("--instrument", "tick=0.01,step=0.01,size=1,quote=USD")
HEAD = 'local mt = require "mthost"\n'
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f\x80-\x9f\u2028\u2029\u202a-\u202e]")


class Reports(program.Program):
    def script(self, body, bars='bars = { "1m" }', sizing=""):
        self.write("s.lua", HEAD + "local S = mt.strategy { %s }\n%s\nreturn S\n" % (bars, body))
        self.write("run.lua", 'return { strategy = "s", symbols = { "X" }%s }\n' % sizing)

    # --- what did not happen

    def test_orders_that_the_venue_refuses_are_counted_and_told_in_the_last_line(self):
        self.script("function S:on_bar(b) local n = (self.state.n or 0) + 1 self.state.n = n\n"
                    "if n % 4 == 2 then self:target(1000) elseif n % 4 == 0 then self:target(0) end end")
        self.write("x.csv", program.bars_csv([100] * 41))
        words = ("run.lua", "--data", "x.csv", *INSTRUMENT, "--fee-bp", "4")
        why = "no order was filled: 10 rejected by the venue (MARGIN_INSUFFICIENT: 10)"
        for command in ("backtest", "run"):
            more = ("--speed", "max") if command == "run" else ()
            shown = self.mthost(command, *words, *more).out
            self.assertEqual(shown.splitlines()[-1], why)
            self.assertRegex(shown, r"\n  rejected +MARGIN_INSUFFICIENT: 10 \(")
            found = self.mthost(command, *words, *more, "--json").summary()
            self.assertEqual((found["orders"], found["rejected"], found["rejected_by"]), (10, 10, {"MARGIN_INSUFFICIENT": 10}))
            self.assertIn(why, found["notes"])
        with open(os.path.join(self.newest_run(), "summary.json")) as file:
            self.assertEqual(json.load(file)["rejected"], 10)

    def test_every_way_not_to_be_filled_has_its_place_in_the_sum(self):
        """A limit far away: its time ends, or the run does. A run with fills says nothing."""
        self.write("x.csv", program.bars_csv([100] * 30))
        once = "function S:on_bar(b) self.state.n = (self.state.n or 0) + 1 if self.state.n == 1 then self:signal { %s } end end"
        for ttl, said in (("ttl = 60", "expired"), ("ttl = 86400", "canceled")):
            with self.subTest(said):
                self.script(once % f'side = "buy", limit = 50, {ttl}')
                result = self.mthost("run", "run.lua", "--data", "x.csv", *INSTRUMENT, "--speed", "max")
                self.assertEqual(result.out.splitlines()[-1], "no order was filled: 1 " + said)
                found = self.mthost("backtest", "run.lua", "--data", "x.csv", *INSTRUMENT, "--json").json()
                self.assertEqual((found["orders"], found["fills"], found["expired"]), (1, 0, said == "expired"))
        self.script(once % 'side = "buy"')
        self.assertNotIn("no order was filled", self.mthost("backtest", "run.lua", "--data", "x.csv", *INSTRUMENT).out)

    def test_denied_orders_are_told_too(self):
        self.write("mthost.conf.lua", "return { limits = { global = { max_order_qty = 1 } } }\n")
        self.script('function S:on_bar(b) self:target(5) end')
        self.write("x.csv", program.bars_csv([100] * 10))
        shown = self.mthost("backtest", "run.lua", "--data", "x.csv", *INSTRUMENT).out
        self.assertRegex(shown.splitlines()[-1], r"^no order was filled: \d+ denied before they left \(\w+: \d+\)$")

    def test_status_counts_rejects_while_the_run_goes_on(self):
        self.script("function S:on_bar(b) self:target(1000 + b.time % 2) end")
        self.write("x.csv", program.bars_csv([100] * 5000))
        host = self.start("run", "run.lua", "--data", "x.csv", *INSTRUMENT, "--fee-bp", "4", "--speed", "6000", "--log-level", "off")

        def rejected():
            result = program.call("status", "--json", cwd=self.dir)
            return result.code == 0 and result.json()["rejected"] > 0 and result.json()
        self.wait_for("rejects in status", rejected)
        found = rejected()
        self.assertEqual(found["rejected_by"], {"MARGIN_INSUFFICIENT": found["rejected"]})
        self.assertEqual({found[name] for name in ("expired", "cut", "assumed", "fills")}, {0})
        shown = self.mthost("status").out
        self.assertRegex(shown, r"rejected \d+ +expired 0 +cut 0 +assumed 0")
        self.assertRegex(shown, r"(?m)^rejected MARGIN_INSUFFICIENT \d+$")
        host.send_signal(signal.SIGTERM)
        host.communicate()

    # --- hostile texts

    HOSTILE = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\\tx", "\\rx", "a\\nb,c", "\\27[31mred\\27[0m", '"q"', "a,b", "'x", "\\194\\155m",
               "\\226\\128\\174abc", "C:\\\\dir", "\\255\\254"]

    def test_no_text_of_a_script_splits_a_row_or_is_run(self):
        tags = "{ " + ", ".join("'%s'" % tag.replace("'", "\\'") for tag in self.HOSTILE) + " }"
        self.write("f.lua", HEAD + 'local F = mt.filter {}\nlocal n = 0\nfunction F:check(s) n = n + 1\n'
                   'if n % 5 == 0 then return nil, "=bad\\ncmd\\27[2J" end return s end\nreturn F\n')
        self.script("local tags = %s\nfunction S:on_bar(b, m) local n = (self.state.n or 0) + 1 self.state.n = n\n"
                    "local tag = tags[n %% #tags + 1]\n self:mark(tag, n) self:skip(tag)\n"
                    'self:signal { side = n %% 2 == 0 and "buy" or "flat", tag = tag } end' % tags, sizing=', filters = { "f" }')
        self.write("x.csv", program.bars_csv([100, 101] * 60))
        shown = self.mthost("run", "run.lua", "--data", "x.csv", *INSTRUMENT, "--speed", "max")
        self.assertNotRegex(shown.out, CONTROLS)
        folder = self.newest_run()
        for name in ("trades", "orders", "marks", "vetoes", "equity"):
            with open(os.path.join(folder, name + ".csv"), newline="", encoding="utf-8") as file:
                text = file.read()
            self.assertNotRegex(text, CONTROLS, name)
            rows = list(csv.reader(text.splitlines()))
            self.assertEqual({len(row) for row in rows}, {len(rows[0])}, name)
            self.assertGreater(len(rows), 5, name)
            for row in rows[1:]:
                for cell in row:
                    if cell[:1] in ("=", "+", "-", "@"):
                        float(cell)                             # a number, or it would be run
        for command in ("orders", "trades", "signals", "journal"):
            self.assertNotRegex(self.mthost(command).out, CONTROLS, command)
        with open(os.path.join(folder, "orders.csv"), newline="") as file:
            cells = {row["tag"] for row in csv.DictReader(file)}
        self.assertTrue({"'=1+1", "'@SUM(A1)", "a,b", "C:\\\\dir", "\\u001b[31mred\\u001b[0m"} <= cells, cells)

    def test_look_ups_of_a_backtest_give_the_texts_back(self):
        tags = ["=1+1", "a\\nb", "'x", "C:\\\\dir"]
        self.script("local tags = { %s }\nfunction S:on_bar(b) local n = (self.state.n or 0) + 1 self.state.n = n\n"
                    "local k = math.floor(n / 2)\n"
                    'self:signal { side = n %% 2 == 0 and "buy" or "flat", tag = tags[k %% #tags + 1] } end'
                    % ", ".join('"%s"' % tag for tag in tags))
        self.write("x.csv", program.bars_csv([100, 101] * 20))
        self.mthost("backtest", "run.lua", "--data", "x.csv", *INSTRUMENT, "--out", "out")
        found = {row["tag"] for row in self.mthost("orders", "out", "--json").json()}
        self.assertEqual(found, {"=1+1", "a\nb", "'x", "C:\\dir"})

    # --- files

    def test_folders_and_files_are_for_their_user_alone(self):
        self.script('function S:on_bar(b) self:signal { side = "buy" } end')
        self.write("x.csv", program.bars_csv([100] * 10))
        self.mthost("run", "run.lua", "--data", "x.csv", *INSTRUMENT, "--speed", "max")
        self.mthost("backtest", "run.lua", "--data", "x.csv", *INSTRUMENT, "--out", "a/out")
        for top in (self.newest_run(), self.path("a", "out")):
            seen = 0
            for folder, _, files in os.walk(top):
                self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700, folder)
                for name in files:
                    self.assertEqual(stat.S_IMODE(os.lstat(os.path.join(folder, name)).st_mode), 0o600, name)
                    seen += 1
            self.assertGreater(seen, 5)

    def test_a_full_disk_under_a_report_of_a_backtest(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        self.script('function S:on_bar(b) self:signal { side = b.time % 120 == 40 and "buy" or "flat" } end')
        self.write("x.csv", program.bars_csv([100, 101] * 5000))
        whole = self.mthost("backtest", "run.lua", "--data", "x.csv", *INSTRUMENT, "--out", "whole", "--json").json()
        self.assertGreater(whole["fills"], 100)
        for name in ("orders.csv", "equity.csv", "trades.csv"):
            with self.subTest(name):
                os.makedirs(self.path(name + "-out"))
                os.symlink("/dev/full", self.path(name + "-out", name))
                result = self.mthost("backtest", "run.lua", "--data", "x.csv", *INSTRUMENT, "--out", name + "-out", "--json", code=7)
                found = result.json()
                self.assertEqual(found["result_hash"], whole["result_hash"])
                self.assertRegex(result.err, r"mthost: .*%s: cannot be written: No space left" % re.escape(name))
                self.assertTrue(any(name in note for note in found["notes"]), found["notes"])
                with open(self.path(name + "-out", "summary.json")) as file:
                    self.assertEqual(json.load(file)["result_hash"], whole["result_hash"])

    def test_a_full_disk_under_a_report_ends_no_run(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        self.script('function S:on_bar(b) local n = (self.state.n or 0) + 1 self.state.n = n\n'
                    'if n % 2 == 0 then self:signal { side = "buy" } elseif n % 3 == 0 then self:signal { side = "flat" } end end')
        self.write("x.csv", program.bars_csv([100, 101, 103] * 4000))
        words = ("run.lua", "--data", "x.csv", *INSTRUMENT)
        host = self.start("run", *words, "--speed", "60000", "--log-level", "off")
        self.wait_for("a run that trades", lambda: self.has_run("var")
                      and sum(r.kind == "INTENT" for r in program.journal(self.newest_run())) > 5)
        host.kill()
        host.communicate()
        report = os.path.join(self.newest_run(), "equity.csv")
        os.remove(report)
        os.symlink("/dev/full", report)
        result = self.mthost("run", *words, "--resume", "--speed", "max", "--json", code=7)
        found = result.summary()
        self.assertEqual(found["data"]["events"], 12000, "the run did not go on to its end")
        self.assertEqual(result.err.count("the run goes on"), 1, result.err)
        self.assertIn("equity.csv: cannot be written: No space left", result.err)
        self.assertTrue(any("equity.csv" in note for note in found["notes"]), found["notes"])
        said = {**found["denied_by"], **found["refused_by"]}
        self.assertTrue(any(code.startswith("STATE_REDUC") for code in said), said)
        records = program.journal(self.newest_run())
        self.assertEqual([(r.command, r.who) for r in records if r.kind == "OPERATOR"], [(2, "reports")])
        positions, _, _ = program.fold(records)
        self.assertEqual(positions, {}, "the exit did not pass")
        self.assertEqual([r.exit_code for r in records if r.kind == "RUN_END"], [0], "a report is no part of the run")
        self.mthost("replay", "--verify")

    def test_a_summary_that_cannot_be_written_is_printed_and_not_there_in_half(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        self.script('function S:on_bar(b) self:signal { side = "buy" } end')
        self.write("x.csv", program.bars_csv([100, 101, 103] * 4000))
        words = ("run", "run.lua", "--data", "x.csv", *INSTRUMENT)
        host = self.start(*words, "--speed", "60000", "--log-level", "off")
        self.wait_for("a run that trades", lambda: self.has_run("var")
                      and any(r.kind == "INTENT" for r in program.journal(self.newest_run())))
        host.kill()
        host.communicate()
        summary = os.path.join(self.newest_run(), "summary.json")
        os.symlink("/dev/full", summary)
        result = self.mthost(*words, "--resume", "--speed", "max", "--json", code=7)
        self.assertEqual(result.summary()["fills"], 1)
        self.assertIn("summary.json: cannot be written: No space left", result.err)
        self.assertFalse(os.path.lexists(summary))

    def test_a_resume_without_a_speed_keeps_that_of_before(self):
        self.script('function S:on_bar(b) self:signal { side = "buy" } end')
        self.write("x.csv", program.bars_csv([100] * 60000))
        words = ("run.lua", "--data", "x.csv", *INSTRUMENT)
        host = self.start("run", *words, "--speed", "max", "--log-level", "off")
        self.wait_for("a journal", lambda: self.has_run("var") and program.segments(self.path("var")))
        time.sleep(0.05)
        host.kill()
        host.communicate()
        self.mthost("run", *words, "--resume", code=(0, 3), timeout=60)     # 3: it had come to its end already


if __name__ == "__main__":
    unittest.main()
