"""Look-ups answer the question that was asked: of the newest run, of a killed one, of one whose files are missing."""
import os
import random
import time
import unittest

import program

VIEWS = ("orders", "fills", "positions", "trades", "signals")
# A stop that is replaced with every trade, over a slow line: a kill mostly hits a replace on its way.
PROTECT = """
local mt = require "mthost"
local S = mt.strategy {}
function S:on_start() self.n = 0 end
function S:on_trade(t)
  self.n = self.n + 1
  if self.n % 50 == 1 then self:signal { side = self.n % 100 == 1 and "buy" or "sell", exit = { stop = 40 } } end
  self:protect { stop = 30 + self.n % 7, widen = true }
end
return S
"""


class Killed(program.Program):
    def test_every_table_of_a_run_that_was_killed_with_a_replace_in_flight(self):
        self.write("p.lua", PROTECT)
        self.write("run.lua", 'return { strategy = "p", costs = { latency_ms = { entry = 200, reply = 100 } } }\n')
        rng, kills = random.Random(11), 0
        for number in range(6):
            state = f"var{number}"
            words = ("run", "run.lua", "--for", "4h", "--speed", "max", "--seed", number, "--state", state)
            host = self.start(*words)
            self.wait_for("records", lambda: os.path.isdir(self.path(state, "runs")) and program.segments(self.path(state)))
            time.sleep(rng.uniform(0.05, 0.3))
            host.kill()
            host.communicate()
            for view in VIEWS:
                self.mthost(view, "--state", state)
            if any(record.kind == "RUN_END" for record in program.journal(self.newest_run(state))):
                continue
            kills += 1
            self.mthost("run", "run.lua", "--resume", "--for", "4h", "--speed", "max", "--state", state)
            tables = {view: self.mthost(view, "--state", state, "--json").json() for view in VIEWS}
            _, _, fills = program.fold(program.journal(self.newest_run(state)))
            self.assertEqual(len(tables["fills"]), len(fills))
            self.assertGreater(len(tables["trades"]), 0)
            self.mthost("replay", "--verify", "--state", state)
        self.assertGreater(kills, 2, "the runs ended before they were killed: the test tests nothing")


if __name__ == "__main__":
    unittest.main()
