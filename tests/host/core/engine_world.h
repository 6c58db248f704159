/* engine_world: an engine with a C array as venue and a C function as strategy. The venue records what it is sent and
 * answers only when the test says so; the strategy runs what the test put into its hooks. */
#ifndef TESTS_ENGINE_WORLD_H
#define TESTS_ENGINE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "core/engine.h"

enum { WORLD_SENT_MAX = 4096, WORLD_NEWS_MAX = 4096 };

enum world_kind { WORLD_SUBMIT = 1, WORLD_CANCEL, WORLD_MODIFY, WORLD_QUERY };
struct world_sent { enum world_kind kind; struct mt_order_request request; uint64_t coid; int64_t qty, price, stop; };
struct world_news {
    enum mt_handler handler;
    int state, role, verdict, code, sent, of, side, entry;
    double qty, strength, size, position;
    uint64_t coid;
    char reason[MT_REASON_MAX];
};

struct world {
    struct mt_engine *engine;
    struct mt_journal *journal;
    struct mt_instrument instruments[2];
    struct mt_account_setup accounts[32];
    struct mt_binding bindings[32];
    struct mt_engine_setup setup;
    struct world_sent sent[WORLD_SENT_MAX];
    size_t sent_count;
    struct world_news news[WORLD_NEWS_MAX];
    size_t news_count;
    bool in_mid_instant;                /* more of this instant is on its way: nothing looks at it yet */
    enum mt_send next_send, next_cancel, next_modify, next_query;       /* the venue's answer to the next of each */
    uint32_t send_skip;                     /* so many submits are taken before next_send answers */
    int64_t now;
    uint64_t fill_id, venue_id;
    void (*on_quote)(struct world *w);
    void (*on_signal)(struct world *w);
    void (*on_fill)(struct world *w);
    int (*filter)(struct world *w);
    void (*on_any)(struct world *w, enum mt_handler handler);
    const struct mt_strategy_ops *ops;      /* NULL: world_strategy_ops */
    uint32_t muted;                         /* handlers that the strategy does not have, bits */
    bool raise, unfiltered;
    double answer;                          /* of the last request */
    struct mt_request wanted[64];           /* asked by the next on_quote, see world_want */
    double answers[64];
    int wanted_count;
};

static inline void world_sent_add(struct world *w, struct world_sent sent)
{
    assert_true(w->sent_count < WORLD_SENT_MAX);
    w->sent[w->sent_count++] = sent;
}

static inline int world_open(void *self, struct mt_inbox *inbox, struct mt_diag *diag)
{
    (void)self; (void)inbox; (void)diag;
    return 0;
}
static inline int world_subscribe(void *self, uint16_t symbol, struct mt_diag *diag)
{
    (void)self; (void)symbol; (void)diag;
    return 0;
}
static inline enum mt_send world_answer(enum mt_send *next)
{
    enum mt_send answer = *next;
    *next = MT_SEND_OUT;
    return answer;
}
static inline enum mt_send world_submit(void *self, int64_t now, const struct mt_order_request *request)
{
    (void)now;
    struct world *w = self;
    world_sent_add(self, (struct world_sent){ .kind = WORLD_SUBMIT, .request = *request, .coid = request->coid });
    if (w->send_skip > 0 && w->send_skip-- > 0)
        return MT_SEND_OUT;
    return world_answer(&((struct world *)self)->next_send);
}
static inline enum mt_send world_modify(void *self, int64_t now, const struct mt_order_request *terms)
{
    (void)now;
    world_sent_add(self, (struct world_sent){ .kind = WORLD_MODIFY, .request = *terms, .coid = terms->coid,
                                              .qty = terms->terms.qty, .price = terms->terms.price, .stop = terms->terms.stop });
    return world_answer(&((struct world *)self)->next_modify);
}
static inline enum mt_send world_cancel(void *self, int64_t now, uint64_t coid)
{
    (void)now;
    world_sent_add(self, (struct world_sent){ .kind = WORLD_CANCEL, .coid = coid });
    return world_answer(&((struct world *)self)->next_cancel);
}
static inline enum mt_send world_query(void *self, int64_t now, uint64_t coid)
{
    (void)now;
    world_sent_add(self, (struct world_sent){ .kind = WORLD_QUERY, .coid = coid });
    return world_answer(&((struct world *)self)->next_query);
}
static inline void world_nothing(void *self) { (void)self; }

