#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "adapters/playback/columns.h"
#include "adapters/playback/columns_levels.h"
#include "adapters/playback/columns_names.h"
#include "adapters/playback/columns_probe.h"
#include "adapters/playback/dialects.h"

enum { SHAPE_ROWS = 64, SHOWN_LINE = 100, EXAMPLE_MAX = 240 };

const char *mt_column_name(enum mt_column role)
{
    return mt_word_of(role)->name;
}

/* ---- kinds of data ---- */

struct need {
    enum mt_data_format format;
    const char *names;
    enum mt_column roles[5];
};
static const struct need needs[] = {
    { MT_DATA_BARS,
      "bars need time, open, high, low, close",
      { MT_COLUMN_TIME, MT_COLUMN_OPEN, MT_COLUMN_HIGH, MT_COLUMN_LOW, MT_COLUMN_CLOSE } },
    { MT_DATA_QUOTES,
      "quotes need time, bid, ask",
      { MT_COLUMN_TIME, MT_COLUMN_BID, MT_COLUMN_ASK } },
    { MT_DATA_TRADES,
      "trades need time, price, qty",
      { MT_COLUMN_TIME, MT_COLUMN_PRICE, MT_COLUMN_QTY } },
};
enum { NEEDS = sizeof needs / sizeof needs[0] };
#define NEEDS_TEXT "bars need time, open, high, low, close; quotes need time, bid, ask; trades need time, price, qty"

static bool need_is_met(const struct need *need, const struct mt_columns *columns)
{
    for (int i = 0; i < 5; i++)
        if (need->roles[i] != MT_COLUMN_SKIP && !mt_columns_has(columns, need->roles[i]))
            return false;
    return true;
}

/* An example of --columns for so many columns. */
static const char *columns_example(int count, char out[EXAMPLE_MAX])
{
    static const char *const names[] = { "time", "open", "high", "low", "close", "volume" };
    size_t length = 0;
    if (count == 3 || count == 4)
        return count == 3 ? "time,bid,ask" : "time,bid,ask,-";
    out[0] = '\0';
    for (int i = 0; i < count && length + 16 < EXAMPLE_MAX; i++)
        length +=
            (size_t)snprintf(out + length, EXAMPLE_MAX - length, "%s%s", i > 0 ? "," : "", i < 6 ? names[i] : "-");
    return out;
}

/* "understood were time, qty", or that none was. */
static void understood_write(const struct mt_columns *columns, char *out, size_t size)
{
    size_t length = (size_t)snprintf(out, size, "understood: ");
    bool any = false;
    for (int role = MT_COLUMN_TIME; role < MT_COLUMN_COUNT && length < size; role++)
        if (mt_columns_has(columns, (enum mt_column)role)) {
            length += (size_t)snprintf(out + length, size - length, "%s%s", any ? ", " : "",
                                       mt_column_name((enum mt_column)role));
            any = true;
        }
    if (!any)
        snprintf(out, size, "understood: none of them");
}

/* The one kind of data that the named columns make. `line`: the header, or the first row where --columns names them. */
static int format_decide(struct mt_columns *out, const char *path, enum mt_data_format wanted, const char *line,
                         struct mt_diag *diag)
{
    int met = 0;
    bool missing = false;
    char understood[160], example[EXAMPLE_MAX];
    for (int i = 0; i < NEEDS; i++) {
        bool fits = need_is_met(&needs[i], out);
        missing |= wanted == needs[i].format && !fits;
        if (fits && (wanted == MT_DATA_AUTO || wanted == needs[i].format)) {
            out->format = needs[i].format;
            met++;
        }
    }
    if (met > 1)
        return mt_fail(diag, MT_EREFUSED,
                       "%s: its columns make more than one kind of data (line %llu: %s): give --format bars, quotes "
                       "or trades",
                       path, (unsigned long long)(out->first_line > 1 ? out->first_line - 1 : 1), line);
    if (met == 1 && !missing)
        return 0;
    understood_write(out, understood, sizeof understood);
    return mt_fail(diag, MT_ESYNTAX,
                   "%s: wrong columns: %s: line %llu has \"%s\" (%s): name its %d columns, for example "
                   "--columns %s (- skips one)",
                   path,
                   wanted == MT_DATA_AUTO ? NEEDS_TEXT
                                          : needs[wanted == MT_DATA_BARS     ? 0
                                                  : wanted == MT_DATA_QUOTES ? 1
                                                                             : 2]
                                                .names,
                   (unsigned long long)(out->first_line > 1 ? out->first_line - 1 : 1), line, understood, out->count,
                   columns_example(out->count, example));
}

