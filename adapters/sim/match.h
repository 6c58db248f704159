/* match: at what price, for how much, and as what an order trades against what the market shows.
 * Pure: it changes nothing. The assumptions are written at the top of match.c in a trader's words.
 */
#ifndef MT_ADAPTERS_SIM_MATCH_H
#define MT_ADAPTERS_SIM_MATCH_H

#include <stdbool.h>
#include <stdint.h>
#include "core/venue.h"
#include "model/event.h"

enum { MT_MATCH_UNLIMITED = -1 };

/* What the venue shows of one symbol now. */
struct mt_match_book {
    int64_t bid, ask;               /* of a side that is empty: 0 */
    bool two_sided;                 /* neither side is empty */
    /* displayed and not yet taken by us; MT_MATCH_UNLIMITED where sizes are unknown */
    int64_t bid_left, ask_left;
    /* of the last book that could be traded, for valuation */
    int64_t mark_bid, mark_ask;
    bool marked;                    /* there was one */
    bool quoted;                    /* a quote has come: trade prints no longer make the book */
    bool printed;                   /* what it shows is a trade print: nobody says what stands there */
    bool barred;                    /* bars are all we have: orders wait for the next bar */
    int64_t longest_bar_ns;         /* of those that came */
};

/* An order as the venue holds it. */
struct mt_match_order {
    struct mt_order_request request;        /* its terms as last replaced */
    int64_t cum;
    int64_t accepted_ns;            /* bars that opened before it are not for it */
    bool triggered;                 /* stop: touched, a market order from now on */
    bool resting;                   /* limit: it has met the market once; now the market comes to it: a maker */
    bool has_children, orphan;      /* children.c */
    struct mt_price trail_level;    /* stop: where its trail has moved it to */
    /* its entry filled inside the bar that is being looked at, at this price */
    bool inside;
    bool trailed_in_bar;            /* that bar has been looked at for its trail */
    int64_t entry_price;
};

struct mt_match_fill {
    int64_t price;
    int64_t qty;                    /* most that can trade now; 0 = wait */
    struct mt_price trailed;        /* stop: the level where its trail had moved it; none: where it was sent */
    bool maker;
    bool assumed;                   /* the bar leaves it open; decided against the account */
    bool through;                   /* the market went through its price: no displayed size bounds it */
};

/* Where a stop lies: its own level or that of its trail, the tighter one. */
struct mt_price mt_match_stop(const struct mt_match_order *order);

static inline bool mt_match_tradable(const struct mt_match_book *book)
{
    return book->two_sided && book->ask >= book->bid;
}

/* A market event becomes what the venue shows. A trade print makes the book only where no quote
 * has ever come. */
void mt_match_show(struct mt_match_book *book, const struct mt_event *event);

/* Has the exit side reached the stop? The book must be tradable. */
bool mt_match_stop_touched(const struct mt_match_order *order, const struct mt_match_book *book);

/* Would a limit order trade at once? The book must be tradable. */
bool mt_match_marketable(const struct mt_match_order *order, const struct mt_match_book *book);

/* Against the book: true and *out (qty may be 0: nothing displayed is left) when the prices meet.
 * A stop must have been triggered, the book must be tradable. */
bool mt_match_book(const struct mt_match_order *order, const struct mt_match_book *book,
                   struct mt_match_fill *out);

/* Does a trade print go strictly through a resting limit? Then all of it trades at its own price.
 */
bool mt_match_print(const struct mt_match_order *order, int64_t print_price,
                    struct mt_match_fill *out);

/* A bar that makes sense: prices that can be, high and low enclose open and close. Others are not traded on. */
bool mt_match_bar_valid(const struct mt_instrument *instrument, const struct mt_bar *bar);
/* At the open of a bar, and inside it. */
bool mt_match_bar_open(const struct mt_match_order *order, const struct mt_bar *bar,
                       struct mt_match_fill *out);
bool mt_match_bar_stop(const struct mt_match_order *order, const struct mt_bar *bar,
                       struct mt_match_fill *out);
bool mt_match_bar_limit(const struct mt_match_order *order, const struct mt_bar *bar,
                        struct mt_match_fill *out);
/* The best price of the bar that a trail may count: after an entry inside it, the better of that and the close. */
int64_t mt_match_bar_extreme(const struct mt_match_order *order, const struct mt_bar *bar);
/* A stop that the bar did not reach where it lay, and whose trail the bar has moved to `level`:
 * was that crossed? By the close: certainly; by the other extreme alone: assumed. */
bool mt_match_bar_trail(const struct mt_match_order *order, const struct mt_bar *bar, struct mt_price level,
                        struct mt_match_fill *out);

#endif
