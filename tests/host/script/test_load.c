/* Finding, reading and declaring: loader, run scripts, parameters, tables, lint. */
#include "fake_port.h"

#include "script/lex.h"
#include "script/lint.h"

static const char *const plain = "local mt = require 'mthost'\nlocal S = mt.strategy {}\nfunction S:on_quote() end\nreturn S\n";

/* Load s.lua with the text; must fail with code and message (NULL: must load). */
static void expect(const char *file, const char *text, int code, const char *message, int *failures)
{
    struct fake *fake = fake_new(1);
    struct mt_script_options options = { .seed = 1 };
    fake_write(file, text);
    int rc = fake_load_with(fake, file, &options);
    if (rc != code || (message != NULL && strstr(fake->diag.text, message) == NULL))
        printf("%s\n   -> %d %s\n", text, rc, fake->diag.text), (*failures)++;
    fake_free(fake);
}

#define D(body) "local mt = require 'mthost'\nlocal S = mt.strategy " body "\nreturn S"
#define R(body) "return { strategy = 'strategies/plain', " body " }"

static const struct { const char *text; int code; const char *message; } scripts[] = {
    { "return 5", MT_EREFUSED, "s.lua:1: it must return a run script or mt.strategy{…}" }, { "", MT_EREFUSED, "must return" },
    { "return {}", MT_EREFUSED, "a table with strategy = …" }, { "return {", MT_ESYNTAX, "s.lua:1: " },
    { "x = = 1", MT_ESYNTAX, "s.lua:1: unexpected symbol" }, { "error 'early'", MT_ESCRIPT, "script: s.lua:1: early" },
    { "local x = nil + 1", MT_ESCRIPT, "s.lua:1: attempt to perform arithmetic" }, { "x = 1", MT_EREFUSED, "s.lua:1: assignment to the global 'x'" },
    { "\nrequire 'nothing'", MT_ENOTFOUND, "s.lua:2: 'nothing.lua' not found beside the script" },
    { "require '../x'", MT_EREFUSED, "s.lua:1: '../x.lua': a name below the script folders" },
    { "require '/etc/passwd'", MT_EREFUSED, "a name below" }, { "require 'a/./b'", MT_EREFUSED, "a name below" },
    { "require 'a//b'", MT_EREFUSED, "a name below" }, { "require 'a\\nb'", MT_EREFUSED, "a name below" },
    { "require ''", MT_ENOTFOUND, "'.lua' not found" }, { "require(('x'):rep(300))", MT_EREFUSED, "a name below" },
    { "require 's'", MT_EREFUSED, "s.lua:1: require: 's.lua' is needed by a file that it needs itself" },
    { "require 'cycle_a'", MT_EREFUSED, "is needed by a file that it needs itself" },
    { "require 'broken'", MT_ESYNTAX, "broken.lua:2: " }, { "require 'raising'", MT_ESCRIPT, "raising.lua:2: bad module" },
    { "require 'bytecode'", MT_EREFUSED, "bytecode.lua:1: bytecode is not loaded" },
    { "local f = function(x) return x^2 end", MT_EREFUSED, "s.lua:1: x^2 gives other bits" },
    { "-- ^2\nlocal s = '^2' .. [[x^2]]\nlocal y = 3\nlocal x = y ^ 2.0", MT_EREFUSED, "s.lua:4: x^2" },
    { "local x = 3\nlocal z = x^(2)", MT_EREFUSED, "s.lua:2: x^2" }, { "local z = 3 ^ 0x2", MT_EREFUSED, "x^2" },
    { "local z = 3 ^ 2e0", MT_EREFUSED, "x^2" }, { "return require 'squares'", MT_EREFUSED, "squares.lua:1: x^2" },
    { "local z = 5LL", MT_EREFUSED, "s.lua:1: '5LL': 64-bit and imaginary" }, { "local z = 0xffULL", MT_EREFUSED, "0xffULL" },
    { "local z = 5i", MT_EREFUSED, "'5i'" }, { "local z = 5ll", MT_EREFUSED, "'5ll'" },
    { "local x = 3 local z = x^3 + x^22 + 0x2i2", MT_ESYNTAX, "malformed number" },
    { "local x = 3 local z = x^3 + x^22 + x^0.5 + 0xEDAL", MT_EREFUSED, "0xEDAL" },
    { D("{}"), 0, NULL }, { D("{ param = {} }"), MT_EREFUSED, "s.lua:2: strategy: unknown field 'param', did you mean 'params'?" },
    { "local mt = require 'mthost'\nreturn mt.strategy { param = {} }", MT_EREFUSED, "script: s.lua:2: strategy: unknown field 'param'" },
    { "local mt = require 'mthost'\n\nreturn mt.filter { param = {} }", MT_EREFUSED,
      "script: s.lua:3: filter: unknown field" },
    { D("(5)"), MT_EREFUSED, "strategy: a table expected" }, { D("{ params = 5 }"), MT_EREFUSED, "params must be a table" },
    { D("{ params = { n = 5 } }"), MT_EREFUSED, "strategy: params.n: say mt.param(…)" },
    { D("{ params = { ['a b'] = mt.param(1) } }"), MT_EREFUSED, "params: a name expected" },
    { D("{ params = { n = mt.param(5, 1, 4) } }"), MT_EREFUSED, "param: the default must be from 1 to 4, got 5" },
    { D("{ params = { n = mt.param(1.5, 1, 4, 1) } }"), MT_EREFUSED, "the default must be 1 plus steps of 1, got 1.5" },
    { D("{ params = { n = mt.param(0/0) } }"), MT_EREFUSED, "param: the default must be finite" },
    { D("{ params = { n = mt.param(1, 0/0, 5) } }"), MT_EREFUSED, "param: min must be a finite number" },
    { D("{ params = { n = mt.param(1, 5) } }"), MT_EREFUSED, "param: default, min, max" },
    { D("{ params = { n = mt.param(1, 0, 5, 0) } }"), MT_EREFUSED, "the step must be above 0" },
    { D("{ params = { n = mt.param() } }"), MT_EREFUSED, "param: the default must be a number, a boolean or a text, got nil" },
    { D("{ params = { n = mt.param('a', { 'b' }) } }"), MT_EREFUSED, "must be one of b, got 'a'" },
    { D("{ params = { n = mt.param('a', { 5 }) } }"), MT_EREFUSED, "choices are texts" },
    { D("{ params = { n = mt.param('a', 5) } }"), MT_EREFUSED, "after a text comes nothing" },
    { D("{ params = { n = mt.param(0.3, 0, 1, 0.1) } }"), 0, NULL },
    { D("{ valid = 5 }"), MT_EREFUSED, "valid must be a function" },
    { D("{ valid = function(p) return false, 'never' end }"), MT_EREFUSED, "s.lua: parameters refused: never" },
    { D("{ valid = function(p) return false end }"), MT_EREFUSED, "parameters refused: refused by valid" },
    { D("{ valid = function(p) error('bug') end }"), MT_ESCRIPT, "s.lua:2: bug" },
    { D("{ bars = '1m' }"), MT_EREFUSED, "bars: a list of texts" }, { D("{ bars = { '0m' } }"), MT_EREFUSED, "a time frame such as" },
    { D("{ bars = { '8d' } }"), MT_EREFUSED, "at most a week" }, { D("{ bars = { x = '1m' } }"), MT_EREFUSED, "a list of texts" },
    { D("{ warmup = { '1m' } }"), MT_EREFUSED, "warmup = { \"1m\", count }" }, { D("{ warmup = { '1m', 0 } }"), MT_EREFUSED, "a whole number from 1" },
    { D("{ scope = 'all' }"), MT_EREFUSED, "scope is" }, { D("{ legs = 2 }"), MT_EREFUSED, "legs: more than one is not built yet" },
    { D("{ legs = 0 }"), MT_EREFUSED, "legs: a whole number" }, { D("{ version = 1.5 }"), MT_EREFUSED, "version: a whole number" },
    { D("{ symbols = { 'A', 'A' } }"), MT_EREFUSED, "symbols: 'A' twice" }, { D("{ symbols = 'A' }"), MT_EREFUSED, "a list of texts" },
    { D("{ tables = { news = { time = 'text' } } }"), MT_EREFUSED, "tables.news needs time" },
    { D("{ tables = { news = { time = 'time', x = 'money' } } }"), MT_EREFUSED, "a column is time, text or number" },
    { D("{ tables = { news = { time = 'time' } } }"), MT_EREFUSED, "the run script names no file for the table 'news'" },
    { D("{}\nfunction S:signal() end"), MT_EREFUSED, "s.lua: 'signal' is a reserved name" },
    { D("{}\nfunction S.state() end"), MT_EREFUSED, "'state' is a reserved name" },
    { "local mt = require 'mthost' return mt.filter {}", MT_EREFUSED, "s.lua:1: a filter runs inside a run script" },
    { R(""), 0, NULL }, { R("filtres = {}"), MT_EREFUSED, "s.lua:1: unknown field 'filtres', did you mean 'filters'?" },
    { "return { strategy = 5 }", MT_EREFUSED, "strategy: a name such as" }, { "return { strategy = 'nothing' }", MT_ENOTFOUND, "'nothing.lua' not found" },
    { "return { strategy = '/etc/x' }", MT_EREFUSED, "a name below the script folders" },
    { "return { strategy = 'strategies/../x' }", MT_EREFUSED, "a name below" },
    { "return { strategy = 'filters/pass' }", MT_EREFUSED, "filters/pass.lua:4: it must return mt.strategy{…}" },
    { R("filters = { 'strategies/plain' }"), MT_EREFUSED, "it must return mt.filter{…}" },
    { R("filters = { 5 }"), MT_EREFUSED, "filters[1]: a name or" }, { R("filters = 'filters/pass'"), MT_EREFUSED, "filters: a list expected" },
    { R("filters = { x = 'filters/pass' }"), MT_EREFUSED, "filters: a list expected, got the field 'x'" },
    { R("filters = { { 'filters/pass', limit = 3 } }"), MT_EREFUSED, "filters[1] filters/pass: unknown parameter 'limit'" },
    { R("filters = { { 'filters/pass', n = 30 } }"), MT_EREFUSED, "parameter 'n' must be from 1 to 9, got 30" },
    { R("filters = { { 'filters/pass', n = 'x' } }"), MT_EREFUSED, "parameter 'n' must be a number, got string" },
    { R("filters = { 'filters/empty' }"), MT_EREFUSED, "filters/empty.lua: a filter needs function F:check(s, m)" },
    { R("params = { m = 3 }"), MT_EREFUSED, "s.lua:1: params: unknown parameter 'm'" }, { R("params = 5"), MT_EREFUSED, "params must be a table" },
    { R("symbols = { 'A', 5 }"), MT_EREFUSED, "symbols: a list of texts" }, { R("symbols = { '' }"), MT_EREFUSED, "symbols" },
    { R("symbols = { ('A'):rep(40) }"), MT_ESCRIPT, "is too long" },
    { R("sizing = { 'fixd' }"), MT_EREFUSED, "sizing: the kind is fixed" }, { R("sizing = { 'risk_fraction' }"), MT_EREFUSED, "needs fraction" },
    { R("sizing = { 'risk_fraction', fraction = -1 }"), MT_EREFUSED, "sizing.fraction: a number above 0" },
    { R("sizing = { 'risk_fraction', fraction = 0/0 }"), MT_EREFUSED, "sizing.fraction" }, { R("sizing = { 'fixed', fraction = 1 }"), MT_EREFUSED, "unknown field 'fraction'" },
    { R("sizing = { 'fixed', qty = '1x' }"), MT_EREFUSED, "sizing.qty" }, { R("sizing = 5"), MT_EREFUSED, "sizing: " },
    { R("accounts = { led = 'x' }"), MT_EREFUSED, "accounts: unknown field 'led', did you mean 'lead'?" },
    { R("accounts = { { 5 } }"), MT_EREFUSED, "accounts[1]: " }, { R("accounts = { { 'a', size = 1 } }"), MT_EREFUSED, "accounts[1]: unknown field 'size'" },
    { R("accounts = { { 'a', sizing = { 'fixed' }, qty = 1 } }"), MT_EREFUSED, "say qty inside sizing" }, { R("accounts = 5"), MT_EREFUSED, "accounts: a table" },
    { R("accounts = { lead = 5 }"), MT_EREFUSED, "accounts.lead" }, { R("accounts = { { 'a', scale = 0 } }"), MT_EREFUSED, "accounts[1].scale" },
    { R("at_stop = { orders = 'leave' }"), MT_EREFUSED, "at_stop.orders: \"cancel\" or \"keep\"" }, { R("at_stop = 5"), MT_EREFUSED, "at_stop" },
    { R("costs = { maker = 1 }"), MT_EREFUSED, "costs: unknown field 'maker'" }, { R("costs = { taker_bp = 0/0 }"), MT_EREFUSED, "costs.taker_bp" },
    { R("costs = { latency_ms = { feed = -1 } }"), MT_EREFUSED, "costs.latency_ms.feed" }, { R("costs = { latency_ms = 5 }"), MT_EREFUSED, "costs.latency_ms" },
    { R("costs = { taker_bp = '4.5', maker_bp = '-0.25', latency_ms = { feed = '0.000001', entry = 5 } }"), 0, NULL },
    { R("costs = { taker_bp = '4.50000' }"), 0, NULL }, { R("costs = { taker_bp = '1e1' }"), 0, NULL },
    { R("costs = {\n  taker_bp = '4.50001' }"), MT_EREFUSED, "s.lua:2: costs.taker_bp: 4.50001 has more than 4 decimals" },
    { R("costs = {\n  taker_bp = 1/3 }"), MT_EREFUSED, "s.lua:2: costs.taker_bp: 0.3333333333333333 has more than 4 decimals" },
    { R("costs = {\n  taker_bp = 'abc' }"), MT_EREFUSED, "s.lua:2: costs.taker_bp: a number, or a text with a number, expected, got 'abc'" },
    { R("costs = {\n  taker_bp = true }"), MT_EREFUSED, "a number, or a text with a number, expected, got boolean" },
    { R("costs = {\n  taker_bp = {} }"), MT_EREFUSED, "a number, or a text with a number, expected, got table" },
    { R("costs = {\n  taker_bp = '' }"), MT_EREFUSED, "a number, or a text with a number, expected, got ''" },
    { R("costs = {\n  taker_bp = 'nan' }"), MT_EREFUSED, "got 'nan'" }, { R("costs = {\n  taker_bp = '0x1' }"), MT_EREFUSED, "got '0x1'" },
    { R("costs = {\n  taker_bp = '20000' }"), MT_EREFUSED, "basis points from -10000 to 10000 expected, got 20000" },
    { R("costs = {\n  taker_bp = '99999999999999999999' }"), MT_EREFUSED, "basis points from -10000 to 10000" },
    { R("costs = { latency_ms = {\n  feed = '0.0000001' } }"), MT_EREFUSED, "s.lua:2: costs.latency_ms.feed: 0.0000001 has more than 6 decimals" },
    { R("sizing = { 'fixed',\n  qty = {} }"), MT_EREFUSED, "s.lua:2: sizing.qty: a number, or a text with a number, expected, got table" },
    { R("sizing = { 'fixed',\n  qty = '0' }"), MT_EREFUSED, "s.lua:2: sizing.qty: a number above 0 expected, got 0" },
    { R("sizing = { 'notional',\n  notional = '0.000000001' }"), MT_EREFUSED, "s.lua:2: sizing.notional: 0.000000001 has more than 8 decimals" },
    { R("sizing = { 'volatility_target', vol = '0.1', lookback = '30' }"), 0, NULL },
    { R("sizing = { 'volatility_target', vol = '0.1',\n  lookback = '1' }"), MT_EREFUSED, "s.lua:2: sizing.lookback: from 2 to 1000 bars expected" },
    { R("accounts = { { 'a',\n  scale = '0.5' } }"), 0, NULL },
    { R("accounts = { { 'a',\n  scale = '-0.5' } }"), MT_EREFUSED, "s.lua:2: accounts[1].scale: a number above 0 expected" },
    { R("accounts = { { 'a' },\n  { 'b', qyt = 1 } }"), MT_EREFUSED, "s.lua:2: accounts[2]: unknown field 'qyt', did you mean 'qty'?" },
    { R("sizing = { 'fixed', qty = 1 },\n  sizing = { 'fixed', qty = 2 }"), MT_EREFUSED, "s.lua:2: sizing: stands here for the second time, the first is in line 1" },
    { R("filters = {\n  'filters/pass',\n  'filters/gone' }"), MT_ENOTFOUND, "s.lua:3: 'filters/gone.lua' not found" },
    { R("filters = {\n  { 'filters/pass',\n  n = 30 } }"), MT_EREFUSED, "s.lua:3: filters[1] filters/pass: parameter 'n' must be from 1 to 9" },
    { R("tables = { news = 'n.csv' }"), MT_EREFUSED, "declares no table 'news'" }, { R("tables = 5"), MT_EREFUSED, "tables = {" },
};

