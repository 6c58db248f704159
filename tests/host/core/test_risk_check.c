/* States, the order of checks and scopes, and checks 14 to 32 at their boundaries. */
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

/* ---- 2, 4 ---- */

static void each_state_in_each_scope_lets_its_classes_through(void **state)
{
    (void)state;
    static const int increase[] = { MT_CODE_OK, MT_CODE_STATE_REDUCE_ONLY, MT_CODE_STATE_HALTED,
                                    MT_CODE_STATE_KILLED };
    static const int reduce[] = { MT_CODE_OK, MT_CODE_OK, MT_CODE_STATE_HALTED,
                                  MT_CODE_STATE_KILLED };
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    for (int kind = 0; kind < MT_SCOPES; kind++) {
        for (int s = MT_KILLED; s >= MT_ACTIVE; s--) {
            mt_risk_on_state(w->risk, world_find(w, kind), (enum mt_trading_state)s);
            assert_code(w, ask_market(1, 1), increase[s]);
            assert_code(w, ask_market(-1, 101), increase[s]);
            assert_code(w, ask_market(-1, 100), reduce[s]);
            assert_code(w, ask_reduce(-1, 100), reduce[s]);
            if (s != MT_ACTIVE) {
                struct mt_risk_ask ask = ask_market(1, 1);
                assert_int_equal(world_check(w, &ask).scope, world_find(w, kind));
            }
            assert_int_equal(mt_risk_state(w->risk, SIM, EURUSD),
                             kind == MT_SCOPE_STRATEGY ? MT_ACTIVE : s);
        }
    }
}

/* A kill lets nothing through but what the operator closes, and of the checks only those of its fields, steps, quote and
 * size stand in its way: no rate, collar, limit or quarantine. */
static void a_kill_lets_only_the_operators_flatten_through(void **state)
{
    (void)state;
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    for (int kind = 0; kind < MT_SCOPES; kind++) {
        for (int s = MT_REDUCE_ONLY; s <= MT_KILLED; s++) {
            mt_risk_on_state(w->risk, world_find(w, kind), (enum mt_trading_state)s);
            struct mt_risk_ask ask = ask_reduce(-1, 100), more = ask_reduce(-1, 101), plain = ask_market(-1, 100);
            ask.terms.role = more.terms.role = plain.terms.role = MT_ROLE_OPERATOR;
            assert_code(w, ask, s == MT_HALTED ? MT_CODE_STATE_HALTED : MT_CODE_OK);
            if (s != MT_KILLED)
                continue;
            assert_code(w, more, MT_CODE_REDUCE_ONLY_VIOLATION);
            assert_code(w, plain, MT_CODE_STATE_KILLED);
            for (int role = 0; role < MT_ROLES; role++) {
                ask.terms.role = (uint8_t)role;
                assert_code(w, ask, role == MT_ROLE_OPERATOR ? MT_CODE_OK : MT_CODE_STATE_KILLED);
            }
        }
        mt_risk_on_state(w->risk, world_find(w, kind), MT_ACTIVE);
    }
}

static void limits_do_not_hold_a_flatten_after_a_kill(void **state)
{
    (void)state;
    world_end(w);
    world_start_ledger(w);
    world_quotes(w);
    struct mt_scope_setup *host = world_scope(w, MT_SCOPE_GLOBAL, -1, -1);
    setup_limit(host, MT_LIMIT_RATE_PER_S, 1);
    setup_limit(host, MT_LIMIT_RATE_BURST, 1);
    setup_limit(host, MT_LIMIT_SLIP_CAP_BP, 50 * MT_RATIO_ONE);
    setup_limit(host, MT_LIMIT_COLLAR_BP, 1 * MT_RATIO_ONE);
    world_start_risk(w);
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    struct mt_risk_ask ask = ask_reduce(-1, 100);
    ask.terms.role = MT_ROLE_OPERATOR;
    assert_code(w, ask, MT_CODE_PRICE_COLLAR);
    mt_risk_on_state(w->risk, 0, MT_KILLED);
    assert_code(w, ask, MT_CODE_OK);
    for (int i = 0; i < 5; i++) {
        world_intent(w, &ask, MT_CODE_OK);
        assert_code(w, ask, MT_CODE_OK);
    }
    ask.terms.qty = -1;
    assert_code(w, ask, MT_CODE_FIELD_INVALID);
}

static void a_state_binds_only_its_scope(void **state)
{
    (void)state;
    struct mt_risk_ask other_account = ask_market(1, 1), other_symbol = ask_market(1, 1);
    struct mt_risk_ask outside = ask_market(1, 1), other_strategy = ask_market(1, 1);
    other_account.terms.account = DESK;
    other_symbol.terms.symbol = GBPUSD;
    outside.terms.symbol = BTCUSDT;
    outside.terms.account = EURO;
    other_strategy.terms.seat = 1;
    static const bool expected[MT_SCOPES][4] = {
        /*                      account symbol outside strategy */
        [MT_SCOPE_GLOBAL] = { true, true, true, true },
        [MT_SCOPE_ACCOUNT] = { false, true, false, true },
        [MT_SCOPE_SYMBOL] = { false, false, false, true },
        [MT_SCOPE_GROUP] = { false, true, false, true },
        [MT_SCOPE_STRATEGY] = { false, true, false, false },
    };
    const struct mt_risk_ask *const asks[] = { &other_account, &other_symbol, &outside,
                                               &other_strategy };
    for (int kind = 0; kind < MT_SCOPES; kind++) {
        mt_risk_on_state(w->risk, world_find(w, kind), MT_KILLED);
        for (int i = 0; i < 4; i++)
            assert_int_equal(world_check(w, asks[i]).code == MT_CODE_STATE_KILLED,
                             expected[kind][i]);
        mt_risk_on_state(w->risk, world_find(w, kind), MT_ACTIVE);
    }
}

/* States, lists and windows of another strategy do not count, even where some of mine are looked
 * at. */
