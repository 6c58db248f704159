#include <math.h>
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
#include "host/base/assert_dies.h"

static struct mt_buf buf;

static int begin(void **state)
{
    (void)state;
    mt_buf_init(&buf, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    mt_buf_fini(&buf);
    return 0;
}

static void values_of_every_kind(void **state)
{
    (void)state;
    mt_json_open(&buf, NULL, '{');
    mt_json_text(&buf, "text", "a\"b");
    mt_json_text(&buf, "none", NULL);
    mt_json_text_n(&buf, "part", "abcdef", 3);
    mt_json_int(&buf, "min", INT64_MIN);
    mt_json_uint(&buf, "max", UINT64_MAX);
    mt_json_bool(&buf, "yes", true);
    mt_json_bool(&buf, "no", false);
    mt_json_null(&buf, "null");
    mt_json_double(&buf, "double", 0.1);
    mt_json_double(&buf, "nan", (double)NAN);
    mt_json_double(&buf, "inf", -(double)INFINITY);
    mt_json_dec(&buf, "price", -5, 2);
    mt_json_money(&buf, "cash", 123);
    mt_json_time(&buf, "time", INT64_C(1398902400292000000));
    mt_json_hex64(&buf, "hash", UINT64_C(0x0123456789abcdef));
    mt_json_open(&buf, "list", '[');
    mt_json_int(&buf, NULL, 1);
    mt_json_open(&buf, NULL, '{');
    mt_json_close(&buf, '}');
    mt_json_open(&buf, NULL, '[');
    mt_json_close(&buf, ']');
    mt_json_raw(&buf, NULL, "{\"r\":0}");
    mt_json_close(&buf, ']');
    mt_json_raw(&buf, "raw", "[1]");
    mt_json_close(&buf, '}');
    assert_string_equal(mt_buf_text(&buf),
        "{\"text\":\"a\\\"b\",\"none\":null,\"part\":\"abc\",\"min\":-9223372036854775808,\"max\":18446744073709551615,"
        "\"yes\":true,\"no\":false,\"null\":null,\"double\":0.1,\"nan\":null,\"inf\":null,\"price\":\"-0.05\","
        "\"cash\":\"0.00000123\",\"time\":\"2014-05-01T00:00:00.292Z\",\"hash\":\"0123456789abcdef\","
        "\"list\":[1,{},[],{\"r\":0}],\"raw\":[1]}");
}

static void lines_and_fragments_have_no_stray_comma(void **state)
{
    (void)state;
    for (int line = 0; line < 2; line++) {
        mt_json_open(&buf, NULL, '{');
        mt_json_int(&buf, "n", line);
        mt_json_close(&buf, '}');
        mt_buf_puts(&buf, "\n");
    }
    assert_string_equal(mt_buf_text(&buf), "{\"n\":0}\n{\"n\":1}\n");
    mt_buf_clear(&buf);
    mt_json_int(&buf, "a", 1);
    mt_json_text(&buf, "b", "");
    assert_string_equal(mt_buf_text(&buf), "\"a\":1,\"b\":\"\"");
    mt_buf_clear(&buf);
    mt_json_int(&buf, "c", 1);
    assert_string_equal(mt_buf_text(&buf), "\"c\":1");
}

static void escapes_of_every_single_byte(void **state)
{
    (void)state;
    for (int byte = 0; byte < 128; byte++) {
        char text = (char)byte, want[16];
        static const char *const named[128] = { ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n",
            ['\f'] = "\\f", ['\r'] = "\\r",
                                                ['"'] = "\\\"", ['\\'] = "\\\\" };
        if (named[byte])
            snprintf(want, sizeof want, "\"%s\"", named[byte]);
        else if (byte < 32 || byte == 127)
            snprintf(want, sizeof want, "\"\\u%04x\"", byte);
        else
            snprintf(want, sizeof want, "\"%c\"", byte);
        mt_buf_clear(&buf);
        mt_json_text_n(&buf, NULL, &text, 1);
        assert_string_equal(mt_buf_text(&buf), want);
    }
    mt_buf_clear(&buf);
    mt_json_int(&buf, "k\"\n", 1);
    assert_string_equal(mt_buf_text(&buf), "\"k\\\"\\n\":1");
}

/* All code points, and all sequences of four bytes from a set that holds every border of the UTF-8 table. The model
 * decodes by value: shortest form, no surrogate, at most 10FFFF. */
static size_t model_length(const unsigned char *text, size_t length)
{
    size_t need = text[0] < 0x80 ? 1 : (text[0] & 0xe0) == 0xc0 ? 2 : (text[0] & 0xf0) == 0xe0 ? 3
                : (text[0] & 0xf8) == 0xf0 ? 4 : 0;
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    if (need == 0 || need > length)
        return 0;
    uint32_t code = need == 1 ? text[0] : text[0] & (0x7fu >> need);
    for (size_t at = 1; at < need; at++) {
        if ((text[at] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (text[at] & 0x3f);
    }
    return code < least[need] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? 0 : need;
}

static void check_utf8(const unsigned char *text, size_t length)
{
    char want[256];
    size_t size = 0;
    for (size_t at = 0; at < length;) {
        size_t step = model_length(text + at, length - at);
        if (step == 0) {
            memcpy(want + size, "\xef\xbf\xbd", 3);
            size += 3;
            step = 1;
        } else if (step == 2 && text[at] == 0xc2 && text[at + 1] < 0xa0) {
            size += (size_t)sprintf(want + size, "\\u%04x", text[at + 1]);
        } else if (step == 3 && text[at] == 0xe2
                   && ((text[at + 1] == 0x80 && text[at + 2] >= 0xa8 && text[at + 2] <= 0xae)
                       || (text[at + 1] == 0x81 && text[at + 2] >= 0xa6 && text[at + 2] <= 0xa9))) {
            size += (size_t)sprintf(want + size, "\\u20%02x", (text[at + 1] & 1) << 6 | (text[at + 2] & 0x3f));
        } else if (step == 1 && text[at] == 0x7f) {
            size += (size_t)sprintf(want + size, "\\u007f");
        } else {
            memcpy(want + size, text + at, step);
            size += step;
        }
        at += step;
    }
    unsigned char *copy = malloc(length);
    memcpy(copy, text, length);
    mt_buf_clear(&buf);
    mt_json_escape(&buf, (const char *)copy, length);
    free(copy);
    assert_int_equal(buf.length, size);
    assert_memory_equal(buf.data, want, size);
}

static void utf8_at_every_border(void **state)
{
    (void)state;
    static const unsigned char set[] = {
        0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
        0xef, 0xf0, 0xf1,
        0xf3, 0xf4, 0xf5, 0xff,
    };
    enum { SET = sizeof set };
    for (unsigned at = 0; at < SET * SET * SET * SET; at++) {
        unsigned char text[4] = { set[at % SET], set[at / SET % SET], set[at / SET / SET % SET],
            set[at / SET / SET / SET] };
        check_utf8(text, 1 + at % 4);
        check_utf8(text, 4);
    }
}

static void utf8_of_every_code_point(void **state)
{
    (void)state;
    for (uint32_t code = 0x80; code <= 0x10ffff; code += code < 0x3000 ? 1 : 97) {
        unsigned char text[4];
        size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
        for (size_t at = 0; at < length; at++)
            text[at] = (unsigned char)(0x80 | ((code >> (6 * (length - 1 - at))) & 0x3f));
        text[0] = (unsigned char)(leads[length] | (code >> (6 * (length - 1))));
        check_utf8(text, length);
    }
}

/* For people: only what a terminal obeys is escaped, and what is asked for. */
static void text_for_a_terminal(void **state)
{
    static const struct { const char *text, *also, *want; } cases[] = {
        { "plain \"text\" C:\\x \xc3\xa4", "", "plain \"text\" C:\\x \xc3\xa4" },
        { "a\x1b[2Jb\r\nc\td", "", "a\\u001b[2Jb\\r\\nc\\td" },
        { "\\n", "\\", "\\\\n" },
        { "\xe2\x80\xae" "abc", "", "\\u202eabc" },
        { "\xc2\x9b" "31m", "", "\\u009b31m" },
        { "\xff", "", "\xef\xbf\xbd" },
        { "", "\\", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mt_buf_clear(&buf);
        mt_text_escape(&buf, cases[i].text, strlen(cases[i].text), cases[i].also);
        assert_string_equal(mt_buf_text(&buf), cases[i].want);
    }
}

static void text_with_zero_bytes_and_runs(void **state)
{
    (void)state;
    mt_json_text_n(&buf, NULL, "ab\0cd\nef", 8);
    assert_string_equal(mt_buf_text(&buf), "\"ab\\u0000cd\\nef\"");
    mt_buf_clear(&buf);
    mt_json_text_n(&buf, NULL, "", 0);
    assert_string_equal(mt_buf_text(&buf), "\"\"");
}

static void a_wrong_bracket_asserts(void **state)
{
    (void)state;
    assert_dies((mt_json_open(&buf, NULL, '}'), 0));
    assert_dies((mt_json_open(&buf, NULL, '('), 0));
    assert_dies((mt_json_close(&buf, '{'), 0));
    assert_dies((mt_json_close(&buf, ','), 0));
}

static void a_full_buffer_stays_failed(void **state)
{
    (void)state;
    struct mt_buf small;
    mt_buf_init(&small, 12);
    mt_json_open(&small, NULL, '{');
    mt_json_text(&small, "key", "a long value");
    mt_json_close(&small, '}');
    assert_true(small.failed);
    assert_string_equal(mt_buf_text(&small), "");
    mt_buf_fini(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_of_every_kind, begin, end),
        cmocka_unit_test_setup_teardown(lines_and_fragments_have_no_stray_comma, begin, end),
        cmocka_unit_test_setup_teardown(escapes_of_every_single_byte, begin, end),
        cmocka_unit_test_setup_teardown(utf8_at_every_border, begin, end),
        cmocka_unit_test_setup_teardown(utf8_of_every_code_point, begin, end),
        cmocka_unit_test_setup_teardown(text_for_a_terminal, begin, end),
        cmocka_unit_test_setup_teardown(text_with_zero_bytes_and_runs, begin, end),
        cmocka_unit_test_setup_teardown(a_wrong_bracket_asserts, begin, end),
        cmocka_unit_test_setup_teardown(a_full_buffer_stays_failed, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
