/* data_report: what `data info` and `data check` find out about files while their events go by. */
#ifndef MT_APP_DATA_REPORT_H
#define MT_APP_DATA_REPORT_H

#include "adapters/playback/playback.h"
#include "model/event.h"

struct mt_quality {                     /* of one file */
    uint64_t events, gaps, missing_bars, crossed, locked, one_sided, duplicates;
    int64_t last_ns, longest_ns, longest_at_ns;         /* the longest time without an event, and where it begins */
    struct mt_event last;
};
struct mt_report_data {
    const struct mt_data *data;
    struct mt_quality *files;           /* owned, [file] */
    size_t file_count;
    int64_t gap_ns;                     /* ticks: longer than this without an event is a gap */
};

int mt_report_open(struct mt_report_data *report, const struct mt_data *data, int64_t gap_ns,
                   struct mt_diag *diag) MT_CHECKED;
void mt_report_event(struct mt_report_data *report, const struct mt_event *event);
/* Tables or JSON on stdout. `error`: why reading ended early, "" if it did not. Returns whether the data are
 * damaged: bad rows, or an error. */
void mt_report_info(const struct mt_report_data *report, bool json);
bool mt_report_check(const struct mt_report_data *report, const char *error, bool json);
void mt_report_close(struct mt_report_data *report);

#endif
