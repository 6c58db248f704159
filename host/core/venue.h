/* venue: the two ports through which the outside world comes in.
 * mt_venue_ops: a place that takes orders. submit, modify, cancel and query answer only whether the request was
 * handed to the transport; what the venue thinks of it arrives later as a report event in the inbox, never from
 * inside the call. mt_source: market events that are recorded or generated, pulled in time order. */
#ifndef MT_CORE_VENUE_H
#define MT_CORE_VENUE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "core/inbox.h"
#include "model/event.h"
#include "model/follow.h"
#include "model/instrument.h"
#include "model/order.h"

enum mt_venue_capability {
    MT_CAP_STREAM = 1, MT_CAP_HEDGING = 2, MT_CAP_CLIENT_ID = 4, MT_CAP_STOP_ORDERS = 8, MT_CAP_TAKE_ORDERS = 16,
    MT_CAP_REDUCE_ONLY = 32,        /* the venue itself never lets such an order raise |position| */
    MT_CAP_REPLACE = 64,            /* modify carries absolute total quantity */
    MT_CAP_CHILDREN = 128,          /* on bars: holds exits with their entry, and follows trails inside a bar */
};

struct mt_order_request {
    uint64_t coid;
    struct mt_terms terms;
    uint64_t parent;                /* an exit that lives and dies with this entry; 0 = an order by itself */
    struct mt_follow follow;        /* venues that hold exits with their entry; see model/follow.h */
};

/* An order in the words in which a venue is asked for it. */
static inline struct mt_order_request mt_order_submission(const struct mt_order *order)
{
    return (struct mt_order_request){ .coid = order->coid, .terms = order->terms, .parent = order->parent,
        .follow = order->follow };
}

enum mt_send { MT_SEND_OUT, MT_SEND_NOBYTE, MT_SEND_AMB };

struct mt_venue_ops {
    const char *name;
    uint32_t capabilities;
    /* Make ready; reports will be pushed to inbox (borrowed until close). */
    int (*open)(void *self, struct mt_inbox *inbox, struct mt_diag *diag);
    int (*subscribe)(void *self, uint16_t symbol, struct mt_diag *diag);
    enum mt_send (*submit)(void *self, int64_t now_ns, const struct mt_order_request *request);
    /* New terms of an order that was submitted; of them quantity (the total), limit, stop and follow may differ. */
    enum mt_send (*modify)(void *self, int64_t now_ns, const struct mt_order_request *request);
    enum mt_send (*cancel)(void *self, int64_t now_ns, uint64_t coid);
    /* Ask what became of an order; answered by an ordinary report or MT_REPORT_ABSENT_SAMPLE. */
    enum mt_send (*query)(void *self, int64_t now_ns, uint64_t coid);
    void (*halt)(void *self);       /* take nothing new; cancels still pass */
    void (*close)(void *self);
};
struct mt_venue { const struct mt_venue_ops *ops; void *self; };

struct mt_source_ops {
    /* Write up to max market events (quotes, trades, bars; time_ns = venue_ns never goes back) and return their number;
     * 0 at the end; negative enum mt_err with diag. */
    int (*fill)(void *self, struct mt_event *out, int max, struct mt_diag *diag);
    /* Go to the place after the first `position` events, as if they had been read. */
    int (*seek)(void *self, uint64_t position, struct mt_diag *diag);
    void (*close)(void *self);
};
struct mt_source { const struct mt_source_ops *ops; void *self; };

#endif
