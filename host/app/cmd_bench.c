/* bench: how fast this machine runs the workloads of the architecture: five runs each, median and worst, with what
 * must come out, memory, and allocations counted. Results have no files here; risk, orders and the journal (in
 * memory) are on. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/bench.h"
#include "app/command.h"
#include "app/results.h"
#include "app/session_loop.h"
#include "base/buf.h"
#include "base/clock.h"

enum { RUNS_MAX = 99, TICKS = 1000000, LUA_CALLS = 2000000 };

struct sample { int64_t ns; uint64_t events, trades, hash, c_allocations, lua_bytes; mt_money equity; double lua_ns; };
struct workload {
    const char *name, *script, *symbol, *zone, *cash, *fee_bp;
    struct mt_opt_list files;
    uint64_t preload;               /* events of a generated market in memory; 0: files */
    bool lua_part;                  /* measure the calls of its handler alone, too */
    uint64_t trades;                /* what must come out; 0: not known */
    const char *equity;
};

/* --- one run -------------------- */

/* Allocations between the middle of the run and the last look before its end: starting, compiling and stopping may
 * allocate, ticks may not. */
struct watch { struct mt_session *session; uint64_t from; uint64_t c_start, c_end, lua_start, lua_end; bool started; };

static int watch(struct mt_loop *loop, int wait_ms, struct mt_diag *diag)
{
    struct watch *w = loop->ud;
    (void)wait_ms;
    (void)diag;
    if (mt_engine_position(w->session->engine) < w->from)
        return 0;
    w->lua_end = mt_script_allocated(w->session->script);
    w->c_end = mt_bench_allocations();
    if (!w->started) {
        w->lua_start = w->lua_end;
        w->c_start = w->c_end;
    }
    w->started = true;
    return 0;
}

/* Projection, call, dispatcher and handler alone. */
static double time_lua(struct mt_session *session)
{
    struct mt_strategy strategy = mt_script_strategy(session->script);
    struct mt_port *port = mt_engine_port(session->engine);
    int failed = 0;
    port->market = 0;
    port->quote = (struct mt_view_quote){ .time = port->now, .bid = 29999.5, .ask = 30000.5, .mid = 30000 };
    int64_t started = mt_clock_monotonic();
    for (int i = 0; i < LUA_CALLS; i++) {
        port->quote.mid += i & 1 ? 0.01 : -0.01;
        failed |= strategy.ops->deliver(strategy.self, MT_ON_QUOTE, NULL);
    }
    return failed ? 0 : (double)(mt_clock_monotonic() - started) / LUA_CALLS;
}

static int compose(struct mt_session *session, struct mt_results *results, struct mt_diag *diag)
{
    struct mt_journal *journal;
    struct mt_journal_options in_memory = { .dir = NULL };
    int rc = mt_journal_open(&journal, &in_memory, 0, NULL, NULL, diag);
    if (rc != 0)
        return rc;
    struct mt_observer observer = mt_results_observer(results);
    rc = mt_session_compose(session, journal, &observer, true, diag);
    return rc == 0 ? mt_session_begin(session, diag) : rc;
}

static int measure(const struct workload *w, struct mt_session *session, struct mt_results *results, struct sample *out,
                   struct mt_diag *diag)
{
    struct watch state = { .session = session, .from = out->events / 2 };
    struct mt_loop loop = { .session = session, .ud = &state, .poll = watch, .operate_turn = UINT64_MAX };
    struct mt_results_view view;
    int rc = compose(session, results, diag);
    if (rc != 0)
        return rc;
    int64_t started = mt_clock_monotonic();
    rc = mt_loop_run(&loop, diag);
    out->ns = mt_clock_monotonic() - started;
    if (rc != 0)
        return rc;
    out->c_allocations = state.c_end - state.c_start;
    out->lua_bytes = state.lua_end - state.lua_start;
    rc = mt_results_finish(results, out->ns, diag);
    mt_results_view(results, &view);
    out->events = view.events;
    out->trades = view.trades;
    out->hash = view.result_hash;
    out->equity = view.equity;
    out->lua_ns = w->lua_part ? time_lua(session) : 0;
    return rc;
}

