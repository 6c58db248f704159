/* decision: what one request comes to, collected while it is run and written as one record. Its parts are folded as
 * they are made. */
#ifndef MT_CORE_DECISION_H
#define MT_CORE_DECISION_H

#include "core/desk.h"

/* A request begins to be run; legs that change meanwhile are part of its decision; and it has ended. */
void mt_decision_begin(struct mt_desk *d, const struct mt_rec_signal *signal);
void mt_decision_end(struct mt_desk *d, const struct mt_rec_verdict *verdict);
/* A leg of any symbol; outside a decision about it a record of its own. */
void mt_decision_leg(struct mt_desk *d, const struct mt_rec_leg *leg);

#endif
