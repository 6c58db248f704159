/* oms: orders on their way out and reports on their way in. Every order, whoever wants it, passes mt_oms_order. */
#include <string.h>

#include "base/hash.h"
#include "core/engine_private.h"
#include "core/order_fold.h"

static const int64_t inflight_ns = 5 * MT_NS_PER_S;      /* no answer for so long: the outcome is unknown (4.3) */
static const int64_t absent_ns = 60 * MT_NS_PER_S;       /* proof of absence needs samples over so long (4.4) */
enum { ABSENT_SAMPLES = 3, CANCEL_TRIES = 5, CANCEL_PAUSE_MAX = 30 };

/* --- out -------------------- */

static void watch_from(struct mt_engine *e, int64_t time_ns)
{
    if (time_ns < e->watch_ns)
        e->watch_ns = time_ns;
}

static struct mt_risk_ask ask_of(const struct mt_order_wish *wish)
{
    return (struct mt_risk_ask){ .terms = wish->terms, .protect = wish->protect, .child = wish->parent != 0,
        .early = wish->early, .trails = wish->follow.trail != 0 };
}

static void check(struct mt_engine *e, const struct mt_order_wish *wish, struct mt_risk_verdict *verdict)
{
    struct mt_risk_ask ask = ask_of(wish);
    mt_risk_check(e->risk, &ask, e->now_ns, mt_journal_accepts_increases(e->journal), e->strategy_ok, verdict);
}

int32_t mt_oms_would(struct mt_engine *e, const struct mt_order_wish *wish)
{
    struct mt_risk_verdict verdict;
    check(e, wish, &verdict);
    return verdict.code;
}

/* The next client order id; a new block is reserved before its first id is used (I4). */
static uint64_t next_coid(struct mt_engine *e)
{
    if (e->folded.next_coid == e->folded.coid_end) {
        struct mt_rec_coid_block block = { e->folded.next_coid, e->folded.next_coid + 1024 };
        mt_emit(e, MT_REC_COID_BLOCK, &block, sizeof block, MT_DURABLE_D1P);
    }
    return e->folded.next_coid;
}

static uint64_t emit_intent(struct mt_engine *e, const struct mt_order_wish *wish,
                            const struct mt_risk_verdict *verdict)
{
    struct mt_rec_intent r;
    memset(&r, 0, sizeof r);
    r.coid = next_coid(e);
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
    e->counts.intents++;
    e->folded.orders.pinned = e->notice_count > 0 || e->outbox_count > 0;
    mt_emit(e, MT_REC_INTENT, &r, sizeof r, MT_DURABLE_D1);
    return r.coid;
}

void mt_oms_refuse(struct mt_engine *e, const struct mt_order_wish *wish, int32_t code)
{
    struct mt_risk_verdict verdict = { .code = code };
    uint64_t coid = emit_intent(e, wish, &verdict);
    if (e->dead != 0 || e->failed != 0)
        return;                                 /* there is no such order */
    const struct mt_order *order = mt_orders_get(&e->folded.orders, coid);
    e->counts.denied += order->state == MT_ORDER_DENIED;
    mt_news(e, order, order->state);
}

