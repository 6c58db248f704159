#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "host/base/assert_dies.h"
#include "model/bar_build.h"

static const int64_t second = 1000000000;

/* A bar that ends at its length. */
static bool add_bar(struct mt_bar_build *build, const struct mt_bar *bar, struct mt_bar *out)
{
    return mt_bar_build_bar(build, bar, bar->open_ns + bar->tf_s * INT64_C(1000000000), out);
}

static void frames_are_written_in_their_largest_unit(void **state)
{
    (void)state;
    static const struct { int32_t seconds; const char *text; } cases[] = {
        { 1, "1s" }, { 15, "15s" }, { 60, "1m" }, { 90, "90s" }, { 300, "5m" }, { 3599, "3599s" }, { 3600, "1h" }, { 5400, "90m" },
        { 14400, "4h" }, { 86400, "1d" }, { 86399, "86399s" }, { 604800, "7d" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[16];
        mt_tf_format(text, cases[i].seconds);
        assert_string_equal(text, cases[i].text);
    }
}

static void is(const struct mt_bar *bar, int64_t open_s, int64_t open, int64_t high, int64_t low,
               int64_t close, int64_t volume, int32_t ticks)
{
    assert_int_equal(bar->open_ns, open_s * second);
    assert_int_equal(bar->open, open);
    assert_int_equal(bar->high, high);
    assert_int_equal(bar->low, low);
    assert_int_equal(bar->close, close);
    assert_int_equal(bar->volume, volume);
    assert_int_equal(bar->ticks, ticks);
}

static void ticks_make_bars_at_whole_frames(void **state)
{
    (void)state;
    struct mt_bar_build build;
    struct mt_bar bar;
    mt_bar_build_init(&build, 60);
    assert_false(mt_bar_close_due(&build, 0, &bar));
    assert_false(
        mt_bar_build_tick(&build, 60 * second, 10, 1, &bar)); /* exactly at the open: whole */
    assert_false(mt_bar_build_tick(&build, 61 * second, 14, 2, &bar));
    assert_false(mt_bar_build_tick(&build, 61 * second, 8, 3, &bar));
    assert_false(mt_bar_build_tick(&build, 120 * second - 1, 9, 4, &bar));
    assert_true(mt_bar_build_tick(&build, 120 * second, 20, 5, &bar));
    is(&bar, 60, 10, 14, 8, 9, 10, 4);
    assert_int_equal(bar.tf_s, 60);
    assert_true(
        mt_bar_build_tick(&build, 400 * second, 30, 6, &bar)); /* no tick, no bar in between */
    is(&bar, 120, 20, 20, 20, 20, 5, 1);
    assert_false(mt_bar_close_due(&build, 420 * second - 1, &bar));
    assert_true(mt_bar_close_due(&build, 420 * second, &bar));
    is(&bar, 360, 30, 30, 30, 30, 6, 1);
    assert_false(mt_bar_close_due(&build, 500 * second, &bar));
}

static void the_first_partial_bar_is_dropped(void **state)
{
    (void)state;
    struct mt_bar_build build;
    struct mt_bar bar = {.open = 77};
    mt_bar_build_init(&build, 60);
    assert_false(mt_bar_build_tick(&build, 60 * second + 1, 10, 1, &bar));
    assert_false(mt_bar_build_tick(&build, 120 * second + 5, 11, 1, &bar));
    assert_int_equal(bar.open, 77);
    assert_true(mt_bar_build_tick(&build, 180 * second, 12, 1, &bar));
    is(&bar, 120, 11, 11, 11, 11, 1, 1);
    mt_bar_build_init(&build, 60); /* dropped by the clock too, and only once */
    assert_false(mt_bar_build_tick(&build, 60 * second + 1, 10, 1, &bar));
    assert_false(mt_bar_close_due(&build, 120 * second, &bar));
    assert_false(mt_bar_build_tick(&build, 121 * second, 10, 1, &bar));
    assert_true(mt_bar_close_due(&build, 180 * second, &bar));
    is(&bar, 120, 10, 10, 10, 10, 1, 1);
}

static void a_late_tick_does_not_bring_back_a_closed_bar(void **state)
{
    (void)state;
    struct mt_bar_build build;
    struct mt_bar bar;
    mt_bar_build_init(&build, 60);
    assert_false(mt_bar_build_tick(&build, 60 * second, 10, 1, &bar));
    assert_true(mt_bar_close_due(&build, 120 * second, &bar));
    assert_false(mt_bar_build_tick(&build, 119 * second, 11, 2, &bar));
    assert_false(mt_bar_build_tick(&build, 121 * second, 12, 3, &bar));
    assert_true(mt_bar_build_tick(&build, 180 * second, 13, 4, &bar));
    is(&bar, 120, 11, 12, 11, 12, 5, 2);
}

static void times_before_1970_are_aligned_downwards(void **state)
{
    (void)state;
    struct mt_bar_build build;
    struct mt_bar bar;
    mt_bar_build_init(&build, 60);
    assert_false(mt_bar_build_tick(&build, -60 * second, 10, 1, &bar));
    assert_false(mt_bar_build_tick(&build, -1, 11, 1, &bar));
    assert_true(mt_bar_build_tick(&build, 0, 12, 1, &bar));
    is(&bar, -60, 10, 11, 10, 11, 2, 2);
    mt_bar_build_init(&build, 60);
    assert_false(mt_bar_build_tick(&build, -61 * second, 10, 1, &bar));
    assert_false(mt_bar_build_tick(&build, -60 * second, 12, 1, &bar));
    assert_true(mt_bar_build_tick(&build, 0, 12, 1, &bar));
    is(&bar, -60, 12, 12, 12, 12, 1, 1);
}

static void volume_and_count_do_not_wrap_round(void **state)
{
    (void)state;
    struct mt_bar_build build;
    struct mt_bar bar;
    mt_bar_build_init(&build, 60);
    assert_false(mt_bar_build_tick(&build, 0, 10, INT64_MAX, &bar));
    assert_false(mt_bar_build_tick(&build, 1, 10, 5, &bar));
    build.bar.ticks = INT32_MAX;
    assert_false(mt_bar_build_tick(&build, 2, 10, 5, &bar));
    assert_true(mt_bar_close_due(&build, 60 * second, &bar));
    is(&bar, 0, 10, 10, 10, 10, INT64_MAX, INT32_MAX);
}

static struct mt_bar minute(int64_t n, int64_t price, int32_t ticks)
{
    return (struct mt_bar){.open_ns = n * 60 * second,
                           .open = price,
                           .high = price + 3,
                           .low = price - 2,
                           .close = price + 1,
                           .volume = 10,
                           .tf_s = 60,
                           .ticks = ticks};
}

static void shorter_bars_make_longer_ones(void **state)
{
    (void)state;
    struct mt_bar_build build;
    struct mt_bar out;
    mt_bar_build_init(&build, 300);
    for (int n = 0; n < 5; n++) {
        struct mt_bar in = minute(n, 100 + n, n == 2 ? 7 : 0);
        assert_int_equal(add_bar(&build, &in, &out), n == 4);
    }
    is(&out, 0, 100, 107, 98, 105, 50, 4 + 7); /* closes with the shorter one that ends with it */
    assert_int_equal(out.tf_s, 300);
    struct mt_bar in = minute(6, 200, 0);
    assert_false(add_bar(&build, &in, &out));
    in = minute(14, 300, 0);                                /* a gap: ends the older, and its own */
    assert_true(add_bar(&build, &in, &out));
    is(&out, 300, 200, 203, 198, 201, 10, 1);
    assert_true(mt_bar_close_due(&build, 15 * 60 * second, &out));
    is(&out, 600, 300, 303, 298, 301, 10, 1);
    assert_false(mt_bar_close_due(&build, 15 * 60 * second, &out));

    mt_bar_build_init(&build, 300);                         /* begins in the middle: dropped */
    in = minute(3, 100, 0);
    assert_false(add_bar(&build, &in, &out));
    in = minute(4, 100, 0);
    assert_false(add_bar(&build, &in, &out));
    in = minute(9, 100, 0);
    assert_true(add_bar(&build, &in, &out));
    is(&out, 300, 100, 103, 98, 101, 10, 1);

    in = minute(7, 50, 0); /* late for what is out: counts in the next */
    assert_false(add_bar(&build, &in, &out));
    in = minute(14, 60, 0);
    assert_true(add_bar(&build, &in, &out));
    is(&out, 600, 50, 63, 48, 61, 20, 2);

    mt_bar_build_init(&build, 300); /* the partial first one is ended by a gap */
    in = minute(3, 100, 0);
    assert_false(add_bar(&build, &in, &out));
    in = minute(8, 200, 0);
    assert_false(add_bar(&build, &in, &out));
    assert_true(mt_bar_close_due(&build, 10 * 60 * second, &out));
    is(&out, 300, 200, 203, 198, 201, 10, 1);

    mt_bar_build_init(&build, 300);         /* one that ended early does not end ours; the odd one behind it does */
    in = minute(5, 100, 0);
    assert_false(add_bar(&build, &in, &out));
    in = minute(9, 200, 0);
    assert_false(mt_bar_build_bar(&build, &in, 9 * 60 * second + 30 * second, &out));
    in = minute(9, 300, 0);
    in.open_ns += 30 * second;
    assert_true(mt_bar_build_bar(&build, &in, 10 * 60 * second, &out));
    is(&out, 300, 100, 303, 98, 301, 30, 3);

    mt_bar_build_init(&build, 60);                          /* the same length: passes through */
    in = minute(3, 100, 5);
    assert_true(add_bar(&build, &in, &out));
    assert_memory_equal(&in, &out, sizeof in);
    in.tf_s = 7;
    assert_dies(add_bar(&build, &in, &out));
    in.tf_s = 0;
    assert_dies(add_bar(&build, &in, &out));
}

struct tick { int64_t t, price, qty; };

/* The bar that opens at open_ns, by looking through all ticks; ticks == 0 when there is none. */
static struct mt_bar naive(const struct tick *ticks, int count, int64_t open_ns, int32_t tf_s)
{
    struct mt_bar bar = {.open_ns = open_ns, .tf_s = tf_s};
    for (int i = 0; i < count; i++) {
        if (ticks[i].t < open_ns || ticks[i].t >= open_ns + tf_s * second)
            continue;
        if (bar.ticks++ == 0)
            bar.open = bar.high = bar.low = ticks[i].price;
        bar.high = ticks[i].price > bar.high ? ticks[i].price : bar.high;
        bar.low = ticks[i].price < bar.low ? ticks[i].price : bar.low;
        bar.close = ticks[i].price;
        bar.volume += ticks[i].qty;
    }
    return bar;
}

/* Ticks straight, and ticks to short bars to long bars, give the bars that a search over all ticks
 * gives. */
static void random_ticks_agree_with_a_search(void **state)
{
    (void)state;
    const char *given = getenv("MT_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : 20240819, n = 0;
    print_message("seed %llu (MT_SEED)\n", (unsigned long long)seed);
    enum { TICKS = 300 };
    static struct tick ticks[TICKS];
    for (int round = 0; round < 200; round++) {
        int64_t t = -100 * second + (int64_t)(mt_random_at(seed, n++) % 200) * second;
        uint64_t gap = mt_random_at(seed, n++) % 2 ? 30 : 3;
        for (int i = 0; i < TICKS; i++) {
            t += (int64_t)(mt_random_at(seed, n++) % gap) * second / (round % 2 ? 1 : 4);
            uint64_t price = mt_random_at(seed, n++) % 100;
            uint64_t qty = mt_random_at(seed, n++) % 9;
            ticks[i] = (struct tick){t, 1 + (int64_t)price, (int64_t)qty};
        }
        struct mt_bar_build direct, shorter, longer;
        mt_bar_build_init(&direct, 60);
        mt_bar_build_init(&shorter, 15);
        mt_bar_build_init(&longer, 60);
        int bars = 0, late_bars = 0;
        for (int i = 0; i < TICKS; i++) {
            struct mt_bar bar;
            bool closed = false;
            if (mt_random_at(seed, n++) % 4 == 0)
                closed = mt_bar_close_due(&direct, ticks[i].t, &bar);
            struct mt_bar by_tick;
            if (mt_bar_build_tick(&direct, ticks[i].t, ticks[i].price, ticks[i].qty, &by_tick)) {
                assert_false(closed);
                closed = true;
                bar = by_tick;
            }
            if (closed) {
                struct mt_bar expected = naive(ticks, TICKS, bar.open_ns, 60);
                assert_memory_equal(&bar, &expected, sizeof bar);
                assert_true(bar.open_ns + 60 * second <= ticks[i].t);
                bars++;
            }
            if (mt_bar_build_tick(&shorter, ticks[i].t, ticks[i].price, ticks[i].qty, &bar)) {
                struct mt_bar out;
                bool more = mt_bar_close_due(&longer, bar.open_ns, &out);
                late_bars += more;
                if (more) {
                    struct mt_bar expected = naive(ticks, TICKS, out.open_ns, 60);
                    assert_memory_equal(&out, &expected, sizeof out);
                }
                if (add_bar(&longer, &bar, &out)) {
                    struct mt_bar expected = naive(ticks, TICKS, out.open_ns, 60);
                    assert_memory_equal(&out, &expected, sizeof out);
                    late_bars++;
                }
            }
        }
        int wanted = 0;         /* whole ones between the first tick and the last */
        int64_t from = ticks[0].t, to = ticks[TICKS - 1].t;
        for (int64_t open = -6000 * second; open + 60 * second <= to; open += 60 * second)
            wanted += open >= from && naive(ticks, TICKS, open, 60).ticks > 0;
        assert_int_equal(bars, wanted);
        assert_true(late_bars <= wanted && late_bars >= wanted - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_written_in_their_largest_unit),
        cmocka_unit_test(ticks_make_bars_at_whole_frames),
        cmocka_unit_test(the_first_partial_bar_is_dropped),
        cmocka_unit_test(a_late_tick_does_not_bring_back_a_closed_bar),
        cmocka_unit_test(times_before_1970_are_aligned_downwards),
        cmocka_unit_test(volume_and_count_do_not_wrap_round),
        cmocka_unit_test(shorter_bars_make_longer_ones),
        cmocka_unit_test(random_ticks_agree_with_a_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
