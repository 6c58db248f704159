#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "base/hash.h"
#include "host/core/calloc_fails.h"
#include "host/core/risk_world.h"

static struct world world;
static struct world *const w = &world;

static int start(void **state)
{
    (void)state;
    world_start_ledger(w);
    return 0;
}

static int end(void **state)
{
    (void)state;
    mt_ledger_fini(&w->ledger);
    return 0;
}

static struct mt_account *account(uint16_t index)
{
    return &w->ledger.accounts[index];
}

static struct mt_slot *slot(uint16_t account_index, uint16_t symbol)
{
    return mt_ledger_slot(&w->ledger, account_index, symbol);
}

/* ---- construction ---- */

static void a_setup_that_cannot_be_is_refused_with_a_sentence(void **state)
{
    (void)state;
    struct mt_ledger ledger;
    struct mt_instrument instrument = w->instruments[EURUSD];
    struct mt_account_setup setup = { "sim", "USD", 0, 1, 0 };
    struct mt_diag diag = {0};
    assert_int_equal(mt_ledger_init(&ledger, &instrument, 0, &setup, 1, &diag), MT_ERANGE);
    assert_non_null(strstr(diag.text, "instruments"));
    assert_int_equal(mt_ledger_init(&ledger, &instrument, 1025, &setup, 1, NULL), MT_ERANGE);
    assert_int_equal(mt_ledger_init(&ledger, &instrument, 1, &setup, 0, NULL), MT_ERANGE);
    assert_int_equal(mt_ledger_init(&ledger, &instrument, 1, &setup, 1025, NULL), MT_ERANGE);
    setup.leverage = 0;
    diag = (struct mt_diag){0};
    assert_int_equal(mt_ledger_init(&ledger, &instrument, 1, &setup, 1, &diag), MT_ERANGE);
    assert_non_null(strstr(diag.text, "sim"));
    setup.leverage = 1;
    setup.currency[0] = '\0';
    assert_int_equal(mt_ledger_init(&ledger, &instrument, 1, &setup, 1, NULL), MT_ESYNTAX);
    strcpy(setup.currency, "USD");
    strcpy(instrument.base, "USD");
    diag = (struct mt_diag){0};
    assert_int_equal(mt_ledger_init(&ledger, &instrument, 1, &setup, 1, &diag), MT_ERANGE);
    assert_non_null(strstr(diag.text, "EURUSD"));
    instrument.quote[0] = '\0';
    assert_int_equal(mt_ledger_init(&ledger, &instrument, 1, &setup, 1, NULL), MT_ESYNTAX);
}

static void without_memory_nothing_is_kept(void **state)
{
    (void)state;
    if (!CALLOC_FAILS) {
        print_message("skipped: a sanitizer owns calloc\n");
        skip();
    }
    struct mt_ledger ledger;
    struct mt_account_setup setup = { "sim", "USD", 0, 1, 0 };
    struct mt_diag diag = {0};
    for (int allowed = 0; allowed < 11; allowed++) {
        calloc_left = allowed;
        int err = mt_ledger_init(&ledger, w->instruments, SYMBOLS, &setup, 1, &diag);
        calloc_left = -1;
        assert_int_equal(err, MT_ENOMEM);
        assert_null(ledger.tops);
    }
    calloc_left = 11;
    int err = mt_ledger_init(&ledger, w->instruments, SYMBOLS, &setup, 1, &diag);
    calloc_left = -1;
    assert_int_equal(err, 0);
    mt_ledger_fini(&ledger);
}

static void a_new_ledger_is_flat(void **state)
{
    (void)state;
    assert_true(mt_ledger_equity(&w->ledger, SIM) == MONEY(100000));
    assert_true(mt_ledger_free(&w->ledger, EURO) == MONEY(50000));
    assert_string_equal(account(DESK)->name, "desk/01");
    assert_int_equal(account(DESK)->leverage, 3);
    assert_null(mt_ledger_self_check(&w->ledger, NULL, 0));
}

/* ---- market ---- */

static void top_is(int64_t bid, int64_t ask, int64_t last)
{
    const struct mt_top *top = &w->ledger.tops[EURUSD];
    assert_int_equal(top->bid, bid);
    assert_int_equal(top->ask, ask);
    assert_int_equal(top->last, last);
}

static void quotes_trades_and_bars_make_the_top(void **state)
{
    (void)state;
    const struct mt_top *top = &w->ledger.tops[EURUSD];
    struct mt_event event = {.kind = MT_EV_QUOTE, .time_ns = 10, .venue_ns = 9,
                             .quote = {110000, 110010, 3, 4, MT_QUOTE_BOTH}};
    mt_ledger_market(&w->ledger, &event);
    top_is(110000, 110010, 0);
    assert_int_equal(top->bid_qty, 3);
    assert_int_equal(top->ask_qty, 4);
    assert_int_equal(top->quote_ns, 10);
    assert_int_equal(top->venue_ns, 9);
    event = (struct mt_event){.kind = MT_EV_TRADE, .time_ns = 12, .venue_ns = 11,
                              .trade = {.price = 110007, .qty = 1}};
    mt_ledger_market(&w->ledger, &event);
    top_is(110000, 110010, 110007);
    assert_int_equal(top->quote_ns, 10);
    assert_int_equal(top->trade_ns, 12);
    assert_int_equal(top->venue_ns, 11);
    event = (struct mt_event){.kind = MT_EV_BAR, .time_ns = 60, .venue_ns = 60,
                              .bar = {.close = 120000, .tf_s = 60}};
    mt_ledger_market(&w->ledger, &event);
    top_is(120000, 120000, 120000);
    assert_int_equal(top->bar_ns, 60 * SECOND);
    assert_int_equal(top->quote_ns, 60);
    assert_int_equal(top->trade_ns, 60);
    assert_int_equal(top->bid_qty + top->ask_qty, 0);
    assert_int_equal(top->updates, 3);
    static const uint8_t others[] = { MT_EV_NONE, MT_EV_REPORT, MT_EV_CLOCK };
    for (size_t i = 0; i < sizeof others; i++) {
        event = (struct mt_event){.kind = others[i], .time_ns = 99};
        mt_ledger_market(&w->ledger, &event);
    }
    assert_int_equal(top->updates, 3);
    world_quote(w, EURUSD, 5, 6);
    assert_int_equal(top->bar_ns, 0);
}

