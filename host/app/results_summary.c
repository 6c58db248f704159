/* The summary: as JSON with the fields of product.md section 6, and as a table for people. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/results_private.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/code.h"

struct sums { mt_money cash, equity, realised, unrealised, fees; };

static struct sums account_sums(const struct mt_account *account)
{
    return (struct sums){ account->cash, account->cash + account->unrealised, account->realised, account->unrealised,
                          account->fees };
}

static struct sums total(const struct mt_results *r)
{
    const struct mt_ledger *ledger = mt_engine_ledger(r->session->engine);
    struct sums sum = { 0 };
    for (uint16_t i = 0; i < r->account_count; i++) {
        struct sums one = account_sums(&ledger->accounts[r->accounts[i]]);
        sum.cash += one.cash;
        sum.equity += one.equity;
        sum.realised += one.realised;
        sum.unrealised += one.unrealised;
        sum.fees += one.fees;
    }
    return sum;
}

static void put_sums(struct mt_buf *out, const struct sums *sums)
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
        struct sums sum = total(r);
        put_sums(out, &sum);
        mt_json_text(out, "currency", r->session->plan->accounts[r->accounts[0]].currency);
    }
    for (size_t i = 0; !r->same_currency && i < sizeof names / sizeof *names; i++)
        mt_json_null(out, names[i]);
    if (r->account_count == 1)
        return;
    mt_json_open(out, "accounts", '[');
    for (uint16_t i = 0; i < r->account_count; i++) {
        struct sums one = account_sums(&mt_engine_ledger(r->session->engine)->accounts[r->accounts[i]]);
        mt_json_open(out, NULL, '{');
        mt_json_text(out, "account", mt_results_account(r, r->accounts[i]));
        mt_json_text(out, "currency", r->session->plan->accounts[r->accounts[i]].currency);
        put_sums(out, &one);
        mt_json_close(out, '}');
    }
    mt_json_close(out, ']');
}

static double sharpe(const struct mt_results *r)
{
    double sd = r->days >= 2 ? sqrt(r->m2 / (double)(r->days - 1)) : 0;
    return sd > 0 ? r->mean / sd * sqrt(365) : NAN;
}

static double profit_factor(const struct mt_results *r)
{
    bool defined = r->same_currency && r->losses > 0;
    return defined ? mt_money_to_double(r->gains) / mt_money_to_double(r->losses) : NAN;
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

static double seconds(const struct mt_results *r)
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

/* Stamps as they stand in the file: a run over files begins with the first of them. */
static int64_t first_stamp(const struct mt_results *r)
{
    return r->session->data ? r->session->plan->begin_ns : r->first_ns;
}

/* A resume that found nothing more to do has seen no event itself. */
static int64_t last_stamp(const struct mt_results *r)
{
    size_t count = 0;
    const struct mt_data_file *files = r->session->data ? mt_data_files(r->session->data, &count) : NULL;
    if (r->stamp_ns != 0 || count == 0)
        return r->stamp_ns != 0 ? r->stamp_ns : r->last_ns;
    return r->last_ns - (files[0].format == MT_DATA_BARS ? files[0].tf_s * MT_NS_PER_S : 0);
}

static void put_data(const struct mt_results *r, struct mt_buf *out)
{
    const struct mt_session *session = r->session;
    const struct mt_session_plan *plan = session->plan;
    size_t count = 0;
    const struct mt_data_file *files = session->data ? mt_data_files(session->data, &count) : NULL;
    uint64_t bad = 0, rounded = 0;
    mt_json_open(out, "data", '{');
    mt_json_open(out, "files", '[');
    for (size_t i = 0; i < count; i++) {
        mt_json_text(out, NULL, files[i].path);
        bad += files[i].bad;
        rounded += files[i].rounded;
    }
    mt_json_close(out, ']');
    if (!session->data)
        mt_json_uint(out, "generated_with_seed", plan->seed);
    mt_json_uint(out, "events", r->events_before + r->events);
    if (r->last_ns != 0) {
        mt_json_time(out, "first", first_stamp(r));
        mt_json_time(out, "last", last_stamp(r));
    } else {
        mt_json_null(out, "first");
        mt_json_null(out, "last");
    }
    mt_json_uint(out, "bad_rows", bad);
    mt_json_uint(out, "rounded_sizes", rounded);
    mt_json_close(out, '}');
}

