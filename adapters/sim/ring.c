#include "adapters/sim/ring.h"

#include <stdlib.h>
#include <string.h>

int mt_ring_init(struct mt_ring *ring, size_t item_size, uint32_t capacity, uint32_t maximum)
{
    memset(ring, 0, sizeof *ring);
    ring->data = calloc(capacity, item_size);
    if (!ring->data)
        return MT_ENOMEM;
    ring->item_size = item_size;
    ring->mask = capacity - 1;
    ring->maximum = maximum;
    return 0;
}

void mt_ring_fini(struct mt_ring *ring)
{
    free(ring->data);
    ring->data = NULL;
}

static int grow(struct mt_ring *ring)
{
    uint32_t count = mt_ring_count(ring), capacity = ring->mask + 1;
    if (capacity >= ring->maximum)
        return MT_ENOMEM;
    unsigned char *data = calloc((size_t)capacity * 2, ring->item_size);
    if (!data)
        return MT_ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        memcpy(data + (size_t)i * ring->item_size, mt_ring_at(ring, i), ring->item_size);
    free(ring->data);
    ring->data = data;
    ring->mask = capacity * 2 - 1;
    ring->head = 0;
    ring->tail = count;
    return 0;
}

void *mt_ring_push(struct mt_ring *ring)
{
    if (mt_ring_count(ring) > ring->mask && grow(ring) != 0)
        return NULL;
    ring->tail++;
    return mt_ring_at(ring, mt_ring_count(ring) - 1);
}

void mt_ring_remove(struct mt_ring *ring, uint32_t n)
{
    MT_ASSERT(n < mt_ring_count(ring));
    for (; n + 1 < mt_ring_count(ring); n++)
        memcpy(mt_ring_at(ring, n), mt_ring_at(ring, n + 1), ring->item_size);
    ring->tail--;
}
