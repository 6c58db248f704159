/* books: everything that is a fold of the journal's records: orders, positions and cash, what legs want, exit plans,
 * stances, risk counters. Nobody writes them but the fold (books_fold.h); everybody may read. Prices are beside the
 * fold: the ledger is told of the market as it comes, and marks positions by it.
 *
 * Arrays over accounts and symbols are [account * instrument_count + symbol]. */
#ifndef MT_CORE_BOOKS_H
#define MT_CORE_BOOKS_H

#include "base/buf.h"
#include "core/ledger.h"
#include "core/orders.h"
#include "core/records.h"
#include "core/risk.h"
#include "model/instrument.h"

enum { MT_NOTES_MAX = 32 };
enum mt_leg_mode { MT_LEG_NONE, MT_LEG_SIGNAL, MT_LEG_TARGET };

struct mt_leg {                     /* one account's side of one symbol */
    struct mt_rec_leg wish;         /* the last LEG record */
    uint64_t entry_coid, close_coid;        /* open orders of these kinds, 0 = none */
};

struct mt_plan {
    struct mt_exit exit;            /* of the last PLAN record; all kinds REMOVE/KEEP: no plan */
    bool armed;
    int8_t side;                    /* of the trade that is open, also while its fills are exchanged; 0: none */
    int64_t entered;                /* quantity entered since the leg was flat */
    int64_t armed_ns;               /* first fill */
    int64_t take_filled[MT_TAKES_MAX];
    uint64_t stop_coid, take_coid[MT_TAKES_MAX];
    int64_t filled_ns;              /* newest fill of the entry, at the venue */
    int64_t filled_heard_ns;        /* when it was heard */
    bool filled_maker;
};

struct mt_stance { int8_t side; uint8_t mode; uint16_t reference; uint64_t signal; };

struct mt_books {
    const struct mt_instrument *instruments;    /* borrowed */
    uint16_t instrument_count, account_count;
    struct mt_ledger ledger;
    struct mt_risk *risk;
    struct mt_orders orders;
    struct mt_leg *legs;
    struct mt_plan *plans;
    mt_money *trade_profit;         /* realised profit less fees of the current position */
    struct mt_stance *stances;      /* [symbol] */
    struct mt_rec_signal *last_signals, *entry_signals;     /* [symbol] newest; newest entry that was sent */
    uint64_t next_coid, coid_end;   /* ids of the block in use: [next_coid, coid_end) */
    uint64_t unflushed_coid;        /* orders from here on were made since the last flush */
    uint64_t next_signal;
    int64_t day;                    /* trading day, UTC; INT64_MIN: none yet */
    uint64_t shown;                 /* changes of what scripts see besides positions: trading states and stances */
    char noted[MT_NOTES_MAX][MT_PLACE_MAX];     /* places of scripts that have had their note */
    size_t noted_count;
    bool *cut_noted;                /* [symbol] that a size was cut has been noted */
    struct mt_buf hash_buf;         /* of mt_books_hash */
};

/* The instruments, accounts and scopes are those of the run. MT_ENOMEM, or what ledger and risk refuse. */
int mt_books_init(struct mt_books *books, const struct mt_instrument *instruments, uint16_t instrument_count,
                  const struct mt_account_setup *accounts, uint16_t account_count, const struct mt_scope_setup *scopes,
                  size_t scope_count, struct mt_diag *diag) MT_CHECKED;
void mt_books_fini(struct mt_books *books);

static inline size_t mt_leg_index(const struct mt_books *b, uint16_t account, uint16_t symbol)
{
    return (size_t)account * b->instrument_count + symbol;
}
static inline struct mt_leg *mt_leg_at(struct mt_books *b, uint16_t account, uint16_t symbol)
{
    return &b->legs[mt_leg_index(b, account, symbol)];
}
static inline struct mt_plan *mt_plan_at(struct mt_books *b, uint16_t account, uint16_t symbol)
{
    return &b->plans[mt_leg_index(b, account, symbol)];
}
static inline const struct mt_instrument *mt_instrument_at(const struct mt_books *b, uint16_t symbol)
{
    return &b->instruments[symbol];
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
/* Does it ask for anything? */
bool mt_plan_any(const struct mt_exit *exit);
/* The newest request of the symbol, or the newest entry that was sent, if it has that id; else NULL. */
const struct mt_rec_signal *mt_books_signal(const struct mt_books *b, uint16_t symbol, uint64_t id);
static inline const struct mt_position *mt_position_at(const struct mt_books *b, uint16_t account, uint16_t symbol)
{
    return &mt_ledger_slot(&b->ledger, account, symbol)->position;
}
/* Where the leg or plan of an order keeps its id. */
uint64_t *mt_order_place(struct mt_books *b, const struct mt_order *order);

#endif
