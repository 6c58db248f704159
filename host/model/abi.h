/* abi.h: what C and Lua share. The C compiler includes it, and the same text is given to ffi.cdef; therefore only
 * declarations and enum constants: no preprocessor line, no function body. Across this border go doubles, 32-bit
 * integers and bool; 64-bit integers would become boxed cdata in Lua (5LL * 0.5 == 0LL), so they stay behind it.
 *
 * Two kinds of structs stand here. mt_view_*: scalar members only; a script holds const references to them, valid until
 * its handler returns (market and account views: as long as the VM). mt_port, mt_request_*: for the prelude alone; they
 * hold pointers and arrays and must never become reachable from a script. */

enum {
    MT_TAG_MAX = 32, MT_NAME_MAX = 32, MT_PLACE_MAX = 96, MT_REASON_MAX = 96, MT_TAKES_MAX = 8,
    MT_SIGNALS_PER_CALL = 64,
    MT_LISTENERS_MAX = 65           /* the strategy and its filters */,
    MT_LOG_SITES = 1004     /* places of scripts that log; beyond it they share one by level */
};

/* Which event the engine delivers; also the bit number in mt_strategy.handlers. */
enum mt_handler {
    MT_ON_START, MT_ON_QUOTE, MT_ON_TRADE, MT_ON_BOOK, MT_ON_BAR, MT_ON_SIGNAL, MT_ON_ORDER, MT_ON_FILL, MT_ON_TIMER,
    MT_ON_STOP, MT_HANDLERS
};

struct mt_view_quote {
    double time, age;               /* venue time s UTC; now - venue time */
    double bid, ask, mid, bid_qty, ask_qty;     /* NaN: that side is empty; sizes are 0 where the data has none */
};
struct mt_view_trade {
    double time, age;
    double price, qty;
    int32_t side;                   /* of the taker: 1 buy, -1 sell, 0 unknown */
};
struct mt_view_bar {
    double time, close_time;        /* open and close time, s UTC */
    double open, high, low, close, volume;
    int32_t tf_s;                   /* length in seconds; the metatype adds .tf = "1m" */
    int32_t ticks;                  /* events in it; 0 when it comes from a bar file */
    bool last;                      /* the final bar of this instant */
};
struct mt_view_order {
    double id, signal;              /* client order id without the account prefix; signal id or 0 */
    double price, stop, qty, filled, leaves;    /* price 0: market */
    int32_t side, type, state, role, code;      /* enums of model/order.h; code: denial or reject reason */
    bool reduce_only;
};
struct mt_view_fill {
    double time, age, id, signal;
    double price, qty, fee, profit; /* fee and realised profit of this fill in account currency */
    double position;                /* signed, after the fill */
    int32_t side, role;
    bool maker, closes;             /* closes: the leg is flat now */
};
struct mt_view_verdict {
    double id, value, strength, size;
    int32_t side, verdict, code;    /* enum mt_verdict; code names the reason where a check refused */
    int32_t sent, of;               /* accounts */
    bool entry;                     /* it opened or increased (a filter saw it) */
};
struct mt_view_timer { double time, late; };    /* due time; late > 0: it should have fired that long ago */
struct mt_view_position {
    double qty, entry, profit;
}; /* signed; average entry price; unrealised, account currency */
struct mt_view_account { double cash, equity, free, realised, unrealised, margin; };
struct mt_view_instrument {
    double tick, step, min_qty, max_qty, contract_size;     /* max_qty 0: none */
    int32_t price_decimals, qty_decimals;
    bool negative;                  /* prices at and below zero can be */
};
struct mt_view_market {
    double bid, ask, mid, last;     /* NaN before the first event of the kind; bid, ask: and where that side is empty */
    double bid_qty, ask_qty;
    double spread_ticks;
    double time;                    /* of the last event, s UTC */
    int32_t index;                  /* 0-based number of the symbol */
    int32_t why;                    /* enum mt_code: why not tradable; 0 when tradable */
    int32_t stance;                 /* what the strategy wants: 1, 0, -1 */
    bool tradable, muted;           /* muted: warming up or replaying; verbs answer nil, "WARMING" */
    struct mt_view_position position;       /* of the lead account */
    struct mt_view_instrument instrument;
};

enum mt_verdict { MT_SENT = 1, MT_VETOED, MT_DENIED, MT_EXPIRED, MT_NO_SIZE, MT_PARTIAL };
enum mt_request_kind { MT_ASK_SIGNAL = 1, MT_ASK_PROTECT, MT_ASK_TARGET };
enum mt_level_kind { MT_LEVEL_KEEP = 0, MT_LEVEL_REMOVE, MT_LEVEL_DISTANCE, MT_LEVEL_PRICE };

/* A stop, take or trail as a script said it. KEEP: not named. DISTANCE > 0 from the account's own average fill. */
struct mt_request_level { double value, part, after; int32_t kind; };   /* part: takes, 0 = the rest; after: trail */

