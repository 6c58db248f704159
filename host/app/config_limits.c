/* Limits of the configuration: read into setups with names, and turned into numbers for a run. */
#include "app/config_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

enum { SCOPES_MAX = 4096, WINDOWS_MAX = 256, GROUP_MAX = 64 };

static struct mt_scope_setup *add_scope(const struct mt_config_reader *reader, enum mt_scope_kind kind, int line)
{
    struct mt_config *config = reader->config;
    size_t count = config->scope_count;
    if (count == SCOPES_MAX) {
        mt_fail(reader->diag, MT_EREFUSED, "%s: more than %d scopes of limits", reader->file, SCOPES_MAX);
        return NULL;
    }
    struct mt_scope_setup *scopes = realloc(config->scopes, (count + 1) * sizeof *scopes);
    if (scopes)
        config->scopes = scopes;
    struct mt_config_scope *names = realloc(config->scope_names, (count + 1) * sizeof *names);
    if (names)
        config->scope_names = names;
    if (!scopes || !names) {
        mt_fail(reader->diag, MT_ENOMEM, "%s: no memory", reader->file);
        return NULL;
    }
    scopes[count] = (struct mt_scope_setup){ .kind = kind, .account = -1, .symbol = -1, .on_loss = MT_REDUCE_ONLY };
    names[count] = (struct mt_config_scope){ .line = line };
    config->scope_count++;
    return &scopes[count];
}

static int read_limit(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place, unsigned id,
                      struct mt_scope_setup *scope)
{
    const struct mt_limit_info *info = mt_limit_info(id);
    char text[MT_CONFIG_DECIMAL_TEXT];
    int64_t value = node->boolean ? 1 : 0;
    if (node->kind == MT_CONF_BOOL && info->type != MT_LIMIT_BOOL)
        return mt_config_fail(reader, node, place, "must be a number");
    if (node->kind != MT_CONF_BOOL) {
        if (info->type == MT_LIMIT_BOOL)
            return mt_config_fail(reader, node, place, "must be true or false");
        int rc = mt_config_decimal(reader, node, place, text, sizeof text);
        if (rc != 0)
            return rc;
        int scale = info->type == MT_LIMIT_COUNT ? 0 : MT_MONEY_SCALE;
        rc = mt_dec_parse(text, strlen(text), scale, &value);
        if (rc == MT_EINEXACT)
            return mt_config_fail(reader, node, place, scale == 0 ? "%s must be a whole number"
                                                                  : "%s has more than 8 decimals", text);
        if (rc != 0)
            return mt_config_fail(reader, node, place, "%s is out of range", text);
    }
    struct mt_diag why = { 0 };
    if (mt_limit_check(id, scope->kind, value, &why) != 0)
        return mt_config_fail(reader, node, place, "%s", why.text);
    scope->limits.set |= UINT64_C(1) << id;
    scope->limits.value[id] = value;
    return 0;
}

static int read_blocked(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place,
                        struct mt_scope_setup *scope)
{
    int rc = mt_config_table(reader, node, place);
    if (rc != 0)
        return rc;
    struct mt_blocked_window *windows = calloc(WINDOWS_MAX, sizeof *windows);
    if (!windows)
        return mt_fail(reader->diag, MT_ENOMEM, "%s: no memory", reader->file);
    char inside[320];
    snprintf(inside, sizeof inside, "%.255s.blocked", place);
    scope->windows = windows;
    if (!node->child)
        return mt_config_fail(reader, node, place, "blocks nothing: it has no spans");
    for (const struct mt_conf *child = node->child; child; child = child->next) {
        struct mt_config_block block = { .from = "" };
        if (scope->window_count == WINDOWS_MAX)
            return mt_config_fail(reader, child, inside, "more than %d spans", WINDOWS_MAX);
        rc = mt_config_read(reader, mt_config_block_options, child, inside, &block);
        if (rc != 0)
            return rc;
        struct mt_blocked_window *window = &windows[scope->window_count++];
        if (mt_time_parse(block.from, strlen(block.from), &window->from_ns) != 0
            || mt_time_parse(block.to, strlen(block.to), &window->to_ns) != 0)
            return mt_config_fail(reader, child, inside, "must be { from = \"2024-08-08T12:30:00Z\", to = … }");
        if (window->from_ns >= window->to_ns)
            return mt_config_fail(reader, child, inside, "from must be before to");
    }
    return 0;
}

