/* Time: latencies, order of things within an instant, waking for timers, a full inbox, a broken
 * source. */
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

static void three_latencies_are_apart(void **state)
{
    (void)state;
    bed_quote(&bed, 100, 9990, 10010);
    bed_quote(&bed, 114, 9890, 9910);
    bed_quote(&bed, 116, 9790, 9810);
    bed.options.feed_ns = 10;
    bed.options.entry_ns = 5;
    bed.options.reply_ns = 7;
    bed_start(&bed);
    (void)bed_run(&bed, 109);
    assert_int_equal(bed.got_count, 0);
    (void)bed_run(&bed, 110);
    assert_int_equal(bed.got_count, 1);
    assert_int_equal(bed.got[0].time_ns, 110);
    assert_int_equal(bed.got[0].venue_ns, 100);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0,
             1); /* arrives at 115: after the quote of 114, before it is seen */
    (void)bed_run(&bed, INT64_MAX);
    const struct mt_event *ack = expect_report(&bed, 1, MT_ORDER_ACK);
    assert_int_equal(ack->venue_ns, 115);
    assert_int_equal(ack->time_ns, 122);
    assert_int_equal(expect_fill(&bed, 1, 9910, 1, true, false)->time_ns, 122);
    assert_int_equal(bed.got[1].kind, MT_EV_REPORT); /* 122, 122, then the quotes at 124 and 126 */
    assert_int_equal(bed.got[3].time_ns, 124);
    assert_int_equal(bed.got[4].time_ns, 126);
    assert_int_equal(mt_sim_position(bed.sim), 3);
}

static void at_one_instant_orders_reports_market(void **state)
{
    (void)state;
    bed_quote(&bed, 100, 9990, 10010);
    bed_quote(&bed, 105, 9890, 9910);
    bed_quote(&bed, 110, 9790, 9810);
    bed.options.feed_ns = bed.options.reply_ns = bed.options.entry_ns = 5;
    bed_start(&bed);
    (void)bed_run(&bed, 105);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0,
             1); /* arrives at 110, when the venue's quote changes: it is first */
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    assert_int_equal(expect_fill(&bed, 1, 9910, 1, true, false)->time_ns, 115);
    static const uint8_t kinds[] = {MT_EV_QUOTE, MT_EV_QUOTE, MT_EV_REPORT, MT_EV_REPORT,
                                    MT_EV_QUOTE};
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(bed.got[i].kind, kinds[i]);
    assert_int_equal(bed.got[4].time_ns,
                     115); /* reports and the quote of one instant: reports first */
}

static void a_report_and_the_market_event_that_caused_it_come_together(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 9990, 10010);
    bed_quote(&bed, 20, 9900, 9910);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 9950, 1);
    (void)bed_run(&bed, 19);
    int64_t now_ns;
    struct mt_diag diag = {0};
    assert_int_equal(mt_sim_next(bed.sim, INT64_MAX, &now_ns, &diag), 1);
    assert_int_equal(now_ns, 20);
    assert_int_equal(mt_inbox_count(&bed.inbox), 2);
    assert_int_equal(mt_inbox_take(&bed.inbox)->kind, MT_EV_REPORT);
    assert_int_equal(mt_inbox_take(&bed.inbox)->kind, MT_EV_QUOTE);
    assert_int_equal(mt_sim_next(bed.sim, INT64_MAX, &now_ns, &diag), 0);
}

static void time_never_passes_until(void **state)
{
    (void)state;
    bed_quote(&bed, 100, 9990, 10010);
    bed_quote(&bed, 200, 9890, 9910);
    bed_start(&bed);
    int64_t now_ns;
    struct mt_diag diag = {0};
    assert_int_equal(mt_sim_next(bed.sim, 99, &now_ns, &diag), 2);
    assert_int_equal(now_ns, 99);
    assert_int_equal(mt_sim_next(bed.sim, 100, &now_ns, &diag), 1);
    (void)mt_inbox_take(&bed.inbox);
    assert_int_equal(mt_sim_next(bed.sim, 150, &now_ns, &diag), 2);
    assert_int_equal(now_ns, 150);
    bed.now_ns = 150;
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 9000, 1);
    assert_int_equal(mt_sim_next(bed.sim, 150, &now_ns, &diag), 1);     /* its acceptance */
    assert_int_equal(now_ns, 150);
    (void)mt_inbox_take(&bed.inbox);
    assert_int_equal(mt_sim_next(bed.sim, 199, &now_ns, &diag), 2);
    assert_int_equal(mt_sim_next(bed.sim, 200, &now_ns, &diag), 1);
    (void)mt_inbox_take(&bed.inbox);
    assert_int_equal(mt_sim_next(bed.sim, 300, &now_ns, &diag),
                     0); /* the end is the end, whatever rests */
}

