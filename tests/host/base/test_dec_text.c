#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/dec.h"
#include "base/hash.h"
#include "host/base/assert_dies.h"
#include "host/base/big.h"

#define I128_MAX ((mt_i128)(~(unsigned __int128)0 >> 1))
#define I128_MIN (-I128_MAX - 1)

enum { RANDOM_ROUNDS = 200000 };

static const uint64_t seed = 20120201;
static uint64_t random_n;
static uint64_t random_below(uint64_t limit)
{
    return mt_random_at(seed, random_n++) % limit;
}

static void print_seed(void)
{
    print_message("seed %llu\n", (unsigned long long)seed);
    random_n = 0;
}

/* ---- the model: digits into an array, the point and the exponent as a shift of that array ---- */

static bool model_number(const char *text, size_t length, struct big *digits, long *exponent)
{
    size_t at = 0;
    char all[400];
    size_t count = 0;
    long shift = 0, power = 0;
    bool negative = false;
    if (at < length && strchr("+-", text[at]))
        negative = text[at++] == '-';
    size_t start = at;
    while (at < length && text[at] >= '0' && text[at] <= '9')
        all[count++] = text[at++];
    if (at == start)
        return false;
    if (at < length && text[at] == '.') {
        start = ++at;
        while (at < length && text[at] >= '0' && text[at] <= '9') {
            all[count++] = text[at++];
            shift--;
        }
        if (at == start)
            return false;
    }
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        long sign = 1;
        at++;
        if (at < length && (text[at] == '+' || text[at] == '-'))
            sign = text[at++] == '-' ? -1 : 1;
        start = at;
        for (; at < length && text[at] >= '0' && text[at] <= '9'; at++)
            power = power > 100000 ? power : power * 10 + (text[at] - '0');
        if (at == start)
            return false;
        power *= sign;
    }
    if (at != length)
        return false;
    *digits = (struct big){ 0 };
    while (count > 0 && all[count - 1] == '0') {
        count--;
        shift++;
    }
    for (size_t place = 0; place < count; place++)
        digits->digits[place] = (signed char)(all[count - 1 - place] - '0');
    digits->count = (int)count;
    digits->negative = negative;
    *digits = big_trim(*digits);
    *exponent = digits->count == 0 ? 0 : shift + power;
    return true;
}

static int model_parse(const char *text, size_t length, int scale, int bits, mt_i128 *out)
{
    struct big digits;
    long exponent;
    if (!model_number(text, length, &digits, &exponent))
        return MT_ESYNTAX;
    *out = 0;
    if (digits.count == 0)
        return 0;
    if (exponent + scale < 0)
        return MT_EINEXACT;
    if (exponent + scale > 60 || digits.count > 60)
        return MT_ERANGE;
    return big_fits(big_mul(digits, big_pow10((int)exponent + scale)), bits, out) ? 0 : MT_ERANGE;
}

static void check_parse(const char *text, size_t length, int scale)
{
    /* A copy of the exact size, so that the address sanitizer sees a read behind the end. */
    char *copy = malloc(length + !length);
    memcpy(copy, text, length);
    mt_i128 want = 0, got = 77;
    int64_t got64 = 77;
    int err = model_parse(text, length, scale, 64, &want);
    int result = mt_dec_parse(copy, length, scale, &got64);
    if (result != err)
        print_message("'%.*s' at scale %d\n", (int)length, text, scale);
    assert_int_equal(result, err);
    assert_true(got64 == (err ? 77 : (int64_t)want));
    err = model_parse(text, length, MT_MONEY_SCALE, 128, &want);
    assert_int_equal(mt_money_parse(copy, length, &got), err);
    assert_true(got == (err ? 77 : want));
    struct big digits;
    long exponent;
    int decimals = model_number(text, length, &digits, &exponent) ? (int)(exponent < 0 ? -exponent : 0) : MT_ESYNTAX;
    assert_int_equal(mt_dec_decimals(copy, length), decimals);
    free(copy);
}

static void check_all_scales(const char *text)
{
    for (int scale = 0; scale <= MT_SCALE_MAX; scale++)
        check_parse(text, strlen(text), scale);
}

/* ---- tests ---- */

