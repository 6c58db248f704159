/* Events to files and back (data_sink), and what the quality report counts, on events made by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "adapters/playback/playback.h"
#include "app/data_report.h"
#include "app/data_sink.h"
#include "report/table.h"
#include "base/clock.h"

static char root[] = "/tmp/mthost-data-XXXXXX";
static const int64_t t0 = INT64_C(1700000000) * MT_NS_PER_S;

static struct mt_event quote(int64_t ns, int64_t bid, int64_t ask)
{
    uint8_t sides = (uint8_t)((bid > 0 ? MT_QUOTE_BID : 0) | (ask > 0 ? MT_QUOTE_ASK : 0));
    return (struct mt_event){ .time_ns = ns, .venue_ns = ns, .kind = MT_EV_QUOTE, .quote = { bid, ask, 5, 6, sides } };
}

static struct mt_event trade(int64_t ns, int64_t price, int64_t qty, int side, uint64_t id)
{
    return (struct mt_event){ .time_ns = ns, .venue_ns = ns, .kind = MT_EV_TRADE, .trade = { price, qty, id, side } };
}

static struct mt_event bar(int64_t open_ns, int64_t close)
{
    int64_t end = open_ns + 60 * MT_NS_PER_S;
    return (struct mt_event){ .time_ns = end,
                              .venue_ns = end,
                              .kind = MT_EV_BAR,
                              .bar = { .open_ns = open_ns,
                                       .open = close - 1,
                                       .high = close + 2,
                                       .low = close - 3,
                                       .close = close,
                                       .volume = 7,
                                       .tf_s = 60,
                                       .ticks = 1 } };
}

static void instruments_make(struct mt_instrument out[2])
{
    assert_int_equal(mt_instrument_builtin("EURUSD", &out[0]), 0);
    assert_int_equal(mt_instrument_builtin("binance:BTCUSDT", &out[1]), 0);
}

/* What comes back from the files, event by event, in their order. */
static void read_back(const char *path, const struct mt_event *want, size_t count)
{
    struct mt_instrument instruments[2];
    instruments_make(instruments);
    struct mt_data_options options = {
        .files = &path, .file_count = 1, .configured = instruments, .configured_count = 2, .account_currency = "USD"
    };
    struct mt_diag diag = { 0 };
    struct mt_data *data;
    struct mt_event got[16];
    if (mt_data_open(&data, &options, &diag) != 0)
        fail_msg("%s", diag.text);
    struct mt_source source = mt_data_source(data);
    size_t total = 0;
    for (int n; (n = source.ops->fill(source.self, got, 16, &diag)) > 0;)
        for (int i = 0; i < n; i++, total++) {
            assert_true(total < count);
            const struct mt_event *w = &want[total];
            assert_int_equal(got[i].kind, w->kind);
            assert_int_equal(got[i].time_ns, w->time_ns);
            if (w->kind == MT_EV_QUOTE)
                assert_true(got[i].quote.bid == w->quote.bid && got[i].quote.ask == w->quote.ask
                            && got[i].quote.bid_qty == w->quote.bid_qty && got[i].quote.ask_qty == w->quote.ask_qty
                            && got[i].quote.sides == w->quote.sides);
            else if (w->kind == MT_EV_BAR)
                assert_memory_equal(&got[i].bar, &w->bar, sizeof w->bar);
            else
                assert_true(got[i].trade.price == w->trade.price && got[i].trade.qty == w->trade.qty
                            && got[i].trade.side == w->trade.side && got[i].trade.id == w->trade.id);
        }
    assert_int_equal(total, count);
    mt_data_close(data);
}

