/* Prices, worst cases and their sums (3.2). Everything is rounded against us. */
#include "core/risk_private.h"

static mt_i128 larger(mt_i128 a, mt_i128 b)
{
    return a > b ? a : b;
}

static mt_i128 smaller(mt_i128 a, mt_i128 b)
{
    return a < b ? a : b;
}

static int code_of(int err)
{
    return err == 0              ? MT_CODE_OK
           : err == MT_ENOTFOUND ? MT_CODE_RATE_MISSING
                                 : MT_CODE_CALC_OVERFLOW;
}

/* ---- the price of the order ---- */

static int64_t slip_cap(const struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    int64_t cap = INT64_MAX;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_SLIP_CAP_BP)) != NULL;)
        cap = (int64_t)smaller(cap, scope->limits.value[MT_LIMIT_SLIP_CAP_BP]);
    return cap;
}

/* quote * (1 ± slip), away from the market's side that the order takes. */
static int slipped(const struct mt_instrument *instrument, int64_t quote, int side, int64_t slip, int64_t *out)
{
    if (slip == 0) {
        *out = quote;
        return MT_CODE_OK;
    }
    mt_i128 distance;
    int err = mt_div128((mt_i128)mt_price_magnitude(quote) * slip, MT_BP_ONE, MT_ROUND_UP, &distance);
    MT_ASSERT(err == 0);
    mt_i128 price = side > 0 ? quote + distance : quote - distance;
    if (!instrument->negative)
        price = larger(price, 1);
    if (price != (int64_t)price)
        return MT_CODE_CALC_OVERFLOW;
    *out = (int64_t)price;
    return MT_CODE_OK;
}

int mt_risk_price(const struct mt_risk_run *run, int64_t *out)
{
    const struct mt_risk_ask *ask = run->ask;
    const struct mt_price quote = mt_top_side(run->top, ask->terms.side > 0);
    *out = 0;
    if (ask->terms.type == MT_TYPE_LIMIT)
        *out = ask->terms.price;
    else if (ask->terms.type == MT_TYPE_STOP && quote.there && !mt_terms_has_stop(&ask->terms))
        *out = quote.value;
    else if (ask->terms.type == MT_TYPE_STOP && quote.there)
        *out = (int64_t)(ask->terms.side > 0 ? larger(ask->terms.stop, quote.value)
                                             : smaller(ask->terms.stop, quote.value));
    else if (quote.there)
        return slipped(run->instrument, quote.value, ask->terms.side,
                       run->set & MT_LIMIT_BIT(MT_LIMIT_SLIP_CAP_BP) ? slip_cap(run) : 0, out);
    return MT_CODE_OK;
}

/* ---- class ---- */

int64_t mt_risk_reducible(const struct mt_slot *slot, const struct mt_risk_ask *ask)
{
    int64_t position = slot->position.qty;
    if (position == 0 || (position > 0) == (ask->terms.side > 0))
        return 0;
    mt_i128 open = position < 0 ? -(mt_i128)position : position;
    /* The venue never lets a reduce-only order pass zero, so other orders need not be set off
     * against it. */
    if (!mt_terms_reduce_only(&ask->terms))
        open -= ask->terms.side > 0 ? (mt_i128)slot->buys + slot->reduce_buys
                              : (mt_i128)slot->sells + slot->reduce_sells;
    return (int64_t)larger(open, 0);
}

/* Worst case on each side. Reduce-only orders cannot pass zero themselves, but they can take away
 * the position that a plain order of their side would have closed; then more of that order opens.
 */
static void worst_sides(const struct mt_slot *slot, const struct mt_risk_add *add,
                        mt_i128 *worst_long, mt_i128 *worst_short)
{
    mt_i128 position = slot->position.qty;
    if (add->facts) {
        *worst_long = position;
        *worst_short = -position;
        return;
    }
    mt_i128 buys = slot->buys, sells = slot->sells, reduce_buys = slot->reduce_buys,
            reduce_sells = slot->reduce_sells;
    if (add->side > 0)
        *(add->reduce_only ? &reduce_buys : &buys) += add->qty;
    else if (add->side < 0)
        *(add->reduce_only ? &reduce_sells : &sells) += add->qty;
    *worst_long = position + buys + (position < 0 ? smaller(reduce_buys, -position) : 0);
    *worst_short = sells - position + (position > 0 ? smaller(reduce_sells, position) : 0);
}

