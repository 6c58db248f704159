/* The recorded files as they are, against the counts that their descriptions give. Without them: skipped, and said. */
#include "adapters/playback/files.h"

#define DATA MT_SOURCE_DIR "/../shared/data/"

static void need(const char *path)
{
    if (access(path, R_OK) != 0) {
        print_message("NOTICE: %s is not there; skipped\n", path);
        skip();
    }
}

struct fx { const char *name; uint64_t rows; const char *first, *last; uint64_t crossed; };

static const struct fx fx[] = {
    { "fxcm_eurusd_20140501", 51053, "2014-05-01T00:00:01.787Z", "2014-05-01T23:59:47.638Z", 3991 },
    { "fxcm_eurusd_20140502", 96406, "2014-05-02T00:00:00.611Z", "2014-05-02T15:59:11.909Z", 12061 },
    { "fxcm_eurusd_20140504", 8025, "2014-05-04T14:00:51.815Z", "2014-05-04T23:59:58.346Z", 174 },
    { "fxcm_eurusd_20140505", 58143, "2014-05-05T00:00:03.074Z", "2014-05-05T23:59:58.807Z", 4987 },
    { "fxcm_eurusd_20140506", 102682, "2014-05-06T00:00:00.339Z", "2014-05-06T23:59:59.577Z", 9999 },
    { "fxcm_eurusd_20140507", 89504, "2014-05-07T00:00:01.014Z", "2014-05-07T23:59:59.234Z", 9847 },
    { "oanda_eurusd_20140501", 24179, "2014-05-01T00:00:00.292Z", "2014-05-01T23:59:31.310Z", 0 },
    { "oanda_eurusd_20140502", 49341, "2014-05-02T00:00:00.277Z", "2014-05-02T20:59:58.557Z", 0 },
    { "oanda_eurusd_20140504", 1164, "2014-05-04T21:00:00.462Z", "2014-05-04T23:59:48.314Z", 0 },
    { "oanda_eurusd_20140505", 25177, "2014-05-05T00:00:23.668Z", "2014-05-05T23:59:59.513Z", 0 },
    { "oanda_eurusd_20140506", 44864, "2014-05-06T00:00:00.158Z", "2014-05-06T23:59:56.706Z", 0 },
    { "oanda_eurusd_20140507", 41367, "2014-05-07T00:00:07.135Z", "2014-05-07T23:59:42.008Z", 0 },
    { "oanda_nzdusd_20140501", 29799, "2014-05-01T00:00:02.230Z", "2014-05-01T23:59:59.788Z", 0 },
    { "oanda_nzdusd_20140502", 41665, "2014-05-02T00:00:00.274Z", "2014-05-02T20:59:58.560Z", 0 },
    { "oanda_nzdusd_20140504", 2622, "2014-05-04T21:00:00.465Z", "2014-05-04T23:59:59.288Z", 0 },
    { "oanda_nzdusd_20140505", 27278, "2014-05-05T00:00:00.036Z", "2014-05-05T23:59:58.543Z", 0 },
    { "oanda_nzdusd_20140506", 49798, "2014-05-06T00:00:01.034Z", "2014-05-06T23:59:44.804Z", 0 },
    { "oanda_nzdusd_20140507", 41960, "2014-05-07T00:00:02.783Z", "2014-05-07T23:59:59.799Z", 0 },
    { "truefx_usdjpy_20130101-02", 1000, "2013-01-01T22:00:00.295Z", "2013-01-01T22:35:13.494Z", 0 },
};
enum { FX_FILES = sizeof fx / sizeof fx[0], FX_TICKS = 786027 };

/* All ticks in one go; two venues of one pair are one symbol, merged by time. */
static void test_fx_ticks(void **state)
{
    static char paths[FX_FILES][512];
    const char *files[FX_FILES];
    uint64_t crossed[FX_FILES] = { 0 }, sum = 0;
    uint16_t instruments;
    (void)state;
    need(DATA "fx-ticks");
    for (int i = 0; i < FX_FILES; i++) {
        snprintf(paths[i], sizeof paths[i], DATA "fx-ticks/%s.csv.gz", fx[i].name);
        files[i] = paths[i];
    }
    struct mt_data_options options = options_for(files, FX_FILES);
    options.merge = true;               /* that they are one market is said, never assumed */
    struct loaded got = load(&options);
    assert_int_equal(got.err, 0);
    assert_int_equal(got.count, FX_TICKS);
    for (size_t i = 0; i < got.count; i++) {
        assert_int_equal(got.events[i].kind, MT_EV_QUOTE);
        crossed[got.events[i].source] += got.events[i].quote.bid > got.events[i].quote.ask;
        assert_true(i == 0 || got.events[i - 1].time_ns <= got.events[i].time_ns);
    }
    for (int i = 0; i < FX_FILES; i++) {
        size_t at = 0;                  /* they are sorted: the order on the command line changes nothing */
        while (strstr(file_info(&got, at)->path, fx[i].name) == NULL)
            at++;
        const struct mt_data_file *info = file_info(&got, at);
        assert_int_equal(info->rows, fx[i].rows);
        assert_int_equal(info->events, fx[i].rows);
        assert_int_equal(info->bad, 0);
        assert_int_equal(info->rounded, 0);
        assert_int_equal(info->first_ns, ns_of(fx[i].first));
        assert_int_equal(info->last_ns, ns_of(fx[i].last));
        assert_int_equal(crossed[at], fx[i].crossed);
        assert_text_has(fx[i].name, i < 12 ? "eurusd" : i < 18 ? "nzdusd" : "usdjpy");
        assert_string_equal(info->symbol, i < 12 ? "EURUSD" : i < 18 ? "NZDUSD" : "USDJPY");
        assert_text_has(info->note, info->symbol);
        if (i < 18)
            assert_text_has(info->note, "from the file's name)");
        sum += info->events;
    }
    assert_int_equal(sum, FX_TICKS);
    assert_int_equal(mt_data_instruments(got.data, &instruments)[2].price_scale, 3);
    assert_int_equal(instruments, 3);
    load_free(&got);
}

