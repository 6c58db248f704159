/* risk: the checks that every order passes, whoever wants it: strategies, plans, operators,
 * simulated or live. mt_risk_check decides and changes nothing; the fold calls mt_risk_on_* for
 * what really happened (an INTENT record that passed reserves in the same step as its verdict,
 * because one thread does both). All arithmetic is exact.
 *
 * A check runs in every scope that has a limit; all must pass; the first failing check in table
 * order, and within it the first failing scope in the order GLOBAL, ACCOUNT, SYMBOL, GROUP,
 * STRATEGY, is the verdict. */
#ifndef MT_CORE_RISK_H
#define MT_CORE_RISK_H

#include <stdbool.h>
#include <stdint.h>
#include "base/dec.h"
#include "base/err.h"
#include "core/ledger.h"
#include "model/code.h"
#include "model/order.h"

enum mt_scope_kind {
    MT_SCOPE_GLOBAL,
    MT_SCOPE_ACCOUNT,
    MT_SCOPE_SYMBOL,
    MT_SCOPE_GROUP,
    MT_SCOPE_STRATEGY,
    MT_SCOPES
};
const char *mt_scope_name(unsigned kind);               /* "global" … */
enum mt_trading_state { MT_ACTIVE, MT_REDUCE_ONLY, MT_HALTED, MT_KILLED };
int32_t mt_trading_state_code(enum mt_trading_state state);     /* of what it denies; ACTIVE: 0 */
const char *mt_trading_state_name(unsigned state); /* "active" "reduce_only" "halted" "killed" */

/* Limits are declared once in a table (risk_limits.c): name, type, unit, help. The configuration
 * and RISK_LIMIT records address them by this enum; the order is stable because it is stored. */
enum mt_limit_id {
    MT_LIMIT_STALE_MS,
    MT_LIMIT_SKEW_MS,
    MT_LIMIT_LOCKED_DENY,
    MT_LIMIT_SPREAD_TICKS,
    MT_LIMIT_SPREAD_BP,
    MT_LIMIT_COLLAR_BP,
    MT_LIMIT_MAX_ORDER_QTY,
    MT_LIMIT_MAX_ORDER_NOTIONAL,
    MT_LIMIT_DUP_MS,
    MT_LIMIT_REPEAT_N,
    MT_LIMIT_REPEAT_WINDOW_S,
    MT_LIMIT_RATE_PER_S,
    MT_LIMIT_RATE_BURST,
    MT_LIMIT_DAILY_MESSAGES,
    MT_LIMIT_ORDER_TO_TRADE,
    MT_LIMIT_ORDER_TO_TRADE_MIN,
    MT_LIMIT_MAX_OPEN,
    MT_LIMIT_MAX_UNKNOWN,
    MT_LIMIT_MAX_NET,
    MT_LIMIT_MAX_GROSS,
    MT_LIMIT_MAX_EXPOSURE,
    MT_LIMIT_MAX_LEVERAGE,
    MT_LIMIT_MAX_DAILY_LOSS,
    MT_LIMIT_DAILY_LOSS_PREDICTIVE,
    MT_LIMIT_MAX_DRAWDOWN,
    MT_LIMIT_LOSS_STREAK,
    MT_LIMIT_COOLDOWN_S,
    MT_LIMIT_HOURS_FROM_S,
    MT_LIMIT_HOURS_TO_S,
    MT_LIMIT_ROLLOVER_S,
    MT_LIMIT_SLIP_CAP_BP,
    MT_LIMIT_DENY_STORM,
    MT_LIMIT_COLLAR_PASSIVE_BP,
    MT_LIMIT_ROLLOVER_AT_S,
    MT_LIMITS
};
enum mt_limit_type { MT_LIMIT_COUNT, MT_LIMIT_BOOL, MT_LIMIT_QTY, MT_LIMIT_MONEY, MT_LIMIT_RATIO };
struct mt_limit_info {
    const char *name;           /* "max_order_qty": key in the configuration */
    /* COUNT: integer (ms, s, ticks, n). QTY, MONEY, RATIO, bp: exact, in 10^-8 */
    enum mt_limit_type type;
    uint32_t scopes;            /* bits 1 << mt_scope_kind where it is allowed */
    int64_t max;                /* values are 0..max */
    const char *help;
};
const struct mt_limit_info *mt_limit_info(unsigned id);
int mt_limit_find(const char *name);                    /* id or MT_ENOTFOUND */
/* May the limit have this value in such a scope? MT_ERANGE with a sentence. mt_risk_new and
 * mt_risk_on_limit demand it. */
