/* Money at the venue: fees, profits, conversion, margin. */
#include "bed.h"

static struct bed bed;

#define USD(x) ((x) * (mt_money)100000000)

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

static void fees_are_rounded_up_and_makers_may_earn(void **state)
{
    (void)state;
    bed.accounts[0].taker_rate = 40000;         /* 4 bp */
    bed.accounts[0].maker_rate = -10000;        /* 1 bp back */
    bed.instruments[0].price_scale = 6;
    bed.instruments[0].qty_scale = 6;
    bed_quote(&bed, 10, 9990, 10003);
    bed_quote(&bed, 20, 10000, 10004);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 7);
    bed_send(&bed, 2, -1, MT_TYPE_LIMIT, 10000, 7);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    /* 7e-6 * 0.010003 = 7.0021e-8, up to 8e-8; 4 bp of that is 0.0032e-8, up to 1e-8 */
    assert_true(expect_fill(&bed, 1, 10003, 7, true, false)->report.fee == 1);
    expect_report(&bed, 2, MT_ORDER_ACK);
    /* a rebate of less than 1e-8 is none; the loss of 7e-6 * 3e-6 is 1e-8 */
    assert_true(expect_fill(&bed, 2, 10000, 7, true, true)->report.fee == 0);
    assert_true(mt_sim_cash(bed.sim, 0) == USD(1000000) - 2);
    assert_true(mt_sim_cash(bed.sim, 1) == USD(1000000));
}

static void exact_money_of_a_round_trip(void **state)
{
    (void)state;
    bed.accounts[0].taker_rate = 40000;
    bed_quote(&bed, 10, 9990, 10010);
    bed_quote(&bed, 20, 11000, 11010);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 2000);
    (void)bed_run(&bed, 20);
    bed_send(&bed, 2, -1, MT_TYPE_MARKET, 0, 3000);     /* through zero */
    (void)bed_run(&bed, INT64_MAX);
    /* bought 2 at 100.10: fee 0.08008; sold 3 at 110: fee 0.132; profit 2 * 9.90 */
    assert_true(mt_sim_cash(bed.sim, 0) == USD(1000000) - 8008000 - 13200000 + USD(198) / 10);
    const struct mt_position *position = mt_sim_position_of(bed.sim, 0, 0);
    assert_int_equal(position->qty, -1000);
    assert_true(position->cost == -(mt_i128)1000 * 11000);
    assert_int_equal(position->trades_closed, 1);
}

static void margin_counts_position_all_open_orders_and_fees(void **state)
{
    (void)state;
    bed.accounts[0].cash = USD(1000);
    bed.accounts[0].leverage = 2;
    bed.accounts[0].taker_rate = 1000000;       /* 1 % */
    bed_quote(&bed, 10, 9990, 10000);
    bed_quote_of(&bed, 1, 10, 990, 1000, 0, 0);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 9900,
             10000); /* at the ask of 100: 1000 / 2 + fee 10 = 510 */
    bed_send(&bed, 2, -1, MT_TYPE_LIMIT, 10100,
             10000); /* not more than the worst case that is there: no check */
    bed_send(&bed, 3, 1, MT_TYPE_LIMIT, 9900, 9800);    /* 1980 / 2 + 9.8 = 999.8 */
    bed_send(&bed, 4, 1, MT_TYPE_LIMIT, 9900,
             100); /* 1990 / 2 + 0.1 = 995.1: fees of open orders are theirs */
    bed_send(&bed, 5, 1, MT_TYPE_LIMIT, 9900, 101);     /* 2000.1 / 2 + 0.101 > 1000 */
    struct mt_order_request other = bed_request(6, -1, MT_TYPE_LIMIT, 1000, 1000);
    other.terms.symbol = 1;
    (void)bed_submit(&bed, other);                      /* 995 + 10 / 2 + 0.1 > 1000 */
    other.coid = 7;
    other.terms.qty = 900;
    (void)bed_submit(&bed, other);                      /* 995 + 4.5 + 0.09 */
    (void)bed_modify(&bed, 10, 3, 10000, 9900, 0);
    (void)bed_modify(&bed, 10, 3, 5000, 9900, 0);
    (void)bed_run(&bed, 10);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_report(&bed, 3, MT_ORDER_ACK);
    expect_report(&bed, 4, MT_ORDER_ACK);
    expect_end(&bed, 5, MT_ORDER_REJ, MT_CODE_MARGIN_INSUFFICIENT);
    expect_end(&bed, 6, MT_ORDER_REJ, MT_CODE_MARGIN_INSUFFICIENT);
    expect_report(&bed, 7, MT_ORDER_ACK);
    expect_op(&bed, 3, MT_REPORT_OP_REFUSED, MT_CODE_MARGIN_INSUFFICIENT);
    expect_op(&bed, 3, MT_REPORT_REPLACED, MT_CODE_OK);
    expect_silence(&bed);
}

