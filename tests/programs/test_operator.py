"""What an operator can rely on when things go wrong: a kill that leaves a position says so and flatten closes it, a KILL
file is named, signals end the program, and the control socket keeps a place for whoever has to kill."""
import glob
import os
import resource
import signal
import socket
import subprocess
import time

import program

HOLD = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_quote(q)
  if self.stance == 0 and not self.entered then
    self.entered = true
    self:signal { side = "buy", exit = { stop = q.mid * 0.05 } }
  end
end
return S
"""
IDLE = 'local mt = require "mthost"\nlocal S = mt.strategy {}\nfunction S:on_quote() end\nreturn S\n'
# Holds without a stop: nothing of it lies at the venue.
BARE = HOLD.replace(", exit = { stop = q.mid * 0.05 }", "")
HANG = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_quote() self.n = (self.n or 0) + 1; if self.n > 20 then while true do end end end
return S
"""
LONG = """local mt = require "mthost"
local S = mt.strategy { bars = { "1m" } }
function S:on_bar() if self.stance == 0 then self:signal { side = "buy", exit = { stop = 50 } } end end
return S
"""


class Operator(program.Program):
    def setUp(self):
        super().setUp()
        for name, text in (("hold", HOLD), ("idle", IDLE), ("bare", BARE), ("hang", HANG), ("long", LONG)):
            self.write(name + ".lua", text)

    def running(self, script, *words, state="var"):
        """A run in the background that answers, with its position if it takes one."""
        words = words or ("--for", "20h", "--speed", "10", "--seed", "3")
        host = self.start("run", script, *words, "--fee-bp", "0", "--state", state)
        self.wait_for("an answer", lambda: program.call("status", "--state", state, cwd=self.dir).code == 0)
        if script != "idle.lua" and script != "hang.lua":
            self.wait_for("a position", lambda: self.position(state) != 0)
        return host

    def status(self, state="var"):
        return self.mthost("status", "--json", "--state", state).json()

    def position(self, state="var"):
        return sum(float(leg["qty"]) for leg in self.status(state)["legs"])

    def ended(self, host, code=0):
        out, err = host.communicate(timeout=20)
        self.assertEqual(host.returncode, code, out[-2000:] + err[-2000:])
        return err


class Kill(Operator):
    def test_a_kill_says_what_is_without_protection_and_flatten_closes_it(self):
        host = self.running("hold.lua")
        self.assertEqual((self.status()["unprotected"], self.status()["note"]), (0, ""))
        said = self.mthost("kill").out
        self.assertIn("without protection", said)
        self.assertIn("BTCUSDT 0.001", said)
        self.assertIn("flatten", said)
        self.assertIn("without protection", self.mthost("status").out)
        status = self.status()
        self.assertEqual((status["unprotected"], status["legs"][0]["unprotected"], status["legs"][0]["stop_at"]), (1, True, "none"))
        self.assertIn("flatten", status["note"])
        for command in ("resume", "reduce", "halt"):        # no way back, and each says the way on
            self.assertIn("flatten", self.mthost(command, code=1).err)
        self.assertIn("1 position is being closed", self.mthost("flatten").out)
        self.wait_for("the close", lambda: self.position() == 0)
        self.assertEqual((self.status()["unprotected"], self.status()["note"]), (0, ""))
        self.assertIn("0 positions", self.mthost("flatten").out)
        self.assertIn("no position is open", self.mthost("kill").out)
        orders = self.mthost("orders", "--json").json()
        closes = [order for order in orders if order["role"] == "operator"]
        self.assertEqual([(order["state"], order["side"], order["qty"]) for order in closes], [("filled", "sell", "0.001")])
        self.assertEqual([order["state"] for order in orders if order["role"] == "stop" and not order["code"]], ["canceled"])
        self.mthost("stop")
        self.assertNotIn("left open", self.ended(host))
        self.mthost("replay", "--verify")

    def test_a_killed_position_that_is_left_is_named_at_the_end(self):
        host = self.running("hold.lua")
        self.mthost("kill", "sim")
        self.assertIn("without protection", self.mthost("stop").out)
        self.assertIn("left open, without protection", self.ended(host))
        self.mthost("replay", "--verify")

    def test_on_bars_a_flatten_waits_for_the_next_open_and_no_repeated_kill_takes_it(self):
        self.write("d.csv", program.bars_csv([100 + i % 3 for i in range(4000)]))
        host = self.running("long.lua", "--data", "d.csv", "--symbols", "X", "--speed", "120")
        self.mthost("kill")
        self.mthost("flatten")
        said = self.mthost("kill").out
        self.assertTrue("being closed by flatten" in said or "no position is open" in said, said)
        self.wait_for("the close", lambda: self.position() == 0)
        closes = [order for order in self.mthost("orders", "--json").json() if order["role"] == "operator"]
        self.assertEqual([order["state"] for order in closes], ["filled"])
        self.mthost("stop")
        self.ended(host)
        self.mthost("replay", "--verify")

    def test_an_interrupted_killed_run_stays_dead_and_can_still_be_flattened(self):
        host = self.running("hold.lua")
        self.mthost("kill")
        host.send_signal(signal.SIGTERM)
        self.ended(host)
        host = self.start("run", "hold.lua", "--resume")
        self.wait_for("an answer", lambda: program.call("status", cwd=self.dir).code == 0)
        self.assertEqual(self.status()["unprotected"], 1)
        self.mthost("flatten")
        self.wait_for("the close", lambda: self.position() == 0)
        self.mthost("stop")
        self.assertIn("resumed at speed 10", self.ended(host))
        self.mthost("replay", "--verify")


