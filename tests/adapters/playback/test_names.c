#include "adapters/playback/names.h"
#include "adapters/playback/files.h"

static void test_dates(void **state)
{
    static const struct { const char *path, *date; } cases[] = {
        { "oanda_eurusd_20140501.csv.gz", "2014-05-01" }, { "20140501", "2014-05-01" }, { "x20140501y", "2014-05-01" },
        { "/d/20140501/x.csv", NULL }, { "20130101-02.csv", "2013-01-01" }, { "201401011.csv", NULL }, { "2014010.csv", NULL },
        { "20141301.csv", NULL }, { "20140230.csv", NULL }, { "00000000.csv", NULL }, { "19691231.csv", NULL },
        { "20140501_20140501.csv", "2014-05-01" }, { "20140501_20140502.csv", NULL }, { "99999999_20140502.csv", "2014-05-02" },
        { "", NULL }, { "1", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char date[11];
        bool found = mt_name_date(cases[i].path, date);
        if (found != (cases[i].date != NULL))
            fail_msg("%s: %s", cases[i].path, found ? "a date" : "no date");
        if (found)
            assert_string_equal(date, cases[i].date);
    }
}

static void test_symbols(void **state)
{
    static const struct { const char *path, *symbol; } cases[] = {
        { "oanda_eurusd_20140501.csv.gz", "EURUSD" }, { "truefx_usdjpy_20130101-02.csv.gz", "USDJPY" },
        { "/gbpusd/EURUSD.csv", "EURUSD" }, { "EurUsd-2014.csv", "EURUSD" }, { "eurusd.csv", "EURUSD" },
        { "bitfinex_btcusd_1m_2019.csv.gz", "BTCUSD" }, { "ethusdt.csv", "ETHUSDT" }, { "btc-perp_1m.csv.gz", "BTC-PERP" },
        { "w1_bars.csv.gz", "W1" }, { "xeurusdx.csv", "XEURUSDX" }, { "usdeur_x.csv", "USDEUR" }, { "_._x.csv", "X" },
        { "__.", NULL }, { "", NULL }, { "\xc3\xa4.csv", "CSV" },
        { "a234567890123456789012345678901.csv", "A234567890123456789012345678901" },
        { "a2345678901234567890123456789012.csv", "CSV" },
        /* dumps of exchanges, brokers and vendors */
        { "BTCUSDT-1m-2025-01-01.csv", "BTCUSDT" }, { "BTCUSDT-1m-2025-01-02.zip", "BTCUSDT" },
        { "ETHUSDT-1h-2024-03.csv", "ETHUSDT" }, { "BTCUSDT-trades-2024-03-04.csv", "BTCUSDT" },
        { "BTCUSDT-aggTrades-2024-03.csv.xz", "BTCUSDT" }, { "BINANCE_BTCUSDT, 1.csv", "BTCUSDT" },
        { "Coinbase_BTCUSD_d.csv", "BTCUSD" }, { "Binance_ETHBTC_minute.csv", "ETHBTC" }, { "Kraken_XBTUSD_1.csv", "XBTUSD" },
        { "DAT_ASCII_EURUSD_M1_202403.csv", "EURUSD" }, { "EURUSD_M1_202403040900_202403040903.csv", "EURUSD" },
        { "gbpusd-m5-bid-2024-03-04.csv", "GBPUSD" }, { "EURUSD1.csv", "EURUSD" }, { "XAUUSD1440.csv", "XAUUSD" },
        { "XAUUSD7.csv", "XAUUSD7" }, { "US30.csv", "US30" }, { "EURUSD_Ticks_04.03.2024-04.03.2024.csv", "EURUSD" },
        { "BTC_USDT-1h.csv", "BTC_USDT" }, { "btc-usd_daily.csv", "BTC-USD" }, { "ES-5min-2024.csv", "ES" },
        { "2024-03-04-NQ.csv", "NQ" }, { "bars_1m.csv", "BARS" }, { "2024-03-04.csv", "2024" }, { "M1_GOLD.csv", "GOLD" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char symbol[MT_SYMBOL_MAX] = "";
        bool found = mt_name_symbol(cases[i].path, symbol) != MT_NAME_NOTHING;
        if (found != (cases[i].symbol != NULL))
            fail_msg("%s: %s", cases[i].path, found ? symbol : "no symbol");
        if (found)
            assert_string_equal(symbol, cases[i].symbol);
    }
}

/* A word may be the name of anything; a pair or a market is meant. */
static void test_what_a_name_says(void **state)
{
    static const struct { const char *path; enum mt_name_says says; } cases[] = {
        { "oanda_eurusd_20140501.csv.gz", MT_NAME_MARKET }, { "bitfinex_btcusd_1m.csv", MT_NAME_MARKET },
        { "ethusdt.csv", MT_NAME_MARKET }, { "d.csv", MT_NAME_WORD }, { "bars.csv", MT_NAME_WORD },
        { "w1_bars.csv.gz", MT_NAME_WORD }, { "xeurusdx.csv", MT_NAME_WORD }, { "__.", MT_NAME_NOTHING },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char symbol[MT_SYMBOL_MAX] = "";
        assert_int_equal(mt_name_symbol(cases[i].path, symbol), cases[i].says);
    }
}

static void test_is_symbol(void **state)
{
    (void)state;
    assert_true(mt_name_is_symbol("Az09._/-", 8));
    assert_false(mt_name_is_symbol("", 0));
    assert_false(mt_name_is_symbol("a b", 3));
    assert_false(mt_name_is_symbol("a\0b", 3));
    assert_false(mt_name_is_symbol("a:b", 3));
    assert_true(mt_name_is_symbol("0123456789012345678901234567890", 31));
    assert_false(mt_name_is_symbol("01234567890123456789012345678901", 32));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates), cmocka_unit_test(test_symbols), cmocka_unit_test(test_what_a_name_says), cmocka_unit_test(test_is_symbol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
