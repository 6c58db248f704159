/* Rows from the books: what each record has done to them. */
#include "report/history.h"

#include <stdlib.h>
#include <string.h>

#include "core/books_fold.h"
#include "core/order_fold.h"

/* Between two orders of a run. */
enum { ID_GAP_MAX = 1 << 20 };

/* Room for one more item; false: no memory. */
static bool grow(void **items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return true;
    size_t more = *room * 2 + 64;
    void *bigger = realloc(*items, more * size);
    if (!bigger)
        return false;
    *items = bigger;
    *room = more;
    return true;
}

#define GROW(items, count, room) grow((void **)&(items), count, &(room), sizeof *(items))

/* Ids rise, so what has just been added is mostly what is asked for; else halving finds it. */
static struct mt_order *row_of(const struct mt_history *h, uint64_t coid)
{
    size_t low = 0, high = h->order_count;
    if (high > 0 && h->orders[high - 1].coid == coid)
        return &h->orders[high - 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (h->orders[middle].coid < coid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < h->order_count && h->orders[low].coid == coid ? &h->orders[low] : NULL;
}

/* An order as the books have it now. */
static void tell(struct mt_history *h, const struct mt_order *order)
{
    struct mt_order *row = order && h->keep & MT_ROWS_ORDERS ? row_of(h, order->coid) : NULL;
    if (row)
        *row = *order;
}

/* Those that are open, from id `from` on. */
static void tell_open(struct mt_history *h, uint64_t from)
{
    const struct mt_orders *orders = &h->books.orders;
    for (size_t i = orders->open_count; i > 0 && orders->open[i - 1] >= from; i--)
        tell(h, mt_orders_get(orders, orders->open[i - 1]));
}

const struct mt_order *mt_history_order(const struct mt_history *h, uint64_t coid)
{
    return mt_orders_get(&h->books.orders, coid);
}

const struct mt_slot *mt_history_slot(const struct mt_history *h, size_t slot)
{
    return &h->books.ledger.slots[slot];
}

/* --- orders, fills and trades -------------------- */

static int add_order(struct mt_history *h, const struct mt_rec_intent *r)
{
    if (!(h->keep & MT_ROWS_ORDERS))
        return 0;
    if (!GROW(h->orders, h->order_count, h->order_room))
        return MT_ENOMEM;
    h->orders[h->order_count++] = *mt_history_order(h, r->coid);
    return 0;
}

static int add_fill(struct mt_history *h, const struct mt_order *order, const struct mt_record *record)
{
    const struct mt_rec_venue_event *r = record->payload;
    if (!(h->keep & MT_ROWS_FILLS))
        return 0;
    if (!GROW(h->fills, h->fill_count, h->fill_room))
        return MT_ENOMEM;
    h->fills[h->fill_count++] = (struct mt_history_fill){ .coid = r->coid, .fill_id = r->fill_id, .seq = record->seq,
        .time_ns = r->venue_ns, .price = r->price, .qty = r->qty, .fee = mt_rec_money_get(r->fee),
        .realised = mt_rec_money_get(r->realised), .account = order->terms.account, .symbol = order->terms.symbol,
        .side = order->terms.side, .role = (uint8_t)mt_order_reason(order), .maker = r->maker != 0 };
    return 0;
}

/* The trade of the slot, and a closed one at its end. */
static int add_to_trade(struct mt_history *h, const struct mt_order *order, const struct mt_rec_venue_event *r,
                        const struct mt_position_change *change)
{
    size_t at = mt_leg_index(&h->books, order->terms.account, order->terms.symbol);
    struct mt_history_trades *trades = &h->slots[at];
    struct mt_round_trip closed;
    const struct mt_round_trip_fill fill = { .order = order, .time_ns = r->venue_ns, .price = r->price,
        .closed_qty = change->closed_qty, .opened_qty = change->opened_qty, .ended = change->ended,
        .realised = mt_rec_money_get(r->realised), .fee = mt_rec_money_get(r->fee), .exchanged = r->exchanged,
        .position = mt_history_slot(h, at)->position.qty };
    if (!mt_round_trip_fill(&trades->open, &fill, &closed))
        return 0;
    trades->closed++;
    if (!(h->keep & MT_ROWS_TRADES))
        return 0;
    if (!GROW(h->trades, h->trade_count, h->trade_room))
        return MT_ENOMEM;
    h->trades[h->trade_count++] = closed;
    return 0;
}

/* Busts are rare, and mostly of one of the last fills. */
static void mark_busted(struct mt_history *h, const struct mt_rec_venue_event *r)
{
    size_t at = h->fill_count;
    while (at > 0 && (h->fills[at - 1].coid != r->coid || h->fills[at - 1].fill_id != r->fill_id))
        at--;
    if (at > 0)
        h->fills[at - 1].busted = true;
}

/* The exits that lay at the venue with an entry live since it has filled. */
static void tell_exits(struct mt_history *h, const struct mt_order *entry)
{
    const struct mt_plan *plan = mt_plan_at(&h->books, entry->terms.account, entry->terms.symbol);
    tell(h, mt_history_order(h, plan->stop_coid));
    for (int i = 0; i < MT_TAKES_MAX; i++)
        tell(h, mt_history_order(h, plan->take_coid[i]));
}

static int add_venue_event(struct mt_history *h, const struct mt_record *record, const struct mt_books_change *change)
{
    const struct mt_rec_venue_event *r = record->payload;
    const struct mt_order *order = mt_history_order(h, r->coid);
    if (!order)
        return 0;                               /* the host did not know it either */
    tell(h, order);
    if (change->order.fill_qty == 0) {
        h->ignored += mt_order_fold_is_fill(r) || mt_order_fold_is_bust(r);
        return 0;
    }
    if (mt_order_fold_is_bust(r)) {
        mark_busted(h, r);
        size_t at = mt_leg_index(&h->books, order->terms.account, order->terms.symbol);
        mt_round_trip_bust(&h->slots[at].open, order, r->venue_ns, change->price, -change->order.fill_qty,
                           mt_rec_money_get(r->realised), mt_rec_money_get(r->fee),
                           mt_history_slot(h, at)->position.qty, r->exchanged);
        return 0;
    }
    if (order->terms.role == MT_ROLE_ENTRY)
        tell_exits(h, order);
    int rc = add_fill(h, order, record);
    return rc == 0 ? add_to_trade(h, order, r, &change->position) : rc;
}

/* --- signals -------------------- */

static int add_signal(struct mt_history *h, const struct mt_record *record)
{
    const struct mt_rec_decision *r = record->payload;
    if (!(h->keep & MT_ROWS_SIGNALS))
        return 0;
    if (h->signal_count > 0 && h->signals[h->signal_count - 1].signal.id >= r->signal.id)
        return MT_ECORRUPT;
    if (!GROW(h->signals, h->signal_count, h->signal_room))
        return MT_ENOMEM;
    h->signals[h->signal_count++] = (struct mt_history_signal){ .signal = r->signal, .verdict = r->verdict,
                                                                .time_ns = record->time_ns };
    return 0;
}

/* --- the fold -------------------- */

/* The books of the run. Its instruments are copied: names are of the newest RUN_START, books are of all. */
static int begin(struct mt_history *h, struct mt_diag *diag)
{
    const struct mt_names *names = h->names;
    h->slot_count = (size_t)names->account_count * names->instrument_count;
    h->slots = calloc(h->slot_count + 1, sizeof *h->slots);
    h->instruments = calloc(names->instrument_count + 1u, sizeof *h->instruments);
    if (!h->slots || !h->instruments) {
        h->slot_count = 0;
        return mt_fail(diag, MT_ENOMEM, "history: no memory");
    }
    if (names->instrument_count > 0)
        memcpy(h->instruments, names->instruments, names->instrument_count * sizeof *h->instruments);
    int rc = mt_books_init(&h->books, h->instruments, names->instrument_count, names->accounts, names->account_count,
                           names->scopes, names->scope_count, diag);
    h->begun = rc == 0;
    h->slot_count = rc == 0 ? h->slot_count : 0;
    return rc;
}

/* Ids skip at a restart, by no more than a block; a file can say anything. */
static bool id_follows(const struct mt_orders *known, uint64_t coid)
{
    return known->count == 0 || (coid >= known->next && coid - known->next <= ID_GAP_MAX);
}

/* What a reader cannot check who has no books. */
static bool fits(const struct mt_history *h, const struct mt_record *record)
{
    size_t scopes = mt_risk_scope_count(h->books.risk);
    switch (record->kind) {
    case MT_REC_INTENT: return id_follows(&h->books.orders, ((const struct mt_rec_intent *)record->payload)->coid);
    case MT_REC_RISK_LIMIT: return ((const struct mt_rec_risk_limit *)record->payload)->scope < scopes;
    case MT_REC_RISK_STATE: return ((const struct mt_rec_risk_state *)record->payload)->scope < scopes;
    default: return true;
    }
}

/* What the record has done to the books becomes rows. */
static int add_rows(struct mt_history *h, const struct mt_record *record, const struct mt_books_change *change)
{
    switch (record->kind) {
    case MT_REC_RUN_START: tell_open(h, 0); return 0;
    case MT_REC_DECISION: return add_signal(h, record);
    case MT_REC_INTENT: return add_order(h, record->payload);
    case MT_REC_SENT: tell(h, mt_history_order(h, ((const struct mt_rec_sent *)record->payload)->coid)); return 0;
    case MT_REC_OP: tell(h, mt_history_order(h, ((const struct mt_rec_op *)record->payload)->coid)); return 0;
    case MT_REC_VENUE_EVENT: return add_venue_event(h, record, change);
    default: return 0;
    }
}

void mt_history_flushed(struct mt_history *h)
{
    uint64_t from = h->books.unflushed_coid;
    mt_books_flushed(&h->books);
    tell_open(h, from);
}

int mt_history_fold(struct mt_history *h, const struct mt_record *record, struct mt_diag *diag)
{
    struct mt_books_change change;
    int rc = 0;
    if (!h->begun && record->kind == MT_REC_RUN_START)
        rc = begin(h, diag);
    if (rc != 0)
        return rc;
    if (!h->begun || !fits(h, record))
        rc = MT_ECORRUPT;
    if (rc == 0)
        rc = mt_books_fold(&h->books, record, &change, NULL);
    if (rc == 0)
        rc = add_rows(h, record, &change);
    if (rc != 0)
        return mt_fail(diag, rc, "journal: record %llu (%s): %s", (unsigned long long)record->seq,
                       mt_record_name(record->kind),
                       rc == MT_ENOMEM ? "no memory" : "does not follow from those before");
    if (record->flags & MT_RECORD_LAST)
        mt_history_flushed(h);
    return 0;
}

void mt_history_init(struct mt_history *h, const struct mt_names *names, unsigned keep)
{
    *h = (struct mt_history){ .names = names, .keep = keep };
}

void mt_history_free(struct mt_history *h)
{
    mt_books_fini(&h->books);
    free(h->orders);
    free(h->fills);
    free(h->trades);
    free(h->signals);
    free(h->slots);
    free(h->instruments);
}
