/* What scripts are given: bars of several frames in one instant, warm-up, and rounding to the instrument. */
#include "engine_world.h"

static struct { int tf; bool last; double close, time; int before; bool muted; uint8_t told[MT_LISTENERS_MAX]; } bars[512];
static int bar_count;
static int note_bar(void *self, enum mt_handler handler, struct mt_diag *diag)
{
    struct world *w = self;
    struct mt_port *port = mt_engine_port(w->engine);
    (void)diag;
    if (handler != MT_ON_BAR)
        return 0;
    assert_true(bar_count < 512);
    /* Bars that close at one instant are all there before the first is told. */
    const struct mt_view_bar *minute = port->bar_at(port, port->market, 60, 0);
    bars[bar_count].tf = port->bar.tf_s;
    bars[bar_count].last = port->bar.last;
    bars[bar_count].close = port->bar.close;
    memcpy(bars[bar_count].told, port->bar_told, sizeof port->bar_told);
    bars[bar_count].time = port->bar.close_time;
    bars[bar_count].muted = port->markets[port->market].muted;
    bars[bar_count++].before = minute ? (int)(minute->close_time - port->bar.close_time) : -1;
    return 0;
}
static const struct mt_strategy_ops note_ops = { .deliver = note_bar };

static const int32_t frames[] = { 60, 300, 120 };
static void start(struct world *w)
{
    w->setup.timeframes = frames;
    w->setup.timeframe_count = 3;
    world_start(w);
    mt_engine_attach(w->engine, (struct mt_strategy){ &note_ops, w, 0xffff, false });
    bar_count = 0;
    w->now = (w->now / (300 * MT_NS_PER_S) + 1) * 300 * MT_NS_PER_S;
}
static void quote_at(struct world *w, int64_t seconds, int64_t bid)
{
    w->now += seconds * MT_NS_PER_S - MT_NS_PER_S / 10;
    world_quote(w, 0, bid, bid + 2);
}

static void longer_frames_first_and_the_last_is_marked(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    start(w);
    for (int i = 0; i < 90; i++)
        quote_at(w, 10, 10000 + i);
    assert_true(bar_count > 15);
    bool all_three = false;
    for (int i = 0; i < bar_count; i++) {
        bool first = i == 0 || bars[i - 1].time != bars[i].time;
        bool end = i + 1 == bar_count || bars[i + 1].time != bars[i].time;
        assert_int_equal(bars[i].last, end);
        assert_int_equal(bars[i].before, 0);
        assert_true(first || bars[i - 1].tf > bars[i].tf);
        all_three = all_three || (i > 1 && bars[i - 2].time == bars[i].time);
        assert_true(fmod(bars[i].time, bars[i].tf) == 0);
    }
    assert_true(all_three);
    struct mt_port *port = mt_engine_port(w->engine);
    assert_null(port->bar_at(port, 0, 60, -1));
    assert_null(port->bar_at(port, 0, 60, 1024));
    assert_null(port->bar_at(port, 0, 61, 0));
    assert_null(port->bar_at(port, 2, 60, 0));
    assert_null(port->bar_at(port, 1, 60, 0));
    assert_true(port->bar_at(port, 0, 60, 1)->close_time == port->bar_at(port, 0, 60, 0)->close_time - 60);
    world_free(w);
}

/* No tick closes them: the clock does, and the engine says when it wants to be woken for it. */
static void the_clock_closes_a_bar(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    start(w);
    quote_at(w, 70, 10000);
    quote_at(w, 10, 10010);                     /* the first partial bar is dropped */
    while (bar_count == 0) {
        int64_t wake = mt_engine_wake_ns(w->engine);
        assert_true(wake < INT64_MAX && wake >= w->now);
        w->now = wake;
        world_turn(w);
        if (bar_count == 0)
            quote_at(w, 5, 10020);
    }
    assert_true(bars[0].time * 1e9 == (double)w->now);
    int count = bar_count;
    for (int i = 0; i < 10; i++) {              /* no tick, no bar */
        w->now += 300 * MT_NS_PER_S;
        world_turn(w);
    }
    assert_true(bar_count - count <= 2);
    world_free(w);
}

