/* Every fault by its name: what the host hears, and what is true at the venue. */
#include "bed.h"

static struct bed bed;

static int setup(void **state)
{
    (void)state;
    bed_init(&bed);
    bed.options.fault_every = 1;
    bed_quote(&bed, 10, 9990, 10010);
    bed_quote(&bed, 5000000000, 9990, 10010);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bed_stop(&bed);
    return 0;
}

static void start(const char *fault)
{
    bed.options.fault = fault;
    bed_start(&bed);
    (void)bed_run(&bed, 10);
}

static void lost_ack(void **state)
{
    (void)state;
    start("lost_ack");
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 9000, 1);
    (void)bed_run(&bed, 4000000000);
    expect_silence(&bed);
    (void)bed.venue.ops->query(bed.venue.self, bed.now_ns, 1);
    (void)bed_run(&bed, 4000000000);
    assert_int_equal(expect_report(&bed, 1, MT_ORDER_ACK)->report.venue_order_id, 1);
}

static void late_ack_comes_a_second_later_and_others_pass_it(void **state)
{
    (void)state;
    start("late_ack");
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 1);
    (void)bed_run(&bed, INT64_MAX);
    expect_fill(&bed, 1, 10010, 1, true, false);
    assert_int_equal(expect_report(&bed, 1, MT_ORDER_ACK)->time_ns, 1000000010);
}

static void fill_before_ack(void **state)
{
    (void)state;
    start("fill_before_ack");
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 1);
    bed_send(&bed, 2, 1, MT_TYPE_LIMIT, 9000, 1);
    (void)bed_run(&bed, 10);
    expect_fill(&bed, 1, 10010, 1, true, false);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_silence(&bed);
    (void)bed.venue.ops->cancel(bed.venue.self, bed.now_ns, 2);
    (void)bed_run(&bed, 10);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_report(&bed, 2, MT_ORDER_CXL);
}

static void duplicate_fill(void **state)
{
    (void)state;
    start("duplicate_fill");
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 1);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    uint64_t id = expect_fill(&bed, 1, 10010, 1, true, false)->report.fill_id;
    assert_int_equal(expect_fill(&bed, 1, 10010, 1, true, false)->report.fill_id, id);
    expect_silence(&bed);
    assert_int_equal(mt_sim_position_of(bed.sim, 0, 0)->qty, 1);
}

static void reject_strikes_every_third_and_the_seed_shifts_it(void **state)
{
    (void)state;
    bed.options.fault_every = 3;
    bed.options.seed = 1;
    start("reject");
    for (uint64_t coid = 1; coid <= 6; coid++)
        bed_send(&bed, coid, 1, MT_TYPE_LIMIT, 9000, 1);
    (void)bed_run(&bed, INT64_MAX);
    for (uint64_t coid = 1; coid <= 6; coid++) {
        if (coid % 3 == 2)
            expect_end(&bed, coid, MT_ORDER_REJ, MT_CODE_VENUE_REJECT);
        else
            expect_report(&bed, coid, MT_ORDER_ACK);
    }
}

static void unsolicited_cancel(void **state)
{
    (void)state;
    start("unsolicited_cancel");
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 9000, 1);
    bed_send(&bed, 2, 1, MT_TYPE_MARKET, 0, 1);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_end(&bed, 1, MT_ORDER_CXL, MT_CODE_VENUE_REJECT);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_fill(&bed, 2, 10010, 1, true, false);
}

static void cancel_refused(void **state)
{
    (void)state;
    start("cancel_refused");
    bed_send(&bed, 1, 1, MT_TYPE_LIMIT, 9000, 1);
    (void)bed.venue.ops->cancel(bed.venue.self, bed.now_ns, 1);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_op(&bed, 1, MT_REPORT_OP_REFUSED, MT_CODE_VENUE_REJECT);
    assert_int_equal(mt_sim_open_orders(bed.sim), 1);
}

static void amb_arrives_all_the_same(void **state)
{
    (void)state;
    start("amb");
    assert_int_equal(bed_submit(&bed, bed_request(1, 1, MT_TYPE_MARKET, 0, 1)), MT_SEND_AMB);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_fill(&bed, 1, 10010, 1, true, false);
}

static void nobyte_does_not_arrive(void **state)
{
    (void)state;
    start("nobyte");
    assert_int_equal(bed_submit(&bed, bed_request(1, 1, MT_TYPE_MARKET, 0, 1)), MT_SEND_NOBYTE);
    (void)bed.venue.ops->query(bed.venue.self, bed.now_ns, 1);
    (void)bed_run(&bed, INT64_MAX);
    expect_op(&bed, 1, MT_REPORT_ABSENT_SAMPLE, MT_CODE_OK);
    expect_silence(&bed);
}

static void forget(void **state)
{
    (void)state;
    start("forget");
    bed_send(&bed, 1, 1, MT_TYPE_MARKET, 0, 1);
    (void)bed.venue.ops->query(bed.venue.self, bed.now_ns, 1);
    (void)bed_run(&bed, INT64_MAX);
    expect_op(&bed, 1, MT_REPORT_ABSENT_SAMPLE, MT_CODE_OK);
    expect_silence(&bed);
    assert_int_equal(mt_sim_position_of(bed.sim, 0, 0)->qty, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(lost_ack),
        T(late_ack_comes_a_second_later_and_others_pass_it),
        T(fill_before_ack),
        T(duplicate_fill),
        T(reject_strikes_every_third_and_the_seed_shifts_it),
        T(unsolicited_cancel),
        T(cancel_refused),
        T(amb_arrives_all_the_same),
        T(nobyte_does_not_arrive),
        T(forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
