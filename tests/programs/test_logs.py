"""The log: where it goes, what its lines carry, that a flood is counted and never lost in silence, and that a run can be
followed by it."""
import collections
import json
import os
import pty
import re
import subprocess
import unittest

import program

COUNT = """local mt = require "mthost"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self.n = 0 self:log("info", "starts") end
function S:on_bar(b)
  self.n = self.n + 1
  %s
end
return S
"""
TRADE = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_start() self.n = 0 end
function S:on_bar(b)
  self.n = self.n + 1
  if self.n %% 7 == 0 then
    self:signal { side = self.n %% 14 == 0 and "buy" or "sell", strength = self.n %% 4 == 0 and 0.3 or 1, exit = { stop = 3, take = 2 } }
  end
  %s
end
return S
"""
WORDS = ["--symbols", "XX", "--instrument", "tick=0.01,step=0.01,quote=USD", "--fee-bp", "0"]
RUN = 'return { strategy = "trade", filters = { { "filters/min_strength", min = 0.5 } }, symbols = { "XX" },\n' \
      '  sizing = { "fixed", qty = 1 }, costs = { maker_bp = 0, taker_bp = 0 } }\n'
BARS = 20000


def read(lines):
    return [json.loads(line) for line in lines.splitlines() if line.startswith("{")]


def without_wall(lines):
    """What two equal runs have alike: before a run has a market, its time is the wall clock's."""
    return [{k: v for k, v in line.items() if k not in ("wall", "run") and not (k == "time" and v == line["wall"])} for line in lines]


