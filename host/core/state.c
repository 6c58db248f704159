/* The fold: what each record of the journal does to the state. Live, mt_emit appends a record and folds it at once;
 * after a restart the same function folds the same records, so the state is the same (I10). Nothing is decided here.
 */
#include <stdlib.h>
#include <string.h>

#include "core/engine_private.h"
#include "core/order_fold.h"
#include "core/record_list.h"

int mt_folded_init(struct mt_engine *e)
{
    struct mt_folded *f = &e->folded;
    size_t slots = (size_t)e->setup.account_count * e->setup.instrument_count;
    f->legs = calloc(slots, sizeof *f->legs);
    f->plans = calloc(slots, sizeof *f->plans);
    f->trade_profit = calloc(slots, sizeof *f->trade_profit);
    f->stances = calloc(e->setup.instrument_count, sizeof *f->stances);
    f->next_coid = f->coid_end = 1;
    f->next_signal = 1;
    f->day = INT64_MIN;
    f->last_signals = calloc(e->setup.instrument_count, sizeof *f->last_signals);
    f->entry_signals = calloc(e->setup.instrument_count, sizeof *f->entry_signals);
    if (!f->legs || !f->plans || !f->stances || !f->trade_profit || !f->last_signals || !f->entry_signals)
        return MT_ENOMEM;
    return mt_orders_init(&f->orders);
}

void mt_folded_fini(struct mt_engine *e)
{
    struct mt_folded *f = &e->folded;
    mt_orders_fini(&f->orders);
    free(f->legs);
    free(f->plans);
    free(f->stances);
    free(f->last_signals);
    free(f->entry_signals);
    free(f->trade_profit);
}

/* --- orders -------------------- */

static void order_changed(struct mt_engine *e, const struct mt_order *before, const struct mt_order *after)
{
    mt_ledger_reserve(&e->ledger, before, after);
    MT_ASSERT(mt_orders_listed(&e->folded.orders, after) == 0);
    if (!mt_order_state_terminal(after->state))
        return;
    struct mt_leg *leg = mt_leg_at(e, after->terms.account, after->terms.symbol);
    struct mt_plan *plan = mt_plan_at(e, after->terms.account, after->terms.symbol);
    if (leg->entry_coid == after->coid)
        leg->entry_coid = 0;
    if (leg->close_coid == after->coid)
        leg->close_coid = 0;
    if (plan->stop_coid == after->coid)
        plan->stop_coid = 0;
    for (int i = 0; i < MT_TAKES_MAX; i++)
        if (plan->take_coid[i] == after->coid)
            plan->take_coid[i] = 0;
}

uint64_t *mt_order_place(struct mt_engine *e, const struct mt_order *order)
{
    struct mt_leg *leg = mt_leg_at(e, order->terms.account, order->terms.symbol);
    struct mt_plan *plan = mt_plan_at(e, order->terms.account, order->terms.symbol);
    switch (order->terms.role) {
    case MT_ROLE_ENTRY: case MT_ROLE_TARGET: return &leg->entry_coid;
    case MT_ROLE_STOP: return order->terms.type == MT_TYPE_STOP ? &plan->stop_coid : &leg->close_coid;
    case MT_ROLE_TAKE: return &plan->take_coid[order->take];
    default: return &leg->close_coid;
    }
}

/* A new order, or one that came back from a terminal state, is its leg's business, unless another one has taken its
 * place meanwhile: then it belongs nowhere, and oms.c cancels it. */
static void order_attach(struct mt_engine *e, const struct mt_order *order)
{
    uint64_t *place = mt_order_place(e, order);
    if (*place == 0 || order->parent != 0)      /* what is left of the leg before has been canceled: it makes room */
        *place = order->coid;
}

/* The entry has filled: what lies at the venue with it is alive, at levels from its fill. */
static void wake_child(struct mt_engine *e, uint64_t coid, uint64_t parent)
{
    struct mt_order *order = coid ? mt_orders_get(&e->folded.orders, coid) : NULL;
    if (!order || order->parent != parent)
        return;
    order->parent = 0;
    mt_order_fold_levels(order, &mt_ledger_slot(&e->ledger, order->terms.account, order->terms.symbol)->position,
                         mt_instrument_at(e, order->terms.symbol));
}

