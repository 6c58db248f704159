#include "core/turn.h"

#include <string.h>

#include "core/bars.h"
#include "core/books_hash.h"
#include "core/emit.h"
#include "core/leg.h"
#include "core/news.h"
#include "core/oms.h"
#include "core/plan.h"
#include "core/refusal.h"
#include "core/reports.h"
#include "core/request.h"
#include "core/seat_state.h"
#include "core/self_check.h"
#include "core/trading_state.h"
#include "core/view.h"
#include "core/watch.h"

static const int64_t day_ns = INT64_C(86400) * MT_NS_PER_S;

void mt_turn_day(struct mt_engine *e)
{
    for (uint16_t a = 0; a < e->desk.books.account_count; a++) {
        mt_money equity = mt_ledger_equity(&e->desk.books.ledger, a), start, peak;
        struct mt_rec_day r;
        int64_t day;
        mt_risk_day(e->desk.books.risk, a, &day, &start, &peak);
        memset(&r, 0, sizeof r);
        r.day = e->desk.now_ns / day_ns;
        r.equity = mt_rec_money(equity);
        r.peak = mt_rec_money(peak > equity ? peak : equity);   /* it does not fall at midnight */
        r.account = a;
        mt_emit(&e->desk, MT_REC_DAY, &r, sizeof r, MT_DURABLE_D3);
    }
    e->day_end_ns = (e->desk.now_ns / day_ns + 1) * day_ns;
}

void mt_turn_mark(struct mt_engine *e, uint16_t symbol)
{
    if (mt_ledger_mark(&e->desk.books.ledger, symbol) && mt_position_at(&e->desk.books, e->desk.lead, symbol)->qty != 0)
        mt_view_marked(&e->seat, symbol);
}

void mt_turn_peaks(struct mt_engine *e)
{
    if (mt_risk_watches_equity(e->desk.books.risk))
        mt_risk_peak(e->desk.books.risk);
}

/* The last market event of its instant is in: what handlers ask for now is checked against the equity of now. */
static void all_marked(struct mt_engine *e)
{
    if (!mt_risk_watches_equity(e->desk.books.risk))
        return;
    mt_risk_see(e->desk.books.risk);
    mt_trading_state_breaches(&e->desk);
}

static void market_event(struct mt_engine *e, const struct mt_event *event)
{
    uint16_t symbol = event->symbol;
    e->desk.position++;
    e->desk.counts.market++;
    mt_ledger_market(&e->desk.books.ledger, event);
    mt_view_market_event(&e->seat, event);
    mt_turn_mark(e, symbol);
    if (event->last & MT_LAST_EVENT)
        all_marked(e);
    if (e->desk.leg_busy[symbol])
        mt_leg_market(&e->desk, symbol, event);
    if (event->kind == MT_EV_QUOTE)
        mt_call(&e->seat, MT_ON_QUOTE, symbol);
    else if (event->kind == MT_EV_TRADE)
        mt_call(&e->seat, MT_ON_TRADE, symbol);
    if (e->desk.series.count > 0 || event->kind == MT_EV_BAR)
        mt_bars_market(&e->seat, event, true);
    if (e->desk.observer.market)
        e->desk.observer.market(e->desk.observer.ud, e, event);
}

static void fire_timers(struct mt_engine *e)
{
    struct mt_timer timer;
    while (e->desk.dead == 0 && mt_timers_take(&e->seat.timers, e->desk.now_ns, &timer)) {
        struct mt_rec_timer r;
        memset(&r, 0, sizeof r);
        r.due_ns = timer.due_ns;
        r.market = timer.market;
        r.owner = timer.owner;
        memcpy(r.name, timer.name, sizeof r.name);
        mt_emit(&e->desk, MT_REC_TIMER, &r, sizeof r, MT_DURABLE_D3);
        mt_view_timer(&e->seat, timer.due_ns, e->desk.now_ns);
        e->seat.port.timer_owner = timer.owner;
        mt_port_text(&e->seat, timer.name, sizeof timer.name);
        mt_call(&e->seat, MT_ON_TIMER, timer.market);
    }
}

static void by_the_clock(struct mt_engine *e)
{
    if (e->desk.now_ns >= e->seat.bars.bar_wake_ns)
        mt_bars_due(&e->seat, true);
    if (e->desk.now_ns >= mt_timers_next(&e->seat.timers))
        fire_timers(e);
    if (e->desk.now_ns >= e->desk.plan_wake_ns)
        for (uint16_t y = 0; y < e->desk.books.instrument_count; y++)
            mt_leg_market(&e->desk, y, NULL);
    if (e->desk.now_ns >= e->desk.watch_ns)
        mt_watch(&e->desk);
    if (e->desk.now_ns >= e->desk.retry_ns)
        mt_leg_retry(&e->desk);
    if (e->desk.notice_count > 0)
        mt_news_tell(&e->seat);
}

static void periodic(struct mt_engine *e)
{
    if (e->desk.call >= e->next_state_call) {
        e->next_state_call = e->desk.call + e->setup.state_calls;
        mt_seat_save(&e->seat, false);
    }
    if (e->desk.now_ns >= e->next_check_ns) {        /* what nothing was written of has not changed */
        e->next_check_ns = e->desk.now_ns + 60 * MT_NS_PER_S;
        if (e->desk.last_seq != e->checked_seq)
            mt_engine_self_check(e);
        e->checked_seq = e->desk.last_seq;
    }
    if (e->desk.last_seq >= e->next_checkpoint) {
        struct mt_rec_checkpoint r = { mt_books_hash(&e->desk.books) };
        e->next_checkpoint = e->desk.last_seq + e->setup.checkpoint_every;
        mt_emit(&e->desk, MT_REC_CHECKPOINT, &r, sizeof r, MT_DURABLE_D3);
        mt_engine_self_check(e);
    }
}

