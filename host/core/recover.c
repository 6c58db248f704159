#include <stdlib.h>
#include <string.h>

#include "core/bars.h"
#include "core/books_hash.h"
#include "core/emit.h"
#include "core/leg.h"
#include "core/lifetime.h"
#include "core/news.h"
#include "core/plan.h"
#include "core/record_check.h"
#include "core/refusal.h"
#include "core/request.h"
#include "core/self_check.h"
#include "core/turn.h"
#include "core/view.h"
#include "core/watch.h"

static int next_market(struct mt_engine *e, struct mt_source market, struct mt_event *out, struct mt_diag *diag)
{
    if (e->replay_next == e->replay_count) {
        int got = market.ops->fill(market.self, e->replay_batch, 64, diag);
        if (got < 0)
            return got;
        if (got == 0)
            return mt_fail(diag, MT_ECORRUPT, "resume: the market data ends before the journal does: was it changed?");
        e->replay_count = got;
        e->replay_next = 0;
    }
    *out = e->replay_batch[e->replay_next++];
    return 0;
}

/* What looked at the instant that ends now looks at it again. */
static void time_moves(struct mt_engine *e, int64_t until_ns)
{
    if (until_ns <= e->desk.now_ns)
        return;
    mt_turn_peaks(e);
    mt_ledger_untouch(&e->desk.books.ledger);
    if (e->desk.observer.instant)
        e->desk.observer.instant(e->desk.observer.ud, e);
    e->desk.now_ns = until_ns;
}

/* The turns that the clock had of its own, each at its time, up to `until_ns`. */
static void clock_again(struct mt_engine *e, int64_t until_ns, bool call)
{
    while (e->seat.bars.bar_wake_ns < until_ns) {
        time_moves(e, e->seat.bars.bar_wake_ns);          /* never before now: what was due by then is closed */
        mt_bars_due(&e->seat, call);
    }
    time_moves(e, until_ns);
}

/* One market event again: books, bars and trailing levels; the script hears it when its own state is older. */
static void market_again(struct mt_engine *e, const struct mt_event *event, bool call)
{
    uint16_t symbol = event->symbol;
    clock_again(e, event->time_ns, call);
    e->desk.position++;
    mt_ledger_market(&e->desk.books.ledger, event);
    mt_view_market_event(&e->seat, event);
    mt_turn_mark(e, symbol);
    for (size_t i = 0; i < e->desk.binding_count; i++)
        mt_plan_follow(&e->desk, e->desk.bindings[i].account, symbol, event);
    if (call)
        mt_call(&e->seat, event->kind == MT_EV_QUOTE   ? MT_ON_QUOTE
                          : event->kind == MT_EV_TRADE ? MT_ON_TRADE
                                                       : MT_HANDLERS, symbol);
    if (e->desk.series.count > 0 || event->kind == MT_EV_BAR)
        mt_bars_market(&e->seat, event, call);
    if (e->desk.observer.market)
        e->desk.observer.market(e->desk.observer.ud, e, event);
}

static int catch_up(struct mt_engine *e, uint64_t position, struct mt_source market, bool call, struct mt_diag *diag)
{
    while (e->desk.position < position) {
        struct mt_event event;
        int rc = next_market(e, market, &event, diag);
        if (rc != 0)
            return rc;
        market_again(e, &event, call);
    }
    e->desk.position_logged = e->desk.position;
    return 0;
}

/* A change of a parameter from before the script runs again. */
static int keep_param(struct mt_engine *e, const struct mt_rec_operator *r)
{
    if (r->command != MT_OPERATOR_PARAM)
        return 0;
    char **grown = realloc(e->past_params, (e->past_param_count + 1) * sizeof *grown);
    if (!grown)
        return MT_ENOMEM;
    e->past_params = grown;
    grown[e->past_param_count] = strndup(r->text, sizeof r->text);
    return grown[e->past_param_count] ? (e->past_param_count++, 0) : MT_ENOMEM;
}

