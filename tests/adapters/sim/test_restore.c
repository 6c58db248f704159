/* After a crash of the host: the market, the accounts, the orders, the counters. */
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

static void market_shows_what_it_showed(void **state)
{
    (void)state;
    struct mt_diag diag = {0};
    bed_quote_of(&bed, 1, 5, 50, 60, 0, 0);
    for (int i = 0; i < 700; i++)
        bed_quote(&bed, 10 + i, 9000 + i, 9010 + i);
    bed_start(&bed);
    assert_int_equal(mt_sim_restore_market(bed.sim, 301, &diag), 0);
    assert_int_equal(mt_sim_position(bed.sim), 301);
    struct mt_order_request r = bed_request(1, 1, MT_TYPE_MARKET, 0, 1),
                            other = bed_request(2, 1, MT_TYPE_MARKET, 0, 1);
    other.symbol = 1;
    assert_int_equal(mt_sim_restore_order(bed.sim, &r, 0, false, 0, 309), 0);
    assert_int_equal(mt_sim_restore_order(bed.sim, &other, 0, false, 0, 309), 0);
    (void)bed_run(&bed, 310);
    expect_report(&bed, 1, MT_ORDER_ACK);
    assert_int_equal(expect_fill(&bed, 1, 9309, 1, true, false)->time_ns, 309);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_fill(&bed, 2, 60, 1, true, false);
    assert_int_equal(bed.got[4].quote.bid, 9300); /* the next event that the host had not seen */
    assert_int_equal(mt_sim_position(bed.sim), 302);
    (void)bed_run(&bed, INT64_MAX);
    assert_int_equal(mt_sim_position(bed.sim), 701);
}

static struct {
    uint64_t at, count, filled;
} flood;

static int flood_fill(void *self, struct mt_event *out, int max, struct mt_diag *diag)
{
    int count = 0;
    (void)self;
    (void)diag;
    for (; count < max && flood.at < flood.count; flood.at++, flood.filled++) {
        struct mt_event *event = &out[count++];
        *event = (struct mt_event){
            .time_ns = (int64_t)flood.at, .venue_ns = (int64_t)flood.at, .kind = MT_EV_QUOTE};
        event->symbol = flood.at == 3 && bed.options.instrument_count > 1;
        event->quote =
            (struct mt_quote){.bid = (int64_t)flood.at + 1, .ask = (int64_t)flood.at + 2};
    }
    return count;
}

static int flood_seek(void *self, uint64_t position, struct mt_diag *diag)
{
    (void)self;
    (void)diag;
    flood.at = position;
    return 0;
}

static void flood_close(void *self)
{
    (void)self;
}

static uint64_t read_for(uint16_t symbols, uint64_t position)
{
    static const struct mt_source_ops ops = {
        .fill = flood_fill, .seek = flood_seek, .close = flood_close};
    struct mt_diag diag = {0};
    struct mt_sim *sim;
    struct mt_inbox inbox;
    flood.at = flood.filled = 0;
    flood.count = 200000;
    bed.options.instrument_count = symbols;
    assert_int_equal(mt_sim_new(&sim, &bed.options, (struct mt_source){.ops = &ops}, &diag), 0);
    assert_int_equal(mt_inbox_init(&inbox, 64), 0);
    struct mt_venue venue = mt_sim_venue(sim);
    assert_int_equal(venue.ops->open(venue.self, &inbox, &diag), 0);
    assert_int_equal(mt_sim_restore_market(sim, position, &diag), 0);
    uint64_t filled = flood.filled;
    int64_t now_ns;
    assert_int_equal(mt_sim_next(sim, INT64_MAX, &now_ns, &diag), 1);
    assert_int_equal(now_ns, position);
    mt_sim_free(sim);
    mt_inbox_fini(&inbox);
    return filled;
}

static void a_long_run_is_not_read_from_the_start_unless_a_symbol_is_quiet(void **state)
{
    (void)state;
    assert_int_equal(read_for(1, 150000), 65536);
    assert_int_equal(read_for(2, 150000), 65536 + 150000); /* the second moved at event 3 only */
    assert_int_equal(read_for(1, 65536), 65536);
    assert_int_equal(read_for(2, 65535), 65535);
}

