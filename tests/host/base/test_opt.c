#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/opt.h"
#include "host/base/assert_dies.h"

static struct {
    bool json, strict;
    const char *out;
    int64_t port, free, age_ns, any_ns;
    struct mt_opt_list symbols, instruments, data;
} v;

static const struct mt_opt table[] = {
    { "json", MT_OPT_FLAG, &v.json, NULL, "result as JSON", 0, 0, false },
    { "strict", MT_OPT_FLAG, &v.strict, NULL, "a bad row ends the run", 0, 0, false },
    { "out", MT_OPT_TEXT, &v.out, "FILE", "where to write", 0, 0, false },
    { "port", MT_OPT_INT, &v.port, "N", "port", 1, 65535, false },
    { "free", MT_OPT_INT, &v.free, "N", "any number", 0, 0, false },
    { "age", MT_OPT_DURATION, &v.age_ns, "TIME", "oldest quote", INT64_C(1000000000), INT64_C(3600000000000), false },
    { "any-time", MT_OPT_DURATION, &v.any_ns, "TIME", "any time", 0, 0, false },
    { "symbols", MT_OPT_LIST, &v.symbols, "A,B", "symbols", 0, 0, true },
    { "instrument", MT_OPT_LIST, &v.instruments, "TEXT", "an instrument", 0, 0, false },
    { "data", MT_OPT_FILES, &v.data, "FILE\xe2\x80\xa6", "data files", 0, 0, false },
    { NULL, MT_OPT_FLAG, NULL, NULL, NULL, 0, 0, false },
};

static struct mt_opt_list words;
static struct mt_diag diag;
enum { ARGS_MAX = 300 };

static int run(const char *line)
{
    static char copy[8192];
    char *argv[ARGS_MAX] = { copy };
    int argc = 1;
    memset(&v, 0, sizeof v);
    words.count = 0;
    diag = (struct mt_diag){ 0 };
    strcpy(copy, line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    return mt_opt_parse(table, argc, argv, &words, &diag);
}

static void check_list(const struct mt_opt_list *list, const char *want)
{
    char got[4096] = "";
    for (size_t at = 0; at < list->count; at++) {
        strcat(got, at ? "|" : "");
        strcat(got, list->items[at]);
    }
    assert_string_equal(got, want);
}

static void options_and_words_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(run("backtest --json a.lua --out x.json --port=80 --age 1m30s b.lua --free=-5 --any-time=7ns"), 0);
    assert_true(v.json);
    assert_false(v.strict);
    assert_string_equal(v.out, "x.json");
    assert_int_equal(v.port, 80);
    assert_true(v.free == -5);
    assert_true(v.age_ns == 90 * MT_NS_PER_S);
    assert_true(v.any_ns == 7);
    check_list(&words, "backtest|a.lua|b.lua");
    assert_int_equal(diag.code, 0);
    assert_int_equal(run(""), 0);
    assert_int_equal(words.count, 0);
}

static void what_counts_as_a_word(void **state)
{
    (void)state;
    assert_int_equal(run("- -5 -.5 -- --json -x --unknown --"), 0);
    check_list(&words, "-|-5|-.5|--json|-x|--unknown|--");
    assert_false(v.json);
}

static void values_that_look_strange(void **state)
{
    (void)state;
    assert_int_equal(run("--out=a=b --free -9223372036854775808"), 0);
    assert_string_equal(v.out, "a=b");
    assert_true(v.free == INT64_MIN);
    assert_int_equal(run("--out= x"), 0);
    assert_string_equal(v.out, "");
    assert_int_equal(run("--out=--json"), 0);
    assert_string_equal(v.out, "--json");
    assert_int_equal(run("--out -"), 0);
    assert_string_equal(v.out, "-");
    assert_int_equal(run("--out a --out b"), 0);
    assert_string_equal(v.out, "b");
}

static void lists_are_collected_and_split(void **state)
{
    (void)state;
    assert_int_equal(run("--symbols EURUSD,GBPUSD --symbols=USDJPY --instrument tick=1,step=2 --instrument x"), 0);
    check_list(&v.symbols, "EURUSD|GBPUSD|USDJPY");
    check_list(&v.instruments, "tick=1,step=2|x");
    assert_int_equal(run("--data a.csv b.csv - --json c --data d"), 0);
    check_list(&v.data, "a.csv|b.csv|-|d");
    check_list(&words, "c");
    assert_true(v.json);
    assert_int_equal(run("--data=a b -- c"), 0);
    check_list(&v.data, "a|b");
    check_list(&words, "c");
}

