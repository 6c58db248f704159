/* Days and peaks, breaches on facts, canonical bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buf.h"
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

struct found { uint16_t scope; enum mt_trading_state state; int32_t code; mt_i128 value, limit; };

static bool breach(struct found *out)
{
    mt_risk_see(w->risk);
    return mt_risk_breach(w->risk, w->now, &out->scope, &out->state, &out->code, &out->value,
                          &out->limit);
}

static void breach_is(enum mt_scope_kind kind, enum mt_trading_state state, int code, mt_i128 value,
                      mt_i128 limit)
{
    struct found found;
    assert_true(breach(&found));
    assert_int_equal(found.scope, world_find(w, kind));
    assert_int_equal(found.state, state);
    assert_int_equal(found.code, code);
    assert_true(found.value == value);
    assert_true(found.limit == limit);
}

static void no_breach(void)
{
    struct found found;
    assert_false(breach(&found));
}

/* ---- days ---- */

static void a_day_keeps_start_and_peak_and_carries_deposits(void **state)
{
    (void)state;
    int64_t day;
    mt_money start_of_day, peak;
    mt_risk_day(w->risk, SIM, &day, &start_of_day, &peak);
    assert_true(start_of_day == MONEY(100000) && peak == MONEY(100000));
    mt_ledger_adjust_cash(&w->ledger, SIM, MONEY(50));
    mt_risk_on_day(w->risk, SIM, 19675, MONEY(100050), MONEY(100070));
    mt_risk_day(w->risk, SIM, &day, &start_of_day, &peak);
    assert_int_equal(day, 19675);
    assert_true(start_of_day == MONEY(100050));
    assert_true(peak == MONEY(100070));
    mt_ledger_adjust_cash(&w->ledger, SIM, MONEY(10));
    mt_risk_day(w->risk, SIM, &day, &start_of_day, &peak);
    assert_true(start_of_day == MONEY(100060));
    assert_true(peak == MONEY(100080));
    mt_risk_peak(w->risk);                 /* equity 100 060 is below */
    mt_risk_day(w->risk, SIM, &day, &start_of_day, &peak);
    assert_true(peak == MONEY(100080));
    world_fill(w, SIM, EURUSD, 1, 100, 109900); /* + 100 */
    mt_risk_peak(w->risk);
    mt_risk_day(w->risk, SIM, &day, &start_of_day, &peak);
    assert_true(peak == MONEY(100160));
    assert_true(start_of_day == MONEY(100060));
    mt_risk_day(w->risk, DESK, &day, &start_of_day, &peak);
    assert_true(start_of_day == MONEY(100000) && peak == MONEY(100000));
}

static void an_equity_that_is_not_known_is_no_peak(void **state)
{
    (void)state;
    int64_t day;
    mt_money start_of_day, peak;
    world_fill(w, SIM, BTCUSDT, 1, 5, 3000000);
    w->ledger.accounts[SIM].cash = MONEY(500000);
    mt_risk_peak(w->risk);
    mt_risk_day(w->risk, SIM, &day, &start_of_day, &peak);
    assert_true(peak == MONEY(100000));
}

static void days_that_do_not_fit_are_assertions(void **state)
{
    (void)state;
    int64_t day;
    mt_money most = (mt_money)(~(unsigned __int128)0 >> 1), a, b;
    mt_ledger_adjust_cash(&w->ledger, SIM, MONEY(1));
    assert_dies((mt_risk_on_day(w->risk, SIM, 1, -most, 0), 0));
    assert_dies((mt_risk_on_day(w->risk, SIM, 1, 0, -most), 0));
    mt_risk_on_day(w->risk, SIM, 1, most, most);
    mt_ledger_adjust_cash(&w->ledger, SIM, MONEY(1));
    assert_dies((mt_risk_day(w->risk, SIM, &day, &a, &b), 0));
    mt_risk_on_day(w->risk, SIM, 1, 0, most);
    mt_ledger_adjust_cash(&w->ledger, SIM, MONEY(1));
    assert_dies((mt_risk_day(w->risk, SIM, &day, &a, &b), 0));
    w->ledger.accounts[SIM].cash = -most;
    assert_dies((mt_risk_peak(w->risk), 0));
}

