/* Sizing against exact rationals: the quantity q that comes out must be affordable, q + step must not, and all comparisons
 * are cross-multiplied in integers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "core/sizing.h"

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
static int64_t size(const struct mt_sizing *sizing, struct mt_sizing_facts facts)
{
    int64_t qty = -1;
    assert_int_equal(mt_sizing_qty(sizing, &ledger, 0, 0, &facts, &qty), 0);
    return qty;
}
enum { UNIT = 1000000000 };

static void fixed(void **state)
{
    struct mt_sizing s = { .rule = MT_SIZE_FIXED };
    struct mt_sizing_facts f = { .price = 10000, .scale = UNIT };
    (void)state;
    with(1000000, 100, 10, 50, 5005);
    assert_int_equal(size(&s, f), 1000);
    s.value = (mt_i128)1234567890 * 1000000000; /* 1.23456789 */
    assert_int_equal(size(&s, f), 1230);        /* down to the step */
    f.scale = UNIT / 2;
    assert_int_equal(size(&s, f), 610);
    f.scale = 40000000;                         /* 0.04 * 1.234 = 0.049: under the minimum */
    assert_int_equal(size(&s, f), 0);
    f.scale = UNIT;
    s.value = (mt_i128)1000000000 * 9000000000; /* 9.000: over the maximum, which is off step */
    assert_int_equal(size(&s, f), 5000);
    f.price = INT64_MAX / 4;
    assert_int_equal(size(&s, f), 0);           /* not even one step can be paid: leverage caps it */
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
    for (int i = 0; i < 20000; i++) {
        int64_t cash = 1 + (int64_t)(draw() % 1000000), step = 1 + (int64_t)(draw() % 20);
        int64_t min = step * (int64_t)(1 + draw() % 5);
        int32_t leverage = 1 + (int32_t)(draw() % 5);
        int64_t distance = (int64_t)(draw() % 2000);
        struct mt_sizing_facts f = { .price = 1 + (int64_t)(draw() % 1000000),
            .stop_distance = distance > 1000 ? 0 : distance,
            .scale = 1 + (int64_t)(draw() % UNIT),
            .volatility = 1 + (int64_t)(draw() % 200000000) };
        struct mt_sizing s = { .rule = (enum mt_sizing_rule)(1 + draw() % 3),
                               .value = 1 + (int64_t)(draw() % 100000000) };
        if (s.rule == MT_SIZE_NOTIONAL)
            s.value *= (int64_t)(1 + draw() % 1000000);
        with(cash, leverage, step, min, 0);
        int64_t q = size(&s, f);
        mt_ledger_fini(&ledger);
        /* budget and price of one unit (10^-3) of quantity, both in money 10^-8: a unit at price p costs p * 1000 */
        mt_i128 equity = (mt_i128)cash * 100000000, budget = s.value, price = f.price;
        if (s.rule == MT_SIZE_RISK_FRACTION) {
            budget = equity * s.value / 100000000;
            price = f.stop_distance > 0 ? f.stop_distance : f.price;
        } else if (s.rule == MT_SIZE_VOLATILITY) {
            budget = equity * s.value / f.volatility;
        }
        mt_i128 units = budget / (price * 1000);                /* before scale */
        units = units * f.scale / UNIT;
        mt_i128 most = equity * leverage / ((mt_i128)f.price * 1000);
        units = units < most ? units : most;
        units -= units % step;
        int64_t wanted = units < min ? 0 : (int64_t)units;
        assert_int_equal(q, wanted);
        sized += q > 0;
    }
    assert_true(sized > 5000);
}

