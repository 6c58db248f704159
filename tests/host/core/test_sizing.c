/* Sizing against exact rationals: the quantity q that comes out fits, q + step does not, and all comparisons are
 * cross-multiplied in whole numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "core/sizing.h"
#include "../base/big.h"

static struct mt_instrument instrument;
static struct mt_ledger ledger;

static void with(int64_t cash, int32_t leverage, int64_t step, int64_t min, int64_t max)
{
    struct mt_account_setup account = { .name = "a", .currency = "USD", .cash = (mt_money)cash * 100000000,
                                        .leverage = leverage };
    struct mt_diag diag = { 0 };
    instrument = (struct mt_instrument){ .symbol = "X", .quote = "USD", .price_scale = 2, .qty_scale = 3, .tick = 1,
        .step = step, .qty_min = min, .qty_max = max, .contract_size = 1, .default_qty = 1000 };
    assert_int_equal(mt_ledger_init(&ledger, &instrument, 1, &account, 1, &diag), 0);
}
enum { UNIT = 1000000000 };
static const mt_money plenty = (mt_money)1 << 100;

static struct mt_sizing_facts at(int64_t price)
{
    return (struct mt_sizing_facts){ .price = price, .margin_price = price, .scale = UNIT, .size = UNIT,
                                     .strength = UNIT, .room = mt_ledger_equity(&ledger, 0) };
}
static int64_t size(const struct mt_sizing *sizing, struct mt_sizing_facts facts)
{
    struct mt_size out;
    assert_int_equal(mt_sizing_qty(sizing, &ledger, 0, 0, &facts, &out), 0);
    assert_true(out.cut == (out.qty < out.wanted && out.wanted >= instrument.qty_min));
    return out.qty;
}

static void fixed(void **state)
{
    struct mt_sizing s = { .rule = MT_SIZE_FIXED };
    (void)state;
    with(1000000, 100, 10, 50, 5005);
    struct mt_sizing_facts f = at(10000);
    assert_int_equal(size(&s, f), 1000);
    s.value = (mt_i128)1234567890 * 1000000000; /* 1.23456789 */
    assert_int_equal(size(&s, f), 1230);        /* down to the step */
    f.size = UNIT / 2;
    assert_int_equal(size(&s, f), 610);
    f.size = 40000000;                          /* 0.04 * 1.234 = 0.049: under the minimum */
    assert_int_equal(size(&s, f), 0);
    f.size = UNIT;
    s.value = (mt_i128)1000000000 * 9000000000; /* 9.000: over the maximum, which is off step */
    assert_int_equal(size(&s, f), 5000);
    f.margin_price = INT64_MAX / 4;
    assert_int_equal(size(&s, f), 0);           /* not even one step can be paid: leverage caps it */
    mt_ledger_fini(&ledger);
}

/* A maximum of one unit is one, and the largest number is a size. */
static void the_ends_of_the_range(void **state)
{
    struct mt_sizing s = { .rule = MT_SIZE_FIXED };
    (void)state;
    with(1000000, 100, 1, 1, 1);
    struct mt_sizing_facts f = at(10000);
    assert_int_equal(size(&s, f), 1);
    mt_ledger_fini(&ledger);
    with(1000000, 100, 1, 1, 0);
    instrument.qty_scale = 18;
    s.value = INT64_MAX;                        /* in 10^-18 */
    f = at(1);
    f.room = plenty;
    assert_true(size(&s, f) == INT64_MAX);
    mt_ledger_fini(&ledger);
}

/* Three factors of a third each, and the quotient, would each lose a step if they were rounded on the way. */
static void factors_are_rounded_once(void **state)
{
    struct mt_sizing s = { .rule = MT_SIZE_FIXED, .value = (mt_i128)mt_pow10(18) * 1000000 };
    (void)state;
    with(1000000000, 1000, 1, 1, 0);
    struct mt_sizing_facts f = at(1);
    f.scale = 333333333;
    f.size = INT64_C(3) * UNIT;
    f.strength = UNIT;
    assert_int_equal(size(&s, f), 999999999);   /* 10^9 units * 0.999999999 */
    f.strength = 1;
    f.size = INT64_C(1000000001) * 3;
    assert_int_equal(size(&s, f), 0);           /* 333 333 333 * 3 000 000 003 is 10^18 - 1 */
    f.scale++;
    assert_int_equal(size(&s, f), 1);
    s = (struct mt_sizing){ .rule = MT_SIZE_NOTIONAL, .value = (mt_i128)mt_pow10(8) * 100 };
    f = at(300);
    f.size = INT64_C(3) * UNIT;
    assert_int_equal(size(&s, f), 100000);      /* 100 / 3.00 * 3: not 99.999 */
    mt_ledger_fini(&ledger);
}

