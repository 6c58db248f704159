/* Checks 5 to 13: the order by itself and against the market, each at its boundary. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
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

static struct mt_instrument *eurusd(void)
{
    return &w->instruments[EURUSD];
}

/* ---- 5 ---- */

static void contradictory_fields_are_invalid(void **state)
{
    (void)state;
    int64_t later = NOW + SECOND;
    const struct { bool good; struct mt_terms terms; } cells[] = {
#define ASK(good_, ...) { good_, { .symbol = EURUSD, .side = 1, .qty = 1, __VA_ARGS__ } }
        ASK(true, .type = MT_TYPE_MARKET),
        ASK(true, .type = MT_TYPE_MARKET, .tif = MT_TIF_IOC),
        ASK(true, .type = MT_TYPE_MARKET, .tif = MT_TIF_FOK),
        ASK(true, .type = MT_TYPE_LIMIT, .price = 110000),
        ASK(true, .type = MT_TYPE_LIMIT, .price = 110000, .tif = MT_TIF_FOK),
        ASK(true, .type = MT_TYPE_LIMIT, .price = 110000, .tif = MT_TIF_GTD, .expire_ns = later),
        ASK(true, .type = MT_TYPE_LIMIT, .price = 110000, .flags = MT_TERMS_POST_ONLY),
        ASK(true, .type = MT_TYPE_STOP, .stop = 110011),
        ASK(true, .type = MT_TYPE_STOP, .stop = 110011, .tif = MT_TIF_GTD, .expire_ns = NOW + 1),
        ASK(true, .type = MT_TYPE_MARKET, .role = MT_ROLES - 1),
        { false, { .symbol = EURUSD, .side = 0, .qty = 1 } },
        { false, { .symbol = EURUSD, .side = 2, .qty = 1 } },
        { false, { .symbol = EURUSD, .side = -2, .qty = 1 } },
        { false, { .symbol = EURUSD, .side = 1, .qty = 0 } },
        { false, { .symbol = EURUSD, .side = 1, .qty = -1 } },
        { false, { .symbol = EURUSD, .side = 1, .qty = INT64_MIN } },
        ASK(false, .type = MT_TYPE_STOP + 1, .stop = 110011),
        ASK(false, .tif = MT_TIF_GTD + 1),
        ASK(false, .role = MT_ROLES),
        ASK(false, .type = MT_TYPE_MARKET, .price = 110000),
        ASK(false, .type = MT_TYPE_MARKET, .stop = 110000),
        ASK(false, .type = MT_TYPE_LIMIT),
        ASK(false, .type = MT_TYPE_LIMIT, .price = -1),
        ASK(false, .type = MT_TYPE_LIMIT, .price = 110000, .stop = 1),
        ASK(false, .type = MT_TYPE_STOP),
        ASK(false, .type = MT_TYPE_STOP, .stop = -1),
        ASK(false, .type = MT_TYPE_STOP, .stop = 110011, .price = 110000),
        ASK(false, .type = MT_TYPE_STOP, .stop = 110011, .tif = MT_TIF_IOC),
        ASK(false, .type = MT_TYPE_STOP, .stop = 110011, .tif = MT_TIF_FOK),
        ASK(false, .type = MT_TYPE_STOP, .stop = 110011, .flags = MT_TERMS_POST_ONLY),
        ASK(false, .type = MT_TYPE_MARKET, .flags = MT_TERMS_POST_ONLY),
        ASK(false, .type = MT_TYPE_LIMIT, .price = 110000, .flags = MT_TERMS_POST_ONLY, .tif = MT_TIF_IOC),
        ASK(false, .type = MT_TYPE_LIMIT, .price = 110000, .flags = MT_TERMS_POST_ONLY, .tif = MT_TIF_FOK),
        ASK(false, .type = MT_TYPE_LIMIT, .price = 110000, .tif = MT_TIF_GTD),
        ASK(false, .type = MT_TYPE_LIMIT, .price = 110000, .tif = MT_TIF_GTD, .expire_ns = NOW),
        ASK(false, .type = MT_TYPE_LIMIT, .price = 110000, .expire_ns = later),
        ASK(false, .account = ACCOUNTS),
        ASK(false, .account = UINT16_MAX),
#undef ASK
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        const struct mt_risk_ask ask = { .terms = cells[i].terms };
        struct mt_risk_verdict verdict = world_check(w, &ask);
        if (verdict.code != (cells[i].good ? MT_CODE_OK : MT_CODE_FIELD_INVALID))
            fail_msg("cell %zu: %s", i, mt_code_name(verdict.code));
    }
}

/* The check itself, with the flags as they are. */
static int32_t code_of(const struct mt_terms *terms)
{
    const struct mt_risk_ask ask = { .terms = *terms };
    struct mt_risk_verdict verdict;
    world_touch_all(w);
    mt_risk_see(w->risk);
    mt_risk_check(w->risk, &ask, w->now, true, true, &verdict);
    return verdict.code;
}