static void what_another_strategy_has_does_not_count(void **state)
{
    (void)state;
    static const uint16_t none[1], own[] = { EURUSD };
    static const struct mt_blocked_window windows[] = { { NOW, NOW + 10 } }, past[] = { { 1, 2 } };
    for (int strategy = 0; strategy < 2; strategy++) {
        world_end(w);
        world_start_ledger(w);
        world_quotes(w);
        struct mt_scope_setup *host = world_scope(w, MT_SCOPE_GLOBAL, -1, -1);
        host->allow = own;
        host->allow_count = 1;
        host->windows = past;
        host->window_count = 1;
        struct mt_scope_setup *other = world_scope(w, MT_SCOPE_STRATEGY, SIM, -1);
        other->strategy = 1;
        if (strategy == 0) {
            other->allow = none;
            other->windows = windows;
            other->window_count = 1;
        } else {
            setup_limit(other, MT_LIMIT_MAX_ORDER_QTY, 0);
            setup_limit(host, MT_LIMIT_MAX_ORDER_QTY, INT64_MAX);
        }
        world_start_risk(w);
        struct mt_risk_ask ask = ask_market(1, 1);
        assert_code(w, ask, MT_CODE_OK);
        ask.terms.seat = 1;
        assert_code(w, ask, strategy == 0 ? MT_CODE_SYMBOL_NOT_ALLOWED : MT_CODE_MAX_ORDER_QTY);
        int scope = mt_risk_scope_find(w->risk, MT_SCOPE_STRATEGY, SIM, 1);
        mt_risk_on_state(w->risk, (uint16_t)scope, MT_KILLED);
        mt_risk_on_state(w->risk, 0, MT_REDUCE_ONLY);
        assert_code(w, ask, MT_CODE_STATE_KILLED);
        assert_code(w, ask_market(1, 1), MT_CODE_STATE_REDUCE_ONLY);
    }
}

static void the_worst_state_of_all_scopes_decides(void **state)
{
    (void)state;
    mt_risk_on_state(w->risk, world_find(w, MT_SCOPE_GLOBAL), MT_REDUCE_ONLY);
    mt_risk_on_state(w->risk, world_find(w, MT_SCOPE_SYMBOL), MT_HALTED);
    mt_risk_on_state(w->risk, world_find(w, MT_SCOPE_GROUP), MT_HALTED);
    struct mt_risk_ask ask = ask_market(1, 1);
    struct mt_risk_verdict verdict = world_check(w, &ask);
    assert_int_equal(verdict.code, MT_CODE_STATE_HALTED);
    assert_int_equal(verdict.scope, world_find(w, MT_SCOPE_SYMBOL));
    mt_risk_on_state(w->risk, world_find(w, MT_SCOPE_STRATEGY), MT_KILLED);
    assert_code(w, ask, MT_CODE_STATE_KILLED);
    assert_int_equal(mt_risk_state(w->risk, SIM, EURUSD), MT_HALTED);
    assert_int_equal(mt_risk_state(w->risk, DESK, EURUSD), MT_REDUCE_ONLY);
}

static void a_stopped_strategy_may_only_leave(void **state)
{
    (void)state;
    struct mt_risk_verdict verdict;
    struct mt_risk_ask ask = ask_market(1, 1);
    mt_risk_check(w->risk, &ask, w->now, true, false, &verdict);
    assert_int_equal(verdict.code, MT_CODE_STRATEGY_DISABLED);
    world_fill(w, SIM, EURUSD, -1, 1, 110000);
    mt_risk_check(w->risk, &ask, w->now, true, false, &verdict);
    assert_int_equal(verdict.code, MT_CODE_OK);
}

static void without_a_journal_nothing_is_opened(void **state)
{
    (void)state;
    struct mt_risk_verdict verdict;
    struct mt_risk_ask ask = ask_market(1, 1);
    mt_risk_check(w->risk, &ask, w->now, false, true, &verdict);
    assert_int_equal(verdict.code, MT_CODE_JOURNAL_UNAVAILABLE);
    world_fill(w, SIM, EURUSD, -1, 1, 110000);
    mt_risk_check(w->risk, &ask, w->now, false, true, &verdict);
    assert_int_equal(verdict.code, MT_CODE_OK);
}

/* ---- order ---- */

/* An ask that breaks everything at once; its faults are healed one by one, in the order of the
 * table. */
