#include <stdio.h>
#include <string.h>
#include "adapters/playback/columns_probe.h"
#include "adapters/playback/date_text.h"
#include "base/clock.h"
#include "base/dec.h"

enum { NUMBER_ROWS = 10000, KIND_ROWS = 64 };

/* A number is a moment when it is too large for a time of day in milliseconds. */
static enum mt_time_kind kind_of(const struct mt_field *field)
{
    const int64_t day_ms = 86400000;
    struct mt_moment moment;
    int64_t value;
    struct mt_date_orders date = mt_date_orders(field->text, field->length);
    if (date.orders != 0) {
        enum mt_date_order order = (enum mt_date_order)(date.orders & -date.orders);
        bool read = mt_moment_read(field->text, field->length, order, &moment) == 0;
        return read && moment.has_daytime ? MT_KIND_MOMENT : MT_KIND_DATE;
    }
    if (mt_daytime_read(field->text, field->length, &moment) == 0)
        return MT_KIND_CLOCK;
    if (mt_time_parse(field->text, field->length, &value) == 0 && field->length > 4 && field->text[4] == '-')
        return MT_KIND_MOMENT;
    int err = mt_dec_parse(field->text, field->length, 0, &value);
    const char *point = memchr(field->text, '.', field->length);
    if (err == MT_EINEXACT && point)
        err = mt_dec_parse(field->text, (size_t)(point - field->text), 0, &value);
    return err == 0 && value >= day_ms ? MT_KIND_MOMENT : MT_KIND_OTHER;
}

static bool has_nonzero(const struct mt_field *field)
{
    for (size_t i = 0; i < field->length; i++)
        if (field->text[i] >= '1' && field->text[i] <= '9')
            return true;
    return false;
}

static bool is_first(const char *first, const struct mt_field *field)
{
    size_t length = field->length < MT_SYMBOL_MAX ? field->length : MT_SYMBOL_MAX - 1;
    return strlen(first) == length && memcmp(first, field->text, length) == 0;
}

static void row_see(struct mt_probe *out, const struct mt_field *fields, int count, uint64_t line, int row)
{
    for (int i = 0; i < count; i++) {
        mt_number_see(&out->numbers[i], &fields[i], line);
        out->nonzero[i] = out->nonzero[i] || has_nonzero(&fields[i]);
        if (row < KIND_ROWS)
            out->kinds[i][kind_of(&fields[i])]++;
        if (row > 0 && !out->varies[i])
            out->varies[i] = !is_first(out->first[i], &fields[i]);
        if (row == 0)
            snprintf(out->first[i], sizeof out->first[i], "%.*s",
                     (int)(fields[i].length < MT_SYMBOL_MAX ? fields[i].length : MT_SYMBOL_MAX - 1), fields[i].text);
    }
}

int mt_probe_read(struct mt_probe *out, struct mt_csv *csv, const struct mt_columns *columns, struct mt_diag *diag)
{
    struct mt_csv_line line;
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    int row = 0, err = mt_csv_rewind(csv, diag);
    while (err == 0 && row < NUMBER_ROWS && mt_csv_next(csv, &line, NULL) == 1)
        if (!line.too_long && mt_csv_split(line.text, line.length, columns->separator, fields) == columns->count)
            row_see(out, fields, columns->count, line.number, row++);
    return err;
}

enum mt_time_kind mt_probe_kind(const struct mt_probe *probe, int column)
{
    enum mt_time_kind best = MT_KIND_OTHER;
    for (int kind = 0; kind < MT_KINDS; kind++)
        if (probe->kinds[column][kind] > probe->kinds[column][best])
            best = (enum mt_time_kind)kind;
    return best;
}
