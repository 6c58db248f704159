#include "adapters/playback/columns.h"
#include "adapters/playback/files.h"

static int decide(struct mt_columns *out, const char *text, const char *names, enum mt_data_format format,
                  struct mt_diag *diag)
{
    struct mt_csv *csv;
    const char *path = file_put("columns.csv", text);
    assert_int_equal(mt_csv_open(&csv, path, diag), 0);
    const struct mt_data_options options = { .columns = names, .format = format };
    int err = mt_columns_decide(out, csv, path, NULL, &options, diag);
    mt_csv_close(csv);
    return err;
}

#define BARS6 "1609459200,10,12,9,11,5\n1609459260,11,11,11,11,0\n"
#define QUOTES3 "1609459200,1.38727,1.38729\n1609459201,1.38726,1.38725\n"

/* `at`: field of time, then of the roles of `roles` in their order. */
static void test_recognised(void **state)
{
    static const struct { const char *text, *names; enum mt_data_format format, expected; bool header;
                          enum mt_column roles[4]; int at[4]; } cases[] = {
        { "time,open,high,low,close,volume\n1,1,1,1,1,1\n", NULL, MT_DATA_AUTO, MT_DATA_BARS, true,
          { MT_COLUMN_TIME, MT_COLUMN_OPEN, MT_COLUMN_CLOSE, MT_COLUMN_VOLUME }, { 0, 1, 4, 5 } },
        { "Timestamp, Open ,\"HIGH\",low,close\n", NULL, MT_DATA_AUTO, MT_DATA_BARS, true,
          { MT_COLUMN_TIME, MT_COLUMN_OPEN, MT_COLUMN_HIGH, MT_COLUMN_VOLUME }, { 0, 1, 2, -1 } },
        { "symbol,open_time,l,h,c,o,close_time,foo\n", NULL, MT_DATA_AUTO, MT_DATA_BARS, true,
          { MT_COLUMN_SYMBOL, MT_COLUMN_TIME, MT_COLUMN_LOW, MT_COLUMN_OPEN }, { 0, 1, 2, 5 } },
        { "date,Bid,Ask,Bid Size,ask-size\n", NULL, MT_DATA_AUTO, MT_DATA_QUOTES, true,
          { MT_COLUMN_TIME, MT_COLUMN_BID, MT_COLUMN_BID_QTY, MT_COLUMN_ASK_QTY }, { 0, 1, 3, 4 } },
        { "id,price,amount,side,ts\n", NULL, MT_DATA_AUTO, MT_DATA_TRADES, true,
          { MT_COLUMN_ID, MT_COLUMN_QTY, MT_COLUMN_SIDE, MT_COLUMN_TIME }, { 0, 2, 3, 4 } },
        { "time,bid,ask,price,qty\n", NULL, MT_DATA_TRADES, MT_DATA_TRADES, true,
          { MT_COLUMN_BID, MT_COLUMN_ASK, MT_COLUMN_PRICE, MT_COLUMN_QTY }, { 1, 2, 3, 4 } },
        { BARS6, NULL, MT_DATA_AUTO, MT_DATA_BARS, false,
          { MT_COLUMN_TIME, MT_COLUMN_OPEN, MT_COLUMN_HIGH, MT_COLUMN_VOLUME }, { 0, 1, 2, 5 } },
        { QUOTES3, NULL, MT_DATA_AUTO, MT_DATA_QUOTES, false,
          { MT_COLUMN_TIME, MT_COLUMN_BID, MT_COLUMN_ASK, MT_COLUMN_PRICE }, { 0, 1, 2, -1 } },
        { "1,10,12,9,11\n", NULL, MT_DATA_BARS, MT_DATA_BARS, false,
          { MT_COLUMN_TIME, MT_COLUMN_OPEN, MT_COLUMN_CLOSE, MT_COLUMN_VOLUME }, { 0, 1, 4, -1 } },
        { "1,10,12,9,11\n", NULL, MT_DATA_QUOTES, MT_DATA_QUOTES, false,
          { MT_COLUMN_BID, MT_COLUMN_ASK, MT_COLUMN_BID_QTY, MT_COLUMN_ASK_QTY }, { 1, 2, 3, 4 } },
        { "1,10,12,buy,11\n", NULL, MT_DATA_TRADES, MT_DATA_TRADES, false,
          { MT_COLUMN_PRICE, MT_COLUMN_QTY, MT_COLUMN_SIDE, MT_COLUMN_ID }, { 1, 2, 3, 4 } },
        { "1,10,12\n", NULL, MT_DATA_TRADES, MT_DATA_TRADES, false,
          { MT_COLUMN_PRICE, MT_COLUMN_QTY, MT_COLUMN_SIDE, MT_COLUMN_ID }, { 1, 2, -1, -1 } },
        { "1,10,12,11,9,5\n", "time,open,close,high,low,volume", MT_DATA_AUTO, MT_DATA_BARS, false,
          { MT_COLUMN_OPEN, MT_COLUMN_CLOSE, MT_COLUMN_HIGH, MT_COLUMN_LOW }, { 1, 2, 3, 4 } },
        { "1,10,12,11,9,5\n", "-,-,price,-,time,qty", MT_DATA_AUTO, MT_DATA_TRADES, false,
          { MT_COLUMN_PRICE, MT_COLUMN_TIME, MT_COLUMN_QTY, MT_COLUMN_SKIP }, { 2, 4, 5, -1 } },
        { "timestamp,bid,ask\n", "time,ask,bid", MT_DATA_AUTO, MT_DATA_QUOTES, true,     /* what is said wins */
          { MT_COLUMN_TIME, MT_COLUMN_ASK, MT_COLUMN_BID, MT_COLUMN_SKIP }, { 0, 1, 2, -1 } },
        { "2013-01-01,bid,1\n", "time,ask,bid", MT_DATA_AUTO, MT_DATA_QUOTES, false,
          { MT_COLUMN_TIME, MT_COLUMN_ASK, MT_COLUMN_BID, MT_COLUMN_SKIP }, { 0, 1, 2, -1 } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mt_columns columns;
        struct mt_diag diag = { 0 };
        if (decide(&columns, cases[i].text, cases[i].names, cases[i].format, &diag) != 0)
            fail_msg("case %zu: %s", i, diag.text);
        assert_int_equal(columns.format, cases[i].expected);
        assert_int_equal(columns.first_line > 1, cases[i].header);
        assert_int_equal(columns.shape != NULL, !cases[i].header && !cases[i].names && cases[i].format == MT_DATA_AUTO);
        for (int k = 0; k < 4; k++)
            if (columns.at[cases[i].roles[k]] != cases[i].at[k])
                fail_msg("case %zu: %s is %d", i, mt_column_name(cases[i].roles[k]), columns.at[cases[i].roles[k]]);
    }
}

static void test_refused(void **state)
{
    static const struct { const char *text, *names; enum mt_data_format format; int err; const char *says; } cases[] = {
        { "", NULL, MT_DATA_AUTO, MT_ESYNTAX, "empty" },
        { "\n \n\r\n", NULL, MT_DATA_AUTO, MT_ESYNTAX, "empty" },
        { "hello\nworld\n", NULL, MT_DATA_AUTO, MT_ESYNTAX, "neither a header" },
        { "foo,bar\n1,2\n", NULL, MT_DATA_AUTO, MT_ESYNTAX, "neither a header" },
        { "time,open,high\n", NULL, MT_DATA_AUTO, MT_ESYNTAX, "bars need time, open, high, low, close" },
        { "time,open,high\n", NULL, MT_DATA_BARS, MT_ESYNTAX, "bars need" },
        { "time,bid\n", NULL, MT_DATA_QUOTES, MT_ESYNTAX, "quotes need" },
        { "time,price\n", NULL, MT_DATA_TRADES, MT_ESYNTAX, "trades need" },
        { "open,high,low,close\n", NULL, MT_DATA_AUTO, MT_ESYNTAX, "time" },
        { "time,date,price,qty\n", NULL, MT_DATA_AUTO, MT_ESYNTAX, "columns 1 and 2 both mean time" },
        { "time,bid,ask,price,qty\n", NULL, MT_DATA_AUTO, MT_EREFUSED, "--format" },
        { "1315922016,5.8,1.0\n1315922017,5.9,2\n", NULL, MT_DATA_AUTO, MT_EREFUSED, "--columns" },
        { "1546300800000,3832.6,3833.1,3834.7,3832.6,5.8\n", NULL, MT_DATA_AUTO, MT_EREFUSED, "open,close,high,low" },
        { "1546300800000,x,3833.1,3834.7,3832.6,5.8\n", NULL, MT_DATA_AUTO, MT_EREFUSED, "--columns" },
        { "1,2\n", NULL, MT_DATA_AUTO, MT_EREFUSED, "2 columns without a header" },
        { "1,2,3,4,5,6,7,8,9,10,11\n", NULL, MT_DATA_AUTO, MT_EREFUSED, "11 columns" },
        { "1,2,3,4,5,6,7\n", NULL, MT_DATA_BARS, MT_ESYNTAX, "7 columns" },
        { "1,2,3,4\n", NULL, MT_DATA_QUOTES, MT_ESYNTAX, "4 columns" },
        { "1,2\n", NULL, MT_DATA_TRADES, MT_ESYNTAX, "2 columns" },
        { "1,2,3\n", "time,bid", MT_DATA_AUTO, MT_ESYNTAX, "the file has 3, --columns names 2" },
        { "1,2,3\n", "time,bid,ask,-", MT_DATA_AUTO, MT_ESYNTAX, "the file has 3, --columns names 4" },
        { "1,2,3\n", "time,bid,asc", MT_DATA_AUTO, MT_ESYNTAX, "\"asc\"" },
        { "1,2,3\n", "time,bid,", MT_DATA_AUTO, MT_ESYNTAX, "\"\"" },
        { "1,2,3\n", "time,bid,bid", MT_DATA_AUTO, MT_ESYNTAX, "both mean bid" },
        { "1,2,3\n", "time,bid,-", MT_DATA_AUTO, MT_ESYNTAX, "quotes need" },
        { "1723075200 {\"stream\":1}\n", NULL, MT_DATA_AUTO, MT_EREFUSED, "raw recordings are not built yet" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mt_columns columns;
        struct mt_diag diag = { 0 };
        int err = decide(&columns, cases[i].text, cases[i].names, cases[i].format, &diag);
        if (err != cases[i].err)
            fail_msg("case %zu: %s %s", i, mt_err_name(err), diag.text);
        assert_text_has(diag.text, cases[i].says);
    }
    char many[300];
    struct mt_columns columns;
    struct mt_diag diag = { 0 };
    memset(many, ',', sizeof many);
    strcpy(many + 70, "\n");
    assert_int_equal(decide(&columns, many, NULL, MT_DATA_AUTO, &diag), MT_ESYNTAX);
    assert_text_has(diag.text, "more than 64 columns");
}

/* A tenth of the first rows may be bad, not more. */
static void test_shape_with_bad_rows(void **state)
{
    (void)state;
    for (int bad = 0; bad < 10; bad++) {
        char text[2048] = "";
        struct mt_columns columns;
        for (int i = 0; i < 20; i++)
            strcat(text, i < bad ? "1609459200,10,12,11,9,5\n" : "1609459200,10,12,9,11,5\n");
        assert_int_equal(decide(&columns, text, NULL, MT_DATA_AUTO, NULL), bad <= 2 ? 0 : MT_EREFUSED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recognised), cmocka_unit_test(test_refused), cmocka_unit_test(test_shape_with_bad_rows),
    };
    return cmocka_run_group_tests(tests, files_begin, files_end);
}
