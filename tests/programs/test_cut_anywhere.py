"""A journal that ends anywhere: whatever was on its way when the host died, and wherever inside the write of a turn it
died, the resumed run ends as the uninterrupted one: summary, hash, and every row of its reports."""
import json
import os
import random
import shutil
import unittest

import program
from test_one_summary import OWN

STRATEGY = """local mt = require "mthost"
local S = mt.strategy {}
local n = 0
function S:on_start() self.state.n = self.state.n or 0 end
function S:on_quote(q)
  local n = self.state.n + 1
  self.state.n = n
  if n % 23 == 0 then
    local k = math.floor(n / 23)
    if k % 7 == 3 then self:signal { side = "flat" }
    elseif k % 7 == 5 then self:signal { side = "buy", limit = q.bid - 3, ttl = 40, exit = { stop = 30, take = 50 }, tag = "low " .. k }
    else self:signal { side = k % 2 == 0 and "sell" or "buy", tag = "t" .. k, exit = { stop = 25, trail = 12, take = 60, time = 45 } }
    end
  elseif n % 31 == 0 then self:protect { stop = 18 + n % 5 } end
end
function S:on_fill(f) self:mark("fill", f.price) end
return S
"""
# Orders by the clock, at instants at which the market moves at the venue; targets, whose replaces follow one another.
CLOCK = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_start()
  if self.state.n then return end
  self.state.n = 0
  self:timer { name = "beat", every = 7 }
end
function S:on_timer()
  local n = self.state.n + 1
  self.state.n = n
  if n % 3 == 0 then self:signal { side = "flat" }
  else self:signal { side = n % 2 == 0 and "sell" or "buy", exit = { stop = 2, trail = 1, take = 4 } } end
end
return S
"""
TARGETS = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_start() self.state.n = self.state.n or 0 end
function S:on_trade(t)
  local n = self.state.n + 1
  self.state.n = n
  if n % 9 == 0 then self:target(((n * 7919 + 13) % 11 - 5) * 0.02, { ttl = 50 })
  elseif n % 31 == 0 then self:protect { stop = t.price * 0.01 } end
end
return S
"""
# Orders that are withdrawn before they leave; what the script hears of them is in the tags behind.
WITHDRAWN = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_start() self.state.n, self.state.heard = self.state.n or 0, self.state.heard or 0 end
function S:on_order() self.state.heard = self.state.heard + 1 end
function S:on_quote()
  local n = self.state.n + 1
  self.state.n = n
  if n % 17 ~= 0 then return end
  self:signal { side = "buy", tag = "a" .. self.state.heard, exit = { stop = 30, take = 40 } }
  self:signal { side = "sell", tag = "b" .. self.state.heard, exit = { stop = 30, take = 40 } }
  if n % 3 == 0 then self:signal { side = "flat" } end
end
return S
"""
# Many accounts that want more than the market has: who asks first is served first.
CROWD = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_start() self.state.n = self.state.n or 0 end
function S:on_quote()
  local n = self.state.n + 1
  self.state.n = n
  if n % 22 == 0 then self:target((n / 22 * 7 % 5 - 1) * 0.02, { ttl = 20 })
  elseif n % 22 == 11 then self:protect { stop = 2 } end
end
return S
"""
RUN = 'return { strategy = "turns", symbols = { "BTCUSDT" }, accounts = { "*" }, costs = { taker_bp = 2%s } }\n'
FILES = ("trades.csv", "fills.csv", "orders.csv", "equity.csv", "signals.csv", "vetoes.csv")     # marks: docs/results.md
LATENCIES = ("", ", latency_ms = { feed = 200, entry = 900, reply = 400 }", ", latency_ms = { entry = 3000, reply = 2500 }")


