/* entry_size: how large an entry of one account is. */
#ifndef MT_CORE_ENTRY_SIZE_H
#define MT_CORE_ENTRY_SIZE_H

#include "core/oms.h"

/* The price at which an entry would fill now, or its limit; none: nothing is known. */
struct mt_price mt_entry_price(const struct mt_desk *d, uint16_t symbol, int side, struct mt_price limit);
/* Fills in qty and cut of the wish. size, strength: of the signal after its filters, 10^-9. 0, or why there is none. */
int32_t mt_entry_size(struct mt_desk *d, const struct mt_rec_signal *signal, int64_t size, int64_t strength,
                      struct mt_order_wish *wish);

#endif