static void wake_children(struct mt_engine *e, const struct mt_order *entry)
{
    const struct mt_plan *plan = mt_plan_at(e, entry->terms.account, entry->terms.symbol);
    wake_child(e, plan->stop_coid, entry->coid);
    for (int i = 0; i < MT_TAKES_MAX; i++)
        wake_child(e, plan->take_coid[i], entry->coid);
}

static int fold_intent(struct mt_engine *e, const struct mt_record *record)
{
    const struct mt_rec_intent *r = record->payload;
    struct mt_order *order = mt_orders_add(&e->folded.orders, r->coid);
    if (!order)
        return MT_ENOMEM;
    mt_risk_on_intent(e->risk, &r->terms, r->code, record->time_ns);
    mt_order_fold_intent(order, record);
    e->folded.next_coid = r->coid + 1;
    order_changed(e, NULL, order);
    if (r->code == 0)
        order_attach(e, order);
    return 0;
}

static int fold_sent(struct mt_engine *e, const struct mt_record *record)
{
    const struct mt_rec_sent *r = record->payload;
    struct mt_order *order = mt_orders_get(&e->folded.orders, r->coid);
    if (!order)
        return 0;
    struct mt_order before = *order;
    int rc = mt_order_fold_sent(order, record);
    if (rc == 0)
        order_changed(e, &before, order);
    return rc;
}

void mt_fold_flushed(struct mt_engine *e)
{
    struct mt_orders *orders = &e->folded.orders;
    size_t first = orders->open_count;
    while (first > 0 && orders->open[first - 1] >= e->folded.unflushed_coid)
        first--;
    for (size_t i = first; i < orders->open_count; i++) {
        struct mt_order *order = mt_orders_get(orders, orders->open[i]);
        struct mt_order before = *order;
        mt_order_fold_flushed(order);
        order_changed(e, &before, order);       /* open stays open: the list does not move under us */
    }
    e->folded.unflushed_coid = e->folded.next_coid;
}

static int fold_op(struct mt_engine *e, const struct mt_record *record)
{
    const struct mt_rec_op *r = record->payload;
    struct mt_order *order = mt_orders_get(&e->folded.orders, r->coid);
    if (!order)
        return 0;
    struct mt_order before = *order;
    int rc = mt_order_fold_op(order, record);
    if (rc != 0)
        return rc;
    if (r->asked == MT_OUT_REPLACE)
        mt_risk_on_op(e->risk, order->terms.account, order->terms.symbol, order->terms.seat, true, record->time_ns);
    order_changed(e, &before, order);
    return 0;
}

static void fold_plan_fill(struct mt_engine *e, const struct mt_order *order, const struct mt_rec_venue_event *r,
                           const struct mt_position_change *change, int64_t time_ns, struct mt_books_change *out)
{
    struct mt_plan *plan = mt_plan_at(e, order->terms.account, order->terms.symbol);
    if (order->terms.role == MT_ROLE_TAKE)
        plan->take_filled[order->take] += r->qty;
    if (change->ended) {
        plan->entered = 0;
        plan->armed_ns = 0;
        memset(plan->take_filled, 0, sizeof plan->take_filled);
    }
    if (change->opened_qty > 0) {
        out->began = plan->armed_ns == 0 || (plan->entered == 0 && r->exchanged == MT_EXCHANGE_NONE);
        if (out->began)
            plan->armed_ns = time_ns;
        plan->entered += change->opened_qty;
        plan->filled_ns = r->venue_ns;
        plan->filled_maker = r->maker;
        plan->filled_heard_ns = time_ns;
    }
    mt_money *profit = &e->folded.trade_profit[mt_leg_index(e, order->terms.account, order->terms.symbol)];
    *profit += mt_rec_money_get(r->realised) - mt_rec_money_get(r->fee);
    if (r->exchanged == MT_EXCHANGE_NONE)
        mt_risk_on_fill(e->risk, order->terms.account, order->terms.symbol, order->terms.seat, order->terms.role,
                        change->opened_qty > 0, change->ended, *profit, time_ns);
    if (change->ended)
        *profit = 0;
    out->opened = change->opened_qty > 0;
    out->ended = change->ended && r->exchanged == MT_EXCHANGE_NONE;
}

