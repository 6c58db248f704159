/* bar: what a bar does to the orders of its symbol: first its open, then its high and low, worse first, then the exits
 * of the entries that it filled on the way. What the bar makes certain is done, what it leaves open is decided against
 * the account (match.c has the assumptions in a trader's words). */
#include "adapters/sim/sim_private.h"

#include "model/code.h"
#include "model/order.h"

static struct mt_match_order *order_at(struct mt_sim *sim, int32_t slot)
{
    return &sim->orders.slots[slot].match;
}

static bool asleep(const struct mt_match_order *order)
{
    return order->request.parent != 0 || order->orphan;
}

static bool ends_by_time(const struct mt_match_order *order)
{
    return order->request.terms.tif == MT_TIF_GTD;
}

/* Orders that have ended before the bar opened (at_open) or by its close. */
static void expire(struct mt_sim *sim, const struct mt_event *event, bool at_open)
{
    int64_t until_ns = at_open ? event->bar.open_ns : event->time_ns;
    int32_t next, slot = sim->orders.lists[event->symbol].first;
    for (; slot != MT_SIM_NONE; slot = next) {
        next = sim->orders.slots[slot].next;
        const struct mt_match_order *order = order_at(sim, slot);
        if (ends_by_time(order) && order->request.terms.expire_ns <= until_ns)
            mt_sim_end_order(sim, slot, MT_ORDER_EXP, MT_CODE_OK, event->time_ns);
    }
}

static void all_meet_open(struct mt_sim *sim, const struct mt_event *event)
{
    int32_t next, slot = sim->orders.lists[event->symbol].first;
    for (; slot != MT_SIM_NONE; slot = next) {
        struct mt_match_order *order = order_at(sim, slot);
        struct mt_match_fill fill;
        bool open = true;
        next = sim->orders.slots[slot].next;
        if (order->accepted_ns > event->bar.open_ns || asleep(order) || order->inside)
            continue;
        if (mt_match_bar_open(order, &event->bar, &fill)) {
            order->triggered = order->request.terms.type == MT_TYPE_STOP;
            open = mt_sim_venue_trade(sim, slot, fill, NULL, event->bar.open_ns, event->time_ns);
        }
        if (open && mt_sim_venue_spent(order))
            mt_sim_end_order(sim, slot, MT_ORDER_CXL, MT_CODE_NO_LIQUIDITY, event->time_ns);
    }
}

/* Not for this bar, or not in this walk. inside: the exits of entries that the bar filled after its open. */
static bool apart(const struct mt_match_order *order, const struct mt_event *event, uint8_t type, bool inside)
{
    return order->accepted_ns > event->bar.open_ns || order->triggered || order->request.terms.type != type
        || order->inside != inside || asleep(order)
        || (ends_by_time(order) && order->request.terms.expire_ns < event->time_ns);
}

/* Is there a take for the same position that the bar could have filled first? */
static bool take_reached(struct mt_sim *sim, const struct mt_match_order *stop, const struct mt_event *event)
{
    struct mt_match_fill fill;
    int32_t slot = sim->orders.lists[stop->request.terms.symbol].first;
    for (; slot != MT_SIM_NONE; slot = sim->orders.slots[slot].next) {
        const struct mt_match_order *take = order_at(sim, slot);
        const struct mt_terms *terms = &take->request.terms;
        bool same = terms->account == stop->request.terms.account && terms->side == stop->request.terms.side;
        if (same && mt_terms_reduce_only(terms) && !apart(take, event, MT_TYPE_LIMIT, stop->inside)
            && mt_match_bar_limit(take, &event->bar, &fill))
            return true;
    }
    return false;
}

static bool bar_reaches(struct mt_sim *sim, struct mt_match_order *order, const struct mt_event *event,
                        struct mt_match_fill *fill)
{
    if (order->request.terms.type == MT_TYPE_LIMIT)
        return mt_match_bar_limit(order, &event->bar, fill);
    if (!mt_match_bar_stop(order, &event->bar, fill))
        return false;
    fill->assumed = take_reached(sim, order, event);
    return true;
}

static void trade_inside(struct mt_sim *sim, int32_t slot, struct mt_match_fill fill, int64_t now_ns)
{
    struct mt_match_order *order = order_at(sim, slot);
    order->triggered = order->request.terms.type == MT_TYPE_STOP;
    if (mt_sim_venue_trade(sim, slot, fill, NULL, now_ns, now_ns) && mt_sim_venue_spent(order))
        mt_sim_end_order(sim, slot, MT_ORDER_CXL, MT_CODE_NO_LIQUIDITY, now_ns);
}

