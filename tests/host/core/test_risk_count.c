/* Checks 14 to 16: duplicates, repeats, token buckets; and the storm of denials. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "base/hash.h"
#include "host/core/risk_world.h"

static struct world world;
static struct world *const w = &world;

static int start(void **state)
{
    (void)state;
    world_start(w);
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_end(w);
    return 0;
}

static void pass(const struct mt_risk_ask *ask)
{
    world_intent(w, ask, MT_CODE_OK);
}

/* ---- 14 ---- */

static void the_same_order_twice_is_refused_for_a_while(void **state)
{
    (void)state;
    static const enum mt_scope_kind kinds[] = { MT_SCOPE_ACCOUNT, MT_SCOPE_STRATEGY };
    world_fill(w, SIM, EURUSD, -1, 100, 110000);
    for (size_t i = 0; i < 2; i++) {
        struct mt_risk_ask ask = ask_limit(1, 200, 100000);
        pass(&ask);         /* not remembered: nobody asks for it */
        world_limit(w, kinds[i], MT_LIMIT_DUP_MS, 500);
        assert_code(w, ask, MT_CODE_OK);
        world_intent(w, &ask, MT_CODE_DATA_STALE);      /* was not created */
        assert_code(w, ask, MT_CODE_OK);
        pass(&ask);
        assert_denied(w, ask, MT_CODE_DUPLICATE, kinds[i], 0, 500);
        w->now += 500 * MS - 1;
        assert_code(w, ask, MT_CODE_DUPLICATE);
        struct mt_risk_ask leave = ask_reduce(1, 10);       /* leaving may be said twice */
        pass(&leave);
        assert_code(w, leave, MT_CODE_OK);
        w->now++;
        assert_code(w, ask, MT_CODE_OK);
        world_no_limit(w, kinds[i], MT_LIMIT_DUP_MS);
    }
}

static void every_field_of_an_order_tells_it_apart(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_DUP_MS, 500);
    mt_risk_on_limit(w->risk, (uint16_t)mt_risk_scope_find(w->risk, MT_SCOPE_ACCOUNT, DESK, -1),
                     MT_LIMIT_DUP_MS, true, 500);
    struct mt_risk_ask ask = ask_limit(1, 200, 100000), other = ask;
    pass(&ask);
    assert_code(w, other, MT_CODE_DUPLICATE);
#define OTHER(field, value)                                                                   \
    do {                                                                                      \
        other = ask;                                                                          \
        other.terms.field = (value);                                                                \
        assert_code(w, other, MT_CODE_OK);                                                    \
    } while (0)
    OTHER(account, DESK);
    OTHER(symbol, GBPUSD);
    OTHER(seat, 1);
    OTHER(side, -1);
    OTHER(qty, 201);
    OTHER(price, 100001);
    other = ask_market(1, 200);
    assert_code(w, other, MT_CODE_OK);
    other = ask_stop(1, 200, 120000);
    pass(&other);
    assert_code(w, other, MT_CODE_DUPLICATE);
    other.terms.stop++;
    assert_code(w, other, MT_CODE_OK);
    assert_code(w, ask, MT_CODE_DUPLICATE);     /* is not hidden by what came after */
}

static void what_may_have_been_forgotten_counts_as_the_same(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_DUP_MS, 1000);
    struct mt_risk_ask first = ask_market(1, 99999), ask = ask_market(1, 1);
    pass(&first);
    for (int i = 1; i < MT_DUP_SIZE; i++) {
        ask.terms.qty = i;
        pass(&ask);
    }
    assert_code(w, first, MT_CODE_DUPLICATE);
    pass(&ask);                                 /* now the first one is forgotten */
    assert_code(w, first, MT_CODE_DUPLICATE);
    assert_code(w, ask_market(1, 77777), MT_CODE_DUPLICATE);
    w->now += 1000 * MS;
    assert_code(w, first, MT_CODE_OK);
}

/* ---- 15 ---- */

