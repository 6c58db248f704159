/* series: closed bars of each symbol and time frame, with their history. bars.h builds and tells them; sizing looks at
 * their closes. */
#ifndef MT_CORE_SERIES_H
#define MT_CORE_SERIES_H

#include "core/volatility.h"
#include "model/bar_build.h"
#include "model/view.h"

enum { MT_BAR_HISTORY = 1024 };

struct mt_bar_series {
    struct mt_bar_build build;
    struct mt_view_bar *history;    /* ring of MT_BAR_HISTORY */
    int64_t *closes;                /* the same ring, exact */
    uint64_t count;                 /* bars closed */
    int32_t tf_s;
    uint16_t symbol;
    bool sizes;                     /* of a file, or kept for sizing: of use where nothing was declared */
    int32_t from_s;                 /* the bars of a file that it is or is made of; 0: ticks; -1: it is not made */
    int64_t lag_ns;                 /* built from bars: how long after its end its last bar may come; ticks: 0 */
};

struct mt_series {
    struct mt_bar_series *items;    /* [symbol * frame_count + k], longer frames first */
    size_t frame_count, count;
    uint64_t strategy_frames;       /* bit k: the strategy declared frame k */
};

void mt_series_fini(struct mt_series *series);
/* Of the closes of the shortest frame that the strategy declared; mantissa 0: not enough bars. */
struct mt_volatility mt_series_volatility(const struct mt_series *all, uint16_t symbol, int32_t lookback);

#endif