/* ---- breaches ---- */

static void equity_is_watched_where_a_limit_asks_for_it(void **state)
{
    (void)state;
    assert_false(mt_risk_watches_equity(w->risk));
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_NET, 0);
    assert_false(mt_risk_watches_equity(w->risk));
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_MAX_DRAWDOWN, 1);
    assert_true(mt_risk_watches_equity(w->risk));
    world_no_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_MAX_DRAWDOWN);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DAILY_LOSS, 1);
    assert_true(mt_risk_watches_equity(w->risk));
}

static void a_position_over_its_limit_is_a_breach_in_every_scope(void **state)
{
    (void)state;
    static const struct { enum mt_limit_id id; int code;
    } limits[] = {
        { MT_LIMIT_MAX_NET, MT_CODE_MAX_POSITION_NET },
        { MT_LIMIT_MAX_GROSS, MT_CODE_MAX_POSITION_GROSS },
    };
    no_breach();
    for (int side = -1; side <= 1; side += 2) {
        world_fill(w, SIM, EURUSD, side, 100, 110000);
        world_order(w, SIM, EURUSD, side, 500, false, MT_ORDER_WORKING);    /* no fact yet */
        for (int kind = 0; kind < MT_SCOPES; kind++) {
            for (size_t i = 0; i < 2; i++) {
                world_limit(w, kind, limits[i].id, 100000000);
                no_breach();
                world_limit(w, kind, limits[i].id, 100000000 - 1);
                breach_is(kind, MT_REDUCE_ONLY, limits[i].code, 100000000, 100000000 - 1);
                mt_risk_on_state(w->risk, world_find(w, kind), MT_REDUCE_ONLY);
                no_breach();
                mt_risk_on_state(w->risk, world_find(w, kind), MT_ACTIVE);
                world_no_limit(w, kind, limits[i].id);
            }
        }
        world_fill(w, SIM, EURUSD, -side, 100, 110000);
    }
}

static void losses_and_falls_are_breaches(void **state)
{
    (void)state;
    static const enum mt_scope_kind kinds[] = { MT_SCOPE_GLOBAL, MT_SCOPE_ACCOUNT,
                                                MT_SCOPE_STRATEGY };
    mt_risk_on_day(w->risk, SIM, 1, MONEY(100000), MONEY(125000));
    mt_ledger_adjust_cash(&w->ledger, EURO, -MONEY(50000));
    mt_risk_on_day(w->risk, EURO, 1, 0, 0);
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    world_quote(w, EURUSD, 109000, 109010);         /* - 1 000 */
    for (size_t i = 0; i < 3; i++) {
        world_limit(w, kinds[i], MT_LIMIT_MAX_DAILY_LOSS, (int64_t)MONEY(1000) + 1);
        no_breach();
        world_limit(w, kinds[i], MT_LIMIT_MAX_DAILY_LOSS, (int64_t)MONEY(1000));
        breach_is(kinds[i], MT_REDUCE_ONLY, MT_CODE_DAILY_LOSS, MONEY(1000), MONEY(1000));
        mt_risk_on_state(w->risk, world_find(w, kinds[i]), MT_REDUCE_ONLY);
        no_breach();
        mt_risk_on_state(w->risk, world_find(w, kinds[i]), MT_ACTIVE);
        world_no_limit(w, kinds[i], MT_LIMIT_MAX_DAILY_LOSS);
        /* 26 000 of 125 000; of 225 000 for all */
        int64_t ratio = kinds[i] == MT_SCOPE_GLOBAL ? 11555556 : 20800000;
        world_limit(w, kinds[i], MT_LIMIT_MAX_DRAWDOWN, ratio + 1);
        no_breach();
        world_limit(w, kinds[i], MT_LIMIT_MAX_DRAWDOWN, ratio);
        breach_is(kinds[i], MT_REDUCE_ONLY, MT_CODE_DRAWDOWN, ratio, ratio);
        mt_risk_on_state(w->risk, world_find(w, kinds[i]), MT_HALTED);
        no_breach();
        mt_risk_on_state(w->risk, world_find(w, kinds[i]), MT_ACTIVE);
        world_no_limit(w, kinds[i], MT_LIMIT_MAX_DRAWDOWN);
    }
}