/* What a person must know who reads the numbers: guessed instruments, bad rows, a limit that struck, faults. */
static void note_instruments(const struct mt_results *r, void (*take)(void *ud, const char *text), void *ud)
{
    const struct mt_session_plan *plan = r->session->plan;
    char text[512], tick[MT_DEC_TEXT];
    for (uint16_t i = 0; i < plan->instrument_count; i++) {
        const struct mt_instrument *instrument = &plan->instruments[i];
        if (!instrument->inferred)
            continue;
        mt_dec_format_short(tick, instrument->tick, instrument->price_scale);
        snprintf(text, sizeof text, "%s: instrument inferred from the data: tick %s, step 0.00000001, contract size 1, "
                 "quote %s", instrument->symbol, tick, instrument->quote);
        take(ud, text);
    }
}

static void note_files(const struct mt_results *r, void (*take)(void *ud, const char *text), void *ud)
{
    size_t count = 0;
    const struct mt_data_file *files = r->session->data ? mt_data_files(r->session->data, &count) : NULL;
    char text[512];
    for (size_t i = 0; i < count; i++) {
        snprintf(text, sizeof text, "%" PRIu64 " bad rows left out, the first: %s", files[i].bad, files[i].bad_first);
        if (files[i].bad > 0)
            take(ud, text);
        snprintf(text, sizeof text, "%" PRIu64 " sizes rounded, the first: %s", files[i].rounded,
                 files[i].rounded_first);
        if (files[i].rounded > 0)
            take(ud, text);
    }
}

static void tell_quarantine(const struct mt_results *r, struct mt_diag *diag)
{
    char when[MT_TIME_TEXT];
    mt_time_format(when, r->quarantined_ns);
    mt_fail(diag, MT_ESCRIPT, "%s: quarantined at %s: too many errors, the first: %s: from then on no handler was "
            "called; positions and exit plans stayed", r->session->spec->name, when, r->wrong);
}

void mt_results_tell_exit(const struct mt_results *r, struct mt_diag *diag)
{
    char when[MT_TIME_TEXT];
    if (!mt_results_stopped_by_risk(r)) {
        if (mt_engine_quarantined(r->session->engine))
            tell_quarantine(r, diag);
        return;
    }
    mt_time_format(when, r->limit_ns);
    mt_fail(diag, MT_EREFUSED, "%s: stopped by a risk limit at %s: %s: %s", r->session->spec->name, when,
            mt_code_name(r->limit_code), mt_code_text(r->limit_code));
}

static void note_costs(const struct mt_results *r, void (*take)(void *ud, const char *text), void *ud)
{
    const struct mt_session_plan *plan = r->session->plan;
    bool bars = r->session->data && mt_data_has(r->session->data, MT_EV_BAR);
    for (uint16_t i = 0; i < r->account_count; i++)
        if (plan->accounts[r->accounts[i]].maker_rate != 0 || plan->accounts[r->accounts[i]].taker_rate != 0)
            return;
    take(ud, bars ? "no fees and no spread were charged: --fee-bp X, or costs in the run script, charge fees"
                  : "no fees were charged: --fee-bp X, or costs in the run script, charge them");
}

static void note_script(const struct mt_results *r, void (*take)(void *ud, const char *text), void *ud)
{
    char text[sizeof r->script_notes->at + sizeof r->script_notes->text + 3];
    for (size_t i = 0; i < r->script_note_count; i++) {
        const struct mt_rec_note *note = &r->script_notes[i];
        snprintf(text, sizeof text, "%.*s%s%.*s", (int)sizeof note->at, note->at, note->at[0] ? ": " : "",
                 (int)sizeof note->text, note->text);
        take(ud, text);
    }
}

static void each_note(const struct mt_results *r, void (*take)(void *ud, const char *text), void *ud)
{
    char text[512];
    note_costs(r, take, ud);
    note_instruments(r, take, ud);
    note_files(r, take, ud);
    note_script(r, take, ud);
    if (r->refused > 0) {
        const struct mt_rec_refused *first = &r->first_refused;
        snprintf(text, sizeof text, "%" PRIu64 " verbs refused, the first: %.*s%s%s: %.*s%s%s: %s", r->refused,
                 (int)sizeof first->at, first->at, first->at[0] ? ": " : "", mt_ask_name(first->ask),
                 (int)sizeof first->field, first->field, first->field[0] ? ": " : "",
                 mt_code_name(first->codes[0].code), mt_code_text(first->codes[0].code));
        take(ud, text);
    }
    if (mt_results_stopped_by_risk(r)) {
        struct mt_diag diag = { 0 };
        mt_results_tell_exit(r, &diag);
        take(ud, diag.text);
    }
    if (mt_log_dropped() > 0) {                 /* where the log goes nothing can be told */
        snprintf(text, sizeof text, "%" PRIu64 " lines of the log could not be written", mt_log_dropped());
        take(ud, text);
    }
    if (mt_engine_quarantined(r->session->engine)) {
        struct mt_diag diag = { 0 };
        tell_quarantine(r, &diag);
        take(ud, diag.text);
    } else if (r->faults > 0) {
        snprintf(text, sizeof text, "%" PRIu64 " script errors, the first: %s", r->faults, r->wrong);
        take(ud, text);
    }
}

