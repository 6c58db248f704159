#include "core/fills.h"

#include "core/emit.h"
#include "core/oms.h"
#include "core/report_act.h"

/* A record of a fill that gives way to others in this turn, or takes the place of one. Nobody acts on it alone: the
 * position between the records of an exchange never was. */
static void emit_exchanged(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order)
{
    struct mt_rec_venue_event r;
    mt_report_record(e, event, order, &r);
    r.exchanged = MT_EXCHANGE_GOES_ON;
    mt_emit(&e->desk, MT_REC_VENUE_EVENT, &r, sizeof r, MT_DURABLE_D2);
    const unsigned reopened = MT_CELL_MOVE | MT_CELL_ALARM;             /* or closed again: never silently (I8) */
    if (e->desk.dead == 0 && (event->report.event == MT_ORDER_BUST ? !(e->desk.change.order.flags & MT_CELL_SAME)
                                                              : (e->desk.change.order.flags & reopened) == reopened))
        mt_oms_alarm(&e->desk, &r);
}

static void emit_bust(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order, uint64_t fill_id)
{
    struct mt_event bust = *event;
    bust.report.event = MT_ORDER_BUST;
    bust.report.fill_id = fill_id;
    bust.report.booked = false;
    bust.report.cum = -1;
    emit_exchanged(e, &bust, order);
}

/* How much of a true fill was told before by a cumulative quantity. A fill without one comes in its turn; of one with,
 * what lies beyond all that was told is new. */
static int64_t told_before(const struct mt_engine *e, const struct mt_report *report, const struct mt_order *order)
{
    int64_t synthetic = mt_orders_fill_synthetic_sum(&e->desk.books.orders, order->coid);
    int64_t beyond = report->cum > order->cum ? report->cum - order->cum : 0;
    int64_t before = beyond < report->qty ? report->qty - beyond : 0;
    return before < synthetic ? before : synthetic;
}

/* A true fill takes the place of what synthetic ones stood for, the lowest first; it is never added to it. What is left
 * of the last of them stands on as a synthetic fill of its own. Answers whether anything gave way. */
bool mt_fills_replace(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order)
{
    const struct mt_report *report = &event->report;
    if (report->fill_id >> 63 || report->qty <= 0
        || !mt_instrument_price_can_be(mt_instrument_at(&e->desk.books, order->terms.symbol), report->price))
        return false;                           /* a fill of nothing takes nobody's place */
    int64_t covered = told_before(e, report, order);
    bool any = covered > 0;
    while (covered > 0 && e->desk.dead == 0) {
        const struct mt_order_fill *lowest = mt_orders_fill_synthetic(&e->desk.books.orders, order->coid);
        const struct mt_order_fill gone = *lowest;
        int64_t part = covered < gone.qty ? covered : gone.qty;
        emit_bust(e, event, order, gone.id);
        if (lowest->dead == false)
            return any;                         /* beyond all numbers: it stays as it is, with its alarm */
        covered -= part;
        if (part == gone.qty)
            continue;
        struct mt_event rest = *event;
        rest.report = (struct mt_report){ .coid = order->coid, .account = order->terms.account, .event = MT_ORDER_FILLP,
            .price = gone.price, .qty = gone.qty - part, .cum = gone.from + gone.qty,
            .fill_id = mt_fill_synthetic_id(order->coid, gone.from + part, gone.from + gone.qty) };
        emit_exchanged(e, &rest, order);
    }
    return any && e->desk.dead == 0;
}

/* Was it said before? As the fill stands now; by word that is older than the newest about it; or at the same time as
 * one of its former values. */
static bool corrected_before(const struct mt_engine *e, const struct mt_event *event,
                             const struct mt_order_fill *newest, uint32_t count)
{
    const struct mt_report *report = &event->report;
    if (event->venue_ns < newest->venue_ns)
        return true;
    if (newest->price == report->price && newest->qty == report->qty && !newest->dead)
        return true;
    for (uint32_t i = 1; i <= count; i++) {
        const struct mt_order_fill *value = mt_orders_fill_find(&e->desk.books.orders, report->coid,
                                                                mt_fill_corrected_id(report->fill_id, i));
        if (value->price == report->price && value->qty == report->qty && value->venue_ns == event->venue_ns)
            return true;
    }
    return false;
}

/* A correction is a bust and a fill in one turn, and nobody acts in between. The venue goes on to name the fill by its
 * first id: whatever it says of it is meant for what stands in its place now. */
void mt_fills_correct(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order)
{
    struct mt_report_before before = mt_report_before(order);
    struct mt_event fill = *event;
    const uint64_t id = event->report.fill_id;
    uint32_t count;
    const struct mt_order_fill *newest = mt_orders_fill_corrected(&e->desk.books.orders, order->coid, id, &count);
    if (newest && corrected_before(e, event, newest, count)) {
        e->desk.counts.duplicates++;
        return;
    }
    bool come = newest && newest->qty > 0;
    mt_oms_query(&e->desk, order->coid);               /* as after a bust: does it still work, and for how much? */
    if (!newest || !newest->dead)
        emit_bust(e, event, order, newest ? newest->id : id);
    before.exchanged = come;
    fill.report.event = MT_ORDER_FILLP;
    fill.report.fill_id = mt_fill_corrected_id(id, count + 1);
    if (!come && e->desk.dead == 0)                  /* the fill itself has not come, and nothing of it will */
        before.exchanged = mt_fills_replace(e, &fill, order);
    fill.report.cum = -1;
    if (e->desk.dead == 0 && e->desk.failed == 0)
        mt_report_act(e, &fill, order, before);
}

/* A fill whose bust came before it counts for nothing, but a cumulative quantity may have counted it: that told too
 * much, by what a correction has not taken of it yet. */
static bool dead_on_arrival(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order)
{
    const struct mt_order_fill *value = mt_orders_fill_find(&e->desk.books.orders, order->coid,
                                                            mt_fill_corrected_id(event->report.fill_id, 1));
    struct mt_event more = *event;
    more.report.qty -= value ? value->qty : 0;
    return mt_fills_replace(e, &more, order);
}

bool mt_fills_heard(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order)
{
    struct mt_report_before before = mt_report_before(order);
    const struct mt_order_fill *known = mt_orders_fill_find(&e->desk.books.orders, order->coid, event->report.fill_id);
    if (!known)
        return false;
    before.exchanged = known->qty == 0 && dead_on_arrival(e, event, order);
    if (!before.exchanged)
        e->desk.counts.duplicates++;                 /* I3: told twice, applied once */
    else if (e->desk.dead == 0 && e->desk.failed == 0)
        mt_report_act(e, event, order, before);
    return true;
}