int mt_limit_check(unsigned id, enum mt_scope_kind kind, int64_t value,
                   struct mt_diag *diag) MT_CHECKED;

struct mt_limits {
    uint64_t set;               /* bit i: value[i] counts */
    int64_t value[MT_LIMITS];   /* units by type */
};
struct mt_blocked_window { int64_t from_ns, to_ns; };           /* NEWS_BLOCK */

struct mt_scope_setup {
    enum mt_scope_kind kind;
    int account;                /* -1: every account (each has its own counters) */
    int symbol;                 /* SYMBOL: -1 every symbol (each its own counters) */
    int strategy;               /* STRATEGY: the number that asks carry */
    uint16_t group[64], group_count;    /* GROUP: symbols */
    char name[64];              /* GROUP, STRATEGY: for messages and commands */
    struct mt_limits limits;
    const uint16_t *allow;      /* symbols allowed; NULL: all */
    uint16_t allow_count;
    const struct mt_blocked_window *windows; uint16_t window_count;
    /* State after a DAILY_LOSS or DRAWDOWN breach: REDUCE_ONLY (default) or HALTED. */
    enum mt_trading_state on_loss;
};

/* Several setups may meet in one scope (a default for every account and a stricter one for one):
 * each is an instance of its own with its own limits, counters and state, and all must pass.
 * Quantities of a scope with several symbols are the sum over them. Money is in the currency of the
 * account; GLOBAL: of the first account. A netting account keeps one position per symbol whoever
 * opened it, so STRATEGY measures positions, orders and equity of its account; rates, repeats,
 * losses in a row and cool-down are the strategy's own.
 *
 * Everything in the setups is copied. MT_ERANGE: an account, symbol or limit that is not possible
 * there; MT_ENOMEM. */
struct mt_risk;
int mt_risk_new(struct mt_risk **out, struct mt_ledger *ledger /* borrowed */,
                const struct mt_scope_setup *scopes, size_t scope_count,
                struct mt_diag *diag) MT_CHECKED;
void mt_risk_free(struct mt_risk *risk);

struct mt_risk_ask {
    struct mt_terms terms;
    struct mt_price protect;    /* stop price that will guard it (daily_loss_predictive) */
    bool child;                 /* an exit that lives with its entry: nothing to reduce before that has filled */
    bool early;                 /* the fill that it protects is newer than any price: no side of the market is known */
    bool trails;                /* a stop without a level yet: its trail waits for the price */
};
struct mt_risk_verdict {
    int32_t code;               /* enum mt_code; 0: passed */
    uint16_t scope; /* index of the deciding scope (mt_risk_scope_*), 0 for structural checks */
    /* Measured and allowed, in the limit's unit (rates: 10^-9 tokens; prices: units of the
     * instrument); 0 where the check has no number. */
    mt_i128 value, limit;
    int64_t price;              /* P of the reservation */
};
/* Checks 2, 4..18, 20..22, 24, 25, 27..32 of the design. journal_ok:
 * mt_journal_accepts_increases. strategy_ok: not quarantined. Never changes anything. */
void mt_risk_check(const struct mt_risk *risk, const struct mt_risk_ask *ask, int64_t now_ns,
                   bool journal_ok, bool strategy_ok, struct mt_risk_verdict *out);
/* The class that the checks would give it: does it possibly increase? */
bool mt_risk_increases(const struct mt_risk *risk, const struct mt_risk_ask *ask);

