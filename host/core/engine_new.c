/* engine_new: making an engine and taking it apart, and looking in. */
#include <stdlib.h>
#include <string.h>

#include "core/engine_private.h"
#include "core/record_list.h"

enum { STATE_CALLS = 4096 };

static int allocate(struct mt_engine *e)
{
    size_t symbols = e->setup.instrument_count;
    e->markets = calloc(symbols, sizeof *e->markets);
    e->bindings = calloc(e->setup.binding_count + 1, sizeof *e->bindings);
    e->binding_of_account = calloc(e->setup.account_count, sizeof *e->binding_of_account);
    e->leg_runs = calloc(symbols * e->setup.account_count, sizeof *e->leg_runs);
    e->plan_runs = calloc(symbols * e->setup.account_count, sizeof *e->plan_runs);
    e->leg_busy = calloc(symbols, sizeof *e->leg_busy);
    e->state_codes = calloc(symbols, sizeof *e->state_codes);
    e->outbox = calloc(MT_OUTBOX_MAX, sizeof *e->outbox);
    if (!e->leg_runs || !e->plan_runs)
        return MT_ENOMEM;
    if (!e->markets || !e->bindings || !e->binding_of_account || !e->leg_busy || !e->state_codes || !e->outbox)
        return MT_ENOMEM;
    mt_buf_init(&e->decision, MT_RECORD_ROOM_MAX);
    mt_buf_init(&e->record_bytes, 4 * MT_RECORD_PAYLOAD_MAX);
    mt_buf_init(&e->scratch, 64u << 20);
    mt_buf_init(&e->state_buf, MT_RECORD_PAYLOAD_MAX);
    mt_buf_init(&e->timers_buf, MT_RECORD_PAYLOAD_MAX);
    mt_buf_init(&e->hash_buf, 64u << 20);
    mt_timers_init(&e->timers);
    int rc = mt_inbox_init(&e->inbox, 1 << 16);
    if (rc == 0)
        rc = mt_skips_init(&e->skips);
    if (rc == 0)
        rc = mt_folded_init(e);
    return rc;
}

static void bind_accounts(struct mt_engine *e)
{
    for (size_t i = 0; i < e->setup.binding_count; i++) {
        e->bindings[i] = e->setup.bindings[i];
        MT_ASSERT(e->bindings[i].account < e->setup.account_count);
        e->binding_of_account[e->bindings[i].account] = (uint16_t)(i + 1);
    }
    e->binding_count = e->setup.binding_count;
    e->lead = e->bindings[0].account;
}

static int add_rates(struct mt_engine *e, struct mt_diag *diag)
{
    for (size_t i = 0; i < e->setup.rate_count; i++) {
        const struct mt_engine_rate *rate = &e->setup.rates[i];
        int rc = mt_rates_add_fixed(&e->ledger.rates, rate->base, rate->quote, rate->rate, MT_MONEY_SCALE);
        if (rc != 0)
            return mt_fail(diag, rc, "rates: %s in %s: %s", rate->base, rate->quote, mt_err_name(rc));
    }
    return 0;
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
    e->journal = setup->journal;
    e->strategy_ok = true;
    e->bar_wake_ns = e->plan_wake_ns = e->watch_ns = e->retry_ns = INT64_MAX;
    e->day_end_ns = e->refused_next_ns = INT64_MIN;
    mt_refusal_forget(e);
    if (e->setup.checkpoint_every == 0)
        e->setup.checkpoint_every = 10000;
    if (e->setup.state_calls == 0)
        e->setup.state_calls = STATE_CALLS;
    e->next_state_call = MT_STATE_NEVER;        /* until it has begun */
    if (e->setup.state_calls == MT_STATE_NEVER)
        e->next_check_ns = INT64_MAX;           /* the books of a backtest are checked at its checkpoints */
    int rc = allocate(e);
    if (rc == 0)
        rc = mt_ledger_init(&e->ledger, setup->instruments, setup->instrument_count, setup->accounts,
                            setup->account_count, diag);
    if (rc == 0)
        rc = add_rates(e, diag);
    if (rc == 0)
        rc = mt_risk_new(&e->risk, &e->ledger, setup->scopes, setup->scope_count, diag);
    if (rc == 0)
        rc = mt_bars_init(e, diag);
    if (rc == 0) {
        bind_accounts(e);
        e->port.markets = e->markets;
        e->port.market_count = setup->instrument_count;
        mt_request_install(e);
        mt_port_install(e);
        mt_views_init(e);
        rc = setup->venue.ops->open(setup->venue.self, &e->inbox, diag);
    }
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
    mt_bars_fini(e);
    mt_risk_free(e->risk);
    mt_ledger_fini(&e->ledger);
    mt_folded_fini(e);
    mt_skips_fini(&e->skips);
    mt_timers_fini(&e->timers);
    mt_inbox_fini(&e->inbox);
    mt_buf_fini(&e->decision);
    mt_buf_fini(&e->record_bytes);
    mt_buf_fini(&e->scratch);
    mt_buf_fini(&e->state_buf);
    mt_buf_fini(&e->timers_buf);
    mt_buf_fini(&e->hash_buf);
    for (size_t i = 0; i < e->past_param_count; i++)
        free(e->past_params[i]);
    free(e->past_params);
    free(e->markets);
    free(e->bindings);
    free(e->binding_of_account);
    free(e->leg_runs);
    free(e->plan_runs);
    free(e->leg_busy);
    free(e->state_codes);
    free(e->outbox);
    free(e);
}

