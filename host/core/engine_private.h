/* engine_private: the engine's state, shared by the files that together are the engine: state.c (the fold), oms.c
 * (orders and reports), fills.c (what takes the place of what), leg.c (stances),
 * plan.c (exits), request.c (what scripts ask), view.c (what scripts see),
 * bars.c, timers.c, recover.c and engine.c (the turn). Nobody else includes this.
 *
 * Rule of the house: what is folded from the journal (struct mt_folded) is written by state.c alone; everybody else
 * decides and calls mt_emit. */
#ifndef MT_CORE_ENGINE_PRIVATE_H
#define MT_CORE_ENGINE_PRIVATE_H

#include <string.h>

#include "core/engine.h"
#include "core/orders.h"
#include "core/skips.h"
#include "core/timers.h"
#include "model/bar_build.h"
#include "model/view.h"

enum mt_leg_mode { MT_LEG_NONE, MT_LEG_SIGNAL, MT_LEG_TARGET };

struct mt_leg {                     /* one account's side of one symbol */
    struct mt_rec_leg wish;         /* the last LEG record */
    uint64_t entry_coid, close_coid;        /* open orders of these kinds, 0 = none */
};
/* Not folded. attention: something was refused and is tried again with the market; after a refusal by the venue not
 * before retry_ns, and a stop that was refused stop_refusals times is given up: the position is closed. */
struct mt_leg_run {
    int64_t retry_ns;
    bool attention;
    uint8_t refusals, stop_refusals;
};

struct mt_plan {
    struct mt_exit exit;            /* of the last PLAN record; all kinds REMOVE/KEEP: no plan */
    bool armed;
    int64_t entered;                /* quantity entered since the leg was flat */
    int64_t armed_ns;               /* first fill */
    int64_t take_filled[MT_TAKES_MAX];
    uint64_t stop_coid, take_coid[MT_TAKES_MAX];
    int64_t filled_ns;              /* newest fill of the entry, at the venue */
    int64_t filled_heard_ns;        /* when it was heard */
    bool filled_maker;
};
struct mt_plan_run {                /* not folded: follows the market */
    struct mt_price extreme;        /* best price since armed */
    uint64_t filled_updates;        /* what was known of the market at the newest fill of the entry */
    bool trailing;                  /* `after` was reached */
};

struct mt_stance { int8_t side; uint8_t mode; uint16_t reference; uint64_t signal; };

/* Everything that is a fold over the journal; hashed at checkpoints. */
struct mt_folded {
    struct mt_orders orders;
    struct mt_leg *legs;            /* [account * instrument_count + symbol] */
    struct mt_plan *plans;
    struct mt_stance *stances;      /* [symbol] */
    struct mt_rec_signal *last_signals, *entry_signals;     /* [symbol] newest; newest entry that was sent */
    uint64_t next_coid, coid_end;   /* ids of the block in use: [next_coid, coid_end) */
    uint64_t unflushed_coid;        /* orders from here on were made since the last flush */
    uint64_t next_signal;
    int64_t day;                    /* trading day, UTC; INT64_MIN: none yet */
    mt_money *trade_profit;         /* [slot] realised profit less fees of the current position */
    uint64_t shown;                 /* changes of what scripts see besides positions: trading states and stances */
};

/* What a VENUE_EVENT did: to its order; a fill: it opened or ended a position, or is the first of its leg. */
struct mt_books_change { struct mt_order_change order; bool opened, ended, began; };

enum { MT_FRAMES_MAX = 64, MT_BAR_HISTORY = 1024, MT_OUTBOX_MAX = 8192 };

struct mt_bar_series {
    struct mt_bar_build build;
    struct mt_view_bar *history;    /* ring of MT_BAR_HISTORY */
    int64_t *closes;                /* the same ring, exact */
    uint64_t count;                 /* bars closed */
    int32_t tf_s;
    uint16_t symbol;
    bool sizes;                     /* of a file, or kept for sizing: of use where nothing was declared */
    int32_t from_s;                 /* the bars of a file that it is or is made of; 0: ticks; -1: it is not made */
    int64_t lag_ns;                 /* built from bars: how long after its end its last bar may come; ticks: 0 */
};

/* What on_order must tell: the state at that moment, because news is told after the host has acted on it. */
struct mt_notice { uint64_t coid; int64_t cum; uint8_t state; };
enum { MT_NOTICES_MAX = 1024, MT_NOTES_MAX = 32 };