static void bad_scripts_are_refused_with_their_place(void **state)
{
    (void)state;
    int failures = 0;
    fake_write("strategies/plain.lua", plain);
    fake_write("filters/pass.lua", "local mt = require 'mthost'\nlocal F = mt.filter { params = { n = mt.param(1, 1, 9) } }\nfunction F:check(s) return s end\nreturn F");
    fake_write("filters/empty.lua", "local mt = require 'mthost'\nreturn mt.filter {}");
    fake_write("cycle_a.lua", "require 'cycle_b'");
    fake_write("cycle_b.lua", "require 'cycle_a'");
    fake_write("broken.lua", "local x\nlocal = 5");
    fake_write("raising.lua", "\nerror 'bad module'");
    fake_write("squares.lua", "return function(x) return x ^ 2 end");
    fake_write_n("bytecode.lua", "\033LJ\2\0", 5);
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        expect("s.lua", scripts[i].text, scripts[i].code, scripts[i].message, &failures);
    /* Compiled code by the file's name on the command line. */
    expect("raw.lua", "\033LJ\2", MT_EREFUSED, "bytecode is not loaded", &failures);
    assert_int_equal(failures, 0);
}

static void a_run_script_is_read_into_its_spec(void **state)
{
    (void)state;
    fake_write("strategies/two.lua", "local mt = require 'mthost'\nlocal S = mt.strategy { bars = { '5m', '1m', '1h' }, warmup = { '4h', 600 }, version = 7,\n"
        " params = { n = mt.param(5, 1, 9, 1), b = mt.param(false), t = mt.param 'x' }, scope = 'portfolio', symbols = { 'DEFAULT' } }\n"
        "function S:on_quote() end\nreturn S");
    fake_write("filters/bars.lua", "local mt = require 'mthost'\nlocal F = mt.filter { bars = { '30s', '5m' }, params = { x = mt.param(1, 0, 9) } }\nfunction F:check(s) return s end\nreturn F");
    fake_write("run.lua", "return { strategy = 'strategies/two', filters = { 'filters/bars' }, symbols = { 'A', 'B' }, params = { n = 7 },\n"
        " sizing = { 'risk_fraction', fraction = 0.005 }, at_stop = { orders = 'keep', positions = 'flatten' },\n"
        " accounts = { lead = 'desk/01', 'all', { 'desk/07', fraction = 0.002 }, { 'prop/*', sizing = { 'fixed', qty = '0.010' }, scale = 2 },\n"
        "   { 'v', sizing = { 'volatility_target', vol = 0.1, lookback = 20 } }, { 'n', sizing = { 'notional', notional = 1e6 } } },\n"
        " costs = { maker_bp = -0.5, taker_bp = 4, latency_ms = { feed = 1, entry = 0.5 } } }");
    struct fake *fake = fake_new(1);
    const char *sets[] = { "n=8", "b=true", "t=a=b", "bars.x=2" };
    struct mt_script_options options = { .sets = sets, .set_count = 4 };
    assert_int_equal(fake_load_with(fake, "run.lua", &options), 0);
    const struct mt_script_spec *spec = mt_script_spec(fake->script);
    assert_string_equal(spec->name, "run");
    assert_string_equal(spec->strategy, "strategies/two");
    assert_int_equal(spec->symbol_count, 2);
    assert_string_equal(spec->symbols[1], "B");
    static const int32_t frames[] = { 30, 60, 300, 3600, 14400 };
    assert_int_equal(spec->timeframe_count, 5);
    assert_memory_equal(spec->timeframes, frames, sizeof frames);
    assert_true(spec->warmup_tf_s == 14400 && spec->warmup_bars == 600 && spec->portfolio && spec->legs == 1 && spec->version == 7);
    assert_int_equal(spec->sizing.kind, MT_SIZING_RISK_FRACTION);
    assert_string_equal(spec->sizing.fraction, "0.005");
    assert_string_equal(spec->lead, "desk/01");
    assert_int_equal(spec->binding_count, 5);
    assert_string_equal(spec->bindings[0].pattern, "all");
    assert_int_equal(spec->bindings[1].sizing.kind, MT_SIZING_UNSET);
    assert_string_equal(spec->bindings[1].sizing.fraction, "0.002");
    assert_int_equal(spec->bindings[2].sizing.kind, MT_SIZING_FIXED);
    assert_string_equal(spec->bindings[2].sizing.qty, "0.010");
    assert_string_equal(spec->bindings[2].scale, "2");
    assert_int_equal(spec->bindings[3].sizing.kind, MT_SIZING_VOL_TARGET);
    assert_string_equal(spec->bindings[3].sizing.lookback, "20");
    assert_int_equal(spec->bindings[4].sizing.kind, MT_SIZING_NOTIONAL);
    assert_string_equal(spec->bindings[4].sizing.notional, "1000000");
    assert_true(!spec->cancel_at_stop && spec->flatten_at_stop && spec->has_costs);
    assert_string_equal(spec->maker_bp, "-0.5");
    assert_string_equal(spec->taker_bp, "4");
    assert_true(spec->feed_ns == 1000000 && spec->entry_ns == 500000 && spec->reply_ns == -1);
    struct mt_buf out;
    mt_buf_init(&out, 1000);
    mt_script_params_json(fake->script, &out);
    assert_string_equal(mt_buf_text(&out), "{\"b\":true,\"n\":8,\"t\":\"a=b\"}");
    mt_buf_fini(&out);
    assert_string_equal(mt_script_file(fake->script, 0), "run.lua");
    assert_string_equal(mt_script_file(fake->script, 1), "strategies/two.lua");
    assert_string_equal(mt_script_file(fake->script, 2), "filters/bars.lua");
    assert_null(mt_script_file(fake->script, 3));
    fake_free(fake);
}

