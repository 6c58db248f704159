/* Replay and comparison. The engine of the replay writes into a journal in memory; an observer holds each record
 * against the next one of the recorded journal. Two kinds of records are inputs: RUN_START is where a generation
 * begins, OPERATOR tells what came from outside and before which turn. So is one code: an INTENT that was denied with
 * JOURNAL_UNAVAILABLE tells how the disk was, which no replay can make again. */
#include "app/replay.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/command.h"
#include "app/replay_diff.h"
#include "report/results.h"
#include "app/session_results.h"
#include "app/run_resume.h"
#include "app/session_loop.h"
#include "core/record_list.h"
#include "model/code.h"

struct replay {
    const struct mt_replay_options *options;
    struct mt_replay_report *report;
    struct mt_journal_reader *recorded;     /* stands behind the last record that was compared */
    struct mt_journal_reader *ahead;        /* runs ahead to the next operator's command */
    struct mt_journal_reader *intents;      /* runs ahead to the next intent, of which the engine asks */
    bool intent_known, refused;             /* of that intent: it was read; the disk refused it */
    struct mt_session *session;
    struct mt_buf room;                     /* of the record that was read last */
    struct mt_buf start_room;               /* of the RUN_START of the generation */
    struct mt_results *results;             /* without files: whether a limit stopped the run */
    struct mt_observer inner;               /* of the results */
    struct mt_past_reader past;             /* what lies before the generation */
    uint64_t start_seq;                     /* of the generation's RUN_START */
    uint64_t last_seq;                      /* of the generation's last record */
    bool done;                              /* the recorded generation has no more records */
    struct mt_rec_operator command;
    int64_t command_ns;
    struct mt_diag *diag;
};

/* --- reading the recorded journal -------------------- */

/* 1 and the next record, decoded, 0 at the end; a damaged record is a difference. */
static int next_recorded(struct mt_journal_reader *reader, struct mt_buf *room, struct mt_record *out,
                         struct mt_diag *diag)
{
    bool bad;
    struct mt_diag why = { 0 };
    int rc = mt_journal_reader_next(reader, out, &bad, &why);
    if (rc == MT_EEND)
        return 0;
    if (rc != 0)
        return mt_fail(diag, rc == MT_ECORRUPT ? MT_EDIFF : rc, "%s", why.text);
    if (bad)
        return mt_fail(diag, MT_EDIFF,
                       "%s: record %llu (%s): its checksum is wrong: it was changed after it was written", out->file,
                       (unsigned long long)out->seq, mt_record_name(out->kind));
    rc = mt_record_decode(out, room, out, &why);
    if (rc != 0)
        return mt_fail(diag, rc == MT_ECORRUPT ? MT_EDIFF : rc, "%s: %s", out->file, why.text);
    return 1;
}

/* Find the next OPERATOR record of this generation and when it is due. */
static int next_command(struct replay *r, struct mt_loop *loop)
{
    struct mt_record record;
    loop->operate_turn = UINT64_MAX;
    for (;;) {
        int rc = next_recorded(r->ahead, &r->room, &record, r->diag);
        if (rc <= 0 || record.seq > r->last_seq)
            return rc < 0 ? rc : 0;
        if (record.kind != MT_REC_OPERATOR || record.seq <= r->start_seq)
            continue;
        memcpy(&r->command, record.payload, sizeof r->command);
        r->command_ns = record.time_ns;
        loop->operate_turn = r->command.turn;
        return 0;
    }
}

