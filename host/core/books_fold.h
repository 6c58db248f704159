/* books_fold: what each record of the journal does to the books. Live a record is appended and folded at once; after a
 * restart the same function folds the same records, so the books are the same (I10). Needs no engine. */
#ifndef MT_CORE_BOOKS_FOLD_H
#define MT_CORE_BOOKS_FOLD_H

#include "core/books_orders.h"

/* The record has been checked (record_check.h), or is our own. *change: what it did, zero where nothing. MT_ECORRUPT:
 * it does not follow from those before; MT_ENOMEM. */
int mt_books_fold(struct mt_books *b, const struct mt_record *record, struct mt_books_change *change,
                  struct mt_diag *diag) MT_CHECKED;

/* A DECISION part by part, as decision.h makes it: nothing that the intents and operations of its turn fold looks at
 * these parts, so the record may stand behind them. */
void mt_books_fold_signal(struct mt_books *b, const struct mt_rec_signal *r);
int mt_books_fold_leg(struct mt_books *b, const struct mt_rec_leg *r) MT_CHECKED;
void mt_books_fold_verdict(struct mt_books *b, const struct mt_rec_signal *signal, const struct mt_rec_verdict *r);

#endif
