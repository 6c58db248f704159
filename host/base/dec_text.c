#include <limits.h>
#include <string.h>
#include "base/dec.h"
#include "base/dec_text.h"

typedef unsigned __int128 u128;

/* Far beyond any exponent that fits, far below what could overflow when the length of a text is added to it. */
#define EXPONENT_LIMIT (INT64_C(1) << 60)

enum { WIDE_SCALE_MAX = 38, FAST_LENGTH_MAX = 19 };

/* Zeros wait in `pending` until a digit that counts follows them, so "1" with a thousand zeros behind it is small. */
struct digits { u128 mantissa; int64_t pending; bool too_long; };

static void digit_add(struct digits *digits, char c)
{
    bool first = digits->mantissa == 0;
    if (c == '0') {
        digits->pending += !first;
        return;
    }
    int64_t shift = first ? 0 : digits->pending + 1;
    u128 shifted = 0;
    digits->pending = 0;
    if (digits->too_long)
        return;
    if (shift > WIDE_SCALE_MAX ||
        __builtin_mul_overflow(digits->mantissa, (u128)mt_pow10_wide((int)shift), &shifted) ||
        __builtin_add_overflow(shifted, (u128)(c - '0'), &shifted))
        digits->too_long = true;
    else
        digits->mantissa = shifted;
}

/* e[+-]digits at text[at..length); a magnitude beyond the limit stays at the limit. */
static int exponent_read(const char *text, size_t at, size_t length, int64_t *out)
{
    bool negative = at < length && text[at] == '-';
    if (at < length && (text[at] == '-' || text[at] == '+'))
        at++;
    if (at == length)
        return MT_ESYNTAX;
    int64_t value = 0;
    for (; at < length; at++) {
        if (!mt_is_digit(text[at]))
            return MT_ESYNTAX;
        if (value < EXPONENT_LIMIT / 10)
            value = value * 10 + (text[at] - '0');
        else
            value = EXPONENT_LIMIT;
    }
    *out = negative ? -value : value;
    return 0;
}

int mt_dec_text_read(const char *text, size_t length, struct mt_dec_text *out)
{
    size_t at = 0;
    struct digits digits = { 0 };
    int64_t exponent = 0, fraction = 0;
    bool negative = length > 0 && text[0] == '-';
    if (length > 0 && (text[0] == '-' || text[0] == '+'))
        at++;
    size_t start = at;
    for (; at < length && mt_is_digit(text[at]); at++)
        digit_add(&digits, text[at]);
    if (at == start)
        return MT_ESYNTAX;
    if (at < length && text[at] == '.') {
        start = ++at;
        for (; at < length && mt_is_digit(text[at]); at++)
            digit_add(&digits, text[at]);
        if (at == start)
            return MT_ESYNTAX;
        fraction = (int64_t)(at - start);
    }
    if (at < length) {
        if (text[at] != 'e' && text[at] != 'E')
            return MT_ESYNTAX;
        if (exponent_read(text, at + 1, length, &exponent) != 0)
            return MT_ESYNTAX;
    }
    out->mantissa = digits.mantissa;
    out->exponent = digits.mantissa == 0 ? 0 : exponent - fraction + digits.pending;
    out->negative = negative;
    out->too_long = digits.too_long;
    return 0;
}

/* The magnitude in units of 10^-scale. Digits below the scale are reported before a number that is too big. */
static int units_from(const struct mt_dec_text *number, int scale, u128 *out)
{
    int64_t shift = number->exponent + scale;
    if (number->mantissa == 0) {
        *out = 0;
        return 0;
    }
    if (shift < 0)
        return MT_EINEXACT;
    if (number->too_long || shift > WIDE_SCALE_MAX)
        return MT_ERANGE;
    u128 units;
    if (__builtin_mul_overflow(number->mantissa, (u128)mt_pow10_wide((int)shift), &units))
        return MT_ERANGE;
    *out = units;
    return 0;
}

static int parse_slow(const char *text, size_t length, int scale, int64_t *out)
{
    struct mt_dec_text number;
    u128 units;
    int err = mt_dec_text_read(text, length, &number);
    if (err == 0)
        err = units_from(&number, scale, &units);
    if (err != 0)
        return err;
    if (units > (u128)INT64_MAX + number.negative)
        return MT_ERANGE;
    *out = (int64_t)(number.negative ? -(uint64_t)units : (uint64_t)units);
    return 0;
}

/* Most fields of a file are up to 19 plain characters: those cannot overflow 64 bits while they are read. Everything
 * that is not that simple, the errors included, is left to the slow reader, so there is one judge of the syntax. */
