/* bar_rows: the bars of one file, in the order of their rows, and when each of them ends: at its open
 * plus the length of the file's bars, but no later than the next bar begins (the day of 23 hours,
 * the month of 28 days, one odd bar). So a bar is held back until the row behind it is known.
 * A bar that begins long before the last one's length is over is no bar of this series, unless it is
 * the only odd one: the last one was whole, and the next begins a whole length behind it. "Long
 * before" is more than an eighth of the length: calendar units differ by less. */
#ifndef MT_ADAPTERS_PLAYBACK_BAR_ROWS_H
#define MT_ADAPTERS_PLAYBACK_BAR_ROWS_H

#include <stdbool.h>
#include <stdint.h>
#include "model/event.h"

enum { MT_BAR_ROWS_OUT = 2 };

struct mt_bar_rows {
    bool holds, holds_odd;
    bool odd_before;            /* the held bar was the odd one, or rows behind it overlapped it */
    struct mt_event held;       /* its end is not known yet */
    struct mt_event odd;        /* begins before `held` is over; what follows says whether it may */
    uint64_t odd_line;
};

/* What a row led to. */
struct mt_bar_rows_out {
    int count, overlaps;
    struct mt_event bars[MT_BAR_ROWS_OUT];      /* whole bars */
    uint64_t lines[MT_BAR_ROWS_OUT];            /* of rows that overlap the bar before them */
};

void mt_bar_rows_begin(struct mt_bar_rows *rows);
/* The next bar; its open is behind that of the last one. */
void mt_bar_rows_take(struct mt_bar_rows *rows, const struct mt_event *bar, uint64_t line, struct mt_bar_rows_out *out);
/* No row follows. */
void mt_bar_rows_end(struct mt_bar_rows *rows, struct mt_bar_rows_out *out);

#endif
