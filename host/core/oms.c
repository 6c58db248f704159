#include "core/oms.h"

#include <string.h>

#include "core/emit.h"
#include "core/order_fold.h"

enum { CANCEL_TRIES = 5, CANCEL_PAUSE_MAX = 30 };       /* pauses between cancels double so often; the last, in s */

static struct mt_risk_ask ask_of(const struct mt_order_wish *wish)
{
    return (struct mt_risk_ask){ .terms = wish->terms, .protect = wish->protect, .child = wish->parent != 0,
        .early = wish->early, .trails = wish->follow.trail != 0 };
}

static void check(struct mt_desk *d, const struct mt_order_wish *wish, struct mt_risk_verdict *verdict)
{
    struct mt_risk_ask ask = ask_of(wish);
    mt_risk_check(d->books.risk, &ask, d->now_ns, mt_journal_accepts_increases(d->journal), d->strategy_ok, verdict);
}

int32_t mt_oms_would(struct mt_desk *d, const struct mt_order_wish *wish)
{
    struct mt_risk_verdict verdict;
    check(d, wish, &verdict);
    return verdict.code;
}

/* The next client order id; a new block is reserved before its first id is used (I4). */
static uint64_t next_coid(struct mt_desk *d)
{
    if (d->books.next_coid == d->books.coid_end) {
        struct mt_rec_coid_block block = { d->books.next_coid, d->books.next_coid + 1024 };
        mt_emit(d, MT_REC_COID_BLOCK, &block, sizeof block, MT_DURABLE_D1P);
    }
    return d->books.next_coid;
}

static uint64_t emit_intent(struct mt_desk *d, const struct mt_order_wish *wish,
                            const struct mt_risk_verdict *verdict)
{
    struct mt_rec_intent r;
    memset(&r, 0, sizeof r);
    r.coid = next_coid(d);
    r.signal = wish->signal;
    r.terms = wish->terms;
    r.parent = wish->parent;
    r.follow = wish->follow;
    r.risk_price = verdict->price;
    r.value = mt_rec_money(verdict->value);
    r.limit = mt_rec_money(verdict->limit);
    r.code = verdict->code;
    r.scope = verdict->scope;
    r.take = wish->take;
    r.cut = wish->cut;
    strncpy(r.tag, wish->tag, sizeof r.tag - 1);
    d->counts.intents++;
    d->books.orders.pinned = d->notice_count > 0 || d->outbox_count > 0;
    mt_emit(d, MT_REC_INTENT, &r, sizeof r, MT_DURABLE_D1);
    return r.coid;
}

void mt_oms_refuse(struct mt_desk *d, const struct mt_order_wish *wish, int32_t code)
{
    struct mt_risk_verdict verdict = { .code = code };
    uint64_t coid = emit_intent(d, wish, &verdict);
    if (d->dead != 0 || d->failed != 0)
        return;                                 /* there is no such order */
    const struct mt_order *order = mt_orders_get(&d->books.orders, coid);
    d->counts.denied += order->state == MT_ORDER_DENIED;
    mt_desk_news(d, order, order->state);
}

int32_t mt_oms_order(struct mt_desk *d, const struct mt_order_wish *wish, uint64_t *coid)
{
    struct mt_risk_verdict verdict;
    check(d, wish, &verdict);
    if (verdict.code == 0 && d->outbox_count == MT_OUTBOX_MAX)
        verdict = (struct mt_risk_verdict){ .code = MT_CODE_TOO_MANY };
    if (d->dead != 0)
        return MT_CODE_JOURNAL_UNAVAILABLE;
    *coid = emit_intent(d, wish, &verdict);
    if (d->dead != 0 || d->failed != 0)
        return MT_CODE_JOURNAL_UNAVAILABLE;
    if (verdict.code != 0) {
        d->counts.denied++;
        mt_desk_news(d, mt_orders_get(&d->books.orders, *coid), MT_ORDER_DENIED);
        return verdict.code;
    }
    d->counts.orders++;
    d->outbox[d->outbox_count++] = (struct mt_outbox_item){ .request.coid = *coid, .kind = MT_OUT_SUBMIT };
    return 0;
}

/* When the next cancel of an order may leave: after 1, 2, 4, 8, 16 and then 30 seconds since the one before, whether
 * that was lost, refused or did not leave (2.4, 4.3). */
static int64_t cancel_due_ns(const struct mt_order *order)
{
    if (order->cancel_tries == 0)
        return INT64_MIN;
    int64_t pause = order->cancel_tries > CANCEL_TRIES ? CANCEL_PAUSE_MAX : INT64_C(1) << (order->cancel_tries - 1);
    return order->cancel_ns + pause * MT_NS_PER_S;
}

/* Cancels are never denied, only paced: when the outbox is full they wait for the next second, and a repetition for its
 * pause. */
