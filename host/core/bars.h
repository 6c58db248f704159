/* bars: closed bars for scripts, built from ticks or from shorter bars, with a history of each time frame. All bars
 * that close at one instant are in the history before the first on_bar; longer frames are delivered first. */
#ifndef MT_CORE_BARS_H
#define MT_CORE_BARS_H

#include "core/seat.h"

int mt_bars_init(struct mt_seat *s, struct mt_diag *diag) MT_CHECKED;
void mt_bars_fini(struct mt_seat *s);
void mt_bars_market(struct mt_seat *s, const struct mt_event *event, bool deliver);
void mt_bars_due(struct mt_seat *s, bool deliver);      /* bars whose close time has come */

#endif
