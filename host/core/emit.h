/* emit: a decision or a fact becomes a record, is folded, and is told to the observer, in this order. */
#ifndef MT_CORE_EMIT_H
#define MT_CORE_EMIT_H

#include "core/desk.h"

/* A failure is remembered in d->dead or d->failed. */
void mt_emit(struct mt_desk *d, enum mt_record_kind kind, const void *payload, size_t length, enum mt_durability need);
/* The market position, where it has moved since the last record. */
void mt_emit_position(struct mt_desk *d);
/* The record of what the host has to say of an order in its venue's place, now: the caller names event or answer. */
struct mt_rec_venue_event mt_emit_own_word(const struct mt_desk *d, const struct mt_order *order);
/* A record that is read back: the fold, and what else follows from it. */
int mt_take(struct mt_desk *d, const struct mt_record *record, struct mt_diag *diag) MT_CHECKED;

#endif
