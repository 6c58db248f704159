/* bed_model: the rules of quotes and prints once more, with one array of orders and no cleverness.
 */
#ifndef MT_TESTS_SIM_BED_MODEL_H
#define MT_TESTS_SIM_BED_MODEL_H

#include "bed.h"

enum { MODEL_MAX = 16384 };

struct model_report { uint64_t coid; int64_t price, qty, cum; int32_t event, op; };
struct model_order {
    struct mt_order_request r;
    int64_t cum;
    uint64_t rank;                  /* acceptance; a new one when moved */
    bool open, hot, calm;           /* hot: triggered; calm: at rest */
};
struct model {
    struct model_order orders[MODEL_MAX];
    uint32_t count;
    uint64_t ranks;
    int64_t bid, ask, bid_size, ask_size;       /* sizes: -1 unknown */
    bool quoted;
    const struct mt_event *last_quote;
    int64_t held[2];
    mt_i128 flow[2];
    mt_money fees[2];
    const struct mt_sim_account *accounts;
    struct model_report expected[4096];
    uint32_t expected_count;
    uint64_t fills, rejects, ends;
};

static inline void model_init(struct model *m, const struct mt_sim_account *accounts)
{
    memset(m, 0, sizeof *m);
    m->accounts = accounts;
}

static inline struct model_report model_of_report(const struct mt_report *report)
{
    struct model_report out;
    memset(&out, 0, sizeof out);
    out = (struct model_report){report->coid, report->price, report->qty,
                                report->cum,  report->event, report->op};
    return out;
}

static void model_say(struct model *m, uint64_t coid, int event, int op, int64_t price, int64_t qty,
                      int64_t cum)
{
    assert_true(m->expected_count < 4096);
    struct model_report *report = &m->expected[m->expected_count++];
    memset(report, 0, sizeof *report);
    *report = (struct model_report){coid, price, qty, cum, event, op};
}

static struct model_order *model_find(struct model *m, uint64_t coid)
{
    for (uint32_t i = 0; i < m->count; i++) {
        if (m->orders[i].r.coid == coid)
            return &m->orders[i];
    }
    return NULL;
}

static inline uint32_t model_open(const struct model *m)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < m->count; i++)
        open += m->orders[i].open;
    return open;
}

static void model_end(struct model *m, struct model_order *o, int event)
{
    o->open = false;
    m->ends++;
    model_say(m, o->r.coid, event, 0, 0, 0, o->cum);
}

static bool model_market_exists(const struct model *m)
{
    return m->bid > 0 && m->ask > 0 && m->bid <= m->ask;
}

static int64_t model_can_reduce(const struct model *m, const struct mt_order_request *r)
{
    int64_t held = m->held[r->terms.account];
    if (r->terms.side > 0)
        return held < 0 ? -held : 0;
    return held > 0 ? held : 0;
}

/* Deal up to qty at price. through: no displayed size is touched. False: the order is gone. */
static bool model_deal(struct model *m, struct model_order *o, int64_t price, int64_t qty,
                       bool maker, bool through)
{
    if (mt_terms_reduce_only(&o->r.terms) && model_can_reduce(m, &o->r) == 0) {
        model_end(m, o, MT_ORDER_CXL);
        return false;
    }
    if (mt_terms_reduce_only(&o->r.terms) && model_can_reduce(m, &o->r) < qty)
        qty = model_can_reduce(m, &o->r);
    if (o->r.terms.tif == MT_TIF_FOK && qty != o->r.terms.qty - o->cum)
        return true;
    if (qty == 0)
        return true;
    int64_t *size = o->r.terms.side > 0 ? &m->ask_size : &m->bid_size;
    if (*size >= 0 && !through)
        *size -= qty;
    int64_t rate =
        maker ? m->accounts[o->r.terms.account].maker_rate : m->accounts[o->r.terms.account].taker_rate;
    mt_i128 product = (mt_i128)qty * price * 1000 * rate, fee = product / 100000000;
    if (product > 0 && product % 100000000 != 0)
        fee++;
    o->cum += qty;
    m->fills++;
    m->fees[o->r.terms.account] += fee;
    m->held[o->r.terms.account] += o->r.terms.side * qty;
    m->flow[o->r.terms.account] -= (mt_i128)o->r.terms.side * qty * price;
    o->open = o->cum < o->r.terms.qty;
    model_say(m, o->r.coid, o->open ? MT_ORDER_FILLP : MT_ORDER_FILLX, 0, price, qty, o->cum);
    if (o->open && mt_terms_reduce_only(&o->r.terms) && model_can_reduce(m, &o->r) == 0)
        model_end(m, o, MT_ORDER_CXL);
    return o->open;
}

