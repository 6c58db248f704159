#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/buf.h"
#include "base/hash.h"

static void text_grows_and_is_terminated(void **state)
{
    (void)state;
    struct mt_buf buf;
    mt_buf_init(&buf, 1 << 20);
    assert_string_equal(mt_buf_text(&buf), "");
    char want[5001] = "";
    for (int at = 0; at < 5000; at++) {
        want[at] = (char)('a' + at % 26);
        mt_buf_put(&buf, want + at, 1);
    }
    assert_int_equal(buf.length, 5000);
    assert_string_equal(mt_buf_text(&buf), want);
    mt_buf_clear(&buf);
    assert_string_equal(mt_buf_text(&buf), "");
    assert_true(buf.capacity >= 5000);
    mt_buf_fini(&buf);
    assert_null(buf.data);
    mt_buf_puts(&buf, "again");
    assert_string_equal(mt_buf_text(&buf), "again");
    mt_buf_fini(&buf);
}

static void the_maximum_is_exact(void **state)
{
    (void)state;
    for (size_t maximum = 0; maximum < 600; maximum += 7) {
        struct mt_buf buf;
        mt_buf_init(&buf, maximum);
        for (size_t at = 0; at < maximum; at++)
            mt_buf_put(&buf, "x", 1);
        assert_false(buf.failed);
        assert_int_equal(buf.length, maximum);
        assert_int_equal(strlen(mt_buf_text(&buf)), maximum);
        mt_buf_put(&buf, "", 0);
        assert_false(buf.failed);
        mt_buf_put(&buf, "y", 1);
        assert_true(buf.failed);
        assert_int_equal(buf.length, maximum);
        assert_string_equal(mt_buf_text(&buf), "");
        /* A failed buffer takes nothing, even if it would fit. */
        buf.length = 0;
        mt_buf_puts(&buf, "z");
        mt_buf_printf(&buf, "%d", 1);
        assert_int_equal(buf.length, 0);
        mt_buf_clear(&buf);
        assert_false(buf.failed);
        mt_buf_fini(&buf);
    }
}

static void a_put_beyond_the_maximum_writes_nothing(void **state)
{
    (void)state;
    struct mt_buf buf;
    mt_buf_init(&buf, 10);
    mt_buf_puts(&buf, "12345678");
    mt_buf_puts(&buf, "abc");
    assert_true(buf.failed);
    assert_int_equal(buf.length, 8);
    mt_buf_clear(&buf);
    mt_buf_printf(&buf, "%s", "12345678901");
    assert_true(buf.failed);
    mt_buf_clear(&buf);
    mt_buf_printf(&buf, "%s", "1234567890");
    assert_string_equal(mt_buf_text(&buf), "1234567890");
    mt_buf_printf(&buf, "%s", "");
    assert_true(buf.length == 10);
    mt_buf_fini(&buf);
    mt_buf_init(&buf, SIZE_MAX);
    static const char one[] = "1";
    mt_buf_puts(&buf, one);
    buf.failed = false;
    assert_int_equal(mt_buf_reserve(&buf, SIZE_MAX), MT_ENOMEM);
    assert_string_equal(mt_buf_text(&buf), "1");
    mt_buf_fini(&buf);
}

static void reserve_allocates_once(void **state)
{
    (void)state;
    struct mt_buf buf;
    mt_buf_init(&buf, 4096);
    assert_int_equal(mt_buf_reserve(&buf, 4097), MT_ENOMEM);
    assert_false(buf.failed);
    assert_int_equal(mt_buf_reserve(&buf, 4096), 0);
    const char *data = buf.data;
    for (int at = 0; at < 4096; at++)
        mt_buf_put(&buf, "x", 1);
    assert_false(buf.failed);
    assert_ptr_equal(buf.data, data);
    assert_int_equal(strlen(mt_buf_text(&buf)), 4096);
    assert_int_equal(mt_buf_reserve(&buf, 5), 0);
    assert_ptr_equal(buf.data, data);
    mt_buf_fini(&buf);
}

/* printf of every length around the growth boundaries, against snprintf. */
static void printf_of_every_length(void **state)
{
    (void)state;
    static char want[2000], filler[2000];
    memset(filler, 'f', sizeof filler);
    for (int before = 0; before < 520; before += 13) {
        for (int size = 0; size < 600; size++) {
            struct mt_buf buf;
            mt_buf_init(&buf, 1500);
            mt_buf_put(&buf, filler, (size_t)before);
            mt_buf_printf(&buf, "%*d", size, 7);
            int length = snprintf(want, sizeof want, "%.*s%*d", before, filler, size, 7);
            assert_false(buf.failed);
            assert_int_equal(buf.length, length);
            assert_string_equal(mt_buf_text(&buf), want);
            mt_buf_fini(&buf);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows_and_is_terminated),
        cmocka_unit_test(the_maximum_is_exact),
        cmocka_unit_test(a_put_beyond_the_maximum_writes_nothing),
        cmocka_unit_test(reserve_allocates_once),
        cmocka_unit_test(printf_of_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
