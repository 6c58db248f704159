#include "core/watch.h"

#include <string.h>

#include "core/books_hash.h"
#include "core/emit.h"
#include "core/leg.h"
#include "core/oms.h"

static const int64_t absent_ns = 60 * MT_NS_PER_S;       /* proof of absence needs samples over so long (4.4) */

enum { ABSENT_SAMPLES = 3 };

static void declare_lost(struct mt_desk *d, const struct mt_order *order)
{
    struct mt_rec_venue_event r = mt_emit_own_word(d, order);
    r.event = MT_ORDER_ABSENT;
    mt_emit(d, MT_REC_VENUE_EVENT, &r, sizeof r, MT_DURABLE_D2);
    if (d->dead != 0 || d->failed != 0)
        return;
    if (d->change.order.flags & MT_CELL_ALARM)  /* it worked, and the venue has forgotten it */
        mt_oms_alarm(d, &r);
    mt_desk_news(d, order, order->state);
    mt_leg_advance(d, order->terms.account, order->terms.symbol);
}

/* When the venue last said something about it, or we did something. */
static int64_t last_word(const struct mt_order *order)
{
    return order->updated_ns > order->sent_ns ? order->updated_ns : order->sent_ns;
}

/* Questions that had no room. Those that have none again wait for the next second. */
static void ask_what_is_left(struct mt_desk *d)
{
    struct mt_orders *orders = &d->books.orders;
    uint64_t coid = mt_orders_asking(orders, 0);
    for (; coid != 0 && d->dead == 0; coid = mt_orders_asking(orders, coid + 1))
        mt_oms_query(d, coid);
}

/* Once a second while something has no answer: SENT too long becomes UNKNOWN; UNKNOWN is asked for, never sent again.
 */
void mt_watch(struct mt_desk *d)
{
    struct mt_orders *orders = &d->books.orders;
    d->watch_ns = INT64_MAX;
    ask_what_is_left(d);
    for (size_t i = 0; i < orders->open_count && d->dead == 0; i++) {
        const struct mt_order *order = mt_orders_get(orders, orders->open[i]);
        uint64_t coid = order->coid;
        if (order->state == MT_ORDER_SENT && d->now_ns - order->sent_ns >= MT_INFLIGHT_NS) {
            struct mt_rec_sent sent = { .coid = coid, .outcome = MT_SENT_AMB };
            mt_emit(d, MT_REC_SENT, &sent, sizeof sent, MT_DURABLE_D2);
            mt_desk_news(d, order, MT_ORDER_UNKNOWN);
        }
        bool op_out = order->op == MT_OP_CANCEL_SENT || order->op == MT_OP_REPLACE_SENT;
        if (op_out && d->now_ns - order->updated_ns >= MT_INFLIGHT_NS)
            mt_oms_op_not_sent(d, order, MT_SEND_AMB);
        if ((order->state == MT_ORDER_UNKNOWN || order->stale) && order->absent_samples >= ABSENT_SAMPLES
            && d->now_ns - last_word(order) >= absent_ns) {
            declare_lost(d, order);
            i = (size_t)-1;             /* the list has changed: from the start */
            continue;
        }
        if (mt_risk_state(d->books.risk, order->terms.account, order->terms.symbol) == MT_KILLED
            && order->terms.role != MT_ROLE_OPERATOR) {
            mt_oms_cancel(d, coid);     /* a kill asks again until each order has ended (3.4); a flatten goes on */
            mt_desk_watch_from(d, d->now_ns + MT_NS_PER_S);
        }
        if (*mt_order_place(&d->books, order) != coid)
            mt_oms_cancel(d, coid);     /* it came back without a leg that would ask again */
        bool asked = order->state == MT_ORDER_UNKNOWN || order->stale || order->op == MT_OP_CANCEL_UNKNOWN
            || order->op == MT_OP_REPLACE_UNKNOWN;
        if (asked)
            mt_oms_query(d, coid);
        if (asked || op_out || order->state == MT_ORDER_SENT)
            d->watch_ns = d->now_ns + MT_NS_PER_S;
    }
}

/* After a restart that left nothing in doubt: the answers that are awaited still are. */
void mt_watch_again(struct mt_desk *d)
{
    struct mt_orders *orders = &d->books.orders;
    for (size_t i = 0; i < orders->open_count; i++) {
        const struct mt_order *order = mt_orders_get(orders, orders->open[i]);
        if (order->state == MT_ORDER_SENT)
            mt_desk_watch_from(d, order->sent_ns + MT_INFLIGHT_NS);
        else if (order->op == MT_OP_CANCEL_SENT || order->op == MT_OP_REPLACE_SENT)
            mt_desk_watch_from(d, order->updated_ns + MT_INFLIGHT_NS);
        else if (order->state == MT_ORDER_UNKNOWN || order->stale || order->op != MT_OP_NONE)
            mt_desk_watch_from(d, d->now_ns + MT_NS_PER_S);
    }
}

void mt_watch_reconcile(struct mt_desk *d)
{
    struct mt_orders *orders = &d->books.orders;
    struct mt_rec_reconciled r = { .digest = mt_books_hash(&d->books), .orders = (uint32_t)orders->open_count };
    for (size_t i = 0; i < orders->open_count; i++) {
        struct mt_order *order = mt_orders_get(orders, orders->open[i]);
        if (*mt_order_place(&d->books, order) != order->coid)
            mt_oms_cancel(d, order->coid);
        r.unknown += order->state == MT_ORDER_UNKNOWN;
        mt_oms_query(d, order->coid);
    }
    if (orders->open_count > 0)
        d->watch_ns = d->now_ns + MT_NS_PER_S;
    mt_emit(d, MT_REC_RECONCILED, &r, sizeof r, MT_DURABLE_D2);
}
