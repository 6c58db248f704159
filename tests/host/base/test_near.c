#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/near.h"

static const char *nearest(const char *typed, const char *const *names)
{
    struct mt_near near = mt_near(typed, strlen(typed));
    for (; *names; names++)
        mt_near_look(&near, *names);
    return near.name ? near.name : "";
}

static const char *const words[] = { "for", "data", "symbols", "json", "log-level", "fee-bp", "instrument", "state", NULL };

static void a_slip_finds_its_name(void **state)
{
    (void)state;
    static const char *const cells[][2] = {
        { "json", "json" }, { "jsn", "json" }, { "jsno", "json" }, { "jsonx", "json" }, { "JSON", "json" },
        { "dat", "data" }, { "dta", "data" }, { "Date", "data" }, { "symbol", "symbols" }, { "smybols", "symbols" },
        { "sym", "symbols" }, { "log", "log-level" }, { "loglevel", "log-level" }, { "log_level", "log-level" },
        { "fee", "fee-bp" }, { "feebp", "fee-bp" }, { "instruments", "instrument" }, { "fro", "for" }, { "fo", "for" },
        { "dataset", "data" }, { "statedir", "state" }, { "insturment", "instrument" }, { "isntrumnet", "instrument" },
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        assert_string_equal(nearest(cells[i][0], words), cells[i][1]);
}

static void what_is_far_finds_none(void **state)
{
    (void)state;
    static const char *const cells[] = { "", "x", "j", "d", "from", "to", "end", "name", "timerange", "strategy", "force",
        "forward", "ds", "nosuch", "bars", "jo", "start", "verbose", "datafolders-of-mine", "-", "--" };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        assert_string_equal(nearest(cells[i], words), "");
}

static void the_nearest_wins_and_of_two_the_first(void **state)
{
    (void)state;
    static const char *const names[] = { "max_nett", "max_net", "max_nat", NULL };
    assert_string_equal(nearest("max_net", names), "max_net");
    assert_string_equal(nearest("max_nit", names), "max_net");
    assert_string_equal(nearest("max_netto", names), "max_nett");
    assert_string_equal(nearest("x", (const char *const[]){ NULL }), "");
}

/* An edit more than a third of the longer of both is too many; one less is a guess. */
static void the_border_is_a_third(void **state)
{
    (void)state;
    char name[40], typed[40];
    for (size_t length = 1; length <= 30; length++)
        for (size_t wrong = 0; wrong <= length; wrong++) {
            memset(name, 'a', length);
            memset(typed, 'a', length);
            memset(typed, 'z', wrong);          /* at the front: no same beginning */
            name[length] = typed[length] = '\0';
            const char *const names[] = { name, NULL };
            assert_string_equal(nearest(typed, names), wrong <= length / 3 ? name : "");
        }
}

static void long_names_do_not_leave_their_rows(void **state)
{
    (void)state;
    char name[200];
    for (size_t length = 60; length < 199; length++) {
        memset(name, 'q', length);
        name[length] = '\0';
        const char *const names[] = { name, NULL };
        assert_string_equal(nearest(name, names), length <= 64 ? name : "");
        assert_string_equal(nearest("qqq", names), length <= 64 ? name : "");
        assert_string_equal(nearest(name, words), "");
    }
    struct mt_near part = mt_near("jsonbourne", 4);     /* the rest is not looked at */
    mt_near_look(&part, "json");
    assert_int_equal(part.edits, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_finds_its_name),
        cmocka_unit_test(what_is_far_finds_none),
        cmocka_unit_test(the_nearest_wins_and_of_two_the_first),
        cmocka_unit_test(the_border_is_a_third),
        cmocka_unit_test(long_names_do_not_leave_their_rows),
    };
    return cmocka_run_group_tests_name("near", tests, NULL, NULL);
}
