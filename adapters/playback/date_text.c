#include <string.h>
#include "adapters/playback/date_text.h"
#include "base/clock.h"
#include "base/dec_text.h"

enum { YEAR_MIN = 1970, YEAR_MAX = 2200, CENTURY_BREAK = 70, HOUR_S = 3600 };

struct cursor {
    const char *at, *end;
};

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool char_take(struct cursor *cursor, char c)
{
    if (cursor->at == cursor->end || small(*cursor->at) != c)
        return false;
    cursor->at++;
    return true;
}

static void blanks_skip(struct cursor *cursor)
{
    while (cursor->at < cursor->end && *cursor->at == ' ')
        cursor->at++;
}

/* In small letters; true when it stands there and no letter follows. */
static bool word_take(struct cursor *cursor, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(cursor->end - cursor->at) < length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (small(cursor->at[i]) != word[i])
            return false;
    if (cursor->at + length < cursor->end && small(cursor->at[length]) >= 'a' && small(cursor->at[length]) <= 'z')
        return false;
    cursor->at += length;
    return true;
}

static size_t digits_ahead(const struct cursor *cursor)
{
    size_t count = 0;
    while (cursor->at + count < cursor->end && mt_is_digit(cursor->at[count]))
        count++;
    return count;
}

/* At most 9. */
static int digits_take(struct cursor *cursor, size_t count)
{
    int value = 0;
    for (; count > 0; count--)
        value = value * 10 + (*cursor->at++ - '0');
    return value;
}

/* ---- time of day ---- */

static int fraction_take(struct cursor *cursor, int32_t *out)
{
    int32_t unit = 100000000;
    size_t digits = digits_ahead(cursor);
    if (digits == 0)
        return MT_ESYNTAX;
    for (; digits > 0; digits--, unit /= 10) {
        int digit = *cursor->at++ - '0';
        if (unit == 0 && digit != 0)
            return MT_EINEXACT;
        *out += digit * unit;
    }
    return 0;
}

static int halves_take(struct cursor *cursor, struct mt_civil *civil)
{
    blanks_skip(cursor);
    bool am = word_take(cursor, "am"), pm = !am && word_take(cursor, "pm");
    if (!am && !pm)
        return 0;
    if (civil->hour < 1 || civil->hour > 12)
        return MT_ERANGE;
    civil->hour = civil->hour % 12 + (pm ? 12 : 0);
    return 0;
}

/* "09:00", "9:00:00.5", "090000", "0900", "090000123", "01-PM", "9 am" */
static int clock_take(struct cursor *cursor, struct mt_civil *civil)
{
    size_t digits = digits_ahead(cursor);
    int err = 0;
    if (digits == 4 || digits == 6 || digits == 9) {
        civil->hour = digits_take(cursor, 2);
        civil->minute = digits_take(cursor, 2);
        civil->second = digits > 4 ? digits_take(cursor, 2) : 0;
        if (digits == 9)
            civil->nanosecond = digits_take(cursor, 3) * 1000000;
        else if (digits == 6 && char_take(cursor, '.'))
            err = fraction_take(cursor, &civil->nanosecond);
        return err;
    }
    if (digits < 1 || digits > 2)
        return MT_ESYNTAX;
    civil->hour = digits_take(cursor, digits);
    if (!char_take(cursor, ':')) {
        struct cursor behind = *cursor;
        if (!char_take(cursor, '-'))
            blanks_skip(cursor);
        struct cursor word = *cursor;
        bool half = word_take(&word, "am") || word_take(&word, "pm");
        if (!half)
            *cursor = behind;
        return half ? 0 : MT_ESYNTAX;
    }
    if (digits_ahead(cursor) != 2)
        return MT_ESYNTAX;
    civil->minute = digits_take(cursor, 2);
    if (!char_take(cursor, ':'))
        return 0;
    if (digits_ahead(cursor) != 2)
        return MT_ESYNTAX;
    civil->second = digits_take(cursor, 2);
    return char_take(cursor, '.') ? fraction_take(cursor, &civil->nanosecond) : 0;
}

