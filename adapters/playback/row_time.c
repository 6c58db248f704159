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

static void text_keep(char out[MT_TIME_EXAMPLE], const struct mt_field *field)
{
    size_t length = field->length < MT_TIME_EXAMPLE ? field->length : MT_TIME_EXAMPLE - 1;
    for (size_t i = 0; i < length; i++)
        out[i] = field->text[i] < ' ' || field->text[i] > '~' ? '?' : field->text[i];
    out[length] = '\0';
}

/* In which orders a date can be read. */
static void order_see(struct mt_time_seen *seen, const struct mt_field *field, uint64_t line)
{
    struct mt_date_orders said = mt_date_orders(field->text, field->length);
    if (said.orders == 0)
        return;
    if (said.differs && seen->open++ == 0) {
        text_keep(seen->open_text, field);
        seen->open_line = line;
    }
    seen->dotted += said.differs && said.separator == '.';
    if (seen->orders == 0) {
        seen->orders = said.orders;
    } else if ((seen->orders & said.orders) != 0) {
        seen->orders &= said.orders;
    } else {
        if (seen->other_line == 0) {
            text_keep(seen->other_text, field);
            seen->other_line = line;
        }
        return;
    }
    if (seen->first_line == 0 || (said.orders & (said.orders - 1)) == 0) {
        text_keep(seen->first_text, field);
        seen->first_line = line;
    }
}

/* Whether the text is a moment in any order. */
static bool is_moment(const struct mt_time_field *field)
{
    int64_t ns;
    struct mt_moment moment;
    const char *text = field->moment->text;
    size_t length = field->moment->length;
    if (field->clock && mt_daytime_read(field->clock->text, field->clock->length, &moment) != 0)
        return false;
    return (!field->clock && length > 4 && text[4] == '-' && mt_time_parse(text, length, &ns) == 0)
           || mt_date_orders(text, length).orders != 0;
}

/* "1.70415E+12": too few digits for a moment of that size, as spreadsheets write long numbers. */
static bool is_shortened(const struct mt_field *field)
{
    enum { DIGITS_ENOUGH = 9 };
    size_t digits = 0;
    for (size_t i = 0; i < field->length; i++) {
        if (field->text[i] == 'e' || field->text[i] == 'E')
            return digits < DIGITS_ENOUGH;
        digits += field->text[i] != '.';
    }
    return false;
}

/* "20240102 09:30:00 US/Eastern": the name of a zone behind a blank, and what stands before it. */
static bool zone_cut(const struct mt_field *field, struct mt_field *moment, struct mt_field *zone)
{
    const char *blank = memrchr(field->text, ' ', field->length), *end = field->text + field->length;
    if (!blank || end - blank < 3 || end - blank > MT_TIME_EXAMPLE)
        return false;
    for (const char *at = blank + 1; at < end; at++) {
        bool letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
        bool digit = *at >= '0' && *at <= '9';
        if (!letter && (at == blank + 1 || (!digit && !strchr("/_+-", *at))))
            return false;
    }
    *zone = (struct mt_field){ blank + 1, (size_t)(end - blank) - 1 };
    *moment = (struct mt_field){ field->text, (size_t)(blank - field->text) };
    while (moment->length > 0 && moment->text[moment->length - 1] == ' ')
        moment->length--;
    return true;
}

void mt_row_time_see(struct mt_time_seen *seen, const struct mt_time_field *written, uint64_t line)
{
    int64_t whole = 0;
    struct mt_field zone, moment;
    struct mt_time_field without = { .moment = &moment };
    const struct mt_time_field *field = written;
    bool number = !field->clock && whole_read(field->moment, &whole) == 0;
    if (!number && !is_moment(field)) {
        if (field->clock || !zone_cut(field->moment, &moment, &zone) || !is_moment(&without))
            return;
        if (seen->zones++ == 0) {
            text_keep(seen->zone_text, &zone);
            seen->zone_line = line;
        }
        field = &without;
    }
    if (seen->rows == seen->texts && number) {
        seen->example = whole;
        seen->example_line = line;
    }
    seen->rows++;
    seen->texts += !number;
    if (!number) {
        order_see(seen, field->moment, line);
        return;
    }
    if (is_shortened(field->moment) && seen->shortened++ == 0) {
        text_keep(seen->shortened_text, field->moment);
        seen->shortened_line = line;
    }
    seen->compact += mt_date_is_compact(field->moment->text, field->moment->length);
    int size = 0;
    while (size < MT_TIME_SIZES - 1 && whole >= size_below[size])
        size++;
    seen->sizes[size]++;
}