static void data_that_is_shorter_than_the_run_is_named(void **state)
{
    (void)state;
    struct mt_diag diag = {0};
    bed_quote(&bed, 10, 9000, 9010);
    bed_start(&bed);
    assert_int_equal(mt_sim_restore_market(bed.sim, 2, &diag), MT_EDIFF);
    bed_quote(&bed, 11, 9000, 9010);
    bed_quote(&bed, 12, 9000, 9010);
    memset(&diag, 0, sizeof diag);
    bed.market_at = 0;
    assert_int_equal(mt_sim_restore_market(bed.sim, 3, &diag), 0);
}

/* A source whose seek promises more than it has. */
static void read_short(struct mt_diag *diag)
{
    static const struct mt_source_ops ops = {
        .fill = flood_fill, .seek = flood_seek, .close = flood_close};
    struct mt_sim *sim;
    flood.at = flood.filled = 0;
    flood.count = 5;
    bed.options.instrument_count = 1;
    memset(diag, 0, sizeof *diag);
    assert_int_equal(mt_sim_new(&sim, &bed.options, (struct mt_source){.ops = &ops}, diag), 0);
    assert_int_equal(mt_sim_restore_market(sim, 6, diag), MT_EDIFF);
    mt_sim_free(sim);
}

static void a_source_that_breaks_or_ends_while_it_is_read_again(void **state)
{
    (void)state;
    struct mt_diag diag = {0};
    bed_quote(&bed, 10, 9000, 9010);
    bed_quote(&bed, 11, 9000, 9010);
    bed.fail_at = 1;
    bed_start(&bed);
    assert_int_equal(mt_sim_restore_market(bed.sim, 1, &diag), 0);
    assert_int_equal(bed_run(&bed, INT64_MAX), MT_ECORRUPT);
    read_short(&diag);
}

static void orders_that_worked_go_on_where_they_were(void **state)
{
    (void)state;
    struct mt_diag diag = {0};
    uint64_t next_order, next_fill;
    bed_quote_of(&bed, 0, 10, 9990, 10010, 0, 0);
    bed_quote_of(&bed, 0, 20, 9980, 9990, 0, 0);
    bed_quote_of(&bed, 0, 30, 9970, 9980, 0, 0);
    bed_start(&bed);
    assert_int_equal(mt_sim_restore_market(bed.sim, 1, &diag), 0);
    struct mt_position held = {.qty = 7, .cost = 7 * 10000};
    mt_sim_restore_account(bed.sim, 0, 12345);
    mt_sim_restore_position(bed.sim, 0, 0, &held);
    mt_sim_restore_counters(bed.sim, 41, 901);
    struct mt_order_request limit = bed_request(5, 1, MT_TYPE_LIMIT, 9990, 10),
                            stop = bed_request(6, -1, MT_TYPE_STOP, 9970, 7);
    struct mt_order_request running = bed_request(7, -1, MT_TYPE_STOP, 9000, 3),
                            gtd = bed_request(8, 1, MT_TYPE_LIMIT, 1, 1);
    stop.reduce_only = true;
    gtd.tif = MT_TIF_GTD;
    gtd.expire_ns = 25;
    assert_int_equal(mt_sim_restore_order(bed.sim, &limit, 4, true, 33, 15), 0);
    assert_int_equal(mt_sim_restore_order(bed.sim, &stop, 0, true, 34, 15), 0);
    assert_int_equal(mt_sim_restore_order(bed.sim, &running, 1, false, 35, 15),
                     0); /* it had triggered */
    assert_int_equal(mt_sim_restore_order(bed.sim, &gtd, 0, true, 36, 15), 0);
    assert_int_equal(mt_sim_restore_order(bed.sim, &limit, 4, true, 33, 15), MT_EDUP);
    assert_int_equal(mt_sim_open_orders(bed.sim), 4);
    assert_true(mt_sim_cash(bed.sim, 0) == 12345);
    (void)bed_run(&bed, 24);
    const struct mt_event *fill = expect_fill(&bed, 5, 9990, 6, true, true);
    assert_int_equal(fill->report.cum, 10);
    assert_int_equal(fill->report.venue_order_id, 33);
    assert_int_equal(fill->report.fill_id, 901);
    expect_fill(&bed, 7, 9980, 2, true, false);
    (void)bed_run(&bed, 25);
    expect_report(&bed, 8, MT_ORDER_EXP);
    bed_send(&bed, 9, 1, MT_TYPE_LIMIT, 9000, 10);
    bed_send(&bed, 5, 1, MT_TYPE_LIMIT, 9000, 10);      /* used in the earlier life */
    (void)bed_run(&bed, INT64_MAX);
    assert_int_equal(
        expect_end(&bed, 9, MT_ORDER_REJ, MT_CODE_MARGIN_INSUFFICIENT)->report.venue_order_id, 0);
    expect_end(&bed, 5, MT_ORDER_REJ, MT_CODE_DUPLICATE);
    expect_fill(&bed, 6, 9970, 7, true, false);
    mt_sim_counters(bed.sim, &next_order, &next_fill);
    assert_int_equal(next_order, 41);
    assert_int_equal(next_fill, 904);
}

