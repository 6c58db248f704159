/* Many files as one source: finding and opening them, their order, their instruments, and what is refused. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "adapters/playback/data.h"

static int path_add(struct mt_data *data, const char *path, const char *symbol,
                    struct mt_diag *diag)
{
    if (data->count == MT_DATA_FILES_MAX)
        return mt_fail(diag, MT_ERANGE, "%s: more than %d data files", path, MT_DATA_FILES_MAX);
    char *copy = strdup(path);
    if (!copy)
        return mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
    data->symbols[data->count] = symbol;
    data->paths[data->count++] = copy;
    return 0;
}

static int is_store_name(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name), suffix = strlen(MT_STORE_SUFFIX);
    return length > suffix && strcmp(entry->d_name + length - suffix, MT_STORE_SUFFIX) == 0;
}

/* By bytes: alphasort would ask the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* A directory stands for the stores in it, in the order of their names. */
static int directory_add(struct mt_data *data, const char *path, const char *symbol,
                         struct mt_diag *diag)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_store_name, by_name);
    if (count < 0)
        return mt_fail(diag, MT_EIO, "%s: cannot read the directory: %s", path, strerror(errno));
    int err = count == 0 ? mt_fail(diag, MT_EREFUSED, "%s: a directory without a tick store (*%s)",
                                   path, MT_STORE_SUFFIX)
                         : 0;
    for (int i = 0; i < count; i++) {
        char *full = NULL;
        if (err == 0 && asprintf(&full, "%s/%s", path, entries[i]->d_name) < 0)
            err = mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
        else if (err == 0)
            err = path_add(data, full, symbol, diag);
        free(full);
        free(entries[i]);
    }
    free(entries);
    return err;
}

static int paths_take(struct mt_data *data, const struct mt_data_options *options,
                      struct mt_diag *diag)
{
    if (options->file_count == 0)
        return mt_fail(diag, MT_EREFUSED, "no data files");
    if (options->symbol_count > 1 && options->symbol_count != options->file_count)
        return mt_fail(diag, MT_EREFUSED,
                       "%zu symbols for %zu data files: give one for each, or one for all",
                       options->symbol_count, options->file_count);
    int err = 0;
    for (size_t i = 0; err == 0 && i < options->file_count; i++) {
        const char *path = options->files[i];
        const char *symbol = options->symbol_count == 0
                                 ? NULL
                                 : options->symbols[options->symbol_count == 1 ? 0 : i];
        struct stat stat_;
        if (stat(path, &stat_) != 0)
            err = mt_fail(diag, MT_EIO, "%s: cannot open: %s", path, strerror(errno));
        else if (S_ISDIR(stat_.st_mode))
            err = directory_add(data, path, symbol, diag);
        else
            err = path_add(data, path, symbol, diag);
    }
    return err;
}

static int files_open(struct mt_data *data, const struct mt_data_options *options,
                      struct mt_diag *diag)
{
    int err = 0;
    for (size_t i = 0; err == 0 && i < data->count; i++) {
        struct mt_file *file = data->files[i] = calloc(1, sizeof *file);
        if (!file)
            return mt_fail(diag, MT_ENOMEM, "%s: out of memory", data->paths[i]);
        file->info = &data->info[i];
        file->info->path = data->paths[i];
        file->number = (uint32_t)i;
        file->strict = options->strict;
        err = mt_file_open(file, data->symbols[i], options, diag);
    }
    return err;
}

/* A store's numbers are in the units it was imported with. */
static int units_check(const struct mt_file *file, const struct mt_instrument *instrument,
                       struct mt_diag *diag)
{
    if (!file->store)
        return 0;
    const struct mt_instrument *own = mt_store_instrument(file->store);
    if (own->negative && !instrument->negative)
        return mt_fail(diag, MT_EREFUSED,
                       "%s: was imported with negative=true, and %s is now said to have no price at or below zero: say "
                       "negative=true with --instrument or in the configuration, or import it again",
                       file->info->path, instrument->symbol);
    if (own->price_scale == instrument->price_scale && own->qty_scale == instrument->qty_scale)
        return 0;
    return mt_fail(diag, MT_EREFUSED,
                   "%s: was imported with %d decimals of price and %d of quantity, %s now has %d "
                   "and %d: "
                   "import it again",
                   file->info->path, own->price_scale, own->qty_scale, instrument->symbol,
                   instrument->price_scale, instrument->qty_scale);
}

/* ---- their order ---- */

struct entry { char *path; struct mt_data_file info; struct mt_file *file; struct mt_file_span span; };

static int compare_int64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int series_compare(const struct mt_data_file *a, const struct mt_data_file *b)
{
    int by = strcmp(a->symbol, b->symbol);
    if (by == 0)
        by = compare_int64(a->format, b->format);
    return by != 0 ? by : compare_int64(a->tf_s, b->tf_s);
}

