#include "core/books_hash.h"

#include "base/hash.h"

static void put64(struct mt_buf *out, uint64_t value)
{
    mt_buf_put(out, &value, sizeof value);
}

static void put128(struct mt_buf *out, mt_i128 value)
{
    put64(out, (uint64_t)value);
    put64(out, (uint64_t)(value >> 64));
}

static void serialise_orders(struct mt_books *b, struct mt_buf *out)
{
    struct mt_orders *orders = &b->orders;
    put64(out, orders->open_count);
    for (size_t i = 0; i < orders->open_count; i++) {
        const struct mt_order *o = mt_orders_get(orders, orders->open[i]);
        put64(out, o->coid);
        put64(out, o->venue_order_id);
        mt_buf_put(out, &o->terms, sizeof o->terms);
        mt_buf_put(out, &o->wished, sizeof o->wished);
        put64(out, (uint64_t)o->cum);
        put128(out, o->cost);
        put64(out, o->parent);
        mt_buf_put(out, &o->follow, sizeof o->follow);
        mt_buf_put(out, &o->new_follow, sizeof o->new_follow);
        put64(out, (uint64_t)o->risk_price);
        put64(out, (uint64_t)o->created_ns);
        put64(out, (uint64_t)o->sent_ns);
        put64(out, (uint64_t)o->updated_ns);
        put64(out, (uint64_t)o->cancel_ns);
        put64(out, o->signal_id);
        put64(out, (uint64_t)o->code << 48 | (uint64_t)o->state << 40 | (uint64_t)o->op << 32 | (unsigned)o->take << 24
                   | (unsigned)o->cancel_tries << 16 | (unsigned)o->absent_samples << 8 | (unsigned)o->stale << 1
                   | o->overfilled);
        put64(out, (uint64_t)mt_orders_fill_sum(orders, o->coid));
    }
}

static void serialise_leg(struct mt_books *b, uint16_t account, uint16_t symbol, struct mt_buf *out)
{
    const struct mt_leg *leg = mt_leg_at(b, account, symbol);
    const struct mt_plan *plan = mt_plan_at(b, account, symbol);
    const struct mt_slot *slot = mt_ledger_slot(&b->ledger, account, symbol);
    mt_buf_put(out, &leg->wish, sizeof leg->wish);
    put64(out, leg->entry_coid);
    put64(out, leg->close_coid);
    mt_buf_put(out, &plan->exit, sizeof plan->exit);
    put64(out, (uint64_t)(uint8_t)plan->side << 8 | plan->armed);
    put64(out, (uint64_t)plan->entered);
    put64(out, (uint64_t)plan->armed_ns);
    mt_buf_put(out, plan->take_filled, sizeof plan->take_filled);
    put64(out, plan->stop_coid);
    mt_buf_put(out, plan->take_coid, sizeof plan->take_coid);
    put64(out, (uint64_t)slot->position.qty);
    put128(out, slot->position.cost);
    put64(out, (uint64_t)slot->buys);
    put64(out, (uint64_t)slot->sells);
    put64(out, (uint64_t)slot->reduce_buys);
    put64(out, (uint64_t)slot->reduce_sells);
    put128(out, slot->realised);
    put128(out, slot->fees);
    put128(out, b->trade_profit[mt_leg_index(b, account, symbol)]);
}

static void serialise(struct mt_books *b, struct mt_buf *out)
{
    put64(out, b->next_coid);
    put64(out, b->coid_end);
    put64(out, b->next_signal);
    put64(out, (uint64_t)b->day);
    for (uint16_t a = 0; a < b->account_count; a++) {
        put128(out, b->ledger.accounts[a].cash);
        put128(out, b->ledger.accounts[a].realised);
        put128(out, b->ledger.accounts[a].fees);
        /* What is open. A flat leg without an order wants nothing, and what it has brought is in the sums. */
        const uint16_t *active = &b->ledger.active[(size_t)a * b->instrument_count];
        put64(out, b->ledger.active_count[a]);
        for (uint16_t i = 0; i < b->ledger.active_count[a]; i++) {
            put64(out, active[i]);
            serialise_leg(b, a, active[i], out);
        }
    }
    for (uint16_t y = 0; y < b->instrument_count; y++) {
        put64(out, (uint64_t)b->stances[y].mode << 40 | (uint64_t)(uint8_t)b->stances[y].side << 32
                   | b->stances[y].reference);
        put64(out, b->stances[y].signal);
        mt_buf_put(out, &b->last_signals[y], sizeof b->last_signals[y]);
        mt_buf_put(out, &b->entry_signals[y], sizeof b->entry_signals[y]);
    }
    put64(out, b->noted_count);
    mt_buf_put(out, b->noted, sizeof b->noted);
    mt_buf_put(out, b->cut_noted, b->instrument_count * sizeof *b->cut_noted);
    serialise_orders(b, out);
    mt_risk_serialise(b->risk, out);
}

uint64_t mt_books_hash(struct mt_books *b)
{
    mt_buf_clear(&b->hash_buf);
    serialise(b, &b->hash_buf);
    MT_ASSERT(!b->hash_buf.failed);
    return mt_hash64(b->hash_buf.data, b->hash_buf.length);
}
