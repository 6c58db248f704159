/* children: exits that lie at the venue with their entry: asleep until it fills, at levels that count from its fill,
 * dead when it ends without one. */
#include "adapters/sim/sim_private.h"

#include "model/code.h"
#include "model/order.h"

static bool sleeps_under(const struct mt_match_order *order, uint64_t coid)
{
    return order->request.parent == coid && !order->orphan;
}

/* A change that was on its way while the position came and went finds nothing that it could count from. */
static bool guards(const struct mt_position *position, const struct mt_terms *child)
{
    return child->side < 0 ? position->qty > 0 : position->qty < 0;
}

void mt_sim_child_wake(struct mt_sim *sim, int32_t slot, int64_t price)
{
    struct mt_match_order *child = &sim->orders.slots[slot].match;
    struct mt_terms *terms = &child->request.terms;
    struct mt_follow *follow = &child->request.follow;
    const struct mt_position *position = &sim->ledgers[terms->account].positions[terms->symbol];
    const struct mt_instrument *instrument = &sim->options.instruments[terms->symbol];
    child->request.parent = 0;
    if (!guards(position, terms)) {
        child->orphan = sim->orphans = true;
    } else if (terms->type == MT_TYPE_STOP) {
        mt_terms_set_stop(terms, mt_follow_stop(follow, position, instrument, mt_terms_stop(terms)));
        child->trail_level = mt_follow_begin(follow, position, instrument);
    } else {
        mt_terms_set_price(terms, mt_follow_take(follow, position, instrument, mt_terms_price(terms)));
        child->orphan = !mt_terms_has_price(terms);     /* a level that no price can reach */
        sim->orphans = sim->orphans || child->orphan;
    }
    follow->distance = 0;
    child->inside = sim->inside_bar;
    child->entry_price = price;
}

void mt_sim_children_wake(struct mt_sim *sim, const struct mt_match_order *entry, int64_t price)
{
    uint64_t coid = entry->request.coid;
    int32_t slot = sim->orders.lists[entry->request.terms.symbol].first;
    for (; slot != MT_SIM_NONE; slot = sim->orders.slots[slot].next)
        if (sleeps_under(&sim->orders.slots[slot].match, coid))
            mt_sim_child_wake(sim, slot, price);
}

void mt_sim_children_orphan(struct mt_sim *sim, const struct mt_match_order *entry)
{
    int32_t slot = sim->orders.lists[entry->request.terms.symbol].first;
    for (; slot != MT_SIM_NONE; slot = sim->orders.slots[slot].next) {
        struct mt_match_order *child = &sim->orders.slots[slot].match;
        child->orphan = child->orphan || sleeps_under(child, entry->request.coid);
        sim->orphans = sim->orphans || child->orphan;
    }
}

void mt_sim_children_bury(struct mt_sim *sim, uint16_t symbol, int64_t now_ns)
{
    int32_t next, slot = sim->orders.lists[symbol].first;
    for (; slot != MT_SIM_NONE; slot = next) {
        next = sim->orders.slots[slot].next;
        if (sim->orders.slots[slot].match.orphan)
            mt_sim_end_order(sim, slot, MT_ORDER_CXL, MT_CODE_PARENT, now_ns);
    }
}
