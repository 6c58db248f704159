"""Texts that a script makes: however many there are, each order has its own tag, each mark its own name, and a run that was
interrupted behind a hundred thousand of them ends as the undisturbed one."""
import csv
import json
import os
import shutil
import unittest

import program

# Trades on what its fills say of their tag, so that a tag that was lost changes every result behind it.
TAGS = """local mt = require "mthost"
local S = mt.strategy { bars = { "1m" } }
function S:on_start()
  local s = self.state
  s.n, s.side, s.wrong, s.last = s.n or 0, s.side or 1, s.wrong or 0, s.last or ""
end
function S:on_bar(b)
  local s = self.state
  s.n, s.side = s.n + 1, -s.side
  s.last = "t" .. s.n
  self:target(s.side * (1 + s.wrong), { tag = s.last })
end
function S:on_fill(f) if f.tag ~= self.state.last then self.state.wrong = self.state.wrong + 1 end end
function S:on_stop()
  self:mark("wrong", self.state.wrong)
  self:mark("bars", self.state.n)
end
return S
"""
MARKS = """local mt = require "mthost"
local S = mt.strategy { bars = { "1m" } }
local n = 0
function S:on_bar(b)
  n = n + 1
  self:mark("name " .. n, n)
  self:skip("reason " .. n)
end
return S
"""
COMMON = ["--data", "bars.csv", "--symbols", "XX", "--instrument", "tick=0.01,step=0.01,quote=USD", "--fee-bp", "0"]


class Tags(program.Program):
    def bars(self, count):
        self.write("bars.csv", "time,open,high,low,close,volume\n" + "".join(
            f"{program.START + 20 + 60 * i},100,100,100,100,1\n" for i in range(count)))

    def marks(self, folder):
        with open(os.path.join(folder, "marks.csv"), newline="") as file:
            return {row["name"]: row["value"] for row in csv.DictReader(file)}

    def test_a_resumed_run_of_a_hundred_thousand_tags(self):
        self.bars(105_000)
        self.write("tags.lua", TAGS)
        self.mthost("run", "tags.lua", *COMMON, "--speed", "max", "--state", "whole", "--log-level", "off")
        whole = self.newest_run("whole")
        self.assertEqual(self.marks(whole), {"wrong": "0", "bars": "105000"})
        run = self.path("cut", "runs", os.path.basename(whole))
        shutil.copytree(whole, run)
        last = program.segments(run)[-1]
        with open(last, "r+b") as file:
            file.truncate(os.path.getsize(last) * 24 // 25)
        again = self.mthost("run", "tags.lua", *COMMON, "--resume", "--speed", "max", "--state", "cut", "--log-level", "off",
                            "--json").summary()
        self.assertEqual(again["result_hash"], self.summary(whole)["result_hash"])
        self.assertEqual(self.marks(run)["wrong"], "0")

    def summary(self, run):
        with open(os.path.join(run, "summary.json")) as file:
            return json.load(file)

    def test_marks_and_skips_of_a_new_name_each(self):
        count = 70_000
        self.bars(count)
        self.write("marks.lua", MARKS)
        said = self.mthost("backtest", "marks.lua", *COMMON, "--out", "out")
        marks = self.marks(self.path("out"))
        self.assertEqual(len(marks), count)
        self.assertEqual((marks["name 1"], marks[f"name {count}"]), ("1", str(count)))
        self.assertRegex(said.out, rf"skipped +\(too many different reasons\): {count - 4095}\n")
        self.assertEqual(said.err.count("too many different reasons in this run"), 1)


if __name__ == "__main__":
    unittest.main()
