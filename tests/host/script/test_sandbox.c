/* Hostile scripts: what they can reach, what they can break. Each attack must end in an error with file and line or in a
 * harmless value, and the host must go on. */
#include "fake_port.h"

extern const char mt_abi_h[];

/* Must be true for a script. */
static const char *const truths[] = {
    "io == nil", "os == nil", "debug == nil", "package == nil", "load == nil", "loadstring == nil", "loadfile == nil",
    "dofile == nil", "ffi == nil", "jit == nil", "bit == nil", "newproxy == nil", "getfenv == nil", "setfenv == nil",
    "getmetatable == nil", "setmetatable == nil", "rawget == nil", "rawset == nil", "rawequal == nil", "_G == nil",
    "module == nil", "gcinfo == nil", "unpack == nil", "print == nil", "string.dump == nil", "string.buffer == nil",
    "table.foreach == nil", "table.foreachi == nil", "math.randomseed == nil", "arg == nil", "_VERSION == nil",
    "type(collectgarbage('count')) == 'number'",
    "tostring({}) == 'table'", "tostring(print) == 'nil'", "tostring(tostring) == 'function'", "tostring(q) == 'cdata'",
    "tostring(coroutine.create(tostring)) == 'thread'", "tostring(1.5) == '1.5'", "tostring(nil) == 'nil'",
    "string.format('%s %s %d', {}, tostring, 3) == 'table function 3'", "('%s'):format(q) == 'cdata'",
    "string.format('100%%p') == '100%p'", "('x'):rep(3) == 'xxx'", "('x').dump == nil",
    "next({}) == nil", "next({ 1 }) == true", "next(self.params) == true",
    "select('#', 1, nil, nil) == 3", "table.unpack({ 1, 2 }) == 1", "tonumber('0x10') == 16",
    "math.pow(2, 10) == 1024", "mt.pow(2, 0.5) == math.sqrt(2)",
    "pcall(error, 'x') == false", "select(2, pcall(error, 'x', 0)) == 'x'", "select('#', pcall(function() return 1, nil end)) == 3",
    "select(2, xpcall(function() error('a', 0) end, function(e) return e .. 'b' end)) == 'ab'",
    "select(3, xpcall(function(a, b) return a, b end, function() end, 1, 2)) == 2",
    "coroutine.wrap(function(a) return coroutine.yield(a) end)(7) == 7",
    ("(function() local s = '' for k, v in pairs { 3, b = 1, a = 2, [true] = 0, [10] = 1, [-1] = 1, [0.5] = 1, [false] = 1, 4 } do "
        "s = s .. tostring(k) .. ' ' end return s end)() == '1 2 -1 0.5 10 a b false true '"),
    "(function() local t, n = { a = 1, b = 2, c = 3 }, 0 for k in pairs(t) do t[k] = nil n = n + 1 end return n end)() == 3",
    "(function() local n = 0 for k, v in pairs(self.params) do n = n + v end return n end)() == 5",
    "(function() local n = 0 for k, v in pairs(self) do n = n + 1 end return n end)() == 0",
    "(function() math.floor = nil return ('x'):upper() == 'X' end)()",
    "math.random(1, 1) == 1", "math.random() < 1", "(function() local x = math.random(3) return x >= 1 and x <= 3 end)()",
    "require == require and mt ~= nil", "type(q) == 'cdata'", "q ~= nil", "q == q", "m == self",
    "m.legs.main == m.legs[1] and #m.legs == 1 and m.legs.main.name == 'main'", "#m.orders == 0",
    "m.book.depth == 1 and m.book:bid(1) == 1.1 and m.book:ask(2) == nil and m.book:bid(0) == nil",
    "select(2, m.book:ask(1)) == 6", "m.why == nil and m.tradable == true", "m.instrument.tick == 0.01",
    "m.symbol == 'EURUSD'", "self.account.equity == 100500", "self.now == 1000", "m.nothing == nil",
    "m.last ~= m.last", "self.params.n == 5", "m:price(1.234, 'buy') == 1.23",
    "m:price(1.234, 'sell') == 1.24", "m:price(1.236, 'near') == 1.24", "m:quantity(0.57) == 0.5", "m:quantity(0.1) == 0",
    "m:price(1e300, 'buy') == nil", "select(2, m:price(1e300, 'near')) == 'FIELD_INVALID'",
    "mt.day(86400 * 3 + 5) == 3", "mt.day(9.2e9) == 106481", "mt.day(-9.2e9) == -106482",
    "m:price(-1e300, 'sell') == nil", "self:log('info', ('x'):rep(4096)) == nil", "table.concat(table.move({ 1, 2 }, 1, 2, 2)) == '112'",
    "(function() local t = { 3, 1 } table.insert(t, 5) table.insert(t, 1, 9) table.sort(t) return table.concat(t) .. table.remove(t) .. "
        "table.remove(t, 1) .. #t end)() == '1359912'",
    "table.remove({}) == nil", "mt.clock(0) == 0", "select(3, mt.clock(0)) == 4", "select(2, mt.clock(3661, '+02:00')) == 1",
    "select(4, mt.clock(3661.5)) == 1.5", "m:bar('1m') == nil",
};

