/* engine_chaos: an engine between a strategy that asks at random and a venue that answers at random: late, twice, in the
 * wrong order, ambiguously, or not at all. The venue keeps its own truth; a model built only from the journal's records
 * and from what the venue was sent holds the engine to the invariants I1 to I9 at every record. */
#ifndef TESTS_ENGINE_CHAOS_H
#define TESTS_ENGINE_CHAOS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "core/engine.h"
#include "model/order.h"

enum { CHAOS_ORDERS = 1 << 17, CHAOS_FILLS = 1 << 17, CHAOS_QUEUE = 1 << 12, CHAOS_ACCOUNTS = 5, CHAOS_SYMBOLS = 2 };
enum { CHAOS_NET_MAX = 3000 };          /* limit max_net: 3.000 */

struct chaos_order {                    /* the venue's truth, then the model's */
    struct mt_order_request terms;
    int64_t cum;
    bool reached, open, rejected;
    bool busted;                        /* a fill of it was annulled or corrected, ever */
    int64_t told;                       /* model: the largest cumulative quantity that was delivered */
    unsigned cancels; int64_t cancel_ns;        /* model: asked for so often; when the last time */
    bool intended, submitted;           /* model */
    uint8_t role, state;
    int64_t sum;
};
struct chaos_fill { uint64_t id, coid; int64_t price, qty; bool dead; };    /* model: as journaled; the venue's: by id */
struct chaos_report { int64_t due_ns; uint64_t seq; struct mt_event event; };

struct chaos {
    struct mt_engine *engine;
    struct mt_journal *journal;
    struct mt_instrument instruments[CHAOS_SYMBOLS];
    struct mt_account_setup accounts[CHAOS_ACCOUNTS];
    struct mt_binding bindings[CHAOS_ACCOUNTS];
    struct mt_scope_setup scope;
    struct mt_engine_setup setup;
    struct chaos_order *orders;         /* by coid */
    uint64_t coid_max;
    struct chaos_fill *fills;           /* by number */
    size_t fill_count;
    struct chaos_fill *truths;          /* what the venue holds for true, by fill id */
    uint64_t corrections, third, exchanged;     /* how often the unlikely came */
    struct chaos_report queue[CHAOS_QUEUE];
    size_t queue_count;
    uint64_t queue_seq, fill_id, random;
    int64_t now, mid[CHAOS_SYMBOLS];
    int64_t truth[CHAOS_ACCOUNTS][CHAOS_SYMBOLS], position[CHAOS_ACCOUNTS][CHAOS_SYMBOLS];
    bool calm, quiet;                   /* calm: a correct venue; quiet: no new requests but flat */
    bool sending;                       /* the turn has begun to send */
    uint64_t alarm_due;                 /* I8: this order's alarm must come next */
    uint64_t market, events;
    uint64_t told, asked;               /* verdicts told; signals and targets accepted */
    void (*on_record)(struct chaos *c, const struct mt_record *record);
    void (*on_sent)(struct chaos *c);       /* an order was sent with the flush of its turn */
    void *ud;
};

static inline uint64_t chaos_random(struct chaos *c)
{
    c->random ^= c->random << 13;
    c->random ^= c->random >> 7;
    c->random ^= c->random << 17;
    return c->random;
}
static inline uint64_t chaos_below(struct chaos *c, uint64_t n) { return (chaos_random(c) >> 11) % n; }
static inline bool chaos_chance(struct chaos *c, unsigned in_1000) { return !c->calm && chaos_below(c, 1000) < in_1000; }

/* --- the venue -------------------------------------------------------------------------------------------------------- */