static void a_scope_may_ask_for_a_harder_state(void **state)
{
    (void)state;
    for (int wanted = MT_ACTIVE; wanted <= MT_KILLED; wanted++) {
        world_end(w);
        world_start_ledger(w);
        world_quotes(w);
        struct mt_scope_setup *setup = world_scope(w, MT_SCOPE_ACCOUNT, SIM, -1);
        setup->on_loss = (enum mt_trading_state)wanted;
        setup_limit(setup, MT_LIMIT_MAX_DAILY_LOSS, 0);
        setup_limit(setup, MT_LIMIT_MAX_DRAWDOWN, 0);
        world_start_risk(w);
        breach_is(MT_SCOPE_ACCOUNT,
                  wanted < MT_REDUCE_ONLY ? MT_REDUCE_ONLY : (enum mt_trading_state)wanted,
                  MT_CODE_DAILY_LOSS, 0, 0);
    }
}

static void one_breach_at_a_time_in_scope_order(void **state)
{
    (void)state;
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_MAX_NET, 0);
    world_limit(w, MT_SCOPE_SYMBOL, MT_LIMIT_MAX_GROSS, 0);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_DRAWDOWN, 0);
    static const enum mt_scope_kind kinds[] = { MT_SCOPE_ACCOUNT, MT_SCOPE_SYMBOL,
                                                MT_SCOPE_STRATEGY };
    for (size_t i = 0; i < 3; i++) {
        struct found found;
        assert_true(breach(&found));
        assert_int_equal(found.scope, world_find(w, kinds[i]));
        mt_risk_on_state(w->risk, found.scope, found.state);
    }
    no_breach();
}

static void what_cannot_be_computed_breaches_nothing(void **state)
{
    (void)state;
    world_fill(w, SIM, BTCUSDT, 1, 5, 3000000);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_DRAWDOWN, 0);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_DAILY_LOSS, 0);
    no_breach();
    /* Sums of quantities need 10^19 symbols to overflow: here the values are lies. */
    world_fill(w, SIM, BTCUSDT, -1, 5, 3000000);
    world_no_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_DRAWDOWN);
    world_no_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_DAILY_LOSS);
    no_breach();
}

static void a_storm_of_denials_makes_the_strategy_reduce_only(void **state)
{
    (void)state;
    struct mt_risk_ask ask = ask_market(1, 1), other = ask;
    other.terms.seat = 4;
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_DENY_STORM, 3);
    for (int i = 0; i < 3; i++) {
        no_breach();
        world_intent(w, &ask, MT_CODE_DATA_STALE);
        world_intent(w, &other, MT_CODE_DATA_STALE);
        world_intent(w, &ask, MT_CODE_OK);
        w->now += SECOND;
    }
    breach_is(MT_SCOPE_STRATEGY, MT_REDUCE_ONLY, MT_CODE_STRATEGY_DISABLED, 3, 3);
    w->now += 57 * SECOND - 1;
    breach_is(MT_SCOPE_STRATEGY, MT_REDUCE_ONLY, MT_CODE_STRATEGY_DISABLED, 3, 3);
    w->now++;
    no_breach();
    w->now--;
    mt_risk_on_state(w->risk, world_find(w, MT_SCOPE_STRATEGY), MT_REDUCE_ONLY);
    no_breach();
    assert_code(w, ask, MT_CODE_STATE_REDUCE_ONLY);
    mt_risk_on_state(w->risk, world_find(w, MT_SCOPE_STRATEGY), MT_ACTIVE);     /* and forgets */
    no_breach();
}

