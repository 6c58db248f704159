#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/hash.h"
#include "host/base/big.h"
#include "model/instrument.h"

static struct mt_instrument good(void)
{
    return (struct mt_instrument){
        .symbol = "A-b.9_/Z",
        .quote = "USDT",
        .base = "BTC",
        .price_scale = 2,
        .qty_scale = 3,
        .contract_scale = 1,
        .tick = 5,
        .step = 10,
        .qty_min = 20,
        .qty_max = 5000,
        .contract_size = 15,
        .stop_level = 7,
        .notional_min = (mt_money)5 * 100000000,
        .default_qty = 30,
    };
}

static void refused(const struct mt_instrument *instrument, const char *field)
{
    struct mt_diag diag = {0};
    assert_int_equal(mt_instrument_check(instrument, &diag), MT_ERANGE);
    assert_int_equal(diag.code, MT_ERANGE);
    assert_non_null(strstr(diag.text, field));
}

#define REFUSED(member, value, field)                       \
    do {                                                    \
        struct mt_instrument wrong = good();                \
        wrong.member = (value);                             \
        refused(&wrong, field);                             \
    } while (0)

static void every_wrong_field_is_named(void **state)
{
    (void)state;
    struct mt_instrument instrument = good();
    assert_int_equal(mt_instrument_check(&instrument, NULL), 0);
    REFUSED(price_scale, -1, "price_scale");
    REFUSED(price_scale, 19, "price_scale");
    REFUSED(qty_scale, -1, "qty_scale");
    REFUSED(qty_scale, 19, "qty_scale");
    REFUSED(contract_scale, -1, "contract_scale");
    REFUSED(contract_scale, 19, "contract_scale");
    REFUSED(tick, 0, "tick");
    REFUSED(tick, -5, "tick");
    REFUSED(step, 0, "step");
    REFUSED(step, -1, "step");
    REFUSED(qty_min, 0, "min");
    REFUSED(qty_min, 15, "min");
    REFUSED(qty_max, 10, "max");
    REFUSED(qty_max, -1, "max");
    REFUSED(contract_size, 0, "size");
    REFUSED(contract_size, -1, "size");
    REFUSED(stop_level, -1, "stop_level");
    REFUSED(notional_min, -1, "notional_min");
    REFUSED(default_qty, 10, "default_qty");
    REFUSED(default_qty, 25, "default_qty");
    REFUSED(default_qty, 5010, "default_qty");
    instrument.default_qty = instrument.qty_max;
    assert_int_equal(mt_instrument_check(&instrument, NULL), 0);
    instrument.qty_max = 0;
    instrument.default_qty = INT64_MAX / 10 * 10;
    assert_int_equal(mt_instrument_check(&instrument, NULL), 0);
}

static void names_are_checked(void **state)
{
    (void)state;
    static const char *const bad[] = {"",         "a b", "a\nb", "a\"b", "a:b",
                                      "\xc3\xa9", "a@b", "a[b",  "a`b",  "a{b",
                                      " ab",      "ab "};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mt_instrument instrument = good();
        memset(instrument.symbol, 0, sizeof instrument.symbol);
        memcpy(instrument.symbol, bad[i], strlen(bad[i]));
        refused(&instrument, "symbol");
        instrument = good();
        memset(instrument.quote, 0, sizeof instrument.quote);
        memcpy(instrument.quote, bad[i], strlen(bad[i]));
        refused(&instrument, "quote");
        instrument = good();
        memset(instrument.base, 0, sizeof instrument.base);
        memcpy(instrument.base, bad[i], strlen(bad[i]));
        if (i > 0)
            refused(&instrument, "base");
        else
            assert_int_equal(mt_instrument_check(&instrument, NULL), 0);
    }
    struct mt_instrument instrument = good();
    memset(instrument.symbol, 'A', sizeof instrument.symbol);       /* no end */
    refused(&instrument, "symbol");
    instrument.symbol[MT_SYMBOL_MAX - 1] = '\0';
    assert_int_equal(mt_instrument_check(&instrument, NULL), 0);
    memset(instrument.quote, 'A', sizeof instrument.quote);
    refused(&instrument, "quote");
    instrument = good();
    memset(instrument.base, 'A', sizeof instrument.base);
    refused(&instrument, "base");
    instrument = good();
    instrument.quote[2] = '/';
    refused(&instrument, "quote");
}

/* qty * price * size * 10^(8 - scales) on paper. */
static int expected_money(struct big product, int excess, enum mt_round round, mt_money *out)
{
    bool rest = false;
    struct big result = excess <= 0 ? big_mul(product, big_pow10(-excess))
                                    : big_div(product, big_pow10(excess), &rest);
    bool negative = product.negative;
    bool away = rest && (round == MT_ROUND_AWAY || (round == MT_ROUND_UP && !negative) ||
                         (round == MT_ROUND_DOWN && negative));
    struct big one = big_of(1);
    one.negative = result.negative = negative;
    if (away)
        result = big_add(result, one);
    __int128 value;
    if (!big_fits(big_trim(result), 128, &value))
        return MT_ERANGE;
    if (rest && round == MT_ROUND_EXACT)
        return MT_EINEXACT;
    *out = value;
    return 0;
}

