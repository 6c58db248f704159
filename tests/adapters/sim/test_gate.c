/* Every reason for which an order is refused on arrival, as a table. */
#include "bed.h"

static struct bed bed;

static int setup(void **state)
{
    (void)state;
    bed_init(&bed);
    struct mt_instrument *a = &bed.instruments[0];
    a->tick = 5;
    a->step = 10;
    a->qty_min = a->default_qty = 50;
    a->qty_max = 5000;
    a->stop_level = 20;
    a->notional_min = 6 * (mt_money)100000000;
    bed_quote(&bed, 10, 10000, 10010);
    bed_quote_of(&bed, 1, 11, 0, 0, 0, 0);
    bed_start(&bed);
    (void)bed_run(&bed, 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bed_stop(&bed);
    return 0;
}

static void each_reason_by_name(void **state)
{
    (void)state;
    enum { B = MT_TYPE_MARKET, L = MT_TYPE_LIMIT, S = MT_TYPE_STOP };
    const struct { struct mt_terms terms; int code;
    } cases[] = {
        {{.side = 1, .type = B, .qty = 60}, MT_CODE_OK},
        {{.side = 1, .type = B, .qty = 60, .symbol = 3}, MT_CODE_SYMBOL_UNKNOWN},
        {{.side = 1, .type = B, .qty = 60, .account = 2}, MT_CODE_FIELD_INVALID},
        {{.side = 0, .type = B, .qty = 60}, MT_CODE_FIELD_INVALID},
        {{.side = 2, .type = B, .qty = 60}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = 3, .qty = 60}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = B, .qty = 60, .tif = 4}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = B, .qty = 0}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = B, .qty = -60}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = B, .qty = 60, .price = 10000}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = B, .qty = 60, .stop = 10000}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = L, .qty = 60}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = L, .qty = 60, .price = -5}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = L, .qty = 60, .price = 10000, .stop = 10000}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = S, .qty = 60}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = S, .qty = 60, .price = 10100, .stop = 10100}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = B, .qty = 60, .tif = MT_TIF_GTD}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = B, .qty = 60, .expire_ns = 99}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = B, .qty = 60, .flags = MT_TERMS_POST_ONLY}, MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = L, .qty = 60, .price = 9000, .flags = MT_TERMS_POST_ONLY, .tif = MT_TIF_IOC},
         MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = L, .qty = 60, .price = 9000, .flags = MT_TERMS_POST_ONLY, .tif = MT_TIF_FOK},
         MT_CODE_FIELD_INVALID},
        {{.side = 1, .type = B, .qty = 65}, MT_CODE_QTY_STEP},
        {{.side = 1, .type = B, .qty = 5010}, MT_CODE_QTY_MAX_VENUE},
        {{.side = 1, .type = B, .qty = 40}, MT_CODE_QTY_MIN},
        {{.side = 1, .type = L, .qty = 60, .price = 10001}, MT_CODE_PRICE_STEP},
        {{.side = 1, .type = S, .qty = 60, .stop = 10101}, MT_CODE_PRICE_STEP},
        {{.side = 1, .type = B, .qty = 50}, MT_CODE_NOTIONAL_MIN_VENUE},
        {{.side = -1, .type = B, .qty = 60}, MT_CODE_OK},
        {{.side = 1, .type = L, .qty = 60, .price = 9995}, MT_CODE_NOTIONAL_MIN_VENUE},
        {{.side = 1, .type = B, .qty = 50, .symbol = 1}, MT_CODE_DATA_MISSING},
        {{.side = 1, .type = S, .qty = 60, .stop = 10025}, MT_CODE_STOPS_TOO_CLOSE},
        {{.side = 1, .type = S, .qty = 60, .stop = 10030}, MT_CODE_OK},
        {{.side = -1, .type = S, .qty = 70, .stop = 9985}, MT_CODE_STOPS_TOO_CLOSE},
        {{.side = -1, .type = S, .qty = 70, .stop = 9980}, MT_CODE_OK},
        {{.side = -1, .type = S, .qty = 70, .stop = 10100}, MT_CODE_STOPS_TOO_CLOSE},
        {{.side = 1, .type = L, .qty = 60, .price = 10010, .flags = MT_TERMS_POST_ONLY}, MT_CODE_POST_ONLY},
        {{.side = -1, .type = L, .qty = 60, .price = 10000, .flags = MT_TERMS_POST_ONLY}, MT_CODE_POST_ONLY},
        {{.side = -1, .type = L, .qty = 60, .price = 10005, .flags = MT_TERMS_POST_ONLY}, MT_CODE_OK},
        {{.side = 1, .type = L, .qty = 60, .price = INT64_MAX / 5 * 5},
         MT_CODE_MARGIN_INSUFFICIENT},
        {{.side = 1, .type = L, .qty = INT64_MAX / 10 * 10, .price = INT64_MAX, .symbol = 1},
         MT_CODE_CALC_OVERFLOW},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mt_order_request r = {.coid = i + 1, .terms = cases[i].terms};
        (void)bed_submit(&bed, r);
        (void)bed_run(&bed, 20);
        const struct mt_event *report = bed_next(&bed);
        assert_non_null(report);
        bool rejected = report->report.event == MT_ORDER_REJ;
        int code = rejected ? report->report.code : MT_CODE_OK;
        if (code != cases[i].code)
            fail_msg("case %zu: %s, expected %s", i, mt_code_name(code),
                     mt_code_name(cases[i].code));
        assert_int_equal(report->report.coid, i + 1);
        while (bed_next(&bed))
            continue;
    }
}

