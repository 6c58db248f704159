/* Single rows through the whole reader: what they become, or why they are bad. */
#include "adapters/playback/files.h"

/* The row under test stands between two good ones, whose fate must not change. */
struct row_case { const char *row, *why; int64_t a, b, c, d, e; };

#define BARS "time,open,high,low,close,volume\n"

static void test_bars(void **state)
{
    static const struct row_case cases[] = {
        { "1609459260,10.5,12,9,11,5", NULL, 1050000000, 1200000000, 900000000, 1100000000, 500000000 },
        { "1609459260, 10.5 ,12.00000000,\"9\",1.1e1,", NULL, 1050000000, 1200000000, 900000000, 1100000000, 0 },
        { "1609459260,10,10,10,10,0", NULL, 1000000000, 1000000000, 1000000000, 1000000000, 0 },
        { "1609459260,0.00000001,10,0.00000001,10,3.4e-7", NULL, 1, 1000000000, 1, 1000000000, 34 },
        { "1609459260,10,10,10,10,10.344205490000018", NULL, 1000000000, 1000000000, 1000000000, 1000000000, 1034420549 },
        { "1609459260,10,10,10,10,0.000000005", NULL, 1000000000, 1000000000, 1000000000, 1000000000, 1 },
        { "1609459260,10,10,10,10,0.0000000049999", NULL, 1000000000, 1000000000, 1000000000, 1000000000, 0 },
        { "1609459260,10,10,10,10,1e-99", NULL, 1000000000, 1000000000, 1000000000, 1000000000, 0 },
        { "1609459260,10,10,10,10,0.99999999999999999999", NULL, 1000000000, 1000000000, 1000000000, 1000000000, 100000000 },
        { "1609459260,10,12,9,12.5,5", "between low and high", 0, 0, 0, 0, 0 },
        { "1609459260,13,12,9,11,5", "between low and high", 0, 0, 0, 0, 0 },
        { "1609459260,8,12,9,11,5", "between low and high", 0, 0, 0, 0, 0 },
        { "1609459260,10,12,9,8.99999999,5", "between low and high", 0, 0, 0, 0, 0 },
        { "1609459260,10,9,12,11,5", "between low and high", 0, 0, 0, 0, 0 },
        { "1609459260,10,12,9,11,-5", "'-5' is negative", 0, 0, 0, 0, 0 },
        { "1609459260,10,12,9,11,-0.000000000001", "is negative", 0, 0, 0, 0, 0 },
        { "1609459260,10,12,9,11,1e12", "'1e12' is too large", 0, 0, 0, 0, 0 },
        { "1609459260,10,12,9,11,999999999999.000000000001", "is too large", 0, 0, 0, 0, 0 },
        { "1609459260,10,12,9,11,1.0000000000000000000000000000000000000000001", "is no number", 0, 0, 0, 0, 0 },
        { "1609459260,10,12,9,abc,5", "'abc' is no number", 0, 0, 0, 0, 0 },
        { "1609459260,10,12,9,nan,5", "'nan' is no number", 0, 0, 0, 0, 0 },
        { "1609459260,10,inf,9,11,5", "'inf' is no number", 0, 0, 0, 0, 0 },
        { "1609459260,10,0x10,9,11,5", "'0x10' is no number", 0, 0, 0, 0, 0 },
        { "1609459260,10,,9,11,5", "'' is no number", 0, 0, 0, 0, 0 },
        { "1609459260,10,12,9,11,x", "'x' is no number", 0, 0, 0, 0, 0 },
        { "1609459260,10,12.000000001,9,11,5", "more decimals", 0, 0, 0, 0, 0 },
        { "1609459260,10,1e300,9,11,5", "is too large", 0, 0, 0, 0, 0 },
        { "1609459260,10,12,9,11", "wrong number of fields", 0, 0, 0, 0, 0 },
        { "1609459260,10,12,9,11,5,", "wrong number of fields", 0, 0, 0, 0, 0 },
        { "1609459260;10;12;9;11;5", "wrong number of fields", 0, 0, 0, 0, 0 },
        { "time,open,high,low,close,volume", "'time' is the header again", 0, 0, 0, 0, 0 },
        { ",10,12,9,11,5", "'' is no time", 0, 0, 0, 0, 0 },
        { "-1609459260,10,12,9,11,5", "no time of 1970", 0, 0, 0, 0, 0 },
        { "1609459260.0000000001,10,12,9,11,5", "finer than a nanosecond", 0, 0, 0, 0, 0 },
        { "1609459199,10,12,9,11,5", "time steps back", 0, 0, 0, 0, 0 },
        { "1609459200,10,12,9,11,5", "a bar of this time was there before", 0, 0, 0, 0, 0 },
        { "1609459260,10,12,9,11,aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeee", "ddddddddd...' is no number", 0, 0, 0, 0, 0 },
        { "1609459260,10,\x1b[31m,9,11,5", "'?[31m' is no number", 0, 0, 0, 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        const struct row_case *c = &cases[i];
        snprintf(text, sizeof text, BARS "1609459200,10,10,10,10,1\n%s\n1609459320,10,10,10,10,1\n1609459380,10,10,10,10,1\n",
                 c->row);
        /* One row with absurd decimals would only raise the scale of an inferred instrument: here it is fixed. */
        const char *files[] = { file_put("bars.csv", text) };
        struct mt_instrument fixed;
        mt_instrument_infer("BARS", 2, "USD", &fixed);
        struct mt_data_options options = options_for(files, 1);
        options.configured = &fixed;
        options.configured_count = 1;
        struct loaded got = load(&options);
        if (got.err != 0)
            fail_msg("case %zu: %s", i, got.diag.text);
        const struct mt_data_file *info = file_info(&got, 0);
        assert_int_equal(info->rows, 4);
        assert_int_equal(info->tf_s, 60);
        if ((info->bad == 1) != (c->why != NULL) || got.count != 4 - info->bad || info->events != got.count)
            fail_msg("case %zu (%s): %s", i, c->row, info->bad_first);
        if (c->why) {
            assert_text_has(info->bad_first, "bars.csv:3: ");
            assert_text_has(info->bad_first, c->why);
        } else {
            const struct mt_bar *bar = &got.events[1].bar;
            assert_int_equal(bar->open_ns, ns_of("2021-01-01T00:01:00Z"));
            assert_int_equal(got.events[1].time_ns, ns_of("2021-01-01T00:02:00Z"));
            assert_int_equal(got.events[1].venue_ns, got.events[1].time_ns);
            assert_int_equal(bar->open, c->a);
            assert_int_equal(bar->high, c->b);
            assert_int_equal(bar->low, c->c);
            assert_int_equal(bar->close, c->d);
            assert_int_equal(bar->volume, c->e);
            assert_int_equal(bar->tf_s, 60);
            assert_int_equal(bar->ticks, 1);
        }
        assert_int_equal(got.events[got.count - 1].time_ns, ns_of("2021-01-01T00:04:00Z"));
        load_free(&got);
    }
}

static void test_rounded_is_counted(void **state)
{
    (void)state;
    struct loaded got = load_text("r.csv", "time,bid,ask,bid_qty,ask_qty\n1609459200,1,2,0.123456789,1\n1609459200,1,2,1,1\n"
                                  "1609459201,1,2,0.1234567891,0.1234567891\n1609459202,x,2,0.1234567891,1\n", NULL);
    assert_int_equal(got.err, 0);
    const struct mt_data_file *info = file_info(&got, 0);
    assert_int_equal(info->events, 3);
    assert_int_equal(info->bad, 1);
    assert_int_equal(info->rounded, 3);                 /* none of a bad row */
    assert_text_has(info->rounded_first, "r.csv:2: ");
    assert_int_equal(got.events[0].quote.bid_qty, 12345679);
    load_free(&got);
}

static void test_quotes(void **state)
{
    static const struct row_case cases[] = {
        { "1609459260,1.38727,1.38729,3,4", NULL, 138727, 138729, 300, 400, 0 },
        { "1609459260,1.38729,1.38727,3,4", NULL, 138729, 138727, 300, 400, 0 },       /* crossed: the engine's business */
        { "1609459260,1.38727,1.38727,,", NULL, 138727, 138727, 0, 0, 0 },
        { "1609459260,,1.38727,3,4", NULL, 0, 138727, 300, 400, 0 },
        { "1609459260,1.38727,,3,4", NULL, 138727, 0, 300, 400, 0 },
        { "1609459200,1.38727,1.38729,3,4", NULL, 138727, 138729, 300, 400, 0 },       /* the same time again is good */
        { "1609459260,,,3,4", "neither bid nor ask", 0, 0, 0, 0, 0 },
        { "1609459260,0,1.38727,3,4", NULL, 0, 138727, 300, 400, 0 },
        { "1609459260,1.38727,0.00000,3,4", NULL, 138727, 0, 300, 400, 0 },
        { "1609459260,0,0,3,4", "neither bid nor ask", 0, 0, 0, 0, 0 },
        { "1609459260,1.38727,1.38729,-3,4", "'-3' is negative", 0, 0, 0, 0, 0 },
        { "1609459260,1.38727,1.38729,3,y", "'y' is no number", 0, 0, 0, 0, 0 },
        { "1609459260,1.38727,1.387291,3,4", "more decimals", 0, 0, 0, 0, 0 },
        { "1609459199.999999999,1.38727,1.38729,3,4", "time steps back", 0, 0, 0, 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        const struct row_case *c = &cases[i];
        snprintf(text, sizeof text, "time,bid,ask,bid_qty,ask_qty\n1609459200,1,1,1,1\n%s\n1609459320,1,1,1,1\n", c->row);
        const char *files[] = { file_put("eurusd.csv", text) };
        struct mt_instrument fixed;
        assert_int_equal(mt_instrument_builtin("EURUSD", &fixed), 0);
        struct mt_data_options options = options_for(files, 1);
        options.configured = &fixed;
        options.configured_count = 1;
        struct loaded got = load(&options);
        assert_int_equal(got.err, 0);
        const struct mt_data_file *info = file_info(&got, 0);
        assert_string_equal(info->symbol, "EURUSD");
        if ((info->bad == 1) != (c->why != NULL))
            fail_msg("case %zu (%s): %s", i, c->row, info->bad_first);
        if (c->why) {
            assert_text_has(info->bad_first, c->why);
        } else {
            const struct mt_quote *quote = &got.events[1].quote;
            assert_int_equal(quote->bid, c->a);
            assert_int_equal(quote->ask, c->b);
            assert_int_equal(quote->bid_qty, c->c);
            assert_int_equal(quote->ask_qty, c->d);
        }
        load_free(&got);
    }
}

static void test_trades(void **state)
{
    static const struct { const char *row, *why; int side; uint64_t id; } cases[] = {
        { "1609459260,5,1,buy,7", NULL, 1, 7 }, { "1609459260,5,1,SELL,18446744073709551615", NULL, -1, UINT64_MAX },
        { "1609459260,5,1,b,0", NULL, 1, 0 }, { "1609459260,5,1,S,1", NULL, -1, 1 }, { "1609459260,5,1,-1,1", NULL, -1, 1 },
        { "1609459260,5,1,1,1", NULL, 1, 1 }, { "1609459260,5,0,,", NULL, 0, 0 }, { "1609459260,5,1,Bid,1", NULL, 1, 1 },
        { "1609459260,5,1,maybe,1", "'maybe' is no side", 0, 0 }, { "1609459260,5,1,buy sell,1", "is no side", 0, 0 },
        { "1609459260,5,1,averyveryverylongside,1", "is no side", 0, 0 },
        { "1609459260,5,-1,buy,1", "negative", 0, 0 },
        { "1609459100,5,1,buy,1", "time steps back", 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        snprintf(text, sizeof text, "time,price,qty,side,id\n1609459200,5,1,,\n%s\n", cases[i].row);
        struct loaded got = load_text("t.csv", text, NULL);
        assert_int_equal(got.err, 0);
        if (cases[i].why) {
            assert_int_equal(got.count, 1);
            assert_text_has(file_info(&got, 0)->bad_first, cases[i].why);
        } else {
            assert_int_equal(got.count, 2);
            assert_int_equal(got.events[1].trade.price, 500000000);
            assert_int_equal(got.events[1].trade.side, cases[i].side);
            assert_int_equal(got.events[1].trade.id, cases[i].id);
        }
        load_free(&got);
    }
    struct loaded got = load_text("t.csv", "id,price,qty,time,is_buyer_maker\nab-1,5,1,1609459200,True\nab-2,5,1,1609459200,false\n"
                                  "18446744073709551616,5,1,1609459200,\nx,5,1,1609459200,no\n", NULL);
    assert_int_equal(got.count, 3);
    assert_int_equal(got.events[0].trade.side, -1);
    assert_int_equal(got.events[1].trade.side, 1);
    assert_int_equal(got.events[2].trade.side, 0);
    assert_int_equal(got.events[0].trade.id, mt_hash64("ab-1", 4));
    assert_int_equal(got.events[2].trade.id, mt_hash64("18446744073709551616", 20));
    load_free(&got);
}

static void test_symbol_column(void **state)
{
    const char *text = "symbol,time,price,qty\nBTC-USD,1609459200,5,1\nETH-USD,1609459201,5,1\nBTC-USD,1609459202,5,1\n";
    (void)state;
    struct loaded got = load_text("s.csv", text, NULL);
    assert_string_equal(file_info(&got, 0)->symbol, "BTC-USD");
    assert_int_equal(got.count, 2);
    assert_text_has(file_info(&got, 0)->bad_first, "'ETH-USD' is another symbol");
    load_free(&got);
    const char *files[] = { file_put("s.csv", text) }, *symbols[] = { "ANY" };
    struct mt_data_options options = options_for(files, 1);
    options.symbols = symbols;
    options.symbol_count = 1;
    got = load(&options);           /* two markets under one name would be a market that never was */
    assert_int_equal(got.err, MT_EREFUSED);
    assert_text_has(got.diag.text, "BTC-USD, ETH-USD");
    load_free(&got);
    symbols[0] = "ETH-USD";
    got = load(&options);
    assert_int_equal(got.count, 1);
    assert_int_equal(file_info(&got, 0)->bad, 0);
    assert_text_has(file_info(&got, 0)->note, "rows of ETH-USD alone");
    load_free(&got);
    files[0] = file_put("s.csv", "symbol,time,price,qty\nBTC-USD,1609459200,5,1\nBTC-USD,1609459202,5,1\n");
    symbols[0] = "ANY";
    got = load(&options);
    assert_string_equal(file_info(&got, 0)->symbol, "ANY");
    assert_int_equal(got.count, 2);
    load_free(&got);
}

static void test_strict(void **state)
{
    const char *files[] = { file_put("strict.csv", BARS "1609459200,10,10,10,10,1\n1609459260,10,10,10,10,1\n"
                                     "1609459320,10,10,10,x,1\n1609459380,10,10,10,10,1\n") };
    struct mt_data_options options = options_for(files, 1);
    (void)state;
    options.strict = true;
    struct loaded got = load(&options);
    assert_int_equal(got.err, MT_ESYNTAX);
    assert_int_equal(got.count, 2);
    assert_text_has(got.diag.text, "strict.csv:4: 'x' is no number");
    struct mt_event event;
    struct mt_source source = mt_data_source(got.data);
    assert_int_equal(source.ops->fill(source.self, &event, 1, NULL), MT_ESYNTAX);
    load_free(&got);
}

/* A line of ten million bytes, with and without an end, is one bad row. */
static void test_giant_line(void **state)
{
    enum { GIANT = 10000000 };
    static const char start[] = BARS "1609459200,10,10,10,10,1\n1609459260,10,10,10,10,1\n", end[] = "\n1609459320,10,10,10,10,1\n";
    char *text = malloc(sizeof start + sizeof end + GIANT);
    (void)state;
    for (int closed = 0; closed < 2; closed++) {
        strcpy(text, start);
        memset(text + sizeof start - 1, '7', GIANT);
        strcpy(text + sizeof start - 1 + GIANT, closed ? end : "");
        for (int packed = 0; packed < 2; packed++) {
            const char *files[] = { packed ? file_put_gz("giant.csv.gz", text) : file_put("giant.csv", text) };
            struct mt_data_options options = options_for(files, 1);
            struct loaded got = load(&options);
            assert_int_equal(got.err, 0);
            assert_int_equal(got.count, 2 + closed);
            assert_int_equal(file_info(&got, 0)->bad, 1);
            assert_text_has(file_info(&got, 0)->bad_first, ":4: the line has more than 65536 bytes");
            load_free(&got);
        }
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bars), cmocka_unit_test(test_rounded_is_counted), cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_trades), cmocka_unit_test(test_symbol_column), cmocka_unit_test(test_strict),
        cmocka_unit_test(test_giant_line),
    };
    return cmocka_run_group_tests(tests, files_begin, files_end);
}