bool mt_risk_raises(const struct mt_slot *slot, const struct mt_risk_ask *ask)
{
    if (!mt_terms_reduce_only(&ask->terms))
        return false;       /* within what it can reduce */
    const struct mt_risk_add none = {0};
    const struct mt_risk_add add = {.side = ask->terms.side, .reduce_only = true, .qty = ask->terms.qty};
    mt_i128 long_before, short_before, long_after, short_after;
    worst_sides(slot, &none, &long_before, &short_before);
    worst_sides(slot, &add, &long_after, &short_after);
    return larger(long_after, short_after) > larger(long_before, short_before);
}

bool mt_risk_qty_fits(const struct mt_slot *slot, const struct mt_risk_ask *ask)
{
    mt_i128 position = slot->position.qty;
    mt_i128 orders = ask->terms.side > 0 ? (mt_i128)slot->buys + slot->reduce_buys
                                   : (mt_i128)slot->sells + slot->reduce_sells;
    return (position < 0 ? -position : position) + orders + ask->terms.qty <= INT64_MAX;
}

/* ---- money ---- */

int mt_risk_qty8(const struct mt_instrument *instrument, mt_i128 qty, mt_i128 *out)
{
    return code_of(mt_rescale128(qty, instrument->qty_scale, 8, MT_ROUND_UP, out));
}

int mt_risk_scope_money(const struct mt_risk *risk, enum mt_scope_kind kind, uint16_t account,
                        mt_money amount, enum mt_round worse, mt_money *out)
{
    const struct mt_ledger *ledger = risk->ledger;
    int from = ledger->accounts[account].currency;
    int to = kind == MT_SCOPE_GLOBAL ? ledger->accounts[0].currency : from;
    return code_of(mt_rates_convert(&ledger->rates, amount, from, to, worse, out));
}

int mt_risk_notional(const struct mt_risk *risk, enum mt_scope_kind kind, uint16_t account,
                     uint16_t symbol, mt_i128 qty, int64_t price, mt_money *out)
{
    const struct mt_ledger *ledger = risk->ledger;
    mt_money money;
    /* A worst case is below 2^64, so its product with a price fits. */
    int err = mt_ledger_quote_money(ledger, symbol, qty * mt_price_magnitude(price), MT_ROUND_UP, &money);
    if (err == 0)
        err = mt_rates_convert(&ledger->rates, money, ledger->quote_currency[symbol],
                               ledger->accounts[account].currency, MT_ROUND_UP, &money);
    return err != 0 ? code_of(err)
                    : mt_risk_scope_money(risk, kind, account, money, MT_ROUND_UP, out);
}

/* ---- sums ---- */

/* The dearest price at which the worst case may be counted, without its sign; none where nothing is known. */
static struct mt_price exposure_price(const struct mt_top *top, const struct mt_risk_add *add)
{
    bool quoted = mt_top_has_bid(top) || mt_top_has_ask(top);
    int64_t bid = mt_top_has_bid(top) ? mt_price_magnitude(top->bid) : 0;
    int64_t offer = mt_top_has_ask(top) ? mt_price_magnitude(top->ask) : 0;
    int64_t market = quoted ? (int64_t)larger(bid, offer) : mt_price_magnitude(top->last);
    bool known = quoted || mt_top_has_last(top) || add->price.there;
    return mt_price_if(known, (int64_t)larger(market, mt_price_magnitude(add->price.value)));
}