/* What the fold tells (same calls live and in replay, in journal order). An entry for repeat_n is
 * an order that passed, is not reduce-only, and whose role is ENTRY, TARGET or SLOT. A state of
 * ACTIVE is the operator's word: it also clears the repeat throttle, the losses in a row and the
 * count of denials of all scopes below. mt_risk_on_limit takes what mt_limit_check passes. */
void mt_risk_on_intent(struct mt_risk *risk, const struct mt_terms *terms, int32_t code,
                       int64_t now_ns);
void mt_risk_on_op(struct mt_risk *risk, uint16_t account, uint16_t symbol, uint16_t seat,
                   bool replace, int64_t now_ns);
/* realised: of this fill, account currency after its fee; closed: the position ended with
 * `trade_profit`. stop: its role was a protective stop. */
void mt_risk_on_fill(struct mt_risk *risk, uint16_t account, uint16_t symbol, uint16_t seat,
                     uint8_t role, bool opened, bool ended, mt_money trade_profit, int64_t now_ns);
void mt_risk_on_state(struct mt_risk *risk, uint16_t scope, enum mt_trading_state state);
void mt_risk_on_limit(struct mt_risk *risk, uint16_t scope, enum mt_limit_id id, bool set,
                      int64_t value);
/* A trading day (UTC) begins, or a resume restores it. A new day clears the messages, fills and
 * losses in a row. Before the first call, day start and peak are the account's starting cash. */
void mt_risk_on_day(struct mt_risk *risk, uint16_t account, int64_t day, mt_money equity_at_start,
                    mt_money peak);

/* Post-trade monitor (21, 22, 27, 28 on facts, and deny_storm), at the end of each instant: which
 * scope must change state, one at a time: returns true and fills scope and state; the engine
 * journals RISK_STATE and calls again. Costs nothing while no account of the ledger is touched. */
bool mt_risk_breach(struct mt_risk *risk, int64_t now_ns, uint16_t *scope,
                    enum mt_trading_state *state, int32_t *code, mt_i128 *value, mt_i128 *limit);
bool mt_risk_watches_equity(const struct mt_risk *risk);        /* any 27/28 limit set at all */
/* Of all touched accounts: the equity that limits 27 and 28 look at becomes that of now: all market events of the
 * instant are in. */
void mt_risk_see(struct mt_risk *risk);
/* The same at the very end of an instant, and their peaks (live only: the engine journals them with MT_REC_DAY). */
void mt_risk_peak(struct mt_risk *risk);
/* What MT_REC_DAY keeps of an account, deposits since then included. */
void mt_risk_day(const struct mt_risk *risk, uint16_t account, int64_t *day,
                 mt_money *equity_at_start, mt_money *peak);

/* Scopes as a flat list (instances): for states, commands, status and hashing. */
size_t mt_risk_scope_count(const struct mt_risk *risk);
struct mt_risk_scope_view {
    enum mt_scope_kind kind;
    int account, symbol;
    const char *name;
    enum mt_trading_state state;
    const struct mt_limits *limits;
};
void mt_risk_scope(const struct mt_risk *risk, uint16_t scope, struct mt_risk_scope_view *out);
/* The first scope instance of an account / an account's symbol / the host, MT_ENOTFOUND if none is
 * set up there. GLOBAL and each ACCOUNT always exist. GROUP: the first that holds the symbol;
 * STRATEGY: `symbol` is the number of the strategy. */
int mt_risk_scope_find(const struct mt_risk *risk, enum mt_scope_kind kind, int account,
                       int symbol);
/* Effective trading state for (account, symbol): the worst over its scopes, those of strategies
 * excepted. */
enum mt_trading_state mt_risk_state(const struct mt_risk *risk, uint16_t account, uint16_t symbol);

/* Canonical bytes of all that changes (states, tokens, counters), for the state hash. */
struct mt_buf;
void mt_risk_serialise(const struct mt_risk *risk, struct mt_buf *out);

#endif
