/* The history against the engine whose records it folds: strategies and a venue at random (host/core/engine_chaos.h:
 * reports that come late, twice, in the wrong order; lost answers, acks that tell other terms, busts before and after
 * their fills), and behind every record each order, position and sum must be what the engine says. */
#include "host/core/engine_chaos.h"

#include "report/history.h"
#include "report/results.h"

enum { ALL_ROWS = MT_ROWS_ORDERS | MT_ROWS_FILLS | MT_ROWS_TRADES | MT_ROWS_SIGNALS };

struct twice {
    struct chaos *chaos;
    struct mt_names names;
    struct mt_history history;
    struct mt_results *results;
    struct mt_observer observer;        /* of the results */
    uint64_t busts, replaced, told, exchanged;          /* so many of each have been seen */
};

static void same_order(const struct twice *t, uint64_t coid)
{
    const struct mt_order *engine = mt_engine_order(t->chaos->engine, coid), *told = mt_history_order(&t->history, coid);
    if (!engine)
        return;                                 /* of an id that was never used */
    assert_non_null(told);
    if (memcmp(engine, told, sizeof *told) != 0)
        print_message("order %llu: engine %s cum %lld of %lld at %lld/%lld, history %s cum %lld of %lld at %lld/%lld\n",
                      (unsigned long long)coid, mt_order_state_name(engine->state), (long long)engine->cum,
                      (long long)engine->terms.qty, (long long)engine->terms.price, (long long)engine->terms.stop,
                      mt_order_state_name(told->state), (long long)told->cum, (long long)told->terms.qty,
                      (long long)told->terms.price, (long long)told->terms.stop);
    assert_memory_equal(engine, told, sizeof *told);
}

/* The rows of what is open are what the books say now, also where a record was about another order. */
static void same_rows(const struct twice *t)
{
    const struct mt_history *h = &t->history;
    const struct mt_orders *known = &h->books.orders;
    size_t at = h->order_count;
    for (size_t i = known->open_count; i > 0; i--) {
        while (at > 0 && h->orders[at - 1].coid > known->open[i - 1])
            at--;
        assert_true(at > 0);
        assert_memory_equal(&h->orders[at - 1], mt_history_order(h, known->open[i - 1]), sizeof *h->orders);
    }
}

static void every_row_is_the_engines(const struct twice *t)
{
    for (size_t i = 0; i < t->history.order_count; i++) {
        const struct mt_order *row = &t->history.orders[i], *engine = mt_engine_order(t->chaos->engine, row->coid);
        assert_true(i == 0 || row->coid > row[-1].coid);
        if (engine)
            assert_memory_equal(row, engine, sizeof *row);
    }
}

/* A second opinion on the ledger: what the fills that count come to, and what the open trades hold. */
static void fills_add_up(const struct twice *t)
{
    const struct mt_history *h = &t->history;
    int64_t qty[CHAOS_ACCOUNTS * CHAOS_SYMBOLS] = { 0 };
    for (size_t i = 0; i < h->fill_count; i++)
        if (!h->fills[i].busted)
            qty[h->fills[i].account * CHAOS_SYMBOLS + h->fills[i].symbol] += h->fills[i].side * h->fills[i].qty;
    for (size_t slot = 0; slot < h->slot_count; slot++) {
        const struct mt_round_trip *open = &h->slots[slot].open;
        assert_int_equal(qty[slot], mt_history_slot(h, slot)->position.qty);
        assert_int_equal(qty[slot], open->side * (open->in_qty - open->qty));
    }
}

static void same_slot(const struct twice *t, uint16_t account, uint16_t symbol)
{
    const struct mt_slot *told = mt_history_slot(&t->history, (size_t)account * CHAOS_SYMBOLS + symbol);
    const struct mt_slot *engine = mt_ledger_slot(mt_engine_ledger(t->chaos->engine), account, symbol);
    assert_int_equal(told->position.qty, engine->position.qty);
    assert_true(told->position.cost == engine->position.cost);
    assert_int_equal(told->position.opened_ns, engine->position.opened_ns);
    assert_true(told->realised == engine->realised);
    assert_true(told->fees == engine->fees);
}