/* Nothing of it depends on the order in which they were given; two files that this leaves equal are the same twice. */
static int entry_compare(const void *one, const void *two)
{
    const struct entry *a = one, *b = two;
    int by = series_compare(&a->info, &b->info);
    if (by == 0)
        by = compare_int64(a->span.first_ns, b->span.first_ns);
    if (by == 0 && a->info.hash != b->info.hash)
        by = a->info.hash < b->info.hash ? -1 : 1;
    return by != 0 ? by : strcmp(a->path, b->path);
}

static int files_sort(struct mt_data *data, struct mt_file_span *spans, struct mt_diag *diag)
{
    struct entry *all = malloc(data->count * sizeof *all);
    if (!all)
        return mt_fail(diag, MT_ENOMEM, "data: out of memory");
    for (size_t i = 0; i < data->count; i++)
        all[i] = (struct entry){ data->paths[i], data->info[i], data->files[i], spans[i] };
    qsort(all, data->count, sizeof *all, entry_compare);
    for (size_t i = 0; i < data->count; i++) {
        data->paths[i] = all[i].path;
        data->info[i] = all[i].info;
        data->files[i] = all[i].file;
        data->files[i]->info = &data->info[i];
        data->files[i]->number = (uint32_t)i;
        spans[i] = all[i].span;
    }
    free(all);
    return 0;
}

static void series_make(struct mt_data *data)
{
    size_t first = 0;
    for (size_t i = 0; i < data->count; i++) {
        if (series_compare(&data->info[first], &data->info[i]) != 0)
            first = i;
        data->series_end[i] = 0;
        data->series_end[first] = i + 1;
    }
}

/* ---- their instruments ---- */

/* Make the instrument of the files first..end, which are all of one symbol. */
static int instrument_make(struct mt_data *data, size_t first, size_t end, const struct mt_data_options *options,
                           struct mt_diag *diag)
{
    struct mt_instrument *instrument = &data->instruments[data->instrument_count];
    const struct mt_instrument *stored = NULL;
    struct mt_sample sample = { 0 };
    for (size_t i = first; i < end; i++) {
        if (data->files[i]->store && !stored)
            stored = mt_store_instrument(data->files[i]->store);
        mt_sample_add(&sample, &data->files[i]->sample);
    }
    int err = mt_infer_instrument(instrument, data->info[first].symbol, &sample, stored, options, diag);
    for (size_t i = first; err == 0 && i < end; i++) {
        data->info[i].instrument = data->instrument_count;
        data->files[i]->plan.price_scale = instrument->price_scale;
        data->files[i]->plan.qty_scale = instrument->qty_scale;
        data->files[i]->plan.negative = instrument->negative;
        err = units_check(data->files[i], instrument, diag);
    }
    data->instrument_count++;
    return err;
}

/* The place of a symbol in the wanted order; behind all of it when it is not named there. */
static size_t rank_of(const char *symbol, const struct mt_data_options *options)
{
    size_t rank = 0;
    while (rank < options->order_count && strcmp(options->order[rank], symbol) != 0)
        rank++;
    return rank;
}

static int instruments_make(struct mt_data *data, const struct mt_data_options *options, struct mt_diag *diag)
{
    int err = 0;
    for (size_t rank = 0; rank <= options->order_count; rank++)
        for (size_t first = 0, end; err == 0 && first < data->count; first = end) {
            for (end = first + 1; end < data->count; end++)
                if (strcmp(data->info[end].symbol, data->info[first].symbol) != 0)
                    break;
            if (rank_of(data->info[first].symbol, options) == rank)
                err = instrument_make(data, first, end, options, diag);
        }
    return err;
}

/* ---- what is refused ---- */

static int span_read(struct mt_file *file, bool needed, struct mt_file_span *span, struct mt_diag *diag)
{
    if (file->csv)
        return mt_file_scan(file, needed, span, diag);
    return needed ? mt_file_store_span(file, span, diag) : 0;
}

static int spans_read(struct mt_data *data, struct mt_file_span *spans, bool all, struct mt_diag *diag)
{
    int err = 0;
    series_make(data);
    for (size_t i = 0, first = 0; err == 0 && i < data->count; i++) {
        if (data->series_end[i] != 0)
            first = i;
        bool shared = data->series_end[first] - first > 1;
        data->info[i].refusal[0] = '\0';
        err = span_read(data->files[i], all || shared, &spans[i], diag);
    }
    return err;
}

static int window_set(struct mt_data *data, const struct mt_data_options *options, int64_t last_ns,
                      struct mt_diag *diag)
{
    struct mt_window window;
    int err = mt_window_decide(&window, options, last_ns, diag);
    for (size_t i = 0; err == 0 && i < data->count; i++)
        err = mt_file_window(data->files[i], &window, diag);
    data->has_window = !mt_window_is_all(&window);
    return err;
}

/* What counts of the data, and how far it reaches. A distance from the end is one from the last row of all files,
 * which is known only when they were read. */
