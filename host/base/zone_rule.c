/* The TZ text of POSIX, which ends every TZif file and says what holds after its last transition. */
#include <string.h>
#include "base/clock.h"
#include "base/zone.h"

struct rule_cursor { const char *at, *end; };

static bool char_take(struct rule_cursor *cursor, char c)
{
    if (cursor->at == cursor->end || *cursor->at != c)
        return false;
    cursor->at++;
    return true;
}

/* A number between low and high, at most three digits. */
static bool number_take(struct rule_cursor *cursor, int low, int high, int *out)
{
    int value = 0, count = 0;
    for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9' && count < 3; count++)
        value = value * 10 + (*cursor->at++ - '0');
    if (count == 0 || value < low || value > high)
        return false;
    *out = value;
    return true;
}

/* Letters, or anything between angle brackets. */
static bool name_take(struct rule_cursor *cursor)
{
    const char *start = cursor->at;
    if (char_take(cursor, '<')) {
        while (cursor->at < cursor->end && *cursor->at != '>')
            cursor->at++;
        return char_take(cursor, '>');
    }
    while (cursor->at < cursor->end && ((*cursor->at | 0x20) >= 'a' && (*cursor->at | 0x20) <= 'z'))
        cursor->at++;
    return cursor->at - start >= 3;
}

/* [+-]h[h[h]][:mm[:ss]], up to 167 hours as RFC 8536 allows. */
static bool time_take(struct rule_cursor *cursor, int32_t *out)
{
    int hours, minutes = 0, seconds = 0;
    bool negative = char_take(cursor, '-');
    if (!negative)
        char_take(cursor, '+');
    if (!number_take(cursor, 0, 167, &hours))
        return false;
    if (char_take(cursor, ':')) {
        if (!number_take(cursor, 0, 59, &minutes))
            return false;
        if (char_take(cursor, ':') && !number_take(cursor, 0, 59, &seconds))
            return false;
    }
    int32_t total = hours * 3600 + minutes * 60 + seconds;
    *out = negative ? -total : total;
    return true;
}

/* POSIX counts offsets westwards; ours is local - utc. */
static bool offset_take(struct rule_cursor *cursor, int32_t *out)
{
    int32_t west;
    if (!time_take(cursor, &west) || west < -26 * 3600 || west > 26 * 3600)
        return false;
    *out = -west;
    return true;
}

static bool change_take(struct rule_cursor *cursor, struct mt_zone_change *out)
{
    bool ok;
    *out = (struct mt_zone_change){ .form = 'D', .time_s = 2 * 3600 };
    if (char_take(cursor, 'M')) {
        out->form = 'M';
        ok = number_take(cursor, 1, 12, &out->month) && char_take(cursor, '.') &&
             number_take(cursor, 1, 5, &out->week) && char_take(cursor, '.') && number_take(cursor, 0, 6, &out->day);
    } else if (char_take(cursor, 'J')) {
        out->form = 'J';
        ok = number_take(cursor, 1, 365, &out->day);
    } else {
        ok = number_take(cursor, 0, 365, &out->day);
    }
    if (ok && char_take(cursor, '/'))
        ok = time_take(cursor, &out->time_s);
    return ok;
}

int mt_zone_rule_parse(const char *text, size_t length, struct mt_zone_rule *out)
{
    struct rule_cursor cursor = { text, text + length };
    struct mt_zone_rule rule = { .seasonal = false };
    if (!name_take(&cursor) || !offset_take(&cursor, &rule.standard_s))
        return MT_ESYNTAX;
    rule.summer_s = rule.standard_s;
    if (cursor.at != cursor.end) {
        rule.seasonal = true;
        rule.summer_s += 3600;
        if (!name_take(&cursor))
            return MT_ESYNTAX;
        if (cursor.at < cursor.end && *cursor.at != ',' && !offset_take(&cursor, &rule.summer_s))
            return MT_ESYNTAX;
        if (!char_take(&cursor, ',') || !change_take(&cursor, &rule.start))
            return MT_ESYNTAX;
        if (!char_take(&cursor, ',') || !change_take(&cursor, &rule.end))
            return MT_ESYNTAX;
        if (cursor.at != cursor.end)
            return MT_ESYNTAX;
    }
    *out = rule;
    return 0;
}

static int64_t midnight_s(int year, int month, int day)
{
    struct mt_civil civil = { .year = year, .month = month, .day = day };
    return mt_ns_from_civil(&civil) / MT_NS_PER_S;
}

/* Local wall time of the change in that year, as if the wall were UTC. */
static int64_t change_local_s(const struct mt_zone_change *change, int year)
{
    int64_t january = midnight_s(year, 1, 1);
    bool leap = midnight_s(year, 3, 1) - january == 60 * 86400;
    if (change->form == 'D')
        return january + change->day * INT64_C(86400) + change->time_s;
    if (change->form == 'J')
        return january + (change->day - 1 + (leap && change->day >= 60)) * INT64_C(86400) + change->time_s;
    int64_t first = midnight_s(year, change->month, 1);
    int64_t next = change->month == 12 ? midnight_s(year + 1, 1, 1) : midnight_s(year, change->month + 1, 1);
    int weekday = (int)((first / 86400 % 7 + 11) % 7);          /* 0 = Sunday; 1970-01-01 was a Thursday */
    int64_t day = (change->day - weekday + 7) % 7 + (change->week - 1) * 7;
    if (first + day * 86400 >= next)
        day -= 7;                                               /* week 5 means the last one */
    return first + day * 86400 + change->time_s;
}

int32_t mt_zone_rule_offset_s(const struct mt_zone_rule *rule, int64_t utc_s)
{
    if (!rule->seasonal)
        return rule->standard_s;
    struct mt_civil local;
    mt_civil_from_ns((utc_s + rule->standard_s) * MT_NS_PER_S, &local);
    int64_t start = change_local_s(&rule->start, local.year) - rule->standard_s;
    int64_t end = change_local_s(&rule->end, local.year) - rule->summer_s;
    /* South of the equator the summer holds over new year. */
    bool summer = start < end ? utc_s >= start && utc_s < end : utc_s >= start || utc_s < end;
    return summer ? rule->summer_s : rule->standard_s;
}

int64_t mt_zone_rule_next_s(const struct mt_zone_rule *rule, int64_t utc_s)
{
    struct mt_civil now;
    int64_t next = INT64_MAX;
    if (!rule->seasonal)
        return next;
    mt_civil_from_ns((utc_s + rule->standard_s) * MT_NS_PER_S, &now);
    for (int year = now.year - 1; year <= now.year + 1; year++) {
        int64_t start = change_local_s(&rule->start, year) - rule->standard_s;
        int64_t end = change_local_s(&rule->end, year) - rule->summer_s;
        if (start > utc_s && start < next)
            next = start;
        if (end > utc_s && end < next)
            next = end;
    }
    return next;
}