/* A fill of no quantity, at a price that cannot be, or beyond all numbers: not from a correct venue. Nothing is
 * applied; it must not end the run, and even less every later one that reads this journal. */
static struct mt_order_change unmoved(const struct mt_order *order, uint16_t flags)
{
    return (struct mt_order_change){ .flags = flags, .from = order->state, .to = order->state };
}

static struct mt_order_change impossible(const struct mt_order *order)
{
    return unmoved(order, MT_CELL_ILLEGAL | MT_CELL_ALARM);
}

static int fold_fill(struct mt_engine *e, const struct mt_record *record, struct mt_order *order,
                     struct mt_books_change *out)
{
    const struct mt_rec_venue_event *r = record->payload;
    struct mt_position_change change;
    struct mt_order_fill *fill = mt_orders_fill_find(&e->folded.orders, r->coid, r->fill_id);
    if (fill) {
        if (fill->dead && fill->qty == 0)
            fill->qty = r->qty;                 /* its bust came before it */
        out->order = unmoved(order, MT_CELL_SAME);
        return 0;                               /* I3 */
    }
    struct mt_order before = *order;
    int rc = mt_order_fill(order, r->price, r->qty, &out->order);
    if (rc == 0 && !(out->order.flags & MT_CELL_APPLY_FILL))
        return 0;
    if (rc == 0)
        rc = mt_ledger_book_fill(&e->ledger, order->terms.account, order->terms.symbol, order->terms.side,
                                 r->price, r->qty, mt_rec_money_get(r->fee), mt_rec_money_get(r->realised),
                                 r->venue_ns, &change);
    if (rc == MT_ERANGE) {
        *order = before;
        out->order = impossible(order);
        return 0;
    }
    MT_ASSERT(rc == 0);                         /* what does not fit is all that can be wrong with it */
    rc = mt_orders_fill_add(&e->folded.orders, r->coid, r->fill_id, r->price, r->qty);
    if (rc != 0)
        return rc;
    fill = mt_orders_fill_find(&e->folded.orders, r->coid, r->fill_id);
    fill->from = r->synthetic ? r->cum - r->qty : 0;
    fill->venue_ns = r->venue_ns;
    fill->fee = mt_rec_money_get(r->fee);
    if (order->terms.role == MT_ROLE_ENTRY)
        wake_children(e, order);
    mt_order_fold_trailed(order, r);
    fold_plan_fill(e, order, r, &change, record->time_ns, out);
    MT_ASSERT(order->cum == mt_orders_fill_sum(&e->folded.orders, order->coid));        /* I1 */
    return 0;
}

/* What was planned for the quantity of a fill that is annulled. Where others take its place at once, the trade goes on,
 * also where the position is zero between the two records. */
static void unplan(struct mt_engine *e, const struct mt_order *order, const struct mt_order_fill *fill,
                   const struct mt_rec_venue_event *r)
{
    struct mt_plan *plan = mt_plan_at(e, order->terms.account, order->terms.symbol);
    int64_t position = mt_ledger_slot(&e->ledger, order->terms.account, order->terms.symbol)->position.qty;
    int64_t *from = order->terms.role == MT_ROLE_TAKE ? &plan->take_filled[order->take] : &plan->entered;
    bool over = position == 0 && r->exchanged == MT_EXCHANGE_NONE;
    if (order->terms.role == MT_ROLE_TAKE || order->terms.role == MT_ROLE_ENTRY)
        *from = *from > fill->qty ? *from - fill->qty : 0;
    mt_money *profit = &e->folded.trade_profit[mt_leg_index(e, order->terms.account, order->terms.symbol)];
    *profit = over ? 0 : *profit + mt_rec_money_get(r->realised);
    if (over) {
        plan->entered = plan->armed_ns = 0;
        memset(plan->take_filled, 0, sizeof plan->take_filled);
    }
}

/* A bust that came before its fill: the fill is dead when it comes (2.6). */
static int bust_early(struct mt_engine *e, const struct mt_rec_venue_event *r)
{
    int rc = mt_orders_fill_add(&e->folded.orders, r->coid, r->fill_id, 0, 0);
    if (rc != 0)
        return rc;
    struct mt_order_fill *fill = mt_orders_fill_find(&e->folded.orders, r->coid, r->fill_id);
    fill->venue_ns = r->venue_ns;
    mt_orders_fill_annul(&e->folded.orders, r->coid, fill);
    return 0;
}

