/* data: the inside of an open source, for the two files that make it and the tests. */
#ifndef MT_ADAPTERS_PLAYBACK_DATA_H
#define MT_ADAPTERS_PLAYBACK_DATA_H

#include "adapters/playback/file.h"
#include "adapters/playback/playback.h"

struct mt_data {
    size_t count;
    /* Of each file: by symbol, kind, length of bars, first stamp, content. */
    char *paths[MT_DATA_FILES_MAX];         /* owned */
    const char *symbols[MT_DATA_FILES_MAX]; /* of the options, while opening; NULL: not given */
    struct mt_data_file info[MT_DATA_FILES_MAX];
    struct mt_file *files[MT_DATA_FILES_MAX];   /* owned */
    size_t series_end[MT_DATA_FILES_MAX];   /* of each series' first file: behind its last one; of others 0 */
    uint16_t instrument_count;
    struct mt_instrument instruments[MT_DATA_FILES_MAX];
    struct mt_diag failure;                 /* of a file; stays until the next seek */
    int64_t head_ns[MT_DATA_FILES_MAX];     /* of each file's next event; INT64_MAX: at its end, or not the next of its
                                               series */
    bool has_window; /* --from or --to */
    bool ready;                             /* every file has its next event in view */
};

static inline bool mt_data_is_bars(const struct mt_data *data, size_t i)
{
    return data->info[i].format == MT_DATA_BARS;
}

/* merge.c: back to the first event. */
int mt_data_rewind(struct mt_data *data, struct mt_diag *diag) MT_CHECKED;

#endif