static int operate(struct mt_loop *loop, struct mt_diag *diag)
{
    struct replay *r = loop->ud;
    struct mt_diag refused = { 0 };
    char who[sizeof r->command.who + 1] = { 0 }, text[sizeof r->command.text + 1] = { 0 };
    memcpy(who, r->command.who, sizeof r->command.who);
    memcpy(text, r->command.text, sizeof r->command.text);
    loop->command_ns = r->command_ns;
    enum mt_operator_command command = (enum mt_operator_command)r->command.command;
    int account = r->command.account, symbol = r->command.symbol;
    if (command < MT_OPERATOR_HALT || command > MT_OPERATOR_STOP || account >= r->session->plan->account_count
        || symbol >= r->session->plan->instrument_count)
        return mt_fail(diag, MT_EDIFF, "an OPERATOR record at turn %llu names what this run does not have",
                       (unsigned long long)r->command.turn);
    int rc = next_command(r, loop);
    if (rc == 0)
        rc = mt_loop_operator(loop, command, account, symbol, who, text, &refused);
    if (rc == 0 || rc == MT_EEND || rc == MT_EDIFF)
        return rc;
    if (rc != MT_EIO && rc != MT_EFULL)
        return 0;                               /* it was refused then, too */
    return mt_fail(diag, rc, "%s", refused.text);
}

/* --- what the disk said then -------------------- */

/* The next INTENT of the generation. A damaged record is found, and told, where it is compared. */
static void next_intent(struct replay *r)
{
    struct mt_record record;
    struct mt_diag ignored = { 0 };
    r->intent_known = true;
    r->refused = false;
    while (next_recorded(r->intents, &r->room, &record, &ignored) > 0 && record.seq <= r->last_seq) {
        if (record.kind != MT_REC_INTENT || record.seq <= r->start_seq)
            continue;
        r->refused = ((const struct mt_rec_intent *)record.payload)->code == MT_CODE_JOURNAL_UNAVAILABLE;
        return;
    }
}

/* Every check of an increase ends in one INTENT, in order. */
static bool accepts(void *ud)
{
    struct replay *r = ud;
    if (!r->intent_known)
        next_intent(r);
    return !r->refused;
}

static void intent_made(struct replay *r)
{
    if (!r->intent_known)
        next_intent(r);
    r->intent_known = false;
}

/* --- comparing -------------------- */

static int compare(void *ud, const struct mt_engine *engine, const struct mt_record *made)
{
    struct replay *r = ud;
    struct mt_record recorded;
    int rc = r->inner.record(r->inner.ud, engine, made);
    if (rc != 0)
        return rc;
    if (made->kind == MT_REC_INTENT)
        intent_made(r);
    rc = next_recorded(r->recorded, &r->room, &recorded, r->diag);
    if (rc < 0)
        return rc;
    if (rc == 0 || recorded.seq > r->last_seq) {
        r->done = true;
        return MT_EEND;
    }
    r->report->records++;
    if (!r->options->verify)
        return 0;
    return mt_replay_compare(&recorded, made, r->diag);
}

static void market(void *ud, const struct mt_engine *engine, const struct mt_event *event)
{
    struct replay *r = ud;
    r->inner.market(r->inner.ud, engine, event);
}

static void instant(void *ud, const struct mt_engine *engine)
{
    struct replay *r = ud;
    r->inner.instant(r->inner.ud, engine);
}

static void asked(void *ud, const struct mt_engine *engine, const struct mt_rec_signal *signal)
{
    struct replay *r = ud;
    r->inner.asked(r->inner.ud, engine, signal);
}

static void sent(void *ud, const struct mt_engine *engine, const struct mt_order *order)
{
    struct replay *r = ud;
    r->inner.sent(r->inner.ud, engine, order);
}

/* --- one generation -------------------- */

/* The extent of the generation that begins at `start_seq`, and how it ended. */
static int find_extent(struct replay *r, bool *ended, struct mt_diag *diag)
{
    struct mt_journal_reader *reader;
    struct mt_record record;
    int rc = mt_journal_reader_open(&reader, r->options->journal, true, diag);
    if (rc != 0)
        return rc;
    *ended = false;
    r->last_seq = r->start_seq;
    while ((rc = next_recorded(reader, &r->room, &record, diag)) > 0) {
        if (record.seq <= r->start_seq)
            continue;
        if (record.kind == MT_REC_RUN_START)
            break;
        r->last_seq = record.seq;
        *ended = record.kind == MT_REC_RUN_END;
    }
    mt_journal_reader_close(reader);
    return rc < 0 ? rc : 0;
}

