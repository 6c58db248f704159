/* venue: what happens at the venue, in the order in which it happens there. Prices and sizes are
 * decided in match.c. */
#include "adapters/sim/sim_private.h"

#include "model/code.h"
#include "model/order.h"

static struct mt_match_order *order_at(struct mt_sim *sim, int32_t slot)
{
    return &sim->orders.slots[slot].match;
}

static int64_t leaves(const struct mt_match_order *order)
{
    return order->request.terms.qty - order->cum;
}

/* What the account's position still lets a reduce-only order trade. */
static int64_t reducible(const struct mt_sim *sim, const struct mt_terms *terms)
{
    int64_t held = sim->ledgers[terms->account].positions[terms->symbol].qty;
    return held * terms->side < 0 ? (held < 0 ? -held : held) : 0;
}

static void cancel(struct mt_sim *sim, int32_t slot, uint16_t code, int64_t now_ns)
{
    mt_sim_end_order(sim, slot, MT_ORDER_CXL, code, now_ns);
}

bool mt_sim_venue_trade(struct mt_sim *sim, int32_t slot, struct mt_match_fill fill, int64_t *left, int64_t venue_ns,
                        int64_t now_ns)
{
    struct mt_match_order *order = order_at(sim, slot);
    const struct mt_terms terms = order->request.terms;
    if (mt_terms_reduce_only(&terms)) {
        int64_t most = reducible(sim, &terms);
        if (most == 0) {
            cancel(sim, slot, MT_CODE_REDUCE_ONLY_VIOLATION, now_ns);
            return false;
        }
        fill.qty = most < fill.qty ? most : fill.qty;
    }
    if (fill.qty == 0 || (terms.tif == MT_TIF_FOK && fill.qty < leaves(order)))
        return true;
    bool complete = fill.qty == leaves(order);
    if (!mt_sim_fill_order(sim, slot, &fill, venue_ns, now_ns))
        return true;
    if (left && *left != MT_MATCH_UNLIMITED && !fill.through)
        *left -= fill.qty;
    if (complete)
        return false;
    if (mt_terms_reduce_only(&terms) && reducible(sim, &terms) == 0) {
        cancel(sim, slot, MT_CODE_REDUCE_ONLY_VIOLATION, now_ns);
        return false;
    }
    return true;
}

bool mt_sim_venue_spent(const struct mt_match_order *order)
{
    bool immediate = order->request.terms.tif == MT_TIF_IOC || order->request.terms.tif == MT_TIF_FOK;
    return immediate && (order->request.terms.type != MT_TYPE_STOP || order->triggered);
}

/* An order meets the book: on arrival, with new terms, and with every change of the book. */
static void meet_book(struct mt_sim *sim, int32_t slot, int64_t now_ns)
{
    struct mt_match_order *order = order_at(sim, slot);
    struct mt_match_book *book = &sim->books[order->request.terms.symbol];
    struct mt_match_fill fill;
    bool open = true, touched = false;
    if (order->request.parent != 0 || order->orphan)
        return;
    if (mt_match_tradable(book)) {
        if (order->request.terms.type == MT_TYPE_STOP && !order->triggered) {
            if (!mt_match_stop_touched(order, book))
                return;
            order->triggered = touched = true;
        }
        if (mt_match_book(order, book, &fill))
            open = mt_sim_venue_trade(sim, slot, fill,
                                      order->request.terms.side > 0 ? &book->ask_left : &book->bid_left,
                                      now_ns, now_ns);
    }
    /* It has met the market: from now on the market comes to it. */
    if (open && mt_match_tradable(book))
        order->resting = order->request.terms.type == MT_TYPE_LIMIT;
    if (open && touched)
        mt_sim_orders_move_last(&sim->orders, slot);            /* it became a market order now */
    if (open && mt_sim_venue_spent(order))
        cancel(sim, slot, MT_CODE_NO_LIQUIDITY, now_ns);
}

static bool waits_for_touch(const struct mt_match_order *order)
{
    return order->request.terms.type == MT_TYPE_STOP && !order->triggered;
}

/* What rested and was gone through fills before any stop is triggered: nobody sells below a bid that stands. */
static void all_meet_book(struct mt_sim *sim, uint16_t symbol, int64_t now_ns)
{
    for (int stops = 0; stops <= 1; stops++) {
        int32_t next, slot = sim->orders.lists[symbol].first;
        for (; slot != MT_SIM_NONE; slot = next) {
            next = sim->orders.slots[slot].next;
            if (waits_for_touch(order_at(sim, slot)) == stops)
                meet_book(sim, slot, now_ns);
        }
    }
}

