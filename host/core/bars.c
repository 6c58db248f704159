/* bars: closed bars for scripts, built from ticks or from shorter bars, with a history of each time frame. All bars
 * that close at one instant are in the history before the first on_bar; longer frames are delivered first. */
#include <stdlib.h>
#include <string.h>

#include "core/engine_private.h"

/* Put one more into the frames, longest first, each once. */
static int add_frame(int32_t tf[MT_FRAMES_MAX], size_t *count, int32_t one, struct mt_diag *diag)
{
    size_t at = 0;
    while (at < *count && tf[at] > one)
        at++;
    if (at < *count && tf[at] == one)
        return 0;
    if (*count == MT_FRAMES_MAX)
        return mt_fail(diag, MT_EREFUSED, "bars: more than %d time frames in one run", MT_FRAMES_MAX);
    for (size_t i = (*count)++; i > at; i--)
        tf[i] = tf[i - 1];
    tf[at] = one;
    return 0;
}

/* What was declared, what sizing looks at, and the frames of files where somebody takes those. */
static int collect_frames(struct mt_engine *e, int32_t tf[MT_FRAMES_MAX], struct mt_diag *diag)
{
    const struct mt_engine_setup *setup = &e->setup;
    int rc = 0;
    for (size_t i = 0; i < setup->listener_count; i++)
        e->take_files = e->take_files || setup->listeners[i].files;
    for (size_t i = 0; i < setup->timeframe_count && rc == 0; i++)
        rc = add_frame(tf, &e->frame_count, setup->timeframes[i], diag);
    for (size_t i = 0; i < setup->kept_count && rc == 0; i++)
        if (e->take_files || !setup->kept[i].fed)
            rc = add_frame(tf, &e->frame_count, setup->kept[i].tf_s, diag);
    return rc;
}

/* Bit k for each frame k that this listener declared, or that is of a file of the symbol where it declared none. */
static uint64_t frames_of(const struct mt_engine *e, const struct mt_bar_listener *listener, uint16_t symbol,
                          const int32_t *tf)
{
    uint64_t frames = 0;
    for (size_t k = 0; k < e->frame_count; k++) {
        bool mine = false;
        for (size_t i = 0; i < listener->count; i++)
            mine = mine || listener->frames[i] == tf[k];
        for (size_t i = 0; listener->files && i < e->setup.kept_count; i++) {
            const struct mt_kept_frame *kept = &e->setup.kept[i];
            mine = mine || (kept->fed && kept->symbol == symbol && kept->tf_s == tf[k]);
        }
        frames |= (uint64_t)mine << k;
    }
    return frames;
}

static void find_hearing(struct mt_engine *e, const int32_t *tf)
{
    for (uint16_t y = 0; y < e->setup.instrument_count; y++) {
        uint64_t *hearing = &e->hearing[y * e->listener_count];
        for (size_t i = 0; i < e->listener_count; i++) {
            hearing[i] = e->setup.listeners[i].hears ? frames_of(e, &e->setup.listeners[i], y, tf) : 0;
            e->told[y] |= hearing[i];
        }
        for (size_t i = 0; i < e->listener_count; i++)
            e->split = e->split || (e->setup.listeners[i].hears && hearing[i] != e->told[y]);
    }
    e->one_frame = e->frame_count == 1 && !e->split;
    for (size_t k = 0; k < e->frame_count; k++) {
        for (size_t i = 0; i < e->setup.listeners[0].count; i++)
            e->strategy_frames |= (uint64_t)(e->setup.listeners[0].frames[i] == tf[k]) << k;
        e->warm_frame |= (uint64_t)(e->setup.warmup_tf_s == tf[k]) << k;
    }
    memset(e->port.bar_told, 1, sizeof e->port.bar_told);
}

