/* bars: closed bars for scripts, built from ticks or from shorter bars, with a history of each time frame. All bars
 * that close at one instant are in the history before the first on_bar; longer frames are delivered first. */
#include <stdlib.h>

#include "core/engine_private.h"

/* All frames, longest first, each once: told, those the strategy hears of, and kept. */
static size_t frames_collect(struct mt_engine *e, int32_t tf[MT_FRAMES_MAX])
{
    size_t count = 0;
    for (size_t k = 0; k < e->setup.timeframe_count + e->setup.kept_count; k++) {
        bool told = k < e->setup.timeframe_count;
        int32_t one = told ? e->setup.timeframes[k] : e->setup.kept[k - e->setup.timeframe_count].tf_s;
        size_t at = 0;
        while (at < count && tf[at] > one)
            at++;
        if ((at < count && tf[at] == one) || count == MT_FRAMES_MAX)
            continue;                           /* too many kept ones: those are told from the event itself */
        for (size_t i = count++; i > at; i--)
            tf[i] = tf[i - 1];
        tf[at] = one;
    }
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < e->setup.timeframe_count; i++)
            e->told_frames |= (uint64_t)(e->setup.timeframes[i] == tf[k]) << k;
    return count;
}

int mt_bars_init(struct mt_engine *e, struct mt_diag *diag)
{
    size_t symbols = e->setup.instrument_count;
    int32_t tf[MT_FRAMES_MAX];
    e->bar_wake_ns = INT64_MAX;
    e->frame_count = frames_collect(e, tf);
    e->warm_bars = calloc(symbols, sizeof *e->warm_bars);
    e->has_trades = calloc(symbols, sizeof *e->has_trades);
    e->closed = calloc(symbols, sizeof *e->closed);
    e->series_count = e->frame_count * symbols;
    e->series = calloc(e->series_count + 1, sizeof *e->series);
    if (!e->warm_bars || !e->has_trades || !e->closed || !e->series)
        return mt_fail(diag, MT_ENOMEM, "engine: no memory for bars");
    for (size_t i = 0; i < e->series_count; i++) {
        struct mt_bar_series *series = &e->series[i];
        series->symbol = (uint16_t)(i / e->frame_count);
        series->tf_s = tf[i % e->frame_count];
        for (size_t k = 0; k < e->setup.kept_count; k++) {
            const struct mt_kept_frame *kept = &e->setup.kept[k];
            series->fed = series->fed || (kept->fed && kept->symbol == series->symbol && kept->tf_s == series->tf_s);
        }
        mt_bar_build_init(&series->build, series->tf_s);
        series->history = calloc(MT_BAR_HISTORY, sizeof *series->history);
        series->closes = calloc(MT_BAR_HISTORY, sizeof *series->closes);
        if (!series->history || !series->closes)
            return mt_fail(diag, MT_ENOMEM, "engine: no memory for bars");
    }
    e->setup.kept = NULL;                       /* borrowed until here */
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
    free(e->closed);
}

/* Into two places at once, field by field: copying a view whose words were stored a moment ago in other widths would
 * wait for the stores. */
static inline void view_bar(const struct mt_engine *e, uint16_t symbol, const struct mt_bar *bar, int64_t end_ns,
                            struct mt_view_bar *one, struct mt_view_bar *two)
{
    typedef double four __attribute__((vector_size(32)));   /* two divisions, not four, with the same results */
    const struct mt_instrument *instrument = mt_instrument_at(e, symbol);
    const four prices = (four){ (double)bar->open, (double)bar->high, (double)bar->low, (double)bar->close }
                        / mt_pow10_double[instrument->price_scale];
    const double time = (double)bar->open_ns / 1e9;
    one->time = two->time = time;
    one->close_time = two->close_time = (double)end_ns / 1e9;
    one->open = two->open = prices[0];
    one->high = two->high = prices[1];
    one->low = two->low = prices[2];
    one->close = two->close = prices[3];
    one->volume = two->volume = mt_dec_to_double(bar->volume, instrument->qty_scale);
    one->tf_s = two->tf_s = bar->tf_s;
    one->ticks = two->ticks = bar->ticks;
    one->last = two->last = false;
}

static int64_t full_end(const struct mt_bar *bar)
{
    return bar->open_ns + bar->tf_s * MT_NS_PER_S;
}

