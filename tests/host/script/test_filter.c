#include "fake_port.h"

static const char *const strategy =
    "local mt = require 'mthost'\nlocal S = mt.strategy {}\n"
    "function S:on_quote() self:mark('strategy', 1) end\nfunction S:on_timer() self:mark('strategy timer', 1) end\nreturn S\n";

/* A run script with one filter per text; each file is f1.lua, f2.lua, … */
static struct fake *start(const char *const *filters, const char *extra)
{
    char run[512] = "return { strategy = 's', filters = { ";
    fake_write("s.lua", strategy);
    for (int i = 0; filters[i] != NULL; i++) {
        char name[32], text[4096];
        snprintf(name, sizeof name, "f%d.lua", i + 1);
        snprintf(text, sizeof text, "local mt = require 'mthost'\n%s\nreturn F\n", filters[i]);
        fake_write(name, text);
        snprintf(run + strlen(run), sizeof run - strlen(run), "{ 'f%d' %s }, ", i + 1, extra);
    }
    strcat(run, "} }");
    fake_write("run.lua", run);
    struct fake *fake = fake_new(2);
    struct mt_script_options options = { .seed = 1 };
    if (fake_load_with(fake, "run.lua", &options) != 0)
        fail_msg("load: %s", fake->diag.text);
    fake_bind(fake);
    fake->port.market = 1;
    if (fake->strategy.handlers & 1u << MT_ON_START)
        fake_send(fake, MT_ON_START, -1);
    return fake;
}

static int ask(struct fake *fake, double strength)
{
    memset(&fake->diag, 0, sizeof fake->diag);
    fake->port.market = 1;
    fake->port.signal = (struct mt_view_signal){ .strength = strength, .size = 2, .side = 1, .market = 1, .increase = true };
    return fake->strategy.ops->filter(fake->strategy.self, &fake->diag);
}

static void filters_pass_weaken_and_veto_in_order(void **state)
{
    (void)state;
    const char *filters[] = {
        "local F = mt.filter {}\nfunction F:check(s, m)\n assert(m == self and m.symbol == 'GBPUSD' and s.side == 'buy' and s.tag == 'x')\n"
        " assert(s.size == 2 and s.leg == 'main') return s:weaken(0.5) end",
        "local F = mt.filter {}\nfunction F:check(s) if s.strength < 0.2 then return nil, 'weak', s.strength end return s end",
        "local F = mt.filter {}\nfunction F:check(s) self:mark('third', 1) return s end", NULL };
    struct fake *fake = start(filters, "");
    assert_true(fake->strategy.has_filters);
    fake_text(fake, "x");
    assert_int_equal(ask(fake, 1), 0);
    assert_true(fake->port.signal.strength == 0.5 && fake->port.signal.size == 2);
    assert_string_equal(fake->port.reason, "");
    assert_int_equal(fake->marks, 1);
    assert_int_equal(ask(fake, 0.3), 1);
    assert_string_equal(fake->port.reason, "f2: weak");
    assert_true(fake->port.signal.value == 0.15);
    assert_true(fake->port.signal.strength == 0.3);
    assert_int_equal(fake->marks, 1);
    fake_free(fake);
}

static const struct { const char *check, *message; } broken[] = {
    { "error('boom')", "script: f1.lua:4: boom" }, { "return nil", "script: f1.lua:3: check returned nil without a reason" },
    { "return nil, ''", "without a reason" }, { "return nil, 5", "without a reason" },
    { "return true", "f1.lua:3: check must return its signal, or nil and a reason" }, { "return {}", "check must return its signal" },
    { "return 1", "check must return" }, { "return false, 'x'", "check must return" },
    { "s.strength = 2 return s", "f1.lua:4: a signal is read-only" }, { "s:weaken(2) return s", "f1.lua:4: weaken: a finite number from 0 to 1" },
    { "s:weaken(-1) return s", "weaken" }, { "s:weaken(0/0) return s", "weaken" }, { "s.weaken(0.5) return s", "weaken: call it with a colon" },
    { "local x = s.stop return s", "a signal has no field 'stop'" }, { "self:signal { side = 'buy' } return s", "attempt to call method 'signal'" },
    { "self:protect {} return s", "attempt to call method 'protect'" }, { "self:target(1) return s", "attempt to call method 'target'" },
    { "return s:weaken(1.5)", "script: f1.lua:3: weaken: a finite number from 0 to 1" },
    { "return s.weaken(1)", "script: f1.lua:3: weaken: call it with a colon" },
    { "return self:mark('x')", "script: f1.lua:3: mark: value" }, { "return self:price(1, 'up')", "script: f1.lua:3: price: " },
    { "return math.floor('x')", "script: f1.lua:3: bad argument #1 to " },
    { "return coroutine.wrap(function() return s:weaken(2) end)()", "script: f1.lua:3: weaken: " },
    { "self.state.n = 1 return s", "f1.lua:3: check must not write self.state; it was put back" },
    { "self.state.deep.x = 1 return s", "check must not write self.state" }, { "self.state = {} return s", "check must not write self.state" },
    { "self.state.deep = nil return s", "check must not write self.state" },
    { "self.state.f = print or tostring return s", "check must not write self.state" },
};