int32_t mt_oms_order(struct mt_engine *e, const struct mt_order_wish *wish, uint64_t *coid)
{
    struct mt_risk_verdict verdict;
    check(e, wish, &verdict);
    if (verdict.code == 0 && e->outbox_count == MT_OUTBOX_MAX)
        verdict = (struct mt_risk_verdict){ .code = MT_CODE_TOO_MANY };
    if (e->dead != 0)
        return MT_CODE_JOURNAL_UNAVAILABLE;
    *coid = emit_intent(e, wish, &verdict);
    if (e->dead != 0 || e->failed != 0)
        return MT_CODE_JOURNAL_UNAVAILABLE;
    if (verdict.code != 0) {
        e->counts.denied++;
        mt_news(e, mt_orders_get(&e->folded.orders, *coid), MT_ORDER_DENIED);
        return verdict.code;
    }
    e->counts.orders++;
    e->outbox[e->outbox_count++] = (struct mt_outbox_item){ .request.coid = *coid, .kind = MT_OUT_SUBMIT };
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
void mt_oms_cancel(struct mt_engine *e, uint64_t coid)
{
    const struct mt_order *order = mt_orders_get(&e->folded.orders, coid);
    if (!order || mt_order_state_terminal(order->state))
        return;
    if (order->cancel_tries >= CANCEL_TRIES && order->state == MT_ORDER_UNKNOWN)
        return; /* first it must be known whether there is anything to cancel: it is asked for */
    if (order->op != MT_OP_NONE && order->op != MT_OP_CANCEL_UNKNOWN)
        return;
    int64_t due_ns = e->outbox_count == MT_OUTBOX_MAX ? e->now_ns + MT_NS_PER_S : cancel_due_ns(order);
    if (e->now_ns < due_ns) {
        mt_leg_attend(e, order->terms.account, order->terms.symbol, due_ns);
        watch_from(e, due_ns);
        return;
    }
    bool withdraw = order->state == MT_ORDER_READY;
    struct mt_rec_op op = { .coid = coid, .asked = MT_OUT_CANCEL };
    mt_emit(e, MT_REC_OP, &op, sizeof op, MT_DURABLE_D2);
    if (e->dead != 0)
        return;
    if (withdraw)
        mt_news(e, order, MT_ORDER_DENIED);
    else
        e->outbox[e->outbox_count++] = (struct mt_outbox_item){ .request.coid = coid, .kind = MT_OUT_CANCEL };
}

void mt_oms_replace(struct mt_engine *e, uint64_t coid, const struct mt_order_wish *wish)
{
    const struct mt_order *order = mt_orders_get(&e->folded.orders, coid);
    if (!order || order->op != MT_OP_NONE || e->outbox_count == MT_OUTBOX_MAX
        || (order->state != MT_ORDER_WORKING && order->state != MT_ORDER_PARTIAL))
        return;
    const struct mt_rec_op op = { .coid = coid, .asked = MT_OUT_REPLACE, .qty = order->cum + wish->terms.qty,
        .price = wish->terms.price, .stop = wish->terms.stop, .follow = wish->follow,
        .flags = wish->terms.flags & MT_TERMS_REPLACED };
    const struct mt_order_request request = { .coid = coid, .terms = mt_order_fold_wished(&order->terms, &op),
        .follow = op.follow };
    mt_emit(e, MT_REC_OP, &op, sizeof op, MT_DURABLE_D1);
    if (e->dead == 0)
        e->outbox[e->outbox_count++] = (struct mt_outbox_item){ request, MT_OUT_REPLACE };
}

struct mt_order_request mt_engine_submission(const struct mt_order *order)
{
    return (struct mt_order_request){ .coid = order->coid, .terms = order->terms, .parent = order->parent,
        .follow = order->follow };
}

static void submit(struct mt_engine *e, const struct mt_order *order)
{
    const struct mt_order_request request = mt_engine_submission(order);
    enum mt_send outcome = e->setup.venue.ops->submit(e->setup.venue.self, e->now_ns, &request);
    watch_from(e, e->now_ns + inflight_ns);
    if (outcome == MT_SEND_OUT)
        return;
    struct mt_rec_sent sent = { .coid = order->coid,
                                .outcome = outcome == MT_SEND_NOBYTE ? MT_SENT_NOBYTE : MT_SENT_AMB };
    mt_emit(e, MT_REC_SENT, &sent, sizeof sent, MT_DURABLE_D3);
    if (outcome != MT_SEND_NOBYTE)
        return;
    /* Its leg goes on in the next turn: what that decides must be in the journal before it may leave. */
    mt_news(e, order, order->state);
    if (order->terms.role == MT_ROLE_ENTRY || order->terms.role == MT_ROLE_TARGET)
        mt_leg_attend(e, order->terms.account, order->terms.symbol, e->now_ns);
    else
        mt_leg_refused(e, order->terms.account, order->terms.symbol, order->terms.type == MT_TYPE_STOP);
}

/* An exit whose entry, or whose position, has ended before it left itself has nothing to do. */
static bool withdraw_idle(struct mt_engine *e, const struct mt_order *order)
{
    const struct mt_order *entry = order->parent ? mt_orders_get(&e->folded.orders, order->parent) : NULL;
    int64_t position = mt_ledger_slot(&e->ledger, order->terms.account, order->terms.symbol)->position.qty;
    bool reduces = order->terms.side > 0 ? position < 0 : position > 0;
    if (order->parent ? !entry || !mt_order_state_terminal(entry->state)
                      : !mt_terms_reduce_only(&order->terms) || reduces)
        return false;
    struct mt_rec_sent sent = { .coid = order->coid, .outcome = MT_SENT_WITHDRAWN };
    mt_emit(e, MT_REC_SENT, &sent, sizeof sent, MT_DURABLE_D2);
    mt_leg_attend(e, order->terms.account, order->terms.symbol, e->now_ns);     /* its leg goes on after the flush */
    return true;
}

static void emit_op_answer(struct mt_engine *e, const struct mt_order *order, enum mt_report_op answer)
{
    struct mt_rec_venue_event r;
    memset(&r, 0, sizeof r);
    r.coid = order->coid;
    r.cum = -1;
    r.venue_ns = e->now_ns;
    r.account = order->terms.account;
    r.symbol = order->terms.symbol;
    r.op = (uint8_t)answer;
    mt_emit(e, MT_REC_VENUE_EVENT, &r, sizeof r, MT_DURABLE_D2);
}

void mt_oms_take_back(struct mt_engine *e, uint64_t coid)
{
    size_t at = 0;
    while (at < e->outbox_count && (e->outbox[at].request.coid != coid || e->outbox[at].kind != MT_OUT_REPLACE))
        at++;
    if (at == e->outbox_count || e->dead != 0)
        return;
    emit_op_answer(e, mt_orders_get(&e->folded.orders, coid), MT_REPORT_OP_REFUSED);
    e->outbox_count--;
    memmove(e->outbox + at, e->outbox + at + 1, (e->outbox_count - at) * sizeof *e->outbox);
}

/* The answer to the sending of an operation itself: nothing left the host, or nobody knows. */
static void op_not_sent(struct mt_engine *e, const struct mt_order *order, enum mt_send outcome)
{
    bool replace = order->op == MT_OP_REPLACE_SENT;
    emit_op_answer(e, order, outcome == MT_SEND_NOBYTE ? MT_REPORT_OP_REFUSED : MT_REPORT_OP_AMBIGUOUS);
    watch_from(e, e->now_ns + MT_NS_PER_S);
    if (outcome == MT_SEND_NOBYTE && replace)
        mt_leg_refused(e, order->terms.account, order->terms.symbol, false);
    else if (outcome == MT_SEND_NOBYTE)
        mt_leg_attend(e, order->terms.account, order->terms.symbol, e->now_ns + MT_NS_PER_S);
}

/* A question that did not leave stays in the outbox, unless it is asked every second anyway. It may be about an order
 * that has ended: after an overfill, say, or a reject of what was filled. */
static size_t ask_again(struct mt_engine *e, const struct mt_order *order, size_t again)
{
    watch_from(e, e->now_ns + MT_NS_PER_S);
    if (order->state != MT_ORDER_UNKNOWN && !order->stale)
        e->outbox[again++] = (struct mt_outbox_item){ .request.coid = order->coid, .kind = MT_OUT_QUERY };
    return again;
}

void mt_oms_flushed(struct mt_engine *e)
{
    const struct mt_orders *orders = &e->folded.orders;
    uint64_t from = e->folded.unflushed_coid;
    mt_fold_flushed(e);
    if (!e->setup.observer.sent)
        return;
    size_t first = orders->open_count;
    while (first > 0 && orders->open[first - 1] >= from)
        first--;
    for (size_t i = first; i < orders->open_count; i++)
        e->setup.observer.sent(e->setup.observer.ud, e, mt_orders_get(orders, orders->open[i]));
}

void mt_oms_send(struct mt_engine *e)
{
    const struct mt_venue *venue = &e->setup.venue;
    size_t again = 0;
    for (size_t i = 0; i < e->outbox_count && e->dead == 0; i++) {
        const struct mt_order *order = mt_orders_get(&e->folded.orders, e->outbox[i].request.coid);
        enum mt_send outcome = MT_SEND_OUT;
        MT_ASSERT(order);
        if (mt_order_state_terminal(order->state) && e->outbox[i].kind != MT_OUT_QUERY)
            continue;
        switch (e->outbox[i].kind) {
        case MT_OUT_SUBMIT:
            MT_ASSERT(order->state == MT_ORDER_SENT);           /* I5: its intent was flushed a moment ago */
            if (!withdraw_idle(e, order))
                submit(e, order);
            break;
        case MT_OUT_CANCEL: outcome = venue->ops->cancel(venue->self, e->now_ns, order->coid); break;
        case MT_OUT_REPLACE: outcome = venue->ops->modify(venue->self, e->now_ns, &e->outbox[i].request); break;
        default:
            if (venue->ops->query(venue->self, e->now_ns, order->coid) != MT_SEND_OUT)
                again = ask_again(e, order, again);
            break;
        }
        if (e->outbox[i].kind != MT_OUT_SUBMIT && e->outbox[i].kind != MT_OUT_QUERY)
            watch_from(e, e->now_ns + inflight_ns);
        if (outcome != MT_SEND_OUT)
            op_not_sent(e, order, outcome);
    }
    e->outbox_count = again;
}

void mt_oms_query(struct mt_engine *e, uint64_t coid)
{
    struct mt_rec_op op = { .coid = coid, .asked = MT_OUT_QUERY };
    bool full = e->outbox_count == MT_OUTBOX_MAX;
    mt_orders_ask(&e->folded.orders, coid, full);
    if (full) {
        watch_from(e, e->now_ns + MT_NS_PER_S);
        return;
    }
    mt_emit(e, MT_REC_OP, &op, sizeof op, MT_DURABLE_D3);
    if (e->dead == 0)
        e->outbox[e->outbox_count++] = (struct mt_outbox_item){ .request.coid = coid, .kind = MT_OUT_QUERY };
}

void mt_oms_alarm(struct mt_engine *e, const struct mt_rec_venue_event *r)
{
    struct mt_rec_order_alarm a = {
        .coid = r->coid, .from = e->change.order.from, .event = r->event, .flags = e->change.order.flags
    };
    e->counts.anomalies++;
    mt_emit(e, MT_REC_ORDER_ALARM, &a, sizeof a, MT_DURABLE_D2);
}

static void declare_lost(struct mt_engine *e, const struct mt_order *order)
{
    struct mt_rec_venue_event r;
    memset(&r, 0, sizeof r);
    r.coid = order->coid;
    r.cum = -1;
    r.venue_ns = e->now_ns;
    r.account = order->terms.account;
    r.symbol = order->terms.symbol;
    r.event = MT_ORDER_ABSENT;
    mt_emit(e, MT_REC_VENUE_EVENT, &r, sizeof r, MT_DURABLE_D2);
    if (e->dead != 0 || e->failed != 0)
        return;
    if (e->change.order.flags & MT_CELL_ALARM)  /* it worked, and the venue has forgotten it */
        mt_oms_alarm(e, &r);
    mt_news(e, order, order->state);
    mt_leg_advance(e, order->terms.account, order->terms.symbol);
}

/* When the venue last said something about it, or we did something. */
static int64_t last_word(const struct mt_order *order)
{
    return order->updated_ns > order->sent_ns ? order->updated_ns : order->sent_ns;
}

/* Questions that had no room. Those that have none again wait for the next second. */
static void ask_what_is_left(struct mt_engine *e)
{
    struct mt_orders *orders = &e->folded.orders;
    uint64_t coid = mt_orders_asking(orders, 0);
    for (; coid != 0 && e->dead == 0; coid = mt_orders_asking(orders, coid + 1))
        mt_oms_query(e, coid);
}

/* Once a second while something has no answer: SENT too long becomes UNKNOWN; UNKNOWN is asked for, never sent again.
 */
void mt_oms_watch(struct mt_engine *e)
{
    struct mt_orders *orders = &e->folded.orders;
    e->watch_ns = INT64_MAX;
    ask_what_is_left(e);
    for (size_t i = 0; i < orders->open_count && e->dead == 0; i++) {
        const struct mt_order *order = mt_orders_get(orders, orders->open[i]);
        uint64_t coid = order->coid;
        if (order->state == MT_ORDER_SENT && e->now_ns - order->sent_ns >= inflight_ns) {
            struct mt_rec_sent sent = { .coid = coid, .outcome = MT_SENT_AMB };
            mt_emit(e, MT_REC_SENT, &sent, sizeof sent, MT_DURABLE_D2);
            mt_news(e, order, MT_ORDER_UNKNOWN);
        }
        bool op_out = order->op == MT_OP_CANCEL_SENT || order->op == MT_OP_REPLACE_SENT;
        if (op_out && e->now_ns - order->updated_ns >= inflight_ns)
            op_not_sent(e, order, MT_SEND_AMB);
        if ((order->state == MT_ORDER_UNKNOWN || order->stale) && order->absent_samples >= ABSENT_SAMPLES
            && e->now_ns - last_word(order) >= absent_ns) {
            declare_lost(e, order);
            i = (size_t)-1;             /* the list has changed: from the start */
            continue;
        }
        if (mt_risk_state(e->risk, order->terms.account, order->terms.symbol) == MT_KILLED
            && order->terms.role != MT_ROLE_OPERATOR) {
            mt_oms_cancel(e, coid);     /* a kill asks again until each order has ended (3.4); a flatten goes on */
            watch_from(e, e->now_ns + MT_NS_PER_S);
        }
        if (*mt_order_place(e, order) != coid)
            mt_oms_cancel(e, coid);     /* it came back without a leg that would ask again */
        bool asked = order->state == MT_ORDER_UNKNOWN || order->stale || order->op == MT_OP_CANCEL_UNKNOWN
            || order->op == MT_OP_REPLACE_UNKNOWN;
        if (asked)
            mt_oms_query(e, coid);
        if (asked || op_out || order->state == MT_ORDER_SENT)
            e->watch_ns = e->now_ns + MT_NS_PER_S;
    }
}

/* After a restart that left nothing in doubt: the answers that are awaited still are. */
void mt_oms_watch_again(struct mt_engine *e)
{
    struct mt_orders *orders = &e->folded.orders;
    for (size_t i = 0; i < orders->open_count; i++) {
        const struct mt_order *order = mt_orders_get(orders, orders->open[i]);
        if (order->state == MT_ORDER_SENT)
            watch_from(e, order->sent_ns + inflight_ns);
        else if (order->op == MT_OP_CANCEL_SENT || order->op == MT_OP_REPLACE_SENT)
            watch_from(e, order->updated_ns + inflight_ns);
        else if (order->state == MT_ORDER_UNKNOWN || order->stale || order->op != MT_OP_NONE)
            watch_from(e, e->now_ns + MT_NS_PER_S);
    }
}

void mt_oms_reconcile(struct mt_engine *e)
{
    struct mt_orders *orders = &e->folded.orders;
    struct mt_rec_reconciled r = { .digest = mt_engine_state_hash(e), .orders = (uint32_t)orders->open_count };
    for (size_t i = 0; i < orders->open_count; i++) {
        struct mt_order *order = mt_orders_get(orders, orders->open[i]);
        if (*mt_order_place(e, order) != order->coid)
            mt_oms_cancel(e, order->coid);
        r.unknown += order->state == MT_ORDER_UNKNOWN;
        mt_oms_query(e, order->coid);
    }
    if (orders->open_count > 0)
        e->watch_ns = e->now_ns + MT_NS_PER_S;
    mt_emit(e, MT_REC_RECONCILED, &r, sizeof r, MT_DURABLE_D2);
}

/* --- in -------------------- */

static void set_state(struct mt_engine *e, uint16_t scope, enum mt_trading_state state, int32_t code, mt_i128 value,
                      mt_i128 limit)
{
    struct mt_rec_risk_state r;
    memset(&r, 0, sizeof r);
    r.value = mt_rec_money(value);
    r.limit = mt_rec_money(limit);
    r.code = code;
    r.scope = scope;
    r.state = (uint8_t)state;
    mt_emit(e, MT_REC_RISK_STATE, &r, sizeof r, MT_DURABLE_D1P);
}

void mt_oms_state(struct mt_engine *e, uint16_t scope, enum mt_trading_state state)
{
    set_state(e, scope, state, 0, 0, 0);
}

void mt_oms_breaches(struct mt_engine *e)
{
    uint16_t scope;
    enum mt_trading_state state;
    int32_t code;
    mt_i128 value, limit;
    while (e->dead == 0 && mt_risk_breach(e->risk, e->now_ns, &scope, &state, &code, &value, &limit))
        set_state(e, scope, state, code, value, limit);
}

/* An overfill means that somebody's books are wrong: the account stops (note 6). */
static void overfilled(struct mt_engine *e, uint16_t account)
{
    int scope = mt_risk_scope_find(e->risk, MT_SCOPE_ACCOUNT, account, -1);
    struct mt_risk_scope_view view;
    MT_ASSERT(scope >= 0);
    mt_risk_scope(e->risk, (uint16_t)scope, &view);
    if (view.state != MT_KILLED)                /* what was killed stays dead */
        mt_oms_state(e, (uint16_t)scope, MT_HALTED);
}

/* News that is no fill, of a larger cumulative quantity than we know. */
static bool tells_more(const struct mt_report *report, const struct mt_order *order)
{
    return report->op == MT_REPORT_NO_OP && report->cum > order->cum && report->event != MT_ORDER_FILLP
        && report->event != MT_ORDER_FILLX && report->event != MT_ORDER_BUST;
}

/* Cumulative-only news (note 8): the missing part becomes a fill with an id that is a pure function of the step. */
static bool synthesise(const struct mt_engine *e, const struct mt_event *event, const struct mt_order *order,
                       struct mt_event *out)
{
    const struct mt_report *report = &event->report;
    if (!tells_more(report, order) || mt_orders_fill_busted(&e->folded.orders, order->coid))
        return false;
    *out = *event;
    out->report.event = MT_ORDER_FILLP;
    out->report.qty = report->cum - order->cum;
    out->report.price = report->has_price ? report->price
        : mt_terms_has_price(&order->terms) ? order->terms.price : order->risk_price;
    out->report.has_price = true;
    out->report.fill_id = mt_fill_synthetic_id(order->coid, order->cum, report->cum);
    out->report.fee = 0;
    out->report.booked = false;
    return true;
}

void mt_oms_record(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order,
                   struct mt_rec_venue_event *r)
{
    const struct mt_report *report = &event->report;
    memset(r, 0, sizeof *r);
    r->coid = report->coid;
    r->venue_order_id = report->venue_order_id;
    r->fill_id = report->fill_id;
    r->price = report->price;
    r->qty = report->qty;
    r->cum = report->cum;
    r->venue_ns = event->venue_ns;
    r->fee = mt_rec_money(report->fee);
    r->account = order ? order->terms.account : report->account;
    r->symbol = order ? order->terms.symbol : event->symbol;
    r->code = report->code;
    r->event = report->event;
    r->op = report->op;
    r->maker = report->maker;
    r->assumed = report->assumed;
    r->has_price = report->has_price;
    r->trailed = report->trailed;
    r->has_trailed = report->has_trailed;
    r->synthetic = (uint8_t)(report->fill_id >> 63);
    bool fill = report->op == MT_REPORT_NO_OP && (report->event == MT_ORDER_FILLP || report->event == MT_ORDER_FILLX);
    const struct mt_order_fill *busted = order && report->event == MT_ORDER_BUST
        ? mt_orders_fill_find(&e->folded.orders, report->coid, report->fill_id) : NULL;
    struct mt_booking booking = { 0 };
    int unpriced = 0;               /* no rate: booked without profit, see ledger.h; ERANGE: the fold tells */
    if (busted) {
        r->price = busted->price;
        r->qty = busted->qty;
        r->fee = mt_rec_money(busted->dead ? 0 : -busted->fee);
    }
    if (order && fill)
        unpriced = mt_ledger_price_fill(&e->ledger, order->terms.account, order->terms.symbol, order->terms.side,
                                        report->price, report->qty, report->fee, event->venue_ns, &booking);
    else if (busted)
        unpriced = mt_ledger_price_bust(&e->ledger, order->terms.account, order->terms.symbol, order->terms.side,
                                        busted->price, busted->qty, event->venue_ns, &booking);
    MT_ASSERT(unpriced == 0 || unpriced == MT_ENOTFOUND || unpriced == MT_ERANGE);
    if (order && fill && report->booked)        /* at the rate of its own instant */
        booking.realised = report->realised;
    r->realised = mt_rec_money(booking.realised);
}

/* A reject, an end that nobody has ever asked for, or a replace that was refused. */
static bool exit_refused(const struct mt_rec_venue_event *r, const struct mt_order *order, uint16_t flags, unsigned op)
{
    if (r->op != MT_REPORT_NO_OP)
        return r->op == MT_REPORT_OP_REFUSED && op != MT_OP_CANCEL_SENT && op != MT_OP_CANCEL_UNKNOWN;
    if (!(flags & MT_CELL_MOVE))
        return false;
    return order->state == MT_ORDER_REJECTED
        || ((order->state == MT_ORDER_CANCELED || order->state == MT_ORDER_EXPIRED) && op == MT_OP_NONE
            && order->cancel_tries == 0);
}

static void after_report(struct mt_engine *e, const struct mt_rec_venue_event *r, unsigned op)
{
    uint16_t flags = e->change.order.flags;
    unsigned from = e->change.order.from;
    const struct mt_order *order = mt_orders_get(&e->folded.orders, r->coid);
    if (flags & (MT_CELL_ALARM | MT_CELL_ILLEGAL | MT_CELL_OVERFILL))
        mt_oms_alarm(e, r);
    if (!order)
        return;
    if (flags & MT_CELL_OVERFILL)
        overfilled(e, order->terms.account);
    if (flags & (MT_CELL_ILLEGAL | MT_CELL_ALARM) || r->op == MT_REPORT_OP_REFUSED || r->op == MT_REPORT_OP_AMBIGUOUS)
        mt_oms_query(e, order->coid);
    if (order->op == MT_OP_CANCEL_UNKNOWN && r->op == MT_REPORT_NO_OP && r->event == MT_ORDER_ACK)
        mt_oms_cancel(e, order->coid);          /* it lives: the cancel may be repeated */
    if (order->state == MT_ORDER_UNKNOWN || order->stale || order->op == MT_OP_CANCEL_UNKNOWN
        || order->op == MT_OP_REPLACE_UNKNOWN)
        watch_from(e, e->now_ns + MT_NS_PER_S);
    if (!mt_order_state_terminal(order->state) && *mt_order_place(e, order) != order->coid)
        mt_oms_cancel(e, order->coid);          /* it came back, and another one has its place */
    /* With its entry, or with the position that it was to close: as it should. */
    bool done = mt_ledger_slot(&e->ledger, order->terms.account, order->terms.symbol)->position.qty == 0
        && (order->parent == 0 || r->code == MT_CODE_PARENT);
    if (order->terms.role != MT_ROLE_ENTRY && order->terms.role != MT_ROLE_TARGET && !done
        && exit_refused(r, order, flags, op))
        mt_leg_refused(e, order->terms.account, order->terms.symbol,
                       order->terms.type == MT_TYPE_STOP && r->op == MT_REPORT_NO_OP);
    bool fill = flags & MT_CELL_APPLY_FILL;
    if (order->terms.account == e->lead)
        mt_view_position(e, order->terms.symbol);
    if (fill && mt_terms_reduce_only(&order->terms))
        mt_leg_exited(e, order);
    mt_leg_advance(e, order->terms.account, order->terms.symbol);
    if (fill)
        mt_news_fill(e, order, r, from);
    else if (from != order->state)
        mt_news(e, order, order->state);
    mt_news_tell(e);
}

/* What no venue can say about an order; a confused adapter must not end the run. */
static bool nonsense(const struct mt_report *report, const struct mt_order *order)
{
    if (report->op != MT_REPORT_NO_OP)
        return report->op > MT_REPORT_ABSENT_SAMPLE;
    switch (report->event) {
    case MT_ORDER_FILLP: case MT_ORDER_FILLX: case MT_ORDER_BUST: return report->fill_id == 0;
    case MT_ORDER_CORR: return report->fill_id == 0 || report->qty <= 0 || report->price <= 0;
    case MT_ORDER_ACK: case MT_ORDER_REJ: case MT_ORDER_CXL: case MT_ORDER_EXP: return false;
    case MT_ORDER_AMB: return order && (mt_order_cell(order->state, MT_ORDER_AMB).flags & MT_CELL_IMPOSSIBLE);
    default: return true;
    }
}

struct mt_oms_before mt_oms_before(const struct mt_order *order)
{
    return order ? (struct mt_oms_before){ order->state, order->op, false } : (struct mt_oms_before){ 0 };
}

void mt_oms_emit_report(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order,
                        struct mt_oms_before before)
{
    struct mt_rec_venue_event r;
    mt_oms_record(e, event, order, &r);
    r.exchanged = before.exchanged ? MT_EXCHANGE_ENDS : MT_EXCHANGE_NONE;
    mt_emit(e, MT_REC_VENUE_EVENT, &r, sizeof r, MT_DURABLE_D2);
    if (e->dead != 0 || e->failed != 0)
        return;
    e->change.order.from = before.state;
    e->counts.duplicates += (e->change.order.flags & MT_CELL_SAME) != 0;
    after_report(e, &r, before.op);
}

void mt_oms_report(struct mt_engine *e, const struct mt_event *event)
{
    const struct mt_order *order = mt_orders_get(&e->folded.orders, event->report.coid);
    struct mt_oms_before before = mt_oms_before(order);
    struct mt_event meant = *event, synthetic;
    struct mt_report *report = &meant.report;
    if (nonsense(report, order)) {
        struct mt_rec_venue_event r = { .coid = report->coid, .event = report->event };
        e->change = (struct mt_books_change){ .order = { .flags = MT_CELL_ILLEGAL, .from = before.state } };
        mt_oms_alarm(e, &r);
        return;
    }
    bool news = order && report->op == MT_REPORT_NO_OP;
    if (news && report->event == MT_ORDER_CORR) {
        mt_fills_correct(e, event, order);
        return;
    }
    if (news && (report->event == MT_ORDER_FILLP || report->event == MT_ORDER_FILLX)) {
        if (mt_fills_heard(e, event, order))
            return;
        before.exchanged = mt_fills_replace(e, event, order);
    }
    if (news && report->event == MT_ORDER_BUST) {
        uint32_t count;
        const struct mt_order_fill *newest = mt_orders_fill_corrected(&e->folded.orders, order->coid, report->fill_id,
                                                                      &count);
        report->fill_id = newest ? newest->id : report->fill_id;
    }
    bool more = order && tells_more(report, order);
    if (order && synthesise(e, event, order, &synthetic)) {
        mt_oms_report(e, &synthetic);
        before = mt_oms_before(order);
    }
    if (e->dead != 0 || e->failed != 0)
        return;
    mt_oms_emit_report(e, &meant, order, before);
    if (news && report->event == MT_ORDER_FILLX && e->dead == 0 && mt_order_state_open(order->state)
        && order->op == MT_OP_NONE)
        mt_oms_query(e, order->coid);           /* the last one, it says, and something is missing */
    if (more && e->dead == 0 && e->failed == 0 && order->cum < report->cum) {
        /* A bust forbids to make up a fill: somebody must look. */
        struct mt_rec_venue_event r = { .coid = report->coid, .event = report->event };
        e->change.order.flags = MT_CELL_ALARM;
        mt_oms_alarm(e, &r);
    }
}
