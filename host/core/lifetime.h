/* lifetime: how a run begins and ends. The rest of it is in engine.h. */
#ifndef MT_CORE_LIFETIME_H
#define MT_CORE_LIFETIME_H

#include "core/house.h"

void mt_emit_start(struct mt_engine *e, const struct mt_rec_run_start *start, const char *json);

#endif
