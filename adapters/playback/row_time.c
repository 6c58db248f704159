#include <stdio.h>
#include <string.h>
#include "adapters/playback/names.h"
#include "adapters/playback/row_time.h"
#include "base/dec.h"

#define DAY_NS (86400 * MT_NS_PER_S)

/* Classes of numbers: below a day of s and of ms, then epoch times in s, ms, us, ns (each class
 * covers 1973..5138). */
static const int64_t size_below[MT_TIME_SIZES] = {
    86400,
    86400000,
    INT64_C(100000000000),
    INT64_C(100000000000000),
    INT64_C(100000000000000000),
    INT64_MAX,
};
enum { EPOCH_S = 2 };

static const struct {
    const char *name;
    int decimals;
} units[] = { { "s", 9 }, { "ms", 6 }, { "us", 3 }, { "ns", 0 } };
enum { UNITS = sizeof units / sizeof units[0], UNIT_MS = 1 };

/* The whole part of a number; its decimals do not matter here. */
static int whole_read(const struct mt_field *field, int64_t *out)
{
    int err = mt_dec_parse(field->text, field->length, 0, out);
    if (err != MT_EINEXACT)
        return err;
    const char *point = memchr(field->text, '.', field->length);
    return point ? mt_dec_parse(field->text, (size_t)(point - field->text), 0, out) : MT_EINEXACT;
}

void mt_row_time_see(struct mt_time_seen *seen, const struct mt_field *field)
{
    int64_t whole = 0;
    bool number = whole_read(field, &whole) == 0;
    if (!number) {
        int64_t ns;
        if (mt_time_parse(field->text, field->length, &ns) != 0)
            return;
    }
    if (seen->rows == seen->texts && number)
        seen->example = whole;
    seen->rows++;
    seen->texts += !number;
    int size = 0;
    while (number && size < MT_TIME_SIZES - 1 && whole >= size_below[size])
        size++;
    seen->sizes[size] += number;
}

/* Whether most numbers are less than a day in that unit. The classes are near enough: a day of us
 * is 8.64e10. */
static bool is_within_day(const struct mt_time_seen *seen, int unit)
{
    uint64_t within = 0;
    for (int size = 0; size <= unit; size++)
        within += seen->sizes[size];
    return within * 2 > seen->rows - seen->texts;
}

static int epoch_unit(const struct mt_time_seen *seen)
{
    int best = 0;
    for (int unit = 1; unit < UNITS; unit++)
        if (seen->sizes[EPOCH_S + unit] > seen->sizes[EPOCH_S + best])
            best = unit;
    return best;
}

static int unit_find(const char *name, const char *path, int *out, struct mt_diag *diag)
{
    for (*out = 0; *out < UNITS; (*out)++)
        if (strcmp(units[*out].name, name) == 0)
            return 0;
    return mt_fail(diag, MT_ESYNTAX, "%s: time unit \"%s\" is none of s, ms, us, ns", path, name);
}

static int date_read(struct mt_row_time *out, const char *date, const char *path,
                     struct mt_diag *diag)
{
    size_t length = strlen(date);
    if (length != 10 || date[4] != '-' || mt_time_parse(date, length, &out->base_ns) != 0)
        return mt_fail(diag, MT_ESYNTAX, "%s: date \"%s\" is no day like 2014-05-01", path, date);
    return 0;
}

/* Numbers from midnight on: of the given date, else of the one in the file's name. */
static int midnight_decide(struct mt_row_time *out, const struct mt_time_seen *seen,
                           const char *path, int unit, const char *date, struct mt_diag *diag)
{
    char named[11];
    if (!is_within_day(seen, unit))
        return mt_fail(diag, MT_EREFUSED,
                       "%s: its times (%lld) are more than a day of %s from midnight: leave --date "
                       "away, "
                       "or name their unit with --time-unit",
                       path, (long long)seen->example, units[unit].name);
    out->midnight = true;
    out->decimals = units[unit].decimals;
    if (!date) {
        if (!mt_name_date(path, named))
            return mt_fail(diag, MT_EREFUSED,
                           "%s: its times count from midnight (%lld), and nothing says of which "
                           "day: "
                           "give --date 2014-05-01",
                           path, (long long)seen->example);
        date = named;
        out->date_from_name = true;
    }
    return date_read(out, date, path, diag);
}

int mt_row_time_check(const char *unit, const char *date, struct mt_diag *diag)
{
    struct mt_row_time rule;
    int index, err = unit ? unit_find(unit, "--time-unit", &index, diag) : 0;
    return err == 0 && date ? date_read(&rule, date, "--date", diag) : err;
}

int mt_row_time_decide(struct mt_row_time *out, const struct mt_time_seen *seen, const char *path,
                       const char *unit, const char *date, const char *zone, struct mt_diag *diag)
{
    int named = -1;
    *out = (struct mt_row_time){ .text = seen->texts * 2 > seen->rows };
    int err = unit ? unit_find(unit, path, &named, diag) : 0;
    if (err == 0 && zone)
        err = mt_zone_load(zone, &out->zone, diag);
    if (err != 0 || out->text)
        return err;
    int day_unit = named >= 0 ? named : UNIT_MS;
    if (date || is_within_day(seen, day_unit))
        return midnight_decide(out, seen, path, day_unit, date, diag);
    out->decimals = units[named >= 0 ? named : epoch_unit(seen)].decimals;
    return 0;
}

static int64_t from_local(const struct mt_zone *zone, int64_t local_ns, int64_t not_before_ns)
{
    return zone ? mt_zone_from_local(zone, local_ns, not_before_ns) : local_ns;
}

/* Behind the date, '+' and '-' can only begin an offset. */
static bool has_offset(const struct mt_field *field)
{
    for (size_t i = 10; i < field->length; i++) {
        char c = field->text[i];
        if (c == '+' || c == '-' || c == 'Z' || c == 'z')
            return true;
    }
    return false;
}

static int text_read(const struct mt_row_time *rule, const struct mt_field *field,
                     int64_t not_before_ns, int64_t *out)
{
    if (field->length < 5 || field->text[4] != '-')
        return MT_ESYNTAX;
    int err = mt_time_parse(field->text, field->length, out);
    if (err == 0 && rule->zone && !has_offset(field))
        *out = from_local(rule->zone, *out, not_before_ns);
    return err;
}

int mt_row_time_read(const struct mt_row_time *rule, const struct mt_field *field,
                     int64_t not_before_ns, int64_t *out)
{
    int64_t ns;
    int err = rule->text ? text_read(rule, field, not_before_ns, &ns)
                         : mt_dec_parse(field->text, field->length, rule->decimals, &ns);
    if (err != 0)
        return err;
    if (rule->midnight) {
        if (ns < 0 || ns >= DAY_NS)
            return MT_ERANGE;
        ns = from_local(rule->zone, rule->base_ns + ns, not_before_ns);
    }
    if (ns < 0 || ns >= MT_DATA_TIME_END_NS)
        return MT_ERANGE;
    *out = ns;
    return 0;
}

const char *mt_row_time_unit(const struct mt_row_time *rule)
{
    for (int i = 0; !rule->text && i < UNITS; i++)
        if (units[i].decimals == rule->decimals)
            return units[i].name;
    return NULL;
}
