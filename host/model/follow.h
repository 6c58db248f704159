/* follow: where an exit lies that follows something else: the fill of its entry by a distance, or the best price by a
 * trail. The simulated venue and the host compute it with the same functions, so that both know the same level.
 * Prices in units of the instrument; every level is rounded to the tick towards the entry. */
#ifndef MT_MODEL_FOLLOW_H
#define MT_MODEL_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>
#include "model/instrument.h"
#include "model/position.h"
#include "model/price.h"

/* distance: from the average fill of the entry, until that has filled; trail: behind the best price since, from the
 * moment that the price has come `after` far in favour. 0: none, from the fill on. */
struct mt_follow { int64_t distance, trail, after; };

/* The trail of a position that is held long (or short) and has seen `extreme`; none where no price can be. */
struct mt_price mt_follow_trail(const struct mt_instrument *instrument, bool is_long, int64_t extreme, int64_t trail);
/* The tighter of two stops, either of which may be none. */
struct mt_price mt_follow_tighter(bool is_long, struct mt_price a, struct mt_price b);
/* Where a stop lies that comes alive with the position: its distance, else `stop`. position is not flat. */
struct mt_price mt_follow_stop(const struct mt_follow *follow, const struct mt_position *position,
                               const struct mt_instrument *instrument, struct mt_price stop);
/* Where its trail begins: at the fill, nowhere when it waits for `after` or there is none. */
struct mt_price mt_follow_begin(const struct mt_follow *follow, const struct mt_position *position,
                                const struct mt_instrument *instrument);
/* Has a best price of `extreme` come far enough from the average entry for the trail? Exact: nothing is rounded. */
bool mt_follow_trails(const struct mt_follow *follow, const struct mt_position *position, int64_t extreme);
/* Where a take lies that comes alive with the position: its distance, else `price`. */
struct mt_price mt_follow_take(const struct mt_follow *follow, const struct mt_position *position,
                               const struct mt_instrument *instrument, struct mt_price price);

#endif
