/* ring: a first-in first-out queue of items of one size that grows up to a stated maximum. Between
 * the venue and the host everything waits in one of these: orders on their way in, reports and
 * market data on their way out. */
#ifndef MT_ADAPTERS_SIM_RING_H
#define MT_ADAPTERS_SIM_RING_H

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

struct mt_ring {
    unsigned char *data;            /* owned */
    size_t item_size;
    uint32_t mask, head, tail;      /* as in core/inbox.h */
    uint32_t maximum;               /* a power of two */
};

int mt_ring_init(struct mt_ring *ring, size_t item_size, uint32_t capacity,
                 uint32_t maximum) MT_CHECKED;
void mt_ring_fini(struct mt_ring *ring);

static inline uint32_t mt_ring_count(const struct mt_ring *ring) { return ring->tail - ring->head; }

/* The n-th item from the front; the pointer holds until the next push. */
static inline void *mt_ring_at(const struct mt_ring *ring, uint32_t n)
{
    return ring->data + (size_t)((ring->head + n) & ring->mask) * ring->item_size;
}
static inline void mt_ring_pop(struct mt_ring *ring) { ring->head++; }

/* Take the n-th item out; those behind it move up. */
void mt_ring_remove(struct mt_ring *ring, uint32_t n);

/* Room for one more item at the back, counted already; NULL when the maximum or the memory is
 * exhausted. */
void *mt_ring_push(struct mt_ring *ring);

#endif
