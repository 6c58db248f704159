/* progress: what a person sees while a run goes on, on stderr when that is a terminal, at most ten times a second. */
#ifndef MT_APP_PROGRESS_H
#define MT_APP_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include "app/session.h"

struct mt_progress {
    bool on;
    int64_t started_ns, shown_ns;
    uint64_t shown_events;
    int lines;              /* live lines on the screen */
};

void mt_progress_init(struct mt_progress *progress);
/* A backtest: how far, how fast, how long still. */
void mt_progress_bar(struct mt_progress *progress, const struct mt_session *session);
/* A run: a line per symbol. */
void mt_progress_live(struct mt_progress *progress, const struct mt_session *session);
void mt_progress_end(struct mt_progress *progress);

#endif