class Pairs(Operator):
    """Each command after each state: whoever does what the sentence says comes out of it."""

    def test_halt_with_a_position(self):
        host = self.running("hold.lua")
        self.assertNotIn("without protection", self.mthost("halt").out)     # its stop lies at the venue
        said = self.mthost("flatten", code=1).err
        self.assertIn("1 position closes as soon as reduce or resume", said)
        self.assertEqual(self.status()["legs"][0]["state"], "halted")
        self.assertIn("nothing may increase", self.mthost("reduce").out)
        self.wait_for("the close", lambda: self.position() == 0)
        self.assertIn("trading again", self.mthost("resume").out)
        self.mthost("stop")
        self.ended(host)
        self.mthost("replay", "--verify")

    def test_halt_of_a_position_without_a_stop_says_so(self):
        host = self.running("bare.lua")
        said = self.mthost("halt").out
        self.assertIn("without protection", said)
        self.assertIn("reduce", said)
        self.assertEqual(self.status()["unprotected"], 1)
        self.assertEqual(self.mthost("reduce").out.count("without protection"), 0)
        self.mthost("flatten")
        self.wait_for("the close", lambda: self.position() == 0)
        self.mthost("stop")
        self.ended(host)

    def test_halt_then_kill_then_flatten(self):
        host = self.running("hold.lua")
        self.mthost("halt")
        self.assertIn("without protection", self.mthost("kill").out)
        self.mthost("flatten")
        self.wait_for("the close", lambda: self.position() == 0)
        self.mthost("stop")
        self.ended(host)

    def test_a_stricter_scope_beside_it_is_told(self):
        host = self.running("idle.lua")
        self.mthost("halt", "sim")
        said = self.mthost("reduce").out                    # of the host; the account is still halted
        self.assertIn("still halted", said)
        self.assertIn("resume", said)
        self.assertIn("trading again", self.mthost("resume").out)
        self.mthost("halt")
        self.assertIn("wider scope", self.mthost("resume", "sim", code=1).err)
        self.assertIn("trading again", self.mthost("resume").out)
        self.mthost("kill", "sim", "BTCUSDT")
        self.assertIn("killed", self.mthost("halt").out)
        self.assertIn("stays dead", self.mthost("resume", code=1).err)
        self.mthost("stop")
        self.ended(host)

    def test_every_state_without_a_position(self):
        host = self.running("idle.lua")
        for command, words in (("reduce", "nothing may increase"), ("flatten", "0 positions"), ("resume", "trading again"),
                               ("halt", "only cancels"), ("flatten", "0 positions"), ("reduce", "nothing may increase"),
                               ("kill", "no position is open"), ("flatten", "0 positions"), ("kill", "no position is open")):
            self.assertIn(words, self.mthost(command).out, command)
        for command in ("resume", "reduce", "halt"):
            self.assertIn("stop ends", self.mthost(command, code=1).err)
        self.assertIn("ending in order", self.mthost("stop").out)
        self.ended(host)
        self.mthost("replay", "--verify")