/* out->events: what an earlier run has seen, 0 in the first. */
static int run_once(const struct workload *w, const struct mt_config *config, struct sample *out, struct mt_diag *diag)
{
    struct mt_session *session = NULL;
    struct mt_results *results = NULL;
    struct mt_results_options none = { 0 };
    struct mt_session_options options = { .script = w->script, .cash = w->cash, .fee_bp = w->fee_bp, .files = w->files,
                                          .data = { .zone = w->zone }, .seed = 1,
                                          .start_ns = INT64_C(1609459200) * MT_NS_PER_S };
    if (w->symbol)
        options.symbols = (struct mt_opt_list){ .items = { w->symbol }, .count = 1 };
    int rc = mt_session_prepare(&session, &options, config, diag);
    if (rc == 0 && w->preload > 0)
        rc = mt_bench_preload(&session->source, w->preload, diag);
    if (rc == 0)
        rc = mt_results_new(&results, session, &none, diag);
    if (rc == 0)
        rc = measure(w, session, results, out, diag);
    mt_results_free(results);
    mt_session_free(session);
    return rc;
}

/* --- reports -------------------- */

static int by_time(const void *a, const void *b)
{
    int64_t x = ((const struct sample *)a)->ns, y = ((const struct sample *)b)->ns;
    return (x > y) - (x < y);
}

static double rate(const struct sample *sample)
{
    return sample->ns > 0 ? (double)sample->events * 1e9 / (double)sample->ns : 0;
}

static void report(const struct workload *w, const struct sample *samples, int runs, bool good, bool json)
{
    const struct sample *median = &samples[runs / 2], *worst = &samples[runs - 1];
    char equity[MT_DEC_TEXT];
    mt_money_format(equity, median->equity);
    if (!json) {
        printf("%-10s %8.2f M events/s median, %8.2f worst (%.1f ns per event)%s\n", w->name, rate(median) / 1e6,
               rate(worst) / 1e6, 1e9 / rate(median), good ? "" : "  WRONG RESULT");
        printf("           %" PRIu64 " events, %" PRIu64 " trades, equity %s, hash %016" PRIx64 "\n", median->events,
               median->trades, equity, median->hash);
        printf("           in the second half: %" PRIu64 " allocations in C, %" PRIu64
               " bytes in Lua; peak RSS so far %.0f MB\n",
               median->c_allocations, median->lua_bytes, mt_results_peak_rss_mb());
        if (w->lua_part)
            printf("           the Lua part alone: %.1f ns per event\n", median->lua_ns);
        return;
    }
    struct mt_buf out;
    mt_buf_init(&out, 65536);
    mt_json_open(&out, NULL, '{');
    mt_json_text(&out, "workload", w->name);
    mt_json_double(&out, "median_events_per_s", rate(median));
    mt_json_double(&out, "worst_events_per_s", rate(worst));
    mt_json_double(&out, "ns_per_event", 1e9 / rate(median));
    mt_json_uint(&out, "events", median->events);
    mt_json_uint(&out, "trades", median->trades);
    mt_json_text(&out, "equity", equity);
    mt_json_hex64(&out, "result_hash", median->hash);
    mt_json_uint(&out, "c_allocations", median->c_allocations);
    mt_json_uint(&out, "lua_bytes", median->lua_bytes);
    if (w->lua_part)
        mt_json_double(&out, "lua_ns_per_event", median->lua_ns);
    mt_json_double(&out, "rss_mb", mt_results_peak_rss_mb());
    mt_json_bool(&out, "good", good);
    mt_json_close(&out, '}');
    puts(mt_buf_text(&out));
    mt_buf_fini(&out);
}

