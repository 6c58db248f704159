/* `run --json`: one JSON object a line for each event of an order's life, as it happens. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "report/results_private.h"
#include "model/code.h"

enum { LINES_FLUSH = 65536 };

static void begin(struct mt_buf *out, const char *ev, int64_t time_ns)
{
    mt_json_open(out, NULL, '{');
    mt_json_text(out, "ev", ev);
    mt_json_time(out, "t", time_ns);
}

static void end(struct mt_buf *out)
{
    mt_json_close(out, '}');
    mt_buf_puts(out, "\n");
}

static void put_place(struct mt_results *r, uint16_t account, uint16_t symbol)
{
    mt_json_text(&r->lines, "account", mt_results_account(r, account));
    mt_json_text(&r->lines, "symbol", mt_results_instrument(r, symbol)->symbol);
}

static void put_code(struct mt_buf *out, int32_t code)
{
    if (code != 0)
        mt_json_text(out, "code", mt_code_name(code));
}

/* Why not: what a filter said, else the name of the code. */
static void put_reason(struct mt_buf *out, const char *said, int32_t code)
{
    if (said[0] || code != 0)
        mt_json_text(out, "reason", said[0] ? said : mt_code_name(code));
    put_code(out, code);
}

static void put_tag(struct mt_buf *out, const char *tag)
{
    if (tag[0])
        mt_json_text(out, "tag", tag);
}

void mt_lines_asked(struct mt_results *r, const struct mt_engine *engine, const struct mt_rec_signal *s)
{
    struct mt_buf *out = &r->lines;
    begin(out, "signal", mt_engine_now(engine));
    mt_json_uint(out, "signal", s->id);
    mt_json_text(out, "symbol", mt_results_instrument(r, s->symbol)->symbol);
    mt_json_text(out, "kind", mt_ask_name(s->kind));
    if (s->kind == MT_ASK_SIGNAL) {
        mt_json_text(out, "side", mt_side_name(s->side));
        mt_json_dec(out, "size", s->size, 9);
        mt_json_dec(out, "strength", s->strength, 9);
    } else if (s->kind == MT_ASK_TARGET)
        mt_json_dec(out, "qty", s->qty, mt_results_instrument(r, s->symbol)->qty_scale);
    put_tag(out, s->tag);
    end(out);
    r->signal_end = s->kind == MT_ASK_PROTECT ? 0 : out->length;         /* a protect has no verdict */
}

/* The verdict goes into the line of its signal: it comes after the lines of the orders. */
static void complete_signal(struct mt_results *r, const struct mt_rec_verdict *v)
{
    struct mt_buf *out = &r->lines, later;
    size_t end_at = r->signal_end;
    r->signal_end = 0;
    if (end_at == 0 || out->failed)
        return;
    mt_buf_init(&later, out->maximum);
    mt_buf_put(&later, out->data + end_at, out->length - end_at);
    out->length = end_at - strlen("}\n");
    out->comma = true;
    mt_json_text(out, "verdict", mt_verdict_name(v->verdict));
    put_reason(out, v->reason, v->code);
    mt_json_int(out, "sent", v->sent);
    mt_json_int(out, "of", v->of);
    end(out);
    mt_buf_put(out, later.data, later.length);
    out->failed = out->failed || later.failed;
    mt_buf_fini(&later);
}

/* A veto has a line of its own as well. */
static void verdict_line(struct mt_results *r, const struct mt_record *record)
{
    const struct mt_rec_signal *s = &((const struct mt_rec_decision *)record->payload)->signal;
    const struct mt_rec_verdict *v = &((const struct mt_rec_decision *)record->payload)->verdict;
    struct mt_buf *out = &r->lines;
    complete_signal(r, v);
    if (v->verdict != MT_VETOED)
        return;
    begin(out, "veto", record->time_ns);
    mt_json_uint(out, "signal", s->id);
    mt_json_text(out, "symbol", mt_results_instrument(r, s->symbol)->symbol);
    put_reason(out, v->reason, v->code);
    mt_json_double(out, "value", v->value);
    put_tag(out, s->tag);
    end(out);
}

