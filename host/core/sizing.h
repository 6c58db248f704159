/* sizing: the host rule that turns a signal into a quantity, per account. Exact integers throughout.
 *   fixed              qty
 *   risk_fraction      equity * fraction / (stop distance * contract size * rate); without a stop: / notional of 1
 *   notional           notional / (price * contract size * rate)
 *   volatility_target  equity * vol / (realised volatility per year * notional of 1); realised volatility: root mean
 *                      square of the last `lookback` close-to-close returns, scaled by the square root of time
 * then * size * strength, capped by the account's leverage, rounded down to the step; below the minimum it is 0. */
#ifndef MT_CORE_SIZING_H
#define MT_CORE_SIZING_H

#include <stdint.h>
#include "base/dec.h"
#include "base/err.h"
#include "core/ledger.h"

enum mt_sizing_rule { MT_SIZE_FIXED, MT_SIZE_RISK_FRACTION, MT_SIZE_NOTIONAL, MT_SIZE_VOLATILITY };
struct mt_sizing {
    enum mt_sizing_rule rule;
    mt_i128
        value; /* FIXED: quantity in 10^-18, 0 = the instrument's default; fractions, vol: 10^-8; NOTIONAL: money */
    int32_t lookback;           /* bars; VOLATILITY */
};
struct mt_sizing_facts {
    int64_t price;              /* expected entry price, price units > 0 */
    int64_t stop_distance;      /* price units; 0 = no stop */
    int64_t scale;              /* size * strength in 10^-9, > 0 */
    int64_t volatility;         /* per year, 10^-8; 0 = not known yet */
};
/* 0 and *qty (0: below the minimum); MT_ENOTFOUND: no conversion rate; MT_ERANGE: does not fit. */
int mt_sizing_qty(const struct mt_sizing *sizing, const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                  const struct mt_sizing_facts *facts, int64_t *qty) MT_CHECKED;
/* Root of the sum of squared returns of closes[0..count) (oldest first), per year, 10^-8; 0 when count < 2. */
int64_t mt_sizing_volatility(const int64_t *closes, int count, int32_t tf_s);

#endif