/* A bust undoes the fill in the order and books the opposite in the position (2.6). */
static int fold_bust(struct mt_engine *e, const struct mt_record *record, struct mt_order *order,
                     struct mt_books_change *out)
{
    const struct mt_rec_venue_event *r = record->payload;
    struct mt_order_fill *fill = mt_orders_fill_find(&e->folded.orders, r->coid, r->fill_id);
    struct mt_position_change change;
    if (!fill) {
        out->order = impossible(order);
        return bust_early(e, r);
    }
    if (fill->dead) {
        out->order = unmoved(order, MT_CELL_SAME);
        return 0;
    }
    struct mt_order before = *order;
    int rc = mt_order_bust(order, fill->price, fill->qty, mt_order_state_open(order->state), &out->order);
    MT_ASSERT(rc == 0);
    MT_ASSERT(out->order.flags & MT_CELL_BUST); /* where a fill was applied, it can be annulled */
    rc = mt_ledger_book_bust(&e->ledger, order->terms.account, order->terms.symbol, order->terms.side,
                             fill->price, fill->qty, mt_rec_money_get(r->fee), mt_rec_money_get(r->realised),
                             r->venue_ns, &change);
    if (rc != 0) {                              /* beyond all numbers */
        *order = before;
        out->order = impossible(order);
        return 0;
    }
    if (r->exchanged == MT_EXCHANGE_NONE)
        fill->venue_ns = r->venue_ns;
    mt_orders_fill_annul(&e->folded.orders, order->coid, fill);
    unplan(e, order, fill, r);
    return 0;
}

static int fold_venue_event(struct mt_engine *e, const struct mt_record *record, struct mt_books_change *out)
{
    const struct mt_rec_venue_event *r = record->payload;
    struct mt_order *order = mt_orders_get(&e->folded.orders, r->coid);
    if (!order) {
        out->order = (struct mt_order_change){ .flags = MT_CELL_ILLEGAL | MT_CELL_ALARM };
        return 0;
    }
    struct mt_order before = *order;
    int rc = 0;
    if (mt_order_fold_is_fill(r))
        rc = fold_fill(e, record, order, out);
    else if (mt_order_fold_is_bust(r))
        rc = fold_bust(e, record, order, out);
    else
        rc = mt_order_fold_report(order, r, &out->order);
    if (rc != 0)
        return rc;
    /* Asked before its entry filled, granted after. */
    if (r->op == MT_REPORT_REPLACED && order->parent == 0 && order->follow.distance != 0)
        mt_order_fold_levels(order, &mt_ledger_slot(&e->ledger, order->terms.account, order->terms.symbol)->position,
                             mt_instrument_at(e, order->terms.symbol));
    mt_order_fold_after(order, record, &out->order);
    bool reopened = mt_order_state_terminal(before.state) && !mt_order_state_terminal(order->state);
    if (reopened)
        order_attach(e, order);
    order_changed(e, &before, order);
    return 0;
}

/* --- the rest -------------------- */

const struct mt_rec_signal *mt_signal_of(const struct mt_engine *e, uint16_t symbol, uint64_t id)
{
    if (e->folded.last_signals[symbol].id == id)
        return &e->folded.last_signals[symbol];
    return e->folded.entry_signals[symbol].id == id ? &e->folded.entry_signals[symbol] : NULL;
}

static void fold_signal(struct mt_engine *e, const struct mt_rec_signal *r)
{
    e->folded.next_signal = r->id + 1;
    e->folded.last_signals[r->symbol] = *r;
}

static void fold_verdict(struct mt_engine *e, const struct mt_rec_signal *signal, const struct mt_rec_verdict *r)
{
    if (r->verdict != MT_SENT && r->verdict != MT_PARTIAL)
        return;
    e->folded.stances[signal->symbol] = (struct mt_stance){ r->stance, r->mode, r->reference, signal->id };
    if (r->entry)
        e->folded.entry_signals[signal->symbol] = e->folded.last_signals[signal->symbol];
    e->folded.shown++;
}

