#include "core/room.h"

#include "core/margin.h"

static int64_t magnitude(int64_t qty)
{
    return qty < 0 ? -qty : qty;
}

/* What one unit may be worth at the market: the ask, or where that is more what lies below zero on either side. */
static int64_t dearest(const struct mt_books *b, uint16_t symbol)
{
    const struct mt_top *top = &b->ledger.tops[symbol];
    if (!mt_top_has_ask(top))
        return mt_price_magnitude(mt_top_has_bid(top) ? top->bid : mt_top_has_last(top) ? top->last : 0);
    int64_t ask = mt_price_magnitude(top->ask);
    int64_t below = mt_top_has_bid(top) && top->bid < 0 ? mt_price_magnitude(top->bid) : 0;
    return ask > below ? ask : below;
}

int64_t mt_room_price(const struct mt_books *b, uint16_t symbol, struct mt_price limit)
{
    int64_t price = dearest(b, symbol), own = mt_price_magnitude(limit.value);
    return own > price ? own : price;
}

/* Until it has traded, an order on its way costs its fee, and a market order the spread as well. */
static int add_pending(const struct mt_books *b, const struct mt_order *order, int64_t price, mt_money *sum)
{
    const struct mt_top *top = &b->ledger.tops[order->terms.symbol];
    int64_t leaves = mt_order_leaves(order), spread = 0;
    mt_money fee, lost = 0;
    if (mt_top_code(top) == 0 && __builtin_sub_overflow(top->ask, top->bid, &spread))
        return MT_ERANGE;
    int rc = mt_margin_fee(&b->ledger, order->terms.account, order->terms.symbol, leaves, price, &fee);
    if (rc == 0)
        rc = mt_add128(*sum, fee, sum);
    if (rc == 0 && order->terms.type == MT_TYPE_MARKET && spread > 0)
        rc = mt_instrument_notional(mt_instrument_at(b, order->terms.symbol), leaves, spread, MT_ROUND_UP, &lost);
    if (rc == 0)
        rc = mt_rates_convert(&b->ledger.rates, lost, b->ledger.quote_currency[order->terms.symbol],
                              b->ledger.accounts[order->terms.account].currency, MT_ROUND_UP, &lost);
    return rc ? rc : mt_add128(*sum, lost, sum);
}

/* The position, or what it comes to when the leg's open order trades, whichever is worth more. */
static int add_slot(struct mt_books *b, uint16_t account, uint16_t symbol, mt_money *sum)
{
    uint64_t coid = mt_leg_at(b, account, symbol)->entry_coid;
    const struct mt_order *order = coid ? mt_orders_get(&b->orders, coid) : NULL;
    int64_t held = mt_position_at(b, account, symbol)->qty, then = held;
    int64_t price = dearest(b, symbol), dear = order ? mt_room_price(b, symbol, mt_terms_price(&order->terms)) : price;
    mt_money bound;
    if (order && (__builtin_add_overflow(held, order->terms.side * mt_order_leaves(order), &then) || then == INT64_MIN))
        return MT_ERANGE;
    bool grows = (mt_i128)magnitude(then) * dear > (mt_i128)magnitude(held) * price;
    int rc = mt_margin_bound(&b->ledger, account, symbol, magnitude(grows ? then : held), grows ? dear : price, &bound);
    if (rc == 0)
        rc = mt_add128(*sum, bound, sum);
    return rc == 0 && order ? add_pending(b, order, dear, sum) : rc;
}

int mt_room_of(struct mt_books *b, uint16_t account, uint16_t symbol, mt_money *out)
{
    const struct mt_ledger *ledger = &b->ledger;
    const uint16_t *active = ledger->active + (size_t)account * ledger->instrument_count;
    mt_money bound = 0;
    int rc = 0;
    for (uint16_t i = 0; rc == 0 && i < ledger->active_count[account]; i++)
        if (active[i] != symbol)
            rc = add_slot(b, account, active[i], &bound);
    return rc ? rc : mt_sub128(mt_ledger_equity(ledger, account), bound, out);
}