static void verbs_are_muted_while_warming_up(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    w->setup.warmup_tf_s = 60;
    w->setup.warmup_bars = 5;
    start(w);
    assert_true(mt_engine_muted(w->engine));
    for (int i = 0; i < 40 && mt_engine_port(w->engine)->markets[0].muted; i++) {
        assert_int_equal((int)world_ask(w, &request), -MT_CODE_WARMING);
        quote_at(w, 20, 10000 + i);
    }
    int minutes = 0;
    for (int i = 0; i < bar_count; i++)
        if (bars[i].tf == 60) {
            minutes++;
            assert_int_equal(bars[i].muted, minutes <= 5);      /* heard, but muted */
        }
    assert_int_equal(minutes, 6);
    assert_true(world_ask(w, &request) > 0);
    assert_true(mt_engine_port(w->engine)->markets[1].muted);   /* each symbol for itself */
    world_free(w);
}

/* Bars that come as bars: the own frame as it is, longer ones built from it, others not at all; told longest first. */
static void minute(struct world *w, int64_t from_s, int64_t close)
{
    struct mt_event event = { .kind = MT_EV_BAR,
                              .last = true,
                              .bar = { .open_ns = w->now + from_s * MT_NS_PER_S,
                                       .tf_s = 60,
                                       .open = close,
                                       .high = close + 5,
                                       .low = close - 5,
                                       .close = close,
                                       .volume = 1000,
                                       .ticks = 1 } };
    event.time_ns = event.venue_ns = event.bar.open_ns + 60 * MT_NS_PER_S;
    int64_t base = w->now;
    w->now = event.time_ns;
    world_push(w, &event);
    world_turn(w);
    w->now = base;
}
static const int32_t odd_frames[] = { 60, 30, 300, 90 };
static void start_on(struct world *w, const int32_t *list, size_t count)
{
    w->setup.timeframes = list;
    w->setup.timeframe_count = count;
    world_start(w);
    mt_engine_attach(w->engine, (struct mt_strategy){ &note_ops, w, 0xffff, false });
    bar_count = 0;
    w->now = (w->now / (900 * MT_NS_PER_S) + 1) * 900 * MT_NS_PER_S;
}
static void longer_bars_are_built_from_bars(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    start_on(w, odd_frames, 4);
    for (int64_t i = 0; i < 5; i++)
        minute(w, i * 60, 10000 + i);
    assert_int_equal(bar_count, 6);
    assert_int_equal(bars[4].tf, 300);
    assert_int_equal(bars[5].tf, 60);
    assert_true(bars[4].time == bars[5].time);
    assert_false(bars[4].last);
    assert_true(bars[5].last);
    struct mt_port *port = mt_engine_port(w->engine);
    const struct mt_view_bar *five = port->bar_at(port, 0, 300, 0);
    assert_true(five->open == 100 && five->high == 100.09 && five->low == 99.95 && five->close == 100.04);
    assert_true(five->volume == 5);
    assert_null(port->bar_at(port, 0, 90, 0));
    assert_null(port->bar_at(port, 0, 30, 0));
    world_free(w);
}

/* Once: after a gap the longer bar that ended with its last minute was told a minute late, or never. */
static void a_gap_in_the_bars_delays_nothing(void **state)
{
    static const int32_t list[] = { 300, 60 };
    struct world *w = world_new(1);
    (void)state;
    start_on(w, list, 2);
    int64_t base = w->now;
    minute(w, 0, 10000);
    minute(w, 60, 10001);
    assert_int_equal(bar_count, 2);
    minute(w, 540, 10002);                      /* 120 to 540 are missing; 600 ends the second five minutes */
    assert_int_equal(bar_count, 5);
    assert_int_equal(bars[2].tf, 300);
    assert_true(bars[2].time == (double)(base / MT_NS_PER_S + 300));
    assert_true(bars[2].close == 100.01);
    assert_false(bars[2].last);
    assert_int_equal(bars[3].tf, 300);
    assert_true(bars[3].time == (double)(base / MT_NS_PER_S + 600));
    assert_true(bars[3].close == 100.02);
    assert_int_equal(bars[4].tf, 60);
    assert_true(bars[4].last);
    world_free(w);
}

