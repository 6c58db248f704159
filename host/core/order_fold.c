/* The part of the fold that is one order's alone. */
#include "core/order_fold.h"

#include <string.h>

#include "model/code.h"

/* mt_order_apply ends the process at an event that cannot be; a file can say anything. */
static int apply(struct mt_order *order, enum mt_order_event event, struct mt_order_change *change)
{
    if (mt_order_cell(order->state, event).flags & MT_CELL_IMPOSSIBLE)
        return MT_ECORRUPT;
    *change = mt_order_apply(order, event);
    return 0;
}

void mt_order_fold_intent(struct mt_order *order, const struct mt_record *record)
{
    const struct mt_rec_intent *r = record->payload;
    order->signal_id = r->signal;
    order->seq = record->seq;
    order->terms = r->terms;
    order->risk_price = r->risk_price;
    order->created_ns = order->updated_ns = record->time_ns;
    order->parent = r->parent;
    order->follow = r->follow;
    order->code = (uint16_t)r->code;
    order->take = r->take;
    memcpy(order->tag, r->tag, sizeof order->tag - 1);          /* it ends with a zero, whatever the file says */
    mt_order_apply(order, r->code == 0 ? MT_ORDER_PASS : MT_ORDER_DENY);
    if (r->code == MT_CODE_TTL)
        order->state = MT_ORDER_EXPIRED;        /* its signal was told as sent: it has died waiting, nobody denied it */
}

void mt_order_fold_levels(struct mt_order *order, const struct mt_position *position,
                          const struct mt_instrument *instrument)
{
    if (position->qty == 0)
        return;
    if (order->terms.type == MT_TYPE_STOP) {
        struct mt_price stop = mt_follow_stop(&order->follow, position, instrument, mt_terms_stop(&order->terms));
        struct mt_price trail = mt_follow_begin(&order->follow, position, instrument);
        mt_terms_set_stop(&order->terms, mt_follow_tighter(position->qty > 0, stop, trail));
        mt_terms_set_flag(&order->terms, MT_TERMS_TRAILED, !mt_price_same(mt_terms_stop(&order->terms), stop));
    } else {
        mt_terms_set_price(&order->terms, mt_follow_take(&order->follow, position, instrument,
                                                         mt_terms_price(&order->terms)));
    }
    order->follow.distance = 0;
}

void mt_order_fold_trailed(struct mt_order *order, const struct mt_rec_venue_event *r)
{
    if (!r->has_trailed)
        return;
    mt_terms_set_stop(&order->terms, mt_price_of(r->trailed));
    mt_terms_set_flag(&order->terms, MT_TERMS_TRAILED, true);
}

/* READY means: decided, and its turn has not ended. */
void mt_order_fold_flushed(struct mt_order *order)
{
    if (order->state != MT_ORDER_READY)
        return;
    mt_order_apply(order, MT_ORDER_DURABLE);
    mt_order_apply(order, MT_ORDER_OUT);
    order->sent_ns = order->created_ns;         /* of the same turn */
}

int mt_order_fold_sent(struct mt_order *order, const struct mt_record *record)
{
    const struct mt_rec_sent *r = record->payload;
    struct mt_order after = *order;
    struct mt_order_change change;
    int rc = 0;
    if (r->outcome != MT_SENT_AMB && order->state != MT_ORDER_SENT)
        return MT_ECORRUPT;
    switch (r->outcome) {
    case MT_SENT_NOBYTE:                        /* it stands where the transport had it */
        after.state = MT_ORDER_SENDING;
        mt_order_apply(&after, MT_ORDER_NOBYTE);
        break;
    case MT_SENT_WITHDRAWN:                     /* it was not even given to the transport */
        after.state = MT_ORDER_READY;
        after.code = MT_CODE_WITHDRAWN;
        mt_order_apply(&after, MT_ORDER_WITHDRAW);
        after.updated_ns = record->time_ns;
        break;
    default: rc = apply(&after, MT_ORDER_AMB, &change); break;
    }
    if (rc != 0)
        return rc;
    after.sent_ns = record->time_ns;
    *order = after;
    return 0;
}

struct mt_terms mt_order_fold_wished(const struct mt_terms *terms, const struct mt_rec_op *r)
{
    const struct mt_terms wished = { .price = r->price, .stop = r->stop, .qty = r->qty, .flags = r->flags };
    return mt_terms_replaced(terms, &wished);
}

int mt_order_fold_op(struct mt_order *order, const struct mt_record *record)
{
    const struct mt_rec_op *r = record->payload;
    int rc = 0;
    if (r->asked == MT_OUT_QUERY)
        return 0;
    if (r->asked == MT_OUT_CANCEL && order->state == MT_ORDER_READY) {
        order->code = MT_CODE_WITHDRAWN;
        mt_order_apply(order, MT_ORDER_WITHDRAW);
    } else if (r->asked == MT_OUT_CANCEL) {
        rc = mt_order_cancel_asked(order, true);
        order->cancel_ns = record->time_ns;
    } else {
        const struct mt_terms wished = mt_order_fold_wished(&order->terms, r);
        rc = mt_order_replace_asked(order, &wished);
        order->new_follow = rc == 0 ? r->follow : order->new_follow;
    }
    if (rc != 0)
        return MT_ECORRUPT;                     /* oms.c asks only what is possible */
    order->updated_ns = record->time_ns;
    return 0;
}

bool mt_order_fold_is_fill(const struct mt_rec_venue_event *r)
{
    return r->op == MT_REPORT_NO_OP && (r->event == MT_ORDER_FILLP || r->event == MT_ORDER_FILLX);
}

