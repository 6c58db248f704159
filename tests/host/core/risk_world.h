/* risk_world: three accounts and four instruments for the tests of ledger and risk.
 * Include from one file of a program, after cmocka. */
#ifndef MT_TEST_RISK_WORLD_H
#define MT_TEST_RISK_WORLD_H

#include <string.h>
#include "core/risk_private.h"
#include "host/base/assert_dies.h"
#include "terms_named.h"

enum { EURUSD, BTCUSDT, USDJPY, GBPUSD, SYMBOLS };
enum { SIM, DESK, EURO, ACCOUNTS };
#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)
#define NOW (INT64_C(1700000000) * SECOND)      /* 2023-11-14 22:13:20 UTC */
#define MONEY(units) ((mt_money)(units) * 100000000)

struct world {
    struct mt_instrument instruments[SYMBOLS];
    struct mt_ledger ledger;
    struct mt_risk *risk;
    struct mt_scope_setup setups[16];
    size_t setup_count;
    int64_t now;
    uint64_t next_coid;
};

static inline struct mt_instrument world_instrument(const char *symbol, const char *base,
                                                    const char *quote, int price_scale,
                                                    int qty_scale, int64_t contract)
{
    struct mt_instrument instrument = {
        .price_scale = price_scale, .qty_scale = qty_scale, .tick = 1, .step = 1, .qty_min = 1,
        .contract_size = contract, .default_qty = 1,
    };
    strcpy(instrument.symbol, symbol);
    strcpy(instrument.base, base);
    strcpy(instrument.quote, quote);
    return instrument;
}

/* In these tests a side of 0 is empty. */
static inline uint8_t world_sides(int64_t bid, int64_t ask)
{
    return (uint8_t)((bid != 0 ? MT_QUOTE_BID : 0) | (ask != 0 ? MT_QUOTE_ASK : 0));
}

static inline void world_quote(struct world *w, uint16_t symbol, int64_t bid, int64_t ask)
{
    struct mt_event event = {.kind = MT_EV_QUOTE, .symbol = symbol, .time_ns = w->now,
                             .venue_ns = w->now, .quote = {.bid = bid, .ask = ask, .sides = world_sides(bid, ask)}};
    mt_ledger_market(&w->ledger, &event);
    mt_ledger_mark(&w->ledger, symbol);
}

static inline void world_start_ledger(struct world *w)
{
    static const struct mt_account_setup accounts[ACCOUNTS] = {
        { "sim", "USD", MONEY(100000), 10, 0 },
        { "desk/01", "USD", MONEY(100000), 3, 0 },
        { "euro", "EUR", MONEY(50000), 1, 0 },
    };
    memset(w, 0, sizeof *w);
    w->now = NOW;
    w->instruments[EURUSD] = world_instrument("EURUSD", "EUR", "USD", 5, 2, 100000);
    w->instruments[BTCUSDT] = world_instrument("BTCUSDT", "BTC", "USDT", 2, 5, 1);
    w->instruments[USDJPY] = world_instrument("USDJPY", "USD", "JPY", 3, 2, 100000);
    w->instruments[GBPUSD] = world_instrument("GBPUSD", "GBP", "USD", 5, 2, 100000);
    struct mt_diag diag = {0};
    assert_int_equal(
        mt_ledger_init(&w->ledger, w->instruments, SYMBOLS, accounts, ACCOUNTS, &diag), 0);
}

static inline void world_quotes(struct world *w)
{
    world_quote(w, EURUSD, 110000, 110010);
    world_quote(w, USDJPY, 150000, 150010);
    world_quote(w, GBPUSD, 125000, 125010);
    world_quote(w, BTCUSDT, 3000000, 3000100);
}

static inline struct mt_scope_setup *world_scope(struct world *w, enum mt_scope_kind kind,
                                                 int account, int symbol)
{
    assert_true(w->setup_count < sizeof w->setups / sizeof *w->setups);
    struct mt_scope_setup *setup = &w->setups[w->setup_count++];
    *setup = (struct mt_scope_setup){.kind = kind, .account = account, .symbol = symbol};
    strcpy(setup->name, mt_scope_name(kind));
    if (kind == MT_SCOPE_GROUP) {
        setup->group[0] = EURUSD;
        setup->group[1] = GBPUSD;
        setup->group_count = 2;
    }
    return setup;
}

static inline void setup_limit(struct mt_scope_setup *setup, enum mt_limit_id id, int64_t value)
{
    setup->limits.set |= MT_LIMIT_BIT(id);
    setup->limits.value[id] = value;
}

static inline void world_start_risk(struct world *w)
{
    struct mt_diag diag = {0};
    int err = mt_risk_new(&w->risk, &w->ledger, w->setups, w->setup_count, &diag);
    if (err != 0)
        fail_msg("%s", diag.text);
}

/* Start everything with one scope of each kind around (SIM, EURUSD) and no limits. */
static inline void world_start(struct world *w)
{
    world_start_ledger(w);
    world_quotes(w);
    world_scope(w, MT_SCOPE_GLOBAL, -1, -1);
    world_scope(w, MT_SCOPE_ACCOUNT, -1, -1);
    world_scope(w, MT_SCOPE_SYMBOL, -1, -1);
    world_scope(w, MT_SCOPE_GROUP, -1, -1);
    world_scope(w, MT_SCOPE_STRATEGY, -1, -1);
    world_start_risk(w);
}

static inline void world_end(struct world *w)
{
    mt_risk_free(w->risk);
    mt_ledger_fini(&w->ledger);
}

