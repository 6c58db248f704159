/* Many files as one source: by time, then by their order on the command line. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "adapters/playback/file.h"
#include "adapters/playback/playback.h"

struct mt_data {
    size_t count;
    char *paths[MT_DATA_FILES_MAX];         /* owned */
    const char *symbols[MT_DATA_FILES_MAX]; /* of the options, while opening; NULL: not given */
    struct mt_data_file info[MT_DATA_FILES_MAX];
    struct mt_file *files[MT_DATA_FILES_MAX]; /* owned */
    uint16_t instrument_count;
    struct mt_instrument instruments[MT_DATA_FILES_MAX];
    struct mt_diag failure;               /* of a file; stays until the next seek */
    int64_t head_ns[MT_DATA_FILES_MAX];   /* of each file's next event; INT64_MAX: at its end */
    size_t series[MT_DATA_FILES_MAX];     /* first file with this one's symbol and length of bars */
    int64_t series_ns[MT_DATA_FILES_MAX]; /* of a series: its last delivered bar */
    bool ready;                           /* head_ns holds */
};

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
    if (own->price_scale == instrument->price_scale && own->qty_scale == instrument->qty_scale)
        return 0;
    return mt_fail(diag, MT_EREFUSED,
                   "%s: was imported with %d decimals of price and %d of quantity, %s now has %d "
                   "and %d: "
                   "import it again",
                   file->info->path, own->price_scale, own->qty_scale, instrument->symbol,
                   instrument->price_scale, instrument->qty_scale);
}

/* The instrument of file `first` and of all later files with its symbol. */
static int instrument_make(struct mt_data *data, size_t first,
                           const struct mt_data_options *options, struct mt_diag *diag)
{
    struct mt_instrument *instrument = &data->instruments[data->instrument_count];
    const char *symbol = data->info[first].symbol;
    const struct mt_instrument *stored = NULL;
    struct mt_sample sample = { 0 };
    for (size_t i = first; i < data->count; i++) {
        if (strcmp(data->info[i].symbol, symbol) != 0)
            continue;
        if (data->files[i]->store && !stored)
            stored = mt_store_instrument(data->files[i]->store);
        mt_sample_add(&sample, &data->files[i]->sample);
    }
    int err = mt_infer_instrument(instrument, symbol, &sample, stored, options, diag);
    for (size_t i = first; err == 0 && i < data->count; i++) {
        if (strcmp(data->info[i].symbol, symbol) != 0)
            continue;
        data->info[i].instrument = data->instrument_count;
        data->files[i]->plan.price_scale = instrument->price_scale;
        data->files[i]->plan.qty_scale = instrument->qty_scale;
        err = units_check(data->files[i], instrument, diag);
    }
    data->instrument_count++;
    return err;
}

static int instruments_make(struct mt_data *data, const struct mt_data_options *options,
                            struct mt_diag *diag)
{
    int err = 0;
    for (size_t i = 0; err == 0 && i < data->count; i++) {
        size_t same = 0;
        while (strcmp(data->info[same].symbol, data->info[i].symbol) != 0)
            same++;
        if (same == i)
            err = instrument_make(data, i, options, diag);
    }
    return err;
}

static bool is_bars(const struct mt_data *data, size_t i)
{
    return data->info[i].format == MT_DATA_BARS;
}

static void series_make(struct mt_data *data)
{
    for (size_t i = 0; i < data->count; i++) {
        size_t same = 0;
        while (!is_bars(data, same) || data->info[same].instrument != data->info[i].instrument ||
               data->info[same].tf_s != data->info[i].tf_s) {
            if (same == i)
                break;
            same++;
        }
        data->series[i] = same;
    }
}

static int all_rewind(struct mt_data *data, struct mt_diag *diag)
{
    int err = 0;
    data->failure.code = 0;
    data->ready = false;
    for (size_t i = 0; err == 0 && i < data->count; i++) {
        data->series_ns[i] = INT64_MIN;
        err = mt_file_rewind(data->files[i], diag);
    }
    return err;
}

