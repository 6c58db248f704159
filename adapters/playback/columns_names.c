#include <stdio.h>
#include <string.h>
#include "adapters/playback/columns_names.h"
#include "adapters/playback/names.h"

static int twice(const struct mt_naming *naming, enum mt_column role, int first, int second, struct mt_diag *diag)
{
    return mt_fail(diag, MT_ESYNTAX, "%s: columns %d and %d both mean %s%s%s: name them with --columns (- skips one)",
                   naming->path, first + 1, second + 1, mt_column_name(role), naming->header ? ", in the header " : "",
                   naming->header ? naming->header : "");
}

void mt_columns_unread(struct mt_columns *out, const struct mt_field *field)
{
    size_t length = strlen(out->unread);
    if (field->length + length + 3 > sizeof out->unread)
        return;
    snprintf(out->unread + length, sizeof out->unread - length, "%s%.*s", length > 0 ? ", " : "", (int)field->length,
             field->text);
    for (char *at = out->unread + length; *at; at++)
        if ((unsigned char)*at < ' ' || *at == '"')
            *at = '?';
}

/* "volume_btc", or "volume" with btc in parentheses: false, it is none. */
static bool volume_take(struct mt_naming *naming, const struct mt_header_word *word, int at)
{
    static const char *const fronts[] = { "volume_", "vol_" };
    struct mt_named_volumes *volumes = &naming->volumes;
    const char *currency = NULL;
    const struct mt_word *known = mt_word_find(word->name);
    if (known && known->role == MT_COLUMN_VOLUME && word->inside[0])
        currency = word->inside;
    for (int i = 0; i < 2 && !known; i++)
        if (strncmp(word->name, fronts[i], strlen(fronts[i])) == 0)
            currency = word->name + strlen(fronts[i]);
    if (!currency || currency[0] == '\0' || volumes->count == MT_NAMING_TIMES)
        return false;
    snprintf(volumes->currency[volumes->count], MT_WORD_MAX, "%.*s", MT_WORD_MAX - 1, currency);
    volumes->at[volumes->count++] = at;
    return true;
}

static int name_take(struct mt_naming *naming, const struct mt_field *field, int at, struct mt_diag *diag)
{
    struct mt_columns *out = naming->out;
    struct mt_header_word word = { "", "" };
    const struct mt_word *known = mt_header_word(field, &word) ? mt_word_find(word.name) : NULL;
    if (!naming->strict && volume_take(naming, &word, at))
        return 0;
    if (naming->strict && (!known || field->length == 0))
        return mt_fail(
            diag, MT_ESYNTAX,
            "--columns: \"%.*s\" is no column: time, date, open, high, low, close, volume, bid, ask, bid_qty, "
            "ask_qty, price, qty, side, id, symbol, or - to skip one",
            (int)(field->length > 40 ? 40 : field->length), field->text);
    const struct mt_dialect *dialect = naming->dialect;
    bool is_part = dialect && dialect->volume
                   && (strcmp(word.name, dialect->volume) == 0 || strcmp(word.name, dialect->volume_more) == 0);
    if (!known && !is_part)
        mt_columns_unread(out, field);
    if (!known || known->role == MT_COLUMN_SKIP)
        return 0;
    if (known->role == MT_COLUMN_VOLUME && naming->pieces && strcmp(word.name, "stuecke") != 0) {
        mt_columns_unread(out, field);         /* beside the pieces it is their worth */
        return 0;
    }
    if (known->role != MT_COLUMN_TIME) {
        if (mt_columns_has(out, known->role))
            return twice(naming, known->role, out->at[known->role], at, diag);
        out->at[known->role] = (int8_t)at;
        return 0;
    }
    struct mt_named_times *times = &naming->times;
    if (times->count == MT_NAMING_TIMES)
        return twice(naming, MT_COLUMN_TIME, times->at[0], at, diag);
    const char *zone = word.inside[0]             ? word.inside
                       : strstr(word.name, "utc") ? "utc"
                       : strstr(word.name, "gmt") ? "gmt"
                                                  : "";
    times->at[times->count] = at;
    times->rank[times->count] = known->rank;
    snprintf(times->inside[times->count++], MT_WORD_MAX, "%s", zone);
    return 0;
}

int mt_naming_take(struct mt_naming *naming, const struct mt_field *fields, int count, struct mt_diag *diag)
{
    int err = 0;
    naming->out->count = count;
    memset(naming->out->at, -1, sizeof naming->out->at);
    for (int i = 0; err == 0 && i < count; i++)
        err = name_take(naming, &fields[i], i, diag);
    return err;
}

int mt_columns_check(const char *names, struct mt_diag *diag)
{
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    struct mt_columns columns = { 0 };
    struct mt_naming naming = { .out = &columns, .path = "--columns", .strict = true };
    int count = mt_csv_split(names, strlen(names), ',', fields);
    if (count > MT_CSV_FIELDS_MAX)
        return mt_fail(diag, MT_ESYNTAX, "--columns: more than %d", MT_CSV_FIELDS_MAX);
    int err = mt_naming_take(&naming, fields, count, diag);
    if (err == 0 && naming.times.count > 2)
        err = twice(&naming, MT_COLUMN_TIME, naming.times.at[0], naming.times.at[2], diag);
    return err;
}