static void all_meet_print(struct mt_sim *sim, const struct mt_event *event)
{
    struct mt_match_fill fill;
    int32_t next, slot = sim->orders.lists[event->symbol].first;
    if (!mt_match_tradable(&sim->books[event->symbol]))
        return;
    for (; slot != MT_SIM_NONE; slot = next) {
        next = sim->orders.slots[slot].next;
        if (mt_match_print(order_at(sim, slot), event->trade.price, &fill))
            (void)mt_sim_venue_trade(sim, slot, fill, NULL, event->time_ns, event->time_ns);
    }
}

/* The children of entries that have just ended. */
static void bury_all(struct mt_sim *sim, int64_t now_ns)
{
    if (!sim->orphans)
        return;
    sim->orphans = false;
    for (uint16_t symbol = 0; symbol < sim->options.instrument_count; symbol++)
        mt_sim_children_bury(sim, symbol, now_ns);
}

/* Nobody trades a part of a step, also where the data show one: what it left could not be closed or protected. */
static void whole_steps(int64_t *left, int64_t step)
{
    if (*left != MT_MATCH_UNLIMITED)
        *left -= *left % step;
}

/* The book after it. */
static void show(struct mt_sim *sim, const struct mt_event *event)
{
    struct mt_match_book *book = &sim->books[event->symbol];
    int64_t step = sim->options.instruments[event->symbol].step;
    mt_match_show(book, event);
    whole_steps(&book->bid_left, step);
    whole_steps(&book->ask_left, step);
}

void mt_sim_venue_market(struct mt_sim *sim, const struct mt_event *event)
{
    struct mt_match_book *book = &sim->books[event->symbol];
    bool quoted = book->quoted, barred = book->barred;
    show(sim, event);
    sim->market_ns = event->time_ns;
    if (barred && !book->barred)
        mt_sim_venue_expire(sim, event->time_ns); /* no bar will look at these times any more */
    if (sim->orders.lists[event->symbol].first == MT_SIM_NONE)
        return;
    if (event->kind == MT_EV_QUOTE || (event->kind == MT_EV_TRADE && !quoted))
        all_meet_book(sim, event->symbol, event->time_ns);
    else if (event->kind == MT_EV_TRADE)
        all_meet_print(sim, event);
    else if (event->kind == MT_EV_BAR && book->barred)
        mt_sim_bar(sim, event);
    bury_all(sim, event->time_ns);
}

/* ---- time ---- */

static bool ends_by_time(const struct mt_match_order *order)
{
    return order->request.terms.tif == MT_TIF_GTD;
}

/* When nothing that is still to come can fill an order with an end any more. A bar tells of its open at its close only:
 * one that opened in time may be on its way for as long as a bar lasts. Twice that, since months are not equal. */
static int64_t over_ns(const struct mt_sim *sim, const struct mt_match_order *order)
{
    const struct mt_match_book *book = &sim->books[order->request.terms.symbol];
    int64_t over;
    if (!book->barred || sim->data_over)
        return order->request.terms.expire_ns;
    return __builtin_add_overflow(order->request.terms.expire_ns, 2 * book->longest_bar_ns, &over) ? INT64_MAX : over;
}

static void watch_expiry(struct mt_sim *sim, const struct mt_match_order *order)
{
    int64_t over = ends_by_time(order) ? over_ns(sim, order) : INT64_MAX;
    if (over < sim->next_expiry_ns)
        sim->next_expiry_ns = over;
}

void mt_sim_venue_expire(struct mt_sim *sim, int64_t now_ns)
{
    sim->next_expiry_ns = INT64_MAX;
    for (uint16_t symbol = 0; symbol < sim->options.instrument_count; symbol++) {
        int32_t next, slot = sim->orders.lists[symbol].first;
        for (; slot != MT_SIM_NONE; slot = next) {
            const struct mt_match_order *order = order_at(sim, slot);
            next = sim->orders.slots[slot].next;
            if (ends_by_time(order) && over_ns(sim, order) <= now_ns)
                mt_sim_end_order(sim, slot, MT_ORDER_EXP, MT_CODE_OK, now_ns);
            else
                watch_expiry(sim, order);
        }
    }
    bury_all(sim, now_ns);
}

/* ---- arrivals ---- */

static void reject(struct mt_sim *sim, struct mt_sim_known *known, uint16_t code, int64_t now_ns)
{
    struct mt_event *report = mt_sim_report(sim, known, MT_ORDER_REJ, now_ns);
    if (report)
        report->report.code = code;
}

