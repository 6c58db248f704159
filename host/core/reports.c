#include "core/reports.h"

#include "core/fills.h"
#include "core/oms.h"
#include "core/report_act.h"

/* News that is no fill, of a larger cumulative quantity than we know. */
static bool tells_more(const struct mt_report *report, const struct mt_order *order)
{
    return report->op == MT_REPORT_NO_OP && report->cum > order->cum && report->event != MT_ORDER_FILLP
        && report->event != MT_ORDER_FILLX && report->event != MT_ORDER_BUST;
}

/* Cumulative-only news (note 8): the missing part becomes a fill with an id that is a pure function of the step. */
static bool synthesise(const struct mt_engine *e, const struct mt_event *event, const struct mt_order *order,
                       struct mt_event *out)
{
    const struct mt_report *report = &event->report;
    if (!tells_more(report, order) || mt_orders_fill_busted(&e->desk.books.orders, order->coid))
        return false;
    *out = *event;
    out->report.event = MT_ORDER_FILLP;
    out->report.qty = report->cum - order->cum;
    out->report.price = report->has_price ? report->price
        : mt_terms_has_price(&order->terms) ? order->terms.price : order->risk_price;
    out->report.has_price = true;
    out->report.fill_id = mt_fill_synthetic_id(order->coid, order->cum, report->cum);
    out->report.fee = 0;
    out->report.booked = false;
    return true;
}

/* A fill is corrected to one that can be. */
static bool correction_can_be(const struct mt_engine *e, const struct mt_report *report, const struct mt_order *order)
{
    return report->fill_id != 0 && report->qty > 0
        && (!order || mt_instrument_price_can_be(mt_instrument_at(&e->desk.books, order->terms.symbol), report->price));
}

/* What no venue can say about an order; a confused adapter must not end the run. */
static bool nonsense(const struct mt_engine *e, const struct mt_report *report, const struct mt_order *order)
{
    if (report->op != MT_REPORT_NO_OP)
        return report->op > MT_REPORT_ABSENT_SAMPLE;
    switch (report->event) {
    case MT_ORDER_FILLP: case MT_ORDER_FILLX: case MT_ORDER_BUST: return report->fill_id == 0;
    case MT_ORDER_CORR: return !correction_can_be(e, report, order);
    case MT_ORDER_ACK: case MT_ORDER_REJ: case MT_ORDER_CXL: case MT_ORDER_EXP: return false;
    case MT_ORDER_AMB: return order && (mt_order_cell(order->state, MT_ORDER_AMB).flags & MT_CELL_IMPOSSIBLE);
    default: return true;
    }
}

void mt_report(struct mt_engine *e, const struct mt_event *event)
{
    const struct mt_order *order = mt_orders_get(&e->desk.books.orders, event->report.coid);
    struct mt_report_before before = mt_report_before(order);
    struct mt_event meant = *event, synthetic;
    struct mt_report *report = &meant.report;
    if (nonsense(e, report, order)) {
        struct mt_rec_venue_event r = { .coid = report->coid, .event = report->event };
        e->desk.change = (struct mt_books_change){ .order = { .flags = MT_CELL_ILLEGAL, .from = before.state } };
        mt_oms_alarm(&e->desk, &r);
        return;
    }
    bool news = order && report->op == MT_REPORT_NO_OP;
    if (news && report->event == MT_ORDER_CORR) {
        mt_fills_correct(e, event, order);
        return;
    }
    if (news && (report->event == MT_ORDER_FILLP || report->event == MT_ORDER_FILLX)) {
        if (mt_fills_heard(e, event, order))
            return;
        before.exchanged = mt_fills_replace(e, event, order);
    }
    if (news && report->event == MT_ORDER_BUST) {
        uint32_t count;
        const struct mt_orders *orders = &e->desk.books.orders;
        const struct mt_order_fill *newest = mt_orders_fill_corrected(orders, order->coid, report->fill_id, &count);
        report->fill_id = newest ? newest->id : report->fill_id;
    }
    bool more = order && tells_more(report, order);
    if (order && synthesise(e, event, order, &synthetic)) {
        mt_report(e, &synthetic);
        before = mt_report_before(order);
    }
    if (e->desk.dead != 0 || e->desk.failed != 0)
        return;
    mt_report_act(e, &meant, order, before);
    if (news && report->event == MT_ORDER_FILLX && e->desk.dead == 0 && mt_order_state_open(order->state)
        && order->op == MT_OP_NONE)
        mt_oms_query(&e->desk, order->coid);           /* the last one, it says, and something is missing */
    if (more && e->desk.dead == 0 && e->desk.failed == 0 && order->cum < report->cum) {
        /* A bust forbids to make up a fill: somebody must look. */
        struct mt_rec_venue_event r = { .coid = report->coid, .event = report->event };
        e->desk.change.order.flags = MT_CELL_ALARM;
        mt_oms_alarm(&e->desk, &r);
    }
}
