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

/* Count a number's decimals and its digits before the point. Text that is no number says
 * nothing. */
static void number_see(const struct mt_field *field, struct mt_numbers_seen *seen)
{
    struct mt_dec_text number;
    if (mt_dec_text_read(field->text, field->length, &number) != 0 || number.too_long)
        return;
    int64_t length = 0;
    for (unsigned __int128 rest = number.mantissa; rest != 0; rest /= 10)
        length++;
    if (number.exponent < 0)
        seen->decimals = max_int(seen->decimals, number.exponent < -MT_SCALE_MAX
                                                     ? MT_SCALE_MAX
                                                     : (int)-number.exponent);
    int64_t whole = length + number.exponent;
    seen->digits[whole < 0 ? 0 : whole < MT_SAMPLE_DIGITS ? whole : MT_SAMPLE_DIGITS - 1]++;
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
        if (mt_row_time_read(time, &fields[rows->columns->at[MT_COLUMN_TIME]], &now) != 0)
            continue;
        if (now > before)
            distances[count++] = now - before;
        before = now;
    }
    int64_t length = most_frequent(distances, count);
    free(distances);
    if (length == 0)
        return mt_fail(diag, MT_EREFUSED, "%s: two rows at least must tell how long its bars are",
                       path);
    if (length % MT_NS_PER_S != 0 || length / MT_NS_PER_S > INT32_MAX)
        return mt_fail(diag, MT_EREFUSED, "%s: its bars are no whole seconds long", path);
    out->tf_s = (int32_t)(length / MT_NS_PER_S);
    return 0;
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
    if (seen.rows == 0) {
        struct mt_csv_line line;
        err = mt_csv_next(csv, &line, diag);
        return err < 0 ? err
                       : mt_fail(diag, MT_ESYNTAX, "%s: none of its first rows can be read", path);
    }
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
    to->decimals = max_int(to->decimals, from->decimals);
    for (int i = 0; i < MT_SAMPLE_DIGITS; i++)
        to->digits[i] += from->digits[i];
}

void mt_sample_add(struct mt_sample *to, const struct mt_sample *from)
{
    to->rows += from->rows;
    numbers_add(&to->price, &from->price);
    numbers_add(&to->qty, &from->qty);
}

/* The largest scale at which the numbers of the first rows fit, with a digit to spare. A hundredth
 * of them may be larger: one absurd row must not cost all others their decimals. */
static int scale_limit(const struct mt_numbers_seen *seen)
{
    uint64_t all = 0, larger = 0;
    int digits = MT_SAMPLE_DIGITS - 1;
    for (int i = 0; i < MT_SAMPLE_DIGITS; i++)
        all += seen->digits[i];
    while (digits > 0 && (larger += seen->digits[digits]) * 100 <= all)
        digits--;
    return max_int(0, DIGITS_MAX - digits);
}

static void inferred_make(struct mt_instrument *out, const char *symbol,
                          const struct mt_sample *sample, const char *quote)
{
    int limit = scale_limit(&sample->price);
    int decimals = min_int(sample->price.decimals, limit);
    int scale = min_int(max_int(USUAL_SCALE, decimals), limit);
    mt_instrument_infer(symbol, decimals, quote, out);
    out->price_scale = scale;
    out->tick = mt_pow10(scale - decimals);
    out->qty_scale = min_int(USUAL_SCALE, scale_limit(&sample->qty));
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
    int price = min_int(sample->price.decimals, scale_limit(&sample->price));
    int qty = min_int(min_int(sample->qty.decimals, USUAL_SCALE), scale_limit(&sample->qty));
    scale_raise(&out->price_scale, price, (int64_t *const[]){ &out->tick, &out->stop_level }, 2);
    scale_raise(&out->qty_scale, qty,
                (int64_t *const[]){ &out->step, &out->qty_min, &out->qty_max, &out->default_qty },
                4);
}

static int spec_make(struct mt_instrument *out, const char *symbol, const struct mt_sample *sample,
                     const struct mt_data_options *options, struct mt_diag *diag)
{
    inferred_make(out, symbol, sample,
                  options->account_currency ? options->account_currency : "USD");
    if (options->instrument) {
        int err = mt_instrument_parse(options->instrument, out, diag);
        out->inferred = false;
        return err;
    }
    if (!options->like)
        return 0;
    if (mt_instrument_builtin(options->like, out) != 0)
        return mt_fail(diag, MT_ENOTFOUND, "--like \"%s\": no such instrument is built in",
                       options->like);
    memset(out->symbol, 0, sizeof out->symbol);
    memcpy(out->symbol, symbol, strlen(symbol));
    scales_raise(out, sample);
    return 0;
}

int mt_infer_instrument(struct mt_instrument *out, const char *symbol,
                        const struct mt_sample *sample, const struct mt_instrument *stored,
                        const struct mt_data_options *options, struct mt_diag *diag)
{
    for (size_t i = 0; i < options->configured_count; i++)
        if (strcmp(options->configured[i].symbol, symbol) == 0) {
            *out = options->configured[i];
            return 0;
        }
    if (stored) {
        *out = *stored;
        return 0;
    }
    if (mt_instrument_builtin(symbol, out) == 0 && strcmp(out->symbol, symbol) == 0) {
        scales_raise(out, sample);
        return 0;
    }
    int err = spec_make(out, symbol, sample, options, diag);
    return err != 0 ? err : mt_instrument_check(out, diag);
}
