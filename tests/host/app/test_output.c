/* Outputs and run folders: quoting, a full disk, going on after a crash, names of runs. */
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "app_kit.h"

#include "report/output.h"

static void rows_are_written_and_quoted(void **state)
{
    struct kit kit;
    struct mt_output out;
    struct mt_diag diag = { 0 };
    char path[400];
    (void)state;
    kit_init(&kit);
    assert_int_equal(mt_output_open(&out, kit.dir, "a.csv", "h1,h2", &diag), 0);
    mt_output_text(&out, "plain");
    mt_output_text(&out, "a,b");
    mt_output_text(&out, "say \"x\"");
    mt_output_text(&out, "line\nbreak");
    mt_output_int(&out, -7);
    mt_output_dec(&out, 12340, 4);
    mt_output_money(&out, 150000000);
    mt_output_double(&out, 0.1);
    mt_output_double(&out, (double)NAN);
    mt_output_time(&out, 0);
    mt_output_end(&out);
    mt_output_int(&out, INT64_MIN);
    mt_output_end(&out);
    assert_int_equal(mt_output_close(&out, &diag), 0);
    assert_int_equal(mt_output_close(&out, &diag), 0);
    snprintf(path, sizeof path, "%s/a.csv", kit.dir);
    char *text = kit_read(path);
    assert_string_equal(text, "h1,h2\nplain,\"a,b\",\"say \"\"x\"\"\",line\\nbreak,-7,1.234,1.50000000,0.1,,"
                        "1970-01-01T00:00:00Z\n-9223372036854775808\n");
    free(text);
    kit_fini(&kit);
}

/* A row is a line, whatever stands in it, and nothing in it is run by a terminal or a spreadsheet. Numbers stay numbers. */
static void no_cell_is_a_command(void **state)
{
    static const struct { const char *text, *cell; } cases[] = {
        { "=1+1", "'=1+1" }, { "+1", "'+1" }, { "-1", "'-1" }, { "@x", "'@x" }, { "a=b", "a=b" }, { "", "" },
        { "\tx", "'\\tx" }, { "\rx", "'\\rx" }, { "\nx", "'\\nx" }, { "'x", "''x" }, { "x'", "x'" },
        { "a\x1b[31mb", "a\\u001b[31mb" }, { "a\r\nb", "a\\r\\nb" }, { "a\\b", "a\\\\b" }, { "=a,\"b\"", "\"'=a,\"\"b\"\"\"" },
        { "\xc3\xa4", "\xc3\xa4" }, { "\xc2\x9b", "\\u009b" }, { "\xe2\x80\xa8", "\\u2028" }, { "\x7f", "\\u007f" },
    };
    struct kit kit;
    struct mt_output out;
    struct mt_diag diag = { 0 };
    char path[400], want[1000] = "h\n";
    (void)state;
    kit_init(&kit);
    assert_int_equal(mt_output_open(&out, kit.dir, "a.csv", "h", &diag), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mt_output_text(&out, cases[i].text);
        mt_output_end(&out);
        snprintf(want + strlen(want), sizeof want - strlen(want), "%s\n", cases[i].cell);
    }
    mt_output_dec(&out, -15, 1);
    mt_output_double(&out, -0.5);
    mt_output_end(&out);
    strcat(want, "-1.5,-0.5\n");
    assert_int_equal(mt_output_close(&out, &diag), 0);
    snprintf(path, sizeof path, "%s/a.csv", kit.dir);
    char *text = kit_read(path);
    assert_string_equal(text, want);
    free(text);
    kit_fini(&kit);
}

/* Texts and headers many times as long as the buffer arrive whole; in a file for its user alone. */
static void many_rows_arrive(void **state)
{
    enum { BIG = 200000, ROWS = 300 };
    struct kit kit;
    struct mt_output out;
    struct mt_diag diag = { 0 };
    struct stat st;
    char path[400], *big = malloc(BIG + 1);
    (void)state;
    kit_init(&kit);
    memset(big, '"', BIG);
    big[BIG] = '\0';
    assert_int_equal(mt_output_open(&out, kit.dir, "a.csv", big, &diag), 0);
    for (int i = 0; i < ROWS; i++) {
        mt_output_int(&out, i);
        mt_output_text(&out, i % 7 == 0 ? big + i : "x");
        mt_output_end(&out);
    }
    assert_int_equal(mt_output_close(&out, &diag), 0);
    snprintf(path, sizeof path, "%s/a.csv", kit.dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    char *text = kit_read(path), *at = text + BIG + 1;
    assert_int_equal(at[-1], '\n');
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(strtol(at, &at, 10), i);
        assert_int_equal(*at++, ',');
        assert_int_equal(strcspn(at, "\n"), i % 7 == 0 ? 2 * (BIG - i) + 2 : 1);
        at = strchr(at, '\n') + 1;
    }
    assert_int_equal(*at, '\0');
    free(text);
    free(big);
    kit_fini(&kit);
}