static void a_top_without_both_sides_is_not_tradable(void **state)
{
    (void)state;
    static const struct { int64_t bid, ask; uint8_t sides; int code; } cells[] = {
        { 0, 0, 0, MT_CODE_DATA_MISSING }, { 5, 6, 0, MT_CODE_DATA_MISSING },
        { 5, 0, MT_QUOTE_BID, MT_CODE_DATA_CROSSED }, { 0, 5, MT_QUOTE_ASK, MT_CODE_DATA_CROSSED },
        { -5, 0, MT_QUOTE_BID, MT_CODE_DATA_CROSSED }, { 5, 4, MT_QUOTE_BOTH, MT_CODE_DATA_CROSSED },
        { 5, 5, MT_QUOTE_BOTH, MT_CODE_OK }, { 5, 6, MT_QUOTE_BOTH, MT_CODE_OK },
        { 0, 0, MT_QUOTE_BOTH, MT_CODE_OK }, { -2, 0, MT_QUOTE_BOTH, MT_CODE_OK }, { 0, 1, MT_QUOTE_BOTH, MT_CODE_OK },
        { -3, -2, MT_QUOTE_BOTH, MT_CODE_OK }, { 0, -1, MT_QUOTE_BOTH, MT_CODE_DATA_CROSSED },
        { -2, -3, MT_QUOTE_BOTH, MT_CODE_DATA_CROSSED },
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        struct mt_top top = {.bid = cells[i].bid, .ask = cells[i].ask, .sides = cells[i].sides};
        assert_int_equal(mt_top_code(&top), cells[i].code);
    }
}

/* ---- fills and marks ---- */

static void a_fill_moves_position_cash_and_equity(void **state)
{
    (void)state;
    world_quotes(w);
    struct mt_booking booking;
    struct mt_position_change change;
    /* 0.5 lot at 1.10010: marked at the bid, 10 points * 50 000 = 5.00 below. */
    assert_int_equal(mt_ledger_price_fill(&w->ledger, SIM, EURUSD, 1, 110010, 50, MONEY(2), w->now,
                                          &booking), 0);
    assert_true(booking.realised == 0);
    assert_true(booking.fee == MONEY(2));
    assert_int_equal(booking.change.opened_qty, 50);
    assert_int_equal(slot(SIM, EURUSD)->position.qty, 0);       /* pure */
    assert_int_equal(
        mt_ledger_book_fill(&w->ledger, SIM, EURUSD, 1, 110010, 50, MONEY(2), 0, w->now, &change),
        0);
    assert_int_equal(change.opened_qty, 50);
    assert_true(account(SIM)->cash == MONEY(99998));
    assert_true(account(SIM)->unrealised == -MONEY(5));
    assert_true(account(SIM)->margin == MONEY(5500));           /* 55 000 / 10 */
    assert_int_equal(account(SIM)->open_positions, 1);
    assert_true(mt_ledger_equity(&w->ledger, SIM) == MONEY(99993));
    assert_true(mt_ledger_free(&w->ledger, SIM) == MONEY(94493));
    world_quote(w, EURUSD, 110110, 110120);
    assert_true(account(SIM)->unrealised == MONEY(50));
    /* Reverse: sell 0.8 at the bid, 100 points won on 0.5. */
    assert_int_equal(mt_ledger_price_fill(&w->ledger, SIM, EURUSD, -1, 110110, 80, 0, w->now,
                                          &booking), 0);
    assert_true(booking.realised == MONEY(50));
    assert_int_equal(mt_ledger_book_fill(&w->ledger, SIM, EURUSD, -1, 110110, 80, 0,
                                         booking.realised, w->now, &change), 0);
    assert_true(change.ended);
    assert_int_equal(slot(SIM, EURUSD)->position.qty, -30);
    assert_true(account(SIM)->cash == MONEY(100048));
    assert_true(account(SIM)->unrealised == -MONEY(3));         /* short: marked at the ask */
    world_fill(w, SIM, EURUSD, 1, 30, 110120);
    assert_true(account(SIM)->cash == MONEY(100045));
    assert_true(account(SIM)->unrealised == 0);
    assert_true(account(SIM)->margin == 0);
    assert_int_equal(account(SIM)->open_positions, 0);
    assert_int_equal(w->ledger.holder_count[EURUSD], 0);
    assert_null(mt_ledger_self_check(&w->ledger, NULL, 0));
}