static void a_price_at_or_below_zero_is_one_where_the_instrument_says_so(void **state)
{
    (void)state;
    static const int64_t prices[] = { 5, 0, -1, -4000 };
    for (int negative = 0; negative <= 1; negative++) {
        eurusd()->negative = negative;
        for (size_t i = 0; i < sizeof prices / sizeof *prices; i++) {
            struct mt_terms limit = { .symbol = EURUSD, .side = 1, .qty = 1, .type = MT_TYPE_LIMIT, .price = prices[i],
                                      .flags = MT_TERMS_PRICE };
            struct mt_terms stop = { .symbol = EURUSD, .side = -1, .qty = 1, .type = MT_TYPE_STOP, .stop = prices[i],
                                     .flags = MT_TERMS_STOP };
            int32_t expected = negative || prices[i] > 0 ? MT_CODE_OK : MT_CODE_FIELD_INVALID;
            assert_int_equal(code_of(&limit), expected);
            assert_int_equal(code_of(&stop), expected);
            /* A number that no flag speaks of, and a flag on the wrong type, are contradictions. */
            limit.flags = stop.flags = 0;
            assert_int_equal(code_of(&limit), MT_CODE_FIELD_INVALID);
            assert_int_equal(code_of(&stop), MT_CODE_FIELD_INVALID);
            limit.flags = MT_TERMS_PRICE | MT_TERMS_STOP;
            stop.flags = MT_TERMS_PRICE | MT_TERMS_STOP;
            assert_int_equal(code_of(&limit), MT_CODE_FIELD_INVALID);
            assert_int_equal(code_of(&stop), MT_CODE_FIELD_INVALID);
        }
    }
}

/* A sell at -50 of what stands at 10 is worth 50 a unit; at a mid of 0 every distance is out of a collar but none. */
static void limits_count_the_magnitude_of_a_price(void **state)
{
    (void)state;
    eurusd()->negative = true;
    struct mt_terms sell = { .symbol = EURUSD, .side = -1, .qty = 100, .type = MT_TYPE_LIMIT, .price = -5000000,
                             .flags = MT_TERMS_PRICE };
    world_quote(w, EURUSD, 1000000, 1000001);
    mt_money worth;
    assert_int_equal(mt_instrument_notional(eurusd(), 100, 5000000, MT_ROUND_UP, &worth), 0);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_ORDER_NOTIONAL, (int64_t)worth);
    assert_int_equal(code_of(&sell), MT_CODE_OK);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_ORDER_NOTIONAL, (int64_t)worth - 1);
    assert_int_equal(code_of(&sell), MT_CODE_MAX_ORDER_NOTIONAL);
    world_no_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_ORDER_NOTIONAL);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_EXPOSURE, (int64_t)worth - 1);
    assert_int_equal(code_of(&sell), MT_CODE_MAX_EXPOSURE_ACCOUNT);
    world_no_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_EXPOSURE);
    world_quote(w, EURUSD, -1, 1);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_COLLAR_BP, 100 * MT_RATIO_ONE);
    sell.price = 1;                                 /* away from the market: still one tick of nothing */
    assert_int_equal(code_of(&sell), MT_CODE_PRICE_COLLAR);
    world_quote(w, EURUSD, -1000001, -999999);
    sell.price = -1010000;                          /* pays 1 % */
    assert_int_equal(code_of(&sell), MT_CODE_OK);
    sell.price = -1010001;
    assert_int_equal(code_of(&sell), MT_CODE_PRICE_COLLAR);
}

/* ---- 6 ---- */

static void a_symbol_must_exist(void **state)
{
    (void)state;
    struct mt_risk_ask ask = ask_market(1, 1);
    ask.terms.symbol = SYMBOLS;
    assert_code(w, ask, MT_CODE_SYMBOL_UNKNOWN);
    assert_true(mt_risk_increases(w->risk, &ask));
    ask.terms.account = ACCOUNTS;
    assert_code(w, ask, MT_CODE_FIELD_INVALID);
    ask.terms.symbol = 0;
    assert_true(mt_risk_increases(w->risk, &ask));
    ask = ask_market(0, 1);
    assert_true(mt_risk_increases(w->risk, &ask));
}

