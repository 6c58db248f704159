/* The fold of a journal into orders, fills, positions, trades and signals. */
#include "app/book.h"

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
static size_t order_index(const struct mt_book *book, uint64_t coid)
{
    size_t low = 0, high = book->order_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (book->orders[middle].coid < coid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < book->order_count && book->orders[low].coid == coid ? low : SIZE_MAX;
}

struct mt_order *mt_book_order(const struct mt_book *book, uint64_t coid)
{
    size_t index = order_index(book, coid);
    return index == SIZE_MAX ? NULL : &book->orders[index];
}

static struct mt_book_signal *signal_find(const struct mt_book *book, uint64_t id)
{
    size_t low = 0, high = book->signal_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (book->signals[middle].signal.id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < book->signal_count && book->signals[low].signal.id == id ? &book->signals[low] : NULL;
}

static int fold_start(struct mt_book *book, const struct mt_walk *walk, const struct mt_record *record)
{
    if (!book->positions) {
        book->slot_count = (size_t)walk->plan->account_count * walk->plan->instrument_count;
        book->positions = calloc(book->slot_count, sizeof *book->positions);
        book->realised = calloc(book->slot_count, sizeof *book->realised);
        book->fees = calloc(book->slot_count, sizeof *book->fees);
        book->open = calloc(book->slot_count, sizeof *book->open);
        return book->positions && book->realised && book->fees && book->open ? 0 : MT_ENOMEM;
    }
    for (size_t i = 0; i < book->order_count; i++)
        if (mt_order_state_open(book->orders[i].state))
            mt_order_fold_restart(&book->orders[i], record->payload, record->time_ns);
    return 0;
}

static int fold_intent(struct mt_book *book, const struct mt_record *record)
{
    const struct mt_rec_intent *r = record->payload;
    size_t room = book->order_room;
    if (book->order_count > 0 && book->orders[book->order_count - 1].coid >= r->coid)
        return MT_ECORRUPT;
    if (!GROW(book->orders, book->order_count, book->order_room))
        return MT_ENOMEM;
    if (book->order_room != room) {
        size_t *last = realloc(book->last_fill, book->order_room * sizeof *last);
        if (!last)
            return MT_ENOMEM;
        book->last_fill = last;
    }
    book->last_fill[book->order_count] = 0;
    struct mt_order *order = &book->orders[book->order_count++];
    *order = (struct mt_order){ .coid = r->coid };
    mt_order_fold_intent(order, record);
    return 0;
}

static int fold_sent(struct mt_book *book, const struct mt_record *record)
{
    struct mt_order *order = mt_book_order(book, ((const struct mt_rec_sent *)record->payload)->coid);
    return order ? mt_order_fold_sent(order, record) : 0;
}

static int fold_op(struct mt_book *book, const struct mt_record *record)
{
    struct mt_order *order = mt_book_order(book, ((const struct mt_rec_op *)record->payload)->coid);
    return order ? mt_order_fold_op(order, record) : 0;
}

/* The trade of the slot, and a closed one at its end. `change` is of the fill alone. */
static int trade_fill(struct mt_book *book, size_t slot, const struct mt_order *order, const struct mt_book_fill *fill,
                      const struct mt_position_change *change)
{
    struct mt_book_trade *open = &book->open[slot];
    open->profit += fill->realised - fill->fee;
    open->fees += fill->fee;
    open->qty += change->closed_qty;
    open->out_cost += (mt_i128)change->closed_qty * fill->price;
    if (change->ended) {
        if (!GROW(book->trades, book->trade_count, book->trade_room))
            return MT_ENOMEM;
        open->closed_ns = fill->time_ns;
        open->coid = order->coid;
        open->role = (uint8_t)mt_order_reason(order);
        book->trades[book->trade_count++] = *open;
        memset(open, 0, sizeof *open);
    }
    if (change->opened_qty > 0 && open->in_qty == 0) {
        open->opened_ns = fill->time_ns;
        open->account = order->account;
        open->symbol = order->symbol;
        open->side = order->side;
        memcpy(open->tag, order->tag, sizeof open->tag);
    }
    open->in_qty += change->opened_qty;
    open->in_cost += (mt_i128)change->opened_qty * fill->price;
    return 0;
}

static struct mt_book_fill *fill_find(const struct mt_book *book, size_t order, uint64_t fill_id)
{
    for (size_t at = book->last_fill[order]; at > 0; at = book->fills[at - 1].before)
        if (book->fills[at - 1].fill_id == fill_id)
            return &book->fills[at - 1];
    return NULL;
}

/* NULL: no memory. */
static struct mt_book_fill *add_fill(struct mt_book *book, size_t order, const struct mt_record *record)
{
    const struct mt_rec_venue_event *r = record->payload;
    if (!GROW(book->fills, book->fill_count, book->fill_room))
        return NULL;
    struct mt_book_fill *fill = &book->fills[book->fill_count++];
    *fill = (struct mt_book_fill){ .coid = r->coid, .fill_id = r->fill_id, .seq = record->seq, .time_ns = r->venue_ns,
        .price = r->price, .qty = r->qty, .fee = mt_rec_money_get(r->fee), .realised = mt_rec_money_get(r->realised),
        .before = book->last_fill[order], .maker = r->maker != 0 };
    book->last_fill[order] = book->fill_count;
    return fill;
}

/* The first fill of an entry: the exits that lie at the venue with it were made after it. */
static void wake_children(struct mt_book *book, const struct mt_walk *walk, size_t index)
{
    const struct mt_order *entry = &book->orders[index];
    size_t slot = (size_t)entry->account * walk->plan->instrument_count + entry->symbol;
    for (size_t i = index + 1; entry->role == MT_ROLE_ENTRY && i < book->order_count; i++)
        if (book->orders[i].parent == entry->coid) {
            book->orders[i].parent = 0;
            mt_order_fold_levels(&book->orders[i], &book->positions[slot], &walk->plan->instruments[entry->symbol]);
        }
}

static int fold_fill(struct mt_book *book, const struct mt_walk *walk, size_t index, const struct mt_record *record)
{
    const struct mt_rec_venue_event *r = record->payload;
    struct mt_order *order = &book->orders[index], changed = *order;
    size_t slot = (size_t)order->account * walk->plan->instrument_count + order->symbol;
    struct mt_position position = book->positions[slot];
    struct mt_position_change change;
    struct mt_order_change order_change;
    if (fill_find(book, index, r->fill_id) || mt_order_fill(&changed, r->price, r->qty, &order_change) != 0
        || !(order_change.flags & MT_CELL_APPLY_FILL)
        || mt_position_fill(&position, order->side, r->price, r->qty, r->venue_ns, &change) != 0) {
        book->ignored++;
        return 0;
    }
    struct mt_book_fill *fill = add_fill(book, index, record);
    if (!fill)
        return MT_ENOMEM;
    *order = changed;
    book->positions[slot] = position;
    mt_order_fold_trailed(order, r);
    if (order->cum == r->qty)
        wake_children(book, walk, index);
    book->realised[slot] += fill->realised;
    book->fees[slot] += fill->fee;
    return trade_fill(book, slot, order, fill, &change);
}

/* A bust that comes before its fill: the fill is dead when it comes. */
static int bust_early(struct mt_book *book, size_t index, const struct mt_record *record)
{
    struct mt_book_fill *fill = add_fill(book, index, record);
    book->ignored++;
    if (!fill)
        return MT_ENOMEM;
    fill->busted = true;
    fill->qty = 0;
    return 0;
}

/* As in the results: an annulled fill leaves the averages of its trade, or takes the trade with it; what comes back of
 * one that had ended begins another. */
static void trade_bust(struct mt_book_trade *open, const struct mt_order *order, const struct mt_book_fill *fill,
                       const struct mt_rec_venue_event *r, int64_t position)
{
    bool entry = order->side == open->side;
    int64_t *qty = entry ? &open->in_qty : &open->qty;
    if (open->in_qty == 0 && position != 0) {
        *open = (struct mt_book_trade){ .opened_ns = r->venue_ns, .account = order->account, .symbol = order->symbol,
            .side = (int8_t)-order->side, .in_qty = fill->qty, .in_cost = (mt_i128)fill->qty * fill->price };
    } else if (*qty >= fill->qty) {
        *qty -= fill->qty;
        *(entry ? &open->in_cost : &open->out_cost) -= (mt_i128)fill->qty * fill->price;
    }
    open->profit += mt_rec_money_get(r->realised) - mt_rec_money_get(r->fee);
    open->fees += mt_rec_money_get(r->fee);
    if (position == 0 && !r->exchanged)
        memset(open, 0, sizeof *open);
}

static int fold_bust(struct mt_book *book, const struct mt_walk *walk, size_t index, const struct mt_record *record)
{
    const struct mt_rec_venue_event *r = record->payload;
    struct mt_order *order = &book->orders[index], changed = *order;
    struct mt_book_fill *fill = fill_find(book, index, r->fill_id);
    size_t slot = (size_t)order->account * walk->plan->instrument_count + order->symbol;
    struct mt_position position = book->positions[slot];
    struct mt_position_change change;
    struct mt_order_change order_change;
    if (!fill)
        return bust_early(book, index, record);
    if (fill->busted
        || mt_order_bust(&changed, fill->price, fill->qty, mt_order_state_open(order->state), &order_change) != 0
        || !(order_change.flags & MT_CELL_BUST)
        || mt_position_bust(&position, order->side, fill->price, fill->qty, r->venue_ns, &change) != 0) {
        book->ignored++;
        return 0;
    }
    fill->busted = true;
    *order = changed;
    book->positions[slot] = position;
    book->realised[slot] += mt_rec_money_get(r->realised);
    book->fees[slot] += mt_rec_money_get(r->fee);
    trade_bust(&book->open[slot], order, fill, r, position.qty);
    return 0;
}

static int fold_venue_event(struct mt_book *book, const struct mt_walk *walk, const struct mt_record *record)
{
    const struct mt_rec_venue_event *r = record->payload;
    size_t index = order_index(book, r->coid);
    if (index == SIZE_MAX)
        return 0;
    struct mt_order_change change = { .flags = 0 };
    int rc;
    if (mt_order_fold_is_fill(r))
        rc = fold_fill(book, walk, index, record);
    else if (mt_order_fold_is_bust(r))
        rc = fold_bust(book, walk, index, record);
    else
        rc = mt_order_fold_report(&book->orders[index], r, &change);
    struct mt_order *order = &book->orders[index];
    size_t slot = (size_t)order->account * walk->plan->instrument_count + order->symbol;
    if (rc == 0 && r->op == MT_REPORT_REPLACED && order->parent == 0 && order->follow.distance != 0)
        mt_order_fold_levels(order, &book->positions[slot], &walk->plan->instruments[order->symbol]);
    if (rc == 0)
        mt_order_fold_after(&book->orders[index], record, &change);
    return rc;
}

static int fold_signal(struct mt_book *book, const struct mt_record *record)
{
    const struct mt_rec_signal *r = record->payload;
    if (book->signal_count > 0 && book->signals[book->signal_count - 1].signal.id >= r->id)
        return MT_ECORRUPT;
    if (!GROW(book->signals, book->signal_count, book->signal_room))
        return MT_ENOMEM;
    struct mt_book_signal *signal = &book->signals[book->signal_count++];
    memset(signal, 0, sizeof *signal);
    signal->signal = *r;
    signal->time_ns = record->time_ns;
    return 0;
}

static int fold(struct mt_book *book, const struct mt_walk *walk, const struct mt_record *record)
{
    switch (record->kind) {
    case MT_REC_RUN_START: return fold_start(book, walk, record);
    case MT_REC_SIGNAL: return fold_signal(book, record);
    case MT_REC_VERDICT: {
        const struct mt_rec_verdict *r = record->payload;
        struct mt_book_signal *signal = signal_find(book, r->signal);
        if (signal) {
            signal->verdict = *r;
            signal->decided = true;
        }
        return 0;
    }
    case MT_REC_INTENT: return fold_intent(book, record);
    case MT_REC_SENT: return fold_sent(book, record);
    case MT_REC_OP: return fold_op(book, record);
    case MT_REC_VENUE_EVENT: return fold_venue_event(book, walk, record);
    default: return 0;
    }
}

int mt_book_read(struct mt_book *book, struct mt_walk *walk, struct mt_diag *diag)
{
    struct mt_record record;
    memset(book, 0, sizeof *book);
    for (;;) {
        int rc = mt_walk_next(walk, &record, diag);
        if (rc <= 0)
            return rc;
        rc = fold(book, walk, &record);
        if (rc != 0)
            return mt_fail(diag, rc, "journal: record %llu (%s): %s", (unsigned long long)record.seq,
                           mt_record_name(record.kind),
                           rc == MT_ENOMEM ? "no memory" : "does not follow from those before");
    }
}

void mt_book_free(struct mt_book *book)
{
    free(book->orders);
    free(book->last_fill);
    free(book->fills);
    free(book->trades);
    free(book->signals);
    free(book->positions);
    free(book->realised);
    free(book->fees);
    free(book->open);
}
