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

static bool finish(struct mt_round_trip *open, const struct mt_round_trip_fill *fill, struct mt_round_trip *closed)
{
    *closed = *open;
    closed->closed_ns = fill->time_ns;
    closed->coid = fill->order->coid;
    closed->role = (uint8_t)mt_order_reason(fill->order);
    memset(open, 0, sizeof *open);
    return true;
}

/* How much of the annulled fill these sums still hold. */
static int64_t take_back(int64_t *sum_qty, mt_i128 *sum_cost, int64_t qty, int64_t price)
{
    int64_t back = qty < *sum_qty ? qty : *sum_qty;
    *sum_qty -= back;
    *sum_cost -= (mt_i128)back * price;
    return back;
}

/* The sums once nothing is in between any more: they hold as much as the position. */
static void settle(struct mt_round_trip *open, const struct mt_order *order, int64_t time_ns, int64_t price,
                   int64_t position)
{
    int64_t left = position < 0 ? -position : position;
    int side = position > 0 ? 1 : -1;
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

/* A fill in the place of others. What it stands for of told trades is told. */
static bool exchange(struct mt_round_trip *open, const struct mt_round_trip_fill *fill, struct mt_round_trip *closed)
{
    int64_t qty = fill->closed_qty + fill->opened_qty;
    int64_t told = qty < open->told_qty ? qty : open->told_qty;
    bool in = open->side == 0 || fill->order->terms.side == open->side;
    open->told_qty -= told;
    qty -= told;
    if (open->side == 0 && qty > 0)
        begin(open, fill->order, fill->order->terms.side, fill->time_ns);
    *(in ? &open->in_qty : &open->qty) += qty;
    *(in ? &open->in_cost : &open->out_cost) += (mt_i128)qty * fill->price;
    if (fill->exchanged != MT_EXCHANGE_ENDS)
        return false;
    int64_t price = open->told_qty > 0 ? open->told_price : fill->price;
    bool ended = open->side != 0 && !(open->side > 0 ? fill->position > 0 : fill->position < 0);
    if (ended && open->in_qty == 0) {           /* so it was a fill of a trade before that was annulled */
        open->in_qty = open->taken_qty;
        open->in_cost = open->taken_cost;
    }
    open->told_qty = open->told_price = open->taken_qty = 0;
    open->taken_cost = 0;
    if (ended) {                                /* what is through zero begins the next one */
        open->out_cost += (mt_i128)(open->in_qty - open->qty) * fill->price;
        open->qty = open->in_qty;
        finish(open, fill, closed);
    }
    settle(open, fill->order, fill->time_ns, price, fill->position);
    return ended;
}

bool mt_round_trip_fill(struct mt_round_trip *open, const struct mt_round_trip_fill *fill, struct mt_round_trip *closed)
{
    bool ended = false;
    open->profit += fill->realised - fill->fee;
    open->fees += fill->fee;
    if (fill->exchanged != MT_EXCHANGE_NONE)
        return exchange(open, fill, closed);
    open->qty += fill->closed_qty;
    open->out_cost += (mt_i128)fill->closed_qty * fill->price;
    if (fill->ended)
        ended = finish(open, fill, closed);
    if (fill->opened_qty > 0 && open->in_qty == 0)
        begin(open, fill->order, fill->order->terms.side, fill->time_ns);
    open->in_qty += fill->opened_qty;
    open->in_cost += (mt_i128)fill->opened_qty * fill->price;
    return ended;
}

void mt_round_trip_bust(struct mt_round_trip *open, const struct mt_order *order, int64_t time_ns, int64_t price,
                        int64_t qty, mt_money realised, mt_money fee, int64_t position, unsigned exchanged)
{
    bool in = order->terms.side == open->side;
    open->profit += realised - fee;
    open->fees += fee;
    int64_t back = take_back(in ? &open->in_qty : &open->qty, in ? &open->in_cost : &open->out_cost, qty, price);
    if (exchanged == MT_EXCHANGE_NONE) {
        settle(open, order, time_ns, price, position);
        return;
    }
    if (qty > back) {
        open->told_qty += qty - back;
        open->told_price = price;
    }
    if (in) {
        open->taken_qty += back;
        open->taken_cost += (mt_i128)back * price;
    }
}
