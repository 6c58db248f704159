/* Exits that lie with their entry: asleep, woken by its fill, dead with it, changed at any time, arriving late, put back
 * after a crash. */
#include "exit_bed.h"

static struct bed bed;
static const struct exit_bar quiet = { MIDDLE, MIDDLE, MIDDLE, MIDDLE };

static int setup(void **state)
{
    (void)state;
    bed_init(&bed);
    exit_begin(&bed);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bed_stop(&bed);
    return 0;
}

/* The venue at the close of the bar that only shows a price. */
static void begin(void)
{
    bed_start(&bed);
    assert_int_equal(bed_run(&bed, NS_BAR), 2);
}

static void until(int64_t t)
{
    (void)bed_run(&bed, t);
    bed.now_ns = t;
}

static int64_t held(uint16_t account)
{
    return mt_sim_position_of(bed.sim, account, 0)->qty;
}

static struct mt_order_request stop_of(int64_t distance)
{
    struct mt_order_request child = exit_child(STOP, ENTRY, 1, MT_TYPE_STOP, 1000);
    child.follow.distance = distance;
    return child;
}

/* Prices that would trigger it many times over: it sleeps as long as its entry does. */
static void they_sleep_until_the_entry_fills(void **state)
{
    const struct exit_plan plan = { .limit = 9000, .stop_at = 9500, .take_at = 10500, .trail = 300 };
    (void)state;
    exit_bar_add(&bed, 1, 1, (struct exit_bar){ 10000, 11000, 9100, 10000 });
    exit_bar_add(&bed, 1, 2, (struct exit_bar){ 11000, 11000, 9100, 9100 });
    begin();
    exit_send(&bed, 1, &plan, ENTRY, 0);
    (void)bed_run(&bed, INT64_MAX);
    for (uint64_t id = ENTRY; id <= TAKE; id++)
        expect_report(&bed, id, MT_ORDER_ACK);
    expect_silence(&bed);
    assert_int_equal(mt_sim_open_orders(bed.sim), 3);
}

static void they_die_with_an_entry_that_is_canceled(void **state)
{
    const struct exit_plan plan = { .limit = 9000, .stop = 500, .take = 500 };
    (void)state;
    exit_bar_add(&bed, 1, 1, quiet);
    begin();
    exit_send(&bed, 1, &plan, ENTRY, 0);
    assert_int_equal(bed.venue.ops->cancel(bed.venue.self, NS_BAR, ENTRY), MT_SEND_OUT);
    (void)bed_run(&bed, INT64_MAX);
    for (uint64_t id = ENTRY; id <= TAKE; id++)
        expect_report(&bed, id, MT_ORDER_ACK);
    expect_end(&bed, ENTRY, MT_ORDER_CXL, MT_CODE_OK);
    expect_end(&bed, STOP, MT_ORDER_CXL, MT_CODE_PARENT);
    expect_end(&bed, TAKE, MT_ORDER_CXL, MT_CODE_PARENT);
    expect_silence(&bed);
    assert_int_equal(mt_sim_open_orders(bed.sim), 0);
}

static void they_die_with_an_entry_that_expires(void **state)
{
    (void)state;
    exit_bar_add(&bed, 1, 1, quiet);
    exit_bar_add(&bed, 1, 2, (struct exit_bar){ 9000, 9000, 9000, 9000 });
    begin();
    struct mt_order_request entry = bed_request(ENTRY, 1, MT_TYPE_LIMIT, 9500, 1000);
    entry.terms.tif = MT_TIF_GTD;
    entry.terms.expire_ns = 2 * NS_BAR;
    assert_int_equal(bed_submit(&bed, entry), MT_SEND_OUT);
    assert_int_equal(bed_submit(&bed, stop_of(500)), MT_SEND_OUT);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, ENTRY, MT_ORDER_ACK);
    expect_report(&bed, STOP, MT_ORDER_ACK);
    expect_end(&bed, ENTRY, MT_ORDER_EXP, MT_CODE_OK);
    expect_end(&bed, STOP, MT_ORDER_CXL, MT_CODE_PARENT);
    expect_silence(&bed);
    assert_int_equal(held(0), 0);
}