static inline void chaos_later(struct chaos *c, const struct mt_event *event, int64_t delay_ns)
{
    assert_true(c->queue_count < CHAOS_QUEUE);
    c->queue[c->queue_count++] = (struct chaos_report){ c->now + delay_ns, c->queue_seq++, *event };
}
static inline void chaos_say(struct chaos *c, uint64_t coid, unsigned event, unsigned op, int64_t price, int64_t qty,
                             uint64_t fill_id)
{
    const struct chaos_order *o = &c->orders[coid];
    struct mt_event e = { .venue_ns = c->now, .symbol = o->terms.terms.symbol, .kind = MT_EV_REPORT,
        .report = { .coid = coid, .event = (uint8_t)event, .op = (uint8_t)op, .price = price, .qty = qty,
                    .cum = chaos_below(c, 2) ? o->cum : -1, .fill_id = fill_id, .account = o->terms.terms.account,
                    .venue_order_id = coid + 1000, .fee = (mt_money)chaos_below(c, 100) } };
    if (event == MT_ORDER_BUST || event == MT_ORDER_CORR)
        e.report.cum = -1;
    int64_t delay = c->calm ? 1000000 : (int64_t)chaos_below(c, chaos_chance(c, 100) ? 4000 : 200) * 1000000;
    chaos_later(c, &e, delay);
    if (chaos_chance(c, 30))
        chaos_later(c, &e, delay + (int64_t)chaos_below(c, 3000) * 1000000);
}
static inline void chaos_end(struct chaos *c, uint64_t coid, enum mt_order_event how)
{
    c->orders[coid].open = false;
    chaos_say(c, coid, how, 0, 0, 0, 0);
}
static inline int64_t chaos_price(const struct chaos *c, const struct chaos_order *o)
{
    int64_t at = c->mid[o->terms.terms.symbol];
    return o->terms.terms.price ? o->terms.terms.price : o->terms.terms.stop ? o->terms.terms.stop : at + o->terms.terms.side;
}
static inline void chaos_fill_order(struct chaos *c, uint64_t coid, int64_t qty)
{
    struct chaos_order *o = &c->orders[coid];
    int64_t *truth = &c->truth[o->terms.terms.account][o->terms.terms.symbol];
    int64_t reducible = -*truth * o->terms.terms.side;
    if (mt_terms_reduce_only(&o->terms.terms) && qty > reducible) {
        qty = reducible > 0 ? reducible : 0;
        if (qty == 0) {
            chaos_end(c, coid, MT_ORDER_CXL);
            return;
        }
    }
    o->cum += qty;
    *truth += qty * o->terms.terms.side;
    o->open = o->cum < o->terms.terms.qty;
    assert_true(++c->fill_id < CHAOS_FILLS);
    c->truths[c->fill_id] = (struct chaos_fill){ c->fill_id, coid, chaos_price(c, o), qty, false };
    chaos_say(c, coid, o->open ? MT_ORDER_FILLP : MT_ORDER_FILLX, 0, chaos_price(c, o), qty, c->fill_id);
}
static inline void chaos_reach(struct chaos *c, const struct mt_order_request *request)
{
    struct chaos_order *o = &c->orders[request->coid];
    o->terms = *request;
    o->reached = true;
    if (chaos_chance(c, 60)) {
        o->rejected = true;
        chaos_say(c, request->coid, MT_ORDER_REJ, 0, 0, 0, 0);
        return;
    }
    o->open = true;
    if (!chaos_chance(c, 30))
        chaos_say(c, request->coid, MT_ORDER_ACK, 0, 0, 0, 0);
    if (request->terms.type == MT_TYPE_MARKET && (c->calm || chaos_below(c, 3) == 0))
        chaos_fill_order(c, request->coid, request->terms.qty);
}
static inline enum mt_send chaos_submit(void *self, int64_t now, const struct mt_order_request *request)
{
    struct chaos *c = self;
    struct chaos_order *o = &c->orders[request->coid];
    (void)now;
    c->sending = true;
    assert_true(o->intended);                                   /* I5, and see chaos_record */
    assert_false(o->submitted);                                 /* I4 */
    o->submitted = true;
    o->terms = *request;
    if (chaos_chance(c, 15))
        return MT_SEND_NOBYTE;
    bool ambiguous = chaos_chance(c, 25);
    if (!ambiguous || chaos_below(c, 2))
        chaos_reach(c, request);
    return ambiguous ? MT_SEND_AMB : MT_SEND_OUT;
}
static inline enum mt_send chaos_cancel(void *self, int64_t now, uint64_t coid)
{
    struct chaos *c = self;
    struct chaos_order *o = &c->orders[coid];
    int64_t pause = o->cancels == 0 ? 0 : o->cancels > 5 ? 30 : INT64_C(1) << (o->cancels - 1);
    assert_true(o->cancels == 0 || now - o->cancel_ns >= pause * MT_NS_PER_S);  /* 1, 2, 4, 8, 16, 30 s */
    o->cancels++;
    o->cancel_ns = now;
    c->sending = true;
    if (chaos_chance(c, 10))
        return MT_SEND_NOBYTE;
    if (chaos_chance(c, 20))                                    /* it gets lost on its way */
        return chaos_below(c, 2) ? MT_SEND_AMB : MT_SEND_OUT;
    if (c->orders[coid].open && !chaos_chance(c, 30))
        chaos_end(c, coid, MT_ORDER_CXL);
    else
        chaos_say(c, coid, 0, MT_REPORT_OP_REFUSED, 0, 0, 0);
    return MT_SEND_OUT;
}
static inline enum mt_send chaos_modify(void *self, int64_t now, const struct mt_order_request *terms)
{
    struct chaos *c = self;
    uint64_t coid = terms->coid;
    int64_t qty = terms->terms.qty, price = terms->terms.price, stop = terms->terms.stop;
    struct chaos_order *o = &c->orders[coid];
    (void)now;
    c->sending = true;
    if (chaos_chance(c, 10))
        return MT_SEND_NOBYTE;
    if (!o->open || chaos_chance(c, 80)) {
        chaos_say(c, coid, 0, MT_REPORT_OP_REFUSED, 0, 0, 0);
        return MT_SEND_OUT;
    }
    bool lost = chaos_chance(c, 30);
    if (lost && chaos_below(c, 2))
        return MT_SEND_AMB;
    if (chaos_chance(c, 100)) {                                 /* its own idea of how much */
        qty = o->cum + 1 + (int64_t)chaos_below(c, 2 * (uint64_t)qty);
        c->third++;
    }
    if (qty <= o->cum) {
        chaos_end(c, coid, MT_ORDER_CXL);
        return MT_SEND_OUT;
    }
    o->terms.terms.qty = qty;
    o->terms.terms.price = price;
    o->terms.terms.stop = stop;
    if (!lost)
        chaos_say(c, coid, 0, MT_REPORT_REPLACED, 0, qty == terms->terms.qty && chaos_below(c, 2) ? 0 : qty, 0);
    return lost ? MT_SEND_AMB : MT_SEND_OUT;
}
static inline enum mt_send chaos_query(void *self, int64_t now, uint64_t coid)
{
    struct chaos *c = self;
    const struct chaos_order *o = &c->orders[coid];
    (void)now;
    c->sending = true;
    if (chaos_chance(c, 100))
        return MT_SEND_AMB;
    if (!o->reached)
        chaos_say(c, coid, 0, MT_REPORT_ABSENT_SAMPLE, 0, 0, 0);
    else if (o->rejected)
        chaos_say(c, coid, MT_ORDER_REJ, 0, 0, 0, 0);
    else
        chaos_say(c, coid, o->open || o->cum == o->terms.terms.qty ? MT_ORDER_ACK : MT_ORDER_CXL, 0, 0, o->terms.terms.qty, 0);
    return MT_SEND_OUT;
}
static inline int chaos_open(void *self, struct mt_inbox *inbox, struct mt_diag *diag)
{
    (void)self; (void)inbox; (void)diag;
    return 0;
}
static inline int chaos_subscribe(void *self, uint16_t symbol, struct mt_diag *diag)
{
    (void)self; (void)symbol; (void)diag;
    return 0;
}
static inline void chaos_nothing(void *self) { (void)self; }
static const struct mt_venue_ops chaos_venue_ops = { "chaos", MT_CAP_STOP_ORDERS | MT_CAP_TAKE_ORDERS | MT_CAP_REDUCE_ONLY
        | MT_CAP_CLIENT_ID | MT_CAP_REPLACE, chaos_open, chaos_subscribe, chaos_submit, chaos_modify, chaos_cancel,
    chaos_query, chaos_nothing, chaos_nothing };

