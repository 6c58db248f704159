/* market: a seeded market generator (order flow, spread, bursts of volume, quiet and wild phases)
 * as a source of quotes and trades. The n-th event is a function of the seed alone.
 * docs/market-generator.md says how it was fitted. */
#ifndef MT_ADAPTERS_SIM_MARKET_H
#define MT_ADAPTERS_SIM_MARKET_H

#include "core/venue.h"

struct mt_market_options {
    /* borrowed; one independent market per instrument, merged by time */
    const struct mt_instrument *instruments;
    uint16_t instrument_count;
    /* per instrument, price units; NULL: 30 000 for crypto-like, by table for FX */
    const int64_t *start_prices;
    uint64_t seed;
    int64_t start_ns;                           /* of the first event */
    int64_t end_ns;                             /* 0 = never ends */
};
int mt_market_new(struct mt_source *out, const struct mt_market_options *options,
                  struct mt_diag *diag) MT_CHECKED;

/* What a run without data trades: BTCUSDT, tick 0.01, step 0.00001, quote USDT. */
void mt_market_default_instrument(struct mt_instrument *out);

#endif
