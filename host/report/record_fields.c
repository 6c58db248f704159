/* The fields of each kind of record, named as in core/records.h. */
#include "report/record_fields.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "core/engine.h"
#include "core/risk.h"
#include "model/view.h"
#include "model/code.h"
#include "model/order.h"

enum { UNITS = 9, MEASURE_SCALE = 8 };  /* sizes, strengths, parts: 10^-9; limits that are no counts: 10^-8 */

/* Where fields go: JSON, or name=value with a blank before it. */
struct sink { struct mt_buf *out; const struct mt_names *names; bool json; };

static void put_text(const struct sink *s, const char *key, const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    if (s->json)
        mt_json_text_n(s->out, key, text, length);
    else if (length > 0) {
        bool plain = memchr(text, ' ', length) == NULL;
        mt_buf_printf(s->out, plain ? " %s=" : " %s=\"", key);
        mt_json_escape(s->out, text, length);
        mt_buf_puts(s->out, plain ? "" : "\"");
    }
}

static void put_name(const struct sink *s, const char *key, const char *text)
{
    put_text(s, key, text, strlen(text));
}

static void put_int(const struct sink *s, const char *key, int64_t value)
{
    if (s->json)
        mt_json_int(s->out, key, value);
    else
        mt_buf_printf(s->out, " %s=%lld", key, (long long)value);
}

static void put_uint(const struct sink *s, const char *key, uint64_t value)
{
    if (s->json)
        mt_json_uint(s->out, key, value);
    else
        mt_buf_printf(s->out, " %s=%llu", key, (unsigned long long)value);
}

static void put_dec(const struct sink *s, const char *key, int64_t value, int scale)
{
    char text[MT_DEC_TEXT];
    mt_dec_format_short(text, value, scale);
    put_name(s, key, text);
}

static void put_wide(const struct sink *s, const char *key, struct mt_rec_money value, int scale)
{
    char text[MT_DEC_TEXT];
    mt_wide_format(text, mt_rec_money_get(value), scale);
    put_name(s, key, text);
}

/* Without the zeros at its end, as quantities are shown. */
static void put_measure(const struct sink *s, const char *key, struct mt_rec_money value, int scale)
{
    char text[MT_DEC_TEXT];
    size_t length = mt_wide_format(text, mt_rec_money_get(value), scale);
    while (scale > 0 && text[length - 1] == '0')
        length--;
    length -= scale > 0 && text[length - 1] == '.';
    put_text(s, key, text, length);
}

/* A spread is measured in ticks or in basis points, as the limit is that struck. */
static bool limit_in_bp(const struct sink *s, mt_i128 limit)
{
    for (size_t i = 0; i < s->names->scope_count; i++) {
        const struct mt_limits *limits = &s->names->scopes[i].limits;
        if (limits->set >> MT_LIMIT_SPREAD_BP & 1 && limits->value[MT_LIMIT_SPREAD_BP] == limit)
            return true;
    }
    return false;
}

/* Decimals of what a check measured and allowed (risk.h). `instrument`: of the order; NULL: none. */
static int measure_scale(const struct sink *s, int32_t code, struct mt_rec_money limit,
                         const struct mt_instrument *instrument)
{
    switch (code) {
    case MT_CODE_RATE_STRATEGY: case MT_CODE_RATE_ACCOUNT: case MT_CODE_RATE_GLOBAL: return UNITS;
    case MT_CODE_STOP_SIDE: case MT_CODE_STOPS_TOO_CLOSE: return instrument ? instrument->price_scale : 0;
    case MT_CODE_SPREAD_WIDE: return limit_in_bp(s, mt_rec_money_get(limit)) ? MEASURE_SCALE : 0;
    case MT_CODE_DATA_STALE: case MT_CODE_DUPLICATE: case MT_CODE_REPEAT_THROTTLE: case MT_CODE_DAILY_MESSAGES:
    case MT_CODE_MAX_OPEN_ORDERS: case MT_CODE_MAX_UNKNOWN: case MT_CODE_MAX_POSITIONS: case MT_CODE_LOSS_STREAK:
    case MT_CODE_COOLDOWN: case MT_CODE_ROLLOVER: case MT_CODE_STRATEGY_DISABLED: return 0;
    default: return MEASURE_SCALE;      /* quantities, money, ratios, basis points */
    }
}

static void put_time(const struct sink *s, const char *key, int64_t ns)
{
    char text[MT_TIME_TEXT] = "";
    if (ns != 0)
        mt_time_format(text, ns);
    put_name(s, key, text);
}