/* Every wish has its line; one that a check refused has a second, which says why. */
static void intent_line(struct mt_results *r, const char *ev, const struct mt_record *record)
{
    const struct mt_rec_intent *i = record->payload;
    const struct mt_instrument *instrument = mt_results_instrument(r, i->terms.symbol);
    struct mt_buf *out = &r->lines;
    begin(out, ev, record->time_ns);
    mt_json_uint(out, "order", i->coid);
    mt_json_uint(out, "signal", i->signal);
    put_place(r, i->terms.account, i->terms.symbol);
    mt_json_text(out, "side", mt_side_name(i->terms.side));
    mt_json_text(out, "type", mt_order_type_name(i->terms.type));
    mt_json_text(out, "role", mt_role_name(mt_exit_reason(&i->terms, &i->follow)));
    mt_json_dec(out, "qty", i->terms.qty, instrument->qty_scale);
    if (mt_terms_has_price(&i->terms))
        mt_json_dec(out, "price", i->terms.price, instrument->price_scale);
    if (mt_terms_has_stop(&i->terms))
        mt_json_dec(out, "stop", i->terms.stop, instrument->price_scale);
    if (strcmp(ev, "denied") == 0)
        put_reason(out, "", i->code);
    put_tag(out, i->tag);
    end(out);
}

static void put_order(struct mt_results *r, const struct mt_order *order, int64_t time_ns)
{
    const struct mt_instrument *instrument = mt_results_instrument(r, order->terms.symbol);
    struct mt_buf *out = &r->lines;
    begin(out, "order", time_ns);
    mt_json_uint(out, "order", order->coid);
    put_place(r, order->terms.account, order->terms.symbol);
    mt_json_text(out, "state", mt_order_state_name(order->state));
    if (order->op != MT_OP_NONE)
        mt_json_text(out, "op", mt_order_op_name(order->op));
    mt_json_dec(out, "filled", order->cum, instrument->qty_scale);
    mt_json_dec(out, "leaves", mt_order_leaves(order), instrument->qty_scale);
    put_code(out, order->code);
    end(out);
}

static void order_line(struct mt_results *r, const struct mt_engine *engine, const struct mt_record *record,
                       uint64_t coid)
{
    const struct mt_order *order = mt_engine_order(engine, coid);
    if (order)
        put_order(r, order, record->time_ns);
}

void mt_lines_sent(struct mt_results *r, const struct mt_engine *engine, const struct mt_order *order)
{
    put_order(r, order, mt_engine_now(engine));
}

static void position_line(struct mt_results *r, const struct mt_engine *engine, const struct mt_record *record,
                          const struct mt_order *order)
{
    const struct mt_instrument *instrument = mt_results_instrument(r, order->terms.symbol);
    const struct mt_ledger *ledger = mt_engine_ledger(engine);
    const struct mt_slot *slot = mt_ledger_slot(ledger, order->terms.account, order->terms.symbol);
    struct mt_buf *out = &r->lines;
    begin(out, "position", record->time_ns);
    put_place(r, order->terms.account, order->terms.symbol);
    mt_json_dec(out, "qty", slot->position.qty, instrument->qty_scale);
    mt_json_double(out, "entry", mt_position_entry(&slot->position, instrument));
    mt_json_money(out, "realised", slot->realised);
    mt_json_money(out, "fees", slot->fees);
    mt_json_money(out, "cash", ledger->accounts[order->terms.account].cash);
    end(out);
}

static void venue_line(struct mt_results *r, const struct mt_engine *engine, const struct mt_record *record)
{
    const struct mt_rec_venue_event *e = record->payload;
    const struct mt_order *order = mt_engine_order(engine, e->coid);
    bool fill = e->op == MT_REPORT_NO_OP && (e->event == MT_ORDER_FILLP || e->event == MT_ORDER_FILLX);
    struct mt_buf *out = &r->lines;
    if (order && fill) {
        const struct mt_instrument *instrument = mt_results_instrument(r, order->terms.symbol);
        begin(out, "fill", record->time_ns);
        mt_json_uint(out, "order", e->coid);
        mt_json_uint(out, "signal", order->signal_id);
        put_place(r, order->terms.account, order->terms.symbol);
        mt_json_text(out, "side", mt_side_name(order->terms.side));
        mt_json_text(out, "reason", mt_role_name(mt_order_reason(order)));
        mt_json_dec(out, "price", e->price, instrument->price_scale);
        mt_json_dec(out, "qty", e->qty, instrument->qty_scale);
        mt_json_money(out, "fee", mt_rec_money_get(e->fee));
        mt_json_money(out, "profit", mt_rec_money_get(e->realised));
        mt_json_bool(out, "maker", e->maker);
        put_tag(out, order->tag);
        end(out);
    }
    order_line(r, engine, record, e->coid);
    if (order && fill)
        position_line(r, engine, record, order);
}

