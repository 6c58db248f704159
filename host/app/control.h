/* control: how commands reach a running host: a socket in its run folder, one line of text in, lines out, for the owner
 * only (mode 0600); and a file KILL in the state folder, and a signal, which kill without any of it. Lines:
 *   status | params NAME=VALUE | halt [ACCOUNT [SYMBOL]] | reduce … | resume … | flatten … | kill … | stop
 * Answers: "ok …" or "error …" first, then for status one line of JSON. */
#ifndef MT_APP_CONTROL_H
#define MT_APP_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

struct mt_control;
/* Handle one line and write the answer (both zero terminated). Called from mt_control_poll. */
typedef void (*mt_control_handle)(void *ud, const char *line, char *answer, size_t size);

/* Server side, in the run loop: bind DIR/control.sock (libuv; long paths through /proc/self/fd), watch STATE/KILL. */
int mt_control_open(struct mt_control **out, const char *run_dir, const char *state_dir, mt_control_handle handle,
                    void *ud, struct mt_diag *diag) MT_CHECKED;
/* Serve what is waiting; waits at most wait_ms (0: do not wait). */
void mt_control_poll(struct mt_control *control, int wait_ms);
bool mt_control_kill_file(const struct mt_control *control);    /* STATE/KILL appeared since the last poll */
void mt_control_close(struct mt_control *control);

/* Client side. MT_ENOTFOUND: nobody listens there. */
int mt_control_ask(const char *run_dir, const char *line, char *answer, size_t size, struct mt_diag *diag) MT_CHECKED;

#endif
