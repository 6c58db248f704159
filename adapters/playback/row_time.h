/* row_time: what the time of a file's rows means, decided once from its first rows, and applied to every row. It is
 * one column, or a date and a time of day in two. Text is a moment (date_text.h; with offset or Z: that counts;
 * without: the zone of the file's header or of the options, UTC when none; a date alone is its midnight; a time
 * that the zone's clock skips is the first moment after the jump, one that it shows twice is the second when the
 * first lies behind us; the name of a zone behind the time counts as an offset does).
 * A number is the digits of a date when all of them are; else an epoch time, whose unit
 * every row tells by its size; or it counts from midnight of a date in that zone, in milliseconds unless a unit is
 * named.
 * Most of the first rows decide, so that one bad row cannot; what day, month and year are, all of them do. */
#ifndef MT_ADAPTERS_PLAYBACK_ROW_TIME_H
#define MT_ADAPTERS_PLAYBACK_ROW_TIME_H

#include <stdbool.h>
#include <stdint.h>
#include "adapters/playback/csv.h"
#include "adapters/playback/date_text.h"
#include "base/clock.h"

/* Recorded times lie in 0..2200-12-31. */
#define MT_DATA_TIME_END_NS (INT64_C(7289654400) * MT_NS_PER_S)

struct mt_row_time {
    bool text; /* a moment in words; else numbers */
    bool midnight;              /* numbers count from base_ns */
    bool date_from_name;
    bool by_size; /* numbers: nobody named the unit */
    int decimals;               /* of the unit: s 9, ms 6, us 3, ns 0 */
    enum mt_date_order order; /* text */
    int64_t base_ns;            /* midnight on the wall clock of the zone, as if that were UTC */
    const struct mt_zone *zone; /* NULL: UTC */
    char cell_zone[40]; /* text: the name of the zone, behind a blank at the end of every time; "" */
};

/* The time of one row: one field, or a date and a time of day (clock NULL: it has none). */
struct mt_time_field {
    const struct mt_field *moment, *clock;
};

/* What the first rows say: fed by mt_row_time_see. */
enum { MT_TIME_SIZES = 6, MT_TIME_EXAMPLE = 40 };
struct mt_time_seen {
    uint64_t rows, texts;               /* readable ones; those of them that are no numbers */
    uint64_t compact; /* numbers that are the digits of a date */
    uint64_t sizes[MT_TIME_SIZES];      /* numbers by size, the smallest first */
    int64_t example;                    /* whole part of the first number */
    uint64_t example_line;              /* its line */
    unsigned orders; /* in which all dates can be read; 0: before the first */
    uint64_t shortened; /* numbers with an exponent and too few digits for a moment */
    char shortened_text[MT_TIME_EXAMPLE];
    uint64_t shortened_line;
    uint64_t zones; /* texts that end with the name of a zone ("20240102 09:30:00 US/Eastern") */
    char zone_text[MT_TIME_EXAMPLE]; /* the first of these names */
    uint64_t zone_line;
    uint64_t open, dotted; /* dates that mean different days by their order; those of them with points */
    char open_text[MT_TIME_EXAMPLE], first_text[MT_TIME_EXAMPLE], other_text[MT_TIME_EXAMPLE];
    uint64_t open_line, first_line,
        other_line; /* a date in two orders; the first date; the first that contradicts it */
};

void mt_row_time_see(struct mt_time_seen *seen, const struct mt_time_field *field, uint64_t line);
/* Whether more rows could tell what the seen ones left open. */
bool mt_row_time_is_open(const struct mt_time_seen *seen);
/* What the options say of times; each NULL when not given. header_zone: what the file's header says, before `zone`. */
struct mt_time_said {
    const char *unit, *date, *zone, *header_zone, *dates;
};
/* Are they a unit, a day, an order of dates? MT_ESYNTAX. */
int mt_row_time_check(const struct mt_time_said *said, struct mt_diag *diag) MT_CHECKED;
/* MT_ESYNTAX, MT_EREFUSED (a date is needed and nobody says it; a named unit that its numbers contradict; dates in an
 * order that nothing tells). */
int mt_row_time_decide(struct mt_row_time *out, const struct mt_time_seen *seen, const char *path,
                       const struct mt_time_said *said, struct mt_diag *diag) MT_CHECKED;
/* Of two moments with one local time it is the second when the first lies before not_before_ns. 0,
 * MT_ESYNTAX, MT_EINEXACT (finer than a nanosecond), MT_ERANGE (beyond 1970..2200, or beyond the
 * day). */
int mt_row_time_read(const struct mt_row_time *rule, const struct mt_time_field *field, int64_t not_before_ns,
                     int64_t *out) MT_CHECKED;
/* "ms", "us" ... of the rule; NULL for text. */
const char *mt_row_time_unit(const struct mt_row_time *rule);

#endif
