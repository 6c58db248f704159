/* house: the engine's rooms under one roof, for the turn and its neighbours (reports, operator, lifetime, recover,
 * self_check). The rooms themselves do not know it. */
#ifndef MT_CORE_HOUSE_H
#define MT_CORE_HOUSE_H

#include "core/engine.h"
#include "core/seat.h"

struct mt_engine {
    struct mt_engine_setup setup;
    struct mt_inbox inbox;
    struct mt_desk desk;
    struct mt_seat seat;
    uint64_t next_state_call, checked_seq;      /* when SCRIPT_STATE is due; what the self-check has seen */
    int64_t day_end_ns, next_check_ns;
    uint64_t next_checkpoint;
    /* Recovery. */
    char **past_params;             /* parameters set before the saved state */
    size_t past_param_count;
    bool script_started;            /* on_start was called */
    struct mt_event replay_batch[64];
    int replay_count, replay_next;
};

#endif
