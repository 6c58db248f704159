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
    return order->terms.parent != 0 || order->orphan;
}

static bool ends_by_time(const struct mt_match_order *order)
{
    return order->terms.tif == MT_TIF_GTD;
}

/* Orders that have ended before the bar opened (at_open) or by its close. */
static void expire(struct mt_sim *sim, const struct mt_event *event, bool at_open)
{
    int64_t until_ns = at_open ? event->bar.open_ns : event->time_ns;
    int32_t next, slot = sim->orders.lists[event->symbol].first;
    for (; slot != MT_SIM_NONE; slot = next) {
        next = sim->orders.slots[slot].next;
        const struct mt_match_order *order = order_at(sim, slot);
        if (ends_by_time(order) && order->terms.expire_ns <= until_ns)
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
        if (order->accepted_ns > event->bar.open_ns || asleep(order))
            continue;
        if (mt_match_bar_open(order, &event->bar, &fill)) {
            order->triggered = order->terms.type == MT_TYPE_STOP;
            open = mt_sim_venue_trade(sim, slot, fill, NULL, event->bar.open_ns, event->time_ns);
        }
        if (open && mt_sim_venue_spent(order))
            mt_sim_end_order(sim, slot, MT_ORDER_CXL, MT_CODE_NO_LIQUIDITY, event->time_ns);
    }
}

/* Is there a take for the same position that the bar could have filled first? */
static bool take_reached(struct mt_sim *sim, const struct mt_match_order *stop, const struct mt_bar *bar)
{
    struct mt_match_fill fill;
    int32_t slot = sim->orders.lists[stop->terms.symbol].first;
    for (; slot != MT_SIM_NONE; slot = sim->orders.slots[slot].next) {
        const struct mt_match_order *take = order_at(sim, slot);
        bool same = take->terms.account == stop->terms.account && take->terms.side == stop->terms.side;
        if (same && take->terms.reduce_only && !asleep(take) && mt_match_bar_limit(take, bar, &fill))
            return true;
    }
    return false;
}

static bool exit_meets(struct mt_sim *sim, struct mt_match_order *order, const struct mt_bar *bar,
                       struct mt_match_fill *fill)
{
    const struct mt_order_request *terms = &order->terms;
    if (terms->type == MT_TYPE_LIMIT)
        return mt_match_bar_limit(order, bar, fill);
    bool met = mt_match_bar_stop(order, bar, fill);
    const struct mt_position *position = &sim->ledgers[terms->account].positions[terms->symbol];
    if (!met && terms->type == MT_TYPE_STOP && terms->follow.trail != 0 && position->qty * -terms->side > 0) {
        const struct mt_instrument *instrument = &sim->options.instruments[terms->symbol];
        int64_t extreme = mt_match_bar_extreme(order, bar), level = 0;
        if (mt_follow_trails(&terms->follow, position, instrument, extreme))
            level = mt_follow_trail(instrument, terms->side < 0, extreme, terms->follow.trail);
        met = mt_match_bar_trail(order, bar, level, fill);
        if (!met)
            order->trail_level = mt_follow_tighter(terms->side < 0, order->trail_level, level);
    }
    if (met)
        fill->assumed = fill->assumed || take_reached(sim, order, bar);
    return met;
}

/* inside: the exits of entries that this bar filled after its open. */
static void all_meet_range(struct mt_sim *sim, const struct mt_event *event, uint8_t type, bool inside)
{
    int32_t next, slot = sim->orders.lists[event->symbol].first;
    for (; slot != MT_SIM_NONE; slot = next) {
        struct mt_match_order *order = order_at(sim, slot);
        struct mt_match_fill fill;
        next = sim->orders.slots[slot].next;
        if (order->accepted_ns > event->bar.open_ns || order->triggered || order->terms.type != type
            || order->inside != inside || asleep(order))
            continue;
        if (ends_by_time(order) && order->terms.expire_ns < event->time_ns)
            continue;
        if (!exit_meets(sim, order, &event->bar, &fill))
            continue;
        order->triggered = type == MT_TYPE_STOP;
        if (mt_sim_venue_trade(sim, slot, fill, NULL, event->time_ns, event->time_ns) && mt_sim_venue_spent(order))
            mt_sim_end_order(sim, slot, MT_ORDER_CXL, MT_CODE_NO_LIQUIDITY, event->time_ns);
    }
}

static void close_bar(struct mt_sim *sim, uint16_t symbol)
{
    int32_t slot = sim->orders.lists[symbol].first;
    for (; slot != MT_SIM_NONE; slot = sim->orders.slots[slot].next)
        order_at(sim, slot)->inside = false;
}

void mt_sim_bar(struct mt_sim *sim, const struct mt_event *event)
{
    expire(sim, event, true);
    if (mt_match_bar_valid(&event->bar)) {
        all_meet_open(sim, event);
        all_meet_range(sim, event, MT_TYPE_STOP, false);
        sim->inside_bar = true;
        all_meet_range(sim, event, MT_TYPE_LIMIT, false);
        sim->inside_bar = false;
        all_meet_range(sim, event, MT_TYPE_STOP, true);
        all_meet_range(sim, event, MT_TYPE_LIMIT, true);
        close_bar(sim, event->symbol);
    }
    expire(sim, event, false);
}
