/* The look over all rows of a text file before the first of them counts. */
#include <stdio.h>
#include <string.h>
#include "adapters/playback/file.h"

/* Whether a price is above zero as it stands there: a digit but 0 in front of any exponent, and no sign. Most rows need
 * no closer look. */
static bool is_plainly_above(const struct mt_field *field)
{
    for (size_t i = 0; i < field->length; i++) {
        char c = field->text[i];
        if (c >= '1' && c <= '9')
            return true;
        if (c != '0' && c != '.')
            return false;
    }
    return false;
}

static bool prices_are_plain(const struct mt_columns *columns, const struct mt_field *fields)
{
    static const enum mt_column prices[] = { MT_COLUMN_OPEN, MT_COLUMN_HIGH, MT_COLUMN_LOW,  MT_COLUMN_CLOSE,
                                             MT_COLUMN_BID,  MT_COLUMN_ASK,  MT_COLUMN_PRICE };
    for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++)
        if (columns->at[prices[i]] >= 0 && !is_plainly_above(&fields[columns->at[prices[i]]]))
            return false;
    return true;
}

static void span_add(struct mt_file_span *span, const struct mt_event *event)
{
    int64_t stamp = mt_event_stamp(event);
    if (!span->any)
        span->first_ns = span->last_ns = stamp;
    if (stamp > span->last_ns)
        span->last_ns = stamp;
    span->any = true;
}

/* A row whose price is no good has its time already. */
static bool is_inside(const struct mt_window *window, const struct mt_event *event)
{
    int64_t stamp = mt_event_stamp(event);
    return stamp >= window->from_ns && stamp < window->to_ns;
}

static void refuse(struct mt_data_file *info, uint64_t count, uint64_t line)
{
    snprintf(info->refusal, sizeof info->refusal,
             "%llu %s a price at or below zero, the first in line %llu: mend the data, or say that the instrument has "
             "such prices: --instrument negative=true, or negative = true in its configuration",
             (unsigned long long)count, count == 1 ? "row has" : "rows have", (unsigned long long)line);
}

int mt_file_scan(struct mt_file *file, bool span, struct mt_file_span *out, struct mt_diag *diag)
{
    struct mt_csv_line line;
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    struct mt_row_note note;
    struct mt_event event;
    uint64_t below = 0, first = 0;
    struct mt_row_sides sides = { 0 };
    bool all = mt_window_is_all(&file->window);
    *out = (struct mt_file_span){ .any = false };
    if (!span && file->plan.negative)
        return 0;
    int err = mt_csv_rewind(file->csv, diag);
    while (err == 0 && mt_csv_next(file->csv, &line, NULL) == 1) {
        if (line.too_long)
            continue;
        int count = mt_csv_split(line.text, line.length, file->plan.columns.separator, fields);
        if (count != file->plan.columns.count || (!span && prices_are_plain(&file->plan.columns, fields)))
            continue;
        int64_t from_ns = out->any ? out->last_ns + (file->plan.columns.format == MT_DATA_BARS) : INT64_MIN;
        enum mt_row_fault fault = mt_row_read(&file->plan, fields, count, from_ns, &sides, &event, &note);
        if (!all && (fault == MT_ROW_GOOD || fault == MT_ROW_PRICE) && !is_inside(&file->window, &event))
            continue;
        if (fault == MT_ROW_GOOD)
            span_add(out, &event);
        if (fault == MT_ROW_PRICE && below++ == 0)
            first = line.number;
    }
    if (below > 0)
        refuse(file->info, below, first);
    return err;
}
