#include <stdlib.h>
#include <string.h>
#include "adapters/playback/infer.h"
#include "adapters/playback/names.h"
#include "base/dec_text.h"

/* One digit more than the first rows need must fit: prices move. 10^18 is the largest power in an
 * int64_t. */
enum { DIGITS_MAX = 17, USUAL_SCALE = 8 };
/* So many quotes that are all crossed are no market. */
enum { CROSSED_ROWS = 20 };

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

/* Count a number by its decimals and its digits before the point. Text that is no number, and numbers
 * that fit no scale, say nothing: one absurd row must not cost all others their decimals. */
static void number_see(const struct mt_field *field, struct mt_numbers_seen *seen)
{
    struct mt_dec_text number;
    if (field->length == 0 || mt_dec_text_read(field->text, field->length, &number) != 0 || number.too_long)
        return;
    int64_t length = 0;
    for (unsigned __int128 rest = number.mantissa; rest != 0; rest /= 10)
        length++;
    int64_t decimals = number.exponent < 0 ? -number.exponent : 0;
    int64_t digits = length + number.exponent > 0 ? length + number.exponent : 0;
    if (digits < MT_SAMPLE_DIGITS)
        seen->count[decimals < MT_SAMPLE_DIGITS ? decimals : MT_SAMPLE_DIGITS - 1][digits]++;
}

/* How many quotes have both sides, and how many of these an ask below the bid. */
struct crossings {
    uint64_t both, crossed, line;
};

static bool price_of(const struct mt_columns *columns, const struct mt_field *fields, enum mt_column role, int64_t *out)
{
    char buf[MT_NUMBER_TEXT];
    struct mt_field plain;
    mt_number_price(&columns->numbers, &fields[columns->at[role]], buf, &plain);
    return mt_dec_parse(plain.text, plain.length, USUAL_SCALE, out) == 0 && *out != 0;
}

static void crossing_see(struct crossings *out, const struct mt_columns *columns, const struct mt_field *fields,
                         uint64_t line)
{
    int64_t bid, ask;
    if (columns->format != MT_DATA_QUOTES || !price_of(columns, fields, MT_COLUMN_BID, &bid)
        || !price_of(columns, fields, MT_COLUMN_ASK, &ask))
        return;
    if (out->both++ == 0)
        out->line = line;
    out->crossed += ask < bid;
}

static void row_see(struct mt_sample *out, const struct mt_columns *columns,
                    const struct mt_field *fields)
{
    static const enum mt_column prices[] = { MT_COLUMN_OPEN,  MT_COLUMN_HIGH, MT_COLUMN_LOW,
                                             MT_COLUMN_CLOSE, MT_COLUMN_BID,  MT_COLUMN_ASK,
                                             MT_COLUMN_PRICE };
    static const enum mt_column sizes[] = { MT_COLUMN_VOLUME, MT_COLUMN_VOLUME_MORE, MT_COLUMN_BID_QTY,
                                            MT_COLUMN_ASK_QTY, MT_COLUMN_QTY };
    char buf[MT_NUMBER_TEXT];
    struct mt_field plain;
    for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++)
        if (columns->at[prices[i]] >= 0) {
            mt_number_price(&columns->numbers, &fields[columns->at[prices[i]]], buf, &plain);
            number_see(&plain, &out->price);
        }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (columns->at[sizes[i]] >= 0) {
            mt_number_size(&columns->numbers, &fields[columns->at[sizes[i]]], buf, &plain);
            number_see(&plain, &out->qty);
        }
    int at = columns->at[MT_COLUMN_SYMBOL];
    if (at >= 0 && out->column_symbol[0] == '\0' && mt_name_is_symbol(fields[at].text, fields[at].length)) {
        memcpy(out->column_symbol, fields[at].text, fields[at].length);
        mt_name_of_column(fields[at].text, fields[at].length, out->symbol);
    }
}

/* The next row with the right number of fields among the first ones; 0 when there is none. */
struct rows {
    struct mt_csv *csv;
    const struct mt_columns *columns;
    const char *only; /* rows of other symbols do not count; NULL */
    int left;
    uint64_t line; /* number of the last one */
};

static bool is_symbol(const struct mt_field *field, const char *symbol)
{
    return field->length == strlen(symbol) && memcmp(field->text, symbol, field->length) == 0;
}

