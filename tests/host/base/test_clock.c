#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/hash.h"
#include "host/base/assert_dies.h"

static const uint64_t seed = 20211231;
static uint64_t random_n;

static uint64_t random64(void)
{
    return mt_random_at(seed, random_n++);
}

static const int64_t S = MT_NS_PER_S;

/* ---- clocks ---- */

static void a_manual_clock_never_goes_back(void **state)
{
    (void)state;
    struct mt_clock clock;
    mt_clock_manual(&clock, 100);
    assert_true(clock.now(&clock) == 100);
    assert_int_equal(mt_clock_set(&clock, 200), 0);
    assert_int_equal(mt_clock_set(&clock, 200), 0);
    assert_int_equal(mt_clock_set(&clock, 199), MT_ERANGE);
    assert_true(clock.now(&clock) == 200);
}

static void real_clocks_move(void **state)
{
    (void)state;
    struct mt_clock clock;
    mt_clock_real(&clock);
    int64_t libc = (int64_t)time(NULL), ours = clock.now(&clock) / S;
    assert_true(ours >= libc);
    assert_true(ours <= libc + 60);
    int64_t before = mt_clock_monotonic();
    assert_true(mt_clock_monotonic() >= before);
    assert_dies(mt_clock_set(&clock, INT64_MAX));
}

/* ---- civil ---- */

static void check_civil(int64_t ns)
{
    struct mt_civil civil;
    struct tm tm;
    time_t second = (time_t)(ns / S - (ns % S < 0));
    mt_civil_from_ns(ns, &civil);
    assert_non_null(gmtime_r(&second, &tm));
    assert_int_equal(civil.year, tm.tm_year + 1900);
    assert_int_equal(civil.month, tm.tm_mon + 1);
    assert_int_equal(civil.day, tm.tm_mday);
    assert_int_equal(civil.hour, tm.tm_hour);
    assert_int_equal(civil.minute, tm.tm_min);
    assert_int_equal(civil.second, tm.tm_sec);
    assert_true((int64_t)second * (__int128)S + civil.nanosecond == ns);
    assert_true(mt_ns_from_civil(&civil) == ns);
}

/* gmtime is the model: every day of 1677 to 2262, first and last nanosecond, and random instants. */
static void civil_equals_gmtime(void **state)
{
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int64_t day = -106751; day <= 106750; day++) {
        check_civil(day * 86400 * S);
        check_civil(day * 86400 * S - 1);
    }
    for (int round = 0; round < 100000; round++)
        check_civil((int64_t)random64());
    check_civil(INT64_MIN);
    check_civil(INT64_MAX);
    check_civil(0);
    check_civil(-1);
}

static void civil_out_of_range_asserts(void **state)
{
    (void)state;
    struct mt_civil civil = { .year = 2263, .month = 1, .day = 1 };
    assert_dies(mt_ns_from_civil(&civil));
    civil.year = 1677;
    assert_dies(mt_ns_from_civil(&civil));
    civil.year = 2000;
    civil.month = 0;
    assert_dies(mt_ns_from_civil(&civil));
    civil.month = 13;
    assert_dies(mt_ns_from_civil(&civil));
    /* Days and seconds carry over, months do not. */
    civil = (struct mt_civil){ .year = 2000, .month = 2, .day = 30, .hour = 24, .second = -1 };
    assert_true(mt_ns_from_civil(&civil) == (951868800 + 86400 - 1) * S);
}

/* ---- parse ---- */

struct time_cell { const char *text; int err; int64_t ns; };

static void check_times(const struct time_cell *cells, size_t count)
{
    for (size_t at = 0; at < count; at++) {
        int64_t got = 77;
        size_t length = strlen(cells[at].text);
        char *copy = malloc(length + 1);
        memcpy(copy, cells[at].text, length);
        char *exact = realloc(copy, length ? length : 1);
        int err = mt_time_parse(exact, length, &got);
        if (err != cells[at].err || got != (err ? 77 : cells[at].ns))
            fail_msg("'%s': %d %lld", cells[at].text, err, (long long)got);
        free(exact);
    }
}

