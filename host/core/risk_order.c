/* Checks 5 to 13: the order by itself and against the market. */
#include "core/risk_private.h"

/* ---- 5, 6, 7: structure ---- */

/* None (may_lack: there need not be one), or one that the instrument can have. */
static bool price_fits(const struct mt_instrument *instrument, bool there, int64_t price, bool may_lack)
{
    return there ? mt_instrument_price_can_be(instrument, price) : may_lack && price == 0;
}

static bool prices_fit_type(const struct mt_risk_ask *ask, const struct mt_instrument *instrument)
{
    const struct mt_terms *terms = &ask->terms;
    bool limit = terms->type == MT_TYPE_LIMIT, stop = terms->type == MT_TYPE_STOP;
    if (terms->type > MT_TYPE_STOP || (!limit && mt_terms_has_price(terms)) || (!stop && mt_terms_has_stop(terms)))
        return false;
    return price_fits(instrument, mt_terms_has_price(terms), terms->price, !limit || ask->child)
        && price_fits(instrument, mt_terms_has_stop(terms), terms->stop, !stop || ask->child || ask->trails)
        && price_fits(instrument, ask->protect.there, ask->protect.value, true);
}

static bool tif_fits(const struct mt_risk_ask *ask, int64_t now_ns)
{
    bool at_once = ask->terms.tif == MT_TIF_IOC || ask->terms.tif == MT_TIF_FOK;
    if (ask->terms.tif > MT_TIF_GTD || (at_once && ask->terms.type == MT_TYPE_STOP))
        return false;
    if (mt_terms_post_only(&ask->terms) && (at_once || ask->terms.type != MT_TYPE_LIMIT))
        return false;
    return ask->terms.tif == MT_TIF_GTD ? ask->terms.expire_ns > now_ns : ask->terms.expire_ns == 0;
}

bool mt_ask_side_and_qty_fit(const struct mt_risk_ask *ask)
{
    return (ask->terms.side == 1 || ask->terms.side == -1) && ask->terms.qty > 0;
}

int mt_check_fields(struct mt_risk_run *run)
{
    const struct mt_risk_ask *ask = run->ask;
    bool good = mt_ask_side_and_qty_fit(ask) && prices_fit_type(ask, run->instrument) &&
                tif_fits(ask, run->now_ns) && ask->terms.role < MT_ROLES;
    return good ? MT_CODE_OK : MT_CODE_FIELD_INVALID;
}

int mt_check_allowed(struct mt_risk_run *run)
{
    uint16_t symbol = run->ask->terms.symbol;
    for (uint32_t i = 0; i < run->count; i++) {
        const struct mt_risk_scope_state *scope = &run->risk->scopes[run->list[i]];
        if (scope->allow != NULL && mt_scope_covers(scope, run->ask->terms.seat) &&
            !(scope->allow[symbol / 64] & UINT64_C(1) << symbol % 64))
            return mt_run_deny(run, MT_CODE_SYMBOL_NOT_ALLOWED, scope, 0, 0);
    }
    return MT_CODE_OK;
}

/* The smallest notional the order can have: market orders at the lower side of the quote. */
static int check_notional_min(struct mt_risk_run *run)
{
    const struct mt_risk_ask *ask = run->ask;
    const struct mt_top *top = run->top;
    struct mt_price price = mt_terms_named_price(&ask->terms);
    mt_money notional;
    if (!price.there && ask->terms.type == MT_TYPE_MARKET && mt_top_has_bid(top) && mt_top_has_ask(top)) {
        int64_t bid = mt_price_magnitude(top->bid), offer = mt_price_magnitude(top->ask);
        price = mt_price_of(bid < offer ? bid : offer);
    }
    if (!price.there || run->instrument->notional_min == 0)
        return MT_CODE_OK;      /* without a quote check 8 or 9 denies */
    if (mt_ledger_quote_money(run->risk->ledger, ask->terms.symbol,
                              (mt_i128)ask->terms.qty * mt_price_magnitude(price.value),
                              MT_ROUND_DOWN, &notional) != 0) {
        mt_run_late(run, MT_CODE_CALC_OVERFLOW);
        return MT_CODE_OK;
    }
    return notional >= run->instrument->notional_min
               ? MT_CODE_OK
               : mt_run_deny(run, MT_CODE_NOTIONAL_MIN_VENUE, NULL, notional,
                             run->instrument->notional_min);
}

int mt_run_deny_qty(struct mt_risk_run *run, int32_t code, const struct mt_risk_scope_state *scope,
                    int64_t qty, int64_t bound)
{
    mt_i128 qty8, bound8;
    int code_qty = mt_risk_qty8(run->instrument, qty, &qty8),
        code_bound = mt_risk_qty8(run->instrument, bound, &bound8);
    MT_ASSERT(code_qty == MT_CODE_OK);      /* 64 bits times at most 10^8 */
    MT_ASSERT(code_bound == MT_CODE_OK);
    return mt_run_deny(run, code, scope, qty8, bound8);
}