static int row_next(struct rows *rows, struct mt_field *fields)
{
    struct mt_csv_line line;
    int symbol = rows->columns->at[MT_COLUMN_SYMBOL];
    while (rows->left > 0 && mt_csv_next(rows->csv, &line, NULL) == 1) {
        if (line.too_long)
            continue;
        bool whole = mt_csv_split(line.text, line.length, rows->columns->separator, fields) == rows->columns->count;
        if (whole && rows->only && !is_symbol(&fields[symbol], rows->only))
            continue;
        rows->left--;
        rows->line = line.number;
        if (whole)
            return 1;
    }
    return 0;
}

/* Whether the wanted symbol stands in the column of symbols; anywhere, as such files are sorted by symbol. */
static int wanted_find(struct mt_sample *out, struct mt_csv *csv, const struct mt_columns *columns, const char *path,
                       const char *wanted, struct mt_diag *diag)
{
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    struct rows rows = { .csv = csv, .columns = columns, .left = INT32_MAX };
    char first[MT_SYMBOL_MAX] = "", other[MT_SYMBOL_MAX] = "";
    int symbol = columns->at[MT_COLUMN_SYMBOL];
    int err = mt_csv_rewind(csv, diag);
    if (err != 0 || symbol < 0 || !wanted)
        return err;
    while (!out->has_wanted && row_next(&rows, fields)) {
        const struct mt_field *field = &fields[symbol];
        out->has_wanted = is_symbol(field, wanted);
        if (!mt_name_is_symbol(field->text, field->length) || is_symbol(field, first))
            continue;
        char *to = first[0] == '\0' ? first : other[0] == '\0' ? other : NULL;
        if (to)
            memcpy(to, field->text, field->length);
    }
    if (!out->has_wanted && other[0] != '\0')
        return mt_fail(diag, MT_EREFUSED,
                       "%s: --symbols %s: its column of symbols has %s, %s and maybe more, and not that one", path,
                       wanted, first, other);
    return 0;
}

