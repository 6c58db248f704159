#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/dec.h"
#include "base/hash.h"
#include "host/base/assert_dies.h"
#include "host/base/big.h"

#define I128_MAX ((mt_i128)(~(unsigned __int128)0 >> 1))
#define I128_MIN (-I128_MAX - 1)

enum { RANDOM_ROUNDS = 20000 };

static const uint64_t seed = 20140501;

static uint64_t random_n;

static uint64_t random64(void)
{
    return mt_random_at(seed, random_n++);
}

/* All magnitudes are as likely as each other, and so are the neighbours of powers of two and ten. */
static mt_i128 random128(void)
{
    unsigned __int128 value = (unsigned __int128)random64() << 64 | random64();
    unsigned form = (unsigned)(random64() % 8), shift = (unsigned)(random64() % 128);
    if (form < 5)
        value >>= shift;
    else if (form == 5)
        value = ((unsigned __int128)1 << shift) + random64() % 3 - 1;
    else if (form == 6)
        value = (unsigned __int128)mt_pow10_wide((int)(shift % 39)) + random64() % 3 - 1;
    else
        value = (unsigned __int128)I128_MAX - random64() % 3;
    return (mt_i128)(random64() & 1 ? value : -value);
}

static void print_seed(void)
{
    print_message("seed %llu\n", (unsigned long long)seed);
    random_n = 0;
}

static const enum mt_round rounds[] = { MT_ROUND_EXACT, MT_ROUND_DOWN, MT_ROUND_UP, MT_ROUND_ZERO, MT_ROUND_AWAY };
enum { ROUNDS = 5 };

/* The model's rounding of a quotient towards zero. */
static int model_round(struct big quotient, bool rest, enum mt_round round, mt_i128 *out)
{
    struct big one = { .count = 1, .digits = { 1 } };
    bool grow = (round == MT_ROUND_DOWN && quotient.negative) || (round == MT_ROUND_UP && !quotient.negative) ||
                round == MT_ROUND_AWAY;
    if (rest && round == MT_ROUND_EXACT)
        return MT_EINEXACT;
    if (rest && grow) {
        bool negative = quotient.negative;
        quotient = big_add_magnitude(quotient, &one, 0);
        quotient.negative = negative;
    }
    return big_fits(quotient, 128, out) ? 0 : MT_ERANGE;
}

/* ---- powers ---- */

static void powers_are_powers(void **state)
{
    (void)state;
    mt_i128 power = 1;
    for (int n = 0; n <= 38; n++, power *= n <= 38 ? 10 : 1) {
        assert_true(mt_pow10_wide(n) == power);
        if (n <= 18)
            assert_true(mt_pow10(n) == power);
    }
    assert_dies(mt_pow10(-1));
    assert_dies(mt_pow10(19));
    assert_dies(mt_pow10_wide(-1));
    assert_dies(mt_pow10_wide(39));
}

/* ---- add, subtract, multiply ---- */

static void sums_of_64_bits_at_the_edges(void **state)
{
    (void)state;
    static const struct { int64_t a, b, sum; int err; } add[] = {
        { 1, 2, 3, 0 },
        { INT64_MAX, 0, INT64_MAX, 0 },
        { INT64_MAX, 1, 0, MT_ERANGE },
        { INT64_MIN, -1, 0, MT_ERANGE },
        { INT64_MIN, INT64_MAX, -1, 0 },
        { INT64_MAX, INT64_MIN, -1, 0 },
    };
    for (size_t at = 0; at < sizeof add / sizeof add[0]; at++) {
        int64_t out = 77;
        assert_int_equal(mt_add64(add[at].a, add[at].b, &out), add[at].err);
        assert_true(out == (add[at].err ? 77 : add[at].sum));
    }
}

static void check_binary(mt_i128 a, mt_i128 b)
{
    struct big negated = big_of(b);
    negated.negative = b > 0;
    const struct { int (*run)(mt_i128, mt_i128, mt_i128 *); struct big result; } operations[] = {
        { mt_add128, big_add(big_of(a), big_of(b)) },
        { mt_sub128, big_add(big_of(a), negated) },
        { mt_mul128, big_mul(big_of(a), big_of(b)) },
    };
    for (size_t at = 0; at < 3; at++) {
        mt_i128 want = 0, got = 77;
        int err = big_fits(operations[at].result, 128, &want) ? 0 : MT_ERANGE;
        assert_int_equal(operations[at].run(a, b, &got), err);
        assert_true(got == (err ? 77 : want));
    }
}

