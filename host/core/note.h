/* note: what was done as it was asked, and most likely was not meant so. Each is journaled once: a distance that looks
 * like a price for each line of the script. */
#ifndef MT_CORE_NOTE_H
#define MT_CORE_NOTE_H

#include "core/seat.h"

void mt_note_far(struct mt_seat *s, uint16_t symbol, const char *field, int64_t distance, int64_t price);
void mt_note_near(struct mt_seat *s, uint16_t symbol, const char *field, int64_t distance);
void mt_notes_tell(struct mt_seat *s);                  /* journal those of this call */

#endif
