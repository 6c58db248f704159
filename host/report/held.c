/* Time with a position: from the fill that opens the first to the fill that closes the last, at the times of the venue,
 * between the first and the last event of the data. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/results_private.h"
#include "base/clock.h"

/* The fill at the open of a bar is told at its close; a shorter bar of another symbol may have told later fills by
 * then. */
void mt_held_init(struct mt_results *r)
{
    r->held_lag_ns = r->run.longest_bar_ns;
    r->held_at_ns = INT64_MIN;
}

static void pass(struct mt_results *r, int64_t to_ns)
{
    int64_t from = r->held_at_ns > r->first_ns ? r->held_at_ns : r->first_ns;
    int64_t to = to_ns < r->last_ns ? to_ns : r->last_ns;
    if (r->held_slots > 0 && to > from)
        r->held_ns += to - from;
    r->held_at_ns = to_ns;
}

/* Nothing can come any more that was before `until_ns`. */
static void count_until(struct mt_results *r, int64_t until_ns)
{
    size_t done = 0;
    for (; done < r->held_change_count && r->held_changes[done].time_ns <= until_ns; done++) {
        pass(r, r->held_changes[done].time_ns);
        r->held_slots += r->held_changes[done].delta;
    }
    if (done == 0)
        return;
    r->held_change_count -= done;
    memmove(r->held_changes, r->held_changes + done, r->held_change_count * sizeof *r->held_changes);
}

void mt_held_change(struct mt_results *r, int64_t venue_ns, int delta)
{
    if (r->last_ns != 0 && r->held_change_count > 0)
        count_until(r, r->last_ns - r->held_lag_ns);
    if (r->held_change_count == r->held_change_max) {
        size_t most = r->held_change_max * 2 + 64;
        struct mt_held_change *grown = realloc(r->held_changes, most * sizeof *grown);
        if (!grown) {
            r->no_memory = true;
            return;
        }
        r->held_changes = grown;
        r->held_change_max = most;
    }
    size_t at = r->held_change_count++;
    for (; at > 0 && r->held_changes[at - 1].time_ns > venue_ns; at--)
        r->held_changes[at] = r->held_changes[at - 1];
    r->held_changes[at] = (struct mt_held_change){ venue_ns, delta };
}

void mt_held_finish(struct mt_results *r)
{
    count_until(r, INT64_MAX);
    pass(r, r->last_ns);
}

double mt_held_exposure(const struct mt_results *r)
{
    int64_t whole = r->last_ns - r->first_ns;
    return whole > 0 ? (double)r->held_ns / (double)whole : (double)NAN;
}
