/* sim_private: the parts of the simulated venue and how they see each other: queues, orders,
 * accounts. */
#ifndef MT_ADAPTERS_SIM_PRIVATE_H
#define MT_ADAPTERS_SIM_PRIVATE_H

#include "adapters/sim/faults.h"
#include "adapters/sim/match.h"
#include "adapters/sim/ring.h"
#include "adapters/sim/sim.h"

enum {
    MT_SIM_BATCH = 256,                     /* market events pulled from the source at once */
    MT_SIM_BATCH_ROOM = MT_SIM_BATCH + 2 * MT_INSTRUMENTS_MAX,  /* an instant is read whole */
    MT_SIM_QUEUE_MAX = 1 << 22,             /* items in a queue between host and venue */
    MT_SIM_ORDERS_MAX = 1 << 20,            /* open at the venue at once */
    MT_SIM_NONE = -1,
};

struct mt_sim_order {
    struct mt_match_order match;
    uint64_t venue_order_id;
    /* of the symbol, in order of acceptance; next also links free slots */
    int32_t next, prev;
    bool ack_held;                          /* fault fill_before_ack */
};

/* What the venue remembers of every order id it ever saw. */
struct mt_sim_known {
    uint64_t coid;                          /* 0: not known */
    uint64_t venue_order_id;
    int64_t cum;
    /* of an open order; MT_SIM_NONE: ended, as `event` says */
    int32_t slot;
    uint16_t account, symbol, code;
    uint8_t event;                          /* enum mt_order_event */
};

enum { MT_SIM_PAGE = 64 };
struct mt_sim_page {                        /* the ids number * MT_SIM_PAGE and on */
    uint64_t number;
    struct mt_sim_known known[MT_SIM_PAGE];
};

struct mt_sim_book_side { int32_t first, last; };       /* open orders of one symbol */

struct mt_sim_orders {
    struct mt_sim_order *slots;             /* owned; slot_count used, slot_capacity allocated */
    uint32_t slot_count, slot_capacity, open_count;
    int32_t free_slot;
    struct mt_sim_book_side *lists;         /* owned; per symbol */
    struct mt_sim_page **pages;             /* owned, and they; open addressing, at most half full */
    uint64_t page_count, page_mask;
};

int mt_sim_orders_init(struct mt_sim_orders *orders, uint16_t symbols) MT_CHECKED;
void mt_sim_orders_fini(struct mt_sim_orders *orders);
/* The entry of an id, or NULL. Entries never move. */
struct mt_sim_known *mt_sim_orders_find(const struct mt_sim_orders *orders, uint64_t coid);
/* A new entry for an id that is not known; NULL when memory is exhausted. coid is not 0. */
struct mt_sim_known *mt_sim_orders_remember(struct mt_sim_orders *orders,
                                            const struct mt_order_request *request);
/* Take a slot and put it at the end of its symbol's list; MT_SIM_NONE when the maximum is reached.
 */
int32_t mt_sim_orders_add(struct mt_sim_orders *orders, const struct mt_order_request *request);
void mt_sim_orders_remove(struct mt_sim_orders *orders, int32_t slot);
/* Lose the place in the queue. */
void mt_sim_orders_move_last(struct mt_sim_orders *orders, int32_t slot);

struct mt_sim_ledger {                      /* one account as the venue knows it */
    struct mt_sim_account terms;
    int currency;                           /* in rates */
    mt_money cash;
    struct mt_position *positions;          /* owned; per symbol */
};

/* The newest bar of a symbol that was read, met or not: what it gives as a rate over time. */
struct mt_sim_bar_rate { int64_t open_ns, close_ns, open, close, before; };

enum mt_sim_arrival_kind { MT_ARRIVE_ORDER, MT_ARRIVE_MODIFY, MT_ARRIVE_CANCEL, MT_ARRIVE_QUERY };

struct mt_sim_arrival {
    int64_t due_ns;
    enum mt_sim_arrival_kind kind;
    /* cancel and query: coid */
    struct mt_order_request request;
};

struct mt_sim {
    struct mt_sim_options options;
    struct mt_source source;
    struct mt_inbox *inbox;                 /* borrowed */
    int32_t batch_at, batch_count;
    bool ended;                             /* the source has no more */
    bool data_over;                         /* what ended by time before it did has been ended */
    int64_t market_ns;                      /* of the last event at the venue */
    int source_rc;                          /* it failed while its next event was looked for */
    struct mt_diag source_diag;
    bool halted;
    int failed;                             /* enum mt_err: a queue or the memory was exhausted */
    uint64_t given;                         /* market events pushed to the host */
    /* no order ends by time, bars that end it themselves apart, before this; INT64_MAX = none */
    int64_t next_expiry_ns;
    uint64_t next_venue_order_id, next_fill_id;
    struct mt_match_book *books;            /* owned; per symbol */
    int16_t *quote_currency;                /* owned; per symbol, in rates */
    bool converts;                          /* some account is in another currency than some symbol */
    int64_t announced_ns;                   /* the instant whose bars are in bar_rates */
    struct mt_sim_bar_rate *bar_rates;      /* owned; per symbol */
    struct mt_sim_ledger *ledgers;          /* owned; per account */
    struct mt_sim_orders orders;
    struct mt_sim_faults faults;
    /* struct mt_sim_arrival, struct mt_event, struct mt_event */
    struct mt_ring arrivals, reports, feed;
    struct mt_rates rates;
    bool inside_bar;                        /* what fills now fills after the open of its bar */
    bool orphans;                           /* a child waits to be ended */
    struct mt_event batch[MT_SIM_BATCH_ROOM];
};