static bool is_good(const struct workload *w, const struct sample *samples, int runs)
{
    char equity[MT_DEC_TEXT];
    for (int i = 0; i < runs; i++) {
        mt_money_format(equity, samples[i].equity);
        if (samples[i].hash != samples[0].hash || samples[i].events != samples[0].events
            || (w->trades != 0 && samples[i].trades != w->trades) || (w->equity && strcmp(equity, w->equity) != 0))
            return false;
    }
    return true;
}

static int run_workload(const struct workload *w, const struct mt_config *config, int runs, bool json, bool *all_good,
                        struct mt_diag *diag)
{
    struct sample samples[RUNS_MAX];
    memset(samples, 0, sizeof samples);
    struct sample first = { 0 };                /* warms the caches and is not counted */
    int rc = run_once(w, config, &first, diag);
    for (int i = 0; rc == 0 && i < runs; i++) {
        samples[i].events = first.events;
        rc = run_once(w, config, &samples[i], diag);
    }
    if (rc != 0)
        return rc;
    bool good = is_good(w, samples, runs);
    qsort(samples, (size_t)runs, sizeof samples[0], by_time);
    report(w, samples, runs, good, json);
    *all_good = *all_good && good;
    return 0;
}

/* --- the workloads -------------------- */

/* bench/NAME beside the working directory or in the tree of this program. */
static int find_script(const char *name, char out[PATH_MAX], struct mt_diag *diag)
{
    static const char *const places[] = { "%s/bench/%s", "%s/../bench/%s", "%s/../../bench/%s",
                                          "%s/../../../bench/%s" };
    char self[PATH_MAX];
    snprintf(out, PATH_MAX, "bench/%s", name);
    if (access(out, R_OK) == 0)
        return 0;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = '\0';
    if (strrchr(self, '/'))
        *strrchr(self, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (snprintf(out, PATH_MAX, places[i], self, name) < PATH_MAX && access(out, R_OK) == 0)
            return 0;
    return mt_fail(diag, MT_ENOTFOUND, "bench: bench/%s is not there: run it in the source tree", name);
}

struct bench {
    struct mt_common common;
    struct mt_opt_list ticks, only;        /* only: the workloads that are wanted; all when empty */
    const char *w1, *zone;
    int64_t runs;
    char dir[MT_PATH_MAX], w1_lua[PATH_MAX], w5_lua[PATH_MAX];
    char bars_csv[MT_PATH_MAX + 32], bars_store[MT_PATH_MAX + 32], ticks_store[MT_PATH_MAX + 32];
};

/* The workloads by the names a user types. */
static const char *const workload_words[] = { "w1-csv", "w1-store", "w5", "ticks", "ta" };

static bool is_wanted(const struct bench *b, const char *word)
{
    bool wanted = b->only.count == 0;
    for (size_t i = 0; i < b->only.count; i++)
        wanted |= strcmp(b->only.items[i], word) == 0;
    return wanted;
}

static int check_words(const struct bench *b, struct mt_diag *diag)
{
    for (size_t i = 0; i < b->only.count; i++) {
        bool known = false;
        for (size_t k = 0; k < sizeof workload_words / sizeof *workload_words; k++)
            known |= strcmp(b->only.items[i], workload_words[k]) == 0;
        if (!known)
            return mt_fail(diag, MT_EUSAGE, "bench: no workload %s; there are w1-csv w1-store w5 ticks ta",
                           b->only.items[i]);
    }
    return 0;
}

static int make_data(struct bench *b, struct mt_diag *diag)
{
    int rc = mt_bench_temp(b->dir, diag);
    if (rc != 0)
        return rc;
    snprintf(b->bars_csv, sizeof b->bars_csv, "%s/w1_bars.csv", b->dir);
    snprintf(b->bars_store, sizeof b->bars_store, "%s/w1_bars.mts", b->dir);
    snprintf(b->ticks_store, sizeof b->ticks_store, "%s/ticks.mts", b->dir);
    if (b->w1)
        snprintf(b->bars_csv, sizeof b->bars_csv, "%s", b->w1);
    else
        rc = mt_bench_write_bars(b->bars_csv, diag);
    const char *const csv[] = { b->bars_csv };
    if (rc == 0)
        rc = mt_bench_import(csv, 1, "BTCUSD", NULL, b->bars_store, diag);
    if (rc == 0 && b->ticks.count > 0)
        rc = mt_bench_import(b->ticks.items, b->ticks.count, NULL, b->zone, b->ticks_store, diag);
    else if (rc == 0 && is_wanted(b, "ticks"))
        rc = mt_bench_write_quotes(b->ticks_store, TICKS, diag);
    return rc;
}

static int run_all(struct bench *b, const struct mt_config *config, bool *good, struct mt_diag *diag)
{
    struct workload w1 = { .name = "W1 csv", .script = b->w1_lua, .symbol = "BTCUSD", .cash = "1000000", .fee_bp = "4",
                           .files = { .items = { b->bars_csv }, .count = 1 } };
    if (b->w1) {
        w1.trades = 19176;
        w1.equity = "575085.55692800";
    }
    struct workload w1_store = w1, w5 = { .name = "W5", .script = b->w5_lua, .preload = TICKS, .lua_part = true };
    struct workload ticks = { .name = "ticks", .script = "strategies/price_vs_ma",
                              .files = { .items = { b->ticks_store }, .count = 1 } };
    w1_store.name = "W1 store";
    w1_store.files.items[0] = b->bars_store;
    const struct workload *const all[] = { &w1, &w1_store, &w5, &ticks };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof all / sizeof *all; i++)
        if (is_wanted(b, workload_words[i]))
            rc = run_workload(all[i], config, (int)b->runs, b->common.json, good, diag);
    if (rc == 0 && is_wanted(b, "ta"))
        rc = mt_bench_indicators(b->bars_store, (int)b->runs, b->common.json, good, diag);
    return rc;
}