/* "", "Z", "UTC", "GMT+0100", "+01:00", "-05" */
static int offset_take(struct cursor *cursor, int64_t *seconds, bool *has)
{
    blanks_skip(cursor);
    *seconds = 0;
    *has = char_take(cursor, 'z') || word_take(cursor, "utc") || word_take(cursor, "gmt");
    if (cursor->at == cursor->end)
        return 0;
    int sign = char_take(cursor, '+') ? 1 : char_take(cursor, '-') ? -1 : 0;
    size_t digits = digits_ahead(cursor);
    if (sign == 0 || (digits != 1 && digits != 2 && digits != 4))
        return MT_ESYNTAX;
    int hours = digits_take(cursor, digits == 1 ? 1 : 2), minutes = digits == 4 ? digits_take(cursor, 2) : 0;
    if (digits != 4 && char_take(cursor, ':')) {
        if (digits_ahead(cursor) != 2)
            return MT_ESYNTAX;
        minutes = digits_take(cursor, 2);
    }
    if (hours > 23 || minutes > 59)
        return MT_ERANGE;
    *has = true;
    *seconds = sign * ((int64_t)hours * HOUR_S + minutes * 60);
    return 0;
}

/* The rest of the text is a time of day: fills the parts of civil. */
static int daytime_take(struct cursor *cursor, struct mt_civil *civil, int64_t *offset_s, bool *has_offset)
{
    int err = clock_take(cursor, civil);
    if (err == 0)
        err = halves_take(cursor, civil);
    if (err == 0)
        err = offset_take(cursor, offset_s, has_offset);
    if (err == 0 && cursor->at != cursor->end)
        err = MT_ESYNTAX;
    if (err == 0 && (civil->hour > 23 || civil->minute > 59 || civil->second > 59))
        err = MT_ERANGE;
    return err;
}

int mt_daytime_read(const char *text, size_t length, struct mt_moment *out)
{
    struct cursor cursor = { text, text + length };
    struct mt_civil civil = { 0 };
    int64_t offset_s = 0;
    *out = (struct mt_moment){ .has_daytime = true };
    int err = daytime_take(&cursor, &civil, &offset_s, &out->has_offset);
    out->ns =
        ((int64_t)civil.hour * HOUR_S + civil.minute * 60 + civil.second - offset_s) * MT_NS_PER_S + civil.nanosecond;
    return err;
}

/* ---- dates ---- */

/* Three numbers as they stand there. */
struct date {
    int n[3];
    size_t digits[3];
    bool named;
}; /* named: n[1] is a month by its name: no order is open */

static int month_take(struct cursor *cursor)
{
    static const char *const months[] = { "january", "february", "march",     "april",   "may",      "june",
                                          "july",    "august",   "september", "october", "november", "december" };
    for (int i = 0; i < 12; i++) {
        char brief[4] = { months[i][0], months[i][1], months[i][2], '\0' };
        if (word_take(cursor, months[i]) || word_take(cursor, brief))
            return i + 1;
    }
    return 0;
}

static bool number_take(struct cursor *cursor, struct date *date, int i)
{
    size_t digits = digits_ahead(cursor);
    if (digits < 1 || digits == 3 || digits > 4)
        return false;
    date->digits[i] = digits;
    date->n[i] = digits_take(cursor, digits);
    return true;
}

/* "Mar 4, 2024" */
static bool month_first_take(struct cursor *cursor, struct date *date)
{
    date->named = true;
    date->n[1] = month_take(cursor);
    blanks_skip(cursor);
    if (date->n[1] == 0 || !number_take(cursor, date, 0) || date->digits[0] > 2)
        return false;
    char_take(cursor, ',');
    blanks_skip(cursor);
    return number_take(cursor, date, 2) && date->digits[2] != 1;
}

static bool date_take(struct cursor *cursor, struct date *date)
{
    size_t digits = digits_ahead(cursor);
    *date = (struct date){ 0 };
    if (digits == 0)
        return month_first_take(cursor, date);
    if (digits == 8) {
        date->digits[0] = 4;
        date->digits[1] = date->digits[2] = 2;
        date->n[0] = digits_take(cursor, 4);
        date->n[1] = digits_take(cursor, 2);
        date->n[2] = digits_take(cursor, 2);
        return true;
    }
    if (!number_take(cursor, date, 0) || cursor->at == cursor->end)
        return false;
    char separator = *cursor->at;
    if (!strchr("-/. ", separator) || separator == '\0')
        return false;
    cursor->at++;
    struct cursor word = *cursor;
    date->n[1] = month_take(&word);
    date->named = date->n[1] > 0;
    if (date->named)
        *cursor = word;
    else if (separator == ' ' || !number_take(cursor, date, 1) || date->digits[1] > 2)
        return false;
    return char_take(cursor, separator) && number_take(cursor, date, 2);
}

