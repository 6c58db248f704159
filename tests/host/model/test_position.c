#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "host/base/assert_dies.h"
#include "host/base/big.h"
#include "model/position.h"

static uint64_t random_seed, random_n;

static uint64_t next_random(void)
{
    return mt_random_at(random_seed, random_n++);
}

static int seed_print(void **state)
{
    (void)state;
    const char *given = getenv("MT_SEED");
    random_seed = given ? strtoull(given, NULL, 0) : 20240818;
    print_message("seed %llu (MT_SEED)\n", (unsigned long long)random_seed);
    return 0;
}

static struct mt_position_change fill(struct mt_position *position, int side, int64_t price,
                                      int64_t qty, int64_t now)
{
    struct mt_position_change change;
    memset(&change, 0xa5, sizeof change);
    assert_int_equal(mt_position_fill(position, side, price, qty, now, &change), 0);
    return change;
}

static mt_i128 magnitude(mt_i128 x)
{
    return x < 0 ? -x : x;
}

static void a_round_trip_realises_the_difference(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct mt_position position = {0};
        struct mt_position_change change = fill(&position, side, 100, 10, 5);
        assert_int_equal(change.opened_qty, 10);
        assert_int_equal(change.closed_qty, 0);
        assert_true(change.realised == 0);
        assert_true(change.closed_cost == 0);
        assert_false(change.ended);
        assert_int_equal(position.qty, side * 10);
        assert_true(position.cost == side * 1000);
        assert_int_equal(position.opened_ns, 5);
        change = fill(&position, side, 103, 5, 6);
        assert_int_equal(position.opened_ns, 5);
        assert_true(position.cost == side * 1515);
        change = fill(&position, -side, 110, 6, 7);         /* floor(1515 * 6 / 15) = 606 */
        assert_true(change.closed_cost == 606);
        assert_true(change.realised == side * (660 - 606));
        assert_int_equal(change.closed_qty, 6);
        assert_int_equal(change.opened_qty, 0);
        assert_false(change.ended);
        assert_true(position.cost == side * 909);
        assert_int_equal(position.opened_ns, 5);
        assert_int_equal(position.trades_closed, 0);
        change = fill(&position, -side, 90, 9, 8);
        assert_true(change.realised == side * (810 - 909));
        assert_true(change.ended);
        assert_int_equal(position.qty, 0);
        assert_true(position.cost == 0);
        assert_int_equal(position.opened_ns, 0);
        assert_int_equal(position.trades_closed, 1);
    }
}

static void a_reversal_closes_all_and_opens_the_rest(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct mt_position position = {0};
        fill(&position, side, 100, 10, 5);
        struct mt_position_change change = fill(&position, -side, 120, 17, 9);
        assert_int_equal(change.closed_qty, 10);
        assert_int_equal(change.opened_qty, 7);
        assert_true(change.closed_cost == 1000);
        assert_true(change.realised == side * 200);
        assert_true(change.ended);
        assert_int_equal(position.qty, -side * 7);
        assert_true(position.cost == -side * 840);
        assert_int_equal(position.opened_ns, 9);
        assert_int_equal(position.trades_closed, 1);
    }
}

/* position.cost = sum of side * price * qty + sum of realised, always; and every step against
 * digits on paper. */
