#include "adapters/sim/faults.h"

#include <string.h>

static const char *const names[] = {
    [MT_FAULT_LOST_ACK] = "lost_ack",
    [MT_FAULT_LATE_ACK] = "late_ack",
    [MT_FAULT_FILL_BEFORE_ACK] = "fill_before_ack",
    [MT_FAULT_DUPLICATE_FILL] = "duplicate_fill",
    [MT_FAULT_REJECT] = "reject",
    [MT_FAULT_UNSOLICITED_CANCEL] = "unsolicited_cancel",
    [MT_FAULT_CANCEL_REFUSED] = "cancel_refused",
    [MT_FAULT_AMB] = "amb",
    [MT_FAULT_NOBYTE] = "nobyte",
    [MT_FAULT_FORGET] = "forget",
};

int mt_sim_faults_init(struct mt_sim_faults *faults, const char *name, uint64_t every,
                       uint64_t seed, struct mt_diag *diag)
{
    memset(faults, 0, sizeof *faults);
    if (!name)
        return 0;
    if (every == 0)
        return mt_fail(diag, MT_EREFUSED, "sim: fault %s: every must be above 0", name);
    for (unsigned i = MT_FAULT_LOST_ACK; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            faults->fault = (enum mt_sim_fault)i;
            faults->every = every;
            faults->seen = seed % every;
            return 0;
        }
    }
    return mt_fail(diag, MT_EREFUSED, "sim: no fault is called %s", name);
}
