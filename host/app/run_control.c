/* One line in, "ok …" or "error …" out; status adds a line of JSON. */
#include "app/run_control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/open_positions.h"

enum { WORDS = 3, WORD_MAX = 128 };
struct words { char text[WORDS][WORD_MAX]; int count; };

static bool split(const char *line, struct words *out)
{
    out->count = 0;
    for (const char *at = line + strspn(line, " "); *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        if (out->count == WORDS || length >= WORD_MAX)
            return false;
        memcpy(out->text[out->count], at, length);
        out->text[out->count++][length] = '\0';
        at += length;
    }
    return out->count > 0;
}

/* --- status: the JSON of control.h -------------------- */

/* Trailing, time and several takes are the host's; a plain stop lies at the venue. Where no exit may go there is none,
 * whatever the plan says. */
static const char *stop_place(const struct mt_leg_view *leg, bool unprotected)
{
    return unprotected ? "none" : leg->stop_coid ? "venue" : leg->armed ? "host" : "none";
}

static void put_leg(const struct mt_run_control *c, struct mt_buf *out, uint16_t account, uint16_t symbol)
{
    const struct mt_session_plan *plan = c->session->plan;
    const struct mt_engine *engine = c->session->engine;
    const struct mt_slot *slot = mt_ledger_slot(mt_engine_ledger(engine), account, symbol);
    const struct mt_instrument *instrument = &plan->instruments[symbol];
    struct mt_leg_view leg;
    mt_engine_leg(engine, account, symbol, &leg);
    if (slot->position.qty == 0 && slot->open == 0 && leg.want == 0)
        return;
    mt_json_open(out, NULL, '{');
    mt_json_text(out, "account", plan->accounts[account].name);
    mt_json_text(out, "symbol", instrument->symbol);
    mt_json_int(out, "want", leg.want);
    mt_json_dec(out, "qty", slot->position.qty, instrument->qty_scale);
    mt_json_double(out, "entry", mt_position_entry(&slot->position, instrument));
    mt_json_money(out, "unrealised", slot->unrealised);
    mt_json_uint(out, "open_orders", slot->open);
    mt_json_uint(out, "unknown_orders", slot->unknown);
    bool unprotected = mt_open_unprotected(c->session, account, symbol);
    mt_json_text(out, "stop_at", stop_place(&leg, unprotected));
    mt_json_bool(out, "unprotected", unprotected);
    mt_json_text(out, "state", mt_trading_state_name(mt_risk_state(mt_engine_risk(engine), account, symbol)));
    mt_json_close(out, '}');
}

static void put_price(struct mt_buf *out, const char *key, bool there, int64_t price,
                      const struct mt_instrument *instrument)
{
    if (there)
        mt_json_dec(out, key, price, instrument->price_scale);
    else
        mt_json_text(out, key, "");
}

static void put_symbol(const struct mt_run_control *c, struct mt_buf *out, uint16_t symbol)
{
    const struct mt_instrument *instrument = &c->session->plan->instruments[symbol];
    const struct mt_top *top = &mt_engine_ledger(c->session->engine)->tops[symbol];
    mt_json_open(out, NULL, '{');
    mt_json_text(out, "symbol", instrument->symbol);
    put_price(out, "bid", mt_top_has_bid(top), top->bid, instrument);
    put_price(out, "ask", mt_top_has_ask(top), top->ask, instrument);
    put_price(out, "last", mt_top_has_last(top), top->last, instrument);
    mt_json_int(out, "stance", mt_engine_stance(c->session->engine, symbol));
    mt_json_text(out, "why_not", mt_engine_why(c->session->engine, symbol));
    mt_json_close(out, '}');
}

static void put_account(const struct mt_run_control *c, struct mt_buf *out, uint16_t account)
{
    const struct mt_session *session = c->session;
    const struct mt_ledger *ledger = mt_engine_ledger(session->engine);
    mt_json_open(out, NULL, '{');
    mt_json_text(out, "account", session->plan->accounts[account].name);
    mt_json_text(out, "currency", session->plan->accounts[account].currency);
    mt_json_money(out, "cash", ledger->accounts[account].cash);
    mt_json_money(out, "equity", mt_ledger_equity(ledger, account));
    mt_json_close(out, '}');
}

