#include "core/leg.h"

#include <string.h>

#include "core/decision.h"
#include "core/entry_size.h"
#include "core/plan.h"

static const int64_t ttl_market_ns = 1 * MT_NS_PER_S, ttl_limit_ns = 30 * MT_NS_PER_S;

static bool bar_data(const struct mt_desk *d, uint16_t symbol)
{
    return d->books.ledger.tops[symbol].bar_ns > 0;
}

void mt_leg_wish(struct mt_desk *d, uint16_t account, uint16_t symbol, const struct mt_rec_leg *wish,
                 enum mt_leg_plan plan)
{
    struct mt_rec_leg r = *wish;
    r.account = account;
    r.symbol = symbol;
    r.plan = MT_LEG_PLAN_STAYS;
    if (plan == MT_LEG_PLAN_STAYS && memcmp(&r, &mt_leg_at(&d->books, account, symbol)->wish, sizeof r) == 0)
        return;
    if (d->dead != 0)
        return;
    r.plan = (uint8_t)plan;
    mt_decision_leg(d, &r);
    if (mt_plan_follows(d, account, symbol))
        d->leg_busy[symbol] = true;
}

void mt_leg_retry(struct mt_desk *d)
{
    d->retry_ns = INT64_MAX;
    for (size_t i = 0; i < d->binding_count; i++)
        for (uint16_t y = 0; y < d->books.instrument_count; y++) {
            uint16_t account = d->bindings[i].account;
            const struct mt_leg_run *run = mt_leg_run_at(d, account, y);
            if (run->attention && d->now_ns >= run->retry_ns)
                mt_leg_advance(d, account, y);
            if (run->attention && run->retry_ns > d->now_ns)
                mt_desk_attend(d, account, y, run->retry_ns);
        }
}

/* The time to live bounds how long an entry may fill, from its signal on. On bars, without one of its
 * own, a market entry waits for the next bar of its symbol, however late, and a limit has one bar from the moment it is
 * sent. INT64_MAX: no bound, or none before that moment. */
static int64_t entry_deadline(const struct mt_desk *d, uint16_t symbol, bool market, int64_t ttl_ns, bool sent)
{
    bool bars = bar_data(d, symbol);
    int64_t deadline;
    if (ttl_ns == 0 && bars && (market || !sent))
        return INT64_MAX;
    if (ttl_ns == 0)
        ttl_ns = market ? ttl_market_ns : bars ? d->books.ledger.tops[symbol].bar_ns : ttl_limit_ns;
    return __builtin_add_overflow(d->now_ns, ttl_ns, &deadline) ? INT64_MAX : deadline;
}