static void errors_name_the_option(void **state)
{
    (void)state;
    static const struct { const char *line, *says; } cells[] = {
        { "--jsn", "--jsn: unknown option, the nearest is --json" },
        { "--symbol EURUSD", "--symbol: unknown option, the nearest is --symbols" },
        { "--instruments x", "the nearest is --instrument" },
        { "--dat=x", "--dat: unknown option, the nearest is --data" },
        { "--=x", "--: unknown option" },
        { "--jsonx", "the nearest is --json" },
        { "--Out x", "the nearest is --out" },
        { "-x", "-x: unknown option" },
        { "-json", "-json: unknown option" },
        { "-Z", "-Z: unknown option" },
        { "--json=yes", "--json: takes no value" },
        { "--json=", "--json: takes no value" },
        { "--out", "--out: a value is needed" },
        { "--out --json", "--out: a value is needed" },
        { "--out --", "--out: a value is needed" },
        { "--port x", "--port: x: not a whole number" },
        { "--port 1.5", "--port: 1.5: not a whole number" },
        { "--port=", "--port: : not a whole number" },
        { "--port 0", "--port: 0: must be 1 to 65535" },
        { "--port 65536", "--port: 65536: must be 1 to 65535" },
        { "--port 99999999999999999999", "must be 1 to 65535" },
        { "--free 9223372036854775808", "--free: 9223372036854775808: not in range" },
        { "--age 999ms", "--age: 999ms: must be 1s to 1h" },
        { "--age 61m", "--age: 61m: must be 1s to 1h" },
        { "--age 5", "--age: 5: not a duration" },
        { "--any-time 0s", "--any-time: 0s: not in range" },
        { "--symbols a,,b", "--symbols: a,,b: an empty piece" },
        { "--symbols ,a", "an empty piece" },
        { "--symbols a,", "an empty piece" },
        { "--symbols=", "an empty piece" },
        { "--data", "--data: at least one value" },
        { "--data --json", "--data: at least one value" },
    };
    for (size_t at = 0; at < sizeof cells / sizeof cells[0]; at++) {
        if (run(cells[at].line) != MT_EUSAGE || !strstr(diag.text, cells[at].says))
            fail_msg("'%s': %s", cells[at].line, diag.text);
        assert_int_equal(diag.code, MT_EUSAGE);
        assert_int_equal(v.port, 0);
    }
    /* A very long unknown name is neither copied nor compared beyond its limit. */
    char longest[700] = "--";
    memset(longest + 2, 'j', sizeof longest - 3);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(run(longest), MT_EUSAGE);
}

static void bounds_are_inclusive(void **state)
{
    (void)state;
    assert_int_equal(run("--port 1"), 0);
    assert_int_equal(run("--port 65535"), 0);
    assert_int_equal(run("--age 1s"), 0);
    assert_int_equal(run("--age 60m"), 0);
}

static void an_empty_table_knows_no_option(void **state)
{
    (void)state;
    static const struct mt_opt none[] = { { .name = NULL } };
    char program[] = "mthost", option[] = "--x", *argv[] = { program, option };
    words.count = 0;
    diag = (struct mt_diag){ 0 };
    assert_int_equal(mt_opt_parse(none, 2, argv, &words, &diag), MT_EUSAGE);
    assert_string_equal(diag.text, "--x: unknown option");
    assert_int_equal(mt_opt_parse(none, 1, argv, &words, &diag), 0);
    assert_int_equal(mt_opt_parse(none, 0, argv, &words, &diag), 0);
}

static void lists_are_full_at_256(void **state)
{
    (void)state;
    char line[8000] = "";
    for (int at = 0; at < 256; at++)
        strcat(line, "w ");
    assert_int_equal(run(line), 0);
    assert_int_equal(words.count, 256);
    strcat(line, "w");
    assert_int_equal(run(line), MT_EUSAGE);
    assert_non_null(strstr(diag.text, "256"));
    strcpy(line, "--symbols a");
    for (int at = 1; at < 256; at++)
        strcat(line, ",a");
    assert_int_equal(run(line), 0);
    assert_int_equal(v.symbols.count, 256);
    strcat(line, ",a");
    assert_int_equal(run(line), MT_EUSAGE);
    strcpy(line, "--data");
    for (int at = 0; at < 257; at++)
        strcat(line, " f");
    assert_int_equal(run(line), MT_EUSAGE);
    assert_int_equal(v.data.count, 256);
    strcpy(line, "--");
    for (int at = 0; at < 257; at++)
        strcat(line, " f");
    assert_int_equal(run(line), MT_EUSAGE);
}

static void help_is_aligned(void **state)
{
    (void)state;
    char text[2000];
    mt_opt_help(table, text, sizeof text);
    assert_string_equal(text,
        "  --json             result as JSON\n"
        "  --strict           a bad row ends the run\n"
        "  --out FILE         where to write\n"
        "  --port N           port (1 to 65535)\n"
        "  --free N           any number\n"
        "  --age TIME         oldest quote (1s to 1h)\n"
        "  --any-time TIME    any time\n"
        "  --symbols A,B      symbols\n"
        "  --instrument TEXT  an instrument\n"
        "  --data FILE\xe2\x80\xa6       data files\n");
    size_t length = strlen(text);
    char *exact = malloc(length + 1);
    mt_opt_help(table, exact, length + 1);
    assert_string_equal(exact, text);
    assert_dies((mt_opt_help(table, exact, length), 0));
    assert_dies((mt_opt_help(table, exact, 0), 0));
    free(exact);
    /* One very long option does not push all the others to the right. */
    static const struct mt_opt wide[] = {
        { "a", MT_OPT_FLAG, &v.json, NULL, "one", 0, 0, false },
        { "an-option-with-a-very-long-name", MT_OPT_TEXT, &v.out, "VALUE", "two", 0, 0, false },
        { "t", MT_OPT_DURATION, &v.any_ns, "T", "three", 90, INT64_C(172800000000000), false },
        { .name = NULL },
    };
    mt_opt_help(wide, text, sizeof text);
    assert_string_equal(text,
        "  --a    one\n  --an-option-with-a-very-long-name VALUE  two\n  --t T  three (90ns to 2d)\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_words_in_any_order),
        cmocka_unit_test(what_counts_as_a_word),
        cmocka_unit_test(values_that_look_strange),
        cmocka_unit_test(lists_are_collected_and_split),
        cmocka_unit_test(errors_name_the_option),
        cmocka_unit_test(bounds_are_inclusive),
        cmocka_unit_test(an_empty_table_knows_no_option),
        cmocka_unit_test(lists_are_full_at_256),
        cmocka_unit_test(help_is_aligned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
