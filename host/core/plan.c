#include "core/plan.h"

#include <string.h>

#include "core/emit.h"

enum { STOP_REFUSALS = 3 };             /* a venue that refuses the stop so often: the position is closed instead */

/* Of a position that is there already: the plans of entries and ends are said by their legs. */
void mt_plan_set(struct mt_desk *d, uint16_t account, uint16_t symbol, const struct mt_exit *exit, bool armed)
{
    const struct mt_plan *plan = mt_plan_at(&d->books, account, symbol);
    const struct mt_rec_plan r = { .account = account, .symbol = symbol, .armed = armed, .exit = *exit };
    if (plan->armed == armed && memcmp(&plan->exit, exit, sizeof *exit) == 0)
        return;
    mt_emit(d, MT_REC_PLAN, &r, sizeof r, MT_DURABLE_D2);
    if (mt_plan_follows(d, account, symbol))
        d->leg_busy[symbol] = true;
}

bool mt_plan_follows(const struct mt_desk *d, uint16_t account, uint16_t symbol)
{
    const struct mt_plan *plan = &d->books.plans[mt_leg_index(&d->books, account, symbol)];
    return plan->armed && (plan->exit.trail.kind == MT_LEVEL_DISTANCE || plan->exit.time_ns > 0);
}

/* A price that a person has named, on the tick at or next to it; none where the instrument cannot have it. */
static struct mt_price named_price(const struct mt_instrument *instrument, const struct mt_level *level, bool up)
{
    int64_t price = mt_instrument_on_tick(instrument, level->value, up);
    return mt_price_if(level->kind == MT_LEVEL_PRICE && mt_instrument_price_can_be(instrument, price), price);
}

/* Of a position that is open. Rounded to the tick towards the entry: a long's stop up and its take down.
 * favour 1: take; -1: stop. */
static struct mt_price level_price(const struct mt_desk *d, uint16_t account, uint16_t symbol,
                                   const struct mt_level *level, int favour)
{
    const struct mt_position *position = mt_position_at(&d->books, account, symbol);
    const struct mt_instrument *instrument = mt_instrument_at(&d->books, symbol);
    int64_t price;
    if (level->kind != MT_LEVEL_DISTANCE)
        return named_price(instrument, level, (position->qty > 0) == (favour < 0));
    bool possible = mt_position_level(position, instrument, level->value, favour, &price) == 0;
    return possible ? mt_price_of(price) : mt_price_none();
}

static bool on_bars(const struct mt_desk *d, uint16_t symbol)
{
    return d->books.ledger.tops[symbol].bar_ns > 0;
}

static bool venue_leads(const struct mt_desk *d, uint16_t symbol)
{
    return on_bars(d, symbol) && (d->venue.ops->capabilities & MT_CAP_CHILDREN);
}

/* Where the trail lies, once it has begun. */
static struct mt_price trail_level(const struct mt_desk *d, uint16_t account, uint16_t symbol, int64_t qty)
{
    const struct mt_level *trail = &d->books.plans[mt_leg_index(&d->books, account, symbol)].exit.trail;
    const struct mt_plan_run *run = &d->plan_runs[mt_leg_index(&d->books, account, symbol)];
    if (trail->kind != MT_LEVEL_DISTANCE || !run->trailing || !run->extreme.there)
        return mt_price_none();
    return mt_follow_trail(mt_instrument_at(&d->books, symbol), qty > 0, run->extreme.value, trail->value);
}

static struct mt_price stop_level(struct mt_desk *d, uint16_t account, uint16_t symbol, bool *trailed)
{
    const struct mt_plan *plan = mt_plan_at(&d->books, account, symbol);
    int64_t qty = mt_position_at(&d->books, account, symbol)->qty;
    const struct mt_price stop = level_price(d, account, symbol, &plan->exit.stop, -1);
    const struct mt_price trail = on_bars(d, symbol) ? trail_level(d, account, symbol, qty) : mt_price_none();
    const struct mt_price level = mt_follow_tighter(qty > 0, stop, trail);
    *trailed = !mt_price_same(level, stop);
    return level;
}