static uint64_t random_seed = 20240820, random_n;

static int64_t random_wide(bool is_signed)
{
    uint64_t x = mt_random_at(random_seed, random_n++);
    int64_t value = (int64_t)(x >> (1 + mt_random_at(random_seed, random_n++) % 63));
    return is_signed && mt_random_at(random_seed, random_n++) % 2 ? -value : value;
}

/* All 6 859 combinations of scales with every rounding. */
static void notional_agrees_with_paper_at_every_scale(void **state)
{
    (void)state;
    const char *given = getenv("MT_SEED");
    if (given)
        random_seed = strtoull(given, NULL, 0);
    print_message("seed %llu (MT_SEED)\n", (unsigned long long)random_seed);
    int counts[3] = {0, 0, 0};
    for (int scales = 0; scales < 19 * 19 * 19; scales++) {
        struct mt_instrument instrument = good();
        instrument.price_scale = scales % 19;
        instrument.qty_scale = scales / 19 % 19;
        instrument.contract_scale = scales / 361;
        instrument.contract_size = 1 + random_wide(false) / 2;
        if (scales % 3 == 0)            /* a power of ten, so that exact results happen */
            instrument.contract_size = mt_pow10(instrument.contract_scale);
        int64_t qty = random_wide(true), price = random_wide(scales % 5 == 0);
        if (scales % 6 == 0) {
            qty = (int64_t)(mt_random_at(random_seed, random_n++) % 9) *
                  mt_pow10(instrument.qty_scale);
            price = (int64_t)(mt_random_at(random_seed, random_n++) % 9) *
                    mt_pow10(instrument.price_scale);
        }
        struct big product = big_mul(big_mul(big_of(qty), big_of(price)),
                                     big_of(instrument.contract_size));
        int excess = instrument.price_scale + instrument.qty_scale + instrument.contract_scale - 8;
        for (int round = MT_ROUND_EXACT; round <= MT_ROUND_AWAY; round++) {
            mt_money expected = -77, money = -77;
            int err = expected_money(product, excess, round, &expected);
            int got = mt_instrument_notional(&instrument, qty, price, round, &money);
            if (round == MT_ROUND_EXACT && err == MT_ERANGE && got == MT_EINEXACT)
                err = got;          /* too large and with a remainder: either is true */
            assert_int_equal(got, err);
            assert_true(money == expected);
            counts[err == 0 ? 0 : err == MT_ERANGE ? 1 : 2]++;
        }
    }
    assert_true(counts[0] > 10000 && counts[1] > 100 && counts[2] > 1000);
}

static void money_of_the_largest_cost(void **state)
{
    (void)state;
    struct mt_instrument instrument = good();
    instrument.price_scale = instrument.qty_scale = instrument.contract_scale = 18;
    instrument.contract_size = INT64_MAX;
    mt_money money;
    for (int round = MT_ROUND_DOWN; round <= MT_ROUND_AWAY; round++) {
        mt_money expected;
        struct big product = big_mul(big_mul(big_of(INT64_MIN), big_of(INT64_MAX)),
                                     big_of(INT64_MAX));
        assert_int_equal(expected_money(product, 46, round, &expected), 0);
        assert_int_equal(mt_instrument_notional(&instrument, INT64_MIN, INT64_MAX, round, &money),
                         0);
        assert_true(money == expected);
    }
    /* One unit that survives neither division still counts where the direction says so. */
    instrument.contract_size = 1;
    assert_int_equal(mt_instrument_notional(&instrument, 1, 1, MT_ROUND_UP, &money), 0);
    assert_true(money == 1);
    assert_int_equal(mt_instrument_notional(&instrument, -1, 1, MT_ROUND_DOWN, &money), 0);
    assert_true(money == -1);
    assert_int_equal(mt_instrument_notional(&instrument, -1, 1, MT_ROUND_UP, &money), 0);
    assert_true(money == 0);
    assert_int_equal(mt_instrument_notional(&instrument, 1, 1, MT_ROUND_EXACT, &money),
                     MT_EINEXACT);
    assert_int_equal(mt_instrument_notional(&instrument, 0, 1, MT_ROUND_AWAY, &money), 0);
    assert_true(money == 0);
    instrument.price_scale = instrument.qty_scale = instrument.contract_scale = 0;
    instrument.contract_size = INT64_MAX;
    assert_int_equal(mt_instrument_notional(&instrument, INT64_MAX, INT64_MAX, MT_ROUND_UP, &money),
                     MT_ERANGE);
}

