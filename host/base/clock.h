/* clock: time as int64_t nanoseconds since 1970 UTC, its text, and calendars.
 * The engine reads one clock per turn through struct mt_clock; nothing else in host/core may ask for the time.
 * No function here reads TZ or the locale. */
#ifndef MT_BASE_CLOCK_H
#define MT_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum { MT_TIME_TEXT = 40 };
#define MT_NS_PER_S INT64_C(1000000000)

struct mt_clock {
    int64_t (*now)(struct mt_clock *clock);
    int64_t manual_ns;
};

void mt_clock_real(struct mt_clock *clock);                     /* CLOCK_REALTIME */
void mt_clock_manual(struct mt_clock *clock, int64_t ns);       /* stands still until set */
/* Set a manual clock. Time never goes back: an earlier value is ignored and MT_ERANGE is returned. */
int mt_clock_set(struct mt_clock *clock, int64_t ns);
int64_t mt_clock_monotonic(void);                               /* for measuring durations only, never for decisions */

/* ISO-8601 with offset or Z or no zone (UTC), 'T' or blank between date and time, 0..9 fraction digits; or an epoch
 * number in s, ms, us, ns told by size. MT_ESYNTAX / MT_ERANGE (years 1970..2200). */
int mt_time_parse(const char *text, size_t length, int64_t *out) MT_CHECKED;
/* "2014-05-01T00:00:00.292Z": 0, 3, 6 or 9 decimals, as few as are exact. Returns the length; buf has MT_TIME_TEXT. */
size_t mt_time_format(char *buf, int64_t ns);
/* Its parts: the 10 characters of the date, without a zero at the end; "T00:00:00.292Z" for 0 <= ns of the day. */
size_t mt_date_format(char *buf, int64_t ns);
size_t mt_daytime_format(char *buf, int64_t ns);
/* "30s" "10m" "2h" "1d" "500ms" "1m30s" -> ns > 0. */
int mt_duration_parse(const char *text, size_t length, int64_t *out_ns) MT_CHECKED;

struct mt_civil { int year, month, day, hour, minute, second; int32_t nanosecond; };
void mt_civil_from_ns(int64_t ns, struct mt_civil *out);
int64_t mt_ns_from_civil(const struct mt_civil *civil);

/* Time zones: "UTC", "+05:30", "-05:00", or a tz database name ("America/New_York"), read once from zoneinfo.
 * Loaded zones live until the process ends; at most 64 of them. */
struct mt_zone;
int mt_zone_load(const char *name, const struct mt_zone **out, struct mt_diag *diag) MT_CHECKED;
int32_t mt_zone_offset_s(const struct mt_zone *zone, int64_t utc_ns);   /* local = utc + offset */
/* The moment at which the zone's wall clock shows local_ns (nanoseconds since 1970 on that clock). A time that the
 * clock skips is the first moment after the jump. Of one that it shows twice: the first pass, but the second where the
 * first would be before not_before_ns. */
int64_t mt_zone_from_local(const struct mt_zone *zone, int64_t local_ns, int64_t not_before_ns);

#endif
