/* The outbox of the engine, from the journal: INTENT and OP put something into it, the end of their turn lets it go,
 * and it has gone when anything else was written after that. While it was let go the host wrote of what did not go
 * well: SENT, and the answer to an operation that did not leave. What lay before that in the outbox had gone. */
#include "app/venue_again.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/sim/ring.h"
#include "core/inbox.h"
#include "core/order_fold.h"
#include "core/records.h"
#include "model/order.h"

enum { QUEUE_MAX = 1 << 20 };

struct ask {
    int64_t time_ns;                        /* of its turn */
    struct mt_order_request request;        /* the coid, and what a replace asks for */
    enum mt_outgoing kind;
    bool flushed;                           /* its turn has ended */
};

struct mt_venue_again {
    struct mt_sim *sim;
    struct mt_venue venue;
    struct mt_engine *engine;
    struct mt_inbox inbox;                  /* what the venue gives */
    struct mt_ring market, reports;         /* of it, not yet asked for: struct mt_event */
    struct mt_ring outbox;                  /* struct ask */
    int64_t until_ns;                       /* time of the record that is looked at */
};

static int no_room(struct mt_diag *diag)
{
    return mt_fail(diag, MT_ENOMEM, "resume: no memory for what lay between host and venue");
}

/* ---- what the venue gives ---- */

static int sort_in(struct mt_venue_again *again, struct mt_diag *diag)
{
    const struct mt_event *event;
    while ((event = mt_inbox_take(&again->inbox)) != NULL) {
        struct mt_event *kept = mt_ring_push(event->kind == MT_EV_REPORT ? &again->reports : &again->market);
        if (!kept)
            return no_room(diag);
        *kept = *event;
    }
    return 0;
}

/* 1: something came, 0: nothing more up to the time of the record, or an mt_err. */
static int pull(struct mt_venue_again *again, struct mt_diag *diag)
{
    int64_t now_ns;
    int rc = mt_sim_next(again->sim, again->until_ns, &now_ns, diag);
    if (rc < 0)
        return rc;
    int sorted = sort_in(again, diag);
    return sorted < 0 ? sorted : rc == 1;
}

static int market_fill(void *self, struct mt_event *out, int max, struct mt_diag *diag)
{
    struct mt_venue_again *again = self;
    int rc = 1;
    (void)max;                              /* one by one: never further than the engine had been */
    while (rc == 1 && mt_ring_count(&again->market) == 0)
        rc = pull(again, diag);
    if (rc != 1)
        return rc;
    *out = *(const struct mt_event *)mt_ring_at(&again->market, 0);
    mt_ring_pop(&again->market);
    return 1;
}

static int market_seek(void *self, uint64_t position, struct mt_diag *diag)
{
    (void)self;
    return position == 0 ? 0 : mt_fail(diag, MT_ERANGE, "resume: the market is read from its beginning");
}

static void market_close(void *self)
{
    (void)self;
}

struct mt_source mt_venue_again_market(struct mt_venue_again *again)
{
    static const struct mt_source_ops ops = { market_fill, market_seek, market_close };
    return (struct mt_source){ &ops, again };
}

/* What the host wrote of itself in the words of a venue: an operation that did not leave or has no answer, an order
 * that nobody knows, a fill made up for one that is missing, and its end. */
static bool by_host(const struct mt_rec_venue_event *r)
{
    if (r->op == MT_REPORT_OP_AMBIGUOUS || (r->op == MT_REPORT_OP_REFUSED && r->code == 0))
        return true;
    return r->op == MT_REPORT_NO_OP && (r->synthetic || r->event == MT_ORDER_ABSENT);
}

static bool same(const struct mt_report *report, const struct mt_rec_venue_event *r)
{
    return report->coid == r->coid && report->event == r->event && report->op == r->op && report->fill_id == r->fill_id
        && report->price == r->price && report->qty == r->qty;
}

/* Reports that nothing was written of, as those told twice, lie before it. */
static int heard(struct mt_venue_again *again, const struct mt_record *record, struct mt_diag *diag)
{
    const struct mt_rec_venue_event *r = record->payload;
    int rc = 1;
    while (rc == 1) {
        while (mt_ring_count(&again->reports) > 0) {
            const struct mt_event *event = mt_ring_at(&again->reports, 0);
            mt_ring_pop(&again->reports);
            if (same(&event->report, r))
                return 0;
        }
        rc = pull(again, diag);
    }
    if (rc < 0)
        return rc;
    return mt_fail(diag, MT_EDIFF, "resume: record %" PRIu64 " (VENUE_EVENT) of order %" PRIu64 ": the simulated venue "
                   "does not say it again: the market data or the program is another one", record->seq, r->coid);
}