static void the_first_failing_check_in_table_order_decides(void **state)
{
    (void)state;
    world_end(w);
    world_start_ledger(w);
    world_quotes(w);
    static const uint16_t allowed[] = { GBPUSD, EURUSD };
    static const struct mt_blocked_window windows[] = { { NOW, NOW + 100 * SECOND } };
    world_scope(w, MT_SCOPE_GLOBAL, -1, -1);
    struct mt_scope_setup *setup = world_scope(w, MT_SCOPE_ACCOUNT, SIM, -1);
    setup->allow = allowed;
    setup->allow_count = 1;
    setup->windows = windows;
    setup->window_count = 1;
    static const struct { enum mt_limit_id id; int64_t value;
    } account[] = {
        { MT_LIMIT_STALE_MS, 0 },       { MT_LIMIT_SKEW_MS, 0 },
        { MT_LIMIT_LOCKED_DENY, 1 },    { MT_LIMIT_SPREAD_TICKS, 0 },
        { MT_LIMIT_SPREAD_BP, 0 },      { MT_LIMIT_COLLAR_BP, 0 },
        { MT_LIMIT_MAX_ORDER_QTY, 0 },  { MT_LIMIT_MAX_ORDER_NOTIONAL, 0 },
        { MT_LIMIT_DUP_MS, 100000 },    { MT_LIMIT_RATE_PER_S, 0 },
        { MT_LIMIT_DAILY_MESSAGES, 0 }, { MT_LIMIT_ORDER_TO_TRADE, 0 },
        { MT_LIMIT_MAX_OPEN, 0 },       { MT_LIMIT_MAX_UNKNOWN, 0 },
        { MT_LIMIT_MAX_NET, 0 },        { MT_LIMIT_MAX_GROSS, 0 },
        { MT_LIMIT_MAX_EXPOSURE, 0 },   { MT_LIMIT_MAX_LEVERAGE, 0 },
        { MT_LIMIT_MAX_DAILY_LOSS, 0 }, { MT_LIMIT_MAX_DRAWDOWN, 0 },
        { MT_LIMIT_HOURS_FROM_S, 1 },   { MT_LIMIT_HOURS_TO_S, 2 },
        { MT_LIMIT_ROLLOVER_S, 43200 }, { MT_LIMIT_ROLLOVER_AT_S, 80000 },
    };
    for (size_t i = 0; i < sizeof account / sizeof *account; i++)
        setup_limit(setup, account[i].id, account[i].value);
    setup = world_scope(w, MT_SCOPE_STRATEGY, SIM, -1);
    setup_limit(setup, MT_LIMIT_REPEAT_N, 0);
    setup_limit(setup, MT_LIMIT_LOSS_STREAK, 0);
    setup_limit(setup, MT_LIMIT_COOLDOWN_S, 1000);
    world_start_risk(w);
    w->instruments[EURUSD].tick = 7;
    w->instruments[EURUSD].step = 7;
    w->instruments[EURUSD].qty_min = 100;
    w->instruments[EURUSD].qty_max = 50;
    w->instruments[EURUSD].notional_min = MONEY(1000000000);
    w->instruments[EURUSD].stop_level = INT32_MAX;
    world_quote(w, EURUSD, 0, 0);
    struct mt_risk_ask ask = ask_stop(1, 10, 99999);
    ask.terms.tif = MT_TIF_IOC;
    mt_terms_set_flag(&ask.terms, MT_TERMS_REDUCE_ONLY, true);
    mt_risk_on_state(w->risk, 0, MT_HALTED);
    bool journal_ok = false, strategy_ok = false;
    struct mt_risk_verdict verdict;
    uint16_t sim = world_find(w, MT_SCOPE_ACCOUNT), plan = world_find(w, MT_SCOPE_STRATEGY);
#define NEXT(expected, heal)                                                                  \
    do {                                                                                      \
        ask.terms = terms_named(ask.terms);                                                   \
        mt_risk_check(w->risk, &ask, w->now, journal_ok, strategy_ok, &verdict);              \
        if (verdict.code != MT_CODE_##expected)                                               \
            fail_msg("line %d: %s instead of " #expected, __LINE__, mt_code_name(verdict.code)); \
        heal;                                                                                 \
    } while (0)
#define CLEAR(id) mt_risk_on_limit(w->risk, sim, MT_LIMIT_##id, false, 0)
    NEXT(STATE_HALTED, mt_risk_on_state(w->risk, 0, MT_REDUCE_ONLY));
    NEXT(STATE_REDUCE_ONLY, mt_risk_on_state(w->risk, 0, MT_ACTIVE));
    struct mt_risk_ask again = ask;     /* states clear the rings: fill them afterwards */
    mt_terms_set_flag(&again.terms, MT_TERMS_REDUCE_ONLY, false);
    again.terms.tif = MT_TIF_GTC;
    again.terms.stop = 700000;
    again.terms.qty = 21;
    world_intent(w, &again, 0);
    mt_terms_set_flag(&again.terms, MT_TERMS_REDUCE_ONLY, true);
    world_intent(w, &again, 0);
    mt_risk_on_fill(w->risk, SIM, EURUSD, 0, MT_ROLE_STOP, false, true, -1, w->now);
    struct mt_order order = world_order(w, SIM, GBPUSD, 1, 1, false, MT_ORDER_UNKNOWN);
    (void)order;
    NEXT(STRATEGY_DISABLED, strategy_ok = true);
    NEXT(FIELD_INVALID, ask.terms.tif = MT_TIF_GTC);
    NEXT(SYMBOL_NOT_ALLOWED, w->risk->scopes[sim].allow[0] |= 1 << EURUSD);
    NEXT(PRICE_STEP, ask.terms.stop = 700000);
    NEXT(QTY_STEP, ask.terms.qty = 21; mt_terms_set_flag(&ask.terms, MT_TERMS_REDUCE_ONLY, false));
    NEXT(QTY_MIN, w->instruments[EURUSD].qty_min = 1; w->instruments[EURUSD].qty_max = 7);
    NEXT(QTY_MAX_VENUE, w->instruments[EURUSD].qty_max = 50);
    NEXT(NOTIONAL_MIN_VENUE, w->instruments[EURUSD].notional_min = 0);
    NEXT(DATA_MISSING, world_quote(w, EURUSD, 700007, 700000); w->now++);
    NEXT(DATA_STALE, CLEAR(STALE_MS); w->ledger.tops[EURUSD].venue_ns -= 10);
    NEXT(DATA_STALE, CLEAR(SKEW_MS));
    NEXT(DATA_CROSSED, world_quote(w, EURUSD, 700007, 700007));
    NEXT(DATA_LOCKED, world_quote(w, EURUSD, 700000, 700007));
    NEXT(SPREAD_WIDE, CLEAR(SPREAD_TICKS));
    NEXT(SPREAD_WIDE, CLEAR(SPREAD_BP));
    NEXT(PRICE_COLLAR, CLEAR(COLLAR_BP));
    NEXT(STOP_SIDE, world_quote(w, EURUSD, 699986, 699993));
    NEXT(STOPS_TOO_CLOSE, w->instruments[EURUSD].stop_level = 0);
    NEXT(MAX_ORDER_QTY, CLEAR(MAX_ORDER_QTY));
    NEXT(MAX_ORDER_NOTIONAL, CLEAR(MAX_ORDER_NOTIONAL));
    NEXT(DUPLICATE, CLEAR(DUP_MS));
    NEXT(REPEAT_THROTTLE, mt_risk_on_limit(w->risk, plan, MT_LIMIT_REPEAT_N, false, 0));
    NEXT(RATE_ACCOUNT, CLEAR(RATE_PER_S));
    NEXT(DAILY_MESSAGES, CLEAR(DAILY_MESSAGES));
    NEXT(ORDER_TO_TRADE, CLEAR(ORDER_TO_TRADE));
    NEXT(MAX_OPEN_ORDERS, CLEAR(MAX_OPEN));
    NEXT(MAX_UNKNOWN, CLEAR(MAX_UNKNOWN); mt_terms_set_flag(&ask.terms, MT_TERMS_REDUCE_ONLY, true));
    NEXT(REDUCE_ONLY_VIOLATION, mt_terms_set_flag(&ask.terms, MT_TERMS_REDUCE_ONLY, false));
    NEXT(MAX_POSITION_NET, CLEAR(MAX_NET));
    NEXT(MAX_POSITION_GROSS, CLEAR(MAX_GROSS));
    NEXT(MAX_EXPOSURE_ACCOUNT, CLEAR(MAX_EXPOSURE));
    NEXT(MAX_LEVERAGE, CLEAR(MAX_LEVERAGE));
    NEXT(DAILY_LOSS, CLEAR(MAX_DAILY_LOSS));
    NEXT(DRAWDOWN, CLEAR(MAX_DRAWDOWN));
    NEXT(LOSS_STREAK, mt_risk_on_limit(w->risk, plan, MT_LIMIT_LOSS_STREAK, false, 0));
    NEXT(COOLDOWN, mt_risk_on_limit(w->risk, plan, MT_LIMIT_COOLDOWN_S, false, 0));
    NEXT(TIME_WINDOW, CLEAR(HOURS_FROM_S); CLEAR(HOURS_TO_S));
    NEXT(NEWS_BLOCK, w->risk->scopes[sim].windows[0].to_ns = NOW);
    NEXT(ROLLOVER, CLEAR(ROLLOVER_S));
    w->ledger.quote_currency[EURUSD] = w->ledger.quote_currency[BTCUSDT];
    NEXT(RATE_MISSING, w->ledger.quote_currency[EURUSD] = w->ledger.accounts[SIM].currency);
    NEXT(JOURNAL_UNAVAILABLE, journal_ok = true);
    NEXT(OK, );
}

/* One limit in all five scopes, taken away from the outside in. */
static void within_a_check_the_scopes_go_from_global_to_strategy(void **state)
{
    (void)state;
    for (int kind = 0; kind < MT_SCOPES; kind++)
        world_limit(w, kind, MT_LIMIT_MAX_ORDER_QTY, kind);
    for (int kind = 0; kind < MT_SCOPES; kind++) {
        assert_denied(w, ask_market(1, 1), MT_CODE_MAX_ORDER_QTY, kind, 1000000, kind);
        world_no_limit(w, kind, MT_LIMIT_MAX_ORDER_QTY);
    }
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
}

static void a_check_never_changes_anything(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_RATE_PER_S, 1);
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_REPEAT_N, 0);
    struct mt_buf before, after;
    mt_buf_init(&before, 1 << 20);
    mt_buf_init(&after, 1 << 20);
    mt_risk_serialise(w->risk, &before);
    for (int i = 0; i < 100; i++) {
        w->now += SECOND;
        assert_code(w, ask_market(1, 1), MT_CODE_OK);
    }
    mt_risk_serialise(w->risk, &after);
    assert_int_equal(before.length, after.length);
    assert_memory_equal(before.data, after.data, after.length);
    mt_buf_fini(&before);
    mt_buf_fini(&after);
}

