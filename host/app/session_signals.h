/* session_signals: Ctrl-C, SIGTERM and SIGHUP ask for a stop in order; a second SIGINT or SIGTERM ends the process at
 * once, whatever it is doing; SIGUSR2 kills (cancel all, stay dead). An end in order that takes long is told. */
#ifndef MT_APP_SESSION_SIGNALS_H
#define MT_APP_SESSION_SIGNALS_H

#include <stdbool.h>

void mt_signals_catch(void);
void mt_signals_ended(void);    /* the end in order is reached: nobody is told any more that it takes long */
bool mt_signals_stop(void);     /* a stop was asked for */
bool mt_signals_kill(void);     /* since the last call */

#endif
