/* The fold of records into orders, fills, positions, trades and signals. */
#include "report/history.h"

#include <stdlib.h>
#include <string.h>

#include "core/order_fold.h"

/* Ids skip at a restart, by no more than a block; a file can say anything. */
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

const struct mt_order *mt_history_order(const struct mt_history *h, uint64_t coid)
{
    return mt_orders_get(&h->known, coid);
}

static struct mt_history_slot *slot_of(const struct mt_history *h, const struct mt_order *order)
{
    return &h->slots[(size_t)order->terms.account * h->names->instrument_count + order->terms.symbol];
}

/* --- orders -------------------- */

static int changed(struct mt_history *h, const struct mt_order *order)
{
    struct mt_order *row = h->keep & MT_ROWS_ORDERS ? row_of(h, order->coid) : NULL;
    if (row)
        *row = *order;
    return mt_orders_listed(&h->known, order);
}

static int fold_start(struct mt_history *h, const struct mt_record *record)
{
    if (!h->slots) {
        h->slot_count = (size_t)h->names->account_count * h->names->instrument_count;
        h->slots = calloc(h->slot_count, sizeof *h->slots);
        return h->slots ? 0 : MT_ENOMEM;
    }
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < h->known.open_count; i++) {       /* open stays open: the list does not move */
        struct mt_order *order = mt_orders_get(&h->known, h->known.open[i]);
        mt_order_fold_restart(order, record->payload, record->time_ns);
        rc = changed(h, order);
    }
    return rc;
}

static int fold_intent(struct mt_history *h, const struct mt_record *record)
{
    const struct mt_rec_intent *r = record->payload;
    if (r->coid < h->known.next || (h->known.count > 0 && r->coid - h->known.next > ID_GAP_MAX))
        return MT_ECORRUPT;
    struct mt_order *order = mt_orders_add(&h->known, r->coid);
    if (!order || !GROW(h->asleep, h->asleep_count, h->asleep_room))
        return MT_ENOMEM;
    mt_order_fold_intent(order, record);
    if (h->keep & MT_ROWS_ORDERS) {
        if (!GROW(h->orders, h->order_count, h->order_room))
            return MT_ENOMEM;
        h->orders[h->order_count++] = *order;
    }
    if (r->code == 0 && order->parent != 0)
        h->asleep[h->asleep_count++] = r->coid;
    return mt_orders_listed(&h->known, order);
}

static int fold_sent(struct mt_history *h, const struct mt_record *record)
{
    struct mt_order *order = mt_orders_get(&h->known, ((const struct mt_rec_sent *)record->payload)->coid);
    int rc = order ? mt_order_fold_sent(order, record) : 0;
    return order && rc == 0 ? changed(h, order) : rc;
}

static int fold_op(struct mt_history *h, const struct mt_record *record)
{
    struct mt_order *order = mt_orders_get(&h->known, ((const struct mt_rec_op *)record->payload)->coid);
    int rc = order ? mt_order_fold_op(order, record) : 0;
    return order && rc == 0 ? changed(h, order) : rc;
}

/* The entry has filled: the exits that lie at the venue with it live, at levels from its fill. */
static int wake_children(struct mt_history *h, const struct mt_order *entry)
{
    size_t kept = 0;
    int rc = 0;
    for (size_t i = 0; i < h->asleep_count; i++) {
        struct mt_order *order = mt_orders_get(&h->known, h->asleep[i]);
        if (!order || mt_order_state_terminal(order->state))
            continue;
        if (order->parent != entry->coid) {
            h->asleep[kept++] = h->asleep[i];
            continue;
        }
        order->parent = 0;
        mt_order_fold_levels(order, &slot_of(h, order)->position, mt_names_instrument(h->names, order->terms.symbol));
        int one = changed(h, order);
        rc = rc == 0 ? one : rc;
    }
    h->asleep_count = kept;
    return rc;
}

/* --- fills -------------------- */

/* Nothing of it is applied. */
static int ignore(struct mt_history *h, struct mt_order_change *change, const struct mt_order *order)
{
    *change = (struct mt_order_change){ .from = order->state, .to = order->state };
    h->ignored++;
    return 0;
}

