/* The checks in their order. Each returns a code, 0 to go on. What denies an increase may let a
 * reduce pass, because leaving a position must stay possible; the table at the end says which. */
#include "core/risk_private.h"
#include "base/clock.h"

enum { DAY_S = 86400, ROLLOVER_AT_S = 79200 };

const struct mt_risk_scope_state *mt_run_next(const struct mt_risk_run *run, uint32_t *at,
                                              enum mt_limit_id id)
{
    while (*at < run->count) {
        const struct mt_risk_scope_state *scope = &run->risk->scopes[run->list[(*at)++]];
        if (mt_scope_has(scope, id) && mt_scope_covers(scope, run->ask->terms.seat))
            return scope;
    }
    return NULL;
}

int mt_run_deny(struct mt_risk_run *run, int32_t code, const struct mt_risk_scope_state *scope,
                mt_i128 value, mt_i128 limit)
{
    run->out->scope = scope != NULL ? (uint16_t)(scope - run->risk->scopes) : 0;
    run->out->value = value;
    run->out->limit = limit;
    return code;
}

/* A number that does not fit or cannot be converted is check 31, which stands behind the others. */
void mt_run_late(struct mt_risk_run *run, int32_t code)
{
    if (run->late == MT_CODE_OK)
        run->late = code;
}

/* ---- 2, 4: states ---- */

static int check_state(struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *worst = NULL;
    for (uint32_t i = 0; i < run->count; i++) {
        const struct mt_risk_scope_state *scope = &run->risk->scopes[run->list[i]];
        if (scope->state > (worst != NULL ? worst->state : MT_ACTIVE) &&
            mt_scope_covers(scope, run->ask->terms.seat))
            worst = scope;
    }
    MT_ASSERT(worst != NULL);       /* or the check would not run */
    if ((worst->state == MT_REDUCE_ONLY && !run->increase) || run->flatten)
        return MT_CODE_OK;
    return mt_run_deny(run, mt_trading_state_code(worst->state), worst, 0, 0);
}

static int check_strategy(struct mt_risk_run *run)
{
    return run->strategy_ok ? MT_CODE_OK : MT_CODE_STRATEGY_DISABLED;
}

/* ---- 14 to 18: counts ---- */

static int check_duplicate(struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_DUP_MS)) != NULL;) {
        int64_t limit = scope->limits.value[MT_LIMIT_DUP_MS];
        if (mt_dup_found(run->risk, &run->ask->terms, run->now_ns, limit * NS_PER_MS))
            return mt_run_deny(run, MT_CODE_DUPLICATE, scope, 0, limit);
    }
    return MT_CODE_OK;
}

static int check_repeat(struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_REPEAT_N)) != NULL;) {
        int64_t count;
        if (mt_scope_repeats(scope, run->now_ns, &count))
            return mt_run_deny(run, MT_CODE_REPEAT_THROTTLE, scope, count,
                               scope->limits.value[MT_LIMIT_REPEAT_N]);
    }
    return MT_CODE_OK;
}

static int check_rate(struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_RATE_PER_S)) != NULL;) {
        int64_t needed = MT_TOKEN + (run->increase ? mt_bucket_reserve(scope) : 0);
        int64_t tokens = mt_bucket_tokens(scope, run->now_ns);
        if (tokens < needed)
            return mt_run_deny(run,
                               scope->kind == MT_SCOPE_GLOBAL    ? MT_CODE_RATE_GLOBAL
                               : scope->kind == MT_SCOPE_ACCOUNT ? MT_CODE_RATE_ACCOUNT
                                                                 : MT_CODE_RATE_STRATEGY,
                               scope, tokens, needed);
    }
    return MT_CODE_OK;
}