static void put_scopes(const struct mt_run_control *c, struct mt_buf *out)
{
    const struct mt_risk *risk = mt_engine_risk(c->session->engine);
    mt_json_open(out, "not_active", '[');
    for (size_t i = 0; i < mt_risk_scope_count(risk); i++) {
        struct mt_risk_scope_view scope;
        mt_risk_scope(risk, (uint16_t)i, &scope);
        if (scope.state == MT_ACTIVE)
            continue;
        mt_json_open(out, NULL, '{');
        mt_json_text(out, "scope", mt_scope_name(scope.kind));
        mt_json_text(out, "account", scope.account >= 0 ? c->session->plan->accounts[scope.account].name : "");
        mt_json_text(out, "state", mt_trading_state_name(scope.state));
        mt_json_close(out, '}');
    }
    mt_json_close(out, ']');
}

static void put_counts(const struct mt_run_control *c, struct mt_buf *out)
{
    struct mt_results_view view;
    mt_results_view(c->results, &view);
    mt_json_uint(out, "events", view.events);
    mt_json_uint(out, "signals", view.signals);
    mt_json_uint(out, "vetoes", view.vetoes);
    mt_json_uint(out, "orders", view.orders);
    mt_json_uint(out, "denied", view.denied);
    mt_json_uint(out, "refused", view.refused);
    mt_results_put_rejected(c->results, out);
    mt_json_uint(out, "expired", view.expired);
    mt_json_uint(out, "cut", view.cut);
    mt_json_uint(out, "assumed", view.assumed);
    mt_json_uint(out, "fills", view.fills);
    mt_json_uint(out, "trades", view.trades);
}

static void status(const struct mt_run_control *c, struct mt_buf *out)
{
    const struct mt_session *session = c->session;
    struct mt_open_positions positions;
    struct mt_buf params;
    char note[512];
    mt_open_positions(session, -1, -1, &positions);
    mt_open_tell(&positions, note, sizeof note);
    mt_json_open(out, NULL, '{');
    mt_json_text(out, "mode", "PAPER");
    mt_json_text(out, "script", session->spec->path);
    mt_json_text(out, "run", c->dir);
    mt_json_time(out, "now", mt_engine_now(session->engine));
    mt_json_bool(out, "warming", mt_engine_muted(session->engine));
    put_counts(c, out);
    mt_json_uint(out, "unprotected", positions.unprotected.count);
    mt_json_text(out, "note", note);
    mt_json_open(out, "symbols", '[');
    for (uint16_t y = 0; y < session->plan->instrument_count; y++)
        put_symbol(c, out, y);
    mt_json_close(out, ']');
    mt_json_open(out, "accounts", '[');
    for (size_t i = 0; i < session->binding_count; i++)
        put_account(c, out, session->bindings[i].account);
    mt_json_close(out, ']');
    mt_json_open(out, "legs", '[');
    for (size_t i = 0; i < session->binding_count; i++)
        for (uint16_t y = 0; y < session->plan->instrument_count; y++)
            put_leg(c, out, session->bindings[i].account, y);
    mt_json_close(out, ']');
    put_scopes(c, out);
    mt_buf_init(&params, 1 << 20);
    mt_script_params_json(session->script, &params);
    mt_json_raw(out, "params", mt_buf_text(&params));
    mt_buf_fini(&params);
    mt_json_close(out, '}');
}

static void answer_status(const struct mt_run_control *c, char *answer, size_t size)
{
    struct mt_buf out;
    mt_buf_init(&out, 4 << 20);
    status(c, &out);
    if (out.failed || out.length + sizeof "ok\n" > size)
        snprintf(answer, size, "error status: does not fit into one answer");
    else
        snprintf(answer, size, "ok\n%s", mt_buf_text(&out));
    mt_buf_fini(&out);
}

/* --- commands -------------------- */

static int find_account(const struct mt_session_plan *plan, const char *name)
{
    for (uint16_t i = 0; i < plan->account_count; i++)
        if (strcmp(plan->accounts[i].name, name) == 0)
            return i;
    return -1;
}

static int find_symbol(const struct mt_session_plan *plan, const char *name)
{
    for (uint16_t i = 0; i < plan->instrument_count; i++)
        if (strcmp(plan->instruments[i].symbol, name) == 0)
            return i;
    return -1;
}

static int command_of(const char *word)
{
    for (unsigned command = MT_OPERATOR_HALT; command <= MT_OPERATOR_STOP; command++)
        if (strcmp(word, mt_operator_command_name(command)) == 0)
            return (int)command;
    return 0;
}