static void entries_in_a_window_have_a_limit_until_re_enabled(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_REPEAT_N, 3);
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_REPEAT_WINDOW_S, 10);
    struct mt_risk_ask ask = ask_market(1, 1), other = ask;
    other.terms.seat = 1;
    int64_t first = w->now;
    for (int i = 0; i < 4; i++) {
        assert_code(w, ask, MT_CODE_OK);
        pass(&ask);
        pass(&other);
        w->now += SECOND;
    }
    assert_denied(w, ask, MT_CODE_REPEAT_THROTTLE, MT_SCOPE_STRATEGY, 4, 3);
    assert_code(w, other, MT_CODE_OK);
    w->now = first + 10 * SECOND - 1;
    assert_code(w, ask, MT_CODE_REPEAT_THROTTLE);
    w->now = first + 10 * SECOND;
    assert_code(w, ask, MT_CODE_OK);            /* nobody was refused yet */
    w->now = first + 9 * SECOND;
    world_intent(w, &ask, MT_CODE_REPEAT_THROTTLE);
    w->now += 1000000 * SECOND;
    assert_code(w, ask, MT_CODE_REPEAT_THROTTLE);       /* the refusal lasts */
    world_fill(w, SIM, EURUSD, -1, 100, 110000);
    assert_code(w, ask, MT_CODE_OK);                    /* a reduce */
    assert_code(w, ask_market(-1, 1), MT_CODE_REPEAT_THROTTLE);
    mt_risk_on_state(w->risk, world_find(w, MT_SCOPE_SYMBOL), MT_ACTIVE);
    assert_code(w, ask_market(-1, 1), MT_CODE_REPEAT_THROTTLE);
    mt_risk_on_state(w->risk, world_find(w, MT_SCOPE_ACCOUNT), MT_REDUCE_ONLY);
    mt_risk_on_state(w->risk, world_find(w, MT_SCOPE_ACCOUNT), MT_ACTIVE);
    assert_code(w, ask_market(-1, 1), MT_CODE_OK);
}

static void an_operator_re_enables_by_scope(void **state)
{
    (void)state;
    static const enum mt_scope_kind kinds[] = { MT_SCOPE_GLOBAL, MT_SCOPE_ACCOUNT,
                                                MT_SCOPE_STRATEGY };
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_REPEAT_N, 0);
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_LOSS_STREAK, 1);
    struct mt_risk_ask ask = ask_market(1, 1);
    for (size_t i = 0; i < 3; i++) {
        pass(&ask);
        assert_code(w, ask, MT_CODE_REPEAT_THROTTLE);
        world_intent(w, &ask, MT_CODE_REPEAT_THROTTLE);
        mt_risk_on_fill(w->risk, SIM, EURUSD, 0, MT_ROLE_FLAT, false, true, -5, w->now);
        int desk = mt_risk_scope_find(w->risk, MT_SCOPE_ACCOUNT, DESK, -1);
        mt_risk_on_state(w->risk, (uint16_t)desk, MT_ACTIVE);
        assert_code(w, ask, MT_CODE_REPEAT_THROTTLE);
        mt_risk_on_state(w->risk, world_find(w, kinds[i]), MT_ACTIVE);
        assert_code(w, ask, MT_CODE_OK);
    }
}

static void the_default_window_is_a_minute(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_REPEAT_N, 0);
    struct mt_risk_ask ask = ask_market(1, 1);
    pass(&ask);
    w->now += 60 * SECOND - 1;
    assert_code(w, ask, MT_CODE_REPEAT_THROTTLE);
    w->now++;
    assert_code(w, ask, MT_CODE_OK);
}

static void only_entries_are_repeats(void **state)
{
    (void)state;
    for (int role = 0; role < MT_ROLES; role++) {
        for (int reduce = 0; reduce < 2; reduce++) {
            world_end(w);
            world_start(w);
            world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_REPEAT_N, 0);
            struct mt_risk_ask ask = ask_market(1, 1);
            ask.terms.role = (uint8_t)role;
            mt_terms_set_flag(&ask.terms, MT_TERMS_REDUCE_ONLY, reduce);
            pass(&ask);
            bool entry = !reduce &&
                         (role == MT_ROLE_ENTRY || role == MT_ROLE_TARGET || role == MT_ROLE_SLOT);
            assert_code(w, ask_market(1, 1), entry ? MT_CODE_REPEAT_THROTTLE : MT_CODE_OK);
        }
    }
}

/* A denial of that name in a scope without the limit latches nothing. */
static void only_a_scope_with_the_limit_latches(void **state)
{
    (void)state;
    struct mt_risk_ask ask = ask_market(1, 1);
    pass(&ask);
    world_intent(w, &ask, MT_CODE_REPEAT_THROTTLE);
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_REPEAT_N, 5);
    assert_code(w, ask, MT_CODE_OK);
    world_intent(w, &ask, MT_CODE_REPEAT_THROTTLE);
    assert_code(w, ask, MT_CODE_OK);
}

static void the_ring_forgets_the_oldest_first(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_REPEAT_N, MT_RING_SIZE - 1);
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_REPEAT_WINDOW_S, 1000000);
    struct mt_risk_ask ask = ask_market(1, 1);
    for (int i = 0; i < MT_RING_SIZE - 1; i++)
        pass(&ask);
    assert_code(w, ask, MT_CODE_OK);
    for (int i = 0; i < 3; i++) {
        pass(&ask);
        assert_denied(w, ask, MT_CODE_REPEAT_THROTTLE, MT_SCOPE_STRATEGY, MT_RING_SIZE,
                      MT_RING_SIZE - 1);
    }
}

