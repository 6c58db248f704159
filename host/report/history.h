/* history: orders, fills, positions, closed trades and signals of a run, folded from its journal by a light reader (no
 * engine, no risk). What a record does to an order is the engine's own code (core/order_fold.h); what fills come to is
 * added up here once more: a second opinion on the ledger, and quick. */
#ifndef MT_REPORT_HISTORY_H
#define MT_REPORT_HISTORY_H

#include <stdbool.h>
#include "core/journal.h"
#include "core/records.h"
#include "model/order.h"
#include "model/position.h"
#include "report/names.h"
#include "report/round_trip.h"

struct mt_history_fill {
    uint64_t coid, fill_id, seq;
    int64_t time_ns, price, qty;        /* qty 0: a bust came, and its fill did not yet */
    mt_money fee, realised;             /* of the fill; realised before its fee */
    size_t before;                      /* the order's earlier fill + 1; 0: none */
    bool maker, busted;
};
struct mt_history_signal {
    struct mt_rec_signal signal;
    struct mt_rec_verdict verdict;      /* of the last one; all 0 while there is none */
    int64_t time_ns;
    bool decided;
};
struct mt_history {
    const struct mt_names *names;       /* borrowed; known from the first RUN_START on */
    struct mt_order *orders; size_t order_count, order_room;        /* by coid */
    size_t *last_fill;                  /* parallel to orders: its last fill + 1 */
    struct mt_history_fill *fills; size_t fill_count, fill_room;
    struct mt_round_trip *trades; size_t trade_count, trade_room;
    struct mt_history_signal *signals; size_t signal_count, signal_room;       /* by id */
    struct mt_position *positions;      /* [account * instruments + symbol]; NULL before a plan */
    mt_money *realised, *fees;          /* parallel */
    struct mt_round_trip *open;         /* parallel: the trade that is open */
    size_t slot_count;
    uint64_t ignored;                   /* fills that were seen before or are impossible */
};

/* `names` must be those of the run when its first record is folded. */
void mt_history_init(struct mt_history *history, const struct mt_names *names);
/* The next record, checked as a reader checks it (its length, accounts and symbols). MT_ECORRUPT: does not follow from
 * those before; MT_ENOMEM. */
int mt_history_fold(struct mt_history *history, const struct mt_record *record) MT_CHECKED;
void mt_history_free(struct mt_history *history);
struct mt_order *mt_history_order(const struct mt_history *history, uint64_t coid);      /* NULL: unknown */

#endif
