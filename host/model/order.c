#include "model/order.h"
#include "base/hash.h"

/* A terminal base state ends any pending operation. The wished terms of a replace are kept: its
 * confirmation may still be on the way, and then the fill that closed the order here did not close
 * it at the venue. */
static void set_state(struct mt_order *order, unsigned state)
{
    order->state = (uint8_t)state;
    if (mt_order_state_terminal(state)) {
        order->op = MT_OP_NONE;
        order->stale = false;
    }
}

static void clear_wish(struct mt_order *order)
{
    order->wished = (struct mt_terms){0};
    order->new_follow = (struct mt_follow){0};
}

static bool op_is_replace(unsigned op)
{
    return op == MT_OP_REPLACE_SENT || op == MT_OP_REPLACE_UNKNOWN;
}

static bool op_is_cancel_out(unsigned op)
{
    return op == MT_OP_CANCEL_SENT || op == MT_OP_CANCEL_UNKNOWN;
}

/* The answer of an operation that was out can no longer be trusted to arrive. */
static void lose_answer(struct mt_order *order)
{
    if (order->op == MT_OP_CANCEL_SENT)
        order->op = MT_OP_CANCEL_UNKNOWN;
    else if (order->op == MT_OP_REPLACE_SENT)
        order->op = MT_OP_REPLACE_UNKNOWN;
}

int64_t mt_order_leaves(const struct mt_order *order)
{
    bool open = mt_order_state_open(order->state) && order->cum < order->terms.qty;
    return open ? order->terms.qty - order->cum : 0;
}

int64_t mt_order_reserved_qty(const struct mt_order *order)
{
    int64_t leaves = mt_order_leaves(order);
    if (!op_is_replace(order->op))
        return leaves;
    int64_t new_leaves = order->wished.qty - order->cum;
    return new_leaves > leaves ? new_leaves : leaves;
}

struct mt_order_change mt_order_apply(struct mt_order *order, enum mt_order_event event)
{
    MT_ASSERT(event != MT_ORDER_FILLP && event != MT_ORDER_FILLX);
    MT_ASSERT(event != MT_ORDER_BUST && event != MT_ORDER_CORR);
    struct mt_cell cell = mt_order_cell(order->state, event);
    MT_ASSERT(!(cell.flags & MT_CELL_IMPOSSIBLE));
    struct mt_order_change change = {.flags = cell.flags, .from = order->state, .to = cell.next};
    if (event == MT_ORDER_ACK)
        order->stale = false;
    if (cell.flags & MT_CELL_STALE)
        order->stale = true;
    if (cell.flags & MT_CELL_STALE || event == MT_ORDER_RESTART)
        lose_answer(order);
    set_state(order, cell.next);
    return change;
}

int mt_order_fill(struct mt_order *order, int64_t price, int64_t qty, struct mt_order_change *out)
{
    int64_t cum;
    mt_i128 cost;
    if (qty <= 0 || __builtin_add_overflow(order->cum, qty, &cum) ||
        __builtin_add_overflow(order->cost, (mt_i128)price * qty, &cost))
        return MT_ERANGE;
    struct mt_cell cell = mt_order_cell(order->state,
                                        cum < order->terms.qty ? MT_ORDER_FILLP : MT_ORDER_FILLX);
    *out = (struct mt_order_change){.flags = cell.flags, .from = order->state, .to = cell.next};
    if (!(cell.flags & MT_CELL_APPLY_FILL))
        return 0;
    order->cum = cum;
    order->cost = cost;
    order->overfilled = cum > order->terms.qty;
    if (order->overfilled)
        out->flags |= MT_CELL_OVERFILL | MT_CELL_ALARM;
    out->fill_qty = qty;
    set_state(order, cell.next);
    return 0;
}

/* What a bust leaves behind. CANCELED and EXPIRED stay what they are: they were not closed by the
 * fill. */
static unsigned state_after_bust(const struct mt_order *order, bool still_open)
{
    if (order->state != MT_ORDER_FILLED && order->state != MT_ORDER_PARTIAL)
        return order->state;
    if (order->cum >= order->terms.qty) /* one of the fills beyond the ordered quantity was annulled */
        return MT_ORDER_FILLED;
    if (!still_open)
        return MT_ORDER_CANCELED;
    return order->cum > 0 ? MT_ORDER_PARTIAL : MT_ORDER_WORKING;
}