static void put_hex(const struct sink *s, const char *key, uint64_t value)
{
    if (s->json)
        mt_json_hex64(s->out, key, value);
    else
        mt_buf_printf(s->out, " %s=%016llx", key, (unsigned long long)value);
}

static void put_code(const struct sink *s, int code)
{
    put_name(s, "code", mt_code_name(code));
}

static const struct mt_instrument *put_symbol(const struct sink *s, uint16_t symbol)
{
    const struct mt_instrument *instrument = mt_names_instrument(s->names, symbol);
    put_name(s, "symbol", instrument->symbol);
    return instrument;
}

static void put_level(const struct sink *s, const char *key, const struct mt_level *level,
                      const struct mt_instrument *i)
{
    static const char *const kinds[] = { "keep", "remove", "distance", "price" };
    char text[4 * MT_DEC_TEXT], value[MT_DEC_TEXT], part[MT_DEC_TEXT], after[MT_DEC_TEXT];
    if (level->kind == MT_LEVEL_KEEP)
        return;
    mt_dec_format_short(value, level->value, i->price_scale);
    mt_dec_format_short(part, level->part, UNITS);
    mt_dec_format_short(after, level->after, i->price_scale);
    snprintf(text, sizeof text, "%s:%s part:%s after:%s", level->kind <= MT_LEVEL_PRICE ? kinds[level->kind] : "?",
             value, part, after);
    put_name(s, key, text);
}

static void put_exit(const struct sink *s, const struct mt_exit *exit, const struct mt_instrument *i)
{
    put_level(s, "stop", &exit->stop, i);
    put_level(s, "trail", &exit->trail, i);
    put_int(s, "take_count", exit->take_count);
    for (int t = 0; t < exit->take_count && t < MT_TAKES_MAX; t++) {
        char key[16];
        snprintf(key, sizeof key, "take%d", t + 1);
        put_level(s, key, &exit->takes[t], i);
    }
    put_int(s, "exit_time_ns", exit->time_ns);
}

static void put_run_start(const struct sink *s, const struct mt_record *record)
{
    const struct mt_rec_run_start *r = record->payload;
    put_hex(s, "host_id", r->host_id);
    put_hex(s, "script_hash", r->script_hash);
    put_uint(s, "seed", r->seed);
    put_uint(s, "generation", r->generation);
    put_text(s, "version", r->version, sizeof r->version);
    if (s->json) {                      /* its reader has read it as JSON; the limit is the record's own */
        struct mt_buf plan;
        mt_buf_init(&plan, MT_RECORD_PAYLOAD_MAX + 1);
        mt_buf_put(&plan, r + 1, r->json_length);
        mt_json_raw(s->out, "plan", mt_buf_text(&plan));
        mt_buf_fini(&plan);
    }
}

static void put_signal(const struct sink *s, const struct mt_rec_signal *r)
{
    const struct mt_instrument *i = put_symbol(s, r->symbol);
    put_uint(s, "id", r->id);
    put_name(s, "ask", mt_ask_name(r->kind));
    put_int(s, "side", r->side);
    put_dec(s, "size", r->size, UNITS);
    put_dec(s, "strength", r->strength, UNITS);
    if (r->has_keep)
        put_dec(s, "keep", r->keep, UNITS);
    put_dec(s, "limit", r->limit, i->price_scale);
    put_int(s, "ttl_ns", r->ttl_ns);
    put_dec(s, "qty", r->qty, i->qty_scale);
    put_int(s, "widen", r->widen);
    put_int(s, "strategy", r->strategy);
    put_exit(s, &r->exit, i);
    put_text(s, "tag", r->tag, sizeof r->tag);
    put_text(s, "group", r->group, sizeof r->group);
}

static void put_verdict(const struct sink *s, const struct mt_rec_verdict *r)
{
    char value[MT_DEC_TEXT];
    put_symbol(s, r->symbol);
    put_uint(s, "signal", r->signal);
    put_name(s, "verdict", mt_verdict_name(r->verdict));
    put_int(s, "side", r->side);
    put_dec(s, "size", r->size, UNITS);
    put_dec(s, "strength", r->strength, UNITS);
    mt_double_format(value, r->value);
    put_name(s, "value", value);
    put_code(s, r->code);
    put_int(s, "sent", r->sent);
    put_int(s, "of", r->of);
    put_int(s, "entry", r->entry);
    put_int(s, "mode", r->mode);
    put_name(s, "reference", mt_names_account(s->names, r->reference));
    put_int(s, "stance", r->stance);
    put_int(s, "strategy", r->strategy);
    put_text(s, "reason", r->reason, sizeof r->reason);
    put_text(s, "tag", r->tag, sizeof r->tag);
}