/* What is told is what was declared; without a declaration it is what comes. */
static void bars_of_a_frame_that_nobody_named(void **state)
{
    static const int32_t list[] = { 300 };
    (void)state;
    for (size_t declared = 0; declared < 2; declared++) {
        struct world *w = world_new(1);
        start_on(w, list, declared);
        for (int64_t i = 0; i < 10; i++)
            minute(w, i * 60, 10000 + i);
        assert_int_equal(bar_count, declared ? 2 : 10);
        for (int i = 0; i < bar_count; i++)
            assert_true(bars[i].tf == (declared ? 300 : 60) && bars[i].last);
        world_free(w);
    }
}

/* Each owner with its own frames, and an end of the instant of its own. */
static void owners_hear_what_they_declared(void **state)
{
    static const int32_t all[] = { 300, 180, 60 }, five[] = { 300 }, two[] = { 180, 60 };
    static const struct mt_kept_frame kept[] = { { 60, 0, true }, { 60, 1, true } };
    static const struct mt_bar_listener listeners[] = {
        { five, 1, false, true }, { two, 2, false, true }, { NULL, 0, true, true }, { five, 1, false, false },
    };
    static const struct { int tf; uint8_t told[4]; } expected[] = {
        { 60, { 0, 2, 2, 0 } }, { 60, { 0, 2, 2, 0 } }, { 180, { 0, 3, 0, 0 } }, { 60, { 0, 2, 2, 0 } },
        { 60, { 0, 2, 2, 0 } }, { 300, { 2, 0, 0, 0 } }, { 60, { 0, 2, 2, 0 } },
    };
    struct world *w = world_new(1);
    (void)state;
    w->setup.listeners = listeners;
    w->setup.listener_count = 4;
    w->setup.kept = kept;
    w->setup.kept_count = 2;
    start_on(w, all, 3);
    for (int64_t i = 0; i < 5; i++)
        minute(w, i * 60, 10000 + i);
    assert_int_equal(bar_count, 7);
    for (int i = 0; i < bar_count; i++) {
        assert_int_equal(bars[i].tf, expected[i].tf);
        assert_memory_equal(bars[i].told, expected[i].told, 4);
    }
    struct mt_port *port = mt_engine_port(w->engine);
    assert_true(port->bar_of_file(port, 0, 60));
    assert_false(port->bar_of_file(port, 0, 300));
    assert_false(port->bar_of_file(port, 0, 45));
    assert_false(port->bar_of_file(port, -1, 60));
    assert_false(port->bar_of_file(port, 1000, 60));
    world_free(w);
}

static void push(struct world *w, enum mt_event_kind kind, uint16_t symbol, int64_t from_s, int32_t tf_s)
{
    const int64_t ns = MT_NS_PER_S;
    struct mt_event event = { .kind = kind, .symbol = symbol, .last = true };
    if (kind == MT_EV_BAR)
        event.bar = (struct mt_bar){ .open_ns = w->now + from_s * ns, .tf_s = tf_s, .open = 10000, .high = 10000,
                                     .low = 10000, .close = 10000, .volume = tf_s, .ticks = 1 };
    else
        event.quote = (struct mt_quote){ 20000, 20000, 1, 1, MT_QUOTE_BOTH };
    event.time_ns = event.venue_ns = w->now + (from_s + tf_s) * ns;
    int64_t base = w->now;
    w->now = event.time_ns;
    world_push(w, &event);
    world_turn(w);
    w->now = base;
}

