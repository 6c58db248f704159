#include "adapters/playback/files.h"
#include "adapters/playback/infer.h"

static struct loaded load_with(const char *name, const char *text, struct mt_data_options *options)
{
    const char *files[] = { file_put(name, text) };
    options->files = files;
    options->file_count = 1;
    return load(options);
}

static void check(const struct loaded *got, int price_scale, int qty_scale, int64_t tick, int64_t step, bool inferred)
{
    if (got->err != 0)
        fail_msg("%s", got->diag.text);
    const struct mt_instrument *instrument = instrument_of(got, 0);
    assert_int_equal(instrument->price_scale, price_scale);
    assert_int_equal(instrument->qty_scale, qty_scale);
    assert_int_equal(instrument->tick, tick);
    assert_int_equal(instrument->step, step);
    assert_int_equal(instrument->inferred, inferred);
    assert_int_equal(mt_instrument_check(instrument, NULL), 0);
}

static void check_trades(const char *rows, int price_scale, int qty_scale, int64_t tick, int bad)
{
    char text[8192];
    struct mt_data_options options = { .account_currency = "EUR" };
    snprintf(text, sizeof text, "time,price,qty\n%s", rows);
    struct loaded got = load_with("coin.csv", text, &options);
    check(&got, price_scale, qty_scale, tick, 1, true);
    assert_string_equal(instrument_of(&got, 0)->quote, "EUR");
    assert_string_equal(instrument_of(&got, 0)->symbol, "COIN");
    assert_int_equal(instrument_of(&got, 0)->default_qty, mt_pow10(qty_scale));
    assert_int_equal(file_info(&got, 0)->bad, bad);
    load_free(&got);
}

#define T "1609459200,"

static void test_inferred(void **state)
{
    (void)state;
    check_trades(T "5,1\n", 8, 8, 100000000, 0);
    check_trades(T "5.80,1\n" T "5.5,1\n", 8, 8, 10000000, 0);
    check_trades(T "5.81,1\n" T "5.5,1\n", 8, 8, 1000000, 0);
    check_trades(T "0.00000812,1\n", 8, 8, 1, 0);
    check_trades(T "0.0000012345,1\n", 10, 8, 1, 0);                    /* finer than 8 decimals: exact */
    check_trades(T "1.000000000000000001,1\n" T "1,1\n", 8, 8, 100000000, 1);   /* and where that cannot be, a bad row */
    check_trades(T "123456789,1\n", 8, 8, 100000000, 0);
    check_trades(T "1234567890,1\n", 7, 8, 10000000, 0);                /* ten digits before the point */
    check_trades(T "1e16,1\n", 0, 8, 1, 0);
    check_trades(T "5,123456789\n", 8, 8, 100000000, 0);
    check_trades(T "5,1234567890123\n", 8, 4, 100000000, 0);
    check_trades(T "5,0.123456789\n", 8, 8, 100000000, 0);
}

/* One absurd price among many costs its own row, not the decimals of the others. */
static void test_outlier(void **state)
{
    char rows[8192] = "", *at = rows;
    (void)state;
    for (int i = 0; i < 200; i++)
        at += sprintf(at, T "%s,1\n", i == 7 ? "1e15" : "36389.42");
    check_trades(rows, 8, 8, 1000000, 1);
}

static void test_later_rows(void **state)
{
    enum { ROWS = 10010 };
    char *text = malloc((size_t)ROWS * 40), *at = text;
    struct mt_data_options options = { .account_currency = "USD" };
    (void)state;
    at += sprintf(at, "time,price,qty\n");
    for (int i = 0; i < ROWS; i++)
        at += sprintf(at, "%d,%s,1\n", 1609459200 + i, i < 10000 ? "5.25" : i < 10005 ? "5.12345" : "5.0000000001");
    struct loaded got = load_with("later.csv", text, &options);
    check(&got, 8, 8, 1000000, 1, true);            /* the tick is of the first 10 000 rows */
    assert_int_equal(got.count, 10005);             /* what the scale holds is a good row, tick or not */
    assert_int_equal(file_info(&got, 0)->bad, 5);
    assert_text_has(file_info(&got, 0)->bad_first, "later.csv:10007: '5.0000000001' has more decimals");
    load_free(&got);
    free(text);
}