class Logs(program.Program):
    def setUp(self):
        super().setUp()
        self.write("bars.csv", "time,open,high,low,close,volume\n" + "".join(
            f"{1600000020 + 60 * i},100,100,100,100,1\n" for i in range(BARS)))

    def backtest(self, body, *words, data="bars.csv", script=COUNT, **how):
        self.write("s.lua", script % body)
        return self.mthost("backtest", "s.lua", "--data", data, *WORDS, *words, **how)

    def file(self, state="var"):
        with open(self.path(state, "logs", "mthost.log")) as file:
            return read(file.read())

    # --- floods

    def test_a_flood_carries_market_time_and_its_end_says_how_many_are_missing(self):
        for level in ("warn", "error"):
            lines = read(self.backtest(f'self:log("{level}", "bar %d", self.n)').err)
            self.assertEqual([line["msg"] for line in lines[:-1]], [f"XX: bar {n}" for n in range(1, 1001)])
            self.assertEqual(lines[0]["time"], "2020-09-13T12:28:00Z")
            self.assertEqual(lines[1]["time"], "2020-09-13T12:29:00Z")
            self.assertEqual(lines[-2]["limit"], 1000, "the last line says that it is")
            self.assertEqual(lines[-1]["left_out"], 19000)
            self.assertIn("19000", lines[-1]["msg"])
            self.assertEqual({line["level"] for line in lines}, {"WARNING" if level == "warn" else "ERROR"})

    def test_a_flood_hides_no_other_place(self):
        lines = read(self.backtest('self:log("warn", "bar %d", self.n) if self.n % 100 == 0 then self:log("warn", "round %d", self.n) end').err)
        self.assertEqual(sum(line["msg"].startswith("XX: round") for line in lines), BARS // 100)
        self.assertEqual(sum(line.get("left_out", 0) for line in lines), BARS - 1000)

    def test_nothing_is_lost_in_silence_however_it_floods(self):
        ticks = "".join(f"{1600000000 + i / 100:.2f},100.00,100.01\n" for i in range(30000))
        self.write("quotes.csv", "time,bid,ask\n" + ticks)
        quote = COUNT.replace("on_bar(b)", "on_quote(q)").replace('bars = { "1m" }', "")
        for script, body, data, asked in (
                (COUNT, 'self:log("warn", "bar " .. self.n)', "bars.csv", BARS),
                (COUNT, 'for i = 1, 3 do self:log("warn", "bar %d", i) end', "bars.csv", 3 * BARS),
                (COUNT, 'self:log("warn", "a") self:log("warn", "b") self:log("error", "a")', "bars.csv", 3 * BARS),
                (quote, 'self:log("warn", "tick %d", self.n)', "quotes.csv", 30000),
                (quote, 'self:log("warn", "tick " .. self.n)', "quotes.csv", 30000),
                (COUNT, 'if self.n % 3 == 0 then self:log("warn", "") end', "bars.csv", BARS // 3)):
            with self.subTest(body=body):
                lines = read(self.backtest(body, data=data, script=script).err)
                told = [line for line in lines if "left_out" in line]
                self.assertEqual(len(lines) - len(told) + sum(line["left_out"] for line in told), asked)
                self.assertLess(len(lines), 3010)

    def test_two_symbols_that_log_the_same_are_two_places(self):
        self.write("s.lua", COUNT % 'self:log("warn", "bar %d", self.n)')
        with open(self.path("bars.csv")) as file:
            few = "".join(file.readlines()[:101])
        self.write("a.csv", few)
        self.write("b.csv", few)
        words = [word if word != "XX" else "AA,BB" for word in WORDS]
        lines = read(self.mthost("backtest", "s.lua", "--data", "a.csv", "b.csv", *words).err)
        self.assertEqual(collections.Counter(line["msg"][:2] for line in lines), {"AA": 100, "BB": 100})

    def test_script_errors_are_all_in_the_log(self):
        result = self.backtest('if self.n % 500 == 0 then error("no " .. self.n) end', "--json", code=(0, 1))
        lines, summary = read(result.err), result.summary()
        self.assertGreater(summary["script_errors"], 10)
        self.assertEqual(sum(line["level"] == "ERROR" for line in lines), summary["script_errors"])

    # --- levels

    def test_levels_in_any_case_and_in_capitals_in_the_log(self):
        body = 'if self.n < 4 then self:log("debug", "d") self:log("info", "i") self:log("warn", "w") self:log("error", "e") end'
        names = ["DEBUG", "INFO", "WARNING", "ERROR"]
        for at, spellings in enumerate((("DEBUG", "debug", "Debug"), ("INFO", "info"), ("WARNING", "warning", "warn", "WARN"),
                                        ("ERROR", "error", "eRRor"), ("OFF", "off"))):
            for word in spellings:
                for env, words in (({}, ["--log-level", word]), ({"LOG_LEVEL": word}, [])):
                    with self.subTest(word=word, env=env):
                        lines = [line for line in read(self.backtest(body, *words, env=env).err) if line["module"] == "script"]
                        wanted = [name for name in names[at:] for _ in range(3)]
                        starts = 1 if at <= 1 else 0
                        self.assertEqual(sorted(line["level"] for line in lines), sorted(wanted + ["INFO"] * starts))

    def test_a_wrong_level_says_which_there_are(self):
        for words, env in ((["--log-level", "loud"], {}), ([], {"LOG_LEVEL": "loud"}), (["--log-level", ""], {})):
            said = self.backtest("", *words, env=env, code=2).err
            self.assertIn("DEBUG INFO WARNING ERROR OFF", said)
        self.backtest("", env={"LOG_LEVEL": ""})
        self.write("mthost.conf.lua", 'return {\n log_level = "loud" }')
        self.assertIn("mthost.conf.lua:2", self.backtest("", code=3).err)

    def test_log_level_of_env_file_and_configuration(self):
        body = 'if self.n == 1 then self:log("info", "i") self:log("warn", "w") end'

        def levels(*words, **how):
            return sorted(line["level"] for line in read(self.backtest(body, *words, **how).err) if line["module"] == "script")
        self.write("mthost.conf.lua", 'return { log_level = "Error" }')
        self.assertEqual(levels(), [])
        self.write(".env", "LOG_LEVEL=Info   # as long as we look\n")
        self.assertEqual(levels(), ["INFO", "INFO", "WARNING"])
        self.assertEqual(levels(env={"LOG_LEVEL": "warn"}), ["WARNING"])
        self.assertEqual(levels("--log-level", "OFF"), [])
        self.write(".env", "LOG_LEVEL=loud\n")
        self.assertIn(".env", self.backtest(body, code=3).err)

    # --- where it goes

    def test_the_file_is_there_by_default_and_names_the_run(self):
        self.backtest('if self.n == 1 then self:log("info", "i") end')
        self.backtest('if self.n == 1 then self:log("error", "e") end', "--out", "o")
        lines = self.file()
        self.assertEqual([line["msg"] for line in lines], ["begins", "XX: starts", "XX: i", "ended", "begins", "XX: starts", "XX: e", "ended"])
        self.assertEqual([list(line)[:4] for line in lines], [["time", "level", "module", "msg"]] * 8)
        self.assertEqual({line["run"] for line in lines[:4]}, {os.path.basename(self.newest_run())})
        self.assertEqual({line["run"] for line in lines[4:]}, {"o"})
        self.assertEqual(os.stat(self.path("var/logs/mthost.log")).st_mode & 0o777, 0o600)
        for words, left in ((["--log-level", "OFF"], []), (["--log-level", "error"], ["ERROR"])):
            state = "s" + words[1]
            self.backtest('if self.n == 1 then self:log("error", "e") self:log("warn", "w") end', *words, "--state", state)
            there = os.path.exists(self.path(state, "logs", "mthost.log"))
            self.assertEqual([line["level"] for line in self.file(state)] if there else [], left)

    def test_how_a_run_failed_is_in_the_file(self):
        self.write("mthost.conf.lua", 'return { limits = { global = { max_daily_loss = 1, on_loss = "halt" } } }\n')
        self.write("lose.lua", 'local mt = require "mthost"\nlocal S = mt.strategy {}\nlocal n = 0\n'
                   'function S:on_trade(t) n = n + 1 self:signal { side = n % 2 == 0 and "buy" or "sell" } end\nreturn S\n')
        self.write("r.lua", 'return { strategy = "lose", symbols = { "BTCUSDT" }, sizing = { "fixed", qty = 0.5 },\n'
                   "  costs = { maker_bp = 5, taker_bp = 5 } }\n")
        said = self.mthost("run", "r.lua", "--for", "2h", "--speed", "max", code=5).err
        last = self.file()[-1]
        self.assertEqual((last["level"], last["exit"]), ("ERROR", 5))
        self.assertIn("mthost: " + last["msg"], said)
        self.assertNotIn('"exit"', said)

    def on_terminal(self, *words):
        self.write("s.lua", COUNT % 'if self.n == 1 then self:log("warn", "w") end')
        reader, writer = pty.openpty()
        process = subprocess.Popen([program.MTHOST, "backtest", "s.lua", "--data", "bars.csv", *WORDS, *words], cwd=self.dir,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=writer)
        os.close(writer)
        said = b""
        try:
            while chunk := os.read(reader, 65536):
                said += chunk
        except OSError:
            pass
        os.close(reader)
        self.assertEqual(process.wait(), 0)
        return said.decode()

    def test_a_terminal_has_coloured_text_and_json_where_it_was_asked_for(self):
        self.assertRegex(self.on_terminal(), r"\x1b\[2m\d\d:\d\d:\d\d\x1b\[0m 2020-09-13T12:28:00Z \x1b\[33mWARNING\x1b\[0m script: XX: w")
        said = self.on_terminal("--json")
        self.assertNotIn("\x1b[33m", said)
        self.assertIn('"level":"WARNING"', said)
        self.assertEqual({line["msg"] for line in self.file()}, {"begins", "XX: starts", "XX: w", "ended"})

    def test_a_file_that_cannot_be_written_stops_nothing_and_is_told(self):
        hashes = set()
        for name, make in (("file", lambda: self.write("file/logs", "")), ("folder", lambda: os.makedirs(self.path("folder/logs/mthost.log"))),
                           ("pipe", lambda: (os.makedirs(self.path("pipe/logs")), os.mkfifo(self.path("pipe/logs/mthost.log")))),
                           ("good", lambda: None)):
            with self.subTest(name=name):
                make()
                result = self.backtest('self:log("info", "bar")', "--json", "--state", name, timeout=60)
                told = [line for line in read(result.err) if line["module"] == "log"]
                notes = " ".join(result.summary()["notes"])
                self.assertEqual(len(told), 0 if name == "good" else 1, result.err)
                self.assertEqual("lines of the log could not be written" in notes, name != "good", notes)
                hashes.add(result.summary()["result_hash"])
        self.assertEqual(len(hashes), 1)

    def test_a_file_that_may_not_grow_leaves_whole_lines_and_the_run_its_summary(self):
        self.write("s.lua", COUNT % 'self:log("info", "bar %d", self.n)')
        result = self.mthost("backtest", "s.lua", "--data", "bars.csv", *WORDS, "--out", "/dev/shm/" + os.path.basename(self.dir), "--json",
                             code=(0, 7), prefix=("prlimit", "--fsize=20000"))
        self.addCleanup(subprocess.run, ["rm", "-rf", "/dev/shm/" + os.path.basename(self.dir)])
        with open(self.path("var/logs/mthost.log")) as file:
            whole = [line for line in file if line.endswith("}\n")]
        self.assertGreater(len(whole), 50)
        read("".join(whole))
        self.assertTrue(any(line["module"] == "log" for line in read(result.err)), result.err)

    # --- following a run

    def follow(self, *words, body="", level="DEBUG", code=0):
        self.write("trade.lua", TRADE % body)
        self.write("run.lua", RUN)
        self.write("moves.csv", program.bars_csv([100 + 7 * (i % 3) + i % 5 for i in range(400)]))
        result = self.mthost("backtest", "run.lua", "--data", "moves.csv", "--instrument", "tick=0.01,step=0.01,quote=USD", "--json",
                             "--log-level", level, *words, code=code)
        return result.summary(), read(result.err)

    def test_debug_tells_each_decision(self):
        summary, lines = self.follow()
        kinds = collections.Counter(line["module"] for line in lines)

        def many(module, begin):
            return sum(line["module"] == module and line["msg"].startswith(begin) for line in lines)
        self.assertEqual(many("signal", "signal "), summary["signals"])
        self.assertEqual(many("filter", "vetoed"), summary["vetoes"])
        self.assertGreater(summary["vetoes"], 0)
        self.assertGreater(many("filter", "passed"), 0)
        self.assertEqual(kinds["fill"], summary["fills"])
        self.assertEqual(kinds["sizing"] + many("exit", "stop") + many("exit", "take") + many("exit", "flat"), summary["intents"])
        self.assertGreater(kinds["order"], summary["orders"])
        fills = [line for line in lines if line["module"] == "fill"]
        self.assertTrue({"entry", "take"} <= {line["reason"] for line in fills} or {"entry", "stop"} <= {line["reason"] for line in fills})
        first = fills[0]["id"]
        self.assertGreater(first, 0)
        self.assertEqual([line["module"] for line in lines if line.get("id") == first][:2], ["signal", "sizing"])
        self.assertTrue(all(re.match(r"20\d\d-", line["time"]) for line in lines))
        times = [line["time"] for line in lines if line["time"] != line["wall"]]
        self.assertEqual(sorted(times), times)

    def test_a_denial_says_why(self):
        self.write("mthost.conf.lua", "return { limits = { global = { max_exposure = 50 } } }")
        summary, lines = self.follow()
        denied = [line for line in lines if line["module"] == "risk"]
        self.assertGreater(summary["denied"], 0)
        self.assertEqual(len(denied), summary["denied"])
        self.assertEqual({line["code"] for line in denied}, set(summary["denied_by"]) if "denied_by" in summary else {"MAX_EXPOSURE"})

    def test_the_level_changes_no_result_and_two_runs_have_the_same_log(self):
        hashes, logs = set(), []
        for level in ("DEBUG", "DEBUG", "INFO", "WARNING", "ERROR", "OFF"):
            summary, lines = self.follow(body='self:log("debug", "%s", {}) self:log("info", "x %d", self.n)', level=level)
            hashes.add(summary["result_hash"])
            logs.append(without_wall(lines))
        self.assertEqual(len(hashes), 1)
        self.assertEqual(logs[0], logs[1])
        self.assertGreater(len(logs[0]), len(logs[2]))
        self.assertEqual([line for line in logs[0] if line["level"] != "DEBUG"], logs[2])

    def test_the_log_of_run_is_that_of_the_backtest(self):
        _, backtest = self.follow()
        result = self.mthost("run", "run.lua", "--data", "moves.csv", "--instrument", "tick=0.01,step=0.01,quote=USD", "--speed", "max",
                             "--log-level", "DEBUG")
        keep = ("signal", "filter", "sizing", "order", "fill", "exit")
        mine = [line for line in without_wall(read(result.err)) if line["module"] in keep]
        self.assertEqual(mine, [line for line in without_wall(backtest) if line["module"] in keep])


if __name__ == "__main__":
    unittest.main()
