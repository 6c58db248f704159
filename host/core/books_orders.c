/* The part of the fold that is orders and their fills, and what these do to positions, legs and plans. */

#include "core/books_orders.h"

#include <string.h>

#include "core/order_fold.h"

void mt_books_order_changed(struct mt_books *b, const struct mt_order *before, const struct mt_order *after)
{
    mt_ledger_reserve(&b->ledger, before, after);
    MT_ASSERT(mt_orders_listed(&b->orders, after) == 0);
    if (!mt_order_state_terminal(after->state))
        return;
    struct mt_leg *leg = mt_leg_at(b, after->terms.account, after->terms.symbol);
    struct mt_plan *plan = mt_plan_at(b, after->terms.account, after->terms.symbol);
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

/* A new order, or one that came back from a terminal state, is its leg's business, unless another one has taken its
 * place meanwhile: then it belongs nowhere, and oms.c cancels it. */
static void order_attach(struct mt_books *b, const struct mt_order *order)
{
    uint64_t *place = mt_order_place(b, order);
    if (*place == 0 || order->parent != 0)      /* what is left of the leg before has been canceled: it makes room */
        *place = order->coid;
}

/* The entry has filled: what lies at the venue with it is alive, at levels from its fill. */
static void wake_child(struct mt_books *b, uint64_t coid, uint64_t parent)
{
    struct mt_order *order = coid ? mt_orders_get(&b->orders, coid) : NULL;
    if (!order || order->parent != parent)
        return;
    order->parent = 0;
    mt_order_fold_levels(order, mt_position_at(b, order->terms.account, order->terms.symbol),
                         mt_instrument_at(b, order->terms.symbol));
}

static void wake_children(struct mt_books *b, const struct mt_order *entry)
{
    const struct mt_plan *plan = mt_plan_at(b, entry->terms.account, entry->terms.symbol);
    wake_child(b, plan->stop_coid, entry->coid);
    for (int i = 0; i < MT_TAKES_MAX; i++)
        wake_child(b, plan->take_coid[i], entry->coid);
}

int mt_books_fold_intent(struct mt_books *b, const struct mt_record *record)
{
    const struct mt_rec_intent *r = record->payload;
    if (b->orders.count > 0 && r->coid < b->orders.next)
        return MT_ECORRUPT;                     /* I4: an id is used once */
    struct mt_order *order = mt_orders_add(&b->orders, r->coid);
    if (!order)
        return MT_ENOMEM;
    mt_risk_on_intent(b->risk, &r->terms, r->code, record->time_ns);
    mt_order_fold_intent(order, record);
    if (!mt_ledger_reservable(&b->ledger, NULL, order))
        return MT_ECORRUPT;
    b->next_coid = r->coid + 1;
    mt_books_order_changed(b, NULL, order);
    if (r->code == 0)
        order_attach(b, order);
    return 0;
}

int mt_books_fold_sent(struct mt_books *b, const struct mt_record *record)
{
    const struct mt_rec_sent *r = record->payload;
    struct mt_order *order = mt_orders_get(&b->orders, r->coid);
    if (!order)
        return 0;
    struct mt_order before = *order;
    int rc = mt_order_fold_sent(order, record);
    if (rc == 0)
        mt_books_order_changed(b, &before, order);
    return rc;
}

size_t mt_books_flushed(struct mt_books *b)
{
    struct mt_orders *orders = &b->orders;
    size_t first = orders->open_count;
    while (first > 0 && orders->open[first - 1] >= b->unflushed_coid)
        first--;
    for (size_t i = first; i < orders->open_count; i++) {
        struct mt_order *order = mt_orders_get(orders, orders->open[i]);
        struct mt_order before = *order;
        mt_order_fold_flushed(order);
        mt_books_order_changed(b, &before, order);       /* open stays open: the list does not move under us */
    }
    b->unflushed_coid = b->next_coid;
    return first;
}

int mt_books_fold_op(struct mt_books *b, const struct mt_record *record)
{
    const struct mt_rec_op *r = record->payload;
    struct mt_order *order = mt_orders_get(&b->orders, r->coid);
    if (!order)
        return 0;
    struct mt_order before = *order;
    int rc = mt_order_fold_op(order, record);
    if (rc == 0 && !mt_ledger_reservable(&b->ledger, &before, order))
        rc = MT_ECORRUPT;
    if (rc != 0)
        return rc;
    if (r->asked == MT_OUT_REPLACE)
        mt_risk_on_op(b->risk, order->terms.account, order->terms.symbol, order->terms.seat, true, record->time_ns);
    mt_books_order_changed(b, &before, order);
    return 0;
}

static int8_t sign_of(int64_t qty)
{
    return (int8_t)((qty > 0) - (qty < 0));
}

/* Does a fill end the trade? While others take its place the position never was; the last of them ends what is open
 * still, and what it is in the place of has ended already. */
static bool ends_trade(const struct mt_plan *plan, const struct mt_rec_venue_event *r,
                       const struct mt_position_change *change, int64_t position)
{
    if (r->exchanged == MT_EXCHANGE_NONE)
        return change->ended;
    return r->exchanged == MT_EXCHANGE_ENDS && plan->side != 0 && sign_of(position) != plan->side;
}

static void fold_plan_fill(struct mt_books *b, const struct mt_order *order, const struct mt_rec_venue_event *r,
                           const struct mt_position_change *change, int64_t time_ns, struct mt_books_change *out)
{
    struct mt_plan *plan = mt_plan_at(b, order->terms.account, order->terms.symbol);
    const int64_t position = mt_position_at(b, order->terms.account, order->terms.symbol)->qty;
    const bool exchanged = r->exchanged != MT_EXCHANGE_NONE, on = r->exchanged == MT_EXCHANGE_GOES_ON;
    const bool ended = ends_trade(plan, r, change, position), over = ended || (!on && position == 0);
    const bool again = exchanged && !ended && plan->armed_ns != 0;       /* it is counted as unplan has taken it out */
    if (order->terms.role == MT_ROLE_TAKE)
        plan->take_filled[order->take] += r->qty;
    if (over) {
        plan->entered = 0;
        plan->armed_ns = 0;
        memset(plan->take_filled, 0, sizeof plan->take_filled);
    }
    if (again && order->terms.role == MT_ROLE_ENTRY)
        plan->entered += r->qty;
    else if (change->opened_qty > 0)
        plan->entered += change->opened_qty;
    if (change->opened_qty > 0 || (again && order->terms.role == MT_ROLE_ENTRY)) {
        out->began = plan->armed_ns == 0 || (!exchanged && plan->entered == change->opened_qty);
        if (out->began)
            plan->armed_ns = time_ns;
        plan->filled_ns = r->venue_ns;
        plan->filled_maker = r->maker;
        plan->filled_heard_ns = time_ns;
    }
    mt_money *profit = &b->trade_profit[mt_leg_index(b, order->terms.account, order->terms.symbol)];
    *profit += mt_rec_money_get(r->realised) - mt_rec_money_get(r->fee);
    if (!exchanged || ended)
        mt_risk_on_fill(b->risk, order->terms.account, order->terms.symbol, order->terms.seat, order->terms.role,
                        change->opened_qty > 0, ended, *profit, time_ns);
    if (over)
        *profit = 0;
    if (!on)
        plan->side = sign_of(position);
    out->opened = change->opened_qty > 0;
    out->ended = ended;
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

static int fold_fill(struct mt_books *b, const struct mt_record *record, struct mt_order *order,
                     struct mt_books_change *out)
{
    const struct mt_rec_venue_event *r = record->payload;
    struct mt_position_change change;
    struct mt_order_fill *fill = mt_orders_fill_find(&b->orders, r->coid, r->fill_id);
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
        rc = mt_ledger_book_fill(&b->ledger, order->terms.account, order->terms.symbol, order->terms.side,
                                 r->price, r->qty, mt_rec_money_get(r->fee), mt_rec_money_get(r->realised),
                                 r->venue_ns, &change);
    if (rc == MT_ERANGE) {
        *order = before;
        out->order = impossible(order);
        return 0;
    }
    MT_ASSERT(rc == 0);                         /* what does not fit is all that can be wrong with it */
    out->position = change;
    out->price = r->price;
    rc = mt_orders_fill_add(&b->orders, r->coid, r->fill_id, r->price, r->qty);
    if (rc != 0)
        return rc;
    fill = mt_orders_fill_find(&b->orders, r->coid, r->fill_id);
    fill->from = r->synthetic ? r->cum - r->qty : 0;
    fill->venue_ns = r->venue_ns;
    fill->fee = mt_rec_money_get(r->fee);
    if (order->terms.role == MT_ROLE_ENTRY)
        wake_children(b, order);
    mt_order_fold_trailed(order, r);
    fold_plan_fill(b, order, r, &change, record->time_ns, out);
    MT_ASSERT(order->cum == mt_orders_fill_sum(&b->orders, order->coid));        /* I1 */
    return 0;
}

/* What was planned for the quantity of a fill that is annulled. Where others take its place at once, the trade goes on,
 * also where the position is zero between the two records. */
static void unplan(struct mt_books *b, const struct mt_order *order, const struct mt_order_fill *fill,
                   const struct mt_rec_venue_event *r)
{
    struct mt_plan *plan = mt_plan_at(b, order->terms.account, order->terms.symbol);
    int64_t position = mt_position_at(b, order->terms.account, order->terms.symbol)->qty;
    int64_t *from = order->terms.role == MT_ROLE_TAKE ? &plan->take_filled[order->take] : &plan->entered;
    bool over = position == 0 && r->exchanged == MT_EXCHANGE_NONE;
    if (order->terms.role == MT_ROLE_TAKE || order->terms.role == MT_ROLE_ENTRY)
        *from = *from > fill->qty || r->exchanged != MT_EXCHANGE_NONE ? *from - fill->qty : 0;
    mt_money *profit = &b->trade_profit[mt_leg_index(b, order->terms.account, order->terms.symbol)];
    *profit = over ? 0 : *profit + mt_rec_money_get(r->realised);
    if (over) {
        plan->entered = plan->armed_ns = 0;
        memset(plan->take_filled, 0, sizeof plan->take_filled);
    }
    if (r->exchanged == MT_EXCHANGE_NONE)
        plan->side = sign_of(position);
}

/* A bust that came before its fill: the fill is dead when it comes (2.6). */
static int bust_early(struct mt_books *b, const struct mt_rec_venue_event *r)
{
    int rc = mt_orders_fill_add(&b->orders, r->coid, r->fill_id, 0, 0);
    if (rc != 0)
        return rc;
    struct mt_order_fill *fill = mt_orders_fill_find(&b->orders, r->coid, r->fill_id);
    fill->venue_ns = r->venue_ns;
    mt_orders_fill_annul(&b->orders, r->coid, fill);
    return 0;
}

/* A bust undoes the fill in the order and books the opposite in the position (2.6). */
static int fold_bust(struct mt_books *b, const struct mt_record *record, struct mt_order *order,
                     struct mt_books_change *out)
{
    const struct mt_rec_venue_event *r = record->payload;
    struct mt_order_fill *fill = mt_orders_fill_find(&b->orders, r->coid, r->fill_id);
    struct mt_position_change change;
    if (!fill) {
        out->order = impossible(order);
        return bust_early(b, r);
    }
    if (fill->dead) {
        out->order = unmoved(order, MT_CELL_SAME);
        return 0;
    }
    struct mt_order before = *order;
    int rc = mt_order_bust(order, fill->price, fill->qty, mt_order_state_open(order->state), &out->order);
    MT_ASSERT(rc == 0);
    MT_ASSERT(out->order.flags & MT_CELL_BUST); /* where a fill was applied, it can be annulled */
    rc = mt_ledger_book_bust(&b->ledger, order->terms.account, order->terms.symbol, order->terms.side,
                             fill->price, fill->qty, mt_rec_money_get(r->fee), mt_rec_money_get(r->realised),
                             r->venue_ns, &change);
    if (rc != 0) {                              /* beyond all numbers */
        *order = before;
        out->order = impossible(order);
        return 0;
    }
    out->position = change;
    out->price = fill->price;
    if (r->exchanged == MT_EXCHANGE_NONE)
        fill->venue_ns = r->venue_ns;
    mt_orders_fill_annul(&b->orders, order->coid, fill);
    unplan(b, order, fill, r);
    return 0;
}

int mt_books_fold_venue_event(struct mt_books *b, const struct mt_record *record, struct mt_books_change *out)
{
    const struct mt_rec_venue_event *r = record->payload;
    struct mt_order *order = mt_orders_get(&b->orders, r->coid);
    if (!order) {
        out->order = (struct mt_order_change){ .flags = MT_CELL_ILLEGAL | MT_CELL_ALARM };
        return 0;
    }
    struct mt_order before = *order;
    int rc = 0;
    if (mt_order_fold_is_fill(r))
        rc = fold_fill(b, record, order, out);
    else if (mt_order_fold_is_bust(r))
        rc = fold_bust(b, record, order, out);
    else
        rc = mt_order_fold_report(order, r, &out->order);
    if (rc != 0)
        return rc;
    /* Asked before its entry filled, granted after. */
    if (r->op == MT_REPORT_REPLACED && order->parent == 0 && order->follow.distance != 0)
        mt_order_fold_levels(order, mt_position_at(b, order->terms.account, order->terms.symbol),
                             mt_instrument_at(b, order->terms.symbol));
    mt_order_fold_after(order, record, &out->order);
    if (!mt_ledger_reservable(&b->ledger, &before, order))
        return MT_ECORRUPT;
    bool reopened = mt_order_state_terminal(before.state) && !mt_order_state_terminal(order->state);
    if (reopened)
        order_attach(b, order);
    mt_books_order_changed(b, &before, order);
    return 0;
}
