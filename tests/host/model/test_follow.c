/* Where exits lie that follow something else: both sides, rounded to the tick towards the entry, at the ends of the
 * range of prices. The right values are worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/follow.h"

static struct mt_instrument ticks_of(int64_t tick)
{
    return (struct mt_instrument){ .tick = tick, .step = 1 };
}

/* A position of `qty` (signed) at an average of cost / qty. */
static struct mt_position held(int64_t qty, int64_t cost)
{
    return (struct mt_position){ .qty = qty, .cost = qty < 0 ? -(mt_i128)cost : (mt_i128)cost, .opened_ns = 1 };
}

/* Of instruments whose prices are above zero 0 stands here for no price. */
static struct mt_price at(int64_t price)
{
    return mt_price_if(price != 0, price);
}

static int64_t level(struct mt_price price)
{
    assert_true(price.there == (price.value != 0));
    return price.value;
}

/* A long's trail is rounded up, a short's down: never farther than it was asked for. */
static void a_trail_lies_behind_the_best_price(void **state)
{
    static const struct { int64_t tick, extreme, trail; bool is_long; int64_t level; } cases[] = {
        { 1, 10000, 300, true, 9700 }, { 1, 10000, 300, false, 10300 },
        { 5, 10000, 300, true, 9700 }, { 5, 10000, 300, false, 10300 },         /* on the tick: stays */
        { 5, 10001, 300, true, 9705 }, { 5, 10004, 300, true, 9705 }, { 5, 10005, 300, true, 9705 },
        { 5, 10001, 300, false, 10300 }, { 5, 10004, 300, false, 10300 }, { 5, 10005, 300, false, 10305 },
        { 7, 100, 1, true, 105 }, { 7, 97, 1, false, 98 },
        { 1, 10000, 0, true, 10000 }, { 1, 10000, 0, false, 10000 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_instrument instrument = ticks_of(cases[i].tick);
        assert_int_equal(level(mt_follow_trail(&instrument, cases[i].is_long, cases[i].extreme, cases[i].trail)),
                         cases[i].level);
    }
}

/* 0: no price is there; and a level that is just a price is one. */
static void a_trail_that_no_price_can_reach(void **state)
{
    struct mt_instrument one = ticks_of(1), five = ticks_of(5);
    (void)state;
    assert_int_equal(level(mt_follow_trail(&one, true, 300, 299)), 1);
    assert_int_equal(level(mt_follow_trail(&one, true, 300, 300)), 0);
    assert_int_equal(level(mt_follow_trail(&one, true, 300, 301)), 0);
    assert_int_equal(level(mt_follow_trail(&one, true, 1, INT64_MAX)), 0);
    assert_int_equal(level(mt_follow_trail(&one, true, INT64_MIN, INT64_MAX)), 0);
    assert_int_equal(level(mt_follow_trail(&five, true, 304, 300)), 5);
    assert_int_equal(level(mt_follow_trail(&one, false, INT64_MAX - 1, 1)), INT64_MAX);
    assert_int_equal(level(mt_follow_trail(&one, false, INT64_MAX, 1)), 0);
    assert_int_equal(level(mt_follow_trail(&one, false, INT64_MAX, INT64_MAX)), 0);
    assert_int_equal(level(mt_follow_trail(&five, false, 1, 2)), 0);          /* below the first tick */
}

/* Of a negative instrument 0 and what lies below it are levels, tighter or not by their numbers alone. */
static void trails_at_and_below_zero(void **state)
{
    struct mt_instrument five = ticks_of(5);
    (void)state;
    assert_false(mt_follow_trail(&five, true, 300, 300).there);
    five.negative = true;
    assert_true(mt_price_same(mt_follow_trail(&five, true, 300, 300), mt_price_of(0)));
    assert_true(mt_price_same(mt_follow_trail(&five, true, 300, 303), mt_price_of(0)));         /* -3 up */
    assert_true(mt_price_same(mt_follow_trail(&five, true, 300, 306), mt_price_of(-5)));
    assert_true(mt_price_same(mt_follow_trail(&five, false, -304, 300), mt_price_of(-5)));      /* -4 down */
    assert_true(mt_price_same(mt_follow_trail(&five, false, -300, 300), mt_price_of(0)));
    assert_false(mt_follow_trail(&five, true, INT64_MIN, 1).there);
    const struct mt_price zero = mt_price_of(0), below = mt_price_of(-5), none = mt_price_none();
    assert_true(mt_price_same(mt_follow_tighter(true, zero, below), zero));
    assert_true(mt_price_same(mt_follow_tighter(false, zero, below), below));
    assert_true(mt_price_same(mt_follow_tighter(true, none, zero), zero));
    assert_true(mt_price_same(mt_follow_tighter(false, below, none), below));
}

static void the_tighter_stop_is_the_nearer_one(void **state)
{
    (void)state;
    assert_int_equal(level(mt_follow_tighter(true, at(9500), at(9700))), 9700);
    assert_int_equal(level(mt_follow_tighter(true, at(9700), at(9500))), 9700);
    assert_int_equal(level(mt_follow_tighter(false, at(10500), at(10300))), 10300);
    assert_int_equal(level(mt_follow_tighter(false, at(10300), at(10500))), 10300);
    for (int is_long = 0; is_long <= 1; is_long++) {
        assert_int_equal(level(mt_follow_tighter(is_long, at(9500), at(9500))), 9500);
        assert_int_equal(level(mt_follow_tighter(is_long, at(0), at(9500))), 9500);
        assert_int_equal(level(mt_follow_tighter(is_long, at(9500), at(0))), 9500);
        assert_int_equal(level(mt_follow_tighter(is_long, at(0), at(0))), 0);
    }
}

/* Distances count from the average fill: 2 at 100.00 and 1 at 100.01 are 100.00333 on average. */
static void levels_count_from_the_average_fill(void **state)
{
    struct mt_instrument one = ticks_of(1), five = ticks_of(5);
    struct mt_position longs = held(3, 30001), shorts = held(-3, 30001);
    struct mt_follow follow = { .distance = 200, .trail = 300 };
    (void)state;
    assert_int_equal(level(mt_follow_stop(&follow, &longs, &one, at(0))), 9801);       /* 9800.33 up */
    assert_int_equal(level(mt_follow_stop(&follow, &longs, &five, at(0))), 9805);
    assert_int_equal(level(mt_follow_stop(&follow, &shorts, &one, at(0))), 10200);     /* 10200.33 down */
    assert_int_equal(level(mt_follow_take(&follow, &longs, &one, at(0))), 10200);
    assert_int_equal(level(mt_follow_take(&follow, &shorts, &one, at(0))), 9801);
    assert_int_equal(level(mt_follow_take(&follow, &shorts, &five, at(0))), 9805);
    assert_int_equal(level(mt_follow_begin(&follow, &longs, &one)), 9701);
    assert_int_equal(level(mt_follow_begin(&follow, &shorts, &one)), 10300);
}

/* Without a distance the price that was given stays, whatever the position is. */
static void prices_stay_what_they_are(void **state)
{
    struct mt_instrument one = ticks_of(1);
    struct mt_position longs = held(1, 10000), shorts = held(-1, 10000);
    struct mt_follow none = { 0 }, trail = { .trail = 300, .after = 100 };
    (void)state;
    for (int is_long = 0; is_long <= 1; is_long++) {
        const struct mt_position *position = is_long ? &longs : &shorts;
        assert_int_equal(level(mt_follow_stop(&none, position, &one, at(9500))), 9500);
        assert_int_equal(level(mt_follow_stop(&none, position, &one, at(0))), 0);
        assert_int_equal(level(mt_follow_take(&none, position, &one, at(10500))), 10500);
        assert_int_equal(level(mt_follow_take(&none, position, &one, at(0))), 0);
        assert_int_equal(level(mt_follow_begin(&none, position, &one)), 0);
        assert_int_equal(level(mt_follow_begin(&trail, position, &one)), 0);       /* it waits for `after` */
        assert_int_equal(level(mt_follow_stop(&trail, position, &one, at(9500))), 9500);
    }
}

/* A distance that leads below zero or above all numbers is no level, and never another one. */
static void distances_beyond_all_prices(void **state)
{
    struct mt_instrument one = ticks_of(1);
    struct mt_position longs = held(1, 10000), shorts = held(-1, 10000);
    struct mt_position high = held(1, INT64_MAX), low = held(-1, INT64_MAX);
    struct mt_follow follow = { .distance = 10000, .trail = 10000 };
    (void)state;
    assert_int_equal(level(mt_follow_stop(&follow, &longs, &one, at(9500))), 0);
    assert_int_equal(level(mt_follow_take(&follow, &shorts, &one, at(9500))), 0);
    assert_int_equal(level(mt_follow_begin(&follow, &longs, &one)), 0);
    assert_int_equal(level(mt_follow_begin(&follow, &shorts, &one)), 20000);
    follow.distance = 9999;
    assert_int_equal(level(mt_follow_stop(&follow, &longs, &one, at(0))), 1);
    follow.distance = 1;
    assert_int_equal(level(mt_follow_take(&follow, &high, &one, at(0))), 0);
    assert_int_equal(level(mt_follow_stop(&follow, &low, &one, at(0))), 0);
    follow.distance = INT64_MAX;
    assert_int_equal(level(mt_follow_stop(&follow, &longs, &one, at(0))), 0);
}

/* `after` is reached by the price itself, not only beyond it. */
static void a_trail_waits_until_the_price_has_come_far_enough(void **state)
{
    struct mt_position longs = held(2, 20000), shorts = held(-2, 20000);
    struct mt_follow follow = { .trail = 300, .after = 100 }, never = { .trail = 300, .after = INT64_MAX };
    struct mt_follow at_once = { .trail = 300 }, none = { .after = 100 };
    (void)state;
    assert_false(mt_follow_trails(&follow, &longs, 10099));
    assert_true(mt_follow_trails(&follow, &longs, 10100));
    assert_true(mt_follow_trails(&follow, &longs, 10101));
    assert_false(mt_follow_trails(&follow, &shorts, 9901));
    assert_true(mt_follow_trails(&follow, &shorts, 9900));
    assert_true(mt_follow_trails(&follow, &shorts, 9899));
    assert_true(mt_follow_trails(&at_once, &longs, 1));
    assert_true(mt_follow_trails(&at_once, &shorts, 20000));
    assert_false(mt_follow_trails(&none, &longs, 20000));
    assert_false(mt_follow_trails(&never, &longs, INT64_MAX));
    assert_false(mt_follow_trails(&never, &shorts, 1));
    follow.after = 10000;                       /* a short can never be so far ahead */
    assert_false(mt_follow_trails(&follow, &shorts, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trail_lies_behind_the_best_price),
        cmocka_unit_test(a_trail_that_no_price_can_reach),
        cmocka_unit_test(trails_at_and_below_zero),
        cmocka_unit_test(the_tighter_stop_is_the_nearer_one),
        cmocka_unit_test(levels_count_from_the_average_fill),
        cmocka_unit_test(prices_stay_what_they_are),
        cmocka_unit_test(distances_beyond_all_prices),
        cmocka_unit_test(a_trail_waits_until_the_price_has_come_far_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
