#include <unistd.h>
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
#include "base/zone.h"

static const uint64_t seed = 20240310;

static bool zones_installed(void)
{
    if (access("/usr/share/zoneinfo/America/New_York", R_OK) == 0)
        return true;
    print_message("NOTICE: no time zone database is installed, skipped\n");
    return false;
}

/* The C library, which reads the same files by code of its own. */
static int32_t model_offset_s(const char *name, int64_t utc_s)
{
    struct tm tm;
    time_t second = (time_t)utc_s;
    setenv("TZ", name, 1);
    tzset();
    assert_non_null(localtime_r(&second, &tm));
    return (int32_t)tm.tm_gmtoff;
}

static void check_zone(const char *name)
{
    const struct mt_zone *zone = NULL;
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_zone_load(name, &zone, &diag), 0);
    model_offset_s(name, 0);
    for (uint64_t n = 0; n < 3000; n++) {
        struct tm tm;
        time_t second = (time_t)(mt_random_at(seed, n) % UINT64_C(7289654400));
        if (n % 3 == 0)
            second = (time_t)(mt_random_at(seed, n) % UINT64_C(2000000000));
        localtime_r(&second, &tm);
        if (mt_zone_offset_s(zone, second * MT_NS_PER_S) != (int32_t)tm.tm_gmtoff)
            fail_msg("%s at %lld: %d, not %ld", name, (long long)second,
                mt_zone_offset_s(zone, second * MT_NS_PER_S), tm.tm_gmtoff);
        /* Walk to the next change within 400 days, to the second. */
        if (n % 30 != 0)
            continue;
        time_t low = second, high = second + 400 * 86400;
        struct tm low_tm = tm, middle_tm;
        for (time_t at = second; at <= high; at += 86400) {
            localtime_r(&at, &tm);
            if (tm.tm_gmtoff != low_tm.tm_gmtoff) {
                high = at;
                break;
            }
            low = at;
        }
        while (high - low > 1) {
            time_t middle = low + (high - low) / 2;
            localtime_r(&middle, &middle_tm);
            if (middle_tm.tm_gmtoff == low_tm.tm_gmtoff)
                low = middle;
            else
                high = middle;
        }
        for (time_t at = low - 1; at <= high + 1; at++) {
            localtime_r(&at, &tm);
            assert_int_equal(mt_zone_offset_s(zone, at * MT_NS_PER_S), tm.tm_gmtoff);
            assert_int_equal(mt_zone_offset_s(zone, at * MT_NS_PER_S + 999999999), tm.tm_gmtoff);
        }
    }
}

static int64_t local_of(const char *text)
{
    int64_t ns;
    assert_int_equal(mt_time_parse(text, strlen(text), &ns), 0);
    return ns;
}

/* Wall clock times that exist twice or not at all; the moments are those of Python's zoneinfo and the tz database. */
static void local_times(void **state)
{
    static const struct { const char *zone, *local, *first, *second; } cases[] = {
        { "America/New_York", "2025-03-09T01:59:59.999999999", "2025-03-09T06:59:59.999999999Z", NULL },
        { "America/New_York", "2025-03-09T02:00:00", "2025-03-09T07:00:00Z", NULL },
        { "America/New_York", "2025-03-09T02:30:00.5", "2025-03-09T07:00:00Z", NULL },
        { "America/New_York", "2025-03-09T03:00:00", "2025-03-09T07:00:00Z", NULL },
        { "America/New_York", "2025-11-02T00:59:59", "2025-11-02T04:59:59Z", NULL },
        { "America/New_York", "2025-11-02T01:00:00", "2025-11-02T05:00:00Z", "2025-11-02T06:00:00Z" },
        { "America/New_York", "2025-11-02T01:59:59.25", "2025-11-02T05:59:59.25Z", "2025-11-02T06:59:59.25Z" },
        { "America/New_York", "2025-11-02T02:00:00", "2025-11-02T07:00:00Z", NULL },
        { "America/New_York", "2150-03-08T02:15:00", "2150-03-08T07:00:00Z", NULL },
        { "Africa/Cairo", "2025-04-25T00:00:00", "2025-04-24T22:00:00Z", NULL },
        { "Africa/Cairo", "2025-10-30T23:30:00", "2025-10-30T20:30:00Z", "2025-10-30T21:30:00Z" },
        { "Australia/Lord_Howe", "2025-10-05T02:15:00", "2025-10-04T15:30:00Z", NULL },
        { "Australia/Lord_Howe", "2025-04-06T01:45:00", "2025-04-05T14:45:00Z", "2025-04-05T15:15:00Z" },
        { "America/Sao_Paulo", "2018-11-04T00:30:00", "2018-11-04T03:00:00Z", NULL },
        { "America/Sao_Paulo", "2019-02-16T23:30:00", "2019-02-17T01:30:00Z", "2019-02-17T02:30:00Z" },
        { "Asia/Beirut", "2022-03-27T00:10:00", "2022-03-26T22:00:00Z", NULL },
        { "America/Asuncion", "2024-10-06T00:10:00", "2024-10-06T04:00:00Z", NULL },
        { "Europe/London", "2025-03-30T01:30:00", "2025-03-30T01:00:00Z", NULL },
        { "Europe/London", "2025-10-26T01:30:00", "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z" },
        { "Europe/Dublin", "2025-10-26T01:30:00", "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z" },
        { "Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00Z", NULL },
        { "Asia/Kolkata", "2025-03-30T01:30:00", "2025-03-29T20:00:00Z", NULL },
    };
    (void)state;
    if (!zones_installed())
        return;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct mt_zone *zone;
        assert_int_equal(mt_zone_load(cases[i].zone, &zone, NULL), 0);
        int64_t local = local_of(cases[i].local), first = local_of(cases[i].first);
        int64_t second = cases[i].second ? local_of(cases[i].second) : first;
        if (mt_zone_from_local(zone, local, INT64_MIN) != first || mt_zone_from_local(zone, local, first) != first ||
            mt_zone_from_local(zone, local, first + 1) != second || mt_zone_from_local(zone, local, INT64_MAX) != second)
            fail_msg("%s %s: %lld", cases[i].zone, cases[i].local,
                     (long long)mt_zone_from_local(zone, local, INT64_MIN));
    }
}

