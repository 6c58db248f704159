/* Volatility against the formula in wider numbers, and by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "base/hash.h"
#include "core/volatility.h"

static double year(const int64_t *closes, int count, int32_t tf_s)
{
    struct mt_volatility v = mt_volatility(closes, count, tf_s);
    return ldexp((double)v.mantissa, v.exponent);
}

static void against_long_doubles(void **state)
{
    const uint64_t seed = 8;
    int64_t closes[100] = { 0 };
    (void)state;
    assert_true(year(closes, 0, 60) == 0);
    closes[0] = closes[1] = 100;
    closes[2] = 101;
    assert_true(year(closes, 2, 60) == 0);      /* one return has no deviation */
    assert_true(year(closes, 3, 60) > 0);
    closes[2] = 100;
    assert_true(year(closes, 3, 60) == 0);      /* no movement */
    closes[0] = 0;
    assert_true(year(closes, 3, 60) == 0);
    closes[0] = 1;
    closes[1] = INT64_MAX;
    assert_true(isfinite(year(closes, 3, 1)));
    static const int64_t by_hand[] = { 10100, 9950, 10050, 10000 };
    /* -0.014963, 0.010000, -0.004988: 0.01256507 * 724.9828 */
    assert_true(fabs(year(by_hand, 4, 60) - 9.1094) < 0.0001);
    for (int round = 0; round < 500; round++) {
        int count = 3 + (int)(mt_random_at(seed, (uint64_t)round) % 97);
        static const int32_t frames[] = { 1, 60, 3600, 86400, 604800 };
        int32_t tf = frames[round % 5];
        closes[0] = 1000000;
        long double mean = 0, sum = 0;
        for (int i = 1; i < count; i++) {
            closes[i] = closes[i - 1] + (int64_t)(mt_random_at(seed + 1, (uint64_t)(round * 100 + i)) % 20001) - 10000;
            mean += logl((long double)closes[i] / (long double)closes[i - 1]) / (count - 1);
        }
        for (int i = 1; i < count; i++) {
            long double r = logl((long double)closes[i] / (long double)closes[i - 1]) - mean;
            sum += r * r;
        }
        long double wanted = sqrtl(sum / (count - 2) * (365.0L * 86400 / tf));
        assert_true(fabsl((long double)year(closes, count, tf) - wanted) < wanted * 1e-12L);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_long_doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