/* FXCM's day is New York's winter day: its evening is the next day in UTC. */
static void test_fxcm_zone(void **state)
{
    const char *files[] = { DATA "fx-ticks/fxcm_eurusd_20140501.csv.gz" };
    struct mt_data_options options = options_for(files, 1);
    (void)state;
    need(files[0]);
    options.zone = "-05:00";
    options.date = "2014-05-01";
    options.columns = "time,bid,ask";
    struct loaded got = load(&options);
    assert_int_equal(got.count, 51053);
    assert_int_equal(file_info(&got, 0)->first_ns, ns_of("2014-05-01T05:00:01.787Z"));
    assert_int_equal(file_info(&got, 0)->last_ns, ns_of("2014-05-02T04:59:47.638Z"));
    assert_int_equal(got.events[0].quote.bid, 138727);
    assert_int_equal(got.events[0].quote.ask, 138729);
    load_free(&got);
}

#define QUOTE_BAR "time,open,high,low,close,volume,-,-,-,-,-"
#define ASK_BAR "time,-,-,-,-,-,open,high,low,close,volume"

static const struct bars { const char *name, *columns; uint64_t rows; const char *first, *last; int64_t low, high; int scale; }
bars[] = {
    { "bitfinex_btcusd_1m_2019", "time,open,close,high,low,volume", 512727, "2019-01-01T00:00:00Z", "2019-12-31T23:59:00Z",
      340532458599, 1376400000000, 8 },
    { "btc-perp_1m_20211231-20220201", NULL, 45031, "2021-12-31T23:01:00Z", "2022-02-01T05:31:00Z", 32837, 48080, 0 },
    { "fxcm_gbpusd_m1_bid_201202", NULL, 30117, "2012-02-01T00:00:00Z", "2012-03-01T00:00:00Z", 156446, 159922, 5 },
    { "fxcm_gbpusd_m1_ask_201202", NULL, 30117, "2012-02-01T00:00:00Z", "2012-03-01T00:00:00Z", 156452, 159922, 5 },
    { "coinbase_btcusd_1m_20180404_trade", NULL, 1007, "2018-04-04T00:00:00Z", "2018-04-04T16:47:00Z", 67665, 742491, 0 },
    { "coinbase_btcusd_1m_20180404_quote", QUOTE_BAR, 1437, "2018-04-04T00:00:00Z", "2018-04-04T23:58:00Z", 0, 0, 0 },
    { "coinbase_btcusd_1m_20180405_trade", NULL, 1440, "2018-04-05T00:00:00Z", "2018-04-05T23:59:00Z", 0, 0, 0 },
    { "coinbase_btcusd_1m_20180405_quote", ASK_BAR, 1436, "2018-04-05T00:00:00Z", "2018-04-05T23:58:00Z", 0, 0, 0 },
    { "coinbase_btcusd_1m_20171217_trade", NULL, 1440, "2017-12-17T00:00:00Z", "2017-12-17T23:59:00Z", 0, 0, 0 },
    { "coinbase_btcusd_1m_20171217_quote", QUOTE_BAR, 1439, "2017-12-17T00:00:00Z", "2017-12-17T23:58:00Z", 0, 0, 0 },
    { "oanda_eurusd_1m_20180403_quote", QUOTE_BAR, 1410, "2018-04-03T00:00:00Z", "2018-04-03T23:59:00Z", 122528, 123351, 5 },
    { "oanda_eurusd_1m_20180404_quote", QUOTE_BAR, 1408, "2018-04-04T00:00:00Z", "2018-04-04T23:59:00Z", 122563, 123141, 5 },
};

