#include "fake_port.h"

static const char *const sample =
    "local mt = require 'mthost'\n"
    "local function ema(n)\n"
    "  local a, v = 2 / (n + 1), nil\n"
    "  return { update = function(self, x) v = v and v + a * (x - v) or x return v end,\n"
    "           save = function() return { v = v } end, load = function(self, t) v = t.v end }\n"
    "end\n"
    "local S = mt.strategy { bars = { '1m' }, params = { fast = mt.param(12, 2, 200, 1), slow = mt.param(26, 3, 500, 1) },\n"
    "  valid = function(p) return p.fast < p.slow, 'fast must be below slow' end }\n"
    "function S:on_start(why)\n"
    "  assert(why == 'start')\n"
    "  self:keep('fast', ema, self.params.fast)\n"
    "  self:keep('slow', ema, self.params.slow)\n"
    "  self.state.n = 0\n"
    "end\n"
    "function S:on_quote(q, m)\n"
    "  assert(m == self)\n"
    "  local f, s = self.fast:update(q.mid), self.slow:update(q.mid)\n"
    "  if f <= s then return self:skip('below', f) end\n"
    "  self:signal { side = 'buy', size = 2, tag = 'cross', exit = { stop = 0.5, take = { { 1, part = 0.5 }, { 2 } } } }\n"
    "end\n"
    "function S:on_trade(t) self.state.n = self.state.n + t.qty * t.side end\n"
    "function S:on_bar(b) self:mark(b.tf, b.close) end\n"
    "return S\n";

static void quotes_trades_and_bars_reach_their_handlers(void **state)
{
    (void)state;
    struct fake *fake = fake_start(sample, 2);
    assert_int_equal(fake->strategy.handlers, 1u << MT_ON_START | 1u << MT_ON_QUOTE | 1u << MT_ON_TRADE | 1u << MT_ON_BAR);
    assert_false(fake->strategy.has_filters);
    fake->port.quote.mid = 100;
    fake_send(fake, MT_ON_QUOTE, 1);
    assert_int_equal(fake->skips, 1);
    assert_string_equal(fake->last_skip, "below");
    assert_int_equal(fake->last_market, 1);
    fake->port.quote.mid = 101;
    fake_send(fake, MT_ON_QUOTE, 1);
    assert_int_equal(fake->asked, 1);
    const struct mt_request *request = &fake->requests[0];
    assert_int_equal(request->kind, MT_ASK_SIGNAL);
    assert_int_equal(request->market, 1);
    assert_int_equal(request->side, 1);
    assert_true(request->size == 2 && request->strength == 1);
    assert_string_equal(request->tag, "cross");
    assert_int_equal(request->stop.kind, MT_LEVEL_DISTANCE);
    assert_true(request->stop.value == 0.5);
    assert_int_equal(request->take_count, 2);
    assert_true(request->takes[0].part == 0.5 && request->takes[1].part == 0 && request->takes[1].value == 2);
    fake->port.trade = (struct mt_view_trade){ .price = 1, .qty = 3, .side = -1 };
    fake_send(fake, MT_ON_TRADE, 0);
    fake->port.bar = (struct mt_view_bar){ .close = 7, .tf_s = 60 };
    fake_send(fake, MT_ON_BAR, 0);
    assert_string_equal(fake->last_mark, "1m");
    assert_true(fake->last_value == 7);
    fake_free(fake);
}


/* Verbs ---------------------------------------------------------------------------------------------------------------- */

