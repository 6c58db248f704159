/* Fill rules on bars, one by one, and what makes the book. */
#include "bed.h"

#include "adapters/sim/match.h"

static struct bed bed;

static int setup(void **state)
{
    (void)state;
    bed_init(&bed);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bed_stop(&bed);
    return 0;
}

enum { MIN = 60 };

/* The k-th bar of AAA, [60 k, 60 k + 60]. */
static void bar(int64_t k, int64_t open, int64_t high, int64_t low, int64_t close)
{
    bed_bar_of(&bed, 0, k * MIN, k * MIN + MIN, open, high, low, close);
}

static void expect_at(const struct mt_event *report, int64_t venue_ns, int64_t time_ns)
{
    assert_int_equal(report->venue_ns, venue_ns);
    assert_int_equal(report->time_ns, time_ns);
}

static void order_from_a_bar_meets_the_next_open_however_late(void **state)
{
    (void)state;
    bar(0, 100, 110, 90, 105);
    bar(7, 107, 120, 95, 111);                  /* minutes later */
    bed_start(&bed);
    (void)bed_run(&bed, MIN);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 5000);
    (void)bed_run(&bed, MIN);
    expect_at(expect_report(&bed, 1, MT_ORDER_ACK), MIN, MIN);
    expect_silence(&bed);
    (void)bed_run(&bed, INT64_MAX);
    expect_at(expect_fill(&bed, 1, 107, 5000, true, false), 7 * MIN, 8 * MIN);
    /* reports come before the bar they belong to */
    assert_int_equal(bed.got[bed.got_count - 1].kind, MT_EV_BAR);
}

static void order_that_arrives_in_a_running_bar_waits_for_the_next(void **state)
{
    (void)state;
    bar(0, 100, 110, 90, 105);
    bar(1, 100, 110, 90, 105);
    bar(2, 102, 110, 90, 105);
    bed.options.entry_ns = 1;
    bed_start(&bed);
    (void)bed_run(&bed, MIN);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 5);
    (void)bed_run(&bed, INT64_MAX);
    expect_at(expect_report(&bed, 1, MT_ORDER_ACK), MIN + 1, MIN + 1);
    expect_at(expect_fill(&bed, 1, 102, 5, true, false), 2 * MIN, 3 * MIN);
}

static void another_symbols_close_does_not_reach_into_a_running_bar(void **state)
{
    (void)state;
    bar(0, 100, 110, 90, 105);
    bed_bar_of(&bed, 1, 0, 90, 50, 60, 40, 55);         /* closes inside bar 1 of AAA */
    bar(1, 100, 110, 90, 105);
    bar(2, 103, 110, 90, 105);
    bed_start(&bed);
    (void)bed_run(&bed, 90);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 5);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_at(expect_fill(&bed, 1, 103, 5, true, false), 2 * MIN, 3 * MIN);
}

static void at_the_open_everything_trades_at_the_open_in_order_of_acceptance(void **state)
{
    (void)state;
    bar(0, 100, 110, 90, 105);
    bar(1, 120, 125, 115, 120);
    bed_start(&bed);
    (void)bed_run(&bed, MIN);
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 121, 1);
    bed_send(&bed, 2, 1, MT_TYPE_STOP, 118, 1);         /* jumped over */
    bed_send(&bed, 3, 1, MT_TYPE_STOP, 120, 1);         /* exactly */
    bed_send(&bed, 4, -1, MT_TYPE_STOP, 119, 1);        /* not reached by the open */
    bed_send(&bed, 5, -1, MT_TYPE_MARKET, 0, 1);
    bed_send(&bed, 6, -1, MT_TYPE_LIMIT, 120, 1);
    bed_send(&bed, 7, 1, MT_TYPE_LIMIT, 119, 1);
    (void)bed_run(&bed, INT64_MAX);
    for (uint64_t coid = 1; coid <= 7; coid++)
        expect_report(&bed, coid, MT_ORDER_ACK);
    expect_fill(&bed, 1, 120, 1, true, false);
    expect_fill(&bed, 2, 120, 1, true, false);
    expect_fill(&bed, 3, 120, 1, true, false);
    expect_fill(&bed, 5, 120, 1, true, false);
    expect_at(expect_fill(&bed, 6, 120, 1, true, false), MIN, 2 * MIN);
    expect_at(expect_fill(&bed, 4, 119, 1, true, false), 2 * MIN, 2 * MIN);
    expect_fill(&bed, 7, 119, 1, true, true);
    expect_silence(&bed);
}