static int start_script(struct mt_engine *e, const struct mt_record *state, struct mt_diag *diag)
{
    e->seat.restarting = true;                       /* what is said now is told, also of a state that was not saved */
    if (state) {
        const struct mt_rec_script_state *r = state->payload;
        const char *bytes = (const char *)(r + 1);
        if ((uint64_t)state->length - sizeof *r < (uint64_t)r->timers_length + r->state_length)
            return mt_fail(diag, MT_ECORRUPT, "journal: record %llu (SCRIPT_STATE) is too short",
                           (unsigned long long)state->seq);
        int rc = mt_timers_load(&e->seat.timers, bytes, r->timers_length);
        if (rc == 0 && e->seat.strategy.ops->load)
            rc = e->seat.strategy.ops->load(e->seat.strategy.self, bytes + r->timers_length, r->state_length, diag);
        if (rc != 0)
            return mt_fail(diag, rc, "resume: the saved state cannot be loaded: %s", mt_err_name(rc));
    }
    /* Parameters are no part of the saved state: what the operator set before it is set again, in order. */
    for (size_t i = 0; i < e->past_param_count; i++) {
        struct mt_diag ignored = { 0 };         /* a refusal was told when it happened */
        ignored.code = mt_seat_param(&e->seat, e->past_params[i], &ignored);
    }
    e->script_started = true;
    for (uint16_t y = 0; y < e->desk.books.instrument_count; y++)
        mt_view_position(&e->seat, y);                 /* what it sees is what was when its state was saved */
    mt_port_text(&e->seat, "restart", sizeof "restart");
    bool good = mt_call(&e->seat, MT_ON_START, -1);
    e->seat.restarting = false;
    if (!good)
        return mt_fail(diag, MT_ESCRIPT, "%s", e->seat.start_fault);
    return 0;
}

/* What was acted on when it came: not the first of an exchange of fills, nor what the host noted of its own sending. */
static void retell_report(struct mt_engine *e, const struct mt_rec_venue_event *r)
{
    const struct mt_order *order = mt_orders_get(&e->desk.books.orders, r->coid);
    bool of_sending = r->op == MT_REPORT_OP_AMBIGUOUS || (r->op == MT_REPORT_OP_REFUSED && r->code == 0);
    if (!order || r->exchanged == MT_EXCHANGE_GOES_ON || of_sending)
        return;
    if (order->terms.account == e->desk.lead)
        mt_news_again(&e->seat, order, r);
    else
        mt_news_tell(&e->seat);
}

/* An order that died before it left, or whose answer did not come, without a word of the venue. */
static void retell_order(struct mt_engine *e, uint64_t coid)
{
    const struct mt_order *order = mt_orders_get(&e->desk.books.orders, coid);
    if (order)
        mt_desk_news(&e->desk, order, order->state);
}

/* What scripts heard about orders and signals when it happened, once more and muted. */
static void retell(struct mt_engine *e, const struct mt_record *record)
{
    if (record->kind == MT_REC_DECISION) {
        const struct mt_rec_decision *r = record->payload;
        if (r->signal.kind != MT_ASK_PROTECT)
            mt_request_tell(&e->seat, &r->signal, &r->verdict);
    } else if (record->kind == MT_REC_VENUE_EVENT) {
        retell_report(e, record->payload);
    } else if (record->kind == MT_REC_INTENT) {
        const struct mt_rec_intent *r = record->payload;
        if (r->code != 0)                       /* heard with the next news, or at the end of the turn, as then */
            retell_order(e, r->coid);
    } else if (record->kind == MT_REC_OP) {
        const struct mt_rec_op *r = record->payload;
        const struct mt_order *order = mt_orders_get(&e->desk.books.orders, r->coid);
        if (r->asked == MT_OUT_CANCEL && order && order->state == MT_ORDER_DENIED)      /* it had not left */
            retell_order(e, r->coid);
    } else if (record->kind == MT_REC_SENT) {
        const struct mt_rec_sent *r = record->payload;
        if (r->outcome != MT_SENT_WITHDRAWN)
            retell_order(e, r->coid);
    } else if (record->kind == MT_REC_TIMER) {
        const struct mt_rec_timer *r = record->payload;
        char name[sizeof r->name + 1] = { 0 };
        memcpy(name, r->name, sizeof r->name);
        mt_timers_fired(&e->seat.timers, r->owner, r->market, name, record->time_ns);
        mt_view_timer(&e->seat, r->due_ns, record->time_ns);
        e->seat.port.timer_owner = r->owner;
        mt_port_text(&e->seat, name, sizeof name);
        mt_call(&e->seat, MT_ON_TIMER, r->market);
    } else if (record->kind == MT_REC_OPERATOR) {
        const struct mt_rec_operator *r = record->payload;
        struct mt_diag ignored = { 0 };         /* it was told to the operator when it was refused */
        if (r->command == MT_OPERATOR_PARAM)
            ignored.code = mt_seat_param(&e->seat, r->text, &ignored);
    }
}

