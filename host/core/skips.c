#include "core/skips.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { SLOTS = 4 * MT_SKIPS_MAX };      /* a power of two */

static const char others[] = "(too many different reasons)";

int mt_skips_init(struct mt_skips *skips)
{
    skips->list = calloc(MT_SKIPS_MAX, sizeof *skips->list);
    skips->slots = calloc(SLOTS, sizeof *skips->slots);
    skips->count = 0;
    return skips->list && skips->slots ? 0 : MT_ENOMEM;
}

void mt_skips_fini(struct mt_skips *skips)
{
    for (size_t i = 0; i < skips->count; i++)
        free(skips->list[i].reason);
    free(skips->list);
    free(skips->slots);
}

/* NULL: it is new, and *slot is where it belongs. */
static struct mt_skip *find(const struct mt_skips *skips, uint16_t symbol, const char *reason, size_t length,
                            uint16_t **slot)
{
    size_t at = (mt_hash64(reason, length) + symbol) & (SLOTS - 1);
    for (; skips->slots[at] != 0; at = (at + 1) & (SLOTS - 1)) {
        struct mt_skip *skip = &skips->list[skips->slots[at] - 1];
        if (skip->symbol == symbol && skip->length == length && memcmp(skip->reason, reason, length) == 0)
            return skip;
    }
    *slot = &skips->slots[at];
    return NULL;
}

bool mt_skips_count(struct mt_skips *skips, uint16_t symbol, const char *reason, size_t length)
{
    uint16_t *slot;
    struct mt_skip *skip = find(skips, symbol, reason, length, &slot);
    if (!skip && skips->count >= MT_SKIPS_MAX - 1) {    /* the last place is of all that have none */
        symbol = UINT16_MAX;
        reason = others;
        length = sizeof others - 1;
        skip = find(skips, symbol, reason, length, &slot);
    }
    if (skip) {
        skip->count++;
        return false;
    }
    char *copy = malloc(length + 1);
    if (!copy)
        return false;                   /* the sum of all skips has it */
    memcpy(copy, reason, length);
    copy[length] = '\0';
    skips->list[skips->count] = (struct mt_skip){ 1, copy, (uint32_t)length, symbol };
    *slot = (uint16_t)++skips->count;
    return reason == others;
}