static int check_messages(struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_DAILY_MESSAGES)) != NULL;) {
        int64_t limit = scope->limits.value[MT_LIMIT_DAILY_MESSAGES];
        if (scope->messages >= limit)
            return mt_run_deny(run, MT_CODE_DAILY_MESSAGES, scope, scope->messages, limit);
    }
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_ORDER_TO_TRADE)) != NULL;) {
        mt_i128 trades = (mt_i128)scope->fills + 1,
                messages = (mt_i128)scope->messages * MT_RATIO_ONE;
        int64_t limit = scope->limits.value[MT_LIMIT_ORDER_TO_TRADE];
        if (scope->messages >= scope->limits.value[MT_LIMIT_ORDER_TO_TRADE_MIN] &&
            messages > limit * trades)
            return mt_run_deny(run, MT_CODE_ORDER_TO_TRADE, scope, (messages + trades - 1) / trades,
                               limit);
    }
    return MT_CODE_OK;
}

static int check_count(struct mt_risk_run *run, enum mt_limit_id id, enum mt_measure measure,
                       int32_t deny_code)
{
    const struct mt_risk_scope_state *scope;
    const struct mt_risk_add none = {0};
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, id)) != NULL;) {
        mt_i128 count;
        int code = mt_risk_sum(run->risk, scope, measure, &none, &count);
        MT_ASSERT(code == MT_CODE_OK);
        if (count >= scope->limits.value[id])
            return mt_run_deny(run, deny_code, scope, count, scope->limits.value[id]);
    }
    return MT_CODE_OK;
}

static int check_open(struct mt_risk_run *run)
{
    int code = check_count(run, MT_LIMIT_MAX_OPEN, MT_MEASURE_OPEN, MT_CODE_MAX_OPEN_ORDERS);
    return code != MT_CODE_OK
               ? code
               : check_count(run, MT_LIMIT_MAX_UNKNOWN, MT_MEASURE_UNKNOWN, MT_CODE_MAX_UNKNOWN);
}

/* ---- 20 to 25: positions ---- */

static int check_reduce_only(struct mt_risk_run *run)
{
    if (!mt_terms_reduce_only(&run->ask->terms) || run->ask->child)
        return MT_CODE_OK;
    int64_t reducible = mt_risk_reducible(run->slot, run->ask);
    return run->ask->terms.qty <= reducible ? MT_CODE_OK
        : mt_run_deny_qty(run, MT_CODE_REDUCE_ONLY_VIOLATION, NULL, run->ask->terms.qty, reducible);
}

/* The order under check as the sums see it. */
static struct mt_risk_add add_of(const struct mt_risk_run *run)
{
    const struct mt_terms *terms = &run->ask->terms;
    return (struct mt_risk_add){ .account = terms->account, .symbol = terms->symbol, .side = terms->side,
                                 .qty = terms->qty, .reduce_only = mt_terms_reduce_only(terms),
                                 .price = mt_price_of(run->out->price) };
}

/* The worst case of each scope against its limit. */
static int check_worst(struct mt_risk_run *run, enum mt_limit_id id, enum mt_measure measure,
                       const int32_t codes[MT_SCOPES])
{
    const struct mt_risk_scope_state *scope;
    const struct mt_risk_add add = add_of(run);
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, id)) != NULL;) {
        mt_i128 worst;
        int code = mt_risk_sum(run->risk, scope, measure, &add, &worst);
        if (code != MT_CODE_OK)
            mt_run_late(run, code);
        else if (worst > scope->limits.value[id])
            return mt_run_deny(run, codes[scope->kind], scope, worst, scope->limits.value[id]);
    }
    return MT_CODE_OK;
}

static int check_net(struct mt_risk_run *run)
{
    static const int32_t codes[MT_SCOPES] = { MT_CODE_MAX_POSITION_NET, MT_CODE_MAX_POSITION_NET,
                                              MT_CODE_MAX_POSITION_NET, MT_CODE_MAX_POSITION_NET,
                                              MT_CODE_MAX_POSITION_NET };
    return check_worst(run, MT_LIMIT_MAX_NET, MT_MEASURE_QTY, codes);
}

static int check_gross(struct mt_risk_run *run)
{
    static const int32_t codes[MT_SCOPES] = {
        MT_CODE_MAX_POSITION_GROSS, MT_CODE_MAX_POSITION_GROSS, MT_CODE_MAX_POSITION_GROSS,
        MT_CODE_MAX_POSITION_GROSS, MT_CODE_MAX_POSITION_GROSS
    };
    return check_worst(run, MT_LIMIT_MAX_GROSS, MT_MEASURE_QTY, codes);
}

