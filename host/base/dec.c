/* Arithmetic works on magnitudes (unsigned, with the sign beside it): that way the five directions of rounding are one
 * function, and the most negative number needs no special case. */
#include <math.h>
#include "base/dec.h"

typedef unsigned __int128 u128;

enum { WIDE_SCALE_MAX = 38 };

#define STEPS_MAX 0x1p50
#define NEAR_STEP 0.3           /* of a step: nothing farther off counts as on it */

static const int64_t pow10_table[MT_SCALE_MAX + 1] = {
    INT64_C(1), INT64_C(10), INT64_C(100), INT64_C(1000), INT64_C(10000), INT64_C(100000), INT64_C(1000000),
    INT64_C(10000000), INT64_C(100000000), INT64_C(1000000000), INT64_C(10000000000), INT64_C(100000000000),
    INT64_C(1000000000000), INT64_C(10000000000000), INT64_C(100000000000000), INT64_C(1000000000000000),
    INT64_C(10000000000000000), INT64_C(100000000000000000), INT64_C(1000000000000000000),
};

/* Powers up to 10^22 are exact doubles, so one division by them is correctly rounded. */
const double mt_pow10_double[MT_SCALE_MAX + 1] = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
};

int64_t mt_pow10(int n)
{
    MT_ASSERT(n >= 0);
    MT_ASSERT(n <= MT_SCALE_MAX);
    return pow10_table[n];
}

mt_i128 mt_pow10_wide(int n)
{
    MT_ASSERT(n >= 0);
    MT_ASSERT(n <= WIDE_SCALE_MAX);
    mt_i128 power = 1;
    for (; n > MT_SCALE_MAX; n -= MT_SCALE_MAX)
        power *= pow10_table[MT_SCALE_MAX];
    return power * pow10_table[n];
}

int mt_add64(int64_t a, int64_t b, int64_t *out)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return MT_ERANGE;
    *out = sum;
    return 0;
}

int mt_add128(mt_i128 a, mt_i128 b, mt_i128 *out)
{
    mt_i128 sum;
    if (__builtin_add_overflow(a, b, &sum))
        return MT_ERANGE;
    *out = sum;
    return 0;
}

int mt_sub128(mt_i128 a, mt_i128 b, mt_i128 *out)
{
    mt_i128 difference;
    if (__builtin_sub_overflow(a, b, &difference))
        return MT_ERANGE;
    *out = difference;
    return 0;
}

static u128 magnitude_of(mt_i128 value)
{
    return value < 0 ? -(u128)value : (u128)value;
}

static int signed_from(u128 magnitude, bool negative, mt_i128 *out)
{
    u128 limit = ((u128)1 << 127) - (negative ? 0 : 1);
    if (magnitude > limit)
        return MT_ERANGE;
    *out = (mt_i128)(negative ? -magnitude : magnitude);
    return 0;
}

int mt_mul128(mt_i128 a, mt_i128 b, mt_i128 *out)
{
    u128 product;
    /* Not the signed builtin: clang would call __muloti4, which libgcc does not have. */
    if (__builtin_mul_overflow(magnitude_of(a), magnitude_of(b), &product))
        return MT_ERANGE;
    return signed_from(product, (a < 0) != (b < 0), out);
}

/* What a truncated magnitude that left a remainder must grow by: 0 or 1, or MT_EINEXACT. */
static int rounding_growth(bool negative, enum mt_round round)
{
    MT_ASSERT(round <= MT_ROUND_AWAY);
    static const signed char growth[][2] = {
        [MT_ROUND_EXACT] = { MT_EINEXACT, MT_EINEXACT },
        [MT_ROUND_DOWN] = { 0, 1 },
        [MT_ROUND_UP] = { 1, 0 },
        [MT_ROUND_ZERO] = { 0, 0 },
        [MT_ROUND_AWAY] = { 1, 1 },
    };
    return growth[round][negative];
}

static int quotient_finish(u128 quotient, bool remainder, bool negative, enum mt_round round, mt_i128 *out)
{
    int growth = rounding_growth(negative, round);
    if (!remainder)
        return signed_from(quotient, negative, out);
    if (growth < 0)
        return growth;
    if (quotient == ~(u128)0)
        return MT_ERANGE;       /* growing would begin again at 0 */
    return signed_from(quotient + (unsigned)growth, negative, out);
}

int mt_div128(mt_i128 numerator, mt_i128 denominator, enum mt_round round, mt_i128 *out)
{
    MT_ASSERT(denominator > 0);
    u128 magnitude = magnitude_of(numerator);
    u128 quotient = magnitude / (u128)denominator;
    return quotient_finish(quotient, quotient * (u128)denominator != magnitude, numerator < 0, round, out);
}

int mt_rescale128(mt_i128 value, int from, int to, enum mt_round round, mt_i128 *out)
{
    MT_ASSERT(from >= 0);
    MT_ASSERT(from <= WIDE_SCALE_MAX);
    MT_ASSERT(to >= 0);
    MT_ASSERT(to <= WIDE_SCALE_MAX);
    if (to >= from)
        return mt_mul128(value, mt_pow10_wide(to - from), out);
    return mt_div128(value, mt_pow10_wide(from - to), round, out);
}