static void model_try(struct model *m, struct model_order *o)
{
    bool buy = o->r.terms.side > 0, alive = true, turned = false;
    if (model_market_exists(m)) {
        int64_t touch = buy ? m->ask : m->bid, size = buy ? m->ask_size : m->bid_size,
                leaves = o->r.terms.qty - o->cum;
        bool beyond = buy ? touch < o->r.terms.price : touch > o->r.terms.price, through = o->calm && beyond;
        int64_t qty = size >= 0 && size < leaves && !through ? size : leaves;
        if (o->r.terms.type == MT_TYPE_STOP && !o->hot) {
            o->hot = buy ? m->ask >= o->r.terms.stop : m->bid <= o->r.terms.stop;
            if (!o->hot)
                return;
            turned = true;
        }
        if (o->r.terms.type != MT_TYPE_LIMIT)
            alive = model_deal(m, o, touch, qty, false, false);
        else if (!beyond && (touch != o->r.terms.price || !m->quoted))
            alive = true;               /* not reached; of prints alone, one at its price promises nothing */
        else if (o->calm || mt_terms_post_only(&o->r.terms))
            alive = model_deal(m, o, o->r.terms.price, qty, true, through);
        else
            alive = model_deal(m, o, touch, qty, false, false);
        o->calm = o->r.terms.type == MT_TYPE_LIMIT;   /* it has come: from now on the market comes to it */
    }
    if (alive && turned)
        o->rank = ++m->ranks;                   /* a market order from now on */
    if (alive && (o->r.terms.tif == MT_TIF_IOC || o->r.terms.tif == MT_TIF_FOK)
        && (o->r.terms.type != MT_TYPE_STOP || o->hot))
        model_end(m, o, MT_ORDER_CXL);
}

static void model_order(struct model *m, const struct mt_order_request *r, int64_t now_ns)
{
    struct model_order *o = &m->orders[m->count++];
    assert_true(m->count < MODEL_MAX);
    *o = (struct model_order){.r = *r};
    bool takes =
        r->terms.type == MT_TYPE_LIMIT && (r->terms.side > 0 ? m->ask <= r->terms.price : m->bid >= r->terms.price);
    if ((mt_terms_reduce_only(&r->terms) && model_can_reduce(m, r) == 0)
        || (mt_terms_post_only(&r->terms) && takes && model_market_exists(m))
        || (r->terms.type == MT_TYPE_MARKET && m->last_quote == NULL)) {
        m->rejects++;
        model_say(m, r->coid, MT_ORDER_REJ, 0, 0, 0, 0);
        return;
    }
    o->open = true;
    o->rank = ++m->ranks;
    model_say(m, r->coid, MT_ORDER_ACK, 0, 0, 0, 0);
    if (r->terms.tif == MT_TIF_GTD && r->terms.expire_ns <= now_ns)
        model_end(m, o, MT_ORDER_EXP);
    else
        model_try(m, o);
}

static void model_cancel(struct model *m, uint64_t coid)
{
    struct model_order *o = model_find(m, coid);
    if (o && o->open)
        model_end(m, o, MT_ORDER_CXL);
    else
        model_say(m, coid, 0, MT_REPORT_OP_REFUSED, 0, 0, o ? o->cum : 0);
}