static int open_at(struct replay *r, struct mt_journal_reader **reader, struct mt_diag *diag)
{
    struct mt_record record;
    int rc = mt_journal_reader_open(reader, r->options->journal, true, diag);
    while (rc == 0 && r->start_seq > 1) {
        rc = next_recorded(*reader, &r->room, &record, diag);
        if (rc <= 0)
            return rc < 0 ? rc : mt_fail(diag, MT_ECORRUPT, "journal: it has become shorter meanwhile");
        rc = 0;
        if (record.seq + 1 == r->start_seq)
            break;
    }
    return rc;
}

static int prepare(struct replay *r, const struct mt_record *start, struct mt_diag *diag)
{
    struct mt_session_plan *plan;
    struct mt_journal *journal;
    struct mt_journal_options in_memory = { .dir = NULL, .accepts = accepts, .accepts_ud = r };
    const struct mt_rec_run_start *head = start->payload;
    if (start->length - sizeof *head < head->json_length)
        return mt_fail(diag, MT_EDIFF, "record %llu (RUN_START) is too short", (unsigned long long)start->seq);
    int rc = mt_plan_read(&plan, (const char *)(head + 1), head->json_length, diag);
    if (rc == 0)
        rc = mt_session_prepare_again(&r->session, plan, false, diag);
    if (rc == 0)
        rc = mt_journal_open(&journal, &in_memory, 0, NULL, NULL, diag);
    struct mt_results_options none = { 0 };
    if (rc == 0 && (rc = mt_session_results(&r->results, r->session, &none, diag)) != 0)
        mt_journal_close(journal, NULL);
    if (rc != 0)
        return rc;
    r->inner = mt_results_observer(r->results);
    struct mt_observer observer = { .ud = r, .record = compare, .asked = asked, .sent = sent, .market = market,
                                    .instant = instant };
    bool backtest = !r->session->plan->speed || !r->session->plan->speed[0];
    return mt_session_compose(r->session, journal, &observer, backtest, diag);
}

static int rewind_past(void *ud, struct mt_diag *diag)
{
    return mt_past_rewind(&((struct replay *)ud)->past, diag);
}

static int next_past(void *ud, struct mt_record *out, struct mt_diag *diag)
{
    return mt_past_next(&((struct replay *)ud)->past, out, diag);
}

static int folded(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    return mt_results_folded(((struct replay *)ud)->results, engine, record);
}

static int begin(struct replay *r, struct mt_diag *diag)
{
    if (r->start_seq == 1)
        return mt_session_begin(r->session, diag);
    struct mt_session_past past = { r, rewind_past, next_past, folded };
    mt_past_init(&r->past, r->options->journal, r->start_seq);
    int rc = mt_session_resume(r->session, &past, diag);
    mt_past_close(&r->past);
    return rc;
}

static void forget(struct mt_diag *diag)
{
    diag->code = 0;
    diag->text[0] = '\0';
}

/* Everything recorded must have been made again; a run that was killed or failed just breaks off. */
static int check_end(struct replay *r, int rc, bool ended, struct mt_diag *diag)
{
    struct mt_record record;
    struct mt_diag why = { 0 };
    if (rc == MT_EDIFF)
        return rc;
    if (r->done && ended)
        return mt_fail(diag, MT_EDIFF, "the replay goes on after the recorded end (record %llu)",
                       (unsigned long long)r->last_seq);
    int more = r->done ? 0 : next_recorded(r->recorded, &r->room, &record, &why);
    if (more > 0 && record.seq > r->last_seq)
        more = 0;
    if (more < 0)
        return mt_fail(diag, more, "%s", why.text);
    if (rc != 0 && (ended || more > 0))
        return rc;
    forget(diag);
    if (more > 0 && r->options->verify)
        return mt_fail(diag, MT_EDIFF, "record %llu (%s) was not made again: the replay ended before it",
                       (unsigned long long)record.seq, mt_record_name(record.kind));
    return 0;
}

