#include "core/request.h"

#include <string.h>

#include "core/decision.h"
#include "core/deliver.h"
#include "core/leg.h"
#include "core/note.h"
#include "core/oms.h"
#include "core/request_ask.h"
#include "core/request_exit.h"
#include "core/view.h"

enum { UNIT = MT_REQUEST_UNIT };

struct fanout { uint16_t sent, of; int32_t lead_code, first_code; uint16_t reference; bool any; };

static void count_account(struct mt_seat *s, struct fanout *fanout, uint16_t account, int32_t code)
{
    fanout->of++;
    if (code == 0) {
        if (!fanout->any)
            fanout->reference = account;
        fanout->any = true;
        fanout->sent++;
        return;
    }
    if (account == s->desk->lead)
        fanout->lead_code = code;
    if (fanout->first_code == 0)
        fanout->first_code = code;
}

void mt_request_tell(struct mt_seat *s, const struct mt_rec_signal *signal, const struct mt_rec_verdict *r)
{
    if (!mt_wants(s, MT_ON_SIGNAL))
        return;
    s->port.verdict = (struct mt_view_verdict){ .id = (double)signal->id, .value = r->value,
        .strength = (double)r->strength / UNIT, .size = (double)r->size / UNIT, .side = r->side, .verdict = r->verdict,
        .code = r->code, .sent = r->sent, .of = r->of, .entry = r->entry };
    mt_port_text(s, signal->tag, sizeof signal->tag);
    memcpy(s->port.reason, r->reason, sizeof s->port.reason);
    mt_call(s, MT_ON_SIGNAL, signal->symbol);
}

static struct mt_rec_verdict verdict_of(const struct mt_seat *s, const struct mt_rec_signal *signal)
{
    struct mt_rec_verdict r;
    memset(&r, 0, sizeof r);
    r.size = signal->size;
    r.strength = signal->strength;
    r.side = signal->side;
    r.stance = s->desk->books.stances[signal->symbol].side;
    r.reference = s->desk->lead;
    return r;
}

