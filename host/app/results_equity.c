/* Marking: equity, drawdown, daily returns, time with a position, and the samples of equity.csv. While nothing is
 * held and nothing was filled an event costs two comparisons. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/results_private.h"
#include "base/clock.h"
#include "base/pages.h"

static const int64_t minute_ns = 60 * MT_NS_PER_S, day_ns = 86400 * MT_NS_PER_S;

static mt_money start_equity(const struct mt_results *r)
{
    const struct mt_plan_account *accounts = r->session->plan->accounts;
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
    if (before > 0) {
        double x = mt_money_to_double(r->equity) / before - 1, delta = x - r->mean;
        r->days++;
        r->mean += delta / (double)r->days;
        r->m2 += delta * (x - r->mean);
    }
    r->day_start = r->equity;
}

static void write_sample(struct mt_results *r, const struct mt_sample *sample, uint16_t account)
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
        struct mt_sample now = { time_ns, account->cash, account->unrealised };
        if (r->options.stream)
            write_sample(r, &now, r->accounts[i]);
        else
            r->samples[r->sample_count * r->account_count + i] = now;
    }
    r->sample_count++;
    r->sampled_ns = time_ns;
    r->next_sample_ns = (time_ns / r->sample_ns + 1) * r->sample_ns;
}

/* A mark of time `at` belongs to the day that is left behind once a later day has begun. */
static void day_of(struct mt_results *r, int64_t at)
{
    if (at < r->day_end_ns)
        return;
    if (r->day_end_ns != INT64_MIN)
        end_day(r);
    r->day_end_ns = (at / day_ns + 1) * day_ns;
}

void mt_equity_market(struct mt_results *r, const struct mt_engine *engine, const struct mt_event *event)
{
    int64_t now = event->venue_ns;
    day_of(r, event->kind == MT_EV_BAR ? now - 1 : now);        /* the bar that closes at 24:00 is the day's last */
    if (r->events + r->events_before == 1)
        r->first_ns = now;
    else if (r->last_ns != 0 && now > r->last_ns) {
        r->total_ns += now - r->last_ns;
        if (r->held > 0)
            r->held_ns += now - r->last_ns;
    }
    r->last_ns = now;
    if (event->kind != MT_EV_BAR)
        r->stamp_ns = now;
    else if (event->bar.open_ns > r->stamp_ns)          /* longer bars have begun earlier */
        r->stamp_ns = event->bar.open_ns;
    if (r->held == 0 && !r->stale)
        return;
    const struct mt_ledger *ledger = mt_engine_ledger(engine);
    take_equity(r, ledger);
    if (now >= r->next_sample_ns)
        sample(r, ledger, now);
}

void mt_equity_finish(struct mt_results *r, const struct mt_engine *engine)
{
    const struct mt_ledger *ledger = mt_engine_ledger(engine);
    if (r->events > 0) {
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

/* --- what was before a resume -------------------- */

static mt_money field_money(const char *line, int index)
{
    mt_money value = 0;
    while (index-- > 0 && line)
        line = strchr(line, ',') ? strchr(line, ',') + 1 : NULL;
    if (line && mt_money_parse(line, strcspn(line, ",\n"), &value) != 0)
        value = 0;
    return value;
}

static void again(struct mt_results *r, int64_t time_ns, mt_money equity)
{
    bool bars = r->session->data && mt_data_has(r->session->data, MT_EV_BAR);
    day_of(r, bars ? time_ns - 1 : time_ns);
    if (r->first_ns == 0)
        r->first_ns = time_ns;
    r->last_ns = r->sampled_ns = time_ns;
    r->next_sample_ns = (time_ns / r->sample_ns + 1) * r->sample_ns;
    r->equity = equity;
    if (equity >= r->peak)
        r->peak = r->low = equity;
    double peak = mt_money_to_double(r->peak), fall = mt_money_to_double(r->peak - equity);
    if (peak > 0 && fall / peak > r->drawdown)
        r->drawdown = fall / peak;
}

/* Positions change with records, so between two of them one was held or not. */
void mt_equity_folded(struct mt_results *r, int64_t time_ns)
{
    int64_t from = r->folded_ns != 0 ? r->folded_ns : r->first_ns;
    if (from == 0 || time_ns <= from)
        return;
    r->total_ns += time_ns - from;
    if (r->held > 0)
        r->held_ns += time_ns - from;
    r->folded_ns = time_ns;
    if (r->last_ns < time_ns)
        r->last_ns = time_ns;
}

void mt_equity_again(struct mt_results *r, const char *path, int64_t until_ns)
{
    char line[512];
    int64_t at = INT64_MIN, time_ns;
    mt_money sum = 0;
    uint16_t rows = 0;
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (mt_time_parse(line, strcspn(line, ",\n"), &time_ns) != 0 || time_ns > until_ns)
            continue;                   /* the header */
        sum = time_ns == at ? sum + field_money(line, 4) : field_money(line, 4);
        rows = time_ns == at ? (uint16_t)(rows + 1) : 1;
        at = time_ns;
        if (rows == (r->same_currency ? r->account_count : 1))
            again(r, at, sum);
    }
    if (file)
        fclose(file);
}
