#include <stdlib.h>
#include <string.h>
#include "adapters/playback/infer.h"
#include "adapters/playback/names.h"
#include "base/dec_text.h"

/* One digit more than the first rows need must fit: prices move. 10^18 is the largest power in an
 * int64_t. */
enum { DIGITS_MAX = 17, USUAL_SCALE = 8 };

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
    if (mt_dec_text_read(field->text, field->length, &number) != 0 || number.too_long)
        return;
    int64_t length = 0;
    for (unsigned __int128 rest = number.mantissa; rest != 0; rest /= 10)
        length++;
    int64_t decimals = number.exponent < 0 ? -number.exponent : 0;
    int64_t digits = length + number.exponent > 0 ? length + number.exponent : 0;
    if (digits < MT_SAMPLE_DIGITS)
        seen->count[decimals < MT_SAMPLE_DIGITS ? decimals : MT_SAMPLE_DIGITS - 1][digits]++;
}

static void row_see(struct mt_sample *out, const struct mt_columns *columns,
                    const struct mt_field *fields)
{
    static const enum mt_column prices[] = { MT_COLUMN_OPEN,  MT_COLUMN_HIGH, MT_COLUMN_LOW,
                                             MT_COLUMN_CLOSE, MT_COLUMN_BID,  MT_COLUMN_ASK,
                                             MT_COLUMN_PRICE };
    static const enum mt_column sizes[] = { MT_COLUMN_VOLUME, MT_COLUMN_BID_QTY, MT_COLUMN_ASK_QTY,
                                            MT_COLUMN_QTY };
    for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++)
        if (columns->at[prices[i]] >= 0)
            number_see(&fields[columns->at[prices[i]]], &out->price);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (columns->at[sizes[i]] >= 0)
            number_see(&fields[columns->at[sizes[i]]], &out->qty);
    int at = columns->at[MT_COLUMN_SYMBOL];
    if (at >= 0 && out->symbol[0] == '\0' && mt_name_is_symbol(fields[at].text, fields[at].length))
        memcpy(out->symbol, fields[at].text, fields[at].length);
}

/* The next row with the right number of fields among the first ones; 0 when there is none. */
struct rows {
    struct mt_csv *csv;
    const struct mt_columns *columns;
    bool header;
    int left;
};

static int row_next(struct rows *rows, struct mt_field *fields)
{
    struct mt_csv_line line;
    while (rows->left > 0 && mt_csv_next(rows->csv, &line, NULL) == 1) {
        if (line.too_long)
            continue;
        if (rows->header) {
            rows->header = false;
            continue;
        }
        rows->left--;
        if (mt_csv_split(line.text, line.length, fields) == rows->columns->count)
            return 1;
    }
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

static int length_decide(struct mt_sample *out, struct rows *rows, const struct mt_row_time *time,
                         const char *path, struct mt_diag *diag)
{
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    int64_t *distances = malloc(MT_SAMPLE_ROWS * sizeof *distances);
    int64_t before = INT64_MAX, now;
    size_t count = 0;
    if (!distances)
        return mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
    while (row_next(rows, fields)) {
        if (mt_row_time_read(time, &fields[rows->columns->at[MT_COLUMN_TIME]],
                             before == INT64_MAX ? INT64_MIN : before + 1, &now) != 0)
            continue;
        if (now > before)
            distances[count++] = now - before;
        before = now;
    }
    int64_t length = calendar_length(distances, count, most_frequent(distances, count));
    free(distances);
    if (length == 0)
        return mt_fail(diag, MT_EREFUSED, "%s: two rows at least must tell how long its bars are",
                       path);
    if (length % MT_NS_PER_S != 0 || length / MT_NS_PER_S > INT32_MAX)
        return mt_fail(diag, MT_EREFUSED, "%s: its bars are no whole seconds long", path);
    out->tf_s = (int32_t)(length / MT_NS_PER_S);
    return 0;
}

/* What is wrong with the first row, when none can be read. */
static int unreadable(struct mt_csv *csv, const struct mt_columns *columns, const char *path,
                      struct mt_diag *diag)
{
    struct mt_csv_line line;
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    int got = mt_csv_next(csv, &line, diag);
    if (got == 0)
        got = mt_csv_rewind(csv, diag);
    if (got < 0)
        return got;
    bool header = columns->header;
    while ((got = mt_csv_next(csv, &line, NULL)) == 1 && header && !line.too_long)
        header = false;
    if (got != 1)
        return mt_fail(diag, MT_ESYNTAX, "%s: none of its first rows can be read: it has none", path);
    enum mt_row_fault fault = MT_ROW_TIME;
    if (line.too_long)
        fault = MT_ROW_TOO_LONG;
    else if (mt_csv_split(line.text, line.length, fields) != columns->count)
        fault = MT_ROW_COUNT;
    return mt_fail(diag, MT_ESYNTAX, "%s: none of its first rows can be read; the first: %s:%llu: %s%s",
                   path, path, (unsigned long long)line.number,
                   fault == MT_ROW_TIME ? "its time " : "", mt_row_fault_text(fault));
}

int mt_sample_read(struct mt_sample *out, struct mt_row_time *time, struct mt_csv *csv,
                   const struct mt_columns *columns, const char *path,
                   const struct mt_data_options *options, struct mt_diag *diag)
{
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    struct mt_time_seen seen = { 0 };
    struct rows rows = { csv, columns, columns->header, MT_SAMPLE_ROWS };
    *out = (struct mt_sample){ 0 };
    int err = mt_csv_rewind(csv, diag);
    if (err != 0)
        return err;
    while (row_next(&rows, fields)) {
        mt_row_time_see(&seen, &fields[columns->at[MT_COLUMN_TIME]]);
        row_see(out, columns, fields);
    }
    out->rows = seen.rows;
    if (seen.rows == 0)
        return unreadable(csv, columns, path, diag);
    err = mt_row_time_decide(time, &seen, path, options->time_unit, options->date, options->zone,
                             diag);
    if (err != 0 || columns->format != MT_DATA_BARS)
        return err;
    err = mt_csv_rewind(csv, diag);
    rows = (struct rows){ csv, columns, columns->header, MT_SAMPLE_ROWS };
    return err != 0 ? err : length_decide(out, &rows, time, path, diag);
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