/* Where prices may be negative 0 and what lies below it are limits and stops; elsewhere they never are. */
static void prices_at_and_below_zero(void **state)
{
    (void)state;
    static const int64_t prices[] = {0, -5, -10000};
    for (int negative = 0; negative <= 1; negative++)
        for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++)
            for (int type = MT_TYPE_LIMIT; type <= MT_TYPE_STOP; type++) {
                struct mt_order_request r = {.coid = 1, .terms = {.side = 1, .type = (uint8_t)type, .qty = 60}};
                if (type == MT_TYPE_LIMIT)
                    mt_terms_set_price(&r.terms, mt_price_of(prices[i]));
                else
                    mt_terms_set_stop(&r.terms, mt_price_of(prices[i]));
                bed.instruments[0].negative = negative;
                bed.instruments[0].notional_min = 0;
                bed.instruments[0].stop_level = 0;
                assert_int_equal(mt_sim_gate_order(bed.sim, &r), negative ? MT_CODE_OK : MT_CODE_FIELD_INVALID);
                r.terms.flags = 0;              /* a number without its flag is nobody's price */
                assert_int_equal(mt_sim_gate_order(bed.sim, &r), MT_CODE_FIELD_INVALID);
            }
}

static void the_last_bit_may_be_smaller_than_the_minimum(void **state)
{
    (void)state;
    struct mt_position held = {.qty = 20, .cost = 20 * 10000};
    bed_hold(&bed, 0, 0, &held);
    struct mt_order_request r = bed_request(1, -1, MT_TYPE_MARKET, 0, 20);
    mt_terms_set_flag(&r.terms, MT_TERMS_REDUCE_ONLY, true);
    (void)bed_submit(&bed, r);
    (void)bed_run(&bed, 20);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_fill(&bed, 1, 10000, 20, true, false);
}

static void new_terms_pass_the_same_gate(void **state)
{
    (void)state;
    struct mt_order_request r = bed_request(1, 1, MT_TYPE_LIMIT, 9900, 100);
    mt_terms_set_flag(&r.terms, MT_TERMS_POST_ONLY, true);
    (void)bed_submit(&bed, r);
    bed_send(&bed, 2, 1, MT_TYPE_STOP, 10100, 100);
    (void)bed_run(&bed, 20);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_report(&bed, 2, MT_ORDER_ACK);
    static const struct { uint64_t coid; int64_t qty, price, stop; int code; } cases[] = {
        {1, 105, 9900, 0, MT_CODE_QTY_STEP},
        {1, 40, 9900, 0, MT_CODE_QTY_MIN},
        {1, 100, 9901, 0, MT_CODE_PRICE_STEP},
        {1, 100, 10010, 0, MT_CODE_POST_ONLY},
        {1, 100, 0, 0, MT_CODE_FIELD_INVALID},
        {1, -10, 9900, 0, MT_CODE_FIELD_INVALID},
        {2, 100, 0, 10025, MT_CODE_STOPS_TOO_CLOSE},
        {2, 100, 10100, 10100, MT_CODE_FIELD_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)bed_modify(&bed, 20, cases[i].coid, cases[i].qty, cases[i].price,
                                    cases[i].stop);
        (void)bed_run(&bed, 20);
        expect_op(&bed, cases[i].coid, MT_REPORT_OP_REFUSED, cases[i].code);
    }
    assert_int_equal(mt_sim_open_orders(bed.sim), 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(each_reason_by_name),
        T(prices_at_and_below_zero),
        T(the_last_bit_may_be_smaller_than_the_minimum),
        T(new_terms_pass_the_same_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