static void put_note(void *ud, const char *text)
{
    mt_json_text(ud, NULL, text);
}

static void print_note(void *ud, const char *text)
{
    (void)ud;
    printf("  note        %s\n", text);
}

static void put_codes(struct mt_buf *out, const char *key, const struct mt_code_counts *counts)
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
    const char *path = r->session->spec->path;
    if (!realpath(path, text) || !getcwd(here, sizeof here))
        return path;
    size_t length = strlen(here);
    return strncmp(text, here, length) == 0 && text[length] == '/' ? text + length + 1 : text;
}

void mt_results_json(struct mt_results *r, bool line, struct mt_buf *out)
{
    struct mt_session *session = r->session;
    struct mt_buf params;
    char script[PATH_MAX];
    mt_buf_init(&params, 1 << 20);
    mt_script_params_json(session->script, &params);
    mt_json_open(out, NULL, '{');
    if (line)
        mt_json_text(out, "ev", "summary");
    mt_json_text(out, "script", script_shown(r, script));
    mt_json_hex64(out, "script_hash", session->spec->hash);
    mt_json_raw(out, "params", mt_buf_text(&params));
    mt_buf_fini(&params);
    put_data(r, out);
    mt_json_uint(out, "signals", r->signals);
    mt_json_uint(out, "vetoes", r->vetoes);
    mt_json_uint(out, "intents", r->intents);
    mt_json_uint(out, "denied", r->denied);
    put_codes(out, "denied_by", &r->denied_by);
    mt_json_uint(out, "refused", r->refused);
    put_codes(out, "refused_by", &r->refused_by);
    mt_json_uint(out, "orders", r->orders);
    mt_json_uint(out, "fills", r->fills);
    mt_json_uint(out, "trades", r->trades);
    put_money(r, out);
    mt_json_double(out, "max_drawdown", r->drawdown);
    mt_json_double(out, "sharpe", sharpe(r));
    mt_json_double(out, "profit_factor", profit_factor(r));
    mt_json_double(out, "win_rate", ratio((double)r->wins, (double)r->trades));
    mt_json_double(out, "exposure", ratio((double)r->held_ns, (double)r->total_ns));
    mt_json_hex64(out, "result_hash", r->result_hash);
    mt_json_double(out, "elapsed_s", seconds(r));
    mt_json_double(out, "events_per_s", ratio((double)r->events, seconds(r)));
    mt_json_double(out, "rss_mb", mt_results_peak_rss_mb());
    mt_json_uint(out, "script_errors", r->faults);
    mt_json_bool(out, "quarantined", mt_engine_quarantined(session->engine));
    mt_json_open(out, "notes", '[');
    each_note(r, put_note, out);
    mt_json_close(out, ']');
    if (r->dir[0])
        mt_json_text(out, "run", r->dir);
    mt_json_close(out, '}');
}

int mt_results_put(struct mt_results *r, bool line, struct mt_diag *diag)
{
    mt_results_json(r, line, &r->lines);
    mt_buf_puts(&r->lines, "\n");
    mt_lines_flush(r);
    return mt_results_poll(r, diag);
}

int mt_results_finish(struct mt_results *r, int64_t elapsed_ns, struct mt_diag *diag)
{
    struct mt_buf out;
    struct mt_output file;
    r->elapsed_ns = elapsed_ns;
    mt_equity_finish(r, r->session->engine);
    if (r->options.lines)
        mt_lines_flush(r);
    if (r->dir[0] == '\0')
        return 0;
    mt_rows_open_orders(r, r->session->engine);
    int rc = mt_rows_close(r, diag);
    mt_buf_init(&out, 4 << 20);
    mt_results_json(r, false, &out);
    if (rc == 0)
        rc = mt_output_open(&file, r->dir, "summary.json", mt_buf_text(&out), diag);
    if (rc == 0)
        rc = mt_output_close(&file, diag);
    mt_buf_fini(&out);
    return rc;
}

/* --- for people -------------------- */

/* "1234.50": two decimals, the nearest, are enough to read; files and JSON have all of them. */
static const char *short_money(char text[MT_DEC_TEXT], mt_money value)
{
    const mt_money cent = 1000000, half = value < 0 ? -cent / 2 : cent / 2;
    size_t length = mt_money_format(text, (value + half) / cent * cent);
    text[length - 6] = '\0';
    return text;
}

