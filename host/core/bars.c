#include "core/bars.h"

#include <stdlib.h>
#include <string.h>

#include "core/request.h"

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
static int collect_frames(struct mt_seat *s, int32_t tf[MT_FRAMES_MAX], struct mt_diag *diag)
{
    const struct mt_engine_setup *setup = s->setup;
    int rc = 0;
    for (size_t i = 0; i < setup->listener_count; i++)
        s->bars.take_files = s->bars.take_files || setup->listeners[i].files;
    for (size_t i = 0; i < setup->timeframe_count && rc == 0; i++)
        rc = add_frame(tf, &s->desk->series.frame_count, setup->timeframes[i], diag);
    for (size_t i = 0; i < setup->kept_count && rc == 0; i++)
        if (s->bars.take_files || !setup->kept[i].fed)
            rc = add_frame(tf, &s->desk->series.frame_count, setup->kept[i].tf_s, diag);
    return rc;
}

/* Bit k for each frame k that this listener declared, or that is of a file of the symbol where it declared none. */
static uint64_t frames_of(const struct mt_seat *s, const struct mt_bar_listener *listener, uint16_t symbol,
                          const int32_t *tf)
{
    uint64_t frames = 0;
    for (size_t k = 0; k < s->desk->series.frame_count; k++) {
        bool mine = false;
        for (size_t i = 0; i < listener->count; i++)
            mine = mine || listener->frames[i] == tf[k];
        for (size_t i = 0; listener->files && i < s->setup->kept_count; i++) {
            const struct mt_kept_frame *kept = &s->setup->kept[i];
            mine = mine || (kept->fed && kept->symbol == symbol && kept->tf_s == tf[k]);
        }
        frames |= (uint64_t)mine << k;
    }
    return frames;
}

static void find_hearing(struct mt_seat *s, const int32_t *tf)
{
    for (uint16_t y = 0; y < s->desk->books.instrument_count; y++) {
        uint64_t *hearing = &s->bars.hearing[y * s->bars.listener_count];
        for (size_t i = 0; i < s->bars.listener_count; i++) {
            hearing[i] = s->setup->listeners[i].hears ? frames_of(s, &s->setup->listeners[i], y, tf) : 0;
            s->bars.told[y] |= hearing[i];
        }
        for (size_t i = 0; i < s->bars.listener_count; i++)
            s->bars.split = s->bars.split || (s->setup->listeners[i].hears && hearing[i] != s->bars.told[y]);
    }
    s->bars.one_frame = s->desk->series.frame_count == 1 && !s->bars.split;
    for (size_t k = 0; k < s->desk->series.frame_count; k++) {
        for (size_t i = 0; i < s->setup->listeners[0].count; i++)
            s->desk->series.strategy_frames |= (uint64_t)(s->setup->listeners[0].frames[i] == tf[k]) << k;
        s->bars.warm_frame |= (uint64_t)(s->setup->warmup_tf_s == tf[k]) << k;
    }
    memset(s->port.bar_told, 1, sizeof s->port.bar_told);
}

