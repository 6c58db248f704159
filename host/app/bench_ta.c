/* bench: the indicators of the script library over the bars of W1, in a compiled loop over memory: what reading and
 * writing files costs is not in it. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/playback/playback.h"
#include "app/bench.h"
#include "app/command.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "script/ta.h"

enum { BATCH = 256, BAR_FIELDS = MT_TA_VOLUME + 1, PERIOD_MIN = 2, PERIODS = 29 };

struct bars { double *fields[BAR_FIELDS]; size_t count, capacity; };
/* All runs of one function. `check`: the sum of its first output; `hash`: of all outputs. */
struct timed { int64_t *ns; double check; uint64_t hash; bool same; };
struct indicators { const struct bars *bars; int runs; bool json; bool *good; };

static int grow(struct bars *bars, struct mt_diag *diag)
{
    bars->capacity = bars->capacity * 2 + 65536;
    for (int i = 0; i < BAR_FIELDS; i++) {
        double *more = realloc(bars->fields[i], bars->capacity * sizeof *more);
        if (!more)
            return mt_fail(diag, MT_ENOMEM, "bench: no memory for %zu bars", bars->capacity);
        bars->fields[i] = more;
    }
    return 0;
}

static int read_bars(struct bars *bars, const char *path, struct mt_diag *diag)
{
    struct mt_data *data;
    struct mt_data_options options = { .files = &path, .file_count = 1 };
    struct mt_event events[BATCH];
    uint16_t count;
    int rc = mt_data_open(&data, &options, diag), got = 1;
    if (rc != 0)
        return rc;
    const struct mt_instrument *instrument = mt_data_instruments(data, &count);
    struct mt_source source = mt_data_source(data);
    while (rc == 0 && (got = source.ops->fill(source.self, events, BATCH, diag)) > 0) {
        if (bars->count + BATCH > bars->capacity)
            rc = grow(bars, diag);
        for (int i = 0; rc == 0 && i < got; i++, bars->count++) {
            const struct mt_bar *bar = &events[i].bar;
            const int64_t prices[] = { bar->open, bar->high, bar->low, bar->close };
            bars->fields[MT_TA_TIME][bars->count] = (double)bar->open_ns / 1e9;
            for (int k = 0; k < 4; k++)
                bars->fields[MT_TA_OPEN + k][bars->count] = mt_dec_to_double(prices[k], instrument->price_scale);
            bars->fields[MT_TA_VOLUME][bars->count] = mt_dec_to_double(bar->volume, instrument->qty_scale);
        }
    }
    mt_data_close(data);
    return rc != 0 ? rc : got;
}

/* --- one function -------------------- */

/* The series of periods that mavp takes beside the close: something that changes with each bar. */
static void fill_periods(double *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (double)(PERIOD_MIN + i % PERIODS);
}

static int choose(struct mt_ta *ta, const char *name, const struct bars *bars, struct mt_diag *diag)
{
    bool periods = strcmp(name, "mavp") == 0;
    struct mt_ta_choice choice = { .name = name, .kind = MT_TA_BARS, .rows = bars->count,
                                   .columns = periods ? "close,volume" : NULL };
    int rc = mt_ta_choose(ta, &choice, diag);
    const struct mt_ta_plan *plan = mt_ta_plan(ta);
    for (int k = 0; rc == 0 && k < plan->input_count; k++)
        memcpy(plan->in[k], bars->fields[plan->inputs[k]], bars->count * sizeof *plan->in[k]);
    if (rc == 0 && periods)
        fill_periods(plan->in[1], bars->count);
    return rc;
}

static void look(const struct mt_ta_plan *plan, size_t count, double *sum, uint64_t *hash)
{
    *sum = 0;
    *hash = 0;
    for (size_t i = 0; i < count; i++)
        *sum += isnan(plan->out[0][i]) ? 0 : plan->out[0][i];
    for (int k = 0; k < plan->output_count; k++)
        *hash = mt_hash64_seed(plan->out[k], count * sizeof *plan->out[k], *hash);
}

/* One run to warm up, and the measured ones. */
static int time_one(const struct indicators *all, const char *name, struct timed *out, struct mt_diag *diag)
{
    struct mt_ta *ta;
    int rc = mt_ta_new(&ta, getenv("MTHOST_SCRIPTS"), mt_script_roots(), false, diag);
    if (rc != 0)
        return rc;
    rc = choose(ta, name, all->bars, diag);
    out->same = true;
    for (int i = -1; rc == 0 && i < all->runs; i++) {
        size_t done;
        double check;
        uint64_t hash;
        int64_t started = mt_clock_monotonic();
        rc = mt_ta_run(ta, all->bars->count, &done, diag);
        int64_t took = mt_clock_monotonic() - started;
        look(mt_ta_plan(ta), all->bars->count, &check, &hash);
        if (i >= 0) {
            out->ns[i] = took;
            out->same = out->same && hash == out->hash;
        }
        out->check = check;
        out->hash = hash;
        if (rc == 0)
            rc = mt_ta_reset(ta, diag);
    }
    mt_ta_free(ta);
    return rc;
}

