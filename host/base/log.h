/* log: lines for people and for jq.
 * One line per record: JSON {"time":…,"level":…,"module":…,"msg":…, fields} into a file or a pipe, coloured text on a
 * terminal. One process, one logger. Control characters are escaped; a line is at most 4 KiB; what does not fit or
 * comes faster than MT_LOG_RATE_PER_MIN per level (errors excepted) is counted and the count is logged: "cut" bytes of
 * a line that was too long, "dropped" lines when the next minute begins. */
#ifndef MT_BASE_LOG_H
#define MT_BASE_LOG_H

#include <stdint.h>
#include "base/err.h"

enum { MT_LOG_RATE_PER_MIN = 1000 };

enum mt_log_level { MT_LOG_DEBUG, MT_LOG_INFO, MT_LOG_WARN, MT_LOG_ERROR, MT_LOG_OFF };

/* fd is borrowed. color: text with colours instead of JSON. */
void mt_log_init(int fd, enum mt_log_level level, int color);
void mt_log_clock(int64_t (*now)(void *ud), void *ud);      /* default: the real clock */
int mt_log_level_parse(const char *name, enum mt_log_level *out) MT_CHECKED;   /* debug info warn error off */
uint64_t mt_log_dropped(void);

/* fields: a JSON fragment such as `"id":7,"symbol":"EURUSD"` or NULL; the caller escapes (mt_json_* in base/buf.h). */
void mt_log(enum mt_log_level level, const char *module, const char *fields, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