static void a_mark_needs_the_exit_side(void **state)
{
    (void)state;
    world_quotes(w);
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    world_quote(w, EURUSD, 0, 90000);
    assert_true(account(SIM)->unrealised == 0);
    assert_false(account(SIM)->rate_missing);
    world_quote(w, EURUSD, 100000, 0);
    assert_true(account(SIM)->unrealised == -MONEY(10000));
    world_fill(w, SIM, EURUSD, -1, 200, 100000);
    world_quote(w, EURUSD, 50000, 0);
    assert_true(account(SIM)->unrealised == 0);
}

static void without_a_quote_a_fill_marks_itself(void **state)
{
    (void)state;
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    assert_true(account(SIM)->unrealised == 0);
    assert_true(account(SIM)->margin == MONEY(11000));
    world_fill(w, SIM, EURUSD, 1, 100, 100000);
    assert_true(account(SIM)->unrealised == -MONEY(10000));
}

static void every_holder_is_marked_and_nobody_else(void **state)
{
    (void)state;
    world_quotes(w);
    world_fill(w, EURO, EURUSD, 1, 100, 110000);
    world_fill(w, SIM, EURUSD, -1, 100, 110010);
    world_fill(w, DESK, GBPUSD, 1, 100, 125000);
    assert_int_equal(w->ledger.holder_count[EURUSD], 2);
    world_quote(w, EURUSD, 109000, 109010);
    assert_true(account(SIM)->unrealised == MONEY(1000));
    assert_true(account(DESK)->unrealised == 0);
    /* -1 000 USD in EUR at the bid, rounded down: -917.43119267 */
    assert_true(account(EURO)->unrealised == -INT64_C(91743119267));
    world_fill(w, EURO, EURUSD, -1, 100, 109000);
    assert_int_equal(w->ledger.holder_count[EURUSD], 1);
    assert_int_equal(w->ledger.holders[EURUSD * ACCOUNTS], SIM);
    assert_null(mt_ledger_self_check(&w->ledger, NULL, 0));
}

/* 3 of the desk's leverage: 1.1e13 / 3 is no whole number. */
static void margin_and_losses_are_rounded_against_us(void **state)
{
    (void)state;
    world_quotes(w);
    world_fill(w, DESK, EURUSD, 1, 100, 110000);
    assert_true(account(DESK)->margin == (MONEY(110000) + 2) / 3);
    w->instruments[GBPUSD].qty_min = 1;
    world_fill(w, DESK, GBPUSD, 1, 1, 125000);
    assert_true(account(DESK)->margin == (MONEY(110000) + 2) / 3 + (MONEY(1250) + 2) / 3);
}

/* Instruments whose factor divides: contract 1, scales 5 + 8. A profit of 1 unit is 10^-13. */
static void small_units_round_down_for_profits_and_up_for_margin(void **state)
{
    (void)state;
    mt_ledger_fini(&w->ledger);
    struct mt_instrument fine = world_instrument("FINE", "FIN", "USD", 5, 8, 7);
    struct mt_account_setup setup = { "sim", "USD", 0, 1, 0 };
    assert_int_equal(mt_ledger_init(&w->ledger, &fine, 1, &setup, 1, NULL), 0);
    world_fill(w, 0, 0, 1, 1, 100000);
    assert_true(account(0)->unrealised == 0);
    assert_true(account(0)->margin == 7);
    world_quote(w, 0, 100001, 100002);
    assert_true(account(0)->unrealised == 0);       /* 0.00007 down */
    assert_true(account(0)->margin == 8);           /* 7.00007 up */
    world_quote(w, 0, 99999, 100000);
    assert_true(account(0)->unrealised == -1);
    assert_true(account(0)->margin == 7);           /* 6.99993 up */
    world_fill(w, 0, 0, -1, 1, 99999);
    assert_true(account(0)->realised == -1);
    world_fill(w, 0, 0, 1, 1, 99999);
    world_fill(w, 0, 0, -1, 1, 100000);
    assert_true(account(0)->realised == -1);
    world_fill(w, 0, 0, 1, 1, 1);
    world_fill(w, 0, 0, -1, 1, 199999);
    assert_true(account(0)->realised == 12);        /* 13.99986 down */
    assert_null(mt_ledger_self_check(&w->ledger, NULL, 0));
}

/* The short way of money against the long one, over many instruments and amounts. */
static void money_is_the_same_on_the_short_and_the_long_way(void **state)
{
    (void)state;
    uint64_t seed = 77, n = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    mt_ledger_fini(&w->ledger);
    struct mt_account_setup setup = { "sim", "USD", 0, 1, 0 };
    for (int i = 0; i < 3000; i++) {
        struct mt_instrument any = world_instrument("ANY", "", "USD", 0, 0, 1);
        any.price_scale = (int32_t)(mt_random_at(seed, n++) % 19);
        any.qty_scale = (int32_t)(mt_random_at(seed, n++) % 19);
        any.contract_scale = (int32_t)(mt_random_at(seed, n++) % 19);
        uint64_t zeros = mt_random_at(seed, n++) % 19;
        any.contract_size = (int64_t)(mt_random_at(seed, n++) % 9 + 1) * mt_pow10((int)zeros % 19);
        if (any.contract_size <= 0)
            any.contract_size = INT64_MAX;
        assert_int_equal(mt_ledger_init(&w->ledger, &any, 1, &setup, 1, NULL), 0);
        for (int j = 0; j < 8; j++) {
            uint64_t shift = mt_random_at(seed, n++) % 126;
            uint64_t high = mt_random_at(seed, n++), low = mt_random_at(seed, n++);
            mt_i128 amount = (mt_i128)((unsigned __int128)high << 64 | low) >> shift;
            enum mt_round round = j % 2 ? MT_ROUND_UP : MT_ROUND_DOWN;
            mt_money here = 0, there = 0;
            int err = mt_instrument_money(&any, amount, round, &there);
            assert_int_equal(mt_ledger_quote_money(&w->ledger, 0, amount, round, &here), err);
            assert_true(here == there);
        }
        mt_ledger_fini(&w->ledger);
    }
    world_start_ledger(w);
}

