/* venue_again: the simulated venue after a restart of the host. A real venue goes on while the host is away; the
 * simulated one is a pure function of its market and of what it was asked, so it is asked again: each order, cancel,
 * replace and query that the journal tells, at the same time and at the same place of the same market. It then stands
 * where it stood, with all that was on its way in both directions, and the market that it gives meanwhile is what the
 * engine reads while it folds the journal. */
#ifndef MT_APP_VENUE_AGAIN_H
#define MT_APP_VENUE_AGAIN_H

#include "adapters/sim/sim.h"
#include "core/engine.h"

struct mt_venue_again;
/* `sim` is new: it has given nothing. Both stay the caller's, and the engine is not to take from its inbox before the
 * end. MT_ENOMEM. */
int mt_venue_again_begin(struct mt_venue_again **out, struct mt_sim *sim, struct mt_engine *engine,
                         struct mt_diag *diag) MT_CHECKED;
/* The market as the host saw it, for mt_engine_recover. Its close does nothing. */
struct mt_source mt_venue_again_market(struct mt_venue_again *again);
/* Before `record` is folded. MT_EDIFF: the venue does not say again what the journal has of it: the market data or the
 * program is another one. */
int mt_venue_again_record(struct mt_venue_again *again, const struct mt_record *record,
                          struct mt_diag *diag) MT_CHECKED;
/* After the last record: what was decided and never sent is handed to the engine, and the venue gives to it. */
int mt_venue_again_finish(struct mt_venue_again *again, struct mt_diag *diag) MT_CHECKED;
void mt_venue_again_free(struct mt_venue_again *again);         /* NULL is fine */

#endif
