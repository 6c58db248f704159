/* request_ask: what a verb answers at once. The leaf function of the port turns what a script says into exact numbers,
 * refuses what cannot be, and queues the rest for request.h. */
#ifndef MT_CORE_REQUEST_ASK_H
#define MT_CORE_REQUEST_ASK_H

#include "core/seat.h"

void mt_request_install(struct mt_seat *s);             /* port->request */
int64_t mt_request_target(const struct mt_seat *s, const struct mt_binding *binding,
                          const struct mt_rec_signal *signal);
/* What a `flat` leaves of an account. */
int64_t mt_request_kept(struct mt_seat *s, uint16_t account, const struct mt_rec_signal *signal);
bool mt_request_protectable(struct mt_seat *s, uint16_t account, uint16_t symbol);

#endif