class KillFile(Operator):
    def test_one_that_is_there_is_named_and_nothing_begins(self):
        self.write("d.csv", program.bars_csv([100 + i % 3 for i in range(50)]))
        words = ("long.lua", "--data", "d.csv", "--symbols", "X", "--state", "other/state")
        self.write("other/state/KILL", "")
        for more in ((), ("--resume",), ("--json",)):
            result = self.mthost("run", *words, "--speed", "max", *more, code=5)
            self.assertEqual(result.err.strip(), "mthost: run: other/state/KILL is there: nothing will trade; remove it")
            self.assertEqual(result.out, "")
        self.assertEqual(os.listdir(self.path("other", "state")), ["KILL"])
        self.assertIn("trades", self.mthost("backtest", *words, "--json").summary())
        os.unlink(self.path("other", "state", "KILL"))
        os.symlink("nowhere", self.path("other", "state", "KILL"))         # a link into nothing is there as well
        self.mthost("run", *words, "--speed", "max", code=5)
        os.unlink(self.path("other", "state", "KILL"))
        self.mthost("run", *words, "--speed", "max")

    def test_one_that_appears_kills_says_so_and_the_run_stays_for_a_flatten(self):
        host = self.running("hold.lua")
        self.write("var/KILL", "")
        self.wait_for("the kill", lambda: self.status()["unprotected"] == 1)
        time.sleep(0.3)
        self.assertIsNone(host.poll())
        self.mthost("flatten")
        self.wait_for("the close", lambda: self.position() == 0)
        self.mthost("stop")
        err = self.ended(host)
        self.assertIn("var/KILL", err)
        self.assertIn("without protection: flatten closes", err)
        os.unlink(self.path("var", "KILL"))
        self.mthost("replay", "--verify")

    def test_at_the_end_of_the_data_the_cancels_are_definite(self):
        self.mthost("data", "gen", "--for", "20m", "--seed", "4", "--out", "market")
        host = self.running("hold.lua", "--data", "market", "--speed", "600")
        self.write("var/KILL", "")
        err = self.ended(host)
        self.assertIn("left open, without protection", err)
        os.unlink(self.path("var", "KILL"))
        states = {order["state"] for order in self.mthost("orders", "--json").json()}
        self.assertLessEqual(states, {"filled", "canceled", "denied", "expired"})
        self.mthost("replay", "--verify")


class SlowVenue(Operator):
    def test_the_end_of_a_killed_run_waits_for_a_venue_that_answers_late(self):
        self.write("late.lua", HOLD.replace('side = "buy"', 'side = "buy", ttl = 600'))
        self.write("r.lua", 'return { strategy = "late", symbols = { "BTCUSDT" }, sizing = { "fixed", qty = 0.5 },\n'
                   "  costs = { latency_ms = { entry = 20000, reply = 20000 } } }\n")
        host = self.running("r.lua", "--for", "20h", "--speed", "60")
        self.wait_for("a stop", lambda: self.status()["legs"][0]["stop_at"] == "venue")
        time.sleep(1)                                       # a minute of the market: it has arrived
        self.mthost("kill")
        self.mthost("stop")
        self.ended(host)
        stops = [order["state"] for order in self.mthost("orders", "--json").json() if order["role"] == "stop" and not order["code"]]
        self.assertEqual(stops, ["canceled"])
        self.mthost("replay", "--verify")


