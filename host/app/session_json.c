/* The plan from the JSON of a journal. The journal's checksums hold, but it may have been written by a person with a
 * tool, so everything is checked again. */
#include <jansson.h>
#include <string.h>

#include "app/session_plan.h"

struct reader {
    struct mt_session_plan *plan;
    const char *wrong;          /* the first field that is not as it must be */
};

static json_t *get(struct reader *r, json_t *object, const char *key, json_type type)
{
    json_t *value = json_object_get(object, key);
    bool is_bool = type == JSON_TRUE && json_is_boolean(value);
    if (value && (json_typeof(value) == type || is_bool))
        return value;
    if (!r->wrong)
        r->wrong = key;
    return NULL;
}

static int64_t integer(struct reader *r, json_t *object, const char *key, int64_t min, int64_t max)
{
    json_t *value = get(r, object, key, JSON_INTEGER);
    int64_t number = value ? json_integer_value(value) : min;
    if (number >= min && number <= max)
        return number;
    if (!r->wrong)
        r->wrong = key;
    return min;
}

static const char *text(struct reader *r, json_t *object, const char *key)
{
    json_t *value = get(r, object, key, JSON_STRING);
    return value ? mt_plan_text(r->plan, json_string_value(value)) : "";
}

static const char *optional(struct reader *r, json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return !value || json_is_null(value) ? NULL : text(r, object, key);
}