/* request: the coid, and of a replace its terms; its order may be told of an earlier one before they leave. */
struct mt_outbox_item { struct mt_order_request request; uint8_t kind; };       /* enum mt_outgoing */

struct mt_engine {
    struct mt_engine_setup setup;
    struct mt_ledger ledger;
    struct mt_risk *risk;
    struct mt_folded folded;
    struct mt_leg_run *leg_runs;    /* [account * instrument_count + symbol], as legs and plans */
    struct mt_plan_run *plan_runs;
    struct mt_inbox inbox;
    struct mt_journal *journal;
    struct mt_strategy strategy;
    struct mt_port port;
    struct mt_view_market *markets;
    struct mt_binding *bindings;
    size_t binding_count;
    uint16_t *binding_of_account;   /* index + 1, 0 = not bound */
    uint16_t lead;                  /* account */
    struct mt_bar_series *series;   /* [symbol * frame_count + k], longer frames first */
    size_t frame_count;
    uint64_t strategy_frames;       /* bit k: the strategy declared frame k */
    uint64_t warm_frame;            /* the bit of the warm-up frame */
    uint64_t *told;                 /* [symbol] bit k: somebody hears frame k */
    uint64_t *hearing;              /* [symbol * listener_count + i] bit k: listener i does */
    size_t listener_count;
    bool split;                     /* two listeners hear different frames */
    bool take_files;                /* somebody declared none and hears the frames of files */
    bool one_frame;                 /* and nothing to choose */
    uint64_t *closed;               /* [symbol] bit k: the newest bar of frame k is told at the end of the instant */
    bool any_closed;
    size_t series_count;
    const struct mt_view_bar *bar_shown;    /* which bar of a history port.bar is; NULL: none */
    uint32_t *warm_bars;            /* [symbol] bars of the warm-up frame delivered */
    struct mt_timers timers;

    int64_t now_ns;
    uint64_t turn, position, position_logged;
    uint64_t call;                  /* number of the handler call */
    uint64_t last_seq;
    uint64_t next_state_call, checked_seq;      /* when SCRIPT_STATE is due; what the self-check has seen */
    int64_t day_end_ns, next_check_ns;
    uint64_t flushed_seq;
    char **past_params;             /* recovery: parameters set before the saved state */
    size_t past_param_count;
    bool script_started;            /* recovery: on_start was called */
    char start_fault[256];          /* the last fault's text */
    uint64_t next_checkpoint;
    enum mt_durability need;        /* of what was appended since the last flush */
    int dead;                       /* negative: the journal failed */
    int failed;                     /* negative: the observer or the fold ended the run */
    struct mt_diag fault;           /* of dead or failed */
    bool replaying;                 /* recovery: fold only, verbs muted, nothing is emitted */
    bool restarting;                /* on_start of a recovery: it happens now, so what it logs is told */
    bool stopping, stopped;
    bool strategy_ok;               /* not quarantined */
    uint32_t errors_in_row; int64_t error_times[10]; uint32_t error_next;
    bool *leg_busy;                 /* [symbol] any leg with attention or a plan that follows the market */
    int32_t *state_codes;           /* [symbol] of the lead's trading state, 0 = active */
    uint64_t seen;                  /* folded.shown when the views were last made of it */
    bool *has_trades;               /* [symbol] bars come from trades */
    bool wake_dirty;                /* plan_wake_ns must be found again */
    int64_t plan_wake_ns, bar_wake_ns, watch_ns, retry_ns;

    struct mt_rec_signal queue[MT_SIGNALS_PER_CALL]; /* requests of this handler call and of its on_signal calls */
    size_t queue_count, queue_run;
    bool queue_running;
    struct mt_rec_note notes[MT_NOTES_MAX];         /* of this handler call */
    size_t note_count;
    char noted[MT_NOTES_MAX][MT_PLACE_MAX];         /* places that have had their note; folded, and decide nothing */
    size_t noted_count;
    bool cut_noted[MT_INSTRUMENTS_MAX];
    struct mt_rec_refused refused;  /* since the last REFUSED record */
    int64_t refused_due_ns, refused_next_ns;        /* when it is written; not before */
    bool news_heard;                /* somebody has on_order */
    struct mt_notice notices[MT_NOTICES_MAX];               /* order news that scripts have not heard yet */
    size_t notice_count;
    struct mt_outbox_item *outbox;
    size_t outbox_count;