static void iso_texts(void **state)
{
    (void)state;
    static const int64_t may = INT64_C(1398902400);
    const struct time_cell cells[] = {
        { "2014-05-01T00:00:00.292Z", 0, may * S + 292000000 },
        { "2014-05-01T00:00:00Z", 0, may * S },
        { "2014-05-01T00:00:00z", 0, may * S },
        { "2014-05-01 00:00:00", 0, may * S },
        { "2014-05-01T00:00", 0, may * S },
        { "2014-05-01 00:00Z", 0, may * S },
        { "2014-05-01", 0, may * S },
        { "2012-02-01 00:00:00+00:00", 0, INT64_C(1328054400) * S },
        { "2021-12-31 23:01:00.000000", 0, INT64_C(1640991660) * S },
        { "2013-01-01 22:00:00.295000+00:00", 0, INT64_C(1357077600) * S + 295000000 },
        { "2014-05-01T00:00:00+05:30", 0, (may - 19800) * S },
        { "2014-05-01T00:00:00-05:00", 0, (may + 18000) * S },
        { "2014-05-01T00:00:00-0500", 0, (may + 18000) * S },
        { "2014-05-01T00:00:00-05", 0, (may + 18000) * S },
        { "2014-05-01T00:00:00+23:59", 0, (may - 86340) * S },
        { "2014-05-01T00:00:00.1", 0, may * S + 100000000 },
        { "2014-05-01T00:00:00.123456789", 0, may * S + 123456789 },
        { "2014-05-01T00:00:00.1234567890", 0, may * S + 123456789 },
        { "2014-05-01T00:00:00.1234567891", MT_ESYNTAX, 0 },
        { "2014-05-01T00:00:00.", MT_ESYNTAX, 0 },
        { "2014-05-01T00:00:00.Z", MT_ESYNTAX, 0 },
        { "1970-01-01T00:00:00Z", 0, 0 },
        { "1969-12-31T23:59:59Z", MT_ERANGE, 0 },
        { "1970-01-01T00:00:00+00:01", MT_ERANGE, 0 },
        { "1969-12-31T23:59:00-00:01", 0, 0 },
        { "2200-12-31T23:59:59.999999999Z", 0, INT64_C(7289654400) * S - 1 },
        { "2201-01-01T00:00:00Z", MT_ERANGE, 0 },
        { "2200-12-31T23:59:59-00:01", MT_ERANGE, 0 },
        { "2201-01-01T00:00:59+00:01", 0, INT64_C(7289654399) * S },
        { "2000-02-29T00:00:00Z", 0, INT64_C(951782400) * S },
        { "1900-02-29", MT_ERANGE, 0 }, { "2100-02-29", MT_ERANGE, 0 }, { "2023-02-29", MT_ERANGE, 0 },
        { "2024-02-29", 0, INT64_C(1709164800) * S }, { "2024-02-30", MT_ERANGE, 0 }, { "2024-04-31", MT_ERANGE, 0 },
        { "2024-00-01", MT_ERANGE, 0 }, { "2024-13-01", MT_ERANGE, 0 }, { "2024-01-00", MT_ERANGE, 0 },
        { "2024-01-32", MT_ERANGE, 0 }, { "0000-01-01", MT_ERANGE, 0 }, { "9999-12-31T23:59:59Z", MT_ERANGE, 0 },
        { "2024-01-01T24:00:00", MT_ERANGE, 0 }, { "2024-01-01T23:60:00", MT_ERANGE, 0 },
        { "2024-01-01T23:59:60", MT_ERANGE, 0 },
        { "2024-01-01T00:00:00+24:00", MT_ERANGE, 0 }, { "2024-01-01T00:00:00+00:60", MT_ERANGE, 0 },
        { "2024-01-01T", MT_ESYNTAX, 0 }, { "2024-01-01T0", MT_ESYNTAX, 0 }, { "2024-01-01T00", MT_ESYNTAX, 0 },
        { "2024-01-01T00:", MT_ESYNTAX, 0 }, { "2024-01-01T00:0", MT_ESYNTAX, 0 },
        { "2024-01-01T00:00:", MT_ESYNTAX, 0 },
        { "2024-01-01T00:00:0", MT_ESYNTAX, 0 }, { "2024-01-01T00:00:00 ", MT_ESYNTAX, 0 },
        { "2024-01-01t00:00:00", MT_ESYNTAX, 0 },
        { "2024-01-01T00:00:00Zx", MT_ESYNTAX, 0 }, { "2024-01-01T00:00:00ZZ", MT_ESYNTAX, 0 },
        { "2024-01-01T00:00:00+", MT_ESYNTAX, 0 },
        { "2024-01-01T00:00:00+1", MT_ESYNTAX, 0 }, { "2024-01-01T00:00:00+01:", MT_ESYNTAX, 0 },
        { "2024-01-01T00:00:00+01:0", MT_ESYNTAX, 0 }, { "2024-01-01T00:00:00+010", MT_ESYNTAX, 0 },
        { "2024-01-01T00:00:00+01:000", MT_ESYNTAX, 0 }, { "2024-01-01T00:00:00+01 ", MT_ESYNTAX, 0 },
        { "2024-01-01 00:00:00 UTC", MT_ESYNTAX, 0 }, { "2024-01-01T00:00:00EST", MT_ESYNTAX, 0 },
        { "2024-1-01", MT_ESYNTAX, 0 },
        { "2024-01-1", MT_ESYNTAX, 0 }, { "2024-01", MT_ESYNTAX, 0 }, { "2024-", MT_ESYNTAX, 0 },
        { "2024-0a-01", MT_ESYNTAX, 0 },
        { "2024-01/01", MT_ESYNTAX, 0 }, { "202a-01-01", MT_ESYNTAX, 0 }, { "2024/01/01", MT_ESYNTAX, 0 },
        { "2024.01.01", MT_ESYNTAX, 0 }, { " 2024-01-01", MT_ESYNTAX, 0 },
    };
    check_times(cells, sizeof cells / sizeof cells[0]);
}

