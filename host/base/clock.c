/* Civil dates count years from March, so that the leap day is the last one and needs no case of its own; 400 years have
 * the same number of days wherever they begin. */
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"

#define NS_PER_DAY (INT64_C(86400) * MT_NS_PER_S)
#define S_END INT64_C(7289654400)               /* 2201-01-01T00:00:00Z */

enum { DAYS_PER_400Y = 146097, DAYS_TO_1970 = 719468, EPOCH_DIGITS_MAX = 19 };

static int64_t real_now(struct mt_clock *clock)
{
    (void)clock;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * MT_NS_PER_S + now.tv_nsec;
}

static int64_t manual_now(struct mt_clock *clock)
{
    return clock->manual_ns;
}

void mt_clock_real(struct mt_clock *clock)
{
    *clock = (struct mt_clock){ .now = real_now };
}

void mt_clock_manual(struct mt_clock *clock, int64_t ns)
{
    *clock = (struct mt_clock){ .now = manual_now, .manual_ns = ns };
}

int mt_clock_set(struct mt_clock *clock, int64_t ns)
{
    MT_ASSERT(clock->now == manual_now);
    if (ns < clock->manual_ns)
        return MT_ERANGE;
    clock->manual_ns = ns;
    return 0;
}

int64_t mt_clock_monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MT_NS_PER_S + now.tv_nsec;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_400Y + day_of_era - DAYS_TO_1970;
}

void mt_civil_from_ns(int64_t ns, struct mt_civil *out)
{
    int64_t days = floor_div(ns, NS_PER_DAY);
    int64_t rest = ns % NS_PER_DAY;             /* not ns - days * ...: that product can overflow */
    if (rest < 0)
        rest += NS_PER_DAY;
    int64_t shifted = days + DAYS_TO_1970;
    int64_t era = floor_div(shifted, DAYS_PER_400Y);
    int64_t day_of_era = shifted - era * DAYS_PER_400Y;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    out->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    out->month = (int)(month < 10 ? month + 3 : month - 9);
    out->year = (int)(year_of_era + era * 400 + (out->month <= 2));
    int64_t second = rest / MT_NS_PER_S;
    out->nanosecond = (int32_t)(rest % MT_NS_PER_S);
    out->hour = (int)(second / 3600);
    out->minute = (int)(second / 60 % 60);
    out->second = (int)(second % 60);
}

int64_t mt_ns_from_civil(const struct mt_civil *civil)
{
    MT_ASSERT(civil->month >= 1);
    MT_ASSERT(civil->month <= 12);
    __int128 seconds = days_from_civil(civil->year, civil->month, civil->day) * (__int128)86400 +
                       civil->hour * 3600 + civil->minute * 60 + civil->second;
    __int128 ns = seconds * MT_NS_PER_S + civil->nanosecond;
    MT_ASSERT(ns >= INT64_MIN);
    MT_ASSERT(ns <= INT64_MAX);
    return (int64_t)ns;
}

/* ---- text ---- */

struct text_cursor { const char *at, *end; };

static bool digit_next(const struct text_cursor *cursor)
{
    return cursor->at < cursor->end && (unsigned char)(*cursor->at - '0') < 10;
}

static bool char_take(struct text_cursor *cursor, char c)
{
    if (cursor->at == cursor->end || *cursor->at != c)
        return false;
    cursor->at++;
    return true;
}

/* Exactly `count` digits. */
static bool digits_take(struct text_cursor *cursor, int count, int *out)
{
    int value = 0;
    for (; count > 0; count--) {
        if (!digit_next(cursor))
            return false;
        value = value * 10 + (*cursor->at++ - '0');
    }
    *out = value;
    return true;
}

/* After the point: at least one digit; those behind the first `count` must be zeros. The value has `count` digits. */
static bool fraction_take(struct text_cursor *cursor, int count, int64_t *out)
{
    int64_t value = 0;
    if (!digit_next(cursor))
        return false;
    for (; digit_next(cursor); cursor->at++) {
        if (count > 0)
            value = value * 10 + (*cursor->at - '0');
        else if (*cursor->at != '0')
            return false;
        count -= count > 0;
    }
    for (; count > 0; count--)
        value *= 10;
    *out = value;
    return true;
}