#define QUOTES "time,bid,ask,bid_qty,ask_qty\n1609459200,1.38727,1.38729,1,1\n"

static void test_order_of_sources(void **state)
{
    struct mt_instrument configured[2];
    mt_instrument_infer("OTHER", 1, "USD", &configured[0]);
    mt_instrument_infer("EURUSD", 6, "USD", &configured[1]);
    struct mt_data_options options = { .account_currency = "USD", .configured = configured, .configured_count = 2,
                                       .instrument = "tick=0.001,step=0.5,size=1,quote=USD" };
    (void)state;
    struct loaded got = load_with("eurusd.csv", QUOTES, &options);
    check(&got, 8, 8, 100000, 50000000, false);     /* --instrument goes before all others */
    assert_int_equal(instrument_of(&got, 0)->contract_size, 1);
    load_free(&got);
    options.instrument = NULL;
    got = load_with("eurusd.csv", QUOTES, &options);
    check(&got, 8, 8, 100, 1, true);                /* configured */
    load_free(&got);
    options.configured_count = 1;
    got = load_with("eurusd.csv", QUOTES, &options);
    check(&got, 5, 2, 1, 1, false);                 /* built in */
    assert_int_equal(instrument_of(&got, 0)->contract_size, 100000);
    load_free(&got);
    options.instrument = "tick=0.001,step=0.5,size=1,quote=USD";
    got = load_with("coin.csv", QUOTES, &options);
    check(&got, 8, 8, 100000, 50000000, false);     /* --instrument */
    assert_string_equal(instrument_of(&got, 0)->symbol, "COIN");
    load_free(&got);
    options.instrument = NULL;
    options.like = "binance:BTCUSDT";
    got = load_with("coin.csv", QUOTES, &options);
    check(&got, 8, 8, 1000000, 1000, false);        /* --like */
    assert_string_equal(instrument_of(&got, 0)->symbol, "COIN");
    load_free(&got);
    options.like = NULL;
    got = load_with("coin.csv", QUOTES, &options);
    check(&got, 8, 8, 1000, 1, true);               /* the rows */
    load_free(&got);
}

/* What --instrument does not say comes from --like, else the configuration, else the store, else the built-in pair, else
 * the rows: each field for itself. */