#define WORLD_VENUE(more)                                                                                          \
    { "world",       MT_CAP_STOP_ORDERS | MT_CAP_TAKE_ORDERS | MT_CAP_REDUCE_ONLY | MT_CAP_CLIENT_ID               \
                         | MT_CAP_REPLACE | (more),                                                                \
      world_open,    world_subscribe,                                                                              \
      world_submit,  world_modify,                                                                                 \
      world_cancel,  world_query,                                                                                  \
      world_nothing, world_nothing }
static const struct mt_venue_ops world_venue_ops = WORLD_VENUE(0);
/* One that holds exits with their entry. Before world_start. */
static inline void world_with_children(struct world *w)
{
    static const struct mt_venue_ops ops = WORLD_VENUE(MT_CAP_CHILDREN);
    w->setup.venue.ops = &ops;
}

static inline int world_deliver(void *self, enum mt_handler handler, struct mt_diag *diag)
{
    struct world *w = self;
    const struct mt_port *port = mt_engine_port(w->engine);
    struct world_news news = { .handler = handler };
    if (w->raise)
        return mt_fail(diag, MT_ESCRIPT, "script: world.lua:1: raised");
    if (handler == MT_ON_ORDER) {
        news.state = port->order.state;
        news.role = port->order.role;
        news.code = port->order.code;
        news.coid = (uint64_t)port->order.id;
        news.qty = port->order.qty;
    } else if (handler == MT_ON_FILL) {
        news.role = port->fill.role;
        news.qty = port->fill.qty;
        news.position = port->fill.position;
        news.coid = (uint64_t)port->fill.id;
    } else if (handler == MT_ON_SIGNAL) {
        news.verdict = port->verdict.verdict;
        news.code = port->verdict.code;
        news.sent = port->verdict.sent;
        news.of = port->verdict.of;
        news.side = port->verdict.side;
        news.entry = port->verdict.entry;
        news.strength = port->verdict.strength;
        news.size = port->verdict.size;
        snprintf(news.reason, sizeof news.reason, "%s", port->reason);
    }
    if (handler != MT_ON_QUOTE && w->news_count < WORLD_NEWS_MAX)
        w->news[w->news_count++] = news;
    if (w->on_any)
        w->on_any(w, handler);
    if (handler == MT_ON_QUOTE && w->on_quote)
        w->on_quote(w);
    if (handler == MT_ON_SIGNAL && w->on_signal)
        w->on_signal(w);
    if (handler == MT_ON_FILL && w->on_fill)
        w->on_fill(w);
    return 0;
}
static inline int world_filter(void *self, struct mt_diag *diag)
{
    struct world *w = self;
    int rc = w->filter ? w->filter(w) : 0;
    return rc < 0 ? mt_fail(diag, rc, "script: world.lua:2: filter raised") : rc;
}
static const struct mt_strategy_ops world_strategy_ops = { .deliver = world_deliver, .filter = world_filter };

/* One instrument X (tick 0.01, step 0.001, quote USD) and Y alike; `accounts` accounts a0, a1 … of 100 000 USD,
 * leverage 100, sized fixed 1.000. */
static inline struct world *world_new(uint16_t accounts)
{
    struct world *w = calloc(1, sizeof *w);
    struct mt_diag diag = { 0 };
    struct mt_journal_options journal = { 0 };
    assert_int_equal(mt_journal_open(&w->journal, &journal, 1, NULL, NULL, &diag), 0);
    for (int i = 0; i < 2; i++)
        w->instruments[i] = (struct mt_instrument){ .symbol = { (char)('X' + i) }, .quote = "USD", .price_scale = 2,
            .qty_scale = 3, .tick = 1, .step = 1, .qty_min = 1, .contract_size = 1, .default_qty = 1000 };
    for (uint16_t a = 0; a < accounts; a++) {
        snprintf(w->accounts[a].name, sizeof w->accounts[a].name, "a%u", a);
        strcpy(w->accounts[a].currency, "USD");
        w->accounts[a].cash = (mt_money)100000 * 100000000;
        w->accounts[a].leverage = 100;
        w->bindings[a] = (struct mt_binding){ .account = a, .scale = 1000000000 };
    }
    w->setup = (struct mt_engine_setup){ .instruments = w->instruments, .instrument_count = 2, .accounts = w->accounts,
        .account_count = accounts, .bindings = w->bindings, .binding_count = accounts, .cancel_at_stop = true,
        .state_calls = MT_STATE_NEVER, .self_check = true, .journal = w->journal, .venue = { &world_venue_ops, w } };
    w->now = INT64_C(1700000000) * MT_NS_PER_S;
    return w;
}