static int window_and_spans(struct mt_data *data, const struct mt_data_options *options, struct mt_file_span *spans,
                            struct mt_diag *diag)
{
    bool relative = mt_window_is_relative(options);
    int err = relative ? 0 : window_set(data, options, 0, diag);
    if (err == 0)
        err = spans_read(data, spans, relative, diag);
    if (err != 0 || !relative)
        return err;
    int64_t last_ns = 0;
    for (size_t i = 0; i < data->count; i++)
        if (spans[i].any && spans[i].last_ns > last_ns)
            last_ns = spans[i].last_ns;
    err = window_set(data, options, last_ns, diag);
    return err == 0 ? spans_read(data, spans, false, diag) : err;
}

/* Bars of one time are one too many; ticks may share the stamp where two files meet. */
static bool overlaps(const struct mt_data_file *info, const struct mt_file_span *before,
                     const struct mt_file_span *after)
{
    if (!before->any || !after->any)
        return false;
    return after->first_ns < before->last_ns || (info->format == MT_DATA_BARS && after->first_ns == before->last_ns);
}

static void overlap_note(struct mt_data *data, size_t before, size_t after, const struct mt_file_span *spans)
{
    static const char *const kinds[] = {
        [MT_DATA_BARS] = "bars", [MT_DATA_QUOTES] = "quotes", [MT_DATA_TRADES] = "trades"
    };
    char from[MT_TIME_TEXT], to[MT_TIME_TEXT], symbol[MT_SYMBOL_MAX];
    struct mt_data_file *info = &data->info[after];
    int64_t end_ns = spans[before].last_ns < spans[after].last_ns ? spans[before].last_ns : spans[after].last_ns;
    mt_time_format(from, spans[after].first_ns);
    mt_time_format(to, end_ns);
    memcpy(symbol, info->symbol, sizeof symbol);
    if (info->refusal[0] == '\0')
        snprintf(info->refusal, sizeof info->refusal,
                 "overlaps %.200s: both have %s of %s from %s to %s: leave one of them away, or say with --merge that "
                 "they are one", data->paths[before], kinds[info->format], symbol, from, to);
}

/* Two sources of one series whose times overlap; the files of a series stand by their first stamps. */
static int overlaps_find(struct mt_data *data, const struct mt_file_span *spans)
{
    int err = 0;
    for (size_t first = 0; first < data->count; first = data->series_end[first]) {
        size_t latest = first;
        for (size_t i = first + 1; i < data->series_end[first]; i++) {
            if (overlaps(&data->info[i], &spans[latest], &spans[i])) {
                overlap_note(data, latest, i, spans);
                err = MT_EDUP;
            }
            if (!spans[latest].any || spans[i].last_ns > spans[latest].last_ns)
                latest = i;
        }
    }
    return err;
}

static int refusal_tell(const struct mt_data *data, int err, struct mt_diag *diag)
{
    for (size_t i = 0; i < data->count; i++)
        if (data->info[i].refusal[0] != '\0')
            return mt_fail(diag, err, "%s: %s", data->paths[i], data->info[i].refusal);
    return 0;
}

static int order_and_refuse(struct mt_data *data, const struct mt_data_options *options, struct mt_file_span *spans,
                            struct mt_diag *diag)
{
    int err = files_sort(data, spans, diag);
    if (err == 0)
        err = instruments_make(data, options, diag);
    if (err == 0)
        err = window_and_spans(data, options, spans, diag);
    if (err == 0 && !options->inspect)
        err = refusal_tell(data, MT_EREFUSED, diag);
    if (err == 0)
        err = files_sort(data, spans, diag);
    if (err != 0)
        return err;
    series_make(data);
    int overlap = options->merge ? 0 : overlaps_find(data, spans);
    return overlap != 0 && !options->inspect ? refusal_tell(data, overlap, diag) : 0;
}

int mt_data_open(struct mt_data **out, const struct mt_data_options *options, struct mt_diag *diag)
{
    struct mt_data *data = calloc(1, sizeof *data);
    struct mt_file_span *spans = calloc(MT_DATA_FILES_MAX, sizeof *spans);
    int err = data && spans ? paths_take(data, options, diag) : mt_fail(diag, MT_ENOMEM, "data: out of memory");
    if (err == 0)
        err = files_open(data, options, diag);
    if (err == 0)
        err = order_and_refuse(data, options, spans, diag);
    if (err == 0)
        err = mt_data_rewind(data, diag);
    free(spans);
    if (err != 0) {
        mt_data_close(data);
        return err;
    }
    *out = data;
    return 0;
}

void mt_data_close(struct mt_data *data)
{
    if (!data)
        return;
    for (size_t i = 0; i < data->count; i++) {
        if (data->files[i])
            mt_file_close(data->files[i]);
        free(data->files[i]);
        free(data->paths[i]);
    }
    free(data);
}
