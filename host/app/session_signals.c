/* Signals set a flag; the loop looks at it between two turns. What a handler may do itself is little: count, write a
 * fixed line, leave. */
#include "app/session_signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_S = 2 };                /* so long an end in order may take before somebody is told that it goes on */

static volatile sig_atomic_t stops, hangups, kills;

static void say(const char *line, size_t length)
{
    ssize_t written = write(STDERR_FILENO, line, length);
    (void)written;                      /* there is nobody to tell */
}
#define SAY(text) say(text, sizeof text - 1)

/* A script in an endless loop never comes to the end in order: the second one does not wait for it. */
static void on_stop(int signal)
{
    int saved = errno;
    (void)signal;
    if (stops++ > 0) {
        SAY("mthost: ended at once by a second signal\n");
        _exit(1);
    }
    alarm(PATIENCE_S);
    errno = saved;
}

/* A terminal that closes may say it twice, and a supervisor says it beside SIGTERM: it is never the second one. */
static void on_hangup(int signal)
{
    (void)signal;
    hangups = 1;
    alarm(PATIENCE_S);
}

static void on_alarm(int signal)
{
    int saved = errno;
    (void)signal;
    SAY("mthost: still stopping: a script or the disk takes long; SIGINT or SIGTERM once more ends it at once\n");
    errno = saved;
}

static void on_kill(int signal)
{
    (void)signal;
    kills = 1;
}

static void catch(int signal, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);       /* two that come at once are one after the other: none is lost */
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaction(signal, &action, NULL);
}

void mt_signals_catch(void)
{
    struct sigaction hangup;
    stops = hangups = kills = 0;
    catch(SIGALRM, on_alarm);
    catch(SIGINT, on_stop);
    catch(SIGTERM, on_stop);
    catch(SIGUSR2, on_kill);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)  /* nohup: it goes on */
        catch(SIGHUP, on_hangup);
}

void mt_signals_ended(void)
{
    alarm(0);
}

bool mt_signals_stop(void)
{
    return stops > 0 || hangups > 0;
}

bool mt_signals_kill(void)
{
    bool asked = kills != 0;
    kills = 0;
    return asked;
}
