/* file: one file of recorded data, text or store, as a stream of events in time order, read ahead
 * in small pieces. */
#ifndef MT_ADAPTERS_PLAYBACK_FILE_H
#define MT_ADAPTERS_PLAYBACK_FILE_H

#include "adapters/playback/bar_rows.h"
#include "adapters/playback/infer.h"
#include "adapters/playback/playback.h"
#include "adapters/playback/row.h"
#include "adapters/playback/store.h"
#include "adapters/playback/window.h"

enum { MT_FILE_AHEAD = 256 };

struct mt_file {
    struct mt_data_file *info;      /* borrowed; rows and bad are counted here, events by the reader */
    uint32_t number;                /* place in the data: event.source */
    struct mt_csv *csv;             /* owned; one of the two */
    struct mt_store *store;         /* owned */
    struct mt_row_plan plan;        /* csv */
    struct mt_sample sample;        /* csv */
    bool strict;
    struct mt_window window; /* what counts of it */
    uint64_t position;              /* store: of the next event */
    uint64_t store_first, store_end; /* store: of the window's first event, and behind its last */
    int64_t last_ns;                /* csv: time of the last good row, as it stands there */
    int fields; /* csv: of the last line */
    struct mt_row_sides sides; /* csv */
    struct mt_bar_rows bars;        /* csv */
    bool ended; /* csv: the last event was handed out */
    struct mt_diag failure;         /* stays until rewound */
    int head, count;                /* events[head..count) are to be taken */
    struct mt_event events[MT_FILE_AHEAD];
};

/* `info->path` is set; `symbol` is from the options or NULL. Recognises the content and fills info
 * and plan, but for the instrument. */
int mt_file_open(struct mt_file *file, const char *symbol, const struct mt_data_options *options, struct mt_diag *diag)
    MT_CHECKED;
void mt_file_close(struct mt_file *file);
/* From the next rewind on only what lies in the window counts. */
int mt_file_window(struct mt_file *file, const struct mt_window *window, struct mt_diag *diag) MT_CHECKED;
int mt_file_rewind(struct mt_file *file, struct mt_diag *diag) MT_CHECKED;
/* Make events[head..count) not empty. 1, or 0 at the end, or the error that stays. */
int mt_file_ahead(struct mt_file *file) MT_CHECKED;
/* What a run must know before its first event, from every row of a text file that lies in the window: refused prices go
 * to info->refusal; `span`: also the stamps of the first and the last row that can be read (of bars the open). Damage
 * further on is left to the reader of the rows. */
struct mt_file_span { int64_t first_ns, last_ns; bool any; };
/* The same span of a store. */
int mt_file_store_span(struct mt_file *file, struct mt_file_span *out, struct mt_diag *diag) MT_CHECKED;
int mt_file_scan(struct mt_file *file, bool span, struct mt_file_span *out, struct mt_diag *diag) MT_CHECKED;
/* Count a row as bad; with `strict` it becomes the file's failure. line 0: not known. `field` may
 * be NULL. */
void mt_file_bad(struct mt_file *file, uint64_t line, enum mt_row_fault fault, const struct mt_field *field);
/* Bytes: taken and all. */
uint64_t mt_file_taken(const struct mt_file *file);
uint64_t mt_file_size(const struct mt_file *file);

#endif