static void print_money(const struct mt_results *r)
{
    const struct mt_ledger *ledger = mt_engine_ledger(r->session->engine);
    char a[MT_DEC_TEXT], b[MT_DEC_TEXT], c[MT_DEC_TEXT], d[MT_DEC_TEXT];
    for (uint16_t i = 0; i < r->account_count; i++) {
        const struct mt_plan_account *account = &r->session->plan->accounts[r->accounts[i]];
        struct sums one = account_sums(&ledger->accounts[r->accounts[i]]);
        printf("  account     %s: equity %s %s (started with %s), realised %s, fees %s\n", account->name,
               short_money(a, one.equity), account->currency, short_money(b, account->cash),
               short_money(c, one.realised), short_money(d, one.fees));
        if (one.unrealised != 0)
            printf("              open positions: unrealised %s\n", short_money(a, one.unrealised));
    }
}

static void print_percent(const char *name, double value)
{
    if (isfinite(value))
        printf("  %-11s %.2f %%\n", name, 100 * value);
}

/* The next most frequent skip after (count, place), in falling order; there are few enough to look through them each
 * time. */
static bool next_skip(const struct mt_results *r, uint64_t *count, size_t *place)
{
    uint64_t best = 0, found;
    size_t best_place = 0;
    const char *reason;
    uint16_t symbol;
    for (size_t i = 0; mt_engine_skip_at(r->session->engine, i, &reason, &symbol, &found); i++)
        if ((found < *count || (found == *count && i > *place)) && found > best) {
            best = found;
            best_place = i;
        }
    *count = best;
    *place = best_place;
    return best > 0;
}

static void print_codes(const char *name, const struct mt_code_counts *counts)
{
    for (size_t i = 0; i < counts->used; i++)
        printf("  %-11s %s: %" PRIu64 " (%s)\n", name, mt_code_name(counts->of[i].code), counts->of[i].count,
               mt_code_text(counts->of[i].code));
}

static void print_why_not(const struct mt_results *r)
{
    enum { SKIPS_SHOWN = 5 };
    uint64_t below = UINT64_MAX, count;
    size_t place = 0;
    for (uint32_t i = 0; i < r->veto_count; i++)
        printf("  vetoes      %s: %" PRIu64 "\n", r->veto_names[i].name, r->veto_names[i].count);
    print_codes("denied", &r->denied_by);
    print_codes("refused", &r->refused_by);
    for (int shown = 0; shown < SKIPS_SHOWN && next_skip(r, &below, &place); shown++) {
        const char *reason;
        uint16_t symbol;
        if (!mt_engine_skip_at(r->session->engine, place, &reason, &symbol, &count))
            return;
        const char *name = symbol == UINT16_MAX ? "" : mt_results_instrument(r, symbol)->symbol;
        printf("  skipped     %s%s%s: %" PRIu64 "\n", name, name[0] ? " " : "", reason, count);
    }
}

void mt_results_print(struct mt_results *r)
{
    const struct mt_session *session = r->session;
    char first[MT_TIME_TEXT] = "-", last[MT_TIME_TEXT] = "-";
    if (r->last_ns != 0) {
        mt_time_format(first, first_stamp(r));
        mt_time_format(last, last_stamp(r));
    }
    printf("%s: %" PRIu64 " events, %s to %s, %.2f s (%.0f events/s)\n", session->spec->name,
           r->events_before + r->events, first, last, seconds(r),
           seconds(r) > 0 ? (double)r->events / seconds(r) : 0);
    printf("  signals     %" PRIu64 ", vetoes %" PRIu64 ", orders %" PRIu64 ", denied %" PRIu64 ", fills %" PRIu64 "\n",
           r->signals, r->vetoes, r->orders, r->denied, r->fills);
    printf("  trades      %" PRIu64 ": %" PRIu64 " won, %" PRIu64 " lost\n", r->trades, r->wins, r->trades - r->wins);
    print_money(r);
    print_percent("drawdown", r->drawdown);
    print_percent("exposure", ratio((double)r->held_ns, (double)r->total_ns));
    if (isfinite(sharpe(r)))
        printf("  sharpe      %.2f\n", sharpe(r));
    if (isfinite(profit_factor(r)))
        printf("  factor      %.2f (gains over losses)\n", profit_factor(r));
    print_why_not(r);
    each_note(r, print_note, NULL);
    printf("  result_hash %016" PRIx64 "\n", r->result_hash);
    if (r->dir[0])
        printf("  run folder  %s\n", r->dir);
}