static int read_extra(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place,
                      const struct mt_config_option *option, struct mt_config_scope_extra *extra)
{
    size_t last = reader->config->scope_count - 1;
    struct mt_scope_setup *scope = &reader->config->scopes[last];
    struct mt_config_scope *names = &reader->config->scope_names[last];
    if (option->type != MT_CONFIG_SECTION)
        return mt_config_set(reader, option, node, place, extra);
    if (strcmp(option->name, "blocked") == 0)
        return read_blocked(reader, node, place, scope);
    if (strcmp(option->name, "allow") == 0) {
        names->allow_given = true;
        return mt_config_symbols(reader, node, place, &names->allow, &names->allow_count);
    }
    if (scope->kind != MT_SCOPE_GROUP)
        return mt_config_fail(reader, node, place, "only a group has symbols");
    int rc = mt_config_symbols(reader, node, place, &names->group, &names->group_count);
    if (rc == 0 && names->group_count > GROUP_MAX)
        rc = mt_config_fail(reader, node, place, "more than %d symbols", GROUP_MAX);
    return rc;
}

static bool account_exists(const struct mt_config *config, const char *pattern)
{
    if (config->account_count == 0)
        return mt_config_match(pattern, "sim");
    for (size_t i = 0; i < config->account_count; i++)
        if (mt_config_match(pattern, config->accounts[i].name))
            return true;
    return false;
}

/* A guard that guards nothing is a mistake of whoever believes in it. */
static int check_guards(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place,
                        const struct mt_config_scope *names)
{
    const uint64_t losses = UINT64_C(1) << MT_LIMIT_MAX_DAILY_LOSS | UINT64_C(1) << MT_LIMIT_MAX_DRAWDOWN;
    const struct mt_scope_setup *scope = &reader->config->scopes[reader->config->scope_count - 1];
    const struct mt_conf *on_loss = mt_conf_get(node, "on_loss");
    char inside[256];
    snprintf(inside, sizeof inside, "%s.%s", place, node->key);
    if (on_loss && !(scope->limits.set & losses))
        return mt_config_fail(reader, on_loss, inside, "works with max_daily_loss and max_drawdown, and there is none");
    if (scope->limits.set == 0 && !names->allow_given && scope->window_count == 0)
        return mt_config_fail(reader, node, place, "guards nothing: it has no limit, no allow and no blocked");
    return 0;
}

/* One table of limits. `account` and `symbol` come from its key and may be overruled by its option `accounts`. */
static int read_scope(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place,
                      enum mt_scope_kind kind, const char *account, const char *symbol)
{
    const struct mt_config_option *options =
        kind == MT_SCOPE_GROUP || kind == MT_SCOPE_STRATEGY ? mt_config_group_options : mt_config_scope_options;
    struct mt_config_scope_extra extra = { 0 };
    char inside[256];
    snprintf(inside, sizeof inside, "%s.%s", place, node->key);
    int rc = mt_config_table(reader, node, place);
    struct mt_scope_setup *scope = rc == 0 ? add_scope(reader, kind, node->line) : NULL;
    if (!scope)
        return rc != 0 ? rc : reader->diag->code;
    mt_config_defaults(options, &extra);
    for (const struct mt_conf *child = node->child; rc == 0 && child; child = child->next) {
        const struct mt_config_option *option = mt_config_find(options, child->key);
        int id = mt_limit_find(child->key);
        if (option)
            rc = read_extra(reader, child, inside, option, &extra);
        else if (id >= 0)
            rc = read_limit(reader, child, inside, (unsigned)id, scope);
        else
            rc = mt_config_unknown(reader, child, inside, options, true);
    }
    if (rc != 0)
        return rc;
    struct mt_config_scope *names = &reader->config->scope_names[reader->config->scope_count - 1];
    scope->on_loss = extra.on_loss == 1 ? MT_HALTED : MT_REDUCE_ONLY;
    if (kind == MT_SCOPE_GROUP || kind == MT_SCOPE_STRATEGY) {
        account = extra.accounts;
        snprintf(scope->name, sizeof scope->name, "%s", node->key);
    }
    snprintf(names->account, sizeof names->account, "%s", account);
    snprintf(names->symbol, sizeof names->symbol, "%s", symbol);
    if (kind == MT_SCOPE_GROUP && names->group_count == 0)
        return mt_config_fail(reader, node, place, "a group needs symbols = { … }");
    if (kind != MT_SCOPE_GLOBAL && !account_exists(reader->config, account))
        return mt_config_fail(reader, node, place, "no account matches '%s'", account);
    return check_guards(reader, node, place, names);
}