static void defaults_of_a_bare_strategy(void **state)
{
    (void)state;
    struct fake *fake = fake_new(1);
    struct mt_script_options options = { 0 };
    fake_write("strategies/plain.lua", plain);
    assert_int_equal(fake_load_with(fake, "strategies/plain", &options), 0);       /* .lua is added */
    const struct mt_script_spec *spec = mt_script_spec(fake->script);
    assert_string_equal(spec->name, "plain");
    assert_string_equal(spec->strategy, "plain");
    assert_true(spec->symbol_count == 0 && spec->timeframe_count == 0 && spec->binding_count == 0 && !spec->portfolio);
    assert_true(spec->cancel_at_stop && !spec->flatten_at_stop && !spec->has_costs && spec->feed_ns == -1 && spec->version == 1);
    assert_int_equal(spec->sizing.kind, MT_SIZING_UNSET);
    assert_string_equal(spec->lead, "");
    fake_free(fake);
}

static void set_options_that_do_not_fit(void **state)
{
    (void)state;
    static const struct { const char *set, *message; } sets[] = {
        { "n=12", "--set: parameter 'n' must be from 1 to 10, got 12" }, { "m=1", "--set m: unknown parameter" },
        { "n", "--set n: name=value expected" }, { "n=", "--set n: must be a number, got ''" }, { "n=0x5", "must be a number" },
        { "spread.n=5", "--set spread.n: no filter 'spread' in this script" }, { "=5", "name=value" },
    };
    fake_write("s.lua", "local mt = require 'mthost'\nlocal S = mt.strategy { params = { n = mt.param(5, 1, 10, 1) } }\nreturn S");
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct fake *fake = fake_new(1);
        struct mt_script_options options = { .sets = &sets[i].set, .set_count = 1 };
        int rc = fake_load_with(fake, "s.lua", &options);
        if (rc != MT_EREFUSED || strstr(fake->diag.text, sets[i].message) == NULL)
            fail_msg("%s: %d %s", sets[i].set, rc, fake->diag.text);
        fake_free(fake);
    }
}

