#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/buf.h"
#include "base/hash.h"

static const uint64_t seed = 20180403;

static uint64_t random_n;

static uint64_t random64(void)
{
    return mt_random_at(seed, random_n++);
}

static double random_double(void)
{
    for (;;) {
        uint64_t bits = random64();
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            return value;
    }
}

/* The fewest digits with which printf writes something that reads back the same. */
static int model_digits(double value)
{
    char text[64];
    for (int digits = 1; digits < 17; digits++) {
        snprintf(text, sizeof text, "%.*e", digits - 1, value);
        if (strtod(text, NULL) == value)
            return digits;
    }
    return 17;
}

static int significant_digits(const char *text)
{
    int count = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text == '0') {
            zeros += count > 0;
        } else if (*text >= '1' && *text <= '9') {
            count += zeros + 1;
            zeros = 0;
        }
    }
    return count;
}

static void check_format(double value)
{
    char text[MT_DEC_TEXT];
    double back = 77;
    size_t length = mt_double_format(text, value);
    assert_int_equal(length, strlen(text));
    assert_true(length < MT_DEC_TEXT);
    assert_true(strtod(text, NULL) == value);
    assert_int_equal(mt_double_parse(text, length, &back), 0);
    assert_int_equal(memcmp(&back, &value, sizeof value), 0);
    if (value != 0 && significant_digits(text) != model_digits(value))
        fail_msg("%s has not %d digits", text, model_digits(value));
}

static void doubles_read_back_and_are_short(void **state)
{
    (void)state;
    static const double edges[] = {
        0.0, -0.0, 1.0, -1.0, 0.1, 0.3, 1e15, 1e15 - 1, 1e15 + 1, 1e16, 1e22, 1e23, 123456789012345678.0,
        DBL_MAX, -DBL_MAX,
        DBL_MIN, DBL_TRUE_MIN, DBL_EPSILON, 0x1p53, 0x1p53 - 1, 0x1p63, 0x1p64, 5e-324,
            2.2250738585072011e-308, 0.1 + 0.2,
        1.7976931348623157e308, 9007199254740993.0, 1e-5, 1e-4, 123456.789,
    };
    print_message("seed %llu\n", (unsigned long long)seed);
    for (size_t at = 0; at < sizeof edges / sizeof edges[0]; at++)
        check_format(edges[at]);
    for (int round = 0; round < 20000; round++) {
        check_format(random_double());
        check_format((double)(random64() % 100000000) / 100000);
        check_format(ldexp((double)(random64() >> 11), -1074));
        check_format((double)(int64_t)random64());
    }
}

static void doubles_as_written(void **state)
{
    (void)state;
    static const struct { double value; const char *text; } cells[] = {
        { 0.1, "0.1" }, { 0.1 + 0.2, "0.30000000000000004" }, { 100, "100" }, { -0.0, "-0" }, { 0.0, "0" },
        { 1e15, "1e+15" },
        { 999999999999999, "999999999999999" }, { -999999999999999, "-999999999999999" }, { 1.08765, "1.08765" },
        { 5e-324, "5e-324" }, { 1e-7, "1e-07" }, { (double)NAN, "nan" }, { (double)INFINITY, "inf" },
        { -(double)INFINITY, "-inf" }, { 0.0004, "0.0004" },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        char text[MT_DEC_TEXT];
        assert_int_equal(mt_double_format(text, cells[at].value), strlen(cells[at].text));
        assert_string_equal(text, cells[at].text);
    }
}

static void check_parse(const char *text)
{
    double got = 77;
    assert_int_equal(mt_double_parse(text, strlen(text), &got), 0);
    double want = strtod(text, NULL);
    assert_int_equal(memcmp(&got, &want, sizeof got), 0);
}

/* strtod in the C locale is correctly rounded, so it is the model. */
static void parsing_is_correctly_rounded(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0", "-0", "-0.000", "0e5", "1", "+1", "9007199254740991", "9007199254740992", "9007199254740993",
        "9007199254740993.000",
        "1e22", "1e23", "1e-22", "1e-23", "123456789012345678901234567890", "0.1", "0.10", "179769313486231570e291",
        "2.2250738585072011e-308", "5e-324", "340282366920938463463374607431768211456", "4.9e-324",
        "340282366920938463463374607431768211457e-40", "1.00000000000000011102230246251565",
        "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203126",
    };
    for (size_t at = 0; at < sizeof texts / sizeof texts[0]; at++)
        check_parse(texts[at]);
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 50000; round++) {
        char text[64];
        snprintf(text, sizeof text, "%s%llu.%0*llue%d", random64() & 1 ? "-" : "",
            (unsigned long long)(random64() >> (random64() % 64)),
                 (int)(1 + random64() % 12), (unsigned long long)(random64() % 10), (int)(random64() % 60) - 30);
        check_parse(text);
    }
}

static void what_is_refused(void **state)
{
    (void)state;
    static const struct { const char *text; int err; } cells[] = {
        { "", MT_ESYNTAX }, { " 1", MT_ESYNTAX }, { "1 ", MT_ESYNTAX }, { "nan", MT_ESYNTAX }, { "inf", MT_ESYNTAX },
        { "0x1p3", MT_ESYNTAX }, { "1,5", MT_ESYNTAX }, { ".5", MT_ESYNTAX }, { "5.", MT_ESYNTAX },
        { "1e", MT_ESYNTAX },
        { "1.5abc", MT_ESYNTAX }, { "1e309", MT_ERANGE }, { "-1e309", MT_ERANGE },
        { "1e999999999999999999999", MT_ERANGE },
        { "1e-400", MT_ERANGE }, { "-1e-400", MT_ERANGE },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        double got = 77;
        assert_int_equal(mt_double_parse(cells[at].text, strlen(cells[at].text), &got), cells[at].err);
        assert_true(got == 77);
    }
    char text[2000];
    double got = 77;
    memset(text, '7', sizeof text);
    assert_int_equal(mt_double_parse(text, sizeof text, &got), MT_ERANGE);
    text[1] = '.';
    assert_int_equal(mt_double_parse(text, 1024, &got), MT_ERANGE);
    assert_true(got == 77);
    assert_int_equal(mt_double_parse(text, 1023, &got), 0);
    assert_true(got == 7.777777777777777777777);
    /* Only `length` bytes are looked at. */
    assert_int_equal(mt_double_parse("1.25x", 4, &got), 0);
    assert_true(got == 1.25);
}

static void a_comma_locale_changes_nothing(void **state)
{
    (void)state;
    char text[MT_DEC_TEXT];
    double got = 77;
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8") && !setlocale(LC_ALL, "ps_AF.UTF-8")) {
        print_message("NOTICE: no locale with a decimal comma is installed, skipped\n");
        skip();
    }
    snprintf(text, sizeof text, "%.1f", 0.5);
    assert_null(strchr(text, '.'));
    mt_double_format(text, 0.1 + 0.2);
    assert_string_equal(text, "0.30000000000000004");
    mt_double_format(text, 1.5e300);
    assert_string_equal(text, "1.5e+300");
    assert_int_equal(mt_double_parse("1.00000000000000011102230246251566", 34, &got), 0);
    assert_true(got == 1.0000000000000002);
    assert_int_equal(mt_double_parse("1,5", 3, &got), MT_ESYNTAX);
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_read_back_and_are_short),
        cmocka_unit_test(doubles_as_written),
        cmocka_unit_test(parsing_is_correctly_rounded),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(a_comma_locale_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
