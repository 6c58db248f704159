/* ledger: the facts that decisions stand on: top of book per symbol, accounts with cash, positions,
 * and what open orders reserve. Positions, cash and reservations change only through
 * mt_ledger_book_fill, _adjust_cash and _reserve, which the fold over the journal calls
 * (core/books_orders.c); quotes come with each market event. No decision is taken here. */
#ifndef MT_CORE_LEDGER_H
#define MT_CORE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>
#include "base/dec.h"
#include "model/event.h"
#include "model/instrument.h"
#include "model/order.h"
#include "model/position.h"
#include "model/price.h"
#include "model/rates.h"

enum { MT_ACCOUNT_NAME_MAX = 64, MT_ACCOUNTS_MAX = 1024 };

/* Top of book as the host knows it. On bar data bid = ask = last = close, `bar_ns` is the bar's
 * length. */
struct mt_top {
    int64_t bid, ask, last;                         /* each counts if mt_top_has_bid, _ask, _last */
    int64_t bid_qty, ask_qty;                       /* 0: not known */
    int64_t quote_ns, trade_ns;                     /* of the last of each; 0: none yet */
    int64_t venue_ns;
    int64_t bar_ns;                                 /* > 0: bar data */
    uint64_t updates;
    uint8_t sides;                                  /* enum mt_quote_sides */
    bool traded;                                    /* a trade or a bar was seen */
    bool quoted;                                    /* a quote or a bar was seen */
};

static inline bool mt_top_has_bid(const struct mt_top *top)
{
    return top->sides & MT_QUOTE_BID;
}
static inline bool mt_top_has_ask(const struct mt_top *top)
{
    return top->sides & MT_QUOTE_ASK;
}
static inline bool mt_top_has_last(const struct mt_top *top)
{
    return top->traded;
}
/* The side at which a buy, or a sell, trades at once. */
static inline struct mt_price mt_top_side(const struct mt_top *top, bool buy)
{
    return mt_price_if(buy ? mt_top_has_ask(top) : mt_top_has_bid(top), buy ? top->ask : top->bid);
}

struct mt_account {
    char name[MT_ACCOUNT_NAME_MAX];     /* "sim" or "desk/01" */
    int currency;                       /* index in rates */
    int32_t leverage;                   /* > 0; cap of sizing and the venue's margin */
    int64_t taker_rate; /* the venue's fee as a fraction of notional, 10^-8: sizing leaves room for it */
    mt_money cash;                      /* starting cash + realised - fees + adjustments */
    mt_money cash_start;
    mt_money realised, fees; /* sums since the start, account currency; realised before fees */
    mt_money unrealised;                /* cache of the last mt_ledger_mark, rounded against us */
    mt_money margin;                    /* of open positions: notional / leverage; cache */
    mt_money adjusted;                  /* sum of mt_ledger_adjust_cash: deposits are no profit */
    bool rate_missing;                  /* a position could not be converted at the last mark */
    bool touched;                       /* in the ledger's list of touched */
    uint16_t open_positions;
    uint16_t unpriced;                  /* slots behind rate_missing */
};

/* One account's business in one symbol. */
struct mt_slot {
    struct mt_position position;        /* net, from fills */
    mt_money realised, fees;
    mt_money unrealised; /* account currency, of the last mark; with the unconverted profit */
    mt_money margin;                    /* of the last mark, rounded up */
    mt_money unconverted;               /* quote currency: realised while the rate was missing */
    int64_t unit; /* money that the position gains per unit of price, where that is a whole number */
    mt_money paid;                      /* and what it cost, rounded up; unit 0: take the long way */
    struct mt_price marked;             /* of the last mark, where the value depends on it alone; else none */
    int64_t buys, sells; /* reserved by open orders that may increase; replace: max(old, new) */
    int64_t reduce_buys, reduce_sells;  /* reserved by reduce-only orders */
    uint32_t open, unknown;             /* orders in states 2..7; of them UNKNOWN */
    bool unpriced; /* the last mark found no rate, or a number that does not fit */
};

/* Position cost to money by one multiplication and one division; div 0: the numbers are too large,
 * take the long way. room: what may be multiplied without passing 126 bits. */
struct mt_ledger_factor { int64_t mul, div; mt_i128 room; };

struct mt_ledger {
    const struct mt_instrument *instruments;    /* borrowed */
    uint16_t instrument_count, account_count;
    struct mt_top *tops;                        /* [instrument] */
    struct mt_account *accounts;                /* [account] */
    struct mt_slot *slots;                      /* [account * instrument_count + symbol] */
    struct mt_rates rates;
    int *quote_currency;                        /* [instrument] index in rates */
    struct mt_ledger_factor *factors;           /* [instrument] */
    /* Who holds what, ascending, so that nothing walks over flat slots. A slot is held while it has
     * a position or unconverted profit, and active while it is held or has open orders. */
    uint16_t *holder_count, *holders; /* [symbol], [symbol * account_count + i]: accounts */
    uint16_t *active_count, *active;  /* [account], [account * instrument_count + i]: symbols */
    /* Accounts whose cash, positions or value may have changed since mt_ledger_untouch, so that nobody has to look at
     * all of them; in the order in which they were touched. */
    uint16_t *touched, touched_count;
    struct mt_slot *scratch; /* [account * instrument_count + symbol]: for the self-check */
};