static void a_filter_that_breaks_the_rules_is_an_error_and_changes_nothing(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        char text[1024];
        snprintf(text, sizeof text, "local F = mt.filter {}\nfunction F:check(s)\n%s\nend\n"
            "function F:on_start() self.state.deep = { x = 0, list = { 1, 2, 3 } } end\n"
            "function F:on_quote() local d = self.state.deep\n"
            "assert(self.state.n == nil and d.x == 0 and #d.list == 3 and d.list[3] == 3) end\n", broken[i].check);
        const char *filters[] = { text, NULL };
        struct fake *fake = start(filters, "");
        int rc = ask(fake, 0.7);
        if (rc != MT_ESCRIPT || strstr(fake->diag.text, broken[i].message) == NULL)
            printf("%s: %d %s\n", broken[i].check, rc, fake->diag.text), failures++;
        assert_true(fake->port.signal.strength == 0.7 && fake->port.signal.size == 2 && fake->port.signal.side == 1);
        fake_send(fake, MT_ON_QUOTE, 1);
        fake_free(fake);
    }
    assert_int_equal(failures, 0);
}

static void tell(struct fake *fake, int verdict, int code, const char *record, double value)
{
    fake->port.verdict = (struct mt_view_verdict){ .verdict = verdict, .code = code, .value = value, .side = 1 };
    snprintf(fake->port.reason, sizeof fake->port.reason, "%s", record);
    fake_send(fake, MT_ON_SIGNAL, 0);
}

/* The record names filter and reason; the script gets each by itself. */
static void a_verdict_tells_reason_and_filter_apart(void **state)
{
    (void)state;
    static const struct { int verdict, code; const char *record, *want; } cells[] = {
        { MT_VETOED, MT_CODE_FILTER, "filters/f: max trades", "max trades|filters/f|6" },
        { MT_VETOED, MT_CODE_FILTER, "filters/f: a: b: c", "a: b: c|filters/f|6" },
        { MT_VETOED, MT_CODE_FILTER, "filters/f: ", "|filters/f|6" },
        { MT_VETOED, MT_CODE_FILTER, "g: \n two lines", "\n two lines|g|6" },
        { MT_VETOED, MT_CODE_FILTER, "filters/f: g: x", "g: x|filters/f|6" },
        { MT_VETOED, MT_CODE_FILTER, "other: x", "other: x|nil|6" }, { MT_VETOED, MT_CODE_FILTER, "x", "x|nil|6" },
        { MT_VETOED, MT_CODE_FILTER_ERROR, "script: filters/f.lua:4: boom: x", "filter_error|filters/f|6" },
        { MT_VETOED, MT_CODE_FILTER_ERROR, "script: g.lua:1: boom", "filter_error|g|6" },
        { MT_VETOED, MT_CODE_FILTER_ERROR, "script: lib/mthost/x.lua:1: boom", "filter_error|nil|6" },
        { MT_VETOED, MT_CODE_FILTER_ERROR, "script: boom", "filter_error|nil|6" },
        { MT_DENIED, MT_CODE_SPREAD_WIDE, "", "SPREAD_WIDE|nil|6" }, { MT_SENT, 0, "", "nil|nil|6" },
    };
    fake_write("s.lua", "local mt = require 'mthost'\nlocal S = mt.strategy {}\nfunction S:on_signal(v)\n"
        "for i = 1, 2 do self:mark(tostring(v.reason) .. '|' .. tostring(v.filter) .. '|' .. v.value, i) end end\nreturn S\n");
    fake_write("filters/f.lua", "local mt = require 'mthost'\nlocal F = mt.filter {}\nfunction F:check(s) return s end\nreturn F\n");
    fake_write("g.lua", "local mt = require 'mthost'\nlocal F = mt.filter {}\nfunction F:on_signal(v) assert(v.reason ~= 5) end\nreturn F\n");
    fake_write("run.lua", "return { strategy = 's', filters = { 'filters/f', 'g' } }");
    struct fake *fake = fake_new(1);
    struct mt_script_options options = { .seed = 1 };
    assert_int_equal(fake_load_with(fake, "run.lua", &options), 0);
    fake_bind(fake);
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
            tell(fake, cells[i].verdict, cells[i].code, cells[i].record, 6);
            assert_string_equal(fake->last_mark, cells[i].want);
        }
    assert_int_equal(fake->marks, 2 * 2 * sizeof cells / sizeof *cells);
    fake_free(fake);
}

