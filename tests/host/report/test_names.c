/* Numbers of records into names; numbers that the run does not have are told, never followed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "report/names.h"

static void what_there_is_has_its_name(void **state)
{
    const struct mt_account_setup accounts[] = { { .name = "desk/01" }, { .name = "desk/02" } };
    const struct mt_instrument instruments[] = { { .symbol = "EURUSD", .price_scale = 5 }, { .symbol = "BTCUSDT" } };
    const struct mt_names names = { .accounts = accounts, .account_count = 2, .instruments = instruments,
                                    .instrument_count = 2 };
    (void)state;
    assert_string_equal(mt_names_account(&names, 0), "desk/01");
    assert_string_equal(mt_names_account(&names, 1), "desk/02");
    assert_string_equal(mt_names_account(&names, 2), "?");
    assert_string_equal(mt_names_account(&names, UINT16_MAX), "?");
    assert_ptr_equal(mt_names_instrument(&names, 0), &instruments[0]);
    assert_string_equal(mt_names_instrument(&names, 1)->symbol, "BTCUSDT");
    assert_string_equal(mt_names_instrument(&names, 2)->symbol, "?");
    assert_int_equal(mt_names_instrument(&names, UINT16_MAX)->price_scale, 0);
}

static void before_the_first_record_nothing_has_one(void **state)
{
    const struct mt_names none = { 0 };
    (void)state;
    assert_string_equal(mt_names_account(&none, 0), "?");
    assert_string_equal(mt_names_instrument(&none, 0)->symbol, "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_there_is_has_its_name),
        cmocka_unit_test(before_the_first_record_nothing_has_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
