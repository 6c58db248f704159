/* results_private: the state of the results, shared by their files: results.c (the observer), equity.c
 * (marking), held.c (time with a position), rows.c (CSV), lines.c (JSON lines), notes.c
 * (sentences), summary.c (JSON), summary_print.c (for people), decision_log.c (the log at DEBUG). */
#ifndef MT_REPORT_RESULTS_PRIVATE_H
#define MT_REPORT_RESULTS_PRIVATE_H

#include "report/output.h"
#include "report/results.h"
#include "report/round_trip.h"

enum { MT_VETO_NAMES = 64, MT_SAMPLES = 32768, MT_CODES_MAX = 128 };

struct mt_veto_count { char name[64]; uint64_t count; };
/* How often each code came, the first first. There are fewer codes than places (model/code.h). */
struct mt_code_counts { struct { int32_t code; uint64_t count; } of[MT_CODES_MAX]; size_t used; };
struct mt_equity_sample { int64_t time_ns; mt_money cash, unrealised; };       /* of one account */

/* A slot that begins (1) or ends (-1) to hold a position, at the time of the venue. */
struct mt_held_change { int64_t time_ns; int delta; };

/* Everything here but files and timing is a fold of the records and of the market between them: a resumed run reads
 * both once more, so that its statistics are those of a run that was never interrupted. */
struct mt_results {
    struct mt_results_run run;
    const struct mt_engine *engine;         /* that made the records; NULL before the first */
    struct mt_results_options options;
    char dir[4096];                         /* "": no files */
    bool resumed, folding;                  /* folding: a record of before the resume is being counted */
    int64_t until_ns;                       /* resumed: time of the last record before */
    uint64_t signals, vetoes, intents, denied, orders, fills, trades, faults;
    uint64_t refused;                       /* verbs, at the border */
    uint64_t cut, assumed, expired;         /* sizes; exits that a bar left open; entries by their ttl */
    uint64_t ended[MT_ORDER_STATES];        /* orders by the state in which they ended first */
    struct mt_code_counts denied_by, refused_by, rejected_by;
    struct mt_rec_refused first_refused;
    struct mt_rec_note *script_notes; size_t script_note_count;     /* one for each place of the script, and each cut */
    uint64_t result_hash;
    uint64_t events_before;                 /* market events of before the resume */
    int64_t first_ns, last_ns;
    int64_t stamp_ns;                       /* of the last event, as its file has it: of a bar the open */
    bool same_currency;
    int32_t limit_code;                     /* the last change of a trading state was a limit's halt: which; else 0 */
    int64_t limit_ns;
    int64_t quarantined_ns;                 /* when the strategy was put into quarantine */
    uint16_t account_count;                 /* of those that trade; numbers in `accounts`, the lead first */
    const uint16_t *accounts;
    struct mt_round_trip *open_trades;      /* [account * instrument_count + symbol] */
    uint32_t held;                          /* slots with a position */
    uint8_t *told_end;                      /* bit per client order id: its end is counted and its row written */
    uint64_t told_end_size;
    bool no_memory;
    struct mt_veto_count veto_names[MT_VETO_NAMES];
    uint32_t veto_count;

    /* Equity: of the accounts that trade when their currencies agree, else of the lead. */
    mt_money start, equity, peak, low;
    bool market_seen;                       /* in the instant that is not over yet: a market event */
    bool stale;                             /* cash or a position has changed since `equity` was taken */
    double drawdown;
    int64_t day_end_ns;
    mt_money day_start;
    uint64_t days;
    double mean, m2;                        /* of daily returns (Welford) */
    bool ruined;                            /* a day began with nothing left: it has no return */
    struct mt_held_change *held_changes;    /* not counted yet, by time */
    size_t held_change_count, held_change_max;
    int64_t held_lag_ns;                    /* so much later a fill may be told than one after it: the longest bar */
    int64_t held_at_ns, held_ns;            /* counted up to; so long with a position */
    int32_t held_slots;                     /* at held_at_ns */
    mt_money gains, losses;                 /* of closed trades, both >= 0 */
    uint64_t wins, defeats;                 /* a trade with profit 0 is neither */
    int64_t next_sample_ns, sample_ns, sampled_ns;
    struct mt_equity_sample *samples; size_t sample_count, sample_max;     /* rows of account_count samples each */

