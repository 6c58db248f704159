/* The table of limits. docs/limits.md explains each one; tests/host/core/test_risk_limits.c holds
 * it to this table. */
#include <string.h>
#include "core/risk_private.h"

enum {
    G = 1 << MT_SCOPE_GLOBAL,
    A = 1 << MT_SCOPE_ACCOUNT,
    Y = 1 << MT_SCOPE_SYMBOL,
    P = 1 << MT_SCOPE_GROUP,
    S = 1 << MT_SCOPE_STRATEGY,
    ALL = G | A | Y | P | S,
    DATA = G | A | Y,
    COUNT_MAX = 1000000000,
    DAY_S = 86400,
};

#define NAME_OF(id) [MT_LIMIT_##id]
static const struct mt_limit_info table[MT_LIMITS] = {
    NAME_OF(STALE_MS) = { "stale_ms", MT_LIMIT_COUNT, DATA, COUNT_MAX,
        "oldest quote for an increase, ms; bars: at least two bars" },
    NAME_OF(SKEW_MS) = { "skew_ms", MT_LIMIT_COUNT, DATA, COUNT_MAX,
        "most that the venue's clock may differ from ours, ms" },
    NAME_OF(LOCKED_DENY) = { "locked_deny", MT_LIMIT_BOOL, DATA, 1,
        "1: bid = ask counts as crossed" },
    NAME_OF(SPREAD_TICKS) = { "spread_ticks", MT_LIMIT_COUNT, DATA, COUNT_MAX,
        "widest spread for an increase, ticks" },
    NAME_OF(SPREAD_BP) = { "spread_bp", MT_LIMIT_RATIO, DATA, INT64_MAX,
        "widest spread for an increase, bp of the mid" },
    NAME_OF(COLLAR_BP) = { "collar_bp", MT_LIMIT_RATIO, DATA, INT64_MAX,
        "most that a price may be from mid and last trade, bp" },
    NAME_OF(MAX_ORDER_QTY) = { "max_order_qty", MT_LIMIT_QTY, ALL, INT64_MAX,
        "quantity of one order" },
    NAME_OF(MAX_ORDER_NOTIONAL) = { "max_order_notional", MT_LIMIT_MONEY, ALL, INT64_MAX,
        "notional of one order" },
    NAME_OF(DUP_MS) = { "dup_ms", MT_LIMIT_COUNT, A | S, COUNT_MAX,
        "the same order is refused for so long, ms" },
    NAME_OF(REPEAT_N) = { "repeat_n", MT_LIMIT_COUNT, S, MT_RING_SIZE - 1,
        "entries in repeat_window_s" },
    NAME_OF(REPEAT_WINDOW_S) = { "repeat_window_s", MT_LIMIT_COUNT, S, COUNT_MAX,
        "window of repeat_n, s; 60 if not set" },
    NAME_OF(RATE_PER_S) = { "rate_per_s", MT_LIMIT_COUNT, G | A | S, COUNT_MAX,
        "orders and changes per second" },
    NAME_OF(RATE_BURST) = { "rate_burst", MT_LIMIT_COUNT, G | A | S, COUNT_MAX,
        "size of the bucket of rate_per_s; as rate_per_s if not set" },
    NAME_OF(DAILY_MESSAGES) = { "daily_messages", MT_LIMIT_COUNT, A | S, COUNT_MAX,
        "orders, changes and cancels in a trading day" },
    NAME_OF(ORDER_TO_TRADE) = { "order_to_trade", MT_LIMIT_RATIO, A | S, INT64_MAX,
        "messages per (fills + 1) in a trading day" },
    NAME_OF(ORDER_TO_TRADE_MIN) = { "order_to_trade_min", MT_LIMIT_COUNT, A | S, COUNT_MAX,
        "messages from which order_to_trade counts" },
    NAME_OF(MAX_OPEN) = { "max_open", MT_LIMIT_COUNT, ALL, COUNT_MAX,
        "open orders" },
    NAME_OF(MAX_UNKNOWN) = { "max_unknown", MT_LIMIT_COUNT, ALL, COUNT_MAX,
        "orders with an unknown outcome" },
    NAME_OF(MAX_NET) = { "max_net", MT_LIMIT_QTY, ALL, INT64_MAX,
        "worst-case net position, quantity" },
    NAME_OF(MAX_GROSS) = { "max_gross", MT_LIMIT_QTY, ALL, INT64_MAX,
        "worst-case gross position, quantity" },
    NAME_OF(MAX_EXPOSURE) = { "max_exposure", MT_LIMIT_MONEY, G | A | Y | P, INT64_MAX,
        "notional of the worst-case gross position" },
    NAME_OF(MAX_LEVERAGE) = { "max_leverage", MT_LIMIT_RATIO, A, INT64_MAX,
        "worst-case gross notional over equity" },
    NAME_OF(MAX_DAILY_LOSS) = { "max_daily_loss", MT_LIMIT_MONEY, G | A | S, INT64_MAX,
        "loss of equity since the day began" },
    NAME_OF(DAILY_LOSS_PREDICTIVE) = { "daily_loss_predictive", MT_LIMIT_BOOL, G | A | S, 1,
        "1: max_daily_loss counts the order's loss at its stop too" },
    NAME_OF(MAX_DRAWDOWN) = { "max_drawdown", MT_LIMIT_RATIO, G | A | S, INT64_MAX,
        "fall of equity from its peak, fraction" },
    NAME_OF(LOSS_STREAK) = { "loss_streak", MT_LIMIT_COUNT, S, COUNT_MAX,
        "losing trades in a row" },
    NAME_OF(COOLDOWN_S) = { "cooldown_s", MT_LIMIT_COUNT, S, COUNT_MAX,
        "pause after a stop, s" },
    NAME_OF(HOURS_FROM_S) = { "hours_from_s", MT_LIMIT_COUNT, A | Y, DAY_S,
        "increases from this second of the UTC day; 0 if not set" },
    NAME_OF(HOURS_TO_S) = { "hours_to_s", MT_LIMIT_COUNT, A | Y, DAY_S,
        "increases before this second of the UTC day; 86400 if not set" },
    NAME_OF(ROLLOVER_S) = { "rollover_s", MT_LIMIT_COUNT, A | Y, DAY_S / 2,
        "no increase so near to the swap roll, s" },
    NAME_OF(SLIP_CAP_BP) = { "slip_cap_bp", MT_LIMIT_RATIO, DATA, MT_BP_ONE,
        "price of a market order: so far beyond the quote, bp" },
    NAME_OF(DENY_STORM) = { "deny_storm", MT_LIMIT_COUNT, S, MT_RING_SIZE - 1,
        "denials in a minute that make the strategy reduce-only" },
    NAME_OF(COLLAR_PASSIVE_BP) = { "collar_passive_bp", MT_LIMIT_RATIO, DATA, INT64_MAX,
        "the collar of orders that rest; as collar_bp if not set" },
    NAME_OF(ROLLOVER_AT_S) = { "rollover_at_s", MT_LIMIT_COUNT, A | Y, DAY_S - 1,
        "second of the UTC day of the swap roll; 79200 (22:00) if not set" },
};

