/* big: whole numbers as arrays of decimal digits, computed as on paper. Slow and simple on purpose: it is the model the
 * decimals are compared with, and shares nothing with them. */
#ifndef MT_TEST_BIG_H
#define MT_TEST_BIG_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { BIG_DIGITS = 160 };

struct big { bool negative; int count; signed char digits[BIG_DIGITS]; };      /* lowest digit first; 0 has count 0 */

static inline struct big big_trim(struct big a)
{
    while (a.count > 0 && a.digits[a.count - 1] == 0)
        a.count--;
    if (a.count == 0)
        a.negative = false;
    return a;
}

static inline struct big big_of(__int128 value)
{
    struct big a = { .negative = value < 0 };
    while (value != 0) {
        int digit = (int)(value % 10);
        a.digits[a.count++] = (signed char)(digit < 0 ? -digit : digit);
        value /= 10;
    }
    return a;
}

static inline int big_compare_magnitude(const struct big *a, const struct big *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (int at = a->count - 1; at >= 0; at--)
        if (a->digits[at] != b->digits[at])
            return a->digits[at] < b->digits[at] ? -1 : 1;
    return 0;
}

/* a + b * 10^shift of magnitudes. */
static inline struct big big_add_magnitude(struct big a, const struct big *b, int shift)
{
    int carry = 0;
    for (int at = 0; at < b->count || carry; at++) {
        int place = at + shift;
        while (a.count <= place)
            a.digits[a.count++] = 0;
        int sum = a.digits[place] + (at < b->count ? b->digits[at] : 0) + carry;
        a.digits[place] = (signed char)(sum % 10);
        carry = sum / 10;
    }
    return a;
}

/* |a| - |b| for |a| >= |b|. */
static inline struct big big_sub_magnitude(struct big a, const struct big *b)
{
    int borrow = 0;
    for (int at = 0; at < a.count; at++) {
        int difference = a.digits[at] - borrow - (at < b->count ? b->digits[at] : 0);
        borrow = difference < 0;
        a.digits[at] = (signed char)(difference + (borrow ? 10 : 0));
    }
    return big_trim(a);
}

static inline struct big big_mul(struct big a, struct big b)
{
    struct big product = { 0 };
    for (int at = 0; at < b.count; at++)
        for (int times = 0; times < b.digits[at]; times++)
            product = big_add_magnitude(product, &a, at);
    product.negative = a.negative != b.negative;
    return big_trim(product);
}

static inline struct big big_add(struct big a, struct big b)
{
    if (a.negative == b.negative)
        return big_trim(big_add_magnitude(a, &b, 0));
    return big_compare_magnitude(&a, &b) >= 0 ? big_sub_magnitude(a, &b) : big_sub_magnitude(b, &a);
}

/* |a| / |b| towards zero; the sign is set; *rest says whether something was left. */
static inline struct big big_div(struct big a, struct big b, bool *rest)
{
    struct big quotient = { .negative = a.negative != b.negative, .count = a.count }, part = { 0 };
    bool negative = quotient.negative;
    b.negative = false;
    for (int at = a.count - 1; at >= 0; at--) {
        memmove(part.digits + 1, part.digits, BIG_DIGITS - 1);
        part.digits[0] = a.digits[at];
        part.count++;
        part = big_trim(part);
        while (big_compare_magnitude(&part, &b) >= 0) {
            part = big_sub_magnitude(part, &b);
            quotient.digits[at]++;
        }
    }
    *rest = part.count > 0;
    quotient = big_trim(quotient);
    /* The sign matters for rounding even when nothing is left of the quotient. */
    quotient.negative = negative;
    return quotient;
}

static inline struct big big_pow10(int n)
{
    struct big a = { .count = n + 1 };
    a.digits[n] = 1;
    return a;
}

/* false when it does not fit into `bits` bits, signed. */
static inline bool big_fits(struct big a, int bits, __int128 *out)
{
    unsigned __int128 value = 0, limit = (unsigned __int128)1 << (bits - 1);
    if (a.count > 39)
        return false;
    for (int at = a.count - 1; at >= 0; at--) {
        /* 39 digits may pass 2^128: compare before each step. */
        unsigned __int128 digit = (unsigned __int128)a.digits[at];
        if (value > (~(unsigned __int128)0 - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value > (a.negative ? limit : limit - 1))
        return false;
    *out = a.negative ? (__int128)-value : (__int128)value;
    return true;
}

#endif
