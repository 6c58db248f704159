/* ledger: the venue's own truth about money. Every amount is exact; where a rounding is needed it
 * goes against us. */
#include "adapters/sim/sim_private.h"

#include "model/code.h"
#include "model/order.h"

enum { RATE_ONE = 100000000 };              /* fee rates are in 10^-8 */

static int convert(struct mt_sim *sim, mt_money amount, int from, int to, enum mt_round worse,
                   mt_money *out)
{
    return mt_rates_convert(&sim->rates, amount, from, to, worse, out);
}

static int fee_of(struct mt_sim *sim, const struct mt_sim_ledger *ledger, uint16_t symbol,
                  int64_t qty, int64_t price, bool maker, mt_money *out)
{
    mt_money notional;
    mt_i128 fee;
    int64_t rate = maker ? ledger->terms.maker_rate : ledger->terms.taker_rate;
    int err = mt_instrument_notional(&sim->options.instruments[symbol], qty, mt_price_magnitude(price),
                                     MT_ROUND_UP, &notional);
    if (err == 0)
        err = mt_muldiv128(notional, rate, RATE_ONE, MT_ROUND_UP, &fee);
    if (err == 0)
        err = convert(sim, fee, sim->quote_currency[symbol], ledger->currency, MT_ROUND_UP, out);
    return err;
}

int mt_sim_ledger_fill(struct mt_sim *sim, const struct mt_match_order *order,
                       const struct mt_match_fill *fill, int64_t venue_ns,
                       struct mt_sim_booking *booked)
{
    uint16_t symbol = order->request.terms.symbol;
    struct mt_sim_ledger *ledger = &sim->ledgers[order->request.terms.account];
    struct mt_position position = ledger->positions[symbol];
    struct mt_position_change change;
    mt_money profit, cash = ledger->cash;
    mt_sim_rates_at(sim, symbol, fill->price, venue_ns);
    int err = fee_of(sim, ledger, symbol, fill->qty, fill->price, fill->maker, &booked->fee);
    if (err == 0)
        err = mt_position_fill(&position, order->request.terms.side, fill->price, fill->qty, venue_ns,
                               &change);
    if (err == 0)
        err = mt_instrument_money(&sim->options.instruments[symbol], change.realised, MT_ROUND_DOWN,
                                  &profit);
    if (err == 0)
        err = convert(sim, profit, sim->quote_currency[symbol], ledger->currency, MT_ROUND_DOWN,
                      &profit);
    if (err == 0)
        err = mt_add128(cash, profit, &cash);
    if (err == 0)
        err = mt_sub128(cash, booked->fee, &cash);
    if (err != 0)
        return err;
    booked->realised = profit;
    ledger->cash = cash;
    ledger->positions[symbol] = position;
    return 0;
}

/* Cash and what closing everything now would bring. */
static int equity_of(struct mt_sim *sim, const struct mt_sim_ledger *ledger, mt_money *out)
{
    mt_money equity = ledger->cash;
    for (uint16_t symbol = 0; symbol < sim->options.instrument_count; symbol++) {
        const struct mt_position *position = &ledger->positions[symbol];
        const struct mt_match_book *book = &sim->books[symbol];
        mt_money profit;
        if (position->qty == 0)
            continue;
        int64_t exit = position->qty > 0 ? book->mark_bid : book->mark_ask;
        if (!book->marked)
            return MT_ENOTFOUND;
        int err =
            mt_position_unrealised(position, &sim->options.instruments[symbol], exit, &profit);
        if (err == 0)
            err = convert(sim, profit, sim->quote_currency[symbol], ledger->currency, MT_ROUND_DOWN,
                          &profit);
        if (err == 0)
            err = mt_add128(equity, profit, &equity);
        if (err != 0)
            return err;
    }
    *out = equity;
    return 0;
}

/* The quantity that could be held at most, at the price that it would be worth, without its sign. */
struct worst {
    int64_t qty, price;
    bool priced;                    /* a price of the symbol is known */
};

static mt_i128 worth(struct worst worst)
{
    return (mt_i128)worst.qty * worst.price;
}