/* Prices and quantities of any size: the short value must equal position and instrument arithmetic.
 */
static void a_mark_is_the_same_on_the_short_and_the_long_way(void **state)
{
    (void)state;
    uint64_t seed = 4711, n = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    mt_ledger_fini(&w->ledger);
    for (int i = 0; i < 3000; i++) {
        struct mt_instrument any = world_instrument("ANY", "", "USD", 0, 0, 1);
        any.price_scale = (int32_t)(mt_random_at(seed, n++) % 12);
        any.qty_scale = (int32_t)(mt_random_at(seed, n++) % 12);
        any.contract_size = (int64_t)(mt_random_at(seed, n++) % 100000 + 1);
        struct mt_account_setup setup = { "sim", "USD", 0,
                                          (int32_t)(mt_random_at(seed, n++) % 5 + 1), 0 };
        assert_int_equal(mt_ledger_init(&w->ledger, &any, 1, &setup, 1, NULL), 0);
        uint64_t shift = mt_random_at(seed, n++) % 50 + 12;
        int64_t price = (int64_t)(mt_random_at(seed, n++) >> shift) + 1;
        int64_t qty = (int64_t)(mt_random_at(seed, n++) >> shift) + 1;
        int side = mt_random_at(seed, n++) % 2 ? 1 : -1;
        struct mt_position_change change;
        assert_int_equal(mt_ledger_book_fill(&w->ledger, 0, 0, side, price, qty, 0, 0, 1, &change),
                         0);
        int64_t now = (int64_t)(mt_random_at(seed, n++) >> shift) + 1;
        mt_money profit, notional, before = account(0)->unrealised;
        bool fits = mt_position_unrealised(&slot(0, 0)->position, &any, now, &profit) == 0 &&
                    mt_instrument_notional(&any, qty, now, MT_ROUND_UP, &notional) == 0;
        world_quote(w, 0, now, now);
        assert_int_equal(account(0)->rate_missing, !fits);
        assert_true(account(0)->unrealised == (fits ? profit : before));
        if (fits)
            assert_true(account(0)->margin == (notional + setup.leverage - 1) / setup.leverage);
        assert_null(mt_ledger_self_check(&w->ledger, NULL, 0));
        mt_ledger_fini(&w->ledger);
    }
    world_start_ledger(w);
}

/* ---- rates ---- */

static void a_profit_without_a_rate_waits_in_its_own_currency(void **state)
{
    (void)state;
    world_quote(w, USDJPY, 150000, 150010);
    struct mt_booking booking;
    struct mt_position_change change;
    world_fill(w, EURO, USDJPY, 1, 100, 150000);
    assert_true(account(EURO)->rate_missing);           /* no EUR rate at all */
    assert_true(account(EURO)->unrealised == 0);
    assert_int_equal(mt_ledger_price_fill(&w->ledger, EURO, USDJPY, -1, 151000, 100, MONEY(1),
                                          w->now, &booking), MT_ENOTFOUND);
    assert_true(booking.realised == 0);
    assert_int_equal(booking.change.closed_qty, 100);
    assert_int_equal(mt_ledger_book_fill(&w->ledger, EURO, USDJPY, -1, 151000, 100, MONEY(1), 0,
                                         w->now, &change), 0);
    assert_int_equal(slot(EURO, USDJPY)->position.qty, 0);
    assert_true(slot(EURO, USDJPY)->unconverted == MONEY(100000));      /* JPY */
    assert_true(account(EURO)->cash == MONEY(49999));
    assert_true(account(EURO)->rate_missing);
    assert_int_equal(account(EURO)->open_positions, 0);
    assert_null(mt_ledger_self_check(&w->ledger, NULL, 0));
    /* With a rate it is worth 100 000 / 150.01 / 1.10010 at the worse sides. */
    world_quote(w, EURUSD, 110000, 110010);
    mt_ledger_mark(&w->ledger, USDJPY);
    assert_false(account(EURO)->rate_missing);
    mt_money usd = MONEY(100000) * 1000 / 150010, eur = usd * 100000 / 110010;
    assert_true(account(EURO)->unrealised == eur);
    assert_true(account(EURO)->margin == 0);
    assert_null(mt_ledger_self_check(&w->ledger, NULL, 0));
}

