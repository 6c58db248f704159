/* Checks 21 to 25: worst cases in every scope; class; what does not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
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

enum { LOT = 100 };
#define LOTS(n) ((int64_t)(n) * 100000000)      /* in 10^-8 */

static const struct { enum mt_limit_id id; int code;
} position_limits[] = {
    { MT_LIMIT_MAX_NET, MT_CODE_MAX_POSITION_NET },
    { MT_LIMIT_MAX_GROSS, MT_CODE_MAX_POSITION_GROSS },
};

/* ---- class ---- */

static void a_plain_order_within_the_position_is_a_reduce(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct mt_risk_ask ask = ask_market(-side, 10);
        assert_true(mt_risk_increases(w->risk, &ask));
        world_fill(w, SIM, EURUSD, side, 10, 110000);
        assert_false(mt_risk_increases(w->risk, &ask));
        ask.terms.qty = 11;
        assert_true(mt_risk_increases(w->risk, &ask));
        ask.terms.qty = 10;
        struct mt_order same = world_order(w, SIM, EURUSD, -side, 4, false, MT_ORDER_UNKNOWN);
        struct mt_order reduce = world_order(w, SIM, EURUSD, -side, 5, true, MT_ORDER_WORKING);
        struct mt_order other = world_order(w, SIM, EURUSD, side, 50, false, MT_ORDER_WORKING);
        assert_true(mt_risk_increases(w->risk, &ask));
        ask.terms.qty = 2;
        assert_true(mt_risk_increases(w->risk, &ask));
        ask.terms.qty = 1;
        assert_false(mt_risk_increases(w->risk, &ask));
        struct mt_order more = world_order(w, SIM, EURUSD, -side, 5, false, MT_ORDER_WORKING);
        assert_true(mt_risk_increases(w->risk, &ask));      /* more is open than there is */
        mt_terms_set_flag(&ask.terms, MT_TERMS_REDUCE_ONLY, true);
        ask.terms.qty = 10;
        assert_false(mt_risk_increases(w->risk, &ask));
        ask.terms.qty = 11;
        assert_true(mt_risk_increases(w->risk, &ask));
        ask.terms.side = (int8_t)side;
        ask.terms.qty = 1;
        assert_true(mt_risk_increases(w->risk, &ask));
        world_order_end(w, &same);
        world_order_end(w, &reduce);
        world_order_end(w, &other);
        world_order_end(w, &more);
        world_fill(w, SIM, EURUSD, -side, 10, 110000);
    }
}

/* ---- 21, 22 ---- */

static void positions_have_a_limit_in_every_scope(void **state)
{
    (void)state;
    for (int kind = 0; kind < MT_SCOPES; kind++) {
        for (size_t i = 0; i < 2; i++) {
            world_limit(w, kind, position_limits[i].id, LOTS(2));
            for (int side = -1; side <= 1; side += 2) {
                assert_code(w, ask_market(side, 2 * LOT - 1), MT_CODE_OK);
                assert_code(w, ask_market(side, 2 * LOT), MT_CODE_OK);
                assert_denied(w, ask_market(side, 2 * LOT + 1), position_limits[i].code, kind,
                              LOTS(2) + 1000000, LOTS(2));
            }
            world_no_limit(w, kind, position_limits[i].id);
        }
    }
}

/* A lot of position and a lot of open order in a place: whose worst case do they enlarge? */
static void positions_and_orders_count_in_their_scopes(void **state)
{
    (void)state;
    static const struct { uint16_t account, symbol; int in[MT_SCOPES]; } places[] = {
        /*                    global account symbol group strategy */
        { SIM, EURUSD, { 2, 2, 2, 2, 2 } }, { SIM, GBPUSD, { 2, 2, 0, 2, 2 } },
        { SIM, USDJPY, { 2, 2, 0, 0, 2 } }, { DESK, EURUSD, { 2, 0, 0, 0, 0 } },
        { DESK, GBPUSD, { 2, 0, 0, 0, 0 } },
    };
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        world_fill(w, places[p].account, places[p].symbol, 1, LOT, 110000);
        struct mt_order order = world_order(w, places[p].account, places[p].symbol, 1, LOT, false,
                                            MT_ORDER_UNKNOWN);
        for (int kind = 0; kind < MT_SCOPES; kind++) {
            for (size_t i = 0; i < 2; i++) {
                world_limit(w, kind, position_limits[i].id, LOTS(3 + places[p].in[kind]));
                assert_code(w, ask_market(1, 3 * LOT), MT_CODE_OK);
                assert_denied(w, ask_market(1, 3 * LOT + 1), position_limits[i].code, kind,
                              LOTS(3 + places[p].in[kind]) + 1000000, LOTS(3 + places[p].in[kind]));
                world_no_limit(w, kind, position_limits[i].id);
            }
        }
        world_order_end(w, &order);
        world_fill(w, places[p].account, places[p].symbol, -1, LOT, 110000);
    }
}

