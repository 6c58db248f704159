/* risk_private: the inside of risk, for its files and their tests. Others use core/risk.h.
 *   risk_limits.c    the table of limits         risk_scope.c    setups to instances, states
 *   risk_check.c     the checks in their order   risk_order.c    checks 5 to 13
 *   risk_exposure.c  prices, worst cases, sums   risk_count.c    buckets, rings, duplicates
 *   risk_monitor.c   days, breaches, canonical bytes */
#ifndef MT_CORE_RISK_PRIVATE_H
#define MT_CORE_RISK_PRIVATE_H

#include "core/risk.h"

enum {
    MT_RING_SIZE = 1024,            /* times that repeat_n and deny_storm can look back on */
    NS_PER_MS = 1000000,
    MT_DUP_SIZE = 4096,             /* orders of one account that dup_ms can look back on */
    MT_GROUP_SYMBOLS = 64,
    MT_SCOPES_MAX = 65535,
};
#define MT_LIMIT_BIT(id) (UINT64_C(1) << (id))
#define MT_RATIO_ONE INT64_C(100000000)             /* 1 in 10^-8 */
#define MT_BP_ONE (INT64_C(10000) * MT_RATIO_ONE)   /* 1 as basis points in 10^-8 */
#define MT_TOKEN                                                                                   \
    INT64_C(1000000000) /* one token of a bucket: rate per s times ns needs no division */
/* Behind the limits: what else a scope may have that a check looks at. */
#define MT_HAS_ALWAYS (UINT64_C(1) << 63)
#define MT_HAS_STATE (UINT64_C(1) << 62)            /* a state other than ACTIVE */
#define MT_HAS_ALLOW (UINT64_C(1) << 61)
#define MT_HAS_WINDOWS (UINT64_C(1) << 60)
_Static_assert(MT_LIMITS <= 60, "limits and the bits above are one word");

/* The last times something happened, newest at head - 1. */
struct mt_recent { int64_t times[MT_RING_SIZE]; uint64_t head; };

struct mt_risk_scope_state {
    struct mt_limits limits;
    uint64_t has;                           /* MT_HAS_*, without MT_HAS_ALWAYS */
    enum mt_scope_kind kind;
    int account, symbol, strategy;          /* -1 where the kind has none */
    enum mt_trading_state state, on_loss;
    char name[64];
    uint16_t group[MT_GROUP_SYMBOLS], group_count;
    uint64_t *allow;                        /* owned; bit per symbol; NULL: all */
    struct mt_blocked_window *windows;              /* owned */
    uint16_t window_count;
    int64_t tokens, tokens_ns;              /* of the bucket, as of tokens_ns */
    int64_t messages, fills; /* of the trading day; of fills and orders of this scope */
    int64_t streak, last_stop_ns;           /* losses in a row; INT64_MIN: no stop yet */
    bool latched;                           /* repeat throttle until the operator re-enables */
    struct mt_recent *entries, *denials;      /* owned; STRATEGY only */
};

struct mt_risk_day_state {
    int64_t day;
    /* Equity less `adjusted` of the account at that time. seen: of the last instant that was complete. */
    mt_money start, peak, seen;
    bool unseen;                            /* it could not be converted then */
};

struct mt_dup {
    int64_t time_ns, qty, price, stop;
    uint16_t symbol, seat, flags;
    int8_t side;
    uint8_t type;
};
/* The newest orders of an account. It is full when head >= size. */
/* digest: the sum of the hashes of all that it holds, so that a checkpoint does not hash them one by one. */
struct mt_dup_ring { struct mt_dup *entries; uint64_t head, digest; uint32_t size; };

struct mt_risk {
    struct mt_ledger *ledger;               /* borrowed */
    struct mt_risk_scope_state *scopes;     /* by kind, then in order of setup */
    size_t scope_count;
    uint32_t *first; /* [account * symbols + symbol]: where its scopes begin in `lists` */
    uint16_t *lists;                        /* indexes of scopes, ascending; first[n] is the end */
    /* Scopes with a limit on facts, ascending within an account: those of no account, then each account's. */
    uint16_t *watched;
    uint32_t *watched_first;                /* [account + 1], 0: no account; one more is the end */
    uint64_t set;                           /* limits and MT_HAS_* of all scopes */
    uint64_t possible;                      /* the checks that follow from it */
    struct mt_risk_day_state *days;         /* [account] */
    struct mt_dup_ring *dups;               /* [account]; each grows to what it needs, up to MT_DUP_SIZE */
    int64_t dup_span_ns;                    /* the longest dup_ms */
    bool look_all;                          /* something else than touched accounts may breach a limit */
};

/* What a scope measures. */
enum mt_measure { MT_MEASURE_QTY, MT_MEASURE_EXPOSURE, MT_MEASURE_OPEN, MT_MEASURE_UNKNOWN };

/* An order as the worst cases see it. */
struct mt_risk_add {
    uint16_t account, symbol;
    int8_t side;                            /* 0: no order, facts only */
    bool reduce_only;
    bool facts;                             /* positions only, without what open orders may do */
    int64_t qty;
    struct mt_price price;                  /* P */
};

/* One run of the checks. */
struct mt_risk_run {
    const struct mt_risk *risk;
    const struct mt_risk_ask *ask;
    const struct mt_instrument *instrument;
    const struct mt_top *top;
    const struct mt_slot *slot;
    const uint16_t *list;
    uint32_t count;
    uint64_t set;                           /* limits and MT_HAS_* of the scopes of this order */
    int64_t now_ns;
    bool increase;                          /* class */
    bool raises; /* an increase, or a reduce-only order that worsens the worst case */
    bool flatten; /* an operator's close of something killed */
    bool strategy_ok, journal_ok;
    int32_t late; /* CALC_OVERFLOW or RATE_MISSING met by an earlier check: denied by 31 */
    struct mt_risk_verdict *out;
};