int mt_check_steps(struct mt_risk_run *run)
{
    const struct mt_risk_ask *ask = run->ask;
    const struct mt_instrument *instrument = run->instrument;
    if (ask->terms.price % instrument->tick != 0 || ask->terms.stop % instrument->tick != 0)
        return MT_CODE_PRICE_STEP;
    if (ask->terms.qty % instrument->step != 0)
        return mt_run_deny_qty(run, MT_CODE_QTY_STEP, NULL, ask->terms.qty, instrument->step);
    if (ask->terms.qty < instrument->qty_min && !mt_terms_reduce_only(&ask->terms))
        return mt_run_deny_qty(run, MT_CODE_QTY_MIN, NULL, ask->terms.qty, instrument->qty_min);
    if (instrument->qty_max > 0 && ask->terms.qty > instrument->qty_max)
        return mt_run_deny_qty(run, MT_CODE_QTY_MAX_VENUE, NULL, ask->terms.qty, instrument->qty_max);
    /* Minimums are for opening: the last bit of a position must always find its way out. */
    return mt_terms_reduce_only(&ask->terms) ? MT_CODE_OK : check_notional_min(run);
}

/* ---- 8, 9: data ---- */

static int64_t stale_ns(const struct mt_risk_run *run, const struct mt_risk_scope_state *scope)
{
    int64_t limit = scope->limits.value[MT_LIMIT_STALE_MS] * NS_PER_MS;
    return limit > 2 * run->top->bar_ns ? limit : 2 * run->top->bar_ns;
}

int mt_check_missing(struct mt_risk_run *run)
{
    return mt_top_code(run->top) == MT_CODE_DATA_MISSING ? MT_CODE_DATA_MISSING : MT_CODE_OK;
}

static mt_i128 ms_up(int64_t ns)
{
    return ns / NS_PER_MS + (ns % NS_PER_MS != 0);
}

int mt_check_stale(struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    const struct mt_top *top = run->top;
    int64_t age = run->now_ns - top->quote_ns;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_STALE_MS)) != NULL;)
        if (age > stale_ns(run, scope))
            return mt_run_deny(run, MT_CODE_DATA_STALE, scope, ms_up(age),
                               stale_ns(run, scope) / NS_PER_MS);
    int64_t event_ns = top->quote_ns > top->trade_ns ? top->quote_ns : top->trade_ns;
    int64_t skew = event_ns > top->venue_ns ? event_ns - top->venue_ns : top->venue_ns - event_ns;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_SKEW_MS)) != NULL;) {
        int64_t limit = scope->limits.value[MT_LIMIT_SKEW_MS];
        if (skew > limit * NS_PER_MS)
            return mt_run_deny(run, MT_CODE_DATA_STALE, scope, ms_up(skew), limit);
    }
    return MT_CODE_OK;
}

int mt_check_crossed(struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    if (mt_top_code(run->top) != MT_CODE_OK)
        return MT_CODE_DATA_CROSSED;
    if (run->top->bid != run->top->ask || run->top->bar_ns > 0 || !run->top->quoted)
        return MT_CODE_OK;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_LOCKED_DENY)) != NULL;)
        if (scope->limits.value[MT_LIMIT_LOCKED_DENY] != 0)
            return mt_run_deny(run, MT_CODE_DATA_LOCKED, scope, 0, 0);
    return MT_CODE_OK;
}

static mt_i128 magnitude(mt_i128 x)
{
    return x < 0 ? -x : x;
}

/* A part of a whole, both >= 0: bp in 10^-8, rounded up. Anything is more than all of nothing. */
static mt_i128 part_bp(mt_i128 part, mt_i128 whole)
{
    if (whole == 0)
        return part == 0 ? 0 : INT64_MAX;
    return (part * MT_BP_ONE + whole - 1) / whole;
}

/* On bars there is no spread to judge. */
int mt_check_spread(struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    if (run->top->bar_ns > 0)
        return MT_CODE_OK;
    mt_i128 spread = (mt_i128)run->top->ask - run->top->bid,
            sum = magnitude((mt_i128)run->top->ask + run->top->bid);
    mt_i128 tick = run->instrument->tick;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_SPREAD_TICKS)) != NULL;) {
        int64_t limit = scope->limits.value[MT_LIMIT_SPREAD_TICKS];
        if (spread > limit * tick)
            return mt_run_deny(run, MT_CODE_SPREAD_WIDE, scope, (spread + tick - 1) / tick, limit);
    }
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_SPREAD_BP)) != NULL;) {
        int64_t limit = scope->limits.value[MT_LIMIT_SPREAD_BP];
        if (2 * spread * MT_BP_ONE > limit * sum)
            return mt_run_deny(run, MT_CODE_SPREAD_WIDE, scope, part_bp(2 * spread, sum), limit);
    }
    return MT_CODE_OK;
}

