/* decision_log: a run followed by its log. At DEBUG each decision is a line: what the script asked for, what the
 * filters said, the size, the denial, the order, the fill, the exit. Every decision is a record of the journal, so this
 * is an observer of records, and decides nothing. `id` is the signal's in all lines that come of it, from the signal to
 * the fill of its exit; 0 where none stands behind an order (an operator, a target). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/results_private.h"
#include "base/log.h"
#include "model/code.h"

enum { UNITS = 9, FIELDS_MAX = 2048 };      /* sizes, strengths, parts: 10^-9 */

/* The fields that a line of an order, or of its account and symbol, begins with. */
static void begin(struct mt_buf *out, uint64_t id)
{
    mt_buf_clear(out);
    mt_json_uint(out, "id", id);
}

static const struct mt_instrument *put_place(const struct mt_results *r, struct mt_buf *out, uint16_t account,
                                             uint16_t symbol)
{
    const struct mt_instrument *instrument = mt_results_instrument(r, symbol);
    mt_json_text(out, "account", mt_results_account(r, account));
    mt_json_text(out, "symbol", instrument->symbol);
    return instrument;
}

static void put_code(struct mt_buf *out, int32_t code)
{
    if (code != 0)
        mt_json_text(out, "code", mt_code_name(code));
}

static void put_tag(struct mt_buf *out, const char *tag)
{
    if (tag[0])
        mt_json_text(out, "tag", tag);
}

static void signal_line(const struct mt_results *r, const struct mt_rec_signal *s, struct mt_buf *out)
{
    const struct mt_instrument *instrument = mt_results_instrument(r, s->symbol);
    char wish[MT_DEC_TEXT + 8] = "";
    begin(out, s->id);
    mt_json_text(out, "symbol", instrument->symbol);
    mt_json_text(out, "kind", mt_ask_name(s->kind));
    if (s->kind == MT_ASK_SIGNAL) {
        mt_json_text(out, "side", mt_side_name(s->side));
        mt_json_dec(out, "size", s->size, UNITS);
        mt_json_dec(out, "strength", s->strength, UNITS);
        snprintf(wish, sizeof wish, " %s", mt_side_name(s->side));
    } else if (s->kind == MT_ASK_TARGET) {
        mt_json_dec(out, "qty", s->qty, instrument->qty_scale);
        wish[0] = ' ';
        mt_dec_format_short(wish + 1, s->qty, instrument->qty_scale);
    }
    if (s->has_limit)
        mt_json_dec(out, "limit", s->limit, instrument->price_scale);
    put_tag(out, s->tag);
    mt_log_each(MT_LOG_DEBUG, "signal", mt_buf_text(out), "%s%s %s", mt_ask_name(s->kind), wish, instrument->symbol);
}

/* A veto says which filter and why; after a pass the strength is what the filters left of it. */
static void verdict_line(const struct mt_results *r, const struct mt_rec_decision *d, struct mt_buf *out)
{
    const struct mt_rec_verdict *v = &d->verdict;
    const char *symbol = mt_results_instrument(r, d->signal.symbol)->symbol;
    const char *why = v->reason[0] ? v->reason : v->code != 0 ? mt_code_text(v->code) : "";
    begin(out, d->signal.id);
    mt_json_text(out, "symbol", symbol);
    mt_json_text(out, "verdict", mt_verdict_name(v->verdict));
    if (v->reason[0])
        mt_json_text(out, "reason", v->reason);
    put_code(out, v->code);
    if (v->verdict == MT_VETOED)
        mt_json_double(out, "value", v->value);
    mt_json_dec(out, "strength", v->strength, UNITS);
    mt_json_int(out, "sent", v->sent);
    mt_json_int(out, "of", v->of);
    put_tag(out, d->signal.tag);
    if (v->verdict == MT_VETOED) {
        mt_log_each(MT_LOG_DEBUG, "filter", mt_buf_text(out), "vetoed %s: %s", symbol, why);
        return;
    }
    if (v->entry && r->run.filtered) {
        char strength[MT_DEC_TEXT];
        mt_dec_format_short(strength, v->strength, UNITS);
        mt_log_each(MT_LOG_DEBUG, "filter", mt_buf_text(out), "passed %s: strength %s", symbol, strength);
    }
    mt_log_each(MT_LOG_DEBUG, v->verdict == MT_NO_SIZE ? "sizing" : "signal", mt_buf_text(out),
                "%s %s: %u of %u accounts%s%s", mt_verdict_name(v->verdict), symbol, v->sent, v->of, why[0] ? ": " : "",
                why);
}