static void a_symbol_off_the_list_can_only_be_left(void **state)
{
    (void)state;
    static const uint16_t allowed[] = { GBPUSD, USDJPY };
    static const enum mt_scope_kind kinds[] = { MT_SCOPE_GLOBAL, MT_SCOPE_ACCOUNT,
                                                MT_SCOPE_STRATEGY };
    for (size_t i = 0; i < 3; i++) {
        world_end(w);
        world_start_ledger(w);
        world_quotes(w);
        struct mt_scope_setup *setup = world_scope(w, kinds[i], SIM, -1);
        setup->strategy = 5;
        setup->allow = allowed;
        setup->allow_count = 2;
        world_start_risk(w);
        struct mt_risk_ask ask = ask_market(1, 1);
        ask.terms.seat = 5;
        struct mt_risk_verdict verdict = world_check(w, &ask);
        assert_int_equal(verdict.code, MT_CODE_SYMBOL_NOT_ALLOWED);
        struct mt_risk_scope_view view;
        mt_risk_scope(w->risk, verdict.scope, &view);
        assert_int_equal(view.kind, kinds[i]);
        ask.terms.symbol = GBPUSD;
        assert_code(w, ask, MT_CODE_OK);
        ask.terms.symbol = BTCUSDT;
        assert_code(w, ask, MT_CODE_SYMBOL_NOT_ALLOWED);
        ask = ask_market(1, 1);
        assert_code(w, ask,
                    kinds[i] == MT_SCOPE_STRATEGY ? MT_CODE_OK : MT_CODE_SYMBOL_NOT_ALLOWED);
        ask.terms.seat = 5;
        world_fill(w, SIM, EURUSD, 1, 10, 110000);
        ask.terms.side = -1;
        assert_code(w, ask, MT_CODE_OK);
    }
}

static void an_empty_list_allows_nothing(void **state)
{
    (void)state;
    world_end(w);
    world_start_ledger(w);
    world_quotes(w);
    static const uint16_t none[1];
    world_scope(w, MT_SCOPE_GLOBAL, -1, -1)->allow = none;
    world_start_risk(w);
    assert_code(w, ask_market(1, 1), MT_CODE_SYMBOL_NOT_ALLOWED);
}

/* ---- 7 ---- */

static void prices_and_quantities_keep_their_steps(void **state)
{
    (void)state;
    eurusd()->tick = 5;
    eurusd()->step = 10;
    eurusd()->qty_min = 20;
    eurusd()->qty_max = 100;
    for (int64_t price = 109990; price <= 110000; price++)
        assert_code(w, ask_limit(1, 20, price), price % 5 ? MT_CODE_PRICE_STEP : MT_CODE_OK);
    assert_code(w, ask_stop(1, 20, 110021), MT_CODE_PRICE_STEP);
    assert_code(w, ask_stop(1, 20, 110020), MT_CODE_OK);
    static const struct { int64_t qty; int code; } cells[] = {
        { 1, MT_CODE_QTY_STEP }, { 9, MT_CODE_QTY_STEP }, { 10, MT_CODE_QTY_MIN },
        { 19, MT_CODE_QTY_STEP }, { 20, MT_CODE_OK }, { 21, MT_CODE_QTY_STEP },
        { 100, MT_CODE_OK }, { 101, MT_CODE_QTY_STEP }, { 110, MT_CODE_QTY_MAX_VENUE },
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        assert_code(w, ask_market(1, cells[i].qty), cells[i].code);
    struct mt_risk_ask ask = ask_market(1, 110);
    struct mt_risk_verdict verdict = world_check(w, &ask);
    assert_true(verdict.value == 110000000);        /* 1.10 lots in 10^-8 */
    assert_true(verdict.limit == 100000000);
    eurusd()->qty_max = 0;
    assert_code(w, ask_market(1, 110), MT_CODE_OK);
}

/* Contract 1, scales 5 + 8: one unit of the product is 10^-13, and the notional counts down. */
static void a_notional_just_below_the_minimum_is_below_it(void **state)
{
    (void)state;
    world_end(w);
    world_start_ledger(w);
    mt_ledger_fini(&w->ledger);
    w->instruments[0] = world_instrument("FINE", "FIN", "USD", 5, 8, 1);
    w->instruments[0].notional_min = 3;
    const struct mt_account_setup setup = { "sim", "USD", MONEY(1000), 1, 0 };
    assert_int_equal(mt_ledger_init(&w->ledger, w->instruments, 1, &setup, 1, NULL), 0);
    w->setup_count = 0;
    world_start_risk(w);
    world_quote(w, 0, 99999, 100000);
    assert_code(w, ask_limit(1, 3, 99999), MT_CODE_NOTIONAL_MIN_VENUE);
    assert_code(w, ask_limit(1, 3, 100000), MT_CODE_OK);
}

static void minimums_never_lock_a_position_in(void **state)
{
    (void)state;
    world_fill(w, SIM, EURUSD, 1, 5, 110000);
    eurusd()->qty_min = 10;
    eurusd()->notional_min = MONEY(1000000);
    assert_code(w, ask_reduce(-1, 5), MT_CODE_OK);
    assert_code(w, ask_market(-1, 5), MT_CODE_QTY_MIN);
    eurusd()->qty_min = 5;
    assert_code(w, ask_market(-1, 5), MT_CODE_NOTIONAL_MIN_VENUE);
    assert_code(w, ask_reduce(-1, 5), MT_CODE_OK);
    eurusd()->qty_max = 4;
    assert_code(w, ask_reduce(-1, 5), MT_CODE_QTY_MAX_VENUE);
}

static void the_smallest_notional_counts_what_the_order_may_be_worth(void **state)
{
    (void)state;
    eurusd()->notional_min = MONEY(1100);       /* 0.01 lot at 1.10000 */
    assert_code(w, ask_limit(1, 1, 110000), MT_CODE_OK);
    assert_code(w, ask_limit(1, 1, 109999), MT_CODE_NOTIONAL_MIN_VENUE);
    assert_code(w, ask_market(1, 1), MT_CODE_OK);       /* at the bid */
    world_quote(w, EURUSD, 109999, 110010);
    assert_code(w, ask_market(1, 1), MT_CODE_NOTIONAL_MIN_VENUE);
    assert_code(w, ask_market(-1, 1), MT_CODE_NOTIONAL_MIN_VENUE);
    assert_code(w, ask_market(-1, 2), MT_CODE_OK);
    assert_code(w, ask_stop(-1, 1, 109990), MT_CODE_NOTIONAL_MIN_VENUE);
    assert_code(w, ask_stop(1, 1, 110011), MT_CODE_OK);
    world_quote(w, EURUSD, 110010, 109999);
    assert_code(w, ask_market(1, 1), MT_CODE_NOTIONAL_MIN_VENUE);
    world_quote(w, EURUSD, 0, 0);
    assert_code(w, ask_market(1, 1), MT_CODE_DATA_MISSING);
    world_quote(w, EURUSD, 0, 110000);
    assert_code(w, ask_market(1, 1), MT_CODE_DATA_CROSSED);
}

/* ---- 8, 9 ---- */

static void a_missing_or_crossed_quote_stops_everything(void **state)
{
    (void)state;
    static const struct { int64_t bid, ask; int code; } cells[] = {
        { 0, 0, MT_CODE_DATA_MISSING }, { 110000, 0, MT_CODE_DATA_CROSSED },
        { 0, 110000, MT_CODE_DATA_CROSSED }, { 110001, 110000, MT_CODE_DATA_CROSSED },
        { 110000, 110000, MT_CODE_OK }, { 109999, 110000, MT_CODE_OK },
    };
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        world_quote(w, EURUSD, cells[i].bid, cells[i].ask);
        assert_code(w, ask_market(1, 1), cells[i].code);
        assert_code(w, ask_market(-1, 1), cells[i].code);
        assert_code(w, ask_limit(1, 1, 100000), cells[i].code);
        assert_code(w, ask_reduce(-1, 100), cells[i].code);
        assert_code(w, ask_stop(-1, 1, 100000), cells[i].code);
    }
}