static void all_meet_range(struct mt_sim *sim, const struct mt_event *event, uint8_t type, bool inside)
{
    int32_t next, slot = sim->orders.lists[event->symbol].first;
    for (; slot != MT_SIM_NONE; slot = next) {
        struct mt_match_fill fill;
        next = sim->orders.slots[slot].next;
        if (!apart(order_at(sim, slot), event, type, inside)
            && bar_reaches(sim, order_at(sim, slot), event, &fill))
            trade_inside(sim, slot, fill, event->time_ns);
    }
}

/* Where the bar moves the trail of a stop that it did not reach. */
static struct mt_price moved_trail(struct mt_sim *sim, const struct mt_match_order *stop, const struct mt_bar *bar)
{
    const struct mt_terms *terms = &stop->request.terms;
    const struct mt_follow *follow = &stop->request.follow;
    const struct mt_position *position = &sim->ledgers[terms->account].positions[terms->symbol];
    const struct mt_instrument *instrument = &sim->options.instruments[terms->symbol];
    bool guards = terms->side < 0 ? position->qty > 0 : position->qty < 0;
    int64_t extreme = mt_match_bar_extreme(stop, bar);
    if (!guards || !mt_follow_trails(follow, position, extreme))
        return mt_price_none();
    return mt_follow_trail(instrument, terms->side < 0, extreme, follow->trail);
}

/* What lies nearer than the trail's new place was passed on the way to the price that moved it: such takes fill
 * first. */
static void fill_takes_before(struct mt_sim *sim, const struct mt_event *event, uint16_t account, int8_t side,
                              int64_t level)
{
    int32_t next, slot = sim->orders.lists[event->symbol].first;
    for (; slot != MT_SIM_NONE; slot = next) {
        struct mt_match_order *take = order_at(sim, slot);
        struct mt_match_fill fill;
        next = sim->orders.slots[slot].next;
        const struct mt_terms *terms = &take->request.terms;
        bool nearer = side < 0 ? terms->price <= level : terms->price >= level;
        if (terms->account == account && terms->side == side && mt_terms_reduce_only(terms) && nearer
            && !apart(take, event, MT_TYPE_LIMIT, false) && mt_match_bar_limit(take, &event->bar, &fill))
            trade_inside(sim, slot, fill, event->time_ns);
    }
}

/* One stop after the other, from the start of the list each time: a fill of takes may have taken others out of it. */
static bool next_trail_meets(struct mt_sim *sim, const struct mt_event *event)
{
    int32_t slot = sim->orders.lists[event->symbol].first;
    for (; slot != MT_SIM_NONE; slot = sim->orders.slots[slot].next) {
        struct mt_match_order *stop = order_at(sim, slot);
        struct mt_match_fill fill;
        if (apart(stop, event, MT_TYPE_STOP, false) || stop->request.follow.trail == 0 || stop->trailed_in_bar)
            continue;
        const struct mt_price level = moved_trail(sim, stop, &event->bar);
        stop->trailed_in_bar = true;
        if (!mt_match_bar_trail(stop, &event->bar, level, &fill)) {
            stop->trail_level = mt_follow_tighter(stop->request.terms.side < 0, stop->trail_level, level);
            continue;
        }
        fill_takes_before(sim, event, stop->request.terms.account, stop->request.terms.side, fill.price);
        fill.assumed = fill.assumed || take_reached(sim, stop, event);
        trade_inside(sim, slot, fill, event->time_ns);
        return true;
    }
    return false;
}

/* Of an entry inside the bar the trail counts the better of it and the close. */
static void close_bar(struct mt_sim *sim, const struct mt_event *event)
{
    int32_t slot = sim->orders.lists[event->symbol].first;
    for (; slot != MT_SIM_NONE; slot = sim->orders.slots[slot].next) {
        struct mt_match_order *order = order_at(sim, slot);
        if (order->inside && order->request.terms.type == MT_TYPE_STOP && order->request.follow.trail != 0)
            order->trail_level = mt_follow_tighter(order->request.terms.side < 0, order->trail_level,
                                                   moved_trail(sim, order, &event->bar));
        order->inside = order->trailed_in_bar = false;
    }
}

void mt_sim_bar(struct mt_sim *sim, const struct mt_event *event)
{
    expire(sim, event, true);
    if (mt_match_bar_valid(&sim->options.instruments[event->symbol], &event->bar)) {
        all_meet_open(sim, event);
        all_meet_range(sim, event, MT_TYPE_STOP, false);
        while (next_trail_meets(sim, event))
            continue;
        sim->inside_bar = true;
        all_meet_range(sim, event, MT_TYPE_LIMIT, false);
        sim->inside_bar = false;
        all_meet_range(sim, event, MT_TYPE_STOP, true);
        all_meet_range(sim, event, MT_TYPE_LIMIT, true);
        close_bar(sim, event);
    }
    expire(sim, event, false);
}