static void put_intent(const struct sink *s, const struct mt_rec_intent *r)
{
    put_name(s, "account", mt_names_account(s->names, r->terms.account));
    const struct mt_instrument *i = put_symbol(s, r->terms.symbol);
    put_uint(s, "id", r->coid);
    put_uint(s, "signal", r->signal);
    put_name(s, "side", r->terms.side > 0 ? "buy" : "sell");
    put_name(s, "type", mt_order_type_name(r->terms.type));
    put_name(s, "tif", mt_tif_name(r->terms.tif));
    put_name(s, "role", mt_role_name(r->terms.role));
    put_int(s, "take", r->take);
    put_dec(s, "qty", r->terms.qty, i->qty_scale);
    put_dec(s, "price", r->terms.price, i->price_scale);
    put_dec(s, "stop", r->terms.stop, i->price_scale);
    put_time(s, "expires", r->terms.expire_ns);
    put_uint(s, "parent", r->parent);
    put_dec(s, "distance", r->follow.distance, i->price_scale);
    put_dec(s, "trail", r->follow.trail, i->price_scale);
    put_dec(s, "after", r->follow.after, i->price_scale);
    put_dec(s, "risk_price", r->risk_price, i->price_scale);
    put_int(s, "reduce_only", mt_terms_reduce_only(&r->terms));
    put_int(s, "trailed", mt_terms_trailed(&r->terms));
    put_int(s, "post_only", mt_terms_post_only(&r->terms));
    put_int(s, "cut", r->cut);
    put_code(s, r->code);
    put_int(s, "scope", r->scope);
    put_measure(s, "value", r->value, measure_scale(s, r->code, r->limit, i));
    put_measure(s, "limit", r->limit, measure_scale(s, r->code, r->limit, i));
    put_int(s, "seat", r->terms.seat);
    put_uint(s, "leg", r->terms.leg);
    put_uint(s, "ticket", r->terms.ticket);
    put_text(s, "tag", r->tag, sizeof r->tag);
}

static void put_venue_event(const struct sink *s, const struct mt_rec_venue_event *r)
{
    static const char *const ops[] = { "?", "replaced", "op_refused", "op_ambiguous", "absent_sample" };
    put_name(s, "account", mt_names_account(s->names, r->account));
    const struct mt_instrument *i = put_symbol(s, r->symbol);
    put_uint(s, "id", r->coid);
    put_uint(s, "venue_order", r->venue_order_id);
    put_name(s, "event", r->op ? ops[r->op <= MT_REPORT_ABSENT_SAMPLE ? r->op : 0] : mt_order_event_name(r->event));
    put_uint(s, "fill", r->fill_id);
    put_dec(s, "price", r->price, i->price_scale);
    put_dec(s, "qty", r->qty, i->qty_scale);
    put_dec(s, "cum", r->cum, i->qty_scale);
    put_wide(s, "fee", r->fee, MT_MONEY_SCALE);
    put_wide(s, "realised", r->realised, MT_MONEY_SCALE);
    put_time(s, "venue_time", r->venue_ns);
    put_code(s, r->code);
    put_int(s, "maker", r->maker);
    put_int(s, "synthetic", r->synthetic);
    put_int(s, "assumed", r->assumed);
    put_dec(s, "trailed", r->trailed, i->price_scale);
}

static void put_op(const struct sink *s, const struct mt_rec_op *r)
{
    static const char *const asked[] = { "submit", "replace", "cancel", "query" };
    /* An operation has no symbol; its numbers stay units. */
    put_uint(s, "id", r->coid);
    put_name(s, "op", asked[r->asked % (sizeof asked / sizeof *asked)]);
    put_int(s, "qty_units", r->qty);
    put_int(s, "price_units", r->price);
    put_int(s, "stop_units", r->stop);
    put_int(s, "distance_units", r->follow.distance);
    put_int(s, "trail_units", r->follow.trail);
    put_int(s, "after_units", r->follow.after);
    put_int(s, "trailed", (r->flags & MT_TERMS_TRAILED) != 0);
}