static const enum mt_scope_kind data_kinds[] = { MT_SCOPE_GLOBAL, MT_SCOPE_ACCOUNT,
                                                 MT_SCOPE_SYMBOL };

static void an_old_quote_stops_increases(void **state)
{
    (void)state;
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    for (size_t i = 0; i < 3; i++) {
        world_limit(w, data_kinds[i], MT_LIMIT_STALE_MS, 5000);
        w->now = NOW + 5000 * MS;
        assert_code(w, ask_market(1, 1), MT_CODE_OK);
        w->now++;
        assert_denied(w, ask_market(1, 1), MT_CODE_DATA_STALE, data_kinds[i], 5001, 5000);
        assert_code(w, ask_reduce(-1, 100), MT_CODE_OK);
        assert_code(w, ask_market(-1, 100), MT_CODE_OK);
        assert_code(w, ask_market(-1, 101), MT_CODE_DATA_STALE);
        world_no_limit(w, data_kinds[i], MT_LIMIT_STALE_MS);
        assert_code(w, ask_market(1, 1), MT_CODE_OK);
    }
    world_limit(w, MT_SCOPE_SYMBOL, MT_LIMIT_STALE_MS, 1);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_STALE_MS, 2);
    assert_denied(w, ask_market(1, 1), MT_CODE_DATA_STALE, MT_SCOPE_GLOBAL, 5001, 2);
}

static void bar(int64_t close, int32_t tf_s)
{
    struct mt_event event = {.kind = MT_EV_BAR, .symbol = EURUSD, .time_ns = w->now,
                             .venue_ns = w->now, .bar = {.close = close, .tf_s = tf_s}};
    mt_ledger_market(&w->ledger, &event);
}

static void bars_may_be_two_lengths_old_and_have_no_spread(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_STALE_MS, 5000);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_SPREAD_TICKS, 0);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_LOCKED_DENY, 1);
    bar(110000, 60);
    w->now = NOW + 120 * SECOND;
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    w->now++;
    assert_denied(w, ask_market(1, 1), MT_CODE_DATA_STALE, MT_SCOPE_GLOBAL, 120001, 120000);
    w->now = NOW + 200 * SECOND;
    bar(110000, 1);
    w->now += 5 * SECOND;
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    w->now++;
    assert_code(w, ask_market(1, 1), MT_CODE_DATA_STALE);
}