/* pos, B, S, reduce-only B and S; then an order. Worst cases by hand. */
static void the_worst_case_of_a_slot(void **state)
{
    (void)state;
    static const struct {
        int pos, buys, sells, reduce_buys, reduce_sells, side, qty, worst;
    } cells[] = {
        { 0, 0, 0, 0, 0, 1, 10, 10 },
        { 0, 0, 0, 0, 0, -1, 10, 10 },
        { 5, 0, 0, 0, 0, 1, 10, 15 },
        { 5, 0, 0, 0, 0, -1, 10, 5 },
        { 5, 0, 0, 0, 0, -1, 20, 15 },
        { -5, 0, 0, 0, 0, 1, 20, 15 },
        { -5, 0, 0, 0, 0, -1, 1, 6 },
        { 5, 3, 0, 0, 0, 1, 10, 18 },
        { 5, 0, 30, 0, 0, 1, 10, 25 },
        { 5, 0, 30, 0, 0, 1, 40, 45 },
        { 0, 7, 9, 0, 0, 1, 1, 9 },
        { 0, 7, 9, 0, 0, 1, 3, 10 },
        /* A reduce-only sale can take the 5 away that the plain one would have closed. */
        { 5, 0, 0, 0, 5, -1, 20, 20 },
        { 5, 0, 0, 0, 3, -1, 20, 18 },
        { 5, 0, 0, 0, 50, -1, 20, 20 },
        { -5, 0, 0, 5, 0, 1, 20, 20 },
        { -5, 0, 0, 2, 0, 1, 20, 17 },
        /* But it opens nothing by itself, and not on the other side. */
        { 0, 0, 0, 0, 9, -1, 2, 2 },
        { 5, 0, 0, 0, 5, 1, 1, 6 },
        { 5, 0, 0, 7, 0, 1, 1, 6 },
        { -5, 0, 0, 5, 0, -1, 1, 6 },
        { 5, 0, 0, 7, 0, -1, 20, 15 },
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        if (cells[i].pos != 0)
            world_fill(w, SIM, EURUSD, cells[i].pos > 0 ? 1 : -1, abs(cells[i].pos), 110000);
        struct mt_slot *slot = mt_ledger_slot(&w->ledger, SIM, EURUSD);
        slot->buys = cells[i].buys;
        slot->sells = cells[i].sells;
        slot->reduce_buys = cells[i].reduce_buys;
        slot->reduce_sells = cells[i].reduce_sells;
        world_limit(w, MT_SCOPE_SYMBOL, MT_LIMIT_MAX_NET, cells[i].worst * LOTS(1) / LOT);
        struct mt_risk_ask ask = ask_market(cells[i].side, cells[i].qty);
        int code = world_check(w, &ask).code;
        if (code != MT_CODE_OK)
            fail_msg("cell %zu: %s at its worst case", i, mt_code_name(code));
        world_limit(w, MT_SCOPE_SYMBOL, MT_LIMIT_MAX_NET, cells[i].worst * LOTS(1) / LOT - 1);
        code = world_check(w, &ask).code;
        int expected = mt_risk_increases(w->risk, &ask) ? MT_CODE_MAX_POSITION_NET : MT_CODE_OK;
        if (code != expected)
            fail_msg("cell %zu: %s below its worst case", i, mt_code_name(code));
        slot->buys = slot->sells = slot->reduce_buys = slot->reduce_sells = 0;
        if (cells[i].pos != 0)
            world_fill(w, SIM, EURUSD, cells[i].pos > 0 ? -1 : 1, abs(cells[i].pos), 110000);
    }
}

/* A reduce-only order beside a plain one that crosses zero makes the other side worse: limits are
 * asked, although its class stays reduce. */
