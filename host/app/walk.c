/* Records of a run, checked against what their kind needs. */
#include "app/walk.h"

#include <stdio.h>
#include <string.h>

#include "app/command.h"

int mt_walk_open(struct mt_walk *walk, const char *state, const char *which, struct mt_diag *diag)
{
    char dir[MT_PATH_MAX];
    memset(walk, 0, sizeof *walk);
    int rc = mt_runs_find(state, which, walk->folder, diag);
    if (rc == 0)
        rc = mt_runs_journal(state, walk->folder, dir, diag);
    return rc == 0 ? mt_journal_reader_open(&walk->reader, dir, false, diag) : rc;
}

static size_t needed(unsigned kind)
{
    switch (kind) {
    case MT_REC_RUN_START: return sizeof(struct mt_rec_run_start);
    case MT_REC_MARKET: return sizeof(struct mt_rec_market);
    case MT_REC_SIGNAL: return sizeof(struct mt_rec_signal);
    case MT_REC_VERDICT: return sizeof(struct mt_rec_verdict);
    case MT_REC_INTENT: return sizeof(struct mt_rec_intent);
    case MT_REC_SENT: return sizeof(struct mt_rec_sent);
    case MT_REC_VENUE_EVENT: return sizeof(struct mt_rec_venue_event);
    case MT_REC_OP: return sizeof(struct mt_rec_op);
    case MT_REC_TIMER: return sizeof(struct mt_rec_timer);
    case MT_REC_LEG: return sizeof(struct mt_rec_leg);
    case MT_REC_PLAN: return sizeof(struct mt_rec_plan);
    case MT_REC_SCRIPT_STATE: return sizeof(struct mt_rec_script_state);
    case MT_REC_SCRIPT_FAULT: return sizeof(struct mt_rec_script_fault);
    case MT_REC_RISK_LIMIT: return sizeof(struct mt_rec_risk_limit);
    case MT_REC_RISK_STATE: return sizeof(struct mt_rec_risk_state);
    case MT_REC_OPERATOR: return sizeof(struct mt_rec_operator);
    case MT_REC_COID_BLOCK: return sizeof(struct mt_rec_coid_block);
    case MT_REC_ADJUSTMENT: return sizeof(struct mt_rec_adjustment);
    case MT_REC_RECONCILED: return sizeof(struct mt_rec_reconciled);
    case MT_REC_CHECKPOINT: return sizeof(struct mt_rec_checkpoint);
    case MT_REC_DAY: return sizeof(struct mt_rec_day);
    case MT_REC_ORDER_ALARM: return sizeof(struct mt_rec_order_alarm);
    case MT_REC_REFUSED: return sizeof(struct mt_rec_refused);
    case MT_REC_NOTE: return sizeof(struct mt_rec_note);
    case MT_REC_RUN_END: return sizeof(struct mt_rec_run_end);
    default: return 0;
    }
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

/* Whether the accounts and symbols that the record names exist. */
static bool places_exist(const struct mt_walk *walk, const struct mt_record *record)
{
    unsigned accounts = walk->names.account_count, symbols = walk->names.instrument_count;
    const void *p = record->payload;
    switch (record->kind) {
    case MT_REC_SIGNAL: return ((const struct mt_rec_signal *)p)->symbol < symbols;
    case MT_REC_VERDICT: return ((const struct mt_rec_verdict *)p)->symbol < symbols;
    case MT_REC_INTENT: {
        const struct mt_rec_intent *r = p;
        return r->terms.symbol < symbols && r->terms.account < accounts
            && (r->terms.side == 1 || r->terms.side == -1);
    }
    case MT_REC_LEG:
        return ((const struct mt_rec_leg *)p)->symbol < symbols && ((const struct mt_rec_leg *)p)->account < accounts;
    case MT_REC_PLAN: {
        const struct mt_rec_plan *r = p;
        return r->symbol < symbols && r->account < accounts && r->exit.take_count <= 8;
    }
    case MT_REC_VENUE_EVENT: {
        const struct mt_rec_venue_event *r = p;
        return r->event < MT_ORDER_EVENTS && r->op <= MT_REPORT_ABSENT_SAMPLE;
    }
    case MT_REC_SENT: return ((const struct mt_rec_sent *)p)->outcome <= MT_SEND_AMB;
    case MT_REC_NOTE: return ((const struct mt_rec_note *)p)->symbol < symbols;
    default: return true;
    }
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
    if (out->length < needed(out->kind))
        return bad_record(out, "too short for its kind", diag);
    if (out->kind == MT_REC_RUN_START)
        rc = read_plan(walk, out, diag);
    if (rc == 0 && !places_exist(walk, out))
        rc = bad_record(out, "names an account or a symbol that the run does not have", diag);
    return rc == 0 ? 1 : rc;
}

int mt_walk_history(struct mt_walk *walk, struct mt_history *history, unsigned keep, struct mt_diag *diag)
{
    struct mt_record record;
    int rc = mt_history_init(history, &walk->names, keep);
    if (rc != 0)
        return mt_fail(diag, rc, "journal: no memory");
    for (;;) {
        rc = mt_walk_next(walk, &record, diag);
        if (rc <= 0)
            return rc;
        rc = mt_history_fold(history, &record);
        if (rc != 0)
            return mt_fail(diag, rc, "journal: record %llu (%s): %s", (unsigned long long)record.seq,
                           mt_record_name(record.kind),
                           rc == MT_ENOMEM ? "no memory" : "does not follow from those before");
    }
}

void mt_walk_close(struct mt_walk *walk)
{
    if (walk->reader)
        mt_journal_reader_close(walk->reader);
    mt_plan_free(walk->plan);
}

int mt_walk_exit(int err)
{
    return err == MT_ENOTFOUND ? MT_EXIT_FAILED : MT_EXIT_JOURNAL;
}
