#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "host/base/assert_dies.h"
#include "model/rates.h"

static struct mt_rates rates;

static int start(void **state)
{
    (void)state;
    mt_rates_init(&rates);
    return 0;
}

static struct mt_instrument pair(const char *base, const char *quote, int scale)
{
    struct mt_instrument instrument = {.price_scale = scale};
    strcpy(instrument.base, base);
    strcpy(instrument.quote, quote);
    return instrument;
}

static void add(uint16_t symbol, const char *base, const char *quote, int scale)
{
    struct mt_instrument instrument = pair(base, quote, scale);
    assert_int_equal(mt_rates_add_instrument(&rates, symbol, &instrument), 0);
}

static int index_of(const char *name)
{
    int index = mt_rates_currency(&rates, name);
    assert_true(index >= 0);
    return index;
}

#define assert_converts(amount, from, to, worse, expected)                                    \
    do {                                                                                      \
        mt_money converted = -77;                                                             \
        assert_int_equal(mt_rates_convert(&rates, amount, index_of(from), index_of(to),       \
                                          worse, &converted), 0);                             \
        if (converted != (mt_money)(expected))                                                \
            fail_msg("%s:%d: got %lld", __FILE__, __LINE__, (long long)converted);            \
    } while (0)

#define assert_no_rate(from, to)                                                              \
    do {                                                                                      \
        mt_money converted = -77;                                                             \
        assert_int_equal(mt_rates_convert(&rates, 100, index_of(from), index_of(to),          \
                                          MT_ROUND_DOWN, &converted), MT_ENOTFOUND);          \
        assert_true(converted == -77);                                                        \
    } while (0)

static void a_currency_has_one_index(void **state)
{
    (void)state;
    assert_int_equal(mt_rates_currency(&rates, "USD"), 0);
    assert_int_equal(mt_rates_currency(&rates, "EUR"), 1);
    assert_int_equal(mt_rates_currency(&rates, "USD"), 0);
    assert_int_equal(mt_rates_currency(&rates, ""), MT_ESYNTAX);
    assert_int_equal(mt_rates_currency(&rates, "ABCDEFGHIJKLMNOP"), MT_ESYNTAX);
    assert_int_equal(mt_rates_currency(&rates, "ABCDEFGHIJKLMNO"), 2);
    char name[16];
    for (int i = 3; i < MT_CURRENCIES_MAX; i++) {
        snprintf(name, sizeof name, "C%d", i);
        assert_int_equal(mt_rates_currency(&rates, name), i);
    }
    assert_int_equal(mt_rates_currency(&rates, "ONE"), MT_ENOMEM);
    assert_int_equal(mt_rates_currency(&rates, "C63"), 63);
    struct mt_instrument late = pair("NEW", "USD", 2), other = pair("USD", "NEW", 2);
    assert_int_equal(mt_rates_add_instrument(&rates, 0, &late), MT_ENOMEM);
    assert_int_equal(mt_rates_add_instrument(&rates, 0, &other), MT_ENOMEM);
    assert_int_equal(mt_rates_add_fixed(&rates, "NEW", "USD", 1, 0), MT_ENOMEM);
}

static void each_direction_takes_the_side_that_is_worse(void **state)
{
    (void)state;
    add(0, "EUR", "USD", 5);
    assert_no_rate("EUR", "USD");
    mt_rates_update(&rates, 0, 110000, 110010);
    assert_converts(100000000, "EUR", "USD", MT_ROUND_DOWN, 110000000);
    assert_converts(100000000, "EUR", "USD", MT_ROUND_UP, 110010000);
    assert_converts(-100000000, "EUR", "USD", MT_ROUND_DOWN, -110010000);
    assert_converts(-100000000, "EUR", "USD", MT_ROUND_UP, -110000000);
    /* 1 / 1.10010 = 0.909008271..., 1 / 1.1 = 0.909090909... */
    assert_converts(100000000, "USD", "EUR", MT_ROUND_DOWN, 90900827);
    assert_converts(100000000, "USD", "EUR", MT_ROUND_UP, 90909091);
    assert_converts(-100000000, "USD", "EUR", MT_ROUND_DOWN, -90909091);
    assert_converts(-100000000, "USD", "EUR", MT_ROUND_UP, -90900827);
    assert_converts(1, "EUR", "USD", MT_ROUND_DOWN, 1);
    assert_converts(1, "EUR", "USD", MT_ROUND_UP, 2);
    assert_converts(-1, "EUR", "USD", MT_ROUND_DOWN, -2);
    assert_converts(0, "EUR", "USD", MT_ROUND_UP, 0);
    assert_converts(123, "USD", "USD", MT_ROUND_UP, 123);
}