static void a_reduce_only_order_that_worsens_the_worst_case_meets_the_limits(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        world_fill(w, SIM, EURUSD, side, 10, 110000);
        struct mt_order plain = world_order(w, SIM, EURUSD, -side, 15, false, MT_ORDER_WORKING);
        world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_NET, 12000000);
        assert_code(w, ask_reduce(-side, 7), MT_CODE_OK);
        assert_denied(w, ask_reduce(-side, 8), MT_CODE_MAX_POSITION_NET, MT_SCOPE_ACCOUNT, 13000000,
                      12000000);
        mt_risk_on_state(w->risk, 0, MT_REDUCE_ONLY);
        assert_code(w, ask_reduce(-side, 7), MT_CODE_OK);
        mt_risk_on_state(w->risk, 0, MT_ACTIVE);
        world_order_end(w, &plain);
        /* What stays below the position that is held is not worse than it. */
        plain = world_order(w, SIM, EURUSD, -side, 3, false, MT_ORDER_WORKING);
        world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_NET, 0);
        assert_code(w, ask_reduce(-side, 7), MT_CODE_OK);
        assert_code(w, ask_reduce(-side, 10), MT_CODE_OK);
        world_order_end(w, &plain);
        world_fill(w, SIM, EURUSD, -side, 10, 110000);
        world_no_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_NET);
    }
}

static void a_limit_below_what_is_held_lets_only_reduces_through(void **state)
{
    (void)state;
    world_fill(w, SIM, EURUSD, 1, 10 * LOT, 110000);
    world_limit(w, MT_SCOPE_SYMBOL, MT_LIMIT_MAX_NET, LOTS(5));
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_EXPOSURE, 1);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_LEVERAGE, 1);
    assert_code(w, ask_market(1, 1), MT_CODE_MAX_POSITION_NET);
    assert_code(w, ask_market(-1, 1), MT_CODE_OK);
    assert_code(w, ask_market(-1, 10 * LOT), MT_CODE_OK);
    assert_code(w, ask_reduce(-1, 10 * LOT), MT_CODE_OK);
    assert_code(w, ask_market(-1, 10 * LOT + 1), MT_CODE_MAX_POSITION_NET);
}

/* Quantities finer than 10^-8 count up. */
static void a_quantity_of_more_decimals_counts_up(void **state)
{
    (void)state;
    w->instruments[EURUSD].qty_scale = 10;
    world_limit(w, MT_SCOPE_SYMBOL, MT_LIMIT_MAX_NET, 3);
    assert_code(w, ask_market(1, 300), MT_CODE_OK);
    assert_denied(w, ask_market(1, 301), MT_CODE_MAX_POSITION_NET, MT_SCOPE_SYMBOL, 4, 3);
    world_limit(w, MT_SCOPE_SYMBOL, MT_LIMIT_MAX_ORDER_QTY, 3);
    assert_code(w, ask_market(1, 301), MT_CODE_MAX_ORDER_QTY);
}

/* ---- 24, 25 ---- */

static void exposure_has_a_code_for_each_scope(void **state)
{
    (void)state;
    static const struct { enum mt_scope_kind kind; int code;
    } cells[] = {
        { MT_SCOPE_GLOBAL, MT_CODE_MAX_EXPOSURE_TOTAL },
        { MT_SCOPE_ACCOUNT, MT_CODE_MAX_EXPOSURE_ACCOUNT },
        { MT_SCOPE_SYMBOL, MT_CODE_MAX_EXPOSURE_SYMBOL },
        { MT_SCOPE_GROUP, MT_CODE_MAX_EXPOSURE_GROUP },
    };
    for (size_t i = 0; i < 4; i++) {
        /* One lot at the ask of 1.10010 */
        world_limit(w, cells[i].kind, MT_LIMIT_MAX_EXPOSURE, (int64_t)MONEY(110010));
        assert_code(w, ask_market(1, LOT), MT_CODE_OK);
        assert_code(w, ask_market(-1, LOT), MT_CODE_OK);
        assert_denied(w, ask_limit(1, LOT, 110011), cells[i].code, cells[i].kind, MONEY(110011),
                      MONEY(110010));
        /* A price below the market does not make the exposure smaller. */
        assert_denied(w, ask_limit(1, LOT + 1, 100000), cells[i].code, cells[i].kind,
                      MONEY(110010) + MONEY(110010) / 100, MONEY(110010));
        world_no_limit(w, cells[i].kind, MT_LIMIT_MAX_EXPOSURE);
    }
}

