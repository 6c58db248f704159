"""What is on its way while something else happens: changes in flight while a position comes and goes, sizes that are no
whole steps, and what a kill -9 finds half-way."""
import os
import signal
import unittest

import program

LATE_PROTECT = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_bar(b)
  self.state.n = (self.state.n or 0) + 1
  if self.state.n ~= 1 then return end
  self:signal { side = "buy", limit = 99.5, ttl = 300, exit = { stop = 1, take = 5 } }
  self:timer { name = "late", after = 119.999 }
end
function S:on_timer() self:protect { take = 4 } end
return S
"""
GO = """return { strategy = "s", sizing = { "fixed", qty = %s }, costs = { taker_bp = 1, latency_ms = { entry = %d } } }
"""
ONE_BUY = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_quote() self:signal { side = "buy", ttl = 100, exit = { stop = 1, take = { { 5, part = 0.5 }, { 6 } } } } end
return S
"""
TIMERS = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_start(why)
  self:timer { name = "always", every = 61 }
  if why == "start" then self:timer { name = "once", every = 47 } end
end
function S:on_quote() end
function S:on_timer(ev) self:signal { side = ev.name == "once" and "buy" or "sell", exit = { stop = 3, take = 2 } } end
return S
"""


class InBetween(program.Program):
    def test_a_protect_that_arrives_when_entry_and_exit_are_over(self):
        self.write("s.lua", LATE_PROTECT)
        self.write("go.lua", GO % (2, 5))
        rows = ("100,100,100,100", "100,100,100,100", "100,100,98,98.2", "98.2,99,98,98.5", "98.5,99,98,98.5")
        self.write("b.csv", "time,open,high,low,close,volume\n"
                   + "".join(f"{program.START + 60 * i},{row},1\n" for i, row in enumerate(rows)))
        result = self.mthost("backtest", "go.lua", "--data", "b.csv", "--symbols", "AAA", "--json",
                             "--instrument", "tick=0.01,step=1,size=1,quote=USD").json()
        self.assertEqual((result["fills"], result["trades"]), (2, 1))
        self.assertEqual(result["realised"], "-2.00000000")

    def test_no_part_of_a_step_is_traded(self):
        self.write("s.lua", ONE_BUY)
        self.write("go.lua", GO % (3, 0))
        sizes = [0.7, 0.9, 2.5, 0.6, 1.9, 9]
        self.write("q.csv", "time,bid,ask,bid_qty,ask_qty\n"
                   + "".join(f"{program.START + i},99.99,100,{size},{size}\n" for i, size in enumerate(sizes)))
        words = ["go.lua", "--data", "q.csv", "--symbols", "AAA", "--instrument", "tick=0.01,step=1,size=1,quote=USD"]
        summary = self.mthost("run", *words, "--speed", "max", "--json").summary()
        self.assertEqual((summary["denied"], summary["fills"]), (0, 2))
        fills = [r for r in program.journal(self.newest_run()) if r.kind == "VENUE_EVENT" and r.event in ("fillp", "fillx")]
        self.assertEqual([r.qty % 10 ** 8 for r in fills], [0, 0])
        _, still_open, _ = program.fold(program.journal(self.newest_run()))
        self.assertEqual(sorted(order.role for order in still_open.values()), ["stop", "take", "take"])

    def test_timers_of_on_start_go_on_after_a_kill(self):
        self.write("s.lua", TIMERS)
        self.write("q.csv", program.quotes_csv([10000 + i * 37 % 400 for i in range(3000)]))
        whole = self.mthost("run", "s.lua", "--data", "q.csv", "--speed", "max", "--state", "whole", "--json").summary()
        for least in (0, 30):
            state = f"killed{least}"
            host = self.start("run", "s.lua", "--data", "q.csv", "--speed", "600", "--state", state, "--log-level", "off")
            self.wait_for("a journal", lambda: self.has_run(state)
                          and len(program.journal(self.newest_run(state))) > least)
            host.send_signal(signal.SIGKILL)
            host.communicate()
            again = self.mthost("run", "s.lua", "--speed", "max", "--state", state, "--json", "--resume").summary()
            self.assertEqual(again["result_hash"], whole["result_hash"])
        self.assertGreater(whole["fills"], 20)


if __name__ == "__main__":
    unittest.main()
