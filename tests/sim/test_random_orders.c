/* A script that asks for anything, on the generated market and the simulated venue with its faults, for a million events
 * (MT_EVENTS sets another number), against a small model that knows only the records: every fill once (I3), every id once
 * (I4), cum = sum of fills (I1, I2), position = fold over fills (I6), worst case within the limit at every pass (I7), every
 * order ended or listed (I9). At the end the venue's own books must say the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/sim/market.h"
#include "adapters/sim/sim.h"
#include "base/clock.h"
#include "base/hash.h"
#include "core/engine.h"
#include "script/script.h"

enum { ACCOUNTS = 3, MODEL_ORDERS = 1 << 20, MODEL_FILLS = 1 << 22 };
static const int64_t max_net = 5000;            /* 0.05 in units of 10^-5 */

struct model_order { int64_t qty, cum; int8_t side; uint8_t account; bool known, open, reduce; };
static struct model_order *orders;
static uint8_t *fill_seen[ACCOUNTS];
static int64_t position[ACCOUNTS];
static uint64_t intents, passes, fills, max_coid;

static int64_t worst(int account, int side)
{
    int64_t sum = side > 0 ? position[account] : -position[account];
    for (uint64_t c = max_coid > 20000 ? max_coid - 20000 : 1; c <= max_coid; c++)
        if (orders[c].open && !orders[c].reduce && orders[c].account == account && orders[c].side == side)
            sum += orders[c].qty - orders[c].cum;
    return sum;
}

static void saw_intent(const struct mt_rec_intent *r)
{
    assert_true(r->coid < MODEL_ORDERS);
    assert_false(orders[r->coid].known);                                /* I4 */
    orders[r->coid] = (struct model_order){ .qty = r->terms.qty, .side = r->terms.side, .account = (uint8_t)r->terms.account, .known = true,
        .open = r->code == 0, .reduce = mt_terms_reduce_only(&r->terms) };
    if (r->coid > max_coid)
        max_coid = r->coid;
    intents++;
    if (r->code == 0) {
        passes++;
        if (!mt_terms_reduce_only(&r->terms) && passes % 8 == 0)
            assert_true(worst(r->terms.account, r->terms.side) <= max_net);         /* I7 */
    }
}

static void saw_venue_event(const struct mt_engine *engine, const struct mt_rec_venue_event *r)
{
    const struct mt_order *order = mt_engine_order(engine, r->coid);
    bool fill = r->op == MT_REPORT_NO_OP && (r->event == MT_ORDER_FILLP || r->event == MT_ORDER_FILLX);
    if (r->coid == 0 || r->coid >= MODEL_ORDERS || !orders[r->coid].known)
        return;
    struct model_order *m = &orders[r->coid];
    if (fill) {
        assert_true(r->fill_id < MODEL_FILLS);
        assert_int_equal(fill_seen[r->account][r->fill_id], 0);         /* I3 */
        fill_seen[r->account][r->fill_id] = 1;
        m->cum += r->qty;
        position[r->account] += m->side * r->qty;
        fills++;
    }
    if (!order)
        return;
    assert_int_equal(order->cum, m->cum);                               /* I1 */
    m->open = mt_order_state_open(order->state);
    if (r->op == MT_REPORT_REPLACED && m->open)
        m->qty = order->terms.qty;
    assert_int_equal(mt_order_leaves(order), m->open && order->terms.qty > m->cum ? order->terms.qty - m->cum : 0);        /* I2 */
    assert_int_equal(mt_ledger_slot(mt_engine_ledger(engine), r->account, 0)->position.qty, position[r->account]);   /* I6 */
}

static int observe(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    (void)ud;
    if (record->kind == MT_REC_INTENT)
        saw_intent(record->payload);
    else if (record->kind == MT_REC_VENUE_EVENT)
        saw_venue_event(engine, record->payload);
    else if (record->kind == MT_REC_OP || record->kind == MT_REC_SENT) {
        const struct mt_order *order = mt_engine_order(engine, *(const uint64_t *)record->payload);
        if (order)
            orders[order->coid].open = mt_order_state_open(order->state);
    }
    return 0;
}

struct run { bool currencies;         /* without latency, and every second account in the base currency */
    struct mt_sim *sim; struct mt_engine *engine; struct mt_script *script; struct mt_journal *journal; };

