/* The summary as JSON; docs/results.md has its fields. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/results_private.h"
#include "base/clock.h"
#include "model/code.h"

enum { MT_SUMMARY_MAX = 64 << 20 };

struct mt_sums mt_sums_of(const struct mt_account *account)
{
    return (struct mt_sums){ account->cash, account->cash + account->unrealised, account->realised,
                             account->unrealised, account->fees };
}

static struct mt_sums total(const struct mt_results *r)
{
    const struct mt_ledger *ledger = mt_engine_ledger(r->engine);
    struct mt_sums sum = { 0 };
    for (uint16_t i = 0; i < r->account_count; i++) {
        struct mt_sums one = mt_sums_of(&ledger->accounts[r->accounts[i]]);
        sum.cash += one.cash;
        sum.equity += one.equity;
        sum.realised += one.realised;
        sum.unrealised += one.unrealised;
        sum.fees += one.fees;
    }
    return sum;
}

static void put_sums(struct mt_buf *out, const struct mt_sums *sums)
{
    mt_json_money(out, "cash", sums->cash);
    mt_json_money(out, "final_equity", sums->equity);
    mt_json_money(out, "realised", sums->realised);
    mt_json_money(out, "unrealised", sums->unrealised);
    mt_json_money(out, "fees", sums->fees);
}

/* A sum over currencies would be no number: the accounts tell then. */
static void put_money(const struct mt_results *r, struct mt_buf *out)
{
    static const char *const names[] = { "cash", "final_equity", "realised", "unrealised", "fees" };
    if (r->same_currency) {
        struct mt_sums sum = total(r);
        put_sums(out, &sum);
        mt_json_text(out, "currency", r->run.names.accounts[r->accounts[0]].currency);
    }
    for (size_t i = 0; !r->same_currency && i < sizeof names / sizeof *names; i++)
        mt_json_null(out, names[i]);
    if (r->account_count == 1)
        return;
    mt_json_open(out, "accounts", '[');
    for (uint16_t i = 0; i < r->account_count; i++) {
        struct mt_sums one = mt_sums_of(&mt_engine_ledger(r->engine)->accounts[r->accounts[i]]);
        mt_json_open(out, NULL, '{');
        mt_json_text(out, "account", mt_results_account(r, r->accounts[i]));
        mt_json_text(out, "currency", r->run.names.accounts[r->accounts[i]].currency);
        put_sums(out, &one);
        mt_json_close(out, '}');
    }
    mt_json_close(out, ']');
}

double mt_summary_profit_factor(const struct mt_results *r)
{
    bool defined = r->same_currency && r->losses > 0;
    return defined ? mt_money_to_double(r->gains) / mt_money_to_double(r->losses) : NAN;
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

double mt_summary_seconds(const struct mt_results *r)
{
    return (double)r->elapsed_ns / 1e9;
}

/* VmHWM, not getrusage: the latter starts with the peak of the process that called exec. */
double mt_results_peak_rss_mb(void)
{
    char line[256];
    int64_t kib = 0;
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0) {
            const char *digits = line + strcspn(line, "0123456789");
            if (mt_dec_parse(digits, strspn(digits, "0123456789"), 0, &kib) != 0)
                kib = 0;
        }
    if (status)
        fclose(status);
    return (double)kib / 1024;
}

uint64_t mt_summary_events(const struct mt_results *r)
{
    return r->engine ? mt_engine_position(r->engine) : 0;
}

/* Stamps as they stand in the file: a run over files begins with the first of them. */
int64_t mt_summary_first(const struct mt_results *r)
{
    return r->run.recorded ? r->run.begin_ns : r->first_ns;
}

int64_t mt_summary_last(const struct mt_results *r)
{
    return r->stamp_ns;
}

static void put_data(const struct mt_results *r, struct mt_buf *out)
{
    struct mt_results_file file;
    uint64_t bad = 0, rounded = 0;
    mt_json_open(out, "data", '{');
    mt_json_open(out, "files", '[');
    for (size_t i = 0; r->run.file(r->run.ud, i, &file); i++) {
        mt_json_text(out, NULL, file.path);
        bad += file.bad;
        rounded += file.rounded;
    }
    mt_json_close(out, ']');
    if (!r->run.recorded)
        mt_json_uint(out, "generated_with_seed", r->run.seed);
    mt_json_uint(out, "events", mt_summary_events(r));
    if (r->last_ns != 0) {
        mt_json_time(out, "first", mt_summary_first(r));
        mt_json_time(out, "last", mt_summary_last(r));
    } else {
        mt_json_null(out, "first");
        mt_json_null(out, "last");
    }
    mt_json_uint(out, "bad_rows", bad);
    mt_json_uint(out, "rounded_sizes", rounded);
    mt_json_close(out, '}');
}

static void put_note(void *ud, const char *text)
{
    mt_json_text(ud, NULL, text);
}

static void put_notes(const struct mt_results *r, struct mt_buf *out)
{
    struct mt_buf why;
    mt_notes_each(r, put_note, out);
    mt_buf_init(&why, MT_SUMMARY_MAX);
    if (mt_notes_unfilled(r, &why))
        mt_json_text(out, NULL, mt_buf_text(&why));
    mt_buf_fini(&why);
}

void mt_results_put_codes(struct mt_buf *out, const char *key, const struct mt_code_counts *counts)
{
    mt_json_open(out, key, '{');
    for (size_t i = 0; i < counts->used; i++)
        mt_json_uint(out, mt_code_name(counts->of[i].code), counts->of[i].count);
    mt_json_close(out, '}');
}

