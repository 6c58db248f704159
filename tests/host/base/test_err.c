#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/err.h"

static void every_code_has_its_name(void **state)
{
    (void)state;
    static const struct { int code; const char *name; } cells[] = {
        { MT_OK, "OK" }, { MT_ESYNTAX, "ESYNTAX" }, { MT_ERANGE, "ERANGE" }, { MT_EINEXACT, "EINEXACT" },
        { MT_ENOMEM, "ENOMEM" }, { MT_EIO, "EIO" }, { MT_ENOTFOUND, "ENOTFOUND" }, { MT_EEXIST, "EEXIST" },
        { MT_EDUP, "EDUP" }, { MT_EOVERFILL, "EOVERFILL" }, { MT_ECORRUPT, "ECORRUPT" }, { MT_EREFUSED, "EREFUSED" },
        { MT_ESCRIPT, "ESCRIPT" }, { MT_EEND, "EEND" }, { MT_EDIFF, "EDIFF" }, { MT_EBUSY, "EBUSY" },
        { MT_EFULL, "EFULL" }, { MT_EUSAGE, "EUSAGE" }, { MT_EUSAGE - 1, "?" }, { 1, "?" }, { INT_MIN, "?" },
        { INT_MAX, "?" },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++)
        assert_string_equal(mt_err_name(cells[at].code), cells[at].name);
}

static void the_first_failure_is_kept(void **state)
{
    (void)state;
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_fail(&diag, MT_EIO, "%s: line %d: %s", "quotes.csv", 7, "gone"), MT_EIO);
    assert_int_equal(mt_fail(&diag, MT_ERANGE, "later"), MT_ERANGE);
    assert_int_equal(diag.code, MT_EIO);
    assert_string_equal(diag.text, "quotes.csv: line 7: gone");
    assert_int_equal(mt_fail(NULL, MT_EBUSY, "%d", 1), MT_EBUSY);
}

static void foreign_text_cannot_forge_lines(void **state)
{
    (void)state;
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_fail(&diag, MT_ESYNTAX, "a\nb\rc\x1b[31md\x7f" "e\tf\x01 \xc2\x9b" "31m \xc3\x9b \xe2\x82\xac"),
                     MT_ESYNTAX);
    assert_string_equal(diag.text, "a?b?c?[31md?e?f? ??31m \xc3\x9b \xe2\x82\xac");
}

/* The text is cut at a whole character, wherever the limit falls. */
static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    static const char *const characters[] = { "x", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
    for (size_t kind = 0; kind < 4; kind++) {
        size_t size = strlen(characters[kind]);
        for (int lead = 0; lead < 4; lead++) {
            char text[3000] = "";
            struct mt_diag diag = { 0 };
            memset(text, 'y', (size_t)lead);
            for (size_t at = (size_t)lead; at + size < 2900; at += size)
                memcpy(text + at, characters[kind], size);
            assert_int_equal(mt_fail(&diag, MT_EIO, "%s", text), MT_EIO);
            size_t room = sizeof diag.text - 1;
            assert_int_equal(strlen(diag.text), (room - (size_t)lead) / size * size + (size_t)lead);
            assert_memory_equal(diag.text, text, strlen(diag.text));
        }
    }
    /* Nothing but continuation bytes: no character to find, nothing is cut, nothing is read before the text. */
    char junk[2000];
    struct mt_diag diag = { 0 };
    memset(junk, 0x80, sizeof junk - 1);
    junk[sizeof junk - 1] = '\0';
    assert_int_equal(mt_fail(&diag, MT_EIO, "%s", junk), MT_EIO);
    assert_true(strlen(diag.text) >= sizeof diag.text - 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_name),
        cmocka_unit_test(the_first_failure_is_kept),
        cmocka_unit_test(foreign_text_cannot_forge_lines),
        cmocka_unit_test(long_text_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
