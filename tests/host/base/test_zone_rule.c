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

static const uint64_t seed = 20181028;

static struct mt_zone_rule parsed(const char *text)
{
    struct mt_zone_rule rule;
    if (mt_zone_rule_parse(text, strlen(text), &rule) != 0)
        fail_msg("%s was refused", text);
    return rule;
}

/* The C library understands the same texts in TZ. */
static void check_rule(const char *text)
{
    struct mt_zone_rule rule = parsed(text);
    setenv("TZ", text, 1);
    tzset();
    for (uint64_t n = 0; n < 20000; n++) {
        struct tm tm;
        time_t second = (time_t)(mt_random_at(seed, n) % UINT64_C(7289654400));
        assert_non_null(localtime_r(&second, &tm));
        if (mt_zone_rule_offset_s(&rule, second) != tm.tm_gmtoff)
            fail_msg("%s at %lld: %d, not %ld", text, (long long)second, mt_zone_rule_offset_s(&rule, second),
                tm.tm_gmtoff);
    }
}

static void rules_equal_the_c_library(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "EST5EDT,M3.2.0,M11.1.0", "CET-1CEST,M3.5.0,M10.5.0/3", "GMT0BST,M3.5.0/1,M10.5.0",
        "AEST-10AEDT,M10.1.0,M4.1.0/3",
        "IST-5:30", "<+0330>-3:30", "<-03>3", "IST-1GMT0,M10.5.0,M3.5.0/1", "NZST-12NZDT,M9.5.0,M4.1.0/3",
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "EET-2EEST,M3.4.4/50,M10.4.4/50", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
        "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45", "AAA3BBB,J60/0,J300/0", "AAA3BBB,J59/2,J60/2",
        "AAA-3BBB,59/0,300/0",
        "AAA0BBB,M2.5.6/2,M12.5.3/2", "AAA0BBB-2:00:30,M6.1.1/1:02:03,M7.4.5/4", "UTC0", "NST3:30NDT,M3.2.0,M11.1.0",
    };
    print_message("seed %llu\n", (unsigned long long)seed);
    for (size_t at = 0; at < sizeof texts / sizeof texts[0]; at++)
        check_rule(texts[at]);
}

static void week_5_is_the_last_one_and_december_has_one(void **state)
{
    (void)state;
    struct mt_zone_rule rule = parsed("AAA0BBB,M12.5.0/0,M12.5.0/12");
    int64_t ns = 0;
    static const struct { const char *utc; int32_t want; } cells[] = {
        { "2023-12-30T23:59:59Z", 0 }, { "2023-12-31T00:00:00Z", 3600 }, { "2023-12-31T10:59:59Z", 3600 },
        { "2023-12-31T11:00:00Z", 0 },
        { "2024-12-29T00:00:00Z", 3600 }, { "2024-12-28T12:00:00Z", 0 },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        assert_int_equal(mt_time_parse(cells[at].utc, strlen(cells[at].utc), &ns), 0);
        assert_int_equal(mt_zone_rule_offset_s(&rule, ns / MT_NS_PER_S), cells[at].want);
    }
}

static void a_day_of_the_year_with_and_without_leap_day(void **state)
{
    (void)state;
    struct mt_zone_rule julian = parsed("AAA0BBB,J60/0,J61/0"), plain = parsed("AAA0BBB,59/0,60/0");
    static const struct { const char *utc; int32_t julian, plain; } cells[] = {
        { "2023-02-28T12:00:00Z", 0, 0 }, { "2023-03-01T12:00:00Z", 3600, 3600 }, { "2023-03-02T12:00:00Z", 0, 0 },
        { "2024-02-29T12:00:00Z", 0, 3600 }, { "2024-03-01T12:00:00Z", 3600, 0 },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        int64_t ns = 0;
        assert_int_equal(mt_time_parse(cells[at].utc, strlen(cells[at].utc), &ns), 0);
        assert_int_equal(mt_zone_rule_offset_s(&julian, ns / MT_NS_PER_S), cells[at].julian);
        assert_int_equal(mt_zone_rule_offset_s(&plain, ns / MT_NS_PER_S), cells[at].plain);
    }
}

/* Every strict prefix of a full text, and every listed text, is either complete in itself or refused. */
static void damaged_rules_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "E", "ES", "EST", "5", "<EST5", "<+03>", "EST5,", "EST5EDT", "EST5EDT,", "EST5EDT4",
        "EST5EDT,M3.2.0", "EST5EDT,M3.2.0,",
        "EST5ED,M3.2.0,M11.1.0", "EST5EDT,M0.2.0,M11.1.0", "EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.0.0,M11.1.0",
        "EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,M3-2.0,M11.1.0",
        "EST5EDT,M3.2-0,M11.1.0", "EST5EDT,M3.2.0,M11.1.0x",
        "EST5EDT,J0,J300", "EST5EDT,J366,J300", "EST5EDT,366,300", "EST5EDT,M3.2.0/,M11.1.0",
        "EST5EDT,M3.2.0/168,M11.1.0",
        "EST5EDT,M3.2.0/2:60,M11.1.0", "EST5EDT,M3.2.0/2:00:60,M11.1.0", "EST27", "EST-27", "EST5:60",
        "EST5:", "EST5:00:", "EST-",
        "EST5EDT27,M3.2.0,M11.1.0", "EST5EDT,M3.2.0;M11.1.0", "EST5EDTM3.2.0,M11.1.0", "EST5EDT,x,y",
        "EST5EDT,M3.2.0,x", "EST5<EDT,M3.2.0,M11.1.0",
        "EST1234",
    };
    for (size_t at = 0; at < sizeof texts / sizeof texts[0]; at++) {
        struct mt_zone_rule rule = { .standard_s = 77 };
        if (mt_zone_rule_parse(texts[at], strlen(texts[at]), &rule) != MT_ESYNTAX)
            fail_msg("%s was accepted", texts[at]);
        assert_int_equal(rule.standard_s, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_equal_the_c_library),
        cmocka_unit_test(week_5_is_the_last_one_and_december_has_one),
        cmocka_unit_test(a_day_of_the_year_with_and_without_leap_day),
        cmocka_unit_test(damaged_rules_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
