/* timers: what scripts asked to be called for. Ordered by due time, then by owner, market and name, so that two
 * timers due at one instant fire in an order that does not depend on how they were made. */
#ifndef MT_CORE_TIMERS_H
#define MT_CORE_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "model/view.h"

enum { MT_TIMERS_MAX = 4096 };

struct mt_timer {
    int64_t due_ns, every_ns;       /* every 0: once */
    int32_t market, owner;          /* market -1: the strategy's own */
    int32_t at_s;                   /* daily at that second of the zone's day; -1: no */
    int32_t pad;                    /* 0: the bytes are journaled */
    char name[MT_NAME_MAX], zone[MT_NAME_MAX];
};
struct mt_timers { struct mt_timer *items; size_t count, capacity; };   /* ascending */

void mt_timers_init(struct mt_timers *timers);
void mt_timers_fini(struct mt_timers *timers);
/* Add, replace (same owner, market and name) or stop one. MT_ERANGE: an interval that is not > 0 or is over 10 years;
 * MT_ENOTFOUND: no such zone; MT_ENOMEM: too many. */
int mt_timers_set(struct mt_timers *timers, const struct mt_request_timer *request, int64_t now_ns) MT_CHECKED;
/* Is this one set already, and with the same interval? Then a restart, which asks again, leaves its time as it is. */
bool mt_timers_goes_on(const struct mt_timers *timers, const struct mt_request_timer *request);
int64_t mt_timers_next(const struct mt_timers *timers);         /* INT64_MAX: none */
/* Take the first timer due at or before now; a repeating one is put back for its next time after now. */
bool mt_timers_take(struct mt_timers *timers, int64_t now_ns, struct mt_timer *out);
/* Recovery: the timer with these names fired at due_ns. */
void mt_timers_fired(struct mt_timers *timers, int32_t owner, int32_t market, const char *name, int64_t now_ns);

void mt_timers_save(const struct mt_timers *timers, struct mt_buf *out);        /* canonical bytes */
int mt_timers_load(struct mt_timers *timers, const void *data, size_t length) MT_CHECKED;

#endif