static void epochs_are_told_by_size(void **state)
{
    (void)state;
    const struct time_cell cells[] = {
        { "0", 0, 0 }, { "1", 0, S }, { "1315922016", 0, INT64_C(1315922016) * S },
        { "1546300800000", 0, INT64_C(1546300800) * S }, { "1546300800000000", 0, INT64_C(1546300800) * S },
        { "1546300800000000000", 0, INT64_C(1546300800) * S },
        { "1546300800123456789", 0, INT64_C(1546300800123456789) },
        { "1633998274.723671", 0, INT64_C(1633998274723671000) }, { "1633998274.5", 0, INT64_C(1633998274500000000) },
        { "1633998274.123456789", 0, INT64_C(1633998274123456789) }, { "1633998274.1234567891", MT_ESYNTAX, 0 },
        { "1633998274.1234567890000", 0, INT64_C(1633998274123456789) },
        { "1633998274723.671", 0, INT64_C(1633998274723671000) }, { "1633998274723.1234567", MT_ESYNTAX, 0 },
        { "1633998274723671.123", 0, INT64_C(1633998274723671123) }, { "1633998274723671.1234", MT_ESYNTAX, 0 },
        { "1633998274723671123.0", 0, INT64_C(1633998274723671123) }, { "1633998274723671123.1", MT_ESYNTAX, 0 },
        { "7289654399", 0, INT64_C(7289654399) * S }, { "7289654399.999999999", 0, INT64_C(7289654400) * S - 1 },
        { "7289654400", MT_ERANGE, 0 }, { "99999999999", MT_ERANGE, 0 }, { "100000000000", 0, INT64_C(100000000) * S },
        { "7289654399999", 0, INT64_C(7289654399999000000) }, { "7289654400000", MT_ERANGE, 0 },
        { "99999999999999", MT_ERANGE, 0 },
        { "100000000000000", 0, INT64_C(100000000) * S }, { "7289654399999999", 0, INT64_C(7289654399999999000) },
        { "7289654400000000", MT_ERANGE, 0 }, { "99999999999999999", MT_ERANGE, 0 },
        { "100000000000000000", 0, INT64_C(100000000) * S }, { "7289654399999999999", 0, INT64_C(7289654399999999999) },
        { "7289654400000000000", MT_ERANGE, 0 }, { "9999999999999999999", MT_ERANGE, 0 },
        { "10000000000000000000", MT_ERANGE, 0 },
        { "99999999999999999999999999999", MT_ERANGE, 0 },
        { "", MT_ESYNTAX, 0 }, { "-1", MT_ESYNTAX, 0 }, { "+1", MT_ESYNTAX, 0 }, { "1.", MT_ESYNTAX, 0 },
        { ".5", MT_ESYNTAX, 0 },
        { "1e9", MT_ESYNTAX, 0 }, { "12a", MT_ESYNTAX, 0 }, { "1.5x", MT_ESYNTAX, 0 },
        { " 1", MT_ESYNTAX, 0 }, { "x", MT_ESYNTAX, 0 },
        { "20120201 000000", MT_ESYNTAX, 0 }, { "time", MT_ESYNTAX, 0 }, { "timestamp", MT_ESYNTAX, 0 },
    };
    check_times(cells, sizeof cells / sizeof cells[0]);
}

/* ---- format ---- */

static void formats_as_few_decimals_as_are_exact(void **state)
{
    (void)state;
    const struct { int64_t ns; const char *text; } cells[] = {
        { 0, "1970-01-01T00:00:00Z" }, { INT64_C(1398902400292000000), "2014-05-01T00:00:00.292Z" },
        { 1, "1970-01-01T00:00:00.000000001Z" }, { 1000, "1970-01-01T00:00:00.000001Z" },
        { 1000000, "1970-01-01T00:00:00.001Z" },
        { 100000000, "1970-01-01T00:00:00.100Z" }, { 123456000, "1970-01-01T00:00:00.123456Z" },
        { 123456780, "1970-01-01T00:00:00.123456780Z" }, { -1, "1969-12-31T23:59:59.999999999Z" },
        { INT64_MAX, "2262-04-11T23:47:16.854775807Z" }, { INT64_MIN, "1677-09-21T00:12:43.145224192Z" },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        char text[MT_TIME_TEXT];
        assert_int_equal(mt_time_format(text, cells[at].ns), strlen(cells[at].text));
        assert_string_equal(text, cells[at].text);
    }
}