/* Quote money of 0.3 units of 10^-8, in an account of another currency. */
static void parts_of_a_unit_round_against_us_on_the_long_way_too(void **state)
{
    (void)state;
    mt_ledger_fini(&w->ledger);
    struct mt_instrument fine = world_instrument("FINE", "FIN", "USD", 5, 8, 1);
    struct mt_account_setup setup = { "euro", "EUR", 0, 1, 0 };
    assert_int_equal(mt_ledger_init(&w->ledger, &fine, 1, &setup, 1, NULL), 0);
    world_fill(w, 0, 0, 1, 1, 130000);
    assert_int_equal(mt_rates_add_fixed(&w->ledger.rates, "EUR", "USD", 1, 0), 0);
    world_quote(w, 0, 160000, 160001);
    assert_true(account(0)->unrealised == 0);       /* 0.3 */
    assert_true(account(0)->margin == 2);           /* 1.6 */
    world_quote(w, 0, 110000, 110001);
    assert_true(account(0)->unrealised == -1);      /* -0.2 */
    assert_true(account(0)->margin == 2);           /* 1.1 */
    /* Kept for later without a rate: 0.3 is nothing, -0.2 is one. */
    struct mt_position_change change;
    assert_int_equal(mt_ledger_book_fill(&w->ledger, 0, 0, -1, 160000, 1, 0, 0, 1, &change), 0);
    assert_true(slot(0, 0)->unconverted == 0);
    world_fill(w, 0, 0, 1, 1, 130000);
    assert_int_equal(mt_ledger_book_fill(&w->ledger, 0, 0, -1, 110000, 1, 0, 0, 1, &change), 0);
    assert_true(slot(0, 0)->unconverted == -1);
}

static void the_flag_counts_its_slots(void **state)
{
    (void)state;
    world_quote(w, USDJPY, 150000, 150010);
    world_quote(w, BTCUSDT, 3000000, 3000100);
    world_fill(w, SIM, BTCUSDT, 1, 100000, 3000000);        /* USDT has no rate to USD */
    world_fill(w, SIM, USDJPY, 1, 1, 150000);
    assert_true(account(SIM)->rate_missing);
    assert_int_equal(account(SIM)->unpriced, 1);
    world_fill(w, SIM, BTCUSDT, -1, 100000, 3000000);
    assert_false(account(SIM)->rate_missing);
    assert_int_equal(account(SIM)->unpriced, 0);
    assert_null(mt_ledger_self_check(&w->ledger, NULL, 0));
}

static void a_profit_that_rounds_to_nothing_is_not_kept(void **state)
{
    (void)state;
    world_quotes(w);
    world_fill(w, SIM, EURUSD, 1, 1, 110000);
    world_fill(w, SIM, EURUSD, -1, 1, 110000);
    assert_true(slot(SIM, EURUSD)->unconverted == 0);
    world_fill(w, SIM, EURUSD, 1, 1, 110000);
    struct mt_position_change change;
    /* Same currency: a realised profit of 0 is a booking, not a missing rate. */
    assert_int_equal(
        mt_ledger_book_fill(&w->ledger, SIM, EURUSD, -1, 110001, 1, 0, 0, w->now, &change), 0);
    assert_true(slot(SIM, EURUSD)->unconverted == 0);
}

/* ---- numbers that do not fit ---- */

static void a_fill_that_does_not_fit_changes_nothing(void **state)
{
    (void)state;
    world_quotes(w);
    struct mt_booking booking;
    struct mt_position_change change;
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    struct mt_account before = *account(SIM);
    struct mt_slot slot_before = *slot(SIM, EURUSD);
    mt_money most = (mt_money)(~(unsigned __int128)0 >> 1);
    static const struct { int64_t price, qty; } bad[] = { { 0, 1 }, { 1, 0 }, { 1, INT64_MAX } };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(mt_ledger_price_fill(&w->ledger, SIM, EURUSD, 1, bad[i].price, bad[i].qty,
                                              0, 1, &booking),
                         MT_ERANGE);
        assert_int_equal(mt_ledger_book_fill(&w->ledger, SIM, EURUSD, 1, bad[i].price, bad[i].qty,
                                             0, 0, 1, &change),
                         MT_ERANGE);
    }
    struct { mt_money realised, fee; } sums[] = {
        { most, 0 }, { most, -1 }, { -most, 100 }, { 0, -most }, { 0, most },
    };
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(mt_ledger_book_fill(&w->ledger, SIM, EURUSD, -1, 110000, 1, sums[i].fee,
                                             sums[i].realised, 1, &change), MT_ERANGE);
    assert_memory_equal(&before, account(SIM), sizeof before);
    assert_memory_equal(&slot_before, slot(SIM, EURUSD), sizeof slot_before);
    assert_null(mt_ledger_self_check(&w->ledger, NULL, 0));
}

/* Each of the five sums is the one that does not fit. */
static void every_sum_is_checked(void **state)
{
    (void)state;
    world_quotes(w);
    mt_money most = (mt_money)(~(unsigned __int128)0 >> 1);
    struct mt_position_change change;
    mt_money *const sums[] = { &account(SIM)->cash, &account(SIM)->realised, &account(SIM)->fees,
                               &slot(SIM, EURUSD)->realised, &slot(SIM, EURUSD)->fees };
    for (size_t i = 0; i < 5; i++) {
        mt_money kept = *sums[i];
        account(SIM)->cash = 0;
        *sums[i] = most;
        assert_int_equal(
            mt_ledger_book_fill(&w->ledger, SIM, EURUSD, 1, 110000, 1, 1, 3, 1, &change),
            MT_ERANGE);
        *sums[i] = kept;
    }
    assert_int_equal(slot(SIM, EURUSD)->position.qty, 0);
}

