/* Setups become instances; lists, views, states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "host/core/calloc_fails.h"
#include "host/core/risk_world.h"

static struct world world;
static struct world *const w = &world;

static int start(void **state)
{
    (void)state;
    world_start_ledger(w);
    world_quotes(w);
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_end(w);
    return 0;
}

static void view_is(uint16_t scope, enum mt_scope_kind kind, int account, int symbol)
{
    struct mt_risk_scope_view view;
    mt_risk_scope(w->risk, scope, &view);
    assert_int_equal(view.kind, kind);
    assert_int_equal(view.account, account);
    assert_int_equal(view.symbol, symbol);
    assert_int_equal(view.state, MT_ACTIVE);
}

static void without_setups_there_are_the_host_and_its_accounts(void **state)
{
    (void)state;
    world_start_risk(w);
    assert_int_equal(mt_risk_scope_count(w->risk), 1 + ACCOUNTS);
    view_is(0, MT_SCOPE_GLOBAL, -1, -1);
    for (int i = 0; i < ACCOUNTS; i++) {
        view_is((uint16_t)(1 + i), MT_SCOPE_ACCOUNT, i, -1);
        assert_int_equal(mt_risk_scope_find(w->risk, MT_SCOPE_ACCOUNT, i, -1), 1 + i);
    }
    assert_int_equal(mt_risk_scope_find(w->risk, MT_SCOPE_GLOBAL, -1, -1), 0);
    assert_int_equal(mt_risk_scope_find(w->risk, MT_SCOPE_SYMBOL, SIM, EURUSD), MT_ENOTFOUND);
    assert_int_equal(mt_risk_scope_find(w->risk, MT_SCOPE_GROUP, SIM, EURUSD), MT_ENOTFOUND);
    assert_int_equal(mt_risk_scope_find(w->risk, MT_SCOPE_STRATEGY, SIM, 0), MT_ENOTFOUND);
    assert_int_equal(mt_risk_scope_find(w->risk, MT_SCOPE_ACCOUNT, ACCOUNTS, -1), MT_ENOTFOUND);
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    struct mt_risk_scope_view view;
    assert_dies((mt_risk_scope(w->risk, 1 + ACCOUNTS, &view), 0));
}

static void setups_expand_over_accounts_and_symbols(void **state)
{
    (void)state;
    world_scope(w, MT_SCOPE_STRATEGY, -1, -1)->strategy = 2;
    world_scope(w, MT_SCOPE_GROUP, DESK, -1);
    world_scope(w, MT_SCOPE_SYMBOL, -1, -1);
    world_scope(w, MT_SCOPE_SYMBOL, DESK, USDJPY);
    world_scope(w, MT_SCOPE_SYMBOL, EURO, -1);
    world_scope(w, MT_SCOPE_SYMBOL, -1, GBPUSD);
    world_scope(w, MT_SCOPE_ACCOUNT, DESK, -1);
    world_start_risk(w);
    size_t expected = 1 + ACCOUNTS + ACCOUNTS * SYMBOLS + 1 + SYMBOLS + ACCOUNTS + 1 + ACCOUNTS;
    assert_int_equal(mt_risk_scope_count(w->risk), expected);
    view_is(1, MT_SCOPE_ACCOUNT, DESK, -1);         /* that of the setup, then those that miss */
    view_is(2, MT_SCOPE_ACCOUNT, SIM, -1);
    view_is(3, MT_SCOPE_ACCOUNT, EURO, -1);
    view_is(4, MT_SCOPE_SYMBOL, SIM, EURUSD);
    view_is(4 + ACCOUNTS * SYMBOLS, MT_SCOPE_SYMBOL, DESK, USDJPY);
    view_is((uint16_t)expected - 1, MT_SCOPE_STRATEGY, EURO, -1);
    /* (account, symbol) sees all of them, ascending. */
    static const struct { uint16_t account, symbol; uint32_t count; } lists[] = {
        { SIM, EURUSD, 4 }, { SIM, GBPUSD, 5 }, { DESK, EURUSD, 5 }, { DESK, USDJPY, 5 },
        { DESK, GBPUSD, 6 }, { EURO, BTCUSDT, 5 }, { EURO, GBPUSD, 6 },
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        uint32_t count;
        const uint16_t *list = mt_risk_list(w->risk, lists[i].account, lists[i].symbol, &count);
        assert_int_equal(count, lists[i].count);
        for (uint32_t j = 1; j < count; j++)
            assert_true(list[j] > list[j - 1]);
        assert_int_equal(list[0], 0);
    }
    assert_int_equal(mt_risk_scope_find(w->risk, MT_SCOPE_GROUP, DESK, GBPUSD),
                     expected - 1 - ACCOUNTS);
    assert_int_equal(mt_risk_scope_find(w->risk, MT_SCOPE_GROUP, DESK, USDJPY), MT_ENOTFOUND);
    assert_int_equal(mt_risk_scope_find(w->risk, MT_SCOPE_STRATEGY, SIM, 2), expected - ACCOUNTS);
    assert_int_equal(mt_risk_scope_find(w->risk, MT_SCOPE_STRATEGY, SIM, 1), MT_ENOTFOUND);
}

