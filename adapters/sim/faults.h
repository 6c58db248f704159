/* faults: what a venue can do wrong, switched on by name, met at every n-th opportunity. Only
 * tests name one.
 *
 *   lost_ack            the acceptance is never reported; the order works
 *   late_ack            the acceptance is reported a second later than it should
 *   fill_before_ack     the acceptance is held back until the first fill was reported
 *   duplicate_fill      a fill is reported twice under the same id
 *   reject              a good order is refused
 *   unsolicited_cancel  an order that came to rest is canceled by the venue
 *   cancel_refused      a cancel of an open order is refused
 *   amb                 submit answers that the outcome is unknown; the order arrives
 *   nobyte              submit answers that nothing was sent; nothing arrives
 *   forget              the order vanishes on its way; a query hears that it never was */
#ifndef MT_ADAPTERS_SIM_FAULTS_H
#define MT_ADAPTERS_SIM_FAULTS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

enum mt_sim_fault {
    MT_FAULT_NONE, MT_FAULT_LOST_ACK, MT_FAULT_LATE_ACK, MT_FAULT_FILL_BEFORE_ACK,
    MT_FAULT_DUPLICATE_FILL, MT_FAULT_REJECT, MT_FAULT_UNSOLICITED_CANCEL, MT_FAULT_CANCEL_REFUSED,
    MT_FAULT_AMB, MT_FAULT_NOBYTE, MT_FAULT_FORGET
};

struct mt_sim_faults { enum mt_sim_fault fault; uint64_t every, seen; };

/* name NULL: none. MT_EREFUSED: unknown name, or every == 0. */
int mt_sim_faults_init(struct mt_sim_faults *faults, const char *name, uint64_t every,
                       uint64_t seed, struct mt_diag *diag) MT_CHECKED;

/* An opportunity for `fault` has come: does it strike? */
static inline bool mt_sim_fault(struct mt_sim_faults *faults, enum mt_sim_fault fault)
{
    return faults->fault == fault && ++faults->seen % faults->every == 0;
}

#endif
