"""run --resume with the command line of the first start: what is the same passes, what differs is refused by name."""
import os
import signal
import unittest

import program

FLIP = """local mt = require "mthost"
local S = mt.strategy { params = { every = mt.param(20, 1, 1000, 1), other = mt.param(1, 0, 9, 1) } }
function S:on_start(why) self:log("error", "started: %s", why) end
function S:on_quote()
  local n = (self.state.n or 0) + 1
  self.state.n = n
  if n % self.params.every == 0 then self:signal { side = n // self.params.every % 2 == 0 and "buy" or "sell" } end
end
return S
""".replace("n // self.params.every", "math.floor(n / self.params.every)")


class Resume(program.Program):
    def setUp(self):
        super().setUp()
        self.write("flip.lua", FLIP)
        self.write("q.csv", program.quotes_csv([10000 + i * 37 % 400 for i in range(3000)]))
        self.write("other.csv", program.quotes_csv([10000] * 10))

    def interrupt(self, *words):
        """A run that is killed in its middle."""
        host = self.start("run", "flip.lua", *words, "--speed", "600", "--log-level", "off")
        self.wait_for("a journal with orders", lambda: self.has_run("var")
                      and any(r.kind == "INTENT" for r in program.journal(self.newest_run())))
        host.send_signal(signal.SIGKILL)
        host.communicate()

    RECORDED = ["--data", "q.csv", "--symbols", "TEST", "--format", "quotes", "--columns", "time,bid,ask", "--time-unit", "s",
                "--tz", "UTC", "--instrument", "tick=0.01,step=0.1,size=1,quote=USD", "--strict", "--cash", "5000",
                "--fee-bp", "1.50", "--set", "every=10", "--set", "other=3", "--seed", "4"]

    def test_the_same_command_line_goes_on_and_ends_like_an_undisturbed_run(self):
        whole = self.mthost("run", "flip.lua", *self.RECORDED, "--speed", "max", "--state", "whole", "--json").summary()
        self.interrupt(*self.RECORDED)
        again = self.mthost("run", "flip.lua", *self.RECORDED, "--speed", "max", "--json", "--resume").summary()
        self.assertEqual(again["result_hash"], whole["result_hash"])
        self.assertEqual(again["params"], whole["params"])
        self.assertGreater(whole["fills"], 10)

    def test_what_was_skipped_before_is_not_counted_and_the_line_says_so(self):
        """What a script skips is in no journal: a resumed run can count it only from there on."""
        self.write("flip.lua", FLIP.replace("  if n %", "  self:skip 'looking'\n  if n %"))
        whole = self.mthost("run", "flip.lua", *self.RECORDED, "--speed", "max", "--state", "whole")
        self.assertRegex(whole.out, r"skipped +TEST looking: 3000\n")
        self.interrupt(*self.RECORDED)
        again = self.mthost("run", "flip.lua", *self.RECORDED, "--speed", "max", "--resume")
        self.assertRegex(again.out, r"skipped +TEST looking: \d+ \(since the resume\)\n")

    def test_equal_values_in_other_words_pass(self):
        self.interrupt(*self.RECORDED)
        self.mthost("run", "flip.lua", "--resume", "--speed", "max", "--cash", "5000.00", "--fee-bp", "1.5",
                    "--data", self.path("q.csv"), "--set", "every=12", "--set", "every=10", "--for", "40m")

    def test_other_values_are_refused_with_both(self):
        self.interrupt(*self.RECORDED)
        for words, now, then in (
                (["--data", "other.csv"], "other.csv", "q.csv"), (["--data", "q.csv", "other.csv"], "other.csv", "q.csv"),
                (["--symbols", "OTHER"], "OTHER", "TEST"), (["--symbols", "TEST,B"], "TEST,B", "TEST"),
                (["--format", "trades"], "trades", "quotes"), (["--columns", "time,ask,bid"], "time,ask,bid", "time,bid,ask"),
                (["--time-unit", "ms"], "ms", "with s"), (["--tz", "-05:00"], "-05:00", "UTC"),
                (["--date", "2014-05-01"], "2014-05-01", "none"), (["--like", "EURUSD"], "EURUSD", "none"),
                (["--instrument", "tick=0.1"], "tick=0.1:", "tick=0.01,step=0.1,size=1,quote=USD"),
                (["--cash", "5001"], "5001", "5000.00000000"), (["--cash", "many"], "many", "5000.00000000"),
                (["--fee-bp", "2"], "2", "1.5"), (["--set", "every=11"], "every=11", "every=10"),
                (["--set", "every=10", "--set", "every=11"], "every=11", "every=10"),
                (["--set", "third=1"], "third=1", "none"), (["--seed", "5"], "seed 5", "4")):
            with self.subTest(words=words):
                said = self.mthost("run", "flip.lua", "--resume", "--speed", "max", *words, code=2).err
                self.assertIn(now, said)
                self.assertIn(then, said)
                self.assertIn(words[0], said)

    def test_what_on_start_logs_is_told_once(self):
        self.interrupt(*self.RECORDED)
        said = self.mthost("run", "flip.lua", "--resume", "--speed", "max").err
        self.assertEqual(said.count("started: restart"), 1, said)
        self.assertEqual(said.count("started:"), 1, said)

    def test_a_generated_market(self):
        words = ["--symbols", "ETHUSDT,BTCUSDT", "--seed", "9", "--for", "1h"]
        self.interrupt(*words)
        for other in (["--symbols", "BTCUSDT"], ["--data", "q.csv"], ["--seed", "1"], ["--strict"]):
            self.mthost("run", "flip.lua", "--resume", "--speed", "max", *other, code=2)
        # The order of symbols changes nothing.
        self.mthost("run", "flip.lua", "--resume", "--speed", "max", "--symbols", "BTCUSDT,ETHUSDT", *words[2:])

    def test_files_in_another_order_are_the_same(self):
        self.write("a.csv", program.quotes_csv([100 + i % 9 for i in range(3000)]))
        self.write("b.csv", program.quotes_csv([200 + i % 7 for i in range(3000)]))
        self.interrupt("--data", "a.csv", "b.csv")
        self.mthost("run", "flip.lua", "--resume", "--speed", "max", "--data", "a.csv", "a.csv", code=2)
        self.mthost("run", "flip.lua", "--resume", "--speed", "max", "--data", "b.csv", "a.csv")


if __name__ == "__main__":
    unittest.main()
