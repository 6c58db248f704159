/* follow: where an exit lies that follows something else: the fill of its entry by a distance, or the best price by a
 * trail. The simulated venue and the host compute it with the same functions, so that both know the same level.
 * Prices in units of the instrument; every level is rounded to the tick towards the entry. */
#ifndef MT_MODEL_FOLLOW_H
#define MT_MODEL_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>
#include "model/instrument.h"
#include "model/position.h"

/* distance: from the average fill of the entry, until that has filled; trail: behind the best price since, from the
 * moment that the price has come `after` far in favour. 0: none, from the fill on. */
struct mt_follow { int64_t distance, trail, after; };

/* The trail of a position that is held long (or short) and has seen `extreme`; 0: no price can be there. */
int64_t mt_follow_trail(const struct mt_instrument *instrument, bool is_long, int64_t extreme, int64_t trail);
/* The tighter of two stops; 0 is no stop. */
int64_t mt_follow_tighter(bool is_long, int64_t a, int64_t b);
/* Where a stop lies that comes alive with the position: its distance, else `stop`; 0: nowhere. position is not flat. */
int64_t mt_follow_stop(const struct mt_follow *follow, const struct mt_position *position,
                       const struct mt_instrument *instrument, int64_t stop);
/* Where its trail begins: at the fill, 0 when it waits for `after` or there is none. */
int64_t mt_follow_begin(const struct mt_follow *follow, const struct mt_position *position,
                        const struct mt_instrument *instrument);
/* Has a best price of `extreme` come far enough from the average entry for the trail? Exact: nothing is rounded. */
bool mt_follow_trails(const struct mt_follow *follow, const struct mt_position *position, int64_t extreme);
/* Where a take lies that comes alive with the position: its distance, else `price`; 0: nowhere. */
int64_t mt_follow_take(const struct mt_follow *follow, const struct mt_position *position,
                       const struct mt_instrument *instrument, int64_t price);

#endif
