/* The scripts that come with the project: they load, run, and their handlers are compiled without garbage. */
#include "fake_port.h"

#include <time.h>
#include "base/hash.h"

static struct fake *load_shipped(const char *name, int markets, bool jit_off)
{
    struct fake *fake = fake_new(markets);
    struct mt_script_options options = { .path = name, .seed = 1, .jit_off = jit_off, .count_aborts = true };
    if (mt_script_load(&fake->script, &options, &fake->diag) != 0)
        fail_msg("%s: %s", name, fake->diag.text);
    fake_bind(fake);
    if (fake->strategy.handlers & 1u << MT_ON_START) {
        fake_text(fake, "start");
        fake_send(fake, MT_ON_START, -1);
    }
    return fake;
}

/* A random walk; the n-th event is a function of n. */
static void feed(struct fake *fake, uint64_t n, int market, double *price)
{
    struct mt_port *port = &fake->port;
    uint64_t r = mt_random_at(7, n);
    *price += ((double)(r % 2001) - 1000) * 1e-5;
    if (*price < 1)
        *price = 1;
    port->now = 1e9 + (double)n * 0.1;
    fake->markets[market].bid = *price - 0.005;
    fake->markets[market].ask = *price + 0.005;
    fake->markets[market].stance = (int32_t)(r >> 32) % 2;
    port->quote = (struct mt_view_quote){ .time = port->now, .bid = *price - 0.005, .ask = *price + 0.005, .mid = *price };
    port->trade = (struct mt_view_trade){ .time = port->now, .price = *price, .qty = 1 + (double)(r >> 50) / 100,
        .side = r & 1 << 20 ? 1 : -1 };
    port->bar = (struct mt_view_bar){ .time = port->now, .close_time = port->now, .open = *price, .high = *price + 0.02,
        .low = *price - 0.02, .close = *price, .volume = 10, .tf_s = 60, .ticks = 1 };
}

static const struct { const char *name; enum mt_handler handler; } ticks[] = {
    { "scripts/scalp.lua", MT_ON_TRADE },
    { "scripts/strategies/volume_scalp.lua", MT_ON_TRADE },
    { "scripts/strategies/price_vs_ma.lua", MT_ON_TRADE },
    { "scripts/strategies/price_vs_ma.lua", MT_ON_QUOTE },
    { "scripts/strategies/ema_cross.lua", MT_ON_BAR },
    { "scripts/strategies/mean_revert.lua", MT_ON_BAR },
    { "scripts/strategies/orderflow_scalp.lua", MT_ON_QUOTE },
    { "scripts/strategies/orderflow_scalp.lua", MT_ON_TRADE },
    { "scripts/strategies/vwap_reversion.lua", MT_ON_TRADE },
    { "scripts/strategies/vwap_reversion.lua", MT_ON_BAR },
    { "scripts/strategies/momentum_regime.lua", MT_ON_BAR },
};

static uint64_t digest(struct fake *fake, uint64_t hash)
{
    hash = mt_hash64_seed(fake->requests, sizeof fake->requests, hash);
    double counts[4] = { fake->asked, fake->skips, fake->marks, fake->last_value };
    return mt_hash64_seed(counts, sizeof counts, hash);
}

static uint64_t run(const char *name, enum mt_handler handler, bool jit_off)
{
    struct fake *fake = load_shipped(name, 2, jit_off);
    double price[2] = { 100, 50 };
    uint64_t hash = 0;
    struct mt_script_stats warm, stats;
    for (uint64_t n = 0; n < 40000; n++) {
        if (n == 30000)
            mt_script_stats(fake->script, &warm, NULL);
        feed(fake, n, (int)(n % 2), &price[n % 2]);
        fake_send(fake, handler, (int)(n % 2));
        if (fake->asked >= FAKE_REQUESTS) {
            hash = digest(fake, hash);
            fake->asked = 0;
        }
    }
    hash = digest(fake, hash);
    if (!jit_off) {
        struct mt_diag diag = { 0 };
        mt_script_stats(fake->script, &stats, &diag);
        printf("%s: %u traces, %u aborts, %zu KiB\n", name, stats.traces, stats.aborts, stats.arena_used / 1024);
        if (diag.code != 0)
            fail_msg("%s: %s", name, diag.text);
        /* What is compiled later are rare branches. */
        assert_true(warm.traces > 0);
        assert_true(stats.traces - warm.traces < 20);
    }
    struct mt_buf kept;
    bool changed;
    mt_buf_init(&kept, 1 << 24);
    assert_int_equal(fake->strategy.ops->save(fake->strategy.self, &kept, &changed, &fake->diag), 0);
    hash = mt_hash64_seed(kept.data, kept.length, hash);
    mt_buf_fini(&kept);
    fake_free(fake);
    return hash;
}

