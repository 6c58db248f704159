#include "core/desk.h"

#include <stdlib.h>

#include "base/clock.h"
#include "core/record_list.h"

static int add_rates(struct mt_desk *d, const struct mt_engine_setup *setup, struct mt_diag *diag)
{
    for (size_t i = 0; i < setup->rate_count; i++) {
        const struct mt_engine_rate *rate = &setup->rates[i];
        int rc = mt_rates_add_fixed(&d->books.ledger.rates, rate->base, rate->quote, rate->rate, MT_MONEY_SCALE);
        if (rc != 0)
            return mt_fail(diag, rc, "rates: %s in %s: %s", rate->base, rate->quote, mt_err_name(rc));
    }
    return 0;
}

static int bind_accounts(struct mt_desk *d, const struct mt_engine_setup *setup)
{
    d->bindings = calloc(setup->binding_count, sizeof *d->bindings);
    d->binding_of_account = calloc(setup->account_count, sizeof *d->binding_of_account);
    if (!d->bindings || !d->binding_of_account)
        return MT_ENOMEM;
    for (size_t i = 0; i < setup->binding_count; i++) {
        d->bindings[i] = setup->bindings[i];
        MT_ASSERT(d->bindings[i].account < setup->account_count);
        d->binding_of_account[d->bindings[i].account] = (uint16_t)(i + 1);
    }
    d->binding_count = setup->binding_count;
    d->lead = d->bindings[0].account;
    return 0;
}

int mt_desk_init(struct mt_desk *d, const struct mt_engine_setup *setup, const struct mt_engine *engine,
                 struct mt_diag *diag)
{
    size_t legs = (size_t)setup->account_count * setup->instrument_count;
    d->journal = setup->journal;
    d->venue = setup->venue;
    d->observer = setup->observer;
    d->engine = engine;
    d->strategy_ok = true;
    d->plan_wake_ns = d->watch_ns = d->retry_ns = INT64_MAX;
    mt_buf_init(&d->scratch, 64u << 20);
    mt_buf_init(&d->decision, MT_RECORD_ROOM_MAX);
    mt_buf_init(&d->record_bytes, 4 * MT_RECORD_PAYLOAD_MAX);
    d->leg_runs = calloc(legs, sizeof *d->leg_runs);
    d->plan_runs = calloc(legs, sizeof *d->plan_runs);
    d->leg_busy = calloc(setup->instrument_count, sizeof *d->leg_busy);
    d->outbox = calloc(MT_OUTBOX_MAX, sizeof *d->outbox);
    if (!d->leg_runs || !d->plan_runs || !d->leg_busy || !d->outbox || bind_accounts(d, setup) != 0)
        return mt_fail(diag, MT_ENOMEM, "desk: no memory");
    int rc = mt_books_init(&d->books, setup->instruments, setup->instrument_count, setup->accounts,
                           setup->account_count, setup->scopes, setup->scope_count, diag);
    return rc ? rc : add_rates(d, setup, diag);
}

void mt_desk_fini(struct mt_desk *d)
{
    mt_books_fini(&d->books);
    mt_buf_fini(&d->scratch);
    mt_buf_fini(&d->decision);
    mt_buf_fini(&d->record_bytes);
    free(d->bindings);
    free(d->binding_of_account);
    free(d->leg_runs);
    free(d->plan_runs);
    free(d->leg_busy);
    free(d->outbox);
    mt_series_fini(&d->series);
}

void mt_desk_watch_from(struct mt_desk *d, int64_t time_ns)
{
    if (time_ns < d->watch_ns)
        d->watch_ns = time_ns;
}

void mt_desk_news(struct mt_desk *d, const struct mt_order *order, unsigned state)
{
    if (order->terms.account != d->lead || !d->news_heard)
        return;
    if (d->notice_count == MT_NOTICES_MAX) {        /* a handler that floods: the counter tells */
        d->counts.dropped++;
        return;
    }
    d->notices[d->notice_count++] = (struct mt_notice){ order->coid, order->cum, (uint8_t)state };
}

static const int64_t refusals_old_ns = 60 * MT_NS_PER_S;        /* after so long without one, the count starts again */

enum { REFUSALS_MAX = 3 };                                      /* pauses of 1, 2, 4, 8 s */

void mt_desk_attend(struct mt_desk *d, uint16_t account, uint16_t symbol, int64_t retry_ns)
{
    mt_leg_run_at(d, account, symbol)->attention = true;
    d->leg_busy[symbol] = true;
    if (retry_ns < d->retry_ns)
        d->retry_ns = retry_ns;
}

void mt_desk_refused(struct mt_desk *d, uint16_t account, uint16_t symbol, bool stop)
{
    struct mt_leg_run *run = mt_leg_run_at(d, account, symbol);
    if (d->now_ns - run->retry_ns > refusals_old_ns)
        run->refusals = run->stop_refusals = 0;
    run->retry_ns = d->now_ns + (MT_NS_PER_S << run->refusals);
    run->refusals = (uint8_t)(run->refusals + (run->refusals < REFUSALS_MAX));
    run->stop_refusals = (uint8_t)(run->stop_refusals + (stop && run->stop_refusals < UINT8_MAX));
    mt_desk_attend(d, account, symbol, run->retry_ns);
}