/* A run and its resume name the script alike, however it was named on the command line. */
static const char *script_shown(const struct mt_results *r, char text[PATH_MAX])
{
    char here[PATH_MAX];
    const char *path = r->run.script;
    if (!realpath(path, text) || !getcwd(here, sizeof here))
        return path;
    size_t length = strlen(here);
    return strncmp(text, here, length) == 0 && text[length] == '/' ? text + length + 1 : text;
}

void mt_results_json(struct mt_results *r, bool line, struct mt_buf *out)
{
    struct mt_buf params;
    char script[PATH_MAX];
    mt_buf_init(&params, MT_SUMMARY_MAX);
    r->run.params(r->run.ud, &params);
    out->failed = out->failed || params.failed;
    mt_json_open(out, NULL, '{');
    if (line)
        mt_json_text(out, "ev", "summary");
    mt_json_text(out, "script", script_shown(r, script));
    mt_json_hex64(out, "script_hash", r->run.script_hash);
    mt_json_raw(out, "params", mt_buf_text(&params));
    mt_buf_fini(&params);
    put_data(r, out);
    mt_json_uint(out, "signals", r->signals);
    mt_json_uint(out, "vetoes", r->vetoes);
    mt_json_uint(out, "intents", r->intents);
    mt_json_uint(out, "denied", r->denied);
    mt_results_put_codes(out, "denied_by", &r->denied_by);
    mt_json_uint(out, "refused", r->refused);
    mt_results_put_codes(out, "refused_by", &r->refused_by);
    mt_json_uint(out, "orders", r->orders);
    mt_results_put_rejected(r, out);
    mt_json_uint(out, "expired", r->expired);
    mt_json_uint(out, "cut", r->cut);
    mt_json_uint(out, "fills", r->fills);
    mt_json_uint(out, "assumed", r->assumed);
    mt_json_uint(out, "trades", r->trades);
    put_money(r, out);
    mt_json_double(out, "max_drawdown", r->drawdown);
    mt_json_double(out, "sharpe", mt_equity_sharpe(r));
    mt_json_double(out, "profit_factor", mt_summary_profit_factor(r));
    mt_json_double(out, "win_rate", ratio((double)r->wins, (double)r->trades));
    mt_json_double(out, "exposure", mt_held_exposure(r));
    mt_json_hex64(out, "result_hash", r->result_hash);
    mt_json_double(out, "elapsed_s", mt_summary_seconds(r));
    mt_json_double(out, "events_per_s",
                   ratio((double)(mt_summary_events(r) - r->events_before), mt_summary_seconds(r)));
    mt_json_double(out, "rss_mb", mt_results_peak_rss_mb());
    mt_json_uint(out, "script_errors", r->faults);
    mt_json_bool(out, "quarantined", mt_engine_quarantined(r->engine));
    mt_json_open(out, "notes", '[');
    put_notes(r, out);
    mt_json_close(out, ']');
    if (r->dir[0])
        mt_json_text(out, "run", r->dir);
    mt_json_close(out, '}');
}

int mt_results_put(struct mt_results *r, bool line, struct mt_diag *diag)
{
    struct mt_buf out;
    mt_lines_flush(r);
    mt_buf_init(&out, MT_SUMMARY_MAX);
    mt_results_json(r, line, &out);
    mt_buf_puts(&out, "\n");
    if (out.failed) {
        mt_buf_fini(&out);
        return mt_fail(diag, MT_ENOMEM, "summary: longer than %d MiB, or no memory", MT_SUMMARY_MAX >> 20);
    }
    struct mt_buf lines = r->lines;
    r->lines = out;
    mt_lines_flush(r);
    mt_buf_fini(&r->lines);
    r->lines = lines;
    return r->lines_failed ? mt_fail(diag, MT_EIO, "stdout: cannot be written: %s", strerror(r->lines_failed)) : 0;
}

/* Half a summary would be read as a whole one: it is there completely or not at all. */
static int write_summary(struct mt_results *r, struct mt_diag *diag)
{
    struct mt_buf out;
    struct mt_output file;
    mt_buf_init(&out, MT_SUMMARY_MAX);
    mt_results_json(r, false, &out);
    int rc = out.failed ? mt_fail(diag, MT_ENOMEM, "%s/summary.json: longer than %d MiB, or no memory", r->dir,
                                  MT_SUMMARY_MAX >> 20) : 0;
    if (rc == 0)
        rc = mt_output_open(&file, r->dir, "summary.json", mt_buf_text(&out), diag);
    if (rc == 0 && (rc = mt_output_close(&file, diag)) != 0) {
        char path[sizeof r->dir + 16];
        snprintf(path, sizeof path, "%s/summary.json", r->dir);
        unlink(path);
    }
    mt_buf_fini(&out);
    return rc;
}

static void report_failed(struct mt_results *r, const struct mt_diag *diag)
{
    if (diag->code != 0)
        mt_results_lost(r, diag->text);
}

int mt_results_finish(struct mt_results *r, int64_t elapsed_ns, struct mt_diag *diag)
{
    struct mt_diag rows = { 0 }, summary = { 0 };
    r->elapsed_ns = elapsed_ns;
    mt_equity_finish(r, r->engine);
    mt_held_finish(r);
    if (r->options.lines)
        mt_lines_flush(r);
    if (r->dir[0]) {
        mt_rows_open_orders(r, r->engine);
        rows.code = mt_rows_close(r, &rows);
        report_failed(r, &rows);
        summary.code = write_summary(r, &summary);
        report_failed(r, &summary);
    }
    return r->no_memory ? mt_fail(diag, MT_ENOMEM, "results: no memory") : 0;
}