/* Of several bar files of a symbol the longest frame that fits builds a longer one; ticks only where none fits. */
static void find_source(const struct mt_engine *e, struct mt_bar_series *series)
{
    const struct mt_engine_setup *setup = &e->setup;
    bool declared = false, sizing = false;
    series->from_s = 0;
    for (size_t i = 0; i < setup->timeframe_count; i++)
        declared = declared || setup->timeframes[i] == series->tf_s;
    for (size_t i = 0; i < setup->kept_count; i++) {
        const struct mt_kept_frame *kept = &setup->kept[i];
        if (kept->fed && kept->symbol == series->symbol && series->tf_s % kept->tf_s == 0
            && kept->tf_s > series->from_s)
            series->from_s = kept->tf_s;
        sizing = sizing || (!kept->fed && kept->tf_s == series->tf_s);
    }
    series->sizes = sizing || series->from_s == series->tf_s;
    if (!declared && !series->sizes)
        series->from_s = -1;
}

static int make_series(struct mt_engine *e, const int32_t *tf, struct mt_diag *diag)
{
    for (size_t i = 0; i < e->series_count; i++) {
        struct mt_bar_series *series = &e->series[i];
        series->symbol = (uint16_t)(i / e->frame_count);
        series->tf_s = tf[i % e->frame_count];
        find_source(e, series);
        mt_bar_build_init(&series->build, series->tf_s);
        if (series->from_s < 0)
            continue;
        series->history = calloc(MT_BAR_HISTORY, sizeof *series->history);
        series->closes = calloc(MT_BAR_HISTORY, sizeof *series->closes);
        if (!series->history || !series->closes)
            return mt_fail(diag, MT_ENOMEM, "engine: no memory for bars");
    }
    return 0;
}

int mt_bars_init(struct mt_engine *e, struct mt_diag *diag)
{
    size_t symbols = e->setup.instrument_count;
    const struct mt_bar_listener alone = { e->setup.timeframes, e->setup.timeframe_count,
                                           e->setup.timeframe_count == 0, true };
    int32_t tf[MT_FRAMES_MAX];
    if (e->setup.listener_count == 0) {
        e->setup.listeners = &alone;
        e->setup.listener_count = 1;
    }
    MT_ASSERT(e->setup.listener_count <= MT_LISTENERS_MAX);
    e->bar_wake_ns = INT64_MAX;
    e->listener_count = e->setup.listener_count;
    int rc = collect_frames(e, tf, diag);
    if (rc != 0)
        return rc;                              /* nothing was made of what is borrowed */
    e->warm_bars = calloc(symbols, sizeof *e->warm_bars);
    e->has_trades = calloc(symbols, sizeof *e->has_trades);
    e->closed = calloc(symbols, sizeof *e->closed);
    e->told = calloc(symbols, sizeof *e->told);
    e->hearing = calloc(symbols * e->listener_count, sizeof *e->hearing);
    e->series_count = e->frame_count * symbols;
    e->series = calloc(e->series_count + 1, sizeof *e->series);
    if (!e->warm_bars || !e->has_trades || !e->closed || !e->told || !e->hearing || !e->series)
        return mt_fail(diag, MT_ENOMEM, "engine: no memory for bars");
    find_hearing(e, tf);
    rc = make_series(e, tf, diag);
    e->setup.kept = NULL;                       /* borrowed until here */
    e->setup.listeners = NULL;
    return rc;
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
    free(e->told);
    free(e->hearing);
}

/* Into two places at once, field by field: copying a view whose words were stored a moment ago in other widths would
 * wait for the stores. ticks: 0 for a bar of a file, or built from one: how many there were is not known. */
static inline void view_bar(const struct mt_engine *e, uint16_t symbol, const struct mt_bar *bar, int64_t end_ns,
                            int32_t ticks, struct mt_view_bar *one, struct mt_view_bar *two)
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
    one->ticks = two->ticks = ticks;
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
    int32_t ticks = series->from_s > 0 ? 0 : bar->ticks;
    view_bar(e, series->symbol, bar, end_ns, ticks, &series->history[at], &e->port.bar);
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

