/* self_check: all sums once more from positions and orders (docs/orders.md 3.5). */
#ifndef MT_CORE_SELF_CHECK_H
#define MT_CORE_SELF_CHECK_H

#include "core/house.h"

void mt_engine_self_check(struct mt_engine *e);         /* halts all and ends the process when the sums differ */

#endif
