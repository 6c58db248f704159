#include "core/emit.h"

#include <string.h>

#include "core/books_fold.h"
#include "core/record_list.h"

/* What follows the market is no fold: a plan begins to follow it at its first fill, and ends at zero. */
static void plan_filled(struct mt_desk *d, const struct mt_rec_venue_event *r, const struct mt_books_change *change)
{
    const struct mt_order *order = mt_orders_get(&d->books.orders, r->coid);
    if (!(change->order.flags & (MT_CELL_APPLY_FILL | MT_CELL_BUST)))
        return;
    const struct mt_plan *plan = mt_plan_at(&d->books, order->terms.account, order->terms.symbol);
    struct mt_plan_run *run = mt_plan_run_at(d, order->terms.account, order->terms.symbol);
    if ((change->order.flags & MT_CELL_BUST) && r->exchanged != MT_EXCHANGE_NONE) {
        /* The trade goes on, but no market made that price. */
        if (mt_price_same(run->extreme, mt_price_of(r->price)))
            run->extreme = mt_price_none();
        return;
    }
    if (change->opened)
        run->filled_updates = d->books.ledger.tops[order->terms.symbol].updates;
    if (change->opened && !run->extreme.there)  /* it was the price of the fill whose place this one takes */
        run->extreme = mt_price_of(r->price);
    if (change->began) {
        run->extreme = mt_price_of(r->price);
        run->trailing = plan->exit.trail.kind == MT_LEVEL_DISTANCE && plan->exit.trail.after == 0;
        d->wake_dirty = true;
    }
    if (mt_position_at(&d->books, order->terms.account, order->terms.symbol)->qty == 0)
        run->extreme = mt_price_none();
}

int mt_take(struct mt_desk *d, const struct mt_record *record, struct mt_diag *diag)
{
    struct mt_books_change change;
    int rc = mt_books_fold(&d->books, record, &change, diag);
    if (rc != 0)
        return rc;
    d->wake_dirty = d->wake_dirty || record->kind == MT_REC_PLAN || record->kind == MT_REC_LEG
        || record->kind == MT_REC_DECISION;     /* closing, a leg waits for no time exit; waiting, for its deadline */
    if (record->kind == MT_REC_VENUE_EVENT) {
        d->change = change;
        d->counts.fills += (change.order.flags & MT_CELL_APPLY_FILL) != 0;
        d->counts.trades += change.ended;
        plan_filled(d, record->payload, &change);
    }
    return 0;
}

static void append(struct mt_desk *d, enum mt_record_kind kind, const void *payload, size_t length)
{
    struct mt_record record;
    bool read = !mt_journal_in_memory(d->journal);
    int rc = 0;
    mt_buf_clear(&d->record_bytes);
    if (read)
        rc = mt_record_encode(kind, d->position, payload, length, &d->record_bytes);
    if (rc == 0)
        rc = mt_journal_append(d->journal, kind, 0, d->now_ns, read ? d->record_bytes.data : payload,
                               read ? d->record_bytes.length : length, &record);
    if (rc != 0) {
        d->dead = mt_fail(&d->fault, rc, "journal: append of %s: %s", mt_record_name(kind), mt_err_name(rc));
        return;
    }
    record.position = d->position_logged = d->position;
    record.payload = payload;
    record.length = (uint32_t)length;
    d->last_seq = record.seq;
    if (kind != MT_REC_DECISION)                /* it was folded as it was made */
        rc = mt_take(d, &record, &d->fault);
    if (rc == 0 && d->observer.record)
        rc = d->observer.record(d->observer.ud, d->engine, &record);
    if (rc != 0 && d->failed == 0)
        d->failed = rc;
}

void mt_emit_position(struct mt_desk *d)
{
    static const struct mt_rec_market market;
    if (d->dead == 0 && d->position_logged != d->position)
        append(d, MT_REC_MARKET, &market, sizeof market);
}

void mt_emit(struct mt_desk *d, enum mt_record_kind kind, const void *payload, size_t length, enum mt_durability need)
{
    if (d->dead != 0)
        return;
    append(d, kind, payload, length);
    if (need > d->need)
        d->need = need;
}

struct mt_rec_venue_event mt_emit_own_word(const struct mt_desk *d, const struct mt_order *order)
{
    struct mt_rec_venue_event r;
    memset(&r, 0, sizeof r);
    r.coid = order->coid;
    r.cum = -1;
    r.venue_ns = d->now_ns;
    r.account = order->terms.account;
    r.symbol = order->terms.symbol;
    return r;
}