static inline void world_attach(struct world *w)
{
    mt_engine_attach(w->engine, (struct mt_strategy){ w->ops ? w->ops : &world_strategy_ops, w, 0xffff & ~w->muted,
                                                      !w->unfiltered });
}
static inline void world_start(struct world *w)
{
    struct mt_diag diag = { 0 };
    struct mt_rec_run_start start = { .host_id = 1 };
    int rc = mt_engine_new(&w->engine, &w->setup, &diag);
    if (rc != 0)
        print_error("%s\n", diag.text);
    assert_int_equal(rc, 0);
    world_attach(w);
    assert_int_equal(mt_engine_begin(w->engine, w->now, &start, "{}", &diag), 0);
}

static inline void world_free(struct world *w)
{
    mt_engine_free(w->engine);
    mt_journal_close(w->journal, NULL);
    free(w);
}

static inline void world_turn(struct world *w)
{
    struct mt_diag diag = { 0 };
    int rc = mt_engine_turn(w->engine, w->now, &diag);
    if (rc == 0 && !w->in_mid_instant)
        rc = mt_engine_due(w->engine, &diag);
    if (rc == 0 && !w->in_mid_instant)
        rc = mt_engine_instant(w->engine, &diag);
    if (rc != 0)
        print_error("%s\n", diag.text);
    assert_int_equal(rc, 0);
}

static inline void world_push(struct world *w, const struct mt_event *event)
{
    assert_int_equal(mt_inbox_push(mt_engine_inbox(w->engine), event), 0);
}

static inline void world_quote(struct world *w, uint16_t symbol, int64_t bid, int64_t ask)
{
    w->now += MT_NS_PER_S / 10;
    struct mt_event event = { .time_ns = w->now, .venue_ns = w->now, .symbol = symbol, .kind = MT_EV_QUOTE,
        .quote = { bid, ask, 0, 0, (uint8_t)((bid != 0 ? MT_QUOTE_BID : 0) | (ask != 0 ? MT_QUOTE_ASK : 0)) } };
    world_push(w, &event);
    world_turn(w);
}

static inline void world_bar(struct world *w, uint16_t symbol, int64_t high, int64_t low, int64_t close)
{
    w->now += 60 * MT_NS_PER_S;
    struct mt_event event = { .time_ns = w->now, .venue_ns = w->now, .symbol = symbol, .kind = MT_EV_BAR, .last = true,
        .bar = { .open_ns = w->now - 60 * MT_NS_PER_S, .tf_s = 60, .open = close, .high = high, .low = low,
                 .close = close, .volume = 1000, .ticks = 1 } };
    world_push(w, &event);
    world_turn(w);
}
static inline void world_trade(struct world *w, uint16_t symbol, int64_t price)
{
    w->now += MT_NS_PER_S / 10;
    struct mt_event event = { .time_ns = w->now, .venue_ns = w->now, .symbol = symbol, .kind = MT_EV_TRADE,
        .trade = { .price = price, .qty = 1 } };
    world_push(w, &event);
    world_turn(w);
}