static int32_t admit(struct mt_sim *sim, struct mt_sim_known *known,
                     const struct mt_order_request *request)
{
    int32_t slot = mt_sim_orders_add(&sim->orders, request);
    if (slot == MT_SIM_NONE) {
        sim->failed = MT_EFULL;
        return slot;
    }
    known->slot = slot;
    sim->orders.slots[slot].venue_order_id = known->venue_order_id;
    return slot;
}

/* The entry had filled before its exit came. */
static void wake_late(struct mt_sim *sim, int32_t slot)
{
    const struct mt_order_request *request = &order_at(sim, slot)->request;
    const struct mt_terms *terms = &request->terms;
    const struct mt_sim_known *entry = request->parent ? mt_sim_orders_find(&sim->orders, request->parent) : NULL;
    if (entry && entry->cum > 0 && sim->ledgers[terms->account].positions[terms->symbol].qty != 0)
        mt_sim_child_wake(sim, slot, 0);
}

/* An exit that comes with its entry. False: that has ended, and so has the exit. */
static bool join_entry(struct mt_sim *sim, struct mt_sim_known *known, const struct mt_order_request *request,
                       int64_t now_ns)
{
    const struct mt_sim_known *entry = request->parent ? mt_sim_orders_find(&sim->orders, request->parent) : NULL;
    if (request->parent == 0)
        return true;
    if (!entry || (entry->slot == MT_SIM_NONE && entry->cum == 0)) {
        known->event = MT_ORDER_CXL;
        known->code = MT_CODE_PARENT;
        struct mt_event *report = mt_sim_report(sim, known, MT_ORDER_CXL, now_ns);
        if (report)
            report->report.code = MT_CODE_PARENT;
        return false;
    }
    if (entry->slot != MT_SIM_NONE && entry->cum == 0)
        order_at(sim, entry->slot)->has_children = true;
    return true;
}

static void arrive_order(struct mt_sim *sim, const struct mt_order_request *request, int64_t now_ns)
{
    struct mt_sim_known *known = mt_sim_orders_find(&sim->orders, request->coid);
    if (known) {
        reject(sim, known, MT_CODE_DUPLICATE, now_ns);
        return;
    }
    if (mt_sim_fault(&sim->faults, MT_FAULT_FORGET))
        return;
    known = mt_sim_orders_remember(&sim->orders, request);
    if (!known) {
        sim->failed = MT_ENOMEM;
        return;
    }
    if (!join_entry(sim, known, request, now_ns))
        return;
    known->code = mt_sim_gate_order(sim, request);
    if (known->code != MT_CODE_OK) {
        known->event = MT_ORDER_REJ;
        reject(sim, known, known->code, now_ns);
        return;
    }
    known->venue_order_id = sim->next_venue_order_id++;
    int32_t slot = admit(sim, known, request);
    if (slot == MT_SIM_NONE)
        return;
    order_at(sim, slot)->accepted_ns = now_ns;
    wake_late(sim, slot);
    mt_sim_ack_order(sim, slot, now_ns);
    if (ends_by_time(order_at(sim, slot)) && over_ns(sim, order_at(sim, slot)) <= now_ns) {
        mt_sim_end_order(sim, slot, MT_ORDER_EXP, MT_CODE_OK, now_ns);          /* over on arrival */
        return;
    }
    watch_expiry(sim, order_at(sim, slot));
    if (sim->books[request->terms.symbol].barred)
        return;
    meet_book(sim, slot, now_ns);
    if (known->slot != MT_SIM_NONE && mt_sim_fault(&sim->faults, MT_FAULT_UNSOLICITED_CANCEL))
        cancel(sim, slot, MT_CODE_VENUE_REJECT, now_ns);
}

/* A cancel, replace or query names an order that is not open, or that never was. Returns the open
 * one's slot. */
static int32_t open_slot(struct mt_sim *sim, const struct mt_sim_arrival *arrival)
{
    const struct mt_sim_known unknown = {.coid = arrival->request.coid,
                                         .code = MT_CODE_UNKNOWN_ORDER};
    const struct mt_sim_known *known = mt_sim_orders_find(&sim->orders, arrival->request.coid);
    if (known && known->slot != MT_SIM_NONE)
        return known->slot;
    struct mt_event *report =
        mt_sim_report(sim, known ? known : &unknown, MT_ORDER_PASS, arrival->due_ns);
    if (!report)
        return MT_SIM_NONE;
    report->report.op = MT_REPORT_OP_REFUSED;
    report->report.code = known ? MT_CODE_TOO_LATE : MT_CODE_UNKNOWN_ORDER;
    return MT_SIM_NONE;
}