static const struct { const char *body, *message; } wrong[] = {
    { "self:signal()", "signal: a table expected, got nil" },
    { "self:signal {}", "signal: side: \"buy\", \"sell\", \"flat\", 1, -1 or 0 expected, got a nil" },
    { "self:signal { side = 'long' }", "got 'long'" }, { "self:signal { side = 2 }", "got 2" },
    { "self:signal { side = 0/0 }", "got nan" },
    { "self:signal { side = 'buy', stop = 1 }", "signal: unknown field 'stop'" },
    { "self:signal { side = 'buy', zise = 1, aize = 2 }", "signal: unknown field 'aize', did you mean 'size'?" },
    { "self:signal { side = 'buy', [1] = 2 }", "signal: unknown field '1'" },
    { "self:signal { side = 'buy', size = 0 }", "signal: size: a finite number above 0 expected, got 0" },
    { "self:signal { side = 'buy', size = -1 }", "got -1" }, { "self:signal { side = 'buy', size = -0.0 }", "above 0" },
    { "self:signal { side = 'buy', size = 0/0 }", "got nan" }, { "self:signal { side = 'buy', size = 1/0 }", "got inf" },
    { "self:signal { side = 'buy', size = 1e309 }", "got inf" }, { "self:signal { side = 'buy', size = '1' }", "got '1'" },
    { "self:signal { side = 'buy', strength = 1.1 }", "strength: a finite number from 0 to 1 expected, got 1.1" },
    { "self:signal { side = 'buy', strength = -0.1 }", "strength" }, { "self:signal { side = 'buy', limit = 0 }", "limit" },
    { "self:signal { side = 'buy', ttl = -1 }", "ttl" }, { "self:signal { side = 'buy', tag = 5 }", "tag: a text of at most 31" },
    { "self:signal { side = 'buy', tag = ('x'):rep(32) }", "tag: a text of at most 31" },
    { "self:signal { side = 'buy', tag = 'a\\0b' }", "tag: a text" }, { "self:signal { side = 'buy', group = {} }", "group" },
    { "self:signal { side = 'buy', leg = 'second' }", "leg: only \"main\" is built, got 'second'" },
    { "self:signal { side = 'buy', leg = '*' }", "leg: only" }, { "self:signal { side = 'buy', keep = 0.5 }", "keep goes with" },
    { "self:signal { side = 'flat', keep = 2 }", "keep" }, { "self:signal { side = 'flat', exit = {} }", "exit does not go" },
    { "self:signal { side = 'buy', exit = 5 }", "exit: a table expected, got 5" },
    { "self:signal { side = 'buy', exit = { stpo = 5 } }", "exit: unknown field 'stpo', did you mean 'stop'?" },
    { "self:signal { side = 'buy', exit = { stop = 0 } }", "signal: exit.stop: a finite number above 0" },
    { "self:signal { side = 'buy', exit = { stop = false } }", "signal: exit.stop" },
    { "self:signal { side = 'buy', exit = { take = {} } }", "exit.take: 1 to 8 takes expected, got 0" },
    { "self:signal { side = 'buy', exit = { take = { 1, 1, 1, 1, 1, 1, 1, 1, 1 } } }", "got 9" },
    { "self:signal { side = 'buy', exit = { take = { { 1, part = 2 } } } }", "exit.take[1].part" },
    { "self:signal { side = 'buy', exit = { take = { { 1, prat = 1 } } } }", "unknown field 'prat', did you mean 'part'?" },
    { "self:signal { side = 'buy', exit = { take = { 1, part = 1 } } }", "signal: exit.take: unknown field 'part'" },
    { "self:signal { side = 'buy', exit = { take = { 1, 2, nil, 3 } } }", "signal: exit.take" },
    { "self:signal { side = 'buy', exit = { trail = mt.at(5) } }", "a trail is a distance" },
    { "self:signal { side = 'buy', exit = { trail = { 1, after = 0 } } }", "exit.trail.after" },
    { "self:signal { side = 'buy', exit = { time = 0 } }", "exit.time" },
    { "self:signal { side = 'buy', exit = { stop = {} } }", "exit.stop" }, { "mt.at(1/0)", "at: a finite number" },
    { "mt.at(0/0)", "at: " }, { "self:protect()", "protect: a table expected" }, { "self:protect { stop = -1 }", "protect.stop" },
    { "self:protect { widen = 1 }", "widen: true or false" }, { "self:protect { tag = 'x' }", "protect: unknown field 'tag'" },
    { "self:target()", "target: a finite quantity expected, got a nil" }, { "self:target(0/0)", "got nan" },
    { "self:target(1, 5)", "target: a table expected" }, { "self:target(1, { size = 1 })", "target: unknown field 'size'" },
    { "self:price(0/0, 'buy')", "price: a finite number" }, { "self:price(1, 'up')", "price: \"buy\"" },
    { "self:quantity('1')", "quantity: a finite number" }, { "self:bar('1x')", "bar: a time frame" },
    { "self:bar('1m', -1)", "bar: back" }, { "self:bar('1m', 0.5)", "bar: back" }, { "self:bar(60)", "bar: a time frame" },
    { "self:skip()", "skip: a text of at most 200 bytes expected, got a nil" }, { "self:skip('x', 'y')", "skip: value" },
    { "self:mark('x')", "mark: value: a number expected, got a nil" }, { "self:mark(5, 5)", "mark: a text" },
    { "self:log('loud', 'x')", "log: \"debug\"" }, { "self:log('info', 5)", "log: a text expected" },
    { "self:timer()", "timer: a table expected" }, { "self:timer { name = 'x' }", "timer: one of after, every and at" },
    { "self:timer { name = 'x', after = 1, every = 1 }", "timer: one of" }, { "self:timer { after = 1 }", "timer: name" },
    { "self:timer { name = 'x', after = 0 }", "timer: after" }, { "self:timer { name = 'x', every = 0 }", "timer: every" },
    { "self:timer { name = 'x', at = '25:00' }", "timer: at" }, { "self:timer { name = 'x', at = 5 }", "timer: at" },
    { "self:timer { name = 'x', at = '22:00', tz = 'Mars' }", "timer: tz: unknown time zone 'Mars'" },
    { "self:timer { name = 'x', after = 5, tz = 'UTC' }", "timer: tz goes with at" },
    { "self:keep(5)", "keep: a name expected" }, { "self:keep('bid', tostring)", "keep: 'bid' is a reserved name" },
    { "self:keep('x', 5)", "keep: a constructor" }, { "self:keep('x', tostring, tostring)", "an argument is a function" },
    { "self:keep('x', function() return {} end)", "must make an object with :save() and :load(t)" },
    { "self:keep('x', function() error('period: 1 to 5', 2) end)", "s.lua:4: period: 1 to 5" },
    { "mt.day('x')", "day: a time" }, { "mt.day(0, 'Mars')", "day: unknown time zone 'Mars'" }, { "mt.day(0, 5)", "day: a time zone" },
    { "mt.clock(1/0)", "clock: a time" }, { "mt.pow('x', 1)", "pow: two numbers" },
};

