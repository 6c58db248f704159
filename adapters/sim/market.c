/* market: how the generated market moves. Every instrument is a lane of its own, with its own
 * random numbers.
 *
 * Once in a second of market time a lane thinks: is it quiet or wild, does a burst of volume begin
 * or end, which way does the flow press, how far does the price move in this second. Between these,
 * event by event, it only draws: when, a quote or a trade, which side, how much. Whole numbers
 * everywhere but in the once-a-second part, which uses + - * / and sqrt alone: those give the same
 * bits on every compiler. docs/market-generator.md has the numbers and how they were fitted. */
#include "adapters/sim/market.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"

enum {
    FAIR_BITS = 20,                 /* the fair price is kept in ticks * 2^20 */
    PRESSURE_ONE = 1 << 16,         /* flow pressure is -1 .. 1 in units of 2^-16 */
    LEVEL_STEPS = 16,               /* volatility levels per octave */
    LEVEL_MAX = 32,                 /* two octaves up and down */
    TICKS_MIN = 16,                 /* a price never falls below that many ticks */
};
static const int64_t ticks_max = INT64_C(10000000000);
static const int64_t second_ns = INT64_C(1000000000);

/* What a mood of the market means. Sizes of moves are for a volatility of 1. */
struct mood {
    int64_t gap_ns;                 /* mean time between events */
    int32_t quotes;                 /* between two trades at least; up to 3 more */
    double volatility;
    uint32_t spread_wider; /* chance that the spread is one tick wider than it could be, of 2^16;
                              again and again */
    int64_t size;                   /* of trades, a factor */
};
enum { QUIET, WILD, BURST };
static const struct mood moods[] = {
    [QUIET] = {200000000, .quotes = 0, .volatility = 0.8, .spread_wider = 16000, .size = 1},
    [WILD] = {100000000, .quotes = 2, .volatility = 1.18, .spread_wider = 28000, .size = 1},
    [BURST] = {50000000, .quotes = 5, .volatility = 1.3, .spread_wider = 34000, .size = 48},
};

enum {
    WILD_BEGINS = 65536 / 120,      /* chances per second, of 2^16 */
    WILD_ENDS = 65536 / 60,
    BURST_BEGINS = 65536 / 120,
    BURST_BEGINS_WILD = 65536 / 90,
    BURST_MIN_S = 8, BURST_MAX_S = 12,
    BURST_REST_S = 50,              /* at least, from the end of one to the beginning of the next */
};

struct lane {
    uint64_t seed, draws;           /* the n-th number is a function of both */
    int64_t next_ns, think_ns;
    int64_t fair;
    int64_t bid, ask;               /* ticks, as last shown */
    int64_t move; /* scale of one move, units of `fair` * 2^-16 per unit of noise */
    int64_t drift;                  /* per event, units of `fair` */
    int64_t pressure;
    int64_t gap_ns, trade_size;
    int32_t quotes, until_trade;
    uint32_t spread_wider;
    int32_t level;                  /* of volatility, in 1 / LEVEL_STEPS octaves */
    int32_t burst_s, rest_s;
    bool wild;
    uint64_t trades;
    int64_t tick, step, base_qty;   /* base_qty in steps */
    double volatility;              /* of one second, relative */
};

struct market {
    struct lane *lanes;             /* owned; as they are now */
    struct lane *origin;            /* owned; as they were at the start */
    uint16_t *heap;                 /* owned; lane numbers, the earliest first, then by number */
    uint16_t count, live;
    int64_t end_ns;
    double octave[2 * LEVEL_MAX + 1];
};