static const mt_i128 edges[] = {
    0, 1, -1, 2, -2, 3, 10, INT64_MAX, INT64_MIN, (mt_i128)INT64_MAX + 1, (mt_i128)UINT64_MAX, (mt_i128)UINT64_MAX + 1,
    I128_MAX, I128_MAX - 1, I128_MIN, I128_MIN + 1, I128_MAX / 2, I128_MIN / 2, I128_MAX / 3, I128_MIN / 10,
};
enum { EDGES = sizeof edges / sizeof edges[0] };

static void sums_and_products_equal_the_model(void **state)
{
    (void)state;
    print_seed();
    for (size_t a = 0; a < EDGES; a++)
        for (size_t b = 0; b < EDGES; b++)
            check_binary(edges[a], edges[b]);
    for (int round = 0; round < RANDOM_ROUNDS; round++)
        check_binary(random128(), random128());
}

/* ---- divide, change the scale, muldiv ---- */

static void every_direction_with_every_sign(void **state)
{
    (void)state;
    static const struct { int numerator, denominator, want[ROUNDS]; } cells[] = {
        /*            exact        down up zero away */
        { 7, 2,   { MT_EINEXACT,   3,  4,  3,  4 } },
        { -7, 2,  { MT_EINEXACT,  -4, -3, -3, -4 } },
        { 6, 2,   { 3,             3,  3,  3,  3 } },
        { -6, 2,  { -3,           -3, -3, -3, -3 } },
        { 0, 5,   { 0,             0,  0,  0,  0 } },
        { 1, 1000, { MT_EINEXACT,  0,  1,  0,  1 } },
        { -1, 1000, { MT_EINEXACT, -1, 0,  0, -1 } },
        { 999, 1000, { MT_EINEXACT, 0, 1,  0,  1 } },
        { -999, 1000, { MT_EINEXACT, -1, 0, 0, -1 } },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        for (int round = 0; round < ROUNDS; round++) {
            bool inexact = round == 0 && cells[at].numerator % cells[at].denominator != 0;
            mt_i128 got = 77;
            int err = mt_div128(cells[at].numerator, cells[at].denominator, rounds[round], &got);
            assert_int_equal(err, inexact ? MT_EINEXACT : 0);
            assert_true(got == (inexact ? 77 : cells[at].want[round]));
        }
    }
}

static void check_div(mt_i128 numerator, mt_i128 denominator)
{
    bool rest;
    struct big quotient = big_div(big_of(numerator), big_of(denominator), &rest);
    for (int round = 0; round < ROUNDS; round++) {
        mt_i128 want = 0, got = 77;
        int err = model_round(quotient, rest, rounds[round], &want);
        assert_int_equal(mt_div128(numerator, denominator, rounds[round], &got), err);
        assert_true(got == (err ? 77 : want));
    }
}

static void division_equals_the_model(void **state)
{
    (void)state;
    print_seed();
    for (size_t a = 0; a < EDGES; a++)
        for (size_t b = 0; b < EDGES; b++)
            if (edges[b] > 0)
                check_div(edges[a], edges[b]);
    for (int round = 0; round < RANDOM_ROUNDS / 4; round++) {
        mt_i128 denominator = random128();
        if (denominator < 0)
            denominator = -(denominator + 1);
        check_div(random128(), denominator ? denominator : 1);
    }
    mt_i128 out;
    assert_dies(mt_div128(1, 0, MT_ROUND_DOWN, &out));
    assert_dies(mt_div128(1, -1, MT_ROUND_DOWN, &out));
    assert_dies(mt_div128(1, 1, (enum mt_round)5, &out));
}

static void check_rescale(mt_i128 value, int from, int to)
{
    bool rest = false;
    struct big result = to >= from ? big_mul(big_of(value), big_pow10(to - from))
                                   : big_div(big_of(value), big_pow10(from - to), &rest);
    for (int round = 0; round < ROUNDS; round++) {
        mt_i128 want = 0, got = 77;
        int err = model_round(result, rest, rounds[round], &want);
        assert_int_equal(mt_rescale128(value, from, to, rounds[round], &got), err);
        assert_true(got == (err ? 77 : want));
    }
}

