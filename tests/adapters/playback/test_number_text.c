#include "adapters/playback/number_text.h"
#include "adapters/playback/files.h"

static struct mt_field field_of(const char *text)
{
    return (struct mt_field){ text, strlen(text) };
}

static int decide(struct mt_number_rule *rule, const char *const *texts, char separator, const char *said,
                  struct mt_diag *diag)
{
    struct mt_numbers_written seen = { 0 };
    for (int i = 0; i < 4 && texts[i]; i++) {
        struct mt_field field = field_of(texts[i]);
        mt_number_see(&seen, &field, (uint64_t)i + 2);
    }
    return mt_number_decide(rule, &seen, separator, said, "n.csv", diag);
}

/* What numbers make of a file, and what one of them then is; NULL: it is no number. */
static void test_meanings(void **state)
{
    static const struct { const char *seen[4]; char separator; const char *said; char decimal; const char *text, *plain; } cases[] = {
        { { "1.5" }, ',', NULL, '.', "1.5", "1.5" }, { { "1" }, ',', NULL, '.', "1", "1" },
        { { "1.5" }, ',', NULL, '.', "1,234.5", "1234.5" }, { { "1.5" }, ',', NULL, '.', "1,234", "1234" },
        { { "1.5" }, ',', NULL, '.', "1,23", NULL }, { { "1.5" }, ',', NULL, '.', "1234,567", NULL },
        { { "1.5" }, ',', NULL, '.', "1,2345", NULL }, { { "1.5" }, ',', NULL, '.', ",123", NULL },
        { { "1.5" }, ',', NULL, '.', "1,234,56.5", NULL }, { { "1.5" }, ',', NULL, '.', "12 345 678.5", "12345678.5" },
        { { "1.5" }, ',', NULL, '.', "12'345.5", "12345.5" }, { { "1.5" }, ',', NULL, '.', "-1,234.5", "-1234.5" },
        { { "1,5" }, ';', NULL, ',', "1.234,5", "1234.5" }, { { "1,5" }, ';', NULL, ',', "1.234", "1234" },
        { { "1,5" }, ';', NULL, ',', "1.23", NULL }, { { "1,5" }, ';', NULL, ',', "1,5e-3", "1.5e-3" },
        { { "149,512", "149,513" }, ';', NULL, ',', "149,514", "149.514" },
        { { "149,512", "1.5" }, ';', NULL, '.', "149,514", "149514" },
        { { "1,234,567", "149,512" }, '\t', NULL, '.', "149,514", "149514" },
        { { "1.234.567", "149.512" }, ';', NULL, ',', "149.514", "149514" },
        { { "0,512" }, ',', NULL, ',', "149,514", "149.514" },      /* no thousand begins with a zero */
        { { "149,512" }, ',', "comma", ',', "149,514", "149.514" }, { { "149,512" }, ',', "dot", '.', "149,514", "149514" },
        { { "149.512" }, ',', NULL, '.', "149.514", "149.514" },
        { { "149.512" }, ',', NULL, '.', "149,514", NULL },         /* nothing has said what a comma is */
        { { "04.03.2024", "09:00", "abc" }, ';', NULL, '.', "1.5", "1.5" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mt_number_rule rule;
        struct mt_diag diag = { 0 };
        char buf[MT_NUMBER_TEXT];
        struct mt_field field = field_of(cases[i].text), plain;
        if (decide(&rule, cases[i].seen, cases[i].separator, cases[i].said, &diag) != 0)
            fail_msg("case %zu: %s", i, diag.text);
        assert_int_equal(rule.decimal, cases[i].decimal);
        mt_number_plain(&rule, &field, buf, &plain);
        const char *expected = cases[i].plain ? cases[i].plain : cases[i].text;
        if (plain.length != strlen(expected) || memcmp(plain.text, expected, plain.length) != 0)
            fail_msg("case %zu: %s became %.*s", i, cases[i].text, (int)plain.length, plain.text);
    }
}

static void test_refused(void **state)
{
    static const struct { const char *seen[4]; char separator; const char *says; } cases[] = {
        { { "46,101", "46,102" }, ',', "n.csv:2: 46,101 may be 46101 or 46.101" },
        { { "46,101", "46,102" }, '\t', "--decimal comma" },
        { { "1", "46,101", "46.102" }, ';', "n.csv:3: 46,101" },
        { { "1.5", "1,5" }, ';', "1.5 in line 2, 1,5 in line 3" },
    };
    struct mt_number_rule rule;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mt_diag diag = { 0 };
        assert_int_equal(decide(&rule, cases[i].seen, cases[i].separator, NULL, &diag), MT_EREFUSED);
        assert_text_has(diag.text, cases[i].says);
    }
    assert_int_equal(mt_number_check("point", NULL), MT_ESYNTAX);
}

static void test_fixed_prices(void **state)
{
    static const struct { const char *text, *plain; } cases[] = {
        { "101100000000", "101100000000e-9" }, { "-5", "-5e-9" }, { "101.1", "101.1" }, { "9223372036854775807", "" },
        { "", "" }, { "x", "x" },
    };
    const struct mt_number_rule rule = { .decimal = '.', .fixed = 9 };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char buf[MT_NUMBER_TEXT];
        struct mt_field field = field_of(cases[i].text), plain;
        mt_number_price(&rule, &field, buf, &plain);
        assert_int_equal(plain.length, strlen(cases[i].plain));
        assert_memory_equal(plain.text, cases[i].plain, plain.length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meanings), cmocka_unit_test(test_refused), cmocka_unit_test(test_fixed_prices),
    };
    return cmocka_run_group_tests(tests, files_begin, files_end);
}
