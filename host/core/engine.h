/* engine: one turn, top to bottom. It takes events from its inbox in order, stamps one `now`, writes what is decided
 * to the journal, folds it into the state, calls the strategy, leads its requests through filters, sizing, fan-out
 * and risk, flushes the journal, and only then hands orders to the venue. It has no socket, no Lua, and no clock of
 * its own. */
#ifndef MT_CORE_ENGINE_H
#define MT_CORE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "core/counts.h"
#include "core/inbox.h"
#include "core/journal.h"
#include "core/ledger.h"
#include "core/records.h"
#include "core/risk.h"
#include "core/setup.h"
#include "core/sizing.h"
#include "core/strategy.h"
#include "core/venue.h"
#include "model/instrument.h"

struct mt_books_change;
struct mt_engine;

int mt_engine_new(struct mt_engine **out, const struct mt_engine_setup *setup, struct mt_diag *diag) MT_CHECKED;
void mt_engine_free(struct mt_engine *engine);

/* The block for mt_script_bind, and then the strategy itself. */
struct mt_port *mt_engine_port(struct mt_engine *engine);
void mt_engine_attach(struct mt_engine *engine, struct mt_strategy strategy);
struct mt_inbox *mt_engine_inbox(struct mt_engine *engine);

/* Write RUN_START (json repeats the run) and call on_start("start"). */
int mt_engine_begin(struct mt_engine *engine, int64_t now_ns, const struct mt_rec_run_start *start, const char *json,
                    struct mt_diag *diag) MT_CHECKED;

/* Resume, instead of begin. First every record of the journal in order through mt_engine_recover; `market` must give
 * the market events from the first one on, which are run muted up to the last recorded position. The script is
 * attached before; its kept state comes from the newest SCRIPT_STATE (which `last_state_seq` names: the caller finds
 * it in a first pass, 0 = none). Then mt_engine_resume writes RUN_START, reconciles with the venue, re-arms plans and
 * ends the muting. With start->venue_again the venue stands where it stood: nothing is asked, and what was decided and
 * not sent (mt_engine_unsent, in its order, before) is sent. */
int mt_engine_recover(struct mt_engine *engine, const struct mt_record *record, struct mt_source market,
                      uint64_t last_state_seq, struct mt_diag *diag) MT_CHECKED;
/* MT_ECORRUPT: the content of a record that was read from a disk does not fit this run. */
int mt_engine_record_check(const struct mt_engine *engine, const struct mt_record *record,
                           struct mt_diag *diag) MT_CHECKED;
/* `request`: the coid, and what a replace asks for. MT_EFULL: more than can have waited. */
int mt_engine_unsent(struct mt_engine *engine, const struct mt_order_request *request,
                     enum mt_outgoing asked) MT_CHECKED;
int mt_engine_resume(struct mt_engine *engine, const struct mt_rec_run_start *start, const char *json,
                     struct mt_diag *diag) MT_CHECKED;

/* One turn at `now`: all events in the inbox; then flush; then orders out. Returns 0, or MT_EFULL / MT_EIO (journal:
 * killed), or the observer's code. A failing script never makes it fail. */
int mt_engine_turn(struct mt_engine *engine, int64_t now_ns, struct mt_diag *diag) MT_CHECKED;
/* After a turn, when nothing more of this instant is on its way: what is due by the clock (bars, timers, times of
 * plans). Orders that it sends may bring more of the same instant. */
int mt_engine_due(struct mt_engine *engine, struct mt_diag *diag) MT_CHECKED;
/* After that, when still nothing more is on its way: the instant is complete. Loss limits look at it, the observer is
 * told. */
int mt_engine_instant(struct mt_engine *engine, struct mt_diag *diag) MT_CHECKED;
/* When the engine wants a turn even without events (timers, plan times, ttl); INT64_MAX: never. */
int64_t mt_engine_wake_ns(const struct mt_engine *engine);
uint64_t mt_engine_turns(const struct mt_engine *engine);       /* begun so far: where an operator command belongs */
uint64_t mt_engine_position(const struct mt_engine *engine);    /* market events that handlers have seen */
int64_t mt_engine_now(const struct mt_engine *engine);
bool mt_engine_muted(const struct mt_engine *engine);

/* Operator commands, journaled before they act. account, symbol -1: all. PARAM: text is "name=value". */
enum mt_operator_command {
    MT_OPERATOR_HALT = 1, MT_OPERATOR_REDUCE, MT_OPERATOR_RESUME, MT_OPERATOR_FLATTEN, MT_OPERATOR_KILL,
    MT_OPERATOR_PARAM, MT_OPERATOR_STOP
};
const char *mt_operator_command_name(unsigned command);
/* Takes effect within this call (a turn of its own). A refused PARAM is MT_EREFUSED with diag and still journaled. */
int mt_engine_operator(struct mt_engine *engine, int64_t now_ns, enum mt_operator_command command, int account,
                       int symbol, const char *who, const char *text, struct mt_diag *diag) MT_CHECKED;

/* Clean stop: on_stop, cancels and flattening per setup (give it turns until mt_engine_idle), last SCRIPT_STATE; then
 * mt_engine_end writes RUN_END and flushes. */
int mt_engine_stop(struct mt_engine *engine, int64_t now_ns, const char *why, struct mt_diag *diag) MT_CHECKED;
bool mt_engine_idle(const struct mt_engine *engine);            /* nothing left that a stop waits for */
int mt_engine_end(struct mt_engine *engine, int64_t now_ns, int reason, int exit_code, struct mt_diag *diag) MT_CHECKED;

/* Looking in. Pointers live as long as the engine; orders until they are pruned (65 536 ended ones are kept). */
const struct mt_ledger *mt_engine_ledger(const struct mt_engine *engine);
const struct mt_risk *mt_engine_risk(const struct mt_engine *engine);
const struct mt_order *mt_engine_order(const struct mt_engine *engine, uint64_t coid);
/* What the last VENUE_EVENT did (core/books_orders.h): while an observer is told of it, that one. */
const struct mt_books_change *mt_engine_change(const struct mt_engine *engine);
/* All orders that are open (2..7), by coid; returns how many were written. */
size_t mt_engine_open_orders(const struct mt_engine *engine, const struct mt_order **out, size_t max);
struct mt_leg_view {
    int want;
    bool waiting, closing, armed;
    uint8_t close_role;         /* of what is closing */
    int64_t entered;
    uint64_t entry_coid, close_coid, stop_coid;
};
void mt_engine_leg(const struct mt_engine *engine, uint16_t account, uint16_t symbol, struct mt_leg_view *out);
const struct mt_exit *mt_engine_exit(const struct mt_engine *engine, uint16_t account, uint16_t symbol);
int mt_engine_stance(const struct mt_engine *engine, uint16_t symbol);
uint64_t mt_engine_state_hash(struct mt_engine *engine);
const struct mt_engine_counts *mt_engine_counts(const struct mt_engine *engine);
/* The n-th skip reason with its count: false past the end. */
bool mt_engine_skip_at(const struct mt_engine *engine, size_t index, const char **reason, uint16_t *symbol,
                       uint64_t *count);
bool mt_engine_quarantined(const struct mt_engine *engine);     /* after too many errors its handlers rest */
const char *mt_engine_why(const struct mt_engine *engine, uint16_t symbol);     /* "" when tradable */

#endif