static void rescale_equals_the_model(void **state)
{
    (void)state;
    print_seed();
    for (size_t at = 0; at < EDGES; at++)
        for (int from = 0; from <= 38; from += 19)
            for (int to = 0; to <= 38; to++)
                check_rescale(edges[at], from, to);
    for (int round = 0; round < RANDOM_ROUNDS / 8; round++)
        check_rescale(random128(), (int)(random64() % 39), (int)(random64() % 39));
    mt_i128 out;
    assert_dies(mt_rescale128(1, -1, 0, MT_ROUND_DOWN, &out));
    assert_dies(mt_rescale128(1, 39, 0, MT_ROUND_DOWN, &out));
    assert_dies(mt_rescale128(1, 0, -1, MT_ROUND_DOWN, &out));
    assert_dies(mt_rescale128(1, 0, 39, MT_ROUND_DOWN, &out));
}

static void check_muldiv(mt_i128 a, mt_i128 b, mt_i128 c)
{
    bool rest;
    struct big quotient = big_div(big_mul(big_of(a), big_of(b)), big_of(c), &rest);
    quotient.negative = (a < 0) != (b < 0);
    for (int round = 0; round < ROUNDS; round++) {
        mt_i128 want = 0, got = 77;
        int err = model_round(quotient, rest, rounds[round], &want);
        int result = mt_muldiv128(a, b, c, rounds[round], &got);
        /* Both complaints are true of a quotient that is far too big and leaves a rest. */
        if (err == MT_EINEXACT && result == MT_ERANGE)
            assert_int_equal(model_round(quotient, false, rounds[round], &want), MT_ERANGE);
        else
            assert_int_equal(result, err);
        assert_true(got == (err ? 77 : want));
    }
}

static void muldiv_equals_the_model(void **state)
{
    (void)state;
    print_seed();
    for (size_t a = 0; a < EDGES; a++)
        for (size_t b = 0; b < EDGES; b++)
            for (size_t c = 0; c < EDGES; c++)
                if (edges[c] > 0)
                    check_muldiv(edges[a], edges[b], edges[c]);
    for (int round = 0; round < RANDOM_ROUNDS / 4; round++) {
        mt_i128 c = random128();
        if (c < 0)
            c = -(c + 1);
        check_muldiv(random128(), random128(), c ? c : 1);
    }
    mt_i128 out;
    assert_dies(mt_muldiv128(1, 1, 0, MT_ROUND_DOWN, &out));
    assert_dies(mt_muldiv128(1, 1, -1, MT_ROUND_DOWN, &out));
}

/* Quotients of exactly 2^127 and of 2^128 - 1 with a rest: where the sign and the growth decide. */
static void muldiv_at_the_last_unit(void **state)
{
    (void)state;
    mt_i128 half = (mt_i128)1 << 126, got;
    assert_int_equal(mt_muldiv128(half, 4, 2, MT_ROUND_EXACT, &got), MT_ERANGE);
    assert_int_equal(mt_muldiv128(-half, 4, 2, MT_ROUND_EXACT, &got), 0);
    assert_true(got == I128_MIN);
    /* (2^65 - 1) * (2^65 + 1) / 4 = 2^128 - 1/4: growing the quotient would begin again at 0. */
    check_muldiv(((mt_i128)1 << 65) - 1, ((mt_i128)1 << 65) + 1, 4);
    check_muldiv(((mt_i128)1 << 65) - 1, -((mt_i128)1 << 65) - 1, 4);
    check_muldiv(I128_MIN, 7, 7);
    check_muldiv(I128_MAX, 7, 7);
    for (mt_i128 c = 2; c < 400; c++) {
        check_muldiv(I128_MAX, 2 * c + 1, c);
        check_muldiv(I128_MIN, 2 * c - 1, c);
        check_muldiv(I128_MIN, 2 * c - 1, c + 1);
        check_muldiv(I128_MIN, c + 1, c);
        check_muldiv(I128_MIN + 1, c + 1, c);
        check_muldiv(I128_MIN + c, c + 1, c);
    }
    mt_i128 c = I128_MAX;
    check_muldiv(I128_MAX, I128_MAX, c);
    check_muldiv(I128_MIN, I128_MIN, c);
    check_muldiv(I128_MIN, I128_MAX, c);
    check_muldiv(I128_MIN, I128_MAX, c - 1);
}

/* ---- doubles ---- */