/* What happens at the venue by itself between two turns. */
static inline void chaos_venue_moves(struct chaos *c)
{
    uint64_t from = c->coid_max > 256 ? c->coid_max - 256 : 1;
    for (uint64_t coid = from; coid <= c->coid_max; coid++) {
        struct chaos_order *o = &c->orders[coid];
        if (!o->open)
            continue;
        int64_t leaves = o->terms.terms.qty - o->cum, part = 1 + (int64_t)chaos_below(c, (uint64_t)leaves);
        /* A stop that has begun to fill was triggered: a correct venue fills what it still holds. */
        bool market = o->terms.terms.type == MT_TYPE_MARKET || (c->calm && o->terms.terms.type == MT_TYPE_STOP && o->cum > 0);
        if (o->terms.terms.expire_ns && c->now >= o->terms.terms.expire_ns)
            chaos_end(c, coid, MT_ORDER_EXP);
        else if (market && (c->calm || chaos_below(c, 4) == 0))
            chaos_fill_order(c, coid, c->calm || chaos_below(c, 2) ? leaves : part);
        else if (!market && chaos_chance(c, 25))
            chaos_fill_order(c, coid, chaos_below(c, 2) ? leaves : part);
        else if (chaos_chance(c, 3))
            chaos_end(c, coid, MT_ORDER_CXL);
        else if (chaos_chance(c, 20))
            chaos_say(c, coid, MT_ORDER_ACK, 0, 0, 0, 0);       /* by chance with no more than a cumulative quantity */
    }
}
static inline void chaos_bust(struct chaos *c)
{
    if (c->fill_id == 0)
        return;
    struct chaos_fill *f = &c->truths[c->fill_id - chaos_below(c, c->fill_id < 20 ? c->fill_id : 20)];
    struct chaos_order *o = &c->orders[f->coid];
    if (f->dead || o->open)                                     /* an order that stays open keeps its quantity */
        return;
    int64_t qty = f->qty;
    o->busted = true;
    if (chaos_below(c, 3) == 0) {
        f->dead = true;
        f->qty = 0;
        chaos_say(c, f->coid, MT_ORDER_BUST, 0, f->price, qty, f->id);
    } else {                                                    /* and often once more, back again, or to what it is */
        if (chaos_below(c, 3) != 0)
            f->qty = 1 + (int64_t)chaos_below(c, (uint64_t)qty + (uint64_t)(o->terms.terms.qty - o->cum));
        f->price += (int64_t)chaos_below(c, 3) - 1;
        chaos_say(c, f->coid, MT_ORDER_CORR, 0, f->price, f->qty, f->id);
        c->corrections++;
    }
    c->truth[o->terms.terms.account][o->terms.terms.symbol] += (f->qty - qty) * o->terms.terms.side;
    o->cum += f->qty - qty;
}

