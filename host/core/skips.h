/* skips: why scripts did nothing, counted by symbol and reason for the summary. Reasons are texts of the script; a
 * script that writes a new one each time fills the table, and then the rest is counted under one name that says so. */
#ifndef MT_CORE_SKIPS_H
#define MT_CORE_SKIPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum { MT_SKIPS_MAX = 4096, MT_SKIP_TEXT_MAX = 200 };

struct mt_skip { uint64_t count; char *reason; uint32_t length; uint16_t symbol; };
struct mt_skips {
    struct mt_skip *list;           /* in the order of their first time */
    uint16_t *slots;                /* hashed: index + 1 into list, 0 = empty */
    size_t count;
};

int mt_skips_init(struct mt_skips *skips) MT_CHECKED;
void mt_skips_fini(struct mt_skips *skips);
/* symbol UINT16_MAX: of the strategy itself. Allocates for a new reason only. True: the first one without a place. */
bool mt_skips_count(struct mt_skips *skips, uint16_t symbol, const char *reason, size_t length);

#endif
