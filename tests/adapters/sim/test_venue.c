/* Fill rules on quotes and trades, one by one. */
#include "bed.h"

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

static void market_buys_at_ask_and_sells_at_bid_of_the_quote_seen(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 9990, 10010);
    bed_quote(&bed, 10, 9000, 9100);            /* the same instant, not seen yet */
    bed_quote(&bed, 20, 8000, 8100);
    bed_start(&bed);
    int64_t now_ns;
    struct mt_diag diag = {0};
    assert_int_equal(mt_sim_next(bed.sim, INT64_MAX, &now_ns, &diag), 1);
    assert_int_equal(now_ns, 10);
    assert_int_equal(mt_inbox_take(&bed.inbox)->quote.bid, 9990);
    bed.now_ns = 10;
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 5);
    bed_send(&bed, 2, -1, MT_TYPE_MARKET, 0, 5);
    assert_int_equal(bed_run(&bed, INT64_MAX), 0);
    expect_report(&bed, 1, MT_ORDER_ACK);
    const struct mt_event *fill = expect_fill(&bed, 1, 10010, 5, true, false);
    assert_int_equal(fill->time_ns, 10);
    assert_int_equal(fill->venue_ns, 10);
    assert_int_equal(fill->report.cum, 5);
    assert_int_equal(fill->report.venue_order_id, 1);
    expect_report(&bed, 2, MT_ORDER_ACK);
    assert_int_equal(expect_fill(&bed, 2, 9990, 5, true, false)->report.fill_id, 2);
    expect_silence(&bed);
    assert_int_equal(mt_sim_position(bed.sim), 3);
    assert_int_equal(mt_sim_open_orders(bed.sim), 0);
}

static void displayed_size_is_taken_once_by_all_accounts_and_the_rest_waits(void **state)
{
    (void)state;
    bed_quote_of(&bed, 0, 10, 9990, 10000, 7, 7);
    bed_quote_of(&bed, 0, 20, 9991, 10001, 4, 4);
    bed_quote_of(&bed, 0, 30, 9992, 10002, 0, 0);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    struct mt_order_request other = bed_request(2, 1, MT_TYPE_MARKET, 0, 3);
    other.terms.account = 1;
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 5);
    assert_int_equal(bed_submit(&bed, other), MT_SEND_OUT);
    bed_send(&bed, 3, 1, MT_TYPE_LIMIT, 10005, 5);
    (void)bed_run(&bed, 10);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_fill(&bed, 1, 10000, 5, true, false);
    expect_report(&bed, 2, MT_ORDER_ACK);
    assert_int_equal(expect_fill(&bed, 2, 10000, 2, false, false)->report.cum, 2);
    expect_report(&bed, 3, MT_ORDER_ACK);
    expect_silence(&bed);
    (void)bed_run(&bed, 20);
    expect_fill(&bed, 2, 10001, 1, true, false);
    expect_fill(&bed, 3, 10005, 5, true, true); /* nothing was left on its arrival: it rested, and is gone through */
    (void)bed_run(&bed, 30);
    expect_silence(&bed);
}

static void nothing_trades_on_a_crossed_or_one_sided_book(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 10010, 10000);
    bed_quote(&bed, 20, 0, 10000);
    bed_quote(&bed, 30, 9990, 0);
    bed_trade(&bed, 31, 9000);
    bed_quote(&bed, 40, 10000, 10000);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 10100, 1);
    bed_send(&bed, 2, -1, MT_TYPE_LIMIT, 9900, 1);
    bed_send(&bed, 3, -1, MT_TYPE_STOP, 10050, 1);
    struct mt_order_request ioc = bed_request(4, 1, MT_TYPE_LIMIT, 10100, 1);
    ioc.terms.tif = MT_TIF_IOC;
    (void)bed_submit(&bed, ioc);
    (void)bed_run(&bed, 39);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_report(&bed, 3, MT_ORDER_ACK);
    expect_report(&bed, 4, MT_ORDER_ACK);
    expect_end(&bed, 4, MT_ORDER_CXL, MT_CODE_NO_LIQUIDITY);
    expect_silence(&bed);
    (void)bed_run(&bed, 40);                    /* locked is a market */
    expect_fill(&bed, 1, 10000, 1, true, false);
    expect_fill(&bed, 2, 10000, 1, true, false);
    expect_fill(&bed, 3, 10000, 1, true, false);
}

