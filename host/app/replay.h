/* replay: a journal run again, and compared. */
#ifndef MT_APP_REPLAY_H
#define MT_APP_REPLAY_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"

struct mt_replay_options {
    const char *journal;        /* directory */
    bool verify;
    double speed;               /* 0: as fast as possible */
    struct mt_buf *summary;     /* NULL, or gets the summary of the last generation, as JSON */
};
struct mt_replay_report {
    uint64_t records;
    uint32_t generations;
    bool torn;                  /* the journal breaks off without RUN_END: a killed run */
};

/* MT_EDIFF: the first difference (also another script or changed data); MT_ENOTFOUND: no journal there; MT_ECORRUPT: it
 * cannot be read at all. */
int mt_replay_run(const struct mt_replay_options *options, struct mt_replay_report *report, struct mt_diag *diag)
    MT_CHECKED;

#endif
