/* Cells of CSV files: what mt_output_text writes is one line, harmless, and can be taken back, whatever stands in it. The
 * reader here is what a program that reads the files has to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/output.h"

enum { FIELDS_MAX = 32 };

/* Cut the line into its fields, in place. */
static int split(char *line, char *fields[FIELDS_MAX])
{
    int count = 0;
    for (char *at = line;; at++) {
        char *to = at;
        if (count == FIELDS_MAX)
            return count;
        fields[count++] = at;
        bool quoted = *at == '"';
        at += quoted;
        while (*at != '\0' && (quoted || *at != ',')) {
            if (quoted && *at == '"' && *++at != '"') {
                quoted = false;
                continue;
            }
            *to++ = *at++;
        }
        bool last = *at == '\0';
        *to = '\0';
        if (last)
            return count;
    }
}

static unsigned hex_of(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

/* The character of "\\uXXXX", as UTF-8. */
static char *put_code(char *to, const char *digits)
{
    unsigned code = 0;
    for (int i = 0; i < 4; i++)
        code = code * 16 + hex_of(digits[i]);
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    *to++ = code < 0x800 ? (char)(0xc0 | code >> 6) : (char)(0xe0 | code >> 12);
    if (code >= 0x800)
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
    *to++ = (char)(0x80 | (code & 0x3f));
    return to;
}

/* The text that mt_output_text was given, in place. */
static char *unescape(char *cell)
{
    static const char names[] = "btnfr\\", values[] = "\b\t\n\f\r\\";
    cell += cell[0] == '\'';
    char *to = strchr(cell, '\\');
    if (!to)
        return cell;
    for (const char *at = to; *at;) {
        const char *name = at[0] == '\\' && at[1] ? strchr(names, at[1]) : NULL;
        if (name) {
            *to++ = values[name - names];
            at += 2;
        } else if (at[0] == '\\' && at[1] == 'u' && strspn(at + 2, "0123456789abcdefABCDEF") >= 4) {
            to = put_code(to, at + 2);
            at += 6;
        } else {
            *to++ = *at++;
        }
    }
    *to = '\0';
    return cell;
}

static void what_was_written_comes_back(void **state)
{
    static const char *const tags[] = { "", "plain", "a,b", "\"", "\"\"", "say \"no\", then", ",", ",,\"x", "end\"",
                                        "=1+1", "-1", "'quoted'", "''", "\t=", "a\nb\r\nc", "\x1b[31m", "a\\nb", "\\",
                                        "\\u0041", "\x7f\xc2\x9b\xe2\x80\xa8\xe2\x80\xae",
                                        "\xc3\xa4,\xe2\x82\xac" };
    struct mt_output out;
    struct mt_diag diag = { 0 };
    char dir[] = "/tmp/mthost-csv-XXXXXX", path[64], line[1024], *fields[FIELDS_MAX];
    size_t count = sizeof tags / sizeof *tags;
    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(mt_output_open(&out, dir, "orders.csv", "tag,other,price,id", &diag), 0);
    for (size_t i = 0; i < count; i++) {
        mt_output_text(&out, tags[i]);
        mt_output_text(&out, tags[count - 1 - i]);
        mt_output_dec(&out, 1250, 2);
        mt_output_int(&out, (int64_t)i);
        mt_output_end(&out);
    }
    assert_int_equal(mt_output_close(&out, &diag), 0);
    snprintf(path, sizeof path, "%s/orders.csv", dir);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, "tag,other,price,id\n");
    for (size_t i = 0; i < count; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        line[strcspn(line, "\n")] = '\0';
        assert_null(strpbrk(line, "\t\r\x1b\x7f"));
        assert_int_equal(split(line, fields), 4);
        assert_null(strchr("=+-@", fields[0][0] ? fields[0][0] : 'x'));
        assert_string_equal(unescape(fields[0]), tags[i]);
        assert_string_equal(unescape(fields[1]), tags[count - 1 - i]);
        assert_string_equal(fields[2], "12.5");
        assert_int_equal(atoi(fields[3]), i);
    }
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
    unlink(path);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_was_written_comes_back) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
