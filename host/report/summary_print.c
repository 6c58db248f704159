/* The summary for people. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/results_private.h"
#include "base/say.h"
#include "base/clock.h"
#include "model/code.h"

static void print_note(void *ud, const char *text)
{
    (void)ud;
    mt_say(stdout, "  note        %s", text);
}

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
    const struct mt_ledger *ledger = mt_engine_ledger(r->engine);
    char a[MT_DEC_TEXT], b[MT_DEC_TEXT], c[MT_DEC_TEXT], d[MT_DEC_TEXT];
    for (uint16_t i = 0; i < r->account_count; i++) {
        const struct mt_account_setup *account = &r->run.names.accounts[r->accounts[i]];
        struct mt_sums one = mt_sums_of(&ledger->accounts[r->accounts[i]]);
        mt_say(stdout, "  account     %s: equity %s %s (started with %s), realised %s, fees %s", account->name,
               short_money(a, one.equity), account->currency, short_money(b, account->cash),
               short_money(c, one.realised), short_money(d, one.fees));
        if (one.unrealised != 0)
            mt_say(stdout, "              open positions: unrealised %s", short_money(a, one.unrealised));
    }
}

static void print_percent(const char *name, double value)
{
    if (isfinite(value))
        mt_say(stdout, "  %-11s %.2f %%", name, 100 * value);
}

/* The next most frequent skip after (count, place), in falling order; there are few enough to look through them each
 * time. */
static bool next_skip(const struct mt_results *r, uint64_t *count, size_t *place)
{
    uint64_t best = 0, found;
    size_t best_place = 0;
    const char *reason;
    uint16_t symbol;
    for (size_t i = 0; mt_engine_skip_at(r->engine, i, &reason, &symbol, &found); i++)
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
        mt_say(stdout, "  %-11s %s: %" PRIu64 " (%s)", name, mt_code_name(counts->of[i].code), counts->of[i].count,
               mt_code_text(counts->of[i].code));
}

static void print_why_not(const struct mt_results *r)
{
    enum { SKIPS_SHOWN = 5 };
    uint64_t below = UINT64_MAX, count;
    size_t place = 0;
    for (uint32_t i = 0; i < r->veto_count; i++)
        mt_say(stdout, "  vetoes      %s: %" PRIu64, r->veto_names[i].name, r->veto_names[i].count);
    print_codes("denied", &r->denied_by);
    print_codes("rejected", &r->rejected_by);
    print_codes("refused", &r->refused_by);
    for (int shown = 0; shown < SKIPS_SHOWN && next_skip(r, &below, &place); shown++) {
        const char *reason;
        uint16_t symbol;
        if (!mt_engine_skip_at(r->engine, place, &reason, &symbol, &count))
            return;
        const char *name = symbol == UINT16_MAX ? "" : mt_results_instrument(r, symbol)->symbol;
        mt_say(stdout, "  skipped     %s%s%s: %" PRIu64 "%s", name, name[0] ? " " : "", reason, count,
               r->resumed ? " (since the resume)" : "");
    }
}

static void print_counts(const struct mt_results *r)
{
    const struct { const char *name; uint64_t count; } some[] = {
        { "rejected", r->ended[MT_ORDER_REJECTED] }, { "expired", r->expired }, { "cut", r->cut },
        { "assumed", r->assumed },
    };
    struct mt_buf line;
    uint64_t even = r->trades - r->wins - r->defeats;
    mt_buf_init(&line, 4096);
    mt_buf_printf(&line, "  signals     %" PRIu64 ", vetoes %" PRIu64 ", orders %" PRIu64 ", denied %" PRIu64
                  ", fills %" PRIu64, r->signals, r->vetoes, r->orders, r->denied, r->fills);
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        if (some[i].count > 0)
            mt_buf_printf(&line, ", %s %" PRIu64, some[i].name, some[i].count);
    mt_say(stdout, "%s", mt_buf_text(&line));
    mt_buf_clear(&line);
    mt_buf_printf(&line, "  trades      %" PRIu64 ": %" PRIu64 " won, %" PRIu64 " lost", r->trades, r->wins,
                  r->defeats);
    if (even > 0)
        mt_buf_printf(&line, ", %" PRIu64 " even", even);
    mt_say(stdout, "%s", mt_buf_text(&line));
    mt_buf_fini(&line);
}

void mt_results_print(struct mt_results *r, const char *look)
{
    char first[MT_TIME_TEXT] = "-", last[MT_TIME_TEXT] = "-";
    double seconds = mt_summary_seconds(r);
    struct mt_buf why;
    if (r->last_ns != 0) {
        mt_time_format(first, mt_summary_first(r));
        mt_time_format(last, mt_summary_last(r));
    }
    mt_say(stdout, "%s: %" PRIu64 " events, %s to %s, %.2f s (%.0f events/s)", r->run.strategy,
           mt_summary_events(r), first, last, seconds,
           seconds > 0 ? (double)(mt_summary_events(r) - r->events_before) / seconds : 0);
    print_counts(r);
    print_money(r);
    print_percent("drawdown", r->drawdown);
    print_percent("exposure", mt_held_exposure(r));
    if (isfinite(mt_equity_sharpe(r)))
        mt_say(stdout, "  sharpe      %.2f", mt_equity_sharpe(r));
    if (isfinite(mt_summary_profit_factor(r)))
        mt_say(stdout, "  factor      %.2f (gains over losses)", mt_summary_profit_factor(r));
    print_why_not(r);
    mt_notes_each(r, print_note, NULL);
    mt_say(stdout, "  result_hash %016" PRIx64, r->result_hash);
    if (r->dir[0])
        mt_say(stdout, "  run folder  %s", r->dir);
    if (look)
        mt_say(stdout, "  look at it  %s", look);
    mt_buf_init(&why, 1 << 20);
    if (mt_notes_unfilled(r, &why))
        mt_say(stdout, "%s", mt_buf_text(&why));
    mt_buf_fini(&why);
}