/* Roots ---------------------------------------------------------------------------------------------------------------- */

static uint64_t load_path(const char *path, const char *env, const char *share, int code, const char *message, char *found)
{
    struct mt_script *script;
    struct mt_diag diag = { 0 };
    const char *shares[] = { share, NULL };
    struct mt_script_options options = { .path = path, .scripts_env = env, .share = shares };
    int rc = mt_script_load(&script, &options, &diag);
    if (rc != code || (message != NULL && strstr(diag.text, message) == NULL))
        fail_msg("%s: %d %s", path, rc, diag.text);
    if (rc != 0)
        return 0;
    uint64_t hash = mt_script_spec(script)->hash;
    snprintf(found, 512, "%s", mt_script_spec(script)->path);
    mt_script_free(script);
    return hash;
}

static void scripts_are_found_in_their_roots_and_hashed_the_same_everywhere(void **state)
{
    (void)state;
    static const char *const bare = "local mt, ta = require 'mthost', require 'mthost.tiny'\nlocal S = mt.strategy {}\nassert(ta.x)\nreturn S";
    char path[512], env[512], share[512], found[512];
    fake_write("a/strategies/deep.lua", bare);
    fake_write("a/lib/mthost/tiny.lua", "return { x = 1 }");
    fake_write("b/strategies/deep.lua", bare);
    fake_write("b/lib/mthost/tiny.lua", "return { x = 1 }");
    fake_write("c/lib/mthost/tiny.lua", "return { x = 2 }");
    fake_write("c/strategies/deep.lua", bare);
    snprintf(share, sizeof share, "%s/b", fake_root);
    snprintf(env, sizeof env, "%s/none::%s/c", fake_root, fake_root);
    snprintf(path, sizeof path, "%s/a/strategies/deep.lua", fake_root);
    uint64_t a = load_path(path, NULL, "/nonexistent", 0, NULL, found);
    assert_string_equal(found, path);
    uint64_t b = load_path("strategies/deep", NULL, share, 0, NULL, found);
    snprintf(path, sizeof path, "%s/b/strategies/deep.lua", fake_root);
    assert_string_equal(found, path);
    assert_true(a == b && a != 0);
    uint64_t c = load_path("strategies/deep.lua", env, share, 0, NULL, found);     /* env before share */
    snprintf(path, sizeof path, "%s/c/strategies/deep.lua", fake_root);
    assert_string_equal(found, path);
    assert_true(c != a);
    load_path("strategies/none", env, share, MT_ENOTFOUND, "script: strategies/none: not found", found);
    load_path("", env, share, MT_ENOTFOUND, "not found", found);
    load_path("/tmp", env, share, MT_ENOTFOUND, "not found", found);
    /* A folder named like a script is no script; an unreadable or huge file says so. */
    fake_write("a/big.lua", plain);
    snprintf(path, sizeof path, "%s/a/big.lua", fake_root);
    assert_int_equal(truncate(path, 5 << 20), 0);
    load_path(path, NULL, NULL, MT_EREFUSED, "larger than 4194304 bytes", found);
}