/* ---- what it is asked ---- */

/* The first of the outbox. What ended before it could go stays, but a question about it went. */
static void send_first(struct mt_venue_again *again)
{
    const struct ask ask = *(const struct ask *)mt_ring_at(&again->outbox, 0);
    const struct mt_venue_ops *ops = again->venue.ops;
    const struct mt_order *order = mt_engine_order(again->engine, ask.request.coid);
    mt_ring_pop(&again->outbox);
    if (!order || (mt_order_state_terminal(order->state) && ask.kind != MT_OUT_QUERY))
        return;
    struct mt_order_request request = ask.kind == MT_OUT_SUBMIT ? mt_order_submission(order) : ask.request;
    switch (ask.kind) {                     /* how it went is in the journal */
    case MT_OUT_SUBMIT: (void)ops->submit(again->venue.self, ask.time_ns, &request); break;
    case MT_OUT_REPLACE: (void)ops->modify(again->venue.self, ask.time_ns, &request); break;
    case MT_OUT_CANCEL: (void)ops->cancel(again->venue.self, ask.time_ns, ask.request.coid); break;
    case MT_OUT_QUERY: (void)ops->query(again->venue.self, ask.time_ns, ask.request.coid); break;
    }
}

static struct ask *first(struct mt_venue_again *again)
{
    struct ask *ask = mt_ring_count(&again->outbox) > 0 ? mt_ring_at(&again->outbox, 0) : NULL;
    return ask && ask->flushed ? ask : NULL;
}

static void send_all(struct mt_venue_again *again)
{
    while (first(again) != NULL)
        send_first(again);
}

/* Is it among what its turn has let go, and waits? */
static bool lets_go(struct mt_venue_again *again, uint64_t coid, bool submit)
{
    for (uint32_t i = 0; i < mt_ring_count(&again->outbox); i++) {
        const struct ask *ask = mt_ring_at(&again->outbox, i);
        if (ask->flushed && ask->request.coid == coid && (ask->kind == MT_OUT_SUBMIT) == submit
            && ask->kind != MT_OUT_QUERY)
            return true;
    }
    return false;
}

/* The record is about a submit, or an operation, of that order. If it was written while that was let go, what lay
 * before it had gone, and what lies behind it waits for its turn; else all has gone long ago, and it is false. */
static bool send_up_to(struct mt_venue_again *again, uint64_t coid, bool submit)
{
    if (!lets_go(again, coid, submit)) {
        send_all(again);
        return false;
    }
    while (first(again)->request.coid != coid || (first(again)->kind == MT_OUT_SUBMIT) != submit
           || first(again)->kind == MT_OUT_QUERY)
        send_first(again);
    return true;
}

static void submit_ended(struct mt_venue_again *again, const struct mt_rec_sent *r)
{
    if (!send_up_to(again, r->coid, true))
        return;                             /* much later: nobody has answered */
    if (r->outcome == MT_SENT_WITHDRAWN)
        mt_ring_pop(&again->outbox);
    else
        send_first(again);
}

/* Withdrawn, or taken back, in the turn that made it. */
static bool withdraw(struct mt_venue_again *again, uint64_t coid, enum mt_outgoing kind)
{
    for (uint32_t i = 0; i < mt_ring_count(&again->outbox); i++) {
        const struct ask *ask = mt_ring_at(&again->outbox, i);
        if (ask->request.coid != coid || ask->kind != kind || ask->flushed)
            continue;
        mt_ring_remove(&again->outbox, i);
        return true;
    }
    return false;
}

static int push(struct mt_venue_again *again, const struct ask *ask, struct mt_diag *diag)
{
    struct ask *room = mt_ring_push(&again->outbox);
    if (!room)
        return no_room(diag);
    *room = *ask;
    return 0;
}

