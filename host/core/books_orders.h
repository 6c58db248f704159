/* books_orders: the fold of records that are about orders, and of fills into positions, legs and plans. For
 * books_fold.c; the record has been checked (record_check.h). */
#ifndef MT_CORE_BOOKS_ORDERS_H
#define MT_CORE_BOOKS_ORDERS_H

#include "core/books.h"
#include "core/journal.h"

/* What a VENUE_EVENT did: to its order; with a fill or a bust that was applied, to the position; a fill: it opened or
 * ended a position, or is the first of its leg. price: of the fill, of a bust that of the fill that is annulled. */
struct mt_books_change {
    struct mt_order_change order;
    struct mt_position_change position;
    int64_t price;
    bool opened, ended, began;
};

int mt_books_fold_intent(struct mt_books *b, const struct mt_record *record) MT_CHECKED;
int mt_books_fold_sent(struct mt_books *b, const struct mt_record *record) MT_CHECKED;
int mt_books_fold_op(struct mt_books *b, const struct mt_record *record) MT_CHECKED;
int mt_books_fold_venue_event(struct mt_books *b, const struct mt_record *record,
                              struct mt_books_change *out) MT_CHECKED;
/* The end of a turn, which lets its new orders go: they are sent (I5), unless a SENT says otherwise afterwards. */
size_t mt_books_flushed(struct mt_books *b);    /* where these orders begin in the list of open ones */
/* Reservations and the list of open orders follow what an order has become; before NULL: it is new. */
void mt_books_order_changed(struct mt_books *b, const struct mt_order *before, const struct mt_order *after);

#endif
