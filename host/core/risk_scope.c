/* Setups become instances, one for each account or symbol they stand for; every (account, symbol)
 * has the list of its instances, so that a check never searches. */
#include <stdlib.h>
#include <string.h>
#include "core/risk_private.h"

/* ---- one instance ---- */

static int copy_members(struct mt_risk_scope_state *scope, const struct mt_scope_setup *setup,
                        uint16_t symbols)
{
    if (setup->allow != NULL) {
        scope->allow = calloc((symbols + 63u) / 64, sizeof *scope->allow);
        if (scope->allow == NULL)
            return MT_ENOMEM;
        for (uint16_t i = 0; i < setup->allow_count; i++)
            scope->allow[setup->allow[i] / 64] |= UINT64_C(1) << setup->allow[i] % 64;
        scope->has |= MT_HAS_ALLOW;
    }
    if (setup->window_count > 0) {
        scope->windows = calloc(setup->window_count, sizeof *scope->windows);
        if (scope->windows == NULL)
            return MT_ENOMEM;
        memcpy(scope->windows, setup->windows, setup->window_count * sizeof *scope->windows);
        scope->window_count = setup->window_count;
        scope->has |= MT_HAS_WINDOWS;
    }
    if (setup->kind == MT_SCOPE_STRATEGY) {
        scope->entries = calloc(1, sizeof *scope->entries);
        scope->denials = calloc(1, sizeof *scope->denials);
        if (scope->entries == NULL || scope->denials == NULL)
            return MT_ENOMEM;
    }
    return 0;
}

/* The next free place of risk->scopes becomes an instance of the setup. */
static int add_instance(struct mt_risk *risk, const struct mt_scope_setup *setup, int account,
                        int symbol)
{
    struct mt_risk_scope_state *scope = &risk->scopes[risk->scope_count++];
    scope->limits = setup->limits;
    scope->kind = setup->kind;
    scope->account = account;
    scope->symbol = symbol;
    scope->strategy = setup->kind == MT_SCOPE_STRATEGY ? setup->strategy : -1;
    scope->on_loss = setup->on_loss > MT_REDUCE_ONLY ? setup->on_loss : MT_REDUCE_ONLY;
    memcpy(scope->name, setup->name, sizeof scope->name);
    if (setup->kind == MT_SCOPE_GROUP) {
        memcpy(scope->group, setup->group, sizeof scope->group);
        scope->group_count = setup->group_count;
    }
    scope->last_stop_ns = INT64_MIN;
    mt_bucket_init(scope);
    return copy_members(scope, setup, risk->ledger->instrument_count);
}

/* ---- setups ---- */

static int bad_setup(const struct mt_scope_setup *setup, struct mt_diag *diag, const char *why)
{
    return mt_fail(diag, MT_ERANGE, "risk: %s scope %s: %s", mt_scope_name(setup->kind),
                   setup->name, why);
}

static int check_setup(const struct mt_ledger *ledger, const struct mt_scope_setup *setup,
                       struct mt_diag *diag)
{
    if ((unsigned)setup->kind >= MT_SCOPES || setup->on_loss > MT_KILLED)
        return bad_setup(setup, diag, "its kind or its state after a loss does not exist");
    if (memchr(setup->name, '\0', sizeof setup->name) == NULL)
        return mt_fail(diag, MT_ERANGE, "risk: the name of a scope is too long");
    if (setup->kind != MT_SCOPE_GLOBAL &&
        (setup->account < -1 || setup->account >= ledger->account_count))
        return bad_setup(setup, diag, "no such account");
    if (setup->kind == MT_SCOPE_SYMBOL &&
        (setup->symbol < -1 || setup->symbol >= ledger->instrument_count))
        return bad_setup(setup, diag, "no such symbol");
    if (setup->kind == MT_SCOPE_STRATEGY && (setup->strategy < 0 || setup->strategy > UINT16_MAX))
        return bad_setup(setup, diag, "no such strategy");
    if (setup->kind == MT_SCOPE_GROUP &&
        (setup->group_count == 0 || setup->group_count > MT_GROUP_SYMBOLS))
        return bad_setup(setup, diag, "a group has 1 to 64 symbols");
    for (uint16_t i = 0; setup->kind == MT_SCOPE_GROUP && i < setup->group_count; i++) {
        if (setup->group[i] >= ledger->instrument_count)
            return bad_setup(setup, diag, "no such symbol in its group");
        for (uint16_t other = 0; other < i; other++)
            if (setup->group[i] == setup->group[other])
                return bad_setup(setup, diag, "a symbol stands twice in its group");
    }
    for (uint16_t i = 0; setup->allow != NULL && i < setup->allow_count; i++)
        if (setup->allow[i] >= ledger->instrument_count)
            return bad_setup(setup, diag, "no such symbol on its allow list");
    for (uint16_t i = 0; i < setup->window_count; i++)
        if (setup->windows[i].from_ns > setup->windows[i].to_ns)
            return bad_setup(setup, diag, "a window ends before it begins");
    for (unsigned id = 0; id < 64; id++) {
        int err = setup->limits.set & MT_LIMIT_BIT(id)
                      ? mt_limit_check(id, setup->kind,
                                       id < MT_LIMITS ? setup->limits.value[id] : 0, diag)
                      : 0;
        if (err != 0)
            return err;
    }
    return 0;
}

