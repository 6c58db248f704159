"""What grows must grow with what happens and not with its neighbours: the memory of duplicates, the kept state in the
journal, the work of a fill."""
import unittest

import program

SIZES = """local mt = require "mthost"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self.n = 0 end
function S:on_bar()
  self.n = self.n + 1
  if self.n %% 2 == 0 then self:signal { side = "buy", size = 1 + %s } else self:signal { side = "flat" } end
end
return S
"""
KEPT = """local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self:keep("mean", ta.sma, 150) end
function S:on_bar(b) self.mean:update(b.close) end
return S
"""
PARTS = """local mt = require "mthost"
local S = mt.strategy {}
function S:on_start() self.n = 0 end
function S:on_quote()
  self.n = self.n + 1
  if self.n == 2 then self:target(25000, { ttl = 1000000 }) end
end
return S
"""
INSTRUMENT = ("--instrument", "tick=0.01,step=0.01,quote=USD", "--fee-bp", "0")


class Scale(program.Program):
    def bars(self, count):
        return "time,open,high,low,close,volume\n" + "".join(f"{1600000020 + 60 * i},50,50,50,50,1\n" for i in range(count))

    def fan_out(self, accounts, size, bars):
        names = ", ".join(f'["d/{i:04d}"] = {{ cash = 100000, leverage = 5 }}' for i in range(accounts))
        self.write("desk.conf.lua", f'return {{ limits = {{ accounts = {{ ["d/*"] = {{ dup_ms = 3600000 }} }} }}, accounts = {{ {names} }} }}')
        self.write("s.lua", SIZES % size)
        self.write("run.lua", 'return { strategy = "s", symbols = { "XX" }, '
                   'accounts = { lead = "d/0000", { "d/*", sizing = { "fixed", qty = 1 } } } }')
        self.write("bars.csv", self.bars(bars))
        return self.mthost("backtest", "run.lua", "--config", "desk.conf.lua", "--data", "bars.csv", *INSTRUMENT,
                           "--out", "out", "--json").json()

    def test_orders_of_other_accounts_make_no_duplicate(self):
        # Every entry of an account has another quantity; the accounts together send more than one memory could hold.
        few, many = self.fan_out(4, "self.n / 100", 160), self.fan_out(200, "self.n / 100", 160)
        self.assertEqual((few["denied"], many["denied"]), (0, 0))
        self.assertEqual(many["fills"] * 4, few["fills"] * 200)

    def test_a_real_duplicate_is_one_in_every_account(self):
        # The second entry of an hour has the size of the first.
        for accounts in (1, 200):
            told = self.fan_out(accounts, "0.1 * math.floor(self.n / 4)", 10)
            self.assertEqual(told["denied"], told["intents"] - told["orders"])
            self.assertEqual(told["denied"] % accounts, 0)
            self.assertGreater(told["denied"], 0)

    def test_kept_state_is_written_by_the_work_that_it_saves(self):
        self.write("keep.lua", KEPT)
        written = []
        for bars in (6000, 12000):
            self.write("bars.csv", self.bars(bars))
            self.mthost("run", "keep.lua", "--data", "bars.csv", "--symbols", "XX", *INSTRUMENT, "--speed", "max",
                        "--state", f"state{bars}", "--log-level", "off")
            records = program.journal(self.newest_run(f"state{bars}"))
            written.append(sum(record.kind == "SCRIPT_STATE" for record in records))
        self.assertLessEqual(max(written), 6)               # at the start, at the end, and every 4 096 calls
        self.assertGreater(written[1], written[0])

    def test_many_accounts_and_symbols_cost_what_is_open(self):
        accounts, symbols, bars = 1024, 50, 20
        names = ", ".join(f'["d/{i:04d}"] = {{ cash = 100000, leverage = 5 }}' for i in range(accounts))
        self.write("desk.conf.lua", f'return {{ accounts = {{ {names} }} }}')
        self.write("s.lua", 'local mt = require "mthost"\nlocal S = mt.strategy { bars = { "1m" } }\n'
                   'function S:on_start() self.n = 0 end\n'
                   'function S:on_bar()\n  self.n = self.n + 1\n'
                   '  if self.n == 5 and self.symbol == "S00" then self:signal { side = "buy", exit = { stop = 1 } } end\n'
                   'end\nreturn S\n')
        files = [f"S{i:02d}.csv" for i in range(symbols)]
        for name in files:
            self.write(name, self.bars(bars))
        self.write("run.lua", 'return { strategy = "s", symbols = { %s }, accounts = { lead = "d/0000", { "d/*", '
                   'sizing = { "fixed", qty = 1 } } } }' % ", ".join(f'"{name[:3]}"' for name in files))
        told = self.mthost("backtest", "run.lua", "--config", "desk.conf.lua", "--data", *files, *INSTRUMENT, "--out", "out",
                           "--json").json()
        self.assertEqual((told["orders"], told["fills"]), (2 * accounts, accounts))
        self.assertLess(told["rss_mb"], 512)                # 51 200 legs, plans and positions of 2.6 KiB; twice, with a sanitizer
        self.mthost("run", "run.lua", "--config", "desk.conf.lua", "--data", *files, *INSTRUMENT, "--speed", "max",
                    "--log-level", "off")
        self.mthost("replay", "--verify")

    def test_many_parts_of_one_order(self):
        count = 30000                                       # by a walk over all parts for each: seconds
        self.write("part.lua", PARTS)
        self.write("quotes.csv", "time,bid,ask,bid_qty,ask_qty\n"
                   + "".join(f"{1600000000 + i},0.01,0.02,1,1\n" for i in range(count)))
        told = self.mthost("backtest", "part.lua", "--data", "quotes.csv", "--symbols", "XX", "--instrument",
                           "tick=0.01,step=1,quote=USD", "--fee-bp", "0", "--out", "out", "--json").json()
        self.assertEqual(told["fills"], 25000)
        self.assertEqual(told["orders"], 1)


if __name__ == "__main__":
    unittest.main()