static int recover_record(struct mt_engine *e, const struct mt_record *record, struct mt_source market,
                          uint64_t last_state_seq, struct mt_diag *diag)
{
    int rc = catch_up(e, record->position, market, e->script_started, diag);
    clock_again(e, record->time_ns, e->script_started);
    if (record->kind != MT_REC_MARKET)
        mt_bars_due(&e->seat, e->script_started);      /* bars that the clock closed before this was written */
    if (rc == 0)
        rc = mt_record_check(&e->desk.books, record, diag);
    if (rc == 0)
        rc = mt_take(&e->desk, record, diag);
    if (rc == 0 && record->kind == MT_REC_CHECKPOINT
        && ((const struct mt_rec_checkpoint *)record->payload)->hash != mt_books_hash(&e->desk.books))
        rc = mt_fail(diag, MT_ECORRUPT,
                     "journal: record %llu (CHECKPOINT): the state after replay is another one: this "
                     "journal was written by another version, or a fault of disk or memory",
                     (unsigned long long)record->seq);
    if (rc != 0)
        return rc;
    if (record->kind == MT_REC_OPERATOR && !e->script_started && (rc = keep_param(e, record->payload)) != 0)
        return mt_fail(diag, rc, "resume: no memory");
    if (record->kind == MT_REC_DAY)
        e->day_end_ns = (((const struct mt_rec_day *)record->payload)->day + 1) * (INT64_C(86400) * MT_NS_PER_S);
    if (record->seq == last_state_seq)
        return start_script(e, record, diag);
    if (last_state_seq == 0 && record->kind == MT_REC_RUN_START && !e->script_started)
        return start_script(e, NULL, diag);
    if (e->script_started)
        retell(e, record);
    return 0;
}

int mt_engine_recover(struct mt_engine *e, const struct mt_record *record, struct mt_source market,
                      uint64_t last_state_seq, struct mt_diag *diag)
{
    e->desk.replaying = true;
    int rc = recover_record(e, record, market, last_state_seq, diag);
    if (rc == 0 && record->flags & MT_RECORD_LAST) {
        mt_news_tell(&e->seat);
        mt_books_flushed(&e->desk.books);
    }
    return rc;
}

int mt_engine_unsent(struct mt_engine *e, const struct mt_order_request *request, enum mt_outgoing asked)
{
    if (e->desk.outbox_count == MT_OUTBOX_MAX)
        return MT_EFULL;
    e->desk.outbox[e->desk.outbox_count++] = (struct mt_outbox_item){ *request, (uint8_t)asked };
    return 0;
}

/* What waits goes on, or is dead by its deadline. With a venue that stands where it stood, an exit that has no order
 * was refused: it is tried again without telling it again, one denial in the journal is enough. A leg that has its
 * exits goes on as it would have: in the middle of an instant others may be before it. */
static void leg_goes_on(struct mt_engine *e, uint16_t account, uint16_t symbol, bool venue_again)
{
    const struct mt_leg *leg = mt_leg_at(&e->desk.books, account, symbol);
    bool open = mt_position_at(&e->desk.books, account, symbol)->qty != 0;
    bool leaves = leg->wish.closing && leg->wish.keep_qty == 0;
    bool lacks = (leg->wish.closing && leg->close_coid == 0)
        || (open && !leaves && mt_plan_at(&e->desk.books, account, symbol)->armed
            && mt_plan_lacks(&e->desk, account, symbol));
    if (venue_again && open && lacks)
        mt_desk_attend(&e->desk, account, symbol, e->desk.now_ns);
    else
        mt_leg_advance(&e->desk, account, symbol);
}

int mt_engine_resume(struct mt_engine *e, const struct mt_rec_run_start *start, const char *json, struct mt_diag *diag)
{
    e->desk.replaying = false;
    e->desk.turn = 0;
    e->seat.queue_count = e->seat.queue_run = 0;          /* signals that were not sent are dead */
    e->desk.notice_count = 0;
    mt_refusal_forget(&e->seat);
    e->seat.refused_next_ns = INT64_MIN;
    mt_emit_start(e, start, json);
    for (uint16_t y = 0; y < e->desk.books.instrument_count; y++) {
        mt_view_position(&e->seat, y);
        mt_view_why(&e->seat, y);
        e->desk.leg_busy[y] = true;
    }
    if (start->venue_again)
        mt_watch_again(&e->desk);
    else
        mt_watch_reconcile(&e->desk);
    mt_engine_self_check(e);
    for (size_t i = 0; i < e->desk.binding_count; i++)
        for (uint16_t y = 0; y < e->desk.books.instrument_count; y++)
            leg_goes_on(e, e->desk.bindings[i].account, y, start->venue_again != 0);
    e->desk.wake_dirty = true;
    return mt_turn_end(e, diag);
}