static void known_numbers(void **state)
{
    (void)state;
    static const struct { const char *text; int scale, err; int64_t want; } cells[] = {
        { "1.08765", 5, 0, 108765 },
        { "1.08765", 8, 0, 108765000 },
        { "1.08765", 4, MT_EINEXACT, 0 },
        { "1.08760", 4, 0, 10876 },
        { "-0.05", 2, 0, -5 },
        { "+7", 0, 0, 7 },
        { "-0", 3, 0, 0 },
        { "-0.000", 0, 0, 0 },
        { "007.50", 2, 0, 750 },
        { "9223372036854775807", 0, 0, INT64_MAX },
        { "9223372036854775808", 0, MT_ERANGE, 0 },
        { "-9223372036854775808", 0, 0, INT64_MIN },
        { "-9223372036854775809", 0, MT_ERANGE, 0 },
        { "9.223372036854775807", 18, 0, INT64_MAX },
        { "-9.223372036854775808", 18, 0, INT64_MIN },
        { "9.223372036854775808", 18, MT_ERANGE, 0 },
        { "10", 18, MT_ERANGE, 0 },
        { "1e18", 0, 0, INT64_C(1000000000000000000) },
        { "1E+18", 0, 0, INT64_C(1000000000000000000) },
        { "1e19", 0, MT_ERANGE, 0 },
        { "1e-8", 8, 0, 1 },
        { "1e-9", 8, MT_EINEXACT, 0 },
        { "10e-9", 8, 0, 1 },
        { "0e999999999999999999999", 0, 0, 0 },
        { "0e-999999999999999999999", 0, 0, 0 },
        { "1e999999999999999999999", 0, MT_ERANGE, 0 },
        { "1e-999999999999999999999", 18, MT_EINEXACT, 0 },
        { "0.029768000000000003", 18, 0, INT64_C(29768000000000003) },
        { "0.029768000000000003", 8, MT_EINEXACT, 0 },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        int64_t got = 77;
        assert_int_equal(mt_dec_parse(cells[at].text, strlen(cells[at].text), cells[at].scale, &got), cells[at].err);
        assert_true(got == (cells[at].err ? 77 : cells[at].want));
    }
}

static void what_is_not_a_number(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "+", "-", ".", "-.", ".5", "5.", "-5.", "+.5", "1.2.3", "1,5", " 1", "1 ", "1\n", "\t1", "--1",
        "+-1", "1-", "nan",
        "NaN", "inf", "-inf", "infinity", "0x10", "1e", "1e+", "1e-", "1e1.5", "1e 5", "1ee5", "e5", "1f",
        "1.5f", "1_000",
        "1'000", "\xef\xbc\x91", "1.5e", "12345678901234567890.", "12345678901234567890x", "1.e5", "1e5x", "$1",
    };
    for (size_t at = 0; at < sizeof texts / sizeof texts[0]; at++) {
        int64_t got = 77;
        mt_money money = 77;
        assert_int_equal(mt_dec_parse(texts[at], strlen(texts[at]), 2, &got), MT_ESYNTAX);
        assert_int_equal(mt_money_parse(texts[at], strlen(texts[at]), &money), MT_ESYNTAX);
        assert_int_equal(mt_dec_decimals(texts[at], strlen(texts[at])), MT_ESYNTAX);
        assert_true(got == 77);
        assert_true(money == 77);
        check_all_scales(texts[at]);
    }
    int64_t got = 77;
    assert_int_equal(mt_dec_parse("1\0002", 3, 0, &got), MT_ESYNTAX);
    assert_int_equal(mt_dec_parse("12345", 3, 0, &got), 0);
    assert_true(got == 123);
}

static void random_numbers_equal_the_model(void **state)
{
    (void)state;
    print_seed();
    for (int round = 0; round < RANDOM_ROUNDS; round++) {
        char text[128];
        size_t length = 0;
        size_t whole = 1 + random_below(random_below(8) ? 12 : 45),
            part = random_below(4) ? random_below(random_below(8) ? 10 : 45) : 0;
        if (random_below(3) == 0)
            text[length++] = "+-"[random_below(2)];
        unsigned alphabet = random_below(4) ? 10 : 2;           /* sometimes mostly zeros */
        for (size_t at = 0; at < whole; at++)
            text[length++] = (char)('0' + (random_below(4) ? random_below(alphabet) : 0));
        if (part) {
            text[length++] = '.';
            for (size_t at = 0; at < part; at++)
                text[length++] = (char)('0' + (random_below(3) ? random_below(alphabet) : 0));
        }
        if (random_below(4) == 0)
            length += (size_t)sprintf(text + length, "%c%s%d", "eE"[random_below(2)],
                (const char *[]){ "", "+", "-" }[random_below(3)],
                                      (int)random_below(45));
        /* One time in eight, damage one byte. */
        if (random_below(8) == 0)
            text[random_below(length)] = "0.e+-, x9"[random_below(9)];
        check_parse(text, length, (int)random_below(19));
    }
}