static void a_profit_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    mt_ledger_fini(&w->ledger);
    struct mt_instrument huge = world_instrument("HUGE", "HUG", "USD", 0, 0, INT64_MAX);
    struct mt_instrument both[] = { huge, world_instrument("EURUSD", "EUR", "USD", 0, 0, 1) };
    struct mt_account_setup setups[] = { { "sim", "USD", 0, 1, 0 }, { "euro", "EUR", 0, 1, 0 } };
    struct mt_booking booking;
    struct mt_position_change change;
    assert_int_equal(mt_ledger_init(&w->ledger, both, 2, setups, 2, NULL), 0);
    int64_t large = INT64_C(1) << 60;
    for (uint16_t a = 0; a < 2; a++) {
        assert_int_equal(mt_ledger_book_fill(&w->ledger, a, 0, 1, 1, large, 0, 0, 1, &change), 0);
        assert_int_equal(mt_ledger_price_fill(&w->ledger, a, 0, -1, large, large, 0, 1, &booking),
                         MT_ERANGE);
    }
    /* Nor can it be kept for later. */
    assert_int_equal(mt_ledger_book_fill(&w->ledger, 1, 0, -1, large, large, 0, 0, 1, &change),
                     MT_ERANGE);
    assert_int_equal(slot(1, 0)->position.qty, large);
    slot(1, 0)->unconverted = (mt_money)(~(unsigned __int128)0 >> 1);
    assert_int_equal(mt_ledger_book_fill(&w->ledger, 1, 0, -1, 2, 1, 0, 0, 1, &change), MT_ERANGE);
    /* A conversion that overflows: 1 EUR = 2^-62 USD. */
    slot(1, 0)->unconverted = 0;
    assert_int_equal(mt_rates_add_fixed(&w->ledger.rates, "USD", "EUR", INT64_MAX, 0), 0);
    assert_int_equal(mt_ledger_price_fill(&w->ledger, 1, 0, -1, 1 << 30, 1 << 30, 0, 1, &booking),
                     MT_ERANGE);
}

static void a_mark_that_does_not_fit_flags_the_account(void **state)
{
    (void)state;
    mt_ledger_fini(&w->ledger);
    struct mt_instrument many[2] = { world_instrument("A", "", "USD", 0, 0, INT64_C(1) << 57),
                                     world_instrument("B", "", "USD", 0, 0, INT64_C(1) << 57) };
    struct mt_account_setup setup = { "sim", "USD", 0, 1, 0 };
    assert_int_equal(mt_ledger_init(&w->ledger, many, 2, &setup, 1, NULL), 0);
    struct mt_position_change change;
    /* One unit of quantity * price is 2^57 * 10^8 > 2^83, so 2^43 of them are near 2^127. */
    for (uint16_t s = 0; s < 2; s++) {
        assert_int_equal(
            mt_ledger_book_fill(&w->ledger, 0, s, 1, 1, INT64_C(1) << 20, 0, 0, 1, &change), 0);
        world_quote(w, s, 1, 1);
    }
    assert_false(account(0)->rate_missing);
    int64_t half = INT64_C(6) << 20;
    world_quote(w, 0, half, half);
    assert_false(account(0)->rate_missing);
    mt_money before = account(0)->unrealised;
    world_quote(w, 1, half, half);                  /* each fits, the sum does not */
    assert_true(account(0)->rate_missing);
    assert_true(account(0)->unrealised == before);
    world_quote(w, 1, half << 4, half << 4);        /* not even alone */
    assert_true(account(0)->rate_missing);
    world_quote(w, 1, 1, 1);
    assert_false(account(0)->rate_missing);
    /* From the lowest to the highest in one step. */
    assert_int_equal(
        mt_ledger_book_fill(&w->ledger, 0, 1, -1, 1, INT64_C(1) << 20, 0, 0, 1, &change), 0);
    assert_null(mt_ledger_self_check(&w->ledger, NULL, 0));
    account(0)->unrealised = slot(0, 0)->unrealised = -(mt_money)(~(unsigned __int128)0 >> 1);
    mt_ledger_mark(&w->ledger, 0);
    assert_true(account(0)->rate_missing);
    slot(0, 0)->position.cost = -(mt_money)(~(unsigned __int128)0 >> 1);
    mt_ledger_mark(&w->ledger, 0);
    assert_true(account(0)->rate_missing);
}

/* Dear when it was opened, cheap now: the cost alone is too large for the short way. */
static void a_cost_too_large_for_the_short_way_takes_the_long_one(void **state)
{
    (void)state;
    mt_ledger_fini(&w->ledger);
    struct mt_instrument dear = world_instrument("DEAR", "", "USD", 4, 4, INT64_C(1) << 60);
    struct mt_account_setup setup = { "sim", "USD", 0, 1, 0 };
    for (int side = -1; side <= 1; side += 2) {
        struct mt_position_change change;
        assert_int_equal(mt_ledger_init(&w->ledger, &dear, 1, &setup, 1, NULL), 0);
        assert_int_equal(mt_ledger_book_fill(&w->ledger, 0, 0, side, INT64_C(1) << 46,
                                             INT64_C(1) << 20, 0, 0, 1, &change), 0);
        world_quote(w, 0, 1, 1);
        assert_false(account(0)->rate_missing);
        mt_money opened = (mt_money)1 << 126, now = (mt_money)1 << 80;
        assert_true(account(0)->unrealised == side * (now - opened));
        assert_true(account(0)->margin == now);
        if (side < 0)
            mt_ledger_fini(&w->ledger);
    }
}