/* Is the newest fill of the entry newer than the newest price? Then no price says on which side of a level the market
 * is. A report comes before the market event that led to it; at one and the same time a maker was hit by the event that
 * is still to come, unless the report was slower than it, and on bars a taker had the open of the bar that is still to
 * come. */
static bool early(const struct mt_desk *d, uint16_t account, uint16_t symbol)
{
    const struct mt_plan *plan = &d->books.plans[mt_leg_index(&d->books, account, symbol)];
    const struct mt_top *top = &d->books.ledger.tops[symbol];
    bool tie = plan->filled_ns == top->venue_ns
        && d->plan_runs[mt_leg_index(&d->books, account, symbol)].filled_updates == top->updates
        && plan->filled_maker != on_bars(d, symbol);
    int64_t newest = top->quote_ns > top->trade_ns ? top->quote_ns : top->trade_ns;
    if (plan->filled_maker && newest < plan->filled_heard_ns)
        tie = false;
    return plan->filled_ns > top->venue_ns || tie;
}

/* Has the exit side of the market passed the stop already? Then no stop order can be placed: close now. */
static bool stop_passed(const struct mt_desk *d, uint16_t account, uint16_t symbol, int64_t qty,
                        struct mt_price stop)
{
    const struct mt_top *top = &d->books.ledger.tops[symbol];
    if (!stop.there || mt_top_code(top) != 0 || early(d, account, symbol))
        return false;
    return qty > 0 ? top->bid <= stop.value : top->ask >= stop.value;
}

/* What the venue follows by itself. On ticks: nothing, it is watched here. */
static struct mt_follow followed(const struct mt_desk *d, const struct mt_plan *plan, uint16_t symbol)
{
    const struct mt_level *trail = &plan->exit.trail;
    if (!venue_leads(d, symbol) || trail->kind != MT_LEVEL_DISTANCE)
        return (struct mt_follow){ 0 };
    return (struct mt_follow){ .trail = trail->value, .after = trail->after };
}

/* Is there a stop order at this price, or on its way there? Then the venue triggers it. */
static bool lies_at(const struct mt_desk *d, uint64_t coid, struct mt_price stop)
{
    const struct mt_order *order = coid ? mt_orders_get(&d->books.orders, coid) : NULL;
    bool moves = order && (order->op == MT_OP_REPLACE_SENT || order->op == MT_OP_REPLACE_UNKNOWN);
    return order && mt_price_same(mt_terms_stop(moves ? &order->wished : &order->terms), stop);
}

/* Lead one order at the venue to (qty, price). qty 0: away with it. again: something was refused before. */
static void lead_order(struct mt_desk *d, uint64_t coid, const struct mt_order_wish *wish, bool again)
{
    const struct mt_order *order = coid ? mt_orders_get(&d->books.orders, coid) : NULL;
    const struct mt_leg_run *run = mt_leg_run_at(d, wish->terms.account, wish->terms.symbol);
    bool rests = d->now_ns < run->retry_ns;     /* the venue has just refused one */
    uint64_t made;
    if (!order) {
        if (wish->terms.qty == 0)
            return;
        /* Protection that was refused is tried again with the market; one denial in the journal is enough. */
        if (rests || (again && mt_oms_would(d, wish) != 0) || mt_oms_order(d, wish, &made) != 0)
            mt_desk_attend(d, wish->terms.account, wish->terms.symbol, rests ? run->retry_ns : INT64_MAX);
        return;
    }
    if (wish->terms.qty == 0 || order->terms.side != wish->terms.side) {
        mt_oms_cancel(d, coid);                 /* the other side: what is left of the leg before */
        return;
    }
    if (order->terms.qty == order->cum + wish->terms.qty
        && mt_price_same(mt_terms_price(&order->terms), mt_terms_price(&wish->terms))
        && mt_price_same(mt_terms_stop(&order->terms), mt_terms_stop(&wish->terms))
        && memcmp(&order->follow, &wish->follow, sizeof order->follow) == 0)
        return;
    if (rests) {
        mt_desk_attend(d, wish->terms.account, wish->terms.symbol, run->retry_ns);
        return;
    }
    mt_oms_replace(d, coid, wish);
    if (order->op == MT_OP_NONE && order->state >= MT_ORDER_WORKING)   /* the outbox is full: next second */
        mt_desk_attend(d, wish->terms.account, wish->terms.symbol, d->now_ns + MT_NS_PER_S);
}

