/* Days, breaches of limits on facts, and the canonical bytes of all that changes. */
#include "core/risk_private.h"
#include "base/buf.h"
#include "base/clock.h"

/* ---- days and peaks ---- */

void mt_risk_on_day(struct mt_risk *risk, uint16_t account, int64_t day, mt_money equity_at_start,
                    mt_money peak)
{
    struct mt_risk_day_state *state = &risk->days[account];
    mt_money adjusted = risk->ledger->accounts[account].adjusted;
    bool new_day = day != state->day;
    int start_err = mt_sub128(equity_at_start, adjusted, &state->start);
    int peak_err = mt_sub128(peak, adjusted, &state->peak);
    MT_ASSERT(start_err == 0);
    MT_ASSERT(peak_err == 0);
    state->day = day;
    risk->look_all = true;
    for (size_t i = 0; new_day && i < risk->scope_count; i++) {
        struct mt_risk_scope_state *scope = &risk->scopes[i];
        if (scope->account == account)
            scope->messages = scope->fills = scope->streak = 0;
    }
}

static void see(struct mt_risk *risk, uint16_t account)
{
    struct mt_risk_day_state *state = &risk->days[account];
    mt_money equity;
    state->unseen = mt_risk_equity(risk, account, &equity) != MT_CODE_OK;
    if (state->unseen)
        return;
    int err = mt_sub128(equity, risk->ledger->accounts[account].adjusted, &state->seen);
    MT_ASSERT(err == 0);
}

void mt_risk_see(struct mt_risk *risk)
{
    for (uint16_t i = 0; i < risk->ledger->touched_count; i++)
        see(risk, risk->ledger->touched[i]);
}

void mt_risk_peak(struct mt_risk *risk)
{
    mt_risk_see(risk);
    for (uint16_t i = 0; i < risk->ledger->touched_count; i++) {
        struct mt_risk_day_state *state = &risk->days[risk->ledger->touched[i]];
        if (!state->unseen && state->seen > state->peak)        /* a value that is not known is no peak */
            state->peak = state->seen;
    }
}

void mt_risk_day(const struct mt_risk *risk, uint16_t account, int64_t *day,
                 mt_money *equity_at_start, mt_money *peak)
{
    mt_money adjusted = risk->ledger->accounts[account].adjusted;
    *day = risk->days[account].day;
    int start_err = mt_add128(risk->days[account].start, adjusted, equity_at_start);
    int peak_err = mt_add128(risk->days[account].peak, adjusted, peak);
    MT_ASSERT(start_err == 0);
    MT_ASSERT(peak_err == 0);
}

bool mt_risk_watches_equity(const struct mt_risk *risk)
{
    return (risk->set &
            (MT_LIMIT_BIT(MT_LIMIT_MAX_DAILY_LOSS) | MT_LIMIT_BIT(MT_LIMIT_MAX_DRAWDOWN))) != 0;
}

/* ---- breaches ---- */

/* What was found in a scope. */
struct finding { int32_t code; enum mt_trading_state state; mt_i128 value, limit; };

/* Facts only: orders that may yet fill are the business of the checks. What cannot be computed is
 * denied by check 31 and breaches nothing. */
static bool position_over(const struct mt_risk *risk, const struct mt_risk_scope_state *scope,
                          enum mt_limit_id id, int32_t code, struct finding *out)
{
    const struct mt_risk_add facts = {.facts = true};
    mt_i128 held;
    if (!mt_scope_has(scope, id))
        return false;
    int code_sum = mt_risk_sum(risk, scope, MT_MEASURE_QTY, &facts, &held);
    MT_ASSERT(code_sum == MT_CODE_OK);      /* 2^20 slots of 2^91 */
    if (held <= scope->limits.value[id])
        return false;
    *out = (struct finding){
        .code = code, .state = MT_REDUCE_ONLY, .value = held, .limit = scope->limits.value[id]
    };
    return true;
}

