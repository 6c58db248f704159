/* orders: the table of orders by client order id, with the fills of each. Ids are a counter, so the table is an array
 * in chunks; chunks whose orders have all ended are dropped when 65 536 newer orders exist. A report for a dropped
 * order is answered as unknown: it is journaled and raises an alarm, it is never applied twice. */
#ifndef MT_CORE_ORDERS_H
#define MT_CORE_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "model/order.h"

enum { MT_ORDERS_CHUNK = 8192, MT_ORDERS_KEEP = 65536 };

struct mt_order_fill {
    mt_money fee;                       /* what it cost; its bust gives it back */
    uint64_t id;
    int64_t price, qty;                 /* qty 0: a bust came before it, and it did not come yet */
    int64_t from;                       /* synthetic: it stands for the cumulative quantities [from, from + qty] */
    int64_t venue_ns;                   /* when the venue said it, or its end */
    uint32_t next, same_bucket;         /* index + 1, 0 = end: of the order, and of those that share a bucket */
    uint16_t owner;                     /* entry of its chunk */
    bool dead;
};
struct mt_order_entry {
    struct mt_order order;
    int64_t fill_sum;                   /* of live fills */
    uint32_t fills;                     /* index + 1 in the chunk's pool of the newest fill */
    int64_t synthetic_sum;              /* and of those with a synthetic id */
    uint32_t fill_count, synthetic;     /* all; live ones with a synthetic id */
    bool busted;
    bool listed, ended;                 /* in the open list; counted as ended */
    bool asks;                          /* a question about it had no room to leave; not folded */
};
struct mt_orders_chunk;

struct mt_orders {
    struct mt_orders_chunk **chunks;    /* of ids first .. first + count * MT_ORDERS_CHUNK */
    size_t count, capacity;
    uint64_t first, next;               /* ids kept: [first, next) */
    uint64_t *open;                     /* ids in states 2..7, ascending */
    size_t open_count, open_capacity;
    size_t asking;                      /* orders with a question that had no room */
    bool pinned;                        /* somebody holds ids that he will look up: nothing is dropped meanwhile */
};

int mt_orders_init(struct mt_orders *orders) MT_CHECKED;
void mt_orders_fini(struct mt_orders *orders);

/* The order with that id or NULL (never existed, or dropped). */
struct mt_order *mt_orders_get(const struct mt_orders *orders, uint64_t coid);
/* Room for order `coid`, which must not exist yet; ids may skip (blocks after a restart). NULL: no memory. */
struct mt_order *mt_orders_add(struct mt_orders *orders, uint64_t coid);
/* Tell that its state changed: keeps the list of open orders. */
int mt_orders_listed(struct mt_orders *orders, const struct mt_order *order) MT_CHECKED;

/* A question about it is to be asked as soon as there is room, whatever its state is by then. _asking: the first such
 * order from id `from` on, or 0. */
void mt_orders_ask(struct mt_orders *orders, uint64_t coid, bool later);
uint64_t mt_orders_asking(const struct mt_orders *orders, uint64_t from);

/* Fill ids (I3): the fill, live or dead, or NULL. */
struct mt_order_fill *mt_orders_fill_find(const struct mt_orders *orders, uint64_t coid, uint64_t fill_id);
int mt_orders_fill_add(struct mt_orders *orders, uint64_t coid, uint64_t fill_id, int64_t price,
                       int64_t qty) MT_CHECKED;
/* It was annulled: from now on it is dead. */
void mt_orders_fill_annul(struct mt_orders *orders, uint64_t coid, struct mt_order_fill *fill);
/* The live fill with a synthetic id (top bit) that stands for the lowest quantities of the order, or NULL; and what all
 * of them sum up to. */
struct mt_order_fill *mt_orders_fill_synthetic(const struct mt_orders *orders, uint64_t coid);
int64_t mt_orders_fill_synthetic_sum(const struct mt_orders *orders, uint64_t coid);
/* Fill `fill_id` as the venue corrected it last: the fill itself, what took its place, or NULL. count: corrections. */
struct mt_order_fill *mt_orders_fill_corrected(const struct mt_orders *orders, uint64_t coid, uint64_t fill_id,
                                               uint32_t *count);
/* Was a fill of it annulled by the venue? Then a cumulative quantity may be one from before that. */
bool mt_orders_fill_busted(const struct mt_orders *orders, uint64_t coid);
/* Sum of live fills: what cum must be (I1). */
int64_t mt_orders_fill_sum(const struct mt_orders *orders, uint64_t coid);

#endif
