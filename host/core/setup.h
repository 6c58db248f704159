/* setup: what an engine is made of. */
#ifndef MT_CORE_SETUP_H
#define MT_CORE_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/journal.h"
#include "core/ledger.h"
#include "core/observer.h"
#include "core/risk.h"
#include "core/sizing.h"
#include "core/venue.h"
#include "model/instrument.h"

struct mt_binding { uint16_t account; struct mt_sizing sizing; int64_t scale; };       /* of all it trades, 10^-9 */

struct mt_engine_rate { const char *base, *quote; int64_t rate; };      /* 10^-8 */

/* A frame that nobody declared: `fed`, of the bars of a file, for that symbol alone; else for sizing, for all. */
struct mt_kept_frame { int32_t tf_s; uint16_t symbol; bool fed; };

/* Whose bars: the strategy's, then those of the filters in their order. `files`: nothing was declared, so the frames of
 * the files; `hears`: there is an on_bar. */
struct mt_bar_listener { const int32_t *frames; size_t count; bool files, hears; };

#define MT_STATE_NEVER UINT64_MAX
struct mt_engine_setup {
    const struct mt_instrument *instruments;    /* borrowed, as is all below */
    uint16_t instrument_count;
    const struct mt_account_setup *accounts;
    uint16_t account_count;
    const struct mt_scope_setup *scopes;        /* GLOBAL and every ACCOUNT exist anyway */
    size_t scope_count;
    const struct mt_binding *bindings;          /* the lead first, then in the order of accounts */
    size_t binding_count;
    const struct mt_engine_rate *rates;         /* fixed, of the configuration */
    size_t rate_count;
    const int32_t *timeframes;                  /* seconds, of bars built or passed on to the strategy */
    size_t timeframe_count;
    const struct mt_bar_listener *listeners;    /* borrowed while it is made; none: the strategy, with all above */
    size_t listener_count;
    const struct mt_kept_frame *kept;           /* borrowed while the engine is made */
    size_t kept_count;
    int32_t warmup_tf_s, warmup_bars;
    bool cancel_at_stop, flatten_at_stop;
    int64_t feed_ns;                            /* latency of the feed: how late a bar of a file may come */
    /* SCRIPT_STATE is written when so many calls of handlers would have to be made again; 0 = 4 096; MT_STATE_NEVER:
     * not at all (backtests). */
    uint64_t state_calls;
    uint64_t checkpoint_every;                  /* records; 0 = 10 000 */
    bool self_check;                            /* recompute all sums after each turn (tests), not once a minute */
    struct mt_journal *journal;
    struct mt_venue venue;
    struct mt_observer observer;
};

#endif