static int fold_leg(struct mt_engine *e, const struct mt_rec_leg *r)
{
    static const struct mt_exit none;
    struct mt_stance *stance = &e->folded.stances[r->symbol];
    struct mt_plan *plan = mt_plan_at(e, r->account, r->symbol);
    const struct mt_rec_signal *signal = mt_signal_of(e, r->symbol, r->signal);
    if (r->plan == MT_LEG_PLAN_OF_SIGNAL && !signal)
        return MT_ECORRUPT;
    if (r->plan != MT_LEG_PLAN_STAYS) {
        plan->exit = r->plan == MT_LEG_PLAN_OF_SIGNAL ? signal->exit : none;
        plan->armed = mt_plan_any(&plan->exit);
    }
    struct mt_rec_leg *wish = &mt_leg_at(e, r->account, r->symbol)->wish;
    *wish = *r;
    wish->plan = MT_LEG_PLAN_STAYS;             /* done */
    bool settled = r->want == 0 || (r->mode == MT_LEG_TARGET && stance->mode == MT_LEG_TARGET);
    if (settled && stance->reference == r->account)
        stance->side = r->want; /* seen at once, also after an exit of the plan; a refused target: what is held is wanted */
    e->folded.shown++;
    return 0;
}

/* Of a journal. A live one is folded part by part as it is made: nothing that the intents and operations of its turn
 * fold looks at these parts, so it may stand behind them. */
static int fold_decision(struct mt_engine *e, const struct mt_rec_decision *r)
{
    const struct mt_rec_leg *legs = (const void *)(r + 1);
    int rc = 0;
    fold_signal(e, &r->signal);
    for (uint32_t i = 0; i < r->leg_count && rc == 0; i++)
        rc = fold_leg(e, &legs[i]);
    fold_verdict(e, &r->signal, &r->verdict);
    return rc;
}

static void fold_plan(struct mt_engine *e, const struct mt_rec_plan *r)
{
    struct mt_plan *plan = mt_plan_at(e, r->account, r->symbol);
    plan->exit = r->exit;
    plan->armed = r->armed != 0;
}

static void fold_run_start(struct mt_engine *e, const struct mt_rec_run_start *start, int64_t time_ns)
{
    struct mt_orders *orders = &e->folded.orders;
    for (size_t i = 0; i < orders->open_count; i++) {
        struct mt_order *order = mt_orders_get(orders, orders->open[i]);
        struct mt_order before = *order;
        mt_order_fold_restart(order, start, time_ns);
        order_changed(e, &before, order);       /* open stays open: the list does not move under us */
    }
    if (!start->venue_again)
        e->folded.next_coid = e->folded.coid_end;       /* ids of the old block may have been used */
}

static int fold_one(struct mt_engine *e, const struct mt_record *record, struct mt_books_change *out)
{
    const void *p = record->payload;
    switch (record->kind) {
    case MT_REC_RUN_START: fold_run_start(e, p, record->time_ns); return 0;
    case MT_REC_DECISION: return fold_decision(e, p);
    case MT_REC_INTENT: return fold_intent(e, record);
    case MT_REC_SENT: return fold_sent(e, record);
    case MT_REC_VENUE_EVENT: return fold_venue_event(e, record, out);
    case MT_REC_OP: return fold_op(e, record);
    case MT_REC_LEG: return fold_leg(e, p);
    case MT_REC_PLAN: fold_plan(e, p); return 0;
    case MT_REC_NOTE: mt_note_fold(e, p); return 0;
    case MT_REC_RISK_LIMIT: {
        const struct mt_rec_risk_limit *r = p;
        mt_risk_on_limit(e->risk, r->scope, r->limit, r->set, r->value);
        return 0;
    }
    case MT_REC_RISK_STATE: {
        const struct mt_rec_risk_state *r = p;
        mt_risk_on_state(e->risk, r->scope, r->state);
        e->folded.shown++;
        return 0;
    }
    case MT_REC_COID_BLOCK: {
        const struct mt_rec_coid_block *r = p;
        e->folded.next_coid = r->first;
        e->folded.coid_end = r->end;
        return 0;
    }
    case MT_REC_ADJUSTMENT: {
        const struct mt_rec_adjustment *r = p;
        mt_ledger_adjust_cash(&e->ledger, r->account, mt_rec_money_get(r->amount));
        return 0;
    }
    case MT_REC_DAY: {
        const struct mt_rec_day *r = p;
        e->folded.day = r->day;
        mt_risk_on_day(e->risk, r->account, r->day, mt_rec_money_get(r->equity), mt_rec_money_get(r->peak));
        return 0;
    }
    default: return 0;          /* MARKET, TIMER, OPERATOR, SCRIPT_* and marks of the run: inputs and notes, no state */
    }
}

