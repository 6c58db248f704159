#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "app/host_log.h"
#include "base/log.h"

static const char *said(const struct mt_diag *diag) { return diag->text; }

/* The command line goes before the environment, that before the configuration. */
static void which_level_counts(void **state)
{
    (void)state;
    struct mt_config config = { .path = "c.lua", .log_level = "ERROR" };
    struct mt_common common = { .state = "/nonexistent" };
    struct mt_diag diag = { 0 };
    unsetenv("LOG_LEVEL");
    assert_int_equal(mt_host_log_begin(&common, &diag), 0);
    assert_true(mt_log_takes(MT_LOG_WARNING));
    assert_false(mt_log_takes(MT_LOG_INFO));
    assert_int_equal(mt_host_log_session(&common, &config, &diag), 0);
    assert_true(mt_log_takes(MT_LOG_ERROR));
    assert_false(mt_log_takes(MT_LOG_WARNING));
    setenv("LOG_LEVEL", "iNfO", 1);
    assert_int_equal(mt_host_log_begin(&common, &diag), 0);
    assert_int_equal(mt_host_log_session(&common, &config, &diag), 0);
    assert_true(mt_log_takes(MT_LOG_INFO));
    assert_false(mt_log_takes(MT_LOG_DEBUG));
    common.log_level = "debug";
    assert_int_equal(mt_host_log_begin(&common, &diag), 0);
    assert_int_equal(mt_host_log_session(&common, &config, &diag), 0);
    assert_true(mt_log_takes(MT_LOG_DEBUG));
    common.log_level = "OFF";
    assert_int_equal(mt_host_log_session(&common, &config, &diag), 0);
    assert_false(mt_log_takes(MT_LOG_ERROR));
    common.log_level = NULL;
    setenv("LOG_LEVEL", "", 1);                         /* set but empty is not said */
    assert_int_equal(mt_host_log_begin(&common, &diag), 0);
    assert_int_equal(mt_host_log_session(&common, &config, &diag), 0);
    assert_false(mt_log_takes(MT_LOG_WARNING));
    config.log_level[0] = '\0';                         /* nobody said one: the file has more than the terminal */
    assert_int_equal(mt_host_log_session(&common, &config, &diag), 0);
    assert_true(mt_log_takes(MT_LOG_INFO));
    assert_false(mt_log_takes(MT_LOG_DEBUG));
    mt_host_log_ended("run", 0, &diag);
    assert_false(mt_log_takes(MT_LOG_INFO));            /* no file any more */
    unsetenv("LOG_LEVEL");
}

static void a_wrong_level_is_refused_where_it_stands(void **state)
{
    (void)state;
    struct mt_config config = { .path = "c.lua" };
    struct mt_common common = { .state = "/nonexistent", .log_level = "loud" };
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_host_log_begin(&common, &diag), MT_EUSAGE);
    assert_string_equal(said(&diag), "--log-level: 'loud' is none of DEBUG INFO WARNING ERROR OFF");
    diag = (struct mt_diag){ 0 };
    common.log_level = NULL;
    setenv("LOG_LEVEL", "3", 1);
    assert_int_equal(mt_host_log_begin(&common, &diag), MT_EUSAGE);
    assert_string_equal(said(&diag), "LOG_LEVEL: '3' is none of DEBUG INFO WARNING ERROR OFF");
    diag = (struct mt_diag){ 0 };
    assert_int_equal(mt_host_log_session(&common, &config, &diag), MT_EREFUSED);
    assert_string_equal(said(&diag), ".env: LOG_LEVEL: '3' is none of DEBUG INFO WARNING ERROR OFF");
    unsetenv("LOG_LEVEL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_level_counts),
        cmocka_unit_test(a_wrong_level_is_refused_where_it_stands),
    };
    return cmocka_run_group_tests_name("host_log", tests, NULL, NULL);
}
