#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "adapters/playback/dialects.h"
#include "adapters/playback/file.h"
#include "adapters/playback/names.h"
#include "base/hash.h"

enum { SHOWN_TEXT = 40, SHOWN_PATH = 120 };

/* The end of a long path says more than its beginning. */
static const char *path_tail(const char *path)
{
    size_t length = strlen(path);
    return length > SHOWN_PATH ? path + length - SHOWN_PATH : path;
}

static void text_keep(char *out, size_t size, const struct mt_diag *diag)
{
    snprintf(out, size, "%.*s", (int)size - 1, diag->text);
}

/* "FILE:LINE: 'text' why" */
static void place_write(struct mt_diag *diag, const struct mt_file *file, uint64_t line,
                        const struct mt_field *field, const char *why)
{
    char number[24] = "", text[SHOWN_TEXT + 8] = "";
    if (line > 0)
        snprintf(number, sizeof number, ":%llu", (unsigned long long)line);
    if (field) {
        bool cut = field->length > SHOWN_TEXT;
        int length = (int)(cut ? SHOWN_TEXT : field->length);
        snprintf(text, sizeof text, "'%*s%s' ", length, "", cut ? "..." : "");
        for (int i = 0; i < length; i++)        /* a zero byte would end the text */
            text[1 + i] = field->text[i] == '\0' ? '?' : field->text[i];
    }
    diag->code = 0;
    mt_fail(diag, MT_ESYNTAX, "%s%s: %s%s", path_tail(file->info->path), number, text, why);
}

void mt_file_bad(struct mt_file *file, uint64_t line, enum mt_row_fault fault,
                 const struct mt_field *field)
{
    struct mt_data_file *info = file->info;
    char counted[160];
    const char *why = mt_row_fault_text(mt_row_fault_exact(fault, field));
    if (!mt_window_is_all(&file->window)
        && (file->last_ns < file->window.from_ns || file->last_ns >= file->window.to_ns))
        return; /* where the good row before it lies is where it lies */
    info->rows++;
    info->bad++;
    if (info->bad_first[0] != '\0' && !file->strict)
        return;
    struct mt_diag diag;
    if (fault == MT_ROW_COUNT) {
        snprintf(counted, sizeof counted,
                 "%s: %d, and %d are expected: mend the row, or name the columns with --columns", why, file->fields,
                 file->plan.columns.count);
        why = counted;
    }
    place_write(&diag, file, line, field, why);
    if (info->bad_first[0] == '\0')
        text_keep(info->bad_first, sizeof info->bad_first, &diag);
    if (file->strict)
        mt_fail(&file->failure, MT_ESYNTAX, "bad row: %s", diag.text);
}

static void rounded_count(struct mt_file *file, const struct mt_csv_line *line, int rounded)
{
    if (file->info->rounded == 0) {
        char why[80];
        struct mt_diag diag;
        snprintf(why, sizeof why, "a size with more than %d decimals was taken to the nearest unit",
                 file->plan.qty_scale);
        place_write(&diag, file, line->number, NULL, why);
        text_keep(file->info->rounded_first, sizeof file->info->rounded_first, &diag);
    }
    file->info->rounded += (uint64_t)rounded;
}

static enum mt_row_fault line_read(struct mt_file *file, const struct mt_csv_line *line,
                                   struct mt_field fields[MT_CSV_FIELDS_MAX], struct mt_event *out,
                                   struct mt_row_note *note)
{
    const bool bars = file->plan.columns.format == MT_DATA_BARS;
    if (line->too_long)
        return MT_ROW_TOO_LONG;
    /* A second bar of one time is none: in an hour that the clock shows twice it is the later one. */
    int64_t from_ns = file->last_ns + (bars && file->last_ns != INT64_MIN);
    file->fields = mt_csv_split(line->text, line->length, file->plan.columns.separator, fields);
    return mt_row_read(&file->plan, fields, file->fields, from_ns, &file->sides, out, note);
}