static void put_leg(const struct sink *s, const struct mt_rec_leg *r)
{
    put_name(s, "account", mt_names_account(s->names, r->account));
    const struct mt_instrument *i = put_symbol(s, r->symbol);
    put_uint(s, "signal", r->signal);
    put_int(s, "want", r->want);
    put_dec(s, "size", r->size, UNITS);
    put_dec(s, "strength", r->strength, UNITS);
    put_dec(s, "limit", r->limit, i->price_scale);
    put_int(s, "ttl_ns", r->ttl_ns);
    put_dec(s, "keep_qty", r->keep_qty, i->qty_scale);
    put_dec(s, "target", r->target, i->qty_scale);
    put_int(s, "mode", r->mode);
    put_int(s, "waiting", r->waiting);
    put_int(s, "closing", r->closing);
    put_name(s, "close_role", mt_role_name(r->close_role));
    put_text(s, "tag", r->tag, sizeof r->tag);
}

static void put_account_place(const struct sink *s, int account, int symbol)
{
    put_name(s, "account", account < 0 ? "all" : mt_names_account(s->names, (uint16_t)account));
    put_name(s, "symbol", symbol < 0 ? "all" : mt_names_instrument(s->names, (uint16_t)symbol)->symbol);
}

static void put_refused(const struct sink *s, const struct mt_rec_refused *r)
{
    put_name(s, "verb", mt_ask_name(r->ask));
    put_text(s, "at", r->at, sizeof r->at);
    put_text(s, "field", r->field, sizeof r->field);
    put_uint(s, "count", r->count);
    put_code(s, r->codes[0].code);
    for (size_t i = 0; i < MT_REFUSED_CODES && r->codes[i].count > 0; i++)
        put_uint(s, mt_code_name(r->codes[i].code), r->codes[i].count);
    put_name(s, "symbol", r->symbol < 0 ? "" : mt_names_instrument(s->names, (uint16_t)r->symbol)->symbol);
    put_uint(s, "call", r->call);
}

static void put_note(const struct sink *s, const struct mt_rec_note *r)
{
    put_name(s, "symbol", mt_names_instrument(s->names, r->symbol)->symbol);
    put_text(s, "at", r->at, sizeof r->at);
    put_text(s, "text", r->text, sizeof r->text);
    put_uint(s, "call", r->call);
}

/* Kinds about the host: risk, operators, scripts. */
static void put_host_record(const struct sink *s, const struct mt_record *record)
{
    const void *p = record->payload;
    switch (record->kind) {
    case MT_REC_TIMER: {
        const struct mt_rec_timer *r = p;
        put_text(s, "name", r->name, sizeof r->name);
        put_time(s, "due", r->due_ns);
        put_int(s, "market", r->market);
        put_int(s, "owner", r->owner);
        break;
    }
    case MT_REC_SCRIPT_STATE: {
        const struct mt_rec_script_state *r = p;
        put_uint(s, "position", r->position);
        put_uint(s, "timers_length", r->timers_length);
        put_uint(s, "state_length", r->state_length);
        break;
    }
    case MT_REC_SCRIPT_FAULT: {
        const struct mt_rec_script_fault *r = p;
        put_uint(s, "call", r->call);
        put_int(s, "handler", r->handler);
        put_int(s, "symbol_index", r->symbol);
        put_text(s, "text", r->text, sizeof r->text);
        break;
    }
    case MT_REC_REFUSED: put_refused(s, p); break;
    case MT_REC_NOTE: put_note(s, p); break;
    case MT_REC_RISK_LIMIT: {
        const struct mt_rec_risk_limit *r = p;
        const struct mt_limit_info *info = mt_limit_info(r->limit);
        put_int(s, "scope", r->scope);
        put_name(s, "limit", info ? info->name : "?");
        put_int(s, "set", r->set);
        int scale = info && info->type != MT_LIMIT_COUNT && info->type != MT_LIMIT_BOOL ? MEASURE_SCALE : 0;
        put_dec(s, "old", r->old_value, scale);
        put_dec(s, "value", r->value, scale);
        break;
    }
    case MT_REC_RISK_STATE: {
        const struct mt_rec_risk_state *r = p;
        put_int(s, "scope", r->scope);
        put_name(s, "state", mt_trading_state_name(r->state));
        put_code(s, r->code);
        put_measure(s, "value", r->value, measure_scale(s, r->code, r->limit, NULL));
        put_measure(s, "limit", r->limit, measure_scale(s, r->code, r->limit, NULL));
        break;
    }
    case MT_REC_OPERATOR: {
        const struct mt_rec_operator *r = p;
        put_name(s, "command", mt_operator_command_name(r->command));
        put_account_place(s, r->account, r->symbol);
        put_text(s, "who", r->who, sizeof r->who);
        put_text(s, "text", r->text, sizeof r->text);
        put_uint(s, "turn", r->turn);
        break;
    }
    default:
        break;
    }
}

