/* The fold of a journal into orders, fills, positions, trades and signals. */
#include "report/history.h"

#include <stdlib.h>
#include <string.h>

#include "core/order_fold.h"

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

/* Both kinds of ids rise, so what has just been added is mostly what is asked for; else halving finds it. */
static size_t order_index(const struct mt_history *h, uint64_t coid)
{
    size_t low = 0, high = h->order_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (h->orders[middle].coid < coid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < h->order_count && h->orders[low].coid == coid ? low : SIZE_MAX;
}

struct mt_order *mt_history_order(const struct mt_history *h, uint64_t coid)
{
    size_t index = order_index(h, coid);
    return index == SIZE_MAX ? NULL : &h->orders[index];
}

static struct mt_history_signal *signal_find(const struct mt_history *h, uint64_t id)
{
    size_t low = 0, high = h->signal_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (h->signals[middle].signal.id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < h->signal_count && h->signals[low].signal.id == id ? &h->signals[low] : NULL;
}

static size_t slot_of(const struct mt_history *h, const struct mt_order *order)
{
    return (size_t)order->account * h->names->instrument_count + order->symbol;
}

static int fold_start(struct mt_history *h, const struct mt_record *record)
{
    if (!h->positions) {
        h->slot_count = (size_t)h->names->account_count * h->names->instrument_count;
        h->positions = calloc(h->slot_count, sizeof *h->positions);
        h->realised = calloc(h->slot_count, sizeof *h->realised);
        h->fees = calloc(h->slot_count, sizeof *h->fees);
        h->open = calloc(h->slot_count, sizeof *h->open);
        return h->positions && h->realised && h->fees && h->open ? 0 : MT_ENOMEM;
    }
    for (size_t i = 0; i < h->order_count; i++)
        if (mt_order_state_open(h->orders[i].state))
            mt_order_fold_restart(&h->orders[i], record->payload, record->time_ns);
    return 0;
}

static int fold_intent(struct mt_history *h, const struct mt_record *record)
{
    const struct mt_rec_intent *r = record->payload;
    size_t room = h->order_room;
    if (h->order_count > 0 && h->orders[h->order_count - 1].coid >= r->coid)
        return MT_ECORRUPT;
    if (!GROW(h->orders, h->order_count, h->order_room))
        return MT_ENOMEM;
    if (h->order_room != room) {
        size_t *last = realloc(h->last_fill, h->order_room * sizeof *last);
        if (!last)
            return MT_ENOMEM;
        h->last_fill = last;
    }
    h->last_fill[h->order_count] = 0;
    struct mt_order *order = &h->orders[h->order_count++];
    *order = (struct mt_order){ .coid = r->coid };
    mt_order_fold_intent(order, record);
    return 0;
}

static int fold_sent(struct mt_history *h, const struct mt_record *record)
{
    struct mt_order *order = mt_history_order(h, ((const struct mt_rec_sent *)record->payload)->coid);
    return order ? mt_order_fold_sent(order, record) : 0;
}

static int fold_op(struct mt_history *h, const struct mt_record *record)
{
    struct mt_order *order = mt_history_order(h, ((const struct mt_rec_op *)record->payload)->coid);
    return order ? mt_order_fold_op(order, record) : 0;
}

/* The trade of the slot, and a closed one at its end. `change` is of the fill alone. */
static int trade_fill(struct mt_history *h, size_t slot, const struct mt_order *order,
                      const struct mt_history_fill *fill, const struct mt_position_change *change)
{
    const struct mt_round_trip_fill of_trade = { .order = order, .time_ns = fill->time_ns, .price = fill->price,
        .closed_qty = change->closed_qty, .opened_qty = change->opened_qty, .ended = change->ended,
        .realised = fill->realised, .fee = fill->fee };
    if (!GROW(h->trades, h->trade_count, h->trade_room))
        return MT_ENOMEM;
    h->trade_count += mt_round_trip_fill(&h->open[slot], &of_trade, &h->trades[h->trade_count]);
    return 0;
}

static struct mt_history_fill *fill_find(const struct mt_history *h, size_t order, uint64_t fill_id)
{
    for (size_t at = h->last_fill[order]; at > 0; at = h->fills[at - 1].before)
        if (h->fills[at - 1].fill_id == fill_id)
            return &h->fills[at - 1];
    return NULL;
}

/* NULL: no memory. */
static struct mt_history_fill *add_fill(struct mt_history *h, size_t order, const struct mt_record *record)
{
    const struct mt_rec_venue_event *r = record->payload;
    if (!GROW(h->fills, h->fill_count, h->fill_room))
        return NULL;
    struct mt_history_fill *fill = &h->fills[h->fill_count++];
    *fill = (struct mt_history_fill){ .coid = r->coid, .fill_id = r->fill_id, .seq = record->seq,
        .time_ns = r->venue_ns, .price = r->price, .qty = r->qty, .fee = mt_rec_money_get(r->fee),
        .realised = mt_rec_money_get(r->realised), .before = h->last_fill[order], .maker = r->maker != 0 };
    h->last_fill[order] = h->fill_count;
    return fill;
}

/* The first fill of an entry: the exits that lie at the venue with it were made after it. */
static void wake_children(struct mt_history *h, size_t index)
{
    const struct mt_order *entry = &h->orders[index];
    size_t slot = slot_of(h, entry);
    for (size_t i = index + 1; entry->role == MT_ROLE_ENTRY && i < h->order_count; i++)
        if (h->orders[i].parent == entry->coid) {
            h->orders[i].parent = 0;
            mt_order_fold_levels(&h->orders[i], &h->positions[slot], mt_names_instrument(h->names, entry->symbol));
        }
}

static int fold_fill(struct mt_history *h, size_t index, const struct mt_record *record)
{
    const struct mt_rec_venue_event *r = record->payload;
    struct mt_order *order = &h->orders[index], changed = *order;
    size_t slot = slot_of(h, order);
    struct mt_position position = h->positions[slot];
    struct mt_position_change change;
    struct mt_order_change order_change;
    if (fill_find(h, index, r->fill_id) || mt_order_fill(&changed, r->price, r->qty, &order_change) != 0
        || !(order_change.flags & MT_CELL_APPLY_FILL)
        || mt_position_fill(&position, order->side, r->price, r->qty, r->venue_ns, &change) != 0) {
        h->ignored++;
        return 0;
    }
    struct mt_history_fill *fill = add_fill(h, index, record);
    if (!fill)
        return MT_ENOMEM;
    *order = changed;
    h->positions[slot] = position;
    mt_order_fold_trailed(order, r);
    if (order->cum == r->qty)
        wake_children(h, index);
    h->realised[slot] += fill->realised;
    h->fees[slot] += fill->fee;
    return trade_fill(h, slot, order, fill, &change);
}

/* A bust that comes before its fill: the fill is dead when it comes. */
static int bust_early(struct mt_history *h, size_t index, const struct mt_record *record)
{
    struct mt_history_fill *fill = add_fill(h, index, record);
    h->ignored++;
    if (!fill)
        return MT_ENOMEM;
    fill->busted = true;
    fill->qty = 0;
    return 0;
}

static int fold_bust(struct mt_history *h, size_t index, const struct mt_record *record)
{
    const struct mt_rec_venue_event *r = record->payload;
    struct mt_order *order = &h->orders[index], changed = *order;
    struct mt_history_fill *fill = fill_find(h, index, r->fill_id);
    size_t slot = slot_of(h, order);
    struct mt_position position = h->positions[slot];
    struct mt_position_change change;
    struct mt_order_change order_change;
    if (!fill)
        return bust_early(h, index, record);
    if (fill->busted
        || mt_order_bust(&changed, fill->price, fill->qty, mt_order_state_open(order->state), &order_change) != 0
        || !(order_change.flags & MT_CELL_BUST)
        || mt_position_fill(&position, -order->side, fill->price, fill->qty, r->venue_ns, &change) != 0) {
        h->ignored++;
        return 0;
    }
    fill->busted = true;
    *order = changed;
    h->positions[slot] = position;
    h->realised[slot] += mt_rec_money_get(r->realised);
    h->fees[slot] += mt_rec_money_get(r->fee);
    mt_round_trip_bust(&h->open[slot], order, r->venue_ns, fill->price, fill->qty, mt_rec_money_get(r->realised),
                  mt_rec_money_get(r->fee), position.qty);
    return 0;
}

static int fold_venue_event(struct mt_history *h, const struct mt_record *record)
{
    const struct mt_rec_venue_event *r = record->payload;
    size_t index = order_index(h, r->coid);
    if (index == SIZE_MAX)
        return 0;
    struct mt_order_change change = { .flags = 0 };
    int rc;
    if (mt_order_fold_is_fill(r))
        rc = fold_fill(h, index, record);
    else if (mt_order_fold_is_bust(r))
        rc = fold_bust(h, index, record);
    else
        rc = mt_order_fold_report(&h->orders[index], r, &change);
    struct mt_order *order = &h->orders[index];
    size_t slot = slot_of(h, order);
    if (rc == 0 && r->op == MT_REPORT_REPLACED && order->parent == 0 && order->follow.distance != 0)
        mt_order_fold_levels(order, &h->positions[slot], &h->names->instruments[order->symbol]);
    if (rc == 0)
        mt_order_fold_after(&h->orders[index], record, &change);
    return rc;
}

static int fold_signal(struct mt_history *h, const struct mt_record *record)
{
    const struct mt_rec_signal *r = record->payload;
    if (h->signal_count > 0 && h->signals[h->signal_count - 1].signal.id >= r->id)
        return MT_ECORRUPT;
    if (!GROW(h->signals, h->signal_count, h->signal_room))
        return MT_ENOMEM;
    struct mt_history_signal *signal = &h->signals[h->signal_count++];
    memset(signal, 0, sizeof *signal);
    signal->signal = *r;
    signal->time_ns = record->time_ns;
    return 0;
}

int mt_history_fold(struct mt_history *h, const struct mt_record *record)
{
    switch (record->kind) {
    case MT_REC_RUN_START: return fold_start(h, record);
    case MT_REC_SIGNAL: return fold_signal(h, record);
    case MT_REC_VERDICT: {
        const struct mt_rec_verdict *r = record->payload;
        struct mt_history_signal *signal = signal_find(h, r->signal);
        if (signal) {
            signal->verdict = *r;
            signal->decided = true;
        }
        return 0;
    }
    case MT_REC_INTENT: return fold_intent(h, record);
    case MT_REC_SENT: return fold_sent(h, record);
    case MT_REC_OP: return fold_op(h, record);
    case MT_REC_VENUE_EVENT: return fold_venue_event(h, record);
    default: return 0;
    }
}

void mt_history_init(struct mt_history *h, const struct mt_names *names)
{
    *h = (struct mt_history){ .names = names };
}

void mt_history_free(struct mt_history *h)
{
    free(h->orders);
    free(h->last_fill);
    free(h->fills);
    free(h->trades);
    free(h->signals);
    free(h->positions);
    free(h->realised);
    free(h->fees);
    free(h->open);
}