int mt_order_bust(struct mt_order *order, int64_t price, int64_t qty, bool still_open,
                  struct mt_order_change *out)
{
    struct mt_cell cell = mt_order_cell(order->state, MT_ORDER_BUST);
    if (!(cell.flags & MT_CELL_BUST)) {
        *out = (struct mt_order_change){
            .flags = cell.flags, .from = order->state, .to = order->state};
        return 0;
    }
    mt_i128 cost;
    if (qty <= 0 || qty > order->cum ||
        __builtin_sub_overflow(order->cost, (mt_i128)price * qty, &cost))
        return MT_ERANGE;
    if (qty == order->cum && cost != 0)     /* not a fill that was applied before */
        return MT_ERANGE;
    *out = (struct mt_order_change){
        .flags = cell.flags | MT_CELL_ALARM, .from = order->state, .fill_qty = -qty};
    order->cum -= qty;
    order->cost = cost;
    order->overfilled = order->cum > order->terms.qty;
    set_state(order, state_after_bust(order, still_open));
    out->to = order->state;
    if (out->to != out->from)
        out->flags |= MT_CELL_MOVE;
    return 0;
}

int mt_order_cancel_asked(struct mt_order *order, bool can_send_now)
{
    if (!mt_order_state_open(order->state) || order->state == MT_ORDER_READY)
        return MT_EREFUSED;
    if (op_is_replace(order->op) || order->op == MT_OP_CANCEL_SENT)
        return MT_EREFUSED;
    if (!can_send_now) {
        /* An ambiguous cancel stays known as such while its repetition waits. */
        if (order->op == MT_OP_NONE)
            order->op = MT_OP_CANCEL_QUEUED;
        return 0;
    }
    order->op = MT_OP_CANCEL_SENT;
    if (order->cancel_tries < UINT8_MAX)
        order->cancel_tries++;
    return 0;
}

int mt_order_replace_asked(struct mt_order *order, const struct mt_terms *wished)
{
    if (order->state != MT_ORDER_WORKING && order->state != MT_ORDER_PARTIAL)
        return MT_EREFUSED;
    if (order->op != MT_OP_NONE)
        return MT_EREFUSED;
    if (wished->qty <= 0)
        return MT_ERANGE;
    order->op = MT_OP_REPLACE_SENT;
    order->wished = *wished;
    order->new_follow = order->follow;
    return 0;
}

/* The venue has replaced. A new quantity below cum closes what is left and the old terms stay, so
 * that a late fill on them is not taken for an overfill. When the fill that completed the old
 * quantity came in before this answer, the order was FILLED too early and opens again. */
static unsigned adopt_wish(struct mt_order *order)
{
    bool terminal = mt_order_state_terminal(order->state);
    unsigned state = order->state;
    if (order->wished.qty >= order->cum) {
        order->terms = order->wished;
        order->follow = order->new_follow;
        order->overfilled = false;
        if (!terminal && order->terms.qty == order->cum)
            state = MT_ORDER_FILLED;
        else if (state == MT_ORDER_FILLED && order->terms.qty > order->cum)
            state = MT_ORDER_PARTIAL;
    } else if (!terminal) {
        state = MT_ORDER_CANCELED;
    }
    return state;
}

struct mt_order_change mt_order_op_answer(struct mt_order *order, enum mt_op_answer answer)
{
    struct mt_order_change change = {.from = order->state, .to = order->state};
    bool replace = op_is_replace(order->op) || (order->op == MT_OP_NONE && order->wished.qty != 0);
    if (!replace && !op_is_cancel_out(order->op)) {
        change.flags = MT_CELL_SAME;            /* nothing is out: a repeated or late answer */
    } else if (answer == MT_OP_ANSWER_AMB) {
        lose_answer(order);
    } else if (answer == MT_OP_ANSWER_REFUSED) {
        order->op = MT_OP_NONE;
        clear_wish(order);
    } else if (!replace) {
        change.flags = MT_CELL_ILLEGAL;         /* "replaced", but a cancel is out */
    } else {
        bool late = mt_order_state_terminal(order->state);
        unsigned to = adopt_wish(order);
        clear_wish(order);
        order->op = MT_OP_NONE;
        set_state(order, to);
        change.to = (uint8_t)to;
        if (change.to != change.from)
            change.flags = late ? MT_CELL_MOVE | MT_CELL_ALARM : MT_CELL_MOVE;
    }
    return change;
}

uint64_t mt_fill_synthetic_id(uint64_t coid, int64_t cum_before, int64_t cum_after)
{
    uint64_t words[3] = {coid, (uint64_t)cum_before, (uint64_t)cum_after};
    return mt_hash64(words, sizeof words) | UINT64_C(1) << 63;
}

uint64_t mt_fill_corrected_id(uint64_t fill_id, uint32_t number)
{
    uint64_t words[2] = {fill_id, number};
    return mt_hash64(words, sizeof words) >> 2 | UINT64_C(1) << 62;
}
