/* Sentences about a run: what a person must know who reads the numbers, and why a run did not end as others do. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/results_private.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/code.h"

struct notes { void (*take)(void *ud, const char *text); void *ud; };

/* A note of any length. */
static void say(const struct notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(const struct notes *notes, const char *format, ...)
{
    char *text;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0) {
        notes->take(notes->ud, "no memory for a note");
        return;
    }
    notes->take(notes->ud, text);
    free(text);
}

static void note_instruments(const struct mt_results *r, const struct notes *notes)
{
    char tick[MT_DEC_TEXT];
    for (uint16_t i = 0; i < r->run.names.instrument_count; i++) {
        const struct mt_instrument *instrument = mt_results_instrument(r, i);
        if (!instrument->inferred)
            continue;
        mt_dec_format_short(tick, instrument->tick, instrument->price_scale);
        say(notes, "%s: instrument inferred from the data: tick %s, step 0.00000001, contract size 1, quote %s",
            instrument->symbol, tick, instrument->quote);
    }
}

static void note_files(const struct mt_results *r, const struct notes *notes)
{
    struct mt_results_file file;
    for (size_t i = 0; r->run.file(r->run.ud, i, &file); i++) {
        if (file.bad > 0)
            say(notes, "%" PRIu64 " bad rows left out, the first: %s", file.bad, file.bad_first);
        if (file.rounded > 0)
            say(notes, "%" PRIu64 " sizes rounded, the first: %s", file.rounded, file.rounded_first);
    }
}

static void tell_quarantine(const struct mt_results *r, struct mt_diag *diag)
{
    char when[MT_TIME_TEXT];
    mt_time_format(when, r->quarantined_ns);
    mt_fail(diag, MT_ESCRIPT, "%s: quarantined at %s: too many errors, the first: %s: from then on no handler was "
            "called; positions and exit plans stayed", r->run.strategy, when, r->wrong);
}

void mt_results_tell_end(const struct mt_results *r, struct mt_diag *diag)
{
    char when[MT_TIME_TEXT];
    if (mt_results_stopped_by_risk(r)) {
        mt_time_format(when, r->limit_ns);
        mt_fail(diag, MT_EREFUSED, "%s: stopped by a risk limit at %s: %s: %s", r->run.strategy, when,
                mt_code_name(r->limit_code), mt_code_text(r->limit_code));
    } else if (mt_engine_quarantined(r->engine)) {
        tell_quarantine(r, diag);
    } else if (r->broken) {
        mt_fail(diag, MT_EFULL, "%s: from then on this report is incomplete: make room and run it again", r->broken);
    }
}

static void note_costs(const struct mt_results *r, const struct notes *notes)
{
    if (r->run.fees)
        return;
    say(notes, r->run.bars ? "no fees and no spread were charged: --fee-bp X, or costs in the run script, charge fees"
                    : "no fees were charged: --fee-bp X, or costs in the run script, charge them");
}

static void note_refused(const struct mt_results *r, const struct notes *notes)
{
    const struct mt_rec_refused *first = &r->first_refused;
    say(notes, "%" PRIu64 " verbs refused, the first: %.*s%s%s: %.*s%s%s: %s", r->refused, (int)sizeof first->at,
        first->at, first->at[0] ? ": " : "", mt_ask_name(first->ask), (int)sizeof first->field, first->field,
        first->field[0] ? ": " : "", mt_code_name(first->codes[0].code), mt_code_text(first->codes[0].code));
}

static void note_script(const struct mt_results *r, const struct notes *notes)
{
    for (size_t i = 0; i < r->script_note_count; i++) {
        const struct mt_rec_note *note = &r->script_notes[i];
        say(notes, "%.*s%s%.*s", (int)sizeof note->at, note->at, note->at[0] ? ": " : "", (int)sizeof note->text,
            note->text);
    }
}

void mt_notes_each(const struct mt_results *r, void (*take)(void *ud, const char *text), void *ud)
{
    const struct notes notes = { take, ud };
    struct mt_diag diag = { 0 };
    note_costs(r, &notes);
    note_instruments(r, &notes);
    note_files(r, &notes);
    note_script(r, &notes);
    if (r->refused > 0)
        note_refused(r, &notes);
    if (r->assumed > 0)
        say(&notes, "assumed: %" PRIu64 " of the fills: their bar left them open, and they were decided against the "
            "account", r->assumed);
    if (mt_results_stopped_by_risk(r)) {
        mt_results_tell_end(r, &diag);
        take(ud, diag.text);
    }
    if (r->broken)
        say(&notes, "%s: the report is incomplete from then on", r->broken);
    const char *why;
    uint64_t lost = mt_log_lost(&why);
    if (lost > 0)                               /* where the log goes nothing can be told */
        say(&notes, "%" PRIu64 " lines of the log could not be written: %s", lost, why);
    if (mt_engine_quarantined(r->engine)) {
        diag = (struct mt_diag){ 0 };
        tell_quarantine(r, &diag);
        take(ud, diag.text);
    } else if (r->faults > 0) {
        say(&notes, "%" PRIu64 " script errors, the first: %s", r->faults, r->wrong);
    }
}

/* --- why nothing was filled -------------------- */

static void part(struct mt_buf *out, bool *begun, uint64_t count, const char *what, const struct mt_code_counts *codes)
{
    if (count == 0)
        return;
    mt_buf_printf(out, "%s%" PRIu64 " %s", *begun ? ", " : ": ", count, what);
    *begun = true;
    for (size_t i = 0; codes && i < codes->used; i++)
        mt_buf_printf(out, "%s%s: %" PRIu64 "%s", i == 0 ? " (" : ", ", mt_code_name(codes->of[i].code),
                      codes->of[i].count, i + 1 == codes->used ? ")" : "");
}

bool mt_notes_unfilled(const struct mt_results *r, struct mt_buf *out)
{
    const uint64_t *ended = r->ended;
    uint64_t unsent = ended[MT_ORDER_DENIED] - r->denied;       /* passed the checks, and then never left */
    uint64_t over = ended[MT_ORDER_REJECTED] + ended[MT_ORDER_EXPIRED] + ended[MT_ORDER_CANCELED] + ended[MT_ORDER_LOST]
                    + ended[MT_ORDER_FILLED] + unsent;
    bool begun = false;
    if (r->fills > 0 || r->orders + r->denied == 0)
        return false;
    mt_buf_puts(out, "no order was filled");
    part(out, &begun, ended[MT_ORDER_REJECTED], "rejected by the venue", &r->rejected_by);
    part(out, &begun, r->denied, "denied before they left", &r->denied_by);
    part(out, &begun, ended[MT_ORDER_EXPIRED], "expired", NULL);
    part(out, &begun, ended[MT_ORDER_CANCELED], "canceled", NULL);
    part(out, &begun, unsent, "never sent", NULL);
    part(out, &begun, ended[MT_ORDER_LOST], "lost", NULL);
    part(out, &begun, r->orders - over, "still open at the end", NULL);
    return true;
}
