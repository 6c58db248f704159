/* Marking: equity, drawdown, daily returns, and the samples of equity.csv, once per instant: in the middle of one, when
 * one leg of a pair is marked and the other not yet, there is no equity. While nothing is held and nothing was filled
 * an instant costs three comparisons. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/results_private.h"
#include "base/clock.h"
#include "base/pages.h"

static const int64_t minute_ns = 60 * MT_NS_PER_S, day_ns = 86400 * MT_NS_PER_S;

static mt_money start_equity(const struct mt_results *r)
{
    const struct mt_account_setup *accounts = r->run.names.accounts;
    mt_money sum = accounts[r->accounts[0]].cash;
    for (uint16_t i = 1; r->same_currency && i < r->account_count; i++)
        sum += accounts[r->accounts[i]].cash;
    return sum;
}

int mt_equity_init(struct mt_results *r)
{
    r->start = r->equity = r->peak = r->low = r->day_start = start_equity(r);
    r->day_end_ns = INT64_MIN;
    r->next_sample_ns = INT64_MIN;
    r->sample_ns = minute_ns;
    r->stale = true;
    if (r->options.stream)
        return 0;
    r->sample_max = MT_SAMPLES / r->account_count > 1024 ? MT_SAMPLES / r->account_count : 1024;
    r->samples = mt_pages_new(r->sample_max * r->account_count * sizeof *r->samples);
    return r->samples ? 0 : MT_ENOMEM;
}

static void take_equity(struct mt_results *r, const struct mt_ledger *ledger)
{
    mt_money sum = mt_ledger_equity(ledger, r->accounts[0]);
    if (r->same_currency)
        for (uint16_t i = 1; i < r->account_count; i++)
            sum += mt_ledger_equity(ledger, r->accounts[i]);
    r->equity = sum;
    r->stale = false;
    if (sum >= r->peak) {
        r->peak = r->low = sum;
        return;
    }
    if (sum >= r->low)
        return;
    r->low = sum;
    double peak = mt_money_to_double(r->peak), fall = mt_money_to_double(r->peak - sum);
    if (peak > 0 && fall / peak > r->drawdown)
        r->drawdown = fall / peak;
}

/* The day is over: its return is what `equity` has become since the last one's end. */
static void end_day(struct mt_results *r)
{
    double before = mt_money_to_double(r->day_start);
    /* The difference of exact money: of a small return a quotient near 1 would keep few digits. */
    double x = before > 0 ? mt_money_to_double(r->equity - r->day_start) / before : 0, delta = x - r->mean;
    r->ruined = r->ruined || before <= 0;
    r->days++;
    r->mean += delta / (double)r->days;
    r->m2 += delta * (x - r->mean);
    r->day_start = r->equity;
}

static void write_sample(struct mt_results *r, const struct mt_equity_sample *sample, uint16_t account)
{
    struct mt_output *out = &r->equity_csv;
    mt_output_time(out, sample->time_ns);
    mt_output_text(out, mt_results_account(r, account));
    mt_output_money(out, sample->cash);
    mt_output_money(out, sample->unrealised);
    mt_output_money(out, sample->cash + sample->unrealised);
    mt_output_end(out);
}

/* Too many samples for a picture: every second one stays, and from now on they are taken half as often. */
static void thin(struct mt_results *r)
{
    size_t width = r->account_count;
    for (size_t i = 1; 2 * i < r->sample_count; i++)
        memcpy(&r->samples[i * width], &r->samples[2 * i * width], width * sizeof *r->samples);
    r->sample_count = (r->sample_count + 1) / 2;
    r->sample_ns *= 2;
}

static void sample(struct mt_results *r, const struct mt_ledger *ledger, int64_t time_ns)
{
    if (r->dir[0] == '\0')
        return;
    if (!r->options.stream && r->sample_count == r->sample_max)
        thin(r);
    for (uint16_t i = 0; i < r->account_count; i++) {
        const struct mt_account *account = &ledger->accounts[r->accounts[i]];
        struct mt_equity_sample now = { time_ns, account->cash, account->unrealised };
        if (r->options.stream)
            write_sample(r, &now, r->accounts[i]);
        else
            r->samples[r->sample_count * r->account_count + i] = now;
    }
    r->sample_count++;
    r->sampled_ns = time_ns;
    r->next_sample_ns = (time_ns / r->sample_ns + 1) * r->sample_ns;
}

static int64_t day_end_of(int64_t at_ns)
{
    int64_t into = at_ns % day_ns;
    return at_ns - into + (into < 0 ? 0 : day_ns);
}

/* A mark of time `at` belongs to the day that is left behind once a later day has begun. Days without data are days
 * too: their return is 0. */
static void day_of(struct mt_results *r, int64_t at)
{
    if (at < r->day_end_ns)
        return;
    int64_t end = day_end_of(at);
    for (int64_t day = r->day_end_ns; day != INT64_MIN && day < end; day += day_ns)
        end_day(r);
    r->day_end_ns = end;
}

void mt_equity_market(struct mt_results *r, const struct mt_event *event)
{
    r->market_seen = true;
    if (r->last_ns == 0)
        r->first_ns = event->venue_ns;
    r->last_ns = event->venue_ns;
    if (event->kind != MT_EV_BAR)
        r->stamp_ns = event->venue_ns;
    else if (event->bar.open_ns > r->stamp_ns)          /* longer bars have begun earlier */
        r->stamp_ns = event->bar.open_ns;
}

void mt_equity_instant(struct mt_results *r, const struct mt_engine *engine)
{
    if (!r->market_seen)
        return;
    r->market_seen = false;
    day_of(r, r->stamp_ns);         /* a bar is of the day in which it opened: one that closes at 24:00 is its last */
    if (r->held == 0 && !r->stale)
        return;
    const struct mt_ledger *ledger = mt_engine_ledger(engine);
    take_equity(r, ledger);
    if (r->last_ns >= r->next_sample_ns)
        sample(r, ledger, r->last_ns);
}

void mt_equity_finish(struct mt_results *r, const struct mt_engine *engine)
{
    const struct mt_ledger *ledger = mt_engine_ledger(engine);
    mt_equity_instant(r, engine);
    if (r->last_ns != 0) {
        mt_money before = r->equity;
        take_equity(r, ledger);
        if (r->sampled_ns != r->last_ns || r->equity != before)         /* else that row stands there already */
            sample(r, ledger, r->last_ns);
        end_day(r);
    }
    for (size_t s = 0; !r->options.stream && s < r->sample_count; s++)
        for (uint16_t i = 0; i < r->account_count; i++)
            write_sample(r, &r->samples[s * r->account_count + i], r->accounts[i]);
}

double mt_equity_sharpe(const struct mt_results *r)
{
    double sd = r->days >= 2 && !r->ruined ? sqrt(r->m2 / (double)(r->days - 1)) : 0;
    return sd > 0 ? r->mean / sd * sqrt(365) : (double)NAN;
}