/* The journal failed: nothing new may leave; what is open is canceled best effort (5.3). */
static int die(struct mt_engine *e, struct mt_diag *diag)
{
    struct mt_orders *orders = &e->desk.books.orders;
    if (!e->seat.stopped)
        for (size_t i = 0; i < orders->open_count; i++)
            (void)e->desk.venue.ops->cancel(e->desk.venue.self, e->desk.now_ns, orders->open[i]);
    e->seat.stopped = true;
    if (diag && diag->code == 0)
        *diag = e->desk.fault;
    return e->desk.dead;
}

int mt_turn_end(struct mt_engine *e, struct mt_diag *diag)
{
    if (e->desk.wake_dirty) {
        e->desk.wake_dirty = false;
        e->desk.plan_wake_ns = mt_plan_wake_ns(&e->desk);
    }
    if (e->desk.call >= e->next_state_call || e->desk.now_ns >= e->next_check_ns
        || e->desk.last_seq >= e->next_checkpoint)
        periodic(e);
    if (e->setup.self_check)
        mt_engine_self_check(e);
    /* With whatever is written: behind that nothing is lost, since a resume makes the calls behind it again. */
    if (e->desk.now_ns >= e->seat.refused_due_ns
        || (e->seat.refused.count > 0 && e->desk.last_seq != e->desk.flushed_seq))
        mt_refusal_tell(&e->seat);
    /* Fills and the event that led to them are recorded together: the venue must not meet it again after a crash. */
    if (e->desk.last_seq != e->desk.flushed_seq)
        mt_emit_position(&e->desk);
    if (e->desk.dead == 0 && e->desk.last_seq != e->desk.flushed_seq) {
        int rc = mt_journal_flush(e->desk.journal, e->desk.need, &e->desk.fault);
        e->desk.need = MT_DURABLE_D3;
        e->desk.flushed_seq = e->desk.last_seq;
        if (rc != 0)
            e->desk.dead = rc;
        else
            mt_oms_flushed(&e->desk);
    }
    if (e->desk.dead != 0)
        return die(e, diag);
    if (e->desk.outbox_count > 0)
        mt_oms_send(&e->desk);
    if (e->desk.failed != 0 && diag && diag->code == 0)
        *diag = e->desk.fault;
    return e->desk.failed;
}

void mt_turn_begin(struct mt_engine *e, int64_t now_ns)
{
    e->desk.turn++;
    if (now_ns > e->desk.now_ns)
        e->desk.now_ns = now_ns;
    if (e->desk.now_ns >= e->day_end_ns)
        mt_turn_day(e);
}

int mt_engine_turn(struct mt_engine *e, int64_t now_ns, struct mt_diag *diag)
{
    const struct mt_event *next;
    mt_turn_begin(e, now_ns);
    while ((next = mt_inbox_take(&e->inbox)) != NULL && e->desk.dead == 0 && e->desk.failed == 0) {
        if (next->kind == MT_EV_REPORT) {
            struct mt_event report = *next;
            mt_report(e, &report);
        } else if (next->kind != MT_EV_CLOCK) {
            market_event(e, next);
        }
    }
    if (e->desk.notice_count > 0)
        mt_news_tell(&e->seat);
    return mt_turn_end(e, diag);
}

int mt_engine_due(struct mt_engine *e, struct mt_diag *diag)
{
    const struct mt_desk *d = &e->desk;
    bool due = d->now_ns >= e->seat.bars.bar_wake_ns || d->now_ns >= mt_timers_next(&e->seat.timers)
        || d->now_ns >= d->plan_wake_ns || d->now_ns >= d->watch_ns || d->now_ns >= d->retry_ns;
    if (!due || e->desk.dead != 0 || e->desk.failed != 0)
        return 0;
    by_the_clock(e);
    return mt_turn_end(e, diag);
}

int mt_engine_instant(struct mt_engine *e, struct mt_diag *diag)
{
    if (e->desk.dead != 0 || e->desk.failed != 0)
        return 0;
    mt_turn_peaks(e);
    mt_trading_state_breaches(&e->desk);
    mt_ledger_untouch(&e->desk.books.ledger);
    if (e->desk.observer.instant)
        e->desk.observer.instant(e->desk.observer.ud, e);
    return e->desk.last_seq != e->desk.flushed_seq ? mt_turn_end(e, diag) : 0;
}

int64_t mt_engine_wake_ns(const struct mt_engine *e)
{
    int64_t wake = mt_timers_next(&e->seat.timers);
    if (e->seat.bars.bar_wake_ns < wake)
        wake = e->seat.bars.bar_wake_ns;
    if (e->desk.watch_ns < wake)
        wake = e->desk.watch_ns;
    if (e->desk.retry_ns < wake)
        wake = e->desk.retry_ns;
    /* A time exit that could not be sent is tried again with the market, not by the clock. */
    if (e->desk.plan_wake_ns > e->desk.now_ns && e->desk.plan_wake_ns < wake)
        wake = e->desk.plan_wake_ns;
    return wake;
}
