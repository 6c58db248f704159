/* leg: one account's side of one symbol. The strategy says which stance it wants; the leg gets there: it cancels,
 * closes, waits for the definite end, and opens. A stuck account blocks nobody but itself.
 *
 *   flat --enter--> entering --fill--> open --close--> closing --zero--> flat, or entering again if an entry waits */
#ifndef MT_CORE_LEG_H
#define MT_CORE_LEG_H

#include "core/desk.h"

void mt_leg_wish(struct mt_desk *d, uint16_t account, uint16_t symbol, const struct mt_rec_leg *wish,
                 enum mt_leg_plan plan);
void mt_leg_advance(struct mt_desk *d, uint16_t account, uint16_t symbol);
/* Go to zero (or to keep_qty), then, if `waiting`, to `next`; NULL: the wish stays but for that. */
void mt_leg_close(struct mt_desk *d, uint16_t account, uint16_t symbol, enum mt_role role, int64_t keep_qty,
                  bool waiting, const struct mt_rec_leg *next);
/* size, strength: of the signal after its filters, 10^-9, above 0. deadline_ns: of an entry that waited until now;
 * INT64_MAX: none, its time to live begins. */
int32_t mt_leg_enter(struct mt_desk *d, uint16_t account, uint16_t symbol, const struct mt_rec_signal *signal,
                     int64_t size, int64_t strength, int64_t deadline_ns);
/* Exits as `exit` says from now on. */
void mt_leg_protect(struct mt_desk *d, uint16_t account, uint16_t symbol, const struct mt_exit *exit);
/* An exit has filled. A stop, or one that leaves nothing of the position, closes the whole leg: what still works of its
 * entry is canceled, and what that fills meanwhile is closed (docs/simulated-venue.md#lifetimes). */
void mt_leg_exited(struct mt_desk *d, const struct mt_order *exit);
void mt_leg_retry(struct mt_desk *d);                   /* what waits for retry_ns */
/* What the market does to legs: plans that follow it, and what was refused a moment ago. event NULL: by the clock. */
void mt_leg_market(struct mt_desk *d, uint16_t symbol, const struct mt_event *event);

#endif