static void model_modify(struct model *m, uint64_t coid, int64_t qty, int64_t price, int64_t stop)
{
    struct model_order *o = model_find(m, coid);
    if (!o || !o->open) {
        model_say(m, coid, 0, MT_REPORT_OP_REFUSED, 0, 0, o ? o->cum : 0);
        return;
    }
    if (qty <= o->cum) {
        model_end(m, o, MT_ORDER_CXL);
        return;
    }
    bool takes = o->r.terms.type == MT_TYPE_LIMIT && (o->r.terms.side > 0 ? m->ask <= price : m->bid >= price);
    if (o->hot || (mt_terms_post_only(&o->r.terms) && takes && model_market_exists(m))) {
        model_say(m, coid, 0, MT_REPORT_OP_REFUSED, 0, 0, o->cum);
        return;
    }
    bool moved = price != o->r.terms.price || stop != o->r.terms.stop;
    if (moved || qty > o->r.terms.qty)
        o->rank = ++m->ranks;
    o->r.terms.qty = qty;
    o->r.terms.price = price;
    o->r.terms.stop = stop;
    if (moved)
        o->calm = false;
    model_say(m, coid, 0, MT_REPORT_REPLACED, price, qty, o->cum);
    if (moved)
        model_try(m, o);
}

/* The open order with the lowest rank above `after`. */
static struct model_order *model_in_turn(struct model *m, uint64_t after)
{
    struct model_order *best = NULL;
    for (uint32_t i = 0; i < m->count; i++) {
        struct model_order *o = &m->orders[i];
        if (o->open && o->rank > after && (!best || o->rank < best->rank))
            best = o;
    }
    return best;
}

static void model_expire(struct model *m, int64_t until_ns)
{
    for (;;) {
        struct model_order *first = NULL;
        for (uint32_t i = 0; i < m->count; i++) {
            struct model_order *o = &m->orders[i];
            if (!o->open || o->r.terms.tif != MT_TIF_GTD || o->r.terms.expire_ns > until_ns)
                continue;
            if (!first || o->r.terms.expire_ns < first->r.terms.expire_ns
                || (o->r.terms.expire_ns == first->r.terms.expire_ns && o->rank < first->rank))
                first = o;
        }
        if (!first)
            return;
        model_end(m, first, MT_ORDER_EXP);
    }
}

/* The market moves on: to `event`, if there is one. */
static inline void model_next(struct model *m, const struct mt_event *event, bool more)
{
    if (!more)
        return;
    model_expire(m, event->time_ns);
    bool print_only = event->kind == MT_EV_TRADE && m->quoted;
    if (event->kind == MT_EV_QUOTE) {
        m->bid = event->quote.bid;
        m->ask = event->quote.ask;
        m->bid_size = event->quote.bid_qty > 0 ? event->quote.bid_qty : -1;
        m->ask_size = event->quote.ask_qty > 0 ? event->quote.ask_qty : -1;
        m->quoted = true;
        if (model_market_exists(m))
            m->last_quote = event;
    } else if (!m->quoted) {
        m->bid = m->ask = event->trade.price;
        m->bid_size = m->ask_size = -1;
        m->last_quote = event;
    }
    struct model_order *o = NULL;
    uint64_t cold[MODEL_MAX / 16], colds = 0;           /* stops come after all that rested */
    for (uint64_t rank = 0; (o = model_in_turn(m, rank)) != NULL;) {
        rank = o->rank;
        if (!print_only && o->r.terms.type == MT_TYPE_STOP && !o->hot) {
            assert_true(colds < MODEL_MAX / 16);
            cold[colds++] = o->r.coid;
        } else if (!print_only) {
            model_try(m, o);
        } else if (model_market_exists(m) && o->calm && o->r.terms.type == MT_TYPE_LIMIT
                   && (o->r.terms.side > 0 ? event->trade.price < o->r.terms.price
                                     : event->trade.price > o->r.terms.price)) {
            /* A print takes nothing off what is displayed. */
            (void)model_deal(m, o, o->r.terms.price, o->r.terms.qty - o->cum, true, true);
        }
    }
    for (uint64_t i = 0; i < colds; i++)
        if (model_find(m, cold[i])->open)
            model_try(m, model_find(m, cold[i]));
}

#endif