/* A line becomes the event at `out`, or is counted as bad. */
static bool line_take(struct mt_file *file, const struct mt_csv_line *line, struct mt_event *out)
{
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    struct mt_row_note note = { .at = -1 };
    enum mt_row_fault fault = line_read(file, line, fields, out, &note);
    if (fault == MT_ROW_OTHER)
        return false;
    if (fault == MT_ROW_GOOD && mt_event_stamp(out) < file->last_ns)
        fault = MT_ROW_BACK;
    if (fault == MT_ROW_GOOD && out->kind == MT_EV_BAR && mt_event_stamp(out) == file->last_ns)
        fault = MT_ROW_TWICE;
    if (fault == MT_ROW_COUNT && mt_is_footer(line->text, line->length))
        return false;
    if (fault != MT_ROW_GOOD) {
        mt_file_bad(file, line->number, fault, note.at >= 0 ? &fields[note.at] : NULL);
        return false;
    }
    if (note.rounded > 0 && mt_event_stamp(out) >= file->window.from_ns && mt_event_stamp(out) < file->window.to_ns)
        rounded_count(file, line, note.rounded);
    out->symbol = file->info->instrument;
    out->last = 0;
    out->source = file->number;
    file->last_ns = mt_event_stamp(out);
    return true;
}

/* What lies before the window is left out; what lies behind it ends the file. */
static bool is_kept(struct mt_file *file, int64_t stamp)
{
    file->ended = file->ended || stamp >= file->window.to_ns;
    return stamp >= file->window.from_ns && !file->ended;
}

/* The event at events[count] stays there. */
static void tick_keep(struct mt_file *file, int64_t stamp)
{
    file->count += is_kept(file, stamp);
}

static void bars_keep(struct mt_file *file, const struct mt_bar_rows_out *got)
{
    for (int i = 0; i < got->count; i++)
        if (is_kept(file, mt_event_stamp(&got->bars[i])))
            file->events[file->count++] = got->bars[i];
    for (int i = 0; i < got->overlaps; i++)
        mt_file_bad(file, got->lines[i], MT_ROW_OVERLAP, NULL);
}

static void row_take(struct mt_file *file, const struct mt_csv_line *line)
{
    struct mt_bar_rows_out got;
    struct mt_event *event = &file->events[file->count];
    if (!line_take(file, line, event))
        return;
    if (event->kind != MT_EV_BAR) {
        tick_keep(file, mt_event_stamp(event));
        return;
    }
    struct mt_event bar = *event;
    mt_bar_rows_take(&file->bars, &bar, line->number, &got);
    bars_keep(file, &got);
}

/* Also at a bad row that ends the run: what was held back was good. */
static void rows_end(struct mt_file *file)
{
    struct mt_bar_rows_out got;
    mt_bar_rows_end(&file->bars, &got);
    bars_keep(file, &got);
    file->ended = true;
}

static void csv_ahead(struct mt_file *file)
{
    struct mt_csv_line line;
    int got = 1;
    if (file->ended)
        return;
    while (file->count <= MT_FILE_AHEAD - MT_BAR_ROWS_OUT && file->failure.code == 0 && !file->ended
           && (got = mt_csv_next(file->csv, &line, &file->failure)) == 1) {
        row_take(file, &line);
    }
    if (!file->ended && (got != 1 || file->failure.code != 0) && file->count <= MT_FILE_AHEAD - MT_BAR_ROWS_OUT)
        rows_end(file);
}

static void store_ahead(struct mt_file *file)
{
    uint64_t left = file->store_end - file->position;
    if (left == 0)
        return;
    int got = mt_store_read(file->store, file->position, file->info->instrument, file->events,
                            left < MT_FILE_AHEAD ? (int)left : MT_FILE_AHEAD, &file->failure);
    if (got <= 0)
        return;
    for (int i = 0; i < got; i++)
        file->events[i].source = file->number;
    file->position += (uint64_t)got;
    file->count = got;
}

int mt_file_ahead(struct mt_file *file)
{
    if (file->head < file->count)
        return 1;
    file->head = file->count = 0;
    if (file->failure.code != 0 && (file->store || file->ended))
        return file->failure.code;
    if (file->csv)
        csv_ahead(file);
    else
        store_ahead(file);
    return file->count > 0 ? 1 : file->failure.code;
}

int mt_file_rewind(struct mt_file *file, struct mt_diag *diag)
{
    struct mt_data_file *info = file->info;
    info->rows = info->events = info->bad = info->rounded = 0;
    info->first_ns = info->last_ns = 0;
    info->bad_first[0] = info->rounded_first[0] = '\0';
    file->head = file->count = 0;
    file->failure.code = 0;
    file->last_ns = INT64_MIN;
    file->position = file->store_first;
    file->ended = false;
    file->sides = (struct mt_row_sides){ 0 };
    mt_bar_rows_begin(&file->bars);
    return file->csv ? mt_csv_rewind(file->csv, diag) : 0;
}