static void a_small_arena_is_refused(void **state)
{
    (void)state;
    struct fake *fake = fake_new(1);
    struct mt_script_options options = { .arena_bytes = 100000 };
    fake_write("s.lua", plain);
    assert_int_equal(fake_load_with(fake, "s.lua", &options), MT_ERANGE);
    fake_free(fake);
    fake = fake_new(1);
    options.arena_bytes = 2 << 20;
    fake_write("s.lua", "local t = {} for i = 1, 1e9 do t[i] = { i } end");
    /* A script that does not fit is refused like one with a wrong declaration: the caller's memory is not exhausted. */
    assert_int_equal(fake_load_with(fake, "s.lua", &options), MT_EREFUSED);
    fake_free(fake);
}

/* Tables --------------------------------------------------------------------------------------------------------------- */

static const char *const news_filter =
    "local mt = require 'mthost'\nlocal F = mt.filter { tables = { news = { time = 'time', currency = 'text', impact = 'number' } } }\n"
    "function F:check(s) return s end\n"
    "function F:on_quote()\n"
    "  local t = self.tables.news\n"
    "  local out = #t .. ' ' .. tostring(t.last_time)\n"
    "  for i, row in ipairs(t) do out = out .. ' ' .. row.time .. row.currency .. row.impact end\n"
    "  for _, at in ipairs { 0, 100, 150, 200, 1e12 } do out = out .. ' ' .. t:find(at) end\n"
    "  assert(not pcall(function() t[1].impact = 5 end) and not pcall(function() t.x = 1 end) and not pcall(function() t:find('x') end))\n"
    "  assert(not pcall(function() self.tables.news = 1 end) and self.tables.other == nil)\n"
    "  self:mark(out, 1)\nend\nreturn F";

