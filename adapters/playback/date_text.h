/* date_text: dates and times as people write them: 2024-03-04, 2024.03.04, 20240304, 03/04/2024, 04.03.24,
 * 4-Mar-2024, Mar 4, 2024; 09:00, 09:00:00.123, 090000, 9:00 PM, 01-PM; behind both Z, UTC, GMT+0100, +01:00. In
 * which order day, month and year stand is told by who reads the whole file. */
#ifndef MT_ADAPTERS_PLAYBACK_DATE_TEXT_H
#define MT_ADAPTERS_PLAYBACK_DATE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* Bits: a date can have several. */
enum mt_date_order { MT_DATES_YMD = 1, MT_DATES_MDY = 2, MT_DATES_DMY = 4, MT_DATES_ALL = 7 };

/* What a text says. has_offset: `ns` is of UTC; else of a wall clock (since 1970 on it). */
struct mt_moment {
    int64_t ns;
    bool has_offset, has_daytime;
};

/* A date, with or without a time of day. order: one bit. MT_ESYNTAX: it is none (in that order); MT_ERANGE: no day of
 * 1970..2200, no time of a day; MT_EINEXACT: finer than a nanosecond. */
int mt_moment_read(const char *text, size_t length, enum mt_date_order order, struct mt_moment *out) MT_CHECKED;
/* A time of day alone: ns since midnight (less the offset, when it has one). */
int mt_daytime_read(const char *text, size_t length, struct mt_moment *out) MT_CHECKED;
/* In which orders the text can be read as a moment: bits, 0 in none. `differs`: they mean different days.
 * `separator`: what stands behind the date's first number; 0: nothing does. */
struct mt_date_orders {
    unsigned orders;
    bool differs;
    char separator;
};
struct mt_date_orders mt_date_orders(const char *text, size_t length);
/* Whether all of a number are the digits of a moment: yyyymmdd, yyyymmddHHMM, yyyymmddHHMMSS, yyyymmddHHMMSSmmm. */
bool mt_date_is_compact(const char *text, size_t length);

#endif