/* What a state that was set comes to: a stricter one of another scope may stand beside it. */
static const char *came_to(int command, enum mt_trading_state worst)
{
    if (worst == MT_KILLED)
        return command == MT_OPERATOR_KILL ? "everything is being cancelled, exits too, and stays dead"
                                           : "it is set, but something there is killed and stays dead";
    if (command == MT_OPERATOR_REDUCE && worst == MT_HALTED)
        return "it is set, but something there is still halted: status shows what, resume ends it";
    return command == MT_OPERATOR_HALT ? "only cancels pass now, and only stops that lie at the venue work"
                                       : "nothing may increase a position now; exits go on";
}

/* What has happened by now, behind "halt: ". */
static void tell(const struct mt_run_control *c, int command, int account, int symbol, const char *text, char *answer,
                 size_t size)
{
    const struct mt_session_plan *plan = c->session->plan;
    struct mt_open_positions positions;
    char place[128], what[256], note[512];
    mt_open_positions(c->session, account, symbol, &positions);
    mt_open_tell(&positions, note, sizeof note);
    snprintf(place, sizeof place, "%s%s%s", account < 0 ? "all accounts" : plan->accounts[account].name,
             symbol < 0 ? "" : " ", symbol < 0 ? "" : plan->instruments[symbol].symbol);
    switch (command) {
    case MT_OPERATOR_HALT:
    case MT_OPERATOR_REDUCE:
    case MT_OPERATOR_KILL:
        snprintf(what, sizeof what, "%s: %s%s", place, came_to(command, positions.worst),
                 command == MT_OPERATOR_KILL && positions.open == 0 ? "; no position is open" : "");
        break;
    case MT_OPERATOR_RESUME: snprintf(what, sizeof what, "%s: trading again", place); break;
    case MT_OPERATOR_FLATTEN:
        snprintf(what, sizeof what, "%s: %zu position%s being closed", place, positions.open,
                 positions.open == 1 ? " is" : "s are");
        note[0] = '\0';
        break;
    case MT_OPERATOR_STOP:                      /* too late to point at flatten */
        mt_open_tell_left(&positions, note, sizeof note);
        snprintf(what, sizeof what, "the run is ending in order");
        break;
    default:
        snprintf(what, sizeof what, "%s is set", text);
        note[0] = '\0';
        break;
    }
    snprintf(answer, size, "ok %s%s%s", what, note[0] ? ": " : "", note);
}

static void act(struct mt_run_control *c, int command, int account, int symbol, const char *text, char *answer,
                size_t size)
{
    struct mt_diag diag = { 0 };
    int rc = mt_loop_operator(c->loop, (enum mt_operator_command)command, account, symbol, "control", text, &diag);
    if (rc == 0) {
        tell(c, command, account, symbol, text, answer, size);
        return;
    }
    snprintf(answer, size, "error %s", diag.text);
    if (rc == MT_EIO || rc == MT_EFULL) /* a refused parameter is the operator's business, a dead journal ours */
        c->failed = rc;
}

void mt_run_control_handle(void *ud, const char *line, char *answer, size_t size)
{
    struct mt_run_control *c = ud;
    const struct mt_session_plan *plan = c->session->plan;
    struct words words;
    if (!split(line, &words)) {
        snprintf(answer, size, "error expected: status | params NAME=VALUE | COMMAND [ACCOUNT [SYMBOL]]");
        return;
    }
    if (strcmp(words.text[0], "status") == 0 && words.count == 1) {
        answer_status(c, answer, size);
        return;
    }
    int command = command_of(words.text[0]);
    bool params = command == MT_OPERATOR_PARAM;
    if (command == 0 || (params && words.count != 2) || (command == MT_OPERATOR_STOP && words.count != 1)) {
        snprintf(answer, size, "error %s: no such command, or not with these words", words.text[0]);
        return;
    }
    if (params) {
        act(c, command, -1, -1, words.text[1], answer, size);
        return;
    }
    int account = words.count > 1 ? find_account(plan, words.text[1]) : -1;
    int symbol = words.count > 2 ? find_symbol(plan, words.text[2]) : -1;
    if (words.count > 1 && account < 0)
        snprintf(answer, size, "error %s: no such account: the first is %s", words.text[1], plan->accounts[0].name);
    else if (words.count > 2 && symbol < 0)
        snprintf(answer, size, "error %s: no such symbol: the first is %s", words.text[2], plan->instruments[0].symbol);
    else
        act(c, command, account, symbol, "", answer, size);
}
