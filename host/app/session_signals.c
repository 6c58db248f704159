/* Signals set a flag; the loop looks at it between two turns. */
#include "app/session_signals.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stops, kills;

static void on_stop(int signal)
{
    (void)signal;
    if (stops++ > 0)
        _exit(1);
}

static void on_kill(int signal)
{
    (void)signal;
    kills = 1;
}

void mt_signals_catch(void)
{
    struct sigaction stop = { .sa_handler = on_stop }, kill_all = { .sa_handler = on_kill };
    stops = kills = 0;
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGUSR2, &kill_all, NULL);
}

bool mt_signals_stop(void)
{
    return stops > 0;
}

bool mt_signals_kill(void)
{
    bool asked = kills != 0;
    kills = 0;
    return asked;
}