    struct mt_skips skips;
    struct mt_engine_counts counts;
    struct mt_buf decision;         /* struct mt_rec_decision and its legs, while `deciding` */
    bool deciding;
    struct mt_buf record_bytes, scratch, state_buf, timers_buf, hash_buf;

    /* Recovery only. */
    struct mt_event replay_batch[64]; int replay_count, replay_next;
    struct mt_books_change change;  /* of the last VENUE_EVENT */
};

static inline size_t mt_leg_index(const struct mt_engine *e, uint16_t account, uint16_t symbol)
{
    return (size_t)account * e->setup.instrument_count + symbol;
}
static inline struct mt_leg *mt_leg_at(struct mt_engine *e, uint16_t account, uint16_t symbol)
{
    return &e->folded.legs[mt_leg_index(e, account, symbol)];
}
static inline struct mt_plan *mt_plan_at(struct mt_engine *e, uint16_t account, uint16_t symbol)
{
    return &e->folded.plans[mt_leg_index(e, account, symbol)];
}
static inline struct mt_leg_run *mt_leg_run_at(struct mt_engine *e, uint16_t account, uint16_t symbol)
{
    return &e->leg_runs[mt_leg_index(e, account, symbol)];
}
static inline struct mt_plan_run *mt_plan_run_at(struct mt_engine *e, uint16_t account, uint16_t symbol)
{
    return &e->plan_runs[mt_leg_index(e, account, symbol)];
}
static inline const struct mt_instrument *mt_instrument_at(const struct mt_engine *e, uint16_t symbol)
{
    return &e->setup.instruments[symbol];
}

/* The limit that was named with a signal, or that a leg's next order has. */
static inline struct mt_price mt_signal_limit(const struct mt_rec_signal *signal)
{
    return mt_price_if(signal->has_limit, signal->limit);
}
static inline struct mt_price mt_leg_limit(const struct mt_rec_leg *wish)
{
    return mt_price_if(wish->has_limit, wish->limit);
}

/* state.c */
int mt_folded_init(struct mt_engine *e) MT_CHECKED;
void mt_folded_fini(struct mt_engine *e);
/* Append to the journal, fold, tell the observer. A failure is remembered in e->dead or e->failed. */
void mt_emit(struct mt_engine *e, enum mt_record_kind kind, const void *payload, size_t length,
             enum mt_durability need);
/* The market position, where it has moved since the last record, which has it. */
void mt_emit_position(struct mt_engine *e);
/* Where the leg or plan of an order keeps its id. */
uint64_t *mt_order_place(struct mt_engine *e, const struct mt_order *order);
/* The fold alone. */
int mt_fold(struct mt_engine *e, const struct mt_record *record, struct mt_books_change *change,
            struct mt_diag *diag) MT_CHECKED;
/* The fold, and what else follows from it: run state, counts. */
int mt_take(struct mt_engine *e, const struct mt_record *record, struct mt_diag *diag) MT_CHECKED;
/* The end of a turn, which lets its new orders go: they are sent (I5), unless a SENT says otherwise afterwards. */
void mt_fold_flushed(struct mt_engine *e);
/* A request begins to be run; legs that change meanwhile are part of its decision; and it has ended. */
void mt_decision_begin(struct mt_engine *e, const struct mt_rec_signal *signal);
void mt_decision_end(struct mt_engine *e, const struct mt_rec_verdict *verdict);
void mt_leg_changed(struct mt_engine *e, const struct mt_rec_leg *leg);
/* The newest request of the symbol, or the newest entry that was sent, if it has that id; else NULL. */
const struct mt_rec_signal *mt_signal_of(const struct mt_engine *e, uint16_t symbol, uint64_t id);
void mt_folded_serialise(struct mt_engine *e, struct mt_buf *out);

