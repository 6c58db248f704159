/* room: what an account has free for the margin and the fee of one more order, as a venue that looks at it beforehand
 * would find it: equity less what the worst case of every other symbol binds. */
#ifndef MT_CORE_ROOM_H
#define MT_CORE_ROOM_H

#include "core/books.h"

/* For an order in that symbol, whose leg is flat. MT_ENOTFOUND: no rate; MT_ERANGE. */
int mt_room_of(struct mt_books *b, uint16_t account, uint16_t symbol, mt_money *out) MT_CHECKED;
/* The price at which a venue asks for the margin of such an order: the dearer of the market and its own limit, where it
 * has one. What is below zero counts as if it were above; 0 where neither is known. */
int64_t mt_room_price(const struct mt_books *b, uint16_t symbol, struct mt_price limit);

#endif
