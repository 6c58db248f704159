/* request: what scripts ask. The leaf function of the port checks and queues; after the handler the queue is run:
 * filters, sizing and fan-out per account, risk inside the order, then the verdict. */
#include <stdlib.h>
#include <string.h>

#include "core/engine_private.h"

enum { UNIT = MT_REQUEST_UNIT };

/* --- what can be answered at once -------------------- */

static bool any_business(struct mt_engine *e, uint16_t symbol)
{
    for (size_t i = 0; i < e->binding_count; i++) {
        const struct mt_leg *leg = mt_leg_at(e, e->bindings[i].account, symbol);
        if (mt_ledger_slot(&e->ledger, e->bindings[i].account, symbol)->position.qty != 0 || leg->entry_coid
            || leg->wish.waiting || (leg->wish.want != 0 && !leg->wish.closing))
            return true;
    }
    return false;
}

/* Has this call asked for the other verb on the same leg already? */
static bool mixes_queue(const struct mt_engine *e, const struct mt_rec_signal *signal)
{
    for (size_t i = e->queue_run; i < e->queue_count; i++)
        if (e->queue[i].symbol == signal->symbol && e->queue[i].kind != signal->kind
            && e->queue[i].kind != MT_ASK_PROTECT)
            return true;
    return false;
}

/* The stance after what this call has asked for already; after a reduction any further signal may follow. */
static int wanted_after_queue(const struct mt_engine *e, const struct mt_rec_signal *signal, int wanted, bool *asked)
{
    *asked = false;
    for (size_t i = e->queue_run; i < e->queue_count; i++)
        if (e->queue[i].symbol == signal->symbol && e->queue[i].kind == signal->kind) {
            wanted = e->queue[i].side;
            *asked = true;
        }
    return wanted;
}

/* Absolute exits on the wrong side of the entry: such a trade could only be closed at once. */
static bool exit_on_wrong_side(const struct mt_engine *e, const struct mt_rec_signal *signal)
{
    const struct mt_top *top = &e->ledger.tops[signal->symbol];
    int64_t entry = signal->limit ? signal->limit : signal->side > 0 ? top->ask : top->bid;
    const struct mt_exit *exit = &signal->exit;
    if (entry <= 0)
        return false;                           /* no market yet: risk denies it */
    if (exit->stop.kind == MT_LEVEL_PRICE
        && (signal->side > 0 ? exit->stop.value >= entry : exit->stop.value <= entry))
        return true;
    for (int i = 0; i < exit->take_count; i++)
        if (exit->takes[i].kind == MT_LEVEL_PRICE
            && (signal->side > 0 ? exit->takes[i].value <= entry : exit->takes[i].value >= entry))
            return true;
    return false;
}

/* Why no account may enter now; 0 when one of them may. A halted lead does not stop the others (2.6), and where only
 * reducing is allowed the opposite stance still closes. */
static int32_t state_code(struct mt_engine *e, const struct mt_rec_signal *signal)
{
    static const int32_t codes[] = { 0, MT_CODE_STATE_REDUCE_ONLY, MT_CODE_STATE_HALTED, MT_CODE_STATE_KILLED };
    enum mt_trading_state best = MT_KILLED;
    for (size_t i = 0; i < e->binding_count && best != MT_ACTIVE; i++) {
        uint16_t account = e->bindings[i].account;
        enum mt_trading_state state = mt_risk_state(e->risk, account, signal->symbol);
        int64_t qty = mt_ledger_slot(&e->ledger, account, signal->symbol)->position.qty;
        if (state == MT_REDUCE_ONLY
            && (signal->kind == MT_ASK_TARGET || (signal->side > 0 ? qty < 0 : qty > 0)))
            state = MT_ACTIVE;
        if (state < best)
            best = state;
    }
    return codes[best];
}

