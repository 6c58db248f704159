#include "core/orders.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/pages.h"

enum { FILLS_FIRST = 1024, FILLS_WALKED = 8 };    /* FIRST: a power of two */

struct mt_orders_chunk {
    struct mt_order_entry entries[MT_ORDERS_CHUNK];
    bool used[MT_ORDERS_CHUNK];
    bool idle;                          /* none was open when a chunk was last begun */
    uint32_t open, asking;              /* orders that are not terminal; that have a question left */
    struct mt_order_fill *fills;        /* pool of this chunk; indices + 1 are links */
    uint32_t *buckets;                  /* of the fills of orders that have many */
    uint32_t fill_count, fill_capacity, bucket_count;
};

int mt_orders_init(struct mt_orders *orders)
{
    memset(orders, 0, sizeof *orders);
    orders->first = orders->next = 0;
    orders->open_capacity = 64;
    orders->open = calloc(orders->open_capacity, sizeof *orders->open);
    return orders->open ? 0 : MT_ENOMEM;
}

static void chunk_free(struct mt_orders_chunk *chunk)
{
    if (chunk) {
        free(chunk->fills);
        free(chunk->buckets);
    }
    mt_pages_free(chunk, sizeof *chunk);
}

void mt_orders_fini(struct mt_orders *orders)
{
    for (size_t i = 0; i < orders->count; i++)
        chunk_free(orders->chunks[i]);
    free(orders->chunks);
    free(orders->open);
    memset(orders, 0, sizeof *orders);
}

static struct mt_orders_chunk *chunk_of(const struct mt_orders *orders, uint64_t coid)
{
    if (coid < orders->first || coid >= orders->next)
        return NULL;
    return orders->chunks[(coid - orders->first) / MT_ORDERS_CHUNK];
}

static struct mt_order_entry *entry_of(const struct mt_orders *orders, uint64_t coid, struct mt_orders_chunk **chunk)
{
    *chunk = chunk_of(orders, coid);
    if (!*chunk || !(*chunk)->used[coid % MT_ORDERS_CHUNK])
        return NULL;
    return &(*chunk)->entries[coid % MT_ORDERS_CHUNK];
}

struct mt_order *mt_orders_get(const struct mt_orders *orders, uint64_t coid)
{
    struct mt_orders_chunk *chunk;
    struct mt_order_entry *entry = entry_of(orders, coid, &chunk);
    return entry ? &entry->order : NULL;
}

/* Has every order of it ended, and had when the last chunk was begun? An order that has just ended is still in
 * somebody's hands, who is about to make its successor: the successor must not pull the ground away. */
static bool idle(struct mt_orders_chunk *chunk)
{
    bool was = chunk->idle;
    chunk->idle = chunk->open == 0;
    return was && chunk->idle;
}

/* Drop chunks from the old end: their orders have ended and are far behind. */
static void prune(struct mt_orders *orders)
{
    size_t drop = 0;
    while (drop + MT_ORDERS_KEEP / MT_ORDERS_CHUNK + 1 < orders->count
           && (!orders->chunks[drop] || (orders->chunks[drop]->asking == 0 && idle(orders->chunks[drop]))))
        chunk_free(orders->chunks[drop++]);
    if (drop == 0)
        return;
    memmove(orders->chunks, orders->chunks + drop, (orders->count - drop) * sizeof *orders->chunks);
    orders->count -= drop;
    orders->first += drop * MT_ORDERS_CHUNK;
}

static int grow(struct mt_orders *orders, uint64_t coid)
{
    if (orders->count == 0)
        orders->first = orders->next = coid - coid % MT_ORDERS_CHUNK;
    uint64_t need = (coid - orders->first) / MT_ORDERS_CHUNK + 1;
    if (need > orders->capacity) {
        size_t capacity = orders->capacity ? orders->capacity : 16;
        while (capacity < need)
            capacity *= 2;
        struct mt_orders_chunk **chunks = realloc(orders->chunks, capacity * sizeof *chunks);
        if (!chunks)
            return MT_ENOMEM;
        orders->chunks = chunks;
        orders->capacity = capacity;
    }
    while (orders->count < need)
        orders->chunks[orders->count++] = NULL;
    return 0;
}

struct mt_order *mt_orders_add(struct mt_orders *orders, uint64_t coid)
{
    MT_ASSERT(coid >= orders->next || orders->count == 0);      /* I4: an id is used once */
    if (orders->count == 0 || (coid - orders->first) / MT_ORDERS_CHUNK >= orders->count) {
        if (!orders->pinned)
            prune(orders);
        if (grow(orders, coid) != 0)
            return NULL;
    }
    struct mt_orders_chunk **slot = &orders->chunks[(coid - orders->first) / MT_ORDERS_CHUNK];
    if (!*slot && !(*slot = mt_pages_new(sizeof **slot)))
        return NULL;
    orders->next = coid + 1;
    (*slot)->used[coid % MT_ORDERS_CHUNK] = true;
    (*slot)->open++;
    struct mt_order *order = &(*slot)->entries[coid % MT_ORDERS_CHUNK].order;
    order->coid = coid;
    return order;
}