/* Told by size: 10^11 s is the year 5138, 10^11 ms is 1973; the same gap lies between the other units. */
static int epoch_parse(struct text_cursor *cursor, int64_t *out)
{
    static const struct { uint64_t below; int decimals; int64_t unit; } units[] = {
        { UINT64_C(100000000000), 9, 1000000000 },
        { UINT64_C(100000000000000), 6, 1000000 },
        { UINT64_C(100000000000000000), 3, 1000 },
        { UINT64_MAX, 0, 1 },
    };
    const char *start = cursor->at;
    uint64_t value = 0;
    for (; digit_next(cursor); cursor->at++) {
        if (cursor->at - start == EPOCH_DIGITS_MAX)
            return MT_ERANGE;
        value = value * 10 + (uint64_t)(*cursor->at - '0');
    }
    if (cursor->at == start)
        return MT_ESYNTAX;
    int unit = 0;
    while (value >= units[unit].below)
        unit++;
    int64_t fraction = 0;
    if (char_take(cursor, '.') && !fraction_take(cursor, units[unit].decimals, &fraction))
        return MT_ESYNTAX;
    if (cursor->at != cursor->end)
        return MT_ESYNTAX;
    if (value >= (uint64_t)(S_END * (MT_NS_PER_S / units[unit].unit)))
        return MT_ERANGE;
    *out = (int64_t)value * units[unit].unit + fraction;
    return 0;
}

/* "", "Z", "+05:30", "+0530", "+05" */
static int offset_take(struct text_cursor *cursor, int *seconds)
{
    int hours, minutes = 0, sign;
    *seconds = 0;
    if (cursor->at == cursor->end || char_take(cursor, 'Z') || char_take(cursor, 'z'))
        return 0;
    if (char_take(cursor, '+'))
        sign = 1;
    else if (char_take(cursor, '-'))
        sign = -1;
    else
        return MT_ESYNTAX;
    if (!digits_take(cursor, 2, &hours))
        return MT_ESYNTAX;
    if (char_take(cursor, ':') || digit_next(cursor)) {
        if (!digits_take(cursor, 2, &minutes))
            return MT_ESYNTAX;
    }
    if (hours > 23 || minutes > 59)
        return MT_ERANGE;
    *seconds = sign * (hours * 3600 + minutes * 60);
    return 0;
}