/* There and back: whatever the clock shows leads to that moment, or to the same time in the other pass. */
static void local_times_come_back(void **state)
{
    static const char *const names[] = { "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tehran",
                                         "America/Santiago", "Europe/Dublin", "Asia/Gaza", "UTC", "+05:45" };
    (void)state;
    if (!zones_installed())
        return;
    for (size_t z = 0; z < sizeof names / sizeof *names; z++) {
        const struct mt_zone *zone;
        assert_int_equal(mt_zone_load(names[z], &zone, NULL), 0);
        int64_t before = INT64_MIN;
        for (uint64_t n = 0; n < 20000; n++) {
            int64_t utc = (int64_t)(mt_random_at(seed + z, n) % UINT64_C(7289654400000000000));
            int64_t local = utc + mt_zone_offset_s(zone, utc) * MT_NS_PER_S;
            int64_t first = mt_zone_from_local(zone, local, INT64_MIN), same = mt_zone_from_local(zone, local, utc);
            assert_int_equal(same, utc);
            assert_true(first <= utc);
            assert_int_equal(first + mt_zone_offset_s(zone, first) * MT_NS_PER_S, local);
        }
        /* Over a year of wall clock, every ten minutes: the moments never go back. */
        for (int64_t local = local_of("2024-01-01"); local < local_of("2025-01-01"); local += 600 * MT_NS_PER_S) {
            int64_t utc = mt_zone_from_local(zone, local, before);
            assert_true(utc >= before || mt_zone_from_local(zone, local, INT64_MAX) == utc);
            before = before > utc ? before : utc;
        }
    }
}

static void zones_equal_the_c_library(void **state)
{
    (void)state;
    static const char *const names[] = {
        "America/New_York", "America/Chicago", "America/Sao_Paulo", "America/St_Johns", "America/Santiago",
        "America/Nuuk",
        "Europe/London", "Europe/Berlin", "Europe/Dublin", "Europe/Moscow", "Europe/Istanbul", "Asia/Tokyo",
        "Asia/Kolkata",
        "Asia/Kathmandu", "Asia/Gaza", "Asia/Tehran", "Asia/Jerusalem", "Australia/Sydney", "Australia/Lord_Howe",
        "Pacific/Auckland", "Pacific/Apia", "Pacific/Chatham", "Africa/Casablanca", "Africa/Cairo", "Antarctica/Troll",
        "Etc/UTC", "Etc/GMT+5", "EST5EDT",
    };
    if (!zones_installed())
        skip();
    print_message("seed %llu\n", (unsigned long long)seed);
    for (size_t at = 0; at < sizeof names / sizeof names[0]; at++) {
        char path[100];
        snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", names[at]);
        if (access(path, R_OK) == 0)
            check_zone(names[at]);
    }
}

static void new_york_at_its_changes(void **state)
{
    (void)state;
    const struct mt_zone *zone = NULL;
    if (!zones_installed())
        skip();
    assert_int_equal(mt_zone_load("America/New_York", &zone, NULL), 0);
    static const struct { const char *utc; int32_t hours; } cells[] = {
        { "2014-03-09T06:59:59.999999999Z", -5 }, { "2014-03-09T07:00:00Z", -4 }, { "2014-11-02T05:59:59Z", -4 },
        { "2014-11-02T06:00:00Z", -5 }, { "2024-03-10T06:59:59Z", -5 }, { "2024-03-10T07:00:00Z", -4 },
        { "2100-07-01T00:00:00Z", -4 }, { "2199-12-31T00:00:00Z", -5 }, { "1970-01-01T00:00:00Z", -5 },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        int64_t ns = 0;
        assert_int_equal(mt_time_parse(cells[at].utc, strlen(cells[at].utc), &ns), 0);
        assert_int_equal(mt_zone_offset_s(zone, ns), cells[at].hours * 3600);
    }
}