/* A bar that somebody hears, or that the warm-up counts: told at the end of the instant. */
static void tell_later(struct mt_engine *e, uint16_t symbol, uint64_t frames)
{
    frames &= e->told[symbol] | e->warm_frame;
    e->closed[symbol] |= frames;
    e->any_closed = e->any_closed || frames != 0;
}

enum { NOBODY = -1 };

/* The last bar of e->closed that a listener hears, or with MT_LISTENERS_MAX anybody: symbol * 64 + frame. */
static int32_t final_for(const struct mt_engine *e, size_t listener)
{
    for (uint16_t y = e->setup.instrument_count; y > 0; y--) {
        uint64_t heard = listener == MT_LISTENERS_MAX ? e->told[y - 1]
                                                      : e->hearing[(y - 1) * e->listener_count + listener];
        if (e->closed[y - 1] & heard)
            return (y - 1) * 64 + 63 - __builtin_clzll(e->closed[y - 1] & heard);
    }
    return NOBODY;
}

/* Who hears this bar, and for whom it is the last: a filter that hears more must not change what the strategy sees. */
static void address(struct mt_engine *e, uint16_t symbol, int frame, const int32_t *finals, bool ends)
{
    for (size_t i = 0; i < e->listener_count; i++) {
        bool hears = e->hearing[symbol * e->listener_count + i] >> frame & 1;
        e->port.bar_told[i] = !hears ? 0 : ends && finals[i] == symbol * 64 + frame ? 2 : 3;
    }
}

/* Tell all that is in e->closed, symbols in port order, longer frames first; the final one ends the instant. Where the
 * strategy heard it before (call is false) only the warm-up is counted on. */
static void deliver_closed(struct mt_engine *e, bool ends, bool call)
{
    uint16_t symbols = e->setup.instrument_count;
    int32_t final = final_for(e, MT_LISTENERS_MAX), finals[MT_LISTENERS_MAX];
    e->any_closed = false;
    for (size_t i = 0; e->split && i < e->listener_count; i++)
        finals[i] = final_for(e, i);
    for (uint16_t y = 0; y < symbols; y++)
        for (uint64_t rest = e->closed[y]; rest != 0; rest &= rest - 1) {
            int k = __builtin_ctzll(rest);
            const struct mt_bar_series *series = &e->series[y * e->frame_count + (size_t)k];
            e->closed[y] = rest & (rest - 1);
            if (!call || !(e->told[y] >> k & 1)) {
                warm(e, y, series->tf_s);
                continue;
            }
            if (e->split)
                address(e, y, k, finals, ends);
            deliver(e, y, &series->history[(series->count - 1) % MT_BAR_HISTORY], ends && final == y * 64 + k);
        }
}