/* --- reports -------------------- */

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print(struct mt_buf *out, bool json)
{
    if (json)
        puts(mt_buf_text(out));
    mt_buf_fini(out);
}

static void report_one(const struct indicators *all, const char *name, struct timed *timed)
{
    qsort(timed->ns, (size_t)all->runs, sizeof *timed->ns, by_time);
    double count = (double)all->bars->count;
    double median = (double)timed->ns[all->runs / 2] / count, worst = (double)timed->ns[all->runs - 1] / count;
    struct mt_buf out;
    mt_buf_init(&out, 65536);
    mt_json_open(&out, NULL, '{');
    mt_json_text(&out, "workload", "ta");
    mt_json_text(&out, "name", name);
    mt_json_double(&out, "median_ns_per_update", median);
    mt_json_double(&out, "worst_ns_per_update", worst);
    mt_json_double(&out, "check", timed->check);
    mt_json_bool(&out, "good", timed->same);
    mt_json_close(&out, '}');
    if (!all->json)
        printf("%-10s %8.2f ns per update median, %8.2f worst   check %.10g%s\n", name, median, worst, timed->check,
               timed->same ? "" : "  WRONG RESULT");
    print(&out, all->json);
}

static void report_all(const struct indicators *all, int functions, struct timed *sum)
{
    qsort(sum->ns, (size_t)all->runs, sizeof *sum->ns, by_time);
    double median = (double)sum->ns[all->runs / 2] / 1e9, worst = (double)sum->ns[all->runs - 1] / 1e9;
    struct mt_buf out;
    mt_buf_init(&out, 65536);
    mt_json_open(&out, NULL, '{');
    mt_json_text(&out, "workload", "ta");
    mt_json_text(&out, "name", "all");
    mt_json_int(&out, "functions", functions);
    mt_json_uint(&out, "bars", all->bars->count);
    mt_json_double(&out, "median_s", median);
    mt_json_double(&out, "worst_s", worst);
    mt_json_hex64(&out, "check", sum->hash);
    mt_json_bool(&out, "good", sum->same);
    mt_json_close(&out, '}');
    if (!all->json)
        printf("TA-Lib's   %8.3f s median, %8.3f s worst for %d functions on %zu bars   check %016" PRIx64 "%s\n",
               median, worst, functions, all->bars->count, sum->hash, sum->same ? "" : "  WRONG RESULT");
    print(&out, all->json);
}

/* --- the workload -------------------- */

static int each(const struct indicators *all, struct mt_ta *names, struct timed *one, struct timed *sum,
                struct mt_diag *diag)
{
    static const char *const shown[] = { "ema", "sma", "rsi", "atr", "macd", "bbands", "adx" };
    struct mt_ta_info info;
    int rc, functions = 0;
    for (size_t i = 0; (rc = mt_ta_at(names, i, &info, diag)) > 0; i++) {
        if (!info.talib)
            continue;
        rc = time_one(all, info.name, one, diag);
        if (rc != 0)
            return rc;
        functions++;
        for (int k = 0; k < all->runs; k++)
            sum->ns[k] += one->ns[k];
        sum->hash = mt_hash64_seed(&one->hash, sizeof one->hash, sum->hash);
        sum->same = sum->same && one->same;
        bool wanted = all->json;        /* 142 lines are for programs */
        for (size_t k = 0; k < sizeof shown / sizeof *shown; k++)
            wanted |= strcmp(shown[k], info.name) == 0;
        if (wanted)
            report_one(all, info.name, one);
    }
    if (rc == 0)
        report_all(all, functions, sum);
    *all->good = *all->good && sum->same;
    return rc;
}

int mt_bench_indicators(const char *bars_path, int runs, bool json, bool *good, struct mt_diag *diag)
{
    struct bars bars = { .count = 0 };
    struct mt_ta *names = NULL;
    struct timed one = { .ns = calloc((size_t)runs, sizeof(int64_t)) };
    struct timed sum = { .ns = calloc((size_t)runs, sizeof(int64_t)), .same = true };
    struct indicators all = { .bars = &bars, .runs = runs, .json = json, .good = good };
    int rc = one.ns && sum.ns ? 0 : mt_fail(diag, MT_ENOMEM, "bench: no memory");
    if (rc == 0)
        rc = read_bars(&bars, bars_path, diag);
    if (rc == 0)
        rc = mt_ta_new(&names, getenv("MTHOST_SCRIPTS"), mt_script_roots(), false, diag);
    if (rc == 0)
        rc = each(&all, names, &one, &sum, diag);
    mt_ta_free(names);
    for (int i = 0; i < BAR_FIELDS; i++)
        free(bars.fields[i]);
    free(one.ns);
    free(sum.ns);
    return rc;
}
