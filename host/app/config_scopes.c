/* From the names of the configuration's scopes to the numbers of a run. */
#include "app/config_private.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct in_run {
    const struct mt_account_setup *accounts; uint16_t account_count;
    const struct mt_instrument *instruments; uint16_t instrument_count;
};

static int symbol_find(const struct in_run *run, const char *symbol)
{
    for (uint16_t i = 0; i < run->instrument_count; i++)
        if (strcmp(run->instruments[i].symbol, symbol) == 0)
            return i;
    return -1;
}

/* The numbers of those names that the run has. */
static uint16_t symbols_find(const struct in_run *run, char (*names)[MT_SYMBOL_MAX], size_t count, uint16_t *out)
{
    uint16_t found = 0;
    for (size_t i = 0; i < count; i++) {
        int symbol = symbol_find(run, names[i]);
        bool again = symbol < 0;
        for (uint16_t j = 0; j < found && !again; j++)
            again = out[j] == symbol;
        if (!again)
            out[found++] = (uint16_t)symbol;
    }
    return found;
}

/* A copy of `setup` with lists of its own. An allow list of which the run has no symbol stays a list, an empty one. */
static int copy_scope(const struct in_run *run, const struct mt_scope_setup *setup, const struct mt_config_scope *names,
                      struct mt_scope_setup *out)
{
    *out = *setup;
    out->allow = NULL;
    out->windows = NULL;
    if (names->allow_given) {
        uint16_t *allow = calloc(names->allow_count + 1, sizeof *allow);
        if (!allow)
            return MT_ENOMEM;
        out->allow_count = symbols_find(run, names->allow, names->allow_count, allow);
        out->allow = allow;
    }
    if (setup->window_count > 0) {
        struct mt_blocked_window *windows = calloc(setup->window_count, sizeof *windows);
        if (!windows)
            return MT_ENOMEM;
        memcpy(windows, setup->windows, setup->window_count * sizeof *windows);
        out->windows = windows;
    }
    return 0;
}

struct scopes { struct mt_scope_setup *items; size_t count; };

static int add_copy(const struct in_run *run, struct scopes *to, const struct mt_scope_setup *setup,
                    const struct mt_config_scope *names, int account)
{
    struct mt_scope_setup *more = realloc(to->items, (to->count + 1) * sizeof *more);
    if (!more)
        return MT_ENOMEM;
    to->items = more;
    struct mt_scope_setup *scope = &more[to->count++];
    int rc = copy_scope(run, setup, names, scope);
    scope->account = account;
    return rc;
}

/* A symbol of the run, or of another one: in `instruments` or in the built-in table. */
static bool symbol_known(const struct in_run *run, const struct mt_config *config, const char *symbol)
{
    struct mt_instrument ignored;
    char binance[MT_SYMBOL_MAX + 16];
    snprintf(binance, sizeof binance, "binance:%s", symbol);
    bool known = symbol_find(run, symbol) >= 0 || mt_instrument_builtin(symbol, &ignored) == 0
        || mt_instrument_builtin(binance, &ignored) == 0;
    for (size_t i = 0; !known && i < config->instrument_count; i++)
        known = strcmp(config->instruments[i].symbol, symbol) == 0;
    return known;
}

/* A symbol that nobody knows is a slip, and its limit would guard nothing. */
static int check_symbols(const struct in_run *run, const struct mt_config *config, size_t scope, struct mt_diag *diag)
{
    const struct mt_config_scope *names = &config->scope_names[scope];
    const char *unknown = NULL;
    bool one = config->scopes[scope].kind == MT_SCOPE_SYMBOL && strcmp(names->symbol, "*") != 0;
    if (one && !symbol_known(run, config, names->symbol))
        unknown = names->symbol;
    for (size_t i = 0; i < names->group_count && !unknown; i++)
        if (!symbol_known(run, config, names->group[i]))
            unknown = names->group[i];
    if (!unknown)
        return 0;
    return mt_fail(diag, MT_EREFUSED, "%s:%d: limits.%s: no symbol '%s': it would guard nothing: neither the run "
                   "(%s%s) nor instruments of the configuration have it", config->path, names->line,
                   one ? "symbols" : "groups", unknown, run->instruments[0].symbol,
                   run->instrument_count > 1 ? " and others" : "");
}

/* One setup for every account that its pattern means. */
static int resolve(const struct in_run *run, struct scopes *to, const struct mt_scope_setup *from,
                   const struct mt_config_scope *names)
{
    struct mt_scope_setup setup = *from;
    if (setup.kind == MT_SCOPE_SYMBOL && strcmp(names->symbol, "*") != 0) {
        setup.symbol = symbol_find(run, names->symbol);
        if (setup.symbol < 0)
            return 0;
    }
    if (setup.kind == MT_SCOPE_GROUP) {
        setup.group_count = symbols_find(run, names->group, names->group_count, setup.group);
        if (setup.group_count == 0)
            return 0;
    }
    if (setup.kind == MT_SCOPE_GLOBAL || strcmp(names->account, "*") == 0)
        return add_copy(run, to, &setup, names, -1);
    int rc = 0;
    for (uint16_t i = 0; rc == 0 && i < run->account_count; i++)
        if (mt_config_match(names->account, run->accounts[i].name))
            rc = add_copy(run, to, &setup, names, i);
    return rc;
}

int mt_config_scopes(const struct mt_config *config, const struct mt_account_setup *accounts, uint16_t account_count,
                     const struct mt_instrument *instruments, uint16_t instrument_count, struct mt_scope_setup **out,
                     size_t *count, struct mt_diag *diag)
{
    struct in_run run = { accounts, account_count, instruments, instrument_count };
    struct scopes scopes = { NULL, 0 };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < config->scope_count; i++)
        rc = check_symbols(&run, config, i, diag);
    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < config->scope_count; i++)
        rc = resolve(&run, &scopes, &config->scopes[i], &config->scope_names[i]);
    if (rc != 0) {
        mt_config_scopes_free(scopes.items, scopes.count);
        return mt_fail(diag, rc, "limits: no memory");
    }
    *out = scopes.items;
    *count = scopes.count;
    return 0;
}

void mt_config_scopes_free(struct mt_scope_setup *scopes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)scopes[i].allow);
        free((void *)(uintptr_t)scopes[i].windows);
    }
    free(scopes);
}