/* The wish is there with its size, or as an exit; a check that refused it has a line of its own. */
static void intent_lines(const struct mt_results *r, const struct mt_rec_intent *i, struct mt_buf *out)
{
    char qty[MT_DEC_TEXT], at[MT_DEC_TEXT + 8] = "";
    begin(out, i->signal);
    mt_json_uint(out, "order", i->coid);
    const struct mt_instrument *instrument = put_place(r, out, i->terms.account, i->terms.symbol);
    const char *role = mt_role_name(mt_exit_reason(&i->terms, &i->follow));
    const struct mt_price price = mt_terms_named_price(&i->terms);
    mt_dec_format_short(qty, i->terms.qty, instrument->qty_scale);
    if (price.there) {
        memcpy(at, " at ", 5);
        mt_dec_format_short(at + 4, price.value, instrument->price_scale);
    }
    mt_json_text(out, "side", mt_side_name(i->terms.side));
    mt_json_text(out, "type", mt_order_type_name(i->terms.type));
    mt_json_text(out, "role", role);
    mt_json_dec(out, "qty", i->terms.qty, instrument->qty_scale);
    if (mt_terms_has_price(&i->terms))
        mt_json_dec(out, "price", i->terms.price, instrument->price_scale);
    if (mt_terms_has_stop(&i->terms))
        mt_json_dec(out, "stop", i->terms.stop, instrument->price_scale);
    if (i->cut)
        mt_json_bool(out, "cut", true);
    put_tag(out, i->tag);
    bool entry = i->terms.role == MT_ROLE_ENTRY || i->terms.role == MT_ROLE_TARGET;
    mt_log_each(MT_LOG_DEBUG, entry ? "sizing" : "exit", mt_buf_text(out), "%s: %s %s %s %s%s%s", role,
                mt_side_name(i->terms.side), qty, instrument->symbol, mt_order_type_name(i->terms.type), at,
                i->cut ? ": cut to the free margin" : "");
    if (i->code == 0)
        return;
    put_code(out, i->code);
    mt_log_each(MT_LOG_DEBUG, "risk", mt_buf_text(out), "denied: %s: %s", mt_code_name(i->code), mt_code_text(i->code));
}

/* asked: what we want of the venue now, or NULL. */
static void order_line(const struct mt_results *r, const struct mt_order *order, const char *asked, struct mt_buf *out)
{
    char qty[MT_DEC_TEXT];
    begin(out, order->signal_id);
    mt_json_uint(out, "order", order->coid);
    const struct mt_instrument *instrument = put_place(r, out, order->terms.account, order->terms.symbol);
    mt_json_text(out, "state", mt_order_state_name(order->state));
    if (order->op != MT_OP_NONE)
        mt_json_text(out, "op", mt_order_op_name(order->op));
    mt_json_dec(out, "filled", order->cum, instrument->qty_scale);
    mt_json_dec(out, "leaves", mt_order_leaves(order), instrument->qty_scale);
    put_code(out, order->code);
    mt_dec_format_short(qty, order->terms.qty, instrument->qty_scale);
    mt_log_each(MT_LOG_DEBUG, "order", mt_buf_text(out), "%s %s %s: %s%s%s%s%s", mt_side_name(order->terms.side), qty,
                instrument->symbol, mt_order_state_name(order->state), asked ? ", " : "", asked ? asked : "",
                order->code ? ": " : "", order->code ? mt_code_text(order->code) : "");
}