static void wrong_arguments_raise_at_the_callers_line(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct mt_diag diag;
        int rc = fake_try(wrong[i].body, &diag);
        if (rc != MT_ESCRIPT || strncmp(diag.text, "script: s.lua:4: ", 17) != 0 || strstr(diag.text, wrong[i].message) == NULL)
            printf("%s: %d %s\n", wrong[i].body, rc, diag.text), failures++;
    }
    assert_int_equal(failures, 0);
}

/* One request each; compared with what must be in the struct. */
static struct mt_request ask(const char *body)
{
    char text[2048];
    snprintf(text, sizeof text, "local mt = require 'mthost'\nlocal S = mt.strategy {}\nfunction S:on_quote(q, m)\n"
        "local id, code, detail = %s\nassert(id == 1 and code == nil and detail == nil) end\nreturn S", body);
    struct fake *fake = fake_start(text, 2);
    fake_send(fake, MT_ON_QUOTE, 1);
    assert_int_equal(fake->asked, 1);
    struct mt_request request = fake->requests[0];
    assert_int_equal(request.market, 1);
    fake_free(fake);
    return request;
}

static void requests_say_what_the_script_said(void **state)
{
    (void)state;
    struct mt_request r = ask("self:signal { side = -1, limit = 1.5, ttl = 3, strength = 0.25, group = 'pair', leg = 'main', "
        "exit = { stop = mt.at(2), take = 4, trail = { 5, after = 6 }, time = 7 } }");
    assert_int_equal(r.side, -1);
    assert_true(r.has_limit && r.limit == 1.5 && r.ttl == 3 && r.strength == 0.25 && r.size == 1 && !r.has_keep);
    assert_string_equal(r.group, "pair");
    assert_string_equal(r.tag, "");
    assert_true(r.stop.kind == MT_LEVEL_PRICE && r.stop.value == 2);
    assert_true(r.take_count == 1 && r.takes[0].kind == MT_LEVEL_DISTANCE && r.takes[0].value == 4 && r.takes[0].part == 0);
    assert_true(r.trail.kind == MT_LEVEL_DISTANCE && r.trail.value == 5 && r.trail.after == 6 && r.time == 7);

    r = ask("m:signal { side = 'flat', keep = 0.5, leg = '*', tag = ('t'):rep(31) }");
    assert_true(r.side == 0 && r.has_keep && r.keep == 0.5 && r.take_count == -1 && r.time == 0);
    assert_int_equal(strlen(r.tag), 31);
    assert_int_equal(r.stop.kind, MT_LEVEL_KEEP);

    r = ask("m:signal { side = 'buy', strength = -0.0, exit = { take = { 1, mt.at(9), { mt.at(8), part = 1 } }, trail = 2 } }");
    assert_true(r.strength == 0 && !signbit(r.strength));
    assert_true(r.take_count == 3 && r.takes[1].kind == MT_LEVEL_PRICE && r.takes[2].part == 1 && r.takes[2].value == 8);
    assert_true(r.trail.value == 2 && r.trail.after == 0);

    r = ask("m:protect { stop = false, take = false, trail = false, time = false, widen = true }");
    assert_int_equal(r.kind, MT_ASK_PROTECT);
    assert_true(r.stop.kind == MT_LEVEL_REMOVE && r.trail.kind == MT_LEVEL_REMOVE && r.take_count == 0 && r.time == -1 && r.widen);
    r = ask("m:protect { stop = 1 }");
    assert_true(r.stop.kind == MT_LEVEL_DISTANCE && r.trail.kind == MT_LEVEL_KEEP && r.take_count == -1 && r.time == 0 && !r.widen);

    r = ask("m:target(-2.5, { limit = 3, ttl = 4, group = 'g', tag = 't' })");
    assert_true(r.kind == MT_ASK_TARGET && r.qty == -2.5 && r.limit == 3 && r.ttl == 4);
    r = ask("m:target(-0.0)");
    assert_true(r.qty == 0 && !signbit(r.qty));
}