/* Up to 2^53 the quotient is the double nearest to the text; strtod is the judge. */
static void to_double_is_the_nearest(void **state)
{
    (void)state;
    print_seed();
    for (int round = 0; round < RANDOM_ROUNDS; round++) {
        int scale = (int)(random64() % 19);
        int64_t value = (int64_t)(random64() % (UINT64_C(1) << 53)) >> (random64() % 50);
        char text[MT_DEC_TEXT];
        if (random64() & 1)
            value = -value;
        mt_dec_format(text, value, scale);
        assert_true(mt_dec_to_double(value, scale) == strtod(text, NULL));
        mt_money_format(text, value);
        assert_true(mt_money_to_double(value) == strtod(text, NULL));
        /* Bigger ones: within one unit in the last place. */
        value = (int64_t)random64();
        mt_dec_format(text, value, scale);
        double nearest = strtod(text, NULL), got = mt_dec_to_double(value, scale);
        assert_true(got == nearest || got == nextafter(nearest, INFINITY) || got == nextafter(nearest, -INFINITY));
    }
    assert_true(mt_dec_to_double(INT64_MIN, 0) == -0x1p63);
    assert_true(mt_money_to_double(I128_MIN) == -0x1p127 / 1e8);
    assert_dies(mt_dec_to_double(1, -1));
    assert_dies(mt_dec_to_double(1, 19));
}

static void from_double_on_and_off_the_step(void **state)
{
    (void)state;
    const double p50 = 0x1p50;
    const struct { double x; int scale; int64_t step; int err; int64_t want; } cells[] = {
        { 1.08765, 5, 1, 0, 108765 },
        { 0.3, 1, 1, 0, 3 },
        { 0.1 + 0.2, 1, 1, 0, 3 },
        { 0.1 * 3, 2, 10, 0, 30 },
        { -0.0, 5, 1, 0, 0 },
        { -0.05, 2, 5, 0, -5 },
        { 0.05, 2, 2, MT_EINEXACT, 0 },
        { 0.005, 2, 1, MT_EINEXACT, 0 },
        { 1e-17, 5, 1, MT_EINEXACT, 0 },
        { 1.0, 18, 1000, 0, INT64_C(1000000000000000000) },
        { 9.0, 18, INT64_C(1000000000000000000), 0, INT64_C(9000000000000000000) },
        { 10.0, 18, INT64_C(1000000000000000000), MT_ERANGE, 0 },
        { -9.0, 18, INT64_C(1000000000000000000), 0, INT64_C(-9000000000000000000) },
        { p50, 0, 1, 0, INT64_C(1) << 50 },
        { -p50, 0, 1, 0, -(INT64_C(1) << 50) },
        { p50 * 1.0000001, 0, 1, MT_ERANGE, 0 },
        { -p50 * 1.0000001, 0, 1, MT_ERANGE, 0 },
        { p50, 0, INT64_C(1) << 13, 0, INT64_C(1) << 50 },
        { p50 - 0.5, 0, 1, MT_EINEXACT, 0 },            /* relative 1e-9 alone would accept it */
        { 1e9 + 0.5, 0, 1, MT_EINEXACT, 0 },
        { 1e9 + 0.25, 0, 1, 0, 1000000000 },
        { 1e9 + 0.3125, 0, 1, MT_EINEXACT, 0 },
        { p50 + 0.25, 0, 1, 0, INT64_C(1) << 50 },
        { p50 + 0.75, 0, 1, MT_ERANGE, 0 },
        { 1e6 + 0.0009, 0, 1, 0, 1000000 },
        { 1e6 + 0.0011, 0, 1, MT_EINEXACT, 0 },
        { 1e308, 18, 1, MT_ERANGE, 0 },
        { -1e308, 18, 1, MT_ERANGE, 0 },
        { (double)NAN, 0, 1, MT_ESYNTAX, 0 },
        { (double)INFINITY, 0, 1, MT_ESYNTAX, 0 },
        { -(double)INFINITY, 0, 1, MT_ESYNTAX, 0 },
        { DBL_TRUE_MIN, 18, 1, MT_EINEXACT, 0 },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        int64_t got = 77;
        int err = mt_dec_from_double(cells[at].x, cells[at].scale, cells[at].step, &got);
        if (err != cells[at].err)
            print_message("cell %zu, %.17g\n", at, cells[at].x);
        assert_int_equal(err, cells[at].err);
        assert_true(got == (err ? 77 : cells[at].want));
    }
    int64_t out;
    assert_dies(mt_dec_from_double(1, -1, 1, &out));
    assert_dies(mt_dec_from_double(1, 19, 1, &out));
    assert_dies(mt_dec_from_double(1, 0, 0, &out));
    assert_dies(mt_dec_from_double(1, 0, -1, &out));
    assert_dies(mt_dec_from_double_round(1, 0, 1, (enum mt_round)5, &out));
}