static void fill_line(const struct mt_results *r, const struct mt_order *order, const struct mt_rec_venue_event *e,
                      struct mt_buf *out)
{
    char qty[MT_DEC_TEXT], price[MT_DEC_TEXT];
    const char *reason = mt_role_name(mt_order_reason(order));
    begin(out, order->signal_id);
    mt_json_uint(out, "order", order->coid);
    const struct mt_instrument *instrument = put_place(r, out, order->terms.account, order->terms.symbol);
    mt_dec_format_short(qty, e->qty, instrument->qty_scale);
    mt_dec_format_short(price, e->price, instrument->price_scale);
    mt_json_text(out, "side", mt_side_name(order->terms.side));
    mt_json_text(out, "reason", reason);
    mt_json_dec(out, "price", e->price, instrument->price_scale);
    mt_json_dec(out, "qty", e->qty, instrument->qty_scale);
    mt_json_money(out, "fee", mt_rec_money_get(e->fee));
    mt_json_money(out, "profit", mt_rec_money_get(e->realised));
    put_tag(out, order->tag);
    mt_log_each(MT_LOG_DEBUG, "fill", mt_buf_text(out), "%s: %s %s %s at %s", reason,
                mt_side_name(order->terms.side), qty, instrument->symbol, price);
}

static void venue_lines(const struct mt_results *r, const struct mt_engine *engine, const struct mt_rec_venue_event *e,
                        struct mt_buf *out)
{
    const struct mt_order *order = mt_engine_order(engine, e->coid);
    if (!order)
        return;
    if (e->op == MT_REPORT_NO_OP && (e->event == MT_ORDER_FILLP || e->event == MT_ORDER_FILLX))
        fill_line(r, order, e, out);
    order_line(r, order, NULL, out);
}

static void order_of(const struct mt_results *r, const struct mt_engine *engine, uint64_t coid, const char *asked,
                     struct mt_buf *out)
{
    const struct mt_order *order = mt_engine_order(engine, coid);
    if (order)
        order_line(r, order, asked, out);
}

static void put_level(struct mt_buf *out, const char *key, const struct mt_level *level,
                      const struct mt_instrument *instrument)
{
    char name[32];
    if (level->kind != MT_LEVEL_DISTANCE && level->kind != MT_LEVEL_PRICE)
        return;
    snprintf(name, sizeof name, "%s%s", key, level->kind == MT_LEVEL_DISTANCE ? "_distance" : "");
    mt_json_dec(out, name, level->value, instrument->price_scale);
}

/* The plan of exits of an account as it stands now. */
static void plan_line(const struct mt_results *r, const struct mt_engine *engine, uint16_t account, uint16_t symbol,
                      struct mt_buf *out)
{
    const struct mt_exit *exit = mt_engine_exit(engine, account, symbol);
    struct mt_leg_view leg;
    mt_engine_leg(engine, account, symbol, &leg);
    const struct mt_order *entry = mt_engine_order(engine, leg.entry_coid);
    begin(out, entry ? entry->signal_id : 0);
    const struct mt_instrument *instrument = put_place(r, out, account, symbol);
    put_level(out, "stop", &exit->stop, instrument);
    put_level(out, "trail", &exit->trail, instrument);
    for (int t = 0; t < exit->take_count && t < MT_TAKES_MAX; t++) {
        char key[16];
        snprintf(key, sizeof key, "take%d", t + 1);
        put_level(out, key, &exit->takes[t], instrument);
    }
    if (exit->time_ns)
        mt_json_dec(out, "time_s", exit->time_ns, UNITS);
    mt_log_each(MT_LOG_DEBUG, "exit", mt_buf_text(out), "plan of %s %s", instrument->symbol,
                leg.armed ? "armed" : "ended");
}

static void leg_lines(const struct mt_results *r, const struct mt_engine *engine, const struct mt_rec_leg *legs,
                      uint32_t count, struct mt_buf *out)
{
    for (uint32_t i = 0; i < count; i++)
        if (legs[i].plan != MT_LEG_PLAN_STAYS)
            plan_line(r, engine, legs[i].account, legs[i].symbol, out);
}

