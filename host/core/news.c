#include "core/news.h"

#include <string.h>

#include "core/request.h"
#include "core/view.h"

void mt_news_tell(struct mt_seat *s)
{
    for (size_t i = 0; i < s->desk->notice_count; i++) {
        struct mt_notice notice_now = s->desk->notices[i];
        const struct mt_order *order = mt_orders_get(&s->desk->books.orders, notice_now.coid);
        MT_ASSERT(order);                       /* of this turn: not pruned */
        struct mt_order then = *order;
        then.state = notice_now.state;
        then.cum = notice_now.cum;
        mt_view_order(s, &then);
        mt_port_text(s, order->tag, sizeof order->tag);
        mt_call(s, MT_ON_ORDER, order->terms.symbol);
    }
    s->desk->notice_count = 0;
}

/* Scripts hear working, then the fill, then partial or filled, whatever the venue's order was. */
void mt_news_fill(struct mt_seat *s, const struct mt_order *order, const struct mt_rec_venue_event *r,
                      unsigned from)
{
    struct mt_order before = *order;
    before.cum = order->cum - r->qty;
    if (from < MT_ORDER_WORKING)
        mt_desk_news(s->desk, &before, MT_ORDER_WORKING);
    mt_news_tell(s);
    if (mt_wants(s, MT_ON_FILL) && order->terms.account == s->desk->lead) {
        mt_view_fill(s, order, r);
        mt_port_text(s, order->tag, sizeof order->tag);
        mt_call(s, MT_ON_FILL, order->terms.symbol);
    }
    mt_desk_news(s->desk, order, order->state);
}

/* Recovery: the same news, from the record. */
void mt_news_again(struct mt_seat *s, const struct mt_order *order, const struct mt_rec_venue_event *r)
{
    mt_view_position(s, order->terms.symbol);
    if (s->desk->change.order.flags & MT_CELL_APPLY_FILL)
        mt_news_fill(s, order, r, s->desk->change.order.from);
    else if (s->desk->change.order.from != order->state)
        mt_desk_news(s->desk, order, order->state);
    mt_news_tell(s);
}