static void from_double_round_at_the_limit_of_steps(void **state)
{
    (void)state;
    int64_t got = 77;
    assert_int_equal(mt_dec_from_double_round(0x1p50 + 0.5, 0, 1, MT_ROUND_UP, &got), MT_ERANGE);
    assert_int_equal(mt_dec_from_double_round(-0x1p50 - 0.5, 0, 1, MT_ROUND_AWAY, &got), MT_ERANGE);
    assert_true(got == 77);
    assert_int_equal(mt_dec_from_double_round(0x1p50 + 0.5, 0, 1, MT_ROUND_DOWN, &got), 0);
    assert_true(got == INT64_C(1) << 50);
    assert_int_equal(mt_dec_from_double_round(-0x1p50 - 0.5, 0, 1, MT_ROUND_ZERO, &got), 0);
    assert_true(got == -(INT64_C(1) << 50));
}

static void from_double_moves_only_what_is_off_step(void **state)
{
    (void)state;
    static const struct { double x; int64_t want[ROUNDS]; } cells[] = {
        /*            exact    down up zero away, in steps of 0.1 */
        { 0.3,       { 3,       3,  3,  3,  3 } },
        { 0.1 + 0.2, { 3,       3,  3,  3,  3 } },
        { 0.7 - 0.4, { 3,       3,  3,  3,  3 } },
        { 0.35,      { -99,     3,  4,  3,  4 } },
        { -0.35,     { -99,    -4, -3, -3, -4 } },
        { -0.3,      { -3,     -3, -3, -3, -3 } },
        { 0.02,      { -99,     0,  1,  0,  1 } },
        { -0.02,     { -99,    -1,  0,  0, -1 } },
        { 0.0,       { 0,       0,  0,  0,  0 } },
        /* 1e-9 relative is on the step for the border that refuses, not for the one that rounds. */
        { 100.09999999,  { 1001, 1000, 1001, 1000, 1001 } },
        { 100.10000001,  { 1001, 1001, 1002, 1001, 1002 } },
        { -100.09999999, { -1001, -1001, -1000, -1000, -1001 } },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        for (int round = 0; round < ROUNDS; round++) {
            int64_t got = -99;
            int err = mt_dec_from_double_round(cells[at].x, 3, 100, rounds[round], &got);
            bool inexact = cells[at].want[round] == -99;
            assert_int_equal(err, inexact ? MT_EINEXACT : 0);
            assert_true(got == (inexact ? -99 : cells[at].want[round] * 100));
        }
    }
}

/* The nearest whole number of steps below or above a decimal number, exactly: units and finer are 10^-(scale + 3). */
static int64_t exact_steps(mt_i128 finer, int64_t step, bool up)
{
    mt_i128 size = (mt_i128)step * 1000, floor = finer / size - (finer % size < 0);
    return (int64_t)(floor + (up && floor * size != finer));
}

static double decimal(mt_i128 units, int scale)
{
    char text[MT_DEC_TEXT];
    mt_wide_format(text, units, scale);
    return strtod(text, NULL);
}

/* Numbers written with three more decimals than the step has: what is off the step is moved in the direction asked for,
 * however near the step and however many steps it is, as long as a double can tell it from the step. */
static void rounding_equals_exact_decimals(void **state)
{
    (void)state;
    print_seed();
    int on = 0, off = 0;
    for (int round = 0; round < RANDOM_ROUNDS * 20; round++) {
        int scale = (int)(random64() % 12);
        int64_t step = (random64() & 1 ? 1 : 5) * mt_pow10((int)(random64() % 3));
        int64_t steps = (int64_t)(random64() >> (20 + random64() % 44));
        mt_i128 finer = (mt_i128)steps * step * 1000;
        int64_t part = random64() % 4 == 0 ? 0 : 1 + (int64_t)(random64() % (uint64_t)(random64() & 1 ? 9 : 999));
        finer += random64() & 1 ? part : -part;
        if (random64() & 1)
            finer = -finer;
        double x = decimal(finer, scale + 3), ulp = nextafter(fabs(x), INFINITY) - fabs(x);
        int64_t near = part < step * 1000 - part ? part : step * 1000 - part;
        if (part != 0 && ulp * 6 * mt_pow10_double[scale] * 1000 > (double)near)
            continue;
        if (ulp * mt_pow10_double[scale] / (double)step > 0.01)
            continue;
        on += part == 0;
        off += part != 0;
        int64_t down = exact_steps(finer, step, false) * step, up = exact_steps(finer, step, true) * step, got;
        assert_int_equal(mt_dec_from_double_round(x, scale, step, MT_ROUND_DOWN, &got), 0);
        assert_true(got == down);
        assert_int_equal(mt_dec_from_double_round(x, scale, step, MT_ROUND_UP, &got), 0);
        assert_true(got == up);
        assert_int_equal(mt_dec_from_double_round(x, scale, step, MT_ROUND_ZERO, &got), 0);
        assert_true(got == (finer < 0 ? up : down));
        assert_int_equal(mt_dec_from_double_round(x, scale, step, MT_ROUND_AWAY, &got), 0);
        assert_true(got == (finer < 0 ? down : up));
    }
    assert_true(on > RANDOM_ROUNDS && off > RANDOM_ROUNDS);
}