static void fixed_zones_need_no_file(void **state)
{
    (void)state;
    static const struct { const char *name; int32_t offset_s; } cells[] = {
        { "UTC", 0 }, { "+05:30", 19800 }, { "-05:00", -18000 }, { "+00:00", 0 }, { "-00:30", -1800 },
        { "+23:59", 86340 },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        const struct mt_zone *zone = NULL, *again = NULL;
        assert_int_equal(mt_zone_load(cells[at].name, &zone, NULL), 0);
        assert_int_equal(mt_zone_load(cells[at].name, &again, NULL), 0);
        assert_ptr_equal(zone, again);
        assert_int_equal(mt_zone_offset_s(zone, 0), cells[at].offset_s);
        assert_int_equal(mt_zone_offset_s(zone, INT64_MAX), cells[at].offset_s);
        assert_int_equal(mt_zone_offset_s(zone, INT64_MIN), cells[at].offset_s);
    }
}

static void names_that_are_refused(void **state)
{
    (void)state;
    static const struct { const char *name; int err; } cells[] = {
        { "", MT_ESYNTAX }, { "/etc/passwd", MT_ESYNTAX }, { "../../../etc/passwd", MT_ESYNTAX },
        { "America/../New_York", MT_ESYNTAX },
        { "New York", MT_ESYNTAX }, { "a\nb", MT_ESYNTAX }, { "+5:30", MT_ESYNTAX }, { "+05:60", MT_ESYNTAX },
        { "+24:00", MT_ESYNTAX },
        { "+a5:30", MT_ESYNTAX }, { "+0a:30", MT_ESYNTAX }, { "+05:a0", MT_ESYNTAX },
        { "+05:3a", MT_ESYNTAX }, { " 05:30", MT_ESYNTAX },
        { "+05.30", MT_ESYNTAX }, { "UTC ", MT_ESYNTAX },
        { "a123456789012345678901234567890123456789012345678901234567890123", MT_ESYNTAX },
        { "a12345678901234567890123456789012345678901234567890123456789012", MT_ENOTFOUND },
        { "+05030", MT_ENOTFOUND }, { "America/Atlantis", MT_ENOTFOUND }, { "Utc/Nowhere", MT_ENOTFOUND },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        const struct mt_zone *zone = NULL;
        struct mt_diag diag = { 0 };
        assert_int_equal(mt_zone_load(cells[at].name, &zone, &diag), cells[at].err);
        assert_null(zone);
        assert_int_equal(diag.code, cells[at].err);
    }
    if (zones_installed()) {
        const struct mt_zone *zone = NULL;
        struct mt_diag diag = { 0 };
        assert_int_equal(mt_zone_load("America/New_York/x", &zone, &diag), MT_ENOTFOUND);
        diag = (struct mt_diag){ 0 };
        assert_int_equal(mt_zone_load("America", &zone, &diag), MT_EIO);
        diag = (struct mt_diag){ 0 };
        if (access("/usr/share/zoneinfo/right/America/New_York", R_OK) == 0)
            assert_int_equal(mt_zone_load("right/America/New_York", &zone, &diag), MT_EREFUSED);
        assert_null(zone);
    }
}

/* Runs last: it fills the table. */
static void more_than_64_zones_are_refused(void **state)
{
    (void)state;
    const struct mt_zone *zone = NULL, *first = NULL;
    struct mt_diag diag = { 0 };
    int loaded = 0, err = 0;
    for (int minutes = 60; err == 0 && minutes < 60 + 100; minutes++, loaded += err == 0) {
        char name[32];
        snprintf(name, sizeof name, "+%02d:%02d", minutes / 60, minutes % 60);
        err = mt_zone_load(name, &zone, &diag);
        if (!first)
            first = zone;
    }
    assert_int_equal(err, MT_ENOMEM);
    assert_true(loaded > 0);
    assert_true(loaded <= 64);
    assert_int_equal(mt_zone_load("+01:00", &zone, NULL), 0);
    assert_ptr_equal(zone, first);
    assert_int_equal(mt_zone_offset_s(first, 0), 3600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones_equal_the_c_library), cmocka_unit_test(local_times),
        cmocka_unit_test(local_times_come_back),
        cmocka_unit_test(new_york_at_its_changes),
        cmocka_unit_test(fixed_zones_need_no_file),
        cmocka_unit_test(names_that_are_refused),
        cmocka_unit_test(more_than_64_zones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
