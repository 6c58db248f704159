#include "core/series.h"

#include <stdlib.h>

void mt_series_fini(struct mt_series *series)
{
    for (size_t i = 0; series->items && i < series->count; i++) {
        free(series->items[i].history);
        free(series->items[i].closes);
    }
    free(series->items);
}

/* The shortest frame that the strategy declared; without any, the shortest of its files that has bars, or the one that
 * is kept for sizing. NULL: none. */
static const struct mt_bar_series *sizing_series(const struct mt_series *series, uint16_t symbol)
{
    const struct mt_bar_series *all = &series->items[symbol * series->frame_count], *kept = NULL;
    for (size_t k = series->frame_count; k > 0; k--) {
        if (series->strategy_frames >> (k - 1) & 1)
            return &all[k - 1];
        if (!kept && all[k - 1].sizes && all[k - 1].count > 0)
            kept = &all[k - 1];
    }
    return kept;
}

struct mt_volatility mt_series_volatility(const struct mt_series *all, uint16_t symbol, int32_t lookback)
{
    int64_t closes[MT_BAR_HISTORY];
    const struct mt_bar_series *series = sizing_series(all, symbol);
    if (!series || lookback < 2 || lookback >= MT_BAR_HISTORY || series->count <= (uint64_t)lookback)
        return (struct mt_volatility){ 0 };
    for (int i = 0; i <= lookback; i++)
        closes[i] = series->closes[(series->count - 1 - (uint64_t)(lookback - i)) % MT_BAR_HISTORY];
    return mt_volatility(closes, lookback + 1, series->tf_s);
}
