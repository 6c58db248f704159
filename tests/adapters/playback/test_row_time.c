#include "adapters/playback/row_time.h"
#include "adapters/playback/files.h"

static struct mt_field field_of(const char *text)
{
    return (struct mt_field){ text, strlen(text) };
}

struct decide { const char *path, *unit, *date, *zone; const char *seen[4]; };

static int decide(struct mt_row_time *rule, const struct decide *d, struct mt_diag *diag)
{
    struct mt_time_seen seen = { 0 };
    for (int i = 0; i < 4 && d->seen[i]; i++) {
        struct mt_field field = field_of(d->seen[i]);
        mt_row_time_see(&seen, &field);
    }
    return mt_row_time_decide(rule, &seen, d->path ? d->path : "data.csv", d->unit, d->date, d->zone, diag);
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
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mt_row_time rule;
        struct mt_diag diag = { 0 };
        int64_t ns = -7;
        struct mt_field field = field_of(cases[i].text);
        if (decide(&rule, &cases[i].d, &diag) != 0)
            fail_msg("case %zu: %s", i, diag.text);
        int err = mt_row_time_read(&rule, &field, INT64_MIN, &ns);
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
