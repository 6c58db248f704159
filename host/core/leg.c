/* leg: one account's side of one symbol. The strategy says which stance it wants; the leg gets there: it cancels,
 * closes, waits for the definite end, and opens. A stuck account blocks nobody but itself.
 *
 *   flat --enter--> entering --fill--> open --close--> closing --zero--> flat, or entering again if an entry waits */
#include <string.h>

#include "core/engine_private.h"

static const int64_t ttl_market_ns = 1 * MT_NS_PER_S, ttl_limit_ns = 30 * MT_NS_PER_S;
static const int64_t refusals_old_ns = 60 * MT_NS_PER_S;        /* after so long without one, the count starts again */
enum { REFUSALS_MAX = 3 };                                      /* pauses of 1, 2, 4, 8 s */

static bool bar_data(const struct mt_engine *e, uint16_t symbol)
{
    return e->ledger.tops[symbol].bar_ns > 0;
}

void mt_leg_wish(struct mt_engine *e, uint16_t account, uint16_t symbol, const struct mt_rec_leg *wish,
                 enum mt_leg_plan plan)
{
    struct mt_rec_leg r = *wish;
    r.account = account;
    r.symbol = symbol;
    r.plan = MT_LEG_PLAN_STAYS;
    if (plan == MT_LEG_PLAN_STAYS && memcmp(&r, &mt_leg_at(e, account, symbol)->wish, sizeof r) == 0)
        return;
    if (e->dead != 0)
        return;
    r.plan = (uint8_t)plan;
    mt_leg_changed(e, &r);
    if (mt_plan_follows(e, account, symbol))
        e->leg_busy[symbol] = true;
}

void mt_leg_attend(struct mt_engine *e, uint16_t account, uint16_t symbol, int64_t retry_ns)
{
    mt_leg_run_at(e, account, symbol)->attention = true;
    e->leg_busy[symbol] = true;
    if (retry_ns < e->retry_ns)
        e->retry_ns = retry_ns;
}

void mt_leg_refused(struct mt_engine *e, uint16_t account, uint16_t symbol, bool stop)
{
    struct mt_leg_run *run = mt_leg_run_at(e, account, symbol);
    if (e->now_ns - run->retry_ns > refusals_old_ns)
        run->refusals = run->stop_refusals = 0;
    run->retry_ns = e->now_ns + (MT_NS_PER_S << run->refusals);
    run->refusals = (uint8_t)(run->refusals + (run->refusals < REFUSALS_MAX));
    run->stop_refusals = (uint8_t)(run->stop_refusals + (stop && run->stop_refusals < UINT8_MAX));
    mt_leg_attend(e, account, symbol, run->retry_ns);
}

void mt_leg_retry(struct mt_engine *e)
{
    e->retry_ns = INT64_MAX;
    for (size_t i = 0; i < e->binding_count; i++)
        for (uint16_t y = 0; y < e->setup.instrument_count; y++) {
            uint16_t account = e->bindings[i].account;
            const struct mt_leg_run *run = mt_leg_run_at(e, account, y);
            if (run->attention && e->now_ns >= run->retry_ns)
                mt_leg_advance(e, account, y);
            if (run->attention && run->retry_ns > e->now_ns)
                mt_leg_attend(e, account, y, run->retry_ns);
        }
}

/* The time to live bounds how long an entry may fill, from its signal on. On bars, without one of its
 * own, a market entry waits for the next bar of its symbol, however late, and a limit has one bar from the moment it is
 * sent. INT64_MAX: no bound, or none before that moment. */
static int64_t entry_deadline(const struct mt_engine *e, uint16_t symbol, bool market, int64_t ttl_ns, bool sent)
{
    bool bars = bar_data(e, symbol);
    int64_t deadline;
    if (ttl_ns == 0 && bars && (market || !sent))
        return INT64_MAX;
    if (ttl_ns == 0)
        ttl_ns = market ? ttl_market_ns : bars ? e->ledger.tops[symbol].bar_ns : ttl_limit_ns;
    return __builtin_add_overflow(e->now_ns, ttl_ns, &deadline) ? INT64_MAX : deadline;
}