/* Of several bar files of a symbol the longest frame that fits builds a longer one; ticks only where none fits. */
static void find_source(const struct mt_seat *s, struct mt_bar_series *series)
{
    const struct mt_engine_setup *setup = s->setup;
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

static int make_series(struct mt_seat *s, const int32_t *tf, struct mt_diag *diag)
{
    for (size_t i = 0; i < s->desk->series.count; i++) {
        struct mt_bar_series *series = &s->desk->series.items[i];
        series->symbol = (uint16_t)(i / s->desk->series.frame_count);
        series->tf_s = tf[i % s->desk->series.frame_count];
        find_source(s, series);
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

int mt_bars_init(struct mt_seat *s, struct mt_diag *diag)
{
    size_t symbols = s->desk->books.instrument_count;
    const struct mt_bar_listener alone = { s->setup->timeframes, s->setup->timeframe_count,
                                           s->setup->timeframe_count == 0, true };
    int32_t tf[MT_FRAMES_MAX];
    if (s->setup->listener_count == 0) {
        s->setup->listeners = &alone;
        s->setup->listener_count = 1;
    }
    MT_ASSERT(s->setup->listener_count <= MT_LISTENERS_MAX);
    s->bars.bar_wake_ns = INT64_MAX;
    s->bars.listener_count = s->setup->listener_count;
    int rc = collect_frames(s, tf, diag);
    if (rc != 0)
        return rc;                              /* nothing was made of what is borrowed */
    s->bars.warm_bars = calloc(symbols, sizeof *s->bars.warm_bars);
    s->bars.has_trades = calloc(symbols, sizeof *s->bars.has_trades);
    s->bars.closed = calloc(symbols, sizeof *s->bars.closed);
    s->bars.told = calloc(symbols, sizeof *s->bars.told);
    s->bars.hearing = calloc(symbols * s->bars.listener_count, sizeof *s->bars.hearing);
    s->desk->series.count = s->desk->series.frame_count * symbols;
    s->desk->series.items = calloc(s->desk->series.count + 1, sizeof *s->desk->series.items);
    if (!s->bars.warm_bars || !s->bars.has_trades || !s->bars.closed || !s->bars.told || !s->bars.hearing || !s->desk->series.items)
        return mt_fail(diag, MT_ENOMEM, "engine: no memory for bars");
    find_hearing(s, tf);
    rc = make_series(s, tf, diag);
    s->setup->kept = NULL;                       /* borrowed until here */
    s->setup->listeners = NULL;
    return rc;
}

void mt_bars_fini(struct mt_seat *s)
{
    free(s->bars.warm_bars);
    free(s->bars.has_trades);
    free(s->bars.closed);
    free(s->bars.told);
    free(s->bars.hearing);
}

/* Into two places at once, field by field: copying a view whose words were stored a moment ago in other widths would
 * wait for the stores. ticks: 0 for a bar of a file, or built from one: how many there were is not known. */
static inline void view_bar(const struct mt_seat *s, uint16_t symbol, const struct mt_bar *bar, int64_t end_ns,
                            int32_t ticks, struct mt_view_bar *one, struct mt_view_bar *two)
{
    typedef double four __attribute__((vector_size(32)));   /* two divisions, not four, with the same results */
    const struct mt_instrument *instrument = mt_instrument_at(&s->desk->books, symbol);
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

static void remember(struct mt_seat *s, struct mt_bar_series *series, const struct mt_bar *bar, int64_t end_ns)
{
    size_t at = series->count++ % MT_BAR_HISTORY;
    int32_t ticks = series->from_s > 0 ? 0 : bar->ticks;
    view_bar(s, series->symbol, bar, end_ns, ticks, &series->history[at], &s->port.bar);
    s->bars.bar_shown = &series->history[at];
    series->closes[at] = bar->close;
}

static void warm(struct mt_seat *s, uint16_t symbol, int32_t tf_s)
{
    struct mt_view_market *m = &s->markets[symbol];
    if (!m->muted || tf_s != s->setup->warmup_tf_s)
        return;
    if (++s->bars.warm_bars[symbol] > (uint32_t)s->setup->warmup_bars)
        m->muted = false;                       /* this is the first bar after the warm-up */
}

static void deliver(struct mt_seat *s, uint16_t symbol, const struct mt_view_bar *bar, bool last)
{
    warm(s, symbol, bar->tf_s);
    if (!mt_wants(s, MT_ON_BAR))
        return;
    if (s->bars.bar_shown != bar) {
        s->port.bar = *bar;
        s->bars.bar_shown = NULL;
    }
    s->port.bar.last = last;
    mt_call(s, MT_ON_BAR, symbol);
}

/* A bar that somebody hears, or that the warm-up counts: told at the end of the instant. */
static void tell_later(struct mt_seat *s, uint16_t symbol, uint64_t frames)
{
    frames &= s->bars.told[symbol] | s->bars.warm_frame;
    s->bars.closed[symbol] |= frames;
    s->bars.any_closed = s->bars.any_closed || frames != 0;
}

enum { NOBODY = -1 };

/* The last bar of s->bars.closed that a listener hears, or with MT_LISTENERS_MAX anybody: symbol * 64 + frame. */
static int32_t final_for(const struct mt_seat *s, size_t listener)
{
    for (uint16_t y = s->desk->books.instrument_count; y > 0; y--) {
        uint64_t heard = listener == MT_LISTENERS_MAX ? s->bars.told[y - 1]
                                                      : s->bars.hearing[(y - 1) * s->bars.listener_count + listener];
        if (s->bars.closed[y - 1] & heard)
            return (y - 1) * 64 + 63 - __builtin_clzll(s->bars.closed[y - 1] & heard);
    }
    return NOBODY;
}

/* Who hears this bar, and for whom it is the last: a filter that hears more must not change what the strategy sees. */
static void address(struct mt_seat *s, uint16_t symbol, int frame, const int32_t *finals, bool ends)
{
    for (size_t i = 0; i < s->bars.listener_count; i++) {
        bool hears = s->bars.hearing[symbol * s->bars.listener_count + i] >> frame & 1;
        s->port.bar_told[i] = !hears ? 0 : ends && finals[i] == symbol * 64 + frame ? 2 : 3;
    }
}

/* Tell all that is in s->bars.closed, symbols in port order, longer frames first; the final one ends the instant. Where the
 * strategy heard it before (call is false) only the warm-up is counted on. */
static void deliver_closed(struct mt_seat *s, bool ends, bool call)
{
    uint16_t symbols = s->desk->books.instrument_count;
    int32_t final = final_for(s, MT_LISTENERS_MAX), finals[MT_LISTENERS_MAX];
    s->bars.any_closed = false;
    for (size_t i = 0; s->bars.split && i < s->bars.listener_count; i++)
        finals[i] = final_for(s, i);
    for (uint16_t y = 0; y < symbols; y++)
        for (uint64_t rest = s->bars.closed[y]; rest != 0; rest &= rest - 1) {
            int k = __builtin_ctzll(rest);
            const struct mt_bar_series *series = &s->desk->series.items[y * s->desk->series.frame_count + (size_t)k];
            s->bars.closed[y] = rest & (rest - 1);
            if (!call || !(s->bars.told[y] >> k & 1)) {
                warm(s, y, series->tf_s);
                continue;
            }
            if (s->bars.split)
                address(s, y, k, finals, ends);
            deliver(s, y, &series->history[(series->count - 1) % MT_BAR_HISTORY], ends && final == y * 64 + k);
        }
}

/* A bar that closed goes into the history; the one before it of this frame, if it still waits, is told first. */
static void close_bar(struct mt_seat *s, struct mt_bar_series *series, size_t k, const struct mt_bar *bar,
                      int64_t end_ns, bool call)
{
    if (s->bars.closed[series->symbol] >> k & 1)
        deliver_closed(s, false, call);
    remember(s, series, bar, end_ns);
    tell_later(s, series->symbol, UINT64_C(1) << k);
}

/* When the clock closes it. The last bar of a file that belongs to it comes at its very end or, by the latency of the
 * feed and where its bars lie across the end, later: that must be over. A tick of the end belongs to the next one. */
static void wake_for(struct mt_seat *s, const struct mt_bar_series *series)
{
    int64_t wake = series->build.close_ns + series->lag_ns;
    if (series->build.bar.ticks > 0 && wake < s->bars.bar_wake_ns)
        s->bars.bar_wake_ns = wake;
}

static void next_wake(struct mt_seat *s)
{
    s->bars.bar_wake_ns = INT64_MAX;
    for (size_t i = 0; i < s->desk->series.count; i++)
        wake_for(s, &s->desk->series.items[i]);
}

/* What has ended by `time_ns` without a tick or bar to end it; by the clock: when nothing of it can come any more.
 * Returns whether something had. */
static bool close_due(struct mt_seat *s, uint16_t symbol, int64_t time_ns, bool by_clock, bool call)
{
    struct mt_bar_series *series = &s->desk->series.items[symbol * s->desk->series.frame_count];
    struct mt_bar bar;
    bool any = false;
    for (size_t k = 0; k < s->desk->series.frame_count; k++)
        if (mt_bar_close_due(&series[k].build, time_ns - (by_clock ? series[k].lag_ns : 0), &bar)) {
            close_bar(s, &series[k], k, &bar, full_end(&bar), call);
            any = true;
        }
    return any;
}

/* A bar of a file: the bars of one instant come one by one, and are told when the last of them is in the history. */
static void from_bar(struct mt_seat *s, const struct mt_event *event, bool call)
{
    struct mt_bar_series *series = &s->desk->series.items[event->symbol * s->desk->series.frame_count];
    const int32_t own_s = event->bar.tf_s;
    struct mt_bar bar;
    bool own = false;
    if (s->bars.one_frame && series->tf_s == own_s && (event->last & MT_LAST_BAR) && !s->bars.any_closed) {
        remember(s, series, &event->bar, end_of(event));       /* the only bar of its instant: nothing to collect */
        if (call)
            deliver(s, event->symbol, s->bars.bar_shown, true);
        else
            warm(s, event->symbol, series->tf_s);
        return;
    }
    /* After a gap: what ended before this bar began comes first. */
    bool any = close_due(s, event->symbol, event->bar.open_ns, false, call);
    for (size_t k = 0; k < s->desk->series.frame_count; k++) {
        bool fits = series[k].from_s == own_s || (series[k].from_s == 0 && series[k].tf_s % own_s == 0);
        if (fits && series[k].tf_s == own_s) {
            close_bar(s, &series[k], k, &event->bar, end_of(event), call);
            own = true;
        } else if (fits) {
            series[k].lag_ns = s->setup->feed_ns + 1 + event->bar.open_ns % (own_s * MT_NS_PER_S);
            if (mt_bar_build_bar(&series[k].build, &event->bar, end_of(event), &bar)) {
                close_bar(s, &series[k], k, &bar, full_end(&bar), call);
                any = true;
            }
            wake_for(s, &series[k]);
        }
    }
    if (any)
        next_wake(s);
    own = own || !s->bars.take_files;
    if ((event->last & MT_LAST_BAR) && s->bars.any_closed)
        deliver_closed(s, own, call);
    if (!own && call) {                         /* a length that nobody named before is told as it stands */
        view_bar(s, event->symbol, &event->bar, end_of(event), 0, &s->port.bar, &s->port.bar);
        s->bars.bar_shown = &s->port.bar;
        deliver(s, event->symbol, &s->port.bar, event->last & MT_LAST_BAR);
    }
}

/* The price of a tick, and its size; false: it makes no bar. */
static bool tick_of(struct mt_seat *s, const struct mt_event *event, int64_t *price, int64_t *qty)
{
    if (event->kind == MT_EV_TRADE) {
        s->bars.has_trades[event->symbol] = true;
        *price = event->trade.price;
        *qty = event->trade.qty;
        return true;
    }
    *price = event->quote.bid + (event->quote.ask - event->quote.bid) / 2;
    *qty = 0;
    return !s->bars.has_trades[event->symbol] && mt_top_code(&s->desk->books.ledger.tops[event->symbol]) == 0;
}

void mt_bars_market(struct mt_seat *s, const struct mt_event *event, bool call)
{
    int64_t price, qty;
    bool any = false;
    if (event->kind == MT_EV_BAR) {
        from_bar(s, event, call);
        return;
    }
    if (s->desk->series.frame_count == 0 || !tick_of(s, event, &price, &qty))
        return;
    for (size_t k = 0; k < s->desk->series.frame_count; k++) {
        struct mt_bar_series *series = &s->desk->series.items[event->symbol * s->desk->series.frame_count + k];
        struct mt_bar bar;
        bool fresh = series->build.bar.ticks == 0;
        if (series->from_s != 0)
            continue;
        if (mt_bar_build_tick(&series->build, event->time_ns, price, qty, &bar)) {
            close_bar(s, series, k, &bar, full_end(&bar), call);
            any = true;
        }
        if (fresh)
            wake_for(s, series);
    }
    if (!any)
        return;
    /* What ends at this instant elsewhere is built before the first on_bar. */
    for (uint16_t y = 0; y < s->desk->books.instrument_count; y++)
        (void)close_due(s, y, event->time_ns, true, call);
    next_wake(s);
    deliver_closed(s, true, call);
}

void mt_bars_due(struct mt_seat *s, bool call)
{
    if (s->desk->now_ns < s->bars.bar_wake_ns)
        return;
    for (uint16_t y = 0; y < s->desk->books.instrument_count; y++)
        (void)close_due(s, y, s->desk->now_ns, true, call);
    next_wake(s);
    deliver_closed(s, true, call);
}