static void nothing_is_lost_over_random_fills(void **state)
{
    (void)state;
    for (int width = 4; width <= 60; width += 8) {
        struct mt_position position = {0};
        mt_i128 flow = 0, realised = 0;
        uint64_t ended = 0;
        for (int step = 0; step < 1500; step++) {
            int side = next_random() % 2 ? 1 : -1;
            int64_t price = 1 + (int64_t)(next_random() >> (64 - width));
            int64_t qty = 1 + (int64_t)(next_random() >> (64 - width));
            int64_t open = position.qty;
            mt_i128 cost = magnitude(position.cost);
            struct mt_position_change change;
            if (mt_position_fill(&position, side, price, qty, step, &change) != 0) {
                assert_true(open > 0 ? open > INT64_MAX - qty : -open > INT64_MAX - qty);
                continue;
            }
            flow += side * (mt_i128)price * qty;
            realised += change.realised;
            ended += change.ended;
            assert_true(position.cost == flow + realised);
            assert_int_equal(position.qty, open + side * qty);
            assert_int_equal(position.trades_closed, ended);
            assert_true(position.qty == 0 ? position.cost == 0
                                          : (position.cost > 0) == (position.qty > 0));
            assert_int_equal(change.closed_qty + change.opened_qty, qty);
            if (change.closed_qty > 0) {
                bool rest;
                struct big share = big_div(big_mul(big_of(cost), big_of(change.closed_qty)),
                                           big_of(magnitude(open)), &rest);
                mt_i128 expected;
                assert_true(big_fits(share, 128, &expected));
                assert_true(change.closed_cost == expected);
                mt_i128 gain = (mt_i128)price * change.closed_qty - change.closed_cost;
                assert_true(change.realised == (open > 0 ? gain : -gain));
            }
        }
    }
}

static int64_t gcd(int64_t a, int64_t b)
{
    return b == 0 ? a : gcd(b, a % b);
}

/* The exact average cost as a fraction: the whole number kept may lie above it by less than one
 * unit for each partial close since the position was opened, never below; also of prices around zero. */
static void cost_stays_near_the_exact_average(int64_t lowest)
{
    struct mt_position position = {0};
    int64_t num = 0, den = 1;
    int closes = 0, episodes = 0, longest = 0;
    for (int step = 0; step < 100000; step++) {
        int64_t open = position.qty < 0 ? -position.qty : position.qty;
        int side = next_random() % 2 ? 1 : -1;
        int64_t price = lowest + (int64_t)(next_random() % 1000);
        int64_t qty = 1 + (int64_t)(next_random() % 12);
        if (den > 1000000000 || open > 60) {
            side = position.qty > 0 ? -1 : 1;
            qty = open;
        }
        bool reduces = position.qty != 0 && (position.qty > 0) != (side > 0);
        struct mt_position_change change = fill(&position, side, price, qty, step);
        if (!reduces) {
            num += price * qty * den;
        } else if (qty < open) {
            int64_t part = gcd(open, open - qty);
            int64_t up = (open - qty) / part, down = open / part;
            int64_t common = gcd(num < 0 ? -num : num, down);
            num = num / common * up;
            den *= down / common;
            common = gcd(num < 0 ? -num : num, den);
            num /= common;
            den /= common;
            closes++;
            longest = closes > longest ? closes : longest;
        } else {
            num = price * (qty - open);
            den = 1;
            closes = 0;
            episodes++;
        }
        mt_i128 paid = position.qty < 0 ? -position.cost : position.cost, above = paid * den - num;
        assert_true(above >= 0);
        assert_true(above <= (mt_i128)closes * den);
        assert_true(closes == 0 || above < (mt_i128)closes * den);
        assert_int_equal(change.ended, reduces && qty >= open);
    }
    assert_true(episodes > 1000);
    assert_true(longest > 5);
}

static void cost_stays_at_the_exact_average(void **state)
{
    (void)state;
    cost_stays_near_the_exact_average(1);
    cost_stays_near_the_exact_average(-500);
    cost_stays_near_the_exact_average(-2000);
}

/* Where prices may be negative, a position that was entered some ticks lower has its levels as many ticks lower. */
static void levels_move_with_the_prices_through_zero(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct mt_instrument instrument = {.contract_size = 1, .tick = 1};
        instrument.tick = 1 + (int64_t)(next_random() % 7);
        instrument.negative = true;
        int64_t qty = 1 + (int64_t)(next_random() % 9), distance = (int64_t)(next_random() % 120);
        int64_t cost = qty * 1000 + (int64_t)(next_random() % (uint64_t)(100 * qty));
        int64_t lower = (int64_t)(next_random() % 400) * instrument.tick;
        int side = next_random() % 2 ? 1 : -1, sign = next_random() % 2 ? 1 : -1;
        struct mt_position high = {.qty = side * qty, .cost = side * cost};
        struct mt_position low = {.qty = side * qty, .cost = side * (cost - lower * qty)};
        int64_t at, moved;
        assert_int_equal(mt_position_level(&high, &instrument, distance, sign, &at), 0);
        assert_int_equal(mt_position_level(&low, &instrument, distance, sign, &moved), 0);
        assert_int_equal(moved, at - lower);
    }
}

