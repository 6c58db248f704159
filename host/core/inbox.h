/* inbox: the only door into the engine. Adapters, timers and the operator push events; the engine takes them in order,
 * in its turn. A ring of fixed size: full means the producer must stop reading (MT_EFULL); nothing is dropped here. */
#ifndef MT_CORE_INBOX_H
#define MT_CORE_INBOX_H

#include <stdint.h>
#include "base/err.h"
#include "model/event.h"

struct mt_inbox {
    struct mt_event *events;        /* owned */
    uint32_t mask, head, tail;      /* capacity - 1 (a power of two); head == tail: empty; both only grow */
};

int mt_inbox_init(struct mt_inbox *inbox, uint32_t capacity) MT_CHECKED;    /* rounded up to a power of two */
void mt_inbox_fini(struct mt_inbox *inbox);

static inline uint32_t mt_inbox_count(const struct mt_inbox *inbox) { return inbox->tail - inbox->head; }

/* Room for one event to be written in place, or NULL when full; mt_inbox_commit makes it visible. An empty ring starts
 * over at its first slot: a run that takes each event before the next comes stays in one cache line. */
static inline struct mt_event *mt_inbox_reserve(struct mt_inbox *inbox)
{
    if (inbox->head == inbox->tail)
        inbox->head = inbox->tail = 0;
    return mt_inbox_count(inbox) > inbox->mask ? (struct mt_event *)0 : &inbox->events[inbox->tail & inbox->mask];
}
static inline void mt_inbox_commit(struct mt_inbox *inbox) { inbox->tail++; }

static inline int MT_CHECKED mt_inbox_push(struct mt_inbox *inbox, const struct mt_event *event)
{
    struct mt_event *slot = mt_inbox_reserve(inbox);
    if (!slot)
        return MT_EFULL;
    *slot = *event;
    mt_inbox_commit(inbox);
    return 0;
}

/* The oldest event, valid until the next push; NULL when empty. */
static inline const struct mt_event *mt_inbox_take(struct mt_inbox *inbox)
{
    return mt_inbox_count(inbox) == 0 ? (const struct mt_event *)0 : &inbox->events[inbox->head++ & inbox->mask];
}

#endif
