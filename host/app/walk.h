/* walk: the records of a run in order, for commands that look things up, with the plan of the run (accounts,
 * instruments) from its RUN_START. Reads beside a writer, repairs nothing. */
#ifndef MT_APP_WALK_H
#define MT_APP_WALK_H

#include <stdbool.h>
#include "report/history.h"
#include "app/runs.h"
#include "app/session_plan.h"
#include "core/record_list.h"
#include "report/names.h"

struct mt_walk {
    struct mt_journal_reader *reader;
    struct mt_buf room;                 /* of the record that was read last */
    struct mt_session_plan *plan;       /* of the last RUN_START; NULL before */
    struct mt_names names;              /* of that plan */
    char folder[MT_PATH_MAX];           /* of the run, or the journal itself */
};

/* `which`: ID or folder of a run, folder of a journal, NULL: the newest run. MT_ENOTFOUND, also when that run keeps no
 * journal (a backtest): never another one. */
int mt_walk_open(struct mt_walk *walk, const char *state, const char *which, struct mt_diag *diag) MT_CHECKED;
/* 1 and a record, decoded, whose account and symbol exist in the plan; 0 at the
 * end; MT_ECORRUPT, also for a torn tail: after all good records. */
int mt_walk_next(struct mt_walk *walk, struct mt_record *out, struct mt_diag *diag) MT_CHECKED;
/* Fold every record up to the end. A journal that is damaged or torn gives what stands before the damage, and the
 * error. */
int mt_walk_history(struct mt_walk *walk, struct mt_history *history, unsigned keep, struct mt_diag *diag) MT_CHECKED;
void mt_walk_close(struct mt_walk *walk);

/* Exit code of a failed walk. */
int mt_walk_exit(int err);
#endif
