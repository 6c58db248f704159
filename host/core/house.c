/* Making an engine and taking it apart, and looking in. */

#include "core/house.h"

#include <stdlib.h>
#include <string.h>

#include "core/bars.h"
#include "core/books_hash.h"
#include "core/port.h"
#include "core/record_check.h"
#include "core/request_ask.h"
#include "core/view.h"

enum { STATE_CALLS = 4096 };

static int build(struct mt_engine *e, struct mt_diag *diag)
{
    int rc = mt_inbox_init(&e->inbox, 1 << 16);
    if (rc == 0)
        rc = mt_desk_init(&e->desk, &e->setup, e, diag);
    if (rc == 0)
        rc = mt_seat_init(&e->seat, &e->desk, &e->setup);
    if (rc == 0)
        rc = mt_bars_init(&e->seat, diag);
    if (rc != 0)
        return rc;
    mt_request_install(&e->seat);
    mt_port_install(&e->seat);
    mt_views_init(&e->seat);
    return e->setup.venue.ops->open(e->setup.venue.self, &e->inbox, diag);
}

int mt_engine_new(struct mt_engine **out, const struct mt_engine_setup *setup, struct mt_diag *diag)
{
    if (setup->instrument_count == 0 || setup->account_count == 0 || setup->binding_count == 0
        || setup->timeframe_count > MT_FRAMES_MAX)
        return mt_fail(diag, MT_ERANGE, "engine: needs an instrument and a bound account, and at most %d time frames",
                       MT_FRAMES_MAX);
    struct mt_engine *e = calloc(1, sizeof *e);
    if (!e)
        return mt_fail(diag, MT_ENOMEM, "engine: no memory");
    e->setup = *setup;
    e->day_end_ns = INT64_MIN;
    if (e->setup.checkpoint_every == 0)
        e->setup.checkpoint_every = 10000;
    if (e->setup.state_calls == 0)
        e->setup.state_calls = STATE_CALLS;
    e->next_state_call = MT_STATE_NEVER;        /* until it has begun */
    if (e->setup.state_calls == MT_STATE_NEVER)
        e->next_check_ns = INT64_MAX;           /* the books of a backtest are checked at its checkpoints */
    int rc = build(e, diag);
    if (rc != 0) {
        mt_engine_free(e);
        return mt_fail(diag, rc, "engine: %s", mt_err_name(rc));
    }
    *out = e;
    return 0;
}

void mt_engine_free(struct mt_engine *e)
{
    if (!e)
        return;
    mt_bars_fini(&e->seat);
    mt_seat_fini(&e->seat);
    mt_desk_fini(&e->desk);
    mt_inbox_fini(&e->inbox);
    for (size_t i = 0; i < e->past_param_count; i++)
        free(e->past_params[i]);
    free(e->past_params);
    free(e);
}

void mt_engine_attach(struct mt_engine *e, struct mt_strategy strategy)
{
    e->seat.strategy = strategy;
    e->desk.news_heard = mt_wants(&e->seat, MT_ON_ORDER);
}

struct mt_port *mt_engine_port(struct mt_engine *e) { return &e->seat.port; }
struct mt_inbox *mt_engine_inbox(struct mt_engine *e) { return &e->inbox; }
uint64_t mt_engine_turns(const struct mt_engine *e) { return e->desk.turn; }
uint64_t mt_engine_position(const struct mt_engine *e) { return e->desk.position; }
int64_t mt_engine_now(const struct mt_engine *e) { return e->desk.now_ns; }
const struct mt_ledger *mt_engine_ledger(const struct mt_engine *e) { return &e->desk.books.ledger; }
const struct mt_books_change *mt_engine_change(const struct mt_engine *e) { return &e->desk.change; }
const struct mt_risk *mt_engine_risk(const struct mt_engine *e) { return e->desk.books.risk; }
const struct mt_engine_counts *mt_engine_counts(const struct mt_engine *e) { return &e->desk.counts; }
int mt_engine_stance(const struct mt_engine *e, uint16_t symbol) { return e->desk.books.stances[symbol].side; }
uint64_t mt_engine_state_hash(struct mt_engine *e) { return mt_books_hash(&e->desk.books); }

int mt_engine_record_check(const struct mt_engine *e, const struct mt_record *record, struct mt_diag *diag)
{
    return mt_record_check(&e->desk.books, record, diag);
}

bool mt_engine_muted(const struct mt_engine *e)
{
    for (uint16_t y = 0; y < e->desk.books.instrument_count; y++)
        if (e->seat.markets[y].muted)
            return true;
    return e->desk.replaying;
}

const struct mt_order *mt_engine_order(const struct mt_engine *e, uint64_t coid)
{
    return mt_orders_get(&e->desk.books.orders, coid);
}

size_t mt_engine_open_orders(const struct mt_engine *e, const struct mt_order **out, size_t max)
{
    const struct mt_orders *orders = &e->desk.books.orders;
    size_t count = orders->open_count < max ? orders->open_count : max;
    for (size_t i = 0; i < count; i++)
        out[i] = mt_orders_get(orders, orders->open[i]);
    return count;
}

void mt_engine_leg(const struct mt_engine *e, uint16_t account, uint16_t symbol, struct mt_leg_view *out)
{
    const struct mt_leg *leg = &e->desk.books.legs[mt_leg_index(&e->desk.books, account, symbol)];
    const struct mt_plan *plan = &e->desk.books.plans[mt_leg_index(&e->desk.books, account, symbol)];
    *out = (struct mt_leg_view){ .want = leg->wish.want, .waiting = leg->wish.waiting, .closing = leg->wish.closing,
        .close_role = leg->wish.close_role, .armed = plan->armed, .entered = plan->entered,
        .entry_coid = leg->entry_coid, .close_coid = leg->close_coid, .stop_coid = plan->stop_coid };
}

const struct mt_exit *mt_engine_exit(const struct mt_engine *e, uint16_t account, uint16_t symbol)
{
    return &e->desk.books.plans[mt_leg_index(&e->desk.books, account, symbol)].exit;
}

bool mt_engine_skip_at(const struct mt_engine *e, size_t index, const char **reason, uint16_t *symbol, uint64_t *count)
{
    if (index >= e->seat.skips.count)
        return false;
    *reason = e->seat.skips.list[index].reason;
    *symbol = e->seat.skips.list[index].symbol;
    *count = e->seat.skips.list[index].count;
    return true;
}

bool mt_engine_quarantined(const struct mt_engine *e)
{
    return !e->desk.strategy_ok;
}

const char *mt_engine_why(const struct mt_engine *e, uint16_t symbol)
{
    int code = mt_top_code(&e->desk.books.ledger.tops[symbol]);
    if (code == 0)
        code = mt_trading_state_code(mt_risk_state(e->desk.books.risk, e->desk.lead, symbol));
    return code ? mt_code_name(code) : "";
}
