#include "core/request_ask.h"

#include <string.h>

#include "core/refusal.h"
#include "core/request_exact.h"
#include "core/request_exit.h"

enum { UNIT = MT_REQUEST_UNIT };

static bool any_business(struct mt_seat *s, uint16_t symbol)
{
    for (size_t i = 0; i < s->desk->binding_count; i++) {
        const struct mt_leg *leg = mt_leg_at(&s->desk->books, s->desk->bindings[i].account, symbol);
        if (mt_position_at(&s->desk->books, s->desk->bindings[i].account, symbol)->qty != 0 || leg->entry_coid
            || leg->wish.waiting || (leg->wish.want != 0 && !leg->wish.closing))
            return true;
    }
    return false;
}

/* Has this call asked for the other verb on the same leg already? */
static bool mixes_queue(const struct mt_seat *s, const struct mt_rec_signal *signal)
{
    for (size_t i = s->queue_run; i < s->queue_count; i++)
        if (s->queue[i].symbol == signal->symbol && s->queue[i].kind != signal->kind
            && s->queue[i].kind != MT_ASK_PROTECT)
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

int64_t mt_request_kept(struct mt_seat *s, uint16_t account, const struct mt_rec_signal *signal)
{
    int64_t entered = mt_plan_at(&s->desk->books, account, signal->symbol)->entered;
    int64_t keep = signal->has_keep ? (int64_t)((mt_i128)entered * signal->keep / UNIT) : 0;
    return keep - keep % mt_instrument_at(&s->desk->books, signal->symbol)->step;
}

/* Is anything there that a close or a cancel cannot take away before the next request? */
static bool stays(struct mt_seat *s, uint16_t symbol)
{
    for (size_t i = 0; i < s->desk->binding_count; i++) {
        uint16_t account = s->desk->bindings[i].account;
        uint64_t coid = mt_leg_at(&s->desk->books, account, symbol)->entry_coid;
        const struct mt_order *entry = coid ? mt_orders_get(&s->desk->books.orders, coid) : NULL;
        if (mt_position_at(&s->desk->books, account, symbol)->qty != 0
            || (entry && entry->state != MT_ORDER_READY))
            return true;
    }
    return false;
}

static void look_past(struct mt_seat *s, const struct mt_rec_signal *asked, struct outlook *out)
{
    uint16_t reference = s->desk->books.stances[asked->symbol].reference;
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
        if (!stays(s, asked->symbol))
            out->exit = mt_exit_merged(&(struct mt_exit){ 0 }, &asked->exit);
        out->protectable = true;
    } else if (mt_request_kept(s, reference, asked) == 0) {
        out->side = 0;
        out->protectable = out->protectable && stays(s, asked->symbol);
    }
}

static struct outlook outlook_of(struct mt_seat *s, uint16_t symbol)
{
    const struct mt_stance *stance = &s->desk->books.stances[symbol];
    struct outlook out = { .side = stance->mode == MT_LEG_SIGNAL ? stance->side : 0, .account = -1 };
    for (size_t i = 0; i < s->desk->binding_count && out.account < 0; i++)
        if (mt_request_protectable(s, s->desk->bindings[i].account, symbol)) {
            out.account = s->desk->bindings[i].account;
            out.protectable = true;
            out.exit = mt_plan_at(&s->desk->books, s->desk->bindings[i].account, symbol)->exit;
        }
    for (size_t i = s->queue_run; i < s->queue_count; i++)
        if (s->queue[i].symbol == symbol)
            look_past(s, &s->queue[i], &out);
    return out;
}

static struct mt_price side_price(const struct mt_seat *s, uint16_t symbol, bool buy)
{
    return mt_top_side(&s->desk->books.ledger.tops[symbol], buy);
}

static struct mt_exit_place place_of_entry(const struct mt_seat *s, const struct mt_rec_signal *signal)
{
    const struct mt_price limit = mt_signal_limit(signal);
    return (struct mt_exit_place){ .symbol = signal->symbol, .up = signal->side > 0,
        .price = limit.there ? limit : side_price(s, signal->symbol, signal->side > 0) };
}