static void refusals_come_back_as_nil_code_detail(void **state)
{
    (void)state;
    struct fake *fake = fake_start("local mt = require 'mthost'\nlocal S = mt.strategy {}\nfunction S:on_quote(q, m)\n"
        "local id, code, detail = self:signal { side = 'buy' }\nassert(id == nil)\nself:mark(code .. ': ' .. detail, 1) end\nreturn S", 1);
    fake->refuse_with = MT_CODE_STATE_HALTED;
    fake_send(fake, MT_ON_QUOTE, 0);
    assert_string_equal(fake->last_mark, "STATE_HALTED: halted: only cancels pass");
    fake->refuse_with = MT_CODE_ALREADY;
    fake_send(fake, MT_ON_QUOTE, 0);
    assert_string_equal(fake->last_mark, "ALREADY: the leg has this stance already");
    fake_free(fake);
}

/* A mistake in the script and no answer of the moment: it ends the handler, at the line of the verb. */
static void mixing_signal_and_target_raises_at_the_callers_line(void **state)
{
    (void)state;
    static const struct { const char *body, *place; } bodies[] = {
        { "local a = 1\nself:target(2)\nself:mark('on', 1)", "script: s.lua:5: target: " },
        { "local id, code = self:signal { side = 'buy' }\nself:mark('on', 1)", "script: s.lua:4: signal: " },
        { "return self:target(0)", "script: s.lua:3: target: " },
        { "local ok, e = pcall(function() self:target(0) end)\nerror(e, 0)", "script: s.lua:4: target: " },
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        char text[512];
        snprintf(text, sizeof text, "local mt = require 'mthost'\nlocal S = mt.strategy {}\nfunction S:on_quote(q, m)\n%s\nend\nreturn S",
            bodies[i].body);
        struct fake *fake = fake_start(text, 1);
        fake->refuse_with = MT_CODE_MIXED_VERBS;
        assert_int_equal(fake_deliver(fake, MT_ON_QUOTE, 0), MT_ESCRIPT);
        if (strncmp(fake->diag.text, bodies[i].place, strlen(bodies[i].place)) != 0
            || strstr(fake->diag.text, "signal and target cannot be mixed on one leg") == NULL)
            fail_msg("%s: %s", bodies[i].body, fake->diag.text);
        assert_int_equal(fake->marks, 0);
        fake_free(fake);
    }
}

/* A verb in tail position has no frame of the author any more: the function that the host called stands in. */
static void verbs_in_tail_position_name_the_handler(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "return self:signal { side = 'long' }", "return m:target('x')", "return self:protect { stop = -1 }", "return self:price(1, 'up')",
        "return self:quantity('x')", "return self:bar('1x')", "return self:skip()", "return self:mark('x')", "return self:log('loud', 'x')",
        "return self:timer()", "return self:keep(5)", "return m:order('x', {})", "return m:cancel()", "return mt.at(0/0)", "return mt.day('x')",
        "return mt.clock(1/0)", "return mt.pow('x', 1)", "return string.rep('x', 1e9)", "return math.floor('x')", "return q.nothing + 1",
        "return coroutine.wrap(function() return self:skip() end)()", "return pcall(self.skip, self) or error('no')",
        "local co = coroutine.create(function() return self:skip() end)\nlocal ok, e = coroutine.resume(co)\nerror(e, 0)",
    };
    int failures = 0;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct mt_diag diag;
        int rc = fake_try(bodies[i], &diag);
        if (rc != MT_ESCRIPT || strncmp(diag.text, "script: s.lua:", 14) != 0 || strchr("345", diag.text[14]) == NULL
            || strncmp(diag.text + 15, ": ", 2) != 0)
            printf("%s: %d %s\n", bodies[i], rc, diag.text), failures++;
    }
    /* Every other function that the host calls. */
    static const struct { const char *functions; enum mt_handler handler; const char *place; } others[] = {
        { "function S:on_start() return self:skip() end", MT_ON_START, "script: s.lua:3: skip: " },
        { "function S:on_timer() return self:skip() end", MT_ON_TIMER, "script: s.lua:3: skip: " },
        { "function S:on_stop() return self:skip() end", MT_ON_STOP, "script: s.lua:3: skip: " },
        { "local function deep(s) return s:skip() end\nfunction S:on_bar()\n deep(self)\nend", MT_ON_BAR, "script: s.lua:5: skip: " },
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        for (int portfolio = 0; portfolio < 2; portfolio++) {
            char text[512];
            snprintf(text, sizeof text, "local mt = require 'mthost'\nlocal S = mt.strategy { scope = '%s' }\n%s\nreturn S",
                portfolio ? "portfolio" : "symbol", others[i].functions);
            struct fake *fake = fake_new(1);
            struct mt_script_options options = { .seed = 1 };
            fake_write("s.lua", text);
            assert_int_equal(fake_load_with(fake, "s.lua", &options), 0);
            fake_bind(fake);
            int rc = fake_deliver(fake, others[i].handler, 0);
            if (rc != MT_ESCRIPT || strncmp(fake->diag.text, others[i].place, strlen(others[i].place)) != 0)
                printf("%s: %d %s\n", others[i].functions, rc, fake->diag.text), failures++;
            fake_free(fake);
        }
    assert_int_equal(failures, 0);
}