static void clocks_that_differ_stop_increases_in_both_directions(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_SYMBOL, MT_LIMIT_SKEW_MS, 100);
    static const struct { int64_t venue_ns; int code; } cells[] = {
        { 100 * MS, MT_CODE_OK }, { 100 * MS + 1, MT_CODE_DATA_STALE }, { 0, MT_CODE_OK },
        { -100 * MS, MT_CODE_OK }, { -100 * MS - 1, MT_CODE_DATA_STALE },
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        for (int trade = 0; trade < 2; trade++) {
            w->now += 1000 * MS;
            struct mt_event event = {.kind = trade ? MT_EV_TRADE : MT_EV_QUOTE, .symbol = EURUSD,
                                     .time_ns = w->now, .venue_ns = w->now + cells[i].venue_ns};
            if (trade)
                event.trade = (struct mt_trade){.price = 110000, .qty = 1};
            else
                event.quote = (struct mt_quote){110000, 110010, 0, 0, MT_QUOTE_BOTH};
            mt_ledger_market(&w->ledger, &event);
            assert_code(w, ask_market(1, 1), cells[i].code);
        }
    }
    assert_denied(w, ask_market(1, 1), MT_CODE_DATA_STALE, MT_SCOPE_SYMBOL, 101, 100);
}

static void a_locked_market_is_crossed_where_asked_for(void **state)
{
    (void)state;
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    world_quote(w, EURUSD, 110000, 110000);
    for (size_t i = 0; i < 3; i++) {
        world_limit(w, data_kinds[i], MT_LIMIT_LOCKED_DENY, 0);
        assert_code(w, ask_market(1, 1), MT_CODE_OK);
        world_limit(w, data_kinds[i], MT_LIMIT_LOCKED_DENY, 1);
        assert_denied(w, ask_market(1, 1), MT_CODE_DATA_LOCKED, data_kinds[i], 0, 0);
        assert_code(w, ask_reduce(-1, 1), MT_CODE_DATA_LOCKED);
        world_no_limit(w, data_kinds[i], MT_LIMIT_LOCKED_DENY);
    }
}

static void a_wide_spread_stops_increases(void **state)
{
    (void)state;
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    eurusd()->tick = 2;
    for (size_t i = 0; i < 3; i++) {
        world_limit(w, data_kinds[i], MT_LIMIT_SPREAD_TICKS, 10);
        for (int64_t spread = 19; spread <= 21; spread++) {
            world_quote(w, EURUSD, 110000, 110000 + spread);
            if (spread == 21)
                assert_denied(w, ask_market(1, 1), MT_CODE_SPREAD_WIDE, data_kinds[i], 11, 10);
            else
                assert_code(w, ask_market(1, 1), MT_CODE_OK);
            assert_code(w, ask_reduce(-1, 100), MT_CODE_OK);
        }
        world_no_limit(w, data_kinds[i], MT_LIMIT_SPREAD_TICKS);
        /* 20 of a mid of 100 000 is 2 bp. */
        world_quote(w, EURUSD, 99990, 100010);
        world_limit(w, data_kinds[i], MT_LIMIT_SPREAD_BP, 2 * MT_RATIO_ONE);
        assert_code(w, ask_market(1, 1), MT_CODE_OK);
        world_limit(w, data_kinds[i], MT_LIMIT_SPREAD_BP, 2 * MT_RATIO_ONE - 1);
        assert_denied(w, ask_market(1, 1), MT_CODE_SPREAD_WIDE, data_kinds[i], 2 * MT_RATIO_ONE,
                      2 * MT_RATIO_ONE - 1);
        assert_code(w, ask_reduce(-1, 100), MT_CODE_OK);
        world_no_limit(w, data_kinds[i], MT_LIMIT_SPREAD_BP);
    }
    world_quote(w, EURUSD, 1, INT64_MAX);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_SPREAD_BP, INT64_MAX);
    assert_code(w, ask_limit(1, 1, 100000), MT_CODE_OK);        /* no overflow on the way */
}

/* ---- 10 ---- */