static void a_bad_book_leaves_the_last_good_rate(void **state)
{
    (void)state;
    add(3, "EUR", "USD", 5);
    mt_rates_update(&rates, 3, 110000, 110000);
    static const int64_t bad[][2] = { { 0, 5 }, { 5, 0 }, { 0, 0 }, { -1, 5 }, { 6, 5 } };
    for (size_t i = 0; i < 5; i++)
        mt_rates_update(&rates, 3, bad[i][0], bad[i][1]);
    assert_converts(100, "EUR", "USD", MT_ROUND_UP, 110);
    mt_rates_update(&rates, 2, 5, 5);       /* a symbol without a rate */
    assert_converts(100, "EUR", "USD", MT_ROUND_UP, 110);
}

static void an_instrument_without_a_base_gives_no_rate(void **state)
{
    (void)state;
    add(1, "", "USD", 2);
    assert_int_equal(rates.pair_of_symbol[1], -1);
    assert_int_equal(rates.pair_count, 0);
    assert_int_equal(rates.count, 0);
}

static void what_cannot_be_added_is_refused(void **state)
{
    (void)state;
    struct mt_instrument same = pair("USD", "USD", 2), good = pair("EUR", "USD", 5);
    struct mt_instrument negative = pair("EUR", "USD", -1), large = pair("EUR", "USD", 19);
    struct mt_instrument nameless = pair("EUR", "", 5);
    assert_int_equal(mt_rates_add_instrument(&rates, 0, &same), MT_ERANGE);
    assert_int_equal(mt_rates_add_instrument(&rates, 0, &negative), MT_ERANGE);
    assert_int_equal(mt_rates_add_instrument(&rates, 0, &large), MT_ERANGE);
    assert_int_equal(mt_rates_add_instrument(&rates, 0, &nameless), MT_ESYNTAX);
    assert_int_equal(mt_rates_add_instrument(&rates, MT_INSTRUMENTS_MAX, &good), MT_ERANGE);
    assert_int_equal(mt_rates_add_instrument(&rates, MT_INSTRUMENTS_MAX - 1, &good), 0);
    assert_int_equal(mt_rates_add_instrument(&rates, MT_INSTRUMENTS_MAX - 1, &good), MT_EEXIST);
    assert_int_equal(mt_rates_add_fixed(&rates, "", "USD", 1, 0), MT_ESYNTAX);
    assert_int_equal(mt_rates_add_fixed(&rates, "GBP", "USD", 0, 0), MT_ERANGE);
    assert_int_equal(mt_rates_add_fixed(&rates, "GBP", "USD", -5, 0), MT_ERANGE);
    assert_int_equal(mt_rates_add_fixed(&rates, "GBP", "GBP", 5, 0), MT_ERANGE);
    assert_int_equal(rates.pair_count, 1);
}

static void the_table_of_pairs_has_an_end(void **state)
{
    (void)state;
    for (uint16_t symbol = 0; symbol < MT_INSTRUMENTS_MAX; symbol++)
        add(symbol, "EUR", "USD", 5);
    assert_int_equal(mt_rates_add_fixed(&rates, "GBP", "USD", 1, 0), MT_ENOMEM);
    /* The last of 1024 gives the only rate. */
    mt_rates_update(&rates, MT_INSTRUMENTS_MAX - 1, 200000, 200000);
    assert_converts(10, "EUR", "USD", MT_ROUND_UP, 20);
}

static void a_configured_rate_wins_over_instruments(void **state)
{
    (void)state;
    add(0, "EUR", "USD", 5);
    mt_rates_update(&rates, 0, 110000, 110000);
    assert_int_equal(mt_rates_add_fixed(&rates, "EUR", "USD", 2, 0), 0);
    assert_converts(10, "EUR", "USD", MT_ROUND_UP, 20);
    mt_rates_update(&rates, 0, 120000, 120000);
    assert_converts(10, "EUR", "USD", MT_ROUND_UP, 20);
    assert_int_equal(mt_rates_add_fixed(&rates, "EUR", "USD", 3, 0), MT_EEXIST);
    assert_converts(10, "EUR", "USD", MT_ROUND_UP, 20);
    assert_int_equal(rates.pair_count, 2);
    /* The other direction is another pair, and it is direct. */
    assert_int_equal(mt_rates_add_fixed(&rates, "USD", "EUR", 7, 0), 0);
    assert_converts(10, "USD", "EUR", MT_ROUND_UP, 70);
}

static void the_first_known_of_several_instruments_is_used(void **state)
{
    (void)state;
    add(0, "EUR", "USD", 5);
    add(1, "EUR", "USD", 2);
    add(2, "EUR", "USD", 0);
    mt_rates_update(&rates, 2, 4, 4);
    assert_converts(10, "EUR", "USD", MT_ROUND_UP, 40);
    mt_rates_update(&rates, 1, 300, 300);
    assert_converts(10, "EUR", "USD", MT_ROUND_UP, 30);
    mt_rates_update(&rates, 0, 110000, 110000);
    assert_converts(10, "EUR", "USD", MT_ROUND_UP, 11);
}

