/* ratio: a fraction of products, kept whole while factors come in and rounded once, at the end. A size is such a
 * fraction of a dozen numbers of 64 and 128 bits; rounded in between it comes out a step short. */
#ifndef MT_BASE_RATIO_H
#define MT_BASE_RATIO_H

#include <stdint.h>
#include "base/dec.h"
#include "base/err.h"

enum { MT_RATIO_LIMBS = 24 };           /* 1536 bits above and below: two dozen numbers of 64 bits */

struct mt_ratio {
    uint64_t above[MT_RATIO_LIMBS], below[MT_RATIO_LIMBS];      /* little endian */
    bool too_large;                     /* a product did not fit */
};

void mt_ratio_init(struct mt_ratio *ratio);                     /* 1 */
void mt_ratio_mul(struct mt_ratio *ratio, mt_i128 factor);      /* >= 0 */
void mt_ratio_div(struct mt_ratio *ratio, mt_i128 divisor);     /* > 0 */
void mt_ratio_shift(struct mt_ratio *ratio, int exponent);      /* * 2^exponent */

/* The largest whole number that is not above it. MT_ERANGE: above 2^126, or a product did not fit. */
int mt_ratio_floor(const struct mt_ratio *ratio, mt_i128 *out) MT_CHECKED;

#endif