static int check_exposure(struct mt_risk_run *run)
{
    static const int32_t codes[MT_SCOPES] = {
        [MT_SCOPE_GLOBAL] = MT_CODE_MAX_EXPOSURE_TOTAL,
        [MT_SCOPE_ACCOUNT] = MT_CODE_MAX_EXPOSURE_ACCOUNT,
        [MT_SCOPE_SYMBOL] = MT_CODE_MAX_EXPOSURE_SYMBOL,
        [MT_SCOPE_GROUP] = MT_CODE_MAX_EXPOSURE_GROUP,
    };
    return check_worst(run, MT_LIMIT_MAX_EXPOSURE, MT_MEASURE_EXPOSURE, codes);
}

static int check_leverage(struct mt_risk_run *run)
{
    const struct mt_risk_ask *ask = run->ask;
    const struct mt_risk_scope_state *scope;
    const struct mt_risk_add add = add_of(run);
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_MAX_LEVERAGE)) != NULL;) {
        int64_t limit = scope->limits.value[MT_LIMIT_MAX_LEVERAGE];
        mt_money notional, equity;
        mt_i128 leverage;
        int code = mt_risk_sum(run->risk, scope, MT_MEASURE_EXPOSURE, &add, &notional);
        if (code == MT_CODE_OK)
            code = mt_risk_equity(run->risk, ask->terms.account, &equity);
        if (code == MT_CODE_OK && equity <= 0)
            return mt_run_deny(run, MT_CODE_MAX_LEVERAGE, scope, INT64_MAX, limit);
        if (code == MT_CODE_OK &&
            mt_muldiv128(notional, MT_RATIO_ONE, equity, MT_ROUND_UP, &leverage) != 0)
            code = MT_CODE_CALC_OVERFLOW;
        if (code != MT_CODE_OK)
            mt_run_late(run, code);
        else if (leverage > limit)
            return mt_run_deny(run, MT_CODE_MAX_LEVERAGE, scope, leverage, limit);
    }
    return MT_CODE_OK;
}

/* ---- 27 to 30: losses and time ---- */

/* What the order loses when its stop is hit; without a stop, all of it. */
static int order_risk(const struct mt_risk_run *run, enum mt_scope_kind kind, mt_money *out)
{
    const struct mt_risk_ask *ask = run->ask;
    if (!ask->protect.there)
        return mt_run_notional(run, kind, out);
    mt_i128 distance = ask->terms.side > 0 ? (mt_i128)run->out->price - ask->protect.value
                                           : (mt_i128)ask->protect.value - run->out->price;
    *out = 0;
    if (distance <= 0)
        return MT_CODE_OK;
    if (distance > INT64_MAX)
        return MT_CODE_CALC_OVERFLOW;
    return mt_risk_notional(run->risk, kind, ask->terms.account, ask->terms.symbol, ask->terms.qty, (int64_t)distance,
                            out);
}

static int check_daily_loss(struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_MAX_DAILY_LOSS)) != NULL;) {
        int64_t limit = scope->limits.value[MT_LIMIT_MAX_DAILY_LOSS];
        mt_money loss, more = 0;
        int code = mt_risk_loss(run->risk, scope, &loss);
        if (code == MT_CODE_OK && scope->limits.value[MT_LIMIT_DAILY_LOSS_PREDICTIVE] != 0)
            code = order_risk(run, scope->kind, &more);
        if (code == MT_CODE_OK && mt_add128(loss, more, &loss) != 0)
            code = MT_CODE_CALC_OVERFLOW;
        if (code != MT_CODE_OK)
            mt_run_late(run, code);
        else if (loss >= limit)
            return mt_run_deny(run, MT_CODE_DAILY_LOSS, scope, loss, limit);
    }
    return MT_CODE_OK;
}

static int check_drawdown(struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_MAX_DRAWDOWN)) != NULL;) {
        int64_t limit = scope->limits.value[MT_LIMIT_MAX_DRAWDOWN];
        mt_i128 ratio;
        int code = mt_risk_drawdown(run->risk, scope, &ratio);
        if (code != MT_CODE_OK)
            mt_run_late(run, code);
        else if (ratio >= limit)
            return mt_run_deny(run, MT_CODE_DRAWDOWN, scope, ratio, limit);
    }
    return MT_CODE_OK;
}

