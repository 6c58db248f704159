/* The plan's memory, and the plan as JSON. */
#include "app/session_plan.h"

#include <stdlib.h>
#include <string.h>

struct mt_session_plan *mt_plan_new(void)
{
    struct mt_session_plan *plan = calloc(1, sizeof *plan);
    if (plan)
        plan->end_ns = INT64_MAX;
    return plan;
}

void mt_plan_free(struct mt_session_plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->owned_count; i++)
        free(plan->owned[i]);
    free(plan->owned);
    free(plan);
}

void *mt_plan_alloc(struct mt_session_plan *plan, size_t count, size_t size)
{
    void **grown = realloc(plan->owned, (plan->owned_count + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    plan->owned = grown;
    void *block = calloc(count ? count : 1, size);
    if (block)
        plan->owned[plan->owned_count++] = block;
    return block;
}

const char *mt_plan_text(struct mt_session_plan *plan, const char *text)
{
    char *copy = text ? mt_plan_alloc(plan, strlen(text) + 1, 1) : NULL;
    return copy ? memcpy(copy, text, strlen(text) + 1) : NULL;
}

/* --- writing -------------------- */

static void write_texts(struct mt_buf *out, const char *key, const char *const *texts, size_t count)
{
    mt_json_open(out, key, '[');
    for (size_t i = 0; i < count; i++)
        mt_json_text(out, NULL, texts[i]);
    mt_json_close(out, ']');
}

#define TEXT(key, option) { #key, option, offsetof(struct mt_data_options, key) }
const struct mt_plan_data_text mt_plan_data_texts[] = {
    TEXT(columns, "columns"), TEXT(time_unit, "time-unit"), TEXT(date, "date"), TEXT(dates, "dates"),
    TEXT(decimal, "decimal"), TEXT(from, "from"), TEXT(to, "to"), TEXT(zone, "tz"), TEXT(instrument, "instrument"),
    TEXT(like, "like"), { .key = NULL },
};
#undef TEXT

static void write_market(const struct mt_session_plan *plan, struct mt_buf *out)
{
    mt_json_open(out, "market", '{');
    write_texts(out, "files", plan->data.files, plan->data.file_count);
    mt_json_open(out, "hashes", '[');
    for (size_t i = 0; i < plan->hash_count; i++)
        mt_json_hex64(out, NULL, plan->hashes[i]);
    mt_json_close(out, ']');
    mt_json_int(out, "format", plan->data.format);
    for (const struct mt_plan_data_text *text = mt_plan_data_texts; text->key; text++)
        mt_json_text(out, text->key, mt_plan_data_get(&plan->data, text));
    write_texts(out, "symbols", plan->data.symbols, plan->data.symbol_count);
    mt_json_bool(out, "strict", plan->data.strict);
    mt_json_bool(out, "merge", plan->data.merge);
    mt_json_int(out, "start_ns", plan->market_ns);
    mt_json_close(out, '}');
}

/* The image carries every field exactly; the symbol stands beside it for people. */
static void write_instruments(const struct mt_session_plan *plan, struct mt_buf *out)
{
    static const char digits[] = "0123456789abcdef";
    mt_json_open(out, "instruments", '[');
    for (uint16_t i = 0; i < plan->instrument_count; i++) {
        unsigned char image[MT_INSTRUMENT_BYTES];
        char hex[2 * MT_INSTRUMENT_BYTES];
        mt_instrument_encode(&plan->instruments[i], image);
        for (size_t b = 0; b < sizeof image; b++) {
            hex[2 * b] = digits[image[b] >> 4];
            hex[2 * b + 1] = digits[image[b] & 15];
        }
        mt_json_open(out, NULL, '{');
        mt_json_text(out, "symbol", plan->instruments[i].symbol);
        mt_json_text_n(out, "image", hex, sizeof hex);
        mt_json_close(out, '}');
    }
    mt_json_close(out, ']');
}

static void write_accounts(const struct mt_session_plan *plan, struct mt_buf *out)
{
    mt_json_open(out, "accounts", '[');
    for (uint16_t i = 0; i < plan->account_count; i++) {
        const struct mt_plan_account *account = &plan->accounts[i];
        mt_json_open(out, NULL, '{');
        mt_json_text(out, "name", account->name);
        mt_json_text(out, "currency", account->currency);
        mt_json_money(out, "cash", account->cash);
        mt_json_int(out, "leverage", account->leverage);
        mt_json_int(out, "maker_rate", account->maker_rate);
        mt_json_int(out, "taker_rate", account->taker_rate);
        mt_json_close(out, '}');
    }
    mt_json_close(out, ']');
}

static void write_scope(const struct mt_scope_setup *scope, struct mt_buf *out)
{
    mt_json_open(out, NULL, '{');
    mt_json_text(out, "kind", mt_scope_name(scope->kind));
    mt_json_int(out, "account", scope->account);
    mt_json_int(out, "symbol", scope->symbol);
    mt_json_int(out, "strategy", scope->strategy);
    mt_json_text(out, "name", scope->name);
    mt_json_open(out, "group", '[');
    for (uint16_t i = 0; i < scope->group_count; i++)
        mt_json_int(out, NULL, scope->group[i]);
    mt_json_close(out, ']');
    mt_json_open(out, "limits", '{');
    for (unsigned id = 0; id < MT_LIMITS; id++)
        if (scope->limits.set >> id & 1)
            mt_json_int(out, mt_limit_info(id)->name, scope->limits.value[id]);
    mt_json_close(out, '}');
    if (scope->allow) {
        mt_json_open(out, "allow", '[');
        for (uint16_t i = 0; i < scope->allow_count; i++)
            mt_json_int(out, NULL, scope->allow[i]);
        mt_json_close(out, ']');
    }
    mt_json_open(out, "windows", '[');
    for (uint16_t i = 0; i < scope->window_count; i++) {
        mt_json_int(out, NULL, scope->windows[i].from_ns);
        mt_json_int(out, NULL, scope->windows[i].to_ns);
    }
    mt_json_close(out, ']');
    mt_json_int(out, "on_loss", scope->on_loss);
    mt_json_close(out, '}');
}

void mt_plan_write(const struct mt_session_plan *plan, struct mt_buf *out)
{
    mt_json_open(out, NULL, '{');
    mt_json_text(out, "script", plan->script);
    mt_json_hex64(out, "script_hash", plan->script_hash);
    write_texts(out, "sets", plan->sets, plan->set_count);
    mt_json_int(out, "seed", (int64_t)plan->seed);
    write_market(plan, out);
    mt_json_int(out, "begin_ns", plan->begin_ns);
    mt_json_int(out, "live_ns", plan->live_ns);
    mt_json_int(out, "end_ns", plan->end_ns);
    write_instruments(plan, out);
    write_accounts(plan, out);
    mt_json_open(out, "scopes", '[');
    for (size_t i = 0; i < plan->scope_count; i++)
        write_scope(&plan->scopes[i], out);
    mt_json_close(out, ']');
    mt_json_open(out, "rates", '[');
    for (size_t i = 0; i < plan->rate_count; i++) {
        mt_json_open(out, NULL, '{');
        mt_json_text(out, "base", plan->rates[i].base);
        mt_json_text(out, "quote", plan->rates[i].quote);
        mt_json_int(out, "rate", plan->rates[i].rate);
        mt_json_close(out, '}');
    }
    mt_json_close(out, ']');
    mt_json_open(out, "latency_ns", '{');
    mt_json_int(out, "feed", plan->feed_ns);
    mt_json_int(out, "entry", plan->entry_ns);
    mt_json_int(out, "reply", plan->reply_ns);
    mt_json_close(out, '}');
    mt_json_text(out, "speed", plan->speed ? plan->speed : "");
    mt_json_int(out, "durability", plan->durability);
    mt_json_int(out, "disk_floor", (int64_t)plan->disk_floor);
    mt_json_close(out, '}');
}