static void what_is_not_known_has_no_size(void **state)
{
    struct mt_sizing s = { .rule = MT_SIZE_VOLATILITY, .value = 10000000 };
    struct mt_sizing_facts f = { .price = 10000, .scale = UNIT };
    int64_t qty;
    (void)state;
    with(1000, 1, 1, 1, 0);
    assert_int_equal(size(&s, f), 0);
    s = (struct mt_sizing){ .rule = MT_SIZE_RISK_FRACTION, .value = 10000000 };
    mt_ledger_adjust_cash(&ledger, 0, -(mt_money)2000 * 100000000);
    assert_int_equal(size(&s, f), 0);           /* nothing left to risk */
    mt_ledger_fini(&ledger);

    struct mt_account_setup account = { .name = "a", .currency = "EUR", .cash = 100000000, .leverage = 1 };
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_ledger_init(&ledger, &instrument, 1, &account, 1, &diag), 0);
    assert_int_equal(mt_sizing_qty(&s, &ledger, 0, 0, &f, &qty), MT_ENOTFOUND);         /* no rate is a denial, never 1 */
    mt_ledger_fini(&ledger);
}

/* Numbers beyond 128 bits are refused wherever they come up, and never wrap. */
static void what_does_not_fit_is_refused(void **state)
{
    const mt_i128 huge = (mt_i128)1 << 120;
    const struct { struct mt_sizing sizing; struct mt_sizing_facts facts; int64_t contract; } cases[] = {
        { { .rule = MT_SIZE_RISK_FRACTION, .value = huge }, { .price = 10000, .scale = UNIT }, 1 },
        { { .rule = MT_SIZE_VOLATILITY, .value = huge }, { .price = 10000, .scale = UNIT, .volatility = 1 }, 1 },
        { { .rule = MT_SIZE_NOTIONAL, .value = huge }, { .price = INT64_MAX, .scale = UNIT }, INT64_MAX },
        { { .rule = MT_SIZE_FIXED }, { .price = INT64_MAX, .scale = UNIT }, INT64_MAX },
        { { .rule = MT_SIZE_NOTIONAL, .value = huge }, { .price = 1, .scale = INT64_MAX }, 1 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t qty = -1;
        with(1000000, 100, 1, 1, 0);
        instrument.contract_size = cases[i].contract;
        int rc = mt_sizing_qty(&cases[i].sizing, &ledger, 0, 0, &cases[i].facts, &qty);
        if (rc != MT_ERANGE)
            fail_msg("case %zu: %d, %lld", i, rc, (long long)qty);
        mt_ledger_fini(&ledger);
    }
}

static void volatility(void **state)
{
    const uint64_t seed = 8;
    int64_t closes[100] = { 0 };
    (void)state;
    assert_int_equal(mt_sizing_volatility(closes, 0, 60), 0);
    closes[0] = 100;
    assert_int_equal(mt_sizing_volatility(closes, 1, 60), 0);
    closes[1] = 100;
    assert_int_equal(mt_sizing_volatility(closes, 2, 60), 0);
    closes[0] = 0;
    assert_int_equal(mt_sizing_volatility(closes, 2, 60), 0);
    closes[0] = 1;
    closes[1] = INT64_MAX;                      /* a return of 10^18 is held at 1000, and the sum fits */
    assert_true(mt_sizing_volatility(closes, 2, 1) > 0);
    for (int round = 0; round < 500; round++) {
        int count = 2 + (int)(mt_random_at(seed, (uint64_t)round) % 98);
        static const int32_t frames[] = { 1, 60, 3600, 86400 };
        int32_t tf = frames[round % 4];
        closes[0] = 1000000;
        long double sum = 0;
        for (int i = 1; i < count; i++) {
            closes[i] = closes[i - 1] + (int64_t)(mt_random_at(seed + 1, (uint64_t)(round * 100 + i)) % 20001) - 10000;
            long double r = (long double)(closes[i] - closes[i - 1]) / (long double)closes[i - 1];
            sum += r * r;
        }
        long double year = sqrtl(sum / (count - 1) * (365.0L * 86400 / tf)) * 1e8L;
        assert_true(fabsl((long double)mt_sizing_volatility(closes, count, tf) - year) < 2 + year * 1e-6L);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed),
        cmocka_unit_test(rules_against_rationals),
        cmocka_unit_test(what_is_not_known_has_no_size),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(volatility),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