/* ---- what a vendor writes ---- */

/* The column of that name, in small letters; -1. */
static int word_at(const struct mt_field *header, int count, const char *name)
{
    struct mt_header_word word;
    for (int i = 0; i < count; i++)
        if (mt_header_word(&header[i], &word) && strcmp(word.name, name) == 0)
            return i;
    return -1;
}

/* The number of price changes stands for the volume where the file has no other. */
static void ticks_decide(struct mt_columns *out, const struct mt_probe *probe)
{
    bool volume = mt_columns_has(out, MT_COLUMN_VOLUME) && probe->nonzero[out->at[MT_COLUMN_VOLUME]];
    if (mt_columns_has(out, MT_COLUMN_TICKS) && !volume)
        out->at[MT_COLUMN_VOLUME] = out->at[MT_COLUMN_TICKS];
}

/* The price and size that a row has beside a quote are those of an order, unless every row is a trade. */
static void action_decide(struct mt_columns *out, const struct mt_dialect *dialect, const struct mt_probe *probe,
                          const struct mt_field *header)
{
    static const enum mt_column of_order[] = { MT_COLUMN_PRICE, MT_COLUMN_QTY, MT_COLUMN_SIDE };
    const bool names_it = dialect->action && mt_columns_has(out, MT_COLUMN_BID);
    int action = names_it ? word_at(header, out->count, dialect->action) : -1;
    if (action < 0 || (!probe->varies[action] && strcmp(probe->first[action], "T") == 0))
        return;
    for (size_t i = 0; i < sizeof of_order / sizeof of_order[0]; i++)
        if (mt_columns_has(out, of_order[i])) {
            mt_columns_unread(out, &header[out->at[of_order[i]]]);
            out->at[of_order[i]] = -1;
        }
}

static void dialect_take(struct mt_columns *out, const struct mt_dialect *dialect, const struct mt_probe *probe,
                         const struct mt_field *header)
{
    out->dialect = dialect->name;
    out->dialect_note = dialect->note;
    out->carry = dialect->carry;
    out->numbers.fixed = dialect->fixed;
    if (dialect->volume) {
        out->at[MT_COLUMN_VOLUME] = (int8_t)word_at(header, out->count, dialect->volume);
        out->at[MT_COLUMN_VOLUME_MORE] = (int8_t)word_at(header, out->count, dialect->volume_more);
    }
    action_decide(out, dialect, probe, header);
}

/* Beside open, high and low, and without a size, "last" or "price" is what vendors call the close. */
static void close_decide(struct mt_columns *out, const struct mt_field *header)
{
    const bool bar = mt_columns_has(out, MT_COLUMN_OPEN) && mt_columns_has(out, MT_COLUMN_HIGH)
        && mt_columns_has(out, MT_COLUMN_LOW);
    if (mt_columns_has(out, MT_COLUMN_QTY))
        return;
    if (mt_columns_has(out, MT_COLUMN_CLOSE)) {
        if (mt_columns_has(out, MT_COLUMN_PRICE))
            mt_columns_unread(out, &header[out->at[MT_COLUMN_PRICE]]); /* beside a close it is not the bar's */
    } else if (bar) {
        out->at[MT_COLUMN_CLOSE] = out->at[MT_COLUMN_PRICE];
        out->at[MT_COLUMN_PRICE] = -1;
    }
}

/* ---- how numbers are written ---- */