static inline void world_report(struct world *w, uint64_t coid, enum mt_order_event what, int64_t price, int64_t qty)
{
    struct mt_event event = { .time_ns = w->now, .venue_ns = w->now, .kind = MT_EV_REPORT,
        .report = { .coid = coid, .event = (uint8_t)what, .price = price, .qty = qty, .cum = -1,
                    .venue_order_id = ++w->venue_id } };
    if (what == MT_ORDER_FILLP || what == MT_ORDER_FILLX)
        event.report.fill_id = ++w->fill_id;
    world_push(w, &event);
    world_turn(w);
}
static inline void world_op(struct world *w, uint64_t coid, enum mt_report_op op)
{
    struct mt_event event = { .time_ns = w->now, .venue_ns = w->now, .kind = MT_EV_REPORT,
        .report = { .coid = coid, .op = (uint8_t)op, .cum = -1 } };
    world_push(w, &event);
    world_turn(w);
}
static inline void world_ack(struct world *w, uint64_t coid) { world_report(w, coid, MT_ORDER_ACK, 0, 0); }
static inline void world_fill(struct world *w, uint64_t coid, int64_t price, int64_t qty)
{
    world_report(w, coid, MT_ORDER_FILLP, price, qty);
}

/* The newest message of a kind to the venue; NULL if none since `from`. */
static inline struct world_sent *world_last(struct world *w, enum world_kind kind, size_t from)
{
    for (size_t i = w->sent_count; i > from; i--)
        if (w->sent[i - 1].kind == kind)
            return &w->sent[i - 1];
    return NULL;
}
static inline size_t world_count(const struct world *w, enum world_kind kind, size_t from)
{
    size_t count = 0;
    for (size_t i = from; i < w->sent_count; i++)
        count += w->sent[i].kind == kind;
    return count;
}

static inline const struct world_news *world_verdict(const struct world *w)
{
    for (size_t i = w->news_count; i > 0; i--)
        if (w->news[i - 1].handler == MT_ON_SIGNAL)
            return &w->news[i - 1];
    fail_msg("no verdict was told");
    return NULL;
}

static inline struct mt_request world_request(int side)
{
    return (struct mt_request){ .kind = MT_ASK_SIGNAL, .side = side, .size = 1, .strength = 1, .take_count = -1 };
}
static inline double world_ask(struct world *w, const struct mt_request *request)
{
    struct mt_port *port = mt_engine_port(w->engine);
    return w->answer = port->request(port, request);
}
/* Ask these with the next quote. */
static inline void world_ask_wanted(struct world *w)
{
    w->on_quote = NULL;
    for (int i = 0; i < w->wanted_count; i++)
        w->answers[i] = world_ask(w, &w->wanted[i]);
}
static inline void world_want(struct world *w, const struct mt_request *requests, int count)
{
    memcpy(w->wanted, requests, (size_t)count * sizeof *requests);
    w->wanted_count = count;
    w->on_quote = world_ask_wanted;
}
static inline double world_ask_at(struct world *w, struct mt_request request, int64_t bid)
{
    world_want(w, &request, 1);
    world_quote(w, (uint16_t)request.market, bid, bid + 2);
    return w->answers[0];
}
static inline double world_ask_now(struct world *w, struct mt_request request)
{
    return world_ask_at(w, request, 10000);
}
static inline struct mt_request_level world_away(double distance)
{
    return (struct mt_request_level){ .value = distance, .kind = MT_LEVEL_DISTANCE };
}
static inline struct mt_request world_target(double qty)
{
    return (struct mt_request){ .kind = MT_ASK_TARGET, .qty = qty, .take_count = -1 };
}
static inline struct mt_request world_with_stop(int side, double distance)
{
    struct mt_request request = world_request(side);
    request.stop = world_away(distance);
    return request;
}
static inline uint64_t world_newest(struct world *w, enum world_kind kind)
{
    struct world_sent *sent = world_last(w, kind, 0);
    assert_non_null(sent);
    return sent->coid;
}
/* Enter as asked and fill 1.000 of it at the touch; returns the id of the entry. */
static inline uint64_t world_enter(struct world *w, struct mt_request request)
{
    size_t from = w->sent_count;
    assert_true(world_ask_now(w, request) > 0);
    uint64_t entry = w->sent[from].coid;
    world_ack(w, entry);
    world_fill(w, entry, request.side > 0 ? 10002 : 10000, 1000);
    return entry;
}
static inline int64_t world_position(const struct world *w, uint16_t account)
{
    return mt_ledger_slot(mt_engine_ledger(w->engine), account, 0)->position.qty;
}

#endif
