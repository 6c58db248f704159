"""docs/troubleshooting.md quotes what the program says: every quotation stands in the source, and those that a test can
bring about are said in the case that the page names."""
import glob
import os
import re
import unittest

import program

BAR = """local mt = require "mthost"
local S = mt.strategy { %s }
function S:on_bar(b) %s end
return S
"""
TRADE = BAR.replace("on_bar", "on_trade")


def page():
    with open(os.path.join(program.SOURCE, "docs", "troubleshooting.md")) as file:
        return file.read()


def quotations():
    found = []
    for section in page().split("\n## ")[3:]:
        found += re.findall(r"(?m)^\| `([^`]+)`", section)
    return found


def pieces(quotation):
    return [piece.strip() for piece in quotation.split("…") if len(piece.strip(" :,")) > 3]


class TroubleshootingDoc(program.Program):
    def test_every_quotation_stands_in_the_program(self):
        texts = ""
        for pattern in ("host/**/*.c", "host/**/*.h", "adapters/**/*.c", "host/script/*.lua"):
            for path in glob.glob(os.path.join(program.SOURCE, pattern), recursive=True):
                with open(path, encoding="utf-8") as file:
                    texts += file.read()
        texts = re.sub(r'"\s*(?:MT_LOG_LEVELS)?\s*"', "", texts).replace('\\"', '"')      # as a compiler joins them
        texts += " is none of " + re.search(r'MT_LOG_LEVELS "([^"]+)"', texts).group(1)
        flat = re.sub(r"%(?:\.\*|\.\d+|\d+)?(?:ll|z)?[sdug]", "", texts)
        self.assertGreater(len(quotations()), 35)
        for quotation in quotations():
            for piece in pieces(quotation):
                self.assertTrue(piece in texts or piece in flat, f"the program does not say: {piece}")

    def test_what_can_be_brought_about_is_said(self):
        self.write("bar.lua", BAR % ("", 'self:signal { side = "buy" }'))
        self.write("trade.lua", TRADE % ("", ""))
        self.write("field.lua", BAR % ("colour = 1", ""))
        self.write("bad.lua", BAR % ("", "local x = nil + 1"))
        self.write("flood.lua", BAR % ("", "for i = 1, 3 do self:log('warn', 'x') end"))
        self.write("other.lua", 'return { strategy = "bar", symbols = { "YY" } }')
        self.write("far.lua", 'return { strategy = "bar", symbols = { "XX" }, sizing = { "fixed", qty = 1 } }')
        self.write("b.csv", program.bars_csv([100 + i % 7 for i in range(100)]))
        self.write("worse.csv", program.bars_csv([100 + i % 7 for i in range(100)]) + "x,y,z,1,2,3\n")
        self.write("oanda_eurusd.csv", program.bars_csv([1, 2, 3]))
        self.write("conf.lua", "return { acounts = {} }")
        self.write("gone/summary.json", "{}")
        self.write("killed/KILL", "")
        self.write("broken/logs", "")
        self.write("envs/c.lua", "return {}")
        self.write("envs/.env", "API_TOKEN=x\n")
        os.chmod(self.path("envs/.env"), 0o644)
        self.write("envs2/c.lua", "return {}")
        self.write("envs2/.env", "no value\n")
        run = ["backtest", "bar.lua", "--data", "b.csv", "--symbols", "XX"]
        cases = {
            "unknown command": (["xyzzy"], 2), "no such command: …": (["hyperopt"], 2), "unknown option": (["run", "--zzzz"], 2),
            "unknown option, options begin with two dashes": (["run", "-x"], 2),
            "no option here: …": (["run", "bar.lua", "--timeframe", "5m"], 2),
            "is of recorded data, and there are none": (["run", "bar.lua", "--from", "2024-01-01"], 2), ": not built yet": (["report"], 2),
            "is none of DEBUG INFO WARNING ERROR OFF": ([*run, "--log-level", "loud"], 2),
            "several scripts in one run are not built yet": (["run", "bar.lua", "trade.lua"], 2),
            "cannot open: …": (["backtest", "bar.lua", "--data", "nosuch.csv"], 1),
            "the data are of …, but the script trades …": (["backtest", "other.lua", "--data", "oanda_eurusd.csv"], 3),
            "nothing to do: it has no handler for these data": (["backtest", "trade.lua", "--data", "b.csv", "--symbols", "XX"], 3),
            "the data are bars: use --fill next_open": ([*run, "--fill", "touch"], 2),
            "bad rows left out, the first: …": (["backtest", "bar.lua", "--data", "worse.csv", "--symbols", "XX"], 0),
            "instrument inferred from the data: tick …": (run, 0), "was cut to": ([*run, "--cash", "10"], 0),
            "not found here, in $MTHOST_SCRIPTS or in the share folder": (["backtest", "no.lua", "--data", "b.csv"], 3),
            "unknown field …": (["check", "field.lua"], 3), "unknown parameter …": (["check", "bar.lua", "--set", "n=1"], 3),
            "quarantined at …: too many errors": (["backtest", "bad.lua", "--data", "b.csv", "--symbols", "XX"], 1),
            "left out … lines of the place that wrote: …": (["backtest", "flood.lua", "--data", "b.csv", "--symbols", "XX"], 0),
            "no such option, the nearest is …": ([*run, "--config", "conf.lua"], 3),
            "the file holds a secret and others may read it: chmod 600 …": ([*run, "--config", "envs/c.lua"], 3),
            "must be NAME=value": ([*run, "--config", "envs2/c.lua"], 3),
            "/KILL is there: nothing will trade; remove it": (["run", "bar.lua", "--data", "b.csv", "--symbols", "XX", "--state", "killed"], 5),
            "the records of this run are gone": (["signals", "gone"], 1), "no run is running there": (["status"], 1),
            "no such run: neither a folder nor an ID in …": (["orders", "nosuch"], 1),
            "lines of the log could not be written": ([*run, "--state", "broken"], 0),
        }
        for quotation, (words, code) in cases.items():
            with self.subTest(quotation=quotation):
                self.assertIn(quotation, quotations())
                result = self.mthost(*words, code=code)
                for piece in pieces(quotation):
                    self.assertIn(piece, result.err + result.out)

    def test_exit_codes_are_those_of_the_program(self):
        with open(os.path.join(program.SOURCE, "host", "app", "exit_code.h")) as file:
            codes = re.findall(r"MT_EXIT_\w+ = (\d+)", file.read())
        section = page().split("\n## Exit codes")[1].split("\n## ")[0]
        self.assertEqual(re.findall(r"(?m)^\| (\d+) \|", section), codes)


if __name__ == "__main__":
    unittest.main()
