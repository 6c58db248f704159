/* session_signals: Ctrl-C and SIGTERM ask for a stop in order, the second one ends the process at once; SIGUSR2 kills
 * (cancel all, stay dead). */
#ifndef MT_APP_SESSION_SIGNALS_H
#define MT_APP_SESSION_SIGNALS_H

#include <stdbool.h>

void mt_signals_catch(void);
bool mt_signals_stop(void);     /* a stop was asked for */
bool mt_signals_kill(void);     /* since the last call */

#endif