/* waited: the deadline of an order that waited for the end of another one; 0 or INT64_MAX: it has none. */
static void set_lifetime(const struct mt_engine *e, struct mt_order_wish *wish, int64_t ttl_ns, int64_t waited)
{
    bool market = wish->terms.type == MT_TYPE_MARKET, own = waited == 0 || waited == INT64_MAX;
    int64_t deadline = own ? entry_deadline(e, wish->terms.symbol, market, ttl_ns, true) : waited;
    wish->terms.tif = deadline == INT64_MAX ? MT_TIF_GTC : MT_TIF_GTD;
    wish->terms.expire_ns = deadline == INT64_MAX ? 0 : deadline;
}

static struct mt_price entry_price(const struct mt_engine *e, uint16_t symbol, int side, struct mt_price limit)
{
    const struct mt_top *top = &e->ledger.tops[symbol];
    const struct mt_price market = mt_top_side(top, side > 0);
    if (limit.there)
        return limit;
    return market.there ? market : mt_price_if(mt_top_has_last(top), top->last);
}

/* 0: none. MT_ERANGE: farther than a number holds. */
static int stop_distance(const struct mt_exit *exit, int64_t price, int64_t *out)
{
    *out = exit->stop.kind == MT_LEVEL_DISTANCE ? exit->stop.value : 0;
    if (exit->stop.kind != MT_LEVEL_PRICE)
        return 0;
    mt_i128 distance = (mt_i128)exit->stop.value - price;
    distance = distance < 0 ? -distance : distance;
    *out = (int64_t)distance;
    return distance == *out ? 0 : MT_ERANGE;
}

/* The price at which the plan will stop an entry that fills at `price`; none without a stop, or where it cannot be. */
static struct mt_price stop_price(const struct mt_instrument *instrument, const struct mt_exit *exit, int side,
                                  struct mt_price price)
{
    int64_t stop = exit->stop.value;
    if (exit->stop.kind < MT_LEVEL_DISTANCE
        || (exit->stop.kind == MT_LEVEL_DISTANCE && __builtin_sub_overflow(price.value, side * stop, &stop)))
        return mt_price_none();
    return mt_price_if(mt_instrument_price_can_be(instrument, stop), stop);
}

static int32_t size_entry(struct mt_engine *e, const struct mt_rec_signal *signal, int64_t size, int64_t strength,
                          struct mt_order_wish *wish)
{
    const struct mt_binding *binding = &e->bindings[e->binding_of_account[wish->terms.account] - 1];
    const struct mt_price limit = mt_signal_limit(signal);
    const struct mt_price price = entry_price(e, wish->terms.symbol, signal->side, limit);
    struct mt_sizing_facts facts = { .price = price.value, .scale = binding->scale, .size = size, .strength = strength,
        .margin_price = mt_room_price(e, wish->terms.symbol, limit) };
    struct mt_size sized;
    if (!price.there)                           /* the side that it needs is empty, or nothing came yet */
        return mt_top_code(&e->ledger.tops[signal->symbol]);
    if (stop_distance(&signal->exit, price.value, &facts.stop_distance) != 0)
        return MT_CODE_CALC_OVERFLOW;
    if (binding->sizing.rule == MT_SIZE_VOLATILITY)
        facts.volatility = mt_bars_volatility(e, wish->terms.symbol, binding->sizing.lookback);
    int rc = mt_room_of(e, wish->terms.account, wish->terms.symbol, &facts.room);
    if (rc == 0)
        rc = mt_sizing_qty(&binding->sizing, &e->ledger, wish->terms.account, wish->terms.symbol, &facts, &sized);
    if (rc != 0)
        return rc == MT_ENOTFOUND ? MT_CODE_RATE_MISSING : MT_CODE_CALC_OVERFLOW;
    wish->terms.qty = sized.qty;
    wish->cut = sized.cut;
    if (sized.cut)
        mt_note_cut(e, wish, sized.wanted, facts.margin_price);
    return sized.qty > 0 ? 0 : MT_CODE_NO_SIZE;
}

/* The orders at the venue follow the plan; or it says that the leg is to be closed now, and why. */
static void lead_plan(struct mt_engine *e, uint16_t account, uint16_t symbol)
{
    int role = mt_plan_advance(e, account, symbol);
    if (role != MT_PLAN_STAYS)
        mt_leg_close(e, account, symbol, (enum mt_role)role, 0, false, NULL);
}