/* All money is in trades: the closed ones and the open one. */
static void trades_add_up(const struct twice *t)
{
    const struct mt_history *h = &t->history;
    mt_money profit[CHAOS_ACCOUNTS * CHAOS_SYMBOLS] = { 0 }, fees[CHAOS_ACCOUNTS * CHAOS_SYMBOLS] = { 0 };
    for (size_t i = 0; i < h->trade_count; i++) {
        const struct mt_round_trip *trade = &h->trades[i];
        size_t slot = (size_t)trade->account * CHAOS_SYMBOLS + trade->symbol;
        profit[slot] += trade->profit;
        fees[slot] += trade->fees;
        assert_true(trade->qty > 0);
        assert_int_equal(trade->qty, trade->in_qty);            /* all that was opened is closed, no more */
        assert_true(trade->side == 1 || trade->side == -1);
        assert_true(trade->opened_ns > 0 && trade->closed_ns > 0);
    }
    for (size_t slot = 0; slot < h->slot_count; slot++) {
        const struct mt_slot *sums = mt_history_slot(h, slot);
        assert_true(profit[slot] + h->slots[slot].open.profit == sums->realised - sums->fees);
        assert_true(fees[slot] + h->slots[slot].open.fees == sums->fees);
    }
}

static void look(struct chaos *c, const struct mt_record *record)
{
    struct twice *t = c->ud;
    assert_int_equal(mt_history_fold(&t->history, record, NULL), 0);
    assert_int_equal(t->observer.record(t->observer.ud, c->engine, record), 0);
    same_rows(t);
    const uint64_t *coid = record->payload;
    if (record->kind != MT_REC_INTENT && record->kind != MT_REC_SENT && record->kind != MT_REC_OP
        && record->kind != MT_REC_VENUE_EVENT)
        return;
    same_order(t, *coid);
    t->told++;
    const struct mt_order *order = mt_engine_order(c->engine, *coid);
    if (record->kind != MT_REC_VENUE_EVENT || !order)
        return;
    const struct mt_rec_venue_event *r = record->payload;
    t->busts += r->op == MT_REPORT_NO_OP && r->event == MT_ORDER_BUST;
    t->replaced += r->op == MT_REPORT_REPLACED;
    t->exchanged += r->exchanged == MT_EXCHANGE_ENDS;
    same_slot(t, order->terms.account, order->terms.symbol);
}

static void sent(struct chaos *c)
{
    struct twice *t = c->ud;
    mt_history_flushed(&t->history);
    same_rows(t);
}

static bool no_file(void *ud, size_t index, struct mt_results_file *out)
{
    (void)ud; (void)index; (void)out;
    return false;
}

static void begin(struct twice *t, uint64_t seed, uint16_t accounts, struct mt_journal *journal)
{
    static const uint16_t trading[] = { 0, 1, 2, 3, 4 };
    struct mt_diag diag = { 0 };
    struct mt_results_options options = { 0 };
    memset(t, 0, sizeof *t);
    t->chaos = chaos_new(seed, accounts, journal);
    t->names = (struct mt_names){ .accounts = t->chaos->accounts, .account_count = accounts,
        .instruments = t->chaos->instruments, .instrument_count = CHAOS_SYMBOLS, .scopes = &t->chaos->scope,
        .scope_count = 1 };
    struct mt_results_run run = { .names = t->names, .trading = trading, .trading_count = accounts, .file = no_file };
    assert_int_equal(mt_results_new(&t->results, &run, &options, &diag), 0);
    t->observer = mt_results_observer(t->results);
    mt_history_init(&t->history, &t->names, ALL_ROWS);
    t->chaos->on_record = look;
    t->chaos->on_sent = sent;
    t->chaos->ud = t;
}