/* The trade of the slot, and a closed one at its end. `change` is of the fill alone. */
static int add_to_trade(struct mt_history *h, const struct mt_order *order, const struct mt_rec_venue_event *r,
                        const struct mt_position_change *change)
{
    struct mt_history_slot *slot = slot_of(h, order);
    struct mt_round_trip closed;
    const struct mt_round_trip_fill fill = { .order = order, .time_ns = r->venue_ns, .price = r->price,
        .closed_qty = change->closed_qty, .opened_qty = change->opened_qty, .ended = change->ended,
        .realised = mt_rec_money_get(r->realised), .fee = mt_rec_money_get(r->fee), .exchanged = r->exchanged,
        .position = slot->position.qty };
    slot->realised += fill.realised;
    slot->fees += fill.fee;
    if (!mt_round_trip_fill(&slot->open, &fill, &closed))
        return 0;
    slot->trades++;
    if (!(h->keep & MT_ROWS_TRADES))
        return 0;
    if (!GROW(h->trades, h->trade_count, h->trade_room))
        return MT_ENOMEM;
    h->trades[h->trade_count++] = closed;
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

static int fold_fill(struct mt_history *h, struct mt_order *order, const struct mt_record *record,
                     struct mt_order_change *order_change)
{
    const struct mt_rec_venue_event *r = record->payload;
    struct mt_history_slot *slot = slot_of(h, order);
    struct mt_order before = *order;
    struct mt_position_change change;
    struct mt_order_fill *known = mt_orders_fill_find(&h->known, r->coid, r->fill_id);
    if (known) {
        if (known->dead && known->qty == 0)
            known->qty = r->qty;                /* its bust came before it */
        return ignore(h, order_change, order);
    }
    int rc = mt_order_fill(order, r->price, r->qty, order_change);
    if (rc == 0 && !(order_change->flags & MT_CELL_APPLY_FILL)) {
        h->ignored++;
        return 0;
    }
    if (rc != 0 || !mt_instrument_price_can_be(mt_names_instrument(h->names, order->terms.symbol), r->price)
        || mt_position_fill(&slot->position, order->terms.side, r->price, r->qty, r->venue_ns, &change) != 0) {
        *order = before;
        return ignore(h, order_change, order);
    }
    rc = mt_orders_fill_add(&h->known, r->coid, r->fill_id, r->price, r->qty);
    if (rc == 0 && order->terms.role == MT_ROLE_ENTRY)
        rc = wake_children(h, order);
    mt_order_fold_trailed(order, r);
    if (rc == 0)
        rc = add_fill(h, order, record);
    return rc == 0 ? add_to_trade(h, order, r, &change) : rc;
}

/* A bust that comes before its fill: the fill is dead when it comes. */
static int bust_early(struct mt_history *h, const struct mt_rec_venue_event *r)
{
    int rc = mt_orders_fill_add(&h->known, r->coid, r->fill_id, 0, 0);
    if (rc == 0)
        mt_orders_fill_annul(&h->known, r->coid, mt_orders_fill_find(&h->known, r->coid, r->fill_id));
    return rc;
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

static int fold_bust(struct mt_history *h, struct mt_order *order, const struct mt_record *record,
                     struct mt_order_change *order_change)
{
    const struct mt_rec_venue_event *r = record->payload;
    struct mt_history_slot *slot = slot_of(h, order);
    struct mt_order_fill *fill = mt_orders_fill_find(&h->known, r->coid, r->fill_id);
    struct mt_order before = *order;
    struct mt_position_change change;
    if (!fill || fill->dead) {
        ignore(h, order_change, order);
        return fill ? 0 : bust_early(h, r);
    }
    if (mt_order_bust(order, fill->price, fill->qty, mt_order_state_open(order->state), order_change) != 0
        || !(order_change->flags & MT_CELL_BUST)
        || mt_position_bust(&slot->position, mt_names_instrument(h->names, order->terms.symbol), order->terms.side,
                            fill->price, fill->qty, r->venue_ns, &change) != 0) {
        *order = before;
        return ignore(h, order_change, order);
    }
    mt_orders_fill_annul(&h->known, r->coid, fill);
    mark_busted(h, r);
    slot->realised += mt_rec_money_get(r->realised);
    slot->fees += mt_rec_money_get(r->fee);
    mt_round_trip_bust(&slot->open, order, r->venue_ns, fill->price, fill->qty, mt_rec_money_get(r->realised),
                       mt_rec_money_get(r->fee), slot->position.qty, r->exchanged);
    return 0;
}

static int fold_venue_event(struct mt_history *h, const struct mt_record *record)
{
    const struct mt_rec_venue_event *r = record->payload;
    struct mt_order *order = mt_orders_get(&h->known, r->coid);
    struct mt_order_change change = { .flags = 0 };
    int rc;
    if (!order)
        return 0;                               /* the host did not know it either */
    if (mt_order_fold_is_fill(r))
        rc = fold_fill(h, order, record, &change);
    else if (mt_order_fold_is_bust(r))
        rc = fold_bust(h, order, record, &change);
    else
        rc = mt_order_fold_report(order, r, &change);
    if (rc != 0)
        return rc;
    if (r->op == MT_REPORT_REPLACED && order->parent == 0 && order->follow.distance != 0)
        mt_order_fold_levels(order, &slot_of(h, order)->position, mt_names_instrument(h->names, order->terms.symbol));
    mt_order_fold_after(order, record, &change);
    return changed(h, order);
}

/* --- signals -------------------- */

static int fold_decision(struct mt_history *h, const struct mt_record *record)
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

/* The turn of these orders has ended: they are sent. */
int mt_history_flushed(struct mt_history *h)
{
    size_t first = h->known.open_count;
    int rc = 0;
    while (first > 0 && h->known.open[first - 1] >= h->unflushed)
        first--;
    for (size_t i = first; rc == 0 && i < h->known.open_count; i++) {   /* open stays open: the list does not move */
        struct mt_order *order = mt_orders_get(&h->known, h->known.open[i]);
        mt_order_fold_flushed(order);
        rc = changed(h, order);
    }
    h->unflushed = h->known.next;
    return rc;
}

static int fold_one(struct mt_history *h, const struct mt_record *record)
{
    switch (record->kind) {
    case MT_REC_RUN_START: return fold_start(h, record);
    case MT_REC_DECISION: return fold_decision(h, record);
    case MT_REC_INTENT: return fold_intent(h, record);
    case MT_REC_SENT: return fold_sent(h, record);
    case MT_REC_OP: return fold_op(h, record);
    case MT_REC_VENUE_EVENT: return fold_venue_event(h, record);
    default: return 0;
    }
}

int mt_history_fold(struct mt_history *h, const struct mt_record *record)
{
    int rc = fold_one(h, record);
    return rc == 0 && record->flags & MT_RECORD_LAST ? mt_history_flushed(h) : rc;
}

int mt_history_init(struct mt_history *h, const struct mt_names *names, unsigned keep)
{
    *h = (struct mt_history){ .names = names, .keep = keep };
    return mt_orders_init(&h->known);
}

void mt_history_free(struct mt_history *h)
{
    mt_orders_fini(&h->known);
    free(h->orders);
    free(h->fills);
    free(h->trades);
    free(h->signals);
    free(h->slots);
    free(h->asleep);
}
