/* session: one run of one script, put together: script, market, simulated venue, journal, engine. The commands run,
 * backtest, replay and bench are this with different ends.
 *
 *   prepare (from options) or prepare_again (from the plan in a journal)  ->  compose  ->  begin or resume  ->  loop */
#ifndef MT_APP_SESSION_H
#define MT_APP_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include "adapters/playback/playback.h"
#include "adapters/sim/sim.h"
#include "app/config.h"
#include "app/session_plan.h"
#include "base/opt.h"
#include "core/engine.h"
#include "script/script.h"

/* What a person asks for. Texts NULL: not given. */
struct mt_session_options {
    const char *script;
    struct mt_opt_list sets, files, symbols;
    struct mt_data_options data;    /* how data are read; files, symbols and format stand beside it: see mt_data_said */
    const char *format;
    const char *cash, *fee_bp, *fill;
    int64_t for_ns;                 /* 0: no end */
    int64_t seed;
    int64_t start_ns;               /* generated market: where `for` begins */
    bool jit_off;                   /* tests */
};

struct mt_session {
    struct mt_session_plan *plan;           /* owned, as is all below */
    struct mt_script *script;
    const struct mt_script_spec *spec;
    struct mt_data *data;                   /* NULL: generated market */
    struct mt_source source;                /* until compose: then the sim has it */
    struct mt_account_setup *accounts;
    struct mt_binding *bindings; size_t binding_count;
    const char **symbol_names;
    struct mt_sim *sim;
    struct mt_journal *journal;
    struct mt_engine *engine;
    struct mt_buf json;                     /* the plan as text, for RUN_START */
    bool begun;
};

/* Load the script, open the market, decide accounts, costs and bindings. MT_EUSAGE: options that contradict each
 * other or the data; else as config, script and data say. */
int mt_session_prepare(struct mt_session **out, const struct mt_session_options *options,
                       const struct mt_config *config, struct mt_diag *diag) MT_CHECKED;
/* The same from a recorded plan, which is taken over also on failure. MT_EDIFF: data has changed, or, unless
 * `other_script`, the script. */
int mt_session_prepare_again(struct mt_session **out, struct mt_session_plan *plan, bool other_script,
                             struct mt_diag *diag) MT_CHECKED;
void mt_session_free(struct mt_session *session);       /* closes the journal too; NULL is fine */

/* A second instance of the market of a plan, from its first event on. *data NULL: generated. */
int mt_session_market_open(const struct mt_session_plan *plan, struct mt_data **data, struct mt_source *source,
                           struct mt_diag *diag) MT_CHECKED;
/* For planning: fills the market part of the plan and its instruments. */
int mt_session_market_plan(struct mt_session *session, const struct mt_session_options *options,
                           const struct mt_config *config, struct mt_diag *diag) MT_CHECKED;
/* Who trades: bindings from the script's table, the lead first. */
int mt_session_bind(struct mt_session *session, struct mt_diag *diag) MT_CHECKED;
/* The entry of the script's table that an account trades by: the last one that matches its name; NULL: none. */
const struct mt_binding_spec *mt_session_binding_of(const struct mt_script_spec *spec, const char *account);
/* A sizing of a script, exact. */
int mt_session_sizing(const struct mt_sizing_spec *spec, struct mt_sizing *out, struct mt_diag *diag) MT_CHECKED;

/* Make sim and engine over the journal, which is taken over; the observer's pointers stay the caller's. `backtest`: no
 * script state is saved. */
int mt_session_compose(struct mt_session *session, struct mt_journal *journal, const struct mt_observer *observer,
                       bool backtest, struct mt_diag *diag) MT_CHECKED;
int mt_session_begin(struct mt_session *session, struct mt_diag *diag) MT_CHECKED;
struct mt_rec_run_start mt_session_start_record(struct mt_session *session);

/* After compose: MT_EREFUSED when no handler of the script can ever be called with this market. */
int mt_session_matches(const struct mt_session *session, struct mt_diag *diag) MT_CHECKED;

/* Records in front of which a resume stands: `next` gives them from the first on: 1, 0 at the end, or negative. Called
 * twice from the start (rewind). */
struct mt_session_past {
    void *ud;
    int (*rewind)(void *ud, struct mt_diag *diag);
    int (*next)(void *ud, struct mt_record *out, struct mt_diag *diag);
    /* After each was folded; may be NULL. */
    int (*folded)(void *ud, const struct mt_engine *engine, const struct mt_record *record);
};
/* Recover the engine from the past, restore the venue from the engine, write RUN_START. */
int mt_session_resume(struct mt_session *session, const struct mt_session_past *past, struct mt_diag *diag) MT_CHECKED;

#endif
