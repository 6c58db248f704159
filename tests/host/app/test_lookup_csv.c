/* The CSV files of a run folder, read again as tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/lookup_csv.h"
#include "report/output.h"

static char dir[64];
static const char *const columns[] = { "id", "tag", "price" };

static int make_dir(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/mthost-csv-XXXXXX");
    return mkdtemp(dir) == NULL;
}

static int drop_dir(void **state)
{
    char path[96];
    (void)state;
    snprintf(path, sizeof path, "%s/orders.csv", dir);
    unlink(path);
    return rmdir(dir);
}

static void put(const char *text)
{
    char path[96];
    snprintf(path, sizeof path, "%s/orders.csv", dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int read_all(struct mt_table *table, struct mt_diag *diag)
{
    mt_table_init(table, columns, 3, 0);
    return mt_lookup_csv_read(dir, "orders", table, diag);
}

/* What mt_output_text writes is what comes back, whatever stands in it. */
static void what_was_written_comes_back(void **state)
{
    static const char *const tags[] = { "", "plain", "a,b", "\"", "\"\"", "say \"no\", then", ",", ",,\"x", "end\"",
                                        "=1+1", "-1", "'quoted'", "''", "\t=", "a\nb\r\nc", "\x1b[31m", "a\\nb", "\\", "\\u0041",
                                        "\x7f\xc2\x9b\xe2\x80\xa8\xe2\x80\xae", "\xc3\xa4,\xe2\x82\xac" };
    struct mt_output out;
    struct mt_table table;
    struct mt_diag diag = { 0 };
    size_t count = sizeof tags / sizeof *tags;
    (void)state;
    assert_int_equal(mt_output_open(&out, dir, "orders.csv", "tag,other,price,id", &diag), 0);
    for (size_t i = 0; i < count; i++) {
        mt_output_text(&out, tags[i]);
        mt_output_text(&out, tags[count - 1 - i]);
        mt_output_dec(&out, 1250, 2);
        mt_output_int(&out, (int64_t)i);
        mt_output_end(&out);
    }
    assert_int_equal(mt_output_close(&out, &diag), 0);
    assert_true(mt_lookup_csv_there(dir, "orders"));
    assert_int_equal(read_all(&table, &diag), 0);
    assert_int_equal(mt_table_rows(&table), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(atoi(table.cells[3 * i]), i);
        assert_string_equal(table.cells[3 * i + 1], tags[i]);
        assert_string_equal(table.cells[3 * i + 2], "12.5");
    }
    mt_table_fini(&table);
}

static void what_does_not_fit_is_named_with_its_line(void **state)
{
    static const struct { const char *text, *says; } wrong[] = {
        { "id,tag\n1,x\n", "line 1" },
        { "id,price,tagged\n", "line 1" },
        { "id,tag,price\n1,x,2\n2,y\n", "line 3" },
        { "id,tag,price\n1,\"x,2\n", "line 2" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct mt_table table;
        struct mt_diag diag = { 0 };
        put(wrong[i].text);
        assert_int_equal(read_all(&table, &diag), MT_EREFUSED);
        if (!strstr(diag.text, wrong[i].says))
            fail_msg("%s", diag.text);
        mt_table_fini(&table);
    }
}

static void a_file_that_is_not_there_is_named(void **state)
{
    struct mt_table table;
    struct mt_diag diag = { 0 };
    (void)state;
    mt_table_init(&table, columns, 3, 0);
    assert_false(mt_lookup_csv_there(dir, "fills"));
    assert_int_equal(mt_lookup_csv_read(dir, "fills", &table, &diag), MT_EIO);
    assert_non_null(strstr(diag.text, "fills.csv"));
    mt_table_fini(&table);
}

/* By number and not by letter, the last row of each; lines inside quotes belong to their row. */
static void by_id_the_last_row_of_each(void **state)
{
    static const char *const want[] = { "2", "two\nlines", "1", "9", "last", "1", "10", "", "1" };
    struct mt_table table;
    struct mt_diag diag = { 0 };
    (void)state;
    put("id,tag,price\n10,,1\n9,first,1\n2,\"two\nlines\",1\n9,last,1\n");
    assert_int_equal(read_all(&table, &diag), 0);
    assert_int_equal(mt_table_rows(&table), 4);
    assert_int_equal(mt_lookup_csv_by_id(&table, 0), 0);
    assert_int_equal(mt_table_rows(&table), 3);
    for (size_t i = 0; i < 9; i++)
        assert_string_equal(table.cells[i], want[i]);
    mt_table_fini(&table);
    put("id,tag,price\n");
    assert_int_equal(read_all(&table, &diag), 0);
    assert_int_equal(mt_lookup_csv_by_id(&table, 0), 0);
    assert_int_equal(mt_table_rows(&table), 0);
    mt_table_fini(&table);
    put("id,tag,price\n1,\"open\n2,x,3\n");                    /* a quote that never ends */
    assert_int_equal(read_all(&table, &diag), MT_EREFUSED);
    mt_table_fini(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_id_the_last_row_of_each),
        cmocka_unit_test(what_was_written_comes_back),
        cmocka_unit_test(what_does_not_fit_is_named_with_its_line),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