/* The sum of margins can be too large although that of profits fits. */
static void a_margin_sum_that_does_not_fit_flags_the_account(void **state)
{
    (void)state;
    world_quotes(w);
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    account(SIM)->margin = (mt_money)(~(unsigned __int128)0 >> 1);
    mt_ledger_mark(&w->ledger, EURUSD);
    assert_false(account(SIM)->rate_missing);
    slot(SIM, EURUSD)->margin = 0;
    slot(SIM, EURUSD)->marked = mt_price_none();              /* what did not move is not marked again */
    mt_ledger_mark(&w->ledger, EURUSD);
    assert_true(account(SIM)->rate_missing);
}

static void unconverted_money_can_be_too_much(void **state)
{
    (void)state;
    world_quotes(w);
    mt_money most = (mt_money)(~(unsigned __int128)0 >> 1);
    world_fill(w, EURO, USDJPY, 1, 1, 149000);
    slot(EURO, USDJPY)->unconverted = most;
    mt_ledger_mark(&w->ledger, USDJPY);
    assert_true(account(EURO)->rate_missing);
    slot(EURO, USDJPY)->unconverted = 0;
    mt_ledger_mark(&w->ledger, USDJPY);
    assert_false(account(EURO)->rate_missing);
}

static void cash_adjustments_move_equity_but_are_no_profit(void **state)
{
    (void)state;
    mt_ledger_adjust_cash(&w->ledger, SIM, MONEY(500));
    mt_ledger_adjust_cash(&w->ledger, SIM, -MONEY(100));
    assert_true(account(SIM)->cash == MONEY(100400));
    assert_true(account(SIM)->adjusted == MONEY(400));
    assert_true(account(SIM)->realised == 0);
    assert_null(mt_ledger_self_check(&w->ledger, NULL, 0));
    mt_money most = (mt_money)(~(unsigned __int128)0 >> 1);
    assert_dies((mt_ledger_adjust_cash(&w->ledger, SIM, most), 0));
    account(SIM)->cash = 0;
    account(SIM)->adjusted = 1;
    assert_dies((mt_ledger_adjust_cash(&w->ledger, SIM, most), 0));
    account(SIM)->cash = most;
    account(SIM)->unrealised = 1;
    assert_dies(mt_ledger_equity(&w->ledger, SIM) > 0);
    account(SIM)->cash = -most;
    account(SIM)->unrealised = 0;
    account(SIM)->margin = 2;
    assert_dies(mt_ledger_free(&w->ledger, SIM) > 0);
}

/* ---- reservations ---- */

static void an_open_order_reserves_until_it_ends(void **state)
{
    (void)state;
    for (int s = 0; s < MT_ORDER_STATES; s++) {
        struct mt_order order = {.terms.account = DESK, .terms.symbol = GBPUSD, .terms.side = 1, .terms.qty = 7,
                                 .state = (uint8_t)s};
        bool open = s >= MT_ORDER_READY && s <= MT_ORDER_PARTIAL;
        mt_ledger_reserve(&w->ledger, NULL, &order);
        assert_int_equal(slot(DESK, GBPUSD)->buys, open ? 7 : 0);
        assert_int_equal(slot(DESK, GBPUSD)->open, open);
        assert_int_equal(slot(DESK, GBPUSD)->unknown, s == MT_ORDER_UNKNOWN);
        assert_int_equal(w->ledger.active_count[DESK], open);
        mt_ledger_reserve(&w->ledger, &order, NULL);
        assert_int_equal(slot(DESK, GBPUSD)->buys, 0);
        assert_int_equal(slot(DESK, GBPUSD)->open, 0);
        assert_int_equal(slot(DESK, GBPUSD)->unknown, 0);
        assert_int_equal(w->ledger.active_count[DESK], 0);
    }
}

static void each_kind_of_order_has_its_own_sum(void **state)
{
    (void)state;
    struct mt_order orders[4];
    const struct mt_order *list[4];
    for (int i = 0; i < 4; i++) {
        orders[i] = world_order(w, SIM, EURUSD, i & 1 ? 1 : -1, 1 << i, i >= 2, MT_ORDER_WORKING);
        list[i] = &orders[i];
    }
    assert_int_equal(slot(SIM, EURUSD)->sells, 1);
    assert_int_equal(slot(SIM, EURUSD)->buys, 2);
    assert_int_equal(slot(SIM, EURUSD)->reduce_sells, 4);
    assert_int_equal(slot(SIM, EURUSD)->reduce_buys, 8);
    assert_int_equal(slot(SIM, EURUSD)->open, 4);
    assert_null(mt_ledger_self_check(&w->ledger, list, 4));
    assert_non_null(mt_ledger_self_check(&w->ledger, list, 3));
    /* A pending replace reserves the larger of both. */
    struct mt_order before = orders[1];
    orders[1].op = MT_OP_REPLACE_SENT;
    orders[1].wished.qty = 10;
    mt_ledger_reserve(&w->ledger, &before, &orders[1]);
    assert_int_equal(slot(SIM, EURUSD)->buys, 10);
    before = orders[1];
    orders[1].cum = 1;
    orders[1].state = MT_ORDER_PARTIAL;
    mt_ledger_reserve(&w->ledger, &before, &orders[1]);
    assert_int_equal(slot(SIM, EURUSD)->buys, 9);
    assert_null(mt_ledger_self_check(&w->ledger, list, 4));
}