const char *mt_scope_name(unsigned kind)
{
    static const char *const names[] = { "global", "account", "symbol", "group", "strategy" };
    return kind < MT_SCOPES ? names[kind] : "?";
}

const char *mt_trading_state_name(unsigned state)
{
    static const char *const names[] = { "active", "reduce_only", "halted", "killed" };
    return state <= MT_KILLED ? names[state] : "?";
}

int32_t mt_trading_state_code(enum mt_trading_state state)
{
    static const int32_t codes[] = { [MT_ACTIVE] = 0, [MT_REDUCE_ONLY] = MT_CODE_STATE_REDUCE_ONLY,
        [MT_HALTED] = MT_CODE_STATE_HALTED, [MT_KILLED] = MT_CODE_STATE_KILLED };
    return codes[state];
}

const struct mt_limit_info *mt_limit_info(unsigned id)
{
    return id < MT_LIMITS ? &table[id] : NULL;
}

int mt_limit_find(const char *name)
{
    for (int id = 0; id < MT_LIMITS; id++)
        if (strcmp(table[id].name, name) == 0)
            return id;
    return MT_ENOTFOUND;
}

int mt_limit_check(unsigned id, enum mt_scope_kind kind, int64_t value, struct mt_diag *diag)
{
    if (id >= MT_LIMITS)
        return mt_fail(diag, MT_ERANGE, "risk: limit %u does not exist", id);
    if (!(table[id].scopes & (1u << kind)))
        return mt_fail(diag, MT_ERANGE, "risk: %s: not possible in a scope of kind %s",
                       table[id].name, mt_scope_name(kind));
    if (value < 0 || value > table[id].max)
        return mt_fail(diag, MT_ERANGE, "risk: %s: %lld is outside 0 to %lld", table[id].name,
                       (long long)value, (long long)table[id].max);
    return 0;
}