static int compare_int64(const void *a, const void *b)
{
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* The most frequent of the distances; of equally frequent ones the smallest. 0 when there is
 * none. */
static int64_t most_frequent(int64_t *distances, size_t count)
{
    int64_t best = 0;
    size_t best_run = 0, run = 0;
    qsort(distances, count, sizeof *distances, compare_int64);
    for (size_t i = 0; i < count; i++) {
        run = i > 0 && distances[i] == distances[i - 1] ? run + 1 : 1;
        if (run > best_run) {
            best_run = run;
            best = distances[i];
        }
    }
    return best;
}

/* Months, quarters and years differ in length: the longest of them counts, as a bar must not end
 * before its time. */
static int64_t calendar_length(const int64_t *distances, size_t count, int64_t length)
{
    const int64_t month_ns = 28 * INT64_C(86400) * MT_NS_PER_S, most = length + length / 8;
    for (size_t i = 0; length >= month_ns && i < count; i++)
        if (distances[i] > length && distances[i] <= most)
            length = distances[i];
    return length;
}

/* How far the rows are from one another, and whether their times rise or fall. In an hour that the clock shows
 * twice a time falls that does not when it is read as the second pass; so for the order both readings of it count. */
struct distances {
    int64_t *up, *down;
    size_t ups, downs, falls;
    bool rises;
};

static void distances_read(struct distances *out, struct rows *rows, const struct mt_row_time *time)
{
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    struct mt_time_field field;
    int64_t before = INT64_MAX, first_before = 0, second_before = 0, now, first, second;
    while (row_next(rows, fields)) {
        mt_row_time_fields(rows->columns, fields, &field);
        if (mt_row_time_read(time, &field, before == INT64_MAX ? INT64_MIN : before + 1, &now) != 0
            || mt_row_time_read(time, &field, INT64_MIN, &first) != 0
            || mt_row_time_read(time, &field, INT64_MAX, &second) != 0)
            continue;
        if (before != INT64_MAX) {
            out->rises |= first > second_before;
            out->falls += second < first_before;
            if (now > before)
                out->up[out->ups++] = now - before;
            if (second_before > first)
                out->down[out->downs++] = second_before - first;
        }
        before = now;
        first_before = first;
        second_before = second;
    }
}

static int length_decide(struct mt_sample *out, struct distances *found, const char *path, struct mt_diag *diag)
{
    int64_t *distances = out->back ? found->down : found->up;
    size_t count = out->back ? found->downs : found->ups;
    if (out->tf_s != 0)
        return 0;
    int64_t length = calendar_length(distances, count, most_frequent(distances, count));
    if (length == 0)
        return mt_fail(diag, MT_EREFUSED,
                       "%s: two rows at least, with different times, must tell how long its bars are: add a "
                       "row, or join the files of the series into one",
                       path);
    if (length % MT_NS_PER_S != 0 || length / MT_NS_PER_S > INT32_MAX)
        return mt_fail(diag, MT_EREFUSED,
                       "%s: its bars are no whole seconds long: its times are mostly %lld.%09lld s apart: "
                       "say their unit with --time-unit, or that they are ticks with --format",
                       path, (long long)(length / MT_NS_PER_S), (long long)(length % MT_NS_PER_S));
    out->tf_s = (int32_t)(length / MT_NS_PER_S);
    return 0;
}

static int order_decide(struct mt_sample *out, struct rows *rows, const struct mt_row_time *time, bool bars,
                        const char *path, struct mt_diag *diag)
{
    struct distances found = { 0 };
    found.up = malloc(MT_SAMPLE_ROWS * sizeof *found.up);
    found.down = malloc(MT_SAMPLE_ROWS * sizeof *found.down);
    int err = 0;
    if (found.up && found.down) {
        distances_read(&found, rows, time);
        /* Of two ticks the second may be the one that is wrong; of two bars nothing else would say how long they
         * are. */
        out->back = !found.rises && found.falls >= (bars ? 1 : 2);
        err = bars ? length_decide(out, &found, path, diag) : 0;
    } else {
        err = mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
    }
    free(found.up);
    free(found.down);
    return err;
}

/* The length of bars that a column says: minutes, or D and W; of months and years the distances tell. */
static int32_t period_read(const struct mt_field *field)
{
    int64_t minutes;
    if (field->length == 1 && (field->text[0] == 'D' || field->text[0] == 'd'))
        return 86400;
    if (field->length == 1 && (field->text[0] == 'W' || field->text[0] == 'w'))
        return 7 * 86400;
    bool said = mt_dec_parse(field->text, field->length, 0, &minutes) == 0 && minutes > 0 && minutes < INT32_MAX / 60;
    return said ? (int32_t)minutes * 60 : 0;
}

/* Why the rows have another number of fields than the header, as far as it can be told. */
static const char *count_cure(const struct mt_csv_line *line, int count, const struct mt_columns *columns)
{
    bool other = memchr(line->text, ';', line->length) || memchr(line->text, '\t', line->length);
    if (count == 1 && other && columns->separator != ';' && columns->separator != '\t')
        return "its fields are parted by another sign than those of the header: write both with the same separator";
    if (count > columns->count && columns->separator == ',')
        return "is the comma its decimal sign, too? Export it with semicolons or with decimal points, or name its "
               "columns with --columns";
    return "name its columns with --columns";
}

/* What is wrong with the first row, when none can be read. */
static int unreadable(struct mt_csv *csv, const struct mt_columns *columns, const char *path,
                      struct mt_diag *diag)
{
    enum { SHOWN = 40 };
    struct mt_csv_line line;
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    int got = mt_csv_rewind(csv, diag);
    if (got == 0)
        got = mt_csv_next(csv, &line, diag);
    if (got < 0)
        return got;
    if (got == 0)
        return mt_fail(diag, MT_ESYNTAX, "%s: none of its first rows can be read: it has none, only a header: is it "
                                         "the right file?", path);
    unsigned long long number = line.number;
    if (line.too_long)
        return mt_fail(diag, MT_ESYNTAX, "%s: none of its first rows can be read; the first: %s:%llu: %s", path, path,
                       number, mt_row_fault_text(MT_ROW_TOO_LONG));
    int count = mt_csv_split(line.text, line.length, columns->separator, fields);
    if (count != columns->count)
        return mt_fail(diag, MT_ESYNTAX,
                       "%s: none of its first rows can be read; the first: %s:%llu: %s: %d, and its first line "
                       "has %d: %s",
                       path, path, number, mt_row_fault_text(MT_ROW_COUNT), count, columns->count,
                       count_cure(&line, count, columns));
    struct mt_time_field field;
    mt_row_time_fields(columns, fields, &field);
    return mt_fail(
        diag, MT_ESYNTAX,
        "%s: none of its first rows can be read; the first: %s:%llu: its time '%.*s%s%.*s' is no "
        "time: expected one like 2024-03-04 09:00:00 or 1709542800 (--columns says which column it is, --dates the "
        "order of its date)",
        path, path, number, (int)(field.moment->length > SHOWN ? SHOWN : field.moment->length), field.moment->text,
        field.clock ? " " : "", field.clock ? (int)(field.clock->length > SHOWN ? SHOWN : field.clock->length) : 0,
        field.clock ? field.clock->text : "");
}

static struct rows rows_begin(struct mt_csv *csv, const struct mt_columns *columns, const struct mt_sample *sample,
                              const char *wanted)
{
    return (struct rows){
        .csv = csv, .columns = columns, .only = sample->has_wanted ? wanted : NULL, .left = MT_SAMPLE_ROWS
    };
}

static void rows_see(struct mt_sample *out, struct mt_time_seen *seen, struct crossings *crossings,
                     struct rows *rows)
{
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    struct mt_time_field field;
    const struct mt_columns *columns = rows->columns;
    bool first = true;
    while (row_next(rows, fields)) {
        mt_row_time_fields(columns, fields, &field);
        mt_row_time_see(seen, &field, rows->line);
        row_see(out, columns, fields);
        crossing_see(crossings, columns, fields, rows->line);
        if (first && columns->at[MT_COLUMN_PERIOD] >= 0)
            out->tf_s = period_read(&fields[columns->at[MT_COLUMN_PERIOD]]);
        first = false;
    }
    rows->left = INT32_MAX; /* all others, as far as they are needed */
    while (mt_row_time_is_open(seen) && row_next(rows, fields)) {
        mt_row_time_fields(columns, fields, &field);
        mt_row_time_see(seen, &field, rows->line);
    }
}

int mt_sample_read(struct mt_sample *out, struct mt_row_time *time, struct mt_csv *csv,
                   const struct mt_columns *columns, const char *path, const char *wanted,
                   const struct mt_data_options *options, struct mt_diag *diag)
{
    struct mt_time_seen seen = { 0 };
    const struct mt_time_said said = { .unit = options->time_unit,
                                       .date = options->date,
                                       .zone = options->zone,
                                       .header_zone = columns->zone,
                                       .dates = options->dates };
    *out = (struct mt_sample){ 0 };
    struct crossings crossings = { 0 };
    int err = wanted_find(out, csv, columns, path, wanted, diag);
    if (err == 0)
        err = mt_csv_rewind(csv, diag);
    if (err != 0)
        return err;
    struct rows rows = rows_begin(csv, columns, out, wanted);
    rows_see(out, &seen, &crossings, &rows);
    out->rows = seen.rows;
    if (seen.rows == 0)
        return unreadable(csv, columns, path, diag);
    if (crossings.both >= CROSSED_ROWS && crossings.crossed == crossings.both)
        out->crossed_line = crossings.line;
    err = mt_row_time_decide(time, &seen, path, &said, diag);
    if (err == 0)
        err = mt_csv_rewind(csv, diag);
    rows = rows_begin(csv, columns, out, wanted);
    return err != 0 ? err : order_decide(out, &rows, time, columns->format == MT_DATA_BARS, path, diag);
}

static void numbers_add(struct mt_numbers_seen *to, const struct mt_numbers_seen *from)
{
    for (int i = 0; i < MT_SAMPLE_DIGITS; i++)
        for (int k = 0; k < MT_SAMPLE_DIGITS; k++)
            to->count[i][k] += from->count[i][k];
}

void mt_sample_add(struct mt_sample *to, const struct mt_sample *from)
{
    to->rows += from->rows;
    numbers_add(&to->price, &from->price);
    numbers_add(&to->qty, &from->qty);
}

/* What a scale is worth to the numbers of the first rows: 2 for each that it holds exactly, with a
 * digit to spare, `inexact` for each that it holds rounded. */
static uint64_t scale_worth(const struct mt_numbers_seen *seen, int scale, int most, uint64_t inexact)
{
    uint64_t worth = 0;
    for (int decimals = 0; decimals < MT_SAMPLE_DIGITS; decimals++)
        for (int digits = 0; digits <= DIGITS_MAX - scale; digits++)
            worth += seen->count[decimals][digits] * (min_int(decimals, most) <= scale ? 2 : inexact);
    return worth;
}

/* The largest scale up to `most` that is worth the most. */
static int scale_best(const struct mt_numbers_seen *seen, int most, uint64_t inexact)
{
    int best = most;
    for (int scale = most; scale >= 0; scale--)
        if (scale_worth(seen, scale, most, inexact) > scale_worth(seen, best, most, inexact))
            best = scale;
    return best;
}

/* The most decimals among the numbers that the scale holds. */
static int decimals_within(const struct mt_numbers_seen *seen, int scale)
{
    for (int decimals = scale; decimals > 0; decimals--)
        for (int digits = 0; digits <= DIGITS_MAX - scale; digits++)
            if (seen->count[decimals][digits] > 0)
                return decimals;
    return 0;
}

/* Prices are exact or the row is bad. */
static int price_scale(const struct mt_numbers_seen *seen, int *decimals)
{
    int scale = scale_best(seen, DIGITS_MAX, 0);
    *decimals = decimals_within(seen, scale);
    return min_int(scale, max_int(USUAL_SCALE, *decimals));
}

static int qty_scale(const struct mt_numbers_seen *seen)
{
    return scale_best(seen, USUAL_SCALE, 1);
}

static void inferred_make(struct mt_instrument *out, const char *symbol,
                          const struct mt_sample *sample, const char *quote)
{
    int decimals, scale = price_scale(&sample->price, &decimals);
    mt_instrument_infer(symbol, decimals, quote, out);
    out->price_scale = scale;
    out->tick = mt_pow10(scale - decimals);
    out->qty_scale = qty_scale(&sample->qty);
    out->default_qty = mt_pow10(out->qty_scale);
}

static bool scale_raise(int32_t *scale, int wanted, int64_t *const *values, int count)
{
    int64_t raised[4];
    if (wanted <= *scale)
        return true;
    for (int i = 0; i < count; i++)
        if (__builtin_mul_overflow(*values[i], mt_pow10(wanted - *scale), &raised[i]))
            return false;
    for (int i = 0; i < count; i++)
        *values[i] = raised[i];
    *scale = wanted;
    return true;
}

/* A specification that was not made for this file may count in coarser units than the file does.
 * Units are no rules (tick and step stay what they were), so finer ones lose nothing, while rows
 * that do not fit would. */
static void scales_raise(struct mt_instrument *out, const struct mt_sample *sample)
{
    int price, qty = qty_scale(&sample->qty);
    (void)price_scale(&sample->price, &price);
    qty = min_int(qty, decimals_within(&sample->qty, qty));
    scale_raise(&out->price_scale, price, (int64_t *const[]){ &out->tick, &out->stop_level }, 2);
    scale_raise(&out->qty_scale, qty,
                (int64_t *const[]){ &out->step, &out->qty_min, &out->qty_max, &out->default_qty },
                4);
}

/* The numbers of a store are in its own units: rules that hold in coarser ones hold in these too. */
static void scales_of_store(struct mt_instrument *out, const struct mt_instrument *stored)
{
    scale_raise(&out->price_scale, stored->price_scale,
                (int64_t *const[]){ &out->tick, &out->stop_level }, 2);
    scale_raise(&out->qty_scale, stored->qty_scale,
                (int64_t *const[]){ &out->step, &out->qty_min, &out->qty_max, &out->default_qty },
                4);
}

static bool configured_find(struct mt_instrument *out, const char *symbol,
                            const struct mt_data_options *options)
{
    for (size_t i = 0; i < options->configured_count; i++)
        if (strcmp(options->configured[i].symbol, symbol) == 0) {
            *out = options->configured[i];
            return true;
        }
    return false;
}

/* All that --instrument does not say. */
static int base_make(struct mt_instrument *out, const char *symbol, const struct mt_sample *sample,
                     const struct mt_instrument *stored, const struct mt_data_options *options,
                     struct mt_diag *diag)
{
    if (options->like) {
        if (mt_instrument_builtin(options->like, out) != 0)
            return mt_fail(diag, MT_ENOTFOUND, "--like \"%s\": no such instrument is built in",
                           options->like);
        memset(out->symbol, 0, sizeof out->symbol);
        memcpy(out->symbol, symbol, strlen(symbol));
        scales_raise(out, sample);
    } else if (configured_find(out, symbol, options)) {
        return 0;                       /* its units were chosen by a person */
    } else if (stored) {
        *out = *stored;
    } else if (mt_instrument_builtin(symbol, out) == 0 && strcmp(out->symbol, symbol) == 0) {
        scales_raise(out, sample);
    } else {
        inferred_make(out, symbol, sample,
                      options->account_currency ? options->account_currency : "USD");
    }
    return 0;
}

int mt_infer_instrument(struct mt_instrument *out, const char *symbol,
                        const struct mt_sample *sample, const struct mt_instrument *stored,
                        const struct mt_data_options *options, struct mt_diag *diag)
{
    int err = base_make(out, symbol, sample, stored, options, diag);
    if (err == 0 && options->instrument)
        err = mt_instrument_parse(options->instrument, out, diag);
    if (options->instrument)
        out->inferred = false;
    if (err == 0 && stored && (options->instrument || options->like))
        scales_of_store(out, stored);
    return err != 0 ? err : mt_instrument_check(out, diag);
}