/* Position of coid in the ascending list, or where it would stand. */
static size_t open_find(const struct mt_orders *orders, uint64_t coid)
{
    size_t low = 0, high = orders->open_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (orders->open[middle] < coid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int mt_orders_listed(struct mt_orders *orders, const struct mt_order *order)
{
    struct mt_orders_chunk *chunk;
    struct mt_order_entry *entry = entry_of(orders, order->coid, &chunk);
    MT_ASSERT(entry);
    bool open = mt_order_state_open(order->state);
    bool ended = mt_order_state_terminal(order->state);
    if (ended != entry->ended) {        /* a LOST or REJECTED order may come back */
        entry->ended = ended;
        chunk->open += ended ? (uint32_t)-1 : 1;
    }
    if (open == entry->listed)
        return 0;
    size_t at = open_find(orders, order->coid);
    size_t after = orders->open_count - at;
    if (open) {
        if (orders->open_count == orders->open_capacity) {
            uint64_t *bigger = realloc(orders->open, 2 * orders->open_capacity * sizeof *bigger);
            if (!bigger)
                return MT_ENOMEM;
            orders->open = bigger;
            orders->open_capacity *= 2;
        }
        memmove(orders->open + at + 1, orders->open + at, after * sizeof *orders->open);
        orders->open[at] = order->coid;
        orders->open_count++;
    } else {
        memmove(orders->open + at, orders->open + at + 1, (after - 1) * sizeof *orders->open);
        orders->open_count--;
    }
    entry->listed = open;
    return 0;
}

void mt_orders_ask(struct mt_orders *orders, uint64_t coid, bool later)
{
    struct mt_orders_chunk *chunk;
    struct mt_order_entry *entry = entry_of(orders, coid, &chunk);
    MT_ASSERT(entry);
    if (entry->asks == later)
        return;
    entry->asks = later;
    chunk->asking += later ? 1 : -1u;
    orders->asking += later ? 1 : -(size_t)1;
}

uint64_t mt_orders_asking(const struct mt_orders *orders, uint64_t from)
{
    uint64_t coid = from > orders->first ? from : orders->first;
    for (; orders->asking > 0 && coid < orders->next; coid++) {
        const struct mt_orders_chunk *chunk = chunk_of(orders, coid);
        if (!chunk || chunk->asking == 0)
            coid += MT_ORDERS_CHUNK - 1 - coid % MT_ORDERS_CHUNK;
        else if (chunk->entries[coid % MT_ORDERS_CHUNK].asks)
            return coid;
    }
    return 0;
}

/* ---- fills ---- */

/* Most orders have a few fills, which are walked; those of one that has many are found by their id. */
static bool has_many(const struct mt_order_entry *entry)
{
    return entry->fill_count > FILLS_WALKED;
}

static uint32_t *bucket_of(const struct mt_orders_chunk *chunk, uint16_t owner, uint64_t fill_id)
{
    const uint64_t key[] = { owner, fill_id };
    return &chunk->buckets[mt_hash64(key, sizeof key) & (chunk->bucket_count - 1)];
}

static void into_bucket(struct mt_orders_chunk *chunk, uint32_t link)
{
    struct mt_order_fill *fill = &chunk->fills[link - 1];
    uint32_t *bucket = bucket_of(chunk, fill->owner, fill->id);
    fill->same_bucket = *bucket;
    *bucket = link;
}

/* A bucket for each fill of the pool: more than are ever put into them. */
static int buckets_grow(struct mt_orders_chunk *chunk)
{
    if (chunk->bucket_count == chunk->fill_capacity)
        return 0;
    uint32_t *buckets = calloc(chunk->fill_capacity, sizeof *buckets);
    if (!buckets)
        return MT_ENOMEM;
    free(chunk->buckets);
    chunk->buckets = buckets;
    chunk->bucket_count = chunk->fill_capacity;
    for (uint32_t link = 1; link <= chunk->fill_count; link++)
        if (has_many(&chunk->entries[chunk->fills[link - 1].owner]))
            into_bucket(chunk, link);
    return 0;
}

struct mt_order_fill *mt_orders_fill_find(const struct mt_orders *orders, uint64_t coid, uint64_t fill_id)
{
    struct mt_orders_chunk *chunk;
    struct mt_order_entry *entry = entry_of(orders, coid, &chunk);
    uint16_t owner = (uint16_t)(coid % MT_ORDERS_CHUNK);
    if (!entry)
        return NULL;
    bool many = has_many(entry);
    uint32_t link = many ? *bucket_of(chunk, owner, fill_id) : entry->fills;
    while (link) {
        struct mt_order_fill *fill = &chunk->fills[link - 1];
        if (fill->id == fill_id && fill->owner == owner)
            return fill;
        link = many ? fill->same_bucket : fill->next;
    }
    return NULL;
}

struct mt_order_fill *mt_orders_fill_synthetic(const struct mt_orders *orders, uint64_t coid)
{
    struct mt_orders_chunk *chunk;
    struct mt_order_entry *entry = entry_of(orders, coid, &chunk);
    struct mt_order_fill *lowest = NULL;
    uint32_t left = entry ? entry->synthetic : 0;
    for (uint32_t link = left > 0 ? entry->fills : 0; link && left > 0; link = chunk->fills[link - 1].next) {
        struct mt_order_fill *fill = &chunk->fills[link - 1];
        if (fill->dead || !(fill->id >> 63))
            continue;
        left--;
        if (!lowest || fill->from < lowest->from)
            lowest = fill;
    }
    return lowest;
}

int64_t mt_orders_fill_synthetic_sum(const struct mt_orders *orders, uint64_t coid)
{
    struct mt_orders_chunk *chunk;
    const struct mt_order_entry *entry = entry_of(orders, coid, &chunk);
    return entry ? entry->synthetic_sum : 0;
}

struct mt_order_fill *mt_orders_fill_corrected(const struct mt_orders *orders, uint64_t coid, uint64_t fill_id,
                                               uint32_t *count)
{
    struct mt_order_fill *fill = mt_orders_fill_find(orders, coid, fill_id), *next = fill;
    for (*count = 0; next; *count += next != NULL) {
        fill = next;
        next = mt_orders_fill_find(orders, coid, mt_fill_corrected_id(fill_id, *count + 1));
    }
    return fill;
}

bool mt_orders_fill_busted(const struct mt_orders *orders, uint64_t coid)
{
    struct mt_orders_chunk *chunk;
    const struct mt_order_entry *entry = entry_of(orders, coid, &chunk);
    return entry && entry->busted;
}

static int pool_grow(struct mt_orders_chunk *chunk)
{
    uint32_t capacity = chunk->fill_capacity ? 2 * chunk->fill_capacity : FILLS_FIRST;
    struct mt_order_fill *fills = realloc(chunk->fills, capacity * sizeof *fills);
    if (!fills)
        return MT_ENOMEM;
    chunk->fills = fills;
    chunk->fill_capacity = capacity;
    return 0;
}

int mt_orders_fill_add(struct mt_orders *orders, uint64_t coid, uint64_t fill_id, int64_t price, int64_t qty)
{
    struct mt_orders_chunk *chunk;
    struct mt_order_entry *entry = entry_of(orders, coid, &chunk);
    MT_ASSERT(entry);
    int rc = chunk->fill_count == chunk->fill_capacity ? pool_grow(chunk) : 0;
    if (rc == 0 && entry->fill_count >= FILLS_WALKED)
        rc = buckets_grow(chunk);
    if (rc != 0)
        return rc;
    bool many = has_many(entry);
    chunk->fills[chunk->fill_count] = (struct mt_order_fill){ .id = fill_id, .price = price, .qty = qty,
        .next = entry->fills, .owner = (uint16_t)(coid % MT_ORDERS_CHUNK) };
    entry->fills = ++chunk->fill_count;
    entry->fill_count++;
    entry->fill_sum += qty;
    entry->synthetic += fill_id >> 63 != 0;
    entry->synthetic_sum += fill_id >> 63 ? qty : 0;
    if (many)
        into_bucket(chunk, entry->fills);
    else if (has_many(entry))                   /* from now on */
        for (uint32_t link = entry->fills; link; link = chunk->fills[link - 1].next)
            into_bucket(chunk, link);
    return 0;
}

void mt_orders_fill_annul(struct mt_orders *orders, uint64_t coid, struct mt_order_fill *fill)
{
    struct mt_orders_chunk *chunk;
    struct mt_order_entry *entry = entry_of(orders, coid, &chunk);
    MT_ASSERT(entry && !fill->dead);
    fill->dead = true;
    entry->fill_sum -= fill->qty;
    if (fill->id >> 63) {
        entry->synthetic--;
        entry->synthetic_sum -= fill->qty;
    } else {
        entry->busted = true;
    }
}

int64_t mt_orders_fill_sum(const struct mt_orders *orders, uint64_t coid)
{
    struct mt_orders_chunk *chunk;
    const struct mt_order_entry *entry = entry_of(orders, coid, &chunk);
    return entry ? entry->fill_sum : 0;
}