void mt_leg_protect(struct mt_engine *e, uint16_t account, uint16_t symbol, const struct mt_exit *exit)
{
    mt_plan_set(e, account, symbol, exit, mt_plan_any(exit));
    if (!mt_plan_any(exit))
        mt_plan_withdraw(e, account, symbol);
    lead_plan(e, account, symbol);
}

/* What is there already need not be said. */
static enum mt_leg_plan plan_of_entry(struct mt_engine *e, uint16_t account, uint16_t symbol,
                                      const struct mt_exit *exit)
{
    const struct mt_plan *plan = mt_plan_at(e, account, symbol);
    bool same = plan->armed == mt_plan_any(exit) && memcmp(&plan->exit, exit, sizeof *exit) == 0;
    return same ? MT_LEG_PLAN_STAYS : MT_LEG_PLAN_OF_SIGNAL;
}

int32_t mt_leg_enter(struct mt_engine *e, uint16_t account, uint16_t symbol, const struct mt_rec_signal *signal,
                     int64_t size, int64_t strength, int64_t deadline_ns)
{
    struct mt_order_wish wish = { .terms = { .account = account, .symbol = symbol, .side = signal->side,
        .role = MT_ROLE_ENTRY }, .signal = signal->id, .tag = signal->tag };
    uint64_t coid;
    mt_terms_set_limit(&wish.terms, mt_signal_limit(signal));
    int32_t code = size_entry(e, signal, size, strength, &wish);
    set_lifetime(e, &wish, signal->ttl_ns, deadline_ns);
    if (code != 0) {
        mt_oms_refuse(e, &wish, code);
        return code;
    }
    wish.protect = stop_price(mt_instrument_at(e, symbol), &signal->exit, signal->side,
                              entry_price(e, symbol, signal->side, mt_signal_limit(signal)));
    code = mt_oms_order(e, &wish, &coid);
    if (code != 0)
        return code;
    struct mt_rec_leg leg = { .signal = signal->id, .size = size, .limit = signal->limit, .ttl_ns = signal->ttl_ns,
        .want = signal->side, .mode = MT_LEG_SIGNAL, .has_limit = signal->has_limit, .strength = (uint32_t)strength };
    memcpy(leg.tag, signal->tag, sizeof leg.tag);
    mt_leg_wish(e, account, symbol, &leg, plan_of_entry(e, account, symbol, &signal->exit));
    lead_plan(e, account, symbol);
    return 0;
}

/* Go to zero (or to keep_qty), then, if `waiting`, to `next`. want stays what it was for exits of the plan, so that the
 * stance ends when the leg has ended; `flat` by the script ends it at once. */
void mt_leg_close(struct mt_engine *e, uint16_t account, uint16_t symbol, enum mt_role role, int64_t keep_qty,
                  bool waiting, const struct mt_rec_leg *next)
{
    const struct mt_rec_leg *before = &mt_leg_at(e, account, symbol)->wish;
    struct mt_rec_leg wish = next ? *next : *before;
    bool closes = before->closing && before->keep_qty == 0 && role == MT_ROLE_FLAT;
    wish.closing = true;
    wish.close_role = closes ? before->close_role : (uint8_t)role;      /* an exit that is under way stays what it is */
    wish.keep_qty = keep_qty;
    wish.waiting = waiting;
    if (waiting)
        wish.deadline_ns = entry_deadline(e, symbol, !wish.has_limit, wish.ttl_ns, false);
    if (role == MT_ROLE_FLAT && keep_qty == 0 && !waiting)
        wish.want = 0;
    mt_leg_wish(e, account, symbol, &wish, MT_LEG_PLAN_STAYS);
    if (keep_qty == 0)
        mt_plan_hold_back(e, account, symbol);
    mt_leg_advance(e, account, symbol);
}

void mt_leg_exited(struct mt_engine *e, const struct mt_order *exit)
{
    const struct mt_leg *leg = mt_leg_at(e, exit->terms.account, exit->terms.symbol);
    int64_t position = mt_ledger_slot(&e->ledger, exit->terms.account, exit->terms.symbol)->position.qty;
    int64_t size = position < 0 ? -position : position;
    bool whole = exit->terms.type == MT_TYPE_STOP || position == 0;
    bool more = leg->entry_coid || size > mt_order_leaves(exit);        /* than the exit closes by itself */
    if (whole && more && leg->wish.mode == MT_LEG_SIGNAL && !leg->wish.closing)
        mt_leg_close(e, exit->terms.account, exit->terms.symbol, (enum mt_role)mt_order_reason(exit), 0, false, NULL);
}