/* Quantities of the takes: part of what was entered, rounded down to the step; a part below the minimum joins the
 * next as it is; a take without part, and the last of parts that sum to all, takes the rest. */
static void take_quantities(const struct mt_desk *d, uint16_t symbol, const struct mt_plan *plan, int64_t entered,
                            int64_t open, int64_t out[MT_TAKES_MAX])
{
    const struct mt_instrument *instrument = mt_instrument_at(&d->books, symbol);
    int64_t planned = 0, parts = 0, share[MT_TAKES_MAX] = { 0 };
    mt_i128 carried = 0;                        /* 10^-9 of a unit */
    int before = -1;
    for (int i = 0; i < plan->exit.take_count; i++) {
        int64_t part = plan->exit.takes[i].part, qty;
        parts += part;
        if (part == 0 || parts >= MT_REQUEST_UNIT) {
            qty = entered - planned;
        } else {
            mt_i128 whole = (mt_i128)entered * part + carried;
            qty = (int64_t)(whole / MT_REQUEST_UNIT);
            qty -= qty % instrument->step;
            carried = 0;
            if (qty == 0 || qty < instrument->qty_min) {
                carried = whole;                /* not yet rounded: two parts of half a step are a step */
                qty = 0;
            }
        }
        planned += qty;
        bool waits = before >= 0 && (plan->take_filled[before] < share[before] || plan->take_coid[before] != 0);
        if (qty < instrument->qty_min && waits) {
            share[before] += qty;               /* no next one to join: the one before takes it, unless it is done */
        } else {
            share[i] = qty;
            before = qty > 0 ? i : before;
        }
    }
    for (int i = 0; i < MT_TAKES_MAX; i++) {
        int64_t left = share[i] - plan->take_filled[i];
        out[i] = left < 0 ? 0 : left < open ? left : open;
        open -= out[i];
    }
}

void mt_plan_takes(const struct mt_desk *d, uint16_t account, uint16_t symbol, const struct mt_exit *exit,
                   int64_t out[MT_TAKES_MAX])
{
    enum { STEPS = 1000000 };
    const struct mt_instrument *instrument = mt_instrument_at(&d->books, symbol);
    struct mt_plan plan = d->books.plans[mt_leg_index(&d->books, account, symbol)];
    int64_t qty = mt_position_at(&d->books, account, symbol)->qty, open = qty < 0 ? -qty : qty;
    plan.exit = *exit;
    if (plan.entered == 0) {
        int64_t least = instrument->qty_min > instrument->step ? instrument->qty_min : instrument->step;
        if (__builtin_mul_overflow(least, STEPS, &plan.entered))
            plan.entered = INT64_MAX;
        open = plan.entered;
    }
    take_quantities(d, symbol, &plan, plan.entered, open, out);
}

/* What the plan says of a level before there is a fill: a distance, or a price rounded towards the entry. */
static struct mt_price child_level(const struct mt_desk *d, uint16_t symbol, const struct mt_level *level, bool up,
                                   int64_t *distance)
{
    *distance = level->kind == MT_LEVEL_DISTANCE ? level->value : 0;
    return named_price(mt_instrument_at(&d->books, symbol), level, up);
}

/* The wish of a stop becomes that of the take with this number. */
static void become_take(struct mt_order_wish *wish, int number, struct mt_price price, int64_t qty)
{
    mt_terms_set_price(&wish->terms, price);
    mt_terms_set_stop(&wish->terms, mt_price_none());
    mt_terms_set_flag(&wish->terms, MT_TERMS_TRAILED, false);
    wish->terms.type = MT_TYPE_LIMIT;
    wish->terms.role = MT_ROLE_TAKE;
    wish->terms.qty = qty;
    wish->take = (uint8_t)number;
}