static void open_run(struct run *run, const char *fault, uint64_t seed, const struct mt_instrument *instrument)
{
    static struct mt_account_setup accounts[ACCOUNTS];
    static struct mt_sim_account sim_accounts[ACCOUNTS];
    static struct mt_binding bindings[ACCOUNTS];
    static struct mt_scope_setup scope;
    struct mt_diag diag = { 0 };
    struct mt_market_options market = { .instruments = instrument, .instrument_count = 1, .seed = seed,
        .start_ns = INT64_C(1767571200) * MT_NS_PER_S };
    struct mt_source source;
    assert_int_equal(mt_market_new(&source, &market, &diag), 0);
    for (int i = 0; i < ACCOUNTS; i++) {
        accounts[i] = (struct mt_account_setup){ .currency = "USDT", .cash = (mt_money)100000 * 100000000, .leverage = 5 };
        snprintf(accounts[i].name, sizeof accounts[i].name, "a%d", i);
        sim_accounts[i] = (struct mt_sim_account){ .currency = "USDT", .cash = accounts[i].cash, .leverage = 5,
            .maker_rate = 10000, .taker_rate = 40000 };
        if (run->currencies && i % 2 == 1) {
            accounts[i].cash = sim_accounts[i].cash = (mt_money)3 * 100000000;
            strcpy(accounts[i].currency, instrument->base);
            strcpy(sim_accounts[i].currency, instrument->base);
        }
        bindings[i] = (struct mt_binding){ .account = (uint16_t)i, .scale = 1000000000 };
    }
    struct mt_sim_options options = { .instruments = instrument, .instrument_count = 1, .accounts = sim_accounts,
        .account_count = ACCOUNTS, .feed_ns = 1000000, .entry_ns = 5000000, .reply_ns = 5000000, .seed = seed,
        .fault = fault, .fault_every = 7 };
    if (run->currencies)
        options.feed_ns = options.entry_ns = options.reply_ns = 0;
    assert_int_equal(mt_sim_new(&run->sim, &options, source, &diag), 0);
    struct mt_journal_options memory = { 0 };
    assert_int_equal(mt_journal_open(&run->journal, &memory, 1, NULL, NULL, &diag), 0);
    scope = (struct mt_scope_setup){ .kind = MT_SCOPE_ACCOUNT, .account = -1, .symbol = -1 };
    scope.limits.set = 1ull << MT_LIMIT_MAX_NET;
    scope.limits.value[MT_LIMIT_MAX_NET] = max_net * 1000;              /* 10^-5 to 10^-8 */
    struct mt_engine_setup setup = { .instruments = instrument, .instrument_count = 1, .accounts = accounts,
        .account_count = ACCOUNTS, .scopes = &scope, .scope_count = 1, .bindings = bindings, .binding_count = ACCOUNTS,
        .cancel_at_stop = true, .state_calls = MT_STATE_NEVER, .feed_ns = options.feed_ns, .self_check = true, .journal = run->journal,
        .venue = mt_sim_venue(run->sim), .observer = { .record = observe } };
    assert_int_equal(mt_engine_new(&run->engine, &setup, &diag), 0);
    struct mt_script_options script = { .path = MT_SOURCE_DIR "/tests/sim/random_orders.lua", .seed = seed };
    const char *symbols[] = { instrument->symbol };
    if (mt_script_load(&run->script, &script, &diag) != 0)
        fail_msg("%s", diag.text);
    if (mt_script_bind(run->script, mt_engine_port(run->engine), symbols, &diag) != 0)
        fail_msg("%s", diag.text);
    mt_engine_attach(run->engine, mt_script_strategy(run->script));
    struct mt_rec_run_start start = { .host_id = 1 };
    assert_int_equal(mt_engine_begin(run->engine, market.start_ns - 1, &start, "{}", &diag), 0);
}

static void agree_with_venue(struct run *run)
{
    const struct mt_ledger *ledger = mt_engine_ledger(run->engine);
    for (uint16_t a = 0; a < ACCOUNTS; a++) {
        const struct mt_position *theirs = mt_sim_position_of(run->sim, a, 0);
        assert_int_equal(mt_ledger_slot(ledger, a, 0)->position.qty, theirs->qty);
        assert_true(mt_ledger_slot(ledger, a, 0)->position.cost == theirs->cost);
        assert_true(ledger->accounts[a].cash == mt_sim_cash(run->sim, a));
    }
}

