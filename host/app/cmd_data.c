/* data import, info, check, gen. */
#include "app/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapters/playback/store.h"
#include "adapters/sim/market.h"
#include "app/data_parquet.h"
#include "app/data_report.h"
#include "app/data_sink.h"
#include "app/session_data.h"
#include "app/session_options.h"
#include "app/session_signals.h"
#include "base/clock.h"

enum { BATCH = 256 };
#define SHOW_NS INT64_C(100000000)
#define GAP_NS (60 * MT_NS_PER_S)

struct data_command {
    struct mt_common common;
    struct mt_session_options options;
    struct mt_opt_list words;
    const char *out, *start;
    int64_t for_ns, gap_ns;
    bool csv;
    struct mt_data_parquet parquet;
    struct mt_config *config;
    struct mt_data *data;
    int64_t shown_ns, started_ns;
    bool terminal;
};

/* Data that cannot be read is a failure at run time; a full disk is one of the disk. */
static int data_exit(int rc)
{
    return rc == 0 ? MT_EXIT_DONE : rc == MT_EUSAGE ? MT_EXIT_USAGE : rc == MT_EFULL ? MT_EXIT_JOURNAL : MT_EXIT_FAILED;
}

static int open_data(struct data_command *c, bool inspect, struct mt_diag *diag)
{
    struct mt_opt_list *files = &c->options.files;
    for (size_t i = 0; i < c->words.count; i++) {
        if (files->count == MT_OPT_LIST_MAX)
            return mt_fail(diag, MT_EUSAGE, "more than %d files", MT_OPT_LIST_MAX);
        files->items[files->count++] = c->words.items[i];
    }
    int rc = mt_config_load(&c->config, c->common.config, diag);
    if (rc == 0 && !inspect)
        rc = mt_data_parquet_take(&c->parquet, files, diag);
    return rc != 0 ? rc : mt_data_open_files(&c->data, &c->options, c->config, inspect, diag);
}

static void show_progress(struct data_command *c, uint64_t events, double part)
{
    int64_t now = mt_clock_monotonic();
    if (!c->terminal || now - c->shown_ns < SHOW_NS)
        return;
    c->shown_ns = now;
    double seconds = (double)(now - c->started_ns) * 1e-9;
    fprintf(stderr, "\r\033[K%3.0f %%  %llu events  %.1f M/s", part * 100, (unsigned long long)events,
            seconds > 0 ? (double)events / seconds * 1e-6 : 0);
}

static void end_progress(const struct data_command *c)
{
    if (c->terminal && c->shown_ns != 0)
        fputs("\r\033[K", stderr);
}

typedef int (*take_event)(void *ud, const struct mt_event *event, struct mt_diag *diag);

/* All events of the data, each to `take`. */
static int drain(struct data_command *c, struct mt_source source, take_event take, void *ud, struct mt_diag *diag)
{
    struct mt_event events[BATCH];
    uint64_t total = 0;
    int rc = 0, got = 0;
    while (rc == 0 && (got = source.ops->fill(source.self, events, BATCH, diag)) > 0) {
        if (mt_signals_stop())
            rc = mt_fail(diag, MT_EEND, "stopped by a signal: nothing was written");
        for (int i = 0; rc == 0 && i < got; i++)
            rc = take(ud, &events[i], diag);
        total += (uint64_t)got;
        show_progress(c, total, c->data ? mt_data_progress(c->data) : 0);
    }
    end_progress(c);
    return rc != 0 ? rc : got;
}

static int take_to_sink(void *ud, const struct mt_event *event, struct mt_diag *diag)
{
    return mt_data_sink_put(ud, event, diag);
}

static int take_to_report(void *ud, const struct mt_event *event, struct mt_diag *diag)
{
    (void)diag;
    mt_report_event(ud, event);
    return 0;
}

static void tell_written(const struct data_command *c, const struct mt_data_sink *sink)
{
    struct mt_data_written written;
    char first[MT_TIME_TEXT], last[MT_TIME_TEXT];
    struct mt_buf out;
    mt_buf_init(&out, 1 << 20);
    mt_json_open(&out, NULL, '[');
    for (size_t i = 0; mt_data_sink_at(sink, i, &written); i++) {
        mt_time_format(first, written.first_ns);
        mt_time_format(last, written.last_ns);
        mt_json_open(&out, NULL, '{');
        mt_json_text(&out, "file", written.path);
        mt_json_uint(&out, "events", written.events);
        mt_json_text(&out, "first", first);
        mt_json_text(&out, "last", last);
        mt_json_close(&out, '}');
        if (!c->common.json)
            printf("%s  %llu events  %s … %s\n", written.path, (unsigned long long)written.events, first, last);
    }
    mt_json_close(&out, ']');
    if (c->common.json)
        printf("%s\n", mt_buf_text(&out));
    mt_buf_fini(&out);
}