/* Must raise; the message must hold the text. */
static const struct { const char *body, *message; } refusals[] = {
    { "x = 1", "s.lua:4: assignment to the global 'x': say local" },
    { "return q[0]", "s.lua:4: " }, { "return q[100]", "s.lua:4: " }, { "q.bid = 1", "s.lua:4: " },
    { "q[0] = 1", "s.lua:4: " }, { "return q + 1", "s.lua:4: " }, { "return -q", "s.lua:4: " }, { "return #q", "s.lua:4: " },
    { "local x = q()", "s.lua:4: " }, { "return q()", "s.lua:3: " }, { "return q .. ''", "s.lua:4: " }, { "return q < q", "s.lua:4: " },
    { "return q.bidd", "s.lua:4: " }, { "for k in pairs(q) do end", "s.lua:4: pairs: a table expected, got cdata" },
    { "return tonumber(q) + 1", "s.lua:4: " }, { "local x = math.floor(q)", "s.lua:4: " },
    { "m.position.qty = 5", "s.lua:4: " }, { "return m.position[0]", "s.lua:4: " }, { "m.instrument.tick = 5", "s.lua:4: " },
    { "self.account.cash = 1", "s.lua:4: " }, { "self.params.n = 6", "s.lua:4: params is read-only (field 'n')" },
    { "return self.params.x", "s.lua:4: params has no 'x'" }, { "local y = self.params.nn", ", did you mean 'n'?" },
    { "mt.param = nil", "s.lua:4: mthost is read-only" }, { "m.bid = 3", "s.lua:4: 'bid' of a strategy is a reserved name" },
    { "m.signal = nil", "reserved name" }, { "self.state = 5", "s.lua:4: self.state must be a table, got number" },
    { "m.book.depth = 2", "read-only" }, { "m.legs.x = 2", "read-only" }, { "m.legs.main.qty = 2", "read-only" },
    { "return m.legs.main.quantity", "s.lua:4: a leg has no field 'quantity'" }, { "m.orders[1] = 1", "read-only" },
    { "('x'):rep(2e6)", "s.lua:4: rep: the result is longer than 1048576 bytes" },
    { "string.rep('x', 1/0)", "rep: " }, { "string.rep('', 0/0)", "rep: " },
    { "('x'):rep(1000000):find('a.-b')", "s.lua:4: find: the text is longer than 65536 bytes" },
    { "('x'):match(('a?'):rep(100))", "s.lua:4: match: the pattern is longer than 128 bytes" },
    { "('x'):gsub(('a?'):rep(100), '')", "gsub: the pattern" }, { "('x'):gmatch(('a?'):rep(100))", "gmatch: the pattern" },
    { "string.find({}, 'a')", "find: a string expected" }, { "string.find('a', {})", "find: the pattern must be a string" },
    { "string.format('%p', {})", "s.lua:4: format: %p would show an address" }, { "string.format('%5p', q)", "%p would show" },
    { "string.format('%%%-3p', q)", "%p would show" }, { "string.format('%d', 'x')", "s.lua:4: " },
    { "string.format()", "s.lua:4: format: a string expected" },
    { "collectgarbage()", "s.lua:4: collectgarbage" }, { "collectgarbage('stop')", "collectgarbage" },
    { "next({}, 1)", "s.lua:4: next: only next(t)" }, { "next(5)", "next: a table expected" },
    { "for k in pairs { [{}] = 1 } do end", "s.lua:4: pairs: a key is a table" },
    { "for k in pairs { [tostring] = 1 } do end", "pairs: a key is a function" }, { "pairs(nil)", "pairs: a table expected, got nil" },
    { "xpcall(error, 5)", "xpcall: the handler must be a function" }, { "math.random(0)", "random: whole numbers" },
    { "math.random(1.5)", "random: whole numbers" }, { "math.random(1, 1/0)", "random: whole numbers" },
    { "require 'os'", "s.lua:4: require: 'os.lua': only while the script is loaded" },
    { "require '/etc/passwd'", "only while" }, { "require(5)", "require: a name expected" },
    { "error { 1 }", "s.lua:4: the error is a table value" }, { "error()", "the error is a nil value" },
    { "error('plain', 0)", "script: plain" }, { "local t = nil; return t.x", "s.lua:4: attempt to index local 't'" },
    { "return self:nothing()", "s.lua:4: attempt to call method 'nothing'" },
    { "local function f() return f() + 1 end f()", "stack overflow" },
    { "coroutine.yield()", "attempt to yield" }, { "local s = 'x' while true do s = s .. s end", "" },
    { "setmetatable({}, {})", "s.lua:4: " }, { "mt.param(5)", "OK" },
    { "error(('x'):rep(1e6))", "s.lua:4: xxxx" }, { "error('a\\0b')", "s.lua:4: a\\0b" }, { "mt.strategy {}", "s.lua:4: strategy: only while" },
    { "mt.filter {}", "filter: only while" }, { "table.insert(m.legs, 5)", "s.lua:4: insert: this table is the host's" },
    { "table.remove(m.legs)", "s.lua:4: remove: this table" }, { "table.sort(m.legs)", "s.lua:4: sort: this table" },
    { "table.move({ 1 }, 1, 1, 1, m.legs)", "s.lua:4: move: this table" }, { "table.move(m.orders, 1, 1, 2)", "move: this table" },
    { "table.insert(mt, 5)", "insert: this table" }, { "table.insert(self.params, 5)", "insert: this table" },
    { "mt.day(9.3e9)", "s.lua:4: day: a time in seconds" }, { "mt.day(-9.3e9)", "day: a time" }, { "mt.clock(1e11)", "clock: a time" },
    { "mt.clock(1e300)", "clock: a time" }, { "mt.day(-1/0)", "day: a time" }, { "mt.day(0/0)", "day: a time" },
    { "mt.day(0, ('x'):rep(70000))", "day: unknown time zone 'xxx" }, { "mt.day(0, 'a\\0b')", "day: unknown time zone 'a\\0b'" },
    { "self:timer { name = 'x', after = 1e300 }", "s.lua:4: timer: after: a finite number" }, { "self:timer { name = 'x', every = 1/0 }", "timer: every" },
    { "self:timer { name = 'x', every = -1 }", "timer: every" }, { "self:timer { name = 'x', after = 0/0 }", "timer: after" },
    { "self:timer { name = ('x'):rep(32), every = 1 }", "timer: name: a text of at most 31 bytes" },
    { "self:timer { name = 'a\\0', every = 1 }", "timer: name: a text of at most 31 bytes" },
    { "self:timer { name = 'a', at = ('1'):rep(70000) }", "timer: at: " },
    { "self:signal { side = 'buy', tag = ('x'):rep(32) }", "s.lua:4: signal: tag: a text of at most 31 bytes" },
    { "self:signal { side = 'buy', tag = 'a\\0\\27' }", "s.lua:4: signal: tag: a text of at most 31 bytes expected, got 'a\\0\\27'" },
    { "self:mark(('x'):rep(201), 1)", "s.lua:4: mark: a text of at most 200 bytes" }, { "self:mark('a\\0b', 1)", "mark: a text of at most" },
    { "self:skip(('x'):rep(201))", "s.lua:4: skip: a text of at most 200 bytes" }, { "self:skip('\\0')", "skip: a text of at most" },
    { "self:log('info', ('x'):rep(4097))", "s.lua:4: log: a text of at most 4096 bytes" },
    { "m:bar('2m')", "s.lua:4: bar: '2m' is not declared: say bars = { \"2m\" }" }, { "m:bar()", "s.lua:4: bar: a time frame" },
    { "m:bar('1m', -1)", "s.lua:4: bar: back: a whole number" }, { "m:bar('1m', 0/0)", "bar: back: " },
    { "m:bar('1m', 1e300)", "bar: back: " }, { "m:bar('1m', 1/0)", "bar: back: " }, { "m:bar('1m', '0')", "bar: back: " },
    { "self:order('a', {})", "s.lua:4: order: order slots are not built yet" }, { "m:cancel()", "not built yet" },
    { "m.signal { side = 'buy' }", "s.lua:4: signal: call it with a colon" }, { "self.keep('x')", "keep: call it with a colon" },
    { "self.skip()", "skip: call it with a colon" }, { "m.price(5, 'buy')", "price: call it with a colon" },
    { "return self:signal { sied = 'buy' }", "s.lua:3: signal: unknown field 'sied', did you mean 'side'?" },
    { "self:signal { sied = 'buy' } return 1", "s.lua:4: signal: unknown field 'sied', did you mean 'side'?" },
};