static void a_restored_order_is_eligible_for_the_next_bar(void **state)
{
    (void)state;
    struct mt_diag diag = {0};
    bed_bar_of(&bed, 0, 0, 60, 100, 110, 90, 100);
    bed_bar_of(&bed, 0, 60, 120, 101, 110, 80, 100);
    bed_start(&bed);
    assert_int_equal(mt_sim_restore_market(bed.sim, 1, &diag), 0);
    struct mt_order_request stop = bed_request(1, -1, MT_TYPE_STOP, 85, 1),
                            fresh = bed_request(2, 1, MT_TYPE_MARKET, 0, 1);
    assert_int_equal(mt_sim_restore_order(bed.sim, &stop, 0, true, 1, 60), 0);
    assert_int_equal(mt_sim_restore_order(bed.sim, &fresh, 0, false, 0, 60), 0);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 2, MT_ORDER_ACK);
    expect_fill(&bed, 2, 101, 1, true, false);
    expect_fill(&bed, 1, 85, 1, true, false);
}

/* It came to the venue in the middle of a bar: that bar is not for it, neither before nor after a restart. */
static void a_restored_order_waits_for_the_bar_it_had_waited_for(void **state)
{
    (void)state;
    struct mt_diag diag = {0};
    bed_bar_of(&bed, 0, 0, 60, 100, 110, 90, 100);
    bed_bar_of(&bed, 0, 60, 120, 101, 110, 80, 100);
    bed_bar_of(&bed, 0, 120, 180, 102, 110, 80, 100);
    bed_start(&bed);
    assert_int_equal(mt_sim_restore_market(bed.sim, 1, &diag), 0);
    struct mt_order_request stop = bed_request(1, -1, MT_TYPE_STOP, 85, 1),
                            fresh = bed_request(2, 1, MT_TYPE_MARKET, 0, 1);
    assert_int_equal(mt_sim_restore_order(bed.sim, &stop, 0, true, 1, 61), 0);
    assert_int_equal(mt_sim_restore_order(bed.sim, &fresh, 0, false, 0, 61), 0);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 2, MT_ORDER_ACK);
    assert_int_equal(expect_fill(&bed, 2, 102, 1, true, false)->time_ns, 180);
    assert_int_equal(expect_fill(&bed, 1, 85, 1, true, false)->time_ns, 180);
}

static void impossible_orders_are_not_restored(void **state)
{
    (void)state;
    bed_start(&bed);
    struct mt_order_request r = bed_request(1, 1, MT_TYPE_LIMIT, 100, 10), bad = r;
    bad.coid = 0;
    assert_int_equal(mt_sim_restore_order(bed.sim, &bad, 0, true, 1, 0), MT_ERANGE);
    bad = r;
    bad.account = 2;
    assert_int_equal(mt_sim_restore_order(bed.sim, &bad, 0, true, 1, 0), MT_ERANGE);
    bad = r;
    bad.symbol = 3;
    assert_int_equal(mt_sim_restore_order(bed.sim, &bad, 0, true, 1, 0), MT_ERANGE);
    assert_int_equal(mt_sim_restore_order(bed.sim, &r, -1, true, 1, 0), MT_ERANGE);
    assert_int_equal(mt_sim_restore_order(bed.sim, &r, 10, true, 1, 0), MT_ERANGE);
    assert_int_equal(mt_sim_open_orders(bed.sim), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(market_shows_what_it_showed),
        T(a_long_run_is_not_read_from_the_start_unless_a_symbol_is_quiet),
        T(data_that_is_shorter_than_the_run_is_named),
        T(a_source_that_breaks_or_ends_while_it_is_read_again),
        T(orders_that_worked_go_on_where_they_were),
        T(a_restored_order_is_eligible_for_the_next_bar),
        T(a_restored_order_waits_for_the_bar_it_had_waited_for),
        T(impossible_orders_are_not_restored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