/* --- the strategy ------------------------------------------------------------------------------------------------------ */

static inline double chaos_ask(struct chaos *c, const struct mt_request *request)
{
    struct mt_port *port = mt_engine_port(c->engine);
    double answer = port->request(port, request);
    c->asked += answer > 0 && request->kind != MT_ASK_PROTECT;
    return answer;
}
static inline struct mt_request_level chaos_level(struct chaos *c, uint64_t most, double part)
{
    return (struct mt_request_level){ .value = 0.01 * (double)(1 + chaos_below(c, most)), .part = part,
                                      .kind = MT_LEVEL_DISTANCE };
}
static inline void chaos_exit(struct chaos *c, struct mt_request *request)
{
    request->stop = chaos_level(c, 500, 0);
    if (chaos_below(c, 3) == 0)
        request->trail = chaos_level(c, 300, 0);
    if (chaos_below(c, 4) == 0)
        request->time = 1 + (double)chaos_below(c, 60);
    if (chaos_below(c, 3) == 0) {
        request->take_count = 1 + (int32_t)chaos_below(c, 3);
        for (int i = 0; i < request->take_count; i++)
            request->takes[i] = chaos_level(c, 400, i + 1 < request->take_count ? 0.3 : 0);
    }
}
static inline void chaos_strategy(struct chaos *c, int32_t market)
{
    struct mt_request request = { .market = market, .size = 0.1 * (double)(1 + chaos_below(c, 10)), .strength = 1,
                                  .take_count = -1 };
    uint64_t what = chaos_below(c, 25);
    if (c->calm && c->quiet)
        what = 2;
    if (market == 1) {
        request.kind = MT_ASK_TARGET;
        request.qty = (double)chaos_below(c, 5) - 2;
        if (what == 2 && c->quiet)
            request.qty = 0;
        if (chaos_below(c, 3) == 0 && !c->quiet) {
            request.has_limit = true;
            request.limit = (double)(c->mid[1] - 5 + (int64_t)chaos_below(c, 10)) / 100;
        }
        if (what < 4)
            chaos_ask(c, &request);
        return;
    }
    request.kind = MT_ASK_SIGNAL;
    if (what == 0 || what == 1) {
        request.side = what == 0 ? 1 : -1;
        chaos_exit(c, &request);
        if (chaos_below(c, 3) == 0) {
            request.has_limit = true;
            request.limit = (double)(c->mid[0] - 5 + (int64_t)chaos_below(c, 10)) / 100;
            request.ttl = 1 + (double)chaos_below(c, 20);
        }
        chaos_ask(c, &request);
        if (chaos_below(c, 10) == 0) {                          /* the other way in the same breath */
            request.side = -request.side;
            chaos_ask(c, &request);
        }
    } else if (what == 2) {
        request.has_keep = !c->quiet && chaos_below(c, 2);
        request.keep = 0.5;
        chaos_ask(c, &request);
    } else if (what == 3) {
        request.kind = MT_ASK_PROTECT;
        request.widen = chaos_below(c, 2);
        chaos_exit(c, &request);
        chaos_ask(c, &request);
    }
}
static inline int chaos_deliver(void *self, enum mt_handler handler, struct mt_diag *diag)
{
    struct chaos *c = self;
    const struct mt_port *port = mt_engine_port(c->engine);
    (void)diag;
    if (handler == MT_ON_SIGNAL)
        c->told++;
    if (handler == MT_ON_QUOTE || (handler == MT_ON_FILL && chaos_chance(c, 20)))
        chaos_strategy(c, port->market);
    return 0;
}
static const struct mt_strategy_ops chaos_strategy_ops = { .deliver = chaos_deliver };