static void formatted_times_are_read_back(void **state)
{
    (void)state;
    static const int64_t units[] = { 1, 1000, 1000000, 1000000000 };
    random_n = 0;
    for (int round = 0; round < 100000; round++) {
        int64_t unit = units[random64() % 4],
            ns = (int64_t)(random64() % UINT64_C(7289654400000000000)) / unit * unit, got = 77;
        char text[MT_TIME_TEXT], shifted[MT_TIME_TEXT + 8];
        size_t length = mt_time_format(text, ns);
        assert_int_equal(mt_time_parse(text, length, &got), 0);
        assert_true(got == ns);
        /* The same wall clock with an offset is that much earlier. */
        int minutes = (int)(random64() % (24 * 60)), sign = random64() & 1 ? 1 : -1;
        int64_t want = ns - sign * minutes * 60 * S;
        snprintf(shifted, sizeof shifted, "%.*s%c%02d:%02d", (int)length - 1, text, sign > 0 ? '+' : '-',
            minutes / 60, minutes % 60);
        bool inside = want >= 0 && want < INT64_C(7289654400) * S;
        got = 77;
        assert_int_equal(mt_time_parse(shifted, strlen(shifted), &got), inside ? 0 : MT_ERANGE);
        assert_true(got == (inside ? want : 77));
    }
}

/* ---- durations ---- */

static void durations(void **state)
{
    (void)state;
    const struct { const char *text; int err; int64_t ns; } cells[] = {
        { "30s", 0, 30 * S }, { "10m", 0, 600 * S }, { "2h", 0, 7200 * S }, { "1d", 0, 86400 * S },
        { "500ms", 0, S / 2 },
        { "1m30s", 0, 90 * S }, { "1d2h3m4s5ms6us7ns", 0, 93784 * S + 5006007 }, { "1ns", 0, 1 }, { "007s", 0, 7 * S },
        { "0s1ms", 0, 1000000 }, { "90m", 0, 5400 * S }, { "106751d", 0, INT64_C(106751) * 86400 * S },
        { "9223372036854775807ns", 0, INT64_MAX }, { "9223372036854775808ns", MT_ERANGE, 0 },
        { "106752d", MT_ERANGE, 0 },
        { "106751d24h", MT_ERANGE, 0 }, { "99999999999999999999999d", MT_ERANGE, 0 },
        { "18446744073709551617ns", MT_ERANGE, 0 },
        { "0s", MT_ERANGE, 0 }, { "0d0ns", MT_ERANGE, 0 },
        { "", MT_ESYNTAX, 0 }, { "30", MT_ESYNTAX, 0 }, { "s", MT_ESYNTAX, 0 }, { "30x", MT_ESYNTAX, 0 },
        { "30S", MT_ESYNTAX, 0 },
        { "30s10m", MT_ESYNTAX, 0 }, { "1s1s", MT_ESYNTAX, 0 }, { "1m 30s", MT_ESYNTAX, 0 }, { " 30s", MT_ESYNTAX, 0 },
        { "30s ", MT_ESYNTAX, 0 }, { "-30s", MT_ESYNTAX, 0 }, { "1.5s", MT_ESYNTAX, 0 }, { "1m30", MT_ESYNTAX, 0 },
        { "30sec", MT_ESYNTAX, 0 }, { "+1s", MT_ESYNTAX, 0 }, { "1w", MT_ESYNTAX, 0 },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        int64_t got = 77;
        int err = mt_duration_parse(cells[at].text, strlen(cells[at].text), &got);
        if (err != cells[at].err || got != (err ? 77 : cells[at].ns))
            fail_msg("'%s': %d %lld", cells[at].text, err, (long long)got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manual_clock_never_goes_back),
        cmocka_unit_test(real_clocks_move),
        cmocka_unit_test(civil_equals_gmtime),
        cmocka_unit_test(civil_out_of_range_asserts),
        cmocka_unit_test(iso_texts),
        cmocka_unit_test(epochs_are_told_by_size),
        cmocka_unit_test(formats_as_few_decimals_as_are_exact),
        cmocka_unit_test(formatted_times_are_read_back),
        cmocka_unit_test(durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
