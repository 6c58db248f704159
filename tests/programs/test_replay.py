"""replay --verify of any journal of run is silent; one byte changed in a recorded command, or another script, is named."""
import os
import random
import shutil
import signal
import struct
import unittest

import program

STRATEGY = """
local mt = require "mthost"
local S = mt.strategy { params = { every = mt.param(25, 1, 1000, 1) } }
function S:on_start() if self.state.n == nil then self.state.n = 0 end end
function S:on_trade(t)
  local n = self.state.n + 1
  self.state.n = n
  if n % self.params.every ~= 0 then return end
  self:signal { side = (n / self.params.every) % 2 == 0 and "buy" or "sell", tag = "turn", exit = { stop = 30 } }
end
return S
"""


class Replay(program.Program):
    def setUp(self):
        super().setUp()
        self.write("turn.lua", STRATEGY)

    def run_it(self, *more):
        return self.mthost("run", "turn.lua", "--for", "1h", "--speed", "max", "--seed", "11", "--json", *more).summary()

    def test_of_every_shipped_strategy(self):
        folder = os.path.join(program.SOURCE, "scripts", "strategies")
        for name in sorted(os.listdir(folder)):
            self.mthost("run", os.path.join(folder, name), "--for", "6h", "--speed", "max", "--seed", "2")
            self.mthost("replay", "--verify")

    def test_of_recorded_data(self):
        mids = [10000 + (i * i // 7) % 300 for i in range(4000)]
        self.write("q.csv", program.quotes_csv(mids))
        script = os.path.join(program.SOURCE, "scripts", "strategies", "price_vs_ma.lua")
        summary = self.mthost("run", script, "--data", "q.csv", "--symbols", "X", "--speed", "max", "--json").summary()
        self.assertGreater(summary["fills"], 0)
        self.mthost("replay", "--verify")
        self.write("q.csv", program.quotes_csv(mids[:-1] + [9999]))
        said = self.mthost("replay", "--verify", code=4).err
        self.assertIn("q.csv", said)

    def test_of_a_run_that_was_steered(self):
        process = self.start("run", "turn.lua", "--seed", "11", "--speed", "60", "--for", "30m", "--json")
        self.wait_for("an answer", lambda: program.call("status", "--json", cwd=self.dir).code == 0)
        for words in (("params", "every=10"), ("halt",), ("resume",), ("reduce",), ("resume",), ("flatten",),
                      ("params", "every=7"), ("status",), ("kill",)):
            self.mthost(*words)
        self.mthost("stop")
        process.communicate(timeout=30)
        self.assertIn(process.returncode, (0, 5))
        records = program.journal(self.path("var"))
        self.assertGreaterEqual(sum(record.kind == "OPERATOR" for record in records), 9)
        self.assertEqual(records[-1].kind, "RUN_END")
        self.mthost("replay", "--verify")

    def test_a_byte_of_a_command_flipped_is_the_first_difference(self):
        self.run_it()
        self.mthost("replay", "--verify")
        kept = self.path("kept")
        shutil.copytree(self.newest_run(), kept)
        rng = random.Random(5)
        for sealed in (False, True):
            for kind in ("INTENT", "DECISION"):
                shutil.rmtree(self.newest_run())
                shutil.copytree(kept, self.path("var", "runs", "20200101-000000-turn"))
                run = self.newest_run()
                records = [record for record in program.journal(run) if record.kind == kind]
                victim = records[rng.randrange(len(records) // 3, len(records))]
                at = victim.offset + 32 + rng.randrange(victim.length)
                with open(victim.file, "r+b") as file:
                    file.seek(at)
                    byte = file.read(1)[0]
                    file.seek(at)
                    file.write(bytes([byte ^ 1]))
                if sealed:
                    program.reseal(run)
                result = self.mthost("replay", "--verify", code=4)
                self.assertIn(str(victim.seq), result.out + result.err, "the difference is not where it was made")

    def test_another_script_is_a_difference(self):
        self.run_it()
        self.mthost("replay", "--verify")
        self.write("turn.lua", STRATEGY.replace("stop = 30", "stop = 31"))
        said = self.mthost("replay", "--verify", code=4)
        self.assertIn("turn.lua", said.out + said.err)

    def test_of_a_run_that_was_short_of_disk_space(self):
        self.write("full.lua", "return { disk_floor_mb = 1000000000 }\n")
        summary = self.run_it("--config", "full.lua")
        self.assertEqual((summary["orders"], summary["denied_by"]), (0, {"JOURNAL_UNAVAILABLE": summary["denied"]}))
        self.assertGreater(summary["denied"], 5)
        self.mthost("replay", "--verify")

    def test_of_a_run_whose_disk_was_short_for_a_while(self):
        half = 512
        stat = os.statvfs(self.dir)
        free = stat.f_bavail * stat.f_frsize >> 20
        if free < 4 * half:
            self.skipTest("no space to play with")
        self.write("floor.lua", "return { disk_floor_mb = %d }\n" % (free - half))
        process = self.start("run", "turn.lua", "--seed", "11", "--speed", "600", "--for", "1h", "--config", "floor.lua")

        def denied():
            return [r.code != 0 for r in program.journal(self.path("var")) if r.kind == "INTENT"]

        self.wait_for("orders", lambda: self.has_run("var") and len(denied()) > 2)
        before = len(denied())
        with open(self.path("big"), "w") as file:
            os.posix_fallocate(file.fileno(), 0, 2 * half << 20)
        self.wait_for("a refusal", lambda: any(denied()[before:]))
        os.remove(self.path("big"))
        process.communicate(timeout=60)
        said = denied()
        self.assertIn(False, said[:before])
        self.assertIn(True, said)
        self.mthost("replay", "--verify")

    def test_of_a_run_that_was_killed_and_resumed(self):
        process = self.start("run", "turn.lua", "--seed", "11", "--speed", "600", "--for", "1h")
        self.wait_for("orders", lambda: self.has_run("var") and
                      sum(record.kind == "INTENT" for record in program.journal(self.path("var"))) > 5)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.mthost("replay", "--verify")
        self.mthost("run", "turn.lua", "--resume", "--speed", "max", "--seed", "11", "--for", "1h")
        self.mthost("replay", "--verify")


if __name__ == "__main__":
    unittest.main()
