/* Many files as one source: by time, then by symbol, kind and length of bars, in which order they stand. */
#include <string.h>
#include "adapters/playback/data.h"

int mt_data_rewind(struct mt_data *data, struct mt_diag *diag)
{
    int err = 0;
    data->failure.code = 0;
    data->ready = false;
    for (size_t i = 0; err == 0 && i < data->count; i++)
        err = mt_file_rewind(data->files[i], diag);
    return err;
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
    if (got == 0 && file->csv && file->last_ns == INT64_MIN) {
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

/* ---- bars of several files in one series ---- */

static const struct mt_event *head_of(const struct mt_data *data, size_t i)
{
    const struct mt_file *file = data->files[i];
    return file->head < file->count ? &file->events[file->head] : NULL;
}

/* A bar that another file of the series has, too, is none. */
static bool twice_drop(struct mt_data *data, size_t i)
{
    struct mt_file *file = data->files[i];
    file->head++;
    mt_file_bad(file, 0, MT_ROW_TWICE, NULL);
    if (file->failure.code != 0)
        file->count = file->head;       /* strict: nothing behind a bad row */
    return head_set(data, i);
}

/* The file with the series' next bar; `next_ns`: where the bar behind it begins in another file. SIZE_MAX: a file
 * failed. */
static size_t series_front(struct mt_data *data, size_t first, int64_t *next_ns)
{
    size_t front = first;
    *next_ns = INT64_MAX;
    for (size_t i = first + 1; i < data->series_end[first];) {
        const struct mt_event *best = head_of(data, front), *head = head_of(data, i);
        if (best && head && best->bar.open_ns == head->bar.open_ns) {
            if (!twice_drop(data, i))
                return SIZE_MAX;
            continue;
        }
        bool earlier = head && (!best || head->bar.open_ns < best->bar.open_ns);
        const struct mt_event *later = earlier ? best : head;
        if (later && later->bar.open_ns < *next_ns)
            *next_ns = later->bar.open_ns;
        front = earlier ? i : front;
        i++;
    }
    return front;
}

/* Of a series of bars only its next one has a time: its end, which is no later than the next one's open. */
static bool series_look(struct mt_data *data, size_t first, int64_t *next_ns)
{
    size_t front = series_front(data, first, next_ns);
    if (front == SIZE_MAX)
        return false;
    for (size_t i = first; i < data->series_end[first]; i++)
        data->head_ns[i] = INT64_MAX;
    const struct mt_event *head = head_of(data, front);
    if (head)
        data->head_ns[front] = head->time_ns < *next_ns ? head->time_ns : *next_ns;
    return true;
}

/* ---- merging ---- */

struct choice {
    size_t best, second;        /* files with the earliest events; SIZE_MAX: none */
    int64_t cut_ns;             /* best: its bars are not behind this place of its series */
};

static void choice_add(struct choice *choice, const struct mt_data *data, size_t i, int64_t cut_ns)
{
    if (choice->best == SIZE_MAX || data->head_ns[i] < data->head_ns[choice->best]) {
        choice->second = choice->best;
        choice->best = i;
        choice->cut_ns = cut_ns;
    } else if (choice->second == SIZE_MAX || data->head_ns[i] < data->head_ns[choice->second]) {
        choice->second = i;
    }
}

/* The file with the earliest event, and the first time at which another one may come before its next. */
static bool earliest(struct mt_data *data, size_t *best, int64_t *until_ns)
{
    struct choice choice = { SIZE_MAX, SIZE_MAX, INT64_MAX };
    for (size_t first = 0; first < data->count; first = data->series_end[first]) {
        int64_t cut_ns = INT64_MAX;
        bool shared = data->series_end[first] - first > 1;
        if (shared && mt_data_is_bars(data, first) && !series_look(data, first, &cut_ns))
            return false;
        for (size_t i = first; i < data->series_end[first]; i++)
            choice_add(&choice, data, i, cut_ns);
    }
    *best = choice.best;
    *until_ns = choice.second == SIZE_MAX ? INT64_MAX : data->head_ns[choice.second];
    /* Events of the same time go on from a file that stands before the other one. */
    if (*until_ns != INT64_MAX && choice.best < choice.second)
        (*until_ns)++;
    if (choice.cut_ns < *until_ns)
        *until_ns = choice.cut_ns;
    return true;
}

/* Whether no other bar of this time will follow: files before this one have none left, this one has
 * one per time. */
static bool is_last_bar(const struct mt_data *data, size_t i, int64_t time_ns)
{
    for (size_t j = i + 1; j < data->count; j++)
        if (data->head_ns[j] == time_ns && mt_data_is_bars(data, j))
            return false;
    return true;
}

/* The next event of file i, at the time that was chosen for it. */
static void event_take(struct mt_data *data, size_t i, struct mt_event *out)
{
    struct mt_file *file = data->files[i];
    struct mt_data_file *info = &data->info[i];
    *out = file->events[file->head++];
    if (out->kind == MT_EV_BAR) {
        out->time_ns = out->venue_ns = data->head_ns[i];
        out->last = is_last_bar(data, i, out->time_ns) ? MT_LAST_BAR : 0;
    }
    if (info->events++ == 0)
        info->first_ns = mt_event_stamp(out);
    info->rows++;
    info->last_ns = mt_event_stamp(out);
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
    uint64_t left = file->store_end - file->position;
    if (left == 0)
        return 0;
    int got =
        mt_store_read(file->store, file->position, info->instrument, out, left < (uint64_t)max ? (int)left : max, diag);
    if (got <= 0)
        return got;
    for (int i = 0; i < got; i++)
        out[i].last = out[i].kind == MT_EV_BAR ? MT_LAST_BAR : 0;
    if (info->events == 0)
        info->first_ns = mt_event_stamp(&out[0]);
    info->last_ns = mt_event_stamp(&out[got - 1]);
    file->position += (uint64_t)got;
    info->rows = info->events = file->position - file->store_first;
    return got;
}

/* The end: an empty one is not what --from and --to were meant for. */
static int data_end(const struct mt_data *data, struct mt_diag *diag)
{
    for (size_t i = 0; i < data->count; i++)
        if (data->info[i].events > 0)
            return 0;
    return data->has_window ? mt_fail(diag, MT_EREFUSED,
                                      "%s: no row lies between --from and --to: mthost data info shows where it "
                                      "begins and ends",
                                      data->info[0].path)
                            : 0;
}

static int data_fill(void *self, struct mt_event *out, int max, struct mt_diag *diag)
{
    struct mt_data *data = self;
    int done = 0;
    if (is_one_store(data)) {
        done = store_fill(data, out, max, diag);
        return done == 0 ? data_end(data, diag) : done;
    }
    if (data->failure.code == 0 && heads_ready(data)) {
        int64_t until_ns;
        size_t i;
        while (done < max && data->failure.code == 0 && earliest(data, &i, &until_ns)) {
            if (data->head_ns[i] == INT64_MAX)
                break;
            do
                event_take(data, i, &out[done++]);
            while (head_set(data, i) && done < max && data->head_ns[i] < until_ns);
        }
    }
    if (done == 0 && data->failure.code != 0)
        return mt_fail(diag, data->failure.code, "%s", data->failure.text);
    return done == 0 ? data_end(data, diag) : done;
}

/* One store alone is mapped: its place can be gone to directly. */
static int store_seek(struct mt_data *data, uint64_t position, struct mt_diag *diag)
{
    struct mt_file *file = data->files[0];
    struct mt_data_file *info = &data->info[0];
    struct mt_event first, before;
    uint64_t count = file->store_end - file->store_first;
    if (position > count)
        return mt_fail(diag, MT_ERANGE, "%s: has %llu events, not %llu", info->path, (unsigned long long)count,
                       (unsigned long long)position);
    if (position == 0)
        return 0;
    int got = mt_store_read(file->store, file->store_first, info->instrument, &first, 1, diag);
    if (got > 0)
        got = mt_store_read(file->store, file->store_first + position - 1, info->instrument, &before, 1, diag);
    if (got < 0)
        return got;
    info->first_ns = mt_event_stamp(&first);
    info->last_ns = mt_event_stamp(&before);
    info->rows = info->events = position;
    file->position = file->store_first + position;
    return 0;
}

static int data_seek(void *self, uint64_t position, struct mt_diag *diag)
{
    struct mt_data *data = self;
    struct mt_event skipped[64];
    int err = mt_data_rewind(data, diag);
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
