"""Verbs as a script meets them: what one call asks is worth as much as what several calls ask, and exits that cannot be meant."""
import random
import unittest

import program

# At minute 60 the frames of 1 to 6 minutes end together: six handler calls in one instant, with nothing between them. The
# verbs come one in each of them, or all in the first.
VERBS = """
local mt = require "mthost"
local S = mt.strategy { bars = { "1m", "2m", "3m", "4m", "5m", "6m" } }
local at = mt.at
local function run(self, f) local ok, a, code = pcall(f, self); return ok and tostring(code or "id") or "raised" end
local first = { %s }
local verbs = { %s }
local together = %s
function S:on_start() self.calls = 0 end
function S:on_bar(b)
  local minute = b.close_time / 60
  if minute %% 60 == 30 and b.tf == "1m" then for i = 1, #first do run(self, first[i]) end end
  if minute %% 60 ~= 0 or self.calls >= 6 then return end
  self.calls = self.calls + 1
  for i = 1, #verbs do
    if together and self.calls == 1 or not together and self.calls == i then
      self:mark(("%%d %%s"):format(i, run(self, verbs[i])), 0)
    end
  end
end
return S
"""
BEGIN = ["", "function(s) return s:signal { side = 1 } end",
         "function(s) return s:signal { side = -1, exit = { stop = 5, take = { { 3, part = 0.5 }, { 6 } } } } end",
         "function(s) return s:signal { side = 1, exit = { stop = 5, take = 7, trail = { 20, after = 4 }, time = 7200 } } end",
         "function(s) return s:target(40) end"]
POOL = ["signal { side = 1 }", "signal { side = -1 }", "signal { side = 0 }", "signal { side = 0, keep = 0.25 }",
        "signal { side = 0, keep = 0.5 }", "signal { side = 0, keep = 0.0001 }",
        "signal { side = 1, limit = 99, exit = { stop = 4, take = 5 } }",
        "signal { side = -1, exit = { stop = 4, take = { { 2, part = 0.5 }, { 5 } } } }", "signal { side = 1, size = 0.3 }",
        "protect { stop = 3 }", "protect { stop = 8 }", "protect { stop = 8, widen = true }", "protect { take = 4 }",
        "protect { take = 9 }", "protect { take = false }", "protect { stop = false, widen = true }", "protect { trail = 6 }",
        "protect { time = 3600 }", "target(0)", "target(25)", "target(-10)", "target(25)"]