static int days_in_month(int year, int month)
{
    static const signed char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

/* The numbers in that order. MT_ESYNTAX: their digits do not allow it. */
static int date_order(const struct date *date, enum mt_date_order order, struct mt_civil *civil)
{
    static const signed char places[][3] = {
        [MT_DATES_YMD] = { 0, 1, 2 }, [MT_DATES_MDY] = { 2, 0, 1 }, [MT_DATES_DMY] = { 2, 1, 0 }
    };
    bool year_first = date->digits[0] == 4;
    if (date->named)
        order = year_first ? MT_DATES_YMD : MT_DATES_DMY;
    const signed char *place = places[order];
    int year = date->n[place[0]];
    if (date->digits[place[2]] > 2 || (!date->named && date->digits[place[1]] > 2) || date->digits[place[0]] == 1)
        return MT_ESYNTAX;
    if (date->digits[place[0]] == 2)
        year += year < CENTURY_BREAK ? 2000 : 1900;
    civil->year = year;
    civil->month = date->n[place[1]];
    civil->day = date->n[place[2]];
    if (year < YEAR_MIN || year > YEAR_MAX || civil->month < 1 || civil->month > 12 || civil->day < 1
        || civil->day > days_in_month(year, civil->month))
        return MT_ERANGE;
    return 0;
}

/* 12, 14 or 17 digits are a date and a time without anything between them. */
static bool compact_split(const char *text, size_t length, size_t *date_length)
{
    *date_length = 8;
    return (length == 12 || length == 14 || length == 17)
           && digits_ahead(&(struct cursor){ text, text + length }) == length;
}

int mt_moment_read(const char *text, size_t length, enum mt_date_order order, struct mt_moment *out)
{
    struct cursor cursor = { text, text + length };
    struct mt_civil civil = { 0 };
    struct date date;
    int64_t offset_s = 0;
    size_t compact;
    *out = (struct mt_moment){ 0 };
    if (compact_split(text, length, &compact))
        cursor.end = text + compact;
    if (!date_take(&cursor, &date))
        return MT_ESYNTAX;
    cursor.end = text + length;
    int err = date_order(&date, order, &civil);
    if (err != 0)
        return err;
    if (cursor.at != cursor.end) {
        if (cursor.at != text + 8 || !mt_is_digit(*cursor.at))
            if (!char_take(&cursor, ' ') && !char_take(&cursor, 't') && !char_take(&cursor, '_')
                && !char_take(&cursor, ','))
                return MT_ESYNTAX;
        blanks_skip(&cursor);
        out->has_daytime = true;
        err = daytime_take(&cursor, &civil, &offset_s, &out->has_offset);
    }
    out->ns = mt_ns_from_civil(&civil) - offset_s * MT_NS_PER_S;
    return err;
}

struct mt_date_orders mt_date_orders(const char *text, size_t length)
{
    struct mt_date_orders out = { 0 };
    struct cursor cursor = { text, text + length };
    size_t digits = digits_ahead(&cursor);
    int64_t first_ns = 0;
    if (digits > 0 && digits < 5 && digits < length)
        out.separator = text[digits];
    for (unsigned order = MT_DATES_YMD; order <= MT_DATES_DMY; order <<= 1) {
        struct mt_moment moment;
        if (mt_moment_read(text, length, order, &moment) != 0)
            continue;
        out.differs |= out.orders != 0 && moment.ns != first_ns;
        first_ns = moment.ns;
        out.orders |= order;
    }
    return out;
}

bool mt_date_is_compact(const char *text, size_t length)
{
    struct mt_moment moment;
    return (length == 8 || length == 12 || length == 14 || length == 17)
           && digits_ahead(&(struct cursor){ text, text + length }) == length
           && mt_moment_read(text, length, MT_DATES_YMD, &moment) == 0;
}