/* oms.c */
struct mt_order_wish {
    struct mt_terms terms;
    struct mt_price protect;        /* where the exit plan will stop what this order opens */
    uint64_t signal;
    uint8_t take;                   /* MT_ROLE_TAKE: which one */
    bool early;                     /* see mt_risk_ask */
    uint64_t parent;                /* an exit that lies at the venue with its entry: the entry's id */
    struct mt_follow follow;
    bool cut;                       /* qty is less than the sizing gave, for want of free margin */
    const char *tag;
};
/* Check, journal the intent with its verdict, queue for sending. Returns the code (0: it will be sent; *coid). */
int32_t mt_oms_order(struct mt_engine *e, const struct mt_order_wish *wish, uint64_t *coid);
void mt_oms_cancel(struct mt_engine *e, uint64_t coid);                 /* no-op if ended or being canceled */
/* New terms for an order that works: those of the wish, of which qty is what is left; and its follow. */
void mt_oms_replace(struct mt_engine *e, uint64_t coid, const struct mt_order_wish *wish);
void mt_oms_take_back(struct mt_engine *e, uint64_t coid);              /* a replace that has not left */
/* Would the checks pass it now? Journals nothing. */
int32_t mt_oms_would(struct mt_engine *e, const struct mt_order_wish *wish);
/* Journal a wish that did not get as far as risk (no size, a stuck leg), so that the ledger of a signal is whole. */
void mt_oms_refuse(struct mt_engine *e, const struct mt_order_wish *wish, int32_t code);
void mt_oms_state(struct mt_engine *e, uint16_t scope, enum mt_trading_state state);   /* not by a limit */
void mt_oms_breaches(struct mt_engine *e); /* P&L limits on facts: states that must change */
void mt_oms_watch(struct mt_engine *e);                                 /* orders without an answer */
void mt_oms_report(struct mt_engine *e, const struct mt_event *event);
void mt_oms_flushed(struct mt_engine *e);                               /* the end of a turn: its new orders are sent */
void mt_oms_send(struct mt_engine *e);                                  /* after the flush */
void mt_oms_reconcile(struct mt_engine *e);                             /* resume: stale, unknown and unsent orders */
void mt_oms_watch_again(struct mt_engine *e);                           /* resume with nothing in doubt */

/* What an order was before its report, and whether fills have given way to what the report tells. */
struct mt_oms_before { uint8_t state, op; bool exchanged; };
struct mt_oms_before mt_oms_before(const struct mt_order *order);               /* order: NULL where nobody knows it */
/* The record of a report, with what its fill or bust realises now. */
void mt_oms_record(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order,
                   struct mt_rec_venue_event *r);
/* Journal a report and let everybody act on it. */
void mt_oms_emit_report(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order,
                        struct mt_oms_before before);
void mt_oms_query(struct mt_engine *e, uint64_t coid);
void mt_oms_alarm(struct mt_engine *e, const struct mt_rec_venue_event *r);     /* of e->change */

/* fills.c: of a report that is a fill or a correction, before its record. */
/* What a true fill was told of before gives way to it; answers whether anything did. */
bool mt_fills_replace(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order);
/* True when that fill was heard already, or is dead on arrival: then all is done. */
bool mt_fills_heard(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order);
void mt_fills_correct(struct mt_engine *e, const struct mt_event *event, const struct mt_order *order);

/* news.c: what scripts are told of orders. mt_news notes a state; the others tell, what waits first. */
void mt_news(struct mt_engine *e, const struct mt_order *order, unsigned state);
void mt_news_tell(struct mt_engine *e);
void mt_news_fill(struct mt_engine *e, const struct mt_order *order, const struct mt_rec_venue_event *r,
                  unsigned from);
/* Recovery: the same news, from the record. */
void mt_news_again(struct mt_engine *e, const struct mt_order *order, const struct mt_rec_venue_event *r);

/* leg.c */
void mt_leg_wish(struct mt_engine *e, uint16_t account, uint16_t symbol, const struct mt_rec_leg *wish,
                 enum mt_leg_plan plan);
void mt_leg_advance(struct mt_engine *e, uint16_t account, uint16_t symbol);
void mt_leg_close(struct mt_engine *e, uint16_t account, uint16_t symbol, enum mt_role role, int64_t keep_qty,
                  bool waiting, const struct mt_rec_leg *next);
/* size, strength: of the signal after its filters, 10^-9, above 0. deadline_ns: of an entry that waited until now;
 * INT64_MAX: none, its time to live begins. */
int32_t mt_leg_enter(struct mt_engine *e, uint16_t account, uint16_t symbol, const struct mt_rec_signal *signal,
                     int64_t size, int64_t strength, int64_t deadline_ns);