static const uint64_t seed_rules = 31;
static uint64_t draw(void)
{
    static uint64_t n;
    return mt_random_at(seed_rules, n++);
}

/* risk_fraction, notional and volatility_target: the largest step with q * per <= budget. */
static void rules_against_rationals(void **state)
{
    int sized = 0;
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed_rules);
    for (int i = 0; i < 5000; i++) {
        int64_t cash = 1 + (int64_t)(draw() % 1000000), step = 1 + (int64_t)(draw() % 20);
        int64_t min = step * (int64_t)(1 + draw() % 5), distance = (int64_t)(draw() % 2000);
        int32_t leverage = 1 + (int32_t)(draw() % 5);
        with(cash, leverage, step, min, 0);
        struct mt_sizing_facts f = at(1 + (int64_t)(draw() % 1000000));
        f.stop_distance = distance > 1000 ? 0 : distance;
        f.scale = 1 + (int64_t)(draw() % UNIT);
        f.size = 1 + (int64_t)(draw() % UNIT);
        f.strength = (int64_t)(UNIT - draw() % 2 * (UNIT / 2));
        f.volatility = (struct mt_volatility){ 1 + (int64_t)(draw() % 2048), -10 };
        f.room = plenty;
        struct mt_sizing s = { .rule = (enum mt_sizing_rule)(1 + draw() % 3),
                               .value = 1 + (int64_t)(draw() % 100000000) };
        if (s.rule == MT_SIZE_NOTIONAL)
            s.value *= (int64_t)(1 + draw() % 1000000);
        int64_t q = size(&s, f);
        mt_ledger_fini(&ledger);
        /* One unit (10^-3) of quantity at price p costs p * 1000 units of money: above / below, cross-multiplied. */
        struct big above = big_of(s.value), below = big_of((mt_i128)f.price * 1000);
        if (s.rule != MT_SIZE_NOTIONAL)
            above = big_mul(above, big_of(cash));       /* 10^8 in money, divided by the 10^8 of a fraction */
        if (s.rule == MT_SIZE_RISK_FRACTION && f.stop_distance > 0)
            below = big_of((mt_i128)f.stop_distance * 1000);
        if (s.rule == MT_SIZE_VOLATILITY) {
            above = big_mul(above, big_of(1024));
            below = big_mul(below, big_of(f.volatility.mantissa));
        }
        above = big_mul(big_mul(above, big_of(f.scale)), big_mul(big_of(f.size), big_of(f.strength)));
        below = big_mul(below, big_mul(big_of((mt_i128)UNIT * UNIT), big_of(UNIT)));
        struct big fits = big_mul(below, big_of(q)), next = big_mul(below, big_of(q ? q + step : min));
        assert_int_equal(q % step, 0);
        assert_true(big_compare_magnitude(&fits, &above) <= 0);
        assert_true(big_compare_magnitude(&next, &above) > 0);
        sized += q > 0;
    }
    assert_true(sized > 1000);
}