static void short_text(struct reader *r, json_t *object, const char *key, char *out, size_t size)
{
    const char *value = json_string_value(get(r, object, key, JSON_STRING));
    size_t length = value ? strlen(value) : size;
    if (length < size)
        memcpy(out, value, length + 1);
    else if (!r->wrong)
        r->wrong = key;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint64_t hex64(struct reader *r, json_t *text_value, const char *key)
{
    const char *value = json_string_value(text_value);
    uint64_t number = 0;
    bool good = value && strlen(value) == 16;
    for (int i = 0; good && i < 16; i++) {
        good = hex_digit(value[i]) >= 0;
        number = number << 4 | (uint64_t)(hex_digit(value[i]) & 15);
    }
    if (!good && !r->wrong)
        r->wrong = key;
    return number;
}

static const char **texts(struct reader *r, json_t *object, const char *key, size_t *count)
{
    json_t *array = get(r, object, key, JSON_ARRAY);
    *count = json_array_size(array);
    const char **out = mt_plan_alloc(r->plan, *count + 1, sizeof *out);
    for (size_t i = 0; out && i < *count; i++) {
        json_t *item = json_array_get(array, i);
        if (!json_is_string(item) && !r->wrong)
            r->wrong = key;
        out[i] = mt_plan_text(r->plan, json_is_string(item) ? json_string_value(item) : "");
    }
    return out;
}

static void read_market(struct reader *r, json_t *market)
{
    struct mt_session_plan *plan = r->plan;
    json_t *hashes = get(r, market, "hashes", JSON_ARRAY);
    plan->data.files = texts(r, market, "files", &plan->data.file_count);
    plan->hash_count = json_array_size(hashes);
    plan->hashes = mt_plan_alloc(plan, plan->hash_count, sizeof *plan->hashes);
    for (size_t i = 0; plan->hashes && i < plan->hash_count; i++)
        plan->hashes[i] = hex64(r, json_array_get(hashes, i), "hashes");
    plan->data.format = (enum mt_data_format)integer(r, market, "format", MT_DATA_AUTO, MT_DATA_STORE);
    for (const struct mt_plan_data_text *text = mt_plan_data_texts; text->key; text++)
        mt_plan_data_set(&plan->data, text, optional(r, market, text->key));
    plan->data.symbols = texts(r, market, "symbols", &plan->data.symbol_count);
    plan->data.strict = json_is_true(get(r, market, "strict", JSON_TRUE));
    plan->data.merge = json_is_true(get(r, market, "merge", JSON_TRUE));
    plan->market_ns = integer(r, market, "start_ns", 0, INT64_MAX);
}

static void read_instrument(struct reader *r, json_t *item, struct mt_instrument *out)
{
    const char *hex = json_string_value(get(r, item, "image", JSON_STRING));
    unsigned char image[MT_INSTRUMENT_BYTES];
    bool good = hex && strlen(hex) == 2 * sizeof image;
    for (size_t i = 0; good && i < sizeof image; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        good = high >= 0 && low >= 0;
        image[i] = (unsigned char)((high & 15) << 4 | (low & 15));
    }
    if ((!good || mt_instrument_decode(image, out) != 0) && !r->wrong)
        r->wrong = "instruments";
}

static void read_instruments(struct reader *r, json_t *array)
{
    struct mt_session_plan *plan = r->plan;
    size_t count = json_array_size(array);
    if ((count == 0 || count > MT_INSTRUMENTS_MAX) && !r->wrong)
        r->wrong = "instruments";
    plan->instruments = mt_plan_alloc(plan, count, sizeof *plan->instruments);
    for (size_t i = 0; !r->wrong && plan->instruments && i < count; i++)
        read_instrument(r, json_array_get(array, i), &plan->instruments[i]);
    plan->instrument_count = (uint16_t)count;
}

static void read_accounts(struct reader *r, json_t *array)
{
    struct mt_session_plan *plan = r->plan;
    size_t count = json_array_size(array);
    if ((count == 0 || count > MT_ACCOUNTS_MAX) && !r->wrong)
        r->wrong = "accounts";
    plan->accounts = mt_plan_alloc(plan, count, sizeof *plan->accounts);
    for (size_t i = 0; !r->wrong && plan->accounts && i < count; i++) {
        json_t *item = json_array_get(array, i);
        struct mt_plan_account *account = &plan->accounts[i];
        short_text(r, item, "name", account->name, sizeof account->name);
        short_text(r, item, "currency", account->currency, sizeof account->currency);
        const char *cash = text(r, item, "cash");
        if ((!cash || mt_money_parse(cash, strlen(cash), &account->cash) != 0) && !r->wrong)
            r->wrong = "cash";
        account->leverage = (int32_t)integer(r, item, "leverage", 1, INT32_MAX);
        account->maker_rate = integer(r, item, "maker_rate", -INT64_C(100000000), INT64_C(100000000));
        account->taker_rate = integer(r, item, "taker_rate", -INT64_C(100000000), INT64_C(100000000));
    }
    plan->account_count = (uint16_t)count;
}

static int64_t item(struct reader *r, json_t *array, size_t i, int64_t min, int64_t max, const char *key)
{
    json_t *value = json_array_get(array, i);
    int64_t number = json_is_integer(value) ? json_integer_value(value) : min - 1;
    if (number >= min && number <= max)
        return number;
    if (!r->wrong)
        r->wrong = key;
    return min;
}

static void read_limits(struct reader *r, json_t *limits, struct mt_limits *out)
{
    const char *key;
    json_t *value;
    json_object_foreach(limits, key, value) {
        int id = mt_limit_find(key);
        if (id < 0 || !json_is_integer(value)) {
            r->wrong = r->wrong ? r->wrong : "limits";
            return;
        }
        out->set |= UINT64_C(1) << id;
        out->value[id] = json_integer_value(value);
    }
}

static uint16_t *read_symbols(struct reader *r, json_t *array, uint16_t *count)
{
    size_t size = json_array_size(array);
    uint16_t *out = mt_plan_alloc(r->plan, size, sizeof *out);
    for (size_t i = 0; out && i < size; i++)
        out[i] = (uint16_t)item(r, array, i, 0, MT_INSTRUMENTS_MAX - 1, "allow");
    *count = (uint16_t)size;
    return out;
}

static void read_scope(struct reader *r, json_t *object, struct mt_scope_setup *scope)
{
    const char *kind = json_string_value(get(r, object, "kind", JSON_STRING));
    unsigned k = 0;
    while (kind && k < MT_SCOPES && strcmp(kind, mt_scope_name(k)) != 0)
        k++;
    if (k == MT_SCOPES && !r->wrong)
        r->wrong = "kind";
    scope->kind = (enum mt_scope_kind)(k % MT_SCOPES);
    scope->account = (int)integer(r, object, "account", -1, MT_ACCOUNTS_MAX);
    scope->symbol = (int)integer(r, object, "symbol", -1, MT_INSTRUMENTS_MAX);
    scope->strategy = (int)integer(r, object, "strategy", -1, UINT16_MAX);
    short_text(r, object, "name", scope->name, sizeof scope->name);
    json_t *group = get(r, object, "group", JSON_ARRAY), *windows = get(r, object, "windows", JSON_ARRAY);
    size_t most = sizeof scope->group / sizeof *scope->group;
    if (json_array_size(group) > most && !r->wrong)
        r->wrong = "group";
    for (size_t i = 0; i < json_array_size(group) && i < most; i++)
        scope->group[scope->group_count++] = (uint16_t)item(r, group, i, 0, MT_INSTRUMENTS_MAX - 1, "group");
    read_limits(r, get(r, object, "limits", JSON_OBJECT), &scope->limits);
    json_t *allow = json_object_get(object, "allow");
    if (allow)
        scope->allow = read_symbols(r, allow, &scope->allow_count);
    size_t count = json_array_size(windows) / 2;
    struct mt_window *out = mt_plan_alloc(r->plan, count, sizeof *out);
    for (size_t i = 0; out && i < count; i++) {
        out[i].from_ns = item(r, windows, 2 * i, INT64_MIN + 1, INT64_MAX, "windows");
        out[i].to_ns = item(r, windows, 2 * i + 1, INT64_MIN + 1, INT64_MAX, "windows");
    }
    scope->windows = out;
    scope->window_count = (uint16_t)count;
    scope->on_loss = (enum mt_trading_state)integer(r, object, "on_loss", MT_ACTIVE, MT_KILLED);
}

static void read_limits_and_costs(struct reader *r, json_t *root)
{
    struct mt_session_plan *plan = r->plan;
    json_t *scopes = get(r, root, "scopes", JSON_ARRAY), *rates = get(r, root, "rates", JSON_ARRAY);
    json_t *latency = get(r, root, "latency_ns", JSON_OBJECT);
    plan->scope_count = json_array_size(scopes);
    plan->scopes = mt_plan_alloc(plan, plan->scope_count, sizeof *plan->scopes);
    for (size_t i = 0; plan->scopes && i < plan->scope_count; i++)
        read_scope(r, json_array_get(scopes, i), &plan->scopes[i]);
    plan->rate_count = json_array_size(rates);
    plan->rates = mt_plan_alloc(plan, plan->rate_count, sizeof *plan->rates);
    for (size_t i = 0; plan->rates && i < plan->rate_count; i++) {
        json_t *rate = json_array_get(rates, i);
        short_text(r, rate, "base", plan->rates[i].base, sizeof plan->rates[i].base);
        short_text(r, rate, "quote", plan->rates[i].quote, sizeof plan->rates[i].quote);
        plan->rates[i].rate = integer(r, rate, "rate", 1, INT64_MAX);
    }
    plan->feed_ns = integer(r, latency, "feed", 0, INT64_MAX);
    plan->entry_ns = integer(r, latency, "entry", 0, INT64_MAX);
    plan->reply_ns = integer(r, latency, "reply", 0, INT64_MAX);
    plan->speed = text(r, root, "speed");
    plan->durability = (enum mt_journal_policy)integer(r, root, "durability", MT_POLICY_NONE, MT_POLICY_POWER);
    plan->disk_floor = (uint64_t)integer(r, root, "disk_floor", 0, INT64_MAX);
}

int mt_plan_read(struct mt_session_plan **out, const char *json, size_t length, struct mt_diag *diag)
{
    json_error_t error;
    json_t *root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(root)) {
        json_decref(root);
        return mt_fail(diag, MT_ECORRUPT, "journal: RUN_START: its text is no JSON object: %s", error.text);
    }
    struct reader r = { .plan = mt_plan_new() };
    if (!r.plan) {
        json_decref(root);
        return mt_fail(diag, MT_ENOMEM, "journal: no memory");
    }
    r.plan->script = text(&r, root, "script");
    r.plan->script_hash = hex64(&r, get(&r, root, "script_hash", JSON_STRING), "script_hash");
    r.plan->sets = texts(&r, root, "sets", &r.plan->set_count);
    r.plan->seed = (uint64_t)integer(&r, root, "seed", 0, INT64_MAX);
    read_market(&r, get(&r, root, "market", JSON_OBJECT));
    r.plan->begin_ns = integer(&r, root, "begin_ns", 0, INT64_MAX);
    r.plan->live_ns = integer(&r, root, "live_ns", 0, INT64_MAX);
    r.plan->end_ns = integer(&r, root, "end_ns", 0, INT64_MAX);
    read_instruments(&r, get(&r, root, "instruments", JSON_ARRAY));
    read_accounts(&r, get(&r, root, "accounts", JSON_ARRAY));
    read_limits_and_costs(&r, root);
    json_decref(root);
    if (r.wrong) {
        mt_plan_free(r.plan);
        return mt_fail(diag, MT_ECORRUPT, "journal: RUN_START: '%s' is missing or not as it must be", r.wrong);
    }
    *out = r.plan;
    return 0;
}