/* Rejected, never arrived, or ended before its exit came: that ends at once, and is known by a query. */
static void they_die_with_an_entry_that_never_worked(void **state)
{
    (void)state;
    exit_bar_add(&bed, 1, 1, quiet);
    begin();
    struct mt_order_request entry = bed_request(ENTRY, 1, MT_TYPE_MARKET, 0, INT64_C(1000000000));
    assert_int_equal(bed_submit(&bed, entry), MT_SEND_OUT);             /* nobody can pay for that */
    assert_int_equal(bed_submit(&bed, stop_of(500)), MT_SEND_OUT);
    struct mt_order_request lost = exit_child(TAKE, 77, 1, MT_TYPE_LIMIT, 1000);
    lost.follow.distance = 500;
    assert_int_equal(bed_submit(&bed, lost), MT_SEND_OUT);
    assert_int_equal(bed.venue.ops->query(bed.venue.self, NS_BAR, TAKE), MT_SEND_OUT);
    until(NS_BAR + 1);
    expect_end(&bed, ENTRY, MT_ORDER_REJ, MT_CODE_MARGIN_INSUFFICIENT);
    expect_end(&bed, STOP, MT_ORDER_CXL, MT_CODE_PARENT);
    expect_end(&bed, TAKE, MT_ORDER_CXL, MT_CODE_PARENT);
    expect_end(&bed, TAKE, MT_ORDER_CXL, MT_CODE_PARENT);
    expect_silence(&bed);
    assert_int_equal(mt_sim_open_orders(bed.sim), 0);
}

static void one_that_comes_after_the_end_of_its_entry(void **state)
{
    (void)state;
    exit_bar_add(&bed, 1, 1, quiet);
    begin();
    bed_send(&bed, ENTRY, 1, MT_TYPE_LIMIT, 9000, 1000);
    assert_int_equal(bed.venue.ops->cancel(bed.venue.self, NS_BAR, ENTRY), MT_SEND_OUT);
    until(NS_BAR + 1);
    assert_int_equal(bed_submit(&bed, stop_of(500)), MT_SEND_OUT);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, ENTRY, MT_ORDER_ACK);
    expect_end(&bed, ENTRY, MT_ORDER_CXL, MT_CODE_OK);
    expect_end(&bed, STOP, MT_ORDER_CXL, MT_CODE_PARENT);
    expect_silence(&bed);
}

/* It comes awake, at its distance from the fill, for the first bar that opens after it has come. */
static void one_that_comes_after_the_fill_of_its_entry(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        exit_bar_add(&bed, side, 1, (struct exit_bar){ 9900, 9900, 9900, 9900 });
        exit_bar_add(&bed, side, 2, (struct exit_bar){ 9900, 9900, 9000, 9900 });
        exit_bar_add(&bed, side, 3, (struct exit_bar){ 9900, 9900, 9400, 9900 });
        begin();
        bed_send(&bed, ENTRY, side, MT_TYPE_MARKET, 0, 1000);
        until(2 * NS_BAR + 5);
        struct mt_order_request child = exit_child(STOP, ENTRY, side, MT_TYPE_STOP, 1000);
        child.follow.distance = 500;
        assert_int_equal(bed_submit(&bed, child), MT_SEND_OUT);
        (void)bed_run(&bed, INT64_MAX);
        expect_exit(&bed, side, ((struct exit_fill){ ENTRY, 9900, 1000, .bar = 1 }));
        expect_exit(&bed, side, ((struct exit_fill){ STOP, 9400, 1000, .bar = 3 }));
        bed_stop(&bed);
        setup(NULL);
    }
}

/* New terms before the fill and after it; distances that were asked for before it count from the fill in any case. */
static void they_can_be_changed_before_the_fill(void **state)
{
    const struct exit_plan plan = { .stop = 500 };
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        exit_bar_add(&bed, side, 1, (struct exit_bar){ 10000, 10000, 9800, 9900 });
        begin();
        exit_send(&bed, side, &plan, ENTRY, 0);
        const struct mt_order_request request = { .coid = STOP, .terms.qty = 1000, .follow = { .distance = 200 } };
        assert_int_equal(bed.venue.ops->modify(bed.venue.self, NS_BAR, &request), MT_SEND_OUT);
        (void)bed_run(&bed, INT64_MAX);
        expect_exit(&bed, side, ((struct exit_fill){ ENTRY, 10000, 1000, .bar = 1 }));
        expect_exit(&bed, side, ((struct exit_fill){ STOP, 9800, 1000, .bar = 1 }));
        bed_stop(&bed);
        setup(NULL);
    }
}