static void limit_takes_the_touch_on_arrival_or_rests_and_makes_at_its_price(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 9990, 10010);
    bed_quote(&bed, 20, 9985, 10000);           /* touches the buy at 10000: ask <= limit */
    bed_quote(&bed, 30, 9980, 9989);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 10020, 2);
    bed_send(&bed, 2, 1, MT_TYPE_LIMIT, 10000, 2);
    bed_send(&bed, 3, 1, MT_TYPE_LIMIT, 9990, 2);
    bed_send(&bed, 4, -1, MT_TYPE_LIMIT, 9990, 2);
    bed_send(&bed, 5, -1, MT_TYPE_LIMIT, 9991, 2);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_fill(&bed, 1, 10010, 2, true, false);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_report(&bed, 3, MT_ORDER_ACK);
    expect_report(&bed, 4, MT_ORDER_ACK);
    expect_fill(&bed, 4, 9990, 2, true, false);
    expect_report(&bed, 5, MT_ORDER_ACK);
    expect_fill(&bed, 2, 10000, 2, true, true);
    expect_fill(&bed, 3, 9990, 2, true, true);
    expect_silence(&bed);
    assert_int_equal(mt_sim_open_orders(bed.sim), 1);
}

static void print_through_a_resting_limit_fills_it_and_a_touch_does_not(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 9990, 10010);
    bed_trade(&bed, 20, 9980);
    bed_trade(&bed, 21, 10030);
    bed_trade(&bed, 22, 9979);
    bed_trade(&bed, 23, 10031);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 9980, 500);
    bed_send(&bed, 2, -1, MT_TYPE_LIMIT, 10030, 500);
    (void)bed_run(&bed, 21);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_silence(&bed);
    (void)bed_run(&bed, 30);
    expect_fill(&bed, 1, 9980, 500, true, true);
    expect_fill(&bed, 2, 10030, 500, true, true);
}

static void resting_limit_trades_no_more_than_the_quote_that_reaches_it_shows(void **state)
{
    (void)state;
    bed_quote_of(&bed, 0, 10, 9990, 10010, 5, 5);
    bed_quote_of(&bed, 0, 20, 9970, 9985, 5, 2);
    bed_quote_of(&bed, 0, 30, 9970, 9990, 5, 9);
    bed_quote_of(&bed, 0, 40, 9970, 9979, 5, 1);        /* through it: what it shows is no bound any more */
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 9985, 6);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    assert_int_equal(expect_fill(&bed, 1, 9985, 2, false, true)->time_ns, 20);
    assert_int_equal(expect_fill(&bed, 1, 9985, 4, true, true)->time_ns, 40);
}

static void stop_triggers_on_the_exit_side_and_fills_across_the_gap(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 9990, 10010);
    bed_trade(&bed, 15, 9000);                  /* prints do not trigger */
    bed_quote(&bed, 20, 9951, 9952); /* ask may fall below the sell stop's ... bid is still above */
    bed_quote(&bed, 30, 9900, 9910);            /* gap */
    bed_quote(&bed, 40, 10049, 10049);
    bed_quote(&bed, 50, 10040, 10050);          /* exactly the buy stop, ask side */
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, -1, MT_TYPE_STOP, 9950, 3);
    bed_send(&bed, 2, 1, MT_TYPE_STOP, 10050, 3);
    bed_send(&bed, 3, 1, MT_TYPE_STOP, 10010, 3);       /* touched on arrival */
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_report(&bed, 3, MT_ORDER_ACK);
    assert_int_equal(expect_fill(&bed, 3, 10010, 3, true, false)->time_ns, 10);
    assert_int_equal(expect_fill(&bed, 1, 9900, 3, true, false)->time_ns, 30);
    assert_int_equal(expect_fill(&bed, 2, 10050, 3, true, false)->time_ns, 50);
}

static void triggered_stop_stays_triggered_while_size_is_short(void **state)
{
    (void)state;
    bed_quote_of(&bed, 0, 10, 9990, 10010, 9, 9);
    bed_quote_of(&bed, 0, 20, 9950, 9960, 1, 1);
    bed_quote_of(&bed, 0, 30, 10100, 10110, 9, 9);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, -1, MT_TYPE_STOP, 9950, 3);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_fill(&bed, 1, 9950, 1, false, false);
    expect_fill(&bed, 1, 10100, 2, true, false);
}

