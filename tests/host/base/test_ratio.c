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

/* 2^above / 2^below. */
static struct mt_ratio of_powers(int above, int below)
{
    struct mt_ratio ratio;
    mt_ratio_init(&ratio);
    mt_ratio_shift(&ratio, above);
    mt_ratio_shift(&ratio, -below);
    return ratio;
}

/* There is room for 1536 bits above and below, and the last of them counts. */
static void the_room_is_used_to_the_last_bit(void **state)
{
    static const struct { int above, below, floor; } cases[] = {
        { 1535, 1535, 0 }, { 1535, 1534, 1 }, { 1534, 1535, -1 }, { 1535, 1470, 65 }, { 1535, 1410, 125 }, { 0, 1535, -1 },
        { 1536, 1500, -2 }, { 1500, 1536, -2 }, { 1535, 1409, -2 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {     /* floor -1: below one; -2: out of range */
        struct mt_ratio ratio = of_powers(cases[i].above, cases[i].below);
        mt_i128 floor = 0;
        assert_int_equal(mt_ratio_floor(&ratio, &floor), cases[i].floor == -2 ? MT_ERANGE : 0);
        assert_true(floor == (cases[i].floor < 0 ? 0 : (mt_i128)1 << cases[i].floor));
    }
}

/* A factor of two words loses nothing unseen: not in its high word, not when that is put above, not in their sum. */
static void what_a_wide_factor_carries_out_is_told(void **state)
{
    const mt_i128 wide = ((mt_i128)1 << 65) - 1;
    static const struct { int times, power, bits; bool fits; } cases[] = {
        { 1, 1470, 65, true }, { 3, 1470, 65, false },      /* (2^65 - 1): the sum of both words carries */
        { 1, 1472, 0, false }, { 1, 1474, 0, false },       /* 2^126 */
        { 1, 1409, 0, true }, { 1, 1410, 0, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_ratio ratio = of_powers(cases[i].power, cases[i].power);
        mt_i128 factor = cases[i].bits ? wide : (mt_i128)1 << 126, floor;
        mt_ratio_mul(&ratio, cases[i].times);
        mt_ratio_mul(&ratio, factor);
        if (!cases[i].bits)
            mt_ratio_div(&ratio, 2);
        assert_int_equal(mt_ratio_floor(&ratio, &floor), cases[i].fits ? 0 : MT_ERANGE);
        if (cases[i].fits)
            assert_true(floor == (cases[i].bits ? wide : factor / 2));
    }
    struct mt_ratio ratio = of_powers(1472, 1472);
    mt_i128 floor;
    mt_ratio_mul(&ratio, (mt_i128)1 << 64);
    assert_int_equal(mt_ratio_floor(&ratio, &floor), MT_ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floor_of_products),
        cmocka_unit_test(shifts),
        cmocka_unit_test(what_does_not_fit_is_told),
        cmocka_unit_test(the_room_is_used_to_the_last_bit),
        cmocka_unit_test(what_a_wide_factor_carries_out_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