int mt_data_open(struct mt_data **out, const struct mt_data_options *options, struct mt_diag *diag)
{
    struct mt_data *data = calloc(1, sizeof *data);
    if (!data)
        return mt_fail(diag, MT_ENOMEM, "data: out of memory");
    int err = paths_take(data, options, diag);
    if (err == 0)
        err = files_open(data, options, diag);
    if (err == 0)
        err = instruments_make(data, options, diag);
    if (err == 0) {
        series_make(data);
        err = all_rewind(data, diag);
    }
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

/* Have file i's next event in view. A file that fails stops all of them: its next event could be
 * the earliest. */
static bool head_set(struct mt_data *data, size_t i)
{
    struct mt_file *file = data->files[i];
    int got = mt_file_ahead(file);
    if (got < 0) {
        mt_fail(&data->failure, got, "%s", file->failure.text);
        return false;
    }
    const struct mt_data_file *info = &data->info[i];
    if (got == 0 && info->events == 0) {
        mt_fail(&data->failure, MT_ESYNTAX, "%s: none of its %llu rows is good; the first: %s",
                info->path, (unsigned long long)info->rows, info->bad_first);
        return false;
    }
    data->head_ns[i] = got > 0 ? file->events[file->head].time_ns : INT64_MAX;
    return true;
}

static bool heads_ready(struct mt_data *data)
{
    for (size_t i = 0; !data->ready && i < data->count; i++)
        if (!head_set(data, i))
            return false;
    data->ready = true;
    return true;
}

/* The file with the earliest event, and the first time at which another one may come before its
 * next. */
static size_t earliest(const struct mt_data *data, int64_t *until_ns)
{
    size_t best = 0, second = data->count;
    for (size_t i = 1; i < data->count; i++) {
        if (data->head_ns[i] < data->head_ns[best]) {
            second = best;
            best = i;
        } else if (second == data->count || data->head_ns[i] < data->head_ns[second]) {
            second = i;
        }
    }
    /* Events of the same time go on from a file that stands before the other one. */
    *until_ns = second == data->count ? INT64_MAX : data->head_ns[second];
    if (second < data->count && *until_ns != INT64_MAX && best < second)
        (*until_ns)++;
    return best;
}

/* Whether no other bar of this time will follow: files before this one have none left, this one has
 * one per time. */
static bool is_last_bar(const struct mt_data *data, size_t i, int64_t time_ns)
{
    for (size_t j = i + 1; j < data->count; j++)
        if (data->head_ns[j] == time_ns && is_bars(data, j) &&
            data->series_ns[data->series[j]] < time_ns)
            return false;
    return true;
}

/* The next event of file i to out; false when it is none: a bar that another file has given
 * already. */
static bool event_take(struct mt_data *data, size_t i, struct mt_event *out)
{
    struct mt_file *file = data->files[i];
    struct mt_data_file *info = &data->info[i];
    const struct mt_event *event = &file->events[file->head++];
    if (event->kind == MT_EV_BAR) {
        int64_t *series_ns = &data->series_ns[data->series[i]];
        if (event->time_ns <= *series_ns) {
            mt_file_bad(file, 0, MT_ROW_TWICE, NULL);
            if (file->failure.code != 0)
                file->count = file->head; /* strict: nothing behind a bad row */
            return false;
        }
        *series_ns = event->time_ns;
    }
    *out = *event;
    if (event->kind == MT_EV_BAR)
        out->last = is_last_bar(data, i, event->time_ns) ? MT_LAST_BAR : 0;
    if (info->events++ == 0)
        info->first_ns = event->time_ns;
    info->rows++;
    info->last_ns = event->time_ns;
    return true;
}

static bool is_one_store(const struct mt_data *data)
{
    return data->count == 1 && data->files[0]->store;
}

/* One store alone needs no merging: its records go straight to `out`, each bar is the last of its
 * time. */
static int store_fill(struct mt_data *data, struct mt_event *out, int max, struct mt_diag *diag)
{
    struct mt_file *file = data->files[0];
    struct mt_data_file *info = &data->info[0];
    int got = mt_store_read(file->store, file->position, info->instrument, out, max, diag);
    if (got <= 0)
        return got;
    for (int i = 0; i < got; i++)
        out[i].last = out[i].kind == MT_EV_BAR ? MT_LAST_BAR : 0;
    if (info->events == 0)
        info->first_ns = out[0].time_ns;
    info->last_ns = out[got - 1].time_ns;
    file->position += (uint64_t)got;
    info->rows = info->events = file->position;
    return got;
}

static int data_fill(void *self, struct mt_event *out, int max, struct mt_diag *diag)
{
    struct mt_data *data = self;
    int done = 0;
    if (is_one_store(data))
        return store_fill(data, out, max, diag);
    if (data->failure.code == 0 && heads_ready(data)) {
        while (done < max && data->failure.code == 0) {
            int64_t until_ns;
            size_t i = earliest(data, &until_ns);
            if (data->head_ns[i] == INT64_MAX)
                break;
            do
                done += event_take(data, i, &out[done]);
            while (head_set(data, i) && done < max && data->head_ns[i] < until_ns);
        }
    }
    if (done == 0 && data->failure.code != 0)
        return mt_fail(diag, data->failure.code, "%s", data->failure.text);
    return done;
}

/* One store alone is mapped: its place can be gone to directly. */
static int store_seek(struct mt_data *data, uint64_t position, struct mt_diag *diag)
{
    struct mt_file *file = data->files[0];
    struct mt_data_file *info = &data->info[0];
    struct mt_event before;
    if (position > mt_store_count(file->store))
        return mt_fail(diag, MT_ERANGE, "%s: has %llu events, not %llu", info->path,
                       (unsigned long long)mt_store_count(file->store),
                       (unsigned long long)position);
    if (position == 0)
        return 0;
    int got = mt_store_read(file->store, position - 1, info->instrument, &before, 1, diag);
    if (got < 0)
        return got;
    int64_t last_ns;
    mt_store_span(file->store, &info->first_ns, &last_ns);
    info->last_ns = before.time_ns;
    info->rows = info->events = position;
    file->position = position;
    return 0;
}

static int data_seek(void *self, uint64_t position, struct mt_diag *diag)
{
    struct mt_data *data = self;
    struct mt_event skipped[64];
    int err = all_rewind(data, diag);
    if (err != 0)
        return err;
    if (is_one_store(data))
        return store_seek(data, position, diag);
    for (uint64_t left = position; left > 0;) {
        int got = data_fill(data, skipped, left < 64 ? (int)left : 64, diag);
        if (got < 0)
            return got;
        if (got == 0)
            return mt_fail(diag, MT_ERANGE,
                           "the data ends %llu events before the place to go on from",
                           (unsigned long long)left);
        left -= (uint64_t)got;
    }
    return 0;
}

static void data_leave(void *self)
{
    (void)self;
}

struct mt_source mt_data_source(struct mt_data *data)
{
    static const struct mt_source_ops ops = { .fill = data_fill,
                                              .seek = data_seek,
                                              .close = data_leave };
    return (struct mt_source){ &ops, data };
}

const struct mt_instrument *mt_data_instruments(const struct mt_data *data, uint16_t *count)
{
    *count = data->instrument_count;
    return data->instruments;
}

const struct mt_data_file *mt_data_files(const struct mt_data *data, size_t *count)
{
    *count = data->count;
    return data->info;
}

double mt_data_progress(const struct mt_data *data)
{
    double sum = 0;
    for (size_t i = 0; i < data->count; i++) {
        uint64_t size = mt_file_size(data->files[i]);
        sum += size > 0 ? (double)mt_file_taken(data->files[i]) / (double)size : 1;
    }
    return sum / (double)data->count;
}

bool mt_data_has(const struct mt_data *data, enum mt_event_kind kind)
{
    for (size_t i = 0; i < data->count; i++) {
        enum mt_data_format format = data->info[i].format;
        if ((kind == MT_EV_BAR && format == MT_DATA_BARS) ||
            (kind == MT_EV_QUOTE && format == MT_DATA_QUOTES) ||
            (kind == MT_EV_TRADE && format == MT_DATA_TRADES))
            return true;
    }
    return false;
}