static int32_t signal_code(struct mt_engine *e, const struct mt_rec_signal *signal)
{
    const struct mt_stance *stance = &e->folded.stances[signal->symbol];
    int wanted = stance->mode == MT_LEG_SIGNAL ? stance->side : 0;
    if ((stance->mode == MT_LEG_TARGET && (stance->side != 0 || any_business(e, signal->symbol)))
        || mixes_queue(e, signal))
        return MT_CODE_MIXED_VERBS;
    bool asked;
    wanted = wanted_after_queue(e, signal, wanted, &asked);
    if (signal->side != 0 && wanted == signal->side)
        return MT_CODE_ALREADY;
    if (signal->side != 0)
        return exit_on_wrong_side(e, signal) ? MT_CODE_STOP_SIDE : 0;
    return wanted == 0 && !asked && !any_business(e, signal->symbol) ? MT_CODE_ALREADY : 0;
}

static mt_i128 target_of(const struct mt_binding *binding, const struct mt_rec_signal *signal)
{
    return (mt_i128)signal->qty * binding->scale / UNIT;
}

static bool target_fits(const struct mt_binding *binding, const struct mt_rec_signal *signal)
{
    mt_i128 target = target_of(binding, signal);
    return target <= INT64_MAX && target >= -INT64_MAX;
}

static int64_t scaled_target(const struct mt_engine *e, const struct mt_binding *binding,
                             const struct mt_rec_signal *signal)
{
    int64_t target = (int64_t)target_of(binding, signal);    /* it fits: asked at the border */
    return target - target % mt_instrument_at(e, signal->symbol)->step;
}

static int32_t target_code(struct mt_engine *e, const struct mt_rec_signal *signal)
{
    const struct mt_stance *stance = &e->folded.stances[signal->symbol];
    bool same = true;
    if ((stance->mode == MT_LEG_SIGNAL && (stance->side != 0 || any_business(e, signal->symbol)))
        || mixes_queue(e, signal))
        return MT_CODE_MIXED_VERBS;
    for (size_t i = 0; i < e->binding_count; i++) {
        const struct mt_leg *leg = mt_leg_at(e, e->bindings[i].account, signal->symbol);
        if (!target_fits(&e->bindings[i], signal))
            return MT_CODE_CALC_OVERFLOW;
        same = same && scaled_target(e, &e->bindings[i], signal)
            == (leg->wish.mode == MT_LEG_TARGET ? leg->wish.target : 0);
    }
    for (size_t i = e->queue_run; i < e->queue_count; i++)
        if (e->queue[i].symbol == signal->symbol && e->queue[i].kind == MT_ASK_TARGET)
            same = e->queue[i].qty == signal->qty;      /* the last one counts */
    return same ? MT_CODE_ALREADY : 0;
}

/* Is the new level nearer to the market than the old one, or the same? Distances compare as distances; prices by the
 * side of the position, or before its first fill by the side that is wanted. A price and a distance cannot be
 * compared then. */
static bool tightens(const struct mt_level *old, const struct mt_level *new, const struct mt_position *position,
                     const struct mt_instrument *instrument, int wanted)
{
    int64_t from, to;
    if (old->kind < MT_LEVEL_DISTANCE || new->kind == MT_LEVEL_KEEP)
        return true;
    if (new->kind == MT_LEVEL_REMOVE)
        return false;
    bool up = position->qty > 0 || (position->qty == 0 && wanted > 0);
    if (old->kind == MT_LEVEL_DISTANCE && new->kind == MT_LEVEL_DISTANCE)
        return new->value <= old->value;
    if (old->kind == new->kind)
        return up ? new->value >= old->value : new->value <= old->value;
    if (position->qty == 0)
        return false;
    if (old->kind == MT_LEVEL_PRICE)
        from = old->value;
    else if (mt_position_level(position, instrument, old->value, -1, &from) != 0)
        return false;
    if (new->kind == MT_LEVEL_PRICE)
        to = new->value;
    else if (mt_position_level(position, instrument, new->value, -1, &to) != 0)
        return false;
    return up ? to >= from : to <= from;
}

static bool protectable(struct mt_engine *e, uint16_t account, uint16_t symbol)
{
    return mt_ledger_slot(&e->ledger, account, symbol)->position.qty != 0 || mt_leg_at(e, account, symbol)->entry_coid
        || mt_leg_at(e, account, symbol)->wish.waiting;
}