/* Bought at 5, more at -3, all sold at -10: -10 - 5 and -10 + 3. And a short through zero. */
static void profit_through_zero_is_the_difference_of_prices(void **state)
{
    (void)state;
    struct mt_position position = {0};
    struct mt_instrument instrument = {.contract_size = 1, .tick = 1};
    fill(&position, 1, 5, 1, 1);
    fill(&position, 1, -3, 1, 2);
    assert_true(position.cost == 2);
    struct mt_position_change change = fill(&position, -1, -10, 2, 3);
    assert_true(change.realised == -22 && change.ended && position.cost == 0);
    fill(&position, -1, -10, 3, 4);
    assert_true(position.cost == 30);               /* paid for being short */
    change = fill(&position, 1, 0, 1, 5);
    assert_true(change.realised == -10 && change.closed_cost == -10 && position.cost == 20);
    change = fill(&position, 1, -40, 5, 6);         /* to long 3 */
    assert_true(change.realised == 60 && position.qty == 3 && position.cost == -120);
    assert_true(mt_position_entry(&position, &instrument) == -40);
    mt_money money;
    assert_int_equal(mt_position_unrealised(&position, &instrument, 0, &money), 0);
    assert_true(money == (mt_money)120 * 100000000);
}

static void bad_fills_change_nothing(void **state)
{
    (void)state;
    struct mt_position_change change;
    struct mt_position position = {.qty = 5, .cost = 500, .opened_ns = 3}, before = position;
    assert_int_equal(mt_position_fill(&position, 1, 1, 0, 9, &change), MT_ERANGE);
    assert_int_equal(mt_position_fill(&position, 1, 1, -1, 9, &change), MT_ERANGE);
    assert_int_equal(mt_position_fill(&position, 1, 1, INT64_MAX, 9, &change), MT_ERANGE);
    assert_int_equal(mt_position_fill(&position, 1, 1, INT64_MAX - 4, 9, &change), MT_ERANGE);
    assert_memory_equal(&position, &before, sizeof position);
    fill(&position, 1, 1, INT64_MAX - 5, 9);
    assert_int_equal(position.qty, INT64_MAX);

    position = before = (struct mt_position){.qty = -5, .cost = -500, .opened_ns = 3};
    assert_int_equal(mt_position_fill(&position, -1, 1, INT64_MAX, 9, &change), MT_ERANGE);
    assert_int_equal(mt_position_fill(&position, -1, 1, INT64_MAX - 4, 9, &change),
                     MT_ERANGE); /* INT64_MIN */
    assert_memory_equal(&position, &before, sizeof position);
    fill(&position, -1, 1, INT64_MAX - 5, 9);
    assert_int_equal(position.qty, -INT64_MAX);
    fill(&position, 1, INT64_MAX, INT64_MAX, 9);
    assert_int_equal(position.qty, 0);

    const mt_i128 most = (mt_i128)(((unsigned __int128)1 << 127) - 1);
    position = before = (struct mt_position){.qty = 5, .cost = most};
    assert_int_equal(mt_position_fill(&position, 1, 1, 1, 9, &change), MT_ERANGE);
    assert_memory_equal(&position, &before, sizeof position);
    assert_dies(mt_position_fill(&position, 0, 1, 1, 9, &change));
    assert_dies(mt_position_fill(&position, 2, 1, 1, 9, &change));
}

static void largest_round_trip(int side)
{
    const int64_t most = INT64_MAX;
    struct mt_position position = {0};
    fill(&position, side, most, most, 1);
    struct mt_position_change change = fill(&position, -side, 1, most - 1, 2);
    assert_true(change.closed_cost == (mt_i128)most * (most - 1));
    assert_true(magnitude(position.cost) == most);
    change = fill(&position, -side, most, most, 3);
    assert_true(change.ended);
    assert_int_equal(position.qty, side > 0 ? 1 - most : most - 1);
    assert_true(magnitude(position.cost) == (mt_i128)most * (most - 1));
}

