/* sizing: the host rule that turns a signal into a quantity, per account. One exact fraction per size, rounded down
 * once, to the step.
 *   fixed              qty
 *   risk_fraction      equity * fraction / (stop distance * contract size * rate); without a stop: / notional of 1
 *   notional           notional / (price * contract size * rate)
 *   volatility_target  equity * vol / (volatility per year * price * contract size * rate)
 * each * scale of the account * size * strength; then no more than the account can carry with the fee (core/margin.h)
 * and the instrument allows; below the minimum it is 0. */
#ifndef MT_CORE_SIZING_H
#define MT_CORE_SIZING_H

#include <stdint.h>
#include "base/dec.h"
#include "base/err.h"
#include "core/ledger.h"
#include "core/volatility.h"

enum mt_sizing_rule { MT_SIZE_FIXED, MT_SIZE_RISK_FRACTION, MT_SIZE_NOTIONAL, MT_SIZE_VOLATILITY };
struct mt_sizing {
    enum mt_sizing_rule rule;
    mt_i128
        value; /* FIXED: quantity in 10^-18, 0 = the instrument's default; fractions, vol: 10^-8; NOTIONAL: money */
    int32_t lookback;           /* bars; VOLATILITY */
};
struct mt_sizing_facts {
    int64_t price;              /* expected entry price, price units; what is below zero counts as if it were above */
    int64_t stop_distance;      /* price units; 0 = no stop */
    int64_t scale, size, strength;      /* of the account, of the signal; 10^-9, > 0 */
    struct mt_volatility volatility;
    int64_t margin_price;       /* at which the venue asks for margin, >= 0 */
    mt_money room;              /* what is free for margin and fee of this order */
};
struct mt_size {
    int64_t qty;                /* 0: below the minimum */
    mt_i128 wanted;             /* what the rule gives, in whole steps, before the cut to what the account can carry */
    bool cut;                   /* qty is less for want of room */
};
/* 0; MT_ENOTFOUND: no conversion rate; MT_ERANGE: does not fit, or a rule that divides by the price meets 0. */
int mt_sizing_qty(const struct mt_sizing *sizing, const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                  const struct mt_sizing_facts *facts, struct mt_size *out) MT_CHECKED;

#endif