class Signals(Operator):
    def test_a_second_one_ends_a_script_that_hangs(self):
        host = self.running("hang.lua", "--for", "20h", "--speed", "40", "--seed", "3")
        time.sleep(1)                                       # by now it hangs
        host.send_signal(signal.SIGTERM)
        time.sleep(2.4)
        self.assertIsNone(host.poll())
        begin = time.monotonic()
        host.send_signal(signal.SIGTERM)
        err = self.ended(host, 1)
        self.assertLess(time.monotonic() - begin, 1)
        self.assertIn("still stopping", err)
        self.assertIn("ended at once", err)

    def test_hangup_is_a_stop_in_order_however_often(self):
        host = self.running("hold.lua")
        host.send_signal(signal.SIGHUP)
        host.send_signal(signal.SIGHUP)
        self.assertNotIn("still stopping", self.ended(host))
        self.assertEqual(program.journal(self.newest_run())[-1].kind, "RUN_END")

    def test_nohup_goes_on(self):
        host = subprocess.Popen(["nohup", program.MTHOST, "run", "hold.lua", "--for", "20h", "--speed", "10"], cwd=self.dir,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(program.end, host)
        self.wait_for("an answer", lambda: program.call("status", cwd=self.dir).code == 0)
        host.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        self.mthost("status")
        self.mthost("stop")
        self.ended(host)

    def test_a_backtest_that_is_stopped_says_how_far_its_result_reaches(self):
        self.mthost("data", "gen", "--for", "10h", "--out", "market")
        self.write("slow.lua", IDLE.replace("on_quote() end", "on_quote() local x = 0 for i = 1, 1e6 do x = x + i end self.x = x end"))
        host = self.start("backtest", "slow.lua", "--data", "market")
        time.sleep(1.5)
        host.send_signal(signal.SIGINT)
        self.assertIn("stopped by a signal at ", self.ended(host))

    def test_a_stopped_import_leaves_nothing(self):
        host = self.start("data", "gen", "--for", "2000h", "--out", "market")
        self.wait_for("a file", lambda: glob.glob(self.path("market", "*")))
        host.send_signal(signal.SIGTERM)
        self.assertIn("nothing was written", self.ended(host, 1))
        self.assertEqual(os.listdir(self.path("market")), [])

    def test_a_file_that_may_not_grow_is_a_failure_of_the_disk(self):
        self.mthost("data", "gen", "--for", "1h", "--out", "market")
        for words in (("run", "hold.lua", "--data", "market", "--speed", "max"), ("backtest", "hold.lua", "--data", "market"),
                      ("data", "import", "market", "--out", "again"), ("data", "import", "market", "--csv", "--out", "again"),
                      ("data", "gen", "--for", "1h", "--out", "again")):
            limited = subprocess.run([program.MTHOST, *words], cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                     timeout=60, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)))
            self.assertEqual(limited.returncode, 7, (words, limited.stderr))
            self.assertIn("File too large", limited.stderr)

    def test_an_output_that_may_not_grow_is_one_too(self):
        self.mthost("run", "hold.lua", "--for", "10m", "--speed", "max")
        for words in (("journal", "--json"), ("orders", "--json"), ("check", "hold.lua", "--json")):
            with open(self.path("out"), "w") as out:
                limited = subprocess.run([program.MTHOST, *words], cwd=self.dir, stdin=subprocess.DEVNULL, stdout=out,
                                         stderr=subprocess.PIPE, text=True, timeout=60,
                                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
            self.assertEqual(limited.returncode, 7, (words, limited.stderr))
            self.assertIn("output: cannot be written", limited.stderr)


class Socket(Operator):
    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        # The path below a deep temporary folder may be longer than a socket's name.
        folder = os.open(self.newest_run(), os.O_RDONLY)
        self.addCleanup(os.close, folder)
        client.connect(f"/proc/self/fd/{folder}/control.sock")
        client.settimeout(10)
        return client

    def test_silent_connections_keep_nobody_from_killing(self):
        host = self.running("idle.lua")
        silent = [self.connect() for _ in range(100)]
        begin = time.monotonic()
        self.mthost("kill")
        self.assertLess(time.monotonic() - begin, 1)
        partial = self.connect()
        partial.sendall(b"sta")
        for client in silent + [partial]:
            self.assertEqual(client.recv(10), b"")          # closed after a moment
        self.assertLess(time.monotonic() - begin, 5)
        self.mthost("stop")
        self.ended(host)

    def test_garbage_is_answered_and_never_a_command(self):
        host = self.running("idle.lua")
        for line in (b"kill\0\n", b"\x01kill\n", b"\xff\xfe\xfd\n", b"kill\x1b[0m\n", b"\n", b"kill sim BTCUSDT more words\n",
                     b"a" * 5000 + b"\n"):
            client = self.connect()
            client.sendall(line)
            self.assertTrue(client.recv(1000).startswith(b"error"), line)
        for _ in range(300):
            client = socket.socket(socket.AF_UNIX)
            client.connect(os.path.relpath(os.path.join(self.newest_run(), "control.sock")))
            client.send(os.urandom(9))
            client.close()
        self.assertEqual(self.status()["not_active"], [])
        self.mthost("stop")
        self.ended(host)

    def test_a_stopped_host_is_told_with_the_way_that_is_left(self):
        host = self.running("idle.lua")
        host.send_signal(signal.SIGSTOP)
        begin = time.monotonic()
        said = self.mthost("kill", code=1).err
        self.assertLess(time.monotonic() - begin, 5)
        self.assertIn("3 s", said)
        self.assertIn("touch ./var/KILL", said)
        self.assertIn(str(host.pid), said)
        host.send_signal(signal.SIGCONT)
        self.wait_for("the kill", lambda: self.status()["not_active"] != [])       # it was heard all the same
        self.mthost("stop")
        self.ended(host)

    def test_slow_handlers_do_not_keep_an_operator_waiting(self):
        self.write("slow.lua", IDLE.replace("on_quote() end", "on_quote() local x = 0 for i = 1, 3e6 do x = x + i % 7 end self.x = x end"))
        host = self.start("run", "slow.lua", "--for", "2000h", "--speed", "max")
        self.wait_for("an answer", lambda: program.call("status", cwd=self.dir).code == 0)
        begin = time.monotonic()
        self.mthost("stop")
        self.assertLess(time.monotonic() - begin, 3)
        self.ended(host)


class Resume(Operator):
    def test_the_speed_of_the_run_is_kept_unless_another_is_said(self):
        self.mthost("data", "gen", "--for", "30m", "--seed", "4", "--out", "market")
        host = self.running("hold.lua", "--data", "market", "--speed", "30")
        host.send_signal(signal.SIGKILL)
        host.communicate()
        host = self.start("run", "hold.lua", "--resume")
        self.wait_for("an answer", lambda: program.call("status", cwd=self.dir).code == 0)
        host.send_signal(signal.SIGINT)
        self.assertIn("resumed at speed 30", self.ended(host))
        self.assertNotIn("speed", self.mthost("run", "hold.lua", "--resume", "--speed", "max").err)

    def test_a_run_as_fast_as_possible_goes_on_so(self):
        host = self.start("run", "idle.lua", "--for", "3000h", "--speed", "max", "--state", "fast")
        self.wait_for("an answer", lambda: program.call("status", "--state", "fast", cwd=self.dir).code == 0)
        host.send_signal(signal.SIGTERM)
        self.ended(host)
        again = self.mthost("run", "idle.lua", "--resume", "--state", "fast", "--for", "3h", timeout=60)
        self.assertNotIn("speed", again.err)


if __name__ == "__main__":
    program.unittest.main()