/* One below, at and one above every limit, at every scale, with zeros before and behind. */
static void numbers_around_the_limits(void **state)
{
    (void)state;
    print_seed();
    for (int delta = -12; delta <= 12; delta++) {
        const mt_i128 limits[] = { INT64_MAX, INT64_MIN, I128_MAX - 12, I128_MIN + 12, (mt_i128)UINT64_MAX, 0 };
        for (size_t at = 0; at < sizeof limits / sizeof limits[0]; at++) {
            for (int scale = 0; scale <= MT_SCALE_MAX; scale++) {
                char text[MT_DEC_TEXT], longer[MT_DEC_TEXT * 2];
                size_t length = mt_wide_format(text, limits[at] + delta, scale);
                check_parse(text, length, scale);
                check_parse(text, length, (int)random_below(19));
                int size = sprintf(longer, "%s%s", text, scale ? "0000000" : "");
                check_parse(longer, (size_t)size, scale);
                size = sprintf(longer, "%s000%se%d", text[0] == '-' ? "-" : "", text + (text[0] == '-'), scale % 3 - 1);
                check_parse(longer, (size_t)size, scale);
            }
        }
    }
    check_all_scales("340282366920938463463374607431768211455");
    check_all_scales("340282366920938463463374607431768211456");
    check_all_scales("-3402823669209384634633746074317682.11456");
    check_all_scales("99999999999999999999999999999999999999999999999999");
    check_all_scales("1000000000000000000000000000000000000000000000000001");
    check_all_scales("1000000000000000000000000000000000000000000000000000e-40");
    check_all_scales("1701411834604692317316873037158.84105727");
    check_all_scales("-1701411834604692317316873037158.84105728");
    check_all_scales("1701411834604692317316873037158.84105728");
}

static void money_has_the_whole_range(void **state)
{
    (void)state;
    mt_money got = 0;
    char text[MT_DEC_TEXT];
    size_t length = mt_money_format(text, I128_MIN);
    assert_string_equal(text, "-1701411834604692317316873037158.84105728");
    assert_int_equal(length, strlen(text));
    assert_int_equal(mt_money_parse(text, length, &got), 0);
    assert_true(got == I128_MIN);
    text[0] = '+';
    got = 77;
    assert_int_equal(mt_money_parse(text, length, &got), MT_ERANGE);
    assert_true(got == 77);
}

static void very_long_texts(void **state)
{
    (void)state;
    enum { LENGTH = 100000 };
    char *text = malloc(LENGTH);
    int64_t got = 77;
    /* 1.000...0 and 0.000...01e99999 are small numbers with long names. */
    memset(text, '0', LENGTH);
    text[0] = '1';
    text[1] = '.';
    assert_int_equal(mt_dec_parse(text, LENGTH, 2, &got), 0);
    assert_true(got == 100);
    assert_int_equal(mt_dec_decimals(text, LENGTH), 0);
    text[0] = '0';
    text[LENGTH - 1] = '1';
    assert_int_equal(mt_dec_parse(text, LENGTH, 2, &got), MT_EINEXACT);
    assert_int_equal(mt_dec_decimals(text, LENGTH), LENGTH - 2);
    memcpy(text + LENGTH - 7, "1e99992", 7);
    assert_int_equal(mt_dec_parse(text, LENGTH, 0, &got), 0);
    assert_true(got == 1);
    memset(text, '9', LENGTH);
    assert_int_equal(mt_dec_parse(text, LENGTH, 0, &got), MT_ERANGE);
    text[5] = '.';
    assert_int_equal(mt_dec_parse(text, LENGTH, 0, &got), MT_EINEXACT);
    assert_int_equal(mt_dec_decimals("1e-2147483647", 13), 2147483647);
    assert_int_equal(mt_dec_decimals("1e-2147483648", 13), MT_ERANGE);
    free(text);
}

static void decimals_of_texts(void **state)
{
    (void)state;
    static const struct { const char *text; int want; } cells[] = {
        { "1", 0 }, { "1.2300", 2 }, { "0.00", 0 }, { "100", 0 }, { "1e-5", 5 }, { "1.5e1", 0 },
        { "1.55e1", 1 }, { "10e-1", 0 },
        { "-0.000001", 6 },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++)
        assert_int_equal(mt_dec_decimals(cells[at].text, strlen(cells[at].text)), cells[at].want);
}