static void exposures_of_several_symbols_and_accounts_add_up(void **state)
{
    (void)state;
    world_fill(w, SIM, GBPUSD, -1, LOT, 125000);        /* 125 010 at the ask */
    world_fill(w, SIM, USDJPY, 1, LOT, 150000);         /* 15 001 000 JPY: 100 006.66666667 USD */
    world_fill(w, DESK, EURUSD, 1, LOT, 110000);        /* 110 010 */
    world_fill(w, EURO, GBPUSD, 1, LOT, 125000);        /* 125 010 USD in EUR in USD, both up */
    mt_money own = MONEY(110010), jpy = INT64_C(10000666666667);
    mt_money eur = (MONEY(125010) * 100000 + 109999) / 110000,
             back = (eur * 110010 + 99999) / 100000;
    static const struct { enum mt_scope_kind kind; } kinds[] = {
        { MT_SCOPE_GLOBAL }, { MT_SCOPE_ACCOUNT }, { MT_SCOPE_SYMBOL }, { MT_SCOPE_GROUP },
    };
    mt_money sums[] = { own + MONEY(125010) + jpy + MONEY(110010) + back, own + MONEY(125010) + jpy,
                        own, own + MONEY(125010) };
    for (size_t i = 0; i < 4; i++) {
        world_limit(w, kinds[i].kind, MT_LIMIT_MAX_EXPOSURE, (int64_t)sums[i]);
        assert_code(w, ask_market(1, LOT), MT_CODE_OK);
        world_limit(w, kinds[i].kind, MT_LIMIT_MAX_EXPOSURE, (int64_t)sums[i] - 1);
        struct mt_risk_ask ask = ask_market(1, LOT);
        struct mt_risk_verdict verdict = world_check(w, &ask);
        assert_int_not_equal(verdict.code, MT_CODE_OK);
        assert_true(verdict.value == sums[i]);
        world_no_limit(w, kinds[i].kind, MT_LIMIT_MAX_EXPOSURE);
    }
}

static void a_position_without_any_price_cannot_be_judged(void **state)
{
    (void)state;
    world_fill(w, SIM, GBPUSD, 1, LOT, 125000);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_EXPOSURE, INT64_MAX);
    w->ledger.tops[GBPUSD] = (struct mt_top){0};
    assert_code(w, ask_market(1, 1), MT_CODE_RATE_MISSING);
    w->ledger.tops[GBPUSD].last = 125000;
    w->ledger.tops[GBPUSD].traded = true;
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    w->ledger.tops[GBPUSD] = (struct mt_top){.bid = 125000, .sides = MT_QUOTE_BID};
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    w->ledger.tops[GBPUSD] = (struct mt_top){0};
    world_no_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_EXPOSURE);
    world_limit(w, MT_SCOPE_GROUP, MT_LIMIT_MAX_EXPOSURE, INT64_MAX);
    assert_code(w, ask_market(1, 1), MT_CODE_RATE_MISSING);
    struct mt_risk_ask pound = ask_limit(1, 1, 125000);
    pound.terms.symbol = GBPUSD;
    assert_code(w, pound, MT_CODE_DATA_MISSING);
    /* A slot whose orders only reduce nothing needs no price. */
    world_fill(w, SIM, GBPUSD, -1, LOT, 125000);
    struct mt_order order = world_order(w, SIM, GBPUSD, -1, 5, true, MT_ORDER_WORKING);
    w->ledger.tops[GBPUSD] = (struct mt_top){0};
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    world_order_end(w, &order);
}

static void leverage_is_notional_over_equity(void **state)
{
    (void)state;
    mt_ledger_adjust_cash(&w->ledger, SIM, -MONEY(45000));      /* 55 000 left; 1 lot is 110 010 */
    int64_t leverage = (int64_t)((MONEY(110010) * MT_RATIO_ONE + MONEY(55000) - 1) / MONEY(55000));
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_LEVERAGE, leverage);
    assert_code(w, ask_market(1, LOT), MT_CODE_OK);
    assert_code(w, ask_market(1, LOT + 1), MT_CODE_MAX_LEVERAGE);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_LEVERAGE, leverage - 1);
    assert_denied(w, ask_market(1, LOT), MT_CODE_MAX_LEVERAGE, MT_SCOPE_ACCOUNT, leverage,
                  leverage - 1);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_LEVERAGE, INT64_MAX);
    mt_ledger_adjust_cash(&w->ledger, SIM, MONEY(1) - MONEY(55000));
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
    mt_ledger_adjust_cash(&w->ledger, SIM, -MONEY(1));
    assert_denied(w, ask_market(1, 1), MT_CODE_MAX_LEVERAGE, MT_SCOPE_ACCOUNT, INT64_MAX,
                  INT64_MAX);
}