static void a_price_beyond_the_collar_is_refused(void **state)
{
    (void)state;
    world_quote(w, EURUSD, 99990, 100010);      /* mid 100 000: 1 bp is 10 */
    for (size_t i = 0; i < 3; i++) {
        world_limit(w, data_kinds[i], MT_LIMIT_COLLAR_BP, 100 * MT_RATIO_ONE);
        assert_code(w, ask_limit(1, 1, 101000), MT_CODE_OK);
        assert_denied(w, ask_limit(1, 1, 101001), MT_CODE_PRICE_COLLAR, data_kinds[i],
                      100 * MT_RATIO_ONE + MT_RATIO_ONE / 10, 100 * MT_RATIO_ONE);
        assert_code(w, ask_limit(-1, 1, 99000), MT_CODE_OK);
        assert_code(w, ask_limit(-1, 1, 98999), MT_CODE_PRICE_COLLAR);
        /* Resting orders too, unless they have a bound of their own. */
        assert_code(w, ask_limit(1, 1, 99000), MT_CODE_OK);
        assert_code(w, ask_limit(1, 1, 98999), MT_CODE_PRICE_COLLAR);
        assert_code(w, ask_stop(1, 1, 101001), MT_CODE_PRICE_COLLAR);
        world_limit(w, data_kinds[i], MT_LIMIT_COLLAR_PASSIVE_BP, 500 * MT_RATIO_ONE);
        assert_code(w, ask_limit(1, 1, 95000), MT_CODE_OK);
        assert_code(w, ask_limit(1, 1, 94999), MT_CODE_PRICE_COLLAR);
        assert_code(w, ask_limit(1, 1, 101001), MT_CODE_PRICE_COLLAR);
        assert_code(w, ask_stop(1, 1, 105000), MT_CODE_OK);
        assert_code(w, ask_stop(1, 1, 105001), MT_CODE_PRICE_COLLAR);
        assert_code(w, ask_stop(-1, 1, 95000), MT_CODE_OK);
        assert_code(w, ask_stop(-1, 1, 94999), MT_CODE_PRICE_COLLAR);
        world_no_limit(w, data_kinds[i], MT_LIMIT_COLLAR_BP);
        assert_code(w, ask_limit(1, 1, 200000), MT_CODE_OK);
        assert_code(w, ask_limit(1, 1, 94999), MT_CODE_PRICE_COLLAR);
        world_no_limit(w, data_kinds[i], MT_LIMIT_COLLAR_PASSIVE_BP);
    }
}

static void exits_are_bound_only_where_they_would_pay_too_much(void **state)
{
    (void)state;
    world_quote(w, EURUSD, 99990, 100010);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_COLLAR_BP, 100 * MT_RATIO_ONE);
    world_fill(w, SIM, EURUSD, 1, 100, 100000);
    struct mt_risk_ask target = ask_limit(-1, 100, 150000), stop = ask_stop(-1, 100, 50000);
    mt_terms_set_flag(&target.terms, MT_TERMS_REDUCE_ONLY, true);
    mt_terms_set_flag(&stop.terms, MT_TERMS_REDUCE_ONLY, true);
    assert_code(w, target, MT_CODE_OK);
    assert_code(w, stop, MT_CODE_OK);
    target.terms.price = 98999;
    assert_code(w, target, MT_CODE_PRICE_COLLAR);
    target.terms.price = 99000;
    assert_code(w, target, MT_CODE_OK);
}

static void trade(int64_t price)
{
    struct mt_event event = {.kind = MT_EV_TRADE, .symbol = EURUSD, .time_ns = w->now,
                             .venue_ns = w->now, .trade = {.price = price, .qty = 1}};
    mt_ledger_market(&w->ledger, &event);
}

static void the_last_trade_is_a_second_reference_while_fresh(void **state)
{
    (void)state;
    world_quote(w, EURUSD, 99990, 100010);
    world_limit(w, MT_SCOPE_SYMBOL, MT_LIMIT_COLLAR_BP, 100 * MT_RATIO_ONE);
    trade(99000);
    assert_code(w, ask_limit(1, 1, 99990), MT_CODE_OK);
    assert_code(w, ask_limit(1, 1, 99991), MT_CODE_PRICE_COLLAR);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_STALE_MS, 1000);
    w->now += 1000 * MS;
    assert_code(w, ask_limit(1, 1, 99991), MT_CODE_PRICE_COLLAR);
    w->now++;
    world_quote(w, EURUSD, 99990, 100010);
    assert_code(w, ask_limit(1, 1, 99991), MT_CODE_OK);
}

static void market_orders_have_a_price_too(void **state)
{
    (void)state;
    world_quote(w, EURUSD, 99990, 100010);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_COLLAR_BP, 100 * MT_RATIO_ONE);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_SLIP_CAP_BP, 98 * MT_RATIO_ONE);
    struct mt_risk_ask ask = ask_market(1, 1);
    struct mt_risk_verdict verdict = world_check(w, &ask);
    assert_int_equal(verdict.code, MT_CODE_OK);
    assert_int_equal(verdict.price, 100991);        /* 100 010 * 1.0098 = 100 990.098, up */
    ask.terms.side = -1;
    verdict = world_check(w, &ask);
    assert_int_equal(verdict.price, 99010);         /* 99 990 * 0.9902 = 99 010.098, down */
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_SLIP_CAP_BP, 100 * MT_RATIO_ONE);
    assert_code(w, ask_market(1, 1), MT_CODE_PRICE_COLLAR);
    world_limit(w, MT_SCOPE_SYMBOL, MT_LIMIT_SLIP_CAP_BP, 90 * MT_RATIO_ONE);
    assert_code(w, ask_market(1, 1), MT_CODE_OK);   /* the smallest cap counts */
}