/* Events --------------------------------------------------------------------------------------------------------------- */

static const char *const reporter =
    "local mt = require 'mthost'\nlocal S = mt.strategy {}\n"
    "local function text(...) local t = { ... } for i = 1, select('#', ...) do t[i] = tostring(t[i]) end return table.concat(t, ' ') end\n"
    "function S:on_order(o, m) self:mark(text(o.id, o.signal, o.type, o.side, o.state, o.reason, o.code, o.price, o.stop, o.qty, o.filled, o.leaves, o.reduce_only, o.tag, m == self), 1) end\n"
    "function S:on_fill(f) self:mark(text(f.id, f.side, f.reason, f.price, f.qty, f.fee, f.profit, f.position, f.maker, f.closes, f.tag, f.time, f.age), 1) end\n"
    "function S:on_signal(v) self:mark(text(v.id, v.side, v.verdict, v.reason, v.value, v.sent, v.of, v.strength, v.size, v.entry, v.tag), 1) end\n"
    "function S:on_timer(ev) self:mark(text(ev.name, ev.time, ev.late, self.symbol), 1) end\n"
    "function S:on_bar(b) local last = self:bar(b.tf, 1) self:mark(text(b.tf, b.time, b.close_time, b.last, b.ticks, last and last.close, last and last.tf, self:bar('1m', 9)), 1) end\n"
    "function S:on_stop(why) self:mark('stopped ' .. why, 1) end\n"
    "function S:on_quote(q) self:mark(text(self.why, self.tradable, self.stance, self.position.qty, m, self.muted), 1) end\n"
    "return S\n";