/* On bars, while the entry waits for its first fill: its exits lie at the venue with it. */
static void lead_children(struct mt_desk *d, struct mt_plan *plan, const struct mt_leg *leg,
                          const struct mt_order *entry, bool again)
{
    uint16_t symbol = entry->terms.symbol;
    int64_t takes[MT_TAKES_MAX], qty = entry->terms.qty, distance;
    struct mt_follow follow = followed(d, plan, symbol);
    struct mt_price stop = child_level(d, symbol, &plan->exit.stop, entry->terms.side > 0, &follow.distance), price;
    struct mt_order_wish wish = { .terms = { .qty = stop.there || follow.distance || follow.trail ? qty : 0,
        .account = entry->terms.account, .symbol = symbol, .side = (int8_t)-entry->terms.side, .type = MT_TYPE_STOP,
        .tif = MT_TIF_GTC, .role = MT_ROLE_STOP, .flags = MT_TERMS_REDUCE_ONLY }, .signal = leg->wish.signal,
        .parent = entry->coid, .follow = follow, .tag = leg->wish.tag };
    mt_terms_set_stop(&wish.terms, stop);
    lead_order(d, plan->stop_coid, &wish, again);
    take_quantities(d, symbol, plan, qty, qty, takes);
    for (int i = 0; i < MT_TAKES_MAX; i++) {
        static const struct mt_level none;
        const struct mt_level *level = i < plan->exit.take_count ? &plan->exit.takes[i] : &none;
        price = child_level(d, symbol, level, entry->terms.side < 0, &distance);
        wish.follow = (struct mt_follow){ .distance = distance };
        become_take(&wish, i, price, price.there || distance ? takes[i] : 0);
        lead_order(d, plan->take_coid[i], &wish, again);
    }
}

/* The level of a trail that is watched here, on ticks. */
static struct mt_price watched_trail(const struct mt_desk *d, uint16_t account, uint16_t symbol, int64_t qty)
{
    return on_bars(d, symbol) ? mt_price_none() : trail_level(d, account, symbol, qty);
}

int mt_plan_advance(struct mt_desk *d, uint16_t account, uint16_t symbol)
{
    struct mt_plan *plan = mt_plan_at(&d->books, account, symbol);
    struct mt_leg *leg = mt_leg_at(&d->books, account, symbol);
    struct mt_leg_run *run = mt_leg_run_at(d, account, symbol);
    int64_t qty = mt_position_at(&d->books, account, symbol)->qty, size = qty < 0 ? -qty : qty;
    int64_t takes[MT_TAKES_MAX];
    if (!plan->armed || (leg->wish.closing && leg->wish.keep_qty == 0)
        || mt_risk_state(d->books.risk, account, symbol) == MT_KILLED)  /* only the operator closes what was killed */
        return MT_PLAN_STAYS;
    if (size == 0) {
        const struct mt_order *entry = leg->entry_coid ? mt_orders_get(&d->books.orders, leg->entry_coid) : NULL;
        bool again = run->attention;
        run->attention = false;
        if (entry && entry->cum == 0 && venue_leads(d, symbol))
            lead_children(d, plan, leg, entry, again);
        else
            mt_plan_withdraw(d, account, symbol);
        return MT_PLAN_STAYS;
    }
    if (early(d, account, symbol) && !run->attention) {
        /* The price that came with the fill is the next event of this instant; without one its end comes first. */
        mt_desk_attend(d, account, symbol, d->now_ns);
        return MT_PLAN_STAYS;
    }
    bool trailed;
    const struct mt_price stop = stop_level(d, account, symbol, &trailed);
    if (stop_passed(d, account, symbol, qty, watched_trail(d, account, symbol, qty)))
        return MT_ROLE_TRAIL;
    if (stop.there && !lies_at(d, plan->stop_coid, stop)
        && (run->stop_refusals >= STOP_REFUSALS || stop_passed(d, account, symbol, qty, stop)))
        return trailed ? MT_ROLE_TRAIL : MT_ROLE_STOP;
    bool again = run->attention;
    run->attention = false;
    struct mt_follow follow = followed(d, plan, symbol);
    struct mt_order_wish wish = { .terms = { .qty = stop.there || follow.trail ? size : 0, .account = account,
        .symbol = symbol, .side = qty > 0 ? -1 : 1, .type = MT_TYPE_STOP, .tif = MT_TIF_GTC, .role = MT_ROLE_STOP,
        .flags = MT_TERMS_REDUCE_ONLY }, .signal = leg->wish.signal, .early = early(d, account, symbol),
        .follow = follow, .tag = leg->wish.tag };
    mt_terms_set_stop(&wish.terms, stop);
    mt_terms_set_flag(&wish.terms, MT_TERMS_TRAILED, trailed);
    lead_order(d, plan->stop_coid, &wish, again);
    wish.follow = (struct mt_follow){ 0 };
    take_quantities(d, symbol, plan, plan->entered, size, takes);
    for (int i = 0; i < MT_TAKES_MAX; i++) {
        const struct mt_price price =
            i < plan->exit.take_count ? level_price(d, account, symbol, &plan->exit.takes[i], 1) : mt_price_none();
        become_take(&wish, i, price, price.there ? takes[i] : 0);
        lead_order(d, plan->take_coid[i], &wish, again);
    }
    return MT_PLAN_STAYS;
}