static void end_leg(struct mt_engine *e, uint16_t account, uint16_t symbol)
{
    struct mt_rec_leg none = { .mode = mt_leg_at(e, account, symbol)->wish.mode };
    *mt_leg_run_at(e, account, symbol) = (struct mt_leg_run){ 0 };
    mt_plan_withdraw(e, account, symbol);
    mt_leg_wish(e, account, symbol, &none,
                mt_plan_at(e, account, symbol)->armed ? MT_LEG_PLAN_NONE : MT_LEG_PLAN_STAYS);
}

/* Send, unless the checks would only refuse it again: a close that is refused is tried with every market event, and one
 * denial in the journal is enough. */
static void send_close(struct mt_engine *e, const struct mt_order_wish *wish)
{
    struct mt_leg_run *run = mt_leg_run_at(e, wish->terms.account, wish->terms.symbol);
    uint64_t coid;
    if (e->now_ns < run->retry_ns)              /* the venue has just refused one */
        mt_leg_attend(e, wish->terms.account, wish->terms.symbol, run->retry_ns);
    else if (run->attention && mt_oms_would(e, wish) != 0)
        return;
    else if (mt_oms_order(e, wish, &coid) != 0)
        mt_leg_attend(e, wish->terms.account, wish->terms.symbol, INT64_MAX);
    else
        run->attention = false;
}

/* What a stop that has been triggered still closes by itself. Somebody else who closes does not wait for it. */
static int64_t stop_rest(const struct mt_engine *e, uint16_t account, uint16_t symbol, unsigned role)
{
    if (role != MT_ROLE_STOP && role != MT_ROLE_TRAIL)
        return 0;
    uint64_t coid = e->folded.plans[mt_leg_index(e, account, symbol)].stop_coid;
    const struct mt_order *stop = coid ? mt_orders_get(&e->folded.orders, coid) : NULL;
    return stop && stop->cum > 0 ? mt_order_leaves(stop) : 0;
}

/* One step of closing: true when what had to go has gone. */
static bool close_step(struct mt_engine *e, struct mt_leg *leg, uint16_t account, uint16_t symbol)
{
    int64_t position = mt_ledger_slot(&e->ledger, account, symbol)->position.qty;
    int64_t size = position < 0 ? -position : position;
    if (leg->entry_coid)
        mt_oms_cancel(e, leg->entry_coid);
    if (leg->close_coid)
        return false;
    int64_t rest = stop_rest(e, account, symbol, leg->wish.close_role);
    if (size > leg->wish.keep_qty && size - leg->wish.keep_qty <= rest)
        return false;
    if (size > leg->wish.keep_qty) {
        struct mt_order_wish wish = { .terms = { .qty = size - leg->wish.keep_qty - rest, .account = account,
            .symbol = symbol, .side = position > 0 ? -1 : 1, .type = MT_TYPE_MARKET, .tif = MT_TIF_GTC,
            .role = leg->wish.close_role, .flags = MT_TERMS_REDUCE_ONLY }, .signal = leg->wish.signal,
            .tag = leg->wish.tag };
        send_close(e, &wish);
        return false;
    }
    return leg->entry_coid == 0;
}

static void enter_waiting(struct mt_engine *e, struct mt_leg *leg, uint16_t account, uint16_t symbol)
{
    const struct mt_rec_signal *signal = mt_signal_of(e, symbol, leg->wish.signal);
    struct mt_rec_leg before = leg->wish;
    MT_ASSERT(!leg->entry_coid);                /* closing has ended: it waits for the end of the entry */
    mt_plan_withdraw(e, account, symbol);
    if (!signal || e->stopping) {
        end_leg(e, account, symbol);
        return;
    }
    struct mt_rec_signal copy = *signal;
    if (e->now_ns >= before.deadline_ns) {      /* closing took too long: an entry is never sent late */
        struct mt_order_wish late = { .terms = { .account = account, .symbol = symbol, .side = copy.side,
            .role = MT_ROLE_ENTRY }, .signal = copy.id, .tag = copy.tag };
        mt_oms_refuse(e, &late, MT_CODE_TTL);
        end_leg(e, account, symbol);
        return;
    }
    if (mt_leg_enter(e, account, symbol, &copy, before.size, before.strength, before.deadline_ns) != 0)
        end_leg(e, account, symbol);
}