static void the_price_of_each_type(void **state)
{
    (void)state;
    world_quote(w, EURUSD, 100000, 100010);
    static const struct { int type, side; int64_t price, stop, expected; } cells[] = {
        { MT_TYPE_MARKET, 1, 0, 0, 100010 }, { MT_TYPE_MARKET, -1, 0, 0, 100000 },
        { MT_TYPE_LIMIT, 1, 90000, 0, 90000 }, { MT_TYPE_LIMIT, -1, 110000, 0, 110000 },
        { MT_TYPE_STOP, 1, 0, 100020, 100020 }, { MT_TYPE_STOP, -1, 0, 99990, 99990 },
        { MT_TYPE_STOP, 1, 0, 100005, 100010 }, { MT_TYPE_STOP, -1, 0, 100005, 100000 },
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        struct mt_risk_ask ask = ask_market(cells[i].side, 1);
        ask.terms.type = (uint8_t)cells[i].type;
        ask.terms.price = cells[i].price;
        ask.terms.stop = cells[i].stop;
        struct mt_risk_verdict verdict = world_check(w, &ask);
        assert_int_equal(verdict.price, cells[i].expected);
    }
    /* A sale never gets a price below one unit. */
    world_quote(w, EURUSD, 1, 2);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_SLIP_CAP_BP, MT_BP_ONE);
    struct mt_risk_ask ask = ask_market(-1, 1);
    assert_int_equal(world_check(w, &ask).price, 1);
    ask.terms.side = 1;
    assert_int_equal(world_check(w, &ask).price, 4);
    world_quote(w, EURUSD, 1, INT64_MAX / 2 + 2);
    assert_code(w, ask_market(1, 1), MT_CODE_CALC_OVERFLOW);
    world_fill(w, SIM, EURUSD, -1, 10, 2);
    assert_code(w, ask_reduce(1, 1), MT_CODE_CALC_OVERFLOW);
}

/* ---- 11 ---- */

static void a_stop_stands_on_its_side_and_apart(void **state)
{
    (void)state;
    eurusd()->stop_level = 10;      /* quote 110 000 / 110 010 */
    static const struct { int side; int64_t stop; int code; } cells[] = {
        { 1, 110009, MT_CODE_STOP_SIDE }, { 1, 110010, MT_CODE_STOP_SIDE },
        { 1, 110011, MT_CODE_STOPS_TOO_CLOSE }, { 1, 110019, MT_CODE_STOPS_TOO_CLOSE },
        { 1, 110020, MT_CODE_OK }, { 1, 110021, MT_CODE_OK },
        { -1, 110001, MT_CODE_STOP_SIDE }, { -1, 110000, MT_CODE_STOP_SIDE },
        { -1, 109999, MT_CODE_STOPS_TOO_CLOSE }, { -1, 109991, MT_CODE_STOPS_TOO_CLOSE },
        { -1, 109990, MT_CODE_OK }, { -1, 1, MT_CODE_OK }, { 1, INT64_MAX, MT_CODE_OK },
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        assert_code(w, ask_stop(cells[i].side, 1, cells[i].stop), cells[i].code);
    eurusd()->stop_level = 0;
    assert_code(w, ask_stop(1, 1, 110011), MT_CODE_OK);
    world_fill(w, SIM, EURUSD, 1, 10, 110000);
    struct mt_risk_ask stop = ask_stop(-1, 10, 110000);
    mt_terms_set_flag(&stop.terms, MT_TERMS_REDUCE_ONLY, true);
    assert_code(w, stop, MT_CODE_STOP_SIDE);
}

/* ---- 12, 13 ---- */

static void one_order_has_a_largest_size_in_every_scope(void **state)
{
    (void)state;
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    for (int kind = 0; kind < MT_SCOPES; kind++) {
        world_limit(w, kind, MT_LIMIT_MAX_ORDER_QTY, 50000000);     /* 0.5 lots */
        assert_code(w, ask_market(1, 49), MT_CODE_OK);
        assert_code(w, ask_market(1, 50), MT_CODE_OK);
        assert_denied(w, ask_market(1, 51), MT_CODE_MAX_ORDER_QTY, kind, 51000000, 50000000);
        assert_code(w, ask_market(-1, 100), MT_CODE_OK);
        assert_code(w, ask_market(-1, 101), MT_CODE_MAX_ORDER_QTY);
        world_no_limit(w, kind, MT_LIMIT_MAX_ORDER_QTY);
        /* 0.5 lots at 1.10010 are 55 005. */
        world_limit(w, kind, MT_LIMIT_MAX_ORDER_NOTIONAL, (int64_t)MONEY(55005));
        assert_code(w, ask_market(1, 49), MT_CODE_OK);
        assert_code(w, ask_market(1, 50), MT_CODE_OK);
        assert_denied(w, ask_limit(1, 50, 110011), MT_CODE_MAX_ORDER_NOTIONAL, kind,
                      MONEY(55005) + MONEY(1) / 2, MONEY(55005));
        assert_code(w, ask_market(-1, 100), MT_CODE_OK);
        world_no_limit(w, kind, MT_LIMIT_MAX_ORDER_NOTIONAL);
    }
}

static void an_order_of_another_currency_is_converted_up(void **state)
{
    (void)state;
    /* 0.01 lot USDJPY = 1 000 USD = 150 010 JPY at the ask; back at the bid 150.000: 1 000.0667
     * USD. */
    world_end(w);
    world_start_ledger(w);
    world_quotes(w);
    world_scope(w, MT_SCOPE_ACCOUNT, SIM, -1);
    setup_limit(&w->setups[0], MT_LIMIT_MAX_ORDER_NOTIONAL, INT64_C(100006666667));
    world_start_risk(w);
    struct mt_risk_ask ask = ask_market(1, 1);
    ask.terms.symbol = USDJPY;
    assert_code(w, ask, MT_CODE_OK);
    mt_risk_on_limit(w->risk, 1, MT_LIMIT_MAX_ORDER_NOTIONAL, true, INT64_C(100006666666));
    assert_denied(w, ask, MT_CODE_MAX_ORDER_NOTIONAL, MT_SCOPE_ACCOUNT, INT64_C(100006666667),
                  INT64_C(100006666666));
    /* Without a rate the limit cannot be judged: 31, behind everything that can. */
    ask.terms.symbol = BTCUSDT;
    assert_code(w, ask, MT_CODE_RATE_MISSING);
    mt_risk_on_state(w->risk, 0, MT_HALTED);
    assert_code(w, ask, MT_CODE_STATE_HALTED);
}

/* GLOBAL is in the money of the first account, whoever trades. */
static void the_global_limit_is_in_one_currency(void **state)
{
    (void)state;
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_ORDER_NOTIONAL, (int64_t)MONEY(2000));
    struct mt_risk_ask ask = ask_market(1, 1);
    ask.terms.account = EURO;
    struct mt_risk_verdict verdict = world_check(w, &ask);
    assert_int_equal(verdict.code, MT_CODE_OK);
    mt_risk_on_limit(w->risk, 0, MT_LIMIT_MAX_ORDER_NOTIONAL, true, 1);
    verdict = world_check(w, &ask);
    assert_int_equal(verdict.code, MT_CODE_MAX_ORDER_NOTIONAL);
    /* 1 100.10 USD -> EUR at the bid -> USD at the ask */
    mt_money eur = (MONEY(110010) * 1000 + 109999) / 110000, usd = (eur * 110010 + 99999) / 100000;
    assert_true(verdict.value == usd);
    assert_true(eur > MONEY(1000));
}