static uint64_t draw(struct lane *lane)
{
    uint64_t z = lane->seed + ++lane->draws * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* Nearly normal: the sum of four even ones. Standard deviation 37 837. */
static int64_t noise(uint64_t r)
{
    return (int64_t)((r & 0xFFFF) + (r >> 16 & 0xFFFF) + (r >> 32 & 0xFFFF) + (r >> 48))
           - 2 * 65535;
}

static bool chance(uint64_t r, int part, uint32_t of_65536)
{
    return (uint32_t)(r >> (16 * part) & 0xFFFF) < of_65536;
}

/* A size with a heavy tail: each doubling is half as likely, up to 2^6. In 64ths. */
static int64_t heavy(uint64_t r)
{
    int doublings = __builtin_ctzll(r | 1 << 6);
    return (int64_t)(64 + (r >> 8 & 63)) << doublings;
}

static const struct mood *mood_of(struct lane *lane, uint64_t r)
{
    lane->wild = lane->wild ? !chance(r, 0, WILD_ENDS) : chance(r, 0, WILD_BEGINS);
    if (lane->burst_s > 0) {
        lane->burst_s--;
        lane->rest_s = BURST_REST_S;
    } else if (lane->rest_s > 0) {
        lane->rest_s--;
    } else if (chance(r, 1, lane->wild ? BURST_BEGINS_WILD : BURST_BEGINS)) {
        lane->burst_s =
            BURST_MIN_S + (int32_t)((r >> 32 & 0xFFFF) * (BURST_MAX_S - BURST_MIN_S + 1) >> 16);
        lane->pressure = r >> 63 ? PRESSURE_ONE / 2 : -PRESSURE_ONE / 2;
    }
    return &moods[lane->burst_s > 0 ? BURST : lane->wild ? WILD : QUIET];
}

/* The flow presses one way for a while: it forgets an eighth per second; a burst keeps on pressing
 * the way it began. */
static void press(struct lane *lane, uint64_t r)
{
    int64_t pressure = lane->pressure;
    pressure -= pressure / 8;
    pressure += noise(r) / 3;
    if (lane->burst_s > 0)
        pressure += pressure > 0 ? PRESSURE_ONE / 16 : -PRESSURE_ONE / 16;
    if (pressure > PRESSURE_ONE)
        pressure = PRESSURE_ONE;
    if (pressure < -PRESSURE_ONE)
        pressure = -PRESSURE_ONE;
    lane->pressure = pressure;
}

/* The slow part, once per second of market time. */
static void think(const struct market *market, struct lane *lane)
{
    const struct mood *mood = mood_of(lane, draw(lane));
    press(lane, draw(lane));
    uint64_t r = draw(lane);
    lane->level += (int32_t)(r & 3) - (int32_t)(r >> 2 & 3) - lane->level / 8;
    if (lane->level > LEVEL_MAX)
        lane->level = LEVEL_MAX;
    if (lane->level < -LEVEL_MAX)
        lane->level = -LEVEL_MAX;
    double second = (double)lane->fair * lane->volatility * mood->volatility
                    * market->octave[lane->level + LEVEL_MAX];
    double events = (double)second_ns / (double)mood->gap_ns;
    /* One event in four moves, by twice of what each would move. */
    lane->move = (int64_t)(second * sqrt(4.0 / events) * (65536.0 / 37837.0));
    lane->drift = (int64_t)(second * 0.5 * (double)lane->pressure / PRESSURE_ONE / events);
    lane->gap_ns = mood->gap_ns;
    lane->quotes = mood->quotes;
    lane->spread_wider = mood->spread_wider;
    lane->trade_size = mood->size;
    lane->think_ns += second_ns;
}

static void show_quote(struct lane *lane, uint64_t r, struct mt_event *out)
{
    /* Without branches: they would be taken at random, and that costs more than the rest. */
    unsigned wider = chance(r, 0, lane->spread_wider);
    unsigned twice = wider & chance(r, 1, lane->spread_wider);
    unsigned often = twice & chance(r, 2, lane->spread_wider);
    int64_t spread = 1 + wider + twice + often * (1 + (r >> 60 & 3)), mid = lane->fair >> FAIR_BITS;
    lane->bid = mid - spread / 2;
    lane->ask = lane->bid + spread;
    uint64_t sizes = draw(lane);
    /* More is offered on the side that presses. */
    int64_t bid_qty =
        lane->base_qty * heavy(sizes) * (PRESSURE_ONE + lane->pressure * 3 / 4) / PRESSURE_ONE;
    int64_t ask_qty = lane->base_qty * heavy(sizes >> 32) * (PRESSURE_ONE - lane->pressure * 3 / 4)
                      / PRESSURE_ONE;
    out->kind = MT_EV_QUOTE;
    out->quote.sides = MT_QUOTE_BOTH;
    out->quote.bid = lane->bid * lane->tick;
    out->quote.ask = lane->ask * lane->tick;
    out->quote.bid_qty = (bid_qty / 8 + 1) * lane->step;
    out->quote.ask_qty = (ask_qty / 8 + 1) * lane->step;
}

static void show_trade(struct lane *lane, uint64_t r, struct mt_event *out)
{
    bool buy = (int64_t)(r >> 48) < 32768 + lane->pressure * 9 / 20;
    out->kind = MT_EV_TRADE;
    out->trade.side = buy ? 1 : -1;
    out->trade.price = (buy ? lane->ask : lane->bid) * lane->tick;
    out->trade.qty = (lane->base_qty * lane->trade_size * heavy(r) + 63) / 64 * lane->step;
    out->trade.id = ++lane->trades;
}

static void show(const struct market *market, struct lane *lane, uint16_t symbol,
                 struct mt_event *out)
{
    memset(out, 0, sizeof *out);
    out->time_ns = out->venue_ns = lane->next_ns;
    out->symbol = symbol;
    while (lane->next_ns >= lane->think_ns)
        think(market, lane);
    uint64_t r = draw(lane);
    if (lane->until_trade-- == 0) {
        lane->until_trade = lane->quotes + 1 + (int32_t)(r & 3);
        show_trade(lane, draw(lane), out);
    } else {
        lane->fair += lane->drift;
        if ((r & 3) == 0)
            lane->fair += noise(draw(lane)) * lane->move >> 16;
        if (lane->fair < (int64_t)TICKS_MIN << FAIR_BITS)
            lane->fair = (int64_t)TICKS_MIN << FAIR_BITS;
        if (lane->fair > ticks_max << FAIR_BITS)
            lane->fair = ticks_max << FAIR_BITS;
        show_quote(lane, r >> 2, out);
    }
    /* Between a quarter and seven quarters of the mean, evenly. */
    lane->next_ns +=
        lane->gap_ns / 4 + (int64_t)((uint64_t)(lane->gap_ns * 3 / 2) * (r >> 16 & 0xFFFF) >> 16);
}

/* ---- the source ---- */

static bool earlier(const struct market *market, uint16_t a, uint16_t b)
{
    int64_t at = market->lanes[a].next_ns, bt = market->lanes[b].next_ns;
    return at < bt || (at == bt && a < b);
}

static void sink(struct market *market, uint16_t place)
{
    uint16_t *heap = market->heap, lane = heap[place];
    for (;;) {
        uint32_t child = 2u * place + 1;
        if (child >= market->live)
            break;
        if (child + 1 < market->live && earlier(market, heap[child + 1], heap[child]))
            child++;
        if (!earlier(market, heap[child], lane))
            break;
        heap[place] = heap[child];
        place = (uint16_t)child;
    }
    heap[place] = lane;
}

static int market_fill(void *self, struct mt_event *out, int max, struct mt_diag *diag)
{
    struct market *market = self;
    int count = 0;
    (void)diag;
    while (count < max && market->live > 0) {
        uint16_t number = market->heap[0];
        struct lane *lane = &market->lanes[number];
        if (lane->next_ns >= market->end_ns) {
            market->heap[0] = market->heap[--market->live];
        } else {
            show(market, lane, number, &out[count++]);
        }
        sink(market, 0);
    }
    return count;
}

static void rewind_market(struct market *market)
{
    memcpy(market->lanes, market->origin, market->count * sizeof *market->lanes);
    market->live = market->count;
    for (uint16_t i = 0; i < market->count; i++)
        market->heap[i] = i;            /* all begin at one time: the order of numbers is a heap */
}

static int market_seek(void *self, uint64_t position, struct mt_diag *diag)
{
    struct mt_event unused[64];
    rewind_market(self);
    while (position > 0) {
        int count = market_fill(self, unused, position < 64 ? (int)position : 64, diag);
        if (count == 0)
            return mt_fail(diag, MT_EEND, "market: it ends before that event");
        position -= (uint64_t)count;
    }
    return 0;
}

static void market_close(void *self)
{
    struct market *market = self;
    free(market->lanes);
    free(market->origin);
    free(market->heap);
    free(market);
}

static const struct {
    char symbol[8];
    int64_t price;
    int decimals;
} fx_prices[] = {
    {"EURUSD", 108500, 5}, {"GBPUSD", 127000, 5}, {"AUDUSD", 66000, 5},  {"NZDUSD", 61000, 5},
    {"USDCHF", 88000, 5},  {"USDCAD", 136000, 5}, {"EURGBP", 85400, 5},  {"EURCHF", 95500, 5},
    {"USDJPY", 150000, 3}, {"EURJPY", 162750, 3}, {"GBPJPY", 190500, 3}, {"AUDJPY", 99000, 3},
    {"CHFJPY", 170400, 3},
};

/* Where an instrument starts, in price units, and whether it is one of the quiet currencies. 0: the
 * scale cannot hold it. */
static int64_t start_price(const struct mt_instrument *instrument, bool *currency)
{
    int64_t price = 30000;
    int decimals = 0;
    char name[MT_SYMBOL_MAX];
    size_t length = 0;
    for (const char *c = instrument->symbol; *c; c++) {
        if (*c != '/' && *c != '_' && *c != '-' && *c != '.')
            name[length++] = *c;
    }
    name[length] = '\0';
    *currency = false;
    for (size_t i = 0; i < sizeof fx_prices / sizeof fx_prices[0]; i++) {
        if (strcmp(name, fx_prices[i].symbol) != 0)
            continue;
        price = fx_prices[i].price;
        decimals = fx_prices[i].decimals;
        *currency = true;
    }
    mt_i128 units;
    if (mt_rescale128(price, decimals, instrument->price_scale, MT_ROUND_ZERO, &units) != 0
        || units > INT64_MAX)
        return 0;
    return (int64_t)units;
}

/* Trades of about this much, in quote currency, are the smallest. */
static const double smallest_notional = 60.0;

static int init_lane(struct lane *lane, const struct mt_instrument *instrument,
                     const struct mt_market_options *options, uint16_t number, struct mt_diag *diag)
{
    bool currency;
    int64_t price = start_price(instrument, &currency);
    if (options->start_prices)
        price = options->start_prices[number];
    int64_t ticks = price / instrument->tick;
    if (ticks < TICKS_MIN || ticks > ticks_max)
        return mt_fail(diag, MT_ERANGE, "market: %s: a start price must be %d to %lld ticks",
                       instrument->symbol, (int)TICKS_MIN, (long long)ticks_max);
    double contract =
        (double)instrument->contract_size / (double)mt_pow10(instrument->contract_scale);
    double notional = (double)price / (double)mt_pow10(instrument->price_scale) * contract;
    double steps = smallest_notional / notional * (double)mt_pow10(instrument->qty_scale)
                   / (double)instrument->step;
    /* So that the largest size, some 2^19 times as much, cannot overflow. */
    int64_t least = instrument->qty_min / instrument->step;
    int64_t most = INT64_MAX / instrument->step >> 20;
    if (most > INT64_C(1) << 30)
        most = INT64_C(1) << 30;
    if (least > most)
        return mt_fail(diag, MT_ERANGE,
                       "market: %s: the smallest quantity is too large to make trades of it",
                       instrument->symbol);
    lane->base_qty = steps < (double)most ? (int64_t)steps : most;
    if (lane->base_qty < least)
        lane->base_qty = least;
    lane->seed = mt_hash64_seed(instrument->symbol, strlen(instrument->symbol), options->seed);
    lane->next_ns = lane->think_ns = options->start_ns;
    lane->until_trade = 1;              /* a quote comes first */
    lane->fair = ticks << FAIR_BITS;
    lane->tick = instrument->tick;
    lane->step = instrument->step;
    lane->volatility = currency ? 0.00002 : 0.00008;
    return 0;
}

static int init_market(struct market *market, const struct mt_market_options *options,
                       struct mt_diag *diag)
{
    uint16_t count = options->instrument_count;
    market->lanes = calloc(count, sizeof *market->lanes);
    market->origin = calloc(count, sizeof *market->origin);
    market->heap = calloc(count, sizeof *market->heap);
    if (!market->lanes || !market->origin || !market->heap)
        return mt_fail(diag, MT_ENOMEM, "market: no memory");
    market->count = count;
    market->end_ns = options->end_ns != 0 ? options->end_ns : INT64_MAX;
    double root = sqrt(sqrt(sqrt(sqrt(2.0))));
    market->octave[LEVEL_MAX] = 1.0;
    for (int i = 1; i <= LEVEL_MAX; i++) {
        market->octave[LEVEL_MAX + i] = market->octave[LEVEL_MAX + i - 1] * root;
        market->octave[LEVEL_MAX - i] = market->octave[LEVEL_MAX - i + 1] / root;
    }
    for (uint16_t i = 0; i < count; i++) {
        int err = init_lane(&market->origin[i], &options->instruments[i], options, i, diag);
        if (err != 0)
            return err;
    }
    rewind_market(market);
    return 0;
}

int mt_market_new(struct mt_source *out, const struct mt_market_options *options,
                  struct mt_diag *diag)
{
    static const struct mt_source_ops ops = {
        .fill = market_fill, .seek = market_seek, .close = market_close};
    if (options->instrument_count == 0 || options->instrument_count > MT_INSTRUMENTS_MAX
        || options->start_ns < 0)
        return mt_fail(diag, MT_ERANGE,
                       "market: it needs 1 to %d instruments and a start after 1970",
                       MT_INSTRUMENTS_MAX);
    struct market *market = calloc(1, sizeof *market);
    if (!market)
        return mt_fail(diag, MT_ENOMEM, "market: no memory");
    int err = init_market(market, options, diag);
    if (err != 0) {
        market_close(market);
        return err;
    }
    *out = (struct mt_source){.ops = &ops, .self = market};
    return 0;
}

void mt_market_default_instrument(struct mt_instrument *out)
{
    *out = (struct mt_instrument){
        .symbol = "BTCUSDT",
        .quote = "USDT",
        .base = "BTC",
        .price_scale = 2,
        .qty_scale = 5,
        .tick = 1,
        .step = 1,
        .qty_min = 1,
        .contract_size = 1,
        .notional_min = 5 * (mt_money)mt_pow10(MT_MONEY_SCALE),
        .default_qty = 100,
    };
}
