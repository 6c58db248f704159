/* bars: closed bars for scripts, built from ticks or from shorter bars, with a history of each time frame. All bars
 * that close at one instant are in the history before the first on_bar; longer frames are delivered first. */
#include <stdlib.h>

#include "core/engine_private.h"

int mt_bars_init(struct mt_engine *e, struct mt_diag *diag)
{
    size_t frames = e->setup.timeframe_count, symbols = e->setup.instrument_count;
    e->bar_wake_ns = INT64_MAX;
    e->warm_bars = calloc(symbols, sizeof *e->warm_bars);
    e->has_trades = calloc(symbols, sizeof *e->has_trades);
    e->series_count = frames * symbols;
    e->series = calloc(e->series_count + 1, sizeof *e->series);
    if (!e->warm_bars || !e->has_trades || !e->series)
        return mt_fail(diag, MT_ENOMEM, "engine: no memory for bars");
    int32_t *tf = calloc(frames + 1, sizeof *tf);
    for (size_t k = 0; tf && k < frames; k++) {         /* longest first */
        size_t at = k;
        for (; at > 0 && tf[at - 1] < e->setup.timeframes[k]; at--)
            tf[at] = tf[at - 1];
        tf[at] = e->setup.timeframes[k];
    }
    for (size_t i = 0; tf && i < e->series_count; i++) {
        struct mt_bar_series *series = &e->series[i];
        series->symbol = (uint16_t)(i / frames);
        series->tf_s = tf[i % frames];
        mt_bar_build_init(&series->build, series->tf_s);
        series->history = calloc(MT_BAR_HISTORY, sizeof *series->history);
        series->closes = calloc(MT_BAR_HISTORY, sizeof *series->closes);
        if (!series->history || !series->closes) {
            free(tf);
            return mt_fail(diag, MT_ENOMEM, "engine: no memory for bars");
        }
    }
    free(tf);
    return 0;
}

void mt_bars_fini(struct mt_engine *e)
{
    for (size_t i = 0; e->series && i < e->series_count; i++) {
        free(e->series[i].history);
        free(e->series[i].closes);
    }
    free(e->series);
    free(e->warm_bars);
    free(e->has_trades);
}

/* Into two places at once, field by field: copying a view whose words were stored a moment ago in other widths would
 * wait for the stores. */
static inline void view_bar(const struct mt_engine *e, uint16_t symbol, const struct mt_bar *bar,
                            struct mt_view_bar *one, struct mt_view_bar *two)
{
    typedef double four __attribute__((vector_size(32)));   /* two divisions, not four, with the same results */
    const struct mt_instrument *instrument = mt_instrument_at(e, symbol);
    const four prices = (four){ (double)bar->open, (double)bar->high, (double)bar->low, (double)bar->close }
                        / mt_pow10_double[instrument->price_scale];
    const double time = (double)bar->open_ns / 1e9;
    one->time = two->time = time;
    one->close_time = two->close_time = time + bar->tf_s;
    one->open = two->open = prices[0];
    one->high = two->high = prices[1];
    one->low = two->low = prices[2];
    one->close = two->close = prices[3];
    one->volume = two->volume = mt_dec_to_double(bar->volume, instrument->qty_scale);
    one->tf_s = two->tf_s = bar->tf_s;
    one->ticks = two->ticks = bar->ticks;
    one->last = two->last = false;
}

static void remember(struct mt_engine *e, struct mt_bar_series *series, const struct mt_bar *bar)
{
    size_t at = series->count++ % MT_BAR_HISTORY;
    view_bar(e, series->symbol, bar, &series->history[at], &e->port.bar);
    e->bar_shown = &series->history[at];
    series->closes[at] = bar->close;
}

static void warm(struct mt_engine *e, uint16_t symbol, int32_t tf_s)
{
    struct mt_view_market *m = &e->markets[symbol];
    if (!m->muted || tf_s != e->setup.warmup_tf_s)
        return;
    if (++e->warm_bars[symbol] > (uint32_t)e->setup.warmup_bars)
        m->muted = false;                       /* this is the first bar after the warm-up */
}

static void deliver(struct mt_engine *e, uint16_t symbol, const struct mt_view_bar *bar, bool last)
{
    warm(e, symbol, bar->tf_s);
    if (!mt_wants(e, MT_ON_BAR))
        return;
    if (e->bar_shown != bar) {
        e->port.bar = *bar;
        e->bar_shown = NULL;
    }
    e->port.bar.last = last;
    mt_call(e, MT_ON_BAR, symbol);
}

/* Bit k of closed: series k of the symbol has a new bar at the end of its history. */
static void deliver_closed(struct mt_engine *e, uint16_t symbol, uint64_t closed, bool last)
{
    for (uint64_t rest = closed; rest != 0; rest &= rest - 1) {
        size_t k = (size_t)__builtin_ctzll(rest);
        const struct mt_bar_series *series = &e->series[symbol * e->setup.timeframe_count + k];
        bool final = (rest & (rest - 1)) == 0;
        deliver(e, symbol, &series->history[(series->count - 1) % MT_BAR_HISTORY], last && final);
    }
}

