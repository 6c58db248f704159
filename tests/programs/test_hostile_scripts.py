"""Scripts that are wrong or evil. At load the host refuses them with file and line (exit 3); at work it goes on, trades nothing
that it was not asked for in order, and the journal tells what happened."""
import glob
import unittest

import program

HEAD = 'local mt = require "mthost"\nlocal S = mt.strategy {}\n'
# A hook into the third trade, so that the host was at work before. One line each, on line 5 of the file.
AT_WORK = HEAD + """local n = 0
function S:on_trade(t)
  n = n + 1 if n == 3 then %s end
  if n == 200 then self:signal { side = "buy", tag = "alive" } end
end
return S
"""

# what the script does -> words of which one must stand in the journal's SCRIPT_FAULT
RAISES = {
    'error("boom")': "boom",
    'error({})': "",
    'error(nil)': "",
    'local x = nil; x.y = 1': "index",
    'self:signal { side = "buy", size = 0/0 }': "size",
    'self:signal { side = "buy", size = 1/0 }': "size",
    'self:signal { side = "buy", size = -1/0 }': "size",
    'self:signal { side = "buy", size = 1e309 }': "size",
    'self:signal { side = "buy", size = -1 }': "size",
    'self:signal { side = "buy", size = -0.0 }': "size",
    'self:signal { side = "buy", size = 0 }': "size",
    'self:signal { side = "buy", strength = 0/0 }': "strength",
    'self:signal { side = "buy", strength = 1.5 }': "strength",
    'self:signal { side = "buy", strength = "much" }': "strength",
    'self:signal { side = "buy", limit = 0/0 }': "limit",
    'self:signal { side = "buy", limit = -5 }': "limit",
    'self:signal { side = "buy", limit = 1e309 }': "limit",
    'self:signal { side = "buy", exit = { stop = -3 } }': "stop",
    'self:signal { side = "buy", exit = { stop = 0/0 } }': "stop",
    'self:signal { side = "buy", exit = { take = 1/0 } }': "take",
    'self:signal { side = "up" }': "side",
    'self:signal { side = 7 }': "side",
    'self:signal { }': "side",
    'self:signal(3)': "",
    'self:signal { side = "buy", colour = "red" }': "colour",
    'self:signal { side = "buy", leg = "second" }': "leg",
    'self:signal { side = "buy", tag = string.rep("x", 4000) }': "tag",
    'self:target(0/0)': "",
    'self:target(1/0)': "",
    'self:target(1e309)': "",
    'self:target("many")': "",
    'self:timer { name = "t", every = -1 }': "",
    'self:timer { name = "t", every = 0/0 }': "",
    'self.symbol = "X"': "",
    'self.markets.NOSUCH:signal { side = "buy" }': "",
    'local x = t.nosuch': "nosuch",
    'local x = t.price_raw': "price_raw",
    't.price = 1': "",
    'local x = t[100]': "",
    'local x = t[-1]': "",
    'local x = self.position.bid': "bid",
    'self:timer { name = "t", after = 1e300 }': "after",
    'self:timer { name = string.rep("x", 32), every = 1 }': "name",
    'self:signal { side = "buy", tag = "a\\0b" }': "tag",
    'self:mark(string.rep("x", 201), 1)': "mark",
    'self:log("info", string.rep("x", 5000))': "log",
    'mt.day(9.3e9)': "day",
    'mt.clock(1e300)': "clock",
    'mt.day = 1': "read-only",
    'table.insert(self.legs, 1)': "insert",
    'table.remove(self.legs)': "remove",
    'self:bar("7m")': "not declared",
    'mt.strategy {}': "only while",
    'error(string.rep("x", 1e6))': "xxx",
    'error("a\\0b")': "a",
    'string.char(-1)': "",
    'local t = {} for i = 1, 1e5 do t[i] = i end select("#", table.unpack(t))': "unpack",
    'table.sort({ 3, 1, 2, 5, 4 }, function() return true end)': "order function",
    'self.state[0/0] = 1': "NaN",
    'self.params.n = 3': "",
    'io.open("/etc/passwd")': "io",
    'os.execute("true")': "os",
    'os.exit(0)': "os",
    'require("ffi")': "ffi",
    'require("os")': "os",
    'require("jit")': "jit",
    'require("../../../../etc/passwd")': "",
    'require("/etc/passwd")': "",
    'load("return 1")()': "load",
    'loadstring("return 1")()': "loadstring",
    'dofile("/etc/passwd")': "dofile",
    'debug.getregistry()': "debug",
    'getfenv(1)': "getfenv",
    'setfenv(1, {})': "setfenv",
    'string.dump(function() end)': "dump",
    'collectgarbage("stop")': "",
    'newproxy(true)': "newproxy",
    'jit.off()': "jit",
    'package.loaded.ffi = 1': "package",
    'getmetatable("").__index = nil': "",
    'math.randomseed(1)': "",
    'string.rep("x", 1e9)': "",
    'local s = "x" for i = 1, 40 do s = s .. s end': "memory",
    'local t = {} for i = 1, 1e9 do t[i] = { i } end': "memory",
    'local function f() return 1 + f() end f()': "overflow",
    'local function f(s) return string.gsub(s, ".", f) end f("aaa")': "",
    'local function f() coroutine.wrap(f)() end f()': "nested",
    'coroutine.wrap(function() error("inside") end)()': "inside",
}
# These are refusals: the verb says nil and a code, the script goes on.
QUIET = {
    "many signals": 'for i = 1, 1000000 do self:signal { side = i % 2 == 0 and "buy" or "sell" } end',
    "many skips": 'for i = 1, 100000 do self:skip "again" end',
    "many logs": 'for i = 1, 100000 do self:log("info", "line %d", i) end',
    "many marks": 'for i = 1, 20000 do self:mark("m" .. i, i) end',
    "no protection without position": 'self:protect { stop = 5 }',
    "flat without position": 'self:signal { side = "flat" }',
    "pcall of an error": 'pcall(error, "mine")',
    "off the step": 'local ok, code = self:target(0.000001234) if ok or code ~= "QTY_STEP" then error(code) end',
    "nested resume": 'local function f() return coroutine.resume(coroutine.create(f)) end f()',
    "xpcall": 'xpcall(function() error("x") end, function(m) return m end)',
}
REFUSED_AT_LOAD = {
    "syntax": (HEAD + "function S:on_trade(t\nreturn S\n", 4),
    "no table": ('local mt = require "mthost"\nreturn 3\n', None),
    "raises": (HEAD + 'error("at load")\nreturn S\n', 3),
    "square": (HEAD + "function S:on_trade(t) local x = t.price^2 end\nreturn S\n", 3),
    "bytecode": (b"\x1bLJ\x02\x0a\x02\x00\x00\x00", None),
    "io at load": (HEAD + 'local f = io.open("/etc/passwd")\nreturn S\n', 3),
    "unknown module": (HEAD + 'local x = require "nosuch"\nreturn S\n', 3),
    "default outside bounds": ('local mt = require "mthost"\nlocal S = mt.strategy { params = { n = mt.param(5, 10, 20) } }\n'
                               "return S\n", 2),
    "unknown declaration": ('local mt = require "mthost"\nlocal S = mt.strategy { parms = {} }\nreturn S\n', 2),
    "endless table at load": (HEAD + "local t = {} for i = 1, 1e9 do t[i] = { i } end\nreturn S\n", None),
}
SAVED_BADLY = {
    "function": ("self.state.f = function() end", "f"),
    "nested function": ("self.state.a = { b = { c = print or error } }", "a.b.c"),
    "cdata or event": ("self.state.t = t", "t"),
    "itself": ("self.state.loop = self.state", "loop"),
    "too much": ('self.state.big = {} for i = 1, 40 do self.state.big[i] = string.rep("x", 60000) .. i end', ""),
}


