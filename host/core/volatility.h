/* volatility: how much a price moves in a year, from closed bars. A logarithm and a root need doubles; what comes out
 * of them is handed on as the whole number that it is, so that the size computed with it is exact. */
#ifndef MT_CORE_VOLATILITY_H
#define MT_CORE_VOLATILITY_H

#include <stdint.h>

struct mt_volatility { int64_t mantissa; int exponent; };       /* mantissa * 2^exponent; mantissa 0: not known */

/* Sample standard deviation (over n - 1) of the log returns of closes[0..count), oldest first, times the root of how
 * many bars of that length a year of 365 days has. Not known: fewer than two returns, a price that is not above 0, or
 * no movement. */
struct mt_volatility mt_volatility(const int64_t *closes, int count, int32_t tf_s);

#endif