static void a_reservation_that_cannot_be_is_an_assertion(void **state)
{
    (void)state;
    struct mt_order order = {.terms.side = 1, .terms.qty = INT64_MAX, .state = MT_ORDER_SENT};
    assert_dies((mt_ledger_reserve(&w->ledger, &order, NULL), 0));
    slot(0, 0)->buys = 1;
    assert_dies((mt_ledger_reserve(&w->ledger, NULL, &order), 0));
    assert_dies((mt_ledger_reserve(&w->ledger, NULL, NULL), 0));
}

/* ---- self-check: every lie is found ---- */

#define assert_found(lvalue, lie)                                                             \
    do {                                                                                      \
        __typeof__(lvalue) truth = (lvalue);                                                  \
        (lvalue) = (__typeof__(lvalue))(lie);                                                 \
        if (mt_ledger_self_check(&w->ledger, list, 1) == NULL)                                \
            fail_msg("%s:%d: not found: %s", __FILE__, __LINE__, #lvalue);                    \
        (lvalue) = truth;                                                                     \
        assert_null(mt_ledger_self_check(&w->ledger, list, 1));                               \
    } while (0)

static void the_self_check_finds_every_wrong_number(void **state)
{
    (void)state;
    world_quotes(w);
    world_fill(w, SIM, EURUSD, 1, 100, 110000);
    struct mt_order order = world_order(w, SIM, GBPUSD, 1, 5, false, MT_ORDER_WORKING);
    const struct mt_order *const list[] = { &order };
    assert_null(mt_ledger_self_check(&w->ledger, list, 1));
    struct mt_slot *held = slot(SIM, EURUSD), *flat = slot(DESK, USDJPY);
    assert_found(held->buys, 1);
    assert_found(held->sells, 1);
    assert_found(held->reduce_buys, 1);
    assert_found(held->reduce_sells, 1);
    assert_found(flat->open, 1);
    assert_found(flat->unknown, 1);
    assert_found(flat->unrealised, 1);
    assert_found(flat->margin, 1);
    assert_found(flat->unpriced, true);
    assert_found(flat->position.qty, 1);
    assert_found(held->position.qty, 0);
    assert_found(held->realised, 1);
    assert_found(held->fees, 1);
    assert_found(held->unrealised, 1);
    assert_found(held->margin, 1);
    assert_found(held->unpriced, true);
    assert_found(account(SIM)->cash, 1);
    assert_found(account(SIM)->realised, 1);
    assert_found(account(SIM)->fees, 1);
    assert_found(account(SIM)->adjusted, 1);
    assert_found(account(SIM)->unrealised, 1);
    assert_found(account(SIM)->margin, 1);
    assert_found(account(SIM)->open_positions, 0);
    assert_found(account(SIM)->unpriced, 1);
    assert_found(account(SIM)->rate_missing, true);
    assert_found(w->ledger.active_count[SIM], 1);
    assert_found(w->ledger.active_count[SIM], 3);
    assert_found(w->ledger.active[0], BTCUSDT);
    assert_found(w->ledger.holder_count[EURUSD], 0);
    assert_found(w->ledger.holder_count[EURUSD], 2);
    assert_found(w->ledger.holders[0], EURO);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        T(a_setup_that_cannot_be_is_refused_with_a_sentence),
        T(without_memory_nothing_is_kept),
        T(a_new_ledger_is_flat),
        T(quotes_trades_and_bars_make_the_top),
        T(a_top_without_both_sides_is_not_tradable),
        T(a_fill_moves_position_cash_and_equity),
        T(a_mark_needs_the_exit_side),
        T(without_a_quote_a_fill_marks_itself),
        T(every_holder_is_marked_and_nobody_else),
        T(margin_and_losses_are_rounded_against_us),
        T(small_units_round_down_for_profits_and_up_for_margin),
        T(money_is_the_same_on_the_short_and_the_long_way),
        T(a_mark_is_the_same_on_the_short_and_the_long_way),
        T(a_profit_without_a_rate_waits_in_its_own_currency),
        T(parts_of_a_unit_round_against_us_on_the_long_way_too),
        T(the_flag_counts_its_slots),
        T(a_profit_that_rounds_to_nothing_is_not_kept),
        T(a_fill_that_does_not_fit_changes_nothing),
        T(every_sum_is_checked),
        T(a_profit_that_does_not_fit_is_refused),
        T(a_mark_that_does_not_fit_flags_the_account),
        T(a_cost_too_large_for_the_short_way_takes_the_long_one),
        T(a_margin_sum_that_does_not_fit_flags_the_account),
        T(unconverted_money_can_be_too_much),
        T(cash_adjustments_move_equity_but_are_no_profit),
        T(an_open_order_reserves_until_it_ends),
        T(each_kind_of_order_has_its_own_sum),
        T(a_reservation_that_cannot_be_is_an_assertion),
        T(the_self_check_finds_every_wrong_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