static void every_order_position_and_sum_is_the_engines(void **state)
{
    uint64_t told = 0, busts = 0, replaced = 0, trades = 0, exchanged = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct twice t;
        struct mt_journal *journal;
        struct mt_journal_options memory = { 0 };
        struct mt_results_view view;
        uint16_t accounts = (uint16_t)(1 + seed % CHAOS_ACCOUNTS);
        print_message("seed %llu\n", (unsigned long long)seed);
        assert_int_equal(mt_journal_open(&journal, &memory, 1, NULL, NULL, NULL), 0);
        begin(&t, seed, accounts, journal);
        chaos_start(t.chaos);
        for (int i = 0; i < 2500; i++)
            chaos_step(t.chaos);
        for (uint64_t coid = 1; coid <= t.chaos->coid_max; coid++)
            same_order(&t, coid);
        for (uint16_t a = 0; a < accounts; a++)
            for (uint16_t y = 0; y < CHAOS_SYMBOLS; y++)
                same_slot(&t, a, y);
        every_row_is_the_engines(&t);
        trades_add_up(&t);
        fills_add_up(&t);
        mt_results_view(t.results, &view);
        assert_int_equal(view.trades, t.history.trade_count);
        assert_int_equal(mt_engine_counts(t.chaos->engine)->trades, t.history.trade_count);
        assert_int_equal(view.intents, t.history.order_count);
        told += t.told;
        busts += t.busts;
        replaced += t.replaced;
        trades += t.history.trade_count;
        exchanged += t.exchanged;
        mt_history_free(&t.history);
        mt_results_free(t.results);
        chaos_free(t.chaos);
        mt_journal_close(journal, NULL);
    }
    print_message("%llu records, %llu busts, %llu replaced, %llu trades, %llu exchanges\n", (unsigned long long)told,
                  (unsigned long long)busts, (unsigned long long)replaced, (unsigned long long)trades,
                  (unsigned long long)exchanged);
    assert_true(told > 50000 && busts > 100 && replaced > 100 && trades > 500 && exchanged > 100);
}

/* The host forgets what ended long ago; the rows stay, and what comes for it then moves nothing here either. */
static void what_the_host_has_forgotten_is_told_but_not_changed(void **state)
{
    enum { LONG_AGO = MT_ORDERS_KEEP + 3 * MT_ORDERS_CHUNK };
    static const struct mt_account_setup account = { .name = "sim", .currency = "USD", .leverage = 1 };
    struct mt_instrument instrument;
    assert_int_equal(mt_instrument_builtin("EURUSD", &instrument), 0);
    const struct mt_names names = { .accounts = &account, .account_count = 1, .instruments = &instrument,
                                    .instrument_count = 1 };
    struct mt_history h;
    const struct mt_rec_run_start start = { .generation = 1 };
    struct mt_record record = { .seq = 1, .kind = MT_REC_RUN_START, .payload = &start, .length = sizeof start };
    (void)state;
    mt_history_init(&h, &names, ALL_ROWS);
    assert_int_equal(mt_history_fold(&h, &record, NULL), 0);
    for (uint64_t coid = 1; coid <= LONG_AGO; coid++) {
        const struct mt_rec_intent intent = { .coid = coid, .code = 1 };
        record = (struct mt_record){ .seq = 1 + coid, .kind = MT_REC_INTENT, .payload = &intent, .length = sizeof intent };
        assert_int_equal(mt_history_fold(&h, &record, NULL), 0);
    }
    assert_null(mt_history_order(&h, 1));
    assert_non_null(mt_history_order(&h, LONG_AGO));
    assert_int_equal(h.order_count, LONG_AGO);
    struct mt_order first = h.orders[0];
    const struct mt_rec_venue_event late = { .coid = 1, .fill_id = 7, .price = 100, .qty = 5, .event = MT_ORDER_FILLP };
    record = (struct mt_record){ .seq = LONG_AGO + 2, .kind = MT_REC_VENUE_EVENT, .payload = &late, .length = sizeof late };
    assert_int_equal(mt_history_fold(&h, &record, NULL), 0);
    assert_memory_equal(&first, &h.orders[0], sizeof first);
    assert_int_equal(mt_history_slot(&h, 0)->position.qty, 0);
    assert_int_equal(h.fill_count, 0);
    const struct mt_rec_intent again = { .coid = 5 }, far = { .coid = UINT64_MAX };
    record = (struct mt_record){ .seq = LONG_AGO + 3, .kind = MT_REC_INTENT, .payload = &again, .length = sizeof again };
    assert_int_equal(mt_history_fold(&h, &record, NULL), MT_ECORRUPT);
    record.payload = &far;
    assert_int_equal(mt_history_fold(&h, &record, NULL), MT_ECORRUPT);
    mt_history_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_position_and_sum_is_the_engines),
        cmocka_unit_test(what_the_host_has_forgotten_is_told_but_not_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