static bool is_amount(const struct mt_columns *columns, int field)
{
    static const enum mt_column amounts[] = { MT_COLUMN_OPEN,    MT_COLUMN_HIGH,    MT_COLUMN_LOW, MT_COLUMN_CLOSE,
                                              MT_COLUMN_VOLUME,  MT_COLUMN_BID,     MT_COLUMN_ASK, MT_COLUMN_BID_QTY,
                                              MT_COLUMN_ASK_QTY, MT_COLUMN_PRICE,   MT_COLUMN_QTY };
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++)
        if (columns->at[amounts[i]] == field)
            return true;
    return false;
}

/* From the columns of prices and sizes; `all`: it is not known yet which those are. */
static int numbers_decide(struct mt_columns *out, const struct mt_probe *probe, bool all, const char *path,
                          const char *decimal, struct mt_diag *diag)
{
    struct mt_numbers_written seen = { 0 };
    int8_t fixed = out->numbers.fixed;
    for (int i = 0; i < out->count; i++)
        if (all || is_amount(out, i))
            mt_numbers_add(&seen, &probe->numbers[i]);
    int err = mt_number_decide(&out->numbers, &seen, out->separator, decimal, path, diag);
    out->numbers.fixed = fixed;
    return err;
}

/* ---- the three ways ---- */

struct way {
    struct mt_columns *out;
    struct mt_csv *csv;
    const char *path, *symbol;
    const struct mt_data_options *options;
    struct mt_probe probe;
    char *line; /* owned: the first line, header or row */
    struct mt_field fields[MT_CSV_FIELDS_MAX]; /* of it */
    char shown[SHOWN_LINE + 4];
    bool binary;                /* control bytes in it */
};

static int header_decide(struct way *way, struct mt_diag *diag)
{
    struct mt_columns *out = way->out;
    const struct mt_dialect *dialect = mt_dialect_find(way->fields, out->count);
    struct mt_naming naming = { .out = out, .path = way->path, .header = way->shown, .dialect = dialect };
    for (int i = 0; i < out->count; i++) {
        struct mt_header_word word;
        naming.pieces |= mt_header_word(&way->fields[i], &word) && strcmp(word.name, "stuecke") == 0;
    }
    int err = mt_naming_take(&naming, way->fields, out->count, diag);
    if (err == 0)
        err = mt_naming_times(&naming, &way->probe, way->options->zone, diag);
    if (err != 0)
        return err;
    if (dialect)
        dialect_take(out, dialect, &way->probe, way->fields);
    mt_naming_volumes(&naming, &way->probe, way->symbol, way->fields);
    ticks_decide(out, &way->probe);
    close_decide(out, way->fields);
    return format_decide(out, way->path, way->options->format, way->shown, diag);
}

/* --columns, whatever the header says. */
static int given_decide(struct way *way, const char *names, struct mt_diag *diag)
{
    struct mt_field given[MT_CSV_FIELDS_MAX];
    struct mt_naming naming = { .out = way->out, .path = way->path, .strict = true };
    int count = mt_csv_split(names, strlen(names), ',', given);
    if (count != way->out->count)
        return mt_fail(diag, MT_ESYNTAX,
                       "%s: wrong columns: the file has %d, --columns names %d (- skips one): its first line is \"%s\"",
                       way->path, way->out->count, count, way->shown);
    int err = mt_naming_take(&naming, given, count, diag);
    if (err == 0)
        err = mt_naming_times(&naming, &way->probe, way->options->zone, diag);
    return err != 0 ? err : format_decide(way->out, way->path, way->options->format, way->shown, diag);
}

