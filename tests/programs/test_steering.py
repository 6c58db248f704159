"""A running host, steered from outside: status, params, trading states, the KILL file, stop; and the shipped examples."""
import os
import signal
import subprocess
import time
import unittest

import program


class Steering(program.Program):
    def running(self, *words):
        env = {name: value for name, value in os.environ.items() if name not in ("MTHOST_SCRIPTS", "LOG_LEVEL")}
        script = os.path.join(program.SOURCE, "scripts", "scalp.lua")
        host = subprocess.Popen([program.MTHOST, "run", script, "--for", "10m", "--speed", "1", "--seed", "1", *words], cwd=self.dir,
                                env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (host.poll() is None and host.kill(), host.communicate()))
        for _ in range(200):
            if program.call("status", cwd=self.dir).code == 0:
                return host
            time.sleep(0.05)
        self.fail("the run does not answer: " + str(host.poll()))

    def states(self):
        return {scope["state"] for scope in self.mthost("status", "--json").json()["not_active"]}

    def test_a_run_is_steered(self):
        host = self.running()
        status = self.mthost("status", "--json").json()
        self.assertEqual(status["mode"], "PAPER")
        self.assertEqual(status["symbols"][0]["symbol"], "BTCUSDT")
        self.assertIn("BTCUSDT", self.mthost("status").out)
        self.assertIn("PAPER", self.mthost("status").out)
        self.mthost("params", "surge=3.5")
        self.assertEqual(self.mthost("status", "--json").json()["params"]["surge"], 3.5)
        self.assertIn("hold", self.mthost("params", "surge=3", "hold=1e9", code=1).err)
        self.assertEqual(self.mthost("status", "--json").json()["params"]["surge"], 3)
        self.assertEqual(self.states(), set())
        self.mthost("halt")
        self.assertEqual(self.states(), {"halted"})
        self.mthost("resume")
        self.assertEqual(self.states(), set())
        self.mthost("reduce", "sim")
        self.assertEqual(self.states(), {"reduce_only"})
        self.mthost("resume", "sim")
        self.assertIn("nobody", self.mthost("halt", "nobody", code=1).err)
        self.assertIn("NOSUCH", self.mthost("halt", "sim", "NOSUCH", code=1).err)
        self.mthost("flatten")
        self.mthost("kill")
        self.assertEqual(self.states(), {"killed"})
        self.assertTrue(self.mthost("stop", "--json").json()["ok"])
        self.assertEqual(host.wait(20), 0)
        self.mthost("status", code=1)
        commands = [line for line in self.mthost("journal", "--json", "--kind", "OPERATOR").out.splitlines()]
        self.assertGreaterEqual(len(commands), 10)
        self.mthost("replay", "--verify")

    def test_status_cuts_no_digits(self):
        """A price of seven digits was shown with six: 29999.95 as 30000."""
        self.write("hold.lua", """local mt = require "mthost"
local S = mt.strategy { params = { level = mt.param(1234567.25, 0, 1e9) } }
function S:on_quote() if self.stance == 0 then self:signal { side = "buy" } end end
return S
""")
        self.start("run", "hold.lua", "--for", "10m", "--speed", "1", "--seed", "3", "--symbols", "BTCUSDT")
        held = lambda: program.call("positions", "--json", cwd=self.dir)
        self.wait_for("a position", lambda: held().code == 0 and [p for p in held().json() if p["average"]])
        average = held().json()[0]["average"]
        self.assertGreater(len(average.replace(".", "")), 6)
        status = self.mthost("status").out
        self.assertRegex(status, rf"\n *sim +BTCUSDT +1 +0\.00100 +{average.replace('.', '[.]')} ")
        self.assertIn("level=1234567.25\n", status)
        self.mthost("stop")

    def test_the_kill_file_and_the_signal_kill(self):
        host = self.running()
        with open(self.path("var", "KILL"), "w"):
            pass
        for _ in range(100):
            if self.states() == {"killed"}:
                break
            time.sleep(0.05)
        self.assertEqual(self.states(), {"killed"})
        self.mthost("stop")
        host.wait(20)
        os.unlink(self.path("var", "KILL"))
        host = self.running()
        self.assertEqual(self.states(), set())
        host.send_signal(signal.SIGUSR2)
        for _ in range(100):
            if self.states() == {"killed"}:
                break
            time.sleep(0.05)
        self.assertEqual(self.states(), {"killed"})
        host.send_signal(signal.SIGINT)
        self.assertEqual(host.wait(20), 0)

    def test_words_that_are_wrong(self):
        for words in (("params",), ("params", "surge"), ("params", "=3"), ("halt", "a", "b", "c"), ("stop", "now"), ("halt", "a b")):
            self.assertTrue(self.mthost(*words, "--run", ".", code=2).err)
        self.assertIn("nosuch", self.mthost("halt", "--run", "nosuch", code=1).err)


