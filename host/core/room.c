/* room: what an account has free for the margin and the fee of one more order, as a venue that looks at it beforehand
 * would find it: equity less what the worst case of every other symbol binds. */
#include "core/engine_private.h"
#include "core/margin.h"

static int64_t dearest(const struct mt_engine *e, uint16_t symbol)
{
    const struct mt_top *top = &e->ledger.tops[symbol];
    return top->ask > 0 ? top->ask : top->bid > 0 ? top->bid : top->last;
}

int64_t mt_room_price(const struct mt_engine *e, uint16_t symbol, int64_t limit)
{
    int64_t price = dearest(e, symbol);
    return limit > price ? limit : price;
}

static int64_t magnitude(int64_t qty)
{
    return qty < 0 ? -qty : qty;
}

/* Until it has traded, an order on its way costs its fee, and a market order the spread as well. */
static int add_pending(const struct mt_engine *e, const struct mt_order *order, int64_t price, mt_money *sum)
{
    const struct mt_top *top = &e->ledger.tops[order->symbol];
    int64_t leaves = mt_order_leaves(order), spread = top->ask > top->bid && top->bid > 0 ? top->ask - top->bid : 0;
    mt_money fee, lost = 0;
    int rc = mt_margin_fee(&e->ledger, order->account, order->symbol, leaves, price, &fee);
    if (rc == 0)
        rc = mt_add128(*sum, fee, sum);
    if (rc == 0 && order->type == MT_TYPE_MARKET && spread > 0)
        rc = mt_instrument_notional(mt_instrument_at(e, order->symbol), leaves, spread, MT_ROUND_UP, &lost);
    if (rc == 0)
        rc = mt_rates_convert(&e->ledger.rates, lost, e->ledger.quote_currency[order->symbol],
                              e->ledger.accounts[order->account].currency, MT_ROUND_UP, &lost);
    return rc ? rc : mt_add128(*sum, lost, sum);
}

/* The position, or what it comes to when the leg's open order trades, whichever is worth more. */
static int add_slot(struct mt_engine *e, uint16_t account, uint16_t symbol, mt_money *sum)
{
    uint64_t coid = mt_leg_at(e, account, symbol)->entry_coid;
    const struct mt_order *order = coid ? mt_orders_get(&e->folded.orders, coid) : NULL;
    int64_t held = mt_ledger_slot(&e->ledger, account, symbol)->position.qty, then = held;
    int64_t price = dearest(e, symbol), dear = order ? mt_room_price(e, symbol, order->price) : price;
    mt_money bound;
    if (order && (__builtin_add_overflow(held, order->side * mt_order_leaves(order), &then) || then == INT64_MIN))
        return MT_ERANGE;
    bool grows = (mt_i128)magnitude(then) * dear > (mt_i128)magnitude(held) * price;
    int rc = mt_margin_bound(&e->ledger, account, symbol, magnitude(grows ? then : held), grows ? dear : price, &bound);
    if (rc == 0)
        rc = mt_add128(*sum, bound, sum);
    return rc == 0 && order ? add_pending(e, order, dear, sum) : rc;
}

int mt_room_of(struct mt_engine *e, uint16_t account, uint16_t symbol, mt_money *out)
{
    const struct mt_ledger *ledger = &e->ledger;
    const uint16_t *active = ledger->active + (size_t)account * ledger->instrument_count;
    mt_money bound = 0;
    int rc = 0;
    for (uint16_t i = 0; rc == 0 && i < ledger->active_count[account]; i++)
        if (active[i] != symbol)
            rc = add_slot(e, account, active[i], &bound);
    return rc ? rc : mt_sub128(mt_ledger_equity(ledger, account), bound, out);
}