static void with_trades_only_the_last_print_is_the_book_until_a_quote_comes(void **state)
{
    (void)state;
    bed_trade(&bed, 10, 10000);
    bed_trade(&bed, 20, 9989);
    bed_trade(&bed, 30, 10020);
    bed_quote(&bed, 40, 10500, 10510);
    bed_trade(&bed, 50, 11000);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 5000);
    bed_send(&bed, 2, 1, MT_TYPE_LIMIT, 9990, 1);
    bed_send(&bed, 3, 1, MT_TYPE_STOP, 10020, 1);
    bed_send(&bed, 4, 1, MT_TYPE_STOP, 10600, 1);
    bed_send(&bed, 5, 1, MT_TYPE_LIMIT, 9989, 1);       /* a print at its price promises nothing */
    bed_send(&bed, 6, 1, MT_TYPE_LIMIT, 10000, 1);      /* also when it comes */
    bed_send(&bed, 7, 1, MT_TYPE_LIMIT, 10001, 1);
    (void)bed_run(&bed, 10);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_fill(&bed, 1, 10000, 5000, true, false);
    for (uint64_t coid = 2; coid <= 7; coid++)
        expect_report(&bed, coid, MT_ORDER_ACK);
    expect_fill(&bed, 7, 10000, 1, true, false);
    expect_silence(&bed);
    (void)bed_run(&bed, INT64_MAX);
    expect_fill(&bed, 2, 9990, 1, true, true);
    expect_fill(&bed, 6, 10000, 1, true, true);
    expect_fill(&bed, 3, 10020, 1, true, false);
    expect_silence(&bed);
}

static void ioc_fok_and_gtd(void **state)
{
    (void)state;
    bed_quote_of(&bed, 0, 10, 9990, 10010, 3, 3);
    bed_quote_of(&bed, 0, 20, 9990, 10010, 3, 3);
    bed_quote_of(&bed, 0, 60, 9990, 10010, 3, 3);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    struct mt_order_request ioc = bed_request(1, 1, MT_TYPE_MARKET, 0, 5),
                            fok = bed_request(2, -1, MT_TYPE_MARKET, 0, 4);
    struct mt_order_request all = bed_request(3, -1, MT_TYPE_LIMIT, 9990, 3),
                            gtd = bed_request(4, 1, MT_TYPE_LIMIT, 9000, 3);
    struct mt_order_request far = bed_request(5, 1, MT_TYPE_LIMIT, 9000, 1),
                            late = bed_request(6, 1, MT_TYPE_MARKET, 0, 1);
    struct mt_order_request later = gtd;
    ioc.terms.tif = far.terms.tif = MT_TIF_IOC;
    fok.terms.tif = all.terms.tif = MT_TIF_FOK;
    gtd.terms.tif = late.terms.tif = later.terms.tif = MT_TIF_GTD;
    gtd.terms.expire_ns = 15;
    late.terms.expire_ns = 10;
    later.coid = 7;
    later.terms.expire_ns = 60;
    (void)bed_submit(&bed, ioc);
    (void)bed_submit(&bed, fok);
    (void)bed_submit(&bed, all);
    (void)bed_submit(&bed, later);
    (void)bed_submit(&bed, gtd);
    (void)bed_submit(&bed, far);
    (void)bed_submit(&bed, late);
    (void)bed_run(&bed, 10);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_fill(&bed, 1, 10010, 3, false, false);
    assert_int_equal(expect_end(&bed, 1, MT_ORDER_CXL, MT_CODE_NO_LIQUIDITY)->report.cum, 3);
    expect_report(&bed, 2, MT_ORDER_ACK);
    assert_int_equal(expect_end(&bed, 2, MT_ORDER_CXL, MT_CODE_NO_LIQUIDITY)->report.cum, 0);
    expect_report(&bed, 3, MT_ORDER_ACK);
    expect_fill(&bed, 3, 9990, 3, true, false);
    expect_report(&bed, 7, MT_ORDER_ACK);
    expect_report(&bed, 4, MT_ORDER_ACK);
    expect_report(&bed, 5, MT_ORDER_ACK);
    expect_end(&bed, 5, MT_ORDER_CXL, MT_CODE_NO_LIQUIDITY);
    expect_report(&bed, 6, MT_ORDER_ACK);
    expect_report(&bed, 6, MT_ORDER_EXP);       /* over on arrival: it never meets the quote */
    expect_silence(&bed);
    assert_int_equal(bed_run(&bed, 14), 2);
    expect_silence(&bed);
    assert_int_equal(bed_run(&bed, INT64_MAX), 0);
    assert_int_equal(expect_report(&bed, 4, MT_ORDER_EXP)->time_ns, 15);
    assert_int_equal(expect_report(&bed, 7, MT_ORDER_EXP)->time_ns, 60);
    expect_silence(&bed);
}