static void what_is_under_way_at_the_end_still_arrives(void **state)
{
    (void)state;
    bed_quote(&bed, 100, 9990, 10010);
    bed.options.entry_ns = bed.options.reply_ns = 50;
    bed_start(&bed);
    (void)bed_run(&bed, 100);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 1);
    assert_int_equal(bed_run(&bed, 160), 2);
    expect_silence(&bed);
    assert_int_equal(bed_run(&bed, INT64_MAX), 0);
    expect_report(&bed, 1, MT_ORDER_ACK);
    assert_int_equal(expect_fill(&bed, 1, 10010, 1, true, false)->time_ns, 200);
}

static void a_full_inbox_loses_nothing(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 9990, 10010);
    bed_quote(&bed, 20, 9990, 10010);
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    for (uint64_t coid = 1; coid <= 40; coid++)
        bed_send(&bed, coid, 1, MT_TYPE_MARKET, 0, 1);
    int64_t now_ns;
    struct mt_diag diag = {0};
    assert_int_equal(mt_sim_next(bed.sim, INT64_MAX, &now_ns, &diag), 1);
    assert_int_equal(mt_inbox_count(&bed.inbox), 64);
    assert_int_equal(mt_sim_next(bed.sim, INT64_MAX, &now_ns, &diag), MT_EFULL);
    uint32_t fills = 0, events = 0;
    const struct mt_event *event;
    do {
        while ((event = mt_inbox_take(&bed.inbox)) != NULL) {
            events++;
            fills += event->kind == MT_EV_REPORT && event->report.event == MT_ORDER_FILLX;
        }
    } while (mt_sim_next(bed.sim, INT64_MAX, &now_ns, &diag) == 1);
    assert_int_equal(fills, 40);
    assert_int_equal(events, 81);
}

static void a_full_inbox_holds_back_the_market(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 9990, 10010);
    bed_quote(&bed, 20, 9900, 9910);
    bed_start(&bed);
    int64_t now_ns;
    struct mt_diag diag = {0};
    for (int i = 0; i < 64; i++)
        mt_inbox_commit(&bed.inbox);
    assert_int_equal(mt_sim_next(bed.sim, INT64_MAX, &now_ns, &diag), MT_EFULL);
    assert_int_equal(mt_sim_position(bed.sim), 0);
    bed.inbox.head = bed.inbox.tail;
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 9950, 1);
    (void)bed_run(&bed, 10);
    for (int i = 0; i < 63; i++)
        mt_inbox_commit(&bed.inbox);
    assert_int_equal(mt_sim_next(bed.sim, INT64_MAX, &now_ns, &diag), 1);       /* the fill only */
    assert_int_equal(mt_sim_position(bed.sim), 1);
    assert_int_equal(mt_sim_next(bed.sim, INT64_MAX, &now_ns, &diag), MT_EFULL);
    bed.inbox.head = bed.inbox.tail;
    (void)bed_run(&bed, INT64_MAX);
    assert_int_equal(mt_sim_position(bed.sim), 2);
}

static void a_broken_source_says_so(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 9990, 10010);
    bed.fail_at = 1;
    bed_start(&bed);
    assert_int_equal(bed_run(&bed, INT64_MAX), MT_ECORRUPT);
    assert_int_equal(bed.got_count, 1);
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 1);
    assert_int_equal(bed_run(&bed, INT64_MAX), MT_ECORRUPT);
}

static void halted_takes_nothing_new_and_cancels_pass(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 9990, 10010);
    bed_start(&bed);
    const struct mt_venue_ops *ops = bed.venue.ops;
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 9000, 1);
    (void)bed_run(&bed, 10);
    ops->halt(bed.venue.self);
    assert_int_equal(bed_submit(&bed, bed_request(2, 1, MT_TYPE_MARKET, 0, 1)), MT_SEND_NOBYTE);
    assert_int_equal(bed_modify(&bed, 10, 1, 2, 9000, 0), MT_SEND_NOBYTE);
    assert_int_equal(ops->cancel(bed.venue.self, 10, 1), MT_SEND_OUT);
    (void)bed_run(&bed, 10);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_report(&bed, 1, MT_ORDER_CXL);
    expect_silence(&bed);
}

