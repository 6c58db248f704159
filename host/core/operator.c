#include "core/operator.h"

#include <string.h>

#include "core/emit.h"
#include "core/leg.h"
#include "core/news.h"
#include "core/oms.h"
#include "core/trading_state.h"
#include "core/turn.h"

const char *mt_operator_command_name(unsigned command)
{
    static const char *const names[] = { "?", "halt", "reduce", "resume", "flatten", "kill", "params", "stop" };
    return command < sizeof names / sizeof *names ? names[command] : names[0];
}

static bool covers(int wanted, int index)
{
    return wanted < 0 || wanted == index;
}

static int stays_dead(struct mt_diag *diag)
{
    return mt_fail(diag, MT_EREFUSED, "killed: what was killed stays dead: flatten closes what is open, stop ends this "
                   "run, a new run trades again");
}

static int set_scope(struct mt_engine *e, int account, int symbol, enum mt_trading_state state, struct mt_diag *diag)
{
    struct mt_risk_scope_view view;
    enum mt_scope_kind kind = account < 0 ? MT_SCOPE_GLOBAL : symbol < 0 ? MT_SCOPE_ACCOUNT : MT_SCOPE_SYMBOL;
    int scope = mt_risk_scope_find(e->desk.books.risk, kind, account, symbol);
    if (scope < 0) /* no such symbol scope is set up: the account is the nearest that is safe */
        scope = mt_risk_scope_find(e->desk.books.risk, MT_SCOPE_ACCOUNT, account, -1);
    mt_risk_scope(e->desk.books.risk, (uint16_t)scope, &view);
    if (view.state == MT_KILLED && state != MT_KILLED)
        return stays_dead(diag);
    mt_trading_state_set(&e->desk, (uint16_t)scope, state);
    return 0;
}

/* Everything that the command covers: a limit may have stopped an account, or one of several scopes that meet there.
 * What was killed stays dead: that is what tells a kill from a halt. */
static int resume_scopes(struct mt_engine *e, int account, int symbol, struct mt_diag *diag)
{
    enum mt_trading_state worst = MT_ACTIVE;
    for (size_t i = 0; i < mt_risk_scope_count(e->desk.books.risk); i++) {
        struct mt_risk_scope_view view;
        mt_risk_scope(e->desk.books.risk, (uint16_t)i, &view);
        if (!covers(account, view.account) || !covers(symbol, view.symbol))
            continue;
        worst = view.state == MT_KILLED ? MT_KILLED : worst;
        bool whole = view.kind == MT_SCOPE_GLOBAL && account < 0 && symbol < 0;
        if (view.state == MT_KILLED || (view.state == MT_ACTIVE && !whole))
            continue;
        mt_trading_state_set(&e->desk, (uint16_t)i, MT_ACTIVE);       /* GLOBAL also when it is active: counters start again */
    }
    for (uint16_t a = 0; a < e->desk.books.account_count; a++)
        for (uint16_t y = 0; y < e->desk.books.instrument_count; y++)
            if (covers(account, a) && covers(symbol, y) && mt_risk_state(e->desk.books.risk, a, y) > worst)
                worst = mt_risk_state(e->desk.books.risk, a, y);
    if (worst == MT_KILLED)
        return stays_dead(diag);
    if (worst != MT_ACTIVE)
        return mt_fail(diag, MT_EREFUSED, "a wider scope still stands in the way: status shows which; resume without "
                       "words reaches all");
    return 0;
}

/* Protective exits too: a kill leaves nothing at the venue (3.4) but what an operator closes. */
static void cancel_all(struct mt_engine *e, int account, int symbol)
{
    struct mt_orders *orders = &e->desk.books.orders;
    uint64_t after = 0;
    for (size_t i = 0; i < orders->open_count;) {       /* withdrawn orders leave the list under us: go by id */
        uint64_t coid = orders->open[i];
        const struct mt_order *order = mt_orders_get(orders, coid);
        if (coid > after && covers(account, order->terms.account) && covers(symbol, order->terms.symbol)
            && order->terms.role != MT_ROLE_OPERATOR)
            mt_oms_cancel(&e->desk, coid);
        after = coid;
        i += i < orders->open_count && orders->open[i] == coid;
    }
}