/* Three streams go into three files, as stores and as CSV, and each gives back exactly its events. */
static void round_trip(bool csv)
{
    struct mt_instrument instruments[2];
    instruments_make(instruments);
    struct mt_event quotes[3] = { quote(t0, 110000, 110002), quote(t0 + 1, 110003, 110001),
                                  quote(t0 + 1, 110003, 110001) };
    struct mt_event trades[2] = { trade(t0, 3000000000000, 12345, 1, 77), trade(t0 + 5, 3000001000000, 1, -1, 78) };
    struct mt_event bars[2] = { bar(t0, 110010), bar(t0 + 60 * MT_NS_PER_S, 110020) };
    struct mt_data_sink sink;
    struct mt_diag diag = { 0 };
    char out[128], path[256];
    snprintf(out, sizeof out, "%s/a/b%d", root, csv);
    assert_int_equal(mt_data_sink_open(&sink, out, csv, instruments, 2, &diag), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mt_data_sink_put(&sink, &quotes[i], &diag), 0);
        trades[i % 2].symbol = 1;
        if (i < 2 && mt_data_sink_put(&sink, &trades[i], &diag) != 0)
            fail_msg("%s", diag.text);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(mt_data_sink_put(&sink, &bars[i], &diag), 0);
    struct mt_data_written written;
    assert_true(mt_data_sink_at(&sink, 0, &written));
    assert_int_equal(written.events, 3);
    assert_int_equal(written.last_ns, t0 + 1);
    assert_true(mt_data_sink_at(&sink, 2, &written));
    assert_false(mt_data_sink_at(&sink, 3, &written));
    assert_int_equal(mt_data_sink_close(&sink, true, &diag), 0);
    static const char *const names[] = { "EURUSD_quotes", "BTCUSDT_trades", "EURUSD_bars60s" };
    const struct {
        const struct mt_event *events;
        size_t count;
    } streams[] = { { quotes, 3 }, { trades, 2 }, { bars, 2 } };
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s.%s", out, names[i], csv ? "csv" : "mts");
        read_back(path, streams[i].events, streams[i].count);
        unlink(path);
    }
    assert_int_equal(rmdir(out), 0);
}

static void test_stores(void **state) { (void)state; round_trip(false); }
static void test_csv(void **state) { (void)state; round_trip(true); }

/* A failed import leaves nothing behind; a store holds one stream; a folder that cannot be made is said. */
static void test_nothing_half_written(void **state)
{
    (void)state;
    struct mt_instrument instruments[2];
    instruments_make(instruments);
    struct mt_event q = quote(t0, 1, 2), t = trade(t0, 3, 4, 1, 5);
    for (int csv = 0; csv < 2; csv++) {
        struct mt_data_sink sink;
        struct mt_diag diag = { 0 };
        char out[128];
        snprintf(out, sizeof out, "%s/half", root);
        assert_int_equal(mt_data_sink_open(&sink, out, csv, instruments, 2, &diag), 0);
        assert_int_equal(mt_data_sink_put(&sink, &q, &diag), 0);
        mt_data_sink_close(&sink, false, &diag);
        assert_int_equal(rmdir(out), 0);                /* empty */
    }
    struct mt_data_sink sink;
    struct mt_diag diag = { 0 };
    char path[128];
    snprintf(path, sizeof path, "%s/one.mts", root);
    assert_int_equal(mt_data_sink_open(&sink, path, false, instruments, 2, &diag), 0);
    assert_int_equal(mt_data_sink_put(&sink, &q, &diag), 0);
    assert_int_equal(mt_data_sink_put(&sink, &t, &diag), MT_EUSAGE);
    mt_data_sink_close(&sink, false, &diag);
    assert_int_not_equal(access(path, F_OK), 0);
    diag.code = 0;
    assert_int_equal(mt_data_sink_open(&sink, path, true, instruments, 2, &diag), MT_EUSAGE);
    diag.code = 0;
    assert_int_equal(mt_data_sink_open(&sink, "/dev/null/x", false, instruments, 2, &diag), MT_EIO);
    diag.code = 0;
    assert_int_equal(mt_data_sink_open(&sink, "", false, instruments, 2, &diag), MT_EUSAGE);
}