/* One source for each frame: its own file, else the longest bars that fit, else ticks; never two of them. */
static void a_frame_has_one_source(void **state)
{
    static const int32_t all[] = { 3600, 900, 60, 90 };
    static const struct mt_kept_frame kept[] = { { 60, 0, true }, { 300, 0, true }, { 3600, 0, true } };
    struct world *w = world_new(1);
    (void)state;
    w->setup.kept = kept;
    w->setup.kept_count = 3;
    start_on(w, all, 4);
    w->now = (w->now / (3600 * MT_NS_PER_S) + 1) * 3600 * MT_NS_PER_S;
    for (int i = 0; i < 60; i++) {
        for (int s = 0; s < 59; s += 30)
            push(w, MT_EV_QUOTE, 0, i * 60 + s, 1);
        push(w, MT_EV_BAR, 0, i * 60, 60);
        if (i % 5 == 4)
            push(w, MT_EV_BAR, 0, (i - 4) * 60, 300);
    }
    push(w, MT_EV_BAR, 0, 0, 3600);
    struct mt_port *port = mt_engine_port(w->engine);
    static const struct { int tf, count; double volume, close; } want[] = {
        { 3600, 1, 3.6, 100 }, { 900, 4, 0.9, 100 }, { 60, 60, 0.06, 100 }, { 90, 39, 0, 200 },
    };
    for (size_t i = 0; i < 4; i++) {
        const struct mt_view_bar *bar = port->bar_at(port, 0, want[i].tf, 0);
        int count = 0;
        while (port->bar_at(port, 0, want[i].tf, count))
            count++;
        assert_int_equal(count, want[i].count);
        assert_true(bar->close == want[i].close && bar->volume == want[i].volume);
    }
    world_free(w);
}

/* The volatility of the shortest frame sizes an entry, from so many closed bars on and not before. */
static void volatility_sizes_by_the_last_closes(void **state)
{
    static const int32_t list[] = { 300, 60 };
    enum { LOOKBACK = 10 };
    int64_t closes[1200];
    (void)state;
    for (int lookback = -1; lookback <= 1024; lookback += lookback == -1 ? 11 : lookback == LOOKBACK ? 1014 : 1) {
        struct world *w = world_new(1);
        w->bindings[0].sizing = (struct mt_sizing){ .rule = MT_SIZE_VOLATILITY, .value = 10000000, .lookback = lookback };
        w->setup.timeframes = list;
        w->setup.timeframe_count = 2;
        world_start(w);
        w->now = (w->now / (900 * MT_NS_PER_S) + 1) * 900 * MT_NS_PER_S;
        int count = 1100;
        for (int i = 0; i < count; i++) {
            closes[i] = 10000 + (i * 37) % 50;
            minute(w, i * 60, closes[i]);
            if (i + 1 != LOOKBACK && i + 1 != LOOKBACK + 1 && i + 1 != count)
                continue;
            uint64_t intents = mt_engine_counts(w->engine)->intents;
            struct mt_request request = world_request(1);
            int64_t base = w->now;
            w->now = base + (i + 1) * 60 * MT_NS_PER_S + 1;
            assert_true(world_ask(w, &request) > 0);            /* queued: run by the next call */
            struct mt_event quote = {
                .time_ns = w->now, .venue_ns = w->now, .kind = MT_EV_QUOTE, .quote = { 10000, 10000, 0, 0, MT_QUOTE_BOTH }
            };
            world_push(w, &quote);
            world_turn(w);
            w->now = base;
            assert_int_equal(mt_engine_counts(w->engine)->intents, intents + 1);
            const struct mt_order *order = mt_engine_order(w->engine, intents + 1);
            bool known = lookback == LOOKBACK && i + 1 > LOOKBACK;
            if (!known) {
                assert_int_equal(order->code, MT_CODE_NO_SIZE);
                continue;
            }
            struct mt_volatility v = mt_volatility(closes + i - LOOKBACK, LOOKBACK + 1, 60);
            double volatility = ldexp((double)v.mantissa, v.exponent);
            /* equity * 0.1 / volatility, at 100.00, in steps of 0.001 */
            assert_int_equal(order->terms.qty, (int64_t)(100000 * 0.1 / volatility / 100 * 1000));
            break;
        }
        world_free(w);
    }
}