void mt_oms_cancel(struct mt_desk *d, uint64_t coid)
{
    const struct mt_order *order = mt_orders_get(&d->books.orders, coid);
    if (!order || mt_order_state_terminal(order->state))
        return;
    if (order->cancel_tries >= CANCEL_TRIES && order->state == MT_ORDER_UNKNOWN)
        return; /* first it must be known whether there is anything to cancel: it is asked for */
    if (order->op != MT_OP_NONE && order->op != MT_OP_CANCEL_UNKNOWN)
        return;
    int64_t due_ns = d->outbox_count == MT_OUTBOX_MAX ? d->now_ns + MT_NS_PER_S : cancel_due_ns(order);
    if (d->now_ns < due_ns) {
        mt_desk_attend(d, order->terms.account, order->terms.symbol, due_ns);
        mt_desk_watch_from(d, due_ns);
        return;
    }
    bool withdraw = order->state == MT_ORDER_READY;
    struct mt_rec_op op = { .coid = coid, .asked = MT_OUT_CANCEL };
    mt_emit(d, MT_REC_OP, &op, sizeof op, MT_DURABLE_D2);
    if (d->dead != 0)
        return;
    if (withdraw)
        mt_desk_news(d, order, MT_ORDER_DENIED);
    else
        d->outbox[d->outbox_count++] = (struct mt_outbox_item){ .request.coid = coid, .kind = MT_OUT_CANCEL };
}

void mt_oms_replace(struct mt_desk *d, uint64_t coid, const struct mt_order_wish *wish)
{
    const struct mt_order *order = mt_orders_get(&d->books.orders, coid);
    if (!order || order->op != MT_OP_NONE || d->outbox_count == MT_OUTBOX_MAX
        || (order->state != MT_ORDER_WORKING && order->state != MT_ORDER_PARTIAL))
        return;
    const struct mt_rec_op op = { .coid = coid, .asked = MT_OUT_REPLACE, .qty = order->cum + wish->terms.qty,
        .price = wish->terms.price, .stop = wish->terms.stop, .follow = wish->follow,
        .flags = wish->terms.flags & MT_TERMS_REPLACED };
    const struct mt_order_request request = { .coid = coid, .terms = mt_order_fold_wished(&order->terms, &op),
        .follow = op.follow };
    mt_emit(d, MT_REC_OP, &op, sizeof op, MT_DURABLE_D1);
    if (d->dead == 0)
        d->outbox[d->outbox_count++] = (struct mt_outbox_item){ request, MT_OUT_REPLACE };
}

static void submit(struct mt_desk *d, const struct mt_order *order)
{
    const struct mt_order_request request = mt_order_submission(order);
    enum mt_send outcome = d->venue.ops->submit(d->venue.self, d->now_ns, &request);
    mt_desk_watch_from(d, d->now_ns + MT_INFLIGHT_NS);
    if (outcome == MT_SEND_OUT)
        return;
    struct mt_rec_sent sent = { .coid = order->coid,
                                .outcome = outcome == MT_SEND_NOBYTE ? MT_SENT_NOBYTE : MT_SENT_AMB };
    mt_emit(d, MT_REC_SENT, &sent, sizeof sent, MT_DURABLE_D3);
    mt_desk_news(d, order, order->state);
    if (outcome != MT_SEND_NOBYTE)
        return;
    /* Its leg goes on in the next turn: what that decides must be in the journal before it may leave. */
    if (order->terms.role == MT_ROLE_ENTRY || order->terms.role == MT_ROLE_TARGET)
        mt_desk_attend(d, order->terms.account, order->terms.symbol, d->now_ns);
    else
        mt_desk_refused(d, order->terms.account, order->terms.symbol, order->terms.type == MT_TYPE_STOP);
}

/* An exit whose entry, or whose position, has ended before it left itself has nothing to do. */
static bool withdraw_idle(struct mt_desk *d, const struct mt_order *order)
{
    const struct mt_order *entry = order->parent ? mt_orders_get(&d->books.orders, order->parent) : NULL;
    int64_t position = mt_position_at(&d->books, order->terms.account, order->terms.symbol)->qty;
    bool reduces = order->terms.side > 0 ? position < 0 : position > 0;
    if (order->parent ? !entry || !mt_order_state_terminal(entry->state)
                      : !mt_terms_reduce_only(&order->terms) || reduces)
        return false;
    struct mt_rec_sent sent = { .coid = order->coid, .outcome = MT_SENT_WITHDRAWN };
    mt_emit(d, MT_REC_SENT, &sent, sizeof sent, MT_DURABLE_D2);
    mt_desk_attend(d, order->terms.account, order->terms.symbol, d->now_ns);     /* its leg goes on after the flush */
    return true;
}

static void emit_op_answer(struct mt_desk *d, const struct mt_order *order, enum mt_report_op answer)
{
    struct mt_rec_venue_event r = mt_emit_own_word(d, order);
    r.op = (uint8_t)answer;
    mt_emit(d, MT_REC_VENUE_EVENT, &r, sizeof r, MT_DURABLE_D2);
}

