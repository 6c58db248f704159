#include "core/report_act.h"

#include <string.h>

#include "core/emit.h"
#include "core/leg.h"
#include "core/news.h"
#include "core/oms.h"
#include "core/trading_state.h"
#include "core/view.h"

void mt_report_record(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order,
                   struct mt_rec_venue_event *r)
{
    const struct mt_report *report = &event->report;
    memset(r, 0, sizeof *r);
    r->coid = report->coid;
    r->venue_order_id = report->venue_order_id;
    r->fill_id = report->fill_id;
    r->price = report->price;
    r->qty = report->qty;
    r->cum = report->cum;
    r->venue_ns = event->venue_ns;
    r->fee = mt_rec_money(report->fee);
    r->account = order ? order->terms.account : report->account;
    r->symbol = order ? order->terms.symbol : event->symbol;
    r->code = report->code;
    r->event = report->event;
    r->op = report->op;
    r->maker = report->maker;
    r->assumed = report->assumed;
    r->has_price = report->has_price;
    r->trailed = report->trailed;
    r->has_trailed = report->has_trailed;
    r->synthetic = (uint8_t)(report->fill_id >> 63);
    bool fill = report->op == MT_REPORT_NO_OP && (report->event == MT_ORDER_FILLP || report->event == MT_ORDER_FILLX);
    const struct mt_order_fill *busted = order && report->event == MT_ORDER_BUST
        ? mt_orders_fill_find(&e->desk.books.orders, report->coid, report->fill_id) : NULL;
    struct mt_booking booking = { 0 };
    int unpriced = 0;               /* no rate: booked without profit, see ledger.h; ERANGE: the fold tells */
    if (busted) {
        r->price = busted->price;
        r->qty = busted->qty;
        r->fee = mt_rec_money(busted->dead ? 0 : -busted->fee);
    }
    if (order && fill)
        unpriced = mt_ledger_price_fill(&e->desk.books.ledger, order->terms.account, order->terms.symbol, order->terms.side,
                                        report->price, report->qty, report->fee, event->venue_ns, &booking);
    else if (busted)
        unpriced = mt_ledger_price_bust(&e->desk.books.ledger, order->terms.account, order->terms.symbol, order->terms.side,
                                        busted->price, busted->qty, event->venue_ns, &booking);
    MT_ASSERT(unpriced == 0 || unpriced == MT_ENOTFOUND || unpriced == MT_ERANGE);
    if (order && fill && report->booked)        /* at the rate of its own instant */
        booking.realised = report->realised;
    r->realised = mt_rec_money(booking.realised);
}

/* A reject, an end that nobody has ever asked for, or a replace that was refused. */
static bool exit_refused(const struct mt_rec_venue_event *r, const struct mt_order *order, uint16_t flags, unsigned op)
{
    if (r->op != MT_REPORT_NO_OP)
        return r->op == MT_REPORT_OP_REFUSED && op != MT_OP_CANCEL_SENT && op != MT_OP_CANCEL_UNKNOWN;
    if (!(flags & MT_CELL_MOVE))
        return false;
    return order->state == MT_ORDER_REJECTED
        || ((order->state == MT_ORDER_CANCELED || order->state == MT_ORDER_EXPIRED) && op == MT_OP_NONE
            && order->cancel_tries == 0);
}

static void after_report(struct mt_engine *e, const struct mt_rec_venue_event *r, unsigned op)
{
    uint16_t flags = e->desk.change.order.flags;
    unsigned from = e->desk.change.order.from;
    const struct mt_order *order = mt_orders_get(&e->desk.books.orders, r->coid);
    if (flags & (MT_CELL_ALARM | MT_CELL_ILLEGAL | MT_CELL_OVERFILL))
        mt_oms_alarm(&e->desk, r);
    if (!order)
        return;
    if (flags & MT_CELL_OVERFILL)
        mt_trading_state_overfilled(&e->desk, order->terms.account);
    if (flags & (MT_CELL_ILLEGAL | MT_CELL_ALARM) || r->op == MT_REPORT_OP_REFUSED || r->op == MT_REPORT_OP_AMBIGUOUS)
        mt_oms_query(&e->desk, order->coid);
    if (order->op == MT_OP_CANCEL_UNKNOWN && r->op == MT_REPORT_NO_OP && r->event == MT_ORDER_ACK)
        mt_oms_cancel(&e->desk, order->coid);          /* it lives: the cancel may be repeated */
    if (order->state == MT_ORDER_UNKNOWN || order->stale || order->op == MT_OP_CANCEL_UNKNOWN
        || order->op == MT_OP_REPLACE_UNKNOWN)
        mt_desk_watch_from(&e->desk, e->desk.now_ns + MT_NS_PER_S);
    if (!mt_order_state_terminal(order->state) && *mt_order_place(&e->desk.books, order) != order->coid)
        mt_oms_cancel(&e->desk, order->coid);          /* it came back, and another one has its place */
    /* With its entry, or with the position that it was to close: as it should. */
    bool done = mt_position_at(&e->desk.books, order->terms.account, order->terms.symbol)->qty == 0
        && (order->parent == 0 || r->code == MT_CODE_PARENT);
    if (order->terms.role != MT_ROLE_ENTRY && order->terms.role != MT_ROLE_TARGET && !done
        && exit_refused(r, order, flags, op))
        mt_desk_refused(&e->desk, order->terms.account, order->terms.symbol,
                       order->terms.type == MT_TYPE_STOP && r->op == MT_REPORT_NO_OP);
    bool fill = flags & MT_CELL_APPLY_FILL;
    if (order->terms.account == e->desk.lead)
        mt_view_position(&e->seat, order->terms.symbol);
    if (fill && mt_terms_reduce_only(&order->terms))
        mt_leg_exited(&e->desk, order);
    mt_leg_advance(&e->desk, order->terms.account, order->terms.symbol);
    if (fill)
        mt_news_fill(&e->seat, order, r, from);
    else if (from != order->state)
        mt_desk_news(&e->desk, order, order->state);
    mt_news_tell(&e->seat);
}

struct mt_report_before mt_report_before(const struct mt_order *order)
{
    return order ? (struct mt_report_before){ order->state, order->op, false } : (struct mt_report_before){ 0 };
}

void mt_report_act(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order,
                        struct mt_report_before before)
{
    struct mt_rec_venue_event r;
    mt_report_record(e, event, order, &r);
    r.exchanged = before.exchanged ? MT_EXCHANGE_ENDS : MT_EXCHANGE_NONE;
    mt_emit(&e->desk, MT_REC_VENUE_EVENT, &r, sizeof r, MT_DURABLE_D2);
    if (e->desk.dead != 0 || e->desk.failed != 0)
        return;
    e->desk.change.order.from = before.state;
    e->desk.counts.duplicates += (e->desk.change.order.flags & MT_CELL_SAME) != 0;
    after_report(e, &r, before.op);
}
