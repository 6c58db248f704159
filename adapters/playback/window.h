/* window: the part of the data that --from and --to ask for. */
#ifndef MT_ADAPTERS_PLAYBACK_WINDOW_H
#define MT_ADAPTERS_PLAYBACK_WINDOW_H

#include <stdbool.h>
#include <stdint.h>
#include "adapters/playback/playback.h"

/* Stamps as they stand in the file, of bars the open: from_ns <= stamp < to_ns. */
struct mt_window {
    int64_t from_ns, to_ns;
};
#define MT_WINDOW_ALL ((struct mt_window){ INT64_MIN, INT64_MAX })

/* Are from and to a date, a time or a distance ("-30d") each, and from before to? MT_ESYNTAX. */
int mt_window_check(const struct mt_data_options *options, struct mt_diag *diag) MT_CHECKED;
/* Whether one of them counts from the end of the data. */
bool mt_window_is_relative(const struct mt_data_options *options);
/* `last_ns`: stamp of the last row of the data, which matters to distances alone. A text without an offset is of
 * options->zone. MT_ESYNTAX, MT_EREFUSED: nothing lies between them. */
int mt_window_decide(struct mt_window *out, const struct mt_data_options *options, int64_t last_ns,
                     struct mt_diag *diag) MT_CHECKED;

static inline bool mt_window_is_all(const struct mt_window *window)
{
    return window->from_ns == INT64_MIN && window->to_ns == INT64_MAX;
}

#endif