static void reports_show_names_and_not_numbers(void **state)
{
    (void)state;
    struct fake *fake = fake_start(reporter, 2);
    fake_text(fake, "breakout");
    fake->port.order = (struct mt_view_order){ .id = 7, .signal = 3, .price = 1.5, .qty = 4, .filled = 1, .leaves = 3, .side = -1,
        .type = MT_TYPE_LIMIT, .state = MT_ORDER_PARTIAL, .role = MT_ROLE_TAKE, .reduce_only = true };
    fake_send(fake, MT_ON_ORDER, 1);
    assert_string_equal(fake->last_mark, "7 3 limit sell partial take nil 1.5 0 4 1 3 true breakout true");
    fake->port.order.state = MT_ORDER_DENIED;
    fake->port.order.code = MT_CODE_PRICE_STEP;
    fake->port.order.side = 1;
    fake_send(fake, MT_ON_ORDER, 1);
    assert_string_equal(fake->last_mark, "7 3 limit buy denied take PRICE_STEP 1.5 0 4 1 3 true breakout true");
    fake->port.fill = (struct mt_view_fill){ .id = 1, .price = 2, .qty = 3, .fee = 0.5, .profit = -4, .position = -3, .side = -1,
        .role = MT_ROLE_STOPOUT, .closes = true, .time = 9, .age = 0.25 };
    fake->port.text[0] = '\0';
    fake_send(fake, MT_ON_FILL, 0);
    assert_string_equal(fake->last_mark, "1 sell stopout 2 3 0.5 -4 -3 false true  9 0.25");
    fake->port.verdict = (struct mt_view_verdict){ .id = 5, .value = 1.5, .strength = 0.5, .size = 1, .side = 0,
        .verdict = MT_DENIED, .code = MT_CODE_SPREAD_WIDE, .sent = 1, .of = 3, .entry = true };
    fake_send(fake, MT_ON_SIGNAL, 0);
    assert_string_equal(fake->last_mark, "5 flat denied SPREAD_WIDE 1.5 1 3 0.5 1 true ");
    strcpy(fake->port.reason, "filters/x: wide");
    fake->port.verdict.verdict = MT_VETOED;
    fake_send(fake, MT_ON_SIGNAL, 0);
    assert_string_equal(fake->last_mark, "5 flat vetoed filters/x: wide 1.5 1 3 0.5 1 true ");
    fake_text(fake, "eod");
    fake->port.timer = (struct mt_view_timer){ .time = 100 };
    fake_send(fake, MT_ON_TIMER, 1);
    assert_string_equal(fake->last_mark, "eod 100 nil GBPUSD");
    fake->port.timer.late = 2;
    fake_send(fake, MT_ON_TIMER, 1);
    assert_string_equal(fake->last_mark, "eod 100 2 GBPUSD");
    fake->port.timer_owner = 1;
    fake->marks = 0;
    fake_send(fake, MT_ON_TIMER, 1);
    assert_int_equal(fake->marks, 0);
    fake->bars[1] = (struct mt_view_bar){ .close = 42, .tf_s = 60 };
    fake->bar_count = 2;
    fake->port.bar = (struct mt_view_bar){ .time = 60, .close_time = 120, .tf_s = 60, .last = true, .ticks = 3 };
    fake_send(fake, MT_ON_BAR, 0);
    assert_string_equal(fake->last_mark, "1m 60 120 true 3 42 1m nil");
    static const struct { int32_t tf; const char *name; } frames[] = { { 1, "1s" }, { 90, "90s" }, { 300, "5m" },
        { 3600, "1h" }, { 14400, "4h" }, { 86400, "1d" }, { 604800, "7d" } };
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        fake->port.bar.tf_s = frames[i].tf;
        fake_send(fake, MT_ON_BAR, 0);
        assert_int_equal(strncmp(fake->last_mark, frames[i].name, strlen(frames[i].name)), 0);
    }
    fake_text(fake, "end of data");
    fake_send(fake, MT_ON_STOP, -1);
    assert_string_equal(fake->last_mark, "stopped end of data");
    fake->markets[1].why = MT_CODE_DATA_STALE;
    fake->markets[1].tradable = false;
    fake->markets[1].stance = -1;
    fake->markets[1].position.qty = -7;
    fake->markets[1].muted = true;
    fake_send(fake, MT_ON_QUOTE, 1);
    assert_string_equal(fake->last_mark, "DATA_STALE false -1 -7 nil true");
    fake_free(fake);
}

static void portfolio_scope_has_one_object_and_markets(void **state)
{
    (void)state;
    struct fake *fake = fake_start("local mt = require 'mthost'\nlocal S = mt.strategy { scope = 'portfolio' }\n"
        "function S:on_start(why) assert(#self.markets == 3 and self.markets.EURUSD == self.markets[1]) self.n = 0\n"
        "  assert(self.markets['BTC-USD'].symbol == 'BTC-USD') self:timer { name = 't', every = 5 } end\n"
        "function S:on_quote(q, m) assert(m ~= self and m == self.markets[2]) self.n = self.n + 1\n"
        "  assert(self.signal == nil and self.bid == nil and m.keep == nil and m.skip == nil)\n"
        "  assert(not pcall(function() self.markets.X = 1 end) and not pcall(function() self.markets = {} end))\n"
        "  for i, market in ipairs(self.markets) do market:signal { side = 'buy' } end self:skip('done', self.n) end\n"
        "function S:on_timer(ev) self:mark(ev.name, 1) end\nreturn S", 3);
    assert_int_equal(fake->timers[0].market, -1);
    fake_send(fake, MT_ON_QUOTE, 1);
    assert_int_equal(fake->asked, 3);
    assert_int_equal(fake->requests[2].market, 2);
    assert_int_equal(fake->last_market, 1);
    assert_true(fake->last_value == 1);
    fake_text(fake, "t");
    fake_send(fake, MT_ON_TIMER, -1);
    assert_string_equal(fake->last_mark, "t");
    fake_free(fake);
}

