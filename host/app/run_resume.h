/* run_resume: finding the run to go on with, and going on. */
#ifndef MT_APP_RUN_RESUME_H
#define MT_APP_RUN_RESUME_H

#include "report/results.h"
#include "app/runs.h"
#include "app/session.h"
#include "core/record_list.h"

/* Read all records of a run folder's journal in order. */
struct mt_past_reader {
    char dir[MT_PATH_MAX + 16];
    struct mt_journal_reader *reader;
    struct mt_buf room;                 /* of the record that was read last */
    uint64_t before_seq;
};
/* dir: of the journal; records with seq >= before_seq are not given. */
void mt_past_init(struct mt_past_reader *past, const char *journal_dir, uint64_t before_seq);
void mt_past_close(struct mt_past_reader *past);
int mt_past_rewind(void *past, struct mt_diag *diag);
int mt_past_next(void *past, struct mt_record *out, struct mt_diag *diag);

/* The newest run of the script: its folder to dir, its plan prepared. MT_EREFUSED: it has ended, or data has changed;
 * MT_EEND: no run has begun that could be gone on with, or one behind the last was ended before it began: diag says so,
 * and the caller begins anew, as a supervisor that repeats a command line needs it; MT_EUSAGE: an option differs from
 * what the run was started with. */
int mt_run_resume_prepare(struct mt_session **out, const struct mt_session_options *options, const char *state,
                          char dir[MT_PATH_MAX], struct mt_diag *diag) MT_CHECKED;
/* After compose over the opened journal. */
int mt_run_resume_begin(struct mt_session *session, struct mt_results *results, const char *dir, struct mt_diag *diag)
    MT_CHECKED;

#endif
