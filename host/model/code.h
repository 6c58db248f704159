/* code: why something was refused: the denial codes (docs/limits.md#codes), refusals of verbs, reject codes of venues.
 * The names are what scripts, JSON and journals show; numbers are stored, so new codes go to the end of their group. */
#ifndef MT_MODEL_CODE_H
#define MT_MODEL_CODE_H

#include <stdint.h>

/* X(name, number, sentence for people) */
#define MT_CODES(X) \
    X(OK, 0, "") \
    /* checks, in the order in which they run; the hundreds are the number of the check */ \
    X(MODE_NOT_LIVE, 100, "the venue is live and the live switches are not all set") \
    X(STATE_KILLED, 200, "killed: nothing trades any more in this run but an operator's flatten") \
    X(STATE_HALTED, 201, "halted: only cancels pass") \
    X(STATE_REDUCE_ONLY, 202, "reduce only: no order may increase a position") \
    X(NOT_RECONCILED, 300, "the account is not reconciled with its venue yet") \
    X(STRATEGY_DISABLED, 400, "the strategy is quarantined or stopped") \
    X(FIELD_INVALID, 500, "a field is unknown, contradictory, not finite, negative or zero where it must not be") \
    X(SYMBOL_UNKNOWN, 600, "no instrument data for the symbol") \
    X(SYMBOL_NOT_TRADABLE, 601, "the symbol's session is closed") \
    X(SYMBOL_NOT_ALLOWED, 602, "the symbol is not on the allow list") \
    X(PRICE_STEP, 700, "the price is not a multiple of the tick") \
    X(QTY_STEP, 701, "the quantity is not a multiple of the step") \
    X(QTY_MIN, 702, "the quantity is below the instrument's minimum") \
    X(QTY_MAX_VENUE, 703, "the quantity is above the instrument's maximum") \
    X(NOTIONAL_MIN_VENUE, 704, "the notional is below the instrument's minimum") \
    X(DATA_STALE, 800, "the last quote is too old") \
    X(DATA_MISSING, 801, "no quote yet") \
    X(DATA_CROSSED, 900, "bid above ask, or one side is empty") \
    X(DATA_LOCKED, 901, "bid equals ask and the account refuses locked markets") \
    X(SPREAD_WIDE, 902, "the spread is above its cap") \
    X(PRICE_COLLAR, 1000, "the price is too far from the market") \
    X(STOPS_TOO_CLOSE, 1100, "a stop is nearer to the market than the venue allows") \
    X(STOP_SIDE, 1101, "a stop is on the wrong side of the market") \
    X(MAX_ORDER_QTY, 1200, "the quantity is above the limit for one order") \
    X(MAX_ORDER_NOTIONAL, 1300, "the notional is above the limit for one order") \
    X(DUPLICATE, 1400, "the same order was created a moment ago") \
    X(REPEAT_THROTTLE, 1500, "too many entries in the window") \
    X(RATE_STRATEGY, 1600, "the strategy's order rate is used up") \
    X(RATE_ACCOUNT, 1601, "the account's order rate is used up") \
    X(RATE_GLOBAL, 1602, "the host's order rate is used up") \
    X(DAILY_MESSAGES, 1700, "too many messages today") \
    X(ORDER_TO_TRADE, 1701, "too many messages per fill") \
    X(MAX_OPEN_ORDERS, 1800, "too many open orders") \
    X(MAX_UNKNOWN, 1801, "too many orders with an unknown outcome") \
    X(SELF_TRADE, 1900, "the order would trade with an own order") \
    X(REDUCE_ONLY_VIOLATION, 2000, "a reduce-only order would increase the position") \
    X(TICKET_UNKNOWN, 2001, "the ticket is not open") \
    X(MAX_POSITION_NET, 2100, "the worst-case net position is above its limit") \
    X(MAX_POSITION_GROSS, 2200, "the worst-case gross position is above its limit") \
    X(MAX_POSITIONS, 2300, "too many open positions") \
    X(MAX_EXPOSURE_SYMBOL, 2400, "the symbol's exposure is above its limit") \
    X(MAX_EXPOSURE_GROUP, 2401, "the group's exposure is above its limit") \
    X(MAX_EXPOSURE_ACCOUNT, 2402, "the account's exposure is above its limit") \
    X(MAX_EXPOSURE_TOTAL, 2403, "the total exposure is above its limit") \
    X(MAX_LEVERAGE, 2500, "gross notional over equity is above the limit") \
    X(MARGIN_INSUFFICIENT, 2600, "not enough free margin") \
    X(DAILY_LOSS, 2700, "the daily loss limit is reached") \
    X(DRAWDOWN, 2800, "the drawdown limit is reached") \
    X(LOSS_STREAK, 2900, "too many losses in a row") \
    X(COOLDOWN, 2901, "cooling down after a stop") \
    X(TIME_WINDOW, 3000, "outside the allowed hours") \
    X(NEWS_BLOCK, 3001, "inside a blocked window") \
    X(ROLLOVER, 3002, "too near to the swap roll") \
    X(CALC_OVERFLOW, 3100, "a number does not fit") \
    X(RATE_MISSING, 3101, "no conversion rate between the currencies") \
    X(JOURNAL_UNAVAILABLE, 3200, "the journal cannot take more") \
    X(VENUE_DEGRADED, 3300, "the venue's errors or latency are over their bound") \
    X(BRACKET_REQUIRED, 3400, "the account demands a protective stop") \
    /* refusals of verbs */ \
    X(ALREADY, 5000, "the leg has this stance already") \
    X(WARMING, 5001, "verbs are muted while warming up or replaying") \
    X(TOO_MANY, 5002, "too many requests in one call") \
    X(NO_POSITION, 5003, "there is no position or order to act on") \
    X(NO_SIZE, 5004, "the sizing gives less than the minimum quantity") \
    X(PENDING, 5005, "an earlier request of this kind is still in flight") \
    X(MIXED_VERBS, 5006, "signal and target cannot be mixed on one leg") \
    X(WIDENS, 5007, "the new exit protects less than the old one; say widen = true") \
    X(NOT_BUILT, 5008, "not built yet") \
    X(BAD_EXIT, 5009, "no price can be at such a level; a distance is meant, or mt.at(price)") \
    /* ends and rejects */ \
    X(WITHDRAWN, 6000, "withdrawn before it was sent") \
    X(KILLED, 6001, "dropped by a kill") \
    X(JOURNAL_FAILED, 6002, "its intent could not be made durable") \
    X(VENUE_REJECT, 6003, "the venue refused it") \
    X(POST_ONLY, 6004, "a post-only order would have taken") \
    X(UNKNOWN_ORDER, 6005, "the venue does not know the order") \
    X(TOO_LATE, 6006, "the order had ended already") \
    X(NO_LIQUIDITY, 6007, "nothing to trade against") \
    X(FILTER, 6008, "a filter vetoed") \
    X(FILTER_ERROR, 6009, "a filter failed") \
    X(TTL, 6010, "its time to live was over") \
    X(GROUP, 6011, "another order of its group was refused") \
    X(PARENT, 6012, "the entry that it belongs to has ended without a fill")

enum mt_code {
#define MT_CODE_ENUM(name, number, text) MT_CODE_##name = number,
    MT_CODES(MT_CODE_ENUM)
#undef MT_CODE_ENUM
};

const char *mt_code_name(int32_t code);         /* "DATA_CROSSED"; "?" if unknown */
const char *mt_code_text(int32_t code);         /* the sentence; "" if unknown */
const char *mt_ask_name(int32_t ask);           /* enum mt_request_kind: "signal" "protect" "target"; 0: "timer" */
const char *mt_verdict_name(int32_t verdict);   /* enum mt_verdict of abi.h: "sent" "vetoed" … */

#endif
