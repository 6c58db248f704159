/* Going on after an interruption: the engine from its journal, the simulated venue from the engine. */
#include <stdlib.h>

#include "app/session.h"

static int last_state(const struct mt_session_past *past, uint64_t *seq, struct mt_diag *diag)
{
    struct mt_record record;
    *seq = 0;
    int rc = past->rewind(past->ud, diag);
    while (rc == 0 && (rc = past->next(past->ud, &record, diag)) > 0) {
        if (record.kind == MT_REC_SCRIPT_STATE)
            *seq = record.seq;
        rc = 0;
    }
    return rc;
}

static int recover(struct mt_session *session, const struct mt_session_past *past, struct mt_diag *diag)
{
    struct mt_data *data = NULL;
    struct mt_source market;
    struct mt_record record;
    uint64_t state_seq;
    int rc = last_state(past, &state_seq, diag);
    if (rc == 0)
        rc = mt_session_market_open(session->plan, &data, &market, diag);
    if (rc != 0)
        return rc;
    rc = past->rewind(past->ud, diag);
    while (rc == 0 && (rc = past->next(past->ud, &record, diag)) > 0) {
        rc = mt_engine_recover(session->engine, &record, market, state_seq, diag);
        if (rc == 0 && past->folded)
            rc = past->folded(past->ud, session->engine, &record);
    }
    market.ops->close(market.self);
    mt_data_close(data);
    return rc;
}

/* What had been written and not known to have ended lies at the venue, or arrives there now: the venue got it before
 * the host went away. */
static int restore_order(struct mt_session *session, const struct mt_order *order, struct mt_diag *diag)
{
    struct mt_order_request request = { .coid = order->coid,
                                        .price = order->price,
                                        .stop = order->stop,
                                        .qty = order->qty,
                                        .expire_ns = order->expire_ns,
                                        .parent = order->parent,
                                        .follow = order->follow,
                                        .account = order->account,
                                        .symbol = order->symbol,
                                        .side = order->side,
                                        .type = order->type,
                                        .tif = order->tif,
                                        .reduce_only = order->reduce_only,
                                        .post_only = order->post_only };
    /* A bar that opened before it arrived is not for it, also after a restart. */
    int64_t now_ns = mt_engine_now(session->engine), arrived_ns = now_ns;
    bool acked = order->venue_order_id != 0;
    if (order->sent_ns > 0)
        arrived_ns = order->sent_ns + session->plan->entry_ns;
    if (!acked && arrived_ns < now_ns)
        arrived_ns = now_ns;
    int rc = mt_sim_restore_order(session->sim, &request, order->cum, acked, order->venue_order_id, arrived_ns);
    return rc == 0 ? 0 : mt_fail(diag, rc, "resume: order %llu cannot be put back: %s", (unsigned long long)order->coid,
                                 mt_err_name(rc));
}

static int restore_orders(struct mt_session *session, struct mt_diag *diag)
{
    enum { MOST = 65536 };
    const struct mt_order **open = malloc(MOST * sizeof *open);
    if (!open)
        return mt_fail(diag, MT_ENOMEM, "resume: no memory");
    size_t count = mt_engine_open_orders(session->engine, open, MOST);
    int rc = count < MOST ? 0
                          : mt_fail(diag, MT_EFULL, "resume: %d open orders or more: they cannot be put back", MOST);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = restore_order(session, open[i], diag);
    free(open);
    return rc;
}

static int restore_venue(struct mt_session *session, struct mt_diag *diag)
{
    const struct mt_session_plan *plan = session->plan;
    const struct mt_ledger *ledger = mt_engine_ledger(session->engine);
    uint64_t next_order, next_fill;
    int rc = mt_sim_restore_market(session->sim, mt_engine_position(session->engine), diag);
    if (rc != 0)
        return rc;
    for (uint16_t a = 0; a < plan->account_count; a++) {
        mt_sim_restore_account(session->sim, a, ledger->accounts[a].cash);
        for (uint16_t y = 0; y < plan->instrument_count; y++)
            mt_sim_restore_position(session->sim, a, y, &mt_ledger_slot(ledger, a, y)->position);
    }
    mt_engine_venue_counters(session->engine, &next_order, &next_fill);
    mt_sim_restore_counters(session->sim, next_order, next_fill);
    return restore_orders(session, diag);
}

int mt_session_resume(struct mt_session *session, const struct mt_session_past *past, struct mt_diag *diag)
{
    int rc = recover(session, past, diag);
    if (rc == 0)
        rc = restore_venue(session, diag);
    if (rc != 0)
        return rc;
    struct mt_rec_run_start start = mt_session_start_record(session);
    if (session->json.failed)
        return mt_fail(diag, MT_EREFUSED, "resume: the description of the run is above 1 MiB");
    session->begun = true;
    return mt_engine_resume(session->engine, &start, mt_buf_text(&session->json), diag);
}
