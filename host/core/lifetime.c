#include "core/lifetime.h"

#include <string.h>

#include "core/books_hash.h"
#include "core/emit.h"
#include "core/house.h"
#include "core/oms.h"
#include "core/operator.h"
#include "core/refusal.h"
#include "core/request.h"
#include "core/seat_state.h"
#include "core/turn.h"

void mt_emit_start(struct mt_engine *e, const struct mt_rec_run_start *start, const char *json)
{
    struct mt_rec_run_start r = *start;
    r.json_length = (uint32_t)strlen(json);
    r.generation = mt_journal_generation(e->desk.journal);
    mt_buf_clear(&e->desk.scratch);
    mt_buf_put(&e->desk.scratch, &r, sizeof r);
    mt_buf_put(&e->desk.scratch, json, r.json_length);
    mt_emit(&e->desk, MT_REC_RUN_START, e->desk.scratch.data, e->desk.scratch.length, MT_DURABLE_D1P);
    e->next_checkpoint = e->desk.last_seq + e->setup.checkpoint_every;
    if (e->setup.state_calls != MT_STATE_NEVER)
        e->next_state_call = e->desk.call + e->setup.state_calls;
}

int mt_engine_begin(struct mt_engine *e, int64_t now_ns, const struct mt_rec_run_start *start, const char *json,
                    struct mt_diag *diag)
{
    e->desk.now_ns = now_ns;
    mt_emit_start(e, start, json);
    mt_turn_day(e);
    mt_port_text(&e->seat, "start", sizeof "start");
    if (!mt_call(&e->seat, MT_ON_START, -1))
        return mt_fail(diag, MT_ESCRIPT, "%s", e->seat.start_fault);
    if (e->setup.state_calls != MT_STATE_NEVER)
        mt_seat_save(&e->seat, true);                    /* what on_start("start") made is never made again */
    return mt_turn_end(e, diag);
}

int mt_engine_stop(struct mt_engine *e, int64_t now_ns, const char *why, struct mt_diag *diag)
{
    mt_turn_begin(e, now_ns);
    mt_port_text(&e->seat, why, SIZE_MAX);
    e->desk.stopping = true;                         /* on_stop and what follows it enter nothing */
    mt_call(&e->seat, MT_ON_STOP, -1);
    mt_seat_save(&e->seat, true);
    if (e->setup.flatten_at_stop)
        (void)mt_operator_flatten(e, -1, -1, false, NULL);  /* what is halted or killed stays: the summary shows it */
    else if (e->setup.cancel_at_stop)
        for (size_t b = 0; b < e->desk.binding_count; b++)
            for (uint16_t y = 0; y < e->desk.books.instrument_count; y++) {
                const struct mt_leg *leg = mt_leg_at(&e->desk.books, e->desk.bindings[b].account, y);
                if (leg->entry_coid)            /* protective exits stay while a position is kept */
                    mt_oms_cancel(&e->desk, leg->entry_coid);
            }
    return mt_turn_end(e, diag);
}

bool mt_engine_idle(const struct mt_engine *e)
{
    const struct mt_orders *orders = &e->desk.books.orders;
    for (size_t i = 0; i < orders->open_count; i++) {
        const struct mt_order *order = mt_orders_get(orders, orders->open[i]);
        bool stays = order->terms.role == MT_ROLE_STOP || order->terms.role == MT_ROLE_TAKE;
        bool killed = mt_risk_state(e->desk.books.risk, order->terms.account, order->terms.symbol) == MT_KILLED;
        if (!stays || killed || (e->setup.flatten_at_stop && order->op != MT_OP_NONE))
            return false;
    }
    return true;
}

int mt_engine_end(struct mt_engine *e, int64_t now_ns, int reason, int exit_code, struct mt_diag *diag)
{
    struct mt_rec_checkpoint check;
    mt_turn_begin(e, now_ns);
    struct mt_rec_run_end r = { e->desk.turn, reason, exit_code };
    mt_refusal_tell(&e->seat);
    check.hash = mt_books_hash(&e->desk.books);
    mt_emit(&e->desk, MT_REC_CHECKPOINT, &check, sizeof check, MT_DURABLE_D2);
    mt_emit(&e->desk, MT_REC_RUN_END, &r, sizeof r, MT_DURABLE_D2);
    e->desk.outbox_count = 0;
    return mt_turn_end(e, diag);
}