/* Exits as `exit` says from now on. */
void mt_leg_protect(struct mt_engine *e, uint16_t account, uint16_t symbol, const struct mt_exit *exit);
/* An exit has filled. A stop, or one that leaves nothing of the position, closes the whole leg: what still works of its
 * entry is canceled, and what that fills meanwhile is closed (docs/simulated-venue.md#lifetimes). */
void mt_leg_exited(struct mt_engine *e, const struct mt_order *exit);
/* The venue refused an exit, or it did not leave: try again, with growing pauses. stop: it was the protective stop. */
void mt_leg_refused(struct mt_engine *e, uint16_t account, uint16_t symbol, bool stop);
void mt_leg_attend(struct mt_engine *e, uint16_t account, uint16_t symbol, int64_t retry_ns);
void mt_leg_retry(struct mt_engine *e);                 /* what waits for retry_ns */
void mt_leg_market(struct mt_engine *e, uint16_t symbol, const struct mt_event *event);

/* room.c */
/* What the account has free for margin and fee of an order in that symbol, whose leg is flat. MT_ENOTFOUND: no rate;
 * MT_ERANGE. */
int mt_room_of(struct mt_engine *e, uint16_t account, uint16_t symbol, mt_money *out) MT_CHECKED;
/* The price at which a venue asks for the margin of such an order: the dearer of the market and its own limit, where it
 * has one. What is below zero counts as if it were above; 0 where neither is known. */
int64_t mt_room_price(const struct mt_engine *e, uint16_t symbol, struct mt_price limit);

/* plan.c */
void mt_plan_set(struct mt_engine *e, uint16_t account, uint16_t symbol, const struct mt_exit *exit, bool armed);
/* Why the leg is to be closed now (enum mt_role), or MT_PLAN_STAYS. advance: orders at the venue follow the plan. */
enum { MT_PLAN_STAYS = -1 };
int mt_plan_advance(struct mt_engine *e, uint16_t account, uint16_t symbol);
void mt_plan_withdraw(struct mt_engine *e, uint16_t account, uint16_t symbol);  /* cancel its orders */
void mt_plan_hold_back(struct mt_engine *e, uint16_t account, uint16_t symbol); /* of its takes what has not left yet */
int mt_plan_market(struct mt_engine *e, uint16_t account, uint16_t symbol, const struct mt_event *event);
bool mt_plan_follows(const struct mt_engine *e, uint16_t account,
                     uint16_t symbol); /* trail or time: needs the market */
void mt_plan_follow(struct mt_engine *e, uint16_t account, uint16_t symbol, const struct mt_event *event);
bool mt_plan_any(const struct mt_exit *exit);
/* What each take of such a plan would still take of what was entered; before that, of a quantity that stands for it. */
void mt_plan_takes(const struct mt_engine *e, uint16_t account, uint16_t symbol, const struct mt_exit *exit,
                   int64_t out[MT_TAKES_MAX]);
/* *trailed: it is the trail's. */
struct mt_price mt_plan_stop_level(struct mt_engine *e, uint16_t account, uint16_t symbol, bool *trailed);
int64_t mt_plan_wake_ns(const struct mt_engine *e);

/* note.c */
void mt_note_far(struct mt_engine *e, uint16_t symbol, const char *field, int64_t distance, int64_t price);
void mt_note_near(struct mt_engine *e, uint16_t symbol, const char *field, int64_t distance);
void mt_note_cut(struct mt_engine *e, const struct mt_order_wish *wish, mt_i128 wanted, int64_t price);
void mt_notes_tell(struct mt_engine *e);                /* journal those of this call */
void mt_note_fold(struct mt_engine *e, const struct mt_rec_note *r);

/* request_ask.c */
void mt_request_install(struct mt_engine *e);           /* port->request */
int64_t mt_request_target(const struct mt_engine *e, const struct mt_binding *binding,
                          const struct mt_rec_signal *signal);
/* What a `flat` leaves of an account. */
int64_t mt_request_kept(struct mt_engine *e, uint16_t account, const struct mt_rec_signal *signal);
bool mt_request_protectable(struct mt_engine *e, uint16_t account, uint16_t symbol);
/* request_exit.c */
struct mt_exit mt_exit_merged(const struct mt_exit *old, const struct mt_exit *named);
/* Would `named` protect less than `old`? wanted: the side, where there is no position yet. */
bool mt_exit_loosens(struct mt_engine *e, uint16_t account, uint16_t symbol, const struct mt_exit *old,
                     const struct mt_exit *named, int wanted);