/* What fits of a file that may not grow is whole rows. */
static void a_file_that_breaks_off_ends_in_a_row(void **state)
{
    struct kit kit;
    struct mt_output out;
    struct mt_diag diag = { 0 };
    struct rlimit before, small;
    char path[400];
    (void)state;
    kit_init(&kit);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 100003;
    assert_int_equal(mt_output_open(&out, kit.dir, "a.csv", "h", &diag), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (int i = 0; i < 40000; i++) {
        mt_output_int(&out, 1234567);
        mt_output_end(&out);
    }
    assert_int_equal(mt_output_close(&out, &diag), MT_EFULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    snprintf(path, sizeof path, "%s/a.csv", kit.dir);
    char *text = kit_read(path);
    size_t length = strlen(text);
    assert_in_range(length, 2 + 8, 100003);
    assert_int_equal((length - 2) % 8, 0);
    free(text);
    kit_fini(&kit);
}

static void full_disk_is_told_once_and_stays(void **state)
{
    struct kit kit;
    struct mt_output out;
    struct mt_diag diag = { 0 };
    char path[400];
    (void)state;
    kit_init(&kit);
    snprintf(path, sizeof path, "%s/full", kit.dir);
    assert_int_equal(symlink("/dev/full", path), 0);
    assert_int_equal(mt_output_open(&out, kit.dir, "full", "h", &diag), 0);
    assert_int_equal(mt_output_check(&out, &diag), 0);
    for (int i = 0; i < 100000; i++) {
        mt_output_int(&out, i);
        mt_output_end(&out);
    }
    assert_int_equal(mt_output_check(&out, &diag), MT_EFULL);
    assert_non_null(strstr(diag.text, "full: cannot be written"));
    assert_int_equal(mt_output_close(&out, &diag), MT_EFULL);
    assert_int_equal(mt_output_open(&out, "/nowhere", "a", "h", &diag), MT_EIO);
    mt_output_int(&out, 1);                     /* an output that is off ignores everything */
    mt_output_end(&out);
    mt_output_flush(&out);
    assert_int_equal(mt_output_close(&out, &diag), 0);
    kit_fini(&kit);
}

static void reopened_keeps_what_is_whole_and_in_time(void **state)
{
    static const struct { const char *before; int64_t until_s; const char *after; } cases[] = {
        { "", 100, "t,v\n9,1\n" },
        { "t,v", 100, "t,v\n9,1\n" },
        { "t,v\n", 100, "t,v\n9,1\n" },
        { "t,v\n1970-01-01T00:00:05Z,1\n", 100, "t,v\n1970-01-01T00:00:05Z,1\n9,1\n" },
        { "t,v\n1970-01-01T00:00:05Z,1\n1970-01-01T00:00:06Z,", 100, "t,v\n1970-01-01T00:00:05Z,1\n9,1\n" },
        { "t,v\n1970-01-01T00:00:05Z,1\n1970-01-01T00:00:06Z,2\n", 5, "t,v\n1970-01-01T00:00:05Z,1\n9,1\n" },
        { "t,v\n1970-01-01T00:00:05Z,1\nrubbish\n1970-01-01T00:00:06Z,2\n", 100, "t,v\n1970-01-01T00:00:05Z,1\n9,1\n" },
    };
    struct kit kit;
    (void)state;
    kit_init(&kit);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_output out;
        struct mt_diag diag = { 0 };
        char path[400];
        kit_write(&kit, "a.csv", cases[i].before);
        assert_int_equal(mt_output_reopen(&out, kit.dir, "a.csv", "t,v", cases[i].until_s * MT_NS_PER_S, &diag), 0);
        mt_output_int(&out, 9);
        mt_output_int(&out, 1);
        mt_output_end(&out);
        assert_int_equal(mt_output_close(&out, &diag), 0);
        snprintf(path, sizeof path, "%s/a.csv", kit.dir);
        char *text = kit_read(path);
        assert_string_equal(text, cases[i].after);
        free(text);
    }
    kit_fini(&kit);
}

/* --- run folders ---------------------------------------------------------------------------------------------------------------- */

static void make_run(const struct kit *kit, const char *id, bool journal)
{
    char path[1000];
    snprintf(path, sizeof path, "mkdir -p '%s/runs/%s/journal' && %s '%s/runs/%s/journal/0000000000000001.mtj'", kit->dir, id,
             journal ? "touch" : "true", kit->dir, id);
    assert_int_equal(system(path), 0);
}

static const char *newest(const struct kit *kit, const char *name, int with_journal)
{
    static char out[MT_PATH_MAX];
    struct mt_diag diag = { 0 };
    int rc = mt_runs_newest(kit->dir, name, with_journal ? MT_RUNS_JOURNAL : MT_RUNS_ANY, out, &diag);
    assert_true(rc == 0 || rc == MT_ENOTFOUND);
    return rc == 0 ? strrchr(out, '/') + 1 : "";
}

static void newest_run_by_time_then_number(void **state)
{
    struct kit kit;
    (void)state;
    kit_init(&kit);
    assert_string_equal(newest(&kit, NULL, 0), "");
    make_run(&kit, "20240101-000000-a", true);
    make_run(&kit, "20240101-000000-a-2", true);
    make_run(&kit, "20240101-000000-a-10", true);
    make_run(&kit, "20240102-000000-b", true);
    make_run(&kit, "20240103-000000-a", false);
    make_run(&kit, "20240104-00000-a", true);       /* no such ID */
    make_run(&kit, "zzz", true);
    make_run(&kit, "20240101-000000-ab", true);
    assert_string_equal(newest(&kit, "a", 1), "20240101-000000-a-10");
    assert_string_equal(newest(&kit, "a", 0), "20240103-000000-a");
    assert_string_equal(newest(&kit, "ab", 1), "20240101-000000-ab");
    assert_string_equal(newest(&kit, "b", 1), "20240102-000000-b");
    assert_string_equal(newest(&kit, NULL, 1), "20240102-000000-b");
    assert_string_equal(newest(&kit, "c", 0), "");
    make_run(&kit, "20240109-000000-z", true);
    /* File systems stamp with the kernel's tick: within one, two folders have the same age. */
    nanosleep(&(struct timespec){ .tv_nsec = 30000000 }, NULL);
    make_run(&kit, "20240109-000000-c", true);      /* the same second: the one that was made later */
    assert_string_equal(newest(&kit, NULL, 1), "20240109-000000-c");
    kit_fini(&kit);
}

static void runs_of_one_second_get_numbers(void **state)
{
    struct kit kit;
    char out[MT_PATH_MAX], found[MT_PATH_MAX];
    struct mt_diag diag = { 0 };
    struct stat st;
    (void)state;
    kit_init(&kit);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(mt_runs_make(kit.dir, "x", out, &diag), 0);
        assert_string_equal(newest(&kit, "x", 0), strrchr(out, '/') + 1);
        assert_int_equal(stat(out, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
    }
    assert_int_equal(mt_runs_find(kit.dir, strrchr(out, '/') + 1, found, &diag), 0);
    assert_string_equal(found, out);
    assert_int_equal(mt_runs_find(kit.dir, out, found, &diag), 0);
    assert_int_equal(mt_runs_find(kit.dir, "nothing", found, &diag), MT_ENOTFOUND);
    kit_write(&kit, "file", "");
    snprintf(found, sizeof found, "%s/file", kit.dir);
    memset(&diag, 0, sizeof diag);
    assert_int_equal(mt_runs_make(found, "x", out, &diag), MT_EIO);
    kit_fini(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_written_and_quoted),
        cmocka_unit_test(no_cell_is_a_command),
        cmocka_unit_test(many_rows_arrive),
        cmocka_unit_test(a_file_that_breaks_off_ends_in_a_row),
        cmocka_unit_test(full_disk_is_told_once_and_stays),
        cmocka_unit_test(reopened_keeps_what_is_whole_and_in_time),
        cmocka_unit_test(newest_run_by_time_then_number),
        cmocka_unit_test(runs_of_one_second_get_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