static void objects_of_symbols_are_apart(void **state)
{
    (void)state;
    struct fake *fake = fake_start("local mt = require 'mthost'\nlocal S = mt.strategy {}\n"
        "function S:on_start() self.n = 0 self.state.n = 0 end\n"
        "function S:on_quote() self.n = self.n + 1 self.state.n = self.state.n + 1 self:mark(self.symbol, self.n + self.state.n) end\n"
        "return S", 3);
    for (int i = 0; i < 5; i++)
        fake_send(fake, MT_ON_QUOTE, 0);
    fake_send(fake, MT_ON_QUOTE, 2);
    assert_string_equal(fake->last_mark, "BTC-USD");
    assert_true(fake->last_value == 2);
    fake_free(fake);
}

static void a_raising_handler_is_reported_and_the_next_event_works(void **state)
{
    (void)state;
    struct fake *fake = fake_start("local mt = require 'mthost'\nlocal S = mt.strategy {}\n"
        "function S:on_quote(q)\n self.state.n = (self.state.n or 0) + 1\n if self.state.n % 2 == 1 then error('odd') end\n"
        " self:mark('n', self.state.n) end\nreturn S", 1);
    for (int i = 1; i <= 200; i++) {
        int rc = fake_deliver(fake, MT_ON_QUOTE, 0);
        assert_int_equal(rc, i % 2 == 1 ? MT_ESCRIPT : 0);
        if (rc != 0)
            assert_string_equal(fake->diag.text, "script: s.lua:5: odd");
    }
    assert_true(fake->last_value == 200);
    fake_free(fake);
}

static void timers_are_handed_over(void **state)
{
    (void)state;
    struct fake *fake = fake_start("local mt = require 'mthost'\nlocal S = mt.strategy {}\n"
        "function S:on_start() self:timer { name = 'a', after = 1.5 } self:timer { name = 'b', every = 60 }\n"
        " self:timer { name = 'c', at = '22:55', tz = '+02:00' } self:timer { name = 'd', at = '00:00:07' }\n"
        " assert(self:timer { name = 'b', every = false } == true) end\nreturn S", 2);
    assert_int_equal(fake->timer_count, 10);
    const struct mt_request_timer *t = fake->timers;
    assert_string_equal(t[0].name, "a");
    assert_true(t[0].after == 1.5 && t[0].every == 0 && t[0].at_s == -1 && t[0].market == 0 && t[0].owner == 0 && !t[0].stop);
    assert_true(t[1].every == 60);
    assert_true(t[2].at_s == 22 * 3600 + 55 * 60);
    assert_string_equal(t[2].zone, "+02:00");
    assert_true(t[3].at_s == 7);
    assert_true(t[4].stop && t[4].every == 0);
    assert_int_equal(t[5].market, 1);
    fake_free(fake);
}

static void a_log_line_comes_once_a_second(void **state)
{
    (void)state;
    struct fake *fake = fake_start("local mt = require 'mthost'\nlocal S = mt.strategy {}\n"
        "function S:on_quote(q) self:log('warn', 'at %d %s', self.now, {}) self:log('info', 'other') end\nreturn S", 1);
    for (int i = 0; i < 25; i++) {
        fake->port.now = 1000 + i * 0.1;
        fake_send(fake, MT_ON_QUOTE, 0);
    }
    assert_string_equal(fake->log, "2 EURUSD: at 1000 table\n1 EURUSD: other\n2 EURUSD: at 1001 table\n1 EURUSD: other\n"
        "2 EURUSD: at 1002 table\n1 EURUSD: other\n");
    assert_int_equal(fake->left_out, 2 * 25 - 6);       /* none is lost in silence */
    fake_free(fake);
}

/* Two symbols that log the same in one second are two places: neither hides the other. */
static void a_symbol_is_a_place_of_its_own(void **state)
{
    (void)state;
    struct fake *fake = fake_start("local mt = require 'mthost'\nlocal S = mt.strategy {}\n"
        "function S:on_quote(q) self:log('WARNING', 'x') self:log('Error', 'x') end\nreturn S", 2);
    fake->port.now = 1000;
    fake_send(fake, MT_ON_QUOTE, 0);
    fake_send(fake, MT_ON_QUOTE, 1);
    fake_send(fake, MT_ON_QUOTE, 1);
    assert_string_equal(fake->log, "2 EURUSD: x\n3 EURUSD: x\n2 GBPUSD: x\n3 GBPUSD: x\n");
    assert_int_equal(fake->left_out, 2);
    fake_free(fake);
}