static void they_can_be_changed_after_the_fill(void **state)
{
    const struct exit_plan plan = { .stop = 500 };
    (void)state;
    for (int side = -1; side <= 1; side += 2)
        for (int by_distance = 0; by_distance <= 1; by_distance++) {
            exit_bar_add(&bed, side, 1, quiet);
            exit_bar_add(&bed, side, 2, (struct exit_bar){ 10000, 10000, 9700, 9900 });
            begin();
            exit_send(&bed, side, &plan, ENTRY, 0);
            until(2 * NS_BAR);
            struct mt_order_request request = { .coid = STOP, .terms.qty = 1000 };
            request.follow.distance = by_distance ? 300 : 0;
            mt_terms_set_stop(&request.terms, mt_price_if(!by_distance, by_distance ? 0 : mirror(side, 9700)));
            assert_int_equal(bed.venue.ops->modify(bed.venue.self, 2 * NS_BAR, &request), MT_SEND_OUT);
            (void)bed_run(&bed, INT64_MAX);
            expect_exit(&bed, side, ((struct exit_fill){ ENTRY, 10000, 1000, .bar = 1 }));
            expect_exit(&bed, side, ((struct exit_fill){ STOP, 9700, 1000, .bar = 2 }));
            bed_stop(&bed);
            setup(NULL);
        }
}

/* A trail that is given anew begins where the host says, not where the old one had come to. */
static void a_new_trail_forgets_the_old_one(void **state)
{
    const struct exit_plan plan = { .trail = 300 };
    (void)state;
    exit_bar_add(&bed, 1, 1, (struct exit_bar){ 10000, 10500, 10000, 10500 });
    exit_bar_add(&bed, 1, 2, (struct exit_bar){ 10500, 10500, 9700, 10500 });
    bed.market[1].bar.open = bed.market[1].bar.low = 10300;            /* it opens above 102.00 */
    begin();
    exit_send(&bed, 1, &plan, ENTRY, 0);
    until(2 * NS_BAR);
    assert_int_equal(held(0), 1000);                                    /* 102.00 by now */
    const struct mt_order_request request = { .coid = STOP, .follow = { .trail = 800 },
        .terms = { .qty = 1000, .stop = 9700, .flags = MT_TERMS_STOP } };
    assert_int_equal(bed.venue.ops->modify(bed.venue.self, 2 * NS_BAR, &request), MT_SEND_OUT);
    (void)bed_run(&bed, INT64_MAX);
    expect_exit(&bed, 1, ((struct exit_fill){ ENTRY, 10300, 1000, .bar = 1 }));
    expect_exit(&bed, 1, ((struct exit_fill){ STOP, 9700, 1000, .bar = 2 }));
}

static void one_can_be_canceled_alone(void **state)
{
    const struct exit_plan plan = { .stop = 500, .take = 500 };
    (void)state;
    exit_bar_add(&bed, 1, 1, (struct exit_bar){ 10000, 10501, 9500, 10000 });
    begin();
    exit_send(&bed, 1, &plan, ENTRY, 0);
    assert_int_equal(bed.venue.ops->cancel(bed.venue.self, NS_BAR, STOP), MT_SEND_OUT);
    (void)bed_run(&bed, INT64_MAX);
    expect_exit(&bed, 1, ((struct exit_fill){ ENTRY, 10000, 1000, .bar = 1 }));
    expect_exit(&bed, 1, ((struct exit_fill){ TAKE, 10500, 1000, .bar = 1, .maker = true }));
    assert_int_equal(held(0), 0);
}