int mt_engine_record_check(const struct mt_engine *e, const struct mt_record *record, struct mt_diag *diag)
{
    const struct mt_record_kind_info *info = mt_record_kind_info(record->kind);
    const struct mt_record_world world = { e->setup.account_count, e->setup.instrument_count,
                                           mt_risk_scope_count(e->risk) };
    bool fits = info && record->length >= info->size;
    if (fits && record->kind == MT_REC_DECISION) {
        const struct mt_rec_decision *r = record->payload;
        fits = (record->length - sizeof *r) / sizeof(struct mt_rec_leg) >= r->leg_count;
    }
    fits = fits && mt_record_fits(record->kind, record->payload, &world);
    if (fits && record->kind == MT_REC_INTENT) {
        const struct mt_rec_intent *r = record->payload;
        fits = r->coid >= e->folded.next_coid && r->coid < e->folded.coid_end;
    }
    return fits ? 0 : mt_fail(diag, MT_ECORRUPT, "journal: record %llu (%s): its content does not fit this run",
                              (unsigned long long)record->seq, mt_record_name(record->kind));
}

int mt_fold(struct mt_engine *e, const struct mt_record *record, struct mt_books_change *change, struct mt_diag *diag)
{
    memset(change, 0, sizeof *change);
    int rc = fold_one(e, record, change);
    if (rc != 0)
        return mt_fail(diag, rc, "journal: record %llu (%s): %s", (unsigned long long)record->seq,
                       mt_record_name(record->kind), mt_err_name(rc));
    return 0;
}

/* What follows the market is no fold: a plan begins to follow it at its first fill, and ends at zero. */
static void plan_filled(struct mt_engine *e, const struct mt_rec_venue_event *r, const struct mt_books_change *change)
{
    const struct mt_order *order = mt_orders_get(&e->folded.orders, r->coid);
    if (!(change->order.flags & (MT_CELL_APPLY_FILL | MT_CELL_BUST)))
        return;
    const struct mt_plan *plan = mt_plan_at(e, order->terms.account, order->terms.symbol);
    struct mt_plan_run *run = mt_plan_run_at(e, order->terms.account, order->terms.symbol);
    if ((change->order.flags & MT_CELL_BUST) && r->exchanged != MT_EXCHANGE_NONE) {
        /* The trade goes on, but no market made that price. */
        if (mt_price_same(run->extreme, mt_price_of(r->price)))
            run->extreme = mt_price_none();
        return;
    }
    if (change->opened)
        run->filled_updates = e->ledger.tops[order->terms.symbol].updates;
    if (change->opened && !run->extreme.there)  /* it was the price of the fill whose place this one takes */
        run->extreme = mt_price_of(r->price);
    if (change->began) {
        run->extreme = mt_price_of(r->price);
        run->trailing = plan->exit.trail.kind == MT_LEVEL_DISTANCE && plan->exit.trail.after == 0;
        e->wake_dirty = true;
    }
    if (mt_ledger_slot(&e->ledger, order->terms.account, order->terms.symbol)->position.qty == 0)
        run->extreme = mt_price_none();
}

int mt_take(struct mt_engine *e, const struct mt_record *record, struct mt_diag *diag)
{
    struct mt_books_change change;
    int rc = mt_fold(e, record, &change, diag);
    if (rc != 0)
        return rc;
    e->wake_dirty = e->wake_dirty || record->kind == MT_REC_PLAN || record->kind == MT_REC_LEG
        || record->kind == MT_REC_DECISION;     /* closing, a leg waits for no time exit; waiting, for its deadline */
    if (record->kind == MT_REC_VENUE_EVENT) {
        e->change = change;
        e->counts.fills += (change.order.flags & MT_CELL_APPLY_FILL) != 0;
        e->counts.trades += change.ended;
        plan_filled(e, record->payload, &change);
    }
    return 0;
}