static void prices_and_quantities_are_rounded_to_the_instrument(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    w->instruments[0].tick = 5;                 /* 0.05 */
    w->instruments[0].step = 10;                /* 0.010 */
    w->instruments[0].qty_min = 50;
    world_start(w);
    struct mt_port *port = mt_engine_port(w->engine);
    static const struct { double in; int mode; double out; } prices[] = {
        { 100.07, -1, 100.05 }, { 100.07, 1, 100.10 }, { 100.07, 0, 100.05 }, { 100.08, 0, 100.10 }, { 100.05, -1, 100.05 },
        { 100.05, 1, 100.05 }, { 100.05, 0, 100.05 }, { 0.01, -1, 0 }, { 0.01, 1, 0.05 },
    };
    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++)
        if (port->round_price(port, 0, prices[i].in, prices[i].mode) != prices[i].out)
            fail_msg("%g mode %d: %.17g", prices[i].in, prices[i].mode,
                     port->round_price(port, 0, prices[i].in, prices[i].mode));
    static const struct { double in, out; } quantities[] = {
        { 0.059, 0.05 }, { 0.05, 0.05 }, { 0.049, 0 }, { -0.059, -0.05 }, { -0.049, 0 }, { 1.999, 1.99 }, { 0, 0 },
    };
    for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++)
        assert_true(port->round_qty(port, 0, quantities[i].in) == quantities[i].out);
    static const double bad[] = { NAN, INFINITY, -INFINITY, 1e300 };
    for (size_t i = 0; i < 4; i++) {
        assert_true(isnan(port->round_price(port, 0, bad[i], -1)));
        assert_true(isnan(port->round_qty(port, 0, bad[i])));
    }
    assert_true(isnan(port->round_price(port, 2, 1, 1)));
    assert_true(isnan(port->round_qty(port, -1, 1)));
    world_free(w);
}

static void the_calendar_and_the_texts(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    struct mt_port *port = mt_engine_port(w->engine);
    int32_t utc = port->zone_id(port, "UTC");
    assert_true(utc >= 0);
    assert_int_equal(port->zone_id(port, "Nowhere/Nothing"), -1);
    assert_int_equal(port->zone_id(port, "UTC"), utc);
    assert_true(port->day_of(86400.0 * 3 + 5, utc) == 3);
    assert_true(port->clock_of(86400.0 * 3 + 5.5, utc) == 5.5);
    assert_true(port->day_of(-1, utc) == -1 && port->clock_of(-1, utc) == 86399);
    assert_true(isnan(port->day_of(NAN, utc)) && isnan(port->clock_of(0, 99)) && isnan(port->day_of(1e300, utc)));
    for (int i = 0; i < 3; i++)
        assert_int_equal((port->skip)(port, 0, "abcd", 3, 1), 0);
    assert_int_equal((port->skip)(port, -1, "abc", 3, 1), 0);
    assert_int_equal((port->skip)(port, 0, "a\0c", 3, 1), -1);
    assert_int_equal((port->skip)(port, 0, "x", -1, 1), -1);
    assert_int_equal(port->mark(port, 0, "a\0c", 3, 1), -1);
    const char *reason;
    uint16_t symbol;
    uint64_t count;
    assert_true(mt_engine_skip_at(w->engine, 0, &reason, &symbol, &count));
    assert_string_equal(reason, "abc");
    assert_int_equal(count, 3);
    assert_true(mt_engine_skip_at(w->engine, 1, &reason, &symbol, &count));
    assert_false(mt_engine_skip_at(w->engine, 2, &reason, &symbol, &count));
    struct mt_request_timer timer = { .name = "t", .after = 1, .at_s = -1, .market = 2 };
    assert_int_equal(port->timer_set(port, &timer), -MT_CODE_FIELD_INVALID);
    timer.market = -2;
    assert_int_equal(port->timer_set(port, &timer), -MT_CODE_FIELD_INVALID);
    timer.market = -1;
    assert_int_equal(port->timer_set(port, &timer), 0);
    size_t from = w->news_count;
    w->now += 2 * MT_NS_PER_S;
    world_turn(w);
    assert_int_equal(w->news[from].handler, MT_ON_TIMER);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(longer_frames_first_and_the_last_is_marked),
        cmocka_unit_test(the_clock_closes_a_bar),
        cmocka_unit_test(verbs_are_muted_while_warming_up),
        cmocka_unit_test(longer_bars_are_built_from_bars),
        cmocka_unit_test(a_gap_in_the_bars_delays_nothing),
        cmocka_unit_test(bars_of_a_frame_that_nobody_named),
        cmocka_unit_test(owners_hear_what_they_declared),
        cmocka_unit_test(a_frame_has_one_source),
        cmocka_unit_test(volatility_sizes_by_the_last_closes),
        cmocka_unit_test(prices_and_quantities_are_rounded_to_the_instrument),
        cmocka_unit_test(the_calendar_and_the_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