/* How many of the first rows hold as the shape; a few may be bad, a wrong guess fails on most of them. */
static bool shape_fits(struct way *way, const struct mt_shape *shape)
{
    struct mt_csv_line line;
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    int read = 0, hold = 0;
    if ((int)strlen(shape->checks) != way->out->count || mt_csv_rewind(way->csv, NULL) != 0)
        return false;
    for (int i = 0; i < SHAPE_ROWS && mt_csv_next(way->csv, &line, NULL) == 1; i++) {
        if (line.too_long || mt_csv_split(line.text, line.length, way->out->separator, fields) != way->out->count)
            continue;
        int holds = mt_shape_holds(shape, fields, way->out->count, &way->out->numbers);
        read += holds >= 0;
        hold += holds > 0;
    }
    return read > 0 && hold * 10 >= read * 9;
}

static int shape_decide(struct way *way, struct mt_diag *diag)
{
    char example[EXAMPLE_MAX];
    int count = way->out->count;
    int err = numbers_decide(way->out, &way->probe, true, way->path, way->options->decimal, diag);
    if (err != 0)
        return err;
    for (const struct mt_shape *shape = mt_shapes; shape->name; shape++)
        if (shape_fits(way, shape)) {
            way->out->shape = shape->name;
            return given_decide(way, shape->columns, diag);
        }
    return mt_fail(diag, MT_EREFUSED,
                   "%s: %d columns without a header, of no shape that is known: line %llu has \"%s\": name "
                   "them, for example --columns %s (- skips one)",
                   way->path, count, (unsigned long long)way->out->first_line, way->shown,
                   count == 3   ? "time,price,qty"
                   : count == 6 ? "time,open,close,high,low,volume"
                                : columns_example(count, example));
}

/* ---- the first lines ---- */

static char separator_of(const char *text, size_t length)
{
    static const char separators[] = "\t;|";
    for (const char *at = separators; *at; at++)
        if (memchr(text, *at, length))
            return *at;
    return ',';
}

/* A header is a first line in which nothing could be data and at least one word is a name of a column; with
 * --columns its words do not matter. */
static bool is_header(const struct mt_field *fields, int count, bool named)
{
    bool known = false;
    for (int i = 0; i < count; i++) {
        struct mt_header_word word;
        if (mt_is_time(&fields[i]))
            return false;
        if (fields[i].length == 0 || !mt_header_word(&fields[i], &word))
            continue;
        const struct mt_word *found = mt_word_find(word.name);
        known |= found && found->role > MT_COLUMN_SKIP;
    }
    return known || (named && count > 1 && fields[0].length > 0);
}

static void shown_write(struct way *way, const struct mt_csv_line *line)
{
    size_t length = line->length > SHOWN_LINE ? SHOWN_LINE : line->length;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)line->text[i];
        way->shown[i] = c == '\t' ? ' ' : c < ' ' || c == 0x7f ? '?' : (char)c;
    }
    snprintf(way->shown + length, 4, "%s", line->length > SHOWN_LINE ? "..." : "");
}

/* The first line that can be split and says something. */
static int first_line(struct way *way, uint64_t *number, bool *raw, struct mt_diag *diag)
{
    struct mt_csv_line line;
    uint64_t too_long = 0;
    char said = '\0';
    mt_csv_skip(way->csv, 0);
    int got = mt_csv_rewind(way->csv, diag);
    if (got != 0)
        return got;
    while ((got = mt_csv_next(way->csv, &line, diag)) == 1) {
        if (line.too_long)
            too_long = line.number;
        else if (!mt_is_preamble(line.text, line.length))
            break;
        else if (line.length == 5 && memcmp(line.text, "sep=", 4) == 0)
            said = line.text[4];
    }
    if (got < 0)
        return got;
    if (got == 0 && too_long > 0)
        return mt_fail(diag, MT_ESYNTAX, "%s:%llu: the line has more than %d bytes, and no other can be read",
                       way->path, (unsigned long long)too_long, MT_CSV_LINE_MAX);
    if (got == 0)
        return mt_fail(diag, MT_ESYNTAX, "%s: the file is empty: export or download it again", way->path);
    *number = line.number;
    *raw = memchr(line.text, '{', line.length) != NULL;
    way->line = malloc(line.length + 1);
    if (!way->line)
        return mt_fail(diag, MT_ENOMEM, "%s: out of memory", way->path);
    memcpy(way->line, line.text, line.length);
    for (size_t i = 0; i < line.length; i++)
        way->binary |= (unsigned char)line.text[i] < ' ' && line.text[i] != '\t' && line.text[i] != '\r';
    shown_write(way, &line);
    way->out->separator = said ? said : separator_of(way->line, line.length);
    way->out->count = mt_csv_split(way->line, line.length, way->out->separator, way->fields);
    return 0;
}