static int write_all(struct data_command *c, struct mt_source source, const struct mt_instrument *instruments,
                     uint16_t count, struct mt_diag *diag)
{
    struct mt_data_sink sink;
    int rc = mt_data_sink_open(&sink, c->out, c->csv, instruments, count, diag);
    mt_signals_catch();                         /* so that nothing half written is left behind */
    if (rc == 0)
        rc = drain(c, source, take_to_sink, &sink, diag);
    if (rc == 0 && sink.stream_count == 0)
        rc = mt_fail(diag, MT_EREFUSED, "there is no event to write");
    if (rc == 0 && c->data)
        mt_data_tell_rows(c->data, true);
    if (rc == 0)
        tell_written(c, &sink);
    int closed = mt_data_sink_close(&sink, rc == 0, diag);
    mt_signals_ended();
    return rc == 0 ? closed : rc;
}

static int data_import(struct data_command *c, struct mt_diag *diag)
{
    if (!c->out)
        return data_exit(mt_fail(diag, MT_EUSAGE, "where to? --out DIR or --out FILE" MT_STORE_SUFFIX));
    int rc = open_data(c, false, diag);
    if (rc == MT_EDUP)
        return MT_EXIT_REFUSED;
    if (rc != 0)
        return rc == MT_EREFUSED && !c->data && !c->config ? MT_EXIT_REFUSED : data_exit(rc);
    uint16_t count;
    const struct mt_instrument *instruments = mt_data_instruments(c->data, &count);
    return data_exit(write_all(c, mt_data_source(c->data), instruments, count, diag));
}

static int data_look(struct data_command *c, bool check, struct mt_diag *diag)
{
    struct mt_report_data report;
    struct mt_diag ended = { 0 };
    int rc = open_data(c, true, diag);
    if (rc == 0)
        rc = mt_report_open(&report, c->data, c->gap_ns, diag);
    if (rc != 0)
        return rc == MT_EREFUSED && !c->data && !c->config ? MT_EXIT_REFUSED : data_exit(rc);
    rc = drain(c, mt_data_source(c->data), take_to_report, &report, &ended);
    bool damaged = rc != 0;
    if (check)
        damaged = mt_report_check(&report, ended.text, c->common.json);
    else
        mt_report_info(&report, c->common.json);
    mt_report_close(&report);
    if (rc != 0)
        *diag = ended;
    else if (damaged)
        mt_fail(diag, MT_ECORRUPT, "data check: damaged, see the report");
    return damaged ? MT_EXIT_FAILED : MT_EXIT_DONE;
}

static int gen_instrument(const struct data_command *c, const char *symbol, struct mt_instrument *out,
                          struct mt_diag *diag)
{
    struct mt_diag why = { 0 };
    mt_market_default_instrument(out);
    if (c->options.data.like && mt_instrument_builtin(c->options.data.like, out) != 0)
        return mt_fail(diag, MT_EUSAGE, "--like: '%s' is no built-in instrument", c->options.data.like);
    if (!c->options.data.like && strcmp(out->symbol, symbol) != 0 && mt_instrument_builtin(symbol, out) != 0)
        mt_instrument_infer(symbol, 2, "USD", out);
    memset(out->symbol, 0, sizeof out->symbol);
    snprintf(out->symbol, sizeof out->symbol, "%s", symbol);
    if (c->options.data.instrument && mt_instrument_parse(c->options.data.instrument, out, diag) != 0)
        return diag->code;
    if (strlen(symbol) >= sizeof out->symbol || mt_instrument_check(out, &why) != 0)
        return mt_fail(diag, MT_EUSAGE, "--symbols: '%s': %s", symbol, why.text[0] ? why.text : "is too long");
    return 0;
}

static int data_gen(struct data_command *c, struct mt_diag *diag)
{
    int64_t start_ns = 0;
    size_t count = c->options.symbols.count ? c->options.symbols.count : 1;
    int rc = 0;
    if (!c->out || c->for_ns <= 0)
        rc = mt_fail(diag, MT_EUSAGE, !c->out ? "where to? --out DIR" : "how long? --for 10m");
    if (rc == 0 && c->words.count + c->options.files.count > 0)
        rc = mt_fail(diag, MT_EUSAGE, "it reads no files");
    if (rc == 0 && mt_time_parse(c->start, strlen(c->start), &start_ns) != 0)
        rc = mt_fail(diag, MT_EUSAGE, "--start: '%s' is no time", c->start);
    struct mt_instrument *instruments = calloc(count, sizeof *instruments);
    if (rc == 0 && !instruments)
        rc = mt_fail(diag, MT_ENOMEM, "data gen: no memory");
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = gen_instrument(c, c->options.symbols.count ? c->options.symbols.items[i] : "BTCUSDT", &instruments[i],
                            diag);
    struct mt_market_options market = { .instruments = instruments, .instrument_count = (uint16_t)count,
        .seed = (uint64_t)c->options.seed, .start_ns = start_ns, .end_ns = start_ns + c->for_ns };
    struct mt_source source;
    if (rc == 0)
        rc = mt_market_new(&source, &market, diag);
    if (rc == 0) {
        rc = write_all(c, source, instruments, (uint16_t)count, diag);
        source.ops->close(source.self);
    }
    free(instruments);
    return data_exit(rc);
}

