#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/risk_private.h"

static void every_limit_is_found_by_its_name_and_described(void **state)
{
    (void)state;
    for (unsigned id = 0; id < MT_LIMITS; id++) {
        const struct mt_limit_info *info = mt_limit_info(id);
        assert_non_null(info);
        assert_non_null(info->name);
        assert_true(strlen(info->help) > 5);
        assert_int_equal(mt_limit_find(info->name), id);
        assert_true(info->scopes != 0 && info->scopes < 1 << MT_SCOPES);
        assert_true(info->type <= MT_LIMIT_RATIO);
        assert_int_equal(info->type == MT_LIMIT_BOOL, info->max == 1);
    }
    assert_null(mt_limit_info(MT_LIMITS));
    assert_int_equal(mt_limit_find("max_nett"), MT_ENOTFOUND);
    assert_int_equal(mt_limit_find(""), MT_ENOTFOUND);
}

/* The numbers are in journals. */
static void the_numbers_of_limits_do_not_move(void **state)
{
    (void)state;
    assert_int_equal(mt_limit_find("stale_ms"), 0);
    assert_int_equal(mt_limit_find("max_order_qty"), 6);
    assert_int_equal(mt_limit_find("max_net"), 18);
    assert_int_equal(mt_limit_find("max_drawdown"), 24);
    assert_int_equal(mt_limit_find("deny_storm"), 31);
    assert_int_equal(mt_limit_find("rollover_at_s"), 33);
}

static void the_scopes_are_those_of_the_design(void **state)
{
    (void)state;
    enum { G = 1, A = 2, Y = 4, P = 8, S = 16 };
    static const struct { const char *name; uint32_t scopes; } cells[] = {
        { "stale_ms", G | A | Y }, { "max_order_qty", G | A | Y | P | S },
        { "max_order_notional", G | A | Y | P | S }, { "dup_ms", A | S }, { "repeat_n", S },
        { "rate_per_s", G | A | S }, { "daily_messages", A | S }, { "order_to_trade", A | S },
        { "max_open", G | A | Y | P | S }, { "max_unknown", G | A | Y | P | S },
        { "max_net", G | A | Y | P | S }, { "max_gross", G | A | Y | P | S },
        { "max_exposure", G | A | Y | P }, { "max_leverage", A }, { "max_daily_loss", G | A | S },
        { "max_drawdown", G | A | S }, { "loss_streak", S }, { "cooldown_s", S },
        { "hours_from_s", A | Y }, { "hours_to_s", A | Y }, { "rollover_s", A | Y },
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        assert_int_equal(mt_limit_info((unsigned)mt_limit_find(cells[i].name))->scopes,
                         cells[i].scopes);
}

static void a_value_is_checked_at_both_ends_and_for_its_scope(void **state)
{
    (void)state;
    struct mt_diag diag = {0};
    for (unsigned id = 0; id < MT_LIMITS; id++) {
        const struct mt_limit_info *info = mt_limit_info(id);
        for (unsigned kind = 0; kind < MT_SCOPES; kind++) {
            int expected = info->scopes & 1u << kind ? 0 : MT_ERANGE;
            assert_int_equal(mt_limit_check(id, kind, 0, NULL), expected);
            assert_int_equal(mt_limit_check(id, kind, info->max, NULL), expected);
            assert_int_equal(mt_limit_check(id, kind, -1, NULL), MT_ERANGE);
            if (info->max < INT64_MAX)
                assert_int_equal(mt_limit_check(id, kind, info->max + 1, NULL), MT_ERANGE);
        }
    }
    assert_int_equal(mt_limit_check(MT_LIMITS, MT_SCOPE_GLOBAL, 0, &diag), MT_ERANGE);
    assert_non_null(strstr(diag.text, "34"));
    diag = (struct mt_diag){0};
    assert_int_equal(mt_limit_check(MT_LIMIT_REPEAT_N, MT_SCOPE_GLOBAL, 0, &diag), MT_ERANGE);
    assert_non_null(strstr(diag.text, "repeat_n"));
    assert_non_null(strstr(diag.text, "global"));
    diag = (struct mt_diag){0};
    assert_int_equal(mt_limit_check(MT_LIMIT_REPEAT_N, MT_SCOPE_STRATEGY, 1024, &diag), MT_ERANGE);
    assert_non_null(strstr(diag.text, "1024"));
    assert_non_null(strstr(diag.text, "1023"));
}

static void scopes_and_states_have_names(void **state)
{
    (void)state;
    static const char *const scopes[] = { "global", "account", "symbol", "group", "strategy", "?" };
    static const char *const states[] = { "active", "reduce_only", "halted", "killed", "?" };
    for (unsigned i = 0; i < 6; i++)
        assert_string_equal(mt_scope_name(i), scopes[i]);
    for (unsigned i = 0; i < 5; i++)
        assert_string_equal(mt_trading_state_name(i), states[i]);
    assert_string_equal(mt_scope_name(UINT32_MAX), "?");
    assert_string_equal(mt_trading_state_name(UINT32_MAX), "?");
}

static char *manual_read(void)
{
    FILE *file = fopen(MT_SOURCE_DIR "/docs/limits.md", "rb");
    assert_non_null(file);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 1000);
    fclose(file);
    return text;
}

static void the_manual_names_every_limit_and_every_code(void **state)
{
    (void)state;
    static const char *const codes[] = {
#define CODE_NAME(name, number, text) #name,
        MT_CODES(CODE_NAME)
#undef CODE_NAME
    };
    char *manual = manual_read(), row[96];
    for (unsigned id = 0; id < MT_LIMITS; id++) {
        snprintf(row, sizeof row, "\n| `%s` | ", mt_limit_info(id)->name);
        if (strstr(manual, row) == NULL)
            fail_msg("docs/limits.md has no row for the limit %s", mt_limit_info(id)->name);
    }
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        snprintf(row, sizeof row, "| `%s` | ", codes[i]);
        if (strstr(manual, row) == NULL)
            fail_msg("docs/limits.md has no row for the code %s", codes[i]);
    }
    free(manual);
}

/* Every `name` that stands first in a row of the manual's limit table is a limit. */
static void the_manual_names_no_limit_that_does_not_exist(void **state)
{
    (void)state;
    char *manual = manual_read(), name[64];
    char *at = strstr(manual, "## Limits"), *end = strstr(manual, "## Worst case");
    assert_non_null(at);
    assert_non_null(end);
    int rows = 0;
    while ((at = strstr(at, "\n| `")) != NULL && at < end) {
        at += 4;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, "`"), at);
        if (mt_limit_find(name) < 0)
            fail_msg("docs/limits.md describes %s, which is no limit", name);
        rows++;
    }
    assert_int_equal(rows, MT_LIMITS);
    free(manual);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_limit_is_found_by_its_name_and_described),
        cmocka_unit_test(the_numbers_of_limits_do_not_move),
        cmocka_unit_test(the_scopes_are_those_of_the_design),
        cmocka_unit_test(a_value_is_checked_at_both_ends_and_for_its_scope),
        cmocka_unit_test(scopes_and_states_have_names),
        cmocka_unit_test(the_manual_names_every_limit_and_every_code),
        cmocka_unit_test(the_manual_names_no_limit_that_does_not_exist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