class CutAnywhere(program.Program):
    def read(self, run):
        files = {}
        for name in FILES:
            if os.path.exists(os.path.join(run, name)):
                with open(os.path.join(run, name)) as file:
                    files[name] = file.read()
        return files

    def resumed(self, whole, segment, at):
        run = self.path("cut", "runs", os.path.basename(whole))
        shutil.rmtree(self.path("cut"), ignore_errors=True)
        shutil.copytree(whole, run)
        with open(os.path.join(run, "journal", segment), "r+b") as file:
            file.truncate(at)
        self.mthost("run", "run.lua", "--resume", "--speed", "max", "--state", "cut", "--log-level", "off")
        return self.summary(run), self.read(run)

    def summary(self, run):
        with open(os.path.join(run, "summary.json")) as file:
            return {key: value for key, value in json.load(file).items() if key not in OWN}

    def check(self, latency, seed, cuts, script=STRATEGY, market=("--for", "15m"), mid_instant=False):
        self.write("turns.lua", script)
        self.write("run.lua", RUN % latency)
        self.mthost("run", "run.lua", *market, "--speed", "max", "--seed", seed, "--state", "whole", "--log-level", "off")
        whole = self.newest_run("whole")
        summary, files = self.summary(whole), self.read(whole)
        self.assertGreater(summary["fills"], 10)
        self.assertGreaterEqual(len(files), 4)
        records = program.journal(whole)
        rng = random.Random(seed)
        segment = os.path.basename(records[0].file)
        places = [r for r in records if r.kind in ("DECISION", "INTENT", "OP", "SENT", "VENUE_EVENT", "LEG")]
        if mid_instant:                         # the market stands still, and there is more to come
            places = [then for r, then in zip(records, records[1:]) if r.time_ns == then.time_ns
                      and r.kind == then.kind == "VENUE_EVENT"]
        for victim in rng.sample(places, cuts):
            at = victim.offset + rng.choice((0, 1, 31, 32 + victim.length, rng.randrange(32 + victim.length)))
            again, rows = self.resumed(whole, segment, at)
            self.assertEqual(again, summary, f"{latency} seed {seed}, cut at {at} ({victim.kind}, seq {victim.seq})")
            for name in files:
                self.assertEqual(rows[name], files[name], f"{name}: {latency} seed {seed}, cut at {at} (seq {victim.seq})")

    def test_at_once(self):
        self.check(LATENCIES[0], 1, 12)

    def test_with_latencies(self):
        self.check(LATENCIES[1], 2, 14)

    def test_with_latencies_longer_than_the_market_waits(self):
        self.check(LATENCIES[2], 3, 14)

    def trades(self, count):
        """One each second, on the second."""
        walk, at, rows = random.Random(7), 10000, ["time,price,qty"]
        for number in range(count):
            at = max(5000, at + walk.randint(-30, 30))
            rows.append(f"{program.START + number},{at / 100:.2f},5")
        self.write("BTCUSDT.csv", "\n".join(rows) + "\n")
        return "--data", "BTCUSDT.csv", "--instrument", "tick=0.01,step=0.01,quote=USDT"

    def test_orders_of_the_clock_at_an_instant_that_the_host_sees_late(self):
        self.check(", latency_ms = { feed = 1500 }", 4, 10, CLOCK, self.trades(900))

    def test_orders_that_arrive_at_once_and_are_answered_late(self):
        self.check(", latency_ms = { reply = 1500 }", 5, 10, TARGETS, self.trades(900))

    def test_orders_that_are_withdrawn_before_they_leave(self):
        self.check("", 7, 8, WITHDRAWN)
        self.check(LATENCIES[1], 8, 8, WITHDRAWN)

    def test_a_crowd_in_the_middle_of_an_instant(self):
        walk, at, rows = random.Random(9), 10000, ["time,bid,ask,bid_qty,ask_qty"]
        for number in range(900):
            at = max(5000, at + walk.randint(-30, 30))
            rows.append(f"{program.START + number},{at / 100:.2f},{at / 100 + 0.03:.2f},{walk.randint(1, 40) / 100:.2f},"
                        f"{walk.randint(1, 40) / 100:.2f}")
        self.write("BTCUSDT.csv", "\n".join(rows) + "\n")
        names = ", ".join(f'["d/{i:02}"] = {{ cash = {100000 + i} }}' for i in range(20))
        self.write("mthost.conf.lua", "return { accounts = { " + names + " } }")
        self.check(", latency_ms = { feed = 1500, entry = 3500 }", 9, 25, CROWD,
                   ("--data", "BTCUSDT.csv", "--instrument", "tick=0.01,step=0.01,quote=USDT"), mid_instant=True)

    def test_exits_that_a_rate_refuses(self):
        names = ", ".join(f'["d/{i}"] = {{ cash = 100000 }}' for i in range(3))
        self.write("mthost.conf.lua", "return { accounts = { " + names + " }, limits = { global = { rate_per_s = 1, rate_burst = 3 } } }")
        self.check("", 6, 24)


if __name__ == "__main__":
    unittest.main()