static void a_loss_that_is_not_realised_counts(void **state)
{
    (void)state;
    bed.accounts[0].cash = USD(1000);
    bed_quote(&bed, 10, 10000, 10000);
    bed_quote(&bed, 20, 5000, 5010);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 10000);     /* all of it */
    (void)bed_run(&bed, 20);
    bed_send(&bed, 2, 1, MT_TYPE_MARKET, 0, 1);         /* equity 500, worst case 501.05 */
    bed_send(&bed, 3, -1, MT_TYPE_MARKET, 0, 10000);    /* closing is always possible */
    bed_send(&bed, 4, -1, MT_TYPE_MARKET, 0, 9900);     /* short 99 % of what is left */
    (void)bed_run(&bed, 20);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_fill(&bed, 1, 10000, 10000, true, false);
    expect_end(&bed, 2, MT_ORDER_REJ, MT_CODE_MARGIN_INSUFFICIENT);
    expect_report(&bed, 3, MT_ORDER_ACK);
    expect_fill(&bed, 3, 5000, 10000, true, false);
    assert_true(mt_sim_cash(bed.sim, 0) == USD(500));
    expect_report(&bed, 4, MT_ORDER_ACK);
    expect_fill(&bed, 4, 5000, 9900, true, false);
}

static void foreign_money_goes_at_the_worse_side(void **state)
{
    (void)state;
    strcpy(bed.accounts[0].currency, "EUR");            /* AAA is in USD, EURUSD gives the rate */
    bed.accounts[0].taker_rate = 1000000;
    bed.accounts[0].cash = USD(1000);
    bed_quote(&bed, 10, 10000, 10000);
    bed_quote_of(&bed, 2, 20, 125, 200, 0, 0);
    bed_quote(&bed, 30, 11000, 11000);
    bed_quote(&bed, 40, 10000, 10000);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 1000);
    (void)bed_run(&bed, 20);
    expect_end(&bed, 1, MT_ORDER_REJ, MT_CODE_RATE_MISSING);
    bed_send(&bed, 2, 1, MT_TYPE_MARKET, 0, 1000);
    (void)bed_run(&bed, 30);
    expect_report(&bed, 2, MT_ORDER_ACK);
    /* 1 USD of fee costs 1 / 1.25 EUR */
    assert_true(expect_fill(&bed, 2, 10000, 1000, true, false)->report.fee == 80000000);
    bed_send(&bed, 3, -1, MT_TYPE_MARKET, 0,
             500); /* a gain of 5 USD is 5 / 2 EUR; fee 0.55 / 1.25 */
    (void)bed_run(&bed, 30);
    assert_true(mt_sim_cash(bed.sim, 0) == USD(1000) - 80000000 + 250000000 - 44000000);
    bed_send(&bed, 4, 1, MT_TYPE_MARKET, 0,
             500); /* 0.5 at 110; then 1 at 100: a loss of 5 USD is 5 / 1.25 */
    (void)bed_run(&bed, 40);
    mt_money before = mt_sim_cash(bed.sim, 0);
    bed_send(&bed, 5, -1, MT_TYPE_MARKET, 0, 1000);
    (void)bed_run(&bed, INT64_MAX);
    assert_true(mt_sim_cash(bed.sim, 0) == before - 400000000 - 80000000);
}

static void add_bar(uint16_t symbol, int64_t open_s, int64_t open, int64_t low, int64_t close)
{
    const int64_t second = 1000000000, high = open > close ? open : close;
    bed_bar_of(&bed, symbol, open_s * second, (open_s + 60) * second, open, high, low, close);
}

/* A fill at the open of a bar is worth what the pair was at that open, whichever file comes first;
 * one inside the bar, whose stamp is the bar's end, what it was then. Of the pair itself: the price
 * of the fill. */
static void a_fill_in_a_bar_has_the_rate_of_its_instant(void **state)
{
    (void)state;
    for (int pair_first = 0; pair_first <= 1; pair_first++) {
        bed_stop(&bed);
        bed_init(&bed);
        strcpy(bed.accounts[0].currency, "EUR");
        for (int64_t i = 0; i < 4; i++) {
            static const int64_t rates[4][2] = {{125, 125}, {200, 160}, {100, 250}, {400, 500}};
            if (pair_first)
                add_bar(2, i * 60, rates[i][0], 1, rates[i][1]);
            add_bar(0, i * 60, 10000 - i * 1000, i == 2 ? 5000 : 7000, 10000 - i * 1000);
            if (!pair_first)
                add_bar(2, i * 60, rates[i][0], 1, rates[i][1]);
        }
        bed_start(&bed);
        (void)bed_run(&bed, INT64_C(60000000000));
        bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 3000);          /* at 90 */
        (void)bed_run(&bed, INT64_C(120000000000));
        bed_send(&bed, 2, -1, MT_TYPE_MARKET, 0, 1000);         /* at the open 80, EURUSD 1.00 */
        struct mt_order_request stop = bed_request(3, -1, MT_TYPE_STOP, 0, 1000);
        stop.terms.stop = 6000;                                       /* inside the bar: EURUSD 2.50 */
        (void)bed_submit(&bed, stop);
        (void)bed_run(&bed, INT64_C(180000000000));
        assert_true(mt_sim_cash(bed.sim, 0) == USD(1000000) - USD(10) - USD(12));
        struct mt_order_request pair = bed_request(4, 1, MT_TYPE_MARKET, 0, 1000);
        pair.terms.symbol = 2;
        (void)bed_submit(&bed, pair);                           /* at 4.00 */
        bed_send(&bed, 5, -1, MT_TYPE_MARKET, 0, 1000);         /* at 70: 20 USD lost at 4.00 */
        (void)bed_run(&bed, INT64_MAX);
        assert_true(mt_sim_cash(bed.sim, 0) == USD(1000000) - USD(10) - USD(12) - USD(5));
    }
}

