"""One truth: backtest, run as fast as possible, a run that was killed and resumed, and the replay of each come to one summary,
whatever the data and however many accounts; and the reports have room for all of them."""
import os
import random
import signal
import time
import unittest

import program

OWN = ("elapsed_s", "events_per_s", "rss_mb", "run", "notes")           # the only fields that may differ
TURNS = """local mt = require "mthost"
local S = mt.strategy { %s params = { every = mt.param(7, 1, 100, 1), text = mt.param("") } }
local function step(self)
  local n = (self.state.n or 0) + 1
  self.state.n = n
  if n %% self.params.every ~= 0 then return end
  local k = math.floor(n / self.params.every) %% 4
  if k %% 2 == 1 then self:signal { side = "flat" }           -- no reversals: the second half of one dies with the host
  else self:signal { side = k == 2 and "sell" or "buy", exit = { stop = 0.6, take = 0.9 }, tag = "n" .. k } end
  self:mark("n", n)
end
function S:on_bar() step(self) end
function S:on_quote() step(self) end
return S
"""


def accounts(count):
    names = ", ".join(f'["a/{n:04d}"] = {{ cash = {100000 + n}, currency = "USD" }}' for n in range(count))
    return "return { accounts = { " + names + " } }\n"


class OneSummary(program.Program):
    def closes(self, count, seed):
        walk, at, out = random.Random(seed), 10000, []
        for _ in range(count):
            at = max(5000, at + walk.randint(-30, 30))
            out.append(at)
        return out

    def script(self, handler, symbols="", how="{ '*' }"):
        self.write("turns.lua", TURNS % ('bars = { "1m" },' if handler == "bars" else ""))
        self.write("run.lua", f'return {{ strategy = "turns", symbols = {{ {symbols} }}, accounts = {{ {how} }}, '
                   'costs = { taker_bp = 2 } }\n')

    def same(self, a, b, what):
        self.assertEqual({k: v for k, v in a.items() if k not in OWN + ("ev",)},
                         {k: v for k, v in b.items() if k not in OWN + ("ev",)}, what)

    def killed_and_resumed(self, words, kills, speed):
        """Started at a pace at which the kills fall into its middle; each resume keeps the pace; then to the end."""
        words = [*words, "--state", "killed", "--log-level", "off"]
        for number in range(kills):
            host = self.start("run", *words, *(["--resume"] if number else ["--speed", speed]))
            started = time.monotonic()
            self.wait_for("a run that trades", lambda: time.monotonic() > started + 0.3 and self.has_run("killed")
                          and program.segments(self.path("killed")))
            self.assertIsNone(host.poll(), "it ended before it could be killed")
            host.send_signal(signal.SIGKILL)
            host.communicate()
        return self.mthost("run", *words, "--resume", "--speed", "max", "--json").summary()

    def check(self, files, *words, kills=0, speed=0):
        words = ["run.lua", "--data", *files, "--instrument", "tick=0.01,step=0.01,quote=USD", *words]
        tested = self.mthost("backtest", *words, "--out", "tested", "--json").json()
        ran = self.mthost("run", *words, "--speed", "max", "--json").summary()
        self.assertGreater(ran["fills"], 0)
        self.same(tested, ran, "backtest and run")
        replayed = self.mthost("replay", "--verify", "--json").json()
        self.assertTrue(replayed["verified"])
        self.same(ran, replayed["summary"], "run and its replay")
        if kills:
            killed = self.killed_and_resumed(words, kills, speed)
            self.same(ran, killed, "run and the resumed one")
            for name in ("equity.csv", "trades.csv", "vetoes.csv", "marks.csv"):
                with open(os.path.join(self.newest_run(), name)) as one, open(os.path.join(self.newest_run("killed"), name)) as two:
                    ours, theirs = one.read().splitlines(), two.read().splitlines()
                    if name == "marks.csv":         # of the instant of the death it may be there twice (docs/results.md)
                        theirs = list(dict.fromkeys(theirs))
                    self.assertEqual(ours, theirs, name)
            again = self.mthost("replay", "--verify", "--state", "killed", "--json").json()
            self.same(killed, again["summary"], "the resumed run and its replay")
        return ran

    def test_bars(self):
        self.script("bars", '"X"')
        self.write("x.csv", program.bars_csv([c / 100 for c in self.closes(30000, 1)]))
        found = self.check(["x.csv"], kills=3, speed=600000)
        self.assertIsNotNone(found["sharpe"])
        self.assertGreater(found["max_drawdown"], 0)

    def test_quotes(self):
        self.script("quotes", '"X"')
        self.write("x.csv", program.quotes_csv(self.closes(30000, 2)))
        self.check(["x.csv"], kills=2, speed=10000)

    def test_several_symbols(self):
        self.script("bars", '"X", "Y", "Z"')
        for number, name in enumerate("xyz"):
            self.write(name + ".csv", program.bars_csv([c / 100 for c in self.closes(10000, 10 + number)]))
        self.check(["x.csv", "y.csv", "z.csv"], kills=2, speed=200000)

    def test_one_three_400_and_1024_accounts(self):
        for count in (1, 3, 400, 1024):
            with self.subTest(count):
                self.write("mthost.conf.lua", accounts(count))
                self.script("bars", '"X"')
                self.write("x.csv", program.bars_csv([c / 100 for c in self.closes(40, 3)]))
                found = self.check(["x.csv"], "--set", "every=9")
                self.assertEqual(len(found.get("accounts", [0])), count)
                self.assertEqual(found["fills"] % count, 0)
                rows = program.table(self.path("tested", "equity.csv"))
                self.assertEqual(len(rows) % count, 0)
                self.assertEqual(len({row["account"] for row in rows}), count)

    def test_a_parameter_of_the_longest_text(self):
        self.script("bars", '"X"')
        self.write("run.lua", 'return { strategy = "turns", symbols = { "X" }, params = { text = ("é=\\"\\n"):rep(800) } }\n')
        self.write("x.csv", program.bars_csv([c / 100 for c in self.closes(100, 3)]))
        self.assertEqual(self.check(["x.csv"])["params"]["text"], "é=\"\n" * 800)


if __name__ == "__main__":
    unittest.main()
