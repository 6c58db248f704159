/* results: what a run comes to. It watches the records as they are folded and the market as it is delivered, counts,
 * keeps the hash of all orders and fills, marks the equity, writes the files of the run folder, and at the end the
 * summary. */
#ifndef MT_REPORT_RESULTS_H
#define MT_REPORT_RESULTS_H

#include <stdbool.h>
#include "base/buf.h"
#include "core/engine.h"
#include "report/names.h"

/* What is known so far of one file of the market. */
struct mt_results_file { const char *path, *bad_first, *rounded_first; uint64_t bad, rounded; };

/* The run that they are the results of. Texts and lists are borrowed, as long as the results live. */
struct mt_results_run {
    struct mt_names names;
    const uint16_t *trading; uint16_t trading_count;        /* accounts that trade, the lead first */
    const char *strategy, *script;                          /* name; path */
    uint64_t script_hash, seed;
    int64_t begin_ns;
    int64_t longest_bar_ns;                                 /* of the files of bars; 0: none */
    bool recorded, bars;                                    /* the market: recorded, else generated; has bars */
    bool filtered, fees;                                    /* there are filters; somebody who trades pays a fee */
    void *ud;
    bool (*file)(void *ud, size_t index, struct mt_results_file *out);      /* false: past the last; generated: all */
    void (*params)(void *ud, struct mt_buf *out);           /* as a JSON object, as they are now */
};

struct mt_results;
struct mt_results_options {
    bool lines;             /* JSON lines on stdout as things happen */
    bool stream;            /* the equity row by row (run), not thinned at the end (backtest) */
};
int mt_results_new(struct mt_results **out, const struct mt_results_run *run, const struct mt_results_options *options,
                   struct mt_diag *diag) MT_CHECKED;
/* Files in the run folder `dir`, from the start: before begin or resume. Without it there are none. */
int mt_results_open(struct mt_results *results, const char *dir, struct mt_diag *diag) MT_CHECKED;
/* The same for a run that goes on: what could only be seen then (marks) is kept up to until_ns; all else is written
 * anew from the journal and the market. */
int mt_results_open_again(struct mt_results *results, const char *dir, int64_t until_ns,
                          struct mt_diag *diag) MT_CHECKED;
struct mt_observer mt_results_observer(struct mt_results *results);
/* A record of before a resume, after it was folded. */
int mt_results_folded(void *results, const struct mt_engine *engine, const struct mt_record *record);

/* Once in a while: hands out lines that wait; MT_EIO when stdout cannot be written. A file that cannot be written ends
 * no run: see mt_results_alarm. */
int mt_results_poll(struct mt_results *results, struct mt_diag *diag) MT_CHECKED;
/* After poll: which report cannot be written any more and why, once; else NULL. */
const char *mt_results_alarm(struct mt_results *results);
/* What belongs to the results but is written by others cannot be written any more: told as a report that failed. */
void mt_results_lost(struct mt_results *results, const char *why);
/* The end: closes the files and writes summary.json. `elapsed_ns`: of the loop. Files that failed are no failure of
 * this: mt_results_end_process and mt_results_tell_end know them. */
int mt_results_finish(struct mt_results *results, int64_t elapsed_ns, struct mt_diag *diag) MT_CHECKED;
void mt_results_free(struct mt_results *results);

/* After finish. The summary as one JSON object (with "ev":"summary" for `run --json`), and for people. */
void mt_results_json(struct mt_results *results, bool line, struct mt_buf *out);
/* That object to stdout; MT_EIO. */
int mt_results_put(struct mt_results *results, bool line, struct mt_diag *diag) MT_CHECKED;
/* `look`: where more is to be seen, or NULL. When orders were wished and none was filled, the last line says why. */
void mt_results_print(struct mt_results *results, const char *look);
/* How the run came to its end: in order, a limit has stopped the trading of every account, or the strategy ended in
 * quarantine. MT_ENDED_REPORT: in order, but a report could not be written, which is not the run's:
 * mt_results_end never says it. */
enum mt_results_end { MT_ENDED_WELL, MT_ENDED_RISK, MT_ENDED_QUARANTINE, MT_ENDED_REPORT };
enum mt_results_end mt_results_end(const struct mt_results *results);
enum mt_results_end mt_results_end_process(const struct mt_results *results);
/* Why that is not MT_ENDED_WELL, as the one line of an error. */
void mt_results_tell_end(const struct mt_results *results, struct mt_diag *diag);

/* For progress and tests. */
struct mt_results_view {
    uint64_t events, signals, vetoes, intents, denied, refused, orders, expired, cut, assumed, fills, trades,
        result_hash;
    mt_money equity;        /* of the accounts that trade, or of the lead when their currencies differ */
};
void mt_results_view(const struct mt_results *results, struct mt_results_view *out);
/* `rejected` and `rejected_by`, as members of an object. */
void mt_results_put_rejected(const struct mt_results *results, struct mt_buf *out);

/* Peak of the resident memory of this process, MiB. */
double mt_results_peak_rss_mb(void);

#endif
