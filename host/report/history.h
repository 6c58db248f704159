/* history: orders, fills, positions, closed trades and signals of a run, folded from its records by a light reader (no
 * engine, no risk). What a record does to an order, and which orders and fills are still known, is the engine's code
 * (core/order_fold.h, core/orders.h): a report that the host did not apply is not applied here. What fills come to is
 * added up here once more, a second opinion on the ledger. */
#ifndef MT_REPORT_HISTORY_H
#define MT_REPORT_HISTORY_H

#include <stdbool.h>
#include "core/journal.h"
#include "core/orders.h"
#include "core/records.h"
#include "model/order.h"
#include "model/position.h"
#include "report/names.h"
#include "report/round_trip.h"

/* Which rows are kept, bits. Positions always are: memory is bounded but for the rows. */
enum mt_history_rows { MT_ROWS_ORDERS = 1, MT_ROWS_FILLS = 2, MT_ROWS_TRADES = 4, MT_ROWS_SIGNALS = 8 };

struct mt_history_fill {
    uint64_t coid, fill_id, seq;
    int64_t time_ns, price, qty;
    mt_money fee, realised;             /* of the fill; realised before its fee */
    uint16_t account, symbol;
    int8_t side;
    uint8_t role;                       /* of its order */
    bool maker, busted;
};
struct mt_history_signal {
    struct mt_rec_signal signal;
    struct mt_rec_verdict verdict;
    int64_t time_ns;
};
/* One account and symbol. */
struct mt_history_slot {
    struct mt_position position;
    mt_money realised, fees;
    uint64_t trades;                    /* closed ones */
    struct mt_round_trip open;
};
struct mt_history {
    const struct mt_names *names;       /* borrowed; known from the first RUN_START on */
    unsigned keep;                      /* enum mt_history_rows */
    struct mt_order *orders; size_t order_count, order_room;        /* by coid */
    struct mt_history_fill *fills; size_t fill_count, fill_room;
    struct mt_round_trip *trades; size_t trade_count, trade_room;
    struct mt_history_signal *signals; size_t signal_count, signal_room;       /* by id */
    struct mt_history_slot *slots; size_t slot_count;       /* [account * instruments + symbol]; NULL before a plan */
    uint64_t ignored;                   /* fills that were seen before or are impossible */

    struct mt_orders known;             /* orders with their fills, as far back as the host knows them */
    uint64_t unflushed;                 /* orders from here on are of the turn that is being read */
    uint64_t *asleep; size_t asleep_count, asleep_room;     /* exits that lie at the venue with an entry, unfilled */
};

/* `names` must be those of the run when its first record is folded. MT_ENOMEM. */
int mt_history_init(struct mt_history *history, const struct mt_names *names, unsigned keep) MT_CHECKED;
/* The next record, checked as a reader checks it (its length, accounts and symbols). MT_ECORRUPT: does not follow from
 * those before; MT_ENOMEM. */
int mt_history_fold(struct mt_history *history, const struct mt_record *record) MT_CHECKED;
/* The turn of the records so far has ended: its orders are sent. A record that is the last of its turn says so itself;
 * this is for who hears them while they are made. */
int mt_history_flushed(struct mt_history *history) MT_CHECKED;
void mt_history_free(struct mt_history *history);       /* also of one that is all 0 */
/* As the host would look it up; NULL: unknown, or too long ago. */
const struct mt_order *mt_history_order(const struct mt_history *history, uint64_t coid);

#endif