/* Refused, expired, canceled by the venue: what we have is what is wanted until the next call, which then is no
 * repetition. */
static void settle_target(struct mt_rec_leg *wish, int64_t position)
{
    wish->target = position;
    wish->want = (int8_t)((position > 0) - (position < 0));
}

/* A target is one order for what is missing; a working order that would go too far or the wrong way is canceled
 * first. */
static void advance_target(struct mt_engine *e, struct mt_leg *leg, uint16_t account, uint16_t symbol)
{
    const struct mt_slot *slot = mt_ledger_slot(&e->ledger, account, symbol);
    const struct mt_order *order = leg->entry_coid ? mt_orders_get(&e->folded.orders, leg->entry_coid) : NULL;
    int64_t missing;
    if (slot->unknown > 0)
        return;
    struct mt_rec_leg sent = leg->wish;
    sent.waiting = false;
    if (sent.dead && order) {                   /* nobody wants what it still fills, and nobody undoes it */
        mt_oms_cancel(e, leg->entry_coid);
        if (leg->entry_coid)
            return;
    }
    if (sent.dead) {
        sent.dead = false;
        settle_target(&sent, slot->position.qty);
        mt_leg_wish(e, account, symbol, &sent, MT_LEG_PLAN_STAYS);
        return;
    }
    if (__builtin_sub_overflow(leg->wish.target, slot->position.qty, &missing)) {
        struct mt_order_wish far = { .terms = { .account = account, .symbol = symbol, .side = sent.want,
            .role = MT_ROLE_TARGET }, .signal = sent.signal, .tag = sent.tag };
        mt_oms_refuse(e, &far, MT_CODE_CALC_OVERFLOW);
        settle_target(&sent, slot->position.qty);
        mt_leg_wish(e, account, symbol, &sent, MT_LEG_PLAN_STAYS);
        return;
    }
    if (order) {
        bool fits = mt_order_leaves(order) * order->terms.side == missing;
        sent.waiting = !fits;                   /* after its end, once more for what is missing then */
        if (!fits && sent.deadline_ns == 0)
            sent.deadline_ns = entry_deadline(e, symbol, !sent.has_limit, sent.ttl_ns, false);
        mt_leg_wish(e, account, symbol, &sent, MT_LEG_PLAN_STAYS);
        if (!fits)
            mt_oms_cancel(e, leg->entry_coid);
        if (leg->entry_coid)
            return;
        sent.waiting = false;                   /* it had not left yet: withdrawn at once */
    }
    if (missing != 0 && leg->wish.waiting && !e->stopping) {
        struct mt_order_wish wish = { .terms = { .qty = missing > 0 ? missing : -missing, .account = account,
            .symbol = symbol, .side = missing > 0 ? 1 : -1, .role = MT_ROLE_TARGET }, .signal = leg->wish.signal,
            .tag = leg->wish.tag };
        uint64_t coid;
        mt_terms_set_limit(&wish.terms, mt_leg_limit(&leg->wish));
        set_lifetime(e, &wish, leg->wish.ttl_ns, leg->wish.deadline_ns);
        sent.deadline_ns = 0;
        bool late = wish.terms.tif == MT_TIF_GTD && e->now_ns >= wish.terms.expire_ns;
        if (late)
            mt_oms_refuse(e, &wish, MT_CODE_TTL);
        if (late || mt_oms_order(e, &wish, &coid) != 0)
            settle_target(&sent, slot->position.qty);
    } else if (missing != 0) {
        settle_target(&sent, slot->position.qty);
    }
    mt_leg_wish(e, account, symbol, &sent, MT_LEG_PLAN_STAYS);
}