/* The first scope of the kind for (SIM, EURUSD). */
static inline uint16_t world_find(const struct world *w, enum mt_scope_kind kind)
{
    int symbol = kind == MT_SCOPE_SYMBOL || kind == MT_SCOPE_GROUP ? EURUSD
                 : kind == MT_SCOPE_STRATEGY ? 0 : -1;
    int scope = mt_risk_scope_find(w->risk, kind, kind == MT_SCOPE_GLOBAL ? -1 : SIM, symbol);
    assert_true(scope >= 0);
    return (uint16_t)scope;
}

static inline void world_limit(struct world *w, enum mt_scope_kind kind, enum mt_limit_id id,
                        int64_t value)
{
    mt_risk_on_limit(w->risk, world_find(w, kind), id, true, value);
}

static inline void world_no_limit(struct world *w, enum mt_scope_kind kind, enum mt_limit_id id)
{
    mt_risk_on_limit(w->risk, world_find(w, kind), id, false, 0);
}

static inline struct mt_position_change world_fill(struct world *w, uint16_t account,
                                                   uint16_t symbol, int side, int64_t qty,
                                                   int64_t price)
{
    struct mt_booking booking;
    struct mt_position_change change;
    int err =
        mt_ledger_price_fill(&w->ledger, account, symbol, side, price, qty, 0, w->now, &booking);
    assert_true(err == 0 || err == MT_ENOTFOUND);
    assert_int_equal(mt_ledger_book_fill(&w->ledger, account, symbol, side, price, qty, 0,
                                         booking.realised, w->now, &change), 0);
    return change;
}

/* Reserve an open order. */
static inline struct mt_order world_order(struct world *w, uint16_t account, uint16_t symbol,
                                          int side, int64_t qty, bool reduce_only,
                                          enum mt_order_state state)
{
    struct mt_order order = { .coid = ++w->next_coid, .state = (uint8_t)state, .terms = { .account = account,
        .symbol = symbol, .side = (int8_t)side, .qty = qty, .flags = reduce_only ? MT_TERMS_REDUCE_ONLY : 0 } };
    mt_ledger_reserve(&w->ledger, NULL, &order);
    return order;
}

/* Let an order end. */
static inline void world_order_end(struct world *w, const struct mt_order *order)
{
    struct mt_order after = *order;
    after.state = MT_ORDER_CANCELED;
    mt_ledger_reserve(&w->ledger, order, &after);
}

static inline struct mt_risk_ask ask_market(int side, int64_t qty)
{
    return (struct mt_risk_ask){ .terms = { .account = SIM, .symbol = EURUSD, .side = (int8_t)side, .qty = qty,
                                            .type = MT_TYPE_MARKET } };
}

static inline struct mt_risk_ask ask_limit(int side, int64_t qty, int64_t price)
{
    struct mt_risk_ask ask = ask_market(side, qty);
    ask.terms.type = MT_TYPE_LIMIT;
    ask.terms.price = price;
    return ask;
}

static inline struct mt_risk_ask ask_stop(int side, int64_t qty, int64_t stop)
{
    struct mt_risk_ask ask = ask_market(side, qty);
    ask.terms.type = MT_TYPE_STOP;
    ask.terms.stop = stop;
    return ask;
}

static inline struct mt_risk_ask ask_reduce(int side, int64_t qty)
{
    struct mt_risk_ask ask = ask_market(side, qty);
    mt_terms_set_flag(&ask.terms, MT_TERMS_REDUCE_ONLY, true);
    ask.terms.role = MT_ROLE_FLAT;
    return ask;
}

/* For tests that write into accounts: as if each had been marked. */
static inline void world_touch_all(struct world *w)
{
    mt_ledger_untouch(&w->ledger);
    for (uint16_t a = 0; a < w->ledger.account_count; a++) {
        w->ledger.accounts[a].touched = true;
        w->ledger.touched[w->ledger.touched_count++] = a;
    }
}

static inline struct mt_risk_verdict world_check(struct world *w,
                                                 const struct mt_risk_ask *ask)
{
    struct mt_risk_verdict verdict;
    struct mt_risk_ask named = *ask;
    named.terms = terms_named(ask->terms);
    memset(&verdict, 0xa5, sizeof verdict);
    world_touch_all(w);
    mt_risk_see(w->risk);
    mt_risk_check(w->risk, &named, w->now, true, true, &verdict);
    return verdict;
}

/* The fold is told of it. */
static inline void world_intent(struct world *w, const struct mt_risk_ask *ask, int32_t code)
{
    const struct mt_terms terms = terms_named(ask->terms);
    mt_risk_on_intent(w->risk, &terms, code, w->now);
}

#define assert_code(w, ask, expected)                                                          \
    do {                                                                                       \
        struct mt_risk_ask checked_ask = (ask);                                                \
        struct mt_risk_verdict got = world_check(w, &checked_ask);                             \
        if (got.code != (expected))                                                            \
            fail_msg("%s:%d: %s instead of %s", __FILE__, __LINE__, mt_code_name(got.code),    \
                     mt_code_name(expected));                                                  \
    } while (0)

#define assert_denied(w, ask, expected, kind, measured, allowed)                               \
    do {                                                                                       \
        struct mt_risk_ask denied_ask = (ask);                                                 \
        struct mt_risk_verdict got = world_check(w, &denied_ask);                              \
        if (got.code != (expected))                                                            \
            fail_msg("%s:%d: %s instead of %s", __FILE__, __LINE__, mt_code_name(got.code),    \
                     mt_code_name(expected));                                                  \
        assert_int_equal(got.scope, world_find(w, kind));                                      \
        assert_true(got.value == (measured));                                                  \
        assert_true(got.limit == (allowed));                                                   \
    } while (0)

#endif
