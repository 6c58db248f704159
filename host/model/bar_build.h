/* bar_build: time bars from ticks, one builder per symbol and time frame; and from shorter bars.
 * Bars are aligned to the epoch (1m: whole minutes). No tick, no bar. The first bar is dropped
 * unless it began exactly at its open. Prices come from trades; without trades from the mid of
 * quotes, rounded down to a price unit. A bar closes with the first event at or after its close
 * time, or by mt_bar_close_due when the clock passes it. A bar that was handed out never changes: a
 * price that comes late for it opens the next one. Volume and count stop at their maximum. */
#ifndef MT_MODEL_BAR_BUILD_H
#define MT_MODEL_BAR_BUILD_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "model/event.h"

struct mt_bar_build {
    struct mt_bar bar;          /* forming; ticks == 0: none */
    int64_t close_ns;           /* of the forming bar */
    int32_t tf_s;
    bool dropped_first;         /* the partial first bar is behind us */
};

/* "15s" "1m" "5m" "1h" "4h" "1d": the largest unit that divides it. */
void mt_tf_format(char out[16], int32_t tf_s);

void mt_bar_build_init(struct mt_bar_build *build, int32_t tf_s);
/* Add a price at time t. Returns true when this closed a bar, which is then in *closed (the new
 * price is in the next). */
bool mt_bar_build_tick(struct mt_bar_build *build, int64_t t, int64_t price, int64_t qty,
                       struct mt_bar *closed);
/* Add a closed shorter bar (its length must divide ours; one of a file counts as one tick), which
 * ended at end_ns: at its length, or where the next one began. It
 * closes our bar at once when both end together. When it also ended an older bar of ours (a gap in
 * the data), the older one comes out and mt_bar_close_due then hands out the newer. */
bool mt_bar_build_bar(struct mt_bar_build *build, const struct mt_bar *bar, int64_t end_ns,
                      struct mt_bar *closed);
/* Close the forming bar if `now` has reached its close time. */
bool mt_bar_close_due(struct mt_bar_build *build, int64_t now, struct mt_bar *closed);

#endif