static int check_streak(struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_LOSS_STREAK)) != NULL;) {
        int64_t limit = scope->limits.value[MT_LIMIT_LOSS_STREAK];
        if (scope->streak >= limit)
            return mt_run_deny(run, MT_CODE_LOSS_STREAK, scope, scope->streak, limit);
    }
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_COOLDOWN_S)) != NULL;) {
        int64_t limit = scope->limits.value[MT_LIMIT_COOLDOWN_S];
        mt_i128 since = (mt_i128)run->now_ns - scope->last_stop_ns;
        if (since < (mt_i128)limit * MT_NS_PER_S)
            return mt_run_deny(run, MT_CODE_COOLDOWN, scope, since / MT_NS_PER_S, limit);
    }
    return MT_CODE_OK;
}

static int64_t limit_or(const struct mt_risk_scope_state *scope, enum mt_limit_id id,
                        int64_t otherwise)
{
    return mt_scope_has(scope, id) ? scope->limits.value[id] : otherwise;
}

static int64_t second_of_day(int64_t now_ns)
{
    int64_t second = now_ns / MT_NS_PER_S - (now_ns % MT_NS_PER_S < 0);
    return (second % DAY_S + DAY_S) % DAY_S;
}

/* From 22:00 to 06:00 is a night; the same second twice is the whole day. */
static bool outside_hours(const struct mt_risk_scope_state *scope, int64_t second)
{
    int64_t from = limit_or(scope, MT_LIMIT_HOURS_FROM_S, 0);
    int64_t to = limit_or(scope, MT_LIMIT_HOURS_TO_S, DAY_S);
    return from < to ? second < from || second >= to : second < from && second >= to;
}

static int check_hours(struct mt_risk_run *run)
{
    int64_t second = second_of_day(run->now_ns);
    for (uint32_t i = 0; i < run->count; i++) {
        const struct mt_risk_scope_state *scope = &run->risk->scopes[run->list[i]];
        if (outside_hours(scope, second))
            return mt_run_deny(run, MT_CODE_TIME_WINDOW, scope, 0, 0);
    }
    return MT_CODE_OK;
}

static bool in_window(const struct mt_risk_scope_state *scope, int64_t now_ns)
{
    for (uint16_t i = 0; i < scope->window_count; i++)
        if (now_ns >= scope->windows[i].from_ns && now_ns < scope->windows[i].to_ns)
            return true;
    return false;
}

static int check_news(struct mt_risk_run *run)
{
    for (uint32_t i = 0; i < run->count; i++) {
        const struct mt_risk_scope_state *scope = &run->risk->scopes[run->list[i]];
        if (in_window(scope, run->now_ns) && mt_scope_covers(scope, run->ask->terms.seat))
            return mt_run_deny(run, MT_CODE_NEWS_BLOCK, scope, 0, 0);
    }
    return MT_CODE_OK;
}

static int check_rollover(struct mt_risk_run *run)
{
    const struct mt_risk_scope_state *scope;
    for (uint32_t at = 0; (scope = mt_run_next(run, &at, MT_LIMIT_ROLLOVER_S)) != NULL;) {
        int64_t apart =
            second_of_day(run->now_ns) - limit_or(scope, MT_LIMIT_ROLLOVER_AT_S, ROLLOVER_AT_S);
        apart = apart < 0 ? -apart : apart;
        apart = apart < DAY_S - apart ? apart : DAY_S - apart;
        if (apart < scope->limits.value[MT_LIMIT_ROLLOVER_S])
            return mt_run_deny(run, MT_CODE_ROLLOVER, scope, apart,
                               scope->limits.value[MT_LIMIT_ROLLOVER_S]);
    }
    return MT_CODE_OK;
}

/* ---- 31, 32 ---- */

static int bits(int64_t x)
{
    return 64 - __builtin_clzll((unsigned long long)x | 1);
}

/* The order must be worth something that fits and can be converted, whatever limits are set. Small
 * numbers are seen to fit without computing them. */
