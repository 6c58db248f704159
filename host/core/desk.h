/* desk: decides and emits. It reads the books and writes records (emit.h), which the fold brings into the books. Here
 * is its own state, which no record holds: what the market has done to plans since their fills, what was refused and is
 * tried again, what waits to be sent or told. Its rooms: oms (orders out), watch (answers that do not come), leg,
 * plan, entry_size, trading_state. None of them knows a script. */
#ifndef MT_CORE_DESK_H
#define MT_CORE_DESK_H

#include "core/books_orders.h"
#include "core/counts.h"
#include "core/observer.h"
#include "core/series.h"
#include "core/setup.h"

enum { MT_OUTBOX_MAX = 8192, MT_NOTICES_MAX = 1024 };

/* Not folded. attention: something was refused and is tried again with the market; after a refusal by the venue not
 * before retry_ns, and a stop that was refused stop_refusals times is given up: the position is closed. */
struct mt_leg_run {
    int64_t retry_ns;
    bool attention;
    uint8_t refusals, stop_refusals;
};
struct mt_plan_run {                /* not folded: follows the market */
    struct mt_price extreme;        /* best price since armed */
    uint64_t filled_updates;        /* what was known of the market at the newest fill of the entry */
    bool trailing;                  /* `after` was reached */
};

/* What on_order must tell: the state at that moment, because news is told after the host has acted on it. */
struct mt_notice { uint64_t coid; int64_t cum; uint8_t state; };

/* request: the coid, and of a replace its terms; its order may be told of an earlier one before they leave. */
struct mt_outbox_item { struct mt_order_request request; uint8_t kind; };       /* enum mt_outgoing */

struct mt_desk {
    struct mt_books books;
    struct mt_journal *journal;
    struct mt_venue venue;
    struct mt_observer observer;
    const struct mt_engine *engine; /* whom the observer is told about */
    struct mt_binding *bindings;    /* the accounts that trade, the lead first */
    size_t binding_count;
    uint16_t *binding_of_account;   /* index + 1, 0 = not bound */
    uint16_t lead;                  /* the account that scripts see */

    int64_t now_ns;
    uint64_t turn, position, position_logged;   /* position: market events that handlers have seen */
    uint64_t call;                  /* number of the handler call */
    uint64_t last_seq, flushed_seq;
    enum mt_durability need;        /* of what was appended since the last flush */
    int dead;                       /* negative: the journal failed */
    int failed;                     /* negative: the observer or the fold ended the run */
    struct mt_diag fault;           /* of dead or failed */
    bool replaying;                 /* recovery: fold only, verbs muted, nothing is emitted */
    bool stopping;                  /* nothing enters any more */
    bool strategy_ok;               /* not quarantined */
    struct mt_books_change change;  /* of the last VENUE_EVENT */

    struct mt_leg_run *leg_runs;
    struct mt_plan_run *plan_runs;
    bool *leg_busy;                 /* [symbol] any leg with attention or a plan that follows the market */
    bool wake_dirty;                /* plan_wake_ns must be found again */
    int64_t plan_wake_ns, watch_ns, retry_ns;
    bool news_heard;                /* somebody has on_order */
    struct mt_notice notices[MT_NOTICES_MAX];       /* order news that scripts have not heard yet */
    size_t notice_count;
    struct mt_outbox_item *outbox;
    size_t outbox_count;
    struct mt_series series;
    struct mt_engine_counts counts;
    struct mt_buf decision;         /* struct mt_rec_decision and its legs, while `deciding` */
    bool deciding;
    struct mt_buf record_bytes, scratch;
};

int mt_desk_init(struct mt_desk *d, const struct mt_engine_setup *setup, const struct mt_engine *engine,
                 struct mt_diag *diag) MT_CHECKED;
void mt_desk_fini(struct mt_desk *d);

static inline struct mt_leg_run *mt_leg_run_at(struct mt_desk *d, uint16_t account, uint16_t symbol)
{
    return &d->leg_runs[mt_leg_index(&d->books, account, symbol)];
}
static inline struct mt_plan_run *mt_plan_run_at(struct mt_desk *d, uint16_t account, uint16_t symbol)
{
    return &d->plan_runs[mt_leg_index(&d->books, account, symbol)];
}

/* The leg goes on with the market, and at retry_ns. */
void mt_desk_attend(struct mt_desk *d, uint16_t account, uint16_t symbol, int64_t retry_ns);
/* The venue refused an exit, or it did not leave: try again, with growing pauses. stop: it was the protective stop. */
void mt_desk_refused(struct mt_desk *d, uint16_t account, uint16_t symbol, bool stop);
/* An answer is awaited: mt_watch looks at that time. */
void mt_desk_watch_from(struct mt_desk *d, int64_t time_ns);
/* Scripts will be told that the order is in that state. */
void mt_desk_news(struct mt_desk *d, const struct mt_order *order, unsigned state);

#endif
