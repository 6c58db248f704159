/* record_check: a journal from a disk is foreign until proven. The payload must hold what its kind says, and name what
 * exists here. */
#ifndef MT_CORE_RECORD_CHECK_H
#define MT_CORE_RECORD_CHECK_H

#include "core/books.h"
#include "core/journal.h"

/* MT_ECORRUPT: the content does not fit these books. */
int mt_record_check(const struct mt_books *b, const struct mt_record *record, struct mt_diag *diag) MT_CHECKED;

#endif
