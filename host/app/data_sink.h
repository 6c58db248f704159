/* data_sink: events to files: one tick store (or CSV file) per symbol and kind, as one store holds one kind. */
#ifndef MT_APP_DATA_SINK_H
#define MT_APP_DATA_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "model/event.h"
#include "model/instrument.h"

struct mt_data_stream;
struct mt_data_sink {
    const char *out;                            /* borrowed: DIR, or FILE.mts for a single stream */
    bool csv;
    const struct mt_instrument *instruments;    /* borrowed */
    uint16_t instrument_count;
    struct mt_data_stream *streams; size_t stream_count, stream_room;
};

/* Makes the folder. MT_EIO. */
int mt_data_sink_open(struct mt_data_sink *sink, const char *out, bool csv, const struct mt_instrument *instruments,
                      uint16_t instrument_count, struct mt_diag *diag) MT_CHECKED;
int mt_data_sink_put(struct mt_data_sink *sink, const struct mt_event *event, struct mt_diag *diag) MT_CHECKED;
/* Finish all, or throw all away; frees. A store appears under its name only when it is whole. */
int mt_data_sink_close(struct mt_data_sink *sink, bool keep, struct mt_diag *diag);
/* What was written: false past the end. Until close. */
struct mt_data_written { const char *path; uint64_t events; int64_t first_ns, last_ns; };
bool mt_data_sink_at(const struct mt_data_sink *sink, size_t index, struct mt_data_written *out);

#endif