static void test_fields(void **state)
{
    static const struct { const char *instrument, *like; bool configured, stored; int64_t tick, step, min, size; const char *quote; } cases[] = {
        { "tick=0.0001", NULL, true, true, 10000, 3000000, 6000000, 7, "CHF" },
        { "step=0.01", NULL, true, true, 200000, 1000000, 6000000, 7, "CHF" },
        { "size=100", NULL, true, true, 200000, 3000000, 6000000, 100, "CHF" },
        { "quote=GBP", NULL, true, true, 200000, 3000000, 6000000, 7, "GBP" },
        { "min=0.09,max=9", NULL, true, true, 200000, 3000000, 9000000, 7, "CHF" },
        { NULL, "binance:BTCUSDT", true, true, 1000000, 1000, 1000, 1, "USDT" },
        { "size=5", "binance:BTCUSDT", true, true, 1000000, 1000, 1000, 5, "USDT" },
        { "size=5", NULL, false, true, 400000, 5000000, 5000000, 5, "SEK" },
        { "size=5", NULL, false, false, 1, 1, 1, 5, "USD" },
        { NULL, NULL, true, true, 200000, 3000000, 6000000, 7, "CHF" },
        { NULL, NULL, false, true, 400000, 5000000, 5000000, 9, "SEK" },
    };
    (void)state;
    struct mt_instrument configured, stored;
    const struct mt_sample sample = { .rows = 1 };
    mt_instrument_infer("EURUSD", 2, "CHF", &configured);
    assert_int_equal(mt_instrument_parse("tick=0.002,step=0.03,min=0.06,size=7", &configured, NULL), 0);
    mt_instrument_infer("EURUSD", 2, "SEK", &stored);
    assert_int_equal(mt_instrument_parse("tick=0.004,step=0.05,size=9", &stored, NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mt_instrument got;
        struct mt_data_options options = { .account_currency = "EUR", .instrument = cases[i].instrument, .like = cases[i].like,
                                           .configured = &configured, .configured_count = cases[i].configured };
        assert_int_equal(mt_infer_instrument(&got, "EURUSD", &sample, cases[i].stored ? &stored : NULL, &options, NULL), 0);
        assert_string_equal(got.symbol, "EURUSD");
        if (got.tick != cases[i].tick || got.step != cases[i].step || got.qty_min != cases[i].min
            || got.contract_size != cases[i].size || strcmp(got.quote, cases[i].quote) != 0)
            fail_msg("case %zu: tick %lld step %lld min %lld size %lld quote %s", i, (long long)got.tick, (long long)got.step,
                     (long long)got.qty_min, (long long)got.contract_size, got.quote);
    }
}

/* A few rows, one of them absurd: only that one is lost, and it is named. */
static void test_absurd_value(void **state)
{
    static const char *const absurd[] = { "1e300", "-1e300", "1e15", "123456789012345678901234567890", "1e-300",
                                          "0.00000000000000000000000000000001", NULL };
    char digits[401], text[2048];
    (void)state;
    memset(digits, '7', 400);
    digits[400] = '\0';
    for (size_t i = 0; i < sizeof absurd / sizeof absurd[0]; i++)
        for (int column = 0; column < 2; column++) {
            const char *value = absurd[i] ? absurd[i] : digits;
            snprintf(text, sizeof text, "time,price,qty\n1609459200,100.25,1.125\n1609459201,%s,%s\n1609459202,100.50,2.625\n"
                     "1609459203,100.75,3.125\n", column ? "100.25" : value, column ? value : "1");
            struct loaded got = load_text("absurd.csv", text, NULL);
            const struct mt_data_file *info = file_info(&got, 0);
            bool tiny = column && (i == 4 || i == 5);       /* a size is taken to the nearest unit */
            if (got.err != 0 || info->bad != !tiny || got.count != 4 - info->bad)
                fail_msg("%s: %d bad: %s", value, (int)info->bad, info->bad_first);
            if (!tiny)
                assert_text_has(info->bad_first, "absurd.csv:3: ");
            assert_int_equal(instrument_of(&got, 0)->price_scale, 8);
            assert_int_equal(instrument_of(&got, 0)->tick, 1000000);
            assert_int_equal(got.events[got.count - 1].trade.qty, 3125 * mt_pow10(instrument_of(&got, 0)->qty_scale - 3));
            load_free(&got);
        }
}

/* The units of a built-in pair follow the file; its tick and lot step stay what they are. */
static void test_finer_units(void **state)
{
    struct mt_data_options options = { .account_currency = "USD" };
    (void)state;
    struct loaded got = load_with("eurusd.csv", "time,bid,ask,bid_qty,ask_qty\n1609459200,1.3872712,1.38729,1.125,1\n", &options);
    check(&got, 7, 3, 100, 10, false);
    assert_int_equal(instrument_of(&got, 0)->qty_min, 10);
    assert_int_equal(got.events[0].quote.bid, 13872712);
    assert_int_equal(got.events[0].quote.bid_qty, 1125);
    assert_int_equal(file_info(&got, 0)->rounded, 0);
    load_free(&got);
}

/* Files of one symbol share one instrument that holds the numbers of all of them. */
static void test_shared(void **state)
{
    char one[256];
    snprintf(one, sizeof one, "%s", file_put("one.csv", "time,price,qty\n" T "5.5,1\n"));
    const char *files[] = { one, file_put("two.csv", "time,price,qty\n" T "5.123456789,1\n") }, *symbols[] = { "COIN" };
    struct mt_data_options options = options_for(files, 2);
    (void)state;
    options.symbols = symbols;
    options.symbol_count = 1;
    struct loaded got = load(&options);
    check(&got, 9, 8, 1, 1, true);
    assert_int_equal(got.count, 2);
    assert_int_equal(got.events[0].trade.price, 5500000000);
    assert_int_equal(got.events[1].trade.price, 5123456789);
    assert_int_equal(got.events[0].source, 0);
    assert_int_equal(got.events[1].source, 1);
    load_free(&got);
}

static void check_length(const char *rows, int32_t tf_s, size_t count)
{
    char text[4096];
    struct mt_data_options options = { .account_currency = "USD" };
    snprintf(text, sizeof text, "time,open,high,low,close\n%s", rows);
    struct loaded got = load_with("len.csv", text, &options);
    assert_int_equal(got.err, 0);
    assert_int_equal(file_info(&got, 0)->tf_s, tf_s);
    assert_int_equal(got.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(got.events[i].bar.tf_s, tf_s);
        assert_int_equal(got.events[i].time_ns, got.events[i].bar.open_ns + tf_s * MT_NS_PER_S);
    }
    load_free(&got);
}

/* A gap does not change the length of bars; rows that step back do not either. */
static void test_length(void **state)
{
    (void)state;
    check_length("2021-01-01 00:00:00,1,1,1,1\n2021-01-01 00:01:00,1,1,1,1\n2021-01-01 00:02:00,1,1,1,1\n"
                 "2021-01-01 05:00:00,1,1,1,1\n", 60, 4);
    check_length("2021-01-01 00:00:00,1,1,1,1\n2021-01-04 00:00:00,1,1,1,1\n2021-01-05 00:00:00,1,1,1,1\n", 86400, 3);
    check_length("2021-01-01,1,1,1,1\n2021-01-04,1,1,1,1\n2021-01-05,1,1,1,1\n2021-01-06,1,1,1,1\n", 86400, 4);
    check_length("2021-01-01 00:00,1,1,1,1\n2021-01-01 00:05,1,1,1,1\n2020-01-01 00:00,1,1,1,1\n"
                 "2021-01-01 00:10,1,1,1,1\n2021-01-01 00:10,1,1,1,1\n2021-01-01 00:15,1,1,1,1\n", 300, 4);
    check_length("1609459200,1,1,1,1\n1609459201,1,1,1,1\n", 1, 2);
}

/* Months, quarters and years: the longest, as none may end before its time. */
static void test_calendar_length(void **state)
{
    static const struct { const char *opens; int days; } cases[] = {
        { "2025-01-01 2025-02-01 2025-03-01", 31 }, { "2025-04-01 2025-05-01 2025-06-01 2025-07-01", 31 },
        { "2025-02-01 2025-03-01", 28 }, { "2025-01-01 2025-04-01 2025-07-01 2025-10-01", 92 },
        { "2023-01-01 2024-01-01 2025-01-01 2026-01-01", 366 }, { "2025-01-06 2025-01-13 2025-01-27 2025-02-03", 7 },
        { "2025-01-01 2025-02-01 2025-03-01 2025-06-01", 31 }, 
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512] = "time,open,high,low,close\n", opens[128], *rest = opens;
        snprintf(opens, sizeof opens, "%s", cases[i].opens);
        for (const char *open; (open = strsep(&rest, " "));)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s,1,1,1,1\n", open);
        struct loaded got = load_text("len.csv", text, NULL);
        assert_int_equal(got.err, 0);
        assert_int_equal(file_info(&got, 0)->bad, 0);
        assert_int_equal(file_info(&got, 0)->tf_s, cases[i].days * 86400);
        for (size_t k = 0; k + 1 < got.count; k++)
            assert_int_equal(got.events[k].time_ns, got.events[k + 1].bar.open_ns < got.events[k].bar.open_ns + cases[i].days * 86400 * MT_NS_PER_S
                             ? got.events[k + 1].bar.open_ns : got.events[k].bar.open_ns + cases[i].days * 86400 * MT_NS_PER_S);
        load_free(&got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inferred), cmocka_unit_test(test_outlier), cmocka_unit_test(test_later_rows),
        cmocka_unit_test(test_order_of_sources), cmocka_unit_test(test_finer_units), cmocka_unit_test(test_fields), cmocka_unit_test(test_absurd_value), cmocka_unit_test(test_shared),
        cmocka_unit_test(test_length), cmocka_unit_test(test_calendar_length),
    };
    return cmocka_run_group_tests(tests, files_begin, files_end);
}