/* ---- which column is the time ---- */

/* A column without a name is the time only when its values are. */
static void times_drop(struct mt_named_times *times, const struct mt_probe *probe)
{
    int kept = 0;
    for (int i = 0; i < times->count; i++) {
        enum mt_time_kind kind = mt_probe_kind(probe, times->at[i]);
        if (times->rank[i] <= 1 && kind != MT_KIND_MOMENT && kind != MT_KIND_DATE)
            continue;
        if (kept != i) {
            times->at[kept] = times->at[i];
            times->rank[kept] = times->rank[i];
            memcpy(times->inside[kept], times->inside[i], sizeof times->inside[0]);
        }
        kept++;
    }
    times->count = kept;
}

/* The column of that kind with the highest rank; -1: none, -2: two of one rank. */
static int best_of(const struct mt_named_times *times, const struct mt_probe *probe, enum mt_time_kind kind)
{
    int best = -1;
    bool tie = false;
    for (int i = 0; i < times->count; i++) {
        if (mt_probe_kind(probe, times->at[i]) != kind)
            continue;
        tie = best >= 0 && times->rank[i] == times->rank[best] ? true
              : best < 0 || times->rank[i] > times->rank[best] ? false
                                                               : tie;
        if (best < 0 || times->rank[i] > times->rank[best])
            best = i;
    }
    return tie ? -2 : best;
}

/* The zone that the header names: one that is not known is asked for, unless --tz says it. */
static int zone_take(struct mt_naming *naming, int i, const char *said, struct mt_diag *diag)
{
    static const char *const units[] = { "s", "ms", "us", "ns", "sec", "seconds", "unix", "local" };
    const char *inside = naming->times.inside[i], *zone = mt_header_zone(inside);
    struct mt_columns *out = naming->out;
    if (zone)
        snprintf(out->zone, sizeof out->zone, "%s", zone);
    bool is_unit = inside[0] == '\0';
    for (size_t k = 0; k < sizeof units / sizeof units[0]; k++)
        is_unit |= strcmp(units[k], inside) == 0;
    if (zone || is_unit || said)
        return 0;
    return mt_fail(diag, MT_EREFUSED,
                   "%s: its header says that times are of \"%s\", which is no zone that is known by this "
                   "name: give --tz, for example --tz America/New_York or --tz -05:00",
                   naming->path, inside);
}

int mt_naming_times(struct mt_naming *naming, const struct mt_probe *probe, const char *zone, struct mt_diag *diag)
{
    struct mt_named_times *times = &naming->times;
    struct mt_columns *out = naming->out;
    if (!naming->strict)
        times_drop(times, probe);
    if (times->count == 0)
        return 0;
    int chosen = 0, clock = -1;
    if (times->count > 1) {
        chosen = best_of(times, probe, MT_KIND_MOMENT);
        if (chosen == -1) {
            chosen = best_of(times, probe, MT_KIND_DATE);
            clock = best_of(times, probe, MT_KIND_CLOCK);
        }
        if (chosen < 0 || clock == -2 || (clock < 0 && mt_probe_kind(probe, times->at[chosen]) == MT_KIND_DATE))
            return twice(naming, MT_COLUMN_TIME, times->at[0], times->at[1], diag);
    }
    out->at[MT_COLUMN_TIME] = (int8_t)times->at[chosen];
    if (clock >= 0)
        out->at[MT_COLUMN_CLOCK] = (int8_t)times->at[clock];
    int named = clock >= 0 && times->inside[chosen][0] == '\0' ? clock : chosen;
    return zone_take(naming, named, zone, diag);
}

/* ---- which column is the volume ---- */

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Of volumes in several currencies the one of the coin that is traded: the symbol begins with its name. */
void mt_naming_volumes(struct mt_naming *naming, const struct mt_probe *probe, const char *symbol,
                           const struct mt_field *header)
{
    struct mt_named_volumes *volumes = &naming->volumes;
    char named[MT_SYMBOL_MAX] = "";
    if (!symbol && mt_columns_has(naming->out, MT_COLUMN_SYMBOL))
        symbol = probe->first[naming->out->at[MT_COLUMN_SYMBOL]];
    if (!symbol && mt_name_symbol(naming->path, named) == MT_NAME_MARKET)
        symbol = named;
    for (int i = 0; i < volumes->count; i++) {
        const char *currency = volumes->currency[i];
        size_t length = 0;
        while (symbol && symbol[length] && currency[length] && upper(symbol[length]) == upper(currency[length]))
            length++;
        if (currency[length] == '\0' && !mt_columns_has(naming->out, MT_COLUMN_VOLUME))
            naming->out->at[MT_COLUMN_VOLUME] = (int8_t)volumes->at[i];
        else
            mt_columns_unread(naming->out, &header[volumes->at[i]]);
    }
}