static void inside_stops_at_a_touch_and_limits_only_through(void **state)
{
    (void)state;
    bar(0, 100, 110, 90, 100);
    bar(1, 100, 120, 80, 100);
    bed_start(&bed);
    (void)bed_run(&bed, MIN);
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 80, 1);         /* touched: no */
    bed_send(&bed, 2, 1, MT_TYPE_LIMIT, 81, 1);
    bed_send(&bed, 3, -1, MT_TYPE_LIMIT, 120, 1);       /* touched: no */
    bed_send(&bed, 4, -1, MT_TYPE_LIMIT, 119, 1);
    bed_send(&bed, 5, -1, MT_TYPE_STOP, 80, 1);
    bed_send(&bed, 6, -1, MT_TYPE_STOP, 79, 1);         /* not reached */
    bed_send(&bed, 7, 1, MT_TYPE_STOP, 120, 1);
    bed_send(&bed, 8, 1, MT_TYPE_STOP, 121, 1);         /* not reached */
    (void)bed_run(&bed, INT64_MAX);
    for (uint64_t coid = 1; coid <= 8; coid++)
        expect_report(&bed, coid, MT_ORDER_ACK);
    expect_fill(&bed, 5, 80, 1, true, false);
    expect_fill(&bed, 7, 120, 1, true, false);
    expect_fill(&bed, 2, 81, 1, true, true);
    expect_fill(&bed, 4, 119, 1, true, true);
    expect_silence(&bed);
    assert_int_equal(mt_sim_open_orders(bed.sim), 4);
}

static void of_stop_and_take_in_one_bar_the_stop_wins(void **state)
{
    (void)state;
    bar(0, 100, 110, 90, 100);
    bar(1, 100, 105, 95, 100);
    bar(2, 100, 130, 70, 100);
    bed_start(&bed);
    (void)bed_run(&bed, MIN);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 4);
    (void)bed_run(&bed, 2 * MIN);
    struct mt_order_request take = bed_request(2, -1, MT_TYPE_LIMIT, 120, 4),
                            stop = bed_request(3, -1, MT_TYPE_STOP, 80, 4);
    mt_terms_set_flag(&take.terms, MT_TERMS_REDUCE_ONLY, true);
    mt_terms_set_flag(&stop.terms, MT_TERMS_REDUCE_ONLY, true);
    (void)bed_submit(&bed, take);
    (void)bed_submit(&bed, stop);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_fill(&bed, 1, 100, 4, true, false);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_report(&bed, 3, MT_ORDER_ACK);
    expect_fill(&bed, 3, 80, 4, true, false);
    expect_end(&bed, 2, MT_ORDER_CXL, MT_CODE_REDUCE_ONLY_VIOLATION);
    expect_silence(&bed);
    assert_int_equal(mt_sim_position_of(bed.sim, 0, 0)->qty, 0);
}

static void ioc_fok_post_only_in_bars(void **state)
{
    (void)state;
    bar(0, 100, 110, 90, 100);
    bar(1, 98, 110, 90, 100);
    bed_start(&bed);
    (void)bed_run(&bed, MIN);
    struct mt_order_request r = bed_request(1, 1, MT_TYPE_LIMIT, 97, 1);
    r.terms.tif = MT_TIF_IOC;
    (void)bed_submit(&bed, r);                  /* inside only: too late for it */
    r.coid = 2;
    r.terms.price = 98;
    r.terms.tif = MT_TIF_FOK;
    (void)bed_submit(&bed, r);
    r = bed_request(3, 1, MT_TYPE_LIMIT, 100, 1);
    mt_terms_set_flag(&r.terms, MT_TERMS_POST_ONLY, true);
    (void)bed_submit(&bed, r);                  /* would take at the last close */
    r.coid = 4;
    r.terms.price = 99;
    (void)bed_submit(&bed, r); /* jumped over: its own price, not the better open */
    r = bed_request(5, 1, MT_TYPE_STOP, 105, 1);
    r.terms.tif = MT_TIF_IOC;
    (void)bed_submit(&bed, r);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_end(&bed, 3, MT_ORDER_REJ, MT_CODE_POST_ONLY);
    expect_report(&bed, 4, MT_ORDER_ACK);
    expect_report(&bed, 5, MT_ORDER_ACK);
    expect_end(&bed, 1, MT_ORDER_CXL, MT_CODE_NO_LIQUIDITY);
    expect_fill(&bed, 2, 98, 1, true, false);
    expect_fill(&bed, 4, 99, 1, true, true);
    expect_fill(&bed, 5, 105, 1, true, false);
    expect_silence(&bed);
}