/* ---- 17, 18 ---- */

static void messages_of_a_day_have_a_cap(void **state)
{
    (void)state;
    static const enum mt_scope_kind kinds[] = { MT_SCOPE_ACCOUNT, MT_SCOPE_STRATEGY };
    struct mt_risk_ask ask = ask_market(1, 1);
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    world_intent(w, &ask, 0);
    world_intent(w, &ask, MT_CODE_DATA_STALE);      /* never sent */
    mt_risk_on_op(w->risk, SIM, EURUSD, 0, true, w->now);
    mt_risk_on_op(w->risk, SIM, EURUSD, 0, false, w->now);
    for (size_t i = 0; i < 2; i++) {
        world_limit(w, kinds[i], MT_LIMIT_DAILY_MESSAGES, 4);
        assert_code(w, ask, MT_CODE_OK);
        world_limit(w, kinds[i], MT_LIMIT_DAILY_MESSAGES, 3);
        assert_denied(w, ask, MT_CODE_DAILY_MESSAGES, kinds[i], 3, 3);
        assert_code(w, ask_reduce(-1, 100), MT_CODE_OK);
        world_no_limit(w, kinds[i], MT_LIMIT_DAILY_MESSAGES);
        /* 3 messages / (0 fills + 1) */
        world_limit(w, kinds[i], MT_LIMIT_ORDER_TO_TRADE, 3 * MT_RATIO_ONE);
        assert_code(w, ask, MT_CODE_OK);
        world_limit(w, kinds[i], MT_LIMIT_ORDER_TO_TRADE, 3 * MT_RATIO_ONE - 1);
        assert_denied(w, ask, MT_CODE_ORDER_TO_TRADE, kinds[i], 3 * MT_RATIO_ONE,
                      3 * MT_RATIO_ONE - 1);
        world_limit(w, kinds[i], MT_LIMIT_ORDER_TO_TRADE_MIN, 4);
        assert_code(w, ask, MT_CODE_OK);
        world_limit(w, kinds[i], MT_LIMIT_ORDER_TO_TRADE_MIN, 3);
        assert_code(w, ask, MT_CODE_ORDER_TO_TRADE);
        world_no_limit(w, kinds[i], MT_LIMIT_ORDER_TO_TRADE);
    }
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_ORDER_TO_TRADE, 1 * MT_RATIO_ONE);
    for (int fills = 0; fills < 3; fills++) {
        assert_code(w, ask, fills < 2 ? MT_CODE_ORDER_TO_TRADE : MT_CODE_OK);
        mt_risk_on_fill(w->risk, SIM, EURUSD, 0, MT_ROLE_ENTRY, true, false, 0, w->now);
    }
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_DAILY_MESSAGES, 3);
    mt_risk_on_day(w->risk, SIM, 7, MONEY(100000), MONEY(100000));
    assert_code(w, ask, MT_CODE_OK);
    world_intent(w, &ask, 0);
    world_intent(w, &ask, 0);
    world_intent(w, &ask, 0);
    mt_risk_on_day(w->risk, SIM, 7, MONEY(100000), MONEY(100000));     /* the same day again */
    assert_code(w, ask, MT_CODE_DAILY_MESSAGES);
    mt_risk_on_day(w->risk, DESK, 8, MONEY(100000), MONEY(100000));    /* another account */
    assert_code(w, ask, MT_CODE_DAILY_MESSAGES);
}