static void many_different_log_texts_do_not_fill_the_memory(void **state)
{
    (void)state;
    struct fake *fake = fake_start("local mt = require 'mthost'\nlocal S = mt.strategy {}\n"
        "function S:on_quote(q) for i = 1, 5000 do self:log('debug', 'x' .. i) end end\nreturn S", 1);
    fake_send(fake, MT_ON_QUOTE, 0);
    for (int site = 4; site < MT_LOG_SITES; site++)
        assert_int_equal(fake->log_sites[site], 1);
    assert_int_equal(fake->log_sites[0], 1);            /* all other texts are one place, once a second */
    assert_int_equal(fake->left_out, 5000 - 1000 - 1);
    fake_free(fake);
}

static void parameters_change_while_it_runs(void **state)
{
    (void)state;
    struct fake *fake = fake_start("local mt = require 'mthost'\nlocal S = mt.strategy { params = { n = mt.param(5, 1, 9, 2),\n"
        " on = mt.param(true), mode = mt.param('a', { 'a', 'b' }), tz = mt.param 'UTC' },\n"
        " valid = function(p) return p.n < 9 or p.on, 'nine only when on' end }\n"
        "function S:on_quote() local p = self.params self:mark(tostring(p.n) .. tostring(p.on) .. p.mode .. p.tz, 1) end\nreturn S", 1);
    static const struct { const char *name, *value, *message; } sets[] = {
        { "n", "7", NULL }, { "n", "6", "must be 1 plus steps of 2, got 6" }, { "n", "11", "must be from 1 to 9, got 11" },
        { "n", "x", "must be a number, got 'x'" }, { "n", "", "must be a number" }, { "n", "nan", "must be a number" },
        { "on", "yes", "must be true or false" }, { "mode", "c", "must be one of a b, got 'c'" }, { "mdoe", "a", "did you mean 'mode'?" },
        { "mode", "b", NULL }, { "on", "false", NULL }, { "n", "9", "nine only when on" }, { "tz", "Mars", NULL },
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct mt_diag diag = { 0 };
        int rc = fake->strategy.ops->set_param(fake->strategy.self, sets[i].name, sets[i].value, &diag);
        if (sets[i].message == NULL ? rc != 0 : rc != MT_EREFUSED || strstr(diag.text, sets[i].message) == NULL)
            fail_msg("%s=%s: %d %s", sets[i].name, sets[i].value, rc, diag.text);
    }
    fake_send(fake, MT_ON_QUOTE, 0);
    assert_string_equal(fake->last_mark, "7falsebMars");
    struct mt_buf out;
    mt_buf_init(&out, 1000);
    mt_script_params_json(fake->script, &out);
    assert_string_equal(mt_buf_text(&out), "{\"mode\":\"b\",\"n\":7,\"on\":false,\"tz\":\"Mars\"}");
    mt_buf_fini(&out);
    fake_free(fake);
}

static void idle_collects_garbage_in_steps(void **state)
{
    (void)state;
    struct fake *fake = fake_start("local mt = require 'mthost'\nlocal S = mt.strategy {}\n"
        "function S:on_quote() for i = 1, 3000 do self.t = { i } end end\nreturn S", 1);
    struct mt_script_stats stats;
    for (int i = 0; i < 300; i++) {
        fake_send(fake, MT_ON_QUOTE, 0);
        for (int k = 0; k < 20; k++)
            fake->strategy.ops->idle(fake->strategy.self);
    }
    mt_script_stats(fake->script, &stats, NULL);
    assert_true(stats.bytes_allocated > 20u << 20);
    assert_true(stats.arena_peak < 6u << 20);
    fake_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_trades_and_bars_reach_their_handlers),
        cmocka_unit_test(wrong_arguments_raise_at_the_callers_line),
        cmocka_unit_test(requests_say_what_the_script_said),
        cmocka_unit_test(refusals_come_back_as_nil_code_detail),
        cmocka_unit_test(mixing_signal_and_target_raises_at_the_callers_line),
        cmocka_unit_test(verbs_in_tail_position_name_the_handler),
        cmocka_unit_test(reports_show_names_and_not_numbers),
        cmocka_unit_test(portfolio_scope_has_one_object_and_markets),
        cmocka_unit_test(objects_of_symbols_are_apart),
        cmocka_unit_test(a_raising_handler_is_reported_and_the_next_event_works),
        cmocka_unit_test(timers_are_handed_over),
        cmocka_unit_test(a_log_line_comes_once_a_second),
        cmocka_unit_test(a_symbol_is_a_place_of_its_own),
        cmocka_unit_test(many_different_log_texts_do_not_fill_the_memory),
        cmocka_unit_test(parameters_change_while_it_runs),
        cmocka_unit_test(idle_collects_garbage_in_steps),
    };
    return cmocka_run_group_tests(tests, fake_group_setup, fake_group_teardown);
}