static size_t instances_of(const struct mt_ledger *ledger, const struct mt_scope_setup *setup)
{
    size_t accounts =
        setup->kind != MT_SCOPE_GLOBAL && setup->account < 0 ? ledger->account_count : 1;
    return setup->kind == MT_SCOPE_SYMBOL && setup->symbol < 0 ? accounts * ledger->instrument_count
                                                               : accounts;
}

static int expand(struct mt_risk *risk, const struct mt_scope_setup *setup)
{
    int from = setup->account < 0 ? 0 : setup->account;
    int to = setup->account < 0 ? risk->ledger->account_count : setup->account + 1;
    if (setup->kind == MT_SCOPE_GLOBAL)
        return add_instance(risk, setup, -1, -1);
    for (int account = from; account < to; account++) {
        if (setup->kind != MT_SCOPE_SYMBOL || setup->symbol >= 0) {
            int err = add_instance(risk, setup, account,
                                   setup->kind == MT_SCOPE_SYMBOL ? setup->symbol : -1);
            if (err != 0)
                return err;
            continue;
        }
        for (int symbol = 0; symbol < risk->ledger->instrument_count; symbol++) {
            int err = add_instance(risk, setup, account, symbol);
            if (err != 0)
                return err;
        }
    }
    return 0;
}

/* Scopes that must exist, as setups without limits: the host, and each account. */
static const struct mt_scope_setup base_setups[] = {
    { .kind = MT_SCOPE_GLOBAL, .account = -1, .symbol = -1, .name = "host" },
    { .kind = MT_SCOPE_ACCOUNT, .account = -1, .symbol = -1, .name = "account" },
};
enum { BASE_SETUPS = sizeof base_setups / sizeof *base_setups };

/* An account without a setup of its own gets one that has no limits, so that it has a state. */
static void add_missing_accounts(struct mt_risk *risk)
{
    for (int account = 0; account < risk->ledger->account_count; account++) {
        if (mt_risk_scope_find(risk, MT_SCOPE_ACCOUNT, account, -1) >= 0)
            continue;
        int err = add_instance(risk, &base_setups[1], account, -1);
        MT_ASSERT(err == 0);        /* has no members that need memory */
    }
}

static int build_scopes(struct mt_risk *risk, const struct mt_scope_setup *setups, size_t count)
{
    for (int kind = 0; kind < MT_SCOPES; kind++) {
        size_t before = risk->scope_count;
        int err = 0;
        for (size_t i = 0; err == 0 && i < count; i++)
            if ((int)setups[i].kind == kind)
                err = expand(risk, &setups[i]);
        if (err == 0 && kind == MT_SCOPE_GLOBAL && risk->scope_count == before)
            err = expand(risk, &base_setups[0]);
        if (err == 0 && kind == MT_SCOPE_ACCOUNT)
            add_missing_accounts(risk);
        if (err != 0)
            return err;
    }
    return 0;
}

/* ---- lists ---- */

/* Calls for each (account, symbol) that the scope covers; pass 0 counts, pass 1 writes. */
static void list_pass(struct mt_risk *risk, uint16_t index, int pass, uint32_t *fill)
{
    const struct mt_risk_scope_state *scope = &risk->scopes[index];
    uint32_t symbols = risk->ledger->instrument_count;
    uint32_t from = scope->account < 0 ? 0 : (uint32_t)scope->account;
    uint32_t to = scope->account < 0 ? risk->ledger->account_count : from + 1;
    uint32_t members = scope->kind == MT_SCOPE_GROUP    ? scope->group_count
                       : scope->kind == MT_SCOPE_SYMBOL ? 1
                                                        : symbols;
    for (uint32_t account = from; account < to; account++) {
        for (uint32_t i = 0; i < members; i++) {
            uint32_t symbol = scope->kind == MT_SCOPE_GROUP ? scope->group[i]
                            : scope->kind == MT_SCOPE_SYMBOL ? (uint32_t)scope->symbol : i;
            uint32_t pair = account * symbols + symbol;
            if (pass == 0)
                risk->first[pair + 1]++;
            else
                risk->lists[fill[pair]++] = index;
        }
    }
}