/* `scale` 0: low and high are not compared digit by digit here (their units depend on the guess), only counted. */
static void check_bars(const struct bars *b)
{
    char path[512];
    snprintf(path, sizeof path, DATA "bars-1m/%s.csv.gz", b->name);
    need(path);
    const char *files[] = { path };
    struct mt_data_options options = options_for(files, 1);
    options.columns = b->columns;
    struct loaded got = load(&options);
    if (got.err != 0)
        fail_msg("%s", got.diag.text);
    const struct mt_data_file *info = file_info(&got, 0);
    assert_int_equal(info->rows, b->rows);
    assert_int_equal(info->bad, 0);
    assert_int_equal(got.count, b->rows);
    assert_int_equal(info->tf_s, 60);
    assert_int_equal(got.events[0].bar.open_ns, ns_of(b->first));
    assert_int_equal(got.events[got.count - 1].bar.open_ns, ns_of(b->last));
    int64_t low = INT64_MAX, high = 0;
    for (size_t i = 0; i < got.count; i++) {
        low = got.events[i].bar.low < low ? got.events[i].bar.low : low;
        high = got.events[i].bar.high > high ? got.events[i].bar.high : high;
        assert_int_equal(got.events[i].last, 1);
    }
    if (b->scale > 0) {
        assert_int_equal(instrument_of(&got, 0)->price_scale, b->scale);
        assert_int_equal(low, b->low);
        assert_int_equal(high, b->high);
    }
    load_free(&got);
}

static void test_bars(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bars / sizeof bars[0]; i++)
        check_bars(&bars[i]);
}

/* The binary traces in volumes are rounded and counted; the year's sum stays what the description says. */
static void test_bitfinex_volume(void **state)
{
    const char *files[] = { DATA "bars-1m/bitfinex_btcusd_1m_2019.csv.gz" };
    struct mt_data_options options = options_for(files, 1);
    (void)state;
    need(files[0]);
    options.columns = "time,open,close,high,low,volume";
    struct loaded got = load(&options);
    int64_t sum = 0;
    for (size_t i = 0; i < got.count; i++)
        sum += got.events[i].bar.volume;
    assert_int_equal(sum / 1000000, 394804923);             /* 3,948,049.23 */
    assert_int_equal(got.events[0].bar.volume, 581267964);
    assert_int_equal(got.events[0].bar.open, 383262862420);
    assert_int_equal(got.events[0].bar.close, 383310000000);
    assert_int_equal(file_info(&got, 0)->rounded, 74840);
    load_free(&got);
}

static void test_trades(void **state)
{
    const char *files[] = { DATA "crypto-trades/bitstamp_btcusd_trades_2011.csv.gz" };
    struct mt_data_options options = options_for(files, 1);
    size_t empty = 0;
    int64_t low = INT64_MAX, high = 0, most = 0;
    (void)state;
    need(files[0]);
    options.columns = "time,price,qty";
    struct loaded got = load(&options);
    assert_int_equal(got.count, 9999);
    assert_int_equal(file_info(&got, 0)->rounded, 0);
    assert_int_equal(file_info(&got, 0)->first_ns, ns_of("2011-09-13T13:53:36Z"));
    assert_int_equal(file_info(&got, 0)->last_ns, ns_of("2012-05-31T08:41:18Z"));
    for (size_t i = 0; i < got.count; i++) {
        const struct mt_trade *trade = &got.events[i].trade;
        empty += trade->qty == 0;
        low = trade->price < low ? trade->price : low;
        high = trade->price > high ? trade->price : high;
        most = trade->qty > most ? trade->qty : most;
    }
    assert_int_equal(empty, 1);
    assert_int_equal(low, 222000000);
    assert_int_equal(high, 1500000000);
    assert_int_equal(most, 30040044776);
    load_free(&got);
    options.columns = NULL;
    got = load(&options);                                   /* twelve decimals in both: the vendor is told by that */
    assert_int_equal(got.count, 9999);
    assert_int_equal(got.events[0].kind, MT_EV_TRADE);
    assert_int_equal(file_info(&got, 0)->last_ns, ns_of("2012-05-31T08:41:18Z"));
    load_free(&got);
}

static void test_w1(void **state)
{
    const char *files[] = { MT_SOURCE_DIR "/../shared/bench/w1_bars.csv.gz" };
    struct mt_data_options options = options_for(files, 1);
    (void)state;
    need(files[0]);
    struct loaded got = load(&options);
    assert_int_equal(got.count, 525600);
    assert_int_equal(file_info(&got, 0)->bad, 0);
    assert_int_equal(got.events[0].bar.open, 3000000000000);
    assert_int_equal(got.events[0].bar.volume, 221870000);
    assert_int_equal(got.events[525599].time_ns, ns_of("2022-01-01T00:00:00Z"));
    load_free(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fx_ticks), cmocka_unit_test(test_fxcm_zone), cmocka_unit_test(test_bars),
        cmocka_unit_test(test_bitfinex_volume), cmocka_unit_test(test_trades), cmocka_unit_test(test_w1),
    };
    return cmocka_run_group_tests(tests, files_begin, files_end);
}
