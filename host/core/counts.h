/* counts: what is counted for status and summaries. Nothing is decided by it. */
#ifndef MT_CORE_COUNTS_H
#define MT_CORE_COUNTS_H

#include <stdint.h>

struct mt_engine_counts {
    uint64_t market, signals, vetoes, intents, denied, orders, fills, trades, faults, anomalies, duplicates, skips,
        dropped;
};

#endif