static bool widens(struct mt_engine *e, uint16_t account, const struct mt_rec_signal *signal)
{
    const struct mt_plan *plan = mt_plan_at(e, account, signal->symbol);
    const struct mt_position *position = &mt_ledger_slot(&e->ledger, account, signal->symbol)->position;
    const struct mt_instrument *instrument = mt_instrument_at(e, signal->symbol);
    int wanted = mt_leg_at(e, account, signal->symbol)->wish.want;
    return !signal->widen
        && (!tightens(&plan->exit.stop, &signal->exit.stop, position, instrument, wanted)
            || !tightens(&plan->exit.trail, &signal->exit.trail, position, instrument, wanted)
            || (plan->exit.time_ns > 0 && signal->exit.time_ns < 0)
            || (plan->exit.time_ns > 0 && signal->exit.time_ns > plan->exit.time_ns));
}

static int32_t protect_code(struct mt_engine *e, const struct mt_rec_signal *signal)
{
    bool any = false;
    for (size_t i = 0; i < e->binding_count; i++) {
        if (!protectable(e, e->bindings[i].account, signal->symbol))
            continue;
        if (!any && widens(e, e->bindings[i].account, signal))
            return MT_CODE_WIDENS;
        any = true;
    }
    for (size_t i = e->queue_run; i < e->queue_count; i++)
        any = any || (e->queue[i].symbol == signal->symbol && e->queue[i].side != 0);
    return any ? 0 : MT_CODE_NO_POSITION;
}

/* Is there an account on which `flat` does something now? Where all are halted it is refused at once, like an entry. */
static bool flat_helps(struct mt_engine *e, uint16_t symbol)
{
    bool halted = false;
    for (size_t i = 0; i < e->binding_count; i++) {
        uint16_t account = e->bindings[i].account;
        const struct mt_leg *leg = mt_leg_at(e, account, symbol);
        bool open = mt_ledger_slot(&e->ledger, account, symbol)->position.qty != 0;
        if (leg->entry_coid || leg->wish.waiting || leg->wish.closing)
            return true;                        /* there is something to cancel, or to call off */
        if (open && mt_risk_state(e->risk, account, symbol) < MT_HALTED)
            return true;
        halted = halted || open;
    }
    return !halted;
}

/* 0: queued. field: the one that is wrong, where the code is about one. */
static int32_t ask(struct mt_engine *e, const struct mt_request *request, const char **field)
{
    struct mt_rec_signal *signal = &e->queue[e->queue_count < MT_SIGNALS_PER_CALL ? e->queue_count : 0];
    if (request->market < 0 || request->market >= e->setup.instrument_count || request->side < -1 || request->side > 1)
        return MT_CODE_FIELD_INVALID;
    if (e->replaying || e->markets[request->market].muted)
        return MT_CODE_WARMING;
    if (e->queue_count == MT_SIGNALS_PER_CALL) {
        e->counts.dropped++;
        return MT_CODE_TOO_MANY;
    }
    if (request->group[0])
        return MT_CODE_NOT_BUILT;
    int32_t code = mt_request_exact(request, mt_instrument_at(e, (uint16_t)request->market), signal, field);
    if (code != 0)
        return code;
    bool entry = signal->kind == MT_ASK_TARGET ? signal->qty != 0 : signal->kind == MT_ASK_SIGNAL && signal->side != 0;
    switch (signal->kind) {
    case MT_ASK_SIGNAL: code = signal_code(e, signal); break;
    case MT_ASK_TARGET: code = target_code(e, signal); break;
    case MT_ASK_PROTECT: code = protect_code(e, signal); break;
    default: code = MT_CODE_FIELD_INVALID; break;
    }
    if (code == 0 && signal->kind == MT_ASK_SIGNAL && signal->side == 0 && !flat_helps(e, signal->symbol))
        code = MT_CODE_STATE_HALTED;
    else if (code == 0 && entry && e->stopping)
        code = MT_CODE_STRATEGY_DISABLED;
    else if (code == 0 && entry && e->state_codes[signal->symbol] != 0)
        code = state_code(e, signal);
    if (code == 0)
        signal->id = e->folded.next_signal + (e->queue_count++ - e->queue_run);
    return code;
}