static void note_add(struct mt_data_file *info, const char *text)
{
    size_t length = strlen(info->note);
    snprintf(info->note + length, sizeof info->note - length, "%s%s", length > 0 ? ", " : "", text);
}

static void note_write(struct mt_file *file, bool symbol_from_name)
{
    struct mt_data_file *info = file->info;
    const struct mt_columns *columns = &file->plan.columns;
    const struct mt_row_time *time = &file->plan.time;
    char text[MT_COLUMNS_UNREAD + 40], date[MT_TIME_TEXT];
    if (symbol_from_name) {
        snprintf(text, sizeof text, "symbol %s from the file's name", info->symbol);
        note_add(info, text);
    }
    if (columns->dialect_note)
        note_add(info, columns->dialect_note);
    if (columns->shape) {
        snprintf(text, sizeof text, "columns taken for %s", columns->shape);
        note_add(info, text);
    }
    if (columns->unread[0]) {
        snprintf(text, sizeof text, "columns that are not read: %s", columns->unread);
        note_add(info, text);
    }
    if (file->sample.crossed_line > 0) {
        snprintf(text, sizeof text,
                 "the ask is below the bid in every row from line %llu on (when they have each other's name: --columns "
                 "time,ask,bid)",
                 (unsigned long long)file->sample.crossed_line);
        note_add(info, text);
    }
    if (columns->numbers.decimal == ',')
        note_add(info, "a comma before the decimals");
    if (file->sample.back)
        note_add(info, "newest row first: read from its end");
    if (file->sample.has_wanted) {
        snprintf(text, sizeof text, "rows of %s alone", info->symbol);
        note_add(info, text);
    }
    if (time->midnight) {
        mt_time_format(date, time->base_ns);
        snprintf(text, sizeof text, "times in %s from midnight of %.10s%s", mt_row_time_unit(time),
                 date, time->date_from_name ? " (from the file's name)" : "");
        note_add(info, text);
    }
}

static int symbol_decide(struct mt_file *file, const char *given, struct mt_diag *diag)
{
    struct mt_data_file *info = file->info;
    if (given) {
        if (!mt_name_is_symbol(given, strlen(given)))
            return mt_fail(diag, MT_ESYNTAX, "\"%s\" is no symbol: 1 to 31 of A-Z a-z 0-9 . _ / -",
                           given);
        memcpy(info->symbol, given, strlen(given));
        if (file->sample.has_wanted) {
            memcpy(file->plan.symbol, info->symbol, sizeof file->plan.symbol);
            file->plan.others = true;
        } else { /* another name for the one symbol of the column */
            memcpy(file->plan.symbol, file->sample.column_symbol, sizeof file->plan.symbol);
        }
    } else if (file->sample.symbol[0] != '\0') {
        memcpy(info->symbol, file->sample.symbol, sizeof info->symbol);
        memcpy(file->plan.symbol, file->sample.column_symbol, sizeof file->plan.symbol);
    } else if (file->plan.columns.symbol[0] != '\0') {
        memcpy(info->symbol, file->plan.columns.symbol, sizeof info->symbol);
    } else {
        enum mt_name_says says = mt_name_symbol(info->path, info->symbol);
        info->symbol_guessed = says == MT_NAME_WORD;
        if (says == MT_NAME_NOTHING)
            return mt_fail(diag, MT_EREFUSED, "%s: nothing says which symbol it is: give --symbols",
                           info->path);
    }
    return 0;
}

static int csv_open(struct mt_file *file, const char *symbol, const struct mt_data_options *options,
                    struct mt_diag *diag)
{
    struct mt_data_file *info = file->info;
    struct mt_row_plan *plan = &file->plan;
    int err = mt_csv_open(&file->csv, info->path, diag);
    if (err == 0)
        err = mt_columns_decide(&plan->columns, file->csv, info->path, symbol, options, diag);
    if (err == 0)
        err = mt_sample_read(&file->sample, &plan->time, file->csv, &plan->columns, info->path, symbol, options, diag);
    if (err == 0)
        err = symbol_decide(file, symbol, diag);
    if (err == 0)
        err = mt_hash_file(info->path, &info->hash, diag);
    if (err == 0 && file->sample.back)
        err = mt_csv_backwards(file->csv, diag);
    if (err != 0)
        return err;
    info->format = plan->columns.format;
    info->tf_s = plan->tf_s = file->sample.tf_s;
    note_write(file, !symbol && file->sample.symbol[0] == '\0' && plan->columns.symbol[0] == '\0');
    return 0;
}