static void ioc_stop_lives_until_it_triggers(void **state)
{
    (void)state;
    bed_quote_of(&bed, 0, 10, 9990, 10010, 3, 3);
    bed_quote_of(&bed, 0, 20, 9950, 9960, 1, 1);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    struct mt_order_request stop = bed_request(1, -1, MT_TYPE_STOP, 9950, 3);
    stop.terms.tif = MT_TIF_IOC;
    (void)bed_submit(&bed, stop);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_fill(&bed, 1, 9950, 1, false, false);
    assert_int_equal(expect_end(&bed, 1, MT_ORDER_CXL, MT_CODE_NO_LIQUIDITY)->time_ns, 20);
}

static void post_only_is_refused_when_it_would_take_and_never_takes_later(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 9990, 10010);
    bed_quote(&bed, 20, 10020, 10000);          /* crossed: we cannot know */
    bed_quote(&bed, 30, 9980, 9985);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    struct mt_order_request r = bed_request(1, 1, MT_TYPE_LIMIT, 10010, 1);
    mt_terms_set_flag(&r.terms, MT_TERMS_POST_ONLY, true);
    (void)bed_submit(&bed, r);
    r.coid = 2;
    r.terms.price = 10009;
    (void)bed_submit(&bed, r);
    (void)bed_run(&bed, 20);
    expect_end(&bed, 1, MT_ORDER_REJ, MT_CODE_POST_ONLY);
    expect_report(&bed, 2, MT_ORDER_ACK);
    r.coid = 3;
    r.terms.price = 10000;
    (void)bed_submit(&bed, r);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 3, MT_ORDER_ACK);
    expect_fill(&bed, 2, 10009, 1, true, true);
    expect_fill(&bed, 3, 10000, 1, true, true);
}

static void reduce_only_never_raises_the_position(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 9990, 10010);
    bed_quote(&bed, 20, 9990, 10010);
    bed_quote(&bed, 30, 10200, 10210);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    struct mt_order_request r = bed_request(1, -1, MT_TYPE_MARKET, 0, 5);
    mt_terms_set_flag(&r.terms, MT_TERMS_REDUCE_ONLY, true);
    (void)bed_submit(&bed, r);                  /* flat */
    bed_send(&bed, 2, 1, MT_TYPE_MARKET, 0, 4);
    r.coid = 3;
    r.terms.side = 1;
    (void)bed_submit(&bed, r);                  /* same side */
    (void)bed_run(&bed, 10);
    expect_end(&bed, 1, MT_ORDER_REJ, MT_CODE_REDUCE_ONLY_VIOLATION);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_fill(&bed, 2, 10010, 4, true, false);
    expect_end(&bed, 3, MT_ORDER_REJ, MT_CODE_REDUCE_ONLY_VIOLATION);
    struct mt_order_request take = bed_request(4, -1, MT_TYPE_LIMIT, 10100, 4);
    mt_terms_set_flag(&take.terms, MT_TERMS_REDUCE_ONLY, true);
    (void)bed_submit(&bed, take);
    r.coid = 5;
    r.terms.side = -1;
    (void)bed_submit(&bed, r);                  /* 5 of 4 */
    (void)bed_run(&bed, 20);
    expect_report(&bed, 4, MT_ORDER_ACK);
    expect_report(&bed, 5, MT_ORDER_ACK);
    expect_fill(&bed, 5, 9990, 4, false, false);
    assert_int_equal(expect_end(&bed, 5, MT_ORDER_CXL, MT_CODE_REDUCE_ONLY_VIOLATION)->report.cum,
                     4);
    expect_silence(&bed);
    (void)bed_run(&bed, 30); /* the take is reached with nothing left to reduce */
    expect_end(&bed, 4, MT_ORDER_CXL, MT_CODE_REDUCE_ONLY_VIOLATION);
    assert_int_equal(mt_sim_position_of(bed.sim, 0, 0)->qty, 0);
}