static double request(struct mt_port *port, const struct mt_request *request)
{
    struct mt_engine *e = port->engine;
    const char *field = NULL;
    int32_t code = ask(e, request, &field);
    port->refused_field = field;
    if (code == 0)
        return (double)e->queue[e->queue_count - 1].id;
    mt_refusal_count(e, (enum mt_request_kind)request->kind, request->market, field, code);
    return -code;
}

/* --- running the queue -------------------- */

struct fanout { uint16_t sent, of; int32_t lead_code, first_code; uint16_t reference; bool any; };

static void count_account(struct mt_engine *e, struct fanout *fanout, uint16_t account, int32_t code)
{
    fanout->of++;
    if (code == 0) {
        if (!fanout->any)
            fanout->reference = account;
        fanout->any = true;
        fanout->sent++;
        return;
    }
    if (account == e->lead)
        fanout->lead_code = code;
    if (fanout->first_code == 0)
        fanout->first_code = code;
}

void mt_request_tell(struct mt_engine *e, const struct mt_rec_signal *signal, const struct mt_rec_verdict *r)
{
    if (!mt_wants(e, MT_ON_SIGNAL))
        return;
    e->port.verdict = (struct mt_view_verdict){ .id = (double)r->signal, .value = r->value,
        .strength = (double)r->strength / UNIT, .size = (double)r->size / UNIT, .side = r->side, .verdict = r->verdict,
        .code = r->code, .sent = r->sent, .of = r->of, .entry = r->entry };
    e->port.text_id = mt_text_intern(e, signal->tag, strlen(signal->tag));
    e->port.reason_id = r->reason[0] ? mt_text_intern(e, r->reason, strlen(r->reason)) : 0;
    mt_call(e, MT_ON_SIGNAL, signal->symbol);
}

static struct mt_rec_verdict verdict_of(const struct mt_engine *e, const struct mt_rec_signal *signal)
{
    struct mt_rec_verdict r;
    memset(&r, 0, sizeof r);
    r.signal = signal->id;
    r.size = signal->size;
    r.strength = signal->strength;
    r.symbol = signal->symbol;
    r.side = signal->side;
    r.stance = e->folded.stances[signal->symbol].side;
    r.reference = e->lead;
    memcpy(r.tag, signal->tag, sizeof r.tag);
    return r;
}

static void finish(struct mt_engine *e, const struct mt_rec_signal *signal, struct mt_rec_verdict *r)
{
    mt_emit(e, MT_REC_VERDICT, r, sizeof *r, MT_DURABLE_D3);
    e->counts.vetoes += r->verdict == MT_VETOED;
    e->markets[signal->symbol].stance = e->folded.stances[signal->symbol].side;
    mt_request_tell(e, signal, r);
}

static void conclude(struct mt_rec_verdict *r, const struct fanout *fanout)
{
    r->sent = fanout->sent;
    r->of = fanout->of;
    r->reference = fanout->reference;
    if (fanout->sent > 0) {
        r->verdict = fanout->sent == fanout->of ? MT_SENT : MT_PARTIAL;
        return;
    }
    r->code = fanout->lead_code ? fanout->lead_code : fanout->first_code;
    r->verdict = r->code == MT_CODE_NO_SIZE ? MT_NO_SIZE : MT_DENIED;
}

/* Filters may veto or weaken. False: vetoed, the verdict says why. */
static bool pass_filters(struct mt_engine *e, const struct mt_rec_signal *signal, struct mt_rec_verdict *r)
{
    struct mt_diag diag;
    if (!e->strategy.has_filters)
        return true;
    diag.code = 0;
    diag.text[0] = '\0';
    e->port.signal = (struct mt_view_signal){ .strength = (double)r->strength / UNIT, .size = (double)r->size / UNIT,
        .side = signal->kind == MT_ASK_TARGET ? (signal->qty > 0) - (signal->qty < 0) : signal->side,
        .market = signal->symbol, .increase = true };
    e->port.market = signal->symbol;
    e->port.reason_id = 0;
    e->port.text_id = mt_text_intern(e, signal->tag, strlen(signal->tag));
    int rc = e->strategy.ops->filter(e->strategy.self, &diag);
    if (rc == 0) {
        double strength = e->port.signal.strength * UNIT + 0.5, size = e->port.signal.size * UNIT + 0.5;
        if (strength >= 0 && strength < (double)r->strength)
            r->strength = (int64_t)strength;
        if (size >= 0 && size < (double)r->size)
            r->size = (int64_t)size;
        return true;
    }
    r->verdict = MT_VETOED;
    r->code = rc == 1 ? MT_CODE_FILTER : MT_CODE_FILTER_ERROR;
    r->value = e->port.signal.value;
    const char *reason = rc == 1 ? mt_text_get(e, e->port.reason_id) : diag.text;
    memcpy(r->reason, reason, strnlen(reason, sizeof r->reason - 1));
    if (rc != 1)
        mt_fault(e, MT_ON_SIGNAL, signal->symbol, &diag);
    return false;
}

