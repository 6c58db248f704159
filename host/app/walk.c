/* Records of a run, checked against what their kind needs. */
#include "app/walk.h"

#include <stdio.h>
#include <string.h>

#include "app/command.h"

int mt_walk_open(struct mt_walk *walk, const char *state, const char *which, struct mt_diag *diag)
{
    char dir[MT_PATH_MAX];
    memset(walk, 0, sizeof *walk);
    mt_buf_init(&walk->room, MT_RECORD_ROOM_MAX);
    int rc = mt_runs_find(state, which, walk->folder, diag);
    if (rc == 0)
        rc = mt_runs_journal(state, walk->folder, dir, diag);
    return rc == 0 ? mt_journal_reader_open(&walk->reader, dir, false, diag) : rc;
}

static int bad_record(const struct mt_record *record, const char *why, struct mt_diag *diag)
{
    return mt_fail(diag, MT_ECORRUPT, "journal: record %llu (%s): %s", (unsigned long long)record->seq,
                   mt_record_name(record->kind), why);
}

static int read_plan(struct mt_walk *walk, const struct mt_record *record, struct mt_diag *diag)
{
    const struct mt_rec_run_start *start = record->payload;
    struct mt_session_plan *plan = NULL;
    if (start->json_length > record->length - sizeof *start)
        return bad_record(record, "the plan is longer than the record", diag);
    int rc = mt_plan_read(&plan, (const char *)(start + 1), start->json_length, diag);
    if (rc != 0)
        return rc;
    /* A resume repeats the plan: those who fold keep numbers of the first one. */
    if (walk->plan && (walk->plan->account_count != plan->account_count
                       || walk->plan->instrument_count != plan->instrument_count)) {
        mt_plan_free(plan);
        return bad_record(record, "other accounts or instruments than at the start", diag);
    }
    mt_plan_free(walk->plan);
    walk->plan = plan;
    rc = mt_plan_names(plan, &walk->names);
    return rc == 0 ? 0 : mt_fail(diag, rc, "journal: record %llu: no memory", (unsigned long long)record->seq);
}

int mt_walk_next(struct mt_walk *walk, struct mt_record *out, struct mt_diag *diag)
{
    bool bad;
    int rc = mt_journal_reader_next(walk->reader, out, &bad, diag);
    if (rc == MT_EEND && mt_journal_reader_torn(walk->reader))
        return mt_fail(diag, MT_ECORRUPT,
                       "%s: the journal ends in half a record: the run was killed while it wrote; the next "
                       "start with --resume cuts it",
                       walk->folder);
    if (rc != 0)
        return rc == MT_EEND ? 0 : rc;
    rc = mt_record_decode(out, &walk->room, out, diag);
    if (rc == 0 && out->kind == MT_REC_RUN_START)
        rc = read_plan(walk, out, diag);
    const struct mt_record_world world = { walk->plan ? walk->plan->account_count : 0,
                                           walk->plan ? walk->plan->instrument_count : 0, SIZE_MAX };
    if (rc == 0 && !mt_record_fits(out->kind, out->payload, &world))
        rc = bad_record(out, "names what the run does not have, as an account or a symbol", diag);
    return rc == 0 ? 1 : rc;
}

int mt_walk_history(struct mt_walk *walk, struct mt_history *history, unsigned keep, struct mt_diag *diag)
{
    struct mt_record record;
    int rc;
    mt_history_init(history, &walk->names, keep);
    do {
        rc = mt_walk_next(walk, &record, diag);
        if (rc <= 0)
            return rc;
        rc = mt_history_fold(history, &record, diag);
    } while (rc == 0);
    return rc;
}

void mt_walk_close(struct mt_walk *walk)
{
    if (walk->reader)
        mt_journal_reader_close(walk->reader);
    mt_plan_free(walk->plan);
    mt_buf_fini(&walk->room);
}

int mt_walk_exit(int err)
{
    return err == MT_ENOTFOUND ? MT_EXIT_FAILED : MT_EXIT_JOURNAL;
}