/* "desk/01:BTCUSDT", "desk/\*:BTCUSDT" or "BTCUSDT" of every account. */
static int read_symbol_scope(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place)
{
    char account[MT_ACCOUNT_NAME_MAX] = "*";
    const char *colon = strrchr(node->key, ':'), *symbol = colon ? colon + 1 : node->key;
    size_t length = colon ? (size_t)(colon - node->key) : 0;
    if (length >= sizeof account || strlen(symbol) >= MT_SYMBOL_MAX || !symbol[0] || (colon && length == 0))
        return mt_config_fail(reader, node, place, "must be [\"ACCOUNT:SYMBOL\"] or SYMBOL");
    if (colon) {
        memcpy(account, node->key, length);
        account[length] = '\0';
    }
    return read_scope(reader, node, place, MT_SCOPE_SYMBOL, account, symbol);
}

static int read_kind(const struct mt_config_reader *reader, const struct mt_conf *node, enum mt_scope_kind kind)
{
    char place[64];
    int rc = mt_config_table(reader, node, "limits");
    snprintf(place, sizeof place, "limits.%s", node->key);
    for (const struct mt_conf *child = node->child; rc == 0 && child; child = child->next) {
        if (child->key[0] == '[' || strlen(child->key) >= MT_ACCOUNT_NAME_MAX)
            return mt_config_fail(reader, child, place, "must be NAME = { … }, with a name of at most 63 characters");
        if (kind == MT_SCOPE_SYMBOL)
            rc = read_symbol_scope(reader, child, place);
        else
            rc = read_scope(reader, child, place, kind, child->key, "");
    }
    return rc;
}

int mt_config_read_limits(const struct mt_config_reader *reader, const struct mt_conf *node)
{
    static const struct mt_config_option kinds[MT_SCOPES + 1] = {
        [MT_SCOPE_GLOBAL] = { .name = "global" },     [MT_SCOPE_ACCOUNT] = { .name = "accounts" },
        [MT_SCOPE_SYMBOL] = { .name = "symbols" },    [MT_SCOPE_GROUP] = { .name = "groups" },
        [MT_SCOPE_STRATEGY] = { .name = "strategies" },
    };
    int rc = mt_config_table(reader, node, "");
    for (const struct mt_conf *child = node->child; rc == 0 && child; child = child->next) {
        const struct mt_config_option *kind = mt_config_find(kinds, child->key);
        if (!kind)
            rc = mt_config_unknown(reader, child, "limits", kinds, false);
        else if (kind == kinds)
            rc = read_scope(reader, child, "limits", MT_SCOPE_GLOBAL, "", "");
        else
            rc = read_kind(reader, child, (enum mt_scope_kind)(kind - kinds));
    }
    return rc;
}

bool mt_config_scope_is_for(const struct mt_scope_setup *scope, const char *script, const char *strategy)
{
    return scope->kind != MT_SCOPE_STRATEGY || strcmp(scope->name, "*") == 0 || strcmp(scope->name, script) == 0
        || strcmp(scope->name, strategy) == 0;
}
