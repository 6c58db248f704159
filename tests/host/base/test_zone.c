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
        cmocka_unit_test(zones_equal_the_c_library),
        cmocka_unit_test(new_york_at_its_changes),
        cmocka_unit_test(fixed_zones_need_no_file),
        cmocka_unit_test(names_that_are_refused),
        cmocka_unit_test(more_than_64_zones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
