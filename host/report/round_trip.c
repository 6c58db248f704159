/* Fills to trades. */
#include "report/round_trip.h"

#include <string.h>

static void begin(struct mt_round_trip *open, const struct mt_order *order, int side, int64_t time_ns)
{
    open->opened_ns = time_ns;
    open->account = order->terms.account;
    open->symbol = order->terms.symbol;
    open->side = (int8_t)side;
    memcpy(open->tag, order->tag, sizeof open->tag);
}

bool mt_round_trip_fill(struct mt_round_trip *open, const struct mt_round_trip_fill *fill, struct mt_round_trip *closed)
{
    open->profit += fill->realised - fill->fee;
    open->fees += fill->fee;
    open->qty += fill->closed_qty;
    open->out_cost += (mt_i128)fill->closed_qty * fill->price;
    if (fill->ended) {
        *closed = *open;
        closed->closed_ns = fill->time_ns;
        closed->coid = fill->order->coid;
        closed->role = (uint8_t)mt_order_reason(fill->order);
        memset(open, 0, sizeof *open);
    }
    if (fill->opened_qty > 0 && open->in_qty == 0)
        begin(open, fill->order, fill->order->terms.side, fill->time_ns);
    open->in_qty += fill->opened_qty;
    open->in_cost += (mt_i128)fill->opened_qty * fill->price;
    return fill->ended;
}

/* How much of the annulled fill these sums still hold. */
static int64_t take_back(int64_t *sum_qty, mt_i128 *sum_cost, int64_t qty, int64_t price)
{
    int64_t back = qty < *sum_qty ? qty : *sum_qty;
    *sum_qty -= back;
    *sum_cost -= (mt_i128)back * price;
    return back;
}

void mt_round_trip_bust(struct mt_round_trip *open, const struct mt_order *order, int64_t time_ns, int64_t price,
                        int64_t qty, mt_money realised, mt_money fee, int64_t position)
{
    int64_t left = position < 0 ? -position : position;
    int side = position > 0 ? 1 : -1;
    open->profit += realised - fee;
    open->fees += fee;
    if (order->terms.side == open->side)
        take_back(&open->in_qty, &open->in_cost, qty, price);
    else
        take_back(&open->qty, &open->out_cost, qty, price);
    if (left == 0 || side != open->side) {
        struct mt_round_trip next = { .profit = open->profit, .fees = open->fees };
        *open = next;
    }
    if (left == 0)
        return;
    if (open->in_qty == 0)
        begin(open, order, side, time_ns);
    /* What the sums do not hold was in a trade that is told: open again, at the price of the fill that is none. */
    int64_t missing = left - (open->in_qty - open->qty);
    open->in_qty += missing;
    open->in_cost += (mt_i128)missing * price;
}