/* A bar of a file ends no later than its next one begins: that is when it was delivered by the venue. */
static int64_t end_of(const struct mt_event *event)
{
    int64_t full_ns = full_end(&event->bar);
    return event->venue_ns > event->bar.open_ns && event->venue_ns < full_ns ? event->venue_ns : full_ns;
}

static void remember(struct mt_engine *e, struct mt_bar_series *series, const struct mt_bar *bar, int64_t end_ns)
{
    size_t at = series->count++ % MT_BAR_HISTORY;
    view_bar(e, series->symbol, bar, end_ns, &series->history[at], &e->port.bar);
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

static void tell_later(struct mt_engine *e, uint16_t symbol, uint64_t frames)
{
    e->closed[symbol] |= frames;
    e->any_closed = e->any_closed || frames != 0;
}

/* Tell all that is in e->closed, symbols in port order, longer frames first; the final one ends the instant. Where the
 * strategy heard it before (call is false) only the warm-up is counted on. */
static void deliver_closed(struct mt_engine *e, bool ends, bool call)
{
    uint16_t symbols = e->setup.instrument_count, final = 0;
    e->any_closed = false;
    for (uint16_t y = 0; y < symbols; y++)
        if (e->closed[y] != 0)
            final = y;
    for (uint16_t y = 0; y < symbols; y++)
        for (uint64_t rest = e->closed[y]; rest != 0; rest &= rest - 1) {
            const struct mt_bar_series *series = &e->series[y * e->frame_count + (size_t)__builtin_ctzll(rest)];
            bool last = ends && y == final && (rest & (rest - 1)) == 0;
            e->closed[y] = rest & (rest - 1);
            if (call)
                deliver(e, y, &series->history[(series->count - 1) % MT_BAR_HISTORY], last);
            else
                warm(e, y, series->tf_s);
        }
}

/* When the clock closes it. The last bar of a file that belongs to it comes at its very end or, by the latency of the
 * feed and where its bars lie across the end, later: that must be over. A tick of the end belongs to the next one. */
static void wake_for(struct mt_engine *e, const struct mt_bar_series *series)
{
    int64_t wake = series->build.close_ns + series->lag_ns;
    if (series->build.bar.ticks > 0 && wake < e->bar_wake_ns)
        e->bar_wake_ns = wake;
}

static void next_wake(struct mt_engine *e)
{
    e->bar_wake_ns = INT64_MAX;
    for (size_t i = 0; i < e->series_count; i++)
        wake_for(e, &e->series[i]);
}

/* What has ended by `time_ns` without a tick or bar to end it; by the clock: when nothing of it can come any more.
 * Returns whether something had. */
static bool close_due(struct mt_engine *e, uint16_t symbol, int64_t time_ns, bool by_clock)
{
    struct mt_bar_series *series = &e->series[symbol * e->frame_count];
    uint64_t closed = 0;
    struct mt_bar bar;
    for (size_t k = 0; k < e->frame_count; k++)
        if (mt_bar_close_due(&series[k].build, time_ns - (by_clock ? series[k].lag_ns : 0), &bar)) {
            remember(e, &series[k], &bar, full_end(&bar));
            closed |= UINT64_C(1) << k;
        }
    tell_later(e, symbol, closed & e->told_frames);
    return closed != 0;
}

/* A bar of a file: the bars of one instant come one by one, and are told when the last of them is in the history. */
static void from_bar(struct mt_engine *e, const struct mt_event *event, bool call)
{
    struct mt_bar_series *series = &e->series[event->symbol * e->frame_count];
    uint64_t closed = 0, own = 0;
    struct mt_bar bar;
    if (e->frame_count == 1 && series->tf_s == event->bar.tf_s && (event->last & MT_LAST_BAR) && !e->any_closed) {
        remember(e, series, &event->bar, end_of(event));        /* the only bar of its instant: nothing to collect */
        if (call)
            deliver(e, event->symbol, e->bar_shown, true);
        else
            warm(e, event->symbol, series->tf_s);
        return;
    }
    /* After a gap: what ended before this bar began comes first. */
    if (e->series_count > 1 && close_due(e, event->symbol, event->bar.open_ns, false)) {
        next_wake(e);
        deliver_closed(e, false, call);
    }
    for (size_t k = 0; k < e->frame_count; k++) {
        if (series[k].tf_s == event->bar.tf_s) {
            remember(e, &series[k], &event->bar, end_of(event));
            own = UINT64_C(1) << k;
        } else if (!series[k].fed && series[k].tf_s > event->bar.tf_s && series[k].tf_s % event->bar.tf_s == 0) {
            series[k].lag_ns = e->setup.feed_ns + 1 + event->bar.open_ns % (event->bar.tf_s * MT_NS_PER_S);
            if (mt_bar_build_bar(&series[k].build, &event->bar, end_of(event), &bar)) {
                remember(e, &series[k], &bar, full_end(&bar));
                closed |= UINT64_C(1) << k;
            }
            wake_for(e, &series[k]);
        }
    }
    if (closed != 0)
        next_wake(e);
    tell_later(e, event->symbol, (closed & e->told_frames) | own);      /* the bars of a file are always told */
    if (event->last & MT_LAST_BAR)
        deliver_closed(e, own != 0, call);
    if (own == 0 && call) {
        view_bar(e, event->symbol, &event->bar, end_of(event), &e->port.bar, &e->port.bar);
        e->bar_shown = &e->port.bar;
        deliver(e, event->symbol, &e->port.bar, event->last & MT_LAST_BAR);
    } else if (own == 0) {
        warm(e, event->symbol, event->bar.tf_s);
    }
}

/* The price of a tick, and its size; false: it makes no bar. */
static bool tick_of(struct mt_engine *e, const struct mt_event *event, int64_t *price, int64_t *qty)
{
    if (event->kind == MT_EV_TRADE) {
        e->has_trades[event->symbol] = true;
        *price = event->trade.price;
        *qty = event->trade.qty;
        return true;
    }
    *price = event->quote.bid + (event->quote.ask - event->quote.bid) / 2;
    *qty = 0;
    return !e->has_trades[event->symbol] && mt_top_code(&e->ledger.tops[event->symbol]) == 0;
}

void mt_bars_market(struct mt_engine *e, const struct mt_event *event, bool call)
{
    int64_t price, qty;
    bool any = false;
    if (event->kind == MT_EV_BAR) {
        from_bar(e, event, call);
        return;
    }
    if (e->frame_count == 0 || !tick_of(e, event, &price, &qty))
        return;
    for (size_t k = 0; k < e->frame_count; k++) {
        struct mt_bar_series *series = &e->series[event->symbol * e->frame_count + k];
        struct mt_bar bar;
        bool fresh = series->build.bar.ticks == 0;
        if (mt_bar_build_tick(&series->build, event->time_ns, price, qty, &bar)) {
            remember(e, series, &bar, full_end(&bar));
            tell_later(e, event->symbol, e->told_frames & UINT64_C(1) << k);
            any = true;
        }
        if (fresh)
            wake_for(e, series);
    }
    if (!any)
        return;
    /* What ends at this instant elsewhere is built before the first on_bar. */
    for (uint16_t y = 0; y < e->setup.instrument_count; y++)
        (void)close_due(e, y, event->time_ns, true);
    next_wake(e);
    deliver_closed(e, true, call);
}

void mt_bars_due(struct mt_engine *e, bool call)
{
    if (e->now_ns < e->bar_wake_ns)
        return;
    for (uint16_t y = 0; y < e->setup.instrument_count; y++)
        (void)close_due(e, y, e->now_ns, true);
    next_wake(e);
    deliver_closed(e, true, call);
}

/* The shortest frame that the strategy asked for; without any, the shortest that has bars. NULL: none. */
static const struct mt_bar_series *sizing_series(const struct mt_engine *e, uint16_t symbol)
{
    const struct mt_bar_series *all = &e->series[symbol * e->frame_count], *kept = NULL;
    for (size_t k = e->frame_count; k > 0; k--) {
        if (e->told_frames >> (k - 1) & 1)
            return &all[k - 1];
        if (!kept && all[k - 1].count > 0)
            kept = &all[k - 1];
    }
    return kept;
}

int64_t mt_bars_volatility(const struct mt_engine *e, uint16_t symbol, int32_t lookback)
{
    int64_t closes[MT_BAR_HISTORY];
    const struct mt_bar_series *series = sizing_series(e, symbol);
    if (!series || lookback < 1 || lookback >= MT_BAR_HISTORY || series->count <= (uint64_t)lookback)
        return 0;
    for (int i = 0; i <= lookback; i++)
        closes[i] = series->closes[(series->count - 1 - (uint64_t)(lookback - i)) % MT_BAR_HISTORY];
    return mt_sizing_volatility(closes, lookback + 1, series->tf_s);
}