static int days_in_month(int year, int month)
{
    static const signed char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

static bool time_of_day_take(struct text_cursor *cursor, struct mt_civil *civil, int64_t *fraction)
{
    if (!digits_take(cursor, 2, &civil->hour) || !char_take(cursor, ':') || !digits_take(cursor, 2, &civil->minute))
        return false;
    if (!char_take(cursor, ':'))
        return true;
    if (!digits_take(cursor, 2, &civil->second))
        return false;
    return !char_take(cursor, '.') || fraction_take(cursor, 9, fraction);
}

static int iso_parse(struct text_cursor *cursor, int64_t *out)
{
    struct mt_civil civil = { 0 };
    int64_t fraction = 0;
    int offset = 0;
    if (!digits_take(cursor, 4, &civil.year) || !char_take(cursor, '-') || !digits_take(cursor, 2, &civil.month) ||
        !char_take(cursor, '-') || !digits_take(cursor, 2, &civil.day))
        return MT_ESYNTAX;
    if (cursor->at != cursor->end) {
        if (!char_take(cursor, 'T') && !char_take(cursor, ' '))
            return MT_ESYNTAX;
        if (!time_of_day_take(cursor, &civil, &fraction))
            return MT_ESYNTAX;
        int err = offset_take(cursor, &offset);
        if (err != 0)
            return err;
        if (cursor->at != cursor->end)
            return MT_ESYNTAX;
    }
    if (civil.month < 1 || civil.month > 12 || civil.day < 1 || civil.day > days_in_month(civil.year, civil.month))
        return MT_ERANGE;
    if (civil.hour > 23 || civil.minute > 59 || civil.second > 59)
        return MT_ERANGE;
    int64_t second = days_from_civil(civil.year, civil.month, civil.day) * 86400 + civil.hour * 3600 +
                     civil.minute * 60 + civil.second - offset;
    if (second < 0 || second >= S_END)
        return MT_ERANGE;
    *out = second * MT_NS_PER_S + fraction;
    return 0;
}

int mt_time_parse(const char *text, size_t length, int64_t *out)
{
    struct text_cursor cursor = { text, text + length };
    return length > 4 && text[4] == '-' ? iso_parse(&cursor, out) : epoch_parse(&cursor, out);
}

static char *digits_put(char *at, int value, int count)
{
    for (int place = count - 1; place >= 0; place--, value /= 10)
        at[place] = (char)('0' + value % 10);
    return at + count;
}

size_t mt_date_format(char *buf, int64_t ns)
{
    struct mt_civil civil;
    mt_civil_from_ns(ns, &civil);
    char *at = digits_put(buf, civil.year, 4);
    *at++ = '-';
    at = digits_put(at, civil.month, 2);
    *at++ = '-';
    at = digits_put(at, civil.day, 2);
    return (size_t)(at - buf);
}

static char *pair_put(char *at, char before, int value)
{
    at[0] = before;
    at[1] = (char)('0' + value / 10);
    at[2] = (char)('0' + value % 10);
    return at + 3;
}

size_t mt_daytime_format(char *buf, int64_t ns)
{
    int second = (int)(ns / MT_NS_PER_S), fraction = (int)(ns % MT_NS_PER_S), decimals = 9;
    char *at = pair_put(buf, 'T', second / 3600);
    at = pair_put(at, ':', second / 60 % 60);
    at = pair_put(at, ':', second % 60);
    if (fraction != 0) {
        for (; fraction % 1000 == 0; fraction /= 1000)
            decimals -= 3;
        *at++ = '.';
        at = digits_put(at, fraction, decimals);
    }
    *at++ = 'Z';
    *at = '\0';
    return (size_t)(at - buf);
}

size_t mt_time_format(char *buf, int64_t ns)
{
    size_t length = mt_date_format(buf, ns);
    int64_t rest = ns % NS_PER_DAY;
    return length + mt_daytime_format(buf + length, rest < 0 ? rest + NS_PER_DAY : rest);
}

/* Units must fall ("1m30s", not "30s1m"), so that a unit cannot come twice. */
int mt_duration_parse(const char *text, size_t length, int64_t *out_ns)
{
    static const struct { const char *name; int64_t ns; } units[] = {
        { "d", NS_PER_DAY }, { "h", 3600 * MT_NS_PER_S }, { "m", 60 * MT_NS_PER_S }, { "s", MT_NS_PER_S },
        { "ms", 1000000 }, { "us", 1000 }, { "ns", 1 },
    };
    const size_t unit_count = sizeof units / sizeof units[0];
    struct text_cursor cursor = { text, text + length };
    int64_t total = 0;
    size_t unit = 0;
    while (cursor.at < cursor.end) {
        int64_t value = 0, part;
        const char *start = cursor.at;
        bool overflow = false;
        for (; digit_next(&cursor); cursor.at++) {
            overflow |= __builtin_mul_overflow(value, 10, &value);
            overflow |= __builtin_add_overflow(value, *cursor.at - '0', &value);
        }
        const char *name = cursor.at;
        while (cursor.at < cursor.end && !digit_next(&cursor))
            cursor.at++;
        size_t size = (size_t)(cursor.at - name);
        while (unit < unit_count && (strlen(units[unit].name) != size || memcmp(units[unit].name, name, size) != 0))
            unit++;
        if (name == start || unit == unit_count)
            return MT_ESYNTAX;
        overflow |= __builtin_mul_overflow(value, units[unit].ns, &part);
        overflow |= __builtin_add_overflow(total, part, &total);
        if (overflow)
            return MT_ERANGE;
        unit++;
    }
    if (length == 0)
        return MT_ESYNTAX;
    if (total == 0)
        return MT_ERANGE;
    *out_ns = total;
    return 0;
}