/* 128 x 128 -> 256 bits by four 64-bit products, as on paper. */
static void mul_wide(u128 a, u128 b, u128 *high, u128 *low)
{
    uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64), b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    u128 p00 = (u128)a0 * b0, p01 = (u128)a0 * b1, p10 = (u128)a1 * b0, p11 = (u128)a1 * b1;
    u128 middle = (p00 >> 64) + (uint64_t)p01 + (uint64_t)p10;
    *low = (middle << 64) | (uint64_t)p00;
    *high = p11 + (p01 >> 64) + (p10 >> 64) + (middle >> 64);
}

/* (high * 2^128 + low) / divisor, bit by bit. high < divisor < 2^127, so the rest never loses its top bit. Only
 * products beyond 128 bits come here; those are rare enough for the 128 steps. */
static u128 div_wide(u128 high, u128 low, u128 divisor, u128 *rest)
{
    u128 quotient = 0;
    for (int bit = 127; bit >= 0; bit--) {
        high = (high << 1) | ((low >> bit) & 1);
        quotient <<= 1;
        if (high >= divisor) {
            high -= divisor;
            quotient |= 1;
        }
    }
    *rest = high;
    return quotient;
}

int mt_muldiv128(mt_i128 a, mt_i128 b, mt_i128 c, enum mt_round round, mt_i128 *out)
{
    MT_ASSERT(c > 0);
    bool negative = (a < 0) != (b < 0);
    u128 high, low, quotient, rest;
    mul_wide(magnitude_of(a), magnitude_of(b), &high, &low);
    if (high >= (u128)c)
        return MT_ERANGE;
    if (high == 0) {
        quotient = low / (u128)c;
        rest = low - quotient * (u128)c;
    } else {
        quotient = div_wide(high, low, (u128)c, &rest);
    }
    return quotient_finish(quotient, rest != 0, negative, round, out);
}

/* x in steps, as the nearest whole number and the rest, -0.5..0.5. */
struct steps { double whole, rest; };

/* Two plain roundings on the way would already cost half a step at 2^50 steps. fma gives what each of them dropped, so
 * the rest is that of x itself. */
static struct steps steps_from(double x, double power, double step)
{
    double product = x * power;
    double whole = nearbyint(product / step);
    double back = whole * step;
    double rest = ((product - back) + (fma(x, power, -product) - fma(whole, step, -back))) / step;
    double more = nearbyint(rest);
    return (struct steps){ whole + more, rest - more };
}

/* Off the step: to the whole number on the other side of the rest, if the direction asks for it. */
static double rounded_by(struct steps steps, double x, enum mt_round round)
{
    bool up = round == MT_ROUND_UP || round == (x < 0 ? MT_ROUND_ZERO : MT_ROUND_AWAY);
    if (up)
        return steps.rest > 0 ? steps.whole + 1 : steps.whole;
    return steps.rest < 0 ? steps.whole - 1 : steps.whole;
}

/* What a sum or product of two numbers that are on the step may be off by: 0.1 * 3 is one ulp above 0.3. */
static double few_ulps(double x)
{
    double size = fabs(x);
    return 4 * (nextafter(size, INFINITY) - size);
}

int mt_dec_from_double_round(double x, int scale, int64_t step, enum mt_round round, int64_t *out)
{
    MT_ASSERT(scale >= 0);
    MT_ASSERT(scale <= MT_SCALE_MAX);
    MT_ASSERT(step > 0);
    MT_ASSERT(round <= MT_ROUND_AWAY);
    if (!isfinite(x))
        return MT_ESYNTAX;
    /* The rest of a value a little beyond the limit may still round to the limit. */
    if (!(fabs(x * mt_pow10_double[scale] / (double)step) <= STEPS_MAX + 0.5))
        return MT_ERANGE;
    struct steps steps = steps_from(x, mt_pow10_double[scale], (double)step);
    double near = round == MT_ROUND_EXACT ? fabs(steps.whole + steps.rest) * 1e-9
                                          : few_ulps(x) * mt_pow10_double[scale] / (double)step;
    /* From 3e8 steps on, 1e-9 relative would be more than the cap and soon accept anything, and so would a few ulps
     * near the limit. The cap still covers what a double of mt_dec_to_double can be off by at 2^50 steps, so a number
     * that is on the step is never refused or moved. */
    if (fabs(steps.rest) > fmin(near, NEAR_STEP)) {
        if (round == MT_ROUND_EXACT)
            return MT_EINEXACT;
        steps.whole = rounded_by(steps, x, round);
    }
    int64_t units;
    if (fabs(steps.whole) > STEPS_MAX || __builtin_mul_overflow((int64_t)steps.whole, step, &units))
        return MT_ERANGE;
    *out = units;
    return 0;
}

int mt_dec_from_double(double x, int scale, int64_t step, int64_t *out)
{
    return mt_dec_from_double_round(x, scale, step, MT_ROUND_EXACT, out);
}
