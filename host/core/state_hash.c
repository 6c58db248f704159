/* The canonical bytes of everything that is folded, and their hash: what a checkpoint holds and a replay must meet
 * (I10). A field that is folded and missing here would hide a difference, so new ones are added in both places. */
#include "base/hash.h"
#include "core/engine_private.h"

static void put64(struct mt_buf *out, uint64_t value)
{
    mt_buf_put(out, &value, sizeof value);
}

static void put128(struct mt_buf *out, mt_i128 value)
{
    put64(out, (uint64_t)value);
    put64(out, (uint64_t)(value >> 64));
}

static void serialise_orders(struct mt_engine *e, struct mt_buf *out)
{
    struct mt_orders *orders = &e->folded.orders;
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

static void serialise_leg(struct mt_engine *e, uint16_t account, uint16_t symbol, struct mt_buf *out)
{
    const struct mt_leg *leg = mt_leg_at(e, account, symbol);
    const struct mt_plan *plan = mt_plan_at(e, account, symbol);
    const struct mt_slot *slot = mt_ledger_slot(&e->ledger, account, symbol);
    mt_buf_put(out, &leg->wish, sizeof leg->wish);
    put64(out, leg->entry_coid);
    put64(out, leg->close_coid);
    mt_buf_put(out, &plan->exit, sizeof plan->exit);
    put64(out, plan->armed);
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
    put128(out, e->folded.trade_profit[mt_leg_index(e, account, symbol)]);
}

void mt_folded_serialise(struct mt_engine *e, struct mt_buf *out)
{
    struct mt_folded *f = &e->folded;
    put64(out, f->next_coid);
    put64(out, f->coid_end);
    put64(out, f->next_signal);
    put64(out, (uint64_t)f->day);
    for (uint16_t a = 0; a < e->setup.account_count; a++) {
        put128(out, e->ledger.accounts[a].cash);
        put128(out, e->ledger.accounts[a].realised);
        put128(out, e->ledger.accounts[a].fees);
        /* What is open. A flat leg without an order wants nothing, and what it has brought is in the sums. */
        const uint16_t *active = &e->ledger.active[(size_t)a * e->setup.instrument_count];
        put64(out, e->ledger.active_count[a]);
        for (uint16_t i = 0; i < e->ledger.active_count[a]; i++) {
            put64(out, active[i]);
            serialise_leg(e, a, active[i], out);
        }
    }
    for (uint16_t y = 0; y < e->setup.instrument_count; y++) {
        put64(out, (uint64_t)f->stances[y].mode << 40 | (uint64_t)(uint8_t)f->stances[y].side << 32
                   | f->stances[y].reference);
        put64(out, f->stances[y].signal);
        mt_buf_put(out, &f->last_signals[y], sizeof f->last_signals[y]);
        mt_buf_put(out, &f->entry_signals[y], sizeof f->entry_signals[y]);
    }
    serialise_orders(e, out);
    mt_risk_serialise(e->risk, out);
}

uint64_t mt_engine_state_hash(struct mt_engine *e)
{
    mt_buf_clear(&e->hash_buf);
    mt_folded_serialise(e, &e->hash_buf);
    MT_ASSERT(!e->hash_buf.failed);
    return mt_hash64(e->hash_buf.data, e->hash_buf.length);
}