static int unnamed_decide(struct way *way, bool header, struct mt_diag *diag)
{
    enum mt_data_format format = way->options->format;
    char example[EXAMPLE_MAX];
    int count = way->out->count;
    if (header)
        return header_decide(way, diag);
    if (!mt_is_time(&way->fields[0]) && count == 1)
        return mt_fail(diag, MT_ESYNTAX,
                       "%s: its first line \"%s\" is one column, and neither a header nor a row (" NEEDS_TEXT
                       "): is it the right file?",
                       way->path, way->shown);
    if (!mt_is_time(&way->fields[0]))
        return mt_fail(diag, MT_ESYNTAX,
                       "%s: its first line \"%s\" is neither a header with known column names nor a row (" NEEDS_TEXT
                       "): name its %d columns, for example --columns %s (- skips one)",
                       way->path, way->shown, count, columns_example(count, example));
    if (format == MT_DATA_AUTO)
        return shape_decide(way, diag);
    const char *order = mt_usual_order(format, count);
    if (!order)
        return mt_fail(diag, MT_ESYNTAX,
                       "%s: %d columns without a header: line %llu has \"%s\": name them, for "
                       "example --columns %s (- skips one)",
                       way->path, count, (unsigned long long)way->out->first_line, way->shown,
                       columns_example(count, example));
    return given_decide(way, order, diag);
}

static int decide(struct way *way, struct mt_diag *diag)
{
    struct mt_columns *out = way->out;
    const struct mt_data_options *options = way->options;
    uint64_t number = 0;
    bool raw = false;
    int err = first_line(way, &number, &raw, diag);
    if (err != 0)
        return err;
    const char *other = mt_not_data(way->shown, strlen(way->shown));
    if (other)
        return mt_fail(diag, MT_ESYNTAX, "%s: %s: line %llu has \"%s\"", way->path, other, (unsigned long long)number,
                       way->shown);
    if (raw)
        return mt_fail(diag, MT_EREFUSED, "%s: looks like a raw venue recording: raw recordings are not built yet",
                       way->path);
    if (way->binary)
        return mt_fail(diag, MT_ESYNTAX,
                       "%s: line %llu has control or zero bytes: it is no text file: name the right one, or write it "
                       "as CSV",
                       way->path, (unsigned long long)number);
    if (out->count > MT_CSV_FIELDS_MAX)
        return mt_fail(diag, MT_ESYNTAX, "%s: more than %d columns", way->path, MT_CSV_FIELDS_MAX);
    bool header = is_header(way->fields, out->count, options->columns != NULL);
    out->first_line = number + header;
    if (header && (err = mt_levels_read(out, way->csv, &way->fields[0], way->path, diag)) != 0)
        return err;
    mt_csv_skip(way->csv, out->first_line);
    err = mt_probe_read(&way->probe, way->csv, out, diag);
    if (err == 0)
        err = options->columns ? given_decide(way, options->columns, diag) : unnamed_decide(way, header, diag);
    return err == 0 ? numbers_decide(out, &way->probe, false, way->path, options->decimal, diag) : err;
}

int mt_columns_decide(struct mt_columns *out, struct mt_csv *csv, const char *path, const char *symbol,
                      const struct mt_data_options *options, struct mt_diag *diag)
{
    struct way *way = calloc(1, sizeof *way);
    if (!way)
        return mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
    *out = (struct mt_columns){ 0 };
    *way = (struct way){ .out = out, .csv = csv, .path = path, .symbol = symbol, .options = options };
    int err = decide(way, diag);
    free(way->line);
    free(way);
    return err;
}