static void test_the_report_counts(void **state)
{
    (void)state;
    struct mt_quality files[2] = { { .events = 0 } };
    struct mt_report_data report = { .files = files, .file_count = 2, .gap_ns = 60 * MT_NS_PER_S };
    struct mt_event events[] = {
        quote(t0, 100, 102), quote(t0, 100, 102),                   /* a duplicate */
        quote(t0 + 1, 103, 102), quote(t0 + 2, 102, 102),           /* crossed, locked */
        quote(t0 + 3, 0, 102),                                      /* one side */
        quote(t0 + 3 + 60 * MT_NS_PER_S, 100, 102),                 /* exactly the limit: no gap */
        quote(t0 + 4 + 120 * MT_NS_PER_S, 100, 102),                /* one ns more */
        trade(t0 + 4 + 120 * MT_NS_PER_S, 1, 2, 1, 3), trade(t0 + 4 + 120 * MT_NS_PER_S, 1, 2, 1, 4),
        trade(t0 + 4 + 120 * MT_NS_PER_S, 1, 2, 1, 4),              /* the same id: a duplicate */
    };
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        mt_report_event(&report, &events[i]);
    struct mt_event bars[] = { bar(t0, 100), bar(t0 + 60 * MT_NS_PER_S, 100), bar(t0 + 300 * MT_NS_PER_S, 100),
                               bar(t0 + 361 * MT_NS_PER_S, 100) };
    for (size_t i = 0; i < sizeof bars / sizeof bars[0]; i++) {
        bars[i].source = 1;
        mt_report_event(&report, &bars[i]);
    }
    struct mt_event stray = quote(t0, 1, 2);
    stray.source = 2;
    mt_report_event(&report, &stray);                               /* of no file: no effect */
    assert_int_equal(files[0].events, 10);
    assert_int_equal(files[0].duplicates, 2);
    assert_int_equal(files[0].crossed, 1);
    assert_int_equal(files[0].locked, 1);
    assert_int_equal(files[0].one_sided, 1);
    assert_int_equal(files[0].gaps, 1);
    assert_int_equal(files[0].longest_ns, 60 * MT_NS_PER_S + 1);
    assert_int_equal(files[0].longest_at_ns, t0 + 3 + 60 * MT_NS_PER_S);
    assert_int_equal(files[1].gaps, 2);
    assert_int_equal(files[1].missing_bars, 3 + 1); /* four minutes instead of one; 61 s: one slot later */
    assert_int_equal(files[1].duplicates, 0);
}

static void test_tables(void **state)
{
    (void)state;
    static const char *const columns[] = { "name", "n" };
    struct mt_table table;
    char *text = NULL;
    size_t size = 0;
    mt_table_init(&table, columns, 2, 2);
    FILE *out = open_memstream(&text, &size);
    mt_table_print(&table, out);
    mt_table_print_json(&table, 2, out);
    fclose(out);
    assert_string_equal(text, "name  n\n[]\n");
    free(text);
    mt_table_cell(&table, "a \"q\" é");
    mt_table_uint(&table, UINT64_MAX);
    mt_table_cell(&table, "");
    mt_table_dec(&table, true, -50, 2);
    mt_table_cell(&table, "m");
    mt_table_dec(&table, false, 7, 0);
    assert_int_equal(mt_table_rows(&table), 3);
    out = open_memstream(&text, &size);
    mt_table_print(&table, out);
    mt_table_print_json(&table, 2, out);
    fclose(out);
    assert_string_equal(
        text, "name                        n\na \"q\" é  18446744073709551615\n                         -0.5\n"
              "m                            \n"
              "[{\"name\":\"a \\\"q\\\" é\",\"n\":18446744073709551615},\n{\"name\":\"\",\"n\":-0.5},\n"
              "{\"name\":\"m\",\"n\":null}]\n");
    free(text);
    mt_table_fini(&table);
}

int main(void)
{
    assert_non_null(mkdtemp(root));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stores),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_nothing_half_written),
        cmocka_unit_test(test_the_report_counts),
        cmocka_unit_test(test_tables),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    char path[64];
    snprintf(path, sizeof path, "%s/a", root);
    rmdir(path);
    rmdir(root);
    return rc;
}