static int32_t enter_account(struct mt_engine *e, uint16_t account, const struct mt_rec_signal *signal,
                             const struct mt_rec_verdict *filtered)
{
    struct mt_leg *leg = mt_leg_at(e, account, signal->symbol);
    const struct mt_slot *slot = mt_ledger_slot(&e->ledger, account, signal->symbol);
    const struct mt_order *entry = leg->entry_coid ? mt_orders_get(&e->folded.orders, leg->entry_coid) : NULL;
    int side = signal->side;
    struct mt_order_wish wish = { .signal = signal->id, .account = account, .symbol = signal->symbol,
        .side = signal->side, .role = MT_ROLE_ENTRY, .tag = signal->tag };
    bool same = (side > 0 ? slot->position.qty > 0 : slot->position.qty < 0) || (entry && entry->side == side);
    if (same && !leg->wish.closing) {           /* it is where the strategy wants to go: never double it */
        mt_oms_refuse(e, &wish, MT_CODE_ALREADY);
        return MT_CODE_ALREADY;
    }
    if (slot->position.qty == 0 && !entry && !leg->close_coid)
        return mt_leg_enter(e, account, signal->symbol, signal, filtered->size, filtered->strength, INT64_MAX);
    if (mt_risk_state(e->risk, account, signal->symbol) >= MT_HALTED) {
        mt_oms_refuse(e, &wish, MT_CODE_STATE_HALTED);
        return MT_CODE_STATE_HALTED;
    }
    struct mt_rec_leg next = { .signal = signal->id, .size = filtered->size, .limit = signal->limit,
        .ttl_ns = signal->ttl_ns, .want = signal->side, .mode = MT_LEG_SIGNAL,
        .strength = (uint32_t)filtered->strength };
    memcpy(next.tag, signal->tag, sizeof next.tag);
    mt_leg_close(e, account, signal->symbol, MT_ROLE_FLAT, 0, true, &next);
    if (leg->wish.want != 0 || e->dead != 0)
        return 0;
    /* What was to be closed had not left yet, so the entry was tried at once, and refused. */
    return mt_orders_get(&e->folded.orders, e->folded.next_coid - 1)->code;
}

/* A halt closes nothing: to say that it was sent, and to close some time later, would be two surprises. */
static int32_t close_account(struct mt_engine *e, uint16_t account, const struct mt_rec_signal *signal,
                             int64_t position)
{
    struct mt_leg *leg = mt_leg_at(e, account, signal->symbol);
    int64_t step = mt_instrument_at(e, signal->symbol)->step, keep = 0;
    bool halted = mt_risk_state(e->risk, account, signal->symbol) >= MT_HALTED;
    if (halted && leg->entry_coid)
        mt_oms_cancel(e, leg->entry_coid);      /* cancels pass in a halt */
    if (position != 0 && halted && !leg->wish.closing) {
        struct mt_order_wish wish = { .qty = position < 0 ? -position : position, .signal = signal->id,
            .account = account, .symbol = signal->symbol, .side = position > 0 ? -1 : 1, .role = MT_ROLE_FLAT,
            .reduce_only = true, .tag = signal->tag };
        mt_oms_refuse(e, &wish, MT_CODE_STATE_HALTED);
        return MT_CODE_STATE_HALTED;
    }
    struct mt_rec_leg next = leg->wish;
    if (signal->has_keep)
        keep = (int64_t)((mt_i128)mt_plan_at(e, account, signal->symbol)->entered * signal->keep / UNIT);
    keep -= keep % step;
    if (keep == 0) {                            /* the close belongs to the signal that asked for it */
        next.signal = signal->id;
        memcpy(next.tag, signal->tag, sizeof next.tag);
    }
    mt_leg_close(e, account, signal->symbol, MT_ROLE_FLAT, keep, false, &next);
    return 0;
}