static void handlers_are_compiled_and_give_the_same_bits_interpreted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        uint64_t compiled = run(ticks[i].name, ticks[i].handler, false);
        uint64_t interpreted = run(ticks[i].name, ticks[i].handler, true);
        if (compiled != interpreted)
            fail_msg("%s: compiled and interpreted differ", ticks[i].name);
    }
}

static const char *const emas =
    "local mt = require 'mthost'\n"
    "local function ema(n)\n"
    "  local self = { a = 2 / (n + 1), v = 0 }\n"
    "  function self:update(x) local v = self.v v = v + self.a * (x - v) self.v = v return v end\n"
    "  function self:save() return { v = self.v } end\n"
    "  function self:load(t) self.v = t.v end\n"
    "  return self\n"
    "end\n"
    "local S = mt.strategy {}\n"
    "function S:on_start() self:keep('fast', ema, 12) self:keep('slow', ema, 26) end\n"
    "function S:on_quote(q)\n"
    "  local f, s = self.fast:update(q.mid), self.slow:update(q.mid)\n"
    "  if f == s then return self:skip 'same' end\n"
    "  self.above = f > s\n"
    "end\n"
    "return S\n";

static double now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* The figure is for people (workload W5); what is asserted is that a tick allocates nothing. */
static void a_tick_makes_no_garbage(void **state)
{
    (void)state;
    for (int markets = 1; markets <= 3; markets += 2) {
        struct fake *fake = fake_start(emas, markets);
        struct mt_script_stats before, after;
        double start = 0;
        const int warm = 20000, count = 2000000;
        for (int n = 0; n < warm + count; n++) {
            if (n == warm) {
                mt_script_stats(fake->script, &before, NULL);
                start = now_ns();
            }
            fake->port.quote.mid = 100 + (n & 127) * 0.01;
            fake->port.market = n % markets;
            assert_int_equal(fake->strategy.ops->deliver(fake->strategy.self, MT_ON_QUOTE, &fake->diag), 0);
        }
        double ns = (now_ns() - start) / count;
        mt_script_stats(fake->script, &after, NULL);
        printf("%d market(s): %.1f ns per tick, %llu bytes, %u traces, %u aborts\n", markets, ns,
            (unsigned long long)(after.bytes_allocated - before.bytes_allocated), after.traces, after.aborts);
        assert_true(after.bytes_allocated == before.bytes_allocated);
        assert_int_equal(after.traces, before.traces);
        fake_free(fake);
    }
}

/* So that the assertions above can fail. */
static void a_handler_that_cannot_be_compiled_is_named(void **state)
{
    (void)state;
    struct fake *fake = fake_new(1);
    struct mt_script_options options = { .count_aborts = true };
    fake_write("s.lua", "local mt = require 'mthost'\nlocal S = mt.strategy {}\n"
        "function S:on_quote(q) self.k = function() return q end end\nreturn S");
    assert_int_equal(fake_load_with(fake, "s.lua", &options), 0);
    fake_bind(fake);
    struct mt_script_stats stats;
    struct mt_diag diag = { 0 };
    for (int n = 0; n < 20000; n++)
        fake_send(fake, MT_ON_QUOTE, 0);
    mt_script_stats(fake->script, &stats, &diag);
    assert_true(stats.aborts > 0);
    assert_string_equal(diag.text, "script: not compiled: on_quote");
    fake_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handlers_are_compiled_and_give_the_same_bits_interpreted),
        cmocka_unit_test(a_tick_makes_no_garbage),
        cmocka_unit_test(a_handler_that_cannot_be_compiled_is_named),
    };
    return cmocka_run_group_tests(tests, fake_group_setup, fake_group_teardown);
}