static void a_script_reaches_what_it_may_and_no_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
        char body[1024];
        struct mt_diag diag;
        snprintf(body, sizeof body, "if not (%s) then error('untrue', 0) end", truths[i]);
        if (fake_try(body, &diag) != 0)
            fail_msg("%s: %s", truths[i], diag.text);
    }
}

static void attacks_end_in_an_error_with_file_and_line(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct mt_diag diag;
        int rc = fake_try(refusals[i].body, &diag);
        bool expect_ok = strcmp(refusals[i].message, "OK") == 0;
        if (expect_ok ? rc != 0 : rc == 0 || strstr(diag.text, refusals[i].message) == NULL)
            printf("%s: %d %s\n", refusals[i].body, rc, diag.text), failures++;
    }
    assert_int_equal(failures, 0);
}

/* Every name of abi.h and a list of indices against every object that a script can hold. */
static const char *const walker_head =
    "local mt = require 'mthost'\nlocal S = mt.strategy { params = { n = mt.param(5, 1, 10, 1) } }\n"
    "local seen, held = 0, {}\n"
    "local function try(o, name)\n"
    "  pcall(function() o[name] = 12345 end)\n"
    "  pcall(function() o[name] = nil end)\n"
    "  local ok, v = pcall(function() return o[name] end)\n"
    "  if not ok then return end\n"
    "  seen = seen + 1\n"
    "  local kind = type(v)\n"
    "  if kind == 'cdata' then\n"
    "    pcall(function() v[0] = 1 end) pcall(function() v[1] = 1 end) pcall(function() v[-1] = 1 end)\n"
    "    pcall(function() v[100] = 1 end)\n"
    "    for _, i in ipairs { 0, 1, -1, 2, 100, 1e6, 0.5 } do\n"
    "      if pcall(function() return v[i] end) then error(name .. ' can be indexed', 0) end\n"
    "    end\n"
    "    if pcall(function() return v + 1 end) or pcall(function() return v - v end) then error(name .. ' adds', 0) end\n"
    "    if pcall(function() return #v end) then error(name .. ' has a length', 0) end\n"
    "  end\n"
    "  if kind == 'cdata' or kind == 'table' then return v end\n"
    "end\n"
    "local function attack(o, depth)\n"
    "  if held[o] or depth > 3 then return end\n"
    "  held[o] = true\n"
    "  for _, name in ipairs(NAMES) do local v = try(o, name) if v then attack(v, depth + 1) end end\n"
    "  for _, i in ipairs { 0, 1, -1, 2, 100, 1e6, -1e6, 0.5, 1/0 } do local v = try(o, i) if v then attack(v, depth + 1) end end\n"
    "  for _, name in ipairs { 'legs', 'main', 'orders', 'book', 'account', 'params', 'tf', 'why', 'verdict', 'reason', 'tag',\n"
    "    '__index', '__newindex', '__metatable', '__gc' } do local v = try(o, name) if v then attack(v, depth + 1) end end\n"
    "end\n"
    "local function on(self, v, m) seen = 0 if v then attack(v, 1) end attack(self, 1) if m then attack(m, 1) end\n"
    "  if seen < 3 then error('saw too little', 0) end end\n"
    "S.on_quote, S.on_trade, S.on_bar, S.on_signal, S.on_order, S.on_fill = on, on, on, on, on, on\n"
    "function S:on_timer(ev) attack(ev, 1) end\n"
    "return S\n";

