"""One exit code for one kind of failure, whichever command meets it."""
import os
import shutil
import unittest

import program

HOLD = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_bar() self:signal { side = "buy" } end
return S
"""


class ExitCodes(program.Program):
    def setUp(self):
        super().setUp()
        self.write("s.lua", HOLD)
        self.write("d.csv", program.bars_csv([100 + i % 7 for i in range(3000)]))

    def test_damaged_data_are_a_failure_at_run_time(self):
        self.mthost("data", "import", "d.csv", "--symbols", "X", "--out", "x.mts")
        with open(self.path("x.mts"), "rb") as file:
            whole = file.read()
        for at in (0, 5, 9, 70, len(whole) // 2, len(whole) - 3):
            self.write_bytes(f"flip{at}.mts", whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
        for length in (0, 7, 30, 100, len(whole) // 2, len(whole) - 1):
            self.write_bytes(f"cut{length}.mts", whole[:length])
        for name in sorted(os.listdir(self.dir)):
            if not name.startswith(("flip", "cut")):
                continue
            for words in (("backtest", "s.lua", "--data", name), ("run", "s.lua", "--speed", "max", "--data", name),
                          ("data", "info", name), ("data", "check", name), ("data", "import", name, "--out", "again"),
                          ("ta", "sma", "5", "--data", name)):
                with self.subTest(words=words):
                    said = self.mthost(*words, code=1).err
                    self.assertIn("store", said)
                    self.assertIn(name, said)

    def write_bytes(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)

    def test_an_option_that_is_wrong_by_itself_is_usage(self):
        wrong = (["--columns", "time,foo"], ["--columns", "time,open,open"], ["--columns", ""], ["--time-unit", "h"],
                 ["--time-unit", ""], ["--like", "x"], ["--like", ""], ["--instrument", "foo=1"], ["--instrument", "tick=x"],
                 ["--instrument", "tick=0"], ["--instrument", ""], ["--symbols", "A B"], ["--symbols", "A:B"],
                 ["--symbols", "A" * 32], ["--date", "x"], ["--date", "2014-02-30"], ["--tz", "Nowhere/Land"],
                 ["--format", "raw"], ["--format", "x"])
        for words in wrong:
            for command in (["backtest", "s.lua", "--data", "d.csv"], ["run", "s.lua", "--speed", "max", "--data", "d.csv"],
                            ["run", "s.lua", "--speed", "max", "--for", "1m"], ["data", "info", "d.csv"],
                            ["data", "check", "d.csv"], ["data", "import", "d.csv", "--out", "o"],
                            ["ta", "sma", "5", "--data", "d.csv"]):
                if words == ["--instrument", ""] or (words[0] == "--format" and "--for" in command):
                    continue
                with self.subTest(command=command, words=words):
                    self.assertIn(words[0], self.mthost(*command, *words, code=2).err)
        self.assertFalse(os.path.exists(self.path("o")))

    def test_what_the_file_does_not_fit_is_refused(self):
        for words in (["--columns", "time,bid,ask"], ["--columns", "time,open"], ["--date", "2014-05-01"]):
            self.mthost("backtest", "s.lua", "--data", "d.csv", *words, code=3)

    def test_without_a_run_every_look_up_fails_alike(self):
        for command in (["orders"], ["fills"], ["positions"], ["trades"], ["signals"], ["journal"], ["replay"],
                        ["replay", "--verify"], ["status"]):
            self.mthost(*command, code=1)
        for command in ("orders", "fills", "positions", "trades", "signals", "journal", "replay"):
            self.mthost(command, "nosuch", code=1)
        self.mthost("backtest", "s.lua", "--data", "d.csv", "--symbols", "X")
        shutil.rmtree(os.path.join(self.newest_run(), "history"))
        self.mthost("replay", code=1)
        self.mthost("signals", code=1)


if __name__ == "__main__":
    unittest.main()