static const char data_usage[] =
    "mthost data import FILE… --out DIR|FILE" MT_STORE_SUFFIX "\n"
    "mthost data info FILE…\n"
    "mthost data check FILE…      quality report; exit 1 when damaged\n"
    "mthost data gen --for 10m --out DIR [--seed N] [--symbols A,B] [--start TIME] [--csv]\n"
    "  Files are text (also .gz .zip .xz .zst .bz2) or tick stores (" MT_STORE_SUFFIX ", or a folder of them);\n"
    "  import takes Parquet, too, where python3 has pyarrow or duckdb. docs/data-files.md: what is recognised.";

static int run_sub(struct data_command *c, const char *sub, struct mt_diag *diag)
{
    int code;
    c->terminal = isatty(STDERR_FILENO);
    c->started_ns = mt_clock_monotonic();
    if (strcmp(sub, "import") == 0)
        code = data_import(c, diag);
    else if (strcmp(sub, "gen") == 0)
        code = data_gen(c, diag);
    else
        code = data_look(c, strcmp(sub, "check") == 0, diag);
    mt_data_close(c->data);
    mt_data_parquet_close(&c->parquet);
    mt_config_free(c->config);
    return code;
}

/* Whether `sub` is a command; says so if not. */
static bool known_sub(const char *sub)
{
    static const char *const subs[] = { "import", "info", "check", "gen" };
    for (size_t i = 0; i < sizeof subs / sizeof subs[0]; i++)
        if (strcmp(sub, subs[i]) == 0)
            return true;
    if (strcmp(sub, "export") == 0 || strcmp(sub, "book") == 0 || strcmp(sub, "fetch") == 0)
        fprintf(stderr, "mthost: data %s: not built yet\n", sub);
    else if (mt_command_elsewhere(sub))
        fprintf(stderr, "mthost: data %s: no such command: %s\n", sub, mt_command_elsewhere(sub));
    else
        fprintf(stderr, "mthost: data: %s%s%s (mthost data --help)\n", sub[0] ? "'" : "which? import info check gen",
                sub, sub[0] ? "' is none of import info check gen" : "");
    return false;
}

int mt_cmd_data(int argc, char **argv)
{
    struct data_command c = { .gap_ns = GAP_NS, .start = "2025-01-06T08:00:00Z", .options = { .seed = 1 } };
    const struct mt_opt table[] = {
        { "out", MT_OPT_TEXT, &c.out, "DIR", "import, gen: where to", 0, 0, false },
        { "for", MT_OPT_DURATION, &c.for_ns, "T", "gen: how much market time", 0, 0, false },
        { "start", MT_OPT_TEXT, &c.start, "TIME", "gen: of the first event (default 2025-01-06T08:00:00Z)", 0, 0,
          false },
        { "seed", MT_OPT_INT, &c.options.seed, "N", "gen: which market (default 1)", 0, INT64_MAX, false },
        { "csv", MT_OPT_FLAG, &c.csv, NULL, "import, gen: CSV files instead of tick stores", 0, 0, false },
        { "gap", MT_OPT_DURATION, &c.gap_ns, "T", "check: ticks farther apart are a gap (default 1m)", 0, 0, false },
        MT_DATA_OPTIONS(&c.options),
        MT_HOST_OPTIONS(&c.common),
        { NULL, MT_OPT_FLAG, NULL, NULL, NULL, 0, 0, false },
    };
    struct mt_diag diag = { 0 };
    char name[32];
    bool done;
    bool has_sub = argc > 1 && argv[1][0] != '-';       /* `data --help` is answered by the options */
    if (has_sub && !known_sub(argv[1]))
        return MT_EXIT_USAGE;
    snprintf(name, sizeof name, "data%s%s", has_sub ? " " : "", has_sub ? argv[1] : "");
    const char *sub = has_sub ? argv[1] : "";
    argv[has_sub] = name;
    int code = mt_command_begin(data_usage, table, &c.common, argc - has_sub, argv + has_sub, &c.words, &done);
    if (done)
        return code;
    if (!has_sub) {
        known_sub("");
        return MT_EXIT_USAGE;
    }
    code = run_sub(&c, sub, &diag);
    if (code == MT_EXIT_DONE)
        return code;
    if (code == MT_EXIT_USAGE) {
        fprintf(stderr, "mthost: %s: %s (mthost data --help)\n", name, diag.text);
        return code;
    }
    return mt_command_fail(code, &diag);
}
