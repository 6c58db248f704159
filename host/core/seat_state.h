/* seat_state: what a strategy keeps, and its timers, in one record. */
#ifndef MT_CORE_SEAT_STATE_H
#define MT_CORE_SEAT_STATE_H

#include "core/seat.h"

/* always: also when it has not changed. */
void mt_seat_save(struct mt_seat *s, bool always);

#endif