static int check_numbers(struct mt_risk_run *run)
{
    const struct mt_instrument *instrument = run->instrument;
    int64_t price = mt_price_magnitude(run->out->price);
    if (run->late != MT_CODE_OK)
        return run->late;
    if (!mt_risk_qty_fits(run->slot, run->ask))
        return MT_CODE_CALC_OVERFLOW;
    const struct mt_ledger *ledger = run->risk->ledger;
    bool same =
        ledger->quote_currency[run->ask->terms.symbol] == ledger->accounts[run->ask->terms.account].currency;
    if (same && bits(run->ask->terms.qty) + bits(price) + bits(instrument->contract_size) + 27 <= 126)
        return MT_CODE_OK;      /* 10^8 has 27 bits */
    mt_money notional;
    return mt_run_notional(run, MT_SCOPE_ACCOUNT, &notional);
}

static int check_reduce_numbers(struct mt_risk_run *run)
{
    if (run->late == MT_CODE_CALC_OVERFLOW || !mt_risk_qty_fits(run->slot, run->ask))
        return MT_CODE_CALC_OVERFLOW;
    return MT_CODE_OK;
}

static int check_journal(struct mt_risk_run *run)
{
    return run->journal_ok ? MT_CODE_OK : MT_CODE_JOURNAL_UNAVAILABLE;
}

/* ---- the order ---- */

enum { INCREASE = 1, REDUCE = 2, RAISES = 4, ANY = INCREASE | REDUCE, FLATTEN = 8, ALL = ANY | FLATTEN };
#define L(id) MT_LIMIT_BIT(MT_LIMIT_##id)

/* A check runs where one of its limits is set and for the classes that it may deny. FLATTEN: what an operator closes
 * of something killed; nothing else gets past the kill, and no limit stands in its way. */
static const struct {
    int (*run)(struct mt_risk_run *run);
    uint64_t set;
    int classes;
} checks[] = {
    { check_state, MT_HAS_STATE, ALL },
    { check_strategy, MT_HAS_ALWAYS, INCREASE },
    { mt_check_fields, MT_HAS_ALWAYS, ALL },
    { mt_check_allowed, MT_HAS_ALLOW, INCREASE },
    { mt_check_steps, MT_HAS_ALWAYS, ALL },
    { mt_check_missing, MT_HAS_ALWAYS, ALL },
    { mt_check_stale, L(STALE_MS) | L(SKEW_MS), INCREASE },
    { mt_check_crossed, MT_HAS_ALWAYS, ALL },
    { mt_check_spread, L(SPREAD_TICKS) | L(SPREAD_BP), INCREASE },
    { mt_check_collar, L(COLLAR_BP) | L(COLLAR_PASSIVE_BP), ANY },
    { mt_check_stop, MT_HAS_ALWAYS, ANY },
    { mt_check_order_qty, L(MAX_ORDER_QTY), INCREASE },
    { mt_check_order_notional, L(MAX_ORDER_NOTIONAL), INCREASE },
    { check_duplicate, L(DUP_MS), INCREASE },
    { check_repeat, L(REPEAT_N), INCREASE },
    { check_rate, L(RATE_PER_S), ANY },
    { check_messages, L(DAILY_MESSAGES) | L(ORDER_TO_TRADE), INCREASE },
    { check_open, L(MAX_OPEN) | L(MAX_UNKNOWN), INCREASE },
    { check_reduce_only, MT_HAS_ALWAYS, ALL },
    { check_net, L(MAX_NET), RAISES },
    { check_gross, L(MAX_GROSS), RAISES },
    { check_exposure, L(MAX_EXPOSURE), RAISES },
    { check_leverage, L(MAX_LEVERAGE), RAISES },
    { check_daily_loss, L(MAX_DAILY_LOSS), INCREASE },
    { check_drawdown, L(MAX_DRAWDOWN), INCREASE },
    { check_streak, L(LOSS_STREAK) | L(COOLDOWN_S), INCREASE },
    { check_hours, L(HOURS_FROM_S) | L(HOURS_TO_S), INCREASE },
    { check_news, MT_HAS_WINDOWS, INCREASE },
    { check_rollover, L(ROLLOVER_S), INCREASE },
    { check_numbers, MT_HAS_ALWAYS, INCREASE },
    { check_reduce_numbers, MT_HAS_ALWAYS, REDUCE | FLATTEN },
    { check_journal, MT_HAS_ALWAYS, INCREASE },
};