/* --- the model ---------------------------------------------------------------------------------------------------------- */

static inline struct chaos_fill *chaos_known(struct chaos *c, uint64_t coid, uint64_t id)
{
    for (size_t i = c->fill_count; i > 0 && i + 4096 > c->fill_count; i--)
        if (c->fills[i - 1].id == id && c->fills[i - 1].coid == coid)
            return &c->fills[i - 1];
    return NULL;
}
static inline void chaos_intent(struct chaos *c, const struct mt_engine *engine, const struct mt_rec_intent *r)
{
    struct chaos_order *o = &c->orders[r->coid];
    assert_true(r->coid < CHAOS_ORDERS);
    assert_false(o->intended);                                  /* an id has one intent for ever */
    assert_false(c->sending);                                   /* I5: nothing is decided after the flush */
    o->intended = true;
    o->role = r->terms.role;
    o->terms.terms.account = r->terms.account;
    o->terms.terms.symbol = r->terms.symbol;
    o->terms.terms.side = r->terms.side;
    c->coid_max = r->coid;
    if (r->code != 0 || mt_terms_reduce_only(&r->terms))
        return;
    const struct mt_order *open[512];
    size_t count = mt_engine_open_orders(engine, open, 512);
    int64_t worst = c->position[r->terms.account][r->terms.symbol] * r->terms.side;
    for (size_t i = 0; i < count; i++) {
        if (open[i]->terms.account != r->terms.account || open[i]->terms.symbol != r->terms.symbol || mt_terms_reduce_only(&open[i]->terms))
            continue;
        if (open[i]->terms.side == r->terms.side)
            worst += mt_order_leaves(open[i]);
        assert_true(r->terms.role != MT_ROLE_ENTRY || open[i]->coid == r->coid);      /* never two entries */
    }
    assert_true(worst <= CHAOS_NET_MAX);                        /* I7 */
    assert_true(r->terms.role != MT_ROLE_ENTRY || c->position[r->terms.account][r->terms.symbol] == 0);
}
static inline void chaos_venue_event(struct chaos *c, const struct mt_engine *engine, const struct mt_rec_venue_event *r)
{
    const struct mt_order *order = mt_engine_order(engine, r->coid);
    struct chaos_order *o = &c->orders[r->coid];
    unsigned before = o->state;
    c->exchanged += r->exchanged && r->event != MT_ORDER_BUST;
    assert_non_null(order);
    int64_t *position = &c->position[order->terms.account][order->terms.symbol];
    bool fill = r->op == 0 && (r->event == MT_ORDER_FILLP || r->event == MT_ORDER_FILLX);
    struct chaos_fill *known = fill || r->event == MT_ORDER_BUST ? chaos_known(c, r->coid, r->fill_id) : NULL;
    if (fill && !known && before != MT_ORDER_READY && before != MT_ORDER_DENIED && r->qty > 0 && r->price > 0) {
        assert_true(c->fill_count < CHAOS_FILLS);
        c->fills[c->fill_count++] = (struct chaos_fill){ r->fill_id, r->coid, r->price, r->qty, false };
        o->sum += r->qty;
        *position += r->qty * order->terms.side;
    } else if (r->op == 0 && r->event == MT_ORDER_BUST && !known) {     /* it is dead when it comes */
        c->fills[c->fill_count++] = (struct chaos_fill){ r->fill_id, r->coid, 0, 0, true };
    } else if (r->op == 0 && r->event == MT_ORDER_BUST && known && !known->dead
               && (before == MT_ORDER_PARTIAL || before == MT_ORDER_FILLED || before == MT_ORDER_CANCELED
                   || before == MT_ORDER_EXPIRED)) {
        known->dead = true;
        o->sum -= known->qty;
        *position -= known->qty * order->terms.side;
    }
    assert_int_equal(order->cum, o->sum);                       /* I1, I3 */
    assert_int_equal(mt_order_leaves(order), mt_order_state_open(order->state) && order->terms.qty > order->cum
                         ? order->terms.qty - order->cum : 0);        /* I2 */
    assert_int_equal(mt_ledger_slot(mt_engine_ledger(engine), order->terms.account, order->terms.symbol)->position.qty, *position);
    bool lost = before == MT_ORDER_LOST && (order->state == MT_ORDER_CANCELED || order->state == MT_ORDER_REJECTED
                                            || order->state == MT_ORDER_EXPIRED);
    if (mt_order_state_terminal(before) && order->state != before && !lost)
        c->alarm_due = r->coid;                                 /* I8 */
}
static inline int chaos_record(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    struct chaos *c = ud;
    c->events++;
    if (record->kind == MT_REC_ORDER_ALARM)
        c->alarm_due = 0;
    assert_true(c->alarm_due == 0);
    if (record->kind == MT_REC_INTENT)
        chaos_intent(c, engine, record->payload);
    else if (record->kind == MT_REC_VENUE_EVENT)
        chaos_venue_event(c, engine, record->payload);
    const uint64_t *coid = record->payload;                     /* it stands first in all records about one order */
    if (record->kind == MT_REC_INTENT || record->kind == MT_REC_VENUE_EVENT || record->kind == MT_REC_SENT
        || record->kind == MT_REC_OP)
        c->orders[*coid].state = mt_engine_order(engine, *coid)->state;
    if (c->on_record)
        c->on_record(c, record);
    return 0;
}
static inline void chaos_sent(void *ud, const struct mt_engine *engine, const struct mt_order *order)
{
    struct chaos *c = ud;
    (void)engine;
    assert_int_equal(order->state, MT_ORDER_SENT);
    c->orders[order->coid].state = order->state;
    if (c->on_sent)
        c->on_sent(c);
}