static int exit_code(struct mt_loop *loop)
{
    const struct replay *r = loop->ud;
    return mt_exit_of_end(mt_results_end(r->results));
}

/* A paced replay waits; nobody speaks to it. */
static int poll(struct mt_loop *loop, int wait_ms, struct mt_diag *diag)
{
    struct timespec wait = { 0, wait_ms * 1000000L };
    (void)loop;
    (void)diag;
    if (wait_ms > 0)
        nanosleep(&wait, NULL);
    return 0;
}

/* Each generation counts what was before it, too: the last one's summary is that of the whole run. */
static int put_summary(struct replay *r, struct mt_diag *diag)
{
    int rc = mt_results_finish(r->results, 0, diag);
    mt_buf_clear(r->options->summary);
    if (rc == 0)
        mt_results_json(r->results, false, r->options->summary);
    return rc == 0 && r->options->summary->failed ? mt_fail(diag, MT_ENOMEM, "replay: no memory for the summary") : rc;
}

static int run_generation(struct replay *r, const struct mt_record *start, struct mt_diag *diag)
{
    bool ended;
    struct mt_loop loop = { .session = NULL, .speed = r->options->speed, .ud = r, .poll = poll, .operate = operate,
                            .operate_turn = UINT64_MAX, .exit_code = exit_code };
    r->start_seq = start->seq;
    r->done = r->intent_known = false;
    int rc = prepare(r, start, diag);
    if (rc == 0)
        rc = find_extent(r, &ended, diag);
    if (rc == 0)
        rc = open_at(r, &r->recorded, diag);
    if (rc == 0)
        rc = open_at(r, &r->ahead, diag);
    if (rc == 0)
        rc = open_at(r, &r->intents, diag);
    if (rc != 0)
        return rc;
    loop.session = r->session;
    rc = begin(r, diag);
    if (rc == 0)
        rc = next_command(r, &loop);
    if (rc == 0)
        rc = mt_loop_run(&loop, diag);
    rc = check_end(r, rc, ended, diag);
    r->report->torn = !ended;
    r->report->generations++;
    return rc == 0 && r->options->summary ? put_summary(r, diag) : rc;
}

static void close_generation(struct replay *r)
{
    mt_results_free(r->results);
    mt_session_free(r->session);
    mt_journal_reader_close(r->recorded);
    mt_journal_reader_close(r->ahead);
    mt_journal_reader_close(r->intents);
    r->session = NULL;
    r->results = NULL;
    r->recorded = r->ahead = r->intents = NULL;
}

int mt_replay_run(const struct mt_replay_options *options, struct mt_replay_report *report, struct mt_diag *diag)
{
    struct replay *r = calloc(1, sizeof *r);
    struct mt_journal_reader *reader = NULL;
    struct mt_record record;
    memset(report, 0, sizeof *report);
    if (!r)
        return mt_fail(diag, MT_ENOMEM, "replay: no memory");
    r->options = options;
    r->report = report;
    r->diag = diag;
    mt_buf_init(&r->room, MT_RECORD_ROOM_MAX);
    mt_buf_init(&r->start_room, MT_RECORD_ROOM_MAX);
    int rc = mt_journal_reader_open(&reader, options->journal, true, diag);
    while (rc == 0 && (rc = next_recorded(reader, &r->start_room, &record, diag)) > 0) {
        rc = 0;
        if (record.kind != MT_REC_RUN_START)
            continue;
        rc = run_generation(r, &record, diag);
        close_generation(r);
    }
    if (rc == 0 && report->generations == 0)
        rc = mt_fail(diag, MT_EDIFF, "%s: no run has begun in this journal", options->journal);
    mt_journal_reader_close(reader);
    mt_buf_fini(&r->room);
    mt_buf_fini(&r->start_room);
    free(r);
    return rc;
}
