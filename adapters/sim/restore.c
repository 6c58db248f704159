/* restore: the venue's truth after the host came back: where the market was, what accounts hold,
 * which orders work. */
#include "adapters/sim/sim_private.h"

uint64_t mt_sim_position(const struct mt_sim *sim)
{
    return sim->given;
}

/* Read up to `position` and keep what each symbol showed last. The batch is only lent: it stays
 * empty. */
static int read_up_to(struct mt_sim *sim, uint64_t from, uint64_t position, struct mt_diag *diag)
{
    int err = sim->source.ops->seek(sim->source.self, from, diag);
    sim->batch_at = sim->batch_count = 0;
    while (err == 0 && from < position) {
        uint64_t left = position - from;
        int max = left < MT_SIM_BATCH ? (int)left : MT_SIM_BATCH;
        int count = sim->source.ops->fill(sim->source.self, sim->batch, max, diag);
        if (count < 0)
            return count;
        if (count == 0)
            return mt_fail(diag, MT_EDIFF,
                           "sim: the data ends before event %llu, where the run had been",
                           (unsigned long long)position);
        for (int i = 0; i < count; i++) {
            MT_ASSERT(sim->batch[i].symbol < sim->options.instrument_count);
            mt_sim_show(sim, &sim->batch[i]);
            sim->market_ns = sim->batch[i].time_ns;
        }
        from += (uint64_t)count;
    }
    return err;
}

static bool all_shown(const struct mt_sim *sim)
{
    for (uint16_t i = 0; i < sim->options.instrument_count; i++) {
        if (sim->books[i].mark_bid == 0)
            return false;
    }
    return true;
}

int mt_sim_restore_market(struct mt_sim *sim, uint64_t position, struct mt_diag *diag)
{
    /* What a symbol shows is its last event. It is rarely far back; when it is, everything is read
     * again. */
    const uint64_t window = 1 << 16;
    MT_ASSERT(sim->given == 0);
    int err = read_up_to(sim, position > window ? position - window : 0, position, diag);
    if (err == 0 && position > window && !all_shown(sim))
        err = read_up_to(sim, 0, position, diag);
    if (err == 0)
        sim->given = position;
    return err;
}

void mt_sim_restore_account(struct mt_sim *sim, uint16_t account, mt_money cash)
{
    MT_ASSERT(account < sim->options.account_count);
    sim->ledgers[account].cash = cash;
}

void mt_sim_restore_position(struct mt_sim *sim, uint16_t account, uint16_t symbol,
                             const struct mt_position *position)
{
    MT_ASSERT(account < sim->options.account_count);
    MT_ASSERT(symbol < sim->options.instrument_count);
    sim->ledgers[account].positions[symbol] = *position;
}

int mt_sim_restore_order(struct mt_sim *sim, const struct mt_order_request *request, int64_t cum,
                         bool acked, uint64_t venue_order_id, int64_t arrived_ns)
{
    if (request->coid == 0 || request->account >= sim->options.account_count
        || request->symbol >= sim->options.instrument_count || cum < 0 || cum >= request->qty)
        return MT_ERANGE;
    if (mt_sim_orders_find(&sim->orders, request->coid))
        return MT_EDUP;
    if (acked || cum > 0)               /* a fill is an acceptance too */
        return mt_sim_venue_resume(sim, request, cum, venue_order_id, arrived_ns);
    struct mt_sim_arrival *arrival = mt_ring_push(&sim->arrivals);
    if (!arrival)
        return MT_EFULL;
    *arrival =
        (struct mt_sim_arrival){.due_ns = arrived_ns, .kind = MT_ARRIVE_ORDER, .request = *request};
    return 0;
}

void mt_sim_restore_counters(struct mt_sim *sim, uint64_t next_venue_order_id,
                             uint64_t next_fill_id)
{
    MT_ASSERT(next_venue_order_id > 0);
    MT_ASSERT(next_fill_id > 0);
    sim->next_venue_order_id = next_venue_order_id;
    sim->next_fill_id = next_fill_id;
}

void mt_sim_counters(const struct mt_sim *sim, uint64_t *next_venue_order_id,
                     uint64_t *next_fill_id)
{
    *next_venue_order_id = sim->next_venue_order_id;
    *next_fill_id = sim->next_fill_id;
}

mt_money mt_sim_cash(const struct mt_sim *sim, uint16_t account)
{
    return sim->ledgers[account].cash;
}

const struct mt_position *mt_sim_position_of(const struct mt_sim *sim, uint16_t account,
                                             uint16_t symbol)
{
    return &sim->ledgers[account].positions[symbol];
}

uint32_t mt_sim_open_orders(const struct mt_sim *sim)
{
    return sim->orders.open_count;
}