static void tables_are_read_once_and_searched_by_time(void **state)
{
    (void)state;
    static const struct { const char *csv, *out; int code; } files[] = {
        { "time,currency,impact\n100,USD,2\n200,\"E\"\"U,R\",3.5\n200,,1\n", "3 200 100USD2 200E\"U,R3.5 2001 0 1 1 3 3", 0 },
        { "other,impact,time,currency\r\nx,2,1970-01-01T00:01:40Z,USD\r\n\r\n", "1 100 100USD2 0 1 1 1 1", 0 },
        { "time,currency,impact\n", "0 nil 0 0 0 0 0", 0 },
        { "", "n.csv: empty; a header line is needed", MT_ESYNTAX }, { "time,currency\n", "n.csv:1: the header has no column 'impact'", MT_ESYNTAX },
        { "time,currency,impact\n1,USD\n", "n.csv:2: column 'impact' is missing", MT_ESYNTAX },
        { "time,currency,impact\n1,USD,x\n", "n.csv:2: column 'impact': a number expected, got 'x'", MT_ESYNTAX },
        { "time,currency,impact\nyesterday,USD,1\n", "n.csv:2: column 'time': a time expected, got 'yesterday'", MT_ESYNTAX },
        { "time,currency,impact\n2,USD,1\n1,USD,1\n", "n.csv:3: the rows must be sorted by time", MT_ESYNTAX },
        { "time,currency,impact\n2,\"USD,1\n", "n.csv:2: a quote is left open", MT_ESYNTAX },
        { "time,currency,impact\n2,\"USD\"x,1\n", "n.csv:2: a quote is left open or followed by text", MT_ESYNTAX },
    };
    fake_write("s.lua", plain);
    fake_write("f.lua", news_filter);
    fake_write("run.lua", "return { strategy = 's', filters = { { 'f', tables = { news = 'n.csv' } }, { 'f', tables = { news = 'n.csv' } } } }");
    uint64_t hashes[2] = { 0, 0 };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct fake *fake = fake_new(1);
        struct mt_script_options options = { 0 };
        fake_write("n.csv", files[i].csv);
        int rc = fake_load_with(fake, "run.lua", &options);
        if (rc != files[i].code || (rc != 0 && strstr(fake->diag.text, files[i].out) == NULL))
            fail_msg("%s: %d %s", files[i].csv, rc, fake->diag.text);
        if (rc == 0) {
            fake_bind(fake);
            fake_send(fake, MT_ON_QUOTE, 0);
            assert_string_equal(fake->last_mark, files[i].out);
            assert_int_equal(fake->marks, 2);
            if (i < 2)
                hashes[i] = mt_script_spec(fake->script)->hash;
        }
        fake_free(fake);
    }
    assert_true(hashes[0] != hashes[1]);
    struct fake *fake = fake_new(1);
    struct mt_script_options options = { 0 };
    char *long_line = calloc(1, 6000);
    strcpy(long_line, "time,currency,impact\n1,");
    memset(long_line + strlen(long_line), 'x', 5000);
    fake_write("n.csv", long_line);
    free(long_line);
    assert_int_equal(fake_load_with(fake, "run.lua", &options), MT_ESYNTAX);
    assert_non_null(strstr(fake->diag.text, "n.csv:2: the line is longer than 4096 bytes"));
    fake_free(fake);
}