static void risk_line(const struct mt_results *r, const struct mt_engine *engine, const struct mt_rec_risk_state *s,
                      struct mt_buf *out)
{
    struct mt_risk_scope_view scope;
    mt_risk_scope(mt_engine_risk(engine), s->scope, &scope);
    mt_buf_clear(out);
    mt_json_text(out, "scope", mt_scope_name(scope.kind));
    if (scope.account >= 0)
        mt_json_text(out, "account", mt_results_account(r, (uint16_t)scope.account));
    if (scope.symbol >= 0 && scope.kind == MT_SCOPE_SYMBOL)
        mt_json_text(out, "symbol", mt_results_instrument(r, (uint16_t)scope.symbol)->symbol);
    put_code(out, s->code);
    mt_log_each(MT_LOG_DEBUG, "risk", mt_buf_text(out), "%s is %s: %s", mt_scope_name(scope.kind),
                mt_trading_state_name(s->state), s->code ? mt_code_text(s->code) : "an operator's command");
}

static void operator_line(const struct mt_rec_operator *o, struct mt_buf *out)
{
    mt_buf_clear(out);
    mt_json_text_n(out, "who", o->who, strnlen(o->who, sizeof o->who));
    mt_log_each(MT_LOG_DEBUG, "operator", mt_buf_text(out), "%s: %.*s", mt_operator_command_name(o->command),
                (int)sizeof o->text, o->text);
}

static void refused_line(const struct mt_rec_refused *f, struct mt_buf *out)
{
    mt_buf_clear(out);
    mt_json_uint(out, "count", f->count);
    put_code(out, f->codes[0].code);
    mt_log_each(MT_LOG_DEBUG, "signal", mt_buf_text(out), "%.*s%s%s refused: %s", (int)sizeof f->at, f->at,
                f->at[0] ? ": " : "", mt_ask_name(f->ask), mt_code_text(f->codes[0].code));
}

static struct mt_buf fields = { .maximum = FIELDS_MAX };        /* one process, one log */

void mt_decision_log_asked(const struct mt_results *r, const struct mt_rec_signal *signal)
{
    signal_line(r, signal, &fields);
}

void mt_decision_log_sent(const struct mt_results *r, const struct mt_order *order)
{
    order_line(r, order, NULL, &fields);
}

static void decision_lines(const struct mt_results *r, const struct mt_engine *engine, const struct mt_rec_decision *d)
{
    leg_lines(r, engine, (const struct mt_rec_leg *)(const void *)(d + 1), d->leg_count, &fields);
    if (d->signal.kind != MT_ASK_PROTECT)
        verdict_line(r, d, &fields);
}

void mt_decision_log(const struct mt_results *r, const struct mt_engine *engine, const struct mt_record *record)
{
    const void *payload = record->payload;
    switch (record->kind) {
    case MT_REC_DECISION: decision_lines(r, engine, payload); break;
    case MT_REC_LEG: leg_lines(r, engine, payload, 1, &fields); break;
    case MT_REC_INTENT: intent_lines(r, payload, &fields); break;
    case MT_REC_SENT: order_of(r, engine, ((const struct mt_rec_sent *)payload)->coid, NULL, &fields); break;
    case MT_REC_OP: {
        static const char *const asked[] = { "sent", "change asked", "cancel asked", "asked for" };
        const struct mt_rec_op *op = payload;
        order_of(r, engine, op->coid, asked[op->asked & 3], &fields);
        break;
    }
    case MT_REC_VENUE_EVENT: venue_lines(r, engine, payload, &fields); break;
    case MT_REC_PLAN: {
        const struct mt_rec_plan *plan = payload;
        plan_line(r, engine, plan->account, plan->symbol, &fields);
        break;
    }
    case MT_REC_RISK_STATE: risk_line(r, engine, payload, &fields); break;
    case MT_REC_OPERATOR: operator_line(payload, &fields); break;
    case MT_REC_REFUSED: refused_line(payload, &fields); break;
    default: break;
    }
}