int mt_dec_parse(const char *text, size_t length, int scale, int64_t *out)
{
    MT_ASSERT(scale >= 0);
    MT_ASSERT(scale <= MT_SCALE_MAX);
    if (length == 0 || length > FAST_LENGTH_MAX)
        return parse_slow(text, length, scale, out);
    const char *at = text, *end = text + length;
    bool negative = *at == '-';
    at += negative;
    uint64_t value = 0;
    const char *start = at;
    while (at < end && mt_is_digit(*at))
        value = value * 10 + (uint64_t)(*at++ - '0');
    if (at == start)
        return parse_slow(text, length, scale, out);
    int missing = scale;
    if (at < end && *at == '.') {
        start = ++at;
        while (at < end && mt_is_digit(*at))
            value = value * 10 + (uint64_t)(*at++ - '0');
        if (at == start)
            return parse_slow(text, length, scale, out);
        missing -= (int)(at - start);
    }
    uint64_t units;
    if (at != end || missing < 0 || __builtin_mul_overflow(value, (uint64_t)mt_pow10(missing), &units) ||
        units > (uint64_t)INT64_MAX)
        return parse_slow(text, length, scale, out);
    *out = negative ? -(int64_t)units : (int64_t)units;
    return 0;
}

int mt_money_parse(const char *text, size_t length, mt_money *out)
{
    struct mt_dec_text number;
    u128 units;
    int err = mt_dec_text_read(text, length, &number);
    if (err == 0)
        err = units_from(&number, MT_MONEY_SCALE, &units);
    if (err != 0)
        return err;
    if (units > ((u128)1 << 127) - !number.negative)
        return MT_ERANGE;
    *out = (mt_money)(number.negative ? -units : units);
    return 0;
}

int mt_dec_decimals(const char *text, size_t length)
{
    struct mt_dec_text number;
    int err = mt_dec_text_read(text, length, &number);
    if (err != 0)
        return err;
    if (number.exponent >= 0)
        return 0;
    return number.exponent < -INT_MAX ? MT_ERANGE : (int)-number.exponent;
}

/* Digits of value from the right into the bytes before `end`; at least `width` of them. Two at a time: each division
 * costs as much as all the rest of the loop. */
static char *digits_write(char *end, uint64_t value, int width)
{
    for (; value >= 10; width -= 2, value /= 100) {
        unsigned pair = (unsigned)(value % 100);
        *--end = (char)('0' + pair % 10);
        *--end = (char)('0' + pair / 10);
    }
    for (; value != 0 || width > 0; width--, value /= 10)
        *--end = (char)('0' + value % 10);
    return end;
}

/* sign, whole part, point, exactly `scale` decimals, from digits that stand right-aligned before `end`. */
static size_t number_write(char *buf, bool negative, const char *digits, const char *end, int scale)
{
    char *at = buf;
    const char *point = end - scale;
    if (negative)
        *at++ = '-';
    while (digits < point)              /* a few digits: a call to copy them would cost more */
        *at++ = *digits++;
    if (scale > 0)
        *at++ = '.';
    while (digits < end)
        *at++ = *digits++;
    *at = '\0';
    return (size_t)(at - buf);
}

size_t mt_dec_format(char *buf, int64_t value, int scale)
{
    MT_ASSERT(scale >= 0);
    MT_ASSERT(scale <= MT_SCALE_MAX);
    char digits[MT_DEC_TEXT], *end = digits + sizeof digits;
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    return number_write(buf, value < 0, digits_write(end, magnitude, scale + 1), end, scale);
}

size_t mt_dec_format_short(char *buf, int64_t value, int scale)
{
    MT_ASSERT(scale >= 0);
    MT_ASSERT(scale <= MT_SCALE_MAX);
    if (value % mt_pow10(scale) == 0)   /* whole quantities are the most frequent ones */
        return mt_dec_format(buf, value / mt_pow10(scale), 0);
    for (; value % 10 == 0; scale--)
        value /= 10;
    return mt_dec_format(buf, value, scale);
}

size_t mt_wide_format(char *buf, mt_i128 value, int scale)
{
    MT_ASSERT(scale >= 0);
    MT_ASSERT(scale <= WIDE_SCALE_MAX);
    char digits[MT_DEC_TEXT], *end = digits + sizeof digits, *at = end;
    const u128 chunk = (u128)mt_pow10(MT_SCALE_MAX);
    u128 magnitude = value < 0 ? -(u128)value : (u128)value;
    int width = scale + 1;
    for (; magnitude >= chunk; magnitude /= chunk, width -= MT_SCALE_MAX)
        at = digits_write(at, (uint64_t)(magnitude % chunk), MT_SCALE_MAX);
    at = digits_write(at, (uint64_t)magnitude, width);
    return number_write(buf, value < 0, at, end, scale);
}

size_t mt_money_format(char *buf, mt_money value)
{
    return mt_wide_format(buf, value, MT_MONEY_SCALE);
}