static int run(struct bench *b, struct mt_diag *diag)
{
    struct mt_config *config;
    bool good = true;
    int rc = find_script("w1.lua", b->w1_lua, diag);
    if (rc == 0)
        rc = find_script("w5.lua", b->w5_lua, diag);
    if (rc == 0)
        rc = mt_config_load(&config, b->common.config, diag);
    if (rc != 0)
        return mt_exit_of(rc);
    rc = make_data(b, diag);
    if (rc == 0)
        rc = run_all(b, config, &good, diag);
    mt_bench_temp_remove(b->dir);
    mt_config_free(config);
    if (rc == 0 && !good)
        mt_fail(diag, MT_EDIFF, "bench: a result is not what it must be, or differs between two runs");
    return rc != 0 ? mt_exit_of(rc) : good ? MT_EXIT_DONE : MT_EXIT_DIFFERS;
}

int mt_cmd_bench(int argc, char **argv)
{
    static struct bench b;
    struct mt_diag diag = { 0 };
    bool done;
    b = (struct bench){ .runs = 5 };
    const struct mt_opt table[] = {
        MT_COMMON_OPTIONS(&b.common),
        { "w1", MT_OPT_TEXT, &b.w1, "FILE", "the reference bars of W1, with known results; else bars made by rule", 0,
          0, false },
        { "ticks", MT_OPT_FILES, &b.ticks, "FILE…", "quotes for the tick replay; else of the generated market", 0, 0,
          false },
        { "runs", MT_OPT_INT, &b.runs, "N", "measured runs of each workload (default 5)", 1, RUNS_MAX, false },
        { "tz", MT_OPT_TEXT, &b.zone, "ZONE", "of the times in --ticks", 0, 0, false },
        { 0 },
    };
    int code =
        mt_command_begin("mthost bench [w1-csv|w1-store|w5|ticks|ta…] [--w1 FILE] [--ticks FILE…]", table, &b.common,
                         argc, argv, &b.only, &done);
    if (done)
        return code;
    code = check_words(&b, &diag) != 0 ? mt_exit_of(diag.code) : run(&b, &diag);
    return diag.code != 0 ? mt_command_fail(code, &diag) : code;
}