static void an_order_without_id_leaves_no_byte(void **state)
{
    (void)state;
    bed_start(&bed);
    assert_int_equal(bed_submit(&bed, bed_request(0, 1, MT_TYPE_MARKET, 0, 1)), MT_SEND_NOBYTE);
}

static void nothing_overtakes_on_its_way_in(void **state)
{
    (void)state;
    bed_quote(&bed, 10, 9990, 10010);
    bed.options.entry_ns = 5;
    bed_start(&bed);
    (void)bed_run(&bed, 10);
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 9000, 1);
    (void)bed.venue.ops->cancel(bed.venue.self, 8, 1);          /* a clock that was set back */
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    assert_int_equal(expect_report(&bed, 1, MT_ORDER_CXL)->time_ns, 15);
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    struct mt_sim *sim = NULL;
    struct mt_source none = {0};
    struct mt_diag diag;
#define REFUSED(change, undo) \
    do { \
        change; \
        memset(&diag, 0, sizeof diag); \
        assert_true(mt_sim_new(&sim, &bed.options, none, &diag) < 0); \
        assert_true(diag.text[0] != '\0'); \
        undo; \
    } while (0)
    REFUSED(bed.options.feed_ns = -1, bed.options.feed_ns = 0);
    REFUSED(bed.options.entry_ns = INT64_MAX, bed.options.entry_ns = 0);
    REFUSED(bed.options.reply_ns = -1, bed.options.reply_ns = 0);
    REFUSED(bed.accounts[1].leverage = 0, bed.accounts[1].leverage = 1);
    REFUSED(bed.accounts[1].currency[0] = '\0', bed.accounts[1].currency[0] = 'U');
    REFUSED(bed.options.instrument_count = 0, bed.options.instrument_count = 3);
    REFUSED(bed.instruments[1].quote[0] = '\0', bed.instruments[1].quote[0] = 'U');
    REFUSED(strcpy(bed.instruments[2].base, "USD"), strcpy(bed.instruments[2].base, "EUR"));
    REFUSED(bed.options.fault = "no such", bed.options.fault = NULL);
    REFUSED((bed.options.fault = "forget", bed.options.fault_every = 0), bed.options.fault = NULL);
    assert_null(sim);
    mt_sim_free(NULL);
}

static void the_port_knows_its_symbols(void **state)
{
    (void)state;
    struct mt_diag diag = {0};
    bed_start(&bed);
    assert_int_equal(bed.venue.ops->subscribe(bed.venue.self, 2, &diag), 0);
    assert_int_equal(bed.venue.ops->subscribe(bed.venue.self, 3, &diag), MT_ENOTFOUND);
}

/* Bars of AAA and BBB; what waits for a bar of AAA ends by its time although no such bar comes. */
static void bars_of_others_pass_the_time(void **state)
{
    static const int64_t expires[] = {130, 500, 600, 601};
    (void)state;
    bed_bar_of(&bed, 0, 0, 60, 9990, 10010, 9990, 10000);
    for (int64_t t = 60; t < 600; t += 60)
        bed_bar_of(&bed, 1, t, t + 60, 9990, 10010, 9990, 10000);
    bed_start(&bed);
    (void)bed_run(&bed, 60);
    for (uint64_t i = 0; i < 4; i++) {
        struct mt_order_request order = bed_request(i + 1, 1, MT_TYPE_MARKET, 0, 1);
        order.terms.tif = MT_TIF_GTD;
        order.terms.expire_ns = expires[i];
        (void)bed_submit(&bed, order);
    }
    (void)bed_run(&bed, INT64_MAX);
    for (uint64_t coid = 1; coid <= 4; coid++)
        expect_report(&bed, coid, MT_ORDER_ACK);
    assert_int_equal(expect_report(&bed, 1, MT_ORDER_EXP)->time_ns, 250);       /* a bar that opened before 130 has ended */
    assert_int_equal(expect_report(&bed, 2, MT_ORDER_EXP)->time_ns, 600);       /* the data have ended */
    assert_int_equal(expect_report(&bed, 3, MT_ORDER_EXP)->time_ns, 600);
    expect_silence(&bed);                                                       /* nothing ends after them */
    assert_int_equal(bed.got[bed.got_count - 1].kind, MT_EV_BAR);               /* and the host hears it first */
    assert_int_equal(mt_sim_open_orders(bed.sim), 1);
}