static void several_setups_of_one_scope_must_all_pass(void **state)
{
    (void)state;
    setup_limit(world_scope(w, MT_SCOPE_ACCOUNT, -1, -1), MT_LIMIT_MAX_ORDER_QTY, 5000000);
    setup_limit(world_scope(w, MT_SCOPE_ACCOUNT, SIM, -1), MT_LIMIT_MAX_ORDER_QTY, 3000000);
    setup_limit(world_scope(w, MT_SCOPE_ACCOUNT, DESK, -1), MT_LIMIT_MAX_ORDER_QTY, 9000000);
    world_start_risk(w);
    struct mt_risk_ask ask = ask_market(1, 3);
    assert_code(w, ask, MT_CODE_OK);
    ask.terms.qty = 4;
    assert_code(w, ask, MT_CODE_MAX_ORDER_QTY);
    ask.terms.account = DESK;
    ask.terms.qty = 5;
    assert_code(w, ask, MT_CODE_OK);
    ask.terms.qty = 6;
    assert_code(w, ask, MT_CODE_MAX_ORDER_QTY);
    /* A state in either counts. */
    ask = ask_market(1, 1);
    mt_risk_on_state(w->risk, world_find(w, MT_SCOPE_ACCOUNT) + 3, MT_HALTED);
    assert_code(w, ask, MT_CODE_STATE_HALTED);
}

