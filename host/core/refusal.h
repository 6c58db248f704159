/* refusal: verbs that were refused at the border. A script may be refused a million times in one call, so refusals are
 * counted and journaled together, with what was first and how often each code came: one record a second, or with the
 * other records of a turn. */
#ifndef MT_CORE_REFUSAL_H
#define MT_CORE_REFUSAL_H

#include "core/seat.h"

/* field: the one that is wrong, or NULL. */
void mt_refusal_count(struct mt_seat *s, enum mt_request_kind kind, int32_t market, const char *field, int32_t code);
void mt_refusal_tell(struct mt_seat *s);                /* journal what was counted */
void mt_refusal_forget(struct mt_seat *s);

#endif