bool mt_plan_lacks(struct mt_desk *d, uint16_t account, uint16_t symbol)
{
    const struct mt_plan *plan = mt_plan_at(&d->books, account, symbol);
    int64_t qty = mt_position_at(&d->books, account, symbol)->qty, takes[MT_TAKES_MAX];
    bool trailed, stop = stop_level(d, account, symbol, &trailed).there || followed(d, plan, symbol).trail != 0;
    bool lacks = stop && plan->stop_coid == 0;
    take_quantities(d, symbol, plan, plan->entered, qty < 0 ? -qty : qty, takes);
    for (int i = 0; i < plan->exit.take_count; i++)
        lacks = lacks || (takes[i] > 0 && plan->take_coid[i] == 0
                          && level_price(d, account, symbol, &plan->exit.takes[i], 1).there);
    return lacks;
}

/* A child dies at the venue with its entry. */
static void withdraw_order(struct mt_desk *d, uint64_t coid)
{
    const struct mt_order *order = coid ? mt_orders_get(&d->books.orders, coid) : NULL;
    const struct mt_order *entry = order && order->parent ? mt_orders_get(&d->books.orders, order->parent) : NULL;
    if (order && !(entry && mt_order_state_terminal(entry->state)))
        mt_oms_cancel(d, coid);
}

void mt_plan_withdraw(struct mt_desk *d, uint16_t account, uint16_t symbol)
{
    const struct mt_plan *plan = mt_plan_at(&d->books, account, symbol);
    withdraw_order(d, plan->stop_coid);
    for (int i = 0; i < MT_TAKES_MAX; i++)
        withdraw_order(d, plan->take_coid[i]);
}

/* The leg is given up by an order of this turn. A take that leaves with it could be met first, and the venue would have
 * to refuse one of the two; a stop goes out all the same, it guards until the close is done. */
void mt_plan_hold_back(struct mt_desk *d, uint16_t account, uint16_t symbol)
{
    const struct mt_plan *plan = mt_plan_at(&d->books, account, symbol);
    for (int i = 0; i < MT_TAKES_MAX; i++) {
        const struct mt_order *take = plan->take_coid[i] ? mt_orders_get(&d->books.orders, plan->take_coid[i]) : NULL;
        if (take && take->state == MT_ORDER_READY && take->parent == 0)
            mt_oms_cancel(d, take->coid);
        else if (take && take->op == MT_OP_REPLACE_SENT)
            mt_oms_take_back(d, take->coid);
    }
}

/* A price of before the fill, which was heard later: it passes nothing, and nothing follows it. */
static bool before_fill(const struct mt_plan *plan, const struct mt_top *top)
{
    return top->bar_ns == 0 && plan->filled_ns > top->venue_ns;
}