static int asked(struct mt_venue_again *again, const struct mt_record *record, struct mt_diag *diag)
{
    const struct mt_rec_op *r = record->payload;
    const struct mt_order *order = mt_engine_order(again->engine, r->coid);
    struct ask ask = { .time_ns = record->time_ns, .kind = (enum mt_outgoing)r->asked,
        .request = { .coid = r->coid, .follow = r->follow } };
    if (order)
        ask.request.terms = mt_order_fold_wished(&order->terms, r);
    if (r->asked == MT_OUT_CANCEL && order && order->state == MT_ORDER_READY) {
        (void)withdraw(again, r->coid, MT_OUT_SUBMIT);
        return 0;
    }
    return push(again, &ask, diag);
}

static int intended(struct mt_venue_again *again, const struct mt_record *record, struct mt_diag *diag)
{
    const struct mt_rec_intent *r = record->payload;
    struct ask ask = { .time_ns = record->time_ns, .kind = MT_OUT_SUBMIT,
        .request = { .coid = r->coid } };
    return r->code == 0 ? push(again, &ask, diag) : 0;
}

static void turn_ended(struct mt_venue_again *again)
{
    for (uint32_t i = 0; i < mt_ring_count(&again->outbox); i++)
        ((struct ask *)mt_ring_at(&again->outbox, i))->flushed = true;
}

/* ---- records ---- */

static int take_record(struct mt_venue_again *again, const struct mt_record *record, struct mt_diag *diag)
{
    if (record->kind == MT_REC_SENT) {
        submit_ended(again, record->payload);
        return 0;
    }
    if (record->kind == MT_REC_VENUE_EVENT && by_host(record->payload)) {
        const struct mt_rec_venue_event *r = record->payload;
        if (r->op != MT_REPORT_NO_OP && send_up_to(again, r->coid, false))
            send_first(again);
        else if (r->op == MT_REPORT_NO_OP || !withdraw(again, r->coid, MT_OUT_REPLACE))
            send_all(again);
        return 0;
    }
    send_all(again);
    switch (record->kind) {
    case MT_REC_INTENT: return intended(again, record, diag);
    case MT_REC_OP: return asked(again, record, diag);
    case MT_REC_VENUE_EVENT: return heard(again, record, diag);
    default: return 0;
    }
}

int mt_venue_again_record(struct mt_venue_again *again, const struct mt_record *record, struct mt_diag *diag)
{
    int rc = mt_engine_record_check(again->engine, record, diag);
    again->until_ns = record->time_ns;
    if (rc == 0)
        rc = take_record(again, record, diag);
    if (record->flags & MT_RECORD_LAST)
        turn_ended(again);
    return rc;
}

/* ---- begin and end ---- */

int mt_venue_again_begin(struct mt_venue_again **out, struct mt_sim *sim, struct mt_engine *engine,
                         struct mt_diag *diag)
{
    struct mt_venue_again *again = calloc(1, sizeof *again);
    if (!again)
        return no_room(diag);
    again->sim = sim;
    again->venue = mt_sim_venue(sim);
    again->engine = engine;
    if (mt_inbox_init(&again->inbox, 1 << 16) != 0
        || mt_ring_init(&again->market, sizeof(struct mt_event), 256, QUEUE_MAX) != 0
        || mt_ring_init(&again->reports, sizeof(struct mt_event), 256, QUEUE_MAX) != 0
        || mt_ring_init(&again->outbox, sizeof(struct ask), 256, QUEUE_MAX) != 0) {
        mt_venue_again_free(again);
        return no_room(diag);
    }
    *out = again;
    return again->venue.ops->open(again->venue.self, &again->inbox, diag);
}

int mt_venue_again_finish(struct mt_venue_again *again, struct mt_diag *diag)
{
    int rc = again->venue.ops->open(again->venue.self, mt_engine_inbox(again->engine), diag);
    for (uint32_t i = 0; rc == 0 && i < mt_ring_count(&again->outbox); i++) {
        const struct ask *ask = mt_ring_at(&again->outbox, i);
        rc = mt_engine_unsent(again->engine, &ask->request, ask->kind);
        if (rc != 0)
            return mt_fail(diag, rc, "resume: more orders wait to be sent than can wait");
    }
    return rc;
}

void mt_venue_again_free(struct mt_venue_again *again)
{
    if (!again)
        return;
    mt_inbox_fini(&again->inbox);
    mt_ring_fini(&again->market);
    mt_ring_fini(&again->reports);
    mt_ring_fini(&again->outbox);
    free(again);
}