static int store_open(struct mt_file *file, const char *symbol,
                      const struct mt_data_options *options, struct mt_diag *diag)
{
    struct mt_data_file *info = file->info;
    int err = mt_store_open(&file->store, info->path, false, diag);
    if (err != 0)
        return err;
    enum mt_event_kind kind = mt_store_kind(file->store);
    memcpy(info->symbol, mt_store_instrument(file->store)->symbol, sizeof info->symbol);
    info->format = kind == MT_EV_BAR     ? MT_DATA_BARS
                   : kind == MT_EV_QUOTE ? MT_DATA_QUOTES
                                         : MT_DATA_TRADES;
    info->tf_s = mt_store_tf_s(file->store);
    info->hash = mt_store_hash(file->store);
    file->store_end = mt_store_count(file->store);
    if (symbol && strcmp(symbol, info->symbol) != 0)
        return mt_fail(diag, MT_EREFUSED, "%s: is a store of %s, not of %s", info->path,
                       info->symbol, symbol);
    if (options->format != MT_DATA_AUTO && options->format != MT_DATA_STORE &&
        options->format != info->format)
        return mt_fail(diag, MT_EREFUSED, "%s: is a tick store of another kind than --format says",
                       info->path);
    return 0;
}

/* A store whose first bytes are damaged is no text. */
static bool is_store_name(const char *path)
{
    size_t length = strlen(path), suffix = strlen(MT_STORE_SUFFIX);
    struct stat status;
    return length > suffix && strcmp(path + length - suffix, MT_STORE_SUFFIX) == 0 &&
           stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

int mt_file_open(struct mt_file *file, const char *symbol, const struct mt_data_options *options,
                 struct mt_diag *diag)
{
    file->window = MT_WINDOW_ALL;
    if (options->format == MT_DATA_RAW)
        return mt_fail(diag, MT_EREFUSED, "%s: raw recordings are not built yet", file->info->path);
    if (mt_store_is(file->info->path) || is_store_name(file->info->path))
        return store_open(file, symbol, options, diag);
    if (options->format == MT_DATA_STORE)
        return mt_fail(diag, MT_ECORRUPT, "%s: is no tick store", file->info->path);
    return csv_open(file, symbol, options, diag);
}

void mt_file_close(struct mt_file *file)
{
    mt_csv_close(file->csv);
    mt_store_close(file->store);
}

/* The first event of a store whose stamp is not before ns. */
static int store_find(struct mt_file *file, int64_t ns, uint64_t *out, struct mt_diag *diag)
{
    struct mt_event event;
    uint64_t low = 0, high = mt_store_count(file->store);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        int got = mt_store_read(file->store, middle, 0, &event, 1, diag);
        if (got < 0)
            return got;
        if (mt_event_stamp(&event) < ns)
            low = middle + 1;
        else
            high = middle;
    }
    *out = low;
    return 0;
}

int mt_file_window(struct mt_file *file, const struct mt_window *window, struct mt_diag *diag)
{
    int err = 0;
    file->window = *window;
    if (file->store && window->from_ns != INT64_MIN)
        err = store_find(file, window->from_ns, &file->store_first, diag);
    if (err == 0 && file->store && window->to_ns != INT64_MAX)
        err = store_find(file, window->to_ns, &file->store_end, diag);
    return err;
}

int mt_file_store_span(struct mt_file *file, struct mt_file_span *out, struct mt_diag *diag)
{
    struct mt_event first, last;
    *out = (struct mt_file_span){ .any = file->store_first < file->store_end };
    if (!out->any)
        return 0;
    int got = mt_store_read(file->store, file->store_first, 0, &first, 1, diag);
    if (got > 0)
        got = mt_store_read(file->store, file->store_end - 1, 0, &last, 1, diag);
    if (got < 0)
        return got;
    out->first_ns = mt_event_stamp(&first);
    out->last_ns = mt_event_stamp(&last);
    return 0;
}

uint64_t mt_file_taken(const struct mt_file *file)
{
    return file->csv ? mt_csv_consumed(file->csv) : file->position;
}

uint64_t mt_file_size(const struct mt_file *file)
{
    return file->csv ? mt_csv_size(file->csv) : mt_store_count(file->store);
}