static int64_t magnitude(int64_t value)
{
    return value < 0 ? -value : value;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* What one unit is worth at most as the symbol is marked. */
static int64_t mark_of(const struct mt_match_book *book)
{
    return larger(mt_price_magnitude(book->mark_ask), mt_price_magnitude(book->mark_bid));
}

struct sides { int64_t bought, sold, buy_price, sell_price; bool priced; };

/* An order trades to its end: more is held, and what is held may be worth what it asks for. */
static int add_order(struct sides *sides, const struct mt_terms *terms, int64_t cum)
{
    int64_t *held = terms->side > 0 ? &sides->bought : &sides->sold;
    int64_t *price = terms->side > 0 ? &sides->buy_price : &sides->sell_price;
    const struct mt_price named = mt_terms_named_price(terms);
    *price = larger(*price, mt_price_magnitude(named.value));
    sides->priced = sides->priced || named.there;
    return mt_add64(*held, terms->side * (terms->qty - cum), held);
}

/* The position if all open orders of one side trade and none of the other, whichever is worth more.
 * `with` counts too, in place of the order `without`. */
static int worst_of(const struct mt_sim *sim, uint16_t account, uint16_t symbol,
                    const struct mt_terms *with, int32_t without, struct worst *out)
{
    const struct mt_match_book *book = &sim->books[symbol];
    int64_t held = sim->ledgers[account].positions[symbol].qty, mark = mark_of(book);
    struct sides sides = {.bought = held, .sold = held, .buy_price = mark, .sell_price = mark,
                          .priced = book->marked};
    int32_t slot = sim->orders.lists[symbol].first;
    for (; slot != MT_SIM_NONE; slot = sim->orders.slots[slot].next) {
        const struct mt_match_order *order = &sim->orders.slots[slot].match;
        if (order->request.terms.account != account || mt_terms_reduce_only(&order->request.terms) || slot == without)
            continue;
        if (add_order(&sides, &order->request.terms, order->cum) != 0)
            return MT_ERANGE;
    }
    int64_t cum = without == MT_SIM_NONE ? 0 : sim->orders.slots[without].match.cum;
    if (with && add_order(&sides, with, cum) != 0)
        return MT_ERANGE;
    if (sides.bought == INT64_MIN || sides.sold == INT64_MIN)
        return MT_ERANGE;
    struct worst buy = {magnitude(sides.bought), sides.buy_price, sides.priced},
                 sell = {magnitude(sides.sold), sides.sell_price, sides.priced};
    /* Where no price is known both are worth nothing: the larger quantity it is. */
    bool bought = worth(buy) > worth(sell) || (worth(buy) == worth(sell) && buy.qty >= sell.qty);
    *out = bought ? buy : sell;
    return 0;
}

/* What the worst case of one symbol binds: notional / leverage, in account currency. */
static int bound_by(struct mt_sim *sim, const struct mt_sim_ledger *ledger, uint16_t symbol,
                    struct worst worst, mt_money *out)
{
    mt_money notional;
    int err = mt_instrument_notional(&sim->options.instruments[symbol], worst.qty, worst.price,
                                     MT_ROUND_UP, &notional);
    if (err == 0)
        err = mt_div128(notional, ledger->terms.leverage, MT_ROUND_UP, &notional);
    if (err == 0)
        err =
            convert(sim, notional, sim->quote_currency[symbol], ledger->currency, MT_ROUND_UP, out);
    return err;
}

static uint16_t code_of(int err)
{
    return err == MT_ENOTFOUND ? MT_CODE_RATE_MISSING : MT_CODE_CALC_OVERFLOW;
}

static int needed_for(struct mt_sim *sim, const struct mt_terms *terms, int32_t replaced,
                      struct worst after, mt_money *out)
{
    const struct mt_sim_ledger *ledger = &sim->ledgers[terms->account];
    struct worst worst;
    mt_money need, bound;
    int64_t cum = replaced == MT_SIM_NONE ? 0 : sim->orders.slots[replaced].match.cum;
    int err = fee_of(sim, ledger, terms->symbol, terms->qty - cum, after.price, false, &need);
    for (uint16_t symbol = 0; err == 0 && symbol < sim->options.instrument_count; symbol++) {
        worst = after;
        if (symbol != terms->symbol)
            err = worst_of(sim, terms->account, symbol, NULL, MT_SIM_NONE, &worst);
        if (err != 0 || worst.qty == 0)
            continue;
        err = bound_by(sim, ledger, symbol, worst, &bound);
        if (err == 0)
            err = mt_add128(need, bound, &need);
    }
    *out = need;
    return err;
}

uint16_t mt_sim_ledger_margin(struct mt_sim *sim, const struct mt_terms *terms,
                              int32_t replaced)
{
    struct worst before, after;
    mt_money equity, need;
    if (mt_terms_reduce_only(terms))
        return MT_CODE_OK;
    if (worst_of(sim, terms->account, terms->symbol, NULL, MT_SIM_NONE, &before) != 0
        || worst_of(sim, terms->account, terms->symbol, terms, replaced, &after) != 0)
        return MT_CODE_CALC_OVERFLOW;
    if (!after.priced) /* nothing was ever seen of the symbol: only what reduces can be judged */
        return after.qty <= before.qty ? MT_CODE_OK : MT_CODE_DATA_MISSING;
    if (worth(after) <= worth(before))
        return MT_CODE_OK;
    mt_sim_rates_now(sim);
    int err = needed_for(sim, terms, replaced, after, &need);
    if (err == 0)
        err = equity_of(sim, &sim->ledgers[terms->account], &equity);
    if (err != 0)
        return code_of(err);
    return need > equity ? MT_CODE_MARGIN_INSUFFICIENT : MT_CODE_OK;
}
