#include "core/seat_state.h"

#include "core/emit.h"
#include "core/record_list.h"

void mt_seat_save(struct mt_seat *s, bool always)
{
    struct mt_diag diag = { 0 };
    bool changed = true;
    if (!s->strategy.ops || !s->strategy.ops->save)
        return;
    mt_buf_clear(&s->timers_buf);
    mt_timers_save(&s->timers, &s->timers_buf);
    struct mt_rec_script_state r = { (uint32_t)s->timers_buf.length, 0 };
    mt_buf_clear(&s->state_buf);
    s->state_buf.maximum = MT_RECORD_TAIL_MAX - s->timers_buf.length;
    int rc = s->strategy.ops->save(s->strategy.self, &s->state_buf, &changed, &diag);
    if (rc != 0 || s->state_buf.failed) {
        mt_seat_fault(s, MT_ON_START, -1, &diag);
        return;
    }
    if (diag.code != 0)                         /* what the record does not hold was left out */
        mt_seat_fault(s, MT_ON_START, -1, &diag);
    if (!changed && !always)
        return;
    r.state_length = (uint32_t)s->state_buf.length;
    mt_buf_clear(&s->desk->scratch);
    mt_buf_put(&s->desk->scratch, &r, sizeof r);
    mt_buf_put(&s->desk->scratch, s->timers_buf.data, s->timers_buf.length);
    mt_buf_put(&s->desk->scratch, s->state_buf.data, s->state_buf.length);
    if (s->desk->scratch.failed || s->desk->scratch.length - sizeof r > MT_RECORD_TAIL_MAX) {
        mt_fail(&diag, MT_ERANGE, "state: more than 1 MiB with its timers: keep less");
        mt_seat_fault(s, MT_ON_START, -1, &diag);
        return;
    }
    mt_emit(s->desk, MT_REC_SCRIPT_STATE, s->desk->scratch.data, s->desk->scratch.length, MT_DURABLE_D3);
}