/* Kinds about the books of the host itself. */
static void put_book_record(const struct sink *s, const struct mt_record *record)
{
    const void *p = record->payload;
    switch (record->kind) {
    case MT_REC_MARKET:
        put_uint(s, "position", ((const struct mt_rec_market *)p)->position);
        put_uint(s, "turn", ((const struct mt_rec_market *)p)->turn);
        break;
    case MT_REC_COID_BLOCK:
        put_uint(s, "first", ((const struct mt_rec_coid_block *)p)->first);
        put_uint(s, "end", ((const struct mt_rec_coid_block *)p)->end);
        break;
    case MT_REC_ADJUSTMENT: {
        const struct mt_rec_adjustment *r = p;
        put_name(s, "account", mt_names_account(s->names, r->account));
        put_wide(s, "amount", r->amount, MT_MONEY_SCALE);
        break;
    }
    case MT_REC_RECONCILED: {
        const struct mt_rec_reconciled *r = p;
        put_hex(s, "digest", r->digest);
        put_uint(s, "orders", r->orders);
        put_uint(s, "unknown", r->unknown);
        break;
    }
    case MT_REC_CHECKPOINT: put_hex(s, "hash", ((const struct mt_rec_checkpoint *)p)->hash); break;
    case MT_REC_DAY: {
        const struct mt_rec_day *r = p;
        put_name(s, "account", mt_names_account(s->names, r->account));
        put_int(s, "day", r->day);
        put_wide(s, "equity", r->equity, MT_MONEY_SCALE);
        put_wide(s, "peak", r->peak, MT_MONEY_SCALE);
        break;
    }
    case MT_REC_ORDER_ALARM: {
        const struct mt_rec_order_alarm *r = p;
        put_uint(s, "id", r->coid);
        put_name(s, "from", mt_order_state_name(r->from));
        put_name(s, "event", mt_order_event_name(r->event));
        put_uint(s, "flags", r->flags);
        break;
    }
    case MT_REC_RUN_END: {
        const struct mt_rec_run_end *r = p;
        put_uint(s, "turn", r->turn);
        put_int(s, "reason", r->reason);
        put_int(s, "exit_code", r->exit_code);
        break;
    }
    default: put_host_record(s, record); break;
    }
}

static void put_fields(const struct sink *s, const struct mt_record *record)
{
    static const char *const outcomes[] = { "out", "nobyte", "amb", "?" };
    const void *p = record->payload;
    switch (record->kind) {
    case MT_REC_RUN_START: put_run_start(s, record); break;
    case MT_REC_SIGNAL: put_signal(s, p); break;
    case MT_REC_VERDICT: put_verdict(s, p); break;
    case MT_REC_INTENT: put_intent(s, p); break;
    case MT_REC_SENT:
        put_uint(s, "id", ((const struct mt_rec_sent *)p)->coid);
        put_name(s, "outcome", outcomes[((const struct mt_rec_sent *)p)->outcome & 3]);
        break;
    case MT_REC_VENUE_EVENT: put_venue_event(s, p); break;
    case MT_REC_OP: put_op(s, p); break;
    case MT_REC_LEG: put_leg(s, p); break;
    case MT_REC_PLAN: {
        const struct mt_rec_plan *r = p;
        put_name(s, "account", mt_names_account(s->names, r->account));
        const struct mt_instrument *i = put_symbol(s, r->symbol);
        put_uint(s, "armed", r->armed);
        put_exit(s, &r->exit, i);
        break;
    }
    default: put_book_record(s, record); break;
    }
}

void mt_record_line(const struct mt_names *names, const struct mt_record *record, bool json, struct mt_buf *out)
{
    struct sink sink = { out, names, json };
    char time[MT_TIME_TEXT];
    mt_time_format(time, record->time_ns);
    if (json) {
        mt_json_open(out, NULL, '{');
        mt_json_uint(out, "seq", record->seq);
        mt_json_text(out, "t", time);
        mt_json_text(out, "kind", mt_record_name(record->kind));
        put_fields(&sink, record);
        mt_json_close(out, '}');
        return;
    }
    mt_buf_printf(out, "%8llu  %-27s  %-12s", (unsigned long long)record->seq, time, mt_record_name(record->kind));
    put_fields(&sink, record);
}