/* ---- canonical bytes ---- */

static struct mt_buf image, other_image;

static void changed(const char *what, bool expected)
{
    mt_buf_clear(&other_image);
    mt_risk_serialise(w->risk, &other_image);
    assert_false(other_image.failed);
    bool same = image.length == other_image.length &&
                memcmp(image.data, other_image.data, image.length) == 0;
    if (same == expected)
        fail_msg("%s: the bytes are %s", what, same ? "the same" : "others");
    struct mt_buf swap = image;
    image = other_image;
    other_image = swap;
}

static void every_change_shows_in_the_bytes(void **state)
{
    (void)state;
    struct mt_risk_ask ask = ask_market(1, 1);
    mt_buf_init(&image, 1 << 20);
    mt_buf_init(&other_image, 1 << 20);
    mt_risk_serialise(w->risk, &image);
    changed("nothing", false);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_NET, 5);
    changed("limit", true);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_NET, 6);
    changed("limit value", true);
    mt_risk_on_state(w->risk, world_find(w, MT_SCOPE_GROUP), MT_REDUCE_ONLY);
    changed("state", true);
    world_intent(w, &ask, MT_CODE_OK);
    changed("message and entry", true);
    world_intent(w, &ask, MT_CODE_DATA_STALE);
    changed("denial", true);
    mt_risk_on_op(w->risk, SIM, EURUSD, 0, true, w->now);
    changed("operation", true);
    mt_risk_on_fill(w->risk, SIM, EURUSD, 0, MT_ROLE_ENTRY, true, false, 0, w->now);
    changed("fill", true);
    mt_risk_on_fill(w->risk, SIM, EURUSD, 0, MT_ROLE_STOP, false, true, -1, w->now);
    changed("loss", true);
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_REPEAT_N, 0);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_RATE_PER_S, 5);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_DUP_MS, 5);
    changed("limits", true);
    uint16_t plan = world_find(w, MT_SCOPE_STRATEGY);
    assert_false(w->risk->scopes[plan].latched);
    world_intent(w, &ask, MT_CODE_REPEAT_THROTTLE);
    assert_true(w->risk->scopes[plan].latched);
    changed("latch", true);
    mt_risk_on_op(w->risk, SIM, EURUSD, 0, false, w->now);
    changed("tokens", true);
    world_intent(w, &ask, MT_CODE_OK);
    changed("duplicate", true);
    mt_risk_on_day(w->risk, SIM, 3, MONEY(100000), MONEY(100000));
    changed("day", true);
    mt_risk_on_day(w->risk, SIM, 3, MONEY(100001), MONEY(100000));
    changed("day start", true);
    world_fill(w, SIM, EURUSD, 1, 100, 100000);
    mt_risk_peak(w->risk);
    changed("peak", false);
    mt_buf_fini(&image);
    mt_buf_fini(&other_image);
}

/* Whoever was not touched is not looked at again: neither his equity nor his limits; one fill of his changes that. */
static void only_who_was_touched_is_looked_at(void **state)
{
    (void)state;
    struct found found;
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_DAILY_LOSS, 100);
    assert_false(breach(&found));               /* the limit is new: all were looked at */
    w->ledger.accounts[SIM].cash -= MONEY(5000);        /* behind everybody's back */
    mt_ledger_untouch(&w->ledger);
    assert_false(breach(&found));
    world_fill(w, DESK, EURUSD, 1, 1, 110000);
    assert_false(breach(&found) && found.scope == mt_risk_scope_find(w->risk, MT_SCOPE_ACCOUNT, SIM, -1));
    world_fill(w, SIM, EURUSD, 1, 1, 110000);
    assert_true(breach(&found));
    assert_int_equal(found.scope, mt_risk_scope_find(w->risk, MT_SCOPE_ACCOUNT, SIM, -1));
    assert_int_equal(found.code, MT_CODE_DAILY_LOSS);
    mt_ledger_untouch(&w->ledger);
    assert_false(breach(&found));
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_DRAWDOWN, 1);         /* a limit that is set looks at all */
    assert_true(breach(&found));
    assert_int_equal(found.scope, mt_risk_scope_find(w->risk, MT_SCOPE_ACCOUNT, SIM, -1));
}

