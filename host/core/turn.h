/* turn: the order of things. Events in order; one `now`; decide, journal and fold in one step; call the strategy; at
 * the end flush, and only then send. Read mt_engine_turn first. */
#ifndef MT_CORE_TURN_H
#define MT_CORE_TURN_H

#include "core/house.h"

void mt_turn_begin(struct mt_engine *e, int64_t now_ns);
/* Flush, then send. 0, or what ended the run. */
int mt_turn_end(struct mt_engine *e, struct mt_diag *diag) MT_CHECKED;
void mt_turn_day(struct mt_engine *e);                  /* a trading day begins */
void mt_turn_mark(struct mt_engine *e, uint16_t symbol);        /* positions and views */
void mt_turn_peaks(struct mt_engine *e);                /* of an instant that is complete */

#endif