static bool loss_over(const struct mt_risk *risk, const struct mt_risk_scope_state *scope,
                      struct finding *out)
{
    mt_i128 value;
    int64_t limit = scope->limits.value[MT_LIMIT_MAX_DAILY_LOSS];
    if (!mt_scope_has(scope, MT_LIMIT_MAX_DAILY_LOSS) ||
        mt_risk_loss(risk, scope, &value) != MT_CODE_OK || value < limit)
        return false;
    *out = (struct finding){
        .code = MT_CODE_DAILY_LOSS, .state = scope->on_loss, .value = value, .limit = limit
    };
    return true;
}

static bool drawdown_over(const struct mt_risk *risk, const struct mt_risk_scope_state *scope,
                          struct finding *out)
{
    mt_i128 value;
    int64_t limit = scope->limits.value[MT_LIMIT_MAX_DRAWDOWN];
    if (!mt_scope_has(scope, MT_LIMIT_MAX_DRAWDOWN) ||
        mt_risk_drawdown(risk, scope, &value) != MT_CODE_OK || value < limit)
        return false;
    *out = (struct finding){
        .code = MT_CODE_DRAWDOWN, .state = scope->on_loss, .value = value, .limit = limit
    };
    return true;
}

static bool storm_over(const struct mt_risk_scope_state *scope, int64_t now_ns, struct finding *out)
{
    if (!mt_scope_has(scope, MT_LIMIT_DENY_STORM))
        return false;
    int64_t limit = scope->limits.value[MT_LIMIT_DENY_STORM];
    int64_t count = mt_recent_count(scope->denials, now_ns, 60 * MT_NS_PER_S);
    if (count < limit)
        return false;
    *out = (struct finding){
        .code = MT_CODE_STRATEGY_DISABLED, .state = MT_REDUCE_ONLY, .value = count, .limit = limit
    };
    return true;
}

/* The first finding that would make the scope's state worse. */
static bool scope_breach(const struct mt_risk *risk, const struct mt_risk_scope_state *scope,
                         int64_t now_ns, struct finding *out)
{
    if (position_over(risk, scope, MT_LIMIT_MAX_NET, MT_CODE_MAX_POSITION_NET, out) &&
        out->state > scope->state)
        return true;
    if (position_over(risk, scope, MT_LIMIT_MAX_GROSS, MT_CODE_MAX_POSITION_GROSS, out) &&
        out->state > scope->state)
        return true;
    if (loss_over(risk, scope, out) && out->state > scope->state)
        return true;
    if (drawdown_over(risk, scope, out) && out->state > scope->state)
        return true;
    return storm_over(scope, now_ns, out) && out->state > scope->state;
}

static const uint64_t on_facts =
    MT_LIMIT_BIT(MT_LIMIT_MAX_NET) | MT_LIMIT_BIT(MT_LIMIT_MAX_GROSS) | MT_LIMIT_BIT(MT_LIMIT_MAX_DAILY_LOSS) |
    MT_LIMIT_BIT(MT_LIMIT_MAX_DRAWDOWN) | MT_LIMIT_BIT(MT_LIMIT_DENY_STORM);

void mt_risk_list_watched(struct mt_risk *risk)
{
    uint32_t at = 0;
    for (int account = -1; account < risk->ledger->account_count; account++)
        risk->watched_first[account + 1] = 0;
    for (size_t i = 0; i < risk->scope_count; i++)      /* how many of each, */
        risk->watched_first[risk->scopes[i].account + 1] += (risk->scopes[i].limits.set & on_facts) != 0;
    for (int account = -1; account < risk->ledger->account_count; account++)    /* where each ends, */
        at = risk->watched_first[account + 1] += at;
    risk->watched_first[risk->ledger->account_count + 1] = at;
    for (size_t i = risk->scope_count; i-- > 0;)        /* and from there down to where each begins */
        if (risk->scopes[i].limits.set & on_facts)
            risk->watched[--risk->watched_first[risk->scopes[i].account + 1]] = (uint16_t)i;
}

