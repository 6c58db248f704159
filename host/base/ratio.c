#include "base/ratio.h"

#include <string.h>

typedef unsigned __int128 u128;

enum { WHOLE_BITS = 126 };

void mt_ratio_init(struct mt_ratio *ratio)
{
    memset(ratio, 0, sizeof *ratio);
    ratio->above[0] = ratio->below[0] = 1;
}

static bool times_word(uint64_t number[MT_RATIO_LIMBS], uint64_t factor)
{
    u128 carry = 0;
    for (int i = 0; i < MT_RATIO_LIMBS; i++) {
        carry += (u128)number[i] * factor;
        number[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return carry == 0;
}

static bool add_shifted(uint64_t number[MT_RATIO_LIMBS], const uint64_t other[MT_RATIO_LIMBS])
{
    u128 carry = 0;
    for (int i = 1; i < MT_RATIO_LIMBS; i++) {
        carry += (u128)number[i] + other[i - 1];
        number[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return carry == 0 && other[MT_RATIO_LIMBS - 1] == 0;
}

/* By the two words of the factor, as on paper. */
static bool times(uint64_t number[MT_RATIO_LIMBS], u128 factor)
{
    uint64_t high[MT_RATIO_LIMBS];
    if (factor >> 64 == 0)
        return times_word(number, (uint64_t)factor);
    memcpy(high, number, sizeof high);
    bool fits = times_word(number, (uint64_t)factor);
    fits = times_word(high, (uint64_t)(factor >> 64)) && fits;
    return add_shifted(number, high) && fits;
}

void mt_ratio_mul(struct mt_ratio *ratio, mt_i128 factor)
{
    MT_ASSERT(factor >= 0);
    ratio->too_large = !times(ratio->above, (u128)factor) || ratio->too_large;
}

void mt_ratio_div(struct mt_ratio *ratio, mt_i128 divisor)
{
    MT_ASSERT(divisor > 0);
    ratio->too_large = !times(ratio->below, (u128)divisor) || ratio->too_large;
}

void mt_ratio_shift(struct mt_ratio *ratio, int exponent)
{
    for (; exponent > 0; exponent--)
        mt_ratio_mul(ratio, 2);
    for (; exponent < 0; exponent++)
        mt_ratio_div(ratio, 2);
}

static int bit_length(const uint64_t number[MT_RATIO_LIMBS])
{
    int limb = MT_RATIO_LIMBS - 1;
    while (limb > 0 && number[limb] == 0)
        limb--;
    return number[limb] == 0 ? 0 : 64 * limb + 64 - __builtin_clzll(number[limb]);
}

static int compare(const uint64_t a[MT_RATIO_LIMBS], const uint64_t b[MT_RATIO_LIMBS])
{
    int i = MT_RATIO_LIMBS - 1;
    while (i > 0 && a[i] == b[i])
        i--;
    return a[i] < b[i] ? -1 : a[i] > b[i];
}

/* Whether whole * below <= above. */
static bool is_within(const struct mt_ratio *ratio, u128 whole)
{
    uint64_t product[MT_RATIO_LIMBS];
    memcpy(product, ratio->below, sizeof product);
    return times(product, whole) && compare(product, ratio->above) <= 0;
}

int mt_ratio_floor(const struct mt_ratio *ratio, mt_i128 *out)
{
    int bits = bit_length(ratio->above) - bit_length(ratio->below);     /* of the quotient, or one less */
    u128 whole = 0;
    if (ratio->too_large || bits > WHOLE_BITS || is_within(ratio, (u128)1 << WHOLE_BITS))
        return MT_ERANGE;
    for (int bit = bits; bit >= 0; bit--)
        if (is_within(ratio, whole | (u128)1 << bit))
            whole |= (u128)1 << bit;
    *out = (mt_i128)whole;
    return 0;
}
