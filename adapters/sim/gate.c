/* gate: what a venue checks before it accepts an order: form, steps, sizes, distance of stops,
 * reduce-only, margin. */
#include "adapters/sim/sim_private.h"

#include "model/code.h"
#include "model/order.h"

/* None, or one that the instrument can have. */
static bool price_is_valid(const struct mt_instrument *instrument, struct mt_price price)
{
    return price.there ? mt_instrument_price_can_be(instrument, price.value) : price.value == 0;
}

static bool prices_are_valid(const struct mt_instrument *instrument, const struct mt_order_request *request)
{
    const struct mt_terms *r = &request->terms;
    const struct mt_price limit = { r->price, mt_terms_has_price(r) }, stop = { r->stop, mt_terms_has_stop(r) };
    bool follows = request->follow.distance > 0;        /* its level counts from a fill that has not come */
    if (!price_is_valid(instrument, limit) || !price_is_valid(instrument, stop))
        return false;
    if (r->type == MT_TYPE_LIMIT ? limit.there == follows : limit.there)
        return false;
    return r->type == MT_TYPE_STOP ? stop.there || follows || request->follow.trail > 0 : !stop.there;
}

static bool form_is_valid(const struct mt_sim *sim, const struct mt_order_request *request)
{
    const struct mt_terms *r = &request->terms;
    bool immediate = r->tif == MT_TIF_IOC || r->tif == MT_TIF_FOK;
    if ((r->side != 1 && r->side != -1) || r->type > MT_TYPE_STOP || r->tif > MT_TIF_GTD
        || r->qty <= 0)
        return false;
    if (!prices_are_valid(&sim->options.instruments[r->symbol], request))
        return false;
    if (r->tif == MT_TIF_GTD ? r->expire_ns <= 0 : r->expire_ns != 0)
        return false;
    return !mt_terms_post_only(r) || (r->type == MT_TYPE_LIMIT && !immediate);
}

static uint16_t check_size(const struct mt_sim *sim, const struct mt_terms *r)
{
    const struct mt_instrument *instrument = &sim->options.instruments[r->symbol];
    if (r->qty % instrument->step != 0)
        return MT_CODE_QTY_STEP;
    if (instrument->qty_max != 0 && r->qty > instrument->qty_max)
        return MT_CODE_QTY_MAX_VENUE;
    if (r->price % instrument->tick != 0 || r->stop % instrument->tick != 0)
        return MT_CODE_PRICE_STEP;
    if (mt_terms_reduce_only(r))
        return MT_CODE_OK; /* the last bit of a position may be smaller than what can be opened */
    if (r->qty < instrument->qty_min)
        return MT_CODE_QTY_MIN;
    const struct mt_match_book *book = &sim->books[r->symbol];
    struct mt_price price = mt_terms_named_price(r);
    mt_money notional;
    if (!price.there)
        price = mt_price_if(book->marked, r->side > 0 ? book->mark_ask : book->mark_bid);
    if (mt_instrument_notional(instrument, r->qty, mt_price_magnitude(price.value), MT_ROUND_DOWN, &notional) != 0)
        return MT_CODE_CALC_OVERFLOW;
    return price.there && notional < instrument->notional_min ? MT_CODE_NOTIONAL_MIN_VENUE
                                                              : MT_CODE_OK;
}

static uint16_t check_stop(const struct mt_sim *sim, const struct mt_order_request *request)
{
    const struct mt_terms *r = &request->terms;
    const struct mt_match_book *book = &sim->books[r->symbol];
    int64_t level = sim->options.instruments[r->symbol].stop_level;
    if (r->type != MT_TYPE_STOP || level == 0 || !book->marked || request->parent != 0 || !mt_terms_has_stop(r))
        return MT_CODE_OK;
    int64_t distance = r->side < 0 ? book->mark_bid - r->stop : r->stop - book->mark_ask;
    return distance < level ? MT_CODE_STOPS_TOO_CLOSE : MT_CODE_OK;
}

static uint16_t check_post_only(const struct mt_sim *sim, const struct mt_order_request *request)
{
    const struct mt_match_book *book = &sim->books[request->terms.symbol];
    struct mt_match_order order = {.request = *request};
    return mt_terms_post_only(&request->terms) && mt_match_tradable(book) && mt_match_marketable(&order, book)
               ? MT_CODE_POST_ONLY
               : MT_CODE_OK;
}

static uint16_t check_terms(struct mt_sim *sim, const struct mt_order_request *r, int32_t replaced)
{
    uint16_t code = check_size(sim, &r->terms);
    if (code == MT_CODE_OK)
        code = check_stop(sim, r);
    if (code == MT_CODE_OK)
        code = check_post_only(sim, r);
    if (code == MT_CODE_OK)
        code = mt_sim_ledger_margin(sim, &r->terms, replaced);
    return code;
}

uint16_t mt_sim_gate_order(struct mt_sim *sim, const struct mt_order_request *request)
{
    const struct mt_terms *r = &request->terms;
    if (r->symbol >= sim->options.instrument_count)
        return MT_CODE_SYMBOL_UNKNOWN;
    if (r->account >= sim->options.account_count || !form_is_valid(sim, request))
        return MT_CODE_FIELD_INVALID;
    int64_t held = sim->ledgers[r->account].positions[r->symbol].qty;
    if (mt_terms_reduce_only(r) && request->parent == 0 && (r->side > 0 ? held >= 0 : held <= 0))
        return MT_CODE_REDUCE_ONLY_VIOLATION;
    if (mt_sim_fault(&sim->faults, MT_FAULT_REJECT))
        return MT_CODE_VENUE_REJECT;
    return check_terms(sim, request, MT_SIM_NONE);
}

uint16_t mt_sim_gate_modify(struct mt_sim *sim, int32_t slot, const struct mt_order_request *request)
{
    return form_is_valid(sim, request) ? check_terms(sim, request, slot) : (uint16_t)MT_CODE_FIELD_INVALID;
}