static void the_largest_numbers_close_exactly(void **state)
{
    (void)state;
    largest_round_trip(1);
    largest_round_trip(-1);
}

static struct mt_instrument spec(int price_scale, int qty_scale)
{
    return (struct mt_instrument){.symbol = "X",
                                  .quote = "USD",
                                  .price_scale = price_scale,
                                  .qty_scale = qty_scale,
                                  .tick = 1,
                                  .step = 1,
                                  .qty_min = 1,
                                  .default_qty = 1,
                                  .contract_size = 1};
}

static void unrealised_is_rounded_against_us(void **state)
{
    (void)state;
    struct mt_instrument instrument = spec(6, 4);           /* two digits more than money has */
    mt_money money;
    struct mt_position position = {.qty = 3, .cost = 300};
    assert_int_equal(mt_position_unrealised(&position, &instrument, 133, &money), 0);
    assert_true(money == 0);                                /* +99 / 100 */
    assert_int_equal(mt_position_unrealised(&position, &instrument, 67, &money), 0);
    assert_true(money == -1);                               /* -99 / 100 */
    position = (struct mt_position){.qty = -3, .cost = -300};
    assert_int_equal(mt_position_unrealised(&position, &instrument, 133, &money), 0);
    assert_true(money == -1);
    assert_int_equal(mt_position_unrealised(&position, &instrument, 66, &money), 0);
    assert_true(money == 1);
    position = (struct mt_position){0};
    assert_int_equal(mt_position_unrealised(&position, &instrument, 66, &money), 0);
    assert_true(money == 0);
    const mt_i128 least = (mt_i128)((unsigned __int128)1 << 127);
    position = (struct mt_position){.qty = 1, .cost = least};
    assert_int_equal(mt_position_unrealised(&position, &instrument, 66, &money), MT_ERANGE);
    instrument = spec(0, 0);
    position = (struct mt_position){.qty = INT64_MAX, .cost = INT64_MAX};
    assert_int_equal(mt_position_unrealised(&position, &instrument, INT64_MAX, &money), MT_ERANGE);
}

static void entry_is_the_average_as_a_double(void **state)
{
    (void)state;
    struct mt_instrument instrument = spec(5, 2);
    struct mt_position position = {0};
    assert_true(mt_position_entry(&position, &instrument) == 0);
    position = (struct mt_position){.qty = 2, .cost = 2 * 138623};
    assert_true(mt_position_entry(&position, &instrument) == 1.38623);
    position = (struct mt_position){.qty = -2, .cost = -(138623 + 138624)};
    assert_true(mt_position_entry(&position, &instrument) == 1.386235);
    position = (struct mt_position){.qty = 1, .cost = (mt_i128)1 << 100};
    assert_true(mt_position_entry(&position, &instrument) == ldexp(1, 100) / 1e5);
    for (int i = 0; i < 3000; i++) {
        instrument.price_scale = (int)(next_random() % 19);
        int64_t qty = 1 + (int64_t)(next_random() >> (1 + next_random() % 62));
        mt_i128 cost = (mt_i128)(next_random() >> (1 + next_random() % 60)) * qty +
                       (int64_t)(next_random() % (uint64_t)qty);
        bool rest;
        struct big digits = big_div(big_mul(big_of(cost), big_pow10(40)), big_of(qty), &rest);
        char text[BIG_DIGITS + 16];
        size_t n = 0;
        text[n++] = '0';
        for (int at = digits.count - 1; at >= 0; at--)
            text[n++] = (char)('0' + digits.digits[at]);
        memcpy(text + n, "e-", 2);
        int exponent = 40 + instrument.price_scale;
        text[n + 2] = (char)('0' + exponent / 10);
        text[n + 3] = (char)('0' + exponent % 10);
        text[n + 4] = '\0';
        double exact = strtod(text, NULL);
        position = (struct mt_position){.qty = qty, .cost = cost};
        double entry = mt_position_entry(&position, &instrument);
        assert_true(entry >= nextafter(exact, 0) && entry <= nextafter(exact, INFINITY));
    }
}