/* The yen: 1000 USD at risk are 150 000 JPY, and one lot loses 50 000 at the stop. 50 000 / 150 does not end. */
static void a_rate_is_part_of_the_fraction(void **state)
{
    struct mt_instrument yen = { .symbol = "USDJPY", .base = "USD", .quote = "JPY", .price_scale = 3, .qty_scale = 2,
        .tick = 1, .step = 1, .qty_min = 1, .contract_size = 100000, .default_qty = 1 };
    struct mt_account_setup account = { .name = "a", .currency = "USD", .cash = (mt_money)100000 * 100000000,
                                        .leverage = 30 };
    struct mt_event quote = { .kind = MT_EV_QUOTE, .quote = { 150000, 150000, 0, 0, MT_QUOTE_BOTH } };
    struct mt_sizing s = { .rule = MT_SIZE_RISK_FRACTION, .value = 1000000 };
    struct mt_diag diag = { 0 };
    (void)state;
    assert_int_equal(mt_ledger_init(&ledger, &yen, 1, &account, 1, &diag), 0);
    mt_ledger_market(&ledger, &quote);
    instrument = yen;
    struct mt_sizing_facts f = at(150000);
    f.stop_distance = 500;
    assert_int_equal(size(&s, f), 300);
    f.stop_distance = 501;                      /* 150 000 / 50 100 = 2.994 */
    assert_int_equal(size(&s, f), 299);
    s = (struct mt_sizing){ .rule = MT_SIZE_NOTIONAL, .value = (mt_i128)100000 * 100000000 };
    f = at(150000);
    assert_int_equal(size(&s, f), 100);         /* one lot is 100 000 USD at any price */
    quote.quote = (struct mt_quote){ 149000, 151000, 0, 0, MT_QUOTE_BOTH };
    mt_ledger_market(&ledger, &quote);
    f = at(151000);                             /* dear in yen, and yen are sold at 149: 15.1 M / 149 = 101 342 USD */
    assert_int_equal(size(&s, f), 98);
    mt_ledger_fini(&ledger);
}

/* Against the venue's own sum: bound and fee rounded up, the step above does not fit. */
static void cut_to_what_the_account_carries(void **state)
{
    struct mt_sizing s = { .rule = MT_SIZE_FIXED, .value = (mt_i128)mt_pow10(18) * 1000000000 };
    int exact = 0;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        int64_t cash = 1 + (int64_t)(draw() % 100000), step = 1 + (int64_t)(draw() % 20);
        int32_t leverage = 1 + (int32_t)(draw() % 50);
        with(cash, leverage, step, step, 0);
        struct mt_sizing_facts f = at(1 + (int64_t)(draw() % 100000));
        int64_t rate = (int64_t)(draw() % 3) * (int64_t)(draw() % 500000) - 1000;
        ledger.accounts[0].taker_rate = rate;
        rate = rate > 0 ? rate : 0;
        int64_t q = size(&s, f);
        mt_ledger_fini(&ledger);
        /* qty * price * (1 / leverage + fee) <= cash, times 10^8 * leverage */
        mt_i128 per = (mt_i128)f.price * 1000 * (100000000 + rate * leverage);
        mt_i128 room = (mt_i128)cash * 100000000 * 100000000 * leverage;
        assert_true((mt_i128)q * per <= room);
        /* Two roundings up of money may ask for 2 * 10^-8 more than the fraction does. */
        assert_true((mt_i128)(q + step) * per > room - (mt_i128)2 * 100000000 * leverage);
        exact += (mt_i128)(q + step) * per > room;
    }
    assert_true(exact > 19900);
}

/* What a fee of 4 bp and one of 50 bp leave of 10 000. */
static void by_hand(void **state)
{
    struct mt_sizing s = { .rule = MT_SIZE_FIXED, .value = (mt_i128)mt_pow10(18) * 1000000 };
    (void)state;
    with(10000, 1, 1, 1, 0);
    ledger.accounts[0].taker_rate = 40000;
    assert_int_equal(size(&s, at(4000000)), 249);       /* 10 000 / (40 000 * 1.0004) = 0.2499.. */
    ledger.accounts[0].taker_rate = -40000;
    assert_int_equal(size(&s, at(4000000)), 250);
    mt_ledger_fini(&ledger);
    with(10000, 30, 1000, 1000, 0);
    ledger.accounts[0].taker_rate = 500000;
    assert_int_equal(size(&s, at(10000)), 2608000);     /* 10 000 / (100 * (1/30 + 0.005)) = 2608.69.. */
    struct mt_sizing_facts f = at(10000);
    f.room /= 2;                                        /* half is bound elsewhere */
    assert_int_equal(size(&s, f), 1304000);
    f.room = -1;
    assert_int_equal(size(&s, f), 0);
    mt_ledger_fini(&ledger);
}

/* A contract of 1.5 units: its size has a scale of its own. */
static void a_contract_of_part_of_a_unit(void **state)
{
    struct mt_sizing s = { .rule = MT_SIZE_NOTIONAL, .value = (mt_i128)mt_pow10(8) * 300 };
    (void)state;
    with(1000000, 100, 1, 1, 0);
    instrument.contract_size = 15;
    instrument.contract_scale = 1;
    assert_int_equal(size(&s, at(10000)), 2000);        /* 300 / (100.00 * 1.5) */
    mt_ledger_fini(&ledger);
}

