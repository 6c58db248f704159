/* history: orders, fills, positions, closed trades and signals of a run, from its records. What a record does is the
 * engine's fold over books of its own (core/books_fold.h): a report that the host did not apply is not applied here.
 * History keeps what the books forget, as rows: ended orders, fills, trades, signals. */
#ifndef MT_REPORT_HISTORY_H
#define MT_REPORT_HISTORY_H

#include <stdbool.h>
#include "core/books.h"
#include "core/journal.h"
#include "core/records.h"
#include "model/order.h"
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
/* Of one account and symbol: the trade that is open, and how many are closed. */
struct mt_history_trades { struct mt_round_trip open; uint64_t closed; };

struct mt_history {
    const struct mt_names *names;       /* borrowed; known from the first RUN_START on */
    unsigned keep;                      /* enum mt_history_rows */
    struct mt_order *orders; size_t order_count, order_room;        /* by coid */
    struct mt_history_fill *fills; size_t fill_count, fill_room;
    struct mt_round_trip *trades; size_t trade_count, trade_room;
    struct mt_history_signal *signals; size_t signal_count, signal_room;       /* by id */
    struct mt_history_trades *slots; size_t slot_count;     /* [account * instruments + symbol]; NULL before a plan */
    uint64_t ignored;                   /* fills and busts that moved nothing: seen before, or impossible */

    bool begun;                         /* a RUN_START was folded: there are books */
    struct mt_books books;
    struct mt_instrument *instruments;  /* of the books */
};

/* `names` must be those of the run when its first record, a RUN_START, is folded. */
void mt_history_init(struct mt_history *history, const struct mt_names *names, unsigned keep);
/* The next record, checked as a reader checks it (its length, accounts and symbols). MT_ECORRUPT: does not follow from
 * those before, or names a scope that the run does not have; MT_ENOMEM; what mt_books_init refuses. After a failure
 * nothing more may be folded; what stood before it is there to be read. */
int mt_history_fold(struct mt_history *history, const struct mt_record *record, struct mt_diag *diag) MT_CHECKED;
/* The turn of the records so far has ended: its orders are sent. A record that is the last of its turn says so itself;
 * this is for who hears them while they are made. */
void mt_history_flushed(struct mt_history *history);
void mt_history_free(struct mt_history *history);       /* also of one that is all 0 */
/* As the host would look it up; NULL: unknown, or too long ago. */
const struct mt_order *mt_history_order(const struct mt_history *history, uint64_t coid);
/* What is held, realised and paid there. slot < slot_count. */
const struct mt_slot *mt_history_slot(const struct mt_history *history, size_t slot);

#endif
