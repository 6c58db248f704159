"""Files and disks that are not as they should be: one clear line, the right exit code, and nothing lost that was written."""
import gzip
import os
import random
import shutil
import stat
import subprocess
import unittest

import program

SCRIPT = os.path.join(program.SOURCE, "scripts", "strategies", "price_vs_ma.lua")
GOOD = program.quotes_csv([10000 + (i * i // 7) % 300 for i in range(3000)])


class BadInput(program.Program):
    def backtest(self, name, *more, code=0):
        return self.mthost("backtest", SCRIPT, "--data", name, "--symbols", "X", "--json", *more, code=code)

    def test_the_good_file_trades(self):
        self.write("good.csv", GOOD)
        summary = self.backtest("good.csv").summary()
        self.assertEqual((summary["data"]["events"], summary["data"]["bad_rows"]), (3000, 0))
        self.assertGreater(summary["orders"], 0)

    def test_truncated_gzip(self):
        rng = random.Random(3)
        noisy = program.quotes_csv([rng.randrange(9000, 11000) for _ in range(20000)])
        packed = gzip.compress(noisy.encode())
        self.write("cut.csv.gz", packed[:len(packed) // 2])
        for command in (("backtest", SCRIPT, "--data", "cut.csv.gz", "--symbols", "X"),
                        ("run", SCRIPT, "--speed", "max", "--data", "cut.csv.gz", "--symbols", "X"),
                        ("data", "import", "cut.csv.gz", "--symbols", "X", "--out", "cut.mts")):
            said = self.mthost(*command, code=(1, 3)).err
            self.assertIn("cut.csv.gz", said)
        # What was decided before the damage stands in the journal, which is closed and can be verified.
        records = program.journal(self.newest_run())
        self.assertGreater(sum(record.kind == "INTENT" for record in records), 0)

    def test_not_gzip_at_all(self):
        self.write("no.csv.gz", b"\x1f\x8b\x08\x00" + os.urandom(500))
        self.assertIn("no.csv.gz", self.backtest("no.csv.gz", code=(1, 3)).err)

    def test_wrong_columns(self):
        self.write("wrong.csv", "when,what,where\n1,2,3\n" * 20)
        self.assertIn("wrong.csv", self.backtest("wrong.csv", code=3).err)
        self.write("good.csv", GOOD)
        said = self.backtest("good.csv", "--columns", "time,open,high,low,close,volume", "--format", "bars", code=3).err
        self.assertIn("good.csv", said)
        self.assertIn("columns", self.backtest("good.csv", "--columns", "tiem,bid,ask", code=(2, 3)).err)

    def test_time_that_steps_back_is_a_bad_row_and_said(self):
        rows = GOOD.splitlines()
        rows[1000], rows[1001] = rows[1001], rows[1000]
        self.write("back.csv", "\n".join(rows) + "\n")
        summary = self.backtest("back.csv").summary()
        self.assertEqual((summary["data"]["events"], summary["data"]["bad_rows"]), (2999, 1))
        self.assertIn("back.csv:1002", " ".join(summary["notes"]))
        self.assertIn("back.csv:1002", self.backtest("back.csv", "--strict", code=(1, 3)).err)

    def test_text_for_a_number_and_rows_that_are_too_short_or_too_long(self):
        for number, bad in enumerate(("1600000999,abc,1", "1600000999,1", "1600000999,1,2,3,4,5", "1600000999,,",
                                      "1600000999,nan,nan", "1600000999,inf,1", "1600000999,0,0",
                                      "1600000999,1e400,1", "1600000999,0x10,0x11", "x,1,2", "1600000999,\0,1")):
            with self.subTest(bad):
                rows = GOOD.splitlines()
                rows[1000] = bad
                self.write("bad.csv", "\n".join(rows) + "\n")
                summary = self.backtest("bad.csv").summary()
                self.assertEqual((summary["data"]["events"], summary["data"]["bad_rows"]), (2999, 1))
                self.assertIn("bad.csv:1001", " ".join(summary["notes"]))
                self.assertIn("bad.csv:1001", self.backtest("bad.csv", "--strict", code=(1, 3)).err)

    def test_a_price_below_zero_is_no_damage_and_refuses_the_file(self):
        rows = GOOD.splitlines()
        rows[1000] = "1600000999,-1,1"
        self.write("below.csv", "\n".join(rows) + "\n")
        self.assertIn("below.csv: 1 row has a price at or below zero, the first in line 1001",
                      self.backtest("below.csv", code=3).err)

    def test_a_line_of_ten_megabytes(self):
        rows = GOOD.splitlines()
        rows[1000] = "1600000999," + "9" * 10_000_000 + ",1"
        self.write("long.csv", "\n".join(rows) + "\n")
        result = self.backtest("long.csv")
        summary = result.summary()
        self.assertEqual((summary["data"]["events"], summary["data"]["bad_rows"]), (2999, 1))
        self.assertLess(len(result.out), 20_000, "the line was shown whole")
        self.write("only.csv", "9" * 10_000_000)
        self.assertIn("only.csv", self.backtest("only.csv", code=3).err)
        self.write("only.lua", "-- " + "x" * 10_000_000)
        self.mthost("check", "only.lua", code=3)
        self.write("mthost.conf.lua", "return { mode = '" + "x" * 10_000_000 + "' }")
        self.mthost("run", SCRIPT, "--for", "1m", "--speed", "max", code=3)

    def test_empty_and_missing_files_and_a_folder(self):
        self.write("empty.csv", "")
        self.write("head.csv", "time,bid,ask\n")
        self.write("empty.csv.gz", gzip.compress(b""))
        os.makedirs(self.path("folder"))
        for name in ("empty.csv", "head.csv", "empty.csv.gz", "missing.csv", "folder", "/dev/null"):
            with self.subTest(name):
                self.assertIn(os.path.basename(name), self.backtest(name, code=(1, 3)).err)
        self.write("empty.lua", "")
        for command in ("run", "check"):
            for name in ("missing.lua", "empty.lua", "folder"):
                self.assertIn(name, self.mthost(command, name, code=3).err)

    def test_unreadable_files_and_folders(self):
        self.write("locked.csv", GOOD)
        os.chmod(self.path("locked.csv"), 0)
        os.makedirs(self.path("closed"))
        os.chmod(self.path("closed"), stat.S_IXUSR)
        plain = []
        if os.geteuid() == 0:
            plain = ["setpriv", "--reuid=65534", "--clear-groups"]
            if not shutil.which("setpriv") or program.SOURCE.startswith("/root"):
                print("SKIP test_unreadable_files_and_folders: root can read everything, and there is no setpriv")
                self.skipTest("root can read everything")
            os.chmod(self.dir, 0o777)
        for words in (("backtest", SCRIPT, "--data", "locked.csv", "--symbols", "X"),
                      ("backtest", SCRIPT, "--data", "closed", "--symbols", "X"),
                      ("orders", "--state", "closed"), ("run", SCRIPT, "--for", "1m", "--speed", "max", "--state", "closed/x")):
            self.mthost(*words, code=(1, 3, 7), prefix=plain)

    def test_a_full_disk_for_the_journal(self):
        mount = self.path("small")
        os.makedirs(mount)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=66m", "tmpfs", mount], capture_output=True, text=True)
        if done.returncode != 0:
            print("SKIP test_a_full_disk_for_the_journal: no mount here:", done.stderr.strip())
            self.skipTest("no mount here")
        self.addCleanup(subprocess.run, ["umount", "-l", mount], capture_output=True)
        self.write("flip.lua", 'local mt = require "mthost"\nlocal S = mt.strategy {}\nlocal n = 0\n'
                   'function S:on_trade(t) n = n + 1 self:signal { side = n % 2 == 0 and "buy" or "sell" } end\nreturn S\n')
        said = self.mthost("run", "flip.lua", "--for", "400d", "--speed", "max", "--state", "small/var", code=7).err
        self.assertRegex(said, "(?i)space|full")
        records = program.journal(mount)
        self.assertGreater(len(records), 100)
        program.fold(records)
        # With room again the run goes on from there.
        subprocess.run(["mount", "-o", "remount,size=200m", mount], check=True)
        self.mthost("run", "flip.lua", "--for", "1m", "--speed", "max", "--state", "small/var", "--resume", code=(0, 3))
        again = program.journal(mount)
        self.assertEqual([record.payload for record in again[:len(records) - 1]],
                         [record.payload for record in records[:-1]])
        program.fold(again)

    def test_a_full_disk_for_the_results_of_a_backtest(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        self.write("good.csv", GOOD)
        with open("/dev/full", "w") as full:
            done = subprocess.run([program.MTHOST, "backtest", SCRIPT, "--data", "good.csv", "--symbols", "X", "--json"],
                                  cwd=self.dir, stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertNotEqual(done.returncode, 0, "the result could not be printed, and nothing was said")
        self.assertIn("mthost: ", done.stderr)

    def test_wrong_configurations_name_file_and_line(self):
        for text, line in (("return {\n  mdoe = 'sim',\n}\n", 2), ("return {\n\n  disk_floor_mb = 'x',\n}\n", 3),
                           ("return { mode = 'sim'\n", None), ("return 3\n", None),
                           ("return { limits = { global = {\n max_exposure = -1 } } }\n", 2),
                           ("return { limits = { global = {\n max_expsure = 1 } } }\n", 2), ("while true do end\n", None)):
            with self.subTest(text):
                self.write("mthost.conf.lua", text)
                said = self.mthost("run", SCRIPT, "--for", "1m", "--speed", "max", code=3).err
                self.assertIn(f"mthost.conf.lua:{line}" if line else "mthost.conf.lua", said)


if __name__ == "__main__":
    unittest.main()