/* A bar that opened in time is told of at its close, though it is longer than the one before, and others come first. */
static void a_bar_that_opened_in_time_is_waited_for(void **state)
{
    (void)state;
    for (int latency = 0; latency <= 5; latency += 5) {
        bed_init(&bed);
        bed_bar_of(&bed, 0, 0, 60, 9990, 10010, 9990, 10000);
        for (int64_t t = 60; t < 300; t += 60)
            bed_bar_of(&bed, 1, t, t + 60, 9990, 10010, 9990, 10000);
        bed_bar_of(&bed, 1, 300, 339, 9990, 10010, 9990, 10000);
        bed_bar_of(&bed, 0, 240, 340, 9980, 10010, 9980, 10000);
        bed.options.feed_ns = latency;
        bed_start(&bed);
        (void)bed_run(&bed, 60 + latency);
        struct mt_order_request order = bed_request(1, 1, MT_TYPE_MARKET, 0, 1), late = order;
        order.terms.tif = late.terms.tif = MT_TIF_GTD;
        order.terms.expire_ns = 241;
        late.coid = 2;
        late.terms.expire_ns = 240;                   /* over when the bar opens */
        (void)bed_submit(&bed, order);
        (void)bed_submit(&bed, late);
        (void)bed_run(&bed, INT64_MAX);
        expect_report(&bed, 1, MT_ORDER_ACK);
        expect_report(&bed, 2, MT_ORDER_ACK);
        expect_report(&bed, 2, MT_ORDER_EXP);
        assert_int_equal(expect_fill(&bed, 1, 9980, 1, true, false)->time_ns, 340);
        expect_silence(&bed);
        bed_stop(&bed);
    }
}

/* Behind the last event no time passes: what rests stays open, also when another order comes that is over already. */
static void an_arrival_behind_the_data_ends_no_other_order(void **state)
{
    (void)state;
    for (int bars = 0; bars <= 1; bars++) {
        bed_init(&bed);
        if (bars)
            bed_bar_of(&bed, 0, 0, 60, 9990, 10010, 9990, 10000);
        else
            bed_quote(&bed, 60, 9990, 10010);
        bed.options.entry_ns = 5;
        bed_start(&bed);
        (void)bed_run(&bed, 60);
        struct mt_order_request rests = bed_request(1, 1, MT_TYPE_LIMIT, 9000, 1), over = bed_request(2, 1, MT_TYPE_MARKET, 0, 1);
        rests.terms.tif = over.terms.tif = MT_TIF_GTD;
        rests.terms.expire_ns = 70;
        over.terms.expire_ns = 79;
        (void)bed_submit(&bed, rests);
        (void)bed_run(&bed, 75);
        bed.now_ns = 75;
        (void)bed_submit(&bed, over);
        (void)bed_run(&bed, INT64_MAX);
        expect_report(&bed, 1, MT_ORDER_ACK);
        expect_report(&bed, 2, MT_ORDER_ACK);
        assert_int_equal(expect_report(&bed, 2, MT_ORDER_EXP)->time_ns, 80);
        expect_silence(&bed);
        assert_int_equal(mt_sim_open_orders(bed.sim), 1);
        bed_stop(&bed);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(three_latencies_are_apart),
        T(at_one_instant_orders_reports_market),
        T(a_report_and_the_market_event_that_caused_it_come_together),
        T(time_never_passes_until),
        T(what_is_under_way_at_the_end_still_arrives),
        T(a_full_inbox_loses_nothing),
        T(a_full_inbox_holds_back_the_market),
        T(a_broken_source_says_so),
        T(halted_takes_nothing_new_and_cancels_pass),
        T(an_order_without_id_leaves_no_byte),
        T(nothing_overtakes_on_its_way_in),
        T(wrong_options_are_refused),
        T(the_port_knows_its_symbols),
        T(bars_of_others_pass_the_time),
        T(a_bar_that_opened_in_time_is_waited_for),
        T(an_arrival_behind_the_data_ends_no_other_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