static void risk_line(struct mt_results *r, const struct mt_engine *engine, const struct mt_record *record)
{
    const struct mt_rec_risk_state *s = record->payload;
    struct mt_risk_scope_view scope;
    struct mt_buf *out = &r->lines;
    mt_risk_scope(mt_engine_risk(engine), s->scope, &scope);
    begin(out, "halt", record->time_ns);
    mt_json_text(out, "scope", mt_scope_name(scope.kind));
    if (scope.account >= 0)
        mt_json_text(out, "account", mt_results_account(r, (uint16_t)scope.account));
    if (scope.symbol >= 0 && scope.kind == MT_SCOPE_SYMBOL)
        mt_json_text(out, "symbol", mt_results_instrument(r, (uint16_t)scope.symbol)->symbol);
    mt_json_text(out, "state", mt_trading_state_name(s->state));
    put_code(out, s->code);
    end(out);
}

static void error_line(struct mt_results *r, const struct mt_record *record)
{
    struct mt_buf *out = &r->lines;
    begin(out, "error", record->time_ns);
    if (record->kind == MT_REC_SCRIPT_FAULT) {
        mt_json_text(out, "what", ((const struct mt_rec_script_fault *)record->payload)->text);
    } else {
        const struct mt_rec_order_alarm *a = record->payload;
        mt_json_text(out, "what", "an order report that should not be");
        mt_json_uint(out, "order", a->coid);
        mt_json_text(out, "from", mt_order_state_name(a->from));
        mt_json_text(out, "event", mt_order_event_name(a->event));
    }
    end(out);
}

/* A verb that was refused at once became neither a signal nor an order. */
static void refused_line(struct mt_results *r, const struct mt_record *record)
{
    const struct mt_rec_refused *refused = record->payload;
    struct mt_buf *out = &r->lines;
    begin(out, "error", record->time_ns);
    mt_json_text(out, "what", "a verb was refused");
    mt_json_text(out, "verdict", "refused");
    mt_json_text(out, "verb", mt_ask_name(refused->ask));
    mt_json_text_n(out, "at", refused->at, strnlen(refused->at, sizeof refused->at));
    if (refused->field[0])
        mt_json_text_n(out, "field", refused->field, strnlen(refused->field, sizeof refused->field));
    mt_json_uint(out, "count", refused->count);
    put_reason(out, "", refused->codes[0].code);
    end(out);
}

void mt_lines_flush(struct mt_results *r)
{
    size_t done = 0;
    while (r->lines_failed == 0 && done < r->lines.length) {
        ssize_t wrote = write(STDOUT_FILENO, r->lines.data + done, r->lines.length - done);
        if (wrote > 0)
            done += (size_t)wrote;
        else if (wrote < 0 && errno != EINTR)
            r->lines_failed = errno;
    }
    mt_buf_clear(&r->lines);
    r->signal_end = 0;
}

void mt_lines_record(struct mt_results *r, const struct mt_engine *engine, const struct mt_record *record)
{
    switch (record->kind) {
    case MT_REC_DECISION: verdict_line(r, record); break;
    case MT_REC_INTENT:
        intent_line(r, "intent", record);
        if (((const struct mt_rec_intent *)record->payload)->code == MT_CODE_TTL)      /* it has expired, waiting */
            order_line(r, engine, record, ((const struct mt_rec_intent *)record->payload)->coid);
        else if (((const struct mt_rec_intent *)record->payload)->code != 0)
            intent_line(r, "denied", record);
        break;
    case MT_REC_SENT: order_line(r, engine, record, ((const struct mt_rec_sent *)record->payload)->coid); break;
    case MT_REC_OP:
        if (((const struct mt_rec_op *)record->payload)->asked != MT_OUT_QUERY)         /* a question changes nothing */
            order_line(r, engine, record, ((const struct mt_rec_op *)record->payload)->coid);
        break;
    case MT_REC_VENUE_EVENT: venue_line(r, engine, record); break;
    case MT_REC_REFUSED: refused_line(r, record); break;
    case MT_REC_RISK_STATE: risk_line(r, engine, record); break;
    case MT_REC_SCRIPT_FAULT: case MT_REC_ORDER_ALARM: error_line(r, record); break;
    default: break;
    }
    if (r->lines.length > LINES_FLUSH && r->signal_end == 0)
        mt_lines_flush(r);
}
