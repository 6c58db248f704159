"""What the journal costs: from the signal to its fill a market order is at most five records and 600 bytes, whatever came
before it; and what is not written is not lost: the look-ups still tell it."""
import collections
import unittest

import program

SCRIPT = """local mt = require "mthost"
local S = mt.strategy { %s }
local n = 0
local function step(self)
  n = n + 1
  if n %% 12 == 2 then self:signal { side = "buy", tag = "in " .. n }
  elseif n %% 12 == 6 then self:signal { side = "flat", tag = "out " .. n }
  elseif n %% 12 == 8 then self:signal { side = "sell", tag = "short " .. n }
  elseif n %% 12 == 10 then self:signal { side = "buy", tag = "turn " .. n }
  elseif n %% 12 == 0 then self:signal { side = "flat" } end
end
function S:on_bar() step(self) end
function S:on_quote() step(self) end
return S
"""
RECORDS, BYTES = 5, 600


class Records(program.Program):
    def journal_of(self, name, data, declared):
        self.write(name + ".lua", SCRIPT % declared)
        self.write(name + ".csv", data)
        self.mthost("run", name + ".lua", "--data", name + ".csv", "--symbols", "XX", "--instrument",
                    "tick=0.01,step=0.01,quote=USD", "--speed", "max", "--state", name, "--log-level", "off")
        return program.journal(self.newest_run(name))

    def costs(self, records):
        """{(what was asked, side): [(records, bytes)]} of what a signal and its first order came to, up to its fill."""
        signals = {record.id: record for record in records if record.kind == "DECISION"}
        first = {}
        for record in records:
            if record.kind == "INTENT":
                first.setdefault(record.signal, record.coid)
        fills = {record.coid: n for n, record in enumerate(records) if record.kind == "VENUE_EVENT" and record.event == "fillx"}
        costs = collections.defaultdict(list)
        for signal, decision in signals.items():
            coid = first[signal]
            if coid not in fills:           # the last one, behind which there is no market
                continue
            begin = next(n for n, record in enumerate(records) if record.kind == "INTENT" and record.coid == coid)
            end = fills[coid]
            last = end
            while last + 1 < len(records) and records[last + 1].kind in ("MARKET", "LEG", "OP") \
                    and records[last + 1].time_ns == records[end].time_ns:
                last += 1
            part = [record for record in records[begin:last + 1] if record.kind not in ("CHECKPOINT", "SCRIPT_STATE", "DAY")]
            costs[decision.tag.split()[0] if decision.tag else "end"].append(
                (len(part), sum(32 + (record.length + 7) // 8 * 8 for record in part)))
        return costs

    def check(self, records):
        costs = self.costs(records)
        self.assertEqual(set(costs), {"in", "out", "short", "turn", "end"})
        for what, list_of in costs.items():
            self.assertGreater(len(list_of), 10)
            # What closes a position ends a leg, too; a reversal goes on with its second half in the turn of the fill.
            most = RECORDS if what in ("in", "short") else RECORDS + 1
            self.assertLessEqual(max(count for count, _ in list_of), most, what)
            self.assertLessEqual(max(size for _, size in list_of), BYTES, what)

    def test_on_bars(self):
        closes = [10000 + i * 37 % 400 for i in range(600)]
        rows = "".join(f"{program.START + 60 * i},{c / 100},{(c + 9) / 100},{(c - 9) / 100},{c / 100},1\n"
                       for i, c in enumerate(closes))
        self.check(self.journal_of("bars", "time,open,high,low,close,volume\n" + rows, 'bars = { "1m" }'))

    def test_on_quotes(self):
        self.check(self.journal_of("quotes", program.quotes_csv([10000 + i * 37 % 400 for i in range(600)]), ""))

    def test_a_journal_of_another_format_is_refused_with_what_to_do(self):
        records = self.journal_of("old", program.quotes_csv([10000] * 30), "")
        path = records[0].file
        with open(path, "r+b") as file:
            head = bytearray(file.read(64))
            head[8] = 2
            head[60:64] = program.crc32c(0, bytes(head[:60])).to_bytes(4, "little")
            file.seek(0)
            file.write(head)
        for words in (("journal",), ("orders",), ("replay", "--verify"), ("run", "old.lua", "--resume")):
            said = self.mthost(*words, "--state", "old", code=(1, 2, 3, 4, 6, 7))
            self.assertRegex(said.err, r"format version 2 .* reads version 3, .*finish or read that run with the program that "
                                       r"wrote it, or start a new one", words)

    def test_the_look_ups_tell_what_is_no_record(self):
        records = self.journal_of("look", program.quotes_csv([10000 + i * 37 % 400 for i in range(600)]), "")
        self.assertEqual([record for record in records if record.kind == "SENT"], [])
        orders = self.mthost("orders", "--state", "look", "--json").json()
        self.assertEqual({order["state"] for order in orders}, {"filled"})
        signals = self.mthost("signals", "--state", "look", "--json").json()
        self.assertEqual(len(signals), sum(record.kind == "DECISION" for record in records))
        self.assertEqual({signal["verdict"] for signal in signals}, {"sent"})


if __name__ == "__main__":
    unittest.main()
