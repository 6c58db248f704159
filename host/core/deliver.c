#include "core/deliver.h"

#include "core/view.h"

static const int64_t error_window_ns = 60 * MT_NS_PER_S;

enum { ERRORS_IN_ROW = 3 };

/* 3 errors in a row or 10 in a minute: the strategy is quarantined; plans and legs stay. */
static void count_error(struct mt_seat *s)
{
    size_t window = sizeof s->error_times / sizeof *s->error_times;
    int64_t oldest = s->error_times[s->error_next % window];
    bool storm = s->error_next >= window && s->desk->now_ns - oldest < error_window_ns;
    s->error_times[s->error_next++ % window] = s->desk->now_ns;
    s->errors_in_row++;
    if (s->desk->strategy_ok && (s->errors_in_row >= ERRORS_IN_ROW || storm)) {
        struct mt_diag diag = { .text = "quarantined: too many errors; its handlers are not called any more" };
        s->desk->strategy_ok = false;
        mt_seat_fault(s, MT_ON_STOP, -1, &diag);
    }
}

bool mt_deliver(struct mt_seat *s, enum mt_handler handler, int32_t market)
{
    struct mt_diag diag;
    if (!mt_wants(s, handler) || !s->desk->strategy_ok || s->stopped)
        return true;
    size_t queued = s->queue_count;
    mt_views_refresh(s);
    s->desk->call++;
    mt_view_now(s);
    s->port.market = market;
    diag.code = 0;
    int rc = s->strategy.ops->deliver(s->strategy.self, handler, &diag);
    if (rc != 0) {
        s->queue_count = queued;                /* what this call asked for is dropped */
        mt_seat_fault(s, handler, market, &diag);
        count_error(s);
        return false;
    }
    s->errors_in_row = 0;
    return true;
}