/* A veto of a reversal stops its opening half only: what stands against it is closed all the same (scripting 10.7). */
static void close_opposite(struct mt_engine *e, const struct mt_rec_signal *signal, struct mt_rec_verdict *r)
{
    for (size_t i = 0; i < e->binding_count && e->dead == 0; i++) {
        uint16_t account = e->bindings[i].account;
        const struct mt_rec_leg *wish = &mt_leg_at(e, account, signal->symbol)->wish;
        int64_t position = mt_ledger_slot(&e->ledger, account, signal->symbol)->position.qty;
        bool held = signal->side > 0 ? position < 0 : position > 0;
        if ((!held && wish->want * signal->side >= 0) || (wish->closing && !wish->waiting))
            continue;
        if (close_account(e, account, signal, position) == 0)
            r->sent++;
    }
    r->entry = r->entry && r->sent == 0;
}

static void run_entry(struct mt_engine *e, const struct mt_rec_signal *signal)
{
    struct mt_rec_verdict r = verdict_of(e, signal);
    struct fanout fanout = { .reference = e->lead };
    r.entry = 1;
    r.mode = MT_LEG_SIGNAL;
    if (pass_filters(e, signal, &r)) {
        for (size_t i = 0; i < e->binding_count && e->dead == 0; i++) {
            uint16_t account = e->bindings[i].account;
            int32_t code = r.size > 0 && r.strength > 0 ? enter_account(e, account, signal, &r) : MT_CODE_NO_SIZE;
            count_account(e, &fanout, account, code);
        }
        conclude(&r, &fanout);
        if (fanout.sent > 0)
            r.stance = signal->side;
    } else {
        close_opposite(e, signal, &r);
    }
    finish(e, signal, &r);
}

static void run_flat(struct mt_engine *e, const struct mt_rec_signal *signal)
{
    struct mt_rec_verdict r = verdict_of(e, signal);
    struct fanout fanout = { .reference = e->folded.stances[signal->symbol].reference };
    r.mode = MT_LEG_SIGNAL;
    for (size_t i = 0; i < e->binding_count && e->dead == 0; i++) {
        uint16_t account = e->bindings[i].account;
        const struct mt_leg *leg = mt_leg_at(e, account, signal->symbol);
        int64_t position = mt_ledger_slot(&e->ledger, account, signal->symbol)->position.qty;
        if (position == 0 && !leg->entry_coid && !leg->wish.waiting && leg->wish.want == 0)
            continue;
        count_account(e, &fanout, account, close_account(e, account, signal, position));
    }
    conclude(&r, &fanout);
    if (fanout.of == 0) {
        r.verdict = MT_DENIED;
        r.code = MT_CODE_NO_POSITION;
    }
    r.reference = e->folded.stances[signal->symbol].reference;
    bool stays = (signal->has_keep && signal->keep > 0) || (fanout.of > 0 && fanout.sent == 0);
    r.stance = stays ? e->folded.stances[signal->symbol].side : 0;
    finish(e, signal, &r);
}

static struct mt_exit merge(const struct mt_exit *old, const struct mt_exit *named)
{
    struct mt_exit out = *old;
    if (named->stop.kind != MT_LEVEL_KEEP)
        out.stop = named->stop;
    if (named->trail.kind != MT_LEVEL_KEEP)
        out.trail = named->trail;
    if (named->take_count >= 0) {
        memcpy(out.takes, named->takes, sizeof out.takes);
        out.take_count = named->take_count;
    }
    if (named->time_ns != 0)
        out.time_ns = named->time_ns < 0 ? 0 : named->time_ns;
    return out;
}

