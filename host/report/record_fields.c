/* The fields of each kind of record, named as in core/records.def. */
#include "report/record_fields.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "core/engine.h"
#include "core/record_list.h"
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

static void put_codes(const struct sink *s, const char *key, const struct mt_refused_code *codes)
{
    put_name(s, key, mt_code_name(codes[0].code));
    for (size_t i = 0; i < MT_REFUSED_CODES && codes[i].count > 0; i++)
        put_uint(s, mt_code_name(codes[i].code), codes[i].count);
}

static void put_double(const struct sink *s, const char *key, double value)
{
    char text[MT_DEC_TEXT];
    mt_double_format(text, value);
    put_name(s, key, text);
}

/* Of the symbol that the record names; NULL: none. */
static const struct mt_instrument *instrument_of(const struct sink *s, const struct mt_record_kind_info *info,
                                                 const void *payload)
{
    for (size_t i = 0; i < info->field_count; i++)
        if (info->fields[i].type == MT_FIELD_SYMBOL || info->fields[i].type == MT_FIELD_ANY_SYMBOL)
            return mt_names_instrument(s->names, (uint16_t)mt_record_number(payload, &info->fields[i]));
    return NULL;
}

static int limit_scale(const void *payload, unsigned kind)
{
    const struct mt_limit_info *info =
        mt_limit_info((unsigned)mt_record_number(payload, mt_record_field(kind, "limit")));
    return info && info->type != MT_LIMIT_COUNT && info->type != MT_LIMIT_BOOL ? MEASURE_SCALE : 0;
}

static const char *event_name(const struct mt_rec_venue_event *r)
{
    static const char *const answers[] = { "?", "replaced", "op_refused", "op_ambiguous", "absent_sample" };
    return r->op ? answers[r->op <= MT_REPORT_ABSENT_SAMPLE ? r->op : 0] : mt_order_event_name(r->event);
}

/* The name that a number stands for; NULL: it stands for itself. */
static const char *name_of(const struct sink *s, const struct mt_record *record, const struct mt_record_field *field,
                           int64_t value)
{
    static const char *const outcomes[] = { "?", "nobyte", "amb", "withdrawn" };
    static const char *const plans[] = { "stays", "of_signal", "none", "?" };
    static const char *const asked[] = { "submit", "replace", "cancel", "query" };
    unsigned index = (unsigned)value;
    switch (field->type) {
    case MT_FIELD_ACCOUNT_OR_ALL: if (value < 0) return "all"; /* fall through */
    case MT_FIELD_ACCOUNT: case MT_FIELD_ANY_ACCOUNT: return mt_names_account(s->names, (uint16_t)value);
    case MT_FIELD_SYMBOL_OR_ALL: case MT_FIELD_SYMBOL_OR_NONE:
        if (value < 0)
            return field->type == MT_FIELD_SYMBOL_OR_ALL ? "all" : "";
        /* fall through */
    case MT_FIELD_SYMBOL: case MT_FIELD_ANY_SYMBOL: return mt_names_instrument(s->names, (uint16_t)value)->symbol;
    case MT_FIELD_CODE: case MT_FIELD_REASON: return mt_code_name((int32_t)value);
    case MT_FIELD_SIDE: return mt_side_name((int)value);
    case MT_FIELD_ASK: case MT_FIELD_ASK_OR_TIMER: return mt_ask_name((int32_t)value);
    case MT_FIELD_VERDICT: return mt_verdict_name((int32_t)value);
    case MT_FIELD_ORDER_TYPE: return mt_order_type_name(index);
    case MT_FIELD_TIF: return mt_tif_name(index);
    case MT_FIELD_ROLE: return mt_role_name(index);
    case MT_FIELD_STATE: return mt_order_state_name(index);
    case MT_FIELD_EVENT: return event_name(record->payload);
    case MT_FIELD_ALARM_EVENT: return mt_order_event_name(index);
    case MT_FIELD_OUTCOME: return outcomes[index & 3];
    case MT_FIELD_LEG_PLAN: return plans[index & 3];
    case MT_FIELD_ASKED: return asked[index & 3];
    case MT_FIELD_TRADING_STATE: return mt_trading_state_name(index);
    case MT_FIELD_COMMAND: return mt_operator_command_name(index);
    case MT_FIELD_LIMIT: return mt_limit_info(index) ? mt_limit_info(index)->name : "?";
    default: return NULL;
    }
}

/* Of terms; that a price is there is seen in the price. */
static void put_flags(const struct sink *s, unsigned flags)
{
    put_uint(s, "reduce_only", (flags & MT_TERMS_REDUCE_ONLY) != 0);
    put_uint(s, "trailed", (flags & MT_TERMS_TRAILED) != 0);
    put_uint(s, "post_only", (flags & MT_TERMS_POST_ONLY) != 0);
    put_uint(s, "has_price", (flags & MT_TERMS_PRICE) != 0);
    put_uint(s, "has_stop", (flags & MT_TERMS_STOP) != 0);
}