/* All words of abi.h, once each. */
static void put_names(struct mt_buf *out)
{
    mt_buf_puts(out, "local NAMES = {");
    for (const char *at = mt_abi_h; *at != 0;) {
        size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
        if (n > 0 && (*at < '0' || *at > '9'))
            mt_buf_printf(out, "'%.*s',", (int)n, at);
        at += n > 0 ? n : 1;
    }
    mt_buf_puts(out, "}\n");
}

static void no_member_of_abi_h_can_be_written_or_walked(void **state)
{
    (void)state;
    struct mt_buf text;
    mt_buf_init(&text, 1 << 20);
    put_names(&text);
    mt_buf_puts(&text, walker_head);
    struct fake *fake = fake_start(mt_buf_text(&text), 2);
    fake->bar_count = 1;
    fake_text(fake, "x");
    fake->port.bar.tf_s = 60;
    struct mt_port port = fake->port;
    struct mt_view_market markets[FAKE_MARKETS];
    memcpy(markets, fake->markets, sizeof markets);
    enum mt_handler handlers[] = { MT_ON_QUOTE, MT_ON_TRADE, MT_ON_BAR, MT_ON_SIGNAL, MT_ON_ORDER, MT_ON_FILL, MT_ON_TIMER };
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
        fake_send(fake, handlers[i], 1);
        port.market = 1;
        assert_memory_equal(&port, &fake->port, sizeof port);
        assert_memory_equal(markets, fake->markets, sizeof markets);
    }
    assert_int_equal(fake->asked, 0);
    mt_buf_fini(&text);
    fake_free(fake);
}