static void filters_hear_events_before_the_strategy_and_own_their_timers(void **state)
{
    (void)state;
    const char *filters[] = {
        "local F = mt.filter { scope = 'portfolio' }\nfunction F:check(s, m) assert(m == self.markets.GBPUSD) return s end\n"
        "function F:on_quote(q, m) assert(m.symbol == 'GBPUSD' and m.signal == nil and m.keep == nil) self:mark('first', 1)\n"
        " self:timer { name = 't', every = 1 } error('first fails', 0) end\nfunction F:on_timer() self:mark('first timer', 1) end",
        "local F = mt.filter { params = { n = mt.param(1, 1, 3, 1) } }\nfunction F:check(s) return s end\n"
        "function F:on_timer() self:mark('second timer', 1) end", NULL };
    struct fake *fake = start(filters, "");
    assert_int_equal(fake_deliver(fake, MT_ON_QUOTE, 1), MT_ESCRIPT);
    assert_string_equal(fake->last_mark, "first");
    assert_string_equal(fake->diag.text, "script: first fails");
    assert_int_equal(fake->timers[0].owner, 1);
    assert_int_equal(fake->timers[0].market, -1);
    static const char *const timers[] = { "strategy timer", "first timer", "second timer" };
    for (int owner = 0; owner < 3; owner++) {
        fake->port.timer_owner = owner;
        fake_send(fake, MT_ON_TIMER, 1);
        assert_string_equal(fake->last_mark, timers[owner]);
    }
    assert_int_equal(fake->marks, 4);
    assert_int_equal(ask(fake, 1), 0);
    fake_free(fake);
}

static void one_filter_can_stand_twice_with_other_parameters(void **state)
{
    (void)state;
    fake_write("s.lua", strategy);
    fake_write("filters/cap.lua", "local mt = require 'mthost'\nlocal F = mt.filter { params = { n = mt.param(1, 1, 9, 1) } }\n"
        "function F:on_start() self.state.n = self.params.n end\n"
        "function F:check(s) if self.state.n ~= self.params.n then error('mixed', 0) end return s:weaken(1 / self.params.n) end\nreturn F");
    fake_write("run.lua", "return { strategy = 's', filters = { { 'filters/cap', n = 2 }, 'filters/cap', { 'filters/cap', n = 4 } } }");
    struct fake *fake = fake_new(2);
    const char *sets[] = { "cap.n=5" };
    struct mt_script_options options = { .sets = sets, .set_count = 1 };
    assert_int_equal(fake_load_with(fake, "run.lua", &options), 0);
    fake_bind(fake);
    fake_send(fake, MT_ON_START, -1);
    assert_int_equal(ask(fake, 1), 0);
    assert_true(fake->port.signal.strength == 1.0 / 2 / 1 / 5);
    fake_free(fake);
}

static void no_filters_let_everything_pass(void **state)
{
    (void)state;
    struct fake *fake = fake_start(strategy, 2);
    assert_false(fake->strategy.has_filters);
    assert_int_equal(ask(fake, 1), 0);
    assert_true(fake->port.signal.strength == 1);
    fake_free(fake);
}

static void a_filter_that_fills_the_memory_vetoes(void **state)
{
    (void)state;
    const char *filters[] = { "local F = mt.filter {}\nfunction F:check(s) local t = {} for i = 1, 1e9 do t[i] = { i } end return s end", NULL };
    struct fake *fake = start(filters, "");
    assert_int_equal(ask(fake, 1), MT_ESCRIPT);
    fake_send(fake, MT_ON_QUOTE, 0);
    fake_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_pass_weaken_and_veto_in_order),
        cmocka_unit_test(a_filter_that_breaks_the_rules_is_an_error_and_changes_nothing),
        cmocka_unit_test(a_verdict_tells_reason_and_filter_apart),
        cmocka_unit_test(filters_hear_events_before_the_strategy_and_own_their_timers),
        cmocka_unit_test(one_filter_can_stand_twice_with_other_parameters),
        cmocka_unit_test(no_filters_let_everything_pass),
        cmocka_unit_test(a_filter_that_fills_the_memory_vetoes),
    };
    return cmocka_run_group_tests(tests, fake_group_setup, fake_group_teardown);
}
