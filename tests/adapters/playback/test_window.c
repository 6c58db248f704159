/* What --from and --to ask for: bounds, zones, distances from the end of the data, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "adapters/playback/window.h"
#include "base/clock.h"

static const int64_t day_ns = 86400 * MT_NS_PER_S;
#define AT(s) (INT64_C(s) * MT_NS_PER_S)
enum { MARCH_4 = 1709510400 };          /* 2024-03-04T00:00:00Z */

static void bounds_are_read(void **state)
{
    (void)state;
    static const struct { const char *from, *to, *zone; int64_t last_s, from_s, to_s; } cases[] = {
        { "2024-03-04", "2024-03-05", NULL, 0, MARCH_4, MARCH_4 + 86400 },
        { "2024-03-04T09:00:00Z", "2024-03-04T09:00:01Z", NULL, 0, MARCH_4 + 32400, MARCH_4 + 32401 },
        { "2024-03-04", "2024-03-05", "-05:00", 0, MARCH_4 + 18000, MARCH_4 + 104400 },
        { "2024-03-04T09:00:00Z", "2024-03-05T00:00:00+02:00", "-05:00", 0, MARCH_4 + 32400, MARCH_4 + 79200 },
        { "-30d", "-1d", NULL, MARCH_4, MARCH_4 - 30 * 86400, MARCH_4 - 86400 },
        { "2024-03-01", "-1d", NULL, MARCH_4, MARCH_4 - 3 * 86400, MARCH_4 - 86400 },
        { "-1h30m", "2024-03-05", "Europe/Berlin", MARCH_4, MARCH_4 - 5400, MARCH_4 + 82800 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_data_options options = { .from = cases[i].from, .to = cases[i].to, .zone = cases[i].zone };
        struct mt_diag diag = { 0 };
        struct mt_window window;
        assert_int_equal(mt_window_check(&options, &diag), 0);
        assert_int_equal(mt_window_decide(&window, &options, cases[i].last_s * MT_NS_PER_S, &diag), 0);
        assert_true(window.from_ns == cases[i].from_s * MT_NS_PER_S);
        assert_true(window.to_ns == cases[i].to_s * MT_NS_PER_S);
        assert_false(mt_window_is_all(&window));
    }
}

static void one_bound_leaves_the_other_open(void **state)
{
    (void)state;
    struct mt_data_options none = { 0 }, from = { .from = "2024-03-04" }, to = { .to = "-1d" };
    struct mt_window window;
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_window_decide(&window, &none, 0, &diag), 0);
    assert_true(mt_window_is_all(&window));
    assert_int_equal(mt_window_decide(&window, &from, 0, &diag), 0);
    assert_true(window.from_ns == MARCH_4 * MT_NS_PER_S && window.to_ns == INT64_MAX);
    assert_int_equal(mt_window_decide(&window, &to, MARCH_4 * MT_NS_PER_S, &diag), 0);
    assert_true(window.from_ns == INT64_MIN && window.to_ns == MARCH_4 * MT_NS_PER_S - day_ns);
    assert_true(mt_window_is_relative(&to));
    assert_false(mt_window_is_relative(&from) || mt_window_is_relative(&none));
}

static void what_is_no_time_or_holds_nothing_is_refused(void **state)
{
    (void)state;
    static const struct { const char *from, *to; int code; } cases[] = {
        { "yesterday", NULL, MT_ESYNTAX }, { "", NULL, MT_ESYNTAX }, { "-", NULL, MT_ESYNTAX }, { "-x", NULL, MT_ESYNTAX },
        { NULL, "2024-02-30", MT_ESYNTAX }, { NULL, "2024-13-01", MT_ESYNTAX }, { "2024-03-04 ", "", MT_ESYNTAX },
        { "2024-03-04", "2024-03-04", MT_EREFUSED }, { "2024-03-05", "2024-03-04", MT_EREFUSED }, { "-1d", "-2d", MT_EREFUSED },
        { "-1d", "-1d", MT_EREFUSED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_data_options options = { .from = cases[i].from, .to = cases[i].to };
        struct mt_diag diag = { 0 };
        assert_int_equal(mt_window_check(&options, &diag), cases[i].code);
        assert_non_null(strstr(diag.text, cases[i].from ? "--from" : "--to"));
    }
}

/* Which of a date and a distance comes first is not known before the data are. */
static void mixed_bounds_are_compared_when_the_data_are_known(void **state)
{
    (void)state;
    struct mt_data_options options = { .from = "2024-03-04", .to = "-1d" };
    struct mt_window window;
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_window_check(&options, &diag), 0);
    assert_int_equal(mt_window_decide(&window, &options, MARCH_4 * MT_NS_PER_S + day_ns, &diag), MT_EREFUSED);
    diag = (struct mt_diag){ 0 };
    assert_int_equal(mt_window_decide(&window, &options, MARCH_4 * MT_NS_PER_S + day_ns + 1, &diag), 0);
}

/* The longest distance from the oldest data: no wrap round into the future. */
static void a_distance_beyond_all_times_is_the_beginning(void **state)
{
    (void)state;
    struct mt_data_options options = { .from = "-106751d" }, to = { .to = "-106751d" };
    struct mt_window window;
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_window_decide(&window, &options, -AT(5000000000), &diag), 0);
    assert_true(window.from_ns < -AT(9000000000) && window.to_ns == INT64_MAX);
    assert_int_equal(mt_window_decide(&window, &to, -AT(5000000000), &diag), 0);
    assert_true(window.to_ns < -AT(9000000000) && window.from_ns == INT64_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_are_read),
        cmocka_unit_test(one_bound_leaves_the_other_open),
        cmocka_unit_test(what_is_no_time_or_holds_nothing_is_refused),
        cmocka_unit_test(mixed_bounds_are_compared_when_the_data_are_known),
        cmocka_unit_test(a_distance_beyond_all_times_is_the_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
