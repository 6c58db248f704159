#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <math.h>
#include "base/hash.h"
#include "base/hist.h"

static const uint64_t seed = 20171217;

static void an_empty_histogram(void **state)
{
    (void)state;
    struct mt_hist hist;
    memset(&hist, 0x5a, sizeof hist);
    mt_hist_init(&hist);
    assert_true(mt_hist_quantile(&hist, 0.5) == 0);
    assert_true(hist.total == 0);
    assert_true(hist.min == 0);
    assert_true(hist.max == 0);
}

static void single_values_are_exact(void **state)
{
    (void)state;
    static const int64_t values[] = { 0, 1, 15, 16, 17, 31, 32, 33, 1000, 123456789, INT64_MAX, INT64_MAX - 1,
        INT64_C(1) << 62 };
    for (size_t at = 0; at < sizeof values / sizeof values[0]; at++) {
        struct mt_hist hist;
        mt_hist_init(&hist);
        mt_hist_add(&hist, values[at]);
        assert_true(mt_hist_quantile(&hist, 0) == values[at]);
        assert_true(mt_hist_quantile(&hist, 1) == values[at]);
        assert_true(hist.min == values[at]);
        assert_true(hist.max == values[at]);
    }
}

static void negative_values_count_as_zero(void **state)
{
    (void)state;
    struct mt_hist hist;
    mt_hist_init(&hist);
    mt_hist_add(&hist, 5);
    mt_hist_add(&hist, INT64_MIN);
    assert_true(hist.min == 0);
    assert_true(hist.max == 5);
    assert_true(mt_hist_quantile(&hist, 0.5) == 0);
    assert_true(mt_hist_quantile(&hist, 0.51) == 5);
    assert_true(hist.total == 2);
}

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Against the sorted values: never below the true quantile, and at most one step (1/16) above. */
static void quantiles_equal_the_sorted_values(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    static int64_t values[COUNT];
    static const double quantiles[] = { -1, 0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1, 2 };
    print_message("seed %llu\n", (unsigned long long)seed);
    for (uint64_t round = 0; round < 40; round++) {
        struct mt_hist hist;
        mt_hist_init(&hist);
        for (uint64_t at = 0; at < COUNT; at++) {
            uint64_t random = mt_random_at(seed + round, at);
            values[at] = (int64_t)(random >> (1 + mt_random_at(seed, at + round) % 63));
            mt_hist_add(&hist, values[at]);
        }
        qsort(values, COUNT, sizeof values[0], compare);
        for (size_t at = 0; at < sizeof quantiles / sizeof quantiles[0]; at++) {
            double q = fmin(fmax(quantiles[at], 0), 1);
            int64_t rank = (int64_t)ceil(q * COUNT);
            int64_t want = values[rank > 0 ? rank - 1 : 0], got = mt_hist_quantile(&hist, quantiles[at]);
            assert_true(got >= want);
            assert_true(got - want <= want / 16);
            assert_true(got <= hist.max);
        }
        assert_true(hist.min == values[0]);
        assert_true(hist.max == values[COUNT - 1]);
        assert_true(mt_hist_quantile(&hist, (double)NAN) == mt_hist_quantile(&hist, 0));
    }
}

/* Two neighbours around every power of two and step: the buckets have no hole and no overlap. */
static void buckets_are_seamless(void **state)
{
    (void)state;
    for (int shift = 0; shift < 59; shift++) {
        for (int64_t step = 16; step < 32; step++) {
            int64_t edge = step << shift;
            struct mt_hist hist;
            mt_hist_init(&hist);
            mt_hist_add(&hist, edge - 1);
            mt_hist_add(&hist, edge);
            assert_true(mt_hist_quantile(&hist, 0.5) == edge - 1);
            assert_true(mt_hist_quantile(&hist, 1) == edge);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_histogram),
        cmocka_unit_test(single_values_are_exact),
        cmocka_unit_test(negative_values_count_as_zero),
        cmocka_unit_test(quantiles_equal_the_sorted_values),
        cmocka_unit_test(buckets_are_seamless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