/* The first scope in breach of those of one account (-1: of none) that stand before `end`; else `end`. */
static size_t account_breach(const struct mt_risk *risk, int account, size_t end, int64_t now_ns, struct finding *out)
{
    struct finding found;
    for (uint32_t i = risk->watched_first[account + 1]; i < risk->watched_first[account + 2]; i++) {
        size_t scope = risk->watched[i];
        if (scope >= end)
            break;
        if (scope_breach(risk, &risk->scopes[scope], now_ns, &found)) {
            *out = found;
            return scope;
        }
    }
    return end;
}

bool mt_risk_breach(struct mt_risk *risk, int64_t now_ns, uint16_t *scope,
                    enum mt_trading_state *state, int32_t *code, mt_i128 *value, mt_i128 *limit)
{
    if (!(risk->set & on_facts) || (!risk->look_all && risk->ledger->touched_count == 0))
        return false;
    struct finding found;
    size_t first = account_breach(risk, -1, risk->scope_count, now_ns, &found);
    /* An account that nobody touched has the facts of the last look. */
    uint16_t count = risk->look_all ? risk->ledger->account_count : risk->ledger->touched_count;
    for (uint16_t i = 0; i < count; i++)
        first = account_breach(risk, risk->look_all ? i : risk->ledger->touched[i], first, now_ns, &found);
    if (first == risk->scope_count) {
        risk->look_all = false;
        return false;
    }
    *scope = (uint16_t)first;
    *state = found.state;
    *code = found.code;
    *value = found.value;
    *limit = found.limit;
    return true;
}

/* ---- canonical bytes ---- */

static void put_int(struct mt_buf *out, int64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)value >> (8 * i));
    mt_buf_put(out, bytes, sizeof bytes);
}

static void put_money(struct mt_buf *out, mt_money value)
{
    put_int(out, (int64_t)(uint64_t)(unsigned __int128)value);
    put_int(out, (int64_t)(uint64_t)((unsigned __int128)value >> 64));
}

/* Oldest first, so that the place in the ring does not show. */
static void put_ring(struct mt_buf *out, const struct mt_recent *ring)
{
    uint64_t held = ring->head < MT_RING_SIZE ? ring->head : MT_RING_SIZE;
    put_int(out, (int64_t)held);
    for (uint64_t i = ring->head - held; i < ring->head; i++)
        put_int(out, ring->times[i % MT_RING_SIZE]);
}

static void put_scope(struct mt_buf *out, const struct mt_risk_scope_state *scope)
{
    put_int(out, scope->state);
    put_int(out, (int64_t)scope->limits.set);
    for (int id = 0; id < MT_LIMITS; id++)
        if (mt_scope_has(scope, id))
            put_int(out, scope->limits.value[id]);
    put_int(out, scope->tokens);
    put_int(out, scope->tokens_ns);
    put_int(out, scope->messages);
    put_int(out, scope->fills);
    put_int(out, scope->streak);
    put_int(out, scope->last_stop_ns);
    put_int(out, scope->latched);
    if (scope->kind == MT_SCOPE_STRATEGY) {
        put_ring(out, scope->entries);
        put_ring(out, scope->denials);
    }
}

/* Without the peaks: they follow the quotes, which a replay of state does not see, until MT_REC_DAY
 * tells them. */
void mt_risk_serialise(const struct mt_risk *risk, struct mt_buf *out)
{
    put_int(out, (int64_t)risk->scope_count);
    for (size_t i = 0; i < risk->scope_count; i++)
        put_scope(out, &risk->scopes[i]);
    for (uint16_t i = 0; i < risk->ledger->account_count; i++) {
        put_int(out, risk->days[i].day);
        put_money(out, risk->days[i].start);
    }
    for (uint16_t i = 0; i < risk->ledger->account_count; i++) {
        const struct mt_dup_ring *ring = &risk->dups[i];
        put_int(out, (int64_t)(ring->head < ring->size ? ring->head : ring->size));
        put_int(out, (int64_t)ring->digest);
    }
}