static void run_protect(struct mt_engine *e, const struct mt_rec_signal *signal)
{
    for (size_t i = 0; i < e->binding_count; i++) {
        uint16_t account = e->bindings[i].account;
        if (!protectable(e, account, signal->symbol) || widens(e, account, signal))
            continue;
        struct mt_exit exit = merge(&mt_plan_at(e, account, signal->symbol)->exit, &signal->exit);
        mt_plan_set(e, account, signal->symbol, &exit, mt_plan_any(&exit));
        if (!mt_plan_any(&exit))
            mt_plan_withdraw(e, account, signal->symbol);
        mt_plan_advance(e, account, signal->symbol);
    }
}

/* The order of one account for its part of a target; the code for which it was not sent, or 0. */
static int32_t target_account(struct mt_engine *e, uint16_t account, const struct mt_rec_signal *signal, int64_t target,
                              int8_t want)
{
    struct mt_rec_leg leg = { .signal = signal->id, .limit = signal->limit, .ttl_ns = signal->ttl_ns, .target = target,
        .mode = MT_LEG_TARGET, .waiting = 1, .want = want };
    uint64_t denied = e->counts.denied;
    memcpy(leg.tag, signal->tag, sizeof leg.tag);
    mt_leg_wish(e, account, signal->symbol, &leg);
    mt_leg_advance(e, account, signal->symbol);
    return e->counts.denied != denied ? mt_orders_get(&e->folded.orders, e->folded.next_coid - 1)->code : 0;
}

/* As close_opposite: vetoed on its way through zero, a target is zero. */
static void target_zero(struct mt_engine *e, const struct mt_rec_signal *signal, struct mt_rec_verdict *r)
{
    for (size_t i = 0; i < e->binding_count && e->dead == 0; i++) {
        uint16_t account = e->bindings[i].account;
        int64_t position = mt_ledger_slot(&e->ledger, account, signal->symbol)->position.qty;
        bool held = signal->qty > 0 ? position < 0 : signal->qty < 0 && position > 0;
        if (held && target_account(e, account, signal, 0, 0) == 0)
            r->sent++;
    }
    r->entry = r->entry && r->sent == 0;
}

static void run_target(struct mt_engine *e, const struct mt_rec_signal *signal)
{
    struct mt_rec_verdict r = verdict_of(e, signal);
    struct fanout fanout = { .reference = e->lead };
    int64_t position = mt_ledger_slot(&e->ledger, e->lead, signal->symbol)->position.qty;
    int64_t now = position < 0 ? -position : position, then = signal->qty < 0 ? -signal->qty : signal->qty;
    r.side = (int8_t)((signal->qty > 0) - (signal->qty < 0));
    r.size = r.strength = UNIT;
    r.entry = then > now || (signal->qty > 0 && position < 0) || (signal->qty < 0 && position > 0);
    r.mode = MT_LEG_TARGET;
    if (!r.entry || pass_filters(e, signal, &r)) {
        for (size_t i = 0; i < e->binding_count && e->dead == 0; i++) {
            uint16_t account = e->bindings[i].account;
            int32_t code = target_account(e, account, signal, scaled_target(e, &e->bindings[i], signal), r.side);
            count_account(e, &fanout, account, code);
        }
        conclude(&r, &fanout);
        if (fanout.sent > 0)
            r.stance = r.side;
    } else {
        target_zero(e, signal, &r);
    }
    finish(e, signal, &r);
}

void mt_request_run(struct mt_engine *e)
{
    if (e->queue_running)
        return;                                 /* on_signal of a request that is being run: the loop below goes on */
    e->queue_running = true;
    while (e->queue_run < e->queue_count && e->dead == 0 && e->failed == 0) {
        struct mt_rec_signal signal = e->queue[e->queue_run++];
        signal.id = e->folded.next_signal;
        mt_emit(e, MT_REC_SIGNAL, &signal, sizeof signal, MT_DURABLE_D3);
        if (e->dead != 0)
            break;
        e->counts.signals += signal.kind != MT_ASK_PROTECT;
        switch (signal.kind) {
        case MT_ASK_SIGNAL: signal.side != 0 ? run_entry(e, &signal) : run_flat(e, &signal); break;
        case MT_ASK_TARGET: run_target(e, &signal); break;
        default: run_protect(e, &signal); break;
        }
    }
    e->queue_count = e->queue_run = 0;
    e->queue_running = false;
}

void mt_request_install(struct mt_engine *e)
{
    e->port.engine = e;
    e->port.request = request;
}