static int turn(struct run *run, int64_t now, struct mt_diag *diag)
{
    int rc = mt_engine_turn(run->engine, now, diag);
    if (rc == 0 && mt_sim_over(run->sim, now))
        rc = mt_engine_due(run->engine, diag);
    if (rc == 0 && mt_sim_over(run->sim, now)) {
        rc = mt_engine_instant(run->engine, diag);
        if (run->currencies)
            agree_with_venue(run);
    }
    return rc;
}

/* No market event for a while: what is under way arrives. */
static void settle(struct run *run)
{
    struct mt_diag diag = { 0 };
    int64_t now = mt_engine_now(run->engine);
    assert_int_equal(mt_engine_operator(run->engine, now, MT_OPERATOR_HALT, -1, -1, "test", "", &diag), 0);
    for (int i = 0; i < 20000; i++) {
        assert_true(mt_sim_next(run->sim, mt_engine_wake_ns(run->engine), &now, &diag) > 0);
        assert_int_equal(turn(run, now, &diag), 0);
    }
}

static void run_with(const char *fault, uint64_t seed, uint64_t events, bool currencies)
{
    struct run run = { .currencies = currencies };
    struct mt_instrument instrument;
    struct mt_diag diag = { 0 };
    mt_market_default_instrument(&instrument);
    orders = calloc(MODEL_ORDERS, sizeof *orders);
    for (int i = 0; i < ACCOUNTS; i++)
        fill_seen[i] = calloc(MODEL_FILLS, 1);
    memset(position, 0, sizeof position);
    intents = passes = fills = max_coid = 0;
    open_run(&run, fault, seed, &instrument);
    while (mt_engine_counts(run.engine)->market < events && max_coid < MODEL_ORDERS - 4096) {
        int64_t now;
        int rc = mt_sim_next(run.sim, mt_engine_wake_ns(run.engine), &now, &diag);
        assert_true(rc > 0);
        rc = turn(&run, now, &diag);
        if (rc != 0)
            fail_msg("%s", diag.text);
    }
    settle(&run);
    const struct mt_engine_counts *counts = mt_engine_counts(run.engine);
    print_message("fault %s seed %llu: %llu events, %llu signals, %llu intents, %llu passed, %llu fills, %llu trades, "
                  "%llu faults\n", fault ? fault : "none", (unsigned long long)seed, (unsigned long long)counts->market,
                  (unsigned long long)counts->signals, (unsigned long long)intents, (unsigned long long)passes,
                  (unsigned long long)fills, (unsigned long long)counts->trades, (unsigned long long)counts->faults);
    assert_true(fills > 20);
    assert_int_equal(counts->faults, 0);
    agree_with_venue(&run);
    mt_engine_free(run.engine);
    mt_script_free(run.script);
    mt_sim_free(run.sim);
    mt_journal_close(run.journal, NULL);
    free(orders);
    for (int i = 0; i < ACCOUNTS; i++)
        free(fill_seen[i]);
}

static uint64_t events_wanted(void)
{
    const char *text = getenv("MT_EVENTS");
    int64_t value = 0;
    if (text && mt_dec_parse(text, strlen(text), 0, &value) == 0 && value > 0)
        return (uint64_t)value;
    return 1000000;
}

static void random_orders_keep_the_invariants(void **state)
{
    (void)state;
    run_with(NULL, 1, events_wanted(), false);
}

static void random_orders_with_faults_keep_the_invariants(void **state)
{
    static const char *const faults[] = { "lost_ack", "late_ack", "duplicate_fill", "fill_before_ack", "reject",
        "unsolicited_cancel", "nobyte", "cancel_refused" };
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        run_with(faults[i], 2 + i, events_wanted() / 20, false);
}

/* What a fill brought is the same number in both books at every instant, whatever the rate does meanwhile. */
static void cash_in_several_currencies_is_the_venues(void **state)
{
    (void)state;
    run_with(NULL, 20, events_wanted() / 10, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_orders_keep_the_invariants),
        cmocka_unit_test(random_orders_with_faults_keep_the_invariants),
        cmocka_unit_test(cash_in_several_currencies_is_the_venues),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
