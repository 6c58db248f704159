/* oms: orders on their way out. Every order, whoever wants it, passes mt_oms_order. */
#ifndef MT_CORE_OMS_H
#define MT_CORE_OMS_H

#include "base/clock.h"
#include "core/desk.h"

/* oms.c */
struct mt_order_wish {
    struct mt_terms terms;
    struct mt_price protect;        /* where the exit plan will stop what this order opens */
    uint64_t signal;
    uint8_t take;                   /* MT_ROLE_TAKE: which one */
    bool early;                     /* see mt_risk_ask */
    uint64_t parent;                /* an exit that lies at the venue with its entry: the entry's id */
    struct mt_follow follow;
    bool cut;                       /* qty is less than the sizing gave, for want of free margin */
    const char *tag;
};
/* Check, journal the intent with its verdict, queue for sending. Returns the code (0: it will be sent; *coid). */
int32_t mt_oms_order(struct mt_desk *d, const struct mt_order_wish *wish, uint64_t *coid);
void mt_oms_cancel(struct mt_desk *d, uint64_t coid);           /* no-op if ended or being canceled */
/* New terms for an order that works: those of the wish, of which qty is what is left; and its follow. */
void mt_oms_replace(struct mt_desk *d, uint64_t coid, const struct mt_order_wish *wish);
void mt_oms_take_back(struct mt_desk *d, uint64_t coid);        /* a replace that has not left */
/* Would the checks pass it now? Journals nothing. */
int32_t mt_oms_would(struct mt_desk *d, const struct mt_order_wish *wish);
/* Journal a wish that did not get as far as risk (no size, a stuck leg), so that the ledger of a signal is whole. */
void mt_oms_refuse(struct mt_desk *d, const struct mt_order_wish *wish, int32_t code);
void mt_oms_flushed(struct mt_desk *d);                         /* the end of a turn: its new orders are sent */
void mt_oms_send(struct mt_desk *d);                            /* after the flush */
/* Ask the venue what became of an order. */
void mt_oms_query(struct mt_desk *d, uint64_t coid);
/* Something about an order cannot be: journaled and counted. d->change says what. */
void mt_oms_alarm(struct mt_desk *d, const struct mt_rec_venue_event *r);
/* The answer to the sending of an operation itself: nothing left the host, or nobody knows. */
void mt_oms_op_not_sent(struct mt_desk *d, const struct mt_order *order, enum mt_send outcome);
/* How long an answer may take (docs/orders.md 4.3). */
#define MT_INFLIGHT_NS (5 * MT_NS_PER_S)

#endif
