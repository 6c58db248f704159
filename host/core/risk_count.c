/* Buckets, rings and the memory of recent orders: what the fold tells, kept in fixed memory. */
#include <stdlib.h>
#include "base/clock.h"
#include "base/hash.h"
#include "core/risk_private.h"

enum { DUP_FIRST = 64 };                    /* orders that an account's ring holds at first; doubles to MT_DUP_SIZE */

/* ---- token buckets ---- */

int64_t mt_bucket_cap(const struct mt_risk_scope_state *scope)
{
    enum mt_limit_id id =
        mt_scope_has(scope, MT_LIMIT_RATE_BURST) ? MT_LIMIT_RATE_BURST : MT_LIMIT_RATE_PER_S;
    return scope->limits.value[id] * MT_TOKEN;
}

void mt_bucket_init(struct mt_risk_scope_state *scope)
{
    scope->tokens = mt_bucket_cap(scope);
    scope->tokens_ns = 0;
}

int64_t mt_bucket_tokens(const struct mt_risk_scope_state *scope, int64_t now_ns)
{
    int64_t cap = mt_bucket_cap(scope);
    if (now_ns <= scope->tokens_ns)
        return scope->tokens;
    mt_i128 passed = (mt_i128)now_ns - scope->tokens_ns;
    mt_i128 tokens = scope->tokens + passed * scope->limits.value[MT_LIMIT_RATE_PER_S];
    return tokens < cap ? (int64_t)tokens : cap;
}

/* A quarter is for cancels and reduces, but a bucket of one token must let an entry through. */
int64_t mt_bucket_reserve(const struct mt_risk_scope_state *scope)
{
    int64_t cap = mt_bucket_cap(scope), quarter = cap / 4;
    return quarter > cap - MT_TOKEN ? 0 : quarter;
}

/* What happened is paid even when the bucket is empty, up to a whole bucket of debt; a cancel
 * leaves no debt, because it is never denied and must not shut out the reduces after it. */
static void bucket_take(struct mt_risk_scope_state *scope, bool debt, int64_t now_ns)
{
    if (!mt_scope_has(scope, MT_LIMIT_RATE_PER_S))
        return;
    int64_t have = mt_bucket_tokens(scope, now_ns);
    int64_t least = debt ? -mt_bucket_cap(scope) : have < 0 ? have : 0;
    scope->tokens = have - MT_TOKEN > least ? have - MT_TOKEN : least;
    scope->tokens_ns = now_ns > scope->tokens_ns ? now_ns : scope->tokens_ns;
}

/* ---- rings ---- */

static void ring_push(struct mt_recent *ring, int64_t now_ns)
{
    ring->times[ring->head++ % MT_RING_SIZE] = now_ns;
}

int64_t mt_recent_count(const struct mt_recent *ring, int64_t now_ns, int64_t span_ns)
{
    int64_t held = ring->head < MT_RING_SIZE ? (int64_t)ring->head : MT_RING_SIZE, count = 0;
    while (count < held &&
           now_ns - ring->times[(ring->head - 1 - (uint64_t)count) % MT_RING_SIZE] < span_ns)
        count++;
    return count;
}

bool mt_scope_repeats(const struct mt_risk_scope_state *scope, int64_t now_ns, int64_t *count)
{
    int64_t window_s = mt_scope_has(scope, MT_LIMIT_REPEAT_WINDOW_S)
                           ? scope->limits.value[MT_LIMIT_REPEAT_WINDOW_S]
                           : 60;
    int64_t most = scope->limits.value[MT_LIMIT_REPEAT_N];
    *count = mt_recent_count(scope->entries, now_ns, window_s * MT_NS_PER_S);
    return scope->latched || *count > most;
}

/* ---- duplicates ---- */

static bool dup_same(const struct mt_dup *dup, const struct mt_terms *terms)
{
    return dup->symbol == terms->symbol && dup->seat == terms->seat && dup->side == terms->side
        && dup->type == terms->type && dup->qty == terms->qty && dup->price == terms->price
        && dup->stop == terms->stop && dup->flags == (terms->flags & (MT_TERMS_PRICE | MT_TERMS_STOP));
}

bool mt_dup_found(const struct mt_risk *risk, const struct mt_terms *terms, int64_t now_ns,
                  int64_t span_ns)
{
    const struct mt_dup_ring *ring = &risk->dups[terms->account];
    uint64_t held = ring->head < ring->size ? ring->head : ring->size;
    for (uint64_t i = 0; i < held; i++) {
        const struct mt_dup *dup = &ring->entries[(ring->head - 1 - i) % ring->size];
        if (now_ns - dup->time_ns >= span_ns)
            return false;
        if (dup_same(dup, terms))
            return true;
    }
    /* More orders than the memory holds: what was forgotten may have been the same. */
    return ring->head > held;
}

/* Room for one more, as long as all that it holds are young enough to matter. Without memory the oldest is forgotten,
 * which the search takes for a duplicate. */
