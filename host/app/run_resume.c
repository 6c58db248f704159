/* Resume: the plan comes from the journal; what was decided then stays decided. */
#include "app/run_resume.h"

#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "app/run_repeat.h"
#include "app/session_loop.h"
#include "base/log.h"

/* --- the journal as the past -------------------- */

void mt_past_init(struct mt_past_reader *past, const char *journal_dir, uint64_t before_seq)
{
    memset(past, 0, sizeof *past);
    snprintf(past->dir, sizeof past->dir, "%s", journal_dir);
    past->before_seq = before_seq;
    mt_buf_init(&past->room, MT_RECORD_ROOM_MAX);
}

void mt_past_close(struct mt_past_reader *past)
{
    mt_journal_reader_close(past->reader);
    past->reader = NULL;
    mt_buf_fini(&past->room);
}

int mt_past_rewind(void *ud, struct mt_diag *diag)
{
    struct mt_past_reader *past = ud;
    mt_journal_reader_close(past->reader);
    past->reader = NULL;
    return mt_journal_reader_open(&past->reader, past->dir, false, diag);
}

int mt_past_next(void *ud, struct mt_record *out, struct mt_diag *diag)
{
    struct mt_past_reader *past = ud;
    bool bad;
    int rc = mt_journal_reader_next(past->reader, out, &bad, diag);
    if (rc == MT_EEND || (rc == 0 && out->seq >= past->before_seq)) {
        if (diag && rc == MT_EEND)
            diag->code = 0;
        return 0;
    }
    rc = rc == 0 ? mt_record_decode(out, &past->room, out, diag) : rc;
    return rc == 0 ? 1 : rc;
}

/* --- the run to go on with -------------------- */

struct last { struct mt_session_plan *plan; int64_t time_ns; bool done; };

static int take_start(struct last *last, const struct mt_record *record, struct mt_diag *diag)
{
    const struct mt_rec_run_start *start = record->payload;
    if (record->length - sizeof *start < start->json_length)
        return mt_fail(diag, MT_ECORRUPT, "journal: record %llu (RUN_START) is too short",
                       (unsigned long long)record->seq);
    mt_plan_free(last->plan);
    last->plan = NULL;
    last->done = false;
    return mt_plan_read(&last->plan, (const char *)(start + 1), start->json_length, diag);
}

/* The plan of the newest RUN_START and how it ended. */
static int read_last(struct mt_past_reader *past, struct last *last, struct mt_diag *diag)
{
    struct mt_record record;
    int rc = mt_past_rewind(past, diag);
    while (rc == 0 && (rc = mt_past_next(past, &record, diag)) > 0) {
        rc = 0;
        last->time_ns = record.time_ns;
        if (record.kind == MT_REC_RUN_START)
            rc = take_start(last, &record, diag);
        if (record.kind == MT_REC_RUN_END)
            last->done = ((const struct mt_rec_run_end *)record.payload)->reason == MT_END_DONE;
    }
    mt_past_close(past);
    if (rc == 0 && !last->plan)
        rc = mt_fail(diag, MT_EREFUSED, "%s: nothing to go on with: the run ended before it began", past->dir);
    return rc;
}

/* Name of a script on the command line: its file without folders and .lua. */
static void script_name(const char *path, char *out, size_t size)
{
    const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    size_t length = strlen(base);
    if (length > 4 && strcmp(base + length - 4, ".lua") == 0)
        length -= 4;
    snprintf(out, size, "%.*s", (int)length, base);
}

/* Whether nothing happened in the script's newest folder: the start after the last run was killed at once. */
static bool start_was_lost(const char *state, const char *name)
{
    char newest[MT_PATH_MAX];
    struct mt_diag none = { 0 };
    return mt_runs_newest(state, name, MT_RUNS_ANY, newest, &none) == 0 && mt_runs_empty(newest);
}

int mt_run_resume_prepare(struct mt_session **out, const struct mt_session_options *options, const char *state,
                          char dir[MT_PATH_MAX], struct mt_diag *diag)
{
    char name[256], journal[MT_PATH_MAX + 16];
    struct mt_past_reader past;
    struct last last = { 0 };
    script_name(options->script, name, sizeof name);
    struct mt_diag none = { 0 };
    int rc = mt_runs_newest(state, name, MT_RUNS_BEGUN, dir, &none);
    if (rc == MT_ENOTFOUND)
        return mt_fail(diag, MT_EEND, "no run of %s has begun in %s/runs", name, state);
    if (rc != 0)
        return mt_fail(diag, rc, "%s", none.text);
    snprintf(journal, sizeof journal, "%s/journal", dir);
    mt_past_init(&past, journal, UINT64_MAX);
    rc = read_last(&past, &last, diag);
    if (rc == 0 && last.done && start_was_lost(state, name))
        rc = mt_fail(diag, MT_EEND, "%s has come to its end, and the start after it was lost before it began", dir);
    else if (rc == 0 && last.done)
        rc = mt_fail(diag, MT_EREFUSED, "%s: has come to its end: there is nothing to resume; start a new run without "
                     "--resume", dir);
    if (rc == 0)
        rc = mt_run_repeat_check(options, last.plan, diag);
    if (rc != 0) {
        mt_plan_free(last.plan);
        return rc;
    }
    uint64_t hash = last.plan->script_hash;
    if (options->for_ns > 0)                    /* of the whole run: the same command again finishes what it began */
        last.plan->end_ns = last.plan->live_ns > INT64_MAX - options->for_ns ? INT64_MAX
                          : last.plan->live_ns + options->for_ns;
    rc = mt_session_prepare_again(out, last.plan, true, diag);
    if (rc == MT_EDIFF)
        return MT_EREFUSED;
    if (rc == 0 && (*out)->spec->hash != hash) {
        (*out)->plan->script_hash = (*out)->spec->hash;
        mt_log(MT_LOG_WARNING, "run", NULL,
               "%s: has changed since the run was interrupted: it goes on with the new script", (*out)->spec->path);
    }
    return rc;
}

/* --- going on -------------------- */

struct going_on { struct mt_past_reader past; struct mt_results *results; };

static int rewind_past(void *ud, struct mt_diag *diag)
{
    return mt_past_rewind(&((struct going_on *)ud)->past, diag);
}

static int next_past(void *ud, struct mt_record *out, struct mt_diag *diag)
{
    return mt_past_next(&((struct going_on *)ud)->past, out, diag);
}

static int folded(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    return mt_results_folded(((struct going_on *)ud)->results, engine, record);
}

int mt_run_resume_begin(struct mt_session *session, struct mt_results *results, const char *dir, struct mt_diag *diag)
{
    struct going_on going_on;
    char journal[MT_PATH_MAX + 16];
    struct mt_session_past past = { &going_on, rewind_past, next_past, folded };
    snprintf(journal, sizeof journal, "%s/journal", dir);
    mt_past_init(&going_on.past, journal, UINT64_MAX);
    going_on.results = results;
    int rc = mt_results_open_again(results, dir, mt_journal_last_time(session->journal), diag);
    if (rc == 0)
        rc = mt_session_resume(session, &past, diag);
    mt_past_close(&going_on.past);
    return rc;
}
