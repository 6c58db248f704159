/* What the tests of orders and reports share: a report as the venue sends it, and what became of it. */
#ifndef MT_TESTS_REPORT_KIT_H
#define MT_TESTS_REPORT_KIT_H

#include "engine_world.h"

#include "model/order.h"

static inline void push_report(struct world *w, struct mt_report report)
{
    struct mt_event event = { .time_ns = w->now, .venue_ns = w->now, .kind = MT_EV_REPORT, .report = report };
    world_push(w, &event);
}

static inline void report(struct world *w, struct mt_report r)
{
    push_report(w, r);
    world_turn(w);
}

static inline const struct mt_order *order(const struct world *w, uint64_t coid) { return mt_engine_order(w->engine, coid); }

static inline uint64_t anomalies(const struct world *w) { return mt_engine_counts(w->engine)->anomalies; }

static inline struct mt_request limit_entry(int side, double price)
{
    struct mt_request request = world_request(side);
    request.has_limit = true;
    request.limit = price;
    return request;
}

static inline uint64_t working_stop(struct world *w)
{
    world_start(w);
    world_enter(w, world_with_stop(1, 1));
    uint64_t stop = world_newest(w, WORLD_SUBMIT);
    assert_int_equal(order(w, stop)->terms.type, MT_TYPE_STOP);
    world_ack(w, stop);
    return stop;
}

static inline double protect(struct world *w, double price)
{
    struct mt_request request = { .kind = MT_ASK_PROTECT, .take_count = -1 };
    request.stop = (struct mt_request_level){ .value = price, .kind = MT_LEVEL_PRICE };
    return world_ask_now(w, request);
}

static inline void later(struct world *w, int64_t seconds)
{
    for (int64_t i = 0; i < seconds; i++) {
        w->now += MT_NS_PER_S;
        world_turn(w);
    }
}

#endif