void mt_leg_advance(struct mt_engine *e, uint16_t account, uint16_t symbol)
{
    struct mt_leg *leg = mt_leg_at(e, account, symbol);
    int64_t position = mt_ledger_slot(&e->ledger, account, symbol)->position.qty;
    MT_ASSERT(!e->replaying);                   /* what is read back was decided before */
    if (e->dead != 0)
        return;
    if (!leg->wish.closing && leg->wish.want == 0 && !leg->wish.waiting && leg->wish.mode != MT_LEG_TARGET
        && (position != 0 || leg->entry_coid)) {
        /* A fill or an order that came after its leg had ended: nobody wants it, and nothing protects it. */
        struct mt_rec_leg none = { .mode = leg->wish.mode, .closing = true, .close_role = MT_ROLE_FLAT };
        mt_leg_wish(e, account, symbol, &none, MT_LEG_PLAN_STAYS);
    }
    if (leg->wish.closing) {
        if (!close_step(e, leg, account, symbol))
            return;
        struct mt_rec_leg done = leg->wish;
        done.closing = false;
        done.close_role = 0;
        mt_leg_run_at(e, account, symbol)->attention = false;
        if (done.keep_qty == 0 && !done.waiting) {
            end_leg(e, account, symbol);
            return;
        }
        done.keep_qty = 0;
        mt_leg_wish(e, account, symbol, &done, MT_LEG_PLAN_STAYS);
    }
    if (leg->wish.mode == MT_LEG_TARGET)
        advance_target(e, leg, account, symbol);
    else if (leg->wish.waiting)                 /* closing has ended, so the position is zero */
        enter_waiting(e, leg, account, symbol);
    else if (leg->wish.want != 0 && position == 0 && leg->entry_coid == 0)
        end_leg(e, account, symbol);
    if (mt_plan_at(e, account, symbol)->armed)
        lead_plan(e, account, symbol);
    else
        mt_plan_withdraw(e, account, symbol);   /* an exit whose replace was in flight when the leg ended */
}

/* Its time is over while it waits for the end of another order: it is never sent, and that is told now. */
static void expire_waiting(struct mt_engine *e, struct mt_leg *leg, uint16_t account, uint16_t symbol)
{
    int64_t position = mt_ledger_slot(&e->ledger, account, symbol)->position.qty;
    struct mt_rec_leg wish = leg->wish;
    bool target = wish.mode == MT_LEG_TARGET;
    int8_t side = target ? (int8_t)((wish.target > position) - (wish.target < position)) : wish.want;
    struct mt_order_wish late = { .terms = { .account = account, .symbol = symbol, .side = side,
        .role = target ? MT_ROLE_TARGET : MT_ROLE_ENTRY }, .signal = wish.signal, .tag = wish.tag };
    mt_terms_set_limit(&late.terms, mt_leg_limit(&wish));
    mt_oms_refuse(e, &late, MT_CODE_TTL);
    wish.waiting = false;
    wish.deadline_ns = 0;
    if (target)
        settle_target(&wish, position);
    else
        wish.want = 0;
    wish.dead = target && leg->entry_coid != 0; /* what that fills before its end belongs to what is held */
    mt_leg_wish(e, account, symbol, &wish, MT_LEG_PLAN_STAYS);     /* it goes on with the end of the other order */
}

/* What the market does to legs: plans that follow it, and what was refused a moment ago. */
void mt_leg_market(struct mt_engine *e, uint16_t symbol, const struct mt_event *event)
{
    bool busy = false;
    if (e->dead != 0)
        return;
    for (size_t i = 0; i < e->binding_count; i++) {
        uint16_t account = e->bindings[i].account;
        struct mt_leg *leg = mt_leg_at(e, account, symbol);
        if (!event && leg->wish.waiting && leg->wish.deadline_ns != 0 && e->now_ns >= leg->wish.deadline_ns)
            expire_waiting(e, leg, account, symbol);
        int role = mt_plan_follows(e, account, symbol) ? mt_plan_market(e, account, symbol, event) : MT_PLAN_STAYS;
        if (role != MT_PLAN_STAYS)
            mt_leg_close(e, account, symbol, (enum mt_role)role, 0, false, NULL);
        const struct mt_leg_run *run = mt_leg_run_at(e, account, symbol);
        if (run->attention)
            mt_leg_advance(e, account, symbol);
        busy = busy || run->attention || mt_plan_follows(e, account, symbol);
    }
    e->leg_busy[symbol] = busy;
}