static void fixed_rates_of_the_configuration_count(void **state)
{
    (void)state;
    static struct mt_rates rates;
    mt_rates_init(&rates);
    assert_int_equal(mt_rates_add_fixed(&rates, "CHF", "USD", 2, 0), 0);
    bed.options.rates = &rates;
    strcpy(bed.accounts[0].currency, "CHF");
    bed.accounts[0].taker_rate = 1000000;
    bed_quote(&bed, 10, 10000, 10000);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 1000);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    assert_true(expect_fill(&bed, 1, 10000, 1000, true, false)->report.fee == 50000000);
}

static void what_cannot_be_converted_waits(void **state)
{
    (void)state;
    strcpy(bed.accounts[0].currency, "EUR");
    bed_quote(&bed, 10, 10000, 10000);
    bed_quote_of(&bed, 2, 20, 100, 100, 0, 0);
    bed_quote(&bed, 30, 9000, 9000);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    struct mt_position held = {.qty = 1000, .cost = 1000 * 10000};
    bed_hold(&bed, 0, 0, &held);
    struct mt_order_request r = bed_request(1, -1, MT_TYPE_MARKET, 0, 1000);
    mt_terms_set_flag(&r.terms, MT_TERMS_REDUCE_ONLY, true);
    (void)bed_submit(&bed, r);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    assert_int_equal(expect_fill(&bed, 1, 9000, 1000, true, false)->time_ns, 30);
}

static void orders_without_a_price_to_value_them_are_refused(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 10010, 10000);                  /* crossed: worth nothing yet */
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    struct mt_position held = {.qty = 1000, .cost = 1000 * 10000};
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 1000);
    bed_send(&bed, 2, 1, MT_TYPE_LIMIT, 10000, 1000);
    (void)bed_run(&bed, 10);
    expect_end(&bed, 1, MT_ORDER_REJ, MT_CODE_DATA_MISSING);
    expect_report(&bed, 2, MT_ORDER_ACK);
    bed_hold(&bed, 0, 1, &held);      /* in a symbol that nothing was seen of */
    bed_send(&bed, 3, 1, MT_TYPE_LIMIT, 10000, 1000);
    (void)bed_run(&bed, INT64_MAX);
    assert_int_equal(expect_report(&bed, 3, MT_ORDER_REJ)->report.code, MT_CODE_RATE_MISSING);
}

static void sums_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 1, 1);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed.accounts[0].cash = 0;
    struct mt_position held = {.qty = INT64_MAX - 5, .cost = INT64_MAX - 5};
    bed_hold(&bed, 0, 0, &held);
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 1, 100);
    held.qty = -held.qty;
    held.cost = -held.cost;
    (void)bed_run(&bed, 10);
    expect_end(&bed, 1, MT_ORDER_REJ, MT_CODE_CALC_OVERFLOW);
    bed_hold(&bed, 0, 0, &held);
    bed_send(&bed, 2, -1, MT_TYPE_LIMIT, 1, 5);
    bed_send(&bed, 3, -1, MT_TYPE_LIMIT, 1, 6); /* exactly INT64_MIN, which has no magnitude */
    bed_send(&bed, 4, -1, MT_TYPE_LIMIT, 1, 7);
    (void)bed_run(&bed, INT64_MAX);
    expect_end(&bed, 2, MT_ORDER_REJ, MT_CODE_MARGIN_INSUFFICIENT);
    expect_end(&bed, 3, MT_ORDER_REJ, MT_CODE_CALC_OVERFLOW);
    expect_end(&bed, 4, MT_ORDER_REJ, MT_CODE_CALC_OVERFLOW);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(fees_are_rounded_up_and_makers_may_earn),
        T(exact_money_of_a_round_trip),
        T(margin_counts_position_all_open_orders_and_fees),
        T(a_loss_that_is_not_realised_counts),
        T(foreign_money_goes_at_the_worse_side),
        T(a_fill_in_a_bar_has_the_rate_of_its_instant),
        T(fixed_rates_of_the_configuration_count),
        T(what_cannot_be_converted_waits),
        T(orders_without_a_price_to_value_them_are_refused),
        T(sums_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
