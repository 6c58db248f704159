/* row_time: what the time column of a file means, decided once from its first rows, and applied to
 * every row. Text is ISO-8601 (with offset or Z: that counts; without: the zone of the options, UTC
 * when none; a date alone is its midnight; a time that the zone's clock skips is the first moment
 * after the jump, one that it shows twice is the second when the first lies behind us). A number is
 * either an epoch time, its unit told by size, or counts from midnight of a date in that zone, in
 * milliseconds unless a unit is named.
 * Most of the first rows decide, so that one bad row cannot. */
#ifndef MT_ADAPTERS_PLAYBACK_ROW_TIME_H
#define MT_ADAPTERS_PLAYBACK_ROW_TIME_H

#include <stdbool.h>
#include <stdint.h>
#include "adapters/playback/csv.h"
#include "base/clock.h"

/* Recorded times lie in 0..2200-12-31. */
#define MT_DATA_TIME_END_NS (INT64_C(7289654400) * MT_NS_PER_S)

struct mt_row_time {
    bool text;                  /* ISO; else numbers */
    bool midnight;              /* numbers count from base_ns */
    bool date_from_name;
    int decimals;               /* of the unit: s 9, ms 6, us 3, ns 0 */
    int64_t base_ns;            /* midnight on the wall clock of the zone, as if that were UTC */
    const struct mt_zone *zone; /* NULL: UTC */
};

/* What the first rows say: fed by mt_row_time_see. */
enum { MT_TIME_SIZES = 6 };
struct mt_time_seen {
    uint64_t rows, texts;               /* readable ones; those of them that are no numbers */
    uint64_t sizes[MT_TIME_SIZES];      /* numbers by size, the smallest first */
    int64_t example;                    /* whole part of the first number */
};

void mt_row_time_see(struct mt_time_seen *seen, const struct mt_field *field);
/* Are they a unit and a day? Each may be NULL. MT_ESYNTAX. */
int mt_row_time_check(const char *unit, const char *date, struct mt_diag *diag) MT_CHECKED;
/* unit, date, zone: of the options, NULL when not given. MT_ESYNTAX, MT_EREFUSED (a date is needed
 * and nobody says it). */
int mt_row_time_decide(struct mt_row_time *out, const struct mt_time_seen *seen, const char *path, const char *unit,
                       const char *date, const char *zone, struct mt_diag *diag) MT_CHECKED;
/* Of two moments with one local time it is the second when the first lies before not_before_ns. 0,
 * MT_ESYNTAX, MT_EINEXACT (finer than a nanosecond), MT_ERANGE (beyond 1970..2200, or beyond the
 * day). */
int mt_row_time_read(const struct mt_row_time *rule, const struct mt_field *field, int64_t not_before_ns, int64_t *out)
    MT_CHECKED;
/* "ms", "us" ... of the rule; NULL for text. */
const char *mt_row_time_unit(const struct mt_row_time *rule);

#endif