/* --- running ------------------------------------------------------------------------------------------------------------- */

static inline struct mt_event chaos_quote(uint64_t number, int64_t time_ns, int64_t mid)
{
    return (struct mt_event){ .time_ns = time_ns, .venue_ns = time_ns, .symbol = (uint16_t)(number % CHAOS_SYMBOLS),
                              .kind = MT_EV_QUOTE, .quote = { mid - 1, mid + 1, 0, 0, MT_QUOTE_BOTH } };
}
static inline struct chaos *chaos_new(uint64_t seed, uint16_t accounts, struct mt_journal *journal)
{
    struct chaos *c = calloc(1, sizeof *c);
    c->orders = calloc(CHAOS_ORDERS, sizeof *c->orders);
    c->fills = calloc(CHAOS_FILLS, sizeof *c->fills);
    c->truths = calloc(CHAOS_FILLS, sizeof *c->truths);
    c->random = seed * 2 + 1;
    c->journal = journal;
    c->now = INT64_C(1700000000) * MT_NS_PER_S;
    for (int i = 0; i < CHAOS_SYMBOLS; i++) {
        c->instruments[i] = (struct mt_instrument){ .symbol = { (char)('X' + i) }, .quote = "USD", .price_scale = 2,
            .qty_scale = 3, .tick = 1, .step = 1, .qty_min = 1, .contract_size = 1, .default_qty = 1000 };
        c->mid[i] = 10000;
    }
    for (uint16_t a = 0; a < accounts; a++) {
        snprintf(c->accounts[a].name, sizeof c->accounts[a].name, "a%u", a);
        memcpy(c->accounts[a].currency, "USD", 4);
        c->accounts[a].cash = (mt_money)100000000 * 100000000;
        c->accounts[a].leverage = 100;
        c->bindings[a] = (struct mt_binding){ .account = a, .scale = 1000000000 - a * 100000000 };
    }
    c->scope = (struct mt_scope_setup){ .kind = MT_SCOPE_SYMBOL, .account = -1, .symbol = -1 };
    c->scope.limits.set = UINT64_C(1) << MT_LIMIT_MAX_NET;
    c->scope.limits.value[MT_LIMIT_MAX_NET] = (int64_t)CHAOS_NET_MAX * 100000;
    c->setup = (struct mt_engine_setup){ .instruments = c->instruments, .instrument_count = CHAOS_SYMBOLS,
        .accounts = c->accounts, .account_count = accounts, .bindings = c->bindings, .binding_count = accounts,
        .scopes = &c->scope, .scope_count = 1, .cancel_at_stop = true, .state_calls = MT_STATE_NEVER, .self_check = true,
        .journal = journal, .venue = { &chaos_venue_ops, c }, .observer = { .ud = c, .record = chaos_record, .sent = chaos_sent } };
    return c;
}
static inline void chaos_start(struct chaos *c)
{
    struct mt_diag diag = { 0 };
    struct mt_rec_run_start start = { .host_id = 1 };
    assert_int_equal(mt_engine_new(&c->engine, &c->setup, &diag), 0);
    mt_engine_attach(c->engine, (struct mt_strategy){ &chaos_strategy_ops, c, 0xffff, false });
    assert_int_equal(mt_engine_begin(c->engine, c->now, &start, "{}", &diag), 0);
}
static inline void chaos_free(struct chaos *c)
{
    mt_engine_free(c->engine);
    free(c->orders);
    free(c->fills);
    free(c->truths);
    free(c);
}
static inline void chaos_turn(struct chaos *c)
{
    struct mt_diag diag = { 0 };
    int rc = mt_engine_turn(c->engine, c->now, &diag);
    c->sending = false;
    if (rc == 0)
        rc = mt_engine_due(c->engine, &diag);
    c->sending = false;
    if (rc == 0)
        rc = mt_engine_instant(c->engine, &diag);
    if (rc != 0)
        print_error("%s\n", diag.text);
    assert_int_equal(rc, 0);
    assert_true(c->alarm_due == 0);
    c->sending = false;
}
/* Deliver what is due, in the order of its time. */
static inline void chaos_deliver_due(struct chaos *c)
{
    for (;;) {
        size_t best = c->queue_count;
        for (size_t i = 0; i < c->queue_count; i++)
            if (c->queue[i].due_ns <= c->now
                && (best == c->queue_count || c->queue[i].due_ns < c->queue[best].due_ns
                    || (c->queue[i].due_ns == c->queue[best].due_ns && c->queue[i].seq < c->queue[best].seq)))
                best = i;
        if (best == c->queue_count)
            return;
        struct mt_event event = c->queue[best].event;
        c->queue[best] = c->queue[--c->queue_count];
        event.time_ns = c->now;
        struct chaos_order *o = &c->orders[event.report.coid];
        bool news = event.report.op == MT_REPORT_NO_OP && event.report.event != MT_ORDER_FILLP
            && event.report.event != MT_ORDER_FILLX;
        if (news && event.report.cum > o->told)
            o->told = event.report.cum;
        assert_int_equal(mt_inbox_push(mt_engine_inbox(c->engine), &event), 0);
    }
}
/* Note 8: what was told is counted, and nothing twice. Where fills were annulled, an old cumulative quantity may be more
 * than is true; come_to_rest has the sums of all. */
