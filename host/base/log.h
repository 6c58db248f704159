/* log: lines for people and for jq.
 *
 * One line per record. On stderr coloured text when it is a terminal, else JSON; in the log file always JSON:
 *   {"time":…,"level":"WARNING","module":…,"msg":…, flat fields, "wall":…}
 * `time` is the market time of the run while one goes on, before and after it the wall clock; `wall` is always the wall
 * clock, and the only thing in which the lines of two equal runs on stderr differ. In the file each line has the `run`
 * it is of, too. One process, one logger. Control characters are escaped; a line is at most 4 KiB, and what does not
 * fit is counted in it ("cut" bytes).
 *
 * A flood is bounded where it comes from: each place that logs (a call in C, a text in a script) writes at most
 * MT_LOG_SITE_LINES lines in a window; the last of these says so ("limit"), what follows is counted, and the count is
 * told when the window is over or the run ends ("left_out"). A window is a minute of the wall clock, in a run at the
 * pace of a clock a minute of that, and in one as fast as possible the whole run: what is left out never depends on how
 * fast the machine is. */
#ifndef MT_BASE_LOG_H
#define MT_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

enum { MT_LOG_SITE_LINES = 1000, MT_LOG_LIKE_MAX = 96 };

enum mt_log_level { MT_LOG_DEBUG, MT_LOG_INFO, MT_LOG_WARNING, MT_LOG_ERROR, MT_LOG_OFF };

/* A place that logs; begins as zero, lives until mt_log_end. */
struct mt_log_site {
    int64_t window;             /* number of the window that the counts are of */
    uint32_t run;               /* of which they are; another one begins anew */
    uint32_t written;
    uint64_t left_out;
    enum mt_log_level level;
    const char *module;         /* borrowed */
    char like[MT_LOG_LIKE_MAX]; /* the first message of the window, or its beginning */
    struct mt_log_site *next;   /* of those that have left something out */
};

/* Where lines of a level and above go: fd is borrowed. color: text with colours instead of JSON. */
void mt_log_init(int fd, enum mt_log_level level, bool color);
/* The log file as well, made with its first line; `level` is its own. Beyond `bytes` it is put aside as PATH.1, what
 * was PATH.1 as PATH.2, and so on up to `kept`. When it cannot be written that is told once on the other way, the lines
 * are counted (mt_log_lost), and each new line tries again. OFF: no file. path is copied. */
void mt_log_file(const char *path, enum mt_log_level level, int64_t bytes, int kept);
void mt_log_run(const char *run);           /* named in each line of the file; copied; NULL: none */
/* Market time, as long as there is some: now answers 0 otherwise. With now NULL that of ud is no more. */
void mt_log_market(int64_t (*now)(void *ud), void *ud);
void mt_log_window(int64_t market_ns);      /* length of a window in market time; 0 (the default): the whole run */
void mt_log_clock(int64_t (*now)(void *ud), void *ud);      /* the wall clock; NULL: the real one */

/* "debug" "info" "warning" or "warn" "error" "off", in any case. MT_ESYNTAX: another word. */
int mt_log_level_parse(const char *name, enum mt_log_level *out) MT_CHECKED;
#define MT_LOG_LEVELS "DEBUG INFO WARNING ERROR OFF"
const char *mt_log_level_name(enum mt_log_level level);     /* "WARNING" */
/* Whether a line of that level goes anywhere. */
bool mt_log_takes(enum mt_log_level level);

/* fields: a JSON fragment such as `"id":7,"symbol":"EURUSD"` or NULL; the caller escapes (mt_json_* in base/buf.h).
 * With a site of the caller's (never NULL); mt_log is a site of its own wherever it stands. */
void mt_log_at(struct mt_log_site *site, enum mt_log_level level, const char *module, const char *fields,
               const char *format, ...) __attribute__((format(printf, 5, 6)));
#define mt_log(level, module, fields, ...)                                  \
    ({                                                                      \
        static struct mt_log_site mt_log_here;                              \
        mt_log_at(&mt_log_here, (level), (module), (fields), __VA_ARGS__);  \
    })
/* Lines that were asked for one by one: no site, no bound. */
void mt_log_each(enum mt_log_level level, const char *module, const char *fields, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same, into the file alone: what a person at the terminal is told in another way. */
void mt_log_in_file(enum mt_log_level level, const char *module, const char *fields, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A line of that site that its caller did not even make: counts as left out. */
void mt_log_left_out(struct mt_log_site *site, enum mt_log_level level, const char *module);

/* Once in a while (each instant of the market): tells what windows that are over have left out. Costs nothing while
 * nothing was. */
void mt_log_tick(void);
/* Tells what was left out until now. */
void mt_log_tell(void);
/* The end of a run: tells the same, forgets sites, market time and window. */
void mt_log_end(void);
/* Closes the file; its path and the run are forgotten. */
void mt_log_close(void);

/* Lines that one of their ways did not take, since mt_log_init. why: the last reason (for the process), or NULL. */
uint64_t mt_log_lost(const char **why);

#endif