    struct mt_output trades_csv, orders_csv, equity_csv, marks_csv, vetoes_csv;
    char *broken;                           /* owned; NULL, or which report cannot be written any more, and why */
    bool broken_told;
    struct mt_buf lines;
    size_t signal_end;                      /* in `lines`: behind the signal that waits for its verdict; 0: none */
    int lines_failed;                       /* errno of stdout */
    int64_t elapsed_ns;
    char wrong[256];                        /* the first script fault, for the summary */
};

static inline const struct mt_instrument *mt_results_instrument(const struct mt_results *r, uint16_t symbol)
{
    return &r->run.names.instruments[symbol];
}
static inline const char *mt_results_account(const struct mt_results *r, uint16_t account)
{
    return r->run.names.accounts[account].name;
}
static inline struct mt_round_trip *mt_results_open_trade(struct mt_results *r, uint16_t account, uint16_t symbol)
{
    return &r->open_trades[(size_t)account * r->run.names.instrument_count + symbol];
}

/* A limit has stopped the trading of every account. */
bool mt_results_stopped_by_risk(const struct mt_results *r);

/* equity.c */
int mt_equity_init(struct mt_results *r) MT_CHECKED;
void mt_equity_market(struct mt_results *r, const struct mt_event *event);
/* All of one time stamp has happened. */
void mt_equity_instant(struct mt_results *r, const struct mt_engine *engine);
void mt_equity_finish(struct mt_results *r, const struct mt_engine *engine);
double mt_equity_sharpe(const struct mt_results *r);            /* NaN: undefined */

/* held.c */
void mt_held_init(struct mt_results *r);
void mt_held_change(struct mt_results *r, int64_t venue_ns, int delta);
void mt_held_finish(struct mt_results *r);
double mt_held_exposure(const struct mt_results *r);            /* after finish; NaN: undefined */

/* rows.c */
int mt_rows_open(struct mt_results *r, struct mt_diag *diag) MT_CHECKED;
int mt_rows_check(const struct mt_results *r, struct mt_diag *diag) MT_CHECKED;
void mt_rows_flush(struct mt_results *r);
void mt_rows_flush_marks(struct mt_results *r);
int mt_rows_close(struct mt_results *r, struct mt_diag *diag) MT_CHECKED;
void mt_rows_order(struct mt_results *r, const struct mt_order *order);
void mt_rows_open_orders(struct mt_results *r, const struct mt_engine *engine);
void mt_rows_trade(struct mt_results *r, const struct mt_round_trip *trade);
void mt_rows_veto(struct mt_results *r, const struct mt_rec_decision *decision, int64_t time_ns);
void mt_rows_mark(struct mt_results *r, int64_t time_ns, uint16_t symbol, const char *name, double value);

/* notes.c: what a person must know who reads the numbers. */
void mt_notes_each(const struct mt_results *r, void (*take)(void *ud, const char *text), void *ud);
/* Why nothing was filled, as a sentence; false when something was, or nothing was wished. */
bool mt_notes_unfilled(const struct mt_results *r, struct mt_buf *out);

/* summary.c */
struct mt_sums { mt_money cash, equity, realised, unrealised, fees; };
struct mt_sums mt_sums_of(const struct mt_account *account);
void mt_results_put_codes(struct mt_buf *out, const char *key, const struct mt_code_counts *counts);
double mt_summary_profit_factor(const struct mt_results *r);    /* NaN: undefined */
double mt_summary_seconds(const struct mt_results *r);
uint64_t mt_summary_events(const struct mt_results *r);         /* of the whole run */
int64_t mt_summary_first(const struct mt_results *r);
int64_t mt_summary_last(const struct mt_results *r);

/* lines.c */
void mt_lines_record(struct mt_results *r, const struct mt_engine *engine, const struct mt_record *record);
void mt_lines_asked(struct mt_results *r, const struct mt_engine *engine, const struct mt_rec_signal *signal);
void mt_lines_sent(struct mt_results *r, const struct mt_engine *engine, const struct mt_order *order);
void mt_lines_flush(struct mt_results *r);

/* decision_log.c: at DEBUG, what a record decided, what a script asked for, and an order that left. */
void mt_decision_log_asked(const struct mt_results *r, const struct mt_rec_signal *signal);
void mt_decision_log_sent(const struct mt_results *r, const struct mt_order *order);
void mt_decision_log(const struct mt_results *r, const struct mt_engine *engine, const struct mt_record *record);

#endif