static void gtd_in_bars_meets_opens_before_its_time_only(void **state)
{
    (void)state;
    bar(0, 100, 110, 90, 100);
    bar(1, 100, 120, 80, 100);
    bar(2, 100, 120, 80, 100);
    bed_start(&bed);
    (void)bed_run(&bed, MIN);
    static const int64_t ends[] = {MIN, MIN + 30, 2 * MIN, MIN, 3 * MIN, 3 * MIN - 1};
    static const int64_t prices[] = {105, 85, 85, 0, 50, 50};
    for (uint64_t i = 0; i < 6; i++) {
        struct mt_order_request r =
            bed_request(i + 1, 1, prices[i] ? MT_TYPE_LIMIT : MT_TYPE_MARKET, prices[i], 1);
        r.terms.tif = MT_TIF_GTD;
        r.terms.expire_ns = ends[i];
        (void)bed_submit(&bed, r);
    }
    (void)bed_run(&bed, INT64_MAX);
    for (uint64_t coid = 1; coid <= 6; coid++)
        expect_report(&bed, coid, MT_ORDER_ACK);
    expect_report(&bed, 1, MT_ORDER_EXP);       /* over when the bar opens */
    expect_report(&bed, 4, MT_ORDER_EXP);       /* a market order with a time of its own as well */
    expect_fill(&bed, 3, 85, 1, true, true);
    expect_report(&bed, 2, MT_ORDER_EXP);       /* over inside the bar */
    assert_int_equal(expect_report(&bed, 5, MT_ORDER_EXP)->time_ns, 3 * MIN);
    expect_report(&bed, 6, MT_ORDER_EXP);
    expect_silence(&bed);
}

static void senseless_bars_are_not_traded_on(void **state)
{
    (void)state;
    bar(0, 100, 110, 90, 100);
    bar(1, 120, 110, 90, 100);
    bar(2, 80, 110, 90, 100);
    bar(3, 100, 110, 90, 120);
    bar(4, 100, 110, 90, 80);
    bar(5, 0, 110, 0, 80);
    bar(6, 101, 110, 90, 105);
    bed_start(&bed);
    (void)bed_run(&bed, MIN);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 1);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    assert_int_equal(expect_fill(&bed, 1, 101, 1, true, false)->time_ns, 7 * MIN);
}

static void ticks_end_the_rule_of_bars(void **state)
{
    (void)state;
    bar(0, 100, 110, 90, 100);
    bed_quote(&bed, 70, 99, 101);
    bar(1, 100, 200, 50, 100);
    bed_start(&bed);
    (void)bed_run(&bed, MIN);
    struct mt_order_request r = bed_request(2, 1, MT_TYPE_LIMIT, 60, 1);
    r.terms.tif = MT_TIF_GTD;
    r.terms.expire_ns = 80;
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 1);
    (void)bed_submit(&bed, r);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_fill(&bed, 1, 101, 1, true, false);
    assert_int_equal(expect_report(&bed, 2, MT_ORDER_EXP)->time_ns, 80);
    expect_silence(&bed);
}

static void book_is_shown_by_the_best_data_there_is(void **state)
{
    (void)state;
    struct mt_match_book book = {0};
    struct mt_event quote = {.kind = MT_EV_QUOTE, .quote = {10, 9, 0, 5, MT_QUOTE_BOTH}},
                    trade = {.kind = MT_EV_TRADE, .trade = {.price = 7}};
    struct mt_event one_bar = {.kind = MT_EV_BAR, .bar = {.close = 6}},
                    clock = {.kind = MT_EV_CLOCK};
    mt_match_show(&book, &one_bar);
    assert_true(book.barred && book.bid == 6 && book.ask == 6 && book.mark_bid == 6);
    mt_match_show(&book, &trade);
    assert_true(!book.barred && book.bid == 7 && book.ask == 7);
    mt_match_show(&book, &one_bar);
    assert_true(!book.barred && book.bid == 7);
    mt_match_show(&book, &quote);               /* crossed: shown, but nothing is worth that */
    assert_true(book.quoted && book.bid == 10 && book.ask == 9 && book.mark_bid == 7
                && book.mark_ask == 7);
    assert_int_equal(book.bid_left, MT_MATCH_UNLIMITED);
    assert_int_equal(book.ask_left, 5);
    assert_false(mt_match_tradable(&book));
    mt_match_show(&book, &trade);
    mt_match_show(&book, &clock);
    assert_true(book.bid == 10 && book.ask == 9);
    quote.quote = (struct mt_quote){8, 8, 1, 2, MT_QUOTE_BOTH};
    mt_match_show(&book, &quote);
    assert_true(mt_match_tradable(&book) && book.mark_ask == 8);
    quote.quote = (struct mt_quote){0, 8, 1, 2, MT_QUOTE_ASK};
    mt_match_show(&book, &quote);
    assert_false(mt_match_tradable(&book));
    quote.quote = (struct mt_quote){8, 0, 1, 2, MT_QUOTE_BID};
    mt_match_show(&book, &quote);
    assert_false(mt_match_tradable(&book));

    struct mt_match_book crossed_first = {0};
    quote.quote = (struct mt_quote){10, 9, 0, 0, MT_QUOTE_BOTH};
    mt_match_show(&crossed_first, &quote);
    mt_match_show(&crossed_first, &one_bar);    /* quotes rule even if the first made no market */
    assert_false(crossed_first.barred);
    assert_int_equal(crossed_first.mark_bid, 0);
}