/* by_operator: only his word closes what is killed, not what the script says for its end. */
int mt_operator_flatten(struct mt_engine *e, int account, int symbol, bool by_operator, struct mt_diag *diag)
{
    size_t halted = 0, closing = 0;
    for (uint16_t a = 0; a < e->desk.books.account_count; a++)
        for (uint16_t y = 0; y < e->desk.books.instrument_count; y++) {
            struct mt_rec_leg none = { .mode = mt_leg_at(&e->desk.books, a, y)->wish.mode };
            enum mt_trading_state state = mt_risk_state(e->desk.books.risk, a, y);
            bool open = mt_position_at(&e->desk.books, a, y)->qty != 0;
            bool business = open || mt_leg_at(&e->desk.books, a, y)->entry_coid || mt_leg_at(&e->desk.books, a, y)->wish.waiting;
            if (!business || !covers(account, a) || !covers(symbol, y) || (state == MT_KILLED && !by_operator))
                continue;
            halted += open && state == MT_HALTED;
            closing += open && state != MT_HALTED;
            mt_leg_close(&e->desk, a, y, MT_ROLE_OPERATOR, 0, false, &none);
        }
    if (halted > 0)
        return mt_fail(diag, MT_EREFUSED, "a halt closes nothing: %zu position%s as soon as reduce or resume ends the "
                       "halt (status shows where it is)%s", halted, halted == 1 ? " closes" : "s close",
                       closing > 0 ? "; the others are being closed" : "");
    return 0;
}

int mt_engine_operator(struct mt_engine *e, int64_t now_ns, enum mt_operator_command command, int account, int symbol,
                       const char *who, const char *text, struct mt_diag *diag)
{
    struct mt_rec_operator r;
    int refused = 0;
    if (account < -1 || account >= e->desk.books.account_count || symbol < -1 || symbol >= e->desk.books.instrument_count)
        return mt_fail(diag, MT_ERANGE, "%s: no such account or symbol", mt_operator_command_name(command));
    memset(&r, 0, sizeof r);
    mt_turn_begin(e, now_ns);
    r.turn = e->desk.turn;
    r.command = command;
    r.account = account;
    r.symbol = symbol;
    memcpy(r.who, who, strnlen(who, sizeof r.who - 1));
    memcpy(r.text, text, strnlen(text, sizeof r.text - 1));
    mt_emit(&e->desk, MT_REC_OPERATOR, &r, sizeof r, MT_DURABLE_D1P);
    switch (command) {
    case MT_OPERATOR_HALT: refused = set_scope(e, account, symbol, MT_HALTED, diag); break;
    case MT_OPERATOR_REDUCE: refused = set_scope(e, account, symbol, MT_REDUCE_ONLY, diag); break;
    case MT_OPERATOR_RESUME: refused = resume_scopes(e, account, symbol, diag); break;
    case MT_OPERATOR_FLATTEN: refused = mt_operator_flatten(e, account, symbol, true, diag); break;
    case MT_OPERATOR_KILL:                      /* durable before anything else, then the cancels (3.4) */
        refused = set_scope(e, account, symbol, MT_KILLED, diag);
        if (e->desk.dead == 0 && (e->desk.dead = mt_journal_flush(e->desk.journal, MT_DURABLE_D1P, &e->desk.fault)) == 0) {
            mt_oms_flushed(&e->desk);
            cancel_all(e, account, symbol);
        }
        e->desk.watch_ns = e->desk.now_ns + MT_NS_PER_S;
        break;
    case MT_OPERATOR_PARAM: refused = mt_seat_param(&e->seat, r.text, diag); break;
    default: break;
    }
    mt_news_tell(&e->seat);
    int rc = mt_turn_end(e, diag);
    return rc ? rc : refused;
}