static int build_lists(struct mt_risk *risk)
{
    size_t pairs = (size_t)risk->ledger->account_count * risk->ledger->instrument_count;
    risk->first = calloc(pairs + 1, sizeof *risk->first);
    uint32_t *fill = calloc(pairs + 1, sizeof *fill);
    if (risk->first != NULL && fill != NULL) {
        for (size_t i = 0; i < risk->scope_count; i++)
            list_pass(risk, (uint16_t)i, 0, fill);
        for (size_t pair = 0; pair < pairs; pair++)
            risk->first[pair + 1] += risk->first[pair];
        memcpy(fill, risk->first, (pairs + 1) * sizeof *fill);
        risk->lists = calloc(risk->first[pairs], sizeof *risk->lists);
        for (size_t i = 0; risk->lists != NULL && i < risk->scope_count; i++)
            list_pass(risk, (uint16_t)i, 1, fill);
    }
    free(fill);
    return risk->lists != NULL ? 0 : MT_ENOMEM;
}

const uint16_t *mt_risk_list(const struct mt_risk *risk, uint16_t account, uint16_t symbol,
                             uint32_t *count)
{
    size_t pair = (size_t)account * risk->ledger->instrument_count + symbol;
    *count = risk->first[pair + 1] - risk->first[pair];
    return risk->lists + risk->first[pair];
}

bool mt_scope_covers(const struct mt_risk_scope_state *scope, uint16_t strategy)
{
    return scope->kind != MT_SCOPE_STRATEGY || scope->strategy == strategy;
}

/* ---- construction ---- */

static void collect_set(struct mt_risk *risk)
{
    risk->look_all = true;
    risk->set = 0;
    for (size_t i = 0; i < risk->scope_count; i++)
        risk->set |= risk->scopes[i].limits.set | risk->scopes[i].has;
    risk->possible = mt_checks_possible(risk->set);
    risk->dup_span_ns = 0;
    for (size_t i = 0; i < risk->scope_count; i++)
        if (mt_scope_has(&risk->scopes[i], MT_LIMIT_DUP_MS)
            && risk->scopes[i].limits.value[MT_LIMIT_DUP_MS] * NS_PER_MS > risk->dup_span_ns)
            risk->dup_span_ns = risk->scopes[i].limits.value[MT_LIMIT_DUP_MS] * NS_PER_MS;
}

static void start_days(struct mt_risk *risk)
{
    for (uint16_t i = 0; i < risk->ledger->account_count; i++) {
        mt_money cash = risk->ledger->accounts[i].cash_start;
        risk->days[i] = (struct mt_risk_day_state){.day = INT64_MIN, .start = cash, .peak = cash, .seen = cash};
    }
}

int mt_risk_new(struct mt_risk **out, struct mt_ledger *ledger, const struct mt_scope_setup *setups,
                size_t count, struct mt_diag *diag)
{
    size_t places = BASE_SETUPS + (size_t)ledger->account_count;
    for (size_t i = 0; i < count; i++) {
        int err = check_setup(ledger, &setups[i], diag);
        if (err != 0)
            return err;
        places += instances_of(ledger, &setups[i]);
        if (places > MT_SCOPES_MAX)
            return mt_fail(diag, MT_ENOMEM, "risk: the scopes stand for more than %d of them",
                           MT_SCOPES_MAX);
    }
    struct mt_risk *risk = calloc(1, sizeof *risk);
    if (risk == NULL)
        return mt_fail(diag, MT_ENOMEM, "risk: no memory");
    risk->ledger = ledger;
    risk->scopes = calloc(places, sizeof *risk->scopes);
    risk->days = calloc(ledger->account_count, sizeof *risk->days);
    risk->dups = calloc(ledger->account_count, sizeof *risk->dups);
    risk->watched = calloc(places, sizeof *risk->watched);
    risk->watched_first = calloc((size_t)ledger->account_count + 2, sizeof *risk->watched_first);
    int err = risk->scopes != NULL && risk->days != NULL && risk->dups != NULL && risk->watched != NULL &&
                      risk->watched_first != NULL ? 0 : MT_ENOMEM;
    if (err == 0)
        err = build_scopes(risk, setups, count);
    if (err == 0)
        err = build_lists(risk);
    if (err != 0) {
        mt_risk_free(risk);
        return mt_fail(diag, err, "risk: no memory for %zu scopes", places);
    }
    collect_set(risk);
    mt_risk_list_watched(risk);
    start_days(risk);
    *out = risk;
    return 0;
}