static int slot_measure(const struct mt_risk *risk, enum mt_scope_kind kind,
                        enum mt_measure measure, uint16_t account, uint16_t symbol,
                        const struct mt_risk_add *add, mt_i128 *out)
{
    const struct mt_slot *slot = mt_ledger_slot(risk->ledger, account, symbol);
    if (measure == MT_MEASURE_OPEN || measure == MT_MEASURE_UNKNOWN) {
        *out = measure == MT_MEASURE_OPEN ? slot->open : slot->unknown;
        return MT_CODE_OK;
    }
    /* On a netting account the gross worst case is the net one: its sides are never below the
     * position's own. */
    mt_i128 worst_long, worst_short;
    worst_sides(slot, add, &worst_long, &worst_short);
    mt_i128 worst = larger(worst_long, worst_short);
    if (measure == MT_MEASURE_QTY)
        return mt_risk_qty8(&risk->ledger->instruments[symbol], worst, out);
    *out = 0;
    if (worst == 0)
        return MT_CODE_OK;
    const struct mt_price price = exposure_price(&risk->ledger->tops[symbol], add);
    if (!price.there)
        return MT_CODE_RATE_MISSING;
    return mt_risk_notional(risk, kind, account, symbol, worst, price.value, out);
}

/* Adds one slot to the sum; the order counts only in its own. */
static int sum_slot(const struct mt_risk *risk, enum mt_scope_kind kind, enum mt_measure measure,
                    uint16_t account, uint16_t symbol, const struct mt_risk_add *add, mt_i128 *sum)
{
    const struct mt_risk_add none = {.facts = add->facts};
    bool own = add->account == account && add->symbol == symbol;
    mt_i128 value;
    int code = slot_measure(risk, kind, measure, account, symbol, own ? add : &none, &value);
    if (code != MT_CODE_OK)
        return code;
    return mt_add128(*sum, value, sum) == 0 ? MT_CODE_OK : MT_CODE_CALC_OVERFLOW;
}

/* The account's slots that hold anything, and that of the order. */
static int sum_account(const struct mt_risk *risk, enum mt_scope_kind kind, enum mt_measure measure,
                       uint16_t account, const struct mt_risk_add *add, mt_i128 *sum)
{
    const struct mt_ledger *ledger = risk->ledger;
    const uint16_t *active = ledger->active + (size_t)account * ledger->instrument_count;
    bool seen = add->side == 0 || add->account != account;
    int code = MT_CODE_OK;
    for (uint16_t i = 0; code == MT_CODE_OK && i < ledger->active_count[account]; i++) {
        seen = seen || active[i] == add->symbol;
        code = sum_slot(risk, kind, measure, account, active[i], add, sum);
    }
    return seen || code != MT_CODE_OK
               ? code
               : sum_slot(risk, kind, measure, account, add->symbol, add, sum);
}

int mt_risk_sum(const struct mt_risk *risk, const struct mt_risk_scope_state *scope,
                enum mt_measure measure, const struct mt_risk_add *add, mt_i128 *out)
{
    int code = MT_CODE_OK;
    *out = 0;
    switch (scope->kind) {
    case MT_SCOPE_GLOBAL:
        for (uint16_t i = 0; code == MT_CODE_OK && i < risk->ledger->account_count; i++)
            code = sum_account(risk, scope->kind, measure, i, add, out);
        return code;
    case MT_SCOPE_SYMBOL:
        return sum_slot(risk, scope->kind, measure, (uint16_t)scope->account,
                        (uint16_t)scope->symbol, add, out);
    case MT_SCOPE_GROUP:
        for (uint16_t i = 0; code == MT_CODE_OK && i < scope->group_count; i++)
            code = sum_slot(risk, scope->kind, measure, (uint16_t)scope->account, scope->group[i],
                            add, out);
        return code;
    default:
        return sum_account(risk, scope->kind, measure, (uint16_t)scope->account, add, out);
    }
}

/* ---- equity ---- */

int mt_risk_equity(const struct mt_risk *risk, uint16_t account, mt_money *out)
{
    if (risk->ledger->accounts[account].rate_missing)
        return MT_CODE_RATE_MISSING;
    *out = mt_ledger_equity(risk->ledger, account);
    return MT_CODE_OK;
}