/* ---- overflow: never undefined, always 31 ---- */

static void sums_that_do_not_fit_are_overflows(void **state)
{
    (void)state;
    mt_money most = (mt_money)(~(unsigned __int128)0 >> 1);
    struct mt_account *sim = &w->ledger.accounts[SIM], *desk = &w->ledger.accounts[DESK];
    struct mt_risk_ask ask = ask_market(1, 1);
    /* Exposure: 2^62 lots of GBPUSD at 2^62. */
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_EXPOSURE, INT64_MAX);
    struct mt_slot *slot = mt_ledger_slot(&w->ledger, SIM, GBPUSD);
    struct mt_order order = world_order(w, SIM, GBPUSD, 1, INT64_MAX, false, MT_ORDER_WORKING);
    w->ledger.tops[GBPUSD].ask = INT64_MAX;
    w->ledger.tops[GBPUSD].sides |= MT_QUOTE_ASK;
    assert_code(w, ask, MT_CODE_CALC_OVERFLOW);
    /* Each is a little above 2^126 and fits, the sum does not. */
    w->instruments[GBPUSD].contract_size = w->instruments[EURUSD].contract_size = 1;
    w->ledger.factors[GBPUSD] = w->ledger.factors[EURUSD] = (struct mt_ledger_factor){0};
    w->instruments[GBPUSD].price_scale = w->instruments[EURUSD].price_scale = 6;
    w->ledger.tops[EURUSD].ask = INT64_MAX;
    struct mt_order large = world_order(w, SIM, EURUSD, 1, INT64_MAX, false, MT_ORDER_WORKING);
    slot->position.qty = 5;
    mt_ledger_slot(&w->ledger, SIM, EURUSD)->position.qty = 5;
    struct mt_risk_ask jpy = ask;
    jpy.terms.symbol = USDJPY;
    assert_code(w, jpy, MT_CODE_CALC_OVERFLOW);
    slot->position.qty = 0;
    mt_ledger_slot(&w->ledger, SIM, EURUSD)->position.qty = 0;
    world_order_end(w, &large);
    world_order_end(w, &order);
    world_no_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_EXPOSURE);
    world_quotes(w);
    /* Leverage: notional * 10^8 / 1 unit of equity. */
    w->instruments[EURUSD].price_scale = 0;
    w->instruments[EURUSD].contract_size = INT64_MAX;
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_LEVERAGE, INT64_MAX);
    sim->cash = 1;
    assert_code(w, ask_limit(1, INT32_MAX, 1 << 20), MT_CODE_CALC_OVERFLOW);
    assert_code(w, ask_limit(1, 1, 1 << 20), MT_CODE_CALC_OVERFLOW);
    world_no_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_LEVERAGE);
    world_no_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_NET);
    w->instruments[EURUSD].contract_size = 1;
    /* Loss: in its parts, in its sum, and with the order's own. */
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DAILY_LOSS, INT64_MAX);
    sim->cash = -most;
    assert_code(w, ask, MT_CODE_CALC_OVERFLOW);
    sim->cash = -(most - MONEY(100000));
    desk->cash = 0;
    assert_code(w, ask, MT_CODE_CALC_OVERFLOW);
    desk->cash = MONEY(100000);
    sim->cash = MONEY(100000);
    sim->adjusted = most;
    assert_code(w, ask, MT_CODE_CALC_OVERFLOW);
    sim->adjusted = 0;
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DAILY_LOSS, INT64_MAX);
    world_no_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DAILY_LOSS);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_DAILY_LOSS, INT64_MAX);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_DAILY_LOSS_PREDICTIVE, 1);
    sim->cash = -(most - MONEY(100000));
    assert_code(w, ask, MT_CODE_CALC_OVERFLOW);
    world_no_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_DAILY_LOSS);
    /* Drawdown: peak, sums, fall. */
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DRAWDOWN, INT64_MAX);
    sim->cash = MONEY(100000);
    sim->adjusted = most;
    assert_code(w, ask, MT_CODE_CALC_OVERFLOW);
    sim->adjusted = 0;
    sim->cash = most;
    assert_code(w, ask, MT_CODE_CALC_OVERFLOW);     /* the sum of peaks */
    sim->cash = -most;
    desk->cash = -most;
    assert_code(w, ask, MT_CODE_CALC_OVERFLOW);     /* the sum of equities */
    desk->cash = 0;
    assert_code(w, ask, MT_CODE_CALC_OVERFLOW);     /* the fall */
    world_no_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DRAWDOWN);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_DRAWDOWN, INT64_MAX);
    w->risk->days[SIM].peak = 1;
    sim->cash = -most / 2;
    assert_code(w, ask, MT_CODE_CALC_OVERFLOW);     /* the ratio */
}