static void next_wake(struct mt_engine *e)
{
    e->bar_wake_ns = INT64_MAX;
    for (size_t i = 0; i < e->series_count; i++)
        if (e->series[i].build.bar.ticks > 0 && e->series[i].build.close_ns < e->bar_wake_ns)
            e->bar_wake_ns = e->series[i].build.close_ns;
}

static void from_bar(struct mt_engine *e, const struct mt_event *event, bool call)
{
    size_t frames = e->setup.timeframe_count;
    struct mt_bar_series *series = &e->series[event->symbol * frames];
    uint64_t past = 0, closed = 0;
    struct mt_bar bar;
    bool own = false;
    for (size_t k = 0; k < frames; k++)         /* after a gap: what ended before this bar began comes first */
        if (mt_bar_close_due(&series[k].build, event->bar.open_ns, &bar)) {
            remember(e, &series[k], &bar);
            past |= UINT64_C(1) << k;
        }
    if (call)
        deliver_closed(e, event->symbol, past, false);
    for (size_t k = 0; k < frames; k++) {
        if (series[k].tf_s == event->bar.tf_s) {
            remember(e, &series[k], &event->bar);
            closed |= UINT64_C(1) << k;
            own = true;
        } else if (series[k].tf_s > event->bar.tf_s && series[k].tf_s % event->bar.tf_s == 0
                   && mt_bar_build_bar(&series[k].build, &event->bar, &bar)) {
            remember(e, &series[k], &bar);
            closed |= UINT64_C(1) << k;
        }
    }
    if (!call)
        return;
    deliver_closed(e, event->symbol, closed, event->last && own);
    if (!own) {                                 /* the bars of a bar file are always delivered */
        view_bar(e, event->symbol, &event->bar, &e->port.bar, &e->port.bar);
        e->bar_shown = &e->port.bar;
        deliver(e, event->symbol, &e->port.bar, event->last);
    }
}

void mt_bars_market(struct mt_engine *e, const struct mt_event *event, bool call)
{
    size_t frames = e->setup.timeframe_count;
    uint64_t closed = 0;
    int64_t price, qty = 0;
    if (event->kind == MT_EV_BAR) {
        from_bar(e, event, call);
        return;
    }
    if (frames == 0)
        return;
    if (event->kind == MT_EV_TRADE) {
        e->has_trades[event->symbol] = true;
        price = event->trade.price;
        qty = event->trade.qty;
    } else {
        if (e->has_trades[event->symbol] || mt_top_code(&e->ledger.tops[event->symbol]) != 0)
            return;
        price = event->quote.bid + (event->quote.ask - event->quote.bid) / 2;
    }
    for (size_t k = 0; k < frames; k++) {
        struct mt_bar_series *series = &e->series[event->symbol * frames + k];
        struct mt_bar bar;
        bool fresh = series->build.bar.ticks == 0;
        if (mt_bar_build_tick(&series->build, event->time_ns, price, qty, &bar)) {
            remember(e, series, &bar);
            closed |= UINT64_C(1) << k;
        }
        if (fresh && series->build.bar.ticks > 0 && series->build.close_ns < e->bar_wake_ns)
            e->bar_wake_ns = series->build.close_ns;
    }
    if (closed == 0)
        return;
    next_wake(e);
    if (call)
        deliver_closed(e, event->symbol, closed, true);
}

void mt_bars_due(struct mt_engine *e, bool call)
{
    size_t frames = e->setup.timeframe_count;
    if (e->now_ns < e->bar_wake_ns)
        return;
    for (uint16_t y = 0; y < e->setup.instrument_count; y++) {
        uint64_t closed = 0;
        for (size_t k = 0; k < frames; k++) {
            struct mt_bar_series *series = &e->series[y * frames + k];
            struct mt_bar bar;
            if (mt_bar_close_due(&series->build, e->now_ns, &bar)) {
                remember(e, series, &bar);
                closed |= UINT64_C(1) << k;
            }
        }
        if (closed != 0 && call)
            deliver_closed(e, y, closed, true);
    }
    next_wake(e);
}

int64_t mt_bars_volatility(const struct mt_engine *e, uint16_t symbol, int32_t lookback)
{
    size_t frames = e->setup.timeframe_count;
    int64_t closes[MT_BAR_HISTORY];
    if (frames == 0)
        return 0;
    const struct mt_bar_series *series = &e->series[symbol * frames + frames - 1];      /* the shortest frame */
    if (lookback < 1 || lookback >= MT_BAR_HISTORY || series->count <= (uint64_t)lookback)
        return 0;
    for (int i = 0; i <= lookback; i++)
        closes[i] = series->closes[(series->count - 1 - (uint64_t)(lookback - i)) % MT_BAR_HISTORY];
    return mt_sizing_volatility(closes, lookback + 1, series->tf_s);
}