static void reduce_only_waits_for_size_and_then_gives_up_the_rest(void **state)
{
    (void)state;
    bed_quote_of(&bed, 0, 10, 9990, 10010, 3, 9);
    bed_quote_of(&bed, 0, 20, 9980, 10010, 9, 9);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 5);
    struct mt_order_request r = bed_request(2, -1, MT_TYPE_MARKET, 0, 9);
    mt_terms_set_flag(&r.terms, MT_TERMS_REDUCE_ONLY, true);
    (void)bed_submit(&bed, r);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_fill(&bed, 1, 10010, 5, true, false);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_fill(&bed, 2, 9990, 3, false, false);
    expect_fill(&bed, 2, 9980, 2, false, false);
    assert_int_equal(expect_end(&bed, 2, MT_ORDER_CXL, MT_CODE_REDUCE_ONLY_VIOLATION)->report.cum,
                     5);
}

static void modify_replaces_refuses_and_closes(void **state)
{
    (void)state;
    bed_quote_of(&bed, 0, 10, 9990, 10010, 3, 3);
    bed_quote_of(&bed, 0, 20, 9990, 10010, 3, 3);
    bed_quote_of(&bed, 0, 30, 9990, 10010, 3, 3);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 9900, 5);
    (void)bed_modify(&bed, 10, 1, 6, 9950, 0);
    (void)bed_modify(&bed, 10, 1, 6, 10010, 0);      /* marketable now */
    (void)bed_modify(&bed, 10, 1, 0, 10010, 0);
    (void)bed_modify(&bed, 10, 1, 7, 10010, 5);
    (void)bed_modify(&bed, 10, 1, 3, 10010, 0);      /* what it has: close */
    (void)bed_modify(&bed, 10, 1, 9, 10010, 0);      /* too late */
    (void)bed_modify(&bed, 10, 77, 9, 10010, 0);
    (void)bed_run(&bed, 10);
    expect_report(&bed, 1, MT_ORDER_ACK);
    const struct mt_event *report = expect_op(&bed, 1, MT_REPORT_REPLACED, MT_CODE_OK);
    assert_int_equal(report->report.qty, 6);
    assert_int_equal(report->report.price, 9950);
    assert_int_equal(report->report.cum, 0);
    expect_op(&bed, 1, MT_REPORT_REPLACED, MT_CODE_OK);
    expect_fill(&bed, 1, 10010, 3, false, false);
    expect_op(&bed, 1, MT_REPORT_OP_REFUSED, MT_CODE_FIELD_INVALID);
    expect_op(&bed, 1, MT_REPORT_OP_REFUSED, MT_CODE_FIELD_INVALID);
    assert_int_equal(expect_end(&bed, 1, MT_ORDER_CXL, MT_CODE_OK)->report.cum, 3);
    expect_op(&bed, 1, MT_REPORT_OP_REFUSED, MT_CODE_TOO_LATE);
    expect_op(&bed, 77, MT_REPORT_OP_REFUSED, MT_CODE_UNKNOWN_ORDER);
    expect_silence(&bed);
}

static void a_moved_or_grown_order_goes_behind_the_others_a_smaller_one_stays(void **state)
{
    (void)state;
    bed_quote_of(&bed, 0, 10, 9990, 10010, 0, 0);
    bed_quote_of(&bed, 0, 20, 9900, 9980, 3, 3);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    for (uint64_t coid = 1; coid <= 4; coid++)
        bed_send(&bed, coid, 1, MT_TYPE_LIMIT, 9980, 2);
    (void)bed_modify(&bed, 10, 1, 3, 9980, 0);       /* grown */
    (void)bed_modify(&bed, 10, 2, 2, 9979, 0);       /* moved */
    (void)bed_modify(&bed, 10, 3, 1, 9980, 0);       /* smaller */
    (void)bed_run(&bed, INT64_MAX);
    for (uint64_t coid = 1; coid <= 4; coid++)
        expect_report(&bed, coid, MT_ORDER_ACK);
    for (uint64_t coid = 1; coid <= 3; coid++)
        expect_op(&bed, coid, MT_REPORT_REPLACED, MT_CODE_OK);
    expect_fill(&bed, 3, 9980, 1, true, true);
    expect_fill(&bed, 4, 9980, 2, true, true);
    expect_silence(&bed);
}