/* Orders around (SIM, EURUSD): which scopes count them? Two orders in each place. */
static void open_and_unknown_orders_are_counted_in_their_scopes(void **state)
{
    (void)state;
    static const struct { uint16_t account, symbol; int in[MT_SCOPES]; } places[] = {
        /*                    global account symbol group strategy */
        { SIM, EURUSD, { 1, 1, 1, 1, 1 } }, { SIM, GBPUSD, { 1, 1, 0, 1, 1 } },
        { SIM, BTCUSDT, { 1, 1, 0, 0, 1 } }, { DESK, EURUSD, { 1, 0, 0, 0, 0 } },
    };
    static const struct { enum mt_limit_id id; enum mt_order_state state; int code; } rules[] = {
        { MT_LIMIT_MAX_OPEN, MT_ORDER_WORKING, MT_CODE_MAX_OPEN_ORDERS },
        { MT_LIMIT_MAX_UNKNOWN, MT_ORDER_UNKNOWN, MT_CODE_MAX_UNKNOWN },
    };
    for (size_t r = 0; r < 2; r++) {
        for (size_t p = 0; p < 4; p++) {
            struct mt_order first = world_order(w, places[p].account, places[p].symbol, 1, 1, false,
                                                rules[r].state);
            struct mt_order second = world_order(w, places[p].account, places[p].symbol, -1, 1,
                                                 true, rules[r].state);
            for (int kind = 0; kind < MT_SCOPES; kind++) {
                world_limit(w, kind, rules[r].id, 3);
                assert_code(w, ask_market(1, 1), MT_CODE_OK);
                world_limit(w, kind, rules[r].id, 2);
                assert_code(w, ask_market(1, 1), places[p].in[kind] ? rules[r].code : MT_CODE_OK);
                world_limit(w, kind, rules[r].id, 1);
                if (places[p].in[kind])
                    assert_denied(w, ask_market(1, 1), rules[r].code, kind, 2, 1);
                world_no_limit(w, kind, rules[r].id);
            }
            world_order_end(w, &first);
            world_order_end(w, &second);
        }
    }
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_OPEN, 0);
    assert_code(w, ask_market(1, 1), MT_CODE_MAX_OPEN_ORDERS);
    world_fill(w, SIM, EURUSD, 1, 10, 110000);
    assert_code(w, ask_reduce(-1, 10), MT_CODE_OK);
}

/* ---- 20 ---- */

static void a_reduce_only_order_never_increases(void **state)
{
    (void)state;
    assert_code(w, ask_reduce(1, 1), MT_CODE_REDUCE_ONLY_VIOLATION);
    assert_code(w, ask_reduce(-1, 1), MT_CODE_REDUCE_ONLY_VIOLATION);
    for (int side = -1; side <= 1; side += 2) {
        world_fill(w, SIM, EURUSD, side, 10, 110000);
        assert_code(w, ask_reduce(side, 1), MT_CODE_REDUCE_ONLY_VIOLATION);
        assert_code(w, ask_reduce(-side, 9), MT_CODE_OK);
        assert_code(w, ask_reduce(-side, 10), MT_CODE_OK);
        struct mt_risk_ask ask = ask_reduce(-side, 11);
        struct mt_risk_verdict verdict = world_check(w, &ask);
        assert_int_equal(verdict.code, MT_CODE_REDUCE_ONLY_VIOLATION);
        assert_true(verdict.value == 11000000);
        assert_true(verdict.limit == 10000000);
        /* A stop and a target of full size stand side by side. */
        struct mt_order stop = world_order(w, SIM, EURUSD, -side, 10, true, MT_ORDER_WORKING);
        assert_code(w, ask_reduce(-side, 10), MT_CODE_OK);
        world_order_end(w, &stop);
        world_fill(w, SIM, EURUSD, -side, 10, 110000);
    }
}

/* ---- 27 to 30 ---- */

static const enum mt_scope_kind loss_kinds[] = { MT_SCOPE_GLOBAL, MT_SCOPE_ACCOUNT,
                                                 MT_SCOPE_STRATEGY };

static void the_loss_of_the_day_has_a_limit(void **state)
{
    (void)state;
    /* 1 lot from 1.10000: at a bid of 1.09900 it has lost 100. */
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    world_quote(w, EURUSD, 109900, 109910);
    for (size_t i = 0; i < 3; i++) {
        world_limit(w, loss_kinds[i], MT_LIMIT_MAX_DAILY_LOSS, (int64_t)MONEY(100) + 1);
        assert_code(w, ask_market(1, 1), MT_CODE_OK);
        world_limit(w, loss_kinds[i], MT_LIMIT_MAX_DAILY_LOSS, (int64_t)MONEY(100));
        assert_denied(w, ask_market(1, 1), MT_CODE_DAILY_LOSS, loss_kinds[i], MONEY(100),
                      MONEY(100));
        assert_code(w, ask_reduce(-1, 100), MT_CODE_OK);
        world_limit(w, loss_kinds[i], MT_LIMIT_MAX_DAILY_LOSS, (int64_t)MONEY(100) - 1);
        assert_code(w, ask_market(1, 1), MT_CODE_DAILY_LOSS);
        /* A deposit is no profit, a new day forgets. */
        mt_ledger_adjust_cash(&w->ledger, SIM, MONEY(1000));
        assert_code(w, ask_market(1, 1), MT_CODE_DAILY_LOSS);
        mt_risk_on_day(w->risk, SIM, 1 + (int64_t)i, mt_ledger_equity(&w->ledger, SIM),
                       MONEY(200000));
        assert_code(w, ask_market(1, 1), MT_CODE_OK);
        mt_risk_on_day(w->risk, SIM, 1 + (int64_t)i,
                       mt_ledger_equity(&w->ledger, SIM) + MONEY(100), MONEY(200000));
        assert_code(w, ask_market(1, 1), MT_CODE_DAILY_LOSS);
        world_no_limit(w, loss_kinds[i], MT_LIMIT_MAX_DAILY_LOSS);
    }
}