/* waited: the deadline of an order that waited for the end of another one; 0 or INT64_MAX: it has none. */
static void set_lifetime(const struct mt_desk *d, struct mt_order_wish *wish, int64_t ttl_ns, int64_t waited)
{
    bool market = wish->terms.type == MT_TYPE_MARKET, own = waited == 0 || waited == INT64_MAX;
    int64_t deadline = own ? entry_deadline(d, wish->terms.symbol, market, ttl_ns, true) : waited;
    wish->terms.tif = deadline == INT64_MAX ? MT_TIF_GTC : MT_TIF_GTD;
    wish->terms.expire_ns = deadline == INT64_MAX ? 0 : deadline;
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

/* The orders at the venue follow the plan; or it says that the leg is to be closed now, and why. */
static void lead_plan(struct mt_desk *d, uint16_t account, uint16_t symbol)
{
    int role = mt_plan_advance(d, account, symbol);
    if (role != MT_PLAN_STAYS)
        mt_leg_close(d, account, symbol, (enum mt_role)role, 0, false, NULL);
}

void mt_leg_protect(struct mt_desk *d, uint16_t account, uint16_t symbol, const struct mt_exit *exit)
{
    mt_plan_set(d, account, symbol, exit, mt_plan_any(exit));
    if (!mt_plan_any(exit))
        mt_plan_withdraw(d, account, symbol);
    lead_plan(d, account, symbol);
}

/* What is there already need not be said. */
static enum mt_leg_plan plan_of_entry(struct mt_desk *d, uint16_t account, uint16_t symbol,
                                      const struct mt_exit *exit)
{
    const struct mt_plan *plan = mt_plan_at(&d->books, account, symbol);
    bool same = plan->armed == mt_plan_any(exit) && memcmp(&plan->exit, exit, sizeof *exit) == 0;
    return same ? MT_LEG_PLAN_STAYS : MT_LEG_PLAN_OF_SIGNAL;
}

int32_t mt_leg_enter(struct mt_desk *d, uint16_t account, uint16_t symbol, const struct mt_rec_signal *signal,
                     int64_t size, int64_t strength, int64_t deadline_ns)
{
    struct mt_order_wish wish = { .terms = { .account = account, .symbol = symbol, .side = signal->side,
        .role = MT_ROLE_ENTRY }, .signal = signal->id, .tag = signal->tag };
    uint64_t coid;
    mt_terms_set_limit(&wish.terms, mt_signal_limit(signal));
    int32_t code = mt_entry_size(d, signal, size, strength, &wish);
    set_lifetime(d, &wish, signal->ttl_ns, deadline_ns);
    if (code != 0) {
        mt_oms_refuse(d, &wish, code);
        return code;
    }
    wish.protect = stop_price(mt_instrument_at(&d->books, symbol), &signal->exit, signal->side,
                              mt_entry_price(d, symbol, signal->side, mt_signal_limit(signal)));
    code = mt_oms_order(d, &wish, &coid);
    if (code != 0)
        return code;
    struct mt_rec_leg leg = { .signal = signal->id, .size = size, .limit = signal->limit, .ttl_ns = signal->ttl_ns,
        .want = signal->side, .mode = MT_LEG_SIGNAL, .has_limit = signal->has_limit, .strength = (uint32_t)strength };
    memcpy(leg.tag, signal->tag, sizeof leg.tag);
    mt_leg_wish(d, account, symbol, &leg, plan_of_entry(d, account, symbol, &signal->exit));
    lead_plan(d, account, symbol);
    return 0;
}

/* Go to zero (or to keep_qty), then, if `waiting`, to `next`. want stays what it was for exits of the plan, so that the
 * stance ends when the leg has ended; `flat` by the script ends it at once. */
void mt_leg_close(struct mt_desk *d, uint16_t account, uint16_t symbol, enum mt_role role, int64_t keep_qty,
                  bool waiting, const struct mt_rec_leg *next)
{
    const struct mt_rec_leg *before = &mt_leg_at(&d->books, account, symbol)->wish;
    struct mt_rec_leg wish = next ? *next : *before;
    bool closes = before->closing && before->keep_qty == 0 && role == MT_ROLE_FLAT;
    wish.closing = true;
    wish.close_role = closes ? before->close_role : (uint8_t)role;      /* an exit that is under way stays what it is */
    wish.keep_qty = keep_qty;
    wish.waiting = waiting;
    if (waiting)
        wish.deadline_ns = entry_deadline(d, symbol, !wish.has_limit, wish.ttl_ns, false);
    if (role == MT_ROLE_FLAT && keep_qty == 0 && !waiting)
        wish.want = 0;
    mt_leg_wish(d, account, symbol, &wish, MT_LEG_PLAN_STAYS);
    if (keep_qty == 0)
        mt_plan_hold_back(d, account, symbol);
    mt_leg_advance(d, account, symbol);
}

void mt_leg_exited(struct mt_desk *d, const struct mt_order *exit)
{
    const struct mt_leg *leg = mt_leg_at(&d->books, exit->terms.account, exit->terms.symbol);
    int64_t position = mt_position_at(&d->books, exit->terms.account, exit->terms.symbol)->qty;
    int64_t size = position < 0 ? -position : position;
    bool whole = exit->terms.type == MT_TYPE_STOP || position == 0;
    bool more = leg->entry_coid || size > mt_order_leaves(exit);        /* than the exit closes by itself */
    if (whole && more && leg->wish.mode == MT_LEG_SIGNAL && !leg->wish.closing)
        mt_leg_close(d, exit->terms.account, exit->terms.symbol, (enum mt_role)mt_order_reason(exit), 0, false, NULL);
}

static void end_leg(struct mt_desk *d, uint16_t account, uint16_t symbol)
{
    struct mt_rec_leg none = { .mode = mt_leg_at(&d->books, account, symbol)->wish.mode };
    *mt_leg_run_at(d, account, symbol) = (struct mt_leg_run){ 0 };
    mt_plan_withdraw(d, account, symbol);
    mt_leg_wish(d, account, symbol, &none,
                mt_plan_at(&d->books, account, symbol)->armed ? MT_LEG_PLAN_NONE : MT_LEG_PLAN_STAYS);
}

/* Send, unless the checks would only refuse it again: a close that is refused is tried with every market event, and one
 * denial in the journal is enough. */
static void send_close(struct mt_desk *d, const struct mt_order_wish *wish)
{
    struct mt_leg_run *run = mt_leg_run_at(d, wish->terms.account, wish->terms.symbol);
    uint64_t coid;
    if (d->now_ns < run->retry_ns)              /* the venue has just refused one */
        mt_desk_attend(d, wish->terms.account, wish->terms.symbol, run->retry_ns);
    else if (run->attention && mt_oms_would(d, wish) != 0)
        return;
    else if (mt_oms_order(d, wish, &coid) != 0)
        mt_desk_attend(d, wish->terms.account, wish->terms.symbol, INT64_MAX);
    else
        run->attention = false;
}

/* What a stop that has been triggered still closes by itself. Somebody else who closes does not wait for it. */
static int64_t stop_rest(const struct mt_desk *d, uint16_t account, uint16_t symbol, unsigned role)
{
    if (role != MT_ROLE_STOP && role != MT_ROLE_TRAIL)
        return 0;
    uint64_t coid = d->books.plans[mt_leg_index(&d->books, account, symbol)].stop_coid;
    const struct mt_order *stop = coid ? mt_orders_get(&d->books.orders, coid) : NULL;
    return stop && stop->cum > 0 ? mt_order_leaves(stop) : 0;
}

/* One step of closing: true when what had to go has gone. */
static bool close_step(struct mt_desk *d, struct mt_leg *leg, uint16_t account, uint16_t symbol)
{
    int64_t position = mt_position_at(&d->books, account, symbol)->qty;
    int64_t size = position < 0 ? -position : position;
    if (leg->entry_coid)
        mt_oms_cancel(d, leg->entry_coid);
    if (leg->close_coid)
        return false;
    int64_t rest = stop_rest(d, account, symbol, leg->wish.close_role);
    if (size > leg->wish.keep_qty && size - leg->wish.keep_qty <= rest)
        return false;
    if (size > leg->wish.keep_qty) {
        struct mt_order_wish wish = { .terms = { .qty = size - leg->wish.keep_qty - rest, .account = account,
            .symbol = symbol, .side = position > 0 ? -1 : 1, .type = MT_TYPE_MARKET, .tif = MT_TIF_GTC,
            .role = leg->wish.close_role, .flags = MT_TERMS_REDUCE_ONLY }, .signal = leg->wish.signal,
            .tag = leg->wish.tag };
        send_close(d, &wish);
        return false;
    }
    return leg->entry_coid == 0;
}

static void enter_waiting(struct mt_desk *d, struct mt_leg *leg, uint16_t account, uint16_t symbol)
{
    const struct mt_rec_signal *signal = mt_books_signal(&d->books, symbol, leg->wish.signal);
    struct mt_rec_leg before = leg->wish;
    MT_ASSERT(!leg->entry_coid);                /* closing has ended: it waits for the end of the entry */
    mt_plan_withdraw(d, account, symbol);
    if (!signal || d->stopping) {
        end_leg(d, account, symbol);
        return;
    }
    struct mt_rec_signal copy = *signal;
    if (d->now_ns >= before.deadline_ns) {      /* closing took too long: an entry is never sent late */
        struct mt_order_wish late = { .terms = { .account = account, .symbol = symbol, .side = copy.side,
            .role = MT_ROLE_ENTRY }, .signal = copy.id, .tag = copy.tag };
        mt_oms_refuse(d, &late, MT_CODE_TTL);
        end_leg(d, account, symbol);
        return;
    }
    if (mt_leg_enter(d, account, symbol, &copy, before.size, before.strength, before.deadline_ns) != 0)
        end_leg(d, account, symbol);
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
static void advance_target(struct mt_desk *d, struct mt_leg *leg, uint16_t account, uint16_t symbol)
{
    const struct mt_slot *slot = mt_ledger_slot(&d->books.ledger, account, symbol);
    const struct mt_order *order = leg->entry_coid ? mt_orders_get(&d->books.orders, leg->entry_coid) : NULL;
    int64_t missing;
    if (slot->unknown > 0)
        return;
    struct mt_rec_leg sent = leg->wish;
    sent.waiting = false;
    if (sent.dead && order) {                   /* nobody wants what it still fills, and nobody undoes it */
        mt_oms_cancel(d, leg->entry_coid);
        if (leg->entry_coid)
            return;
    }
    if (sent.dead) {
        sent.dead = false;
        settle_target(&sent, slot->position.qty);
        mt_leg_wish(d, account, symbol, &sent, MT_LEG_PLAN_STAYS);
        return;
    }
    if (__builtin_sub_overflow(leg->wish.target, slot->position.qty, &missing)) {
        struct mt_order_wish far = { .terms = { .account = account, .symbol = symbol, .side = sent.want,
            .role = MT_ROLE_TARGET }, .signal = sent.signal, .tag = sent.tag };
        mt_oms_refuse(d, &far, MT_CODE_CALC_OVERFLOW);
        settle_target(&sent, slot->position.qty);
        mt_leg_wish(d, account, symbol, &sent, MT_LEG_PLAN_STAYS);
        return;
    }
    if (order) {
        bool fits = mt_order_leaves(order) * order->terms.side == missing;
        sent.waiting = !fits;                   /* after its end, once more for what is missing then */
        if (!fits && sent.deadline_ns == 0)
            sent.deadline_ns = entry_deadline(d, symbol, !sent.has_limit, sent.ttl_ns, false);
        mt_leg_wish(d, account, symbol, &sent, MT_LEG_PLAN_STAYS);
        if (!fits)
            mt_oms_cancel(d, leg->entry_coid);
        if (leg->entry_coid)
            return;
        sent.waiting = false;                   /* it had not left yet: withdrawn at once */
    }
    if (missing != 0 && leg->wish.waiting && !d->stopping) {
        struct mt_order_wish wish = { .terms = { .qty = missing > 0 ? missing : -missing, .account = account,
            .symbol = symbol, .side = missing > 0 ? 1 : -1, .role = MT_ROLE_TARGET }, .signal = leg->wish.signal,
            .tag = leg->wish.tag };
        uint64_t coid;
        mt_terms_set_limit(&wish.terms, mt_leg_limit(&leg->wish));
        set_lifetime(d, &wish, leg->wish.ttl_ns, leg->wish.deadline_ns);
        sent.deadline_ns = 0;
        bool late = wish.terms.tif == MT_TIF_GTD && d->now_ns >= wish.terms.expire_ns;
        if (late)
            mt_oms_refuse(d, &wish, MT_CODE_TTL);
        if (late || mt_oms_order(d, &wish, &coid) != 0)
            settle_target(&sent, slot->position.qty);
    } else if (missing != 0) {
        settle_target(&sent, slot->position.qty);
    }
    mt_leg_wish(d, account, symbol, &sent, MT_LEG_PLAN_STAYS);
}

void mt_leg_advance(struct mt_desk *d, uint16_t account, uint16_t symbol)
{
    struct mt_leg *leg = mt_leg_at(&d->books, account, symbol);
    int64_t position = mt_position_at(&d->books, account, symbol)->qty;
    MT_ASSERT(!d->replaying);                   /* what is read back was decided before */
    if (d->dead != 0)
        return;
    if (!leg->wish.closing && leg->wish.want == 0 && !leg->wish.waiting && leg->wish.mode != MT_LEG_TARGET
        && (position != 0 || leg->entry_coid)) {
        /* A fill or an order that came after its leg had ended: nobody wants it, and nothing protects it. */
        struct mt_rec_leg none = { .mode = leg->wish.mode, .closing = true, .close_role = MT_ROLE_FLAT };
        mt_leg_wish(d, account, symbol, &none, MT_LEG_PLAN_STAYS);
    }
    if (leg->wish.closing) {
        if (!close_step(d, leg, account, symbol))
            return;
        struct mt_rec_leg done = leg->wish;
        done.closing = false;
        done.close_role = 0;
        mt_leg_run_at(d, account, symbol)->attention = false;
        if (done.keep_qty == 0 && !done.waiting) {
            end_leg(d, account, symbol);
            return;
        }
        done.keep_qty = 0;
        mt_leg_wish(d, account, symbol, &done, MT_LEG_PLAN_STAYS);
    }
    if (leg->wish.mode == MT_LEG_TARGET)
        advance_target(d, leg, account, symbol);
    else if (leg->wish.waiting)                 /* closing has ended, so the position is zero */
        enter_waiting(d, leg, account, symbol);
    else if (leg->wish.want != 0 && position == 0 && leg->entry_coid == 0)
        end_leg(d, account, symbol);
    if (mt_plan_at(&d->books, account, symbol)->armed)
        lead_plan(d, account, symbol);
    else
        mt_plan_withdraw(d, account, symbol);   /* an exit whose replace was in flight when the leg ended */
}

/* Its time is over while it waits for the end of another order: it is never sent, and that is told now. */
static void expire_waiting(struct mt_desk *d, struct mt_leg *leg, uint16_t account, uint16_t symbol)
{
    int64_t position = mt_position_at(&d->books, account, symbol)->qty;
    struct mt_rec_leg wish = leg->wish;
    bool target = wish.mode == MT_LEG_TARGET;
    int8_t side = target ? (int8_t)((wish.target > position) - (wish.target < position)) : wish.want;
    struct mt_order_wish late = { .terms = { .account = account, .symbol = symbol, .side = side,
        .role = target ? MT_ROLE_TARGET : MT_ROLE_ENTRY }, .signal = wish.signal, .tag = wish.tag };
    mt_terms_set_limit(&late.terms, mt_leg_limit(&wish));
    mt_oms_refuse(d, &late, MT_CODE_TTL);
    wish.waiting = false;
    wish.deadline_ns = 0;
    if (target)
        settle_target(&wish, position);
    else
        wish.want = 0;
    wish.dead = target && leg->entry_coid != 0; /* what that fills before its end belongs to what is held */
    mt_leg_wish(d, account, symbol, &wish, MT_LEG_PLAN_STAYS);     /* it goes on with the end of the other order */
}

/* What the market does to legs: plans that follow it, and what was refused a moment ago. */
void mt_leg_market(struct mt_desk *d, uint16_t symbol, const struct mt_event *event)
{
    bool busy = false;
    if (d->dead != 0)
        return;
    for (size_t i = 0; i < d->binding_count; i++) {
        uint16_t account = d->bindings[i].account;
        struct mt_leg *leg = mt_leg_at(&d->books, account, symbol);
        if (!event && leg->wish.waiting && leg->wish.deadline_ns != 0 && d->now_ns >= leg->wish.deadline_ns)
            expire_waiting(d, leg, account, symbol);
        int role = mt_plan_follows(d, account, symbol) ? mt_plan_market(d, account, symbol, event) : MT_PLAN_STAYS;
        if (role != MT_PLAN_STAYS)
            mt_leg_close(d, account, symbol, (enum mt_role)role, 0, false, NULL);
        const struct mt_leg_run *run = mt_leg_run_at(d, account, symbol);
        if (run->attention)
            mt_leg_advance(d, account, symbol);
        busy = busy || run->attention || mt_plan_follows(d, account, symbol);
    }
    d->leg_busy[symbol] = busy;
}
