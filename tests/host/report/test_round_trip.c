/* Trades out of fills: worked out by hand, with reversals, busts of openings and of closings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "report/round_trip.h"

static const struct mt_order buy = { .coid = 1, .terms.account = 2, .terms.symbol = 3, .terms.side = 1, .tag = "long" };
static const struct mt_order sell = { .coid = 5, .terms.account = 2, .terms.symbol = 3, .terms.side = -1, .tag = "short",
                                      .terms.role = MT_ROLE_TARGET };

static bool fill(struct mt_round_trip *open, const struct mt_order *order, int64_t time_ns, int64_t price, int64_t closed,
                 int64_t opened, bool ended, mt_money realised, struct mt_round_trip *out)
{
    const struct mt_round_trip_fill f = { .order = order, .time_ns = time_ns, .price = price, .closed_qty = closed,
        .opened_qty = opened, .ended = ended, .realised = realised, .fee = 1 };
    return mt_round_trip_fill(open, &f, out);
}

/* Buy 3 and 2, sell 1, then 6: the trade of 5 is closed, and one of 2 begins the other way. */
static void a_reversal_ends_one_and_begins_the_next(void **state)
{
    struct mt_round_trip open = { 0 }, closed;
    (void)state;
    assert_false(fill(&open, &buy, 10, 100, 0, 3, false, 0, &closed));
    assert_false(fill(&open, &buy, 11, 110, 0, 2, false, 0, &closed));
    assert_false(fill(&open, &sell, 12, 120, 1, 0, false, 16, &closed));
    assert_true(fill(&open, &sell, 13, 130, 4, 2, true, 104, &closed));
    assert_int_equal(closed.opened_ns, 10);
    assert_int_equal(closed.closed_ns, 13);
    assert_int_equal(closed.qty, 5);
    assert_int_equal(closed.in_qty, 5);
    assert_true(closed.in_cost == 3 * 100 + 2 * 110 && closed.out_cost == 120 + 4 * 130);
    assert_true(closed.profit == 120 - 4 && closed.fees == 4);
    assert_int_equal(closed.side, 1);
    assert_int_equal(closed.coid, 5);
    assert_int_equal(closed.role, MT_ROLE_TARGET);
    assert_string_equal(closed.tag, "long");
    assert_int_equal(open.side, -1);
    assert_int_equal(open.in_qty, 2);
    assert_int_equal(open.qty, 0);
    assert_int_equal(open.opened_ns, 13);
    assert_true(open.in_cost == 260 && open.profit == 0 && open.fees == 0);
    assert_string_equal(open.tag, "short");
}

/* The fee of an opening that was annulled stays: the next trade bears it, and begins anew in everything else. */
static void a_bust_of_the_only_opening_leaves_nothing_but_its_money(void **state)
{
    struct mt_round_trip open = { 0 }, closed;
    (void)state;
    assert_false(fill(&open, &buy, 10, 100, 0, 3, false, 0, &closed));
    mt_round_trip_bust(&open, &buy, 20, 100, 3, 0, 0, 0, MT_EXCHANGE_NONE);
    assert_int_equal(open.in_qty, 0);
    assert_int_equal(open.opened_ns, 0);
    assert_int_equal(open.side, 0);
    assert_true(open.profit == -1 && open.fees == 1);
    assert_false(fill(&open, &sell, 30, 90, 0, 2, false, 0, &closed));
    assert_true(fill(&open, &buy, 40, 80, 2, 0, true, 20, &closed));
    assert_int_equal(closed.opened_ns, 30);
    assert_int_equal(closed.in_qty, 2);
    assert_int_equal(closed.side, -1);
    assert_true(closed.in_cost == 180 && closed.profit == 20 - 3 && closed.fees == 3);
    assert_string_equal(closed.tag, "short");
}

static void a_bust_of_a_part_leaves_the_averages(void **state)
{
    struct mt_round_trip open = { 0 }, closed;
    (void)state;
    assert_false(fill(&open, &buy, 10, 100, 0, 3, false, 0, &closed));
    assert_false(fill(&open, &buy, 11, 200, 0, 2, false, 0, &closed));
    assert_false(fill(&open, &sell, 12, 150, 1, 0, false, 10, &closed));
    mt_round_trip_bust(&open, &buy, 20, 200, 2, 0, -1, 2, MT_EXCHANGE_NONE);
    assert_int_equal(open.in_qty, 3);
    assert_true(open.in_cost == 300 && open.out_cost == 150 && open.fees == 2);
    mt_round_trip_bust(&open, &sell, 21, 150, 1, -10, -1, 3, MT_EXCHANGE_NONE);
    assert_int_equal(open.qty, 0);
    assert_true(open.out_cost == 0 && open.in_cost == 300 && open.profit == -1 && open.fees == 1);
    assert_int_equal(open.in_qty, 3);
    assert_int_equal(open.opened_ns, 10);
}

/* The trade is closed and told: the position that the bust brings back is another one, at the price of the fill. */
static void a_bust_of_the_closing_begins_another_trade(void **state)
{
    struct mt_round_trip open = { 0 }, closed;
    (void)state;
    assert_false(fill(&open, &buy, 10, 100, 0, 3, false, 0, &closed));
    assert_true(fill(&open, &sell, 11, 120, 3, 0, true, 60, &closed));
    mt_round_trip_bust(&open, &sell, 20, 120, 3, -60, -1, 3, MT_EXCHANGE_NONE);
    assert_int_equal(open.side, 1);
    assert_int_equal(open.opened_ns, 20);
    assert_int_equal(open.in_qty, 3);
    assert_true(open.in_cost == 360 && open.profit == -59 && open.fees == -1);
    assert_true(fill(&open, &sell, 30, 120, 3, 0, true, 0, &closed));
    assert_int_equal(closed.qty, 3);
    assert_int_equal(closed.in_qty, 3);
    assert_true(closed.profit == -60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reversal_ends_one_and_begins_the_next),
        cmocka_unit_test(a_bust_of_the_only_opening_leaves_nothing_but_its_money),
        cmocka_unit_test(a_bust_of_a_part_leaves_the_averages),
        cmocka_unit_test(a_bust_of_the_closing_begins_another_trade),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
