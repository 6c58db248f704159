/* Trades out of fills: worked out by hand, with reversals, busts of openings and of closings, and fills that take the
 * place of others. */
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

/* One after the other, `position` after each; price and realised as the position has them, and each costs 1. */
static bool exchanged(struct mt_round_trip *open, const struct mt_order *order, int64_t price, int64_t qty,
                      mt_money realised, int64_t position, enum mt_exchange exchanged, struct mt_round_trip *out)
{
    const struct mt_round_trip_fill f = { .order = order, .time_ns = 50, .price = price, .opened_qty = qty,
        .realised = realised, .fee = 1, .exchanged = (uint8_t)exchanged, .position = position };
    return mt_round_trip_fill(open, &f, out);
}

/* Bought 10, sold 6; then of the 10 there are 4 and 6, and on the way there the position is -6, and 0 for a moment. */
static void a_trade_goes_on_while_its_opening_is_exchanged(void **state)
{
    struct mt_round_trip open = { 0 }, closed;
    (void)state;
    assert_false(fill(&open, &buy, 10, 100, 0, 10, false, 0, &closed));
    assert_false(fill(&open, &sell, 11, 120, 6, 0, false, 120, &closed));
    mt_round_trip_bust(&open, &buy, 50, 100, 10, 0, -1, -6, MT_EXCHANGE_GOES_ON);
    assert_false(exchanged(&open, &buy, 100, 6, 0, 0, MT_EXCHANGE_GOES_ON, &closed));
    assert_false(exchanged(&open, &buy, 101, 4, 0, 4, MT_EXCHANGE_ENDS, &closed));
    assert_int_equal(open.opened_ns, 10);
    assert_string_equal(open.tag, "long");
    assert_int_equal(open.in_qty, 10);
    assert_int_equal(open.qty, 6);
    assert_true(open.in_cost == 6 * 100 + 4 * 101 && open.out_cost == 720 && open.profit == 120 - 3 && open.fees == 3);
    assert_true(fill(&open, &sell, 60, 130, 4, 0, true, 116, &closed));
    assert_int_equal(closed.qty, closed.in_qty);
    assert_true(closed.profit == 236 - 4 && closed.fees == 4);
}

static void the_only_opening_is_exchanged(void **state)
{
    struct mt_round_trip open = { 0 }, closed;
    (void)state;
    assert_false(fill(&open, &buy, 10, 100, 0, 3, false, 0, &closed));
    mt_round_trip_bust(&open, &buy, 50, 100, 3, 0, -1, 0, MT_EXCHANGE_GOES_ON);
    assert_false(exchanged(&open, &buy, -5, 2, 0, 2, MT_EXCHANGE_ENDS, &closed));
    assert_int_equal(open.opened_ns, 10);
    assert_int_equal(open.in_qty, 2);
    assert_true(open.in_cost == -10 && open.profit == -1 && open.fees == 1);
}

/* What was sold for 120 was sold for 119. The trade is told with 120; the next one bears the 3. */
static void a_closing_that_is_exchanged_closes_once(void **state)
{
    struct mt_round_trip open = { 0 }, closed;
    (void)state;
    assert_false(fill(&open, &buy, 10, 100, 0, 3, false, 0, &closed));
    assert_true(fill(&open, &sell, 11, 120, 3, 0, true, 60, &closed));
    mt_round_trip_bust(&open, &sell, 50, 120, 3, 0, -1, 3, MT_EXCHANGE_GOES_ON);
    assert_false(exchanged(&open, &sell, 119, 3, -3, 0, MT_EXCHANGE_ENDS, &closed));
    assert_int_equal(open.side, 0);
    assert_int_equal(open.in_qty, 0);
    assert_true(open.profit == -3 && open.fees == 0);
    assert_false(fill(&open, &sell, 60, 90, 0, 1, false, 0, &closed));
    assert_int_equal(open.opened_ns, 60);
    assert_true(fill(&open, &buy, 70, 80, 1, 0, true, 10, &closed));
    assert_int_equal(closed.in_qty, 1);
    assert_true(closed.profit == 10 - 2 - 3);
}

