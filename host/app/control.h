/* control: how commands reach a running host: a socket in its run folder, one line of text in, lines out, for the owner
 * only (mode 0600); and a file KILL in the state folder, and a signal, which kill without any of it. Lines:
 *   status | params NAME=VALUE | halt [ACCOUNT [SYMBOL]] | reduce … | resume … | flatten … | kill … | stop
 * Answers: "ok …" or "error …" first, then for status one line of JSON:
 * prices, quantities and money are exact decimals as strings, times ISO-8601.
 *   {"mode":"PAPER","script":PATH,"run":DIR,"now":T,"warming":false,"events":N,"signals":N,"vetoes":N,"orders":N,
 *    "denied":N,"refused":N,"fills":N,"trades":N,
 *    "unprotected":N (positions that no exit guards: killed, or halted without a stop at the venue),
 *    "note":"1 position (sim BTCUSDT 0.001) is without protection: flatten closes what is open" or "",
 *    "symbols":[{"symbol":S,"bid":D,"ask":D,"last":D,"stance":1|0|-1,"why_not":""}],
 *    "accounts":[{"account":A,"currency":C,"cash":D,"equity":D}],
 *    "legs":[{"account":A,"symbol":S,"want":1|0|-1,"qty":D,"entry":N,"unrealised":D,"open_orders":N,"unknown_orders":N,
 *             "stop_at":"venue|host|none","unprotected":false,"state":"active|reduce_only|halted|killed"}],
 *    "not_active":[{"scope":KIND,"account":A,"state":…}],"params":{…}}
 * The steer commands print what is there; a field more or less breaks nothing. */
#ifndef MT_APP_CONTROL_H
#define MT_APP_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

enum { MT_CONTROL_LINE_MAX = 4096, MT_CONTROL_ANSWER_MAX = 1 << 20, MT_CONTROL_ANSWER_S = 3 };

struct mt_control;
/* Handle one line and write the answer (both zero terminated). Called from mt_control_poll. */
typedef void (*mt_control_handle)(void *ud, const char *line, char *answer, size_t size);

/* Server side, in the run loop: bind DIR/control.sock (libuv; long paths through /proc/self/fd), watch STATE/KILL. */
int mt_control_open(struct mt_control **out, const char *run_dir, const char *state_dir, mt_control_handle handle,
                    void *ud, struct mt_diag *diag) MT_CHECKED;
/* Serve what is waiting; waits at most wait_ms (0: do not wait). */
void mt_control_poll(struct mt_control *control, int wait_ms);
/* STATE/KILL appeared: true once after the poll that saw it, also when it was there at the first. Looked at ten times a
 * second at most. */
bool mt_control_kill_file(const struct mt_control *control);
void mt_control_close(struct mt_control *control);

/* Is STATE/KILL there? Whatever it is: a file, a folder, a link into nothing. */
bool mt_control_kill_there(const char *state_dir);

/* Client side. Does anybody listen there? He need not answer: his process may be stopped. */
bool mt_control_listens(const char *run_dir);
/* MT_ENOTFOUND: nobody listens there. MT_EBUSY: no answer within MT_CONTROL_ANSWER_S; it may still be done later. */
int mt_control_send(const char *run_dir, const char *line, char *answer, size_t size, struct mt_diag *diag) MT_CHECKED;

#endif