static void refused(const struct mt_scope_setup *setup, const char *why)
{
    struct mt_diag diag = {0};
    struct mt_risk *risk = NULL;
    assert_int_equal(mt_risk_new(&risk, &w->ledger, setup, 1, &diag), MT_ERANGE);
    assert_null(risk);
    if (strstr(diag.text, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", diag.text, why);
}

static void a_setup_that_cannot_be_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const uint16_t bad[] = { EURUSD, SYMBOLS };
    static const struct mt_blocked_window windows[] = { { 1, 1 }, { 2, 1 } };
    struct mt_scope_setup good = {.kind = MT_SCOPE_ACCOUNT, .account = -1, .symbol = -1}, setup;
#define REFUSED(why, ...) do { setup = good; __VA_ARGS__; refused(&setup, why); } while (0)
    REFUSED("kind", setup.kind = MT_SCOPES);
    REFUSED("kind", setup.on_loss = MT_KILLED + 1);
    REFUSED("too long", memset(setup.name, 'x', sizeof setup.name));
    REFUSED("account", setup.account = -2);
    REFUSED("account", setup.account = ACCOUNTS);
    REFUSED("symbol", setup.kind = MT_SCOPE_SYMBOL; setup.symbol = -2);
    REFUSED("symbol", setup.kind = MT_SCOPE_SYMBOL; setup.symbol = SYMBOLS);
    REFUSED("strategy", setup.kind = MT_SCOPE_STRATEGY; setup.strategy = -1);
    REFUSED("strategy", setup.kind = MT_SCOPE_STRATEGY; setup.strategy = 65536);
    REFUSED("1 to 64", setup.kind = MT_SCOPE_GROUP);
    REFUSED("1 to 64", setup.kind = MT_SCOPE_GROUP; setup.group_count = 65);
    REFUSED("group", setup.kind = MT_SCOPE_GROUP; setup.group_count = 1; setup.group[0] = SYMBOLS);
    REFUSED("twice", setup.kind = MT_SCOPE_GROUP; setup.group_count = 2);
    REFUSED("allow list", setup.allow = bad; setup.allow_count = 2);
    REFUSED("ends before", setup.windows = windows; setup.window_count = 2);
    REFUSED("max_exposure", setup.kind = MT_SCOPE_STRATEGY;
            setup_limit(&setup, MT_LIMIT_MAX_EXPOSURE, 1));
    REFUSED("max_net", setup_limit(&setup, MT_LIMIT_MAX_NET, -1));
    REFUSED("limit 63", setup.limits.set = UINT64_C(1) << 63);
    /* What is void in a kind is not looked at. */
    setup = good;
    setup.kind = MT_SCOPE_GLOBAL;
    setup.account = 99;
    setup.symbol = 99;
    setup.allow = bad;
    setup.allow_count = 1;
    setup.windows = windows;
    setup.window_count = 1;
    setup.on_loss = MT_KILLED;
    w->setups[w->setup_count++] = setup;
    world_start_risk(w);
    view_is(0, MT_SCOPE_GLOBAL, -1, -1);
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
}

static void more_scopes_than_have_a_number_are_refused(void **state)
{
    (void)state;
    struct mt_ledger ledger;
    static struct mt_instrument many[1024];
    static struct mt_account_setup accounts[64];
    for (int i = 0; i < 1024; i++)
        many[i] = world_instrument("X", "", "USD", 2, 2, 1);
    for (int i = 0; i < 64; i++)
        accounts[i] = (struct mt_account_setup){ "a", "USD", 0, 1, 0 };
    assert_int_equal(mt_ledger_init(&ledger, many, 1024, accounts, 64, NULL), 0);
    const struct mt_scope_setup all = {.kind = MT_SCOPE_SYMBOL, .account = -1, .symbol = -1};
    struct mt_diag diag = {0};
    struct mt_risk *risk;
    assert_int_equal(mt_risk_new(&risk, &ledger, &all, 1, &diag), MT_ENOMEM);
    assert_non_null(strstr(diag.text, "65535"));
    mt_ledger_fini(&ledger);
}

static void without_memory_nothing_is_kept(void **state)
{
    (void)state;
    static const uint16_t allowed[] = { EURUSD };
    static const struct mt_blocked_window windows[] = { { 1, 2 } };
    for (int kind = 0; kind < MT_SCOPES; kind++) {
        struct mt_scope_setup *setup = world_scope(w, kind, -1, -1);
        setup->allow = allowed;
        setup->allow_count = 1;
        setup->windows = windows;
        setup->window_count = 1;
    }
    world_scope(w, MT_SCOPE_SYMBOL, SIM, EURUSD);
    if (CALLOC_FAILS) {
        struct mt_diag diag;
        struct mt_risk *risk = NULL;
        int err = MT_ENOMEM, allowed_calls = 0;
        for (; err == MT_ENOMEM && allowed_calls < 1000; allowed_calls++) {
            diag = (struct mt_diag){0};
            calloc_left = allowed_calls;
            err = mt_risk_new(&risk, &w->ledger, w->setups, w->setup_count, &diag);
            calloc_left = -1;
            if (err == MT_ENOMEM)
                assert_non_null(strstr(diag.text, "memory"));
        }
        assert_int_equal(err, 0);
        assert_true(allowed_calls > 40);
        mt_risk_free(risk);
        /* The last account without a setup. */
        for (allowed_calls = 0, err = MT_ENOMEM; err == MT_ENOMEM; allowed_calls++) {
            calloc_left = allowed_calls;
            err = mt_risk_new(&risk, &w->ledger, NULL, 0, NULL);
            calloc_left = -1;
        }
        mt_risk_free(risk);
    } else {
        print_message("a sanitizer owns calloc: the failures are not tried\n");
    }
    mt_risk_free(NULL);
    world_start_risk(w);
}

static void limits_can_be_changed_one_at_a_time(void **state)
{
    (void)state;
    world_start_risk(w);
    struct mt_risk_scope_view view;
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    mt_risk_on_limit(w->risk, 0, MT_LIMIT_MAX_ORDER_QTY, true, 0);
    assert_code(w, ask_market(1, 1), MT_CODE_MAX_ORDER_QTY);
    mt_risk_scope(w->risk, 0, &view);
    assert_true(view.limits->set == UINT64_C(1) << MT_LIMIT_MAX_ORDER_QTY);
    mt_risk_on_limit(w->risk, 0, MT_LIMIT_MAX_ORDER_QTY, true, 7);
    mt_risk_scope(w->risk, 0, &view);
    assert_int_equal(view.limits->value[MT_LIMIT_MAX_ORDER_QTY], 7);
    mt_risk_on_limit(w->risk, 0, MT_LIMIT_MAX_ORDER_QTY, false, 0);
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    assert_true(view.limits->set == 0);
    assert_dies((mt_risk_on_limit(w->risk, 99, MT_LIMIT_MAX_NET, true, 0), 0));
    assert_dies((mt_risk_on_limit(w->risk, 0, MT_LIMIT_MAX_NET, true, -1), 0));
    assert_dies((mt_risk_on_limit(w->risk, 0, MT_LIMIT_REPEAT_N, true, 1), 0));
    assert_dies((mt_risk_on_limit(w->risk, 0, MT_LIMITS, true, 1), 0));
    assert_dies((mt_risk_on_state(w->risk, 99, MT_HALTED), 0));
    assert_dies((mt_risk_on_state(w->risk, 0, MT_KILLED + 1), 0));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        T(without_setups_there_are_the_host_and_its_accounts),
        T(setups_expand_over_accounts_and_symbols),
        T(several_setups_of_one_scope_must_all_pass),
        T(a_setup_that_cannot_be_is_refused_with_a_sentence),
        T(more_scopes_than_have_a_number_are_refused),
        T(without_memory_nothing_is_kept),
        T(limits_can_be_changed_one_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