static void put_number(const struct sink *s, const struct mt_record *record, const struct mt_record_field *field,
                       const struct mt_instrument *instrument)
{
    int64_t value = mt_record_number(record->payload, field);
    const char *name = name_of(s, record, field, value);
    if (name) {
        put_name(s, field->name, name);
        return;
    }
    switch (field->type) {
    case MT_FIELD_HEX: put_hex(s, field->name, (uint64_t)value); break;
    case MT_FIELD_UNITS: put_dec(s, field->name, value, UNITS); break;
    case MT_FIELD_PRICE: put_dec(s, field->name, value, instrument ? instrument->price_scale : 0); break;
    case MT_FIELD_QTY: put_dec(s, field->name, value, instrument ? instrument->qty_scale : 0); break;
    case MT_FIELD_TIME: put_time(s, field->name, value); break;
    case MT_FIELD_TERMS_FLAGS: put_flags(s, (unsigned)value); break;
    case MT_FIELD_LIMIT_VALUE: put_dec(s, field->name, value, limit_scale(record->payload, record->kind)); break;
    default:
        if (mt_field_type_signed(field->type))
            put_int(s, field->name, value);
        else
            put_uint(s, field->name, (uint64_t)value);
        break;
    }
}

static void put_field(const struct sink *s, const struct mt_record *record, const struct mt_record_field *field,
                      const struct mt_instrument *instrument)
{
    const void *at = (const char *)record->payload + field->offset;
    if (field->name[0] == '\0')
        return;
    switch (field->type) {
    case MT_FIELD_TEXT: put_text(s, field->name, at, field->size); break;
    case MT_FIELD_DOUBLE: put_double(s, field->name, *(const double *)at); break;
    case MT_FIELD_MONEY: put_wide(s, field->name, *(const struct mt_rec_money *)at, MT_MONEY_SCALE); break;
    case MT_FIELD_MEASURE: {
        struct mt_rec_money limit;
        memcpy(&limit, (const char *)record->payload + mt_record_field(record->kind, "limit")->offset, sizeof limit);
        int32_t code = (int32_t)mt_record_number(record->payload, mt_record_field(record->kind, "code"));
        put_measure(s, field->name, *(const struct mt_rec_money *)at, measure_scale(s, code, limit, instrument));
        break;
    }
    case MT_FIELD_LEVEL: put_level(s, field->name, at, instrument); break;
    case MT_FIELD_CODES: put_codes(s, field->name, at); break;
    default: put_number(s, record, field, instrument); break;
    }
}

/* mt_walk_next has read it as JSON; the limit is the record's own. */
static void put_plan(const struct sink *s, const struct mt_rec_run_start *r)
{
    struct mt_buf plan;
    mt_buf_init(&plan, MT_RECORD_PAYLOAD_MAX + 1);
    mt_buf_put(&plan, r + 1, r->json_length);
    mt_json_raw(s->out, "plan", mt_buf_text(&plan));
    mt_buf_fini(&plan);
}

static void put_own_fields(const struct sink *s, const struct mt_record *record)
{
    const struct mt_record_kind_info *info = mt_record_kind_info(record->kind);
    const struct mt_instrument *instrument = instrument_of(s, info, record->payload);
    for (size_t i = 0; i < info->field_count; i++)
        put_field(s, record, &info->fields[i], instrument);
}

static void put_legs(const struct sink *s, const struct mt_rec_decision *r)
{
    const struct mt_rec_leg *legs = (const void *)(r + 1);
    if (s->json)
        mt_json_open(s->out, "legs", '[');
    for (uint32_t i = 0; i < r->leg_count; i++) {
        const struct mt_record leg = { .kind = MT_REC_LEG, .payload = &legs[i], .length = sizeof legs[i] };
        if (s->json)
            mt_json_open(s->out, NULL, '{');
        else
            mt_buf_puts(s->out, " leg:");
        put_own_fields(s, &leg);
        if (s->json)
            mt_json_close(s->out, '}');
    }
    if (s->json)
        mt_json_close(s->out, ']');
}

static void put_fields(const struct sink *s, const struct mt_record *record)
{
    put_own_fields(s, record);
    if (record->kind == MT_REC_DECISION)
        put_legs(s, record->payload);
    if (record->kind == MT_REC_RUN_START && s->json)
        put_plan(s, record->payload);
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
        mt_json_uint(out, "position", record->position);
        put_fields(&sink, record);
        mt_json_close(out, '}');
        return;
    }
    mt_buf_printf(out, "%8llu  %-27s  %-12s", (unsigned long long)record->seq, time, mt_record_name(record->kind));
    put_uint(&sink, "position", record->position);
    put_fields(&sink, record);
}