/* Where the smallest money buys the smallest quantity, nothing left is still nothing. */
static void the_smallest_equity(void **state)
{
    const struct mt_sizing s = { .rule = MT_SIZE_RISK_FRACTION, .value = 100000000 };
    (void)state;
    for (int equity = -1; equity <= 2; equity++) {
        struct mt_size out;
        with(0, 1, 1, 1, 0);
        instrument.price_scale = 0;
        instrument.qty_scale = 8;
        mt_ledger_adjust_cash(&ledger, 0, equity);
        struct mt_sizing_facts f = at(1);
        f.room = plenty;
        assert_int_equal(mt_sizing_qty(&s, &ledger, 0, 0, &f, &out), 0);
        assert_true(out.wanted == (equity > 0 ? equity : 0));
        mt_ledger_fini(&ledger);
    }
}

static void what_is_not_known_has_no_size(void **state)
{
    struct mt_sizing s = { .rule = MT_SIZE_VOLATILITY, .value = 10000000 };
    struct mt_size out;
    (void)state;
    with(1000, 1, 1, 1, 0);
    struct mt_sizing_facts f = at(10000);
    assert_int_equal(size(&s, f), 0);
    s = (struct mt_sizing){ .rule = MT_SIZE_RISK_FRACTION, .value = 10000000 };
    mt_ledger_adjust_cash(&ledger, 0, -(mt_money)2000 * 100000000);
    assert_int_equal(size(&s, f), 0);           /* nothing left to risk */
    mt_ledger_fini(&ledger);

    struct mt_account_setup account = { .name = "a", .currency = "EUR", .cash = 100000000, .leverage = 1 };
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_ledger_init(&ledger, &instrument, 1, &account, 1, &diag), 0);
    assert_int_equal(mt_sizing_qty(&s, &ledger, 0, 0, &f, &out), MT_ENOTFOUND);         /* no rate is a denial, never 1 */
    mt_ledger_fini(&ledger);
}

/* A size beyond all numbers is refused and never wraps; one whose cost is beyond them cannot be paid. */
static void what_does_not_fit_is_refused(void **state)
{
    const mt_i128 huge = (mt_i128)1 << 120;
    const struct { struct mt_sizing sizing; int64_t price, size, volatility, contract; int rc; } cases[] = {
        { { .rule = MT_SIZE_RISK_FRACTION, .value = huge }, 10000, INT64_MAX, 0, 1, MT_ERANGE },
        { { .rule = MT_SIZE_VOLATILITY, .value = huge }, 10000, UNIT, 1, 1, MT_ERANGE },
        { { .rule = MT_SIZE_NOTIONAL, .value = huge }, 1, INT64_MAX, 0, 1, MT_ERANGE },
        { { .rule = MT_SIZE_NOTIONAL, .value = huge }, INT64_MAX, UNIT, 0, INT64_MAX, 0 },      /* less than a step */
        { { .rule = MT_SIZE_FIXED }, INT64_MAX, UNIT, 0, INT64_MAX, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_size out = { .qty = -1 };
        with(1000000, 100, 1, 1, 0);
        instrument.contract_size = cases[i].contract;
        struct mt_sizing_facts f = at(cases[i].price);
        f.size = cases[i].size;
        f.volatility = (struct mt_volatility){ cases[i].volatility, -60 };
        int rc = mt_sizing_qty(&cases[i].sizing, &ledger, 0, 0, &f, &out);
        if (rc != cases[i].rc || (rc == 0 && out.qty != 0))
            fail_msg("case %zu: %d, %lld", i, rc, (long long)out.qty);
        mt_ledger_fini(&ledger);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed),
        cmocka_unit_test(the_ends_of_the_range),
        cmocka_unit_test(factors_are_rounded_once),
        cmocka_unit_test(rules_against_rationals),
        cmocka_unit_test(a_rate_is_part_of_the_fraction),
        cmocka_unit_test(cut_to_what_the_account_carries),
        cmocka_unit_test(by_hand),
        cmocka_unit_test(a_contract_of_part_of_a_unit),
        cmocka_unit_test(the_smallest_equity),
        cmocka_unit_test(what_is_not_known_has_no_size),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