/* ---- 31 from here ---- */

static void an_order_too_large_for_money_is_an_overflow(void **state)
{
    (void)state;
    eurusd()->contract_size = INT64_MAX;
    world_quote(w, EURUSD, INT64_MAX - 1, INT64_MAX);
    struct mt_risk_ask ask = ask_market(1, INT64_MAX);
    assert_code(w, ask, MT_CODE_CALC_OVERFLOW);
    eurusd()->notional_min = 1;
    assert_code(w, ask, MT_CODE_CALC_OVERFLOW);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_ORDER_NOTIONAL, 1);
    assert_code(w, ask, MT_CODE_CALC_OVERFLOW);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_ORDER_NOTIONAL, 1);
    assert_code(w, ask, MT_CODE_CALC_OVERFLOW);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        T(contradictory_fields_are_invalid),
        T(a_price_at_or_below_zero_is_one_where_the_instrument_says_so),
        T(limits_count_the_magnitude_of_a_price),
        T(a_symbol_must_exist),
        T(a_symbol_off_the_list_can_only_be_left),
        T(an_empty_list_allows_nothing),
        T(prices_and_quantities_keep_their_steps),
        T(a_notional_just_below_the_minimum_is_below_it),
        T(minimums_never_lock_a_position_in),
        T(the_smallest_notional_counts_what_the_order_may_be_worth),
        T(a_missing_or_crossed_quote_stops_everything),
        T(an_old_quote_stops_increases),
        T(bars_may_be_two_lengths_old_and_have_no_spread),
        T(clocks_that_differ_stop_increases_in_both_directions),
        T(a_locked_market_is_crossed_where_asked_for),
        T(a_wide_spread_stops_increases),
        T(a_price_beyond_the_collar_is_refused),
        T(exits_are_bound_only_where_they_would_pay_too_much),
        T(the_last_trade_is_a_second_reference_while_fresh),
        T(market_orders_have_a_price_too),
        T(the_price_of_each_type),
        T(a_stop_stands_on_its_side_and_apart),
        T(one_order_has_a_largest_size_in_every_scope),
        T(an_order_of_another_currency_is_converted_up),
        T(the_global_limit_is_in_one_currency),
        T(an_order_too_large_for_money_is_an_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