static void one_step_over_a_third_currency(void **state)
{
    (void)state;
    index_of("EUR");
    index_of("JPY");
    add(0, "EUR", "USD", 5);
    add(1, "USD", "JPY", 3);
    add(2, "EUR", "CHF", 5);
    add(3, "CHF", "JPY", 3);
    assert_no_rate("EUR", "JPY");
    mt_rates_update(&rates, 2, 100000, 100000);
    mt_rates_update(&rates, 3, 170000, 170000);
    assert_converts(100, "EUR", "JPY", MT_ROUND_DOWN, 17000);       /* only over CHF */
    mt_rates_update(&rates, 0, 110000, 110010);
    assert_converts(100, "EUR", "JPY", MT_ROUND_DOWN, 17000);       /* half of the way over USD */
    mt_rates_update(&rates, 1, 150000, 150010);
    /* USD has the smaller index and is taken, although its rate came later. */
    assert_converts(100000000, "EUR", "JPY", MT_ROUND_DOWN, INT64_C(16500000000));
    assert_converts(100000000, "EUR", "JPY", MT_ROUND_UP, INT64_C(16502600100));
    assert_converts(-100000000, "EUR", "JPY", MT_ROUND_DOWN, -INT64_C(16502600100));
    /* Inverse twice. */
    assert_converts(INT64_C(16502600100), "JPY", "EUR", MT_ROUND_DOWN, 100000000);
    add(4, "XAU", "OZ", 2);
    mt_rates_update(&rates, 4, 1, 1);
    assert_no_rate("EUR", "OZ");        /* two currencies between would be needed */
}

static void what_does_not_fit_says_so(void **state)
{
    (void)state;
    mt_money most = (mt_money)(~(unsigned __int128)0 >> 1), out = -77;
    assert_int_equal(mt_rates_add_fixed(&rates, "A", "B", INT64_MAX, 0), 0);
    assert_int_equal(mt_rates_add_fixed(&rates, "B", "C", INT64_MAX, 0), 0);
    int a = index_of("A"), b = index_of("B"), c = index_of("C");
    assert_int_equal(mt_rates_convert(&rates, most, a, b, MT_ROUND_UP, &out), MT_ERANGE);
    assert_int_equal(mt_rates_convert(&rates, -most, a, b, MT_ROUND_DOWN, &out), MT_ERANGE);
    assert_int_equal(mt_rates_convert(&rates, INT64_MAX, a, c, MT_ROUND_UP, &out), MT_ERANGE);
    assert_true(out == -77);
    assert_converts(most, "A", "A", MT_ROUND_UP, most);
    assert_dies(mt_rates_convert(&rates, 1, a, b, MT_ROUND_AWAY, &out));
    assert_dies(mt_rates_convert(&rates, 1, -1, b, MT_ROUND_UP, &out));
    assert_dies(mt_rates_convert(&rates, 1, a, 3, MT_ROUND_UP, &out));
}

/* There and back at the worse side never gains. */
static void a_round_trip_never_gains(void **state)
{
    (void)state;
    uint64_t seed = 20240818, n = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    add(0, "EUR", "USD", 5);
    add(1, "USD", "JPY", 3);
    int eur = index_of("EUR"), jpy = index_of("JPY");
    for (int i = 0; i < 20000; i++) {
        int64_t bid = 1 + (int64_t)(mt_random_at(seed, n++) % 300000);
        int64_t spread = (int64_t)(mt_random_at(seed, n++) % 50);
        mt_rates_update(&rates, (uint16_t)(i % 2), bid, bid + spread);
        if (i == 0)
            continue;
        uint64_t shift = mt_random_at(seed, n++) % 60;
        mt_money amount = (int64_t)mt_random_at(seed, n++) >> shift, out, back;
        assert_int_equal(mt_rates_convert(&rates, amount, eur, jpy, MT_ROUND_DOWN, &out), 0);
        assert_int_equal(mt_rates_convert(&rates, out, jpy, eur, MT_ROUND_DOWN, &back), 0);
        assert_true(back <= amount);
        mt_money up;
        assert_int_equal(mt_rates_convert(&rates, amount, eur, jpy, MT_ROUND_UP, &up), 0);
        assert_true(up >= out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_currency_has_one_index, start),
        cmocka_unit_test_setup(each_direction_takes_the_side_that_is_worse, start),
        cmocka_unit_test_setup(a_bad_book_leaves_the_last_good_rate, start),
        cmocka_unit_test_setup(an_instrument_without_a_base_gives_no_rate, start),
        cmocka_unit_test_setup(what_cannot_be_added_is_refused, start),
        cmocka_unit_test_setup(the_table_of_pairs_has_an_end, start),
        cmocka_unit_test_setup(a_configured_rate_wins_over_instruments, start),
        cmocka_unit_test_setup(the_first_known_of_several_instruments_is_used, start),
        cmocka_unit_test_setup(one_step_over_a_third_currency, start),
        cmocka_unit_test_setup(what_does_not_fit_says_so, start),
        cmocka_unit_test_setup(a_round_trip_never_gains, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