static void append(struct mt_engine *e, enum mt_record_kind kind, const void *payload, size_t length)
{
    struct mt_record record;
    bool read = !mt_journal_in_memory(e->journal);
    int rc = 0;
    mt_buf_clear(&e->record_bytes);
    if (read)
        rc = mt_record_encode(kind, e->position, payload, length, &e->record_bytes);
    if (rc == 0)
        rc = mt_journal_append(e->journal, kind, 0, e->now_ns, read ? e->record_bytes.data : payload,
                               read ? e->record_bytes.length : length, &record);
    if (rc != 0) {
        e->dead = mt_fail(&e->fault, rc, "journal: append of %s: %s", mt_record_name(kind), mt_err_name(rc));
        return;
    }
    record.position = e->position_logged = e->position;
    record.payload = payload;
    record.length = (uint32_t)length;
    e->last_seq = record.seq;
    if (kind != MT_REC_DECISION)                /* it was folded as it was made */
        rc = mt_take(e, &record, &e->fault);
    if (rc == 0 && e->setup.observer.record)
        rc = e->setup.observer.record(e->setup.observer.ud, e, &record);
    if (rc != 0 && e->failed == 0)
        e->failed = rc;
}

void mt_emit_position(struct mt_engine *e)
{
    static const struct mt_rec_market market;
    if (e->dead == 0 && e->position_logged != e->position)
        append(e, MT_REC_MARKET, &market, sizeof market);
}

void mt_emit(struct mt_engine *e, enum mt_record_kind kind, const void *payload, size_t length, enum mt_durability need)
{
    if (e->dead != 0)
        return;
    append(e, kind, payload, length);
    if (need > e->need)
        e->need = need;
}

/* --- a decision, while it is made -------------------- */

static struct mt_rec_decision *decision_of(struct mt_engine *e)
{
    return (void *)e->decision.data;
}

void mt_decision_begin(struct mt_engine *e, const struct mt_rec_signal *signal)
{
    static const struct mt_rec_decision empty;
    mt_buf_clear(&e->decision);
    mt_buf_put(&e->decision, &empty, sizeof empty);
    if (e->decision.failed) {
        e->dead = mt_fail(&e->fault, MT_ENOMEM, "no memory for a decision");
        return;
    }
    decision_of(e)->signal = *signal;
    e->deciding = true;
    fold_signal(e, signal);
    if (e->setup.observer.asked)
        e->setup.observer.asked(e->setup.observer.ud, e, signal);
}

/* Only its last word on a leg counts, and that the leg was given up on the way there, since that ends a stance. */
static bool takes_the_place(const struct mt_rec_leg *before, const struct mt_rec_leg *after)
{
    return before->account == after->account && (before->want != 0 || after->want == 0)
        && (before->plan == MT_LEG_PLAN_STAYS || after->plan != MT_LEG_PLAN_STAYS);
}

void mt_leg_changed(struct mt_engine *e, const struct mt_rec_leg *leg)
{
    if (!e->deciding || leg->symbol != decision_of(e)->signal.symbol) {
        mt_emit(e, MT_REC_LEG, leg, sizeof *leg, MT_DURABLE_D2);
        return;
    }
    int rc = fold_leg(e, leg);
    e->wake_dirty = true;
    MT_ASSERT(rc == 0);                         /* an entry of this signal, or one that still waits */
    uint32_t count = decision_of(e)->leg_count;
    struct mt_rec_leg *legs = (void *)(decision_of(e) + 1);
    if (count > 0 && takes_the_place(&legs[count - 1], leg)) {
        legs[count - 1] = *leg;
        return;
    }
    mt_buf_put(&e->decision, leg, sizeof *leg);
    if (e->decision.failed)
        e->dead = mt_fail(&e->fault, MT_ENOMEM, "no memory for a decision");
    else
        decision_of(e)->leg_count = count + 1;
}

void mt_decision_end(struct mt_engine *e, const struct mt_rec_verdict *verdict)
{
    e->deciding = false;
    if (e->dead != 0)
        return;
    decision_of(e)->verdict = *verdict;
    fold_verdict(e, &decision_of(e)->signal, verdict);
    mt_emit(e, MT_REC_DECISION, e->decision.data, e->decision.length,
            decision_of(e)->leg_count > 0 ? MT_DURABLE_D2 : MT_DURABLE_D3);
}