/* Lint ----------------------------------------------------------------------------------------------------------------- */

static void the_lexer_sees_what_the_compiler_sees(void **state)
{
    (void)state;
    static const char text[] = "#!/bin/x ^2\nlocal a=0x1p+4 --[==[ ^2\n]] ]==] ..'it\\'s ^2'..[=[\n]]]=]~=...::1e-5\n\"a\\\nb\"'\\z \n c'.5";
    static const struct { const char *text; int line; } tokens[] = { { "local", 2 }, { "a", 2 }, { "=", 2 }, { "0x1p+4", 2 },
        { "..", 3 }, { "'it\\'s ^2'", 3 }, { "..", 3 }, { "[=[\n]]]=]", 3 }, { "~=", 4 }, { "...", 4 }, { "::", 4 }, { "1e-5", 4 },
        { "\"a\\\nb\"", 5 }, { "'\\z \n c'", 6 }, { ".5", 7 }, { "", 7 } };
    struct mt_lex lex;
    mt_lex_init(&lex, text, sizeof text - 1);
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        struct mt_token token = mt_lex_next(&lex);
        if (token.length != strlen(tokens[i].text) || memcmp(token.text, tokens[i].text, token.length) != 0
            || token.line != tokens[i].line)
            fail_msg("token %zu: '%.*s' line %d", i, (int)token.length, token.text, token.line);
    }
    /* Unfinished things end with the text. */
    static const char *const open[] = { "'abc", "[[abc", "--[[abc", "\"a\\", "--", "[", "[=", "0x", "1e+" };
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        mt_lex_init(&lex, open[i], strlen(open[i]));
        for (int n = 0; mt_lex_next(&lex).kind != MT_TOKEN_END; n++)
            assert_true(n < 5);
    }
}

static void put_warning(void *out, const struct mt_script_warning *warning)
{
    assert_true(warning->rule != NULL && *warning->rule != 0);
    mt_buf_printf(out, "%s:%d: %s\n", warning->file, warning->line, warning->message);
}

static void check_warns_of_what_will_hurt(void **state)
{
    (void)state;
    fake_write("s.lua",
        "local mt = require 'mthost'\n"
        "local S = mt.strategy {}\n"
        "local cache = {}\n"
        "local count = 0\n"
        "local LIMIT = 5\n"
        "local helper = function(x) local count2 = 0 count2 = x return x^3 end\n"
        "function S:on_quote(q)\n"
        "  count = count + LIMIT\n"
        "  if q.bid > 1 then for k in pairs(cache) do helper(k) end elseif q.ask then q = q else cache[1] = q.bid end\n"
        "end\n"
        "function S:on_start() for k in pairs(cache) do helper { count = 1 } end end\n"
        "function S:on_qoute() end\n"
        "function S:on_nothing_like_it() end\n"
        "function S:on_book(b) end\n"
        "return S\n");
    struct fake *fake = fake_new(1);
    struct mt_script_options options = { 0 };
    assert_int_equal(fake_load_with(fake, "s.lua", &options), 0);
    struct mt_buf out;
    mt_buf_init(&out, 10000);
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_script_warnings(fake->script, put_warning, &out, &diag), 0);
    assert_string_equal(mt_buf_text(&out),
        "s.lua:3: 'cache': a table in a file-level local is shared by all symbols and lost at a restart\n"
        "s.lua:6: ^ may give other bits compiled than interpreted: use mt.pow\n"
        "s.lua:8: 'count': a file-level local that is assigned here is shared by all symbols and lost at a restart\n"
        "s.lua:9: pairs in a tick handler sorts and allocates at each call: use an array and ipairs\n"
        "s.lua:12: handler 'on_qoute' is never called, did you mean 'on_quote'?\n"
        "s.lua:13: handler 'on_nothing_like_it' is never called\n"
        "s.lua:14: on_book is not called yet: order books are not built\n");
    mt_buf_fini(&out);
    fake_free(fake);
}

