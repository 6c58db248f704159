/* book: orders, fills, positions, closed trades and signals of a run, folded from its journal by a light reader (no
 * engine, no risk). What a record does to an order is the engine's own code (core/order_fold.h); what fills come to is
 * added up here once more: a second opinion on the ledger, and quick. */
#ifndef MT_APP_BOOK_H
#define MT_APP_BOOK_H

#include "app/walk.h"
#include "model/order.h"
#include "model/position.h"

struct mt_book_fill {
    uint64_t coid, fill_id, seq;
    int64_t time_ns, price, qty;        /* qty 0: a bust came, and its fill did not yet */
    mt_money fee, realised;             /* of the fill; realised before its fee */
    size_t before;                      /* the order's earlier fill + 1; 0: none */
    bool maker, busted;
};
struct mt_book_trade {
    int64_t opened_ns, closed_ns, qty, in_qty;          /* qty: closed */
    mt_i128 in_cost, out_cost;
    mt_money profit, fees;              /* profit after fees */
    uint64_t coid;                      /* the order that closed it */
    uint16_t account, symbol;
    int8_t side;
    uint8_t role;                       /* of that order */
    char tag[32];                       /* of the order that opened it */
};
struct mt_book_signal {
    struct mt_rec_signal signal;
    struct mt_rec_verdict verdict;
    int64_t time_ns;
};
struct mt_book {
    struct mt_order *orders; size_t order_count, order_room;        /* by coid */
    size_t flushed_orders;              /* of the turns that have ended */
    size_t *last_fill;                  /* parallel to orders: its last fill + 1 */
    struct mt_book_fill *fills; size_t fill_count, fill_room;
    struct mt_book_trade *trades; size_t trade_count, trade_room;
    struct mt_book_signal *signals; size_t signal_count, signal_room;       /* by id */
    struct mt_position *positions;      /* [account * instruments + symbol]; NULL before a plan */
    mt_money *realised, *fees;          /* parallel */
    struct mt_book_trade *open;         /* parallel: the trade that is open */
    size_t slot_count;
    uint64_t ignored;                   /* fills that were seen before or are impossible */
};

/* Fold everything up to the end. A journal that is damaged or torn gives what stands before the damage, and the
 * error. */
int mt_book_read(struct mt_book *book, struct mt_walk *walk, struct mt_diag *diag) MT_CHECKED;
void mt_book_free(struct mt_book *book);
struct mt_order *mt_book_order(const struct mt_book *book, uint64_t coid);      /* NULL: unknown */

#endif
