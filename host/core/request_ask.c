/* request_ask: what a verb answers at once. The leaf function of the port turns what a script says into exact numbers,
 * refuses what cannot be, and queues the rest for request.c. */
#include <string.h>

#include "core/engine_private.h"

enum { UNIT = MT_REQUEST_UNIT };

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

/* What the requests that this call has made already will leave of a symbol, as far as that can be known before they are
 * run: each is taken against the wish that the earlier ones left. */
struct outlook {
    int side;                       /* the stance */
    bool asked;                     /* by a signal of this call */
    bool protectable;               /* there is, or will be, something to protect */
    int account;                    /* whose plan `exit` is: the first that has something to protect; -1: of none yet */
    struct mt_exit exit;
};

int64_t mt_request_kept(struct mt_engine *e, uint16_t account, const struct mt_rec_signal *signal)
{
    int64_t entered = mt_plan_at(e, account, signal->symbol)->entered;
    int64_t keep = signal->has_keep ? (int64_t)((mt_i128)entered * signal->keep / UNIT) : 0;
    return keep - keep % mt_instrument_at(e, signal->symbol)->step;
}

/* Is anything there that a close or a cancel cannot take away before the next request? */
static bool stays(struct mt_engine *e, uint16_t symbol)
{
    for (size_t i = 0; i < e->binding_count; i++) {
        uint16_t account = e->bindings[i].account;
        uint64_t coid = mt_leg_at(e, account, symbol)->entry_coid;
        const struct mt_order *entry = coid ? mt_orders_get(&e->folded.orders, coid) : NULL;
        if (mt_ledger_slot(&e->ledger, account, symbol)->position.qty != 0
            || (entry && entry->state != MT_ORDER_READY))
            return true;
    }
    return false;
}

static void look_past(struct mt_engine *e, const struct mt_rec_signal *asked, struct outlook *out)
{
    uint16_t reference = e->folded.stances[asked->symbol].reference;
    if (asked->kind == MT_ASK_PROTECT) {
        out->exit = mt_exit_merged(&out->exit, &asked->exit);
        return;
    }
    if (asked->kind == MT_ASK_TARGET) {
        out->protectable = out->protectable || asked->qty != 0;
        return;
    }
    out->asked = true;
    if (asked->side != 0) {
        out->side = asked->side;
        if (!stays(e, asked->symbol))
            out->exit = mt_exit_merged(&(struct mt_exit){ 0 }, &asked->exit);
        out->protectable = true;
    } else if (mt_request_kept(e, reference, asked) == 0) {
        out->side = 0;
        out->protectable = out->protectable && stays(e, asked->symbol);
    }
}

static struct outlook outlook_of(struct mt_engine *e, uint16_t symbol)
{
    const struct mt_stance *stance = &e->folded.stances[symbol];
    struct outlook out = { .side = stance->mode == MT_LEG_SIGNAL ? stance->side : 0, .account = -1 };
    for (size_t i = 0; i < e->binding_count && out.account < 0; i++)
        if (mt_request_protectable(e, e->bindings[i].account, symbol)) {
            out.account = e->bindings[i].account;
            out.protectable = true;
            out.exit = mt_plan_at(e, e->bindings[i].account, symbol)->exit;
        }
    for (size_t i = e->queue_run; i < e->queue_count; i++)
        if (e->queue[i].symbol == symbol)
            look_past(e, &e->queue[i], &out);
    return out;
}

static struct mt_price side_price(const struct mt_engine *e, uint16_t symbol, bool buy)
{
    return mt_top_side(&e->ledger.tops[symbol], buy);
}

static struct mt_exit_place place_of_entry(const struct mt_engine *e, const struct mt_rec_signal *signal)
{
    const struct mt_price limit = mt_signal_limit(signal);
    return (struct mt_exit_place){ .symbol = signal->symbol, .up = signal->side > 0,
        .price = limit.there ? limit : side_price(e, signal->symbol, signal->side > 0) };
}

/* Of what an account has, or is about to enter. */
static struct mt_exit_place place_of_account(struct mt_engine *e, uint16_t account, uint16_t symbol, int wanted)
{
    const struct mt_position *position = &mt_ledger_slot(&e->ledger, account, symbol)->position;
    const struct mt_leg *leg = mt_leg_at(e, account, symbol);
    struct mt_exit_place place = { .symbol = symbol, .up = position->qty > 0 || (position->qty == 0 && wanted > 0) };
    if (position->qty != 0) {
        const struct mt_price best = side_price(e, symbol, !place.up);
        const struct mt_price extreme = mt_plan_run_at(e, account, symbol)->extreme;
        mt_i128 entry = position->cost / position->qty;
        place.position = position;
        place.price = mt_price_if(entry == (int64_t)entry, (int64_t)entry);
        place.extreme = extreme.there && (!best.there || (extreme.value > best.value) == place.up) ? extreme : best;
    } else {
        const struct mt_price limit = mt_leg_limit(&leg->wish);
        place.price = limit.there ? limit : side_price(e, symbol, place.up);
    }
    return place;
}

