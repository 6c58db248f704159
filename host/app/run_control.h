/* run_control: what a running host does with the lines that come over its control socket. */
#ifndef MT_APP_RUN_CONTROL_H
#define MT_APP_RUN_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include "report/results.h"
#include "app/session_loop.h"

struct mt_run_control {
    struct mt_loop *loop;
    struct mt_session *session;
    struct mt_results *results;
    const char *dir;
    int failed;         /* negative: a command could not be journaled; the run ends */
};
/* An mt_control_handle over a struct mt_run_control. */
void mt_run_control_handle(void *ud, const char *line, char *answer, size_t size);

#endif