static void an_image_gives_the_instrument_back(void **state)
{
    (void)state;
    unsigned char image[MT_INSTRUMENT_BYTES], again[MT_INSTRUMENT_BYTES];
    struct mt_instrument instrument = good(), read;
    instrument.notional_min = ((mt_money)1 << 100) + 3;
    for (int inferred = 0; inferred < 2; inferred++) {
        instrument.inferred = inferred;
        instrument.negative = !inferred;
        mt_instrument_encode(&instrument, image);
        memset(&read, 0xff, sizeof read);
        assert_int_equal(mt_instrument_decode(image, &read), 0);
        assert_string_equal(read.symbol, instrument.symbol);
        assert_string_equal(read.quote, instrument.quote);
        assert_string_equal(read.base, instrument.base);
        assert_int_equal(read.price_scale, 2);
        assert_int_equal(read.qty_scale, 3);
        assert_int_equal(read.contract_scale, 1);
        assert_int_equal(read.tick, 5);
        assert_int_equal(read.step, 10);
        assert_int_equal(read.qty_min, 20);
        assert_int_equal(read.qty_max, 5000);
        assert_int_equal(read.contract_size, 15);
        assert_int_equal(read.stop_level, 7);
        assert_int_equal(read.default_qty, 30);
        assert_true(read.notional_min == instrument.notional_min);
        assert_int_equal(read.inferred, inferred);
        assert_int_equal(read.negative, !inferred);
        mt_instrument_encode(&read, again);
        assert_memory_equal(image, again, sizeof image);
    }
    /* What stands behind the end of a name must not reach the image. */
    memcpy(instrument.quote, "EUR\0junk", 9);
    struct mt_instrument clean = instrument;
    memset(clean.quote, 0, sizeof clean.quote);
    memcpy(clean.quote, "EUR", 3);
    mt_instrument_encode(&instrument, image);
    mt_instrument_encode(&clean, again);
    assert_memory_equal(image, again, sizeof image);
    memset(instrument.symbol, 'A', sizeof instrument.symbol);       /* no end: one is made */
    mt_instrument_encode(&instrument, image);
    assert_int_equal(image[MT_SYMBOL_MAX - 2], 'A');
    assert_int_equal(image[MT_SYMBOL_MAX - 1], 0);
}

static void the_image_does_not_change_over_time(void **state)
{
    (void)state;
    struct mt_instrument instrument = good();
    unsigned char image[MT_INSTRUMENT_BYTES];
    mt_instrument_encode(&instrument, image);
    assert_memory_equal(image, "A-b.9_/Z\0", 9);
    assert_memory_equal(image + 32, "USDT\0", 5);
    assert_memory_equal(image + 48, "BTC\0", 4);
    assert_memory_equal(image + 64, "\2\0\0\0\3\0\0\0\1\0\0\0\0\0\0\0", 16);
    assert_memory_equal(
        image + 80, "\5\0\0\0\0\0\0\0\12\0\0\0\0\0\0\0\24\0\0\0\0\0\0\0\x88\x13\0\0\0\0\0\0", 32);
    assert_memory_equal(image + 112, "\17\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0\36\0\0\0\0\0\0\0", 24);
    assert_memory_equal(image + 136, "\0\x65\xcd\x1d\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    for (int i = 152; i < MT_INSTRUMENT_BYTES; i++)
        assert_int_equal(image[i], 0);
}

/* A changed byte is either refused or another instrument, and never a second image of the same. */
static void damaged_images_are_refused(void **state)
{
    (void)state;
    struct mt_instrument instrument = good(), read;
    unsigned char image[MT_INSTRUMENT_BYTES], again[MT_INSTRUMENT_BYTES];
    mt_instrument_encode(&instrument, image);
    int refused_count = 0;
    for (int at = 0; at < MT_INSTRUMENT_BYTES; at++) {
        for (int bit = 0; bit < 8; bit++) {
            image[at] ^= (unsigned char)(1 << bit);
            memset(&read, 0x5a, sizeof read);
            int err = mt_instrument_decode(image, &read);
            if (err == 0) {
                mt_instrument_encode(&read, again);
                assert_memory_equal(image, again, sizeof image);
                assert_true(at <= 152);
            } else {
                assert_int_equal(err, MT_ECORRUPT);
                assert_int_equal(read.symbol[0], 0x5a);
                refused_count++;
            }
            image[at] ^= (unsigned char)(1 << bit);
        }
    }
    assert_true(refused_count > 104 * 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wrong_field_is_named),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(notional_agrees_with_paper_at_every_scale),
        cmocka_unit_test(money_of_the_largest_cost),
        cmocka_unit_test(an_image_gives_the_instrument_back),
        cmocka_unit_test(the_image_does_not_change_over_time),
        cmocka_unit_test(damaged_images_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