/* Absolute exits on the wrong side of the entry: such a trade could only be closed at once. */
static bool exit_on_wrong_side(const struct mt_rec_signal *signal, struct mt_price place)
{
    const struct mt_exit *exit = &signal->exit;
    const int64_t entry = place.value;
    if (!place.there)
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
    return mt_trading_state_code(best);
}

/* Nothing is there, or all of it is being closed: `flat` is the stance that stands. */
static bool stands_flat(struct mt_engine *e, uint16_t symbol)
{
    for (size_t i = 0; i < e->binding_count; i++) {
        const struct mt_leg *leg = mt_leg_at(e, e->bindings[i].account, symbol);
        bool closes = leg->wish.closing && leg->wish.keep_qty == 0 && !leg->wish.waiting;
        bool open = mt_ledger_slot(&e->ledger, e->bindings[i].account, symbol)->position.qty != 0;
        if (!closes && (open || leg->entry_coid || leg->wish.waiting || leg->wish.want != 0))
            return false;
    }
    return true;
}

static int32_t signal_code(struct mt_engine *e, const struct mt_rec_signal *signal, const char **field)
{
    const struct mt_stance *stance = &e->folded.stances[signal->symbol];
    if ((stance->mode == MT_LEG_TARGET && (stance->side != 0 || any_business(e, signal->symbol)))
        || mixes_queue(e, signal))
        return MT_CODE_MIXED_VERBS;
    const struct outlook outlook = outlook_of(e, signal->symbol);
    if (signal->side != 0 && outlook.side == signal->side)
        return MT_CODE_ALREADY;
    if (signal->side != 0) {
        struct mt_exit_place place = place_of_entry(e, signal);
        int32_t code = mt_exit_code(e, &place, &signal->exit, field);   /* what can lie nowhere has no side */
        return code == 0 && exit_on_wrong_side(signal, place.price) ? MT_CODE_STOP_SIDE : code;
    }
    return outlook.side == 0 && (outlook.asked || stands_flat(e, signal->symbol)) ? MT_CODE_ALREADY : 0;
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

int64_t mt_request_target(const struct mt_engine *e, const struct mt_binding *binding,
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
        same = same && !leg->wish.dead && mt_request_target(e, &e->bindings[i], signal)
            == (leg->wish.mode == MT_LEG_TARGET ? leg->wish.target : 0);
    }
    for (size_t i = e->queue_run; i < e->queue_count; i++)
        if (e->queue[i].symbol == signal->symbol && e->queue[i].kind == MT_ASK_TARGET)
            same = e->queue[i].qty == signal->qty;      /* the last one counts */
    return same ? MT_CODE_ALREADY : 0;
}

bool mt_request_protectable(struct mt_engine *e, uint16_t account, uint16_t symbol)
{
    return mt_ledger_slot(&e->ledger, account, symbol)->position.qty != 0 || mt_leg_at(e, account, symbol)->entry_coid
        || mt_leg_at(e, account, symbol)->wish.waiting;
}

static int32_t protect_code(struct mt_engine *e, const struct mt_rec_signal *signal, const char **field)
{
    const struct outlook outlook = outlook_of(e, signal->symbol);
    uint16_t account = outlook.account >= 0 ? (uint16_t)outlook.account : e->lead;
    struct mt_exit_place place = place_of_account(e, account, signal->symbol, outlook.side);
    int32_t code = 0;
    if (!outlook.protectable)
        return MT_CODE_NO_POSITION;
    if (!signal->widen
        && mt_exit_loosens(e, account, signal->symbol, &outlook.exit, &signal->exit, outlook.side))
        return MT_CODE_WIDENS;
    if (outlook.account < 0)
        return mt_exit_code(e, &place, &signal->exit, field);
    for (size_t i = 0; code == 0 && i < e->binding_count; i++)
        if (mt_request_protectable(e, e->bindings[i].account, signal->symbol)) {
            place = place_of_account(e, e->bindings[i].account, signal->symbol, outlook.side);
            code = mt_exit_code(e, &place, &signal->exit, field);
        }
    return code;
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

/* A distance of more than half the price is allowed, and most often a price. */
static void note_far(struct mt_engine *e, const struct mt_rec_signal *signal)
{
    struct mt_exit_place place = signal->kind == MT_ASK_SIGNAL
        ? place_of_entry(e, signal)
        : place_of_account(e, e->lead, signal->symbol, e->folded.stances[signal->symbol].side);
    if (signal->kind != MT_ASK_TARGET)
        mt_exit_note(e, signal->symbol, &signal->exit, place.price);
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
    case MT_ASK_SIGNAL: code = signal_code(e, signal, field); break;
    case MT_ASK_TARGET: code = target_code(e, signal); break;
    case MT_ASK_PROTECT: code = protect_code(e, signal, field); break;
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
    if (code == 0)
        note_far(e, signal);
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

void mt_request_install(struct mt_engine *e)
{
    e->port.engine = e;
    e->port.request = request;
}
