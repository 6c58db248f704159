/* request: what scripts ask, after the handler: filters, sizing and fan-out per account, risk inside the order, then
 * the verdict. What is answered at once stands in request_ask.h. */
#ifndef MT_CORE_REQUEST_H
#define MT_CORE_REQUEST_H

#include "core/seat.h"

/* Deliver the event that stands in the port, then run what the handler has asked for. False: it raised. */
bool mt_call(struct mt_seat *s, enum mt_handler handler, int32_t market);
/* on_signal. */
void mt_request_tell(struct mt_seat *s, const struct mt_rec_signal *signal, const struct mt_rec_verdict *verdict);

#endif
