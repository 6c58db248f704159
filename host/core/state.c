/* The fold: what each record of the journal does to the state. Live, mt_emit appends a record and folds it at once;
 * after a restart the same function folds the same records, so the state is the same (I10). Nothing is decided here.
 */
#include <stdlib.h>
#include <string.h>

#include "core/engine_private.h"
#include "core/order_fold.h"

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

static void fold_verdict(struct mt_engine *e, const struct mt_rec_verdict *r)
{
    struct mt_stance *stance = &e->folded.stances[r->symbol];
    if (r->verdict == MT_SENT || r->verdict == MT_PARTIAL)
        *stance = (struct mt_stance){ r->stance, r->mode, r->reference, r->signal };
    if ((r->verdict == MT_SENT || r->verdict == MT_PARTIAL) && r->entry)
        e->folded.entry_signals[r->symbol] = e->folded.last_signals[r->symbol];
    e->folded.shown++;
}

static void fold_leg(struct mt_engine *e, const struct mt_rec_leg *r)
{
    struct mt_stance *stance = &e->folded.stances[r->symbol];
    mt_leg_at(e, r->account, r->symbol)->wish = *r;
    bool settled = r->want == 0 || (r->mode == MT_LEG_TARGET && stance->mode == MT_LEG_TARGET);
    if (settled && stance->reference == r->account)
        stance->side = r->want;                 /* a refused target, too: what is held is wanted */
    e->folded.shown++;
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
    case MT_REC_MARKET: e->folded.position = ((const struct mt_rec_market *)p)->position; return 0;
    case MT_REC_SIGNAL: {
        const struct mt_rec_signal *r = p;
        e->folded.next_signal = r->id + 1;
        e->folded.last_signals[r->symbol] = *r;
        return 0;
    }
    case MT_REC_VERDICT: fold_verdict(e, p); return 0;
    case MT_REC_INTENT: return fold_intent(e, record);
    case MT_REC_SENT: return fold_sent(e, record);
    case MT_REC_VENUE_EVENT: return fold_venue_event(e, record, out);
    case MT_REC_OP: return fold_op(e, record);
    case MT_REC_LEG: fold_leg(e, p); return 0;
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
    default: return 0;          /* TIMER, OPERATOR, SCRIPT_* and marks of the run: inputs and notes, no state */
    }
}

/* The payload must hold what its kind says: a journal from disk is foreign until proven. */
static size_t payload_size(unsigned kind)
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
    case MT_REC_LEG: return sizeof(struct mt_rec_leg);
    case MT_REC_PLAN: return sizeof(struct mt_rec_plan);
    case MT_REC_RISK_LIMIT: return sizeof(struct mt_rec_risk_limit);
    case MT_REC_RISK_STATE: return sizeof(struct mt_rec_risk_state);
    case MT_REC_COID_BLOCK: return sizeof(struct mt_rec_coid_block);
    case MT_REC_ADJUSTMENT: return sizeof(struct mt_rec_adjustment);
    case MT_REC_DAY: return sizeof(struct mt_rec_day);
    case MT_REC_TIMER: return sizeof(struct mt_rec_timer);
    case MT_REC_CHECKPOINT: return sizeof(struct mt_rec_checkpoint);
    case MT_REC_SCRIPT_STATE: return sizeof(struct mt_rec_script_state);
    case MT_REC_OPERATOR: return sizeof(struct mt_rec_operator);
    case MT_REC_RUN_END: return sizeof(struct mt_rec_run_end);
    case MT_REC_SCRIPT_FAULT: return sizeof(struct mt_rec_script_fault);
    case MT_REC_REFUSED: return sizeof(struct mt_rec_refused);
    case MT_REC_NOTE: return sizeof(struct mt_rec_note);
    default: return 0;
    }
}

/* Indices in the payload must exist here: the setup of a resume comes from the run header, which a person may have
 * damaged with a tool that repairs checksums. */