static void an_account_that_never_had_money_is_drawn_down_wholly(void **state)
{
    (void)state;
    mt_risk_on_day(w->risk, SIM, 1, 0, 0);
    w->ledger.accounts[SIM].cash = 0;
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_DRAWDOWN, MT_RATIO_ONE);
    assert_denied(w, ask_market(1, 1), MT_CODE_DRAWDOWN, MT_SCOPE_ACCOUNT, MT_RATIO_ONE,
                  MT_RATIO_ONE);
    world_limit(w, MT_SCOPE_ACCOUNT, MT_LIMIT_MAX_DRAWDOWN, MT_RATIO_ONE + 1);
    assert_code(w, ask_market(1, 1), MT_CODE_OK);
}

/* A conversion to the money of GLOBAL that is missing, in each direction that is asked. */
static void the_global_money_needs_rates_of_every_account(void **state)
{
    (void)state;
    w->ledger.accounts[EURO].currency = w->ledger.quote_currency[BTCUSDT];      /* no rate */
    static const enum mt_limit_id ids[] = { MT_LIMIT_MAX_DAILY_LOSS, MT_LIMIT_MAX_DRAWDOWN };
    for (size_t i = 0; i < 2; i++) {
        world_limit(w, MT_SCOPE_GLOBAL, ids[i], INT64_MAX);
        assert_code(w, ask_market(1, 1), MT_CODE_RATE_MISSING);
        world_no_limit(w, MT_SCOPE_GLOBAL, ids[i]);
    }
    struct mt_risk_ask ask = ask_market(1, 1);
    ask.terms.account = EURO;
    ask.terms.symbol = BTCUSDT;
    assert_code(w, ask, MT_CODE_OK);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_ORDER_NOTIONAL, INT64_MAX);
    assert_code(w, ask, MT_CODE_RATE_MISSING);
}

/* The equity converts to less than fits although the peak fitted. */
static void an_equity_that_cannot_be_converted_is_an_overflow(void **state)
{
    (void)state;
    mt_money most = (mt_money)(~(unsigned __int128)0 >> 1);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DRAWDOWN, INT64_MAX);
    w->ledger.accounts[EURO].cash = -most;
    assert_code(w, ask_market(1, 1), MT_CODE_CALC_OVERFLOW);
    w->ledger.accounts[EURO].cash = most;
    assert_code(w, ask_market(1, 1), MT_CODE_CALC_OVERFLOW);
    world_no_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DRAWDOWN);
    world_limit(w, MT_SCOPE_GLOBAL, MT_LIMIT_MAX_DAILY_LOSS, INT64_MAX);
    w->ledger.accounts[EURO].cash = -(most - MONEY(50000));
    assert_code(w, ask_market(1, 1), MT_CODE_CALC_OVERFLOW);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        T(a_plain_order_within_the_position_is_a_reduce),
        T(positions_have_a_limit_in_every_scope),
        T(positions_and_orders_count_in_their_scopes),
        T(the_worst_case_of_a_slot),
        T(a_reduce_only_order_that_worsens_the_worst_case_meets_the_limits),
        T(a_limit_below_what_is_held_lets_only_reduces_through),
        T(a_quantity_of_more_decimals_counts_up),
        T(exposure_has_a_code_for_each_scope),
        T(exposures_of_several_symbols_and_accounts_add_up),
        T(a_position_without_any_price_cannot_be_judged),
        T(leverage_is_notional_over_equity),
        T(sums_that_do_not_fit_are_overflows),
        T(an_account_that_never_had_money_is_drawn_down_wholly),
        T(the_global_money_needs_rates_of_every_account),
        T(an_equity_that_cannot_be_converted_is_an_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