/* What exits lie around: the position, or where there is none (NULL) the price of the entry. extreme: the best price
 * so far, of a trail; none: as price. */
struct mt_exit_place { const struct mt_position *position; struct mt_price price, extreme; uint16_t symbol; bool up; };
/* BAD_EXIT where a level lies at no possible price; *field says whose. */
int32_t mt_exit_code(const struct mt_engine *e, const struct mt_exit_place *place, const struct mt_exit *exit,
                     const char **field);
/* Note a distance of more than half the price. */
void mt_exit_note(struct mt_engine *e, uint16_t symbol, const struct mt_exit *exit, struct mt_price price);
/* request.c */
void mt_request_tell(struct mt_engine *e, const struct mt_rec_signal *signal, const struct mt_rec_verdict *verdict);
void mt_request_run(struct mt_engine *e);               /* the queued requests of the last handler call */
/* request_exact.c */
enum { MT_REQUEST_UNIT = 1000000000 };  /* sizes, strengths and parts are kept in 10^-9 */
/* 0 and the request in exact numbers; else the code, and *field names what is wrong where it is one field. */
int32_t mt_request_exact(const struct mt_request *request, const struct mt_instrument *instrument,
                         struct mt_rec_signal *out, const char **field);
/* refusal.c */
/* field: the one that is wrong, or NULL. */
void mt_refusal_count(struct mt_engine *e, enum mt_request_kind kind, int32_t market, const char *field, int32_t code);
void mt_refusal_tell(struct mt_engine *e);              /* journal what was counted */
void mt_refusal_forget(struct mt_engine *e);
/* port.c */
void mt_port_install(struct mt_engine *e);              /* the other leaf functions */
/* What the handler that is called next reads as its text: a tag, a name, a reason to start or stop. `size`: of the room
 * that holds it; more than the view holds is cut. */
static inline void mt_port_text(struct mt_engine *e, const char *text, size_t size)
{
    size_t length = strnlen(text, size < sizeof e->port.text ? size : sizeof e->port.text - 1);
    memcpy(e->port.text, text, length);
    e->port.text[length] = '\0';
}

/* view.c */
void mt_views_init(struct mt_engine *e);
void mt_view_market_event(struct mt_engine *e, const struct mt_event *event);
void mt_view_position(struct mt_engine *e, uint16_t symbol);
void mt_view_account(struct mt_engine *e);
void mt_view_order(struct mt_engine *e, const struct mt_order *order);
void mt_view_marked(struct mt_engine *e, uint16_t symbol);
void mt_views_refresh(struct mt_engine *e);              /* trading states and stances, where they have changed */
void mt_view_why(struct mt_engine *e, uint16_t symbol);

/* bars.c */
int mt_bars_init(struct mt_engine *e, struct mt_diag *diag) MT_CHECKED;
void mt_bars_fini(struct mt_engine *e);
void mt_bars_market(struct mt_engine *e, const struct mt_event *event, bool deliver);
void mt_bars_due(struct mt_engine *e, bool deliver);    /* bars whose close time has come */
struct mt_volatility mt_bars_volatility(const struct mt_engine *e, uint16_t symbol, int32_t lookback);

/* engine.c */
void mt_engine_emit_start(struct mt_engine *e, const struct mt_rec_run_start *start, const char *json);
int mt_engine_end_of_turn(struct mt_engine *e, struct mt_diag *diag) MT_CHECKED;
void mt_engine_mark(struct mt_engine *e, uint16_t symbol);      /* positions and views */
void mt_engine_peaks(struct mt_engine *e);                      /* of an instant that is complete */
void mt_engine_self_check(struct mt_engine *e);         /* ends the process when the sums differ */
int mt_engine_param_again(struct mt_engine *e, const char *text, struct mt_diag *diag) MT_CHECKED;
void mt_fault(struct mt_engine *e, enum mt_handler handler, int32_t market, const struct mt_diag *diag);
bool mt_deliver(struct mt_engine *e, enum mt_handler handler, int32_t market);
bool mt_call(struct mt_engine *e, enum mt_handler handler, int32_t market);     /* then runs the requests */
static inline bool mt_wants(const struct mt_engine *e, enum mt_handler handler)
{
    return (e->strategy.handlers >> handler) & 1;
}

#endif
