/* request: what scripts ask, after the handler: filters, sizing and fan-out per account, risk inside the order, then
 * the verdict. What is answered at once stands in request_ask.c. */
#include <string.h>

#include "core/engine_private.h"

enum { UNIT = MT_REQUEST_UNIT };

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
    e->port.verdict = (struct mt_view_verdict){ .id = (double)signal->id, .value = r->value,
        .strength = (double)r->strength / UNIT, .size = (double)r->size / UNIT, .side = r->side, .verdict = r->verdict,
        .code = r->code, .sent = r->sent, .of = r->of, .entry = r->entry };
    mt_port_text(e, signal->tag, sizeof signal->tag);
    memcpy(e->port.reason, r->reason, sizeof e->port.reason);
    mt_call(e, MT_ON_SIGNAL, signal->symbol);
}

static struct mt_rec_verdict verdict_of(const struct mt_engine *e, const struct mt_rec_signal *signal)
{
    struct mt_rec_verdict r;
    memset(&r, 0, sizeof r);
    r.size = signal->size;
    r.strength = signal->strength;
    r.side = signal->side;
    r.stance = e->folded.stances[signal->symbol].side;
    r.reference = e->lead;
    return r;
}

static void finish(struct mt_engine *e, const struct mt_rec_signal *signal, struct mt_rec_verdict *r)
{
    mt_decision_end(e, r);
    e->counts.vetoes += r->verdict == MT_VETOED;
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
    mt_port_text(e, signal->tag, sizeof signal->tag);
    mt_views_refresh(e);
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
    const char *reason = rc == 1 ? e->port.reason : diag.text;
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
    struct mt_order_wish wish = { .terms = { .account = account, .symbol = signal->symbol, .side = signal->side,
        .role = MT_ROLE_ENTRY }, .signal = signal->id, .tag = signal->tag };
    bool same = (side > 0 ? slot->position.qty > 0 : slot->position.qty < 0) || (entry && entry->terms.side == side);
    if (same && (!leg->wish.closing || leg->wish.keep_qty > 0)) {
        /* It is where the strategy wants to go: never double it. */
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
        .ttl_ns = signal->ttl_ns, .want = signal->side, .mode = MT_LEG_SIGNAL, .has_limit = signal->has_limit,
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
    int64_t keep = mt_request_kept(e, account, signal);
    bool halted = mt_risk_state(e->risk, account, signal->symbol) >= MT_HALTED;
    if (halted && leg->entry_coid)
        mt_oms_cancel(e, leg->entry_coid);      /* cancels pass in a halt */
    if (position != 0 && halted && !leg->wish.closing) {
        struct mt_order_wish wish = { .terms = { .qty = position < 0 ? -position : position, .account = account,
            .symbol = signal->symbol, .side = position > 0 ? -1 : 1, .role = MT_ROLE_FLAT,
            .flags = MT_TERMS_REDUCE_ONLY }, .signal = signal->id, .tag = signal->tag };
        mt_oms_refuse(e, &wish, MT_CODE_STATE_HALTED);
        return MT_CODE_STATE_HALTED;
    }
    struct mt_rec_leg next = leg->wish;
    if (keep == 0) {                            /* the close belongs to the signal that asked for it */
        next.signal = signal->id;
        memcpy(next.tag, signal->tag, sizeof next.tag);
    }
    mt_leg_close(e, account, signal->symbol, MT_ROLE_FLAT, keep, false, &next);
    return 0;
}

/* A veto of a reversal stops its opening half only: what stands against it is closed all the same. */
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
    bool keeps = mt_request_kept(e, fanout.reference, signal) > 0;
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
    bool stays = keeps || (fanout.of > 0 && fanout.sent == 0);
    r.stance = stays ? e->folded.stances[signal->symbol].side : 0;
    finish(e, signal, &r);
}

static void run_protect(struct mt_engine *e, const struct mt_rec_signal *signal)
{
    static const struct mt_rec_verdict none;    /* it is done, and nobody is told */
    for (size_t i = 0; i < e->binding_count; i++) {
        uint16_t account = e->bindings[i].account;
        const struct mt_exit *old = &mt_plan_at(e, account, signal->symbol)->exit;
        int wanted = mt_leg_at(e, account, signal->symbol)->wish.want;
        if (!mt_request_protectable(e, account, signal->symbol)
            || (!signal->widen && mt_exit_loosens(e, account, signal->symbol, old, &signal->exit, wanted)))
            continue;
        struct mt_exit exit = mt_exit_merged(old, &signal->exit);
        mt_leg_protect(e, account, signal->symbol, &exit);
    }
    mt_decision_end(e, &none);
}

/* The order of one account for its part of a target; the code for which it was not sent, or 0. */
static int32_t target_account(struct mt_engine *e, uint16_t account, const struct mt_rec_signal *signal, int64_t target,
                              int8_t want)
{
    struct mt_rec_leg leg = { .signal = signal->id, .limit = signal->limit, .ttl_ns = signal->ttl_ns, .target = target,
        .mode = MT_LEG_TARGET, .waiting = 1, .want = want, .has_limit = signal->has_limit };
    uint64_t denied = e->counts.denied;
    memcpy(leg.tag, signal->tag, sizeof leg.tag);
    mt_leg_wish(e, account, signal->symbol, &leg, MT_LEG_PLAN_STAYS);
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
            int32_t code = target_account(e, account, signal, mt_request_target(e, &e->bindings[i], signal), r.side);
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
    mt_notes_tell(e);
    if (e->queue_running)
        return;                                 /* on_signal of a request that is being run: the loop below goes on */
    e->queue_running = true;
    while (e->queue_run < e->queue_count && e->dead == 0 && e->failed == 0) {
        struct mt_rec_signal signal = e->queue[e->queue_run++];
        signal.id = e->folded.next_signal;
        mt_decision_begin(e, &signal);
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

bool mt_call(struct mt_engine *e, enum mt_handler handler, int32_t market)
{
    if (!mt_deliver(e, handler, market))
        return false;
    if (e->queue_count > e->queue_run)
        mt_request_run(e);
    return true;
}
