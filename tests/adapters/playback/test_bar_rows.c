/* When bars end and which of them overlap: single cases, then random ones against a reading of the rule that looks at all
 * rows at once. */
#include "adapters/playback/bar_rows.h"
#include "adapters/playback/files.h"

enum { MOST = 64, TF_S = 800 };

struct got { int count, bad; int64_t open[MOST], end[MOST]; uint64_t bad_line[MOST]; };

static void got_add(struct got *got, const struct mt_bar_rows_out *out)
{
    for (int i = 0; i < out->count; i++) {
        got->open[got->count] = out->bars[i].bar.open_ns / MT_NS_PER_S;
        assert_int_equal(out->bars[i].venue_ns, out->bars[i].time_ns);
        got->end[got->count++] = out->bars[i].time_ns / MT_NS_PER_S;
    }
    for (int i = 0; i < out->overlaps; i++)
        got->bad_line[got->bad++] = out->lines[i];
}

static struct got feed(const int64_t *opens, int count)
{
    struct got got = { 0 };
    struct mt_bar_rows rows;
    struct mt_bar_rows_out out;
    mt_bar_rows_begin(&rows);
    for (int i = 0; i < count; i++) {
        struct mt_event bar = { .kind = MT_EV_BAR, .bar = { .open_ns = opens[i] * MT_NS_PER_S, .tf_s = TF_S } };
        bar.time_ns = bar.venue_ns = (opens[i] + TF_S) * MT_NS_PER_S;
        mt_bar_rows_take(&rows, &bar, (uint64_t)i, &out);
        got_add(&got, &out);
    }
    mt_bar_rows_end(&rows, &out);
    got_add(&got, &out);
    mt_bar_rows_end(&rows, &out);
    assert_int_equal(out.count + out.overlaps, 0);
    return got;
}

static void test_cases(void **state)
{
    static const struct { int count; int64_t opens[8]; int kept; int64_t ends[8]; int bad; uint64_t lines[8]; } cases[] = {
        { 0, { 0 }, 0, { 0 }, 0, { 0 } },
        { 1, { 0 }, 1, { 800 }, 0, { 0 } },
        { 3, { 0, 800, 3000 }, 3, { 800, 1600, 3800 }, 0, { 0 } },
        { 4, { 0, 800, 1500, 2300 }, 4, { 800, 1500, 2300, 3100 }, 0, { 0 } },              /* early by an eighth */
        { 5, { 0, 700, 1400, 2100, 2800 }, 5, { 700, 1400, 2100, 2800, 3600 }, 0, { 0 } },  /* again and again */
        { 5, { 0, 800, 1200, 2000, 2800 }, 5, { 800, 1200, 2000, 2800, 3600 }, 0, { 0 } },  /* one odd bar */
        { 3, { 0, 800, 1200 }, 3, { 800, 1200, 2000 }, 0, { 0 } },                          /* at the end */
        { 3, { 0, 100, 900 }, 3, { 100, 900, 1700 }, 0, { 0 } },                            /* at the beginning */
        { 4, { 0, 800, 1000, 1600 }, 3, { 800, 1600, 2400 }, 1, { 2 } },                    /* a stray one */
        { 7, { 0, 800, 900, 1000, 1100, 1200, 1300 }, 2, { 800, 1600 }, 5, { 2, 3, 4, 5, 6 } },
        { 6, { 0, 800, 900, 1000, 1700, 2500 }, 4, { 800, 1600, 2500, 3300 }, 2, { 2, 3 } },
        { 6, { 0, 800, 1000, 1800, 2000, 2800 }, 6, { 800, 1000, 1800, 2000, 2800, 3600 }, 0, { 0 } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct got got = feed(cases[i].opens, cases[i].count);
        if (got.count != cases[i].kept || got.bad != cases[i].bad)
            fail_msg("case %zu: %d bars, %d bad", i, got.count, got.bad);
        for (int k = 0; k < got.count; k++)
            assert_int_equal(got.end[k], cases[i].ends[k]);
        for (int k = 0; k < got.bad; k++)
            assert_int_equal(got.bad_line[k], cases[i].lines[k]);
    }
}

/* Whatever comes: every row is kept or bad, in order, and no bar that is kept ends behind the next one. */
static void test_random(void **state)
{
    const uint64_t seed = 77;
    uint64_t at = 0;
    (void)state;
    print_message("seed %d\n", (int)seed);
    for (int round = 0; round < 20000; round++) {
        int64_t opens[MOST / 2], open = 0;
        int count = 1 + (int)(mt_random_at(seed, at++) % (MOST / 2));
        bool mixed = mt_random_at(seed, at++) % 2;
        for (int i = 0; i < count; i++) {
            uint64_t what = mt_random_at(seed, at++) % 10;
            opens[i] = open;
            open += what < (mixed ? 4 : 1) ? 1 + (int64_t)(mt_random_at(seed, at++) % 699) : what == 9 ? 2000 : 800;
        }
        struct got got = feed(opens, count);
        assert_int_equal(got.count + got.bad, count);
        int kept = 0, bad = 0, shorts = 0;
        for (int i = 0; i < count; i++) {
            if (bad < got.bad && got.bad_line[bad] == (uint64_t)i)
                bad++;
            else
                assert_int_equal(got.open[kept++], opens[i]);
        }
        assert_int_equal(kept, got.count);
        for (int k = 0; k < kept; k++) {
            int64_t full = got.open[k] + TF_S, next = k + 1 < kept ? got.open[k + 1] : INT64_MAX;
            assert_int_equal(got.end[k], full < next ? full : next);
            shorts = got.end[k] - got.open[k] < 700 ? shorts + 1 : 0;
            assert_true(shorts < 2);            /* never two odd ones in a row */
        }
        int64_t row_short = 0;
        for (int i = 1; i < count; i++)
            row_short += opens[i] - opens[i - 1] < 700;
        if (row_short == 0)
            assert_int_equal(got.bad, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases), cmocka_unit_test(test_random) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
