#include "adapters/playback/bar_rows.h"
#include "base/clock.h"

void mt_bar_rows_begin(struct mt_bar_rows *rows)
{
    rows->holds = rows->holds_odd = rows->odd_before = false;
}

static int64_t length_of(const struct mt_event *bar)
{
    return bar->bar.tf_s * MT_NS_PER_S;
}

/* Whether `bar` may follow `last`, give or take what calendar units differ by. */
static bool is_whole(const struct mt_event *last, const struct mt_event *bar)
{
    return bar->bar.open_ns - last->bar.open_ns >= length_of(last) - length_of(last) / 8;
}

/* Hand out the held bar. */
static void held_give(struct mt_bar_rows *rows, int64_t next_ns, struct mt_bar_rows_out *out)
{
    struct mt_event *bar = &out->bars[out->count++];
    *bar = rows->held;
    if (next_ns < bar->time_ns)
        bar->time_ns = bar->venue_ns = next_ns;
    rows->holds = false;
}

static void hold(struct mt_bar_rows *rows, const struct mt_event *bar, bool odd_before)
{
    rows->held = *bar;
    rows->holds = true;
    rows->odd_before = odd_before;
}

/* The odd bar is one of the series: the one before it ended where it began. */
static void odd_accept(struct mt_bar_rows *rows, struct mt_bar_rows_out *out)
{
    held_give(rows, rows->odd.bar.open_ns, out);
    hold(rows, &rows->odd, true);
    rows->holds_odd = false;
}

void mt_bar_rows_take(struct mt_bar_rows *rows, const struct mt_event *bar, uint64_t line, struct mt_bar_rows_out *out)
{
    out->count = out->overlaps = 0;
    if (rows->holds_odd && is_whole(&rows->odd, bar)) {
        odd_accept(rows, out);
    } else if (rows->holds_odd) {
        rows->holds_odd = false;
        rows->odd_before = true;
        out->lines[out->overlaps++] = rows->odd_line;
    }
    if (!rows->holds || is_whole(&rows->held, bar)) {
        if (rows->holds)
            held_give(rows, bar->bar.open_ns, out);
        hold(rows, bar, false);
    } else if (rows->odd_before) {
        out->lines[out->overlaps++] = line;
    } else {
        rows->odd = *bar;
        rows->odd_line = line;
        rows->holds_odd = true;
    }
}

void mt_bar_rows_end(struct mt_bar_rows *rows, struct mt_bar_rows_out *out)
{
    out->count = out->overlaps = 0;
    if (rows->holds_odd)
        odd_accept(rows, out);
    if (rows->holds)
        held_give(rows, INT64_MAX, out);
}
