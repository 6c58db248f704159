#include "core/seat.h"

#include <stdlib.h>
#include <string.h>

#include "core/emit.h"
#include "core/view.h"

int mt_seat_init(struct mt_seat *s, struct mt_desk *desk, struct mt_engine_setup *setup)
{
    size_t symbols = setup->instrument_count;
    s->desk = desk;
    s->setup = setup;
    s->refused_next_ns = INT64_MIN;
    s->refused_due_ns = INT64_MAX;
    s->markets = calloc(symbols, sizeof *s->markets);
    s->state_codes = calloc(symbols, sizeof *s->state_codes);
    mt_buf_init(&s->state_buf, MT_RECORD_PAYLOAD_MAX);
    mt_buf_init(&s->timers_buf, MT_RECORD_PAYLOAD_MAX);
    mt_timers_init(&s->timers);
    s->port.engine = s;
    s->port.markets = s->markets;
    s->port.market_count = setup->instrument_count;
    return s->markets && s->state_codes ? mt_skips_init(&s->skips) : MT_ENOMEM;
}

void mt_seat_fini(struct mt_seat *s)
{
    mt_timers_fini(&s->timers);
    mt_buf_fini(&s->state_buf);
    mt_buf_fini(&s->timers_buf);
    free(s->markets);
    free(s->state_codes);
    mt_skips_fini(&s->skips);
}

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

void mt_seat_fault(struct mt_seat *s, enum mt_handler handler, int32_t market, const struct mt_diag *diag)
{
    struct mt_rec_script_fault r;
    memset(&r, 0, sizeof r);
    r.call = s->desk->call;
    r.handler = (int32_t)handler;
    r.symbol = market;
    memcpy(r.text, diag->text, strnlen(diag->text, sizeof r.text - 1));
    memcpy(s->start_fault, r.text, sizeof r.text);
    s->desk->counts.faults++;
    if (!s->desk->replaying)
        mt_emit(s->desk, MT_REC_SCRIPT_FAULT, &r, sizeof r, MT_DURABLE_D3);
}

bool mt_seat_deliver(struct mt_seat *s, enum mt_handler handler, int32_t market)
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

int mt_seat_param(struct mt_seat *s, const char *text, struct mt_diag *diag)
{
    char name[128];
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : 0;
    if (length == 0 || length >= sizeof name)
        return mt_fail(diag, MT_EUSAGE, "params: '%s': expected name=value", text);
    memcpy(name, text, length);
    name[length] = '\0';
    if (!s->strategy.ops->set_param)
        return mt_fail(diag, MT_EREFUSED, "params: this strategy has none");
    return s->strategy.ops->set_param(s->strategy.self, name, equals + 1, diag);
}
