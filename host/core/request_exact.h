/* request_exact: what a script says, in exact numbers. */
#ifndef MT_CORE_REQUEST_EXACT_H
#define MT_CORE_REQUEST_EXACT_H

#include "core/records.h"
#include "model/instrument.h"

/* 0 and the request in exact numbers; else the code, and *field names what is wrong where it is one field. */
int32_t mt_request_exact(const struct mt_request *request, const struct mt_instrument *instrument,
                         struct mt_rec_signal *out, const char **field);

#endif