static inline void chaos_told(const struct chaos *c)
{
    for (uint64_t coid = c->coid_max > 256 ? c->coid_max - 256 : 1; coid <= c->coid_max; coid++) {
        const struct chaos_order *o = &c->orders[coid];
        if (o->busted || !o->submitted)
            continue;
        assert_true(o->sum >= o->told);
        assert_true(o->sum <= o->cum);
    }
}
static inline void chaos_step(struct chaos *c)
{
    c->now += 1000000 * (int64_t)(1 + chaos_below(c, 400));
    chaos_venue_moves(c);
    if (chaos_chance(c, 5))
        chaos_bust(c);
    chaos_deliver_due(c);
    uint16_t symbol = (uint16_t)(c->market % CHAOS_SYMBOLS);
    c->mid[symbol] += (int64_t)chaos_below(c, 41) - 20;
    if (c->mid[symbol] < 5000)
        c->mid[symbol] = 5000;
    struct mt_event quote = chaos_quote(c->market++, c->now, c->mid[symbol]);
    assert_int_equal(mt_inbox_push(mt_engine_inbox(c->engine), &quote), 0);
    chaos_turn(c);
    chaos_told(c);
    if (mt_engine_wake_ns(c->engine) <= c->now)
        chaos_turn(c);
}

#endif
