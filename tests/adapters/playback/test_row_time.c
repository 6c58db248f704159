#include "adapters/playback/row_time.h"
#include "adapters/playback/files.h"

static struct mt_field field_of(const char *text)
{
    return (struct mt_field){ text, strlen(text) };
}

struct decide { const char *path, *unit, *date, *zone; const char *seen[4]; const char *dates, *header_zone; };

static int decide(struct mt_row_time *rule, const struct decide *d, struct mt_diag *diag)
{
    struct mt_time_seen seen = { 0 };
    for (int i = 0; i < 4 && d->seen[i]; i++) {
        struct mt_field field = field_of(d->seen[i]);
        struct mt_time_field time = { &field, NULL };
        mt_row_time_see(&seen, &time, (uint64_t)i + 2);
    }
    struct mt_time_said said = { .unit = d->unit, .date = d->date, .zone = d->zone, .dates = d->dates,
                                 .header_zone = d->header_zone };
    return mt_row_time_decide(rule, &seen, d->path ? d->path : "data.csv", &said, diag);
}

/* Each line: what is known, one time text, the moment it must mean (NULL: an error of that row). */
static void test_meanings(void **state)
{
    static const struct { struct decide d; const char *text, *expected; int err; } cases[] = {
        /* epoch, told by size */
        { { .seen = { "1609459200" } }, "1609459200", "2021-01-01T00:00:00Z", 0 },
        { { .seen = { "1609459200" } }, "1609459200.25", "2021-01-01T00:00:00.25Z", 0 },
        { { .seen = { "1609459200000" } }, "1609459200001", "2021-01-01T00:00:00.001Z", 0 },
        { { .seen = { "1609459200000000" } }, "1609459200000001", "2021-01-01T00:00:00.000001Z", 0 },
        { { .seen = { "1609459200000000000" } }, "1609459200000000001", "2021-01-01T00:00:00.000000001Z", 0 },
        { { .seen = { "100000000" } }, "100000000", "1973-03-03T09:46:40Z", 0 },
        { { .seen = { "1609459200" } }, "1609459200.0000000001", NULL, MT_EINEXACT },
        { { .seen = { "1609459200" } }, "-1", NULL, MT_ERANGE },
        { { .seen = { "1609459200" } }, "7289654399", "2200-12-31T23:59:59Z", 0 },
        { { .seen = { "1609459200" } }, "7289654400", NULL, MT_ERANGE },
        { { .seen = { "1609459200" } }, "99999999999999999999", NULL, MT_ERANGE },
        { { .seen = { "1609459200" } }, "2021-01-01T00:00:00Z", NULL, MT_ESYNTAX },
        { { .seen = { "1609459200" } }, "", NULL, MT_ESYNTAX },
        { { .seen = { "1609459200" } }, "nan", NULL, MT_ESYNTAX },
        /* one absurd row in front does not change the unit of the others */
        { { .seen = { "1609459200000000", "1609459200", "1609459260", "1609459320" } }, "1609459200", "2021-01-01T00:00:00Z", 0 },
        { { .seen = { "junk", "1609459200" } }, "1609459200", "2021-01-01T00:00:00Z", 0 },
        /* named unit */
        { { .unit = "ms", .seen = { "1609459200000" } }, "1609459200000", "2021-01-01T00:00:00Z", 0 },
        { { .unit = "s", .seen = { "200000" } }, "200000", "1970-01-03T07:33:20Z", 0 },
        { { .unit = "ns", .seen = { "1609459200000000000" } }, "1609459200000000000", "2021-01-01T00:00:00Z", 0 },
        /* from midnight */
        { { .date = "2014-05-01", .seen = { "292" } }, "292", "2014-05-01T00:00:00.292Z", 0 },
        { { .date = "2014-05-01", .seen = { "292" } }, "1234.5", "2014-05-01T00:00:01.2345Z", 0 },
        { { .date = "2014-05-01", .seen = { "292" } }, "86399999.999999", "2014-05-01T23:59:59.999999999Z", 0 },
        { { .date = "2014-05-01", .seen = { "292" } }, "86400000", NULL, MT_ERANGE },
        { { .date = "2014-05-01", .seen = { "292" } }, "-1", NULL, MT_ERANGE },
        { { .date = "2014-05-01", .unit = "s", .seen = { "292" } }, "292", "2014-05-01T00:04:52Z", 0 },
        { { .date = "2014-05-01", .unit = "us", .seen = { "292000" } }, "292001", "2014-05-01T00:00:00.292001Z", 0 },
        { { .date = "2014-05-01", .zone = "-05:00", .seen = { "292" } }, "0", "2014-05-01T05:00:00Z", 0 },
        { { .date = "2014-05-01", .zone = "-05:00", .seen = { "292" } }, "86387638", "2014-05-02T04:59:47.638Z", 0 },
        { { .date = "2014-05-01", .zone = "+05:30", .seen = { "292" } }, "0", "2014-04-30T18:30:00Z", 0 },
        { { .date = "2014-05-01", .zone = "America/New_York", .seen = { "292" } }, "0", "2014-05-01T04:00:00Z", 0 },
        { { .date = "2014-01-01", .zone = "America/New_York", .seen = { "292" } }, "0", "2014-01-01T05:00:00Z", 0 },
        { { .date = "2014-03-09", .zone = "America/New_York", .seen = { "292" } }, "10799999", "2014-03-09T07:00:00Z", 0 },
        { { .date = "2014-03-09", .zone = "America/New_York", .seen = { "292" } }, "14400000", "2014-03-09T08:00:00Z", 0 },
        /* the day is in the file's name */
        { { .path = "/2013/x_20140502.csv.gz", .seen = { "292" } }, "1", "2014-05-02T00:00:00.001Z", 0 },
        { { .path = "a_20140502.csv", .date = "2014-05-03", .seen = { "292" } }, "1", "2014-05-03T00:00:00.001Z", 0 },
        /* text */
        { { .seen = { "2013-01-01 22:00:00.295000+00:00" } }, "2013-01-01 22:00:00.295000+00:00", "2013-01-01T22:00:00.295Z", 0 },
        { { .zone = "-05:00", .seen = { "2013-01-01T22:00:00" } }, "2013-01-01T22:00:00", "2013-01-02T03:00:00Z", 0 },
        { { .zone = "-05:00", .seen = { "2013-01-01T22:00:00" } }, "2013-01-01T22:00:00Z", "2013-01-01T22:00:00Z", 0 },
        { { .zone = "-05:00", .seen = { "2013-01-01T22:00:00" } }, "2013-01-01T22:00:00+01:00", "2013-01-01T21:00:00Z", 0 },
        { { .zone = "-05:00", .seen = { "2013-01-01" } }, "2013-01-01", "2013-01-01T05:00:00Z", 0 },
        { { .zone = "Africa/Cairo", .seen = { "2025-04-25" } }, "2025-04-25", "2025-04-24T22:00:00Z", 0 },
        { { .zone = "America/New_York", .seen = { "2025-03-09" } }, "2025-03-09 02:30", "2025-03-09T07:00:00Z", 0 },
        { { .zone = "America/New_York", .seen = { "2025-11-02" } }, "2025-11-02 01:30", "2025-11-02T05:30:00Z", 0 },
        { { .date = "2025-03-09", .zone = "America/New_York", .seen = { "292" } }, "9000000", "2025-03-09T07:00:00Z", 0 },
        { { .date = "2014-05-01", .seen = { "2013-01-01" } }, "2013-01-01", "2013-01-01T00:00:00Z", 0 },
        { { .seen = { "2013-01-01" } }, "1609459200", NULL, MT_ESYNTAX },
        { { .seen = { "2013-01-01" } }, "2013-02-30", NULL, MT_ERANGE },
        { { .seen = { "2013-01-01" } }, "", NULL, MT_ESYNTAX },
        /* the unit changes inside a file: every number is told by its own size */
        { { .seen = { "1735689600000", "1735689660000" } }, "1735689720000000", "2025-01-01T00:02:00Z", 0 },
        { { .seen = { "1735689600000", "1735689660000" } }, "1735689720", "2025-01-01T00:02:00Z", 0 },
        { { .seen = { "1735689600000000000" } }, "1735689600.25", "2025-01-01T00:00:00.25Z", 0 },
        { { .seen = { "1735689600" } }, "1735689600000000001", "2025-01-01T00:00:00.000000001Z", 0 },
        { { .seen = { "1735689600" } }, "200000000", "1976-05-03T19:33:20Z", 0 },
        { { .seen = { "1735689600" } }, "100", "1970-01-01T00:01:40Z", 0 },
        { { .seen = { "1735689600000" } }, "86400001", "1972-09-27T00:00:01Z", 0 },
        { { .unit = "ms", .seen = { "1735689600000" } }, "1735689720", "1970-01-21T02:08:09.720Z", 0 },
        /* digits of a date */
        { { .seen = { "20240304", "20240305" } }, "20240306", "2024-03-06T00:00:00Z", 0 },
        { { .seen = { "202403040900" } }, "202403040905", "2024-03-04T09:05:00Z", 0 },
        { { .seen = { "20240304090000" } }, "20240304090001", "2024-03-04T09:00:01Z", 0 },
        { { .seen = { "20240304090000123" } }, "20240304090000124", "2024-03-04T09:00:00.124Z", 0 },
        { { .zone = "-05:00", .seen = { "20240304" } }, "20240304", "2024-03-04T05:00:00Z", 0 },
        { { .path = "a_20140502.csv", .seen = { "20240304", "20249904" } }, "20240304", "2014-05-02T05:37:20.304Z", 0 },
        /* what day, month and year are */
        { { .seen = { "03/04/2024", "03/14/2024" } }, "03/04/2024", "2024-03-04T00:00:00Z", 0 },
        { { .seen = { "03/04/2024", "14/04/2024" } }, "03/04/2024", "2024-04-03T00:00:00Z", 0 },
        { { .seen = { "03/04/2024", "14/04/2024" } }, "03/14/2024", NULL, MT_ERANGE },
        { { .dates = "mdy", .seen = { "03/04/2024" } }, "03/04/2024 9:05 PM", "2024-03-04T21:05:00Z", 0 },
        { { .dates = "dmy", .seen = { "03/04/24" } }, "03/04/24", "2024-04-03T00:00:00Z", 0 },
        { { .dates = "ymd", .seen = { "03/04/24" } }, "03/04/24", "2003-04-24T00:00:00Z", 0 },
        { { .seen = { "03/03/2024" } }, "03/03/2024", "2024-03-03T00:00:00Z", 0 },
        { { .seen = { "04.03.2024 09:00" } }, "04.03.2024 09:00:00.5", "2024-03-04T09:00:00.5Z", 0 },
        { { .seen = { "04.03.2024", "03.14.2024" } }, "04.03.2024", "2024-04-03T00:00:00Z", 0 },
        { { .seen = { "2024.03.04 09:00" } }, "2024.03.04 09:00", "2024-03-04T09:00:00Z", 0 },
        { { .seen = { "2024/3/4" } }, "2024/3/4 9:00", "2024-03-04T09:00:00Z", 0 },
        { { .seen = { "4-Mar-2024" } }, "5-MAR-24", "2024-03-05T00:00:00Z", 0 },
        { { .seen = { "Mar 4, 2024" } }, "December 31, 2024", "2024-12-31T00:00:00Z", 0 },
        { { .seen = { "2020-03-04 01-PM" } }, "2020-03-04 12-AM", "2020-03-04T00:00:00Z", 0 },
        { { .seen = { "20240304 090000" } }, "20240304 090000123", "2024-03-04T09:00:00.123Z", 0 },
        { { .seen = { "04.03.2024 09:00:00.000 GMT+0100" } }, "04.03.2024 09:00:00.000 GMT+0100", "2024-03-04T08:00:00Z", 0 },
        { { .header_zone = "Europe/Athens", .zone = "-05:00", .seen = { "2024.03.04 11:00" } }, "2024.07.04 11:00",
          "2024-07-04T08:00:00Z", 0 },
        { { .seen = { "03/14/2024" } }, "02/30/2024", NULL, MT_ERANGE },
        { { .seen = { "03/14/2024" } }, "03/14/2024 25:00", NULL, MT_ERANGE },
        { { .seen = { "03/14/2024" } }, "03/14/2024x", NULL, MT_ESYNTAX },
        { { .seen = { "03/14/2024" } }, "03-14/2024", NULL, MT_ESYNTAX },
        { { .seen = { "03/14/2024" } }, "03/14/2024 09:00:00.0000000001", NULL, MT_EINEXACT },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mt_row_time rule;
        struct mt_diag diag = { 0 };
        int64_t ns = -7;
        struct mt_field field = field_of(cases[i].text);
        if (decide(&rule, &cases[i].d, &diag) != 0)
            fail_msg("case %zu: %s", i, diag.text);
        struct mt_time_field time = { &field, NULL };
        int err = mt_row_time_read(&rule, &time, INT64_MIN, &ns);
        if (err != cases[i].err)
            fail_msg("case %zu (%s): %s", i, cases[i].text, mt_err_name(err));
        if (cases[i].expected && ns != ns_of(cases[i].expected))
            fail_msg("case %zu (%s): %lld instead of %s", i, cases[i].text, (long long)ns, cases[i].expected);
    }
}