/* Of what an account has, or is about to enter. */
static struct mt_exit_place place_of_account(struct mt_seat *s, uint16_t account, uint16_t symbol, int wanted)
{
    const struct mt_position *position = mt_position_at(&s->desk->books, account, symbol);
    const struct mt_leg *leg = mt_leg_at(&s->desk->books, account, symbol);
    struct mt_exit_place place = { .symbol = symbol, .up = position->qty > 0 || (position->qty == 0 && wanted > 0) };
    if (position->qty != 0) {
        const struct mt_price best = side_price(s, symbol, !place.up);
        const struct mt_price extreme = mt_plan_run_at(s->desk, account, symbol)->extreme;
        mt_i128 entry = position->cost / position->qty;
        place.position = position;
        place.price = mt_price_if(entry == (int64_t)entry, (int64_t)entry);
        place.extreme = extreme.there && (!best.there || (extreme.value > best.value) == place.up) ? extreme : best;
    } else {
        const struct mt_price limit = mt_leg_limit(&leg->wish);
        place.price = limit.there ? limit : side_price(s, symbol, place.up);
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
static int32_t state_code(struct mt_seat *s, const struct mt_rec_signal *signal)
{
    enum mt_trading_state best = MT_KILLED;
    for (size_t i = 0; i < s->desk->binding_count && best != MT_ACTIVE; i++) {
        uint16_t account = s->desk->bindings[i].account;
        enum mt_trading_state state = mt_risk_state(s->desk->books.risk, account, signal->symbol);
        int64_t qty = mt_position_at(&s->desk->books, account, signal->symbol)->qty;
        if (state == MT_REDUCE_ONLY
            && (signal->kind == MT_ASK_TARGET || (signal->side > 0 ? qty < 0 : qty > 0)))
            state = MT_ACTIVE;
        if (state < best)
            best = state;
    }
    return mt_trading_state_code(best);
}

/* Nothing is there, or all of it is being closed: `flat` is the stance that stands. */
static bool stands_flat(struct mt_seat *s, uint16_t symbol)
{
    for (size_t i = 0; i < s->desk->binding_count; i++) {
        const struct mt_leg *leg = mt_leg_at(&s->desk->books, s->desk->bindings[i].account, symbol);
        bool closes = leg->wish.closing && leg->wish.keep_qty == 0 && !leg->wish.waiting;
        bool open = mt_position_at(&s->desk->books, s->desk->bindings[i].account, symbol)->qty != 0;
        if (!closes && (open || leg->entry_coid || leg->wish.waiting || leg->wish.want != 0))
            return false;
    }
    return true;
}

static int32_t signal_code(struct mt_seat *s, const struct mt_rec_signal *signal, const char **field)
{
    const struct mt_stance *stance = &s->desk->books.stances[signal->symbol];
    if ((stance->mode == MT_LEG_TARGET && (stance->side != 0 || any_business(s, signal->symbol)))
        || mixes_queue(s, signal))
        return MT_CODE_MIXED_VERBS;
    const struct outlook outlook = outlook_of(s, signal->symbol);
    if (signal->side != 0 && outlook.side == signal->side)
        return MT_CODE_ALREADY;
    if (signal->side != 0) {
        struct mt_exit_place place = place_of_entry(s, signal);
        int32_t code = mt_exit_code(s, &place, &signal->exit, field);   /* what can lie nowhere has no side */
        return code == 0 && exit_on_wrong_side(signal, place.price) ? MT_CODE_STOP_SIDE : code;
    }
    return outlook.side == 0 && (outlook.asked || stands_flat(s, signal->symbol)) ? MT_CODE_ALREADY : 0;
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

int64_t mt_request_target(const struct mt_seat *s, const struct mt_binding *binding,
                          const struct mt_rec_signal *signal)
{
    int64_t target = (int64_t)target_of(binding, signal);    /* it fits: asked at the border */
    return target - target % mt_instrument_at(&s->desk->books, signal->symbol)->step;
}

static int32_t target_code(struct mt_seat *s, const struct mt_rec_signal *signal)
{
    const struct mt_stance *stance = &s->desk->books.stances[signal->symbol];
    bool same = true;
    if ((stance->mode == MT_LEG_SIGNAL && (stance->side != 0 || any_business(s, signal->symbol)))
        || mixes_queue(s, signal))
        return MT_CODE_MIXED_VERBS;
    for (size_t i = 0; i < s->desk->binding_count; i++) {
        const struct mt_leg *leg = mt_leg_at(&s->desk->books, s->desk->bindings[i].account, signal->symbol);
        if (!target_fits(&s->desk->bindings[i], signal))
            return MT_CODE_CALC_OVERFLOW;
        same = same && !leg->wish.dead && mt_request_target(s, &s->desk->bindings[i], signal)
            == (leg->wish.mode == MT_LEG_TARGET ? leg->wish.target : 0);
    }
    for (size_t i = s->queue_run; i < s->queue_count; i++)
        if (s->queue[i].symbol == signal->symbol && s->queue[i].kind == MT_ASK_TARGET)
            same = s->queue[i].qty == signal->qty;      /* the last one counts */
    return same ? MT_CODE_ALREADY : 0;
}

bool mt_request_protectable(struct mt_seat *s, uint16_t account, uint16_t symbol)
{
    return mt_position_at(&s->desk->books, account, symbol)->qty != 0 || mt_leg_at(&s->desk->books, account, symbol)->entry_coid
        || mt_leg_at(&s->desk->books, account, symbol)->wish.waiting;
}

static int32_t protect_code(struct mt_seat *s, const struct mt_rec_signal *signal, const char **field)
{
    const struct outlook outlook = outlook_of(s, signal->symbol);
    uint16_t account = outlook.account >= 0 ? (uint16_t)outlook.account : s->desk->lead;
    struct mt_exit_place place = place_of_account(s, account, signal->symbol, outlook.side);
    int32_t code = 0;
    if (!outlook.protectable)
        return MT_CODE_NO_POSITION;
    if (!signal->widen
        && mt_exit_loosens(s, account, signal->symbol, &outlook.exit, &signal->exit, outlook.side))
        return MT_CODE_WIDENS;
    if (outlook.account < 0)
        return mt_exit_code(s, &place, &signal->exit, field);
    for (size_t i = 0; code == 0 && i < s->desk->binding_count; i++)
        if (mt_request_protectable(s, s->desk->bindings[i].account, signal->symbol)) {
            place = place_of_account(s, s->desk->bindings[i].account, signal->symbol, outlook.side);
            code = mt_exit_code(s, &place, &signal->exit, field);
        }
    return code;
}

/* Is there an account on which `flat` does something now? Where all are halted it is refused at once, like an entry. */
static bool flat_helps(struct mt_seat *s, uint16_t symbol)
{
    bool halted = false;
    for (size_t i = 0; i < s->desk->binding_count; i++) {
        uint16_t account = s->desk->bindings[i].account;
        const struct mt_leg *leg = mt_leg_at(&s->desk->books, account, symbol);
        bool open = mt_position_at(&s->desk->books, account, symbol)->qty != 0;
        if (leg->entry_coid || leg->wish.waiting || leg->wish.closing)
            return true;                        /* there is something to cancel, or to call off */
        if (open && mt_risk_state(s->desk->books.risk, account, symbol) < MT_HALTED)
            return true;
        halted = halted || open;
    }
    return !halted;
}

/* A distance of more than half the price is allowed, and most often a price. */
static void note_far(struct mt_seat *s, const struct mt_rec_signal *signal)
{
    struct mt_exit_place place = signal->kind == MT_ASK_SIGNAL
        ? place_of_entry(s, signal)
        : place_of_account(s, s->desk->lead, signal->symbol, s->desk->books.stances[signal->symbol].side);
    if (signal->kind != MT_ASK_TARGET)
        mt_exit_note(s, signal->symbol, &signal->exit, place.price);
}

/* 0: queued. field: the one that is wrong, where the code is about one. */
static int32_t ask(struct mt_seat *s, const struct mt_request *request, const char **field)
{
    struct mt_rec_signal *signal = &s->queue[s->queue_count < MT_SIGNALS_PER_CALL ? s->queue_count : 0];
    if (request->market < 0 || request->market >= s->desk->books.instrument_count || request->side < -1 || request->side > 1)
        return MT_CODE_FIELD_INVALID;
    if (s->desk->replaying || s->markets[request->market].muted)
        return MT_CODE_WARMING;
    if (s->queue_count == MT_SIGNALS_PER_CALL) {
        s->desk->counts.dropped++;
        return MT_CODE_TOO_MANY;
    }
    if (request->group[0])
        return MT_CODE_NOT_BUILT;
    int32_t code = mt_request_exact(request, mt_instrument_at(&s->desk->books, (uint16_t)request->market), signal, field);
    if (code != 0)
        return code;
    bool entry = signal->kind == MT_ASK_TARGET ? signal->qty != 0 : signal->kind == MT_ASK_SIGNAL && signal->side != 0;
    switch (signal->kind) {
    case MT_ASK_SIGNAL: code = signal_code(s, signal, field); break;
    case MT_ASK_TARGET: code = target_code(s, signal); break;
    case MT_ASK_PROTECT: code = protect_code(s, signal, field); break;
    default: code = MT_CODE_FIELD_INVALID; break;
    }
    if (code == 0 && signal->kind == MT_ASK_SIGNAL && signal->side == 0 && !flat_helps(s, signal->symbol))
        code = MT_CODE_STATE_HALTED;
    else if (code == 0 && entry && s->desk->stopping)
        code = MT_CODE_STRATEGY_DISABLED;
    else if (code == 0 && entry && s->state_codes[signal->symbol] != 0)
        code = state_code(s, signal);
    if (code == 0)
        signal->id = s->desk->books.next_signal + (s->queue_count++ - s->queue_run);
    if (code == 0)
        note_far(s, signal);
    return code;
}

static double request(struct mt_port *port, const struct mt_request *request)
{
    struct mt_seat *s = port->engine;
    const char *field = NULL;
    int32_t code = ask(s, request, &field);
    port->refused_field = field;
    if (code == 0)
        return (double)s->queue[s->queue_count - 1].id;
    mt_refusal_count(s, (enum mt_request_kind)request->kind, request->market, field, code);
    return -code;
}

void mt_request_install(struct mt_seat *s)
{
    s->port.engine = s;
    s->port.request = request;
}