static void memory_is_bounded_and_comes_back(void **state)
{
    (void)state;
    struct fake *fake = fake_new(1);
    struct mt_script_options options = { .arena_bytes = 8 << 20 };
    fake_write("s.lua", "local mt = require 'mthost'\nlocal S = mt.strategy {}\nfunction S:on_quote()\n"
        "  local t = {} for i = 1, 1e9 do t[i] = { i } end end\n"
        "function S:on_trade() self.n = (self.n or 0) + 1 self:mark('n', self.n) end\n"
        "function S:on_bar() self.hold = {} for i = 1, 1e9 do self.hold[i] = { i } end end\n"
        "function S:on_signal() local ok, e = pcall(function() local s = 'x' while true do s = s .. s end end) "
        "self:mark(tostring(e), 1) end\nreturn S");
    assert_int_equal(fake_load_with(fake, "s.lua", &options), 0);
    fake_bind(fake);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(fake_deliver(fake, MT_ON_QUOTE, 0), MT_ENOMEM);
        assert_non_null(strstr(fake->diag.text, "8388608 bytes"));
        struct mt_script_stats stats;
        mt_script_stats(fake->script, &stats, NULL);
        assert_true(stats.arena_used < 3 << 20);
        fake_send(fake, MT_ON_TRADE, 0);
        assert_true(fake->last_value == i + 1);
        fake_send(fake, MT_ON_SIGNAL, 0);
        assert_string_equal(fake->last_mark, "not enough memory");
    }
    /* What the script holds on to stays held; the host survives that too. */
    for (int i = 0; i < 3; i++)
        assert_int_equal(fake_deliver(fake, MT_ON_BAR, 0), MT_ENOMEM);
    (void)fake_deliver(fake, MT_ON_TRADE, 0);
    fake_free(fake);
}