struct mt_request {
    int32_t kind, market;           /* enum mt_request_kind; 0-based symbol number */
    int32_t side;                   /* 1, -1, 0 = flat */
    bool has_limit, has_keep, widen;
    double size, strength, limit, ttl, keep;    /* ttl in s, 0 = default */
    double qty;                     /* target only, signed */
    double time;                    /* plan: s after the first fill; 0 = not named, < 0 = remove */
    struct mt_request_level stop, trail, takes[MT_TAKES_MAX];
    int32_t take_count;             /* -1: takes not named; 0: remove them */
    char tag[MT_TAG_MAX], group[MT_NAME_MAX];   /* zero terminated; leg is "main" */
};

struct mt_request_timer {
    char name[MT_NAME_MAX], zone[MT_NAME_MAX];
    double after, every;            /* s, > 0; 0 = not given */
    int32_t at_s;                   /* second of the local day; -1 = not given */
    int32_t market;                 /* -1: of the strategy itself */
    int32_t owner;                  /* 0 strategy, 1.. the n-th filter */
    bool stop;
};

/* What a filter is asked, and its answer. */
struct mt_view_signal { double strength, size, value; int32_t side, market; bool increase; };

/* The one block that C and the prelude share. C fills the view of the event's kind, sets market, and calls the
 * handler's dispatcher without arguments. Functions are leaves: they copy their argument, answer at once, never run
 * Lua. Owned by the engine; lives as long as the VM. */
struct mt_port {
    double now;                     /* s UTC; does not move within a call */
    int32_t market;                 /* of the event being delivered, 0-based; -1 for START, STOP, strategy timers */
    int32_t market_count;
    int32_t timer_owner;
    /* Texts are bytes that end with a zero; a script that does not ask for one pays for a copy of 32 bytes. */
    char text[MT_TAG_MAX];          /* START, STOP: why. TIMER: name. ORDER, FILL, SIGNAL and a filter: the tag */
    char reason[MT_REASON_MAX];     /* SIGNAL, and the answer of a filter: who refused, "filters/max_spread: spread" */
    struct mt_view_quote quote;
    struct mt_view_trade trade;
    struct mt_view_bar bar;
    struct mt_view_order order;
    struct mt_view_fill fill;
    struct mt_view_verdict verdict;
    struct mt_view_timer timer;
    struct mt_view_account account;         /* of the lead */
    struct mt_view_signal signal;           /* being filtered */
    struct mt_view_market *markets;         /* market_count of them */
    void *engine;
    /* After a refused request: the field that is wrong, a static text, or null. refused_new: C wants to know where;
     * the prelude writes "file:line" to refused_at and clears it. */
    const char *refused_field;
    bool refused_new;
    char refused_at[MT_PLACE_MAX];
    /* The same for a request that passed and looks like a slip. */
    bool noted_new;
    char noted_at[MT_PLACE_MAX];
    /* What each owner (0 strategy, 1.. the n-th filter) hears of `bar`: 0 nothing, it did not declare the frame; 1 the
     * bar as it stands; 2, 3 the bar, and for this owner `last` is true, false. Where they hear different frames. */
    uint8_t bar_told[MT_LISTENERS_MAX];

    /* Queue a request. Returns its id > 0, or -code (enum mt_code: ALREADY, STATE_HALTED, WARMING, TOO_MANY …); values
     * that cannot be exact (NaN, off step, out of range) are -FIELD_INVALID, -PRICE_STEP, -QTY_STEP …. */
    double (*request)(struct mt_port *port, const struct mt_request *request);
    int32_t (*timer_set)(struct mt_port *port, const struct mt_request_timer *timer);
    /* The closed bar `back` (0 = last) of a time frame, or a null pointer. */
    const struct mt_view_bar *(*bar_at)(struct mt_port *port, int32_t market, int32_t tf_s, int32_t back);
    bool (*bar_of_file)(struct mt_port *port, int32_t market, int32_t tf_s);    /* do such bars come in a file? */
    /* Round to the instrument: mode -1 towards zero / down, 1 up, 0 nearest. NaN when not finite or out of range. */
    double (*round_price)(struct mt_port *port, int32_t market, double price, int32_t mode);
    double (*round_qty)(struct mt_port *port, int32_t market, double qty);      /* towards zero; 0 below the minimum */
    /* Texts of 0..200 bytes. -1: there is a zero in it, and nothing was done. 1: the first reason of so many that it,
     * and all further new ones, are counted under one name. */
    int32_t (*skip)(struct mt_port *port, int32_t market, const char *reason, int32_t length, double value);
    int32_t (*mark)(struct mt_port *port, int32_t market, const char *name, int32_t length, double value);
    /* site: the place, below MT_LOG_SITES; those below 4 are of all other places of a level. No text: a line of that
     * place that was left out. */
    void (*log)(struct mt_port *port, int32_t level, int32_t site, const char *text, int32_t length);
    const char *(*code_name)(int32_t code);         /* "STATE_HALTED" */
    int32_t (*zone_id)(struct mt_port *port, const char *name);     /* -1 unknown */
    double (*day_of)(double time, int32_t zone);    /* days since 1970 in that zone */
    double (*clock_of)(double time, int32_t zone);  /* second of the local day, 0..86400 */
    double (*pow)(double x, double y);
};