static void refuse(struct mt_sim *sim, int32_t slot, uint16_t code, int64_t now_ns)
{
    const struct mt_sim_known *known =
        mt_sim_orders_find(&sim->orders, order_at(sim, slot)->request.coid);
    struct mt_event *report = mt_sim_report(sim, known, MT_ORDER_PASS, now_ns);
    if (!report)
        return;
    report->report.op = MT_REPORT_OP_REFUSED;
    report->report.code = code;
}

static void arrive_modify(struct mt_sim *sim, const struct mt_sim_arrival *arrival)
{
    int64_t now_ns = arrival->due_ns;
    int32_t slot = open_slot(sim, arrival);
    if (slot == MT_SIM_NONE)
        return;
    struct mt_match_order *order = order_at(sim, slot);
    const struct mt_order_request before = order->request;
    struct mt_order_request request = before;
    request.terms = mt_terms_replaced(&before.terms, &arrival->request.terms);
    request.follow = arrival->request.follow;
    const struct mt_terms terms = request.terms;
    if (terms.qty > 0 && terms.qty <= order->cum) {
        cancel(sim, slot, MT_CODE_OK, now_ns); /* "no more than it has": what is left is closed */
        return;
    }
    uint16_t code =
        order->triggered ? (uint16_t)MT_CODE_TOO_LATE : mt_sim_gate_modify(sim, slot, &request);
    if (code != MT_CODE_OK) {
        refuse(sim, slot, code, now_ns);
        return;
    }
    bool moved = !mt_price_same(mt_terms_price(&terms), mt_terms_price(&before.terms))
        || !mt_price_same(mt_terms_stop(&terms), mt_terms_stop(&before.terms));
    bool retrailed = request.follow.trail != before.follow.trail || request.follow.after != before.follow.after;
    bool grown = terms.qty > before.terms.qty;
    order->request = request;
    if (retrailed)
        order->trail_level = mt_price_none();   /* the host says where the new one begins */
    if (request.parent == 0 && request.follow.distance != 0)
        mt_sim_child_wake(sim, slot, 0);        /* asked before the entry filled */
    if (moved)
        order->resting = false;
    if (moved || grown)
        mt_sim_orders_move_last(&sim->orders, slot);
    const struct mt_sim_known *known = mt_sim_orders_find(&sim->orders, request.coid);
    struct mt_event *report = mt_sim_report(sim, known, MT_ORDER_PASS, now_ns);
    if (!report)
        return;
    report->report.op = MT_REPORT_REPLACED;
    report->report.price = terms.price;
    report->report.has_price = mt_terms_has_price(&terms);
    report->report.qty = terms.qty;
    if (moved && !sim->books[terms.symbol].barred)
        meet_book(sim, slot, now_ns);
}

static void arrive_cancel(struct mt_sim *sim, const struct mt_sim_arrival *arrival)
{
    int32_t slot = open_slot(sim, arrival);
    if (slot == MT_SIM_NONE)
        return;
    if (mt_sim_fault(&sim->faults, MT_FAULT_CANCEL_REFUSED))
        refuse(sim, slot, MT_CODE_VENUE_REJECT, arrival->due_ns);
    else
        cancel(sim, slot, MT_CODE_OK, arrival->due_ns);
}

static void arrive_query(struct mt_sim *sim, const struct mt_sim_arrival *arrival)
{
    const struct mt_sim_known unknown = {.coid = arrival->request.coid, .cum = -1};
    const struct mt_sim_known *known = mt_sim_orders_find(&sim->orders, arrival->request.coid);
    if (!known) {
        struct mt_event *report = mt_sim_report(sim, &unknown, MT_ORDER_PASS, arrival->due_ns);
        if (report)
            report->report.op = MT_REPORT_ABSENT_SAMPLE;
        return;
    }
    /* A filled order answers with its acceptance and its cumulative quantity: its fills are on
     * their way or were seen. */
    uint8_t event = known->event == MT_ORDER_FILLX ? (uint8_t)MT_ORDER_ACK : known->event;
    struct mt_event *report = mt_sim_report(sim, known, event, arrival->due_ns);
    if (report)
        report->report.code = known->code;
}

void mt_sim_venue_arrival(struct mt_sim *sim, const struct mt_sim_arrival *arrival)
{
    switch (arrival->kind) {
    case MT_ARRIVE_ORDER: arrive_order(sim, &arrival->request, arrival->due_ns); break;
    case MT_ARRIVE_MODIFY: arrive_modify(sim, arrival); break;
    case MT_ARRIVE_CANCEL: arrive_cancel(sim, arrival); break;
    case MT_ARRIVE_QUERY: arrive_query(sim, arrival); break;
    }
    bury_all(sim, arrival->due_ns);
}
