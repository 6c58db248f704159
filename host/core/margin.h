/* margin: what an order costs an account at a venue that looks at it before it trades: the part of the notional that it
 * binds, and its fee. Rounded up in the steps in which a venue rounds, so that what fits here is taken there. */
#ifndef MT_CORE_MARGIN_H
#define MT_CORE_MARGIN_H

#include <stdint.h>
#include "base/dec.h"
#include "base/err.h"
#include "core/ledger.h"

/* What qty at that price, which is 0 or more, binds: notional / leverage, in account currency. MT_ENOTFOUND: no rate;
 * MT_ERANGE. */
int mt_margin_bound(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol, int64_t qty, int64_t price,
                    mt_money *out) MT_CHECKED;
/* The fee of taking it; rebates do not count. */
int mt_margin_fee(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol, int64_t qty, int64_t price,
                  mt_money *out) MT_CHECKED;
/* The largest quantity in whole steps, at most `qty`, that costs no more than `room`: bound and fee. MT_ENOTFOUND: no
 * rate; MT_ERANGE: no order can be as large as what could be paid. */
int mt_margin_afford(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol, int64_t price, mt_money room,
                     mt_i128 qty, mt_i128 *out) MT_CHECKED;

#endif
