/* Ratios against whole numbers of decimal digits: what comes out is the largest whole number that fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hash.h"
#include "base/ratio.h"
#include "big.h"

static const uint64_t seed = 77;
static uint64_t draw(void)
{
    static uint64_t n;
    return mt_random_at(seed, n++);
}

static mt_i128 draw_wide(int bits_max)
{
    unsigned __int128 value = (unsigned __int128)draw() << 64 | draw();
    return (mt_i128)(value >> (128 - 1 - draw() % (unsigned)bits_max));
}

static void floor_of_products(void **state)
{
    int beyond = 0, above_one = 0;
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 3000; round++) {
        struct mt_ratio ratio;
        struct big above = big_of(1), below = big_of(1);
        mt_i128 floor;
        int factors = 1 + (int)(draw() % 4), divisors = (int)(draw() % 4);
        mt_ratio_init(&ratio);
        for (int i = 0; i < factors; i++) {
            mt_i128 x = draw_wide(126);
            mt_ratio_mul(&ratio, x);
            above = big_mul(above, big_of(x));
        }
        for (int i = 0; i < divisors; i++) {
            mt_i128 x = draw_wide(126) + 1;
            mt_ratio_div(&ratio, x);
            below = big_mul(below, big_of(x));
        }
        int rc = mt_ratio_floor(&ratio, &floor);
        struct big most = big_mul(below, big_of((mt_i128)1 << 126));
        if (big_compare_magnitude(&most, &above) <= 0) {
            assert_int_equal(rc, MT_ERANGE);
            beyond++;
            continue;
        }
        assert_int_equal(rc, 0);
        struct big fits = big_mul(below, big_of(floor)), next = big_mul(below, big_of(floor + 1));
        assert_true(big_compare_magnitude(&fits, &above) <= 0);
        assert_true(big_compare_magnitude(&next, &above) > 0);
        above_one += floor > 0;
    }
    assert_true(beyond > 100);
    assert_true(above_one > 300);
}

static void shifts(void **state)
{
    (void)state;
    static const struct { int64_t over; int exponent; int64_t floor; } cases[] = {
        { 7, 0, 7 }, { 7, -1, 3 }, { 7, 1, 14 }, { 1, -1, 0 }, { INT64_C(1) << 41, -40, 2 }, { 1, 60, INT64_C(1) << 60 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_ratio ratio;
        mt_i128 floor;
        mt_ratio_init(&ratio);
        mt_ratio_mul(&ratio, cases[i].over);
        mt_ratio_shift(&ratio, cases[i].exponent);
        assert_int_equal(mt_ratio_floor(&ratio, &floor), 0);
        assert_true(floor == cases[i].floor);
    }
}

static void what_does_not_fit_is_told(void **state)
{
    struct mt_ratio ratio;
    mt_i128 floor;
    (void)state;
    mt_ratio_init(&ratio);
    for (int i = 0; i < 30; i++)
        mt_ratio_mul(&ratio, INT64_MAX);
    for (int i = 0; i < 30; i++)
        mt_ratio_div(&ratio, INT64_MAX);
    assert_int_equal(mt_ratio_floor(&ratio, &floor), MT_ERANGE);        /* 1, but it was lost on the way */
    mt_ratio_init(&ratio);
    mt_ratio_shift(&ratio, 2000);
    assert_int_equal(mt_ratio_floor(&ratio, &floor), MT_ERANGE);
    mt_ratio_init(&ratio);
    mt_ratio_mul(&ratio, 0);
    mt_ratio_div(&ratio, 3);
    assert_int_equal(mt_ratio_floor(&ratio, &floor), 0);
    assert_int_equal(floor, 0);
    mt_ratio_init(&ratio);
    mt_ratio_mul(&ratio, ((mt_i128)1 << 126) - 1);
    assert_int_equal(mt_ratio_floor(&ratio, &floor), 0);
    assert_true(floor == ((mt_i128)1 << 126) - 1);
    mt_ratio_init(&ratio);
    mt_ratio_mul(&ratio, (mt_i128)1 << 126);
    assert_int_equal(mt_ratio_floor(&ratio, &floor), MT_ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floor_of_products),
        cmocka_unit_test(shifts),
        cmocka_unit_test(what_does_not_fit_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