static void formats_as_written(void **state)
{
    (void)state;
    static const struct { int64_t value; int scale; const char *text, *brief; } cells[] = {
        { 0, 0, "0", "0" }, { 0, 5, "0.00000", "0" }, { -5, 2, "-0.05", "-0.05" }, { 150, 2, "1.50", "1.5" },
        { 200, 2, "2.00", "2" },
        { -200, 2, "-2.00", "-2" }, { 200, 0, "200", "200" }, { 1, 18, "0.000000000000000001", "0.000000000000000001" },
        { INT64_MIN, 0, "-9223372036854775808", "-9223372036854775808" },
        { INT64_MIN, 18, "-9.223372036854775808", "-9.223372036854775808" },
        { INT64_MAX, 18, "9.223372036854775807", "9.223372036854775807" }, { 10, 1, "1.0", "1" },
        { 100, 3, "0.100", "0.1" },
        { INT64_C(1000000000000000000), 18, "1.000000000000000000", "1" },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        char text[MT_DEC_TEXT];
        assert_int_equal(mt_dec_format(text, cells[at].value, cells[at].scale), strlen(cells[at].text));
        assert_string_equal(text, cells[at].text);
        assert_int_equal(mt_dec_format_short(text, cells[at].value, cells[at].scale), strlen(cells[at].brief));
        assert_string_equal(text, cells[at].brief);
    }
}

/* Format by the model: the digits, padded with zeros, with a point put in. */
static void wide_formats_equal_the_model(void **state)
{
    (void)state;
    print_seed();
    for (int round = 0; round < RANDOM_ROUNDS / 4; round++) {
        uint64_t high = mt_random_at(seed, random_n), low = mt_random_at(seed, random_n + 1);
        unsigned __int128 raw = (unsigned __int128)high << 64 | low;
        random_n += 2;
        mt_i128 value = (mt_i128)(raw >> random_below(128));
        if (random_below(2))
            value = (mt_i128)-(unsigned __int128)value;
        if (random_below(50) == 0)
            value = random_below(2) ? I128_MIN : I128_MAX;
        if (random_below(4) == 0)
            value -= value % mt_pow10_wide((int)random_below(39));
        int scale = (int)random_below(39);
        struct big digits = big_of(value);
        char want[64], got[MT_DEC_TEXT + 1];
        size_t length = 0;
        while (digits.count <= scale)
            digits.digits[digits.count++] = 0;
        if (digits.negative)
            want[length++] = '-';
        for (int at = digits.count - 1; at >= 0; at--) {
            want[length++] = (char)('0' + digits.digits[at]);
            if (at == scale && scale > 0)
                want[length++] = '.';
        }
        want[length] = '\0';
        got[MT_DEC_TEXT] = 'x';
        assert_int_equal(mt_wide_format(got, value, scale), length);
        assert_string_equal(got, want);
        assert_int_equal(got[MT_DEC_TEXT], 'x');
        if (scale <= MT_SCALE_MAX && value >= INT64_MIN && value <= INT64_MAX) {
            int64_t back = 77;
            mt_dec_format(got, (int64_t)value, scale);
            assert_string_equal(got, want);
            size_t brief = mt_dec_format_short(got, (int64_t)value, scale);
            assert_int_equal(mt_dec_parse(got, brief, scale, &back), 0);
            assert_true(back == value);
            if (strchr(got, '.'))
                assert_int_not_equal(got[brief - 1], '0');
            assert_int_not_equal(got[brief - 1], '.');
        }
    }
}

static void scales_out_of_range_assert(void **state)
{
    (void)state;
    char text[MT_DEC_TEXT];
    int64_t out;
    assert_dies(mt_dec_parse("1", 1, -1, &out));
    assert_dies(mt_dec_parse("1", 1, 19, &out));
    assert_dies(mt_dec_format(text, 1, -1));
    assert_dies(mt_dec_format(text, 1, 19));
    assert_dies(mt_dec_format_short(text, 1, -1));
    assert_dies(mt_dec_format_short(text, 1, 19));
    assert_dies(mt_wide_format(text, 1, -1));
    assert_dies(mt_wide_format(text, 1, 39));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_numbers),
        cmocka_unit_test(what_is_not_a_number),
        cmocka_unit_test(random_numbers_equal_the_model),
        cmocka_unit_test(numbers_around_the_limits),
        cmocka_unit_test(money_has_the_whole_range),
        cmocka_unit_test(very_long_texts),
        cmocka_unit_test(decimals_of_texts),
        cmocka_unit_test(formats_as_written),
        cmocka_unit_test(wide_formats_equal_the_model),
        cmocka_unit_test(scales_out_of_range_assert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