/* ---- 10, 11: prices ---- */

/* How far P is from a reference, which comes doubled so that a mid is exact. */
static mt_i128 distance_bp(int64_t price, mt_i128 twice)
{
    return part_bp(magnitude(2 * (mt_i128)price - twice), magnitude(twice));
}

static int collar(struct mt_risk_run *run, const struct mt_risk_scope_state *scope, int64_t price,
                  mt_i128 twice)
{
    bool pays = run->ask->terms.side > 0 ? 2 * (mt_i128)price > twice : 2 * (mt_i128)price < twice;
    bool rests = run->ask->terms.type == MT_TYPE_STOP || !pays;
    /* Protective stops and targets may be as far away as they like. */
    if (rests && !run->increase)
        return MT_CODE_OK;
    enum mt_limit_id id = rests && mt_scope_has(scope, MT_LIMIT_COLLAR_PASSIVE_BP)
                              ? MT_LIMIT_COLLAR_PASSIVE_BP
                              : MT_LIMIT_COLLAR_BP;
    mt_i128 distance = distance_bp(price, twice);
    if (!mt_scope_has(scope, id) || distance <= scope->limits.value[id])
        return MT_CODE_OK;
    return mt_run_deny(run, MT_CODE_PRICE_COLLAR, scope, distance, scope->limits.value[id]);
}

/* The last trade is a second reference as long as it is as fresh as a quote must be. */
static bool trade_counts(const struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    if (!mt_top_has_last(run->top))
        return false;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_STALE_MS)) != NULL;)
        if (run->now_ns - run->top->trade_ns > stale_ns(run, scope))
            return false;
    return true;
}

int mt_check_collar(struct mt_risk_run *run)
{
    mt_i128 mid = (mt_i128)run->top->bid + run->top->ask;
    bool last = trade_counts(run);
    for (uint32_t i = 0; i < run->count; i++) {
        const struct mt_risk_scope_state *scope = &run->risk->scopes[run->list[i]];
        int code = collar(run, scope, run->out->price, mid);
        if (code == MT_CODE_OK && last)
            code = collar(run, scope, run->out->price, 2 * (mt_i128)run->top->last);
        if (code != MT_CODE_OK)
            return code;
    }
    return MT_CODE_OK;
}

int mt_check_stop(struct mt_risk_run *run)
{
    const struct mt_risk_ask *ask = run->ask;
    if (ask->terms.type != MT_TYPE_STOP || ask->child || ask->early || !mt_terms_has_stop(&ask->terms))
        return MT_CODE_OK;
    mt_i128 distance =
        ask->terms.side > 0 ? (mt_i128)ask->terms.stop - run->top->ask : (mt_i128)run->top->bid - ask->terms.stop;
    if (distance <= 0)
        return mt_run_deny(run, MT_CODE_STOP_SIDE, NULL, distance, 0);
    if (distance < run->instrument->stop_level)
        return mt_run_deny(run, MT_CODE_STOPS_TOO_CLOSE, NULL, distance,
                           run->instrument->stop_level);
    return MT_CODE_OK;
}

/* ---- 12, 13: one order ---- */

int mt_check_order_qty(struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    mt_i128 qty;
    int code = mt_risk_qty8(run->instrument, run->ask->terms.qty, &qty);
    MT_ASSERT(code == MT_CODE_OK);
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_MAX_ORDER_QTY)) != NULL;)
        if (qty > scope->limits.value[MT_LIMIT_MAX_ORDER_QTY])
            return mt_run_deny(run, MT_CODE_MAX_ORDER_QTY, scope, qty,
                               scope->limits.value[MT_LIMIT_MAX_ORDER_QTY]);
    return MT_CODE_OK;
}

int mt_run_notional(const struct mt_risk_run *run, enum mt_scope_kind kind, mt_money *out)
{
    return mt_risk_notional(run->risk, kind, run->ask->terms.account, run->ask->terms.symbol, run->ask->terms.qty,
                            run->out->price, out);
}

int mt_check_order_notional(struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_MAX_ORDER_NOTIONAL)) != NULL;) {
        int64_t limit = scope->limits.value[MT_LIMIT_MAX_ORDER_NOTIONAL];
        mt_money notional;
        int code = mt_run_notional(run, scope->kind, &notional);
        if (code != MT_CODE_OK)
            mt_run_late(run, code);
        else if (notional > limit)
            return mt_run_deny(run, MT_CODE_MAX_ORDER_NOTIONAL, scope, notional, limit);
    }
    return MT_CODE_OK;
}