/* A bar that closed goes into the history; the one before it of this frame, if it still waits, is told first. */
static void close_bar(struct mt_engine *e, struct mt_bar_series *series, size_t k, const struct mt_bar *bar,
                      int64_t end_ns, bool call)
{
    if (e->closed[series->symbol] >> k & 1)
        deliver_closed(e, false, call);
    remember(e, series, bar, end_ns);
    tell_later(e, series->symbol, UINT64_C(1) << k);
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
static bool close_due(struct mt_engine *e, uint16_t symbol, int64_t time_ns, bool by_clock, bool call)
{
    struct mt_bar_series *series = &e->series[symbol * e->frame_count];
    struct mt_bar bar;
    bool any = false;
    for (size_t k = 0; k < e->frame_count; k++)
        if (mt_bar_close_due(&series[k].build, time_ns - (by_clock ? series[k].lag_ns : 0), &bar)) {
            close_bar(e, &series[k], k, &bar, full_end(&bar), call);
            any = true;
        }
    return any;
}

/* A bar of a file: the bars of one instant come one by one, and are told when the last of them is in the history. */
static void from_bar(struct mt_engine *e, const struct mt_event *event, bool call)
{
    struct mt_bar_series *series = &e->series[event->symbol * e->frame_count];
    const int32_t own_s = event->bar.tf_s;
    struct mt_bar bar;
    bool own = false;
    if (e->one_frame && series->tf_s == own_s && (event->last & MT_LAST_BAR) && !e->any_closed) {
        remember(e, series, &event->bar, end_of(event));       /* the only bar of its instant: nothing to collect */
        if (call)
            deliver(e, event->symbol, e->bar_shown, true);
        else
            warm(e, event->symbol, series->tf_s);
        return;
    }
    /* After a gap: what ended before this bar began comes first. */
    bool any = close_due(e, event->symbol, event->bar.open_ns, false, call);
    for (size_t k = 0; k < e->frame_count; k++) {
        bool fits = series[k].from_s == own_s || (series[k].from_s == 0 && series[k].tf_s % own_s == 0);
        if (fits && series[k].tf_s == own_s) {
            close_bar(e, &series[k], k, &event->bar, end_of(event), call);
            own = true;
        } else if (fits) {
            series[k].lag_ns = e->setup.feed_ns + 1 + event->bar.open_ns % (own_s * MT_NS_PER_S);
            if (mt_bar_build_bar(&series[k].build, &event->bar, end_of(event), &bar)) {
                close_bar(e, &series[k], k, &bar, full_end(&bar), call);
                any = true;
            }
            wake_for(e, &series[k]);
        }
    }
    if (any)
        next_wake(e);
    own = own || !e->take_files;
    if ((event->last & MT_LAST_BAR) && e->any_closed)
        deliver_closed(e, own, call);
    if (!own && call) {                         /* a length that nobody named before is told as it stands */
        view_bar(e, event->symbol, &event->bar, end_of(event), 0, &e->port.bar, &e->port.bar);
        e->bar_shown = &e->port.bar;
        deliver(e, event->symbol, &e->port.bar, event->last & MT_LAST_BAR);
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
        if (series->from_s != 0)
            continue;
        if (mt_bar_build_tick(&series->build, event->time_ns, price, qty, &bar)) {
            close_bar(e, series, k, &bar, full_end(&bar), call);
            any = true;
        }
        if (fresh)
            wake_for(e, series);
    }
    if (!any)
        return;
    /* What ends at this instant elsewhere is built before the first on_bar. */
    for (uint16_t y = 0; y < e->setup.instrument_count; y++)
        (void)close_due(e, y, event->time_ns, true, call);
    next_wake(e);
    deliver_closed(e, true, call);
}

void mt_bars_due(struct mt_engine *e, bool call)
{
    if (e->now_ns < e->bar_wake_ns)
        return;
    for (uint16_t y = 0; y < e->setup.instrument_count; y++)
        (void)close_due(e, y, e->now_ns, true, call);
    next_wake(e);
    deliver_closed(e, true, call);
}

/* The shortest frame that the strategy declared; without any, the shortest of its files that has bars, or the one that
 * is kept for sizing. NULL: none. */
static const struct mt_bar_series *sizing_series(const struct mt_engine *e, uint16_t symbol)
{
    const struct mt_bar_series *all = &e->series[symbol * e->frame_count], *kept = NULL;
    for (size_t k = e->frame_count; k > 0; k--) {
        if (e->strategy_frames >> (k - 1) & 1)
            return &all[k - 1];
        if (!kept && all[k - 1].sizes && all[k - 1].count > 0)
            kept = &all[k - 1];
    }
    return kept;
}

struct mt_volatility mt_bars_volatility(const struct mt_engine *e, uint16_t symbol, int32_t lookback)
{
    int64_t closes[MT_BAR_HISTORY];
    const struct mt_bar_series *series = sizing_series(e, symbol);
    if (!series || lookback < 2 || lookback >= MT_BAR_HISTORY || series->count <= (uint64_t)lookback)
        return (struct mt_volatility){ 0 };
    for (int i = 0; i <= lookback; i++)
        closes[i] = series->closes[(series->count - 1 - (uint64_t)(lookback - i)) % MT_BAR_HISTORY];
    return mt_volatility(closes, lookback + 1, series->tf_s);
}
