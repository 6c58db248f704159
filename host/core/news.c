/* news: what scripts are told of orders and fills, after the host has acted on it. News of a turn waits in a list, so
 * that on_order hears of the state at that moment. */
#include <string.h>

#include "core/engine_private.h"

void mt_news(struct mt_engine *e, const struct mt_order *order, unsigned state)
{
    if (order->terms.account != e->lead || !e->news_heard)
        return;
    if (e->notice_count == MT_NOTICES_MAX) {        /* a handler that floods: the counter tells */
        e->counts.dropped++;
        return;
    }
    e->notices[e->notice_count++] = (struct mt_notice){ order->coid, order->cum, (uint8_t)state };
}

static void fill_view(struct mt_engine *e, const struct mt_order *order, const struct mt_rec_venue_event *r)
{
    const struct mt_instrument *instrument = mt_instrument_at(e, order->terms.symbol);
    const struct mt_slot *slot = mt_ledger_slot(&e->ledger, order->terms.account, order->terms.symbol);
    e->port.fill = (struct mt_view_fill){ .time = (double)r->venue_ns / 1e9,
                                          .age = (double)(e->now_ns - r->venue_ns) / 1e9,
                                          .id = (double)order->coid,
                                          .signal = (double)order->signal_id,
                                          .price = mt_dec_to_double(r->price, instrument->price_scale),
                                          .qty = mt_dec_to_double(r->qty, instrument->qty_scale),
                                          .fee = mt_money_to_double(mt_rec_money_get(r->fee)),
                                          .profit = mt_money_to_double(mt_rec_money_get(r->realised)),
                                          .position = mt_dec_to_double(slot->position.qty, instrument->qty_scale),
                                          .side = order->terms.side,
                                          .role = mt_order_reason(order),
                                          .maker = r->maker,
                                          .closes = e->change.ended && slot->position.qty == 0 };
}

void mt_news_tell(struct mt_engine *e)
{
    for (size_t i = 0; i < e->notice_count; i++) {
        struct mt_notice notice_now = e->notices[i];
        const struct mt_order *order = mt_orders_get(&e->folded.orders, notice_now.coid);
        MT_ASSERT(order);                       /* of this turn: not pruned */
        struct mt_order then = *order;
        then.state = notice_now.state;
        then.cum = notice_now.cum;
        mt_view_order(e, &then);
        mt_port_text(e, order->tag, sizeof order->tag);
        mt_call(e, MT_ON_ORDER, order->terms.symbol);
    }
    e->notice_count = 0;
}

/* Scripts hear working, then the fill, then partial or filled, whatever the venue's order was. */
void mt_news_fill(struct mt_engine *e, const struct mt_order *order, const struct mt_rec_venue_event *r,
                      unsigned from)
{
    struct mt_order before = *order;
    before.cum = order->cum - r->qty;
    if (from < MT_ORDER_WORKING)
        mt_news(e, &before, MT_ORDER_WORKING);
    mt_news_tell(e);
    if (mt_wants(e, MT_ON_FILL) && order->terms.account == e->lead) {
        fill_view(e, order, r);
        mt_port_text(e, order->tag, sizeof order->tag);
        mt_call(e, MT_ON_FILL, order->terms.symbol);
    }
    mt_news(e, order, order->state);
}

/* Recovery: the same news, from the record. */
void mt_news_again(struct mt_engine *e, const struct mt_order *order, const struct mt_rec_venue_event *r)
{
    mt_view_position(e, order->terms.symbol);
    if (e->change.order.flags & MT_CELL_APPLY_FILL)
        mt_news_fill(e, order, r, e->change.order.from);
    else if (e->change.order.from != order->state)
        mt_news(e, order, order->state);
    mt_news_tell(e);
}