/* Limits 27 and 28 look at the equity that stood at the end of an instant: in the middle of one, with one of two legs
 * marked, it is a number that never existed. */
static int seen_equity(const struct mt_risk *risk, uint16_t account, mt_money *out)
{
    if (risk->days[account].unseen)
        return MT_CODE_RATE_MISSING;
    bool fits = mt_add128(risk->days[account].seen, risk->ledger->accounts[account].adjusted, out) == 0;
    return fits ? MT_CODE_OK : MT_CODE_CALC_OVERFLOW;
}

static int account_loss(const struct mt_risk *risk, enum mt_scope_kind kind, uint16_t account,
                        mt_money *sum)
{
    mt_money equity, loss;
    int code = seen_equity(risk, account, &equity);
    if (code != MT_CODE_OK)
        return code;
    if (mt_add128(risk->days[account].start, risk->ledger->accounts[account].adjusted, &loss) !=
            0 ||
        mt_sub128(loss, equity, &loss) != 0)
        return MT_CODE_CALC_OVERFLOW;
    code = mt_risk_scope_money(risk, kind, account, loss, MT_ROUND_UP, &loss);
    if (code != MT_CODE_OK)
        return code;
    return mt_add128(*sum, loss, sum) == 0 ? MT_CODE_OK : MT_CODE_CALC_OVERFLOW;
}

/* The accounts of a scope. */
static void scope_accounts(const struct mt_risk *risk, const struct mt_risk_scope_state *scope,
                           uint16_t *from, uint16_t *to)
{
    *from = scope->account < 0 ? 0 : (uint16_t)scope->account;
    *to = scope->account < 0 ? risk->ledger->account_count : (uint16_t)(scope->account + 1);
}

int mt_risk_loss(const struct mt_risk *risk, const struct mt_risk_scope_state *scope,
                 mt_money *loss)
{
    uint16_t account, to;
    int code = MT_CODE_OK;
    *loss = 0;
    scope_accounts(risk, scope, &account, &to);
    for (; code == MT_CODE_OK && account < to; account++)
        code = account_loss(risk, scope->kind, account, loss);
    return code;
}

static int account_fall(const struct mt_risk *risk, enum mt_scope_kind kind, uint16_t account,
                        mt_money *peaks, mt_money *equities)
{
    mt_money equity, peak;
    int code = seen_equity(risk, account, &equity);
    if (code != MT_CODE_OK)
        return code;
    if (mt_add128(risk->days[account].peak, risk->ledger->accounts[account].adjusted, &peak) != 0)
        return MT_CODE_CALC_OVERFLOW;
    code = mt_risk_scope_money(risk, kind, account, larger(peak, equity), MT_ROUND_UP, &peak);
    if (code == MT_CODE_OK)
        code = mt_risk_scope_money(risk, kind, account, equity, MT_ROUND_DOWN, &equity);
    if (code != MT_CODE_OK)
        return code;
    return mt_add128(*peaks, peak, peaks) == 0 && mt_add128(*equities, equity, equities) == 0
        ? MT_CODE_OK : MT_CODE_CALC_OVERFLOW;
}

int mt_risk_drawdown(const struct mt_risk *risk, const struct mt_risk_scope_state *scope,
                     mt_i128 *ratio)
{
    uint16_t account, to;
    mt_money peaks = 0, equities = 0, fall;
    int code = MT_CODE_OK;
    scope_accounts(risk, scope, &account, &to);
    for (; code == MT_CODE_OK && account < to; account++)
        code = account_fall(risk, scope->kind, account, &peaks, &equities);
    if (code != MT_CODE_OK)
        return code;
    /* Nothing was ever there, or all of it is gone. */
    *ratio = MT_RATIO_ONE;
    if (peaks <= 0)
        return MT_CODE_OK;
    if (mt_sub128(peaks, equities, &fall) != 0)
        return MT_CODE_CALC_OVERFLOW;
    return code_of(mt_muldiv128(fall, MT_RATIO_ONE, peaks, MT_ROUND_UP, ratio));
}