/* 1 unit of 10^-8 EUR is 1.10010 units of USD: a loss counts 2, a gain 1. */
static void a_loss_in_another_currency_counts_up(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DAILY_LOSS, 3);
    w->ledger.accounts[EURO].cash -= 1;
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DAILY_LOSS, 2);
    assert_denied(w, ask_market(1, 1), MT_CODE_DAILY_LOSS, MT_SCOPE_GLOBAL, 2, 2);
    w->ledger.accounts[EURO].cash += 2;
    w->ledger.accounts[SIM].cash -= 3;
    assert_denied(w, ask_market(1, 1), MT_CODE_DAILY_LOSS, MT_SCOPE_GLOBAL, 2, 2);
}

static void the_loss_that_an_order_may_bring_counts_when_asked_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        world_limit(w, loss_kinds[i], MT_LIMIT_MAX_DAILY_LOSS, (int64_t)MONEY(100));
        world_limit(w, loss_kinds[i], MT_LIMIT_DAILY_LOSS_PREDICTIVE, 0);
        assert_code(w, ask_market(1, 100), MT_CODE_OK);
        world_limit(w, loss_kinds[i], MT_LIMIT_DAILY_LOSS_PREDICTIVE, 1);
        /* Without a stop all of it may be lost. */
        assert_denied(w, ask_market(1, 100), MT_CODE_DAILY_LOSS, loss_kinds[i], MONEY(110010),
                      MONEY(100));
        struct mt_risk_ask ask = ask_market(1, 100);
        ask.protect = mt_price_of(109911);           /* 99 points of 1.00 */
        assert_code(w, ask, MT_CODE_OK);
        ask.protect = mt_price_of(109910);
        assert_denied(w, ask, MT_CODE_DAILY_LOSS, loss_kinds[i], MONEY(100), MONEY(100));
        ask = ask_market(-1, 100);
        ask.protect = mt_price_of(110099);
        assert_code(w, ask, MT_CODE_OK);
        ask.protect = mt_price_of(110100);
        assert_code(w, ask, MT_CODE_DAILY_LOSS);
        ask.protect = mt_price_of(110000);           /* cannot lose */
        assert_code(w, ask, MT_CODE_OK);
        ask.protect = mt_price_of(1);
        assert_code(w, ask, MT_CODE_OK);
        world_no_limit(w, loss_kinds[i], MT_LIMIT_MAX_DAILY_LOSS);
    }
}

static void a_fall_from_the_peak_has_a_limit(void **state)
{
    (void)state;
    mt_risk_on_day(w->risk, SIM, 1, MONEY(100000), MONEY(125000));      /* 20 % below */
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    static const int64_t fifth = MT_RATIO_ONE / 5;
    for (size_t i = 1; i < 3; i++) {
        world_limit(w, loss_kinds[i], MT_LIMIT_MAX_DRAWDOWN, fifth + 1);
        assert_code(w, ask_market(1, 1), MT_CODE_OK);
        world_limit(w, loss_kinds[i], MT_LIMIT_MAX_DRAWDOWN, fifth);
        assert_denied(w, ask_market(1, 1), MT_CODE_DRAWDOWN, loss_kinds[i], fifth, fifth);
        assert_code(w, ask_reduce(-1, 100), MT_CODE_OK);
        world_no_limit(w, loss_kinds[i], MT_LIMIT_MAX_DRAWDOWN);
    }
    /* Global: the sums of peaks and equities in USD, with the euro account at the worse sides:
     * 125 000 + 100 000 + 50 000 * 1.10010 against 100 000 + 100 000 + 50 000 * 1.10000. */
    mt_i128 peak = MONEY(280005), equity = MONEY(255000);
    int64_t ratio = (int64_t)(((peak - equity) * MT_RATIO_ONE + peak - 1) / peak);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DRAWDOWN, ratio + 1);
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DRAWDOWN, ratio);
    assert_denied(w, ask_market(1, 1), MT_CODE_DRAWDOWN, MT_SCOPE_GLOBAL, ratio, ratio);
}

static void losses_in_a_row_stop_the_strategy(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_LOSS_STREAK, 2);
    static const struct { bool ended; int64_t profit; int code; } fills[] = {
        { true, -1, MT_CODE_OK }, { false, -1, MT_CODE_OK }, { true, 1, MT_CODE_OK },
        { true, -1, MT_CODE_OK }, { true, 0, MT_CODE_OK }, { true, -1, MT_CODE_OK },
        { true, -1, MT_CODE_LOSS_STREAK }, { true, -1, MT_CODE_LOSS_STREAK },
    };
    for (size_t i = 0; i < sizeof fills / sizeof *fills; i++) {
        mt_risk_on_fill(w->risk, SIM, EURUSD, 1, MT_ROLE_FLAT, false, true, -1,
                        w->now); /* another's */
        mt_risk_on_fill(w->risk, SIM, EURUSD, 0, MT_ROLE_FLAT, !fills[i].ended, fills[i].ended,
                        fills[i].profit, w->now);
        assert_code(w, ask_market(1, 1), fills[i].code);
    }
    assert_denied(w, ask_market(1, 1), MT_CODE_LOSS_STREAK, MT_SCOPE_STRATEGY, 3, 2);
    world_fill(w, SIM, EURUSD, 1, 10, 110000);
    assert_code(w, ask_reduce(-1, 10), MT_CODE_OK);
    mt_risk_on_day(w->risk, SIM, 5, MONEY(100000), MONEY(100000));
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
}