bool mt_order_fold_is_bust(const struct mt_rec_venue_event *r)
{
    return r->op == MT_REPORT_NO_OP && r->event == MT_ORDER_BUST;
}

/* The replace is in force, or what the venue made of it: its word is the terms. A quantity that is neither the old nor
 * the wished one is an alarm, and so is another one than ours when nothing is awaited: that answer may be an old one,
 * so it changes nothing, but it is asked about. */
static struct mt_order_change replaced(struct mt_order *order, const struct mt_rec_venue_event *r)
{
    bool other = r->qty > 0 && r->qty != order->terms.qty;
    bool odd = other && r->qty != order->wished.qty;
    if (order->wished.qty != 0 && r->qty > 0)
        order->wished.qty = r->qty;
    if (order->wished.qty != 0 && r->has_price && order->terms.type == MT_TYPE_LIMIT)
        mt_terms_set_price(&order->wished, mt_price_of(r->price));
    bool open = mt_order_state_open(order->state);
    struct mt_order_change change = mt_order_op_answer(order, MT_OP_ANSWER_DONE);
    if (odd && (open || !(change.flags & MT_CELL_SAME)))
        change.flags |= MT_CELL_ALARM;
    return change;
}

static struct mt_order_change answer(struct mt_order *order, const struct mt_rec_venue_event *r)
{
    switch (r->op) {
    case MT_REPORT_REPLACED: return replaced(order, r);
    case MT_REPORT_OP_REFUSED: return mt_order_op_answer(order, MT_OP_ANSWER_REFUSED);
    case MT_REPORT_OP_AMBIGUOUS: return mt_order_op_answer(order, MT_OP_ANSWER_AMB);
    default:
        order->absent_samples = (uint8_t)(order->absent_samples + (order->absent_samples < UINT8_MAX));
        return (struct mt_order_change){ .from = order->state, .to = order->state };
    }
}

/* The quantity in force, and of a limit the price where it is told, are what the venue names; the rest stays. */
static void amend(struct mt_order *order, const struct mt_rec_venue_event *r)
{
    order->wished = order->terms;
    order->wished.qty = r->qty;
    if (r->has_price && order->terms.type == MT_TYPE_LIMIT)
        mt_terms_set_price(&order->wished, mt_price_of(r->price));
    order->new_follow = order->follow;
}

/* The venue says that the order lives, and on which terms (note 1). After a lost answer to a replace the quantity tells
 * which are in force; without one the old ones are assumed, and the plan asks for the same absolute terms again, which
 * changes nothing where they are in force already. A quantity that nobody asked for is in force all the same, and an
 * alarm where an answer is in doubt. While the answer to a replace is on its way, a quantity is of before or after it.
 */
static void settle_terms(struct mt_order *order, const struct mt_rec_venue_event *r, struct mt_order_change *change)
{
    const struct mt_order_change acked = *change;
    const uint8_t op = order->op;
    bool other = r->qty > 0 && r->qty != order->terms.qty;
    bool wished = op == MT_OP_REPLACE_UNKNOWN && r->qty == order->wished.qty;
    if (op == MT_OP_REPLACE_SENT)
        return;
    if (!other) {
        if (op == MT_OP_REPLACE_UNKNOWN)
            mt_order_op_answer(order, MT_OP_ANSWER_REFUSED);
        return;
    }
    if (!wished)
        amend(order, r);
    order->op = MT_OP_REPLACE_UNKNOWN;
    *change = mt_order_op_answer(order, MT_OP_ANSWER_DONE);
    change->from = acked.from;
    change->flags |= acked.flags & MT_CELL_ALARM;               /* I8: what came back never does so silently */
    if (op == MT_OP_NONE || wished)
        return;
    change->flags |= MT_CELL_ALARM;
    if (op != MT_OP_REPLACE_UNKNOWN && !mt_order_state_terminal(order->state))
        order->op = op;                         /* a cancel goes on */
}

int mt_order_fold_report(struct mt_order *order, const struct mt_rec_venue_event *r, struct mt_order_change *change)
{
    if (r->op != MT_REPORT_NO_OP) {
        *change = answer(order, r);
        return 0;
    }
    int rc = apply(order, r->event, change);
    if (rc == 0 && r->event == MT_ORDER_ACK && !mt_order_state_terminal(order->state))
        settle_terms(order, r, change);
    return rc;
}

void mt_order_fold_after(struct mt_order *order, const struct mt_record *record, const struct mt_order_change *change)
{
    const struct mt_rec_venue_event *r = record->payload;
    if (r->venue_order_id)
        order->venue_order_id = r->venue_order_id;
    if (r->event == MT_ORDER_REJ && r->op == MT_REPORT_NO_OP && (change->flags & MT_CELL_MOVE))
        order->code = r->code;
    if ((r->op == MT_REPORT_NO_OP && r->event != MT_ORDER_AMB) || r->op == MT_REPORT_REPLACED) {
        /* The venue has it: that is evidence. */
        order->stale = false;
        order->absent_samples = 0;
    }
    if (r->op != MT_REPORT_ABSENT_SAMPLE)
        order->updated_ns = record->time_ns;
}

void mt_order_fold_restart(struct mt_order *order, const struct mt_rec_run_start *start, int64_t time_ns)
{
    if (start->venue_again)
        return;
    mt_order_apply(order, MT_ORDER_RESTART);
    order->absent_samples = 0;
    order->updated_ns = time_ns;
}
