#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "app/speed.h"

static void both_ends_of_what_is_accepted(void **state)
{
    (void)state;
    static const struct { const char *text; double speed; } good[] = {
        { "max", 0 }, { "1", 1 }, { "0.001", 0.001 }, { "1000000", 1e6 }, { "60", 60 }, { "0.5", 0.5 },
    };
    static const char *const bad[] = { "", "0", "-1", "0.0009", "1000001", "1e7", "nan", "inf", "-inf", "fast", "MAX", "maximum", "1x", " 1", "1 " };
    struct mt_diag diag = { 0 };
    double speed;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        speed = -1;
        assert_int_equal(mt_speed_parse(good[i].text, &speed, &diag), 0);
        assert_true(speed == good[i].speed);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        diag = (struct mt_diag){ 0 };
        assert_int_equal(mt_speed_parse(bad[i], &speed, &diag), MT_EUSAGE);
        assert_non_null(strstr(diag.text, "--speed"));
        assert_non_null(strstr(diag.text, "0.001 to 1000000"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_of_what_is_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