static bool indices_exist(const struct mt_engine *e, const struct mt_record *record)
{
    unsigned accounts = e->setup.account_count, symbols = e->setup.instrument_count;
    size_t scopes = mt_risk_scope_count(e->risk);
    switch (record->kind) {
    case MT_REC_SIGNAL: return ((const struct mt_rec_signal *)record->payload)->symbol < symbols;
    case MT_REC_VERDICT: {
        const struct mt_rec_verdict *r = record->payload;
        return r->symbol < symbols && (r->reference < accounts || r->sent == 0);
    }
    case MT_REC_INTENT: {
        const struct mt_rec_intent *r = record->payload;
        return r->terms.symbol < symbols && r->terms.account < accounts && r->take < MT_TAKES_MAX
            && r->coid >= e->folded.next_coid && r->coid < e->folded.coid_end;
    }
    case MT_REC_SENT: return ((const struct mt_rec_sent *)record->payload)->outcome <= MT_SEND_AMB;
    case MT_REC_VENUE_EVENT: {
        const struct mt_rec_venue_event *r = record->payload;
        return r->event < MT_ORDER_EVENTS && r->op <= MT_REPORT_ABSENT_SAMPLE;
    }
    case MT_REC_OP: {
        const struct mt_rec_op *r = record->payload;
        return r->asked > MT_OUT_SUBMIT && r->asked <= MT_OUT_QUERY;
    }
    case MT_REC_LEG: {
        const struct mt_rec_leg *r = record->payload;
        return r->account < accounts && r->symbol < symbols;
    }
    case MT_REC_PLAN: {
        const struct mt_rec_plan *r = record->payload;
        return r->account < accounts && r->symbol < symbols && r->exit.take_count <= MT_TAKES_MAX;
    }
    case MT_REC_RISK_STATE: {
        const struct mt_rec_risk_state *r = record->payload;
        return r->scope < scopes && r->state <= MT_KILLED;
    }
    case MT_REC_RISK_LIMIT: {
        const struct mt_rec_risk_limit *r = record->payload;
        return r->scope < scopes && r->limit < MT_LIMITS;
    }
    case MT_REC_ADJUSTMENT: return ((const struct mt_rec_adjustment *)record->payload)->account < accounts;
    case MT_REC_DAY: return ((const struct mt_rec_day *)record->payload)->account < accounts;
    case MT_REC_NOTE: return ((const struct mt_rec_note *)record->payload)->symbol < symbols;
    default: return true;
    }
}

int mt_engine_record_check(const struct mt_engine *e, const struct mt_record *record, struct mt_diag *diag)
{
    if (record->length >= payload_size(record->kind) && indices_exist(e, record))
        return 0;
    return mt_fail(diag, MT_ECORRUPT, "journal: record %llu (%s): its content does not fit this run",
                   (unsigned long long)record->seq, mt_record_name(record->kind));
}

int mt_fold(struct mt_engine *e, const struct mt_record *record, struct mt_books_change *change, struct mt_diag *diag)
{
    int rc = mt_engine_record_check(e, record, diag);
    memset(change, 0, sizeof *change);
    if (rc != 0)
        return rc;
    rc = fold_one(e, record, change);
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
    e->last_seq = record->seq;
    e->wake_dirty = e->wake_dirty || record->kind == MT_REC_PLAN;
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
    int rc = mt_journal_append(e->journal, kind, 0, e->now_ns, payload, length, &record);
    if (rc != 0) {
        e->dead = mt_fail(&e->fault, rc, "journal: append of %s: %s", mt_record_name(kind), mt_err_name(rc));
        return;
    }
    rc = mt_take(e, &record, &e->fault);
    if (rc == 0 && e->setup.observer.record)
        rc = e->setup.observer.record(e->setup.observer.ud, e, &record);
    if (rc != 0 && e->failed == 0)
        e->failed = rc;
}

void mt_emit_position(struct mt_engine *e)
{
    if (e->dead != 0 || e->position_logged == e->position)
        return;
    struct mt_rec_market market = { e->position, e->turn };
    e->position_logged = e->position;
    append(e, MT_REC_MARKET, &market, sizeof market);
}

void mt_emit(struct mt_engine *e, enum mt_record_kind kind, const void *payload, size_t length, enum mt_durability need)
{
    mt_emit_position(e);
    if (e->dead != 0)
        return;
    append(e, kind, payload, length);
    if (need > e->need)
        e->need = need;
}