static void after_a_stop_there_is_a_pause(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_STRATEGY, MT_LIMIT_COOLDOWN_S, 60);
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    for (int role = 0; role < MT_ROLES; role++) {
        bool stop = role == MT_ROLE_STOP || role == MT_ROLE_TRAIL || role == MT_ROLE_STOPOUT;
        int64_t then = w->now;
        mt_risk_on_fill(w->risk, SIM, EURUSD, 0, (uint8_t)role, false, true, 1, w->now);
        assert_code(w, ask_market(1, 1), stop ? MT_CODE_COOLDOWN : MT_CODE_OK);
        w->now = then + 60 * SECOND - 1;
        assert_code(w, ask_market(1, 1), stop ? MT_CODE_COOLDOWN : MT_CODE_OK);
        if (stop)
            assert_denied(w, ask_market(1, 1), MT_CODE_COOLDOWN, MT_SCOPE_STRATEGY, 59, 60);
        w->now = then + 60 * SECOND;
        assert_code(w, ask_market(1, 1), MT_CODE_OK);
    }
}

static void at(int64_t second_of_day, int64_t ns)
{
    w->now = NOW - NOW % (86400 * SECOND) + second_of_day * SECOND + ns;
}

static void hours_bound_increases(void **state)
{
    (void)state;
    static const enum mt_scope_kind kinds[] = { MT_SCOPE_ACCOUNT, MT_SCOPE_SYMBOL };
    static const struct { int64_t from, to, second; bool open; } cells[] = {
        { 100, 200, 99, false }, { 100, 200, 100, true }, { 100, 200, 199, true },
        { 100, 200, 200, false }, { 200, 100, 199, false }, { 200, 100, 200, true },
        { 200, 100, 0, true }, { 200, 100, 99, true }, { 200, 100, 100, false },
        { 100, 100, 5, true }, { 100, 100, 100, true }, { 0, 86400, 86399, true },
        { 100, -1, 99, false }, { 100, -1, 86399, true }, { -1, 100, 99, true },
        { -1, 100, 100, false }, { 0, 0, 7, true }, { 86400, 0, 50, false },
    };
    world_fill(w, SIM, EURUSD, 1, 10, 110000);
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
            if (cells[i].from >= 0)
                world_limit(w, kinds[k], MT_LIMIT_HOURS_FROM_S, cells[i].from);
            if (cells[i].to >= 0)
                world_limit(w, kinds[k], MT_LIMIT_HOURS_TO_S, cells[i].to);
            at(cells[i].second, i % 2 ? 0 : SECOND - 1);
            assert_code(w, ask_market(1, 1), cells[i].open ? MT_CODE_OK : MT_CODE_TIME_WINDOW);
            assert_code(w, ask_reduce(-1, 10), MT_CODE_OK);
            world_no_limit(w, kinds[k], MT_LIMIT_HOURS_FROM_S);
            world_no_limit(w, kinds[k], MT_LIMIT_HOURS_TO_S);
        }
    }
    world_limit(w, MT_SCOPE_SYMBOL, MT_LIMIT_HOURS_FROM_S, 86399);
    w->now = -1;        /* the last second of 1969 */
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    w->now = -SECOND - 1;
    assert_code(w, ask_market(1, 1), MT_CODE_TIME_WINDOW);
}

static void news_block_increases_in_their_windows(void **state)
{
    (void)state;
    static const enum mt_scope_kind kinds[] = { MT_SCOPE_GLOBAL, MT_SCOPE_ACCOUNT, MT_SCOPE_SYMBOL,
                                                MT_SCOPE_GROUP, MT_SCOPE_STRATEGY };
    struct mt_blocked_window windows[] = { { NOW + 100, NOW + 200 }, { NOW + 150, NOW + 160 },
                                   { NOW + 300, NOW + 300 }, { NOW + 400, NOW + 401 } };
    static const struct { int64_t offset; bool blocked; } cells[] = {
        { 99, false }, { 100, true }, { 155, true }, { 199, true }, { 200, false }, { 300, false },
        { 399, false }, { 400, true }, { 401, false },
    };
    for (size_t k = 0; k < 5; k++) {
        world_end(w);
        world_start_ledger(w);
        world_quotes(w);
        struct mt_scope_setup *setup = world_scope(w, kinds[k], SIM, EURUSD);
        setup->windows = windows;
        setup->window_count = 4;
        world_start_risk(w);
        world_fill(w, SIM, EURUSD, 1, 10, 110000);
        for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
            w->now = NOW + cells[i].offset;
            assert_code(w, ask_market(1, 1), cells[i].blocked ? MT_CODE_NEWS_BLOCK : MT_CODE_OK);
            assert_code(w, ask_reduce(-1, 10), MT_CODE_OK);
            struct mt_risk_ask other = ask_market(1, 1);
            other.terms.seat = 9;
            assert_code(w, other, cells[i].blocked && kinds[k] != MT_SCOPE_STRATEGY
                        ? MT_CODE_NEWS_BLOCK : MT_CODE_OK);
        }
    }
}

