/* Reasons are counted exactly up to the last place, and what has none is counted under a name that says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/skips.h"

static uint64_t count_of(const struct mt_skips *skips, uint16_t symbol, const char *reason)
{
    for (size_t i = 0; i < skips->count; i++)
        if (skips->list[i].symbol == symbol && strcmp(skips->list[i].reason, reason) == 0)
            return skips->list[i].count;
    return 0;
}

static void reasons_are_told_apart_by_symbol_and_bytes(void **state)
{
    struct mt_skips skips;
    (void)state;
    assert_int_equal(mt_skips_init(&skips), 0);
    for (int round = 0; round < 3; round++) {
        assert_false(mt_skips_count(&skips, 0, "wide", 4));
        assert_false(mt_skips_count(&skips, 1, "wide", 4));
        assert_false(mt_skips_count(&skips, UINT16_MAX, "wider", 5));
        assert_false(mt_skips_count(&skips, 0, "wider", 4));        /* four bytes of it */
        assert_false(mt_skips_count(&skips, 0, "", 0));
    }
    assert_int_equal(skips.count, 4);
    assert_int_equal(count_of(&skips, 0, "wide"), 6);
    assert_int_equal(count_of(&skips, 1, "wide"), 3);
    assert_int_equal(count_of(&skips, UINT16_MAX, "wider"), 3);
    assert_int_equal(count_of(&skips, 0, ""), 3);
    mt_skips_fini(&skips);
}

static void nothing_is_lost_when_the_table_is_full(void **state)
{
    struct mt_skips skips;
    char reason[MT_SKIP_TEXT_MAX];
    uint64_t sum = 0;
    int told = 0;
    (void)state;
    assert_int_equal(mt_skips_init(&skips), 0);
    for (int i = 0; i < 3 * MT_SKIPS_MAX; i++) {
        int length = snprintf(reason, sizeof reason, "spread of %d", i % (2 * MT_SKIPS_MAX));
        told += mt_skips_count(&skips, (uint16_t)(i % 7), reason, (size_t)length);
    }
    assert_int_equal(told, 1);
    assert_int_equal(skips.count, MT_SKIPS_MAX);
    for (size_t i = 0; i < skips.count; i++)
        sum += skips.list[i].count;
    assert_int_equal(sum, 3 * MT_SKIPS_MAX);
    assert_string_equal(skips.list[MT_SKIPS_MAX - 1].reason, "(too many different reasons)");
    assert_true(skips.list[MT_SKIPS_MAX - 1].count >= MT_SKIPS_MAX);
    mt_skips_fini(&skips);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_are_told_apart_by_symbol_and_bytes),
        cmocka_unit_test(nothing_is_lost_when_the_table_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