uint64_t mt_checks_possible(uint64_t set)
{
    uint64_t possible = 0;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (checks[i].set & (set | MT_HAS_ALWAYS))
            possible |= UINT64_C(1) << i;
    return possible;
}

/* An operator's close of something killed: the one order that a kill lets through (3.1). */
static bool flattens(const struct mt_risk_run *run)
{
    enum mt_trading_state worst = MT_ACTIVE;
    if (!(run->set & MT_HAS_STATE) || run->ask->terms.role != MT_ROLE_OPERATOR
        || !mt_terms_reduce_only(&run->ask->terms))
        return false;
    for (uint32_t i = 0; i < run->count; i++) {
        const struct mt_risk_scope_state *scope = &run->risk->scopes[run->list[i]];
        if (scope->state > worst && mt_scope_covers(scope, run->ask->terms.seat))
            worst = scope->state;
    }
    return worst == MT_KILLED;
}

static void run_start(struct mt_risk_run *run)
{
    const struct mt_risk *risk = run->risk;
    const struct mt_risk_ask *ask = run->ask;
    run->instrument = &risk->ledger->instruments[ask->terms.symbol];
    run->top = &risk->ledger->tops[ask->terms.symbol];
    run->slot = mt_ledger_slot(risk->ledger, ask->terms.account, ask->terms.symbol);
    run->list = mt_risk_list(risk, ask->terms.account, ask->terms.symbol, &run->count);
    run->set = MT_HAS_ALWAYS;
    for (uint32_t i = 0; risk->set != 0 && i < run->count; i++) {
        const struct mt_risk_scope_state *scope = &risk->scopes[run->list[i]];
        if (mt_scope_covers(scope, ask->terms.seat))
            run->set |= scope->limits.set | scope->has;
    }
    run->flatten = flattens(run);
    run->increase = true;
    if (!mt_ask_side_and_qty_fit(ask))
        return;
    run->increase = !ask->child && ask->terms.qty > mt_risk_reducible(run->slot, ask);
    run->raises = !ask->child && (run->increase || mt_risk_raises(run->slot, ask));
    run->late = mt_risk_price(run, &run->out->price);
}

void mt_risk_check(const struct mt_risk *risk, const struct mt_risk_ask *ask, int64_t now_ns,
                   bool journal_ok, bool strategy_ok, struct mt_risk_verdict *out)
{
    *out = (struct mt_risk_verdict){0};
    if (ask->terms.account >= risk->ledger->account_count ||
        ask->terms.symbol >= risk->ledger->instrument_count) {
        out->code = ask->terms.account >= risk->ledger->account_count ? MT_CODE_FIELD_INVALID
                                                                : MT_CODE_SYMBOL_UNKNOWN;
        return;
    }
    struct mt_risk_run run = { .risk = risk,
                               .ask = ask,
                               .now_ns = now_ns,
                               .strategy_ok = strategy_ok,
                               .journal_ok = journal_ok,
                               .out = out };
    run_start(&run);
    int classes = run.flatten ? FLATTEN : (run.increase ? INCREASE : REDUCE) | (run.raises ? RAISES : 0);
    for (uint64_t rest = risk->possible; out->code == MT_CODE_OK && rest != 0; rest &= rest - 1) {
        int i = __builtin_ctzll(rest);
        if ((checks[i].set & run.set) && (checks[i].classes & classes))
            out->code = checks[i].run(&run);
    }
}

bool mt_risk_increases(const struct mt_risk *risk, const struct mt_risk_ask *ask)
{
    if (ask->terms.account >= risk->ledger->account_count ||
        ask->terms.symbol >= risk->ledger->instrument_count || !mt_ask_side_and_qty_fit(ask))
        return true;
    return !ask->child && ask->terms.qty >
           mt_risk_reducible(mt_ledger_slot(risk->ledger, ask->terms.account, ask->terms.symbol), ask);
}