static void an_intent_of_nobody_is_ignored(void **state)
{
    (void)state;
    struct mt_risk_ask ask = ask_market(1, 1);
    ask.terms.account = ACCOUNTS;
    world_intent(w, &ask, MT_CODE_FIELD_INVALID);
    ask.terms.account = 0;
    ask.terms.symbol = SYMBOLS;
    world_intent(w, &ask, MT_CODE_SYMBOL_UNKNOWN);
}

/* ---- 16 ---- */

static void each_scope_has_a_bucket_and_a_code(void **state)
{
    (void)state;
    static const struct { enum mt_scope_kind kind; int code; } cells[] = {
        { MT_SCOPE_GLOBAL, MT_CODE_RATE_GLOBAL }, { MT_SCOPE_ACCOUNT, MT_CODE_RATE_ACCOUNT },
        { MT_SCOPE_STRATEGY, MT_CODE_RATE_STRATEGY },
    };
    world_fill(w, SIM, EURUSD, -1, 100, 110000);
    for (size_t i = 0; i < 3; i++) {
        world_limit(w, cells[i].kind, MT_LIMIT_RATE_PER_S, 4);
        struct mt_risk_ask entry = ask_market(-1, 1), leave = ask_reduce(1, 1);
        /* 4 tokens, one of them for reduces. */
        for (int n = 0; n < 3; n++) {
            assert_code(w, entry, MT_CODE_OK);
            pass(&entry);
        }
        assert_denied(w, entry, cells[i].code, cells[i].kind, MT_TOKEN, 2 * MT_TOKEN);
        assert_code(w, leave, MT_CODE_OK);
        pass(&leave);
        assert_denied(w, leave, cells[i].code, cells[i].kind, 0, MT_TOKEN);
        w->now += SECOND / 4 - 1;
        assert_code(w, leave, cells[i].code);
        w->now++;
        assert_code(w, leave, MT_CODE_OK);
        assert_code(w, entry, cells[i].code);
        w->now += SECOND / 4;
        assert_code(w, entry, MT_CODE_OK);
        w->now += 100 * SECOND;
        world_no_limit(w, cells[i].kind, MT_LIMIT_RATE_PER_S);
    }
}

static void a_bucket_of_one_token_lets_an_entry_through(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_RATE_PER_S, 1);
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_RATE_BURST, 2);
    struct mt_risk_ask ask = ask_market(1, 1);
    assert_code(w, ask, MT_CODE_OK);
    pass(&ask);
    assert_code(w, ask, MT_CODE_RATE_GLOBAL);   /* half a token of two is reserved */
    w->now += SECOND / 2 - 1;
    assert_code(w, ask, MT_CODE_RATE_GLOBAL);
    w->now++;
    assert_code(w, ask, MT_CODE_OK);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_RATE_BURST, 0);
    assert_code(w, ask_market(1, 1), MT_CODE_RATE_GLOBAL);
}

/* tokens, cap and reserve as fractions of 10^9, by the sentence of the design alone. */
struct bucket { __int128 tokens, cap; int64_t rate, last; };

static void bucket_pay(struct bucket *b, int64_t now, bool debt)
{
    b->tokens += (__int128)(now - b->last) * b->rate;
    if (b->tokens > b->cap)
        b->tokens = b->cap;
    b->last = now;
    __int128 least = debt ? -b->cap : b->tokens < 0 ? b->tokens : 0;
    b->tokens -= 1000000000;
    if (b->tokens < least)
        b->tokens = least;
}

static bool bucket_has(const struct bucket *b, int64_t now, bool increase)
{
    __int128 tokens = b->tokens + (__int128)(now - b->last) * b->rate;
    if (tokens > b->cap)
        tokens = b->cap;
    __int128 reserve = increase && b->cap * 3 >= 4 * (__int128)1000000000 ? b->cap : 0;
    return 4 * tokens >= 4 * (__int128)1000000000 + reserve;
}