/* What one file does to a module, another must not see; it hears of it at its own line. */
static void modules_are_there_to_be_read(void **state)
{
    (void)state;
    static const struct { const char *body, *message; } cells[] = {
        { "lib.f = nil", "s.lua:4: lib is read-only (field 'f')" }, { "lib.new = 1", "s.lua:4: lib is read-only (field 'new')" },
        { "lib.deep.g = nil", "lib is read-only (field 'g')" }, { "lib.deep.deeper.k = 1", "lib is read-only (field 'k')" },
        { "ta.sma = nil", "s.lua:4: mthost.ta is read-only (field 'sma')" }, { "mt.day = nil", "mthost is read-only (field 'day')" },
        { "table.insert(ta, 1)", "insert: this table" }, { "other.on_quote = nil", "other is read-only (field 'on_quote')" },
        { "if lib.f() ~= 1 or lib.deep.g() ~= 2 or lib.deep.deeper.k ~= 3 or #lib.list ~= 2 or lib.list[2] ~= 'b' then error 'x' end", NULL },
        { "lib.count() if lib.n ~= 1 or lib.late ~= nil then error 'x' end lib.count() if lib.n ~= 2 or lib.grown[2] ~= 2 or #lib.grown ~= 2 then error 'y' end", NULL },
        { "local n = 0 for k, v in pairs(lib) do n = n + 1 end if n ~= 7 or not next(lib) or next(lib.grown) then error('n ' .. n, 0) end", NULL },
        { "if lib ~= require_again or lib.deep ~= lib.deep then error 'x' end", NULL },
        { "string.upper = nil math.own = 1", "s.lua:4: math is read-only (field 'own')" },
    };
    fake_write("lib.lua", "local M = { n = 0, list = { 'a', 'b' }, grown = {}, deep = { g = function() return 2 end, deeper = { k = 3 } } }\n"
        "function M.f() return 1 end\nfunction M.count() M.n = M.n + 1 M.grown[M.n] = M.n end\nM.file = 'lib' return M");
    fake_write("lib/mthost/ta.lua", "return { sma = function() end }");
    fake_write("other.lua", "local mt = require 'mthost'\nlocal S = mt.strategy {}\nfunction S:on_quote() end\nreturn S");
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        char text[2048];
        snprintf(text, sizeof text, "local mt, ta, lib, other, require_again = require 'mthost', require 'mthost.ta', require 'lib', require 'other', require 'lib'\n"
            "local S = mt.strategy {}\nfunction S:on_quote()\n%s\nend\nreturn S", cells[i].body);
        struct fake *fake = fake_start(text, 1);
        int rc = fake_deliver(fake, MT_ON_QUOTE, 0);
        if (cells[i].message == NULL ? rc != 0 : rc == 0 || strstr(fake->diag.text, cells[i].message) == NULL)
            fail_msg("%s: %s", cells[i].body, fake->diag.text);
        fake_free(fake);
    }
}

static void texts_of_parameters_are_bounded(void **state)
{
    (void)state;
    char *set = malloc(70100);
    fake_write("s.lua", "local mt = require 'mthost'\nreturn mt.strategy { params = { x = mt.param 'z', n = mt.param(1), c = mt.param('a', { 'a', 'b' }) } }");
    static const struct { const char *head; int length; const char *message; } cells[] = {
        { "x=", 4096, NULL }, { "x=", 4097, "--set: parameter 'x' must be a text of at most 4096 bytes without a zero, got 4097" },
        { "x=", 70000, "must be a text of at most 4096 bytes" }, { "n=", 70000, "--set n: must be a number, got 'yyy" },
        { "c=", 70000, "must be a text of at most" }, { "c=", 200, "must be one of a b, got 'yyy" }, { "", 70000, "name=value expected" },
        { "f.", 70000, "name=value expected" },
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        int n = sprintf(set, "%s", cells[i].head);
        memset(set + n, 'y', (size_t)cells[i].length);
        set[n + cells[i].length] = 0;
        const char *sets[] = { set };
        struct mt_script_options options = { .seed = 1, .sets = sets, .set_count = 1 };
        struct fake *fake = fake_new(1);
        int rc = fake_load_with(fake, "s.lua", &options);
        if (cells[i].message == NULL ? rc != 0 : rc != MT_EREFUSED || strstr(fake->diag.text, cells[i].message) == NULL)
            fail_msg("%s: %s", cells[i].head, fake->diag.text);
        assert_true(strlen(fake->diag.text) < 400);
        fake_free(fake);
    }
    free(set);
    fake_write("run.lua", "return { strategy = 's', params = { x = ('y'):rep(70000) } }");
    struct fake *fake = fake_new(1);
    struct mt_script_options options = { .seed = 1 };
    assert_int_equal(fake_load_with(fake, "run.lua", &options), MT_EREFUSED);
    assert_non_null(strstr(fake->diag.text, "run.lua:1: params: parameter 'x' must be a text of at most 4096 bytes"));
    fake_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_scripts_are_refused_with_their_place),
        cmocka_unit_test(a_run_script_is_read_into_its_spec),
        cmocka_unit_test(defaults_of_a_bare_strategy),
        cmocka_unit_test(set_options_that_do_not_fit),
        cmocka_unit_test(scripts_are_found_in_their_roots_and_hashed_the_same_everywhere),
        cmocka_unit_test(a_small_arena_is_refused),
        cmocka_unit_test(tables_are_read_once_and_searched_by_time),
        cmocka_unit_test(the_lexer_sees_what_the_compiler_sees),
        cmocka_unit_test(check_warns_of_what_will_hurt),
        cmocka_unit_test(modules_are_there_to_be_read),
        cmocka_unit_test(texts_of_parameters_are_bounded),
    };
    return cmocka_run_group_tests(tests, fake_group_setup, fake_group_teardown);
}