/* The best price so far on the exit side; bars know only their high and low, and of the bar in which the position was
 * opened after its open only the close is known to have come later. */
void mt_plan_follow(struct mt_desk *d, uint16_t account, uint16_t symbol, const struct mt_event *event)
{
    const struct mt_plan *plan = mt_plan_at(&d->books, account, symbol);
    struct mt_plan_run *run = mt_plan_run_at(d, account, symbol);
    const struct mt_position *position = mt_position_at(&d->books, account, symbol);
    const struct mt_top *top = &d->books.ledger.tops[symbol];
    int64_t qty = position->qty, best = qty > 0 ? top->bid : top->ask, *extreme = &run->extreme.value;
    if (qty == 0 || !plan->armed || plan->exit.trail.kind != MT_LEVEL_DISTANCE || mt_top_code(top) != 0
        || before_fill(plan, top))
        return;
    if (event->kind == MT_EV_BAR && position->opened_ns <= event->bar.open_ns)
        best = qty > 0 ? event->bar.high : event->bar.low;
    if (!run->extreme.there || (qty > 0 ? best > *extreme : best < *extreme))
        run->extreme = mt_price_of(best);
    const struct mt_follow follow = { .trail = plan->exit.trail.value, .after = plan->exit.trail.after };
    run->trailing = run->trailing || mt_follow_trails(&follow, position, *extreme);
}

int mt_plan_market(struct mt_desk *d, uint16_t account, uint16_t symbol, const struct mt_event *event)
{
    const struct mt_plan *plan = mt_plan_at(&d->books, account, symbol);
    struct mt_plan_run *run = mt_plan_run_at(d, account, symbol);
    const struct mt_position *position = mt_position_at(&d->books, account, symbol);
    const struct mt_top *top = &d->books.ledger.tops[symbol];
    int64_t qty = position->qty;
    if (event)                                  /* with each one, as when it is read again: also while a part closes */
        mt_plan_follow(d, account, symbol, event);
    if (qty == 0 || mt_leg_at(&d->books, account, symbol)->wish.closing || mt_top_code(top) != 0)
        return MT_PLAN_STAYS;
    /* Its instant comes first, then its time: then there is no event. */
    int64_t held_ns = d->now_ns - plan->armed_ns;
    if (plan->exit.time_ns > 0 && held_ns >= plan->exit.time_ns + (event != NULL))
        return MT_ROLE_TIME;
    if (plan->exit.trail.kind != MT_LEVEL_DISTANCE || before_fill(plan, top))
        return MT_PLAN_STAYS;
    if (!run->trailing)
        return MT_PLAN_STAYS;
    const struct mt_order *stop = plan->stop_coid ? mt_orders_get(&d->books.orders, plan->stop_coid) : NULL;
    bool led = stop && stop->follow.trail != 0;         /* by the venue, which knows what was inside the bar */
    const struct mt_price level = trail_level(d, account, symbol, qty);
    if (!led && level.there && (qty > 0 ? top->bid <= level.value : top->ask >= level.value))
        return MT_ROLE_TRAIL;
    return top->bar_ns > 0 ? mt_plan_advance(d, account, symbol) : MT_PLAN_STAYS;
}

int64_t mt_plan_wake_ns(const struct mt_desk *d)
{
    int64_t wake = INT64_MAX;
    for (size_t b = 0; b < d->binding_count; b++)
        for (uint16_t y = 0; y < d->books.instrument_count; y++) {
            uint16_t account = d->bindings[b].account;
            const struct mt_plan *plan = &d->books.plans[mt_leg_index(&d->books, account, y)];
            const struct mt_rec_leg *wish = &d->books.legs[mt_leg_index(&d->books, account, y)].wish;
            if (wish->waiting && wish->deadline_ns != 0 && wish->deadline_ns < wake)
                wake = wish->deadline_ns;
            if (plan->armed && plan->exit.time_ns > 0 && plan->armed_ns > 0 && !wish->closing
                && plan->exit.time_ns < wake - plan->armed_ns)
                wake = plan->armed_ns + plan->exit.time_ns;
        }
    return wake;
}