class Verbs(program.Program):
    def bars(self, rows=100):
        rng = random.Random(3)
        text, price = "time,open,high,low,close,volume\n", 100.0
        start = program.START // 3600 * 3600
        for i in range(rows):
            close = round(price + (rng.choice([-0.5, 0, 0.5]) if i > 62 else 0), 2)
            text += f"{start + 60 * i},{price},{max(price, close)},{min(price, close)},{close},1\n"
            price = close
        self.write("XX.csv", text)

    def end_of(self, first, verbs, together):
        bodies = ", ".join(f"function(s) return s:{v} end" for v in verbs)
        self.write("s.lua", VERBS % (first, bodies, "true" if together else "false"))
        self.mthost("backtest", "run.lua", "--data", "XX.csv", "--instrument", "tick=0.01,step=0.01,quote=USD",
                    "--out", "out")
        orders = [{k: o[k] for k in ("created", "side", "type", "role", "qty", "price", "stop", "filled", "state", "code")}
                  for o in program.table(self.path("out", "orders.csv"))]
        marks = [m["name"] for m in program.table(self.path("out", "marks.csv"))]
        equity = program.table(self.path("out", "equity.csv"))[-1]
        return orders, equity, marks

    def test_one_call_is_worth_several(self):
        self.bars()
        self.write("run.lua", 'return { strategy = "s", symbols = { "XX" }, sizing = { "fixed", qty = "100" } }')
        rng = random.Random(11)
        answers = set()
        for round_ in range(90):
            first = rng.choice(BEGIN)
            verbs = [rng.choice(POOL) for _ in range(rng.randrange(2, 5))]
            one, several = self.end_of(first, verbs, True), self.end_of(first, verbs, False)
            if any("raised" in m for m in one[2] + several[2]):
                continue                        # a mistake in the script drops what its call had asked for
            self.assertEqual(one[2], several[2], (round_, first, verbs))
            self.assertEqual(one[0], several[0], (round_, first, verbs))
            self.assertEqual(one[1], several[1], (round_, first, verbs))
            answers.update(m.split()[1] for m in one[2])
        self.assertTrue({"id", "ALREADY", "WIDENS", "NO_POSITION"} <= answers, answers)

    def test_a_distance_that_looks_like_a_price_is_noted_once_for_each_line(self):
        self.bars()
        self.write("s.lua", """
local mt = require "mthost"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self.n = 0 end
function S:on_bar(b)
  self.n = self.n + 1
  if self.n % 10 == 2 then
    self:signal { side = "buy", exit = { stop = b.close * 0.99 } }
  end
  if self.n % 10 == 4 then self:protect { take = 100.5 } end
  if self.n % 10 == 5 then self:protect { stop = 50.01, take = 50, widen = true } end
  if self.n % 10 == 6 then self:protect { stop = 50, widen = true } end
  if self.n % 10 == 8 then self:signal { side = "flat" } end
end
return S
""")
        result = self.mthost("backtest", "s.lua", "--data", "XX.csv", "--symbols", "XX", "--instrument",
                             "tick=0.01,step=0.01,quote=USD", "--out", "out", "--json")
        notes = [n for n in result.summary()["notes"] if n.startswith("s.lua:")]
        self.assertEqual(notes, ["s.lua:8: stop 99 is a distance of 99 % of the price (100): did you mean mt.at(99)?",
                                 "s.lua:10: take 100.5 is a distance of 100.5 % of the price (100): did you mean mt.at(100.5)?",
                                 "s.lua:11: stop 50.01 is a distance of 50 % of the price (100): did you mean mt.at(50.01)?"])
        self.assertEqual(result.err.count("did you mean mt.at"), 3)
        self.assertEqual(result.summary()["refused"], 0)

    def test_a_distance_of_less_than_a_tick_is_noted_and_one_of_a_tick_is_not(self):
        self.bars()
        self.write("s.lua", """
local mt = require "mthost"
local S = mt.strategy { bars = { "1m" } }
function S:on_start() self.n = 0 end
function S:on_bar(b)
  self.n = self.n + 1
  if self.n == 2 then self:signal { side = "buy", exit = { stop = 0.0099, take = 0.01 } } end
  if self.n == 4 then self:signal { side = "flat" } end
  if self.n == 5 then self:signal { side = "sell", exit = { stop = 0.01, take = { { 5, part = 0.5 }, { 0.002 } } } } end
  if self.n == 7 then self:signal { side = "flat" } end
  if self.n == 8 then self:signal { side = "buy", exit = { stop = 0.01, trail = 0.00999999 } } end
  if self.n == 9 then self:signal { side = "flat" } end
  if self.n == 10 then self:signal { side = "buy", exit = { stop = 0.01, take = 0.01, trail = 0.01 } } end
end
return S
""")
        result = self.mthost("backtest", "s.lua", "--data", "XX.csv", "--symbols", "XX", "--instrument",
                             "tick=0.01,step=0.01,quote=USD", "--out", "out", "--json")
        notes = [n for n in result.summary()["notes"] if n.startswith("s.lua:")]
        self.assertEqual([n.split(" (0.01)")[0] for n in notes],
                         ["s.lua:7: stop 0.0099 is a distance of less than a tick",
                          "s.lua:9: take 0.002 is a distance of less than a tick",
                          "s.lua:11: trail 0.00999999 is a distance of less than a tick"])

    def test_levels_that_no_price_can_have_are_refused(self):
        self.bars()
        self.write("s.lua", """
local mt = require "mthost"
local S = mt.strategy { bars = { "1m" } }
local asked = {
  function(s) return s:signal { side = "buy", exit = { stop = 100 } } end,
  function(s) return s:signal { side = "sell", exit = { take = { { 1, part = 0.5 }, { 100 } } } } end,
  function(s) return s:signal { side = "buy", exit = { trail = 250 } } end,
  function(s) return s:signal { side = "buy", exit = { stop = mt.at(s.bid - 120) } } end,
  function(s) return s:signal { side = "buy", limit = 40, exit = { stop = 50 } } end,
  function(s) return s:signal { side = "buy", exit = { stop = 5 } } end,
  function(s) return nil end,
  function(s) return s:protect { stop = 100, widen = true } end,
  function(s) return s:protect { trail = 1000 } end,
  function(s) return s:protect { take = mt.at(0) } end,
}
function S:on_start() self.n = 0 end
function S:on_bar(b)
  self.n = self.n + 1
  if asked[self.n] then
    local ok, code, text = asked[self.n](self)
    self:mark(self.n .. " " .. (code or "id") .. " " .. (text and text:match "^%a+:" or ""), 0)
  end
end
return S
""")
        result = self.mthost("backtest", "s.lua", "--data", "XX.csv", "--symbols", "XX", "--instrument",
                             "tick=0.01,step=0.01,quote=USD", "--out", "out", "--json")
        marks = [m["name"].strip() for m in program.table(self.path("out", "marks.csv"))]
        self.assertEqual(marks, ["1 BAD_EXIT stop:", "2 BAD_EXIT take:", "3 BAD_EXIT trail:", "4 BAD_EXIT stop:",
                                 "5 BAD_EXIT stop:", "6 id", "7 id", "8 BAD_EXIT stop:", "9 BAD_EXIT trail:",
                                 "10 BAD_EXIT take:"])
        self.assertEqual(result.summary()["refused_by"], {"BAD_EXIT": 8})


if __name__ == "__main__":
    unittest.main()