static void dup_grow(struct mt_dup_ring *ring, int64_t now_ns, int64_t span_ns)
{
    if (ring->head < ring->size || ring->size == MT_DUP_SIZE)
        return;
    if (ring->size > 0 && now_ns - ring->entries[ring->head % ring->size].time_ns >= span_ns)
        return;
    uint32_t size = ring->size > 0 ? 2 * ring->size : DUP_FIRST;
    struct mt_dup *entries = calloc(size, sizeof *entries);
    if (entries == NULL)
        return;
    for (uint64_t i = ring->head - ring->size; i < ring->head; i++)
        entries[i % size] = ring->entries[i % ring->size];
    free(ring->entries);
    ring->entries = entries;
    ring->size = size;
}

static uint64_t dup_hash(const struct mt_dup *dup)
{
    const uint64_t words[] = {
        (uint64_t)dup->time_ns,
        (uint64_t)dup->qty,
        (uint64_t)dup->price,
        (uint64_t)dup->stop,
        (uint64_t)dup->symbol << 48 | (uint64_t)dup->seat << 32 | dup->flags,
        (uint64_t)(uint8_t)dup->side << 8 | dup->type,
    };
    return mt_hash64(words, sizeof words);
}

static void dup_push(struct mt_risk *risk, const struct mt_terms *terms, int64_t now_ns)
{
    struct mt_dup_ring *ring = &risk->dups[terms->account];
    dup_grow(ring, now_ns, risk->dup_span_ns);
    if (ring->size == 0) {
        ring->head++;
        return;
    }
    struct mt_dup *entry = &ring->entries[ring->head % ring->size];
    if (ring->head >= ring->size && entry->qty != 0)    /* 0: it has grown, and nothing was there yet */
        ring->digest -= dup_hash(entry);
    ring->head++;
    *entry = (struct mt_dup){
        .time_ns = now_ns,
        .qty = terms->qty,
        .price = terms->price,
        .stop = terms->stop,
        .symbol = terms->symbol,
        .seat = terms->seat,
        .flags = terms->flags & (MT_TERMS_PRICE | MT_TERMS_STOP),
        .side = terms->side,
        .type = terms->type,
    };
    ring->digest += dup_hash(entry);
}

/* ---- what the fold tells ---- */

static void scope_denied(struct mt_risk_scope_state *scope, int32_t code, int64_t now_ns)
{
    if (scope->kind != MT_SCOPE_STRATEGY)
        return;
    int64_t count;
    ring_push(scope->denials, now_ns);
    if (code == MT_CODE_REPEAT_THROTTLE && mt_scope_has(scope, MT_LIMIT_REPEAT_N))
        scope->latched = mt_scope_repeats(scope, now_ns, &count);
}

static void scope_passed(struct mt_risk_scope_state *scope, const struct mt_terms *terms,
                         int64_t now_ns)
{
    bool entry = !mt_terms_reduce_only(terms) && (terms->role == MT_ROLE_ENTRY || terms->role == MT_ROLE_TARGET ||
                                       terms->role == MT_ROLE_SLOT);
    bucket_take(scope, true, now_ns);
    scope->messages++;
    if (entry && scope->kind == MT_SCOPE_STRATEGY)
        ring_push(scope->entries, now_ns);
}

void mt_risk_on_intent(struct mt_risk *risk, const struct mt_terms *terms, int32_t code,
                       int64_t now_ns)
{
    if (terms->account >= risk->ledger->account_count ||
        terms->symbol >= risk->ledger->instrument_count)
        return;     /* denied, and nobody's */
    uint32_t count;
    const uint16_t *list = mt_risk_list(risk, terms->account, terms->symbol, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct mt_risk_scope_state *scope = &risk->scopes[list[i]];
        if (!mt_scope_covers(scope, terms->seat))
            continue;
        risk->look_all = risk->look_all || code != MT_CODE_OK;          /* deny_storm */
        if (code != MT_CODE_OK)
            scope_denied(scope, code, now_ns);
        else
            scope_passed(scope, terms, now_ns);
    }
    if (code == MT_CODE_OK && (risk->set & MT_LIMIT_BIT(MT_LIMIT_DUP_MS)))
        dup_push(risk, terms, now_ns);
}

void mt_risk_on_op(struct mt_risk *risk, uint16_t account, uint16_t symbol, uint16_t seat,
                   bool replace, int64_t now_ns)
{
    uint32_t count;
    const uint16_t *list = mt_risk_list(risk, account, symbol, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct mt_risk_scope_state *scope = &risk->scopes[list[i]];
        if (!mt_scope_covers(scope, seat))
            continue;
        bucket_take(scope, replace, now_ns);
        scope->messages++;
    }
}

static bool role_is_stop(uint8_t role)
{
    return role == MT_ROLE_STOP || role == MT_ROLE_TRAIL || role == MT_ROLE_STOPOUT;
}

void mt_risk_on_fill(struct mt_risk *risk, uint16_t account, uint16_t symbol, uint16_t seat,
                     uint8_t role, bool opened, bool ended, mt_money trade_profit, int64_t now_ns)
{
    (void)opened; /* the repeat throttle counts an entry at its intent, so that one in flight counts
                     too */
    uint32_t count;
    const uint16_t *list = mt_risk_list(risk, account, symbol, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct mt_risk_scope_state *scope = &risk->scopes[list[i]];
        if (!mt_scope_covers(scope, seat))
            continue;
        scope->fills++;
        if (ended)
            scope->streak = trade_profit < 0 ? scope->streak + 1 : 0;
        if (role_is_stop(role))
            scope->last_stop_ns = now_ns;
    }
}