/* The next scope of the run at or after *at that has limit `id` and is the order's; NULL at the
 * end. */
const struct mt_risk_scope_state *mt_run_next(const struct mt_risk_run *run, uint32_t *at,
                                              enum mt_limit_id id);
/* Does a scope of the list of a symbol belong to this strategy? All but those of other strategies
 * do. */
bool mt_scope_covers(const struct mt_risk_scope_state *scope, uint16_t strategy);
/* Indexes of the scopes of (account, symbol). */
const uint16_t *mt_risk_list(const struct mt_risk *risk, uint16_t account, uint16_t symbol,
                             uint32_t *count);
/* Verdict: denied by `scope` (NULL: structural). Returns code. */
int mt_run_deny(struct mt_risk_run *run, int32_t code, const struct mt_risk_scope_state *scope,
                mt_i128 value, mt_i128 limit);

/* Fills `watched` by the limits that are set now. */
void mt_risk_list_watched(struct mt_risk *risk);
/* Bit i: the i-th check of the table may run when these are set somewhere. */
uint64_t mt_checks_possible(uint64_t set);
/* An error that stands until check 31; the first one counts. */
void mt_run_late(struct mt_risk_run *run, int32_t code);

/* order: checks 5 to 13 */
bool mt_ask_side_and_qty_fit(const struct mt_risk_ask *ask);
int mt_run_deny_qty(struct mt_risk_run *run, int32_t code, const struct mt_risk_scope_state *scope,
                    int64_t qty, int64_t bound);
/* Notional of the order at P, in the money of a scope. */
int mt_run_notional(const struct mt_risk_run *run, enum mt_scope_kind kind, mt_money *out);
int mt_check_fields(struct mt_risk_run *run);
int mt_check_allowed(struct mt_risk_run *run);
int mt_check_steps(struct mt_risk_run *run);
int mt_check_missing(struct mt_risk_run *run);
int mt_check_stale(struct mt_risk_run *run);
int mt_check_crossed(struct mt_risk_run *run);
int mt_check_spread(struct mt_risk_run *run);
int mt_check_collar(struct mt_risk_run *run);
int mt_check_stop(struct mt_risk_run *run);
int mt_check_order_qty(struct mt_risk_run *run);
int mt_check_order_notional(struct mt_risk_run *run);

/* exposure: those that return int return 0, MT_CODE_CALC_OVERFLOW or MT_CODE_RATE_MISSING. */

/* P; *out is 0 when there is no quote to tell it, and then check 8 or 9 denies. */
int mt_risk_price(const struct mt_risk_run *run, int64_t *out);
/* How much the order could close at most without ever passing zero. */
int64_t mt_risk_reducible(const struct mt_slot *slot, const struct mt_risk_ask *ask);
/* Can a reduce-only order, which never passes zero itself, still worsen the worst case? */
bool mt_risk_raises(const struct mt_slot *slot, const struct mt_risk_ask *ask);
/* Would the reservation and every position it can lead to fit into 64 bits? */
bool mt_risk_qty_fits(const struct mt_slot *slot, const struct mt_risk_ask *ask);
/* In 10^-8, rounded up. */
int mt_risk_qty8(const struct mt_instrument *instrument, mt_i128 qty, mt_i128 *out);
/* Money of an account in the money of a scope. */
int mt_risk_scope_money(const struct mt_risk *risk, enum mt_scope_kind kind, uint16_t account,
                        mt_money amount, enum mt_round worse, mt_money *out);
/* Notional of qty at price, without its sign, in the money of a scope, rounded up. */
int mt_risk_notional(const struct mt_risk *risk, enum mt_scope_kind kind, uint16_t account,
                     uint16_t symbol, mt_i128 qty, int64_t price, mt_money *out);
/* The sum of a measure over the scope, with the order added (side 0: none). */
int mt_risk_sum(const struct mt_risk *risk, const struct mt_risk_scope_state *scope,
                enum mt_measure measure, const struct mt_risk_add *add, mt_i128 *out);
/* Loss of the day so far, in the money of the scope. */
int mt_risk_loss(const struct mt_risk *risk, const struct mt_risk_scope_state *scope,
                 mt_money *loss);
/* (peak - equity) / peak in 10^-8, rounded up. GLOBAL: of the sums of both. */
int mt_risk_drawdown(const struct mt_risk *risk, const struct mt_risk_scope_state *scope,
                     mt_i128 *ratio);
/* Equity of an account; RATE_MISSING while a position of it cannot be valued. */
int mt_risk_equity(const struct mt_risk *risk, uint16_t account, mt_money *out);

/* count */
void mt_bucket_init(struct mt_risk_scope_state *scope);
int64_t mt_bucket_cap(const struct mt_risk_scope_state *scope); /* in 1 / MT_TOKEN */
int64_t mt_bucket_tokens(const struct mt_risk_scope_state *scope, int64_t now_ns);
int64_t mt_bucket_reserve(const struct mt_risk_scope_state *scope);
/* How many of the ring's times are in (now - span, now]. */
int64_t mt_recent_count(const struct mt_recent *ring, int64_t now_ns, int64_t span_ns);
bool mt_scope_repeats(const struct mt_risk_scope_state *scope, int64_t now_ns, int64_t *count);
bool mt_dup_found(const struct mt_risk *risk, const struct mt_terms *terms, int64_t now_ns,
                  int64_t span_ns);

static inline bool mt_scope_has(const struct mt_risk_scope_state *scope, enum mt_limit_id id)
{
    return (scope->limits.set & MT_LIMIT_BIT(id)) != 0;
}

#endif