/* One tick is a price like any other, and the only one that could be taken for none. */
static void one_tick_is_a_level(void **state)
{
    (void)state;
    const struct mt_match_book book = {.bid = 1, .ask = 2};
    const struct mt_bar low = {.open = 2, .high = 3, .low = 1, .close = 2};
    const struct mt_instrument above_zero = {.tick = 1};
    struct mt_match_order stop = {.request.terms = {.type = MT_TYPE_STOP, .side = -1, .stop = 1, .qty = 5,
                                                    .flags = MT_TERMS_STOP}};
    struct mt_match_fill fill;
    const struct mt_bar none = {.open = 1, .high = 1, .low = 0, .close = 1};
    assert_true(mt_match_bar_valid(&above_zero, &low));
    assert_false(mt_match_bar_valid(&above_zero, &none));
    assert_true(mt_match_stop_touched(&stop, &book));
    assert_true(mt_match_bar_stop(&stop, &low, &fill));
    assert_int_equal(fill.price, 1);
    assert_false(fill.trailed.there);
    assert_false(mt_match_bar_trail(&stop, &low, mt_price_none(), &fill));      /* not moved: that was looked at before */
    assert_false(mt_match_bar_trail(&stop, &low, mt_price_of(1), &fill));
    mt_terms_set_stop(&stop.request.terms, mt_price_none());
    assert_false(mt_match_bar_trail(&stop, &low, mt_price_none(), &fill));
    assert_true(mt_match_bar_trail(&stop, &low, mt_price_of(1), &fill));
    assert_true(fill.price == 1 && fill.trailed.value == 1 && fill.assumed && fill.qty == 5);
    stop.trail_level = mt_price_of(1);
    assert_true(mt_match_stop_touched(&stop, &book));
    assert_true(mt_match_bar_stop(&stop, &low, &fill));
    assert_int_equal(fill.trailed.value, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
/* A print goes through limits that rest, and through nothing else. */
static void a_print_fills_limits_that_rest(void **state)
{
    (void)state;
    for (int type = MT_TYPE_MARKET; type <= MT_TYPE_STOP; type++)
        for (int resting = 0; resting <= 1; resting++)
            for (int side = -1; side <= 1; side += 2) {
                struct mt_match_order order = { .resting = resting };
                struct mt_match_fill fill;
                order.request = bed_request(1, side, type, type == MT_TYPE_LIMIT ? 100 : 0, 5);
                bool fills = type == MT_TYPE_LIMIT && resting;
                assert_true(mt_match_print(&order, 100 - side, &fill) == fills);
                assert_false(mt_match_print(&order, 100, &fill) && type == MT_TYPE_LIMIT);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_print_fills_limits_that_rest),
        T(order_from_a_bar_meets_the_next_open_however_late),
        T(order_that_arrives_in_a_running_bar_waits_for_the_next),
        T(another_symbols_close_does_not_reach_into_a_running_bar),
        T(at_the_open_everything_trades_at_the_open_in_order_of_acceptance),
        T(inside_stops_at_a_touch_and_limits_only_through),
        T(of_stop_and_take_in_one_bar_the_stop_wins),
        T(ioc_fok_post_only_in_bars),
        T(gtd_in_bars_meets_opens_before_its_time_only),
        T(senseless_bars_are_not_traded_on),
        T(ticks_end_the_rule_of_bars),
        T(book_is_shown_by_the_best_data_there_is),
        T(one_tick_is_a_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