static void near_the_swap_roll_nothing_is_opened(void **state)
{
    (void)state;
    static const enum mt_scope_kind kinds[] = { MT_SCOPE_ACCOUNT, MT_SCOPE_SYMBOL };
    world_fill(w, SIM, EURUSD, 1, 10, 110000);
    for (size_t k = 0; k < 2; k++) {
        world_limit(w, kinds[k], MT_LIMIT_ROLLOVER_S, 300);
        static const struct { int64_t second; bool blocked; } evening[] = {
            { 79200 - 300, false }, { 79200 - 299, true }, { 79200, true }, { 79200 + 299, true },
            { 79200 + 300, false }, { 0, false },
        };
        for (size_t i = 0; i < 6; i++) {
            at(evening[i].second, 0);
            assert_code(w, ask_market(1, 1), evening[i].blocked ? MT_CODE_ROLLOVER : MT_CODE_OK);
            assert_code(w, ask_reduce(-1, 10), MT_CODE_OK);
        }
        world_limit(w, kinds[k], MT_LIMIT_ROLLOVER_AT_S, 100);      /* over midnight */
        static const struct { int64_t second; bool blocked;
        } midnight[] = {
            { 86400 - 200, false }, { 86400 - 199, true }, { 0, true },
            { 399, true },          { 400, false },
        };
        for (size_t i = 0; i < 5; i++) {
            at(midnight[i].second, 0);
            assert_code(w, ask_market(1, 1), midnight[i].blocked ? MT_CODE_ROLLOVER : MT_CODE_OK);
        }
        at(86399, 0);
        assert_denied(w, ask_market(1, 1), MT_CODE_ROLLOVER, kinds[k], 101, 300);
        world_no_limit(w, kinds[k], MT_LIMIT_ROLLOVER_S);
        world_no_limit(w, kinds[k], MT_LIMIT_ROLLOVER_AT_S);
    }
}

/* ---- 31 ---- */

static void a_reservation_that_would_not_fit_is_refused(void **state)
{
    (void)state;
    int64_t half = INT64_MAX / 2;
    w->instruments[EURUSD].contract_size = 1;
    struct mt_order order = world_order(w, SIM, EURUSD, 1, half, false, MT_ORDER_WORKING);
    assert_code(w, ask_market(1, half + 1), MT_CODE_OK);
    assert_code(w, ask_market(1, half + 2), MT_CODE_CALC_OVERFLOW);
    assert_code(w, ask_market(-1, INT64_MAX), MT_CODE_OK);
    world_order_end(w, &order);
    world_fill(w, SIM, EURUSD, 1, half, 1);
    struct mt_order reduce = world_order(w, SIM, EURUSD, -1, half, true, MT_ORDER_WORKING);
    assert_code(w, ask_reduce(-1, 1), MT_CODE_OK);
    assert_code(w, ask_reduce(-1, 2), MT_CODE_CALC_OVERFLOW);
    world_order_end(w, &reduce);
    assert_code(w, ask_market(1, half + 2), MT_CODE_CALC_OVERFLOW);
    assert_code(w, ask_market(1, half + 1), MT_CODE_OK);
}

static void a_missing_rate_stops_increases_without_any_limit(void **state)
{
    (void)state;
    struct mt_risk_ask ask = ask_market(1, 1);
    ask.terms.symbol = BTCUSDT;       /* USDT has no rate */
    assert_code(w, ask, MT_CODE_RATE_MISSING);
    world_fill(w, SIM, BTCUSDT, -1, 5, 3000000);
    assert_code(w, ask, MT_CODE_OK);        /* leaving is possible */
    ask.terms.qty = 6;
    assert_code(w, ask, MT_CODE_RATE_MISSING);
    ask = ask_market(1, 1);
    ask.terms.account = EURO;
    assert_code(w, ask, MT_CODE_OK);
}

/* Equity that is not known, in each check that needs it. */
static void a_value_that_is_not_known_stops_what_depends_on_it(void **state)
{
    (void)state;
    world_fill(w, SIM, BTCUSDT, 1, 5, 3000000);
    assert_true(w->ledger.accounts[SIM].rate_missing);
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    static const struct { enum mt_scope_kind kind; enum mt_limit_id id; } cells[] = {
        { MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_LEVERAGE }, { MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_EXPOSURE },
        { MT_SCOPE_GLOBAL, MT_LIMIT_MAX_EXPOSURE }, { MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_DAILY_LOSS },
        { MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DAILY_LOSS }, { MT_SCOPE_STRATEGY, MT_LIMIT_MAX_DRAWDOWN },
        { MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DRAWDOWN },
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        world_limit(w, cells[i].kind, cells[i].id, INT64_MAX);
        assert_code(w, ask_market(1, 1), MT_CODE_RATE_MISSING);
        world_no_limit(w, cells[i].kind, cells[i].id);
    }
    world_limit(w, MT_SCOPE_SYMBOL, MT_LIMIT_MAX_EXPOSURE, INT64_MAX);
    assert_code(w, ask_market(1, 1), MT_CODE_OK);       /* BTC is not in it */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        T(each_state_in_each_scope_lets_its_classes_through),
        T(a_kill_lets_only_the_operators_flatten_through),
        T(limits_do_not_hold_a_flatten_after_a_kill),
        T(a_state_binds_only_its_scope),
        T(what_another_strategy_has_does_not_count),
        T(the_worst_state_of_all_scopes_decides),
        T(a_stopped_strategy_may_only_leave),
        T(without_a_journal_nothing_is_opened),
        T(the_first_failing_check_in_table_order_decides),
        T(within_a_check_the_scopes_go_from_global_to_strategy),
        T(a_check_never_changes_anything),
        T(messages_of_a_day_have_a_cap),
        T(open_and_unknown_orders_are_counted_in_their_scopes),
        T(a_reduce_only_order_never_increases),
        T(the_loss_of_the_day_has_a_limit),
        T(a_loss_in_another_currency_counts_up),
        T(the_loss_that_an_order_may_bring_counts_when_asked_for),
        T(a_fall_from_the_peak_has_a_limit),
        T(losses_in_a_row_stop_the_strategy),
        T(after_a_stop_there_is_a_pause),
        T(hours_bound_increases),
        T(news_block_increases_in_their_windows),
        T(near_the_swap_roll_nothing_is_opened),
        T(a_reservation_that_would_not_fit_is_refused),
        T(a_missing_rate_stops_increases_without_any_limit),
        T(a_value_that_is_not_known_stops_what_depends_on_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