struct mt_port *mt_engine_port(struct mt_engine *e) { return &e->port; }
void mt_engine_attach(struct mt_engine *e, struct mt_strategy strategy)
{
    e->strategy = strategy;
    e->news_heard = mt_wants(e, MT_ON_ORDER);
}

struct mt_inbox *mt_engine_inbox(struct mt_engine *e) { return &e->inbox; }
uint64_t mt_engine_turns(const struct mt_engine *e) { return e->turn; }
uint64_t mt_engine_position(const struct mt_engine *e) { return e->position; }
int64_t mt_engine_now(const struct mt_engine *e) { return e->now_ns; }
const struct mt_ledger *mt_engine_ledger(const struct mt_engine *e) { return &e->ledger; }
const struct mt_risk *mt_engine_risk(const struct mt_engine *e) { return e->risk; }
const struct mt_engine_counts *mt_engine_counts(const struct mt_engine *e) { return &e->counts; }
int mt_engine_stance(const struct mt_engine *e, uint16_t symbol) { return e->folded.stances[symbol].side; }

bool mt_engine_muted(const struct mt_engine *e)
{
    for (uint16_t y = 0; y < e->setup.instrument_count; y++)
        if (e->markets[y].muted)
            return true;
    return e->replaying;
}

const struct mt_order *mt_engine_order(const struct mt_engine *e, uint64_t coid)
{
    return mt_orders_get(&e->folded.orders, coid);
}

int64_t mt_engine_fill_price(const struct mt_engine *e, uint64_t coid, uint64_t fill_id)
{
    const struct mt_order_fill *fill = mt_orders_fill_find(&e->folded.orders, coid, fill_id);
    return fill ? fill->price : 0;
}

size_t mt_engine_open_orders(const struct mt_engine *e, const struct mt_order **out, size_t max)
{
    const struct mt_orders *orders = &e->folded.orders;
    size_t count = orders->open_count < max ? orders->open_count : max;
    for (size_t i = 0; i < count; i++)
        out[i] = mt_orders_get(orders, orders->open[i]);
    return count;
}

void mt_engine_leg(const struct mt_engine *e, uint16_t account, uint16_t symbol, struct mt_leg_view *out)
{
    const struct mt_leg *leg = &e->folded.legs[mt_leg_index(e, account, symbol)];
    const struct mt_plan *plan = &e->folded.plans[mt_leg_index(e, account, symbol)];
    *out = (struct mt_leg_view){ .want = leg->wish.want, .waiting = leg->wish.waiting, .closing = leg->wish.closing,
        .close_role = leg->wish.close_role, .armed = plan->armed, .entered = plan->entered,
        .entry_coid = leg->entry_coid, .close_coid = leg->close_coid, .stop_coid = plan->stop_coid };
}

const struct mt_exit *mt_engine_exit(const struct mt_engine *e, uint16_t account, uint16_t symbol)
{
    return &e->folded.plans[mt_leg_index(e, account, symbol)].exit;
}

bool mt_engine_skip_at(const struct mt_engine *e, size_t index, const char **reason, uint16_t *symbol, uint64_t *count)
{
    if (index >= e->skips.count)
        return false;
    *reason = e->skips.list[index].reason;
    *symbol = e->skips.list[index].symbol;
    *count = e->skips.list[index].count;
    return true;
}

bool mt_engine_quarantined(const struct mt_engine *e)
{
    return !e->strategy_ok;
}

const char *mt_engine_why(const struct mt_engine *e, uint16_t symbol)
{
    int code = mt_top_code(&e->ledger.tops[symbol]);
    if (code == 0)
        code = mt_trading_state_code(mt_risk_state(e->risk, e->lead, symbol));
    return code ? mt_code_name(code) : "";
}