void mt_oms_take_back(struct mt_desk *d, uint64_t coid)
{
    size_t at = 0;
    while (at < d->outbox_count && (d->outbox[at].request.coid != coid || d->outbox[at].kind != MT_OUT_REPLACE))
        at++;
    if (at == d->outbox_count || d->dead != 0)
        return;
    emit_op_answer(d, mt_orders_get(&d->books.orders, coid), MT_REPORT_OP_REFUSED);
    d->outbox_count--;
    memmove(d->outbox + at, d->outbox + at + 1, (d->outbox_count - at) * sizeof *d->outbox);
}

/* The answer to the sending of an operation itself: nothing left the host, or nobody knows. */
void mt_oms_op_not_sent(struct mt_desk *d, const struct mt_order *order, enum mt_send outcome)
{
    bool replace = order->op == MT_OP_REPLACE_SENT;
    emit_op_answer(d, order, outcome == MT_SEND_NOBYTE ? MT_REPORT_OP_REFUSED : MT_REPORT_OP_AMBIGUOUS);
    mt_desk_watch_from(d, d->now_ns + MT_NS_PER_S);
    if (outcome == MT_SEND_NOBYTE && replace)
        mt_desk_refused(d, order->terms.account, order->terms.symbol, false);
    else if (outcome == MT_SEND_NOBYTE)
        mt_desk_attend(d, order->terms.account, order->terms.symbol, d->now_ns + MT_NS_PER_S);
}

/* A question that did not leave stays in the outbox, unless it is asked every second anyway. It may be about an order
 * that has ended: after an overfill, say, or a reject of what was filled. */
static size_t ask_again(struct mt_desk *d, const struct mt_order *order, size_t again)
{
    mt_desk_watch_from(d, d->now_ns + MT_NS_PER_S);
    if (order->state != MT_ORDER_UNKNOWN && !order->stale)
        d->outbox[again++] = (struct mt_outbox_item){ .request.coid = order->coid, .kind = MT_OUT_QUERY };
    return again;
}

void mt_oms_flushed(struct mt_desk *d)
{
    const struct mt_orders *orders = &d->books.orders;
    size_t first = mt_books_flushed(&d->books);
    for (size_t i = first; d->observer.sent && i < orders->open_count; i++)
        d->observer.sent(d->observer.ud, d->engine, mt_orders_get(orders, orders->open[i]));
}

void mt_oms_send(struct mt_desk *d)
{
    const struct mt_venue *venue = &d->venue;
    size_t again = 0;
    for (size_t i = 0; i < d->outbox_count && d->dead == 0; i++) {
        const struct mt_order *order = mt_orders_get(&d->books.orders, d->outbox[i].request.coid);
        enum mt_send outcome = MT_SEND_OUT;
        MT_ASSERT(order);
        if (mt_order_state_terminal(order->state) && d->outbox[i].kind != MT_OUT_QUERY)
            continue;
        switch (d->outbox[i].kind) {
        case MT_OUT_SUBMIT:
            MT_ASSERT(order->state == MT_ORDER_SENT);           /* I5: its intent was flushed a moment ago */
            if (!withdraw_idle(d, order))
                submit(d, order);
            break;
        case MT_OUT_CANCEL: outcome = venue->ops->cancel(venue->self, d->now_ns, order->coid); break;
        case MT_OUT_REPLACE: outcome = venue->ops->modify(venue->self, d->now_ns, &d->outbox[i].request); break;
        default:
            if (venue->ops->query(venue->self, d->now_ns, order->coid) != MT_SEND_OUT)
                again = ask_again(d, order, again);
            break;
        }
        if (d->outbox[i].kind != MT_OUT_SUBMIT && d->outbox[i].kind != MT_OUT_QUERY)
            mt_desk_watch_from(d, d->now_ns + MT_INFLIGHT_NS);
        if (outcome != MT_SEND_OUT)
            mt_oms_op_not_sent(d, order, outcome);
    }
    d->outbox_count = again;
}

void mt_oms_query(struct mt_desk *d, uint64_t coid)
{
    struct mt_rec_op op = { .coid = coid, .asked = MT_OUT_QUERY };
    bool full = d->outbox_count == MT_OUTBOX_MAX;
    mt_orders_ask(&d->books.orders, coid, full);
    if (full) {
        mt_desk_watch_from(d, d->now_ns + MT_NS_PER_S);
        return;
    }
    mt_emit(d, MT_REC_OP, &op, sizeof op, MT_DURABLE_D3);
    if (d->dead == 0)
        d->outbox[d->outbox_count++] = (struct mt_outbox_item){ .request.coid = coid, .kind = MT_OUT_QUERY };
}

void mt_oms_alarm(struct mt_desk *d, const struct mt_rec_venue_event *r)
{
    struct mt_rec_order_alarm a = {
        .coid = r->coid, .from = d->change.order.from, .event = r->event, .flags = d->change.order.flags
    };
    d->counts.anomalies++;
    mt_emit(d, MT_REC_ORDER_ALARM, &a, sizeof a, MT_DURABLE_D2);
}
