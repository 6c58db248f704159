/* fill: what the venue tells about an order, and the changes it tells of. */
#include "adapters/sim/sim_private.h"

#include "model/order.h"

static const int64_t late_ns = INT64_C(1000000000);    /* fault late_ack */

static struct mt_event *report_at(struct mt_sim *sim, const struct mt_sim_known *known,
                                  uint8_t event, int64_t venue_ns, int64_t due_ns)
{
    struct mt_event *slot = mt_ring_push(&sim->reports);
    if (!slot) {
        sim->failed = MT_EFULL;
        return NULL;
    }
    /* Latencies are constant, so reports queue up in the order they are due; only a late one has
     * others behind it. */
    uint32_t place = mt_ring_count(&sim->reports) - 1;
    for (; place > 0; place--) {
        struct mt_event *before = mt_ring_at(&sim->reports, place - 1);
        if (before->time_ns <= due_ns)
            break;
        *slot = *before;
        slot = before;
    }
    *slot = (struct mt_event){
        .time_ns = due_ns, .venue_ns = venue_ns, .symbol = known->symbol, .kind = MT_EV_REPORT};
    slot->report.coid = known->coid;
    slot->report.venue_order_id = known->venue_order_id;
    slot->report.cum = known->cum;
    slot->report.account = known->account;
    slot->report.event = event;
    return slot;
}

struct mt_event *mt_sim_report(struct mt_sim *sim, const struct mt_sim_known *known, uint8_t event,
                               int64_t now_ns)
{
    return report_at(sim, known, event, now_ns, now_ns + sim->options.reply_ns);
}

static struct mt_sim_known *known_of(struct mt_sim *sim, int32_t slot)
{
    return mt_sim_orders_find(&sim->orders, sim->orders.slots[slot].match.request.coid);
}

void mt_sim_ack_order(struct mt_sim *sim, int32_t slot, int64_t now_ns)
{
    struct mt_sim_known *known = known_of(sim, slot);
    known->event = MT_ORDER_ACK;
    if (mt_sim_fault(&sim->faults, MT_FAULT_LOST_ACK))
        return;
    if (mt_sim_fault(&sim->faults, MT_FAULT_FILL_BEFORE_ACK)) {
        sim->orders.slots[slot].ack_held = true;
        return;
    }
    int64_t due_ns = now_ns + sim->options.reply_ns;
    if (mt_sim_fault(&sim->faults, MT_FAULT_LATE_ACK))
        due_ns += late_ns;
    (void)report_at(sim, known, MT_ORDER_ACK, now_ns, due_ns);
}

static void release_ack(struct mt_sim *sim, int32_t slot, int64_t now_ns)
{
    if (sim->orders.slots[slot].ack_held)
        (void)mt_sim_report(sim, known_of(sim, slot), MT_ORDER_ACK, now_ns);
    sim->orders.slots[slot].ack_held = false;
}

static void report_fill(struct mt_sim *sim, const struct mt_sim_known *known,
                        const struct mt_match_fill *fill,
                        const struct mt_sim_booking *booked, bool complete,
                        int64_t venue_ns, int64_t now_ns)
{
    struct mt_event *event =
        mt_sim_report(sim, known, complete ? MT_ORDER_FILLX : MT_ORDER_FILLP, now_ns);
    if (!event)
        return;
    event->venue_ns = venue_ns;
    event->report.fill_id = sim->next_fill_id++;
    event->report.price = fill->price;
    event->report.has_price = true;
    event->report.qty = fill->qty;
    event->report.fee = booked->fee;
    event->report.realised = booked->realised;
    event->report.booked = true;
    event->report.maker = fill->maker;
    event->report.assumed = fill->assumed;
    event->report.trailed = fill->trailed.value;
    event->report.has_trailed = fill->trailed.there;
    if (mt_sim_fault(&sim->faults, MT_FAULT_DUPLICATE_FILL)) {
        struct mt_event copy = *event;
        struct mt_event *again = mt_sim_report(sim, known, copy.report.event, now_ns);
        if (again)
            *again = copy;
    }
}

bool mt_sim_fill_order(struct mt_sim *sim, int32_t slot, const struct mt_match_fill *fill,
                       int64_t venue_ns, int64_t now_ns)
{
    struct mt_match_order *order = &sim->orders.slots[slot].match;
    struct mt_sim_known *known = known_of(sim, slot);
    struct mt_sim_booking booked;
    if (mt_sim_ledger_fill(sim, order, fill, venue_ns, &booked) != 0)
        return false;
    order->cum += fill->qty;
    known->cum = order->cum;
    bool complete = order->cum == order->request.terms.qty;
    report_fill(sim, known, fill, &booked, complete, venue_ns, now_ns);
    release_ack(sim, slot, now_ns);
    if (order->has_children)
        mt_sim_children_wake(sim, order, fill->price);
    if (complete) {
        known->event = MT_ORDER_FILLX;
        known->slot = MT_SIM_NONE;
        mt_sim_orders_remove(&sim->orders, slot);
    }
    return true;
}

void mt_sim_end_order(struct mt_sim *sim, int32_t slot, uint8_t event, uint16_t code,
                      int64_t now_ns)
{
    struct mt_sim_known *known = known_of(sim, slot);
    if (sim->orders.slots[slot].match.has_children)
        mt_sim_children_orphan(sim, &sim->orders.slots[slot].match);
    release_ack(sim, slot, now_ns);
    known->event = event;
    known->code = code;
    known->slot = MT_SIM_NONE;
    struct mt_event *report = mt_sim_report(sim, known, event, now_ns);
    if (report)
        report->report.code = code;
    mt_sim_orders_remove(&sim->orders, slot);
}
