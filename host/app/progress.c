/* Live lines for terminals. */
#include "app/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static const int64_t refresh_ns = MT_NS_PER_S / 10;
enum { BAR_WIDTH = 30, LINES_MAX = 10 };

void mt_progress_init(struct mt_progress *progress)
{
    *progress = (struct mt_progress){ .on = isatty(STDERR_FILENO), .started_ns = mt_clock_monotonic() };
    progress->shown_ns = progress->started_ns;
}

/* Whether a refresh is due; the rate since the last one. */
static bool due(struct mt_progress *progress, const struct mt_session *session, double *rate)
{
    if (!progress->on)
        return false;
    int64_t now = mt_clock_monotonic();
    if (now - progress->shown_ns < refresh_ns)
        return false;
    uint64_t events = mt_engine_position(session->engine);
    *rate = (double)(events - progress->shown_events) * 1e9 / (double)(now - progress->shown_ns);
    progress->shown_ns = now;
    progress->shown_events = events;
    return true;
}

void mt_progress_bar(struct mt_progress *progress, const struct mt_session *session)
{
    double rate, part;
    if (!due(progress, session, &rate))
        return;
    part = session->data ? mt_data_progress(session->data) : 0;
    double passed = (double)(progress->shown_ns - progress->started_ns) / 1e9;
    double left = part > 0.001 ? passed * (1 - part) / part : 0;
    int full = (int)(part * BAR_WIDTH);
    char bar[BAR_WIDTH + 1];
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)(full < 0 ? 0 : full > BAR_WIDTH ? BAR_WIDTH : full));
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "\r\033[K[%s] %3.0f %%  %.2f M events/s  %.0f s left", bar, 100 * part, rate / 1e6, left);
    progress->lines = 1;
}

static const char *stance_name(int stance)
{
    return stance > 0 ? "long " : stance < 0 ? "short" : "flat ";
}

static void live_line(const struct mt_session *session, uint16_t symbol, double rate)
{
    const struct mt_instrument *instrument = &session->plan->instruments[symbol];
    const struct mt_ledger *ledger = mt_engine_ledger(session->engine);
    const struct mt_top *top = &ledger->tops[symbol];
    uint16_t lead = session->bindings[0].account;
    const struct mt_slot *slot = mt_ledger_slot(ledger, lead, symbol);
    int64_t price = top->sides == MT_QUOTE_BOTH ? (top->bid + top->ask) / 2 : top->last;
    char when[MT_TIME_TEXT], price_text[MT_DEC_TEXT], qty[MT_DEC_TEXT], profit[MT_DEC_TEXT];
    mt_time_format(when, mt_engine_now(session->engine) / MT_NS_PER_S * MT_NS_PER_S);
    mt_dec_format(price_text, price, instrument->price_scale);
    mt_dec_format_short(qty, slot->position.qty, instrument->qty_scale);
    size_t length = mt_money_format(profit, slot->realised - slot->fees + slot->unrealised);
    profit[length - 6] = '\0';
    const char *why = mt_engine_why(session->engine, symbol);
    fprintf(stderr, "\r\033[KPAPER %s %-8s %s  %s  position %s  P&L %s %s  %.0f events/s%s%s", when, instrument->symbol,
            price_text, stance_name(mt_engine_stance(session->engine, symbol)), qty, profit,
            session->plan->accounts[lead].currency, rate, why[0] ? "  " : "", why);
}

void mt_progress_live(struct mt_progress *progress, const struct mt_session *session)
{
    double rate;
    if (!due(progress, session, &rate))
        return;
    if (progress->lines > 1)
        fprintf(stderr, "\033[%dA", progress->lines - 1);
    int count = session->plan->instrument_count < LINES_MAX ? session->plan->instrument_count : LINES_MAX;
    for (int i = 0; i < count; i++) {
        if (i > 0)
            fputc('\n', stderr);
        live_line(session, (uint16_t)i, rate);
    }
    progress->lines = count;
}

void mt_progress_end(struct mt_progress *progress)
{
    if (progress->lines > 0)
        fputc('\n', stderr);
    progress->lines = 0;
}