/* Of the 3 only 2 were sold: what is left is another trade, at the price at which it was told to be gone. */
static void a_closing_that_becomes_less_leaves_another_trade(void **state)
{
    struct mt_round_trip open = { 0 }, closed;
    (void)state;
    assert_false(fill(&open, &buy, 10, 100, 0, 3, false, 0, &closed));
    assert_true(fill(&open, &sell, 11, 120, 3, 0, true, 60, &closed));
    mt_round_trip_bust(&open, &sell, 50, 120, 3, 0, -1, 3, MT_EXCHANGE_GOES_ON);
    assert_false(exchanged(&open, &sell, 119, 2, -2, 1, MT_EXCHANGE_ENDS, &closed));
    assert_int_equal(open.side, 1);
    assert_int_equal(open.opened_ns, 50);
    assert_int_equal(open.in_qty, 1);
    assert_int_equal(open.qty, 0);
    assert_true(open.in_cost == 120 && open.profit == -2);
}

/* Of the 3 only 2 were said to be sold, and then it was 3 all the same: closed now, and once. */
static void a_closing_that_becomes_more_closes(void **state)
{
    struct mt_round_trip open = { 0 }, closed;
    (void)state;
    assert_false(fill(&open, &buy, 10, 100, 0, 3, false, 0, &closed));
    assert_false(fill(&open, &sell, 11, 120, 2, 0, false, 40, &closed));
    mt_round_trip_bust(&open, &sell, 50, 120, 2, -40, -1, 3, MT_EXCHANGE_GOES_ON);
    assert_true(exchanged(&open, &sell, 120, 3, 60, 0, MT_EXCHANGE_ENDS, &closed));
    assert_int_equal(closed.closed_ns, 50);
    assert_int_equal(closed.coid, 5);
    assert_int_equal(closed.role, MT_ROLE_TARGET);
    assert_int_equal(closed.qty, 3);
    assert_int_equal(closed.in_qty, 3);
    assert_true(closed.profit == 60 - 2 && closed.out_cost == 360);
    assert_true(open.in_qty == 0 && open.profit == 0);
}

/* Sold 5 of a long 3: that of the 3 is told, that of the short 2 is not. */
static void a_reversal_is_exchanged(void **state)
{
    struct mt_round_trip open = { 0 }, closed;
    (void)state;
    assert_false(fill(&open, &buy, 10, 100, 0, 3, false, 0, &closed));
    assert_true(fill(&open, &sell, 11, 120, 3, 2, true, 60, &closed));
    mt_round_trip_bust(&open, &sell, 50, 120, 5, 0, -1, 3, MT_EXCHANGE_GOES_ON);
    assert_false(exchanged(&open, &sell, 119, 5, -3, -2, MT_EXCHANGE_ENDS, &closed));
    assert_int_equal(open.side, -1);
    assert_int_equal(open.opened_ns, 11);
    assert_int_equal(open.in_qty, 2);
    assert_true(open.in_cost == 238 && open.profit == -3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reversal_ends_one_and_begins_the_next),
        cmocka_unit_test(a_bust_of_the_only_opening_leaves_nothing_but_its_money),
        cmocka_unit_test(a_bust_of_a_part_leaves_the_averages),
        cmocka_unit_test(a_bust_of_the_closing_begins_another_trade),
        cmocka_unit_test(a_trade_goes_on_while_its_opening_is_exchanged),
        cmocka_unit_test(the_only_opening_is_exchanged),
        cmocka_unit_test(a_closing_that_is_exchanged_closes_once),
        cmocka_unit_test(a_closing_that_becomes_less_leaves_another_trade),
        cmocka_unit_test(a_closing_that_becomes_more_closes),
        cmocka_unit_test(a_reversal_is_exchanged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
