/* event: something that happened, as the engine takes it from its inbox. Fixed size, exact numbers, copied by value. */
#ifndef MT_MODEL_EVENT_H
#define MT_MODEL_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include "base/dec.h"

enum mt_event_kind { MT_EV_NONE, MT_EV_QUOTE, MT_EV_TRADE, MT_EV_BAR, MT_EV_REPORT, MT_EV_CLOCK };

/* Which sides of a book have a price. */
enum mt_quote_sides { MT_QUOTE_BID = 1, MT_QUOTE_ASK = 2, MT_QUOTE_BOTH = 3 };
/* Top of book. The price and the size of a side that is not there are 0; of one that is there any price is one, also 0
 * and below (mt_instrument_price_can_be), and a size of 0 is not known. */
struct mt_quote { int64_t bid, ask, bid_qty, ask_qty; uint8_t sides; };
struct mt_trade { int64_t price, qty; uint64_t id; int32_t side; };         /* side of the taker: 1, -1, 0 unknown */
/* Stamped with its open time in open_ns; the event's time_ns is its close. */
struct mt_bar { int64_t open_ns, open, high, low, close, volume; int32_t tf_s; int32_t ticks; };

/* What a venue says about an order; the codes of order-states 2.2 (model/order.h). */
struct mt_report {
    uint64_t coid;              /* 0: not ours (external) */
    uint64_t venue_order_id;
    uint64_t fill_id;           /* fills, busts: unique per venue and account, never 0 */
    /* Fill: of the fill. Ack, replaced: the effective terms; the limit if has_price, qty 0 = as asked. */
    int64_t price, qty;
    int64_t cum;                /* venue's cumulative quantity, -1 = not given */
    int64_t trailed;            /* fill of a stop: where its trail had moved it, if has_trailed */
    mt_money fee;               /* fill: in account currency, negative = rebate */
    mt_money realised;          /* fill, if booked: the profit as the venue booked it, account currency */
    uint16_t account;
    uint8_t event;              /* enum mt_order_event */
    uint8_t op;                 /* enum mt_report_op: answer to a cancel or replace */
    uint16_t code;              /* enum mt_code of a reject */
    bool maker, booked;
    bool has_price, has_trailed;
    bool assumed;               /* fill: the bar left it open, it was decided against the account */
};
enum mt_report_op {
    MT_REPORT_NO_OP,            /* `event` counts */
    MT_REPORT_REPLACED,         /* the replace is in force: price = new limit, qty = new total, cum */
    MT_REPORT_OP_REFUSED,       /* the cancel or replace was refused; the order is as it was */
    MT_REPORT_OP_AMBIGUOUS,
    MT_REPORT_ABSENT_SAMPLE,    /* answer to a query: the venue has never heard of it */
};

/* Bits. BAR: the final bar of this instant. EVENT: no other market event has this time; the venue says so. */
enum mt_event_last { MT_LAST_BAR = 1, MT_LAST_EVENT = 2 };

struct mt_event {
    int64_t time_ns;            /* when the host has it: engine time */
    int64_t venue_ns;           /* when it happened at the venue */
    uint16_t symbol;            /* index of the instrument */
    uint8_t kind;               /* enum mt_event_kind */
    uint8_t last;               /* enum mt_event_last */
    uint32_t source;            /* feed or file number, for messages */
    union { struct mt_quote quote; struct mt_trade trade; struct mt_bar bar; struct mt_report report; };
};

/* The time that a data file gives it: a bar stands there by its open. */
static inline int64_t mt_event_stamp(const struct mt_event *event)
{
    return event->kind == MT_EV_BAR ? event->bar.open_ns : event->time_ns;
}

#endif
