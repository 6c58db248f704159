#include "model/bar_build.h"
#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400 };
static const int64_t second_ns = 1000000000;

void mt_tf_format(char out[16], int32_t tf_s)
{
    if (tf_s % DAY_S == 0)
        snprintf(out, 16, "%dd", tf_s / DAY_S);
    else if (tf_s % 3600 == 0)
        snprintf(out, 16, "%dh", tf_s / 3600);
    else if (tf_s % 60 == 0)
        snprintf(out, 16, "%dm", tf_s / 60);
    else
        snprintf(out, 16, "%ds", tf_s);
}

void mt_bar_build_init(struct mt_bar_build *build, int32_t tf_s)
{
    MT_ASSERT(tf_s > 0);
    *build = (struct mt_bar_build){.tf_s = tf_s, .close_ns = INT64_MIN};
}

/* Volume and the count stop at their maximum: a bar that wrapped round would be worse than one that
 * is full. */
static void add(struct mt_bar *bar, int64_t high, int64_t low, int64_t close, int64_t qty,
                int32_t ticks)
{
    if (high > bar->high)
        bar->high = high;
    if (low < bar->low)
        bar->low = low;
    bar->close = close;
    if (__builtin_add_overflow(bar->volume, qty, &bar->volume))
        bar->volume = INT64_MAX;
    if (__builtin_add_overflow(bar->ticks, ticks, &bar->ticks))
        bar->ticks = INT32_MAX;
}

/* Take the forming bar out. False when it was the partial first one, which nobody shall see. */
static bool finish(struct mt_bar_build *build, struct mt_bar *closed)
{
    bool whole = build->dropped_first;
    if (whole)
        *closed = build->bar;
    build->dropped_first = true;
    build->bar.ticks = 0;
    return whole;
}

/* Open the bar that holds t. A late price whose bar was closed by the clock opens the next one:
 * what was delivered does not change. */
static __attribute__((noinline)) void start(struct mt_bar_build *build, int64_t t, int64_t price)
{
    int64_t length = build->tf_s * second_ns;
    bool first = build->close_ns == INT64_MIN;
    if (t < build->close_ns)
        t = build->close_ns;
    int64_t past = t % length;
    int64_t open_ns = t - (past < 0 ? past + length : past);
    if (first)
        build->dropped_first = past == 0; /* the first one is whole when it begins at its open */
    build->close_ns = open_ns + length;
    build->bar = (struct mt_bar){.open_ns = open_ns,
                                 .open = price,
                                 .high = price,
                                 .low = price,
                                 .close = price,
                                 .tf_s = build->tf_s};
}

static __attribute__((noinline)) bool tick_opens(struct mt_bar_build *build, int64_t t,
                                                 int64_t price, int64_t qty, struct mt_bar *closed)
{
    bool done = build->bar.ticks != 0 && finish(build, closed);
    start(build, t, price);
    add(&build->bar, price, price, price, qty, 1);
    return done;
}

bool mt_bar_build_tick(struct mt_bar_build *build, int64_t t, int64_t price, int64_t qty,
                       struct mt_bar *closed)
{
    if (__builtin_expect(t >= build->close_ns || build->bar.ticks == 0, 0))
        return tick_opens(build, t, price, qty, closed);
    add(&build->bar, price, price, price, qty, 1);
    return false;
}

bool mt_bar_build_bar(struct mt_bar_build *build, const struct mt_bar *bar, int64_t end_ns,
                      struct mt_bar *closed)
{
    MT_ASSERT(bar->tf_s > 0);
    MT_ASSERT(build->tf_s % bar->tf_s == 0);
    bool done = false;
    if (bar->open_ns >= build->close_ns || build->bar.ticks == 0) {
        done = build->bar.ticks != 0 && finish(build, closed);
        start(build, bar->open_ns, bar->open);
    }
    add(&build->bar, bar->high, bar->low, bar->close, bar->volume, bar->ticks > 0 ? bar->ticks : 1);
    if (done)
        return true;
    return mt_bar_close_due(build, end_ns, closed);
}

bool mt_bar_close_due(struct mt_bar_build *build, int64_t now, struct mt_bar *closed)
{
    return build->bar.ticks != 0 && now >= build->close_ns && finish(build, closed);
}