void mt_risk_free(struct mt_risk *risk)
{
    if (risk == NULL)
        return;
    for (size_t i = 0; i < risk->scope_count; i++) {
        free(risk->scopes[i].allow);
        free(risk->scopes[i].windows);
        free(risk->scopes[i].entries);
        free(risk->scopes[i].denials);
    }
    free(risk->scopes);
    free(risk->first);
    free(risk->lists);
    free(risk->watched);
    free(risk->watched_first);
    free(risk->days);
    for (uint16_t i = 0; risk->dups != NULL && i < risk->ledger->account_count; i++)
        free(risk->dups[i].entries);
    free(risk->dups);
    free(risk);
}

/* ---- views and states ---- */

size_t mt_risk_scope_count(const struct mt_risk *risk)
{
    return risk->scope_count;
}

void mt_risk_scope(const struct mt_risk *risk, uint16_t index, struct mt_risk_scope_view *out)
{
    MT_ASSERT(index < risk->scope_count);
    const struct mt_risk_scope_state *scope = &risk->scopes[index];
    *out = (struct mt_risk_scope_view){ .kind = scope->kind,
                                        .account = scope->account,
                                        .symbol = scope->symbol,
                                        .name = scope->name,
                                        .state = scope->state,
                                        .limits = &scope->limits };
}

static bool group_holds(const struct mt_risk_scope_state *scope, int symbol)
{
    for (uint16_t i = 0; i < scope->group_count; i++)
        if (scope->group[i] == symbol)
            return true;
    return false;
}

static bool scope_is(const struct mt_risk_scope_state *scope, enum mt_scope_kind kind, int account,
                     int symbol)
{
    if (scope->kind != kind || (kind != MT_SCOPE_GLOBAL && scope->account != account))
        return false;
    if (kind == MT_SCOPE_SYMBOL)
        return scope->symbol == symbol;
    if (kind == MT_SCOPE_GROUP)
        return group_holds(scope, symbol);
    return kind != MT_SCOPE_STRATEGY || scope->strategy == symbol;
}

int mt_risk_scope_find(const struct mt_risk *risk, enum mt_scope_kind kind, int account, int symbol)
{
    for (size_t i = 0; i < risk->scope_count; i++)
        if (scope_is(&risk->scopes[i], kind, account, symbol))
            return (int)i;
    return MT_ENOTFOUND;
}

enum mt_trading_state mt_risk_state(const struct mt_risk *risk, uint16_t account, uint16_t symbol)
{
    uint32_t count;
    const uint16_t *list = mt_risk_list(risk, account, symbol, &count);
    enum mt_trading_state worst = MT_ACTIVE;
    for (uint32_t i = 0; i < count; i++) {
        const struct mt_risk_scope_state *scope = &risk->scopes[list[i]];
        if (scope->kind != MT_SCOPE_STRATEGY && scope->state > worst)
            worst = scope->state;
    }
    return worst;
}

/* Is everything of `scope` inside `outer`? */
static bool scope_below(const struct mt_risk_scope_state *scope,
                        const struct mt_risk_scope_state *outer)
{
    return scope == outer || outer->kind == MT_SCOPE_GLOBAL ||
           (outer->kind == MT_SCOPE_ACCOUNT && scope->account == outer->account);
}

void mt_risk_on_state(struct mt_risk *risk, uint16_t index, enum mt_trading_state state)
{
    MT_ASSERT(index < risk->scope_count);
    MT_ASSERT(state <= MT_KILLED);
    struct mt_risk_scope_state *target = &risk->scopes[index];
    target->state = state;
    target->has = state == MT_ACTIVE ? target->has & ~MT_HAS_STATE : target->has | MT_HAS_STATE;
    collect_set(risk);
    for (size_t i = 0; state == MT_ACTIVE && i < risk->scope_count; i++) {
        struct mt_risk_scope_state *scope = &risk->scopes[i];
        if (scope->kind != MT_SCOPE_STRATEGY || !scope_below(scope, target))
            continue;
        scope->latched = false;
        scope->streak = 0;
        scope->entries->head = 0;
        scope->denials->head = 0;
    }
}

void mt_risk_on_limit(struct mt_risk *risk, uint16_t index, enum mt_limit_id id, bool set,
                      int64_t value)
{
    MT_ASSERT(index < risk->scope_count);
    struct mt_risk_scope_state *scope = &risk->scopes[index];
    MT_ASSERT(mt_limit_check(id, scope->kind, value, NULL) == 0);
    bool had_rate = mt_scope_has(scope, MT_LIMIT_RATE_PER_S);
    scope->limits.set =
        set ? scope->limits.set | MT_LIMIT_BIT(id) : scope->limits.set & ~MT_LIMIT_BIT(id);
    scope->limits.value[id] = set ? value : 0;
    if (!had_rate || scope->tokens > mt_bucket_cap(scope))
        mt_bucket_init(scope);
    collect_set(risk);
    mt_risk_list_watched(risk);
}