bool mt_row_time_is_open(const struct mt_time_seen *seen)
{
    bool several = (seen->orders & (seen->orders - 1)) != 0;
    return several && seen->open > seen->dotted && seen->texts * 2 > seen->rows;
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

/* What numbers too small for a time often are: days of a spreadsheet, or seconds that were divided by 1000. */
static void slip_write(int64_t number, char *out, size_t size)
{
    const int64_t epoch_day = 25569, day_s = 86400, least_day = 30000, end_day = 60000, least_ks = 100000000 / 1000;
    char day[MT_TIME_TEXT];
    bool is_day = number >= least_day && number < end_day;
    if (!is_day && number < least_ks)
        return;
    int64_t seconds = is_day ? (number - epoch_day) * day_s : number * 1000;
    if (seconds >= MT_DATA_TIME_END_NS / MT_NS_PER_S)
        return;
    mt_time_format(day, seconds * MT_NS_PER_S);
    snprintf(out, size,
             is_day ? "; as the days of a spreadsheet it is %.10s: format that column as date and time, and save it "
                      "again"
                    : "; as seconds divided by 1000 it is %.10s: export the times again in s, ms, us or ns",
             day);
}

/* Numbers from midnight on: of the given date, else of the one in the file's name. */
static int midnight_decide(struct mt_row_time *out, const struct mt_time_seen *seen,
                           const char *path, int unit, const char *date, struct mt_diag *diag)
{
    char named[11], instead[160] = "";
    if (!is_within_day(seen, unit))
        return mt_fail(diag, MT_EREFUSED,
                       "%s: its times (%lld in line %llu) are more than a day of %s from midnight: leave --date "
                       "away, or name their "
                       "unit with --time-unit",
                       path, (long long)seen->example, (unsigned long long)seen->example_line, units[unit].name);
    out->midnight = true;
    out->decimals = units[unit].decimals;
    if (!date) {
        if (seen->example >= size_below[EPOCH_S - 1])
            snprintf(instead, sizeof instead, ", or leave --time-unit away: by its size it is %s",
                     units[epoch_unit(seen)].name);
        if (instead[0] == '\0')
            slip_write(seen->example, instead, sizeof instead);
        if (!mt_name_date(path, named))
            return mt_fail(diag, MT_EREFUSED,
                           "%s: its times count from midnight (%lld in line %llu), and nothing says of which day: "
                           "give --date "
                           "2014-05-01%s",
                           path, (long long)seen->example, (unsigned long long)seen->example_line, instead);
        date = named;
        out->date_from_name = true;
    }
    return date_read(out, date, path, diag);
}

static const struct {
    const char *name;
    enum mt_date_order order;
} date_orders[] = {
    { "ymd", MT_DATES_YMD },
    { "mdy", MT_DATES_MDY },
    { "dmy", MT_DATES_DMY },
};
enum { DATE_ORDERS = sizeof date_orders / sizeof date_orders[0] };

static int order_find(const char *name, enum mt_date_order *out, struct mt_diag *diag)
{
    for (int i = 0; i < DATE_ORDERS; i++)
        if (strcmp(date_orders[i].name, name) == 0) {
            *out = date_orders[i].order;
            return 0;
        }
    return mt_fail(diag, MT_ESYNTAX, "--dates \"%s\" is none of ymd, mdy, dmy", name);
}

int mt_row_time_check(const struct mt_time_said *said, struct mt_diag *diag)
{
    struct mt_row_time rule;
    enum mt_date_order order;
    int index, err = said->unit ? unit_find(said->unit, "--time-unit", &index, diag) : 0;
    if (err == 0 && said->dates)
        err = order_find(said->dates, &order, diag);
    return err == 0 && said->date ? date_read(&rule, said->date, "--date", diag) : err;
}

/* A day that can be read in several orders, and what each of them makes of it. */
static int order_ask(const struct mt_time_seen *seen, const char *path, struct mt_diag *diag)
{
    char ways[120] = "", flags[60] = "";
    for (int i = 0; i < DATE_ORDERS; i++) {
        struct mt_moment moment;
        char day[MT_TIME_TEXT];
        if (!(seen->orders & date_orders[i].order)
            || mt_moment_read(seen->open_text, strlen(seen->open_text), date_orders[i].order, &moment) != 0)
            continue;
        mt_time_format(day, moment.ns);
        size_t at = strlen(ways), flag = strlen(flags);
        snprintf(ways + at, sizeof ways - at, "%s%.10s", at > 0 ? " or " : "", day);
        snprintf(flags + flag, sizeof flags - flag, "%s--dates %s", flag > 0 ? " or " : "", date_orders[i].name);
    }
    return mt_fail(diag, MT_EREFUSED, "%s:%llu: the date %s may be %s, and no row tells which: say it with %s", path,
                   (unsigned long long)seen->open_line, seen->open_text, ways, flags);
}

static int order_decide(struct mt_row_time *out, const struct mt_time_seen *seen, const char *path, const char *dates,
                        struct mt_diag *diag)
{
    out->order = MT_DATES_YMD;
    if (dates)
        return order_find(dates, &out->order, diag);
    if (seen->other_line != 0)
        return mt_fail(
            diag, MT_EREFUSED,
            "%s: its dates are written in two orders: %s in line %llu, %s in line %llu: mend it, or say which is "
            "right with --dates ymd, mdy or dmy (the other rows are then bad)",
            path, seen->first_text, (unsigned long long)seen->first_line, seen->other_text,
            (unsigned long long)seen->other_line);
    if (mt_row_time_is_open(seen))
        return order_ask(seen, path, diag);
    if (seen->open > 0 && seen->dotted == seen->open && (seen->orders & MT_DATES_DMY))
        out->order = MT_DATES_DMY; /* with points the day stands first */
    else
        for (int i = DATE_ORDERS - 1; i >= 0; i--)
            if (seen->orders & date_orders[i].order)
                out->order = date_orders[i].order;
    return 0;
}

/* Numbers whose size is that of another unit: the one named is wrong. */
static int unit_check(const struct mt_time_seen *seen, int unit, const char *path, struct mt_diag *diag)
{
    int said = epoch_unit(seen);
    uint64_t epochs = 0;
    char when[MT_TIME_TEXT] = "beyond 2200";
    int64_t ns;
    for (int size = EPOCH_S; size < MT_TIME_SIZES; size++)
        epochs += seen->sizes[size];
    if (said == unit || epochs * 2 <= seen->rows - seen->texts)
        return 0;
    if (!__builtin_mul_overflow(seen->example, mt_pow10(units[unit].decimals), &ns) && ns >= 0
        && ns < MT_DATA_TIME_END_NS) {
        mt_time_format(when, ns);
        when[10] = '\0';
    }
    return mt_fail(diag, MT_EREFUSED,
                   "%s:%llu: its first time %lld in %s is %s: by its size it is %s (leave --time-unit away)", path,
                   (unsigned long long)seen->example_line, (long long)seen->example, units[unit].name, when,
                   units[said].name);
}

/* The zone that stands behind the times; --tz says what a name means that is not known. */
static int cell_zone_decide(struct mt_row_time *out, const struct mt_time_seen *seen, const char *path,
                            const struct mt_time_said *said, struct mt_diag *diag)
{
    struct mt_diag why = { 0 };
    snprintf(out->cell_zone, sizeof out->cell_zone, "%s", seen->zone_text);
    if (mt_zone_load(seen->zone_text, &out->zone, &why) != 0) {
        if (!said->zone)
            return mt_fail(diag, MT_EREFUSED,
                           "%s:%llu: its times are of \"%s\", which is no zone that is known by this name: give --tz, "
                           "for example --tz America/New_York or --tz -05:00",
                           path, (unsigned long long)seen->zone_line, seen->zone_text);
        int err = mt_zone_load(said->zone, &out->zone, diag);
        if (err != 0)
            return err;
    }
    return order_decide(out, seen, path, said->dates, diag);
}

int mt_row_time_decide(struct mt_row_time *out, const struct mt_time_seen *seen, const char *path,
                       const struct mt_time_said *said, struct mt_diag *diag)
{
    int named = -1;
    const char *zone = said->header_zone && said->header_zone[0] ? said->header_zone : said->zone;
    bool compact = seen->compact == seen->rows && seen->rows > 0 && !said->unit && !said->date;
    *out = (struct mt_row_time){ .text = compact || seen->texts * 2 > seen->rows, .order = MT_DATES_YMD };
    int err = said->unit ? unit_find(said->unit, path, &named, diag) : 0;
    if (err == 0 && seen->zones * 2 > seen->rows)
        return cell_zone_decide(out, seen, path, said, diag);
    if (err == 0 && zone)
        err = mt_zone_load(zone, &out->zone, diag);
    if (err == 0 && out->text)
        return order_decide(out, seen, path, said->dates, diag);
    if (err != 0)
        return err;
    if (seen->shortened * 2 > seen->rows)
        return mt_fail(diag, MT_EREFUSED,
                       "%s:%llu: its times were shortened, as by a spreadsheet: %s does not say the minute: take the "
                       "original file",
                       path, (unsigned long long)seen->shortened_line, seen->shortened_text);
    int day_unit = named >= 0 ? named : UNIT_MS;
    if (said->date || is_within_day(seen, day_unit))
        return midnight_decide(out, seen, path, day_unit, said->date, diag);
    out->by_size = named < 0;
    out->decimals = units[named >= 0 ? named : epoch_unit(seen)].decimals;
    return named >= 0 ? unit_check(seen, named, path, diag) : 0;
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

/* A time that ends with the zone of all others. */
static int zoned_read(const struct mt_row_time *rule, const struct mt_field *field, int64_t not_before_ns, int64_t *out)
{
    struct mt_field zone, text;
    struct mt_moment moment;
    if (!zone_cut(field, &text, &zone) || zone.length != strlen(rule->cell_zone)
        || memcmp(zone.text, rule->cell_zone, zone.length) != 0)
        return MT_ESYNTAX;
    int err = mt_moment_read(text.text, text.length, rule->order, &moment);
    if (err == 0)
        *out = moment.has_offset ? moment.ns : from_local(rule->zone, moment.ns, not_before_ns);
    return err;
}

static int moment_read(const struct mt_row_time *rule, const struct mt_time_field *field, int64_t not_before_ns,
                       int64_t *out)
{
    struct mt_moment moment, clock = { 0 };
    int err = mt_moment_read(field->moment->text, field->moment->length, rule->order, &moment);
    if (err == 0 && field->clock)
        err = moment.has_daytime ? MT_ESYNTAX : mt_daytime_read(field->clock->text, field->clock->length, &clock);
    if (err != 0)
        return err;
    int64_t ns = moment.ns + clock.ns;
    *out = moment.has_offset || clock.has_offset ? ns : from_local(rule->zone, ns, not_before_ns);
    return 0;
}

static int text_read(const struct mt_row_time *rule, const struct mt_time_field *field, int64_t not_before_ns,
                     int64_t *out)
{
    const struct mt_field *text = field->moment;
    if (field->clock || text->length < 5 || text->text[4] != '-')
        return moment_read(rule, field, not_before_ns, out);
    int err = mt_time_parse(text->text, text->length, out);
    if (err == MT_ESYNTAX)
        return moment_read(rule, field, not_before_ns, out);
    if (err == 0 && rule->zone && !has_offset(text))
        *out = from_local(rule->zone, *out, not_before_ns);
    return err;
}

/* A number whose size is that of another unit is of that unit: dumps of one market changed theirs over the years. The
 * smallest epoch time in a unit, as ns, is the same for ms, us and ns. */
static int epoch_read(const struct mt_row_time *rule, const struct mt_field *field, int64_t *out)
{
    const int64_t least_ns = size_below[EPOCH_S + 2];
    int64_t whole, other;
    int err = mt_dec_parse(field->text, field->length, rule->decimals, out);
    if (!rule->by_size || (err == 0 && *out >= least_ns && *out < MT_DATA_TIME_END_NS)
        || (err != 0 && err != MT_ERANGE && err != MT_EINEXACT))
        return err;
    if (whole_read(field, &whole) != 0)
        return err;
    int unit = 0;
    while (unit < UNITS - 1 && whole >= size_below[EPOCH_S + unit])
        unit++;
    if (whole < size_below[EPOCH_S - 1] || mt_dec_parse(field->text, field->length, units[unit].decimals, &other) != 0
        || other >= MT_DATA_TIME_END_NS)
        return err;
    *out = other;
    return 0;
}

int mt_row_time_read(const struct mt_row_time *rule, const struct mt_time_field *field, int64_t not_before_ns,
                     int64_t *out)
{
    int64_t ns;
    int err;
    if (rule->cell_zone[0])
        err = field->clock ? MT_ESYNTAX : zoned_read(rule, field->moment, not_before_ns, &ns);
    else if (rule->text)
        err = text_read(rule, field, not_before_ns, &ns);
    else if (field->clock)
        err = MT_ESYNTAX;
    else if (rule->midnight)
        err = mt_dec_parse(field->moment->text, field->moment->length, rule->decimals, &ns);
    else
        err = epoch_read(rule, field->moment, &ns);
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
