/* Codes: names and numbers that journals, JSON and scripts hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ctype.h>
#include <string.h>
#include <cmocka.h>
#include "model/view.h"
#include "model/code.h"

static const struct { const char *name; int32_t number; const char *text; } codes[] = {
#define ROW(name, number, text) { #name, number, text },
    MT_CODES(ROW)
#undef ROW
};
enum { COUNT = sizeof codes / sizeof *codes };

static void every_code_has_its_name_and_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        assert_string_equal(mt_code_name(codes[i].number), codes[i].name);
        assert_string_equal(mt_code_text(codes[i].number), codes[i].text);
        assert_true((codes[i].text[0] != '\0') == (codes[i].number != 0));
        for (const char *at = codes[i].name; *at; at++)
            assert_true(isupper((unsigned char)*at) || *at == '_');
        size_t length = strlen(codes[i].text);
        assert_true(length == 0 || (codes[i].text[length - 1] != '.' && !isupper((unsigned char)codes[i].text[0])));
    }
}

/* A number that two codes share, or a name, would tell another reason than the one that was journaled. */
static void no_number_and_no_name_stands_twice(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < i; j++) {
            assert_int_not_equal(codes[i].number, codes[j].number);
            assert_string_not_equal(codes[i].name, codes[j].name);
        }
}

static void unknown_numbers_are_said_to_be_unknown(void **state)
{
    (void)state;
    static const int32_t none[] = { -1, 1, 99, 699, 1000000, INT32_MIN, INT32_MAX };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_string_equal(mt_code_name(none[i]), "?");
        assert_string_equal(mt_code_text(none[i]), "");
    }
    assert_string_equal(mt_verdict_name(0), mt_verdict_name(-1));
    assert_string_equal(mt_verdict_name(MT_SENT), "sent");
    assert_string_equal(mt_verdict_name(MT_EXPIRED), "expired");
    assert_string_equal(mt_verdict_name(MT_PARTIAL), "partial");
    assert_string_equal(mt_verdict_name(MT_PARTIAL + 1), mt_verdict_name(-1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_name_and_sentence),
        cmocka_unit_test(no_number_and_no_name_stands_twice),
        cmocka_unit_test(unknown_numbers_are_said_to_be_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