struct mt_account_setup {
    char name[MT_ACCOUNT_NAME_MAX];
    char currency[MT_CURRENCY_MAX];
    mt_money cash;
    int32_t leverage;
    int64_t taker_rate;             /* 10^-8 of the notional; below 0: a rebate */
};

/* The quote currencies, the base currencies and those of the accounts are entered in rates.
 * MT_ERANGE: no instrument or account, too many, a leverage <= 0; MT_ESYNTAX: a currency without a
 * name; MT_ENOMEM. */
int mt_ledger_init(struct mt_ledger *ledger, const struct mt_instrument *instruments,
                   uint16_t instrument_count, const struct mt_account_setup *accounts,
                   uint16_t account_count, struct mt_diag *diag) MT_CHECKED;
void mt_ledger_fini(struct mt_ledger *ledger);

static inline struct mt_slot *mt_ledger_slot(const struct mt_ledger *ledger, uint16_t account,
                                             uint16_t symbol)
{
    return &ledger->slots[(size_t)account * ledger->instrument_count + symbol];
}

/* A market event: top of book, rates. Does not mark. */
void mt_ledger_market(struct mt_ledger *ledger, const struct mt_event *event);

/* What a fill would book, in account currency: realised profit (converted at the worse side of the
 * rate of now) and fee. Pure. MT_ENOTFOUND: no rate (realised is 0 in *out, change is valid);
 * MT_ERANGE: does not fit. */
struct mt_booking { mt_money realised, fee; struct mt_position_change change; };
int mt_ledger_price_fill(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                         int side, int64_t price, int64_t qty, mt_money fee, int64_t now_ns,
                         struct mt_booking *out) MT_CHECKED;
/* Book one fill: position, cash, sums, with the realised profit that price_fill found when it came
 * in (replay of a journal has no rates, so the record carries it). A profit in another currency
 * that comes as 0 was not converted: it is kept in the slot in quote currency, is part of
 * `unrealised` as soon as there is a rate, and until then the account is flagged rate_missing. The
 * slot is marked; without a quote at the price of the fill. MT_ERANGE: nothing changed. */
int mt_ledger_book_fill(struct mt_ledger *ledger, uint16_t account, uint16_t symbol, int side,
                        int64_t price, int64_t qty, mt_money fee, mt_money realised, int64_t now_ns,
                        struct mt_position_change *out) MT_CHECKED;
/* The same two for a fill that is annulled; side: of the fill. See mt_position_bust. */
int mt_ledger_price_bust(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                         int side, int64_t price, int64_t qty, int64_t now_ns,
                         struct mt_booking *out) MT_CHECKED;
int mt_ledger_book_bust(struct mt_ledger *ledger, uint16_t account, uint16_t symbol, int side,
                        int64_t price, int64_t qty, mt_money fee, mt_money realised, int64_t now_ns,
                        struct mt_position_change *out) MT_CHECKED;
void mt_ledger_adjust_cash(struct mt_ledger *ledger, uint16_t account, mt_money amount);
/* Whoever looks at the touched has seen them. */
void mt_ledger_untouch(struct mt_ledger *ledger);

/* Change what open orders reserve by the difference between an order before and after (either may
 * be NULL). That the sums fit is what the risk check has made sure of; here it is an assertion. */
void mt_ledger_reserve(struct mt_ledger *ledger, const struct mt_order *before,
                       const struct mt_order *after);
/* Whether they do fit: of an order that a file tells of nobody has made sure. */
bool mt_ledger_reservable(const struct mt_ledger *ledger, const struct mt_order *before, const struct mt_order *after);

/* amount, in units of a position's cost, in money of the quote currency: as mt_instrument_money,
 * but without 256 bits where 64 do. round: MT_ROUND_DOWN or MT_ROUND_UP. MT_ERANGE. */
int mt_ledger_quote_money(const struct mt_ledger *ledger, uint16_t symbol, mt_i128 amount,
                          enum mt_round round, mt_money *out) MT_CHECKED;

/* Mark one symbol of all accounts to the exit side (long: bid, short: ask; bars: close) and refresh
 * the account sums. Skips accounts without a position, and those whose exit side has not moved: costs
 * nothing when flat. Returns whether any was marked. */
bool mt_ledger_mark(struct mt_ledger *ledger, uint16_t symbol);

/* Cash + unrealised, account currency. */
static inline mt_money mt_ledger_equity(const struct mt_ledger *ledger, uint16_t account)
{
    mt_money equity;
    MT_ASSERT(!__builtin_add_overflow(ledger->accounts[account].cash, ledger->accounts[account].unrealised, &equity));
    return equity;
}

/* Equity - margin, account currency. */
static inline mt_money mt_ledger_free(const struct mt_ledger *ledger, uint16_t account)
{
    mt_money money;
    MT_ASSERT(!__builtin_sub_overflow(mt_ledger_equity(ledger, account), ledger->accounts[account].margin, &money));
    return money;
}

/* Why the symbol cannot be traded on its data now: 0, MT_CODE_DATA_MISSING, DATA_CROSSED (bid >
 * ask, or one side empty); staleness is the limit's business. */
int mt_top_code(const struct mt_top *top);

/* Recompute every reservation, count and sum from `orders` (count of them) and compare (3.5): NULL
 * when equal, else a static text naming what differs. */
const char *mt_ledger_self_check(const struct mt_ledger *ledger,
                                 const struct mt_order *const *orders, size_t count);

#endif