class HostileScripts(program.Program):
    def at_work(self, line, minutes=12, **how):
        self.write("evil.lua", AT_WORK % line)
        return self.mthost("run", "evil.lua", "--for", f"{minutes}m", "--speed", "max", "--seed", "4", "--json", **how)

    def records(self):
        return program.journal(self.newest_run())

    def test_an_error_in_a_handler_names_file_and_line_and_the_host_goes_on(self):
        for line, word in RAISES.items():
            with self.subTest(line):
                result = self.at_work(line)
                faults = [record for record in self.records() if record.kind == "SCRIPT_FAULT"]
                self.assertGreaterEqual(len(faults), 1, "the journal does not tell\n" + str(result))
                # LuaJIT unwinds without a look at the stack when the memory is exhausted: the handler is named.
                # So it does, most of the time, when compiled code overflows the stack.
                places = {"memory": ["in on_trade (evil.lua:4)"], "overflow": ["evil.lua:5", "in on_trade (evil.lua:4)"]}
                self.assertTrue(any(at in faults[0].text for at in places.get(word, ["evil.lua:5"])), faults[0].text)
                self.assertIn(word, faults[0].text)
                self.assertGreaterEqual(result.summary()["script_errors"], 1)
                intents = [record for record in self.records() if record.kind == "INTENT"]
                self.assertEqual([record.tag for record in intents], ["alive"], "it did not go on, or did something else")

    def test_refusals_are_no_errors(self):
        for name, line in QUIET.items():
            with self.subTest(name):
                result = self.at_work(line)
                records = self.records()
                self.assertEqual([record.text for record in records if record.kind == "SCRIPT_FAULT"], [], name)
                self.assertEqual(result.summary()["script_errors"], 0)

    def test_a_million_signals_in_a_call_are_at_most_sixty_four(self):
        self.at_work(QUIET["many signals"])
        first = [record for record in self.records() if record.kind == "DECISION"]
        by_time = {}
        for record in first:
            by_time[record.time_ns] = by_time.get(record.time_ns, 0) + 1
        self.assertLessEqual(max(by_time.values()), 64)

    def test_refused_verbs_are_told_by_the_journal_and_the_summary_in_few_records(self):
        self.write("evil.lua", HEAD + """local n = 0
function S:on_trade(t)
  n = n + 1
  if n == 3 then
    for i = 1, 1000000 do self:signal { side = i % 2 == 0 and "buy" or "sell" } end
  end
  self:target(0.000001234)
  return self:signal { side = "buy", limit = t.price + 0.0001 }
end
return S
""")
        how = ("run", "evil.lua", "--for", "12m", "--speed", "max", "--seed", "4", "--json")
        result = self.mthost(*how)
        summary = result.summary()
        refused = [record for record in program.journal(self.newest_run()) if record.kind == "REFUSED"]
        self.assertLessEqual(len(refused), 12 * 60 + 2, "at most one a second")
        self.assertEqual(sum(record.count for record in refused), summary["refused"])
        self.assertEqual(sum(summary["refused_by"].values()), summary["refused"])
        self.assertEqual(summary["refused_by"]["TOO_MANY"], 1000000 - 64 + 2)
        self.assertGreater(summary["refused_by"]["QTY_STEP"], 500)
        self.assertEqual(summary["refused_by"]["QTY_STEP"], summary["refused_by"]["PRICE_STEP"])
        self.assertEqual({record.at for record in refused} - {"evil.lua:7"}, {"evil.lua:9"})
        self.assertIn("verbs refused, the first: evil.lua:9: target: qty: QTY_STEP", " ".join(summary["notes"]))
        self.assertLessEqual(result.err.count("QTY_STEP"), 1, "the log tells each code once")
        lines = [line for line in result.lines() if line.get("verdict") == "refused"]
        self.assertEqual(sum(line["count"] for line in lines), summary["refused"])
        self.mthost("replay", "--verify")
        self.mthost("replay", "--verify", env={"MTHOST_JIT": "off"})
        again = self.mthost(*how).summary()
        self.assertEqual(again["refused_by"], summary["refused_by"])

    def test_what_cannot_be_loaded_is_refused_with_file_and_line(self):
        for name, (script, line) in REFUSED_AT_LOAD.items():
            with self.subTest(name):
                self.write("evil.lua", script)
                for command in (("check", "evil.lua"), ("run", "evil.lua", "--for", "1m", "--speed", "max")):
                    said = self.mthost(*command, code=3).err
                    self.assertIn(f"evil.lua:{line}" if line else "evil.lua", said)

    def test_state_that_cannot_be_saved_names_the_field(self):
        for name, (line, word) in SAVED_BADLY.items():
            with self.subTest(name):
                self.at_work(line)
                faults = [record.text for record in self.records() if record.kind == "SCRIPT_FAULT"]
                self.assertTrue(faults, "nothing was said")
                self.assertIn(word, faults[0])
                self.mthost("replay", "--verify")

    def test_a_state_that_does_not_fit_stays_out_and_its_loss_is_told_after_the_restart(self):
        self.write("s.lua", 'local mt = require "mthost"\nlocal S = mt.strategy { scope = "portfolio" }\n'
                   'function S:on_start(why) self:log("warn", "%s: %d and %s", why, #(self.state.big or ""), tostring(self.state.n ~= nil)) end\n'
                   "function S:on_trade(t)\n  self.state.n = (self.state.n or 0) + 1\n"
                   '  if self.state.n == 5 then self.state.big = ("x"):rep(1048576) end\nend\nreturn S\n')
        host = self.start("run", "s.lua", "--for", "10h", "--speed", "300", "--seed", "4")
        self.wait_for("a save", lambda: glob.glob(self.path("var", "runs", "*", "*")) and "SCRIPT_FAULT SCRIPT_STATE" in " ".join(
            record.kind for record in program.journal(self.newest_run()) if record.kind != "MARKET"))
        host.kill()
        err = host.communicate()[1]
        said = "s.lua: state.big: not saved: larger than"
        self.assertEqual(err.count(said), 1, err)
        again = self.mthost("run", "s.lua", "--for", "2m", "--speed", "max", "--seed", "4", "--resume").err
        self.assertIn("state_reset: s.lua: state: it was too large for the last save", again)
        self.assertIn("restart: 0 and false", again)

    def test_errors_every_time_end_in_quarantine_and_the_position_stays_protected(self):
        self.write("evil.lua", HEAD + """local n = 0
function S:on_trade(t)
  n = n + 1
  if n == 20 then return self:signal { side = "buy", exit = { stop = 1000 } } end
  if n > 200 then error("always") end
end
return S
""")
        result = self.mthost("run", "evil.lua", "--for", "30m", "--speed", "max", "--seed", "4", "--json", code=1)
        self.assertIn("mthost: evil: quarantined at 2025-01-06T", result.err)
        self.assertIn("evil.lua:7", result.err)
        self.assertTrue(result.summary()["quarantined"])
        records = self.records()
        self.mthost("replay", "--verify")
        self.assertEqual(records[-1].exit_code, 1)
        self.write("bars.csv", program.bars_csv([100, 101, 102, 103, 104]))
        self.write("bars.lua", HEAD + 'function S:on_bar(b) error("always") end\nreturn S\n')
        self.assertIn("quarantined at", self.mthost("backtest", "bars.lua", "--data", "bars.csv", "--symbols", "X", code=1).err)
        faults = [record for record in records if record.kind == "SCRIPT_FAULT"]
        self.assertGreaterEqual(len(faults), 3)
        self.assertLessEqual(len(faults), 12, "three in a row end in quarantine")
        positions, open_orders, _ = program.fold(records)
        self.assertEqual(len(positions), 1)
        self.assertEqual([order.role for order in open_orders.values()], ["stop"])

    def test_a_filter_that_raises_or_strengthens_vetoes(self):
        self.write("s.lua", HEAD + 'local n = 0\nfunction S:on_trade(t) n = n + 1 if n % 50 == 0 then\n'
                   '  self:signal { side = n % 100 == 0 and "buy" or "sell", strength = 0.5 } end end\nreturn S\n')
        for name, body in {"raises": 'error("no")', "strengthens": "s.strength = 1 return s", "nothing": "return nil",
                           "another": "return { side = 1, strength = 1 }", "text": 'return "yes"'}.items():
            with self.subTest(name):
                self.write("f.lua", 'local mt = require "mthost"\nlocal F = mt.filter {}\n'
                           f"function F:check(s, m) {body} end\nreturn F\n")
                self.write("r.lua", 'return { strategy = "s", filters = { "f" } }\n')
                result = self.mthost("run", "r.lua", "--for", "20m", "--speed", "max", "--seed", "4", "--json")
                summary = result.summary()
                self.assertEqual(summary["orders"], 0)
                self.assertGreater(summary["vetoes"], 0)
                vetoes = [line for line in result.lines() if line["ev"] == "veto"]
                self.assertTrue(all(line["code"] == "FILTER_ERROR" and "f.lua" in line["reason"] for line in vetoes), vetoes[0])

    def test_run_scripts_reach_nothing_outside(self):
        for name in ("../../etc/passwd", "/etc/passwd", "strategies/../../x"):
            self.write("r.lua", f'return {{ strategy = "{name}" }}\n')
            self.mthost("run", "r.lua", "--for", "1m", "--speed", "max", code=3)


if __name__ == "__main__":
    unittest.main()
