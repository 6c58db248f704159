#include "core/seat.h"

#include <stdlib.h>
#include <string.h>

#include "core/emit.h"

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