/* Sums and multiples of numbers that are on the step stay on it. */
static void arithmetic_on_the_step_is_not_moved(void **state)
{
    (void)state;
    print_seed();
    for (int round = 0; round < RANDOM_ROUNDS * 5; round++) {
        int scale = (int)(random64() % 12);
        int64_t step = (random64() & 1 ? 1 : 5) * mt_pow10((int)(random64() % 3));
        int64_t a = step * (int64_t)(random64() >> (24 + random64() % 40)), b = step * (int64_t)(random64() >> 40), got;
        int64_t times = (int64_t)(random64() % 1000);
        double sum = mt_dec_to_double(a, scale) + mt_dec_to_double(b, scale);
        double product = mt_dec_to_double(b, scale) * (double)times;
        for (int at = 0; at < ROUNDS; at++) {
            assert_int_equal(mt_dec_from_double_round(sum, scale, step, rounds[at], &got), 0);
            assert_true(got == a + b);
            assert_int_equal(mt_dec_from_double_round(-product, scale, step, rounds[at], &got), 0);
            assert_true(got == -b * times);
        }
    }
}

/* What goes out as a double comes back as the same number, over all scales, steps and sizes up to 2^50 steps. */
static void doubles_come_back(void **state)
{
    (void)state;
    print_seed();
    for (int round = 0; round < RANDOM_ROUNDS * 5; round++) {
        int scale = (int)(random64() % 19);
        int64_t step = 1 + (int64_t)(random64() % 1000);
        int64_t steps = (int64_t)(random64() % ((UINT64_C(1) << 50) + 1)) >> (random64() % 51);
        int64_t value = (random64() & 1 ? steps : -steps) * step, got = 77;
        double x = mt_dec_to_double(value, scale);
        assert_int_equal(mt_dec_from_double(x, scale, step, &got), 0);
        assert_true(got == value);
        enum mt_round direction = rounds[random64() % ROUNDS];
        assert_int_equal(mt_dec_from_double_round(x, scale, step, direction, &got), 0);
        assert_true(got == value);
        /* Half a step off is noticed, as long as doubles lie close enough to tell. */
        if (step % 2 == 0 && steps < INT64_C(1) << 48) {
            x = mt_dec_to_double(value + step / 2, scale);
            assert_int_equal(mt_dec_from_double(x, scale, step, &got), MT_EINEXACT);
            assert_int_equal(mt_dec_from_double_round(x, scale, step, MT_ROUND_DOWN, &got), 0);
            assert_true(got == value);
            assert_int_equal(mt_dec_from_double_round(x, scale, step, MT_ROUND_UP, &got), 0);
            assert_true(got == value + step);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_are_powers),
        cmocka_unit_test(sums_of_64_bits_at_the_edges),
        cmocka_unit_test(sums_and_products_equal_the_model),
        cmocka_unit_test(every_direction_with_every_sign),
        cmocka_unit_test(division_equals_the_model),
        cmocka_unit_test(rescale_equals_the_model),
        cmocka_unit_test(muldiv_equals_the_model),
        cmocka_unit_test(muldiv_at_the_last_unit),
        cmocka_unit_test(to_double_is_the_nearest),
        cmocka_unit_test(from_double_on_and_off_the_step),
        cmocka_unit_test(from_double_round_at_the_limit_of_steps),
        cmocka_unit_test(from_double_moves_only_what_is_off_step),
        cmocka_unit_test(rounding_equals_exact_decimals),
        cmocka_unit_test(arithmetic_on_the_step_is_not_moved),
        cmocka_unit_test(doubles_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
