/* replay_diff: two records that should be the same, and where they are not. */
#ifndef MT_APP_REPLAY_DIFF_H
#define MT_APP_REPLAY_DIFF_H

#include "core/journal.h"

/* 0, or MT_EDIFF naming seq, kind, field, and both values. Of RUN_START only kind and time are compared: it is
 * the input, and names the generation of its own journal. */
int mt_replay_compare(const struct mt_record *recorded, const struct mt_record *made, struct mt_diag *diag) MT_CHECKED;

#endif
