/* dec: exact decimal numbers.
 * A price or quantity is an int64_t in units of 10^-scale, scale 0..18 fixed per instrument. Money is mt_money, a
 * 128-bit integer in units of 10^-8 of its currency. Nothing here rounds unless the caller names the direction, and
 * every operation that can overflow says so. No function reads the locale. */
#ifndef MT_BASE_DEC_H
#define MT_BASE_DEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

typedef __int128 mt_i128;
typedef __int128 mt_money;              /* 10^-8 of the currency */

enum { MT_SCALE_MAX = 18, MT_MONEY_SCALE = 8, MT_DEC_TEXT = 48 };  /* MT_DEC_TEXT: room for any formatted number */

enum mt_round {
    MT_ROUND_EXACT,     /* a remainder is MT_EINEXACT */
    MT_ROUND_DOWN,      /* towards minus infinity */
    MT_ROUND_UP,        /* towards plus infinity */
    MT_ROUND_ZERO,      /* towards zero */
    MT_ROUND_AWAY,      /* away from zero */
};

/* 10^n for n in 0..18 (int64_t) and 0..38 (128 bits). */
int64_t mt_pow10(int n);
mt_i128 mt_pow10_wide(int n);

/* Parse [+-]digits[.digits][e[+-]digits] in text[0..length) into units of 10^-scale.
 * MT_ESYNTAX: anything else, empty, blanks, "nan", "inf", hex. MT_EINEXACT: digits below the scale that are not zero.
 * MT_ERANGE: does not fit. `out` is untouched on failure. */
int mt_dec_parse(const char *text, size_t length, int scale, int64_t *out) MT_CHECKED;
int mt_money_parse(const char *text, size_t length, mt_money *out) MT_CHECKED;

/* How many decimals the text needs without trailing zeros ("1.2300" -> 2); negative error if it is not a number. */
int mt_dec_decimals(const char *text, size_t length) MT_CHECKED;

/* Write with exactly `scale` decimals ("-0.05"), or without trailing zeros (_short: "1.5", "2"). Returns the length;
 * buf has MT_DEC_TEXT bytes and is zero terminated. Minus zero does not exist. */
size_t mt_dec_format(char *buf, int64_t value, int scale);
size_t mt_dec_format_short(char *buf, int64_t value, int scale);
size_t mt_wide_format(char *buf, mt_i128 value, int scale);
size_t mt_money_format(char *buf, mt_money value);          /* always 8 decimals */

/* Checked arithmetic: 0 or MT_ERANGE, out untouched on failure. */
int mt_add64(int64_t a, int64_t b, int64_t *out) MT_CHECKED;
int mt_add128(mt_i128 a, mt_i128 b, mt_i128 *out) MT_CHECKED;
int mt_sub128(mt_i128 a, mt_i128 b, mt_i128 *out) MT_CHECKED;
int mt_mul128(mt_i128 a, mt_i128 b, mt_i128 *out) MT_CHECKED;

/* numerator / denominator (denominator > 0) in the named direction. MT_EINEXACT only with MT_ROUND_EXACT. */
int mt_div128(mt_i128 numerator, mt_i128 denominator, enum mt_round round, mt_i128 *out) MT_CHECKED;

/* Change of scale: value * 10^(to - from). */
int mt_rescale128(mt_i128 value, int from, int to, enum mt_round round, mt_i128 *out) MT_CHECKED;

/* a * b / c with a 256-bit intermediate, c > 0: conversion rates and parts of a position must not overflow half-way. */
int mt_muldiv128(mt_i128 a, mt_i128 b, mt_i128 c, enum mt_round round, mt_i128 *out) MT_CHECKED;

/* The nearest double of value / 10^scale (correctly rounded when |value| < 2^53, within 1 ulp otherwise). scale
 * 0..18. Inline, because every tick projects five to ten numbers for scripts. */
extern const double mt_pow10_double[MT_SCALE_MAX + 1];
static inline double mt_dec_to_double(int64_t value, int scale)
{
    MT_ASSERT((unsigned)scale <= MT_SCALE_MAX);
    return (double)value / mt_pow10_double[scale];
}
static inline double mt_money_to_double(mt_money value)
{
    if (value == (int64_t)value)                /* up to 92 billion: the conversion of 128 bits is a slow call */
        return (double)(int64_t)value / mt_pow10_double[MT_MONEY_SCALE];
    return (double)value / mt_pow10_double[MT_MONEY_SCALE];
}

/* The border from Lua: x must be within 1e-9 relative of a whole number of steps (step in units of 10^-scale, > 0), and
 * never more than 0.3 of a step off, and at most 2^50 steps; the result is that whole number times step.
 * MT_ESYNTAX: NaN or infinite. MT_ERANGE: too many steps. MT_EINEXACT: off step. -0.0 is 0. */
int mt_dec_from_double(double x, int scale, int64_t step, int64_t *out) MT_CHECKED;

/* Moves off-step values to the step below (MT_ROUND_DOWN), above (MT_ROUND_UP), towards zero or away from it. On the
 * step is what lies within 4 ulps of x, and never more than 0.3 of a step, from a whole number of steps: 0.3 with step
 * 0.1 is 3 steps and not 2, but 1.999999998 with step 10^-8 is moved. A difference of large numbers can be off by more.
 * MT_ROUND_EXACT is mt_dec_from_double. Errors as above. */
int mt_dec_from_double_round(double x, int scale, int64_t step, enum mt_round round, int64_t *out) MT_CHECKED;

#endif