/* Several entries end in one walk through the list, with the children of others between them. */
static void the_dead_do_not_disturb_the_living(void **state)
{
    const struct exit_plan dies = { .limit = 9000, .stop = 100, .take = 100 }, lives = { .stop = 500, .take = 500 };
    (void)state;
    exit_bar_add(&bed, 1, 1, (struct exit_bar){ 10000, 10501, 9600, 10000 });
    begin();
    for (uint64_t k = 0; k < 3; k++) {
        struct mt_order_request entry = bed_request(10 * k + 10, 1, MT_TYPE_LIMIT, 9000, 1000);
        struct mt_order_request child = exit_child(10 * k + 11, 10 * k + 10, 1, MT_TYPE_STOP, 1000);
        entry.terms.tif = MT_TIF_IOC;                                         /* not at the open: canceled in the walk */
        child.follow.distance = 100;
        assert_int_equal(bed_submit(&bed, entry), MT_SEND_OUT);
        assert_int_equal(bed_submit(&bed, child), MT_SEND_OUT);
        if (k == 0)
            exit_send(&bed, 1, &lives, ENTRY, 0);
        if (k == 1)
            exit_send(&bed, 1, &dies, 41, 1);
    }
    (void)bed_run(&bed, INT64_MAX);
    expect_exit(&bed, 1, ((struct exit_fill){ ENTRY, 10000, 1000, .bar = 1 }));
    expect_exit(&bed, 1, ((struct exit_fill){ TAKE, 10500, 1000, .bar = 1, .maker = true }));
    bed_expect_no_exit(&bed, __LINE__, 0, 1);
    /* left: the stop of the one that took, and the sleeping entry of the other account with two exits */
    assert_int_equal(mt_sim_open_orders(bed.sim), 4);
    assert_int_equal(held(0), 0);
    assert_int_equal(held(1), 0);
}

/* A take of 100.00 below zero can never be: it ends, and says whose child it was. */
static void a_level_that_no_price_can_reach_ends(void **state)
{
    const struct exit_plan plan = { .take = 10000 };
    (void)state;
    exit_bar_add(&bed, 1, 1, quiet);
    begin();
    exit_send(&bed, -1, &plan, ENTRY, 0);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, ENTRY, MT_ORDER_ACK);
    expect_report(&bed, TAKE, MT_ORDER_ACK);
    expect_fill(&bed, ENTRY, 10000, 1000, true, false);
    expect_end(&bed, TAKE, MT_ORDER_CXL, MT_CODE_PARENT);
    expect_silence(&bed);
}

/* On a venue of quotes they wake with the first part of the entry and do not trade more than it has filled. */
static void on_quotes(void **state)
{
    (void)state;
    bed.market_count = 0;
    bed_quote_of(&bed, 0, 10, 9990, 10000, 1000, 400);
    bed_quote_of(&bed, 0, 20, 9490, 9510, 5000, 0);
    bed.market[1].quote.ask_qty = 5000;
    bed_start(&bed);
    until(10);
    bed_send(&bed, ENTRY, 1, MT_TYPE_MARKET, 0, 400);
    assert_int_equal(bed_submit(&bed, stop_of(500)), MT_SEND_OUT);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, ENTRY, MT_ORDER_ACK);
    expect_fill(&bed, ENTRY, 10000, 400, true, false);
    expect_report(&bed, STOP, MT_ORDER_ACK);
    expect_fill(&bed, STOP, 9490, 400, false, false);
    expect_end(&bed, STOP, MT_ORDER_CXL, MT_CODE_REDUCE_ONLY_VIOLATION);
    expect_silence(&bed);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(they_sleep_until_the_entry_fills),
        T(they_die_with_an_entry_that_is_canceled),
        T(they_die_with_an_entry_that_expires),
        T(they_die_with_an_entry_that_never_worked),
        T(one_that_comes_after_the_end_of_its_entry),
        T(one_that_comes_after_the_fill_of_its_entry),
        T(they_can_be_changed_before_the_fill),
        T(they_can_be_changed_after_the_fill),
        T(a_new_trail_forgets_the_old_one),
        T(one_can_be_canceled_alone),
        T(the_dead_do_not_disturb_the_living),
        T(a_level_that_no_price_can_reach_ends),
        T(on_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