static void finish(struct mt_seat *s, const struct mt_rec_signal *signal, struct mt_rec_verdict *r)
{
    mt_decision_end(s->desk, r);
    s->desk->counts.vetoes += r->verdict == MT_VETOED;
    mt_request_tell(s, signal, r);
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
static bool pass_filters(struct mt_seat *s, const struct mt_rec_signal *signal, struct mt_rec_verdict *r)
{
    struct mt_diag diag;
    if (!s->strategy.has_filters)
        return true;
    diag.code = 0;
    diag.text[0] = '\0';
    s->port.signal = (struct mt_view_signal){ .strength = (double)r->strength / UNIT, .size = (double)r->size / UNIT,
        .side = signal->kind == MT_ASK_TARGET ? (signal->qty > 0) - (signal->qty < 0) : signal->side,
        .market = signal->symbol, .increase = true };
    s->port.market = signal->symbol;
    mt_port_text(s, signal->tag, sizeof signal->tag);
    mt_views_refresh(s);
    int rc = s->strategy.ops->filter(s->strategy.self, &diag);
    if (rc == 0) {
        double strength = s->port.signal.strength * UNIT + 0.5, size = s->port.signal.size * UNIT + 0.5;
        if (strength >= 0 && strength < (double)r->strength)
            r->strength = (int64_t)strength;
        if (size >= 0 && size < (double)r->size)
            r->size = (int64_t)size;
        return true;
    }
    r->verdict = MT_VETOED;
    r->code = rc == 1 ? MT_CODE_FILTER : MT_CODE_FILTER_ERROR;
    r->value = s->port.signal.value;
    const char *reason = rc == 1 ? s->port.reason : diag.text;
    memcpy(r->reason, reason, strnlen(reason, sizeof r->reason - 1));
    if (rc != 1)
        mt_seat_fault(s, MT_ON_SIGNAL, signal->symbol, &diag);
    return false;
}

static int32_t enter_account(struct mt_seat *s, uint16_t account, const struct mt_rec_signal *signal,
                             const struct mt_rec_verdict *filtered)
{
    struct mt_leg *leg = mt_leg_at(&s->desk->books, account, signal->symbol);
    const struct mt_slot *slot = mt_ledger_slot(&s->desk->books.ledger, account, signal->symbol);
    const struct mt_order *entry = leg->entry_coid ? mt_orders_get(&s->desk->books.orders, leg->entry_coid) : NULL;
    int side = signal->side;
    struct mt_order_wish wish = { .terms = { .account = account, .symbol = signal->symbol, .side = signal->side,
        .role = MT_ROLE_ENTRY }, .signal = signal->id, .tag = signal->tag };
    bool same = (side > 0 ? slot->position.qty > 0 : slot->position.qty < 0) || (entry && entry->terms.side == side);
    if (same && (!leg->wish.closing || leg->wish.keep_qty > 0)) {
        /* It is where the strategy wants to go: never double it. */
        mt_oms_refuse(s->desk, &wish, MT_CODE_ALREADY);
        return MT_CODE_ALREADY;
    }
    if (slot->position.qty == 0 && !entry && !leg->close_coid)
        return mt_leg_enter(s->desk, account, signal->symbol, signal, filtered->size, filtered->strength, INT64_MAX);
    if (mt_risk_state(s->desk->books.risk, account, signal->symbol) >= MT_HALTED) {
        mt_oms_refuse(s->desk, &wish, MT_CODE_STATE_HALTED);
        return MT_CODE_STATE_HALTED;
    }
    struct mt_rec_leg next = { .signal = signal->id, .size = filtered->size, .limit = signal->limit,
        .ttl_ns = signal->ttl_ns, .want = signal->side, .mode = MT_LEG_SIGNAL, .has_limit = signal->has_limit,
        .strength = (uint32_t)filtered->strength };
    memcpy(next.tag, signal->tag, sizeof next.tag);
    mt_leg_close(s->desk, account, signal->symbol, MT_ROLE_FLAT, 0, true, &next);
    if (leg->wish.want != 0 || s->desk->dead != 0)
        return 0;
    /* What was to be closed had not left yet, so the entry was tried at once, and refused. */
    return mt_orders_get(&s->desk->books.orders, s->desk->books.next_coid - 1)->code;
}

/* A halt closes nothing: to say that it was sent, and to close some time later, would be two surprises. */
static int32_t close_account(struct mt_seat *s, uint16_t account, const struct mt_rec_signal *signal,
                             int64_t position)
{
    struct mt_leg *leg = mt_leg_at(&s->desk->books, account, signal->symbol);
    int64_t keep = mt_request_kept(s, account, signal);
    bool halted = mt_risk_state(s->desk->books.risk, account, signal->symbol) >= MT_HALTED;
    if (halted && leg->entry_coid)
        mt_oms_cancel(s->desk, leg->entry_coid);      /* cancels pass in a halt */
    if (position != 0 && halted && !leg->wish.closing) {
        struct mt_order_wish wish = { .terms = { .qty = position < 0 ? -position : position, .account = account,
            .symbol = signal->symbol, .side = position > 0 ? -1 : 1, .role = MT_ROLE_FLAT,
            .flags = MT_TERMS_REDUCE_ONLY }, .signal = signal->id, .tag = signal->tag };
        mt_oms_refuse(s->desk, &wish, MT_CODE_STATE_HALTED);
        return MT_CODE_STATE_HALTED;
    }
    struct mt_rec_leg next = leg->wish;
    if (keep == 0) {                            /* the close belongs to the signal that asked for it */
        next.signal = signal->id;
        memcpy(next.tag, signal->tag, sizeof next.tag);
    }
    mt_leg_close(s->desk, account, signal->symbol, MT_ROLE_FLAT, keep, false, &next);
    return 0;
}

/* A veto of a reversal stops its opening half only: what stands against it is closed all the same. */
static void close_opposite(struct mt_seat *s, const struct mt_rec_signal *signal, struct mt_rec_verdict *r)
{
    for (size_t i = 0; i < s->desk->binding_count && s->desk->dead == 0; i++) {
        uint16_t account = s->desk->bindings[i].account;
        const struct mt_rec_leg *wish = &mt_leg_at(&s->desk->books, account, signal->symbol)->wish;
        int64_t position = mt_position_at(&s->desk->books, account, signal->symbol)->qty;
        bool held = signal->side > 0 ? position < 0 : position > 0;
        if ((!held && wish->want * signal->side >= 0) || (wish->closing && !wish->waiting))
            continue;
        if (close_account(s, account, signal, position) == 0)
            r->sent++;
    }
    r->entry = r->entry && r->sent == 0;
}

static void run_entry(struct mt_seat *s, const struct mt_rec_signal *signal)
{
    struct mt_rec_verdict r = verdict_of(s, signal);
    struct fanout fanout = { .reference = s->desk->lead };
    r.entry = 1;
    r.mode = MT_LEG_SIGNAL;
    if (pass_filters(s, signal, &r)) {
        for (size_t i = 0; i < s->desk->binding_count && s->desk->dead == 0; i++) {
            uint16_t account = s->desk->bindings[i].account;
            int32_t code = r.size > 0 && r.strength > 0 ? enter_account(s, account, signal, &r) : MT_CODE_NO_SIZE;
            count_account(s, &fanout, account, code);
        }
        conclude(&r, &fanout);
        if (fanout.sent > 0)
            r.stance = signal->side;
    } else {
        close_opposite(s, signal, &r);
    }
    finish(s, signal, &r);
}

static void run_flat(struct mt_seat *s, const struct mt_rec_signal *signal)
{
    struct mt_rec_verdict r = verdict_of(s, signal);
    struct fanout fanout = { .reference = s->desk->books.stances[signal->symbol].reference };
    bool keeps = mt_request_kept(s, fanout.reference, signal) > 0;
    r.mode = MT_LEG_SIGNAL;
    for (size_t i = 0; i < s->desk->binding_count && s->desk->dead == 0; i++) {
        uint16_t account = s->desk->bindings[i].account;
        const struct mt_leg *leg = mt_leg_at(&s->desk->books, account, signal->symbol);
        int64_t position = mt_position_at(&s->desk->books, account, signal->symbol)->qty;
        if (position == 0 && !leg->entry_coid && !leg->wish.waiting && leg->wish.want == 0)
            continue;
        count_account(s, &fanout, account, close_account(s, account, signal, position));
    }
    conclude(&r, &fanout);
    if (fanout.of == 0) {
        r.verdict = MT_DENIED;
        r.code = MT_CODE_NO_POSITION;
    }
    r.reference = s->desk->books.stances[signal->symbol].reference;
    bool stays = keeps || (fanout.of > 0 && fanout.sent == 0);
    r.stance = stays ? s->desk->books.stances[signal->symbol].side : 0;
    finish(s, signal, &r);
}

static void run_protect(struct mt_seat *s, const struct mt_rec_signal *signal)
{
    static const struct mt_rec_verdict none;    /* it is done, and nobody is told */
    for (size_t i = 0; i < s->desk->binding_count; i++) {
        uint16_t account = s->desk->bindings[i].account;
        const struct mt_exit *old = &mt_plan_at(&s->desk->books, account, signal->symbol)->exit;
        int wanted = mt_leg_at(&s->desk->books, account, signal->symbol)->wish.want;
        if (!mt_request_protectable(s, account, signal->symbol)
            || (!signal->widen && mt_exit_loosens(s, account, signal->symbol, old, &signal->exit, wanted)))
            continue;
        struct mt_exit exit = mt_exit_merged(old, &signal->exit);
        mt_leg_protect(s->desk, account, signal->symbol, &exit);
    }
    mt_decision_end(s->desk, &none);
}

/* The order of one account for its part of a target; the code for which it was not sent, or 0. */
static int32_t target_account(struct mt_seat *s, uint16_t account, const struct mt_rec_signal *signal, int64_t target,
                              int8_t want)
{
    struct mt_rec_leg leg = { .signal = signal->id, .limit = signal->limit, .ttl_ns = signal->ttl_ns, .target = target,
        .mode = MT_LEG_TARGET, .waiting = 1, .want = want, .has_limit = signal->has_limit };
    uint64_t denied = s->desk->counts.denied;
    memcpy(leg.tag, signal->tag, sizeof leg.tag);
    mt_leg_wish(s->desk, account, signal->symbol, &leg, MT_LEG_PLAN_STAYS);
    mt_leg_advance(s->desk, account, signal->symbol);
    const struct mt_books *books = &s->desk->books;
    return s->desk->counts.denied != denied ? mt_orders_get(&books->orders, books->next_coid - 1)->code : 0;
}

/* As close_opposite: vetoed on its way through zero, a target is zero. */
static void target_zero(struct mt_seat *s, const struct mt_rec_signal *signal, struct mt_rec_verdict *r)
{
    for (size_t i = 0; i < s->desk->binding_count && s->desk->dead == 0; i++) {
        uint16_t account = s->desk->bindings[i].account;
        int64_t position = mt_position_at(&s->desk->books, account, signal->symbol)->qty;
        bool held = signal->qty > 0 ? position < 0 : signal->qty < 0 && position > 0;
        if (held && target_account(s, account, signal, 0, 0) == 0)
            r->sent++;
    }
    r->entry = r->entry && r->sent == 0;
}

static void run_target(struct mt_seat *s, const struct mt_rec_signal *signal)
{
    struct mt_rec_verdict r = verdict_of(s, signal);
    struct fanout fanout = { .reference = s->desk->lead };
    int64_t position = mt_position_at(&s->desk->books, s->desk->lead, signal->symbol)->qty;
    int64_t now = position < 0 ? -position : position, then = signal->qty < 0 ? -signal->qty : signal->qty;
    r.side = (int8_t)((signal->qty > 0) - (signal->qty < 0));
    r.size = r.strength = UNIT;
    r.entry = then > now || (signal->qty > 0 && position < 0) || (signal->qty < 0 && position > 0);
    r.mode = MT_LEG_TARGET;
    if (!r.entry || pass_filters(s, signal, &r)) {
        for (size_t i = 0; i < s->desk->binding_count && s->desk->dead == 0; i++) {
            const struct mt_binding *binding = &s->desk->bindings[i];
            int64_t target = mt_request_target(s, binding, signal);
            count_account(s, &fanout, binding->account, target_account(s, binding->account, signal, target, r.side));
        }
        conclude(&r, &fanout);
        if (fanout.sent > 0)
            r.stance = r.side;
    } else {
        target_zero(s, signal, &r);
    }
    finish(s, signal, &r);
}

static void run_requests(struct mt_seat *s)
{
    mt_notes_tell(s);
    if (s->queue_running)
        return;                                 /* on_signal of a request that is being run: the loop below goes on */
    s->queue_running = true;
    while (s->queue_run < s->queue_count && s->desk->dead == 0 && s->desk->failed == 0) {
        struct mt_rec_signal signal = s->queue[s->queue_run++];
        signal.id = s->desk->books.next_signal;
        mt_decision_begin(s->desk, &signal);
        if (s->desk->dead != 0)
            break;
        s->desk->counts.signals += signal.kind != MT_ASK_PROTECT;
        switch (signal.kind) {
        case MT_ASK_SIGNAL: signal.side != 0 ? run_entry(s, &signal) : run_flat(s, &signal); break;
        case MT_ASK_TARGET: run_target(s, &signal); break;
        default: run_protect(s, &signal); break;
        }
    }
    s->queue_count = s->queue_run = 0;
    s->queue_running = false;
}

bool mt_call(struct mt_seat *s, enum mt_handler handler, int32_t market)
{
    if (!mt_deliver(s, handler, market))
        return false;
    if (s->queue_count > s->queue_run)
        run_requests(s);
    return true;
}