/* By search: the multiple of the tick nearest to entry +- distance on the side of the entry. */
static int64_t level_searched(int64_t qty, int64_t cost, int64_t tick, int64_t distance, bool above)
{
    int64_t found = 0;
    for (int64_t price = tick; price < 400; price += tick) {
        int64_t off = price * qty - cost;                   /* (price - entry) * qty */
        if (above && off <= distance * qty)
            found = price;
        if (!above && off >= -distance * qty)
            return price;
    }
    return found;
}

static void levels_are_rounded_towards_the_entry(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct mt_instrument instrument = spec(0, 0);
        instrument.tick = 1 + (int64_t)(next_random() % 7);
        int64_t qty = 1 + (int64_t)(next_random() % 9);
        int64_t cost = qty + (int64_t)(next_random() % (uint64_t)(100 * qty));
        int64_t distance = (int64_t)(next_random() % 120);
        int side = next_random() % 2 ? 1 : -1, sign = next_random() % 2 ? 1 : -1;
        struct mt_position position = {.qty = side * qty, .cost = side * cost};
        int64_t price = -7;
        int err = mt_position_level(&position, &instrument, distance, sign, &price);
        bool above = side == sign;
        if (!above && cost - distance * qty <= 0) {
            assert_int_equal(err, MT_ERANGE);
            assert_int_equal(price, -7);
            continue;
        }
        int64_t expected = level_searched(qty, cost, instrument.tick, distance, above);
        assert_int_equal(err, expected > 0 ? 0 : MT_ERANGE);
        if (err == 0)
            assert_int_equal(price, expected);
    }
}

static void levels_out_of_range_are_refused(void **state)
{
    (void)state;
    struct mt_instrument instrument = spec(0, 0);
    struct mt_position position = {.qty = 1, .cost = 100};
    int64_t price;
    assert_int_equal(mt_position_level(&position, &instrument, INT64_MAX - 100, 1, &price), 0);
    assert_int_equal(price, INT64_MAX);
    assert_int_equal(mt_position_level(&position, &instrument, INT64_MAX - 99, 1, &price),
                     MT_ERANGE);
    assert_int_equal(mt_position_level(&position, &instrument, 99, -1, &price), 0);
    assert_int_equal(price, 1);
    assert_int_equal(mt_position_level(&position, &instrument, 100, -1, &price), MT_ERANGE);
    instrument.tick = 1000;                                  /* the tick below is 0 */
    assert_int_equal(mt_position_level(&position, &instrument, 5, 1, &price), MT_ERANGE);
    const mt_i128 most = (mt_i128)(((unsigned __int128)1 << 127) - 1);
    position.cost = most;
    assert_int_equal(mt_position_level(&position, &instrument, 5, 1, &price), MT_ERANGE);
    assert_dies(mt_position_level(&position, &instrument, -1, 1, &price));
    assert_dies(mt_position_level(&position, &instrument, 1, 0, &price));
    position = (struct mt_position){0};
    assert_dies(mt_position_level(&position, &instrument, 1, 1, &price));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_round_trip_realises_the_difference),
        cmocka_unit_test(a_reversal_closes_all_and_opens_the_rest),
        cmocka_unit_test(nothing_is_lost_over_random_fills),
        cmocka_unit_test(cost_stays_at_the_exact_average),
        cmocka_unit_test(levels_move_with_the_prices_through_zero),
        cmocka_unit_test(profit_through_zero_is_the_difference_of_prices),
        cmocka_unit_test(bad_fills_change_nothing),
        cmocka_unit_test(the_largest_numbers_close_exactly),
        cmocka_unit_test(unrealised_is_rounded_against_us),
        cmocka_unit_test(entry_is_the_average_as_a_double),
        cmocka_unit_test(levels_are_rounded_towards_the_entry),
        cmocka_unit_test(levels_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, seed_print, NULL);
}
