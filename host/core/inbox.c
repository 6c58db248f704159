#include "core/inbox.h"

#include <stdlib.h>

int mt_inbox_init(struct mt_inbox *inbox, uint32_t capacity)
{
    uint32_t size = 16;
    if (capacity > (1u << 24))
        return MT_ERANGE;
    while (size < capacity)
        size *= 2;
    inbox->events = calloc(size, sizeof *inbox->events);
    inbox->mask = size - 1;
    inbox->head = inbox->tail = 0;
    return inbox->events ? 0 : MT_ENOMEM;
}

void mt_inbox_fini(struct mt_inbox *inbox)
{
    free(inbox->events);
    inbox->events = NULL;
}
