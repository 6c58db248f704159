/* round_trip: the trades (round trips) of one account and symbol, a fold of the fills that moved its position. A trade
 * begins with the fill that opens the position and is closed by the fill that brings it to zero or through zero; what
 * goes through zero is the beginning of the next one. The results of a run and its history fold by these functions. */
#ifndef MT_REPORT_ROUND_TRIP_H
#define MT_REPORT_ROUND_TRIP_H

#include <stdbool.h>
#include <stdint.h>
#include "base/dec.h"
#include "core/records.h"
#include "model/order.h"

struct mt_round_trip {
    int64_t opened_ns, closed_ns;       /* of the venue; closed_ns 0: it is open */
    int64_t qty, in_qty;                /* closed, opened */
    mt_i128 in_cost, out_cost;          /* sums of price * quantity */
    /* While fills are exchanged: what was annulled of trades that are told, the newest price; and of this one. */
    int64_t told_qty, told_price, taken_qty;
    mt_i128 taken_cost;
    mt_money profit, fees;              /* profit after fees */
    uint64_t coid;                      /* the order that closed it */
    uint16_t account, symbol;
    int8_t side;                        /* 1, -1; 0: nothing was opened yet */
    uint8_t role;                       /* of the order that closed it */
    char tag[32];                       /* of the order that opened it */
};

/* What a fill did: as much of it closed, as much opened. `ended`: the position came to zero or through it. */
struct mt_round_trip_fill {
    const struct mt_order *order;
    int64_t time_ns, price, closed_qty, opened_qty;
    bool ended;
    mt_money realised, fee;             /* realised before the fee */
    uint8_t exchanged;                  /* enum mt_exchange */
    int64_t position;                   /* after it */
};

/* true: the fill has closed the trade, which is in *closed, and *open is the next one. */
bool mt_round_trip_fill(struct mt_round_trip *open, const struct mt_round_trip_fill *fill,
                        struct mt_round_trip *closed);

/* A fill of `qty` at `price` was annulled; realised and fee are those of the bust, position is what is left. It leaves
 * the sums of the open trade; of a trade that is closed and told nothing is taken back: what the bust opens again is
 * another trade. A bust closes none. Where it leaves nothing, the money that stays (a fee that is not given back) goes
 * to the next trade: all money is in some trade.
 * exchanged (enum mt_exchange): others take its place, and the position until the last of these never was. The trade
 * goes on under its name, and is closed by the last of them or not. What takes the place of a quantity that is told
 * closes nothing again: what it makes more or less is money of the next trade. */
void mt_round_trip_bust(struct mt_round_trip *open, const struct mt_order *order, int64_t time_ns, int64_t price,
                        int64_t qty, mt_money realised, mt_money fee, int64_t position, unsigned exchanged);

#endif