static void the_bucket_is_exact_over_any_sequence(void **state)
{
    (void)state;
    uint64_t seed = 9, n = 0;
    const char *given = getenv("MT_SEED");
    seed = given ? strtoull(given, NULL, 0) : seed;
    print_message("seed %llu (MT_SEED)\n", (unsigned long long)seed);
    world_fill(w, SIM, EURUSD, -1, 1000000, 110000);
    for (int run = 0; run < 60; run++) {
        int64_t rate = (int64_t)(mt_random_at(seed, n++) % 12);
        int64_t burst = (int64_t)(mt_random_at(seed, n++) % 12);
        world_no_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_RATE_PER_S);
        world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_RATE_BURST, burst);
        world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_RATE_PER_S, rate);
        struct bucket b = { .tokens = burst * (__int128)1000000000,
                            .cap = burst * (__int128)1000000000,
                            .rate = rate,
                            .last = w->now };
        for (int i = 0; i < 400; i++) {
            uint64_t scale = mt_random_at(seed, n++) % 31;
            w->now += (int64_t)(mt_random_at(seed, n++) % (UINT64_C(1) << scale));
            struct mt_risk_ask ask =
                mt_random_at(seed, n++) % 2 ? ask_market(-1, 1) : ask_reduce(1, 1);
            bool increase = ask.terms.side < 0;
            switch (mt_random_at(seed, n++) % 8) {
            case 0:
            case 1:
                mt_risk_on_op(w->risk, SIM, EURUSD, 0, false, w->now);
                bucket_pay(&b, w->now, false);
                break;
            case 2:
                mt_risk_on_op(w->risk, SIM, EURUSD, 0, true, w->now);
                bucket_pay(&b, w->now, true);
                break;
            default:
                assert_code(w, ask,
                            bucket_has(&b, w->now, increase) ? MT_CODE_OK : MT_CODE_RATE_ACCOUNT);
                if (bucket_has(&b, w->now, increase)) {
                    pass(&ask);
                    bucket_pay(&b, w->now, true);
                }
            }
        }
    }
}

static void a_clock_that_stands_or_steps_back_gives_no_tokens(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_RATE_PER_S, 1);
    struct mt_risk_ask ask = ask_market(1, 1);
    pass(&ask);
    assert_code(w, ask, MT_CODE_RATE_GLOBAL);
    w->now -= 100 * SECOND;
    assert_code(w, ask, MT_CODE_RATE_GLOBAL);
    pass(&ask);         /* in debt; the time of the bucket stays */
    w->now += 101 * SECOND;
    assert_code(w, ask, MT_CODE_RATE_GLOBAL);
    w->now += SECOND;
    assert_code(w, ask, MT_CODE_OK);
    /* The longest pause and the highest rate do not overflow. */
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_RATE_PER_S, 1000000000);
    w->now = INT64_MAX;
    assert_code(w, ask, MT_CODE_OK);
}

static void a_smaller_bucket_spills(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_RATE_PER_S, 100);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_RATE_PER_S, 1);
    struct mt_risk_ask ask = ask_market(1, 1);
    pass(&ask);
    assert_code(w, ask, MT_CODE_RATE_GLOBAL);
}

static void a_bucket_belongs_to_its_scope(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_RATE_PER_S, 1);
    mt_risk_on_limit(w->risk, (uint16_t)mt_risk_scope_find(w->risk, MT_SCOPE_ACCOUNT, DESK, -1),
                     MT_LIMIT_RATE_PER_S, true, 1);
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_RATE_PER_S, 1);
    struct mt_risk_ask desk = ask_market(1, 1), other = ask_market(1, 1);
    desk.terms.account = DESK;
    other.terms.seat = 3;
    pass(&desk);
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    pass(&other);
    assert_denied(w, ask_market(1, 1), MT_CODE_RATE_ACCOUNT, MT_SCOPE_ACCOUNT, 0, MT_TOKEN);
    w->now += SECOND;
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    mt_risk_on_op(w->risk, SIM, EURUSD, 3, true, w->now);
    w->now += SECOND;
    mt_risk_on_op(w->risk, SIM, EURUSD, 0, true, w->now);
    world_no_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_RATE_PER_S);
    assert_code(w, ask_market(1, 1), MT_CODE_RATE_STRATEGY);
    assert_code(w, other, MT_CODE_OK);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        T(the_same_order_twice_is_refused_for_a_while),
        T(every_field_of_an_order_tells_it_apart),
        T(what_may_have_been_forgotten_counts_as_the_same),
        T(entries_in_a_window_have_a_limit_until_re_enabled),
        T(an_operator_re_enables_by_scope),
        T(the_default_window_is_a_minute),
        T(only_entries_are_repeats),
        T(only_a_scope_with_the_limit_latches),
        T(the_ring_forgets_the_oldest_first),
        T(an_intent_of_nobody_is_ignored),
        T(each_scope_has_a_bucket_and_a_code),
        T(a_bucket_of_one_token_lets_an_entry_through),
        T(the_bucket_is_exact_over_any_sequence),
        T(a_clock_that_stands_or_steps_back_gives_no_tokens),
        T(a_smaller_bucket_spills),
        T(a_bucket_belongs_to_its_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