static void triggered_stop_cannot_be_moved_any_more(void **state)
{
    (void)state;
    bed_quote_of(&bed, 0, 10, 9990, 10010, 1, 1);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, -1, MT_TYPE_STOP, 9995, 3);
    (void)bed_modify(&bed, 10, 1, 3, 0, 9000);
    (void)bed_run(&bed, 10);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_fill(&bed, 1, 9990, 1, false, false);
    expect_op(&bed, 1, MT_REPORT_OP_REFUSED, MT_CODE_TOO_LATE);
}

static void cancel_and_query_answer_by_reports(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 9990, 10010);
    bed_start(&bed);
    const struct mt_venue_ops *ops = bed.venue.ops;
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 9900, 5);
    bed_send(&bed, 2, 1, MT_TYPE_MARKET, 0, 5);
    bed_send(&bed, 3, 1, MT_TYPE_LIMIT, 0, 5);
    (void)ops->query(bed.venue.self, 10, 1);
    (void)ops->cancel(bed.venue.self, 10, 1);
    (void)ops->cancel(bed.venue.self, 10, 1);
    (void)ops->cancel(bed.venue.self, 10, 99);
    for (uint64_t coid = 1; coid <= 4; coid++)
        (void)ops->query(bed.venue.self, 10, coid);
    (void)bed_run(&bed, 10);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_fill(&bed, 2, 10010, 5, true, false);
    expect_end(&bed, 3, MT_ORDER_REJ, MT_CODE_FIELD_INVALID);
    assert_int_equal(expect_report(&bed, 1, MT_ORDER_ACK)->report.venue_order_id, 1);
    expect_end(&bed, 1, MT_ORDER_CXL, MT_CODE_OK);
    expect_op(&bed, 1, MT_REPORT_OP_REFUSED, MT_CODE_TOO_LATE);
    expect_op(&bed, 99, MT_REPORT_OP_REFUSED, MT_CODE_UNKNOWN_ORDER);
    expect_report(&bed, 1, MT_ORDER_CXL);
    assert_int_equal(expect_report(&bed, 2, MT_ORDER_ACK)->report.cum, 5);
    expect_end(&bed, 3, MT_ORDER_REJ, MT_CODE_FIELD_INVALID);
    expect_op(&bed, 4, MT_REPORT_ABSENT_SAMPLE, MT_CODE_OK);
    expect_silence(&bed);
}

static void duplicate_id_is_refused_for_ever(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 9990, 10010);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 5);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 5);
    (void)bed_run(&bed, 10);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_fill(&bed, 1, 10010, 5, true, false);
    expect_end(&bed, 1, MT_ORDER_REJ, MT_CODE_DUPLICATE);
    assert_int_equal(mt_sim_position_of(bed.sim, 0, 0)->qty, 5);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(market_buys_at_ask_and_sells_at_bid_of_the_quote_seen),
        T(displayed_size_is_taken_once_by_all_accounts_and_the_rest_waits),
        T(nothing_trades_on_a_crossed_or_one_sided_book),
        T(limit_takes_the_touch_on_arrival_or_rests_and_makes_at_its_price),
        T(print_through_a_resting_limit_fills_it_and_a_touch_does_not),
        T(resting_limit_trades_no_more_than_the_quote_that_reaches_it_shows),
        T(stop_triggers_on_the_exit_side_and_fills_across_the_gap),
        T(triggered_stop_stays_triggered_while_size_is_short),
        T(with_trades_only_the_last_print_is_the_book_until_a_quote_comes),
        T(ioc_fok_and_gtd),
        T(ioc_stop_lives_until_it_triggers),
        T(post_only_is_refused_when_it_would_take_and_never_takes_later),
        T(reduce_only_never_raises_the_position),
        T(reduce_only_waits_for_size_and_then_gives_up_the_rest),
        T(modify_replaces_refuses_and_closes),
        T(a_moved_or_grown_order_goes_behind_the_others_a_smaller_one_stays),
        T(triggered_stop_cannot_be_moved_any_more),
        T(cancel_and_query_answer_by_reports),
        T(duplicate_id_is_refused_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