/* ---- ledger.c: money ---- */

/* What a fill does to the account: cash, position; booked has what it brought and what it cost, in
 * account currency at the rates of venue_ns. An error changes nothing. */
struct mt_sim_booking { mt_money realised, fee; };
int mt_sim_ledger_fill(struct mt_sim *sim, const struct mt_match_order *order,
                       const struct mt_match_fill *fill, int64_t venue_ns,
                       struct mt_sim_booking *booked) MT_CHECKED;
/* 0, or the enum mt_code for which these terms are refused: they would add to the worst case and
 * the equity does not bear it. `replaced`: the open order whose terms these replace; MT_SIM_NONE =
 * a new order. */
uint16_t mt_sim_ledger_margin(struct mt_sim *sim, const struct mt_terms *terms,
                              int32_t replaced);

/* ---- rates.c: what a currency is worth ---- */

/* Of the instant of the event that is next: called when its first bar is. */
int mt_sim_rates_announce(struct mt_sim *sim, struct mt_diag *diag) MT_CHECKED;
/* Bring the rates to what the books show, or to what they were at the time of a fill, whose own
 * symbol is worth what it traded at. */
void mt_sim_rates_now(struct mt_sim *sim);
void mt_sim_rates_at(struct mt_sim *sim, uint16_t symbol, int64_t price, int64_t time_ns);

/* ---- gate.c: the checks of an order that arrives ---- */

/* 0, or the enum mt_code for which it is refused. */
uint16_t mt_sim_gate_order(struct mt_sim *sim, const struct mt_order_request *request);
/* The same for an open order with new terms. */
uint16_t mt_sim_gate_modify(struct mt_sim *sim, int32_t slot, const struct mt_order_request *request);

/* ---- venue.c: what happens at the venue, at the venue's time ---- */

void mt_sim_venue_arrival(struct mt_sim *sim, const struct mt_sim_arrival *arrival);
/* End what has ended by time at now_ns for certain, and find the next such time. */
void mt_sim_venue_expire(struct mt_sim *sim, int64_t now_ns);
/* Orders meet a market event, which becomes what the venue shows. */
void mt_sim_venue_market(struct mt_sim *sim, const struct mt_event *event);
/* An order meets a price. Sizes, FOK and reduce-only decide how much of it trades. `left`, where not NULL, is the
 * displayed quantity, of which what trades is taken away. Returns whether the order is still open. */
bool mt_sim_venue_trade(struct mt_sim *sim, int32_t slot, struct mt_match_fill fill, int64_t *left, int64_t venue_ns,
                        int64_t now_ns);
/* IOC and FOK that have had their moment. */
bool mt_sim_venue_spent(const struct mt_match_order *order);

/* ---- bar.c: what a bar does to the orders of its symbol ---- */

void mt_sim_bar(struct mt_sim *sim, const struct mt_event *event);

/* ---- children.c: exits that lie with their entry ---- */

/* The entry has filled at `price`, its account's position holds it. */
void mt_sim_child_wake(struct mt_sim *sim, int32_t slot, int64_t price);
void mt_sim_children_wake(struct mt_sim *sim, const struct mt_match_order *entry, int64_t price);
/* The entry has ended without a fill. Its children are marked only, so that nobody's walk through
 * the list breaks; _bury ends them. */
void mt_sim_children_orphan(struct mt_sim *sim, const struct mt_match_order *entry);
void mt_sim_children_bury(struct mt_sim *sim, uint16_t symbol, int64_t now_ns);

/* ---- fill.c: reports, and what changes an order ---- */

/* A report about `known`, due reply_ns after now_ns. Fields are set by the caller; NULL once the
 * simulation has failed. */
struct mt_event *mt_sim_report(struct mt_sim *sim, const struct mt_sim_known *known, uint8_t event,
                               int64_t now_ns);
/* Trade `fill` of an open order. Returns whether it did; the order may have ended, its slot freed.
 */
bool mt_sim_fill_order(struct mt_sim *sim, int32_t slot, const struct mt_match_fill *fill,
                       int64_t venue_ns, int64_t now_ns);
/* Canceled or expired by the venue or by us: report and free the slot. */
void mt_sim_end_order(struct mt_sim *sim, int32_t slot, uint8_t event, uint16_t code,
                      int64_t now_ns);
/* The acceptance, as the faults let it through. */
void mt_sim_ack_order(struct mt_sim *sim, int32_t slot, int64_t now_ns);

#endif
