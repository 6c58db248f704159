/* deliver: one call of a handler, with views that are fresh; and what becomes of a strategy whose handlers raise. */
#ifndef MT_CORE_DELIVER_H
#define MT_CORE_DELIVER_H

#include "core/seat.h"

/* The event that stands in the port. False: the handler raised, and what it asked for is dropped. What it asked for
 * else waits: mt_call (request.h) runs it too. */
bool mt_deliver(struct mt_seat *s, enum mt_handler handler, int32_t market);

#endif
