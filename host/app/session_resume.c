/* Going on after an interruption: engine and simulated venue are led through the journal side by side. */
#include "app/session.h"

#include "app/venue_again.h"

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
    struct mt_venue_again *again = NULL;
    struct mt_record record;
    uint64_t state_seq;
    int rc = last_state(past, &state_seq, diag);
    if (rc == 0)
        rc = mt_venue_again_begin(&again, session->sim, session->engine, diag);
    if (rc == 0)
        rc = past->rewind(past->ud, diag);
    while (rc == 0 && (rc = past->next(past->ud, &record, diag)) > 0) {
        rc = mt_venue_again_record(again, &record, diag);
        if (rc == 0)
            rc = mt_engine_recover(session->engine, &record, mt_venue_again_market(again), state_seq, diag);
        if (rc == 0 && past->folded)
            rc = past->folded(past->ud, session->engine, &record);
    }
    if (rc == 0)
        rc = mt_venue_again_finish(again, diag);
    mt_venue_again_free(again);
    return rc;
}

int mt_session_resume(struct mt_session *session, const struct mt_session_past *past, struct mt_diag *diag)
{
    int rc = recover(session, past, diag);
    if (rc != 0)
        return rc;
    struct mt_rec_run_start start = mt_session_start_record(session);
    if (session->json.failed)
        return mt_fail(diag, MT_EREFUSED, "resume: the description of the run is above 1 MiB");
    start.venue_again = 1;
    session->begun = true;
    return mt_engine_resume(session->engine, &start, mt_buf_text(&session->json), diag);
}
