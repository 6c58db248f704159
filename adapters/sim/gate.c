/* gate: what a venue checks before it accepts an order: form, steps, sizes, distance of stops,
 * reduce-only, margin. */
#include "adapters/sim/sim_private.h"

#include "model/code.h"
#include "model/order.h"

static bool form_is_valid(const struct mt_order_request *r)
{
    bool immediate = r->tif == MT_TIF_IOC || r->tif == MT_TIF_FOK;
    if ((r->side != 1 && r->side != -1) || r->type > MT_TYPE_STOP || r->tif > MT_TIF_GTD
        || r->qty <= 0)
        return false;
    bool follows = r->follow.distance > 0;      /* its level counts from a fill that has not come */
    if (r->type == MT_TYPE_LIMIT ? r->price < 0 || (r->price == 0) != follows : r->price != 0)
        return false;
    if (r->type == MT_TYPE_STOP ? r->stop < 0 || (r->stop == 0 && !follows && r->follow.trail <= 0) : r->stop != 0)
        return false;
    if (r->tif == MT_TIF_GTD ? r->expire_ns <= 0 : r->expire_ns != 0)
        return false;
    return !r->post_only || (r->type == MT_TYPE_LIMIT && !immediate);
}

static uint16_t check_size(const struct mt_sim *sim, const struct mt_order_request *r)
{
    const struct mt_instrument *instrument = &sim->options.instruments[r->symbol];
    if (r->qty % instrument->step != 0)
        return MT_CODE_QTY_STEP;
    if (instrument->qty_max != 0 && r->qty > instrument->qty_max)
        return MT_CODE_QTY_MAX_VENUE;
    if (r->price % instrument->tick != 0 || r->stop % instrument->tick != 0)
        return MT_CODE_PRICE_STEP;
    if (r->reduce_only)
        return MT_CODE_OK; /* the last bit of a position may be smaller than what can be opened */
    if (r->qty < instrument->qty_min)
        return MT_CODE_QTY_MIN;
    int64_t price = r->price + r->stop;             /* at most one of them is not 0 */
    mt_money notional;
    if (price == 0)
        price = r->side > 0 ? sim->books[r->symbol].mark_ask : sim->books[r->symbol].mark_bid;
    if (mt_instrument_notional(instrument, r->qty, price, MT_ROUND_DOWN, &notional) != 0)
        return MT_CODE_CALC_OVERFLOW;
    return price != 0 && notional < instrument->notional_min ? MT_CODE_NOTIONAL_MIN_VENUE
                                                             : MT_CODE_OK;
}

static uint16_t check_stop(const struct mt_sim *sim, const struct mt_order_request *r)
{
    const struct mt_match_book *book = &sim->books[r->symbol];
    int64_t level = sim->options.instruments[r->symbol].stop_level;
    if (r->type != MT_TYPE_STOP || level == 0 || book->mark_bid == 0 || r->parent != 0 || r->stop == 0)
        return MT_CODE_OK;
    int64_t distance = r->side < 0 ? book->mark_bid - r->stop : r->stop - book->mark_ask;
    return distance < level ? MT_CODE_STOPS_TOO_CLOSE : MT_CODE_OK;
}

static uint16_t check_post_only(const struct mt_sim *sim, const struct mt_order_request *r)
{
    const struct mt_match_book *book = &sim->books[r->symbol];
    struct mt_match_order order = {.terms = *r};
    return r->post_only && mt_match_tradable(book) && mt_match_marketable(&order, book)
               ? MT_CODE_POST_ONLY
               : MT_CODE_OK;
}

static uint16_t check_terms(struct mt_sim *sim, const struct mt_order_request *r, int32_t replaced)
{
    uint16_t code = check_size(sim, r);
    if (code == MT_CODE_OK)
        code = check_stop(sim, r);
    if (code == MT_CODE_OK)
        code = check_post_only(sim, r);
    if (code == MT_CODE_OK)
        code = mt_sim_ledger_margin(sim, r, replaced);
    return code;
}

uint16_t mt_sim_gate_order(struct mt_sim *sim, const struct mt_order_request *r)
{
    if (r->symbol >= sim->options.instrument_count)
        return MT_CODE_SYMBOL_UNKNOWN;
    if (r->account >= sim->options.account_count || !form_is_valid(r))
        return MT_CODE_FIELD_INVALID;
    int64_t held = sim->ledgers[r->account].positions[r->symbol].qty;
    if (r->reduce_only && r->parent == 0 && (r->side > 0 ? held >= 0 : held <= 0))
        return MT_CODE_REDUCE_ONLY_VIOLATION;
    if (mt_sim_fault(&sim->faults, MT_FAULT_REJECT))
        return MT_CODE_VENUE_REJECT;
    return check_terms(sim, r, MT_SIM_NONE);
}

uint16_t mt_sim_gate_modify(struct mt_sim *sim, int32_t slot, const struct mt_order_request *terms)
{
    return form_is_valid(terms) ? check_terms(sim, terms, slot) : (uint16_t)MT_CODE_FIELD_INVALID;
}