/* Rings that were overrun: the bytes show what is held, oldest first, and not where it lies. */
static void the_bytes_do_not_show_the_place_in_a_ring(void **state)
{
    (void)state;
    struct mt_risk_ask ask = ask_market(1, 1);
    mt_buf_init(&image, 1 << 20);
    mt_buf_init(&other_image, 1 << 20);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_DUP_MS, 5);
    for (int i = 0; i < MT_DUP_SIZE; i++)
        world_intent(w, &ask, MT_CODE_OK);
    mt_risk_serialise(w->risk, &image);
    changed("nothing", false);
    size_t length = image.length;
    world_intent(w, &ask, MT_CODE_OK);       /* all the same again */
    for (size_t i = 0; i < w->risk->scope_count; i++)
        w->risk->scopes[i].messages = 0;
    mt_risk_on_day(w->risk, SIM, 1, 0, 0);
    changed("day", true);
    assert_int_equal(image.length, length);
    world_intent(w, &ask, MT_CODE_OK);
    for (size_t i = 0; i < w->risk->scope_count; i++)
        w->risk->scopes[i].messages = 0;
    changed("one more of the same", false);
    mt_buf_fini(&image);
    mt_buf_fini(&other_image);
}

/* The touched stand in the order in which they were touched; what is found first must not depend on it. */
static void of_several_touched_the_first_scope_is_found(void **state)
{
    (void)state;
    uint16_t scopes[ACCOUNTS];
    for (int account = 0; account < ACCOUNTS; account++) {
        scopes[account] = (uint16_t)mt_risk_scope_find(w->risk, MT_SCOPE_ACCOUNT, account, -1);
        mt_risk_on_limit(w->risk, scopes[account], MT_LIMIT_MAX_NET, true, 0);
    }
    world_limit(w, MT_SCOPE_SYMBOL, MT_LIMIT_MAX_NET, 0);
    no_breach();
    mt_ledger_untouch(&w->ledger);
    for (int account = ACCOUNTS - 1; account >= 0; account--) {
        struct found found;
        world_fill(w, (uint16_t)account, EURUSD, 1, 100, 110000);
        assert_true(breach(&found));
        assert_int_equal(found.scope, scopes[account]);
    }
    mt_risk_on_limit(w->risk, scopes[SIM], MT_LIMIT_MAX_NET, false, 0);
    mt_risk_on_limit(w->risk, scopes[DESK], MT_LIMIT_MAX_NET, false, 0);
    struct found found;
    assert_true(breach(&found));
    assert_int_equal(found.scope, scopes[EURO]);
    mt_risk_on_limit(w->risk, scopes[EURO], MT_LIMIT_MAX_NET, false, 0);
    breach_is(MT_SCOPE_SYMBOL, MT_REDUCE_ONLY, MT_CODE_MAX_POSITION_NET, 100000000, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        T(a_day_keeps_start_and_peak_and_carries_deposits),
        T(an_equity_that_is_not_known_is_no_peak),
        T(days_that_do_not_fit_are_assertions),
        T(equity_is_watched_where_a_limit_asks_for_it),
        T(a_position_over_its_limit_is_a_breach_in_every_scope),
        T(losses_and_falls_are_breaches),
        T(a_scope_may_ask_for_a_harder_state),
        T(one_breach_at_a_time_in_scope_order),
        T(what_cannot_be_computed_breaches_nothing),
        T(a_storm_of_denials_makes_the_strategy_reduce_only),
        T(every_change_shows_in_the_bytes),
        T(only_who_was_touched_is_looked_at),
        T(of_several_touched_the_first_scope_is_found),
        T(the_bytes_do_not_show_the_place_in_a_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