static void test_refused(void **state)
{
    static const struct { struct decide d; int err; const char *says; } cases[] = {
        { { .seen = { "292" } }, MT_EREFUSED, "--date" },
        { { .unit = "s", .seen = { "292" } }, MT_EREFUSED, "--date" },
        { { .path = "a_20149902.csv", .seen = { "292" } }, MT_EREFUSED, "--date" },
        { { .path = "a_20140501_20140502.csv", .seen = { "292" } }, MT_EREFUSED, "--date" },
        { { .date = "2014-05-01", .seen = { "1609459200" } }, MT_EREFUSED, "midnight" },
        { { .date = "2014-05-01", .unit = "s", .seen = { "292000" } }, MT_EREFUSED, "midnight" },
        { { .date = "2014-5-1", .seen = { "292" } }, MT_ESYNTAX, "2014-5-1" },
        { { .date = "20140501", .seen = { "292" } }, MT_ESYNTAX, "20140501" },
        { { .date = "2014-02-30", .seen = { "292" } }, MT_ESYNTAX, "2014-02-30" },
        { { .unit = "m", .seen = { "292" } }, MT_ESYNTAX, "\"m\"" },
        { { .unit = "ms", .seen = { "1700000040" } }, MT_EREFUSED, "1700000040 in ms is 1970-01-20: by its size it is s" },
        { { .unit = "us", .seen = { "1700000040" } }, MT_EREFUSED, "by its size it is s" },
        { { .unit = "s", .seen = { "1700000040000" } }, MT_EREFUSED, "beyond 2200: by its size it is ms" },
        { { .seen = { "03/04/2024", "05/06/2024" } }, MT_EREFUSED,
          "data.csv:2: the date 03/04/2024 may be 2024-03-04 or 2024-04-03, and no row tells which: say it with --dates mdy or --dates dmy" },
        { { .seen = { "03/04/24" } }, MT_EREFUSED, "--dates ymd" },
        { { .seen = { "03/14/2024", "14/03/2024" } }, MT_EREFUSED, "03/14/2024 in line 2, 14/03/2024 in line 3" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mt_row_time rule;
        struct mt_diag diag = { 0 };
        assert_int_equal(decide(&rule, &cases[i].d, &diag), cases[i].err);
        assert_text_has(diag.text, cases[i].says);
        assert_text_has(diag.text, cases[i].d.path ? cases[i].d.path : "data.csv");
    }
    struct mt_row_time rule;
    struct decide zone = { .zone = "Nowhere/Land", .seen = { "2014-01-01" } };
    assert_true(decide(&rule, &zone, NULL) < 0);
}

static void test_units(void **state)
{
    static const struct { const char *seen, *unit; } cases[] = {
        { "1609459200", "s" }, { "1609459200000", "ms" }, { "1609459200000000", "us" }, { "1609459200000000000", "ns" },
    };
    struct mt_row_time rule;
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct decide d = { .seen = { cases[i].seen } };
        assert_int_equal(decide(&rule, &d, NULL), 0);
        assert_string_equal(mt_row_time_unit(&rule), cases[i].unit);
    }
    struct decide text = { .seen = { "2014-01-01" } };
    assert_int_equal(decide(&rule, &text, NULL), 0);
    assert_null(mt_row_time_unit(&rule));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meanings), cmocka_unit_test(test_refused), cmocka_unit_test(test_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