static void a_million_signals_in_a_call_are_refused_and_counted(void **state)
{
    (void)state;
    struct fake *fake = fake_start("local mt = require 'mthost'\nlocal S = mt.strategy {}\nfunction S:on_quote()\n"
        "  local n = 0\n"
        "  for i = 1, 1e6 do local id, code = self:signal { side = 'buy' } if code == 'TOO_MANY' then n = n + 1 end end\n"
        "  self:mark('refused', n) end\nreturn S", 1);
    fake_send(fake, MT_ON_QUOTE, 0);
    assert_int_equal(fake->asked, MT_SIGNALS_PER_CALL);
    assert_true(fake->last_value == 1e6 - MT_SIGNALS_PER_CALL);
    fake_free(fake);
}

static void random_numbers_depend_on_the_seed_alone(void **state)
{
    (void)state;
    double values[3];
    for (int i = 0; i < 3; i++) {
        struct fake *fake = fake_new(1);
        struct mt_script_options options = { .seed = i == 2 ? 8 : 7, .jit_off = i == 1 };
        fake_write("s.lua", "local mt = require 'mthost'\nlocal S = mt.strategy {}\nfunction S:on_quote()\n"
            "  local sum, least, most = 0, 1, 0\n"
            "  for i = 1, 100000 do local x = math.random() sum = sum + x least = math.min(least, x) most = math.max(most, x) end\n"
            "  assert(least >= 0 and least < 0.001 and most < 1 and most > 0.999 and sum > 49000 and sum < 51000)\n"
            "  local seen = {} for i = 1, 1000 do seen[math.random(1, 6)] = true end\n"
            "  assert(#seen == 6 and seen[0] == nil and seen[7] == nil)\n"
            "  self:mark('sum', sum + math.random(-5, 5)) end\nreturn S");
        assert_int_equal(fake_load_with(fake, "s.lua", &options), 0);
        fake_bind(fake);
        fake_send(fake, MT_ON_QUOTE, 0);
        values[i] = fake->last_value;
        fake_free(fake);
    }
    assert_true(values[0] == values[1]);
    assert_true(values[0] != values[2]);
}

/* Memory runs out at another place of the compiler's work with each size of the arena. */
static void running_out_of_memory_anywhere_does_no_harm(void **state)
{
    (void)state;
    fake_write("s.lua", "local mt = require 'mthost'\nlocal S = mt.strategy {}\nfunction S:on_quote()\n"
        "  local t = {} for i = 1, 1e9 do t[i] = { i } end end\n"
        "function S:on_trade() self.n = (self.n or 0) + 1 self:mark('n', self.n) end\n"
        "function S:on_bar() self.hold = {} for i = 1, 1e9 do self.hold[i] = { i } end end\nreturn S");
    for (size_t i = 0; i < 150; i++) {
        struct fake *fake = fake_new(1);
        struct mt_script_options options = { .arena_bytes = (4u << 20) + i * 28672 + i * 64 };
        assert_int_equal(fake_load_with(fake, "s.lua", &options), 0);
        fake_bind(fake);
        for (int n = 0; n < 3; n++) {
            assert_int_equal(fake_deliver(fake, MT_ON_QUOTE, 0), MT_ENOMEM);
            fake_send(fake, MT_ON_TRADE, 0);
        }
        assert_int_equal(fake_deliver(fake, MT_ON_BAR, 0), MT_ENOMEM);
        (void)fake_deliver(fake, MT_ON_TRADE, 0);
        fake_free(fake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_reaches_what_it_may_and_no_more),
        cmocka_unit_test(attacks_end_in_an_error_with_file_and_line),
        cmocka_unit_test(no_member_of_abi_h_can_be_written_or_walked),
        cmocka_unit_test(memory_is_bounded_and_comes_back),
        cmocka_unit_test(running_out_of_memory_anywhere_does_no_harm),
        cmocka_unit_test(a_million_signals_in_a_call_are_refused_and_counted),
        cmocka_unit_test(random_numbers_depend_on_the_seed_alone),
    };
    return cmocka_run_group_tests(tests, fake_group_setup, fake_group_teardown);
}