class Examples(program.Program):
    def test_they_check_with_every_account(self):
        script = os.path.join(program.SOURCE, "examples", "fanout.lua")
        configuration = os.path.join(program.SOURCE, "examples", "mthost.conf.lua")
        checked = self.mthost("check", script, "--config", configuration, "--json").json()
        self.assertEqual([account["account"] for account in checked["accounts"]], ["desk/01", "desk/02"])
        self.assertEqual(checked["accounts"][0]["role"], "lead")
        self.assertEqual(checked["warnings"], [])

    def test_the_fan_out_runs_on_both_accounts(self):
        with open(os.path.join(program.SOURCE, "examples", "mthost.conf.lua")) as file:
            netting = [line for line in file if "hedging" not in line]
        self.write("mthost.conf.lua", "".join(netting))
        self.mthost("run", os.path.join(program.SOURCE, "examples", "fanout.lua"), "--for", "20m", "--speed", "max")
        orders = self.mthost("orders", "--json").json()
        self.assertEqual({order["account"] for order in orders}, {"desk/01", "desk/02"})


class Data(program.Program):
    def test_a_generated_market_is_the_same_again_and_is_good(self):
        self.mthost("data", "gen", "--for", "3m", "--seed", "4", "--out", "a")
        self.mthost("data", "gen", "--for", "3m", "--seed", "4", "--out", "b")
        self.mthost("data", "gen", "--for", "3m", "--seed", "5", "--out", "c")
        names = sorted(os.listdir(self.path("a")))
        self.assertEqual(names, ["BTCUSDT_quotes.mts", "BTCUSDT_trades.mts"])
        self.assertEqual(names, sorted(os.listdir(self.path("b"))))
        for name in names:
            with open(self.path("a", name), "rb") as a, open(self.path("b", name), "rb") as b, open(self.path("c", name), "rb") as c:
                first, again, other = a.read(), b.read(), c.read()
            self.assertEqual(first, again)
            self.assertNotEqual(first, other)
        report = self.mthost("data", "check", "a", "--json").json()
        self.assertEqual([row["verdict"] for row in report], ["good", "good"])

    def test_csv_to_store_and_back_says_the_same(self):
        self.mthost("data", "gen", "--for", "3m", "--out", "csv", "--csv")
        self.mthost("data", "import", "csv/BTCUSDT_quotes.csv", "csv/BTCUSDT_trades.csv", "--out", "store", "--like", "binance:BTCUSDT")
        rows = {row["format"]: row["rows"] for row in self.mthost("data", "info", "store", "--json").json()}
        for kind in ("quotes", "trades"):
            with open(self.path("csv", f"BTCUSDT_{kind}.csv")) as file:
                self.assertEqual(sum(1 for _ in file) - 1, rows[kind])

    def test_damage_is_exit_1_and_names_the_line(self):
        self.write("x.csv", "time,bid,ask\n1600000000,1.0,1.1\n1600000001,1.0,abc\n1599999999,1.0,1.1\n1600000002,1.2,1.1\n")
        result = self.mthost("data", "check", "x.csv", "--symbols", "X", "--json", code=1)
        row = result.json()[0]
        self.assertEqual((row["rows"], row["bad"], row["crossed"], row["verdict"]), (4, 2, 1, "damaged"))
        self.assertIn("x.csv:3", row["first_bad"])
        self.mthost("data", "import", "x.csv", "--symbols", "X", "--strict", "--out", "s", code=1)
        self.assertEqual(os.listdir(self.path("s")), [])
        self.mthost("data", "gen", "--for", "1m", "--out", "g")
        with open(self.path("g", "BTCUSDT_trades.mts"), "r+b") as file:
            file.seek(-200, os.SEEK_END)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 1]))
        self.mthost("data", "check", "g", code=1)


if __name__ == "__main__":
    unittest.main()
